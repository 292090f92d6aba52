/* alloc: zeroed memory on cache-line boundaries, with checked sizes. Not collective. */
#ifndef HOL_BASE_ALLOC_H
#define HOL_BASE_ALLOC_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

enum { HOL_ALIGNMENT = 64 };

/* count elements of size bytes each, set to zero; count 0 gives a valid pointer. NULL, with the message recorded
 * ("out of memory: %what ..."), when count is negative, the product overflows or memory is short. The caller owns
 * the result and gives it back with hol_free. */
void *hol_allocate(int64_t count, size_t size, const char *what) HOL_MUST_USE;

/* NULL is fine. */
void hol_free(void *pointer);

/* HOL_TRY(HOL_ALLOCATE(self->weights, count, "weights")) */
#define HOL_ALLOCATE(pointer, count, what)                                                                             \
    (((pointer) = hol_allocate((count), sizeof *(pointer), (what))) ? HOL_OK : HOL_FAILURE)

/* Smallest multiple of `unit` that is at least `count` (both >= 0, unit > 0). */
static inline int64_t hol_round_up(int64_t count, int64_t unit) { return (count + unit - 1) / unit * unit; }

/* Cuts `memory` into `count` parts of so many bytes, each on a cache line, and returns what they take together. With
 * memory NULL it only measures: parts are NULL. */
int64_t hol_cut(char *memory, const int64_t *bytes, int count, char **parts);

#endif
