/* regular: looked at by name before it is opened (opening a device may act on it), and by descriptor afterwards (the
 * name may stand for something else by then). */
#include "io/regular.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *hol_regular_word(mode_t mode) {
    if (S_ISDIR(mode)) return "a folder";
    if (S_ISCHR(mode) || S_ISBLK(mode)) return "a device";
    if (S_ISFIFO(mode)) return "a pipe";
    if (S_ISSOCK(mode)) return "a socket";
    if (S_ISLNK(mode)) return "a symbolic link";
    return "a special file";
}

int hol_regular_try(const char *path, bool follow, mode_t *ret_mode) {
    struct stat found;
    *ret_mode = 0;
    if ((follow ? stat : lstat)(path, &found) != 0) return -1;
    *ret_mode = found.st_mode;
    errno = 0;
    if (!S_ISREG(found.st_mode)) return -1;
    const int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | (follow ? 0 : O_NOFOLLOW));
    if (descriptor < 0 || (fstat(descriptor, &found) == 0 && S_ISREG(found.st_mode))) return descriptor;
    *ret_mode = found.st_mode;
    (void)close(descriptor);
    errno = 0;
    return -1;
}

hol_status hol_regular_open(const char *path, bool follow, int *ret_descriptor, bool *ret_found) {
    mode_t mode = 0;
    *ret_descriptor = hol_regular_try(path, follow, &mode);
    const int code = errno;
    if (ret_found) *ret_found = *ret_descriptor >= 0 || (code != ENOENT && code != ENOTDIR);
    if (*ret_descriptor >= 0) return HOL_OK;
    /* no fault of the file's: another one could not be opened either */
    const bool is_ours = code == EMFILE || code == ENFILE;
    if (code != 0) return hol_error(is_ours ? HOL_FAILURE : HOL_BAD_INPUT, "%s: %s", path, strerror(code));
    return hol_error(HOL_BAD_INPUT, "%s: found %s, expected a regular file", path, hol_regular_word(mode));
}

bool hol_regular_read(int descriptor, void *buffer, int64_t bytes, int64_t offset) {
    for (int64_t done = 0; done < bytes;) {
        errno = 0;
        const ssize_t now = pread(descriptor, (char *)buffer + done, (size_t)(bytes - done), (off_t)(offset + done));
        if (now < 0 && errno == EINTR) continue;
        if (now <= 0) return false;
        done += now;
    }
    return true;
}
