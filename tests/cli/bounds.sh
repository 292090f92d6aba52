#!/bin/bash
# Small files and options that claim much: refused in one line, soon, and within 500 MB of memory.
. "$(dirname "$0")/../shell.sh"

# bounded CODE TEXT COMMAND...: as refused, with the most memory that the process had at once; the time is generous,
# for machines that are busy
bounded() {
    local code=$1 text=$2 peak; shift 2
    refused "$code" "$text" timeout 60 ./peaks "$@"
    peak=$(cat peak 2>/dev/null || echo 0)
    check "$*: at most 500 MB ($peak kB)" test "$peak" -lt 512000
}

# the largest resident set of a command, into the file peak: bash alone can't tell
cat >peaks.c <<'END'
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
int main(int argc, char **argv) {
    int status = 0;
    struct rusage usage;
    const pid_t child = fork();
    (void)argc;
    if (child == 0) { execvp(argv[1], argv + 1); _exit(127); }
    (void)waitpid(child, &status, 0);
    (void)getrusage(RUSAGE_CHILDREN, &usage);
    FILE *file = fopen("peak", "w");
    if (file) { fprintf(file, "%ld\n", usage.ru_maxrss); fclose(file); }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}
END
check "peaks.c" ${CC:-cc} peaks.c -o peaks
crashes=$project/tests/fuzz/crashes
cat >run.yaml <<'END'
data: {train: data.h5}
model: {kind: rbm, hidden: 8}
train: {steps: 20, batch_size: 30, chains: 64, sweeps: 1, learning_rate: 0.05}
END
"$H" data generate bars-and-stripes --size 4 -o data.h5 >/dev/null
"$H" train run.yaml -q -o run 2>/dev/null

# arrays
bounded 3 'expected 1152921504606846976 rows of 16 bytes' "$H" sample run -n 2 --clamp "$crashes/array/rows-2-60.npy"
bounded 3 'found a claim of 1152921504606846976 rows' "$H" data import -o o.h5 "$crashes/array/rows-2-60.npy.gz"
bounded 3 'found rows of more than 16777216 elements' "$H" data import -o o.h5 "$crashes/array/columns-4e9.npy"
bounded 3 'found rows of more than 16777216 elements' "$H" data import -o o.h5 "$crashes/array/idx-15-dimensions"
head -c 100000000 /dev/zero | tr '\0' 1 | gzip -1 >line.gz
bounded 3 'found a line of more than 67108864 bytes' "$H" data import -o o.h5 line.gz

# factor graphs and edges
cp "$crashes"/factors/* . && for file in fg-entries-2-26 uai-variables-2-24 uai-entries-2-26; do
    kind=${file%%-*}; tail -c +2 "$file" >"$file.$kind"
done
bounded 3 'found tables of 67108864 entries in all up to here' "$H" import fg-entries-2-26.fg -o o
bounded 3 'expected 16777216 cardinalities' "$H" import uai-variables-2-24.uai -o o
bounded 3 'expected 67108864 potentials' "$H" import uai-entries-2-26.uai -o o
(echo 50000; for i in $(seq 50000 -1 1); do echo "1 $i 2 2 0 1 1 2"; done) >descending.fg
check "names in descending order" timeout 60 "$H" import descending.fg -o descending >out 2>&1
check "names in descending order: all of them" grep -q '50000 variables' out
head -c 300000000 /dev/zero | tr '\0' ' ' | gzip -1 >blank.uai.gz
bounded 3 'bytes of text, expected at most that in a gzip file of its size' "$H" import blank.uai.gz -o o
echo 'model: {kind: ising, edges: edges.txt}' >edges.yaml
cp "$crashes/edges/unit-2-31" edges.txt
bounded 3 'edges.txt:1: found unit 2147483646, but no edge of unit 1' "$H" sample edges.yaml -n 1
cp "$crashes/edges/line-of-70000" edges.txt
bounded 3 'edges.txt' "$H" sample edges.yaml -n 1

# configs and options
head -c 400000 /dev/zero | tr '\0' '[' >deep.yaml
bounded 2 'deep.yaml:1:65: found lists and mappings more than 64 deep' "$H" sample deep.yaml -n 1
bounded 2 'more than 64 deep' "$H" train run.yaml --set "seed=$(head -c 1000 deep.yaml)"
{ echo 'model: {kind: mrf, variables: {'; seq -f 'x%.0f: 2,' 0 99999; echo '}, cliques: []}'; } >many.yaml
bounded 2 'found mrf without variables or cliques' "$H" sample many.yaml -n 1
echo 'model: {kind: ising, lattice: 30000x30000}' >large.yaml
bounded 2 'large.yaml: lattice: found 1800000000 edges' "$H" sample large.yaml -n 1
bounded 2 '-n: found "1000000000000000000", expected a whole number from 1 to' "$H" sample run -n 1000000000000000000
bounded 2 'found 99999999999999999999' "$H" train run.yaml -o o --set train.chains=99999999999999999999
bounded 2 '--shape: found "4294967296x4294967296"' "$H" sample run -n 1 --shape 4294967296x4294967296
# 10^9 chains of 100,000 hidden units are more than any machine has
bounded 1 'out of memory: chains needs' "$H" train run.yaml -o o --set train.chains=1000000000 --set model.hidden=100000
