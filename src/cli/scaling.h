/* scaling: what `holode scaling` has measured of runs, for its table and its page. */
#ifndef HOL_SRC_CLI_SCALING_H
#define HOL_SRC_CLI_SCALING_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "cli/runs.h"

typedef enum hol_scaling_part {
    HOL_SCALING_FIELDS,
    HOL_SCALING_SAMPLING,
    HOL_SCALING_STATISTICS,
    HOL_SCALING_REDUCTION,
    HOL_SCALING_WAITING,
    HOL_SCALING_UPDATE,
    HOL_SCALING_INPUT,
    HOL_SCALING_OTHER,
    HOL_SCALING_PARTS
} hol_scaling_part;

extern const char *const hol_scaling_part_names[HOL_SCALING_PARTS];

typedef struct hol_scaling_line {
    const hol_run_record *run; /* borrowed */
    int64_t nodes, ranks, threads, cores, batch, chains;
    double seconds;                  /* of a step */
    double parts[HOL_SCALING_PARTS]; /* seconds of it */
    bool strong, weak;               /* the base is both; neither: no series, no speed-up */
    double speedup, efficiency;
} hol_scaling_line;

typedef struct hol_scaling {
    const hol_scaling_line *lines; /* borrowed: (count), by cores, the base first */
    int64_t count;
    /* Of runs that must have the same parameters, since their configs are the same: how many groups there are, and two
     * runs that have others; NULL: none. */
    int64_t groups;
    const hol_scaling_line *one, *other;
} hol_scaling;

/* "base", "strong", "weak" or "other". */
const char *hol_scaling_series(const hol_scaling_line *line);

/* The page, by hol_replace_with_text: `context` is a hol_scaling. */
void hol_scaling_print_page(FILE *to, const void *context);

#endif
