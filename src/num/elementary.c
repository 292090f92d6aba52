/* elementary: argument reduction and series, written so that the compiler has no freedom (-ffp-contract=off). */
#include "num/elementary.h"

#include <math.h>
#include <string.h>

#include "series.h"

static double scale_by_power_of_two(double x, int64_t n) {
    const uint64_t bits = (uint64_t)(n + 1023) << 52;
    double factor;
    memcpy(&factor, &bits, sizeof factor);
    return x * factor;
}

double hol_exp(double x) {
    if (!(x > -745.2)) return x != x ? x : 0.0;
    if (x > 0x1.62e42fefa39efp9) return (double)INFINITY; /* ln of the largest double */
    const double scaled = x * 1.4426950408889634074;
    const int64_t n = (int64_t)(scaled + (scaled < 0 ? -0.5 : 0.5));
    const double r = (x - (double)n * LN2_HIGH) - (double)n * LN2_LOW; /* |r| <= 0.347 */
    double sum = exp_last;                                             /* Taylor to r^13/13! */
    for (int i = 0; i < EXP_TERMS; i++) sum = sum * r + exp_terms[i];
    sum = 1.0 + (r + r * r * sum);
    if (n < -1000) return scale_by_power_of_two(scale_by_power_of_two(sum, n + 200), -200);
    if (n > 1000) return scale_by_power_of_two(scale_by_power_of_two(sum, n - 200), 200);
    return scale_by_power_of_two(sum, n);
}

double hol_ln(double x) {
    if (!(x > 0)) return x == 0 ? -(double)INFINITY : (double)NAN;
    if (x > 0x1.fffffffffffffp1023) return x;
    int64_t exponent = 0;
    if (x < 0x1p-1022) {
        x *= 0x1p54;
        exponent = -54;
    }
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    exponent += (int64_t)(bits >> 52) - 1023;
    bits = (bits & UINT64_C(0xfffffffffffff)) | UINT64_C(0x3ff0000000000000);
    double m;
    memcpy(&m, &bits, sizeof m);
    if (m > LN_SPLIT) {
        m *= 0.5;
        exponent++;
    }
    /* ln m = 2 artanh s, s = (m-1)/(m+1), |s| <= 0.1716; written as f - (f²/2 - s (f²/2 + R)) to keep the low bits */
    const double f = m - 1.0, s = f / (2.0 + f), z = s * s;
    double series = ln_last;
    for (int i = 0; i < LN_TERMS; i++) series = series * z + ln_terms[i];
    series *= z;
    const double half_square = 0.5 * f * f;
    const double e = (double)exponent;
    return e * LN2_HIGH - ((half_square - (s * (half_square + series) + e * LN2_LOW)) - f);
}

double hol_log1p(double y) {
    const double u = 1.0 + y;
    if (u > 1e300) return hol_ln(u);
    return hol_ln(u) + (y - (u - 1.0)) / u;
}

double hol_softplus(double x) { return x > 0 ? x + hol_log1p(hol_exp(-x)) : hol_log1p(hol_exp(x)); }

double hol_logistic(double x) {
    const double e = hol_exp(x < 0 ? x : -x);
    return x < 0 ? e / (1.0 + e) : 1.0 / (1.0 + e);
}

static double ratio(const double *numerator, const double *denominator, double r) {
    double a = numerator[7], b = denominator[7];
    for (int i = 6; i >= 0; i--) {
        a = a * r + numerator[i];
        b = b * r + denominator[i];
    }
    return a / b;
}

double hol_normal_quantile(double p) {
    static const double a[] = {3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3,
                               1.3731693765509461125e4, 4.5921953931549871457e4, 6.7265770927008700853e4,
                               3.3430575583588128105e4, 2.5090809287301226727e3};
    static const double b[] = {1.0,
                               4.2313330701600911252e1,
                               6.8718700749205790830e2,
                               5.3941960214247511077e3,
                               2.1213794301586595867e4,
                               3.9307895800092710610e4,
                               2.8729085735721942674e4,
                               5.2264952788528545610e3};
    static const double c[] = {1.42343711074968357734e0,  4.63033784615654529590e0, 5.76949722146069140550e0,
                               3.64784832476320460504e0,  1.27045825245236838258e0, 2.41780725177450611770e-1,
                               2.27238449892691845833e-2, 7.74545014278341407640e-4};
    static const double d[] = {1.0,
                               2.05319162663775882187e0,
                               1.67638483018380384940e0,
                               6.89767334985100004550e-1,
                               1.48103976427480074590e-1,
                               1.51986665636164571966e-2,
                               5.47593808499534494600e-4,
                               1.05075007164441684324e-9};
    static const double e[] = {6.65790464350110377720e0,  5.46378491116411436990e0,  1.78482653991729133580e0,
                               2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
                               2.71155556874348757815e-5, 2.01033439929228813265e-7};
    static const double f[] = {1.0,
                               5.99832206555887937690e-1,
                               1.36929880922735805310e-1,
                               1.48753612908506148525e-2,
                               7.86869131145613259100e-4,
                               1.84631831751005468180e-5,
                               1.42151175831644588870e-7,
                               2.04426310338993978564e-15};
    const double q = p - 0.5;
    if (q > -0.425 && q < 0.425) return q * ratio(a, b, 0.180625 - q * q);
    const double tail = sqrt(-hol_ln(q < 0 ? p : 1.0 - p)); /* sqrt is exactly rounded everywhere */
    const double x = tail <= 5.0 ? ratio(c, d, tail - 1.6) : ratio(e, f, tail - 5.0);
    return q < 0 ? -x : x;
}

hol_log_sum hol_log_sum_empty(void) { return (hol_log_sum){.largest = -(double)INFINITY, .scaled = 0}; }

void hol_log_sum_add(hol_log_sum *sum, double x) {
    if (x == -(double)INFINITY) return;
    if (x > sum->largest) {
        sum->scaled = sum->scaled * hol_exp(sum->largest - x) + 1.0;
        sum->largest = x;
    } else {
        sum->scaled += hol_exp(x - sum->largest);
    }
}

double hol_log_sum_get(const hol_log_sum *sum) { return sum->largest + hol_ln(sum->scaled); }
