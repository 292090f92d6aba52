#!/bin/bash
# What a run leaves to auto: chosen once by sizes, said, stored, kept on resume, repeated from what was stored, planned.
. "$(dirname "$0")/../shell.sh"

"$H" data generate bars-and-stripes --size 4 -o bars.h5 >/dev/null
"$H" data generate bars-and-stripes --size 5 -o others.h5 >/dev/null
cat >bare.yaml <<'YAML'
data: {train: bars.h5}
model: {kind: rbm, hidden: 4}
YAML
# 30 rows; 16 x 4 weights and 20 biases: (84)^(1/4) = 3.03, so 5 sweeps, 0.41 at 64 samples 0.29, steps as few as there are
chosen="sweeps 5, chains 512, batch_size 64, steps 1000, learning_rate 0.2"
says() { grep -qx -- "$1" out; }
stored() { "$H" inspect --config "$1" | sed -n 's/^  \(sweeps\|chains\|batch_size\|steps\|epochs\|learning_rate\): /\1 /p' | paste -sd,; }

check "a run" run 1 2 train bare.yaml
check "says what it chose" says "auto: $chosen"
check "before it says what it is" says "rbm: 16 visible and 4 hidden units, 84 parameters; 30 samples, 1000 steps of 64; 512 chains; 1 rank"
check "stores it: $(stored bare)" [ "$(stored bare)" = "sweeps 5,chains 512,batch_size 64,steps 1000,epochs 0,learning_rate 0.2" ]
check "and nothing else is auto" [ "$("$H" inspect --config bare | grep -c ': auto$')" = 0 ]
check "two ranks" run 2 1 train bare.yaml -o two --set checkpoint.every=500
check "to the same bits" same bare two
check "are shown" run 1 1 collect bare two
check "as no runs that differ" [ "$(grep -c 'train\.' out)" = 0 ]

# what was stored repeats the run, and a part of it is the same part
"$H" inspect --config bare >again.yaml
check "the stored config" run 1 1 train again.yaml -o again
check "leaves nothing to choose" [ "$(grep -c auto: out)" = 0 ]
check "repeats the run" same bare again

# on resume
rm two/checkpoint-000001000.h5
cp bars.h5 moved.h5
check "resumed, the data elsewhere" run 2 1 train bare.yaml -o two --resume --set data.train=moved.h5
check "says from where it has them" grep -qx "auto, as in two/checkpoint-000000500.h5: $chosen" out
check "and warns of no change" [ "$(grep -c "warning: .*would end elsewhere" out)" = 0 ]
check "to the same bits" same bare two
check "resumed when complete" run 1 1 train bare.yaml -o two --resume
check "warns of nothing" [ "$(grep -c "warning:" out)" = 0 ]
check "a new length" run 1 1 train bare.yaml -o two --resume --set train.steps=1010
check "is taken up" run 1 1 train bare.yaml -o two --resume
check "by what leaves it to auto" [ -e two/checkpoint-000001010.h5 -a "$(stored two)" = "$(stored bare | sed s/1000/1010/)" ]
refused 2 'found other data in others.h5, expected those of the checkpoint' "$H" train bare.yaml -o two -q --resume --set data.train=others.h5 --set model.hidden=4
refused 2 'train.chains: found 64 in the config, expected 512 as in the checkpoint' "$H" train bare.yaml -o two -q --resume --set train.chains=64
check "a length in epochs" run 1 1 train bare.yaml -o epochs --set train.epochs=20
check "is said to be short" grep -q 'warning: 20 epochs of 30 samples are only 10 steps of 64, .*; train.steps: auto chooses a length' out
check "and chosen no other" says "auto: ${chosen/steps 1000, }"
check "stays on resume" run 1 1 train bare.yaml -o epochs --resume
check "as it was" says "auto, as in epochs/checkpoint-000000010.h5: ${chosen/steps 1000/epochs 20}"
check "resumed where there is nothing" run 1 1 train bare.yaml -o first --resume --set train.steps=2
check "it is chosen" says "auto: ${chosen/steps 1000, }"

# what has no effect is not chosen; other kinds, rules and levels
bare() { local what=$1; shift; check "$what" run 1 1 train bare.yaml -q -o "kind-$((kinds++))" --set train.steps=2 "$@"; }
chose() { "$H" inspect --config kind-$((kinds - 1)) | grep -qx "  $1" || fail "$1: $(stored kind-$((kinds - 1)))"; }
bare cd --set train.method=cd
chose "chains: auto"
bare levels --set train.levels=4
chose "chains: 128"
bare adam --set train.optimiser=adam
chose "learning_rate: 0.01"
bare "fully visible" --set model.kind=boltzmann --set model.hidden=0
chose "learning_rate: 0.2"
bare lattice --set model.kind=ising --set model.hidden=0 --set model.lattice=4x4
chose "sweeps: 5"
echo 0,1,0 >states.csv
for k in 1 2 3 4 5; do echo "1,0,$((k % 3))"; done >>states.csv
"$H" data import --states -o states.h5 states.csv >/dev/null
cat >field.yaml <<'YAML'
data: {train: states.h5}
model: {kind: mrf, variables: {A: 2, B: 2, C: 3}, cliques: [{variables: [A, B]}, {variables: [B, C]}]}
YAML
check "a field" run 1 1 train field.yaml
check "says what it chose, too" grep -q '^auto: sweeps 5, chains 512, batch_size 64, steps 1000, learning_rate 0.[25]$' out
refused 2 'train.sweeps=many: found "many", expected auto or a whole number from 1 to 1000000' "$H" train bare.yaml -o no --set train.sweeps=many

# runs that differ in their work alone, as those of a scaling, get one rate and as many sweeps
same_rate() { [ "$(stored more-128 | sed 's/,.*size 128//')" = "$(stored more-256 | sed 's/,.*size 256//')" ]; }
for n in 128 256; do
    check "a batch of $n" run 1 1 train bare.yaml -q -o more-$n --set train.steps=2 --set train.batch_size=$n --set train.chains=$n
done
check "the amount of work changes no rate" same_rate

# the plan chooses as the run does; sizes of data that are not here count
check "a plan" run 1 1 plan bare.yaml
check "chooses as the run does" says "auto: $chosen"
check "its length is the run's" grep -q ' for 1000 steps, evaluations and checkpoints aside' out
check "a plan of other data" run 1 1 plan bare.yaml --visible 784 --samples 60000 --set model.hidden=500 --json
check "chooses by its sizes" grep -q '^auto: sweeps 1, chains 1024, batch_size 1024, steps [0-9]*, learning_rate 0.05$' out
