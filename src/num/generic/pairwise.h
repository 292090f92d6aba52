/* pairwise: fields and draws of sites that are coupled in pairs (num/pairwise.h), 64 chains at a time. For a backend
 * that has turn_site, and what sites.h defines.
 *
 * A row is one to four parts of 8 numbers. Some lanes' rows of all groups are added up in registers; what bounds it are
 * loads: of where a row begins, and of its parts, two at a time where vectors are as wide. */
#include "num/pairwise.h"

typedef int16_t eight __attribute__((vector_size(16)));
typedef int32_t eight_wide __attribute__((vector_size(32), aligned(16)));
typedef int16_t whole __attribute__((vector_size(NATIVE), aligned(16)));
enum { PART = 8, WHOLE = NATIVE / 16 /* parts of a vector */ };

/* where each lane's row begins, in bytes from the tile's first: list is (groups, 64) */
static inline void list_rows(const struct hol_pairwise_tile *tile, int64_t row_bytes, const uint8_t *index,
                             uint16_t *list) {
    typedef uint8_t some_bytes __attribute__((vector_size(SOME)));
    for (int64_t k = 0; k < tile->groups; k++, list += LANES)
        for (int l = 0; l < LANES; l += SOME) {
            some_bytes states;
            memcpy(&states, index + (int64_t)tile->group[k] * LANES + l, sizeof states);
            const some_lanes rows = __builtin_convertvector(states, some_lanes) + (uint16_t)tile->row[k];
            const some_lanes places = rows * (uint16_t)row_bytes;
            memcpy(list + l, &places, sizeof places);
        }
}

/* rows of `parts` parts, `at_once` lanes at a time */
static inline __attribute__((always_inline)) void add_narrow_rows(const int parts, const int at_once, const char *rows,
                                                                  const uint16_t *list, int64_t groups, int32_t *sums) {
    const int in_wholes = parts / WHOLE * WHOLE;
    for (int l = 0; l < LANES; l += at_once) {
        whole x[8][4] = {{{0}}};
        eight y[8][4] = {{{0}}};
        for (int64_t k = 0; k < groups; k++)
#pragma GCC unroll 8
            for (int c = 0; c < at_once; c++) {
                const char *row = rows + list[k * LANES + l + c];
#pragma GCC unroll 4
                for (int p = 0; p < parts / WHOLE; p++) x[c][p] += *(const whole *)(const void *)(row + p * NATIVE);
#pragma GCC unroll 4
                for (int p = in_wholes; p < parts; p++) y[c][p] += *(const eight *)(const void *)(row + p * 16);
            }
#pragma GCC unroll 8
        for (int c = 0; c < at_once; c++) {
            eight_wide *to = (eight_wide *)(void *)(sums + (l + c) * parts * PART);
#pragma GCC unroll 4
            for (int p = 0; p < parts; p++) {
                if (p < in_wholes) memcpy(&y[c][p], (const char *)&x[c][0] + p * 16, 16);
                to[p] += __builtin_convertvector(y[c][p], eight_wide);
            }
        }
    }
}

/* the same of 32 bits */
static inline __attribute__((always_inline)) void add_wide_rows(const int parts, const int at_once, const char *rows,
                                                                const uint16_t *list, int64_t groups, int32_t *sums) {
    for (int l = 0; l < LANES; l += at_once) {
        eight_wide *to = (eight_wide *)(void *)(sums + l * parts * PART);
        eight_wide x[4][4];
#pragma GCC unroll 16
        for (int p = 0; p < at_once * parts; p++) x[p / parts][p % parts] = to[p];
        for (int64_t k = 0; k < groups; k++)
#pragma GCC unroll 4
            for (int c = 0; c < at_once; c++) {
                const eight_wide *row = (const eight_wide *)(const void *)(rows + list[k * LANES + l + c]);
#pragma GCC unroll 4
                for (int p = 0; p < parts; p++) x[c][p] += row[p];
            }
#pragma GCC unroll 16
        for (int p = 0; p < at_once * parts; p++) to[p] = x[p / parts][p % parts];
    }
}

static void add_pair_rows(const struct hol_pairwise_tile *tile, const uint8_t *index, int32_t *sums) {
    _Alignas(64) uint16_t list[HOL_PAIRWISE_RANGE * LANES];
    const int64_t groups = tile->groups, parts = tile->width / PART;
    const char *narrow = (const char *)tile->narrow, *wide = (const char *)tile->wide;
    list_rows(tile, tile->width * (narrow ? 2 : 4), index, list);
    switch (narrow ? parts : -parts) {
    case 1: add_narrow_rows(1, 8, narrow, list, groups, sums); break;
    case 2: add_narrow_rows(2, 4, narrow, list, groups, sums); break;
    case 3: add_narrow_rows(3, 4, narrow, list, groups, sums); break;
    case 4: add_narrow_rows(4, 4, narrow, list, groups, sums); break;
    case -1: add_wide_rows(1, 4, wide, list, groups, sums); break;
    case -2: add_wide_rows(2, 4, wide, list, groups, sums); break;
    case -3: add_wide_rows(3, 4, wide, list, groups, sums); break;
    default: add_wide_rows(4, 2, wide, list, groups, sums); break;
    }
}

static void draw_site(const int32_t *fields, int64_t states, float scale, const hol_draw *draw, int64_t unit,
                      int64_t block, uint8_t *drawn) {
    _Alignas(64) int32_t turned[HOL_SITE_STATES_MAX * LANES];
    _Alignas(64) uint32_t numbers[LANES], chosen[LANES];
    for (int64_t s = 0; s < states; s += HOL_PAIRWISE_STRIP) {
        const int64_t left = (states - s + PART - 1) / PART * PART;
        turn_site(fields + s * LANES, left < HOL_PAIRWISE_STRIP ? left : HOL_PAIRWISE_STRIP, turned + s * LANES);
    }
    draw_site_numbers(draw, unit, block, numbers);
    choose_states(turned, states, scale, numbers, chosen);
    for (int l = 0; l < LANES; l++) drawn[l] = (uint8_t)chosen[l];
}
