/* main: starts MPI, finds the command, reports its failure once, exits with its status. */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/comm.h"
#include "base/log.h"
#include "base/words.h"
#include "cli/commands.h"
#include "cli/help.h"
#include "cli/threads.h"
#include "cli/version.h"
#include "num/kernels.h"

#define ROW(name, summary) {#name, hol_command_##name, summary},
static const hol_command commands[] = {HOL_COMMANDS(ROW)};

static void print_usage(FILE *to) {
    (void)fprintf(to, "Usage: holode COMMAND ...   (on several ranks: mpirun -n 4 holode COMMAND ...)\n\n"
                      "holode trains energy-based models on clusters, to the same bits on any number of\n"
                      "ranks.\n\n");
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        (void)fprintf(to, "  %-10s %s\n", commands[i].name, commands[i].summary);
    (void)fprintf(to, "\n`holode COMMAND --help` tells more, `holode help` lists the pages of the manual.\n"
                      "Exit codes: 0 done, 1 failure, 2 usage or config, 3 bad input, 4 numerical\n"
                      "breakdown; submit again after 75, stopped early with a checkpoint, and 76, no\n"
                      "progress: the watchdog ended it.\n");
}

/* A forced instruction set that isn't there must not be ignored: somebody is comparing. */
static hol_status check_instruction_set(void) {
    const char *wish = getenv("HOLODE_ISA");
    char known[128];
    if (!wish || hol_kernels_find(wish)) return HOL_OK;
    hol_kernels_list(false, known, sizeof known);
    return hol_error(HOL_USAGE, "HOLODE_ISA: found \"%s\", expected one that this processor has: %s", wish, known);
}

/* a variable's number; 0 where it is missing */
static long long number_of(const char *variable) {
    const char *text = getenv(variable);
    return text ? strtoll(text, NULL, 10) : 0;
}

/* How many tasks Slurm started beside this one, or 1 where mpirun or the like started it; to be asked before MPI, which
 * may set variables of its own. srun alone tells a step's tasks; a batch script has only the job's. */
static long long count_tasks(void) {
    if (getenv("OMPI_COMM_WORLD_SIZE") || number_of("PMI_SIZE") == 1 || !getenv("SLURM_PROCID")) return 1;
    return getenv("SLURM_STEP_NUM_TASKS") ? number_of("SLURM_STEP_NUM_TASKS") : number_of("SLURM_NTASKS");
}

/* Tasks of one step that MPI does not connect would each do the whole work, and get in each other's way. A batch script
 * may well call the program by itself: it cannot be told from a first task of whose step nothing is known. */
static hol_status check_tasks(hol_comm *comm, long long tasks, bool trains) {
    static const char remedy[] = "srun --mpi=pmix (or mpirun) makes one run of them";
    if (tasks < 2 || hol_comm_size(comm) > 1) return HOL_OK;
    if (number_of("SLURM_PROCID") > 0 || getenv("SLURM_STEP_NUM_TASKS"))
        return hol_error(HOL_USAGE,
                         "Slurm started %lld tasks, MPI sees 1 rank: %s; where each is a run of its own, unset "
                         "SLURM_PROCID",
                         tasks, remedy);
    if (trains)
        hol_log_warning(comm, "Slurm started %lld tasks, MPI sees 1 rank: %s; this one goes on alone", tasks, remedy);
    return HOL_OK;
}

static hol_status dispatch(hol_comm *comm, hol_result *result, int argc, char **argv) {
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        if (strcmp(argv[1], commands[i].name) != 0) continue;
        char name[64];
        (void)snprintf(name, sizeof name, "holode %s", argv[1]);
        argv[1] = name;
        return commands[i].run(comm, result, argc - 1, argv + 1);
    }
    const char *meant = NULL;
    size_t best = SIZE_MAX;
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (hol_words_are_near(argv[1], commands[i].name, &best)) meant = commands[i].name;
    if (meant)
        return hol_error(HOL_USAGE,
                         "found command \"%s\", expected a known one; did you mean %s? (holode --help lists them)",
                         argv[1], meant);
    char known[256] = "";
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        hol_words_append(known, sizeof known, "%s%s", i ? ", " : "", commands[i].name);
    return hol_error(HOL_USAGE, "found command \"%s\", expected one of %s (holode --help lists them)", argv[1], known);
}

/* MPI says it in dozens of lines, rank by rank, or not at all. */
static hol_status check_open_files(void) {
    enum { FILES_MIN = 32 };
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= FILES_MIN) return HOL_OK;
    limit.rlim_cur = limit.rlim_max < FILES_MIN ? limit.rlim_max : FILES_MIN;
    if (setrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur >= FILES_MIN) return HOL_OK;
    return hol_error(HOL_FAILURE, "found a limit of %llu open files, expected at least %d (ulimit -n)",
                     (unsigned long long)limit.rlim_max, FILES_MIN);
}

/* What needs no ranks: *ret_told says whether the arguments were for this. */
static hol_status tell(int argc, char **argv, bool *ret_told) {
    const bool usage = strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0,
               help = strcmp(argv[1], "help") == 0,
               version = strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0;
    *ret_told = usage || help || version;
    if (!*ret_told) return HOL_OK;
    if (usage || (help && (argc == 2 || strcmp(argv[2], "--help") == 0))) print_usage(stdout);
    hol_result *result = NULL;
    hol_status status = hol_result_create(stdout, &result);
    if (status == HOL_OK && version) hol_version_print(result);
    if (status == HOL_OK && help)
        status = hol_help(commands, sizeof commands / sizeof *commands, result, argc - 1, argv + 1);
    if (result) status = hol_result_finish(result, status);
    hol_result_destroy(result);
    if (status != HOL_OK) hol_log_error(NULL, "%s", hol_error_message(status));
    return status;
}

static int exit_code_of(hol_status status) {
    const hol_code code = hol_error_code(status);
    (void)hol_error_drop(status);
    return (int)code;
}

int main(int argc, char **argv) {
    if (argc < 2) {
        print_usage(stderr);
        return HOL_USAGE;
    }
    bool told = false;
    hol_status status = tell(argc, argv, &told);
    if (told) return exit_code_of(status);
    hol_threads_sleep_soon(argv);
    (void)signal(SIGPIPE, SIG_IGN); /* a reader that went away must not end a training; results say so at the end */
    (void)signal(SIGXFSZ, SIG_IGN); /* nor a limit on files' sizes without a word: the call that meets it says so */
    hol_comm *comm = NULL;
    hol_result *result = NULL;
    const long long tasks = count_tasks();
    status = check_open_files();
    if (status == HOL_OK) status = hol_comm_create(&argc, &argv, &comm);
    if (status != HOL_OK) {
        (void)fprintf(stderr, "holode: %s\n", hol_error_message(status));
        return exit_code_of(status);
    }
    status = hol_comm_agree(comm, check_instruction_set());
    if (status == HOL_OK) status = check_tasks(comm, tasks, strcmp(argv[1], "train") == 0);
    if (status == HOL_OK)
        status = hol_comm_agree(comm, hol_result_create(hol_comm_rank(comm) == 0 ? stdout : NULL, &result));
    if (status == HOL_OK) status = dispatch(comm, result, argc, argv);
    if (hol_comm_is_broken(comm)) {
        hol_log_own_error(comm, "%s", hol_error_message(status));
        hol_comm_abort(comm, HOL_FAILURE);
    }
    /* a lost result is a failure; a failure that was reported keeps its code */
    if (result) status = hol_comm_agree(comm, hol_result_finish(result, status));
    hol_result_destroy(result);
    if (status != HOL_OK && hol_error_code(status) != HOL_STOPPED) hol_log_error(comm, "%s", hol_error_message(status));
    hol_comm_destroy(comm);
    return exit_code_of(status);
}
