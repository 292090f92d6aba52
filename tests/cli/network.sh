#!/bin/bash
# Networks of layers and blocks of one's own: what of a config is refused, and where; edges from files, of one layer and
# between two; a run resumed on another layout goes on to the same bits; an ising by another name is the ising.
. "$(dirname "$0")/../shell.sh"

"$HOLODE" data generate bars-and-stripes --size 4 -o bars.h5 >/dev/null
cat >run.yaml <<'END_OF_CONFIG'
data: {train: bars.h5}
model:
  kind: network
  positive_sweeps: 2
  layers:
    - {name: pixels, type: spin}
    - {name: low, units: 7, hidden: true}
    - {name: high, units: 3, hidden: true, type: spin}
  blocks:
    - {layers: [low, pixels]}
    - {layers: [low, high], edges: pairs.txt}
    - {layers: [pixels], lattice: 4x4, periodic: false, shared: true}
train: {steps: 60, chains: 130, batch_size: 100}
evaluate: {every: 30}
END_OF_CONFIG
printf '%s\n' "0 7" "1 8" "9 2" "6 7" >pairs.txt

# ---- refused: refused KEY=VALUE TEXT
refused() {
    "$HOLODE" train run.yaml -o bad --set "$1" >out 2>&1
    check "refused: $1" [ $? = 2 ]
    check "$1: $2" grep -qF "$2" out
}
refused 'model.layers=[]' 'found no visible layer, expected one'
refused 'model.layers=[{name: pixels}, {name: low, hidden: true}]' 'number 2 of the layers, expected units of a hidden layer'
refused 'model.layers=[{name: a, units: 9, hidden: true}, {name: v}]' 'expected visible layers before hidden ones'
refused 'model.layers=[{name: a}, {name: a, units: 3, hidden: true}]' 'found a in number 2 of the layers, expected each name once'
refused 'model.layers=[{name: a b}]' 'found a b in number 1 of the layers, expected a name'
refused 'model.layers=[{name: a, units: 1e3}]' 'found 1e3 in number 1'
refused 'model.layers=[{name: a, type: potts}]' 'found potts in number 1 of the layers, expected binary, spin or categorical'
refused 'model.layers=[{name: pixels, units: 15}, {name: low, units: 7, hidden: true}, {name: high, units: 3, hidden: true}]' \
    'found a lattice of 16 sites, expected as many as its layer has units, 15'
refused 'model.layers=words' 'found "words", expected a list of layers'
refused 'model.blocks=[{layers: [low, deep]}]' 'found deep in number 1 of the blocks, expected the name of one of the layers'
refused 'model.blocks=[{layers: [low, pixels]}, {layers: [pixels, low]}]' 'number 2 of the blocks, expected at most one block'
refused 'model.blocks=[{layers: [pixels], lattice: 3x5}]' 'found a lattice of 15 sites'
refused 'model.blocks=[{layers: [pixels], shared: true}]' 'expected shared with a lattice or edges'
refused 'model.blocks=[{layers: [pixels], sharde: true}]' 'found sharde in number 1'
refused 'model.layers=[{name: pixels}, {name: low, units: 7, hidden: true, type: categorical}]' \
    'number 2 of the layers, expected states of a hidden layer of type categorical, as states: 4'
refused 'model.layers=[{name: pixels, states: 3}]' 'number 1 of the layers, expected no states but of a hidden layer of type categorical'
refused 'model.layers=[{name: pixels}, {name: low, units: 7, hidden: true, type: categorical, states: 257}]' 'found 257 in number 2'
"$HOLODE" train run.yaml -o bad --set 'model.layers=[{name: p, type: categorical}]' --set 'model.blocks=[{layers: [p]}]' >out 2>&1
check "refused: columns of bits" [ $? = 2 ]
check "what columns it takes" grep -qF "model.layers: found layer p of type categorical, but no columns of states, expected a data set of them" out
refused 'train.centered=true' 'expected false for model.kind network with edges or a lattice'
refused 'model.hidden=4' 'it is for model.kind rbm or boltzmann'
printf '%s\n' "0 7 0.5" >with.txt
refused 'model.blocks=[{layers: [low, high], edges: with.txt}]' 'with.txt: found couplings, expected two numbers a line'
printf '%s\n' "0 1" >within.txt
refused 'model.blocks=[{layers: [low, high], edges: within.txt}]' 'found units 16 and 17, expected units of its layers'

# ---- the same bits on another layout, and after a resume there
check "whole" run 1 1 train run.yaml -o whole
check "20 steps" run 2 1 train run.yaml -o more --set train.steps=20 --set train.schedule=constant
check "then 60" run 3 1 train run.yaml -o more --resume --set train.schedule=constant
check "60 at once" run 1 2 train run.yaml -o once --set train.schedule=constant
check "20 + 40 as 60" same more once
check "groups by the layers' names" grep -q "low_high_couplings *4 " <("$HOLODE" inspect whole)
check "one coupling" grep -q "pixels_couplings *1 " <("$HOLODE" inspect whole)
check "the config comes back" grep -qF 'lattice: 4x4, periodic: false, shared: true' <("$HOLODE" inspect whole --config)
check "sample" run 1 1 sample whole -n 64 --sweeps 10 -o samples.h5
check "evaluate" run 2 1 evaluate whole

# ---- columns of states beside bits and spins, hidden states: likelihoods by three ways, samples, pictures, predictions
awk 'BEGIN {srand(4); print "a,b,c,d"; for (r = 0; r < 600; r++) {a = int(rand() * 3); b = int(rand() * 2); print a "," b "," (rand() < 0.8 ? a : int(rand() * 4)) "," (a > 0)}}' >states.csv
"$HOLODE" data import -o states.h5 --states states.csv >/dev/null 2>&1
cat >states.yaml <<'END_OF_CONFIG'
data: {train: states.h5}
model:
  kind: network
  layers:
    - {name: first, type: categorical, units: 1}
    - {name: middle, type: categorical, units: 2}
    - {name: last, type: spin}
    - {name: low, units: 3, hidden: true}
    - {name: kinds, units: 2, hidden: true, type: categorical, states: 3}
  blocks:
    - {layers: [first, low]}
    - {layers: [middle, low]}
    - {layers: [middle, kinds]}
    - {layers: [last, kinds]}
    - {layers: [first, kinds]}
    - {layers: [first, middle]}
    - {layers: [middle]}
train: {steps: 600, chains: 130, batch_size: 100, learning_rate: 0.3}
evaluate: {every: 200}
END_OF_CONFIG
check "states" run 1 1 train states.yaml -o states
check "states on another layout" run 3 2 train states.yaml -o states-2
check "states' bits" same states states-2
check "exact" run 1 1 evaluate states --data states.h5:train --json
exact=$(value log_partition) likelihood=$(value log_likelihood)
truth=$(awk -F, 'NR > 1 {n[$0]++; all++} END {for (x in n) sum += n[x] * log(n[x] / all); print sum / all}' states.csv)
check "the states are learned" near "$likelihood" "$truth" 0.1
check "annealing" run 2 1 evaluate states --data states.h5:train --method ais --json
check "annealing's ln Z" near "$(value ais_log_partition)" "$exact" 0.01
check "pseudo-likelihood" run 1 1 evaluate states --data states.h5:train --method pseudo
check "samples" run 1 1 sample states -n 640 --sweeps 20 -o drawn.csv
check "are states" [ "$(tail -n +2 drawn.csv | awk -F, '$1 > 2 || $2 > 1 || $3 > 3 || $4 > 1 || NF != 4' | wc -l)" = 0 ]
check "a picture" run 1 1 sample states -n 64 --sweeps 5 -o drawn.png
check "hidden states are exclusive" run 1 1 sample states -n 64 --sweeps 5 --hidden -o drawn.h5
printf '%s\n' a,b,c,d 1,0,?,1 2,1,?,? >gaps.csv
"$HOLODE" data import -o gaps.h5 --states --missing '?' gaps.csv >out 2>&1
check "what is missing" run 1 1 predict states --data gaps.h5:train -o filled.csv
"$HOLODE" train states.yaml -o bad --set 'model.layers=[{name: v}, {name: low, units: 3, hidden: true}]' --set 'model.blocks=[{layers: [v, low]}]' >out 2>&1
check "bits of states" grep -qF "model.layers: found 3 states in column 0 (from 0), expected 2 in layer v (type: categorical takes more)" out

# ---- states on a lattice and on edges: what a Markov chain has between neighbours, ln(0.8 / 0.1) for 3 states of which
# the next is the same one with 0.8; couplings of its own for each pair of four; hidden states joined to columns by a list
awk 'BEGIN {srand(7); print "a,b,c,d,e"; for (r = 0; r < 4000; r++) {line = s = int(rand() * 3); for (i = 1; i < 5; i++) {if (rand() < 0.3) s = int(rand() * 3); line = line "," s} print line}}' >chain.csv
"$HOLODE" data import -o chain.h5 --states chain.csv >/dev/null 2>&1
cat >potts.yaml <<'END_OF_CONFIG'
data: {train: chain.h5}
model:
  kind: network
  biases: false
  layers: [{name: s, type: categorical}]
  blocks: [{layers: [s], lattice: 5, periodic: false, shared: true}]
train: {steps: 400, chains: 1024, learning_rate: 1, schedule: linear}
evaluate: {every: 200}
END_OF_CONFIG
check "a Potts chain" run 2 1 train potts.yaml -o potts
h5dump -d /parameters/s_couplings "$(newest potts)" | sed -n 's/.*([0-2],0): //p' | tr -d ' ' >potts.txt
check "couplings are the chain's" near "$(awk -F, '{for (c = 1; c <= 3; c++) sum += (c == NR ? $c : -$c / 2)} END {print sum / 3}' potts.txt)" 2.079 0.1
check "and symmetric" awk -F, '{for (c = 1; c <= 3; c++) v[NR, c] = $c} END {exit !(v[1, 2] == v[2, 1] && v[1, 3] == v[3, 1] && v[2, 3] == v[3, 2])}' potts.txt
printf '%s\n' "0 1" "3 2" >within.txt
printf '%s\n' "0 5" "5 2" "4 6" "6 3" "1 6" >pairs.txt
layers='model.layers=[{name: s, type: categorical}, {name: k, units: 2, hidden: true, type: categorical, states: 3}]'
check "states on lists" run 1 1 train potts.yaml -o lists --set model.biases=true --set train.steps=60 --set evaluate.every=30 --set "$layers" \
    --set 'model.blocks=[{layers: [s], edges: within.txt}, {layers: [s, k], edges: pairs.txt}, {layers: [k], lattice: 2, periodic: false, shared: true}]'
check "of 2 and 5 edges of 9 couplings, and one that is shared" [ "$("$HOLODE" inspect lists | grep -cE 's_couplings +18 |s_k_couplings +45 |k_couplings +3 x 3 ')" = 3 ]
"$HOLODE" inspect lists --config >lists.yaml
check "lists, half" run 3 1 train lists.yaml -o half --set train.steps=30 --set train.schedule=constant
check "lists, resumed on another layout" run 1 2 train lists.yaml -o half --resume --set train.schedule=constant
check "lists at once" run 2 1 train lists.yaml -o at-once --set train.schedule=constant
check "to the same bits" same half at-once
check "lists, exact" run 1 1 evaluate lists --data chain.h5:train --json
exact=$(value log_partition)
check "lists, annealing" run 1 1 evaluate lists --data chain.h5:train --method ais --json
check "lists' ln Z" near "$(value ais_log_partition)" "$exact" 0.02
check "lists, pseudo-likelihood" run 1 1 evaluate lists --data chain.h5:train --method pseudo
check "lists, samples" run 2 1 sample lists -n 128 --sweeps 5 -o drawn.csv
check "lists, a page" run 1 1 report lists
printf '%s\n' a,b,c,d,e 1,0,?,1,2 2,1,?,?,0 >gaps.csv
"$HOLODE" data import -o gaps.h5 --states --missing '?' gaps.csv >out 2>&1
check "lists, what is missing" run 1 1 predict lists --data gaps.h5:train -o filled.csv
awk 'BEGIN {FS = OFS = ","} NR > 1 {$5 = $5 % 2} 1' chain.csv >two.csv
"$HOLODE" data import -o two.h5 --states two.csv >/dev/null 2>&1
"$HOLODE" train potts.yaml -o bad --set data.train=two.h5 >out 2>&1
check "refused: shared by different columns" [ $? = 2 ]
check "which" grep -qF 'model.blocks: found variables of 3 and of 2 states in one layer, expected as many of all that share their couplings' out
"$HOLODE" train potts.yaml -o bad --set 'model.layers=[{name: s, type: categorical, units: 9}]' --set 'model.blocks=[{layers: [s], lattice: 9}]' >out 2>&1
check "refused: more units than columns" grep -qF 'data.train: found 5 columns, expected 9 as visible layers have units' out

# ---- an ising by another name
cat >ising.yaml <<'END_OF_CONFIG'
data: {train: bars.h5}
model: {kind: ising, lattice: 4x4, periodic: true, couplings: per_edge}
train: {steps: 40, chains: 130, batch_size: 100, centered: false}
END_OF_CONFIG
run 1 1 train ising.yaml -o ising
run 1 1 train ising.yaml -o other --set model.kind=network --set model.lattice= --set model.couplings=shared \
    --set 'model.layers=[{name: s, type: spin}]' --set 'model.blocks=[{layers: [s], lattice: 4x4}]'
for of in ising other; do
    h5dump -d /parameters/$([ $of = ising ] && echo couplings || echo s_couplings) "$(newest $of)" | grep '(' >$of.txt
done
check "an ising by another name" cmp ising.txt other.txt
