/* dataset_alignment: aligned sequences in place of a data set of HDF5. */
#include <string.h>

#include "base/alloc.h"
#include "dataset_parts.h"
#include "io/dataset_notes.h"

enum { BUFFER_BYTES = 4 << 20 };

static hol_status create_of(hol_comm *comm, const char *path, hol_alignment *alignment, hol_dataset **ret) {
    hol_dataset *self = NULL;
    hol_status status = HOL_OK;
    HOL_TRY(HOL_ALLOCATE(self, 1, "data set"));
    *ret = self;
    self->comm = comm;
    self->handle = self->set = self->memory_type = self->labels = -1;
    self->rows = alignment->rows;
    self->columns = alignment->columns;
    self->memory = MEMORY_BYTE;
    self->has_kind = true;
    self->maximum = alignment->alphabet.count - 1;
    self->kind = self->maximum > 1 ? HOL_DATASET_STATES : HOL_DATASET_BINARY;
    HOL_TRY(hol_format_text(&self->file, "name of a data set", "%s", path));
    HOL_TRY(hol_format_text(&self->named, "name of a data set", "%s", path));
    HOL_TRY(hol_format_text(&self->path, "name of a data set", "/sequences"));
    self->chunk_rows = 1;
    self->buffer_rows = self->columns < BUFFER_BYTES ? BUFFER_BYTES / self->columns : 1;
    if (self->buffer_rows > self->rows) self->buffer_rows = self->rows;
    self->buffer = hol_allocate(self->buffer_rows * self->columns, 1);
    if (!self->buffer) status = hol_allocate_error(self->buffer_rows * self->columns, 1, "buffer of a data set");
cleanup:
    return status;
}

/* Bits of the states that are missing become a data set of bytes, as those of a file are; the states 0. */
static hol_status take_missing(hol_dataset *self) {
    hol_status status = HOL_OK;
    hol_alignment *bits = NULL;
    const int64_t columns = self->columns, bytes = hol_dataset_missing_bytes(columns);
    uint8_t *states = self->alignment->states;
    if (self->rows == 0 || !memchr(states, HOL_ALIGNMENT_MISSING, (size_t)(self->rows * columns))) return HOL_OK;
    HOL_TRY(HOL_ALLOCATE(bits, 1, "missing values"));
    *bits = (hol_alignment){.rows = self->rows, .columns = bytes};
    HOL_TRY(HOL_ALLOCATE(bits->states, HOL_PRODUCT(self->rows, bytes), "missing values"));
    for (int64_t r = 0; r < self->rows; r++)
        for (int64_t c = 0; c < columns; c++) {
            uint8_t *state = states + r * columns + c;
            if (*state != HOL_ALIGNMENT_MISSING) continue;
            bits->states[r * bytes + c / 8] |= (uint8_t)(1 << c % 8);
            *state = 0;
        }
    HOL_TRY(create_of(self->comm, self->file, bits, &self->missing));
    self->missing->alignment = bits;
    return HOL_OK;
cleanup:
    hol_alignment_destroy(bits);
    return status;
}

hol_status hol_dataset_copy_names(const hol_dataset *self, char ***ret_names) {
    if (self->alignment) return hol_alignment_copy_names(self->alignment, ret_names);
    return hol_dataset_read_names(self->comm, self->file, self->path, self->rows, ret_names);
}

hol_status hol_dataset_of_alignment(hol_comm *comm, const char *path, hol_alignment *alignment,
                                    hol_dataset **ret_dataset) {
    hol_dataset *self = NULL;
    hol_status status = create_of(comm, path, alignment, &self);
    *ret_dataset = NULL;
    if (self) self->alignment = alignment;
    else hol_alignment_destroy(alignment);
    if (status == HOL_OK) status = take_missing(self);
    HOL_TRY(hol_comm_agree(comm, status));
    HOL_TRY(hol_dataset_compare_ranks(self, comm));
    *ret_dataset = self;
    return HOL_OK;
cleanup:
    hol_dataset_close(self);
    return status;
}
