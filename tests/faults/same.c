/* same REFERENCE... -- FILE...: whether each checkpoint FILE holds the same bits as the REFERENCE of the same name: all
 * data sets but the evaluations' times and numbers of ranks, and the resolved config, which names the directory. */
#include <hdf5.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct pair {
    hid_t other;
    int64_t sets;
} pair;

/* The bytes of a set in memory's own type, the caller's to free. */
static void *read_set(hid_t file, const char *name, size_t *ret_bytes) {
    const hid_t set = H5Dopen2(file, name, H5P_DEFAULT);
    if (set < 0) return NULL;
    const hid_t file_type = H5Dget_type(set), type = H5Tget_native_type(file_type, H5T_DIR_ASCEND);
    const hid_t space = H5Dget_space(set);
    *ret_bytes = (size_t)H5Sget_simple_extent_npoints(space) * H5Tget_size(type);
    void *bytes = calloc(1, *ret_bytes + 1);
    if (bytes && H5Dread(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes) < 0) {
        free(bytes);
        bytes = NULL;
    }
    (void)H5Sclose(space);
    (void)H5Tclose(type);
    (void)H5Tclose(file_type);
    (void)H5Dclose(set);
    return bytes;
}

/* Ends with 1 at the first set that differs. */
static herr_t compare_set(hid_t file, const char *name, const H5O_info_t *info, void *context) {
    pair *p = context;
    size_t here = 0, there = 0;
    if (info->type != H5O_TYPE_DATASET || strcmp(name, "config") == 0 || strcmp(name, "history/ranks") == 0 ||
        (strncmp(name, "history/", 8) == 0 && strstr(name, "second")))
        return 0;
    void *a = read_set(file, name, &here), *b = read_set(p->other, name, &there);
    const bool same = a && b && here == there && memcmp(a, b, here) == 0;
    free(a);
    free(b);
    p->sets++;
    if (!same) printf("    %s differs\n", name);
    return !same;
}

static bool is_same(const char *reference, const char *file) {
    pair p = {.other = H5Fopen(file, H5F_ACC_RDONLY, H5P_DEFAULT)};
    const hid_t own = H5Fopen(reference, H5F_ACC_RDONLY, H5P_DEFAULT);
    if (own < 0 || p.other < 0) return false;
    const bool same = H5Ovisit(own, H5_INDEX_NAME, H5_ITER_NATIVE, compare_set, &p) == 0 && p.sets > 0;
    (void)H5Fclose(own);
    (void)H5Fclose(p.other);
    return same;
}

static const char *last_part(const char *path) { return strrchr(path, '/') ? strrchr(path, '/') + 1 : path; }

int main(int argc, char **argv) {
    int first = 1, differing = 0;
    (void)H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    while (first < argc && strcmp(argv[first], "--") != 0) first++;
    for (int i = first + 1; i < argc; i++) {
        bool same = false;
        for (int r = 1; r < first; r++)
            if (strcmp(last_part(argv[r]), last_part(argv[i])) == 0) same = is_same(argv[r], argv[i]);
        if (!same) printf("    %s: not as the undisturbed run's\n", argv[i]);
        differing += !same;
    }
    return differing > 0 || first + 1 >= argc;
}
