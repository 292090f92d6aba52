/* checkpoint_write: a checkpoint appears whole or not at all, whichever rank fails.
 *
 * HDF5 is rank 0's alone, and works in memory: the file's structure is made there, with room for the data that takes no
 * memory, and copied into the file. The data's places are known then, and each rank writes its rows there. MPI-IO has
 * no part in it: an error on one rank leaves the others waiting in it for ever, and a full disk may lose data without a
 * word. The ranks agree after each stage (creating, opening, writing, fsync, closing, the new name), so a stage begins
 * on all ranks or on none.
 *
 * Where the file system can, all space is reserved before the data are written; elsewhere (NFS, Lustre) the errors of
 * write, fsync and close tell of a full disk, and nothing has its final name before all of them. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"
#include "checkpoint_stored.h"
#include "io/replace.h"

#ifndef HOL_VERSION
#define HOL_VERSION "unknown"
#endif

/* Numbers lie in memory as the file has them; the checksums take their words so too. */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "checkpoints are little-endian");

enum { SPARE_BYTES = 4096 }; /* of structure, for each part, beyond what is expected */

/* What rank 0 has created, for all ranks; the parts' places are the other half. */
typedef struct layout {
    char temporary[HOL_CHECKPOINT_PATH_MAX]; /* the file's name for now; "" while there is none */
    int64_t bytes;                           /* of the file */
} layout;

typedef struct writer {
    hol_comm *comm;
    const char *directory;
    int64_t named;            /* its step, or HOL_CHECKPOINT_BEST */
    hol_checkpoint_info info; /* path: the final name; config: owned copy */
    layout layout;
    hol_stored_list list;
    int64_t expected_bytes;
    hol_owner *owner; /* borrowed; NULL: the directory is nobody's */
    int descriptor;   /* of the temporary file; -1 while it is not open */
} writer;

/* ------------------------------------------------------------------ rank-local preparations */

static hol_status prepare(writer *self, const hol_checkpoint_info *info, const hol_field_list *fields,
                          const hol_checkpoint_facts *facts) {
    hol_status status = HOL_OK;
    const char *config = facts->config ? facts->config : "";
    const int64_t config_bytes = (int64_t)strlen(config);
    self->info = *info;
    self->info.config = self->info.version = NULL; /* the caller's */
    self->info.structure_count = 0;
    self->info.seed = facts->seed;
    memcpy(self->info.item_shape, facts->item_shape, sizeof self->info.item_shape);
    HOL_TRY(hol_checkpoint_name(self->directory, self->named, self->info.path));
    if (config_bytes > HOL_PARTS_CONFIG_BYTES_MAX)
        HOL_TRY(hol_error(HOL_FAILURE, "%s: found a config of %lld bytes, expected at most %d", self->info.path,
                          (long long)config_bytes, HOL_PARTS_CONFIG_BYTES_MAX));
    HOL_TRY(hol_format_text(&self->info.config, "config", "%s", config));
    HOL_TRY(hol_stored_create(self->info.config, config_bytes, fields, true, &self->list));
    self->expected_bytes = hol_stored_file_bytes(&self->list);
cleanup:
    return status;
}

/* ------------------------------------------------------------------ what rank 0 does in the directory */

/* Creates the temporary file: .checkpoint-STEP.STAMP.RANDOM.h5.tmp; by the stamp a later start knows an earlier one's
 * leavings. */
static hol_status create_temporary(writer *self) {
    char prefix[HOL_CHECKPOINT_PATH_MAX + 64];
    layout *l = &self->layout;
    (void)snprintf(prefix, sizeof prefix, "%s/.checkpoint-%09lld.%016llx.", self->directory, (long long)self->info.step,
                   (unsigned long long)hol_owner_stamp(self->owner));
    return hol_replace_create(prefix, ".h5.tmp", self->info.path, l->temporary, sizeof l->temporary, &self->descriptor);
}

/* Whether a name is that of an earlier run's temporary file, or of what MPI-IO puts beside it (FILE.locktest.1), which
 * former versions used. Theirs had no random part. */
static bool is_stale(const char *name, uint64_t own_stamp) {
    long long step = 0;
    unsigned long long stamp = 0, number = 0;
    char again[128];
    if (sscanf(name, ".checkpoint-%lld.%llx.%llx", &step, &stamp, &number) < 2) return false;
    int length = snprintf(again, sizeof again, ".checkpoint-%09lld.%016llx.", step, stamp);
    if (strncmp(name, again, (size_t)length) != 0) return false;
    length += snprintf(again + length, sizeof again - (size_t)length, "%016llx.", number);
    const char *rest = strncmp(name, again, (size_t)length) == 0 ? name + length : name + length - 17;
    /* a later run's file is none of ours: this one may be living on in a node that was given up */
    return strncmp(rest, "h5.tmp", 6) == 0 && stamp <= own_stamp;
}

/* Removes what killed runs left, for its space. What can't be read or removed shows itself soon enough. */
static void remove_stale(const char *directory, uint64_t own_stamp) {
    DIR *open = opendir(directory);
    if (!open) return;
    for (const struct dirent *entry; (entry = readdir(open)) != NULL;)
        if (is_stale(entry->d_name, own_stamp)) (void)unlinkat(dirfd(open), entry->d_name, 0);
    (void)closedir(open);
}

/* The file's first bytes get room on the disk; its size stays what it is. Not by posix_fallocate, which, where the file
 * system can't, writes a byte to every block: slow, and over what others have written meanwhile. */
static hol_status reserve(const writer *self, int64_t bytes) {
    int code = 0;
    do code = fallocate(self->descriptor, FALLOC_FL_KEEP_SIZE, 0, (off_t)bytes) == 0 ? 0 : errno;
    while (code == EINTR);
    /* file systems that can't: then the errors of the transfers must do */
    if (code == 0 || code == EOPNOTSUPP || code == ENOSYS || code == EINVAL) return HOL_OK;
    return hol_error(HOL_FAILURE, "%s: no space for a checkpoint of %lld bytes: %s", self->info.path, (long long)bytes,
                     strerror(code));
}

/* Gives back room beyond the file's end. A failure costs some blocks, no more. */
static void trim(const char *file) {
    struct stat found;
    if (stat(file, &found) == 0 && truncate(file, found.st_size) != 0) return;
}

/* Keeps the newest `keep` checkpoints up to the one just written. Those of later steps stem from a run that went on
 * from an older checkpoint than its newest: they are not ours to judge. */
static void prune(const writer *self, int64_t keep) {
    int64_t *steps = NULL, count = 0, kept = 0;
    char path[HOL_CHECKPOINT_PATH_MAX];
    if (keep < 1) return;
    hol_status status = hol_checkpoint_list(self->directory, &steps, &count);
    for (int64_t i = 0; status == HOL_OK && i < count; i++) {
        if (steps[i] > self->info.step || kept++ < keep) continue;
        status = hol_checkpoint_name(self->directory, steps[i], path);
        if (status == HOL_OK && unlink(path) != 0 && errno != ENOENT)
            status = hol_error(HOL_FAILURE, "%s: cannot be removed: %s", path, strerror(errno));
    }
    if (status != HOL_OK) hol_log_warning(self->comm, "%s", hol_error_message(status));
    (void)hol_error_drop(status);
    hol_free(steps);
}

/* ------------------------------------------------------------------ checksums */

static uint64_t hash_own_rows(const writer *self, const hol_field *field) {
    int64_t first = 0, rows = 0;
    uint64_t checksum = 0;
    hol_stored_get_share(field, self->comm, &first, &rows);
    const int64_t step = hol_stored_rows_at_once(field), end = first + rows;
    for (int64_t at = first; at < end; at += step) {
        const int64_t now = end - at < step ? end - at : step;
        hol_field_get_rows(field, at, now, self->list.buffer);
        checksum += hol_rows_hash(self->list.buffer, at, now, hol_field_row_bytes(field));
    }
    return checksum;
}

static hol_status sum_checksums(writer *self) {
    hol_stored_list *list = &self->list;
    for (int i = 0; i < list->count; i++) list->sums[i] = (int64_t)hash_own_rows(self, &list->stored[i].field);
    const hol_status status = hol_comm_sum_i64(self->comm, list->sums, list->count);
    for (int i = 0; i < list->count; i++) list->stored[i].checksum = (uint64_t)list->sums[i];
    return status;
}

/* ------------------------------------------------------------------ the file's structure: rank 0's */

static hol_status write_root(const writer *self, hid_t root) {
    hol_status status = HOL_OK;
    const int64_t version = HOL_CHECKPOINT_FORMAT_VERSION;
    HOL_TRY(hol_h5_write_string(root, "format", "holode checkpoint"));
    HOL_TRY(hol_h5_write_i64(root, "format_version", &version, 1));
    HOL_TRY(hol_h5_write_string(root, "holode_version", HOL_VERSION));
    HOL_TRY(hol_checkpoint_write_attributes(root, &self->info));
cleanup:
    return status;
}

static hol_status create_group(const writer *self, hid_t file, const char *name) {
    hid_t group = H5Gcreate2(file, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    const hol_status status = hol_h5_check(group, HOL_FAILURE, "%s: %s cannot be created", self->info.path, name);
    hol_h5_close(&group);
    return status;
}

/* Those that the path leads through, from the root on, as far as there are none yet. */
static hol_status create_groups_of(const writer *self, hid_t file, const char *path) {
    char name[HOL_FIELD_PATH_MAX];
    hol_status status = HOL_OK;
    for (const char *end = strchr(path + 1, '/'); end && status == HOL_OK; end = strchr(end + 1, '/')) {
        (void)snprintf(name, sizeof name, "%.*s", (int)(end - path), path);
        if (!hol_h5_exists(file, name)) status = create_group(self, file, name);
    }
    return status;
}

static hol_status create_groups(const writer *self, hid_t file) {
    hol_status status = HOL_OK;
    for (int i = 0; i < self->list.count && status == HOL_OK; i++)
        status = create_groups_of(self, file, self->list.stored[i].field.path);
    return status;
}

/* The parts' type in the file; the caller closes it. */
static hol_status create_type(const hol_field *field, hid_t *ret_type) {
    if (field->type == HOL_FIELD_TEXT) return hol_h5_create_text_type(field->path, field->columns, ret_type);
    return hol_h5_check(*ret_type = H5Tcopy(hol_stored_file_type(field)), HOL_FAILURE, "%s", field->path);
}

static hol_status create_set(const writer *self, hid_t file, hid_t layout_list, hol_stored *stored) {
    const hol_field *field = &stored->field;
    hid_t type = -1, space = -1, set = -1;
    hol_status status = HOL_OK;
    const hsize_t sizes[2] = {(hsize_t)field->rows, (hsize_t)field->columns};
    HOL_TRY(create_type(field, &type));
    space = field->dimensions > 0 ? H5Screate_simple(field->dimensions, sizes, NULL) : H5Screate(H5S_SCALAR);
    HOL_TRY(hol_h5_check(space, HOL_FAILURE, "%s", field->path));
    HOL_TRY(hol_h5_check(set = H5Dcreate2(file, field->path, type, space, H5P_DEFAULT, layout_list, H5P_DEFAULT),
                         HOL_FAILURE, "%s: %s cannot be created", self->info.path, field->path));
    HOL_TRY(hol_h5_write_u64(set, "checksum", &stored->checksum, 1));
    stored->place = H5Dget_offset(set) == HADDR_UNDEF ? -1 : (int64_t)H5Dget_offset(set);
    if (stored->place < 0 && hol_field_bytes(field) > 0)
        HOL_TRY(hol_error(HOL_FAILURE, "%s: %s: found no room for its data", self->info.path, field->path));
cleanup:
    if (status != HOL_OK) hol_h5_abandon(file);
    hol_h5_close(&set);
    hol_h5_close(&space);
    hol_h5_close(&type);
    return status;
}

/* Everything but the data, for which there is room afterwards: contiguous, allocated at once, not filled. */
static hol_status create_structure(writer *self, hid_t file) {
    hid_t list = -1;
    hol_status status = HOL_OK;
    const char *path = self->info.path;
    HOL_TRY(write_root(self, file));
    HOL_TRY(create_groups(self, file));
    HOL_TRY(hol_h5_create_layout(path, 0, NULL, &list));
    HOL_TRY(hol_h5_check(H5Pset_layout(list, H5D_CONTIGUOUS), HOL_FAILURE, "%s", path));
    HOL_TRY(hol_h5_check(H5Pset_alloc_time(list, H5D_ALLOC_TIME_EARLY), HOL_FAILURE, "%s", path));
    HOL_TRY(hol_h5_check(H5Pset_fill_time(list, H5D_FILL_TIME_NEVER), HOL_FAILURE, "%s", path));
    for (int i = 0; i < self->list.count; i++) HOL_TRY(create_set(self, file, list, &self->list.stored[i]));
    HOL_TRY(hol_h5_check(H5Fflush(file, H5F_SCOPE_GLOBAL), HOL_FAILURE, "%s: cannot be written", path));
cleanup:
    hol_h5_close(&list);
    return status;
}

/* ------------------------------------------------------------------ the file */

/* Other nodes are going to write into pages that hold structure. What of them this node's network file system keeps in
 * memory must not be written again. */
static hol_status release_pages(const writer *self) {
    if (hol_comm_nodes(self->comm) == 1) return HOL_OK;
    if (fsync(self->descriptor) != 0) return hol_error(HOL_FAILURE, "%s: fsync: %s", self->info.path, strerror(errno));
    (void)posix_fadvise(self->descriptor, 0, 0, POSIX_FADV_DONTNEED);
    return HOL_OK;
}

/* Builds the structure in memory, of which *ret_memory is the descriptor, the caller's to close. */
static hol_status build_structure(writer *self, int *ret_memory) {
    hid_t file = -1;
    hol_status status = HOL_OK;
    const int64_t most = self->expected_bytes + self->list.count * SPARE_BYTES;
    HOL_TRY(hol_h5_create(self->comm, self->descriptor, self->info.path, &file));
    HOL_TRY(hol_h5_divert(file, most, self->info.path, ret_memory));
    HOL_TRY(create_structure(self, file));
    hol_memory_settle(hol_comm_memory(self->comm));
    HOL_TRY(hol_h5_check(hol_h5_close_file(&file), HOL_FAILURE, "%s: cannot be closed", self->info.path));
cleanup:
    hol_h5_abandon(file);
    hol_h5_close(&file);
    return status;
}

/* Whether the bytes of memory that were ever written could be copied to the file; else errno says why not. */
static bool copy_written(int memory, int descriptor) {
    char chunk[1 << 14];
    off_t at = 0, end = 0;
    while ((at = lseek(memory, end, SEEK_DATA)) >= 0 && (end = lseek(memory, at, SEEK_HOLE)) >= 0)
        while (at < end) {
            const size_t most = end - at < (off_t)sizeof chunk ? (size_t)(end - at) : sizeof chunk;
            const ssize_t now = pread(memory, chunk, most, at);
            if (now <= 0 || !hol_replace_write_at(descriptor, chunk, now, at)) return false;
            at += now;
        }
    return errno == ENXIO; /* nothing more was written */
}

static hol_status place_structure(writer *self, int memory) {
    struct stat found = {0};
    int code = fstat(memory, &found) == 0 && ftruncate(self->descriptor, found.st_size) == 0 ? 0 : errno;
    if (code != 0) return hol_error(HOL_FAILURE, "%s: cannot be written: %s", self->info.path, strerror(code));
    self->layout.bytes = (int64_t)found.st_size;
    const hol_status status = reserve(self, self->layout.bytes);
    if (status != HOL_OK || copy_written(memory, self->descriptor)) return status;
    return hol_error(HOL_FAILURE, "%s: cannot be written: %s", self->info.path, strerror(errno));
}

/* Rank 0's: the file with all but its data, and room for them. */
static hol_status create_file(writer *self) {
    int memory = -1;
    hol_status status = HOL_OK;
    HOL_TRY(hol_owner_check(self->owner));
    remove_stale(self->directory, hol_owner_stamp(self->owner));
    HOL_TRY(create_temporary(self));
    HOL_TRY(reserve(self, self->expected_bytes));
    HOL_TRY(build_structure(self, &memory));
    HOL_TRY(place_structure(self, memory));
    HOL_TRY(release_pages(self));
cleanup:
    if (memory >= 0) (void)close(memory);
    return status;
}

/* Another rank's: opens what rank 0 has created. For writing only, see hol_replace_create. */
static hol_status open_file(writer *self) {
    struct stat found = {0};
    const layout *l = &self->layout;
    const char *path = self->info.path;
    self->descriptor = open(l->temporary, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
    if (self->descriptor < 0 && errno == ENOENT)
        return hol_error(HOL_FAILURE,
                         "%s: rank 0 has created a file that this rank does not find, expected a directory that all "
                         "ranks share",
                         path);
    if (self->descriptor < 0 || fstat(self->descriptor, &found) != 0)
        return hol_error(HOL_FAILURE, "%s: cannot be opened: %s", path, strerror(errno));
    if ((int64_t)found.st_size != l->bytes)
        return hol_error(HOL_FAILURE,
                         "%s: found a file of %lld bytes, expected the %lld that rank 0 has created; do all ranks "
                         "share the directory?",
                         path, (long long)found.st_size, (long long)l->bytes);
    return HOL_OK;
}

/* ------------------------------------------------------------------ the data */

static hol_status write_some(const writer *self, const hol_stored *stored, int64_t first, int64_t rows) {
    const int64_t row_bytes = hol_field_row_bytes(&stored->field);
    void *buffer = self->list.buffer;
    hol_field_get_rows(&stored->field, first, rows, buffer);
    if (hol_replace_write_at(self->descriptor, buffer, rows * row_bytes, stored->place + first * row_bytes))
        return HOL_OK;
    return hol_error(HOL_FAILURE, "%s: %s cannot be written: %s", self->info.path, stored->field.path, strerror(errno));
}

/* This rank's rows of all parts. */
static hol_status write_own_rows(const writer *self) {
    for (int i = 0; i < self->list.count; i++) {
        const hol_stored *stored = &self->list.stored[i];
        int64_t first = 0, rows = 0;
        hol_stored_get_share(&stored->field, self->comm, &first, &rows);
        const int64_t step = hol_stored_rows_at_once(&stored->field), end = first + rows;
        for (int64_t at = first; at < end; at += step) {
            const hol_status status = write_some(self, stored, at, end - at < step ? end - at : step);
            if (status != HOL_OK) return status;
        }
    }
    return HOL_OK;
}

static hol_status sync_file(const writer *self) {
    if (fsync(self->descriptor) == 0) return HOL_OK;
    return hol_error(HOL_FAILURE, "%s: fsync: %s", self->info.path, strerror(errno));
}

/* Some file systems tell of a full disk only here. */
static hol_status close_file(writer *self) {
    const int descriptor = self->descriptor;
    self->descriptor = -1;
    if (descriptor < 0 || close(descriptor) == 0 || errno == EINTR) return HOL_OK; /* closed all the same */
    return hol_error(HOL_FAILURE, "%s: cannot be closed: %s", self->info.path, strerror(errno));
}

/* ------------------------------------------------------------------ the whole */

/* Where the data are; the caller owns *ret_runs. */
static hol_status list_runs(const writer *self, hol_run **ret_runs, int64_t *ret_count) {
    const hol_status status = HOL_ALLOCATE(*ret_runs, self->list.count, "runs of data");
    *ret_count = 0;
    for (int i = 0; i < self->list.count && status == HOL_OK; i++) {
        const hol_stored *stored = &self->list.stored[i];
        const int64_t bytes = hol_field_bytes(&stored->field);
        if (bytes > 0) (*ret_runs)[(*ret_count)++] = (hol_run){stored->place, bytes};
    }
    return status;
}

/* Rank 0's: the trailer, and the file's final name. */
static hol_status commit(const writer *self) {
    hol_status status = HOL_OK;
    hol_run *runs = NULL;
    int64_t count = 0;
    const char *temporary = self->layout.temporary;
    HOL_TRY(list_runs(self, &runs, &count));
    HOL_TRY(hol_guard_append(temporary, self->info.path, runs, count));
    trim(temporary);
    HOL_TRY(hol_owner_check(self->owner));
    HOL_TRY(hol_replace_commit(temporary, self->info.path));
cleanup:
    hol_free(runs);
    return status;
}

/* Where rank 0 has put the parts, on all ranks. Collective. */
static hol_status share_layout(writer *self) {
    hol_status status = HOL_OK;
    hol_stored_list *list = &self->list;
    for (int i = 0; i < list->count; i++) list->sums[i] = list->stored[i].place;
    HOL_TRY(hol_comm_broadcast(self->comm, &self->layout, sizeof self->layout));
    HOL_TRY(hol_comm_broadcast(self->comm, list->sums, list->count * (int64_t)sizeof *list->sums));
    for (int i = 0; i < list->count; i++) list->stored[i].place = list->sums[i];
cleanup:
    return status;
}

/* Collective. */
static hol_status write_file(writer *self) {
    hol_status status = HOL_OK;
    hol_comm *comm = self->comm;
    const bool first_rank = hol_comm_rank(comm) == 0;
    HOL_TRY(sum_checksums(self));
    HOL_TRY(hol_comm_agree(comm, first_rank ? create_file(self) : HOL_OK));
    HOL_TRY(share_layout(self));
    HOL_TRY(hol_comm_agree(comm, first_rank ? HOL_OK : open_file(self)));
    HOL_TRY(hol_comm_agree(comm, write_own_rows(self)));
    HOL_TRY(hol_comm_agree(comm, sync_file(self)));
    HOL_TRY(hol_comm_agree(comm, close_file(self)));
    HOL_TRY(hol_comm_agree(comm, first_rank ? commit(self) : HOL_OK));
cleanup:
    return status;
}

static void abandon_file(writer *self) {
    if (self->descriptor >= 0) (void)close(self->descriptor);
    self->descriptor = -1;
    if (hol_comm_rank(self->comm) == 0 && self->layout.temporary[0]) hol_replace_abandon(self->layout.temporary);
}

static hol_status write_as(hol_comm *comm, const char *directory, const hol_checkpoint_info *info,
                           const hol_field_list *fields, const hol_checkpoint_facts *facts, int64_t named, int64_t keep,
                           char *path) {
    hol_status status = HOL_OK;
    writer *self = NULL;
    HOL_TRY(hol_comm_agree(comm, HOL_ALLOCATE(self, 1, "checkpoint writer")));
    self->comm = comm;
    self->directory = directory;
    self->named = named;
    self->owner = facts->owner;
    self->descriptor = -1;
    status = prepare(self, info, fields, facts);
    if (status == HOL_OK) status = hol_stored_create_buffer(NULL, &self->list);
    HOL_TRY(hol_comm_agree(comm, status));
    HOL_TRY(write_file(self));
    if (path) memcpy(path, self->info.path, sizeof self->info.path);
    if (hol_comm_rank(comm) == 0) prune(self, keep);
cleanup:
    if (self) {
        if (status != HOL_OK) abandon_file(self);
        hol_checkpoint_info_clear(&self->info);
        hol_stored_clear(&self->list);
    }
    hol_free(self);
    return status;
}

hol_status hol_checkpoint_write(hol_comm *comm, const char *directory, const hol_checkpoint_info *info,
                                const hol_field_list *fields, const hol_checkpoint_facts *facts, int64_t keep,
                                char *path) {
    return write_as(comm, directory, info, fields, facts, info->step, keep, path);
}

hol_status hol_checkpoint_write_best(hol_comm *comm, const char *directory, const hol_checkpoint_info *info,
                                     const hol_field_list *fields, const hol_checkpoint_facts *facts, char *path) {
    return write_as(comm, directory, info, fields, facts, HOL_CHECKPOINT_BEST, 0, path);
}

/* The structure is made as for a file, which here is memory, too. */
hol_status hol_checkpoint_measure(hol_comm *comm, const hol_checkpoint_info *info, const hol_field_list *fields,
                                  const hol_checkpoint_facts *facts, int64_t *ret_bytes) {
    hol_status status = HOL_OK;
    writer *self = NULL;
    hol_memory *memory = hol_comm_memory(comm);
    hol_run *runs = NULL;
    int64_t count = 0;
    struct stat found = {0};
    int made = -1;
    HOL_TRY(HOL_ALLOCATE(self, 1, "checkpoint writer"));
    self->directory = ".";
    self->named = info->step;
    self->descriptor = open("/dev/null", O_RDWR | O_CLOEXEC);
    self->comm = comm;
    HOL_TRY(prepare(self, info, fields, facts));
    if (memory) HOL_TRY(hol_stored_create_buffer(memory, &self->list));
    HOL_TRY(build_structure(self, &made));
    HOL_TRY(list_runs(self, &runs, &count));
    if (fstat(made, &found) != 0) HOL_TRY(hol_error(HOL_FAILURE, "%s: %s", self->info.path, strerror(errno)));
    *ret_bytes = (int64_t)found.st_size + hol_guard_measure(memory, runs, count);
cleanup:
    if (made >= 0) (void)close(made);
    if (self && self->descriptor >= 0) (void)close(self->descriptor);
    if (self) hol_checkpoint_info_clear(&self->info);
    if (self) hol_stored_clear(&self->list);
    hol_free(self);
    hol_free(runs);
    return status;
}
