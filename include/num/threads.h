/* threads: when work is worth sharing out. What threads do is the same for any number of them. */
#ifndef HOL_NUM_THREADS_H
#define HOL_NUM_THREADS_H

#include <stdbool.h>
#include <stdint.h>

/* Whether `items`, of about `cost` additions of a number each, take longer than it takes to wake threads. */
static inline bool hol_worth_threads(int64_t items, int64_t cost) { return items * cost > 1 << 17; }

#endif
