#!/bin/bash
# What people have: tables of all kinds become data sets, and what would be misread is named.
. "$(dirname "$0")/../shell.sh"

# imports EXPECTED ARGUMENTS...: what the import says on stdout, and of the files on stderr
imports() {
    local expected=$1; shift
    rm -f out.h5
    exits 0 "import $*" "$H" data import -o out.h5 "$@"
    check "import $*: expected \"$expected\"" grep -qF -- "$expected" out err
}
# holds SET VALUES: the values of a data set, without blanks
holds() {
    local got; got=$(rows out.h5 "$1" | tr -d '\n,')
    check "$1: found $got, expected $2" [ "$got" = "$2" ]
}
warned() { check "a warning of: $1" grep -qF -- "$1" err; }

# 40 rows of six bits, and what stands beside them
awk 'BEGIN { srand(5); for (r = 0; r < 40; r++) { s = ""; for (c = 0; c < 6; c++) s = s (c ? "," : "") (rand() < 0.4 ? 1 : 0); print s } }' >bits.csv
paste -d, <(seq 0 39) bits.csv >numbered.csv
{ echo ",a,b,c,d,e,f"; cat numbered.csv; } >frame.csv
paste -d, bits.csv <(awk 'BEGIN { for (r = 0; r < 40; r++) print r * 7 % 10 }') >labelled.csv
{ echo "a,b,c,d,e,f,digit"; cat labelled.csv; } >digits.csv
paste -d, <(awk 'BEGIN { for (r = 0; r < 40; r++) print r * 7 % 10 }') <(sed 's/1/255/g' bits.csv) >grey.csv
imports "out.h5: train: 40 rows, 6 columns, binary" bits.csv
holds train "$(tr -d ',\n' <bits.csv)"

# the same bits however they are written
for way in 's/,/;/g' 's/,/\t/g' 's/,/ /g' 's/$/,/' 's/$/\r/' 's/[01]/"&"/g' 's/1/TRUE/g; s/0/false/g' 's/,/;/g; s/\([01]\)/\1,0/g'; do
    sed "$way" bits.csv >other.csv
    imports "out.h5: train: 40 rows, 6 columns, binary" other.csv
    holds train "$(tr -d ',\n' <bits.csv)"
done
{ printf '\357\273\277'; cat bits.csv; } >mark.csv; imports "40 rows, 6 columns, binary" mark.csv
sed 's/1/3/g; s/0/-1/g; s/3/1/g' bits.csv >spins.csv
imports "spins.csv: -1 and 1 are spins: kept as 0 and 1" spins.csv
holds train "$(tr -d ',\n' <bits.csv)"
gzip -k frame.csv; imports "column 0 (from 0), without a name, left out" frame.csv.gz
holds train "$(tr -d ',\n' <bits.csv)"
holds columns '"a""b""c""d""e""f"'

# columns
imports "40 rows, 6 columns, binary" numbered.csv --columns '!0'
holds train "$(tr -d ',\n' <bits.csv)"
imports "40 rows, 2 columns, binary" digits.csv --columns b,e
holds train "$(cut -d, -f2,5 bits.csv | tr -d ',\n')"
imports "40 rows, 3 columns, binary" labelled.csv --columns 0-2 --label-column 6
holds train "$(cut -d, -f1-3 bits.csv | tr -d ',\n')"
holds labels/train "$(cut -d, -f7 labelled.csv | tr -d '\n')"
imports "40 rows, 6 columns, binary" digits.csv --label-column digit
holds labels/train "$(cut -d, -f7 labelled.csv | tr -d '\n')"
awk -F, '{ print (NR % 3 == 0 ? "oak" : NR % 3 == 1 ? "ash" : "elm") "," $0 }' bits.csv >trees.csv
imports "out.h5: labels: column 0, 3 classes, ash to oak" trees.csv --label-column 0
holds labels/train "$(awk '{ printf "%d", NR % 3 == 0 ? 2 : NR % 3 == 1 ? 0 : 1 }' bits.csv)"
"$H" data describe out.h5 >out
check "describe shows labels" grep -qF "labels/train         40 labels from 0 to 2: ash, elm, oak" out
"$H" data describe --json out.h5 >out
check "describe's JSON" grep -qF '"classes": ["ash", "elm", "oak"]' out
imports "40 rows" digits.csv --columns '!digit'
"$H" inspect out.h5 >out; check "inspect shows names" grep -qx "columns a, b, c, d, e, f" out
refused 2 '--label-column: found "B", expected a column'"'"'s number or name; did you mean b? (digits.csv)' "$H" data import -o no.h5 digits.csv --label-column B
printf '1\n1\n1\n' >ones.csv; "$H" data import -o ones.h5 ones.csv >/dev/null 2>err
check "a column of ones" grep -q 'ones.csv: all rows are equal: no unit ever changes' err
refused 2 '--label-column: found "class", expected a number or range from 0 to 6 or one of a, b, c' "$H" data import -o no.h5 digits.csv --label-column class
refused 2 '--columns: found "7", expected a number or range from 0 to 6' "$H" data import -o no.h5 labelled.csv --columns 7
refused 3 'trees.csv:1:1: found "ash", expected a number (words can be states, labels or left out' "$H" data import -o no.h5 trees.csv

# labels in files of their own: IDX, text, npy; numbers and words; with their rows into splits drawn at random
{ printf '\0\0\10\1\0\0\0\50'; cut -d, -f7 labelled.csv | awk '{ printf "\\%o", $1 }' | xargs -0 printf; } >digits-idx1
cut -d, -f1 trees.csv >words.txt
imports "out.h5: labels: digits-idx1" bits.csv --labels train=digits-idx1
holds labels/train "$(cut -d, -f7 labelled.csv | tr -d '\n')"
imports "out.h5: labels: words.txt, 3 classes, ash to oak" bits.csv --labels train=words.txt
cp out.h5 apart.h5; imports "3 classes" trees.csv --label-column 0; check "as those of a column" cmp <(rows out.h5 labels/train) <(rows apart.h5 labels/train)
imports "out.h5: labels: words.txt, 13 classes, 0 to oak" --split train=bits.csv test=labelled.csv valid=10 --columns 0-5 --labels train=words.txt --labels test=digits-idx1
check "numbers among words: places of their texts" cmp <({ numbers out.h5 labels/test; numbers out.h5 labels/valid; } | sort) <(cut -d, -f7 labelled.csv | sort)
check "words behind them" [ "$(numbers out.h5 labels/train | sort -nu | paste -sd' ')" = "10 11 12" ]
imports "out.h5: labels: digits-idx1" --split train=labelled.csv valid=10 --columns 0-6 --labels train=digits-idx1 --states
check "labels go with their rows, too" cmp <(rows out.h5 valid | cut -d, -f7) <(numbers out.h5 labels/valid)
imports "out.h5: labels: words.txt" --split train=bits.csv test=labelled.csv --columns 0-5 --labels train=words.txt
check "labels of one split alone" [ "$(h5dump -n out.h5 | grep -c /labels/)" = 1 ]
imports "out.h5: labels: words.txt" apart.h5 --labels train=words.txt
check "in place of a data set's own" cmp <(rows out.h5 labels/train) <(rows apart.h5 labels/train)
{ echo tree; cat words.txt; } >named.txt
refused 3 "named.txt: found 41 labels, expected 40, one for each row of bits.csv: is the first a name, to be left out?" "$H" data import -o no.h5 bits.csv --labels train=named.txt
refused 3 "bits.csv: found 6 columns, expected one, of labels" "$H" data import -o no.h5 bits.csv --labels train=bits.csv
refused 2 '--labels: found "words.txt", expected NAME=FILE, such as train=labels.gz' "$H" data import -o no.h5 bits.csv --labels words.txt
refused 2 '--labels: found "test=words.txt", expected the name of a split before the =, as in train=words.txt' "$H" data import -o no.h5 bits.csv --labels test=words.txt
refused 2 '--labels: found "valid=words.txt", whose rows are drawn from those of train, expected train=FILE' "$H" data import -o no.h5 --split train=bits.csv valid=5 --labels valid=words.txt
refused 2 '--split: found two splits named "test", expected one (--labels comes before each file of labels)' "$H" data import -o no.h5 --split train=bits.csv test=bits.csv --labels train=words.txt test=words.txt
refused 2 'found --labels and --label-column, expected one of them' "$H" data import -o no.h5 labelled.csv --label-column 6 --labels train=words.txt

# a row without a label: of words, numbers, in a file of its own, in a data set; none is an error unless it is named
printf '1,0,yes\n0,1,?\n1,1,no\n' >gap.txt; printf '1,0,1\n0,1,-1\n1,1,0\n' >minus.txt; printf '\0\0\11\1\0\0\0\3\1\377\0' >minus-idx1
imports "out.h5: labels: column 2, 2 classes, no to yes; 1 rows have none" gap.txt --label-column 2 --missing '?'
holds labels/train 1-21474836480
imports "out.h5: labels: column 2; 1 rows have none" minus.txt --label-column 2 --missing -1
holds labels/train 1-21474836480
imports "out.h5: labels: minus-idx1; 1 rows have none" minus.txt --columns 0,1 --labels train=minus-idx1 --missing -1
holds labels/train 1-21474836480
exits 0 "are described" "$H" data describe out.h5
check "one is missing" grep -qE "^labels/train +2 labels from 0 to 1, 1 missing$" out
cp out.h5 labelled.h5; imports "out.h5: labels: as in labelled.h5; 1 rows have none" labelled.h5
holds labels/train 1-21474836480
sed 's/?//' gap.txt >empty.txt; sed 's/yes\|no/?/' gap.txt >none.txt
imports "1 rows have none" empty.txt --label-column 2 --missing ''
refused 3 "empty.txt:2:5: found a missing label, expected a class (--missing '': none)" "$H" data import -o no.h5 empty.txt --label-column 2
imports "out.h5: labels: minus-idx1" minus.txt --columns 0,1 --labels train=minus-idx1
holds labels/train 1-10
refused 3 "none.txt: found no label that is known, all being missing, expected some" "$H" data import -o no.h5 none.txt --label-column 2 --missing '?'

# HDF5: the same bytes from our own, labels and names too
imports "out.h5: labels: column 0, 3 classes, ash to oak" trees.csv --label-column 0
cp out.h5 trees.h5; imports "out.h5: labels: as in trees.h5, 3 classes, ash to oak" trees.h5
check "our own file again" cmp -s out.h5 trees.h5
imports "40 rows, 5 columns, binary" trees.h5:train --columns '!2'
holds train "$(cut -d, -f1,2,4-6 bits.csv | tr -d ',\n')"
imports "out.h5: valid: 4 rows" --split train=trees.h5 valid=10%
check "labels go with their rows" [ "$(rows out.h5 labels/valid | tr -d '\n,' | wc -c)" = 4 ]
cp out.h5 splits.h5; imports "out.h5: test: 4 rows" --split train=splits.h5 test=4
check "drawn from train, whatever other splits there are" [ "$({ rows out.h5 train; rows out.h5 test; } | sort | tr -d '\n')" = "$(rows splits.h5 train | sort | tr -d '\n')" ]
imports "trees.h5: its labels are left out, as bits.csv has none" --split train=trees.h5 test=bits.csv
refused 3 "trees.h5: found no data set /test, expected train" "$H" data import -o no.h5 trees.h5:test
refused 3 "splits.h5: found no data set /vaild, expected train or valid; did you mean valid?" "$H" data import -o no.h5 splits.h5:vaild

# what would be misread
refused 3 "numbered.csv: column 0 (from 0) holds 0, 1, 2, ..., the others at most 1: row numbers? (--columns '!0' leaves it out)" \
    "$H" data import -o no.h5 numbered.csv
refused 3 'labelled.csv: column 6 (from 0) holds whole numbers from 0 to 9, the others at most 1: a label? (--label-column 6 keeps' \
    "$H" data import -o no.h5 labelled.csv
refused 3 'column 6 (from 0) "digit" holds whole numbers from 0 to 9, the others at most 1: a label? (--label-column digit keeps' \
    "$H" data import -o no.h5 digits.csv
imports "40 rows, 7 columns, states 0 to 9" labelled.csv --states
imports "40 rows, 7 columns, bytes" labelled.csv --binarize none; warned "column 6 (from 0) holds whole numbers from 0 to 9"
imports "40 rows, 7 columns, states 0 to 39" numbered.csv --states; warned "column 0 (from 0) holds 0, 1, 2, ..."
imports "40 rows, 7 columns, bytes" grey.csv; warned "column 0 (from 0) holds whole numbers from 0 to 9: a label? (--label-column 0 keeps it apart, --columns '!0'"
awk 'BEGIN { for (r = 0; r < 300; r++) print 1000 + r * 7 "," r % 2 "," int(r / 2) % 2 }' >id.csv
refused 3 "id.csv: row 0, column 0 (from 0): found 1000, expected 0 or 1, a whole number to 255, or a number from 0 to 1; column 0 (from 0) holds whole numbers from 1000 to 3093, the others at most 1: an identifier? (--columns '!0' leaves" \
    "$H" data import -o no.h5 id.csv
awk 'BEGIN { for (r = 0; r < 40; r++) print r % 5 "," (r % 7) / 10 "," (r % 3) / 4 }' >parts.csv
refused 3 "expected a number from 0 to 1 as 0.1 in row 1, column 1 of parts.csv; column 0 (from 0) holds whole numbers from 0 to 4, the others at most 1: a label?" \
    "$H" data import -o no.h5 parts.csv
awk 'BEGIN { for (r = 0; r < 40; r++) print r % 3 "," int(r / 3) % 3 "," int(r / 9) % 3 }' >genes.csv
imports "40 rows, 3 columns, bytes" genes.csv; warned "and at the threshold 0.5 no two rows would differ"
awk 'BEGIN { for (r = 0; r < 40; r++) print (r % 5) / 20 "," (r % 3) / 10 }' >dim.csv
imports "40 rows, 2 columns, floats" dim.csv; warned "no value exceeds 0.2, and at the threshold 0.5 no two rows would differ"
refused 3 "dim.csv: found none of 2 units is ever on, as no value reaches 0.5 (the largest is 0.2)" "$H" data import -o no.h5 dim.csv --binarize threshold:0.5
imports "40 rows, 2 columns, binary" dim.csv --binarize threshold:0.1
"$H" data import -o dim.h5 dim.csv 2>/dev/null >out; "$H" data describe dim.h5 >out 2>err
check "describe counts units that are constant as bits" grep -Eq "^train .* floats .* 2$" out; warned "dim.h5:/train: found none of 2 units is ever on"
printf '1,-1\n0,1\n' >mix.csv; refused 3 "mix.csv: row 0, column 1 (from 0): found -1, expected -1 and 1 alone (spins) or values from 0 up" "$H" data import -o no.h5 mix.csv
printf '0,1 1,0\n1,1 0,0\n' >two.csv; refused 3 "two.csv:2:4: found commas and blanks, of which either may separate numbers" "$H" data import -o no.h5 two.csv
printf 'a;b\n1;0\n;1\n' >gap.csv; refused 3 'gap.csv:3:1: found an empty field in column 0 (from 0) "a"' "$H" data import -o no.h5 gap.csv
printf '\377\376a\0,\0' >wide.csv; refused 3 'wide.csv: found text in UTF-16, expected IDX, npy or text (save it as UTF-8' "$H" data import -o no.h5 wide.csv
refused 3 'digits.csv: found 6 columns, expected 7 as in labelled.csv' bash -c 'cp bits.csv x/digits.csv 2>/dev/null || { mkdir x; cp bits.csv x/digits.csv; }; cd x; cp ../labelled.csv .; exec "$0" data import -o no.h5 --split train=labelled.csv test=digits.csv' "$H"
sed '1s/a,b/b,a/' digits.csv >swapped.csv
refused 3 'swapped.csv: found "b" as column 0 (from 0), expected "a" as in digits.csv' "$H" data import -o no.h5 --split train=digits.csv test=swapped.csv

# rows at random: exact counts, each row once, the same for a seed
awk 'BEGIN { for (r = 0; r < 200; r++) print r * 7 % 256 "," int(r / 16) % 2 * 255 "," r * 37 % 256 }' >many.csv
imports "out.h5: valid: 20 rows" --split train=many.csv valid=10% test=33
check "counts of splits" [ "$(grep -c "out.h5: train: 147 rows\|out.h5: test: 33 rows" out)" = 2 ]
for split in train valid test; do rows out.h5 $split; done | sort >drawn; sort many.csv >all
check "each row is in one split" cmp drawn all
rows out.h5 valid >first; imports "20 rows" --split train=many.csv valid=10% test=33; rows out.h5 valid >second
check "the same rows again" cmp first second
imports "20 rows" --split train=many.csv valid=10% test=33 --seed 1; rows out.h5 valid >second
check "another seed, other rows" [ "$(cmp first second 2>&1)" ]
check "the seed is kept" grep -q "(0): 1" <(h5dump -a /valid/split_seed out.h5)
awk 'BEGIN { for (r = 0; r < 400; r++) print int(r / 4) % 2 "," int(r / 8) % 2 "," int(r / 16) % 2 "," int(r / 32) % 2 "," int(r / 64) % 2 "," int(r / 128) % 2 "," (r > 255) }' >equal.csv
imports "test: 100 rows" --split train=equal.csv test=25% --keep-equal
check "no equal rows on both sides" [ -z "$(comm -12 <(rows out.h5 train | sort -u) <(rows out.h5 test | sort -u))" ]
refused 2 '--split: found "valid=10%" first, expected a file before it' "$H" data import -o no.h5 --split valid=10% train=many.csv
refused 2 '--split: found shares that leave train none of the 200 rows of many.csv' "$H" data import -o no.h5 --split train=many.csv valid=60% test=80
for share in 0.1 100% 0% 0 -5; do
    refused 2 "--split: found \"valid=$share\", expected NAME=FILE, or a share between 0% and 100%" "$H" data import -o no.h5 --split train=many.csv valid=$share
done
refused 2 '--split: found valid=0.1% of 200 rows, expected a share of one row at least' "$H" data import -o no.h5 --split train=many.csv valid=0.1%
refused 2 '--keep-equal: found no split drawn at random' "$H" data import -o no.h5 many.csv --keep-equal
check "a refused import leaves no file" [ ! -e no.h5 ]
