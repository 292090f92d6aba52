/* narrow_lines: bits times 16-bit couplings by look-ups (lookup.h), a line of 32 columns each. For a backend that has
 * load_pairs (16 bits of the columns of one part of a line, in the order that widen_pairs wants), and widen_pairs and
 * widen_in_order: sums[c / 16][0][c % 16] += column c of a part, in that order and in the columns' own. */
#include "lookup.h"

enum { PART_COLUMNS = HOL_NARROW_STRIP / PARTS };
enum { TABLES_BYTES = 11 * 64 * 64 }; /* of the groups of a full range, which 11 of 6 rows need most for */

void HOL_BACKEND(index_narrow)(const uint64_t *words, int64_t inputs, uint8_t *index_tile) {
    index_words(words, inputs, index_tile);
}

static inline __attribute__((always_inline)) void build_tables(const int group, const int16_t *strip,
                                                               const int32_t *rows, int64_t count, char *tables) {
    for (int64_t first = 0; first < count; first += group, tables += 64 << group)
        for (int p = 0; p < PARTS; p++) {
            part row[6];
#pragma GCC unroll 8
            for (int k = 0; k < group; k++)
                row[k] = first + k < count
                             ? load_pairs(strip + (int64_t)rows[first + k] * HOL_NARROW_STRIP + p * PART_COLUMNS)
                             : (part){0};
            build_part(group, row, (part *)(void *)tables + p);
        }
}

/* sums of `lanes` lanes += those of a range of `groups` groups */
static inline __attribute__((always_inline)) void add_range(const int group, const int groups, const char *tables,
                                                            const uint64_t *words, int64_t blocks, int32_t *sums) {
    for (int64_t b = 0; b < blocks; b++, sums += LANES * HOL_STRIP)
        for (int l = 0; l < LANES; l++, sums += HOL_STRIP) {
            part x[2][PARTS] = {{{0}}};
            look_up(group, groups, tables, words[b * LANES + l], x);
            for (int p = 0; p < PARTS; p++) widen_pairs(x[0][p] + x[1][p], p, sums);
        }
}

#define ADD(group, groups)                                                                                             \
    case groups: add_range(group, groups, tables, words, blocks, sums); break

static void add_fours(int64_t groups, const char *tables, const uint64_t *words, int64_t blocks, int32_t *sums) {
    switch (groups) {
        HOL_GROUPS_1_TO_8(ADD, 4);
        ADD(4, 9);
        ADD(4, 10);
        ADD(4, 11);
        ADD(4, 12);
        ADD(4, 13);
        ADD(4, 14);
        ADD(4, 15);
        ADD(4, 16);
    }
}

static void add_fives(int64_t groups, const char *tables, const uint64_t *words, int64_t blocks, int32_t *sums) {
    switch (groups) {
        HOL_GROUPS_1_TO_8(ADD, 5);
        ADD(5, 9);
        ADD(5, 10);
        ADD(5, 11);
        ADD(5, 12);
        ADD(5, 13);
    }
}

static void add_sixes(int64_t groups, const char *tables, const uint64_t *words, int64_t blocks, int32_t *sums) {
    switch (groups) {
        HOL_GROUPS_1_TO_8(ADD, 6);
        ADD(6, 9);
        ADD(6, 10);
        ADD(6, 11);
    }
}

static inline __attribute__((always_inline)) void add_by(const int group, const int16_t *strip, const int32_t *rows,
                                                         int64_t inputs, const uint64_t *words, int64_t blocks,
                                                         int32_t *sums) {
    _Alignas(64) char tables[TABLES_BYTES];
    const int64_t groups = (inputs + group - 1) / group;
    build_tables(group, strip, rows, inputs, tables);
    (group == 4 ? add_fours : group == 5 ? add_fives : add_sixes)(groups, tables, words, blocks, sums);
}

/* where their times cross on Zen 3 */
enum { BLOCKS_OF_FIVES = 2, BLOCKS_OF_SIXES = 12 };

void HOL_BACKEND(product_narrow)(const int16_t *strip, const int32_t *rows, const int32_t *ends, int64_t ranges,
                                 const uint8_t *index_tiles, int64_t range_stride, int64_t count, int32_t *sums) {
    for (int64_t s = 0; s < ranges; s++, index_tiles += range_stride) {
        const int32_t first = s > 0 ? ends[s - 1] : 0, inputs = ends[s] - first;
        const uint64_t *words = (const uint64_t *)(const void *)index_tiles;
        if (count < BLOCKS_OF_FIVES) add_by(4, strip, rows + first, inputs, words, count, sums);
        else if (count < BLOCKS_OF_SIXES) add_by(5, strip, rows + first, inputs, words, count, sums);
        else add_by(6, strip, rows + first, inputs, words, count, sums);
    }
}

/* ---- lists ------------------------------------------------------------------------------------------------------- */

const uint16_t *HOL_BACKEND(add_rows_narrow)(const int16_t *strip, const uint16_t *list, const int32_t *lengths,
                                             int32_t *sums) {
    for (int l = 0; l < LANES; l++, sums += HOL_STRIP)
        for (const uint16_t *end = list + lengths[l]; list < end; list += HOL_LIST_PAD) {
            part x[PARTS] = {{0}};
            for (int k = 0; k < HOL_LIST_PAD; k++) {
                const part *line = (const part *)(const void *)((const char *)strip + list[k]);
                for (int p = 0; p < PARTS; p++) x[p] += line[p];
            }
            for (int p = 0; p < PARTS; p++) widen_in_order(x[p], p, sums);
        }
    return list;
}

void HOL_BACKEND(add_sites)(const int16_t *strip, const uint16_t *lists, int64_t sites, int32_t *sums) {
    for (int l = 0; l < LANES; l++, sums += HOL_STRIP) {
        part x[PARTS] = {{0}};
        for (int64_t k = 0; k < sites; k++) {
            const part *line = (const part *)(const void *)((const char *)strip + lists[k * LANES + l]);
            for (int p = 0; p < PARTS; p++) x[p] += line[p];
        }
        for (int p = 0; p < PARTS; p++) widen_in_order(x[p], p, sums);
    }
}
