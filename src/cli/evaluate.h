/* evaluate: what the files of `holode evaluate` share; not for others. */
#ifndef HOL_SRC_CLI_EVALUATE_H
#define HOL_SRC_CLI_EVALUATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/comm.h"
#include "base/status.h"
#include "estimate/exact.h"
#include "io/checkpoint.h"
#include "model/model.h"
#include "result/result.h"

typedef struct hol_evaluate_arguments {
    const char *file;
    const char *data;
    const char *method; /* NULL: exact where that is cheap, else both */
    /* of reverse walks: "chains", "data", "random", "exact"; NULL: chains where there are some, else data */
    const char *start;
    const char *ladder; /* "adaptive" or "classic"; NULL: adaptive */
    const char *output; /* of moments: an .h5 file, or NULL */
    int64_t chains;     /* 0: the method's own number */
    int64_t temperatures;
    int64_t sweeps; /* -1: the method's own number */
    int64_t seed;   /* -1: the run's */
    bool json;
    bool marginals;
} hol_evaluate_arguments;

/* An evaluation: the model, and the data as bits. All owned but the first two. */
typedef struct hol_evaluation {
    hol_comm *comm;
    hol_result *result;
    hol_evaluate_arguments arguments;
    hol_checkpoint_info info;
    hol_model *model; /* prepared with theta */
    float *theta;
    int64_t rows;      /* of the data, over all ranks; 0 without data */
    int64_t first_row; /* this rank's share */
    int64_t local_rows;
    uint8_t *bytes; /* (local_rows, visible) */
    double *scores; /* (local_rows): -F of each row, where hol_evaluate_score has found them; or NULL */
    double *means;  /* (visible): the data's, or without data what the visible biases alone would give; or NULL */
} hol_evaluation;

/* The model of --file, prepared, and the data, where there are some. On an error, too, what is there is owned.
 * Collective. */
hol_status hol_evaluate_load(hol_evaluation *self) HOL_MUST_USE;

/* The methods. Each adds what it finds to the result; all are collective. */
hol_status hol_evaluate_sides(hol_evaluation *self, bool forward, bool reverse) HOL_MUST_USE; /* AIS, reverse AIS */
hol_status hol_evaluate_bar(hol_evaluation *self) HOL_MUST_USE;
hol_status hol_evaluate_pseudo(hol_evaluation *self) HOL_MUST_USE;
hol_status hol_evaluate_moments(hol_evaluation *self) HOL_MUST_USE;
hol_status hol_evaluate_mixing(hol_evaluation *self) HOL_MUST_USE;

/* The mean of -F(v) over the data: NaN without data, or where the model has no F of its own to give. Collective. */
hol_status hol_evaluate_score(hol_evaluation *self, hol_exact_score *ret_score) HOL_MUST_USE;

/* The member log_likelihood, mean score - ln Z, which every method that has one adds under this name, and the rows of
 * probability 0; where it is no number, a line that says why. True: the caller has to add the line that shows it. */
bool hol_evaluate_likelihood(hol_evaluation *self, const hol_exact_score *score, double log_partition);

/* After it: what columns that know nothing of each other give the same rows, the model's gain over them, and a verdict
 * when that is hardly one. `error` is ln Z's. Nothing where the model's likelihood is no number. Collective. */
hol_status hol_evaluate_gain(hol_evaluation *self, const hol_exact_score *score, double log_partition,
                             double error) HOL_MUST_USE;

/* The same beside a pseudo-log-likelihood per variable, with its standard error. Collective. */
hol_status hol_evaluate_pseudo_gain(hol_evaluation *self, double pseudo, double error) HOL_MUST_USE;

/* Whether an estimate is to be believed: reason is NULL, or why not. */
void hol_evaluate_verdict(hol_evaluation *self, const char *reason);

/* A population of `count` chains of the model, by --start: the checkpoint's persistent chains, rows of the data, fair
 * bits, or samples by enumeration; chain c takes state c modulo their number. The hidden units of rows are drawn given
 * them. *ret_word says which. The caller owns *ret. Collective. */
hol_status hol_evaluate_start(hol_evaluation *self, int64_t count, hol_population **ret,
                              const char **ret_word) HOL_MUST_USE;

uint64_t hol_evaluate_seed(const hol_evaluation *self);
bool hol_evaluate_is_classic(const hol_evaluation *self); /* --ladder classic */

#endif
