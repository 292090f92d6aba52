/* agreement: whether the chains of a run are those of its model, by their correlations with the data's: its own chains,
 * the same after they have gone on with parameters fixed, and as many begun at random. Chains that learn with the
 * model follow the data though they do not mix: then what they agree on is not the model's. One judgement, which all
 * commands that speak of it take from here, words and all. */
#ifndef HOL_CLI_AGREEMENT_H
#define HOL_CLI_AGREEMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/comm.h"
#include "base/status.h"
#include "estimate/verdict.h"
#include "model/model.h"
#include "train/pearson.h"

enum { HOL_AGREEMENT_TIMES_MAX = 40, HOL_AGREEMENT_TEXT = 256 };

/* Pearson's coefficients (train/pearson.h) of both after 1, 2, 4 ... sweeps; from 64 on the mean of four times in the
 * last half of these, as one time shows what the chains happen to do. Until fresh chains change by no more than half
 * of a fall that counts (HOL_VERDICT_PEARSON_FALL), or than chance does, in two doublings, or in one where they have
 * met the run's, and the run's in one; or until the run's have certainly fallen. */
typedef struct hol_agreement {
    int count;
    int64_t sweeps[HOL_AGREEMENT_TIMES_MAX];
    double fresh[HOL_AGREEMENT_TIMES_MAX], on[HOL_AGREEMENT_TIMES_MAX]; /* on: NaN without chains of a run */
    bool is_stationary;
    bool is_like;                         /* as many fresh chains as of the run, or none of a run */
    double fresh_error, on_error; /* standard errors of the last of them */
    double own, own_error;        /* of the run's chains as they stand; NaN: none */
    double aim;                   /* that the run was to come to; 0: none */
} hol_agreement;

/* `own`, the run's chains or NULL, goes on; as many fresh chains as `count` run, for at most `most` sweeps. The model
 * is prepared with theta, before and after. Collective. */
hol_status hol_agreement_find(hol_comm *comm, hol_model *model, const float *theta, hol_pearson *pearson, uint64_t seed,
                              hol_population *own, int64_t count, int64_t most, hol_agreement *ret) HOL_MUST_USE;

/* Whether chains stand still by then, as above. A last round that is no doubling, as `most` ended it, is held against
 * those of at most half its sweeps. */
bool hol_agreement_is_stationary(const hol_agreement *agreement);

/* The last of the fresh chains', and of the run's. */
static inline double hol_agreement_last(const hol_agreement *agreement) {
    return agreement->count > 0 ? agreement->fresh[agreement->count - 1] : 0;
}
static inline double hol_agreement_last_on(const hol_agreement *agreement) {
    return agreement->count > 0 ? agreement->on[agreement->count - 1] : 0;
}

/* Unknown without chains of a run; text gets what it says, also where it is good. */
hol_verdict hol_agreement_judge(const hol_agreement *agreement, char text[HOL_AGREEMENT_TEXT]);

#endif
