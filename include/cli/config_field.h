/* config_field: the variables and cliques of a Markov random field in a config.
 *
 *     model:
 *       kind: mrf
 *       variables: {A: 2, B: 3}          # or [A, B], of two states each
 *       cliques:
 *         - {variables: [A, B], potentials: [1, 2, 0, 4, 5, 6]}
 *         - {variables: [B], energies: [0, 0.5, .inf]}
 *         - {variables: [A]}
 *
 * A table lists its configurations with the last variable fastest; it may be nested as [[1, 2, 0], [4, 5, 6]].
 * Potentials are not negative, energies are their negative logarithms; a potential of 0 and an energy of .inf forbid. A
 * clique without a table has potentials of 1: it is to be learned. Nothing here is collective. */
#ifndef HOL_CLI_CONFIG_FIELD_H
#define HOL_CLI_CONFIG_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/status.h"
#include "state/factors.h"

typedef struct hol_config_variables {
    int64_t count;
    char **names;         /* owned, each too */
    int32_t *cardinality; /* owned */
} hol_config_variables;

enum { HOL_CONFIG_DEPTH_MAX = 32 };

typedef struct hol_config_clique {
    int64_t size;
    char **names;                          /* owned, each too */
    bool energies;                         /* what the values are; else potentials */
    int64_t entries;                       /* 0: no table */
    int64_t depth;                         /* of its lists: 1 for a list of numbers */
    int64_t lengths[HOL_CONFIG_DEPTH_MAX]; /* (depth) of the lists, the outermost first */
    double *values;                        /* owned */
    size_t line, column;                   /* where the clique stands, from 1 */
} hol_config_clique;

typedef struct hol_config_cliques {
    int64_t count;
    hol_config_clique *cliques; /* owned */
} hol_config_cliques;

/* NULL is fine. */
void hol_config_variables_destroy(hol_config_variables *variables);
void hol_config_cliques_destroy(hol_config_cliques *cliques);

/* As YAML, on one line, such that it reads back to the same; NULL is {} and []. */
void hol_config_variables_print(FILE *stream, const hol_config_variables *variables);
void hol_config_cliques_print(FILE *stream, const hol_config_cliques *cliques);

/* The field as a product of tables over the variables in their order. HOL_USAGE, where a clique and its variables do
 * not fit together: an unknown name, one twice, a table of another length; *ret_clique is its number then, -1
 * otherwise. The message begins with "found". The caller owns *ret_factors. */
hol_status hol_config_field_factors(const hol_config_variables *variables, const hol_config_cliques *cliques,
                                    hol_factors **ret_factors, int64_t *ret_clique) HOL_MUST_USE;

/* ---- for config_yaml.c: from nodes of a document. HOL_USAGE with a message that begins with "found"; *ret_line and
 * *ret_column (from 1) are the place of the mistake. */
struct yaml_document_s;
struct yaml_node_s;
hol_status hol_config_variables_read(struct yaml_document_s *document, const struct yaml_node_s *node,
                                     hol_config_variables **ret_variables, size_t *ret_line,
                                     size_t *ret_column) HOL_MUST_USE;
hol_status hol_config_cliques_read(struct yaml_document_s *document, const struct yaml_node_s *node,
                                   hol_config_cliques **ret_cliques, size_t *ret_line, size_t *ret_column) HOL_MUST_USE;

#endif
