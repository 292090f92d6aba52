/* lookup: the method of four Russians, with tables in memory.
 *
 * Inputs are taken in groups. A table has all sums that a group's rows can have, 2^group lines of one strip each, and
 * each lane adds one of them, which its bits number, instead of up to all rows. A table costs the stores of its lines:
 * the more lanes look it up, the more rows a group should have.
 *
 * An index tile is what the lanes have on of a range's inputs, bit k of word l being input k of lane l: groups of any
 * size are cut from it by a shift and a mask.
 *
 * For files in which `part` is the machine's vector, PARTS of which are a line, of whichever numbers they add up. */

static inline void index_words(const uint64_t *words, int64_t inputs, uint8_t *index_tile) {
    uint64_t square[LANES];
    for (int64_t k = 0; k < LANES; k++) square[k] = k < inputs ? words[k] : 0;
    hol_bits_transpose(square);
    memcpy(index_tile, square, sizeof square);
}

/* One part of each line of a table: line m is the sum of the rows k with bit k of m. Stores are what it waits for: the
 * sums of the first three rows stay in registers. */
static inline __attribute__((always_inline)) void build_part(const int group, const part *row, part *table) {
    part low[8] = {{0}};
    for (int k = 0; k < 3; k++)
        for (int m = 0; m < 1 << k; m++) low[(1 << k) + m] = low[m] + row[k];
    for (int h = 0; h < 1 << (group - 3); h++) {
        part high = {0};
        for (int k = 3; k < group; k++)
            if (h >> (k - 3) & 1) high += row[k];
        for (int m = 0; m < 8; m++) table[PARTS * (8 * h + m)] = low[m] + high;
    }
}

/* 8 times number t of the groups in a word */
static inline __attribute__((always_inline)) uint64_t number_of(const int group, int t, uint64_t word) {
    const uint64_t mask = ((UINT64_C(1) << group) - 1) << 3;
    return (t == 0 ? word << 3 : word >> (group * t - 3)) & mask;
}

/* one lane's look-ups, in two sums */
static inline __attribute__((always_inline)) void look_up(const int group, const int groups, const char *tables,
                                                          uint64_t word, part sums[2][PARTS]) {
#pragma GCC unroll 16
    for (int t = 0; t < groups; t++) {
        const part *line = (const part *)(const void *)(tables + (t << (group + 6)) + 8 * number_of(group, t, word));
        for (int p = 0; p < PARTS; p++) sums[t % 2][p] += line[p];
    }
}

/* Each number of groups is a function of its own, without a loop over them: cases of a switch, which call
 * add_range(group, groups, ...). */
#define HOL_GROUPS_1_TO_8(add, group)                                                                                  \
    add(group, 1);                                                                                                     \
    add(group, 2);                                                                                                     \
    add(group, 3);                                                                                                     \
    add(group, 4);                                                                                                     \
    add(group, 5);                                                                                                     \
    add(group, 6);                                                                                                     \
    add(group, 7);                                                                                                     \
    add(group, 8)
