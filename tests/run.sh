#!/bin/bash
# run.sh: every test program on 1, 2 and 3 ranks under a time-out, and the program's own tests (tests/cli/*.sh).
# Environment: TESTS_DIR (built tests), HOLODE (the program), RANKS ("1 2 3"), ONLY (a part of a test's path), JOBS (how many
# tests at a time: 2).
# Its last line is "tests: N passed, N failed, N skipped"; its exit code is 0 when something ran and nothing failed.
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/mpi.sh
ranks=${RANKS:-1 2 3}
only=${ONLY:-}
# all that the tests leave goes with this directory, also what a killed one left
export TMPDIR; TMPDIR=$(mktemp -d "${TMPDIR:-/tmp}/holode-XXXXXX") || exit 1
# Under `make sanitize`: Open MPI does not give everything back at its end, and tests ask for more memory than there is
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=0:allocator_may_return_null=1}
running=()      # tests in the background: "PID NUMBER BEGIN NAME"
trap 'for script in "${running[@]}"; do kill "${script%% *}" 2>/dev/null; done; rm -rf "$TMPDIR"' EXIT
trap 'exit 130' INT TERM HUP
passed=0 failed=0 skipped=0

# Ranks print at once: a line of one may begin in the middle of another's.
closing_line() { grep -aoE '[a-z_0-9-]+: [0-9]+ passed, [0-9]+ failed, [0-9]+ skipped' "$log" | tail -n 1; }

add_up() {      # add_up NAME EXIT_CODE SECONDS: the closing line of $log into the sums
    local line bad=$2; line=$(closing_line)
    if [[ $line =~ ([0-9]+)\ passed,\ ([0-9]+)\ failed,\ ([0-9]+)\ skipped ]]; then
        passed=$((passed + BASH_REMATCH[1])); failed=$((failed + BASH_REMATCH[2])); skipped=$((skipped + BASH_REMATCH[3]))
        # all is well by its own count, and yet it failed: it crashed at its end
        if [ "$bad" != 0 ] && [ "${BASH_REMATCH[2]}" = 0 ]; then failed=$((failed + 1)); line+=", but exit code $bad"; fi
        [ "${BASH_REMATCH[2]}" = 0 ] || bad=1
    else
        failed=$((failed + 1)) bad=1
        line="no closing line, exit code $2"
        [ "$2" = 124 ] || [ "$2" = 137 ] && line+=" (time-out)"
    fi
    printf '  %-44s %s   (%s s)\n' "$1" "${line#*: }" "$3"
    grep -aoh 'SKIPPED: .*' "$log" | sort -u | sed 's/^/      /'
    [ "$bad" = 0 ] || grep -avE '\[ (RUN|      OK) |\[====|\[  PASSED  \]' "$log" | tail -n 60 | sed 's/^/      | /'
}

# Tests wait much, for processes to start and for the disk, so two go at a time, the longest ones first; each with a TMPDIR
# of its own, as Open MPI removes a directory common to all that share one under those that begin.
long="golden fit documents same_bits failing_calls resume watchdog mrf plan nodes"
begin() {       # begin NAME SECONDS COMMAND...: in the background; the time-out is around mpirun too, which may hang
    local name=$1 limit=$2 place; shift 2
    place=$TMPDIR/$((++begun))
    mkdir "$place"
    TMPDIR=$place timeout -k 10 "$limit" "$@" >"$place.log" 2>&1 </dev/null &
    running+=("$! $begun $SECONDS $name")
}
finish() {      # finish MOST: until no more than so many are running
    local k pid number began name code
    while [ ${#running[@]} -gt "$1" ]; do
        for k in "${!running[@]}"; do
            read -r pid number began name <<<"${running[k]}"
            kill -0 "$pid" 2>/dev/null && continue
            wait "$pid"; code=$?
            log=$TMPDIR/$number.log
            add_up "$name" $code $((SECONDS - began))
            rm -rf "${TMPDIR:?}/$number" "$log"
            unset "running[k]"
        done
        sleep 0.05
    done
}
begun=0 most=$((${JOBS:-2} - 1))
# programs NAME...: each on each number of ranks, or on the first one where it says that it knows of none. Several ranks
# have one thread each: there are two cores, and what threads do beside ranks is for scripts to show
programs() {
    local name n launcher
    for name in "$@"; do
        [[ $name == *"$only"* ]] || continue
        for n in $ranks; do
            launcher=(mpirun -q --oversubscribe --bind-to none -np "$n")
            finish $most
            OMP_NUM_THREADS=$((n > 1 ? 1 : OMP_NUM_THREADS)) begin "$name ($n)" 500 "${launcher[@]}" timeout -k 5 480 "$TESTS_DIR/$name"
            grep -q '^#define HOL_TEST_COLLECTIVE ""' "tests/$name.c" && break
        done
    done
}
scripts() {     # scripts NAME...
    local name
    for name in "$@"; do
        [[ tests/cli/$name.sh == *"$only"* ]] || continue
        finish $most
        begin "cli/$name.sh" 1500 bash "tests/cli/$name.sh"
    done
}
start=$SECONDS
others=$(cd tests/cli && ls ./*.sh | sed 's|^./||; s|.sh$||' | grep -vxF "$(printf '%s\n' $long)")
scripts $long
programs $(cd tests && ls ./*/test_*.c | sed 's|^./||; s|.c$||')
scripts $others
finish 0
[ $((passed + failed + skipped)) != 0 ] || echo "no test's path contains \"$only\""
echo "time: $((SECONDS - start)) s"
echo "tests: $passed passed, $failed failed, $skipped skipped"
[ $failed = 0 ] && [ $((passed + skipped)) != 0 ]
