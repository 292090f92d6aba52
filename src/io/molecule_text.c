/* molecule_text: pieces of lines, of both formats. */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "molecule_parts.h"

void hol_molecule_copy(const char *text, int64_t length, char *to, int64_t size) {
    while (length > 0 && isspace((unsigned char)*text)) text++, length--;
    while (length > 0 && isspace((unsigned char)text[length - 1])) length--;
    if (length > size - 1) length = size - 1;
    memcpy(to, text, (size_t)length);
    to[length] = '\0';
}

bool hol_molecule_number(const char *text, int64_t length, double *ret) {
    char digits[32], *end = NULL;
    if (length >= (int64_t)sizeof digits) return false;
    hol_molecule_copy(text, length, digits, sizeof digits);
    *ret = strtod(digits, &end);
    return *digits && !*end && isfinite(*ret);
}

/* names of atoms may begin with a digit, as 1HB */
bool hol_molecule_is_hydrogen(const char *element, const char *atom) {
    while (isdigit((unsigned char)*atom)) atom++;
    const char first = (char)toupper((unsigned char)(*element ? *element : *atom));
    return (first == 'H' || first == 'D') && (!*element || !element[1]);
}
