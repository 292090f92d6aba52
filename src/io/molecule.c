/* molecule: atoms' lines of either format to the residues of a chain. */
#include "io/molecule.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "molecule_parts.h"

enum { ATOMS_MOST = 512 }; /* of a residue: no chemistry has so many */

/* ---- what a text is, and what residues are called ---------------------------------------------------------------- */

/* whether a line begins so */
static bool has_line(const char *text, const char *begins) {
    const size_t length = strlen(begins);
    for (const char *at = text; at; at = strstr(at + 1, begins)) {
        if (strncmp(at, begins, length) == 0 && (at == text || at[-1] == '\n')) return true;
        if (!*at) break;
    }
    return false;
}

hol_molecule_format hol_molecule_recognize(const char *text) {
    static const char *const records[] = {"ATOM  ", "HETATM", "HEADER", "CRYST1"};
    const char *at = text + strspn(text, " \t\r\n");
    while (*at == '#') { /* mmCIF's comments */
        at += strcspn(at, "\n");
        at += strspn(at, " \t\r\n");
    }
    if (strncasecmp(at, "data_", 5) == 0 || has_line(text, "_atom_site.")) return HOL_MOLECULE_MMCIF;
    for (size_t k = 0; k < sizeof records / sizeof *records; k++)
        if (has_line(text, records[k])) return HOL_MOLECULE_PDB;
    return HOL_MOLECULE_NONE;
}

/* Names of residues and the letters of what they were made from: the standard ones, and modified ones that are common
 * in the PDB. */
char hol_molecule_letter(const char *name) {
    static const char *const table[] = {
        "ALA A", "ARG R", "ASN N", "ASP D", "CYS C", "GLN Q", "GLU E", "GLY G", "HIS H", "ILE I", "LEU L", "LYS K",
        "MET M", "PHE F", "PRO P", "SER S", "THR T", "TRP W", "TYR Y", "VAL V", "MSE M", "SEP S", "TPO T", "PTR Y",
        "CSO C", "OCS C", "CME C", "CSD C", "CSX C", "KCX K", "MLY K", "M3L K", "MLZ K", "ALY K", "LLP K", "HYP P",
        "PCA Q", "CGU E", "SEC C", "PYL K", "FME M", "NEP H", "HIC H", "HID H", "HIE H", "HIP H", "HSD H", "HSE H",
        "HSP H", "CYX C", "ASH D", "GLH E", "LYN K", "AGM R", "A A",   "C C",   "G G",   "U U",   "T T",   "DA A",
        "DC C",  "DG G",  "DT T",  "DU U",  "PSU U", "5MU U", "H2U U", "4SU U", "OMU U", "5MC C", "OMC C", "1MA A",
        "MIA A", "2MG G", "M2G G", "7MG G", "OMG G", "YYG G", "ADE A", "CYT C", "GUA G", "URA U", "THY T"};
    const size_t length = strlen(name);
    for (size_t k = 0; k < sizeof table / sizeof *table && length > 0; k++)
        if (strncasecmp(table[k], name, length) == 0 && table[k][length] == ' ') return table[k][length + 1];
    return 0;
}

/* ---- residues ---------------------------------------------------------------------------------------------------- */

/* A run of lines of one residue. */
typedef struct span {
    int64_t first, end;
    bool is_kept;
} span;

static bool is_same_residue(const hol_atom_line *a, const hol_atom_line *b) {
    return a->number == b->number && a->insertion == b->insertion && strcmp(a->chain, b->chain) == 0;
}

static bool has_atom(const hol_atom_line *lines, const span *s, const char *name) {
    for (int64_t k = s->first; k < s->end; k++)
        if (strcmp(lines[k].atom, name) == 0) return true;
    return false;
}

/* Programs that simulate write waters and ions as ATOM. */
static bool is_part_of_chain(const hol_atom_line *lines, const span *s) {
    static const char *const waters[] = {"HOH", "WAT", "H2O", "DOD", "SOL", "TIP", "TIP3", "SPC"};
    const hol_atom_line *first = &lines[s->first];
    for (size_t k = 0; k < sizeof waters / sizeof *waters; k++)
        if (strcasecmp(first->residue, waters[k]) == 0) return false;
    if (first->is_ligand) return false;
    if (first->is_sure || hol_molecule_letter(first->residue)) return true;
    if (!first->is_hetero) return has_atom(lines, s, "CA") || has_atom(lines, s, "C1'");
    return (has_atom(lines, s, "N") && has_atom(lines, s, "CA") && has_atom(lines, s, "C")) ||
           (has_atom(lines, s, "P") && has_atom(lines, s, "C1'"));
}

static hol_status find_spans(const hol_atom_lines *all, span **ret_spans, int64_t *ret_count) {
    int64_t room = 0;
    hol_status status = HOL_OK;
    *ret_count = 0;
    for (int64_t k = 0, end = 0; k < all->count; k = end) {
        for (end = k + 1;
             end < all->count && end < k + ATOMS_MOST && is_same_residue(&all->lines[k], &all->lines[end]);)
            end++;
        HOL_TRY(HOL_GROW(*ret_spans, *ret_count, *ret_count + 1, &room, "residues"));
        span *s = &(*ret_spans)[(*ret_count)++];
        *s = (span){.first = k, .end = end};
        s->is_kept = is_part_of_chain(all->lines, s);
    }
cleanup:
    return status;
}

/* ---- chains ------------------------------------------------------------------------------------------------------ */

typedef struct chain_count {
    const char *name; /* borrowed */
    int64_t residues;
} chain_count;

static hol_status count_chains(const hol_atom_lines *all, const span *spans, int64_t count, chain_count **ret_chains,
                               int64_t *ret_count) {
    int64_t room = 0, c = 0;
    hol_status status = HOL_OK;
    *ret_count = 0;
    for (int64_t k = 0; k < count; k++) {
        if (!spans[k].is_kept) continue;
        const char *name = all->lines[spans[k].first].chain;
        for (c = *ret_count; c-- > 0 && strcmp((*ret_chains)[c].name, name) != 0;) {
        }
        if (c < 0) {
            c = *ret_count;
            HOL_TRY(HOL_GROW(*ret_chains, *ret_count, *ret_count + 1, &room, "chains"));
            (*ret_chains)[(*ret_count)++] = (chain_count){.name = name};
        }
        (*ret_chains)[c].residues++;
    }
cleanup:
    return status;
}

/* "A (263 residues), B (12)"; of very many, the first ones */
static hol_status list_chains(const chain_count *chains, int64_t count, char **ret_text) {
    enum { LISTED = 24, LONGEST = HOL_MOLECULE_CHAIN_SIZE + 32 };
    hol_status status = HOL_OK;
    HOL_TRY(HOL_ALLOCATE(*ret_text, (LISTED + 1) * LONGEST, "chains"));
    char *at = *ret_text;
    for (int64_t c = 0; c < count && c < LISTED; c++)
        at += snprintf(at, LONGEST, "%s%s (%lld%s)", c ? ", " : "", *chains[c].name ? chains[c].name : "\" \"",
                       (long long)chains[c].residues, c ? "" : " residues");
    if (count > LISTED) (void)snprintf(at, LONGEST, " and %lld more", (long long)(count - LISTED));
cleanup:
    return status;
}

/* a blank in place of a name, as in old files, may be given as one */
static hol_status choose_chain(const char *path, const char *wanted, const chain_count *chains, int64_t count,
                               hol_molecule *self) {
    char name[HOL_MOLECULE_CHAIN_SIZE];
    hol_molecule_copy(wanted ? wanted : "", wanted ? (int64_t)strlen(wanted) : 0, name, sizeof name);
    if (count == 0) return hol_error(HOL_BAD_INPUT, "%s: found no residue's atoms, expected those of a chain", path);
    for (int64_t c = 0; c < count; c++)
        if (!wanted || strcmp(name, chains[c].name) == 0) {
            (void)snprintf(self->chain, sizeof self->chain, "%s", chains[c].name);
            return HOL_OK;
        }
    return hol_error(HOL_USAGE, "--chain: found \"%s\", expected a chain of %s: %s", wanted, path, self->chains);
}

/* ---- atoms ------------------------------------------------------------------------------------------------------- */

/* of the lines of one atom the first of highest occupancy; of residues at the same place by turns, as locations A and
 * B, the first one */
static bool is_taken(const hol_atom_line *lines, const span *s, int64_t k) {
    if (strcmp(lines[k].residue, lines[s->first].residue) != 0) return false;
    for (int64_t other = s->first; other < s->end; other++)
        if (strcmp(lines[other].atom, lines[k].atom) == 0 &&
            strcmp(lines[other].residue, lines[s->first].residue) == 0 &&
            (lines[other].occupancy > lines[k].occupancy ||
             (other < k && !(lines[other].occupancy < lines[k].occupancy))))
            return false;
    return true;
}

static void take_residue(const hol_atom_line *lines, const span *s, hol_molecule *self) {
    static const char *const centers[] = {"CB", "CA", "C1'"}; /* the first that is there */
    const hol_atom_line *first = &lines[s->first];
    const char letter = hol_molecule_letter(first->residue);
    size_t best = sizeof centers / sizeof *centers;
    hol_residue *r = &self->residues[self->count++];
    *r = (hol_residue){.number = first->number,
                       .insertion = first->insertion,
                       .letter = letter ? letter : 'X',
                       .first_atom = self->atom_count,
                       .center = -1};
    for (int64_t k = s->first; k < s->end; k++) {
        if (!is_taken(lines, s, k)) continue;
        for (size_t c = 0; c < best; c++)
            if (strcmp(lines[k].atom, centers[c]) == 0) r->center = self->atom_count, best = c;
        memcpy(self->atoms[self->atom_count++].at, lines[k].at, sizeof lines[k].at);
    }
    r->atoms = self->atom_count - r->first_atom;
}

static hol_status take_chain(const hol_atom_lines *all, const span *spans, int64_t count, hol_molecule *self) {
    hol_status status = HOL_OK;
    int64_t residues = 0, atoms = 0;
    for (int64_t k = 0; k < count; k++)
        if (spans[k].is_kept && strcmp(all->lines[spans[k].first].chain, self->chain) == 0)
            residues++, atoms += spans[k].end - spans[k].first;
    HOL_TRY(HOL_ALLOCATE(self->residues, residues, "residues"));
    HOL_TRY(HOL_ALLOCATE(self->atoms, atoms, "atoms"));
    for (int64_t k = 0; k < count; k++) {
        const hol_atom_line *first = &all->lines[spans[k].first];
        if (spans[k].is_kept && strcmp(first->chain, self->chain) == 0) take_residue(all->lines, &spans[k], self);
    }
cleanup:
    return status;
}

/* ---- all together ------------------------------------------------------------------------------------------------ */

hol_status hol_molecule_read(const char *path, const char *text, const char *chain, hol_molecule *ret) {
    hol_status status = HOL_OK;
    hol_atom_lines all = {0};
    span *spans = NULL;
    chain_count *chains = NULL;
    int64_t count = 0;
    *ret = (hol_molecule){0};
    if (hol_molecule_recognize(text) == HOL_MOLECULE_MMCIF) HOL_TRY(hol_molecule_read_mmcif(path, text, &all));
    else HOL_TRY(hol_molecule_read_pdb(path, text, &all));
    HOL_TRY(find_spans(&all, &spans, &count));
    HOL_TRY(count_chains(&all, spans, count, &chains, &ret->chain_count));
    HOL_TRY(list_chains(chains, ret->chain_count, &ret->chains));
    HOL_TRY(choose_chain(path, chain, chains, ret->chain_count, ret));
    HOL_TRY(take_chain(&all, spans, count, ret));
cleanup:
    hol_free(all.lines);
    hol_free(spans);
    hol_free(chains);
    return status;
}

void hol_molecule_clear(hol_molecule *molecule) {
    hol_free(molecule->chains);
    hol_free(molecule->residues);
    hol_free(molecule->atoms);
    *molecule = (hol_molecule){0};
}
