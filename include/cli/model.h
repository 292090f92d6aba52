/* model: from a config or a checkpoint to the model that it means. */
#ifndef HOL_CLI_MODEL_H
#define HOL_CLI_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/comm.h"
#include "base/status.h"
#include "cli/config.h"
#include "cli/shape.h"
#include "io/checkpoint.h"
#include "io/edge_file.h"
#include "model/cliques.h"
#include "model/model.h"
#include "state/alphabet.h"
#include "train/binarize.h"

/* The model of a config, on data of `visible` units. The kind's name is not the config's: it outlives it. */
hol_model_options hol_cli_model_options(const hol_config *config, int64_t visible);

/* How a run of the config makes bits of its data; borrows the model's columns. */
hol_binarizer hol_cli_binarizer(const hol_config *config, const hol_model *model);

/* Opens a data set of the config's run, hol_dataset_open, with the labels as a column where data.labels says so: where
 * they are not there, and may be lacking, as one of missing values. Collective. The caller owns *ret_dataset. */
hol_status hol_cli_open_data(hol_comm *comm, const hol_config *config, const char *reference, const char *default_split,
                             bool may_lack_labels, hol_dataset **ret_dataset) HOL_MUST_USE;

/* Rank 0 reads the config at path (hol_config_read); all ranks get the same, and its resolved text. The caller owns
 * *ret_text and *ret_config, which are NULL before. Collective. */
hol_status hol_cli_share_config(hol_comm *comm, const char *path, char *const *overrides, size_t override_count,
                                char **ret_text, hol_config **ret_config) HOL_MUST_USE;

/* What a new model is made from beside its sizes: a lattice, edges from a file, the cliques of a field, or layers and
 * blocks. */
typedef struct hol_cli_parts {
    int32_t lattice[2 * HOL_SHAPE_LENGTHS];
    const char *edges_text; /* borrowed, rank 0's: what is read in place of the file of model.edges; NULL: that is */
    hol_edge_list edges;
    float *fields;          /* owned: (units), or NULL */
    int32_t *cardinalities; /* owned: (columns), or NULL */
    int32_t alphabet[HOL_ALPHABET_MOST];
    hol_cliques field;
    int32_t *layers, *blocks; /* owned: of a network, as its structures have them; or NULL */
} hol_cli_parts;

/* Adds the config's lattice, edges, fields, cliques, or layers and blocks to the options, which borrow them from parts;
 * after hol_cli_add_columns, where there are data. Rank 0 reads the file. The caller clears parts, all zero at first
 * but for edges_text,
 * also after an error. Collective. */
hol_status hol_cli_add_parts(hol_comm *comm, const hol_config *config, hol_model_options *options,
                             hol_cli_parts *parts) HOL_MUST_USE;
void hol_cli_parts_clear(hol_cli_parts *parts);

/* How many states each column of a data set of states has, and their letters, to the options of a kind that takes such;
 * what else the data are, or the kind, changes nothing. Collective. */
hol_status hol_cli_add_columns(hol_comm *comm, hol_dataset *dataset, hol_model_options *options,
                               hol_cli_parts *parts) HOL_MUST_USE;

/* A factor graph's file (io/factor_file.h), read by rank 0, on all ranks. The caller owns *ret_factors. Collective. */
hol_status hol_cli_read_factors(hol_comm *comm, const char *path, hol_factors **ret_factors) HOL_MUST_USE;

/* A lattice of two dimensions is an image: sets shape; else leaves it. */
void hol_cli_lattice_shape(const hol_cli_parts *parts, int64_t units, int64_t shape[2]);

/* The model of a checkpoint, by the config in it; at another temperature than its own when `temperature` is above 0.
 * HOL_BAD_INPUT when the config does not describe the model that the file has. The caller owns *ret_model. Not
 * collective. */
hol_status hol_cli_create_model(const hol_checkpoint_info *info, double temperature,
                                hol_model **ret_model) HOL_MUST_USE;

/* Reads all of a checkpoint, or of the one that hol_checkpoint_resolve finds in a run's directory, and compares it with
 * its checksums, its config and the model that this makes. HOL_BAD_INPUT. Collective. */
hol_status hol_cli_check_checkpoint(hol_comm *comm, const char *file) HOL_MUST_USE;

/* A command's FILE: a model and its parameters. */
typedef struct hol_cli_model {
    hol_checkpoint_info
        info;         /* of a config: path, config, model, sizes, temperature, seed and shape; no chains, step 0 */
    hol_model *model; /* owned */
    float *theta;     /* owned: (parameters) */
} hol_cli_model;

/* Whether FILE is a config, by its name's end: .yaml or .yml. */
bool hol_cli_is_config(const char *file);

/* Opens a checkpoint, that of a run's directory (hol_checkpoint_resolve; the log tells of the best one), or a config
 * whose model needs no data, with the parameters that a run of it would begin with; `overrides` (as in hol_config_read)
 * are for a config only. At another temperature than its own when `temperature` is above 0. The caller closes
 * *ret_model, also after an error. Collective. */
hol_status hol_cli_open_model(hol_comm *comm, const char *file, double temperature, char *const *overrides,
                              size_t override_count, hol_cli_model *ret_model) HOL_MUST_USE;
void hol_cli_close_model(hol_cli_model *self);

#endif
