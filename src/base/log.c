/* log: lines on stderr from rank 0. A failure to write to stderr can't be reported and is ignored. */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/escape.h"
#include "base/words.h"

static bool speaks(const hol_comm *comm) { return !comm || hol_comm_rank(comm) == 0; }

static bool is_mute(hol_comm *comm) { return comm && hol_comm_screen(comm)->is_mute; }
static bool is_quiet(hol_comm *comm) { return is_mute(comm) || (comm && hol_comm_screen(comm)->is_quiet); }

static void erase_transient(hol_comm *comm) {
    if (!comm) return;
    hol_screen *screen = hol_comm_screen(comm);
    if (screen->is_drawn) (void)fputs("\r\033[K", stderr);
    screen->is_drawn = false;
}

int hol_log_get_columns(FILE *stream) {
    struct winsize size = {0};
    return ioctl(fileno(stream), TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

int hol_log_get_width(void) {
    const int columns = hol_log_get_columns(stderr);
    return columns > 0 ? columns : 80;
}

static void print_line(hol_comm *comm, const char *prefix, const char *format, va_list arguments) {
    enum { INDENT = 4 };
    erase_transient(comm);
    char text[2048], printed[HOL_ESCAPE_GROWTH * sizeof text];
    (void)vsnprintf(text, sizeof text, format, arguments);
    (void)hol_escape(text, false, printed, sizeof printed);
    const int columns = hol_log_get_columns(stderr);
    if (columns > 0) {
        (void)fputs(prefix, stderr);
        hol_words_fold(stderr, printed, columns, (int)strlen(prefix), INDENT);
        (void)fputs("\n", stderr);
    } else (void)fprintf(stderr, "%s%s\n", prefix, printed); /* one write, of several processes to one file */
    (void)fflush(stderr);
}

static bool set(bool *at, bool value) {
    const bool before = *at;
    *at = value;
    return before;
}

bool hol_log_set_quiet(hol_comm *comm, bool quiet) { return set(&hol_comm_screen(comm)->is_quiet, quiet); }
bool hol_log_set_mute(hol_comm *comm, bool mute) { return set(&hol_comm_screen(comm)->is_mute, mute); }

bool hol_log_is_terminal(hol_comm *comm) {
    if (!speaks(comm) || !isatty(STDERR_FILENO)) return false;
    const char *term = getenv("TERM");
    return term && term[0] && strcmp(term, "dumb") != 0;
}

void hol_log(hol_comm *comm, const char *format, ...) {
    if (!speaks(comm) || is_quiet(comm)) return;
    va_list arguments;
    va_start(arguments, format);
    print_line(comm, "", format, arguments);
    va_end(arguments);
}

void hol_log_warning(hol_comm *comm, const char *format, ...) {
    if (!speaks(comm) || is_mute(comm)) return;
    va_list arguments;
    va_start(arguments, format);
    print_line(comm, "holode: warning: ", format, arguments);
    va_end(arguments);
}

void hol_log_error(hol_comm *comm, const char *format, ...) {
    if (!speaks(comm)) return;
    va_list arguments;
    va_start(arguments, format);
    print_line(comm, "holode: ", format, arguments);
    va_end(arguments);
}

void hol_log_own_error(hol_comm *comm, const char *format, ...) {
    char host[128] = "?", prefix[192];
    (void)gethostname(host, sizeof host - 1);
    (void)snprintf(prefix, sizeof prefix, "holode: rank %d on %s: ", comm ? hol_comm_rank(comm) : 0, host);
    va_list arguments;
    va_start(arguments, format);
    print_line(comm, prefix, format, arguments);
    va_end(arguments);
}

void hol_log_transient(hol_comm *comm, const char *text) {
    if (!comm || !hol_log_is_terminal(comm) || is_quiet(comm)) return;
    erase_transient(comm);
    if (text) {
        (void)fprintf(stderr, "%.*s", hol_log_get_width() - 1, text); /* a line that wraps can't be drawn over */
        hol_comm_screen(comm)->is_drawn = true;
    }
    (void)fflush(stderr);
}
