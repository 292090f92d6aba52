/* fuzz_config: a config's text; behind a zero byte, a --set. What is taken has to survive its own dump. */
#include "fuzz.h"

#include "base/alloc.h"
#include "cli/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    char *text = fuzz_text(bytes, size), *dump = NULL;
    const size_t length = strlen(text);
    char *override = length < size ? text + length + 1 : NULL;
    hol_config *config = NULL, *again = NULL;
    if (!hol_error_drop(hol_config_parse("x.yaml", text, length, &override, override != NULL, &config)) &&
        !hol_error_drop(hol_config_dump(config, &dump))) {
        const hol_status status = hol_config_parse("dump", dump, strlen(dump), NULL, 0, &again);
        if (status != HOL_OK) {
            (void)fprintf(stderr, "%s\n%s", hol_error_message(status), dump);
            abort();
        }
    }
    hol_config_destroy(config);
    hol_config_destroy(again);
    hol_free(dump);
    free(text);
    return 0;
}
