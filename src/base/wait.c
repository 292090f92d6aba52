/* wait: futexes, shared between processes. */
#include "base/wait.h"

#include <limits.h>
#include <sched.h>
#include <time.h>
#include <unistd.h>
#if defined(__linux__)
#include <linux/futex.h>
#include <sys/syscall.h>
#endif

#include "base/clock.h"

static void pause_core(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#endif
}

static struct timespec span_of(double seconds) {
    const time_t whole = (time_t)seconds;
    return (struct timespec){.tv_sec = whole, .tv_nsec = (long)(1e9 * (seconds - (double)whole))};
}

static void nap(double seconds) {
    const struct timespec span = span_of(seconds);
    (void)nanosleep(&span, NULL);
}

/* Until the value is another one than was seen, or somebody wakes this rank, or time is up. */
static void sleep_on(atomic_uint *value, unsigned seen) {
#if defined(__linux__)
    const struct timespec most = span_of(HOL_WAIT_SLEEP);
    (void)syscall(SYS_futex, value, FUTEX_WAIT, seen, &most, NULL, 0);
#else
    (void)value, (void)seen;
    nap(50e-6);
#endif
}

static void wake_all(atomic_uint *value) {
#if defined(__linux__)
    (void)syscall(SYS_futex, value, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
#else
    (void)value;
#endif
}

/* The value is stored before sleepers are looked for, and a sleeper counts itself before it looks at the value: in the
 * one order that all see, one of the two sees the other. */
void hol_flag_raise(hol_flag *flag, unsigned value) {
    atomic_store(&flag->value, value);
    if (atomic_load(&flag->sleepers) > 0) wake_all(&flag->value);
}

static bool reached(unsigned found, unsigned value) { return (int)(found - value) >= 0; }

bool hol_flag_is_up(const hol_flag *flag, unsigned value) {
    return reached(atomic_load_explicit(&flag->value, memory_order_acquire), value);
}

/* Others may want the core, too: after a few microseconds they are let in between two looks. */
static bool spin_on(const hol_flag *flag, unsigned value, double spin) {
    enum { LOOKS = 16 }; /* between two looks at the clock */
    const double begin = hol_clock_now(), end = begin + spin, yielding = begin + HOL_WAIT_SPIN_ALONE;
    for (double now = begin; now < end; now = hol_clock_now()) {
        for (int i = 0; i < LOOKS; i++) {
            if (hol_flag_is_up(flag, value)) return true;
            pause_core();
        }
        if (now > yielding) (void)sched_yield();
    }
    return hol_flag_is_up(flag, value);
}

bool hol_flag_wait(hol_flag *flag, unsigned value, double spin) {
    if (hol_flag_is_up(flag, value) || spin_on(flag, value, spin)) return true;
    (void)atomic_fetch_add(&flag->sleepers, 1);
    const unsigned seen = atomic_load(&flag->value);
    if (!reached(seen, value)) sleep_on(&flag->value, seen);
    (void)atomic_fetch_sub(&flag->sleepers, 1);
    return hol_flag_is_up(flag, value);
}

void hol_poll_wait(hol_poll *poll) {
    const double shortest = 50e-6, longest = 500e-6, part = 0.05;
    const double now = hol_clock_now();
    if (poll->began_at <= 0) poll->began_at = now;
    const double waited = now - poll->began_at;
    if (waited < poll->spin) {
        pause_core();
        return;
    }
    const double wish = part * waited;
    nap(wish < shortest ? shortest : wish > longest ? longest : wish);
}
