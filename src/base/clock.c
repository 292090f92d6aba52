/* clock: clock_gettime. */
#include "base/clock.h"

#include <stdio.h>
#include <time.h>

static double read_clock(clockid_t id) {
    struct timespec t = {0};
    (void)clock_gettime(id, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

double hol_clock_now(void) { return read_clock(CLOCK_MONOTONIC); }

double hol_clock_wall(void) { return read_clock(CLOCK_REALTIME); }

void hol_clock_describe(double seconds, char *text, int64_t size) {
    const long long whole = (long long)seconds;
    if (seconds < 60) (void)snprintf(text, (size_t)size, "%.1f s", seconds);
    else (void)snprintf(text, (size_t)size, "%lld:%02lld:%02lld", whole / 3600, whole / 60 % 60, whole % 60);
}
