/* log: lines on stderr from rank 0. A failure to write to stderr can't be reported and is ignored. */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/escape.h"

static int own_rank;
static bool is_quiet;
static bool transient_drawn;

static void erase_transient(void) {
    if (transient_drawn) (void)fputs("\r\033[K", stderr);
    transient_drawn = false;
}

static void print_line(const char *prefix, const char *format, va_list arguments) {
    erase_transient();
    char text[2048], printed[HOL_ESCAPE_GROWTH * sizeof text];
    (void)vsnprintf(text, sizeof text, format, arguments);
    (void)hol_escape(text, false, printed, sizeof printed);
    (void)fprintf(stderr, "%s%s\n", prefix, printed);
    (void)fflush(stderr);
}

void hol_log_set_rank(int rank) { own_rank = rank; }

void hol_log_set_quiet(bool quiet) { is_quiet = quiet; }

bool hol_log_is_terminal(void) {
    if (own_rank != 0 || !isatty(STDERR_FILENO)) return false;
    const char *term = getenv("TERM");
    return term && term[0] && strcmp(term, "dumb") != 0;
}

int hol_log_get_width(void) {
    struct winsize size = {0};
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

void hol_log(const char *format, ...) {
    if (own_rank != 0 || is_quiet) return;
    va_list arguments;
    va_start(arguments, format);
    print_line("", format, arguments);
    va_end(arguments);
}

void hol_log_warning(const char *format, ...) {
    if (own_rank != 0) return;
    va_list arguments;
    va_start(arguments, format);
    print_line("holode: warning: ", format, arguments);
    va_end(arguments);
}

void hol_log_error(const char *format, ...) {
    if (own_rank != 0) return;
    va_list arguments;
    va_start(arguments, format);
    print_line("holode: ", format, arguments);
    va_end(arguments);
}

void hol_log_own_error(const char *format, ...) {
    char host[128] = "?", prefix[192];
    (void)gethostname(host, sizeof host - 1);
    (void)snprintf(prefix, sizeof prefix, "holode: rank %d on %s: ", own_rank, host);
    va_list arguments;
    va_start(arguments, format);
    print_line(prefix, format, arguments);
    va_end(arguments);
}

void hol_log_transient(const char *text) {
    if (!hol_log_is_terminal() || is_quiet) return;
    erase_transient();
    if (text) {
        (void)fprintf(stderr, "%s", text);
        transient_drawn = true;
    }
    (void)fflush(stderr);
}
