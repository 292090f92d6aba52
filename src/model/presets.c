/* presets: networks by name.
 *
 *     rbm         the restricted Boltzmann machine (Smolensky 1986; Hinton 2002)
 *                 E(v, h) = -a.v - b.h - v'W h
 *     boltzmann   the Boltzmann machine (Ackley, Hinton & Sejnowski 1985), fully visible or with latent units
 *                 E(v, h) = -a.v - b.h - v'W h - 1/2 v'V v - 1/2 h'U h          V and U symmetric, their diagonals 0
 *     ising       spins on a lattice, or on any graph (Lenz 1920; Ising 1925)
 *                 E(s) = -sum_<ij> J_ij s_i s_j - sum_i h_i s_i          s = -1, 1 or 0, 1
 *
 * The two entries of a symmetric pair have the same statistic and the same gradient, which is that of the one coupling
 * that they stand for, so that they stay equal to the last bit. */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "network.h"

extern const hol_model_ops hol_model_rbm, hol_model_boltzmann, hol_model_ising, hol_model_network;

/* ---- rbm and boltzmann ------------------------------------------------------------------------------------------- */

static const block weights = {.couplings = {.name = "weights",
                                            .axes = {"visible", "hidden"},
                                            .text = "W: couplings of visible and hidden units"}},
                   visible_couplings = {.couplings = {.name = "visible_couplings",
                                                      .axes = {"visible", "visible"},
                                                      .text = "V: couplings of visible units, symmetric, 0 on the "
                                                              "diagonal"},
                                        .number = 1},
                   hidden_couplings = {.couplings = {.name = "hidden_couplings",
                                                     .axes = {"hidden", "hidden"},
                                                     .text = "U: couplings of hidden units, symmetric, 0 on the "
                                                             "diagonal"},
                                       .number = 2};

/* The parts of the energy that the edges, if there are any, have couplings in, else all of them. */
static hol_status set_graph(network *self, const hol_model_options *options, unsigned *ret_parts) {
    hol_status status = HOL_OK;
    const hol_structure *edges = hol_model_find_structure(options, "edges");
    *ret_parts = HOL_MODEL_WEIGHTS | HOL_MODEL_VISIBLE_COUPLINGS | HOL_MODEL_HIDDEN_COUPLINGS;
    if (!edges) return HOL_OK;
    if (edges->columns != 2)
        HOL_TRY(hol_error(HOL_USAGE, "structure edges: found %lld columns, expected 2", (long long)edges->columns));
    HOL_TRY(hol_graph_create(options->visible + options->hidden, edges->rows, edges->values, &self->graph));
    self->masked = true;
    self->base.info.structures[self->base.info.structure_count++] = hol_graph_get_edges(self->graph);
    *ret_parts = 0;
    for (int64_t e = 0; e < edges->rows; e++) {
        const int visible = (edges->values[2 * e] < options->visible) + (edges->values[2 * e + 1] < options->visible);
        *ret_parts |= visible == 2 ? HOL_MODEL_VISIBLE_COUPLINGS
                      : visible    ? HOL_MODEL_WEIGHTS
                                   : HOL_MODEL_HIDDEN_COUPLINGS;
        if (*ret_parts & options->without)
            HOL_TRY(hol_error(HOL_USAGE,
                              "edge %lld (from 0): found units %d and %d, expected none that model.weights, "
                              "visible_couplings or hidden_couplings turn off",
                              (long long)e, edges->values[2 * e], edges->values[2 * e + 1]));
    }
cleanup:
    return status;
}

static hol_status create_machine(const hol_model_ops *kind, const hol_model_options *options, hol_model **ret_model) {
    hol_status status = HOL_OK;
    network *self = NULL;
    unsigned parts = 0;
    const bool biases = !(options->without & HOL_MODEL_BIASES);
    layer visible = {.bias = {.name = "visible_bias", .axes = {"visible"}, .text = "a: visible units' biases"},
                     .units = options->visible,
                     .has_bias = biases};
    const int32_t *states = NULL;
    const int64_t least = kind == &hol_model_rbm; /* of hidden units */
    if (options->visible < 1 || options->hidden < least || options->visible > INT32_MAX || options->hidden > INT32_MAX)
        return hol_error(HOL_USAGE, "model %s: found %lld visible and %lld hidden units, expected at least 1 %s",
                         kind->kind, (long long)options->visible, (long long)options->hidden,
                         least ? "of each" : "visible");
    HOL_TRY(hol_network_begin(kind, options, &self));
    HOL_TRY(hol_network_take_columns(self, options, &states));
    if (states) HOL_TRY(hol_network_set_states(&visible, self->base.info.columns.count, states, 0));
    layer *v = hol_network_add_layer(self, visible);
    HOL_TRY(set_graph(self, options, &parts));
    parts &= ~options->without;
    if (self->graph && v->sites)
        HOL_TRY(
            hol_error(HOL_USAGE, "model %s: found edges and columns of states, expected one of the two", kind->kind));
    layer *h =
        options->hidden == 0
            ? NULL
            : hol_network_add_layer(
                  self, (layer){.bias = {.name = "hidden_bias", .axes = {"hidden"}, .text = "b: hidden units' biases"},
                                .units = options->hidden,
                                .hidden = true,
                                .has_bias = biases});
    if (h && parts & HOL_MODEL_WEIGHTS) hol_network_add_block(self, v, h, weights);
    if (v->units > 1 && parts & HOL_MODEL_VISIBLE_COUPLINGS) hol_network_add_block(self, v, v, visible_couplings);
    if (h && h->units > 1 && parts & HOL_MODEL_HIDDEN_COUPLINGS) hol_network_add_block(self, h, h, hidden_couplings);
    return hol_network_finish(self, options, ret_model);
cleanup:
    if (self) hol_network_destroy(&self->base);
    return status;
}

static hol_status create_rbm(const hol_model_options *options, hol_model **ret_model) {
    if (options->without & HOL_MODEL_WEIGHTS) return hol_error(HOL_USAGE, "model rbm: found weights off, expected on");
    hol_model_options general = *options;
    general.without |= HOL_MODEL_VISIBLE_COUPLINGS | HOL_MODEL_HIDDEN_COUPLINGS;
    return create_machine(&hol_model_rbm, &general, ret_model);
}

static hol_status create_boltzmann(const hol_model_options *options, hol_model **ret_model) {
    return create_machine(&hol_model_boltzmann, options, ret_model);
}

static const char *check_rbm(const hol_model_options *options, bool is_new, const char **ret_key) {
    (void)is_new;
    *ret_key = "model.hidden";
    if (options->hidden == 0) return "found 0, expected at least 1 for model.kind rbm (boltzmann may have none)";
    *ret_key = "model.weights";
    return options->without & HOL_MODEL_WEIGHTS ? "found false, expected true for model.kind rbm" : NULL;
}

static const hol_model_options rbm_example = {.kind = "rbm", .visible = 2, .hidden = 2, .temperature = 1};

const hol_model_ops hol_model_rbm = {
    .kind = "rbm",
    .summary = "is the restricted Boltzmann machine, E(v, h) = -a.v - b.h - v W h",
    .keys = "model.hidden model.biases model.weights train.initial_weights",
    .centers = true,
    .takes_columns = true,
    .check = check_rbm,
    .example = &rbm_example,
    .create = create_rbm,
};

static const int32_t example_edges[] = {0, 1, 0, 2, 1, 3, 2, 3};
static const hol_model_options boltzmann_example = {
    .kind = "boltzmann",
    .visible = 2,
    .hidden = 2,
    .temperature = 1,
    .structure_count = 1,
    .structures = {{.name = "edges", .rows = 4, .columns = 2, .values = example_edges}}};

const hol_model_ops hol_model_boltzmann = {
    .kind = "boltzmann",
    .summary = "has couplings among visible and among hidden units too, - v V v / 2 - h U h / 2",
    .keys = "model.hidden model.biases model.weights model.visible_couplings model.hidden_couplings "
            "model.positive_sweeps model.positive_persistent model.edges model.fields train.initial_weights",
    .centers = true,
    .takes_columns = true,
    .example = &boltzmann_example,
    .create = create_boltzmann,
};

/* ---- ising ------------------------------------------------------------------------------------------------------- */

/* a lattice, or a list of edges; kept with the structures */
static hol_status set_edges(network *self, const hol_model_options *options) {
    hol_status status = HOL_OK;
    const hol_structure *lattice = hol_model_find_structure(options, "lattice"),
                        *edges = hol_model_find_structure(options, "edges");
    hol_structure *kept = &self->base.info.structures[self->base.info.structure_count];
    if (lattice && lattice->rows != 2)
        HOL_TRY(hol_error(HOL_USAGE, "structure lattice: found %lld rows, expected 2", (long long)lattice->rows));
    if (!lattice && (!edges || edges->columns != 2))
        HOL_TRY(hol_error(HOL_USAGE, "model ising: found neither a lattice nor edges, expected one of the two"));
    if (!lattice) HOL_TRY(hol_graph_create(options->visible, edges->rows, edges->values, &self->graph));
    else {
        const int64_t dimensions = lattice->columns;
        HOL_TRY(hol_graph_create_lattice(dimensions, lattice->values, lattice->values + dimensions, &self->graph));
        HOL_TRY(HOL_ALLOCATE(self->lattice, 2 * dimensions, "lattice"));
        memcpy(self->lattice, lattice->values, (size_t)(2 * dimensions) * sizeof *self->lattice);
        *kept++ = (hol_structure){.name = "lattice",
                                  .rows = 2,
                                  .columns = dimensions,
                                  .values = self->lattice,
                                  .axes = {NULL, "dimensions"},
                                  .text = "a lattice's lengths, and 1 where it is periodic, else 0"};
    }
    /* of a lattice with couplings of its own, too: who is joined by the e-th of them */
    if (!lattice || !self->form[1]) *kept++ = hol_graph_get_edges(self->graph);
    self->base.info.structure_count = (int)(kept - self->base.info.structures);
cleanup:
    return status;
}

/* 1 where spins are signed, where one coupling is shared: of a checkpoint, or of a config. */
static void set_form(network *self, const hol_model_options *options) {
    const hol_structure *form = hol_model_find_structure(options, "form");
    const bool known = form && form->rows == 1 && form->columns == 2;
    self->form[0] =
        known ? form->values[0] : hol_model_get(options, "spins", HOL_MODEL_SPINS_BINARY) == HOL_MODEL_SPINS_SIGNED;
    self->form[1] =
        known ? form->values[1]
              : hol_model_get(options, "couplings", HOL_MODEL_COUPLINGS_PER_EDGE) == HOL_MODEL_COUPLINGS_SHARED;
    self->base.info.structures[self->base.info.structure_count++] = (hol_structure){
        .name = "form",
        .rows = 1,
        .columns = 2,
        .values = self->form,
        .text = "1 where spins are -1 and 1, 0 where they are 0 and 1; 1 where all edges share one coupling, else 0"};
}

static hol_status create_ising(const hol_model_options *options, hol_model **ret_model) {
    hol_status status = HOL_OK;
    network *self = NULL;
    HOL_TRY(hol_network_begin(&hol_model_ising, options, &self));
    set_form(self, options);
    HOL_TRY(set_edges(self, options));
    const int64_t units = self->graph->units, edges = self->graph->edges;
    if (options->hidden != 0)
        HOL_TRY(
            hol_error(HOL_USAGE, "model ising: found %lld hidden units, expected none", (long long)options->hidden));
    if (options->visible != 0 && options->visible != units)
        HOL_TRY(hol_error(HOL_USAGE,
                          "data.train: found %lld columns, expected %lld as model.lattice or model.edges has sites",
                          (long long)options->visible, (long long)units));
    if (edges == 0) HOL_TRY(hol_error(HOL_USAGE, "model ising: found no edges, expected at least one"));
    layer *s = hol_network_add_layer(self, (layer){.bias = {.name = "field",
                                                            .axes = {"1 or units"},
                                                            .text = "h: the field, one for all units or each its own"},
                                                   .units = units,
                                                   .spin = self->form[0],
                                                   .has_bias = !(options->without & HOL_MODEL_BIASES),
                                                   .shares_bias = self->form[1]});
    hol_network_add_block(self, s, s,
                          (block){.couplings = {.name = "couplings",
                                                .axes = {"1 or edges"},
                                                .text = "J: the coupling, one for all edges or each its own"},
                                  .form = self->form[1] ? SHARED : EDGES,
                                  .edges = edges});
    return hol_network_finish(self, options, ret_model);
cleanup:
    if (self) hol_network_destroy(&self->base);
    return status;
}

/* Sites and edges are of a lattice or from a file. */
static const char *check_ising(const hol_model_options *options, bool is_new, const char **ret_key) {
    (void)is_new;
    *ret_key = "model.kind";
    const bool lattice = hol_model_get(options, "lattice", 0) > 0, edges = hol_model_get(options, "edges", 0) > 0;
    if (lattice && edges) return "found ising with both a lattice and edges, expected model.lattice or model.edges";
    if (lattice || edges) return NULL;
    return "found ising with neither a lattice nor edges, expected model.lattice or model.edges";
}

static const int32_t example_lattice[] = {3, 1};
static const hol_model_options ising_example = {
    .kind = "ising",
    .visible = 3,
    .temperature = 1,
    .structure_count = 1,
    .structures = {{.name = "lattice", .rows = 2, .columns = 1, .values = example_lattice}}};

const hol_model_ops hol_model_ising = {
    .kind = "ising",
    .summary = "has spins on a lattice or graph, - sum J s s' over its edges - sum h s",
    .keys = "model.biases model.lattice model.periodic model.edges model.fields model.spins model.couplings "
            "model.coupling model.field",
    .self_contained = true,
    .check = check_ising,
    .example = &ising_example,
    .create = create_ising,
};

/* ---- network ----------------------------------------------------------------------------------------------------- */

/* of structures "layers" and "blocks" */
enum { HIDDEN, TYPE, VARIABLES, NAME, LAYER_COLUMNS = NAME + HOL_LAYER_NAME_SIZE };
enum { ROWS, COLUMNS, FORM, EDGE_COUNT, BLOCK_COLUMNS };

static hol_status keep(network *self, const hol_structure *from, const char *row, const char *text, int32_t **ret) {
    const hol_status status = HOL_ALLOCATE(*ret, from->rows * from->columns, "structure");
    if (status != HOL_OK) return status;
    memcpy(*ret, from->values, (size_t)(from->rows * from->columns) * sizeof **ret);
    self->base.info.structures[self->base.info.structure_count++] =
        (hol_structure){from->name, from->rows, from->columns, *ret, {row}, text};
    return HOL_OK;
}

/* A layer's units; visible ones are of the columns from `column` on, of so many states where data have such. */
static hol_status set_units(layer *l, const int32_t *row, const int32_t *states, int64_t column) {
    const char *name = l->bias.name;
    const int length = (int)(strlen(name) - strlen("_bias"));
    l->units = row[VARIABLES];
    l->spin = row[TYPE] == HOL_LAYER_SPIN;
    if (l->hidden) return row[TYPE] > 2 ? hol_network_set_states(l, row[VARIABLES], NULL, row[TYPE]) : HOL_OK;
    if (row[TYPE] == HOL_LAYER_COLUMNS && !states)
        return hol_error(HOL_USAGE,
                         "model.layers: found layer %.*s of type categorical, but no columns of states, expected a "
                         "data set of them (holode data import --states)",
                         length, name);
    if (row[TYPE] == HOL_LAYER_COLUMNS) return hol_network_set_states(l, row[VARIABLES], states + column, 0);
    for (int64_t c = column; states && c < column + row[VARIABLES]; c++)
        if (states[c] != 2)
            return hol_error(HOL_USAGE,
                             "model.layers: found %d states in column %lld (from 0), expected 2 in layer %.*s (type: "
                             "categorical takes more)",
                             states[c], (long long)c, length, name);
    return HOL_OK;
}

/* *ret_columns: of the data */
static hol_status add_layers(network *self, const hol_structure *layers, const hol_model_options *options,
                             int64_t *ret_columns) {
    const bool biases = !(options->without & HOL_MODEL_BIASES);
    const int32_t *states = NULL;
    int64_t column = 0, units = 0;
    hol_status status = hol_network_take_columns(self, options, &states);
    const int64_t columns = states ? self->base.info.columns.count : INT64_MAX;
    for (int64_t r = 0; status == HOL_OK && r < layers->rows; r++) {
        const int32_t *row = layers->values + r * layers->columns;
        char *name = self->names[self->layer_count];
        const bool hidden = row[HIDDEN] != 0, more = !hidden && row[VARIABLES] > columns - column;
        units += (int64_t)row[VARIABLES] * (hidden && row[TYPE] > 2 ? row[TYPE] : 1);
        if (row[VARIABLES] < 1 || units > INT32_MAX || (!hidden && self->base.info.hidden > 0))
            return hol_error(HOL_USAGE, "structure layers: found %d units in layer %lld, expected some, visible first",
                             row[VARIABLES], (long long)r);
        if (row[TYPE] < (hidden ? HOL_LAYER_BINARY : HOL_LAYER_COLUMNS) ||
            row[TYPE] > (hidden ? HOL_STATES_MAX : HOL_LAYER_SPIN))
            return hol_error(HOL_USAGE, "structure layers: found type %d in layer %lld, expected another", row[TYPE],
                             (long long)r);
        for (int k = 0; k + 1 < HOL_LAYER_NAME_SIZE && row[NAME + k] > 0; k++) name[k] = (char)row[NAME + k];
        strcat(name, "_bias");
        layer l = {.bias = {.name = name, .axes = {"units"}, .text = "biases of a layer's units"},
                   .hidden = hidden,
                   .has_bias = biases};
        *ret_columns = column += hidden ? 0 : row[VARIABLES];
        if (!more) status = set_units(&l, row, states, column - row[VARIABLES]);
        if (!more && status == HOL_OK) (void)hol_network_add_layer(self, l);
    }
    return status;
}

/* Variables that share couplings are alike. */
static hol_status check_shared(const layer *l) {
    const int64_t states = hol_network_variable(l, 0).units;
    for (int64_t i = 0; i < l->units; i += states)
        if (hol_network_variable(l, i).units != states)
            return hol_error(HOL_USAGE,
                             "model.blocks: found variables of %lld and of %lld states in one layer, expected as many "
                             "of all that share their couplings",
                             (long long)hol_network_variable(l, 0).states,
                             (long long)hol_network_variable(l, i).states);
    return HOL_OK;
}

static hol_status add_block(network *self, const int32_t *row, const hol_structure *edges, int64_t *edge) {
    const int number = self->block_count;
    layer *rows = &self->layers[row[ROWS]], *columns = &self->layers[row[COLUMNS]];
    char *name = self->names[HOL_LAYERS_MAX + number];
    const bool twice =
        row[FORM] == DENSE && rows == columns && hol_network_variable(rows, rows->units - 1).first == rows->first;
    int64_t first = 0, pairs = 0;
    for (const block *b = self->blocks; b < self->blocks + number; b++) first += b->edges;
    for (int64_t e = *edge; e < *edge + row[EDGE_COUNT]; e++) {
        const int32_t i = edges->values[2 * e], j = edges->values[2 * e + 1];
        pairs += hol_network_pairs_of(self, edges->values + 2 * e);
        const layer *low = hol_network_layer_of(self, i < j ? i : j), *high = hol_network_layer_of(self, i < j ? j : i);
        if (low != rows || high != columns)
            return hol_error(HOL_USAGE, "edge %lld (from 0): found units %d and %d, expected units of its layers",
                             (long long)e, i, j);
    }
    const int of_rows = (int)(strlen(rows->bias.name) - strlen("bias")); /* with what stands before it */
    const int of_columns = rows == columns ? 0 : (int)(strlen(columns->bias.name) - strlen("bias"));
    (void)snprintf(name, sizeof self->names[0], "%.*s%.*scouplings", of_rows, rows->bias.name, of_columns,
                   columns->bias.name);
    static const char *const texts[] = {"couplings of units, those of a layer symmetric, 0 on the diagonal",
                                        "a coupling for each edge", "one coupling for all edges",
                                        "couplings for each edge, of all pairs of states, the earlier one's first",
                                        "couplings of two states for all edges, symmetric"};
    static const char *const axes[][2] = {{"units", "units"}, {"edges"}, {"1"}, {"pairs"}, {"states", "states"}};
    const int form = row[FORM] != DENSE && (rows->sites || columns->sites) ? row[FORM] + 2 : row[FORM];
    const hol_status status = row[FORM] == SHARED ? check_shared(rows) : HOL_OK;
    if (status != HOL_OK) return status;
    if (twice) return hol_error(HOL_USAGE, "structure blocks: found one unit in a layer, expected two to be coupled");
    hol_network_add_block(
        self, rows, columns,
        (block){.couplings = {.name = name, .axes = {axes[form][0], axes[form][1]}, .text = texts[form]},
                .form = (block_form)row[FORM],
                .number = (uint32_t)number,
                .first_edge = first,
                .edges = pairs});
    *edge += row[EDGE_COUNT];
    return HOL_OK;
}

static bool is_good_block(const network *self, const int32_t *row, int64_t edges_left) {
    bool good = row[ROWS] >= 0 && row[COLUMNS] >= row[ROWS] && row[COLUMNS] < self->layer_count && row[FORM] >= DENSE &&
                row[FORM] <= SHARED && row[EDGE_COUNT] >= 0 && row[EDGE_COUNT] <= edges_left &&
                (row[FORM] == DENSE) == (row[EDGE_COUNT] == 0) && (row[FORM] != SHARED || row[ROWS] == row[COLUMNS]);
    for (int b = 0; good && b < self->block_count; b++)
        good =
            self->blocks[b].rows != &self->layers[row[ROWS]] || self->blocks[b].columns != &self->layers[row[COLUMNS]];
    return good;
}

static hol_status create_network(const hol_model_options *options, hol_model **ret_model) {
    hol_status status = HOL_OK;
    network *self = NULL;
    int64_t edge = 0, columns = 0;
    const hol_structure *layers = hol_model_find_structure(options, "layers"),
                        *blocks = hol_model_find_structure(options, "blocks"),
                        *edges = hol_model_find_structure(options, "edges");
    HOL_TRY(hol_network_begin(&hol_model_network, options, &self));
    if (!layers || layers->columns != LAYER_COLUMNS || layers->rows < 1 || layers->rows > HOL_LAYERS_MAX ||
        (blocks && (blocks->columns != BLOCK_COLUMNS || blocks->rows > HOL_BLOCKS_MAX)) ||
        (edges && edges->columns != 2))
        HOL_TRY(hol_error(HOL_USAGE, "model network: found no layers, expected 1 to %d, of at most %d blocks",
                          HOL_LAYERS_MAX, HOL_BLOCKS_MAX));
    HOL_TRY(add_layers(self, layers, options, &columns));
    const int64_t found = self->cardinalities ? self->base.info.columns.count : options->visible;
    if (found != 0 && found != columns)
        HOL_TRY(hol_error(HOL_USAGE, "data.train: found %lld columns, expected %lld as visible layers have units",
                          (long long)found, (long long)columns));
    HOL_TRY(keep(self, layers, "layers",
                 "1 where hidden; -1 of states as columns have, 0 of bits, 1 of spins, or how many states; units; and "
                 "the name's letters by their codes",
                 &self->layer_rows));
    if (edges) HOL_TRY(hol_network_join(self, edges));
    for (int64_t r = 0; blocks && r < blocks->rows; r++) {
        const int32_t *row = blocks->values + r * BLOCK_COLUMNS;
        if (!is_good_block(self, row, (edges ? edges->rows : 0) - edge))
            HOL_TRY(hol_error(HOL_USAGE, "structure blocks: found no such block in row %lld", (long long)r));
        HOL_TRY(add_block(self, row, edges, &edge));
    }
    if (blocks)
        HOL_TRY(keep(self, blocks, "blocks",
                     "two layers, 0 for a matrix, 1 for edges, 2 where these share a coupling; "
                     "number of edges",
                     &self->block_rows));
    if (edge != (edges ? edges->rows : 0))
        HOL_TRY(hol_error(HOL_USAGE, "structure blocks: found %lld edges, expected all", (long long)edge));
    if (edges) HOL_TRY(keep(self, edges, "edges", "the two units that each edge joins", &self->edge_rows));
    return hol_network_finish(self, options, ret_model);
cleanup:
    if (self) hol_network_destroy(&self->base);
    return status;
}

/* names as a list of what files hold has them: LAYER_bias */
static const int32_t example_layers[2][LAYER_COLUMNS] = {
    {[VARIABLES] = 2, [NAME] = 'L', 'A', 'Y', 'E', 'R'},
    {[HIDDEN] = 1, [VARIABLES] = 2, [NAME] = 'L', 'A', 'T', 'E', 'R'}};
static const int32_t example_blocks[2][BLOCK_COLUMNS] = {{0, 1, DENSE, 0}, {0, 0, EDGES, 1}};
static const int32_t example_pair[] = {0, 1};
static const hol_model_options network_example = {
    .kind = "network",
    .visible = 2,
    .hidden = 2,
    .temperature = 1,
    .structure_count = 3,
    .structures = {{.name = "layers", .rows = 2, .columns = LAYER_COLUMNS, .values = example_layers[0]},
                   {.name = "blocks", .rows = 2, .columns = BLOCK_COLUMNS, .values = example_blocks[0]},
                   {.name = "edges", .rows = 1, .columns = 2, .values = example_pair}}};

const hol_model_ops hol_model_network = {
    .kind = "network",
    .summary = "has layers of units and blocks of couplings of your own",
    .keys = "model.layers model.blocks model.biases model.positive_sweeps model.positive_persistent "
            "train.initial_weights",
    .centers = true,
    .takes_columns = true,
    .example = &network_example,
    .create = create_network,
};
