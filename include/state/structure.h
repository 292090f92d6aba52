/* structure: what a model is made from beside its sizes. */
#ifndef HOL_STATE_STRUCTURE_H
#define HOL_STATE_STRUCTURE_H

#include <stdint.h>

enum { HOL_MODEL_STRUCTURES_MAX = 8 };

/* Edges, cardinalities, cliques: (rows, columns) whole numbers, row by row; a checkpoint keeps them under
 * /structure/NAME. */
typedef struct hol_structure {
    const char *name;
    int64_t rows, columns;
    const int32_t *values;
    const char *axes[2], *text; /* as hol_field_describe takes them; NULL in those of a file */
} hol_structure;

#endif
