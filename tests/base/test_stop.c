/* stop: signals raised in the process. What ends a process is tried in children, which only signal and exit. */
#include "support.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "base/stop.h"

/* the handlers' notes can't be taken back: each child starts without any */
static void install_in_child(void) {
    const struct sigaction standard = {.sa_handler = SIG_DFL};
    const int signals[] = {SIGUSR1, SIGUSR2, SIGTERM, SIGINT};
    for (size_t i = 0; i < 4; i++) (void)sigaction(signals[i], &standard, NULL);
    if (hol_stop_install() != HOL_OK) _exit(99);
}

static void pause_milliseconds(long milliseconds) {
    const struct timespec time = {.tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * 1000000};
    (void)nanosleep(&time, NULL);
}

static pid_t start_child(void (*body)(void)) {
    (void)fflush(NULL);
    const pid_t child = fork();
    if (child != 0) return child;
    install_in_child();
    body();
    _exit(98);
}

/* a child's exit code; -1 when a signal ended it */
static int end_child(pid_t child) {
    if (child < 0) return -2;
    int status = 0;
    while (waitpid(child, &status, 0) != child) continue;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int run_child(void (*body)(void)) { return end_child(start_child(body)); }

static bool reason_is(const char *expected) { return strcmp(hol_stop_reason(), expected) == 0; }

static void nothing_asked(void) { _exit(hol_stop_requested() || hol_stop_checkpoint_requested() || !reason_is("")); }

static void usr1_asks_for_the_end(void) {
    (void)raise(SIGUSR1);
    _exit(!hol_stop_requested() || hol_stop_checkpoint_requested() || !reason_is("SIGUSR1"));
}

static void usr2_asks_for_a_checkpoint(void) {
    (void)raise(SIGUSR2);
    if (hol_stop_requested() || !hol_stop_checkpoint_requested() || !reason_is("")) _exit(1);
    hol_stop_checkpoint_served();
    if (hol_stop_checkpoint_requested()) _exit(2);
    (void)raise(SIGUSR2);
    if (!hol_stop_checkpoint_requested()) _exit(3);
    hol_stop_checkpoint_served();
    hol_stop_request_checkpoint(); /* from inside */
    _exit(hol_stop_checkpoint_requested() && !hol_stop_requested() ? 0 : 4);
}

static void term_asks_for_the_end(void) {
    (void)raise(SIGTERM);
    (void)raise(SIGTERM); /* launchers repeat it at once */
    _exit(!hol_stop_requested() || !reason_is("SIGTERM"));
}

static void int_asks_for_the_end(void) {
    (void)raise(SIGINT);
    _exit(!hol_stop_requested() || !reason_is("SIGINT"));
}

static void first_reason_stays(void) {
    hol_stop_request();
    if (!hol_stop_requested() || !reason_is("time limit")) _exit(1);
    (void)raise(SIGUSR1);
    hol_stop_request();
    _exit(!reason_is("time limit"));
}

static void only_an_inner_request_is_withdrawn(void) {
    hol_stop_request();
    hol_stop_withdraw();
    if (hol_stop_requested() || !reason_is("")) _exit(1);
    hol_stop_request();
    (void)raise(SIGTERM); /* the limit was first, and the signal is not lost with it */
    if (!reason_is("time limit")) _exit(2);
    hol_stop_withdraw();
    _exit(!hol_stop_requested() || !reason_is("SIGTERM"));
}

static void test_signals_are_noted(void **state) {
    (void)state;
    assert_all(run_child(nothing_asked) == 0);
    assert_all(run_child(usr1_asks_for_the_end) == 0);
    assert_all(run_child(usr2_asks_for_a_checkpoint) == 0);
    assert_all(run_child(term_asks_for_the_end) == 0);
    assert_all(run_child(int_asks_for_the_end) == 0);
    assert_all(run_child(first_reason_stays) == 0);
    assert_all(run_child(only_an_inner_request_is_withdrawn) == 0);
}

/* Slurm's early warning, then its SIGTERM at the end of the limit: the checkpoint in progress must not be cut off */
static void warning_then_term(void) {
    (void)raise(SIGUSR1);
    pause_milliseconds(2100);
    (void)raise(SIGTERM);
    _exit(hol_stop_requested() && reason_is("SIGUSR1") ? 75 : 1);
}

static void time_limit_then_term(void) {
    hol_stop_request();
    (void)raise(SIGTERM);
    _exit(hol_stop_requested() ? 75 : 1);
}

static void test_first_sigterm_never_ends_the_process(void **state) {
    (void)state;
    assert_all(run_child(time_limit_then_term) == 75);
    assert_all(run_child(warning_then_term) == 75);
}

static void term_then_int(void) {
    (void)raise(SIGTERM);
    pause_milliseconds(2100);
    (void)raise(SIGUSR1); /* never ends it */
    (void)raise(SIGINT);
    _exit(1);
}

static void limit_then_term_twice(void) {
    hol_stop_request();
    (void)raise(SIGTERM);
    pause_milliseconds(2100);
    (void)raise(SIGTERM);
    _exit(1);
}

static void test_late_second_sigterm_ends_the_process(void **state) {
    (void)state;
    const pid_t first = start_child(term_then_int), second = start_child(limit_then_term_twice); /* both pause */
    assert_all(end_child(first) == 128 + SIGINT);
    assert_all(end_child(second) == 128 + SIGTERM);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_signals_are_noted),
        cmocka_unit_test(test_first_sigterm_never_ends_the_process),
        cmocka_unit_test(test_late_second_sigterm_ends_the_process),
    };
    return hol_test_main(argc, argv, "stop", tests, HOL_TEST_COUNT(tests));
}
