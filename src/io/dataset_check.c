/* dataset_check: the rows that were read against the checksum that our own files have of each set. */
#include "base/alloc.h"
#include "dataset_parts.h"
#include "io/guard.h"

hol_status hol_dataset_read_checksum(hol_dataset *self) {
    hol_guard_found found = HOL_GUARD_NONE;
    const hol_status status = hol_guard_look(self->file, &found);
    if (status != HOL_OK || found != HOL_GUARD_TRAILER || hol_guard_is_unchecked()) return status;
    self->has_checksum = hol_h5_has_attribute(self->set, "checksum");
    return self->has_checksum ? hol_h5_read_u64(self->set, "checksum", &self->checksum, 1) : HOL_OK;
}

void hol_dataset_begin_check(hol_dataset *self) {
    self->checking = true;
    self->hash = 0;
    self->hashed_rows = 0;
}

void hol_dataset_end_check(hol_dataset *self) { self->checking = false; }

/* Over the ranks. */
static hol_status sum_check(hol_comm *comm, const hol_dataset *self, uint64_t *ret_hash, int64_t *ret_rows) {
    int64_t sums[2] = {(int64_t)self->hash, self->hashed_rows};
    const hol_status status = comm ? hol_comm_sum_i64(comm, sums, 2) : HOL_OK;
    *ret_hash = (uint64_t)sums[0];
    *ret_rows = sums[1];
    return status;
}

hol_status hol_dataset_check(hol_comm *comm, const hol_dataset *self) {
    uint64_t hash = 0;
    int64_t rows = 0;
    const hol_status status = sum_check(comm, self, &hash, &rows);
    if (status != HOL_OK || !self->has_checksum || rows != self->rows || hash == self->checksum) return status;
    return hol_error(HOL_BAD_INPUT, "%s:%s: checksum found %016llx, expected %016llx; the file is damaged", self->file,
                     self->path, (unsigned long long)hash, (unsigned long long)self->checksum);
}

hol_status hol_dataset_find_checksum(hol_comm *comm, hol_dataset *self, uint64_t *ret_checksum) {
    hol_status status = HOL_OK;
    uint16_t *levels = NULL;
    int64_t first = 0, rows = 0, all = 0;
    const int64_t piece = self->piece_rows;
    hol_comm_share(self->rows, hol_comm_rank(comm), hol_comm_size(comm), &first, &rows);
    hol_dataset_begin_check(self);
    status = HOL_ALLOCATE(levels, HOL_PRODUCT(piece, self->columns), "rows of a data set");
    for (int64_t done = 0; status == HOL_OK && done < rows; done += piece)
        status = hol_dataset_read(self, first + done, rows - done < piece ? rows - done : piece, levels);
    hol_dataset_end_check(self);
    HOL_TRY(hol_comm_agree(comm, status));
    HOL_TRY(sum_check(comm, self, ret_checksum, &all));
cleanup:
    hol_free(levels);
    return status;
}
