#!/bin/bash
# Aligned sequences: FASTA, a2m and Stockholm to states of letters, which of them are kept, what is said of them, and what is
# refused; against awk, and on real families against what others found.
. "$(dirname "$0")/../shell.sh"
data=${HOLODE_DATA:-$project/../shared/data}

# states LETTERS FILE: the rows of an a2m as they are to be kept, "0,1,...", by awk; names are left in `names`
states() {
    awk -v letters="$1" 'function flush(   i, c, s, row) {
            if (name == "") return
            gsub(/[a-z.]/, "", text)
            for (i = 1; i <= length(text); i++) {
                s = index(letters, c = substr(text, i, 1))
                if (!s) return
                row = row (i > 1 ? "," : "") s - 1
            }
            if (row in seen) return
            seen[row]; print row; print name >"names"}
        /^>/ {flush(); text = ""; name = substr($1, 2); next} {text = text $0} END {flush()}' "$2"
}
kept() { numbers "$1" "names/$2" | sed 's/\\000//g; s/"//g'; }

# ---- a2m: inserts, other letters, equal rows; several lines a row
awk 'BEGIN {srand(4); split("A C D E F G H I K L M N P Q R S T V W Y -", letter, " ")
    for (r = 0; r < 60; r++) {
        print ">seq" r "/1-9 of a family"; text = ""
        for (c = 0; c < 9; c++) {
            if (rand() < 0.2) text = text (rand() < 0.5 ? "..a" : ".kg")
            text = text (rand() < 0.01 ? "X" : letter[1 + int(rand() * (c < 5 ? 2 : c < 8 ? 3 : 21))])
        }
        print substr(text, 1, 5); print substr(text, 6)
    }}' >a.a2m
exits 0 "a2m" "$H" data import -o a.h5 --alphabet protein a.a2m
states -ACDEFGHIKLMNPQRSTVWY a.a2m >expected
check "states are as awk's" cmp <(rows a.h5 train) expected
check "names are kept" cmp <(kept a.h5 train) names
check "alphabet" [ "$(h5dump -d /alphabet -y -w 0 a.h5 | grep -o '"."' | tr -d '"\n')" = -ACDEFGHIKLMNPQRSTVWY ]
check "all columns have all states" [ "$(numbers a.h5 states/cardinalities | sort -u)" = 21 ]
check "is said" grep -qxF "a.h5: alphabet: protein, -ACDEFGHIKLMNPQRSTVWY" out
others=$(grep -v '>' a.a2m | grep -o X | wc -l)
check "there are other letters" [ "$others" -gt 0 ]
check "which are said" grep -qF "a.a2m: letters not of protein (X $others): " err
exits 0 "gaps in their places" "$H" data import -o g.h5 --alphabet protein --others gap a.a2m
sed '/>/!s/X/-/g' a.a2m >g.a2m
check "are so" cmp <(rows g.h5 train) <(states -ACDEFGHIKLMNPQRSTVWY g.a2m)
exits 0 "an alphabet with X" "$H" data import -o x.h5 --alphabet=-ACDEFGHIKLMNPQRSTVWYX --keep-duplicates a.a2m
check "keeps all" [ "$(rows x.h5 train | wc -l)" = 60 ]

# ---- the same in other forms: carriage returns, a mark, gzip, Stockholm in blocks
sed 's/$/\r/' a.a2m | { printf '\xEF\xBB\xBF'; cat; } | gzip >b.fasta.gz
exits 0 "lines of Windows" "$H" data import -o b.h5 --alphabet protein b.fasta.gz
check "are as before" cmp a.h5 b.h5
awk 'BEGIN {print "# STOCKHOLM 1.0\n#=GF ID x\n"} /^>/ {name[++n] = substr($1, 2); next} {text[n] = text[n] $0}
    END {for (part = 0; part < 3; part++) {
        for (r = 1; r <= n; r++) {print name[r] "  " substr(text[r], 7 * part + 1, part < 2 ? 7 : 999); if (r == 2) print "#=GR " name[r] " SS ..."}
        print "#=GC RF xx\n"} print "//"}' a.a2m >c.sto
awk '{gsub(/^seq[0-9]*\/1-9 *$/, "&."); print}' c.sto >d.sto
exits 0 "Stockholm" "$H" data import -o c.h5 --alphabet protein d.sto
check "is as before" cmp a.h5 c.h5

# ---- aligned rows that no rule of inserts fits: lower case counts
printf '>a\nac.gt\n>b\n..cgA\n>c\nACT-~\n' >low.fasta
exits 0 "rows in lower case" "$H" data import -o low.h5 --alphabet dna low.fasta
check "are no inserts" [ "$(rows low.h5 train | paste -sd:)" = 1,2,0,3,4:0,0,2,3,1:1,2,4,0,0 ]
check "which is said" grep -qF "low.fasta: 3 sequences, lower case counts as upper case and '.' as a gap" err
printf '>a\naA.\n>b\nAA.\n' >case.fasta
exits 0 "an alphabet with lower case" "$H" data import -o case.h5 --alphabet aA. case.fasta
check "tells it apart" [ "$(rows case.h5 train | paste -sd:)" = 0,1,2:1,1,2 ]
printf '>q/3-9\nA-CG-T\n>b\nAACGTT\n>c\nGGGGGG\n' >query.fasta
for query in q q/3-9 first; do
    exits 0 "columns of $query" "$H" data import -o q.h5 --alphabet dna --query $query query.fasta
    check "are its letters" [ "$(rows q.h5 train | paste -sd:)" = 1,2,3,4:3,3,3,3 ] # b is as q is there
done

printf '>a\nACGTACGTACGT\n>q\nA-C\n' >longer.fasta
refused 3 'longer.fasta:1: "a": found 12 columns, expected 3 as in "q" of line 3: are they aligned?' "$H" data import -o no.h5 --alphabet dna --query q longer.fasta
printf '>a\nACGT*\n>q\nA-CT*\n>b\nACGA\n' >stop.fasta
exits 0 "stops behind the query's columns" "$H" data import -o q.h5 --alphabet dna --query q stop.fasta
check "are no letters" [ "$(rows q.h5 train | paste -sd:)" = 1,3,4:1,2,4:1,3,1 ]

# ---- splits, and data sets of data sets
exits 0 "a share" "$H" data import -o s.h5 --alphabet protein a.a2m valid=20%
check "is of all rows" cmp <({ rows s.h5 train; rows s.h5 valid; } | sort) <(sort expected)
check "with its names" cmp <({ kept s.h5 train; kept s.h5 valid; } | sort) <(kept a.h5 train | sort)
exits 0 "columns of a data set" "$H" data import -o t.h5 --columns 0-2 s.h5 valid=s.h5:valid
check "keep letters and names" cmp <(kept s.h5 valid; rows s.h5 alphabet) <(kept t.h5 valid; rows t.h5 alphabet)
exits 0 "describe" "$H" data describe s.h5
check "knows the alphabet" grep -qx "alphabet  *protein: -ACDEFGHIKLMNPQRSTVWY, 21 letters" out
exits 0 "dna" "$H" data import -o dna.h5 --alphabet dna query.fasta
refused 3 "dna.h5: found the alphabet dna, expected the alphabet protein as in s.h5" "$H" data import -o no.h5 s.h5 valid=dna.h5

# ---- weights and clusters of similar rows
# similar LEAST FILE...: "ROW OTHER" of all pairs of rows that agree in so many columns, by awk
similar() {
    awk -F, -v least="$1" '{for (c = 1; c <= NF; c++) x[NR, c] = $c}
        END {for (i = 1; i <= NR; i++) for (j = 1; j <= NR; j++) {
            n = 0; for (c = 1; c <= NF; c++) n += x[i, c] == x[j, c]
            if (n >= least) print i, j}}' "${@:2}"
}
weights() { h5dump -d "/weights/$2" -y -w 0 -m %.12g "$1" | awk '/DATA \{/ {on = 1; next} on && /\}/ {exit} on' | tr -d ' ' | tr ',' '\n' | sed '/^$/d'; }
exits 0 "weights" "$H" data import -o w.h5 --alphabet protein a.a2m --reweight 0.7 # 6.3 of 9 columns
similar 7 expected | awk '{n[$1]++} END {for (i = 1; i in n; i++) printf "%.12g\n", 1 / n[i]}' >w.expected
check "are 1/n" cmp <(weights w.h5 train) w.expected
check "differ" [ "$(sort -u w.expected | wc -l)" -gt 3 ]
check "their sum is said" grep -qxF "w.h5: train: M_eff $(awk '{s += $1} END {printf "%.4f", s}' w.expected), the sum of weights 1/n (identity 0.7)" out
exits 0 "describe weights" "$H" data describe w.h5
check "knows their sum" grep -qE "^weights/train +$(wc -l <expected) weights 1/n \(identity 0.7\), M_eff $(awk '{s += $1} END {printf "%.4f", s}' w.expected)$" out
check "knows the gaps" grep -qE "^train +M $(wc -l <expected), L 9, q 21, $(tr ',' '\n' <expected | awk '{n += $1 == 0} END {printf "%.2f", 100 * n / NR}') % gaps$" out
exits 0 "describe --json" "$H" data describe w.h5 --json
check "has them all" [ "$(value letters) $(value identity) $(value alphabet)" = "21 0.69999999999999996 -ACDEFGHIKLMNPQRSTVWY" ]
run 2 1 data import -o w2.h5 --alphabet protein a.a2m --reweight 0.7
check "are the same on two ranks" cmp w.h5 w2.h5
exits 0 "weights of a data set of holode's" "$H" data import -o w3.h5 a.h5 --reweight 0.7
check "are the same" cmp <(weights w3.h5 train) w.expected
exits 0 "clusters" "$H" data import -o k.h5 --alphabet protein a.a2m valid=30% --cluster-split 0.85 --reweight 0.7 # 7.65 columns
clusters=$(similar 8 expected | awk '{for (i = 1; i <= 2; i++) if (!($i in of)) of[$i] = $i; a = of[$1]; b = of[$2]; if (a != b) for (k in of) if (of[k] == b) of[k] = a}
    END {for (k in of) {if (!n[of[k]]++) c++; if (n[of[k]] > most) most = n[of[k]]}; print c " clusters (identity 0.85), the largest of " most " rows"}')
check "are as awk's" grep -qxF "k.h5: $clusters" out
rows k.h5 train >k.train; rows k.h5 valid >k.valid
check "are on one side" [ -z "$(similar 8 k.train k.valid | awk -v n="$(wc -l <k.train)" '($1 <= n) != ($2 <= n)')" ]
check "all rows are there" cmp <(sort k.train k.valid) <(sort expected)
check "so many of them" near "$(wc -l <k.valid)" "$(awk 'END {print 0.3 * NR}' expected)" 3
check "weights are of the split's own rows" cmp <(weights k.h5 valid) <(similar 7 k.valid | awk '{n[$1]++} END {for (i = 1; i in n; i++) printf "%.12g\n", 1 / n[i]}')
run 3 1 data import -o k3.h5 --alphabet protein a.a2m valid=30% --cluster-split 0.85 --reweight 0.7
check "clusters are the same on three ranks" cmp k.h5 k3.h5
exits 0 "another seed" "$H" data import -o k4.h5 --alphabet protein a.a2m valid=30% --cluster-split 0.85 --seed 1
check "draws others" [ "$(rows k4.h5 valid)" != "$(cat k.valid)" ]
refused 3 "found too many similar rows to keep them together: none is left for valid" "$H" data import -o no.h5 --alphabet protein a.a2m valid=30% --cluster-split 0.01
refused 2 "--cluster-split: found no split drawn at random, expected one, as valid=10%" "$H" data import -o no.h5 --alphabet protein a.a2m --cluster-split 0.8
refused 2 "--reweight: found \"0\", expected a number above 0" "$H" data import -o no.h5 --alphabet protein a.a2m --reweight 0
printf '0.5,1\n0.25,0\n' >grey.csv
refused 2 "grey.csv: found no states, expected them, or bits, to tell how similar rows are" "$H" data import -o no.h5 grey.csv --reweight 0.5
printf '0,1,1\n1,,1\n' >gap.csv
refused 3 "gap.csv: row 1 (from 0): found a missing value, expected none" "$H" data import -o no.h5 gap.csv --missing '' --reweight 0.5

# ---- sequences beside a model of theirs
awk 'BEGIN {srand(2); split("A C G U -", letter, " "); for (r = 0; r < 200; r++) {
    print ">s" r; text = ""; p = 1 + int(rand() * 4)
    for (c = 0; c < 6; c++) {if (rand() < 0.3) p = 1 + int(rand() * 5); text = text letter[p]}
    print text}}' >r.fasta
exits 0 "a family" "$H" data import -o r.h5 --alphabet rna r.fasta valid=20%
printf 'data: {train: r.h5}\nmodel: {kind: potts}\ntrain: {steps: 20, chains: 64, batch_size: 64}\n' >r.yaml
exits 0 "a model" "$H" train r.yaml -o R
rows r.h5 valid | awk -F, '{for (c = 1; c <= NF; c++) printf "%s", substr("-ACGU", $c + 1, 1); print ""}' | awk '{print ">" NR; print}' >v.fasta
gzip -k v.fasta
exits 0 "of a data set" "$H" evaluate R --data r.h5:valid --json
likelihood=$(value log_likelihood)
check "has a likelihood" [ -n "$likelihood" ]
exits 0 "of sequences" "$H" evaluate R --data v.fasta.gz --json
check "the likelihood is the same" [ "$(value log_likelihood)" = "$likelihood" ]
run 2 1 evaluate R --data v.fasta --json
check "and on two ranks" [ "$(value log_likelihood)" = "$likelihood" ]
sed '2s/^./N/' v.fasta >n.fasta
exits 0 "another letter" "$H" evaluate R --data n.fasta
check "is said" grep -qF "n.fasta: letters not of rna (N 1): 1 of $(grep -c '>' n.fasta) sequences left out" err
exits 0 "predict" "$H" predict R --data v.fasta --target 2
printf '>a\nACXXXX\n>b\n-CXXXU\n' >c.fasta
exits 0 "clamp" "$H" sample R --clamp c.fasta -n 8 --sweeps 3 -o clamped.csv
check "holds letters of the alphabet" [ "$(awk -F, 'NR > 1 {print $1 $2 (NR % 2 ? $6 : "")}' clamped.csv | sort | uniq -c | awk '{print $1 $2}' | paste -sd' ')" = "4-CU 4AC" ]
# what is not known is missing, and what is of another alphabet is refused, in whichever case the file is
printf '>a\nACGURY\n>b\nNSWKMB\n>c\nDHV?-A\n' >codes.fasta
exits 0 "ambiguity codes" "$H" predict R --data codes.fasta -o filled.fasta
check "are missing" grep -q "^missing  *12 of 18 values$" out
check "are filled in beside what is known" [ "$(grep -v '>' filled.fasta | tr -d '\n' | sed 's/^\(....\).*\(..\)$/\1 \2/')" = "ACGU -A" ]
printf '>a\nACGUNN\n>b\nACNGUT\n' >letters-t.fasta
tr ACGTUN acgtun <letters-t.fasta | sed 's/^>.*/\L&/' >lower-t.fasta
for file in letters-t lower-t; do
    for command in "predict R --data" "sample R --clamp"; do
        refused 3 "$file.fasta:3: \"b\": found T in column 6 (from 1), expected letters of rna, or of NRYSWKMBDHVX? for what is not known (it looks like dna: write U for T)" \
            "$H" $command $file.fasta -o no.csv
    done
done
printf '>a\nACENNN\n' >protein.fasta
refused 3 'protein.fasta:1: "a": found E in column 3 (from 1), expected letters of rna, or of ' "$H" predict R --data protein.fasta
printf '>a\nNCNNNN\n' >all.fasta
refused 3 "all.fasta: found letters that rna lacks in all 1 sequences (N 5), expected some without (they stand for letters that are not known)" "$H" energies R --data all.fasta
printf '>a\nAC.GUN\n>b\n.CNGUA\n' >dots.fasta
refused 3 "dots.fasta: found sequences of 5 columns, expected 6, as the model has (letters in lower case and '.' are insert columns, left out)" "$H" predict R --data dots.fasta
exits 0 "samples" "$H" sample R -n 8 --sweeps 3 -o drawn.h5
check "have the alphabet" cmp <(rows r.h5 alphabet) <(rows drawn.h5 alphabet)
exits 0 "are a data set of sequences" "$H" data import -o drawn2.h5 drawn.h5:samples
check "with its alphabet" grep -qxF "drawn2.h5: alphabet: rna, -ACGU" out
sed 's/U/T/g' v.fasta >t.fasta
exits 0 "of dna" "$H" data import -o u.h5 --alphabet dna t.fasta
refused 3 "u.h5:train: found the alphabet dna, expected rna as in r.h5" "$H" evaluate R --data u.h5:train
printf '>a\nACGUA\n' >short.fasta
refused 3 "short.fasta: found sequences of 5 columns, expected 6, as the model has" "$H" evaluate R --data short.fasta
awk 'BEGIN {for (r = 0; r < 80; r++) print r % 2 "," int(r / 2) % 2}' >bits.csv
exits 0 "bits" "$H" data import -o bits.h5 bits.csv
printf 'data: {train: bits.h5}\nmodel: {kind: rbm, hidden: 2}\ntrain: {steps: 2, chains: 64, batch_size: 64}\n' >bits.yaml
exits 0 "a model of bits" "$H" train bits.yaml -o B
refused 2 "v.fasta: found sequences, of a model whose states have no letters, expected a data set" "$H" evaluate B --data v.fasta

# ---- what is refused
bad() { # bad TEXT CONTENTS: of dna
    printf "$2" >bad.fasta
    refused 3 "$1" "$H" data import --alphabet dna -o no.h5 bad.fasta
    check "nothing is written" [ ! -e no.h5 ]
}
bad "bad.fasta:3: found a name without a sequence, expected its letters behind it" '>a\nAC\n>b\n>c\nAC\n'
bad "bad.fasta:3: found a name without a sequence" '>a\nAC\n>b\n'
bad 'bad.fasta:3: "b": found 3 columns, expected 2 as in "a" of line 1: are they aligned?' '>a\nAC\n>b\nACG\n'
bad 'bad.fasta:5: "c": found 3 columns, expected 2 as in "a" of line 1 (without letters in lower case' '>a\nAgC\n>b\nAC\n>c\nACGgg\n'
bad "bad.fasta: found an empty file, expected aligned sequences" ''
bad "bad.fasta: found an empty file" '\n\n'
bad "bad.fasta: found no sequences" '# nothing\n'
bad "bad.fasta:2: found a zero byte, expected text" '>a\nA\0C\n'
bad "bad.fasta:2: found the byte 0xC3, expected letters of a sequence" '>a\nA\xC3\xA4C\n'
bad "bad.fasta:1: found neither '>' nor '# STOCKHOLM', expected aligned sequences" 'ACGT\n'
bad "bad.fasta:2: found the end of the file, expected '//' before it: is it cut off?" '# STOCKHOLM 1.0\na AC\n'
bad "bad.fasta:3: found a name a second time in one block, expected each name once in a block" '# STOCKHOLM 1.0\na AC\na AC\nb AC\nb GG\n//\n'
bad "bad.fasta: found text in UTF-16, expected aligned sequences: FASTA (a2m, a3m) or Stockholm (save it as UTF-8" '\xFF\xFE>\0a\0\n\0'
bad "bad.fasta:4: found more behind the '//' of an alignment, expected a file for each" '# STOCKHOLM 1.0\na AC\n//\n# STOCKHOLM 1.0\n'
bad "bad.fasta: found letters that dna lacks in all 2 sequences (U 3), expected some without (they look like rna)" '>a\nAUCG\n>b\nUUGC\n'
bad "bad.fasta: found no letter in upper case" '>a\n--a\n>b\n--ac\n'
refused 3 "a.h5: found an HDF5 file, expected aligned sequences: FASTA (a2m, a3m) or Stockholm (a data set of" "$H" data import --alphabet protein -o no.h5 a.h5
head -c 300 b.fasta.gz >cut.fasta.gz
refused 3 "cut.fasta.gz: byte " "$H" data import --alphabet protein -o no.h5 cut.fasta.gz
{ head -c 350 b.fasta.gz; printf x; tail -c +352 b.fasta.gz; } >damaged.fasta.gz
refused 3 "found damaged data" "$H" data import --alphabet protein -o no.h5 damaged.fasta.gz
refused 3 "low.fasta: found aligned sequences that look like dna, expected numbers (holode data import --alphabet dna" "$H" data import -o no.h5 low.fasta
refused 3 "a.a2m: found aligned sequences, expected" "$H" data describe a.a2m
refused 2 "found --alphabet and --binarize, expected one of them" "$H" data import -o no.h5 --alphabet dna --binarize none low.fasta
refused 2 "--query: found no --alphabet, expected it" "$H" data import -o no.h5 --query a low.fasta
refused 2 "--alphabet: found \"AA\": a letter twice, expected protein, rna, dna or the letters" "$H" data import -o no.h5 --alphabet AA low.fasta
refused 2 'low.fasta: found no sequence "z", expected the name of one, or first' "$H" data import -o no.h5 --alphabet dna --query z low.fasta
printf '>%s x\nAC\n>%s\nAG\n' "$(printf 'n%.0s' {1..200})" "$(printf 'm%.0s' {1..400})" >long.fasta
exits 0 "long names" "$H" data import -o long.h5 --alphabet dna long.fasta
check "are cut at 255 bytes" [ "$(kept long.h5 train | awk '{printf "%d ", length($0)}')" = "200 255 " ]

printf '>\xE9x\nAC\n>a\x1B[31m\nAG\n>%s\xC3\xA4\nAT\n>"a,b"\nCC\n' "$(printf 'm%.0s' {1..254})" >odd.fasta
exits 0 "odd bytes in names" "$H" data import -o odd.h5 --alphabet dna odd.fasta
check "are no bytes of names" [ "$(kept odd.h5 train | head -n 3 | cut -c1-12 | tr '\n' ' ')" = '\xe9x a\x1b[31m mmmmmmmmmmmm ' ]
check "are cut at whole characters" grep -q 'STRSIZE 254;' <(h5dump -H -d names/train odd.h5)
printf '# STOCKHOLM 1.0\n%sa AC\n%sb AG\n//\n' "$(printf 'n%.0s' {1..300})" "$(printf 'n%.0s' {1..300})" >long.sto
exits 0 "long names that differ at their ends" "$H" data import -o long.h5 --alphabet dna long.sto
check "are two" [ "$(rows long.h5 train | wc -l)" = 2 ]

# ---- real families
if [ -d "$data/rna" ] && [ -d "$data/protein" ]; then
    family() { exits 0 "$1" "$H" data import -o f.h5 --alphabet "${@:4}"; check "$1: $2" grep -qF "f.h5: train: $2, states" out; check "$1: M_eff $3" grep -qF "M_eff $3," out; }
    family RF00379 "3646 rows, 136 columns" 1447.0374 rna "$data/rna/RF00379.fasta.gz" --reweight 0.8
    family pf14short "879 rows, 53 columns" 550.9767 protein --others gap "$data/protein/pf14short.fasta.gz" --reweight 0.6604
    family WW "17233 rows, 31 columns" 2682.4100 protein --keep-duplicates "$data/protein/WW_domain_MSA.fasta.gz" --reweight 0.8
    family DHFR "3616 rows, 159 columns" 1568.1043 protein --query DYR_ECOLI --keep-duplicates "$data/protein/DHFR.a2m.gz" --reweight 0.8
    zcat "$data/protein/DHFR_weights_raw.txt.gz" | awk '$1 > 0 {printf "%.10f\n", $1}' >w.expected # 0 of rows that are left out
    check "DHFR: weights row by row" cmp <(weights f.h5 train | awk '{printf "%.10f\n", $1}') w.expected
else skip "no families of sequences"; fi
