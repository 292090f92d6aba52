/* molecule_pdb: ATOM and HETATM lines of a PDB file, by their columns.
 *
 *      1 -  6  ATOM or HETATM        23 - 26  number           31 - 54  x, y, z, 8 columns each
 *     13 - 16  atom                  27       insertion code   55 - 60  occupancy
 *     17       alternative location                            77 - 78  element
 *     18 - 20  residue               22       chain
 *
 * What stands behind the coordinates may lack. A chain's HETATM behind its TER are ligands. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "molecule_parts.h"

enum { LENGTH_LEAST = 54, CHAINS = 256 };

typedef struct pdb_line {
    const char *text; /* borrowed */
    int64_t length, number;
} pdb_line;

static bool begins(const pdb_line *line, const char *record) {
    const int64_t length = (int64_t)strlen(record);
    return line->length >= length && strncmp(line->text, record, (size_t)length) == 0;
}

/* columns from, from 1, to `to` */
static void copy(const pdb_line *line, int64_t from, int64_t to, char *text, int64_t size) {
    const int64_t end = to < line->length ? to : line->length;
    hol_molecule_copy(line->text + from - 1, end >= from ? end - from + 1 : 0, text, size);
}

static hol_status refuse(const char *path, const pdb_line *line, int64_t from, int64_t to, const char *expected) {
    return hol_error(HOL_BAD_INPUT, "%s:%lld: found \"%.*s\" in columns %lld to %lld, expected %s", path,
                     (long long)line->number, (int)(to - from + 1), line->text + from - 1, (long long)from,
                     (long long)to, expected);
}

static hol_status read_atom(const char *path, const pdb_line *line, hol_atom_line *ret) {
    char digits[8], *end = NULL;
    if (line->length < LENGTH_LEAST)
        return hol_error(HOL_BAD_INPUT, "%s:%lld: found an atom in %lld columns, expected %d at least (is it cut?)",
                         path, (long long)line->number, (long long)line->length, LENGTH_LEAST);
    *ret = (hol_atom_line){.is_hetero = begins(line, "HETATM"), .insertion = line->text[26]};
    copy(line, 13, 16, ret->atom, sizeof ret->atom);
    copy(line, 18, 21, ret->residue,
         sizeof ret->residue); /* names of four letters are not in the standard, but in use */
    copy(line, 22, 22, ret->chain, sizeof ret->chain);
    copy(line, 23, 26, digits, sizeof digits);
    const long number = strtol(digits, &end, 10);
    if (!*digits || *end) return refuse(path, line, 23, 26, "a residue's number");
    ret->number = (int32_t)number;
    for (int64_t d = 0; d < 3; d++)
        if (!hol_molecule_number(line->text + 30 + 8 * d, 8, &ret->at[d]))
            return refuse(path, line, 31 + 8 * d, 38 + 8 * d, "a coordinate");
    const int64_t occupancy = line->length < 60 ? line->length - LENGTH_LEAST : 6;
    if (!hol_molecule_number(line->text + LENGTH_LEAST, occupancy, &ret->occupancy)) ret->occupancy = 1;
    return HOL_OK;
}

static bool is_hydrogen(const pdb_line *line, const char *atom) {
    char element[4];
    copy(line, 77, 78, element, sizeof element);
    return hol_molecule_is_hydrogen(isalpha((unsigned char)*element) ? element : "", atom);
}

hol_status hol_molecule_read_pdb(const char *path, const char *text, hol_atom_lines *ret) {
    hol_status status = HOL_OK;
    bool has_ended[CHAINS] = {false};
    pdb_line line = {.text = text};
    for (; *line.text; line.text += line.length, line.text += *line.text == '\n') {
        line.length = (int64_t)strcspn(line.text, "\n");
        line.number++;
        if (ret->count > 0 && begins(&line, "ENDMDL")) break;
        if (begins(&line, "TER") && ret->count > 0) has_ended[(unsigned char)*ret->lines[ret->count - 1].chain] = true;
        if (!begins(&line, "ATOM  ") && !begins(&line, "HETATM")) continue;
        const pdb_line trimmed = {line.text, line.length - (line.length > 0 && line.text[line.length - 1] == '\r'),
                                  line.number};
        hol_atom_line atom;
        HOL_TRY(read_atom(path, &trimmed, &atom));
        if (is_hydrogen(&trimmed, atom.atom)) continue;
        atom.is_ligand = atom.is_hetero && has_ended[(unsigned char)*atom.chain];
        HOL_TRY(HOL_GROW(ret->lines, ret->count, ret->count + 1, &ret->room, "atoms"));
        ret->lines[ret->count++] = atom;
    }
cleanup:
    return status;
}
