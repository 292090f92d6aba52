/* energies: what the files of `holode energies` share; not for others. */
#ifndef HOL_SRC_CLI_ENERGIES_H
#define HOL_SRC_CLI_ENERGIES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/comm.h"
#include "base/status.h"
#include "cli/subject.h"
#include "io/alignment.h"
#include "result/result.h"
#include "state/alphabet.h"

typedef struct hol_energies_arguments {
    const char *file;
    const char *data, *reference, *mutants, *measured, *score, *output;
    int64_t top, offset;
    bool with_gap, csv, json;
} hol_energies_arguments;

/* Sequences, of a data set or an alignment. */
typedef struct hol_energies_rows {
    int64_t count, first, local; /* over all ranks; this rank's */
    uint8_t *states;             /* owned: (local, columns) */
    double *energies;            /* owned, on rank 0: (count); NaN where it is not known */
    char **names;                /* owned, one block: (count); NULL: they have none */
    int64_t left_out;            /* sequences with other letters than the alphabet's */
} hol_energies_rows;

/* What became of the lines of a file of measurements. */
typedef struct hol_energies_measured {
    int64_t lines, matched;
    int64_t no_mutation, no_score, outside, other_letter, no_state, of_gap;
    char first_other[80]; /* the first line of which a letter is another than the sequence's */
    int64_t best_offset;  /* by which most letters agree, and how many mutations' do */
    int64_t best_same, with_letter;
    double *scores, *changes; /* owned: (matched) */
    int64_t *at;              /* owned: (matched) their lines */
    char **texts;             /* owned, one block: (matched), A123G:D45E */
    double spearman;
    char taken[160];
} hol_energies_measured;

typedef struct hol_energies {
    hol_comm *comm;     /* borrowed */
    hol_result *result; /* borrowed */
    hol_energies_arguments arguments;
    hol_subject subject;
    int64_t columns, most; /* most states of a column */
    hol_alphabet alphabet;
    int64_t gap; /* the state that no mutant has or had; -1: none is left out */
    hol_energies_rows rows;
    double zero;       /* the energy that others are relative to; NaN: the lowest one */
    uint8_t *sequence; /* owned: (columns) whose mutants; NULL: none */
    double *changes;   /* owned, on rank 0: (columns, most); NaN: no mutant */
    hol_energies_measured measured;
} hol_energies;

/* ---- energies_rows.c. Collective. */

/* Whether it is a data set, not aligned sequences. */
hol_status hol_energies_is_set(hol_comm *comm, const char *data, bool *ret) HOL_MUST_USE;

/* Rows of --data, and their energies. */
hol_status hol_energies_find_rows(hol_energies *self) HOL_MUST_USE;
void hol_energies_clear_rows(hol_energies_rows *rows);

/* The sequence that an option names: a row of the data, by its name or number, or what hol_cli_read_sequence takes.
 * states is (columns), out. */
hol_status hol_energies_find_sequence(const hol_energies *self, const char *option, const char *text,
                                      uint8_t *states) HOL_MUST_USE;

/* ---- energies_measured.c: --measured, on rank 0. */
hol_status hol_energies_measure(hol_energies *self) HOL_MUST_USE;
void hol_energies_clear_measured(hol_energies_measured *measured);

/* ---- energies_show.c: adds everything to the result; tables of all rows, mutants, measurements. On rank 0. */
hol_status hol_energies_show(const hol_energies *self) HOL_MUST_USE;
hol_status hol_energies_table_rows(const hol_energies *self, hol_result *to, const char *name, bool in_order,
                                   int64_t most, hol_record **ret) HOL_MUST_USE;
hol_record *hol_energies_table_measured(const hol_energies *self, hol_result *to, const char *name);
/* A state's letter, or its number. */
enum { HOL_ENERGIES_STATE = 8 };
void hol_energies_name_state(const hol_energies *self, int64_t state, char name[HOL_ENERGIES_STATE]);
/* The energy that others are relative to. */
double hol_energies_zero(const hol_energies *self);

/* ---- energies_write.c: -o, before and after the work; the first is collective, the other rank 0's. */
hol_status hol_energies_check_output(hol_energies *self) HOL_MUST_USE;
hol_status hol_energies_write(const hol_energies *self) HOL_MUST_USE;

#endif
