/* conditional: what is not known of rows, given what is: probabilities of the states of each missing value, and draws.
 *
 *     p(x_c = s | known values) = sum over the completions with x_c = s of exp(-F(v)) / the sum over all of them
 *
 * exactly, one completion after the other, where a row has few of them and the model a free energy. For other rows by
 * chains that hold what is known: the mean over chains and sweeps of p(x_c = s | all others), and its standard error
 * from what differs between the chains. Where a kind can't give these conditionals, states are counted. A label whose
 * row is known otherwise is such a missing value. */
#ifndef HOL_ESTIMATE_CONDITIONAL_H
#define HOL_ESTIMATE_CONDITIONAL_H

#include <stdint.h>

#include "base/comm.h"
#include "base/status.h"
#include "model/model.h"

/* A row of at most so many completions is summed out: no more work than its chains would be. */
#define HOL_CONDITIONAL_COMPLETIONS 4096.0

/* This rank's rows. */
typedef struct hol_conditional_rows {
    const uint8_t *states; /* (count, visible) bytes of 0 and 1, whatever where a value is missing */
    const uint8_t *known;  /* (count, visible) 1 where there is a value: of a column's units all or none */
    int64_t first, count;  /* numbered from first on over all ranks, which may have different numbers, 0 included */
} hol_conditional_rows;

typedef struct hol_conditional_options {
    double completions; /* at most this many in a row that is summed out */
    int64_t chains;     /* of each other row, at least 2 */
    int64_t settle;     /* sweeps of each chain before it counts */
    int64_t sweeps;     /* that count, at least 1 */
    int64_t draws;      /* completions that are drawn of each row, at most `chains` where there are any */
    uint64_t seed;
} hol_conditional_options;

typedef enum hol_conditional_way {
    HOL_CONDITIONAL_KNOWN, /* nothing is missing */
    HOL_CONDITIONAL_EXACT,
    HOL_CONDITIONAL_SAMPLED,
    HOL_CONDITIONAL_IMPOSSIBLE /* what is known leaves no possible state, as far as the search went */
} hol_conditional_way;

/* A cell is a missing value; those of row r are first_cells[r] to first_cells[r + 1], in the order of their columns. */
typedef struct hol_conditional {
    int64_t rows, cells;
    uint8_t *ways;         /* owned: (rows) a hol_conditional_way */
    int64_t *first_cells;  /* owned: (rows + 1) */
    int32_t *columns;      /* owned: (cells); of a model without columns of states a unit's number */
    int64_t *first_values; /* owned: (cells + 1) where each one's states begin in values */
    double *values;        /* owned: the probabilities of a cell's states; NaN in an impossible row */
    double *errors;        /* owned: (cells) the largest standard error of a cell's values; 0: exact */
    int64_t draws;
    uint8_t *drawn; /* owned: (cells, draws) states */
} hol_conditional;

/* Of a prepared model. The same to the last bit on any number of ranks. The caller clears *ret, also after an error.
 * Collective. */
hol_status hol_conditional_find(hol_comm *comm, const hol_model *model, const hol_conditional_rows *rows,
                                const hol_conditional_options *options, hol_conditional *ret) HOL_MUST_USE;
void hol_conditional_clear(hol_conditional *conditional);

/* Which of a cell's states is the most probable, the lowest of equals; -1 in an impossible row. */
int64_t hol_conditional_best(const hol_conditional *conditional, int64_t cell);

#endif
