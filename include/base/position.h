/* position: where a rank is and whether it gets on, for whoever watches it (base/watchdog.h). All but reading is a
 * plain store of the rank's own; no function is collective, and NULL is fine in all. */
#ifndef HOL_BASE_POSITION_H
#define HOL_BASE_POSITION_H

#include <stdatomic.h>
#include <stdint.h>

typedef struct hol_position {
    atomic_uint moves;           /* grows as the rank gets on */
    _Atomic(const char *) stage; /* text that lasts, in which # stands for the step; NULL at first */
    _Atomic(int64_t) step;
} hol_position;

/* Something is done: for loops that take long. Any thread may say so. */
static inline void hol_position_move(hol_position *position) {
    if (position) (void)atomic_fetch_add_explicit(&position->moves, 1, memory_order_relaxed);
}

/* What the rank does from now on. */
static inline void hol_position_enter(hol_position *position, const char *stage) {
    if (!position) return;
    atomic_store_explicit(&position->stage, stage, memory_order_relaxed);
    hol_position_move(position);
}

static inline void hol_position_set_step(hol_position *position, int64_t step) {
    if (position) atomic_store_explicit(&position->step, step, memory_order_relaxed);
}

#endif
