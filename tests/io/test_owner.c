/* owner: claims, refusals and take-overs of a directory; on rank 0, as the program does. Former owners are files
 * written by hand, and children that claim and die. */
#include "support.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <time.h>

#include "base/stop.h"
#include "io/owner.h"

static const hol_owner_times quick = {.beat = 0.02, .watch = 0.3, .grace = 60};

static void pause_seconds(double seconds) {
    const struct timespec time = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
    (void)nanosleep(&time, NULL);
}

static void as_job(const char *job, const char *restart) {
    if (job) (void)setenv("SLURM_JOB_ID", job, 1);
    else (void)unsetenv("SLURM_JOB_ID");
    if (restart) (void)setenv("SLURM_RESTART_COUNT", restart, 1);
    else (void)unsetenv("SLURM_RESTART_COUNT");
}

/* a new directory of its own */
static const char *fresh(const char *name) {
    static char path[512];
    (void)snprintf(path, sizeof path, "%s/%s", test_directory(), name);
    if (hol_comm_rank(test_comm) == 0) (void)mkdir(path, 0777);
    as_job(NULL, NULL);
    return path;
}

static void write_former(const char *directory, const char *host, const char *job, int restart, const char *state) {
    char path[600];
    (void)snprintf(path, sizeof path, "%s/owner", directory);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    (void)fprintf(file,
                  "holode: the start of the run that this directory belongs to\ntoken 00000000000000ab\nhost %s\n"
                  "space pid:[1]\npid 1\nborn 7\njob %s\nrestart %d\nsince 2026-01-31T12:00:00\nstate %-7s\n",
                  host, job, restart, state);
    (void)fclose(file);
}

static bool file_says(const char *directory, const char *text) {
    char path[600], content[2048] = "";
    (void)snprintf(path, sizeof path, "%s/owner", directory);
    FILE *file = fopen(path, "r");
    if (!file) return false;
    const size_t length = fread(content, 1, sizeof content - 1, file);
    (void)fclose(file);
    content[length] = '\0';
    return strstr(content, text) != NULL;
}

static void test_claim_and_release(void **state) {
    (void)state;
    const char *directory = fresh("plain");
    if (hol_comm_rank(test_comm) != 0) return;
    hol_owner *owner = NULL;
    assert_ok(hol_owner_claim(test_comm, directory, &quick, &owner));
    assert_ok(hol_owner_check(owner));
    assert_true(file_says(directory, "state running"));
    hol_owner_release(owner);
    assert_true(file_says(directory, "state ended"));
    assert_ok(hol_owner_check(NULL));
    hol_owner_release(NULL);
    assert_ok(hol_owner_claim(test_comm, directory, &quick, &owner)); /* at once: the former one has ended */
    hol_owner_release(owner);
}

static void test_living_process_of_this_host_refuses(void **state) {
    (void)state;
    const char *directory = fresh("alive");
    if (hol_comm_rank(test_comm) != 0) return;
    hol_owner *owner = NULL, *second = NULL;
    assert_ok(hol_owner_claim(test_comm, directory, &quick, &owner));
    assert_refused(hol_owner_claim(test_comm, directory, &quick, &second), HOL_USAGE, "found a run at work there");
    assert_null(second);
    assert_ok(hol_owner_check(owner));
    hol_owner_release(owner);
}

static void test_dead_process_of_this_host_is_replaced(void **state) {
    (void)state;
    const char *directory = fresh("dead");
    if (hol_comm_rank(test_comm) != 0) return;
    (void)fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        hol_owner *owner = NULL;
        _exit(hol_owner_claim(test_comm, directory, &quick, &owner) == HOL_OK ? 0 : 1);
    }
    int code = 0;
    assert_true(waitpid(child, &code, 0) == child && WIFEXITED(code) && WEXITSTATUS(code) == 0);
    assert_true(file_says(directory, "state running"));
    hol_owner *owner = NULL;
    const hol_owner_times patient = {.beat = 1, .watch = 1000, .grace = 60}; /* it must not be watched */
    assert_ok(hol_owner_claim(test_comm, directory, &patient, &owner));
    hol_owner_release(owner);
}

static void test_earlier_start_of_the_job_is_replaced_at_once(void **state) {
    (void)state;
    const char *directory = fresh("requeued");
    if (hol_comm_rank(test_comm) != 0) return;
    hol_owner *owner = NULL;
    const hol_owner_times patient = {.beat = 1, .watch = 1000, .grace = 60};
    write_former(directory, "lost-node", "17", 1, "running");
    as_job("17", "2");
    assert_ok(hol_owner_claim(test_comm, directory, &patient, &owner));
    hol_owner_release(owner);
    write_former(directory, "other-node", "17", 3, "running");
    assert_refused(hol_owner_claim(test_comm, directory, &patient, &owner), HOL_USAGE, "start 4 of job 17");
    as_job(NULL, NULL);
}

static void test_silent_owner_elsewhere_is_replaced_after_a_watch(void **state) {
    (void)state;
    const char *directory = fresh("silent");
    if (hol_comm_rank(test_comm) != 0) return;
    hol_owner *owner = NULL;
    write_former(directory, "elsewhere", "17", 0, "running");
    assert_ok(hol_owner_claim(test_comm, directory, &quick, &owner));
    hol_owner_release(owner);
    char path[600];
    (void)snprintf(path, sizeof path, "%s/owner", directory);
    FILE *file = fopen(path, "w"); /* one that nobody can read */
    assert_non_null(file);
    (void)fputs("?", file);
    (void)fclose(file);
    assert_ok(hol_owner_claim(test_comm, directory, &quick, &owner));
    hol_owner_release(owner);
}

static void test_beating_owner_elsewhere_refuses(void **state) {
    (void)state;
    const char *directory = fresh("beating");
    if (hol_comm_rank(test_comm) != 0) return;
    write_former(directory, "elsewhere", "17", 0, "running");
    char path[600];
    (void)snprintf(path, sizeof path, "%s/owner", directory);
    (void)fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        for (int i = 0; i < 200; i++) {
            pause_seconds(0.05);
            (void)utimensat(-1, path, NULL, 0);
        }
        _exit(0);
    }
    hol_owner *owner = NULL;
    const hol_owner_times watchful = {.beat = 0.05, .watch = 8, .grace = 60};
    const hol_status status = hol_owner_claim(test_comm, directory, &watchful, &owner);
    (void)kill(child, SIGKILL);
    (void)waitpid(child, NULL, 0);
    assert_int_equal(test_take(status), HOL_USAGE);
    assert_non_null(strstr(test_message, "process 1 on elsewhere, start 1 of job 17"));
}

/* the node that was cut off: its successor has the directory, and it may neither write nor mark it as ended */
static void test_readers_see_whether_a_run_is_at_work(void **state) {
    (void)state;
    const char *directory = fresh("readers");
    if (hol_comm_rank(test_comm) != 0) return;
    hol_owner *owner = NULL;
    char path[600];
    assert_false(hol_owner_is_at_work(directory));
    assert_ok(hol_owner_claim(test_comm, directory, &quick, &owner));
    assert_true(hol_owner_is_at_work(directory));
    hol_owner_release(owner);
    assert_false(hol_owner_is_at_work(directory));
    write_former(directory, "elsewhere", "17", 0, "running"); /* touched now */
    assert_true(hol_owner_is_at_work(directory));
    (void)snprintf(path, sizeof path, "%s/owner", directory);
    const struct timespec long_ago[2] = {{time(NULL) - 120, 0}, {time(NULL) - 120, 0}};
    assert_int_equal(utimensat(AT_FDCWD, path, long_ago, 0), 0);
    assert_false(hol_owner_is_at_work(directory));
    write_former(directory, "elsewhere", "17", 0, "ended");
    assert_false(hol_owner_is_at_work(directory));
    assert_false(hol_owner_is_at_work("/nowhere"));
}

static void test_replaced_owner_notices_and_leaves_all_alone(void **state) {
    (void)state;
    const char *directory = fresh("replaced");
    if (hol_comm_rank(test_comm) != 0) return;
    hol_owner *old = NULL, *successor = NULL;
    as_job("17", "0");
    assert_ok(hol_owner_claim(test_comm, directory, &quick, &old));
    assert_false(hol_stop_requested());
    as_job("17", "1");
    assert_ok(hol_owner_claim(test_comm, directory, &quick, &successor));
    assert_refused(hol_owner_check(old), HOL_FAILURE, "start 2 of job 17");
    for (int i = 0; i < 500 && !hol_stop_requested(); i++) pause_seconds(0.01);
    assert_true(hol_stop_requested()); /* its thread has asked the run to end */
    hol_owner_release(old);
    assert_true(file_says(directory, "state running"));
    assert_ok(hol_owner_check(successor));
    hol_owner_release(successor);
    assert_true(file_says(directory, "state ended"));
    as_job(NULL, NULL);
}

static void test_replaced_owner_that_cannot_end_is_ended(void **state) {
    (void)state;
    const char *directory = fresh("stuck");
    if (hol_comm_rank(test_comm) != 0) return;
    (void)fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        hol_owner *owner = NULL;
        as_job("17", "0");
        const hol_owner_times short_grace = {.beat = 0.02, .watch = 1, .grace = 0.1};
        if (hol_owner_claim(test_comm, directory, &short_grace, &owner) != HOL_OK) _exit(99);
        (void)freopen("/dev/null", "w", stderr);
        write_former(directory, "successor", "17", 1, "running");
        pause_seconds(20); /* a reduction that never comes back */
        _exit(98);
    }
    int code = 0;
    assert_true(waitpid(child, &code, 0) == child && WIFEXITED(code));
    assert_int_equal(WEXITSTATUS(code), HOL_FAILURE);
    assert_true(file_says(directory, "host successor"));
}

static void test_missing_file_is_put_back(void **state) {
    (void)state;
    const char *directory = fresh("missing");
    if (hol_comm_rank(test_comm) != 0) return;
    char path[600];
    (void)snprintf(path, sizeof path, "%s/owner", directory);
    hol_owner *owner = NULL;
    assert_ok(hol_owner_claim(test_comm, directory, &quick, &owner));
    assert_int_equal(unlink(path), 0);
    assert_ok(hol_owner_check(owner));
    assert_true(file_says(directory, "state running"));
    hol_owner_release(owner);
    assert_true(file_says(directory, "state ended"));
}

static void test_unwritable_directory_is_an_error(void **state) {
    (void)state;
    hol_owner *owner = NULL;
    assert_refused(hol_owner_claim(test_comm, "/proc", &quick, &owner), HOL_FAILURE, "/proc/owner: cannot be written");
    assert_null(owner);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_claim_and_release),
        cmocka_unit_test(test_living_process_of_this_host_refuses),
        cmocka_unit_test(test_readers_see_whether_a_run_is_at_work),
        cmocka_unit_test(test_dead_process_of_this_host_is_replaced),
        cmocka_unit_test(test_earlier_start_of_the_job_is_replaced_at_once),
        cmocka_unit_test(test_silent_owner_elsewhere_is_replaced_after_a_watch),
        cmocka_unit_test(test_beating_owner_elsewhere_refuses),
        cmocka_unit_test(test_replaced_owner_notices_and_leaves_all_alone),
        cmocka_unit_test(test_replaced_owner_that_cannot_end_is_ended),
        cmocka_unit_test(test_missing_file_is_put_back),
        cmocka_unit_test(test_unwritable_directory_is_an_error),
    };
    return hol_test_main(argc, argv, "owner", tests, HOL_TEST_COUNT(tests));
}
