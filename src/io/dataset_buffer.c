/* dataset_buffer: a data set's rows by whole chunks. */
#include <string.h>

#include "dataset_parts.h"
#include "io/guard.h"

int64_t hol_dataset_buffered_rows(const hol_dataset *self, int64_t first, int64_t end) {
    int64_t rows = self->buffer_rows;
    if (rows > self->chunk_rows) rows -= first % self->chunk_rows;
    return rows < end - first ? rows : end - first;
}

hol_status hol_dataset_fill_buffer(hol_dataset *self, int64_t first, int64_t rows) {
    if (self->alignment) {
        memcpy(self->buffer, self->alignment->states + first * self->columns, (size_t)(rows * self->columns));
        return HOL_OK;
    }
    const hol_status status = hol_h5_read_rows(self->set, self->named, self->memory_type, first, rows, self->buffer);
    if (status != HOL_OK || !self->checking) return status;
    const int64_t size = self->memory == MEMORY_BYTE ? 1 : 8;
    self->hash += hol_rows_hash(self->buffer, first, rows, self->columns * size);
    self->hashed_rows += rows;
    return HOL_OK;
}
