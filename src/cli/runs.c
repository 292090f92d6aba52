/* runs: checkpoints of several runs, their settings as text. */
#include "cli/runs.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/words.h"
#include "cli/config_field.h"
#include "cli/model.h"
#include "io/checkpoint.h"
#include "io/dataset.h"
#include "io/regular.h"
#include "result/result.h"
#include "train/state.h"

/* ------------------------------------------------------------------ reading */

/* FNV-1a: equal words give equal hashes, and others don't but once in 2^64 */
static const uint64_t HASH_START = UINT64_C(0xcbf29ce484222325);
static uint64_t hash_on(uint64_t hash, uint32_t word) { return (hash ^ word) * UINT64_C(0x100000001b3); }

uint64_t hol_runs_hash(const float *theta, int64_t count) {
    uint64_t hash = HASH_START;
    for (int64_t i = 0; i < count; i++) {
        uint32_t bits;
        memcpy(&bits, &theta[i], sizeof bits);
        hash = hash_on(hash, bits);
    }
    return hash;
}

/* What `holode evaluate DIR --json >DIR/evaluation.json` left, when it is of the step that DIR means to it. Its
 * log_likelihood is null where the data have rows of probability 0. */
static hol_status take_evaluation(const char *path, int64_t of, hol_run_record *run) {
    hol_status status = HOL_OK;
    hol_result *found = NULL;
    mode_t mode = 0;
    const int descriptor = hol_regular_try(path, true, &mode); /* a pipe of that name would wait */
    if (descriptor < 0 && (errno == ENOENT || errno == ENOTDIR)) return HOL_OK;
    FILE *file = descriptor >= 0 ? fdopen(descriptor, "r") : NULL;
    if (!file) HOL_TRY(hol_error(HOL_BAD_INPUT, "%s: found no file that can be read", path));
    HOL_TRY(hol_result_read(file, path, &found));
    const double step = hol_result_get_number(found, "step");
    if (isnan(step)) HOL_TRY(hol_error(HOL_BAD_INPUT, "%s: found no step", path));
    if (!(fabs(step - (double)of) < 0.5)) goto cleanup;
    const bool impossible = hol_result_get_number(found, "impossible_rows") > 0;
    run->log_likelihood = impossible ? -(double)INFINITY : hol_result_get_number(found, "log_likelihood");
    const char *data = hol_result_get_text(found, "data");
    if (data[0]) hol_runs_name_data(data, "test", run->data);
    (void)snprintf(run->weights, sizeof run->weights, "%s", hol_result_get_text(found, "weights"));
    (void)snprintf(run->verdict, sizeof run->verdict, "%s", hol_result_get_text(found, "verdict"));
    (void)snprintf(run->reason, sizeof run->reason, "%s", hol_result_get_text(found, "reason"));
cleanup:
    hol_result_destroy(found);
    if (file) (void)fclose(file);
    else if (descriptor >= 0) (void)close(descriptor);
    return status;
}

/* The step of the checkpoint that commands take of a directory: of the best one where it has that. Collective. */
static hol_status find_model_step(hol_comm *comm, const char *directory, int64_t newest, int64_t *ret_step) {
    hol_status status = HOL_OK;
    hol_checkpoint_info best = {0};
    char path[HOL_CHECKPOINT_PATH_MAX];
    bool found = false;
    *ret_step = newest;
    HOL_TRY(hol_checkpoint_find_best(comm, directory, path, &found));
    if (!found) return HOL_OK;
    status = hol_checkpoint_read_info(comm, path, &best);
    if (status == HOL_OK) *ret_step = best.step;
    if (hol_error_code(status) == HOL_BAD_INPUT) { /* then they pass over it */
        (void)hol_error_drop(status);
        status = HOL_OK;
    }
cleanup:
    hol_checkpoint_info_clear(&best);
    return status;
}

static void read_evaluation(hol_comm *comm, const char *directory, int64_t of, hol_run_record *run) {
    char path[HOL_CHECKPOINT_PATH_MAX + 32];
    run->log_likelihood = (double)NAN;
    (void)snprintf(path, sizeof path, "%s/evaluation.json", directory);
    const hol_status status = take_evaluation(path, of, run);
    if (status != HOL_OK)
        hol_log_warning(comm, "left out: %s, expected what holode evaluate --json prints", hol_error_message(status));
    hol_error_drop(status);
}

static hol_status read_contents(hol_comm *comm, const hol_checkpoint_info *info, hol_run_record *run) {
    hol_status status = HOL_OK;
    hol_model *model = NULL;
    float *theta = NULL;
    status = hol_cli_create_model(info, 0, &model);
    if (status == HOL_OK) status = HOL_ALLOCATE(theta, model->info.parameters, "parameters");
    if (status == HOL_OK)
        status = hol_config_parse(info->path, info->config, strlen(info->config), NULL, 0, &run->config);
    HOL_TRY(hol_comm_agree(comm, status));
    HOL_TRY(hol_state_read_theta(comm, info->path, model, theta));
    HOL_TRY(hol_state_read_history(comm, info->path, model, &run->history));
    run->parameters = hol_runs_hash(theta, model->info.parameters);
    if (run->history.rows == 0) HOL_TRY(hol_error(HOL_BAD_INPUT, "%s: found no evaluation, expected one", info->path));
cleanup:
    hol_free(theta);
    hol_model_destroy(model);
    return status;
}

static void clear(hol_run_record *run) {
    hol_config_destroy(run->config);
    hol_history_clear(&run->history);
    run->config = NULL;
}

static hol_status read_newest(hol_comm *comm, const char *name, char *path, hol_run_record *run) {
    hol_status status = HOL_OK;
    hol_checkpoint_info info = {0};
    int64_t of = 0;
    *run = (hol_run_record){.name = name};
    HOL_TRY(hol_checkpoint_resolve_newest(comm, hol_state_outline, name, path));
    HOL_TRY(hol_checkpoint_read_info(comm, path, &info));
    HOL_TRY(read_contents(comm, &info, run));
    run->step = info.step;
    run->data_fingerprint = info.data_fingerprint;
    HOL_TRY(find_model_step(comm, name, run->step, &of));
    read_evaluation(comm, name, of, run);
cleanup:
    hol_checkpoint_info_clear(&info);
    if (status != HOL_OK) clear(run);
    return status;
}

static hol_status read_run(hol_comm *comm, const char *name, hol_run_record *run) {
    char path[HOL_CHECKPOINT_PATH_MAX] = "";
    hol_status status = read_newest(comm, name, path, run);
    for (int look = 1; status != HOL_OK && look < HOL_CHECKPOINT_LOOKS && hol_checkpoint_is_gone(comm, name, path);
         look++) {
        (void)hol_error_drop(status);
        status = read_newest(comm, name, path, run);
    }
    return status;
}

hol_status hol_runs_read(hol_comm *comm, char *const *names, int64_t count, hol_run_record **ret_runs,
                         int64_t *ret_count) {
    hol_run_record *runs = NULL;
    int64_t good = 0;
    hol_status status = hol_comm_agree(comm, HOL_ALLOCATE(runs, count, "runs"));
    for (int64_t i = 0; status == HOL_OK && i < count; i++) {
        status = read_run(comm, names[i], &runs[good]);
        if (status == HOL_OK) good++;
        if (hol_error_code(status) != HOL_BAD_INPUT) continue;
        hol_log_warning(comm, "left out: %s", hol_error_message(status));
        (void)hol_error_drop(status);
        status = HOL_OK;
    }
    if (status == HOL_OK && good == 0)
        status =
            hol_error(HOL_BAD_INPUT, "found no run with a good checkpoint among %lld, expected one", (long long)count);
    if (status != HOL_OK) {
        hol_runs_destroy(runs, good);
        return status;
    }
    *ret_runs = runs;
    *ret_count = good;
    return HOL_OK;
}

void hol_runs_destroy(hol_run_record *runs, int64_t count) {
    for (int64_t i = 0; i < count; i++) clear(&runs[i]);
    hol_free(runs);
}

/* ------------------------------------------------------------------ looking */

double hol_run_get_metric(const hol_run_record *run, hol_metric metric) {
    return run->history.values[(run->history.rows - 1) * HOL_METRICS + metric];
}

double hol_run_get_value(const hol_run_record *run, hol_metric metric) {
    if (metric != HOL_METRICS) return hol_run_get_metric(run, metric);
    return isnan(run->log_likelihood) ? hol_run_get_metric(run, HOL_METRIC_VALID_LOG_LIKELIHOOD) : run->log_likelihood;
}

void hol_run_name_held_out(const hol_run_record *run, char *text) {
    const bool is_evaluated = !isnan(run->log_likelihood);
    const char *weights = is_evaluated ? run->weights : run->config->data.valid_weights;
    if (is_evaluated) (void)snprintf(text, HOL_RUNS_TEXT_MAX, "%s", run->data[0] ? run->data : "unknown");
    else if (isnan(hol_run_get_value(run, HOL_METRICS))) text[0] = '\0';
    else hol_runs_name_data(run->config->data.valid, "valid", text);
    if (text[0] && weights[0]) hol_words_append(text, HOL_RUNS_TEXT_MAX, ", weights %s", weights);
}

bool hol_run_is_doubtful(const hol_run_record *run) { return hol_verdict_from_word(run->verdict) == HOL_VERDICT_BAD; }

hol_metric hol_runs_find_metric(const char *name) {
    int m = 0;
    while (m < HOL_METRICS && strcmp(hol_metric_name((hol_metric)m), name) != 0) m++;
    return (hol_metric)m;
}

bool hol_runs_is_setting(const hol_config_row *row) {
    return strcmp(row->value.name, "output") != 0 && strncmp(row->value.name, "checkpoint.", 11) != 0;
}

void hol_runs_name_data(const char *reference, const char *default_split, char *text) {
    char *file = NULL, *path = NULL;
    if (hol_error_drop(hol_dataset_parse_reference(reference, default_split, &file, &path)))
        (void)snprintf(text, HOL_RUNS_TEXT_MAX, "%s", reference);
    else
        (void)snprintf(text, HOL_RUNS_TEXT_MAX, "%s:%s", file,
                       path[1] == '\0' || strchr(path + 1, '/') ? path : path + 1);
    hol_free(file);
    hol_free(path);
}

/* What is too long for a table by its hash: equal ones give equal text. */
static void print_digest(const hol_config *config, const hol_config_row *row, char *text) {
    const void *const *at = (const void *const *)((const char *)config + row->value.at);
    char *written = NULL;
    size_t size = 0;
    uint64_t hash = HASH_START;
    FILE *stream = *at ? open_memstream(&written, &size) : NULL;
    text[0] = '\0';
    if (!stream) return;
    if (row->value.type == HOL_VALUE_VARIABLES) hol_config_variables_print(stream, *at);
    else hol_config_cliques_print(stream, *at);
    if (fclose(stream) == 0)
        for (size_t i = 0; i < size; i++) hash = hash_on(hash, (uint8_t)written[i]);
    free(written);
    (void)snprintf(text, HOL_RUNS_TEXT_MAX, "#%016" PRIx64, hash);
}

void hol_run_get_setting(const hol_run_record *run, const hol_config_row *row, char *text) {
    const void *at = (const char *)run->config + row->value.at;
    const size_t size = HOL_RUNS_TEXT_MAX;
    if (hol_value_is_auto(&row->value, run->config)) {
        (void)snprintf(text, size, "auto");
        return;
    }
    switch (row->value.type) {
    case HOL_VALUE_INTEGER: (void)snprintf(text, size, "%" PRId64, *(const int64_t *)at); return;
    case HOL_VALUE_NUMBER: (void)snprintf(text, size, "%.9g", *(const double *)at); return;
    case HOL_VALUE_VARIABLES:
    case HOL_VALUE_CLIQUES: print_digest(run->config, row, text); return;
    default: (void)snprintf(text, size, "%s", hol_value_word(&row->value, run->config)); return;
    }
}

int hol_runs_find_differing(const hol_run_record *runs, int64_t count, const hol_config_row **keys) {
    char first[HOL_RUNS_TEXT_MAX], text[HOL_RUNS_TEXT_MAX];
    int found = 0;
    for (size_t k = 0; k < hol_config_row_count; k++) {
        const hol_config_row *row = &hol_config_rows[k];
        bool differs = false;
        if (!hol_runs_is_setting(row)) continue;
        hol_run_get_setting(&runs[0], row, first);
        for (int64_t i = 1; i < count && !differs; i++) {
            hol_run_get_setting(&runs[i], row, text);
            differs = strcmp(first, text) != 0;
        }
        if (differs) keys[found++] = row;
    }
    return found;
}

/* ------------------------------------------------------------------ sorting */

/* An estimate that its own verdict rejects must not win. */
static int compare(const hol_run_record *a, const hol_run_record *b, hol_metric by, bool ascending) {
    double x = hol_run_get_value(a, by), y = hol_run_get_value(b, by);
    const int doubtful = hol_run_is_doubtful(a) - hol_run_is_doubtful(b);
    if (isnan(x) && isnan(y)) {
        x = hol_run_get_metric(a, HOL_METRIC_PSEUDO_LIKELIHOOD);
        y = hol_run_get_metric(b, HOL_METRIC_PSEUDO_LIKELIHOOD);
    }
    if (isnan(x) || isnan(y)) return isnan(x) - isnan(y);
    if (by == HOL_METRICS && doubtful != 0) return doubtful;
    return ascending ? (x > y) - (x < y) : (x < y) - (x > y);
}

void hol_runs_sort(hol_run_record *runs, int64_t count, hol_metric by, bool ascending) {
    for (int64_t i = 1; i < count; i++) {
        const hol_run_record run = runs[i];
        int64_t at = i;
        for (; at > 0 && compare(&runs[at - 1], &run, by, ascending) > 0; at--) runs[at] = runs[at - 1];
        runs[at] = run;
    }
}
