/* fuzz: what the harnesses share. Each harness is one LLVMFuzzerTestOneInput: any bytes may come, none may crash it.
 * It is linked either with libFuzzer (`make fuzz`) or with main.c, which reads files (tests/cli/fuzz.sh). */
#ifndef HOL_TESTS_FUZZ_H
#define HOL_TESTS_FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* The bytes as a file of this process and name in memory, for readers that want a path. */
static inline const char *fuzz_file(const char *name, const uint8_t *bytes, size_t size) {
    static char path[256];
    (void)snprintf(path, sizeof path, "/dev/shm/holode-fuzz-%ld-%s", (long)getpid(), name);
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(bytes, 1, size, file) != size || fclose(file) != 0) abort();
    return path;
}

/* The bytes as text with a zero byte behind them; to be freed. */
static inline char *fuzz_text(const uint8_t *bytes, size_t size) {
    char *text = malloc(size + 1);
    if (!text) abort();
    if (size > 0) memcpy(text, bytes, size);
    text[size] = '\0';
    return text;
}

#endif
