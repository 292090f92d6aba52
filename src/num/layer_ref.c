/* layer_ref: layers in plain C, a chain and a unit at a time: what the fast ones are tested against. */
#include <string.h>

#include "num/bits.h"
#include "num/layer.h"

static int32_t coupling_ref(const hol_layer *layer, int64_t input, int64_t output) {
    if (!layer->narrow) return layer->weights[input * layer->stride + output];
    const int64_t strip = output / HOL_NARROW_STRIP, at = output % HOL_NARROW_STRIP;
    return layer->narrow[(strip * layer->inputs + input) * HOL_NARROW_STRIP + at];
}

void hol_layer_fields_ref(const hol_layer *layer, const hol_states *x, int32_t *fields) {
    for (int64_t r = 0; r < x->blocks * HOL_LANES; r++) {
        const uint64_t *words = x->words + r / HOL_LANES * x->stride;
        int32_t *field = fields + r * layer->stride;
        memcpy(field, layer->bias, (size_t)layer->stride * sizeof *field);
        for (int64_t i = 0; i < layer->inputs; i++)
            if (hol_bits_get(words, i, (int)(r % HOL_LANES)))
                for (int64_t j = 0; j < layer->stride; j++) field[j] += coupling_ref(layer, i, j);
    }
}

static int32_t field_ref(const hol_layer *layer, const hol_states *x, int64_t r, int64_t j) {
    int32_t field = layer->bias[j];
    for (int64_t i = 0; i < layer->inputs; i++)
        if (hol_bits_get(x->words + r / HOL_LANES * x->stride, i, (int)(r % HOL_LANES)))
            field += coupling_ref(layer, i, j);
    return field;
}

static uint32_t probability_ref(const hol_layer *layer, const hol_states *x, int64_t r, int64_t j) {
    return hol_kernels_probability_ref(field_ref(layer, x, r, j), layer->scale);
}

/* the weights of site k's states in row r; returns their sum */
static uint32_t weights_ref(const hol_layer *layer, const hol_states *x, int64_t r, int64_t k, uint32_t *weights) {
    const int64_t states = layer->sites->states[k];
    int32_t fields[HOL_SITE_STATES_MAX], most = INT32_MIN;
    uint32_t total = 0;
    for (int64_t s = 0; s < states; s++) {
        fields[s] = field_ref(layer, x, r, layer->sites->first[k] + s);
        if (fields[s] > most) most = fields[s];
    }
    for (int64_t s = 0; s < states; s++)
        total += weights[s] = hol_sites_weight_ref((uint32_t)most - (uint32_t)fields[s], layer->scale);
    return total;
}

void hol_layer_probabilities_ref(const hol_layer *layer, const hol_states *x, int32_t *probabilities) {
    for (int64_t r = 0; r < x->blocks * HOL_LANES; r++)
        for (int64_t j = 0; j < layer->outputs; j++)
            probabilities[r * layer->stride + j] = hol_kernels_round_ref(probability_ref(layer, x, r, j));
    for (int64_t r = 0; layer->sites && r < x->blocks * HOL_LANES; r++)
        for (int64_t k = 0; k < layer->sites->count; k++) {
            uint32_t weights[HOL_SITE_STATES_MAX];
            const uint32_t total = weights_ref(layer, x, r, k, weights);
            for (int64_t s = 0; s < layer->sites->states[k]; s++)
                probabilities[r * layer->stride + layer->sites->first[k] + s] = hol_sites_round(weights[s], total);
        }
}

/* sites, in one row */
static void sample_sites_ref(const hol_layer *layer, const hol_states *x, int64_t r, const hol_draw *draw,
                             const hol_states *samples) {
    const int64_t block = r / HOL_LANES, chain = x->first_block * HOL_LANES + r;
    for (int64_t k = 0; layer->sites && k < layer->sites->count; k++) {
        const int64_t first = layer->sites->first[k], states = layer->sites->states[k];
        uint32_t weights[HOL_SITE_STATES_MAX];
        if (layer->held && layer->held[block * samples->stride + first] >> r % HOL_LANES & 1) continue;
        (void)weights_ref(layer, x, r, k, weights);
        const int64_t state = hol_sites_choose_ref(weights, states, hol_sites_number_ref(draw, first, chain));
        for (int64_t s = 0; s < states; s++)
            hol_bits_set(samples->words + block * samples->stride, first + s, (int)(r % HOL_LANES), s == state);
    }
}

void hol_layer_sample_ref(const hol_layer *layer, const hol_states *x, const hol_draw *draw, const hol_states *samples,
                          uint8_t *levels) {
    for (int64_t r = 0; r < x->blocks * HOL_LANES; r++) {
        if (samples) sample_sites_ref(layer, x, r, draw, samples);
        for (int64_t j = 0; j < layer->outputs; j++) {
            const int64_t block = r / HOL_LANES, lane = r % HOL_LANES;
            const uint32_t p = probability_ref(layer, x, r, j);
            const int64_t chain = (x->first_block + block) * HOL_LANES + lane;
            if (levels)
                levels[(block * layer->stride + j) * HOL_LANES + lane] = hol_kernels_level_ref(p, draw, j, chain);
            if (!samples || hol_sites_columns(layer->sites, j) >> j % HOL_STRIP & 1) continue;
            const int64_t at = block * samples->stride + j;
            const uint64_t bit = UINT64_C(1) << lane;
            if (layer->held && layer->held[at] & bit) continue;
            uint64_t *word = &samples->words[at];
            *word = hol_kernels_sample_ref(p, draw, j, chain) ? *word | bit : *word & ~bit;
        }
    }
}
