/* checkpoint_guard: a checksum over what is HDF5's own in a checkpoint, looked at before HDF5 is.
 *
 * The data sets' checksums can't help when the file's structure is damaged, and HDF5 1.10 dies of some such files
 * instead of refusing them (one in ten thousand random changes). So a trailer behind the end of HDF5's part, which HDF5
 * ignores, says where the data lie and has a checksum of all the rest, some 20 kB:
 *
 *     (offset, bytes) of each run of data, in the order of the offsets; then HDF5's size, the number of runs, the
 *     checksum of the structure and of this trailer, and the mark: little-endian 64-bit words
 *
 * A program that changes a checkpoint through HDF5 cuts the trailer off: a file without one is left to HDF5's own
 * checks. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "checkpoint_parts.h"

enum { CHUNK = 1 << 20, RUNS_MAX = 1024 };

static const char mark_text[8] = {'h', 'o', 'l', 'o', 'd', 'e', ':', ')'};

typedef struct trailer {
    int64_t size;  /* of HDF5's part */
    int64_t count; /* of runs */
    uint64_t checksum;
    char mark[8];
} trailer;

/* Whether `bytes` bytes could be read; errno 0 at the end of the file. */
static bool read_at(int descriptor, void *buffer, int64_t bytes, int64_t offset) {
    for (int64_t done = 0; done < bytes;) {
        errno = 0;
        const ssize_t now = pread(descriptor, (char *)buffer + done, (size_t)(bytes - done), (off_t)(offset + done));
        if (now < 0 && errno == EINTR) continue;
        if (now <= 0) return false;
        done += now;
    }
    return true;
}

static bool write_at(int descriptor, const void *buffer, int64_t bytes, int64_t offset) {
    for (int64_t done = 0; done < bytes;) {
        const ssize_t now =
            pwrite(descriptor, (const char *)buffer + done, (size_t)(bytes - done), (off_t)(offset + done));
        if (now < 0 && errno == EINTR) continue;
        if (now <= 0) return false;
        done += now;
    }
    return true;
}

/* Adds the hashes of bytes [first, end), in chunks that are numbered by their offsets. */
static bool hash_gap(int descriptor, char *chunk, int64_t first, int64_t end, uint64_t *hash) {
    for (int64_t at = first; at < end; at += CHUNK) {
        const int64_t bytes = end - at < CHUNK ? end - at : CHUNK;
        if (!read_at(descriptor, chunk, bytes, at)) return false;
        *hash += hol_part_hash(chunk, at, 1, bytes);
    }
    return true;
}

/* The checksum of all that lies outside the runs, and of the trailer. runs is in order, and inside HDF5's part. */
static bool hash_structure(int descriptor, char *chunk, const hol_run *runs, const trailer *tail, uint64_t *ret_hash) {
    uint64_t hash = 0;
    int64_t at = 0;
    for (int64_t i = 0; i < tail->count; i++) {
        if (!hash_gap(descriptor, chunk, at, runs[i].offset, &hash)) return false;
        at = runs[i].offset + runs[i].bytes;
    }
    if (!hash_gap(descriptor, chunk, at, tail->size, &hash)) return false;
    hash += hol_part_hash(runs, tail->size, 1, tail->count * (int64_t)sizeof *runs);
    *ret_hash = hash + hol_part_hash(tail, tail->size + 1, 1, 2 * (int64_t)sizeof tail->size);
    return true;
}

static int by_offset(const void *a, const void *b) {
    const int64_t left = ((const hol_run *)a)->offset, right = ((const hol_run *)b)->offset;
    return (left > right) - (left < right);
}

hol_status hol_guard_append(const char *file, const char *named, hol_run *runs, int64_t count) {
    hol_status status = HOL_OK;
    char *chunk = NULL;
    struct stat found;
    trailer tail = {.count = count};
    const int64_t runs_bytes = count * (int64_t)sizeof *runs;
    if (count > 0) qsort(runs, (size_t)count, sizeof *runs, by_offset);
    const int descriptor = open(file, O_RDWR | O_CLOEXEC);
    if (descriptor < 0) return hol_error(HOL_FAILURE, "%s: cannot be opened: %s", named, strerror(errno));
    HOL_TRY((chunk = hol_allocate(CHUNK, 1, "checkpoint buffer")) ? HOL_OK : HOL_FAILURE);
    if (fstat(descriptor, &found) != 0) HOL_TRY(hol_error(HOL_FAILURE, "%s: %s", named, strerror(errno)));
    tail.size = (int64_t)found.st_size;
    memcpy(tail.mark, mark_text, sizeof tail.mark);
    if (!hash_structure(descriptor, chunk, runs, &tail, &tail.checksum))
        HOL_TRY(hol_error(HOL_FAILURE, "%s: cannot be read back: %s", named, errno ? strerror(errno) : "too short"));
    if (!write_at(descriptor, runs, runs_bytes, tail.size) ||
        !write_at(descriptor, &tail, (int64_t)sizeof tail, tail.size + runs_bytes))
        HOL_TRY(hol_error(HOL_FAILURE, "%s: cannot be written: %s", named, strerror(errno)));
cleanup:
    if (close(descriptor) != 0 && status == HOL_OK)
        status = hol_error(HOL_FAILURE, "%s: cannot be closed: %s", named, strerror(errno));
    hol_free(chunk);
    return status;
}

/* Whether the runs are in order and inside HDF5's part: else they are no measure of anything. */
static bool are_runs_sound(const hol_run *runs, const trailer *tail) {
    int64_t at = 0;
    for (int64_t i = 0; i < tail->count; i++) {
        if (runs[i].offset < at || runs[i].bytes < 0 || runs[i].offset > tail->size ||
            runs[i].bytes > tail->size - runs[i].offset)
            return false;
        at = runs[i].offset + runs[i].bytes;
    }
    return true;
}

static hol_status check_descriptor(int descriptor, const char *path) {
    hol_status status = HOL_OK;
    hol_run *runs = NULL;
    char *chunk = NULL;
    struct stat found;
    trailer tail;
    uint64_t hash = 0;
    if (fstat(descriptor, &found) != 0 || !S_ISREG(found.st_mode) || found.st_size < (off_t)sizeof tail) return HOL_OK;
    const int64_t end = (int64_t)found.st_size - (int64_t)sizeof tail;
    if (!read_at(descriptor, &tail, (int64_t)sizeof tail, end) || memcmp(tail.mark, mark_text, sizeof tail.mark) != 0)
        return HOL_OK;
    if (tail.count < 0 || tail.count > RUNS_MAX || tail.size != end - tail.count * (int64_t)sizeof *runs)
        return hol_error(HOL_BAD_INPUT, "%s: found a trailer that does not fit its size; the file is damaged", path);
    HOL_TRY(HOL_ALLOCATE(runs, tail.count, "checkpoint's runs of data"));
    HOL_TRY((chunk = hol_allocate(CHUNK, 1, "checkpoint buffer")) ? HOL_OK : HOL_FAILURE);
    if (!read_at(descriptor, runs, tail.count * (int64_t)sizeof *runs, tail.size) || !are_runs_sound(runs, &tail) ||
        !hash_structure(descriptor, chunk, runs, &tail, &hash))
        HOL_TRY(hol_error(HOL_BAD_INPUT, "%s: its trailer cannot be made use of; the file is damaged", path));
    if (hash != tail.checksum)
        HOL_TRY(hol_error(HOL_BAD_INPUT, "%s: structure: checksum found %016llx, expected %016llx; the file is damaged",
                          path, (unsigned long long)hash, (unsigned long long)tail.checksum));
cleanup:
    hol_free(chunk);
    hol_free(runs);
    return status;
}

hol_status hol_guard_check(const char *path) {
    const int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return HOL_OK; /* opening it through HDF5 will say why */
    const hol_status status = check_descriptor(descriptor, path);
    (void)close(descriptor);
    return status;
}
