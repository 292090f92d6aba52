/* softplus: ln(1 + e^x), with nothing of the backend's own. */
#include "../exp_series.h"
#include "num/elementary.h"

/* 8 terms at a time in the machine's own vectors: GCC takes comparisons of wider ones apart into single numbers */
enum { TERMS = 8, TERM_PARTS = TERMS * 8 / NATIVE, PART_TERMS = NATIVE / 8 };
typedef double vnd __attribute__((vector_size(NATIVE)));
typedef int64_t vnl __attribute__((vector_size(NATIVE)));

/* e^-t for 0 <= t <= 700: 2^-n e^r with |r| <= 0.347, Taylor to r^13 */
static inline vnd exp_minus(vnd t) {
    const double to_integer = 0x1.8p52; /* adding it leaves the nearest whole number in the low bits */
    const vnd n = (t * -1.4426950408889634074 + to_integer) - to_integer;
    const vnd r = (-t - n * 0x1.62e42feep-1) - n * 0x1.a39ef35793c76p-33;
    vnd sum = (vnd){0} + exp_last;
    for (int i = 0; i < EXP_TERMS; i++) sum = sum * r + exp_terms[i];
    sum = 1.0 + (r + r * r * sum);
    return (vnd)((vnl)sum + ((vnl)(n + to_integer) << 52)); /* n's low bits, moved to the exponent */
}

/* positive += max(x, 0), product *= 1 + e^-|x| */
static inline void add_terms(const double *x, vnd *positive, vnd *product) {
    vnd value;
    memcpy(&value, x, sizeof value);
    *positive += (vnd)((vnl)value & (vnl)(value > 0.0));
    const vnd t = (vnd)((vnl)value & INT64_MAX);
    const vnl far = t > 700.0;
    *product *= 1.0 + exp_minus((vnd)(((vnl)t & ~far) | ((vnl)((vnd){0} + 700.0) & far)));
}

static double softplus_sum(const double *x, int64_t count) {
    /* sum max(x, 0) + ln prod (1 + e^-|x|): one logarithm for many terms; a lane's product of 512 stays below 2^512 */
    enum { FOLD = 512 };
    vnd positive[TERM_PARTS], product[TERM_PARTS];
    double sum = 0, last[TERMS];
    for (int p = 0; p < TERM_PARTS; p++) {
        positive[p] = (vnd){0};
        product[p] = (vnd){0} + 1.0;
    }
    for (int64_t k = 0; k < count; k += TERMS) {
        const double *from = x + k;
        if (k + TERMS > count) { /* -1000 adds e^-700, that is nothing */
            for (int64_t l = 0; l < TERMS; l++) last[l] = k + l < count ? x[k + l] : -1000.0;
            from = last;
        }
        for (int p = 0; p < TERM_PARTS; p++) add_terms(from + p * PART_TERMS, &positive[p], &product[p]);
        if ((k / TERMS + 1) % FOLD != 0) continue;
        for (int l = 0; l < TERMS; l++) sum += hol_ln(product[l / PART_TERMS][l % PART_TERMS]);
        for (int p = 0; p < TERM_PARTS; p++) product[p] = (vnd){0} + 1.0;
    }
    for (int l = 0; l < TERMS; l++)
        sum += positive[l / PART_TERMS][l % PART_TERMS] + hol_ln(product[l / PART_TERMS][l % PART_TERMS]);
    return sum;
}
