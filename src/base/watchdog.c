/* watchdog: a thread that counts its looks at a position.
 *
 * What it does at the end must not wait for anything that the main thread may hold, or that may never come: no memory
 * is allocated, no stream is used, and where the line itself cannot be written (stderr may be on that file system) an
 * alarm ends the process. */
#include "base/watchdog.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/position.h"

struct hol_watchdog {
    hol_position *position; /* borrowed */
    double seconds;         /* as asked for */
    double period;          /* between two looks */
    char name[160];         /* "holode: rank 1 on host: " */
    pthread_t thread;
    pthread_mutex_t mutex; /* of ending */
    pthread_cond_t wake;
    bool ending;
};

/* ---- the last words ---------------------------------------------------------------------------------------------- */

typedef struct line {
    char text[512];
    size_t length;
} line;

static void add_text(line *l, const char *text) {
    while (*text && l->length + 1 < sizeof l->text) l->text[l->length++] = *text++;
}

static void add_number(line *l, int64_t number) {
    char digits[24];
    size_t at = sizeof digits - 1;
    digits[at] = '\0';
    do digits[--at] = (char)('0' + number % 10);
    while ((number /= 10) > 0);
    add_text(l, digits + at);
}

static void add_stage(line *l, hol_position *position) {
    const char *stage = atomic_load(&position->stage);
    for (; stage && *stage; stage++) {
        const char one[] = {*stage, '\0'};
        if (*stage == '#') add_number(l, atomic_load(&position->step));
        else add_text(l, one);
    }
}

static void leave(int signal_number) {
    (void)signal_number;
    _exit(HOL_STALLED);
}

/* Whatever the write below may wait for, this does not. */
static void set_alarm(double seconds) {
    struct sigaction action = {.sa_handler = leave};
    sigset_t alone;
    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(SIGALRM, &action, NULL);
    (void)sigemptyset(&alone);
    (void)sigaddset(&alone, SIGALRM);
    (void)pthread_sigmask(SIG_UNBLOCK, &alone, NULL);
    (void)alarm(2 + (unsigned)seconds);
}

static void say_where(hol_watchdog *self, double still, double grace) {
    line l = {.length = 0};
    add_text(&l, self->name);
    add_text(&l, "no progress for ");
    add_number(&l, (int64_t)still);
    add_text(&l, " s (train.watchdog): ");
    add_stage(&l, self->position);
    l.text[l.length++] = '\n';
    set_alarm(grace);
    /* whoever has gone away from the other end of stderr can't be told */
    if (write(STDERR_FILENO, l.text, l.length) < 0) return;
}

/* ---- the watch --------------------------------------------------------------------------------------------------- */

/* Waits for the next look; true when the watch is over. The mutex is held. */
static bool wait_for_end(hol_watchdog *self) {
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    const double at = (double)until.tv_nsec * 1e-9 + self->period;
    until.tv_sec += (time_t)at;
    until.tv_nsec = (long)((at - (double)(time_t)at) * 1e9);
    while (!self->ending)
        if (pthread_cond_timedwait(&self->wake, &self->mutex, &until) == ETIMEDOUT) break;
    return self->ending;
}

/* Ranks that wait for one that is stuck have come to where they wait at most about as much later as their longest move
 * took: a tenth of what is allowed. */
static double grace_of(double allowed) {
    const double wish = allowed / 10;
    return wish < 1 ? 1 : wish > 120 ? 120 : wish;
}

static double allowed_now(const hol_watchdog *self, double longest) {
    if (self->seconds > 0) return self->seconds;
    return HOL_WATCHDOG_TIMES * longest > HOL_WATCHDOG_LEAST ? HOL_WATCHDOG_TIMES * longest : HOL_WATCHDOG_LEAST;
}

static void *watch(void *argument) {
    hol_watchdog *self = argument;
    unsigned seen = atomic_load(&self->position->moves);
    double still = 0, longest = 0;
    bool said = false;
    (void)pthread_mutex_lock(&self->mutex);
    while (!wait_for_end(self)) {
        const unsigned now = atomic_load_explicit(&self->position->moves, memory_order_relaxed);
        const double allowed = allowed_now(self, longest);
        still += self->period;
        if (now != seen && !said) {
            longest = still > longest ? still : longest;
            still = 0;
            seen = now;
        }
        if (still < allowed) continue;
        if (!said) say_where(self, still, grace_of(allowed));
        said = true;
        if (still >= allowed + grace_of(allowed)) _exit(HOL_STALLED);
    }
    (void)pthread_mutex_unlock(&self->mutex);
    return NULL;
}

/* ---- the interface ----------------------------------------------------------------------------------------------- */

/* Signals are the main thread's. */
static int start(hol_watchdog *self) {
    sigset_t all, former;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &former);
    const int code = pthread_create(&self->thread, NULL, watch, self);
    (void)pthread_sigmask(SIG_SETMASK, &former, NULL);
    return code;
}

static void set_name(hol_watchdog *self, const hol_comm *comm) {
    line l = {.length = 0};
    char host[128] = "?";
    (void)gethostname(host, sizeof host - 1);
    add_text(&l, "holode: rank ");
    add_number(&l, hol_comm_rank(comm));
    add_text(&l, " on ");
    add_text(&l, host);
    add_text(&l, ": ");
    memcpy(self->name, l.text, l.length + 1 < sizeof self->name ? l.length : sizeof self->name - 1);
}

hol_status hol_watchdog_create(hol_comm *comm, double seconds, hol_watchdog **ret_watchdog) {
    hol_watchdog *self = NULL;
    pthread_condattr_t attributes;
    *ret_watchdog = NULL;
    if (seconds <= 0 && seconds > HOL_WATCHDOG_AUTO) return HOL_OK;
    const hol_status status = HOL_ALLOCATE(self, 1, "watchdog");
    if (status != HOL_OK) return status;
    self->position = hol_comm_position(comm);
    self->seconds = seconds;
    self->period = seconds > 0 && seconds < 80 ? seconds / 16 : 5;
    set_name(self, comm);
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&self->wake, &attributes);
    (void)pthread_condattr_destroy(&attributes);
    (void)pthread_mutex_init(&self->mutex, NULL);
    const int code = start(self);
    if (code != 0) {
        hol_free(self);
        return hol_error(HOL_FAILURE, "train.watchdog: there is no thread for it: %s", strerror(code));
    }
    *ret_watchdog = self;
    return HOL_OK;
}

void hol_watchdog_destroy(hol_watchdog *watchdog) {
    if (!watchdog) return;
    (void)pthread_mutex_lock(&watchdog->mutex);
    watchdog->ending = true;
    (void)pthread_cond_signal(&watchdog->wake);
    (void)pthread_mutex_unlock(&watchdog->mutex);
    (void)pthread_join(watchdog->thread, NULL);
    (void)pthread_mutex_destroy(&watchdog->mutex);
    (void)pthread_cond_destroy(&watchdog->wake);
    hol_free(watchdog);
}
