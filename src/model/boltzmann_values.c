/* boltzmann_values: what a visible state is worth, from the prepared tables, where hidden units are independent given
 * it; and how well it is reconstructed.
 *
 *     F(v) = -a.v / tau - 1/2 v'V v / tau - sum_j softplus((b_j + sum_i v_i W_ij) / tau) */
#include <string.h>

#include "base/alloc.h"
#include "boltzmann.h"
#include "num/bits.h"
#include "num/counts.h"
#include "num/elementary.h"

/* fields of the visible units from each other alone: the first rows of their table, or none */
static hol_layer visible_layer(const boltzmann *self) {
    hol_layer layer = self->visible.layer;
    layer.inputs = self->visible_couplings ? self->base.info.visible : 0;
    return layer;
}

/* -(a.v + 1/2 v'V v): each coupling stands in two fields */
static double visible_energy(const hol_layer *layer, const uint64_t *words, int lane, const int32_t *fields) {
    int64_t sum = 0;
    for (int64_t i = 0; i < layer->outputs; i++)
        if (hol_bits_get(words, i, lane)) sum += (int64_t)fields[i] + layer->bias[i];
    return -0.5 * (double)sum * (double)layer->scale;
}

void hol_boltzmann_free_energy(const hol_model *model, hol_population *population, double *values) {
    const boltzmann *self = as_boltzmann(model);
    const hol_states *x = &population->states;
    const hol_layer visible = visible_layer(self);
    const hol_layer *hidden = &self->hidden.layer;
    int32_t *fields = population->expected;
    hol_layer_fields(&visible, x, fields, population->scratch);
#pragma omp parallel for default(none) shared(visible, x, fields, values)
    for (int64_t r = 0; r < x->blocks * HOL_LANES; r++)
        values[r] = visible_energy(&visible, x->words + r / HOL_LANES * x->stride, (int)(r % HOL_LANES),
                                   fields + r * visible.stride);
    if (hidden->outputs == 0) return;
    hol_layer_fields(hidden, x, fields, population->scratch);
#pragma omp parallel for default(none) shared(hidden, x, fields, values)
    for (int64_t r = 0; r < x->blocks * HOL_LANES; r++)
        values[r] -= hol_layer_softplus_sum(hidden, fields + r * hidden->stride, NULL, 0);
}

static int64_t choose_unit(const hol_states *x, int64_t r, hol_rng_key key, int64_t visible) {
    const int64_t chain = x->first_block * HOL_LANES + r;
    const double uniform = hol_rng_uniform(key, (uint32_t)chain, (uint32_t)((uint64_t)chain >> 32), 0, 0);
    return (int64_t)(uniform * (double)visible);
}

void hol_boltzmann_pseudo_likelihood(const hol_model *model, hol_population *population, hol_rng_key key,
                                     double *values) {
    const boltzmann *self = as_boltzmann(model);
    const hol_states *x = &population->states;
    const hol_layer visible = visible_layer(self);
    const hol_layer *hidden = &self->hidden.layer;
    int32_t *fields = population->expected;
    hol_layer_fields(&visible, x, fields, population->scratch);
    /* -F with the unit flipped, minus -F as it is: first the visible units' part ... */
#pragma omp parallel for default(none) shared(visible, x, fields, values, key)
    for (int64_t r = 0; r < x->blocks * HOL_LANES; r++) {
        const int64_t unit = choose_unit(x, r, key, visible.outputs);
        const double field = (double)fields[r * visible.stride + unit] * (double)visible.scale;
        values[r] = hol_bits_get(x->words + r / HOL_LANES * x->stride, unit, (int)(r % HOL_LANES)) ? -field : field;
    }
    /* ... then the hidden units' */
    if (hidden->outputs > 0) hol_layer_fields(hidden, x, fields, population->scratch);
#pragma omp parallel for default(none) shared(self, visible, hidden, x, fields, values, key)
    for (int64_t r = 0; r < x->blocks * HOL_LANES; r++) {
        const int64_t unit = choose_unit(x, r, key, visible.outputs);
        const bool on = hol_bits_get(x->words + r / HOL_LANES * x->stride, unit, (int)(r % HOL_LANES));
        const int32_t *row = fields + r * hidden->stride;
        if (self->weights)
            values[r] += hol_layer_softplus_sum(hidden, row, hidden->weights + unit * hidden->stride, on ? -1 : 1) -
                         hol_layer_softplus_sum(hidden, row, NULL, 0);
        values[r] = -hol_softplus(values[r]);
    }
}

/* where visible units are coupled: from each other, too */
void hol_boltzmann_reconstruction(const hol_model *model, hol_population *population, hol_rng_key key, double *values) {
    const boltzmann *self = as_boltzmann(model);
    const hol_states *x = &population->states;
    const hol_layer *visible = &self->visible.layer;
    const hol_draw draw = {.key = key};
    model->ops->infer(model, population, &draw);
    model->ops->project(model, population);
    const int32_t *expected = population->expected;
#pragma omp parallel for default(none) shared(visible, x, expected, values)
    for (int64_t r = 0; r < x->blocks * HOL_LANES; r++)
        values[r] = hol_layer_mean_square(visible, x->words + r / HOL_LANES * x->stride, (int)(r % HOL_LANES),
                                          expected + r * visible->stride);
}

/* -1/2 sum_i x_i field_i over one side */
static double half_energy(const half *h, const uint64_t *words, int lane, const int32_t *fields) {
    int64_t sum = 0;
    for (int64_t i = 0; i < h->layer.outputs; i++)
        if (hol_bits_get(words, i, lane)) sum += fields[i];
    return -0.5 * (double)sum * (double)h->layer.scale;
}

static void add_hidden_energy(const half *h, const hol_layer *layer, hol_population *population, double *values) {
    const hol_states inputs = half_inputs(h, population), x = half_outputs(h, population);
    int32_t *fields = population->expected;
    hol_layer_fields(layer, &inputs, fields, population->scratch);
#pragma omp parallel for default(none) shared(h, x, fields, values)
    for (int64_t r = 0; r < x.blocks * HOL_LANES; r++)
        values[r] +=
            half_energy(h, x.words + r / HOL_LANES * x.stride, (int)(r % HOL_LANES), fields + r * h->layer.stride);
}

/* b's part and W's stand in each hidden field once, and U's, which reaches two fields, is not in the first sum: half of
 * both sums together has each coupling once */
void hol_boltzmann_energy(const hol_model *model, hol_population *population, double *values) {
    const boltzmann *self = as_boltzmann(model);
    const hol_states *x = &population->states;
    const hol_layer visible = visible_layer(self);
    int32_t *fields = population->expected;
    hol_layer_fields(&visible, x, fields, population->scratch);
#pragma omp parallel for default(none) shared(visible, x, fields, values)
    for (int64_t r = 0; r < x->blocks * HOL_LANES; r++)
        values[r] = visible_energy(&visible, x->words + r / HOL_LANES * x->stride, (int)(r % HOL_LANES),
                                   fields + r * visible.stride);
    if (self->hidden.layer.outputs == 0) return;
    hol_layer from_visible = self->hidden.layer;
    from_visible.inputs = self->weights ? self->base.info.visible : 0;
    add_hidden_energy(&self->hidden, &from_visible, population, values);
    add_hidden_energy(&self->hidden, &self->hidden.layer, population, values);
}

double hol_boltzmann_independent(const hol_model *model, const double *visible_means, float *theta) {
    const boltzmann *self = as_boltzmann(model);
    memset(theta, 0, (size_t)model->info.parameters * sizeof *theta);
    double sum = (double)model->info.hidden * hol_softplus(0);
    for (int64_t i = 0; i < model->info.visible; i++) {
        float bias = 0; /* without biases all units are fair */
        if (visible_means && self->biases)
            theta[self->at_visible_bias + i] = bias = hol_model_bias_of_mean(visible_means[i], model->temperature);
        sum += hol_softplus((double)bias / model->temperature);
    }
    return sum;
}
