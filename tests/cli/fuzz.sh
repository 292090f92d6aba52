#!/bin/bash
# Parsers with sanitizers, given all inputs that are known: good ones, and those that crashed one once. `make fuzz` looks
# for others.
. "$(dirname "$0")/../shell.sh"
export ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1:hard_rss_limit_mb=500

# a compiler without these sanitizers' libraries is no failure of ours
echo 'int main(void) { return 0; }' >empty.c
if ! ${CC:-cc} -fsanitize=address,undefined empty.c -o empty >log 2>&1 || ! ./empty >>log 2>&1; then
    skip "${CC:-cc} has no address and undefined-behaviour sanitizers: the parsers' inputs"
    exit
fi
check "the parsers build with sanitizers" make -s -j2 -C "$project" BUILD=build fuzz-once >log 2>&1 || { tail -n 20 log; exit; }
check "seeds" "$project/tests/fuzz/seeds.sh" seeds
for harness in "$project"/build/fuzz/fuzzers/fuzz_*; do
    parser=${harness##*/fuzz_}
    check "inputs of $parser" test -n "$(ls "seeds/$parser" "$project/tests/fuzz/crashes/$parser")"
    check "$parser" timeout 60 "$harness" "seeds/$parser"/* "$project/tests/fuzz/crashes/$parser"/* >out 2>&1
done
