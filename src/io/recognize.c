/* recognize: the first bytes, and the root's `format` attribute. */
#include "io/recognize.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "io/h5.h"
#include "io/output.h"

static hol_status look(const char *path, hol_file_kind *ret_kind) {
    struct stat s;
    *ret_kind = HOL_FILE_CHECKPOINT;
    if (stat(path, &s) == 0 && S_ISDIR(s.st_mode)) return HOL_OK;
    hid_t file = -1;
    hol_status status = hol_h5_open(path, false, &file);
    if (status != HOL_OK) return status;
    if (!hol_h5_has_format(file, "holode checkpoint")) *ret_kind = HOL_FILE_HDF5;
    hol_error_clear();
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

/* ---- descriptions ------------------------------------------------------------------------------------------------ */

static bool is_text(const char *bytes, size_t count) {
    for (size_t i = 0; i < count; i++)
        if ((unsigned char)bytes[i] < ' ' && !strchr("\t\n\v\f\r", bytes[i])) return false;
    return memchr(bytes, '\0', count) == NULL;
}

hol_file_contents hol_file_look(const char *path, char *head) {
    static const struct {
        const char *bytes;
        size_t count;
        hol_file_contents contents;
    } signatures[] = {{"\x89HDF\r\n\x1a\n", 8, HOL_CONTENTS_HDF5},
                      {"\x89PNG\r\n\x1a\n", 8, HOL_CONTENTS_PNG},
                      {"\x1f\x8b", 2, HOL_CONTENTS_GZIP}};
    char first[HOL_FILE_HEAD + 1] = "";
    struct stat s;
    if (stat(path, &s) != 0) return HOL_CONTENTS_OTHER;
    if (S_ISDIR(s.st_mode)) return HOL_CONTENTS_DIRECTORY;
    if (!S_ISREG(s.st_mode)) return HOL_CONTENTS_OTHER; /* a pipe would wait */
    FILE *file = fopen(path, "rb");
    if (!file) return HOL_CONTENTS_OTHER;
    const size_t count = fread(first, 1, HOL_FILE_HEAD, file);
    const bool failed = ferror(file) != 0;
    if (fclose(file) != 0 || failed) return HOL_CONTENTS_OTHER;
    if (head) memcpy(head, first, sizeof first);
    if (count == 0) return HOL_CONTENTS_EMPTY;
    for (size_t k = 0; k < sizeof signatures / sizeof *signatures; k++)
        if (count >= signatures[k].count && memcmp(first, signatures[k].bytes, signatures[k].count) == 0)
            return signatures[k].contents;
    return is_text(first, count) ? HOL_CONTENTS_TEXT : HOL_CONTENTS_OTHER;
}

typedef struct list {
    char *text;
    size_t size;
    int count;
} list;

static herr_t add_name(hid_t group, const char *name, const H5L_info_t *info, void *context) {
    list *names = context;
    const size_t used = strlen(names->text);
    (void)group;
    (void)info;
    if (used + strlen(name) + 8 > names->size) return 1;
    (void)snprintf(names->text + used, names->size - used, "%s%s", names->count++ ? ", " : "", name);
    return 0;
}

static void describe_hdf5(const char *path, char *text, size_t size) {
    hid_t file = -1;
    list names = {.text = text, .size = size};
    (void)snprintf(text, size, "an HDF5 file");
    if (hol_h5_open(path, false, &file) != HOL_OK) return;
    if (hol_h5_has_format(file, "holode checkpoint")) (void)snprintf(text, size, "a checkpoint");
    else if (hol_h5_has_format(file, "holode moments")) (void)snprintf(text, size, "a file of moments");
    else if (hol_h5_has_format(file, "holode data set")) {
        (void)snprintf(text, size, "a data set of ");
        if (H5Literate(file, H5_INDEX_NAME, H5_ITER_INC, NULL, add_name, &names) < 0)
            (void)snprintf(text, size, "a data set");
    }
    hol_h5_close(&file);
}

void hol_file_describe(const char *path, char *text, size_t size) {
    static const char *const words[] = {
        [HOL_CONTENTS_EMPTY] = "an empty file",        [HOL_CONTENTS_DIRECTORY] = "a directory",
        [HOL_CONTENTS_HDF5] = "an HDF5 file",          [HOL_CONTENTS_PNG] = "a PNG picture",
        [HOL_CONTENTS_GZIP] = "a gzip file",           [HOL_CONTENTS_TEXT] = "a text file",
        [HOL_CONTENTS_OTHER] = "a file of other bytes"};
    const hol_file_contents contents = hol_file_look(path, NULL);
    (void)snprintf(text, size, "%s", words[contents]);
    if (contents != HOL_CONTENTS_HDF5) return;
    describe_hdf5(path, text, size);
    hol_error_clear();
}

/* the advice on an HDF5 file: by whose it is */
static const char *advise_hdf5(const char *path) {
    hid_t file = -1;
    const char *advice = " (a config names a data set as data.train)";
    if (hol_h5_open(path, false, &file) != HOL_OK) advice = "";
    else if (hol_h5_has_format(file, "holode checkpoint")) advice = " (sample, evaluate and inspect take checkpoints)";
    else if (hol_h5_has_format(file, "holode moments")) advice = "";
    hol_h5_close(&file);
    return advice;
}

static bool ends_with(const char *path, const char *const *endings) {
    for (; *endings; endings++)
        if (hol_output_ends_with(path, *endings)) return true;
    return false;
}

const char *hol_file_advice(const char *path) {
    static const char *const graphs[] = {".uai", ".fg", ".uai.gz", ".fg.gz", NULL};
    static const char *const configs[] = {".yaml", ".yml", NULL}, *const arrays[] = {".npy", ".npz", "-ubyte", NULL};
    switch (hol_file_look(path, NULL)) {
    case HOL_CONTENTS_HDF5: {
        const char *advice = advise_hdf5(path);
        hol_error_clear();
        return advice;
    }
    case HOL_CONTENTS_DIRECTORY: return " (sample, evaluate and inspect take a run's directory)";
    case HOL_CONTENTS_OTHER:
        if (!ends_with(path, arrays)) return "";
        return " (holode data import makes a data set of it)";
    case HOL_CONTENTS_TEXT:
    case HOL_CONTENTS_GZIP:
        if (ends_with(path, graphs)) return " (holode import makes a checkpoint of it)";
        if (ends_with(path, configs)) return " (holode train takes configs)";
        return " (holode data import makes a data set of it)";
    case HOL_CONTENTS_EMPTY:
    case HOL_CONTENTS_PNG: return "";
    }
    return "";
}

void hol_file_library(char *ret_text, size_t size) {
    unsigned major = 0, minor = 0, release = 0;
    if (H5get_libversion(&major, &minor, &release) < 0) major = minor = release = 0;
    (void)snprintf(ret_text, size, "%u.%u.%u", major, minor, release);
}
