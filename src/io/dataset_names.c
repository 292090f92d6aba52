/* dataset_names: which data set of which file a reference means, and the list of a file's data sets. */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "io/dataset.h"
#include "io/h5.h"
#include "origin.h"

/* ------------------------------------------------------------------ references */

/* Where the path in the file begins, at the last colon; NULL for a reference that is a file's name with a colon in it:
 * of a file that is there, or would be in a directory that is there. */
static const char *find_colon(const char *reference) {
    char directory[PATH_MAX];
    struct stat found;
    const char *colon = strrchr(reference, ':'), *slash = strrchr(reference, '/');
    if (!colon || access(reference, F_OK) == 0) return NULL;
    if (!slash || slash < colon || slash - reference >= (ptrdiff_t)sizeof directory) return colon;
    (void)snprintf(directory, sizeof directory, "%.*s", (int)(slash - reference), reference);
    return stat(directory, &found) == 0 && S_ISDIR(found.st_mode) ? NULL : colon;
}

hol_status hol_dataset_parse_reference(const char *reference, const char *default_split, char **ret_file,
                                       char **ret_path) {
    hol_status status = HOL_OK;
    *ret_file = *ret_path = NULL;
    const char *colon = find_colon(reference);
    const char *path = colon ? colon + 1 : default_split;
    const int length = (int)(colon ? (size_t)(colon - reference) : strlen(reference));
    if (length == 0 || (path && (path[0] == '\0' || strcmp(path, "/") == 0)))
        return hol_error(HOL_USAGE, "data set: found \"%s\", expected FILE, FILE:SPLIT or FILE:/path/in/file",
                         reference);
    HOL_TRY(hol_format_text(ret_file, "name of a data set", "%.*s", length, reference));
    if (path) HOL_TRY(hol_format_text(ret_path, "name of a data set", "%s%s", path[0] == '/' ? "" : "/", path));
    return HOL_OK;
cleanup:
    hol_free(*ret_file);
    *ret_file = NULL;
    return status;
}

/* ------------------------------------------------------------------ the list of a file's data sets */

struct list {
    char *text; /* owned: the names, each with its NUL */
    int64_t used, room;
    int64_t count;
};

static herr_t add_name(struct list *list, const char *name) {
    const int64_t length = (int64_t)strlen(name) + 2; /* a slash in front, a NUL behind */
    if (hol_error_drop(HOL_GROW(list->text, list->used, list->used + length, &list->room, "names"))) return -1;
    list->text[list->used] = '/';
    memcpy(list->text + list->used + 1, name, (size_t)length - 1);
    list->used += length;
    list->count++;
    return 0;
}

static herr_t visit_object(hid_t object, const char *name, const H5O_info_t *info, void *data) {
    (void)object;
    return info->type == H5O_TYPE_DATASET ? add_name(data, name) : 0;
}

/* A link that leads nowhere, or out of the file, might have been a data set: who opens it is told. */
static herr_t visit_link(hid_t group, const char *name, const H5L_info_t *info, void *data) {
    return hol_origin_is_astray(group, name, info) ? add_name(data, name) : 0;
}

hol_status hol_dataset_list(hol_comm *comm, const char *file, char ***ret_paths, int64_t *ret_count) {
    hid_t handle = -1;
    struct list list = {0};
    char **paths = NULL;
    hol_status status = HOL_OK;
    *ret_paths = NULL;
    *ret_count = 0;
    HOL_TRY(hol_h5_open(comm, file, false, &handle));
    HOL_TRY(hol_h5_check(H5Ovisit(handle, H5_INDEX_NAME, H5_ITER_INC, visit_object, &list), HOL_BAD_INPUT,
                         "%s: its contents cannot be listed", file));
    HOL_TRY(hol_h5_check(H5Lvisit(handle, H5_INDEX_NAME, H5_ITER_INC, visit_link, &list), HOL_BAD_INPUT,
                         "%s: its links cannot be listed", file));
    /* pointers and names in one block, for one hol_free */
    const int64_t table = list.count * (int64_t)sizeof *paths;
    HOL_TRY(HOL_ALLOCATE(paths, table + list.used, "names of data sets"));
    char *names = (char *)paths + table;
    if (list.used > 0) memcpy(names, list.text, (size_t)list.used);
    for (int64_t i = 0; i < list.count; i++) {
        paths[i] = names;
        names += strlen(names) + 1;
    }
    *ret_paths = paths;
    *ret_count = list.count;
cleanup:
    hol_h5_close(&handle);
    hol_free(list.text);
    return status;
}
