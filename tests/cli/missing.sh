#!/bin/bash
# Missing values: the same bits on any layout and after a resume, with weights, too; what they cost a model's likelihood;
# likelihoods of what is known against sums over completions; rows and columns of which nothing is known.
. "$(dirname "$0")/../shell.sh"

# hide NAME PERCENT <rows: about so many of them are ?, by a hash of row and column
hide() {
    awk -F, -v OFS=, -v part="$1" '{
        for (i = 1; i <= NF; i++) {
            h = (NR * 2654435761 + i * 320745717) % 4294967296; h = (h * 1103515245 + 12345) % 2147483648
            if (int(h / 65536) % 100 < part) $i = "?"
        }
        print}'
}
metrics() { "$H" inspect "$1" --history | cut -d, -f1-13; }      # all but the times

# ---- the same bits: grey levels, some of them missing, drawn anew in each epoch; states of variables
awk 'BEGIN {srand(5); for (r = 0; r < 90; r++) {line = ""; for (i = 0; i < 10; i++) line = line (i ? "," : "") int(rand() * 1000) / 1000; print line}}' >whole.csv
awk 'BEGIN {srand(6); for (r = 0; r < 90; r++) print r % 7 == 0 ? 0 : 1 + int(rand() * 3)}' >w.csv
awk 'BEGIN {srand(7); for (r = 0; r < 200; r++) {a = int(rand() * 3); print a "," (rand() < 0.8 ? a : 2) "," int(rand() * 2) "," (a > 1)}}' >states-whole.csv
hide 30 <whole.csv >grey.csv; hide 25 <states-whole.csv >states.csv
check "import" "$H" data import grey.csv --missing '?' -o grey.h5 >/dev/null
check "import states" "$H" data import states.csv --states --missing '?' -o states.h5 >/dev/null
config() {      # config NAME DATA MODEL TRAIN
    cat >"$1.yaml" <<END
seed: 7
data: {train: $2.h5, valid: "$2.h5:train", binarize: sample$5}
model: {$3}
train: {sweeps: 1, chains: 130, batch_size: 100, steps: 40, learning_rate: 0.1, schedule: constant, $4}
evaluate: {every: 20, samples: 80}
END
}
config rbm grey "kind: rbm, hidden: 9" "missing_sweeps: 2"
config cd grey "kind: rbm, hidden: 9" "method: cd, missing_sweeps: 1, centered: true"
config latent grey "kind: boltzmann, hidden: 5, positive_sweeps: 2, positive_persistent: true" "missing_sweeps: 2"
config visible grey "kind: boltzmann, hidden: 0" "average_steps: 10" ", weights: w.csv"
config mrf states "kind: mrf, variables: {A: 3, B: 3, C: 2, D: 2}, cliques: [{variables: [A, B]}, {variables: [A, D]}, {variables: [B, C]}]" "missing_sweeps: 3"
for c in rbm cd latent visible mrf; do
    check "$c on 1 rank, 1 thread" run 1 1 train $c.yaml -o $c-1x1
    check "$c says so" grep -q "with missing values, drawn by" out
    check "$c on 2 threads" run 1 2 train $c.yaml -o $c-1x2
    check "$c: 23 steps on 2 ranks" run 2 1 train $c.yaml -o $c-more --set train.steps=23
    check "$c: then 40 on 3" run 3 1 train $c.yaml -o $c-more --resume
    for other in 1x2 more; do
        check "$c: $other as 1x1" same $c-1x1 $c-$other
        check "$c: $other has the same metrics" [ "$(metrics $c-$other)" = "$(metrics $c-1x1)" ]
    done
done
check "evaluate states" run 2 1 evaluate mrf-1x1 --data states.h5:train --json
check "what is missing are values, not units" near "$(value missing)" \
    "$(awk -F, '{for (c = 1; c <= NF; c++) {all++; gone += $c == "?"}} END {print gone / all}' states.csv)" 1e-5
hide 31 <whole.csv >other.csv; "$H" data import other.csv --missing '?' -o other.h5 >/dev/null
refused 2 "found other data in other.h5" "$H" train rbm.yaml -o rbm-1x1 -q --resume --set data.train=other.h5 --set data.valid=other.h5:train

# ---- what is lost: samples of a small machine, a third of their values hidden
cat >truth.yaml <<'END'
model: {kind: ising, lattice: 3x3, periodic: false, coupling: 0.5, field: 0.1}
END
"$H" sample truth.yaml -n 6000 --sweeps 200 -o truth.h5 >/dev/null
rows truth.h5 /samples >truth.csv
head -n 4000 truth.csv >c.csv; tail -n 2000 truth.csv >t.csv; hide 30 <c.csv >m.csv; hide 30 <t.csv >tm.csv
"$H" data import --split train=c.csv --split test=t.csv -o c.h5 >/dev/null
"$H" data import --split train=m.csv --split test=tm.csv --missing '?' -o m.h5 >/dev/null
for x in c m; do
    cat >$x.yaml <<END
data: {train: $x.h5}
model: {kind: boltzmann, hidden: 0}
train: {steps: 1500, batch_size: 256, chains: 256, sweeps: 1, learning_rate: 0.1, average_steps: 500}
evaluate: {every: 1500}
END
    check "train on $x" run 1 1 train $x.yaml -o run-$x -q
    check "evaluate on whole rows" run 1 1 evaluate run-$x --data c.h5:test --json
    grep -o '"log_likelihood": [-0-9.]*' out | cut -d' ' -f2 >ll-$x
done
check "within 0.05 of the complete data's: $(cat ll-c ll-m)" near "$(cat ll-m)" "$(cat ll-c)" 0.05
# of what is known: the same on any number of ranks, and the sum of the rows' completions, each by its own likelihood
check "evaluate rows that lack values" run 1 1 evaluate run-m --data m.h5:test
check "the line says so" grep -Eq "^log-likelihood +-[0-9.]+ nats per sample, mean of 2000 in m.h5:test, of what is known \([0-9.]+ % missing\)" out
cp out out-1; run 3 1 evaluate run-m --data m.h5:test; check "the same on 3 ranks" cmp out out-1
printf '%s\n' "1,?,0,1,1,?,0,0,1" >one.csv
printf '%s\n' "1,0,0,1,1,0,0,0,1" "1,1,0,1,1,0,0,0,1" "1,0,0,1,1,1,0,0,1" "1,1,0,1,1,1,0,0,1" >four.csv
"$H" data import one.csv --missing '?' -o one.h5 >/dev/null
likelihood() { "$H" evaluate run-m --data "$1" --json 2>/dev/null | grep -o '"log_likelihood": [-0-9.]*' | cut -d' ' -f2; }
sum=0
for k in 1 2 3 4; do
    sed -n ${k}p four.csv >k.csv; "$H" data import k.csv -o k.h5 >/dev/null 2>&1
    sum=$(awk -v s="$sum" -v l="$(likelihood k.h5:train)" 'BEGIN {printf "%.12f", s + exp(l)}')
done
check "a row's likelihood is the sum of its completions'" near "$(likelihood one.h5:train)" "$(awk -v s="$sum" 'BEGIN {printf "%.9f", log(s)}')" 1e-6
# more completions than can be gone through, of a row and of all rows: by what costs least
sed 's/3x3/5x5/' truth.yaml >wide.yaml
awk 'BEGIN {for (r = 0; r < 300; r++) {for (c = 0; c < 25; c++) printf "%s%s", c ? "," : "", c < 20 ? "?" : (r + c) % 2; print ""}}' >rows.csv
sed -n 1p rows.csv | sed 's/,[01]/,?/g' >row.csv; sed -n 2p rows.csv | sed 's/?/0/g' >>row.csv; sed -n 2p row.csv >second.csv
for n in row rows second; do "$H" data import $n.csv --missing '?' -o $n.h5 >/dev/null 2>&1; done
wide() { run "$1" 1 evaluate wide.yaml --data "$2" --method exact --json && value log_likelihood; }
check "a row of which nothing is known doesn't count" [ "$(wide 2 row.h5:train)" = "$(wide 1 second.h5:train)" ]
check "300 rows of 2^20 completions" [ "$(wide 2 rows.h5:train)" = "$(wide 1 rows.h5:train)" ]
check "a number" grep -Eq '"log_likelihood": -[0-9]+\.[0-9]+' out
# rows that neither side sums out are annealed: the same on any layout, and the more certain the more walks. Some 48 values
# of a row are missing: fewer than 36, some of which are summed out in seconds, are four standard deviations away
awk 'BEGIN {srand(9); for (r = 0; r < 40; r++) {z = rand() < 0.5; for (c = 0; c < 60; c++) printf "%s%s", c ? "," : "", rand() < 0.8 ? "?" : (rand() < 0.2) != z ? 1 : 0; print ""}}' >broad.csv
"$H" data import broad.csv --missing '?' -o broad.h5 >/dev/null 2>&1
cat >broad.yaml <<'END'
data: {train: broad.h5}
model: {kind: rbm, hidden: 40}
train: {steps: 60, batch_size: 64, chains: 64}
END
check "train a machine of two broad sides" run 1 1 train broad.yaml -o broad -q
broad() { run "$1" "$2" evaluate broad --data broad.h5:train --temperatures 100 --chains 64 --sweeps 50 "${@:3}"; }
check "evaluate it" broad 1 1
check "rows are annealed" grep -Eq "^rows +40 of 40 annealed given what is known of them, 16 walks each" out
check "and have a likelihood" grep -q "^log-likelihood .*mean of 40 in broad.h5:train, of what is known" out
cp out out-1; broad 3 2; check "the same on 3 ranks" cmp out out-1
broad 1 1 --json; few=$(value annealed_rows_error); low=$(value log_likelihood)
broad 2 1 --json --row-walks 64; check "four times the walks: half the error" near "$(value annealed_rows_error)" "$(awk -v e="$few" 'BEGIN {print e / 2}')" "$(awk -v e="$few" 'BEGIN {print e / 3}')"
check "as likely within errors" near "$(value log_likelihood)" "$low" "$(awk -v e="$few" 'BEGIN {print 5 * e + 1e-4}')"
refused 2 "--row-walks: found 12, expected 2, 4, 8, 16, 32 or 64" "$H" evaluate broad --data broad.h5:train --row-walks 12

# what needs no ln Z: means over what is known, ln p(a unit | what else is known); the page has all of it
check "moments" run 2 1 evaluate run-m --data m.h5:test --method moments --sweeps 50
check "are of what is known" grep -Eq "against 2000 of m.h5:test, where known \([0-9.]+ % missing\)" out
check "and near the data's: $(sed -n 2p out)" near "$(grep -o 'Pearson [0-9.]*' out | sed -n 2p | cut -d' ' -f2)" 1 0.15
check "pseudo" run 2 1 evaluate run-m --data m.h5:test --method pseudo
check "of known units" grep -Eq "^pseudo +-0[.][0-9]+ nats per unit, all known units of 2000 samples" out
cp out out-1; run 1 1 evaluate run-m --data m.h5:test --method pseudo; check "the same on 1 rank" cmp out out-1
check "report" run 2 1 report run-m --data m.h5:test -o page.html
check "its moments are of what is known" grep -q "% of their values are not known: a mean is over the rows" page.html
check "rows that lack values have pictures" grep -q "Grey is not known" page.html

# ---- nothing known
awk -F, -v OFS=, '{$3 = "?"} NR == 5 {for (i = 1; i <= NF; i++) $i = "?"} {print}' m.csv >never.csv
"$H" data import never.csv --missing '?' -o never.h5 >/dev/null 2>&1
check "train" run 1 1 train m.yaml -o never --set data.train=never.h5 --set train.steps=50
check "a column never known" grep -q "never.h5.*: 1 of 9 columns are never known, the first is column 2 (from 0)" out
check "rows without values, once" [ "$(grep -c "never.h5:/train: nothing is known of 1 of 4000 rows, which do not count" out)" = 1 ]
check "are left out" grep -q "; 4000 samples (1 unknown left out) with missing values" out
check "finite parameters" [ "$(grep -ci 'nan\|inf ' out)" = 0 ]
check "samples" run 1 1 sample never -n 5 --sweeps 5

# ---- a clamp file with a line of names goes by them; columns that it lacks are free
{ echo "a,b,colour"; awk 'BEGIN {srand(4); for (r = 0; r < 90; r++) {z = rand() < 0.5; print (rand() < 0.9 ? z : 1 - z) "," (rand() < 0.5) "," (z ? "red" : rand() < 0.5 ? "blue" : "green")}}'; } >named.csv
"$H" data import named.csv -o named.h5 --states >/dev/null 2>&1
printf 'data: {train: named.h5}\nmodel: {kind: rbm, hidden: 4}\ntrain: {steps: 60}\nevaluate: {every: 60}\n' >named.yaml
check "train" run 1 1 train named.yaml -o named -q
printf '%s\n' "colour,a" "green,1" "blue,?" >clamp.csv
check "sample by names" run 2 1 sample named --clamp clamp.csv -n 40 --sweeps 20 -o clamped.csv
check "the columns are held by name" [ "$(awk -F, 'NR > 1 && NR % 2 == 0 {print $1 "," $3}' clamped.csv | sort -u)" = "1,green" ]
check "in each row others" [ "$(awk -F, 'NR > 2 && NR % 2 == 1 {print $3}' clamped.csv | sort -u)" = blue ]
check "what is not named is free" [ "$(awk -F, 'NR > 1 {print $2}' clamped.csv | sort -u | wc -l)" = 2 ]
printf '%s\n' "color,a" "green,1" >clamp.csv
refused 3 'clamp.csv: found a column "color", expected the model'"'"'s; did you mean "colour"?' "$H" sample named --clamp clamp.csv -n 4
