/* config_network: reading layers and blocks. */
#include "cli/config_network.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

/* Where reading is. */
typedef struct cursor {
    yaml_document_t *document; /* borrowed */
    const char *list;          /* "layers" or "blocks" */
    int64_t item;              /* from 1 */
} cursor;

static hol_status refuse(const cursor *c, const yaml_node_t *node, const char *expected) {
    char found[80] = "a list";
    if (node->type == YAML_SCALAR_NODE)
        (void)snprintf(found, sizeof found, "%.60s", (const char *)node->data.scalar.value);
    else if (node->type == YAML_MAPPING_NODE) (void)snprintf(found, sizeof found, "a mapping");
    return hol_error(HOL_USAGE, "found %s in number %lld of the %s, expected %s", found, (long long)c->item, c->list,
                     expected);
}

static const yaml_node_t *node_of(const cursor *c, int index) { return yaml_document_get_node(c->document, index); }

static const char *text_of(const yaml_node_t *node) {
    return node->type == YAML_SCALAR_NODE ? (const char *)node->data.scalar.value : "";
}

static hol_status read_bool(const cursor *c, const yaml_node_t *node, bool *ret) {
    *ret = strcmp(text_of(node), "true") == 0;
    return *ret || strcmp(text_of(node), "false") == 0 ? HOL_OK : refuse(c, node, "true or false");
}

static int find_layer(const hol_config_network *n, const char *name) {
    for (int l = 0; l < n->layer_count; l++)
        if (strcmp(n->layers[l].name, name) == 0) return l;
    return -1;
}

/* ---- layers ------------------------------------------------------------------------------------------------------ */

static hol_status read_name(const cursor *c, const yaml_node_t *node, const hol_config_network *n, char *name) {
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    const char *text = text_of(node);
    const size_t length = strlen(text);
    if (length == 0 || length >= HOL_LAYER_NAME_SIZE || strspn(text, letters) != length)
        return refuse(c, node, "a name of at most 15 letters, digits and _");
    if (find_layer(n, text) >= 0) return refuse(c, node, "each name once");
    memcpy(name, text, length + 1);
    return HOL_OK;
}

static hol_status read_units(const cursor *c, const yaml_node_t *node, int64_t *ret) {
    char *end = NULL;
    const char *text = text_of(node);
    *ret = strtoll(text, &end, 10);
    const bool good = strlen(text) > 0 && strlen(text) < 9 && strspn(text, "0123456789") == strlen(text) && *ret > 0;
    return good ? HOL_OK : refuse(c, node, "a number of units from 1 to 99999999");
}

static hol_status read_type(const cursor *c, const yaml_node_t *node, int32_t *ret) {
    static const char *const types[] = {"categorical", "binary", "spin"};
    for (int32_t t = HOL_LAYER_COLUMNS; t <= HOL_LAYER_SPIN; t++)
        if (strcmp(text_of(node), types[t - HOL_LAYER_COLUMNS]) == 0) {
            *ret = t;
            return HOL_OK;
        }
    return refuse(c, node, "binary, spin or categorical");
}

static hol_status read_states(const cursor *c, const yaml_node_t *node, int64_t *ret) {
    const hol_status status = read_units(c, node, ret);
    if (status == HOL_OK && *ret >= 2 && *ret <= HOL_STATES_MAX) return HOL_OK;
    (void)hol_error_drop(status);
    return refuse(c, node, "2 to 256 states");
}

/* The number of states is said of hidden categorical layers alone: data say it of their columns. */
static hol_status set_states(const cursor *c, const yaml_node_t *node, hol_config_layer *l, int64_t states) {
    const bool takes = l->hidden && l->type == HOL_LAYER_COLUMNS;
    if (takes && states == 0) return refuse(c, node, "states of a hidden layer of type categorical, as states: 4");
    if (!takes && states > 0) return refuse(c, node, "no states but of a hidden layer of type categorical");
    if (takes) l->type = (int32_t)states;
    return HOL_OK;
}

static hol_status read_layer(const cursor *c, const yaml_node_t *node, hol_config_network *n) {
    static const char expected[] = "a layer, as {name: top, units: 64, hidden: true, type: binary}";
    hol_config_layer *l = &n->layers[n->layer_count];
    hol_status status = HOL_OK;
    int64_t states = 0;
    if (node->type != YAML_MAPPING_NODE) return refuse(c, node, expected);
    for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
         status == HOL_OK && pair < node->data.mapping.pairs.top; pair++) {
        const yaml_node_t *key = node_of(c, pair->key), *value = node_of(c, pair->value);
        const char *name = text_of(key);
        if (strcmp(name, "name") == 0) status = read_name(c, value, n, l->name);
        else if (strcmp(name, "units") == 0) status = read_units(c, value, &l->units);
        else if (strcmp(name, "hidden") == 0) status = read_bool(c, value, &l->hidden);
        else if (strcmp(name, "type") == 0) status = read_type(c, value, &l->type);
        else if (strcmp(name, "states") == 0) status = read_states(c, value, &states);
        else status = refuse(c, key, "name, units, hidden, type or states");
    }
    if (status != HOL_OK) return status;
    if (!*l->name) return refuse(c, node, expected);
    if ((status = set_states(c, node, l, states)) != HOL_OK) return status;
    if (l->hidden && l->units == 0) return refuse(c, node, "units of a hidden layer");
    if (!l->hidden && n->layer_count > 0 && n->layers[n->layer_count - 1].hidden)
        return refuse(c, node, "visible layers before hidden ones");
    for (int k = 0; k < n->layer_count; k++)
        if (l->units == 0 && n->layers[k].units == 0)
            return refuse(c, node, "units, but for one visible layer, which takes what is left of the columns");
    n->hidden += l->hidden ? l->units * (l->type > 2 ? l->type : 1) : 0;
    n->layer_count++;
    return HOL_OK;
}

/* ---- blocks ------------------------------------------------------------------------------------------------------ */

static hol_status read_pair(const cursor *c, const yaml_node_t *node, const hol_config_network *n,
                            hol_config_block *b) {
    const bool is_list = node->type == YAML_SEQUENCE_NODE;
    const int64_t count = is_list ? node->data.sequence.items.top - node->data.sequence.items.start : 0;
    int found[2] = {0};
    if (count < 1 || count > 2) return refuse(c, node, "layers: [NAME] or [NAME, NAME]");
    for (int64_t i = 0; i < 2; i++) {
        const yaml_node_t *name = node_of(c, node->data.sequence.items.start[i < count ? i : 0]);
        found[i] = find_layer(n, text_of(name));
        if (found[i] < 0) return refuse(c, name, "the name of one of the layers");
    }
    b->rows = found[found[0] > found[1]];
    b->columns = found[found[0] <= found[1]];
    return HOL_OK;
}

static hol_status check_block(const cursor *c, const yaml_node_t *node, const hol_config_network *n,
                              const hol_config_block *b) {
    if (b->rows < 0) return refuse(c, node, "a block, as {layers: [pixels, top]}");
    for (const hol_config_block *other = n->blocks; other < b; other++)
        if (other->rows == b->rows && other->columns == b->columns)
            return refuse(c, node, "at most one block for a pair of layers");
    if (b->dimensions > 0 && (*b->edges || b->rows != b->columns))
        return refuse(c, node, "a lattice of one layer, without edges");
    if (b->shared && b->dimensions == 0 && !*b->edges) return refuse(c, node, "shared with a lattice or edges");
    if (b->shared && b->rows != b->columns) return refuse(c, node, "shared couplings within one layer");
    return HOL_OK;
}

static hol_status read_block(const cursor *c, const yaml_node_t *node, hol_config_network *n) {
    hol_config_block *b = &n->blocks[n->block_count];
    hol_status status = HOL_OK;
    *b = (hol_config_block){.rows = -1, .periodic = true};
    if (node->type != YAML_MAPPING_NODE) return refuse(c, node, "a block, as {layers: [pixels, top]}");
    for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
         status == HOL_OK && pair < node->data.mapping.pairs.top; pair++) {
        const yaml_node_t *key = node_of(c, pair->key), *value = node_of(c, pair->value);
        const char *name = text_of(key), *text = text_of(value);
        if (strcmp(name, "layers") == 0) status = read_pair(c, value, n, b);
        else if (strcmp(name, "periodic") == 0) status = read_bool(c, value, &b->periodic);
        else if (strcmp(name, "shared") == 0) status = read_bool(c, value, &b->shared);
        else if (strcmp(name, "lattice") == 0) {
            b->dimensions = hol_shape_parse_lengths(text, b->lattice);
            if (b->dimensions == 0) status = refuse(c, value, "one to three lengths as 64 or 64x64");
        } else if (strcmp(name, "edges") == 0) {
            if (!*text || strlen(text) >= sizeof b->edges) status = refuse(c, value, "the name of a file of edges");
            else memcpy(b->edges, text, strlen(text) + 1);
        } else status = refuse(c, key, "layers, edges, lattice, periodic or shared");
    }
    if (status == HOL_OK) status = check_block(c, node, n, b);
    n->block_count++;
    return status;
}

/* ---- lists ------------------------------------------------------------------------------------------------------- */

static hol_status read_list(const char *text, const char *list, int64_t most, hol_config_network *n) {
    yaml_parser_t parser;
    yaml_document_t document;
    if (!*text) return HOL_OK;
    if (!yaml_parser_initialize(&parser)) return hol_error(HOL_FAILURE, "out of memory: config");
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, strlen(text));
    hol_status status = HOL_OK;
    if (!yaml_parser_load(&parser, &document)) {
        yaml_parser_delete(&parser);
        return hol_error(HOL_USAGE, "found no list, expected one");
    }
    const yaml_node_t *root = yaml_document_get_root_node(&document);
    cursor c = {&document, list, 0};
    const int64_t count =
        root && root->type == YAML_SEQUENCE_NODE ? root->data.sequence.items.top - root->data.sequence.items.start : -1;
    if (count < 0 || count > most)
        status = hol_error(HOL_USAGE, "found %lld %s, expected a list of at most %lld", (long long)count, list,
                           (long long)most);
    while (status == HOL_OK && c.item < count) {
        const yaml_node_t *node = node_of(&c, root->data.sequence.items.start[c.item++]);
        status = strcmp(list, "layers") == 0 ? read_layer(&c, node, n) : read_block(&c, node, n);
    }
    yaml_document_delete(&document);
    yaml_parser_delete(&parser);
    return status;
}

hol_status hol_config_network_parse(const char *layers, const char *blocks, hol_config_network *ret,
                                    const char **ret_key) {
    *ret = (hol_config_network){0};
    *ret_key = "model.layers";
    hol_status status = read_list(layers, "layers", HOL_LAYERS_MAX, ret);
    if (status != HOL_OK) return status;
    if (ret->layer_count == 0 || ret->layers[0].hidden)
        return hol_error(HOL_USAGE, "found no visible layer, expected one, as [{name: pixels}]");
    *ret_key = "model.blocks";
    return read_list(blocks, "blocks", HOL_BLOCKS_MAX, ret);
}

bool hol_config_network_is_dense(const hol_config_network *network) {
    for (int b = 0; b < network->block_count; b++)
        if (network->blocks[b].dimensions > 0 || *network->blocks[b].edges) return false;
    return true;
}
