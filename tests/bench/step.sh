# step.sh, sourced by the scripts that time training steps: PCD at 784 x 500, batch = chains = 1024, one thread a rank.
# Wants $scratch, a directory, and HOLODE. HOLODE_DATA is the folder of mnist/train-images-idx3-ubyte.gz; without it the
# data are random bits.
# shellcheck shell=bash
HOLODE=$(realpath "${HOLODE:-build/holode}") || exit 1

# step_config STEPS: data.h5 and run.yaml
step_config() {
    local images=${HOLODE_DATA:-../shared/data}/mnist/train-images-idx3-ubyte.gz
    if [ ! -e "$images" ]; then
        images=$scratch/data.csv
        awk 'BEGIN {srand(1); for (r = 0; r < 4096; r++) {for (i = 0; i < 784; i++) printf i ? ",%d" : "%d", rand() < 0.13; print ""}}' \
            >"$images"
    fi
    "$HOLODE" data import -o "$scratch/data.h5" --split train="$images" >/dev/null || return 1
    cat >"$scratch/run.yaml" <<END
data: {train: $scratch/data.h5}
model: {kind: rbm, hidden: 500}
train: {chains: 1024, batch_size: 1024, steps: $1, sweeps: 1, learning_rate: 0.05}
evaluate: {every: $(($1 / 3)), samples: 64}
checkpoint: {minutes: 0, keep: 1}
END
}

# step_times RUN [BATCH]: ms of a step, of it exposed sums over ranks, of it waiting: means over the last two thirds of the steps
step_times() {
    "$HOLODE" inspect "$1" --history | awk -F, -v batch="${2:-1024}" '
        NR == 1 {for (i = 1; i <= NF; i++) at[$i] = i; next}
        $at["step"] > 0 && ++row > 1 {
            steps = $at["step"] - last; all += steps; time += batch * steps / $at["samples_per_second"]
            exposed += $at["seconds_exposed"]; waiting += $at["seconds_waiting"]
        }
        {last = $at["step"]}
        END {printf "%.4f %.4f %.4f\n", 1e3 * time / all, 1e3 * exposed / all, 1e3 * waiting / all}'
}

# step_medians: lines "KEY MS EXPOSED WAITING" to one line a key, in the order of their first appearance
step_medians() {
    awk '
        function median(list,   a, n, i, j, t) {
            n = split(list, a, " ")
            for (i = 1; i <= n; i++) for (j = i + 1; j <= n; j++) if (a[j] + 0 < a[i] + 0) {t = a[i]; a[i] = a[j]; a[j] = t}
            return n % 2 ? a[(n + 1) / 2] : (a[n / 2] + a[n / 2 + 1]) / 2
        }
        !($1 in step) {order[++count] = $1}
        {step[$1] = step[$1] " " $2; exposed[$1] = exposed[$1] " " $3; waiting[$1] = waiting[$1] " " $4}
        END {for (i = 1; i <= count; i++) {k = order[i]; print k, median(step[k]), median(exposed[k]), median(waiting[k])}}'
}
