/* similar: which rows of states agree in many columns. Not collective.
 *
 * Rows are (rows, columns) states below `cardinality`, one byte each. A tile of HOL_SIMILAR_ROWS of them is turned: for
 * each column and state a bit for each row that has it. How often another row agrees with each row of it is then a sum
 * of words that are picked by its states, carried out for all rows at once, a bit of all sums after the other
 * (carry-save adders; Harley & Seal, in Warren, Hacker's Delight, 2nd ed., section 5-1): about five operations a column
 * for as many rows as a vector has bits. */
#ifndef HOL_NUM_SIMILAR_H
#define HOL_NUM_SIMILAR_H

#include <stdint.h>

#include "base/status.h"

enum { HOL_SIMILAR_WORDS = 16, HOL_SIMILAR_ROWS = 64 * HOL_SIMILAR_WORDS };

/* Rows that are compared with each other: of two, the columns in which they are equal are `least` or more. */
typedef struct hol_similar {
    const uint8_t *states; /* borrowed: (rows, columns) */
    int64_t rows, columns;
    int64_t cardinality; /* 1 to 256 */
    int64_t least;       /* 0 to columns */
} hol_similar;

/* The smallest number of columns that is at least so large a share of them, as a decimal number means it: 0.8 of 160 is
 * 128, whatever 0.8 is in binary. */
int64_t hol_similar_least(double share, int64_t columns);

/* Turns `rows` rows, at most HOL_SIMILAR_ROWS: tile is (columns, cardinality, HOL_SIMILAR_WORDS), out, 32-byte
 * aligned. */
void hol_similar_turn(const uint8_t *states, int64_t rows, int64_t columns, int64_t cardinality, uint64_t *tile);

/* Which rows of a tile a row is similar to: bit r % 64 of bits[r / 64], 32-byte aligned, of rows that the tile does not
 * have too, where least is 0. */
void hol_similar_find(const uint8_t *row, const uint64_t *tile, int64_t columns, int64_t cardinality, int64_t least,
                      uint64_t bits[HOL_SIMILAR_WORDS]);

/* Each pair of rows belongs to one of `parts` parts of about equal work. Of one part, threaded:
 *
 * count: counts[r] += the rows that r is similar to, itself not included; (rows).
 * join: roots (rows) is a forest, each row's root itself at first: trees of similar rows become one. */
hol_status hol_similar_count(const hol_similar *similar, int part, int parts, int64_t *counts) HOL_MUST_USE;
hol_status hol_similar_join(const hol_similar *similar, int part, int parts, int64_t *roots) HOL_MUST_USE;

/* The root of a row's tree, the first of its rows; and one tree of two. */
int64_t hol_similar_root(int64_t *roots, int64_t row);
void hol_similar_unite(int64_t *roots, int64_t a, int64_t b);

#endif
