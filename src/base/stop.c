/* stop: signal handlers that set flags. */
#include "base/stop.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t end_signal; /* 0: none */
static volatile sig_atomic_t end_asked;  /* from inside, before a signal came */
static volatile sig_atomic_t checkpoint_asked;
/* When the first SIGTERM or SIGINT came, nanoseconds; 0 before. Lock-free: two may come at once, on two threads. */
static _Atomic int64_t told_at;

/* launchers repeat a signal within the second or so; a person who repeats it later means it */
static const int64_t REPEATED = INT64_C(2000000000);

static void note(int signal_number) {
    if (signal_number == SIGUSR2) {
        checkpoint_asked = 1;
        return;
    }
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now); /* async-signal-safe */
    if (end_signal == 0) end_signal = signal_number;
    if (signal_number == SIGUSR1) return;
    /* the first is noted, also when it follows a warning (SIGUSR1) or the time limit: the checkpoint may be under
     * way */
    const int64_t at = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
    int64_t first = 0;
    if (!atomic_compare_exchange_strong(&told_at, &first, at) && at - first >= REPEATED) _exit(128 + signal_number);
}

hol_status hol_stop_install(void) {
    struct sigaction action = {.sa_handler = note, .sa_flags = SA_RESTART};
    (void)sigemptyset(&action.sa_mask);
    const int signals[] = {SIGUSR1, SIGUSR2, SIGTERM, SIGINT};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        if (sigaction(signals[i], &action, NULL) != 0)
            return hol_error(HOL_FAILURE, "sigaction failed: %s", strerror(errno));
    return HOL_OK;
}

bool hol_stop_requested(void) { return end_signal != 0 || end_asked; }

bool hol_stop_checkpoint_requested(void) { return checkpoint_asked != 0; }

void hol_stop_checkpoint_served(void) { checkpoint_asked = 0; }

void hol_stop_request(void) {
    if (end_signal == 0) end_asked = 1;
}

void hol_stop_withdraw(void) { end_asked = 0; }

void hol_stop_request_checkpoint(void) { checkpoint_asked = 1; }

/* no signal has this number */
enum { TIME_LIMIT = 1000 };

int hol_stop_code(void) { return end_asked ? TIME_LIMIT : (int)end_signal; }

const char *hol_stop_name(int code) {
    switch (code) {
    case 0: return "";
    case TIME_LIMIT: return "time limit";
    case SIGUSR1: return "SIGUSR1";
    case SIGTERM: return "SIGTERM";
    case SIGINT: return "SIGINT";
    default: return "signal";
    }
}

const char *hol_stop_reason(void) { return hol_stop_name(hol_stop_code()); }
