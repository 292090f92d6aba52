/* alphabet: a table of names. */
#include "state/alphabet.h"

#include <ctype.h>
#include <string.h>

#include "base/words.h"

static const struct {
    const char *name, *letters;
} known[] = {{"protein", "-ACDEFGHIKLMNPQRSTVWY"}, {"rna", "-ACGU"}, {"dna", "-ACGT"}};

enum { KNOWN = sizeof known / sizeof *known };

static bool is_letter(int32_t code) { return code > ' ' && code < 0x7F; }

/* What is wrong with letters, NULL: nothing. */
static const char *find_fault(const char *letters, size_t count) {
    if (count < 2) return "fewer than two letters";
    if (count > HOL_ALPHABET_MOST) return "more letters than there are";
    for (size_t i = 0; i < count; i++) {
        if (!is_letter((unsigned char)letters[i])) return "a character that is no printable one of ASCII, or is blank";
        if (memchr(letters, letters[i], i)) return "a letter twice";
    }
    return NULL;
}

/* the known name that may be meant by one that is none; NULL: none */
static const char *find_near(const char *text) {
    const char *meant = NULL;
    size_t best = SIZE_MAX;
    for (int k = 0; k < KNOWN; k++)
        if (hol_words_are_near(text, known[k].name, &best)) meant = known[k].name;
    return meant;
}

hol_status hol_alphabet_parse(const char *what, const char *text, hol_alphabet *ret) {
    const char *letters = text;
    for (int k = 0; k < KNOWN; k++)
        if (strcmp(text, known[k].name) == 0) letters = known[k].letters;
    *ret = (hol_alphabet){0};
    const size_t count = strlen(letters);
    const char *fault = find_fault(letters, count), *meant = fault ? find_near(text) : NULL;
    if (fault)
        return hol_error(HOL_USAGE,
                         "%s: found \"%.100s\": %s, expected protein, rna, dna or the letters, as -ACGU%s%s%s", what,
                         text, fault, meant ? "; did you mean " : "", meant ? meant : "", meant ? "?" : "");
    ret->count = (int32_t)count;
    memcpy(ret->letters, letters, count);
    return HOL_OK;
}

hol_status hol_alphabet_of_codes(const char *named, int64_t count, const int32_t *codes, hol_alphabet *ret) {
    char letters[HOL_ALPHABET_MOST + 1] = "";
    *ret = (hol_alphabet){0};
    for (int64_t i = 0; i < count && i < HOL_ALPHABET_MOST; i++)
        letters[i] = (char)(is_letter(codes[i]) ? codes[i] : ' ');
    const char *fault = find_fault(letters, (size_t)count);
    if (fault) return hol_error(HOL_BAD_INPUT, "%s: found %s, expected the letters of an alphabet", named, fault);
    ret->count = (int32_t)count;
    memcpy(ret->letters, letters, (size_t)count);
    return HOL_OK;
}

int32_t hol_alphabet_find(const hol_alphabet *self, char letter) {
    const char *at = letter == '\0' ? NULL : strchr(self->letters, letter);
    return at ? (int32_t)(at - self->letters) : -1;
}

bool hol_alphabet_equal(const hol_alphabet *a, const hol_alphabet *b) { return strcmp(a->letters, b->letters) == 0; }

bool hol_alphabet_has_lower(const hol_alphabet *self) {
    for (const char *at = self->letters; *at; at++)
        if (islower((unsigned char)*at)) return true;
    return false;
}

const char *hol_alphabet_unknown(const hol_alphabet *self) {
    int32_t amino = 0, nucleic = 0;
    for (int32_t s = 0; s < self->count; s++) {
        amino += strchr("ACDEFGHIKLMNPQRSTVWY", self->letters[s]) != NULL;
        nucleic += strchr("ACGTU", self->letters[s]) != NULL;
    }
    if (amino == 20) return "XBZJOU*?";
    const bool has_gap = hol_alphabet_find(self, HOL_ALPHABET_GAP) >= 0;
    return nucleic >= 4 && nucleic + has_gap == self->count ? "NRYSWKMBDHVX?" : "XN?";
}

const char *hol_alphabet_name(const hol_alphabet *self) {
    for (int k = 0; k < KNOWN; k++)
        if (strcmp(self->letters, known[k].letters) == 0) return known[k].name;
    return self->letters;
}

/* Nucleic acids where nine of ten letters are theirs: in proteins A, C, G, T, U and N are a third. */
const char *hol_alphabet_guess(const int64_t *counts) {
    int64_t letters = 0, nucleic = 0, amino = 0;
    for (int c = 'A'; c <= 'Z'; c++) {
        letters += counts[c];
        if (strchr("ACGTUN", c)) nucleic += counts[c];
        if (strchr(known[0].letters, c)) amino += counts[c];
    }
    if (letters == 0) return NULL;
    if (10 * nucleic >= 9 * letters) return counts['U'] > counts['T'] ? "rna" : "dna";
    return 10 * amino >= 9 * letters ? "protein" : NULL;
}
