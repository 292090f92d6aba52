#!/bin/bash
# Ranks that wait: on a rank that is stopped the others must sleep, not spin, whether they wait in memory that they share
# or for messages. What they take is counted in processor time, which no other load of the machine adds to.
. "$(dirname "$0")/../shell.sh"

"$HOLODE" data generate bars-and-stripes --size 6 -o data.h5 >/dev/null
cat >run.yaml <<'END'
data: {train: data.h5}
model: {kind: rbm, hidden: 24}
train: {chains: 200, batch_size: 90, steps: 100000000, learning_rate: 0.1, schedule: constant, sweeps: 1}
evaluate: {every: 100, samples: 100, exact_units: 0}
checkpoint: {every: 100}
END
# processor time of a process and all its threads, in hundredths of a second
ticks() { sed 's/.*) //' "/proc/$1/stat" | awk -v hz="$(getconf CLK_TCK)" '{print int(100 * ($12 + $13) / hz)}'; }

for layout in 2x0 3x0 2x1; do
    HOLODE_NODE_RANKS=${layout#*x} start "$layout" "${layout%x*}"
    check "$layout: a checkpoint" await '[ -n "$(newest $OUT)" ]'
    stopped=$(rank_of 1) waiting=$(rank_of 0)
    kill -STOP "$stopped"
    sleep 0.2       # it stops, and the other one comes to where it waits
    before=$(ticks "$waiting"); sleep 2; after=$(ticks "$waiting")
    check "$layout: $((after - before)) hundredths of a second in two seconds of waiting, expected fewer than 30" \
        [ $((after - before)) -lt 30 ]
    kill -CONT "$stopped"
    seen=$(newest "$OUT")
    check "$layout: goes on" await '[ "$(newest $OUT)" != $seen ]'
    kill -USR1 "$waiting"
    ended 75 "$layout"
done

# Threads: those of OpenMP sleep soon, too, unless the environment says how they wait.
# threads NAME=VALUE...: in out what the environment of a run of two threads, the same process, says about it
threads() {
    rm -rf alone
    env -u OMP_WAIT_POLICY -u GOMP_SPINCOUNT OMP_NUM_THREADS=2 "$@" "$HOLODE" train run.yaml -o alone >said 2>&1 </dev/null &
    pid=$!
    await '[ -n "$(newest alone)" ]' || return
    tr '\0' '\n' <"/proc/$pid/environ" | grep -E '^(GOMP_SPINCOUNT|OMP_WAIT_POLICY)=' >out
    [ "$(tr '\0' ' ' <"/proc/$pid/cmdline")" = "$HOLODE train run.yaml -o alone " ] || echo "another command line" >>out
    kill -USR1 $pid; wait $pid
}
threads LC_ALL=C
check "threads sleep soon" [ "$(cat out)" = GOMP_SPINCOUNT=2000 ]
threads OMP_WAIT_POLICY=active
check "unless OMP_WAIT_POLICY is set" [ "$(cat out)" = OMP_WAIT_POLICY=active ]
threads GOMP_SPINCOUNT=7
check "or GOMP_SPINCOUNT" [ "$(cat out)" = GOMP_SPINCOUNT=7 ]
threads OMP_NUM_THREADS=1
check "or there is one thread" [ "$(cat out)" = "" ]
