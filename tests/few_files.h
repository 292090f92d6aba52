/* few_files: what becomes of ranks that can't share memory: the last one may open no more files. */
#ifndef HOL_TESTS_FEW_FILES_H
#define HOL_TESTS_FEW_FILES_H

#include <sys/resource.h>

#include "base/log.h"

/* Quietly, for warnings are meant; returns what allow_files gives back. Collective. */
static inline struct rlimit forbid_files(void) {
    struct rlimit before;
    assert_ok(hol_comm_barrier(test_comm));
    assert_all(getrlimit(RLIMIT_NOFILE, &before) == 0);
    const struct rlimit none = {.rlim_max = before.rlim_max};
    (void)hol_log_set_quiet(test_comm, true);
    if (hol_comm_rank(test_comm) == hol_comm_size(test_comm) - 1) (void)setrlimit(RLIMIT_NOFILE, &none);
    return before;
}

static inline void allow_files(struct rlimit before) {
    (void)setrlimit(RLIMIT_NOFILE, &before);
    (void)hol_log_set_quiet(test_comm, false);
}

#endif
