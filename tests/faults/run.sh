#!/bin/bash
# run.sh all | N [SEED]: a run of two ranks, resumed from a checkpoint and writing three more, in which one call of open,
# write, pwrite, fsync, rename, mmap or malloc fails on one rank: every call of the first six and 300 allocations, or N
# of them by chance. Whatever fails: the ranks are over within 30 s, mpirun within 45; the exit code is not zero, or all
# bits are the undisturbed run's; what lies under a checkpoint's name is one, the former or a later one, to the bit; and
# `--resume` reaches the same bits. Only allocations may end a rank by a signal: HDF5 does not live without memory. All
# writes from one on fail in a few more trials: HDF5 can then not even close its file.
# Environment: HOLODE, TESTS_DIR (tests/faults/fail.so and same), JOBS (trials at a time, 2), SITES=1 (where it failed).
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/mpi.sh
export HOLODE=${HOLODE:-$PWD/build/holode} OMP_NUM_THREADS=1
export TOOLS=${TESTS_DIR:-$(dirname "$(readlink -f "$HOLODE")")/tests}/faults
kinds="open write pwrite fsync rename mmap"

# ---- one trial: run.sh trial FAULT, in the directory of all of them; a line to `results`
trial() {
    local fault=$1 d=trials/${1//:/-} began=$SECONDS code fired said
    mkdir -p "$d/tmp" && cp -r base "$d/run"
    export TMPDIR=$PWD/$d/tmp
    timeout -k 5 45 mpirun -q --oversubscribe --bind-to none -np 2 -x LD_PRELOAD="$TOOLS/fail.so" -x HOLODE_FAULT="$fault" \
        -x HOLODE_FAULT_LOG="$PWD/$d/log" "$HOLODE" train run.yaml -q -o "$d/run" --resume >"$d/out" 2>&1 </dev/null
    code=$?
    said="exit code $code after $((SECONDS - began)) s"
    fired=$(cat "$d/log.${fault%%:*}.fired" 2>/dev/null)
    [ -n "$fired" ] || { [ $code = 0 ] && echo "skipped $fault" || echo "failed $fault: no call failed, yet $said"; rm -rf "$d"; return; } >>results
    if ! verify "$fault" "$d" $code "$began" >"$d/why" 2>&1; then
        echo "failed $fault ($fired): $said, $(tr '\n' ' ' <"$d/why")" >>results
        return      # what it left stays, to be looked at
    fi
    echo "$([ $code = 0 ] && echo tolerated || echo passed) $fault ($fired) $code" >>results
    rm -rf "$d"
}
verify() {
    local fault=$1 d=$2 code=$3 began=$4 spared=
    [[ $fault == *malloc* ]] && spared=1
    [ $((SECONDS - began)) -le 30 ] || { echo "it takes too long"; return 1; }
    [ $code -lt 126 ] || [ $spared ] || { echo "ended by a signal"; return 1; }
    [ $code != 3 ] || [ $spared ] || { echo "taken for bad input"; return 1; }
    [ $code = 0 ] || [ $spared ] || grep -aq '^holode: ' "$d/out" || { echo "no error is told"; return 1; }
    while pgrep -f "train run.yaml -q -o $d/run" >/dev/null; do    # those that mpirun has just killed
        [ $((SECONDS - began)) -le 30 ] || { echo "a rank lives on"; return 1; }
        sleep 0.1
    done
    same "$d" || return 1
    if [ $code != 0 ]; then
        OMPI_MCA_ess_singleton_isolated=1 "$HOLODE" train run.yaml -q -o "$d/run" --resume >"$d/resumed" 2>&1 </dev/null || { echo "no resuming: $(cat "$d/resumed")"; return 1; }
        ! grep -q 'passed over' "$d/resumed" || { cat "$d/resumed"; return 1; }
    fi
    [ -e "$d/run/checkpoint-000000004.h5" ] || { echo "the end is not there"; return 1; }
    same "$d" || return 1
    [ -z "$(ls "$d"/run/.checkpoint* 2>/dev/null)" ] || { echo "temporary files are left"; return 1; }
}
same() { "$TOOLS/same" whole/checkpoint-*.h5 -- "$1"/run/checkpoint-*.h5; }
if [ "${1:-}" = trial ]; then cd "$FAULTS_DIR" || exit 1; trial "$2"; exit 0; fi

# ---- all of them
script=$PWD/tests/faults/run.sh
export FAULTS_DIR; FAULTS_DIR=$(mktemp -d "${TMPDIR:-/tmp}/holode-faults-XXXXXX") || exit 1
trap 'rm -rf "$FAULTS_DIR"' EXIT
trap 'exit 130' INT TERM HUP
cd "$FAULTS_DIR" || exit 1
cat >run.yaml <<'END2'
data: {train: "data.h5:train"}
model: {kind: rbm, hidden: 6}
train: {chains: 128, batch_size: 128, steps: 4, learning_rate: 0.1, schedule: constant, sweeps: 1}
evaluate: {every: 2, samples: 100, exact_units: 0}
checkpoint: {every: 1, keep: 2}
END2
"$HOLODE" data generate bars-and-stripes --size 3 -o data.h5 >/dev/null &&
    "$HOLODE" train run.yaml -q -o whole --set checkpoint.keep=100 >out 2>&1 &&
    mkdir base && cp whole/checkpoint-000000001.h5 base && cp -r base counted && mpi 2 env LD_PRELOAD="$TOOLS/fail.so" HOLODE_FAULT_LOG="$PWD/log" "$HOLODE" train run.yaml -q -o counted --resume >out 2>&1 &&
    "$TOOLS/same" whole/checkpoint-*.h5 -- counted/checkpoint-*.h5 >>out && [ -s log.0 ] && [ -s log.1 ] ||
    { cat out; echo "faults: 0 passed, 1 failed, 0 skipped"; exit 1; }

count() { awk -v kind="$2" '$1 == kind {print $2}' "log.$1"; }
list() {
    local rank kind n
    for rank in 0 1; do for kind in $kinds; do for n in $(seq "$(count $rank $kind)"); do echo "$rank:$kind:$n"; done; done; done
}
from_one_on() { for n in $(seq 1 "$(count 0 pwrite)"); do echo "0:pwrite:$n+"; done; }
# allocations N SEED
allocations() {
    awk -v n="$1" -v seed="$2" -v a="$(count 0 malloc)" -v b="$(count 1 malloc)" 'BEGIN {
        srand(seed); for (i = 0; i < n; i++) { rank = i % 2; print rank ":malloc:" 1 + int(rand() * (rank ? b : a)) } }' | sort -u
}
case ${1:-all} in
all) { list; from_one_on; allocations 300 "${2:-1}"; } >faults ;;
*) some() { awk -v seed="$2" 'BEGIN {srand(seed)} {print rand(), $0}' | sort -n | head -n "$1" | cut -d' ' -f2; }
   { list | some $(($1 * 2 / 3)) "${2:-1}"; from_one_on | some $(($1 / 12)) "${2:-1}"; allocations $(($1 / 4)) "${2:-1}"; } >faults ;;
esac
: >results
xargs -P "${JOBS:-2}" -n 1 bash "$script" trial <faults

# Failures that nothing comes of, by the functions' names. They are known, others count as failed:
#   map_file, map_other, make_file: ranks that can't share memory send messages; promises_are_kept: nor where it isn't known
#   whether there is enough; hol_regular_try: whether the directory has another owner is looked at again before the next
#   checkpoint; birth_of: our own birth, which only tells our process number from a later process's; hol_file_look: what
#   the config looks like, before it is read; hol_owner_release: that the run has ended is noted for the next start, which
#   finds it out otherwise; is_running: a short command's end does not wait for that thread of MPI's; HDF5's open: it tries
#   a file before it creates it; start_silently: HDF5 then says aloud why it does not start, if it does not
known='map_file|map_other|make_file|promises_are_kept|hol_regular_try|birth_of|hol_file_look|hol_owner_release|is_running|HDF5|start_silently'
name_of() { # name_of MODULE ADDRESS
    if [ "$1" = program ]; then addr2line -f -e "$HOLODE" "$2" | head -n 1; else echo HDF5; fi
}
grep '^tolerated' results | grep -v malloc | tr -d '()' | while read -r _ fault module address _; do
    site=$(name_of "$module" "$address"); kind=${fault#*:}
    echo "${kind%:*} in $site" >>tolerated
    [[ $site =~ ^($known)$ ]] || echo "failed $fault: $site fails ($address), and nothing comes of it" >>unknown
done
[ ! -s unknown ] || cat unknown >>results
grep '^failed' results | sed 's/^/FAILED: /'
[ ! -s tolerated ] || { echo "failures that change nothing:"; sort tolerated | uniq -c; }
[ -z "${SITES:-}" ] || sort results
failed=$(grep -c '^failed' results) skipped=$(grep -c '^skipped' results)
[ "$failed" = 0 ] || [ -z "${KEEP:-}" ] || { trap - EXIT; echo "left in $FAULTS_DIR"; }
passed=$(($(wc -l <faults) - failed - skipped))
echo "faults: $passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ] && [ -s results ]
