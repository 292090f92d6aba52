/* predict_judge: predictions beside what the data have, and beside the columns' frequencies alone.
 *
 * A mean over values is that of a row's sum over that of its number of values, R = E[sum] / E[n], weighted by rows; its
 * standard error is that of E[sum - R n] over E[n] (rows are independent, a row's values are not). */
#include <math.h>

#include "base/alloc.h"
#include "predict.h"
#include "sample/population.h"

/* Of a sampled value no probability is known to be less. */
#define LEAST_SAMPLED 0x1p-16

/* ---- frequencies ------------------------------------------------------------------------------------------------- */

hol_status hol_predict_count(hol_prediction *self) {
    hol_status status = HOL_OK;
    const hol_subject *subject = &self->subject;
    hol_predict_frequencies *f = &self->frequencies;
    hol_wide *counts = NULL, all = 0;
    const int64_t rows = subject->rows - subject->unknown;
    status = HOL_ALLOCATE(f->first, self->columns + 1, "frequencies");
    for (int64_t c = 0; c < self->columns && status == HOL_OK; c++)
        f->first[c + 1] = f->first[c] + hol_variable_get(subject->model, c).states;
    if (status == HOL_OK) status = HOL_ALLOCATE(counts, f->first[self->columns], "frequencies");
    if (status == HOL_OK) status = HOL_ALLOCATE(f->values, f->first[self->columns], "frequencies");
    HOL_TRY(hol_comm_agree(self->comm, status));
    for (int64_t r = 0; r < subject->local_rows; r++) {
        const int64_t weight = subject->weights ? subject->weights[r] : 1;
        all += weight;
        for (int64_t c = 0; c < self->columns; c++) {
            const hol_variable variable = hol_variable_get(subject->model, c);
            const bool is_given = hol_variable_is_known(&variable, self->given + r * subject->info.visible);
            if (hol_predict_has(self, r, c) && (is_given || c == self->target))
                counts[f->first[c] + hol_predict_state(self, r, c)] += weight;
        }
    }
    HOL_TRY(hol_comm_sum_wide(self->comm, counts, f->first[self->columns]));
    HOL_TRY(hol_comm_sum_wide(self->comm, &all, 1));
    for (int64_t c = 0; c < self->columns; c++) {
        const double states = (double)(f->first[c + 1] - f->first[c]), scale = (double)rows / (double)all;
        double known = 0;
        for (int64_t k = f->first[c]; k < f->first[c + 1]; k++) known += (double)counts[k] * scale;
        for (int64_t k = f->first[c]; k < f->first[c + 1]; k++)
            f->values[k] = ((double)counts[k] * scale + 1) / (known + states);
    }
cleanup:
    hol_free(counts);
    return status;
}

/* ---- sums of rows ------------------------------------------------------------------------------------------------ */

/* of a row's values: how many, and of each way of guessing what is wrong, ln p, and squares */
enum { COUNT, WRONG, LOG, SQUARE, OTHERS, SUMS = 2 * OTHERS - 1 };

static void add_guess(const double *p, int64_t states, int64_t truth, double least, double *sums) {
    int64_t best = 0;
    double square = 0;
    for (int64_t s = 0; s < states; s++) {
        const double miss = p[s] - (s == truth);
        square += miss * miss / 2;
        if (p[s] > p[best]) best = s;
    }
    sums[WRONG] += best != truth;
    sums[LOG] += log(fmax(p[truth], least));
    sums[SQUARE] += square;
}

static void add_row(const hol_prediction *self, int64_t row, bool of_target, double sums[SUMS]) {
    const hol_conditional *found = &self->found;
    if (found->ways[row] == HOL_CONDITIONAL_IMPOSSIBLE) return;
    const double least = found->ways[row] == HOL_CONDITIONAL_SAMPLED ? LEAST_SAMPLED : 0;
    for (int64_t cell = found->first_cells[row]; cell < found->first_cells[row + 1]; cell++) {
        const int64_t column = found->columns[cell], first = found->first_values[cell];
        const int64_t states = found->first_values[cell + 1] - first;
        if ((column == self->target) != of_target || !hol_predict_has(self, row, column)) continue;
        const int64_t truth = hol_predict_state(self, row, column);
        sums[COUNT]++;
        add_guess(found->values + first, states, truth, least, sums);
        add_guess(self->frequencies.values + self->frequencies.first[column], states, truth, 0, sums + SQUARE);
    }
}

/* Rows that have values to judge by, one after the other: sums is (SUMS, local_rows), the kinds apart; their weights,
 * where rows have some. */
static int64_t add_rows(const hol_prediction *self, bool of_target, double *sums, uint32_t *weights) {
    const int64_t rows = self->subject.local_rows;
    int64_t used = 0;
    for (int64_t r = 0; r < rows; r++) {
        double row[SUMS] = {0};
        add_row(self, r, of_target, row);
        if (row[COUNT] < 1) continue;
        for (int k = 0; k < SUMS; k++) sums[k * rows + used] = row[k];
        if (weights) weights[used] = self->subject.weights[r];
        used++;
    }
    return used;
}

/* ---- means ------------------------------------------------------------------------------------------------------- */

typedef struct means {
    hol_comm *comm;          /* borrowed, as all of it */
    const uint32_t *weights; /* (used), or NULL */
    const double *counts;    /* (used) */
    double *room;            /* (used) */
    int64_t used, all;
    double effective, values_of_row;
} means;

static hol_status take_mean(const means *m, const double *sums, double *ret, double *ret_error) {
    hol_status status = HOL_OK;
    double mean = 0, squares = 0;
    HOL_TRY(hol_mean_over_ranks(m->comm, sums, m->weights, m->used, m->all, &mean));
    *ret = mean / m->values_of_row;
    for (int64_t r = 0; r < m->used; r++) {
        const double deviation = sums[r] - *ret * m->counts[r];
        m->room[r] = deviation * deviation;
    }
    HOL_TRY(hol_mean_over_ranks(m->comm, m->room, m->weights, m->used, m->all, &squares));
    *ret_error = m->effective > 1 ? sqrt(squares / (m->effective - 1)) / m->values_of_row : (double)NAN;
cleanup:
    return status;
}

/* sums of one way of guessing, whose kinds are `apart` from each other */
static hol_status take_score(const means *m, const double *sums, int64_t apart, hol_predict_score *ret) {
    hol_status status = HOL_OK;
    double square = 0, error = 0;
    HOL_TRY(take_mean(m, sums + WRONG * apart, &ret->wrong, &ret->wrong_error));
    HOL_TRY(take_mean(m, sums + LOG * apart, &ret->log, &ret->log_error));
    HOL_TRY(take_mean(m, sums + SQUARE * apart, &square, &error));
    ret->square = sqrt(square);
cleanup:
    return status;
}

hol_status hol_predict_judge(const hol_prediction *self, bool of_target, hol_predict_verdict *ret) {
    hol_status status = HOL_OK;
    const int64_t rows = self->subject.local_rows;
    double *sums = NULL, *room = NULL;
    uint32_t *weights = NULL;
    *ret = (hol_predict_verdict){0};
    status = HOL_ALLOCATE(sums, HOL_PRODUCT(SUMS, rows), "predictions");
    if (status == HOL_OK) status = HOL_ALLOCATE(room, rows, "predictions");
    if (status == HOL_OK && self->subject.weights) status = HOL_ALLOCATE(weights, rows, "predictions");
    HOL_TRY(hol_comm_agree(self->comm, status));
    means m = {.comm = self->comm, .weights = weights, .counts = sums, .room = room};
    m.used = ret->rows = add_rows(self, of_target, sums, weights);
    for (int64_t r = 0; r < m.used; r++) ret->values += (int64_t)sums[r];
    HOL_TRY(hol_comm_sum_i64(self->comm, &ret->rows, 1));
    HOL_TRY(hol_comm_sum_i64(self->comm, &ret->values, 1));
    if (ret->rows == 0) goto cleanup;
    m.all = ret->rows;
    HOL_TRY(hol_effective_over_ranks(self->comm, weights, m.used, &m.effective));
    HOL_TRY(hol_mean_over_ranks(self->comm, sums, weights, m.used, m.all, &m.values_of_row));
    HOL_TRY(take_score(&m, sums, rows, &ret->model));
    HOL_TRY(take_score(&m, sums + SQUARE * rows, rows, &ret->frequencies));
cleanup:
    hol_free(sums);
    hol_free(room);
    hol_free(weights);
    return status;
}

/* ---- confusion --------------------------------------------------------------------------------------------------- */

hol_status hol_predict_confuse(const hol_prediction *self, double *counts) {
    hol_status status = HOL_OK;
    const hol_subject *subject = &self->subject;
    const int64_t states = hol_variable_get(subject->model, self->target).states;
    hol_wide *sums = NULL, totals[2] = {0}; /* of rows, and of their weights */
    HOL_TRY(hol_comm_agree(self->comm, HOL_ALLOCATE(sums, HOL_PRODUCT(states, states), "confusion table")));
    for (int64_t r = 0; r < subject->local_rows; r++) {
        const int64_t best = hol_conditional_best(&self->found, hol_predict_target_cell(self, r));
        const int64_t weight = subject->weights ? subject->weights[r] : 1;
        if (best < 0 || !hol_predict_has(self, r, self->target)) continue;
        sums[hol_predict_state(self, r, self->target) * states + best] += weight;
        totals[0]++;
        totals[1] += weight;
    }
    HOL_TRY(hol_comm_sum_wide(self->comm, sums, states * states));
    HOL_TRY(hol_comm_sum_wide(self->comm, totals, 2));
    for (int64_t k = 0; k < states * states; k++)
        counts[k] = totals[1] > 0 ? (double)sums[k] * (double)totals[0] / (double)totals[1] : 0;
cleanup:
    hol_free(sums);
    return status;
}
