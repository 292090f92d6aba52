# slurm.sh, sourced by tests/cluster/run.sh: a real Slurm of several nodes on this machine, as root, in seconds.
#
# A node is a process with its own PID, network, UTS and mount namespaces: its own host name, address, processes and
# /dev/shm. Killing that process is a power failure: everything on the node dies with it. A further node, ctl, holds the
# bridge between all of them, munge and the controller; commands for users (sbatch, squeue) run there. The machine's own
# network is not touched. The file system is shared, as on a cluster.
#
# No systemd and no cgroups are needed. What that takes, and what keeps the tests short, is said in write_conf.
CLUSTER_NODES=${CLUSTER_NODES:-4}
CLUSTER_NET=10.213.77
cluster=""              # the state directory
export SLURM_CONF
PATH=$PATH:/usr/sbin:/sbin

# cluster_refusal: why there can be no cluster here; nothing when there can
cluster_refusal() {
    [ "$(id -u)" = 0 ] || { echo "it needs root"; return; }
    local command
    for command in slurmctld slurmd sbatch munged ip nsenter unshare; do
        command -v $command >/dev/null || { echo "$command is missing (.ci/setup --cluster installs it)"; return; }
    done
    unshare --net --uts --mount --pid --fork --mount-proc sh -c 'ip link add type veth && mount -t tmpfs none /dev/shm' \
        >/dev/null 2>&1 || echo "this machine allows no namespaces of network, processes and mounts"
}

# on NODE COMMAND...: runs a command on a node (n1, n2, ... or ctl), in the present directory
on() {
    local node=$1 init; shift
    init=$(cat "$cluster/$node/init") || return 1
    nsenter --target "$init" --net --uts --mount --pid --wdns="$PWD" -- "$@"
}

# The node's first process: mounts, then waits for orphans for ever. Killed, it takes the node with it.
node_init() {
    local node=$1
    unshare --net --uts --mount --propagation private --pid --fork --kill-child --mount-proc bash -c '
        hostname "$1"
        mount --bind "$2/hosts" /etc/hosts && mount -t tmpfs -o size=256m none /dev/shm && touch "$2/$1/ready"
        trap : CHLD
        while :; do sleep 1000 & wait; done' node "$node" "$cluster" </dev/null >>"$cluster/log/$node.init" 2>&1 &
    # the shell is the child of unshare
    local i child
    for i in $(seq 200); do
        child=$(pgrep -P $! -x bash) && [ -e "$cluster/$node/ready" ] && { echo "$child" >"$cluster/$node/init"; return; }
        sleep 0.02
    done
    echo "cluster: $node does not start"; return 1
}

# The node's network: a cable to ctl's bridge. ctl has the other ends.
plug_in() {
    local node=$1 number=${1#n}
    on "$node" ip link set lo up
    # from outside, where both nodes' processes have their numbers
    nsenter --target "$(cat "$cluster/ctl/init")" --net \
        ip link add "to-$node" type veth peer name eth0 netns "$(cat "$cluster/$node/init")"
    on ctl ip link set "to-$node" master bridge up
    on "$node" ip addr add "$CLUSTER_NET.$number/24" dev eth0
    on "$node" ip link set eth0 up
}

node_start() {
    local node=$1
    rm -f "$cluster/$node/ready"
    mkdir -p "$cluster/$node/spool" "$cluster/$node/tmp"
    node_init "$node" && plug_in "$node" &&
        on "$node" env -i PATH="$PATH" LANG=C.UTF-8 SLURM_CONF="$SLURM_CONF" slurmd -N "$node"
}

# Power failure; local disks are empty afterwards. What the kernel keeps of its network goes in its own time: the cable's
# other end must not stay.
node_crash() {
    kill -9 "$(cat "$cluster/$1/init")"
    on ctl ip link del "to-$1" 2>/dev/null
    rm -rf "$cluster/$1/spool" "$cluster/$1/tmp"
}

link_cut() { on ctl ip link set "to-$1" down; }         # the node lives on, cut off; it still sees the files
link_heal() { on ctl ip link set "to-$1" up; }

write_conf() {
    cat >"$cluster/slurm.conf" <<END
ClusterName=holode
SlurmctldHost=ctl($CLUSTER_NET.254)
SlurmUser=root
SlurmdUser=root
SlurmctldPort=6817
SlurmdPort=6818
# a requeued job waits for cred_expire, 120 s when not said, before it starts again
AuthInfo=socket=$cluster/munge/socket,cred_expire=5
SlurmctldPidFile=$cluster/slurmctld.pid
SlurmdPidFile=$cluster/slurmd.%n.pid
SlurmctldLogFile=$cluster/log/slurmctld
SlurmdLogFile=$cluster/log/slurmd.%n
StateSaveLocation=$cluster/state
SlurmdSpoolDir=$cluster/%n/spool
# the nodes share /tmp, where PMIx's directories of two nodes would be one
TmpFS=$cluster/%n/tmp
# neither systemd nor cgroups
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SwitchType=switch/none
MpiDefault=pmix
PropagateResourceLimits=NONE
# nodes claim more processors than the machine has
SlurmdParameters=config_overrides
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerType=sched/backfill
SchedulerParameters=bf_interval=1,sched_min_interval=0,batch_sched_delay=0
JobRequeue=1
ReturnToService=2
# a node that is lost is noticed after about twice SlurmdTimeout
SlurmctldTimeout=10
SlurmdTimeout=5
MessageTimeout=5
BatchStartTimeout=10
TCPTimeout=2
InactiveLimit=0
KillWait=5
MinJobAge=3600
AccountingStorageType=accounting_storage/none
END
    local i
    for i in $(seq "$CLUSTER_NODES"); do
        echo "NodeName=n$i NodeAddr=$CLUSTER_NET.$i CPUs=4 Boards=1 Sockets=2 CoresPerSocket=2 ThreadsPerCore=1 State=UNKNOWN"
    done >>"$cluster/slurm.conf"
    echo "PartitionName=main Nodes=n[1-$CLUSTER_NODES] Default=YES MaxTime=60 DefaultTime=5 State=UP" >>"$cluster/slurm.conf"
    # slurmd loads one even when nothing uses cgroups, and this one does nothing then
    echo "CgroupPlugin=cgroup/v1" >"$cluster/cgroup.conf"
}

write_hosts() {
    echo "127.0.0.1 localhost"
    echo "$CLUSTER_NET.254 ctl"
    local i
    for i in $(seq "$CLUSTER_NODES"); do echo "$CLUSTER_NET.$i n$i"; done
}

start_controller() {
    mkdir -p "$cluster/ctl"
    node_init ctl || return 1
    on ctl ip link set lo up
    on ctl ip link add bridge type bridge
    on ctl ip addr add "$CLUSTER_NET.254/24" dev bridge
    on ctl ip link set bridge up
    on ctl env -i PATH="$PATH" munged --force --key-file="$cluster/munge/key" --socket="$cluster/munge/socket" \
        --pid-file="$cluster/munge/pid" --log-file="$cluster/munge/log" --seed-file="$cluster/munge/seed" --num-threads=2 &&
        on ctl env -i PATH="$PATH" LANG=C.UTF-8 SLURM_CONF="$SLURM_CONF" slurmctld
}

idle_nodes() { on ctl sinfo -h -N -t idle -o %N 2>/dev/null | wc -l; }

# cluster_mend SECONDS: all nodes are idle afterwards. A node that was lost may come back as one that Slurm holds for down
# or still completing; one that has not recovered within SECONDS is started anew, and that is said.
cluster_mend() {
    local node
    await "[ \"\$(idle_nodes)\" = $CLUSTER_NODES ]" "$1" >/dev/null && return 0
    on ctl sinfo -N -h -o '%N %T %E'
    for node in $(on ctl sinfo -h -N -o '%N %T' | awk '$2 != "idle" {print $1}'); do
        echo "cluster: $node is not idle after $1 s: started anew"
        node_crash "$node"
        node_start "$node" || return 1
        on ctl scontrol update "nodename=$node" state=resume 2>/dev/null
    done
    await "[ \"\$(idle_nodes)\" = $CLUSTER_NODES ]" 30
}

# cluster_start DIRECTORY: all nodes are idle afterwards
cluster_start() {
    local i
    cluster=$1 SLURM_CONF=$1/slurm.conf
    mkdir -p "$cluster"/{log,state,munge}
    chmod 711 "$cluster" "$cluster/munge"
    head -c 128 /dev/urandom >"$cluster/munge/key"
    chmod 600 "$cluster/munge/key"
    write_hosts >"$cluster/hosts"
    write_conf
    start_controller || return 1
    for i in $(seq "$CLUSTER_NODES"); do node_start "n$i" || return 1; done
    for i in $(seq 150); do [ "$(idle_nodes)" = "$CLUSTER_NODES" ] && return 0; sleep 0.1; done
    echo "cluster: not all nodes are idle:"; on ctl sinfo -N -l
    tail -n 5 "$cluster"/log/*
    return 1
}

# cluster_stop: nothing is left, in whatever state it was
cluster_stop() {
    local init
    [ -n "$cluster" ] || return 0
    for init in "$cluster"/*/init; do [ -s "$init" ] && kill -9 "$(cat "$init")" 2>/dev/null; done
    cluster=""
    return 0
}
