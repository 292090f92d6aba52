/* boltzmann_exact: ln Z and free energies by enumeration in Gray-code order, in double.
 *
 * Where a side has no couplings of its own, it is summed out in closed form and the other side enumerated, the smaller
 * one if both can be. Otherwise all units are enumerated, 256 states at a time: the lowest eight units' fields are
 * fixed while they run through their states, and sum_S prod_{i in S} e^field_i e^pairs(S) needs eight exponentials, not
 * 256. */
#include <math.h>

#include "boltzmann.h"
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

/* A unit's couplings with the visible or with the hidden units: with the first of them at[0], with the next at[step]
 * ...; at is NULL where they are off. */
typedef struct row {
    const float *at;
    int64_t step;
} row;

static row row_of(const boltzmann *self, const float *theta, int64_t i, bool with_hidden) {
    const int64_t visible = self->base.info.visible, hidden = self->base.info.hidden;
    if (i < visible && !with_hidden)
        return (row){self->visible_couplings ? theta + self->at_visible_couplings + i * visible : NULL, 1};
    if (i >= visible && with_hidden)
        return (row){self->hidden_couplings ? theta + self->at_hidden_couplings + (i - visible) * hidden : NULL, 1};
    if (!self->weights) return (row){NULL, 1};
    return with_hidden ? (row){theta + self->at_weights + i * hidden, 1}
                       : (row){theta + self->at_weights + i - visible, hidden};
}

/* No unit is coupled to itself, whatever theta says. */
static double coupling_of(const boltzmann *self, const float *theta, int64_t i, int64_t j) {
    const int64_t visible = self->base.info.visible;
    const row r = row_of(self, theta, i, j >= visible);
    return r.at && i != j ? (double)r.at[(j < visible ? j : j - visible) * r.step] : 0;
}

/* Through the states of units [first, ...), bit by bit, in Gray code. */
typedef struct walk {
    const boltzmann *self;
    const float *theta;
    int64_t first;      /* the unit of a number's lowest bit */
    int64_t begin, end; /* the units whose fields, those of the state, over tau, are kept up to date */
    double *fields;     /* (end - begin), borrowed: at first those of the state in which all units are off */
    uint64_t state;
    double linear; /* -E of the state, over tau */
} walk;

/* fields += factor * couplings with unit u */
static void add_couplings(const walk *w, int64_t u, double factor) {
    const int64_t visible = w->self->base.info.visible;
    for (int side = 0; side < 2; side++) {
        const int64_t from = side ? visible : 0, begin = w->begin > from ? w->begin : from;
        const int64_t end = side || w->end < visible ? w->end : visible;
        const row r = row_of(w->self, w->theta, u, side);
        for (int64_t i = begin; r.at && i < end; i++)
            if (i != u) w->fields[i - w->begin] += factor * (double)r.at[(i - from) * r.step];
    }
}

/* To the n-th state. */
static void go_to(walk *w, uint64_t n) {
    const double beta = 1 / w->self->base.temperature;
    const uint64_t gray = n ^ (n >> 1);
    for (uint64_t changed = gray ^ w->state; changed; changed &= changed - 1) {
        const int bit = __builtin_ctzll(changed);
        const double sign = gray >> bit & 1 ? 1 : -1;
        w->linear += sign * w->fields[w->first + bit - w->begin];
        add_couplings(w, w->first + bit, sign * beta);
    }
    w->state = gray;
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
    low l;
    make_low(self, theta, first, bits < LOW_BITS ? bits : LOW_BITS, &l);
    const uint64_t from = begin >> l.bits, to = from + (UINT64_C(1) << (bits - l.bits));
    walk w = {self, theta, .first = first + l.bits, .begin = first, .end = first + units, .fields = fields};
    hol_log_sum sum = hol_log_sum_empty();
    for (uint64_t n = from; n < to; n++) {
        go_to(&w, n);
        hol_log_sum_add(&sum, w.linear + sum_low(&l, fields));
    }
    return hol_log_sum_get(&sum);
}

/* ---- one side summed out ----------------------------------------------------------------------------------------- */

/* Of all units: those of the enumerated ones are wanted for their own energy, the others' to sum them out. */
static walk start_walk(const boltzmann *self, const float *theta, int64_t first, double *fields) {
    const int64_t all = self->base.info.visible + self->base.info.hidden;
    const double beta = 1 / self->base.temperature;
    for (int64_t i = 0; i < all; i++) fields[i] = beta * bias_of(self, theta, i);
    return (walk){self, theta, .first = first, .end = all, .fields = fields};
}

double hol_boltzmann_exact_chunk(const hol_model *model, const float *theta, int64_t chunk, int chunk_bits,
                                 double *scratch) {
    const boltzmann *self = as_boltzmann(model);
    const split s = choose_split(self);
    const uint64_t begin = (uint64_t)chunk << chunk_bits;
    walk w = start_walk(self, theta, s.first, scratch);
    if (s.summed_units == 0) return sum_states(self, theta, s.first, s.units, begin, chunk_bits, scratch);
    hol_log_sum sum = hol_log_sum_empty();
    for (uint64_t n = begin; n < begin + (UINT64_C(1) << chunk_bits); n++) {
        go_to(&w, n);
        hol_log_sum_add(&sum, w.linear + model->options.kernels->softplus_sum(scratch + s.summed, s.summed_units));
    }
    return hol_log_sum_get(&sum);
}

/* ---- means, and the machine as a product of tables --------------------------------------------------------------- */

/* Adds the means of one state, with the units' fields, at log-weight `weight`; `sum` is that of the weights before it,
 * and the sums are kept relative to the largest weight so far, as those of hol_log_sum are. */
static void add_state(const split *s, uint64_t state, double weight, const double *fields, const hol_log_sum *sum,
                      double *means) {
    const double shrink = weight > sum->largest ? hol_exp(sum->largest - weight) : 1;
    const double share = weight > sum->largest ? 1 : hol_exp(weight - sum->largest);
    for (int64_t i = 0; shrink < 1 && i < s->units + s->summed_units; i++) means[i] *= shrink;
    for (int64_t u = 0; u < s->units; u++)
        if (state >> u & 1) means[s->first + u] += share;
    for (int64_t k = s->summed; k < s->summed + s->summed_units; k++) means[k] += share * hol_logistic(fields[k]);
}

double hol_boltzmann_exact_means(const hol_model *model, const float *theta, int64_t chunk, int chunk_bits,
                                 double *scratch, double *means) {
    const boltzmann *self = as_boltzmann(model);
    const split s = choose_split(self);
    const uint64_t first = (uint64_t)chunk << chunk_bits, count = UINT64_C(1) << chunk_bits;
    walk w = start_walk(self, theta, s.first, scratch);
    hol_log_sum sum = hol_log_sum_empty();
    for (int64_t i = 0; i < w.end; i++) means[i] = 0;
    for (uint64_t n = first; n < first + count; n++) {
        go_to(&w, n);
        double weight = w.linear;
        for (int64_t k = s.summed; k < s.summed + s.summed_units; k++) weight += hol_softplus(scratch[k]);
        add_state(&s, w.state, weight, scratch, &sum, means);
        hol_log_sum_add(&sum, weight);
    }
    for (int64_t i = 0; i < w.end; i++) means[i] /= sum.scaled;
    return hol_log_sum_get(&sum);
}

hol_status hol_boltzmann_factors(const hol_model *model, const float *theta, hol_factors **ret_factors) {
    hol_status status = HOL_OK;
    const boltzmann *self = as_boltzmann(model);
    const int64_t all = model->info.visible + model->info.hidden;
    const double beta = 1 / model->temperature;
    hol_factors *factors = NULL;
    HOL_TRY(hol_factors_create(all, NULL, &factors));
    for (int64_t i = 0; i < all; i++) {
        HOL_TRY(hol_factors_add_field(factors, i, beta * bias_of(self, theta, i)));
        for (int64_t j = i + 1; j < all; j++)
            HOL_TRY(hol_factors_add_coupling(factors, i, j, beta * coupling_of(self, theta, i, j)));
    }
    *ret_factors = factors;
    return HOL_OK;
cleanup:
    hol_factors_destroy(factors);
    return status;
}

/* ---- given a visible state --------------------------------------------------------------------------------------- */

/* the fields of hidden units [first, first + count), row by row of the weights */
static void hidden_fields(const boltzmann *self, const float *theta, const uint8_t *visible, int64_t first,
                          int64_t count, double *fields) {
    for (int64_t j = 0; j < count; j++) fields[j] = bias_of(self, theta, self->base.info.visible + first + j);
    for (int64_t i = 0; self->weights && i < self->base.info.visible; i++) {
        if (!visible[i]) continue;
        const float *weights = theta + self->at_weights + i * self->base.info.hidden + first;
        for (int64_t j = 0; j < count; j++) fields[j] += (double)weights[j];
    }
    for (int64_t j = 0; j < count; j++) fields[j] /= self->base.temperature;
}

double hol_boltzmann_exact_free_energy(const hol_model *model, const float *theta, const uint8_t *visible) {
    const boltzmann *self = as_boltzmann(model);
    const hol_model_info *info = &model->info;
    enum { PIECE = 512 };
    double sum = 0, fields[PIECE];
    for (int64_t i = 0; i < info->visible; i++) {
        if (!visible[i]) continue;
        sum += bias_of(self, theta, i);
        for (int64_t j = 0; self->visible_couplings && j < i; j++)
            if (visible[j]) sum += coupling_of(self, theta, i, j);
    }
    sum /= model->temperature;
    if (!self->hidden_couplings) {
        for (int64_t first = 0; first < info->hidden; first += PIECE) {
            const int64_t left = info->hidden - first, count = left < PIECE ? left : PIECE;
            hidden_fields(self, theta, visible, first, count, fields);
            for (int64_t j = 0; j < count; j++) sum += hol_softplus(fields[j]);
        }
        return -sum;
    }
    if (info->hidden > HIDDEN_MAX) return (double)NAN;
    hidden_fields(self, theta, visible, 0, info->hidden, fields);
    return -sum - sum_states(self, theta, info->visible, info->hidden, 0, (int)info->hidden, fields);
}
