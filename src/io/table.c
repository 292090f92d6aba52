/* table: one data set after the other. */
#include "io/table.h"

#include "base/alloc.h"
#include "io/h5.h"
#include "io/replace.h"

hol_status hol_table_write(hol_comm *comm, const char *path, const char *format, const hol_table *tables,
                           int64_t count) {
    hol_status status = HOL_OK;
    char *temporary = NULL;
    hid_t file = -1, layout = -1;
    HOL_TRY(hol_h5_begin(comm, path, &temporary, &file));
    HOL_TRY(hol_h5_write_string(file, "format", format));
    HOL_TRY(hol_h5_create_layout(path, 0, NULL, &layout));
    for (const hol_table *t = tables; t < tables + count; t++) {
        const hsize_t sizes[2] = {(hsize_t)t->rows, (hsize_t)t->columns};
        HOL_TRY(hol_h5_write_set(file, t->name, path, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, t->columns > 1 ? 2 : 1, sizes,
                                 layout, t->values, NULL));
    }
    HOL_TRY(hol_h5_finish(&file, path));
    HOL_TRY(hol_replace_commit(temporary, path));
cleanup:
    if (status != HOL_OK) hol_h5_abandon(file);
    hol_h5_close(&layout);
    hol_h5_close(&file);
    if (status != HOL_OK) hol_replace_abandon(temporary);
    hol_free(temporary);
    return status;
}
