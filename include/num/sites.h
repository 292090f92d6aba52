/* sites: categorical units as bits: exclusive runs of units.
 *
 * A categorical unit of q states, a site, is q units in a row of which exactly one is on in each chain. Fields,
 * couplings and counts are those of units; drawing alone is of the site as a whole, from its softmax:
 *
 *     p(state s | x) = exp(f_s scale) / sum_t exp(f_t scale)          f_s: the field of the site's unit s
 *
 * in whole numbers, so that no order of additions matters, with m the largest f_s:
 *
 *     weight_s = round(2^23 exp((f_s - m) scale))      total = sum_s weight_s      p_s = weight_s / total
 *
 * exp by one fixed sequence of float operations, of a relative error of 3e-7. A state that is 16.6 nats below the
 * likeliest has weight 0. With the site's random number u of 32 bits, state s is drawn that has
 *
 *     weight_0 + ... + weight_{s-1}  <=  floor(u total / 2^32)  <  weight_0 + ... + weight_s
 *
 * The number of (site, chain) is word chain % 64 / 16 of Philox(key; unit, 16 (chain / 64) + chain % 16, step, sweep),
 * unit being the site's first: no unit that is drawn by itself has that number, so that sites and units of one layer
 * never share one. */
#ifndef HOL_NUM_SITES_H
#define HOL_NUM_SITES_H

#include <stdint.h>

#include "base/status.h"
#include "num/kernels.h"

enum { HOL_SITE_STATES_MAX = 256, HOL_SITE_BITS = 23 };

/* The sites of a layer, a view. */
typedef struct hol_sites {
    int64_t count;
    const int32_t *first;    /* (count), ascending: site k is units first[k] .. first[k] + states[k] - 1 */
    const int32_t *states;   /* (count): 2 to HOL_SITE_STATES_MAX */
    const uint16_t *columns; /* (units in strips of 16): bit c of number s: unit 16 s + c is a site's */
} hol_sites;

/* Copies the description, with columns for a layer of `units` units. The caller owns *ret_sites. */
hol_status hol_sites_create(int64_t count, const int32_t *first, const int32_t *states, int64_t units,
                            hol_sites **ret_sites) HOL_MUST_USE;
void hol_sites_destroy(hol_sites *sites);

/* The first site that ends beyond `unit`. */
static inline int64_t hol_sites_find(const hol_sites *sites, int64_t unit) {
    int64_t low = 0, high = sites->count;
    while (low < high) {
        const int64_t k = (low + high) / 2;
        if (sites->first[k] + sites->states[k] > unit) high = k;
        else low = k + 1;
    }
    return low;
}

/* Which of the 16 units of `unit`'s strip are sites'; sites may be NULL. */
static inline uint16_t hol_sites_columns(const hol_sites *sites, int64_t unit) {
    return sites ? sites->columns[unit / HOL_STRIP] : 0;
}

/* reach[k] = no |coupling| of site k's units is larger, of a table (strips, inputs, 32) of 16 bits. Threaded. */
void hol_sites_reach(const hol_sites *sites, const int16_t *narrow, int64_t inputs, int64_t outputs, int32_t *reach);

/* Whether each of `lanes` lanes has exactly one unit of every site on: words is one block's. */
int64_t hol_sites_find_broken(const hol_sites *sites, const uint64_t *words, uint64_t lanes);

/* ln of the sum over a site's states, fields (states) in nats; and over all states of a layer's units first .. end - 1,
 * in which sites lie whole, other units on or off, with fields (end - first): sites may be NULL. */
double hol_sites_sum_states(const double *fields, int64_t states);
double hol_sites_sum_units(const hol_sites *sites, const hol_kernels *kernels, const double *fields, int64_t first,
                           int64_t end);

/* p_s to 15 bits (HOL_PROBABILITY_BITS). */
static inline int32_t hol_sites_round(uint32_t weight, uint32_t total) {
    return (int32_t)((((uint64_t)weight << HOL_PROBABILITY_BITS) + total / 2) / total);
}

/* The scalar reference: the weight of a field that is `below` the largest one; and the state that number u draws. */
uint32_t hol_sites_weight_ref(uint32_t below, float scale);
int32_t hol_sites_choose_ref(const uint32_t *weights, int64_t states, uint32_t u);
uint32_t hol_sites_number_ref(const hol_draw *draw, int64_t unit, int64_t chain);

#endif
