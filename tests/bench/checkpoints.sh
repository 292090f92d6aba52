#!/bin/bash
# checkpoints.sh: what checkpoints and stops cost, at 784 x 500 with 2,048 chains: seconds for a checkpoint; the share of a
# run's time that goes to them when there is one each minute; seconds from SIGUSR1 to the checkpoint and to the program's
# end, MPI's included.
# Environment: HOLODE (the program), RANKS (2), TRIALS (20), BENCH_RUN (seconds of the long run, 150; 0 for none).
# Not part of make bench: it takes minutes, and its figures are the disk's as much as the program's.
set -eu
cd "$(dirname "$0")/../.."
. tests/mpi.sh
holode=$(realpath "${HOLODE:-build/holode}")
ranks=${RANKS:-2} trials=${TRIALS:-20} long=${BENCH_RUN:-150}
scratch=$(mktemp -d "${TMPDIR:-/tmp}/holode-bench-XXXXXX")
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
awk 'BEGIN {srand(1); for (r = 0; r < 4096; r++) {line = ""; for (i = 0; i < 784; i++) line = line (rand() < 0.13) ","; print substr(line, 1, length(line) - 1)}}' >bits.csv
"$holode" data import -o bits.h5 bits.csv >/dev/null
cat >run.yaml <<'END'
data: {train: bits.h5}
model: {kind: rbm, hidden: 500}
train: {chains: 2048, batch_size: 2048, steps: 100000000, schedule: constant, learning_rate: 0.01, sweeps: 1}
evaluate: {every: 100000, samples: 64}
END
quiet="--set checkpoint.every=0 --set checkpoint.minutes=0"

column() { "$holode" inspect "$1" --history | awk -F, -v name="$2" 'NR == 1 {for (i = 1; i <= NF; i++) if ($i == name) c = i; next} {sum += $c} END {print sum}'; }
quartiles() { sort -g | awk '{v[NR] = $1} END {printf "median %.3f s, least %.3f, most %.3f (%d)\n", v[int((NR + 1) / 2)], v[1], v[NR], NR}'; }
exec {never}<> <(:)     # a read that waits: sleep would start a process, on cores that are busy

# one checkpoint a step, one run a figure
for i in $(seq "$trials"); do
    mpi "$ranks" "$holode" train run.yaml -q -o c --set train.steps=4 --set checkpoint.every=1 --set evaluate.every=4 >/dev/null
    echo "$(column c seconds_output) / 3" | bc -l     # the last checkpoint comes after the last evaluation
    ls -l c/checkpoint-000000004.h5 | awk '{print $5}' >bytes; rm -r c
done | quartiles >checkpoint
echo "checkpoint, $(cat bytes) bytes, $ranks ranks:  $(cat checkpoint)"

# from the signal to the end, and what it is made of
signal() {      # signal SWEEPS
    local i
    mpi "$ranks" "$holode" train run.yaml -q -o p $quiet --set train.sweeps="$1" --set train.steps=20 --set evaluate.every=10 >/dev/null
    step=$("$holode" inspect p --history | awk -F, 'NR == 1 {for (i = 1; i <= NF; i++) if ($i == "samples_per_second") c = i; next} {v = $c} END {print 2048 / v}')
    rm -r p
    for i in $(seq "$trials"); do
        mpi "$ranks" "$holode" train run.yaml -o s $quiet --set train.sweeps="$1" >out 2>&1 </dev/null & launcher=$!
        until grep -q '^step 0/' out; do sleep 0.02; done
        sleep "0.$((RANDOM % 900 + 100))"
        rank=$(sed -n 's/^pid //p' s/owner)
        started=$EPOCHREALTIME
        kill -USR1 "$rank"
        # a process that has ended has no program any more; mpirun, which reports it, takes a second or more of its own
        while [ -e "/proc/$rank/exe" ]; do read -rt 0.002 -u "$never" || true; done
        ended=$EPOCHREALTIME
        echo "$ended - $started" | bc -l >>ended
        echo "$(stat -c %.Y s/checkpoint-*.h5) - $started" | bc -l >>written
        code=0; wait $launcher || code=$?
        [ $code = 75 ] || { echo "exit code $code" >&2; exit 1; }
        rm -r s
    done
    printf 'SIGUSR1, k = %s, a step of %.3f s, to the checkpoint:  %s\n' "$1" "$step" "$(quartiles <written)"
    printf 'SIGUSR1, k = %s, a step of %.3f s, to the end:         %s\n' "$1" "$step" "$(quartiles <ended)"
    rm ended written
}
signal 1
signal 100

[ "$long" = 0 ] && exit
mpi "$ranks" "$holode" train run.yaml -o l --set checkpoint.minutes=1 --set evaluate.every=100 --max-time "$long" >/dev/null 2>&1 || true
echo "a checkpoint each minute, $long s:  $(echo "100 * $(column l seconds_output) / $long" | bc -l | cut -c1-5) % of the time"
