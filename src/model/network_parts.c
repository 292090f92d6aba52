/* network_parts: what a network consists of, and where it lies in states and in theta. */
#include "base/alloc.h"
#include "network.h"

/* what sums are in units of where couplings are shared: means over units and edges */
enum { MEAN_UNIT = 1 << 15 };

void hol_network_destroy(hol_model *model) {
    network *self = (network *)model;
    void *const own[] = {self->kept,           self->initial_fields,    self->initial,       self->zeros,
                         self->edge_bias,      self->edge_couplings,    self->ones,          self->counts,
                         self->path_bias,      self->path_drift,        self->path_start,    self->rules,
                         self->pieces,         self->neighbours,        self->piece_starts,  self->piece_units,
                         self->lattice,        self->layer_rows,        self->block_rows,    self->edge_rows,
                         self->bounds.to_rows, self->bounds.to_columns, self->cardinalities, self->first_units,
                         self->site_reach,     self->all_states,        self->all_first,     self->projected,
                         self->scores};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) hol_free(own[i]);
    for (layer *l = self->layers; l < self->layers + self->layer_count; l++) {
        hol_team_free(self->team, l->weights);
        hol_team_free(self->team, l->biases);
        hol_free(l->reach);
        hol_sites_destroy(l->sites);
        hol_free(l->order);
        hol_free(l->colour_starts);
        hol_pairwise_destroy(l->pairs);
        hol_free(l->states);
        hol_free(l->places);
    }
    for (int b = 0; b < self->block_count; b++) hol_team_free(self->base.team, self->blocks[b].sums);
    hol_team_free(self->team, self->records);
    hol_graph_destroy(self->graph);
    hol_free(self);
}

hol_status hol_network_begin(const hol_model_ops *kind, const hol_model_options *options, network **ret) {
    network *self = NULL;
    const hol_status status = HOL_ALLOCATE(self, 1, "model");
    *ret = self;
    if (status != HOL_OK) return status;
    self->ops = *kind;
    self->ops.destroy = hol_network_destroy;
    self->base.ops = &self->ops;
    self->base.temperature = options->temperature;
    return HOL_OK;
}

layer *hol_network_add_layer(network *self, layer l) {
    hol_model_info *info = &self->base.info;
    l.first = info->visible + info->hidden;
    *(l.hidden ? &info->hidden : &info->visible) += l.units;
    self->spins = self->spins || l.spin;
    self->sites = self->sites || l.sites;
    self->layers[self->layer_count] = l;
    return &self->layers[self->layer_count++];
}

void hol_network_add_block(network *self, layer *rows, layer *columns, block b) {
    b.rows = rows;
    b.columns = columns;
    b.states = hol_network_variable(rows, 0).units;
    if (rows == columns) rows->coupled = true;
    self->hidden_coupled = self->hidden_coupled || rows->hidden;
    self->blocks[self->block_count++] = b;
}

/* Appends a group; returns its offset in theta. */
static int64_t add_group(hol_model_info *info, hol_parameter_group group, int64_t rows, int64_t columns) {
    group.offset = info->parameters;
    group.rows = rows;
    group.columns = columns;
    info->groups[info->group_count++] = group;
    info->parameters += rows * columns;
    return group.offset;
}

/* How T is counted: hidden units by levels where they are one layer of independent bits and all blocks are matrices,
 * else by the states that are drawn, categorical ones among them. */
void hol_network_describe(network *self) {
    hol_model_info *info = &self->base.info;
    bool dense = true, centers = true, means = false, listed = true, hidden_sites = false;
    for (layer *l = self->layers; l < self->layers + self->layer_count; l++) {
        centers = centers && l->has_bias && !l->shares_bias;
        if (l->has_bias) l->bias.offset = add_group(info, l->bias, 1, l->shares_bias ? 1 : l->units);
        means = means || l->shares_bias;
        hidden_sites = hidden_sites || (l->hidden && l->sites);
    }
    for (block *b = self->blocks; b < self->blocks + self->block_count; b++) {
        b->couplings.decays = true;
        b->couplings.matrix = b->form == DENSE;
        b->at = b->form == DENSE   ? add_group(info, b->couplings, b->rows->units, b->columns->units)
                : b->form == EDGES ? add_group(info, b->couplings, 1, b->edges)
                                   : add_group(info, b->couplings, b->states, b->states);
        dense = dense && b->form == DENSE;
        listed = listed && b->form != DENSE;
        means = means || b->form == SHARED;
    }
    self->listed = listed && info->hidden == 0 && self->block_count > 0 && !(self->sites && self->layer_count > 1);
    const bool levels = info->hidden > 0 && self->layers[self->layer_count - 1].units == info->hidden && dense &&
                        !self->hidden_coupled && !means && !hidden_sites;
    info->infer_draws = info->hidden > 0 && !levels;
    info->unit = info->largest = means ? MEAN_UNIT : levels ? HOL_LEVELS : 1;
    info->is_signed = self->spins;
    info->signed_spins = true;
    for (const layer *l = self->layers; l < self->layers + self->layer_count; l++)
        info->signed_spins = info->signed_spins && (l->spin || l->hidden);
    info->first_order = dense && centers ? info->visible + info->hidden : 0;
}

const layer *hol_network_layer_of(const network *self, int64_t unit) {
    const layer *l = self->layers;
    while (unit >= l->first + l->units) l++;
    return l;
}

int64_t hol_network_place(const network *self, int64_t e, int64_t *ret_mirror) {
    const block *b = self->blocks;
    int64_t i = self->graph->ends[2 * e], j = self->graph->ends[2 * e + 1], mirror = 0;
    if (i > j) i = self->graph->ends[2 * e + 1], j = self->graph->ends[2 * e];
    if (self->block_count > 1)
        while (b->rows != hol_network_layer_of(self, i) || b->columns != hol_network_layer_of(self, j)) b++;
    int64_t at = mirror = b->at + (b->form == EDGES ? e - b->first_edge : 0);
    if (b->form == SHARED && b->states > 1) {
        const int64_t k = (e - b->first_edge) % (b->states * b->states);
        at += k;
        mirror += k % b->states * b->states + k / b->states;
    }
    if (b->form == DENSE) {
        at += (i - b->rows->first) * b->columns->units + j - b->columns->first;
        mirror = b->rows != b->columns ? at : mirror + (j - b->rows->first) * b->columns->units + i - b->columns->first;
    }
    if (ret_mirror) *ret_mirror = mirror;
    return at;
}
