#!/bin/bash
# Ranks of several nodes: HOLODE_NODE_RANKS makes nodes of 1 or 2 ranks on this machine, so that sums go through MPI and
# through shared memory together. The same tests and the same bits as on one node, with and without overlap.
. "$(dirname "$0")/../shell.sh"

for layout in 3x1 4x2 5x3; do
    for name in base/test_sum base/test_team train/test_statistics train/test_optimiser; do
        HOLODE_NODE_RANKS=${layout#*x} timeout -k 5 240 mpirun -q --oversubscribe --bind-to none -np "${layout%x*}" \
            "$TESTS_DIR/$name" >out 2>&1 </dev/null
        check "$name on ${layout%x*} ranks, ${layout#*x} a node" [ $? = 0 ]
    done
done

# stages of several groups, more nodes than shares
for ranks in 6 8 9; do
    timeout -k 5 240 mpirun -q --oversubscribe --bind-to none -np $ranks "$TESTS_DIR/base/test_reduction" >out 2>&1 </dev/null
    check "sums between $ranks nodes" [ $? = 0 ]
done

"$HOLODE" data generate bars-and-stripes --size 16 -o data.h5 >/dev/null
cat >run.yaml <<END
seed: 3
data: {train: data.h5}
model: {kind: rbm, hidden: 1100}
train: {sweeps: 2, chains: 600, batch_size: 130, steps: 4, learning_rate: 0.05}
END
check "1 rank" run 1 1 train run.yaml -o one
for layout in 3x1 4x2 5x5; do
    for overlap in true false; do
        name=$layout-$overlap
        HOLODE_NODE_RANKS=${layout#*x} run "${layout%x*}" 1 train run.yaml -o "$name" --set train.overlap=$overlap
        check "$layout, overlap $overlap: as on 1 rank" same one "$name"
    done
done
# bands of the update shared out over ranks and over threads, with all that looks at the gradient or parameters as a whole;
# as many chains as samples, so that one sum has both phases, and the data's means beside it
all="--set train.batch_size=600 --set train.centered=true --set train.clip_norm=1 --set train.cosine_gain=0.1 --set train.average_steps=3 --set train.optimiser=adam --set train.learning_rate=0.001"
check "all, 1 rank" run 1 1 train run.yaml -o all-one $all
for layout in 1x1 3x3 4x2; do
    HOLODE_NODE_RANKS=${layout#*x} run "${layout%x*}" 2 train run.yaml -o all-$layout $all
    check "all, $layout with 2 threads: as on 1 rank" same all-one all-$layout
    HOLODE_NODE_RANKS=${layout#*x} run "${layout%x*}" 1 train run.yaml -o all-$layout-off $all --set train.overlap=false
    check "all, $layout without overlap: as on 1 rank" same all-one all-$layout-off
done
# ranks that have the same number and do not see each other, as in containers of their own: no memory in common
if unshare --pid --fork --mount-proc true 2>/dev/null; then
    OMP_NUM_THREADS=1 timeout -k 5 240 mpirun -q --oversubscribe --bind-to none --mca btl self,tcp -np 3 \
        unshare --pid --fork --mount-proc "$HOLODE" train run.yaml -o apart >out 2>&1 </dev/null
    check "apart: told" grep -q "^holode: warning: the ranks of a node can share no memory" out
    check "apart: as on 1 rank" same one apart
else
    skip "ranks in containers of their own: unshare is not allowed here"
fi
check "the sums' time is in the history" sh -c "'$HOLODE' inspect 3x1-true --history | head -n 1 | grep -q seconds_waiting,seconds_exposed"
