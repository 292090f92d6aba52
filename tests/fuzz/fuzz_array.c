/* fuzz_array: text, npy, npz, IDX and their compressed forms, as `data import` and --clamp read them. */
#include "fuzz.h"

#include "base/alloc.h"
#include "io/array_file.h"

enum { VALUES = 1 << 16 };

static void read_rows(hol_array_file *file) {
    static float values[VALUES];
    const int64_t *shape = NULL;
    char text[256];
    const int64_t columns = hol_array_file_get_columns(file);
    (void)hol_array_file_get_shape(file, &shape);
    hol_array_file_describe(file, text, sizeof text);
    int64_t most = columns > 0 && columns <= VALUES ? VALUES / columns : 0;
    for (int64_t rows = 1, done = 0; most > 0 && rows > 0 && done < 4096; done += rows)
        if (hol_error_drop(hol_array_file_read(file, most < 64 ? most : 64, values, NULL, &rows))) break;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    const char *path = fuzz_file("array", bytes, size);
    for (int missing = 0; missing < 2; missing++) {
        hol_array_file *file = NULL;
        if (!hol_error_drop(hol_array_file_open(path, missing, &file))) read_rows(file);
        hol_array_file_close(file);
    }
    (void)unlink(path);
    return 0;
}
