/* test_storage: data sets that claim more than their file holds, made by HDF5 itself. Each rank has files of its
 * own. */
#include "support.h"

#include "io/dataset.h"
#include "io/h5.h"

enum { CONTIGUOUS, CHUNKED, DEFLATED };

/* A data set /train of bytes (rows, columns), of which rows [0, written) are written. */
static const char *make(const char *name, int layout, hsize_t rows, hsize_t columns, hsize_t chunk_rows,
                        hsize_t written) {
    char own[64];
    (void)snprintf(own, sizeof own, "%d-%s", hol_comm_rank(test_comm), name);
    const char *path = test_path(own);
    const hsize_t sizes[] = {rows, columns}, chunk[] = {chunk_rows, columns}, part[] = {written, columns};
    assert_ok(hol_h5_start(test_comm));
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    hid_t space = H5Screate_simple(2, sizes, NULL), list = H5Pcreate(H5P_DATASET_CREATE);
    if (layout != CONTIGUOUS) assert_true(H5Pset_chunk(list, 2, chunk) >= 0);
    if (layout == DEFLATED) assert_true(H5Pset_deflate(list, 9) >= 0);
    hid_t set = H5Dcreate2(file, "train", H5T_STD_U8LE, space, H5P_DEFAULT, list, H5P_DEFAULT);
    assert_true(set >= 0);
    if (written > 0) {
        uint8_t *zeros = calloc(written, columns);
        hid_t memory = H5Screate_simple(2, part, NULL);
        assert_non_null(zeros);
        assert_true(H5Sselect_hyperslab(space, H5S_SELECT_SET, (hsize_t[]){0, 0}, NULL, part, NULL) >= 0);
        assert_true(H5Dwrite(set, H5T_NATIVE_UINT8, memory, space, H5P_DEFAULT, zeros) >= 0);
        hol_h5_close(&memory);
        free(zeros);
    }
    hol_h5_close(&set);
    hol_h5_close(&list);
    hol_h5_close(&space);
    assert_true(H5Fclose(file) >= 0);
    return path;
}

static void refused(const char *path, const char *part) {
    hol_dataset *dataset = NULL;
    assert_refused(hol_dataset_open_alone(NULL, path, "train", &dataset), HOL_BAD_INPUT, part);
    assert_non_null(strstr(test_message, path));
}

static void read_whole(const char *path, int64_t rows) {
    hol_dataset *dataset = NULL;
    assert_ok(hol_dataset_open_alone(NULL, path, "train", &dataset));
    assert_int_equal(hol_dataset_get_rows(dataset), rows);
    hol_dataset_close(dataset);
}

static void test_open_takes_what_is_written_in_full(void **state) {
    (void)state;
    read_whole(make("a.h5", CONTIGUOUS, 100, 16, 0, 100), 100);
    read_whole(make("a.h5", CHUNKED, 100, 16, 7, 100), 100);
    read_whole(make("a.h5", DEFLATED, 100, 16, 7, 100), 100);
    /* zeros, as tight as deflate makes them: about 1000 : 1 */
    read_whole(make("a.h5", DEFLATED, 1 << 18, 16, 1 << 18, 1 << 18), 1 << 18);
}

static void test_open_refuses_what_was_never_written(void **state) {
    (void)state;
    refused(make("a.h5", CONTIGUOUS, 100, 16, 0, 0), "/train: found 0 byte(s) stored of 1600, expected a data set");
    refused(make("a.h5", CHUNKED, 100, 16, 10, 95 - 10), "found 9 of 10 chunks written, expected a data set written");
    refused(make("a.h5", DEFLATED, 100, 16, 10, 95 - 10), "found 9 of 10 chunks written, expected a data set written");
    refused(make("a.h5", DEFLATED, 100, 16, 10, 0), "found 0 of 10 chunks written");
}

static void test_open_refuses_rows_beyond_the_file(void **state) {
    (void)state;
    const hsize_t many = UINT64_C(1) << 59;
    refused(make("a.h5", CONTIGUOUS, many / 16, 16, 0, 0), "found 0 byte(s) stored of 576460752303423488, expected");
    refused(make("a.h5", CHUNKED, many, 16, 1 << 20, 0), "of more than 9223372036854775807, expected a data set");
    refused(make("a.h5", DEFLATED, many, 16, 1 << 20, 0), "of more than 9223372036854775807, expected a data set");
    /* few chunks, each of gigabytes */
    refused(make("a.h5", DEFLATED, 1 << 27, 16, 1 << 27, 0), "found chunks of 2147483648 bytes in a file of");
    refused(make("a.h5", CONTIGUOUS, 1, UINT64_C(4000000000), 0, 0), "found more than 16777216 columns, expected at");
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_open_takes_what_is_written_in_full),
        cmocka_unit_test(test_open_refuses_what_was_never_written),
        cmocka_unit_test(test_open_refuses_rows_beyond_the_file),
    };
    return hol_test_main(argc, argv, "storage", tests, HOL_TEST_COUNT(tests));
}
