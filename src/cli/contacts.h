/* contacts: what the files of `holode contacts` share; not for others. */
#ifndef HOL_SRC_CLI_CONTACTS_H
#define HOL_SRC_CLI_CONTACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/comm.h"
#include "base/status.h"
#include "cli/model.h"
#include "cli/native.h"
#include "estimate/contacts.h"
#include "result/result.h"
#include "state/alphabet.h"

typedef struct hol_contacts_arguments {
    const char *file;
    const char *reference, *output;
    hol_native_options structure;
    int64_t separation, top;
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
    hol_native structure; /* its file NULL: none */
} hol_contacts_command;

/* ---- contacts_show.c: adds everything to the result. On rank 0. */
hol_status hol_contacts_show(const hol_contacts_command *self) HOL_MUST_USE;

/* The first `most` pairs, as a table of `to`; NULL when memory is short. */
hol_record *hol_contacts_table(const hol_contacts_command *self, hol_result *to, const char *name, int64_t most);

/* ---- contacts_write.c: -o, before and after the work; the first is collective, the other rank 0's. */
hol_status hol_contacts_check_output(hol_contacts_command *self) HOL_MUST_USE;
hol_status hol_contacts_write(const hol_contacts_command *self) HOL_MUST_USE;

#endif
