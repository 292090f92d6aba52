#!/bin/bash
# ranks.sh: a step on two ranks against one (tests/bench/step.sh says which step), and what bounds it on the machine: two runs
# of half the size at once (2-half-runs), which sum nothing and wait for nobody, and two whole ones (2-runs: twice the work).
# All settings in turn, ROUNDS times; medians. Environment:
#   HOLODE           the program (build/holode)
#   ROUNDS, STEPS    5; steps of a run (300)
#   HOLODE_DATA      as step.sh has it
set -u
cd "$(dirname "$0")/../.." || exit 1
ROUNDS=${ROUNDS:-5} STEPS=${STEPS:-300}
scratch=$(mktemp -d "${TMPDIR:-/tmp}/holode-ranks-XXXXXX") || exit 1
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM HUP
. tests/mpi.sh
. tests/bench/step.sh
export OMP_NUM_THREADS=1
step_config "$STEPS" || exit 1

# ranks over the loopback interface, each taken for a node
tcp() { local n=$1; shift; HOLODE_NODE_RANKS=1 mpirun -q --oversubscribe --bind-to none --mca btl tcp,self -np "$n" "$@"; }

# one NAME DIRECTORY BATCH COMMAND...
one() {
    local name=$1 directory=$scratch/$2 batch=$3; shift 3
    rm -rf "$directory"
    "$@" "$HOLODE" train "$scratch/run.yaml" -q -o "$directory" --set train.batch_size="$batch" --set train.chains="$batch" \
        >/dev/null || { echo "ranks.sh: $name failed" >&2; exit 1; }
    echo "$name $(step_times "$directory" "$batch")"
}

for _ in $(seq "$ROUNDS"); do
    one 1-rank a 1024 mpi 1
    one 2-ranks b 1024 mpi 2
    one 2-ranks-over-TCP c 1024 tcp 2
    OMP_NUM_THREADS=2 OMP_WAIT_POLICY=active one 2-threads d 1024 mpi 1
    one 2-half-runs e 512 mpi 1 & one 2-half-runs f 512 mpi 1
    wait
    one 2-runs e 1024 mpi 1 & one 2-runs f 1024 mpi 1
    wait
done >"$scratch/results"

step_medians <"$scratch/results" | awk -v rounds="$ROUNDS" '
    NR == 1 {one = $2; printf "%-16s %9s %9s %9s %9s   medians of %d\n", "", "ms/step", "speed-up", "exposed", "waiting", rounds}
    {printf "%-16s %9.3f %9.2f %8.1f%% %8.1f%%\n", $1, $2, one / $2 * ($1 == "2-runs" ? 2 : 1), 100 * $3 / $2, 100 * $4 / $2}'
