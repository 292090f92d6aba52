/* agreement: whether the chains of a run are those of its model, by their correlations with the data's: its own chains,
 * the same after they have gone on with parameters fixed, and as many begun at random. Chains that learn with the
 * model follow the data though they do not mix: then what they agree on is not the model's. */
#ifndef HOL_CLI_AGREEMENT_H
#define HOL_CLI_AGREEMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/comm.h"
#include "base/status.h"
#include "estimate/verdict.h"
#include "model/model.h"
#include "train/pearson.h"

enum { HOL_AGREEMENT_TIMES_MAX = 40 };

/* Pearson's coefficients (train/pearson.h). Fresh chains are looked at after 1, 2, 4 ... sweeps, until after 64 or more
 * two doublings change theirs by less than half of a fall that counts (HOL_VERDICT_PEARSON_FALL), or than chance
 * does. */
typedef struct hol_agreement {
    int count;
    int64_t sweeps[HOL_AGREEMENT_TIMES_MAX];
    double fresh[HOL_AGREEMENT_TIMES_MAX];
    bool is_stationary;
    double fresh_error; /* standard error of the last of them */
    double own, on; /* of the run's chains: as they stand, and after as many sweeps as the last of these; NaN: none */
    double own_error, on_error;
} hol_agreement;

/* `own`, the run's chains or NULL, goes on; as many fresh chains as `count` run for at most `most` sweeps. The model is
 * prepared. Collective. */
hol_status hol_agreement_find(hol_comm *comm, const hol_model *model, hol_pearson *pearson, uint64_t seed,
                              hol_population *own, int64_t count, int64_t most, hol_agreement *ret) HOL_MUST_USE;

/* The last of the fresh chains'. */
static inline double hol_agreement_last(const hol_agreement *agreement) {
    return agreement->count > 0 ? agreement->fresh[agreement->count - 1] : 0;
}

/* hol_verdict_of_fall, or unknown without chains of a run. */
hol_verdict hol_agreement_judge(const hol_agreement *agreement, hol_verdict_reason reason);

#endif
