/* network_tables: whole-number tables of theta / tau, of bits: of up to 24 bits for values (num/fixed.h), of 16 for
 * sampling in training (num/narrow.h). Both lie in the same memory, for only one kind is ever in use. Where blocks are
 * on lists, and for layers that are drawn by colours, there are lists of neighbours, too (num/sparse.h). */
#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "network.h"
#include "num/fixed.h"
#include "num/row_tiles.h"
#include "num/threads.h"

/* ---- memory ------------------------------------------------------------------------------------------------------ */

/* Inputs reach from the first to the last unit of the layers that it is coupled to; what is not coupled stays 0. */
static void find_inputs(const network *self, layer *l) {
    int64_t first = INT64_MAX, end = 0;
    for (const block *b = self->blocks; b < self->blocks + self->block_count; b++) {
        const layer *other = b->rows == l ? b->columns : b->rows;
        if (b->rows != l && b->columns != l) continue;
        if (other->first < first) first = other->first;
        if (other->first + other->units > end) end = other->first + other->units;
        l->by_colours = l->by_colours && (b->form != DENSE || self->masked);
    }
    l->first_input = end > 0 ? first : 0;
    l->table.inputs = end > 0 ? end - first : 0;
}

static hol_status make_table(network *self, layer *l, const hol_model_options *options) {
    hol_status status = HOL_OK;
    l->table.kernels = options->kernels;
    l->table.fields_seconds = options->fields_seconds ? options->fields_seconds : &self->base.fields_seconds;
    l->table.outputs = l->units;
    l->table.sites = l->sites;
    l->table.stride = hol_round_up(l->units, HOL_STRIP);
    if (self->listed) return HOL_OK;
    HOL_TRY(HOL_TEAM_ALLOCATE(self->team, l->weights, l->table.inputs * l->table.stride, "couplings"));
    HOL_TRY(HOL_TEAM_ALLOCATE(self->team, l->biases, l->table.stride, "biases"));
    l->table.weights = l->weights;
    l->table.bias = l->biases;
cleanup:
    return status;
}

/* A layer's units, colour after colour. */
static hol_status make_order(network *self, layer *l) {
    hol_status status = HOL_OK;
    const hol_graph *graph = self->graph;
    int64_t count = 0;
    HOL_TRY(HOL_ALLOCATE(l->order, l->units, "colours"));
    HOL_TRY(HOL_ALLOCATE(l->colour_starts, graph->colours + 1, "colours"));
    for (int64_t c = 0; c < graph->colours; c++) {
        l->colour_starts[c] = count;
        for (int64_t k = graph->colour_starts[c]; k < graph->colour_starts[c + 1]; k++)
            if (graph->order[k] >= l->first && graph->order[k] < l->first + l->units)
                l->order[count++] = graph->order[k];
    }
    l->colour_starts[graph->colours] = count;
    l->sparse =
        hol_sparse_of(l->table.kernels, graph, self->edge_couplings, self->edge_bias, l->order, l->colour_starts);
cleanup:
    return status;
}

/* A unit's couplings within its layer, of which those with itself and others of its site are none. */
static void clear_own(const layer *l, int64_t i, uint8_t *kept) {
    const hol_variable v = hol_network_variable(l, i);
    memset(kept + v.first - l->first, 0, (size_t)v.units);
}

static hol_status make_kept(network *self) {
    const int64_t parameters = self->base.info.parameters;
    const hol_status status = HOL_ALLOCATE(self->kept, parameters, "edges");
    if (status != HOL_OK) return status;
    memset(self->kept, 1, (size_t)parameters);
    for (const block *b = self->blocks; b < self->blocks + self->block_count; b++) {
        const int64_t rows = b->rows->units, columns = b->columns->units;
        if (self->masked) memset(self->kept + b->at, 0, (size_t)(rows * columns));
        for (int64_t i = 0; b->form == DENSE && b->rows == b->columns && i < rows; i++)
            clear_own(b->rows, i, self->kept + b->at + i * columns);
    }
    for (int64_t e = 0; self->masked && e < self->graph->edges; e++) {
        int64_t mirror = 0;
        self->kept[hol_network_place(self, e, &mirror)] = 1;
        self->kept[mirror] = 1;
    }
    return HOL_OK;
}

/* ---- bounds ------------------------------------------------------------------------------------------------------ */

static const float *biases_of(const network *self, const layer *l, const float *theta) {
    return l->has_bias ? theta + l->bias.offset : self->zeros;
}

/* No field of bits is larger for dense blocks. Each matrix's largest are added, though of different units maybe: at
 * most a bit is lost. Rows are shared out in the team; with a graph or spins the tables are not. */
static double bound_matrices(const network *self, const float *theta) {
    double most = 0, of[HOL_LAYERS_MAX] = {0};
    bool with_bias[HOL_LAYERS_MAX] = {false};
    for (const block *b = self->blocks; b < self->blocks + self->block_count; b++) {
        const layer *r = b->rows, *c = b->columns;
        const int64_t tile = hol_row_tile_rows(r->units);
        const hol_range rows = hol_model_rows(&self->base, r->units);
        if (b->form != DENSE) continue;
        const float *bias = r == c ? self->zeros : biases_of(self, r, theta);
        float *sums = r == c ? NULL : b->sums + rows.first / tile * c->units;
        of[r - self->layers] +=
            hol_team_max(self->base.team, hol_fixed_row_bound(theta + b->at + rows.first * c->units, bias + rows.first,
                                                              rows.count, c->units, tile, sums));
        if (r == c) continue;
        of[c - self->layers] +=
            hol_fixed_column_bound(b->sums, biases_of(self, c, theta), hol_row_tile_count(r->units), c->units);
        with_bias[r - self->layers] = with_bias[c - self->layers] = true;
    }
    for (int l = 0; l < self->layer_count; l++) {
        if (!with_bias[l])
            of[l] += hol_fixed_column_bound(NULL, biases_of(self, &self->layers[l], theta), 0, self->layers[l].units);
        most = fmax(most, of[l]);
    }
    return self->spins ? 6 * most : most;
}

/* Of a unit's couplings with units of one variable, one of which is on, the largest: from neighbour *k on, which then
 * is the next variable's first. */
static double largest_coupling(const network *self, const float *theta, int64_t *k, int64_t end) {
    const int32_t *neighbours = self->graph->neighbours;
    const layer *l = self->sites ? hol_network_layer_of(self, neighbours[*k]) : NULL;
    const hol_variable v = l && l->sites ? hol_network_variable(l, neighbours[*k] - l->first) : (hol_variable){0};
    double most = 0;
    do {
        const double size = fabs((double)theta[hol_network_place(self, self->graph->edge_of[*k], NULL)]);
        if (!(size <= most) && !isnan(most)) most = size;
    } while (++*k < end && neighbours[*k] < v.first + v.units);
    return most;
}

/* The same for blocks on lists, of no partial sum either; +infinity where theta is not finite. */
static double bound_lists(const network *self, const float *theta) {
    const hol_graph *graph = self->graph;
    const double tau = self->base.temperature;
    double bound = 0;
    for (const layer *l = self->layers; l < self->layers + self->layer_count; l++) {
        const int64_t count = self->multi_spin ? 1 : l->units; /* else all are alike */
        for (int64_t i = 0; i < count; i++) {
            const int64_t first = graph->starts[l->first + i], end = graph->starts[l->first + i + 1];
            double sum = fabs(hol_network_bias(l, theta, i) / tau);
            if (self->multi_spin) sum += 3 * (double)graph->degree * fabs((double)theta[self->blocks[0].at] / tau);
            else
                for (int64_t k = first; k < end;) sum += 3 * (largest_coupling(self, theta, &k, end) / tau);
            if (!(sum <= 0x1p100)) return (double)INFINITY; /* or NaN */
            bound = fmax(bound, sum);
        }
    }
    return self->spins ? 2 * bound : bound;
}

/* ---- up to 24 bits ----------------------------------------------------------------------------------------------- */

static void set_scale(network *self, int bits) {
    for (layer *l = self->layers; l < self->layers + self->layer_count; l++)
        l->table.scale = l->sparse.scale = 1.0f / (float)(INT64_C(1) << bits);
}

static float factor_of(const network *self, int bits) {
    return (float)((double)(INT64_C(1) << bits) / self->base.temperature);
}

static int32_t round_number(double x) { return (int32_t)(x + (x < 0 ? -0.5 : 0.5)); }

/* Where the table of unit i's layer has its coupling to unit j. */
static int32_t *entry_of(const network *self, int64_t i, int64_t j) {
    const layer *l = hol_network_layer_of(self, i);
    return &l->weights[(j - l->first_input) * l->table.stride + i - l->first];
}

/* A coupling of spins, whole number r, as r times a power of two: with s = 2 x - 1
 *
 *     E = -sum_<ij> 4 J x_i x_j - sum_i 2 (b_i - sum_j J) x_i + sum_i b_i - sum_<ij> J       r: 2 J
 *     E = -sum_<ij> 2 J s_i x_j ...                                                       r: J
 *
 * so that the tables are exactly those of a network near by. */
static double unit_of(const layer *a, const layer *b) { return a->spin && b->spin ? 2 : 1; }

static void round_bias(const network *self, const layer *l, const float *theta, float factor) {
    const hol_range range = hol_team_share(self->team, l->units, hol_row_tile_rows(l->units));
    const float *bias = biases_of(self, l, theta) + range.first;
    hol_fixed_round(bias, 1, range.count, factor, l->biases + range.first, range.count);
}

static void round_matrix(const network *self, const block *b, const float *theta, float factor) {
    const layer *r = b->rows, *c = b->columns;
    const hol_range share = hol_team_share(self->team, r->units, hol_row_tile_rows(r->units));
    const float *from = theta + b->at + share.first * c->units;
    const int64_t stride = c->table.stride;
    int32_t *to = c->weights + (r->first + share.first - c->first_input) * stride;
    if (r != c) {
        int32_t *transposed = r->weights + (c->first - r->first_input) * r->table.stride + share.first;
        hol_fixed_round_both(from, share.count, c->units, factor, to, stride, transposed, r->table.stride);
        return;
    }
    hol_fixed_round(from, share.count, c->units, factor, to, stride);
    for (int64_t i = 0; i < share.count; i++) { /* no unit is coupled to itself or its site, whatever theta says */
        const hol_variable v = hol_network_variable(r, share.first + i);
        memset(to + i * stride + v.first - r->first, 0, (size_t)v.units * sizeof *to);
    }
}

/* Entries r to couplings of bits, and what spins that are off take from biases. */
static void turn_spins(network *self, layer *l) {
    for (int64_t k = 0; k < l->table.inputs; k++) {
        const layer *from = hol_network_layer_of(self, l->first_input + k);
        int32_t *row = l->weights + k * l->table.stride;
        for (int64_t j = 0; (from->spin || l->spin) && j < l->units; j++) {
            if (from->spin) l->biases[j] -= row[j];
            if (from->spin && l->spin && l->first_input + k < l->first + j) self->doubled_constant -= row[j];
            row[j] *= 2;
        }
    }
}

static void round_tables(network *self, const float *theta, int bits) {
    const float factor = factor_of(self, bits);
    for (layer *l = self->layers; l < self->layers + self->layer_count; l++) {
        l->table.weights = l->weights;
        l->table.narrow = NULL;
        if (self->spins && self->graph) /* what lists put there is not to be turned */
            memset(l->weights, 0, (size_t)(l->table.inputs * l->table.stride) * sizeof *l->weights);
        round_bias(self, l, theta, factor * (float)step_of(l));
        for (int64_t i = 0; l->spin && i < l->units; i++) self->doubled_constant += l->biases[i];
    }
    for (const block *b = self->blocks; b < self->blocks + self->block_count; b++)
        if (b->form == DENSE && !self->masked)
            round_matrix(self, b, theta, factor * (float)unit_of(b->rows, b->columns));
    for (int l = 0; self->spins && l < self->layer_count; l++) turn_spins(self, &self->layers[l]);
}

/* A number of theta where there are lists alone, else as the matrices' are rounded. */
static int32_t round_listed(const network *self, double x, double unit, int bits) {
    if (!self->listed) return round_number((double)((float)x * (factor_of(self, bits) * (float)unit)));
    return round_number(unit * (double)(INT64_C(1) << bits) * (x / self->base.temperature));
}

/* Lists of neighbours; and what stands in the tables of them. */
static void round_lists(network *self, const float *theta, int bits) {
    const hol_graph *graph = self->graph;
    for (int64_t i = 0; i < graph->units; i++) {
        const layer *l = hol_network_layer_of(self, i);
        int32_t *bias = &self->edge_bias[i];
        if (self->listed) *bias = round_listed(self, hol_network_bias(l, theta, i - l->first), step_of(l), bits);
        if (self->listed && l->spin) self->doubled_constant += *bias;
        if (!self->listed) *bias = l->biases[i - l->first];
        for (int64_t k = graph->starts[i]; k < graph->starts[i + 1]; k++) {
            const layer *from = hol_network_layer_of(self, graph->neighbours[k]);
            const double coupling = (double)theta[hol_network_place(self, graph->edge_of[k], NULL)];
            const int32_t r = round_listed(self, coupling, unit_of(from, l), bits);
            self->edge_couplings[k] = from->spin || l->spin ? 2 * r : r;
            if (from->spin) *bias -= r;
            if (from->spin && l->spin && graph->neighbours[k] < i) self->doubled_constant -= r;
            if (!self->listed) *entry_of(self, i, graph->neighbours[k]) = self->edge_couplings[k];
        }
        if (!self->listed) l->biases[i - l->first] = *bias;
    }
}

hol_status hol_network_round_tables(network *self, const float *theta, double more) {
    double bound = 0;
    if (!self->listed) bound = (bound_matrices(self, theta) + more) / self->base.temperature;
    if (self->graph && !self->masked) bound += bound_lists(self, theta);
    const hol_status status = hol_fixed_check(bound);
    if (status != HOL_OK) return status;
    const int bits = hol_fixed_choose_bits(bound);
    set_scale(self, bits);
    self->doubled_constant = 0;
    if (self->multi_spin) hol_network_make_rules(self, theta);
    if (!self->listed) round_tables(self, theta, bits);
    if (self->graph && !self->multi_spin) round_lists(self, theta, bits);
    for (layer *l = self->layers; l < self->layers + self->layer_count; l++)
        if (l->pairs) hol_pairwise_prepare_at(l->pairs, theta, self->base.temperature, bits);
    hol_team_meet(self->team);
    return HOL_OK;
}

static hol_status prepare(hol_model *model, const float *theta) {
    return hol_network_round_tables((network *)model, theta, 0);
}

/* ---- 16 bits: two layers and the matrix between them; units that are coupled are scanned, by the wide tables ----- */

/* The matrix's rows that this rank has, a grain at a time: measures them, unless that is done, and rounds them to so
 * many bits, as far as they fit; -1: none. */
static void round_rows(const network *self, const float *theta, hol_range v, bool measures, int bits) {
    enum { GRAIN = HOL_ROW_TILE_GRAIN };
    const int64_t visible = self->base.info.visible, hidden = self->base.info.hidden, end = v.first + v.count;
    const int64_t size = hol_narrow_record_size(hidden);
    const float *bias = biases_of(self, &self->layers[0], theta);
    const float *weights = theta + self->blocks[0].at, factor = bits < 0 ? 0 : factor_of(self, bits);
    int16_t *to_visible = self->layers[0].narrow, *to_hidden = self->layers[1].narrow;
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

static void use_narrow(layer *l, const float *sums, float factor) {
    l->table.weights = NULL;
    l->table.narrow = l->narrow;
    l->table.reach = l->reach;
    hol_narrow_reach(sums, hol_narrow_range_count(l->table.inputs), factor, l->reach);
}

/* In one pass over the matrix: its numbers of bits hardly ever change from step to step, so that rows are rounded to
 * the last step's while they are in the cache, and again only where others are asked for. */
static hol_status prepare_training(hol_model *model, const float *theta) {
    network *self = (network *)model;
    layer *visible = &self->layers[0], *hidden = &self->layers[1];
    const hol_range v = hol_team_share(self->team, visible->units, hol_row_tile_rows(visible->units));
    hol_team_meet(self->team); /* nobody uses the tables any more */
    round_rows(self, theta, v, true, self->narrow_bits);
    hol_team_meet(self->team);
    hol_narrow_bound(self->records, biases_of(self, hidden, theta), visible->units, hidden->units, &self->bounds);
    const hol_status status = hol_fixed_check(self->bounds.field / model->temperature);
    if (status != HOL_OK) return status;
    const int bits = hol_narrow_choose_bits(&self->bounds, model->temperature);
    const bool is_rounded = bits == self->narrow_bits;
    self->narrow_bits = bits;
    if (bits < 0) return model->ops->prepare(model, theta);
    const float factor = factor_of(self, bits);
    if (!is_rounded) round_rows(self, theta, v, false, bits);
    set_scale(self, bits);
    round_bias(self, visible, theta, factor);
    round_bias(self, hidden, theta, factor);
    use_narrow(hidden, self->bounds.to_columns, factor);
    use_narrow(visible, self->bounds.to_rows, factor);
    hol_team_meet(self->team);
    if (visible->sites)
        hol_sites_reach(visible->sites, hidden->narrow, visible->units, hidden->units, self->site_reach);
    return HOL_OK;
}

static hol_status make_narrow(network *self) {
    hol_status status = HOL_OK;
    layer *visible = &self->layers[0], *hidden = &self->layers[1];
    const int64_t grains = (visible->units + HOL_ROW_TILE_GRAIN - 1) / HOL_ROW_TILE_GRAIN;
    const int64_t of_visible = hol_narrow_range_count(visible->units),
                  of_hidden = hol_narrow_range_count(hidden->units);
    hol_memory *memory = hol_team_memory(self->base.team);
    self->ops.prepare_training = prepare_training;
    self->narrow_bits = -1;
    visible->narrow = (int16_t *)(void *)visible->weights;
    hidden->narrow = (int16_t *)(void *)hidden->weights;
    HOL_TRY(HOL_TEAM_ALLOCATE(self->team, self->records, grains * hol_narrow_record_size(hidden->units), "bounds"));
    HOL_TRY(HOL_MEMORY_ALLOCATE(memory, self->bounds.to_columns, of_visible, "bounds"));
    HOL_TRY(HOL_MEMORY_ALLOCATE(memory, self->bounds.to_rows, of_hidden, "bounds"));
    HOL_TRY(HOL_MEMORY_ALLOCATE(memory, hidden->reach, of_visible, "bounds"));
    HOL_TRY(HOL_MEMORY_ALLOCATE(memory, visible->reach, of_hidden, "bounds"));
    if (!visible->sites) return HOL_OK;
    HOL_TRY(HOL_ALLOCATE(self->site_reach, visible->sites->count, "bounds"));
    hidden->table.input_sites = visible->sites;
    hidden->table.site_reach = self->site_reach;
cleanup:
    return status;
}

hol_status hol_network_add_tables(network *self, const hol_model_options *options) {
    hol_status status = HOL_OK;
    const int64_t units = self->base.info.visible + self->base.info.hidden;
    self->ops.prepare = prepare;
    bool masks = self->masked;
    for (const layer *l = self->layers; l < self->layers + self->layer_count; l++)
        masks = masks || (l->sites && l->coupled);
    if (masks) HOL_TRY(make_kept(self));
    if (!self->listed) HOL_TRY(HOL_ALLOCATE(self->zeros, units, "biases"));
    for (layer *l = self->layers; l < self->layers + self->layer_count; l++) {
        l->by_colours = self->graph && (l->coupled || self->listed) && !l->sites;
        find_inputs(self, l);
        HOL_TRY(make_table(self, l, options));
        if (l->coupled && l->sites) HOL_TRY(hol_network_make_pairs(self, l, options->kernels));
    }
    int64_t widest = 0;
    for (const layer *l = self->layers; l < self->layers + self->layer_count; l++)
        if (!l->hidden && l->table.stride > widest) widest = l->table.stride;
    if (!self->listed && self->layers[0].units < self->base.info.visible)
        HOL_TRY(HOL_ALLOCATE(self->projected, HOL_PRODUCT(HOL_LANES, widest), "conditional probabilities"));
    for (block *b = self->blocks; b < self->blocks + self->block_count; b++)
        if (b->form == DENSE && b->rows != b->columns)
            HOL_TRY(HOL_TEAM_ALLOCATE(options->team, b->sums, hol_row_tile_count(b->rows->units) * b->columns->units,
                                      "sums by columns"));
    if (hol_network_is_pair(self)) HOL_TRY(make_narrow(self));
    if (!self->graph) return HOL_OK;
    self->multi_spin = self->layer_count == 1 && self->blocks[0].form == SHARED && !self->sites &&
                       (self->layers[0].shares_bias || !self->layers[0].has_bias) &&
                       self->graph->degree <= HOL_SPIN_DEGREE_MAX;
    if (self->multi_spin) return hol_network_make_lists(self, options->kernels);
    HOL_TRY(HOL_ALLOCATE(self->edge_couplings, HOL_PRODUCT(2, self->graph->edges), "couplings"));
    HOL_TRY(HOL_ALLOCATE(self->edge_bias, units, "biases"));
    for (layer *l = self->layers; l < self->layers + self->layer_count; l++)
        if (l->by_colours || self->listed) HOL_TRY(make_order(self, l));
cleanup:
    return status;
}
