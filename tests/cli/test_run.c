/* run: several runs in one process, against one that was never interrupted, and what they leave in the process. */
#include "support.h"

#include <fcntl.h>
#include <math.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/stop.h"
#include "cli/run.h"
#include "cli/runs.h"
#include "config_support.h"
#include "io/dataset.h"
#include "io/generate.h"

enum { SIZE = 4 };

/* Bars and stripes, with a column that never changes. */
static const char *write_data(void) {
    static char path[512];
    (void)snprintf(path, sizeof path, "%s", test_path("data.h5"));
    if (hol_comm_rank(test_comm) == 0 && access(path, F_OK) != 0) {
        const hol_dataset_split split = {.name = "train", .columns = SIZE * SIZE + 1, .kind = HOL_DATASET_BINARY};
        hol_dataset_writer *writer = NULL;
        uint8_t *images = NULL, row[SIZE * SIZE + 1] = {0};
        int64_t rows = 0;
        assert_ok(hol_generate_bars_and_stripes(SIZE, &images, &rows));
        assert_ok(hol_dataset_writer_create(test_comm, path, &writer));
        assert_ok(hol_dataset_writer_begin(writer, &split));
        for (int64_t r = 0; r < rows; r++) {
            memcpy(row, images + r * SIZE * SIZE, SIZE * SIZE);
            assert_ok(hol_dataset_writer_append_bytes(writer, 1, row));
        }
        assert_ok(hol_dataset_writer_finish(writer));
        hol_dataset_writer_destroy(writer);
        hol_free(images);
    }
    assert_ok(hol_comm_barrier(test_comm));
    return path;
}

/* A run of so many steps, with `more` of the section train. */
static hol_status train_with(const char *name, const char *more, hol_run_options options, hol_result *result,
                             hol_run_outcome *ret) {
    hol_status status = HOL_OK;
    hol_config *config = NULL;
    char text[1024], *resolved = NULL;
    (void)snprintf(text, sizeof text,
                   "data: {train: '%s'}\nmodel: {kind: rbm, hidden: 12}\n"
                   "train: {chains: 100, batch_size: 30, learning_rate: 0.1, average_steps: 9, %s%s%s}\n"
                   "evaluate: {every: 10, exact_units: 0, walks: 256}\ncheckpoint: {every: 7}\n",
                   write_data(), strstr(more, "schedule") ? "" : "schedule: constant, ",
                   strstr(more, "sweeps") ? "" : "sweeps: 1, ", more);
    HOL_TRY(parse(text, &config));
    HOL_TRY(hol_config_dump(config, &resolved));
    options.config_path = "run.yaml";
    options.output = test_path(name);
    if (options.began_at <= 0) options.began_at = hol_clock_now();
    HOL_TRY(hol_run_train(test_comm, config, resolved, &options, result, ret));
cleanup:
    hol_config_destroy(config);
    hol_free(resolved);
    return status;
}

static hol_status train(const char *name, const char *more, hol_run_outcome *ret) {
    return train_with(name, more, (hol_run_options){.resume = true}, NULL, ret);
}

/* of the newest checkpoints: parameters, and all that the histories say but for times and places */
static bool are_same(const char *one, const char *other) {
    char paths[2][512], *names[] = {paths[0], paths[1]};
    hol_run_record *runs = NULL;
    int64_t count = 0;
    (void)snprintf(paths[0], sizeof paths[0], "%s", test_path(one));
    (void)snprintf(paths[1], sizeof paths[1], "%s", test_path(other));
    assert_ok(hol_runs_read(test_comm, names, 2, &runs, &count));
    assert_int_equal(count, 2);
    bool same = runs[0].step == runs[1].step && runs[0].parameters == runs[1].parameters &&
                runs[0].history.rows == runs[1].history.rows;
    for (int64_t r = 0; same && r < runs[0].history.rows; r++)
        for (int m = 0; m <= HOL_METRIC_GRADIENT_NORM; m++) {
            const double a = runs[0].history.values[r * HOL_METRICS + m];
            const double b = runs[1].history.values[r * HOL_METRICS + m];
            same = same && (isnan(a) ? isnan(b) : !(a < b) && !(a > b));
        }
    hol_runs_destroy(runs, count);
    return same;
}

static void test_two_runs_are_one(void **state) {
    (void)state;
    hol_run_outcome out;
    assert_ok(train("parts", "steps: 33", &out));
    assert_true(out.first == 0 && out.step == 33 && out.steps == 33 && out.stop_code == 0 && out.seconds > 0);
    assert_non_null(strstr(out.checkpoint, "parts/checkpoint-000000033.h5"));
    assert_ok(train("parts", "steps: 75", &out));
    assert_true(out.first == 33 && out.step == 75);
    assert_ok(train("whole", "steps: 75", &out));
    assert_true(are_same("parts", "whole"));
    assert_ok(train("other", "steps: 75, sweeps: 2", &out));
    assert_false(are_same("other", "whole"));
}

/* A branch of a run at a constant rate is the run that was to cool down there from the start; and again when it is cut
 * in the middle of that. */
static void test_branch_that_cools_down_is_a_run_from_the_start(void **state) {
    (void)state;
    hol_run_outcome out;
    const hol_run_options late = {.resume = true, .began_at = hol_clock_now(), .max_seconds = 1e-9};
    assert_ok(train("branch", "steps: 33", &out));
    assert_refused(train_with("branch", "steps: 53, cooldown_steps: 20", late, NULL, &out), HOL_STOPPED,
                   "stopped after step 35 of 53");
    assert_ok(train("branch", "steps: 53, cooldown_steps: 20", &out));
    assert_true(out.first == 35 && out.step == 53);
    assert_ok(train("straight", "steps: 53, cooldown_steps: 20", &out));
    assert_true(are_same("branch", "straight"));
    assert_ok(train("uncooled", "steps: 53", &out));
    assert_false(are_same("uncooled", "straight"));
    assert_refused(train("never", "steps: 19, cooldown_steps: 20", &out), HOL_USAGE,
                   "run.yaml: train.cooldown_steps: found 20, expected at most 19, the steps of the run");
    assert_refused(train("never", "epochs: 19, cooldown_steps: 20", &out), HOL_USAGE, "expected at most 19, the steps");
}

/* neither a row of the history nor a file */
static void test_complete_run_is_left_alone(void **state) {
    (void)state;
    hol_run_outcome out, again;
    struct stat before, after;
    assert_ok(train("complete", "steps: 25", &out));
    assert_int_equal(stat(out.checkpoint, &before), 0);
    assert_ok(train("complete", "steps: 25", &again));
    assert_true(again.first == 25 && again.step == 25 && again.steps == 25);
    assert_string_equal(again.checkpoint, out.checkpoint);
    assert_int_equal(stat(out.checkpoint, &after), 0);
    assert_true(before.st_ino == after.st_ino && before.st_mtim.tv_nsec == after.st_mtim.tv_nsec);
    assert_ok(train("complete", "steps: 20", &again)); /* past its end */
    assert_true(again.first == 25 && again.step == 25 && again.steps == 20);
    assert_ok(train("fresh", "steps: 25", &out));
    assert_true(are_same("complete", "fresh"));
}

static void test_run_stops_for_lack_of_time_and_the_next_one_does_not(void **state) {
    (void)state;
    hol_run_outcome out;
    const hol_run_options late = {.resume = true, .began_at = hol_clock_now(), .max_seconds = 1e-9};
    assert_refused(train_with("timed", "steps: 40", late, NULL, &out), HOL_STOPPED, "stopped after step 2 of 40");
    assert_true(out.step == 2 && strcmp(hol_stop_name(out.stop_code), "time limit") == 0);
    assert_non_null(strstr(out.checkpoint, "checkpoint-000000002.h5"));
    assert_all(!hol_stop_requested());
    assert_ok(train("timed", "steps: 40", &out));
    assert_true(out.first == 2 && out.step == 40 && out.stop_code == 0);
    assert_ok(train("untimed", "steps: 40", &out));
    assert_true(are_same("timed", "untimed"));
}

static void test_refused_run_leaves_its_directory_to_the_next(void **state) {
    (void)state;
    hol_run_outcome out;
    assert_ok(train("refused", "steps: 10", &out));
    assert_refused(train_with("refused", "steps: 20", (hol_run_options){0}, NULL, &out), HOL_USAGE,
                   "found the checkpoint of an earlier run, expected none");
    assert_refused(train("refused", "steps: 20, sweeps: 3", &out), HOL_USAGE, "train.sweeps");
    assert_ok(train("refused", "steps: 20", &out));
    assert_true(out.first == 10 && out.step == 20);
}

static bool page_says(const char *name, const char *words) {
    char path[600], text[65536] = "";
    (void)snprintf(path, sizeof path, "%s/report.html", test_path(name));
    FILE *file = fopen(path, "r");
    if (!file) return false;
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    (void)fclose(file);
    return strstr(text, words) != NULL;
}

static void test_page_follows_a_run_and_changes_nothing(void **state) {
    (void)state;
    hol_run_outcome out;
    char blocked[600];
    const hol_run_options paged = {.resume = true, .report = true};
    assert_ok(train("plain", "steps: 40", &out));
    assert_false(page_says("plain", ""));
    assert_ok(train_with("paged", "steps: 20", paged, NULL, &out));
    assert_true(page_says("paged", "The run ended at step 20 of 20: complete."));
    assert_true(page_says("paged", "of the run&#39;s own chains")); /* its samples */
    assert_ok(train_with("paged", "steps: 40", paged, NULL, &out));
    assert_true(page_says("paged", "The run ended at step 40 of 40: complete."));
    assert_true(are_same("paged", "plain"));
    const hol_run_options late = {.resume = true, .report = true, .began_at = hol_clock_now(), .max_seconds = 1e-9};
    assert_refused(train_with("short", "steps: 40", late, NULL, &out), HOL_STOPPED, "");
    assert_true(page_says("short", "The run ended at step 2 of 40: stopped after step 2 of 40."));
    /* what stands in its way is no failure of the run */
    (void)snprintf(blocked, sizeof blocked, "%s", test_path("blocked"));
    if (hol_comm_rank(test_comm) == 0) {
        assert_int_equal(mkdir(blocked, 0777), 0);
        (void)strcat(blocked, "/report.html");
        assert_int_equal(mkdir(blocked, 0777), 0);
    }
    assert_ok(hol_comm_barrier(test_comm));
    assert_ok(train_with("blocked", "steps: 40", paged, NULL, &out));
    assert_true(are_same("blocked", "plain"));
}

/* open files, threads, and mappings of memory that a node's ranks share */
typedef struct holdings {
    int64_t files, threads, shared;
} holdings;

static holdings count_holdings(void) {
    holdings h = {.files = test_count_names("/proc/self/fd", ""), .threads = test_count_names("/proc/self/task", "")};
    char line[1024];
    FILE *maps = fopen("/proc/self/maps", "r");
    while (maps && fgets(line, sizeof line, maps)) h.shared += strstr(line, "memfd:holode") != NULL;
    if (maps) (void)fclose(maps);
    return h;
}

static void test_run_gives_back_what_it_took(void **state) {
    (void)state;
    hol_run_outcome out;
    assert_ok(train("first", "steps: 5", &out)); /* threads of OpenMP stay */
    const holdings before = count_holdings();
    assert_ok(train("first", "steps: 15", &out));
    assert_ok(train_with("second", "steps: 15, watchdog: 60", (hol_run_options){.report = true}, NULL, &out));
    const holdings after = count_holdings();
    assert_all(before.files > 0 && after.files == before.files);
    assert_all(before.threads > 0 && after.threads == before.threads);
    assert_all(after.shared == before.shared);
}

/* What is said on stderr while it runs, into text; rank 0's. */
static void run_aside(const char *name, const char *more, bool tell, bool quiet, hol_result *result, char *text,
                      size_t size) {
    hol_run_outcome out;
    char path[512];
    (void)snprintf(path, sizeof path, "%s/said-%d", test_directory(), hol_comm_rank(test_comm));
    (void)fflush(stderr);
    const int kept = dup(STDERR_FILENO), to = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600);
    (void)dup2(to, STDERR_FILENO);
    const bool was_quiet = hol_log_set_quiet(test_comm, quiet);
    const hol_status status = train_with(name, more, (hol_run_options){.resume = true, .tell = tell}, result, &out);
    (void)hol_log_set_quiet(test_comm, was_quiet);
    (void)dup2(kept, STDERR_FILENO);
    (void)close(kept);
    (void)close(to);
    FILE *file = fopen(path, "r");
    const size_t length = file ? fread(text, 1, size - 1, file) : 0;
    text[length] = '\0';
    if (file) (void)fclose(file);
    assert_ok(status);
}

static void test_run_tells_only_where_it_is_to(void **state) {
    (void)state;
    char said[8192];
    const bool speaks = hol_comm_rank(test_comm) == 0;
    run_aside("mute", "epochs: 12", false, false, NULL, said, sizeof said);
    assert_all(said[0] == '\0');
    run_aside("told", "epochs: 12", true, false, NULL, said, sizeof said);
    assert_all(!speaks ||
               strstr(said, "rbm: 17 visible and 12 hidden units, 233 parameters; 30 samples, 12 steps of 30"));
    assert_all(!speaks || strstr(said, "warning: 12 epochs of 30 samples are only 12 steps"));
    assert_all(!speaks || strstr(said, "warning: data.train: "));
    assert_all(!speaks || strstr(said, "than independent columns")); /* the verdict has no result to go into */
    run_aside("quiet", "epochs: 12", true, true, NULL, said, sizeof said);
    assert_all(!speaks || !strstr(said, "rbm: 17 visible"));
    assert_all(!speaks || strstr(said, "warning: 12 epochs of 30 samples are only 12 steps"));
}

/* Of rates only where those of steps that are made would be others. */
static void test_resumed_run_warns_of_rates_that_move(void **state) {
    (void)state;
    static const struct {
        const char *first, *then, *warning;
    } cases[] = {
        {"steps: 30", "steps: 40, cooldown_steps: 10", NULL},
        {"steps: 30", "steps: 39, cooldown_steps: 10", NULL}, /* its first step has the full rate */
        {"steps: 30", "steps: 38, cooldown_steps: 10", "the cooldown moves"},
        {"steps: 30, cooldown_steps: 1", "steps: 40, cooldown_steps: 1", NULL},
        {"steps: 30, cooldown_steps: 2", "steps: 40, cooldown_steps: 2", "the cooldown moves"},
        {"steps: 30, cooldown_steps: 20", "steps: 50, cooldown_steps: 40", "the cooldown moves"},
        {"steps: 30, schedule: linear", "steps: 40, schedule: linear", "the run's length changes"},
        {"steps: 30", "epochs: 40", NULL},
        {"steps: 30, schedule: linear", "epochs: 30, schedule: linear", NULL},
    };
    char said[8192], name[32];
    for (size_t k = 0; k < HOL_TEST_COUNT(cases); k++) {
        hol_run_outcome out;
        const char *expected = cases[k].warning;
        (void)snprintf(name, sizeof name, "moved-%zu", k);
        assert_ok(train(name, cases[k].first, &out));
        run_aside(name, cases[k].then, true, true, NULL, said, sizeof said);
        const bool good = expected ? strstr(said, expected) != NULL : !strstr(said, "end elsewhere");
        if (!good) print_message("case %zu: %s\n", k, said);
        assert_all(good || hol_comm_rank(test_comm) != 0);
    }
}

/* The lines go to the caller's result, on the ranks that have one. */
static void test_run_adds_its_end_to_the_result(void **state) {
    (void)state;
    char said[8192], shown[512] = "", path[512];
    hol_result *result = NULL;
    (void)snprintf(path, sizeof path, "%s/shown-%d", test_directory(), hol_comm_rank(test_comm));
    assert_ok(hol_result_create(fopen(path, "w"), &result));
    run_aside("lines", "epochs: 12", true, true, result, said, sizeof said);
    assert_ok(hol_result_finish(result, HOL_OK));
    hol_result_destroy(result);
    FILE *file = fopen(path, "r");
    shown[file ? fread(shown, 1, sizeof shown - 1, file) : 0] = '\0';
    if (file) (void)fclose(file);
    assert_all(strncmp(shown, "step 12  log-likelihood -", 25) == 0);
    assert_all(strstr(shown, "\nindependent columns  log-likelihood -"));
    assert_all(strstr(shown, "lines/checkpoint-000000012.h5\n"));
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_runs_are_one),
        cmocka_unit_test(test_branch_that_cools_down_is_a_run_from_the_start),
        cmocka_unit_test(test_complete_run_is_left_alone),
        cmocka_unit_test(test_run_stops_for_lack_of_time_and_the_next_one_does_not),
        cmocka_unit_test(test_refused_run_leaves_its_directory_to_the_next),
        cmocka_unit_test(test_page_follows_a_run_and_changes_nothing),
        cmocka_unit_test(test_run_gives_back_what_it_took),
        cmocka_unit_test(test_run_tells_only_where_it_is_to),
        cmocka_unit_test(test_resumed_run_warns_of_rates_that_move),
        cmocka_unit_test(test_run_adds_its_end_to_the_result),
    };
    return hol_test_main(argc, argv, "run", tests, HOL_TEST_COUNT(tests));
}
