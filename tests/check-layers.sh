#!/bin/sh
# check-layers: a room may include itself and the rooms above it in this list, never one below;
# mpi.h only where base makes ranks of processes, and in io, hdf5.h only in io.
set -eu
cd "$(dirname "$0")/.."
rooms="base num state io model sample estimate train cli"
bad=0
seen=""
for room in $rooms; do
    seen="$seen $room"
    for file in $(find src/$room include/$room -name "*.[ch]"); do
        [ -e "$file" ] || continue
        for used in $(sed -n 's|^#include "\([a-z]*\)/.*|\1|p' "$file" | sort -u); do
            case " $seen " in
                *" $used "*) ;;
                *) echo "$file: room $room includes room $used"; bad=1 ;;
            esac
        done
        case "$file" in
            include/base/comm_mpi.h|src/base/comm.c|src/base/segments.c|src/base/sum.c|*/io/*) ;;
            *) if grep -nE '^#include [<"](mpi\.h|base/comm_mpi\.h)' "$file"; then echo "$file: includes MPI"; bad=1; fi ;;
        esac
        case "$file" in
            */io/*) ;;
            *) if grep -n '^#include <hdf5' "$file"; then echo "$file: includes HDF5"; bad=1; fi ;;
        esac
    done
done
[ $bad = 0 ] && echo "layers: in order"
exit $bad
