/* alloc: zeroed memory on cache-line boundaries, with checked sizes. Not collective. */
#ifndef HOL_BASE_ALLOC_H
#define HOL_BASE_ALLOC_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

enum { HOL_ALIGNMENT = 64 };

/* count elements of size bytes each, set to zero; count 0 gives a valid pointer. NULL when count is negative or
 * INT64_MAX, the product overflows or memory is short, which is seen before it is used: Linux would grant more than
 * there is, and end the program later. The caller owns the result and gives it back with hol_free. */
void *hol_allocate(int64_t count, size_t size) HOL_MUST_USE;
/* What is to be said after hol_allocate gave NULL: HOL_FAILURE, "out of memory: %what needs ...". */
hol_status hol_allocate_error(int64_t count, size_t size, const char *what) HOL_MUST_USE;

/* Before several allocations that together need so many bytes: HOL_FAILURE, as hol_allocate_error's, when that much is
 * not there now. It reads /proc when bytes are many: not for training steps. */
hol_status hol_allocate_check(int64_t bytes, const char *what) HOL_MUST_USE;

/* Addresses of zeros alone, of which pages become memory when they are written to: for counting what a run would take
 * (base/memory.h). `counted` is added to *account, and taken off by hol_free. NULL when there are not so many. */
void *hol_allocate_counted(int64_t bytes, int64_t counted, int64_t *account) HOL_MUST_USE;

/* What one of these functions gave; NULL is fine. */
void hol_free(void *pointer);

/* HOL_TRY(HOL_ALLOCATE(self->weights, count, "weights")); count is looked at once more when it fails */
#define HOL_ALLOCATE(pointer, count, what)                                                                             \
    (((pointer) = hol_allocate((count), sizeof *(pointer))) ? HOL_OK                                                   \
                                                            : hol_allocate_error((count), sizeof *(pointer), (what)))

/* Room for `needed` elements in an array of *room, NULL at first, of which `used` are kept: where it is short, the
 * array becomes another one, twice as long as needed. On failure it stays. HOL_TRY(HOL_GROW(names, count, count + 1,
 * &room, "names")) */
#define HOL_GROW(array, used, needed, room, what) hol_grow(&(array), (used), (needed), (room), sizeof *(array), (what))
hol_status hol_grow(void *array_address, int64_t used, int64_t needed, int64_t *room, size_t size,
                    const char *what) HOL_MUST_USE;

/* A text as printf makes it, the caller's to hol_free. */
hol_status hol_format_text(char **ret_text, const char *what, const char *format, ...) HOL_FORMAT(3, 4) HOL_MUST_USE;

/* The product of counts, each >= 0; INT64_MAX, which no allocation gets, when it overflows. Every size that comes from
 * a file, a config or an option is made by it: HOL_ALLOCATE(values, HOL_PRODUCT(rows, columns), "rows of a file"). */
#define HOL_PRODUCT(...)                                                                                               \
    hol_product(sizeof((const int64_t[]){__VA_ARGS__}) / sizeof(int64_t), (const int64_t[]){__VA_ARGS__})

static inline int64_t hol_product(size_t count, const int64_t *factors) {
    int64_t product = 1;
    for (size_t i = 0; i < count; i++)
        if (factors[i] < 0 || __builtin_mul_overflow(product, factors[i], &product)) return INT64_MAX;
    return product;
}

/* Smallest multiple of `unit` that is at least `count` (both >= 0, unit > 0). */
static inline int64_t hol_round_up(int64_t count, int64_t unit) { return (count + unit - 1) / unit * unit; }

/* Cuts `memory` into `count` parts of so many bytes, each on a cache line, and returns what they take together. With
 * memory NULL it only measures: parts are NULL. */
int64_t hol_cut(char *memory, const int64_t *bytes, int count, char **parts);

#endif
