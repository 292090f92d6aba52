/* fuzz_guard: what decides whether HDF5 gets to see a file: the trailer of checkpoints and data sets. A changed file
 * must not get past it; beyond it is HDF5, which crafted files may crash. */
#include "fuzz.h"

#include "io/guard.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    hol_guard_found found = HOL_GUARD_NONE;
    const char *path = fuzz_file("guard", bytes, size);
    (void)hol_error_drop(hol_guard_look(NULL, path, &found));
    (void)unlink(path);
    return 0;
}
