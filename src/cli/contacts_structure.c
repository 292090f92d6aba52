/* contacts_structure: distances of what --structure names, and whether its residues are those of the reference. */
#include <ctype.h>
#include <math.h>

#include "base/alloc.h"
#include "base/log.h"
#include "contacts.h"
#include "io/text_file.h"

/* Sites whose letter in the structure, which is of known residues, is another than the reference's, as the sites would
 * be numbered with another offset; *ret_compared of how many. */
static int64_t count_others(const hol_contacts_command *self, const hol_molecule *molecule, int64_t offset,
                            int64_t *ret_compared) {
    int64_t others = 0;
    *ret_compared = 0;
    for (int64_t r = 0; r < molecule->count; r++) {
        const hol_residue *residue = &molecule->residues[r];
        const int64_t site = (int64_t)residue->number - 1 - offset;
        if (residue->insertion != ' ' || residue->letter == 'X' || site < 0 || site >= self->distances.sites) continue;
        const char letter = self->alphabet.letters[self->reference[site]];
        if (letter == HOL_ALPHABET_GAP) continue;
        (*ret_compared)++;
        others += toupper((unsigned char)letter) != residue->letter;
    }
    return others;
}

/* the offset by which most residues agree with the reference */
static int64_t find_best_offset(const hol_contacts_command *self, const hol_molecule *molecule, int64_t *ret_same) {
    int64_t best = self->arguments.offset, compared = 0;
    *ret_same = -1;
    for (int64_t offset = self->distances.first - self->distances.sites; offset < self->distances.last; offset++) {
        const int64_t others = count_others(self, molecule, offset, &compared);
        if (compared - others > *ret_same) best = offset, *ret_same = compared - others;
    }
    return best;
}

static void compare_with_reference(const hol_contacts_command *self, const hol_molecule *molecule) {
    enum { SPAN_MOST = 1 << 16 }; /* of numbers: looking for an offset must not take long */
    int64_t compared = 0, same = 0;
    const int64_t offset = self->arguments.offset, others = count_others(self, molecule, offset, &compared);
    if (!self->reference || others == 0) return;
    const bool is_short = self->distances.last - self->distances.first < SPAN_MOST;
    const int64_t best = is_short ? find_best_offset(self, molecule, &same) : offset;
    hol_log_warning(self->comm,
                    "%s: chain %s: %lld of %lld residues differ from the reference by --offset %lld; by --offset %lld "
                    "%lld agree",
                    self->arguments.structure, molecule->chain, (long long)others, (long long)compared,
                    (long long)offset, (long long)best, (long long)(best == offset ? compared - others : same));
}

static void tell(const hol_contacts_command *self, int64_t count, const char *what) {
    const hol_distances *d = &self->distances;
    if (d->outside > 0)
        hol_log_warning(self->comm, "%s: %lld of %lld %s are at none of sites 1 to %lld (--offset %lld)",
                        self->arguments.structure, (long long)d->outside, (long long)count, what, (long long)d->sites,
                        (long long)self->arguments.offset);
    if (d->outside > count / 2)
        hol_log_warning(self->comm,
                        "%s: more than half of the %s are at no site of the model; is it this family's "
                        "structure, and --offset right?",
                        self->arguments.structure, what);
    if (d->inserted > 0)
        hol_log_warning(self->comm, "%s: %lld of %lld %s have insertion codes, and are left out",
                        self->arguments.structure, (long long)d->inserted, (long long)count, what);
}

static hol_status read_molecule(hol_contacts_command *self, const char *text) {
    hol_status status = HOL_OK;
    hol_molecule molecule = {0};
    const hol_contacts_arguments *a = &self->arguments;
    HOL_TRY(hol_molecule_read(a->structure, text, a->chain, &molecule));
    if (a->distance_column)
        HOL_TRY(hol_error(HOL_USAGE, "--distance-column: found a PDB or mmCIF file, %s, expected a table of distances",
                          a->structure));
    if (!a->chain && molecule.chain_count > 1)
        hol_log(self->comm, "%s: chain %s of %s (--chain takes another)", a->structure, molecule.chain,
                molecule.chains);
    HOL_TRY(hol_distances_of_molecule(&molecule, (hol_distance_kind)a->atoms, a->offset,
                                      hol_model_columns(self->source.model), &self->distances));
    tell(self, molecule.count, "residues");
    if (self->reference) compare_with_reference(self, &molecule);
cleanup:
    hol_molecule_clear(&molecule);
    return status;
}

static hol_status read_table(hol_contacts_command *self, const char *text) {
    hol_status status = HOL_OK;
    hol_distance_table table = {0};
    const hol_contacts_arguments *a = &self->arguments;
    HOL_TRY(hol_distance_table_read(a->structure, text, a->distance_column, &table));
    if (a->chain)
        HOL_TRY(hol_error(HOL_USAGE, "--chain: found a table of distances, %s, expected a PDB or mmCIF file",
                          a->structure));
    HOL_TRY(hol_distances_of_table(&table, a->offset, hol_model_columns(self->source.model), &self->distances));
    hol_log(self->comm, "%s: a table: sites in columns 1 and 2, distances in column %lld of %lld", a->structure,
            (long long)table.column, (long long)table.columns);
    tell(self, table.count, "lines");
cleanup:
    hol_distance_table_clear(&table);
    return status;
}

/* Of a structure of another family, or by a wrong offset, the first pairs are in contact as often as any are. */
void hol_contacts_warn_of_chance(const hol_contacts_command *self) {
    enum { DEVIATIONS = 2 };
    const hol_contacts_verdict *v = &self->verdict;
    const double chance = v->all > 0 ? (double)v->close / (double)v->all : 0;
    int known = 0;
    if (v->close == v->all) return;
    for (int k = 0; k < HOL_CONTACTS_PARTS; k++) {
        const double precision = hol_contacts_precision(self, k), pairs = (double)hol_contacts_part(self, k);
        if (isnan(precision)) continue;
        if (precision >= fmin(chance + DEVIATIONS * sqrt(chance * (1 - chance) / pairs), 1)) return;
        known++;
    }
    if (known > 0)
        hol_log_warning(self->comm,
                        "%s: precision is that of chance; is it this family's structure, and --offset right?",
                        self->arguments.structure);
}

hol_status hol_contacts_read_structure(hol_contacts_command *self) {
    hol_status status = HOL_OK;
    char *text = NULL;
    int64_t length = 0;
    HOL_TRY(hol_text_file_load(self->arguments.structure, &text, &length));
    if (hol_molecule_recognize(text) != HOL_MOLECULE_NONE) HOL_TRY(read_molecule(self, text));
    else HOL_TRY(read_table(self, text));
    self->has_structure = true;
cleanup:
    hol_free(text);
    return status;
}
