/* pairwise: sites of a few states each that are coupled in pairs, as in Potts models: fields, draws and counts.
 *
 *     field_i(a) = h_i(a) + sum_j J_ij(a, x_j)          p(x_i = a | all others) = exp(field_i(a)) / sum_b exp(...)
 *
 * over the sites j that i is coupled with. Fields are sums of whole numbers, round(theta 2^bits / tau), and exact, so
 * that no order of additions matters; draws go by num/sites' rule, of which the unit is the site's number. States are
 * bytes, (blocks, sites, 64).
 *
 * Site i has a table: for each site j that it is coupled with, in ascending order, a row of q_i numbers for each state
 * of j. A field is the sum of a row of each. Tables of 16 bits are for training: sums in 16 bits over the sites of a
 * range, which certainly fit, are widened to 32. The number of bits is the largest for which they do, and so follows
 * from the parameters alone. For values, and where fewer than HOL_NARROW_BITS_MIN bits would be left, tables have up to
 * 24 bits (num/fixed.h) and are rounded from the parameters when they are needed, a tile at a time.
 *
 * Some processors look numbers up in a register, with a lane for each chain. Where no site has more than
 * HOL_PAIRWISE_LANE_STATES states, tables of 16 bits are turned for them: for each site j, and each state of site i, a
 * row of how much each state of j adds to it. Sums are the same.
 *
 * Where most pairs are coupled, sites whose states have few combinations are looked up together: such a group's rows
 * are sums of one row of each of its sites, for all combinations of their states, made a tile at a time. */
#ifndef HOL_NUM_PAIRWISE_H
#define HOL_NUM_PAIRWISE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "base/team.h"
#include "num/counts.h"
#include "num/kernels.h"

enum {
    HOL_PAIRWISE_RANGE = 24,          /* sites: groups don't go beyond a range of them */
    HOL_PAIRWISE_GROUP_ROWS = 64,     /* the most of a group of several sites */
    HOL_PAIRWISE_STRIP = 32,          /* columns of a table: states of its site */
    HOL_PAIRWISE_TILE = 24 * 24 * 21, /* numbers, 24 KB in 16 bits: what stays in a first-level cache */
    HOL_PAIRWISE_LANE_STATES = 32,    /* the most numbers that are looked up in one register */
};

/* Which sites are coupled, and where their parameters stand. A view. */
typedef struct hol_pairwise_graph {
    int64_t sites, pairs, parameters;
    const int32_t *states;    /* (sites): 1 to HOL_SITE_STATES_MAX */
    const int32_t *ends;      /* (pairs, 2): two sites each, no pair twice */
    const int64_t *couplings; /* (pairs): where in theta its (states of ends[0], states of ends[1]) numbers begin */
    const int64_t *fields;    /* (sites): where the site's begin; -1, or all NULL: none, and they are 0 */
    int64_t stride;           /* from one row of a pair's numbers to the next; 0: they follow each other */
    bool single;              /* of two states the first has no numbers: a row or a column is the second's, and draws
                               * are those of a bit */
} hol_pairwise_graph;

/* Some rows of one strip of a site's table: group k's, of which `group` says the number, begin with row `row`. Rows
 * have `width` numbers, a multiple of 8, and are aligned to 16 bytes; one of the two.
 *
 * A tile of lanes is a narrow one. Its groups are sites, which have a row for each of the site's `width` states: group
 * k's are of row[k + 1] - row[k] numbers, a multiple of 8, and begin with number width * row[k]. 64 bytes can be read
 * from where any row begins. */
struct hol_pairwise_tile {
    const int16_t *narrow;
    const int32_t *wide;
    int64_t width;
    int64_t groups; /* at most HOL_PAIRWISE_RANGE */
    int32_t group[HOL_PAIRWISE_RANGE];
    int32_t row[HOL_PAIRWISE_RANGE + 1];
};

typedef struct hol_pairwise hol_pairwise; /* opaque */

/* Copies the description. team is borrowed, as long as it lives; NULL: alone. The caller owns *ret_pairwise. */
hol_status hol_pairwise_create(const hol_pairwise_graph *graph, const hol_kernels *kernels, hol_team *team,
                               hol_pairwise **ret_pairwise) HOL_MUST_USE;
void hol_pairwise_destroy(hol_pairwise *pairwise);

/* Tables of theta / temperature: of 16 bits for training; or of up to 24, for which theta is copied. HOL_NUMERICAL when
 * a parameter is not finite or a field could exceed HOL_FIXED_LIMIT. Collective over the team, whose theta is one. */
hol_status hol_pairwise_prepare_training(hol_pairwise *pairwise, const float *theta, double temperature) HOL_MUST_USE;
hol_status hol_pairwise_prepare(hol_pairwise *pairwise, const float *theta, double temperature) HOL_MUST_USE;

/* The fraction bits that the tables have, and whether they are narrow. */
/* The second, with so many fraction bits: fields certainly fit, base (below) and all. No fields are read. */
void hol_pairwise_prepare_at(hol_pairwise *pairwise, const float *theta, double temperature, int bits);

int hol_pairwise_bits(const hol_pairwise *pairwise, bool *ret_narrow);

/* Bytes of scratch for so many blocks; 64-byte aligned, the caller's. */
int64_t hol_pairwise_scratch_bytes(const hol_pairwise *pairwise, int64_t blocks);

/* What a sweep goes over. */
typedef struct hol_pairwise_states {
    uint8_t *states; /* (blocks, sites, 64) */
    int64_t blocks;
    int64_t first_block;        /* the global number of block 0 */
    const uint64_t *held;       /* site i of block b stays as it is in the lanes of held[b * held_stride + */
    const int64_t *held_places; /* held_places[i]]; (sites) */
    int64_t held_stride;        /* held NULL: all are drawn */
    const int32_t *base; /* (blocks * 64, base_stride), from held_places[i] on, of two states that are `single` the */
    int64_t base_stride; /* second's alone: what fields begin with; held_places are the draws' numbers then. NULL:
                                 * with the fields of theta, and sites have their own numbers. */
} hol_pairwise_states;

/* `sweeps` sweeps, sites in ascending order, in place; each sweep has two of the draw's numbers, of which it takes the
 * first. Threaded over blocks; the result does not depend on the threads. */
void hol_pairwise_sweep(const hol_pairwise *pairwise, const hol_pairwise_states *x, const hol_draw *draw,
                        int64_t sweeps, void *scratch);

/* counts[...] += how often each parameter's state, or pair of states, is there, laid out as theta, of those in
 * [first, end) alone: counts is (end - first); a site's or a pair's are all in it, or none. count is the number of
 * chains of the whole population: lanes beyond it are left out. scratch as above. */
void hol_pairwise_count(const hol_pairwise *pairwise, const hol_pairwise_states *x, int64_t count, int64_t first,
                        int64_t end, hol_sums counts, void *scratch);

/* Calls `visit` for every site and block with the fields of all its lanes, (states of the site, 64), from the tables as
 * prepared: a block's sites in ascending order, by one thread; blocks at the same time. scratch as above. */
typedef void hol_pairwise_visitor(void *context, int64_t site, int64_t block, const double *fields);
void hol_pairwise_visit(const hol_pairwise *pairwise, const hol_pairwise_states *x, hol_pairwise_visitor *visit,
                        void *context, void *scratch);

/* From the tables as prepared, in double; states is one block's, (sites, 64). The fields of site i, one a state, in the
 * lane that states points at; and E / tau of each lane, (64), which takes hol_pairwise_prepare. */
void hol_pairwise_fields(const hol_pairwise *pairwise, int64_t i, const uint8_t *states, double *fields);
void hol_pairwise_energies(const hol_pairwise *pairwise, const uint8_t *states, double *energies);

#endif
