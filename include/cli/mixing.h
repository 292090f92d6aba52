/* mixing: what chains of the model that ran on, beside others begun at random, say of how well they mix, in numbers and
 * in words. */
#ifndef HOL_CLI_MIXING_H
#define HOL_CLI_MIXING_H

#include <stdint.h>

#include "base/comm.h"
#include "base/status.h"
#include "estimate/verdict.h"
#include "model/model.h"

enum { HOL_MIXING_TIMES_MAX = 40, HOL_MIXING_WARNINGS_MAX = 3 };

/* What the two ensembles' traces say; computed on rank 0, the same on all. */
typedef struct hol_mixing_traces {
    double time, rhat;  /* of the chains that ran on */
    double whole;       /* their autocorrelation time with its slow part (hol_mixing_whole_time) */
    double rhat_max;    /* the largest that is no sign of anything in a run of this length */
    double times;       /* that length, in whole autocorrelation times */
    double kept, fresh; /* mean of the last half: chains that ran on, chains begun at random */
    double difference;  /* of those, in standard errors over chains */
} hol_mixing_traces;

/* How far chains begun at random are from the data in their columns' means (model/means.h: of units, or of states),
 * after 1, 2, 4 ... sweeps: sum_i (m_i - d_i)^2. */
typedef struct hol_mixing_approach {
    int count;
    int64_t sweeps[HOL_MIXING_TIMES_MAX];
    double distance[HOL_MIXING_TIMES_MAX];
    double noise; /* what finite numbers of chains and rows give by chance */
} hol_mixing_approach;

/* What chains are watched by: "free energy" or "energy". */
const char *hol_mixing_watched(const hol_model *model);

/* Lets `chains`, and `fresh_count` new ones from fair bits, run for `length` sweeps. *ret_kept and *ret_fresh, on rank
 * 0, (chains, length) each, are the caller's to hol_free. The model is prepared. Collective. */
hol_status hol_mixing_trace_both(hol_comm *comm, const hol_model *model, uint64_t seed, hol_population *chains,
                                 int64_t fresh_count, int64_t length, hol_mixing_traces *ret, double **ret_kept,
                                 double **ret_fresh) HOL_MUST_USE;

/* Means (hol_means_count) over the population, with its weights, of what is held where it has a mask; NaN where that is
 * nothing. The caller's to hol_free, also after an error. Collective. */
hol_status hol_mixing_find_means(hol_comm *comm, const hol_model *model, const hol_population *from,
                                 double **ret_means) HOL_MUST_USE;

/* `count` chains begun at random, for `sweeps` sweeps; means (hol_means_count) are those of `rows` rows of data, NaN
 * where nothing is known. Collective. */
hol_status hol_mixing_watch_approach(hol_comm *comm, const hol_model *model, uint64_t seed, const double *means,
                                     int64_t rows, int64_t count, int64_t sweeps,
                                     hol_mixing_approach *ret) HOL_MUST_USE;

/* What speaks against the chains, in words; how many warnings. approach->count may be 0. Not collective. */
int hol_mixing_find_warnings(const hol_mixing_traces *traces, const hol_mixing_approach *approach,
                             hol_verdict_reason text[HOL_MIXING_WARNINGS_MAX]);

#endif
