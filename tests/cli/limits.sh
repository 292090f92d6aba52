#!/bin/bash
# What one rank alone meets: limits in the middle of a run with checkpoints: on the size of files, open files, memory.
# The run goes on, or is over within 30 s with an error; what there is under a checkpoint's name is good.
. "$(dirname "$0")/../shell.sh"

"$HOLODE" data generate bars-and-stripes --size 4 -o data.h5 >/dev/null
cat >run.yaml <<'END2'
data: {train: "data.h5:train"}
model: {kind: rbm, hidden: 8}
train: {chains: 128, batch_size: 128, steps: 100000000, schedule: constant, learning_rate: 0.1, sweeps: 1}
evaluate: {every: 100000, exact_units: 0}
checkpoint: {every: 100}
END2
export OMP_NUM_THREADS=1

# limited RANK LIMIT TEXT: TEXT is what the error says, "" where the run may go on or end by a signal
limited() {
    local what="$2 on rank $1" code i before
    start "run-$1-${2%%=*}" 2 -q
    check "$what: a checkpoint" await '[ -n "$(newest $OUT)" ]'
    check "$what: set" prlimit "$2" -p "$(rank_of "$1")"
    for i in $(seq 300); do
        kill -0 $job 2>/dev/null || break
        # where the run may go on, two more checkpoints say that it does
        [ -z "$3" ] && { before=${before:-$(newest $OUT)}; [ "$(newest $OUT)" != "$before" ] && [ $i -gt 20 ]; } && break
        sleep 0.1
    done
    check "$what: over within 30 s, or going on" [ $i -lt 300 ]
    kill -9 "$(rank_of 0)" "$(rank_of 1)" 2>/dev/null
    wait $job; code=$?
    cp said out
    check "$what: exit code $code" [ $code != 0 ]
    if [ -n "$3" ]; then
        check "$what: exit code $code, not by a signal" [ $code -lt 126 ]
        check "$what: told" grep -q "^holode: .*$3" out
        check "$what: once" [ "$(grep -c '^holode: ' out)" = 1 ]
        check "$what: nothing half done" [ -z "$(ls $OUT/.checkpoint* 2>/dev/null)" ]
    fi
    check "$what: a good checkpoint" "$HOLODE" inspect "$(newest $OUT)"
}
# before MPI, which would say it in dozens of lines
refused 1 'found a limit of 20 open files, expected at least 32 (ulimit -n)' bash -c 'ulimit -n 20; exec "$@"' bash "$HOLODE" train run.yaml
check "a soft limit is lifted" timeout 60 bash -c 'ulimit -Sn 20; exec "$@"' bash "$HOLODE" data describe data.h5
for rank in 0 1; do
    limited $rank --fsize=1000 'File too large'
    limited $rank --nofile=3 'Too many open files'
    limited $rank --as=1000000 ''
done

# a directory that the ranks do not share
mkdir apart
if unshare -m mount -t tmpfs none apart 2>/dev/null; then
    first='if [ $OMPI_COMM_WORLD_RANK = 1 ]; then
        exec unshare -m bash -c "mount -t tmpfs none apart && exec \"\$@\"" bash "$@"; fi' start apart 2 -q
    ended 1 "a directory that the ranks do not share"
    check "a directory that the ranks do not share: told" grep -q '^holode: rank 1 on .*/checkpoint-000000100.h5: .*expected a directory that all ranks share' out
    check "a directory that the ranks do not share: nothing half done" [ "$(ls -A apart)" = owner ]
else
    skip "a directory that the ranks do not share: nothing can be mounted here"
fi
