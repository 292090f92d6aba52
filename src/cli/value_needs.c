/* value_needs: when a value counts, as its row says (cli/value.h has the grammar). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/value.h"

enum { TERM_MAX = 96 };

/* One of a condition's alternatives, cut from the row's text. */
typedef struct term {
    char name[TERM_MAX], value[TERM_MAX];
    char relation; /* '=', '>', or 0: given */
} term;

/* The next alternative at *at, which moves behind it. */
static bool next_term(const char **at, term *ret) {
    const size_t length = strcspn(*at, ", "), found = strcspn(*at, "=>"), name = found < length ? found : length;
    if (length == 0 || length >= TERM_MAX) return false;
    (void)snprintf(ret->name, TERM_MAX, "%.*s", (int)name, *at);
    (void)snprintf(ret->value, TERM_MAX, "%.*s", name < length ? (int)(length - name - 1) : 0, *at + name + 1);
    ret->relation = name < length ? (*at)[name] : '\0';
    *at += length;
    return true;
}

static double number_of(const hol_value *value, const void *values) {
    const void *at = (const char *)values + value->at;
    return value->type == HOL_VALUE_INTEGER ? (double)*(const int64_t *)at : *(const double *)at;
}

const char *hol_value_word(const hol_value *value, const void *values) {
    const void *at = (const char *)values + value->at;
    const char *text = NULL;
    if (value->type == HOL_VALUE_BOOLEAN) return *(const bool *)at ? "true" : "false";
    if (value->type == HOL_VALUE_TEXT) text = *(const char *const *)at;
    else if (*(const int *)at >= 0) text = value->choices[*(const int *)at];
    return text ? text : "";
}

/* Whether `word` is one of the values, which have bars between them. */
static bool is_among(const char *list, const char *word) {
    const size_t length = strlen(word);
    for (const char *at = list; *at; at += strspn(at, "|")) {
        const size_t here = strcspn(at, "|");
        if (here == length && memcmp(at, word, length) == 0) return true;
        at += here;
    }
    return false;
}

static bool holds(const hol_value_table *table, const term *t, const void *values) {
    const hol_value *value = hol_value_find(table, t->name);
    if (!value) return false; /* a test walks all rows: there is no such condition */
    if (t->relation == '>') return number_of(value, values) > strtod(t->value, NULL);
    return t->relation ? is_among(t->value, hol_value_word(value, values)) : !hol_value_is_default(value, values);
}

bool hol_value_counts(const hol_value_table *table, const char *needs, const void *values) {
    term t;
    for (const char *at = needs; at && *at; at += strspn(at, " ")) {
        bool one = false;
        while (next_term(&at, &t)) {
            one |= holds(table, &t, values);
            if (*at == ',') at++;
        }
        if (!one) return false;
    }
    return true;
}

/* "model.kind rbm or boltzmann" */
static size_t print_term(const term *t, const char *before, char *buffer, size_t size) {
    const char *relation = t->relation == '>' ? " above " : t->relation ? " " : "";
    size_t used = (size_t)snprintf(buffer, size, "%s%s%s", before, t->name, relation);
    for (const char *at = t->value; *at && used < size; at += strspn(at, "|")) {
        const size_t here = strcspn(at, "|");
        const char *between = at == t->value ? "" : at[here] ? ", " : " or ";
        used += (size_t)snprintf(buffer + used, size - used, "%s%.*s", between, (int)here, at);
        at += here;
    }
    return used < size ? used : size - 1;
}

void hol_value_describe_needs(const char *needs, const char *before, char *buffer, size_t size) {
    size_t used = 0;
    term t;
    buffer[0] = '\0';
    for (const char *at = needs; at && *at; at += strspn(at, " ")) {
        const char *between = used ? " and " : "";
        while (next_term(&at, &t)) {
            if (used + strlen(between) < size) used += (size_t)snprintf(buffer + used, size - used, "%s", between);
            if (used < size) used += print_term(&t, before, buffer + used, size - used);
            between = " or ";
            if (*at == ',') at++;
        }
    }
}
