/* support: what every test program shares. A program's main is
 *
 *     int main(int argc, char **argv) { return hol_test_main(argc, argv, "bits", tests, HOL_TEST_COUNT(tests)); }
 *
 * It starts MPI, runs the group on every rank, and returns non-zero on every rank when any failed. Rank 0 ends its
 * output with "tests: N passed, N failed, N skipped", which tests/run.sh adds up. A test that fails on one rank only
 * would leave the others in a collective: reduce a failure over ranks (assert_all) before asserting in collective
 * code. */
#ifndef HOL_TESTS_SUPPORT_H
#define HOL_TESTS_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs the four above */
#include <cmocka.h>

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/comm.h"
#include "base/log.h"
#include "base/status.h"

static hol_comm *test_comm; /* the run's communicator */

#define HOL_TEST_COUNT(tests) (sizeof(tests) / sizeof *(tests))

/* Asserts that a call returned HOL_OK, showing its message when not. */
#define assert_ok(call)                                                                                                \
    do {                                                                                                               \
        const hol_status test_status_ = (call);                                                                        \
        if (test_status_ != HOL_OK)                                                                                    \
            fail_msg("%s: status %d: %s", #call, hol_error_code(test_status_), hol_error_message(test_status_));       \
    } while (0)

static char test_message[1024]; /* of the failure that test_take took last; "" for HOL_OK */

/* Its code, 0 for HOL_OK. The status is taken over. */
static inline hol_code test_take(hol_status status) {
    const hol_code code = hol_error_code(status);
    (void)snprintf(test_message, sizeof test_message, "%s", hol_error_message(status));
    (void)hol_error_drop(status);
    return code;
}

/* Asserts a failure's code, and that its message, which is then in test_message, contains `part`. */
#define assert_refused(call, expected, part)                                                                           \
    do {                                                                                                               \
        const hol_code test_code_ = test_take(call);                                                                   \
        if (test_code_ != (expected) || !strstr(test_message, (part)))                                                 \
            fail_msg("%s: status %d, message \"%s\"; expected %d and \"%s\"", #call, test_code_, test_message,         \
                     (expected), (part));                                                                              \
    } while (0)

/* Asserts on all ranks what may be false on one. Collective. */
#define assert_all(condition)                                                                                          \
    do {                                                                                                               \
        const hol_status here_ =                                                                                       \
            (condition) ? HOL_OK : hol_error(HOL_FAILURE, "%s:%d: %s", __FILE__, __LINE__, #condition);                \
        const hol_status all_ = hol_comm_agree(test_comm, here_);                                                      \
        if (all_ != HOL_OK) fail_msg("%s", hol_error_message(all_));                                                   \
    } while (0)

/* A fresh directory, the same on all ranks, gone at the end of the run when the tests passed. */
static inline const char *test_directory(void) {
    static char path[256];
    if (path[0]) return path;
    if (hol_comm_rank(test_comm) == 0) {
        const char *root = getenv("TMPDIR");
        (void)snprintf(path, sizeof path, "%s/holode-test-XXXXXX", root ? root : "/tmp");
        if (!mkdtemp(path)) path[0] = '\0';
    }
    if (hol_comm_broadcast(test_comm, path, sizeof path) != HOL_OK || !path[0]) abort();
    return path;
}

/* A path inside test_directory(); overwritten by the fourth next call. */
static inline const char *test_path(const char *name) {
    static char paths[4][512];
    static int turn;
    char *path = paths[turn++ % 4];
    (void)snprintf(path, sizeof paths[0], "%s/%s", test_directory(), name);
    return path;
}

/* How many names in a directory begin so; -1 when it can't be read. Not collective. */
static inline int64_t test_count_names(const char *directory, const char *start) {
    int64_t count = 0;
    DIR *open = opendir(directory);
    if (!open) return -1;
    for (const struct dirent *entry; (entry = readdir(open)) != NULL;)
        count += strncmp(entry->d_name, start, strlen(start)) == 0;
    (void)closedir(open);
    return count;
}

/* ../shared/data/NAME beside the project, or NULL (then skip()); HOLODE_DATA overrides the folder. */
static inline const char *test_data(const char *name) {
    static char path[1024];
    const char *root = getenv("HOLODE_DATA");
    (void)snprintf(path, sizeof path, "%s/%s", root ? root : "../shared/data", name);
    return access(path, R_OK) == 0 ? path : NULL;
}

/* A program that tests what knows nothing of ranks defines this before it includes the header: of its tests only those
 * whose names contain it run on several ranks, too; where it is "", tests/run.sh starts the program on one rank
 * only. */
#ifndef HOL_TEST_COLLECTIVE
#define HOL_TEST_COLLECTIVE "test_"
#endif

static int test_passed, test_failed, test_skipped;

static inline int hol_test_main(int argc, char **argv, const char *name, const struct CMUnitTest *tests, size_t count) {
    if (hol_comm_create(&argc, &argv, &test_comm) != HOL_OK) return 1;
    (void)hol_log_set_quiet(test_comm, true);
    (void)test_directory(); /* all ranks are here: its first call shares the name */
    const char *only = argc > 1 ? argv[1] : NULL; /* a test's name, to run it alone */
    for (size_t i = 0; i < count; i++) {
        if (only && !strstr(tests[i].name, only)) continue;
        if (hol_comm_size(test_comm) > 1 && !strstr(tests[i].name, HOL_TEST_COLLECTIVE)) continue;
        const struct CMUnitTest one[1] = {tests[i]};
        char output[64];
        (void)snprintf(output, sizeof output, "%s", tests[i].name);
        const int failed = _cmocka_run_group_tests(output, one, 1, NULL, NULL);
        int64_t any = failed;
        if (hol_comm_max_i64(test_comm, &any, 1) != HOL_OK) any = 1;
        if (any) test_failed++;
        else test_passed++;
    }
    test_passed -= test_skipped;
    if (hol_comm_rank(test_comm) == 0)
        printf("%s: %d passed, %d failed, %d skipped\n", name, test_passed, test_failed, test_skipped);
    (void)fflush(stdout);
    const int result = test_failed != 0;
    hol_comm_destroy(test_comm);
    return result;
}

/* Skips the running test, with the reason. The condition must be the same on all ranks. */
#define test_skip(reason)                                                                                              \
    do {                                                                                                               \
        test_skipped++;                                                                                                \
        if (hol_comm_rank(test_comm) == 0) printf("SKIPPED: %s\n", reason);                                            \
        skip();                                                                                                        \
    } while (0)

#endif
