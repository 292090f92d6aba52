/* likelihood: what a model is worth on data, as a value: exactly where that is quick, else from both sides of annealing
 * (estimate/ais.h). All the same to the last bit on any number of ranks and threads. */
#ifndef HOL_CLI_LIKELIHOOD_H
#define HOL_CLI_LIKELIHOOD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/comm.h"
#include "base/status.h"
#include "cli/subject.h"
#include "estimate/ais.h"
#include "estimate/exact.h"
#include "estimate/held.h"
#include "estimate/independent.h"
#include "estimate/verdict.h"

enum { HOL_LIKELIHOOD_ROW_WALKS = 16, HOL_LIKELIHOOD_ROW_TEMPERATURES = 500 };

enum { HOL_LIKELIHOOD_WALKS = 256, HOL_LIKELIHOOD_TEMPERATURES = 5000, HOL_LIKELIHOOD_SETTLE_SWEEPS = 1000 };

/* ln Z that costs no more than this many field evaluations is found exactly without being asked for: a second or so. */
#define HOL_LIKELIHOOD_EXACT_WORK 1e9

typedef struct hol_likelihood_options {
    int64_t walks;         /* of each side; 0: HOL_LIKELIHOOD_WALKS */
    int64_t temperatures;  /* 0: HOL_LIKELIHOOD_TEMPERATURES; of a model whose walks are dear, all pairs of sites
                            * being looked up at each, as many as a short walk says that it takes */
    int64_t most;          /* of these; 0: HOL_LIKELIHOOD_TEMPERATURES */
    int64_t settle_sweeps; /* of the chains that reverse walks begin at; -1: HOL_LIKELIHOOD_SETTLE_SWEEPS */
    double exact_work;     /* exactly where hol_exact_cost is at most this, or nothing else is left */
    uint64_t seed;
    bool is_classic;   /* ladder: the classic spacing, else by a pilot run */
    const char *start; /* borrowed: where reverse walks begin (hol_subject_start) */
} hol_likelihood_options;

typedef struct hol_likelihood {
    bool is_exact;
    double low, high; /* nats per row, by the greater and by the smaller ln Z: equal where exact; NaN where a row's
                       * free energy is unknown, or there are no rows; -infinity where a row is impossible */
    double log_partition_low, log_partition_high;
    double error;           /* standard error of ln Z, the larger of both sides'; 0: exact */
    double gap, gap_error;  /* of ln Z, reverse minus forward; 0: exact */
    double effective;       /* effective number of walks, the smaller of both sides'; NaN: exact */
    int64_t temperatures;   /* of each side; 0: exact, or not walked here */
    hol_held_result walked; /* rows whose -F walks have given */
    hol_exact_score score;  /* the mean of -F over the rows, and how many are impossible, or unknown */
    hol_gain gain;          /* of `low` over columns that know nothing of each other and have these rows' own means; its
                            * error has ln Z's in it. NaN where `low` is no number, and of fewer than 2 rows */
    int64_t rows;           /* over all ranks */
    hol_verdict verdict;    /* on ln Z; unknown: one side only */
    hol_verdict_reason reason; /* "" where the value is good */
    int64_t local_rows;        /* this rank's */
    double *scores;            /* owned: (local_rows): -F of each; NULL where the model has none */
    uint32_t *weights;         /* owned: (local_rows), of the means over rows; NULL: all alike */
} hol_likelihood;

/* Of a file's model (hol_subject_load) on data. The caller clears *ret, also after an error. HOL_USAGE where ln Z can
 * be found in no way. Collective. */
hol_status hol_likelihood_measure(hol_comm *comm, const char *file, hol_subject_data data,
                                  const hol_likelihood_options *options, hol_likelihood *ret) HOL_MUST_USE;
void hol_likelihood_clear(hol_likelihood *likelihood);

/* a's `low` less b's, of the same rows and weights (HOL_USAGE: other numbers of them), with the standard error of their
 * paired differences' mean and both ln Z's in quadrature (NaN of one row). Where one is infinite, so is the difference;
 * it is NaN where both are, or one is no number; and then the error is NaN. Collective. */
hol_status hol_likelihood_compare(hol_comm *comm, const hol_likelihood *a, const hol_likelihood *b,
                                  double *ret_difference, double *ret_error) HOL_MUST_USE;

/* ---- in parts, for those who show what is found as it comes ---- */

/* Whether hol_likelihood_measure would go the exact way. Collective. */
hol_status hol_likelihood_is_exact(const hol_subject *subject, const hol_likelihood_options *options,
                                   bool *ret) HOL_MUST_USE;

/* By enumeration or elimination. Collective. */
hol_status hol_likelihood_exactly(const hol_subject *subject, hol_likelihood *ret) HOL_MUST_USE;

/* Walks along one ladder, of as many temperatures as the options want: as hol_ais_ladder and its neighbours. `betas` is
 * the caller's to hol_free. Collective. */
hol_status hol_likelihood_ladder(const hol_subject *subject, const hol_likelihood_options *options,
                                 hol_ais_options *ret_options, double **ret_betas) HOL_MUST_USE;
hol_status hol_likelihood_walk_up(const hol_subject *subject, const hol_ais_options *ais, const double *betas,
                                  hol_ais_result *ret) HOL_MUST_USE;
/* *ret_start: where the chains began. */
hol_status hol_likelihood_walk_down(const hol_subject *subject, const hol_likelihood_options *options,
                                    const hol_ais_options *ais, const double *betas, hol_ais_result *ret,
                                    const char **ret_start) HOL_MUST_USE;

/* What both sides say, or one where the other is NULL. Collective. */
hol_status hol_likelihood_by_sides(const hol_subject *subject, const hol_ais_result *up, const hol_ais_result *down,
                                   hol_likelihood *ret) HOL_MUST_USE;

/* By one ln Z with its standard error, without a verdict. Collective. */
hol_status hol_likelihood_by_partition(const hol_subject *subject, double log_partition, double error,
                                       hol_likelihood *ret) HOL_MUST_USE;

/* The rows' scores beside those of columns that know nothing of each other and have the rows' own means; NULL: those
 * columns' own, of rows that lack values per column that is known. *ret_columns is the number of columns that they are
 * of, 1 where it is per column. Collective. */
hol_status hol_likelihood_find_gain(const hol_subject *subject, const double *scores, hol_gain *ret,
                                    int64_t *ret_columns) HOL_MUST_USE;

#endif
