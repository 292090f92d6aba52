/* evaluate: what the files of `holode evaluate` share; not for others. */
#ifndef HOL_SRC_CLI_EVALUATE_H
#define HOL_SRC_CLI_EVALUATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/comm.h"
#include "base/status.h"
#include "cli/likelihood.h"
#include "cli/subject.h"
#include "model/model.h"
#include "result/result.h"

typedef struct hol_evaluate_arguments {
    const char *file;
    const char *data;
    const char *weights; /* of the data's rows; NULL: their own */
    const char *method;  /* NULL: exact where that is cheap, else both */
    /* of reverse walks: "chains", "data", "random", "exact"; NULL: chains where there are some, else data */
    const char *start;
    const char *ladder; /* "adaptive" or "classic"; NULL: adaptive */
    const char *output; /* of moments: an .h5 file, or NULL */
    int64_t chains;     /* 0: the method's own number */
    int64_t temperatures;
    int64_t row_walks; /* 0: hol_subject.row_walks' own number; a power of two up to 64 */
    int64_t sweeps;    /* -1: the method's own number */
    int64_t seed;      /* -1: the run's */
    bool json;
    bool marginals;
} hol_evaluate_arguments;

typedef struct hol_evaluation {
    hol_result *result; /* borrowed */
    hol_evaluate_arguments arguments;
    hol_subject subject;
} hol_evaluation;

/* The methods. Each adds what it finds to the result; all are collective. */
hol_status hol_evaluate_sides(hol_evaluation *self, bool forward, bool reverse) HOL_MUST_USE; /* AIS, reverse AIS */
hol_status hol_evaluate_bar(hol_evaluation *self) HOL_MUST_USE;
hol_status hol_evaluate_pseudo(hol_evaluation *self) HOL_MUST_USE;
hol_status hol_evaluate_moments(hol_evaluation *self) HOL_MUST_USE;
hol_status hol_evaluate_mixing(hol_evaluation *self) HOL_MUST_USE;
hol_status hol_evaluate_pearson(hol_evaluation *self) HOL_MUST_USE;

/* The data as a population, with their weights, which holds what is known where values are missing, for a method that
 * can't do without; the caller owns *ret. Collective. */
hol_status hol_evaluate_make_data(hol_evaluation *self, hol_population **ret) HOL_MUST_USE;

/* The member log_likelihood, by the greater ln Z, which every method that has one adds under this name, and the rows of
 * probability 0; where it is no number, a line that says why. True: the caller has to add the line that shows it. */
bool hol_evaluate_likelihood(hol_evaluation *self, const hol_likelihood *found);

/* "mean of 100 in FILE:SPLIT", or "weighted mean of 100 (ESS 61.3) in FILE:SPLIT". Returns text. */
typedef char hol_evaluate_text[512];
const char *hol_evaluate_name_rows(const hol_evaluation *self, hol_evaluate_text text);
/* ", weighted (ESS 61.3)", or "". Returns text. */
const char *hol_evaluate_name_weights(const hol_evaluation *self, hol_evaluate_text text);

/* After it: what columns that know nothing of each other give the same rows, the model's gain over them, and a verdict
 * when that is hardly one. Nothing where the model's likelihood is no number. Collective. */
hol_status hol_evaluate_gain(hol_evaluation *self, const hol_likelihood *found) HOL_MUST_USE;

/* The same beside a pseudo-log-likelihood per variable, with its standard error. Collective. */
hol_status hol_evaluate_pseudo_gain(hol_evaluation *self, double pseudo, double error) HOL_MUST_USE;

/* Whether an estimate is to be believed; `reason` is "", or why not. */
void hol_evaluate_verdict(hol_evaluation *self, hol_verdict verdict, const char *reason, const char *good);

/* hol_subject_start by --start and --seed. Collective. */
hol_status hol_evaluate_start(hol_evaluation *self, int64_t count, hol_population **ret,
                              const char **ret_word) HOL_MUST_USE;

uint64_t hol_evaluate_seed(const hol_evaluation *self);
bool hol_evaluate_is_classic(const hol_evaluation *self); /* --ladder classic */
hol_likelihood_options hol_evaluate_options(const hol_evaluation *self);

#endif
