/* mrf_values: what a state of a Markov random field is worth, and the field as a product of tables. */
#include <string.h>

#include "base/alloc.h"
#include "mrf.h"
#include "num/counts.h"
#include "num/elementary.h"

/* no state of v is rarer than this, divided by how many there are */
#define FREQUENCY_MIN 2e-3

/* The population's states, (blocks, variables, 64) in its scratch. */
static const uint8_t *unpack_all(const mrf *self, const hol_population *population) {
    const hol_states *x = &population->states;
    uint8_t *states = population->scratch;
#pragma omp parallel for default(none) shared(self, x, states)
    for (int64_t b = 0; b < x->blocks; b++)
        hol_mrf_unpack(self, x->words + b * x->stride, states + b * unpacked_bytes(self));
    return states;
}

static const uint8_t *lane_states(const mrf *self, const uint8_t *states, int64_t r) {
    return states + r / HOL_LANES * unpacked_bytes(self) + r % HOL_LANES;
}

/* values: what `of_lane` makes of each lane's states */
static void fill_lanes(const hol_model *model, hol_population *population,
                       double (*of_lane)(const mrf *self, const uint8_t *lane), double *values) {
    const mrf *self = as_mrf(model);
    const uint8_t *states = unpack_all(self, population);
    const int64_t lanes = population->states.blocks * HOL_LANES;
#pragma omp parallel for default(none) shared(self, states, lanes, of_lane, values)
    for (int64_t r = 0; r < lanes; r++) values[r] = of_lane(self, lane_states(self, states, r));
}

static double energy_of(const mrf *self, const uint8_t *lane) {
    double sum = 0;
    for (int64_t q = 0; q < self->cliques; q++) sum += self->tables[hol_mrf_entry(self, q, lane, HOL_LANES)];
    return -sum;
}

void hol_mrf_energy(const hol_model *model, hol_population *population, double *values) {
    fill_lanes(model, population, energy_of, values);
}

/* p(v = s | all others) of each state; all 0 where all are forbidden */
static void probabilities(const mrf *self, int64_t v, const uint8_t *states, int64_t stride, double *p) {
    const int64_t count = self->cardinalities[v];
    double largest = -(double)INFINITY, total = 0;
    hol_mrf_logits(self, v, states, stride, p);
    for (int64_t s = 0; s < count; s++) largest = p[s] > largest ? p[s] : largest;
    for (int64_t s = 0; s < count; s++) total += p[s] = largest > -(double)INFINITY ? hol_exp(p[s] - largest) : 0;
    for (int64_t s = 0; s < count; s++) p[s] = total > 0 ? p[s] / total : 0;
}

/* ln p(x_v | all others); -infinity where x breaks a constraint of v, whatever the others leave possible */
static double log_conditional(const mrf *self, int64_t v, const uint8_t *lane) {
    double logits[HOL_STATES_MAX];
    hol_log_sum sum = hol_log_sum_empty();
    hol_mrf_logits(self, v, lane, HOL_LANES, logits);
    for (int64_t s = 0; s < self->cardinalities[v]; s++) hol_log_sum_add(&sum, logits[s]);
    const double own = logits[lane[v * HOL_LANES]];
    return own > -(double)INFINITY ? own - hol_log_sum_get(&sum) : own;
}

/* of one variable a lane: nats per variable */
void hol_mrf_pseudo_likelihood(const hol_model *model, hol_population *population, hol_rng_key key, double *values) {
    const mrf *self = as_mrf(model);
    const uint8_t *states = unpack_all(self, population);
    const hol_states *x = &population->states;
#pragma omp parallel for default(none) shared(self, population, states, x, key, values)
    for (int64_t r = 0; r < x->blocks * HOL_LANES; r++)
        values[r] = log_conditional(self, hol_choose_column(population, r, key, self->variables, self->first_units),
                                    lane_states(self, states, r));
}

static double mean_log_conditional(const mrf *self, const uint8_t *lane) {
    double sum = 0;
    for (int64_t v = 0; v < self->variables; v++) sum += log_conditional(self, v, lane);
    return sum / (double)self->variables;
}

void hol_mrf_pseudo_likelihood_all(const hol_model *model, hol_population *population, double *values) {
    fill_lanes(model, population, mean_log_conditional, values);
}

/* (1/2) sum_s ([x_v = s] - p(v = s | all others))^2, the mean over variables: (x - p)^2 where there are two states */
void hol_mrf_reconstruction(const hol_model *model, hol_population *population, hol_rng_key key, double *values) {
    (void)key;
    const mrf *self = as_mrf(model);
    const uint8_t *states = unpack_all(self, population);
    const int64_t lanes = population->states.blocks * HOL_LANES;
#pragma omp parallel for default(none) shared(self, states, lanes, values)
    for (int64_t r = 0; r < lanes; r++) {
        double p[HOL_STATES_MAX], sum = 0;
        const uint8_t *lane = lane_states(self, states, r);
        for (int64_t v = 0; v < self->variables; v++) {
            probabilities(self, v, lane, HOL_LANES, p);
            p[lane[v * HOL_LANES]] -= 1;
            for (int64_t s = 0; s < self->cardinalities[v]; s++) sum += 0.5 * p[s] * p[s];
        }
        values[r] = sum / (double)self->variables;
    }
}

/* p(unit on | all other variables): of a binary digit, the sum over the states that have it */
void hol_mrf_project(const hol_model *model, hol_population *population) {
    const mrf *self = as_mrf(model);
    const uint8_t *states = unpack_all(self, population);
    const int64_t lanes = population->states.blocks * HOL_LANES, stride = hol_round_up(model->info.visible, HOL_STRIP);
    int32_t *expected = population->expected;
#pragma omp parallel for default(none) shared(self, states, lanes, stride, expected)
    for (int64_t r = 0; r < lanes; r++)
        for (int64_t v = 0; v < self->variables; v++) {
            double p[HOL_STATES_MAX];
            probabilities(self, v, lane_states(self, states, r), HOL_LANES, p);
            for (int64_t u = self->first_units[v]; u < self->first_units[v + 1]; u++) {
                double sum = 0;
                for (int64_t s = 0; s < self->cardinalities[v]; s++)
                    if (s >> (u - self->first_units[v]) & 1) sum += p[s];
                expected[r * stride + u] = (int32_t)(sum * (1 << HOL_PROBABILITY_BITS) + 0.5);
            }
        }
}

/* ---- independent variables --------------------------------------------------------------------------------------- */

void hol_mrf_frequencies(const mrf *self, int64_t v, const double *means, double *p, const double **ret_next) {
    const int64_t states = self->cardinalities[v];
    const double least = FREQUENCY_MIN / (double)states;
    double total = 0;
    for (int64_t s = 0; s < states; s++) p[s] = means && states > 2 ? fmax(means[s], least) : 1;
    if (means && states == 2) { /* the mean of their one digit */
        p[1] = fmin(fmax(means[0], least), 1 - least);
        p[0] = 1 - p[1];
    }
    for (int64_t s = 0; s < states; s++) total += p[s];
    for (int64_t s = 0; s < states; s++) p[s] /= total;
    if (ret_next) *ret_next = means ? means + (states > 2 ? states : states - 1) : NULL;
}

/* ln of the sum of e^(theta / tau) over a clique's table, less ln of the number of entries for each configuration of
 * the variables that have it for their first clique: ln of what it contributes to Z */
static double clique_log_sum(const mrf *self, int64_t q, const float *theta) {
    hol_log_sum sum = hol_log_sum_empty();
    for (int64_t i = self->table_starts[q]; i < self->table_starts[q + 1]; i++)
        hol_log_sum_add(&sum, (double)theta[i] / self->base.temperature);
    double value = hol_log_sum_get(&sum);
    for (int64_t k = self->scope_starts[q]; k < self->scope_starts[q + 1]; k++) {
        const int64_t v = self->scopes[k];
        if (self->incidences[self->incidence_starts[v]].clique != q) value -= hol_ln((double)self->cardinalities[v]);
    }
    return value;
}

/* Each variable's ln p goes to the first of its cliques; variables without any are uniform. */
double hol_mrf_independent(const hol_model *model, const double *visible_means, float *theta) {
    const mrf *self = as_mrf(model);
    double p[HOL_STATES_MAX], log_partition = 0;
    memset(theta, 0, (size_t)model->info.parameters * sizeof *theta);
    const double *means = visible_means;
    for (int64_t v = 0; v < self->variables; v++) {
        hol_mrf_frequencies(self, v, means, p, &means);
        if (self->incidence_starts[v] == self->incidence_starts[v + 1]) {
            log_partition += hol_ln((double)self->cardinalities[v]);
            continue;
        }
        const incidence *in = &self->incidences[self->incidence_starts[v]];
        float *table = theta + self->table_starts[in->clique];
        for (int64_t i = 0; i < self->table_starts[in->clique + 1] - self->table_starts[in->clique]; i++)
            table[i] += (float)(model->temperature * hol_ln(p[i / in->stride % self->cardinalities[v]]));
    }
    for (int64_t q = 0; q < self->cliques; q++) log_partition += clique_log_sum(self, q, theta);
    return log_partition;
}

/* ---- exact, in double -------------------------------------------------------------------------------------------- */

static double log_weight(const mrf *self, const float *theta, const uint8_t *states) {
    double sum = 0;
    for (int64_t q = 0; q < self->cliques; q++) {
        const int64_t entry = hol_mrf_entry(self, q, states, 1);
        if (is_forbidden(self, entry)) return -(double)INFINITY;
        sum += (double)theta[entry];
    }
    return sum / self->base.temperature;
}

double hol_mrf_exact_free_energy(const hol_model *model, const float *theta, const uint8_t *visible) {
    const mrf *self = as_mrf(model);
    double sum = 0;
    for (int64_t q = 0; q < self->cliques; q++) {
        int64_t entry = self->table_starts[q];
        for (int64_t i = self->scope_starts[q]; i < self->scope_starts[q + 1]; i++) {
            const int64_t v = self->scopes[i], first = self->first_units[v];
            for (int64_t u = first; u < self->first_units[v + 1]; u++)
                entry += self->strides[i] * ((int64_t)visible[u] << (u - first));
        }
        if (is_forbidden(self, entry)) return (double)INFINITY;
        sum += (double)theta[entry];
    }
    return -sum / model->temperature;
}

int64_t hol_mrf_exact_units(const hol_model *model) { return model->info.visible; }

/* All states, by the number of which the digits are the units; numbers that are no state are passed over. Each state's
 * sum is taken anew: an enumeration is for small fields, elimination for the others. scratch holds a byte for each
 * variable. */
double hol_mrf_exact_chunk(const hol_model *model, const float *theta, int64_t chunk, int chunk_bits, double *scratch) {
    const mrf *self = as_mrf(model);
    uint8_t *states = (uint8_t *)scratch;
    hol_log_sum sum = hol_log_sum_empty();
    const uint64_t first = (uint64_t)chunk << chunk_bits, count = UINT64_C(1) << chunk_bits;
    for (uint64_t n = first; n < first + count; n++) {
        bool is_state = true;
        for (int64_t v = 0; v < self->variables && is_state; v++) {
            const int64_t digits = self->first_units[v + 1] - self->first_units[v];
            states[v] = (uint8_t)(n >> self->first_units[v] & ((UINT64_C(1) << digits) - 1));
            is_state = states[v] < self->cardinalities[v];
        }
        if (is_state) hol_log_sum_add(&sum, log_weight(self, theta, states));
    }
    return hol_log_sum_get(&sum);
}

hol_status hol_mrf_factors(const hol_model *model, const float *theta, hol_factors **ret_factors) {
    hol_status status = HOL_OK;
    const mrf *self = as_mrf(model);
    hol_factors *factors = NULL;
    double *table = NULL;
    HOL_TRY(hol_factors_create(self->variables, self->cardinalities, &factors));
    for (int64_t q = 0; q < self->cliques; q++) {
        HOL_TRY(hol_factors_add(factors, scope_size(self, q), self->scopes + self->scope_starts[q], &table));
        for (int64_t i = self->table_starts[q]; i < self->table_starts[q + 1]; i++)
            table[i - self->table_starts[q]] =
                is_forbidden(self, i) ? -(double)INFINITY : (double)theta[i] / model->temperature;
    }
    *ret_factors = factors;
    return HOL_OK;
cleanup:
    hol_factors_destroy(factors);
    *ret_factors = NULL;
    return status;
}
