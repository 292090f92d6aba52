#!/bin/bash
# Potts models: what a small family of sequences teaches one, pairs that are known; likelihoods of one that is sparse, and
# so exact; the edges of another run.
. "$(dirname "$0")/../shell.sh"

# 80 sequences of 12 letters: of columns 3 and 9 the letters pair as A-U and C-G, those of 0 and 5 are the same
awk 'BEGIN {srand(4); split("A C G U", letter); pair["A"] = "U"; pair["U"] = "A"; pair["C"] = "G"; pair["G"] = "C"
    for (r = 0; r < 80; r++) {
        for (i = 0; i < 12; i++) x[i] = rand() < 0.1 ? "-" : letter[1 + int(rand() * 4)]
        if (rand() < 0.95 && x[3] != "-") x[9] = pair[x[3]]
        if (rand() < 0.9) x[5] = x[0]
        printf(">s%d\n", r); for (i = 0; i < 12; i++) printf("%s", x[i]); print ""
    }}' >family.fasta
check "sequences" run 1 1 data import -o family.h5 --alphabet rna --keep-duplicates --split train=family.fasta
cat >potts.yaml <<'END'
data: {train: family.h5}
model: {kind: potts}
train: {chains: 512, sweeps: 2, steps: 400, learning_rate: 0.1, momentum: 0, weight_decay: 0.01}
evaluate: {samples: 80, every: 200}
END
check "a dense model" run 2 1 train potts.yaml -o dense
check "its pseudo-count, one of the rows" grep -q "auto: pseudo_count 0.0125" out
"$H" inspect dense >out 2>&1
check "its parameters" grep -q "couplings  *66 x 25" out
check "its alphabet" [ "$(h5dump -d /structure/alphabet -y -w 200 dense/checkpoint-*.h5 | grep -c "45, 65, 67, 71, 85")" = 1 ]

# the two strongest pairs are those of the sequences
check "two edges" run 2 1 train potts.yaml -o sparse --keep-edges 2 --edges-from dense --set train.weight_decay=0
check "are the two pairs" [ "$(grep -v '#' sparse/edges.txt | sort -n | tr '\n' ' ')" = "0 5 3 9 " ]
check "of which there are couplings" eval '"$H" inspect sparse >out && grep -q "couplings  *2 x 25" out'
check "the other 64 are gone" eval '"$H" contacts sparse >out && grep -q "2 pairs with couplings" out'
refused 2 "found the edges of an earlier run" "$H" train potts.yaml -o sparse --keep-edges 2 --edges-from dense
check "resumed with its edges" run 1 1 train potts.yaml -o sparse --keep-edges 2 --edges-from dense --resume \
    --set train.weight_decay=0 --set train.steps=420
refused 2 "expected the edges that the run began with" "$H" train potts.yaml -o sparse --keep-edges 3 --edges-from dense --resume
refused 2 "expected at most 66, the pairs of dense" "$H" train potts.yaml -o no --keep-edges 67 --edges-from dense
refused 2 "--keep-edges: found no --edges-from" "$H" train potts.yaml -o no --keep-edges 2
refused 2 "--keep-edges: found with --set model.edges=sparse/edges.txt, expected one of the two" "$H" train potts.yaml -o no \
    --keep-edges 2 --edges-from dense --set model.edges=sparse/edges.txt
check "nothing is left of them" [ ! -e no ]
for wrong in train.steps=x data.train=missing.h5 train.start=missing model.kind=ising train.positive=sometimes; do
    "$H" train potts.yaml -o no --keep-edges 2 --edges-from dense --set $wrong >out 2>&1; code=$?
    check "$wrong leaves no edges" eval '[ $code != 0 ] && [ ! -e no/edges.txt ]'
done

# trees have exact values, which both sides of annealing find; the base is the sites' own frequencies
value() { sed -n "s/.*\"$1\": \([-0-9.e+]*\).*/\1/p" out | head -n 1; }
check "exact" run 1 1 evaluate sparse --data family.h5:train --method exact --json
exact=$(value log_partition)
check "annealed" run 2 1 evaluate sparse --data family.h5:train --method ais --json
check "by as many temperatures as it takes" [ "$(value temperatures)" -lt 5000 ]
check "as exact: $exact, $(value ais_log_partition)" awk -v a="$exact" -v b="$(value ais_log_partition)" 'BEGIN {exit !(a - b < 0.02 && b - a < 0.02)}'
