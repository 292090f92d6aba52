#!/bin/bash
# predict: a target's probabilities and imputed values against sums by hand, error rates and confusions against counts of
# the file that -o writes, the same digits on every layout, every mistake in one line.
. "$(dirname "$0")/../shell.sh"

# ---- a field of three variables, of 2, 3 and 2 states: p(b | a, c) is in proportion to phi(a, b) psi(c, b)
printf '%s\n' MARKOV 3 "2 3 2" 2 "2 0 1" "2 2 1" "" 6 "1 2 0 4 5 0.5" 6 "1 1 2 3 0.25 1" >small.uai
run 1 1 import small.uai -o small
printf '%s\n' a,b,c 0,0,0 0,1,1 1,2,0 1,1,0 1,0,1 1,2,1 >rows.csv
"$H" data import --states -o rows.h5 rows.csv >/dev/null 2>&1
check "a target of three states" run 1 1 predict small --data rows.h5:train --target 1 -o b.csv
check "is exact" grep -q "^found  *exactly in 6 rows$" out
awk -F, 'BEGIN {split("1 2 0 4 5 0.5", phi, " "); split("1 1 2 3 0.25 1", psi, " ")}
    NR > 1 {z = 0; best = 0; for (s = 0; s < 3; s++) {p[s] = phi[$1 * 3 + s + 1] * psi[$3 * 3 + s + 1]; z += p[s]; if (p[s] > p[best]) best = s}
        printf "%d,%.6f,%.6f,%.6f\n", best, p[0] / z, p[1] / z, p[2] / z}' rows.csv >truth.csv
check "its probabilities" eval "awk -F, 'NR > 1 {printf \"%d,%.6f,%.6f,%.6f\n\", \$1, \$2, \$3, \$4}' b.csv | cmp -s - truth.csv"
check "its heads" [ "$(head -1 b.csv)" = "predicted,p(0),p(1),p(2)" ]
wrong=$(paste -d, truth.csv <(tail -n +2 rows.csv) | awk -F, '{n += $1 != $6} END {printf "%.6f", n / NR}')
run 1 1 predict small --data rows.h5:train --target 1 --json
check "error rate $wrong" near "$(value error_rate)" "$wrong" 1e-6
# the same with words for states
sed '1!{s/,0,/,low,/; s/,1,/,mid,/; s/,2,/,top,/}' rows.csv >words.csv
"$H" data import --states -o words.h5 words.csv >/dev/null 2>&1
check "words" run 1 1 predict small --data words.h5:train --target b -o words-p.csv
check "come back" eval "[ \"\$(sed 's/^low/0/; s/^mid/1/; s/^top/2/; s/(low)/(0)/; s/(mid)/(1)/; s/(top)/(2)/' words-p.csv)\" = \"\$(cat b.csv)\" ]"
check "and stand in the table" grep -q "^data: predicted *low *mid *top$" out
# values that the others forbid: a = 0, b = 2, has no weight whatever c is
printf '%s\n' 0,2,0 1,1,0 >no.csv; "$H" data import --states -o no.h5 no.csv >/dev/null
check "an impossible row" run 1 1 predict small --data no.h5:train --target 2 -o no-p.csv
check "is told" grep -q "1 rows, row 0 (from 0) first: no state is possible beside their values" out
check "and left empty" [ "$(sed -n 2p no-p.csv)" = ,, ]

# ---- a fully visible machine of four spins, whose couplings a config has: values by enumeration
printf '%s\n' "0 1 1" "1 2 -0.5" "2 0 0.75" "2 3 1.25" "0 0 0.5" "3 3 -1" >glass.txt
echo "model: {kind: ising, couplings: per_edge, edges: glass.txt}" >glass.yaml
printf '%s\n' 0,0,1,1 1,0,1,0 1,1,1,1 0,1,0,0 0,0,0,0 >spins.csv
"$H" data import -o spins.h5 spins.csv >/dev/null
awk -F, 'function w(n, i) {for (i = 0; i < 4; i++) s[i] = int(n / 2 ^ i) % 2 * 2 - 1
        return exp(s[0] * s[1] - 0.5 * s[1] * s[2] + 0.75 * s[2] * s[0] + 1.25 * s[2] * s[3] + 0.5 * s[0] - s[3])}
    {n = $1 + 2 * $2 + 8 * $4; on = w(n + 4); printf "%.5f\n", on / (on + w(n))}' spins.csv >truth.txt
check "a lattice's spin" run 1 1 predict glass.yaml --data spins.h5:train -t 2 -o spins-p.csv
check "by enumeration" [ "$(awk -F, 'NR > 1 {printf "%.5f\n", $3}' spins-p.csv)" = "$(cat truth.txt)" ]

# ---- learned machines: hidden values, draws, weights
awk 'BEGIN {srand(3); for (r = 0; r < 150; r++) {c = rand() < 0.4; line = ""; for (i = 0; i < 14; i++) line = line (i ? "," : "") (rand() < (c ? 0.8 : 0.1 + 0.05 * (i % 3))); print line}}' >data.csv
awk 'BEGIN {srand(4); for (r = 0; r < 150; r++) print r % 5 ? int(1 + rand() * 8) / 4 : 0}' >w.csv
"$H" data import -o data.h5 data.csv >/dev/null
cat >run.yaml <<'END'
data: {train: data.h5}
model: {kind: rbm, hidden: 6}
train: {steps: 200, batch_size: 50, chains: 64, learning_rate: 0.1, sweeps: 1}
END
cat >latent.yaml <<'END'
data: {train: data.h5}
model: {kind: boltzmann, hidden: 4}
train: {steps: 50, batch_size: 50, chains: 64, learning_rate: 0.05, sweeps: 1}
END
check "train" run 1 1 train run.yaml -o rbm
check "train, coupled" run 1 1 train latent.yaml -o latent
check "target" run 1 1 predict rbm --data data.h5:train --target v3 --hide 0.5 --weights w.csv -o one.csv --draws 2
cp out one.txt
for model in rbm latent; do
    options="--data data.h5:train -t 3 --hide 0.95 --sweeps 20 --chains 3 --draws 2"
    check "$model, much hidden" run 1 1 predict $model $options -o $model.csv
    grep -v csv out >$model.txt
    for layout in 1x2 2x1 3x1; do
        name=$model-$layout
        check "$model on $layout" run ${layout%x*} ${layout#*x} predict $model $options -o $name.csv
        check "$name: the same values" cmp -s $model.csv $name.csv
        check "$name: the same draws" cmp -s $model.draws.csv $name.draws.csv
        check "$name: the same words" [ "$(grep -v csv out)" = "$(cat $model.txt)" ]
    done
done
check "coupled hidden units: by chains" grep -q "^found  *in 150 by 3 chains of 20 sweeps$" latent.txt
# error rate, its standard error and confusion by weights, from what was written and what is in the data
paste -d, w.csv data.csv <(tail -n +2 one.csv | cut -d, -f1) | awk -F, '{e = $5 != $NF; w += $1; q += $1 * $1; s += $1 * e; n[$5 $NF] += $1}
    END {m = s / w; M = w * w / q; printf "%.6f %.6f %.4f", m, sqrt((m - m * m) / (M - 1)), n["10"] * 150 / w}' >truth.txt
read -r rate error missed <truth.txt
run 2 1 predict rbm --data data.h5:train --target v3 --hide 0.5 --weights w.csv --json
check "weighted error rate $rate" near "$(value error_rate)" "$rate" 1e-5
check "its standard error $error" near "$(value error_rate_error)" "$error" 1e-5
found=$(tr -d ' \n' <out | sed 's/.*"confusion":{"0":\[[^]]*\],"1":\[\([^,]*\),.*/\1/')
check "confusion: $found of 1 taken for 0, expected $missed" near "$found" "$missed" 1e-3
check "in text, too" eval "grep -q '^error rate  *$(printf %.4f "$rate") +- ' one.txt && grep -q '^  *1  *$(printf %.1f "$missed") ' one.txt"
check "draws are states, two for each row" eval "[ \$(wc -l <one.draws.csv) = 301 ] && ! tail -n +2 one.draws.csv | grep -q '[^01,]'"
# a mean over draws is near the imputed mean: of 4000 draws, 0.04 is five standard errors, beyond which one of the row's
# 14 is for one seed in 100,000
run 1 1 predict rbm --data data.h5:train --hide 1 --draws 4000 --sweeps 10 -o many.csv
check "draws have the imputed means" eval "awk -F, 'NR == FNR {if (NR == 2) for (i = 1; i <= NF; i++) p[i] = \$i; next}
    FNR > 1 && FNR <= 4001 {for (i = 1; i <= NF; i++) s[i] += \$i / 4000}
    END {for (i in p) {d = s[i] - p[i]; if (d > 0.04 || d < -0.04) exit 1}}' many.csv many.draws.csv"
check "as data sets" run 2 1 predict rbm --data data.h5:train --target 3 --hide 0.5 --draws 2 -o one.h5
check "completed rows, probabilities, means, draws" [ "$("$H" data describe one.h5 2>/dev/null | grep -cE '^[^ ]*.*(completed|draws|means|probabilities)')" -ge 4 ]
check "the target's probabilities" [ "$(rows one.h5 /probabilities | head -3 | awk -F, '{printf "%.4f\n", $2}')" = \
    "$(sed -n 2,4p one.csv | awk -F, '{printf "%.4f\n", $3}')" ]
check "its predictions as labels" [ "$(numbers one.h5 /labels/completed | tr -d '\n')" = "$(tail -n +2 one.csv | cut -d, -f1 | tr -d '\n')" ]
check "a file of its kind is replaced" run 1 1 predict rbm --data data.h5:train --target 3 -o one.h5

# ---- missing values: given b = 1, p(a = 1) = 5 / 7 and p(c = 1) = 0.2; given nothing, p(b = 0) = 20 / 30.25; given a = 1
# alone p(b = 2) = 0.5 * 3 / (4 * 4 + 5 * 1.25 + 0.5 * 3)
printf '%s\n' a,b,c '?,1,?' '?,?,?' '1,?,?' 0,0,1 >gaps.csv
"$H" data import --states -o gaps.h5 gaps.csv --missing '?' >/dev/null 2>&1
check "missing values" run 2 1 predict small --data gaps.h5:train -o gaps-p.csv --draws 3
check "are counted" grep -q "^missing  *7 of 12 values$" out
check "in rows that have some" grep -q "^found  *exactly in 3 rows$" out
check "by hand" eval "awk -F, 'NR == 2 {print \$1, \$2, \$3} NR == 3 {print \$2} NR == 4 {print \$1} NR == 5 {print}' gaps-p.csv | xargs | grep -qx '0.714285[0-9]* 1 0[.][12][0-9]* 0 1 0,0,1'"
check "draws keep what is known" eval "[ \"\$(sed -n '2,4p' gaps-p.draws.csv | cut -d, -f2 | xargs) \$(sed -n '8,10p' gaps-p.draws.csv | cut -d, -f1 | xargs)\" = '1 1 1 1 1 1' ] && [ \"\$(tail -n 1 gaps-p.draws.csv)\" = 0,0,1 ]"
check "a target that some rows lack" run 1 1 predict small --data gaps.h5:train -t b -o gaps-b.csv
check "is judged in the others" grep -q "2 of 4 rows have it$" out
check "and summed out of what is missing" eval "[ \"\$(awk -F, 'NR == 3 {printf \"%.5f \", \$2} NR == 4 {printf \"%.5f\", \$4}' gaps-b.csv)\" = '0.66116 0.06316' ]"

# ---- a label that the model has for a column is the target unless another one is named
make_pets >/dev/null 2>&1
check "learn labels" run 1 1 train pets.yaml -o pets
check "predict them" run 2 1 predict pets --data pets.h5 -o kinds.csv
check "in words" eval "[ \"\$(head -1 kinds.csv)\" = 'predicted,p(cat),p(dog),p(pig)' ] && ! tail -n +2 kinds.csv | cut -d, -f1 | grep -qvE '^(cat|dog|pig)\$'"
check "named, the same" run 1 1 predict pets --data pets.h5 -t kind -o named.csv
check "of all rows" cmp -s kinds.csv named.csv
# 0.2 of the labels don't go with their size: of 60 rows, 0.45 is nearly five standard errors more
run 1 1 predict pets --data pets.h5 --json
wrong=$(value error_rate)
check "most labels are predicted: $wrong wrong" awk -v e="$wrong" 'BEGIN {exit !(e > 0 && e < 0.45)}'
# without labels in the data the predictions are the same, and what has been learned needs labels
"$H" data import -o wild.h5 --split train=pets.csv test=20% --states --columns size,ok >/dev/null 2>&1
check "rows without labels" run 2 1 predict pets --data wild.h5 -o wild.csv
check "no row has one" grep -q "of 3 states; 0 of 60 rows have it" out
check "the same predictions" cmp kinds.csv wild.csv
refused 3 'data.labels: wild.h5:/train: found no labels, expected some' "$H" train pets.yaml -o wild --set data.train=wild.h5

# ---- sequences: of columns 0 and 2 letters are the same, column 1 is a gap and 3 a C by e^2 to 1; letters that the
# alphabet lacks are missing
awk 'BEGIN {print "MARKOV\n4\n3 3 3 3\n3\n2 0 2\n1 1\n1 3\n9"; for (a = 0; a < 9; a++) print a % 4 ? 1 : 1000
    e = exp(2); print "3", e, 1, 1; print "3", 1, 1, e}' >letters.uai
printf '%s\n' -,A,C,- A,C,-,A C,-,A,C >letters.csv
"$H" data import -o letters.h5 --states letters.csv >/dev/null 2>&1
printf 'data: {train: letters.h5:train}\nmodel: {kind: mrf, file: letters.uai}\ntrain: {steps: 1, batch_size: 3, chains: 64, sweeps: 1, learning_rate: 1e-9}\n' >letters.yaml
check "a model of letters" run 1 1 train letters.yaml -o letters
printf '>a one\nAXAC\n>b\nXCCN\n>c\n-A-A\n>d\n-X-A\n' >gaps.fasta
printf '>a\nA-AC\n>b\nCCCC\n>c\n-A-A\n>d\n---A\n' >expected.fasta
for ranks in 1 2; do
    check "sequences on $ranks ranks" run $ranks 1 predict letters --data gaps.fasta -o full.fasta
    check "are told" grep -q 'gaps.fasta: letters not of -AC (X 3, N 1): 3 of 4 sequences with missing values in their places' out
    check "are completed, under their names" cmp full.fasta expected.fasta
done
check "compressed, with draws" run 1 1 predict letters --data gaps.fasta --draws 2 -o full.fa.gz
check "the same" cmp <(zcat full.fa.gz) expected.fasta
check "draws have names, too" [ "$(zcat full.draws.fa.gz | grep '>' | head -3 | xargs)" = ">a draw=0 >a draw=1 >b draw=0" ]
check "and keep what is known" [ "$(zcat full.draws.fa.gz | grep -v '>' | sed -n '1,2s/.\(.\)\(..\)/\2/p; 5,6p' | xargs)" = "AC AC -A-A -A-A" ]
check "a target" run 2 1 predict letters --data gaps.fasta -t 1 -o target.fasta
check "stands behind the name" [ "$(grep '>' target.fasta | head -2 | xargs)" = ">a predicted=- p=0.787 >b predicted=- p=0.787" ]
check "a file of words" run 1 1 predict letters --data gaps.fasta -o full.csv
check "has letters, too" [ "$(sed -n 2,3p full.csv | xargs)" = "A,-,A,C C,C,C,C" ]
check "of a data set without names" run 1 1 predict letters --data letters.h5:train -t 0 -o rows.fa
check "rows have numbers" [ "$(sed -n 1,2p rows.fa | sed 's/ p=.*//' | xargs)" = ">row-0 predicted=C -AC-" ]
run 1 1 predict letters --data gaps.fasta -o full.fasta
check "each site by itself is told" grep -qF "full.fasta: predictions of 4 rows: each site's most probable letter, by itself (--draws N: " out
printf '>a\nA-AC\n' >whole.fasta
refused 2 "whole.fasta: found no missing values, expected some (letters to fill in are written as X; '-' is a gap, a state), or" "$H" predict letters --data whole.fasta
refused 2 '-o: found x.fasta, but the states of rbm/checkpoint-' "$H" predict rbm --data data.h5:train --target 3 -o x.fasta
refused 2 'have no letters, expected a name that ends in .h5, .npy or .csv (' "$H" predict rbm --data data.h5:train --target 3 -o x.fasta
refused 2 "-o: found expected.fasta, which this command reads" "$H" predict letters --data expected.fasta -t 0 -o expected.fasta

# ---- refused
refused 2 'found no --data, expected a data set' "$H" predict rbm
refused 2 'data.h5:train: found no missing values, expected some, or --target COLUMN to predict' "$H" predict rbm --data data.h5:train
refused 2 '--target: found "14", expected a column' "$H" predict rbm --data data.h5:train --target 14
refused 2 '--target: found "colour", expected a column' "$H" predict small --data rows.h5:train --target colour
refused 2 '--hide: found "2", expected' "$H" predict rbm --data data.h5:train --hide 2
refused 2 '--draws: found no --output' "$H" predict rbm --data data.h5:train --hide 0.5 --draws 2
refused 3 'rows.h5:train: found 3 columns, expected 14, the visible units of rbm' "$H" predict rbm --data rows.h5:train --target 0
refused 2 'data.csv' "$H" predict rbm --data data.h5:train --target 0 -o data.csv
refused 2 'data.h5' "$H" predict rbm --data data.h5:train --target 0 -o data.h5
check "--help fits 80 columns" eval "\"\$H\" predict --help | awk 'length > 79 {exit 1}'"
