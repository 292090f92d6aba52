#!/bin/bash
# Missing values of data sets: which codes are taken on import, what is kept of them, what is said of them, what is refused.
. "$(dirname "$0")/../shell.sh"

# 400 rows of 11 bits, a fifth of them '?'; row 7 has nothing, row 12 no gap; the rows that are expected, and their gaps
awk 'BEGIN {srand(11)
    for (r = 0; r < 400; r++) {
        line = ""; values = ""; low = high = 0
        for (c = 0; c < 11; c++) {
            gone = r == 7 || (r != 12 && rand() < 0.2); bit = rand() < 0.3 + 0.04 * c ? 1 : 0
            line = line (c ? "," : "") (gone ? "?" : bit); values = values (c ? "," : "") (gone ? 0 : bit)
            if (gone && c < 8) low += 2 ^ c
            if (gone && c >= 8) high += 2 ^ (c - 8)
        }
        print line >"gaps.csv"; print values >"values"; print low "," high >"gaps"
    }}'
exits 0 "import" "$H" data import -o gaps.h5 gaps.csv --missing '?'
share=$(awk -F, '{for (c = 1; c <= NF; c++) gone += $c == "?"} END {printf "%.3g", 100 * gone / NR / NF}' gaps.csv)
density=$(awk -F, '{for (c = 1; c <= NF; c++) {known += $c != "?"; on += $c == "1"}} END {printf "%.4f", on / known}' gaps.csv)
check "what is said: $density, $share %" grep -qF "400 rows, 11 columns, binary, density $density, $share % missing" out
check "a row of nothing is told" grep -qF "row 7 (from 0): nothing is known of it: all values are missing" err
check "values" cmp <(rows gaps.h5 train) values
check "gaps" cmp <(rows gaps.h5 missing/train) gaps
for code in -1 nan NA 99 unknown; do
    sed "s/?/$code/g" gaps.csv >coded.csv
    exits 0 "import of $code" "$H" data import -o coded.h5 coded.csv --missing="$code"
    check "$code is as ?" cmp coded.h5 gaps.h5
done
sed 's/?//g' gaps.csv >coded.csv
exits 0 "import of empty fields" "$H" data import -o coded.h5 coded.csv --missing=
check "empty fields are as ?" cmp coded.h5 gaps.h5
sed 's/0/-1/g' gaps.csv >coded.csv
exits 0 "import of spins" "$H" data import -o coded.h5 coded.csv --missing='?'
check "spins are as bits" cmp coded.h5 gaps.h5
exits 0 "import of a data set" "$H" data import -o coded.h5 gaps.h5
check "its missing values come with it" cmp coded.h5 gaps.h5
sed 's/\b1/200/g' gaps.csv >grey.csv
exits 0 "import of grey levels" "$H" data import -o grey.h5 grey.csv --missing '?' --binarize threshold:0.5
check "bits of grey levels" cmp grey.h5 gaps.h5
sed 's/1/3/g' gaps.csv >states.csv
exits 0 "import of states" "$H" data import -o states.h5 states.csv --missing '?' --states
check "states" cmp <(rows states.h5 train) <(sed 's/?/0/g' states.csv)
check "and their gaps" cmp <(rows states.h5 missing/train) gaps

# ---- splits: rows keep their gaps
exits 0 "drawn splits" "$H" data import -o drawn.h5 --split train=gaps.csv valid=25% full=12 --missing '?' --seed 4
for split in train valid full; do paste -d: <(rows drawn.h5 $split) <(rows drawn.h5 missing/$split); done | sort >got
check "rows keep their gaps" cmp got <(paste -d: values gaps | sort)
sed -n 13p gaps.csv >one.csv
exits 0 "a split without a gap" "$H" data import -o two.h5 --split train=gaps.csv test=one.csv --missing '?'
check "the other has its note" grep -qF "missing/train" <(h5dump -n two.h5)
check "and it has none" [ -z "$(h5dump -n two.h5 | grep missing/test)" ]
# equal rows are equal in their gaps, too: two kinds of rows, each of which comes to one split
awk 'BEGIN {for (r = 0; r < 40; r++) print r % 2 ? "1,?,0" : "1,0,0"}' >equal.csv
exits 0 "equal rows" "$H" data import -o equal.h5 --split train=equal.csv valid=50% --keep-equal --missing '?'
kinds() { paste -d: <(rows equal.h5 $1) <(rows equal.h5 missing/$1 2>/dev/null) | sort -u | wc -l; }
check "a gap makes a difference" [ "$(kinds train)$(kinds valid)" = 11 ]

# ---- describe
exits 0 "describe" "$H" data describe gaps.h5
most=$(awk -F, '{for (c = 1; c <= NF; c++) gone[c] += $c == "?"} END {for (c in gone) if (gone[c] > most || (gone[c] == most && c < at)) {most = gone[c]; at = c}
    printf "column %d (from 0): %.3g %%", at - 1, 100 * most / NR}' gaps.csv)
check "describe: $most" grep -qxF "train        $share % of the values are missing, most in $most" out
check "describe: the empty row" grep -qx " *nothing is known of 1 row" out
check "describe: density" grep -q "binary *$density" out
exits 0 "describe --json" "$H" data describe --json gaps.h5
check "describe's JSON" grep -qF '"unknown_rows": 1, "unknown_columns": 0, "shares": [' out
sed 's/$/,?/; 1s/.*/a,b,c,d,e,f,g,h,i,j,k,l/' gaps.csv >never.csv
exits 0 "a column that is never known" "$H" data import -o never.h5 never.csv --missing '?'
check "is told" grep -qF 'column 11 (from 0) "l" is never known' err
exits 0 "described" "$H" data describe never.h5
check "as constant" grep -Eq "^train +399 +12 .* 1$" out
check "and as unknown" grep -qx " *1 column is never known" out
exits 0 "a code that is not there" "$H" data import -o none.h5 one.csv --missing NA
check "is told, too" grep -qF "one.csv: no value is missing: none is 'NA'" err

# ---- refused
refused 3 "gaps.csv:1:" "$H" data import -o no.h5 gaps.csv
check "with the remedy" grep -qF "(holode data import --missing '?' takes it for missing)" err
sed 's/[01]/?/g' gaps.csv >coded.csv
refused 3 "coded.csv: found no value that is known" "$H" data import -o no.h5 coded.csv --missing '?'
sed 's/?/-1/g' gaps.csv >coded.csv
refused 3 "-1 is no missing value but with --missing -1" "$H" data import -o no.h5 coded.csv
refused 3 "gaps.h5:/train: found missing values, which this command cannot take" "$H" fit gaps.h5 -o no
refused 2 "found the name \"missing\" of a split, which holds the places of missing values" "$H" data import -o no.h5 --split missing=one.csv
cat >gaps.yaml <<'END'
data: {train: gaps.h5}
model: {kind: rbm, hidden: 3}
train: {steps: 3, chains: 64, sweeps: 1, batch_size: 64, learning_rate: 0.1}
END
refused 3 "gaps.h5:/train: found missing values" "$H" train gaps.yaml -o no
