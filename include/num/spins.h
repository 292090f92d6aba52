/* spins: multi-spin coding (Jacobs & Rebbi 1981): 64 chains of coupled spins for about the price of one.
 *
 * Where all couplings are equal, a unit's conditional depends on its z neighbours only through n, how many of them are
 * on. The n of 64 chains are three words, one per binary digit, made by adding the neighbours' words digit by digit.
 * Each chain is then drawn by comparing a random number of 32 binary digits with its threshold, digit by digit from the
 * top, all chains at once, a word of random digits after the other, until the last chain is decided.
 *
 *     p(x_i = 1 | n) = thresholds[n] / 2^32
 *
 * Units are drawn colour by colour: those of one colour are not coupled with each other. Digit 31 - k of the number of
 * (unit, chain) is bit chain % 64 of word k of (unit, block); words 2 m and 2 m + 1 are the two halves of Philox(key;
 * unit, block + 2^28 m, step, sweep), lower bits first. */
#ifndef HOL_NUM_SPINS_H
#define HOL_NUM_SPINS_H

#include <stdint.h>

#include "num/layer.h"

enum {
    HOL_SPIN_DEGREE_MAX = 7, /* neighbours of a unit: their number has three digits */
    HOL_SPIN_DIGITS = 32,    /* of a threshold */
    HOL_SPIN_PIECE = 512,    /* units of a list, at most: what a thread takes at a time */
};

/* The conditional of units with `degree` neighbours. */
typedef struct hol_spin_rule {
    int64_t degree;
    uint32_t thresholds[HOL_SPIN_DEGREE_MAX + 1];              /* by n, 0 to degree */
    uint64_t digits[HOL_SPIN_DIGITS][HOL_SPIN_DEGREE_MAX + 1]; /* all ones where digit 31 - k of thresholds[n] is 1 */
} hol_spin_rule;

/* Sets digits from degree and thresholds. */
void hol_spin_rule_spread(hol_spin_rule *rule);

/* `count` units of one colour and one degree: units[first ..], their m-th neighbours neighbours[at + m * count ..]. */
typedef struct hol_spin_list {
    int64_t first, count; /* count: 1 to HOL_SPIN_PIECE */
    int64_t at;
    int32_t degree;
} hol_spin_list;

/* A view; the model owns the arrays. Every unit is in one list. */
typedef struct hol_spins {
    const hol_kernels *kernels;
    const hol_spin_rule *rules; /* (HOL_SPIN_DEGREE_MAX + 1): by degree */
    const int32_t *units;
    const int32_t *neighbours;
    const hol_spin_list *lists;
    const int64_t *colour_starts; /* (colours + 1): the lists of colour c are colour_starts[c] .. */
    int64_t colours;
} hol_spins;

/* One sweep over all units of x->words, in place, colour after colour. held, laid out as x->words: a bit for each state
 * that stays as it is; or NULL. Threaded; the result does not depend on the threads. */
void hol_spins_sample(const hol_spins *spins, const hol_states *x, const uint64_t *held, const hol_draw *draw);
/* The plain reference: chain by chain, all 32 digits. Not threaded. */
void hol_spins_sample_ref(const hol_spins *spins, const hol_states *x, const uint64_t *held, const hol_draw *draw);

#endif
