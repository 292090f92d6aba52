/* dataset_missing: which values of a data set are not known.
 *
 * They are a data set of bytes of their own, /missing/SPLIT, opened, read and compared with its checksum as others are.
 */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "dataset_parts.h"

bool hol_dataset_lacks_labels(const hol_dataset *self) { return self->has_label && self->labels < 0; }

bool hol_dataset_has_missing(const hol_dataset *self) {
    return self->missing || hol_dataset_lacks_labels(self) || self->lacks_some;
}

/* Bits behind the last column are none. */
static hol_status check_last(const hol_dataset *missing, int64_t columns, int64_t row, int64_t rows,
                             const uint8_t *bits) {
    const unsigned known = columns % 8 == 0 ? 0xff : (1U << columns % 8) - 1;
    for (int64_t r = 0; r < rows; r++)
        if (bits[(r + 1) * missing->columns - 1] & ~known)
            return hol_error(HOL_BAD_INPUT,
                             "%s: row %lld (from 0): found bits behind those of the %lld columns, expected none",
                             missing->named, (long long)(row + r), (long long)columns);
    return HOL_OK;
}

/* Of the file's columns. */
static hol_status read_bits(hol_dataset *self, int64_t first, int64_t rows, uint8_t *bits) {
    hol_dataset *missing = self->missing;
    const int64_t bytes = hol_dataset_missing_bytes(self->columns);
    if (!missing) {
        memset(bits, 0, (size_t)(rows * bytes));
        return HOL_OK;
    }
    for (int64_t row = first, end = first + rows; row < end;) {
        const int64_t now = hol_dataset_buffered_rows(missing, row, end);
        uint8_t *to = bits + (row - first) * bytes;
        hol_status status = hol_dataset_fill_buffer(missing, row, now);
        if (status == HOL_OK) memcpy(to, missing->buffer, (size_t)(now * bytes));
        if (status == HOL_OK) status = check_last(missing, self->columns, row, now, to);
        if (status != HOL_OK) return status;
        row += now;
    }
    return HOL_OK;
}

/* A label is the last column. */
hol_status hol_dataset_read_missing(hol_dataset *self, int64_t first, int64_t rows, uint8_t *bits) {
    assert(first >= 0 && rows >= 0 && first <= self->rows - rows);
    const int64_t bytes = hol_dataset_missing_bytes(self->columns),
                  all = hol_dataset_missing_bytes(hol_dataset_all_columns(self));
    const hol_status status = read_bits(self, first, rows, bits);
    for (int64_t r = rows - 1; r >= 0 && all > bytes; r--) {
        memmove(bits + r * all, bits + r * bytes, (size_t)bytes);
        bits[r * all + bytes] = 0;
    }
    return status == HOL_OK && self->has_label ? hol_dataset_mark_labels(self, first, rows, bits) : status;
}

hol_status hol_dataset_mark_numbers(hol_dataset *self, int64_t first, int64_t rows, float *numbers) {
    hol_status status = HOL_OK;
    const int64_t columns = self->columns, bytes = hol_dataset_missing_bytes(columns);
    uint8_t *bits = NULL;
    HOL_TRY(HOL_ALLOCATE(bits, HOL_PRODUCT(rows, bytes), "missing values"));
    HOL_TRY(read_bits(self, first, rows, bits));
    for (int64_t r = 0; r < rows; r++)
        for (int64_t c = 0; c < columns; c++)
            if (hol_dataset_is_missing(bits + r * bytes, c)) numbers[r * columns + c] = NAN;
cleanup:
    hol_free(bits);
    return status;
}

hol_status hol_dataset_refuse_missing(const hol_dataset *self, const char *what) {
    if (!hol_dataset_has_missing(self)) return HOL_OK;
    return hol_error(HOL_BAD_INPUT, "%s: found missing values, which %s cannot take, expected a data set without",
                     self->named, what);
}
