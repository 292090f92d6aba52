/* inspect: what is in a checkpoint (or a run's directory, or a data set). */
#include <stdio.h>

#include "base/alloc.h"
#include "cli/commands.h"
#include "cli/model.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "data_parts.h"
#include "io/checkpoint.h"
#include "io/recognize.h"
#include "train/state.h"

typedef struct arguments {
    const char *file;
    bool json, config, history;
} arguments;

#define AT(member) HOL_AT(arguments, member)
static const hol_option option_rows[] = {
    {HOL_ARGUMENT("FILE"), AT(file), HOL_TEXT(NULL, "a checkpoint, a run's directory or a data set")},
    {HOL_OPTION("json", 0, NULL, 1, "Print one JSON object"), AT(json), HOL_GIVEN, .excludes = "config history"},
    {HOL_OPTION("config", 0, NULL, 1, "Print the resolved config that the run was started with"), AT(config), HOL_GIVEN,
     .excludes = "history"},
    {HOL_OPTION("history", 0, NULL, 1,
                "Print the metrics of all evaluations, comma-separated; of a directory up to its newest checkpoint"),
     AT(history), HOL_GIVEN},
};

static const hol_options options = {
    HOL_ROWS(option_rows),
    .usage = "FILE",
    .help = "Shows what is in FILE: a checkpoint, a run's directory (its best checkpoint where it keeps one, else the "
            "newest) or a data set.",
};

static void add_history(hol_result *to, const hol_history *history) {
    hol_column columns[HOL_METRICS] = {{0}};
    hol_cell cells[HOL_METRICS] = {{0}};
    for (int m = 0; m < HOL_METRICS; m++) columns[m].name = hol_metric_name((hol_metric)m);
    hol_record *table = hol_result_table(to, NULL, columns, HOL_METRICS);
    for (int64_t r = 0; r < history->rows; r++) {
        for (int m = 0; m < HOL_METRICS; m++) cells[m].number = history->values[r * HOL_METRICS + m];
        hol_result_row(to, table, cells);
    }
    hol_result_set_form(to, HOL_FORM_CSV);
}

static void add_facts(hol_result *to, const hol_checkpoint_info *info, const hol_model *model) {
    char size[64];
    hol_model_describe_size(model->info.columns.count, info->visible, info->hidden, size, sizeof size);
    hol_result_text(to, "file", info->path);
    hol_result_text(to, "version", info->version);
    hol_result_number(to, "format_version", (double)info->format);
    hol_result_text(to, "model", info->model);
    hol_result_number(to, "visible", (double)info->visible);
    hol_result_number(to, "hidden", (double)info->hidden);
    hol_result_number(to, "temperature", info->temperature);
    hol_result_number(to, "parameters", (double)model->info.parameters);
    hol_result_number(to, "step", (double)info->step);
    hol_result_number(to, "seed", (double)info->seed);
    hol_result_number(to, "chains", (double)info->chains);
    if (model->info.columns.count > 0) hol_result_number(to, "variables", (double)model->info.columns.count);
    hol_result_line(to, NULL, "%s%s", info->path, hol_checkpoint_is_best(info->path) ? " (the best of the run)" : "");
    hol_result_line(to, "written by", "holode %s, step %lld, seed %llu%s", info->version, (long long)info->step,
                    (unsigned long long)info->seed,
                    info->format < HOL_CHECKPOINT_FORMAT_VERSION ? ", in an older format" : "");
    hol_result_line(to, "model", "%s, %s, temperature %g", info->model, size, info->temperature);
    if (info->item_shape[0] > 0)
        hol_result_line(to, "items", "images of %lld x %lld", (long long)info->item_shape[0],
                        (long long)info->item_shape[1]);
    if (info->chains > 0) hol_result_line(to, "chains", "%lld", (long long)info->chains);
}

static void add_group(hol_result *to, const hol_parameter_group *group, const float *theta) {
    const int64_t count = group->rows * group->columns;
    const float *values = theta + group->offset;
    const double norm = hol_optimiser_norm(values, count);
    float low = values[0], high = values[0];
    for (int64_t i = 1; i < count; i++) {
        if (values[i] < low) low = values[i];
        if (values[i] > high) high = values[i];
    }
    char shape[48], name[80];
    if (group->rows == 1) (void)snprintf(shape, sizeof shape, "%lld", (long long)count);
    else (void)snprintf(shape, sizeof shape, "%lld x %lld", (long long)group->rows, (long long)group->columns);
    (void)snprintf(name, sizeof name, "%s_norm", group->name);
    hol_result_number(to, name, norm);
    hol_result_line(to, group->name, "%-13s from %.4f to %.4f, norm %.4f", shape, (double)low, (double)high, norm);
}

static void add_evaluations(hol_result *to, const hol_history *history) {
    char metrics[256];
    if (history->rows == 0) {
        hol_result_line(to, "evaluations", "0");
        return;
    }
    const double *row = history->values + (history->rows - 1) * HOL_METRICS;
    for (int m = 0; m < HOL_METRICS; m++)
        if (m != HOL_METRIC_STEP) hol_result_number(to, hol_metric_name((hol_metric)m), row[m]);
    hol_progress_describe(row, metrics, sizeof metrics);
    hol_result_line(to, "evaluations", "%lld, the last at step %.0f:%s", (long long)history->rows, row[HOL_METRIC_STEP],
                    metrics);
}

/* A run's history goes on to its newest checkpoint. All is read before anything is added; *ret_again: it was of two
 * files. */
static hol_status inspect_once(hol_comm *comm, const arguments *a, hol_result *to, char *path, bool *ret_again) {
    hol_status status = HOL_OK;
    bool is_whole = false;
    hol_checkpoint_info info = {0};
    hol_model *model = NULL;
    hol_history history = {0};
    float *theta = NULL;
    HOL_TRY(a->history ? hol_checkpoint_resolve_newest(comm, hol_state_outline, a->file, path)
                       : hol_checkpoint_resolve(comm, hol_state_outline, a->file, path));
    HOL_TRY(hol_checkpoint_read_info(comm, path, &info));
    status = hol_cli_create_model(&info, 0, &model);
    if (status == HOL_OK) status = HOL_ALLOCATE(theta, model->info.parameters, "parameters");
    HOL_TRY(hol_comm_agree(comm, status));
    HOL_TRY(hol_state_read_theta(comm, path, model, theta));
    HOL_TRY(hol_state_read_history(comm, path, model, &history));
    HOL_TRY(hol_checkpoint_is_same(comm, &info, &is_whole));
    *ret_again = !is_whole;
    if (!is_whole) goto cleanup;
    hol_result_set_digits(to, 10);
    hol_result_set_layout(to, 2, 19, 0);
    if (a->config) hol_result_print(to, "%s", info.config);
    if (a->history) add_history(to, &history);
    if (a->config || a->history) goto cleanup;
    add_facts(to, &info, model);
    for (int g = 0; g < model->info.group_count; g++) add_group(to, &model->info.groups[g], theta);
    add_evaluations(to, &history);
cleanup:
    hol_free(theta);
    hol_history_clear(&history);
    hol_model_destroy(model);
    hol_checkpoint_info_clear(&info);
    return status;
}

static hol_status inspect_checkpoint(hol_comm *comm, const arguments *a, hol_result *to) {
    char path[HOL_CHECKPOINT_PATH_MAX] = "";
    hol_status status = HOL_OK;
    bool again = true;
    for (int look = 0; again && look < HOL_CHECKPOINT_LOOKS; look++) {
        (void)hol_error_drop(status);
        status = inspect_once(comm, a, to, path, &again);
        if (status != HOL_OK) again = hol_checkpoint_is_gone(comm, a->file, path);
    }
    return status;
}

hol_status hol_command_inspect(hol_comm *comm, hol_result *result, int argc, char **argv) {
    arguments a;
    bool done = false;
    hol_file_kind kind;
    hol_status status = hol_options_parse(comm, &options, result, argc, argv, &a, &done);
    if (status != HOL_OK || done) return status;
    if (a.json) hol_result_set_form(result, HOL_FORM_JSON);
    status = hol_file_recognize(comm, a.file, &kind);
    if (status != HOL_OK) return status;
    if (kind == HOL_FILE_CHECKPOINT) return inspect_checkpoint(comm, &a, result);
    if (a.config || a.history)
        return hol_error(HOL_USAGE, "%s: found a data set, expected a checkpoint for --config and --history", a.file);
    return hol_data_describe(comm, result, a.file);
}
