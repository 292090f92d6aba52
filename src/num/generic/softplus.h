/* softplus: ln(1 + e^x), with nothing of the backend's own. */
#include "../exp_series.h"
#include "num/elementary.h"

typedef double v8d __attribute__((vector_size(64)));
typedef int64_t v8l __attribute__((vector_size(64)));

/* e^-t for 0 <= t <= 700: 2^-n e^r with |r| <= 0.347, Taylor to r^13 */
static inline v8d exp_minus(v8d t) {
    const double to_integer = 0x1.8p52; /* adding it leaves the nearest whole number in the low bits */
    const v8d n = (t * -1.4426950408889634074 + to_integer) - to_integer;
    const v8d r = (-t - n * 0x1.62e42feep-1) - n * 0x1.a39ef35793c76p-33;
    v8d sum = (v8d){0} + exp_last;
    for (int i = 0; i < EXP_TERMS; i++) sum = sum * r + exp_terms[i];
    sum = 1.0 + (r + r * r * sum);
    return (v8d)((v8l)sum + ((v8l)(n + to_integer) << 52)); /* n's low bits, moved to the exponent */
}

static double softplus_sum(const double *x, int64_t count) {
    /* sum max(x, 0) + ln prod (1 + e^-|x|): one logarithm for many terms; a lane's product of 512 stays below 2^512 */
    enum { WIDTH = 8, FOLD = 512 };
    v8d positive = {0}, product = (v8d){0} + 1.0;
    double sum = 0;
    int64_t terms = 0;
    for (int64_t k = 0; k < count; k += WIDTH) {
        v8d value;
        if (k + WIDTH <= count) {
            memcpy(&value, x + k, sizeof value);
        } else {
            value = (v8d){0} - 1000.0; /* adds e^-700, that is nothing */
            for (int64_t l = 0; k + l < count; l++) value[l] = x[k + l];
        }
        const v8l above = value > 0.0;
        positive += (v8d)((v8l)value & above);
        v8d t = (v8d)((v8l)value & INT64_MAX);
        const v8l far = t > 700.0;
        t = (v8d)(((v8l)t & ~far) | ((v8l)((v8d){0} + 700.0) & far));
        product *= 1.0 + exp_minus(t);
        if (++terms < FOLD) continue;
        for (int l = 0; l < WIDTH; l++) sum += hol_ln(product[l]);
        product = (v8d){0} + 1.0;
        terms = 0;
    }
    for (int l = 0; l < WIDTH; l++) sum += positive[l] + hol_ln(product[l]);
    return sum;
}
