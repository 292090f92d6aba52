/* keep_edges: a model of pairs made sparser: only the strongest couplings of another one stay. */
#ifndef HOL_CLI_KEEP_EDGES_H
#define HOL_CLI_KEEP_EDGES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/comm.h"
#include "base/status.h"

/* The `count` pairs that the model of `run` couples most strongly (estimate/contacts.h, without the gap's couplings),
 * the strongest first, as what is to be in DIRECTORY/edges.txt: *ret_text, on rank 0; NULL elsewhere, and of a run that
 * is resumed, which keeps the file that it has. *ret_setting is "model.edges=DIRECTORY/edges.txt". The caller gives
 * back both with hol_free. Nothing is written. HOL_USAGE for a model that has no couplings of pairs, or fewer, and
 * where the file is there already. Collective. */
hol_status hol_cli_keep_edges(hol_comm *comm, const char *run, int64_t count, const char *directory, bool resume,
                              char **ret_setting, char **ret_text) HOL_MUST_USE;

#endif
