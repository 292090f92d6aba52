/* alignment: aligned sequences as rows of states: FASTA (a2m, a3m) and Stockholm, each also compressed by gzip. The
 * contents decide the format. Nothing here is collective.
 *
 * Letters of the alphabet are states. By the rule of a2m, letters in lower case and '.' are insert columns, and left
 * out; all rows are of one length without them. Where they are not, but all are of one length with them, as in aligned
 * FASTA that marks nothing by the case of letters, lower case counts as upper case and '.' as a gap, for all of the
 * file. So rows in lower case are never left out in silence. With an alphabet that has letters in lower case, case
 * counts. '~' and '_' are gaps; blanks within a sequence, and a '*' at its end, count for nothing.
 *
 * Rows with letters that the alphabet lacks are left out, or have gaps or missing values in their places; of equal rows
 * the first is kept. Rows are kept in memory, a byte a site, and their names; the text is not.
 *
 * A malformed file gives HOL_BAD_INPUT and one line, "FILE:LINE: found ..., expected ...". */
#ifndef HOL_IO_ALIGNMENT_H
#define HOL_IO_ALIGNMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "state/alphabet.h"

enum { HOL_ALIGNMENT_MISSING = UINT8_MAX }; /* in place of a state */

typedef struct hol_alignment_how {
    hol_alphabet alphabet;
    bool keeps_duplicates;   /* equal rows stay */
    bool others_are_gaps;    /* letters that the alphabet lacks; it has a gap */
    bool others_are_missing; /* those that stand for what is not known (hol_alphabet_unknown; gaps where none is a
                              * state) are HOL_ALIGNMENT_MISSING, and their rows stay; others are refused */
    const char *query;       /* borrowed for the call: of columns, those alone in which the sequence of this name, or of
                            * what is before a '/' in it, has a letter; "first" is the first one. NULL: all columns */
} hol_alignment_how;

typedef struct hol_alignment {
    hol_alphabet alphabet;
    int64_t rows, columns;
    uint8_t *states;        /* (rows, columns), owned */
    char *texts;            /* owned: names, each with its NUL, as hol_escape leaves them; cut at
                             * HOL_DATASET_NAME_MOST bytes */
    int64_t *names;         /* (rows), owned: where in texts each row's begins */
    int64_t records;        /* sequences in the file */
    int64_t with_others;    /* of these, such as have letters that the alphabet lacks */
    int64_t others[256];    /* how often each of these letters is there */
    int64_t duplicates;     /* equal rows that were left out */
    int64_t inserts;        /* characters of insert columns that were left out */
    bool is_aligned;        /* lower case counts as upper case and '.' as a gap */
    int64_t first_gaps;     /* columns that are gaps in the first sequence */
    const char *looks_like; /* static: the alphabet that the letters are likely of, NULL: none */
} hol_alignment;

/* Reads all of it; the caller owns *ret. HOL_USAGE when the query is not there. */
hol_status hol_alignment_load(const char *path, const hol_alignment_how *how, hol_alignment **ret) HOL_MUST_USE;

/* NULL is fine. */
void hol_alignment_destroy(hol_alignment *alignment);

static inline const char *hol_alignment_name(const hol_alignment *alignment, int64_t row) {
    return alignment->texts + alignment->names[row];
}

/* The names of all rows: one block, the caller's to hol_free. */
hol_status hol_alignment_copy_names(const hol_alignment *alignment, char ***ret_names) HOL_MUST_USE;

/* "X 18, B 2": its other letters and how often they are there, the most frequent ones first, into text of `size` bytes;
 * "" for none. */
void hol_alignment_list_others(const hol_alignment *alignment, char *text, size_t size);

/* Whether bytes[0, count), the first of a text, begin FASTA or Stockholm. */
bool hol_alignment_begins(const char *bytes, size_t count);

/* Whether a file, gzip or not, begins so; false, too, when it can't be read. */
bool hol_alignment_is(const char *path);

/* The alphabet that the letters of the first sequences are likely of, NULL: of none that has a name. */
hol_status hol_alignment_guess(const char *path, const char **ret_name) HOL_MUST_USE;

#endif
