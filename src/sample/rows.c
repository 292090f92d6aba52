/* rows: gathered in blocks of 64, counted in 32 bits, a bit of the weights after the other. */
#include "sample/rows.h"

#include <string.h>

#include "num/bits.h"
#include "sample/population.h"

enum { WEIGHT_BITS = 31 };

/* ---- a population's ---------------------------------------------------------------------------------------------- */

static uint32_t weigh(const void *owner, int64_t row) {
    const hol_population *x = owner;
    return x->weights ? x->weights[row - x->states.first_block * HOL_LANES] : 1;
}

/* One row after the other, or as they stand, where they are the first lanes of a block. */
static void gather_words(const hol_states *x, const uint64_t *all, const int64_t *rows, int64_t count, uint64_t *to) {
    const uint64_t *block = all + (rows[0] / HOL_LANES - x->first_block) * x->stride;
    memset(to, 0, (size_t)x->stride * sizeof *to);
    if (rows[0] % HOL_LANES == 0 && rows[count - 1] - rows[0] == count - 1) {
        for (int64_t i = 0; i < x->stride; i++) to[i] = block[i] & hol_bits_lane_mask(count, 0);
        return;
    }
    for (int64_t k = 0; k < count; k++) {
        const uint64_t *from = all + (rows[k] / HOL_LANES - x->first_block) * x->stride;
        for (int64_t i = 0; i < x->stride; i++) to[i] |= (from[i] >> rows[k] % HOL_LANES & 1) << k;
    }
}

static void gather(const void *owner, const int64_t *rows, int64_t count, uint64_t *words) {
    const hol_population *x = owner;
    gather_words(&x->states, x->states.words, rows, count, words);
}

static void gather_known(const void *owner, const int64_t *rows, int64_t count, uint64_t *words) {
    const hol_population *x = owner;
    gather(owner, rows, count, words);
    gather_words(&x->states, x->held, rows, count, words + x->states.stride);
}

hol_rows hol_rows_of_population(const hol_population *population, bool known) {
    hol_rows rows = {.owner = population, .weigh = weigh, .gather = known ? gather_known : gather};
    hol_population_get_owned(population, &rows.first, &rows.count);
    return rows;
}

int64_t hol_rows_total(const hol_rows *rows) {
    int64_t total = 0;
    for (int64_t r = rows->first; r < rows->first + rows->count; r++) total += rows->weigh(rows->owner, r);
    return total;
}

/* ---- counting ---------------------------------------------------------------------------------------------------- */

typedef struct walk {
    const hol_rows *rows;
    const hol_rows_counter *to;
    int bit;
    int64_t numbers[HOL_LANES]; /* of the rows of the block that is being filled */
    int64_t filled;             /* lanes of the words, the last block's in `numbers` alone */
    int64_t counted;            /* lanes in the part */
} walk;

/* The part, times 2^bit, to the sums; then it is empty. */
static void add_part(walk *w) {
    const hol_rows_counter *to = w->to;
    for (int64_t i = 0; i < to->entries && to->sums; i++) to->sums[i] += to->part[i] * (INT64_C(1) << w->bit);
    for (int64_t i = 0; i < to->entries && to->wide; i++) to->wide[i] += to->part[i] * (INT64_C(1) << w->bit);
    memset(to->part, 0, (size_t)to->entries * sizeof *to->part);
    w->counted = 0;
}

static void gather_block(walk *w) {
    const int64_t block = (w->filled - 1) / HOL_LANES, lanes = w->filled - block * HOL_LANES;
    w->rows->gather(w->rows->owner, w->numbers, lanes, w->to->words + block * w->to->stride);
}

static void count_lanes(walk *w) {
    if (w->filled == 0) return;
    if (w->filled % HOL_LANES > 0) gather_block(w);
    if (w->counted + w->filled > INT32_MAX / w->to->largest) add_part(w);
    w->to->count(w->to->context, w->filled, w->to->part);
    w->counted += w->filled;
    w->filled = 0;
}

/* Counts when the words are full, or as many lanes there as 32 bits hold the sums of. */
static void add_row(walk *w, int64_t row) {
    const int64_t most = INT32_MAX / w->to->largest - w->to->copies;
    for (int64_t c = 0; c < w->to->copies; c++) {
        w->numbers[w->filled++ % HOL_LANES] = row;
        if (w->filled % HOL_LANES == 0) gather_block(w);
    }
    if (w->filled > most || w->filled == w->to->blocks * HOL_LANES) count_lanes(w);
}

void hol_rows_count(const hol_rows *rows, const hol_rows_counter *counter) {
    walk w = {.rows = rows, .to = counter};
    memset(counter->part, 0, (size_t)counter->entries * sizeof *counter->part);
    for (; w.bit < WEIGHT_BITS; w.bit++) {
        for (int64_t r = rows->first; r < rows->first + rows->count; r++)
            if (rows->weigh(rows->owner, r) >> w.bit & 1) add_row(&w, r);
        count_lanes(&w);
        if (w.counted > 0) add_part(&w);
    }
}
