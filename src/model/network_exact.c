/* network_exact: ln Z and free energies by enumeration in Gray-code order, in double.
 *
 * Layers whose variables are independent given all others are summed out in closed form, as many as can be, and the
 * others enumerated, by the binary digits of their states; numbers that are no state's are passed over. Where there are
 * none to be summed out, all are enumerated, 256 states at a time as far as they are bits: the lowest eight units'
 * fields are fixed while they run through their states, and sum_S prod_{i in S} e^field_i e^pairs(S) needs eight
 * exponentials, not 256. */
#include <math.h>

#include "network.h"
#include "num/clones.h"
#include "num/elementary.h"

enum { LOW_BITS = 8, LOW_STATES = 1 << LOW_BITS, HIDDEN_MAX = 32, BITS_MAX = 64 };
enum { PIECE = 512, UNITS_MAX = HIDDEN_MAX / 8 * HOL_STATES_MAX }; /* units of HIDDEN_MAX digits */
/* e^-600 is far from a double's end: sums relative to the largest term lose nothing */
#define PAIRS_RANGE_MAX 600.0

HOL_CLONES static void add_row(const float *row, double factor, int64_t count, double *restrict fields) {
    for (int64_t i = 0; i < count; i++) fields[i] += factor * (double)row[i];
}

/* fields[i - begin] += factor * the coupling of units u and i, for units i in [begin, end) */
static void add_couplings(const network *self, const float *theta, int64_t u, double factor, int64_t begin, int64_t end,
                          double *fields) {
    const layer *l = hol_network_layer_of(self, u);
    const hol_graph *graph = self->masked ? NULL : self->graph;
    const hol_variable own = hol_network_variable(l, u - l->first);
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
            if (other != l || i < own.first || i >= own.first + own.units) /* none to itself */
                fields[i - begin] += factor * (double)at[(i - other->first) * step];
    }
    for (int64_t k = graph ? graph->starts[u] : 0; graph && k < graph->starts[u + 1]; k++)
        if (graph->neighbours[k] >= begin && graph->neighbours[k] < end)
            fields[graph->neighbours[k] - begin] +=
                factor * (double)theta[hol_network_place(self, graph->edge_of[k], NULL)];
}

/* ---- what is enumerated, and what summed out --------------------------------------------------------------------- */

typedef struct split {
    unsigned summed; /* a bit for each layer */
    int64_t digits;  /* of the others */
} split;

static int64_t count_digits(const layer *l) {
    int64_t digits = l->units;
    for (int64_t k = 0; l->sites && k < l->sites->count; k++)
        digits -= l->sites->states[k] - hol_columns_digits(l->sites->states[k]);
    return digits;
}

static split split_at(const network *self, unsigned summed) {
    split s = {.summed = summed};
    for (int l = 0; l < self->layer_count; l++)
        if (!(summed >> l & 1)) s.digits += count_digits(&self->layers[l]);
    return s;
}

/* Of sets of layers without couplings among them the one that leaves the fewest digits, but some; of such the one with
 * the first layers. */
static split choose_split(const network *self) {
    split best = split_at(self, 0);
    for (unsigned set = 1; set < 1u << self->layer_count; set++) {
        bool is_free = true;
        for (const block *b = self->blocks; b < self->blocks + self->block_count; b++)
            if (set >> (b->rows - self->layers) & set >> (b->columns - self->layers) & 1) is_free = false;
        const split s = split_at(self, set);
        if (is_free && s.digits < best.digits && s.digits > 0) best = s;
    }
    return best;
}

static int64_t exact_units(const hol_model *model) { return choose_split(as_network(model)).digits; }

/* A digit of an enumerated variable's state, the variable's lowest one being the walk's digit `first`. */
typedef struct digit {
    hol_variable of;
    int first;
    double step; /* of a unit: its two values are so far apart */
} digit;

/* Through the states of some variables, digit by digit, in Gray code. */
typedef struct walk {
    const network *self;
    const float *theta;
    digit digits[BITS_MAX]; /* that are enumerated */
    int digit_count;
    int lowest;         /* of them, the one of a number's lowest bit */
    int64_t begin, end; /* the units whose fields, those of the state, over tau, are kept up to date */
    double *fields;     /* (end - begin), borrowed */
    uint64_t state;
    int64_t broken; /* variables whose digits are no state's */
    double linear;  /* -E of the state, over tau */
} walk;

/* The unit's value moves by so much. */
static void move(walk *w, int64_t u, double change) {
    w->linear += change * w->fields[u - w->begin];
    add_couplings(w->self, w->theta, u, change / w->self->base.temperature, w->begin, w->end, w->fields);
}

static int64_t state_at(const walk *w, const digit *d) {
    const int64_t digits = d->of.is_site ? hol_columns_digits((int32_t)d->of.states) : 1;
    return (int64_t)(w->state >> d->first & ((UINT64_C(1) << digits) - 1));
}

/* At the state in which all digits are 0; fields are those from other units alone. */
static void start(walk *w, unsigned summed, int64_t begin) {
    w->begin = begin;
    for (const layer *l = w->self->layers; l < w->self->layers + w->self->layer_count; l++)
        for (int64_t i = 0; !(summed >> (l - w->self->layers) & 1) && l->first >= begin && i < l->units;) {
            const digit d = {hol_network_variable(l, i), w->digit_count, step_of(l)};
            const int64_t digits = d.of.is_site ? hol_columns_digits((int32_t)d.of.states) : 1;
            for (int64_t k = 0; k < digits && w->digit_count < BITS_MAX; k++) w->digits[w->digit_count++] = d;
            if (l->spin || d.of.is_site) move(w, d.of.first, d.of.is_site ? 1 : -1);
            i += d.of.units;
        }
}

static void flip(walk *w, int at) {
    const digit *d = &w->digits[at];
    const int64_t from = state_at(w, d);
    w->state ^= UINT64_C(1) << at;
    const int64_t to = state_at(w, d);
    if (!d->of.is_site) {
        move(w, d->of.first, to ? d->step : -d->step);
        return;
    }
    if (from < d->of.states) move(w, d->of.first + from, -1);
    if (to < d->of.states) move(w, d->of.first + to, 1);
    w->broken += (to >= d->of.states) - (from >= d->of.states);
}

/* To the n-th state. */
static void go_to(walk *w, uint64_t n) {
    const uint64_t gray = (n ^ (n >> 1)) << w->lowest;
    for (uint64_t changed = gray ^ w->state; changed; changed &= changed - 1) flip(w, __builtin_ctzll(changed));
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
        l->steps[top] = w->digits[top].step;
        double sum = l->pairs[rest];
        for (int i = 0; i < top; i++) {
            double coupling = 0;
            if (!(rest >> i & 1)) continue;
            const int64_t unit = w->digits[i].of.first;
            add_couplings(w->self, w->theta, w->digits[top].of.first,
                          l->steps[top] * l->steps[i] / w->self->base.temperature, unit, unit + 1, &coupling);
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
        const double field = l->steps[i] * w->fields[w->digits[i].of.first - w->begin], less = hol_exp(-fabs(field));
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
    int low_bits = 0;
    while (low_bits < bits && low_bits < LOW_BITS && !w->digits[low_bits].of.is_site) low_bits++;
    make_low(w, low_bits, &l);
    w->lowest = l.bits;
    const uint64_t from = begin >> l.bits, to = from + (UINT64_C(1) << (bits - l.bits));
    hol_log_sum sum = hol_log_sum_empty();
    for (uint64_t n = from; n < to; n++) {
        go_to(w, n);
        if (w->broken == 0) hol_log_sum_add(&sum, w->linear + sum_low(&l, w));
    }
    return hol_log_sum_get(&sum);
}

/* ---- parts of Z, and means --------------------------------------------------------------------------------------- */

/* ln of the sum over a layer's states, with their fields. */
static double sum_out(const network *self, const layer *l, const double *fields) {
    double sum = 0;
    if (!l->spin) return hol_sites_sum_units(l->sites, self->base.options.kernels, fields, 0, l->units);
    for (int64_t i = 0; i < l->units; i++) sum += hol_softplus(2 * fields[i]) - fields[i];
    return sum;
}

/* Those of a variable's units given their fields, times share. */
static void add_means(const layer *l, const hol_variable *v, const double *fields, double share, double *means) {
    const double all = v->is_site ? hol_sites_sum_states(fields + v->first, v->states) : 0;
    if (!v->is_site) means[v->first] += share * hol_logistic(step_of(l) * fields[v->first]);
    for (int64_t i = v->first; v->is_site && i < v->first + v->units; i++) means[i] += share * hol_exp(fields[i] - all);
}

/* Adds the means of the walk's state at log-weight `weight`; `sum` is that of the weights before it, and the sums are
 * kept relative to the largest weight so far, as those of hol_log_sum are. */
static void add_state(const walk *w, split s, double weight, const hol_log_sum *sum, double *means) {
    const double shrink = weight > sum->largest ? hol_exp(sum->largest - weight) : 1;
    const double share = weight > sum->largest ? 1 : hol_exp(weight - sum->largest);
    for (int64_t i = 0; shrink < 1 && i < w->end; i++) means[i] *= shrink;
    for (int d = 0; d < w->digit_count; d++) {
        const digit *of = &w->digits[d];
        if (of->first == d && (of->of.is_site || state_at(w, of)))
            means[of->of.first + (of->of.is_site ? state_at(w, of) : 0)] += share;
    }
    for (const layer *l = w->self->layers; l < w->self->layers + w->self->layer_count; l++)
        for (int64_t i = 0; s.summed >> (l - w->self->layers) & 1 && i < l->units;) {
            const hol_variable v = hol_network_variable(l, i);
            add_means(l, &v, w->fields, share, means);
            i += v.units;
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
        if (w.broken > 0) continue;
        double weight = w.linear;
        for (int l = 0; l < self->layer_count; l++)
            if (s.summed >> l & 1) weight += sum_out(self, &self->layers[l], scratch + self->layers[l].first);
        if (means) add_state(&w, s, weight, &sum, means);
        hol_log_sum_add(&sum, weight);
    }
    for (int64_t i = 0; means && sum.scaled > 0 && i < w.end; i++) means[i] /= sum.scaled; /* else none is a state */
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

/* What units [first, first + count) of a layer add to -F; hidden ones are independent. fields is over tau. */
static double sum_piece(const layer *l, const uint8_t *visible, int64_t first, int64_t count, const double *fields) {
    double sum = 0;
    for (int64_t j = 0; j < count;) {
        const hol_variable v = hol_network_variable(l, first + j - l->first);
        if (!l->hidden) sum += value_of(l, visible[first + j]) * fields[j];
        else if (v.is_site) sum += hol_sites_sum_states(fields + j, v.states);
        else sum += hol_softplus(step_of(l) * fields[j]) - l->spin * fields[j];
        j += l->hidden ? v.units : 1;
    }
    return sum;
}

/* -F where hidden units are coupled among themselves, less what visible ones add. */
static double sum_hidden(const network *self, const float *theta, const uint8_t *visible) {
    const int64_t begin = self->base.info.visible;
    double fields[UNITS_MAX];
    int64_t digits = 0;
    for (const layer *l = self->layers; l < self->layers + self->layer_count; l++)
        if (l->hidden) digits += count_digits(l);
    if (digits > HIDDEN_MAX) return (double)NAN;
    walk w = {self, theta, .end = begin + self->base.info.hidden, .fields = fields};
    for (const layer *l = self->layers; l < self->layers + self->layer_count; l++)
        if (l->hidden) set_fields(self, theta, visible, l, l->first, l->units, 1, fields + l->first - begin);
    start(&w, 0, begin);
    return sum_states(&w, 0, (int)digits);
}

/* A coupling of visible units stands in two fields. */
static double exact_free_energy(const hol_model *model, const float *theta, const uint8_t *visible) {
    const network *self = as_network(model);
    double sum = 0, fields[PIECE];
    for (const layer *l = self->layers; l < self->layers + self->layer_count; l++) {
        const int64_t end = l->first + l->units;
        for (int64_t first = l->first, next = 0; first < end && !(l->hidden && self->hidden_coupled); first = next) {
            next = end - first > PIECE ? hol_network_variable(l, first + PIECE - l->first).first : end;
            set_fields(self, theta, visible, l, first, next - first, l->hidden ? 1 : 0.5, fields);
            sum += sum_piece(l, visible, first, next - first, fields);
        }
    }
    return self->hidden_coupled ? -sum - sum_hidden(self, theta, visible) : -sum;
}

/* ---- as a product of tables -------------------------------------------------------------------------------------- */

/* A variable among all, the unit that stands for its state, and the value of it. */
typedef struct member {
    const layer *layer;
    hol_variable of;
    int32_t number;
} member;

static int64_t unit_of_state(const member *m, int64_t state) { return m->of.first + (m->of.is_site ? state : 0); }
static int32_t value_in_state(const member *m, int64_t state) {
    return m->of.is_site ? 1 : value_of(m->layer, state == 1);
}

/* Of a layer's variables: all of the network's, a number each. */
static void list_members(const network *self, member *members) {
    int32_t count = 0;
    for (const layer *l = self->layers; l < self->layers + self->layer_count; l++)
        for (int64_t i = 0; i < l->units;) {
            const member m = {l, hol_network_variable(l, i), count};
            for (int64_t k = 0; k < m.of.units; k++) members[l->first + i++] = m;
            count++;
        }
}

static hol_status add_bias(const network *self, const float *theta, const member *a, hol_factors *factors) {
    double *table = NULL;
    const hol_status status = hol_factors_add(factors, 1, &a->number, &table);
    for (int64_t s = 0; status == HOL_OK && s < a->of.states; s++)
        table[s] = hol_network_bias(a->layer, theta, unit_of_state(a, s) - a->layer->first) / self->base.temperature *
                   value_in_state(a, s);
    return status;
}

/* Two variables, with couplings[i * step] between a's unit i and b's units from there on; none where all are 0. */
static hol_status add_pair(const network *self, const member *a, const member *b, const float *couplings, int64_t step,
                           hol_factors *factors) {
    double *table = NULL;
    bool any = false;
    for (int64_t s = 0; s < a->of.units; s++)
        for (int64_t t = 0; t < b->of.units; t++) any = any || couplings[s * step + t] != 0;
    if (!any) return HOL_OK;
    const hol_status status = hol_factors_add(factors, 2, (const int32_t[]){a->number, b->number}, &table);
    for (int64_t k = 0; status == HOL_OK && k < a->of.states * b->of.states; k++) {
        const int64_t s = k / b->of.states, t = k % b->of.states;
        const float coupling =
            couplings[(unit_of_state(a, s) - a->of.first) * step + unit_of_state(b, t) - b->of.first];
        table[k] = (double)coupling / self->base.temperature * value_in_state(a, s) * value_in_state(b, t);
    }
    return status;
}

static hol_status add_matrix(const network *self, const float *theta, const block *b, const member *members,
                             hol_factors *factors) {
    hol_status status = HOL_OK;
    const int64_t columns = b->columns->units;
    for (int64_t i = 0; status == HOL_OK && i < b->rows->units; i++)
        for (int64_t j = 0; status == HOL_OK && j < columns; j++) {
            const member *row = &members[b->rows->first + i], *column = &members[b->columns->first + j];
            if (row->of.first != b->rows->first + i || column->of.first != b->columns->first + j) continue;
            if (row->number < column->number)
                status = add_pair(self, row, column, theta + b->at + i * columns + j, columns, factors);
        }
    return status;
}

static hol_status make_factors(const hol_model *model, const float *theta, hol_factors **ret_factors) {
    hol_status status = HOL_OK;
    const network *self = as_network(model);
    const hol_graph *graph = self->masked ? NULL : self->graph;
    const int64_t units = model->info.visible + model->info.hidden;
    hol_factors *factors = NULL;
    member *members = NULL;
    int32_t *cardinalities = NULL;
    HOL_TRY(HOL_ALLOCATE(members, units, "factors"));
    HOL_TRY(HOL_ALLOCATE(cardinalities, units, "factors"));
    list_members(self, members);
    for (int64_t i = 0; i < units; i++) cardinalities[members[i].number] = (int32_t)members[i].of.states;
    HOL_TRY(hol_factors_create(members[units - 1].number + 1, cardinalities, &factors));
    for (int64_t i = 0; i < units; i++)
        if (members[i].layer->has_bias && members[i].of.first == i)
            HOL_TRY(add_bias(self, theta, &members[i], factors));
    for (const block *b = self->blocks; b < self->blocks + self->block_count; b++)
        if (b->form == DENSE) HOL_TRY(add_matrix(self, theta, b, members, factors));
    for (int64_t e = 0; graph && e < graph->edges; e++) {
        const member *a = &members[graph->ends[2 * e]], *b = &members[graph->ends[2 * e + 1]];
        if (a->of.first == graph->ends[2 * e] && b->of.first == graph->ends[2 * e + 1])
            HOL_TRY(add_pair(self, a, b, &theta[hol_network_place(self, e, NULL)], b->of.units, factors));
    }
    *ret_factors = factors;
    factors = NULL;
cleanup:
    hol_factors_destroy(factors);
    hol_free(members);
    hol_free(cardinalities);
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
