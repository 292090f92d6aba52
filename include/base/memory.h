/* memory: what a run takes of memory, found by making all it is made of without taking the memory.
 *
 * Functions that make large things get a hol_memory, mostly from the communicator (hol_comm_memory) or the team
 * (hol_team_memory). It is NULL in a run: then memory comes from hol_allocate. Else everything is counted: arrays are
 * addresses without pages behind them, of which only those that are written to become memory, so that a run of any size
 * can be made anywhere. Who makes something fills it with nothing then.
 *
 * What comes from hol_allocate all the same (structures, lists, what libraries keep) is really there, and counted by
 * the pages that the process takes. Nothing here is collective. */
#ifndef HOL_BASE_MEMORY_H
#define HOL_BASE_MEMORY_H

#include <stddef.h>
#include <stdint.h>

#include "base/alloc.h"
#include "base/status.h"

typedef struct hol_memory hol_memory; /* opaque */

/* A name, and bytes of one rank. */
typedef struct hol_memory_item {
    const char *name;
    int64_t bytes;
} hol_memory_item;

/* The caller owns *ret_memory, which is destroyed after all that was allocated in it was freed. */
hol_status hol_memory_create(hol_memory **ret_memory) HOL_MUST_USE;
/* NULL is fine. */
void hol_memory_destroy(hol_memory *memory);

/* What is allocated from here on belongs to `item`, a literal. Items of one name are one. */
void hol_memory_enter(hol_memory *memory, const char *item);

/* Counts the pages taken since the item was entered, before any are given back. */
void hol_memory_settle(hol_memory *memory);

/* As hol_allocate, for hol_free; `ranks` of a node share what is allocated, and each of them counts its part. */
void *hol_memory_allocate(hol_memory *memory, int ranks, int64_t count, size_t size) HOL_MUST_USE;

/* HOL_TRY(HOL_MEMORY_ALLOCATE(memory, self->words, count, "states")), not shared */
#define HOL_MEMORY_ALLOCATE(memory, pointer, count, what)                                                              \
    (((pointer) = hol_memory_allocate((memory), 1, (count), sizeof *(pointer)))                                        \
         ? HOL_OK                                                                                                      \
         : hol_allocate_error((count), sizeof *(pointer), (what)))

/* The *ret_count items when most was allocated at a time, in the order in which they were entered. Borrowed. */
const hol_memory_item *hol_memory_get_peak(hol_memory *memory, int *ret_count);

#endif
