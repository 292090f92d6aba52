/* average: of the iterates. */
#include "train/average.h"

#include "num/clones.h"
#include "num/threads.h"

HOL_CLONES static void follow_chunk(float weight, const float *theta, int64_t count, float *restrict average) {
    for (int64_t i = 0; i < count; i++) average[i] += weight * (theta[i] - average[i]);
}

void hol_average_follow(float *average, const float *theta, int64_t count, int64_t t, int64_t horizon) {
    const float weight = (float)(1.0 / (double)(t < horizon ? t : horizon));
#pragma omp parallel for default(none) shared(average, theta, count, weight)                                           \
    schedule(static) if (hol_worth_threads(count, 4))
    for (int64_t i = 0; i < count; i += HOL_CHUNK)
        follow_chunk(weight, theta + i, count - i < HOL_CHUNK ? count - i : HOL_CHUNK, average + i);
}
