/* fuzz_couplings: texts of couplings and fields, plain or compressed, with an alphabet or without. */
#include "fuzz.h"

#include "base/alloc.h"
#include "io/couplings_file.h"

enum { MOST = 1 << 22 }; /* couplings that are read, for memory's sake */

static void read_values(const char *path, const hol_couplings_shape *shape, const int32_t *ends) {
    const int64_t all = HOL_PRODUCT(shape->pairs, shape->states, shape->states);
    const int64_t fields = HOL_PRODUCT(shape->sites, shape->states);
    int64_t absent[2] = {0};
    if (all > MOST || fields > MOST) return;
    float *values = calloc((size_t)(all + fields), sizeof *values);
    if (!values) abort();
    if (!hol_error_drop(hol_couplings_file_read(path, shape, ends, values, values + fields, absent)))
        if (absent[0] < 0 || absent[0] > fields || absent[1] < 0 || absent[1] > all) abort();
    free(values);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    const char *path = fuzz_file("x.txt", bytes, size);
    for (int named = 0; named < 2; named++) {
        hol_alphabet alphabet = {0};
        hol_couplings_shape shape = {0};
        int32_t *ends = NULL;
        if (named && hol_error_drop(hol_alphabet_parse("", "rna", &alphabet))) abort();
        if (!hol_error_drop(hol_couplings_file_survey(path, &alphabet, &shape, &ends))) read_values(path, &shape, ends);
        hol_free(ends);
    }
    (void)unlink(path);
    return 0;
}
