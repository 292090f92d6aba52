/* predict_show: what was predicted, how, and what it is worth, as records. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/words.h"
#include "num/bits.h"
#include "predict.h"
#include "sample/population.h"

enum { LINE_COLUMNS = 79, LABEL_COLUMNS = 16, LISTED = 10, CONFUSIONS = 3, LINE_SIZE = 512 };

/* "3", or "3 (age)" */
static void name_column(const hol_prediction *self, int64_t column, char *text, size_t size) {
    char number[24];
    (void)snprintf(number, sizeof number, "%lld", (long long)column);
    if (strcmp(number, self->names[column]) == 0) (void)snprintf(text, size, "%s (from 0)", number);
    else (void)snprintf(text, size, "%s (from 0) \"%.40s\"", number, self->names[column]);
}

/* ---- what was done ----------------------------------------------------------------------------------------------- */

typedef struct work {
    int64_t values, hidden, rows; /* missing, hidden, and the rows that have some */
    int64_t ways[HOL_CONDITIONAL_IMPOSSIBLE + 1];
    int64_t first_impossible; /* row */
    int64_t sampled;          /* values of chains, the target's, too */
    double error, largest;    /* of these: root mean square of standard errors, and the largest */
} work;

/* ranks' numbers together */
static hol_status join(const hol_prediction *self, work *w) {
    hol_status status = HOL_OK;
    const hol_conditional *found = &self->found;
    double *squares = NULL, largest = 0;
    int64_t sampled = 0, earliest = -w->first_impossible;
    HOL_TRY(hol_comm_agree(self->comm, HOL_ALLOCATE(squares, found->cells, "standard errors")));
    for (int64_t r = 0; r < found->rows; r++)
        for (int64_t k = found->first_cells[r]; k < found->first_cells[r + 1]; k++) {
            if (found->ways[r] != HOL_CONDITIONAL_SAMPLED) continue;
            squares[sampled++] = found->errors[k] * found->errors[k];
            largest = fmax(largest, found->errors[k]);
        }
    w->sampled = sampled;
    int64_t sums[] = {w->values, w->hidden, w->rows, w->sampled};
    HOL_TRY(hol_comm_sum_i64(self->comm, sums, 4));
    HOL_TRY(hol_comm_sum_i64(self->comm, w->ways, HOL_CONDITIONAL_IMPOSSIBLE + 1));
    HOL_TRY(hol_comm_max_i64(self->comm, &earliest, 1));
    HOL_TRY(hol_comm_max_f64(self->comm, &largest, 1));
    w->values = sums[0];
    w->hidden = sums[1];
    w->rows = sums[2];
    w->sampled = sums[3];
    w->first_impossible = -earliest;
    w->largest = largest;
    if (w->sampled > 0) {
        HOL_TRY(hol_mean_over_ranks(self->comm, squares, NULL, sampled, w->sampled, &w->error));
        w->error = sqrt(w->error);
    }
cleanup:
    hol_free(squares);
    return status;
}

static hol_status count_work(const hol_prediction *self, work *w) {
    const hol_conditional *found = &self->found;
    *w = (work){.first_impossible = self->subject.rows};
    for (int64_t r = 0; r < found->rows; r++) {
        int64_t other = 0;
        for (int64_t k = found->first_cells[r]; k < found->first_cells[r + 1]; k++) {
            if (found->columns[k] == self->target) continue;
            if (hol_predict_has(self, r, found->columns[k])) w->hidden++;
            else w->values++;
            other++;
        }
        w->rows += other > 0;
        w->ways[found->ways[r]]++;
        if (found->ways[r] == HOL_CONDITIONAL_IMPOSSIBLE && self->subject.first_row + r < w->first_impossible)
            w->first_impossible = self->subject.first_row + r;
    }
    return join(self, w);
}

static void show_ways(const hol_prediction *self, const work *w) {
    hol_result *to = self->result;
    const int64_t exact = w->ways[HOL_CONDITIONAL_EXACT], sampled = w->ways[HOL_CONDITIONAL_SAMPLED];
    const int64_t impossible = w->ways[HOL_CONDITIONAL_IMPOSSIBLE];
    char text[128] = "";
    hol_result_number(to, "exact_rows", (double)exact);
    hol_result_number(to, "sampled_rows", (double)sampled);
    if (exact > 0) hol_words_append(text, sizeof text, "exactly in %lld rows", (long long)exact);
    if (sampled > 0) {
        hol_result_number(to, "chains", (double)self->options.chains);
        hol_result_number(to, "sweeps", (double)self->arguments.sweeps);
        hol_words_append(text, sizeof text, "%sin %lld by %lld chains of %lld sweeps", exact ? ", " : "",
                         (long long)sampled, (long long)self->options.chains, (long long)self->arguments.sweeps);
    }
    if (*text) hol_result_line(to, "found", "%s", text);
    if (sampled > 0) {
        hol_result_number(to, "monte_carlo_error", w->error);
        hol_result_number(to, "largest_monte_carlo_error", w->largest);
        hol_result_line(to, "chains' error", "%.4f, root mean square over %lld values; the largest %.4f", w->error,
                        (long long)w->sampled, w->largest);
    }
    if (impossible > 0) {
        hol_result_number(to, "impossible_rows", (double)impossible);
        hol_result_number(to, "first_impossible_row", (double)w->first_impossible);
        hol_result_line(to, "impossible",
                        "%lld rows, row %lld (from 0) first: no state is possible beside their values",
                        (long long)impossible, (long long)w->first_impossible);
    }
}

/* ---- what it is worth -------------------------------------------------------------------------------------------- */

static void show_score(const hol_prediction *self, const hol_predict_verdict *v) {
    hol_result *to = self->result;
    const hol_quantity wrong = {.name = "error_rate",
                                .error_name = "error_rate_error",
                                .label = "error rate",
                                .value = v->model.wrong,
                                .error = v->model.wrong_error,
                                .decimals = 4};
    const hol_quantity log = {.name = "log_likelihood",
                              .error_name = "log_likelihood_error",
                              .label = "log-likelihood",
                              .value = v->model.log,
                              .error = v->model.log_error,
                              .decimals = 4};
    const hol_quantity square = {.name = "rms_error", .label = "rms error", .value = v->model.square, .decimals = 4};
    hol_result_number(to, "judged_values", (double)v->values);
    hol_result_quantity(to, &wrong, "; %.4f by the most frequent state", v->frequencies.wrong);
    hol_result_quantity(to, &log, " nats per value; %.4f by frequencies", v->frequencies.log);
    hol_result_quantity(to, &square, " of probabilities; %.4f by frequencies", v->frequencies.square);
    hol_result_number(to, "independent_error_rate", v->frequencies.wrong);
    hol_result_number(to, "independent_log_likelihood", v->frequencies.log);
    hol_result_number(to, "independent_rms_error", v->frequencies.square);
}

/* A table, where it fits into a line. */
static void print_confusion(const hol_prediction *self, const double *counts, int64_t states) {
    const int decimals = self->subject.weights ? 1 : 0;
    double largest = 0;
    char line[LINE_SIZE] = "", name[HOL_PREDICT_NAME];
    for (int64_t k = 0; k < states * states; k++) largest = fmax(largest, counts[k]);
    const int width = snprintf(NULL, 0, "%.*f", decimals, largest) + 2, least = (LINE_COLUMNS - LABEL_COLUMNS) / LISTED;
    const int cell = width < least ? least : width;
    if (LABEL_COLUMNS + states * cell > LINE_COLUMNS) return;
    for (int64_t s = 0; s < states; s++) {
        hol_predict_name_state(self, self->target, s, name);
        hol_words_append(line, sizeof line, "%*.*s", cell, cell - 1, name);
    }
    hol_result_line(self->result, "data: predicted", "%s", line);
    for (int64_t t = 0; t < states; t++) {
        char label[LABEL_COLUMNS];
        line[0] = '\0';
        hol_predict_name_state(self, self->target, t, name);
        (void)snprintf(label, sizeof label, "%15.14s", name);
        for (int64_t s = 0; s < states; s++)
            hol_words_append(line, sizeof line, "%*.*f", cell, decimals, counts[t * states + s]);
        hol_result_line(self->result, label, "%s", line);
    }
}

/* Of a table that does not: what happens most often. */
static void print_mistakes(const hol_prediction *self, double *counts, int64_t states) {
    char line[LINE_SIZE] = "", predicted[HOL_PREDICT_NAME], is[HOL_PREDICT_NAME];
    for (int n = 0; n < CONFUSIONS; n++) {
        int64_t most = 1;
        for (int64_t k = 0; k < states * states; k++)
            if (k / states != k % states && counts[k] > counts[most]) most = k;
        if (!(counts[most] > 0)) break;
        hol_predict_name_state(self, self->target, most % states, predicted);
        hol_predict_name_state(self, self->target, most / states, is);
        hol_words_append(line, sizeof line, "%s%.12s for %.12s (%.0f)", n ? ", " : "", predicted, is, counts[most]);
        counts[most] = 0;
    }
    hol_result_line(self->result, "mistakes", "%s%s", *line ? "most often " : "none", line);
}

static hol_status show_confusion(const hol_prediction *self) {
    hol_status status = HOL_OK;
    const int64_t states = hol_variable_get(self->subject.model, self->target).states;
    double *counts = NULL;
    HOL_TRY(hol_comm_agree(self->comm, HOL_ALLOCATE(counts, HOL_PRODUCT(states, states), "confusion table")));
    HOL_TRY(hol_predict_confuse(self, counts));
    hol_result_open(self->result, "confusion");
    for (int64_t t = 0; t < states; t++) {
        char name[HOL_PREDICT_NAME];
        hol_predict_name_state(self, self->target, t, name);
        hol_result_series(self->result, name, NULL, counts + t * states, states, 0);
    }
    hol_result_close(self->result);
    if (states <= LISTED) print_confusion(self, counts, states);
    else print_mistakes(self, counts, states);
cleanup:
    hol_free(counts);
    return status;
}

static hol_status show_target(const hol_prediction *self) {
    hol_status status = HOL_OK;
    hol_predict_verdict verdict;
    char name[80];
    name_column(self, self->target, name, sizeof name);
    hol_result_open(self->result, "target");
    hol_result_text(self->result, "name", self->names[self->target]);
    hol_result_number(self->result, "column", (double)self->target);
    hol_result_number(self->result, "states", (double)hol_variable_get(self->subject.model, self->target).states);
    HOL_TRY(hol_predict_judge(self, true, &verdict));
    hol_result_line(self->result, "target", "column %s, of %lld states; %lld of %lld rows have it", name,
                    (long long)hol_variable_get(self->subject.model, self->target).states, (long long)verdict.rows,
                    (long long)self->subject.rows);
    if (verdict.rows > 0) {
        show_score(self, &verdict);
        HOL_TRY(show_confusion(self));
    }
cleanup:
    hol_result_close(self->result);
    return status;
}

static hol_status show_hidden(const hol_prediction *self, const work *w) {
    hol_status status = HOL_OK;
    hol_predict_verdict verdict;
    HOL_TRY(hol_predict_judge(self, false, &verdict));
    hol_result_open(self->result, "hidden");
    hol_result_number(self->result, "values", (double)w->hidden);
    hol_result_line(self->result, "hidden", "%lld values, each with probability %g", (long long)w->hidden,
                    self->arguments.hide);
    if (verdict.rows > 0) show_score(self, &verdict);
    hol_result_close(self->result);
cleanup:
    return status;
}

/* ---- the first of them ------------------------------------------------------------------------------------------- */

/* Rows of the first block, which rank 0 has: what is predicted of the target, or of missing values. */
static void list_cells(const hol_prediction *self) {
    static const hol_column columns[] = {{NULL, "row", 0, 0, NULL, 0},
                                         {NULL, "column", 0, 0, NULL, 0},
                                         {NULL, "state", 0, 0, NULL, 0},
                                         {NULL, "probability", 0, 4, NULL, 0},
                                         {NULL, "+-", 0, 4, NULL, 0}};
    const hol_conditional *found = &self->found;
    const int64_t rows = found->rows < HOL_LANES ? found->rows : HOL_LANES;
    hol_record *table = NULL;
    int listed = 0;
    if (self->arguments.output || hol_comm_rank(self->comm) != 0) return;
    for (int64_t r = 0; r < rows; r++)
        for (int64_t k = found->first_cells[r]; k < found->first_cells[r + 1] && listed < LISTED; k++) {
            const int64_t best = hol_conditional_best(found, k), column = found->columns[k];
            if (hol_predict_has(self, r, column) || (self->target >= 0 && column != self->target)) continue;
            if (!table) {
                hol_result_line(self->result, "the first", "(-o FILE has all of them; rows and columns from 0)");
                table = hol_result_table(self->result, NULL, columns, 5);
            }
            char name[HOL_PREDICT_NAME] = "-";
            if (best >= 0) hol_predict_name_state(self, column, best, name);
            const double p = best < 0 ? (double)NAN : found->values[found->first_values[k] + best];
            const hol_cell cells[] = {HOL_CELL(r), HOL_CELL_TEXT(self->names[column]), HOL_CELL_TEXT(name), HOL_CELL(p),
                                      HOL_CELL(found->errors[k] > 0 ? found->errors[k] : (double)NAN)};
            hol_result_row(self->result, table, cells);
            listed++;
        }
}

hol_status hol_predict_show(const hol_prediction *self) {
    hol_status status = HOL_OK;
    hol_result *to = self->result;
    work w;
    HOL_TRY(count_work(self, &w));
    hol_result_text(to, "file", self->subject.info.path);
    hol_result_number(to, "step", (double)self->subject.info.step);
    hol_result_text(to, "data", self->arguments.data);
    hol_result_number(to, "rows", (double)self->subject.rows);
    if (self->subject.is_weighted) hol_result_number(to, "effective_rows", self->subject.effective);
    hol_result_number(to, "missing_values", (double)w.values);
    if (self->subject.is_weighted)
        hol_result_line(to, "rows", "%lld of %s, weighted: ESS %.1f", (long long)self->subject.rows,
                        self->arguments.data, self->subject.effective);
    else hol_result_line(to, "rows", "%lld of %s", (long long)self->subject.rows, self->arguments.data);
    if (w.values > 0)
        hol_result_line(to, "missing", "%lld of %lld values", (long long)w.values,
                        (long long)(self->subject.rows * self->columns));
    show_ways(self, &w);
    if (self->target >= 0) HOL_TRY(show_target(self));
    if (w.hidden > 0) HOL_TRY(show_hidden(self, &w));
    list_cells(self);
cleanup:
    return status;
}
