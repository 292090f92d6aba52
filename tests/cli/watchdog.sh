#!/bin/bash
# A run that makes no progress: the ranks that wait say where they stand, and the run ends with exit code 76 and goes on
# to the same bits. A run that is suspended as a whole is none of these.
. "$(dirname "$0")/../shell.sh"

"$HOLODE" data generate bars-and-stripes --size 6 -o data.h5 >/dev/null
cat >run.yaml <<'END'
data: {train: data.h5}
model: {kind: rbm, hidden: 24}
train: {chains: 200, batch_size: 90, steps: 3000, learning_rate: 0.1, schedule: constant, watchdog: 3}
evaluate: {every: 100, samples: 100, exact_units: 0}
checkpoint: {every: 20}
END
cat >ranked.sh <<'END'
#!/bin/bash
echo $$ >"$OUT.$OMPI_COMM_WORLD_RANK"
exec "$HOLODE" train run.yaml -o "$OUT" --set train.steps="$STEPS"
END
chmod +x ranked.sh
await() { local i; for i in $(seq 1500); do eval "$1" >/dev/null 2>&1 && return; sleep 0.02; done; echo "    not seen: $1"; return 1; }
export HOLODE OUT STEPS
start_run() {   # start_run DIR RANKS STEPS: in the background
    OUT=$1 STEPS=$3
    OMP_NUM_THREADS=1 timeout -k 5 60 bash -c '. "$0/tests/mpi.sh"; mpi "$@" ./ranked.sh' "$project" "$2" >said 2>&1 </dev/null &
    job=$!
    check "$OUT: a checkpoint" await '[ -n "$(newest $OUT)" ]'
}
where='in step [0-9]+, [a-z]|after step [0-9]+, [a-z]'
line() { echo "^holode: rank $1 on [^ ]+: no progress for [34] s \(train.watchdog\): ($where)"; }

check "the whole run" run 1 1 train run.yaml -o whole --set train.watchdog=off
for layout in shared messages; do
    [ $layout = messages ] && export HOLODE_NODE_RANKS=1
    start_run $layout 3 100000000
    kill -STOP "$(cat $OUT.1)"
    wait $job; code=$?
    cp said out
    check "$layout: exit code $code, expected 76" [ $code = 76 ]
    check "$layout: rank 0 says where it stands" grep -qE "$(line 0)" said
    check "$layout: rank 2 too" grep -qE "$(line 2)" said
    await '! kill -0 "$(cat $OUT.1)"'
    check "$layout: the rest" run 2 1 train run.yaml -o $layout --resume --set train.steps=3000
    unset HOLODE_NODE_RANKS
done
check "as the whole run" same whole shared
check "as the whole run, where ranks exchange messages" same whole messages

# suspended longer than is allowed, all ranks together
start_run suspended 2 100000000
kill -STOP "$(cat $OUT.0)" "$(cat $OUT.1)"; sleep 6
kill -CONT "$(cat $OUT.0)" "$(cat $OUT.1)"; sleep 1
kill -USR1 "$(cat $OUT.0)"
wait $job; code=$?
cp said out
check "suspended: exit code $code, expected 75" [ $code = 75 ]
check "suspended: no alarm" [ "$(grep -c 'no progress' said)" = 0 ]

# one rank that nobody waits for, stuck in a write that never ends, of the very stream that the last words go to
mkfifo full
sleep 60 <full & reader=$!
OMP_NUM_THREADS=1 timeout 50 "$HOLODE" train run.yaml -o stuck --set evaluate.every=1 --set train.steps=100000000 2>full
code=$?
kill $reader
check "stuck in a write: exit code $code, expected 76" [ $code = 76 ]
check "stuck in a write: a good checkpoint" "$HOLODE" inspect stuck --json >/dev/null
