/* predict_write: predictions as files for other programs. Each rank makes its rows' part of a matrix, rank 0
 * writes all.
 *
 * Of an .h5 file: /completed, the rows with the most probable states, and the predicted state of the target for a label
 * (-1: none); /probabilities of the target's states; /means, of the visible units, 0 or 1 where a value is known;
 * /draws, so many rows for each. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "cli/samples.h"
#include "io/array_output.h"
#include "io/dataset.h"
#include "io/dataset_notes.h"
#include "io/output.h"
#include "io/sequence_file.h"
#include "predict.h"

#define PREDICTED "predicted"
enum { HEAD_SIZE = HOL_PREDICT_NAME + 4, NO_LETTER = UINT8_MAX };

static int64_t target_states(const hol_prediction *self) {
    return self->target < 0 ? 0 : hol_variable_get(self->subject.model, self->target).states;
}

/* "x.csv" gives "x.draws.csv", "x.fasta.gz" "x.draws.fasta.gz" */
static hol_status name_draws(const char *output, char **ret_path) {
    const char *dot = strrchr(output, '.'), *at = dot;
    while (hol_output_ends_with(output, ".gz") && at > output && *--at != '/')
        if (*at == '.') {
            dot = at;
            break;
        }
    return hol_format_text(ret_path, "name of a file", "%.*s.draws%s", (int)(dot - output), output, dot);
}

static bool is_set(const hol_prediction *self) { return hol_output_ends_with(self->arguments.output, ".h5"); }

hol_status hol_predict_check_output(const hol_prediction *self) {
    hol_status status = HOL_OK;
    const hol_predict_arguments *a = &self->arguments;
    const char *const inputs[] = {a->file, a->data};
    char *draws = NULL;
    const hol_output_kind kinds[] = {{.ending = ".h5",
                                      .format = "holode data set",
                                      .members = {"completed", "probabilities", "means", "draws", "labels", "columns"}},
                                     {.ending = ".npy"},
                                     {.ending = ".csv", .begins = self->target >= 0 ? PREDICTED : self->names[0]}};
    const hol_output_kind drawn[] = {{.ending = ".npy"}, {.ending = ".csv", .begins = self->names[0]}};
    const char *model = self->subject.info.path;
    if (!a->output) return HOL_OK;
    HOL_TRY(hol_samples_check_kinds(self->comm, a->output, model, &self->alphabet, kinds, 3, inputs));
    if (a->draws == 0 || is_set(self)) return HOL_OK;
    HOL_TRY(hol_comm_agree(self->comm, name_draws(a->output, &draws)));
    HOL_TRY(hol_samples_check_kinds(self->comm, draws, model, &self->alphabet, drawn, 2, inputs));
cleanup:
    hol_free(draws);
    return status;
}

/* ---- rows -------------------------------------------------------------------------------------------------------- */

/* The states of a row's columns: what is given, else the most probable one, or with `draw` at least 0 that draw; -1 in
 * an impossible row. The target is what the data have. */
static void complete_row(const hol_prediction *self, int64_t row, int64_t draw, int64_t *states) {
    const hol_conditional *found = &self->found;
    for (int64_t c = 0; c < self->columns; c++) states[c] = hol_predict_state(self, row, c);
    for (int64_t k = found->first_cells[row]; k < found->first_cells[row + 1]; k++) {
        const int64_t c = found->columns[k];
        if (c == self->target && hol_predict_has(self, row, c)) continue;
        const bool is_possible = found->ways[row] != HOL_CONDITIONAL_IMPOSSIBLE;
        states[c] = !is_possible ? -1
                    : draw < 0   ? hol_conditional_best(found, k)
                                 : found->drawn[k * found->draws + draw];
    }
}

/* Whether what is imputed in a column of two states is a word, where the file has words: else the probability of 1. */
static bool imputes_word(const hol_prediction *self, int64_t column) {
    int64_t count = 0;
    (void)hol_predict_words(self, column, &count);
    return count > 0 && hol_output_ends_with(self->arguments.output, ".csv");
}

/* A row as numbers: states, and of missing values of two states without words the probability of 1; NaN in an
 * impossible row. */
static void describe_row(const hol_prediction *self, int64_t row, int64_t *states, float *numbers) {
    const hol_conditional *found = &self->found;
    complete_row(self, row, -1, states);
    for (int64_t c = 0; c < self->columns; c++) numbers[c] = states[c] < 0 ? NAN : (float)states[c];
    for (int64_t k = found->first_cells[row]; k < found->first_cells[row + 1]; k++) {
        const int64_t c = found->columns[k], first = found->first_values[k];
        if (found->first_values[k + 1] - first != 2 || imputes_word(self, c) ||
            (c == self->target && hol_predict_has(self, row, c)))
            continue;
        numbers[c] = (float)found->values[first + 1];
    }
}

/* The predicted state of the target and the probabilities of all. */
static void describe_target(const hol_prediction *self, int64_t row, float *ret_best, float *probabilities) {
    const int64_t cell = hol_predict_target_cell(self, row), best = hol_conditional_best(&self->found, cell);
    *ret_best = best < 0 ? NAN : (float)best;
    for (int64_t s = 0; s < target_states(self); s++)
        probabilities[s] = (float)self->found.values[self->found.first_values[cell] + s];
}

/* The probability of each unit. */
static void describe_units(const hol_prediction *self, int64_t row, float *means) {
    const hol_conditional *found = &self->found;
    const int64_t visible = self->subject.info.visible;
    for (int64_t u = 0; u < visible; u++) means[u] = (float)self->subject.bytes[row * visible + u];
    for (int64_t k = found->first_cells[row]; k < found->first_cells[row + 1]; k++) {
        const hol_variable variable = hol_variable_get(self->subject.model, found->columns[k]);
        if (found->columns[k] == self->target && hol_predict_has(self, row, self->target)) continue;
        for (int64_t u = 0; u < variable.units; u++) {
            double sum = 0;
            for (int64_t s = 0; s < variable.states; s++)
                if (hol_variable_unit(&variable, s, u)) sum += found->values[found->first_values[k] + s];
            means[variable.first + u] = isnan(sum) ? 0 : (float)fmin(sum, 1);
        }
    }
}

/* ---- matrices ---------------------------------------------------------------------------------------------------- */

/* What a matrix has of each row, and in *ret_width how many numbers. */
typedef enum part { TARGET, COMPLETED, UNITS, TABLE } part;

/* Whether values are missing or hidden: the target alone is written without the rows. The same on all ranks. */
static hol_status has_missing(const hol_prediction *self, bool *ret) {
    int64_t others = self->found.cells - (self->target >= 0 ? self->found.rows : 0);
    const hol_status status = hol_comm_sum_i64(self->comm, &others, 1);
    *ret = others > 0;
    return status;
}

static int64_t width_of(const hol_prediction *self, part what, bool has_rows) {
    if (what == TARGET) return 1 + target_states(self);
    if (what == UNITS) return self->subject.info.visible;
    if (what == COMPLETED) return self->columns;
    return (self->target >= 0 ? 1 + target_states(self) : 0) + (has_rows ? self->columns : 0);
}

static void fill_row(const hol_prediction *self, part what, bool has_rows, int64_t row, int64_t *states,
                     float *numbers) {
    float *at = numbers;
    if (what == UNITS) {
        describe_units(self, row, numbers);
        return;
    }
    if (what == COMPLETED) {
        complete_row(self, row, -1, states);
        for (int64_t c = 0; c < self->columns; c++) numbers[c] = (float)states[c];
        return;
    }
    if (self->target >= 0) {
        describe_target(self, row, at, at + 1);
        at += 1 + target_states(self);
    }
    if (what == TABLE && has_rows) describe_row(self, row, states, at);
}

/* All ranks' rows on rank 0, (rows, width); NULL elsewhere. The caller frees *ret. Collective. */
static hol_status gather(const hol_prediction *self, part what, bool has_rows, float **ret) {
    hol_status status = HOL_OK;
    const int64_t rows = self->found.rows, width = width_of(self, what, has_rows);
    float *local = NULL;
    int64_t *states = NULL, bytes = 0;
    void *all = NULL;
    status = HOL_ALLOCATE(local, HOL_PRODUCT(rows, width), "predictions");
    if (status == HOL_OK) status = HOL_ALLOCATE(states, self->columns, "predictions");
    HOL_TRY(hol_comm_agree(self->comm, status));
    for (int64_t r = 0; r < rows; r++) fill_row(self, what, has_rows, r, states, local + r * width);
    HOL_TRY(hol_comm_gather(self->comm, local, rows * width * (int64_t)sizeof *local, &all, &bytes));
    *ret = all;
cleanup:
    hol_free(local);
    hol_free(states);
    return status;
}

/* The same of draws, as bytes (rows, draws, columns); 0 in an impossible row, of sequences NO_LETTER. Collective. */
static hol_status gather_draws(const hol_prediction *self, uint8_t **ret) {
    hol_status status = HOL_OK;
    const int64_t rows = self->found.rows, draws = self->found.draws;
    const uint8_t none = hol_sequence_file_is_named(self->arguments.output) ? NO_LETTER : 0;
    uint8_t *local = NULL;
    int64_t *states = NULL, bytes = 0;
    void *all = NULL;
    status = HOL_ALLOCATE(local, HOL_PRODUCT(rows, draws, self->columns), "draws");
    if (status == HOL_OK) status = HOL_ALLOCATE(states, self->columns, "draws");
    HOL_TRY(hol_comm_agree(self->comm, status));
    for (int64_t r = 0; r < rows; r++)
        for (int64_t d = 0; d < draws; d++) {
            complete_row(self, r, d, states);
            for (int64_t c = 0; c < self->columns; c++)
                local[(r * draws + d) * self->columns + c] = states[c] < 0 ? none : (uint8_t)states[c];
        }
    HOL_TRY(hol_comm_gather(self->comm, local, rows * draws * self->columns, &all, &bytes));
    *ret = all;
cleanup:
    hol_free(local);
    hol_free(states);
    return status;
}

/* ---- arrays ------------------------------------------------------------------------------------------------------ */

/* Columns of a .csv: what they and their numbers are called. */
typedef struct heads {
    char *texts;          /* owned: of p(...) */
    const char **names;   /* owned */
    int64_t *first_words; /* owned: (columns + 1) */
    const char **words;   /* owned */
    int64_t count;
} heads;

static void free_heads(heads *h) {
    hol_free(h->texts);
    hol_free(h->names);
    hol_free(h->first_words);
    hol_free(h->words);
}

/* One more column; its numbers are states of a column of the data, or with -1 nothing but numbers. */
static void add_head(const hol_prediction *self, const char *name, int64_t column, heads *h) {
    int64_t count = 0;
    const char *const *words = column < 0 ? NULL : hol_predict_words(self, column, &count);
    h->names[h->count++] = name;
    h->first_words[h->count] = h->first_words[h->count - 1] + count;
    for (int64_t s = 0; s < count; s++) h->words[h->first_words[h->count - 1] + s] = words[s];
}

static hol_status make_heads(const hol_prediction *self, heads *h) {
    const hol_dataset_states *all = &self->words;
    const int64_t states = target_states(self), width = 1 + states + self->columns;
    const int64_t words = all->columns > 0 ? all->first_names[all->columns] : 0;
    hol_status status = HOL_OK;
    HOL_TRY(HOL_ALLOCATE(h->texts, HOL_PRODUCT(states + 1, HEAD_SIZE), "names"));
    HOL_TRY(HOL_ALLOCATE(h->names, width, "names"));
    HOL_TRY(HOL_ALLOCATE(h->first_words, width + 1, "names"));
    HOL_TRY(HOL_ALLOCATE(h->words, 2 * words, "names")); /* the target's twice */
cleanup:
    return status;
}

/* "predicted", "p(0)" ..., then the columns' names */
static hol_status write_table(const hol_prediction *self, bool has_rows, const float *numbers) {
    hol_status status = HOL_OK;
    char name[HOL_PREDICT_NAME];
    heads h = {0};
    HOL_TRY(make_heads(self, &h));
    if (self->target >= 0) add_head(self, PREDICTED, self->target, &h);
    for (int64_t s = 0; s < target_states(self); s++) {
        char *text = h.texts + s * HEAD_SIZE;
        hol_predict_name_state(self, self->target, s, name);
        (void)snprintf(text, HEAD_SIZE, "p(%s)", name);
        add_head(self, text, -1, &h);
    }
    for (int64_t c = 0; c < self->columns && has_rows; c++) add_head(self, self->names[c], c, &h);
    const hol_array_output table = {.rows = self->subject.rows,
                                    .columns = h.count,
                                    .floats = numbers,
                                    .names = h.names,
                                    .first_words = h.first_words,
                                    .words = h.words};
    HOL_TRY(hol_array_output_write(self->arguments.output, &table));
cleanup:
    free_heads(&h);
    return status;
}

static hol_status write_draws(const hol_prediction *self, const uint8_t *draws) {
    hol_status status = HOL_OK;
    const bool has_words = self->words.columns == self->columns;
    char *path = NULL;
    HOL_TRY(name_draws(self->arguments.output, &path));
    const hol_array_output drawn = {.rows = self->subject.rows * self->found.draws,
                                    .columns = self->columns,
                                    .bytes = draws,
                                    .names = (const char *const *)self->names,
                                    .first_words = has_words ? self->words.first_names : NULL,
                                    .words = (const char *const *)self->words.names};
    HOL_TRY(hol_array_output_write(path, &drawn));
    hol_log(self->comm, "%s: %lld draws of each row", path, (long long)self->found.draws);
cleanup:
    hol_free(path);
    return status;
}

static hol_status write_arrays(const hol_prediction *self, bool has_rows, const uint8_t *draws) {
    hol_status status = HOL_OK;
    float *numbers = NULL;
    HOL_TRY(gather(self, TABLE, has_rows, &numbers));
    if (hol_comm_rank(self->comm) == 0) status = write_table(self, has_rows, numbers);
    if (status == HOL_OK && draws) status = write_draws(self, draws);
    HOL_TRY(hol_comm_agree(self->comm, status));
cleanup:
    hol_free(numbers);
    return status;
}

/* ---- data sets --------------------------------------------------------------------------------------------------- */

static int64_t largest_state(const hol_prediction *self) {
    int64_t largest = 1;
    for (int64_t c = 0; c < self->columns; c++) {
        const int64_t states = hol_variable_get(self->subject.model, c).states;
        if (states - 1 > largest) largest = states - 1;
    }
    return largest;
}

static hol_dataset_split states_split(const hol_prediction *self, const char *name) {
    const int64_t maximum = largest_state(self), *shape = self->subject.info.item_shape;
    const bool is_image = shape[0] > 1 && shape[0] * shape[1] == self->columns;
    return (hol_dataset_split){.name = name,
                               .columns = self->columns,
                               .maximum = maximum,
                               .kind = maximum > 1 ? HOL_DATASET_STATES : HOL_DATASET_BINARY,
                               .height = is_image ? shape[0] : 0,
                               .width = is_image ? shape[1] : 0};
}

static hol_status write_floats(hol_dataset_writer *writer, const char *name, int64_t rows, int64_t columns,
                               const float *floats) {
    hol_status status = HOL_OK;
    const hol_dataset_split split = {.name = name, .columns = columns, .kind = HOL_DATASET_FLOATS};
    HOL_TRY(hol_dataset_writer_begin(writer, &split));
    HOL_TRY(hol_dataset_writer_append_floats(writer, rows, floats));
cleanup:
    return status;
}

/* completed is (rows, columns), target (rows, 1 + states), or NULL */
static hol_status write_completed(const hol_prediction *self, hol_dataset_writer *writer, const float *completed,
                                  const float *target) {
    hol_status status = HOL_OK;
    const int64_t rows = self->subject.rows, width = 1 + target_states(self);
    const hol_dataset_split split = states_split(self, "completed");
    uint8_t *bytes = NULL;
    int32_t *labels = NULL;
    float *probabilities = NULL;
    HOL_TRY(HOL_ALLOCATE(bytes, HOL_PRODUCT(rows, self->columns), "predictions"));
    for (int64_t k = 0; k < rows * self->columns; k++) bytes[k] = completed[k] < 0 ? 0 : (uint8_t)completed[k];
    HOL_TRY(hol_dataset_writer_begin(writer, &split));
    HOL_TRY(hol_dataset_writer_append_bytes(writer, rows, bytes));
    HOL_TRY(hol_dataset_writer_add_columns(writer, self->columns, (const char *const *)self->names));
    if (!target) goto cleanup;
    HOL_TRY(HOL_ALLOCATE(labels, rows, "predictions"));
    HOL_TRY(HOL_ALLOCATE(probabilities, HOL_PRODUCT(rows, width - 1), "predictions"));
    for (int64_t r = 0; r < rows; r++) {
        labels[r] = isnan(target[r * width]) ? HOL_LABEL_MISSING : (int32_t)target[r * width];
        for (int64_t s = 0; s < width - 1; s++)
            probabilities[r * (width - 1) + s] = labels[r] < 0 ? 0 : target[r * width + 1 + s];
    }
    int64_t count = 0;
    const char *const *words = hol_predict_words(self, self->target, &count);
    HOL_TRY(hol_dataset_writer_add_labels(writer, "completed", rows, labels, count, words));
    HOL_TRY(write_floats(writer, "probabilities", rows, width - 1, probabilities));
cleanup:
    hol_free(bytes);
    hol_free(labels);
    hol_free(probabilities);
    return status;
}

/* on rank 0 */
static hol_status write_set(const hol_prediction *self, const float *completed, const float *target, const float *means,
                            const uint8_t *draws) {
    hol_status status = HOL_OK;
    hol_dataset_writer *writer = NULL;
    HOL_TRY(hol_dataset_writer_create(self->comm, self->arguments.output, &writer));
    HOL_TRY(write_completed(self, writer, completed, target));
    if (means) HOL_TRY(write_floats(writer, "means", self->subject.rows, self->subject.info.visible, means));
    if (draws) {
        const hol_dataset_split split = states_split(self, "draws");
        HOL_TRY(hol_dataset_writer_begin(writer, &split));
        HOL_TRY(hol_dataset_writer_append_bytes(writer, self->subject.rows * self->found.draws, draws));
    }
    HOL_TRY(hol_dataset_writer_finish(writer));
cleanup:
    hol_dataset_writer_destroy(writer);
    return status;
}

static hol_status write_sets(const hol_prediction *self, bool has_rows, const uint8_t *draws) {
    hol_status status = HOL_OK;
    float *completed = NULL, *target = NULL, *means = NULL;
    HOL_TRY(gather(self, COMPLETED, has_rows, &completed));
    if (self->target >= 0) HOL_TRY(gather(self, TARGET, has_rows, &target));
    if (has_rows) HOL_TRY(gather(self, UNITS, has_rows, &means));
    if (hol_comm_rank(self->comm) == 0) status = write_set(self, completed, target, means, draws);
    HOL_TRY(hol_comm_agree(self->comm, status));
cleanup:
    hol_free(completed);
    hol_free(target);
    hol_free(means);
    return status;
}

/* ---- sequences --------------------------------------------------------------------------------------------------- */

/* on rank 0 */
static hol_status write_family(const hol_prediction *self, const float *completed, const float *target,
                               const uint8_t *draws) {
    hol_status status = HOL_OK;
    const int64_t count = HOL_PRODUCT(self->subject.rows, self->columns);
    uint8_t *states = NULL;
    char *path = NULL;
    HOL_TRY(HOL_ALLOCATE(states, count, "sequences"));
    for (int64_t k = 0; k < count; k++) states[k] = completed[k] < 0 ? NO_LETTER : (uint8_t)completed[k];
    HOL_TRY(hol_predict_write_sequences(self, self->arguments.output, 0, states, target));
    if (!draws) goto cleanup;
    HOL_TRY(name_draws(self->arguments.output, &path));
    HOL_TRY(hol_predict_write_sequences(self, path, self->found.draws, draws, NULL));
    hol_log(self->comm, "%s: %lld draws of each row", path, (long long)self->found.draws);
cleanup:
    hol_free(states);
    hol_free(path);
    return status;
}

static hol_status write_sequences(const hol_prediction *self, const uint8_t *draws) {
    hol_status status = HOL_OK;
    float *completed = NULL, *target = NULL;
    HOL_TRY(gather(self, COMPLETED, true, &completed));
    if (self->target >= 0) HOL_TRY(gather(self, TARGET, true, &target));
    if (hol_comm_rank(self->comm) == 0) status = write_family(self, completed, target, draws);
    HOL_TRY(hol_comm_agree(self->comm, status));
cleanup:
    hol_free(completed);
    hol_free(target);
    return status;
}

/* ---- all together ------------------------------------------------------------------------------------------------ */

hol_status hol_predict_write(const hol_prediction *self) {
    hol_status status = HOL_OK;
    bool has_rows = false;
    uint8_t *draws = NULL;
    if (!self->arguments.output) return HOL_OK;
    HOL_TRY(has_missing(self, &has_rows));
    if (self->found.draws > 0) HOL_TRY(gather_draws(self, &draws));
    if (is_set(self)) HOL_TRY(write_sets(self, has_rows, draws));
    else if (hol_sequence_file_is_named(self->arguments.output)) HOL_TRY(write_sequences(self, draws));
    else HOL_TRY(write_arrays(self, has_rows, draws));
    hol_log(self->comm, "%s: predictions of %lld rows%s", self->arguments.output, (long long)self->subject.rows,
            hol_sequence_file_is_named(self->arguments.output)
                ? ": each site's most probable letter, by itself (--draws N: sites drawn together)"
                : "");
cleanup:
    hol_free(draws);
    return status;
}
