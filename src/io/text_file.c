/* text_file: through zlib, which reads plain files too. */
#include "io/text_file.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <zlib.h>

#include "base/alloc.h"

/* what a gzip file may hold: a small one some megabytes, a large one so many bytes for each of its own */
enum { FIRST_SIZE = 1 << 16, GZIP_BYTES = 1 << 26, GZIP_RATIO = 32 };

bool hol_text_file_is_named(const char *path, const char *suffix) {
    const size_t end = strlen(suffix);
    size_t length = strlen(path);
    if (length > 3 && strcasecmp(path + length - 3, ".gz") == 0) length -= 3;
    return length > end && strncasecmp(path + length - end, suffix, end) == 0;
}

static hol_status check_stream(const char *path, gzFile stream, int64_t byte) {
    int code = Z_OK;
    const char *text = gzerror(stream, &code);
    if (code == Z_OK || code == Z_STREAM_END) return HOL_OK;
    if (code == Z_ERRNO) return hol_error(HOL_BAD_INPUT, "%s: cannot be read: %s", path, strerror(errno));
    const char *colon = strrchr(text, ':'); /* zlib puts the file's name in front */
    return hol_error(HOL_BAD_INPUT, "%s: byte %lld: found damaged data (%s), expected a file that can be read", path,
                     (long long)byte, colon ? colon + 1 + (colon[1] == ' ') : text);
}

/* *text, of `size` bytes of which `used` are taken, with twice the size */
static hol_status grow(char **text, int64_t used, int64_t *size) {
    char *longer = NULL;
    const hol_status status = HOL_ALLOCATE(longer, HOL_PRODUCT(2, *size), "text");
    if (status != HOL_OK) return status;
    memcpy(longer, *text, (size_t)used);
    hol_free(*text);
    *text = longer;
    *size *= 2;
    return HOL_OK;
}

/* What is there, with a byte to spare behind it. */
static hol_status read_all(const char *path, gzFile stream, int64_t file_bytes, char **text, int64_t *ret_length) {
    hol_status status = HOL_OK;
    int64_t length = 0, size = file_bytes < FIRST_SIZE ? FIRST_SIZE : file_bytes + 2, most = HOL_TEXT_BYTES_MAX;
    const int64_t compressed = HOL_PRODUCT(file_bytes, GZIP_RATIO);
    if (!gzdirect(stream) && compressed < most - GZIP_BYTES) most = GZIP_BYTES + compressed;
    HOL_TRY(HOL_ALLOCATE(*text, size, "text"));
    for (;;) {
        const int got = gzread(stream, *text + length, (unsigned)(size - length - 1));
        if (got < 0) return check_stream(path, stream, length);
        if (got == 0) break;
        length += got;
        if (length > most)
            return hol_error(HOL_BAD_INPUT, "%s: found more than %lld bytes of text, expected at most that%s", path,
                             (long long)most, gzdirect(stream) ? "" : " in a gzip file of its size");
        if (length == size - 1) HOL_TRY(grow(text, length, &size));
    }
    HOL_TRY(check_stream(path, stream, length)); /* cut short */
    (*text)[length] = '\0';
    *ret_length = length;
cleanup:
    return status;
}

/* the text without a mark in front, in place */
static void skip_mark(char *text, int64_t *length) {
    if (*length < 3 || memcmp(text, "\xEF\xBB\xBF", 3) != 0) return;
    *length -= 3;
    memmove(text, text + 3, (size_t)*length + 1);
}

hol_status hol_text_file_load(const char *path, char **ret_text, int64_t *ret_length) {
    hol_status status = HOL_OK;
    char *text = NULL;
    struct stat found;
    *ret_text = NULL;
    *ret_length = 0;
    if (stat(path, &found) != 0) return hol_error(HOL_BAD_INPUT, "%s: cannot be read: %s", path, strerror(errno));
    if (!S_ISREG(found.st_mode))
        return hol_error(HOL_BAD_INPUT, "%s: found %s, expected a regular file", path,
                         S_ISDIR(found.st_mode) ? "a directory" : "a pipe or device");
    gzFile stream = gzopen(path, "rb");
    if (!stream) return hol_error(HOL_BAD_INPUT, "%s: cannot be read: %s", path, strerror(errno));
    const int64_t bytes = found.st_size < HOL_TEXT_BYTES_MAX ? (int64_t)found.st_size : HOL_TEXT_BYTES_MAX;
    HOL_TRY(read_all(path, stream, bytes, &text, ret_length));
    if (memchr(text, 0, (size_t)*ret_length))
        HOL_TRY(hol_error(HOL_BAD_INPUT, "%s: found a zero byte, expected text", path));
    skip_mark(text, ret_length);
    *ret_text = text;
    text = NULL;
cleanup:
    hol_free(text);
    (void)gzclose(stream); /* read only: nothing can be lost */
    return status;
}
