#!/bin/bash
# check-layers.sh: the house's rules. Each is a function that prints what offends, "PLACE: what is wrong"; nothing may.
# OBJECTS in the environment: the program's objects of the build at hand, as `make check-layers` gives them.
set -u
export LC_ALL=C
cd "$(dirname "$0")/.." || exit 1

# What signal handlers set can't be passed to them
handlers_set=" base/stop:end_signal base/stop:end_asked base/stop:checkpoint_asked base/stop:told_at "

sources() { find "$@" \( -name '*.c' -o -name '*.h' \) | sort; }

# A room may include itself and those before it, never a later one; MPI is base's, and io's; HDF5 is io's alone.
layers() {
    sources src include | xargs awk '
        BEGIN { n = split("base num state io model sample estimate train result cli", name, " ")
                for (i = 1; i <= n; i++) level[name[i]] = i }
        FNR == 1 { split(FILENAME, part, "/"); room = part[2] }
        !/^#include/ { next }
        { used = $2; gsub(/[<>"]/, "", used); split(used, to, "/") }
        used ~ /\// && level[to[1]] > level[room] { print FILENAME ": room " room " includes room " to[1] }
        used ~ /^(mpi|base\/comm_mpi)\.h$/ && room != "io" &&
            FILENAME !~ /base\/(comm(_[a-z]+)?\.[ch]|segments\.c|sum\.c|reduction\.[ch])$/ { print FILENAME ": includes MPI" }
        used ~ /^hdf5/ && room != "io" { print FILENAME ": includes HDF5" }'
}

# No state but what is passed: neither .data nor .bss, of the process or of a thread. Constant tables that hold addresses
# lie in .data.rel.ro, and are none.
state() {
    objdump -t $OBJECTS | awk -v excused="$handlers_set" '
        /file format/ { module = $1; sub(/.*\/src\//, "", module); sub(/\.o:$/, "", module) }
        !/[ \t](\.data|\.bss|\.tdata|\.tbss|\*COM\*)/ || /[ \t]\.data\.rel\.ro/ || / d / { next }
        { symbol = $NF; sub(/\.[0-9]+$/, "", symbol)
          if (!index(excused, " " module ":" symbol " ")) print module ":" symbol ": can be written to" }'
}

# Modules don't call each other in circles: from none does a way lead back to it.
circles() {
    nm -A $OBJECTS | sed 's|^[^:]*/src/||; s|\.o:[0-9a-f]*| |' | awk '
        $2 ~ /^[A-TV-Z]$/ { home[$3] = $1 }
        $2 == "U" { uses[$1] = uses[$1] " " $3 }
        END {
            for (m in uses) {
                n = split(uses[m], symbol, " ")
                for (i = 1; i <= n; i++) {
                    if (!(symbol[i] in home) || home[symbol[i]] == m || (m, home[symbol[i]]) in edge) continue
                    edge[m, home[symbol[i]]] = 1
                    calls[m] = calls[m] " " home[symbol[i]]
                }
            }
            for (m in calls) {                        # all that m reaches, breadth first
                split("", seen); queue[1] = m; last = 1
                for (first = 1; first <= last; first++) {
                    n = split(calls[queue[first]], other, " ")
                    for (i = 1; i <= n; i++) if (!(other[i] in seen)) {
                        seen[other[i]] = reach[m, other[i]] = 1
                        queue[++last] = other[i]
                    }
                }
            }
            for (m in calls) if ((m, m) in reach) {
                n = split(calls[m], other, " "); back = ""
                for (i = 1; i <= n; i++) if ((other[i], m) in reach) back = back " " other[i]
                print m ": calls" back ", from where it is called in turn"
            }
        }'
}

functions() {
    sources src include tests | xargs awk -v most=45 '
        FNR == 1 { start = inside = 0 }
        inside {
            if (/^}$/ && FNR - start >= most) print FILENAME ":" name ": a function of " FNR - start + 1 " lines"
            if (/^}/) start = inside = 0
            next
        }
        /^[A-Za-z_]/ && !start { start = FNR; name = $0; sub(/\(.*/, "", name); sub(/.*[ *]/, "", name) }
        /\{$/ && start { inside = 1; next }
        /^$|[;}]$/ || /^[#\/]/ { start = 0 }'
}

files() {
    sources src include tests | xargs awk -v most=600 '
        FNR == most + 1 { print FILENAME ": more than " most " lines" }'
}

# What a kind of model can do is asked of the model: no other room tells kinds apart by their names. Texts may name them.
kinds() {
    sources src include | grep -v '^[a-z]*/model/' | xargs awk '
        /"(rbm|boltzmann|ising|mrf)"|model\.kind=(rbm|boltzmann|ising|mrf)/ && $1 !~ /^(\/\*|\*)/ {
            print FILENAME ": names a kind of model, line " FNR }'
}

# Columns are characters, not bytes. In a README a table's rows and what the program prints are as long as they are.
columns() {
    find . \( -name build -o -name .git \) -prune -o -name '*.[ch]' -print -o -name README.md -print | cut -c3- |
        xargs awk -v most=120 '
            FILENAME ~ /\.md$/ && /^(\||    )/ { next }
            { gsub(/[\200-\277]/, "") }
            length($0) > most { print FILENAME ": a line of more than " most " columns, " FNR }'
}

rules="layers functions files kinds columns"
# Sanitizers add data of their own, and with -flto there is no code yet
if nm ${OBJECTS:-/dev/null} 2>/dev/null | awk '/ T hol_stop_/ {code = 1} /__[au][a-z]*san_/ {code = 2} END {exit code != 1}'
then rules+=" state circles"
else echo "rules: these are no plain objects: neither state nor circles are looked for"
fi
bad=0
for rule in $rules; do
    $rule | sort | awk -v rule="$rule" '{ print rule ": " $0; bad = 1 } END { exit bad }' || bad=1
done
[ $bad = 0 ] && echo "rules: $rules: in order"
exit $bad
