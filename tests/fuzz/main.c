/* main: gives each file of the arguments to the harness, once. Prints how many there were. */
#include "fuzz.h"

int main(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        FILE *file = fopen(argv[i], "rb");
        if (!file || fseek(file, 0, SEEK_END) != 0) return 1;
        const long size = ftell(file);
        /* exactly as large as the input, so that the sanitizer sees a read behind its end */
        uint8_t *bytes = malloc(size > 0 ? (size_t)size : 1);
        rewind(file);
        if (size < 0 || !bytes || fread(bytes, 1, (size_t)size, file) != (size_t)size) return 1;
        (void)fclose(file);
        (void)fprintf(stderr, "input %s\n", argv[i]); /* the last one before a crash */
        (void)LLVMFuzzerTestOneInput(bytes, (size_t)size);
        free(bytes);
    }
    printf("%d inputs\n", argc - 1);
    return argc > 1 ? 0 : 1;
}
