/* array_missing: which values of a file mean that they are not known. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "array_dialect.h"
#include "array_parts.h"
#include "base/alloc.h"

void hol_array_missing_clear(hol_array_missing *self) {
    hol_free(self->words);
    hol_free(self->numbers);
    self->words = NULL;
    self->numbers = NULL;
    self->count = self->number_count = 0;
}

/* What is a number counts as one too: -1 is -1.0. */
static void add_item(hol_array_missing *self, const char *word) {
    char *end = NULL;
    const float number = strtof(word, &end);
    self->words[self->count++] = word;
    if (end == word || *end != '\0' || isinf(number)) return;
    if (isnan(number)) self->takes_nan = true;
    else self->numbers[self->number_count++] = number;
}

hol_status hol_array_missing_set(hol_array_missing *self, const char *list) {
    hol_status status = HOL_OK;
    int64_t most = 1;
    char *block = NULL;
    hol_array_missing_clear(self);
    self->takes_nan = false;
    if (!list) return HOL_OK;
    for (const char *at = list; *at; at++) most += *at == ',';
    const int64_t table = most * (int64_t)sizeof *self->words;
    HOL_TRY(HOL_ALLOCATE(block, table + (int64_t)strlen(list) + 1, "missing values"));
    self->words = (const char **)(void *)block;
    HOL_TRY(HOL_ALLOCATE(self->numbers, most, "missing values"));
    memcpy(block + table, list, strlen(list) + 1);
    for (char *at = block + table;;) {
        char *end = at + strcspn(at, ",");
        const bool is_last = *end == '\0';
        *end = '\0';
        add_item(self, at);
        if (is_last) break;
        at = end + 1;
    }
cleanup:
    return status;
}

bool hol_array_missing_has(const hol_array_missing *self, const char *text, int64_t length) {
    const bool is_usual = hol_dialect_is_missing(text, length);
    if (self->takes_usual && is_usual) return true;
    for (int64_t i = 0; i < self->count; i++) {
        if ((int64_t)strlen(self->words[i]) != length) continue;
        if (memcmp(self->words[i], text, (size_t)length) == 0) return true;
        if (is_usual && strncasecmp(self->words[i], text, (size_t)length) == 0) return true; /* nan, NaN */
    }
    return false;
}

bool hol_array_missing_is(const hol_array_missing *self, float number) {
    hol_array_missing_mark(self, 1, &number);
    return isnan(number);
}

void hol_array_missing_mark(const hol_array_missing *self, int64_t count, float *values) {
    for (int64_t k = 0; k < self->number_count; k++) {
        const float number = self->numbers[k];
        for (int64_t i = 0; i < count; i++)
            if (!(values[i] < number) && !(values[i] > number)) values[i] = NAN;
    }
}
