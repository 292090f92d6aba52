/* recognize: the root's `format` attribute. */
#include "io/recognize.h"

#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "io/h5.h"

static hol_status look(const char *path, hol_file_kind *ret_kind) {
    struct stat s;
    *ret_kind = HOL_FILE_CHECKPOINT;
    if (stat(path, &s) == 0 && S_ISDIR(s.st_mode)) return HOL_OK;
    hid_t file = -1;
    hol_status status = hol_h5_open(path, NULL, false, &file);
    if (status != HOL_OK) return status;
    char *format = NULL;
    if (!hol_h5_has_attribute(file, "format") || hol_h5_read_string(file, "format", &format) != HOL_OK ||
        strcmp(format, "holode checkpoint") != 0)
        *ret_kind = HOL_FILE_HDF5;
    hol_error_clear();
    hol_free(format);
    hol_h5_close(&file);
    return HOL_OK;
}

hol_status hol_file_recognize(hol_comm *comm, const char *path, hol_file_kind *ret_kind) {
    int32_t kind = 0;
    hol_status status = HOL_OK;
    if (hol_comm_rank(comm) == 0) {
        hol_file_kind found = HOL_FILE_HDF5;
        status = look(path, &found);
        kind = (int32_t)found;
    }
    status = hol_comm_agree(comm, status);
    if (status == HOL_OK) status = hol_comm_broadcast(comm, &kind, sizeof kind);
    if (status == HOL_OK) *ret_kind = (hol_file_kind)kind;
    return status;
}
