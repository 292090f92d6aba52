/* array_support: files of arrays written byte by byte, and what is read of them. */
#ifndef HOL_TESTS_ARRAY_SUPPORT_H
#define HOL_TESTS_ARRAY_SUPPORT_H

#include <zlib.h>

#include "io/array_file.h"

/* A file of this rank with these bytes, compressed when the name ends in .gz. */
static inline const char *write_file(const char *name, const void *bytes, size_t size) {
    char own[128];
    (void)snprintf(own, sizeof own, "%d-%s", hol_comm_rank(test_comm), name);
    const char *path = test_path(own);
    if (strstr(name, ".gz")) {
        gzFile file = gzopen(path, "wb");
        assert_non_null(file);
        assert_int_equal(gzwrite(file, bytes, (unsigned)size), (int)size);
        assert_int_equal(gzclose(file), Z_OK);
    } else {
        FILE *file = fopen(path, "wb");
        assert_non_null(file);
        assert_int_equal(fwrite(bytes, 1, size, file), size);
        assert_int_equal(fclose(file), 0);
    }
    return path;
}

static inline const char *write_text(const char *name, const char *text) {
    return write_file(name, text, strlen(text));
}

/* An npy file of version `major` with this header and these data. */
static inline const char *write_npy(const char *name, int major, const char *header, const void *data, size_t size) {
    unsigned char bytes[1024];
    const size_t length = strlen(header), start = major == 1 ? 10 : 12;
    memcpy(bytes, "\x93NUMPY", 6);
    bytes[6] = (unsigned char)major;
    memset(bytes + 7, 0, start - 7);
    bytes[8] = (unsigned char)(length & 255);
    bytes[9] = (unsigned char)(length >> 8);
    memcpy(bytes + start, header, length);
    memcpy(bytes + start + length, data, size);
    return write_file(name, bytes, start + length + size);
}

/* Opens and reads everything, two rows at a time; the status of the first failure. */
static inline hol_status read_all(const char *path, float *values, int64_t most) {
    hol_array_file *file = NULL;
    hol_status status = hol_array_file_open(path, false, &file);
    const int64_t columns = file ? hol_array_file_get_columns(file) : 0;
    for (int64_t rows = 1, done = 0; status == HOL_OK && rows > 0; done += rows) {
        assert_true((done + 2) * columns <= most);
        status = hol_array_file_read(file, 2, values + done * columns, NULL, &rows);
        if (status != HOL_OK) break;
    }
    hol_array_file_close(file);
    return status;
}

static inline void check_values(const char *path, int64_t rows, int64_t columns, const float *expected) {
    float values[64];
    hol_array_file *file = NULL;
    assert_ok(hol_array_file_open(path, false, &file));
    assert_int_equal(hol_array_file_get_rows(file), rows);
    assert_int_equal(hol_array_file_get_columns(file), columns);
    hol_array_file_close(file);
    assert_ok(read_all(path, values, 64));
    for (int64_t i = 0; i < rows * columns; i++) assert_true(values[i] == expected[i]);
}

static inline void refused(const char *path, const char *part) {
    float values[64];
    assert_refused(read_all(path, values, 64), HOL_BAD_INPUT, part);
    assert_non_null(strstr(test_message, path));
    assert_null(strchr(test_message, '\n'));
}

#endif
