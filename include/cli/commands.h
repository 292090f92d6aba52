/* commands: what `holode COMMAND ...` can be. One file per command (src/cli/<command>.c), one row in main.c's table.
 *
 * A command parses its own argv (argv[0] is "holode COMMAND"), prints results with hol_print and everything else with
 * hol_log, and returns the exit code. All ranks run it; every command is collective. With --help a command prints what
 * it takes and does no more: comm may then be NULL, as in `holode help`. */
#ifndef HOL_CLI_COMMANDS_H
#define HOL_CLI_COMMANDS_H

#include "base/comm.h"
#include "base/status.h"
#include "result/result.h"

typedef struct hol_command {
    const char *name;
    hol_status (*run)(hol_comm *comm, hol_result *result, int argc, char **argv);
    const char *summary;
} hol_command;

hol_status hol_command_train(hol_comm *comm, hol_result *result, int argc, char **argv) HOL_MUST_USE;
hol_status hol_command_sample(hol_comm *comm, hol_result *result, int argc, char **argv) HOL_MUST_USE;
hol_status hol_command_evaluate(hol_comm *comm, hol_result *result, int argc, char **argv) HOL_MUST_USE;
hol_status hol_command_inspect(hol_comm *comm, hol_result *result, int argc, char **argv) HOL_MUST_USE;
hol_status hol_command_seal(hol_comm *comm, hol_result *result, int argc, char **argv) HOL_MUST_USE;
hol_status hol_command_data(hol_comm *comm, hol_result *result, int argc, char **argv) HOL_MUST_USE;
hol_status hol_command_collect(hol_comm *comm, hol_result *result, int argc, char **argv) HOL_MUST_USE;
hol_status hol_command_report(hol_comm *comm, hol_result *result, int argc, char **argv) HOL_MUST_USE;
hol_status hol_command_scaling(hol_comm *comm, hol_result *result, int argc, char **argv) HOL_MUST_USE;
hol_status hol_command_import(hol_comm *comm, hol_result *result, int argc, char **argv) HOL_MUST_USE;
hol_status hol_command_export(hol_comm *comm, hol_result *result, int argc, char **argv) HOL_MUST_USE;
hol_status hol_command_plan(hol_comm *comm, hol_result *result, int argc, char **argv) HOL_MUST_USE;
hol_status hol_command_bench(hol_comm *comm, hol_result *result, int argc, char **argv) HOL_MUST_USE;

/* `holode bench --network`, for hol_command_bench. */
hol_status hol_bench_network(hol_comm *comm, hol_result *result, int argc, char **argv) HOL_MUST_USE;

#endif
