/* array_bytes: one way to read bytes, whatever they are wrapped in. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "array_parts.h"
#include "base/alloc.h"
#include "io/regular.h"

enum { BUFFER_SIZE = 1 << 18, PACKED_SIZE = 1 << 16 };

struct hol_array_bytes {
    char *path; /* owned: as messages name it */
    int descriptor;
    gzFile stream; /* owned: a file, and the descriptor with it; NULL for an entry of an archive */
    int64_t place, most;
    bool is_plain;

    /* an entry */
    hol_zip_entry entry;
    z_stream inflate;
    bool inflating;        /* inflate is to be ended */
    unsigned char *packed; /* owned */
    int64_t unread;        /* of the packed bytes */
    uint32_t checksum;
};

/* ------------------------------------------------------------------ errors */

/* What zlib says is wrong, or NULL when nothing is. */
static const char *stream_error(gzFile stream) {
    int code = Z_OK;
    const char *text = gzerror(stream, &code);
    if (code == Z_OK || code == Z_STREAM_END) return NULL;
    if (code == Z_ERRNO) return strerror(errno);
    const char *colon = strrchr(text, ':'); /* zlib puts the file's name in front */
    return colon ? colon + 1 + (colon[1] == ' ') : text;
}

static hol_status damaged(const hol_array_bytes *self, int64_t more, const char *why) {
    return hol_error(HOL_BAD_INPUT, "%s: byte %lld: found damaged data (%s), expected a file that can be read",
                     self->path, (long long)(self->place + more), why);
}

static hol_status rewind_error(const hol_array_bytes *self) {
    return hol_error(HOL_FAILURE, "%s: cannot be read a second time", self->path);
}

/* ------------------------------------------------------------------ opening */

static hol_status open_stream(hol_array_bytes *self) {
    self->stream = gzdopen(self->descriptor, "rb");
    if (!self->stream) return hol_error(HOL_FAILURE, "out of memory: decompression of %s", self->path);
    (void)gzbuffer(self->stream, BUFFER_SIZE);
    self->is_plain = gzdirect(self->stream) != 0;
    if (!self->is_plain) self->most = HOL_PRODUCT(self->most, HOL_DEFLATE_RATIO);
    return HOL_OK;
}

static hol_status start_entry(hol_array_bytes *self) {
    self->unread = self->entry.packed;
    self->checksum = (uint32_t)crc32(0, NULL, 0);
    self->place = 0;
    if (!self->entry.deflated) return HOL_OK;
    self->inflate.avail_in = 0;
    if (self->inflating) return inflateReset(&self->inflate) == Z_OK ? HOL_OK : rewind_error(self);
    if (inflateInit2(&self->inflate, -MAX_WBITS) != Z_OK)
        return hol_error(HOL_FAILURE, "out of memory: decompression of %s", self->path);
    self->inflating = true;
    return HOL_OK;
}

static hol_status open_entry(hol_array_bytes *self, const char *file, const char *entry) {
    hol_status status = hol_zip_find(self->descriptor, self->most, file, entry, &self->entry);
    if (status != HOL_OK) return status;
    self->most = self->entry.size;
    self->is_plain = !self->entry.deflated;
    status = HOL_ALLOCATE(self->packed, PACKED_SIZE, "a file's buffer");
    return status == HOL_OK ? start_entry(self) : status;
}

hol_status hol_array_bytes_open(const char *path, const char *file, const char *entry, hol_array_bytes **ret_bytes) {
    *ret_bytes = NULL;
    hol_array_bytes *self = NULL;
    struct stat found;
    hol_status status = HOL_ALLOCATE(self, 1, "array file");
    if (status != HOL_OK) return status;
    self->descriptor = -1;
    HOL_TRY(hol_format_text(&self->path, "name of a file", "%s", path));
    HOL_TRY(hol_regular_open(file, true, &self->descriptor, NULL)); /* text is read twice, and so is every import */
    if (fstat(self->descriptor, &found) != 0) HOL_TRY(hol_error(HOL_BAD_INPUT, "%s: %s", path, strerror(errno)));
    self->most = (int64_t)found.st_size;
    HOL_TRY(entry ? open_entry(self, file, entry) : open_stream(self));
    *ret_bytes = self;
    return HOL_OK;
cleanup:
    hol_array_bytes_close(self);
    return status;
}

void hol_array_bytes_close(hol_array_bytes *self) {
    if (!self) return;
    if (self->inflating) (void)inflateEnd(&self->inflate);
    if (self->stream) (void)gzclose(self->stream); /* read only: nothing can be lost */
    else if (self->descriptor >= 0) (void)close(self->descriptor);
    hol_free(self->packed);
    hol_free(self->path);
    hol_free(self);
}

const char *hol_array_bytes_path(const hol_array_bytes *self) { return self->path; }
int64_t hol_array_bytes_place(const hol_array_bytes *self) { return self->place; }
int64_t hol_array_bytes_most(const hol_array_bytes *self) { return self->most; }
bool hol_array_bytes_is_plain(const hol_array_bytes *self) { return self->is_plain; }

/* ------------------------------------------------------------------ reading */

static hol_status read_stream(hol_array_bytes *self, char *to, int64_t count, int64_t *ret_read) {
    int64_t done = 0;
    while (done < count) {
        const unsigned now = count - done < (1 << 30) ? (unsigned)(count - done) : 1U << 30;
        const int got = gzread(self->stream, to + done, now);
        if (got > 0) done += got;
        if (got < 0 || (unsigned)got < now) {
            const char *why = stream_error(self->stream);
            if (why) return damaged(self, done, why);
            break;
        }
    }
    *ret_read = done;
    return HOL_OK;
}

/* Packed bytes of the entry from the file. */
static hol_status read_packed(hol_array_bytes *self, void *to, int64_t count) {
    if (!hol_regular_read(self->descriptor, to, count, self->entry.start + self->entry.packed - self->unread))
        return damaged(self, 0, errno ? strerror(errno) : "the end of the file");
    self->unread -= count;
    return HOL_OK;
}

static hol_status inflate_some(hol_array_bytes *self, void *to, int64_t count) {
    self->inflate.next_out = to;
    self->inflate.avail_out = (unsigned)count;
    while (self->inflate.avail_out > 0) {
        if (self->inflate.avail_in == 0 && self->unread > 0) {
            const int64_t now = self->unread < PACKED_SIZE ? self->unread : PACKED_SIZE;
            const hol_status status = read_packed(self, self->packed, now);
            if (status != HOL_OK) return status;
            self->inflate.next_in = self->packed;
            self->inflate.avail_in = (unsigned)now;
        }
        const int code = inflate(&self->inflate, Z_NO_FLUSH);
        if (code == Z_OK || (code == Z_STREAM_END && self->inflate.avail_out == 0)) continue;
        return damaged(self, count - (int64_t)self->inflate.avail_out,
                       code == Z_STREAM_END || code == Z_BUF_ERROR ? "the end of the entry"
                       : self->inflate.msg                         ? self->inflate.msg
                                                                   : "not decompressed");
    }
    return HOL_OK;
}

static hol_status read_entry(hol_array_bytes *self, char *to, int64_t count, int64_t *ret_read) {
    const int64_t left = self->entry.size - self->place;
    if (count > left) count = left;
    for (int64_t done = 0; done < count;) {
        const int64_t now = count - done < (1 << 30) ? count - done : 1 << 30;
        const hol_status status =
            self->entry.deflated ? inflate_some(self, to + done, now) : read_packed(self, to + done, now);
        if (status != HOL_OK) return status;
        self->checksum = (uint32_t)crc32(self->checksum, (const Bytef *)to + done, (uInt)now);
        done += now;
    }
    if (count > 0 && count == left && self->checksum != self->entry.checksum)
        return damaged(self, count, "its checksum is another");
    *ret_read = count;
    return HOL_OK;
}

hol_status hol_array_bytes_read_some(hol_array_bytes *self, void *to, int64_t count, int64_t *ret_read) {
    *ret_read = 0;
    const hol_status status =
        self->stream ? read_stream(self, to, count, ret_read) : read_entry(self, to, count, ret_read);
    self->place += *ret_read;
    return status;
}

hol_status hol_array_bytes_read(hol_array_bytes *self, void *to, int64_t count, const char *what) {
    int64_t got = 0;
    const hol_status status = hol_array_bytes_read_some(self, to, count, &got);
    if (status != HOL_OK || got == count) return status;
    return hol_error(HOL_BAD_INPUT, "%s: byte %lld: found the end of the file, expected %lld more byte(s) of %s",
                     self->path, (long long)self->place, (long long)(count - got), what);
}

hol_status hol_array_bytes_read_at(hol_array_bytes *self, int64_t place, void *to, int64_t count) {
    if (hol_regular_read(self->descriptor, to, count, place + (self->stream ? 0 : self->entry.start))) return HOL_OK;
    return hol_error(HOL_BAD_INPUT, "%s: byte %lld: found %s, expected %lld more byte(s)", self->path, (long long)place,
                     errno ? strerror(errno) : "the end of the file", (long long)count);
}

hol_status hol_array_bytes_rewind(hol_array_bytes *self) {
    if (!self->stream) return start_entry(self);
    if (gzrewind(self->stream) != 0) return rewind_error(self);
    self->place = 0;
    return HOL_OK;
}
