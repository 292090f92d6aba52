/* alphabet: the letters of states, of sequences: state s is letter s. Nothing here is collective. */
#ifndef HOL_STATE_ALPHABET_H
#define HOL_STATE_ALPHABET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

enum { HOL_ALPHABET_MOST = 94 }; /* as many printable characters as there are */

#define HOL_ALPHABET_GAP '-'

typedef struct hol_alphabet {
    int32_t count;                       /* letters; 0: no alphabet */
    char letters[HOL_ALPHABET_MOST + 1]; /* with a NUL behind them */
} hol_alphabet;

/* Of a name (protein "-ACDEFGHIKLMNPQRSTVWY", rna "-ACGU", dna "-ACGT"), or of the letters themselves: 2 to 94
 * different characters of ASCII, printable and no blanks. HOL_USAGE otherwise; `what` stands in front of the message,
 * "--alphabet". */
hol_status hol_alphabet_parse(const char *what, const char *text, hol_alphabet *ret) HOL_MUST_USE;

/* Of character codes, as a checkpoint has them. HOL_BAD_INPUT, with `named` in front, as above. */
hol_status hol_alphabet_of_codes(const char *named, int64_t count, const int32_t *codes,
                                 hol_alphabet *ret) HOL_MUST_USE;

/* The state of a letter, -1: none. */
int32_t hol_alphabet_find(const hol_alphabet *alphabet, char letter);

bool hol_alphabet_equal(const hol_alphabet *a, const hol_alphabet *b);

/* Whether some letter is in lower case, which then is no other form of the one in upper case. */
bool hol_alphabet_has_lower(const hol_alphabet *alphabet);

/* The characters that stand for a letter that is not known, in sequences of such letters: ambiguity codes of nucleic
 * acids (N, R, Y ...), of proteins (X, B, Z ...), X and N of an alphabet that is neither's; '?' of all. Static. */
const char *hol_alphabet_unknown(const hol_alphabet *alphabet);

/* What an alphabet is called: its name, or its letters. Borrowed: static, or of the alphabet. */
const char *hol_alphabet_name(const hol_alphabet *alphabet);

/* The name of the alphabet that letters are likely of, from how often each character was seen, in upper case:
 * counts is (256). NULL: of none. */
const char *hol_alphabet_guess(const int64_t *counts);

#endif
