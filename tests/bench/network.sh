#!/bin/bash
# network.sh: what the sums over ranks cost over a network, with their overlap on and off: PCD at 784 x 500, batch = chains
# = 1024, a rank of one thread on each node. The nodes are network namespaces of this machine, their links held to RATE by
# tc, or by tests/bench/wire.c to RATE with a delay; nothing leaves the machine. As root. Environment:
#   HOLODE           the program (build/holode)
#   ROUNDS, STEPS    rounds of all settings, in turn (3); steps of a run (60)
#   NODES, SWEEPS    numbers of nodes ("2 4"); of sweeps ("1 10")
#   NETWORKS         of "memory loopback RATE RATE+DELAY": "memory loopback 1gbit 1gbit+50"
#   HOLODE_DATA      the folder of mnist/train-images-idx3-ubyte.gz; without it random bits
set -u
cd "$(dirname "$0")/../.." || exit 1
HOLODE=${HOLODE:-$PWD/build/holode} ROUNDS=${ROUNDS:-3} STEPS=${STEPS:-60} NODES=${NODES:-2 4} SWEEPS=${SWEEPS:-1 10}
NETWORKS=${NETWORKS:-memory loopback 1gbit 1gbit+50}
export OMP_NUM_THREADS=1
. tests/mpi.sh
. tests/bench/netns.sh
netns_possible || { echo "network.sh: needs root and network namespaces" >&2; exit 1; }
scratch=$(mktemp -d "${TMPDIR:-/tmp}/holode-network-XXXXXX") || exit 1
trap 'netns_stop; rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM HUP
WIRE=$scratch/wire
${CC:-cc} -O2 -std=c17 -D_GNU_SOURCE -o "$WIRE" tests/bench/wire.c || exit 1

images=${HOLODE_DATA:-../shared/data}/mnist/train-images-idx3-ubyte.gz
if [ -e "$images" ]; then "$HOLODE" data import -o "$scratch/data.h5" --split train="$images" >/dev/null
else
    awk 'BEGIN {srand(1); for (r = 0; r < 4096; r++) {for (i = 0; i < 784; i++) printf i ? ",%d" : "%d", rand() < 0.13; print ""}}' \
        >"$scratch/data.csv" && "$HOLODE" data import -o "$scratch/data.h5" --split train="$scratch/data.csv" >/dev/null
fi || exit 1
cat >"$scratch/run.yaml" <<END
data: {train: $scratch/data.h5}
model: {kind: rbm, hidden: 500}
train: {chains: 1024, batch_size: 1024, steps: $STEPS}
evaluate: {every: $((STEPS / 3)), samples: 64}
checkpoint: {minutes: 0, keep: 1}
END

# run_one NETWORK NODES SWEEPS OVERLAP: a line of results, means over the last two thirds of the steps, ms per step
run_one() {
    local network=$1 n=$2 k=$3 overlap=$4 start
    case $network in
        memory) start=(mpi "$n") ;;
        loopback) start=(env HOLODE_NODE_RANKS=1 mpirun -q --oversubscribe --bind-to none --mca btl tcp,self -np "$n") ;;
        *) start=(netns_mpi "$n") ;;
    esac
    rm -rf "$scratch/out"
    "${start[@]}" "$HOLODE" train "$scratch/run.yaml" -q -o "$scratch/out" --set train.sweeps="$k" \
        --set train.overlap="$overlap" >/dev/null || { echo "network.sh: $network failed" >&2; exit 1; }
    "$HOLODE" inspect "$scratch/out" --history | awk -F, -v name="$network $n $k $overlap" '
        NR == 1 {for (i = 1; i <= NF; i++) at[$i] = i; next}
        $at["step"] > 0 && ++row > 1 {
            steps = $at["step"] - last; all += steps; time += 1024 * steps / $at["samples_per_second"]
            exposed += $at["seconds_exposed"]; waiting += $at["seconds_waiting"]
        }
        {last = $at["step"]}
        END {printf "%s %.4f %.4f %.4f\n", name, 1e3 * time / all, 1e3 * exposed / all, 1e3 * waiting / all}'
}

for network in $NETWORKS; do
    case $network in
        memory | loopback) ;;
        *) rate=${network%+*} delay=${network#"$rate"} delay=${delay#+}; netns_start "$(printf "%s\n" $NODES | sort -n | tail -n 1)" "$rate" "${delay:-0}" ;;
    esac
    for round in $(seq "$ROUNDS"); do
        for n in $NODES; do for k in $SWEEPS; do for overlap in true false; do run_one "$network" "$n" "$k" $overlap; done; done; done
    done
    netns_stop
done | tee "$scratch/results"

# medians over the rounds
sort -k1,4 -s "$scratch/results" | awk '
    function median(list, n,   a, i, j, t) {
        split(list, a, " "); n = length(a)
        for (i = 1; i <= n; i++) for (j = i + 1; j <= n; j++) if (a[j] < a[i]) {t = a[i]; a[i] = a[j]; a[j] = t}
        return a[int((n + 1) / 2)]
    }
    {key = $1 " " $2 " " $3 " " $4; if (!(key in step)) order[++count] = key
     step[key] = step[key] " " $5; exposed[key] = exposed[key] " " $6; waiting[key] = waiting[key] " " $7}
    END {
        print "\n| network | nodes | k | overlap | step | exposed | waiting |\n| --- | ---: | ---: | --- | ---: | ---: | ---: |"
        for (i = 1; i <= count; i++) {
            split(order[i], p, " "); s = median(step[order[i]]); e = median(exposed[order[i]]); w = median(waiting[order[i]])
            printf "| %s | %d | %d | %s | %.2f ms | %.2f ms (%.0f%%) | %.2f ms |\n", p[1], p[2], p[3],
                p[4] == "true" ? "on" : "off", s, e, 100 * e / s, w
        }
    }'
