/* indicators: states of columns as bits, one for each state: what pairs of states are counted by (num/counts.h). A
 * column of two states has one, of its state 1, as the other's is the opposite; a column of one state has none. Not for
 * other rooms. */
#ifndef HOL_SRC_TRAIN_INDICATORS_H
#define HOL_SRC_TRAIN_INDICATORS_H

#include <stdint.h>

#include "model/model.h"

typedef struct hol_indicators {
    const hol_model *model; /* borrowed */
    int64_t columns;
    int64_t count;    /* indicators */
    int64_t most;     /* of a column */
    int64_t *firsts;  /* owned: (columns + 1) */
    int64_t *nexts;   /* owned: (count), the first indicator of the next column */
    double *inverses; /* owned: (count), 1 / number of the column's states */
    double *factors;  /* owned: (count), how many states an indicator stands for: 2 of a column of two */
} hol_indicators;

/* Of the visible units; clear it also after an error. Not collective. */
hol_status hol_indicators_create(const hol_model *model, hol_indicators *ret) HOL_MUST_USE;
void hol_indicators_clear(hol_indicators *indicators);

/* From states (at least visible units, blocks) to bits (count, as many blocks): those of lanes beyond `count` samples,
 * and of those not in `lanes`, are 0. */
void hol_indicators_fill(const hol_indicators *indicators, const hol_states *from, int64_t count, uint64_t lanes,
                         hol_states *to);

/* To bytes (blocks, columns, 64): 1 + the number of the column's indicator that is on, 0 where none is. */
void hol_indicators_to_bytes(const hol_indicators *indicators, const hol_states *bits, uint8_t *bytes);

#endif
