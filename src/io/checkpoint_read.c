/* checkpoint_read: reading and checking checkpoints.
 *
 * Each rank opens the file serially and reads only what it needs, so no rank waits inside HDF5 for one that can't open
 * it; the outcomes of the local parts are agreed on. Checksums are sums over rows, so the parts that no rank reads
 * alone are checked by adding up what the ranks found. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/log.h"
#include "checkpoint_parts.h"
#include "io/dataset.h"
#include "io/recognize.h"
#include "origin.h"
#include "sample/population.h"
#include "storage.h"

/* a checkpoint is not compressed; one that another program rewrote may be, and bits in bytes are an eighth then */
enum { COMPRESSION = 16 };

typedef struct reader {
    hol_comm *comm;
    hol_checkpoint_info info;
    hid_t file;
    hol_parts parts;
    void *buffer;                  /* owned: one slice */
    uint64_t found[HOL_PARTS_MAX]; /* checksums of what was read; on this rank, then over all */
} reader;

void hol_checkpoint_info_clear(hol_checkpoint_info *info) {
    if (!info) return;
    hol_free(info->config);
    hol_free(info->version);
    for (int s = 0; s < info->structure_count; s++) {
        hol_free((void *)(uintptr_t)info->structures[s].name);
        hol_free((void *)(uintptr_t)info->structures[s].values);
    }
    *info = (hol_checkpoint_info){0};
}

static void reader_destroy(reader *self) {
    if (!self) return;
    hol_h5_close(&self->file);
    hol_checkpoint_info_clear(&self->info);
    hol_free(self->buffer);
    hol_free(self);
}

/* ------------------------------------------------------------------ the root */

static hol_status read_format(const reader *self) {
    hol_status status = HOL_OK;
    char *format = NULL;
    int64_t version = 0;
    if (!hol_h5_has_attribute(self->file, "format") ||
        (status = hol_h5_read_string(self->file, "format", &format)) != HOL_OK)
        HOL_TRY(hol_error(HOL_BAD_INPUT, "%s: found another HDF5 file, expected a holode checkpoint%s", self->info.path,
                          hol_file_advice(self->info.path)));
    if (strcmp(format, "holode checkpoint") != 0)
        HOL_TRY(hol_error(HOL_BAD_INPUT, "%s: found a %.100s, expected a holode checkpoint%s", self->info.path, format,
                          hol_file_advice(self->info.path)));
    HOL_TRY(hol_h5_read_i64(self->file, "format_version", &version, 1));
    if (version < 1 || version > HOL_CHECKPOINT_FORMAT_VERSION)
        HOL_TRY(hol_error(HOL_BAD_INPUT, "%s: format_version: found %lld, expected at most %d; a newer holode wrote it",
                          self->info.path, (long long)version, HOL_CHECKPOINT_FORMAT_VERSION));
cleanup:
    hol_free(format);
    return status;
}

static hol_status read_numbers(hid_t root, hol_checkpoint_info *info) {
    hol_status status = HOL_OK;
    HOL_TRY(hol_h5_read_i64(root, "visible", &info->visible, 1));
    HOL_TRY(hol_h5_read_i64(root, "hidden", &info->hidden, 1));
    HOL_TRY(hol_h5_read_f64(root, "temperature", &info->temperature, 1));
    HOL_TRY(hol_h5_read_i64(root, "step", &info->step, 1));
    HOL_TRY(hol_h5_read_u64(root, "seed", &info->seed, 1));
    HOL_TRY(hol_h5_read_u64(root, "data_fingerprint", &info->data_fingerprint, 1));
    HOL_TRY(hol_h5_read_i64(root, "chains", &info->chains, 1));
    HOL_TRY(hol_h5_read_i64(root, "history_rows", &info->history_rows, 1));
    if (hol_h5_has_attribute(root, "item_shape")) HOL_TRY(hol_h5_read_i64(root, "item_shape", info->item_shape, 2));
    if (hol_h5_has_attribute(root, "walks")) HOL_TRY(hol_h5_read_i64(root, "walks", &info->walks, 1));
    if (hol_h5_has_attribute(root, "batch_size")) HOL_TRY(hol_h5_read_i64(root, "batch_size", &info->batch_size, 1));
cleanup:
    return status;
}

static hol_status compare(const reader *self, const char *place, uint64_t found, uint64_t expected) {
    if (found == expected || hol_guard_is_unchecked()) return HOL_OK;
    return hol_error(HOL_BAD_INPUT, "%s: %s: checksum found %016llx, expected %016llx; the file is damaged",
                     self->info.path, place, (unsigned long long)found, (unsigned long long)expected);
}

hol_status hol_checkpoint_check_parameters(const hol_checkpoint_info *info, const hol_model *model) {
    if (HOL_PRODUCT(model->info.parameters, (int64_t)sizeof(float)) <= info->bytes_most) return HOL_OK;
    return hol_error(HOL_BAD_INPUT, "%s: found a model of %lld parameters, expected fewer in a file of its size",
                     info->path, (long long)model->info.parameters);
}

/* What the attributes say is believed only as far as a file of this size can hold it. */
static hol_status check_counts(hol_checkpoint_info *info) {
    struct stat about;
    if (stat(info->path, &about) != 0)
        return hol_error(HOL_BAD_INPUT, "%s: cannot be read: %s", info->path, strerror(errno));
    info->bytes_most = HOL_PRODUCT((int64_t)about.st_size, COMPRESSION);
    /* a lattice may have a single parameter, so its size is no question of the file's */
    const int64_t units = info->bytes_most > HOL_COLUMNS_MAX ? info->bytes_most : HOL_COLUMNS_MAX;
    const struct {
        const char *name;
        int64_t value, count, most;
    } counts[] = {{"visible", info->visible, info->visible, units},
                  {"hidden", info->hidden, info->hidden, units},
                  {"chains", info->chains, HOL_PRODUCT(info->chains, info->visible), info->bytes_most},
                  {"walks", info->walks, HOL_PRODUCT(info->walks, info->visible), info->bytes_most},
                  {"batch_size", info->batch_size, HOL_PRODUCT(info->batch_size, info->hidden), info->bytes_most},
                  {"history_rows", info->history_rows, HOL_PRODUCT(info->history_rows, 8), info->bytes_most}};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        if (counts[i].count > counts[i].most)
            return hol_error(HOL_BAD_INPUT, "%s: found %s %lld, expected fewer in a file of %lld bytes", info->path,
                             counts[i].name, (long long)counts[i].value, (long long)about.st_size);
    return HOL_OK;
}

static hol_status read_root(reader *self) {
    hol_status status = HOL_OK;
    hol_checkpoint_info *info = &self->info;
    char *model = NULL;
    uint64_t seal = 0;
    HOL_TRY(hol_h5_read_string(self->file, "holode_version", &info->version));
    HOL_TRY(hol_h5_read_string(self->file, "model", &model));
    (void)snprintf(info->model, sizeof info->model, "%s", model);
    HOL_TRY(read_numbers(self->file, info));
    if (!hol_guard_is_unchecked()) HOL_TRY(hol_h5_read_u64(self->file, "checksum", &seal, 1));
    HOL_TRY(compare(self, "attributes of /", hol_checkpoint_seal(info), seal));
    if (info->step < 0 || info->chains < 0 || info->history_rows < 0 || info->walks < 0 || info->batch_size < 0)
        HOL_TRY(hol_error(HOL_BAD_INPUT,
                          "%s: found step %lld, chains %lld, history_rows %lld, walks %lld, batch_size %lld, expected "
                          "none below 0",
                          info->path, (long long)info->step, (long long)info->chains, (long long)info->history_rows,
                          (long long)info->walks, (long long)info->batch_size));
    HOL_TRY(check_counts(info));
cleanup:
    hol_free(model);
    return status;
}

/* The parts that only some runs have. Their loss would be seen: the trailer guards the structure. */
static unsigned find_contents(const reader *self) {
    static const struct {
        const char *path;
        unsigned content;
    } parts[] = {{"/average", HOL_CHECKPOINT_AVERAGE},
                 {"/optimiser/square", HOL_CHECKPOINT_SQUARE},
                 {"/optimiser/previous_gradient", HOL_CHECKPOINT_STEP_FACTOR}};
    unsigned contents = 0;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (hol_h5_exists(self->file, parts[i].path)) contents |= parts[i].content;
    return contents;
}

static int64_t count_replicas(const reader *self) {
    char path[32];
    for (int64_t l = 0; l < HOL_TRAINER_LEVELS_MAX; l++) {
        (void)snprintf(path, sizeof path, "/replicas/%lld", (long long)l);
        if (!hol_h5_exists(self->file, path)) return l;
    }
    return HOL_TRAINER_LEVELS_MAX;
}

/* ------------------------------------------------------------------ data sets */

static const char *shape_text(int dimensions, const hsize_t *sizes, char text[64]) {
    if (dimensions == 0) (void)snprintf(text, 64, "one value");
    else if (dimensions == 1) (void)snprintf(text, 64, "%llu", (unsigned long long)sizes[0]);
    else if (dimensions == 2)
        (void)snprintf(text, 64, "%llu x %llu", (unsigned long long)sizes[0], (unsigned long long)sizes[1]);
    else (void)snprintf(text, 64, "%d dimensions", dimensions);
    return text;
}

static hol_status check_shape(const reader *self, const hol_part *part, hid_t set) {
    hol_status status = HOL_OK;
    char found_text[64], expected_text[64];
    hsize_t sizes[H5S_MAX_RANK] = {0};
    const hsize_t expected[2] = {(hsize_t)part->rows, (hsize_t)part->columns};
    hid_t space = -1, type = -1;
    HOL_TRY(hol_h5_check(space = H5Dget_space(set), HOL_BAD_INPUT, "%s: %s", self->info.path, part->path));
    HOL_TRY(hol_h5_check(type = H5Dget_type(set), HOL_BAD_INPUT, "%s: %s", self->info.path, part->path));
    const int dimensions = H5Sget_simple_extent_dims(space, sizes, NULL);
    bool equal = dimensions == part->dimensions;
    for (int d = 0; equal && d < dimensions; d++) equal = sizes[d] == expected[d];
    if (!equal)
        HOL_TRY(hol_error(HOL_BAD_INPUT, "%s: %s: found %s, expected %s", self->info.path, part->path,
                          shape_text(dimensions, sizes, found_text),
                          shape_text(part->dimensions, expected, expected_text)));
    /* 0 columns: the text's length is not known yet */
    if (part->kind == HOL_PART_TEXT && part->columns > 0 && H5Tget_size(type) != (size_t)part->columns)
        HOL_TRY(hol_error(HOL_BAD_INPUT, "%s: %s: found %zu bytes, expected %lld", self->info.path, part->path,
                          H5Tget_size(type), (long long)part->columns));
    if (part->kind != HOL_PART_TEXT && H5Tequal(type, part->file_type) <= 0)
        HOL_TRY(hol_error(HOL_BAD_INPUT, "%s: %s: found another type, expected %s of %d bits", self->info.path,
                          part->path,
                          H5Tget_class(part->file_type) == H5T_FLOAT ? "floating point"
                          : part->memory_type == H5T_NATIVE_INT32    ? "integers"
                                                                     : "unsigned integers",
                          (int)(8 * part->width)));
cleanup:
    hol_h5_close(&type);
    hol_h5_close(&space);
    return status;
}

static hol_status open_set(const reader *self, const hol_part *part, hid_t *ret_set) {
    hol_status status = HOL_OK;
    *ret_set = -1;
    HOL_TRY(hol_origin_check_links(self->file, self->info.path, part->path));
    if (!hol_h5_exists(self->file, part->path))
        return hol_error(HOL_BAD_INPUT, "%s: %s: found none, expected a data set", self->info.path, part->path);
    HOL_TRY(hol_h5_check(*ret_set = H5Dopen2(self->file, part->path, H5P_DEFAULT), HOL_BAD_INPUT,
                         "%s: %s cannot be opened", self->info.path, part->path));
    HOL_TRY(hol_origin_check_set(*ret_set, self->info.path, part->path));
    HOL_TRY(check_shape(self, part, *ret_set));
    HOL_TRY(hol_storage_check(*ret_set, self->info.path, part->path));
    return HOL_OK;
cleanup:
    hol_h5_close(ret_set);
    return status;
}

/* The text's type in the file; the caller closes it. */
static hol_status get_text_type(const reader *self, hid_t set, hid_t *ret_type) {
    hol_status status = HOL_OK;
    HOL_TRY(hol_h5_check(*ret_type = H5Dget_type(set), HOL_BAD_INPUT, "%s: /config", self->info.path));
    if (H5Tget_class(*ret_type) != H5T_STRING || H5Tis_variable_str(*ret_type) != 0)
        HOL_TRY(hol_error(HOL_BAD_INPUT, "%s: /config: found another type, expected a string of fixed length",
                          self->info.path));
    if (H5Tget_size(*ret_type) > HOL_PARTS_CONFIG_BYTES_MAX)
        HOL_TRY(hol_error(HOL_BAD_INPUT, "%s: /config: found %zu bytes, expected at most %d", self->info.path,
                          H5Tget_size(*ret_type), HOL_PARTS_CONFIG_BYTES_MAX));
    return HOL_OK;
cleanup:
    hol_h5_close(ret_type);
    return status;
}

static hol_status read_slice(const reader *self, const hol_part *part, hid_t set, int64_t first, int64_t rows) {
    hid_t file_space = -1, memory_space = -1, type = -1;
    hol_status status = HOL_OK;
    if (part->kind == HOL_PART_TEXT) HOL_TRY(get_text_type(self, set, &type));
    HOL_TRY(hol_part_select(part, first, rows, &file_space, &memory_space));
    HOL_TRY(hol_h5_check(
        H5Dread(set, type >= 0 ? type : part->memory_type, memory_space, file_space, H5P_DEFAULT, self->buffer),
        HOL_BAD_INPUT, "%s: %s cannot be read", self->info.path, part->path));
cleanup:
    hol_h5_close(&type);
    hol_h5_close(&memory_space);
    hol_h5_close(&file_space);
    return status;
}

/* Reads rows [first, first + rows) of a part, adds their hash to *hash, and stores them when the part has memory. */
static hol_status read_rows(const reader *self, hol_part *part, int64_t first, int64_t rows, uint64_t *hash) {
    hol_status status = HOL_OK;
    hid_t set = -1;
    const int64_t slice = hol_part_slice_rows(part), end = first + rows;
    HOL_TRY(open_set(self, part, &set));
    if (!hol_guard_is_unchecked()) HOL_TRY(hol_h5_read_u64(set, "checksum", &part->checksum, 1));
    for (int64_t at = first; at < end; at += slice) {
        const int64_t now = end - at < slice ? end - at : slice;
        HOL_TRY(read_slice(self, part, set, at, now));
        *hash += hol_part_hash(self->buffer, at, now, part->columns * part->width);
        if (part->memory) hol_part_set_rows(part, at, now, self->buffer);
    }
cleanup:
    hol_h5_close(&set);
    return status;
}

/* ------------------------------------------------------------------ a reader */

static hol_status read_config(reader *self) {
    hol_status status = HOL_OK;
    hol_part part = {.kind = HOL_PART_TEXT, .path = "/config", .rows = 1, .width = 1};
    hid_t set = -1, type = -1;
    uint64_t hash = 0;
    HOL_TRY(open_set(self, &part, &set));
    HOL_TRY(get_text_type(self, set, &type));
    part.columns = (int64_t)H5Tget_size(type);
    HOL_TRY((self->buffer = hol_allocate(part.columns, 1, "config")) ? HOL_OK : HOL_FAILURE);
    HOL_TRY(HOL_ALLOCATE(self->info.config, part.columns + 1, "config"));
    part.memory = self->info.config;
    HOL_TRY(read_rows(self, &part, 0, 1, &hash));
    HOL_TRY(compare(self, part.path, hash, part.checksum));
cleanup:
    hol_free(self->buffer);
    self->buffer = NULL;
    hol_h5_close(&type);
    hol_h5_close(&set);
    return status;
}

/* An HDF5 file without a trailer is no checkpoint, or not to be trusted as one; what is no HDF5 file, hol_h5_open
 * describes. */
static hol_status check_guard(const char *path) {
    hol_guard_found found = HOL_GUARD_NONE;
    const hol_status status = hol_guard_look(path, &found);
    if (status != HOL_OK || found != HOL_GUARD_NONE || hol_guard_is_unchecked()) return status;
    if (hol_file_look(path, NULL) != HOL_CONTENTS_HDF5) return HOL_OK;
    return hol_error(HOL_BAD_INPUT, "%s: found another HDF5 file, expected a holode checkpoint", path);
}

/* This rank's part of opening: what the file says of itself. */
static hol_status open_local(reader *self, const char *path) {
    hol_status status = HOL_OK;
    if (strlen(path) >= sizeof self->info.path)
        HOL_TRY(hol_error(HOL_BAD_INPUT, "%.100s...: found a path of %zu bytes, expected at most %d", path,
                          strlen(path), HOL_CHECKPOINT_PATH_MAX - 1));
    (void)snprintf(self->info.path, sizeof self->info.path, "%s", path);
    HOL_TRY(check_guard(path)); /* before HDF5 follows a damaged file's pointers */
    HOL_TRY(hol_h5_open(path, false, &self->file));
    HOL_TRY(read_format(self));
    HOL_TRY(read_root(self));
    self->info.contents = find_contents(self);
    self->info.replicas = count_replicas(self);
    HOL_TRY(read_config(self));
    HOL_TRY(hol_checkpoint_read_structures(self->file, &self->info));
cleanup:
    return status;
}

/* Ranks that see different files (folders of their own nodes) must not go on together. Collective. */
static hol_status compare_ranks(const reader *self) {
    hol_status status = HOL_OK;
    const int64_t seal = (int64_t)(hol_checkpoint_seal(&self->info) >> 1);
    int64_t ends[2] = {seal, -seal};
    HOL_TRY(hol_comm_max_i64(self->comm, ends, 2));
    if (ends[0] != -ends[1])
        HOL_TRY(hol_error(HOL_BAD_INPUT, "%s: found different files on the ranks, expected one that they share",
                          self->info.path));
cleanup:
    return status;
}

/* Collective. *ret_reader is the caller's to destroy, also after an error. */
static hol_status open_reader(hol_comm *comm, const char *path, reader **ret_reader) {
    hol_status status = HOL_OK;
    reader *self = NULL;
    status = HOL_ALLOCATE(self, 1, "checkpoint reader");
    *ret_reader = self;
    if (self) {
        self->comm = comm;
        self->file = -1;
        status = open_local(self, path);
    }
    HOL_TRY(hol_comm_agree(comm, status));
    HOL_TRY(compare_ranks(self));
cleanup:
    return status;
}

static hol_status list_parts(reader *self, const hol_model *model, const hol_parts_memory *memory) {
    const hol_checkpoint_info *info = &self->info;
    if (strcmp(model->ops->kind, info->model) != 0 || model->info.visible != info->visible ||
        model->info.hidden != info->hidden)
        return hol_error(HOL_BAD_INPUT,
                         "%s: found model %s with %lld visible and %lld hidden units, expected %s with %lld and %lld",
                         info->path, info->model, (long long)info->visible, (long long)info->hidden, model->ops->kind,
                         (long long)model->info.visible, (long long)model->info.hidden);
    const hol_status status = hol_checkpoint_compare_structures(info, model);
    if (status != HOL_OK) return status;
    hol_parts_list(model, info, (int64_t)strlen(info->config), memory, &self->parts);
    self->buffer = hol_allocate(hol_parts_buffer_bytes(&self->parts), 1, "checkpoint buffer");
    return self->buffer ? HOL_OK : HOL_FAILURE;
}

/* A metric that the writer did not know yet is not damage; all other parts must be there. */
static bool is_absent(const reader *self, const hol_part *part) {
    return part->kind == HOL_PART_METRIC && part->offset != HOL_METRIC_STEP && !hol_h5_exists(self->file, part->path);
}

/* Compares the sums over ranks of what was found; parts that every rank read whole, or nobody read, are left out
 * (counted[i] false). Collective. */
static hol_status compare_sums(reader *self, const bool *counted) {
    hol_status status = HOL_OK;
    int64_t sums[HOL_PARTS_MAX];
    memcpy(sums, self->found, sizeof sums);
    HOL_TRY(hol_comm_sum_i64(self->comm, sums, self->parts.count));
    for (int i = 0; status == HOL_OK && i < self->parts.count; i++)
        if (counted[i])
            status = compare(self, self->parts.part[i].path, (uint64_t)sums[i], self->parts.part[i].checksum);
    HOL_TRY(hol_comm_agree(self->comm, status));
cleanup:
    return status;
}

/* ------------------------------------------------------------------ validation */

/* Reads this rank's share of every part. */
static hol_status check_share(reader *self, bool *counted) {
    const int rank = hol_comm_rank(self->comm), size = hol_comm_size(self->comm);
    for (int i = 0; i < self->parts.count; i++) {
        hol_part *part = &self->parts.part[i];
        if (is_absent(self, part)) continue;
        int64_t first = 0, rows = 0;
        hol_comm_share(part->rows, rank, size, &first, &rows);
        const hol_status status = read_rows(self, part, first, rows, &self->found[i]);
        if (status != HOL_OK) return status;
        counted[i] = true;
    }
    return HOL_OK;
}

/* The parts of the energy that the file has no parameters of. Their loss would be seen: the trailer guards the
 * structure. */
static unsigned find_absent(const reader *self) {
    static const struct {
        const char *path;
        unsigned part;
    } parts[] = {{"/parameters/visible_bias", HOL_MODEL_BIASES},
                 {"/parameters/weights", HOL_MODEL_WEIGHTS},
                 {"/parameters/visible_couplings", HOL_MODEL_VISIBLE_COUPLINGS},
                 {"/parameters/hidden_couplings", HOL_MODEL_HIDDEN_COUPLINGS}};
    unsigned absent = 0;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (!hol_h5_exists(self->file, parts[i].path)) absent |= parts[i].part;
    if (hol_h5_exists(self->file, "/parameters/field")) absent &= ~(unsigned)HOL_MODEL_BIASES; /* of spins */
    return absent;
}

/* Opens a file, lists the parts of the model that it says it is of, reads this rank's share of them. Collective.
 * *ret_reader and *ret_model are the caller's to destroy, also after an error. */
static hol_status read_shares(hol_comm *comm, const char *path, bool *counted, reader **ret_reader,
                              hol_model **ret_model) {
    hol_status status = HOL_OK;
    HOL_TRY(open_reader(comm, path, ret_reader));
    reader *self = *ret_reader;
    const hol_checkpoint_info *info = &self->info;
    hol_model_options options = {.kind = info->model,
                                 .visible = info->visible,
                                 .hidden = info->hidden,
                                 .temperature = info->temperature,
                                 .without = find_absent(self),
                                 .structure_count = info->structure_count};
    memcpy(options.structures, info->structures, sizeof options.structures);
    status = hol_model_create(&options, ret_model);
    if (status == HOL_USAGE) status = hol_error(HOL_BAD_INPUT, "%s: %s", path, hol_error_message());
    if (status == HOL_OK) status = list_parts(self, *ret_model, &(hol_parts_memory){0});
    if (status == HOL_OK) status = check_share(self, counted);
    HOL_TRY(hol_comm_agree(comm, status));
cleanup:
    return status;
}

hol_status hol_checkpoint_validate(hol_comm *comm, const char *path) {
    reader *self = NULL;
    hol_model *model = NULL;
    bool counted[HOL_PARTS_MAX] = {false};
    hol_status status = read_shares(comm, path, counted, &self, &model);
    if (status == HOL_OK) status = compare_sums(self, counted);
    hol_model_destroy(model);
    reader_destroy(self);
    return status;
}

/* Rank 0's: the attributes of the copy. */
static hol_status write_checksums(const reader *self, const bool *counted, const uint64_t *sums, hid_t copy) {
    hol_status status = HOL_OK;
    hid_t set = -1;
    const uint64_t seal = hol_checkpoint_seal(&self->info);
    HOL_TRY(hol_h5_write_u64(copy, "checksum", &seal, 1));
    for (int i = 0; i < self->parts.count; i++) {
        if (!counted[i]) continue;
        HOL_TRY(hol_h5_check(set = H5Dopen2(copy, self->parts.part[i].path, H5P_DEFAULT), HOL_FAILURE, "%s: %s",
                             self->info.path, self->parts.part[i].path));
        HOL_TRY(hol_h5_write_u64(set, "checksum", &sums[i], 1));
        hol_h5_close(&set);
    }
cleanup:
    hol_h5_close(&set);
    return status;
}

hol_status hol_checkpoint_reseal(hol_comm *comm, const char *path, hid_t copy, int64_t *sets) {
    hol_status status = HOL_OK;
    reader *self = NULL;
    hol_model *model = NULL;
    bool counted[HOL_PARTS_MAX] = {false};
    int64_t sums[HOL_PARTS_MAX];
    uint64_t checksums[HOL_PARTS_MAX];
    HOL_TRY(read_shares(comm, path, counted, &self, &model));
    memcpy(sums, self->found, sizeof sums);
    HOL_TRY(hol_comm_sum_i64(comm, sums, self->parts.count));
    memcpy(checksums, sums, sizeof checksums);
    HOL_TRY(hol_comm_agree(comm, copy >= 0 ? write_checksums(self, counted, checksums, copy) : HOL_OK));
    for (int i = 0; i < self->parts.count; i++) *sets += counted[i];
cleanup:
    hol_model_destroy(model);
    reader_destroy(self);
    return status;
}

/* ------------------------------------------------------------------ finding */

/* The names of a directory are rank 0's: other nodes may still have an older view of it. Collective. */
static hol_status list_together(hol_comm *comm, const char *directory, int64_t **ret_steps, int64_t *ret_count) {
    hol_status status = HOL_OK;
    *ret_steps = NULL;
    *ret_count = 0;
    const bool first_rank = hol_comm_rank(comm) == 0;
    HOL_TRY(hol_comm_agree(comm, first_rank ? hol_checkpoint_list(directory, ret_steps, ret_count) : HOL_OK));
    HOL_TRY(hol_comm_broadcast(comm, ret_count, sizeof *ret_count));
    HOL_TRY(hol_comm_agree(comm, first_rank ? HOL_OK : HOL_ALLOCATE(*ret_steps, *ret_count, "names of checkpoints")));
    HOL_TRY(hol_comm_broadcast(comm, *ret_steps, *ret_count * (int64_t)sizeof **ret_steps));
cleanup:
    return status;
}

bool hol_checkpoint_is_gone(hol_comm *comm, const char *file, const char *path) {
    struct stat s;
    int8_t is_gone =
        hol_comm_rank(comm) == 0 && stat(file, &s) == 0 && S_ISDIR(s.st_mode) && stat(path, &s) != 0 && errno == ENOENT;
    return hol_comm_broadcast(comm, &is_gone, sizeof is_gone) == HOL_OK && is_gone;
}

/* One look at the directory. *ret_gone: a file that was listed has gone since, and the list is worth nothing. */
static hol_status look_for_newest(hol_comm *comm, const char *directory, char *path, bool *ret_found, bool *ret_gone) {
    hol_status status = HOL_OK;
    int64_t *steps = NULL, count = 0;
    *ret_found = *ret_gone = false;
    HOL_TRY(list_together(comm, directory, &steps, &count));
    for (int64_t i = 0; i < count; i++) {
        HOL_TRY(hol_comm_agree(comm, hol_checkpoint_name(directory, steps[i], path)));
        status = hol_checkpoint_validate(comm, path);
        *ret_found = status == HOL_OK;
        if (status == HOL_OK) break;
        *ret_gone = hol_checkpoint_is_gone(comm, directory, path);
        if (*ret_gone || status != HOL_BAD_INPUT) break; /* or the machine's fault, which an older file won't mend */
        hol_log_warning("%s; passed over", hol_error_message());
    }
    if (status == HOL_BAD_INPUT && !*ret_gone)
        status = hol_error(HOL_BAD_INPUT,
                           "%s: found %lld checkpoint(s), none of them good, expected one that is; the warnings say "
                           "why (move them away to start anew)",
                           directory, (long long)count);
cleanup:
    hol_free(steps);
    return status;
}

hol_status hol_checkpoint_find(hol_comm *comm, const char *directory, char *path, bool *ret_found) {
    hol_status status = HOL_OK;
    bool gone = true;
    for (int look = 0; gone && look < HOL_CHECKPOINT_LOOKS; look++)
        status = look_for_newest(comm, directory, path, ret_found, &gone);
    return status;
}

hol_status hol_checkpoint_resolve(hol_comm *comm, const char *file, char *path) {
    hol_status status = HOL_OK;
    bool found = false;
    struct stat s;
    int8_t is_directory = hol_comm_rank(comm) == 0 && stat(file, &s) == 0 && S_ISDIR(s.st_mode);
    HOL_TRY(hol_comm_broadcast(comm, &is_directory, sizeof is_directory));
    if (is_directory) {
        HOL_TRY(hol_checkpoint_find(comm, file, path, &found));
        if (!found) HOL_TRY(hol_error(HOL_BAD_INPUT, "%s: found no checkpoint in it, expected one", file));
        return HOL_OK;
    }
    if (snprintf(path, HOL_CHECKPOINT_PATH_MAX, "%s", file) >= HOL_CHECKPOINT_PATH_MAX)
        status = hol_error(HOL_BAD_INPUT, "%.100s...: found a path of %zu bytes, expected fewer", file, strlen(file));
    HOL_TRY(hol_comm_agree(comm, status));
cleanup:
    return status;
}

/* ------------------------------------------------------------------ reading */

hol_status hol_checkpoint_read_info(hol_comm *comm, const char *path, hol_checkpoint_info *ret_info) {
    reader *self = NULL;
    const hol_status status = open_reader(comm, path, &self);
    *ret_info = (hol_checkpoint_info){0};
    if (status == HOL_OK) {
        *ret_info = self->info;
        self->info = (hol_checkpoint_info){0}; /* the texts are the caller's now */
    }
    reader_destroy(self);
    return status;
}

/* Reads the parts that have memory: chains by this rank's blocks, all else whole, and checked here. */
static hol_status read_wanted(reader *self, bool *counted) {
    for (int i = 0; i < self->parts.count; i++) {
        hol_part *part = &self->parts.part[i];
        if (!part->memory || is_absent(self, part)) continue;
        int64_t first = 0, rows = part->rows;
        counted[i] = part->kind == HOL_PART_CHAINS;
        if (counted[i]) hol_population_get_owned(part->memory, &first, &rows);
        hol_status status = read_rows(self, part, first, rows, &self->found[i]);
        if (status == HOL_OK && !counted[i]) status = compare(self, part->path, self->found[i], part->checksum);
        if (status != HOL_OK) return status;
    }
    return HOL_OK;
}

/* Collective. The reader's info is known, memory fits it. */
static hol_status read_parts(reader *self, const hol_model *model, const hol_parts_memory *memory) {
    bool counted[HOL_PARTS_MAX] = {false};
    hol_status status = list_parts(self, model, memory);
    if (status == HOL_OK) status = read_wanted(self, counted);
    HOL_TRY(hol_comm_agree(self->comm, status));
    HOL_TRY(compare_sums(self, counted));
cleanup:
    return status;
}

static hol_status check_chains(const reader *self, const hol_population *chains) {
    const int64_t found = self->info.chains, expected = chains ? chains->count : 0;
    if (found == expected) return HOL_OK;
    return hol_error(HOL_BAD_INPUT, "%s: chains: found %lld, expected %lld", self->info.path, (long long)found,
                     (long long)expected);
}

static hol_status check_contents(const reader *self, const hol_state *state) {
    const int64_t replicas = hol_checkpoint_replicas(state);
    if (self->info.replicas != replicas)
        return hol_error(HOL_BAD_INPUT, "%s: /replicas: found %lld, expected %lld", self->info.path,
                         (long long)self->info.replicas, (long long)replicas);
    if (self->info.walks != hol_checkpoint_walks(state))
        return hol_error(HOL_BAD_INPUT, "%s: walks: found %lld, expected %lld", self->info.path,
                         (long long)self->info.walks, (long long)hol_checkpoint_walks(state));
    if (self->info.batch_size != hol_checkpoint_batch_size(state))
        return hol_error(HOL_BAD_INPUT, "%s: batch_size: found %lld, expected %lld", self->info.path,
                         (long long)self->info.batch_size, (long long)hol_checkpoint_batch_size(state));
    if (self->info.contents == hol_checkpoint_contents(state)) return HOL_OK;
    return hol_error(HOL_BAD_INPUT,
                     "%s: /optimiser and /average: found the state of another optimiser, expected this run's",
                     self->info.path);
}

static hol_status check_data(const reader *self, uint64_t expected) {
    const uint64_t found = self->info.data_fingerprint;
    if (expected == 0 || found == expected) return HOL_OK;
    return hol_error(HOL_BAD_INPUT, "%s: data_fingerprint: found %016llx, expected %016llx; its run has other data",
                     self->info.path, (unsigned long long)found, (unsigned long long)expected);
}

/* As many rows as the file has, of NaN. */
static hol_status prepare_history(const reader *self, hol_history *history) {
    double row[HOL_METRICS];
    for (int m = 0; m < HOL_METRICS; m++) row[m] = (double)NAN;
    hol_history_clear(history);
    for (int64_t r = 0; r < self->info.history_rows; r++) {
        const hol_status status = hol_history_append(history, row);
        if (status != HOL_OK) return status;
    }
    return HOL_OK;
}

hol_status hol_checkpoint_read_state(hol_comm *comm, const char *path, const hol_model *model, hol_state *state) {
    hol_status status = HOL_OK;
    reader *self = NULL;
    HOL_TRY(open_reader(comm, path, &self));
    status = check_chains(self, state->chains);
    if (status == HOL_OK) status = check_contents(self, state);
    if (status == HOL_OK) status = check_data(self, state->data_fingerprint);
    if (status == HOL_OK) status = prepare_history(self, &state->history);
    HOL_TRY(hol_comm_agree(comm, status));
    const hol_parts_memory memory = hol_parts_memory_of(state, NULL);
    HOL_TRY(read_parts(self, model, &memory));
    state->step = self->info.step;
    state->data_fingerprint = self->info.data_fingerprint;
cleanup:
    reader_destroy(self);
    return status;
}

hol_status hol_checkpoint_read_theta(hol_comm *comm, const char *path, const hol_model *model, float *theta) {
    hol_status status = HOL_OK;
    reader *self = NULL;
    HOL_TRY(open_reader(comm, path, &self));
    const bool averaged = self->info.contents & HOL_CHECKPOINT_AVERAGE;
    HOL_TRY(read_parts(self, model,
                       &(hol_parts_memory){.theta = averaged ? NULL : theta, .average = averaged ? theta : NULL}));
cleanup:
    reader_destroy(self);
    return status;
}

hol_status hol_checkpoint_read_chains(hol_comm *comm, const char *path, const hol_model *model,
                                      hol_population *chains) {
    hol_status status = HOL_OK;
    reader *self = NULL;
    HOL_TRY(open_reader(comm, path, &self));
    HOL_TRY(hol_comm_agree(comm, check_chains(self, chains)));
    HOL_TRY(read_parts(self, model, &(hol_parts_memory){.chains = chains}));
cleanup:
    reader_destroy(self);
    return status;
}

hol_status hol_checkpoint_read_history(hol_comm *comm, const char *path, const hol_model *model, hol_history *history) {
    hol_status status = HOL_OK;
    reader *self = NULL;
    HOL_TRY(open_reader(comm, path, &self));
    HOL_TRY(hol_comm_agree(comm, prepare_history(self, history)));
    HOL_TRY(read_parts(self, model, &(hol_parts_memory){.history = history->values}));
cleanup:
    reader_destroy(self);
    return status;
}
