/* text_file: what array_bytes reads, up to a bound. */
#include "io/text_file.h"

#include <string.h>
#include <strings.h>

#include "array_parts.h"
#include "base/alloc.h"

/* what a gzip file may hold: a small one some megabytes, a large one so many bytes for each of its own */
enum { FIRST_SIZE = 1 << 16, GZIP_BYTES = 1 << 26, GZIP_RATIO = 32 };

bool hol_text_file_is_named(const char *path, const char *suffix) {
    const size_t end = strlen(suffix);
    size_t length = strlen(path);
    if (length > 3 && strcasecmp(path + length - 3, ".gz") == 0) length -= 3;
    return length > end && strncasecmp(path + length - end, suffix, end) == 0;
}

/* What is there, with a zero byte behind it. */
static hol_status read_all(const char *path, hol_array_bytes *bytes, char **text, int64_t *ret_length) {
    hol_status status = HOL_OK;
    int64_t length = 0, room = 0, got = -1, most = HOL_TEXT_BYTES_MAX;
    const bool is_plain = hol_array_bytes_is_plain(bytes);
    const int64_t bytes_most = hol_array_bytes_most(bytes);
    const int64_t gzip_most = GZIP_BYTES + HOL_PRODUCT(bytes_most / HOL_DEFLATE_RATIO, GZIP_RATIO);
    if (!is_plain && gzip_most < most) most = gzip_most;
    const int64_t size = is_plain && bytes_most < most ? bytes_most + 2 : FIRST_SIZE;
    HOL_TRY(HOL_ALLOCATE(*text, size, "text"));
    for (room = size; got != 0 && length <= most; length += got) {
        HOL_TRY(HOL_GROW(*text, length, length + 2, &room, "text"));
        HOL_TRY(hol_array_bytes_read_some(bytes, *text + length, room - length - 1, &got));
    }
    if (length > most)
        HOL_TRY(hol_error(HOL_BAD_INPUT, "%s: found more than %lld bytes of text, expected at most that%s", path,
                          (long long)most, is_plain ? "" : " in a gzip file of its size"));
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
    hol_array_bytes *bytes = NULL;
    *ret_text = NULL;
    *ret_length = 0;
    HOL_TRY(hol_array_bytes_open(path, path, NULL, &bytes));
    HOL_TRY(read_all(path, bytes, &text, ret_length));
    if (memchr(text, 0, (size_t)*ret_length))
        HOL_TRY(hol_error(HOL_BAD_INPUT, "%s: found a zero byte, expected text", path));
    skip_mark(text, ret_length);
    *ret_text = text;
    text = NULL;
cleanup:
    hol_free(text);
    hol_array_bytes_close(bytes);
    return status;
}
