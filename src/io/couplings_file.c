/* couplings_file: two passes over the lines, the first for sizes, the second for values. */
#include "io/couplings_file.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "base/alloc.h"
#include "io/regular.h"
#include "io/text_file.h"
#include "io/text_output.h"
#include "state/columns.h"

enum { LINE_SIZE = 512, BUFFER_SIZE = 1 << 18, WORDS = 6, SHOWN = 40 };

bool hol_couplings_file_is_named(const char *path) {
    return hol_text_file_is_named(path, ".txt") || hol_text_file_is_named(path, ".dat");
}

/* ---- lines ------------------------------------------------------------------------------------------------------- */

typedef struct reader {
    const char *path; /* borrowed */
    gzFile stream;
    int64_t line; /* of the newest one, from 1 */
    char text[LINE_SIZE];
    char *words[WORDS + 1]; /* of the newest line */
    int count;
} reader;

static hol_status refuse(const reader *self, const char *format, ...) HOL_FORMAT(2, 3);
static hol_status refuse(const reader *self, const char *format, ...) {
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return hol_error(HOL_BAD_INPUT, "%s:%lld: %s", self->path, (long long)self->line, text);
}

static hol_status open_lines(const char *path, reader *ret) {
    int descriptor = -1;
    *ret = (reader){.path = path};
    const hol_status status = hol_regular_open(path, true, &descriptor, NULL);
    if (status != HOL_OK) return status;
    ret->stream = gzdopen(descriptor, "rb");
    if (ret->stream && gzbuffer(ret->stream, BUFFER_SIZE) == 0) return HOL_OK;
    if (!ret->stream) (void)close(descriptor);
    return hol_error(HOL_FAILURE, "%s: out of memory: lines of a file", path);
}

static void close_lines(reader *self) {
    if (self->stream) (void)gzclose(self->stream);
    self->stream = NULL;
}

static void cut_words(reader *self) {
    char *at = self->text;
    self->count = 0;
    at[strcspn(at, "#\r\n")] = '\0';
    while (self->count <= WORDS) {
        at += strspn(at, " \t");
        if (!*at) return;
        self->words[self->count++] = at;
        at += strcspn(at, " \t");
        if (*at) *at++ = '\0';
    }
}

/* What zlib says of the stream. */
static hol_status check_stream(const reader *self) {
    int code = Z_OK;
    const char *what = gzerror(self->stream, &code), *colon = strrchr(what, ':'); /* behind a file's name */
    if (code == Z_OK || code == Z_STREAM_END) return HOL_OK;
    return refuse(self, "found damaged data (%s), expected a file that can be read",
                  code == Z_ERRNO ? strerror(errno)
                  : colon         ? colon + 2
                                  : what);
}

/* The next line with words in it; count 0 at the end. */
static hol_status next_line(reader *self) {
    hol_status status = HOL_OK;
    do {
        self->count = 0;
        self->line++;
        const z_off_t before = gztell(self->stream);
        if (!gzgets(self->stream, self->text, LINE_SIZE)) return check_stream(self);
        const size_t length = strlen(self->text);
        if (gztell(self->stream) - before != (z_off_t)length) return refuse(self, "found a zero byte, expected text");
        const bool is_whole = length > 0 && self->text[length - 1] == '\n';
        if (!is_whole && length + 1 == LINE_SIZE)
            return refuse(self, "found more than %d bytes, expected a line of couplings", LINE_SIZE - 2);
        if (!is_whole) HOL_TRY(check_stream(self));
        if (self->line == 1 && strncmp(self->text, "\xEF\xBB\xBF", 3) == 0)
            memmove(self->text, self->text + 3, length - 2);
        cut_words(self);
    } while (self->count == 0);
cleanup:
    return status;
}

/* ---- entries ----------------------------------------------------------------------------------------------------- */

/* A line's, as text and numbers; sites[1] and states[1] are of J alone. */
typedef struct entry {
    bool is_coupling;
    int64_t sites[2];
    const char *states[2];
    const char *value;
} entry;

static bool get_number(const char *word, int64_t most, int64_t *ret) {
    int64_t value = 0;
    if (!*word || strlen(word) > 10) return false;
    for (; *word; word++) {
        if (!isdigit((unsigned char)*word)) return false;
        value = 10 * value + (*word - '0');
    }
    *ret = value;
    return value <= most;
}

static hol_status take_entry(const reader *self, entry *ret) {
    const int sites = strcmp(self->words[0], "J") == 0 ? 2 : strcmp(self->words[0], "h") == 0 ? 1 : 0;
    if (sites == 0 || self->count != 2 * sites + 2)
        return refuse(self, "found \"%.*s\" and %d more words, expected J i j a b value or h i a value", SHOWN,
                      self->words[0], self->count - 1);
    *ret = (entry){.is_coupling = sites == 2, .value = self->words[2 * sites + 1]};
    for (int k = 0; k < sites; k++) {
        if (!get_number(self->words[1 + k], INT32_MAX - 1, &ret->sites[k]))
            return refuse(self, "found \"%.*s\", expected a site, a number from 0", SHOWN, self->words[1 + k]);
        ret->states[k] = self->words[1 + sites + k];
    }
    if (sites == 2 && ret->sites[0] == ret->sites[1])
        return refuse(self, "found site %lld twice, expected two different ones", (long long)ret->sites[0]);
    return HOL_OK;
}

/* ---- sizes ------------------------------------------------------------------------------------------------------- */

typedef struct survey {
    int64_t lines, site, number; /* site, number: the largest ones; -1: none */
    bool has_first;              /* an entry of site 0 */
    int64_t letters[256];        /* how often each is there */
    char letter;                 /* the first one; '\0': none */
    int64_t *pairs;              /* owned: (pair_count) i << 32 | j, i < j, of lines J, some more than once */
    int64_t pair_count, pair_room;
} survey;

static int by_number(const void *a, const void *b) {
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* In order, each once. */
static void unite_pairs(survey *s) {
    int64_t kept = 0;
    if (s->pair_count == 0) return;
    qsort(s->pairs, (size_t)s->pair_count, sizeof *s->pairs, by_number);
    for (int64_t k = 0; k < s->pair_count; k++)
        if (kept == 0 || s->pairs[k] != s->pairs[kept - 1]) s->pairs[kept++] = s->pairs[k];
    s->pair_count = kept;
}

/* Most often it is that of the line before. */
static hol_status add_pair(survey *s, const int64_t sites[2]) {
    const int64_t low = sites[0] < sites[1] ? sites[0] : sites[1], high = sites[0] + sites[1] - low;
    const int64_t pair = low << 32 | high;
    if (s->pair_count > 0 && s->pairs[s->pair_count - 1] == pair) return HOL_OK;
    if (s->pair_count == s->pair_room) unite_pairs(s);
    const int64_t wish = s->pair_count <= s->pair_room / 2 ? s->pair_count + 1 : s->pair_room + 1;
    const hol_status status = HOL_GROW(s->pairs, s->pair_count, wish, &s->pair_room, "pairs of sites");
    if (status == HOL_OK) s->pairs[s->pair_count++] = pair;
    return status;
}

static hol_status survey_state(const reader *self, const hol_alphabet *given, const char *word, survey *s) {
    int64_t number = 0;
    const bool is_letter = !word[1] && (isdigit((unsigned char)*word) ? hol_alphabet_find(given, *word) >= 0 : true);
    if (is_letter) {
        s->letters[(unsigned char)*word]++;
        if (!s->letter) s->letter = *word;
        if (given->count > 0 && hol_alphabet_find(given, *word) < 0)
            return refuse(self, "found the state %s, expected a letter of %s", word, hol_alphabet_name(given));
    } else if (get_number(word, HOL_STATES_MAX - 1, &number)) s->number = number > s->number ? number : s->number;
    else
        return refuse(self, "found \"%.*s\", expected a state, a letter or a number from 0 to %d", SHOWN, word,
                      HOL_STATES_MAX - 1);
    if (s->letter && s->number >= 0)
        return refuse(self, "found the state %.*s, expected states that are all letters or all numbers", SHOWN, word);
    return HOL_OK;
}

static hol_status survey_lines(reader *self, const hol_alphabet *given, survey *s) {
    hol_status status = HOL_OK;
    entry e;
    HOL_TRY(next_line(self));
    while (self->count > 0) {
        HOL_TRY(take_entry(self, &e));
        for (int k = 0; k < 1 + e.is_coupling; k++) {
            if (e.sites[k] > s->site) s->site = e.sites[k];
            s->has_first |= e.sites[k] == 0;
            HOL_TRY(survey_state(self, given, e.states[k], s));
        }
        if (e.is_coupling) HOL_TRY(add_pair(s, e.sites));
        s->lines++;
        HOL_TRY(next_line(self));
    }
cleanup:
    return status;
}

static bool has_all(const hol_alphabet *alphabet, const survey *s) {
    for (int c = 0; c < 256; c++)
        if (s->letters[c] > 0 && hol_alphabet_find(alphabet, (char)c) < 0) return false;
    return true;
}

/* The one that has all the letters; those that rna and dna share tell none. */
static hol_status find_alphabet(const reader *self, const survey *s, hol_alphabet *ret) {
    hol_status status = HOL_OK;
    hol_alphabet rna, dna, protein;
    HOL_TRY(hol_alphabet_parse("", "rna", &rna));
    HOL_TRY(hol_alphabet_parse("", "dna", &dna));
    HOL_TRY(hol_alphabet_parse("", "protein", &protein));
    const bool is_rna = has_all(&rna, s), is_dna = has_all(&dna, s);
    if (is_rna != is_dna) *ret = is_rna ? rna : dna;
    else if (!is_rna && has_all(&protein, s)) *ret = protein;
    else
        status = hol_error(HOL_BAD_INPUT,
                           "%s: found letters, %c the first, that do not tell their alphabet, expected "
                           "--alphabet protein, rna, dna or all letters",
                           self->path, s->letter);
cleanup:
    return status;
}

/* Memory is for all couplings of the pairs: what is given of them must be in a proportion to it. */
static hol_status check_share(const reader *self, const survey *s, const hol_couplings_shape *shape) {
    enum { FREE = 1 << 26, SHARE = 4096 };
    const int64_t couplings = HOL_PRODUCT(shape->pairs, shape->states, shape->states);
    if (couplings <= FREE || couplings / SHARE <= s->lines) return HOL_OK;
    return hol_error(HOL_BAD_INPUT,
                     "%s: found %lld lines for %lld sites of %lld states, whose pairs have %lld couplings, expected "
                     "one in %d of them at least",
                     self->path, (long long)s->lines, (long long)shape->sites, (long long)shape->states,
                     (long long)couplings, SHARE);
}

/* Where some pairs have lines, and some have none, those that do. */
static hol_status list_pairs(const survey *s, int64_t all, hol_couplings_shape *ret, int32_t **ret_ends) {
    *ret_ends = NULL;
    ret->pairs = s->pair_count > 0 ? s->pair_count : all;
    if (ret->pairs == all) return HOL_OK;
    const hol_status status = HOL_ALLOCATE(*ret_ends, HOL_PRODUCT(2, ret->pairs), "pairs of sites");
    for (int64_t k = 0; status == HOL_OK && k < ret->pairs; k++) {
        (*ret_ends)[2 * k] = (int32_t)(s->pairs[k] >> 32);
        (*ret_ends)[2 * k + 1] = (int32_t)(s->pairs[k] & INT32_MAX);
    }
    return status;
}

static hol_status settle(const reader *self, const hol_alphabet *given, survey *s, hol_couplings_shape *ret,
                         int32_t **ret_ends) {
    hol_status status = HOL_OK;
    *ret = (hol_couplings_shape){.sites = s->site + 1, .states = s->number + 1, .alphabet = *given};
    if (s->lines == 0 || s->site < 1)
        return hol_error(HOL_BAD_INPUT,
                         "%s: found no couplings or fields of two sites, expected J i j a b value and "
                         "h i a value",
                         self->path);
    if (!s->has_first)
        return hol_error(HOL_BAD_INPUT, "%s: found no entry of site 0, expected sites that are numbered from 0",
                         self->path);
    if (s->site >= s->lines)
        return hol_error(HOL_BAD_INPUT, "%s: found site %lld in %lld lines, expected as many lines as sites at least",
                         self->path, (long long)s->site, (long long)s->lines);
    if (given->count == 0 && s->letter) HOL_TRY(find_alphabet(self, s, &ret->alphabet));
    if (ret->alphabet.count > 0 && s->number >= ret->alphabet.count)
        return hol_error(HOL_BAD_INPUT, "%s: found the state %lld, expected one from 0 to %d of %s", self->path,
                         (long long)s->number, ret->alphabet.count - 1, hol_alphabet_name(&ret->alphabet));
    if (ret->alphabet.count > 0) ret->states = ret->alphabet.count;
    if (ret->states < 2) return hol_error(HOL_BAD_INPUT, "%s: found one state, expected at least 2", self->path);
    unite_pairs(s);
    HOL_TRY(list_pairs(s, ret->sites * (ret->sites - 1) / 2, ret, ret_ends));
    status = check_share(self, s, ret);
cleanup:
    return status;
}

hol_status hol_couplings_file_survey(const char *path, const hol_alphabet *given, hol_couplings_shape *ret,
                                     int32_t **ret_ends) {
    hol_status status = HOL_OK;
    reader lines;
    survey s = {.site = -1, .number = -1};
    *ret_ends = NULL;
    HOL_TRY(open_lines(path, &lines));
    HOL_TRY(survey_lines(&lines, given, &s));
    HOL_TRY(settle(&lines, given, &s, ret, ret_ends));
cleanup:
    close_lines(&lines);
    hol_free(s.pairs);
    if (status == HOL_OK) return HOL_OK;
    hol_free(*ret_ends);
    *ret_ends = NULL;
    return status;
}

/* ---- values ------------------------------------------------------------------------------------------------------ */

static int64_t find_state(const hol_couplings_shape *shape, const char *word) {
    int64_t number = -1;
    const int32_t letter = word[1] ? -1 : hol_alphabet_find(&shape->alphabet, *word);
    if (letter >= 0) return letter;
    return get_number(word, shape->states - 1, &number) ? number : -1;
}

/* Where entries stand. */
typedef struct layout {
    const hol_couplings_shape *shape; /* borrowed, as ends */
    const int32_t *ends;              /* NULL: all pairs */
    int64_t newest;                   /* the pair that was found last, most often that of the next line, too */
} layout;

/* The number of the pair i < j; -1: there is none. */
static int64_t find_pair(layout *self, int64_t i, int64_t j) {
    const int64_t sites = self->shape->sites;
    const int32_t *ends = self->ends, *newest = ends ? ends + 2 * self->newest : NULL;
    if (!ends) return i * (2 * sites - i - 1) / 2 + j - i - 1;
    if (newest[0] == i && newest[1] == j) return self->newest;
    for (int64_t low = 0, high = self->shape->pairs; low < high;) {
        const int64_t k = low + (high - low) / 2;
        if (ends[2 * k] == i && ends[2 * k + 1] == j) return self->newest = k;
        if (ends[2 * k] < i || (ends[2 * k] == i && ends[2 * k + 1] < j)) low = k + 1;
        else high = k;
    }
    return -1;
}

/* Where it stands among all fields, or all couplings; -1: the file is another one than at the survey. */
static int64_t find_place(layout *self, const entry *e) {
    const hol_couplings_shape *shape = self->shape;
    const int64_t a = find_state(shape, e->states[0]), b = e->is_coupling ? find_state(shape, e->states[1]) : 0;
    const int64_t i = e->sites[0], j = e->is_coupling ? e->sites[1] : 0, q = shape->states;
    if (a < 0 || b < 0 || i >= shape->sites || j >= shape->sites) return -1;
    if (!e->is_coupling) return i * q + a;
    const int64_t pair = i < j ? find_pair(self, i, j) : find_pair(self, j, i);
    return pair < 0 ? -1 : (pair * q + (i < j ? a : b)) * q + (i < j ? b : a);
}

/* seen: a bit an entry; *count: of those there */
static hol_status put(const reader *self, const entry *e, int64_t place, uint64_t *seen, float *values,
                      int64_t *count) {
    char *end = NULL;
    const float value = strtof(e->value, &end);
    if (end == e->value || *end || !isfinite(value))
        return refuse(self, "found \"%.*s\", expected a number", SHOWN, e->value);
    uint64_t *word = &seen[place / 64];
    const uint64_t bit = UINT64_C(1) << place % 64;
    if (*word & bit && values[place] != value)
        return refuse(self, "found %.9g for what is %.9g before, expected an entry once, or the same", (double)value,
                      (double)values[place]);
    *count += !(*word & bit);
    *word |= bit;
    values[place] = value;
    return HOL_OK;
}

hol_status hol_couplings_file_read(const char *path, const hol_couplings_shape *shape, const int32_t *ends,
                                   float *fields, float *couplings, int64_t ret_absent[2]) {
    hol_status status = HOL_OK;
    reader lines = {.path = path};
    layout at = {.shape = shape, .ends = ends};
    entry e;
    uint64_t *seen[2] = {NULL, NULL};
    const int64_t q = shape->states, all = HOL_PRODUCT(shape->pairs, q, q);
    int64_t counts[2] = {0, 0};
    HOL_TRY(HOL_ALLOCATE(seen[0], HOL_PRODUCT(shape->sites, q) / 64 + 1, "entries of a file"));
    HOL_TRY(HOL_ALLOCATE(seen[1], all / 64 + 1, "entries of a file"));
    HOL_TRY(open_lines(path, &lines));
    HOL_TRY(next_line(&lines));
    while (lines.count > 0) {
        HOL_TRY(take_entry(&lines, &e));
        const int64_t place = find_place(&at, &e);
        if (place < 0) HOL_TRY(refuse(&lines, "found another file than before"));
        HOL_TRY(
            put(&lines, &e, place, seen[e.is_coupling], e.is_coupling ? couplings : fields, &counts[e.is_coupling]));
        HOL_TRY(next_line(&lines));
    }
    ret_absent[0] = shape->sites * q - counts[0];
    ret_absent[1] = all - counts[1];
cleanup:
    close_lines(&lines);
    hol_free(seen[0]);
    hol_free(seen[1]);
    return status;
}

/* ---- writing ----------------------------------------------------------------------------------------------------- */

typedef struct state_text {
    char text[4];
} state_text;

/* A state as the file has it. */
static state_text name_state(const hol_couplings_shape *shape, int64_t state) {
    state_text t = {{0}};
    if (shape->alphabet.count > 0) t.text[0] = shape->alphabet.letters[state];
    else (void)snprintf(t.text, sizeof t.text, "%d", (int)state);
    return t;
}

static void print_all(hol_text_output *to, const hol_couplings *c) {
    const int64_t q = c->shape.states;
    for (int64_t k = 0; k < c->shape.pairs && hol_text_output_is_good(to); k++)
        for (int64_t ab = 0; ab < q * q; ab++) {
            const state_text a = name_state(&c->shape, ab / q), b = name_state(&c->shape, ab % q);
            hol_text_output_print(to, "J %d %d %s %s %.9g\n", c->ends[2 * k], c->ends[2 * k + 1], a.text, b.text,
                                  (double)c->couplings[k * q * q + ab] / c->temperature);
        }
    for (int64_t i = 0; i < c->shape.sites; i++)
        for (int64_t s = 0; s < q; s++)
            hol_text_output_print(to, "h %lld %s %.9g\n", (long long)i, name_state(&c->shape, s).text,
                                  (double)c->fields[i * q + s] / c->temperature);
}

hol_status hol_couplings_file_write(const char *path, const hol_couplings *couplings) {
    hol_text_output *to = NULL;
    const hol_status status = hol_text_output_begin(path, &to);
    if (status != HOL_OK) return status;
    print_all(to, couplings);
    return hol_text_output_end(to);
}
