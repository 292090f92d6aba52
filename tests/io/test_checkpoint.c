/* Tests of io/checkpoint: round trips to the bit, independence of ranks, damage, full disks, failures on one rank. */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <sys/mount.h>
#include <sys/syscall.h>

#include "base/alloc.h"
#include "base/rng.h"
#include "io/checkpoint.h"
#include "io/guard.h"
#include "io/h5.h"
#include "io/replace.h"
#include "io/seal.h"
#include "sample/population.h"
#include "train/optimiser.h"
#include "train/state.h"

/* Stands before the C library's: file systems of networks, most of all, know no fallocate. */
static bool without_fallocate;

int fallocate(int descriptor, int mode, off_t offset, off_t bytes) {
    if (!without_fallocate) return (int)syscall(SYS_fallocate, descriptor, mode, offset, bytes);
    errno = EOPNOTSUPP;
    return -1;
}

/* ------------------------------------------------------------------ states without a trainer */

typedef struct fixture {
    hol_model *model;
    hol_state state;
    hol_checkpoint_facts facts;
} fixture;

static int rank(void) { return hol_comm_rank(test_comm); }
static int ranks(void) { return hol_comm_size(test_comm); }

static void create_sized(fixture *f, int64_t visible, int64_t hidden, int64_t chains, int own_rank, int own_ranks) {
    *f = (fixture){
        .facts = {.config = "model:\n  kind: rbm\n", .seed = UINT64_C(0xfedcba9876543210), .item_shape = {3, 3}}};
    const hol_model_options options = {.kind = "rbm", .visible = visible, .hidden = hidden, .temperature = 0.75};
    const hol_optimiser_options optimiser = {.momentum = 0.5, .centering_rate = 0.01};
    assert_ok(hol_model_create(&options, &f->model));
    assert_ok(HOL_ALLOCATE(f->state.theta, f->model->info.parameters, "theta"));
    assert_ok(hol_optimiser_create(f->model, &optimiser, &f->state.optimiser));
    if (chains > 0) assert_ok(hol_population_create(f->model, chains, own_rank, own_ranks, &f->state.chains));
}

static void create(fixture *f, int64_t chains) { create_sized(f, 9, 5, chains, rank(), ranks()); }

static void destroy(fixture *f) {
    hol_free(f->state.theta);
    hol_optimiser_destroy(f->state.optimiser);
    hol_population_destroy(f->state.chains);
    hol_history_clear(&f->state.history);
    hol_model_destroy(f->model);
}

/* Every value a function of its place and `salt`, whatever the ranks. */
static void fill(fixture *f, int64_t step, uint64_t salt, int64_t rows) {
    const hol_rng_key key = hol_rng_key_make(salt, HOL_STREAM_SAMPLE);
    f->state.step = step;
    f->state.data_fingerprint = UINT64_C(0x8000000000000001) + salt;
    for (int64_t i = 0; i < f->model->info.parameters; i++) {
        f->state.theta[i] = (float)(hol_rng_uniform(key, (uint32_t)i, 0, 0, 0) - 0.5);
        f->state.optimiser->velocity[i] = (float)(hol_rng_uniform(key, (uint32_t)i, 1, 0, 0) - 0.5);
    }
    for (int64_t i = 0; i < f->model->info.first_order; i++)
        f->state.optimiser->means[i] = hol_rng_uniform(key, (uint32_t)i, 2, 0, 0);
    if (f->state.chains) hol_population_randomize(f->model, f->state.chains, key);
    hol_history_clear(&f->state.history);
    for (int64_t r = 0; r < rows; r++) {
        double row[HOL_METRICS];
        for (int m = 0; m < HOL_METRICS; m++)
            row[m] = m == 5 ? (double)NAN : hol_rng_uniform(key, (uint32_t)r, 3, (uint32_t)m, 0);
        /* times of ranks other than 0 are not to be kept */
        if (rank() != 0) row[HOL_METRIC_SECONDS_SAMPLING] = -1;
        assert_ok(hol_history_append(&f->state.history, row));
    }
}

static hol_status write_to(const fixture *f, const char *directory, int64_t keep, char *path) {
    return hol_state_write(test_comm, directory, f->model, &f->state, &f->facts, keep, path);
}

/* A fresh directory inside the test's, on all ranks; its name lasts, as test_path's do not. */
static const char *fresh_directory(const char *name) {
    static char names[32][512];
    static int count;
    char *path = names[count++ % 32];
    (void)snprintf(path, sizeof names[0], "%s/%s", test_directory(), name);
    int64_t failed = rank() == 0 && mkdir(path, 0777) != 0;
    assert_ok(hol_comm_max_i64(test_comm, &failed, 1));
    assert_int_equal(failed, 0);
    return path;
}

static bool same_chains(const hol_model *model, const hol_population *a, const hol_population *b) {
    if (!a || !b) return a == b;
    const int64_t units = model->info.visible + model->info.hidden;
    int64_t first = 0, chains = 0;
    hol_population_get_owned(a, &first, &chains);
    uint8_t *left = hol_allocate(chains * units, 1, "left"), *right = hol_allocate(chains * units, 1, "right");
    if (!left || !right) return false;
    hol_population_get_bytes(a, 0, units, first, chains, left);
    hol_population_get_bytes(b, 0, units, first, chains, right);
    const bool same = memcmp(left, right, (size_t)(chains * units)) == 0;
    hol_free(left);
    hol_free(right);
    return same;
}

static bool same_history(const hol_history *a, const hol_history *b) {
    if (a->rows != b->rows) return false;
    for (int64_t i = 0; i < a->rows * HOL_METRICS; i++) {
        const bool is_own_time = rank() != 0 && i % HOL_METRICS == HOL_METRIC_SECONDS_SAMPLING;
        if (is_own_time ? b->values[i] < 0 : memcmp(&a->values[i], &b->values[i], sizeof *a->values) != 0) return false;
    }
    return true;
}

static bool same_state(const fixture *a, const fixture *b) {
    const size_t floats = (size_t)a->model->info.parameters * sizeof(float);
    const size_t doubles = (size_t)a->model->info.first_order * sizeof(double);
    return a->state.step == b->state.step && a->state.data_fingerprint == b->state.data_fingerprint &&
           memcmp(a->state.theta, b->state.theta, floats) == 0 &&
           memcmp(a->state.optimiser->velocity, b->state.optimiser->velocity, floats) == 0 &&
           memcmp(a->state.optimiser->means, b->state.optimiser->means, doubles) == 0 &&
           same_chains(a->model, a->state.chains, b->state.chains) &&
           same_history(&a->state.history, &b->state.history);
}

/* How many names in a directory begin so, once rank 0 has done what it does there. Collective. */
static int64_t count_names(const char *directory, const char *start) {
    assert_ok(hol_comm_barrier(test_comm));
    return test_count_names(directory, start);
}

/* HDF5 identifiers that are open in this process: each would keep its file open. */
static int64_t open_identifiers(void) {
    return H5Fget_obj_count((hid_t)H5F_OBJ_ALL, H5F_OBJ_FILE | H5F_OBJ_DATASET | H5F_OBJ_GROUP | H5F_OBJ_ATTR);
}

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
    assert_ok(hol_h5_open(path, false, &file));
    hid_t set = H5Dopen2(file, name, H5P_DEFAULT);
    assert_true(set >= 0);
    hid_t space = H5Dget_space(set);
    *ret_count = (int64_t)H5Sget_simple_extent_npoints(space);
    void *values = hol_allocate(*ret_count, width, "values");
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

/* 4 MB rows of chains bytes and weights go in several slices. */
static void test_write_in_slices(void **unused) {
    (void)unused;
    fixture written, read;
    char path[HOL_CHECKPOINT_PATH_MAX];
    create_sized(&written, 20000, 300, 1000, rank(), ranks());
    create_sized(&read, 20000, 300, 1000, rank(), ranks());
    fill(&written, 64, 21, 1);
    assert_ok(write_to(&written, fresh_directory("slices"), 2, path));
    assert_ok(hol_checkpoint_validate(test_comm, hol_state_outline, path));
    assert_ok(hol_state_read(test_comm, path, read.model, &read.state));
    assert_all(same_state(&written, &read));
    struct stat s;
    assert_int_equal(stat(path, &s), 0);
    const double estimate = (double)hol_state_bytes_of(written.model, 1000, 1);
    assert_true(fabs(estimate / (double)s.st_size - 1) < 0.01);
    destroy(&written);
    destroy(&read);
}

/* ------------------------------------------------------------------ changes to files, by rank 0 alone
 *
 * It begins when all ranks are through with the file, and they go on when it is done. */

static bool begin_change(void) {
    assert_ok(hol_comm_barrier(test_comm));
    return rank() == 0;
}

static void end_change(void) { assert_ok(hol_comm_barrier(test_comm)); }

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

static void write_text(const char *path, const char *text) {
    if (begin_change()) {
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        (void)fputs(text, file);
        assert_int_equal(fclose(file), 0);
    }
    end_change();
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

/* ------------------------------------------------------------------ damage */

/* Where the first byte of a data set lies in the file. */
static int64_t find_offset(const char *path, const char *name) {
    hid_t file = -1;
    assert_ok(hol_h5_open(path, false, &file));
    hid_t set = H5Dopen2(file, name, H5P_DEFAULT);
    const int64_t offset = (int64_t)H5Dget_offset(set);
    hol_h5_close(&set);
    hol_h5_close(&file);
    return offset;
}

/* Flips one bit, `places` bytes into the data set. Rank 0 does it, the others wait. */
static void damage(const char *path, const char *name, int64_t places) {
    if (begin_change()) {
        const off_t offset = (off_t)(find_offset(path, name) + places);
        const int descriptor = open(path, O_RDWR);
        unsigned char byte = 0;
        assert_int_equal(pread(descriptor, &byte, 1, offset), 1);
        byte ^= 0x10;
        assert_int_equal(pwrite(descriptor, &byte, 1, offset), 1);
        assert_int_equal(close(descriptor), 0);
    }
    end_change();
}

static void test_damaged_data_are_refused_and_passed_over(void **unused) {
    (void)unused;
    static const struct {
        const char *name;
        int64_t places;
    } cases[] = {{"/parameters/weights", 9 * 5 * 4 - 1},
                 {"/parameters/visible_bias", 0},
                 {"/optimiser/velocity/weights", 17},
                 {"/optimiser/means", 100},
                 {"/chains/visible", 200 * 9 - 1},
                 {"/chains/hidden", 66 * 5},
                 {"/history/step", 8},
                 {"/history/seconds_evaluation", 15},
                 {"/config", 3}};
    fixture f, read;
    char older[HOL_CHECKPOINT_PATH_MAX], newer[HOL_CHECKPOINT_PATH_MAX], path[HOL_CHECKPOINT_PATH_MAX];
    bool found = false;
    const char *directory = fresh_directory("damage");
    create(&f, 200);
    create(&read, 200);
    fill(&f, 10, 1, 2);
    assert_ok(write_to(&f, directory, 2, older));
    for (size_t i = 0; i < HOL_TEST_COUNT(cases); i++) {
        fill(&f, 20, 2, 2);
        assert_ok(write_to(&f, directory, 2, newer));
        damage(newer, cases[i].name, cases[i].places);
        assert_refused(hol_checkpoint_validate(test_comm, hol_state_outline, newer), HOL_BAD_INPUT, cases[i].name);
        assert_refused(hol_state_read(test_comm, newer, read.model, &read.state), HOL_BAD_INPUT, "the file is damaged");
        assert_ok(hol_checkpoint_find(test_comm, hol_state_outline, directory, path, &found));
        assert_true(found);
        assert_string_equal(path, older);
    }
    assert_int_equal(open_identifiers(), 0);
    destroy(&f);
    destroy(&read);
}

/* Damage anywhere, HDF5's own structure included: refused without asking HDF5, which might die of it. */
static void test_damaged_structure_is_refused(void **unused) {
    (void)unused;
    fixture f;
    char path[HOL_CHECKPOINT_PATH_MAX];
    hol_checkpoint_info info;
    struct stat s;
    unsigned char byte = 0;
    create(&f, 100);
    fill(&f, 10, 1, 1);
    assert_ok(write_to(&f, fresh_directory("structure"), 2, path));
    assert_int_equal(stat(path, &s), 0);
    const int descriptor = open(path, O_RDWR);
    for (off_t at = 0; at < s.st_size - 8; at += 97) { /* all but the trailer's mark */
        if (begin_change()) {
            assert_int_equal(pread(descriptor, &byte, 1, at), 1);
            byte ^= 0x04;
            assert_int_equal(pwrite(descriptor, &byte, 1, at), 1);
        }
        end_change();
        assert_refused(hol_checkpoint_validate(test_comm, hol_state_outline, path), HOL_BAD_INPUT,
                       "the file is damaged");
        if (begin_change()) {
            byte ^= 0x04;
            assert_int_equal(pwrite(descriptor, &byte, 1, at), 1);
        }
        end_change();
    }
    assert_int_equal(close(descriptor), 0);
    assert_ok(hol_checkpoint_read_info(test_comm, path, &info));
    hol_checkpoint_info_clear(&info);
    destroy(&f);
}

/* Without its trailer, as HDF5 leaves a file that it has changed: refused, damaged in addition or not, with the remedy;
 * read on request; and good again once it is sealed. */
static void test_without_trailer_is_refused_until_sealed(void **unused) {
    (void)unused;
    fixture f, read;
    char path[HOL_CHECKPOINT_PATH_MAX];
    const float weight = 0.25F;
    int64_t sets = 0;
    create(&f, 100);
    create(&read, 100);
    fill(&f, 10, 1, 1);
    assert_ok(write_to(&f, fresh_directory("unsealed"), 2, path));
    if (begin_change()) {
        const hsize_t where[2] = {0, 0}, one[2] = {1, 1};
        hid_t file = -1;
        assert_ok(hol_h5_open(path, true, &file));
        hid_t set = H5Dopen2(file, "/parameters/weights", H5P_DEFAULT), space = H5Dget_space(set),
              memory = H5Screate_simple(2, one, NULL);
        assert_true(H5Sselect_hyperslab(space, H5S_SELECT_SET, where, NULL, one, NULL) >= 0);
        assert_true(H5Dwrite(set, H5T_NATIVE_FLOAT, memory, space, H5P_DEFAULT, &weight) >= 0);
        hol_h5_close(&memory);
        hol_h5_close(&space);
        hol_h5_close(&set);
        hol_h5_close(&file);
    }
    end_change();
    assert_refused(hol_checkpoint_validate(test_comm, hol_state_outline, path), HOL_BAD_INPUT, "holode seal FILE");
    hol_guard_set_unchecked(true);
    assert_ok(hol_state_read(test_comm, path, read.model, &read.state));
    hol_guard_set_unchecked(false);
    for (int g = 0; g < read.model->info.group_count; g++)
        if (strcmp(read.model->info.groups[g].name, "weights") == 0)
            assert_memory_equal(read.state.theta + read.model->info.groups[g].offset, &weight, sizeof weight);
    assert_ok(hol_seal_file(test_comm, hol_state_outline, path, &sets));
    assert_true(sets > 10);
    assert_ok(hol_checkpoint_validate(test_comm, hol_state_outline, path));
    assert_int_equal(open_identifiers(), 0);
    destroy(&f);
    destroy(&read);
}

/* Attributes that claim what no file of this size can hold: nothing is allocated on their word. */
static void test_counts_beyond_the_file_are_refused(void **unused) {
    (void)unused;
    static const struct {
        const char *name;
        int64_t value;
    } claims[] = {
        {"history_rows", 20000000000}, {"chains", INT64_C(1) << 60}, {"visible", 2000000000}, {"hidden", 2000000000}};
    fixture f;
    char path[HOL_CHECKPOINT_PATH_MAX];
    create(&f, 100);
    fill(&f, 10, 1, 1);
    for (size_t i = 0; i < sizeof claims / sizeof *claims; i++) {
        hol_checkpoint_info info = {0};
        assert_ok(write_to(&f, fresh_directory(claims[i].name), 2, path));
        if (begin_change()) {
            hid_t file = -1;
            assert_ok(hol_h5_open(path, true, &file));
            assert_ok(hol_h5_write_i64(file, claims[i].name, &claims[i].value, 1));
            hol_h5_close(&file);
        }
        end_change();
        hol_guard_set_unchecked(true);
        const hol_status status = hol_checkpoint_read_info(test_comm, path, &info);
        hol_guard_set_unchecked(false);
        assert_refused(status, HOL_BAD_INPUT, ", expected fewer in a file of ");
        assert_non_null(strstr(hol_error_message(), claims[i].name));
        hol_checkpoint_info_clear(&info);
    }
    assert_int_equal(open_identifiers(), 0);
    destroy(&f);
}

/* What seal must not take: a set of another shape. The file stays what it was. */
static void test_seal_refuses_other_shapes(void **unused) {
    (void)unused;
    fixture f;
    char path[HOL_CHECKPOINT_PATH_MAX];
    struct stat before, after;
    int64_t sets = 0;
    create(&f, 100);
    fill(&f, 10, 1, 1);
    const char *directory = fresh_directory("unsealable");
    assert_ok(write_to(&f, directory, 2, path));
    if (begin_change()) {
        const hsize_t sizes[1] = {3};
        hid_t file = -1;
        assert_ok(hol_h5_open(path, true, &file));
        assert_true(H5Ldelete(file, "/parameters/hidden_bias", H5P_DEFAULT) >= 0);
        hid_t space = H5Screate_simple(1, sizes, NULL),
              set = H5Dcreate2(file, "/parameters/hidden_bias", H5T_IEEE_F32LE, space, H5P_DEFAULT, H5P_DEFAULT,
                               H5P_DEFAULT);
        hol_h5_close(&set);
        hol_h5_close(&space);
        hol_h5_close(&file);
    }
    end_change();
    assert_int_equal(stat(path, &before), 0);
    assert_refused(hol_seal_file(test_comm, hol_state_outline, path, &sets), HOL_BAD_INPUT,
                   "/parameters/hidden_bias: found 3, expected 5");
    assert_int_equal(stat(path, &after), 0);
    assert_true(before.st_ino == after.st_ino && before.st_size == after.st_size);
    assert_all(count_names(directory, "checkpoint-000000010.h5") == 1); /* no copy is left */
    assert_int_equal(open_identifiers(), 0);
    destroy(&f);
}

/* A name in the way that is no file: refused, nothing waits. */
static void test_find_passes_over_pipes(void **unused) {
    (void)unused;
    fixture f;
    char older[HOL_CHECKPOINT_PATH_MAX], path[HOL_CHECKPOINT_PATH_MAX];
    bool found = false;
    create(&f, 64);
    fill(&f, 10, 1, 1);
    assert_ok(write_to(&f, fresh_directory("pipe"), 2, older));
    if (begin_change()) assert_int_equal(mkfifo(test_path("pipe/checkpoint-000000020.h5"), 0666), 0);
    end_change();
    assert_refused(hol_checkpoint_validate(test_comm, hol_state_outline, test_path("pipe/checkpoint-000000020.h5")),
                   HOL_BAD_INPUT, "found a pipe, expected a regular file");
    assert_ok(hol_checkpoint_find(test_comm, hol_state_outline, test_path("pipe"), path, &found));
    assert_string_equal(path, older);
    destroy(&f);
}

static void test_broken_files_are_refused_and_passed_over(void **unused) {
    (void)unused;
    fixture f;
    char older[HOL_CHECKPOINT_PATH_MAX], newer[HOL_CHECKPOINT_PATH_MAX], path[HOL_CHECKPOINT_PATH_MAX];
    hol_checkpoint_info info;
    bool found = false;
    struct stat s;
    const char *directory = fresh_directory("broken");
    create(&f, 200);
    fill(&f, 10, 1, 2);
    assert_ok(write_to(&f, directory, 2, older));
    fill(&f, 20, 2, 2);
    assert_ok(write_to(&f, directory, 2, newer));
    assert_int_equal(stat(newer, &s), 0);
    for (int share = 9; share >= 0; share -= 3) { /* truncated; empty at last */
        assert_ok(hol_comm_barrier(test_comm));
        assert_all(rank() != 0 || truncate(newer, s.st_size * share / 10) == 0);
        assert_refused(hol_checkpoint_read_info(test_comm, newer, &info), HOL_BAD_INPUT,
                       share > 0 ? "the file was cut short" : "found an empty file");
        assert_ok(hol_checkpoint_find(test_comm, hol_state_outline, directory, path, &found));
        assert_true(found);
        assert_string_equal(path, older);
    }
    write_text(newer, "This is not an HDF5 file.\n");
    assert_refused(hol_checkpoint_read_info(test_comm, newer, &info), HOL_BAD_INPUT, "expected an HDF5 file");
    assert_ok(hol_checkpoint_find(test_comm, hol_state_outline, directory, path, &found));
    assert_string_equal(path, older);
    write_text(older, "Nor is this.\n"); /* now there is none left */
    assert_refused(hol_checkpoint_find(test_comm, hol_state_outline, directory, path, &found), HOL_BAD_INPUT,
                   "none of them good");
    assert_false(found);
    destroy(&f);
}

/* Applies a change to a written checkpoint on rank 0, by plain HDF5. */
static void change_version(const char *path, int64_t version) {
    if (begin_change()) {
        hid_t file = -1;
        assert_ok(hol_h5_open(path, true, &file));
        assert_ok(hol_h5_write_i64(file, "format_version", &version, 1));
        hol_h5_close(&file);
        assert_ok(hol_seal_append(path, path));
    }
    end_change();
}

static void remove_link(const char *path, const char *name) {
    if (begin_change()) {
        hid_t file = -1;
        assert_ok(hol_h5_open(path, true, &file));
        assert_true(H5Ldelete(file, name, H5P_DEFAULT) >= 0);
        hol_h5_close(&file);
        assert_ok(hol_seal_append(path, path));
    }
    end_change();
}

static void test_other_files_are_refused_by_name(void **unused) {
    (void)unused;
    fixture f, other;
    char path[HOL_CHECKPOINT_PATH_MAX];
    hol_checkpoint_info info;
    const char *directory = fresh_directory("other"), *plain = test_path("other/plain.h5");
    create(&f, 64);
    fill(&f, 10, 1, 2);
    if (rank() == 0) {
        hid_t file = -1;
        char *temporary = NULL;
        assert_ok(hol_h5_begin(plain, &temporary, &file));
        hol_h5_close(&file);
        assert_ok(hol_replace_commit(temporary, plain));
        hol_free(temporary);
    }
    assert_ok(hol_comm_barrier(test_comm));
    assert_refused(hol_checkpoint_read_info(test_comm, plain, &info), HOL_BAD_INPUT, "expected a holode checkpoint");
    assert_refused(hol_checkpoint_read_info(test_comm, directory, &info), HOL_BAD_INPUT, "other");

    assert_ok(write_to(&f, directory, 1, path));
    create_sized(&other, 9, 6, 64, rank(), ranks());
    assert_refused(hol_state_read_theta(test_comm, path, other.model, other.state.theta), HOL_BAD_INPUT,
                   "found model rbm with 9 visible and 5 hidden units, expected rbm with 9 and 6");
    destroy(&other);
    create(&other, 65);
    assert_refused(hol_state_read(test_comm, path, other.model, &other.state), HOL_BAD_INPUT,
                   "chains: found 64, expected 65");
    destroy(&other);
    create(&other, 64);
    other.state.data_fingerprint = 1;
    assert_refused(hol_state_read(test_comm, path, other.model, &other.state), HOL_BAD_INPUT, "data_fingerprint");
    destroy(&other);

    change_version(path, 2);
    assert_refused(hol_checkpoint_read_info(test_comm, path, &info), HOL_BAD_INPUT,
                   "format_version: found 2, expected at most 1");
    assert_ok(write_to(&f, directory, 1, path));
    remove_link(path, "/parameters/hidden_bias");
    assert_refused(hol_checkpoint_validate(test_comm, hol_state_outline, path), HOL_BAD_INPUT,
                   "/parameters/hidden_bias: found none");
    destroy(&f);
}

/* A metric that is newer than the file is NaN, no damage. */
static void test_read_history_of_an_older_program(void **unused) {
    (void)unused;
    fixture f;
    char path[HOL_CHECKPOINT_PATH_MAX];
    create(&f, 64);
    fill(&f, 10, 1, 2);
    assert_ok(write_to(&f, fresh_directory("older"), 1, path));
    remove_link(path, "/history/gradient_norm");
    assert_ok(hol_checkpoint_validate(test_comm, hol_state_outline, path));
    assert_ok(hol_state_read_history(test_comm, path, f.model, &f.state.history));
    assert_int_equal(f.state.history.rows, 2);
    assert_true(isnan(f.state.history.values[HOL_METRIC_GRADIENT_NORM]));
    assert_true(f.state.history.values[HOL_METRIC_STEP] > 0);
    destroy(&f);
}

/* ------------------------------------------------------------------ failures of the machine */

static void test_failure_on_one_rank_fails_all(void **unused) {
    (void)unused;
    fixture f;
    char path[HOL_CHECKPOINT_PATH_MAX], other[HOL_CHECKPOINT_PATH_MAX];
    hol_checkpoint_info info;
    const char *directory = fresh_directory("one_rank");
    create(&f, 200);
    fill(&f, 10, 1, 2);
    assert_ok(write_to(&f, directory, 2, path));
    fill(&f, 20, 2, 2);
    assert_ok(write_to(&f, directory, 2, other));
    const bool last = rank() == ranks() - 1;
    const char *missing = test_path("one_rank/missing.h5");
    assert_refused(hol_checkpoint_read_info(test_comm, last ? missing : path, &info), HOL_BAD_INPUT, "missing.h5");
    assert_refused(hol_checkpoint_validate(test_comm, hol_state_outline, last ? missing : path), HOL_BAD_INPUT,
                   "missing.h5");
    assert_refused(hol_state_read(test_comm, last ? missing : path, f.model, &f.state), HOL_BAD_INPUT, "missing.h5");
    if (ranks() > 1) /* each rank a good file, but not the same */
        assert_refused(hol_checkpoint_read_info(test_comm, last ? other : path, &info), HOL_BAD_INPUT,
                       "different files on the ranks");
    assert_int_equal(open_identifiers(), 0);
    destroy(&f);
}

static void test_write_to_bad_directories(void **unused) {
    (void)unused;
    fixture f;
    char path[HOL_CHECKPOINT_PATH_MAX] = "untouched", long_name[HOL_CHECKPOINT_PATH_MAX + 1];
    bool found = false;
    create(&f, 64);
    fill(&f, 10, 1, 1);
    assert_refused(write_to(&f, test_path("nowhere"), 1, path), HOL_FAILURE, "No such file or directory");
    assert_string_equal(path, "untouched");
    write_text(test_path("a_file"), "x");
    assert_refused(write_to(&f, test_path("a_file"), 1, path), HOL_FAILURE, "Not a directory");
    assert_refused(hol_checkpoint_find(test_comm, hol_state_outline, test_path("a_file"), path, &found), HOL_FAILURE,
                   "Not a directory");
    memset(long_name, 'x', sizeof long_name);
    long_name[HOL_CHECKPOINT_PATH_MAX] = '\0';
    assert_refused(write_to(&f, long_name, 1, path), HOL_FAILURE, "found a path of");
    const char *directory = fresh_directory("read_only");
    assert_all(rank() != 0 || chmod(directory, 0555) == 0);
    if (geteuid() != 0) assert_refused(write_to(&f, directory, 1, path), HOL_FAILURE, "Permission denied");
    else assert_ok(write_to(&f, directory, 1, path)); /* root may */
    assert_all(rank() != 0 || chmod(directory, 0755) == 0);
    /* a directory stands where the file should go: rename fails at the very end */
    const char *blocked = fresh_directory("blocked");
    (void)fresh_directory("blocked/checkpoint-000000010.h5");
    assert_refused(write_to(&f, blocked, 1, path), HOL_FAILURE, "checkpoint-000000010.h5");
    assert_all(count_names(blocked, ".checkpoint-") == 0);
    assert_int_equal(open_identifiers(), 0);
    destroy(&f);
}

/* Fills the file system that `path` lies on, but for about `left` bytes. */
static void occupy(const char *path, int64_t left) {
    static const char page[4096] = {1};
    int64_t size = 0;
    const int descriptor = open(path, O_RDWR | O_CREAT | O_TRUNC, 0666);
    assert_true(descriptor >= 0);
    for (ssize_t written; (written = write(descriptor, page, sizeof page)) > 0; size += written) continue;
    assert_int_equal(errno, ENOSPC);
    assert_int_equal(ftruncate(descriptor, (off_t)(size > left ? size - left : 0)), 0);
    assert_int_equal(close(descriptor), 0);
}

/* Whether rank 0 could mount a small file system there. The same answer on all ranks. */
static bool mount_small(const char *directory) {
    int64_t mounted = 0;
    if (rank() == 0 && geteuid() == 0) mounted = mount("tmpfs", directory, "tmpfs", 0, "size=2m") == 0;
    assert_ok(hol_comm_max_i64(test_comm, &mounted, 1));
    return mounted != 0;
}

static void fill_disk_and_write(const char *directory, fixture *f, const char *older, int64_t left) {
    char path[HOL_CHECKPOINT_PATH_MAX], filler[600];
    bool found = false;
    (void)snprintf(filler, sizeof filler, "%s/filler", directory);
    if (begin_change()) occupy(filler, left);
    end_change();
    fill(f, 20, 2, 3);
    const hol_status status = write_to(f, directory, 2, path);
    assert_int_equal(status, HOL_FAILURE);
    assert_non_null(strstr(hol_error_message(), "No space left on device"));
    if (!without_fallocate)
        assert_non_null(strstr(hol_error_message(), "checkpoint-000000020.h5: no space for a checkpoint of"));
    assert_all(count_names(directory, ".checkpoint-") == 0);
    assert_all(count_names(directory, "checkpoint-") == 1);
    assert_ok(hol_checkpoint_find(test_comm, hol_state_outline, directory, path, &found));
    assert_true(found);
    assert_string_equal(path, older);
    assert_int_equal(open_identifiers(), 0);
}

static void test_write_to_a_full_disk_leaves_the_old_checkpoint(void **unused) {
    (void)unused;
    fixture f;
    char older[HOL_CHECKPOINT_PATH_MAX], path[HOL_CHECKPOINT_PATH_MAX];
    char directory[512];
    (void)snprintf(directory, sizeof directory, "%s", fresh_directory("full_disk"));
    if (!mount_small(directory)) test_skip("a full disk: no tmpfs can be mounted here (root only)");
    create_sized(&f, 300, 200, 200, rank(), ranks()); /* 0.6 MB */
    fill(&f, 10, 1, 3);
    assert_ok(write_to(&f, directory, 2, older));
    static const int64_t left[] = {0, 4096, 16384, 65536, 300000, 540000}; /* from not a page to not quite enough */
    for (size_t i = 0; i < 2 * HOL_TEST_COUNT(left); i++) {
        without_fallocate = i % 2 == 1;
        fill_disk_and_write(directory, &f, older, left[i / 2]);
    }
    without_fallocate = false;
    if (begin_change()) (void)unlink(test_path("full_disk/filler"));
    end_change();
    assert_ok(write_to(&f, directory, 2, path)); /* and once there is room again, it works */
    assert_ok(hol_checkpoint_validate(test_comm, hol_state_outline, path));
    destroy(&f);
}

static int unmount(void **unused) {
    (void)unused;
    if (rank() == 0) (void)umount2(test_path("full_disk"), MNT_DETACH);
    return 0;
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
        cmocka_unit_test(test_find_nothing),
        cmocka_unit_test(test_resolve_takes_files_and_directories),
        cmocka_unit_test(test_write_removes_what_a_killed_run_left),
        cmocka_unit_test(test_damaged_data_are_refused_and_passed_over),
        cmocka_unit_test(test_damaged_structure_is_refused),
        cmocka_unit_test(test_without_trailer_is_refused_until_sealed),
        cmocka_unit_test(test_counts_beyond_the_file_are_refused),
        cmocka_unit_test(test_seal_refuses_other_shapes),
        cmocka_unit_test(test_find_passes_over_pipes),
        cmocka_unit_test(test_broken_files_are_refused_and_passed_over),
        cmocka_unit_test(test_other_files_are_refused_by_name),
        cmocka_unit_test(test_read_history_of_an_older_program),
        cmocka_unit_test(test_failure_on_one_rank_fails_all),
        cmocka_unit_test(test_write_to_bad_directories),
        cmocka_unit_test_teardown(test_write_to_a_full_disk_leaves_the_old_checkpoint, unmount),
    };
    return hol_test_main(argc, argv, "checkpoint", tests, HOL_TEST_COUNT(tests));
}
