#!/bin/bash
# run.sh: every test program on 1, 2 and 3 ranks under a time-out, then the programme's own tests (tests/cli/*.sh).
# Environment: TESTS_DIR (built tests), HOLODE (the program), RANKS ("1 2 3"), ONLY (a part of a test's path).
# Its last line is "tests: N passed, N failed, N skipped"; its exit code is 0 when something ran and nothing failed.
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/mpi.sh
ranks=${RANKS:-1 2 3}
only=${ONLY:-}
# all that the tests leave goes with this directory, also what a killed one left
export TMPDIR; TMPDIR=$(mktemp -d "${TMPDIR:-/tmp}/holode-tests-XXXXXX") || exit 1
log=$TMPDIR/log
# Under `make sanitize`: Open MPI does not give everything back at its end, and tests ask for more memory than there is
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=0:allocator_may_return_null=1}
running=()      # scripts in the background: "PID NAME BEGIN"
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

# limited SECONDS COMMAND...: the time-out is around mpirun too, which may hang when its ranks do not
limited() { timeout -k 10 "$1" bash -c '. tests/mpi.sh; shift; "$@"' bash "$@" >"$log" 2>&1 </dev/null; }

# Scripts mostly wait for processes to start, so two go at a time, the longest one first; those that look at clocks or at
# the machine go alone.
first=same_bits alone="faults plan resume"
begin_script() {
    log=$TMPDIR/$(basename "$1" .sh).log
    timeout -k 10 1500 bash "$1" >"$log" 2>&1 </dev/null &
    running+=("$! $1 $SECONDS")
}
# finish_scripts MOST: until no more than so many are running
finish_scripts() {
    local k pid script began
    while [ ${#running[@]} -gt "$1" ]; do
        for k in "${!running[@]}"; do
            read -r pid script began <<<"${running[k]}"
            kill -0 "$pid" 2>/dev/null && continue
            wait "$pid"; code=$?
            log=$TMPDIR/$(basename "$script" .sh).log
            add_up "${script#tests/}" $code $((SECONDS - began))
            unset "running[k]"
        done
        sleep 0.2
    done
}

start=$SECONDS
for source in tests/*/test_*.c; do
    name=${source#tests/}; name=${name%.c}
    [[ $name == *"$only"* ]] || continue
    for n in $ranks; do
        began=$SECONDS
        limited 270 mpi "$n" timeout -k 5 240 "$TESTS_DIR/$name"
        add_up "$name ($n)" $? $((SECONDS - began))
    done
done
scripts() { local name; for name in "$@"; do [[ tests/cli/$name.sh == *"$only"* ]] && echo "tests/cli/$name.sh"; done; }
others=$(cd tests/cli && ls ./*.sh | sed 's|^./||; s|.sh$||' | grep -vxF "$(printf '%s\n' $first $alone)")
for script in $(scripts $first $others); do finish_scripts 1; begin_script "$script"; done
for script in $(scripts $alone); do finish_scripts 0; begin_script "$script"; done
finish_scripts 0
[ $((passed + failed + skipped)) != 0 ] || echo "no test's path contains \"$only\""
echo "time: $((SECONDS - start)) s"
echo "tests: $passed passed, $failed failed, $skipped skipped"
[ $failed = 0 ] && [ $((passed + skipped)) != 0 ]
