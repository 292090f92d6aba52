/* runs: several runs side by side, as the commands that compare them read them. */
#ifndef HOL_CLI_RUNS_H
#define HOL_CLI_RUNS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/comm.h"
#include "base/status.h"
#include "cli/config.h"
#include "cli/config_table.h"
#include "estimate/verdict.h"
#include "train/history.h"

enum { HOL_RUNS_TEXT_MAX = 256 };

typedef struct hol_run_record {
    const char *name;    /* borrowed: as it was asked for */
    hol_config *config;  /* owned, as the history */
    hol_history history; /* at least one row */
    int64_t step;
    uint64_t data_fingerprint;
    uint64_t parameters;   /* hol_runs_hash of theta */
    double log_likelihood; /* of DIR/evaluation.json (`holode evaluate DIR --json`), nats per sample; NaN without. It is
                            * the best checkpoint's where the run keeps one */
    char data[HOL_RUNS_TEXT_MAX];    /* the data set of that, FILE:SPLIT; "" where it doesn't say */
    char weights[HOL_RUNS_TEXT_MAX]; /* of its rows, --weights; "" where they are the data set's own, or none */
    char verdict[32]; /* its verdict on that, "agreed" or "do not trust"; "" where it has none: exact, one side */
    hol_verdict_reason reason; /* why not; "" */
} hol_run_record;

/* The newest good checkpoints of `count` runs (directories or files), in the order of `names`. Those that can't be read
 * are left out with a warning, as is an evaluation.json that is no whole JSON object; HOL_BAD_INPUT when none is left.
 * *ret_runs is (*ret_count), the caller's to hol_runs_destroy. Collective. */
hol_status hol_runs_read(hol_comm *comm, char *const *names, int64_t count, hol_run_record **ret_runs,
                         int64_t *ret_count) HOL_MUST_USE;
void hol_runs_destroy(hol_run_record *runs, int64_t count);

/* A hash of all bits of `count` parameters. */
uint64_t hol_runs_hash(const float *theta, int64_t count);

/* A metric of the last evaluation. */
double hol_run_get_metric(const hol_run_record *run, hol_metric metric);

/* The same, and of HOL_METRICS the held-out log-likelihood: that of evaluation.json, or else the run's own on
 * data.valid; NaN: not known. Of which data that is, and by which weights, as text (HOL_RUNS_TEXT_MAX, cut); "" when
 * there is none. */
double hol_run_get_value(const hol_run_record *run, hol_metric metric);
void hol_run_name_held_out(const hol_run_record *run, char *text);

/* Whether the run's own verdict says that its likelihood is not to be trusted. */
bool hol_run_is_doubtful(const hol_run_record *run);

/* Sorts runs by such a value, the greatest first, or the least; by HOL_METRICS those that are doubtful come after the
 * others. Those that have no value come last, by their pseudo-log-likelihood. Ties stay in their order. */
void hol_runs_sort(hol_run_record *runs, int64_t count, hol_metric by, bool ascending);

/* The metric of a name; HOL_METRICS when there is none. */
hol_metric hol_runs_find_metric(const char *name);

/* Whether a key of the config shapes what is learned, as opposed to where and how often the run writes. */
bool hol_runs_is_setting(const hol_config_row *row);

/* The settings in which runs (count, at least 1) differ, into keys (HOL_CONFIG_MAX_ROWS); returns how many. */
int hol_runs_find_differing(const hol_run_record *runs, int64_t count, const hol_config_row **keys);

/* A reference to a data set in full, FILE:SPLIT, as text (HOL_RUNS_TEXT_MAX, cut): that of the split which it names, or
 * else of default_split. */
void hol_runs_name_data(const char *reference, const char *default_split, char *text);

/* The value of a key as text (HOL_RUNS_TEXT_MAX, cut). */
void hol_run_get_setting(const hol_run_record *run, const hol_config_row *row, char *text);

#endif
