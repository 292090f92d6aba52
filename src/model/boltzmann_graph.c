/* boltzmann_graph: a machine of which only given pairs of units are coupled. Its matrices are whole, with zeros
 * elsewhere that no gradient moves; units that are coupled among themselves are drawn colour by colour
 * (num/sparse.h). */
#include <string.h>

#include "base/alloc.h"
#include "boltzmann.h"

/* the part of the energy that an edge is of */
static unsigned part_of(const boltzmann *self, int64_t edge, int64_t visible) {
    const int32_t a = self->graph->ends[2 * edge], b = self->graph->ends[2 * edge + 1];
    if (a < visible && b < visible) return HOL_MODEL_VISIBLE_COUPLINGS;
    if (a >= visible && b >= visible) return HOL_MODEL_HIDDEN_COUPLINGS;
    return HOL_MODEL_WEIGHTS;
}

hol_status hol_boltzmann_make_graph(boltzmann *self, const hol_model_options *options) {
    hol_status status = HOL_OK;
    const hol_structure *edges = hol_model_find_structure(options, "edges");
    self->joined = HOL_MODEL_WEIGHTS | HOL_MODEL_VISIBLE_COUPLINGS | HOL_MODEL_HIDDEN_COUPLINGS;
    if (!edges) return HOL_OK;
    if (edges->columns != 2)
        HOL_TRY(hol_error(HOL_USAGE, "structure edges: found %lld columns, expected 2", (long long)edges->columns));
    HOL_TRY(hol_graph_create(options->visible + options->hidden, edges->rows, edges->values, &self->graph));
    self->joined = 0;
    for (int64_t e = 0; e < self->graph->edges; e++) {
        self->joined |= part_of(self, e, options->visible);
        if (self->joined & options->without)
            HOL_TRY(hol_error(HOL_USAGE,
                              "edge %lld (from 0): found units %d and %d, expected none that model.weights, "
                              "visible_couplings or hidden_couplings turn off",
                              (long long)e, edges->values[2 * e], edges->values[2 * e + 1]));
    }
cleanup:
    return status;
}

/* ---- what an edge is in theta ------------------------------------------------------------------------------------ */

/* the places of edge e; the second is -1 for a weight, which stands there once */
static void places_of(const boltzmann *self, int64_t e, int64_t places[2]) {
    const int64_t visible = self->base.info.visible, hidden = self->base.info.hidden;
    const int64_t a = self->graph->ends[2 * e], b = self->graph->ends[2 * e + 1];
    const int64_t low = a < b ? a : b, high = a < b ? b : a;
    places[1] = -1;
    switch (part_of(self, e, visible)) {
    case HOL_MODEL_WEIGHTS: places[0] = self->at_weights + low * hidden + high - visible; break;
    case HOL_MODEL_VISIBLE_COUPLINGS:
        places[0] = self->at_visible_couplings + low * visible + high;
        places[1] = self->at_visible_couplings + high * visible + low;
        break;
    default:
        places[0] = self->at_hidden_couplings + (low - visible) * hidden + high - visible;
        places[1] = self->at_hidden_couplings + (high - visible) * hidden + low - visible;
    }
}

void hol_boltzmann_keep_sums(const boltzmann *self, int32_t *statistics) {
    for (int64_t k = 0; self->graph && k < self->base.info.parameters; k++)
        if (!self->kept[k]) statistics[k] = 0;
}

void hol_boltzmann_begin_edges(const boltzmann *self, float *theta) {
    for (int64_t k = 0; self->graph && k < self->base.info.parameters; k++)
        if (!self->kept[k]) theta[k] = 0;
    for (int64_t e = 0; self->initial && e < self->graph->edges; e++) {
        int64_t places[2];
        places_of(self, e, places);
        for (int p = 0; p < 2; p++)
            if (places[p] >= 0) theta[places[p]] = self->initial[e];
    }
}

/* ---- tables ------------------------------------------------------------------------------------------------------ */

static hol_status make_order(boltzmann *self, half *h) {
    hol_status status = HOL_OK;
    const hol_graph *graph = self->graph;
    int64_t count = 0;
    HOL_TRY(HOL_ALLOCATE(h->order, h->layer.outputs, "colours"));
    HOL_TRY(HOL_ALLOCATE(h->colour_starts, graph->colours + 1, "colours"));
    for (int64_t c = 0; c < graph->colours; c++) {
        h->colour_starts[c] = count;
        for (int64_t k = graph->colour_starts[c]; k < graph->colour_starts[c + 1]; k++) {
            const int64_t unit = graph->order[k] - h->first_unit;
            if (unit >= 0 && unit < h->layer.outputs) h->order[count++] = graph->order[k];
        }
    }
    h->colour_starts[graph->colours] = count;
    h->sparse =
        hol_sparse_of(h->layer.kernels, graph, self->edge_couplings, self->edge_bias, h->order, h->colour_starts);
cleanup:
    return status;
}

hol_status hol_boltzmann_make_orders(boltzmann *self, const float *initial) {
    hol_status status = HOL_OK;
    const hol_graph *graph = self->graph;
    if (!graph) return HOL_OK;
    HOL_TRY(HOL_ALLOCATE(self->kept, self->base.info.parameters, "edges"));
    HOL_TRY(HOL_ALLOCATE(self->edge_couplings, HOL_PRODUCT(2, graph->edges), "couplings"));
    HOL_TRY(HOL_ALLOCATE(self->edge_bias, graph->units, "biases"));
    HOL_TRY(hol_copy_floats(initial, graph->edges, "couplings", &self->initial));
    for (int64_t k = 0; k < self->base.info.first_order; k++) self->kept[k] = 1;
    for (int64_t e = 0; e < graph->edges; e++) {
        int64_t places[2];
        places_of(self, e, places);
        for (int p = 0; p < 2; p++)
            if (places[p] >= 0) self->kept[places[p]] = 1;
    }
    HOL_TRY(make_order(self, &self->visible));
    HOL_TRY(make_order(self, &self->hidden));
    self->base.info.structures[self->base.info.structure_count++] = hol_graph_get_edges(graph);
cleanup:
    return status;
}

/* where the tables of the half that unit i is in have its coupling to unit j */
static int32_t *entry_of(const boltzmann *self, int64_t i, int64_t j) {
    const half *h = i < self->base.info.visible ? &self->visible : &self->hidden;
    return &h->weights[(j - h->first_input) * h->layer.stride + i - h->first_unit];
}

/* The whole matrices' entries to the lists of neighbours, and nothing else back into them, whatever theta says. */
void hol_boltzmann_prepare_graph(boltzmann *self) {
    const hol_graph *graph = self->graph;
    half *const halves[] = {&self->visible, &self->hidden};
    if (!graph) return;
    for (int64_t i = 0; i < graph->units; i++)
        for (int64_t k = graph->starts[i]; k < graph->starts[i + 1]; k++)
            self->edge_couplings[k] = *entry_of(self, i, graph->neighbours[k]);
    for (int s = 0; s < 2; s++) {
        half *h = halves[s];
        memset(h->weights, 0, (size_t)(h->layer.inputs * h->layer.stride) * sizeof *h->weights);
        memcpy(self->edge_bias + h->first_unit, h->bias, (size_t)h->layer.outputs * sizeof *h->bias);
        h->sparse.scale = h->layer.scale;
    }
    for (int64_t i = 0; i < graph->units; i++)
        for (int64_t k = graph->starts[i]; k < graph->starts[i + 1]; k++)
            *entry_of(self, i, graph->neighbours[k]) = self->edge_couplings[k];
}
