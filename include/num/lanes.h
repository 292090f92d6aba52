/* lanes: counts of ones by lane: how many of many words have bit l. */
#ifndef HOL_NUM_LANES_H
#define HOL_NUM_LANES_H

#include <stdint.h>

#include "num/bits.h"

/* counts[l] += number of words with bit l; counts is (64). */
void hol_lanes_add(const uint64_t *words, int64_t count, int64_t counts[HOL_LANES]);

#endif
