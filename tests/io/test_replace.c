/* Tests of io/replace: names that nobody can foretell, and what lies there all the same is neither opened nor followed.
 */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <time.h>

#include "base/alloc.h"
#include "io/checkpoint.h"
#include "io/dataset.h"
#include "io/factor_file.h"
#include "io/owner.h"
#include "io/png.h"
#include "io/replace.h"
#include "io/table.h"
#include "train/optimiser.h"
#include "train/state.h"

/* Stands before the C library's: the numbers that a test wants, then the system's again. */
static int fixed_count;
static uint64_t fixed_word = UINT64_C(0x0123456789abcdef);

ssize_t getrandom(void *buffer, size_t size, unsigned flags) {
    if (fixed_count == 0) return (ssize_t)syscall(SYS_getrandom, buffer, size, flags);
    fixed_count--;
    memcpy(buffer, &fixed_word, size < sizeof fixed_word ? size : sizeof fixed_word);
    return (ssize_t)size;
}

static bool is_first(void) { return hol_comm_rank(test_comm) == 0; }

/* A file that is not to be touched; its name lasts. */
static const char *lay_victim(void) {
    static char path[512];
    (void)snprintf(path, sizeof path, "%s", test_path("victim"));
    FILE *file = fopen(path, "w");
    assert_true(file && fputs("precious", file) >= 0 && fclose(file) == 0);
    return path;
}

static bool is_untouched(const char *victim) {
    char text[32] = "";
    FILE *file = fopen(victim, "r");
    const size_t bytes = file ? fread(text, 1, sizeof text - 1, file) : 0;
    return file && fclose(file) == 0 && bytes == 8 && strcmp(text, "precious") == 0;
}

static void test_create_gives_an_empty_file_of_its_own(void **unused) {
    (void)unused;
    (void)test_directory(); /* collective */
    if (!is_first()) return;
    char first[600], second[600];
    int a = -1, b = -1;
    struct stat s;
    const mode_t former = umask(027);
    assert_ok(hol_replace_create(test_path("one-"), ".tmp", "one", first, sizeof first, &a));
    assert_ok(hol_replace_create(test_path("one-"), ".tmp", "one", second, sizeof second, &b));
    (void)umask(former);
    assert_string_not_equal(first, second);
    assert_int_equal(strlen(first), strlen(test_path("one-")) + 16 + 4);
    assert_true(fstat(a, &s) == 0 && S_ISREG(s.st_mode) && (s.st_mode & 0777) == 0640 && s.st_size == 0);
    assert_int_equal(fcntl(a, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    assert_true(close(a) == 0 && close(b) == 0 && unlink(first) == 0 && unlink(second) == 0);
    assert_refused(hol_replace_create("/nowhere/x", "", "x.csv", first, sizeof first, &a), HOL_FAILURE,
                   "x.csv: cannot be written: No such file or directory");
    assert_true(a == -1 && first[0] == '\0');
    assert_refused(hol_replace_create("x", "", "x.csv", first, 10, &a), HOL_FAILURE, "File name too long");
}

static void test_create_takes_another_name_where_something_lies(void **unused) {
    (void)unused;
    if (!is_first()) return;
    char name[600], made[600];
    int descriptor = -1;
    struct stat s;
    const char *victim = lay_victim();
    (void)snprintf(name, sizeof name, "%s0123456789abcdef", test_path("two-"));
    assert_int_equal(symlink(victim, name), 0);
    fixed_count = 3;
    assert_ok(hol_replace_create(test_path("two-"), "", "two", made, sizeof made, &descriptor));
    assert_string_not_equal(made, name);
    assert_true(lstat(made, &s) == 0 && S_ISREG(s.st_mode));
    assert_true(close(descriptor) == 0 && unlink(made) == 0 && is_untouched(victim));
    fixed_count = 1000; /* and gives up, where all are taken */
    assert_refused(hol_replace_create(test_path("two-"), "", "two", made, sizeof made, &descriptor), HOL_FAILURE,
                   "two: cannot be written: File exists");
    fixed_count = 0;
    assert_true(descriptor == -1 && made[0] == '\0' && is_untouched(victim));
    assert_true(lstat(name, &s) == 0 && S_ISLNK(s.st_mode));
}

/* ------------------------------------------------------------------ every output */

static void print_text(FILE *stream, const void *context) { (void)fputs(context, stream); }

static hol_status write_csv(const char *path) { return hol_replace_with_text(path, print_text, "a,b\n"); }

static hol_status write_png(const char *path) { return hol_png_write_grid(path, (const uint8_t[4]){0}, 1, 2, 2, 0, 0); }

static hol_status write_table(const char *path) {
    const hol_table table = {.name = "a", .values = (double[]){1, 2}, .rows = 2, .columns = 1};
    return hol_table_write(test_comm, path, "holode test", &table, 1);
}

static hol_status write_dataset(const char *path) {
    hol_dataset_writer *writer = NULL;
    const hol_dataset_split split = {.name = "train", .columns = 2, .kind = HOL_DATASET_BINARY};
    hol_status status = hol_dataset_writer_create(test_comm, path, &writer);
    if (status == HOL_OK) status = hol_dataset_writer_begin(writer, &split);
    if (status == HOL_OK) status = hol_dataset_writer_append_bytes(writer, 1, (const uint8_t[2]){1, 0});
    if (status == HOL_OK) status = hol_dataset_writer_finish(writer);
    hol_dataset_writer_destroy(writer);
    return status;
}

static hol_status write_factors(const char *path) {
    hol_factors *factors = NULL;
    double *table = NULL;
    hol_status status = hol_factors_create(1, (const int32_t[]){2}, &factors);
    if (status == HOL_OK) status = hol_factors_add(factors, 1, (const int32_t[]){0}, &table);
    if (status == HOL_OK) status = hol_factor_file_write(path, factors);
    hol_factors_destroy(factors);
    return status;
}

static void test_outputs_do_not_follow_links(void **unused) {
    (void)unused;
    static const struct {
        const char *name;
        hol_status (*write)(const char *path);
    } outputs[] = {{"a.csv", write_csv},    {"a.png", write_png},     {"a.h5", write_table},
                   {"b.h5", write_dataset}, {"a.uai", write_factors}, {"a.fg", write_factors}};
    if (!is_first()) return;
    const char *victim = lay_victim();
    for (size_t i = 0; i < HOL_TEST_COUNT(outputs); i++) {
        char path[512], first[600], former[600];
        struct stat s;
        (void)snprintf(path, sizeof path, "%s", test_path(outputs[i].name));
        (void)snprintf(first, sizeof first, "%s.partial-0123456789abcdef", path);
        (void)snprintf(former, sizeof former, "%s.partial-%ld", path, (long)getpid()); /* as names once were */
        assert_true(symlink(victim, first) == 0 && symlink(victim, former) == 0);
        fixed_count = 1;
        assert_ok(outputs[i].write(path));
        assert_int_equal(fixed_count, 0); /* the name was tried */
        assert_true(is_untouched(victim));
        assert_true(lstat(path, &s) == 0 && S_ISREG(s.st_mode) && s.st_size > 0);
        assert_int_equal(test_count_names(test_directory(), outputs[i].name), 3); /* and no other is left */
    }
}

static void test_owner_does_not_follow_links(void **unused) {
    (void)unused;
    if (!is_first()) return;
    const hol_owner_times times = {.beat = 1, .watch = 1, .grace = 1};
    hol_owner *owner = NULL;
    char directory[512];
    const char *victim = lay_victim();
    (void)snprintf(directory, sizeof directory, "%s", test_path("owned"));
    assert_int_equal(mkdir(directory, 0777), 0);
    assert_int_equal(symlink(victim, test_path("owned/owner.0123456789abcdef.tmp")), 0);
    fixed_count = 2; /* its token, and the first name */
    assert_ok(hol_owner_claim(test_comm, directory, &times, &owner));
    assert_int_equal(fixed_count, 0);
    hol_owner_release(owner);
    assert_true(is_untouched(victim));
}

/* The names of checkpoints begin with the time of the first one and the process's number. Collective. */
static void test_checkpoint_does_not_follow_links(void **unused) {
    (void)unused;
    hol_model *model = NULL;
    hol_state state = {.step = 7};
    const hol_checkpoint_facts facts = {.config = "a: b\n", .seed = 1};
    const hol_model_options options = {.kind = "rbm", .visible = 4, .hidden = 3, .temperature = 1};
    char directory[512], path[HOL_CHECKPOINT_PATH_MAX], link_path[700];
    static const char *const forms[] = {"", ".0123456789abcdef"};
    const char *victim = is_first() ? lay_victim() : "";
    struct stat s;
    (void)snprintf(directory, sizeof directory, "%s", test_path("checkpoints"));
    assert_all(!is_first() || mkdir(directory, 0777) == 0);
    const uint64_t now = (uint64_t)time(NULL);
    for (uint64_t t = now; is_first() && t < now + 60; t++)
        for (int form = 0; form < 2; form++) {
            const uint64_t token = t << 20 | ((uint64_t)getpid() & 0xfffff);
            (void)snprintf(link_path, sizeof link_path, "%s/.checkpoint-000000007.%016llx%s.h5.tmp", directory,
                           (unsigned long long)token, forms[form]);
            assert_int_equal(symlink(victim, link_path), 0);
        }
    assert_ok(hol_model_create(&options, &model));
    assert_ok(HOL_ALLOCATE(state.theta, model->info.parameters, "theta"));
    assert_ok(hol_optimiser_create(model, &(hol_optimiser_options){0}, &state.optimiser));
    fixed_count = is_first();
    assert_ok(hol_state_write(test_comm, directory, model, &state, &facts, 1, path));
    assert_int_equal(fixed_count, 0);
    assert_all(!is_first() || is_untouched(victim));
    assert_all(lstat(path, &s) == 0 && S_ISREG(s.st_mode));
    assert_ok(hol_checkpoint_validate(test_comm, hol_state_outline, path));
    hol_free(state.theta);
    hol_optimiser_destroy(state.optimiser);
    hol_model_destroy(model);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_create_gives_an_empty_file_of_its_own),
        cmocka_unit_test(test_create_takes_another_name_where_something_lies),
        cmocka_unit_test(test_outputs_do_not_follow_links),
        cmocka_unit_test(test_owner_does_not_follow_links),
        cmocka_unit_test(test_checkpoint_does_not_follow_links),
    };
    return hol_test_main(argc, argv, "replace", tests, HOL_TEST_COUNT(tests));
}
