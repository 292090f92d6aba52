/* report: what `holode report` computes of a run, for the parts that find it, judge it and show it.
 *
 * report.c           the command: options, the run, where the page goes
 * report_live.c      the page of a run in this process, while it goes on
 * report_data.c      the data: rows, free energies, independent columns
 * report_chains.c    chains of the model: mixing, samples, moments
 * report_judge.c     verdicts
 * report_run.c       sections on the run: curves, time, settings, how to repeat it
 * report_search.c    the settings that were tried for it
 * report_model.c     sections on the model: samples, moments, mixing
 * report_several.c   the table of several runs
 * report_sites.c     sequences, where the model is of pairs of sites: what is found of them
 * report_sequences.c sections on those: letters, frequencies, contacts, principal components
 * report_weights.c   its parameters: pictures, histograms, spectra along the run */
#ifndef HOL_SRC_CLI_REPORT_H
#define HOL_SRC_CLI_REPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/comm.h"
#include "base/status.h"
#include "cli/agreement.h"
#include "cli/config.h"
#include "cli/mixing.h"
#include "cli/model.h"
#include "cli/runs.h"
#include "cli/native.h"
#include "cli/value.h"
#include "estimate/components.h"
#include "estimate/contacts.h"
#include "estimate/independent.h"
#include "estimate/moments.h"
#include "estimate/verdict.h"
#include "io/output.h"
#include "result/html.h"
#include "sample/population.h"

enum {
    HOL_REPORT_RUNS_MAX = 64,
    HOL_REPORT_TEXT = 512,
    HOL_REPORT_TILES = 64,       /* samples and rows that are shown */
    HOL_REPORT_UNITS_MAX = 1024, /* of pair correlations */
    HOL_REPORT_ROWS_MAX = 10000, /* of the data */
    HOL_REPORT_LAGS = 200,       /* of an autocorrelation */
    HOL_REPORT_VERDICTS_MAX = 8,
    HOL_REPORT_SPECTRA_MAX = 6,
    HOL_REPORT_APART = 5, /* sites of a pair that may be a contact */
};

/* The data set; `there` or, in words, why not. All owned. */
typedef struct hol_report_data {
    bool there;
    char why[HOL_REPORT_TEXT];
    char name[HOL_RUNS_TEXT_MAX]; /* FILE:SPLIT */
    bool is_training;             /* the split that the run learns from */
    int64_t rows, used;           /* of the data set, and those that are looked at */
    double missing;               /* the part of the values of these that is not known */
    int64_t unknown;              /* of these, rows of which nothing is, which have the weight 0 */
    double effective;             /* ESS of those with weights, else `used` */
    hol_population *set;          /* (used), with weights where the data have some */
    double *free_energies;        /* rank 0: (used), each row's as often as its weight says; NULL: the model has none */
    float *tiles;                 /* rank 0: (tile_count, visible) */
    int64_t tile_count;
    double *sums;          /* rank 0: (visible + 1) shares of rows by how many units are on; NULL for states */
    double independent;    /* mean ln p of independent columns; NaN: not known */
    hol_gain gain;         /* of -F over those: less ln Z, that of the log-likelihood; NaN where F is unknown */
    double *means, *pairs; /* (units), (units, units) */
} hol_report_data;

/* Chains of the model, begun at those of the run, and others begun at random. All owned. */
typedef struct hol_report_chains {
    bool there;
    char why[HOL_REPORT_TEXT];
    const char *start;                  /* "the run's own chains", "rows of the data", "fair coins" */
    int64_t count, fresh_count, length; /* chains, sweeps */
    double *kept, *fresh;               /* rank 0: (count, length), (fresh_count, length) */
    double *correlation;                /* rank 0: (lags) */
    int64_t lags;
    hol_mixing_traces traces;
    hol_mixing_approach approach;
    bool is_of_pairs;                       /* whether all of the run's chains are watched by their correlations */
    hol_agreement agreement;                /* count 0: not looked at */
    char agreement_data[HOL_RUNS_TEXT_MAX]; /* with which: FILE:SPLIT */
    int64_t samples;                        /* that the moments are of */
    double *means, *pairs;                  /* as those of the data */
    double *sums;
    float *tiles;
    int64_t tile_count;
    bool probabilities; /* what tiles show; else states */
} hol_report_chains;

/* Of a model of pairs of sites: sequences that the run learns from, and the chains at their end, as states. All owned,
 * rank 0's. */
typedef struct hol_report_sites {
    bool there;
    hol_model_pairs pairs;
    char letters[HOL_STATES_MAX + 1]; /* of states; digits and others where they have none */
    int64_t gap;                      /* the state that is a gap; -1: none */
    char name[HOL_RUNS_TEXT_MAX];     /* the data */
    bool is_training;                 /* they are the training data */
    int64_t rows;                     /* of the data set */
    double effective;                 /* ESS of those looked at */
    hol_state_rows data, samples;     /* weights of the data alone */
    double *means[2];                 /* of data and of samples: f_i(a), (sites, states) */
    double *connected[2];             /* f_ij(a, b) - f_i(a) f_j(b) of every stride-th pair: (connected_count) */
    int64_t connected_count, stride;
    hol_contacts contacts;                  /* of the page's model; its count 0: none could be found */
    hol_components components;              /* of the data */
    double *coordinates[2][HOL_COMPONENTS]; /* (data.rows), (samples.rows) */
} hol_report_sites;

/* Singular values of the model's first matrix of couplings, in each checkpoint of the run that is still there. */
typedef struct hol_report_spectra {
    int group; /* of the model's parameters; -1: none, and why */
    char why[HOL_REPORT_TEXT];
    int64_t count; /* of singular values */
    int steps;
    int64_t step[HOL_REPORT_SPECTRA_MAX]; /* ascending; the last is the report's own checkpoint */
    double *values;                       /* owned, rank 0: (steps, count) */
} hol_report_spectra;

/* Of parameters, and what units count for beside them, times chains times sweeps: ten seconds of a core, about. */
#define HOL_REPORT_WORK 8e11

/* A likelihood that the page had to find itself. */
typedef struct hol_report_measured {
    bool there;
    char why[HOL_REPORT_TEXT]; /* "" where it was not asked for */
    bool is_exact;
    int64_t walks, temperatures; /* of each side */
    double low, error;           /* nats per row, by the greater ln Z; its standard error */
    hol_gain gain;
    hol_verdict verdict; /* unknown: exact */
    hol_verdict_reason reason;
} hol_report_measured;

typedef struct hol_report_verdict {
    hol_verdict verdict;
    const char *subject;
    char word[96], text[HOL_REPORT_TEXT];
} hol_report_verdict;

typedef struct hol_report_arguments {
    hol_word_list runs;
    const char *output, *data;
    hol_native_options structure;
    int64_t sweeps; /* -1: what the model's size suggests; 0: no sampling */
    int64_t seed;   /* -1: the run's */
} hol_report_arguments;

/* Where a single run stands. */
typedef struct hol_report_stage {
    bool is_live;              /* the page of a run in this process: nothing takes long */
    bool is_running;           /* some process is at work on it */
    int64_t steps;             /* that it is to have; 0: not known */
    char made[64];             /* when the page was made, where that tells anything; else "" */
    char end[HOL_REPORT_TEXT]; /* how it came to its end; "": nothing is known of that */
} hol_report_stage;

typedef struct hol_report {
    hol_comm *comm;
    hol_report_arguments arguments;
    hol_run_record *runs; /* owned: (run_count); none where a single run has no evaluation */
    int64_t run_count;
    /* of a single run: */
    hol_cli_model source;
    hol_config *config;     /* owned */
    hol_population *chains; /* owned: the checkpoint's; NULL: none */
    hol_report_stage stage;
    int64_t units; /* of the moments */
    hol_report_data data;
    hol_report_chains mixing;
    hol_report_spectra spectra;
    hol_report_sites sites;
    hol_native structure; /* rank 0's; its file NULL: none */
    hol_report_measured measured;
    hol_comparison of_means, of_pairs;
    double pairs_noise; /* root mean square difference of correlations that finite numbers of rows and samples give */
    hol_report_verdict verdicts[HOL_REPORT_VERDICTS_MAX];
    int verdict_count;
} hol_report;

/* ---- finding; collective ---- */

/* The run's data, or those of --data, which it is an error not to have. */
hol_status hol_report_find_data(hol_report *self) HOL_MUST_USE;
void hol_report_clear_data(hol_report_data *data);

/* The weights of the data set data.name, as hol_sample_weights_read takes them: those that the run was evaluated with;
 * where it learns from it or validates on it, those that it has. Borrowed. */
const char *hol_report_weights(const hol_report *self);

/* Rows of a data set, all or `most` spread over it, with weights as hol_sample_weights_read takes them; *ret_rows: how
 * many it has. The caller owns *ret_set, also after an error. And of the run's training data: *ret_set is NULL where
 * these are not there any more. */
hol_status hol_report_read_rows(hol_report *self, const char *reference, const char *default_split, const char *weights,
                                int64_t most, int64_t *ret_rows, hol_population **ret_set) HOL_MUST_USE;
hol_status hol_report_read_training_rows(hol_report *self, int64_t most, int64_t *ret_rows,
                                         hol_population **ret_set) HOL_MUST_USE;

/* The same where its data->set is there already: sums, rows to show, independent columns; and, of a model that is
 * prepared, free energies and moments. */
hol_status hol_report_describe_data(hol_report *self, bool is_prepared) HOL_MUST_USE;

/* The data that a run validates on, or learns from; and what they are called. Not collective. */
const char *hol_report_run_data(const hol_config *config, const char **ret_default_split);
void hol_report_name_data(hol_report *self, const char *reference, const char *default_split);

/* Lets chains of the model run. */
hol_status hol_report_run_chains(hol_report *self) HOL_MUST_USE;
void hol_report_clear_chains(hol_report_chains *chains);

/* Sequences and samples, where the model is of pairs of sites, after its chains have run; comparisons of moments become
 * those of states then. */
hol_status hol_report_find_sites(hol_report *self) HOL_MUST_USE;
void hol_report_clear_sites(hol_report_sites *sites);

/* What --structure names, of a run whose model is of pairs of sites. HOL_USAGE for others. */
hol_status hol_report_read_structure(hol_report *self) HOL_MUST_USE;

/* The likelihood, where hol_report_find_likelihood knows none. */
hol_status hol_report_measure_likelihood(hol_report *self) HOL_MUST_USE;

/* Of a chain, of HOL_REPORT_WORK. */
double hol_report_sweep_work(const hol_report *self);

/* The spectra along the run. */
hol_status hol_report_find_spectra(hol_report *self) HOL_MUST_USE;

/* Of a population: values of the visible units of `most` chains, at most, spread over it, on rank 0 (NULL elsewhere);
 * how many chains have so many units on, added to `sums` (visible + 1). */
hol_status hol_report_take_tiles(hol_report *self, hol_population *from, bool probabilities, int64_t most,
                                 float **ret_tiles, int64_t *ret_count) HOL_MUST_USE;
hol_status hol_report_add_sums(hol_report *self, const hol_population *from, double *sums) HOL_MUST_USE;

/* ---- judging; rank 0 ---- */

void hol_report_judge(hol_report *self);

/* By what the run's record says alone: likelihood, training, overfitting. Of `self`, a single run's record, config and
 * step are looked at. */
void hol_report_judge_record(hol_report *self);

/* The worst of the verdicts, those aside that are not known. */
hol_verdict hol_report_find_worst(const hol_report *self);

/* The likelihood that is known of the run. */
typedef struct hol_report_likelihood {
    double value, error;     /* nats per sample; NaN: unknown */
    double gain, gain_error; /* over independent columns; NaN: unknown */
    double independent;
    char data[HOL_RUNS_TEXT_MAX];
    bool is_exact;
    char source[128];    /* how it was had, in words */
    const char *verdict; /* a word for it (hol_verdict_word); "" where there is none */
    const char *reason;  /* for a bad one; "" */
} hol_report_likelihood;
hol_report_likelihood hol_report_find_likelihood(const hol_report *self);

/* ---- showing; rank 0 ---- */

/* Writes the page, which appears whole or not at all; `tell`: says so, and in a sentence what it says. */
hol_status hol_report_save(const hol_report *self, const char *path, bool tell) HOL_MUST_USE;

/* What the page's file may replace. */
extern const hol_output_kind hol_report_kind;

/* The time of day, for the page of a run that goes on. */
void hol_report_date(hol_report_stage *stage);

/* A page of one run, or of several. */
hol_status hol_report_print(const hol_report *self, FILE *to) HOL_MUST_USE;

/* Its parts. */
void hol_report_print_several(const hol_report *self, FILE *to);
void hol_report_print_curves(const hol_report *self, FILE *to);
void hol_report_print_search(const hol_report *self, FILE *to);
void hol_report_print_time(const hol_report *self, FILE *to);
void hol_report_print_settings(const hol_report *self, FILE *to);
void hol_report_print_repeat(const hol_report *self, FILE *to);
hol_status hol_report_print_samples(const hol_report *self, FILE *to) HOL_MUST_USE;
void hol_report_print_moments(const hol_report *self, FILE *to);
hol_status hol_report_print_sequences(const hol_report *self, FILE *to) HOL_MUST_USE;
void hol_report_print_frequencies(const hol_report *self, FILE *to);
void hol_report_print_components(const hol_report *self, FILE *to);
hol_status hol_report_print_contacts(const hol_report *self, FILE *to) HOL_MUST_USE;

/* A chart of y against x with what its comparison says, and `more` of it, below. */
void hol_report_print_scatter(FILE *to, const char *caption, const double *x, const double *y, int64_t count,
                              const hol_comparison *c, const char *more);
void hol_report_print_mixing(const hol_report *self, FILE *to);
hol_status hol_report_print_weights(const hol_report *self, FILE *to) HOL_MUST_USE;

#endif
