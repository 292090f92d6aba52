/* config: the YAML file that describes a run.
 *
 * One table (src/cli/config_rows.c) has a row per key: type, default, range, choices, explanation, and whether a
 * resumed run may change it. Reading, --set, error messages, the resolved dump, the check on resume and
 * configs/reference.yaml all come from that table; a new key is one row and one member below.
 *
 * Every mistake is HOL_USAGE with one line, "FILE:LINE:COLUMN: KEY: found X, expected Y", or
 * "--set KEY=VALUE: found X, expected Y". Nothing here is collective: rank 0 reads the file and broadcasts the dump. */
#ifndef HOL_CLI_CONFIG_H
#define HOL_CLI_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/comm.h"
#include "base/status.h"
#include "cli/config_field.h"
#include "model/model.h"
#include "train/trainer.h"

/* Values of the members that hold a choice. */
enum { HOL_CONFIG_BINARIZE_THRESHOLD, HOL_CONFIG_BINARIZE_SAMPLE };

/* A checked config: every member is in its range. configs/reference.yaml explains each. Strings are never NULL and are
 * owned by the config. */
typedef struct hol_config {
    int64_t seed;
    struct {
        char *train; /* "FILE" or "FILE:SPLIT"; "" only for a kind that knows its units without data */
        char *valid; /* the same, or "" */
        char *weights, *valid_weights; /* as hol_sample_weights_read takes them */
        bool labels;
        int binarize;
        double threshold;
    } data;
    struct {
        int kind; /* in hol_model_kinds */
        int64_t hidden;
        bool biases;
        bool weights, visible_couplings, hidden_couplings; /* boltzmann only */
        int64_t positive_sweeps;                           /* boltzmann with coupled hidden units only */
        char *lattice;                                     /* ising only: "64x64", or "" */
        bool periodic;
        char *edges;  /* a file, or "" */
        char *fields; /* the same */
        int spins, couplings;
        double coupling, field;          /* where ising begins */
        hol_config_variables *variables; /* mrf only: owned; NULL: model.file has them */
        hol_config_cliques *cliques;
        char *file;
        char *layers, *blocks; /* network only: lists, as hol_config_network_parse takes them */
        double temperature;
    } model;
    /* of train, evaluate and checkpoint, and model.positive_persistent; what only follows from these and the data is
     * still 0: samples, seed, checkpoint_seconds, schedule.steps where epochs counts, evaluate_every; or still auto
     * (cli/auto.h) */
    hol_trainer_options train;
    double epochs;  /* when above 0, train.schedule.steps is 0, not auto */
    char *watchdog; /* as hol_deadline_parse_watchdog takes it */
    char *start;    /* a checkpoint or a run's directory whose parameters training begins at, or "" */
    struct {
        int64_t samples;
    } evaluate;
    struct {
        double minutes;
        int64_t keep;
        bool best;
    } checkpoint;
    char *output; /* a directory; hol_config_read never leaves it empty, hol_config_parse may */
} hol_config;

/* Reads and checks the config file at `path`, then takes `override_count` overrides of the form "a.b=value", the value
 * in YAML and under the same checks; the last override of a key counts. A train.steps or train.epochs that is
 * overridden takes the place of the other one in the file. An empty output becomes the file's name without directory
 * and .yaml. overrides may be NULL when override_count is 0. The caller owns *ret_config. HOL_USAGE for everything that
 * is wrong with the file, an unreadable one included; what its kind or method has no use for is refused, or warned of.
 * Not collective. */
hol_status hol_config_read(hol_comm *comm, const char *path, char *const *overrides, size_t override_count,
                           hol_config **ret_config) HOL_MUST_USE;

/* The same from `length` bytes of text, as hol_config_dump or a checkpoint gives it; `name` stands for the file in
 * messages. What is of no use is taken as it is. An empty output stays empty. Not collective. */
hol_status hol_config_parse(const char *name, const char *text, size_t length, char *const *overrides,
                            size_t override_count, hol_config **ret_config) HOL_MUST_USE;

/* NULL is fine. */
void hol_config_destroy(hol_config *config);

/* The resolved config as YAML: every key, numbers such that they read back to the same value; hol_config_parse makes
 * the same config of it. *ret_text is the caller's to hol_free. HOL_FAILURE when memory is short. Not collective. */
hol_status hol_config_dump(const hol_config *config, char **ret_text) HOL_MUST_USE;

/* Whether new_run may continue old_run, whose config was found in the checkpoint at checkpoint_path. HOL_USAGE, naming
 * each key that differs and would change the meaning of the run. Keys without effect in both (train.chains under cd,
 * for one) may differ. Not collective. */
hol_status hol_config_check_resume(const hol_config *old_run, const hol_config *new_run,
                                   const char *checkpoint_path) HOL_MUST_USE;

/* Warns of each key that new_run may change, but that shapes what is learned from there on. Not collective. */
void hol_config_warn_of_changes(hol_comm *comm, const hol_config *old_run, const hol_config *new_run);

/* The kind of its model; and options to make one, but for `visible` and what stands in files: all that the keys of
 * model.* say that the kind takes. */
const hol_model_ops *hol_config_get_kind(const hol_config *config);
hol_model_options hol_config_get_model(const hol_config *config);

/* The first kind that takes a key which not every kind does, "model.file"; NULL where there is none. */
const char *hol_config_find_kind(const char *key);

/* The text of a choice, "pcd" for key "train.method"; NULL when there is no such key or it is not a choice. */
const char *hol_config_get_choice(const hol_config *config, const char *key);

/* Writes the reference config: every key with its explanation, range and default. configs/reference.yaml is this
 * output. HOL_FAILURE when writing fails. */
hol_status hol_config_print_reference(FILE *stream) HOL_MUST_USE;

#endif
