#!/bin/bash
# energies: of sequences and mutants by sums written out, relative ones, rows of data sets and alignments alike; measured
# mutants, with the correlation of ranks by hand; files; wrong inputs; ranks.
. "$(dirname "$0")/../shell.sh"

# ---- six sites of letters -ACD: energies are those that an independent program computes from the parameters
awk 'BEGIN {srand(1); s = "-ACD"; for (r = 0; r < 150; r++) {l = ""; for (i = 0; i < 6; i++) l = l substr(s, 1 + int(4 * rand()), 1); printf ">seq%d\n%s\n", r, l}}' >family.fasta
"$H" data import --alphabet=-ACD --keep-duplicates family.fasta -o family.h5 >/dev/null 2>&1
printf 'data: {train: family.h5:train}\nmodel: {kind: potts}\ntrain: {steps: 30, batch_size: 150, chains: 64, sweeps: 1, learning_rate: 0.2}\n' >run.yaml
check "train" run 1 1 train run.yaml -o one
file=$(newest one)
if command -v h5dump >/dev/null; then
    numbers "$file" /parameters/fields >h.txt
    numbers "$file" /parameters/couplings >j.txt
    # energy NAME: of lines of letters
    energy() {
        awk 'FILENAME == "h.txt" {h[nh++] = $1; next} FILENAME == "j.txt" {j[nj++] = $1; next}
            {e = 0; for (i = 0; i < 6; i++) x[i] = index("-ACD", substr($1, i + 1, 1)) - 1
             for (i = 0; i < 6; i++) {e -= h[i * 4 + x[i]]; for (k = i + 1; k < 6; k++) {p = i * 6 - i * (i + 1) / 2 + k - i - 1; e -= j[p * 16 + x[i] * 4 + x[k]]}}
             printf "%.5f\n", e}' h.txt j.txt "$1"
    }
    grep -v '>' family.fasta >letters.txt
    check "rows" run 1 1 energies one --data family.fasta --csv
    cp out rows.csv
    energy letters.txt >truth.txt
    check "energies by sums" eval "awk -F, 'NR > 1 {printf \"%.5f\n\", \$2}' rows.csv | paste - truth.txt | awk '{d = \$1 - \$2; if (d > 2e-5 || d < -2e-5) exit 1}'"
    check "names" [ "$(sed -n 3p rows.csv | cut -d, -f4)" = seq1 ]
    check "mutants" run 1 1 energies one --mutants ACDACD --with-gap -o mutants.csv
    check "heads" [ "$(head -1 mutants.csv)" = "site,state,-,A,C,D" ]
    check "six lines" [ "$(wc -l <mutants.csv)" = 7 ]
    printf '%s\n' ACDACD ACDDCD -CDACD >three.txt
    energy three.txt >e.txt
    check "A4D" near "$(sed -n 5p mutants.csv | cut -d, -f6)" "$(awk '{e[NR] = $1} END {print e[2] - e[1]}' e.txt)" 5e-5
    check "A1-" near "$(sed -n 2p mutants.csv | cut -d, -f3)" "$(awk '{e[NR] = $1} END {print e[3] - e[1]}' e.txt)" 5e-5
    check "itself" [ "$(sed -n 2p mutants.csv | cut -d, -f4)" = 0 ]
    # without the gap: the same but its column, and the line of a site that has it
    check "no gap" run 1 1 energies one --mutants ACDACD -o letters.csv
    check "the other columns" cmp -s <(cut -d, -f1,2,4- mutants.csv) letters.csv
    check "12 mutants" grep -q "^mutants  *12 single ones without the gap, " out
    check "all of them" run 1 1 energies one --mutants ACDACD --with-gap
    check "18 mutants" grep -q "^mutants  *18 single ones, " out
    check "a gap in the sequence" run 1 1 energies one --mutants A-DACD -o gap.csv
    check "10 mutants" grep -q "^mutants  *10 single ones without the gap, " out
    check "none there" [ "$(sed -n 3p gap.csv)" = 2,-,,, ]
    check "no more than gaps" run 1 1 energies one --mutants ------
    check "none" grep -q "^mutants  *none: all sites have a gap (--with-gap)" out
else skip "energies: no h5dump to read parameters with"; run 1 1 energies one --data family.fasta --csv; cp out rows.csv; fi

check "a data set" run 1 1 energies one --data family.h5:train -o of-set.csv
check "the same as its alignment" cmp -s rows.csv of-set.csv
gzip -kc family.fasta >family.fasta.gz
check "compressed, on two ranks" run 2 1 energies one --data family.fasta.gz -o two.csv
check "the same" cmp -s rows.csv two.csv
check "a data set on three" run 3 2 energies one --data family.h5:train -o three.csv
check "the same" cmp -s rows.csv three.csv
lowest=$(sed 1d rows.csv | sort -t, -k2g | head -1 | cut -d, -f4)
check "listed" run 1 1 energies one --data family.fasta --top 1
check "the lowest" eval "tail -1 out | grep -q ' 0.0000  $lowest\$'"
check "relative to a row" run 1 1 energies one --data family.fasta --reference seq7 --csv
check "itself 0" [ "$(grep 'seq7$' out | cut -d, -f3)" = 0 ]
check "what -o has is told" run 1 1 energies one --data family.fasta
check "in one way" grep -q "^lowest  *10 of 150 rows, counted from 0 (-o OUT has all)$" out
check "but not with it" run 1 1 energies one --data family.fasta --mutants ACDACD -o told
check "for both" [ "$(grep -c '^lowest  *10 of 1[52]0* [a-z]*, [a-z]* from [01]$' out)" = 2 ]
check "by its number" run 2 1 energies one --data family.fasta --reference 7 --csv
check "itself 0" [ "$(grep 'seq7$' out | cut -d, -f3)" = 0 ]
check "all" run 1 1 energies one --data family.fasta --mutants seq7 -o all
check "files" [ "$(ls all | tr '\n' ' ')" = "mutants.csv mutants.png rows.csv " ]
check "once more" run 1 1 energies one --data family.fasta --mutants seq7 -o all
sed -n '/>seq7$/,+1p' family.fasta >seven.fasta
check "mutants of a file's" run 1 1 energies one --mutants seven.fasta -o seven.csv
check "the same" cmp -s seven.csv all/mutants.csv
check "of letters" run 1 1 energies one --mutants "$(tail -1 seven.fasta)" -o letters.png
check "the same picture" cmp -s letters.png all/mutants.png
check "of a row of the training data" run 2 1 energies one --mutants seq7 -o named.csv
check "the same" cmp -s seven.csv named.csv
{ cat family.fasta; printf '>other\nAXXXXX\n'; } >others.fasta
check "other letters" run 1 1 energies one --data others.fasta
check "are counted" grep -q "left out  *1 sequences of other letters than -ACD" out

# ---- measured: five lines that match, of which two are equal; each of the others for another reason
printf '%s\n' mutant,x,DMS_score A11C,1,1 p.Cys12Ala,1,2 D13A,1,2 A14C,1,-1 A14D:C15A,1,7 G11A,1,3 A99C,1,1 A11Ter,1,0 wt,1,0 A11D,1, >scan.csv
check "measured" run 1 1 energies one --mutants ACDACD --measured scan.csv --offset 10 -o measured --json
sed -n '/^{/,$p' out >one.json
check "matched" [ "$(value matched one.json)" = 5 ]
for why in no_mutation no_score outside other_letter no_state; do check "$why" [ "$(value $why one.json)" = 1 ]; done
# ranks of the scores 2 3.5 3.5 1 5, those of the changes by sorting; Pearson's of both
rho=$(sed 1d measured/measured.csv | sort -t, -k2gr | awk -F, 'BEGIN {split("2 3.5 3.5 1 5", s, " "); split("A11C C12A D13A A14C A14D:C15A", n, " ")}
    {for (k = 1; k <= 5; k++) if (n[k] == $1) {x = NR - 3; y = s[k] - 3; xy += x * y; xx += x * x; yy += y * y}} END {print xy / sqrt(xx * yy)}')
check "Spearman $rho" near "$(value spearman one.json)" "$rho" 1e-6
check "another offset" run 1 1 energies one --mutants ACDACD --measured scan.csv
check "is told" grep -q "by --offset 10 8 of 10 mutations begin as the sequence has it" out
check "another column" run 1 1 energies one --mutants ACDACD --measured scan.csv --offset 10 --score-column x
check "is told" grep -q "scan.csv: mutant, scores x; 6 of 10 lines matched" out

# a line that ends with the gap is matched with it alone
printf '%s\n' mutant,x,DMS_score A11C,1,1 A11-,1,2 A14C:C15-,1,0 >gaps.csv
check "deletions" run 1 1 energies one --mutants ACDACD --measured gaps.csv --offset 10 --json
check "are left out" [ "$(value of_gap)" = 2 ]
check "with the gap" run 1 1 energies one --mutants ACDACD --measured gaps.csv --offset 10 --json --with-gap
check "all are matched" [ "$(value matched)" = 3 ]

# ---- models with hidden units, states without letters
"$H" data generate bars-and-stripes --size 2 -o bars.h5 >/dev/null
printf 'data: {train: bars.h5}\nmodel: {kind: rbm, hidden: 3}\ntrain: {steps: 5, batch_size: 6, chains: 64, sweeps: 1, learning_rate: 0.1}\n' >rbm.yaml
check "an rbm" run 1 1 train rbm.yaml -o rbm
check "its rows" run 1 1 energies rbm --data bars.h5:train --mutants 0 -o bars
check "mutants without letters" [ "$(head -1 bars/mutants.csv)" = site,state,0,1 ]

printf '0,1,?,1\n0,1,0,1\n0,1,1,1\n' >missing.csv
"$H" data import --missing '?' -o missing.h5 missing.csv >/dev/null 2>&1
check "a missing value" run 2 1 energies rbm --data missing.h5:train --csv
check "is summed out" near "$(sed -n 2p out | cut -d, -f2)" "$(awk -F, 'NR > 2 {z += exp(-$2)} END {print -log(z)}' out)" 1e-5

# ---- wrong inputs
refused 2 'found neither --data nor --mutants' "$H" energies one
refused 2 '--mutants: found "ACD", 3 letters, expected 6, one for each column of the model, or a file or a row' "$H" energies one --mutants ACD
refused 2 "--mutants: found 'X' as letter 2, expected one of -ACD" "$H" energies one --mutants AXDACD
refused 2 "--mutants: found \"bits\", expected the name of a row: the model" "$H" energies rbm --mutants bits
refused 2 "--mutants: found the number 0101 without --data, whose row it is, expected them together, or a row's name" "$H" energies rbm --mutants 0101
refused 2 '--mutants: found the number 0 without --data, whose row it is, expected them together, or a sequence, a' "$H" energies one --mutants 0
refused 2 '--mutants: found row 150, expected one from 0 to 149 of family.h5:train' "$H" energies one --data family.h5:train --mutants 150
refused 2 '--reference: found row -1, expected one from 0 to 149 of family.fasta' "$H" energies one --data family.fasta --reference=-1
refused 2 '--mutants: found "A", 1 letter, expected 6' "$H" energies one --mutants A
refused 2 '-o: found x.png, a picture of mutants, expected --mutants beside it' "$H" energies one --data family.fasta -o x.png
refused 2 '-o: found "family.fasta", which can' "$H" energies one --data family.fasta -o family.fasta
refused 2 '-o: found scan.csv, a text file, expected another name' "$H" energies one --data family.fasta -o scan.csv
refused 3 'rows.csv' "$H" energies one --data rows.csv
printf '>a\nACD\n>b\nAAA\n' >short.fasta
refused 3 'short.fasta: found sequences of 3 columns, expected 6, as the model has' "$H" energies one --data short.fasta
refused 3 'absent.h5' "$H" energies one --data absent.h5
refused 2 '--score-column: found z, expected a column of scan.csv: mutant, x, DMS_score' "$H" energies one --mutants ACDACD --measured scan.csv --score-column z
refused 2 '--measured: found a model whose states have no letters' "$H" energies rbm --data bars.h5:train --mutants 0 --measured scan.csv
