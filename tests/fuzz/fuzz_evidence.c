/* fuzz_evidence: observed variables, of few and of many. */
#include "fuzz.h"

#include "base/alloc.h"
#include "io/evidence_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    const char *path = fuzz_file("x.evid", bytes, size);
    for (int64_t variables = 4; variables <= 4000; variables *= 1000) {
        int64_t rows = 0;
        float *values = NULL;
        (void)hol_error_drop(hol_evidence_file_read(path, variables, &rows, &values));
        hol_free(values);
    }
    (void)unlink(path);
    return 0;
}
