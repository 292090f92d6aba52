/* table: one data set after the other. */
#include "io/table.h"

#include "base/alloc.h"
#include "io/h5.h"
#include "io/replace.h"

static hol_status write_one(hid_t file, const char *path, const hol_table *table) {
    hol_status status = HOL_OK;
    hid_t space = -1, set = -1;
    const hsize_t dims[2] = {(hsize_t)table->rows, (hsize_t)table->columns};
    HOL_TRY(hol_h5_check(space = H5Screate_simple(table->columns > 1 ? 2 : 1, dims, NULL), HOL_FAILURE, "%s", path));
    HOL_TRY(
        hol_h5_check(set = H5Dcreate2(file, table->name, H5T_IEEE_F64LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
                     HOL_FAILURE, "%s: %s", path, table->name));
    HOL_TRY(hol_h5_check(H5Dwrite(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, table->values), HOL_FAILURE,
                         "%s: %s", path, table->name));
    HOL_TRY(hol_h5_check(H5Dflush(set), HOL_FAILURE, "%s: %s", path, table->name));
cleanup:
    if (status != HOL_OK) hol_h5_abandon(file);
    hol_h5_close(&set);
    hol_h5_close(&space);
    return status;
}

hol_status hol_table_write(const char *path, const char *format, const hol_table *tables, int64_t count) {
    hol_status status = HOL_OK;
    char *temporary = NULL;
    hid_t file = -1;
    HOL_TRY(hol_h5_begin(path, &temporary, &file));
    HOL_TRY(hol_h5_write_string(file, "format", format));
    for (int64_t t = 0; t < count; t++) HOL_TRY(write_one(file, path, &tables[t]));
    status = hol_h5_check(H5Fflush(file, H5F_SCOPE_GLOBAL), HOL_FAILURE, "%s: cannot be written", path);
    if (status != HOL_OK) hol_h5_abandon(file);
    HOL_TRY(status);
    hol_h5_close(&file);
    HOL_TRY(hol_replace_commit(temporary, path));
cleanup:
    hol_h5_close(&file);
    if (status != HOL_OK) hol_replace_abandon(temporary);
    hol_free(temporary);
    return status;
}
