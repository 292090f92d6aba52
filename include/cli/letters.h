/* letters: what a model's states are called where each is a letter, and sequences of them. Not collective. */
#ifndef HOL_CLI_LETTERS_H
#define HOL_CLI_LETTERS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/comm.h"
#include "base/status.h"
#include "io/alignment.h"
#include "io/checkpoint.h"
#include "model/model.h"
#include "state/alphabet.h"

/* The alphabet that the model is made of; else that of the words for states of its training data, where these are still
 * there and call the states of all columns by the same single characters. count 0: there is none. */
hol_status hol_cli_find_alphabet(hol_comm *comm, const hol_checkpoint_info *info, const hol_model *model,
                                 hol_alphabet *ret) HOL_MUST_USE;

/* The same of the model alone; `named` begins messages. */
hol_status hol_cli_model_alphabet(const char *named, const hol_model *model, hol_alphabet *ret) HOL_MUST_USE;

/* The state of the gap; -1: none. */
int64_t hol_cli_find_gap(const hol_alphabet *alphabet);

/* A sequence as states, (columns of the model), out: its letters; or a file of aligned sequences, of which it is the
 * first; or the name of a row of the training data, where these are still there. `what` begins messages: "--reference".
 * HOL_USAGE for another number of letters, one that is not in the alphabet, or a model without; HOL_BAD_INPUT for a
 * file that holds no sequence of so many letters. */
hol_status hol_cli_read_sequence(hol_comm *comm, const char *what, const char *text, const hol_checkpoint_info *info,
                                 const hol_model *model, const hol_alphabet *alphabet, uint8_t *states) HOL_MUST_USE;

/* Whether a row is called so: by its whole name, or what is before its first blank or '/'. */
bool hol_cli_is_name(const char *name, const char *text);

/* Aligned sequences of the model's letters, equal ones, too; those with other letters left out, or with these missing,
 * where they stand for what is not known. HOL_BAD_INPUT, where these don't, where rows have not `sites` columns, or
 * where none is left. The caller owns *ret. */
hol_status hol_cli_load_alignment(const char *path, const hol_alphabet *alphabet, int64_t sites,
                                  bool others_are_missing, hol_alignment **ret) HOL_MUST_USE;

#endif
