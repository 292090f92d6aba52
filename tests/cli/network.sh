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
refused 'model.layers=[{name: a, type: potts}]' 'found potts in number 1 of the layers, expected binary or spin'
refused 'model.layers=[{name: pixels, units: 15}, {name: low, units: 7, hidden: true}, {name: high, units: 3, hidden: true}]' \
    'found a lattice of 16 sites, expected as many as its layer has units, 15'
refused 'model.layers=words' 'found "words", expected a list of layers'
refused 'model.blocks=[{layers: [low, deep]}]' 'found deep in number 1 of the blocks, expected the name of one of the layers'
refused 'model.blocks=[{layers: [low, pixels]}, {layers: [pixels, low]}]' 'number 2 of the blocks, expected at most one block'
refused 'model.blocks=[{layers: [pixels], lattice: 3x5}]' 'found a lattice of 15 sites'
refused 'model.blocks=[{layers: [pixels], shared: true}]' 'expected shared with a lattice or edges'
refused 'model.blocks=[{layers: [pixels], sharde: true}]' 'found sharde in number 1'
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
