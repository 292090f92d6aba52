# netns.sh, sourced: nodes on one machine, each with a network of its own, for measuring. Needs root and iproute2; touches
# nothing outside the namespaces that it makes. netns_start N RATE DELAY_US, netns_mpi RANKS COMMAND..., netns_stop.
#   RATE        of each node's link: whole Gbit/s, as tc says it (1gbit); off for none
#   DELAY_US    0, or the one-way delay: by $WIRE (tests/bench/wire.c), since not every kernel has netem
# shellcheck shell=bash
NETNS=holode-$$
netns_network=10.213.$(($$ % 250))
netns_directory=""

netns_possible() { [ "$(id -u)" = 0 ] && command -v ip >/dev/null && ip netns add "$NETNS-try" 2>/dev/null && ip netns del "$NETNS-try"; }

netns_node() {      # netns_node I: the namespaces of one node
    ip netns add "$NETNS-$1" && ip -n "$NETNS-$1" link set lo up
    touch "$netns_directory/uts-$1" && unshare --uts="$netns_directory/uts-$1" hostname "node$1"
}

netns_start() {
    local n=$1 rate=$2 delay=$3 i
    netns_nodes=$n
    netns_directory=$(mktemp -d "${TMPDIR:-/tmp}/holode-netns-XXXXXX") || return 1
    for i in $(seq "$n"); do netns_node "$i" || return 1; done
    if [ "$delay" != 0 ]; then
        # the switch keeps to the rate itself; MTU 9000, for each packet costs it time
        local names=() mbit=${rate%gbit}000
        for i in $(seq "$n"); do names+=("$NETNS-$i"); done
        "$WIRE" "$delay" "$mbit" "${names[@]}" >"$netns_directory/wire" 2>&1 &
        netns_wire=$!
        for i in $(seq 100); do grep -q ready "$netns_directory/wire" && break; sleep 0.05; done
        for i in $(seq "$n"); do ip -n "$NETNS-$i" link set eth0 mtu 9000; done
    else
        ip netns add "$NETNS-0" && ip -n "$NETNS-0" link add br0 type bridge && ip -n "$NETNS-0" link set br0 up
        for i in $(seq "$n"); do
            ip -n "$NETNS-$i" link add eth0 type veth peer name "port$i" netns "$NETNS-0"
            ip -n "$NETNS-0" link set "port$i" master br0 up
        done
    fi
    for i in $(seq "$n"); do
        ip -n "$NETNS-$i" addr add "$netns_network.$i/24" dev eth0 && ip -n "$NETNS-$i" link set eth0 up
        [ "$delay" != 0 ] || [ "$rate" = off ] ||
            ip netns exec "$NETNS-$i" tc qdisc add dev eth0 root tbf rate "$rate" burst $((128 * ${rate%gbit}))k latency 50ms
    done
    # what mpirun calls in ssh's place
    cat >"$netns_directory/agent" <<END
#!/bin/bash
i=\${1##*.}; shift
exec nsenter --net="/run/netns/$NETNS-\$i" --uts="$netns_directory/uts-\$i" --wdns="\$PWD" -- sh -c "\$*"
END
    chmod +x "$netns_directory/agent"
}

# netns_mpi N COMMAND...: a rank on each of the first N nodes
netns_mpi() {
    local n=$1 hosts="" i; shift
    for i in $(seq "$n"); do hosts+=,$netns_network.$i; done
    nsenter --net="/run/netns/$NETNS-1" --uts="$netns_directory/uts-1" --wdns="$PWD" -- \
        mpirun -q --bind-to none --oversubscribe -np "$n" --host "${hosts#,}" --map-by node \
        --mca plm_rsh_agent "$netns_directory/agent" --mca orte_leave_session_attached 1 --mca btl tcp,self \
        --mca btl_tcp_if_include "$netns_network.0/24" --mca oob_tcp_if_include "$netns_network.0/24" "$@"
}

netns_stop() {
    local i
    [ -n "$netns_directory" ] || return 0
    [ -z "${netns_wire:-}" ] || kill "$netns_wire" 2>/dev/null
    netns_wire=""
    for i in $(seq 0 "$netns_nodes"); do
        ip netns pids "$NETNS-$i" 2>/dev/null | xargs -r kill -9 2>/dev/null
        ip netns del "$NETNS-$i" 2>/dev/null
        umount "$netns_directory/uts-$i" 2>/dev/null
    done
    rm -rf "$netns_directory"
    netns_directory=""
}
