/* Files that are not as they seem: values that come from elsewhere, attributes of other programs, data sets that were
 * damaged, changed or are being written. Made with HDF5's C interface. */
#include "support.h"

#include <fcntl.h>
#include <math.h>
#include <sys/file.h>

#include "base/alloc.h"
#include "base/rng.h"
#include "io/dataset.h"
#include "io/guard.h"
#include "io/h5.h"
#include "io/seal.h"
#include "train/state.h"

enum { ROWS = 8, COLUMNS = 6, COUNT = ROWS * COLUMNS };
static const hsize_t sizes[2] = {ROWS, COLUMNS};

static bool is_first(void) { return hol_comm_rank(test_comm) == 0; }
static void wait_for_file(void) { assert_ok(hol_comm_barrier(test_comm)); }

static hid_t create(const char *path) {
    assert_ok(hol_h5_start(test_comm));
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(file >= 0);
    return file;
}

/* A set of 0 and 1 in a chequered order; layout is the caller's. */
static void add_bits(hid_t file, const char *name, hid_t layout) {
    uint8_t bits[COUNT];
    for (int i = 0; i < COUNT; i++) bits[i] = (uint8_t)((i / COLUMNS + i) % 2);
    hid_t space = H5Screate_simple(2, sizes, NULL);
    hid_t set = H5Dcreate2(file, name, H5T_STD_U8LE, space, H5P_DEFAULT, layout, H5P_DEFAULT);
    assert_true(set >= 0 && H5Dwrite(set, H5T_NATIVE_UINT8, H5S_ALL, H5S_ALL, H5P_DEFAULT, bits) >= 0);
    hol_h5_close(&set);
    hol_h5_close(&space);
}

static void add_floats(hid_t file, const char *name, const double *values) {
    hid_t space = H5Screate_simple(2, sizes, NULL);
    hid_t set = H5Dcreate2(file, name, H5T_IEEE_F32LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(set >= 0 && H5Dwrite(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    hol_h5_close(&set);
    hol_h5_close(&space);
}

static char *refer(const char *file, const char *path) {
    static char text[4][1024];
    static int turn;
    (void)snprintf(text[turn % 4], sizeof text[0], "%s:%s", file, path);
    return text[turn++ % 4];
}

static void refused(const char *reference, const char *part) {
    hol_dataset *dataset = NULL;
    assert_refused(hol_dataset_open(test_comm, reference, "train", &dataset), HOL_BAD_INPUT, part);
    assert_null(dataset);
}

/* The whole set's levels, checked against the file's checksum if it has one. */
static hol_status read_all_as(hol_comm *comm, const char *reference, uint16_t *levels) {
    hol_dataset *dataset = NULL;
    hol_status status = hol_dataset_open_alone(comm, reference, "train", &dataset);
    if (status != HOL_OK) return status;
    hol_dataset_begin_check(dataset);
    status = hol_dataset_read(dataset, 0, hol_dataset_get_rows(dataset), levels);
    hol_dataset_end_check(dataset);
    if (status == HOL_OK) status = hol_dataset_check(NULL, dataset);
    hol_dataset_close(dataset);
    return status;
}

static hol_status read_all(const char *reference, uint16_t *levels) { return read_all_as(NULL, reference, levels); }

static void check_bits(const char *reference) {
    uint16_t levels[COUNT];
    assert_ok(read_all(reference, levels));
    for (int i = 0; i < COUNT; i++) assert_int_equal(levels[i], (i / COLUMNS + i) % 2 ? 65535 : 0);
}

/* ------------------------------------------------------------------ links */

static void test_links_that_lead_astray_are_named(void **state) {
    (void)state;
    const char *path = test_path("links.h5"), *other = test_path("elsewhere.h5");
    if (is_first()) {
        hid_t file = create(other);
        add_bits(file, "/train", H5P_DEFAULT);
        hol_h5_close(&file);
        file = create(path);
        add_bits(file, "/real", H5P_DEFAULT);
        hid_t group = H5Gcreate2(file, "/group", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
        hol_h5_close(&group);
        assert_true(H5Lcreate_external("elsewhere.h5", "/train", file, "/train", H5P_DEFAULT, H5P_DEFAULT) >= 0);
        assert_true(H5Lcreate_external("elsewhere.h5", "/", file, "/group/out", H5P_DEFAULT, H5P_DEFAULT) >= 0);
        assert_true(H5Lcreate_soft("/group/out/train", file, "/by_soft", H5P_DEFAULT, H5P_DEFAULT) >= 0);
        assert_true(H5Lcreate_soft("/gone", file, "/dangling", H5P_DEFAULT, H5P_DEFAULT) >= 0);
        assert_true(H5Lcreate_soft("real", file, "/good", H5P_DEFAULT, H5P_DEFAULT) >= 0);
        assert_true(H5Lcreate_soft("../real", file, "/group/odd", H5P_DEFAULT, H5P_DEFAULT) >= 0);
        assert_true(H5Lcreate_soft("/circle", file, "/circle", H5P_DEFAULT, H5P_DEFAULT) >= 0);
        hol_h5_close(&file);
    }
    wait_for_file();
    refused(path, "links.h5:/train: found an external link to /train in the file elsewhere.h5");
    refused(refer(path, "/group/out/train"), "/group/out: found an external link to / in the file elsewhere.h5");
    refused(refer(path, "by_soft"), "/group/out: found an external link");
    refused(refer(path, "dangling"), "links.h5:/dangling: found a link to /gone, which is not there");
    refused(refer(path, "group/odd"), "/group/odd: found a link to ");
    refused(refer(path, "circle"), "/circle: found links that lead too far");
    refused(refer(path, "nothing"), "found no data set /nothing, expected /");
    check_bits(refer(path, "good"));
    check_bits(other);
    char **paths = NULL;
    int64_t count = 0;
    assert_ok(hol_dataset_list(test_comm, path, &paths, &count)); /* those that lead astray are among them */
    assert_int_equal(count, 7);
    hol_free(paths);
}

/* ------------------------------------------------------------------ storage */

static size_t keep(unsigned flags, size_t count, const unsigned *values, size_t bytes, size_t *size, void **buffer) {
    (void)flags, (void)count, (void)values, (void)size, (void)buffer;
    return bytes;
}

static void test_storage_elsewhere_is_refused(void **state) {
    (void)state;
    enum { FILTER = 300 };
    const char *path = test_path("storage.h5"), *secret = test_path("secret.txt");
    if (is_first()) {
        const hsize_t chunk[2] = {4, COLUMNS};
        const H5Z_class2_t filter = {H5Z_CLASS_T_VERS, FILTER, 1, 1, "squeeze", NULL, NULL, keep};
        FILE *text = fopen(secret, "w");
        assert_true(text && fprintf(text, "%0*d", COUNT, 0) == COUNT && fclose(text) == 0);
        hid_t file = create(path), layout = H5Pcreate(H5P_DATASET_CREATE), space = H5Screate_simple(2, sizes, NULL);
        assert_true(H5Pset_external(layout, secret, 0, COUNT) >= 0);
        hid_t set = H5Dcreate2(file, "/raw", H5T_STD_U8LE, space, H5P_DEFAULT, layout, H5P_DEFAULT);
        assert_true(set >= 0);
        hol_h5_close(&set);
        hol_h5_close(&layout);
        layout = H5Pcreate(H5P_DATASET_CREATE);
        assert_true(H5Zregister(&filter) >= 0 && H5Pset_chunk(layout, 2, chunk) >= 0 &&
                    H5Pset_filter(layout, FILTER, 0, 0, NULL) >= 0);
        add_bits(file, "/squeezed", layout);
        hol_h5_close(&layout);
        layout = H5Pcreate(H5P_DATASET_CREATE);
        assert_true(H5Pset_layout(layout, H5D_COMPACT) >= 0);
        add_bits(file, "/compact", layout);
        hol_h5_close(&layout);
        hol_h5_close(&space);
        hol_h5_close(&file);
        assert_true(H5Zunregister(FILTER) >= 0);
    }
    wait_for_file();
    refused(refer(path, "raw"), "storage.h5:/raw: found values that lie outside the file, in ");
    refused(refer(path, "squeezed"), "found compression by \"squeeze\" (filter 300), which this HDF5 library does not "
                                     "have, expected gzip or none (where the filter is installed: h5repack -f NONE ");
    check_bits(refer(path, "compact"));
}

/* ------------------------------------------------------------------ virtual sets */

/* A set of ROWS rows whose first `rows` come from `source`, from its row `first` on. */
static void add_virtual(hid_t file, const char *name, const char *source, const char *set_name, hsize_t first,
                        hsize_t rows) {
    const hsize_t none[2] = {0, 0}, from[2] = {first, 0}, count[2] = {rows, COLUMNS}, all[2] = {first + rows, COLUMNS};
    hid_t space = H5Screate_simple(2, sizes, NULL), source_space = H5Screate_simple(2, all, NULL);
    hid_t layout = H5Pcreate(H5P_DATASET_CREATE);
    assert_true(H5Sselect_hyperslab(space, H5S_SELECT_SET, none, NULL, count, NULL) >= 0);
    assert_true(H5Sselect_hyperslab(source_space, H5S_SELECT_SET, from, NULL, count, NULL) >= 0);
    assert_true(H5Pset_virtual(layout, space, source, set_name, source_space) >= 0);
    hid_t set = H5Dcreate2(file, name, H5T_STD_U8LE, space, H5P_DEFAULT, layout, H5P_DEFAULT);
    assert_true(set >= 0);
    hol_h5_close(&set);
    hol_h5_close(&layout);
    hol_h5_close(&source_space);
    hol_h5_close(&space);
}

static void test_virtual_sets_need_their_sources(void **state) {
    (void)state;
    const char *path = test_path("virtual.h5");
    if (is_first()) {
        hid_t file = create(test_path("source.h5"));
        add_bits(file, "/train", H5P_DEFAULT);
        assert_true(H5Lcreate_external("elsewhere.h5", "/train", file, "/out", H5P_DEFAULT, H5P_DEFAULT) >= 0);
        hol_h5_close(&file);
        file = create(path);
        add_bits(file, "/here", H5P_DEFAULT);
        add_virtual(file, "/whole", "source.h5", "/train", 0, ROWS);
        add_virtual(file, "/same_file", ".", "/here", 0, ROWS);
        add_virtual(file, "/missing", "no.h5", "/train", 0, ROWS);
        add_virtual(file, "/missing_set", "source.h5", "/other", 0, ROWS);
        add_virtual(file, "/half", "source.h5", "/train", 0, ROWS / 2);
        add_virtual(file, "/beyond", "source.h5", "/train", 2, ROWS);
        add_virtual(file, "/by_link", "source.h5", "/out", 0, ROWS);
        add_virtual(file, "/itself", ".", "/itself", 0, ROWS);
        hol_h5_close(&file);
    }
    wait_for_file();
    check_bits(refer(path, "whole"));
    check_bits(refer(path, "same_file"));
    refused(refer(path, "missing"), "virtual.h5:/missing: found a virtual data set whose source no.h5 is missing");
    refused(refer(path, "missing_set"), "source.h5 has no data set /other");
    refused(refer(path, "half"), "with values that come from nowhere");
    refused(refer(path, "beyond"), "is smaller than what is taken from it");
    refused(refer(path, "by_link"), "found an external link");
    refused(refer(path, "itself"), "of virtual data sets of virtual ones");
}

/* ------------------------------------------------------------------ attributes and rounding */

static void add_number(hid_t file, const char *name, const char *attribute, hid_t type, const void *values, int count) {
    const hsize_t size = (hsize_t)count;
    hid_t set = H5Dopen2(file, name, H5P_DEFAULT), space = H5Screate_simple(1, &size, NULL);
    hid_t made = H5Acreate2(set, attribute, type, space, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(made >= 0 && H5Awrite(made, type, values) >= 0);
    hol_h5_close(&made);
    hol_h5_close(&space);
    hol_h5_close(&set);
}

/* `maximum`, `shape` and `checksum` of another program mean nothing to us unless they fit; in our own file they must.
 */
static void test_attributes_of_others_are_left_aside(void **state) {
    (void)state;
    const char *path = test_path("attributes.h5"), *ours = test_path("ours.h5");
    const double number = 0.5;
    const int64_t high = 300, shape[2] = {2, 2};
    if (is_first()) {
        for (int own = 0; own < 2; own++) {
            hid_t file = create(own ? ours : path);
            if (own) assert_ok(hol_h5_write_string(file, "format", "holode data set"));
            add_bits(file, "/float", H5P_DEFAULT);
            add_number(file, "/float", "maximum", H5T_NATIVE_DOUBLE, &number, 1);
            add_bits(file, "/high", H5P_DEFAULT);
            add_number(file, "/high", "maximum", H5T_NATIVE_INT64, &high, 1);
            add_bits(file, "/shape", H5P_DEFAULT);
            add_number(file, "/shape", "shape", H5T_NATIVE_INT64, shape, 2);
            add_number(file, "/shape", "checksum", H5T_NATIVE_DOUBLE, &number, 1);
            hol_h5_close(&file);
        }
    }
    wait_for_file();
    check_bits(refer(path, "float"));
    check_bits(refer(path, "high"));
    check_bits(refer(path, "shape"));
    refused(refer(ours, "float"), "attribute \"maximum\": found another type");
    refused(refer(ours, "high"), "attribute \"maximum\": found 300, expected 1, 255 for grey bytes");
    refused(refer(ours, "shape"), "attribute \"shape\": found 2 x 2, expected a product of 6");
}

static void test_rounding_errors_beyond_the_ends_are_taken(void **state) {
    (void)state;
    const char *path = test_path("rounding.h5");
    double values[COUNT] = {0.5, 1 + 2e-7, -2e-7, 1 + 9e-7};
    if (is_first()) {
        hid_t file = create(path);
        add_floats(file, "/near", values);
        values[4] = 1.00001;
        add_floats(file, "/above", values);
        values[4] = -1.1e-5;
        add_floats(file, "/below", values);
        hol_h5_close(&file);
    }
    wait_for_file();
    uint16_t levels[COUNT];
    assert_ok(read_all(refer(path, "near"), levels));
    assert_int_equal(levels[0], 32768);
    assert_int_equal(levels[1], 65535);
    assert_int_equal(levels[2], 0);
    assert_int_equal(levels[3], 65535);
    refused(refer(path, "above"), "row 0, column 4 (from 0): found 1.00001");
    refused(refer(path, "below"), "row 0, column 4 (from 0): found -1.1");
}

/* ------------------------------------------------------------------ our own data sets */

static void write_ours(const char *path, hol_dataset_kind kind, int64_t rows) {
    uint8_t bytes[COUNT];
    float floats[COUNT];
    hol_dataset_writer *writer = NULL;
    const hol_dataset_split split = {.name = "train", .columns = COLUMNS, .kind = kind};
    const hol_rng_key key = hol_rng_key_make(7, HOL_STREAM_EVALUATION);
    assert_ok(hol_dataset_writer_create(test_comm, path, &writer));
    assert_ok(hol_dataset_writer_begin(writer, &split));
    for (int64_t r = 0; r < rows; r += ROWS) {
        for (int i = 0; i < COUNT; i++) {
            bytes[i] = (uint8_t)(256 * hol_rng_uniform(key, (uint32_t)r, (uint32_t)i, 0, 0));
            floats[i] = (float)bytes[i] / 255;
        }
        if (kind == HOL_DATASET_FLOATS) assert_ok(hol_dataset_writer_append_floats(writer, ROWS, floats));
        else assert_ok(hol_dataset_writer_append_bytes(writer, ROWS, bytes));
    }
    assert_ok(hol_dataset_writer_finish(writer));
    hol_dataset_writer_destroy(writer);
}

/* Every byte of the file, one after the other or sampled: damage is noticed when the set is read, and HDF5 isn't asked
 * where it is in the structure. */
static void test_damage_to_our_sets_is_noticed(void **state) {
    (void)state;
    if (!is_first()) return;
    uint16_t *levels = calloc(40000 * COLUMNS, sizeof *levels);
    assert_non_null(levels);
    for (int kind = HOL_DATASET_BYTES; kind <= HOL_DATASET_FLOATS; kind++) {
        const char *path = test_path(kind == HOL_DATASET_BYTES ? "bytes.h5" : "floats.h5");
        struct stat s;
        unsigned char byte = 0;
        write_ours(path, (hol_dataset_kind)kind, kind == HOL_DATASET_BYTES ? 40000 : 8);
        assert_ok(read_all(path, levels));
        assert_int_equal(stat(path, &s), 0);
        const int descriptor = open(path, O_RDWR);
        for (off_t at = 3; at < s.st_size - 8; at += kind == HOL_DATASET_BYTES ? 1999 : 11) { /* all but the mark */
            assert_int_equal(pread(descriptor, &byte, 1, at), 1);
            byte ^= 0x20;
            assert_int_equal(pwrite(descriptor, &byte, 1, at), 1);
            if (test_take(read_all(path, levels)) != HOL_BAD_INPUT)
                fail_msg("byte %lld: %s", (long long)at, test_message);
            byte ^= 0x20;
            assert_int_equal(pwrite(descriptor, &byte, 1, at), 1);
        }
        assert_int_equal(close(descriptor), 0);
        assert_ok(read_all(path, levels));
    }
    free(levels);
}

/* one value (1, 1) by HDF5 itself */
static void write_one(const char *path, uint8_t value) {
    const hsize_t where[2] = {1, 1}, one[2] = {1, 1};
    hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT), set = H5Dopen2(file, "/train", H5P_DEFAULT);
    hid_t space = H5Dget_space(set), memory = H5Screate_simple(2, one, NULL);
    assert_true(H5Sselect_hyperslab(space, H5S_SELECT_SET, where, NULL, one, NULL) >= 0);
    assert_true(H5Dwrite(set, H5T_NATIVE_UINT8, memory, space, H5P_DEFAULT, &value) >= 0);
    hol_h5_close(&memory);
    hol_h5_close(&space);
    hol_h5_close(&set);
    hol_h5_close(&file);
}

/* another checksum than that of the values, in a structure that is sound */
static void write_wrong_checksum(const char *path) {
    const uint64_t wrong = 1;
    hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT), set = H5Dopen2(file, "/train", H5P_DEFAULT);
    assert_ok(hol_h5_write_u64(set, "checksum", &wrong, 1));
    hol_h5_close(&set);
    hol_h5_close(&file);
    assert_ok(hol_seal_append(test_comm, path, path));
}

/* HDF5 cuts the trailer off: the file is an ordinary one until it is sealed, and its checksum is of what it was. */
static void test_sets_changed_by_others_are_read_and_sealed(void **state) {
    (void)state;
    const char *path = test_path("changed.h5");
    hol_guard_found found;
    int64_t sets = 0;
    uint16_t levels[COUNT];
    hol_dataset *dataset = NULL;
    if (is_first()) {
        write_ours(path, HOL_DATASET_BYTES, ROWS);
        assert_ok(hol_guard_look(test_comm, path, &found));
        assert_int_equal(found, HOL_GUARD_TRAILER);
        write_one(path, 4);
    }
    wait_for_file();
    assert_ok(hol_guard_look(test_comm, path, &found));
    assert_int_equal(found, HOL_GUARD_NONE);
    assert_ok(read_all(path, levels));
    assert_int_equal(levels[COLUMNS + 1], 4 * 257);
    assert_ok(hol_seal_file(test_comm, hol_state_outline, path, &sets));
    assert_int_equal(sets, 1);
    assert_ok(hol_guard_look(test_comm, path, &found));
    assert_int_equal(found, HOL_GUARD_TRAILER);
    assert_ok(read_all(path, levels));
    assert_int_equal(levels[COLUMNS + 1], 4 * 257);
    assert_ok(hol_dataset_open(test_comm, path, "train", &dataset)); /* the ranks' shares together */
    int64_t first = 0, rows = 0;
    hol_comm_share(ROWS, hol_comm_rank(test_comm), hol_comm_size(test_comm), &first, &rows);
    hol_dataset_begin_check(dataset);
    assert_ok(hol_dataset_read(dataset, first, rows, levels));
    assert_ok(hol_dataset_check(test_comm, dataset));
    hol_dataset_close(dataset);
    wait_for_file(); /* no rank has it open any more */
    if (is_first()) write_wrong_checksum(path);
    wait_for_file();
    assert_refused(read_all_as(test_comm, path, levels), HOL_BAD_INPUT, "/train: checksum found ");
    hol_guard_set_unchecked(test_comm, true);
    assert_ok(read_all_as(test_comm, path, levels));
    assert_int_equal(levels[COLUMNS + 1], 4 * 257);
    assert_refused(read_all(path, levels), HOL_BAD_INPUT,
                   "/train: checksum found "); /* unchecked is test_comm's only */
    hol_guard_set_unchecked(test_comm, false);
    assert_refused(hol_seal_file(test_comm, hol_state_outline, test_path("rounding.h5"), &sets), HOL_BAD_INPUT,
                   "found another program's HDF5 file");
}

/* ------------------------------------------------------------------ names and locks */

static void test_names_that_are_no_files_do_not_block(void **state) {
    (void)state;
    const char *pipe = test_path("pipe.h5");
    if (is_first()) assert_int_equal(mkfifo(pipe, 0666), 0);
    wait_for_file();
    refused(pipe, "pipe.h5: found a pipe, expected a regular file");
    refused(test_directory(), "found a folder, expected a regular file");
    refused("/dev/zero", "found a device, expected a regular file");
}

static void test_a_file_that_is_being_written_is_said_to_be(void **state) {
    (void)state;
    if (!is_first()) return;
    const char *path = test_path("locked.h5");
    hid_t file = create(path);
    add_bits(file, "/train", H5P_DEFAULT);
    hol_h5_close(&file);
    const int descriptor = open(path, O_RDWR);
    assert_int_equal(flock(descriptor, LOCK_EX), 0);
    hol_dataset *dataset = NULL;
    assert_refused(hol_dataset_open_alone(NULL, path, "train", &dataset), HOL_BAD_INPUT,
                   "found it open in another program that writes to it");
    assert_int_equal(close(descriptor), 0);
    check_bits(path);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_links_that_lead_astray_are_named),
        cmocka_unit_test(test_storage_elsewhere_is_refused),
        cmocka_unit_test(test_virtual_sets_need_their_sources),
        cmocka_unit_test(test_attributes_of_others_are_left_aside),
        cmocka_unit_test(test_rounding_errors_beyond_the_ends_are_taken),
        cmocka_unit_test(test_damage_to_our_sets_is_noticed),
        cmocka_unit_test(test_sets_changed_by_others_are_read_and_sealed),
        cmocka_unit_test(test_names_that_are_no_files_do_not_block),
        cmocka_unit_test(test_a_file_that_is_being_written_is_said_to_be),
    };
    return hol_test_main(argc, argv, "foreign", tests, HOL_TEST_COUNT(tests));
}
