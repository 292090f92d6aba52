/* config_network: the layers and blocks of a network in a config.
 *
 *     model:
 *       kind: network
 *       layers:
 *         - {name: pixels}                              # visible: what the other visible layers leave of the columns
 *         - {name: low, units: 64, hidden: true}
 *         - {name: high, units: 16, hidden: true, type: spin}
 *         - {name: kinds, units: 4, hidden: true, type: categorical, states: 5}
 *       blocks:
 *         - {layers: [pixels, low]}                     # a matrix
 *         - {layers: [low, high]}
 *         - {layers: [pixels], lattice: 8x8, periodic: false, shared: true}
 *         - {layers: [high], edges: pairs.txt}          # numbers of its units, from 0, or of categorical variables; of
 *                                                       # two layers the later one's after the earlier one's
 *
 * Nothing here is collective. */
#ifndef HOL_CLI_CONFIG_NETWORK_H
#define HOL_CLI_CONFIG_NETWORK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "cli/shape.h"
#include "model/model.h"

typedef struct hol_config_layer {
    char name[HOL_LAYER_NAME_SIZE];
    int64_t units; /* variables, of visible layers columns; 0: what others leave of the data's columns */
    bool hidden;
    int32_t type; /* as the structure has it: HOL_LAYER_BINARY ..., or of a hidden categorical one its states */
} hol_config_layer;

typedef struct hol_config_block {
    int rows, columns;                  /* numbers of layers, rows not after columns */
    char edges[256];                    /* a file, or "" */
    int dimensions;                     /* of a lattice; 0: none */
    int32_t lattice[HOL_SHAPE_LENGTHS]; /* its lengths */
    bool periodic, shared;
} hol_config_block;

typedef struct hol_config_network {
    int layer_count, block_count;
    hol_config_layer layers[HOL_LAYERS_MAX];
    hol_config_block blocks[HOL_BLOCKS_MAX];
    int64_t hidden; /* units in all */
} hol_config_network;

/* From model.layers and model.blocks as a config keeps them, YAML's lists on one line. HOL_USAGE with a message that
 * begins with "found", and the key that it is of. */
hol_status hol_config_network_parse(const char *layers, const char *blocks, hol_config_network *ret,
                                    const char **ret_key) HOL_MUST_USE;

/* Whether all its couplings are matrices: then there is a centred gradient. */
bool hol_config_network_is_dense(const hol_config_network *network);

#endif
