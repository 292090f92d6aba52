/* narrow: bits times 16-bit couplings, by look-ups of 32 columns at once (generic/product.h has the method), exact:
 * sums of a range's rows fit 16 bits, and are then added to sums of 32.
 *
 * An index tile is what the lanes have on of the range's inputs, bit k of word l being input k of lane l: groups of any
 * size are cut from it by shifts. */
enum { NARROW_GROUP = 4, NARROW_ENTRIES = 1 << NARROW_GROUP, NARROW_TABLES = HOL_NARROW_ROWS / NARROW_GROUP };

typedef int16_t narrow_line[HOL_NARROW_STRIP];

static inline void add_narrow_line(narrow_line sum, const narrow_line line) {
    for (int j = 0; j < HOL_NARROW_STRIP; j++) sum[j] = (int16_t)(sum[j] + line[j]);
}

static inline void widen_line(const narrow_line line, int32_t *sums) {
    for (int j = 0; j < HOL_STRIP; j++) sums[j] += line[j];
    for (int j = 0; j < HOL_STRIP; j++) sums[LANES * HOL_STRIP + j] += line[HOL_STRIP + j];
}

void HOL_BACKEND(index_narrow)(const uint64_t *words, int64_t inputs, uint8_t *index_tile) {
    uint64_t square[LANES] = {0};
    memcpy(square, words, (size_t)inputs * sizeof *words);
    hol_bits_transpose(square);
    memcpy(index_tile, square, sizeof square);
}

/* line m of the table = sum of the rows k with bit k of m */
static void build_narrow_table(const int16_t *strip, const int32_t *rows, int32_t count, narrow_line *table) {
    memset(table, 0, sizeof *table);
    for (int k = 0; k < NARROW_GROUP && k < count; k++)
        for (int m = 0; m < 1 << k; m++) {
            memcpy(table[(1 << k) + m], table[m], sizeof *table);
            add_narrow_line(table[(1 << k) + m], strip + (int64_t)rows[k] * HOL_NARROW_STRIP);
        }
}

void HOL_BACKEND(product_narrow)(const int16_t *strip, const int32_t *rows, const int32_t *ends, int64_t ranges,
                                 const uint8_t *index_tiles, int64_t range_stride, int64_t count, int32_t *sums) {
    _Alignas(64) narrow_line tables[NARROW_TABLES][NARROW_ENTRIES];
    for (int64_t s = 0; s < ranges; s++, index_tiles += range_stride) {
        const int32_t first = s > 0 ? ends[s - 1] : 0, inputs = ends[s] - first;
        const int groups = (inputs + NARROW_GROUP - 1) / NARROW_GROUP;
        for (int t = 0; t < groups; t++)
            build_narrow_table(strip, rows + first + t * NARROW_GROUP, inputs - t * NARROW_GROUP, tables[t]);
        for (int64_t r = 0; r < count * LANES; r++) {
            uint64_t word;
            memcpy(&word, index_tiles + r * (int64_t)sizeof word, sizeof word);
            narrow_line sum = {0};
            for (int t = 0; t < groups; t++, word >>= NARROW_GROUP)
                add_narrow_line(sum, tables[t][word % NARROW_ENTRIES]);
            widen_line(sum, sums + (r / LANES * 2 * LANES + r % LANES) * HOL_STRIP);
        }
    }
}

const uint16_t *HOL_BACKEND(add_rows_narrow)(const int16_t *strip, const uint16_t *list, const int32_t *lengths,
                                             int32_t *sums) {
    for (int l = 0; l < LANES; l++, sums += HOL_STRIP)
        for (const uint16_t *end = list + lengths[l]; list < end; list++)
            widen_line(strip + *list / 64 * HOL_NARROW_STRIP, sums);
    return list;
}

void HOL_BACKEND(add_sites)(const int16_t *strip, const uint16_t *lists, int64_t sites, int32_t *sums) {
    for (int l = 0; l < LANES; l++, sums += HOL_STRIP)
        for (int64_t k = 0; k < sites; k++)
            widen_line(strip + lists[k * LANES + l] / 64 * HOL_NARROW_STRIP, sums);
}
