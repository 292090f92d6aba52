/* conditional: what its two files share; not for others. */
#ifndef HOL_SRC_ESTIMATE_CONDITIONAL_H
#define HOL_SRC_ESTIMATE_CONDITIONAL_H

#include "estimate/conditional.h"
#include "model/variable.h"

/* All borrowed. */
typedef struct hol_conditional_work {
    hol_comm *comm;
    const hol_model *model;
    const hol_conditional_rows *rows;
    const hol_conditional_options *options;
} hol_conditional_work;

/* The row has no possible state. */
void hol_conditional_give_up(hol_conditional *found, int64_t row);

/* The rows that are to be sampled. Collective. */
hol_status hol_conditional_sample(const hol_conditional_work *work, hol_conditional *found) HOL_MUST_USE;

#endif
