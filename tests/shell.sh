# shell.sh, sourced by tests/cli/*.sh: a scratch directory, checks that count, the closing line that run.sh adds up.
. "$(dirname "${BASH_SOURCE[0]}")/mpi.sh"
HOLODE=${HOLODE:-$PWD/build/holode}
TESTS_DIR=${TESTS_DIR:-$(dirname "$(readlink -f "$HOLODE")")/tests}     # built tests: `make tests`
project=$PWD
# scratch: where the script begins and keeps its files. TMPDIR: Open MPI's files, apart from those of scripts that run at the
# same time, as it removes a common directory under others that begin; short, as names of sockets may have 107 bytes
top=$(mktemp -d "${TMPDIR:-/tmp}/holode-XXXXXX")
scratch=$top/work
mkdir "$scratch" "$top/t" && cd "$scratch" || exit 1
export TMPDIR=$top/t
passed=0 failed=0 skipped=0
finish() {
    trap - EXIT
    cd / && rm -rf "$top"
    echo "${closing:-$(basename "$0" .sh)}: $passed passed, $failed failed, $skipped skipped"
    [ $failed = 0 ]
    exit
}
trap finish EXIT

pass() { passed=$((passed + 1)); }
fail() { failed=$((failed + 1)); echo "FAILED: $*"; [ -s out ] && sed 's/^/    /' out | tail -n 15; }
check() { local what=$1; shift; if "$@"; then pass; else fail "$what"; fi; }      # check WHAT COMMAND...
skip() { skipped=$((skipped + 1)); echo "SKIPPED: $*"; }

# refused CODE TEXT COMMAND...: the command must exit with CODE and say TEXT in exactly one line of stderr
refused() {
    local code=$1 text=$2 got; shift 2
    timeout 120 "$@" >out 2>err </dev/null; got=$?
    if [ $got = "$code" ] && grep -qF -- "$text" err && [ "$(wc -l <err)" = 1 ]; then pass
    else fail "$* -> exit $got, expected $code and \"$text\" in one line; said:"; sed 's/^/    /' err | head -n 8; fi
}

# await CONDITION [SECONDS]: until the condition holds; fails, and says so, when it does not within the seconds (120).
# What a condition waits for should last: between two looks a busy machine may let seconds pass.
await() {
    local end=$((SECONDS + ${2:-120}))
    until eval "$1" >/dev/null 2>&1; do
        [ $SECONDS -lt $end ] || { echo "    not seen within ${2:-120} s: $1"; return 1; }
        sleep "${await_pause:-0.02}"
    done
}

# tries N COMMAND...: whether it succeeds in one of N tries; for what must be caught in the middle and may pass too quickly
tries() { local n=$1 k; shift; for k in $(seq "$n"); do "$@" && return; done; return 1; }

# run N THREADS ARGUMENTS...: holode on N ranks; one rank needs no mpirun
run() {
    local n=$1 t=$2 launcher=(mpirun -q --oversubscribe --bind-to none -np "$1"); shift 2
    [ "$n" != 1 ] || launcher=()
    OMP_NUM_THREADS=$t timeout -k 5 240 "${launcher[@]}" "$HOLODE" "$@" >out 2>&1 </dev/null
}

# digest FILE: a line for each data set, "NAME DIMENSIONS DIGEST", but for the history and the config
digest() { "$TESTS_DIR/tools/digest" "$1"; }

# same A B: bit for bit the same parameters, optimiser state and chains in the newest checkpoints of two runs
newest() { ls "$1"/checkpoint-*.h5 2>/dev/null | sort | tail -n 1; }
same() {
    local a b; a=$(newest "$1"); b=$(newest "$2")
    [ -n "$a" ] && [ -n "$b" ] && [ "$(basename "$a")" = "$(basename "$b")" ] || { echo "    no checkpoints of one step: $a, $b"; return 1; }
    digest "$a" >a.txt && digest "$b" >b.txt && [ -s a.txt ] && cmp -s a.txt b.txt && return
    echo "    these differ: $(diff a.txt b.txt | awk '/^[<>]/ {print $2}' | sort -u | xargs)"
    return 1
}
