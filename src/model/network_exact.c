/* network_exact: ln Z and free energies by enumeration in Gray-code order, in double.
 *
 * Layers whose units are independent given all others are summed out in closed form, as many units as can be, and the
 * others enumerated. Where there are none such, all units are enumerated, 256 states at a time: the lowest eight units'
 * fields are fixed while they run through their states, and sum_S prod_{i in S} e^field_i e^pairs(S) needs eight
 * exponentials, not 256. */
#include <math.h>

#include "network.h"
#include "num/clones.h"
#include "num/elementary.h"

enum { LOW_BITS = 8, LOW_STATES = 1 << LOW_BITS, HIDDEN_MAX = 32, BITS_MAX = 64 };
/* e^-600 is far from a double's end: sums relative to the largest term lose nothing */
#define PAIRS_RANGE_MAX 600.0

HOL_CLONES static void add_row(const float *row, double factor, int64_t count, double *restrict fields) {
    for (int64_t i = 0; i < count; i++) fields[i] += factor * (double)row[i];
}

/* fields[i - begin] += factor * the coupling of units u and i, for units i in [begin, end) */
static void add_couplings(const network *self, const float *theta, int64_t u, double factor, int64_t begin, int64_t end,
                          double *fields) {
    const layer *l = hol_network_layer_of(self, u);
    const hol_graph *graph = self->graph;
    for (const block *b = self->blocks; b < self->blocks + self->block_count; b++) {
        if (b->form != DENSE || (b->rows != l && b->columns != l)) continue;
        const layer *other = b->rows == l ? b->columns : b->rows;
        const int64_t step = b->rows == l ? 1 : b->columns->units, row = b->rows == l ? b->columns->units : 1;
        const float *at = theta + b->at + (u - l->first) * row;
        const int64_t to = other->first + other->units < end ? other->first + other->units : end;
        const int64_t from = begin > other->first ? begin : other->first;
        if (other != l && step == 1 && from < to) {
            add_row(at + from - other->first, factor, to - from, fields + from - begin);
            continue;
        }
        for (int64_t i = from; i < to; i++)
            if (i != u) fields[i - begin] += factor * (double)at[(i - other->first) * step]; /* none to itself */
    }
    for (int64_t k = graph && !self->kept ? graph->starts[u] : 0; graph && !self->kept && k < graph->starts[u + 1]; k++)
        if (graph->neighbours[k] >= begin && graph->neighbours[k] < end)
            fields[graph->neighbours[k] - begin] +=
                factor * (double)theta[hol_network_place(self, graph->edge_of[k], NULL)];
}

/* ---- what is enumerated, and what summed out --------------------------------------------------------------------- */

typedef struct split {
    unsigned summed; /* a bit for each layer */
    int64_t units;   /* of the others */
} split;

/* Of sets of layers without couplings among them the one with most units; of such the one with the first layers. Layers
 * with sites are summed out: of their units not all states are some. */
static split choose_split(const network *self) {
    const int64_t all = self->base.info.visible + self->base.info.hidden;
    split best = {.units = self->layers[0].sites ? INT32_MAX : all};
    for (unsigned set = 1; set < 1u << self->layer_count; set++) {
        bool is_free = true;
        int64_t units = all;
        for (const block *b = self->blocks; b < self->blocks + self->block_count; b++)
            if (set >> (b->rows - self->layers) & set >> (b->columns - self->layers) & 1) is_free = false;
        for (int l = 0; l < self->layer_count; l++) {
            if (set >> l & 1) units -= self->layers[l].units;
            else if (self->layers[l].sites) is_free = false;
        }
        if (is_free && units < best.units && units > 0) best = (split){set, units};
    }
    return best;
}

static int64_t exact_units(const hol_model *model) { return choose_split(as_network(model)).units; }

/* Through the states of some units, bit by bit, in Gray code. */
typedef struct walk {
    const network *self;
    const float *theta;
    int64_t units[BITS_MAX]; /* that are enumerated */
    int lowest;              /* of them, the one of a number's lowest bit */
    int64_t begin, end;      /* the units whose fields, those of the state, over tau, are kept up to date */
    double *fields;          /* (end - begin), borrowed */
    uint64_t state;
    double linear; /* -E of the state, over tau */
} walk;

/* The unit's value moves by so much. */
static void move(walk *w, int64_t u, double change) {
    w->linear += change * w->fields[u - w->begin];
    add_couplings(w->self, w->theta, u, change / w->self->base.temperature, w->begin, w->end, w->fields);
}

/* At the state in which all bits are off; fields are those from other units alone. */
static void start(walk *w, unsigned summed, int64_t begin) {
    int bits = 0;
    w->begin = begin;
    for (const layer *l = w->self->layers; l < w->self->layers + w->self->layer_count; l++)
        for (int64_t i = l->first; !(summed >> (l - w->self->layers) & 1) && i >= begin && i < l->first + l->units;
             i++) {
            if (bits < BITS_MAX) w->units[bits++] = i;
            if (l->spin) move(w, i, -1);
        }
}

/* To the n-th state. */
static void go_to(walk *w, uint64_t n) {
    const uint64_t gray = n ^ (n >> 1);
    for (uint64_t changed = gray ^ w->state; changed; changed &= changed - 1) {
        const int bit = __builtin_ctzll(changed);
        const int64_t unit = w->units[w->lowest + bit];
        const double step = step_of(hol_network_layer_of(w->self, unit));
        move(w, unit, gray >> bit & 1 ? step : -step);
    }
    w->state = gray;
}

/* ---- 256 states at a time ---------------------------------------------------------------------------------------- */

typedef struct low {
    int bits;
    double steps[LOW_BITS];
    double largest;           /* of the sums of pairs of couplings */
    double pairs[LOW_STATES]; /* e^(sum of couplings of pairs in S - largest), over tau */
} low;

/* a walk's lowest bits, as many as `bits`, or none when their couplings reach too far */
static void make_low(const walk *w, int bits, low *l) {
    double smallest = 0;
    *l = (low){.bits = bits};
    for (uint32_t s = 1; s < 1u << bits; s++) {
        const int top = 31 - __builtin_clz(s);
        const uint32_t rest = s ^ 1u << top;
        l->steps[top] = step_of(hol_network_layer_of(w->self, w->units[top]));
        double sum = l->pairs[rest];
        for (int i = 0; i < top; i++) {
            double coupling = 0;
            if (!(rest >> i & 1)) continue;
            add_couplings(w->self, w->theta, w->units[top], l->steps[top] * l->steps[i] / w->self->base.temperature,
                          w->units[i], w->units[i] + 1, &coupling);
            sum += coupling;
        }
        l->pairs[s] = sum;
        l->largest = fmax(l->largest, sum);
        smallest = fmin(smallest, sum);
    }
    if (!(l->largest - smallest < PAIRS_RANGE_MAX)) *l = (low){0};
    for (uint32_t s = 0; s < 1u << l->bits; s++) l->pairs[s] = hol_exp(l->pairs[s] - l->largest);
}

/* ln sum_S e^(fields . S + pairs(S)) */
static double sum_low(const low *l, const walk *w) {
    double term[LOW_STATES] = {1}, offset = l->largest, sums[8] = {0};
    for (int i = 0; i < l->bits; i++) {
        const double field = l->steps[i] * w->fields[w->units[i] - w->begin], less = hol_exp(-fabs(field));
        const double on = field > 0 ? 1 : less, off = field > 0 ? less : 1;
        if (field > 0) offset += field;
        for (int s = 0; s < 1 << i; s++) term[(1 << i) + s] = term[s] * on;
        for (int s = 0; s < 1 << i; s++) term[s] *= off;
    }
    for (int s = 0; s < 1 << l->bits; s += 8)
        for (int k = 0; k < 8; k++) sums[k] += term[s + k] * l->pairs[s + k];
    for (int k = 1; k < 8; k++) sums[0] += sums[k];
    return offset + hol_ln(sums[0]);
}

/* ln of the sum over the 2^bits states of the numbers begin ... in Gray code; the walk's fields are used up. */
static double sum_states(walk *w, uint64_t begin, int bits) {
    low l;
    make_low(w, bits < LOW_BITS ? bits : LOW_BITS, &l);
    w->lowest = l.bits;
    const uint64_t from = begin >> l.bits, to = from + (UINT64_C(1) << (bits - l.bits));
    hol_log_sum sum = hol_log_sum_empty();
    for (uint64_t n = from; n < to; n++) {
        go_to(w, n);
        hol_log_sum_add(&sum, w->linear + sum_low(&l, w));
    }
    return hol_log_sum_get(&sum);
}

/* ---- parts of Z, and means --------------------------------------------------------------------------------------- */

/* ln of the sum over a layer's states, with their fields. */
static double sum_out(const network *self, const layer *l, const double *fields) {
    double sum = 0;
    if (l->sites) return hol_network_sum_out_sites(self, l, fields);
    if (!l->spin) return self->base.options.kernels->softplus_sum(fields, l->units);
    for (int64_t i = 0; i < l->units; i++) sum += hol_softplus(2 * fields[i]) - fields[i];
    return sum;
}

/* Adds the means of the walk's state at log-weight `weight`; `sum` is that of the weights before it, and the sums are
 * kept relative to the largest weight so far, as those of hol_log_sum are. */
static void add_state(const walk *w, split s, double weight, const hol_log_sum *sum, double *means) {
    const double shrink = weight > sum->largest ? hol_exp(sum->largest - weight) : 1;
    const double share = weight > sum->largest ? 1 : hol_exp(weight - sum->largest);
    for (int64_t i = 0; shrink < 1 && i < w->end; i++) means[i] *= shrink;
    for (int64_t u = 0; u < s.units; u++)
        if (w->state >> u & 1) means[w->units[u]] += share;
    for (const layer *l = w->self->layers; l < w->self->layers + w->self->layer_count; l++)
        if (s.summed >> (l - w->self->layers) & 1) {
            if (l->sites) hol_network_add_site_means(l, w->fields + l->first, share, means + l->first);
            for (int64_t i = l->first; !l->sites && i < l->first + l->units; i++)
                means[i] += share * hol_logistic(step_of(l) * w->fields[i]);
        }
}

static double exact_means(const hol_model *model, const float *theta, int64_t chunk, int chunk_bits, double *scratch,
                          double *means) {
    const network *self = as_network(model);
    const split s = choose_split(self);
    const uint64_t begin = (uint64_t)chunk << chunk_bits;
    walk w = {self, theta, .end = model->info.visible + model->info.hidden, .fields = scratch};
    hol_log_sum sum = hol_log_sum_empty();
    for (const layer *l = self->layers; l < self->layers + self->layer_count; l++)
        for (int64_t i = 0; i < l->units; i++)
            scratch[l->first + i] = hol_network_bias(l, theta, i) / model->temperature;
    start(&w, s.summed, 0);
    if (!s.summed && !means) return sum_states(&w, begin, chunk_bits);
    for (int64_t i = 0; means && i < w.end; i++) means[i] = 0;
    for (uint64_t n = begin; n < begin + (UINT64_C(1) << chunk_bits); n++) {
        go_to(&w, n);
        double weight = w.linear;
        for (int l = 0; l < self->layer_count; l++)
            if (s.summed >> l & 1) weight += sum_out(self, &self->layers[l], scratch + self->layers[l].first);
        if (means) add_state(&w, s, weight, &sum, means);
        hol_log_sum_add(&sum, weight);
    }
    for (int64_t i = 0; means && i < w.end; i++) means[i] /= sum.scaled;
    return hol_log_sum_get(&sum);
}

static double exact_chunk(const hol_model *model, const float *theta, int64_t chunk, int chunk_bits, double *scratch) {
    return exact_means(model, theta, chunk, chunk_bits, scratch, NULL);
}

/* ---- given a visible state --------------------------------------------------------------------------------------- */

/* Of units [begin, begin + count) of the layer, with `share` of what visible units contribute, over tau. */
static void set_fields(const network *self, const float *theta, const uint8_t *visible, const layer *l, int64_t begin,
                       int64_t count, double share, double *fields) {
    for (int64_t j = 0; j < count; j++) fields[j] = hol_network_bias(l, theta, begin + j - l->first);
    for (int64_t u = 0; u < self->base.info.visible; u++) {
        const double value = value_of(hol_network_layer_of(self, u), visible[u]);
        if (value > 0 || value < 0) add_couplings(self, theta, u, share * value, begin, begin + count, fields);
    }
    for (int64_t j = 0; j < count; j++) fields[j] /= self->base.temperature;
}

/* A coupling of visible units stands in two fields. */
static double exact_free_energy(const hol_model *model, const float *theta, const uint8_t *visible) {
    const network *self = as_network(model);
    const int64_t hidden = model->info.hidden, first_hidden = model->info.visible;
    enum { PIECE = 512 };
    double sum = 0, fields[PIECE];
    for (const layer *l = self->layers; l < self->layers + self->layer_count; l++) {
        const int64_t end = l->first + l->units;
        for (int64_t first = l->first; first < end && !(l->hidden && self->hidden_coupled); first += PIECE) {
            const int64_t count = end - first < PIECE ? end - first : PIECE;
            set_fields(self, theta, visible, l, first, count, l->hidden ? 1 : 0.5, fields);
            for (int64_t j = 0; j < count; j++)
                sum += l->hidden ? hol_softplus(step_of(l) * fields[j]) - l->spin * fields[j]
                                 : value_of(l, visible[first + j]) * fields[j];
        }
    }
    if (!self->hidden_coupled) return -sum;
    if (hidden > HIDDEN_MAX) return (double)NAN;
    walk w = {self, theta, .end = first_hidden + hidden, .fields = fields};
    for (const layer *l = self->layers; l < self->layers + self->layer_count; l++)
        if (l->hidden) set_fields(self, theta, visible, l, l->first, l->units, 1, fields + l->first - first_hidden);
    start(&w, 0, first_hidden);
    return -sum - sum_states(&w, 0, (int)hidden);
}

/* ---- as a product of tables -------------------------------------------------------------------------------------- */

static hol_status add_pair(const network *self, int64_t i, int64_t j, float coupling, hol_factors *factors) {
    double *table = NULL;
    if (coupling == 0 || i == j) return HOL_OK;
    const hol_status status = hol_factors_add(factors, 2, (const int32_t[]){(int32_t)i, (int32_t)j}, &table);
    for (int s = 0; status == HOL_OK && s < 4; s++)
        table[s] = (double)coupling / self->base.temperature * value_of(hol_network_layer_of(self, i), s >> 1) *
                   value_of(hol_network_layer_of(self, j), s & 1);
    return status;
}

static hol_status make_factors(const hol_model *model, const float *theta, hol_factors **ret_factors) {
    hol_status status = HOL_OK;
    const network *self = as_network(model);
    const hol_graph *graph = self->kept ? NULL : self->graph;
    hol_factors *factors = NULL;
    double *table = NULL;
    HOL_TRY(hol_factors_create(model->info.visible + model->info.hidden, NULL, &factors));
    for (const layer *l = self->layers; l < self->layers + self->layer_count; l++)
        for (int64_t i = 0; l->has_bias && i < l->units; i++) {
            HOL_TRY(hol_factors_add(factors, 1, (const int32_t[]){(int32_t)(l->first + i)}, &table));
            for (int s = 0; s < 2; s++) table[s] = hol_network_bias(l, theta, i) / model->temperature * value_of(l, s);
        }
    for (const block *b = self->blocks; b < self->blocks + self->block_count; b++)
        for (int64_t k = 0; b->form == DENSE && k < b->rows->units * b->columns->units; k++) {
            const int64_t i = k / b->columns->units, j = k % b->columns->units;
            if (b->rows != b->columns || i < j)
                HOL_TRY(add_pair(self, b->rows->first + i, b->columns->first + j, theta[b->at + k], factors));
        }
    for (int64_t e = 0; graph && e < graph->edges; e++)
        HOL_TRY(add_pair(self, graph->ends[2 * e], graph->ends[2 * e + 1], theta[hol_network_place(self, e, NULL)],
                         factors));
    *ret_factors = factors;
    return HOL_OK;
cleanup:
    hol_factors_destroy(factors);
    return status;
}

void hol_network_add_exact(network *self) {
    hol_model_ops *ops = &self->ops;
    ops->exact_free_energy = exact_free_energy;
    ops->exact_units = exact_units;
    ops->exact_chunk = exact_chunk;
    ops->exact_means = exact_means;
    ops->factors = make_factors;
}
