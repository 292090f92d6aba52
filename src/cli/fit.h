/* fit: from a data set to a trained and judged model: what the files of `holode fit` share; not for others.
 *
 *   fit.c             the command: options, directory, order of things, the five lines at the end
 *   fit_directory.c   DIR: its name, whose it is, what it was asked for
 *   fit_data.c        the data: import, splits (fit_data.h)
 *   fit_settings.c    a candidate's settings: their config, in words, and what they cost
 *   fit_candidate.c   a candidate: trained at a constant rate, cooled down aside, and scored
 *   fit_search.c      which candidates there are, and which goes on: successive halving, then one change at a time
 *   fit_length.c      how long the winner is trained
 *   fit_judge.c       what it is worth on rows that nobody has seen
 *   fit_sequences.c   alignments: one model, a potts model, without a search
 *   fit_size.c        whether that has room
 *   fit_log.c         files of results: what was tried, as DIR/search.csv, and others
 *
 * All choices follow from the data, the seed and a budget of counted work, in multiply-adds, by arithmetic and by
 * likelihoods that are the same to the last bit on any number of ranks and threads: never from a clock. A fit that was
 * stopped is made again from the start: runs that are complete end at once (cli/run.h), scores are found anew. */
#ifndef HOL_SRC_CLI_FIT_H
#define HOL_SRC_CLI_FIT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/comm.h"
#include "base/status.h"
#include "cli/agreement.h"
#include "cli/config.h"
#include "cli/likelihood.h"
#include "fit_data.h"
#include "io/checkpoint.h"
#include "io/owner.h"
#include "result/result.h"

enum {
    HOL_FIT_TEXT = 256,
    HOL_FIT_PATH = HOL_CHECKPOINT_PATH_MAX,
    HOL_FIT_DIRECTORY = HOL_FIT_PATH - 128, /* with room for what lies in it */
    HOL_FIT_CANDIDATES_MAX = 64,
    HOL_FIT_STEPS_MOST = 2048, /* of a candidate's first training */
    HOL_FIT_STEPS_LEAST = 64,
    HOL_FIT_ROUNDS = 4, /* of halving, each twice as long as the one before */
    HOL_FIT_COOLED = 4, /* a cooldown takes a share of 1/4 of the steps before it */
};

/* Shares of the budget, added up: the search, the winner's length, all. */
#define HOL_FIT_SHARE_HALVING 0.4
#define HOL_FIT_SHARE_SEARCH 0.55
#define HOL_FIT_SHARE_LENGTH 0.85
#define HOL_FIT_SHARE_TIME 0.75 /* of --time, for both */

typedef struct hol_fit_arguments {
    hol_fit_data_request data;
    const char *output; /* DIR */
    const char *kind;   /* NULL: both */
    const char *max_time;
    double max_seconds; /* 0: none */
    double work;        /* multiply-adds */
    int64_t seed;
    bool resume, resume_older, quiet;
} hol_fit_arguments;

/* What distinguishes candidates. */
typedef struct hol_fit_settings {
    bool visible_couplings; /* V */
    int64_t hidden;         /* 0: no W */
    double rate, weight_decay, initial_weights;
    int64_t batch_size, chains, sweeps, levels;
} hol_fit_settings;

/* A length at which a candidate was cooled down and scored. */
typedef struct hol_fit_score {
    int64_t steps; /* at the constant rate, before the cooldown */
    hol_likelihood likelihood;
} hol_fit_score;

enum { HOL_FIT_SCORES_MAX = 24 };

typedef struct hol_fit_candidate {
    int number;
    const struct hol_fit_candidate *changed_from; /* NULL: one of the first */
    hol_fit_settings settings;
    int64_t unit;  /* the first length; all others are multiples */
    int64_t steps; /* trained so far at the constant rate */
    hol_fit_score scores[HOL_FIT_SCORES_MAX];
    int score_count, best; /* the score that counts: the greatest lower side; -1: none */
    bool is_out;
    char why[HOL_FIT_TEXT]; /* it is */
} hol_fit_candidate;

typedef struct hol_fit {
    hol_comm *comm; /* borrowed, as the next */
    hol_result *result;
    hol_fit_arguments arguments;
    char directory[HOL_FIT_DIRECTORY];
    double began_at;
    hol_fit_data data;
    hol_owner *owner;              /* rank 0's; owned */
    hol_fit_candidate *candidates; /* owned: (HOL_FIT_CANDIDATES_MAX) */
    int count;
    double spent;                    /* multiply-adds */
    bool is_cut;                     /* by --time */
    bool is_final;                   /* the run in DIR, which is not cut */
    bool has_begun;                  /* that run, of an alignment */
    bool is_scored;                  /* some candidate: only from then on is anything cut */
    double memory;                   /* bytes, of the machine that has the least */
    const char *stage;               /* of the log */
    const hol_fit_candidate *winner; /* NULL until its length is found */
    bool is_alignment;               /* DATA is: what follows from it is of fit_sequences.c */
    struct hol_fit_family *family;   /* owned; NULL: no alignment */
    hol_result *log_result;          /* owned, as the table in it */
    hol_record *log;
    double seconds[3];                   /* that the search, the length and the judgement took */
    int64_t steps;                       /* of the run in DIR */
    double judged_error;                 /* of the judged mean over rows */
    hol_likelihood judged, visible_only; /* on test; rows 0: not known */
    hol_agreement agreement;             /* of the run's chains; count 0: not looked at */
} hol_fit;

/* ---- fit_settings.c: nothing is collective ---- */

/* "W + V, 69 hidden from 0.5, rate 0.2, decay 0.0001, 1 sweep": in words. */
void hol_fit_describe(const hol_fit_settings *settings, char text[HOL_FIT_TEXT]);
/* "rbm" or "boltzmann". */
const char *hol_fit_kind(const hol_fit_settings *settings);
int64_t hol_fit_parameters(const hol_fit_settings *settings, int64_t visible);
/* Whether there is such a model of the data: visible couplings of columns of states are not every kind's. */
bool hol_fit_is_possible(const hol_fit *self, const hol_fit_settings *settings);

/* Multiply-adds of a sweep of one chain, in training and along a walk of AIS, and of a training step. */
double hol_fit_sweep_work(const hol_fit_settings *settings, int64_t visible);
double hol_fit_walk_work(const hol_fit_settings *settings, int64_t visible);
double hol_fit_step_work(const hol_fit_settings *settings, int64_t visible);

/* The config of a run of `steps` at the constant rate and `cooldown` steps more. The caller owns both. */
hol_status hol_fit_make_config(const hol_fit *self, const hol_fit_candidate *candidate, int64_t steps, int64_t cooldown,
                               hol_config **ret_config, char **ret_text) HOL_MUST_USE;

/* ---- fit_candidate.c: collective ---- */

/* Adds one whose first length takes `work` at most; NULL where that is too short, the machine has too little memory, or
 * there is no room left. */
hol_fit_candidate *hol_fit_add(hol_fit *self, const hol_fit_settings *settings, double work);

/* Whether there is a candidate of these settings. */
bool hol_fit_has(const hol_fit *self, const hol_fit_settings *settings);

/* Trains it to `steps` at the constant rate, then aside to the end of a cooldown, and scores that on the validation
 * rows with walks of about `work`. Where the run breaks down, the candidate is out. Adds to the log. */
hol_status hol_fit_try(hol_fit *self, hol_fit_candidate *candidate, int64_t steps, double work) HOL_MUST_USE;

/* What that will take. */
double hol_fit_try_work(const hol_fit *self, const hol_fit_candidate *candidate, int64_t steps);

/* Of each side; about as many as `work` is for. `sweep`: multiply-adds of a walk's, at one temperature. Not
 * collective. */
typedef struct hol_fit_walks {
    int64_t walks, temperatures;
    double sweep;
    bool are_fewer; /* temperatures are the most: so many as it takes (hol_likelihood_options) */
} hol_fit_walks;
hol_fit_walks hol_fit_choose_walks(double sweep, double work);

/* The likelihood of a run on a split; what it takes is added to what is spent. */
hol_status hol_fit_measure(hol_fit *self, const char *directory, int split, hol_fit_walks walks,
                           hol_likelihood *ret) HOL_MUST_USE;

/* Trains to the end of `directory`'s run; `from`: where it begins without a checkpoint of its own, or NULL. HOL_OK with
 * *ret_broken: parameters broke down. --time's end is HOL_OK with self->is_cut. */
hol_status hol_fit_train(hol_fit *self, const hol_fit_candidate *candidate, int64_t steps, int64_t cooldown,
                         const char *directory, const char *from, bool *ret_broken) HOL_MUST_USE;

/* The autocorrelation time, in sweeps, of chains of a candidate's best model. */
hol_status hol_fit_find_time(hol_fit *self, const hol_fit_candidate *candidate, double *ret_time) HOL_MUST_USE;

/* DIR/search/07, DIR/search/07-2048: the runs at the constant rate, and cooled down from so many steps on; and the
 * checkpoint of the first at a step. */
void hol_fit_name_run(const hol_fit *self, const hol_fit_candidate *candidate, int64_t cooled_from,
                      char path[HOL_FIT_PATH]);
void hol_fit_name_checkpoint(const hol_fit *self, const hol_fit_candidate *candidate, int64_t step,
                             char path[HOL_FIT_PATH]);

/* The score that counts; NULL: none. */
const hol_fit_score *hol_fit_best(const hol_fit_candidate *candidate);
/* Its lower side; -infinity without one. */
double hol_fit_value(const hol_fit_candidate *candidate);

/* Whether DIR is still this fit's. */
hol_status hol_fit_check_owner(hol_fit *self) HOL_MUST_USE;

/* Whether --time is up, by rank 0's clock. */
hol_status hol_fit_look_at_clock(hol_fit *self) HOL_MUST_USE;

/* ---- the stages; collective ---- */

hol_status hol_fit_search(hol_fit *self, hol_fit_candidate **ret_winner) HOL_MUST_USE;
/* *winner may become another candidate: the same with levels, or, in the end, one that it was changed from. */
hol_status hol_fit_find_length(hol_fit *self, hol_fit_candidate **winner) HOL_MUST_USE;
/* More sweeps, then levels of tempering, where the chains of *base, trained for `steps`, ask for them: where they make
 * it better at the same length, *base becomes the changed candidate. No further than to a share of the budget. */
hol_status hol_fit_help_mixing(hol_fit *self, int64_t steps, double share, hol_fit_candidate **base) HOL_MUST_USE;
/* On the test rows: the winner's run in DIR, and the fully visible machine. */
hol_status hol_fit_judge(hol_fit *self) HOL_MUST_USE;

/* The model in DIR on the rows of reference[HOL_FIT_TEST]: its likelihood, with the error of that and the gain over
 * independent columns, into self->judged; DIR/evaluation.json. */
hol_status hol_fit_judge_model(hol_fit *self, hol_fit_walks walks) HOL_MUST_USE;

/* "both sides agree" */
void hol_fit_describe_verdict(const hol_likelihood *likelihood, char text[HOL_FIT_TEXT]);

/* ---- fit_sequences.c ---- */

/* The kind of model that is fitted to sequences. */
const char *hol_fit_kind_of_pairs(void);

/* Of an alignment the data set, the model in DIR, its judgement, its contacts. Collective. */
hol_status hol_fit_sequences(hol_fit *self) HOL_MUST_USE;
/* The lines at the end. */
void hol_fit_tell_sequences(const hol_fit *self, hol_result *to);
void hol_fit_clear_sequences(hol_fit *self);

/* ---- fit_size.c ---- */

typedef struct hol_fit_size {
    int64_t parameters, states;
    double step_work;
} hol_fit_size;

/* HOL_FAILURE where the training of `config`, of self->steps on the data, has no room in the memory of this machine;
 * else the log tells what it takes. Collective. */
hol_status hol_fit_check_size(const hol_fit *self, const hol_config *config, const hol_fit_size *size) HOL_MUST_USE;

/* ---- fit_directory.c: rank 0, but for the first two ---- */

hol_status hol_fit_name_directory(hol_fit *self) HOL_MUST_USE;
/* The command, without holode fit, DIR and what does not shape the result. The caller owns *ret_text. */
hol_status hol_fit_describe_request(const hol_fit *self, char **ret_text) HOL_MUST_USE;
hol_status hol_fit_take_directory(hol_fit *self) HOL_MUST_USE;
/* What that made, and the data, where nothing came of it. */
void hol_fit_leave_directory(const hol_fit *self);
/* All runs of the search, once nothing goes on from them. */
void hol_fit_remove_search(hol_fit *self);
/* The config's text with what it is of in front. The caller owns *ret_text. */
hol_status hol_fit_head_config(const hol_fit *self, const char *config, char **ret_text) HOL_MUST_USE;
/* Writes DIR/config.yaml; checkpoints of another one than this are removed. */
hol_status hol_fit_begin_run(const hol_fit *self, const char *config) HOL_MUST_USE;

/* ---- fit_log.c ---- */

hol_status hol_fit_log_create(hol_fit *self) HOL_MUST_USE;
/* A line for the newest score, and the file anew. Collective. */
hol_status hol_fit_log_add(hol_fit *self, const hol_fit_candidate *candidate) HOL_MUST_USE;

/* DIR/NAME, whole or not at all: what `add` adds, in a form. Rank 0. */
hol_status hol_fit_write_result(const hol_fit *self, const char *name, hol_form form,
                                void (*add)(const hol_fit *self, hol_result *to)) HOL_MUST_USE;

#endif
