/* run: a training run from a config to its last checkpoint, as `holode train` does it, for commands that train. */
#ifndef HOL_CLI_RUN_H
#define HOL_CLI_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/comm.h"
#include "base/status.h"
#include "cli/config.h"
#include "io/checkpoint.h"
#include "result/result.h"

typedef struct hol_run_options { /* texts are borrowed */
    const char *config_path;     /* what messages call the config */
    const char *output;          /* the directory of its checkpoints; made where it is not there */
    const char *from;            /* the checkpoint to begin at where the directory has none; NULL: step 0 */
    const char *edges_text;      /* rank 0's: becomes the file of model.edges once all is checked; NULL: it is there */
    bool resume;                 /* goes on from the newest good checkpoint, where there is one; else that is refused */
    bool resume_older; /* also from a checkpoint of an older format, under a warning: its further steps are other ones
                        * than those of the version that wrote it; else that is refused */
    bool tell;       /* on stderr what the run is and how it goes, warnings, a verdict at the end; else errors alone */
    bool report;     /* keeps report.html in the output directory up to date (hol_report_live_create) */
    double began_at; /* by hol_clock_now */
    double max_seconds; /* from then on; 0: as long as the Slurm job, where there is one */
} hol_run_options;

typedef struct hol_run_outcome {
    int64_t first;  /* the step that it began at */
    int64_t step;   /* the step that it came to */
    int64_t steps;  /* those that it was to come to; patience ends a run before */
    int stop_code;  /* what asked for the end, on any of the ranks (hol_stop_name): with HOL_STOPPED; else 0 */
    double seconds; /* since began_at */
    char checkpoint[HOL_CHECKPOINT_PATH_MAX]; /* the newest one; "" where there is none */
} hol_run_outcome;

/* Trains the model of `config`, whose text (hol_config_dump) goes into the checkpoints, and checkpoints to the output
 * directory: parameters, chains and history are those of a run that was never interrupted. What is auto in the config
 * is settled first (cli/auto.h): the checkpoints' text is then that of the settled one. A run that is at its end
 * already has no evaluation, and writes nothing. With options->tell the result, which may be NULL, gets the lines on
 * how it ended.
 *
 * HOL_OK: complete. HOL_STOPPED: by a signal or for lack of time, with a checkpoint where it had begun. A signal's
 * request holds for all runs after it, too (hol_stop_requested, on the rank that it came to); for lack of time only
 * this run ends. HOL_USAGE: no data.train; other data, or keys, than those of the checkpoint; the checkpoint of an
 * earlier run, without `resume`. HOL_NUMERICAL: parameters broke down. HOL_BAD_INPUT, HOL_FAILURE as usual. *ret holds
 * what is known then.
 *
 * A process may make any number of runs, one after the other: each gives back all that it took, but handles signals
 * from the first one on. Collective; ranks bring the same but for began_at, of which rank 0's counts. */
hol_status hol_run_train(hol_comm *comm, const hol_config *config, const char *config_text,
                         const hol_run_options *options, hol_result *result, hol_run_outcome *ret) HOL_MUST_USE;

#endif
