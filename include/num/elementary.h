/* elementary: exp, log and their kin in double, the same bits on every machine.
 *
 * libm picks its code by the CPU (with or without fused multiply-add) and so differs in the last bit between nodes.
 * These use only +, -, *, / and conversions, in a fixed order. Errors are below 2 ulp over the ranges given
 * (hol_logistic: 3). */
#ifndef HOL_NUM_ELEMENTARY_H
#define HOL_NUM_ELEMENTARY_H

#include <stdint.h>

/* e^x; 0 below -745, +infinity above 709.78. */
double hol_exp(double x);

/* Natural logarithm of x >= 0 (hol_log is base/log.h); -infinity at 0, NaN below. */
double hol_ln(double x);

/* ln(1 + y) for y >= 0. */
double hol_log1p(double y);

/* ln(1 + e^x): minus the free energy of a binary unit with field x. */
double hol_softplus(double x);

/* 1 / (1 + e^-x). */
double hol_logistic(double x);

/* The x at which the standard normal distribution reaches p, 0 < p < 1 (Wichura 1988, AS 241; 1e-15 relative). */
double hol_normal_quantile(double p);

/* Natural logarithm of a sum that arrives one logarithm at a time, in the caller's fixed order. */
typedef struct hol_log_sum {
    double largest;
    double scaled; /* sum of e^(x - largest) */
} hol_log_sum;

hol_log_sum hol_log_sum_empty(void);
void hol_log_sum_add(hol_log_sum *sum, double x);
double hol_log_sum_get(const hol_log_sum *sum);

#endif
