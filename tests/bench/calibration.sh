#!/bin/bash
# calibration.sh RUN DATA[:SPLIT] [OPTION...]: whether the errors of AIS and reverse AIS are what they say. ln Z of RUN, a
# model small enough to enumerate, is estimated from both sides with SEEDS (100) seeds; reverse walks begin at exact samples.
# Prints of z = (estimate - exact ln Z) / standard error: mean and standard deviation (0 and 1 if all is well), its extremes,
# and the share within 1, 2 and 3 (0.68, 0.95, 0.997). OPTIONs go to holode evaluate (--chains, --temperatures).
# Environment: HOLODE (the program), RANKS (1), SEEDS.
set -eu
[ $# -ge 2 ] || { sed -n '2,6s/^# //p' "$0" >&2; exit 2; }
. "$(dirname "$0")/../mpi.sh"
holode=$(realpath "${HOLODE:-build/holode}")
run=$1 data=$2
shift 2
exact=$("$holode" evaluate "$run" --method exact | awk '{print $3}')
values=$(for seed in $(seq "${SEEDS:-100}"); do
    mpi "${RANKS:-1}" "$holode" evaluate "$run" --data "$data" --method both --start exact --sweeps 0 --seed "$seed" --json "$@" || exit 1
    echo
done)
for side in ais reverse_ais; do
    sed -n "s/.*\"${side}_log_partition\": \([^,]*\), \"${side}_standard_error\": \([^,]*\),.*\"${side}_effective\": \([^,]*\),.*/\1 \2 \3/p" <<<"$values" |
        awk -v exact="$exact" -v side=$side '
            {z = ($1 - exact) / $2; a = z < 0 ? -z : z; n++; sum += z; squares += z * z; effective += $3
             if (n == 1 || z < least) least = z
             if (n == 1 || z > most) most = z
             for (k = 1; k <= 3; k++) within[k] += a <= k}
            END {printf "%-12s %d seeds: z has mean %+.2f, standard deviation %.2f, from %.2f to %.2f; within 1, 2, 3: %.2f, %.2f, %.2f; effective walks %.0f\n",
                 side, n, sum / n, sqrt(squares / n - sum / n * sum / n), least, most, within[1] / n, within[2] / n, within[3] / n, effective / n}'
done
