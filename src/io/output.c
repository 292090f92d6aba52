/* output: looks at the name, at what is read, at what is there. */
#include "io/output.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <zlib.h>

#include "base/words.h"
#include "io/h5.h"
#include "io/recognize.h"

enum { PATH_SIZE = 4096, DESCRIPTION_SIZE = 512 };

static bool ends_with(const char *path, const char *ending) {
    const size_t length = path ? strlen(path) : 0, of_end = strlen(ending);
    return length > of_end && strcasecmp(path + length - of_end, ending) == 0;
}

bool hol_output_ends_with(const char *path, const char *ending) {
    if (ends_with(path, ending)) return true;
    return strcmp(ending, ".h5") == 0 && (ends_with(path, ".hdf5") || ends_with(path, ".hdf"));
}

static hol_status find_kind(const char *path, const hol_output_kind *kinds, int kind_count,
                            const hol_output_kind **ret) {
    char endings[128] = "";
    for (int k = 0; k < kind_count; k++) {
        *ret = &kinds[k];
        if (hol_output_ends_with(path, kinds[k].ending)) return HOL_OK;
        hol_words_append(endings, sizeof endings, "%s%s",
                         k == 0                ? ""
                         : k == kind_count - 1 ? " or "
                                               : ", ",
                         kinds[k].ending);
    }
    return hol_error(HOL_USAGE, "-o: found \"%s\", expected a name that ends in %s", path, endings);
}

/* Whether `output` is the file that `input`, "FILE" or "FILE:SPLIT", names. */
static bool is_same(const struct stat *output, const char *input) {
    char path[PATH_SIZE];
    struct stat found;
    if (!input || strlen(input) >= sizeof path) return false;
    (void)snprintf(path, sizeof path, "%s", input);
    char *colon = strrchr(path, ':');
    bool exists = stat(path, &found) == 0;
    if (!exists && colon) {
        *colon = '\0';
        exists = stat(path, &found) == 0;
    }
    return exists && found.st_dev == output->st_dev && found.st_ino == output->st_ino;
}

static bool is_member(const hol_output_kind *kind, const char *name) {
    for (int m = 0; m < HOL_OUTPUT_MEMBERS_MAX && kind->members[m]; m++)
        if (strcmp(kind->members[m], name) == 0) return true;
    return false;
}

static herr_t stop_at_stranger(hid_t group, const char *name, const H5L_info_t *info, void *kind) {
    (void)group;
    (void)info;
    return is_member(kind, name) ? 0 : 1;
}

/* an HDF5 file of the kind's format, in which nothing lies that would be lost */
static bool is_earlier_h5(hol_comm *comm, const char *path, const hol_output_kind *kind) {
    hid_t file = -1;
    bool is = !hol_error_drop(hol_h5_open(comm, path, false, &file)) && hol_h5_has_format(file, kind->format);
    union {
        const hol_output_kind *in;
        void *out;
    } context = {.in = kind};
    is = is && H5Literate(file, H5_INDEX_NAME, H5_ITER_NATIVE, NULL, stop_at_stranger, context.out) == 0;
    hol_h5_close(&file);
    return is;
}

/* Whether text begins with a cell as hol_replace_print_cell quotes it. */
static bool begins_quoted(const char *text, const char *cell) {
    if (*text++ != '"') return false;
    for (; *cell; cell++) {
        if (*text++ != *cell) return false;
        if (*cell == '"' && *text++ != '"') return false;
    }
    return true;
}

/* Whether a file, maybe compressed by gzip, begins so, or with this as a cell. */
static bool begins_with(const char *path, const char *begins) {
    enum { MOST = 1024 };
    char head[MOST] = "";
    gzFile file = gzopen(path, "rb");
    const int got = file ? gzread(file, head, MOST - 1) : -1;
    if (file) (void)gzclose(file);
    return got > 0 && (strncmp(head, begins, strlen(begins)) == 0 || begins_quoted(head, begins));
}

/* what an earlier output of the kind would look like, or an empty file */
static bool is_earlier(hol_comm *comm, const char *path, const hol_output_kind *kind) {
    char head[HOL_FILE_HEAD + 1] = "";
    const hol_contents_kind contents = hol_contents_look(path, head).kind;
    if (contents == HOL_CONTENTS_EMPTY) return true;
    if (kind->format) return contents == HOL_CONTENTS_HDF5 && is_earlier_h5(comm, path, kind);
    if (strcmp(kind->ending, ".png") == 0) return contents == HOL_CONTENTS_PNG;
    if (strcmp(kind->ending, ".npy") == 0) return contents == HOL_CONTENTS_NPY;
    const bool is_compressed = hol_output_ends_with(kind->ending, "gz");
    return contents == (is_compressed ? HOL_CONTENTS_GZIP : HOL_CONTENTS_TEXT) &&
           (!kind->begins || begins_with(path, kind->begins));
}

static hol_status check(hol_comm *comm, const char *path, const hol_output_kind *kinds, int kind_count,
                        const char *const *inputs, int input_count) {
    struct stat found;
    const hol_output_kind *kind = NULL;
    char description[DESCRIPTION_SIZE];
    const hol_status status = find_kind(path, kinds, kind_count, &kind);
    if (status != HOL_OK || stat(path, &found) != 0) return status;
    for (int i = 0; i < input_count; i++)
        if (is_same(&found, inputs[i]))
            return hol_error(HOL_USAGE, "-o: found %s, which this command reads, expected another name", path);
    if (!S_ISREG(found.st_mode) && !S_ISDIR(found.st_mode))
        return HOL_OK; /* io/replace.h has its own words for those */
    if (S_ISREG(found.st_mode) && is_earlier(comm, path, kind)) return HOL_OK;
    hol_file_describe(comm, path, description, sizeof description);
    return hol_error(HOL_USAGE, "-o: found %s, %s, expected another name", path, description);
}

hol_status hol_output_check(hol_comm *comm, const char *path, const hol_output_kind *kinds, int kind_count,
                            const char *const *inputs, int input_count) {
    hol_status status = HOL_OK;
    if (hol_comm_rank(comm) == 0) status = check(comm, path, kinds, kind_count, inputs, input_count);
    return hol_comm_agree(comm, status);
}
