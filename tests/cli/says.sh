#!/bin/bash
# What a run says of itself and of its data: few steps, units that are constant, whether it has learned, tasks apart,
# a line that fits the terminal.
. "$(dirname "$0")/../shell.sh"

"$H" data generate bars-and-stripes --size 4 -o bars.h5 >/dev/null
cat >bars.yaml <<'YAML'
data: {train: bars.h5}
model: {kind: rbm, hidden: 16}
train: {batch_size: 30, chains: 64, sweeps: 1, learning_rate: 0.05, epochs: 10}
YAML

# a length in epochs that is hardly a run
check "10 epochs of one step" run 1 1 train bars.yaml -o few
check "few steps are said" grep -q 'warning: 10 epochs of 30 samples are only 10 steps of 30' out
check "200 steps" run 1 1 train bars.yaml -o enough --set train.epochs=200
check "200 steps are no few" [ "$(grep -c 'hardly move' out)" = 0 ]
check "a number of steps" run 1 1 train bars.yaml -o asked --set train.steps=10
check "steps that were asked for are no few" [ "$(grep -c 'hardly move' out)" = 0 ]

# units that are the same in all rows, once they are bits: refused where all are, said where some are
model() { printf 'data: {train: %s}\nmodel: {kind: rbm, hidden: 4}\ntrain: {steps: 200, batch_size: 60, sweeps: 1, learning_rate: 0.05, chains: 512}\n' "$1.h5" >"$1.yaml"; }
rows() { local r; for r in $(seq 0 59); do echo "$((r % 2)),$((r / 2 % 2)),$((r / 4 % 2)),$((r * 7 % 5 > 2)),$((r % 3 > 0)),$((r % 7 > 2)),$(("$1"))"; done; }
rows 'r % 10' >label.csv
rows 'r' >index.csv
rows '0' >constant.csv
rows 'r % 4 > 0' >bits.csv
for r in $(seq 0 59); do echo "$((r % 3)),$((r / 3 % 3)),$((r * 7 % 3))"; done >counts.csv
for r in $(seq 0 59); do echo "0.$((r % 4)),0.$((r / 3 % 4)),0.1"; done >dim.csv
for set in label index constant bits counts dim; do "$H" data import --binarize none -o $set.h5 $set.csv >/dev/null 2>&1; model $set; done
refused 3 'data.train: counts.h5: found none of 3 units is ever on' "$H" train counts.yaml
refused 3 'as no value reaches 0.5 (the largest is 0.3)' "$H" train dim.yaml
refused 3 'column 6 (from 0) holds whole numbers from 0 to 9, the others at most 1: a label?' "$H" train label.yaml
refused 3 'column 6 (from 0) holds 0, 1, 2, ..., the others at most 1: row numbers?' "$H" train index.yaml
check "a label beside bits" run 1 1 train label.yaml --set data.threshold=0.003 -q
check "a label is said" grep -q 'warning: data.train: label.h5: column 6 (from 0) holds whole numbers from 0 to 9' out
check "one constant unit, on 2 ranks" run 2 1 train constant.yaml -q --set train.batch_size=90
check "is said once" [ "$(grep -c 'warning: data.train: constant.h5: 1 of 7 units never change, the first is column 6 (from 0)' out)" = 1 ]
check "an evaluation" run 1 1 evaluate constant --data constant.h5:train
check "says it, too" grep -q 'warning: constant.h5:train: 1 of 7 units never change' out
fully="--set model.kind=boltzmann --set model.hidden=0"
rows 'r % 2 && r / 2 % 2' >pair.csv
"$H" data import -o pair.h5 pair.csv >/dev/null && model pair
check "pairs that lack a state, on 2 ranks" run 2 1 train pair.yaml -q -o fully $fully
check "are said once" [ "$(grep -c 'warning: visible_couplings: 2 of 21 are of states that no sample shows, the first is (0, 6)' out)" = 1 ]
check "a decay" run 1 1 train pair.yaml -q -o decay $fully --set train.weight_decay=0.001
check "bounds it" [ "$(grep -c 'no sample shows' out)" = 0 ]
check "a row for each rank" run 2 1 train bits.yaml -q --set train.batch_size=90
check "nothing is said of bits" [ "$(grep -c "warning: data.train" out)" = 0 ]

# A verdict on learning. Three modes of 30 bits, each bit flipped in 1 of 20 rows (a linear congruential generator makes
# them); 98 steps learn next to nothing of it.
awk 'function draw() {s = (s * 1103515245 + 12345) % 2147483648; return s / 2147483648}
     BEGIN {s = 4; for (k = 0; k < 3; k++) for (i = 0; i < 30; i++) mode[k, i] = draw() < 0.5
            for (r = 0; r < 5000; r++) {k = int(3 * draw()); line = ""
                for (i = 0; i < 30; i++) line = line (i ? "," : "") (draw() < 0.05 ? 1 - mode[k, i] : mode[k, i])
                print line}}' >modes.csv
"$H" data import -o modes.h5 modes.csv >/dev/null
cat >modes.yaml <<'YAML'
data: {train: modes.h5}
model: {kind: rbm, hidden: 16}
train: {batch_size: 512, chains: 512, sweeps: 1, learning_rate: 0.05, epochs: 10}
YAML
# the log-likelihood of independent columns with one more row of each value, by its definition
columns=$(awk -F, '{n++; for (i = 1; i <= NF; i++) on[i] += $i}
    END {for (i in on) {p = (on[i] + 1) / (n + 2); sum += on[i] / n * log(p) + (1 - on[i] / n) * log(1 - p)}; printf "%.4f", sum}' modes.csv)
check "98 steps" run 1 1 train modes.yaml --set evaluate.samples=5000
check "independent columns are shown" grep -qx -- "independent columns  log-likelihood $columns" out
check "a rate that is far too large" run 1 1 train modes.yaml -o wild --set evaluate.samples=5000 --set train.learning_rate=50
check "is told of" grep -q 'warning: the model is worse than independent columns: .*a smaller train.learning_rate' out
run 1 1 train modes.yaml --set evaluate.samples=5000 -o again
check "98 steps are hardly better" grep -q 'warning: the model is hardly better than independent columns' out
check "an evaluation of it" run 1 1 evaluate modes --data modes.h5:train
check "says so" grep -q '^verdict         hardly better than independent columns' out
check "an evaluation in JSON" run 2 1 evaluate modes --data modes.h5:train --json
check "says so, too" grep -q '"learning": "hardly better than independent columns"' out
check "by pseudo-likelihood" run 1 1 evaluate modes --data modes.h5:train --method pseudo
check "says so as well" grep -q '^verdict         hardly better' out
check "without likelihoods" run 1 1 train modes.yaml -o pseudo --set evaluate.exact_units=0
check "the run goes by pseudo-likelihood" grep -q 'hardly better than independent columns: pseudo ' out
check "176 steps" run 2 1 train modes.yaml -o more --set train.epochs=18 --set evaluate.every=20
check "176 steps still climb" grep -q 'warning: the log-likelihood still climbs at the end of training' out
check "and are better" [ "$(grep -c 'hardly better' out)" = 0 ]
check "their evaluation" run 1 1 evaluate more --data modes.h5:train
check "says that they climbed" grep -q '^verdict         the log-likelihood still climbs' out
check "bits that have nothing to do with each other" run 1 1 evaluate bits --data bits.h5:train
check "are no gain, not of few rows either" grep -q '^verdict         hardly better' out
check "what bars and stripes take" run 1 1 train "$project/configs/bars-and-stripes.yaml" -o bars --set data.train=bars.h5
check "there is nothing to warn of" [ "$(grep -c warning out)" = 0 ]
check "its evaluation" run 1 1 evaluate bars --data bars.h5:train
check "has no verdict against it" [ "$(grep -c verdict out)" = 0 ]

# Tasks of Slurm's that MPI does not connect. srun sets what a step has; a batch script has only what its job has.
apart='Slurm started 2 tasks, MPI sees 1 rank: srun --mpi=pmix'
for task in 0 1; do
    refused 2 "$apart" env SLURM_STEP_NUM_TASKS=2 SLURM_NTASKS=2 SLURM_PROCID=$task "$H" train bars.yaml -o apart
done
refused 2 "$apart" env SLURM_NTASKS=2 SLURM_PROCID=1 "$H" train bars.yaml -o apart
check "a refused task leaves nothing" [ ! -e apart ]
alone() { env "$@" >out 2>&1 </dev/null; }
check "a batch script's own run goes on" alone SLURM_NTASKS=2 SLURM_PROCID=0 "$H" train bars.yaml -q -o alone --set train.steps=10
check "with a warning" grep -q "warning: $apart" out
check "a batch script may look at a file" alone SLURM_NTASKS=2 SLURM_PROCID=0 "$H" inspect bars.h5
check "without a word" [ "$(grep -c Slurm out)" = 0 ]
check "a step of one task in a larger job" alone SLURM_NTASKS=2 SLURM_STEP_NUM_TASKS=1 SLURM_PROCID=0 "$H" train bars.yaml -q -o step --set train.steps=10
check "has nothing to warn of" [ "$(grep -c Slurm out)" = 0 ]
check "ranks of mpirun in a job" env SLURM_NTASKS=2 SLURM_PROCID=0 SLURM_STEP_NUM_TASKS=2 bash -c '. "$0/tests/mpi.sh"; mpi 1 "$@" >out 2>&1' "$project" \
    "$H" train bars.yaml -q -o launched --set train.steps=10
check "are the launcher's affair" [ "$(grep -c Slurm out)" = 0 ]

# The line that is drawn over itself: below the terminal's width, whole fields. script makes a terminal.
# on_terminal COLUMNS ARGUMENTS...: output with control codes to `screen`
on_terminal() {
    local columns=$1; shift
    script -q -c "stty cols $columns rows 24; OMP_NUM_THREADS=1 $(printf '%q ' "$H" "$@")" screen </dev/null >/dev/null 2>&1
}
drawn() { tr '\r' '\n' <screen | sed -n 's/^\x1b\[K\(..*\)/\1/p'; }      # the lines that were drawn
if command -v script >/dev/null && on_terminal 80 --version; then
    export TERM=xterm
    for columns in 40 60 80 120; do
        on_terminal $columns train bars.yaml -o "wide-$columns" --set train.steps=3000
        drawn >lines
        check "$columns columns: lines are drawn" [ "$(wc -l <lines)" -gt 1 ]
        check "$columns columns: none is wider" awk -v most=$((columns - 1)) 'length > most {exit 1}' lines
        check "$columns columns: whole fields" [ "$(sed -E 's/^step [0-9]+\/3000//; s/  ([0-9.:]+( s)? left|log-likelihood -[0-9]+\.[0-9]{4}|pseudo -[0-9]\.[0-9]{4}|recon [0-9]\.[0-9]{4}|[0-9]+\/s|epoch [0-9]+(\.[0-9])?)//g' lines | tr -d '\n')" = "" ]
    done
    check "a wide terminal shows more" [ "$(tail -n 1 lines | wc -c)" -gt 60 ]
    # warnings and results of more than a line are broken between words there, and nowhere else
    words() { grep -v '^Script ' "$1" | tr -d '\r' | tr -s ' \n' ' '; }
    OMP_NUM_THREADS=1 "$H" evaluate wild --data modes.h5:train >plain 2>&1
    check "lines of a file are as long as they are" awk 'length > 100 {long = 1} END {exit !long}' plain
    for columns in 50 80; do
        on_terminal $columns evaluate wild --data modes.h5:train
        check "$columns columns: no line is longer" eval "grep -v '^Script ' screen | tr -d '\r' | awk 'length > $columns {exit 1}'"
        check "$columns columns: the same words" [ "$(words plain)" = "$(words screen)" ]
    done
    TERM=dumb on_terminal 80 train bars.yaml -o dumb --set train.steps=600
    check "no codes on a dumb terminal" [ "$(grep -c $'\x1b' screen)" = 0 ]
    check "plain lines on a dumb terminal" grep -q '^step 250/600  epoch 250  ' screen
else
    skip "the terminal's line: script is missing"
fi
