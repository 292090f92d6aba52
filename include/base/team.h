/* team: the ranks of a node, which compute together what they all would compute the same, in one copy in shared memory.
 *
 * After a step's sums each rank has the same work on the same numbers: the update, and the model's tables. A team
 * shares it out: each rank computes its share of the elements of an array that all see, and they meet before anyone
 * reads what another one has written. Whoever computes an element, it comes out the same.
 *
 *     range = hol_team_share(team, rows, 1);  compute rows [first, first + count);  hol_team_meet(team);  read all rows
 *
 * Where memory can't be shared (base/segments.h) each rank is a team of its own, as with HOLODE_NODE_RANKS=1 in the
 * environment; so is everyone with a team of NULL, which is fine in all functions. */
#ifndef HOL_BASE_TEAM_H
#define HOL_BASE_TEAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/comm.h"
#include "base/status.h"

typedef struct hol_team hol_team; /* opaque */

/* The caller owns *ret_team. Collective. */
hol_status hol_team_create(hol_comm *comm, hol_team **ret_team) HOL_MUST_USE;
/* With all memory of the team, which its users must be done with. Not collective. NULL is fine. */
void hol_team_destroy(hol_team *team);

/* Where memory is counted instead of taken (base/memory.h); NULL in a run. What is not shared is allocated with it. And
 * this rank as a team of its own, NULL in a run, whose memory is the same. Borrowed. */
hol_memory *hol_team_memory(const hol_team *team);
hol_team *hol_team_alone(hol_team *team);

/* How many ranks it has, 1 with NULL; and whether this one does what only one must do. */
int hol_team_size(const hol_team *team);
bool hol_team_leads(const hol_team *team);

/* This rank's share of `count` elements, cut at multiples of `grain`. */
typedef struct hol_range {
    int64_t first, count;
} hol_range;
hol_range hol_team_share(const hol_team *team, int64_t count, int64_t grain);

/* Waits for all ranks of the team; they then see what each wrote before. Collective over the team, as is the next. */
void hol_team_meet(hol_team *team);
/* Meets, and returns the largest of the values that the ranks bring. NaN is not allowed. */
double hol_team_max(hol_team *team, double value);

/* count elements of size bytes, set to zero, on a cache line, the same memory on all ranks: all must allocate the same
 * in the same order. Nobody waits. A team of one allocates as hol_allocate does. NULL when memory is short. */
void *hol_team_allocate(hol_team *team, int64_t count, size_t size) HOL_MUST_USE;
/* What a team of several shares is given back with the team. NULL is fine. */
void hol_team_free(hol_team *team, void *pointer);

/* HOL_TRY(HOL_TEAM_ALLOCATE(team, self->weights, count, "weights")) */
#define HOL_TEAM_ALLOCATE(team, pointer, count, what)                                                                  \
    (((pointer) = hol_team_allocate((team), (count), sizeof *(pointer)))                                               \
         ? HOL_OK                                                                                                      \
         : hol_allocate_error((count), sizeof *(pointer), (what)))

#endif
