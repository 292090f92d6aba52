/* bench: what the benchmark programs share. */
#ifndef HOL_TESTS_BENCH_BENCH_H
#define HOL_TESTS_BENCH_BENCH_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/alloc.h"

/* Processor time of this thread, seconds. */
static inline double now(void) {
    struct timespec t;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Zeros, or the end of the program. */
static inline void *get(int64_t count, size_t size) {
    void *memory = hol_allocate(count, size);
    if (memory) return memory;
    (void)fprintf(stderr, "out of memory\n");
    exit(1);
}

#endif
