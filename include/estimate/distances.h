/* distances: how far the sites of a model's sequences are from each other in a structure. Not collective. */
#ifndef HOL_ESTIMATE_DISTANCES_H
#define HOL_ESTIMATE_DISTANCES_H

#include <stdint.h>

#include "base/status.h"
#include "io/distance_file.h"
#include "io/molecule.h"

/* Of two residues: the shortest between their heavy atoms; or between their CB (of glycine CA, of nucleotides C1'). */
typedef enum hol_distance_kind { HOL_DISTANCE_HEAVY, HOL_DISTANCE_CB } hol_distance_kind;

typedef struct hol_distances {
    int64_t sites;
    float *values;   /* owned: (sites, sites), symmetric, in angstrom; NaN where it is not known, and on the diagonal */
    char *letters;   /* owned: (sites) the residues', 0 where there is none; NULL: the source has no residues */
    int64_t known;   /* pairs i < j whose distance is known */
    int64_t outside; /* residues, or lines of a table, at no site */
    int64_t inserted;    /* residues with an insertion code, which are at no site */
    int64_t first, last; /* the smallest and largest number in the source */
} hol_distances;

/* Site s, from 0, is residue s + 1 + offset. *ret is the caller's to clear, also after an error. HOL_USAGE when no
 * residue is at a site. */
hol_status hol_distances_of_molecule(const hol_molecule *molecule, hol_distance_kind kind, int64_t offset,
                                     int64_t sites, hol_distances *ret) HOL_MUST_USE;
/* The same of a table, whose sites are numbered likewise. */
hol_status hol_distances_of_table(const hol_distance_table *table, int64_t offset, int64_t sites,
                                  hol_distances *ret) HOL_MUST_USE;
void hol_distances_clear(hol_distances *distances);

static inline double hol_distances_get(const hol_distances *self, int64_t i, int64_t j) {
    return (double)self->values[i * self->sites + j];
}

#endif
