/* commands: what `holode COMMAND ...` can be. One file per command (src/cli/<command>.c), one line in the list
 * below.
 *
 * A command parses its own argv (argv[0] is "holode COMMAND"), adds what it finds to the result, which main shows once
 * it returns HOL_OK, and says everything else with hol_log. Its status makes the exit code. All ranks run it; every
 * command is collective. With --help it adds what it takes and does no more: comm may then be NULL, as in `holode
 * help`. */
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

/* All of them, in the order of `holode --help`: a function hol_command_NAME each. */
/* clang-format off */
#define HOL_COMMANDS(COMMAND) \
    COMMAND(fit, "from a file of data to a trained, judged model and its page")          \
    COMMAND(train, "train a model from a config; --resume continues")                    \
    COMMAND(sample, "draw states from a checkpoint")                                     \
    COMMAND(evaluate, "ln Z and log-likelihood of a checkpoint on data")                 \
    COMMAND(predict, "labels and missing values of rows, by a checkpoint's model")       \
    COMMAND(contacts, "pairs of sites by their couplings, against a structure")           \
    COMMAND(energies, "energies of sequences, and of the mutants of one")                 \
    COMMAND(data, "import, generate and describe data sets")                             \
    COMMAND(import, "a checkpoint from a factor graph, .uai or .fg")                     \
    COMMAND(export, "a factor graph, .uai or .fg, from a checkpoint")                    \
    COMMAND(inspect, "what is in a checkpoint or data set")                              \
    COMMAND(seal, "checksums anew, after a change by another program")                   \
    COMMAND(report, "a page on a run: is its model to be trusted?")                      \
    COMMAND(collect, "the runs of a sweep as one table, the best one first")             \
    COMMAND(scaling, "runs on several numbers of nodes: speed-up, charts, same bits")    \
    COMMAND(plan, "memory, network traffic and time of a run, before it is submitted")   \
    COMMAND(bench, "throughput of this machine, kernel by kernel")
/* clang-format on */

#define HOL_COMMAND_DECLARATION(name, summary)                                                                         \
    hol_status hol_command_##name(hol_comm *comm, hol_result *result, int argc, char **argv) HOL_MUST_USE;
HOL_COMMANDS(HOL_COMMAND_DECLARATION)

/* `holode bench --network`, for hol_command_bench. */
hol_status hol_bench_network(hol_comm *comm, hol_result *result, int argc, char **argv) HOL_MUST_USE;

#endif
