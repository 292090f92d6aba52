/* schedule: four curves, a warm-up and a cooldown. */
#include "train/schedule.h"

#include "num/elementary.h"

double hol_schedule_rate(const hol_schedule *schedule, int64_t step) {
    const hol_schedule *s = schedule;
    const double part = s->steps > 1 ? (double)step / (double)(s->steps - 1) : 0;
    double rate = s->rate;
    switch (s->kind) {
    case HOL_SCHEDULE_CONSTANT: break;
    case HOL_SCHEDULE_LINEAR: rate += part * (s->final_rate - s->rate); break;
    case HOL_SCHEDULE_EXPONENTIAL: rate *= hol_exp(part * (hol_ln(s->final_rate) - hol_ln(s->rate))); break;
    case HOL_SCHEDULE_INVERSE_TIME: rate /= 1.0 + (double)step / (double)s->decay_steps; break;
    }
    if (step < s->warmup_steps) rate *= (double)(step + 1) / (double)(s->warmup_steps + 1);
    if (s->cooldown_steps > 0 && step >= s->steps - s->cooldown_steps)
        rate *= (double)(s->steps - step) / (double)s->cooldown_steps;
    return rate;
}
