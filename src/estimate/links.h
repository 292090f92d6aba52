/* links: which variables share a table, a set of bits for each; not for other rooms. */
#ifndef HOL_SRC_ESTIMATE_LINKS_H
#define HOL_SRC_ESTIMATE_LINKS_H

#include <stdbool.h>

#include "base/alloc.h"
#include "state/factors.h"

static inline bool has(const uint64_t *set, int64_t v) { return set[v / 64] >> (v % 64) & 1; }
static inline void put(uint64_t *set, int64_t v) { set[v / 64] |= UINT64_C(1) << (v % 64); }
static inline void take(uint64_t *set, int64_t v) { set[v / 64] &= ~(UINT64_C(1) << (v % 64)); }

static inline int64_t links_words(const hol_factors *factors) { return (factors->variables + 63) / 64; }

/* links is (variables, words), zeros: all pairs of different variables of a factor. */
static inline void links_find(const hol_factors *factors, uint64_t *links) {
    const int64_t words = links_words(factors);
    for (int64_t f = 0; f < factors->count; f++)
        for (int64_t i = factors->scope_starts[f]; i < factors->scope_starts[f + 1]; i++)
            for (int64_t j = factors->scope_starts[f]; j < factors->scope_starts[f + 1]; j++)
                if (i != j) put(links + factors->scopes[i] * words, factors->scopes[j]);
}

#endif
