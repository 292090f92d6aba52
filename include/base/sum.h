/* sum: a vector of integers that is summed over ranks again and again, while the ranks compute.
 *
 * Ranks of one node write their parts into memory that they share; each of them adds up a share of it, and one of them
 * exchanges the node's sum with the other nodes: in stages, whose messages are as narrow as provably holds what is
 * summed by then. So a node sends for all its ranks, and on one node there is no message at all. The sums are of
 * integers: they depend neither on the ranks nor on how they are spread over nodes.
 *
 *     cycle:  write into the part -> start a range, then the next ... -> poll now and then -> finish -> read the total
 *
 * Where memory can't be shared (base/segments.h), every rank exchanges for itself. HOLODE_NODE_RANKS=n in the
 * environment takes at most n ranks of a node together; 1 shares no memory. */
#ifndef HOL_BASE_SUM_H
#define HOL_BASE_SUM_H

#include <stdint.h>

#include "base/comm.h"
#include "base/status.h"

typedef struct hol_sum hol_sum; /* opaque */

/* The largest number of integers in a range: MPI's counts are 32-bit. */
#define HOL_SUM_RANGE_MAX (INT64_C(1) << 28)

/* `count` integers of `width` bytes (2, 4 or 8), all 0. `bound` is the largest absolute value of this rank's; the
 * bounds' sum over ranks must fit the width. `most` is the largest number of integers in a range (0: HOL_SUM_RANGE_MAX;
 * tests take less). With comm NULL the total is this process's part, and nothing needs to be started or finished. The
 * caller owns *ret_sum. Collective. */
hol_status hol_sum_create(hol_comm *comm, int64_t count, int width, int64_t bound, int64_t most,
                          hol_sum **ret_sum) HOL_MUST_USE;
/* Not collective; no cycle may be open. NULL is fine. */
void hol_sum_destroy(hol_sum *sum);

/* This rank's addends (count): to be written between hol_sum_finish and the hol_sum_start of their range. Borrowed. */
void *hol_sum_get_part(hol_sum *sum);
/* The sums (count), equal on all ranks, from hol_sum_finish to the next cycle's first hol_sum_start. The same memory as
 * the part where a rank is alone on its node. Borrowed. */
const void *hol_sum_get_total(const hol_sum *sum);

/* Range [first, first + range) of the part is written. All ranks start the same ranges in the same order, each number
 * once a cycle, at most HOL_SUM_RANGES_MAX ranges. Collective, but does not wait. */
enum { HOL_SUM_RANGES_MAX = 64 };
hol_status hol_sum_start(hol_sum *sum, int64_t first, int64_t range) HOL_MUST_USE;

/* Moves things on; never waits. Open MPI moves messages only inside its calls, and a node's sum needs all its ranks:
 * call it between pieces of work. Not collective. */
void hol_sum_poll(hol_sum *sum);

/* Waits until all that was started is summed, and ends the cycle. HOL_FAILURE when MPI fails. Collective. */
hol_status hol_sum_finish(hol_sum *sum) HOL_MUST_USE;

/* Bytes that this rank has sent to other nodes since the creation. */
int64_t hol_sum_get_sent(const hol_sum *sum);

/* What a cycle of one range costs: of the first node; others have a little more or less. */
typedef struct hol_sum_traffic {
    int turns;       /* times that messages are waited for, one after the other */
    int messages;    /* sent by a node, and as many received */
    int64_t bytes;   /* sent by a node, and about as many received */
    int64_t handled; /* integers that a node adds, or makes narrower or wider */
} hol_sum_traffic;

/* The same between `nodes` nodes, whose integers are at most `bound`, of sums that are at most `whole`, as absolute
 * values. */
hol_sum_traffic hol_sum_predict(int nodes, int64_t count, int width, int64_t bound, int64_t whole);

#endif
