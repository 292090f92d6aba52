/* boltzmann_exact: ln Z and free energies by enumeration in Gray-code order, in double.
 *
 * Where a side has no couplings of its own, it is summed out in closed form and the other side enumerated, the smaller
 * one if both can be. Otherwise all units are enumerated, 256 states at a time: the lowest eight units' fields are
 * fixed while they run through their states, and sum_S prod_{i in S} e^field_i e^pairs(S) needs eight exponentials, not
 * 256. */
#include <math.h>

#include "boltzmann.h"
#include "means.h"
#include "num/elementary.h"

enum { LOW_BITS = 8, LOW_STATES = 1 << LOW_BITS, HIDDEN_MAX = 32 };
/* e^-600 is far from a double's end: sums relative to the largest term lose nothing */
#define PAIRS_RANGE_MAX 600.0

/* Which units are enumerated, [first, first + units), and which are summed out, [summed, summed + summed_units). */
typedef struct split {
    int64_t first, units;
    int64_t summed, summed_units;
} split;

static split choose_split(const boltzmann *self) {
    const int64_t visible = self->base.info.visible, hidden = self->base.info.hidden;
    if (hidden == 0) return (split){.units = visible};
    const bool without_visible = !self->visible_couplings, without_hidden = !self->hidden_couplings;
    if (without_visible && (hidden <= visible || !without_hidden))
        return (split){.first = visible, .units = hidden, .summed = 0, .summed_units = visible};
    if (without_hidden) return (split){.first = 0, .units = visible, .summed = visible, .summed_units = hidden};
    return (split){.units = visible + hidden};
}

int64_t hol_boltzmann_exact_units(const hol_model *model) { return choose_split(as_boltzmann(model)).units; }

static double bias_of(const boltzmann *self, const float *theta, int64_t i) {
    const int64_t visible = self->base.info.visible;
    if (!self->biases) return 0;
    return (double)theta[i < visible ? self->at_visible_bias + i : self->at_hidden_bias + i - visible];
}

static double coupling_of(const boltzmann *self, const float *theta, int64_t i, int64_t j) {
    const int64_t visible = self->base.info.visible, hidden = self->base.info.hidden;
    if (i == j) return 0;
    if (i < visible && j < visible)
        return self->visible_couplings ? (double)theta[self->at_visible_couplings + i * visible + j] : 0;
    if (i >= visible && j >= visible)
        return self->hidden_couplings ? (double)theta[self->at_hidden_couplings + (i - visible) * hidden + j - visible]
                                      : 0;
    if (!self->weights) return 0;
    return (double)theta[self->at_weights + (i < j ? i * hidden + j - visible : j * hidden + i - visible)];
}

/* fields[k] += factor * coupling of unit u with unit first + k */
static void add_couplings(const boltzmann *self, const float *theta, int64_t u, int64_t first, int64_t units,
                          double factor, double *fields) {
    for (int64_t k = 0; k < units; k++) fields[k] += factor * coupling_of(self, theta, u, first + k);
}

/* ---- 256 states at a time ---------------------------------------------------------------------------------------- */

typedef struct low {
    int bits;
    double largest;           /* of the sums of pairs of couplings */
    double pairs[LOW_STATES]; /* e^(sum of couplings of pairs in S - largest), over tau */
} low;

/* the lowest units of [first, ...), as many as `bits`, or none when their couplings reach too far */
static void make_low(const boltzmann *self, const float *theta, int64_t first, int bits, low *l) {
    const double beta = 1 / self->base.temperature;
    double smallest = 0;
    *l = (low){.bits = bits};
    for (uint32_t s = 1; s < 1u << bits; s++) {
        const int top = 31 - __builtin_clz(s);
        const uint32_t rest = s ^ 1u << top;
        double sum = l->pairs[rest];
        for (int i = 0; i < top; i++)
            if (rest >> i & 1) sum += beta * coupling_of(self, theta, first + top, first + i);
        l->pairs[s] = sum;
        l->largest = fmax(l->largest, sum);
        smallest = fmin(smallest, sum);
    }
    if (!(l->largest - smallest < PAIRS_RANGE_MAX)) *l = (low){0};
    for (uint32_t s = 0; s < 1u << l->bits; s++) l->pairs[s] = hol_exp(l->pairs[s] - l->largest);
}

/* ln sum_S e^(fields . S + pairs(S)) */
static double sum_low(const low *l, const double *fields) {
    double term[LOW_STATES] = {1}, offset = l->largest, sums[8] = {0};
    for (int i = 0; i < l->bits; i++) {
        const double less = hol_exp(-fabs(fields[i]));
        const double on = fields[i] > 0 ? 1 : less, off = fields[i] > 0 ? less : 1;
        if (fields[i] > 0) offset += fields[i];
        for (int s = 0; s < 1 << i; s++) term[(1 << i) + s] = term[s] * on;
        for (int s = 0; s < 1 << i; s++) term[s] *= off;
    }
    if (l->bits < 3) {
        for (int s = 0; s < 1 << l->bits; s++) sums[0] += term[s] * l->pairs[s];
        return offset + hol_ln(sums[0]);
    }
    for (int s = 0; s < 1 << l->bits; s += 8)
        for (int k = 0; k < 8; k++) sums[k] += term[s + k] * l->pairs[s + k];
    for (int k = 1; k < 8; k++) sums[0] += sums[k];
    return offset + hol_ln(sums[0]);
}

/* ln of the sum over 2^bits states of units [first, first + units), those of the numbers begin ... in Gray code. fields
 * (units) are those of the state in which all of them are off, over tau; they are used up. */
static double sum_states(const boltzmann *self, const float *theta, int64_t first, int64_t units, uint64_t begin,
                         int bits, double *fields) {
    const double beta = 1 / self->base.temperature;
    low l;
    make_low(self, theta, first, bits < LOW_BITS ? bits : LOW_BITS, &l);
    const uint64_t from = begin >> l.bits, to = from + (UINT64_C(1) << (bits - l.bits));
    uint64_t state = 0;
    double linear = 0;
    hol_log_sum sum = hol_log_sum_empty();
    for (uint64_t n = from; n < to; n++) {
        const uint64_t gray = n ^ (n >> 1);
        for (uint64_t changed = gray ^ state; changed; changed &= changed - 1) {
            const int64_t bit = __builtin_ctzll(changed), u = bit + l.bits;
            const double sign = gray >> bit & 1 ? 1 : -1;
            linear += sign * fields[u];
            add_couplings(self, theta, first + u, first, units, sign * beta, fields);
        }
        state = gray;
        hol_log_sum_add(&sum, linear + sum_low(&l, fields));
    }
    return hol_log_sum_get(&sum);
}

/* ---- one side summed out ----------------------------------------------------------------------------------------- */

/* The fields of both sides are kept: those of the enumerated units for their own energy, the others' for their
 * softplus. */
static double sum_sides(const boltzmann *self, const float *theta, const split *s, uint64_t begin, int bits,
                        double *fields, double *summed_fields) {
    const double beta = 1 / self->base.temperature;
    const bool coupled = s->first == 0 ? self->visible_couplings : self->hidden_couplings;
    uint64_t state = 0;
    double linear = 0;
    hol_log_sum sum = hol_log_sum_empty();
    for (uint64_t n = begin; n < begin + (UINT64_C(1) << bits); n++) {
        const uint64_t gray = n ^ (n >> 1);
        for (uint64_t changed = gray ^ state; changed; changed &= changed - 1) {
            const int64_t u = __builtin_ctzll(changed);
            const double sign = gray >> u & 1 ? 1 : -1;
            linear += sign * fields[u];
            if (coupled) add_couplings(self, theta, s->first + u, s->first, s->units, sign * beta, fields);
            add_couplings(self, theta, s->first + u, s->summed, s->summed_units, sign * beta, summed_fields);
        }
        state = gray;
        hol_log_sum_add(&sum, linear + hol_kernels_get()->softplus_sum(summed_fields, s->summed_units));
    }
    return hol_log_sum_get(&sum);
}

double hol_boltzmann_exact_chunk(const hol_model *model, const float *theta, int64_t chunk, int chunk_bits,
                                 double *scratch) {
    const boltzmann *self = as_boltzmann(model);
    const split s = choose_split(self);
    const double beta = 1 / model->temperature;
    const uint64_t begin = (uint64_t)chunk << chunk_bits;
    double *fields = scratch, *summed_fields = scratch + s.units;
    for (int64_t k = 0; k < s.units; k++) fields[k] = beta * bias_of(self, theta, s.first + k);
    for (int64_t k = 0; k < s.summed_units; k++) summed_fields[k] = beta * bias_of(self, theta, s.summed + k);
    if (s.summed_units == 0) return sum_states(self, theta, s.first, s.units, begin, chunk_bits, fields);
    return sum_sides(self, theta, &s, begin, chunk_bits, fields, summed_fields);
}

/* ---- means, and the machine as a product of tables --------------------------------------------------------------- */

static double any_bias(const hol_model *model, const float *theta, int64_t i) {
    return bias_of(as_boltzmann(model), theta, i);
}

static double any_coupling(const hol_model *model, const float *theta, int64_t i, int64_t j) {
    return coupling_of(as_boltzmann(model), theta, i, j);
}

static hol_pairwise pairwise(const hol_model *model) {
    const split s = choose_split(as_boltzmann(model));
    return (hol_pairwise){s.first, s.units, s.summed, s.summed_units, any_bias, any_coupling};
}

double hol_boltzmann_exact_means(const hol_model *model, const float *theta, int64_t chunk, int chunk_bits,
                                 double *scratch, double *means) {
    const hol_pairwise p = pairwise(model);
    return hol_pairwise_exact_means(&p, model, theta, chunk, chunk_bits, scratch, means);
}

hol_status hol_boltzmann_factors(const hol_model *model, const float *theta, hol_factors **ret_factors) {
    const hol_pairwise p = pairwise(model);
    return hol_pairwise_factors(&p, model, theta, ret_factors);
}

/* ---- given a visible state --------------------------------------------------------------------------------------- */

static double hidden_field(const boltzmann *self, const float *theta, const uint8_t *visible, int64_t j) {
    double field = bias_of(self, theta, self->base.info.visible + j);
    for (int64_t i = 0; self->weights && i < self->base.info.visible; i++)
        if (visible[i]) field += (double)theta[self->at_weights + i * self->base.info.hidden + j];
    return field / self->base.temperature;
}

double hol_boltzmann_exact_free_energy(const hol_model *model, const float *theta, const uint8_t *visible) {
    const boltzmann *self = as_boltzmann(model);
    const hol_model_info *info = &model->info;
    double sum = 0, fields[HIDDEN_MAX];
    for (int64_t i = 0; i < info->visible; i++) {
        if (!visible[i]) continue;
        sum += bias_of(self, theta, i);
        for (int64_t j = 0; self->visible_couplings && j < i; j++)
            if (visible[j]) sum += coupling_of(self, theta, i, j);
    }
    sum /= model->temperature;
    if (!self->hidden_couplings) {
        for (int64_t j = 0; j < info->hidden; j++) sum += hol_softplus(hidden_field(self, theta, visible, j));
        return -sum;
    }
    if (info->hidden > HIDDEN_MAX) return (double)NAN;
    for (int64_t j = 0; j < info->hidden; j++) fields[j] = hidden_field(self, theta, visible, j);
    return -sum - sum_states(self, theta, info->visible, info->hidden, 0, (int)info->hidden, fields);
}
