#!/bin/bash
# A run that makes no progress: the ranks that wait say where they stand, and the run ends with exit code 76 and goes on
# to the same bits. A run that is suspended as a whole is none of these.
. "$(dirname "$0")/../shell.sh"

make_run 3000 100 "every: 20" "watchdog: 3"
steps="--set train.steps=100000000"
begin() {       # begin DIR RANKS: up to its first checkpoint
    start "$@" $steps
    check "$OUT: a checkpoint" await '[ -n "$(newest $OUT)" ]'
}
where='in step [0-9]+, [a-z]|after step [0-9]+, [a-z]'
line() { echo "^holode: rank $1 on [^ ]+: no progress for [3-9] s \(train.watchdog\): ($where)"; }

check "the whole run" run 1 1 train run.yaml -o whole --set train.watchdog=off
for layout in shared messages; do
    [ $layout = messages ] && export HOLODE_NODE_RANKS=1
    begin $layout 3
    kill -STOP "$(rank_of 1)"
    ended 76 "$layout"
    check "$layout: rank 0 says where it stands" grep -qE "$(line 0)" out
    check "$layout: rank 2 too" grep -qE "$(line 2)" out
    await '! kill -0 "$(rank_of 1)"'
    check "$layout: the rest" run 2 1 train run.yaml -o $layout --resume --set train.steps=3000
    unset HOLODE_NODE_RANKS
done
check "as the whole run" same whole shared
check "as the whole run, where ranks exchange messages" same whole messages

# suspended longer than is allowed, all ranks together
begin suspended 2
kill -STOP "$(rank_of 0)" "$(rank_of 1)"; sleep 6
kill -CONT "$(rank_of 0)" "$(rank_of 1)"; sleep 1
kill -USR1 "$(rank_of 0)"
ended 75 suspended
check "suspended: no alarm" [ "$(grep -c 'no progress' out)" = 0 ]

# one rank that nobody waits for, stuck in a write that never ends, of the very stream that the last words go to
mkfifo full
sleep 60 <full & reader=$!
OMP_NUM_THREADS=1 timeout 50 "$HOLODE" train run.yaml -o stuck --set evaluate.every=1 $steps 2>full
code=$?
kill $reader
check "stuck in a write: exit code $code, expected 76" [ $code = 76 ]
check "stuck in a write: a good checkpoint" "$HOLODE" inspect stuck --json >/dev/null
