/* dataset_alignment: aligned sequences in place of a data set of HDF5. */
#include "base/alloc.h"
#include "dataset_parts.h"

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

hol_status hol_dataset_of_alignment(hol_comm *comm, const char *path, hol_alignment *alignment,
                                    hol_dataset **ret_dataset) {
    hol_dataset *self = NULL;
    hol_status status = create_of(comm, path, alignment, &self);
    *ret_dataset = NULL;
    if (self) self->alignment = alignment;
    else hol_alignment_destroy(alignment);
    HOL_TRY(hol_comm_agree(comm, status));
    HOL_TRY(hol_dataset_compare_ranks(self, comm));
    *ret_dataset = self;
    return HOL_OK;
cleanup:
    hol_dataset_close(self);
    return status;
}
