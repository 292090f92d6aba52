#!/bin/bash
# Stopped and resumed in every way, on other numbers of ranks: the same bits as a run that never stopped.
. "$(dirname "$0")/../shell.sh"

"$HOLODE" data generate bars-and-stripes --size 6 -o data.h5 >/dev/null
cat >run.yaml <<'END'
data: {train: data.h5}
model: {kind: rbm, hidden: 24}
train: {sweeps: 3, chains: 200, batch_size: 90, steps: 400, learning_rate: 0.1, schedule: exponential, final_learning_rate: 0.01}
evaluate: {every: 50, samples: 100, exact_units: 0}
checkpoint: {every: 20}
END
check "the whole run" run 1 2 train run.yaml -o whole

# more steps after a normal end: the schedule's length is given, not taken from the steps done
check "constant rate, 150 steps" run 2 1 train run.yaml -o more --set train.steps=150 --set train.schedule=constant
check "then 400" run 3 1 train run.yaml -o more --resume --set train.schedule=constant
check "400 at once" run 1 1 train run.yaml -o once --set train.schedule=constant
check "150 + 250 as 400" same more once
metrics() { "$HOLODE" inspect "$1" --history | cut -d, -f1-13; }      # all but the times
check "and the same history" [ "$(metrics more)" = "$(metrics once)" ]
run 1 1 train run.yaml -o longer --set train.steps=150
run 1 1 train run.yaml -o longer --resume
check "a schedule that stretches is told" grep -q "warning: the run's length changes" out

# resuming a complete run does nothing and is no error
check "resume a complete run" run 2 1 train run.yaml -o whole --resume
# a first start with --resume
check "resume where there is nothing" run 2 1 train run.yaml -o fresh --resume
check "as the whole" same whole fresh

# kill -9 in the middle, after one, two and three checkpoints, on 2 ranks; resumed on 3. The run is over soon, and a busy
# machine may look too late
slow() { ls "$1"/checkpoint-*.h5 2>/dev/null | wc -l; }
killed_in_the_middle() {    # killed_in_the_middle DIR CHECKPOINTS
    local job
    rm -rf "$1"
    run 2 1 train run.yaml -o "$1" --set checkpoint.every=1 --set checkpoint.keep=3 &
    job=$!
    await "[ \$(slow $1) -ge $2 ] || ! kill -0 $job"
    pkill -9 -f "^$HOLODE train run.yaml -o $1 "; wait $job
    [ "$(slow "$1")" -gt 0 ] && [ "$(basename "$(newest "$1")")" != checkpoint-000000400.h5 ]
}
for trial in 1 2 3; do
    d=killed-$trial
    check "killed before the end" tries 5 killed_in_the_middle $d $trial
    run 3 1 train run.yaml -o $d --resume
    check "killed $trial: 2 ranks, killed, 3 ranks" same whole $d
done

# signals, to a run that is long enough to be caught in the middle: exit 75 with a checkpoint, then on to the same bits
long="--set train.steps=6000 --set train.schedule=constant --set checkpoint.every=0 --set checkpoint.minutes=0"
run 1 2 train run.yaml -o whole-long $long
# signalled SIGNAL DIR OPTION...: the exit code of a run that gets the signal after 50 steps
signalled() {
    local signal=$1 d=$2 pid; shift 2
    rm -rf "$d"; : >out
    OMP_NUM_THREADS=1 "$HOLODE" train run.yaml -o "$d" $long "$@" >out 2>&1 </dev/null &
    pid=$!
    await "grep -q 'step 50/' out || ! kill -0 $pid"
    kill -"$signal" $pid; wait $pid
}
stopped() { signalled "$@"; [ $? = 75 ]; }
for signal in USR1 TERM INT; do
    d=stopped-$signal
    check "$signal: exit code 75" tries 5 stopped $signal $d
    run 2 1 train run.yaml -o $d --resume $long
    check "$signal: resumed as the whole" same whole-long $d
done

# SIGUSR2: a checkpoint, and on
checkpointed() { signalled USR2 "$1" --set checkpoint.keep=1000 && [ "$(slow "$1")" = 2 ]; }
check "SIGUSR2: two checkpoints" tries 5 checkpointed usr2
check "SIGUSR2: same bits" same whole-long usr2

# the wall-time guard: stops early with 75, resumes
"$HOLODE" train run.yaml -o guard --set train.steps=400 --set train.sweeps=3 --max-time 0:01 >out 2>&1; code=$?
check "--max-time: exit code $code" [ $code = 75 ]
for i in $(seq 4); do run 2 1 train run.yaml -o guard --resume && break; done
check "--max-time: resumed as the whole" same whole guard

"$HOLODE" train run.yaml -q -o quiet --set train.sweeps=3 --max-time 0:01 >out 2>&1; code=$?
check "quiet, --max-time: exit code $code" [ $code = 75 ]
check "quiet: the checkpoint, and how to go on" grep -q 'checkpoint quiet/checkpoint-[0-9]*.h5; --resume continues$' out
check "in one line" [ "$(wc -l <out)" = 1 ]

# a config that asks for fewer steps than were made
"$HOLODE" train run.yaml -q -o once --resume --set train.steps=300 >out 2>err; code=$?
check "past its end: exit code $code" [ $code = 0 ]
check "past its end: one line" [ "$(cat err)" = \
    "holode: warning: once/checkpoint-000000400.h5: found 400 steps made, and the config asks for 300: there is nothing to do" ]
check "past its end: nothing done" same once more

# a damaged newest checkpoint: the older one is taken, with a warning
run 1 1 train run.yaml -o damaged --set train.steps=399 --set train.schedule=constant --set checkpoint.keep=5
printf 'xxxxxxxx' | dd of="$(newest damaged)" bs=1 seek=9000 conv=notrunc 2>/dev/null
truncate -s -3000 "$(newest damaged)"
run 1 1 train run.yaml -o damaged --resume --set train.schedule=constant
check "damage is told" grep -q "warning.*checkpoint-000000399" out
check "damaged newest: same bits from the older one" same once damaged

# a machine whose positive phase samples too
latent() { local n=$1 t=$2; shift 2; run $n $t train run.yaml --set model.kind=boltzmann --set model.hidden=10 --set model.positive_sweeps=2 "$@"; }
check "latent, whole" latent 1 2 -o latent
check "latent, 170 steps" latent 2 1 -o latent-more --set train.steps=170 --set train.schedule=constant
check "latent, then 400" latent 3 1 -o latent-more --resume --set train.schedule=constant
check "latent, 400 at once" latent 1 1 -o latent-once --set train.schedule=constant
check "latent, 170 + 230 as 400" same latent-more latent-once
check "latent, resume complete" latent 2 1 -o latent --resume

# and goes on with the hidden states of the step before
latent_on() { local n=$1 t=$2; shift 2; latent $n $t --set model.positive_persistent=true --set train.schedule=constant "$@"; }
check "persistent latent, whole" latent_on 1 2 -o latent-on
check "persistent latent, 170 steps" latent_on 2 1 -o latent-on-more --set train.steps=170
check "persistent latent, then 400" latent_on 3 1 -o latent-on-more --resume
check "persistent latent, 170 + 230 as 400" same latent-on latent-on-more
check "persistent latent, other than from fair coins" [ "$("$HOLODE" inspect latent-on --history | cut -d, -f1-13)" != "$("$HOLODE" inspect latent-once --history | cut -d, -f1-13)" ]

# and one with neither biases nor hidden units: parts of a checkpoint are missing
bare() { local n=$1 t=$2; shift 2; run $n $t train run.yaml --set model.kind=boltzmann --set model.hidden=0 --set model.biases=false --set train.centered=false --set train.schedule=constant "$@"; }
check "no biases, whole" bare 1 2 -o bare
check "no biases, 130 steps" bare 2 1 -o bare-more --set train.steps=130
check "no biases, then 400" bare 3 1 -o bare-more --resume
check "no biases, 130 + 270 as 400" same bare bare-more

# a run that remembers more: squares, the last gradient, the average, the levels of tempering
rich() { local n=$1 t=$2; shift 2; run $n $t train run.yaml --set train.optimiser=adam --set train.cosine_gain=0.1 --set train.average_steps=30 --set train.levels=3 --set train.schedule=constant --set train.learning_rate=0.003 "$@"; }
check "adam, whole" rich 1 2 -o rich
check "adam, 110 steps" rich 2 1 -o rich-more --set train.steps=110
check "adam, then 400" rich 3 1 -o rich-more --resume
check "adam, 110 + 290 as 400" same rich rich-more
