/* sequence_file: rows of states as sequences of letters, in FASTA, plain or .gz: a record's line ">sample-3
 * energy=-12.5", and its letters in one line. Not collective. */
#ifndef HOL_IO_SEQUENCE_FILE_H
#define HOL_IO_SEQUENCE_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "io/output.h"
#include "state/alphabet.h"

/* All borrowed. */
typedef struct hol_sequences {
    hol_alphabet alphabet;
    int64_t rows, columns;
    const uint8_t *states;    /* (rows, columns); those that the alphabet lacks are not known: '?' */
    const double *energies;   /* (rows); NULL: none */
    const char *const *names; /* (rows), written as hol_escape has them; NULL: sample-0, sample-1 ... */
} hol_sequences;

/* What such files end in, for hol_output_check. */
enum { HOL_SEQUENCE_KINDS = 4 };
extern const hol_output_kind hol_sequence_kinds[HOL_SEQUENCE_KINDS];

/* Whether the name, NULL for none, ends in .fasta or .fa, whatever the case, or in .gz after it. */
bool hol_sequence_file_is_named(const char *path);

/* The file appears whole or not at all. */
hol_status hol_sequence_file_write(const char *path, const hol_sequences *sequences) HOL_MUST_USE;

/* The letters of a row into text (columns). */
void hol_sequences_spell(const hol_sequences *sequences, int64_t row, char *text);

#endif
