/* checkpoint: damage, other files, full disks, failures on one rank: refused by name, and the run goes on from an older
 * file. */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/syscall.h>

#include "checkpoint_support.h"
#include "io/guard.h"
#include "io/replace.h"
#include "io/seal.h"

/* Stands before the C library's: file systems of networks, most of all, know no fallocate. */
static bool without_fallocate;

int fallocate(int descriptor, int mode, off_t offset, off_t bytes) {
    if (!without_fallocate) return (int)syscall(SYS_fallocate, descriptor, mode, offset, bytes);
    errno = EOPNOTSUPP;
    return -1;
}

/* ------------------------------------------------------------------ damage */

/* Where the first byte of a data set lies in the file. */
static int64_t find_offset(const char *path, const char *name) {
    hid_t file = -1;
    assert_ok(hol_h5_open(test_comm, path, false, &file));
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
        assert_ok(hol_h5_open(test_comm, path, true, &file));
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
    hol_guard_set_unchecked(test_comm, true);
    assert_ok(hol_state_read(test_comm, path, read.model, &read.state));
    hol_guard_set_unchecked(test_comm, false);
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
            assert_ok(hol_h5_open(test_comm, path, true, &file));
            assert_ok(hol_h5_write_i64(file, claims[i].name, &claims[i].value, 1));
            hol_h5_close(&file);
        }
        end_change();
        hol_guard_set_unchecked(test_comm, true);
        const hol_status status = hol_checkpoint_read_info(test_comm, path, &info);
        hol_guard_set_unchecked(test_comm, false);
        assert_refused(status, HOL_BAD_INPUT, ", expected fewer in a file of ");
        assert_non_null(strstr(test_message, claims[i].name));
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
        assert_ok(hol_h5_open(test_comm, path, true, &file));
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
        assert_ok(hol_h5_open(test_comm, path, true, &file));
        assert_ok(hol_h5_write_i64(file, "format_version", &version, 1));
        hol_h5_close(&file);
        assert_ok(hol_seal_append(test_comm, path, path));
    }
    end_change();
}

static void remove_link(const char *path, const char *name) {
    if (begin_change()) {
        hid_t file = -1;
        assert_ok(hol_h5_open(test_comm, path, true, &file));
        assert_true(H5Ldelete(file, name, H5P_DEFAULT) >= 0);
        hol_h5_close(&file);
        assert_ok(hol_seal_append(test_comm, path, path));
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
        assert_ok(hol_h5_begin(test_comm, plain, &temporary, &file));
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

    change_version(path, 3);
    assert_refused(hol_checkpoint_read_info(test_comm, path, &info), HOL_BAD_INPUT,
                   "format_version: found 3, expected at most 2");
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
    assert_int_equal(test_take(status), HOL_FAILURE);
    assert_non_null(strstr(test_message, "No space left on device"));
    if (!without_fallocate)
        assert_non_null(strstr(test_message, "checkpoint-000000020.h5: no space for a checkpoint of"));
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
    return hol_test_main(argc, argv, "checkpoint_damage", tests, HOL_TEST_COUNT(tests));
}
