#!/bin/bash
# The same bits on any number of ranks and threads and on every instruction set: parameters, optimiser state and chains
# compared byte for byte. Batches and chains are no multiples of 64, and some ranks have no block at all.
. "$(dirname "$0")/../shell.sh"

"$HOLODE" data generate bars-and-stripes --size 6 -o data.h5 >/dev/null
# grey levels: 90 rows of 10 numbers in [0, 1]
awk 'BEGIN {srand(5); for (r = 0; r < 90; r++) {line = ""; for (i = 0; i < 10; i++) line = line (i ? "," : "") int(rand() * 1000) / 1000; print line}}' >grey.csv
"$HOLODE" data import -o grey.h5 grey.csv >/dev/null
# states: 90 rows of 7 variables of 2 to 21 states, and their weights
awk 'BEGIN {srand(6); for (r = -1; r < 90; r++) {line = ""; for (i = 0; i < 7; i++) line = line (r < 0 ? "x" i : int(rand() * (2 + i * i % 20))) ","; print line (r < 0 ? "weight" : 1 + int(rand() * 3))}}' >states.csv
"$HOLODE" data import -o states.h5 --states --weight-column weight states.csv >/dev/null

config() {      # config NAME DATA BINARIZE METHOD SWEEPS CHAINS BATCH HIDDEN [KIND [TRAIN...]]
    cat >"$1.yaml" <<END
seed: 7
data: {train: $2, valid: "$2:train", binarize: $3}
model: {${9:-kind: rbm}, hidden: $8}
train: {method: $4, sweeps: $5, chains: $6, batch_size: $7, steps: 80, learning_rate: 0.1, weight_decay: 0.001${10:+, ${10}}}
evaluate: {every: 40, samples: 100}
END
}
config pcd data.h5 threshold pcd 2 130 100 21
config cd data.h5 threshold cd 1 1 70 16
config grey grey.h5 sample pcd 1 64 65 40
config one data.h5 threshold pcd 1 1 1 5
config states states.h5 threshold pcd 2 130 100 40
config latent data.h5 threshold pcd 2 130 100 21 "kind: boltzmann, positive_sweeps: 3"
config latent-on data.h5 threshold pcd 2 130 100 21 "kind: boltzmann, positive_sweeps: 1, positive_persistent: true"
config latent-cd data.h5 threshold cd 1 1 70 16 "kind: boltzmann, positive_sweeps: 2"
config visible grey.h5 sample pcd 2 130 65 0 "kind: boltzmann"
config exact data.h5 threshold pcd 2 130 100 0 "kind: boltzmann"
config spins data.h5 threshold pcd 2 130 100 0 "kind: ising, lattice: 6x6"
config masked grey.h5 sample pcd 1 130 65 3 "kind: boltzmann, edges: masked.txt, positive_sweeps: 2"
config graph grey.h5 sample pcd 1 130 65 0 "kind: ising, edges: graph.txt, couplings: per_edge, spins: binary"
config potts states.h5 threshold pcd 2 130 100 0 "kind: potts"
config pairs states.h5 threshold pcd 1 130 100 0 "kind: potts, edges: pairs.txt" "momentum: 0, pseudo_count: 0.1"
config deep data.h5 threshold pcd 2 130 100 0 "kind: network, positive_sweeps: 2, blocks: [{layers: [v, low]}, {layers: [low, high]}],
  layers: [{name: v}, {name: low, units: 21, hidden: true}, {name: high, units: 5, hidden: true}]"
config mixed data.h5 threshold pcd 2 130 100 0 "kind: network, blocks: [{layers: [v, h]}, {layers: [v], lattice: 6x6, shared: true}],
  layers: [{name: v, type: spin}, {name: h, units: 9, hidden: true}]"
config sites states.h5 threshold pcd 2 130 100 0 "kind: network, positive_sweeps: 2,
  blocks: [{layers: [s, h]}, {layers: [c, h]}, {layers: [c, k]}, {layers: [c]}, {layers: [h, k]}, {layers: [k]}],
  layers: [{name: s, type: spin, units: 1}, {name: c, type: categorical}, {name: h, units: 9, hidden: true},
    {name: k, units: 3, hidden: true, type: categorical, states: 4}]"
config joined states.h5 threshold pcd 2 130 100 0 "kind: network, positive_sweeps: 2,
  blocks: [{layers: [c], edges: pairs.txt}, {layers: [c, k], edges: across.txt}, {layers: [k], lattice: 3x2, shared: true, periodic: false}],
  layers: [{name: c, type: categorical}, {name: k, units: 6, hidden: true, type: categorical, states: 4}]"
printf '%s\n' "0 7" "6 8" "3 7" "10 3" "12 2" "5 11" "9 5" >across.txt
printf '%s\n' "# i j J" "0 1 0.5" "1 2 -0.5" "0 2 0.1" "3 4 1" "9 8 0.2" "5 9 0" "7 5 -1" >graph.txt
printf '%s\n' "0 1" "6 2" "3 4" "4 5" "5 3" >pairs.txt
printf '%s\n' "0 1" "1 2" "3 12" "4 10" "10 11" "11 12" "9 8" "12 0" >masked.txt
all="optimiser: adam, cosine_gain: 0.1, clip_norm: 0.5, l1: 0.001, sparsity_cost: 0.1, average_steps: 20"
config adam data.h5 threshold pcd 1 130 100 21 "kind: rbm" "$all"
config levels data.h5 threshold pcd 2 130 100 21 "kind: rbm" "levels: 4, lowest_beta: 0.1, average_steps: 20"

for c in pcd cd grey states one latent latent-on latent-cd visible exact spins masked graph potts pairs deep mixed sites joined adam levels; do
    check "$c on 1 rank, 1 thread" run 1 1 train $c.yaml -o $c-1x1
    for layout in 1x2 2x1 3x1 2x2 5x1; do
        check "$c on $layout" run ${layout%x*} ${layout#*x} train $c.yaml -o $c-$layout
        check "$c: $layout as 1x1" same $c-1x1 $c-$layout
    done
    for isa in generic avx2 avx512 amx; do
        HOLODE_ISA=$isa "$HOLODE" data describe data.h5 >/dev/null 2>&1 || { skip "this processor has no $isa"; continue; }
        HOLODE_ISA=$isa run 1 1 train $c.yaml -o $c-$isa
        check "$c: $isa as the machine's best" same $c-1x1 $c-$isa
    done
done

# what is computed from a checkpoint is the same everywhere, too
for n in 1 2 3; do
    check "evaluate on $n" run $n 1 evaluate pcd-1x1 --data data.h5:train --json
    grep log_partition out >eval-$n
    check "sample on $n" run $n 2 sample pcd-1x1 -n 300 --sweeps 3 -o sample-$n.h5
    h5dump -d /samples -b LE -o sample-$n.bin sample-$n.h5 >/dev/null
done
check "evaluations equal" cmp eval-1 eval-2
check "evaluations equal on 3" cmp eval-1 eval-3
check "samples equal" cmp sample-1.bin sample-2.bin
check "samples equal on 3" cmp sample-1.bin sample-3.bin
# all methods, the whole of what they print: a small machine, coupled hidden units, and one large enough for threads
cat >wide.yaml <<'END'
data: {train: wide.h5}
model: {kind: rbm, hidden: 520}
train: {steps: 2, batch_size: 100, chains: 130, sweeps: 1, learning_rate: 0.05}
END
"$HOLODE" data generate bars-and-stripes --size 10 -o wide.h5 >/dev/null
check "train wide" run 1 1 train wide.yaml -o wide
# equal METHOD RUN DATA LAYOUTS OPTION...: the same JSON on all layouts
equal() {
    local method=$1 of=$2 data=$3 layouts=$4 first="" layout; shift 4
    for layout in $layouts; do
        check "$method of $of on $layout" \
            run ${layout%x*} ${layout#*x} evaluate $of --data $data --json --method $method "$@"
        grep '^{' out >$method-$layout
        [ -n "$first" ] || { first=$layout; continue; }
        check "$method of $of: $layout as $first" cmp $method-$first $method-$layout
    done
    check "$method of $of says something" grep -q '"method": "'$method'".*[1-9]' $method-$first
}
equal both pcd-1x1 data.h5:train "1x1 2x1 3x2" --chains 130 --temperatures 20 --sweeps 5
equal bar pcd-1x1 data.h5:train "1x1 2x1 3x2" --chains 130 --temperatures 4 --sweeps 10
equal moments pcd-1x1 data.h5:train "1x1 2x1 3x2" --chains 130 --sweeps 5
equal mixing pcd-1x1 data.h5:train "1x1 2x1 3x2" --chains 130 --sweeps 20
equal pseudo pcd-1x1 data.h5:train "1x1 2x1 3x2"
equal both latent-1x1 data.h5:train "1x1 3x2" --chains 130 --temperatures 20 --sweeps 5
equal both wide wide.h5:train "1x1 1x2 2x1" --chains 130 --temperatures 10 --sweeps 2
for n in 1 2 3; do
    check "sample a lattice on $n" run $n $n sample "$project/configs/ising-2d.yaml" --set model.lattice=10x14 -n 200 --sweeps 50 -o spins-$n.h5
    h5dump -d /samples -b LE -o spins-$n.bin spins-$n.h5 >/dev/null
done
check "lattices equal" cmp spins-1.bin spins-2.bin
check "lattices equal on 3" cmp spins-1.bin spins-3.bin

# and a run that differs is seen to differ
run 1 1 train pcd.yaml -o other --set seed=8
if same pcd-1x1 other >/dev/null; then fail "another seed gave the same bits: the comparison sees nothing"; else pass; fi
