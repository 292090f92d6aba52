/* step_size: a factor on the learning rate that follows the angle between successive gradients.
 *
 *     factor_t = factor_(t-1) (1 + gain cos(g_t, g_(t-1)))        cos(a, b) = a . b / (|a| |b|)
 *
 * Gradients that point the same way ask for longer steps, gradients that turn back for shorter ones: the
 * multiplicative, normalised form of hypergradient descent (Baydin, Cornish, Martinez Rubio, Schmidt & Wood, ICLR
 * 2018). The factor keeps within HOL_STEP_FACTOR_MAX of 1 either way. */
#ifndef HOL_TRAIN_STEP_SIZE_H
#define HOL_TRAIN_STEP_SIZE_H

#include <stdint.h>

#define HOL_STEP_FACTOR_MAX 1024.0

/* The next factor. gradient and previous are (count); previous becomes the gradient. Before the first step previous is
 * 0, which has no angle: the factor stays. The same bits on every machine. Not collective. */
double hol_step_size_follow(double factor, double gain, const float *gradient, float *previous, int64_t count);

/* a . b in double, in one fixed order of additions. */
double hol_step_size_dot(const float *a, const float *b, int64_t count);

#endif
