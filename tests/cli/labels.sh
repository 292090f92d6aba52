#!/bin/bash
# Labels in some rows: what a row without one is worth against the sum over classes, what a few labels teach beside many
# rows without; labels beside grey levels; the same bits on any layout and after a resume.
. "$(dirname "$0")/../shell.sh"

# kinds SEED ROWS: 20 noisy bits of one of three patterns, and its kind
kinds() {
    awk -v seed="$1" -v rows="$2" 'BEGIN {srand(9); for (k = 0; k < 3; k++) for (i = 0; i < 20; i++) on[k, i] = rand() < 0.5
        srand(seed); split("cat dog pig", kind); for (r = 0; r < rows; r++) {k = int(rand() * 3)
            for (i = 0; i < 20; i++) printf "%d,", rand() < 0.25 ? 1 - on[k, i] : on[k, i]; print kind[k + 1]}}'
}
kinds 1 1000 >all.csv; kinds 2 2000 >test.csv
awk -F, -v OFS=, 'NR % 50 {$21 = ""} {print}' all.csv >some.csv; awk 'NR % 50 == 0' all.csv >few.csv
awk '{print NR % 50 ? 1 : 10}' all.csv >w.csv
for set in all some few; do
    exits 0 "import $set" "$H" data import -o $set.h5 --split train=$set.csv test=test.csv --label-column 20 --missing ''
    cp out $set.txt
done
check "rows without a label are counted" grep -q "some.h5: labels: column 20, 3 classes, cat to pig; 980 rows have none" some.txt

# ---- a kind and its bits, which tell no more of each other than it says: with the kind known in 20 rows, of 1,000 or alone
cat >kind.yaml <<'END'
seed: 3
data: {train: some.h5, labels: true}
model: {kind: network, layers: [{name: x, units: 20}, {name: kind, units: 1, type: categorical}], blocks: [{layers: [x, kind]}]}
train: {sweeps: 1, chains: 256, batch_size: 256, steps: 3000, learning_rate: 0.1, average_steps: 500}
evaluate: {every: 1500, samples: 200}
END
error() { run 1 1 predict "$1" --data "$2" --json; value error_rate; }
check "train on 20 rows" run 1 1 train kind.yaml -o few --set data.train=few.h5
check "whose labels are known" [ "$(grep -c 'missing values' out)" = 0 ]
check "train on 1,000, most without a label" run 1 1 train kind.yaml -o some --set data.weights=w.csv
check "labels are drawn" grep -q "1000 samples (weighted: ESS [0-9.]*) with missing values, drawn by 5 sweeps" out
few=$(error few some.h5:test) some=$(error some some.h5:test)
# the kind that is nearest to a row, by the patterns, is wrong in 0.1 of them; 20 rows alone leave it three times as often
check "20 labels beside 980 rows, $some wrong, teach what 20 alone, $few wrong, do not" \
    awk -v few="$few" -v some="$some" 'BEGIN {exit !(some < 0.125 && few > 0.25)}'

# rows whose label is not known: p is the sum over classes; predictions and the error rate
head -n 3 test.csv >three.csv
for kind in '?' cat dog pig; do sed "s/[a-z]*$/$kind/" three.csv >"three-$kind.csv"; done
exits 0 "import them with each label" "$H" data import -o three.h5 --label-column 20 --missing '?' \
    --split none=three-?.csv cat=three-cat.csv dog=three-dog.csv pig=three-pig.csv rest=all.csv
for kind in none cat dog pig; do
    run 1 1 energies some --data three.h5:$kind --json
    grep -o '"energy": *[-0-9.e+]*' out | sed 's/.*: *//' >e-$kind.txt
done
check "exp(-F) of no label is the sum over classes" eval "paste e-none.txt e-cat.txt e-dog.txt e-pig.txt |
    awk '{d = -\$1 - log(exp(-\$2) + exp(-\$3) + exp(-\$4)); if (d > 1e-5 || d < -1e-5) exit 1} END {exit NR != 3}'"
check "likelihood" run 2 1 evaluate some --data some.h5:train
check "is of what is known" grep -Eq "^log-likelihood .* mean of 1000 in some.h5:train, of what is known \(4.67 % missing\)" out
check "predictions" run 2 1 predict some --data some.h5:train -o some-p.csv
check "are of all rows" [ "$(tail -n +2 some-p.csv | grep -cE '^(cat|dog|pig),')" = 1000 ]
check "judged where there is a label" grep -q "column 20 (from 0), of 3 states; 20 of 1000 rows have it" out
wrong=$(paste -d, all.csv <(tail -n +2 some-p.csv | cut -d, -f1) | awk -F, 'NR % 50 == 0 {n++; wrong += $21 != $22} END {printf "%.4f", wrong / n}')
check "error rate of these, $wrong" grep -q "^error rate  *$wrong +-" out

# ---- grey levels beside labels, which some rows lack
awk -F, -v OFS=, '{for (i = 1; i <= 20; i++) $i *= 255} {print}' some.csv >sure.csv
awk -F, -v OFS=, 'BEGIN {srand(4)} {for (i = 1; i <= 20; i++) $i = int($i ? 255 - 120 * rand() : 120 * rand())} {print}' some.csv >grey.csv
for set in sure grey; do exits 0 "import $set" "$H" data import -o $set.h5 $set.csv --label-column 20 --missing ''; done
cat >grey.yaml <<'END'
seed: 5
data: {train: grey.h5, valid: "grey.h5:train", labels: true, binarize: sample}
model: {kind: rbm, hidden: 7}
train: {sweeps: 1, chains: 130, batch_size: 300, steps: 30, learning_rate: 0.1, schedule: constant}
evaluate: {every: 15, samples: 300}
END
metrics() { "$H" inspect "$1" --history | cut -d, -f1-13; } # all but the times
check "bits" run 1 1 train grey.yaml -o bits --set data.train=some.h5 --set data.valid=
check "levels that are sure" run 1 1 train grey.yaml -o sure --set data.train=sure.h5 --set data.valid=
check "are the same" same_parameters bits sure
check "drawn from levels" run 1 1 train grey.yaml -o grey
check "on 2 threads" run 1 2 train grey.yaml -o grey-1x2
check "17 steps on 2 ranks" run 2 1 train grey.yaml -o grey-more --set train.steps=17
check "then 30 on 3" run 3 1 train grey.yaml -o grey-more --resume
for other in grey-1x2 grey-more; do
    check "$other is the same" same grey $other
    check "$other has the same metrics" [ "$(metrics $other)" = "$(metrics grey)" ]
done
check "by a threshold" run 1 1 train grey.yaml -o threshold --set data.binarize=threshold
check "others than when drawn" [ "$(digest "$(newest threshold)")" != "$(digest "$(newest grey)")" ]
check "the bits" run 1 1 train grey.yaml -o bits-valid --set data.train=some.h5 --set data.valid=some.h5:train --set data.binarize=threshold
check "are those of the levels" same_parameters threshold bits-valid
check "evaluate" run 2 1 evaluate grey --data grey.h5:train --json
likelihood=$(value log_likelihood)
check "as in training, whose samples are the first bits drawn: $likelihood" near "$likelihood" "$(column train_log_likelihood grey | tail -n 1)" 0.5
check "predict" run 1 1 predict grey --data grey.h5:train
check "the label" grep -q "column 20 (from 0), of 3 states; 20 of 1000 rows have it" out
refused 2 "data.binarize: found sample for grey levels beside labels, expected threshold" "$H" train grey.yaml -o no --set model.kind=potts --set model.hidden=0
