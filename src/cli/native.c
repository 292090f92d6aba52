/* native: distances, whether residues are those of the reference, precision; as pictures for pages. */
#include "cli/native.h"

#include <ctype.h>
#include <math.h>

#include "base/alloc.h"
#include "base/log.h"
#include "io/text_file.h"
#include "result/chart.h"
#include "result/html.h"

/* ---- what differs ------------------------------------------------------------------------------------------------ */

/* Sites whose letter in the structure, which is of known residues, is another than the reference's, as the sites would
 * be numbered with another offset; *ret_compared of how many. */
static int64_t count_others(const hol_native *self, const hol_molecule *molecule, int64_t offset,
                            int64_t *ret_compared) {
    int64_t others = 0;
    *ret_compared = 0;
    for (int64_t r = 0; r < molecule->count; r++) {
        const hol_residue *residue = &molecule->residues[r];
        const int64_t site = (int64_t)residue->number - 1 - offset;
        if (residue->insertion != ' ' || residue->letter == 'X' || site < 0 || site >= self->distances.sites) continue;
        const char letter = self->alphabet->letters[self->reference[site]];
        if (letter == HOL_ALPHABET_GAP) continue;
        (*ret_compared)++;
        others += toupper((unsigned char)letter) != residue->letter;
    }
    return others;
}

/* the offset by which most residues agree with the reference */
static int64_t find_best_offset(const hol_native *self, const hol_molecule *molecule, int64_t *ret_same) {
    int64_t best = self->options.offset, compared = 0;
    *ret_same = -1;
    for (int64_t offset = self->distances.first - self->distances.sites; offset < self->distances.last; offset++) {
        const int64_t others = count_others(self, molecule, offset, &compared);
        if (compared - others > *ret_same) best = offset, *ret_same = compared - others;
    }
    return best;
}

static void compare_with_reference(const hol_native *self, const hol_molecule *molecule) {
    enum { SPAN_MOST = 1 << 16 }; /* of numbers: looking for an offset must not take long */
    int64_t compared = 0, same = 0;
    const int64_t offset = self->options.offset, others = count_others(self, molecule, offset, &compared);
    if (!self->reference || others == 0) return;
    const bool is_short = self->distances.last - self->distances.first < SPAN_MOST;
    const int64_t best = is_short ? find_best_offset(self, molecule, &same) : offset;
    hol_log_warning(self->comm,
                    "%s: chain %s: %lld of %lld residues differ from the reference by --offset %lld; by --offset %lld "
                    "%lld agree",
                    self->options.file, molecule->chain, (long long)others, (long long)compared, (long long)offset,
                    (long long)best, (long long)(best == offset ? compared - others : same));
}

static void tell(const hol_native *self, int64_t count, const char *what) {
    const hol_distances *d = &self->distances;
    if (d->outside > 0)
        hol_log_warning(self->comm, "%s: %lld of %lld %s are at none of sites 1 to %lld (--offset %lld)",
                        self->options.file, (long long)d->outside, (long long)count, what, (long long)d->sites,
                        (long long)self->options.offset);
    if (d->outside > count / 2)
        hol_log_warning(self->comm,
                        "%s: more than half of the %s are at no site of the model; is it this family's "
                        "structure, and --offset right?",
                        self->options.file, what);
    if (d->inserted > 0)
        hol_log_warning(self->comm, "%s: %lld of %lld %s have insertion codes, and are left out", self->options.file,
                        (long long)d->inserted, (long long)count, what);
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

static hol_status read_molecule(hol_native *self, const char *text) {
    hol_status status = HOL_OK;
    hol_molecule molecule = {0};
    const hol_native_options *o = &self->options;
    HOL_TRY(hol_molecule_read(o->file, text, o->chain, &molecule));
    if (o->distance_column)
        HOL_TRY(hol_error(HOL_USAGE, "--distance-column: found a PDB or mmCIF file, %s, expected a table of distances",
                          o->file));
    if (!o->chain && molecule.chain_count > 1)
        hol_log(self->comm, "%s: chain %s of %s (--chain takes another)", o->file, molecule.chain, molecule.chains);
    HOL_TRY(
        hol_distances_of_molecule(&molecule, (hol_distance_kind)o->atoms, o->offset, self->sites, &self->distances));
    tell(self, molecule.count, "residues");
    if (self->reference) compare_with_reference(self, &molecule);
cleanup:
    hol_molecule_clear(&molecule);
    return status;
}

static hol_status read_table(hol_native *self, const char *text) {
    hol_status status = HOL_OK;
    hol_distance_table table = {0};
    const hol_native_options *o = &self->options;
    HOL_TRY(hol_distance_table_read(o->file, text, o->distance_column, &table));
    if (o->chain)
        HOL_TRY(hol_error(HOL_USAGE, "--chain: found a table of distances, %s, expected a PDB or mmCIF file", o->file));
    HOL_TRY(hol_distances_of_table(&table, o->offset, self->sites, &self->distances));
    hol_log(self->comm, "%s: a table: sites in columns 1 and 2, distances in column %lld of %lld (from 1)", o->file,
            (long long)table.column, (long long)table.columns);
    tell(self, table.count, "lines");
cleanup:
    hol_distance_table_clear(&table);
    return status;
}

hol_status hol_native_read(hol_native *self) {
    hol_status status = HOL_OK;
    char *text = NULL;
    int64_t length = 0;
    HOL_TRY(hol_text_file_load(self->options.file, &text, &length));
    if (hol_molecule_recognize(text) != HOL_MOLECULE_NONE) HOL_TRY(read_molecule(self, text));
    else HOL_TRY(read_table(self, text));
cleanup:
    hol_free(text);
    return status;
}

/* ---- precision --------------------------------------------------------------------------------------------------- */

const char *const hol_native_part_names[HOL_NATIVE_PARTS] = {"L/5", "L/2", "L", "2 L"};

int64_t hol_native_part(const hol_native *self, int part) {
    const int64_t sites = self->sites, counts[HOL_NATIVE_PARTS] = {sites / 5, sites / 2, sites, 2 * sites};
    return counts[part] > 0 ? counts[part] : 1;
}

double hol_native_precision(const hol_native *self, int part) {
    const int64_t count = hol_native_part(self, part);
    return count <= self->verdict.count ? self->verdict.precision[count - 1] : (double)NAN;
}

double hol_native_chance(const hol_native *self) {
    const hol_contacts_verdict *v = &self->verdict;
    return v->all > 0 ? (double)v->close / (double)v->all : (double)NAN;
}

/* Of a structure of another family, or by a wrong offset, the first pairs are in contact as often as any are. */
static void warn_of_chance(const hol_native *self) {
    enum { DEVIATIONS = 2 };
    const hol_contacts_verdict *v = &self->verdict;
    const double chance = hol_native_chance(self);
    int known = 0;
    if (v->close == v->all) return;
    for (int k = 0; k < HOL_NATIVE_PARTS; k++) {
        const double precision = hol_native_precision(self, k), pairs = (double)hol_native_part(self, k);
        if (isnan(precision)) continue;
        if (precision >= fmin(chance + DEVIATIONS * sqrt(chance * (1 - chance) / pairs), 1)) return;
        known++;
    }
    if (known > 0)
        hol_log_warning(self->comm,
                        "%s: precision is that of chance; is it this family's structure, and --offset right?",
                        self->options.file);
}

hol_status hol_native_judge(hol_native *self, const hol_contacts *contacts) {
    hol_status status = HOL_OK;
    const hol_native_options *o = &self->options;
    HOL_TRY(hol_contacts_judge(contacts, self->separation, &self->distances, o->cutoff, &self->verdict));
    if (self->verdict.all == 0)
        HOL_TRY(hol_error(HOL_BAD_INPUT,
                          "%s: found no distance of two sites at least %lld apart, expected some (--offset %lld%s%s)",
                          o->file, (long long)self->separation, (long long)o->offset,
                          self->distances.letters ? ", --chain" : "",
                          self->may_be_nearer ? ", --min-separation?" : "?"));
    warn_of_chance(self);
cleanup:
    return status;
}

void hol_native_clear(hol_native *self) {
    hol_contacts_verdict_clear(&self->verdict);
    hol_distances_clear(&self->distances);
}

/* ---- pictures ---------------------------------------------------------------------------------------------------- */

/* Below the diagonal contacts of the structure, in place of the first pairs. */
void hol_native_mark(const hol_native *self, hol_contact_map *map) {
    static const float is_unknown = -0.25f; /* a shade */
    const int64_t sites = self->sites;
    for (int64_t i = 0; i < sites; i++)
        for (int64_t j = 0; j < i; j++) {
            const double distance = hol_distances_get(&self->distances, i, j);
            map->values[i * sites + j] = i - j < self->separation          ? 0
                                         : isnan(distance)                 ? is_unknown
                                         : distance < self->options.cutoff ? -1
                                                                           : 0;
        }
    map->picture.title = "contact map: scores above the diagonal, contacts below it";
    (void)snprintf(map->axes.legend[1].text, sizeof map->axes.legend[1].text, "CONTACT: BELOW %g ANGSTROM",
                   self->options.cutoff);
    map->axes.legend[3] = map->axes.legend[2];
    map->axes.legend[2].value = (double)is_unknown;
    (void)snprintf(map->axes.legend[2].text, sizeof map->axes.legend[2].text, "DISTANCE NOT KNOWN");
    map->axes.legend_count = 4;
}

/* (count) ranks and the most that any order could reach */
static void print_chart(const hol_native *self, FILE *to, int64_t count, const double *ranks, const double *ideal) {
    const double chance = hol_native_chance(self), ends[] = {1, (double)count}, flat[] = {chance, chance};
    const hol_chart chart = {.title = "share of contacts among the first pairs",
                             .x_label = "pairs",
                             .y_label = "share in contact (PPV)",
                             .x_log = true,
                             .y_from = 0,
                             .y_to = 1,
                             .series_count = 3,
                             .series = {{"model", HOL_CHART_LINE, 0, count, ranks, self->verdict.precision, NULL},
                                        {"at most", HOL_CHART_GUIDE, 0, count, ranks, ideal, NULL},
                                        {"by chance", HOL_CHART_LINE, HOL_CHART_FAINT, 2, ends, flat, NULL}}};
    hol_chart_print(to, &chart);
    hol_html_paragraph(to,
                       "Of the pairs of highest score, |i - j| at least %lld: how many are closer than %g angstrom.",
                       (long long)self->separation, self->options.cutoff);
}

static void print_table(const hol_native *self, FILE *to) {
    static const char *const heads[] = {"first", "pairs", "PPV"};
    char pairs[24], precision[24];
    hol_html_table(to, heads, 3, 1);
    for (int k = 0; k < HOL_NATIVE_PARTS; k++) {
        const double value = hol_native_precision(self, k);
        (void)snprintf(pairs, sizeof pairs, "%lld", (long long)hol_native_part(self, k));
        (void)snprintf(precision, sizeof precision, isnan(value) ? "-" : "%.3f", value);
        hol_html_row(to, (const char *const[]){hol_native_part_names[k], pairs, precision}, 3, 1);
    }
    hol_html_table_end(to);
}

hol_status hol_native_print_precision(const hol_native *self, FILE *to) {
    const hol_contacts_verdict *v = &self->verdict;
    const int64_t count = v->count < 5 * self->sites ? v->count : 5 * self->sites;
    double *ranks = NULL;
    const hol_status status = HOL_ALLOCATE(ranks, HOL_PRODUCT(2, count), "precision");
    for (int64_t k = 0; k < count && status == HOL_OK; k++) {
        ranks[k] = (double)(k + 1);
        ranks[count + k] = fmin((double)v->close / (double)(k + 1), 1);
    }
    hol_html_figure(to, "Precision");
    if (status == HOL_OK && count > 0) print_chart(self, to, count, ranks, ranks + count);
    print_table(self, to);
    hol_html_figure_end(to);
    hol_free(ranks);
    return status;
}
