/* evaluate: ln Z and the mean log-likelihood of data under a checkpoint's model. */
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "cli/commands.h"
#include "cli/config.h"
#include "cli/model.h"
#include "cli/options.h"
#include "estimate/exact.h"
#include "io/checkpoint.h"
#include "io/dataset.h"
#include "io/feed.h"

enum { OPTION_DATA = 256, OPTION_METHOD, OPTION_JSON };

typedef struct arguments {
    const char *file;
    const char *data;
    const char *method;
    bool json;
} arguments;

static error_t parse(int key, char *argument, struct argp_state *state) {
    arguments *a = state->input;
    switch (key) {
    case OPTION_DATA: a->data = argument; return 0;
    case OPTION_METHOD:
        a->method = argument;
        if (strcmp(argument, "exact") == 0) return 0;
        (void)hol_error(HOL_USAGE, "--method: found \"%s\", expected exact", argument);
        return EINVAL;
    case OPTION_JSON: a->json = true; return 0;
    case ARGP_KEY_ARG:
        if (a->file) {
            (void)hol_error(HOL_USAGE, "found a second argument \"%s\", expected one FILE", argument);
            return EINVAL;
        }
        a->file = argument;
        return 0;
    case ARGP_KEY_END:
        if (a->file) return 0;
        (void)hol_error(HOL_USAGE, "found no FILE, expected a checkpoint or a run's directory");
        return EINVAL;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    {"data", OPTION_DATA, "DATA[:SPLIT]", 0, "Data set to evaluate on (split default: test); without it only ln Z", 1},
    {"method", OPTION_METHOD, "METHOD", 0, "exact: enumeration of the smaller layer, or of all units where both are coupled, up to 32 (default)", 1},
    {"json", OPTION_JSON, NULL, 0, "Print one JSON object", 1},
    {0},
};

static const struct argp argp = {
    options, parse, "FILE",
    "Evaluates the model in FILE (a checkpoint, or a run's directory).\v"
    "Grey levels become bits as in training: by the run's threshold, or drawn once with the run's seed. Results are the "
    "same to the last digit on any number of ranks.", NULL, NULL, NULL,
};

/* this rank's share of the rows as bits, scored and averaged over ranks */
static hol_status score_data(hol_comm *comm, const hol_model *model, const float *theta, hol_dataset *dataset,
                             const hol_feed *feed, double *ret_mean) {
    hol_status status = HOL_OK;
    int64_t first = 0, rows = 0;
    uint8_t *bytes = NULL;
    hol_comm_share(hol_dataset_get_rows(dataset), hol_comm_rank(comm), hol_comm_size(comm), &first, &rows);
    status = HOL_ALLOCATE(bytes, rows * model->info.visible, "data set");
    if (status == HOL_OK) status = hol_feed_bytes(dataset, feed, first, rows, bytes);
    HOL_TRY(hol_comm_agree(comm, status));
    HOL_TRY(hol_exact_mean_score(comm, model, theta, bytes, rows, ret_mean));
cleanup:
    hol_free(bytes);
    return status;
}

/* what the run did to turn levels into bits */
static hol_status feed_from_checkpoint(const hol_checkpoint_info *info, hol_feed *ret_feed) {
    hol_config *config = NULL;
    const hol_status status = hol_config_parse(info->path, info->config, strlen(info->config), NULL, 0, &config);
    if (status != HOL_OK) return status;
    *ret_feed = (hol_feed){.resample = config->data.binarize == HOL_CONFIG_BINARIZE_SAMPLE,
                           .threshold = hol_feed_threshold(config->data.threshold),
                           .seed = (uint64_t)config->seed};
    hol_config_destroy(config);
    return HOL_OK;
}

static void print_result(const arguments *a, const hol_checkpoint_info *info, double log_partition, double score,
                         int64_t rows) {
    if (a->json) {
        hol_print("{\"file\": ");
        hol_print_json_text(info->path);
        hol_print(", \"step\": %lld, \"method\": \"exact\", \"log_partition\": %.12g", (long long)info->step,
                  log_partition);
        if (a->data) {
            hol_print(", \"data\": ");
            hol_print_json_text(a->data);
            hol_print(", \"samples\": %lld, \"log_likelihood\": %.12g", (long long)rows, score - log_partition);
        }
        hol_print("}\n");
        return;
    }
    hol_print("ln Z            %.9f  (exact)\n", log_partition);
    if (a->data)
        hol_print("log-likelihood  %.6f nats per sample, mean of %lld in %s\n", score - log_partition, (long long)rows,
                  a->data);
}

static hol_status evaluate(hol_comm *comm, const arguments *a) {
    hol_status status = HOL_OK;
    char path[HOL_CHECKPOINT_PATH_MAX];
    hol_checkpoint_info info = {0};
    hol_model *model = NULL;
    hol_dataset *dataset = NULL;
    float *theta = NULL;
    double log_partition = 0, score = 0;
    hol_feed feed;
    int64_t rows = 0;
    HOL_TRY(hol_checkpoint_resolve(comm, a->file, path));
    HOL_TRY(hol_checkpoint_read_info(comm, path, &info));
    status = hol_cli_create_model(&info, 0, &model);
    if (status == HOL_OK) status = HOL_ALLOCATE(theta, model->info.parameters, "parameters");
    if (status == HOL_OK) status = feed_from_checkpoint(&info, &feed);
    HOL_TRY(hol_comm_agree(comm, status));
    HOL_TRY(hol_checkpoint_read_theta(comm, path, model, theta));
    if (a->data) {
        HOL_TRY(hol_dataset_open(comm, a->data, "test", &dataset));
        rows = hol_dataset_get_rows(dataset);
        if (hol_dataset_get_columns(dataset) != info.visible)
            HOL_TRY(hol_error(HOL_BAD_INPUT, "%s: found %lld columns, expected %lld, the visible units of %s", a->data,
                              (long long)hol_dataset_get_columns(dataset), (long long)info.visible, path));
    }
    HOL_TRY(hol_exact_log_partition(comm, model, theta, &log_partition));
    if (dataset) HOL_TRY(score_data(comm, model, theta, dataset, &feed, &score));
    print_result(a, &info, log_partition, score, rows);
cleanup:
    hol_dataset_close(dataset);
    hol_free(theta);
    hol_model_destroy(model);
    hol_checkpoint_info_clear(&info);
    return status;
}

hol_status hol_command_evaluate(hol_comm *comm, int argc, char **argv) {
    arguments a = {.method = "exact"};
    bool done = false;
    const hol_status status = hol_options_parse(&argp, argc, argv, &a, &done);
    if (status != HOL_OK || done) return status;
    return evaluate(comm, &a);
}
