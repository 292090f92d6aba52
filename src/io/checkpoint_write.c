/* checkpoint_write: a checkpoint appears whole or not at all, on a full disk too.
 *
 * The stages of hol_checkpoint_write are collective, and the ranks agree after each: a stage begins on all ranks or on
 * none. MPI-IO is trusted with as little as possible where a disk may be full: the space is reserved before HDF5 sees
 * the file (so that its structure fits) and again when its size is known, and the data go by independent transfers,
 * whose errors come back to the rank concerned. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"
#include "checkpoint_parts.h"
#include "io/replace.h"

#ifndef HOL_VERSION
#define HOL_VERSION "unknown"
#endif

typedef struct writer {
    hol_comm *comm;
    const char *directory;
    int64_t named;            /* its step, or HOL_CHECKPOINT_BEST */
    hol_checkpoint_info info; /* path: the final name; config: owned copy */
    char temporary[HOL_CHECKPOINT_PATH_MAX];
    hol_parts parts;
    bool has_structure;
    void *buffer; /* owned: one slice */
    int64_t expected_bytes;
    hol_owner *owner; /* borrowed; NULL: the directory is nobody's */
    hid_t file;
    hol_run runs[HOL_PARTS_MAX]; /* where the data lie; filled in when the file is closed */
    int64_t run_count;
} writer;

/* ------------------------------------------------------------------ rank-local preparations */

static void describe(writer *self, const hol_model *model, const hol_state *state, const hol_checkpoint_facts *facts) {
    hol_checkpoint_info *info = &self->info;
    (void)snprintf(info->model, sizeof info->model, "%s", model->ops->kind);
    info->visible = model->info.visible;
    info->hidden = model->info.hidden;
    info->temperature = model->temperature;
    info->step = state->step;
    info->seed = facts->seed;
    info->data_fingerprint = state->data_fingerprint;
    info->chains = state->chains ? state->chains->count : 0;
    info->history_rows = state->history.rows;
    info->contents = hol_checkpoint_contents(state);
    info->replicas = hol_checkpoint_replicas(state);
    info->walks = hol_checkpoint_walks(state);
    info->batch_size = hol_checkpoint_batch_size(state);
    memcpy(info->item_shape, facts->item_shape, sizeof info->item_shape);
}

static hol_status prepare(writer *self, const hol_model *model, const hol_state *state,
                          const hol_checkpoint_facts *facts) {
    hol_status status = HOL_OK;
    const char *config = facts->config ? facts->config : "";
    const int64_t config_bytes = (int64_t)strlen(config);
    describe(self, model, state, facts);
    self->has_structure = model->info.structure_count > 0;
    HOL_TRY(hol_checkpoint_name(self->directory, self->named, self->info.path));
    if (config_bytes > HOL_PARTS_CONFIG_BYTES_MAX)
        HOL_TRY(hol_error(HOL_FAILURE, "%s: found a config of %lld bytes, expected at most %d", self->info.path,
                          (long long)config_bytes, HOL_PARTS_CONFIG_BYTES_MAX));
    HOL_TRY(HOL_ALLOCATE(self->info.config, config_bytes + 1, "config"));
    memcpy(self->info.config, config, (size_t)config_bytes);
    hol_parts_memory memory = hol_parts_memory_of(state, self->info.config);
    memory.structures = true;
    hol_parts_list(model, &self->info, config_bytes, &memory, &self->parts);
    HOL_TRY((self->buffer = hol_allocate(hol_parts_buffer_bytes(&self->parts), 1, "checkpoint buffer")) ? HOL_OK
                                                                                                        : HOL_FAILURE);
    self->expected_bytes = hol_parts_file_bytes(&self->parts) + config_bytes;
cleanup:
    return status;
}

/* This process's part of temporary names: its time first, so that a later run knows an earlier one's leavings. */
static uint64_t own_token(void) {
    static uint64_t token;
    if (token == 0) token = (uint64_t)time(NULL) << 20 | ((uint64_t)getpid() & 0xfffff);
    return token;
}

/* All ranks take rank 0's name for the temporary file. Collective. */
static hol_status choose_name(writer *self) {
    hol_status status = HOL_OK;
    uint64_t token = hol_comm_rank(self->comm) == 0 ? own_token() : 0;
    HOL_TRY(hol_comm_broadcast(self->comm, &token, sizeof token));
    const int length = snprintf(self->temporary, sizeof self->temporary, "%s/.checkpoint-%09lld.%016llx.h5.tmp",
                                self->directory, (long long)self->info.step, (unsigned long long)token);
    if (length >= HOL_CHECKPOINT_PATH_MAX) {
        self->temporary[0] = '\0';
        HOL_TRY(hol_error(HOL_FAILURE, "%.100s...: found a path of %d bytes, expected at most %d", self->directory,
                          length, HOL_CHECKPOINT_PATH_MAX - 1));
    }
cleanup:
    return status;
}

/* ------------------------------------------------------------------ what rank 0 does in the directory */

/* Whether a name is that of an earlier run's temporary file, or of what MPI-IO puts beside it (FILE.locktest.1). */
static bool is_stale(const char *name) {
    long long step = 0;
    unsigned long long token = 0;
    char again[128];
    if (sscanf(name, ".checkpoint-%lld.%llx.h5.tmp", &step, &token) != 2) return false;
    (void)snprintf(again, sizeof again, ".checkpoint-%09lld.%016llx.h5.tmp", step, token);
    /* a later run's file is none of ours: this one may be living on in a node that was given up */
    return strncmp(name, again, strlen(again)) == 0 && token <= own_token();
}

/* Removes what killed runs left, for its space. What can't be read or removed shows itself soon enough. */
static void remove_stale(const char *directory) {
    DIR *open = opendir(directory);
    if (!open) return;
    for (const struct dirent *entry; (entry = readdir(open)) != NULL;)
        if (is_stale(entry->d_name)) (void)unlinkat(dirfd(open), entry->d_name, 0);
    (void)closedir(open);
}

/* The file's first bytes get room on the disk; 0 or an errno. With keep_size its size stays what it is, where the
 * system can do that; otherwise nothing happens. */
static int allocate_room(int descriptor, int64_t bytes, bool keep_size) {
    int code = 0;
    do {
        if (keep_size) code = fallocate(descriptor, FALLOC_FL_KEEP_SIZE, 0, (off_t)bytes) == 0 ? 0 : errno;
        else code = posix_fallocate(descriptor, 0, (off_t)bytes);
    } while (code == EINTR);
    /* file systems that can't: then the errors of the transfers must do */
    return code == EOPNOTSUPP || code == ENOSYS || code == EINVAL ? 0 : code;
}

/* Makes sure of room for `bytes` bytes behind HDF5's back, or, with 0, for all of the file's size. Creates the file. */
static hol_status reserve(const writer *self, int64_t bytes) {
    struct stat found;
    const char *path = self->info.path;
    const bool keep_size = bytes > 0;
    const int descriptor = open(self->temporary, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (descriptor < 0) return hol_error(HOL_FAILURE, "%s: cannot be written: %s", path, strerror(errno));
    int code = fstat(descriptor, &found) == 0 ? 0 : errno;
    if (!keep_size && code == 0) bytes = (int64_t)found.st_size;
    if (code == 0) code = allocate_room(descriptor, bytes, keep_size);
    if (close(descriptor) != 0 && code == 0) code = errno;
    if (code == 0) return HOL_OK;
    return hol_error(HOL_FAILURE, "%s: no space for a checkpoint of %lld bytes: %s", path, (long long)bytes,
                     strerror(code));
}

static hol_status reserve_first(const writer *self) {
    const hol_status status = hol_owner_check(self->owner);
    if (status != HOL_OK) return status;
    remove_stale(self->directory);
    return reserve(self, self->expected_bytes);
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
    if (status != HOL_OK) hol_log_warning("%s", hol_error_message());
    hol_free(steps);
}

/* ------------------------------------------------------------------ checksums */

static void hash_own_rows(const writer *self, hol_part *part) {
    int64_t first = 0, rows = 0;
    hol_part_get_share(part, self->comm, &first, &rows);
    const int64_t slice = hol_part_slice_rows(part), end = first + rows;
    part->checksum = 0;
    for (int64_t at = first; at < end; at += slice) {
        const int64_t now = end - at < slice ? end - at : slice;
        hol_part_get_rows(part, at, now, self->buffer);
        part->checksum += hol_part_hash(self->buffer, at, now, part->columns * part->width);
    }
}

static hol_status sum_checksums(writer *self) {
    int64_t sums[HOL_PARTS_MAX];
    for (int i = 0; i < self->parts.count; i++) {
        hash_own_rows(self, &self->parts.part[i]);
        sums[i] = (int64_t)self->parts.part[i].checksum;
    }
    const hol_status status = hol_comm_sum_i64(self->comm, sums, self->parts.count);
    for (int i = 0; i < self->parts.count; i++) self->parts.part[i].checksum = (uint64_t)sums[i];
    return status;
}

/* ------------------------------------------------------------------ the file's structure */

static hol_status write_root(const writer *self) {
    hol_status status = HOL_OK;
    const hol_checkpoint_info *info = &self->info;
    const int64_t version = HOL_CHECKPOINT_FORMAT_VERSION;
    const uint64_t seal = hol_checkpoint_seal(info);
    const hid_t root = self->file;
    HOL_TRY(hol_h5_write_string(root, "format", "holode checkpoint"));
    HOL_TRY(hol_h5_write_i64(root, "format_version", &version, 1));
    HOL_TRY(hol_h5_write_string(root, "holode_version", HOL_VERSION));
    HOL_TRY(hol_h5_write_string(root, "model", info->model));
    HOL_TRY(hol_h5_write_i64(root, "visible", &info->visible, 1));
    HOL_TRY(hol_h5_write_i64(root, "hidden", &info->hidden, 1));
    HOL_TRY(hol_h5_write_f64(root, "temperature", &info->temperature, 1));
    HOL_TRY(hol_h5_write_i64(root, "step", &info->step, 1));
    HOL_TRY(hol_h5_write_u64(root, "seed", &info->seed, 1));
    HOL_TRY(hol_h5_write_u64(root, "data_fingerprint", &info->data_fingerprint, 1));
    HOL_TRY(hol_h5_write_i64(root, "chains", &info->chains, 1));
    HOL_TRY(hol_h5_write_i64(root, "history_rows", &info->history_rows, 1));
    if (info->item_shape[0] != 0 || info->item_shape[1] != 0)
        HOL_TRY(hol_h5_write_i64(root, "item_shape", info->item_shape, 2));
    if (info->walks > 0) HOL_TRY(hol_h5_write_i64(root, "walks", &info->walks, 1));
    if (info->batch_size > 0) HOL_TRY(hol_h5_write_i64(root, "batch_size", &info->batch_size, 1));
    HOL_TRY(hol_h5_write_u64(root, "checksum", &seal, 1));
cleanup:
    return status;
}

static hol_status create_group(const writer *self, const char *name) {
    hid_t group = H5Gcreate2(self->file, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    const hol_status status = hol_h5_check(group, HOL_FAILURE, "%s: %s cannot be created", self->info.path, name);
    hol_h5_close(&group);
    return status;
}

static hol_status create_groups(const writer *self) {
    const unsigned contents = self->info.contents;
    const struct {
        const char *name;
        bool wanted;
    } groups[] = {
        {"/parameters", true},
        {"/average", contents & HOL_CHECKPOINT_AVERAGE},
        {"/optimiser", true},
        {"/optimiser/velocity", true},
        {"/optimiser/square", contents & HOL_CHECKPOINT_SQUARE},
        {"/optimiser/previous_gradient", contents & HOL_CHECKPOINT_STEP_FACTOR},
        {"/history", true},
        {"/chains", self->info.chains > 0},
        {"/structure", self->has_structure},
        {"/replicas", self->info.replicas > 0},
        {"/batch", self->info.batch_size > 0},
        {"/partition", self->info.walks > 0},
        {"/partition/parameters", self->info.walks > 0},
    };
    hol_status status = HOL_OK;
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
        if (groups[i].wanted) HOL_TRY(create_group(self, groups[i].name));
    for (int64_t l = 0; l < self->info.replicas; l++) {
        char name[32];
        (void)snprintf(name, sizeof name, "/replicas/%lld", (long long)l);
        HOL_TRY(create_group(self, name));
    }
cleanup:
    return status;
}

/* The parts' type in the file; the caller closes it. */
static hol_status create_type(const hol_part *part, hid_t *ret_type) {
    hol_status status = HOL_OK;
    HOL_TRY(hol_h5_check(*ret_type = H5Tcopy(part->file_type), HOL_FAILURE, "%s", part->path));
    if (part->kind != HOL_PART_TEXT) return HOL_OK;
    HOL_TRY(hol_h5_check(H5Tset_size(*ret_type, (size_t)part->columns), HOL_FAILURE, "%s", part->path));
    HOL_TRY(hol_h5_check(H5Tset_strpad(*ret_type, H5T_STR_NULLPAD), HOL_FAILURE, "%s", part->path));
    HOL_TRY(hol_h5_check(H5Tset_cset(*ret_type, H5T_CSET_UTF8), HOL_FAILURE, "%s", part->path));
cleanup:
    return status;
}

static hol_status create_set(const writer *self, hid_t layout, hol_part *part) {
    hid_t type = -1, space = -1, rest = -1;
    hol_status status = HOL_OK;
    HOL_TRY(create_type(part, &type));
    HOL_TRY(hol_part_select(part, 0, part->rows, &space, &rest));
    HOL_TRY(hol_h5_check(part->set = H5Dcreate2(self->file, part->path, type, space, H5P_DEFAULT, layout, H5P_DEFAULT),
                         HOL_FAILURE, "%s: %s cannot be created", self->info.path, part->path));
    HOL_TRY(hol_h5_write_u64(part->set, "checksum", &part->checksum, 1));
cleanup:
    hol_h5_close(&rest);
    hol_h5_close(&space);
    hol_h5_close(&type);
    return status;
}

/* Everything but the data, so that no later stage needs room for structure. HDF5's calls for it are collective. */
static hol_status create_structure(writer *self) {
    hid_t layout = -1;
    hol_status status = HOL_OK;
    HOL_TRY(write_root(self));
    HOL_TRY(create_groups(self));
    HOL_TRY(hol_h5_check(layout = H5Pcreate(H5P_DATASET_CREATE), HOL_FAILURE, "%s", self->info.path));
    HOL_TRY(hol_h5_check(H5Pset_layout(layout, H5D_CONTIGUOUS), HOL_FAILURE, "%s", self->info.path));
    HOL_TRY(hol_h5_check(H5Pset_alloc_time(layout, H5D_ALLOC_TIME_EARLY), HOL_FAILURE, "%s", self->info.path));
    HOL_TRY(hol_h5_check(H5Pset_fill_time(layout, H5D_FILL_TIME_NEVER), HOL_FAILURE, "%s", self->info.path));
    /* without times, equal states give equal files */
    HOL_TRY(hol_h5_check(H5Pset_obj_track_times(layout, false), HOL_FAILURE, "%s", self->info.path));
    for (int i = 0; i < self->parts.count; i++) HOL_TRY(create_set(self, layout, &self->parts.part[i]));
cleanup:
    hol_h5_close(&layout);
    return status;
}

static hol_status flush(const writer *self) {
    return hol_h5_check(H5Fflush(self->file, H5F_SCOPE_GLOBAL), HOL_FAILURE, "%s: cannot be written", self->info.path);
}

/* ------------------------------------------------------------------ the data */

static hol_status write_slice(const writer *self, const hol_part *part, int64_t first, int64_t rows) {
    hid_t file_space = -1, memory_space = -1, type = -1;
    hol_status status = HOL_OK;
    hol_part_get_rows(part, first, rows, self->buffer);
    HOL_TRY(hol_part_select(part, first, rows, &file_space, &memory_space));
    if (part->kind == HOL_PART_TEXT) HOL_TRY(create_type(part, &type));
    HOL_TRY(hol_h5_check(
        H5Dwrite(part->set, type >= 0 ? type : part->memory_type, memory_space, file_space, H5P_DEFAULT, self->buffer),
        HOL_FAILURE, "%s: %s cannot be written", self->info.path, part->path));
cleanup:
    hol_h5_close(&type);
    hol_h5_close(&memory_space);
    hol_h5_close(&file_space);
    return status;
}

/* This rank's rows of all parts. Independent transfers, the default: no rank waits for another here. */
static hol_status write_own_rows(const writer *self) {
    for (int i = 0; i < self->parts.count; i++) {
        const hol_part *part = &self->parts.part[i];
        int64_t first = 0, rows = 0;
        hol_part_get_share(part, self->comm, &first, &rows);
        const int64_t slice = hol_part_slice_rows(part), end = first + rows;
        for (int64_t at = first; at < end; at += slice) {
            const hol_status status = write_slice(self, part, at, end - at < slice ? end - at : slice);
            if (status != HOL_OK) return status;
        }
    }
    return HOL_OK;
}

static void note_run(writer *self, const hol_part *part) {
    const int64_t bytes = part->rows * part->columns * part->width;
    if (bytes > 0) self->runs[self->run_count++] = (hol_run){(int64_t)H5Dget_offset(part->set), bytes};
}

static hol_status close_file(writer *self) {
    hol_status status = HOL_OK;
    for (int i = 0; i < self->parts.count; i++) {
        note_run(self, &self->parts.part[i]);
        const hid_t set = self->parts.part[i].set;
        self->parts.part[i].set = -1;
        if (set >= 0 && H5Dclose(set) < 0 && status == HOL_OK)
            status = hol_h5_check(-1, HOL_FAILURE, "%s: cannot be closed", self->info.path);
    }
    const hid_t file = self->file;
    self->file = -1;
    if (file >= 0 && H5Fclose(file) < 0 && status == HOL_OK)
        status = hol_h5_check(-1, HOL_FAILURE, "%s: cannot be closed", self->info.path);
    return status;
}

/* Collective. */
static hol_status create_file(writer *self) {
    const hol_status status = hol_h5_create(self->temporary, self->comm, &self->file);
    /* a file that only some ranks opened can't be closed by them alone without waiting for ever for the others */
    if (status != HOL_OK) self->file = -1;
    return status;
}

/* Closes without regard to the outcome, and leaves the recorded message as it is. Collective while the file is open. */
static void abandon_file(writer *self) {
    hol_h5_abandon(self->file);
    for (int i = 0; i < self->parts.count; i++) hol_h5_close(&self->parts.part[i].set);
    hol_h5_close(&self->file);
}

/* ------------------------------------------------------------------ the whole */

static hol_status commit(writer *self) {
    hol_status status = HOL_OK;
    HOL_TRY(hol_guard_append(self->temporary, self->info.path, self->runs, self->run_count));
    trim(self->temporary);
    HOL_TRY(hol_owner_check(self->owner));
    HOL_TRY(hol_replace_commit(self->temporary, self->info.path));
cleanup:
    return status;
}

static hol_status write_file(writer *self) {
    hol_status status = HOL_OK;
    const bool first_rank = hol_comm_rank(self->comm) == 0;
    HOL_TRY(hol_comm_agree(self->comm, first_rank ? reserve_first(self) : HOL_OK));
    HOL_TRY(sum_checksums(self));
    HOL_TRY(create_file(self));
    /* again, for creating it gave up what was reserved */
    HOL_TRY(hol_comm_agree(self->comm, first_rank ? reserve(self, self->expected_bytes) : HOL_OK));
    HOL_TRY(hol_comm_agree(self->comm, create_structure(self)));
    HOL_TRY(hol_comm_agree(self->comm, flush(self)));
    HOL_TRY(hol_comm_agree(self->comm, first_rank ? reserve(self, 0) : HOL_OK));
    HOL_TRY(hol_comm_agree(self->comm, write_own_rows(self)));
    HOL_TRY(hol_comm_agree(self->comm, flush(self)));
    HOL_TRY(hol_comm_agree(self->comm, close_file(self)));
    HOL_TRY(hol_comm_agree(self->comm, first_rank ? commit(self) : HOL_OK));
cleanup:
    if (status != HOL_OK) abandon_file(self);
    return status;
}

static hol_status write_as(hol_comm *comm, const char *directory, const hol_model *model, const hol_state *state,
                           const hol_checkpoint_facts *facts, int64_t named, int64_t keep, char *path) {
    hol_status status = HOL_OK;
    writer *self = NULL;
    HOL_TRY(hol_comm_agree(comm, HOL_ALLOCATE(self, 1, "checkpoint writer")));
    self->comm = comm;
    self->directory = directory;
    self->named = named;
    self->owner = facts->owner;
    self->file = -1;
    HOL_TRY(hol_comm_agree(comm, prepare(self, model, state, facts)));
    HOL_TRY(choose_name(self));
    HOL_TRY(write_file(self));
    if (path) memcpy(path, self->info.path, sizeof self->info.path);
    if (hol_comm_rank(comm) == 0) prune(self, keep);
cleanup:
    if (self && status != HOL_OK && self->temporary[0] && hol_comm_rank(comm) == 0) (void)unlink(self->temporary);
    if (self) {
        hol_checkpoint_info_clear(&self->info);
        hol_free(self->buffer);
    }
    hol_free(self);
    return status;
}

hol_status hol_checkpoint_write(hol_comm *comm, const char *directory, const hol_model *model, const hol_state *state,
                                const hol_checkpoint_facts *facts, int64_t keep, char *path) {
    return write_as(comm, directory, model, state, facts, state->step, keep, path);
}

hol_status hol_checkpoint_write_best(hol_comm *comm, const char *directory, const hol_model *model,
                                     const hol_state *state, const hol_checkpoint_facts *facts, char *path) {
    return write_as(comm, directory, model, state, facts, HOL_CHECKPOINT_BEST, 0, path);
}
