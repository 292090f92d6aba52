/* data_describe: `holode data describe`: the data sets of a file, and what looks wrong in them. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "cli/model.h"
#include "cli/options.h"
#include "data_parts.h"
#include "io/dataset_notes.h"
#include "io/recognize.h"
#include "io/sample_weights.h"

/* names on a line of text */
enum { NAMES_SHOWN = 8, LINE_SIZE = 2048 };

/* of data.binarize, by default */
static const double THRESHOLD = 0.5;

struct arguments {
    const char *reference;
    bool json;
};

/* What is described, and to where. */
struct describe {
    hol_comm *comm;    /* borrowed */
    hol_result *to;    /* borrowed */
    hol_record *table; /* borrowed: for readers */
    int count;         /* data sets so far */
};

#define AT(member) HOL_AT(struct arguments, member)
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

hol_status hol_data_measure(hol_dataset *dataset, hol_survey *survey, double *ret_density) {
    const int64_t rows = hol_dataset_get_rows(dataset), columns = hol_dataset_get_columns(dataset);
    uint16_t *levels = NULL;
    uint8_t *missing = NULL;
    uint64_t sum = 0;
    int64_t known = 0;
    const int64_t most_rows = hol_data_rows_per_read(columns, sizeof *levels),
                  piece = most_rows < rows ? most_rows : rows;
    hol_status status = HOL_OK;
    HOL_TRY(HOL_ALLOCATE(levels, HOL_PRODUCT(piece, columns), "rows of a data set"));
    HOL_TRY(HOL_ALLOCATE(missing, HOL_PRODUCT(piece, hol_dataset_missing_bytes(columns)), "rows of a data set"));
    hol_dataset_begin_check(dataset);
    for (int64_t row = 0; row < rows; row += piece) {
        const int64_t now = rows - row < piece ? rows - row : piece;
        HOL_TRY(hol_dataset_read(dataset, row, now, levels));
        HOL_TRY(hol_dataset_read_missing(dataset, row, now, missing));
        for (int64_t i = 0; i < now * columns; i++) sum += levels[i];
        hol_survey_add_levels(survey, hol_dataset_get_kind(dataset), row, now, levels, missing);
    }
    HOL_TRY(hol_dataset_check(NULL, dataset));
    const double one = hol_dataset_get_kind(dataset) == HOL_DATASET_STATES ? 1 : 65535;
    for (int64_t c = 0; c < columns; c++) known += survey->known[c];
    *ret_density = known > 0 ? (double)sum / one / (double)known : 0;
cleanup:
    hol_free(levels);
    hol_free(missing);
    return status;
}

/* What looks wrong, on stderr. */
static void warn(hol_comm *comm, const hol_survey *survey, const char *reference, hol_survey_bits bits,
                 const char *const *names) {
    hol_survey_finding findings[3];
    char text[256];
    const hol_status found = hol_survey_check(survey, reference, bits, THRESHOLD, names);
    if (found != HOL_OK) {
        hol_log_warning(comm, "%s", hol_error_message(found));
        (void)hol_error_drop(found);
        return;
    }
    if (bits == HOL_SURVEY_STATES) return;
    const int count = hol_survey_find(survey, 3, findings);
    for (int i = 0; i < count; i++) {
        hol_survey_describe(survey, &findings[i], names, text, sizeof text);
        hol_log_warning(comm, "%s: %s", reference, text);
    }
}

/* What is missing of a split's values: in its object, and in a line or two. */
static hol_status add_missing(struct describe *self, const char *name, const hol_survey *survey,
                              const char *const *names) {
    hol_result *to = self->to;
    hol_status status = HOL_OK;
    const double rows = (double)survey->rows;
    int64_t known = 0, least = 0, never = 0;
    double *shares = NULL;
    char column[64] = "";
    HOL_TRY(HOL_ALLOCATE(shares, survey->columns, "missing values"));
    for (int64_t c = 0; c < survey->columns; c++) {
        shares[c] = 1 - (double)survey->known[c] / rows;
        known += survey->known[c];
        never += survey->known[c] == 0;
        if (survey->known[c] < survey->known[least]) least = c;
    }
    const double share = 1 - (double)known / rows / (double)survey->columns;
    hol_result_open(to, "missing");
    hol_result_number(to, "share", share);
    hol_result_number(to, "unknown_rows", (double)survey->unknown);
    hol_result_number(to, "unknown_columns", (double)never);
    hol_result_series(to, "shares", NULL, shares, survey->columns, 0);
    hol_result_close(to);
    if (names) (void)snprintf(column, sizeof column, " \"%.40s\"", names[least]);
    hol_result_line(to, NULL, "%-12s %.3g %% of the values are missing, most in column %lld (from 0)%s: %.3g %%", name,
                    100 * share, (long long)least, column, 100 * shares[least]);
    if (survey->unknown > 0)
        hol_result_line(to, NULL, "%-12s nothing is known of %lld row%s", "", (long long)survey->unknown,
                        survey->unknown > 1 ? "s" : "");
    if (never > 0)
        hol_result_line(to, NULL, "%-12s %lld column%s never known", "", (long long)never, never > 1 ? "s are" : " is");
cleanup:
    hol_free(shares);
    return status;
}

/* How many values are `state`. */
static hol_status count_state(hol_dataset *dataset, int32_t state, int64_t *ret_count) {
    const int64_t rows = hol_dataset_get_rows(dataset), columns = hol_dataset_get_columns(dataset);
    const int64_t most = hol_data_rows_per_read(columns, sizeof(uint16_t)), piece = most < rows ? most : rows;
    const int one = hol_dataset_get_kind(dataset) == HOL_DATASET_STATES ? 1 : 65535;
    uint16_t *levels = NULL;
    hol_status status = HOL_OK;
    *ret_count = 0;
    HOL_TRY(HOL_ALLOCATE(levels, HOL_PRODUCT(piece, columns), "rows of a data set"));
    for (int64_t row = 0; row < rows; row += piece) {
        const int64_t now = rows - row < piece ? rows - row : piece;
        HOL_TRY(hol_dataset_read(dataset, row, now, levels));
        for (int64_t i = 0; i < now * columns; i++) *ret_count += levels[i] / one == state;
    }
cleanup:
    hol_free(levels);
    return status;
}

/* Of a split of sequences the numbers that their models go by. */
static hol_status add_sequences(const struct describe *self, const char *file, hol_dataset *dataset) {
    hol_alphabet alphabet;
    int64_t gaps = 0;
    const double rows = (double)hol_dataset_get_rows(dataset), columns = (double)hol_dataset_get_columns(dataset);
    char share[48] = "";
    hol_status status = hol_dataset_read_alphabet(self->comm, file, &alphabet);
    if (status != HOL_OK || alphabet.count == 0) return status;
    const int32_t gap = hol_alphabet_find(&alphabet, HOL_ALPHABET_GAP);
    if (gap >= 0) status = count_state(dataset, gap, &gaps);
    if (status != HOL_OK) return status;
    const double part = (double)gaps / rows / columns;
    hol_result_number(self->to, "letters", alphabet.count);
    if (gap >= 0) hol_result_number(self->to, "gaps", part);
    if (gap >= 0) (void)snprintf(share, sizeof share, ", %.2f %% gaps", 100 * part);
    hol_result_line(self->to, NULL, "%-12s M %lld, L %lld, q %d%s", hol_dataset_get_path(dataset) + 1, (long long)rows,
                    (long long)columns, alphabet.count, share);
    return HOL_OK;
}

static hol_status add_dataset(struct describe *self, hol_dataset *dataset, const char *name, double density,
                              int64_t constant, const hol_survey *survey, const char *const *names) {
    hol_status status = HOL_OK;
    hol_result *to = self->to;
    int64_t height = 0, width = 0;
    char shape[64] = "-";
    const bool is_image = hol_dataset_get_shape(dataset, &height, &width);
    const double rows = (double)hol_dataset_get_rows(dataset), columns = (double)hol_dataset_get_columns(dataset);
    const double sides[] = {(double)height, (double)width};
    const char *kind = hol_dataset_kind_name(hol_dataset_get_kind(dataset));
    if (is_image) (void)snprintf(shape, sizeof shape, "%lldx%lld", (long long)height, (long long)width);
    hol_result_open(to, NULL);
    hol_result_text(to, "name", name);
    hol_result_number(to, "rows", rows);
    hol_result_number(to, "columns", columns);
    if (is_image) hol_result_series(to, "shape", NULL, sides, 2, 0);
    else hol_result_number(to, "shape", (double)NAN);
    hol_result_text(to, "kind", kind);
    hol_result_number(to, "density", density);
    hol_result_number(to, "constant", (double)constant);
    if (hol_dataset_has_missing(dataset)) status = add_missing(self, name, survey, names);
    if (status == HOL_OK) status = add_sequences(self, hol_dataset_get_file(dataset), dataset);
    hol_result_close(to);
    hol_result_row(to, self->table,
                   (hol_cell[]){HOL_CELL_TEXT(name), HOL_CELL(rows), HOL_CELL(columns), HOL_CELL_TEXT(shape),
                                HOL_CELL_TEXT(kind), HOL_CELL(density), HOL_CELL(constant)});
    self->count++;
    return status;
}

static hol_status describe_dataset(struct describe *self, const char *file, const char *path) {
    hol_dataset *dataset = NULL;
    char *reference = NULL;
    double density = 0;
    int64_t name_count = 0;
    hol_survey *survey = NULL;
    char **names = NULL;
    hol_status status = HOL_OK;
    const size_t size = strlen(file) + strlen(path) + 2;
    HOL_TRY(HOL_ALLOCATE(reference, (int64_t)size, "reference"));
    (void)snprintf(reference, size, "%s:%s", file, path);
    HOL_TRY(hol_dataset_open_alone(self->comm, reference, "train", &dataset));
    HOL_TRY(hol_survey_create(hol_dataset_get_columns(dataset), &survey));
    HOL_TRY(hol_data_measure(dataset, survey, &density));
    HOL_TRY(hol_dataset_read_columns(self->comm, file, &names, &name_count));
    const char *const *known = name_count == survey->columns ? (const char *const *)names : NULL;
    warn(self->comm, survey, reference, bits_of(dataset), known);
    HOL_TRY(add_dataset(self, dataset, path + 1, density,
                        hol_survey_count_constant(survey, bits_of(dataset), THRESHOLD, NULL), survey, known));
cleanup:
    hol_free(reference);
    hol_free(names);
    hol_survey_destroy(survey);
    hol_dataset_close(dataset);
    return status;
}

/* ------------------------------------------------------------------ names and labels */

/* "a, b, c": the first so many, then ... and, where it is wanted, the last */
static void join(const char *const *names, int64_t count, int64_t shown, bool with_last, char *text, size_t size) {
    size_t used = 0;
    text[0] = '\0';
    for (int64_t k = 0; k < count && k < shown && used < size; k++)
        used += (size_t)snprintf(text + used, size - used, "%s%s", k ? ", " : "", names[k]);
    if (count > shown && used < size)
        (void)snprintf(text + used, size - used, ", ...%s%s", with_last ? " " : "", with_last ? names[count - 1] : "");
}

static hol_status add_columns(const struct describe *self, const char *file) {
    char **names = NULL, text[LINE_SIZE];
    int64_t count = 0;
    const hol_status status = hol_dataset_read_columns(self->comm, file, &names, &count);
    const char *const *known = (const char *const *)names;
    join(known, count, NAMES_SHOWN - 1, true, text, sizeof text);
    if (count > 0) hol_result_texts(self->to, "columns", known, count);
    if (count > 0) hol_result_line(self->to, NULL, "columns %s", text);
    hol_free(names);
    return status;
}

/* How many states columns have, and words for them: in words of the first column that has some. */
static hol_status add_states(const struct describe *self, const char *file) {
    hol_result *to = self->to;
    hol_dataset_states states;
    char text[LINE_SIZE];
    int32_t least = HOL_DATASET_STATES_MAX, most = 0;
    int64_t with_words = 0, first = -1;
    const hol_status status = hol_dataset_read_states(self->comm, file, &states);
    if (status != HOL_OK || states.columns == 0) return status;
    hol_result_open_list(to, "states");
    for (int64_t c = 0; c < states.columns; c++) {
        const int64_t begin = states.first_names[c], count = states.first_names[c + 1] - begin;
        if (states.cardinalities[c] < least) least = states.cardinalities[c];
        if (states.cardinalities[c] > most) most = states.cardinalities[c];
        if (count > 0 && with_words++ == 0) first = c;
        hol_result_open(to, NULL);
        hol_result_number(to, "states", states.cardinalities[c]);
        if (count > 0) hol_result_texts(to, "words", (const char *const *)states.names + begin, count);
        hol_result_close(to);
    }
    hol_result_close(to);
    if (least == most) hol_result_line(to, NULL, "%-12s %d of each column", "states", most);
    else hol_result_line(to, NULL, "%-12s %d to %d of a column", "states", least, most);
    if (with_words > 0) {
        const int64_t begin = states.first_names[first];
        join((const char *const *)states.names + begin, states.first_names[first + 1] - begin, NAMES_SHOWN, true, text,
             sizeof text);
        hol_result_line(to, NULL, "%-12s in %lld columns, the first is column %lld (from 0): %s", "words",
                        (long long)with_words, (long long)first, text);
    }
    hol_dataset_states_clear(&states);
    return HOL_OK;
}

/* "protein: -ACDEFGHIKLMNPQRSTVWY", of sequences. */
static hol_status add_alphabet(const struct describe *self, const char *file) {
    hol_alphabet alphabet;
    const hol_status status = hol_dataset_read_alphabet(self->comm, file, &alphabet);
    if (status != HOL_OK || alphabet.count == 0) return status;
    const char *name = hol_alphabet_name(&alphabet);
    hol_result_text(self->to, "alphabet", alphabet.letters);
    hol_result_line(self->to, NULL, "%-12s %s%s%s, %d letters", "alphabet", name == alphabet.letters ? "" : name,
                    name == alphabet.letters ? "" : ": ", alphabet.letters, alphabet.count);
    return HOL_OK;
}

static void add_labels_of(const struct describe *self, const char *name, const hol_dataset_labels *labels) {
    hol_result *to = self->to;
    char text[LINE_SIZE], missing[48] = "";
    const char *const *names = (const char *const *)labels->names;
    join(names, labels->classes, NAMES_SHOWN, false, text, sizeof text);
    if (labels->missing > 0) (void)snprintf(missing, sizeof missing, ", %lld missing", (long long)labels->missing);
    hol_result_open(to, NULL);
    hol_result_text(to, "name", name);
    hol_result_number(to, "rows", (double)labels->rows);
    hol_result_number(to, "least", labels->least);
    hol_result_number(to, "most", labels->most);
    hol_result_number(to, "missing", (double)labels->missing);
    hol_result_texts(to, "classes", names, labels->classes);
    hol_result_close(to);
    hol_result_line(to, NULL, "%-12s %10lld labels from %d to %d%s%s%s", name,
                    (long long)(labels->rows - labels->missing), labels->least, labels->most, missing,
                    text[0] ? ": " : "", text);
}

static void add_labels(const struct describe *self, const char *file, char **paths, int64_t count) {
    bool is_open = false;
    for (int64_t i = 0; i < count; i++) {
        hol_dataset_labels labels;
        if (strncmp(paths[i], "/labels/", 8) != 0) continue;
        const hol_status status = hol_dataset_read_labels(self->comm, file, paths[i], &labels);
        if (status != HOL_OK) hol_log(self->comm, "left out: %s", hol_error_message(status));
        if (hol_error_drop(status)) continue;
        if (!is_open) hol_result_open_list(self->to, "labels");
        is_open = true;
        add_labels_of(self, paths[i] + 1, &labels);
        hol_free(labels.names);
    }
    if (is_open) hol_result_close(self->to);
}

/* Of a split's rows, where they have some. */
static hol_status add_weights_of(const struct describe *self, const char *file, const char *split, bool *is_open) {
    hol_status status = HOL_OK;
    hol_result *to = self->to;
    hol_sample_weights *w = NULL;
    double *numbers = NULL, identity = 0;
    int64_t rows = 0;
    char *path = NULL, *name = NULL;
    if (!hol_dataset_has_weights(self->comm, file, split)) return HOL_OK;
    HOL_TRY(hol_format_text(&path, "name of weights", "/weights%s", split));
    HOL_TRY(hol_format_text(&name, "name of weights", "%s:%s", file, path));
    HOL_TRY(hol_dataset_read_length(self->comm, file, path, &rows));
    HOL_TRY(hol_dataset_read_identity(self->comm, file, split, &identity));
    HOL_TRY(HOL_ALLOCATE(numbers, rows, "weights"));
    HOL_TRY(hol_dataset_read_list(self->comm, file, path, rows, numbers));
    HOL_TRY(hol_sample_weights_create(name, rows, numbers, &w));
    if (!*is_open) hol_result_open_list(to, "weights");
    *is_open = true;
    hol_result_open(to, NULL);
    hol_result_text(to, "name", path + 1);
    hol_result_number(to, "rows", (double)rows);
    hol_result_number(to, "sum", w->total);
    hol_result_number(to, "effective", w->effective);
    hol_result_number(to, "largest", w->largest);
    hol_result_number(to, "zeros", (double)w->zeros);
    if (identity > 0) hol_result_number(to, "identity", identity);
    hol_result_close(to);
    if (identity > 0)
        hol_result_line(to, NULL, "%-12s %9lld weights 1/n (identity %g), M_eff %.4f", path + 1, (long long)rows,
                        identity, w->total);
    else
        hol_result_line(to, NULL, "%-12s %9lld weights, sum %.7g, ESS %.1f, largest %.7g, %lld are 0", path + 1,
                        (long long)rows, w->total, w->effective, w->largest, (long long)w->zeros);
cleanup:
    hol_sample_weights_destroy(w);
    hol_free(numbers);
    hol_free(path);
    hol_free(name);
    return status;
}

static hol_status add_weights(const struct describe *self, const char *file, char **paths, int64_t count) {
    hol_status status = HOL_OK;
    bool is_open = false;
    for (int64_t i = 0; i < count; i++)
        if (!hol_dataset_is_note(paths[i])) HOL_TRY(add_weights_of(self, file, paths[i], &is_open));
    if (is_open) hol_result_close(self->to);
cleanup:
    return status;
}

/* Every data set of a file that is one of ours; the others are noted on stderr. */
static hol_status describe_all(struct describe *self, const char *file) {
    char **paths = NULL;
    int64_t count = 0;
    hol_status status = HOL_OK;
    HOL_TRY(hol_dataset_list(self->comm, file, &paths, &count));
    const bool is_ours = hol_dataset_is_ours(self->comm, file);
    for (int64_t i = 0; i < count; i++) {
        if (is_ours && hol_dataset_is_note(paths[i])) continue;
        status = describe_dataset(self, file, paths[i]);
        if (status != HOL_OK && (hol_error_code(status) != HOL_BAD_INPUT || count == 1)) goto cleanup;
        if (status != HOL_OK) hol_log(self->comm, "left out: %s", hol_error_message(status));
        (void)hol_error_drop(status);
        status = HOL_OK;
    }
    if (self->count == 0)
        HOL_TRY(hol_error(HOL_BAD_INPUT,
                          "%s: found no data set of samples, expected at least one with rows and columns", file));
    hol_result_close(self->to);
    if (is_ours) HOL_TRY(add_columns(self, file));
    if (is_ours) HOL_TRY(add_states(self, file));
    if (is_ours) HOL_TRY(add_alphabet(self, file));
    if (is_ours) add_labels(self, file, paths, count);
    if (is_ours) HOL_TRY(add_weights(self, file, paths, count));
cleanup:
    hol_free(paths);
    return status;
}

static hol_status describe_here(hol_comm *comm, hol_result *result, const char *reference) {
    static const hol_column columns[] = {{NULL, "split", -12, 0, NULL, 1}, {NULL, "rows", 10, 0, NULL, 1},
                                         {NULL, "columns", 8, 0, NULL, 1}, {NULL, "shape", 9, 0, NULL, 1},
                                         {NULL, "kind", -6, 0, NULL, 1},   {NULL, "density", 8, 4, NULL, 1},
                                         {NULL, "constant", 9, 0, NULL, 1}};
    struct describe self = {.comm = comm, .to = result};
    char *file = NULL, *path = NULL;
    hol_status status = HOL_OK;
    HOL_TRY(hol_dataset_parse_reference(reference, NULL, &file, &path));
    hol_result_set_digits(result, 17);
    hol_result_text(result, "file", file);
    self.table = hol_result_table(result, NULL, columns, sizeof columns / sizeof *columns);
    hol_result_open_list(result, "splits");
    HOL_TRY(path ? describe_dataset(&self, file, path) : describe_all(&self, file));
    if (path) hol_result_close(result);
    if (path && hol_dataset_is_ours(comm, file)) HOL_TRY(add_weights(&self, file, &path, 1));
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

hol_status hol_data_describe(hol_comm *comm, hol_result *result, const char *reference) {
    hol_status status = check_checkpoint(comm, reference);
    if (status != HOL_OK) return status;
    if (hol_comm_rank(comm) == 0) status = describe_here(comm, result, reference);
    return hol_comm_agree(comm, status);
}

hol_status hol_data_describe_command(hol_comm *comm, hol_result *result, int argc, char **argv) {
    struct arguments a;
    bool done = false;
    const hol_status status = hol_options_parse(comm, &options, result, argc, argv, &a, &done);
    if (status != HOL_OK || done) return status;
    if (a.json) hol_result_set_form(result, HOL_FORM_JSON);
    return hol_data_describe(comm, result, a.reference);
}
