/* replace: temporary file, fsync, rename, fsync of the folder. */
#include "io/replace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "io/regular.h"

enum { TRIALS = 16 }; /* of names that are not taken */

/* The folder of path; owned by the caller. */
static hol_status find_folder(const char *path, char **ret_folder) {
    const char *slash = strrchr(path, '/');
    const int length = slash == path ? 1 : slash ? (int)(slash - path) : 1;
    return hol_format_text(ret_folder, "name of a folder", "%.*s", length, slash ? path : ".");
}

uint64_t hol_replace_random(void) {
    uint64_t word = 0;
    struct timespec now = {0};
    if (getrandom(&word, sizeof word, 0) == (ssize_t)sizeof word) return word;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec << 32 ^ (uint64_t)now.tv_nsec ^ (uint64_t)getpid() << 48;
}

hol_status hol_replace_create(const char *prefix, const char *suffix, const char *named, char *temporary, size_t size,
                              int *ret_descriptor) {
    *ret_descriptor = -1;
    for (int trial = 0; trial < TRIALS; trial++) {
        const int length =
            snprintf(temporary, size, "%s%016llx%s", prefix, (unsigned long long)hol_replace_random(), suffix);
        if (length < 0 || (size_t)length >= size) errno = ENAMETOOLONG;
        /* for writing only: a network's file system that may read fills up its pages, and writes all of them back */
        else *ret_descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
        if (*ret_descriptor >= 0) return HOL_OK;
        if (errno != EEXIST && errno != EINTR) break;
    }
    temporary[0] = '\0'; /* what lies there is not ours */
    return hol_error(HOL_FAILURE, "%s: cannot be written: %s", named, strerror(errno));
}

static hol_status check_place(const char *path) {
    hol_status status = HOL_OK;
    char *folder = NULL;
    struct stat found;
    if (path[0] == '\0') HOL_TRY(hol_error(HOL_FAILURE, "output: found an empty name, expected a file name"));
    if (stat(path, &found) == 0 && !S_ISREG(found.st_mode))
        HOL_TRY(hol_error(HOL_FAILURE, "%s: found %s, expected the name of a file to write", path,
                          hol_regular_word(found.st_mode)));
    HOL_TRY(find_folder(path, &folder));
    if (stat(folder, &found) != 0 || access(folder, W_OK | X_OK) != 0)
        HOL_TRY(hol_error(HOL_FAILURE, "%s: cannot write to the folder %s: %s", path, folder, strerror(errno)));
    if (!S_ISDIR(found.st_mode))
        HOL_TRY(hol_error(HOL_FAILURE, "%s: cannot write to the folder %s: it is a file", path, folder));
cleanup:
    hol_free(folder);
    return status;
}

hol_status hol_replace_begin(const char *path, char **ret_temporary, int *ret_descriptor) {
    *ret_temporary = NULL;
    *ret_descriptor = -1;
    hol_status status = HOL_OK;
    char *prefix = NULL, *temporary = NULL;
    const size_t size = strlen(path) + 32;
    HOL_TRY(check_place(path));
    HOL_TRY(hol_format_text(&prefix, "name of a temporary file", "%s.partial-", path));
    HOL_TRY(HOL_ALLOCATE(temporary, (int64_t)size, "name of a temporary file"));
    HOL_TRY(hol_replace_create(prefix, "", path, temporary, size, ret_descriptor));
    *ret_temporary = temporary;
    temporary = NULL;
cleanup:
    hol_free(temporary);
    hol_free(prefix);
    return status;
}

hol_status hol_replace_begin_stream(const char *path, char **ret_temporary, FILE **ret_stream) {
    int descriptor = -1;
    *ret_stream = NULL;
    const hol_status status = hol_replace_begin(path, ret_temporary, &descriptor);
    if (status != HOL_OK) return status;
    if ((*ret_stream = fdopen(descriptor, "wb"))) return HOL_OK;
    const int code = errno;
    (void)close(descriptor);
    hol_replace_abandon(*ret_temporary);
    hol_free(*ret_temporary);
    *ret_temporary = NULL;
    return hol_error(HOL_FAILURE, "%s: cannot be written: %s", path, strerror(code));
}

bool hol_replace_write_at(int descriptor, const void *buffer, int64_t bytes, int64_t offset) {
    for (int64_t done = 0; done < bytes;) {
        const ssize_t now =
            pwrite(descriptor, (const char *)buffer + done, (size_t)(bytes - done), (off_t)(offset + done));
        if (now < 0 && errno == EINTR) continue;
        if (now == 0) errno = ENOSPC; /* what it means, and does not say */
        if (now <= 0) return false;
        done += now;
    }
    return true;
}

static hol_status sync_path(const char *path, int flags, const char *named) {
    const int descriptor = open(path, flags | O_CLOEXEC);
    if (descriptor < 0) return hol_error(HOL_FAILURE, "%s: cannot be opened for fsync: %s", named, strerror(errno));
    /* some file systems can't fsync a folder and say EINVAL: then there is nothing more to do */
    const int failed = fsync(descriptor) != 0 && !((flags & O_DIRECTORY) && errno == EINVAL);
    const hol_status status = failed ? hol_error(HOL_FAILURE, "%s: fsync: %s", named, strerror(errno)) : HOL_OK;
    if (close(descriptor) != 0 && status == HOL_OK)
        return hol_error(HOL_FAILURE, "%s: close: %s", named, strerror(errno));
    return status;
}

hol_status hol_replace_commit(const char *temporary, const char *path) {
    hol_status status = HOL_OK;
    char *folder = NULL;
    HOL_TRY(find_folder(path, &folder));
    HOL_TRY(sync_path(temporary, O_RDONLY | O_NOFOLLOW, path));
    if (rename(temporary, path) != 0)
        HOL_TRY(hol_error(HOL_FAILURE, "%s: cannot be renamed from %s: %s", path, temporary, strerror(errno)));
    HOL_TRY(sync_path(folder, O_RDONLY | O_DIRECTORY, folder));
cleanup:
    if (status != HOL_OK) hol_replace_abandon(temporary);
    hol_free(folder);
    return status;
}

void hol_replace_abandon(const char *temporary) {
    if (temporary) (void)unlink(temporary);
}

hol_status hol_replace_print(const char *path, hol_status (*print)(FILE *stream, const void *context),
                             const void *context) {
    hol_status status = HOL_OK;
    char *temporary = NULL;
    FILE *stream = NULL;
    HOL_TRY(hol_replace_begin_stream(path, &temporary, &stream));
    errno = 0;
    status = print(stream, context);
    const bool lost = ferror(stream) != 0;
    if ((fclose(stream) != 0 || lost) && status == HOL_OK)
        status = hol_error(HOL_FAILURE, "%s: cannot be written: %s", path, strerror(errno ? errno : EIO));
    HOL_TRY(status);
    HOL_TRY(hol_replace_commit(temporary, path));
cleanup:
    if (status != HOL_OK) hol_replace_abandon(temporary);
    hol_free(temporary);
    return status;
}

/* of what can't fail */
typedef struct printing {
    void (*print)(FILE *stream, const void *context);
    const void *context;
} printing;

static hol_status print_text(FILE *stream, const void *context) {
    const printing *self = context;
    self->print(stream, self->context);
    return HOL_OK;
}

hol_status hol_replace_with_text(const char *path, void (*print)(FILE *stream, const void *context),
                                 const void *context) {
    const printing all = {print, context};
    return hol_replace_print(path, print_text, &all);
}

static void print_whole(FILE *stream, const void *text) { (void)fputs(text, stream); }

hol_status hol_replace_text(const char *path, const char *text) {
    return hol_replace_with_text(path, print_whole, text);
}

void hol_replace_print_cell(FILE *stream, const char *text) {
    if (!strpbrk(text, ",\"\n")) {
        (void)fputs(text, stream);
        return;
    }
    (void)fputc('"', stream);
    for (; *text; text++) (void)fprintf(stream, *text == '"' ? "\"%c" : "%c", *text);
    (void)fputc('"', stream);
}
