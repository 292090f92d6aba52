/* data_describe: `holode data describe`: the data sets of a file, and what looks wrong in them. */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "cli/model.h"
#include "cli/options.h"
#include "data_parts.h"
#include "io/dataset_notes.h"
#include "io/recognize.h"

/* names on a line of text */
enum { NAMES_SHOWN = 8 };

/* of data.binarize, by default */
static const double THRESHOLD = 0.5;

struct describe {
    const char *reference;
    bool json;
    int shown; /* data sets so far */
};

#define AT(member) HOL_AT(struct describe, member)
static const hol_option option_rows[] = {
    {HOL_ARGUMENT("FILE[:SPLIT]"), AT(reference), HOL_TEXT(NULL, "a data set")},
    {HOL_OPTION("json", 'j', NULL, 0, "Print JSON instead of a table"), AT(json), HOL_GIVEN},
};

static const hol_options options = {
    HOL_ROWS(option_rows),
    .usage = "FILE[:SPLIT]",
    .help =
        "Shows the data sets of an HDF5 file, ours or another program's.\vdensity is the mean level of a unit, from "
        "0 to 1, or the mean state; constant is the number of units that are the same in every row, grey levels "
        "taken as bits by the threshold 0.5. What looks wrong (a label or row numbers among the units) is said on "
        "stderr.",
};

/* Bits and levels count as bits, by the threshold that data.binarize has by default. */
static hol_survey_bits bits_of(const hol_dataset *dataset) {
    return hol_dataset_get_kind(dataset) == HOL_DATASET_STATES ? HOL_SURVEY_STATES : HOL_SURVEY_THRESHOLD;
}

static hol_status measure(hol_dataset *dataset, hol_survey *survey, double *ret_density) {
    const int64_t rows = hol_dataset_get_rows(dataset), columns = hol_dataset_get_columns(dataset);
    uint16_t *levels = NULL;
    uint64_t sum = 0;
    const int64_t most_rows = hol_data_rows_per_piece(columns, sizeof *levels),
                  piece = most_rows < rows ? most_rows : rows;
    hol_status status = HOL_ALLOCATE(levels, HOL_PRODUCT(piece, columns), "rows of a data set");
    if (status != HOL_OK) return status;
    hol_dataset_begin_check(dataset);
    for (int64_t row = 0; row < rows; row += piece) {
        const int64_t now = rows - row < piece ? rows - row : piece;
        HOL_TRY(hol_dataset_read(dataset, row, now, levels));
        for (int64_t i = 0; i < now * columns; i++) sum += levels[i];
        hol_survey_add_levels(survey, hol_dataset_get_kind(dataset), row, now, levels);
    }
    HOL_TRY(hol_dataset_check(NULL, dataset));
    const double one = hol_dataset_get_kind(dataset) == HOL_DATASET_STATES ? 1 : 65535;
    *ret_density = (double)sum / one / (double)rows / (double)columns;
cleanup:
    hol_free(levels);
    return status;
}

/* What looks wrong, on stderr. */
static void warn(const hol_survey *survey, const char *reference, hol_survey_bits bits, const char *const *names) {
    hol_survey_finding findings[3];
    char text[256];
    const hol_status found = hol_survey_check(survey, reference, bits, THRESHOLD, names);
    if (found != HOL_OK) {
        hol_log_warning("%s", hol_error_message(found));
        (void)hol_error_drop(found);
        return;
    }
    if (bits == HOL_SURVEY_STATES) return;
    const int count = hol_survey_find(survey, 3, findings);
    for (int i = 0; i < count; i++) {
        hol_survey_describe(survey, &findings[i], names, text, sizeof text);
        hol_log_warning("%s: %s", reference, text);
    }
}

static hol_status describe_dataset(struct describe *self, const char *file, const char *path) {
    hol_dataset *dataset = NULL;
    char *reference = NULL;
    double density = 0;
    int64_t height = 0, width = 0, name_count = 0;
    hol_survey *survey = NULL;
    char **names = NULL;
    hol_status status = HOL_OK;
    const size_t size = strlen(file) + strlen(path) + 2;
    HOL_TRY(HOL_ALLOCATE(reference, (int64_t)size, "reference"));
    (void)snprintf(reference, size, "%s:%s", file, path);
    HOL_TRY(hol_dataset_open(NULL, reference, "train", &dataset));
    HOL_TRY(hol_survey_create(hol_dataset_get_columns(dataset), &survey));
    HOL_TRY(measure(dataset, survey, &density));
    HOL_TRY(hol_dataset_read_columns(file, &names, &name_count));
    const int64_t constant = hol_survey_count_constant(survey, bits_of(dataset), THRESHOLD, NULL);
    warn(survey, reference, bits_of(dataset), name_count == survey->columns ? (const char *const *)names : NULL);
    const bool is_image = hol_dataset_get_shape(dataset, &height, &width);
    const long long rows = hol_dataset_get_rows(dataset), columns = hol_dataset_get_columns(dataset);
    const char *kind = hol_dataset_kind_name(hol_dataset_get_kind(dataset));
    char shape[64] = "-";
    if (self->json) {
        if (!self->shown) {
            hol_print("{\"file\": ");
            hol_print_json_text(file);
            hol_print(", \"splits\": [");
        }
        hol_print("%s\n    {\"name\": ", self->shown ? "," : "");
        hol_print_json_text(path + 1);
        if (is_image) (void)snprintf(shape, sizeof shape, "[%lld, %lld]", (long long)height, (long long)width);
        hol_print(", \"rows\": %lld, \"columns\": %lld, \"shape\": %s, \"kind\": \"%s\", \"density\": %.17g, "
                  "\"constant\": %lld}",
                  rows, columns, is_image ? shape : "null", kind, density, (long long)constant);
    } else {
        if (!self->shown)
            hol_print("%-12s %10s %8s %9s  %-6s  %7s %9s\n", "split", "rows", "columns", "shape", "kind", "density",
                      "constant");
        if (is_image) (void)snprintf(shape, sizeof shape, "%lldx%lld", (long long)height, (long long)width);
        hol_print("%-12s %10lld %8lld %9s  %-6s  %7.4f %9lld\n", path + 1, rows, columns, shape, kind, density,
                  (long long)constant);
    }
    self->shown++;
cleanup:
    hol_free(reference);
    hol_free(names);
    hol_survey_destroy(survey);
    hol_dataset_close(dataset);
    return status;
}

/* ------------------------------------------------------------------ names and labels */

static hol_status show_columns(const struct describe *self, const char *file) {
    char **names = NULL;
    int64_t count = 0;
    const hol_status status = hol_dataset_read_columns(file, &names, &count);
    if (count > 0) hol_print(self->json ? ", \"columns\": [" : "columns ");
    for (int64_t c = 0; c < count; c++) {
        if (self->json) {
            hol_print("%s", c ? ", " : "");
            hol_print_json_text(names[c]);
            continue;
        }
        hol_print("%s%s", c ? ", " : "", names[c]);
        if (c + 1 < count && c + 2 >= NAMES_SHOWN) {
            hol_print(", ... %s", names[count - 1]);
            break;
        }
    }
    if (count > 0) hol_print(self->json ? "]" : "\n");
    hol_free(names);
    return status;
}

static void print_labels(const struct describe *self, const char *path, const hol_dataset_labels *labels,
                         bool is_first) {
    if (self->json) {
        hol_print("%s\n    {\"name\": ", is_first ? "" : ",");
        hol_print_json_text(path + 1);
        hol_print(", \"rows\": %lld, \"least\": %d, \"most\": %d, \"classes\": [", (long long)labels->rows,
                  labels->least, labels->most);
        for (int64_t k = 0; k < labels->classes; k++) {
            hol_print("%s", k ? ", " : "");
            hol_print_json_text(labels->names[k]);
        }
        hol_print("]}");
        return;
    }
    hol_print("%-12s %10lld labels from %d to %d", path + 1, (long long)labels->rows, labels->least, labels->most);
    for (int64_t k = 0; k < labels->classes && k < NAMES_SHOWN; k++)
        hol_print("%s%s", k ? ", " : ": ", labels->names[k]);
    hol_print("%s\n", labels->classes > NAMES_SHOWN ? ", ..." : "");
}

static hol_status show_labels(const struct describe *self, const char *file, char **paths, int64_t count) {
    bool is_first = true;
    for (int64_t i = 0; i < count; i++) {
        hol_dataset_labels labels;
        if (strncmp(paths[i], "/labels/", 8) != 0) continue;
        const hol_status read = hol_dataset_read_labels(file, paths[i], &labels);
        if (read != HOL_OK) {
            hol_log("left out: %s", hol_error_message(read));
            (void)hol_error_drop(read);
            continue;
        }
        if (self->json && is_first) hol_print(", \"labels\": [");
        print_labels(self, paths[i], &labels, is_first);
        is_first = false;
        hol_free(labels.names);
    }
    if (self->json && !is_first) hol_print("\n]");
    return HOL_OK;
}

/* Every data set of a file that is one of ours; the others are noted on stderr. */
static hol_status describe_all(struct describe *self, const char *file) {
    char **paths = NULL;
    int64_t count = 0;
    hol_status status = HOL_OK;
    HOL_TRY(hol_dataset_list(file, &paths, &count));
    const bool is_ours = hol_dataset_is_ours(file);
    for (int64_t i = 0; i < count; i++) {
        if (is_ours && hol_dataset_is_note(paths[i])) continue;
        status = describe_dataset(self, file, paths[i]);
        if (status != HOL_OK && (hol_error_code(status) != HOL_BAD_INPUT || count == 1)) goto cleanup;
        if (status != HOL_OK) hol_log("left out: %s", hol_error_message(status));
        (void)hol_error_drop(status);
        status = HOL_OK;
    }
    if (self->shown == 0)
        HOL_TRY(hol_error(HOL_BAD_INPUT,
                          "%s: found no data set of samples, expected at least one with rows and columns", file));
    if (self->json) hol_print("\n]");
    if (is_ours) HOL_TRY(show_columns(self, file));
    if (is_ours) HOL_TRY(show_labels(self, file, paths, count));
cleanup:
    hol_free(paths);
    return status;
}

static hol_status describe_here(struct describe *self) {
    char *file = NULL, *path = NULL;
    hol_status status = HOL_OK;
    HOL_TRY(hol_dataset_parse_reference(self->reference, NULL, &file, &path));
    HOL_TRY(path ? describe_dataset(self, file, path) : describe_all(self, file));
    if (self->json) hol_print(path ? "\n]}\n" : "}\n");
cleanup:
    hol_free(file);
    hol_free(path);
    return status;
}

/* What `holode inspect` would refuse is not described either. */
static hol_status check_checkpoint(hol_comm *comm, const char *reference) {
    char *file = NULL, *path = NULL;
    hol_file_kind kind = HOL_FILE_HDF5;
    hol_status status = hol_comm_agree(comm, hol_dataset_parse_reference(reference, NULL, &file, &path));
    if (status == HOL_OK) status = hol_file_recognize(comm, file, &kind);
    if (status == HOL_OK && kind == HOL_FILE_CHECKPOINT) status = hol_cli_check_checkpoint(comm, file);
    hol_free(file);
    hol_free(path);
    return status;
}

hol_status hol_data_describe_command(hol_comm *comm, hol_result *result, int argc, char **argv) {
    struct describe self = {0};
    bool done = false;
    hol_status status = hol_options_parse(&options, result, argc, argv, &self, &done);
    if (status != HOL_OK || done) return status;
    status = check_checkpoint(comm, self.reference);
    if (status != HOL_OK) return status;
    if (hol_comm_rank(comm) == 0) status = describe_here(&self);
    return hol_comm_agree(comm, status);
}
