/* status: a failure is its code and its message, in one block. */
#include "base/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"

struct hol_failure {
    hol_code code;
    char message[];
};

enum { MESSAGE_BYTES = 1024 };

/* stands for any failure where there is no memory to tell it; never written to, never freed */
static const struct hol_failure no_memory = {HOL_FAILURE, "out of memory"};

static hol_status make(hol_code code, const char *format, va_list arguments) {
    char text[MESSAGE_BYTES], message[MESSAGE_BYTES];
    (void)vsnprintf(text, sizeof text, format, arguments);
    (void)hol_escape(text, false, message, sizeof message); /* what it quotes is a file's or a user's */
    const size_t bytes = strlen(message) + 1;
    struct hol_failure *failure = malloc(sizeof *failure + bytes); /* hol_allocate would come back to here */
    if (!failure) return (hol_status)&no_memory;
    failure->code = code;
    memcpy(failure->message, message, bytes);
    return failure;
}

hol_status hol_error(hol_code code, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const hol_status status = make(code, format, arguments);
    va_end(arguments);
    return status;
}

hol_status hol_error_replace(hol_status old, hol_code code, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const hol_status status = make(code, format, arguments);
    va_end(arguments);
    (void)hol_error_drop(old);
    return status;
}

hol_code hol_error_code(hol_status status) { return status ? status->code : 0; }

const char *hol_error_message(hol_status status) { return status ? status->message : ""; }

hol_status hol_error_first(hol_status first, hol_status second) {
    if (!first) return second;
    (void)hol_error_drop(second);
    return first;
}

bool hol_error_drop(hol_status status) {
    if (status != &no_memory) free(status);
    return status != HOL_OK;
}
