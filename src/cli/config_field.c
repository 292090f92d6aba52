/* config_field: reading, printing and checking the variables and cliques of a config. */
#include "cli/config_field.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/alloc.h"
#include "cli/value.h"
#include "name_table.h"
#include "num/elementary.h"
#include "state/columns.h"

enum { CLIQUE_ENTRIES_MAX = 1 << 20, NAME_MAX_BYTES = 64 };

/* Where reading is, and where it failed. */
typedef struct cursor {
    yaml_document_t *document; /* borrowed */
    size_t *line, *column;     /* borrowed: of the mistake */
} cursor;

/* ---- giving back ------------------------------------------------------------------------------------------------- */

static void free_names(char **names, int64_t count) {
    for (int64_t i = 0; names && i < count; i++) hol_free(names[i]);
    hol_free(names);
}

void hol_config_variables_destroy(hol_config_variables *variables) {
    if (!variables) return;
    free_names(variables->names, variables->count);
    hol_free(variables->cardinality);
    hol_free(variables);
}

void hol_config_cliques_destroy(hol_config_cliques *cliques) {
    if (!cliques) return;
    for (int64_t q = 0; cliques->cliques && q < cliques->count; q++) {
        free_names(cliques->cliques[q].names, cliques->cliques[q].size);
        hol_free(cliques->cliques[q].values);
    }
    hol_free(cliques->cliques);
    hol_free(cliques);
}

/* ---- nodes ------------------------------------------------------------------------------------------------------- */

static hol_status refuse(const cursor *c, const yaml_node_t *node, const char *expected) {
    char found[160];
    if (node->type == YAML_SCALAR_NODE)
        hol_value_quote((const char *)node->data.scalar.value, node->data.scalar.length, found, sizeof found);
    else (void)snprintf(found, sizeof found, "%s", node->type == YAML_SEQUENCE_NODE ? "a list" : "a mapping");
    *c->line = node->start_mark.line + 1;
    *c->column = node->start_mark.column + 1;
    return hol_error(HOL_USAGE, "found %s, expected %s", found, expected);
}

static const yaml_node_t *item(const cursor *c, const yaml_node_t *list, int64_t i) {
    return yaml_document_get_node(c->document, list->data.sequence.items.start[i]);
}

static int64_t items(const yaml_node_t *list) {
    return list->data.sequence.items.top - list->data.sequence.items.start;
}
static int64_t pairs(const yaml_node_t *map) { return map->data.mapping.pairs.top - map->data.mapping.pairs.start; }
static const char *text_of(const yaml_node_t *node) { return (const char *)node->data.scalar.value; }

static hol_status read_name(const cursor *c, const yaml_node_t *node, char **ret_name) {
    static const char expected[] = "a variable's name: up to 64 letters, digits and other visible characters";
    if (node->type != YAML_SCALAR_NODE) return refuse(c, node, expected);
    const size_t length = node->data.scalar.length;
    bool good = length > 0 && length <= NAME_MAX_BYTES;
    for (size_t i = 0; good && i < length; i++)
        good = (unsigned char)text_of(node)[i] > 0x20 && text_of(node)[i] != 0x7F;
    if (!good) return refuse(c, node, expected);
    const hol_status status = HOL_ALLOCATE(*ret_name, (int64_t)length + 1, "config");
    if (status == HOL_OK) memcpy(*ret_name, text_of(node), length);
    return status;
}

static bool is_among(char *const *names, int64_t count, const char *name) {
    for (int64_t i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0) return true;
    return false;
}

/* ---- variables --------------------------------------------------------------------------------------------------- */

static hol_status read_states(const cursor *c, const yaml_node_t *node, int32_t *ret) {
    char expected[64], *end = NULL;
    (void)snprintf(expected, sizeof expected, "a number of states from 1 to %d", HOL_STATES_MAX);
    if (node->type != YAML_SCALAR_NODE || node->data.scalar.length == 0 || node->data.scalar.length > 3)
        return refuse(c, node, expected);
    const long value = strtol(text_of(node), &end, 10);
    if (*end != '\0' || value < 1 || value > HOL_STATES_MAX) return refuse(c, node, expected);
    *ret = (int32_t)value;
    return HOL_OK;
}

static hol_status read_variable(const cursor *c, const yaml_node_t *name, const yaml_node_t *states,
                                hol_config_variables *v, hol_name_table *seen) {
    char *text = NULL;
    hol_status status = read_name(c, name, &text);
    if (status != HOL_OK) return status;
    v->names[v->count] = text;
    if (hol_name_table_find(seen, text) >= 0) status = refuse(c, name, "each variable once");
    else hol_name_table_add(seen, v->count);
    v->cardinality[v->count++] = 2;
    return status == HOL_OK && states ? read_states(c, states, &v->cardinality[v->count - 1]) : status;
}

hol_status hol_config_variables_read(yaml_document_t *document, const yaml_node_t *node,
                                     hol_config_variables **ret_variables, size_t *ret_line, size_t *ret_column) {
    hol_status status = HOL_OK;
    hol_config_variables *v = NULL;
    hol_name_table seen = {0};
    const cursor c = {document, ret_line, ret_column};
    *ret_variables = NULL;
    if (node->type == YAML_SCALAR_NODE)
        return refuse(&c, node, "variables with their numbers of states, as {A: 2, B: 3}");
    const bool list = node->type == YAML_SEQUENCE_NODE;
    const int64_t count = list ? items(node) : pairs(node);
    if (count == 0) return HOL_OK;
    HOL_TRY(HOL_ALLOCATE(v, 1, "config"));
    HOL_TRY(HOL_ALLOCATE(v->names, count, "config"));
    HOL_TRY(HOL_ALLOCATE(v->cardinality, count, "config"));
    HOL_TRY(hol_name_table_create(v->names, count, &seen));
    for (int64_t i = 0; i < count; i++) {
        const yaml_node_pair_t *pair = list ? NULL : &node->data.mapping.pairs.start[i];
        const yaml_node_t *name = list ? item(&c, node, i) : yaml_document_get_node(document, pair->key);
        HOL_TRY(read_variable(&c, name, list ? NULL : yaml_document_get_node(document, pair->value), v, &seen));
    }
    *ret_variables = v;
    v = NULL;
cleanup:
    hol_name_table_clear(&seen);
    hol_config_variables_destroy(v);
    return status;
}

/* ---- cliques ----------------------------------------------------------------------------------------------------- */

static hol_status read_names(const cursor *c, const yaml_node_t *node, hol_config_clique *q) {
    char expected[64];
    (void)snprintf(expected, sizeof expected, "a list of at most %d variables, as [A, B]", HOL_FACTOR_SCOPE_MAX);
    if (node->type != YAML_SEQUENCE_NODE || items(node) > HOL_FACTOR_SCOPE_MAX) return refuse(c, node, expected);
    hol_status status = HOL_ALLOCATE(q->names, items(node), "config");
    for (int64_t i = 0; status == HOL_OK && i < items(node); i++) {
        status = read_name(c, item(c, node, i), &q->names[q->size]);
        if (status != HOL_OK) break;
        const bool twice = is_among(q->names, q->size, q->names[q->size]);
        q->size++;
        if (twice) status = refuse(c, item(c, node, i), "each variable of a clique once");
    }
    return status;
}

static hol_status read_value(const cursor *c, const yaml_node_t *node, bool energy, double *ret) {
    const char *expected = energy ? "an energy: a number, or .inf to forbid" : "a potential: a number from 0";
    static const char allowed[] = "0123456789+-.eE";
    const char *text = text_of(node);
    char *end = NULL;
    if (energy && strcmp(text, ".inf") == 0) {
        *ret = (double)INFINITY;
        return HOL_OK;
    }
    if (node->data.scalar.style != YAML_PLAIN_SCALAR_STYLE || !*text ||
        strspn(text, allowed) != node->data.scalar.length)
        return refuse(c, node, expected);
    *ret = strtod(text, &end);
    if (end == text || *end != '\0' || isinf(*ret) || (!energy && *ret < 0)) return refuse(c, node, expected);
    return HOL_OK;
}

/* The lengths of the lists, by the first of each depth. */
static hol_status measure_lists(const cursor *c, const yaml_node_t *node, hol_config_clique *q) {
    for (; node->type == YAML_SEQUENCE_NODE; node = item(c, node, 0)) {
        if (q->depth == HOL_CONFIG_DEPTH_MAX || items(node) == 0) return refuse(c, node, "a list of numbers");
        q->lengths[q->depth++] = items(node);
    }
    return HOL_OK;
}

/* A list of numbers, or at smaller depths of such lists, in order. */
static hol_status read_values(const cursor *c, const yaml_node_t *node, int64_t depth, hol_config_clique *q) {
    char expected[96];
    if (depth == q->depth && node->type == YAML_SCALAR_NODE)
        return read_value(c, node, q->energies, &q->values[q->entries++]);
    if (depth == q->depth) return refuse(c, node, "a number");
    if (node->type != YAML_SEQUENCE_NODE) return refuse(c, node, "a list as long as the first at its depth");
    (void)snprintf(expected, sizeof expected, "one of %lld, as the first at its depth, not %lld",
                   (long long)q->lengths[depth], (long long)items(node));
    if (items(node) != q->lengths[depth]) return refuse(c, node, expected);
    for (int64_t i = 0; i < items(node); i++) {
        const hol_status status = read_values(c, item(c, node, i), depth + 1, q);
        if (status != HOL_OK) return status;
    }
    return HOL_OK;
}

static hol_status read_table(const cursor *c, const yaml_node_t *node, bool energies, hol_config_clique *q) {
    if (node->type != YAML_SEQUENCE_NODE) return refuse(c, node, "a list of numbers");
    if (q->values) return refuse(c, node, "one table: potentials or energies");
    hol_status status = measure_lists(c, node, q);
    if (status != HOL_OK) return status;
    int64_t room = 1;
    for (int64_t d = 0; d < q->depth && room <= CLIQUE_ENTRIES_MAX; d++) room *= q->lengths[d];
    if (room > CLIQUE_ENTRIES_MAX) return refuse(c, node, "from 1 to 1048576 numbers");
    status = HOL_ALLOCATE(q->values, room, "config");
    q->energies = energies;
    return status == HOL_OK ? read_values(c, node, 0, q) : status;
}

static hol_status read_clique(const cursor *c, const yaml_node_t *node, hol_config_clique *q) {
    static const char expected[] = "a clique, as {variables: [A, B], potentials: [1, 2, 3, 4]}";
    if (node->type != YAML_MAPPING_NODE) return refuse(c, node, expected);
    q->line = node->start_mark.line + 1;
    q->column = node->start_mark.column + 1;
    for (int64_t i = 0; i < pairs(node); i++) {
        const yaml_node_pair_t *pair = &node->data.mapping.pairs.start[i];
        const yaml_node_t *key = yaml_document_get_node(c->document, pair->key);
        const yaml_node_t *value = yaml_document_get_node(c->document, pair->value);
        const char *name = key->type == YAML_SCALAR_NODE ? text_of(key) : "";
        hol_status status = HOL_OK;
        if (strcmp(name, "variables") == 0 && !q->names) status = read_names(c, value, q);
        else if (strcmp(name, "potentials") == 0 || strcmp(name, "energies") == 0)
            status = read_table(c, value, name[0] == 'e', q);
        else status = refuse(c, key, "variables, and potentials or energies, each once");
        if (status != HOL_OK) return status;
    }
    return q->names ? HOL_OK : refuse(c, node, expected);
}

hol_status hol_config_cliques_read(yaml_document_t *document, const yaml_node_t *node, hol_config_cliques **ret_cliques,
                                   size_t *ret_line, size_t *ret_column) {
    hol_status status = HOL_OK;
    hol_config_cliques *self = NULL;
    const cursor c = {document, ret_line, ret_column};
    *ret_cliques = NULL;
    if (node->type != YAML_SEQUENCE_NODE) return refuse(&c, node, "a list of cliques");
    if (items(node) == 0) return HOL_OK;
    HOL_TRY(HOL_ALLOCATE(self, 1, "config"));
    HOL_TRY(HOL_ALLOCATE(self->cliques, items(node), "config"));
    for (int64_t q = 0; q < items(node); q++)
        HOL_TRY(read_clique(&c, item(&c, node, q), &self->cliques[self->count++]));
    *ret_cliques = self;
    return HOL_OK;
cleanup:
    hol_config_cliques_destroy(self);
    return status;
}

/* ---- printing ---------------------------------------------------------------------------------------------------- */

void hol_config_variables_print(FILE *stream, const hol_config_variables *variables) {
    (void)fputc('{', stream);
    for (int64_t v = 0; variables && v < variables->count; v++) {
        (void)fputs(v ? ", " : "", stream);
        hol_value_print_yaml(stream, variables->names[v]);
        (void)fprintf(stream, ": %d", variables->cardinality[v]);
    }
    (void)fputc('}', stream);
}

static void print_clique(FILE *stream, const hol_config_clique *q) {
    char digits[HOL_VALUE_DIGITS_MAX];
    (void)fputs("{variables: [", stream);
    for (int64_t k = 0; k < q->size; k++) {
        (void)fputs(k ? ", " : "", stream);
        hol_value_print_yaml(stream, q->names[k]);
    }
    (void)fputc(']', stream);
    if (q->entries > 0) (void)fprintf(stream, ", %s: [", q->energies ? "energies" : "potentials");
    for (int64_t i = 0; i < q->entries; i++) {
        (void)fputs(i ? ", " : "", stream);
        if (isinf(q->values[i])) (void)fputs(".inf", stream);
        else (void)fputs(hol_value_write_number(q->values[i], digits), stream);
    }
    (void)fputs(q->entries > 0 ? "]}" : "}", stream);
}

void hol_config_cliques_print(FILE *stream, const hol_config_cliques *cliques) {
    (void)fputc('[', stream);
    for (int64_t q = 0; cliques && q < cliques->count; q++) {
        (void)fputs(q ? ", " : "", stream);
        print_clique(stream, &cliques->cliques[q]);
    }
    (void)fputc(']', stream);
}

/* ---- factors ----------------------------------------------------------------------------------------------------- */

static hol_status find_scope(const hol_name_table *names, const hol_config_clique *q, int32_t *scope) {
    for (int64_t k = 0; k < q->size; k++) {
        const int64_t v = hol_name_table_find(names, q->names[k]);
        if (v < 0)
            return hol_error(HOL_USAGE, "found a clique of \"%s\", expected variables of model.variables", q->names[k]);
        scope[k] = (int32_t)v;
    }
    return HOL_OK;
}

/* A table of lists has one depth for each variable, as long as that has states. */
static hol_status check_lists(const hol_config_variables *variables, const hol_config_clique *q, const int32_t *scope) {
    if (q->depth <= 1) return HOL_OK;
    if (q->depth != q->size)
        return hol_error(
            HOL_USAGE, "found a table of lists %lld deep, expected one list, or %lld deep as the clique has variables",
            (long long)q->depth, (long long)q->size);
    for (int64_t k = 0; k < q->size; k++)
        if (q->lengths[k] != variables->cardinality[scope[k]])
            return hol_error(HOL_USAGE,
                             "found lists of %lld for \"%s\" in a table, expected %d, one for each of its states",
                             (long long)q->lengths[k], q->names[k], variables->cardinality[scope[k]]);
    return HOL_OK;
}

static hol_status add_clique(const hol_config_variables *variables, const hol_name_table *names,
                             const hol_config_clique *q, hol_factors *factors) {
    int32_t scope[HOL_FACTOR_SCOPE_MAX];
    hol_status status = find_scope(names, q, scope);
    if (status != HOL_OK) return status;
    double *table = NULL;
    const int64_t entries = hol_factors_entries(variables->cardinality, q->size, scope);
    if (entries < 0 || (q->entries > 0 && q->entries != entries))
        return hol_error(HOL_USAGE,
                         "found a table of %lld entries, expected %lld, one for each configuration of the clique",
                         (long long)q->entries, (long long)entries);
    status = check_lists(variables, q, scope);
    if (status == HOL_OK) status = hol_factors_add(factors, q->size, scope, &table);
    for (int64_t i = 0; status == HOL_OK && i < q->entries; i++)
        table[i] = q->energies ? -q->values[i] : hol_ln(q->values[i]);
    return status;
}

hol_status hol_config_field_factors(const hol_config_variables *variables, const hol_config_cliques *cliques,
                                    hol_factors **ret_factors, int64_t *ret_clique) {
    hol_status status = HOL_OK;
    hol_factors *factors = NULL;
    hol_name_table names = {0};
    *ret_factors = NULL;
    *ret_clique = -1;
    HOL_TRY(hol_name_table_create(variables->names, variables->count, &names));
    for (int64_t v = 0; v < variables->count; v++) hol_name_table_add(&names, v);
    HOL_TRY(hol_factors_create(variables->count, variables->cardinality, &factors));
    for (int64_t q = 0; q < cliques->count; q++) {
        *ret_clique = q;
        /* names of a clique are distinct, so there are at most as many as variables unless one is unknown */
        if (cliques->cliques[q].size > variables->count)
            HOL_TRY(hol_error(HOL_USAGE,
                              "found a clique of %lld variables, expected at most the %lld of model.variables",
                              (long long)cliques->cliques[q].size, (long long)variables->count));
        HOL_TRY(add_clique(variables, &names, &cliques->cliques[q], factors));
    }
    *ret_clique = -1;
    *ret_factors = factors;
    factors = NULL;
cleanup:
    hol_name_table_clear(&names);
    hol_factors_destroy(factors);
    return status;
}
