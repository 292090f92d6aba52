/* replace: temporary file, fsync, rename, fsync of the folder. */
#include "io/replace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"

/* The folder of path; owned by the caller. */
static char *folder_of(const char *path) {
    const char *slash = strrchr(path, '/');
    const size_t length = slash == path ? 1 : slash ? (size_t)(slash - path) : 0;
    char *folder = hol_allocate((int64_t)length + 2, 1, "name of a folder");
    if (!folder) return NULL;
    if (length == 0) folder[0] = '.';
    else memcpy(folder, path, length);
    return folder;
}

static const char *kind_of(mode_t mode) {
    if (S_ISDIR(mode)) return "a folder";
    if (S_ISCHR(mode) || S_ISBLK(mode)) return "a device";
    if (S_ISFIFO(mode)) return "a pipe";
    return "a special file";
}

hol_status hol_replace_begin(const char *path, char **ret_temporary) {
    *ret_temporary = NULL;
    hol_status status = HOL_OK;
    char *folder = NULL, *temporary = NULL;
    struct stat found;
    if (path[0] == '\0') HOL_TRY(hol_error(HOL_FAILURE, "output: found an empty name, expected a file name"));
    if (stat(path, &found) == 0 && !S_ISREG(found.st_mode))
        HOL_TRY(
            hol_error(HOL_FAILURE, "%s: found %s, expected the name of a file to write", path, kind_of(found.st_mode)));
    HOL_TRY((folder = folder_of(path)) ? HOL_OK : HOL_FAILURE);
    if (stat(folder, &found) != 0 || access(folder, W_OK | X_OK) != 0)
        HOL_TRY(hol_error(HOL_FAILURE, "%s: cannot write to the folder %s: %s", path, folder, strerror(errno)));
    if (!S_ISDIR(found.st_mode))
        HOL_TRY(hol_error(HOL_FAILURE, "%s: cannot write to the folder %s: it is a file", path, folder));
    const size_t size = strlen(path) + 32;
    HOL_TRY(HOL_ALLOCATE(temporary, (int64_t)size, "name of a temporary file"));
    (void)snprintf(temporary, size, "%s.partial-%ld", path, (long)getpid());
    *ret_temporary = temporary;
cleanup:
    hol_free(folder);
    return status;
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
    HOL_TRY((folder = folder_of(path)) ? HOL_OK : HOL_FAILURE);
    HOL_TRY(sync_path(temporary, O_RDONLY, path));
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

hol_status hol_replace_with_text(const char *path, void (*print)(FILE *stream, const void *context),
                                 const void *context) {
    hol_status status = HOL_OK;
    char *temporary = NULL;
    HOL_TRY(hol_replace_begin(path, &temporary));
    FILE *stream = fopen(temporary, "w");
    if (!stream) HOL_TRY(hol_error(HOL_FAILURE, "%s: cannot be created: %s", path, strerror(errno)));
    print(stream, context);
    const bool lost = ferror(stream) != 0;
    if (fclose(stream) != 0 || lost)
        HOL_TRY(hol_error(HOL_FAILURE, "%s: cannot be written: %s", path, strerror(errno)));
    HOL_TRY(hol_replace_commit(temporary, path));
cleanup:
    if (status != HOL_OK) hol_replace_abandon(temporary);
    hol_free(temporary);
    return status;
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
