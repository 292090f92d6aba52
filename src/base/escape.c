/* escape: a walk over UTF-8 characters. */
#include "base/escape.h"

#include <stdio.h>
#include <string.h>

/* Bytes of the UTF-8 character at `text`; 0 when there is none: a stray or overlong byte, a surrogate. */
static size_t length_of(const unsigned char *text) {
    const unsigned first = text[0];
    const size_t length = first < 0x80   ? 1
                          : first < 0xc2 ? 0
                          : first < 0xe0 ? 2
                          : first < 0xf0 ? 3
                          : first < 0xf5 ? 4
                                         : 0;
    for (size_t i = 1; i < length; i++)
        if ((text[i] & 0xc0) != 0x80) return 0; /* the NUL at the end is one */
    if ((first == 0xe0 && text[1] < 0xa0) || (first == 0xed && text[1] > 0x9f)) return 0;
    if ((first == 0xf0 && text[1] < 0x90) || (first == 0xf4 && text[1] > 0x8f)) return 0;
    return length;
}

static bool is_control(const unsigned char *text, bool lines) {
    if (lines && (text[0] == '\n' || text[0] == '\t')) return false;
    return text[0] < ' ' || text[0] == 0x7f || (text[0] == 0xc2 && text[1] < 0xa0);
}

size_t hol_escape(const char *text, bool lines, char *ret, size_t size) {
    const unsigned char *at = (const unsigned char *)text;
    size_t used = 0;
    while (*at) {
        const size_t length = length_of(at), bytes = length ? length : 1;
        const bool escaped = length == 0 || is_control(at, lines);
        if (used + (escaped ? HOL_ESCAPE_GROWTH * bytes : bytes) >= size) break;
        if (escaped)
            for (size_t i = 0; i < bytes; i++) used += (size_t)snprintf(ret + used, size - used, "\\x%02x", at[i]);
        else memcpy(ret + used, at, bytes), used += bytes;
        at += bytes;
    }
    ret[used] = '\0';
    return used;
}
