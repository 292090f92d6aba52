/* fuzz_strings: what stands on the command line: durations, shapes, references to data sets, names of checkpoints. */
#include "fuzz.h"

#include "base/alloc.h"
#include "cli/deadline.h"
#include "cli/shape.h"
#include "io/dataset.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    char *text = fuzz_text(bytes, size), *file = NULL, *path = NULL;
    int32_t lengths[HOL_SHAPE_LENGTHS];
    int64_t height = 0, width = 0;
    double seconds = 0;
    if (!hol_error_drop(hol_deadline_parse("--max-time", text, &seconds)) && !(seconds > 0)) abort();
    if (!hol_error_drop(hol_shape_parse(text, 784, &height, &width)) && height * width != 784) abort();
    const int count = hol_shape_parse_lengths(text, lengths);
    for (int i = 0; i < count; i++)
        if (lengths[i] < 1) abort();
    (void)hol_error_drop(hol_dataset_parse_reference(text, "train", &file, &path));
    hol_free(file);
    hol_free(path);
    free(text);
    return 0;
}
