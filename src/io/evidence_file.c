/* evidence_file: all numbers first; then which of the two forms they are. */
#include "io/evidence_file.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "io/scanner.h"
#include "io/text_file.h"

/* One number, and whether it is the first in its line. */
typedef struct number {
    int32_t value;
    bool begins;
    const char *at; /* borrowed: in the text */
} number;

static hol_status refuse(const char *path, const char *text, const char *at, const char *expected) {
    hol_scanner words = hol_scanner_begin(path, text, "");
    do hol_scanner_next(&words);
    while (words.length > 0 && words.word < at);
    return hol_scanner_refuse(&words, expected);
}

/* The text's numbers, with one more at its end that is none. */
static hol_status read_numbers(const char *path, const char *text, number **ret_numbers, int64_t *ret_count) {
    hol_status status = HOL_OK;
    int64_t line = 0, value = 0, count = 0, room = 0;
    hol_scanner s = hol_scanner_begin(path, text, "");
    for (hol_scanner_next(&s);; hol_scanner_next(&s), count++) {
        HOL_TRY(HOL_GROW(*ret_numbers, count, count + 1, &room, "evidence"));
        if (s.length > 0)
            HOL_TRY(hol_scanner_take(&s, 0, INT32_MAX, "a number of variables, a variable or a state", &value));
        (*ret_numbers)[count] = (number){.value = (int32_t)value, .begins = s.line != line, .at = s.word};
        line = s.line;
        if (s.length == 0) break;
    }
    *ret_count = count;
cleanup:
    return status;
}

/* Whether lists of pairs fill numbers [at, count), as many as `samples`; *ret_lines: whether each begins a line. */
static bool are_lists(const number *numbers, int64_t at, int64_t count, int64_t samples, bool *ret_lines) {
    *ret_lines = true;
    for (int64_t s = 0; s < samples; s++) {
        if (at >= count || numbers[at].value > (count - at - 1) / 2) return false;
        *ret_lines = *ret_lines && numbers[at].begins;
        at += 1 + 2 * numbers[at].value;
    }
    return at == count;
}

/* One list into a row; *at is where it stands, and where the next one does. false, and *at is the number that is no
 * variable or one that the list has already. */
static bool take_list(const number *numbers, int64_t *at, int64_t variables, float *row) {
    for (int64_t v = 0; v < variables; v++) row[v] = NAN;
    const int64_t end = *at + 1 + 2 * (int64_t)numbers[*at].value;
    for ((*at)++; *at < end; *at += 2) {
        if (numbers[*at].value >= variables) return false;
        if (!isnan(row[numbers[*at].value])) return false;
        row[numbers[*at].value] = (float)numbers[*at + 1].value;
    }
    return true;
}

typedef struct lists {
    int64_t samples, first; /* how many, and the number that the first begins at */
} lists;

/* false when the numbers are neither form */
static bool find_lists(const number *numbers, int64_t count, lists *ret_lists) {
    bool lines = false, no_matter = false;
    const bool plain = count > 0 && are_lists(numbers, 0, count, 1, &no_matter),
               older = count > 1 && numbers[0].value > 0 && are_lists(numbers, 1, count, numbers[0].value, &lines);
    *ret_lists = older && (!plain || lines) ? (lists){.samples = numbers[0].value, .first = 1} : (lists){.samples = 1};
    return plain || older;
}

hol_status hol_evidence_file_read(const char *path, int64_t variables, int64_t *ret_rows, float **ret_values) {
    hol_status status = HOL_OK;
    char *text = NULL, expected[64];
    number *numbers = NULL;
    lists found = {0};
    int64_t length = 0, count = 0;
    *ret_rows = 0;
    *ret_values = NULL;
    HOL_TRY(hol_text_file_load(path, &text, &length));
    HOL_TRY(read_numbers(path, text, &numbers, &count));
    if (!find_lists(numbers, count, &found))
        HOL_TRY(refuse(path, text, numbers[count].at,
                       count == 0 ? "the number of observed variables"
                                  : "as many pairs of a variable and its state as the number in front says, as in "
                                    "\"2 1 0 3 1\""));
    HOL_TRY(HOL_ALLOCATE(*ret_values, HOL_PRODUCT(found.samples, variables), "evidence"));
    for (int64_t s = 0, at = found.first; s < found.samples; s++) {
        if (take_list(numbers, &at, variables, *ret_values + s * variables)) continue;
        (void)snprintf(expected, sizeof expected, "a variable from 0 to %lld, each once", (long long)variables - 1);
        HOL_TRY(refuse(path, text, numbers[at].at, expected));
    }
    *ret_rows = found.samples;
cleanup:
    if (status != HOL_OK) {
        hol_free(*ret_values);
        *ret_values = NULL;
    }
    hol_free(numbers);
    hol_free(text);
    return status;
}
