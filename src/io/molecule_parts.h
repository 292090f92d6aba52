/* molecule_parts: what the readers of the two formats of molecules share; not for others. */
#ifndef HOL_SRC_IO_MOLECULE_PARTS_H
#define HOL_SRC_IO_MOLECULE_PARTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "io/molecule.h"

enum { HOL_MOLECULE_NAME_SIZE = 8 };

/* A heavy atom's line. */
typedef struct hol_atom_line {
    char chain[HOL_MOLECULE_CHAIN_SIZE], residue[HOL_MOLECULE_NAME_SIZE], atom[HOL_MOLECULE_NAME_SIZE];
    int32_t number;
    char insertion; /* a blank: none */
    bool is_ligand; /* whether the file itself says that it is no part of a chain */
    bool is_hetero; /* HETATM */
    bool is_sure;   /* whether the file says that it is part of a chain */
    double occupancy;
    double at[3];
} hol_atom_line;

/* In the order of the file. */
typedef struct hol_atom_lines {
    int64_t count, room;
    hol_atom_line *lines; /* owned */
} hol_atom_lines;

/* Of the first model. */
hol_status hol_molecule_read_pdb(const char *path, const char *text, hol_atom_lines *ret) HOL_MUST_USE;
hol_status hol_molecule_read_mmcif(const char *path, const char *text, hol_atom_lines *ret) HOL_MUST_USE;

/* ---- molecule_text.c */

/* A number that fills `length` characters but for blanks; false for anything else, and what is not finite. */
bool hol_molecule_number(const char *text, int64_t length, double *ret);

/* The characters without blanks around them, cut at size - 1. */
void hol_molecule_copy(const char *text, int64_t length, char *to, int64_t size);

/* Whether it is hydrogen, by its element or, where that is "", the atom's name. */
bool hol_molecule_is_hydrogen(const char *element, const char *atom);

#endif
