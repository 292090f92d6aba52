#!/bin/bash
# A run at work: commands that look into its directory while it prunes its checkpoints, and a signal to any of its ranks.
. "$(dirname "$0")/../shell.sh"

make_run 100000000 100000 "every: 1, keep: 1"
start live 2
await '[ -n "$(newest live)" ]'

failures=0 warnings=0
for i in $(seq 30); do
    case $((i % 3)) in
        0) command=(collect live) ;;
        1) command=(inspect live --json) ;;
        2) command=(export live -o live.uai) ;;
    esac
    OMP_NUM_THREADS=1 timeout 20 "$HOLODE" "${command[@]}" >>out 2>err || { failures=$((failures + 1)); echo "    ${command[*]}: $(cat err)"; }
    grep -q warning err && { warnings=$((warnings + 1)); sed 's/^/    /' err; }
done
check "looked into 30 times, $failures failed" [ $failures = 0 ]
check "without a warning" [ $warnings = 0 ]

kill -USR1 "$(rank_of 1)"
ended 75 "the signal of rank 1"
check "it has its name" grep -qE "^stopped after step [0-9]+ of 100000000 \(SIGUSR1\), checkpoint" out
