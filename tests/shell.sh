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
    local code=$? # of what came last: a bare exit in a trap would end with it, whatever failed before
    trap - EXIT
    cd / && rm -rf "$top"
    echo "${closing:-$(basename "$0" .sh)}: $passed passed, $failed failed, $skipped skipped"
    [ $failed = 0 ] || code=1
    exit $code
}
trap finish EXIT

H=$HOLODE       # for lines that have many
pass() { passed=$((passed + 1)); }
fail() { failed=$((failed + 1)); echo "FAILED: $*"; [ -s out ] && sed 's/^/    /' out | tail -n 15; }
check() { local what=$1; shift; if "$@"; then pass; else fail "$what"; fi; }      # check WHAT COMMAND...
skip() { skipped=$((skipped + 1)); echo "SKIPPED: $*"; }

# a data set of words and labels, pets.h5, and an mrf of it, pets.yaml
make_pets() {
    awk 'BEGIN {srand(8); print "size,ok,kind"; split("big huge small", size); split("cat dog pig", kind)
        for (r = 0; r < 300; r++) {k = int(rand() * 3); print size[rand() < 0.7 ? k + 1 : 1 + int(rand() * 3)] "," (rand() < 0.3 + 0.2 * k ? "yes" : "no") "," kind[k + 1]}}' >pets.csv
    cat >pets.yaml <<'END'
data: {train: pets.h5, labels: true}
model:
  kind: mrf
  variables: {size: 3, ok: 2, kind: 3}
  cliques: [{variables: [size, kind]}, {variables: [ok, kind]}]
train: {steps: 200, chains: 64, batch_size: 64, learning_rate: 0.2, sweeps: 1}
END
    "$H" data import -o pets.h5 --split train=pets.csv test=20% --states --label-column kind
}

# hairpin ROWS SEED: sequences of 12 letters, of which 4 pair with the last 4 the other way round; now and then a gap
hairpin() {
    awk -v rows="$1" -v seed="$2" 'BEGIN {
        srand(seed); split("A C G U", letter); pair["A"] = "U"; pair["U"] = "A"; pair["C"] = "G"; pair["G"] = "C"; pair["-"] = "-"
        for (r = 1; r <= rows; r++) {
            line = ""
            for (i = 1; i <= 8; i++) line = line (rand() < 0.05 ? "-" : rand() < 0.5 ? letter[i % 4 + 1] : letter[1 + int(4 * rand())])
            for (i = 4; i >= 1; i--) {x = substr(line, i, 1); line = line (rand() < 0.9 ? pair[x] : letter[1 + int(4 * rand())])}
            print ">seq" r; print line
        }
    }'
}
# family.yaml: of any alignment, for jobs/families.sbatch
make_family() {
    cat >family.yaml <<'END'
data: {train: replaced}
model: {kind: potts}
train: {chains: 128, sweeps: 2, steps: 60, learning_rate: 0.05, schedule: constant, until_pearson: 0.99}
evaluate: {every: 20}
END
}

# make_run STEPS EVALUATE_EVERY CHECKPOINT [MORE OF TRAIN]: a data set of bits, data.h5, and run.yaml, a small machine of it
make_run() {
    "$H" data generate bars-and-stripes --size 6 -o data.h5 >/dev/null
    cat >run.yaml <<END
data: {train: data.h5}
model: {kind: rbm, hidden: 24}
train: {chains: 200, batch_size: 90, steps: $1, learning_rate: 0.1, schedule: constant, sweeps: 1${4:+, $4}}
evaluate: {every: $2, samples: 100, exact_units: 0}
checkpoint: {$3}
END
}

# refused CODE TEXT COMMAND...: the command must exit with CODE and say TEXT in exactly one line of stderr
refused() {
    local code=$1 text=$2 got; shift 2
    timeout 120 "$@" >out 2>err </dev/null; got=$?
    if [ $got = "$code" ] && grep -qF -- "$text" err && [ "$(wc -l <err)" = 1 ]; then pass
    else fail "$* -> exit $got, expected $code and \"$text\" in one line; said:"; sed 's/^/    /' err | head -n 8; fi
}

# exits CODE WHAT COMMAND...: what the command says is left in out and err
exits() {
    local code=$1 what=$2 got; shift 2
    "$@" >out 2>err; got=$?
    check "$what: exit code $got" [ $got = "$code" ]
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

# start DIR RANKS ARGUMENTS...: a run of run.yaml in the background, on ranks of one thread; $job is mpirun, `rank_of R`
# the process of rank R, and what they say goes to `said`. `first`: what each rank's shell does before
start() {
    OUT=$1; local n=$2; shift 2
    rm -f "${OUT##*/}".[0-9]
    OMP_NUM_THREADS=1 timeout -k 5 240 mpirun -q --oversubscribe --bind-to none -np "$n" bash -c \
        'echo $$ >"$0.$OMPI_COMM_WORLD_RANK"; '"${first:-:}"'; exec "$@"' \
        "${OUT##*/}" "$HOLODE" train run.yaml -o "$OUT" "$@" >said 2>&1 </dev/null &
    job=$!
}
rank_of() { cat "${OUT##*/}.$1"; }
# ended CODE WHAT: the run that `start` began ends so; what it said is in out
ended() {
    local got
    wait $job; got=$?
    cp said out
    check "$2: exit code $got, expected $1" [ $got = "$1" ]
}

# value KEY [FILE]: of JSON in a file, out where none is named; the first one of that name
value() { grep -o "\"$1\": *\(\"[^\"]*\"\|[^],}]*\)" "${2:-out}" | head -n 1 | sed 's/^"[^"]*": *//; s/^"\(.*\)"$/\1/'; }
# near FOUND EXPECTED TOLERANCE
near() { awk -v a="$1" -v b="$2" -v most="$3" 'BEGIN {d = a - b; exit !(a != "" && d <= most && d >= -most)}'; }
# column METRIC DIR|FILE: of a run's history, row by row
column() {
    "$HOLODE" inspect "$2" --history |
        awk -F, -v name="$1" 'NR == 1 {for (i = 1; i <= NF; i++) if ($i == name) c = i; next} {print $c}'
}
# rows FILE SET, numbers FILE SET: a data set, a line a row or a number
rows() {
    h5dump -d "$2" -w 0 -y "$1" | awk '/DATA \{/ {on = 1; next} on && /\}/ {exit} on' | tr -d ' ' | sed 's/,$//; /^$/d'
}
numbers() { rows "$@" | tr ',' '\n'; }

# digest FILE: a line for each data set, "NAME DIMENSIONS DIGEST", but for the history and the config
digest() { "$TESTS_DIR/tools/digest" "$1"; }
# same_parameters RUN RUN: of their last checkpoints
same_parameters() {
    local own; own=$(digest "$(newest "$1")" | grep /parameters) && [ "$own" = "$(digest "$(newest "$2")" | grep /parameters)" ]
}

# same A B: bit for bit the same parameters, optimiser state and chains in the newest checkpoints of two runs
newest() { ls "$1"/checkpoint-*.h5 2>/dev/null | sort | tail -n 1; }
same() {
    local a b; a=$(newest "$1"); b=$(newest "$2")
    [ -n "$a" ] && [ -n "$b" ] && [ "$(basename "$a")" = "$(basename "$b")" ] || { echo "    no checkpoints of one step: $a, $b"; return 1; }
    digest "$a" >a.txt && digest "$b" >b.txt && [ -s a.txt ] && cmp -s a.txt b.txt && return
    echo "    these differ: $(diff a.txt b.txt | awk '/^[<>]/ {print $2}' | sort -u | xargs)"
    return 1
}
