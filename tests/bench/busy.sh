#!/bin/bash
# busy.sh: a run of small steps (16 visible and 32 hidden units, some 0.1 ms a step) on ranks and threads, on free
# processors and beside busy loops. All settings in turn, ROUNDS times; medians of seconds. Environment:
#   HOLODE           the program (build/holode)
#   HOLODE_OTHER     another one to compare with, its columns beside (none)
#   ROUNDS, STEPS    5; steps of a run (1300)
#   LOADS            numbers of busy loops ("0 8")
set -u
cd "$(dirname "$0")/../.." || exit 1
ROUNDS=${ROUNDS:-5} STEPS=${STEPS:-1300} LOADS=${LOADS:-0 8}
HOLODE=${HOLODE:-$PWD/build/holode}
waiting=${OMP_WAIT_POLICY:-}
. tests/mpi.sh
[ -n "$waiting" ] || unset OMP_WAIT_POLICY      # as a user's environment is
scratch=$(mktemp -d "${TMPDIR:-/tmp}/holode-busy-XXXXXX") || exit 1
loops=()
end_loops() { [ ${#loops[@]} = 0 ] || kill "${loops[@]}" 2>/dev/null; loops=(); }
trap 'end_loops; rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM HUP

"$HOLODE" data generate bars-and-stripes --size 4 -o "$scratch/data.h5" >/dev/null || exit 1
cat >"$scratch/run.yaml" <<END
data: {train: $scratch/data.h5}
model: {kind: rbm, hidden: 32}
train: {sweeps: 2, chains: 1024, batch_size: 256, steps: $STEPS, learning_rate: 0.05}
evaluate: {every: 250, exact_units: 16}
END
programs=("$HOLODE" ${HOLODE_OTHER:+"$HOLODE_OTHER"})

# one LOAD NAME THREADS COMMAND...: a line of results for each program
one() {
    local load=$1 name=$2 threads=$3 p began; shift 3
    for p in "${!programs[@]}"; do
        rm -rf "$scratch/run"
        began=$EPOCHREALTIME
        OMP_NUM_THREADS=$threads "$@" "${programs[p]}" train "$scratch/run.yaml" -q -o "$scratch/run" >"$scratch/said" 2>&1 ||
            { echo "busy.sh: $name failed:" >&2; cat "$scratch/said" >&2; exit 1; }
        echo "$load $name $p $(awk -v a="$began" -v b="$EPOCHREALTIME" 'BEGIN {print b - a}')"
    done
}

for _ in $(seq "$ROUNDS"); do
    for load in $LOADS; do
        for _ in $(seq "$load"); do (while :; do :; done) & loops+=($!); done
        one "$load" 1-rank 1 mpi 1
        one "$load" 2-ranks 1 mpi 2
        one "$load" 2-threads 2 mpi 1
        one "$load" 2-ranks-of-2-threads 2 mpi 2
        one "$load" 2-ranks-by-messages 1 env HOLODE_NODE_RANKS=1 bash -c '. tests/mpi.sh; mpi 2 "$@"' mpi
        one "$load" 2-ranks-on-one-core 1 taskset -c "$(taskset -cp $$ | sed 's/.*: //; s/[-,].*//')" \
            bash -c '. tests/mpi.sh; mpi 2 "$@"' mpi
        end_loops; wait
    done
done >"$scratch/results"

printf '%5s %-22s %9s %9s   seconds, medians of %s\n' load '' program other "$ROUNDS"
sort -k1,1n -k2,2 -k3,3n -k4,4n "$scratch/results" | awk '
    {key = $1 " " $2; if (!(key in seen)) {order[++n] = key; seen[key]}; k = key " " $3; value[k, ++count[k]] = $4}
    function median(k) {return count[k] ? sprintf("%.2f", value[k, int((count[k] + 1) / 2)]) : ""}
    END {for (i = 1; i <= n; i++) {split(order[i], p, " "); printf "%5s %-22s %9s %9s\n", p[1], p[2], median(order[i] " 0"), median(order[i] " 1")}}'
