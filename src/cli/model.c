/* model: options from configs. */
#include "cli/model.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "cli/config_network.h"
#include "cli/names.h"
#include "io/array_file.h"
#include "io/dataset_notes.h"
#include "io/factor_file.h"
#include "io/text_file.h"
#include "model/graph.h"
#include "train/state.h"

hol_model_options hol_cli_model_options(const hol_config *config, int64_t visible) {
    hol_model_options o = hol_config_get_model(config);
    o.visible = visible;
    return o;
}

hol_binarizer hol_cli_binarizer(const hol_config *config, const hol_model *model) {
    return (hol_binarizer){.resample = config->data.binarize == HOL_CONFIG_BINARIZE_SAMPLE,
                           .threshold = hol_binarize_threshold(config->data.threshold),
                           .seed = (uint64_t)config->seed,
                           .columns = &model->info.columns,
                           .units = model->info.visible};
}

static bool is_shared(const hol_model_options *options) {
    return hol_model_get(options, "couplings", HOL_MODEL_COUPLINGS_PER_EDGE) == HOL_MODEL_COUPLINGS_SHARED;
}

/* ---- lattices and edges ------------------------------------------------------------------------------------------ */

static void add_lattice(const hol_config *config, hol_model_options *options, hol_cli_parts *parts) {
    const int dimensions = hol_shape_parse_lengths(config->model.lattice, parts->lattice);
    for (int d = 0; d < dimensions; d++) parts->lattice[dimensions + d] = config->model.periodic;
    options->structures[options->structure_count++] =
        (hol_structure){.name = "lattice", .rows = 2, .columns = dimensions, .values = parts->lattice};
}

/* rank 0's list on all ranks */
static hol_status share_edges(hol_comm *comm, hol_edge_list *list) {
    hol_status status = HOL_OK;
    int64_t sizes[4] = {list->units, list->edges, list->couplings != NULL, list->fields != NULL};
    HOL_TRY(hol_comm_broadcast(comm, sizes, sizeof sizes));
    if (hol_comm_rank(comm) != 0) {
        *list = (hol_edge_list){.units = sizes[0], .edges = sizes[1]};
        status = HOL_ALLOCATE(list->ends, HOL_PRODUCT(2, list->edges), "edges");
        if (status == HOL_OK && sizes[2]) status = HOL_ALLOCATE(list->couplings, list->edges, "edges");
        if (status == HOL_OK && sizes[3]) status = HOL_ALLOCATE(list->fields, list->units, "fields");
    }
    HOL_TRY(hol_comm_agree(comm, status));
    HOL_TRY(hol_comm_broadcast(comm, list->ends, 2 * list->edges * (int64_t)sizeof *list->ends));
    if (sizes[2]) HOL_TRY(hol_comm_broadcast(comm, list->couplings, list->edges * (int64_t)sizeof *list->couplings));
    if (sizes[3]) HOL_TRY(hol_comm_broadcast(comm, list->fields, list->units * (int64_t)sizeof *list->fields));
cleanup:
    return status;
}

/* ---- cliques ----------------------------------------------------------------------------------------------------- */

hol_status hol_cli_read_factors(hol_comm *comm, const char *path, hol_factors **ret_factors) {
    hol_status status = HOL_OK;
    char *text = NULL;
    int64_t length = 0;
    *ret_factors = NULL;
    if (hol_comm_rank(comm) == 0) status = hol_text_file_load(path, &text, &length);
    HOL_TRY(hol_comm_agree(comm, status));
    HOL_TRY(hol_comm_broadcast(comm, &length, sizeof length));
    HOL_TRY(hol_comm_agree(comm, text ? HOL_OK : HOL_ALLOCATE(text, length + 1, "factor graph")));
    HOL_TRY(hol_comm_broadcast(comm, text, length));
    HOL_TRY(hol_comm_agree(comm, hol_factor_file_parse(path, text, ret_factors)));
cleanup:
    hol_free(text);
    return status;
}

static hol_status add_field(hol_comm *comm, const hol_config *config, hol_model_options *options,
                            hol_cli_parts *parts) {
    hol_status status = HOL_OK;
    hol_factors *factors = NULL;
    int64_t clique = -1;
    if (*config->model.file) HOL_TRY(hol_cli_read_factors(comm, config->model.file, &factors));
    else
        HOL_TRY(hol_comm_agree(
            comm, hol_config_field_factors(config->model.variables, config->model.cliques, &factors, &clique)));
    HOL_TRY(hol_comm_agree(comm, hol_cliques_from_factors(factors, &parts->field)));
    hol_cliques_apply(&parts->field, options);
cleanup:
    hol_factors_destroy(factors);
    return status;
}

/* One J for all edges leaves no room for couplings of their own: equal ones are J. */
static hol_status share_couplings(const hol_config *config, const hol_edge_list *list, hol_model_options *options) {
    for (int64_t e = 1; e < list->edges; e++)
        if (list->couplings[e] < list->couplings[0] || list->couplings[e] > list->couplings[0])
            return hol_error(HOL_USAGE,
                             "model.couplings: found shared, but %s has couplings that differ (%g and %g), expected "
                             "per_edge",
                             config->model.edges, (double)list->couplings[0], (double)list->couplings[e]);
    hol_model_set(options, "coupling", (double)list->couplings[0]);
    return HOL_OK;
}

static hol_status add_edges(hol_comm *comm, const hol_config *config, hol_model_options *options,
                            hol_cli_parts *parts) {
    hol_status status = HOL_OK;
    hol_edge_list *list = &parts->edges;
    const int64_t units = options->visible + options->hidden;
    if (hol_comm_rank(comm) == 0)
        status = parts->edges_text ? hol_edge_file_parse(config->model.edges, parts->edges_text, units, list)
                                   : hol_edge_file_read(config->model.edges, units, list);
    HOL_TRY(hol_comm_agree(comm, status));
    HOL_TRY(share_edges(comm, list));
    if (options->visible == 0) options->visible = list->units;
    options->initial = list->couplings;
    options->initial_fields = list->fields;
    options->structures[options->structure_count++] =
        (hol_structure){.name = "edges", .rows = list->edges, .columns = 2, .values = list->ends};
    if (list->couplings && is_shared(options)) HOL_TRY(share_couplings(config, list, options));
cleanup:
    return status;
}

/* ---- fields ------------------------------------------------------------------------------------------------------ */

/* All numbers of a file, row by row: as many as there are units. */
static hol_status read_fields(const char *path, int64_t units, float *fields) {
    hol_status status = HOL_OK;
    hol_array_file *file = NULL;
    int64_t got = 0;
    HOL_TRY(hol_array_file_open(path, false, &file));
    const int64_t rows = hol_array_file_get_rows(file), columns = hol_array_file_get_columns(file);
    if (rows > units || rows * columns != units) /* rows and columns are below 2^31 */
        HOL_TRY(hol_error(HOL_BAD_INPUT, "%s: found %lld x %lld numbers, expected %lld, a field for each unit", path,
                          (long long)rows, (long long)columns, (long long)units));
    HOL_TRY(hol_array_file_read(file, rows, fields, NULL, &got));
cleanup:
    hol_array_file_close(file);
    return status;
}

static hol_status check_fields(const hol_config *config, const hol_model_options *options) {
    const char *file = *config->model.fields ? config->model.fields : config->model.edges;
    if (*config->model.fields && options->initial_fields)
        return hol_error(HOL_USAGE, "model.fields: found %s, but %s has fields, too, expected one of the two", file,
                         config->model.edges);
    if (!*config->model.fields && !options->initial_fields) return HOL_OK;
    if (options->without & HOL_MODEL_BIASES)
        return hol_error(HOL_USAGE, "model.biases: found false, but %s has fields of units, expected true", file);
    if (is_shared(options))
        return hol_error(HOL_USAGE,
                         "model.couplings: found shared, with one field for all units, but %s has fields of units, "
                         "expected per_edge",
                         file);
    return HOL_OK;
}

/* Units of the model as the options have it: of a lattice, its sites. */
static int64_t count_units(const hol_model_options *options) {
    const hol_structure *lattice = hol_model_find_structure(options, "lattice");
    int64_t sites = lattice != NULL;
    for (int64_t d = 0; lattice && d < lattice->columns; d++) sites *= lattice->values[d];
    return lattice ? sites : options->visible + options->hidden;
}

static hol_status add_fields(hol_comm *comm, const hol_config *config, hol_model_options *options,
                             hol_cli_parts *parts) {
    hol_status status = HOL_OK;
    const int64_t units = count_units(options);
    HOL_TRY(check_fields(config, options));
    if (!*config->model.fields) return HOL_OK;
    HOL_TRY(hol_comm_agree(comm, HOL_ALLOCATE(parts->fields, units, "fields")));
    if (hol_comm_rank(comm) == 0) status = read_fields(config->model.fields, units, parts->fields);
    HOL_TRY(hol_comm_agree(comm, status));
    HOL_TRY(hol_comm_broadcast(comm, parts->fields, units * (int64_t)sizeof *parts->fields));
    options->initial_fields = parts->fields;
cleanup:
    return status;
}

/* ---- layers and blocks ------------------------------------------------------------------------------------------- */

/* What other visible layers leave of the columns is the one's that says none. */
static hol_status set_units(hol_config_network *network, int64_t columns) {
    int64_t left = columns;
    hol_config_layer *open = NULL;
    for (hol_config_layer *l = network->layers; l < network->layers + network->layer_count; l++) {
        if (l->units == 0) open = l;
        if (!l->hidden) left -= l->units;
    }
    if (open && left < 1)
        return hol_error(HOL_USAGE,
                         "model.layers: found %lld units in visible layers, expected fewer than %lld columns",
                         (long long)(columns - left), (long long)columns);
    if (open) open->units = left;
    if (columns > 0 && left < 0)
        return hol_error(HOL_USAGE, "data.train: found %lld columns, expected %lld as visible layers have units",
                         (long long)columns, (long long)(columns - left));
    return HOL_OK;
}

/* One block's edges, numbers from 0 in its layers. Rank 0's. */
static hol_status read_block_edges(const hol_config_block *b, int64_t units, hol_edge_list *list) {
    hol_status status = HOL_OK;
    hol_graph *graph = NULL;
    if (*b->edges) {
        HOL_TRY(hol_edge_file_read(b->edges, units, list));
        if (list->couplings || list->fields)
            HOL_TRY(hol_error(HOL_USAGE,
                              "%s: found couplings, expected two numbers a line: those of a network begin at 0",
                              b->edges));
        return HOL_OK;
    }
    const int32_t ends[] = {b->periodic, b->periodic, b->periodic};
    HOL_TRY(hol_graph_create_lattice(b->dimensions, b->lattice, ends, &graph));
    if (graph->units != units)
        HOL_TRY(hol_error(HOL_USAGE,
                          "model.blocks: found a lattice of %lld sites, expected as many as its layer has "
                          "units, %lld",
                          (long long)graph->units, (long long)units));
    HOL_TRY(HOL_ALLOCATE(list->ends, HOL_PRODUCT(2, graph->edges), "edges"));
    memcpy(list->ends, graph->ends, (size_t)(2 * graph->edges) * sizeof *graph->ends);
    list->edges = graph->edges;
cleanup:
    hol_graph_destroy(graph);
    return status;
}

/* Where each layer's variables begin in a state, which have a unit for each state of more than two: (variables). */
static hol_status find_firsts(const hol_config_network *network, const hol_cli_parts *parts, int layer,
                              int32_t **ret_firsts) {
    int64_t column = 0, unit = 0;
    const hol_status status = HOL_ALLOCATE(*ret_firsts, network->layers[layer].units, "edges");
    for (int l = 0; status == HOL_OK && l <= layer; l++) {
        const hol_config_layer *of = &network->layers[l];
        for (int64_t k = 0; k < of->units; k++) {
            const int32_t states = of->hidden ? of->type : parts->cardinalities ? parts->cardinalities[column++] : 2;
            if (l == layer) (*ret_firsts)[k] = (int32_t)unit;
            unit += states > 2 ? states : 1;
        }
    }
    return status;
}

/* Appends a block's edges with the numbers in a state of the variables' first units. */
static hol_status append_edges(hol_comm *comm, const hol_config_network *network, const hol_config_block *b,
                               hol_cli_parts *parts, int32_t *ret_count) {
    hol_status status = HOL_OK;
    hol_edge_list list = {0}, *all = &parts->edges;
    int32_t *of_rows = NULL, *of_columns = NULL;
    int64_t room = all->edges;
    HOL_TRY(hol_comm_agree(comm, find_firsts(network, parts, b->rows, &of_rows)));
    HOL_TRY(hol_comm_agree(comm, find_firsts(network, parts, b->columns, &of_columns)));
    const int64_t rows = network->layers[b->rows].units, columns = network->layers[b->columns].units;
    if (hol_comm_rank(comm) == 0) status = read_block_edges(b, b->rows == b->columns ? rows : rows + columns, &list);
    HOL_TRY(hol_comm_agree(comm, status));
    HOL_TRY(share_edges(comm, &list));
    room *= 2;
    HOL_TRY(hol_comm_agree(comm, HOL_GROW(all->ends, room, 2 * (all->edges + list.edges), &room, "edges")));
    for (int64_t k = 0; k < 2 * list.edges; k++) {
        const int64_t i = list.ends[k];
        all->ends[2 * all->edges + k] = i < rows ? of_rows[i] : of_columns[i - rows];
    }
    all->edges += list.edges;
    *ret_count = (int32_t)list.edges;
cleanup:
    hol_edge_list_clear(&list);
    hol_free(of_rows);
    hol_free(of_columns);
    return status;
}

static hol_status add_network(hol_comm *comm, const hol_config *config, hol_model_options *options,
                              hol_cli_parts *parts) {
    enum { LAYER_COLUMNS = 3 + HOL_LAYER_NAME_SIZE, BLOCK_COLUMNS = 4 };
    hol_status status = HOL_OK;
    hol_config_network network;
    const char *key = NULL;
    HOL_TRY(hol_config_network_parse(config->model.layers, config->model.blocks, &network, &key));
    HOL_TRY(set_units(&network, options->visible));
    HOL_TRY(hol_comm_agree(comm, HOL_ALLOCATE(parts->layers, network.layer_count * LAYER_COLUMNS, "layers")));
    HOL_TRY(hol_comm_agree(comm, HOL_ALLOCATE(parts->blocks, HOL_BLOCKS_MAX * BLOCK_COLUMNS, "blocks")));
    for (int l = 0; l < network.layer_count; l++) {
        int32_t *row = parts->layers + l * LAYER_COLUMNS;
        row[0] = network.layers[l].hidden;
        row[1] = network.layers[l].type;
        row[2] = (int32_t)network.layers[l].units;
        for (size_t k = 0; network.layers[l].name[k]; k++) row[3 + k] = network.layers[l].name[k];
    }
    for (int b = 0; b < network.block_count; b++) {
        const hol_config_block *block = &network.blocks[b];
        int32_t *row = parts->blocks + b * BLOCK_COLUMNS;
        row[0] = block->rows;
        row[1] = block->columns;
        row[2] = block->shared ? HOL_BLOCK_SHARED : HOL_BLOCK_EDGES;
        if (!*block->edges && block->dimensions == 0) row[2] = HOL_BLOCK_MATRIX;
        else HOL_TRY(append_edges(comm, &network, block, parts, &row[3]));
    }
    options->hidden = network.hidden;
    hol_structure *to = options->structures + options->structure_count;
    *to++ = (hol_structure){
        .name = "layers", .rows = network.layer_count, .columns = LAYER_COLUMNS, .values = parts->layers};
    if (network.block_count > 0)
        *to++ = (hol_structure){
            .name = "blocks", .rows = network.block_count, .columns = BLOCK_COLUMNS, .values = parts->blocks};
    if (parts->edges.edges > 0)
        *to++ = (hol_structure){.name = "edges", .rows = parts->edges.edges, .columns = 2, .values = parts->edges.ends};
    options->structure_count = (int)(to - options->structures);
cleanup:
    return status;
}

hol_status hol_cli_add_parts(hol_comm *comm, const hol_config *config, hol_model_options *options,
                             hol_cli_parts *parts) {
    hol_status status = HOL_OK;
    if (strcmp(options->kind, "network") == 0) return add_network(comm, config, options, parts);
    if (*config->model.file || (config->model.variables && config->model.cliques))
        return add_field(comm, config, options, parts);
    if (config->model.lattice[0]) add_lattice(config, options, parts);
    if (config->model.edges[0]) HOL_TRY(add_edges(comm, config, options, parts));
    HOL_TRY(add_fields(comm, config, options, parts));
    if (*parts->edges.note) hol_log(comm, "%s: %s", config->model.edges, parts->edges.note);
cleanup:
    return status;
}

/* What the states of all columns are called, where each is a letter. */
static hol_status add_alphabet(hol_comm *comm, const hol_dataset *dataset, hol_model_options *options,
                               hol_cli_parts *parts) {
    hol_status status = HOL_OK;
    hol_alphabet alphabet = {0};
    if (hol_comm_rank(comm) == 0) status = hol_dataset_read_alphabet(comm, hol_dataset_get_file(dataset), &alphabet);
    HOL_TRY(hol_comm_agree(comm, status));
    HOL_TRY(hol_comm_broadcast(comm, &alphabet, sizeof alphabet));
    for (int32_t s = 0; s < alphabet.count; s++) parts->alphabet[s] = alphabet.letters[s];
    if (alphabet.count > 0)
        options->structures[options->structure_count++] =
            (hol_structure){.name = "alphabet", .rows = 1, .columns = alphabet.count, .values = parts->alphabet};
cleanup:
    return status;
}

hol_status hol_cli_add_columns(hol_comm *comm, hol_dataset *dataset, hol_model_options *options, hol_cli_parts *parts) {
    hol_status status = HOL_OK;
    const int64_t columns = hol_dataset_get_columns(dataset);
    if (hol_dataset_get_kind(dataset) != HOL_DATASET_STATES || !hol_model_find(options->kind)->takes_columns)
        return HOL_OK;
    HOL_TRY(hol_comm_agree(comm, HOL_ALLOCATE(parts->cardinalities, columns, "columns")));
    HOL_TRY(hol_dataset_find_cardinalities(comm, dataset, parts->cardinalities));
    options->structures[options->structure_count++] =
        (hol_structure){.name = "cardinalities", .rows = 1, .columns = columns, .values = parts->cardinalities};
    HOL_TRY(add_alphabet(comm, dataset, options, parts));
cleanup:
    return status;
}

void hol_cli_lattice_shape(const hol_cli_parts *parts, int64_t units, int64_t shape[2]) {
    if (parts->lattice[0] == 0 || (int64_t)parts->lattice[0] * parts->lattice[1] != units) return;
    shape[0] = parts->lattice[0];
    shape[1] = parts->lattice[1];
}

void hol_cli_parts_clear(hol_cli_parts *parts) {
    hol_edge_list_clear(&parts->edges);
    hol_free(parts->fields);
    hol_free(parts->layers);
    hol_free(parts->blocks);
    hol_free(parts->cardinalities);
    parts->fields = NULL;
    parts->layers = parts->blocks = parts->cardinalities = NULL;
    hol_cliques_clear(&parts->field);
}

/* ---- data -------------------------------------------------------------------------------------------------------- */

hol_status hol_cli_open_data(hol_comm *comm, const hol_config *config, const char *reference, const char *default_split,
                             bool may_lack_labels, hol_dataset **ret_dataset) {
    hol_status status = HOL_OK;
    HOL_TRY(hol_dataset_open(comm, reference, default_split, ret_dataset));
    if (config->data.labels) status = hol_dataset_add_labels(comm, *ret_dataset, may_lack_labels);
    if (status != HOL_OK)
        status = hol_error_replace(status, hol_error_code(status), "data.labels: %s", hol_error_message(status));
    HOL_TRY(status);
    if (hol_comm_rank(comm) == 0) status = hol_cli_check_order(comm, config, reference, default_split);
    if (hol_comm_rank(comm) == 0 && status == HOL_OK)
        status = hol_cli_check_words(comm, config, reference, default_split, hol_dataset_get_columns(*ret_dataset));
    HOL_TRY(hol_comm_agree(comm, status));
    return HOL_OK;
cleanup:
    hol_dataset_close(*ret_dataset);
    *ret_dataset = NULL;
    return status;
}

/* ---- from a checkpoint ------------------------------------------------------------------------------------------- */

hol_status hol_cli_create_model(const hol_checkpoint_info *info, double temperature, hol_model **ret_model) {
    hol_config *config = NULL;
    *ret_model = NULL;
    hol_status status = hol_config_parse(info->path, info->config, strlen(info->config), NULL, 0, &config);
    if (status != HOL_OK) return hol_error_replace(status, HOL_BAD_INPUT, "%s", hol_error_message(status));
    hol_model_options o = hol_cli_model_options(config, info->visible);
    if (strcmp(o.kind, info->model) != 0)
        status = hol_error(HOL_BAD_INPUT, "%s: config: found model %s, expected %s as in the file's attributes",
                           info->path, o.kind, info->model);
    o.temperature = temperature > 0 ? temperature : info->temperature;
    o.structure_count = info->structure_count;
    memcpy(o.structures, info->structures, sizeof o.structures);
    if (status == HOL_OK) status = hol_model_create(&o, ret_model);
    if (hol_error_code(status) == HOL_USAGE)
        status = hol_error_replace(status, HOL_BAD_INPUT, "%s: %s", info->path, hol_error_message(status));
    if (status == HOL_OK && ((*ret_model)->info.visible != info->visible || (*ret_model)->info.hidden != info->hidden))
        status = hol_error(HOL_BAD_INPUT,
                           "%s: config: found a model of %lld visible and %lld hidden units, expected %lld and %lld as "
                           "in the file's attributes",
                           info->path, (long long)(*ret_model)->info.visible, (long long)(*ret_model)->info.hidden,
                           (long long)info->visible, (long long)info->hidden);
    if (status == HOL_OK) status = hol_state_check_parameters(info, *ret_model);
    hol_config_destroy(config);
    return status;
}

/* ---- from a command's FILE --------------------------------------------------------------------------------------- */

bool hol_cli_is_config(const char *file) {
    const char *dot = strrchr(file, '.');
    return dot && (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0);
}

static hol_status read_checkpoint(hol_comm *comm, const char *file, double temperature, char *path, hol_cli_model *self,
                                  bool *ret_whole) {
    hol_status status = HOL_OK;
    status = hol_checkpoint_resolve(comm, hol_state_outline, file, path);
    if (status == HOL_OK) status = hol_checkpoint_read_info(comm, path, &self->info);
    HOL_TRY(status);
    status = hol_cli_create_model(&self->info, temperature, &self->model);
    if (status == HOL_OK) status = HOL_ALLOCATE(self->theta, self->model->info.parameters, "parameters");
    HOL_TRY(hol_comm_agree(comm, status));
    HOL_TRY(hol_state_read_theta(comm, path, self->model, self->theta));
    HOL_TRY(hol_checkpoint_is_same(comm, &self->info, ret_whole));
cleanup:
    return status;
}

/* Again as long as a run at work takes the file away, or puts another in its place. */
static hol_status open_checkpoint(hol_comm *comm, const char *file, double temperature, hol_cli_model *self) {
    char path[HOL_CHECKPOINT_PATH_MAX] = "";
    hol_status status = HOL_OK;
    bool is_whole = false, again = true;
    for (int look = 0; again && look < HOL_CHECKPOINT_LOOKS; look++) {
        hol_cli_close_model(self);
        (void)hol_error_drop(status);
        status = read_checkpoint(comm, file, temperature, path, self, &is_whole);
        again = status == HOL_OK ? !is_whole : hol_checkpoint_is_gone(comm, file, path);
    }
    return status;
}

hol_status hol_cli_check_checkpoint(hol_comm *comm, const char *file) {
    hol_cli_model self = {0};
    hol_status status = open_checkpoint(comm, file, 0, &self);
    if (status == HOL_OK) status = hol_checkpoint_validate(comm, hol_state_outline, self.info.path);
    hol_cli_close_model(&self);
    return status;
}

hol_status hol_cli_share_config(hol_comm *comm, const char *path, char *const *overrides, size_t override_count,
                                char **ret_text, hol_config **ret_config) {
    hol_status status = HOL_OK;
    hol_config *read = NULL;
    int64_t length = 0;
    if (hol_comm_rank(comm) == 0) {
        status = hol_config_read(comm, path, overrides, override_count, &read);
        if (status == HOL_OK) status = hol_config_dump(read, ret_text);
        if (status == HOL_OK) length = (int64_t)strlen(*ret_text);
    }
    HOL_TRY(hol_comm_agree(comm, status));
    HOL_TRY(hol_comm_broadcast(comm, &length, sizeof length));
    if (!*ret_text) status = HOL_ALLOCATE(*ret_text, length + 1, "config");
    HOL_TRY(hol_comm_agree(comm, status));
    HOL_TRY(hol_comm_broadcast(comm, *ret_text, length));
    HOL_TRY(hol_comm_agree(comm, hol_config_parse(path, *ret_text, (size_t)length, NULL, 0, ret_config)));
cleanup:
    hol_config_destroy(read);
    return status;
}

/* A model that isn't trained, and has no couplings, is hardly meant. */
static void warn_of_zeros(hol_comm *comm, const char *file, const hol_model *model, const float *theta) {
    const hol_parameter_group *couplings = hol_model_find_group(model, "couplings");
    if (!couplings) return;
    for (int64_t k = 0; k < couplings->columns; k++)
        if (theta[couplings->offset + k] < 0 || theta[couplings->offset + k] > 0) return;
    hol_log_warning(
        comm, "%s: all couplings are 0, and spins independent: neither model.coupling nor a file says others", file);
}

/* what a checkpoint would say of it */
static void describe_config(const char *file, const hol_config *config, const hol_cli_parts *parts,
                            hol_cli_model *self) {
    hol_checkpoint_info *info = &self->info;
    (void)snprintf(info->path, sizeof info->path, "%s", file);
    (void)snprintf(info->model, sizeof info->model, "%s", self->model->ops->kind);
    info->visible = self->model->info.visible;
    info->hidden = self->model->info.hidden;
    info->temperature = config->model.temperature;
    info->seed = (uint64_t)config->seed;
    hol_cli_lattice_shape(parts, info->visible, info->item_shape);
}

static hol_status make_from_config(hol_comm *comm, const char *file, double temperature, const hol_config *config,
                                   hol_cli_model *self) {
    hol_status status = HOL_OK;
    hol_cli_parts parts = {0};
    hol_model_options o = hol_cli_model_options(config, 0);
    if (!hol_config_get_kind(config)->self_contained)
        HOL_TRY(hol_error(HOL_USAGE,
                          "%s: found a config of a model %s, expected a checkpoint: only training gives it parameters",
                          file, o.kind));
    if (temperature > 0) o.temperature = temperature;
    HOL_TRY(hol_cli_add_parts(comm, config, &o, &parts));
    status = hol_model_create(&o, &self->model);
    if (hol_error_code(status) == HOL_USAGE)
        status = hol_error_replace(status, HOL_USAGE, "%s: %s", file, hol_error_message(status));
    if (status == HOL_OK) status = HOL_ALLOCATE(self->theta, self->model->info.parameters, "parameters");
    HOL_TRY(hol_comm_agree(comm, status));
    self->model->ops->initialize(self->model, NULL, config->train.initial_weights, (uint64_t)config->seed, self->theta);
    warn_of_zeros(comm, file, self->model, self->theta);
    describe_config(file, config, &parts, self);
cleanup:
    hol_cli_parts_clear(&parts);
    return status;
}

hol_status hol_cli_open_model(hol_comm *comm, const char *file, double temperature, char *const *overrides,
                              size_t override_count, hol_cli_model *ret_model) {
    hol_status status = HOL_OK;
    hol_config *config = NULL;
    *ret_model = (hol_cli_model){0};
    if (!hol_cli_is_config(file)) {
        if (override_count > 0) return hol_error(HOL_USAGE, "--set: found %s, expected a config, .yaml", file);
        HOL_TRY(open_checkpoint(comm, file, temperature, ret_model));
        if (hol_checkpoint_is_best(ret_model->info.path) && !hol_checkpoint_is_best(file))
            hol_log(comm, "%s: the best checkpoint of the run, of step %lld", ret_model->info.path,
                    (long long)ret_model->info.step);
        return HOL_OK;
    }
    HOL_TRY(hol_cli_share_config(comm, file, overrides, override_count, &ret_model->info.config, &config));
    HOL_TRY(make_from_config(comm, file, temperature, config, ret_model));
cleanup:
    hol_config_destroy(config);
    return status;
}

void hol_cli_close_model(hol_cli_model *self) {
    hol_model_destroy(self->model);
    hol_free(self->theta);
    hol_checkpoint_info_clear(&self->info);
    *self = (hol_cli_model){0};
}
