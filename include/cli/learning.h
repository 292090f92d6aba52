/* learning: what a run has learned, against columns that know nothing of each other. */
#ifndef HOL_CLI_LEARNING_H
#define HOL_CLI_LEARNING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/comm.h"
#include "base/status.h"
#include "model/model.h"
#include "result/result.h"
#include "train/batches.h"
#include "train/trainer.h"

/* At the end of a run, on its last evaluation: adds the log-likelihood of independent columns (or, where the run has
 * none, their pseudo-log-likelihood) to the result, unless that is NULL, and warns, in a line each, when the model is
 * hardly better, and when it still climbs. Populations as the trainer's; valid_set may be NULL. The model is prepared
 * anew. Collective. */
hol_status hol_cli_judge_learning(hol_comm *comm, hol_model *model, const hol_state *state, const hol_batches *batches,
                                  hol_population *train_set, hol_population *valid_set,
                                  const hol_trainer_options *options, uint64_t seed, hol_result *result) HOL_MUST_USE;

/* Whether a run's last evaluation is where it was to end, by options->until_pearson. Not collective. */
bool hol_cli_has_arrived(const hol_history *history, const hol_trainer_options *options);

/* Whether it is short of that aim, where that is below 1, which no run is to reach, in words: "Pearson 0.8065 of 0.95
 * asked for". Not collective. */
bool hol_cli_describe_aim(const hol_history *history, const hol_trainer_options *options, char *text, int64_t size);

/* Whether a run's likelihood still climbed at the end of its history (hol_history_climbs), in words: that of the
 * validation set where it is known, or of the training set, or the pseudo-log-likelihood. Not of one
 * that has arrived. Not collective. */
bool hol_cli_describe_climb(const hol_history *history, const hol_trainer_options *options, char *text, int64_t size);

#endif
