/* guard: the trailer, read and written by offset. The header has its layout. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "io/guard.h"
#include "io/regular.h"
#include "io/replace.h"

enum { CHUNK = 1 << 20, RUNS_MAX = 1 << 22 };

static const char mark_text[8] = {'h', 'o', 'l', 'o', 'd', 'e', ':', ')'};

void hol_guard_set_unchecked(hol_comm *comm, bool unchecked) { hol_comm_files(comm)->is_unchecked = unchecked; }

bool hol_guard_is_unchecked(hol_comm *comm) { return comm && hol_comm_files(comm)->is_unchecked; }

typedef struct trailer {
    int64_t size;  /* of HDF5's part */
    int64_t count; /* of runs */
    uint64_t checksum;
    char mark[8];
} trailer;

/* ------------------------------------------------------------------ checksums; io/checkpoint.h has the definition */

static uint64_t mix(uint64_t hash, uint64_t word) {
    hash = (hash ^ word) * UINT64_C(0x9FB21C651E98DF25);
    return hash << 29 | hash >> 35;
}

static uint64_t hash_row(const unsigned char *bytes, int64_t row, int64_t row_bytes) {
    uint64_t hash = ((uint64_t)row + 1) * UINT64_C(0x9E3779B97F4A7C15), word = 0;
    int64_t at = 0;
    for (; at + 8 <= row_bytes; at += 8) {
        memcpy(&word, bytes + at, 8);
        hash = mix(hash, word);
    }
    if (at < row_bytes) {
        word = 0;
        memcpy(&word, bytes + at, (size_t)(row_bytes - at));
        hash = mix(hash, word);
    }
    hash = (hash ^ hash >> 32) * UINT64_C(0xD6E8FEB86659FD93);
    return hash ^ hash >> 32;
}

uint64_t hol_rows_hash(const void *bytes, int64_t first, int64_t rows, int64_t row_bytes) {
    uint64_t sum = 0;
    for (int64_t r = 0; r < rows; r++)
        sum += hash_row((const unsigned char *)bytes + r * row_bytes, first + r, row_bytes);
    return sum;
}

/* ------------------------------------------------------------------ the trailer */

/* Adds the hashes of bytes [first, end), in chunks that are numbered by their offsets. */
static bool hash_gap(int descriptor, char *chunk, int64_t first, int64_t end, uint64_t *hash) {
    for (int64_t at = first; at < end; at += CHUNK) {
        const int64_t bytes = end - at < CHUNK ? end - at : CHUNK;
        if (!hol_regular_read(descriptor, chunk, bytes, at)) return false;
        *hash += hol_rows_hash(chunk, at, 1, bytes);
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
    hash += hol_rows_hash(runs, tail->size, 1, tail->count * (int64_t)sizeof *runs);
    *ret_hash = hash + hol_rows_hash(tail, tail->size + 1, 1, 2 * (int64_t)sizeof tail->size);
    return true;
}

static int by_offset(const void *a, const void *b) {
    const int64_t left = ((const hol_run *)a)->offset, right = ((const hol_run *)b)->offset;
    return (left > right) - (left < right);
}

/* Sorted; runs that touch become one. Returns their number. */
static int64_t join(hol_run *runs, int64_t count) {
    int64_t joined = 0;
    if (count > 0) qsort(runs, (size_t)count, sizeof *runs, by_offset);
    for (int64_t i = 0; i < count; i++) {
        hol_run *last = joined > 0 ? &runs[joined - 1] : NULL;
        if (last && last->offset + last->bytes == runs[i].offset) last->bytes += runs[i].bytes;
        else runs[joined++] = runs[i];
    }
    return joined;
}

int64_t hol_guard_measure(hol_memory *memory, hol_run *runs, int64_t count) {
    if (memory) hol_free(hol_memory_allocate(memory, 1, CHUNK, 1));
    return join(runs, count) * (int64_t)sizeof *runs + (int64_t)sizeof(trailer);
}

hol_status hol_guard_append(const char *file, const char *named, hol_run *runs, int64_t count) {
    hol_status status = HOL_OK;
    char *chunk = NULL;
    struct stat found;
    trailer tail = {.count = join(runs, count)};
    const int64_t runs_bytes = tail.count * (int64_t)sizeof *runs;
    if (tail.count > RUNS_MAX)
        return hol_error(HOL_FAILURE, "%s: found data in %lld buffers, expected at most %d", named,
                         (long long)tail.count, RUNS_MAX);
    const int descriptor = open(file, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    if (descriptor < 0) return hol_error(HOL_FAILURE, "%s: cannot be opened: %s", named, strerror(errno));
    HOL_TRY(HOL_ALLOCATE(chunk, CHUNK, "buffer for checksums"));
    if (fstat(descriptor, &found) != 0) HOL_TRY(hol_error(HOL_FAILURE, "%s: %s", named, strerror(errno)));
    tail.size = (int64_t)found.st_size;
    memcpy(tail.mark, mark_text, sizeof tail.mark);
    if (!hash_structure(descriptor, chunk, runs, &tail, &tail.checksum))
        HOL_TRY(hol_error(HOL_FAILURE, "%s: cannot be read back: %s", named, errno ? strerror(errno) : "too short"));
    if (!hol_replace_write_at(descriptor, runs, runs_bytes, tail.size) ||
        !hol_replace_write_at(descriptor, &tail, (int64_t)sizeof tail, tail.size + runs_bytes))
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

/* The checksum of the file with this trailer against it. */
static hol_status check_trailer(int descriptor, const char *path, const trailer *tail) {
    hol_status status = HOL_OK;
    hol_run *runs = NULL;
    char *chunk = NULL;
    uint64_t hash = 0;
    HOL_TRY(HOL_ALLOCATE(runs, tail->count, "runs of data"));
    HOL_TRY(HOL_ALLOCATE(chunk, CHUNK, "buffer for checksums"));
    if (!hol_regular_read(descriptor, runs, tail->count * (int64_t)sizeof *runs, tail->size) ||
        !are_runs_sound(runs, tail) || !hash_structure(descriptor, chunk, runs, tail, &hash))
        HOL_TRY(hol_error(HOL_BAD_INPUT, "%s: its trailer cannot be made use of; the file is damaged", path));
    if (hash != tail->checksum)
        HOL_TRY(hol_error(HOL_BAD_INPUT, "%s: structure: checksum found %016llx, expected %016llx; the file is damaged",
                          path, (unsigned long long)hash, (unsigned long long)tail->checksum));
cleanup:
    hol_free(chunk);
    hol_free(runs);
    return status;
}

/* Whether the root's attribute of a checkpoint lies among the first bytes, where HDF5 puts it when a file is made. */
static bool begins_as_checkpoint(int descriptor, int64_t bytes) {
    static const char text[] = "holode checkpoint";
    if (bytes > CHUNK) bytes = CHUNK;
    char *chunk = hol_allocate(CHUNK, 1);
    const bool is = chunk && hol_regular_read(descriptor, chunk, bytes, 0) &&
                    memmem(chunk, (size_t)bytes, text, sizeof text - 1) != NULL;
    hol_free(chunk);
    return is;
}

/* The end of HDF5's part as its superblock has it; 0 where there is none. */
static int64_t stored_end(int descriptor) {
    unsigned char head[48];
    int64_t end = 0;
    if (!hol_regular_read(descriptor, head, sizeof head, 0) || memcmp(head, "\x89HDF\r\n\x1a\n", 8) != 0) return 0;
    const int at = head[8] == 0 ? 40 : head[8] == 2 || head[8] == 3 ? 28 : 0; /* by the superblock's version */
    if (at == 0 || head[head[8] == 0 ? 13 : 9] != 8) return 0;                /* bytes of an address */
    memcpy(&end, head + at, sizeof end);
    return end;
}

/* A checkpoint without trailer: cut short, which no remedy helps, or changed. */
static hol_status look_without(int descriptor, const char *path, const struct stat *file, hol_guard_found *ret_found) {
    const int64_t bytes = (int64_t)file->st_size, end = stored_end(descriptor);
    if (!begins_as_checkpoint(descriptor, (int64_t)file->st_size)) return HOL_OK;
    *ret_found = HOL_GUARD_CHECKPOINT;
    if (bytes >= end) return HOL_OK;
    return hol_error(HOL_BAD_INPUT, "%s: found %lld bytes, expected at least %lld; the file was cut short", path,
                     (long long)bytes, (long long)end);
}

static hol_status look(hol_comm *comm, int descriptor, const char *path, hol_guard_found *ret_found) {
    struct stat found;
    trailer tail;
    *ret_found = HOL_GUARD_NONE;
    if (fstat(descriptor, &found) != 0) return hol_error(HOL_BAD_INPUT, "%s: %s", path, strerror(errno));
    const int64_t end = (int64_t)found.st_size - (int64_t)sizeof tail;
    if (end < 0 || !hol_regular_read(descriptor, &tail, (int64_t)sizeof tail, end) ||
        memcmp(tail.mark, mark_text, sizeof tail.mark) != 0)
        return look_without(descriptor, path, &found, ret_found);
    *ret_found = HOL_GUARD_TRAILER;
    if (hol_guard_is_unchecked(comm)) return HOL_OK;
    if (tail.count < 0 || tail.count > RUNS_MAX || tail.size != end - tail.count * (int64_t)sizeof(hol_run))
        return hol_error(HOL_BAD_INPUT, "%s: found a trailer that does not fit its size; the file is damaged", path);
    return check_trailer(descriptor, path, &tail);
}

hol_status hol_guard_look(hol_comm *comm, const char *path, hol_guard_found *ret_found) {
    int descriptor = -1;
    *ret_found = HOL_GUARD_NONE;
    hol_status status = hol_regular_open(path, true, &descriptor, NULL);
    if (status != HOL_OK) return status;
    status = look(comm, descriptor, path, ret_found);
    (void)close(descriptor);
    return status;
}

hol_status hol_guard_refuse(const char *path) {
    return hol_error(HOL_BAD_INPUT,
                     "%s: found a checkpoint without its trailer, expected one (holode seal FILE writes it anew after "
                     "a change by another program; --unchecked reads the file as it is)",
                     path);
}
