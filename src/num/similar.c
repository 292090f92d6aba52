/* similar: tiles of rows against each other, one after the other. */
#include "num/similar.h"

#include <assert.h>
#include <math.h>
#include <omp.h>
#include <stdbool.h>
#include <string.h>

#include "base/alloc.h"
#include "num/clones.h"

enum { ROWS = HOL_SIMILAR_ROWS, WORDS = HOL_SIMILAR_WORDS, STEP = 8, HIGH_MOST = 24 };

/* Relative: what a decimal number is off by in binary, and the product's rounding. */
static const double ROUNDING = 1e-12;

int64_t hol_similar_least(double share, int64_t columns) {
    return (int64_t)ceil(share * (double)columns * (1 - ROUNDING));
}

/* ------------------------------------------------------------------ a row and a tile */

typedef uint64_t lanes __attribute__((vector_size(32), may_alias));
enum { VECTORS = WORDS * 8 / 32 };

void hol_similar_turn(const uint8_t *states, int64_t rows, int64_t columns, int64_t cardinality, uint64_t *tile) {
    memset(tile, 0, (size_t)(columns * cardinality * WORDS) * sizeof *tile);
    for (int64_t r = 0; r < rows; r++)
        for (int64_t c = 0; c < columns; c++)
            tile[(c * cardinality + states[r * columns + c]) * WORDS + r / 64] |= UINT64_C(1) << r % 64;
}

/* The sum of three bits in each lane: HIGH twice, LOW once. */
#define ADD(HIGH, LOW, A, B, C)                                                                                        \
    do {                                                                                                               \
        const lanes a_ = (A), b_ = (B), c_ = (C), u_ = a_ ^ b_;                                                        \
        (HIGH) = (a_ & b_) | (u_ & c_);                                                                                \
        (LOW) = u_ ^ c_;                                                                                               \
    } while (0)

/* Sums are ones + 2 twos + 4 fours + 8 (high[0] + 2 high[1] + ...). */
HOL_CLONES void hol_similar_find(const uint8_t *row, const uint64_t *tile, int64_t columns, int64_t cardinality,
                                 int64_t least, uint64_t bits[WORDS]) {
    const lanes *from = (const lanes *)(const void *)tile, zero = {0};
    int planes = 0;
    while (columns >> planes >= STEP) planes++;
    for (int v = 0; v < VECTORS; v++) {
        lanes ones = zero, twos = zero, fours = zero, high[HIGH_MOST];
        for (int p = 0; p < planes; p++) high[p] = zero;
        for (int64_t c = 0; c < columns; c += STEP) {
            lanes x[STEP], two_a, two_b, four_a, four_b, carry;
            for (int k = 0; k < STEP; k++)
                x[k] = c + k < columns ? from[((c + k) * cardinality + row[c + k]) * VECTORS + v] : zero;
            ADD(two_a, ones, ones, x[0], x[1]);
            ADD(two_b, ones, ones, x[2], x[3]);
            ADD(four_a, twos, twos, two_a, two_b);
            ADD(two_a, ones, ones, x[4], x[5]);
            ADD(two_b, ones, ones, x[6], x[7]);
            ADD(four_b, twos, twos, two_a, two_b);
            ADD(carry, fours, fours, four_a, four_b);
            for (int p = 0; p < planes; p++) {
                const lanes sum = high[p] ^ carry;
                carry &= high[p];
                high[p] = sum;
            }
        }
        lanes is = ~zero; /* at least, by the bits so far, the lowest first */
        const lanes low[] = {ones, twos, fours};
        for (int p = 0; p < 3 + planes; p++) {
            const lanes sum = p < 3 ? low[p] : high[p - 3];
            is = least >> p & 1 ? is & sum : is | sum;
        }
        if (least >> (3 + planes) > 0) is = zero;
        memcpy(bits + v * 4, &is, sizeof is);
    }
}

/* ------------------------------------------------------------------ forests */

int64_t hol_similar_root(int64_t *roots, int64_t row) {
    while (roots[row] != row) row = roots[row] = roots[roots[row]];
    return row;
}

void hol_similar_unite(int64_t *roots, int64_t a, int64_t b) {
    a = hol_similar_root(roots, a);
    b = hol_similar_root(roots, b);
    if (a < b) roots[b] = a;
    else roots[a] = b;
}

/* ------------------------------------------------------------------ all pairs of a part */

/* A thread's own. */
struct room {
    int64_t found_by_row[ROWS], found_in_tile[ROWS];
    uint64_t tile[]; /* (columns, cardinality, WORDS) */
};

/* Row `row`, of tile `tile` too or of one before: those behind it alone. */
static void find_behind(const hol_similar *self, int64_t row, int64_t tile, const uint64_t *turned, uint64_t *bits) {
    const int64_t left = self->rows - tile * ROWS, own = row - tile * ROWS;
    hol_similar_find(self->states + row * self->columns, turned, self->columns, self->cardinality, self->least, bits);
    for (int64_t r = left < 0 ? 0 : left; r < ROWS; r++) bits[r / 64] &= ~(UINT64_C(1) << r % 64);
    if (own < 0) return;
    for (int64_t w = 0; w < own / 64; w++) bits[w] = 0;
    bits[own / 64] &= own % 64 == 63 ? 0 : ~UINT64_C(0) << (own % 64 + 1);
}

/* Tile `from` against tile `to`, the same or a later one; either counts or roots is not NULL. */
static void compare_tiles(const hol_similar *self, int64_t from, int64_t to, struct room *room, int64_t *counts,
                          int64_t *roots) {
    const int64_t first = from * ROWS, end = first + ROWS < self->rows ? first + ROWS : self->rows;
    const int64_t rows = self->rows - to * ROWS < ROWS ? self->rows - to * ROWS : ROWS;
    _Alignas(32) uint64_t bits[WORDS];
    memset(room->found_by_row, 0, sizeof room->found_by_row);
    memset(room->found_in_tile, 0, sizeof room->found_in_tile);
    hol_similar_turn(self->states + to * ROWS * self->columns, rows, self->columns, self->cardinality, room->tile);
    for (int64_t i = first; i < end; i++) {
        find_behind(self, i, to, room->tile, bits);
        for (int w = 0; w < WORDS; w++)
            for (uint64_t left = bits[w]; left; left &= left - 1) {
                const int64_t j = 64 * w + __builtin_ctzll(left);
                room->found_by_row[i - first]++;
                room->found_in_tile[j]++;
                if (!roots) continue;
#pragma omp critical
                hol_similar_unite(roots, i, to * ROWS + j);
            }
    }
    for (int64_t r = 0; r < ROWS && counts; r++) {
        if (room->found_by_row[r] > 0) {
#pragma omp atomic
            counts[first + r] += room->found_by_row[r];
        }
        if (room->found_in_tile[r] > 0) {
#pragma omp atomic
            counts[to * ROWS + r] += room->found_in_tile[r];
        }
    }
}

/* Pairs of tiles, numbered (0, 0), (0, 1), (1, 1), (0, 2) ..., go round the parts. */
static hol_status run(const hol_similar *self, int part, int parts, int64_t *counts, int64_t *roots) {
    hol_status status = HOL_OK;
    char *rooms = NULL;
    const int threads = omp_get_max_threads();
    const int64_t tiles = (self->rows + ROWS - 1) / ROWS, pairs = tiles * (tiles + 1) / 2;
    const int64_t size = HOL_PRODUCT(self->columns, self->cardinality, WORDS, (int64_t)sizeof(uint64_t)),
                  each = hol_round_up((int64_t)sizeof(struct room) + (size < INT64_MAX / 2 ? size : 0), 64);
    assert(self->columns < INT64_C(8) << HIGH_MOST && self->least >= 0 && self->least <= self->columns);
    HOL_TRY(HOL_ALLOCATE(rooms, HOL_PRODUCT(threads, each), "tiles of rows"));
#pragma omp parallel for schedule(dynamic) default(none)                                                               \
    shared(self, part, parts, counts, roots, rooms, tiles, pairs, each)
    for (int64_t pair = part; pair < pairs; pair += parts) {
        int64_t to = (int64_t)((sqrt(8 * (double)pair + 1) - 1) / 2);
        while (to * (to + 1) / 2 > pair) to--;
        while ((to + 1) * (to + 2) / 2 <= pair) to++;
        struct room *room = (struct room *)(void *)(rooms + omp_get_thread_num() * each);
        compare_tiles(self, pair - to * (to + 1) / 2, to, room, counts, roots);
    }
cleanup:
    hol_free(rooms);
    return status;
}

hol_status hol_similar_count(const hol_similar *self, int part, int parts, int64_t *counts) {
    return run(self, part, parts, counts, NULL);
}

hol_status hol_similar_join(const hol_similar *self, int part, int parts, int64_t *roots) {
    return run(self, part, parts, NULL, roots);
}
