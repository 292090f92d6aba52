/* inspect: what is in a checkpoint (or a run's directory, or a data set). */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "cli/commands.h"
#include "cli/model.h"
#include "cli/options.h"
#include "cli/progress.h"
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
    {HOL_OPTION("history", 0, NULL, 1, "Print the metrics of all evaluations, comma-separated"), AT(history),
     HOL_GIVEN},
};

static const hol_options options = {
    HOL_ROWS(option_rows),
    .usage = "FILE",
    .help = "Shows what is in FILE: a checkpoint, a run's directory (its newest checkpoint) or a data set.",
};

static void print_json_number(const char *name, double value) {
    if (isfinite(value)) hol_print(", \"%s\": %.10g", name, value);
    else hol_print(", \"%s\": null", name);
}

static void print_history(const hol_history *history) {
    for (int m = 0; m < HOL_METRICS; m++) hol_print("%s%s", m ? "," : "", hol_metric_name((hol_metric)m));
    hol_print("\n");
    for (int64_t r = 0; r < history->rows; r++) {
        for (int m = 0; m < HOL_METRICS; m++) {
            const double value = history->values[r * HOL_METRICS + m];
            if (isnan(value)) hol_print("%s", m ? "," : "");
            else hol_print("%s%.10g", m ? "," : "", value);
        }
        hol_print("\n");
    }
}

static void print_json(const hol_checkpoint_info *info, const hol_model *model, const float *theta,
                       const hol_history *history) {
    hol_print("{\"file\": ");
    hol_print_json_text(info->path);
    hol_print(", \"version\": \"%s\", \"model\": \"%s\", \"visible\": %lld, \"hidden\": %lld, \"temperature\": %.10g, "
              "\"parameters\": %lld, \"step\": %lld, \"seed\": %llu, \"chains\": %lld",
              info->version, info->model, (long long)info->visible, (long long)info->hidden, info->temperature,
              (long long)model->info.parameters, (long long)info->step, (unsigned long long)info->seed,
              (long long)info->chains);
    if (model->info.columns.count > 0) hol_print(", \"variables\": %lld", (long long)model->info.columns.count);
    for (int g = 0; g < model->info.group_count; g++) {
        const hol_parameter_group *group = &model->info.groups[g];
        char name[80];
        (void)snprintf(name, sizeof name, "%s_norm", group->name);
        print_json_number(name, hol_optimiser_norm(theta + group->offset, group->rows * group->columns));
    }
    for (int m = 0; m < HOL_METRICS && history->rows > 0; m++)
        if (m != HOL_METRIC_STEP)
            print_json_number(hol_metric_name((hol_metric)m), history->values[(history->rows - 1) * HOL_METRICS + m]);
    hol_print("}\n");
}

static void print_group(const hol_parameter_group *group, const float *theta) {
    const int64_t count = group->rows * group->columns;
    const float *values = theta + group->offset;
    float low = values[0], high = values[0];
    for (int64_t i = 1; i < count; i++) {
        if (values[i] < low) low = values[i];
        if (values[i] > high) high = values[i];
    }
    char shape[48];
    if (group->rows == 1) (void)snprintf(shape, sizeof shape, "%lld", (long long)count);
    else (void)snprintf(shape, sizeof shape, "%lld x %lld", (long long)group->rows, (long long)group->columns);
    hol_print("  %-17s %-13s from %.4f to %.4f, norm %.4f\n", group->name, shape, (double)low, (double)high,
              hol_optimiser_norm(values, count));
}

static void print_text(const hol_checkpoint_info *info, const hol_model *model, const float *theta,
                       const hol_history *history) {
    hol_print("%s\n", info->path);
    hol_print("  written by       holode %s, step %lld, seed %llu\n", info->version, (long long)info->step,
              (unsigned long long)info->seed);
    char size[64];
    hol_model_describe_size(model->info.columns.count, info->visible, info->hidden, size, sizeof size);
    hol_print("  model            %s, %s, temperature %g\n", info->model, size, info->temperature);
    if (info->item_shape[0] > 0)
        hol_print("  items            images of %lld x %lld\n", (long long)info->item_shape[0],
                  (long long)info->item_shape[1]);
    if (info->chains > 0) hol_print("  chains           %lld\n", (long long)info->chains);
    for (int g = 0; g < model->info.group_count; g++) print_group(&model->info.groups[g], theta);
    hol_print("  evaluations      %lld", (long long)history->rows);
    if (history->rows > 0) {
        const double *row = history->values + (history->rows - 1) * HOL_METRICS;
        char metrics[256];
        hol_progress_describe(row, metrics, sizeof metrics);
        hol_print(", the last at step %.0f:%s", row[HOL_METRIC_STEP], metrics);
    }
    hol_print("\n");
}

static hol_status inspect_newest(hol_comm *comm, const arguments *a, char *path) {
    hol_status status = HOL_OK;
    hol_checkpoint_info info = {0};
    hol_model *model = NULL;
    hol_history history = {0};
    float *theta = NULL;
    HOL_TRY(hol_checkpoint_resolve(comm, hol_state_outline, a->file, path));
    HOL_TRY(hol_checkpoint_read_info(comm, path, &info));
    status = hol_cli_create_model(&info, 0, &model);
    if (status == HOL_OK) status = HOL_ALLOCATE(theta, model->info.parameters, "parameters");
    HOL_TRY(hol_comm_agree(comm, status));
    HOL_TRY(hol_state_read_theta(comm, path, model, theta));
    HOL_TRY(hol_state_read_history(comm, path, model, &history));
    if (a->config) hol_print("%s", info.config);
    else if (a->history) print_history(&history);
    else if (a->json) print_json(&info, model, theta, &history);
    else print_text(&info, model, theta, &history);
cleanup:
    hol_free(theta);
    hol_history_clear(&history);
    hol_model_destroy(model);
    hol_checkpoint_info_clear(&info);
    return status;
}

/* All is read before anything is printed. */
static hol_status inspect_checkpoint(hol_comm *comm, const arguments *a) {
    char path[HOL_CHECKPOINT_PATH_MAX] = "";
    hol_status status = inspect_newest(comm, a, path);
    for (int look = 1; status != HOL_OK && look < HOL_CHECKPOINT_LOOKS && hol_checkpoint_is_gone(comm, a->file, path);
         look++) {
        (void)hol_error_drop(status);
        status = inspect_newest(comm, a, path);
    }
    return status;
}

hol_status hol_command_inspect(hol_comm *comm, hol_result *result, int argc, char **argv) {
    arguments a;
    bool done = false;
    hol_file_kind kind;
    hol_status status = hol_options_parse(&options, result, argc, argv, &a, &done);
    if (status != HOL_OK || done) return status;
    status = hol_file_recognize(comm, a.file, &kind);
    if (status != HOL_OK) return status;
    if (kind == HOL_FILE_CHECKPOINT) return inspect_checkpoint(comm, &a);
    if (a.config || a.history)
        return hol_error(HOL_USAGE, "%s: found a data set, expected a checkpoint for --config and --history", a.file);
    char *describe[] = {"holode data", "describe", (char *)(uintptr_t)a.file, a.json ? "--json" : NULL, NULL};
    return hol_command_data(comm, result, a.json ? 4 : 3, describe);
}
