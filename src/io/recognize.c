/* recognize: the first bytes, and the root's `format` attribute. */
#include "io/recognize.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/words.h"
#include "io/h5.h"

hol_status hol_file_recognize_alone(hol_comm *comm, const char *path, hol_file_kind *ret_kind) {
    struct stat s;
    *ret_kind = HOL_FILE_CHECKPOINT;
    if (stat(path, &s) == 0 && S_ISDIR(s.st_mode)) return HOL_OK;
    hid_t file = -1;
    const hol_status status = hol_h5_open(comm, path, false, &file);
    if (status != HOL_OK) return status;
    if (!hol_h5_has_format(file, "holode checkpoint")) *ret_kind = HOL_FILE_HDF5;
    hol_h5_close(&file);
    return HOL_OK;
}

hol_status hol_file_recognize(hol_comm *comm, const char *path, hol_file_kind *ret_kind) {
    int32_t kind = 0;
    hol_status status = HOL_OK;
    if (hol_comm_rank(comm) == 0) {
        hol_file_kind found = HOL_FILE_HDF5;
        status = hol_file_recognize_alone(comm, path, &found);
        kind = (int32_t)found;
    }
    status = hol_comm_agree(comm, status);
    if (status == HOL_OK) status = hol_comm_broadcast(comm, &kind, sizeof kind);
    if (status == HOL_OK) *ret_kind = (hol_file_kind)kind;
    return status;
}

/* ---- descriptions ------------------------------------------------------------------------------------------------ */

typedef struct list {
    char *text;
    size_t size;
    int count;
} list;

static herr_t add_name(hid_t group, const char *name, const H5L_info_t *info, void *context) {
    list *names = context;
    (void)group;
    (void)info;
    if (strlen(names->text) + strlen(name) + 8 > names->size) return 1;
    hol_words_append(names->text, names->size, "%s%s", names->count++ ? ", " : "", name);
    return 0;
}

/* Returns what to do with such a file, for the end of a message. */
static const char *describe_hdf5(hol_comm *comm, const char *path, char *text, size_t size) {
    hid_t file = -1;
    list names = {.text = text, .size = size};
    const char *advice = " (a config names a data set as data.train)";
    (void)snprintf(text, size, "an HDF5 file");
    if (hol_error_drop(hol_h5_open(comm, path, false, &file))) advice = "";
    else if (hol_h5_has_format(file, "holode checkpoint")) {
        (void)snprintf(text, size, "a checkpoint");
        advice = " (sample, evaluate and inspect take checkpoints)";
    } else if (hol_h5_has_format(file, "holode moments")) {
        (void)snprintf(text, size, "a file of moments");
        advice = "";
    } else if (hol_h5_has_format(file, "holode data set")) {
        (void)snprintf(text, size, "a data set of ");
        if (H5Literate(file, H5_INDEX_NAME, H5_ITER_INC, NULL, add_name, &names) < 0)
            (void)snprintf(text, size, "a data set");
    }
    hol_h5_close(&file);
    return advice;
}

void hol_file_describe(hol_comm *comm, const char *path, char *text, size_t size) {
    if (hol_contents_look(path, NULL).kind == HOL_CONTENTS_HDF5) (void)describe_hdf5(comm, path, text, size);
    else (void)snprintf(text, size, "%s", hol_contents_look(path, NULL).name);
}

hol_status hol_file_refuse(hol_comm *comm, hol_code code, const char *path, const char *expected) {
    char found[512];
    if (hol_contents_look(path, NULL).kind != HOL_CONTENTS_HDF5) return hol_contents_refuse(code, path, expected);
    const char *advice = describe_hdf5(comm, path, found, sizeof found);
    return hol_error(code, "%s: found %s, expected %s%s", path, found, expected, advice);
}

void hol_file_library(char *ret_text, size_t size) {
    unsigned major = 0, minor = 0, release = 0;
    if (H5get_libversion(&major, &minor, &release) < 0) major = minor = release = 0;
    (void)snprintf(ret_text, size, "%u.%u.%u", major, minor, release);
}
