/* fuzz_factors: factor graphs, .fg where the first byte is an f, else UAI. */
#include "fuzz.h"

#include "io/factor_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    if (size == 0) return 0;
    char *text = fuzz_text(bytes + 1, size - 1);
    hol_factors *factors = NULL;
    (void)hol_error_drop(hol_factor_file_parse(bytes[0] == 'f' ? "x.fg" : "x.uai", text, &factors));
    hol_factors_destroy(factors);
    free(text);
    return 0;
}
