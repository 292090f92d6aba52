/* clock: clock_gettime. */
#include "base/clock.h"

#include <time.h>

static double read_clock(clockid_t id) {
    struct timespec t = {0};
    (void)clock_gettime(id, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

double hol_clock_now(void) { return read_clock(CLOCK_MONOTONIC); }

double hol_clock_wall(void) { return read_clock(CLOCK_REALTIME); }
