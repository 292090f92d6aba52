/* task: what is said of work by its time so far, which the tests set. */
#define HOL_TEST_COLLECTIVE ""
#include "support.h"

#include <fcntl.h>

#include "base/task.h"

static char said[512]; /* on stderr, of the newest call of tell */

/* a task of 1000 parts that began `past` seconds ago; if is_told, it has a line, `silent` seconds old */
static void tell(double past, double silent, bool is_told, int64_t parts) {
    hol_task task;
    const int before = dup(STDERR_FILENO), file = open(test_path("said"), O_CREAT | O_TRUNC | O_RDWR, 0600);
    assert_true(before >= 0 && file >= 0);
    assert_true(dup2(file, STDERR_FILENO) >= 0);
    hol_task_begin(&task, NULL, 1000, "%d eggs", 12);
    task.began_at -= past;
    task.looked_at -= silent;
    task.is_told = is_told;
    hol_task_move(&task, parts);
    hol_task_end(&task);
    assert_true(dup2(before, STDERR_FILENO) >= 0);
    const ssize_t size = pread(file, said, sizeof said - 1, 0);
    assert_true(size >= 0);
    said[size] = '\0';
    (void)close(before);
    (void)close(file);
}

/* the time left is a little longer than expected where the test was held up */
#define assert_begins(text) assert_memory_equal(said, text, strlen(text))

static void test_short_work_is_silent(void **state) {
    (void)state;
    tell(0.5, 0.5, false, 1); /* too early to tell */
    assert_string_equal(said, "");
    tell(2, 2, false, 500);
    assert_string_equal(said, "");
    tell(20, 20, false, 400); /* 50 s in all */
    assert_string_equal(said, "");
    tell(30, 30, false, 1000); /* done */
    assert_string_equal(said, "");
    tell(30, 30, false, 0);
    assert_string_equal(said, "");
}

static void test_long_work_says_how_long(void **state) {
    (void)state;
    tell(2, 2, false, 20);
    assert_begins("12 eggs  2.0 %  0:01:");
    assert_non_null(strstr(said, " left\n"));
    tell(20, 20, false, 1);
    assert_begins("12 eggs  0.1 %  5:3");
}

static void test_lines_come_by_time(void **state) {
    (void)state;
    tell(50, 9.5, true, 500);
    assert_string_equal(said, "");
    tell(50, 10.5, true, 500);
    assert_begins("12 eggs  50.0 %  5");
    tell(5000, 490, true, 500);
    assert_string_equal(said, "");
    tell(5000, 510, true, 500);
    assert_begins("12 eggs  50.0 %  1:23:");
    assert_true(hol_task_is_due(true, 0, 99.8, 100));
    assert_false(hol_task_is_due(true, 0, 99.95, 100));
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_short_work_is_silent),
                                       cmocka_unit_test(test_long_work_says_how_long),
                                       cmocka_unit_test(test_lines_come_by_time)};
    return hol_test_main(argc, argv, "task", tests, HOL_TEST_COUNT(tests));
}
