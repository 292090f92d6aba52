#!/bin/bash
# train.start: parameters of another run as those that training begins at, for any kind; resumed without it; what does not
# fit. Of pairs of sites: couplings.sh.
. "$(dirname "$0")/../shell.sh"

"$H" data generate bars-and-stripes --size 4 -o data.h5 >/dev/null
still="--set train.steps=1 --set train.learning_rate=1e-30" # leaves parameters as they are, to the last bit
config() { printf 'data: {train: data.h5}\nmodel: {kind: %s}\ntrain: {steps: 60, batch_size: 30, chains: 64, sweeps: 1, learning_rate: 0.1%s}\nevaluate: {every: 20}\n' "$2" "$3" >"$1.yaml"; }
config rbm "rbm, hidden: 8" ", average_steps: 10"
config boltzmann "boltzmann, hidden: 4"
config ising "ising, lattice: 4x4, couplings: per_edge"
config network "network, layers: [{name: low}, {name: top, units: 5, hidden: true}], blocks: [{layers: [low, top]}]"
for kind in rbm boltzmann ising network; do
    check "$kind" run 1 1 train $kind.yaml -o $kind
    check "$kind from $kind" run 2 1 train $kind.yaml -o $kind-2 --set train.start=$kind $still
    check "which is said" grep -qF "beginning at the parameters of $kind/checkpoint-000000060.h5 (train.start); chains are new" out
    digest $kind/checkpoint-000000060.h5 | sed -n 's,^/average,/parameters,p' >own # what the run was for, where it has one
    [ -s own ] || digest $kind/checkpoint-000000060.h5 | grep '^/parameters' >own
    check "the same bits" cmp own <(digest $kind-2/checkpoint-000000001.h5 | grep '^/parameters')
done

# goes on to the same bits on any layout, and when it is resumed, for which the file need not be there
check "from a run" run 1 2 train rbm.yaml -o whole --set train.start=rbm --set seed=2
check "on 2 ranks, in part" run 2 1 train rbm.yaml -o part --set train.start=rbm --set seed=2 --set train.steps=20 --set train.schedule=constant
check "on 3 ranks" run 3 1 train rbm.yaml -o three --set train.start=rbm --set seed=2
check "the same bits" same whole three
check "another than from random weights" eval '! same_parameters whole rbm'
mv rbm gone
check "resumed without it" run 1 1 train rbm.yaml -o part --resume --set train.start=rbm --set seed=2 --set train.schedule=constant
check "goes on" [ -e part/checkpoint-000000060.h5 ]
mv gone rbm
refused 2 "train.start" "$H" train rbm.yaml -o part --resume --set train.start=boltzmann --set seed=2 --set train.steps=80
refused 2 "train.start" "$H" train rbm.yaml -o part --resume --set seed=2 --set train.steps=80
"$H" inspect whole >out 2>&1
check "is in its config" grep -q 'start: *"*rbm' <("$H" inspect whole --config 2>/dev/null || cat out)

fits() { refused 3 "train.start: $1" "$H" train rbm.yaml -o no --set "train.start=$2" "${@:3}"; }
fits 'boltzmann/checkpoint-000000060.h5: found a model boltzmann, expected rbm, as model.kind says' boltzmann
fits 'rbm/checkpoint-000000060.h5: found 8 hidden units, expected 9, as the model has' rbm --set model.hidden=9
fits 'rbm/checkpoint-000000060.h5: found a model with visible_bias, expected one without' rbm --set model.biases=false --set train.centered=false
"$H" data generate bars-and-stripes --size 3 -o data3.h5 >/dev/null
fits 'rbm/checkpoint-000000060.h5: found 16 columns, expected 9, as the model has' rbm --set data.train=data3.h5
refused 3 'train.start: ising/checkpoint-000000060.h5: found a model with other lattice than this one' "$H" train ising.yaml -o no \
    --set train.start=ising --set model.periodic=false
fits 'data.h5: ' data.h5
fits 'empty: ' empty
check "nothing is left" [ -z "$(ls no | grep -v owner)" ]
finish
