#!/bin/bash
# run.sh: fuzzes each parser for its part of SECONDS_IN_ALL with the harnesses of FUZZERS (`make fuzz`). Corpora grow in
# build/corpora; an input that crashes is left in tests/fuzz/crashes/PARSER, where the tests find it from then on.
set -u
cd "$(dirname "$0")/../.." || exit 1
export HOLODE=${HOLODE:-$PWD/build/holode}
export ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1
only=${ONLY:-}
corpora=build/corpora
[ -x "$HOLODE" ] || make -s all || exit 1
tests/fuzz/seeds.sh "$corpora" || exit 1
harnesses=("$FUZZERS"/fuzz_*)
seconds=$(((${SECONDS_IN_ALL:-60} + ${#harnesses[@]} - 1) / ${#harnesses[@]}))
bad=0
for harness in "${harnesses[@]}"; do
    parser=${harness##*/fuzz_}
    [[ $parser == *"$only"* ]] || continue
    "$harness" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1000 -malloc_limit_mb=500 -max_len=65536 \
        -artifact_prefix="tests/fuzz/crashes/$parser/" "$corpora/$parser" "tests/fuzz/crashes/$parser" >"$corpora/log" 2>&1
    code=$?
    printf '%-10s %s\n' "$parser" "$(grep -aoE 'Done [0-9]+ runs in [0-9]+ second' "$corpora/log" || echo "exit code $code")"
    [ $code = 0 ] || { bad=1; grep -aE 'SUMMARY|artifact|ERROR' "$corpora/log" | tail -n 5 | sed 's/^/    /'; }
    rm -f /dev/shm/holode-fuzz-*
done
exit $bad
