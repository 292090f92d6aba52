/* owner: a file with a token, a thread that touches it.
 *
 *   identity     who we are, and the same of others read from a file
 *   judgement    whether a former owner may be replaced
 *   beats        the thread
 *   the interface */
#include "io/owner.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/stop.h"
#include "io/regular.h"
#include "io/replace.h"

enum { TEXT_SIZE = 1024, WORD_SIZE = 128, SILENCE = 60 };

/* One start of a run. The words have no blanks. */
typedef struct identity {
    unsigned long long token; /* 0: of a file that could not be understood */
    char host[WORD_SIZE];
    char space[WORD_SIZE]; /* the host's PID namespace: process numbers are compared within one only */
    long long pid;
    long long born;        /* clock ticks from the host's start to the process's: numbers come again */
    char job[WORD_SIZE];   /* Slurm's; "-" outside */
    long long restart;     /* how often Slurm had restarted the job */
    char since[WORD_SIZE]; /* 2026-01-31T12:00:00 */
    char state[16];        /* "running" or "ended" */
} identity;

struct hol_owner {
    hol_comm *comm; /* borrowed */
    char path[PATH_MAX];
    identity self;
    hol_owner_times times;
    int descriptor;   /* of our own file, also when it has been replaced */
    int64_t state_at; /* where in it the state stands */
    uint64_t stamp;
    pthread_t thread;
    bool has_thread;
    pthread_mutex_t mutex; /* of ending */
    pthread_cond_t wake;
    bool ending;
};

/* ------------------------------------------------------------------ identity */

/* Clock ticks at which a process of this host began; -1 when there is none, or only what its parent has not fetched. */
static long long birth_of(long long pid) {
    char path[64], text[TEXT_SIZE];
    (void)snprintf(path, sizeof path, "/proc/%lld/stat", pid);
    FILE *file = fopen(path, "r");
    if (!file) return -1;
    const size_t length = fread(text, 1, sizeof text - 1, file);
    (void)fclose(file);
    text[length] = '\0';
    /* the 22nd field; the second, the program's name in parentheses, may hold anything; the third is its state */
    const char *at = strrchr(text, ')');
    if (at && at[1] == ' ' && strchr("ZX", at[2])) return -1;
    for (int field = 2; at && field < 22; field++) at = strchr(at + 1, ' ');
    return at ? strtoll(at, NULL, 10) : -1;
}

static void describe_self(identity *self) {
    *self = (identity){
        .token = hol_replace_random() | 1, .pid = (long long)getpid(), .host = "?", .space = "?", .job = "-"};
    self->born = birth_of(self->pid);
    if (gethostname(self->host, sizeof self->host - 1) != 0 || self->host[0] == '\0') self->host[0] = '?';
    const ssize_t length = readlink("/proc/self/ns/pid", self->space, sizeof self->space - 1);
    if (length > 0) self->space[length] = '\0';
    const char *job = getenv("SLURM_JOB_ID"), *restart = getenv("SLURM_RESTART_COUNT");
    if (job && job[0] && !strchr(job, ' ')) (void)snprintf(self->job, sizeof self->job, "%s", job);
    if (restart) self->restart = strtoll(restart, NULL, 10);
    const time_t now = time(NULL);
    struct tm local;
    if (!localtime_r(&now, &local) || strftime(self->since, sizeof self->since, "%Y-%m-%dT%H:%M:%S", &local) == 0)
        (void)snprintf(self->since, sizeof self->since, "?");
    (void)snprintf(self->state, sizeof self->state, "running");
}

/* The state comes last, for it is overwritten in its place. */
static int write_text(const identity *self, char text[TEXT_SIZE]) {
    return snprintf(
        text, TEXT_SIZE,
        "holode: the start of the run that this directory belongs to\ntoken %016llx\nhost %s\nspace %s\npid %lld\n"
        "born %lld\njob %s\nrestart %lld\nsince %s\nstate %-7s\n",
        self->token, self->host, self->space, self->pid, self->born, self->job, self->restart, self->since,
        self->state);
}

/* Whether there is a regular file; one that can't be understood gives token 0. *ret_moved is its time of change. */
static bool read_owner(const char *path, identity *ret, struct timespec *ret_moved) {
    char text[TEXT_SIZE];
    struct stat found = {0};
    *ret = (identity){.host = "?", .space = "", .job = "-", .since = "?"};
    mode_t mode = 0;
    const int descriptor = hol_regular_try(path, false, &mode); /* makes network file systems look again */
    if (descriptor < 0) return false;
    const ssize_t length = read(descriptor, text, sizeof text - 1);
    if (ret_moved && fstat(descriptor, &found) == 0) *ret_moved = found.st_mtim;
    (void)close(descriptor);
    text[length > 0 ? length : 0] = '\0';
    if (sscanf(text,
               "holode: %*[^\n] token %llx host %127s space %127s pid %lld born %lld job %127s restart %lld since "
               "%127s state %15s",
               &ret->token, ret->host, ret->space, &ret->pid, &ret->born, ret->job, &ret->restart, ret->since,
               ret->state) != 9)
        ret->token = 0;
    return true;
}

/* "process 4711 on n1, job 12, since 2026-01-31T12:00:00" */
static const char *name_of(const identity *who, char text[TEXT_SIZE]) {
    if (who->token == 0) (void)snprintf(text, TEXT_SIZE, "an unknown process");
    else if (strcmp(who->job, "-") == 0)
        (void)snprintf(text, TEXT_SIZE, "process %lld on %s, since %s", who->pid, who->host, who->since);
    else
        (void)snprintf(text, TEXT_SIZE, "process %lld on %s, start %lld of job %s, since %s", who->pid, who->host,
                       who->restart + 1, who->job, who->since);
    return text;
}

/* ------------------------------------------------------------------ judgement */

typedef enum verdict { TAKE, REFUSE, WATCH, GIVE_UP } verdict;

static verdict judge(const identity *former, const identity *self) {
    if (former->token == 0) return WATCH;
    if (strcmp(former->state, "ended") == 0) return TAKE;
    if (strcmp(former->job, "-") != 0 && strcmp(former->job, self->job) == 0 && former->restart != self->restart)
        return former->restart < self->restart ? TAKE : REFUSE;
    if (strcmp(former->host, self->host) != 0 || strcmp(former->space, self->space) != 0) return WATCH;
    return former->born >= 0 && former->born == birth_of(former->pid) ? REFUSE : TAKE;
}

static void pause_for(double seconds) {
    const struct timespec time = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
    (void)nanosleep(&time, NULL);
}

/* Whether the owner shows a sign of life: a touch, its end, or a successor. */
static bool has_moved(const char *path, const identity *former, const struct timespec *moved) {
    identity now;
    struct timespec now_moved = {0};
    return !read_owner(path, &now, &now_moved) || now.token != former->token || strcmp(now.state, former->state) != 0 ||
           now_moved.tv_sec != moved->tv_sec || now_moved.tv_nsec != moved->tv_nsec;
}

static verdict watch(const hol_owner *self, const identity *former, const struct timespec *moved) {
    char text[TEXT_SIZE];
    hol_log(self->comm, "%s: last used by %s; waiting %.0f s for a sign of life", self->path, name_of(former, text),
            self->times.watch);
    for (double waited = 0; waited < self->times.watch; waited += self->times.beat / 4) {
        pause_for(self->times.beat / 4);
        if (hol_stop_requested()) return GIVE_UP;
        if (has_moved(self->path, former, moved)) return REFUSE;
    }
    return TAKE;
}

/* Nothing waits for what is no regular file, and nothing takes its place. */
static hol_status check_kind(const char *path) {
    struct stat found;
    if (lstat(path, &found) != 0 || S_ISREG(found.st_mode)) return HOL_OK;
    return hol_error(HOL_USAGE, "%s: found %s, expected a regular file or none (remove it, or -o DIR starts elsewhere)",
                     path, hol_regular_word(found.st_mode));
}

static hol_status look_at_former(const hol_owner *self) {
    identity former;
    struct timespec moved = {0};
    char text[TEXT_SIZE];
    const hol_status status = check_kind(self->path);
    if (status != HOL_OK) return status;
    if (!read_owner(self->path, &former, &moved)) return HOL_OK;
    verdict outcome = judge(&former, &self->self);
    if (outcome == WATCH) outcome = watch(self, &former, &moved);
    /* the sign of life may have been its end */
    if (outcome == REFUSE && read_owner(self->path, &former, NULL) && strcmp(former.state, "ended") == 0)
        outcome = TAKE;
    if (outcome == TAKE) return HOL_OK;
    if (outcome == GIVE_UP) {
        const hol_status stopped =
            hol_error(HOL_STOPPED, "%s: stopped (%s) before the first step", self->path, hol_stop_reason());
        hol_log_warning(self->comm, "%s", hol_error_message(stopped)); /* a stop is no error that anyone reports */
        return stopped;
    }
    return hol_error(HOL_USAGE, "%s: found a run at work there (%s), expected none (-o DIR starts elsewhere)",
                     self->path, name_of(&former, text));
}

/* ------------------------------------------------------------------ the directory */

hol_status hol_owner_make_directory(const char *path) {
    char part[PATH_MAX];
    if (strlen(path) >= sizeof part)
        return hol_error(HOL_USAGE, "-o: found a path of %zu bytes, expected fewer", strlen(path));
    for (size_t i = 1; i <= strlen(path); i++) {
        if (path[i] != '/' && path[i] != '\0') continue;
        memcpy(part, path, i);
        part[i] = '\0';
        if (mkdir(part, 0777) != 0 && errno != EEXIST)
            return hol_error(HOL_FAILURE, "%s: cannot make the directory: %s", part, strerror(errno));
    }
    struct stat s;
    if (stat(path, &s) != 0 || !S_ISDIR(s.st_mode))
        return hol_error(HOL_USAGE, "-o: found the file %s, expected a directory", path);
    /* now, not at the first checkpoint an hour later */
    if (access(path, W_OK | X_OK) != 0)
        return hol_error(HOL_FAILURE, "%s: cannot be written to: %s", path, strerror(errno));
    return HOL_OK;
}

/* ------------------------------------------------------------------ the file */

/* Puts our file into the directory: over whatever is there, or only where nothing is. */
static hol_status put(hol_owner *self, bool replace) {
    hol_status status = HOL_OK;
    char text[TEXT_SIZE], prefix[PATH_MAX + 1], temporary[PATH_MAX + 32];
    int descriptor = -1;
    const int length = write_text(&self->self, text);
    (void)snprintf(prefix, sizeof prefix, "%s.", self->path);
    HOL_TRY(hol_replace_create(prefix, ".tmp", self->path, temporary, sizeof temporary, &descriptor));
    errno = ENOSPC; /* what a short write means, which says nothing itself */
    if (write(descriptor, text, (size_t)length) != length || fsync(descriptor) != 0)
        HOL_TRY(hol_error(HOL_FAILURE, "%s: cannot be written: %s", self->path, strerror(errno)));
    if (replace) HOL_TRY(hol_replace_commit(temporary, self->path));
    else if (link(temporary, self->path) != 0) /* a successor was quicker: the next look will tell */
        HOL_TRY(hol_error(HOL_FAILURE, "%s: cannot be put back: %s", self->path, strerror(errno)));
    if (self->descriptor >= 0) (void)close(self->descriptor);
    self->descriptor = descriptor;
    self->state_at = length - 8;
cleanup:
    if (temporary[0]) hol_replace_abandon(temporary); /* gone already after a rename */
    if (status != HOL_OK && descriptor >= 0) (void)close(descriptor);
    return status;
}

/* Whether the directory has another owner now, and which. */
static bool is_replaced(const hol_owner *self, identity *ret_owner) {
    return read_owner(self->path, ret_owner, NULL) && ret_owner->token != 0 && ret_owner->token != self->self.token;
}

static hol_status replaced(const hol_owner *self, const identity *owner) {
    char text[TEXT_SIZE];
    return hol_error(HOL_FAILURE, "%s: the directory belongs to %s now; this start of the run ends and leaves it alone",
                     self->path, name_of(owner, text));
}

/* ------------------------------------------------------------------ beats */

/* Waits; true when the owner is being released. The mutex is held. */
static bool wait_for_end(hol_owner *self, double seconds) {
    struct timespec until;
    (void)clock_gettime(CLOCK_REALTIME, &until);
    const double at = (double)until.tv_nsec * 1e-9 + seconds;
    until.tv_sec += (time_t)at;
    until.tv_nsec = (long)((at - (double)(time_t)at) * 1e9);
    while (!self->ending)
        if (pthread_cond_timedwait(&self->wake, &self->mutex, &until) == ETIMEDOUT) break;
    return self->ending;
}

/* Touches our file, whatever its name is by now; asks the run to end when the directory has another owner. */
static void *beat(void *argument) {
    hol_owner *self = argument;
    identity owner;
    (void)pthread_mutex_lock(&self->mutex);
    while (!wait_for_end(self, self->times.beat)) {
        (void)futimens(self->descriptor, NULL);
        if (!is_replaced(self, &owner)) continue;
        hol_stop_request();
        if (wait_for_end(self, self->times.grace)) break;
        /* the step does not end: the other ranks are gone, or it takes too long for a run that is none any more */
        char text[TEXT_SIZE];
        hol_log_error(self->comm, "%s: the directory belongs to %s now; this start of the run is ended", self->path,
                      name_of(&owner, text));
        _exit(HOL_FAILURE);
    }
    (void)pthread_mutex_unlock(&self->mutex);
    return NULL;
}

/* Signals are the main thread's. */
static hol_status start_beats(hol_owner *self) {
    sigset_t all, former;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &former);
    const int code = pthread_create(&self->thread, NULL, beat, self);
    (void)pthread_sigmask(SIG_SETMASK, &former, NULL);
    if (code != 0) return hol_error(HOL_FAILURE, "%s: no thread for its beats: %s", self->path, strerror(code));
    self->has_thread = true;
    return HOL_OK;
}

static void end_beats(hol_owner *self) {
    if (!self->has_thread) return;
    (void)pthread_mutex_lock(&self->mutex);
    self->ending = true;
    (void)pthread_cond_signal(&self->wake);
    (void)pthread_mutex_unlock(&self->mutex);
    (void)pthread_join(self->thread, NULL);
}

/* ------------------------------------------------------------------ the interface */

uint64_t hol_owner_stamp(const hol_owner *owner) {
    return owner ? owner->stamp : (uint64_t)time(NULL) << 20 | ((uint64_t)getpid() & 0xfffff);
}

bool hol_owner_is_at_work(const char *directory) {
    char path[PATH_MAX];
    identity owner, self;
    struct timespec moved = {0};
    if (snprintf(path, sizeof path, "%s/owner", directory) >= (int)sizeof path) return false;
    if (!read_owner(path, &owner, &moved) || owner.token == 0 || strcmp(owner.state, "running") != 0) return false;
    describe_self(&self);
    if (strcmp(owner.host, self.host) == 0 && strcmp(owner.space, self.space) == 0)
        return owner.born >= 0 && owner.born == birth_of(owner.pid);
    return (double)time(NULL) - (double)moved.tv_sec < SILENCE;
}

hol_status hol_owner_claim(hol_comm *comm, const char *directory, const hol_owner_times *times, hol_owner **ret_owner) {
    hol_status status = HOL_OK;
    hol_owner *self = NULL;
    *ret_owner = NULL;
    HOL_TRY(HOL_ALLOCATE(self, 1, "owner"));
    self->comm = comm;
    self->descriptor = -1;
    self->times = times ? *times : (hol_owner_times){.beat = 5, .watch = 15, .grace = 20};
    (void)pthread_mutex_init(&self->mutex, NULL);
    (void)pthread_cond_init(&self->wake, NULL);
    if (snprintf(self->path, sizeof self->path, "%s/owner", directory) >= (int)sizeof self->path)
        HOL_TRY(hol_error(HOL_FAILURE, "%.100s...: found a path of %zu bytes, expected fewer", directory,
                          strlen(directory)));
    describe_self(&self->self);
    self->stamp = hol_owner_stamp(NULL);
    HOL_TRY(look_at_former(self));
    HOL_TRY(put(self, true));
    HOL_TRY(start_beats(self));
    *ret_owner = self;
    return HOL_OK;
cleanup:
    hol_owner_release(self);
    return status;
}

hol_status hol_owner_check(hol_owner *owner) {
    identity found;
    if (!owner) return HOL_OK;
    if (is_replaced(owner, &found)) return replaced(owner, &found);
    if (access(owner->path, F_OK) == 0) return HOL_OK;
    (void)pthread_mutex_lock(&owner->mutex); /* the thread uses the descriptor */
    const hol_status status = put(owner, false);
    (void)pthread_mutex_unlock(&owner->mutex);
    return status;
}

void hol_owner_release(hol_owner *owner) {
    if (!owner) return;
    end_beats(owner);
    if (owner->descriptor >= 0) {
        /* for the next start, which may not see whether this process still lives; what fails, it has to find out */
        if (pwrite(owner->descriptor, "ended  ", 7, (off_t)owner->state_at) == 7) (void)fsync(owner->descriptor);
        (void)close(owner->descriptor);
    }
    (void)pthread_mutex_destroy(&owner->mutex);
    (void)pthread_cond_destroy(&owner->wake);
    hol_free(owner);
}

hol_status hol_owner_take(hol_comm *comm, const char *directory, hol_owner **ret_owner) {
    const hol_status status = hol_owner_make_directory(directory);
    return status == HOL_OK ? hol_owner_claim(comm, directory, NULL, ret_owner) : status;
}
