/* clock: elapsed time. Times are for people and schedules; no result depends on them. */
#ifndef HOL_BASE_CLOCK_H
#define HOL_BASE_CLOCK_H

#include <stdint.h>

/* Seconds of a clock that never jumps, from an arbitrary origin. */
double hol_clock_now(void);

/* Seconds since 1970, for comparison with a scheduler's end time. */
double hol_clock_wall(void);

/* Seconds as "1:02:03" or "4.2 s". */
void hol_clock_describe(double seconds, char *text, int64_t size);

#endif
