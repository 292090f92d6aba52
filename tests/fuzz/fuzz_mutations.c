/* fuzz_mutations: tables of measured mutants. */
#include "fuzz.h"

#include "io/mutation_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    const char *path = fuzz_file("x.csv", bytes, size);
    hol_measurements measurements = {0};
    (void)hol_error_drop(hol_measurements_read(path, NULL, &measurements));
    hol_measurements_clear(&measurements);
    (void)unlink(path);
    return 0;
}
