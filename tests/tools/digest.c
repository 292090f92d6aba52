/* digest FILE: a line for each data set of an HDF5 file, "NAME DIMENSIONS DIGEST", but for /config and /history (which
 * holds times): what must be equal, to the last bit, where two checkpoints are of the same run.
 *
 * The digest is FNV-1a, 64 bits, over the elements in the order of the file, each widened to 8 bytes (numbers with a
 * point to binary64, whole numbers to 64 bits, which loses nothing), so that it is of the values and not of how the
 * file keeps them. Exit code 1, and a line on stderr, where the file can't be read. */
#include <hdf5.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t fnv1a(const unsigned char *bytes, size_t count) {
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < count; i++) hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
    return hash;
}

/* The type that elements are widened to; negative when it is none of numbers. */
static hid_t widened(hid_t type) {
    switch (H5Tget_class(type)) {
        case H5T_FLOAT: return H5T_IEEE_F64LE;
        case H5T_INTEGER: return H5Tget_sign(type) == H5T_SGN_NONE ? H5T_STD_U64LE : H5T_STD_I64LE;
        default: return -1;
    }
}

static bool print_values(const char *name, hid_t set, hid_t type, hid_t space) {
    hsize_t dims[H5S_MAX_RANK];
    const int rank = H5Sget_simple_extent_dims(space, dims, NULL);
    const hssize_t count = H5Sget_simple_extent_npoints(space);
    if (rank < 0 || count < 0) return false;
    unsigned char *values = malloc((size_t)count * 8 + 1);
    const bool good = values && H5Dread(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0;
    if (good) {
        printf("/%s ", name);
        for (int d = 0; d < rank; d++) printf("%s%" PRIuHSIZE, d ? "x" : "", dims[d]);
        printf("%s %016" PRIx64 "\n", rank ? "" : "scalar", fnv1a(values, (size_t)count * 8));
    }
    free(values);
    return good;
}

static bool print_set(hid_t file, const char *name) {
    const hid_t set = H5Dopen2(file, name, H5P_DEFAULT);
    const hid_t type = H5Dget_type(set), space = H5Dget_space(set);
    const hid_t wide = type >= 0 ? widened(type) : -1;
    const bool good = wide >= 0 && space >= 0 && print_values(name, set, wide, space);
    if (space >= 0) (void)H5Sclose(space);
    if (type >= 0) (void)H5Tclose(type);
    if (set >= 0) (void)H5Dclose(set);
    return good;
}

static herr_t visit(hid_t root, const char *name, const H5O_info_t *info, void *bad) {
    if (info->type != H5O_TYPE_DATASET || strcmp(name, "config") == 0 || strncmp(name, "history/", 8) == 0) return 0;
    if (print_set(root, name)) return 0;
    fprintf(stderr, "digest: /%s can't be read as numbers\n", name);
    *(bool *)bad = true;
    return 0;
}

int main(int argc, char **argv) {
    if (argc != 2) return fprintf(stderr, "usage: digest FILE\n"), 2;
    (void)H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    const hid_t file = H5Fopen(argv[1], H5F_ACC_RDONLY, H5P_DEFAULT);
    if (file < 0) return fprintf(stderr, "digest: %s can't be read\n", argv[1]), 1;
    bool bad = false;
#if H5_VERSION_GE(1, 12, 0)
    const herr_t seen = H5Ovisit1(file, H5_INDEX_NAME, H5_ITER_INC, visit, &bad);
#else
    const herr_t seen = H5Ovisit(file, H5_INDEX_NAME, H5_ITER_INC, visit, &bad);
#endif
    (void)H5Fclose(file);
    return seen < 0 || bad || fflush(stdout) != 0;
}
