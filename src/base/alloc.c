/* alloc: aligned_alloc with checked products. */
#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

void *hol_allocate(int64_t count, size_t size, const char *what) {
    size_t bytes = 0;
    if (count == INT64_MAX) {
        (void)hol_error(HOL_FAILURE, "out of memory: %s needs more bytes than can be counted", what);
        return NULL;
    }
    if (count < 0 || __builtin_mul_overflow((size_t)count, size, &bytes) || bytes > SIZE_MAX - HOL_ALIGNMENT) {
        (void)hol_error(HOL_FAILURE, "out of memory: %s needs %lld elements of %zu bytes", what, (long long)count,
                        size);
        return NULL;
    }
    bytes = (bytes + HOL_ALIGNMENT - 1) / HOL_ALIGNMENT * HOL_ALIGNMENT;
    if (bytes == 0) bytes = HOL_ALIGNMENT;
    void *pointer = aligned_alloc(HOL_ALIGNMENT, bytes);
    if (!pointer) {
        (void)hol_error(HOL_FAILURE, "out of memory: %s needs %zu bytes", what, bytes);
        return NULL;
    }
    memset(pointer, 0, bytes);
    return pointer;
}

void hol_free(void *pointer) { free(pointer); }

int64_t hol_cut(char *memory, const int64_t *bytes, int count, char **parts) {
    int64_t used = 0;
    for (int i = 0; i < count; i++) {
        parts[i] = memory ? memory + used : NULL;
        used += hol_round_up(bytes[i], HOL_ALIGNMENT);
    }
    return used;
}
