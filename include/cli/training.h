/* training: all that a run is made of, from a config and the sizes of its data: for the run, and for its plan. */
#ifndef HOL_CLI_TRAINING_H
#define HOL_CLI_TRAINING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/comm.h"
#include "base/status.h"
#include "cli/config.h"
#include "cli/model.h"
#include "model/model.h"
#include "train/binarize.h"
#include "train/trainer.h"

/* What a run must know of its data before it reads them. */
typedef struct hol_training_data {
    int64_t samples, valid_samples;    /* rows; 0: no validation set */
    bool binary;                       /* bits already: nothing to draw */
    bool labelled_grey;                /* grey levels beside a label */
    bool missing;                      /* some values, which are to be drawn */
    bool valid_missing;                /* of the validation set */
    const hol_sample_weights *weights; /* borrowed for the call; NULL: all samples alike */
} hol_training_data;

/* All but what is borrowed is owned; hol_training_clear gives it back. */
typedef struct hol_training {
    hol_comm *comm; /* borrowed, as the next two */
    const hol_config *config;
    const char *config_path;
    hol_team *team;
    hol_model *model;
    hol_batches *batches;
    hol_population *train_set, *valid_set; /* of evaluations; valid_set NULL without */
    hol_trainer *trainer;                  /* hol_training_create_trainer's; else NULL */
} hol_training;

/* Everything but the trainer, without its data. options are the model's (hol_cli_model_options and its parts), not read
 * later on. After an error self can be cleared. Collective. */
hol_status hol_training_create(hol_comm *comm, const hol_config *config, const char *config_path,
                               const hol_model_options *options, const hol_training_data *data,
                               hol_training *self) HOL_MUST_USE;
/* When the data are there. Collective. */
hol_status hol_training_create_trainer(hol_training *self, int64_t samples, const hol_hooks *hooks) HOL_MUST_USE;
/* One of zeros is fine. */
void hol_training_clear(hol_training *self);

/* What the config says of training on so many samples. */
hol_trainer_options hol_training_options(const hol_config *config, int64_t samples);

/* What a checkpoint says of the run beside its state: config_text is borrowed, data may be NULL. */
hol_checkpoint_facts hol_training_facts(const hol_config *config, const char *config_text, const hol_dataset *data,
                                        const hol_cli_parts *parts, int64_t visible);

/* How the data become bits: as hol_cli_binarizer, with the run's memory and position. Borrows from self. */
hol_binarizer hol_training_binarizer(const hol_training *self);

#endif
