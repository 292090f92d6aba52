#!/bin/bash
# plan.sh [NAME...]: what holode plan says of memory and of a checkpoint's size, against runs of all kinds on 1 and 2
# ranks: memory of a rank, private plus its proportion of what ranks share, at the peak of the rank that takes most, less
# what was there when MPI had started, without pages of files. tests/cli/plan.sh has some of it.
set -u
cd "$(dirname "$0")/../.." || exit 1
HOLODE=${HOLODE:-$PWD/build/holode}
. tests/mpi.sh
. tests/bench/plan_lib.sh
scratch=$(mktemp -d "${TMPDIR:-/tmp}/holode-plan-XXXXXX") || exit 1
trap 'rm -rf "$scratch"' EXIT
plan_prepare "$PWD/tests/bench/pss.c" "$scratch" && cd "$scratch" || exit 1
[ $# -gt 0 ] || set -- "${plan_names[@]}"
printf '%-10s %5s  %12s %12s %8s  %14s %12s\n' run ranks "planned (MB)" measured off "planned (B)" "on disk"
bad=0
for name; do
    for ranks in 1 2; do
        plan_compare "$name" "$ranks" || bad=1
        awk -v name="$name" -v ranks="$ranks" -v p="$planned" -v m="$measured" -v f="$file_planned" -v s="$file_size" 'BEGIN {
            printf "%-10s %5d  %12.1f %12.1f %+7.1f%%  %14d %12d\n", name, ranks, p / 1e6, m / 1e6, 100 * (p / m - 1), f, s}'
    done
done
exit $bad
