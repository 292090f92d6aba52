/* checkpoint: round trips to the bit, independence of ranks, which files are kept and found. */
#include "support.h"

#include <math.h>

#include "checkpoint_support.h"

/* ------------------------------------------------------------------ round trips */

static void check_round_trip(const char *name, int64_t chains, int64_t rows) {
    fixture written, read;
    char path[HOL_CHECKPOINT_PATH_MAX], found[HOL_CHECKPOINT_PATH_MAX];
    bool is_found = false;
    const char *directory = fresh_directory(name);
    create(&written, chains);
    create(&read, chains);
    fill(&written, 1200, 7, rows);
    fill(&read, 3, 8, 2);
    read.state.data_fingerprint = 0;
    assert_ok(write_to(&written, directory, 2, path));
    assert_ok(hol_checkpoint_find(test_comm, hol_state_outline, directory, found, &is_found));
    assert_true(is_found);
    assert_string_equal(found, path);
    assert_ok(hol_state_read(test_comm, path, read.model, &read.state));
    assert_all(same_state(&written, &read));
    assert_int_equal(open_identifiers(), 0);
    destroy(&written);
    destroy(&read);
}

static void test_write_and_read_state_gives_the_same_bits(void **unused) {
    (void)unused;
    check_round_trip("full", 3 * 64, 3);
    check_round_trip("uneven", 3 * 64 + 17, 0);
    check_round_trip("one_chain", 1, 1); /* fewer blocks than ranks */
    check_round_trip("two_blocks", 100, 40);
    check_round_trip("cd", 0, 2);
}

static void test_read_info_tells_everything(void **unused) {
    (void)unused;
    fixture f;
    char path[HOL_CHECKPOINT_PATH_MAX];
    hol_checkpoint_info info;
    const char *directory = fresh_directory("info");
    create(&f, 70);
    fill(&f, 1234567890123, 7, 5);
    assert_ok(write_to(&f, directory, 2, path));
    assert_non_null(strstr(path, "/info/checkpoint-1234567890123.h5"));
    assert_ok(hol_checkpoint_read_info(test_comm, path, &info));
    assert_string_equal(info.path, path);
    assert_string_equal(info.config, f.facts.config);
    assert_string_equal(info.model, "rbm");
    assert_int_equal(info.visible, 9);
    assert_int_equal(info.hidden, 5);
    assert_true(info.temperature == 0.75);
    assert_int_equal(info.step, 1234567890123);
    assert_true(info.seed == f.facts.seed);
    assert_true(info.data_fingerprint == f.state.data_fingerprint);
    assert_int_equal(info.chains, 70);
    assert_int_equal(info.history_rows, 5);
    assert_int_equal(info.item_shape[0], 3);
    assert_int_equal(info.item_shape[1], 3);
    hol_checkpoint_info_clear(&info);
    f.facts = (hol_checkpoint_facts){0};
    f.state.step = 1;
    assert_ok(write_to(&f, directory, 2, path));
    assert_ok(hol_checkpoint_read_info(test_comm, path, &info));
    assert_string_equal(info.config, "");
    assert_int_equal(info.item_shape[0], 0);
    hol_checkpoint_info_clear(&info);
    destroy(&f);
}

static void test_read_parts_alone(void **unused) {
    (void)unused;
    fixture written, read;
    char path[HOL_CHECKPOINT_PATH_MAX];
    create(&written, 150);
    create(&read, 150);
    fill(&written, 5, 9, 4);
    fill(&read, 6, 10, 1);
    assert_ok(write_to(&written, fresh_directory("parts"), 2, path));
    const size_t bytes = (size_t)read.model->info.parameters * sizeof(float);
    assert_ok(hol_state_read_theta(test_comm, path, read.model, read.state.theta));
    assert_all(memcmp(read.state.theta, written.state.theta, bytes) == 0);
    assert_all(!same_chains(read.model, read.state.chains, written.state.chains) ||
               read.state.chains->states.blocks == 0);
    assert_ok(hol_state_read_chains(test_comm, path, read.model, read.state.chains));
    assert_all(same_chains(read.model, read.state.chains, written.state.chains));
    assert_ok(hol_state_read_history(test_comm, path, read.model, &read.state.history));
    assert_all(same_history(&written.state.history, &read.state.history));
    destroy(&written);
    destroy(&read);
}

/* A model that claims to be made from two arrays, whoever made it. */
static void give_structures(fixture *f, const int32_t *edges, const int32_t *cardinalities) {
    f->model->info.structure_count = 2;
    f->model->info.structures[0] = (hol_structure){.name = "edges", .rows = 3, .columns = 2, .values = edges};
    f->model->info.structures[1] =
        (hol_structure){.name = "cardinalities", .rows = 1, .columns = 4, .values = cardinalities};
}

static void test_structures_come_back(void **unused) {
    (void)unused;
    fixture written, read;
    hol_checkpoint_info info;
    char path[HOL_CHECKPOINT_PATH_MAX];
    const int32_t edges[] = {0, 1, 1, 2, INT32_MIN, INT32_MAX}, cardinalities[] = {2, 3, 2, 1000},
                  other[] = {2, 3, 2, 4};
    create(&written, 70);
    create(&read, 70);
    fill(&written, 5, 9, 4);
    give_structures(&written, edges, cardinalities);
    assert_ok(write_to(&written, fresh_directory("structures"), 2, path));
    assert_ok(hol_checkpoint_read_info(test_comm, path, &info));
    assert_int_equal(info.structure_count, 2); /* by name */
    assert_string_equal(info.structures[0].name, "cardinalities");
    assert_int_equal(info.structures[0].rows, 1);
    assert_int_equal(info.structures[0].columns, 4);
    assert_memory_equal(info.structures[0].values, cardinalities, sizeof cardinalities);
    assert_string_equal(info.structures[1].name, "edges");
    assert_int_equal(info.structures[1].rows, 3);
    assert_memory_equal(info.structures[1].values, edges, sizeof edges);
    hol_checkpoint_info_clear(&info);
    assert_refused(hol_state_read(test_comm, path, read.model, &read.state), HOL_BAD_INPUT,
                   "/structure: found 2 data sets, expected the model's 0");
    give_structures(&read, edges, other);
    assert_refused(hol_state_read(test_comm, path, read.model, &read.state), HOL_BAD_INPUT,
                   "/structure/cardinalities: found another structure, expected that of the model");
    give_structures(&read, edges, cardinalities);
    read.state.data_fingerprint = 0;
    assert_ok(hol_state_read(test_comm, path, read.model, &read.state));
    assert_all(same_state(&written, &read));
    assert_int_equal(open_identifiers(), 0);
    destroy(&written);
    destroy(&read);
}

/* ------------------------------------------------------------------ independence of ranks */

/* A data set's bytes as plain HDF5 gives them; the caller's to hol_free. */
static void *read_plain(const char *path, const char *name, hid_t type, size_t width, int64_t *ret_count) {
    hid_t file = -1;
    assert_ok(hol_h5_open(test_comm, path, false, &file));
    hid_t set = H5Dopen2(file, name, H5P_DEFAULT);
    assert_true(set >= 0);
    hid_t space = H5Dget_space(set);
    *ret_count = (int64_t)H5Sget_simple_extent_npoints(space);
    void *values = hol_allocate(*ret_count, width);
    assert_non_null(values);
    assert_true(H5Dread(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    hol_h5_close(&space);
    hol_h5_close(&set);
    hol_h5_close(&file);
    return values;
}

static void compare_with_memory(const char *path, const fixture *whole) {
    int64_t count = 0;
    const hol_parameter_group *weights = hol_model_find_group(whole->model, "weights");
    float *w = read_plain(path, "/parameters/weights", H5T_NATIVE_FLOAT, sizeof *w, &count);
    assert_int_equal(count, weights->rows * weights->columns);
    assert_memory_equal(w, whole->state.theta + weights->offset, (size_t)count * sizeof *w);
    hol_free(w);
    w = read_plain(path, "/optimiser/velocity/hidden_bias", H5T_NATIVE_FLOAT, sizeof *w, &count);
    assert_memory_equal(w, whole->state.optimiser->velocity + 9, (size_t)count * sizeof *w);
    hol_free(w);
    double *d = read_plain(path, "/history/seconds_sampling", H5T_NATIVE_DOUBLE, sizeof *d, &count);
    assert_int_equal(count, whole->state.history.rows);
    for (int64_t r = 0; r < count; r++)
        assert_true(d[r] == whole->state.history.values[r * HOL_METRICS + HOL_METRIC_SECONDS_SAMPLING]);
    hol_free(d);
    uint8_t expected[200 * 9], *bytes = read_plain(path, "/chains/visible", H5T_NATIVE_UINT8, 1, &count);
    assert_int_equal(count, whole->state.chains->count * 9);
    hol_population_get_bytes(whole->state.chains, 0, 9, 0, whole->state.chains->count, expected);
    assert_memory_equal(bytes, expected, (size_t)count);
    hol_free(bytes);
}

/* What all ranks write together is, byte for byte, what one rank that holds everything has. */
static void test_write_does_not_depend_on_ranks(void **unused) {
    (void)unused;
    fixture shared, whole;
    char path[HOL_CHECKPOINT_PATH_MAX];
    create(&shared, 200);
    create_sized(&whole, 9, 5, 200, 0, 1);
    fill(&shared, 64, 21, 6);
    fill(&whole, 64, 21, 6);
    assert_ok(write_to(&shared, fresh_directory("ranks"), 2, path));
    if (rank() == 0) compare_with_memory(path, &whole);
    assert_ok(hol_comm_barrier(test_comm));
    destroy(&shared);
    destroy(&whole);
}

/* 4 MB rows of chains bytes and weights go in several writes. */
static void test_write_in_slices(void **unused) {
    (void)unused;
    fixture written, read;
    char path[HOL_CHECKPOINT_PATH_MAX];
    create_sized(&written, 20000, 300, 1000, rank(), ranks());
    create_sized(&read, 20000, 300, 1000, rank(), ranks());
    fill(&written, 64, 21, 1);
    assert_ok(write_to(&written, fresh_directory("rows"), 2, path));
    assert_ok(hol_checkpoint_validate(test_comm, hol_state_outline, path));
    assert_ok(hol_state_read(test_comm, path, read.model, &read.state));
    assert_all(same_state(&written, &read));
    struct stat s;
    assert_int_equal(stat(path, &s), 0);
    int64_t measured = 0;
    assert_ok(hol_state_measure(test_comm, written.model, &written.state, &written.facts, &measured));
    assert_int_equal(measured, s.st_size);
    destroy(&written);
    destroy(&read);
}

/* ------------------------------------------------------------------ keeping and finding */

static void test_write_keeps_the_newest(void **unused) {
    (void)unused;
    fixture f;
    char path[HOL_CHECKPOINT_PATH_MAX];
    const char *directory = fresh_directory("keep");
    bool found = false;
    create(&f, 64);
    for (int64_t step = 100; step <= 500; step += 100) {
        fill(&f, step, 1, 1);
        assert_ok(write_to(&f, directory, 2, path));
    }
    assert_all(count_names(directory, "checkpoint-") == 2);
    assert_ok(hol_checkpoint_find(test_comm, hol_state_outline, directory, path, &found));
    assert_non_null(strstr(path, "checkpoint-000000500.h5"));
    /* a run that fell back to 200 must not lose what it writes to the files of later steps */
    fill(&f, 250, 1, 1);
    assert_ok(write_to(&f, directory, 1, path));
    assert_all(access(path, F_OK) == 0);
    assert_all(count_names(directory, "checkpoint-") == 3);
    fill(&f, 500, 2, 1); /* again, over itself */
    assert_ok(write_to(&f, directory, 1, path));
    assert_all(count_names(directory, "checkpoint-") == 1);
    fill(&f, 600, 2, 1);
    assert_ok(write_to(&f, directory, 0, NULL));
    assert_all(count_names(directory, "checkpoint-") == 2);
    assert_all(count_names(directory, ".checkpoint-") == 0);
    destroy(&f);
}

/* The best one stands beside the numbered ones: none of them, and none of `keep`'s. */
static void test_write_best_is_none_of_the_numbered(void **unused) {
    (void)unused;
    fixture f, read;
    char path[HOL_CHECKPOINT_PATH_MAX], best[HOL_CHECKPOINT_PATH_MAX];
    const char *directory = fresh_directory("best");
    bool found = true;
    create(&f, 64);
    create(&read, 64);
    for (int64_t step = 100; step <= 300; step += 100) {
        fill(&f, step, 1, 1);
        if (step < 300) assert_ok(hol_state_write_best(test_comm, directory, f.model, &f.state, &f.facts, best));
        if (step == 100) assert_ok(hol_checkpoint_find(test_comm, hol_state_outline, directory, path, &found));
        assert_true(step > 100 || !found);
        assert_ok(write_to(&f, directory, 1, path));
    }
    assert_all(count_names(directory, "checkpoint-") == 2);
    assert_ok(hol_checkpoint_find(test_comm, hol_state_outline, directory, path, &found));
    assert_non_null(strstr(path, "checkpoint-000000300.h5"));
    assert_non_null(strstr(best, "checkpoint-best.h5"));
    fill(&f, 200, 1, 1);
    read.state.data_fingerprint = 0;
    assert_ok(hol_state_read(test_comm, best, read.model, &read.state));
    assert_all(same_state(&f, &read));
    destroy(&f);
    destroy(&read);
}

/* of a directory: the best one is its model, the newest one is where the run is */
static void test_resolve_takes_the_best_one_where_it_is_good(void **unused) {
    (void)unused;
    fixture f;
    char path[HOL_CHECKPOINT_PATH_MAX], best[HOL_CHECKPOINT_PATH_MAX], resolved[HOL_CHECKPOINT_PATH_MAX];
    const char *directory = fresh_directory("model");
    create(&f, 64);
    fill(&f, 100, 1, 1);
    assert_ok(hol_state_write_best(test_comm, directory, f.model, &f.state, &f.facts, best));
    assert_ok(hol_checkpoint_resolve(test_comm, hol_state_outline, directory, resolved)); /* before any other */
    assert_string_equal(resolved, best);
    assert_refused(hol_checkpoint_resolve_newest(test_comm, hol_state_outline, directory, resolved), HOL_BAD_INPUT,
                   "found no checkpoint");
    fill(&f, 200, 1, 1);
    assert_ok(write_to(&f, directory, 1, path));
    assert_ok(hol_checkpoint_resolve(test_comm, hol_state_outline, directory, resolved));
    assert_string_equal(resolved, best);
    assert_ok(hol_checkpoint_resolve_newest(test_comm, hol_state_outline, directory, resolved));
    assert_string_equal(resolved, path);
    assert_ok(hol_checkpoint_resolve(test_comm, hol_state_outline, path, resolved));
    assert_string_equal(resolved, path);
    assert_true(hol_checkpoint_is_best(best) && hol_checkpoint_is_best("checkpoint-best.h5"));
    assert_false(hol_checkpoint_is_best(path) || hol_checkpoint_is_best("a/checkpoint-best.h5/b"));
    write_text(test_path("model/checkpoint-best.h5"), "damaged");
    assert_ok(hol_comm_barrier(test_comm));
    assert_ok(hol_checkpoint_resolve(test_comm, hol_state_outline, directory, resolved));
    assert_string_equal(resolved, path);
    destroy(&f);
}

static void test_is_same_until_another_is_in_its_place(void **unused) {
    (void)unused;
    fixture f;
    char best[HOL_CHECKPOINT_PATH_MAX];
    hol_checkpoint_info info, late;
    bool same = false;
    const char *directory = fresh_directory("place");
    create(&f, 64);
    fill(&f, 100, 1, 1);
    assert_ok(hol_state_write_best(test_comm, directory, f.model, &f.state, &f.facts, best));
    assert_ok(hol_checkpoint_read_info(test_comm, best, &info));
    assert_ok(hol_checkpoint_is_same(test_comm, &info, &same));
    assert_true(same);
    fill(&f, 200, 1, 1);
    assert_ok(hol_state_write_best(test_comm, directory, f.model, &f.state, &f.facts, best));
    assert_ok(hol_checkpoint_is_same(test_comm, &info, &same));
    assert_false(same);
    assert_ok(hol_checkpoint_read_info(test_comm, best, &late));
    assert_ok(hol_checkpoint_is_same(test_comm, &late, &same));
    assert_true(same);
    /* the others have seen it in time, this rank has not */
    if (hol_comm_rank(test_comm) == 0) late.step = 100;
    assert_ok(hol_checkpoint_is_same(test_comm, &late, &same));
    assert_false(same);
    hol_checkpoint_info_clear(&info);
    hol_checkpoint_info_clear(&late);
    destroy(&f);
}

static void test_find_nothing(void **unused) {
    (void)unused;
    char path[HOL_CHECKPOINT_PATH_MAX];
    bool found = true;
    assert_ok(hol_checkpoint_find(test_comm, hol_state_outline, test_path("missing"), path, &found));
    assert_false(found);
    const char *directory = fresh_directory("empty");
    found = true;
    assert_ok(hol_checkpoint_find(test_comm, hol_state_outline, directory, path, &found));
    assert_false(found);
    assert_refused(hol_checkpoint_resolve(test_comm, hol_state_outline, directory, path), HOL_BAD_INPUT,
                   "found no checkpoint");
}

static void test_resolve_takes_files_and_directories(void **unused) {
    (void)unused;
    fixture f;
    char path[HOL_CHECKPOINT_PATH_MAX], resolved[HOL_CHECKPOINT_PATH_MAX];
    const char *directory = fresh_directory("resolve");
    create(&f, 64);
    fill(&f, 10, 1, 1);
    assert_ok(write_to(&f, directory, 1, path));
    assert_ok(hol_checkpoint_resolve(test_comm, hol_state_outline, directory, resolved));
    assert_string_equal(resolved, path);
    assert_ok(hol_checkpoint_resolve(test_comm, hol_state_outline, path, resolved));
    assert_string_equal(resolved, path);
    /* names that are like a checkpoint's, but not one */
    write_text(test_path("resolve/checkpoint-0000000011.h5"), "x");
    write_text(test_path("resolve/checkpoint-000000012.h5.old"), "x");
    write_text(test_path("resolve/checkpoint-.h5"), "x");
    assert_ok(hol_checkpoint_resolve(test_comm, hol_state_outline, directory, resolved));
    assert_string_equal(resolved, path);
    destroy(&f);
}

/* kill -9 in the middle of a write leaves the temporary file: ignored, and removed by the next write. */
static void test_write_removes_what_a_killed_run_left(void **unused) {
    (void)unused;
    fixture f;
    char path[HOL_CHECKPOINT_PATH_MAX], found_path[HOL_CHECKPOINT_PATH_MAX];
    bool found = false;
    const char *directory = fresh_directory("killed");
    create(&f, 64);
    fill(&f, 10, 1, 1);
    assert_ok(write_to(&f, directory, 3, path));
    write_text(test_path("killed/.checkpoint-000000020.0000000000012345.h5.tmp"), "half a checkpoint");
    write_text(test_path("killed/.checkpoint-000000020.0000000000012345.h5.tmp.locktest.1"), "beside it");
    write_text(test_path("killed/.checkpoint-000000020.0000000000012345.fedcba9876543210.h5.tmp"), "another half");
    write_text(test_path("killed/.checkpoint-000000021.ffffffffffffffff.h5.tmp"), "of a later run than this one");
    write_text(test_path("killed/.checkpoint-000000021.ffffffffffffffff.0000000000000001.h5.tmp"), "of another");
    write_text(test_path("killed/.checkpoint-000000022.0000000000012345.12.h5.tmp"), "no such name");
    write_text(test_path("killed/.other.tmp"), "another program's");
    assert_ok(hol_checkpoint_find(test_comm, hol_state_outline, directory, found_path, &found));
    assert_true(found);
    assert_string_equal(found_path, path);
    fill(&f, 20, 1, 1);
    assert_ok(write_to(&f, directory, 3, path));
    assert_all(count_names(directory, ".checkpoint-000000020") == 0);
    assert_all(count_names(directory, ".checkpoint-000000021") == 2);
    assert_all(count_names(directory, ".checkpoint-000000022") == 1);
    assert_all(count_names(directory, ".other.tmp") == 1);
    destroy(&f);
}

int main(int argc, char **argv) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_write_and_read_state_gives_the_same_bits),
        cmocka_unit_test(test_read_info_tells_everything),
        cmocka_unit_test(test_read_parts_alone),
        cmocka_unit_test(test_structures_come_back),
        cmocka_unit_test(test_write_does_not_depend_on_ranks),
        cmocka_unit_test(test_write_in_slices),
        cmocka_unit_test(test_write_keeps_the_newest),
        cmocka_unit_test(test_write_best_is_none_of_the_numbered),
        cmocka_unit_test(test_resolve_takes_the_best_one_where_it_is_good),
        cmocka_unit_test(test_is_same_until_another_is_in_its_place),
        cmocka_unit_test(test_find_nothing),
        cmocka_unit_test(test_resolve_takes_files_and_directories),
        cmocka_unit_test(test_write_removes_what_a_killed_run_left),
    };
    return hol_test_main(argc, argv, "checkpoint", tests, HOL_TEST_COUNT(tests));
}
