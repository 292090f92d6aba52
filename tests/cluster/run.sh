#!/bin/bash
# make check-cluster: the scripts of jobs/ on a real Slurm of four nodes, and what happens to nodes.
# Environment: HOLODE (the program), ONLY (a part of a scenario's name), HOLODE_CLUSTER_KEEP (a directory to keep logs in).
# Its last line is "tests: N passed, N failed, N skipped"; its exit code is 0 when nothing failed.
#
# Scenarios wait much and compute little, so several go at a time, each in a directory of its own. Runs that something
# happens to are slowed down by a checkpoint after every step, which changes no bit.
closing=tests await_pause=0.2
cd "$(dirname "$0")/../.." || exit 1
here=$PWD/tests/cluster
# several nodes: Open MPI finds its way by itself
export HOLODE_TEST_MPI=plain
. tests/shell.sh
. "$here/slurm.sh"
trap 'cluster_stop; keep_logs; finish' EXIT
trap 'exit 130' INT TERM HUP
only=${ONLY:-}
began=$SECONDS

keep_logs() { [ -z "${HOLODE_CLUSTER_KEEP:-}" ] || { mkdir -p "$HOLODE_CLUSTER_KEEP" && cp -r "$scratch/." "$HOLODE_CLUSTER_KEEP"; }; }

refusal=$(cluster_refusal)
if [ -n "$refusal" ]; then
    echo "==================================================================================="
    skip "the tests on a cluster: no Slurm can be started here: $refusal"
    echo "==================================================================================="
    exit
fi

# ---- what scenarios use --------------------------------------------------------------------------------------------
# the nodes share this machine's few cores: no binding, no spinning
export HOLODE HOLODE_BINDING=none OMPI_MCA_hwloc_base_binding_policy=none
jobs=$project/jobs

# submit OPTIONS... SCRIPT ARGUMENTS...: the number of the job
submit() { on ctl sbatch --parsable --exclusive --ntasks-per-node=2 --cpus-per-task=1 --time=5 --output=%j.log "$@"; }
state() { on ctl squeue -h -j "$1" -t all -o %T; }
nodes_of() { on ctl scontrol show hostnames "$(on ctl squeue -h -j "$1" -o %N)"; }
# complete JOB WHAT: it comes to its end
complete() {
    if await "[ \"\$(state $1)\" = COMPLETED ]" 300 && grep -q '\] complete$' "$1.log"; then pass
    else fail "$2: job $1 is $(state "$1")"; tail -n 30 "$1.log" | sed 's/^/    /'; fi
}
starts() { grep -c '\] job .* start ' "$1.log"; }
checkpoints() { [ -n "$(newest "$1")" ]; }

# ---- the scenarios -------------------------------------------------------------------------------------------------
for file in "$here"/scenario_*.sh; do . "$file"; done

# begin NAME...: each in the background
declare -A running
begin() {
    local name
    for name in "$@"; do
        [[ $name == *"$only"* ]] || continue
        ( trap - EXIT
          TMPDIR=$(mktemp -d "$TMPDIR/XXX") && mkdir "$scratch/$name" && cd "$scratch/$name" && cp ../data.h5 ../run.yaml . || exit 1
          passed=0 failed=0 skipped=0 start=$SECONDS
          "scenario_$name"
          echo "closing $passed $failed $skipped $((SECONDS - start))"
          exit 0 ) >"$scratch/$name.log" 2>&1 &
        running[$name]=$!
    done
}
# finish_begun NAME...: waits for those that were begun, and adds up
finish_begun() {
    local name line
    for name in "$@"; do
        [ -n "${running[$name]:-}" ] || continue
        wait "${running[$name]}"
        unset "running[$name]"
        read -r line < <(sed -n 's/^closing //p' "$scratch/$name.log")
        set -- ${line:-0 1 0 0}
        passed=$((passed + $1)) failed=$((failed + $2)) skipped=$((skipped + $3))
        printf '  %-44s %s passed, %s failed, %s skipped   (%s s)\n' "$name" "$@"
        [ "$2" = 0 ] || sed 's/^/      | /' "$scratch/$name.log"
    done
}

"$HOLODE" data generate bars-and-stripes --size 6 -o data.h5 >/dev/null || exit 1
cat >run.yaml <<'END'
data: {train: data.h5}
model: {kind: rbm, hidden: 24}
train: {sweeps: 2, chains: 300, batch_size: 130, steps: 400, learning_rate: 0.05, schedule: constant}
evaluate: {every: 200, samples: 100, exact_units: 0}
checkpoint: {every: 100, keep: 3}
END
# how many steps with a checkpoint each fill so many seconds here: on two ranks, for the disk's share and the network's
seconds_to_steps() { echo $(($1 * 1000 / tenths + 1)); }
run 2 1 train run.yaml -o pace --set checkpoint.every=1 --set train.steps=100 || { cat out; exit 1; }
tenths=$(sed -n 's/.* time \([0-9]*\)\.\([0-9]\) s/\1\2/p' out)
[[ $tenths =~ ^[0-9]+$ ]] || { fail "the pace of 100 steps: no time in what the run said"; exit; }
tenths=$((10#$tenths > 0 ? 10#$tenths : 1))       # 0.8 s is "08", and no octal number

cluster_start "$scratch/cluster" || { fail "the cluster does not start"; exit; }
printf '  %-44s %s s\n' "four nodes are up" $((SECONDS - began))
# never more than four nodes at work; those that wait longest go beside others
begin same_bits wall_time cut_off; finish_begun same_bits wall_time
begin node_lost_mpirun; finish_begun node_lost_mpirun cut_off
begin node_lost_srun checkpoint_signal; finish_begun checkpoint_signal
begin sweep launcher_fails; finish_begun node_lost_srun sweep launcher_fails
begin families; finish_begun families
# which needs all nodes, also those that were lost above
cluster_mend 20 || fail "not all nodes are back"
begin scaling; finish_begun scaling
[ ${#running[@]} = 0 ] || fail "never looked at: ${!running[*]}"
echo "time: $((SECONDS - began)) s"
