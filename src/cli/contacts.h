/* contacts: what the files of `holode contacts` share; not for others. */
#ifndef HOL_SRC_CLI_CONTACTS_H
#define HOL_SRC_CLI_CONTACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/comm.h"
#include "base/status.h"
#include "cli/model.h"
#include "estimate/contacts.h"
#include "result/result.h"
#include "state/alphabet.h"

typedef struct hol_contacts_arguments {
    const char *file;
    const char *structure, *chain, *reference, *output;
    int64_t separation, top, offset, distance_column;
    double cutoff;
    int atoms; /* hol_distance_kind */
    bool with_gap, csv, json;
} hol_contacts_arguments;

typedef struct hol_contacts_command {
    hol_comm *comm;     /* borrowed */
    hol_result *result; /* borrowed */
    hol_contacts_arguments arguments;
    hol_cli_model source;
    hol_alphabet alphabet;
    uint8_t *reference; /* owned: (sites) states; NULL: none */
    hol_contacts contacts;
    bool has_structure;
    hol_distances distances;
    hol_contacts_verdict verdict;
} hol_contacts_command;

/* ---- contacts_structure.c: distances, of what --structure names. On rank 0. */
hol_status hol_contacts_read_structure(hol_contacts_command *self) HOL_MUST_USE;

/* Once the pairs are judged: whether the structure may be another one than theirs. */
void hol_contacts_warn_of_chance(const hol_contacts_command *self);

/* ---- contacts_show.c: adds everything to the result. On rank 0. */
hol_status hol_contacts_show(const hol_contacts_command *self) HOL_MUST_USE;

/* The first `most` pairs, as a table of `to`; NULL when memory is short. */
hol_record *hol_contacts_table(const hol_contacts_command *self, hol_result *to, const char *name, int64_t most);

enum { HOL_CONTACTS_PARTS = 4 }; /* of how many of the first pairs the precision is told: L/5, L/2, L and 2 L */
extern const char *const hol_contacts_part_names[HOL_CONTACTS_PARTS];
/* How many these are; and the share of contacts among them, NaN where there are not as many. */
int64_t hol_contacts_part(const hol_contacts_command *self, int part);
double hol_contacts_precision(const hol_contacts_command *self, int part);

/* ---- contacts_write.c: -o, before and after the work; the first is collective, the other rank 0's. */
hol_status hol_contacts_check_output(hol_contacts_command *self) HOL_MUST_USE;
hol_status hol_contacts_write(const hol_contacts_command *self) HOL_MUST_USE;

#endif
