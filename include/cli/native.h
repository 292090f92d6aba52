/* native: the native contacts of a molecule, whose distances --structure names; how many of a model's first pairs are
 * among them, and how a page and a contact map show it. Rank 0's; not collective. */
#ifndef HOL_CLI_NATIVE_H
#define HOL_CLI_NATIVE_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/comm.h"
#include "base/status.h"
#include "cli/contact_map.h"
#include "cli/options.h"
#include "estimate/contacts.h"
#include "state/alphabet.h"

typedef struct hol_native_options {
    const char *file, *chain; /* NULL: none */
    int64_t offset, distance_column;
    double cutoff;
    int atoms; /* hol_distance_kind */
} hol_native_options;

enum { HOL_NATIVE_CUTOFF = 8 };

/* Rows of a command that keeps them in the member `structure` of its arguments; AT as for other rows. `letter_` is that
 * of --structure, or 0. */
#define HOL_NATIVE_ROWS(group_, letter_)                                                                               \
    {HOL_OPTION("structure", letter_, "FILE", group_,                                                                  \
                "Compare with a structure: a PDB or mmCIF file, or a table of two sites and their distance in "        \
                "angstrom; each also as .gz"),                                                                         \
     AT(structure.file), HOL_TEXT(NULL, "a PDB or mmCIF file, or a table of distances")},                              \
        {HOL_OPTION("chain", 'c', "NAME", group_, "The chain of a PDB or mmCIF file (default: the first one)"),        \
         AT(structure.chain), HOL_TEXT(NULL, "a chain's name"), .value.needs = "structure"},                           \
        {HOL_OPTION("offset", 0, "N", group_,                                                                          \
                    "Site i of the model is residue i + N of the structure, or i + N of the table (default 0)"),       \
         AT(structure.offset), HOL_INTEGER(0, -INT32_MAX, INT32_MAX), .value.needs = "structure"},                     \
        {HOL_OPTION("cutoff", 0, "D", group_, "Sites are in contact below this distance in angstrom (default 8)"),     \
         AT(structure.cutoff), HOL_NUMBER(HOL_NATIVE_CUTOFF, 0, INFINITY), .value.low_open = true,                     \
         .value.needs = "structure"},                                                                                  \
        {HOL_OPTION("atoms", 0, "WHICH", group_,                                                                       \
                    "Distance of two residues: the least between heavy atoms (heavy, the default), or that of their "  \
                    "CB (cb; of glycine CA, of nucleotides C1')"),                                                     \
         AT(structure.atoms), HOL_CHOICE(HOL_DISTANCE_HEAVY, "heavy", "cb"), .value.needs = "structure"},              \
    {                                                                                                                  \
        HOL_OPTION("distance-column", 0, "N", group_,                                                                  \
                   "The column of a table that has the distance, from 1 (default: that with the heading distance, "    \
                   "else 4, or 3 of three)"),                                                                          \
            AT(structure.distance_column), HOL_INTEGER(0, 3, INT32_MAX), .value.needs = "structure"                    \
    }

typedef struct hol_native {
    hol_comm *comm;               /* borrowed: who speaks */
    hol_native_options options;   /* its file NULL: there is no structure */
    int64_t sites;                /* of the model */
    int64_t separation;           /* pairs of sites nearer than this in the sequence do not count */
    bool may_be_nearer;           /* by an option of the command, --min-separation */
    const hol_alphabet *alphabet; /* borrowed, of the reference */
    const uint8_t *reference;     /* borrowed: (sites) states that residues are compared with; NULL: none */
    hol_distances distances;      /* owned, as what follows */
    hol_contacts_verdict verdict;
} hol_native;

/* What the options name; all of the above but the last two is set before. Warns of residues or lines that are at no
 * site, and of residues that differ from the reference. HOL_USAGE, HOL_BAD_INPUT. The caller clears self, also after an
 * error. */
hol_status hol_native_read(hol_native *self) HOL_MUST_USE;

/* Then: which pairs are contacts. Warns where the first ones are so as by chance; HOL_BAD_INPUT where no distance is
 * known that counts. */
hol_status hol_native_judge(hol_native *self, const hol_contacts *contacts) HOL_MUST_USE;
void hol_native_clear(hol_native *self);

enum { HOL_NATIVE_PARTS = 4 }; /* of how many of the first pairs the precision is told: L/5, L/2, L and 2 L */
extern const char *const hol_native_part_names[HOL_NATIVE_PARTS];
/* How many these are; and the share of contacts among them, NaN where there are not as many. */
int64_t hol_native_part(const hol_native *self, int part);
double hol_native_precision(const hol_native *self, int part);

/* The share of contacts among all pairs; NaN where none has a known distance. */
double hol_native_chance(const hol_native *self);

/* Marks the contacts below the diagonal, in place of the first pairs. */
void hol_native_mark(const hol_native *self, hol_contact_map *map);

/* A page's figure of the precision of the first n pairs: the curve for all n, and a table of the parts. */
hol_status hol_native_print_precision(const hol_native *self, FILE *to) HOL_MUST_USE;

#endif
