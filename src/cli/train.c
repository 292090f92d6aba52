/* train: a run of a config. */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/stop.h"
#include "cli/commands.h"
#include "cli/config.h"
#include "cli/deadline.h"
#include "cli/keep_edges.h"
#include "cli/model.h"
#include "cli/options.h"
#include "cli/report.h"
#include "cli/run.h"

typedef struct arguments {
    const char *config_path;
    const char *output;
    hol_word_list overrides;
    const char *max_time;
    double max_seconds; /* 0: none */
    const char *edges_from;
    int64_t keep_edges; /* 0: those of the config */
    bool resume, resume_older;
    bool report;
    bool quiet;
} arguments;

/* ---- command line ----------------------------------------------------------------------------------------------- */

#define AT(member) HOL_AT(arguments, member)
static const hol_option option_rows[] = {
    {HOL_ARGUMENT("CONFIG"), AT(config_path), HOL_TEXT(NULL, "the path of a YAML file")},
    {HOL_OPTION("output", 'o', "DIR", 1, "Directory for checkpoints (default: the config's name without .yaml)"),
     AT(output), HOL_TEXT(NULL, "a directory"), .sets = "output"},
    {HOL_OPTION("set", 's', "KEY=VALUE", 1,
                "Override a key of the config, such as train.learning_rate=0.05; repeatable"),
     AT(overrides), HOL_WORDS("KEY=VALUE")},
    {HOL_OPTION("resume", 'r', NULL, 1, "Continue from DIR's newest good checkpoint; start anew when there is none"),
     AT(resume), HOL_GIVEN},
    {HOL_OPTION("resume-older", 0, NULL, 1,
                "Continue also a run of an older version, whose further steps this one does not repeat bit for bit"),
     AT(resume_older), HOL_GIVEN},
    {HOL_OPTION("keep-edges", 0, "N", 1,
                "Couple only the N pairs of columns that the run RUN couples most strongly, as `holode contacts RUN` "
                "sorts them; they are written to DIR/edges.txt, which then is model.edges"),
     AT(keep_edges), HOL_INTEGER(0, 1, INT64_C(1) << 40), .value.needs = "edges-from", .sets = "model.edges"},
    {HOL_OPTION("edges-from", 0, "RUN", 1, "The run of --keep-edges: a checkpoint or a directory"), AT(edges_from),
     HOL_TEXT(NULL, "a checkpoint or a run's directory"), .value.needs = "keep-edges"},
    {HOL_OPTION("max-time", 't', "[D-]H:MM:SS", 1,
                "Stop early enough to have checkpointed by then, with exit code 75 (default: the end of the Slurm job, "
                "where SLURM_JOB_END_TIME tells it)"),
     AT(max_time), HOL_TEXT(NULL, "a time")},
    {HOL_OPTION("report", 0, NULL, 1,
                "Keep a page on the run, DIR/report.html: as it goes on at evaluations, for a fiftieth of its time at "
                "most, and at its end as `holode report DIR` makes it"),
     AT(report), HOL_GIVEN},
    {HOL_OPTION("quiet", 'q', NULL, 1, "Only warnings, errors and the result"), AT(quiet), HOL_GIVEN},
};

static hol_status settle(void *values) {
    arguments *a = values;
    return a->max_time ? hol_deadline_parse("--max-time", a->max_time, &a->max_seconds) : HOL_OK;
}

static const hol_options options = {
    HOL_ROWS(option_rows),
    .usage = "CONFIG",
    .help =
        "Trains the model that CONFIG describes, on all ranks, and checkpoints to DIR.\v"
        "SIGUSR1, SIGTERM and SIGINT end the run after the current step, with a checkpoint and exit code 75; SIGUSR2 "
        "writes a checkpoint and goes on. Every key of CONFIG is explained in configs/reference.yaml.",
    .settle = settle,
};

/* ---- the command ------------------------------------------------------------------------------------------------ */

/* The page on a complete run; what fails then is no failure of the run. Who wants the program to end gets no page. */
static hol_status write_page(hol_comm *comm, const char *directory) {
    int64_t stop = hol_stop_requested();
    hol_status status = hol_comm_max_i64(comm, &stop, 1);
    if (status != HOL_OK || stop) return status;
    status = hol_report_write(comm, directory, NULL, NULL, NULL);
    if (status != HOL_OK) hol_log_warning(comm, "no page on the whole run: %s", hol_error_message(status));
    (void)hol_error_drop(status);
    return HOL_OK;
}

/* The config, with the edges that are kept; *ret_edges: as hol_run_options takes them. Collective. */
static hol_status read_config(hol_comm *comm, const arguments *a, char **ret_text, hol_config **ret_config,
                              char **ret_edges) {
    hol_status status = HOL_OK;
    char *setting = NULL, **overrides = NULL;
    const size_t count = a->overrides.count;
    HOL_TRY(hol_cli_share_config(comm, a->config_path, a->overrides.items, count, ret_text, ret_config));
    if (a->keep_edges == 0) return HOL_OK;
    HOL_TRY(hol_cli_keep_edges(comm, a->edges_from, a->keep_edges, a->output ? a->output : (*ret_config)->output,
                               a->resume || a->resume_older, &setting, ret_edges));
    HOL_TRY(hol_comm_agree(comm, HOL_ALLOCATE(overrides, (int64_t)count + 1, "overrides")));
    for (size_t i = 0; i < count; i++) overrides[i] = a->overrides.items[i];
    overrides[count] = setting;
    hol_config_destroy(*ret_config);
    hol_free(*ret_text);
    *ret_config = NULL;
    *ret_text = NULL;
    HOL_TRY(hol_cli_share_config(comm, a->config_path, overrides, count + 1, ret_text, ret_config));
cleanup:
    hol_free(overrides);
    hol_free(setting);
    return status;
}

static hol_status train(hol_comm *comm, hol_result *result, const arguments *a, double began_at) {
    hol_status status = HOL_OK;
    hol_config *config = NULL;
    char *config_text = NULL, *edges = NULL;
    hol_run_outcome outcome;
    HOL_TRY(read_config(comm, a, &config_text, &config, &edges));
    const hol_run_options run = {.config_path = a->config_path,
                                 .output = a->output ? a->output : config->output,
                                 .edges_text = edges,
                                 .resume = a->resume || a->resume_older,
                                 .resume_older = a->resume_older,
                                 .tell = true,
                                 .report = a->report,
                                 .began_at = began_at,
                                 .max_seconds = a->max_seconds};
    HOL_TRY(hol_run_train(comm, config, config_text, &run, result, &outcome));
    if (a->report) HOL_TRY(write_page(comm, run.output));
cleanup:
    hol_config_destroy(config);
    hol_free(config_text);
    hol_free(edges);
    return status;
}

hol_status hol_command_train(hol_comm *comm, hol_result *result, int argc, char **argv) {
    arguments a = {0};
    const double began_at = hol_clock_now();
    bool done = false;
    const hol_status status = hol_options_parse(comm, &options, result, argc, argv, &a, &done);
    if (status != HOL_OK || done) return status;
    (void)hol_log_set_quiet(comm, a.quiet);
    return train(comm, result, &a, began_at);
}
