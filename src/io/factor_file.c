/* factor_file: UAI and libDAI's .fg. Both are words between blanks; a word knows its line and column. */
#include "io/factor_file.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "io/replace.h"
#include "model/columns.h"
#include "num/elementary.h"

enum { FILE_BYTES_MAX = 1 << 30, WORD_SHOWN = 40, VARIABLES_MAX = 1 << 24, SCOPE_MAX = 4096 };

static bool has_suffix(const char *path, const char *suffix) {
    const size_t length = strlen(path), end = strlen(suffix);
    return length > end && strcasecmp(path + length - end, suffix) == 0;
}

bool hol_factor_file_is_named(const char *path) { return has_suffix(path, ".uai") || has_suffix(path, ".fg"); }

hol_status hol_factor_file_load(const char *path, char **ret_text, int64_t *ret_length) {
    hol_status status = HOL_OK;
    char *text = NULL;
    FILE *file = fopen(path, "rb");
    *ret_text = NULL;
    *ret_length = 0;
    if (!file) return hol_error(HOL_BAD_INPUT, "%s: cannot be read: %s", path, strerror(errno));
    if (fseek(file, 0, SEEK_END) != 0 || ftell(file) < 0 || ftell(file) > FILE_BYTES_MAX)
        HOL_TRY(hol_error(HOL_BAD_INPUT, "%s: found no regular file of at most %d bytes", path, FILE_BYTES_MAX));
    const int64_t length = (int64_t)ftell(file);
    rewind(file);
    HOL_TRY(HOL_ALLOCATE(text, length + 1, "factor graph"));
    if ((int64_t)fread(text, 1, (size_t)length, file) != length)
        HOL_TRY(hol_error(HOL_BAD_INPUT, "%s: cannot be read: %s", path, errno ? strerror(errno) : "it changed"));
    if (memchr(text, 0, (size_t)length))
        HOL_TRY(hol_error(HOL_BAD_INPUT, "%s: found a zero byte, expected text", path));
    *ret_text = text;
    *ret_length = length;
    text = NULL;
cleanup:
    hol_free(text);
    (void)fclose(file); /* read only: nothing can be lost */
    return status;
}

/* ---- words ------------------------------------------------------------------------------------------------------- */

typedef struct scanner {
    const char *path; /* borrowed */
    const char *at;   /* behind the newest word */
    const char *word; /* the newest word; length 0 at the end of the text */
    size_t length;
    int64_t line, column; /* of it, from 1 */
    const char *line_start;
    bool comments; /* '#' to the end of the line is skipped */
} scanner;

static hol_status refuse(const scanner *s, const char *expected) {
    if (s->length == 0)
        return hol_error(HOL_BAD_INPUT, "%s:%lld:%lld: found the end of the file, expected %s", s->path,
                         (long long)s->line, (long long)s->column, expected);
    return hol_error(HOL_BAD_INPUT, "%s:%lld:%lld: found \"%.*s\", expected %s", s->path, (long long)s->line,
                     (long long)s->column, (int)(s->length < WORD_SHOWN ? s->length : WORD_SHOWN), s->word, expected);
}

static void next_word(scanner *s) {
    const char *at = s->at;
    for (; isspace((unsigned char)*at) || (s->comments && *at == '#'); at++) {
        if (*at == '#')
            while (at[1] && at[1] != '\n') at++;
        if (*at == '\n') s->line++, s->line_start = at + 1;
    }
    s->word = at;
    s->column = at - s->line_start + 1;
    while (*at && !isspace((unsigned char)*at) && !(s->comments && *at == '#')) at++;
    s->length = (size_t)(at - s->word);
    s->at = at;
}

static hol_status next_integer(scanner *s, int64_t least, int64_t most, const char *what, int64_t *ret) {
    char expected[160], *end = NULL;
    next_word(s);
    if (least == most) (void)snprintf(expected, sizeof expected, "%s, %lld", what, (long long)least);
    else
        (void)snprintf(expected, sizeof expected, "%s, a whole number from %lld to %lld", what, (long long)least,
                       (long long)most);
    if (s->length == 0 || s->length > 18) return refuse(s, expected);
    *ret = strtoll(s->word, &end, 10);
    if (end != s->word + s->length || *ret < least || *ret > most) return refuse(s, expected);
    return HOL_OK;
}

/* The logarithm of a potential. */
static hol_status next_potential(scanner *s, double *ret) {
    char *end = NULL;
    next_word(s);
    const char first = s->length > 0 ? s->word[0] : '\0';
    if (!isdigit((unsigned char)first) && first != '.' && first != '-' && first != '+') return refuse(s, "a potential");
    const double value = strtod(s->word, &end);
    if (end != s->word + s->length || !(value >= 0) || isinf(value)) return refuse(s, "a potential, a number from 0");
    *ret = hol_ln(value);
    return HOL_OK;
}

/* ---- UAI --------------------------------------------------------------------------------------------------------- */

static hol_status read_scope(scanner *s, int64_t variables, int64_t clique, int64_t size, int32_t *scope) {
    char what[64];
    (void)snprintf(what, sizeof what, "a variable of clique %lld", (long long)clique);
    for (int64_t k = 0; k < size; k++) {
        int64_t v = 0;
        const hol_status status = next_integer(s, 0, variables - 1, what, &v);
        if (status != HOL_OK) return status;
        scope[k] = (int32_t)v;
        for (int64_t m = 0; m < k; m++)
            if (scope[m] == scope[k]) return refuse(s, "each variable of a clique once");
    }
    return HOL_OK;
}

static hol_status read_uai_variables(scanner *s, hol_factors **ret_factors) {
    hol_status status = HOL_OK;
    int64_t variables = 0, states = 0;
    int32_t *cardinalities = NULL;
    next_word(s);
    if (!(s->length == 6 && strncasecmp(s->word, "MARKOV", 6) == 0) &&
        !(s->length == 5 && strncasecmp(s->word, "BAYES", 5) == 0))
        return refuse(s, "MARKOV or BAYES");
    HOL_TRY(next_integer(s, 1, VARIABLES_MAX, "the number of variables", &variables));
    HOL_TRY(HOL_ALLOCATE(cardinalities, variables, "factor graph"));
    for (int64_t v = 0; v < variables; v++) {
        HOL_TRY(next_integer(s, 1, HOL_STATES_MAX, "a cardinality", &states));
        cardinalities[v] = (int32_t)states;
    }
    HOL_TRY(hol_factors_create(variables, cardinalities, ret_factors));
cleanup:
    hol_free(cardinalities);
    return status;
}

/* The cliques' variables, with tables still empty. */
static hol_status read_uai_cliques(scanner *s, hol_factors *factors) {
    hol_status status = HOL_OK;
    int64_t count = 0, size = 0;
    int32_t scope[SCOPE_MAX];
    double *table = NULL;
    HOL_TRY(next_integer(s, 1, INT32_MAX, "the number of cliques", &count));
    for (int64_t q = 0; q < count; q++) {
        HOL_TRY(next_integer(s, 0, factors->variables < SCOPE_MAX ? factors->variables : SCOPE_MAX,
                             "the size of a clique", &size));
        HOL_TRY(read_scope(s, factors->variables, q, size, scope));
        if (hol_factors_entries(factors->cardinalities, size, scope) < 0)
            HOL_TRY(refuse(s, "a clique of fewer states"));
        HOL_TRY(hol_factors_add(factors, size, scope, &table));
    }
cleanup:
    return status;
}

static hol_status read_uai_tables(scanner *s, hol_factors *factors) {
    for (int64_t q = 0; q < factors->count; q++) {
        char what[96];
        const int64_t first = factors->table_starts[q], entries = factors->table_starts[q + 1] - first;
        int64_t found = 0;
        (void)snprintf(what, sizeof what, "the length of clique %lld's table", (long long)q);
        hol_status status = next_integer(s, entries, entries, what, &found);
        for (int64_t i = 0; i < entries && status == HOL_OK; i++)
            status = next_potential(s, &factors->tables[first + i]);
        if (status != HOL_OK) return status;
    }
    return HOL_OK;
}

static hol_status read_uai(scanner *s, hol_factors **ret_factors) {
    hol_status status = HOL_OK;
    HOL_TRY(read_uai_variables(s, ret_factors));
    HOL_TRY(read_uai_cliques(s, *ret_factors));
    HOL_TRY(read_uai_tables(s, *ret_factors));
cleanup:
    return status;
}

/* ---- .fg --------------------------------------------------------------------------------------------------------- */

/* What the first reading finds: the numbers of the variables, and how many states each has. */
typedef struct labels {
    int64_t count, room;
    int64_t *label;  /* owned: ascending */
    int32_t *states; /* owned */
} labels;

static int64_t find_label(const labels *l, int64_t label) {
    int64_t low = 0, high = l->count;
    while (low < high) {
        const int64_t middle = (low + high) / 2;
        if (l->label[middle] < label) low = middle + 1;
        else high = middle;
    }
    return low;
}

static hol_status grow_labels(labels *l) {
    hol_status status = HOL_OK;
    int64_t *label = NULL;
    int32_t *states = NULL;
    const int64_t room = 2 * l->room + 64;
    HOL_TRY(HOL_ALLOCATE(label, room, "factor graph"));
    HOL_TRY(HOL_ALLOCATE(states, room, "factor graph"));
    if (l->count > 0) memcpy(label, l->label, (size_t)l->count * sizeof *label);
    if (l->count > 0) memcpy(states, l->states, (size_t)l->count * sizeof *states);
    hol_free(l->label);
    hol_free(l->states);
    l->label = label;
    l->states = states;
    l->room = room;
    return HOL_OK;
cleanup:
    hol_free(label);
    hol_free(states);
    return status;
}

static hol_status note_label(const scanner *s, labels *l, int64_t label, int64_t states) {
    const int64_t at = find_label(l, label);
    if (at < l->count && l->label[at] == label) {
        if (l->states[at] == states) return HOL_OK;
        char expected[96];
        (void)snprintf(expected, sizeof expected, "variable %lld to have %d states, as above", (long long)label,
                       l->states[at]);
        return refuse(s, expected);
    }
    if (l->count == l->room) {
        const hol_status status = grow_labels(l);
        if (status != HOL_OK) return status;
    }
    for (int64_t k = l->count++; k > at; k--) l->label[k] = l->label[k - 1], l->states[k] = l->states[k - 1];
    l->label[at] = label;
    l->states[at] = (int32_t)states;
    return HOL_OK;
}

/* A factor's variables (by their labels) and states, up to the number of its entries; notes go to l unless it is
 * NULL. */
static hol_status read_fg_head(scanner *s, labels *l, int64_t *ret_size, int64_t *scope, int64_t *ret_entries,
                               int64_t *ret_given) {
    hol_status status = HOL_OK;
    int64_t states = 0;
    *ret_entries = 1;
    HOL_TRY(next_integer(s, 0, SCOPE_MAX, "the number of a factor's variables", ret_size));
    for (int64_t k = 0; k < *ret_size; k++) {
        HOL_TRY(next_integer(s, 0, INT32_MAX, "a variable", &scope[k]));
        for (int64_t m = 0; m < k; m++)
            if (scope[m] == scope[k]) HOL_TRY(refuse(s, "each variable of a factor once"));
    }
    for (int64_t k = 0; k < *ret_size; k++) {
        HOL_TRY(next_integer(s, 1, HOL_STATES_MAX, "a cardinality", &states));
        *ret_entries *= states;
        if (*ret_entries > HOL_FACTOR_ENTRIES_MAX) HOL_TRY(refuse(s, "a factor of fewer states"));
        if (l) HOL_TRY(note_label(s, l, scope[k], states));
    }
    HOL_TRY(next_integer(s, 0, *ret_entries, "the number of a factor's entries", ret_given));
cleanup:
    return status;
}

/* Index i of a table whose first variable is fastest as that of one whose last is. */
static int64_t turn(const hol_factors *factors, int64_t size, const int32_t *scope, int64_t i) {
    int64_t turned = 0, stride = 1;
    for (int64_t k = size - 1; k >= 0; k--) stride *= factors->cardinalities[scope[k]];
    for (int64_t k = 0; k < size; k++) {
        const int64_t states = factors->cardinalities[scope[k]];
        stride /= states;
        turned += i % states * stride;
        i /= states;
    }
    return turned;
}

/* The entries of a factor, into factors unless it is NULL (the first reading). */
static hol_status read_fg_entries(scanner *s, hol_factors *factors, const labels *l, int64_t size, const int64_t *names,
                                  int64_t entries, int64_t given) {
    hol_status status = HOL_OK;
    int32_t scope[SCOPE_MAX];
    int64_t index = 0;
    uint8_t *seen = NULL;
    double value = 0, *table = NULL;
    for (int64_t k = 0; factors && k < size; k++) scope[k] = (int32_t)find_label(l, names[k]);
    if (factors) HOL_TRY(hol_factors_add(factors, size, scope, &table));
    if (factors) HOL_TRY(HOL_ALLOCATE(seen, entries, "factors"));
    for (int64_t i = 0; table && i < entries; i++) table[i] = -(double)INFINITY;
    for (int64_t e = 0; e < given; e++) {
        HOL_TRY(next_integer(s, 0, entries - 1, "an entry's index", &index));
        if (seen && seen[index]++) HOL_TRY(refuse(s, "an index that this factor has not had yet"));
        HOL_TRY(next_potential(s, &value));
        if (table) table[turn(factors, size, scope, index)] = value;
    }
cleanup:
    hol_free(seen);
    return status;
}

/* All factors: first into labels, then, with these, into factors. */
static hol_status read_fg_factors(scanner *s, labels *l, hol_factors *factors) {
    hol_status status = HOL_OK;
    int64_t names[SCOPE_MAX], count = 0, size = 0, entries = 0, given = 0;
    HOL_TRY(next_integer(s, 1, INT32_MAX, "the number of factors", &count));
    for (int64_t f = 0; f < count; f++) {
        HOL_TRY(read_fg_head(s, factors ? NULL : l, &size, names, &entries, &given));
        HOL_TRY(read_fg_entries(s, factors, l, size, names, entries, given));
    }
cleanup:
    return status;
}

static hol_status read_fg(scanner *s, hol_factors **ret_factors) {
    hol_status status = HOL_OK;
    labels l = {0};
    const scanner start = *s;
    HOL_TRY(read_fg_factors(s, &l, NULL));
    if (l.count == 0) HOL_TRY(refuse(s, "a factor with variables"));
    HOL_TRY(hol_factors_create(l.count, l.states, ret_factors));
    *s = start;
    HOL_TRY(read_fg_factors(s, &l, *ret_factors));
cleanup:
    hol_free(l.label);
    hol_free(l.states);
    return status;
}

hol_status hol_factor_file_parse(const char *path, const char *text, hol_factors **ret_factors) {
    hol_status status = HOL_OK;
    const bool fg = has_suffix(path, ".fg");
    scanner s = {.path = path, .at = text, .line = 1, .line_start = text, .comments = fg};
    *ret_factors = NULL;
    if (!hol_factor_file_is_named(path))
        return hol_error(HOL_USAGE, "%s: found another name, expected one that ends in .uai or .fg", path);
    HOL_TRY(fg ? read_fg(&s, ret_factors) : read_uai(&s, ret_factors));
    next_word(&s);
    if (s.length > 0) HOL_TRY(refuse(&s, "the end of the file"));
cleanup:
    if (status != HOL_OK) {
        hol_factors_destroy(*ret_factors);
        *ret_factors = NULL;
    }
    return status;
}

/* ---- writing ----------------------------------------------------------------------------------------------------- */

/* Potentials beyond the reach of a double have logarithms all the same. */
static hol_status check_potentials(const char *path, const hol_factors *factors) {
    for (int64_t f = 0; f < factors->count; f++)
        for (int64_t i = factors->table_starts[f]; i < factors->table_starts[f + 1]; i++)
            if (factors->tables[i] > -(double)INFINITY && !(fabs(factors->tables[i]) < 700))
                return hol_error(HOL_USAGE, "%s: clique %lld: found e^%g, expected a potential that a double can hold",
                                 path, (long long)f, factors->tables[i]);
    return HOL_OK;
}

static void print_potential(FILE *file, double log_potential) { (void)fprintf(file, "%.12g", hol_exp(log_potential)); }

static void write_uai(FILE *file, const hol_factors *factors) {
    (void)fprintf(file, "MARKOV\n%lld\n", (long long)factors->variables);
    for (int64_t v = 0; v < factors->variables; v++)
        (void)fprintf(file, "%s%d", v ? " " : "", factors->cardinalities[v]);
    (void)fprintf(file, "\n%lld\n", (long long)factors->count);
    for (int64_t f = 0; f < factors->count; f++) {
        (void)fprintf(file, "%lld", (long long)hol_factors_scope_size(factors, f));
        for (int64_t i = factors->scope_starts[f]; i < factors->scope_starts[f + 1]; i++)
            (void)fprintf(file, " %d", factors->scopes[i]);
        (void)fputc('\n', file);
    }
    for (int64_t f = 0; f < factors->count; f++) {
        (void)fprintf(file, "\n%lld\n", (long long)(factors->table_starts[f + 1] - factors->table_starts[f]));
        for (int64_t i = factors->table_starts[f]; i < factors->table_starts[f + 1]; i++) {
            if (i > factors->table_starts[f]) (void)fputc(' ', file);
            print_potential(file, factors->tables[i]);
        }
        (void)fputc('\n', file);
    }
}

static void write_fg_factor(FILE *file, const hol_factors *factors, int64_t f) {
    const int64_t size = hol_factors_scope_size(factors, f),
                  entries = factors->table_starts[f + 1] - factors->table_starts[f];
    const int32_t *scope = factors->scopes + factors->scope_starts[f];
    const double *table = factors->tables + factors->table_starts[f];
    int64_t given = 0;
    (void)fprintf(file, "\n%lld\n", (long long)size);
    for (int64_t k = 0; k < size; k++) (void)fprintf(file, "%d ", scope[k]);
    (void)fputc('\n', file);
    for (int64_t k = 0; k < size; k++) (void)fprintf(file, "%d ", factors->cardinalities[scope[k]]);
    for (int64_t i = 0; i < entries; i++) given += table[i] > -(double)INFINITY;
    (void)fprintf(file, "\n%lld\n", (long long)given);
    for (int64_t i = 0; i < entries; i++) {
        const double value = table[turn(factors, size, scope, i)];
        if (!(value > -(double)INFINITY)) continue;
        (void)fprintf(file, "%lld ", (long long)i);
        print_potential(file, value);
        (void)fputc('\n', file);
    }
}

static bool is_alone(const hol_factors *factors, int64_t v) {
    for (int64_t i = 0; i < factors->scope_starts[factors->count]; i++)
        if (factors->scopes[i] == v) return false;
    return true;
}

static void write_fg(FILE *file, const hol_factors *factors) {
    int64_t alone = 0;
    for (int64_t v = 0; v < factors->variables; v++) alone += is_alone(factors, v);
    (void)fprintf(file, "%lld\n", (long long)(factors->count + alone));
    for (int64_t f = 0; f < factors->count; f++) write_fg_factor(file, factors, f);
    for (int64_t v = 0; v < factors->variables; v++) {
        if (!is_alone(factors, v)) continue;
        (void)fprintf(file, "\n1\n%lld\n%d\n%d\n", (long long)v, factors->cardinalities[v], factors->cardinalities[v]);
        for (int32_t s = 0; s < factors->cardinalities[v]; s++) (void)fprintf(file, "%d 1\n", s);
    }
}

hol_status hol_factor_file_write(const char *path, const hol_factors *factors) {
    hol_status status = HOL_OK;
    char *temporary = NULL;
    FILE *file = NULL;
    if (!hol_factor_file_is_named(path))
        return hol_error(HOL_USAGE, "%s: found another name, expected one that ends in .uai or .fg", path);
    HOL_TRY(check_potentials(path, factors));
    HOL_TRY(hol_replace_begin(path, &temporary));
    file = fopen(temporary, "wb");
    if (!file) HOL_TRY(hol_error(HOL_FAILURE, "%s: cannot be written: %s", path, strerror(errno)));
    if (has_suffix(path, ".fg")) write_fg(file, factors);
    else write_uai(file, factors);
    const bool lost = ferror(file) != 0;
    FILE *closing = file;
    file = NULL;
    if (fclose(closing) != 0 || lost)
        HOL_TRY(hol_error(HOL_FAILURE, "%s: cannot be written: %s", path, strerror(errno)));
    HOL_TRY(hol_replace_commit(temporary, path));
cleanup:
    if (file) (void)fclose(file);
    if (status != HOL_OK) hol_replace_abandon(temporary);
    hol_free(temporary);
    return status;
}
