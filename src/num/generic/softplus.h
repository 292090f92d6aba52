/* softplus: ln(1 + e^x), with nothing of the backend's own. */
#include "../series.h"

/* 8 terms at a time in the machine's own vectors: GCC takes comparisons of wider ones apart into single numbers. Two
 * times 8 go side by side, for each operation waits for the one before. */
enum { TERMS = 8, TERM_PARTS = TERMS * 8 / NATIVE, PART_TERMS = NATIVE / 8, SIDE = 2 * TERM_PARTS };
typedef double vnd __attribute__((vector_size(NATIVE)));
typedef int64_t vnl __attribute__((vector_size(NATIVE)));
typedef double vnd_from __attribute__((vector_size(NATIVE), aligned(8), may_alias));

/* e^-t for 0 <= t <= 700: 2^-n e^r with |r| <= 0.347, Taylor to r^13 */
static inline void exp_minus(const vnd t[SIDE], vnd e[SIDE]) {
    const double to_integer = 0x1.8p52; /* adding it leaves the nearest whole number in the low bits */
    vnd n[SIDE], r[SIDE], sum[SIDE];
#pragma GCC unroll 8
    for (int p = 0; p < SIDE; p++) {
        n[p] = (t[p] * -1.4426950408889634074 + to_integer) - to_integer;
        r[p] = (-t[p] - n[p] * LN2_HIGH) - n[p] * LN2_LOW;
        sum[p] = (vnd){0} + exp_last;
    }
#pragma GCC unroll 1 /* all sides' terms in turn: unrolled, GCC would take one side after the other */
    for (int i = 0; i < EXP_TERMS; i++)
#pragma GCC unroll 8
        for (int p = 0; p < SIDE; p++) sum[p] = sum[p] * r[p] + exp_terms[i];
#pragma GCC unroll 8
    for (int p = 0; p < SIDE; p++) {
        sum[p] = 1.0 + (r[p] + r[p] * r[p] * sum[p]);
        e[p] = (vnd)((vnl)sum[p] + ((vnl)(n[p] + to_integer) << 52)); /* n's low bits, moved to the exponent */
    }
}

/* positive += max(x, 0), product *= 1 + e^-|x|, for 8 terms and then 8 more */
static inline void add_terms(const double *x, vnd positive[TERM_PARTS], vnd product[TERM_PARTS]) {
    vnd value[SIDE], t[SIDE], e[SIDE];
#pragma GCC unroll 8
    for (int p = 0; p < SIDE; p++) {
        value[p] = *(const vnd_from *)(x + p * PART_TERMS);
        t[p] = (vnd)((vnl)value[p] & INT64_MAX);
        const vnl far = t[p] > 700.0;
        t[p] = (vnd)(((vnl)t[p] & ~far) | ((vnl)((vnd){0} + 700.0) & far));
    }
    exp_minus(t, e);
#pragma GCC unroll 8
    for (int p = 0; p < SIDE; p++) {
        positive[p % TERM_PARTS] += (vnd)((vnl)value[p] & (vnl)(value[p] > 0.0));
        product[p % TERM_PARTS] *= 1.0 + e[p];
    }
}

/* hol_ln of numbers from 1 to below 2^1000, to the bit */
static inline vnd ln_part(vnd x) {
    const double to_integer = 0x1.8p52;
    const vnl bits = (vnl)x;
    vnl exponent = (bits >> 52) - 1023;
    vnd m = (vnd)((bits & INT64_C(0xfffffffffffff)) | INT64_C(0x3ff0000000000000));
    const vnl large = m > LN_SPLIT;
    m = (vnd)((vnl)m - (large & INT64_C(1) << 52)); /* half of it */
    exponent -= large;
    const vnd e = (vnd)(exponent + (vnl)((vnd){0} + to_integer)) - to_integer;
    const vnd f = m - 1.0, s = f / (2.0 + f), z = s * s;
    vnd series = (vnd){0} + ln_last;
#pragma GCC unroll 16
    for (int i = 0; i < LN_TERMS; i++) series = series * z + ln_terms[i];
    series *= z;
    const vnd half_square = 0.5 * f * f;
    return e * LN2_HIGH - ((half_square - (s * (half_square + series) + e * LN2_LOW)) - f);
}

static double softplus_sum(const double *x, int64_t count) {
    /* sum max(x, 0) + ln prod (1 + e^-|x|): one logarithm for many terms; a lane's product of 512 stays below 2^512 */
    enum { FOLD = 512, STEP = 2 * TERMS };
    vnd positive[TERM_PARTS], product[TERM_PARTS], logs[TERM_PARTS];
    double sum = 0, last[STEP];
    for (int p = 0; p < TERM_PARTS; p++) {
        positive[p] = (vnd){0};
        product[p] = (vnd){0} + 1.0;
    }
    for (int64_t k = 0; k < count; k += STEP) {
        const double *from = x + k;
        if (k + STEP > count) { /* -1000 adds e^-700, that is nothing */
            for (int64_t l = 0; l < STEP; l++) last[l] = k + l < count ? x[k + l] : -1000.0;
            from = last;
        }
        add_terms(from, positive, product);
        if ((k / TERMS + 2) % FOLD != 0 || k + TERMS >= count) continue;
        for (int p = 0; p < TERM_PARTS; p++) logs[p] = ln_part(product[p]);
        for (int l = 0; l < TERMS; l++) sum += logs[l / PART_TERMS][l % PART_TERMS];
        for (int p = 0; p < TERM_PARTS; p++) product[p] = (vnd){0} + 1.0;
    }
    for (int p = 0; p < TERM_PARTS; p++) logs[p] = ln_part(product[p]);
    for (int l = 0; l < TERMS; l++)
        sum += positive[l / PART_TERMS][l % PART_TERMS] + logs[l / PART_TERMS][l % PART_TERMS];
    return sum;
}
