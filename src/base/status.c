/* status: the newest failure's message, one per process. */
#include "base/status.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/escape.h"

static char message[1024];

hol_status hol_error(hol_status code, const char *format, ...) {
    /* formatted aside first: an argument may be the old message itself */
    char text[sizeof message];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    (void)hol_escape(text, false, message, sizeof message); /* what it quotes is a file's or a user's */
    return code;
}

const char *hol_error_message(void) { return message; }

void hol_error_clear(void) { message[0] = '\0'; }
