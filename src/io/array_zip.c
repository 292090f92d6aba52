/* array_zip: the directory at the end of a zip archive, in which NumPy's .npz keeps its arrays.
 *
 * Format: PKWARE's APPNOTE 6.3, sections 4.3 and 4.5.3 (zip64). Entries are stored or deflated; nothing else is read.
 * Sizes are checked against the file's before anything is allocated. */
#include <stdio.h>
#include <string.h>

#include "array_parts.h"
#include "base/alloc.h"
#include "base/words.h"
#include "io/regular.h"

enum {
    END_SIZE = 22,
    END64_SIZE = 56,
    LOCATOR_SIZE = 20,
    COMMENT_MOST = 65535,
    HEADER_SIZE = 46,
    LOCAL_SIZE = 30,
    DIRECTORY_MOST = 64 << 20,
    LISTED = 400
};

typedef struct archive {
    int descriptor;
    const char *path;
    int64_t size;
    int64_t start, length;    /* of the directory */
    unsigned char *directory; /* owned */
} archive;

static uint64_t number_at(const unsigned char *bytes, int count) {
    uint64_t value = 0;
    for (int b = count - 1; b >= 0; b--) value = value << 8 | bytes[b];
    return value;
}

static hol_status damaged(const archive *self, int64_t at, const char *expected) {
    return hol_error(HOL_BAD_INPUT, "%s: byte %lld: found a damaged zip archive, expected %s", self->path,
                     (long long)at, expected);
}

static hol_status read_at(const archive *self, int64_t at, void *bytes, int64_t count) {
    if (at < 0 || count < 0 || at > self->size - count) return damaged(self, self->size, "more bytes");
    if (hol_regular_read(self->descriptor, bytes, count, at)) return HOL_OK;
    return hol_error(HOL_BAD_INPUT, "%s: byte %lld: cannot be read", self->path, (long long)at);
}

/* The place of the end record: the last one of the file. */
static hol_status find_end(const archive *self, int64_t *ret_at) {
    unsigned char *tail = NULL;
    const int64_t count = self->size < END_SIZE + COMMENT_MOST ? self->size : END_SIZE + COMMENT_MOST;
    hol_status status = HOL_OK;
    *ret_at = -1;
    HOL_TRY(HOL_ALLOCATE(tail, count, "zip archive"));
    HOL_TRY(read_at(self, self->size - count, tail, count));
    for (int64_t i = count - END_SIZE; i >= 0 && *ret_at < 0; i--)
        if (memcmp(tail + i, "PK\5\6", 4) == 0) *ret_at = self->size - count + i;
    if (*ret_at < 0) HOL_TRY(damaged(self, self->size, "its directory at the end: is the file whole?"));
cleanup:
    hol_free(tail);
    return status;
}

static hol_status find_directory(archive *self) {
    unsigned char end[END64_SIZE], locator[LOCATOR_SIZE];
    int64_t at = 0;
    hol_status status = HOL_OK;
    HOL_TRY(find_end(self, &at));
    HOL_TRY(read_at(self, at, end, END_SIZE));
    uint64_t length = number_at(end + 12, 4), start = number_at(end + 16, 4);
    if ((length == UINT32_MAX || start == UINT32_MAX) && at >= LOCATOR_SIZE) {
        HOL_TRY(read_at(self, at - LOCATOR_SIZE, locator, LOCATOR_SIZE));
        if (memcmp(locator, "PK\6\7", 4) == 0) {
            at = (int64_t)(number_at(locator + 8, 8) & INT64_MAX);
            HOL_TRY(read_at(self, at, end, END64_SIZE));
            if (memcmp(end, "PK\6\6", 4) != 0) HOL_TRY(damaged(self, at, "its directory's end"));
            length = number_at(end + 40, 8);
            start = number_at(end + 48, 8);
        }
    }
    if (start > (uint64_t)at || length > (uint64_t)at - start)
        HOL_TRY(damaged(self, at, "a directory inside the file"));
    if (length > DIRECTORY_MOST) HOL_TRY(damaged(self, at, "a directory of at most 64 MB"));
    self->start = (int64_t)start;
    self->length = (int64_t)length;
    HOL_TRY(HOL_ALLOCATE(self->directory, self->length, "zip archive"));
    HOL_TRY(read_at(self, self->start, self->directory, self->length));
cleanup:
    return status;
}

/* One header of the directory. */
typedef struct header {
    const char *name;
    int64_t name_length;
    uint64_t packed, size, local;
    int method, flags;
    uint32_t checksum;
} header;

/* Sizes that do not fit 32 bits stand in the extra field 1, those alone, in this order. */
static void take_zip64(const unsigned char *extra, int64_t length, header *h) {
    uint64_t *const fields[] = {&h->size, &h->packed, &h->local};
    for (int64_t i = 0; i + 4 <= length;) {
        const int64_t count = (int64_t)number_at(extra + i + 2, 2);
        if (number_at(extra + i, 2) == 1) {
            int64_t at = i + 4;
            for (int f = 0; f < 3; f++) {
                if (*fields[f] != UINT32_MAX || at + 8 > length) continue;
                *fields[f] = number_at(extra + at, 8);
                at += 8;
            }
        }
        i += 4 + count;
    }
}

/* The header at *at, which goes behind it; *ret_any false at the end. */
static hol_status next_header(const archive *self, int64_t *at, header *h, bool *ret_any) {
    const unsigned char *bytes = self->directory + *at;
    *ret_any = *at < self->length;
    if (!*ret_any) return HOL_OK;
    if (self->length - *at < HEADER_SIZE || memcmp(bytes, "PK\1\2", 4) != 0)
        return damaged(self, self->start + *at, "an entry of its directory");
    const int64_t name = (int64_t)number_at(bytes + 28, 2), extra = (int64_t)number_at(bytes + 30, 2);
    const int64_t all = HEADER_SIZE + name + extra + (int64_t)number_at(bytes + 32, 2);
    if (all > self->length - *at) return damaged(self, self->start + *at, "an entry of its directory");
    *h = (header){.name = (const char *)bytes + HEADER_SIZE,
                  .name_length = name,
                  .flags = (int)number_at(bytes + 8, 2),
                  .method = (int)number_at(bytes + 10, 2),
                  .checksum = (uint32_t)number_at(bytes + 16, 4),
                  .packed = number_at(bytes + 20, 4),
                  .size = number_at(bytes + 24, 4),
                  .local = number_at(bytes + 42, 4)};
    take_zip64(bytes + HEADER_SIZE + name, extra, h);
    *at += all;
    return HOL_OK;
}

static bool ends_with(const header *h, const char *ending) {
    const int64_t length = (int64_t)strlen(ending);
    return h->name_length >= length && memcmp(h->name + h->name_length - length, ending, (size_t)length) == 0;
}

static bool is_called(const header *h, const char *name) {
    const int64_t length = (int64_t)strlen(name);
    if (h->name_length < length || memcmp(h->name, name, (size_t)length) != 0) return false;
    return h->name_length == length || (h->name_length == length + 4 && ends_with(h, ".npy"));
}

/* What the archive holds, when it is not arrays or not the one that was asked for. */
static hol_status refuse(const archive *self, const char *name, int arrays, const char *list, bool is_workbook) {
    if (is_workbook)
        return hol_error(HOL_BAD_INPUT,
                         "%s: found a workbook (Excel or OpenDocument), expected IDX, npy or text (save "
                         "the sheet as CSV)",
                         self->path);
    if (arrays == 0)
        return hol_error(HOL_BAD_INPUT,
                         "%s: found a zip archive without NumPy arrays, expected IDX, npy or text (unpack it: unzip)",
                         self->path);
    if (name[0])
        return hol_error(HOL_BAD_INPUT, "%s: found no array \"%s\", expected one of: %s", self->path, name, list);
    return hol_error(HOL_BAD_INPUT, "%s: found %d arrays: %s, expected the name of one: %s:NAME", self->path, arrays,
                     list, self->path);
}

/* Entries are looked through by name; of several without a name, none is taken. */
static hol_status search(const archive *self, const char *name, header *ret_header) {
    header h = {0};
    char list[LISTED] = "";
    int arrays = 0, found = 0;
    bool any = false, is_workbook = false;
    for (int64_t at = 0;;) {
        const hol_status status = next_header(self, &at, &h, &any);
        if (status != HOL_OK) return status;
        if (!any) break;
        is_workbook = is_workbook || ends_with(&h, "workbook.xml") || ends_with(&h, "[Content_Types].xml") ||
                      (h.name_length == 8 && ends_with(&h, "mimetype"));
        const bool is_array = ends_with(&h, ".npy");
        if (is_array) {
            hol_words_append(list, sizeof list, "%s%.*s", arrays ? ", " : "", (int)h.name_length - 4, h.name);
            arrays++;
        }
        if (name[0] ? is_called(&h, name) : is_array) {
            *ret_header = h;
            found++;
        }
    }
    return found == 1 ? HOL_OK : refuse(self, name, arrays, list, is_workbook);
}

/* The local header, before the entry's bytes, has lengths of its own. */
static hol_status check_entry(const archive *self, const header *h, hol_zip_entry *ret) {
    unsigned char local[LOCAL_SIZE];
    if (h->flags & 1) return damaged(self, (int64_t)h->local, "an entry that is not encrypted");
    if (h->method != 0 && h->method != 8)
        return hol_error(HOL_BAD_INPUT, "%s: found an entry compressed by method %d, expected stored or deflated",
                         self->path, h->method);
    if (h->local > (uint64_t)self->size || h->packed > (uint64_t)self->size)
        return damaged(self, (int64_t)(h->local & INT64_MAX), "an entry inside the file");
    const hol_status status = read_at(self, (int64_t)h->local, local, LOCAL_SIZE);
    if (status != HOL_OK) return status;
    if (memcmp(local, "PK\3\4", 4) != 0) return damaged(self, (int64_t)h->local, "an entry");
    *ret = (hol_zip_entry){.start = (int64_t)h->local + LOCAL_SIZE + (int64_t)number_at(local + 26, 2) +
                                    (int64_t)number_at(local + 28, 2),
                           .packed = (int64_t)h->packed,
                           .size = (int64_t)(h->size & INT64_MAX),
                           .deflated = h->method == 8,
                           .checksum = h->checksum};
    const int64_t most = ret->deflated ? HOL_PRODUCT(ret->packed, HOL_DEFLATE_RATIO) : ret->packed;
    if (ret->start > self->size - ret->packed || ret->size > most || (!ret->deflated && ret->size != ret->packed))
        return damaged(self, (int64_t)h->local, "an entry inside the file, of a size that it can have");
    return HOL_OK;
}

hol_status hol_zip_find(int descriptor, int64_t size, const char *path, const char *name, hol_zip_entry *ret_entry) {
    archive self = {.descriptor = descriptor, .path = path, .size = size};
    header h = {0};
    hol_status status = HOL_OK;
    HOL_TRY(find_directory(&self));
    HOL_TRY(search(&self, name, &h));
    HOL_TRY(check_entry(&self, &h, ret_entry));
cleanup:
    hol_free(self.directory);
    return status;
}
