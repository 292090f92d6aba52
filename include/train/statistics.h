/* statistics: one phase's whole-number statistics of a step, summed over all ranks.
 *
 * Entry i holds sum over the population of T_i in units of 2^-15: 32 bits when the global population has at most 65,535
 * chains, so that no sum can overflow, 64 bits otherwise. A few extra entries ride along for what ranks must agree on. */
#ifndef HOL_TRAIN_STATISTICS_H
#define HOL_TRAIN_STATISTICS_H

#include <stdint.h>

#include "base/comm.h"
#include "base/status.h"
#include "model/model.h"

typedef enum hol_extra {
    HOL_EXTRA_STOP,       /* ranks that were asked to end */
    HOL_EXTRA_CHECKPOINT, /* ranks that were asked for a checkpoint */
    HOL_EXTRAS
} hol_extra;

typedef struct hol_statistics hol_statistics; /* opaque */

/* For a population of `count` chains in all; the caller owns *ret. Not collective. */
hol_status hol_statistics_create(int64_t parameters, int64_t count, hol_statistics **ret) HOL_MUST_USE;
void hol_statistics_destroy(hol_statistics *statistics);

/* Replaces the content by this rank's part. Extras become 0. Not collective. */
void hol_statistics_collect(hol_statistics *statistics, const hol_model *model, hol_population *population);

/* Sets an extra entry of this rank, between collect and start; reads the sum over ranks, after finish. */
void hol_statistics_set_extra(hol_statistics *statistics, hol_extra extra, int32_t value);
int64_t hol_statistics_get_extra(const hol_statistics *statistics, hol_extra extra);

/* The sum over ranks: started, polled now and then, finished. Collective, in the same order on all ranks. */
hol_status hol_statistics_start(hol_statistics *statistics, hol_comm *comm) HOL_MUST_USE;
void hol_statistics_poll(hol_statistics *statistics);
hol_status hol_statistics_finish(hol_statistics *statistics) HOL_MUST_USE;

/* gradient[i] = (E_positive[T_i] - E_negative[T_i]) / temperature; gradient is (parameters). */
void hol_statistics_difference(const hol_statistics *positive, const hol_statistics *negative, double temperature,
                               float *gradient);

/* E[T_i] of entries [first, first + count). */
void hol_statistics_means(const hol_statistics *statistics, int64_t first, int64_t count, double *means);

/* Bytes of one phase's message, and of its buffers. */
int64_t hol_statistics_bytes(const hol_statistics *statistics);

#endif
