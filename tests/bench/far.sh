#!/bin/bash
# far.sh: jobs/README.md's tables of what `holode plan` says of many nodes, of cores like this machine's: one rank a node, 16
# threads a rank, 2 us and 100 Gbit/s. About a minute on a machine with nothing else to do: a loaded one plans slow cores.
# Environment: HOLODE, the program (build/holode).
set -u
cd "$(dirname "$0")/../.." || exit 1
HOLODE=$(realpath "${HOLODE:-build/holode}") || exit 1
scratch=$(mktemp -d "${TMPDIR:-/tmp}/holode-far-XXXXXX") || exit 1
trap 'rm -rf "$scratch"' EXIT
cat >"$scratch/run.yaml" <<END
data: {train: none.h5}
model: {kind: rbm, hidden: 500}
train: {steps: 1000, learning_rate: 0.05}
END

# column CURVE VISIBLE HIDDEN SWEEPS CHAINS: lines "RANKS SPEED_UP EFFICIENCY"
column() {
    taskset -c 0 "$HOLODE" plan "$scratch/run.yaml" --visible "$2" --samples 1000000 --threads 16 --network 2us,100gbit \
        "--curve=$1" --set model.hidden="$3" --set train.sweeps="$4" --set train.chains="$5" --set train.batch_size="$5" \
        --json 2>"$scratch/errors" | tr '{' '\n' |
        sed -n 's/.*"ranks": \([0-9]*\),.*"speed_up": \([0-9.e+]*\), "efficiency": \([0-9.e+]*\).*/\1 \2 \3/p' >"$scratch/column"
    [ -s "$scratch/column" ] || { cat "$scratch/errors" >&2; exit 1; }
    cat "$scratch/column"
}

# the speed-up of a fixed batch, and the efficiency of as many chains and samples for each rank
printf '| ranks | 784 × 500, k = 1 | k = 10 | k = 100 | 20,000 × 10,000, k = 1 | k = 100 |\n| ---: | ---: | ---: | ---: | ---: | ---: |\n'
for shape in "784 500 1" "784 500 10" "784 500 100" "20000 10000 1" "20000 10000 100"; do
    # shellcheck disable=SC2086
    {
        column strong $shape 4096 | cut -d' ' -f1,2 >"$scratch/strong"
        column weak $shape 1024 | cut -d' ' -f1,3 >"$scratch/weak"
    }
    join "$scratch/strong" "$scratch/weak" --nocheck-order | awk '{printf "%d|%.1f, %.0f%%\n", $1, $2, 100 * $3}' >"$scratch/cell"
    if [ -e "$scratch/all" ]; then cut -d'|' -f2 "$scratch/cell" | paste -d'|' "$scratch/all" - >"$scratch/next"
    else cp "$scratch/cell" "$scratch/next"; fi
    mv "$scratch/next" "$scratch/all"
done
awk -F'|' '$1 <= 64 || $1 == 256 || $1 == 1024 || $1 == 4096 {
    printf "|"; for (i = 1; i <= NF; i++) printf " %s |", $i; print ""}' "$scratch/all"
