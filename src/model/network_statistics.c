/* network_statistics: T, counted in bits and turned into that of spins, and the centred gradient. */
#include <string.h>

#include "base/alloc.h"
#include "network.h"
#include "num/bits.h"
#include "num/center.h"
#include "num/counts.h"
#include "num/threads.h"

/* ---- units, and pairs of matrices and lists, in bits ------------------------------------------------------------- */

static void count_units(const network *self, const layer *l, const hol_population *population, hol_sums sums) {
    const hol_states x = layer_outputs(l, population);
    if (l->hidden && population->levels)
        hol_levels_add(population->levels, x.blocks, population->hidden_stride, l->units, sums);
    else hol_counts_units(&x, l->units, population->count, self->base.info.unit, sums);
}

static void count_matrix(const network *self, const block *b, const hol_population *population, int32_t *sums) {
    const hol_states rows = layer_outputs(b->rows, population), columns = layer_outputs(b->columns, population);
    const hol_kernels *kernels = self->base.options.kernels;
    const int32_t unit = self->base.info.unit;
    if (b->rows == b->columns) hol_pairs_add_symmetric(kernels, &rows, b->rows->units, unit, sums);
    else if (b->columns->hidden && population->levels)
        hol_levels_product(kernels, &rows, b->rows->units, population->levels, population->hidden_stride,
                           b->columns->units, (hol_sums){.wide = sums}, population->scratch);
    else hol_pairs_add(kernels, &rows, b->rows->units, &columns, b->columns->units, unit, sums);
}

static void count_edges(const network *self, const block *b, const hol_population *population, int32_t *sums) {
    const hol_states *x = &population->states;
    const int32_t *ends = self->graph->ends + 2 * b->first_edge, unit = self->base.info.unit;
#pragma omp parallel for default(none) shared(b, x, ends, unit, sums)                                                  \
    schedule(static) if (hol_worth_threads(b->edges * x->blocks, 8))
    for (int64_t e = 0; e < b->edges; e++)
        for (int64_t k = 0; k < x->blocks; k++) {
            const uint64_t *words = x->words + k * x->stride;
            sums[e] += unit * __builtin_popcountll(words[ends[2 * e]] & words[ends[2 * e + 1]]);
        }
}

/* ---- means of what is shared ------------------------------------------------------------------------------------- */

/* sum / count in units of 1 / unit, to the nearest */
static int32_t mean_of(int64_t sum, int64_t count, int32_t unit) {
    const int64_t doubled = 2 * sum * unit;
    return (int32_t)((doubled + (sum < 0 ? -count : count)) / (2 * count));
}

/* The mean over units, or with b over pairs. Rounded once per 64 chains: whose these are changes nothing. */
static void add_means(const network *self, const layer *l, const block *b, const hol_population *population,
                      int32_t *sum) {
    const hol_states *x = &population->states;
    const int32_t *ends = b ? self->graph->ends + 2 * b->first_edge : NULL;
    const int64_t count = b ? b->edges : l->units, first = l->first;
    const int32_t unit = self->base.info.unit;
    const bool spin = l->spin; /* of which pairs are counted that are equal */
    int32_t means = 0;
#pragma omp parallel for default(none) shared(population, x, ends, count, first, unit, spin) reduction(+ : means)
    for (int64_t k = 0; k < x->blocks; k++) {
        const uint64_t mask = hol_bits_lane_mask(population->count, x->first_block + k);
        const uint64_t *words = x->words + k * x->stride;
        int64_t on = 0;
        for (int64_t e = 0; ends && e < count; e++) {
            const uint64_t p = words[ends[2 * e]], q = words[ends[2 * e + 1]];
            on += __builtin_popcountll((spin ? ~(p ^ q) : p & q) & mask);
        }
        for (int64_t i = 0; !ends && i < count; i++) on += __builtin_popcountll(words[first + i] & mask);
        means += mean_of(spin ? 2 * on - count * __builtin_popcountll(mask) : on, count, unit);
    }
    *sum += means;
}

/* The same of two states, or of the same two the other way, for a symmetric matrix of shared couplings. */
static void add_state_means(const network *self, const block *b, const hol_population *population, int32_t *sums) {
    const hol_states *x = &population->states;
    const int64_t q = b->states, edges = b->edges / (q * q);
    const int32_t *ends = self->graph->ends + 2 * b->first_edge, unit = self->base.info.unit;
#pragma omp parallel for schedule(dynamic) default(none) shared(population, x, q, edges, ends, unit, sums)
    for (int64_t entry = 0; entry < q * q; entry++) {
        const int64_t mirror = entry % q * q + entry / q;
        int32_t means = 0;
        for (int64_t k = 0; entry <= mirror && k < x->blocks; k++) {
            const uint64_t mask = hol_bits_lane_mask(population->count, x->first_block + k);
            const uint64_t *words = x->words + k * x->stride;
            int64_t on = 0;
            for (const int32_t *e = ends; e < ends + 2 * q * q * edges; e += 2 * q * q) {
                on += __builtin_popcountll(words[e[2 * entry]] & words[e[2 * entry + 1]] & mask);
                if (entry < mirror) on += __builtin_popcountll(words[e[2 * mirror]] & words[e[2 * mirror + 1]] & mask);
            }
            means += mean_of(on, edges, unit);
        }
        if (entry <= mirror) sums[entry] += means;
        if (entry < mirror) sums[mirror] += means;
    }
}

/* ---- spins: u u' = m m' x x' - m c' x - c m' x' + c c' ----------------------------------------------------------- */

static void turn_pairs(const network *self, const block *b, int32_t all, int32_t *statistics) {
    const int32_t *ones = self->ones, *counts = self->counts + b->at;
    const int64_t m = step_of(b->rows), n = step_of(b->columns); /* a sum fits 32 bits, its terms may not */
    const int64_t columns = b->form == DENSE ? b->columns->units : 1,
                  pairs = b->form == DENSE ? b->rows->units * columns : b->edges;
    const int32_t *ends = b->form == DENSE ? NULL : self->graph->ends + 2 * b->first_edge;
    for (int64_t k = 0; k < pairs; k++) {
        int64_t p = ends ? ends[2 * k] : b->rows->first + k / columns,
                q = ends ? ends[2 * k + 1] : b->columns->first + k % columns;
        if (ends && p > q) p = ends[2 * k + 1], q = ends[2 * k];
        if (p != q)
            statistics[k] +=
                (int32_t)(m * n * counts[k] - m * (n - 1) * ones[p] - (m - 1) * n * ones[q] + (m - 1) * (n - 1) * all);
    }
}

static void turn(const network *self, const hol_population *population, int32_t *statistics) {
    int32_t all = 0;
    for (int64_t k = 0; k < population->states.blocks; k++)
        all += self->base.info.unit *
               __builtin_popcountll(hol_bits_lane_mask(population->count, population->states.first_block + k));
    for (const layer *l = self->layers; l < self->layers + self->layer_count; l++)
        for (int64_t i = 0; l->has_bias && !l->shares_bias && i < l->units; i++)
            statistics[l->bias.offset + i] += (int32_t)((int64_t)step_of(l) * self->ones[l->first + i] - l->spin * all);
    for (const block *b = self->blocks; b < self->blocks + self->block_count; b++)
        if (b->form != SHARED) turn_pairs(self, b, all, statistics + b->at);
}

/* ---- all of it --------------------------------------------------------------------------------------------------- */

static void accumulate(const hol_model *model, hol_population *population, int32_t *statistics) {
    const network *self = as_network(model);
    int32_t *sums = self->counts ? self->counts : statistics;
    hol_counts_clear_idle(&population->states, population->count);
    if (population->levels)
        hol_levels_clear_idle(&population->states, population->count, population->levels, population->hidden_stride);
    if (self->counts) memset(self->counts, 0, (size_t)model->info.parameters * sizeof *sums);
    if (self->ones) memset(self->ones, 0, (size_t)population->states.stride * sizeof *sums);
    for (const layer *l = self->layers; l < self->layers + self->layer_count; l++) {
        int32_t *at = self->ones ? self->ones + l->first : l->has_bias ? statistics + l->bias.offset : NULL;
        if (l->has_bias && l->shares_bias) add_means(self, l, NULL, population, statistics + l->bias.offset);
        else if (at) count_units(self, l, population, (hol_sums){.wide = at});
    }
    for (const block *b = self->blocks; b < self->blocks + self->block_count; b++) {
        if (b->form == SHARED && b->states > 1) add_state_means(self, b, population, statistics + b->at);
        else if (b->form == SHARED) add_means(self, b->rows, b, population, statistics + b->at);
        else if (b->form == EDGES) count_edges(self, b, population, sums + b->at);
        else count_matrix(self, b, population, sums + b->at);
    }
    if (self->counts) turn(self, population, statistics);
    for (int64_t k = 0; self->kept && k < model->info.parameters; k++)
        if (!self->kept[k]) statistics[k] = 0;
}

/* Of a pair's theta (a, b, W): hol_levels_product takes any run of visible units. */
static void add_part(const hol_model *model, hol_population *population, int64_t first, int64_t end, hol_sums sums) {
    const network *self = as_network(model);
    const layer *visible = &self->layers[0], *hidden = &self->layers[1];
    const int64_t biases = hidden->bias.offset, weights = self->blocks[0].at, stride = population->hidden_stride;
    hol_states x = population->states;
    hol_levels_clear_idle(&x, population->count, population->levels, stride);
    if (first < biases) count_units(self, visible, population, sums);
    if (first <= biases && end > biases) count_units(self, hidden, population, hol_sums_from(sums, biases - first));
    if (end <= weights) return;
    const int64_t row = first > weights ? (first - weights) / hidden->units : 0,
                  rows = (end - weights) / hidden->units - row;
    x.words += row;
    hol_levels_product(model->options.kernels, &x, rows, population->levels, stride, hidden->units,
                       hol_sums_from(sums, weights + row * hidden->units - first), population->scratch);
}

static void accumulate_part(const hol_model *model, hol_population *population, int64_t first, int64_t end,
                            int32_t *statistics) {
    add_part(model, population, first, end, (hol_sums){.wide = statistics});
}

static void accumulate_narrow(const hol_model *model, hol_population *population, int64_t first, int64_t end,
                              int16_t *statistics) {
    add_part(model, population, first, end, (hol_sums){.narrow = statistics});
}

/* ---- centring ---------------------------------------------------------------------------------------------------- */

/* With the couplings of all units as one symmetric matrix C and offsets m: dC = <(x - m)(x - m)'>, dbias = dx - dC
 * m. Units' biases come first in theta. */
static void center(const hol_model *model, int group, hol_range rows, const hol_centering *centering, float *gradient) {
    const network *self = as_network(model);
    const block *b = self->blocks;
    while (b->at != model->info.groups[group].offset) b++;
    const bool is_symmetric = b->rows == b->columns;
    const int64_t row = b->rows->first + rows.first, column = b->columns->first, columns = b->columns->units;
    const int64_t at = b->at + rows.first * columns;
    hol_center_rows(gradient + at, rows.count, columns, centering->offsets + row, centering->plain + row,
                    centering->offsets + column, centering->plain + column, is_symmetric ? rows.first : -1,
                    self->kept ? self->kept + at : NULL, gradient + row,
                    is_symmetric ? NULL : b->sums + rows.first / hol_row_tile_rows(b->rows->units) * columns);
}

static void center_biases(const hol_model *model, float *gradient) {
    const network *self = as_network(model);
    for (const block *b = self->blocks; b < self->blocks + self->block_count; b++) {
        const hol_range share = hol_model_rows(model, b->columns->units);
        if (b->rows != b->columns)
            hol_center_columns(b->sums + share.first, hol_row_tile_count(b->rows->units), b->columns->units,
                               share.count, gradient + b->columns->first + share.first);
    }
}

/* ---- fair units -------------------------------------------------------------------------------------------------- */

/* of visible unit i, where all states are as likely */
static double fair_mean(const layer *l, int64_t i) {
    return l->spin ? 0 : 1 / (double)hol_network_variable(l, i).states;
}

/* the same of a product; 0 where it is none, or of two units of a site */
static double fair_pair(const layer *rows, int64_t i, const layer *columns, int64_t j) {
    if (rows == columns && hol_network_variable(rows, i).first == hol_network_variable(columns, j).first) return 0;
    return fair_mean(rows, i) * fair_mean(columns, j);
}

static void add_fair(const hol_model *model, double share, double *expectation) {
    const network *self = as_network(model);
    double *e = expectation;
    for (int64_t i = 0; i < model->info.parameters; i++) e[i] *= 1 - share;
    for (const layer *l = self->layers; l < self->layers + self->layer_count; l++)
        for (int64_t i = 0; l->has_bias && i < (l->shares_bias ? 1 : l->units); i++)
            e[l->bias.offset + i] += share * fair_mean(l, i);
    for (const block *b = self->blocks; b < self->blocks + self->block_count; b++) {
        const int64_t columns = b->columns->units, pairs = b->rows->units * columns;
        for (int64_t k = 0; b->form == DENSE && k < pairs; k++)
            if (!self->kept || self->kept[b->at + k])
                e[b->at + k] += share * fair_pair(b->rows, k / columns, b->columns, k % columns);
        for (int64_t k = 0; b->form != DENSE && k < hol_network_listed(b); k++) {
            const bool twice = b->form == SHARED && k / b->states != k % b->states; /* two states, in two ways */
            const int32_t *ends = self->graph->ends + 2 * (b->first_edge + k);
            const layer *p = hol_network_layer_of(self, ends[0]), *q = hol_network_layer_of(self, ends[1]);
            e[b->at + k] += (twice ? 2 : 1) * share * fair_pair(p, ends[0] - p->first, q, ends[1] - q->first);
        }
    }
}

hol_status hol_network_add_statistics(network *self) {
    hol_status status = HOL_OK;
    const hol_model_info *info = &self->base.info;
    hol_model_ops *ops = &self->ops;
    ops->accumulate = accumulate;
    ops->add_fair = add_fair;
    if (hol_network_is_pair(self) && info->first_order > 0) {
        ops->accumulate_part = accumulate_part;
        ops->accumulate_narrow = accumulate_narrow;
    }
    if (info->first_order > 0) {
        ops->center = center;
        ops->center_biases = center_biases;
    }
    if (!self->spins || self->multi_spin) return HOL_OK;
    HOL_TRY(HOL_ALLOCATE(self->ones, info->visible + info->hidden, "statistics"));
    HOL_TRY(HOL_ALLOCATE(self->counts, info->parameters, "statistics"));
cleanup:
    return status;
}
