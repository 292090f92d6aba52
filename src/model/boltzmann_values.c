/* boltzmann_values: what a visible state is worth, from the prepared tables, where hidden units are independent given
 * it; and how well it is reconstructed.
 *
 *     F(v) = -a.v / tau - 1/2 v'V v / tau - sum_j softplus((b_j + sum_i v_i W_ij) / tau) */
#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "boltzmann.h"
#include "num/bits.h"
#include "num/counts.h"
#include "num/elementary.h"

/* the sum of a lane's fields of units that are on */
static int64_t sum_on(const uint64_t *words, int64_t units, int lane, const int32_t *fields) {
    int64_t sum = 0;
    for (int64_t i = 0; i < units; i++)
        if (hol_bits_get(words, i, lane)) sum += fields[i];
    return sum;
}

/* fields of the visible units from each other alone: the first rows of their table, or none */
static hol_layer visible_layer(const boltzmann *self) {
    hol_layer layer = self->visible.layer;
    layer.inputs = self->visible_couplings ? self->base.info.visible : 0;
    return layer;
}

/* values = -(a.v + 1/2 v'V v): each coupling stands in two fields */
static void set_visible_energies(const boltzmann *self, hol_population *population, double *values) {
    const hol_states *x = &population->states;
    const hol_layer visible = visible_layer(self);
    const bool coupled = self->visible_couplings;
    assert(!self->hidden.layer.narrow); /* prepared for training alone */
    int32_t *fields = population->expected;
    if (coupled) hol_layer_fields(&visible, x, fields, population->scratch);
#pragma omp parallel for default(none) shared(visible, coupled, x, fields, values)
    for (int64_t b = 0; b < x->blocks; b++) {
        const uint64_t *words = x->words + b * x->stride;
        int64_t sums[HOL_LANES];
        hol_layer_sum_units(words, visible.bias, visible.outputs, sums);
        for (int l = 0; l < HOL_LANES; l++) {
            const int64_t r = b * HOL_LANES + l;
            const int64_t of_fields =
                coupled ? sum_on(words, visible.outputs, l, fields + r * visible.stride) : sums[l];
            values[r] = -0.5 * (double)(sums[l] + of_fields) * (double)visible.scale;
        }
    }
}

void hol_boltzmann_free_energy(const hol_model *model, hol_population *population, double *values) {
    const boltzmann *self = as_boltzmann(model);
    const hol_states *x = &population->states;
    const hol_layer *hidden = &self->hidden.layer;
    int32_t *fields = population->expected;
    set_visible_energies(self, population, values);
    if (hidden->outputs == 0) return;
    hol_layer_fields(hidden, x, fields, population->scratch);
#pragma omp parallel for default(none) shared(hidden, x, fields, values)
    for (int64_t r = 0; r < x->blocks * HOL_LANES; r++)
        values[r] -= hol_layer_softplus_sum(hidden, fields + r * hidden->stride, NULL, 0);
}

void hol_boltzmann_pseudo_likelihood(const hol_model *model, hol_population *population, hol_rng_key key,
                                     double *values) {
    const boltzmann *self = as_boltzmann(model);
    const hol_states *x = &population->states;
    const hol_layer visible = visible_layer(self);
    const hol_layer *hidden = &self->hidden.layer;
    int32_t *fields = population->expected;
    assert(!hidden->narrow);
    hol_layer_fields(&visible, x, fields, population->scratch);
    /* -F with the unit flipped, minus -F as it is: first the visible units' part ... */
#pragma omp parallel for default(none) shared(visible, x, fields, values, key)
    for (int64_t r = 0; r < x->blocks * HOL_LANES; r++) {
        const int64_t unit = hol_choose_unit(x, r, key, visible.outputs);
        const double field = (double)fields[r * visible.stride + unit] * (double)visible.scale;
        values[r] = hol_bits_get(x->words + r / HOL_LANES * x->stride, unit, (int)(r % HOL_LANES)) ? -field : field;
    }
    /* ... then the hidden units' */
    if (hidden->outputs > 0) hol_layer_fields(hidden, x, fields, population->scratch);
#pragma omp parallel for default(none) shared(self, visible, hidden, x, fields, values, key)
    for (int64_t r = 0; r < x->blocks * HOL_LANES; r++) {
        const int64_t unit = hol_choose_unit(x, r, key, visible.outputs);
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
    model->ops->infer(model, population, &draw, true);
    model->ops->project(model, population);
    const int32_t *expected = population->expected;
#pragma omp parallel for default(none) shared(visible, x, expected, values)
    for (int64_t r = 0; r < x->blocks * HOL_LANES; r++)
        values[r] = hol_layer_mean_square(visible, x->words + r / HOL_LANES * x->stride, (int)(r % HOL_LANES),
                                          expected + r * visible->stride);
}

/* values -= share sum_j h_j field_j, fields as the layer has them */
static void subtract_hidden(const half *h, const hol_layer *layer, double share, hol_population *population,
                            double *values) {
    const hol_states inputs = half_inputs(h, population), x = half_outputs(h, population);
    int32_t *fields = population->expected;
    hol_layer_fields(layer, &inputs, fields, population->scratch);
#pragma omp parallel for default(none) shared(layer, share, x, fields, values)
    for (int64_t r = 0; r < x.blocks * HOL_LANES; r++) {
        const uint64_t *words = x.words + r / HOL_LANES * x.stride;
        const int64_t sum = sum_on(words, layer->outputs, (int)(r % HOL_LANES), fields + r * layer->stride);
        values[r] -= share * (double)sum * (double)layer->scale;
    }
}

/* b's part and W's stand in each hidden field once. U's reaches two fields; where there are any, fields without them
 * are summed, too: half of both sums together has each coupling once. */
void hol_boltzmann_energy(const hol_model *model, hol_population *population, double *values) {
    const boltzmann *self = as_boltzmann(model);
    set_visible_energies(self, population, values);
    if (self->hidden.layer.outputs == 0) return;
    hol_layer from_visible = self->hidden.layer;
    from_visible.inputs = self->weights ? self->base.info.visible : 0;
    if (self->hidden_couplings) subtract_hidden(&self->hidden, &from_visible, 0.5, population, values);
    subtract_hidden(&self->hidden, &self->hidden.layer, self->hidden_couplings ? 0.5 : 1, population, values);
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
