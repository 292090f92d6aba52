/* text_output: zlib's streams, transparent where nothing is compressed. What gzip adds holds no time. */
#include "io/text_output.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "base/alloc.h"
#include "io/output.h"
#include "io/replace.h"

enum { BUFFER_SIZE = 1 << 18, PIECE_SIZE = 512, WRITE_MOST = 1 << 30 };

struct hol_text_output {
    const char *path; /* borrowed */
    char *temporary;  /* owned */
    gzFile stream;
    int error; /* errno of the first failure; 0: none */
};

hol_status hol_text_output_begin(const char *path, hol_text_output **ret) {
    hol_status status = HOL_OK;
    hol_text_output *self = NULL;
    int descriptor = -1;
    *ret = NULL;
    HOL_TRY(HOL_ALLOCATE(self, 1, "a file to write"));
    self->path = path;
    HOL_TRY(hol_replace_begin(path, &self->temporary, &descriptor));
    self->stream = gzdopen(descriptor, hol_output_ends_with(path, ".gz") ? "wb6" : "wbT");
    if (!self->stream) {
        (void)close(descriptor);
        hol_replace_abandon(self->temporary);
        HOL_TRY(hol_error(HOL_FAILURE, "%s: out of memory: a file to write", path));
    }
    (void)gzbuffer(self->stream, BUFFER_SIZE);
    *ret = self;
    return HOL_OK;
cleanup:
    if (self) hol_free(self->temporary);
    hol_free(self);
    return status;
}

void hol_text_output_write(hol_text_output *output, const char *bytes, int64_t count) {
    for (int64_t done = 0; done < count && output->error == 0;) {
        const unsigned now = (unsigned)(count - done < WRITE_MOST ? count - done : WRITE_MOST);
        errno = 0;
        if (gzwrite(output->stream, bytes + done, now) != (int)now) output->error = errno ? errno : EIO;
        done += now;
    }
}

void hol_text_output_print(hol_text_output *output, const char *format, ...) {
    char piece[PIECE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(piece, sizeof piece, format, arguments);
    va_end(arguments);
    assert(length >= 0 && length < PIECE_SIZE);
    hol_text_output_write(output, piece, length);
}

bool hol_text_output_is_good(const hol_text_output *output) { return output->error == 0; }

hol_status hol_text_output_end(hol_text_output *output) {
    hol_status status = HOL_OK;
    if (!output) return HOL_OK;
    errno = 0;
    if (gzclose(output->stream) != Z_OK && output->error == 0) output->error = errno ? errno : EIO;
    if (output->error == 0) status = hol_replace_commit(output->temporary, output->path);
    else {
        hol_replace_abandon(output->temporary);
        status = hol_error(HOL_FAILURE, "%s: cannot be written: %s", output->path, strerror(output->error));
    }
    hol_free(output->temporary);
    hol_free(output);
    return status;
}
