/* config_uses: when a key has an effect, as its row says: conditions with blanks between, all of which must hold.
 *
 *     KEY=VALUE|VALUE    the key has one of these values
 *     KEY>NUMBER         the key has a larger value
 *     ONE,OTHER          either of two such */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/config_table.h"

enum { TERM_MAX = 96 };

/* One of a condition's alternatives, cut from the row's text. */
typedef struct term {
    char key[TERM_MAX], value[TERM_MAX];
    bool larger; /* else equal */
} term;

/* The next alternative at *at, which moves behind it. */
static bool next_term(const char **at, term *ret) {
    const size_t length = strcspn(*at, ", "), key = strcspn(*at, "=>");
    if (length == 0 || length >= TERM_MAX || key >= length) return false;
    (void)snprintf(ret->key, TERM_MAX, "%.*s", (int)key, *at);
    (void)snprintf(ret->value, TERM_MAX, "%.*s", (int)(length - key - 1), *at + key + 1);
    ret->larger = (*at)[key] == '>';
    *at += length;
    return true;
}

static const hol_config_row *find(const char *key) {
    for (size_t i = 0; i < hol_config_row_count; i++)
        if (strcmp(hol_config_rows[i].key, key) == 0) return &hol_config_rows[i];
    return NULL;
}

static double number_of(const hol_config_row *row, const hol_config *config) {
    const void *at = (const char *)config + row->at;
    return row->type == HOL_CONFIG_INTEGER ? (double)*(const int64_t *)at : *(const double *)at;
}

static const char *word_of(const hol_config_row *row, const hol_config *config) {
    const void *at = (const char *)config + row->at;
    return row->type == HOL_CONFIG_CHOICE ? row->choices[*(const int *)at] : *(const bool *)at ? "true" : "false";
}

/* Whether `word` is one of the values, which have bars between them. */
static bool is_among(const char *values, const char *word) {
    const size_t length = strlen(word);
    for (const char *at = values; *at; at += strspn(at, "|")) {
        const size_t here = strcspn(at, "|");
        if (here == length && memcmp(at, word, length) == 0) return true;
        at += here;
    }
    return false;
}

static bool holds(const term *t, const hol_config *config) {
    const hol_config_row *row = find(t->key);
    if (!row) return false; /* a test walks all rows: there is no such condition */
    return t->larger ? number_of(row, config) > strtod(t->value, NULL) : is_among(t->value, word_of(row, config));
}

bool hol_config_has_effect(const hol_config_row *row, const hol_config *config) {
    term t;
    for (const char *at = row->needs; at && *at; at += strspn(at, " ")) {
        bool one = false;
        while (next_term(&at, &t)) {
            one |= holds(&t, config);
            if (*at == ',') at++;
        }
        if (!one) return false;
    }
    return true;
}

/* "model.kind rbm or boltzmann" */
static size_t print_term(const term *t, char *buffer, size_t size) {
    size_t used = (size_t)snprintf(buffer, size, "%s %s", t->key, t->larger ? "above " : "");
    for (const char *at = t->value; *at && used < size; at += strspn(at, "|")) {
        const size_t here = strcspn(at, "|");
        const char *between = at == t->value ? "" : at[here] ? ", " : " or ";
        used += (size_t)snprintf(buffer + used, size - used, "%s%.*s", between, (int)here, at);
        at += here;
    }
    return used < size ? used : size - 1;
}

void hol_config_describe_needs(const hol_config_row *row, char *buffer, size_t size) {
    size_t used = 0;
    term t;
    buffer[0] = '\0';
    for (const char *at = row->needs; at && *at; at += strspn(at, " ")) {
        const char *between = used ? " and " : "";
        while (next_term(&at, &t)) {
            if (used + strlen(between) < size) used += (size_t)snprintf(buffer + used, size - used, "%s", between);
            if (used < size) used += print_term(&t, buffer + used, size - used);
            between = " or ";
            if (*at == ',') at++;
        }
    }
}
