#!/bin/bash
# network.sh: what the sums over ranks cost over a network, with their overlap on and off, a rank of one thread on each node,
# and what `holode plan` says of the same (tests/bench/step.sh has the step). The nodes are network namespaces of this
# machine, their links held to RATE by tc, or by tests/bench/wire.c to RATE with a delay; nothing leaves the machine. As
# root. Where there are more nodes than cores they share them, and the plan is made for cores as much slower. Environment:
#   HOLODE           the program (build/holode)
#   ROUNDS, STEPS    rounds of all settings, in turn (5); steps of a run (30)
#   LIMIT            seconds (240), of which each network has its part: then no further round begins
#   NODES, SWEEPS    numbers of nodes ("1 2 4"); of sweeps ("1 10")
#   NETWORKS         of "memory loopback RATE RATE+DELAY": "memory loopback 1gbit 1gbit+50"
#   HOLODE_DATA      as step.sh has it
set -u
cd "$(dirname "$0")/../.." || exit 1
ROUNDS=${ROUNDS:-5} STEPS=${STEPS:-30} LIMIT=${LIMIT:-240} NODES=${NODES:-1 2 4} SWEEPS=${SWEEPS:-1 10}
NETWORKS=${NETWORKS:-memory loopback 1gbit 1gbit+50}
cores=$(env -u OMP_NUM_THREADS nproc) # which counts by that, too
export OMP_NUM_THREADS=1
. tests/mpi.sh
. tests/bench/netns.sh
netns_possible || { echo "network.sh: needs root and network namespaces" >&2; exit 1; }
scratch=$(mktemp -d "${TMPDIR:-/tmp}/holode-network-XXXXXX") || exit 1
trap 'netns_stop; rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM HUP
. tests/bench/step.sh
WIRE=$scratch/wire
${CC:-cc} -O2 -std=c17 -D_GNU_SOURCE -o "$WIRE" tests/bench/wire.c || exit 1
step_config "$STEPS" || exit 1

# on NETWORK NODES COMMAND...
on() {
    local network=$1 n=$2; shift 2
    case $network in
        memory) mpi "$n" "$@" ;;
        loopback) HOLODE_NODE_RANKS=1 mpirun -q --oversubscribe --bind-to none --mca btl tcp,self -np "$n" "$@" ;;
        *) netns_mpi "$n" "$@" ;;
    esac
}

# measure NETWORK NODES SWEEPS OVERLAP
measure() {
    rm -rf "$scratch/out"
    on "$1" "$2" "$HOLODE" train "$scratch/run.yaml" -q -o "$scratch/out" --set train.sweeps="$3" --set train.overlap="$4" \
        >/dev/null || { echo "network.sh: $1 failed" >&2; exit 1; }
    echo "$1,$2,$3,$4 $(step_times "$scratch/out")"
}

field() { sed -n "s/.*\"$1\": \([-0-9.e+]*\).*/\1/p"; }

# plan NETWORK NODES: lines "NETWORK,NODES,SWEEPS,OVERLAP STEP EXPOSED" in ms
plan() {
    local network=$1 n=$2 figures=2us,100gbit here=1 k measured
    if [ "$network" = memory ]; then here=$n
    elif [ "$n" -gt 1 ]; then
        measured=$(on "$network" "$n" "$HOLODE" bench --network --seconds 0.3 --json)
        figures=$(field plan_latency <<<"$measured")s,$(awk -v b="$(field plan_bandwidth <<<"$measured")" 'BEGIN {print 1e-6 * b}')MB
        echo "# $network, $n nodes: --network $figures"
    fi
    for k in $SWEEPS; do
        "$HOLODE" plan "$scratch/run.yaml" --set train.sweeps="$k" --ranks "$n" --node-ranks "$here" --network "$figures" \
            --speed "$(awk -v n="$n" -v c="$cores" 'BEGIN {print (n > c ? c / n : 1)}')" --json >"$scratch/plan" \
            2>"$scratch/errors" || { cat "$scratch/errors" >&2; exit 1; }
        awk -v key="$network,$n,$k" -v step="$(field step <"$scratch/plan")" -v sum="$(field sum <"$scratch/plan")" \
            -v exposed="$(field exposed <"$scratch/plan")" \
            'BEGIN {print key ",true", 1e3 * step, 1e3 * exposed; print key ",false", 1e3 * (step - exposed + sum), 1e3 * sum}'
    done
}

begin=$SECONDS done=0
for network in $NETWORKS; do
    done=$((done + 1))
    case $network in
        memory | loopback) ;;
        *) rate=${network%+*} delay=${network#"$rate"} delay=${delay#+}; netns_start "$(printf "%s\n" $NODES | sort -n | tail -n 1)" "$rate" "${delay:-0}" ;;
    esac
    for n in $NODES; do plan "$network" "$n" >>"$scratch/plans"; done
    for round in $(seq "$ROUNDS"); do
        [ "$round" = 1 ] || [ $(((SECONDS - begin) * $(wc -w <<<"$NETWORKS"))) -lt $((LIMIT * done)) ] || break
        for n in $NODES; do for k in $SWEEPS; do
            measure "$network" "$n" "$k" true
            [ "$n" = 1 ] || measure "$network" "$n" "$k" false
        done; done
    done
    netns_stop
done >"$scratch/results"

grep '^#' "$scratch/plans"
printf '\n| network | nodes | k | overlap | exposed | planned | waiting | step | planned |\n| --- | ---: | ---: | --- | ---: | ---: | ---: | ---: | ---: |\n'
step_medians <"$scratch/results" | sort -t, -k1,1 -k2,2n -k3,3n -s | awk '
    NR == FNR {step[$1] = $2; exposed[$1] = $3; next}
    {split($1, p, ",")
     printf "| %s | %d | %d | %s | %.2f | %.2f | %.2f | %.2f | %.2f (%+.0f%%) |\n", p[1], p[2], p[3], p[4] == "true" ? "on" : "off",
        $3, exposed[$1], $4, $2, step[$1], 100 * (step[$1] / $2 - 1)}' "$scratch/plans" -
