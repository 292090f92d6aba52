/* schedule: the learning rate as a function of the step. */
#ifndef HOL_TRAIN_SCHEDULE_H
#define HOL_TRAIN_SCHEDULE_H

#include <stdint.h>

typedef enum hol_schedule_kind {
    HOL_SCHEDULE_CONSTANT,     /* r */
    HOL_SCHEDULE_LINEAR,       /* from r to final, straight, over all steps */
    HOL_SCHEDULE_EXPONENTIAL,  /* from r to final, by a constant factor per step */
    HOL_SCHEDULE_INVERSE_TIME, /* r / (1 + step / decay_steps): Robbins & Monro's condition holds */
} hol_schedule_kind;

typedef struct hol_schedule {
    hol_schedule_kind kind;
    double rate;          /* r > 0 */
    double final_rate;    /* linear >= 0, exponential > 0 */
    int64_t decay_steps;  /* inverse_time, > 0 */
    int64_t warmup_steps; /* the rate grows linearly over the first steps: times (step + 1) / (warmup_steps + 1) */
    int64_t cooldown_steps; /* at most steps: it falls to 0 over the last ones: times (steps - step) / cooldown_steps */
    int64_t steps;          /* of the whole run */
} hol_schedule;

/* The rate of step `step`, 0 <= step < steps. */
double hol_schedule_rate(const hol_schedule *schedule, int64_t step);

#endif
