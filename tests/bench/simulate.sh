#!/bin/bash
# simulate.sh: what `holode plan` says of many nodes, against simulated clusters (SimGrid's SMPI: smpicc, smpirun; Debian's
# libsimgrid-dev) on which tests/bench/skeleton.c computes as long as the plan says, and sums by the program's own messages,
# without overlap. One rank a node, 784 x 500, 1,024 chains and samples a rank. Environment:
#   HOLODE      the program (build/holode)
#   NODES       "64 256 1024"
#   NETWORKS    pairs LATENCY_US,GBIT: "2,100 50,10"
#   THREADS     of a rank (16)
#   MODEL       of SimGrid's networks: CM02, latency and bandwidth as given; SMPI has factors found on a real cluster
set -u
cd "$(dirname "$0")/../.." || exit 1
command -v smpicc >/dev/null && command -v smpirun >/dev/null ||
    { echo "SKIPPED: simulate.sh needs smpicc and smpirun (libsimgrid-dev)" >&2; exit 0; }
HOLODE=$(realpath "${HOLODE:-build/holode}") || exit 1
NODES=${NODES:-64 256 1024} NETWORKS=${NETWORKS:-2,100 50,10} THREADS=${THREADS:-16} MODEL=${MODEL:-CM02}
scratch=$(mktemp -d "${TMPDIR:-/tmp}/holode-simulate-XXXXXX") || exit 1
trap 'rm -rf "$scratch"' EXIT
smpicc -O2 -std=gnu17 -Iinclude -o "$scratch/skeleton" tests/bench/skeleton.c src/base/reduction.c src/base/schedule.c src/base/narrow.c ||
    exit 1
cat >"$scratch/run.yaml" <<END
data: {train: none.h5}
model: {kind: rbm, hidden: 500}
train: {chains: 1024, batch_size: 1024, steps: 1000, sweeps: 1, learning_rate: 0.05}
END

field() { sed -n "s/.*\"$1\": \([-0-9.e+]*\).*/\1/p" "$scratch/plan"; }

# handling LATENCY_US GBIT: what a sum takes, as planned, beside the network
handling() {
    awk -v l="$1" -v g="$2" -v b="$(field sent_bytes)" -v t="$(field turns)" -v sum="$(field sum)" \
        'BEGIN {print sum - t * l * 1e-6 - b * 8 / (g * 1e9)}'
}

# simulate NODES LATENCY_US GBIT: the skeleton's line; a message passes two links, each with half of the latency. SMPI takes
# the time of a test for each of the messages that one MPI_Testsome looks at, of which there are 30.
simulate() {
    cat >"$scratch/cluster.xml" <<END
<?xml version="1.0"?>
<!DOCTYPE platform SYSTEM "https://simgrid.org/simgrid.dtd">
<platform version="4.1"><cluster id="c" prefix="n" suffix="" radical="0-$(($1 - 1))" speed="10Gf" bw="${3}Gbps"
    lat="$(awk -v l="$2" 'BEGIN {print l / 2}')us"/></platform>
END
    local width=4
    [ $((15 * 1024 * $1)) -gt 32767 ] || width=2
    smpirun -np "$1" -platform "$scratch/cluster.xml" --cfg=network/model:"$MODEL" --cfg=smpi/simulate-computation:no \
        --cfg=smpi/test:1e-7 --cfg=smpi/grow-injected-times:no --log=root.thres:error "$scratch/skeleton" $(($(field message_bytes) / width)) $width \
        $((15 * 1024)) "$(awk -v s="$(field step)" -v e="$(field exposed)" 'BEGIN {print s - e}')" \
        "$(handling "$2" "$3")" 2>"$scratch/errors" | tail -n 1
}

printf '| network | nodes | of sums the network, simulated | planned | sums, planned | step, planned |\n'
printf '| --- | ---: | ---: | ---: | ---: | ---: |\n'
for network in $NETWORKS; do
    latency=${network%,*} gbit=${network#*,}
    for n in $NODES; do
        "$HOLODE" plan "$scratch/run.yaml" --visible 784 --samples 60000000 --ranks "$n" --threads "$THREADS" \
            --network "${latency}us,${gbit}gbit" --set train.chains=$((1024 * n)) \
            --set train.batch_size=$((1024 * n)) --json >"$scratch/plan" || exit 1
        read -r _ sums < <(simulate "$n" "$latency" "$gbit")
        [ -n "${sums:-}" ] || { cat "$scratch/errors" >&2; exit 1; }
        awk -v sums="$sums" -v n="$n" -v name="$latency us, $gbit Gbit/s" -v sum="$(field sum)" -v exposed="$(field exposed)" \
            -v planned="$(field step)" -v handling="$(handling "$latency" "$gbit")" 'BEGIN {
            printf "| %s | %d | %.3f ms | %.3f ms | %.3f ms | %.3f ms |\n", name, n, 1e3 * (sums - handling),
                1e3 * (sum - handling), 1e3 * sum, 1e3 * (planned - exposed + sum)}'
    done
done
