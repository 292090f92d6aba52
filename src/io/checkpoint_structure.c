/* checkpoint_structure: what a model is made from beside its sizes. It is read before there is a model, so the file
 * itself says how much there is; the trailer and the checksums say whether to believe it. */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "checkpoint_stored.h"
#include "origin.h"

enum { NAME_SIZE = 64 };

static hol_status refuse(const hol_checkpoint_info *info, const char *name, const char *found, const char *expected) {
    return hol_error(HOL_BAD_INPUT, "%s: /structure/%s: found %s, expected %s", info->path, name, found, expected);
}

/* The sizes and the kind of the open data set. */
static hol_status measure(const hol_checkpoint_info *info, const char *name, hid_t set, hsize_t sizes[2]) {
    hid_t space = H5Dget_space(set), type = H5Dget_type(set);
    hol_status status = HOL_OK;
    if (space < 0 || H5Sget_simple_extent_ndims(space) != 2 || H5Sget_simple_extent_dims(space, sizes, NULL) != 2)
        status = refuse(info, name, "another number of dimensions", "2");
    else if (type < 0 || H5Tequal(type, H5T_STD_I32LE) <= 0)
        status = refuse(info, name, "another type", "integers of 32 bits");
    else if (sizes[1] < 1 || sizes[0] > INT32_MAX || sizes[1] > INT32_MAX)
        status = refuse(info, name, "an impossible size", "at least one column");
    hol_h5_close(&type);
    hol_h5_close(&space);
    return status;
}

static hol_status read_values(hol_comm *comm, const hol_checkpoint_info *info, const hol_structure *structure,
                              hid_t set, int32_t *values) {
    hol_status status = HOL_OK;
    uint64_t expected = 0;
    if (!hol_guard_is_unchecked(comm)) HOL_TRY(hol_h5_read_u64(set, "checksum", &expected, 1));
    HOL_TRY(hol_h5_check(H5Dread(set, H5T_NATIVE_INT32, H5S_ALL, H5S_ALL, H5P_DEFAULT, values), HOL_BAD_INPUT,
                         "%s: /structure/%s cannot be read", info->path, structure->name));
    const int64_t row_bytes = structure->columns * (int64_t)sizeof *values;
    const uint64_t found = hol_rows_hash(values, 0, structure->rows, row_bytes);
    if (found != expected && !hol_guard_is_unchecked(comm))
        HOL_TRY(hol_error(HOL_BAD_INPUT,
                          "%s: /structure/%s: checksum found %016llx, expected %016llx; the file is damaged",
                          info->path, structure->name, (unsigned long long)found, (unsigned long long)expected));
cleanup:
    return status;
}

/* Appends one structure; what it holds is info's at once, so that hol_checkpoint_info_clear serves failures too. */
static hol_status read_one(hol_comm *comm, hid_t group, const char *name, hol_checkpoint_info *info) {
    hol_status status = HOL_OK;
    hsize_t sizes[2] = {0, 0};
    int32_t *values = NULL;
    char *copy = NULL;
    hid_t set = -1;
    char path[NAME_SIZE + sizeof "/structure/"];
    if (info->structure_count == HOL_MODEL_STRUCTURES_MAX)
        return hol_error(HOL_BAD_INPUT, "%s: /structure: found more than %d data sets, expected fewer", info->path,
                         HOL_MODEL_STRUCTURES_MAX);
    hol_structure *structure = &info->structures[info->structure_count++];
    *structure = (hol_structure){0};
    (void)snprintf(path, sizeof path, "/structure/%s", name);
    HOL_TRY(hol_origin_open_set(comm, group, info->path, path, &set));
    HOL_TRY(measure(info, name, set, sizes));
    HOL_TRY(hol_origin_check_size(set, info->path, path));
    HOL_TRY(hol_format_text(&copy, "structure", "%s", name));
    structure->name = copy;
    structure->rows = (int64_t)sizes[0];
    structure->columns = (int64_t)sizes[1];
    HOL_TRY(HOL_ALLOCATE(values, HOL_PRODUCT(structure->rows, structure->columns), "structure"));
    structure->values = values;
    HOL_TRY(read_values(comm, info, structure, set, values));
cleanup:
    hol_h5_close(&set);
    return status;
}

hol_status hol_checkpoint_read_structures(hol_comm *comm, hid_t file, hol_checkpoint_info *info) {
    hol_status status = HOL_OK;
    hid_t group = -1;
    H5G_info_t group_info;
    char name[NAME_SIZE];
    if (!hol_h5_exists(file, "/structure")) return HOL_OK;
    HOL_TRY(
        hol_h5_check(group = H5Gopen2(file, "/structure", H5P_DEFAULT), HOL_BAD_INPUT, "%s: /structure", info->path));
    HOL_TRY(hol_h5_check(H5Gget_info(group, &group_info), HOL_BAD_INPUT, "%s: /structure", info->path));
    for (hsize_t i = 0; i < group_info.nlinks; i++) {
        const ssize_t length =
            H5Lget_name_by_idx(group, ".", H5_INDEX_NAME, H5_ITER_INC, i, name, sizeof name, H5P_DEFAULT);
        if (length <= 0 || length >= (ssize_t)sizeof name)
            HOL_TRY(hol_error(HOL_BAD_INPUT, "%s: /structure: found a name of another length, expected at most %d",
                              info->path, NAME_SIZE - 1));
        HOL_TRY(read_one(comm, group, name, info));
    }
cleanup:
    hol_h5_close(&group);
    return status;
}
