/* rows: weighted rows of data, for what counts every lane of a population once.
 *
 * Weights are whole numbers and taken bit by bit: with q = sum_k 2^k b_k, each b_k 0 or 1,
 *
 *     sum_r q_r T(x_r) = sum_k 2^k sum of T(x_r) over the rows with b_k = 1
 *
 * Without weights that is one pass over the rows; of weights whose ratios are small whole numbers it is a few. What is
 * added up is whole numbers: the sums depend neither on the order of the rows nor on who has them. */
#ifndef HOL_SAMPLE_ROWS_H
#define HOL_SAMPLE_ROWS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/comm.h"
#include "model/model.h"

/* This rank's rows [first, first + count) of all, fewer than 2^31, each row on one rank. owner is borrowed. */
typedef struct hol_rows {
    const void *owner;
    int64_t first, count;
    uint32_t (*weigh)(const void *owner, int64_t row); /* below 2^31 */
    /* unit-major bits of up to 64 rows in ascending order into words, 0 beyond them */
    void (*gather)(const void *owner, const int64_t *rows, int64_t count, uint64_t *words);
} hol_rows;

/* A population's chains, with its weights: the words of its states, and with `known` behind them those of its mask. */
hol_rows hol_rows_of_population(const hol_population *population, bool known);

/* The sum of this rank's weights. */
int64_t hol_rows_total(const hol_rows *rows);

/* What is counted, and the room for it, which is the caller's. |sum| <= copies * largest * sum of weights. */
typedef struct hol_rows_counter {
    void *context;
    /* adds what the first `lanes` lanes of words have to part, (entries) */
    void (*count)(void *context, int64_t lanes, int32_t *part);
    uint64_t *words; /* (blocks, stride) */
    int64_t blocks, stride;
    int64_t copies;  /* lanes that a row takes: 1 or 64 */
    int64_t largest; /* what a lane adds to an entry, at most */
    int64_t entries;
    int32_t *part;
    int64_t *sums;  /* (entries): what is found is added to them; NULL where these are wide */
    hol_wide *wide; /* the same, else NULL */
} hol_rows_counter;

/* Not collective. */
void hol_rows_count(const hol_rows *rows, const hol_rows_counter *counter);

#endif
