/* molecule: the residues of one chain of a protein or nucleic acid, from a PDB or mmCIF file. Not collective.
 *
 * Of the first model, heavy atoms alone (neither H nor D); of alternative locations of an atom the one of highest
 * occupancy, the first of equal ones, and of residues that share a place the first. Modified residues in the chain
 * (HETATM: MSE, PTR, PSU ...) count, waters, ions and ligands do not. Numbers are the author's, in both formats; mmCIF
 * files that lack them have label_seq_id taken.
 *
 * References: wwPDB, Atomic Coordinate Entry Format 3.3; Hall, Allen & Brown 1991 (CIF); PDBx/mmCIF dictionary. */
#ifndef HOL_IO_MOLECULE_H
#define HOL_IO_MOLECULE_H

#include <stdint.h>

#include "base/status.h"

enum { HOL_MOLECULE_CHAIN_SIZE = 8 };

typedef enum hol_molecule_format {
    HOL_MOLECULE_NONE, /* some other text */
    HOL_MOLECULE_PDB,
    HOL_MOLECULE_MMCIF,
} hol_molecule_format;

typedef struct hol_atom {
    double at[3]; /* in angstrom */
} hol_atom;

typedef struct hol_residue {
    int32_t number;
    char insertion; /* a blank: none */
    char letter;    /* of the residue, X where it is not known; a modified one has its parent's */
    int64_t first_atom, atoms;
    int64_t center; /* an atom: CB, without one CA; of nucleotides C1'; -1: it has none of these */
} hol_residue;

typedef struct hol_molecule {
    char chain[HOL_MOLECULE_CHAIN_SIZE]; /* that was taken */
    char *chains;                        /* owned: all of the file, "A (263 residues), B (12)" */
    int64_t chain_count;
    int64_t count;
    hol_residue *residues; /* owned: (count), in the order of the file */
    int64_t atom_count;
    hol_atom *atoms; /* owned: (atom_count) */
} hol_molecule;

/* What a text is, by how its lines begin. */
hol_molecule_format hol_molecule_recognize(const char *text);

/* Reads a chain of a text in one of the two formats, which errors call `path`; chain NULL: the first that has residues.
 * HOL_BAD_INPUT, "PATH:LINE: found ..., expected ...", for lines that are cut or have something else in place of
 * numbers, and where there is no residue at all; HOL_USAGE for a chain that is not there, with all that are. The caller
 * clears *ret, also after an error. */
hol_status hol_molecule_read(const char *path, const char *text, const char *chain, hol_molecule *ret) HOL_MUST_USE;
void hol_molecule_clear(hol_molecule *molecule);

/* The letter of a residue's name in files ("ALA", "DG", "MSE"), 0 where the name is not known. */
char hol_molecule_letter(const char *name);

#endif
