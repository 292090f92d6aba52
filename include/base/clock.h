/* clock: elapsed time. Times are for people and schedules; no result depends on them. */
#ifndef HOL_BASE_CLOCK_H
#define HOL_BASE_CLOCK_H

/* Seconds of a clock that never jumps, from an arbitrary origin. */
double hol_clock_now(void);

/* Seconds since 1970, for comparison with a scheduler's end time. */
double hol_clock_wall(void);

#endif
