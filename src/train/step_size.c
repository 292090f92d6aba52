/* step_size: hypergradient descent on the logarithm of the rate. */
#include "train/step_size.h"

#include <math.h>
#include <string.h>

#include "num/clones.h"

/* 16 partial sums that any vector width can follow */
HOL_CLONES double hol_step_size_dot(const float *a, const float *b, int64_t count) {
    double sums[16] = {0}, sum = 0;
    int64_t i = 0;
    for (; i + 16 <= count; i += 16)
        for (int k = 0; k < 16; k++) sums[k] += (double)a[i + k] * (double)b[i + k];
    for (; i < count; i++) sums[0] += (double)a[i] * (double)b[i];
    for (int k = 0; k < 16; k++) sum += sums[k];
    return sum;
}

double hol_step_size_follow(double factor, double gain, const float *gradient, float *previous, int64_t count) {
    const double lengths =
        sqrt(hol_step_size_dot(gradient, gradient, count)) * sqrt(hol_step_size_dot(previous, previous, count));
    const double cosine = lengths > 0 ? hol_step_size_dot(gradient, previous, count) / lengths : 0;
    memcpy(previous, gradient, (size_t)count * sizeof *previous);
    factor *= 1 + gain * cosine;
    return fmin(fmax(factor, 1 / HOL_STEP_FACTOR_MAX), HOL_STEP_FACTOR_MAX);
}
