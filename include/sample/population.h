/* population: chains and batches of complete states, in blocks of 64, over any model.
 *
 * The blocks of a population are numbered over all ranks; a rank owns a contiguous run of them (hol_comm_share), and
 * may own none. What a chain does depends on its global number alone. */
#ifndef HOL_SAMPLE_POPULATION_H
#define HOL_SAMPLE_POPULATION_H

#include <stdint.h>

#include "base/comm.h"
#include "base/status.h"
#include "base/task.h"
#include "model/model.h"
#include "state/fields.h"

/* This rank's part of a population of `count` chains over `model` (all zero). The caller owns it. Not collective. */
hol_status hol_population_create(const hol_model *model, int64_t count, int rank, int ranks,
                                 hol_population **ret_population) HOL_MUST_USE;
void hol_population_destroy(hol_population *population);

/* Room for the levels of its hidden units, where the model has such, which infer and sweep leave then: what accumulate
 * wants. Not collective. */
hol_status hol_population_add_levels(const hol_model *model, hol_population *population) HOL_MUST_USE;

/* Room for its mask of held units, with none held. Not collective. */
hol_status hol_population_add_held(const hol_model *model, hol_population *population) HOL_MUST_USE;

/* Bytes that hol_population_create takes on this rank. */
int64_t hol_population_bytes(const hol_model *model, int64_t count, int rank, int ranks);

/* A view of the population's local blocks [first, first + blocks), cut at its end: chains are independent, so models
 * may be given any part. It borrows all memory, scratch included: one part at a time, in ascending order. */
hol_population hol_population_get_part(const hol_population *population, int64_t first, int64_t blocks);

/* Every chain to a state to begin at, from the stream's key: independent fair bits, unless the model knows better.
 * Units that are held stay: where constraints leave no state for them, the chain's energy is infinite. */
void hol_population_randomize(const hol_model *model, hol_population *population, hol_rng_key key);

/* `sweeps` sweeps of the model (hol_model_ops.sweep), in pieces that leave the same states and levels: parts of
 * `task`, a sweep each. Not collective. */
void hol_population_sweep(const hol_model *model, hol_population *population, const hol_draw *draw, int64_t sweeps,
                          hol_task *task);
/* The same as a task of its own: chains on their way to the model. */
void hol_population_settle(hol_comm *comm, const hol_model *model, hol_population *population, const hol_draw *draw,
                           int64_t sweeps);

/* Every unit of every chain on: not for a model with columns of states. */
void hol_population_fill(hol_population *population);

/* The chains that this rank holds, global numbers: [first, first + chains), lanes beyond the count left out. */
void hol_population_get_owned(const hol_population *population, int64_t *ret_first, int64_t *ret_chains);

/* `units` units from `first_unit` on, of owned chains [first, first + chains), as bytes of 0 and 1: (chains, units). */
void hol_population_get_bytes(const hol_population *population, int64_t first_unit, int64_t units, int64_t first,
                              int64_t chains, uint8_t *bytes);
void hol_population_set_bytes(hol_population *population, int64_t first_unit, int64_t units, int64_t first,
                              int64_t chains, const uint8_t *bytes);
/* Of their mask likewise: 1 where a unit is held. */
void hol_population_hold_bytes(hol_population *population, int64_t first_unit, int64_t units, int64_t first,
                               int64_t chains, const uint8_t *held);
void hol_population_get_held(const hol_population *population, int64_t first_unit, int64_t units, int64_t first,
                             int64_t chains, uint8_t *held);
/* A chain's first units, and behind them, in bytes (2, units), their mask, which is returned; NULL where there is
 * none. */
const uint8_t *hol_population_get_row(const hol_population *population, int64_t units, int64_t chain, uint8_t *bytes);

/* A folder of states: its path, and what hol_field_describe takes of rows and text. */
typedef struct hol_population_folder {
    const char *path, *rows, *text;
} hol_population_folder;

/* visible and hidden of a folder, bytes of 0 and 1 (count, units), as far as there are any; population may be NULL.
 * And one of them: units [first_unit, first_unit + units). */
void hol_population_list_fields(hol_population *population, const hol_model_info *info, hol_population_folder folder,
                                int64_t count, hol_field_list *list);
void hol_population_list_units(hol_population *population, hol_population_folder folder, const char *name,
                               int64_t count, int64_t first_unit, int64_t units, hol_field_list *list);

/* Visible and hidden units of one population to another with the same blocks. */
void hol_population_copy(const hol_population *from, hol_population *to);

/* The mean over the whole population, weighted where it has weights, of per-lane values (blocks * 64), to 2^-24
 * absolute: each is rounded to a whole number of 2^-24 and summed as integers, so ranks and threads do not matter. A
 * value beyond 2^38 / count, or NaN, gives NaN; one of weight 0 does not count. Collective. */
hol_status hol_population_mean(hol_comm *comm, const hol_population *population, const double *values,
                               double *ret_mean) HOL_MUST_USE;

/* Its effective number of chains: ESS of its weights (io/sample_weights.h), without weights their number. A weighted
 * mean's standard error is sqrt(weighted mean of squared deviations / (ESS - 1)). Collective. */
hol_status hol_population_effective(hol_comm *comm, const hol_population *population, double *ret) HOL_MUST_USE;

/* The same of `count` values of this rank with these weights (NULL: all alike), `all` over all ranks, more than 0.
 * Collective. */
hol_status hol_mean_over_ranks(hol_comm *comm, const double *values, const uint32_t *weights, int64_t count,
                               int64_t all, double *ret_mean) HOL_MUST_USE;
hol_status hol_effective_over_ranks(hol_comm *comm, const uint32_t *weights, int64_t count, double *ret) HOL_MUST_USE;

/* How often each of this rank's `count` is picked, times (count), by so many picks over all ranks, in proportion to
 * their weights, not all 0: pick k takes the one that holds the place floor(k sum / picks) of their sum. Collective. */
hol_status hol_spread_over_ranks(hol_comm *comm, const uint32_t *weights, int64_t count, int64_t picks,
                                 int64_t *times) HOL_MUST_USE;

#endif
