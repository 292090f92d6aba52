/* log: lines on stderr from rank 0. A failure to write to stderr can't be reported and is ignored. */
#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/escape.h"

static int own_rank;
static bool is_quiet;
static bool transient_drawn;
static bool reader_left; /* of stdout, a pipe */
static bool is_lost;     /* something that should have been printed */

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

static void put(const char *text) {
    if (fputs(text, stdout) == EOF && errno == EPIPE) reader_left = true;
}

void hol_print(const char *format, ...) {
    if (own_rank != 0) return;
    char few[1024], few_printed[HOL_ESCAPE_GROWTH * sizeof few];
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    const int length = vsnprintf(few, sizeof few, format, arguments);
    if (length >= 0 && (size_t)length < sizeof few) {
        (void)hol_escape(few, true, few_printed, sizeof few_printed);
        put(few_printed);
    } else if (length >= 0) {
        const size_t size = (size_t)length + 1;
        char *text = hol_allocate((int64_t)size, 1 + HOL_ESCAPE_GROWTH);
        if (text) {
            (void)vsnprintf(text, size, format, again);
            (void)hol_escape(text, true, text + size, HOL_ESCAPE_GROWTH * size);
            put(text + size);
        } else {
            is_lost = true;
        }
    }
    va_end(again);
    va_end(arguments);
}

void hol_print_json_text(const char *text) {
    if (own_rank != 0) return;
    put("\"");
    for (; *text; text++) {
        unsigned char byte = (unsigned char)*text;
        const bool is_wide_control = byte == 0xc2 && (unsigned char)text[1] >= 0x80 && (unsigned char)text[1] < 0xa0;
        if (is_wide_control) byte = (unsigned char)*++text;
        if (byte == '"' || byte == '\\') (void)putchar('\\');
        if (byte < 32 || byte == 127 || is_wide_control) (void)printf("\\u%04x", byte);
        else (void)putchar(byte);
    }
    put("\"");
}

hol_status hol_print_close(void) {
    const bool lost = ferror(stdout) != 0 || is_lost;
    /* only closing tells of all that a file system can refuse */
    const bool failed = fclose(stdout) != 0;
    if (failed && errno == EPIPE) reader_left = true;
    if ((failed || lost) && !reader_left) return hol_error(HOL_FAILURE, "standard output could not be written");
    return HOL_OK;
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
