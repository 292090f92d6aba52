/* fuzz_edges: lists of edges in all their formats, the number of units known or not. */
#include "fuzz.h"

#include "io/edge_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    const char *path = fuzz_file("edges", bytes, size);
    for (int64_t units = 0; units <= 100; units += 100) {
        hol_edge_list list = {0};
        (void)hol_error_drop(hol_edge_file_read(path, units, &list));
        hol_edge_list_clear(&list);
    }
    (void)unlink(path);
    return 0;
}
