/* seal: which bytes of a file are data, and the whole way of a file that gets its checksums anew.
 *
 * Contents: runs of data; the trailer; checksums of data sets; a file. */
#include "io/seal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"
#include "checkpoint_stored.h"
#include "io/dataset.h"
#include "io/recognize.h"
#include "io/regular.h"
#include "io/replace.h"

enum { BUFFER_BYTES = 1 << 20, PIECE_LEVELS = 1 << 22 };

/* ------------------------------------------------------------------ runs of data */

typedef struct runs {
    hol_run *run; /* owned */
    int64_t count, room;
} runs;

/* False when memory is short. */
static bool add_run(runs *self, int64_t offset, int64_t bytes) {
    if (bytes == 0) return true;
    if (hol_error_drop(HOL_GROW(self->run, self->count, self->count + 1, &self->room, "runs of data"))) return false;
    self->run[self->count++] = (hol_run){offset, bytes};
    return true;
}

/* The chunks of a set, numbered as they lie in the space. */
typedef struct chunks {
    hid_t set;
    hol_h5_shape shape;
    hsize_t grid[H5S_MAX_RANK];
    int64_t count;
    int64_t *ends; /* owned: (count + 1) bytes of all chunks before */
} chunks;

static void place_of(const chunks *self, int64_t number, hsize_t *place) {
    for (int d = self->shape.dimensions - 1; d >= 0; d--) {
        place[d] = (hsize_t)number % self->grid[d] * self->shape.chunk[d];
        number /= (int64_t)self->grid[d];
    }
}

static bool find_address(const chunks *self, int64_t number, int64_t *ret_address) {
    hsize_t place[H5S_MAX_RANK], bytes = 0;
    haddr_t address = HADDR_UNDEF;
    unsigned mask = 0;
    place_of(self, number, place);
    if (H5Dget_chunk_info_by_coord(self->set, place, &mask, &address, &bytes) < 0 || address == HADDR_UNDEF)
        return false;
    *ret_address = (int64_t)address;
    return true;
}

/* The runs of chunks [first, end), whose addresses are known, and of all between; false when one is not there. To find
 * an address HDF5 1.10 walks through the chunks before, so those of a stretch without gaps are not asked for: it is as
 * long as its chunks are. */
static bool add_stretch(const chunks *self, int64_t first, int64_t first_address, int64_t end, int64_t end_address,
                        runs *to) {
    const int64_t bytes = self->ends[end] - self->ends[first];
    int64_t middle_address = 0;
    if (end - first == 1 || end_address - first_address == bytes) return add_run(to, first_address, bytes);
    const int64_t middle = first + (end - first) / 2;
    return find_address(self, middle, &middle_address) &&
           add_stretch(self, first, first_address, middle, middle_address, to) &&
           add_stretch(self, middle, middle_address, end, end_address, to);
}

/* Whether all chunks are there, and how long each is. */
static bool measure_chunks(chunks *self) {
    hsize_t place[H5S_MAX_RANK], bytes = 0;
    int64_t written = 0;
    self->count = 1;
    for (int d = 0; d < self->shape.dimensions; d++) {
        self->grid[d] = self->shape.sizes[d] > 0 ? (self->shape.sizes[d] - 1) / self->shape.chunk[d] + 1 : 0;
        self->count = HOL_PRODUCT(self->count, (int64_t)self->grid[d]);
    }
    if (hol_error_drop(hol_h5_count_chunks(self->set, "", &written)) || written != self->count || self->count == 0)
        return false;
    self->ends = hol_allocate(self->count + 1, sizeof *self->ends);
    if (!self->ends) return false;
    for (int64_t i = 0; i < self->count; i++) {
        place_of(self, i, place);
        if (H5Dget_chunk_storage_size(self->set, place, &bytes) < 0) return false;
        self->ends[i + 1] = self->ends[i] + (int64_t)bytes;
    }
    return true;
}

static void add_chunks(hid_t set, const hol_h5_shape *shape, runs *to) {
    chunks self = {.set = set, .shape = *shape};
    const int64_t before = to->count;
    int64_t first = 0, last = 0;
    bool good = measure_chunks(&self) && find_address(&self, 0, &first) && find_address(&self, self.count - 1, &last);
    if (good && self.count > 1) good = add_stretch(&self, 0, first, self.count - 1, last, to);
    if (good) good = add_run(to, last, self.ends[self.count] - self.ends[self.count - 1]);
    if (!good) to->count = before; /* what can't be measured is structure */
    hol_free(self.ends);
}

/* Where the data of an open set lie. Those within the structure, in other files or not written have no runs. */
static void add_set(hid_t set, runs *to) {
    hol_h5_shape shape;
    if (hol_error_drop(hol_h5_get_shape(set, "", &shape))) return;
    const haddr_t offset = shape.layout == H5D_CONTIGUOUS ? H5Dget_offset(set) : HADDR_UNDEF;
    if (shape.layout == H5D_CHUNKED) add_chunks(set, &shape, to);
    if (offset != HADDR_UNDEF) (void)!add_run(to, (int64_t)offset, (int64_t)H5Dget_storage_size(set));
}

static herr_t visit(hid_t object, const char *name, const H5O_info_t *info, void *context) {
    if (info->type != H5O_TYPE_DATASET) return 0;
    hid_t set = H5Dopen2(object, name, H5P_DEFAULT);
    if (set < 0) return -1;
    if (hol_h5_has_attribute(set, "checksum")) add_set(set, context);
    hol_h5_close(&set);
    return 0;
}

/* ------------------------------------------------------------------ the trailer */

hol_status hol_seal_append(hol_comm *comm, const char *file, const char *named) {
    hol_status status = HOL_OK;
    hid_t handle = -1;
    runs to = {0};
    HOL_TRY(hol_h5_open(comm, file, true, &handle));
    HOL_TRY(hol_h5_check(H5Ovisit(handle, H5_INDEX_NAME, H5_ITER_NATIVE, visit, &to), HOL_FAILURE,
                         "%s: cannot be read back", named));
    HOL_TRY(hol_h5_finish(&handle, named));
    HOL_TRY(hol_guard_append(file, named, to.run, to.count));
cleanup:
    hol_h5_close(&handle);
    hol_free(to.run);
    return status;
}

hol_status hol_seal_commit(hol_comm *comm, const char *temporary, const char *path) {
    const hol_status status = hol_seal_append(comm, temporary, path);
    return status == HOL_OK ? hol_replace_commit(temporary, path) : status;
}

/* ------------------------------------------------------------------ checksums of data sets */

/* This rank's share of one set's rows; HOL_BAD_INPUT when it holds no samples. */
static hol_status hash_dataset(hol_comm *comm, const char *file, const char *path, uint64_t *ret_checksum) {
    hol_status status = HOL_OK;
    char *reference = NULL;
    hol_dataset *dataset = NULL;
    HOL_TRY(hol_comm_agree(comm, hol_format_text(&reference, "reference", "%s:%s", file, path)));
    HOL_TRY(hol_dataset_open(comm, reference, "train", &dataset));
    HOL_TRY(hol_dataset_find_checksum(comm, dataset, ret_checksum));
cleanup:
    hol_dataset_close(dataset);
    hol_free(reference);
    return status;
}

/* Sets that hold samples get the checksum of what they hold now; a set that has one must hold samples. */
static hol_status seal_dataset(hol_comm *comm, const char *path, const char *name, hid_t copy, int64_t *sets) {
    hol_status status = HOL_OK;
    uint64_t checksum = 0;
    hid_t set = -1;
    const hol_status found = hash_dataset(comm, path, name, &checksum);
    int8_t had_one = 0;
    if (found != HOL_OK && hol_error_code(found) != HOL_BAD_INPUT) return found;
    if (copy >= 0) {
        HOL_TRY(
            hol_h5_check(set = H5Dopen2(copy, name, H5P_DEFAULT), HOL_BAD_INPUT, "%s:%s cannot be opened", path, name));
        had_one = hol_h5_has_attribute(set, "checksum");
        if (found == HOL_OK) HOL_TRY(hol_h5_write_u64(set, "checksum", &checksum, 1));
    }
cleanup:
    hol_h5_close(&set);
    status = hol_comm_agree(comm, status);
    if (status == HOL_OK) status = hol_comm_broadcast(comm, &had_one, sizeof had_one);
    if (status == HOL_OK && found == HOL_OK) (*sets)++;
    if (status != HOL_OK || found == HOL_OK || had_one) return hol_error_first(status, found);
    hol_log(comm, "no samples: %s", hol_error_message(found));
    (void)hol_error_drop(found);
    return HOL_OK;
}

static hol_status seal_datasets(hol_comm *comm, const char *path, hid_t copy, int64_t *sets) {
    char **names = NULL;
    int64_t count = 0;
    hol_status status = hol_comm_agree(comm, hol_dataset_list(comm, path, &names, &count));
    for (int64_t i = 0; status == HOL_OK && i < count; i++) status = seal_dataset(comm, path, names[i], copy, sets);
    hol_free(names);
    return status;
}

/* ------------------------------------------------------------------ a file */

static hol_status copy_bytes(const char *path, int from, int to) {
    hol_status status = HOL_OK;
    struct stat found;
    char *buffer = NULL;
    HOL_TRY(HOL_ALLOCATE(buffer, BUFFER_BYTES, "buffer of a file"));
    if (fstat(from, &found) != 0) HOL_TRY(hol_error(HOL_BAD_INPUT, "%s: %s", path, strerror(errno)));
    (void)!fchmod(to, found.st_mode & 0777); /* may be read by whom the former one may be; not everywhere possible */
    for (int64_t at = 0; at < (int64_t)found.st_size; at += BUFFER_BYTES) {
        const int64_t left = (int64_t)found.st_size - at, now = left < BUFFER_BYTES ? left : BUFFER_BYTES;
        if (!hol_regular_read(from, buffer, now, at))
            HOL_TRY(hol_error(HOL_BAD_INPUT, "%s: cannot be read: %s", path, errno ? strerror(errno) : "it changed"));
        if (!hol_replace_write_at(to, buffer, now, at))
            HOL_TRY(hol_error(HOL_FAILURE, "%s: cannot be written anew: %s", path, strerror(errno)));
    }
cleanup:
    hol_free(buffer);
    return status;
}

/* Rank 0's: a copy beside the file, open for attributes. */
static hol_status begin_copy(hol_comm *comm, const char *path, char **ret_temporary, hid_t *ret_copy) {
    hol_status status = HOL_OK;
    int from = -1, to = -1;
    HOL_TRY(hol_regular_open(path, true, &from, NULL));
    HOL_TRY(hol_replace_begin(path, ret_temporary, &to));
    HOL_TRY(copy_bytes(path, from, to));
    HOL_TRY(hol_h5_open(comm, *ret_temporary, true, ret_copy));
cleanup:
    if (to >= 0 && close(to) != 0 && status == HOL_OK)
        status = hol_error(HOL_FAILURE, "%s: cannot be written anew: %s", path, strerror(errno));
    if (from >= 0) (void)close(from);
    return status;
}

/* Which of our formats a file is; checked without the trailer. Collective. */
static hol_status recognize(hol_comm *comm, const char *path, hol_file_kind *ret_kind) {
    const bool was_unchecked = hol_guard_is_unchecked(comm);
    hol_guard_found found;
    hol_status status =
        hol_comm_agree(comm, hol_guard_look(comm, path, &found)); /* a damaged structure is not sealed */
    if (status != HOL_OK) return status;
    hol_guard_set_unchecked(comm, true);
    status = hol_file_recognize(comm, path, ret_kind);
    hol_guard_set_unchecked(comm, was_unchecked);
    return status;
}

static hol_status seal_copy(hol_comm *comm, hol_checkpoint_lister outline, const char *path, hol_file_kind kind,
                            hid_t copy, int64_t *sets) {
    if (kind == HOL_FILE_CHECKPOINT) return hol_checkpoint_reseal(comm, outline, path, copy, sets);
    const hol_status status =
        copy < 0 || hol_h5_has_format(copy, "holode data set")
            ? HOL_OK
            : hol_error(HOL_BAD_INPUT,
                        "%s: found another program's HDF5 file, expected a checkpoint or a data set of "
                        "holode's",
                        path);
    const hol_status agreed = hol_comm_agree(comm, status);
    return agreed == HOL_OK ? seal_datasets(comm, path, copy, sets) : agreed;
}

hol_status hol_seal_file(hol_comm *comm, hol_checkpoint_lister outline, const char *path, int64_t *ret_sets) {
    hol_status status = HOL_OK;
    hol_file_kind kind = HOL_FILE_HDF5;
    char *temporary = NULL;
    hid_t copy = -1;
    const bool is_first = hol_comm_rank(comm) == 0, was_unchecked = hol_guard_is_unchecked(comm);
    *ret_sets = 0;
    HOL_TRY(recognize(comm, path, &kind));
    hol_guard_set_unchecked(comm, true); /* what is there now is what gets its checksums */
    HOL_TRY(hol_comm_agree(comm, is_first ? begin_copy(comm, path, &temporary, &copy) : HOL_OK));
    HOL_TRY(seal_copy(comm, outline, path, kind, copy, ret_sets));
    status = is_first ? hol_h5_finish(&copy, path) : HOL_OK;
    if (is_first && status == HOL_OK) status = hol_seal_commit(comm, temporary, path);
    HOL_TRY(hol_comm_agree(comm, status));
cleanup:
    hol_guard_set_unchecked(comm, was_unchecked);
    if (status != HOL_OK) {
        hol_h5_abandon(copy);
        hol_h5_close(&copy);
        hol_replace_abandon(temporary);
    }
    hol_free(temporary);
    return status;
}
