/* alignment: letters to states. The text is read once by each rule that is tried, and once more to find the query.
 *
 * Contents: letters; rows; equal rows; columns of the query; rules; the whole. */
#include "io/alignment.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "alignment_parts.h"
#include "array_parts.h"
#include "base/alloc.h"
#include "base/words.h"
#include "io/contents.h"
#include "io/dataset.h"

/* What a character is, beside the states from 0; letters that the alphabet lacks are kept as OTHER and their code. */
enum { INSERT = -1, OTHER = HOL_ALPHABET_MOST };
_Static_assert(OTHER + 0x7F < HOL_ALIGNMENT_MISSING, "a state or another letter is a byte");

enum { GUESS_ROWS = 256, NAME_SHOWN = 60, LETTERS_SHOWN = 8 };

typedef struct reading {
    const char *path; /* borrowed */
    const hol_alignment_how *how;
    hol_records *records;       /* owned */
    hol_alignment *to;          /* owned */
    bool folds;                 /* the rule of aligned rows, in place of a2m's */
    int16_t kinds[128];         /* of characters: a state, INSERT, or OTHER */
    int64_t letters[256];       /* how often each was seen, in upper case */
    bool has_letters;           /* some are no inserts and no gaps */
    int64_t all;                /* columns before those of the query are chosen; 0: not known yet */
    bool *chosen;               /* (all), owned: columns of the query; NULL: all are */
    char first[NAME_SHOWN + 1]; /* the name of the sequence whose columns are expected of all, for messages */
    int64_t first_line;
    hol_status foreign; /* the first letter that is no state and none that stands for a missing value */
    uint8_t *row;       /* owned: the newest */
    int64_t row_room;
    int64_t states_room, names_room, texts_room, texts_used;
    int64_t *table; /* owned: (table_size) by hashes of rows a row's number and 1; 0: none */
    int64_t table_size;
} reading;

/* ------------------------------------------------------------------ letters */

/* What a character is by the rule. A letter of the alphabet is itself, whatever else it might mean. */
static int16_t kind_of(const reading *self, char letter) {
    const hol_alphabet *alphabet = &self->how->alphabet;
    const int32_t state = hol_alphabet_find(alphabet, letter), gap = hol_alphabet_find(alphabet, HOL_ALPHABET_GAP);
    const bool is_dot = letter == '.', is_gap = letter == '~' || letter == '_' || letter == HOL_ALPHABET_GAP;
    if (state >= 0) return (int16_t)state;
    if (is_gap || (is_dot && self->folds)) return (int16_t)(gap >= 0 ? gap : OTHER);
    if (is_dot) return INSERT;
    if (!islower((unsigned char)letter) || hol_alphabet_has_lower(alphabet)) return OTHER;
    const int32_t upper = hol_alphabet_find(alphabet, (char)toupper((unsigned char)letter));
    return self->folds ? (int16_t)(upper >= 0 ? upper : OTHER) : INSERT;
}

static void set_kinds(reading *self) {
    for (int c = 0; c < 128; c++) self->kinds[c] = kind_of(self, (char)c);
}

/* A record's letters but inserts, into the row; their number. */
static hol_status take_letters(reading *self, const hol_record *record, int64_t *ret_count) {
    const hol_status status = HOL_GROW(self->row, 0, record->length, &self->row_room, "a sequence");
    if (status != HOL_OK) return status;
    const int32_t gap = hol_alphabet_find(&self->how->alphabet, HOL_ALPHABET_GAP);
    int64_t count = 0;
    for (int64_t i = 0; i < record->length; i++) {
        const unsigned char letter = (unsigned char)record->text[i];
        const int16_t kind = self->kinds[letter];
        self->letters[toupper(letter)]++;
        if (kind != INSERT) self->row[count++] = (uint8_t)(kind == OTHER ? OTHER + letter : kind);
        else self->to->inserts++;
        if (kind != INSERT && kind != gap) self->has_letters = true;
    }
    const bool has_stop = count > 0 && self->row[count - 1] == OTHER + '*';
    if (has_stop && (self->all == 0 || count == self->all + 1)) count--;
    *ret_count = count;
    return HOL_OK;
}

/* ------------------------------------------------------------------ rows */

static hol_status refuse_length(const reading *self, const hol_record *record, int64_t count) {
    char why[160] = "";
    const char *unaligned =
        self->to->rows + self->to->duplicates + self->to->with_others < 2 ? ": are they aligned?" : "";
    if (self->to->inserts > 0)
        (void)snprintf(why, sizeof why,
                       " (without letters in lower case and '.', which are inserts; nor are all rows of "
                       "one length with them)");
    return hol_error(HOL_BAD_INPUT,
                     "%s:%lld: \"%.*s\": found %lld columns, expected %lld as in \"%s\" of line %lld%s%s", self->path,
                     (long long)record->line, NAME_SHOWN, record->name, (long long)count, (long long)self->all,
                     self->first, (long long)self->first_line, unaligned, why);
}

/* All records are to have as many as this one: the query, or else the first. */
static void expect_columns(reading *self, const hol_record *record, int64_t count) {
    (void)snprintf(self->first, sizeof self->first, "%.*s", NAME_SHOWN, record->name);
    self->first_line = record->line;
    self->all = count;
}

/* Of the first record. */
static hol_status begin_rows(reading *self, const hol_record *record, int64_t count) {
    const int32_t gap = hol_alphabet_find(&self->how->alphabet, HOL_ALPHABET_GAP);
    if (!self->chosen) expect_columns(self, record, count);
    for (int64_t c = 0; c < count; c++) self->to->first_gaps += self->row[c] == gap;
    if (count == 0)
        return hol_error(HOL_BAD_INPUT,
                         "%s:%lld: \"%s\": found inserts alone (letters in lower case and '.'), expected columns",
                         self->path, (long long)record->line, self->first);
    if (count <= HOL_COLUMNS_MAX) return HOL_OK;
    return hol_error(HOL_BAD_INPUT, "%s:%lld: \"%s\": found %lld columns, expected at most %d", self->path,
                     (long long)record->line, self->first, (long long)count, HOL_COLUMNS_MAX);
}

/* The columns that are chosen to the front of the row. */
static void choose(reading *self) {
    int64_t kept = 0;
    for (int64_t c = 0; c < self->all; c++)
        if (!self->chosen || self->chosen[c]) self->row[kept++] = self->row[c];
    self->to->columns = kept;
}

/* Kept until all is read: another rule may fit the file. */
static void refuse_letter(reading *self, const hol_record *record, int64_t column, char letter) {
    const hol_alphabet *alphabet = &self->how->alphabet;
    const char *unknown = hol_alphabet_unknown(alphabet), *hint = "";
    if (letter == 'T' && hol_alphabet_find(alphabet, 'U') >= 0) hint = " (it looks like dna: write U for T)";
    if (letter == 'U' && hol_alphabet_find(alphabet, 'T') >= 0) hint = " (it looks like rna: write T for U)";
    self->foreign =
        hol_error(HOL_BAD_INPUT,
                  "%s:%lld: \"%.*s\": found %c in column %lld (from 1), expected letters of %s, or of %s for "
                  "what is not known%s",
                  self->path, (long long)record->line, NAME_SHOWN, record->name, letter, (long long)(column + 1),
                  hol_alphabet_name(alphabet), unknown, hint);
}

/* Whether the row has letters of the alphabet alone, where they need not become gaps. */
static bool take_others(reading *self, const hol_record *record) {
    const char *unknown = hol_alphabet_unknown(&self->how->alphabet);
    const int32_t gap = hol_alphabet_find(&self->how->alphabet, HOL_ALPHABET_GAP);
    bool has = false;
    for (int64_t c = 0; c < self->to->columns; c++) {
        if (self->row[c] < OTHER) continue;
        const char letter = (char)(self->row[c] - OTHER), upper = (char)toupper((unsigned char)letter);
        self->to->others[(unsigned char)letter]++;
        has = true;
        if (self->how->others_are_missing && self->foreign == HOL_OK && !strchr(unknown, upper) &&
            !strchr("-~_.", letter))
            refuse_letter(self, record, c, upper);
        self->row[c] = (uint8_t)(self->how->others_are_gaps ? gap : HOL_ALIGNMENT_MISSING);
    }
    self->to->with_others += has;
    return !has || self->how->others_are_gaps || self->how->others_are_missing;
}

/* ------------------------------------------------------------------ equal rows */

static uint64_t hash_of(const uint8_t *row, int64_t columns) {
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (int64_t c = 0; c < columns; c++) hash = (hash ^ row[c]) * UINT64_C(0x100000001b3);
    return hash ^ hash >> 31;
}

/* Where a row is in the table, or would be. */
static int64_t *find_slot(const reading *self, const uint8_t *row) {
    const int64_t columns = self->to->columns;
    for (uint64_t at = hash_of(row, columns);; at++) {
        int64_t *slot = &self->table[at & (uint64_t)(self->table_size - 1)];
        if (*slot == 0 || memcmp(self->to->states + (*slot - 1) * columns, row, (size_t)columns) == 0) return slot;
    }
}

static hol_status grow_table(reading *self) {
    hol_status status = HOL_OK;
    if (2 * (self->to->rows + 1) <= self->table_size) return HOL_OK;
    hol_free(self->table);
    self->table_size = self->table_size > 0 ? 4 * self->table_size : 1 << 10;
    HOL_TRY(HOL_ALLOCATE(self->table, self->table_size, "equal rows"));
    for (int64_t r = 0; r < self->to->rows; r++) *find_slot(self, self->to->states + r * self->to->columns) = r + 1;
cleanup:
    return status;
}

static hol_status keep_row(reading *self, const char *name) {
    hol_status status = HOL_OK;
    hol_alignment *to = self->to;
    const int64_t length = (int64_t)strlen(name) + 1;
    HOL_TRY(
        HOL_GROW(to->states, to->rows * to->columns, (to->rows + 1) * to->columns, &self->states_room, "sequences"));
    HOL_TRY(HOL_GROW(to->names, to->rows, to->rows + 1, &self->names_room, "names of sequences"));
    HOL_TRY(HOL_GROW(to->texts, self->texts_used, self->texts_used + length, &self->texts_room, "names of sequences"));
    memcpy(to->states + to->rows * to->columns, self->row, (size_t)to->columns);
    memcpy(to->texts + self->texts_used, name, (size_t)length);
    to->names[to->rows++] = self->texts_used;
    self->texts_used += length;
cleanup:
    return status;
}

static hol_status take_record(reading *self, const hol_record *record) {
    hol_status status = HOL_OK;
    int64_t count = 0, *slot = NULL;
    HOL_TRY(take_letters(self, record, &count));
    if (self->to->records++ == 0) HOL_TRY(begin_rows(self, record, count));
    if (count != self->all) return refuse_length(self, record, count);
    choose(self);
    if (!take_others(self, record)) return HOL_OK;
    if (!self->how->keeps_duplicates) {
        HOL_TRY(grow_table(self));
        slot = find_slot(self, self->row);
        if (*slot > 0) {
            self->to->duplicates++;
            return HOL_OK;
        }
        *slot = self->to->rows + 1;
    }
    status = keep_row(self, record->name);
cleanup:
    return status;
}

/* ------------------------------------------------------------------ columns of the query */

static bool is_query(const char *query, const hol_record *record, int64_t number) {
    const size_t length = strlen(query);
    if (strcmp(query, "first") == 0 && number == 0) return true;
    return strncmp(record->name, query, length) == 0 && (record->name[length] == '\0' || record->name[length] == '/');
}

/* Which columns of the query have a letter, and not a gap. */
static hol_status mark_columns(reading *self, const hol_record *record) {
    hol_status status = HOL_OK;
    int64_t count = 0, letters = 0;
    const int32_t gap = hol_alphabet_find(&self->how->alphabet, HOL_ALPHABET_GAP);
    HOL_TRY(take_letters(self, record, &count));
    HOL_TRY(HOL_ALLOCATE(self->chosen, count + 1, "columns"));
    expect_columns(self, record, count);
    for (int64_t c = 0; c < count; c++) letters += self->chosen[c] = self->row[c] != gap;
    if (letters == 0)
        HOL_TRY(hol_error(HOL_BAD_INPUT, "%s:%lld: \"%.*s\": found no letter, expected some of the query", self->path,
                          (long long)record->line, NAME_SHOWN, record->name));
cleanup:
    return status;
}

static hol_status find_query(reading *self) {
    hol_status status = HOL_OK;
    hol_record record;
    if (!self->how->query) return HOL_OK;
    for (int64_t number = 0;; number++) {
        HOL_TRY(hol_records_next(self->records, &record));
        if (!record.name)
            return hol_error(HOL_USAGE, "%s: found no sequence \"%.100s\", expected the name of one, or first",
                             self->path, self->how->query);
        if (is_query(self->how->query, &record, number)) break;
    }
    HOL_TRY(mark_columns(self, &record));
    self->to->inserts = 0;
    memset(self->letters, 0, sizeof self->letters);
    status = hol_records_rewind(self->records);
cleanup:
    return status;
}

/* ------------------------------------------------------------------ rules */

static void end_reading(reading *self) {
    (void)hol_error_drop(self->foreign);
    hol_records_close(self->records);
    hol_alignment_destroy(self->to);
    hol_free(self->chosen);
    hol_free(self->row);
    hol_free(self->table);
}

/* All records by one rule. *ret_other says that the rule does not fit the file, and another may. */
static hol_status read_by(reading *self, hol_alignment **ret, bool *ret_other) {
    hol_status status = HOL_OK;
    hol_record record;
    *ret_other = false;
    set_kinds(self);
    HOL_TRY(hol_records_open(self->path, &self->records));
    HOL_TRY(HOL_ALLOCATE(self->to, 1, "sequences"));
    self->to->alphabet = self->how->alphabet;
    self->to->is_aligned = self->folds;
    HOL_TRY(find_query(self));
    for (;;) {
        HOL_TRY(hol_records_next(self->records, &record));
        if (!record.name) break;
        *ret_other = true;
        HOL_TRY(take_record(self, &record));
        *ret_other = false;
    }
    if (self->to->records == 0) HOL_TRY(hol_error(HOL_BAD_INPUT, "%s: found no sequences, expected some", self->path));
    *ret_other = self->to->inserts > 0 && !self->has_letters;
    if (*ret_other)
        HOL_TRY(
            hol_error(HOL_BAD_INPUT, "%s: found no letter in upper case, expected some beside inserts", self->path));
    status = self->foreign;
    self->foreign = HOL_OK;
    if (status != HOL_OK) goto cleanup;
    self->to->looks_like = hol_alphabet_guess(self->letters);
    *ret = self->to;
    self->to = NULL;
cleanup:
    if (hol_error_code(status) == HOL_BAD_INPUT && self->records)
        status = hol_error_first(hol_records_check(self->records), status);
    end_reading(self);
    return status;
}

/* ------------------------------------------------------------------ the whole */

static hol_status check_rows(const char *path, const hol_alignment *self) {
    char text[200] = "", hint[80] = "";
    const char *unknown = hol_alphabet_unknown(&self->alphabet);
    bool are_unknown = true;
    if (self->rows > 0) return HOL_OK;
    for (int c = 1; c < 256; c++) are_unknown &= self->others[c] == 0 || strchr(unknown, toupper(c));
    hol_alignment_list_others(self, text, sizeof text);
    if (are_unknown) (void)snprintf(hint, sizeof hint, " (they stand for letters that are not known)");
    else if (self->looks_like && strcmp(self->looks_like, hol_alphabet_name(&self->alphabet)) != 0)
        (void)snprintf(hint, sizeof hint, " (they look like %s)", self->looks_like);
    return hol_error(HOL_BAD_INPUT,
                     "%s: found letters that %s lacks in all %lld sequences (%s), expected some without%s", path,
                     hol_alphabet_name(&self->alphabet), (long long)self->records, text, hint);
}

static hol_status check_contents(const char *path) {
    const hol_contents found = hol_contents_look(path, NULL);
    const bool is_other = found.kind == HOL_CONTENTS_OTHER || found.kind == HOL_CONTENTS_TEXT;
    if (found.kind == HOL_CONTENTS_GZIP || (is_other && !found.remedy)) return HOL_OK;
    if (found.kind == HOL_CONTENTS_HDF5)
        return hol_error(HOL_BAD_INPUT,
                         "%s: found %s, expected aligned sequences: FASTA (a2m, a3m) or Stockholm (a data set of "
                         "holode's brings its alphabet with it)",
                         path, found.name);
    return hol_contents_refuse(HOL_BAD_INPUT, path, "aligned sequences: FASTA (a2m, a3m) or Stockholm");
}

hol_status hol_alignment_load(const char *path, const hol_alignment_how *how, hol_alignment **ret) {
    bool is_other = false, is_other_still = false;
    *ret = NULL;
    hol_status status = check_contents(path);
    if (status != HOL_OK) return status;
    status = read_by(&(reading){.path = path, .how = how}, ret, &is_other);
    if (status != HOL_OK && is_other && hol_error_code(status) == HOL_BAD_INPUT) {
        const hol_status again = read_by(&(reading){.path = path, .how = how, .folds = true}, ret, &is_other_still);
        const bool fits = again == HOL_OK || !is_other_still; /* if so, what it says of letters is told */
        (void)hol_error_drop(fits ? status : again);
        if (fits) status = again;
    }
    if (status != HOL_OK) return status;
    status = check_rows(path, *ret);
    if (status == HOL_OK) return HOL_OK;
    hol_alignment_destroy(*ret);
    *ret = NULL;
    return status;
}

void hol_alignment_list_others(const hol_alignment *self, char *text, size_t size) {
    int64_t left[256];
    memcpy(left, self->others, sizeof left);
    text[0] = '\0';
    for (int shown = 0; shown <= LETTERS_SHOWN; shown++) {
        int best = 0;
        for (int c = 1; c < 256; c++)
            if (left[c] > left[best]) best = c;
        if (left[best] == 0) return;
        if (shown == LETTERS_SHOWN) hol_words_append(text, size, ", ...");
        else hol_words_append(text, size, "%s%c %lld", shown ? ", " : "", best, (long long)left[best]);
        left[best] = 0;
    }
}

hol_status hol_alignment_copy_names(const hol_alignment *self, char ***ret_names) {
    int64_t bytes = HOL_PRODUCT(self->rows, (int64_t)sizeof(char *));
    for (int64_t r = 0; r < self->rows; r++) bytes += (int64_t)strlen(hol_alignment_name(self, r)) + 1;
    char *block = NULL;
    const hol_status status = HOL_ALLOCATE(block, bytes, "names");
    if (status != HOL_OK) return status;
    char **names = (char **)(void *)block, *at = (char *)(names + self->rows);
    for (int64_t r = 0; r < self->rows; r++) {
        names[r] = at;
        at = stpcpy(at, hol_alignment_name(self, r)) + 1;
    }
    *ret_names = names;
    return HOL_OK;
}

void hol_alignment_destroy(hol_alignment *self) {
    if (!self) return;
    hol_free(self->states);
    hol_free(self->texts);
    hol_free(self->names);
    hol_free(self);
}

/* What is behind blanks. */
static size_t skip_blanks(const char *bytes, size_t count, size_t at) {
    while (at < count && isspace((unsigned char)bytes[at])) at++;
    return at;
}

bool hol_alignment_begins(const char *bytes, size_t count) {
    static const char mark[] = "# STOCKHOLM";
    size_t at = skip_blanks(bytes, count, count >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0);
    if (count - at >= sizeof mark - 1 && memcmp(bytes + at, mark, sizeof mark - 1) == 0) return true;
    /* FASTA may be behind lines of comments, as a3m is */
    while (at < count && (bytes[at] == '#' || bytes[at] == ';')) {
        while (at < count && bytes[at] != '\n' && bytes[at] != '\r') at++;
        at = skip_blanks(bytes, count, at);
    }
    return at < count && bytes[at] == '>';
}

bool hol_alignment_is(const char *path) {
    char first[HOL_FILE_HEAD];
    hol_array_bytes *bytes = NULL;
    int64_t count = 0;
    const hol_contents_kind kind = hol_contents_look(path, NULL).kind;
    if (kind != HOL_CONTENTS_TEXT && kind != HOL_CONTENTS_GZIP) return false;
    if (hol_error_drop(hol_array_bytes_open(path, path, NULL, &bytes))) return false;
    const bool is_read = !hol_error_drop(hol_array_bytes_read_some(bytes, first, sizeof first, &count));
    hol_array_bytes_close(bytes);
    return is_read && hol_alignment_begins(first, (size_t)count);
}

hol_status hol_alignment_guess(const char *path, const char **ret_name) {
    hol_status status = HOL_OK;
    hol_records *records = NULL;
    hol_record record;
    int64_t letters[256] = {0};
    *ret_name = NULL;
    HOL_TRY(hol_records_open(path, &records));
    for (int n = 0; n < GUESS_ROWS; n++) {
        HOL_TRY(hol_records_next(records, &record));
        for (int64_t i = 0; i < record.length; i++) letters[toupper((unsigned char)record.text[i])]++;
    }
    *ret_name = hol_alphabet_guess(letters);
cleanup:
    hol_records_close(records);
    return status;
}
