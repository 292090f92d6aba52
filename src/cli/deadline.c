/* deadline: durations as Slurm writes them, and the reserve before the end. */
#include "cli/deadline.h"

#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/stop.h"
#include "base/watchdog.h"

/* ------------------------------------------------------------------ durations */

/* Two digits below `limit`; moves *at behind them. */
static bool take_pair(const char **at, int limit, double *ret) {
    const char *text = *at;
    if (!isdigit((unsigned char)text[0]) || !isdigit((unsigned char)text[1]) || isdigit((unsigned char)text[2]))
        return false;
    const int value = 10 * (text[0] - '0') + (text[1] - '0');
    *at = text + 2;
    *ret = value;
    return value < limit;
}

static bool take_whole(const char **at, double *ret) {
    const char *text = *at;
    *ret = 0;
    for (; isdigit((unsigned char)*text); text++) *ret = *ret * 10 + (*text - '0');
    const bool found = text > *at;
    *at = text;
    return found;
}

/* D-HH[:MM[:SS]] */
static bool read_days(const char *text, double *ret_seconds) {
    double days = 0, hours = 0, minutes = 0, seconds = 0;
    if (!take_whole(&text, &days) || *text++ != '-' || !take_pair(&text, 24, &hours)) return false;
    if (*text == ':' && (text++, !take_pair(&text, 60, &minutes))) return false;
    if (*text == ':' && (text++, !take_pair(&text, 60, &seconds))) return false;
    *ret_seconds = ((days * 24 + hours) * 60 + minutes) * 60 + seconds;
    return *text == '\0';
}

/* M:SS or H:MM:SS */
static bool read_clock(const char *text, double *ret_seconds) {
    double first = 0, second = 0, third = 0;
    if (!take_whole(&text, &first) || *text++ != ':' || !take_pair(&text, 60, &second)) return false;
    *ret_seconds = first * 60 + second;
    if (*text == '\0') return true;
    if (*text++ != ':' || !take_pair(&text, 60, &third)) return false;
    *ret_seconds = *ret_seconds * 60 + third;
    return *text == '\0';
}

static bool read_seconds(const char *text, double *ret_seconds) {
    char *end = NULL;
    if (text[strspn(text, "0123456789.")] != '\0') return false; /* strtod knows more than durations */
    *ret_seconds = strtod(text, &end);
    return end != text && *end == '\0';
}

static bool is_duration(const char *text, double *ret_seconds) {
    const bool good = strchr(text, '-')   ? read_days(text, ret_seconds)
                      : strchr(text, ':') ? read_clock(text, ret_seconds)
                                          : read_seconds(text, ret_seconds);
    return good && *ret_seconds > 0 && isfinite(*ret_seconds);
}

hol_status hol_deadline_parse(const char *name, const char *text, double *ret_seconds) {
    if (is_duration(text, ret_seconds)) return HOL_OK;
    return hol_error(HOL_USAGE,
                     "%s: found \"%s\", expected a time above 0: seconds, M:SS, H:MM:SS, D-HH, D-HH:MM or D-HH:MM:SS",
                     name, text);
}

bool hol_deadline_parse_watchdog(const char *text, double *ret_seconds) {
    if (strcmp(text, "auto") == 0) *ret_seconds = HOL_WATCHDOG_AUTO;
    else if (strcmp(text, "off") == 0 || strcmp(text, "0") == 0) *ret_seconds = 0;
    else return is_duration(text, ret_seconds) && *ret_seconds >= 1;
    return true;
}

/* ------------------------------------------------------------------ the deadline */

/* Seconds from now to the end of the Slurm job; infinite when that is not known. A time that is over stems from another
 * job's environment. */
static double seconds_of_job(void) {
    const char *text = getenv("SLURM_JOB_END_TIME");
    char *end = NULL;
    if (!text) return INFINITY;
    const double at = strtod(text, &end);
    if (end == text || *end != '\0' || !(at > hol_clock_wall())) return INFINITY;
    return at - hol_clock_wall();
}

void hol_deadline_start(hol_deadline *deadline, hol_comm *comm, double began_at, double max_seconds,
                        int64_t checkpoint_bytes) {
    enum { SLOW_DISK = 50000000 }; /* bytes per second */
    const double now = hol_clock_now();
    *deadline = (hol_deadline){.stepped_at = now, .margin = 1, .guess = 1 + (double)checkpoint_bytes / SLOW_DISK};
    if (max_seconds > 0) {
        deadline->at = began_at + max_seconds;
        return;
    }
    deadline->at = now + seconds_of_job();
    deadline->margin = 5; /* the launcher's end, and the requeue */
    if (isfinite(deadline->at))
        hol_log(comm, "the Slurm job ends in %.0f s; the run will stop in time", deadline->at - now);
}

void hol_deadline_checkpointed(hol_deadline *deadline, double seconds) {
    deadline->longest_checkpoint = fmax(deadline->longest_checkpoint, seconds);
    deadline->interrupted += seconds;
}

void hol_deadline_stepped(hol_deadline *deadline) {
    const double now = hol_clock_now();
    deadline->longest_step = fmax(deadline->longest_step, now - deadline->stepped_at - deadline->interrupted);
    deadline->stepped_at = now;
    deadline->interrupted = 0;
    const double checkpoint = deadline->longest_checkpoint > 0 ? deadline->longest_checkpoint : deadline->guess;
    if (now + 2 * deadline->longest_step + 2 * checkpoint + deadline->margin > deadline->at) hol_stop_request();
}
