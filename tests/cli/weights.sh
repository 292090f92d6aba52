#!/bin/bash
# Weights of rows: what is refused; equal ones are as none; the same bits on any layout and after a resume; a fully
# visible machine reaches the weighted maximum; a row given twice is a row of weight 2; evaluations are weighted.
. "$(dirname "$0")/../shell.sh"

# 300 rows of 10 grey levels, with weights in eighths, some 0, one of a fifth of all
awk 'BEGIN {srand(5); for (r = 0; r < 300; r++) {line = ""; for (i = 0; i < 10; i++) line = line (i ? "," : "") int(rand() * 1000) / 1000; print line}}' >grey.csv
awk 'BEGIN {srand(6); for (r = 0; r < 300; r++) print r == 100 ? 50 : r % 7 == 0 ? 0 : int(rand() * 16) / 8}' >w.csv
awk '{print $1 * 4}' w.csv >scaled.csv
awk '{print 0.7}' w.csv >equal.csv
awk '{print NR == 9 ? $1 + 0.125 : $1}' w.csv >other.csv
"$H" data import -o grey.h5 grey.csv >/dev/null
cat >grey.yaml <<'END'
seed: 7
data: {train: grey.h5, valid: "grey.h5:train", binarize: sample, weights: w.csv, valid_weights: w.csv}
model: {kind: rbm, hidden: 9}
train: {sweeps: 1, chains: 130, batch_size: 150, steps: 80, learning_rate: 0.1}
evaluate: {every: 40, samples: 200}
END
metrics() { "$H" inspect "$1" --history | cut -d, -f1-13; }      # all but the times

# ---- the same bits
check "weighted on 1 rank, 1 thread" run 1 1 train grey.yaml -o grey-1x1
check "ESS is said" grep -q "300 samples (weighted: ESS [0-9.]*), 80 steps" out
for layout in 1x2 2x1 3x1; do
    check "weighted on $layout" run ${layout%x*} ${layout#*x} train grey.yaml -o grey-$layout
    check "$layout as 1x1" same grey-1x1 grey-$layout
    check "$layout has the same metrics" [ "$(metrics grey-$layout)" = "$(metrics grey-1x1)" ]
done
check "33 steps on 2 ranks" run 2 1 train grey.yaml -o grey-more --set train.steps=33 --set train.schedule=constant
check "80 on 1 rank, constant" run 1 1 train grey.yaml -o grey-constant --set train.schedule=constant
check "then 80 on 3" run 3 1 train grey.yaml -o grey-more --resume --set train.schedule=constant
check "33 + 47 as 80" same grey-constant grey-more
check "weights scaled by 4" run 1 1 train grey.yaml -o grey-scaled --set data.weights=scaled.csv
check "are the same weights" same grey-1x1 grey-scaled
check "equal weights" run 1 1 train grey.yaml -o grey-equal --set data.weights=equal.csv --set data.valid_weights=none
check "equal weights are told" grep -q "equal.csv: all weights are equal, which is as without" out
check "no weights" run 1 1 train grey.yaml -o grey-none --set data.weights= --set data.valid_weights=
check "equal weights are as none" same grey-equal grey-none
check "and other weights are not" [ "$(digest "$(newest grey-1x1)")" != "$(digest "$(newest grey-none)")" ]
printf '%s\n' "PATH weights" "INPUT-CLASS TEXTFP" "RANK 1" "DIMENSION-SIZES 300" "OUTPUT-CLASS FP" "OUTPUT-SIZE 64" >w.conf
h5import w.csv -c w.conf -o w.h5 >/dev/null 2>&1
check "a list in HDF5" run 1 1 train grey.yaml -o grey-h5 --set data.weights=w.h5 --set data.valid_weights=w.h5:/weights
check "is the same as a text" same grey-1x1 grey-h5

# ---- refused
small="$H train grey.yaml -o no -q"
head -n 299 w.csv >few.csv; paste -d, w.csv w.csv >two.csv
awk 'NR == 8 {$1 = -0.5} {print}' w.csv >minus.csv; awk 'NR == 8 {$1 = "nan"} {print}' w.csv >nan.csv; awk '{print 0}' w.csv >zero.csv
refused 3 'few.csv: found 299 weights, expected 300, one for each row of grey.h5:/train' $small --set data.weights=few.csv
refused 3 'two.csv: found 2 columns, expected one' $small --set data.weights=two.csv
refused 3 'minus.csv: row 7 (from 0): found -0.5, expected a weight' $small --set data.weights=minus.csv
refused 3 'nan.csv:8:1' $small --set data.weights=nan.csv
refused 3 'zero.csv: found weights that are all 0' $small --set data.weights=zero.csv
refused 3 'gone.csv: No such file' $small --set data.weights=gone.csv
refused 3 'few.csv: found 299 weights' $small --set data.valid_weights=few.csv
refused 3 'grey.h5:/train: found 3000 numbers in 2 dimension(s)' $small --set data.weights=grey.h5:train
refused 3 'grey.h5:/weights/train: found none' $small --set data.weights=grey.h5
refused 2 'data.valid_weights: found w.csv, but no data.valid' $small --set data.valid=
refused 2 'found other data in grey.h5, or other weights' "$H" train grey.yaml -o grey-1x1 -q --resume --set data.weights=other.csv
refused 2 'found other data in grey.h5, or other weights' "$H" train grey.yaml -o grey-1x1 -q --resume --set data.weights=none
awk 'NR == 8 {$1 = 1e-12} {print}' w.csv >tiny.csv
exits 0 "a weight that is lost" $small --set data.weights=tiny.csv --set train.steps=1
check "is told" grep -q "warning: tiny.csv: 1 weights above 0 are less than 2^-31 of the largest" err
mkdir zeros; awk '{print (NR > 299)}' w.csv >last.csv
refused 2 'evaluate.samples: found 64 rows of grey.h5 that all have the weight 0' "$H" train grey.yaml -o zeros -q --set data.weights=last.csv --set evaluate.samples=64

# ---- the weighted maximum: two units and their coupling have a model for every distribution of their four states
awk 'BEGIN {srand(2); for (r = 0; r < 500; r++) print int(rand() * 2) "," int(rand() * 2)}' >two.data.csv
awk -F, 'BEGIN {srand(3)} {print $1 == $2 ? int(rand() * 8) / 4 : ($1 ? 0.25 : 1)}' two.data.csv >two.w.csv
"$H" data import -o two.h5 two.data.csv >/dev/null
best=$(paste -d, two.data.csv two.w.csv | awk -F, '{w[$1 $2] += $3; all += $3} END {for (s in w) l += w[s] / all * log(w[s] / all); printf "%.6f", l}')
plain=$(awk -F, '{w[$1 $2]++} END {for (s in w) l += w[s] / NR * log(w[s] / NR); printf "%.6f", l}' two.data.csv)
cat >two.yaml <<'END'
data: {train: two.h5, weights: two.w.csv}
model: {kind: boltzmann, hidden: 0}
train: {steps: 3000, average_steps: 500, learning_rate: 0.1, chains: 512, batch_size: 256}
evaluate: {samples: 500}
END
check "two units" run 2 1 train two.yaml -o two
found=$(column train_log_likelihood two | tail -n 1)
# the noise of 2 000 averaged steps: some 1e-5 nats
check "two units: found $found, the weighted maximum is $best" near "$found" "$best" 0.0005
check "which the unweighted one is far from" awk -v a="$best" -v b="$plain" 'BEGIN {exit !(a - b > 0.05)}'
check "evaluate by weights" run 2 1 evaluate two --data two.h5:train --weights two.w.csv
effective=$(awk '{s += $1; q += $1 * $1} END {printf "%.1f", s * s / q}' two.w.csv)
check "says so" grep -q "nats per sample, weighted mean of 500 (ESS $effective) in two.h5:train" out
run 2 1 evaluate two --data two.h5:train --weights two.w.csv --json
check "is what the run says: $found" near "$(value log_likelihood)" "$found" 1e-6
awk '{print (NR == 5)}' two.w.csv >one.w.csv
for method in exact pseudo; do
    check "$method by one row" run 2 1 evaluate two --data two.h5:train --weights one.w.csv --method $method
    check "$method: which has no error, and no columns to compare with" eval "grep -q 'ESS 1.0' out && ! grep -E 'nan|independent' out"
done
check "evaluate without" run 1 1 evaluate two --data two.h5:train
check "says that the run had weights" grep -q "two.h5:train: rows are all alike; those of the run had weights, two.w.csv" out

# ---- an exact positive phase: the same on any layout, and steps that do not depend on which rows come when
for layout in 1x1 3x1; do
    run ${layout%x*} ${layout#*x} train two.yaml -o two-$layout
    check "two units on $layout" same two two-$layout
done
run 1 1 train two.yaml -o two-batches --set train.positive=batches
check "and by batches not" [ "$(digest "$(newest two)")" != "$(digest "$(newest two-batches)")" ]

# ---- a row given twice is a row of weight 2
awk 'NR % 3 == 0 {print} {print}' two.data.csv >twice.csv
awk '{print NR % 3 == 0 ? 2 : 1}' two.data.csv >once.w.csv
"$H" data import -o twice.h5 twice.csv >/dev/null
for method in exact pseudo; do
    name=log_likelihood; [ $method = exact ] || name=pseudo_log_likelihood
    run 2 1 evaluate two --data two.h5:train --weights once.w.csv --method $method --json; of_once=$(value $name)
    run 1 1 evaluate two --data twice.h5:train --method $method --json; twice=$(value $name)
    check "$method: weight 2 gives $of_once, two rows $twice" near "$of_once" "$twice" 1e-9
done
run 2 1 train two.yaml -o weight-2 --set data.weights=once.w.csv --set train.steps=50
run 1 1 train two.yaml -o row-twice --set data.train=twice.h5 --set data.weights= --set train.steps=50
parameters() { digest "$(newest "$1")" | grep /parameters/; }
check "weight 2 and two rows train the same, to the last bit" [ "$(parameters weight-2)" = "$(parameters row-twice)" ]
run 1 1 evaluate two --data twice.h5:train --method moments --sweeps 1 --output a.h5
run 3 1 evaluate two --data two.h5:train --weights once.w.csv --method moments --sweeps 1 --output b.h5
for set in data_means data_correlations; do
    check "moments: $set" [ "$(h5diff -d 1e-12 a.h5 b.h5 /$set /$set 2>&1)" = "" ]
done

# ---- a column of the data becomes the data set's own weights
paste -d, two.data.csv two.w.csv | { echo "a,b,seen"; cat; } >own.csv
exits 0 "import with weights" "$H" data import -o own.h5 own.csv --weight-column seen
check "says so" grep -qF "own.h5: train: weights: column seen, ESS $effective of 500 rows" out
run 1 1 train two.yaml -o own --set data.train=own.h5 --set data.weights=
check "the same run as by the key" same two own
run 2 1 train two.yaml -o own-none --set data.train=own.h5 --set data.weights=none
run 1 1 train two.yaml -o two-none --set data.weights=
check "none is without" same own-none two-none
sum=$(awk '{s += $1; z += $1 == 0; if ($1 > m) m = $1} END {printf "sum %.7g, ESS '$effective', largest %g, %d are 0", s, m, z}' two.w.csv)
exits 0 "describe" "$H" data describe own.h5
check "describe: $sum" grep -qF "weights/train       500 weights, $sum" out
exits 0 "describe a split" "$H" data describe own.h5:train --json
near "$(value effective)" "$effective" 0.06; check "describe's JSON" [ $? = 0 ]
exits 0 "drawn splits" "$H" data import -o drawn.h5 --split train=own.csv valid=20% --weight-column 2 --seed 3
rows drawn.h5 train >got; numbers drawn.h5 weights/train >got.w; rows drawn.h5 valid >>got; numbers drawn.h5 weights/valid >>got.w
check "rows keep their weights" cmp <(paste -d, got got.w | sort) <(tail -n +2 own.csv | sort)
exits 0 "a data set is imported with its weights" "$H" data import -o again.h5 --split train=drawn.h5:train test=drawn.h5:valid
check "as they were" cmp <(numbers again.h5 weights/train; numbers again.h5 weights/test) <(numbers drawn.h5 weights/train; numbers drawn.h5 weights/valid)
run 1 1 evaluate own --data drawn.h5:valid --json; ours=$(value log_likelihood)
numbers drawn.h5 weights/valid >valid.w; run 3 1 evaluate own --data drawn.h5:valid --weights valid.w --json
check "evaluate by own weights" [ "$ours" = "$(value log_likelihood)" ]
run 1 1 evaluate two --data two.h5:train --weights once.w.csv --json; cp out two/evaluation.json
run 1 1 evaluate own --data two.h5:train --json; cp out own/evaluation.json
exits 0 "collect" "$H" collect two own
check "collect says by which weights" grep -q "two.h5:train, weights once.w.csv" out
exits 0 "a report of what was evaluated" "$H" report two -o two.html --sweeps 20
check "goes by the evaluation's weights" grep -q "each by its weight (ESS $(awk '{s += $1; q += $1 * $1} END {printf "%.1f", s * s / q}' once.w.csv))" two.html
awk 'BEGIN {srand(4); for (r = 0; r < 30000; r++) print int(rand() * 2) "," int(rand() * 2)}' >many.csv
awk 'BEGIN {for (r = 0; r < 30000; r++) print (r >= 66 && r < 120)}' >few.w.csv # between the first two blocks of 10,000 rows
"$H" data import -o many.h5 many.csv >/dev/null
run 1 1 train two.yaml -o many --set data.train=many.h5 --set data.weights=few.w.csv --set train.steps=2 --set evaluate.samples=30000
exits 0 "a report on rows of weight 0" "$H" report many -o many.html --sweeps 20
check "leaves them out" grep -q "many.h5: found 10000 rows to look at of weight 0" many.html
rm own/evaluation.json
exits 0 "a report" "$H" report own -o own.html --sweeps 20
check "is weighted" grep -q "each by its weight (ESS $effective)" own.html
printf '\377' | dd of=own.h5 bs=1 seek=$(($(LC_ALL=C grep -obaP '\x00\x00\x00\x00\x00\x00\xf0\x3f' own.h5 | tail -n 1 | cut -d: -f1) + 3)) conv=notrunc 2>/dev/null
refused 3 'damaged' "$H" data describe own.h5
refused 2 'column of --label-column' "$H" data import -o no.h5 own.csv --weight-column seen --label-column 2
refused 2 'did you mean seen' "$H" data import -o no.h5 own.csv --weight-column sen
sed 's/,0\.25$/,-0.25/' own.csv >bad.csv
refused 3 'found -0.25, expected a weight' "$H" data import -o no.h5 bad.csv --weight-column seen
rm own.h5; "$H" data import -o own.h5 own.csv --weight-column seen >/dev/null
refused 2 'own.h5: found weights of its rows, expected none for a fit' "$H" fit own.h5 -o no-fit
exits 0 "plan" "$H" plan two.yaml
exits 0 "plan without the files" "$H" plan two.yaml --visible 2 --samples 500
