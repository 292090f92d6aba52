/* unseen: by expectations that are 0, or equal: exact sums over one number of samples. */
#include "train/unseen.h"

#include <math.h>
#include <stdio.h>

#include "base/log.h"

/* of a quotient's rounding; any sample weighs more, but for weights that hardly count */
static const double tolerance = 1e-15;

static void count(hol_unseen *to, bool unseen, int64_t row, int64_t column) {
    to->all++;
    if (!unseen) return;
    if (to->count++ == 0) to->row = row, to->column = column;
}

/* Whether units with these means that are on together so often lack one of (1, 1), (1, 0), (0, 1) and (0, 0). */
static bool lacks_state(double a, double b, double both) {
    return both <= tolerance || a - both <= tolerance || b - both <= tolerance || 1 - a - b + both <= tolerance;
}

static bool is_constant(double mean) { return mean <= tolerance || mean >= 1 - tolerance; }

/* By the units' means where there are any, else by both being on. Spins -1 and 1 are taken as bits. */
static void count_pair(hol_unseen *to, const hol_model *model, const double *expectation, double both, int64_t i,
                       int64_t j) {
    double a = expectation[i], b = expectation[j];
    if (model->info.first_order == 0) {
        count(to, model->info.is_signed ? fabs(both) >= 1 : both <= 0, i, j);
        return;
    }
    if (model->info.is_signed) both = (1 + a + b + both) / 4, a = (1 + a) / 2, b = (1 + b) / 2;
    if (!is_constant(a) && !is_constant(b)) count(to, lacks_state(a, b, both), i, j);
}

/* of the units of the one visible layer */
static hol_unseen find_pairs(const hol_model *model, const hol_parameter_group *g, const double *expectation) {
    hol_unseen found = {0};
    const hol_structure *edges = hol_model_find_structure(&model->options, "edges");
    const double *both = expectation + g->offset;
    if (g->rows != model->info.visible || g->columns != model->info.visible || model->info.columns.count > 0)
        return found;
    for (int64_t e = 0; edges && e < edges->rows; e++) {
        const int32_t i = edges->values[2 * e], j = edges->values[2 * e + 1];
        count_pair(&found, model, expectation, both[i * g->columns + j], i, j);
    }
    for (int64_t i = 0; i < g->rows && !edges; i++)
        for (int64_t j = i + 1; j < g->columns; j++)
            count_pair(&found, model, expectation, both[i * g->columns + j], i, j);
    return found;
}

/* of a list of products or of states; `zeros` are entries that are not learned, in ascending order */
static hol_unseen find_entries(const hol_model *model, const hol_parameter_group *g, const double *expectation) {
    hol_unseen found = {0};
    const hol_structure *zeros = hol_model_find_structure(&model->options, "zeros");
    const int64_t skipped = zeros ? zeros->rows * zeros->columns : 0;
    const double *e = expectation + g->offset;
    for (int64_t i = 0, z = 0; i < g->rows * g->columns; i++) {
        if (z < skipped && zeros->values[z] == i) z++;
        else count(&found, model->info.is_signed ? fabs(e[i]) >= 1 : e[i] <= 0, i / g->columns, i % g->columns);
    }
    return found;
}

hol_unseen hol_unseen_find(const hol_model *model, int group, const double *expectation) {
    const hol_parameter_group *g = &model->info.groups[group];
    if (!g->decays || model->info.unit > 1) return (hol_unseen){0};
    return g->matrix ? find_pairs(model, g, expectation) : find_entries(model, g, expectation);
}

void hol_unseen_warn(hol_comm *comm, const hol_model *model, const double *expectation) {
    for (int g = 0; g < model->info.group_count; g++) {
        char first[64];
        const hol_unseen u = hol_unseen_find(model, g, expectation);
        if (u.count == 0) continue;
        if (model->info.groups[g].rows > 1)
            (void)snprintf(first, sizeof first, "(%lld, %lld)", (long long)u.row, (long long)u.column);
        else (void)snprintf(first, sizeof first, "%lld", (long long)u.column);
        hol_log_warning(comm,
                        "%s: %lld of %lld are of states that no sample shows, the first is %s: they grow as long as "
                        "the run goes on, slowly (train.weight_decay bounds them)",
                        model->info.groups[g].name, (long long)u.count, (long long)u.all, first);
    }
}
