/* auto: what the word auto in a config becomes: numbers that suit the size of the data and of the model.
 *
 * Keys that take the word (cli/value.h) have it as their default. A run settles them once, before anything is made of
 * them: from the run that it continues, else by arithmetic. What is stored, planned and compared is numbers. Data
 * and model alone count, never the machine, so that a run is the same everywhere. */
#ifndef HOL_CLI_AUTO_H
#define HOL_CLI_AUTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/comm.h"
#include "base/status.h"
#include "cli/config.h"
#include "cli/training.h"
#include "model/model.h"

typedef struct hol_config_sizes {
    int64_t rows;       /* of the training data, >= 1 */
    int64_t units;      /* visible and hidden ones, >= 1 */
    int64_t parameters; /* >= 1 */
    double effective;   /* rows, each as much of one as its weight is of the largest */
    bool exact;         /* the positive phase can be: nothing hidden or missing, no bits that are drawn anew */
} hol_config_sizes;

/* Whether a key that counts is auto. */
bool hol_config_has_auto(const hol_config *config);

/* What is auto becomes what it is in the config of an earlier run, for train.steps the length, in epochs where those
 * count. A run of a version before train.positive went by batches. */
void hol_config_inherit(hol_config *config, const hol_config *earlier);

/* What is auto, and counts, becomes a number. With p the parameters and n the rows:
 *
 *     positive        exact where it can be, else batches
 *     pseudo_count    1 / M_eff for kinds that want one, where the positive phase is exact, else 0
 *     batch_size      the power of two next to n / 20, from 64 to 1,024
 *     chains          as many as the batch has, but 512 at least, shared out among the levels in whole blocks of 64
 *     sweeps          32 / p^(1/4), from 1 to 5
 *     learning_rate   1.25 / p^(1/4), at most 0.5; less for batches below 128, as the root of their size; a fortieth
 *                     for adam; rounded to 1, 2 or 5 times a power of ten
 *     steps           4 n, but from 1,000 to 16,000; above 1,000 no more than minutes of one core
 *
 * A pure function: additions to square roots, which are the same on all machines. */
void hol_config_resolve(hol_config *config, const hol_config_sizes *sizes);

/* A checkpoint's config: what a version before a key took it for, where it doesn't have the key and is of a run. */
void hol_config_complete(hol_config *earlier);

/* "batch_size 256, learning_rate 0.05": the numbers of what in `before` was auto, and is no more; into text (cut at
 * size). `before` may be a plain copy of the struct. */
void hol_config_describe_choice(const hol_config *before, const hol_config *config, char *text, size_t size);

/* For a run, whose checkpoints are in `directory`, and for its plan (NULL): *ret_config is a copy of the config in
 * which nothing that counts is auto, from the newest checkpoint that there is, else from the one at `from` (NULL:
 * none), else for a model of these options on such data; *ret_text is its dump. Both are the caller's, and NULL where
 * there is nothing to settle. `said` gets a line or two on what was chosen, without the last newline, for when it is
 * known that the run begins; "" where nothing was. Collective. */
enum { HOL_AUTO_SAID_SIZE = 5120 };
hol_status hol_cli_settle_config(hol_comm *comm, const hol_config *config, const char *directory, const char *from,
                                 const hol_model_options *options, const hol_training_data *data,
                                 hol_config **ret_config, char **ret_text, char said[HOL_AUTO_SAID_SIZE]) HOL_MUST_USE;

#endif
