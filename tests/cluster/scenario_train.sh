# Scenarios of jobs/train.sbatch, sourced by run.sh: what ends a job early, and that nothing is lost by it.

# Two ranks on each of two nodes, started by srun and by mpirun, train what one rank trains.
scenario_same_bits() {
    local launcher job
    run 1 2 train run.yaml -o one
    for launcher in srun mpirun; do
        job=$(HOLODE_LAUNCHER=$launcher submit --nodes=2 "$jobs/train.sbatch" run.yaml -o $launcher)
        complete "$job" "$launcher, 2 nodes of 2 ranks"
        check "$launcher: four ranks" grep -q ' 4 ranks$' "$job.log"
        check "$launcher: same bits as one rank" same one $launcher
        check "$launcher: only rank 0 speaks" [ "$(grep -c '^rbm: ' "$job.log")" = 1 ]
    done
}

# The signal before the wall-time limit: checkpoint, exit 75, requeue, and on to the end.
scenario_wall_time() {
    local steps job
    steps=$(seconds_to_steps 12)
    run 1 2 train run.yaml -o one --set train.steps="$steps"
    job=$(submit --nodes=2 --time=1 --signal=B:USR1@45 "$jobs/train.sbatch" run.yaml -o two --set train.steps="$steps" --set checkpoint.every=1)
    complete "$job" "wall time"
    check "wall time: the signal came" grep -q 'stopped after step .* (SIGUSR1), checkpoint two/' "$job.log"
    check "wall time: requeued" grep -q 'requeued: time is up' "$job.log"
    check "wall time: started $(starts "$job") times" [ "$(starts "$job")" -ge 2 ]
    check "wall time: resumed" grep -q '^resuming from two/checkpoint-' "$job.log"
    check "wall time: same bits" same one two
}

# A node's power fails in mid-run. Slurm requeues what srun started when it misses the node; mpirun's end mostly comes
# first, and the script itself requeues.
node_lost() {
    local launcher=$1 steps job node
    steps=$(seconds_to_steps 8)
    run 1 2 train run.yaml -o one --set train.steps="$steps"
    job=$(HOLODE_LAUNCHER=$launcher submit --nodes=2 "$jobs/train.sbatch" run.yaml -o two --set train.steps="$steps" --set checkpoint.every=1)
    check "$launcher: a checkpoint" await 'checkpoints two' 60
    node=$(nodes_of "$job" | tail -n 1)
    node_crash "$node"
    check "$launcher: in mid-run" [ "$(newest two)" != "$(printf 'two/checkpoint-%09d.h5' "$steps")" ]
    check "$launcher: the job ends" await "[ \"\$(state $job)\" != RUNNING ]" 90
    node_start "$node"
    complete "$job" "$launcher, a node lost"
    check "$launcher: resumed" grep -q '^resuming from two/checkpoint-' "$job.log"
    check "$launcher: same bits" same one two
}
scenario_node_lost_srun() { node_lost srun; }
scenario_node_lost_mpirun() {
    node_lost mpirun
    # whoever notices first: mpirun, whose end the script hears of, or Slurm, when it happens to ask just then
    check "mpirun: requeued, by the script or by Slurm" grep -qE 'requeued: exit code|DUE TO NODE FAILURE' ./*.log
}

# mpirun does not reach a node, as happens just after one has come back: its exit code 1 is not the program's.
scenario_launcher_fails() {
    local job
    run 1 2 train run.yaml -o one
    mkdir bin
    cat >bin/mpirun <<END
#!/bin/sh
[ "\${SLURM_RESTART_COUNT:-0}" != 0 ] || { echo "no route to n2" >&2; exit 1; }
exec $(command -v mpirun) "\$@"
END
    chmod +x bin/mpirun
    job=$(PATH=$PWD/bin:$PATH HOLODE_LAUNCHER=mpirun submit --nodes=2 "$jobs/train.sbatch" run.yaml -o two)
    complete "$job" "a launcher that fails"
    check "a launcher that fails: what it said is in the log" grep -q '^no route to n2$' "$job.log"
    check "a launcher that fails: requeued" grep -q 'requeued: exit code 255' "$job.log"
    check "a launcher that fails: same bits" same one two
    # and the program's own: a file that is not there
    job=$(HOLODE_LAUNCHER=mpirun submit --nodes=1 "$jobs/train.sbatch" run.yaml -o three --set checkpoint.every=1 --set data.train=none.h5)
    check "bad input: ends" await "[ \"\$(state $job)\" = FAILED ]" 60
    check "bad input: not requeued" grep -q 'failed with exit code 3' "$job.log"
    touch four
    job=$(HOLODE_LAUNCHER=mpirun submit --nodes=1 "$jobs/train.sbatch" run.yaml -o four/five)
    check "no directory to write to: ends" await "[ \"\$(state $job)\" = FAILED ]" 60
    check "no directory to write to: not requeued" grep -q 'failed with exit code 1' "$job.log"
}

# A node is cut off: Slurm starts the job elsewhere while the old ranks go on writing. They notice, and stop; healed, the
# node's shell does not put the job into the queue again.
scenario_cut_off() {
    local steps job node
    steps=$(seconds_to_steps 60)
    run 1 2 train run.yaml -o one --set train.steps="$steps"
    job=$(submit --nodes=1 "$jobs/train.sbatch" run.yaml -o two --set train.steps="$steps" --set checkpoint.every=1)
    check "cut off: a checkpoint" await 'checkpoints two' 60
    node=$(nodes_of "$job")
    link_cut "$node"
    check "cut off: started elsewhere" await "[ \"\$(starts $job)\" -ge 2 ]" 90
    check "cut off: another node" [ "$(nodes_of "$job")" != "$node" ]
    check "cut off: the old ranks notice" await "grep -q '^holode: two/owner: the directory belongs to .* start 2 of job' $job.log" 60
    check "cut off: the old ranks end" await "! on $node pgrep -x holode" 60
    check "cut off: the old shell leaves the job alone" await "grep -q 'failed with exit code 1' $job.log" 60
    link_heal "$node"
    complete "$job" "cut off"
    check "cut off: started twice, not more" [ "$(starts "$job")" = 2 ]
    check "cut off: same bits" same one two
    check "cut off: the node is back" await "on ctl sinfo -h -n $node -o %T | grep -q idle" 60
}

# scancel --signal=USR2: a checkpoint, and on.
scenario_checkpoint_signal() {
    local steps=200000 job
    job=$(submit --nodes=2 "$jobs/train.sbatch" run.yaml -o two --set train.steps=$steps --set checkpoint.every=0 --set checkpoint.minutes=0)
    check "USR2: running" await "grep -q '^step 200/' $job.log" 60
    check "USR2: no checkpoint yet" [ -z "$(newest two)" ]
    on ctl scancel --signal=USR2 "$job"
    check "USR2: a checkpoint" await 'checkpoints two' 60
    check "USR2: goes on" [ "$(state "$job")" = RUNNING ]
    # and the end before the end of time: to the batch shell, as --signal=B:USR1@120 does it
    on ctl scancel --signal=USR1 --batch "$job"
    check "USR1: requeued" await "grep -q 'requeued: time is up' $job.log" 60
    on ctl scancel "$job"
    check "scancel: the job is gone" await "[ \"\$(state $job)\" = CANCELLED ]" 60
    check "scancel: the checkpoint is good" "$HOLODE" inspect two
}
