/* reduction: vectors of whole numbers, one on each node, become their sum, on each node: by messages that ranks look
 * after while they compute.
 *
 * A reduce-scatter, then an all-gather, each in stages (Thakur, Rabenseifner & Gropp 2005, for any numbers of nodes),
 * by the schedule of src/base/schedule.h:
 *
 *     reduce-scatter, stage s = 0, 1, ...     of what a node holds (at first all of it) each of its set's digits takes
 *                                             a share; it gets others' numbers of its own one, and holds that
 *     all-gather, s = ..., 1, 0               each sends what it holds back to where it came from: all hold all of it
 *
 * A message is as narrow (narrow.h) as holds the sums of the nodes that are in it: after stage 0, of as many as its
 * radix. Messages of a stage are all under way at once. So few stages of large radix have messages as narrow as can be,
 * and need few turns of looking after them, those of small radix fewer messages: a radix is up to 16.
 *
 * Codes are MPI's. */
#ifndef HOL_SRC_BASE_REDUCTION_H
#define HOL_SRC_BASE_REDUCTION_H

#include <mpi.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/memory.h"
#include "base/status.h"
#include "base/sum.h"

typedef struct hol_reduction hol_reduction; /* opaque */

typedef struct hol_reduction_options {
    MPI_Comm channel; /* of the nodes, for this reduction alone; borrowed */
    int node, nodes;
    int64_t count;        /* of the numbers */
    int width;            /* their bytes: 2, 4 or 8 */
    int64_t bound, whole; /* largest absolute values: of a node's number, of a sum */
    char *values;         /* (count) borrowed: the node's numbers, then the sums */
    int ranges;           /* that are under way at a time, at most */
    int radix;            /* the largest that is wished for; 0: 16, tests take less */
    hol_memory *memory;   /* NULL in a run */
} hol_reduction_options;

/* The caller owns *ret_reduction. Not collective. */
hol_status hol_reduction_create(const hol_reduction_options *options, hol_reduction **ret_reduction) HOL_MUST_USE;
void hol_reduction_destroy(hol_reduction *reduction);

/* Range number k, values [first, first + count): all nodes start the same ones, in any order. Does not wait. */
int hol_reduction_start(hol_reduction *reduction, int k, int64_t first, int64_t count) HOL_MUST_USE;
/* Moves it on; *ret_done: the sums are there. Does not wait. */
int hol_reduction_poll(hol_reduction *reduction, int k, bool *ret_done) HOL_MUST_USE;

/* Bytes that this node has sent since its creation. */
int64_t hol_reduction_get_sent(const hol_reduction *reduction);

#endif
