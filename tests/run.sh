#!/bin/bash
# run.sh: every test program on 1, 2 and 3 ranks under a time-out, then the programme's own tests (tests/cli/*.sh).
# Environment: TESTS_DIR (built tests), HOLODE (the program), RANKS ("1 2 3"), ONLY (a part of a test's path).
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/mpi.sh
ranks=${RANKS:-1 2 3}
log=$(mktemp)
trap 'rm -f "$log"' EXIT
passed=0 failed=0 skipped=0

add_up() {      # add_up NAME EXIT_CODE: the closing line of $log into the sums
    local line; line=$(grep -E '^[a-z_0-9-]+: [0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$' "$log" | tail -n 1)
    if [ -n "$line" ]; then
        local n; n=($(echo "$line" | grep -oE '[0-9]+ (passed|failed|skipped)' | cut -d' ' -f1))
        passed=$((passed + n[0])); failed=$((failed + n[1])); skipped=$((skipped + n[2]))
        [ "$2" != 0 ] && [ "${n[1]}" = 0 ] && failed=$((failed + 1))
    else
        failed=$((failed + 1))
        line="no closing line, exit code $2"
    fi
    printf '  %-44s %s\n' "$1" "${line#*: }"
    grep -h '^SKIPPED: ' "$log" | sort -u | sed 's/^/      /'
    [ "$2" = 0 ] && [ "$line" != "no closing line, exit code $2" ] || sed 's/^/      | /' "$log" | grep -vE '\[ (RUN|      OK) |\[====' | tail -n 60
}

start=$SECONDS
for source in tests/*/test_*.c; do
    name=${source#tests/}; name=${name%.c}
    case "$name" in *"${ONLY:-}"*) ;; *) continue ;; esac
    for n in $ranks; do
        mpi "$n" timeout -k 5 240 "$TESTS_DIR/$name" >"$log" 2>&1 </dev/null
        add_up "$name ($n)" $?
    done
done
for script in tests/cli/*.sh; do
    [ -e "$script" ] || continue
    case "$script" in *"${ONLY:-}"*) ;; *) continue ;; esac
    timeout -k 5 600 bash "$script" >"$log" 2>&1 </dev/null
    add_up "${script#tests/}" $?
done
echo "time: $((SECONDS - start)) s"
echo "tests: $passed passed, $failed failed, $skipped skipped"
[ $failed = 0 ]
