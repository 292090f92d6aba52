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
#include "checkpoint_stored.h"
#include "io/dataset.h"
#include "io/recognize.h"
#include "origin.h"

/* a checkpoint is not compressed; one that another program rewrote may be, and bits in bytes are an eighth then */
enum { COMPRESSION = 16 };

struct hol_checkpoint_file {
    hol_comm *comm;
    hol_checkpoint_info info;
    hid_t file;
    hol_stored_list list;
};

typedef hol_checkpoint_file reader;

const hol_checkpoint_info *hol_checkpoint_get_info(const hol_checkpoint_file *file) { return &file->info; }

bool hol_checkpoint_has(const hol_checkpoint_file *file, const char *path) { return hol_h5_exists(file->file, path); }

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
    hol_stored_clear(&self->list);
    hol_free(self);
}

/* ------------------------------------------------------------------ the root */

static hol_status read_format(reader *self) {
    hol_status status = HOL_OK;
    int64_t version = 0;
    if (!hol_h5_has_format(self->file, "holode checkpoint"))
        return hol_file_refuse(self->comm, HOL_BAD_INPUT, self->info.path, "a holode checkpoint");
    HOL_TRY(hol_h5_read_i64(self->file, "format_version", &version, 1));
    if (version < 1 || version > HOL_CHECKPOINT_FORMAT_VERSION)
        HOL_TRY(hol_error(HOL_BAD_INPUT, "%s: format_version: found %lld, expected at most %d; a newer holode wrote it",
                          self->info.path, (long long)version, HOL_CHECKPOINT_FORMAT_VERSION));
    self->info.format = version;
cleanup:
    return status;
}

static hol_status compare(const reader *self, const char *place, uint64_t found, uint64_t expected) {
    if (found == expected || hol_guard_is_unchecked(self->comm)) return HOL_OK;
    return hol_error(HOL_BAD_INPUT, "%s: %s: checksum found %016llx, expected %016llx; the file is damaged",
                     self->info.path, place, (unsigned long long)found, (unsigned long long)expected);
}

/* What the attributes say is believed only as far as a file of this size can hold it. */
static hol_status check_counts(hol_checkpoint_info *info) {
    struct stat attributes;
    if (stat(info->path, &attributes) != 0)
        return hol_error(HOL_BAD_INPUT, "%s: cannot be read: %s", info->path, strerror(errno));
    info->bytes_most = HOL_PRODUCT((int64_t)attributes.st_size, COMPRESSION);
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
                             counts[i].name, (long long)counts[i].value, (long long)attributes.st_size);
    return HOL_OK;
}

static hol_status read_root(reader *self) {
    hol_status status = HOL_OK;
    hol_checkpoint_info *info = &self->info;
    uint64_t seal = 0;
    HOL_TRY(hol_h5_read_string(self->file, "holode_version", &info->version));
    HOL_TRY(hol_checkpoint_read_attributes(self->file, info));
    if (!hol_guard_is_unchecked(self->comm)) HOL_TRY(hol_h5_read_u64(self->file, "checksum", &seal, 1));
    HOL_TRY(compare(self, "attributes of /", hol_checkpoint_seal(info), seal));
    HOL_TRY(hol_checkpoint_check_attributes(info));
    HOL_TRY(check_counts(info));
cleanup:
    return status;
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

static const char *type_name(const hol_field *field) {
    if (field->type == HOL_FIELD_I32) return "integers";
    return field->type == HOL_FIELD_U8 ? "unsigned integers" : "floating point";
}

static hol_status check_shape(const reader *self, const hol_field *field, hid_t set) {
    hol_status status = HOL_OK;
    char found_text[64], expected_text[64];
    hol_h5_shape found;
    const hsize_t expected[2] = {(hsize_t)field->rows, (hsize_t)field->columns};
    hid_t type = -1;
    HOL_TRY(hol_h5_get_shape(set, field->path, &found));
    bool equal = found.dimensions == field->dimensions;
    for (int d = 0; equal && d < found.dimensions; d++) equal = found.sizes[d] == expected[d];
    if (!equal)
        HOL_TRY(hol_error(HOL_BAD_INPUT, "%s: %s: found %s, expected %s", self->info.path, field->path,
                          shape_text(found.dimensions, found.sizes, found_text),
                          shape_text(field->dimensions, expected, expected_text)));
    /* 0 columns: the text's length is not known yet */
    if (field->type == HOL_FIELD_TEXT && field->columns > 0 && found.width != field->columns)
        HOL_TRY(hol_error(HOL_BAD_INPUT, "%s: %s: found %lld bytes, expected %lld", self->info.path, field->path,
                          (long long)found.width, (long long)field->columns));
    if (field->type == HOL_FIELD_TEXT) return HOL_OK;
    HOL_TRY(hol_h5_check(type = H5Dget_type(set), HOL_BAD_INPUT, "%s: %s", self->info.path, field->path));
    if (H5Tequal(type, hol_stored_file_type(field)) <= 0)
        HOL_TRY(hol_error(HOL_BAD_INPUT, "%s: %s: found another type, expected %s of %d bits", self->info.path,
                          field->path, type_name(field), (int)(8 * hol_field_width(field))));
cleanup:
    hol_h5_close(&type);
    return status;
}

static hol_status open_set(const reader *self, const hol_field *field, hid_t *ret_set) {
    hol_status status = HOL_OK;
    *ret_set = -1;
    HOL_TRY(hol_origin_open_set(self->comm, self->file, self->info.path, field->path, ret_set));
    HOL_TRY(check_shape(self, field, *ret_set));
    HOL_TRY(hol_origin_check_size(*ret_set, self->info.path, field->path));
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

static hol_status read_some(const reader *self, const hol_field *field, hid_t set, int64_t first, int64_t rows,
                            void *buffer) {
    hid_t type = -1;
    char named[HOL_CHECKPOINT_PATH_MAX + HOL_FIELD_PATH_MAX + 2];
    hol_status status = HOL_OK;
    (void)snprintf(named, sizeof named, "%s: %s", self->info.path, field->path);
    if (field->type == HOL_FIELD_TEXT) HOL_TRY(get_text_type(self, set, &type));
    HOL_TRY(hol_h5_read_rows(set, named, type >= 0 ? type : hol_stored_memory_type(field), first, rows, buffer));
cleanup:
    hol_h5_close(&type);
    return status;
}

/* Whether what is read goes to memory. */
static bool is_wanted(const hol_field *field) { return field->memory && !field->fixed; }

/* Reads rows [first, first + rows) of a part, adds their hash to part->found, and stores them when they are wanted.
 * buffer holds them. */
static hol_status read_rows(const reader *self, hol_stored *stored, int64_t first, int64_t rows, void *buffer) {
    hol_status status = HOL_OK;
    hid_t set = -1;
    const hol_field *field = &stored->field;
    const int64_t step = hol_stored_rows_at_once(field), end = first + rows;
    HOL_TRY(open_set(self, field, &set));
    if (!hol_guard_is_unchecked(self->comm)) HOL_TRY(hol_h5_read_u64(set, "checksum", &stored->checksum, 1));
    for (int64_t at = first; at < end; at += step) {
        const int64_t now = end - at < step ? end - at : step;
        HOL_TRY(read_some(self, field, set, at, now, buffer));
        stored->found += hol_rows_hash(buffer, at, now, hol_field_row_bytes(field));
        if (is_wanted(field)) hol_field_set_rows(field, at, now, buffer);
    }
cleanup:
    hol_h5_close(&set);
    return status;
}

/* ------------------------------------------------------------------ a reader */

/* 0 columns: its length is not known yet. */
static hol_status measure_config(const reader *self, int64_t *ret_bytes) {
    hol_status status = HOL_OK;
    hol_field field = hol_checkpoint_config_field(NULL, 0);
    hid_t set = -1, type = -1;
    field.columns = 0;
    HOL_TRY(open_set(self, &field, &set));
    HOL_TRY(get_text_type(self, set, &type));
    *ret_bytes = (int64_t)H5Tget_size(type);
cleanup:
    hol_h5_close(&type);
    hol_h5_close(&set);
    return status;
}

static hol_status read_config(reader *self) {
    hol_status status = HOL_OK;
    void *buffer = NULL;
    int64_t bytes = 0;
    HOL_TRY(measure_config(self, &bytes));
    HOL_TRY(HOL_ALLOCATE(buffer, bytes, "config"));
    HOL_TRY(HOL_ALLOCATE(self->info.config, bytes + 1, "config"));
    hol_stored stored = {.field = hol_checkpoint_config_field(self->info.config, bytes)};
    HOL_TRY(read_rows(self, &stored, 0, 1, buffer));
    HOL_TRY(compare(self, stored.field.path, stored.found, stored.checksum));
cleanup:
    hol_free(buffer);
    return status;
}

/* An HDF5 file without a trailer is no checkpoint, or not to be trusted as one; what is no HDF5 file, hol_h5_open
 * describes. */
static hol_status check_guard(hol_comm *comm, const char *path) {
    hol_guard_found found = HOL_GUARD_NONE;
    const hol_status status = hol_guard_look(comm, path, &found);
    if (status != HOL_OK || found != HOL_GUARD_NONE || hol_guard_is_unchecked(comm)) return status;
    if (hol_contents_look(path, NULL).kind != HOL_CONTENTS_HDF5) return HOL_OK;
    return hol_error(HOL_BAD_INPUT, "%s: found another HDF5 file, expected a holode checkpoint", path);
}

/* This rank's part of opening: what the file says of itself. */
static hol_status open_local(reader *self, const char *path) {
    hol_status status = HOL_OK;
    if (strlen(path) >= sizeof self->info.path)
        HOL_TRY(hol_error(HOL_BAD_INPUT, "%.100s...: found a path of %zu bytes, expected at most %d", path,
                          strlen(path), HOL_CHECKPOINT_PATH_MAX - 1));
    (void)snprintf(self->info.path, sizeof self->info.path, "%s", path);
    HOL_TRY(check_guard(self->comm, path)); /* before HDF5 follows a damaged file's pointers */
    HOL_TRY(hol_h5_open(self->comm, path, false, &self->file));
    HOL_TRY(read_format(self));
    HOL_TRY(read_root(self));
    HOL_TRY(read_config(self));
    HOL_TRY(hol_checkpoint_read_structures(self->comm, self->file, &self->info));
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

static hol_status list_parts(reader *self, hol_checkpoint_lister lister, void *context) {
    hol_status status = HOL_OK;
    hol_field_list fields = {0};
    HOL_TRY(lister(context, self, &fields));
    HOL_TRY(hol_stored_create(NULL, (int64_t)strlen(self->info.config), &fields, false, &self->list));
    HOL_TRY(hol_stored_create_buffer(NULL, &self->list));
cleanup:
    hol_field_list_clear(&fields);
    return status;
}

/* Not damage: what this run did not keep, or its program did not know yet. All other parts must be there. */
static bool is_absent(const reader *self, const hol_field *field) {
    return field->presence != HOL_FIELD_ALWAYS && !hol_h5_exists(self->file, field->group);
}

/* Compares the sums over ranks of what was found; parts that every rank read whole, or nobody read, are left out.
 * Collective. */
static hol_status compare_sums(reader *self) {
    hol_status status = HOL_OK;
    hol_stored_list *list = &self->list;
    for (int i = 0; i < list->count; i++) list->sums[i] = (int64_t)list->stored[i].found;
    HOL_TRY(hol_comm_sum_i64(self->comm, list->sums, list->count));
    for (int i = 0; status == HOL_OK && i < list->count; i++) {
        const hol_stored *stored = &list->stored[i];
        if (stored->counted) status = compare(self, stored->field.path, (uint64_t)list->sums[i], stored->checksum);
    }
    HOL_TRY(hol_comm_agree(self->comm, status));
cleanup:
    return status;
}

/* ------------------------------------------------------------------ validation */

/* Reads this rank's share of every part. */
static hol_status check_share(reader *self) {
    const int rank = hol_comm_rank(self->comm), size = hol_comm_size(self->comm);
    for (int i = 0; i < self->list.count; i++) {
        hol_stored *stored = &self->list.stored[i];
        if (is_absent(self, &stored->field)) continue;
        int64_t first = 0, rows = 0;
        hol_comm_share(stored->field.rows, rank, size, &first, &rows);
        const hol_status status = read_rows(self, stored, first, rows, self->list.buffer);
        if (status != HOL_OK) return status;
        stored->counted = true;
    }
    return HOL_OK;
}

/* Opens a file, lists its parts, reads this rank's share of them. Collective. *ret_reader is the caller's to destroy,
 * also after an error. */
static hol_status read_shares(hol_comm *comm, hol_checkpoint_lister outline, const char *path, reader **ret_reader) {
    hol_status status = HOL_OK;
    HOL_TRY(open_reader(comm, path, ret_reader));
    status = list_parts(*ret_reader, outline, NULL);
    if (status == HOL_OK) status = check_share(*ret_reader);
    HOL_TRY(hol_comm_agree(comm, status));
cleanup:
    return status;
}

hol_status hol_checkpoint_validate(hol_comm *comm, hol_checkpoint_lister outline, const char *path) {
    reader *self = NULL;
    hol_status status = read_shares(comm, outline, path, &self);
    if (status == HOL_OK) status = compare_sums(self);
    reader_destroy(self);
    return status;
}

/* Rank 0's: the attributes of the copy. */
static hol_status write_checksums(const reader *self, hid_t copy) {
    hol_status status = HOL_OK;
    hid_t set = -1;
    const uint64_t seal = hol_checkpoint_seal(&self->info);
    HOL_TRY(hol_h5_write_u64(copy, "checksum", &seal, 1));
    for (int i = 0; i < self->list.count; i++) {
        const hol_stored *stored = &self->list.stored[i];
        const uint64_t checksum = (uint64_t)self->list.sums[i];
        if (!stored->counted) continue;
        HOL_TRY(hol_h5_check(set = H5Dopen2(copy, stored->field.path, H5P_DEFAULT), HOL_FAILURE, "%s: %s",
                             self->info.path, stored->field.path));
        HOL_TRY(hol_h5_write_u64(set, "checksum", &checksum, 1));
        hol_h5_close(&set);
    }
cleanup:
    hol_h5_close(&set);
    return status;
}

hol_status hol_checkpoint_reseal(hol_comm *comm, hol_checkpoint_lister outline, const char *path, hid_t copy,
                                 int64_t *sets) {
    hol_status status = HOL_OK;
    reader *self = NULL;
    HOL_TRY(read_shares(comm, outline, path, &self));
    hol_stored_list *list = &self->list;
    for (int i = 0; i < list->count; i++) list->sums[i] = (int64_t)list->stored[i].found;
    HOL_TRY(hol_comm_sum_i64(comm, list->sums, list->count));
    HOL_TRY(hol_comm_agree(comm, copy >= 0 ? write_checksums(self, copy) : HOL_OK));
    for (int i = 0; i < list->count; i++) *sets += list->stored[i].counted;
cleanup:
    reader_destroy(self);
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

/* What only some runs keep is in the file when it has memory, and only then. */
static hol_status compare_presence(const reader *self, const hol_field *field) {
    const bool found = !is_absent(self, field);
    if (field->presence != HOL_FIELD_OPTIONAL || found == (field->memory != NULL)) return HOL_OK;
    return hol_error(HOL_BAD_INPUT,
                     found ? "%s: %s: found what another learning rule keeps, expected this run's, which keeps none"
                           : "%s: %s: found none, expected this run's: the file is of another learning rule",
                     self->info.path, field->group);
}

/* Reads the parts that have memory: each rank its own rows, all else whole, and checked here. */
static hol_status read_wanted(reader *self) {
    for (int i = 0; i < self->list.count; i++) {
        hol_stored *stored = &self->list.stored[i];
        const hol_field *field = &stored->field;
        hol_status status = compare_presence(self, field);
        if (status != HOL_OK) return status;
        if (!is_wanted(field) || is_absent(self, field)) continue;
        stored->counted = field->owner == HOL_FIELD_OWN;
        status = read_rows(self, stored, stored->counted ? field->own_first : 0,
                           stored->counted ? field->own_rows : field->rows, self->list.buffer);
        if (status == HOL_OK && !stored->counted) status = compare(self, field->path, stored->found, stored->checksum);
        if (status != HOL_OK) return status;
    }
    return HOL_OK;
}

hol_status hol_checkpoint_read(hol_comm *comm, const char *path, hol_checkpoint_lister lister, void *context) {
    hol_status status = HOL_OK;
    reader *self = NULL;
    HOL_TRY(open_reader(comm, path, &self));
    status = list_parts(self, lister, context);
    if (status == HOL_OK) status = read_wanted(self);
    HOL_TRY(hol_comm_agree(comm, status));
    HOL_TRY(compare_sums(self));
cleanup:
    reader_destroy(self);
    return status;
}
