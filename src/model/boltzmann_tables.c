/* boltzmann_tables: whole-number tables of theta / tau: of up to 24 bits for values (num/fixed.h), of 16 for sampling
 * in training (num/narrow.h). Both lie in the same memory, for only one kind is ever in use. */
#include <math.h>

#include "base/alloc.h"
#include "boltzmann.h"
#include "num/fixed.h"
#include "num/narrow.h"
#include "num/row_tiles.h"
#include "num/threads.h"

hol_status hol_boltzmann_make_half(half *h, hol_team *team, int64_t inputs, int64_t outputs) {
    hol_status status = HOL_OK;
    const int64_t stride = hol_round_up(outputs, HOL_STRIP);
    HOL_TRY(HOL_TEAM_ALLOCATE(team, h->weights, inputs * stride, "couplings"));
    HOL_TRY(HOL_TEAM_ALLOCATE(team, h->bias, stride, "biases"));
    h->layer =
        (hol_layer){.weights = h->weights, .bias = h->bias, .inputs = inputs, .outputs = outputs, .stride = stride};
cleanup:
    return status;
}

/* ---- up to 24 bits ----------------------------------------------------------------------------------------------- */

/* No field is larger. Each matrix's largest are added, though of different units maybe: at most a bit is lost. With a
 * graph, too, the rows are shared out; the tables are not. */
static double bound_fields(const boltzmann *self, const float *theta) {
    const int64_t visible = self->base.info.visible, hidden = self->base.info.hidden, tile = hol_row_tile_rows(visible);
    const hol_range v = hol_model_rows(&self->base, visible), h = hol_model_rows(&self->base, hidden);
    const float *a = (self->biases ? theta + self->at_visible_bias : self->zeros) + v.first;
    const float *b = self->biases && hidden > 0 ? theta + self->at_hidden_bias : self->zeros;
    double of_weights = 0, of_visible = 0, of_hidden = 0;
    if (self->weights)
        of_weights = hol_fixed_row_bound(theta + self->at_weights + v.first * hidden, a, v.count, hidden, tile,
                                         self->sums + v.first / tile * hidden);
    else of_weights = hol_fixed_row_bound(theta, a, v.count, 0, tile, NULL);
    if (self->visible_couplings)
        of_visible = hol_fixed_row_bound(theta + self->at_visible_couplings + v.first * visible, self->zeros, v.count,
                                         visible, tile, NULL);
    if (self->hidden_couplings)
        of_hidden = hol_fixed_row_bound(theta + self->at_hidden_couplings + h.first * hidden, self->zeros, h.count,
                                        hidden, hol_row_tile_rows(hidden), NULL);
    of_weights = hol_team_max(self->base.team, of_weights);
    of_visible = hol_team_max(self->base.team, of_visible);
    of_hidden = hol_team_max(self->base.team, of_hidden);
    of_hidden += hol_fixed_column_bound(self->sums, b, self->weights ? hol_row_tile_count(visible) : 0, hidden);
    return fmax(of_weights + of_visible, of_hidden);
}

static void set_scale(boltzmann *self, int bits) {
    self->visible.layer.scale = self->hidden.layer.scale = 1.0f / (float)(INT64_C(1) << bits);
}

static void use_wide(half *h) {
    h->layer.weights = h->weights;
    h->layer.narrow = NULL;
}

static void round_bias(const half *h, const float *bias, hol_range range, float factor) {
    hol_fixed_round(bias + range.first, 1, range.count, factor, h->bias + range.first, range.count);
}

static void round_symmetric(const half *h, const float *couplings, int64_t first_row, hol_range range, float factor) {
    const int64_t units = h->layer.outputs, stride = h->layer.stride;
    int32_t *rows = h->weights + (first_row + range.first) * stride;
    hol_fixed_round(couplings + range.first * units, range.count, units, factor, rows, stride);
    for (int64_t i = 0; i < range.count; i++)
        rows[i * stride + range.first + i] = 0; /* no unit is coupled to itself, whatever theta says */
}

static void round_weights(const boltzmann *self, const float *weights, hol_range v, float factor) {
    const int64_t visible = self->base.info.visible, hidden = self->base.info.hidden;
    const int64_t to_hidden = self->hidden.layer.stride, to_visible = self->visible.layer.stride;
    int32_t *transposed = self->visible.weights + (self->visible_couplings ? visible : 0) * to_visible;
    hol_fixed_round_both(weights + v.first * hidden, v.count, hidden, factor,
                         self->hidden.weights + v.first * to_hidden, to_hidden, transposed + v.first, to_visible);
}

hol_status hol_boltzmann_round_tables(boltzmann *self, const float *theta, double more) {
    const hol_model *model = &self->base;
    const int64_t visible = model->info.visible, hidden = model->info.hidden;
    const hol_range v = hol_team_share(self->team, visible, hol_row_tile_rows(visible)),
                    h = hol_team_share(self->team, hidden, hol_row_tile_rows(hidden));
    const double bound = (bound_fields(self, theta) + more) / model->temperature;
    const hol_status status = hol_fixed_check(bound);
    if (status != HOL_OK) return status;
    const int bits = hol_fixed_choose_bits(bound);
    const float factor = (float)((double)(INT64_C(1) << bits) / model->temperature);
    set_scale(self, bits);
    use_wide(&self->visible);
    use_wide(&self->hidden);
    if (self->biases) round_bias(&self->visible, theta + self->at_visible_bias, v, factor);
    if (self->biases && hidden > 0) round_bias(&self->hidden, theta + self->at_hidden_bias, h, factor);
    if (self->weights) round_weights(self, theta + self->at_weights, v, factor);
    if (self->visible_couplings) round_symmetric(&self->visible, theta + self->at_visible_couplings, 0, v, factor);
    if (self->hidden_couplings)
        round_symmetric(&self->hidden, theta + self->at_hidden_couplings, self->weights ? visible : 0, h, factor);
    hol_boltzmann_prepare_graph(self);
    hol_team_meet(self->team);
    return HOL_OK;
}

hol_status hol_boltzmann_prepare(hol_model *model, const float *theta) {
    return hol_boltzmann_round_tables((boltzmann *)model, theta, 0);
}

/* ---- 16 bits ----------------------------------------------------------------------------------------------------- */

/* Units that are coupled among themselves are scanned, by the wide tables. */
static bool can_be_narrow(const boltzmann *self) {
    return self->weights && !self->visible_couplings && !self->hidden_couplings;
}

hol_status hol_boltzmann_make_narrow(boltzmann *self) {
    hol_status status = HOL_OK;
    const int64_t visible = self->base.info.visible, hidden = self->base.info.hidden;
    const int64_t grains = (visible + HOL_ROW_TILE_GRAIN - 1) / HOL_ROW_TILE_GRAIN;
    const int64_t of_visible = hol_narrow_range_count(visible), of_hidden = hol_narrow_range_count(hidden);
    hol_memory *memory = hol_team_memory(self->base.team);
    self->narrow_bits = -1;
    if (!can_be_narrow(self)) return HOL_OK;
    self->visible.narrow = (int16_t *)(void *)self->visible.weights;
    self->hidden.narrow = (int16_t *)(void *)self->hidden.weights;
    HOL_TRY(HOL_TEAM_ALLOCATE(self->team, self->records, grains * hol_narrow_record_size(hidden), "bounds"));
    HOL_TRY(HOL_MEMORY_ALLOCATE(memory, self->bounds.to_columns, of_visible, "bounds"));
    HOL_TRY(HOL_MEMORY_ALLOCATE(memory, self->bounds.to_rows, of_hidden, "bounds"));
    HOL_TRY(HOL_MEMORY_ALLOCATE(memory, self->hidden.reach, of_visible, "bounds"));
    HOL_TRY(HOL_MEMORY_ALLOCATE(memory, self->visible.reach, of_hidden, "bounds"));
cleanup:
    return status;
}

static float factor_of(const boltzmann *self, int bits) {
    return (float)((double)(INT64_C(1) << bits) / self->base.temperature);
}

/* W's rows that this rank has, a grain at a time: measures them, unless that is done, and rounds them to so many bits,
 * as far as they fit; -1: none. */
static void round_rows(const boltzmann *self, const float *theta, hol_range v, bool measures, int bits) {
    enum { GRAIN = HOL_ROW_TILE_GRAIN };
    const int64_t visible = self->base.info.visible, hidden = self->base.info.hidden, end = v.first + v.count;
    const int64_t size = hol_narrow_record_size(hidden);
    const float *bias = self->biases ? theta + self->at_visible_bias : self->zeros;
    const float *weights = theta + self->at_weights, factor = bits < 0 ? 0 : factor_of(self, bits);
    int16_t *to_hidden = self->hidden.narrow, *to_visible = self->visible.narrow;
    float *records = self->records;
#pragma omp parallel for default(none)                                                                                 \
    shared(bias, weights, factor, records, visible, hidden, size, measures, to_hidden, to_visible, v, end)             \
        schedule(static) if (hol_worth_threads(v.count * hidden, 4))
    for (int64_t i = v.first; i < end; i += GRAIN) {
        const int64_t count = end - i < GRAIN ? end - i : GRAIN;
        float *record = records + i / GRAIN * size;
        if (measures) hol_narrow_measure(weights + i * hidden, bias + i, count, hidden, record);
        if (factor > 0 && hol_narrow_fits(record, factor))
            hol_narrow_round(weights, visible, hidden, i, count, factor, to_hidden, to_visible);
    }
}

static void use_narrow(half *h, const float *sums, float factor) {
    h->layer.weights = NULL;
    h->layer.narrow = h->narrow;
    h->layer.reach = h->reach;
    hol_narrow_reach(sums, hol_narrow_range_count(h->layer.inputs), factor, h->reach);
}

/* In one pass over W: its numbers of bits hardly ever change from step to step, so that rows are rounded to the last
 * step's while they are in the cache, and again only where others are asked for. */
hol_status hol_boltzmann_prepare_training(hol_model *model, const float *theta) {
    boltzmann *self = (boltzmann *)model;
    const int64_t visible = model->info.visible, hidden = model->info.hidden;
    const hol_range v = hol_team_share(self->team, visible, hol_row_tile_rows(visible)),
                    h = hol_team_share(self->team, hidden, hol_row_tile_rows(hidden));
    if (!can_be_narrow(self)) return model->ops->prepare(model, theta);
    hol_team_meet(self->team); /* nobody uses the tables any more */
    round_rows(self, theta, v, true, self->narrow_bits);
    hol_team_meet(self->team);
    hol_narrow_bound(self->records, self->biases ? theta + self->at_hidden_bias : self->zeros, visible, hidden,
                     &self->bounds);
    const hol_status status = hol_fixed_check(self->bounds.field / model->temperature);
    if (status != HOL_OK) return status;
    const int bits = hol_narrow_choose_bits(&self->bounds, model->temperature);
    const bool is_rounded = bits == self->narrow_bits;
    self->narrow_bits = bits;
    if (bits < 0) return model->ops->prepare(model, theta);
    const float factor = factor_of(self, bits);
    if (!is_rounded) round_rows(self, theta, v, false, bits);
    set_scale(self, bits);
    if (self->biases) round_bias(&self->visible, theta + self->at_visible_bias, v, factor);
    if (self->biases) round_bias(&self->hidden, theta + self->at_hidden_bias, h, factor);
    use_narrow(&self->hidden, self->bounds.to_columns, factor);
    use_narrow(&self->visible, self->bounds.to_rows, factor);
    hol_team_meet(self->team);
    return HOL_OK;
}
