/* factor_file: UAI and libDAI's .fg, both words between blanks (io/scanner.h). */
#include "io/factor_file.h"

#include <ctype.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "io/output.h"
#include "io/replace.h"
#include "io/scanner.h"
#include "io/text_file.h"
#include "num/elementary.h"
#include "state/columns.h"

enum { VARIABLES_MAX = 1 << 24, SCOPE_MAX = HOL_FACTOR_SCOPE_MAX };
/* .fg leaves out zeros: what its tables may take in all is this and so many entries for each of the text's bytes */
enum { SPARSE_ENTRIES = 1 << 22, SPARSE_RATIO = 4 };

bool hol_factor_file_is_named(const char *path) {
    return hol_text_file_is_named(path, ".uai") || hol_text_file_is_named(path, ".fg");
}

/* ---- potentials -------------------------------------------------------------------------------------------------- */

/* The logarithm of a decimal number that a double holds badly or not at all, from its digits and exponent: NaN when it
 * is no such number, or its logarithm would be out of reach, too. */
static double log_of_decimal(const char *text, const char *end) {
    enum { DIGITS = 17, EXPONENT_MAX = 400000 };
    double digits = 0;
    int64_t exponent = 0, taken = 0;
    bool point = false;
    for (; text < end && (isdigit((unsigned char)*text) || (*text == '.' && !point)); text++) {
        if (*text == '.') point = true;
        else if (taken < DIGITS) {
            digits = 10 * digits + (*text - '0');
            taken += digits > 0;
            exponent -= point;
        } else exponent += !point;
    }
    if (text < end && (*text == 'e' || *text == 'E')) {
        char *stop = NULL;
        const long long written = strtoll(text + 1, &stop, 10);
        if (stop != end || written > EXPONENT_MAX || written < -EXPONENT_MAX) return (double)NAN;
        exponent += written;
    } else if (text < end) return (double)NAN;
    return digits > 0 ? hol_ln(digits) + (double)exponent * 2.302585092994045684 : -(double)INFINITY;
}

/* The logarithm of the number that text[0, end) is; NaN when it is none from 0 on. A number that is written as more
 * than 0 has one above -infinity, however small it is. */
static double log_of_text(const char *text, const char *end) {
    char *stop = NULL;
    const double value = strtod(text, &stop);
    if (stop != end || !(value >= 0)) return (double)NAN;
    if (value >= DBL_MIN && !isinf(value)) return hol_ln(value);
    const double log_value = log_of_decimal(text + (*text == '+' || *text == '-'), end);
    return *text == '-' && log_value > -(double)INFINITY ? (double)NAN : log_value;
}

/* The logarithm of a potential. */
static hol_status next_potential(hol_scanner *s, double *ret) {
    hol_scanner_next(s);
    const char first = s->length > 0 ? s->word[0] : '\0';
    if (!isdigit((unsigned char)first) && first != '.' && first != '-' && first != '+')
        return hol_scanner_refuse(s, "a potential");
    *ret = log_of_text(s->word, s->word + s->length);
    return isnan(*ret) ? hol_scanner_refuse(s, "a potential, a number from 0") : HOL_OK;
}

/* ---- UAI --------------------------------------------------------------------------------------------------------- */

static hol_status read_scope(hol_scanner *s, int64_t variables, int64_t clique, int64_t size, int32_t *scope) {
    char what[64];
    (void)snprintf(what, sizeof what, "a variable of clique %lld", (long long)clique);
    for (int64_t k = 0; k < size; k++) {
        int64_t v = 0;
        const hol_status status = hol_scanner_integer(s, 0, variables - 1, what, &v);
        if (status != HOL_OK) return status;
        scope[k] = (int32_t)v;
        for (int64_t m = 0; m < k; m++)
            if (scope[m] == scope[k]) return hol_scanner_refuse(s, "each variable of a clique once");
    }
    return HOL_OK;
}

static hol_status read_uai_variables(hol_scanner *s, hol_factors **ret_factors) {
    hol_status status = HOL_OK;
    int64_t variables = 0, states = 0;
    int32_t *cardinalities = NULL;
    hol_scanner_next(s);
    if (!hol_scanner_is(s, "MARKOV") && !hol_scanner_is(s, "BAYES")) return hol_scanner_refuse(s, "MARKOV or BAYES");
    HOL_TRY(hol_scanner_integer(s, 1, VARIABLES_MAX, "the number of variables", &variables));
    HOL_TRY(hol_scanner_fit(s, variables, "cardinalities"));
    HOL_TRY(HOL_ALLOCATE(cardinalities, variables, "factor graph"));
    for (int64_t v = 0; v < variables; v++) {
        HOL_TRY(hol_scanner_integer(s, 1, HOL_STATES_MAX, "a cardinality", &states));
        cardinalities[v] = (int32_t)states;
    }
    HOL_TRY(hol_factors_create(variables, cardinalities, ret_factors));
cleanup:
    hol_free(cardinalities);
    return status;
}

/* The cliques' variables, with tables still empty; room is made for no more entries than can follow in the file. */
static hol_status read_uai_cliques(hol_scanner *s, hol_factors *factors) {
    hol_status status = HOL_OK;
    int64_t count = 0, size = 0;
    int32_t scope[SCOPE_MAX];
    double *table = NULL;
    HOL_TRY(hol_scanner_integer(s, 1, INT32_MAX, "the number of cliques", &count));
    for (int64_t q = 0; q < count; q++) {
        HOL_TRY(hol_scanner_integer(s, 0, factors->variables < SCOPE_MAX ? factors->variables : SCOPE_MAX,
                                    "the size of a clique", &size));
        HOL_TRY(read_scope(s, factors->variables, q, size, scope));
        const int64_t entries = hol_factors_entries(factors->cardinalities, size, scope);
        if (entries < 0) HOL_TRY(hol_scanner_refuse(s, "a clique of fewer states"));
        HOL_TRY(hol_scanner_fit(s, factors->table_starts[q] + entries, "potentials"));
        HOL_TRY(hol_factors_add(factors, size, scope, &table));
    }
cleanup:
    return status;
}

static hol_status read_uai_tables(hol_scanner *s, hol_factors *factors) {
    for (int64_t q = 0; q < factors->count; q++) {
        char what[96];
        const int64_t first = factors->table_starts[q], entries = factors->table_starts[q + 1] - first;
        int64_t found = 0;
        (void)snprintf(what, sizeof what, "the length of clique %lld's table", (long long)q);
        hol_status status = hol_scanner_integer(s, entries, entries, what, &found);
        for (int64_t i = 0; i < entries && status == HOL_OK; i++)
            status = next_potential(s, &factors->tables[first + i]);
        if (status != HOL_OK) return status;
    }
    return HOL_OK;
}

static hol_status read_uai(hol_scanner *s, hol_factors **ret_factors) {
    hol_status status = HOL_OK;
    HOL_TRY(read_uai_variables(s, ret_factors));
    HOL_TRY(read_uai_cliques(s, *ret_factors));
    HOL_TRY(read_uai_tables(s, *ret_factors));
cleanup:
    return status;
}

/* ---- .fg --------------------------------------------------------------------------------------------------------- */

/* What the first reading finds: each factor's variables by their numbers, with how many states it says they have. */
typedef struct label {
    int64_t name, place; /* the place in the file's order */
    int32_t states;
} label;

typedef struct labels {
    int64_t count, room;
    label *list; /* owned: as they come, then each name once, ascending, as it came first */
    bool are_ordered;
    int64_t entries; /* of all tables */
} labels;

static int by_name(const void *a, const void *b) {
    const label *x = a, *y = b;
    return (x->name > y->name) - (x->name < y->name);
}

static int by_name_and_place(const void *a, const void *b) {
    const int order = by_name(a, b);
    return order != 0 ? order : ((const label *)a)->place < ((const label *)b)->place ? -1 : 1;
}

/* Of ordered ones: the place in the list is the variable's number. */
static const label *find_label(const labels *l, int64_t name) {
    const label wanted = {.name = name};
    return bsearch(&wanted, l->list, (size_t)l->count, sizeof *l->list, by_name);
}

static hol_status note_label(const hol_scanner *s, labels *l, int64_t name, int64_t states) {
    char expected[96];
    if (!l->are_ordered) {
        const hol_status status = HOL_GROW(l->list, l->count, l->count + 1, &l->room, "factor graph");
        if (status == HOL_OK) l->list[l->count] = (label){name, l->count, (int32_t)states}, l->count++;
        return status;
    }
    const label *first = find_label(l, name);
    if (first->states == states) return HOL_OK;
    (void)snprintf(expected, sizeof expected, "variable %lld to have %d states, as above", (long long)name,
                   first->states);
    return hol_scanner_refuse(s, expected);
}

/* The variables in the order of their names. */
static hol_status order_labels(labels *l, hol_factors **ret_factors) {
    int32_t *states = NULL;
    int64_t kept = 0;
    qsort(l->list, (size_t)l->count, sizeof *l->list, by_name_and_place);
    for (int64_t k = 0; k < l->count; k++)
        if (kept == 0 || l->list[kept - 1].name != l->list[k].name) l->list[kept++] = l->list[k];
    l->count = kept;
    l->are_ordered = true;
    hol_status status = HOL_ALLOCATE(states, l->count, "factor graph");
    for (int64_t k = 0; status == HOL_OK && k < l->count; k++) states[k] = l->list[k].states;
    if (status == HOL_OK) status = hol_factors_create(l->count, states, ret_factors);
    hol_free(states);
    return status;
}

static hol_status count_entries(const hol_scanner *s, labels *l, int64_t entries) {
    const int64_t bytes = s->end - s->text, most = SPARSE_ENTRIES + SPARSE_RATIO * bytes;
    l->entries += entries;
    if (l->entries <= most) return HOL_OK;
    return hol_error(HOL_BAD_INPUT,
                     "%s:%lld:%lld: found tables of %lld entries in all up to here, expected at most %lld in a file of "
                     "%lld bytes",
                     s->path, (long long)s->line, (long long)s->column, (long long)l->entries, (long long)most,
                     (long long)bytes);
}

/* A factor's variables (by their labels) and states, up to the number of its entries. */
static hol_status read_fg_head(hol_scanner *s, labels *l, int64_t *ret_size, int64_t *scope, int64_t *ret_entries,
                               int64_t *ret_given) {
    hol_status status = HOL_OK;
    int64_t states = 0;
    *ret_entries = 1;
    HOL_TRY(hol_scanner_integer(s, 0, SCOPE_MAX, "the number of a factor's variables", ret_size));
    for (int64_t k = 0; k < *ret_size; k++) {
        HOL_TRY(hol_scanner_integer(s, 0, INT32_MAX, "a variable", &scope[k]));
        for (int64_t m = 0; m < k; m++)
            if (scope[m] == scope[k]) HOL_TRY(hol_scanner_refuse(s, "each variable of a factor once"));
    }
    for (int64_t k = 0; k < *ret_size; k++) {
        HOL_TRY(hol_scanner_integer(s, 1, HOL_STATES_MAX, "a cardinality", &states));
        *ret_entries *= states;
        if (*ret_entries > HOL_FACTOR_ENTRIES_MAX) HOL_TRY(hol_scanner_refuse(s, "a factor of fewer states"));
        HOL_TRY(note_label(s, l, scope[k], states));
    }
    if (!l->are_ordered) HOL_TRY(count_entries(s, l, *ret_entries));
    HOL_TRY(hol_scanner_integer(s, 0, *ret_entries, "the number of a factor's entries", ret_given));
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
static hol_status read_fg_entries(hol_scanner *s, hol_factors *factors, const labels *l, int64_t size,
                                  const int64_t *names, int64_t entries, int64_t given) {
    hol_status status = HOL_OK;
    int32_t scope[SCOPE_MAX];
    int64_t index = 0;
    uint8_t *seen = NULL;
    double value = 0, *table = NULL;
    for (int64_t k = 0; factors && k < size; k++) scope[k] = (int32_t)(find_label(l, names[k]) - l->list);
    if (factors) HOL_TRY(hol_factors_add(factors, size, scope, &table));
    if (factors) HOL_TRY(HOL_ALLOCATE(seen, entries, "factors"));
    for (int64_t i = 0; table && i < entries; i++) table[i] = -(double)INFINITY;
    for (int64_t e = 0; e < given; e++) {
        HOL_TRY(hol_scanner_integer(s, 0, entries - 1, "an entry's index", &index));
        if (seen && seen[index]++) HOL_TRY(hol_scanner_refuse(s, "an index that this factor has not had yet"));
        HOL_TRY(next_potential(s, &value));
        if (table) table[turn(factors, size, scope, index)] = value;
    }
cleanup:
    hol_free(seen);
    return status;
}

/* All factors: first into labels, then, with these, into factors. */
static hol_status read_fg_factors(hol_scanner *s, labels *l, hol_factors *factors) {
    hol_status status = HOL_OK;
    int64_t names[SCOPE_MAX], count = 0, size = 0, entries = 0, given = 0;
    HOL_TRY(hol_scanner_integer(s, 1, INT32_MAX, "the number of factors", &count));
    for (int64_t f = 0; f < count; f++) {
        HOL_TRY(read_fg_head(s, l, &size, names, &entries, &given));
        HOL_TRY(read_fg_entries(s, factors, l, size, names, entries, given));
    }
cleanup:
    return status;
}

static hol_status read_fg(hol_scanner *s, hol_factors **ret_factors) {
    hol_status status = HOL_OK;
    labels l = {0};
    const hol_scanner start = *s;
    HOL_TRY(read_fg_factors(s, &l, NULL));
    if (l.count == 0) HOL_TRY(hol_scanner_refuse(s, "a factor with variables"));
    HOL_TRY(order_labels(&l, ret_factors));
    *s = start;
    HOL_TRY(read_fg_factors(s, &l, *ret_factors));
cleanup:
    hol_free(l.list);
    return status;
}

hol_status hol_factor_file_parse(const char *path, const char *text, hol_factors **ret_factors) {
    hol_status status = HOL_OK;
    hol_scanner s = hol_scanner_begin(path, text, "");
    *ret_factors = NULL;
    if (!hol_factor_file_is_named(path))
        return hol_error(HOL_USAGE, "%s: found another name, expected one that ends in .uai or .fg, or in .gz after it",
                         path);
    HOL_TRY(hol_text_file_is_named(path, ".fg") ? read_fg(&s, ret_factors) : read_uai(&s, ret_factors));
    hol_scanner_next(&s);
    if (s.length > 0) HOL_TRY(hol_scanner_refuse(&s, "the end of the file"));
cleanup:
    if (status != HOL_OK) {
        hol_factors_destroy(*ret_factors);
        *ret_factors = NULL;
    }
    return status;
}

/* ---- writing ----------------------------------------------------------------------------------------------------- */

/* One that a double holds badly or not at all is written by its digits and exponent. */
static void format_potential(double log_potential, int digits, char *text, size_t size) {
    const double value = hol_exp(log_potential);
    if (value == 0 || (value >= DBL_MIN && !isinf(value))) {
        (void)snprintf(text, size, "%.*g", digits, value);
        if (value > 0 || log_potential == -(double)INFINITY) return;
    }
    const double exponent = floor(log_potential / 2.302585092994045684);
    (void)snprintf(text, size, "%.*ge%.0f", digits, hol_exp(log_potential - exponent * 2.302585092994045684), exponent);
}

/* Parameters are floats: of a float's value so many digits that reading them gives it again, at most 17; others to
 * 12. */
static void print_potential(FILE *file, double log_potential) {
    enum { LEAST = 6, USUAL = 12, MOST = 17 };
    char text[64];
    const float single = (float)log_potential;
    const bool is_single = !((double)single < log_potential) && !((double)single > log_potential);
    for (int digits = is_single ? LEAST : USUAL; digits <= MOST; digits++) {
        format_potential(log_potential, digits, text, sizeof text);
        const float again = (float)log_of_text(text, text + strlen(text));
        if (!is_single || (again <= single && again >= single)) break;
    }
    (void)fputs(text, file);
}

static void print_uai(FILE *file, const void *context) {
    const hol_factors *factors = context;
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

typedef struct graph {
    const hol_factors *factors;
    uint8_t *joined; /* (variables), all zero at first: what has no factor gets one */
} graph;

static void print_fg(FILE *file, const void *context) {
    const graph *g = context;
    const hol_factors *factors = g->factors;
    uint8_t *joined = g->joined;
    int64_t alone = 0;
    for (int64_t i = 0; i < factors->scope_starts[factors->count]; i++) joined[factors->scopes[i]] = 1;
    for (int64_t v = 0; v < factors->variables; v++) alone += !joined[v];
    (void)fprintf(file, "%lld\n", (long long)(factors->count + alone));
    for (int64_t f = 0; f < factors->count; f++) write_fg_factor(file, factors, f);
    for (int64_t v = 0; v < factors->variables; v++) {
        if (joined[v]) continue;
        (void)fprintf(file, "\n1\n%lld\n%d\n%d\n", (long long)v, factors->cardinalities[v], factors->cardinalities[v]);
        for (int32_t s = 0; s < factors->cardinalities[v]; s++) (void)fprintf(file, "%d 1\n", s);
    }
}

hol_status hol_factor_file_write(const char *path, const hol_factors *factors) {
    if (hol_output_ends_with(path, ".uai")) return hol_replace_with_text(path, print_uai, factors);
    if (!hol_output_ends_with(path, ".fg"))
        return hol_error(HOL_USAGE, "%s: found another name, expected one that ends in .uai or .fg", path);
    graph g = {.factors = factors};
    hol_status status = HOL_ALLOCATE(g.joined, factors->variables, "factor graph");
    if (status == HOL_OK) status = hol_replace_with_text(path, print_fg, &g);
    hol_free(g.joined);
    return status;
}
