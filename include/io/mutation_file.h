/* mutation_file: measured effects of mutations, as deep mutational scans publish them: a table of comma-, semicolon- or
 * tab-separated values.
 *
 *     mutant,DMS_score          site,wt,mutant,fitness
 *     A123G,-0.5                123,A,G,-0.5
 *     A123G:D45E,-1.25
 *
 * A mutation is the letter that there was, which may lack, the site's number and the new letter, of one letter each or
 * of three (Ala123Gly, p.Ala123Gly); several ones of a variant are joined by : ; , / + or blanks. Columns are known by
 * their headings, in any case of letters:
 *
 *     mutations   mutant, mutants, mutation, mutations, variant, variants, mut, aa_mutation, aa_mutations, aa_change,
 *                 hgvs_pro, hgvs
 *     the site    site, position, pos, residue, resi, number; with the new letter: letter, mutant, mutation, mut, aa,
 *                 amino_acid, mut_aa, mutant_aa, to, alt; and, where there is one, the old: wt, wildtype, wild_type,
 *                 wt_aa, from, ref, reference
 *     the score   the one that is asked for; else dms_score, score, fitness, effect, measured, measurement, value,
 *                 activity, enrichment
 *
 * Without headings: the mutation is the first column, or site and letter are, and the score the first number behind
 * them. The text may be compressed (io/text_file.h). Not collective. */
#ifndef HOL_IO_MUTATION_FILE_H
#define HOL_IO_MUTATION_FILE_H

#include <stdint.h>

#include "base/status.h"

typedef struct hol_mutation {
    int32_t number;
    char from, to; /* from 0: the file does not say; * for a stop, - for a deletion */
} hol_mutation;

/* A line. */
typedef struct hol_measurement {
    int64_t first, count; /* its mutations; none: it is the unchanged sequence, or can't be read as mutations */
    double score;         /* NaN: none */
} hol_measurement;

typedef struct hol_measurements {
    int64_t count;
    hol_measurement *lines; /* owned: (count) */
    int64_t mutation_count;
    hol_mutation *mutations; /* owned */
    char taken[160];         /* which columns were taken, in words */
} hol_measurements;

/* score: the heading of the column of scores; NULL: as above. HOL_BAD_INPUT for a file without lines, with headings of
 * which none is a mutation's or a score's (it lists them), or without any mutation; HOL_USAGE for a heading that it has
 * not. The caller clears *ret, also after an error. */
hol_status hol_measurements_read(const char *path, const char *score, hol_measurements *ret) HOL_MUST_USE;
void hol_measurements_clear(hol_measurements *measurements);

/* Reads a variant's mutations, at most `most` of them; -1 when it is none, or has more. For tests. */
int64_t hol_mutation_parse(const char *text, hol_mutation *mutations, int64_t most);

#endif
