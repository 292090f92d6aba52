/* checkpoint: what a file consists of, its checksums, and the files of a directory. checkpoint_write.c and
 * checkpoint_read.c do the rest. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "checkpoint_parts.h"
#include "num/bits.h"
#include "sample/population.h"

/* ------------------------------------------------------------------ parts */

static hol_part *add(hol_parts *parts, hol_part_kind kind, const char *folder, const char *name) {
    hol_part *part = &parts->part[parts->count++];
    *part = (hol_part){.kind = kind, .place = -1};
    (void)snprintf(part->path, sizeof part->path, "%s/%s", folder, name);
    return part;
}

static void add_groups(hol_parts *parts, const char *folder, const hol_model_info *info, float *values) {
    for (int g = 0; g < info->group_count; g++) {
        const hol_parameter_group *group = &info->groups[g];
        hol_part *part = add(parts, HOL_PART_TABLE, folder, group->name);
        const bool vector = group->rows == 1;
        part->file_type = H5T_IEEE_F32LE;
        part->memory_type = H5T_NATIVE_FLOAT;
        part->dimensions = vector ? 1 : 2;
        part->rows = vector ? group->columns : group->rows;
        part->columns = vector ? 1 : group->columns;
        part->width = sizeof *values;
        part->memory = values ? values + group->offset : NULL;
    }
}

hol_part hol_part_of_structure(const char *name, int64_t rows, int64_t columns, int32_t *memory) {
    hol_part part = {.kind = HOL_PART_TABLE, .dimensions = 2, .rows = rows, .columns = columns, .place = -1};
    (void)snprintf(part.path, sizeof part.path, "/structure/%s", name);
    part.file_type = H5T_STD_I32LE;
    part.memory_type = H5T_NATIVE_INT32;
    part.width = sizeof *memory;
    part.memory = memory;
    return part;
}

/* What the model is made from: written from its own arrays. The reader has read them before it knows the model. */
static void add_structures(hol_parts *parts, const hol_model_info *info, bool writing) {
    for (int s = 0; s < info->structure_count; s++) {
        const hol_structure *structure = &info->structures[s];
        int32_t *memory = writing ? (int32_t *)(uintptr_t)structure->values : NULL;
        parts->part[parts->count++] =
            hol_part_of_structure(structure->name, structure->rows, structure->columns, memory);
    }
}

static void add_doubles(hol_parts *parts, hol_part_kind kind, const char *folder, const char *name, int64_t rows,
                        int64_t offset, double *values) {
    hol_part *part = add(parts, kind, folder, name);
    part->file_type = H5T_IEEE_F64LE;
    part->memory_type = H5T_NATIVE_DOUBLE;
    part->dimensions = 1;
    part->rows = rows;
    part->columns = 1;
    part->width = sizeof *values;
    part->offset = offset;
    part->memory = values;
}

static void add_chains(hol_parts *parts, const char *folder, const char *name, int64_t chains, int64_t first_unit,
                       int64_t units, hol_population *population) {
    if (chains == 0 || units == 0) return;
    hol_part *part = add(parts, HOL_PART_CHAINS, folder, name);
    part->file_type = H5T_STD_U8LE;
    part->memory_type = H5T_NATIVE_UINT8;
    part->dimensions = 2;
    part->rows = chains;
    part->columns = units;
    part->width = 1;
    part->offset = first_unit;
    part->memory = population;
}

/* The levels of tempering below the highest. */
static void add_replicas(hol_parts *parts, const hol_checkpoint_info *info, const hol_model_info *model,
                         const hol_tempering *tempering) {
    for (int64_t l = 0; l < info->replicas; l++) {
        char folder[32];
        hol_population *chains = tempering ? hol_tempering_get(tempering, l) : NULL;
        (void)snprintf(folder, sizeof folder, "/replicas/%lld", (long long)l);
        add_chains(parts, folder, "visible", info->chains, 0, model->visible, chains);
        add_chains(parts, folder, "hidden", info->chains, model->visible, model->hidden, chains);
    }
}

/* The walks that carry ln Z along, what they weigh, and where they stand. */
static void add_partition(hol_parts *parts, const hol_checkpoint_info *info, const hol_model_info *model,
                          const hol_partition *partition) {
    if (info->walks == 0) return;
    hol_population *walks = partition ? partition->walks : NULL;
    add_chains(parts, "/partition", "visible", info->walks, 0, model->visible, walks);
    add_chains(parts, "/partition", "hidden", info->walks, model->visible, model->hidden, walks);
    add_doubles(parts, HOL_PART_TABLE, "/partition", "log_weights", info->walks, 0,
                partition ? partition->log_weights : NULL);
    add_groups(parts, "/partition/parameters", model, partition ? partition->path->start : NULL);
}

static void add_config(hol_parts *parts, int64_t bytes, char *config) {
    hol_part *part = add(parts, HOL_PART_TEXT, "", "config");
    part->file_type = part->memory_type = H5T_C_S1;
    part->rows = 1;
    part->columns = bytes > 0 ? bytes : 1; /* HDF5 knows no strings of length 0: "" is one NUL */
    part->width = 1;
    part->memory = config;
}

static void add_optimiser(hol_parts *parts, const hol_model_info *model, unsigned contents,
                          const hol_parts_memory *memory) {
    add_groups(parts, "/optimiser/velocity", model, memory->velocity);
    if (contents & HOL_CHECKPOINT_SQUARE) add_groups(parts, "/optimiser/square", model, memory->square);
    if (contents & HOL_CHECKPOINT_STEP_FACTOR) {
        add_groups(parts, "/optimiser/previous_gradient", model, memory->previous);
        add_doubles(parts, HOL_PART_TABLE, "/optimiser", "step_factor", 1, 0, memory->step_factor);
    }
    if (model->first_order > 0)
        add_doubles(parts, HOL_PART_TABLE, "/optimiser", "means", model->first_order, 0, memory->means);
}

void hol_parts_list(const hol_model *model, const hol_checkpoint_info *info, int64_t config_bytes,
                    const hol_parts_memory *memory, hol_parts *parts) {
    const hol_model_info *m = &model->info;
    parts->count = 0;
    add_config(parts, config_bytes, memory->config);
    add_structures(parts, m, memory->structures);
    add_groups(parts, "/parameters", m, memory->theta);
    if (info->contents & HOL_CHECKPOINT_AVERAGE) add_groups(parts, "/average", m, memory->average);
    add_optimiser(parts, m, info->contents, memory);
    add_chains(parts, "/chains", "visible", info->chains, 0, m->visible, memory->chains);
    add_chains(parts, "/chains", "hidden", info->chains, m->visible, m->hidden, memory->chains);
    add_chains(parts, "/batch", "hidden", info->batch_size, m->visible, m->hidden, memory->batch);
    add_replicas(parts, info, m, memory->tempering);
    add_partition(parts, info, m, memory->partition);
    for (int k = 0; k < HOL_METRICS; k++)
        add_doubles(parts, HOL_PART_METRIC, "/history", hol_metric_name((hol_metric)k), info->history_rows, k,
                    memory->history);
}

int64_t hol_checkpoint_replicas(const hol_state *state) {
    return state->tempering ? hol_tempering_get_levels(state->tempering) - 1 : 0;
}

int64_t hol_checkpoint_batch_size(const hol_state *state) { return state->batch ? state->batch->count : 0; }

int64_t hol_checkpoint_walks(const hol_state *state) { return state->partition ? state->partition->count : 0; }

unsigned hol_checkpoint_contents(const hol_state *state) {
    unsigned contents = 0;
    if (state->average) contents |= HOL_CHECKPOINT_AVERAGE;
    if (state->optimiser->square) contents |= HOL_CHECKPOINT_SQUARE;
    if (state->optimiser->previous) contents |= HOL_CHECKPOINT_STEP_FACTOR;
    return contents;
}

hol_parts_memory hol_parts_memory_of(const hol_state *state, char *config) {
    hol_optimiser *optimiser = state->optimiser;
    return (hol_parts_memory){.config = config,
                              .theta = state->theta,
                              .average = state->average,
                              .velocity = optimiser->velocity,
                              .square = optimiser->square,
                              .previous = optimiser->previous,
                              .step_factor = &optimiser->step_factor,
                              .means = optimiser->means,
                              .chains = state->chains,
                              .batch = state->batch,
                              .tempering = state->tempering,
                              .partition = state->partition,
                              .history = state->history.values};
}

int64_t hol_parts_bytes(const hol_parts *parts) {
    int64_t sum = 0;
    for (int i = 0; i < parts->count; i++) {
        const hol_part *part = &parts->part[i];
        sum += part->rows * part->columns * part->width;
    }
    return sum;
}

int64_t hol_part_slice_rows(const hol_part *part) {
    const int64_t rows = HOL_PARTS_SLICE_BYTES / (part->columns * part->width);
    return rows < 1 ? 1 : rows < part->rows ? rows : part->rows;
}

int64_t hol_parts_buffer_bytes(const hol_parts *parts) {
    int64_t most = 0;
    for (int i = 0; i < parts->count; i++) {
        const hol_part *part = &parts->part[i];
        const int64_t bytes = hol_part_slice_rows(part) * part->columns * part->width;
        if (bytes > most) most = bytes;
    }
    return most;
}

int64_t hol_parts_file_bytes(const hol_parts *parts) {
    enum { HEADER_BYTES = 768, ROOT_BYTES = 8192 }; /* per data set, and for the rest: measured */
    return hol_parts_bytes(parts) + parts->count * HEADER_BYTES + ROOT_BYTES;
}

static int64_t file_bytes(const hol_model *model, const hol_checkpoint_info *info) {
    hol_parts parts;
    hol_parts_list(model, info, 4096, &(hol_parts_memory){0}, &parts);
    return hol_parts_file_bytes(&parts);
}

int64_t hol_checkpoint_bytes(const hol_model *model, int64_t chains, int64_t history_rows) {
    return file_bytes(model, &(hol_checkpoint_info){.chains = chains, .history_rows = history_rows});
}

int64_t hol_checkpoint_state_bytes(const hol_model *model, const hol_state *state) {
    return file_bytes(model, &(hol_checkpoint_info){.chains = state->chains ? state->chains->count : 0,
                                                    .history_rows = state->history.rows,
                                                    .replicas = hol_checkpoint_replicas(state),
                                                    .walks = hol_checkpoint_walks(state),
                                                    .batch_size = hol_checkpoint_batch_size(state),
                                                    .contents = hol_checkpoint_contents(state)});
}

void hol_part_get_share(const hol_part *part, const hol_comm *comm, int64_t *ret_first, int64_t *ret_rows) {
    const int rank = hol_comm_rank(comm);
    *ret_first = 0;
    switch (part->kind) {
    case HOL_PART_TABLE: hol_comm_share(part->rows, rank, hol_comm_size(comm), ret_first, ret_rows); return;
    case HOL_PART_CHAINS: hol_population_get_owned(part->memory, ret_first, ret_rows); return;
    case HOL_PART_TEXT:
    case HOL_PART_METRIC: *ret_rows = rank == 0 ? part->rows : 0; return;
    }
}

void hol_part_get_rows(const hol_part *part, int64_t first, int64_t rows, void *buffer) {
    if (rows == 0) return;
    const size_t row_bytes = (size_t)(part->columns * part->width);
    if (part->kind == HOL_PART_CHAINS) {
        hol_population_get_bytes(part->memory, part->offset, part->columns, first, rows, buffer);
    } else if (part->kind == HOL_PART_METRIC) {
        const double *values = (const double *)part->memory + first * HOL_METRICS + part->offset;
        for (int64_t r = 0; r < rows; r++) ((double *)buffer)[r] = values[r * HOL_METRICS];
    } else {
        memcpy(buffer, (const char *)part->memory + (size_t)first * row_bytes, (size_t)rows * row_bytes);
    }
}

void hol_part_set_rows(const hol_part *part, int64_t first, int64_t rows, const void *buffer) {
    if (rows == 0) return;
    const size_t row_bytes = (size_t)(part->columns * part->width);
    if (part->kind == HOL_PART_CHAINS) {
        hol_population_set_bytes(part->memory, part->offset, part->columns, first, rows, buffer);
    } else if (part->kind == HOL_PART_METRIC) {
        double *values = (double *)part->memory + first * HOL_METRICS + part->offset;
        for (int64_t r = 0; r < rows; r++) values[r * HOL_METRICS] = ((const double *)buffer)[r];
    } else {
        memcpy((char *)part->memory + (size_t)first * row_bytes, buffer, (size_t)rows * row_bytes);
    }
}

hol_status hol_part_select(const hol_part *part, int64_t first, int64_t rows, hid_t *ret_file_space,
                           hid_t *ret_memory_space) {
    hol_status status = HOL_OK;
    const hsize_t all[2] = {(hsize_t)part->rows, (hsize_t)part->columns};
    const hsize_t start[2] = {(hsize_t)first, 0}, count[2] = {(hsize_t)rows, (hsize_t)part->columns};
    *ret_file_space = *ret_memory_space = -1;
    if (part->dimensions == 0) {
        HOL_TRY(hol_h5_check(*ret_file_space = H5Screate(H5S_SCALAR), HOL_FAILURE, "%s", part->path));
        HOL_TRY(hol_h5_check(*ret_memory_space = H5Screate(H5S_SCALAR), HOL_FAILURE, "%s", part->path));
        return HOL_OK;
    }
    HOL_TRY(
        hol_h5_check(*ret_file_space = H5Screate_simple(part->dimensions, all, NULL), HOL_FAILURE, "%s", part->path));
    HOL_TRY(hol_h5_check(H5Sselect_hyperslab(*ret_file_space, H5S_SELECT_SET, start, NULL, count, NULL), HOL_FAILURE,
                         "%s", part->path));
    HOL_TRY(hol_h5_check(*ret_memory_space = H5Screate_simple(part->dimensions, count, NULL), HOL_FAILURE, "%s",
                         part->path));
    return HOL_OK;
cleanup:
    hol_h5_close(ret_memory_space);
    hol_h5_close(ret_file_space);
    return status;
}

/* ------------------------------------------------------------------ the checksum of the root */

uint64_t hol_checkpoint_seal(const hol_checkpoint_info *info) {
    char text[512];
    int length =
        snprintf(text, sizeof text, "%s %lld %lld %a %lld %llu %llu %lld %lld %lld %lld", info->model,
                 (long long)info->visible, (long long)info->hidden, info->temperature, (long long)info->step,
                 (unsigned long long)info->seed, (unsigned long long)info->data_fingerprint, (long long)info->chains,
                 (long long)info->history_rows, (long long)info->item_shape[0], (long long)info->item_shape[1]);
    /* those that a file may lack are not in the text either */
    if (info->walks > 0)
        length += snprintf(text + length, sizeof text - (size_t)length, " walks %lld", (long long)info->walks);
    if (info->batch_size > 0)
        length +=
            snprintf(text + length, sizeof text - (size_t)length, " batch_size %lld", (long long)info->batch_size);
    return hol_part_hash(text, 0, 1, length);
}

/* ------------------------------------------------------------------ the files of a directory */

hol_status hol_checkpoint_name(const char *directory, int64_t step, char *path) {
    char which[32] = "best";
    if (step != HOL_CHECKPOINT_BEST) (void)snprintf(which, sizeof which, "%09lld", (long long)step);
    const int length = snprintf(path, HOL_CHECKPOINT_PATH_MAX, "%s/checkpoint-%s.h5", directory, which);
    if (length < HOL_CHECKPOINT_PATH_MAX) return HOL_OK;
    return hol_error(HOL_FAILURE, "%.100s...: found a path of %d bytes, expected at most %d", directory, length,
                     HOL_CHECKPOINT_PATH_MAX - 1);
}

/* The step of "checkpoint-STEP.h5"; -1 for all other names. */
static int64_t step_of(const char *name) {
    static const char start[] = "checkpoint-";
    char again[64], *end = NULL;
    if (strncmp(name, start, sizeof start - 1) != 0) return -1;
    errno = 0;
    const long long step = strtoll(name + sizeof start - 1, &end, 10);
    if (errno != 0 || step < 0) return -1;
    (void)snprintf(again, sizeof again, "checkpoint-%09lld.h5", step);
    return strcmp(name, again) == 0 ? (int64_t)step : -1;
}

static int newer_first(const void *a, const void *b) {
    const int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left < right) - (left > right);
}

static hol_status append_step(int64_t **steps, int64_t *count, int64_t *capacity, int64_t step) {
    if (*count == *capacity) {
        int64_t *grown = NULL;
        const int64_t larger = *capacity ? 2 * *capacity : 64;
        const hol_status status = HOL_ALLOCATE(grown, larger, "names of checkpoints");
        if (status != HOL_OK) return status;
        if (*count > 0) memcpy(grown, *steps, (size_t)*count * sizeof *grown);
        hol_free(*steps);
        *steps = grown;
        *capacity = larger;
    }
    (*steps)[(*count)++] = step;
    return HOL_OK;
}

hol_status hol_checkpoint_list(const char *directory, int64_t **ret_steps, int64_t *ret_count) {
    hol_status status = HOL_OK;
    int64_t *steps = NULL, count = 0, capacity = 0;
    *ret_steps = NULL;
    *ret_count = 0;
    DIR *open = opendir(directory);
    if (!open && errno == ENOENT) return HOL_OK;
    if (!open) return hol_error(HOL_FAILURE, "%s: %s", directory, strerror(errno));
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(open);
        if (!entry && errno != 0) HOL_TRY(hol_error(HOL_FAILURE, "%s: %s", directory, strerror(errno)));
        if (!entry) break;
        const int64_t step = step_of(entry->d_name);
        if (step >= 0) HOL_TRY(append_step(&steps, &count, &capacity, step));
    }
    if (count > 0) qsort(steps, (size_t)count, sizeof *steps, newer_first);
    *ret_steps = steps;
    *ret_count = count;
    steps = NULL;
cleanup:
    hol_free(steps);
    (void)closedir(open);
    return status;
}
