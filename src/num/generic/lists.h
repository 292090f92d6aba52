/* lists: rows of sparse states. For a backend that has append_bits: 64 k for each bit k, counted from `first`. */
static inline uint16_t *fill_up(uint16_t *to, const uint16_t *begin, int32_t *length) {
    while ((to - begin) % HOL_LIST_PAD) *to++ = 64 * HOL_LIST_ROWS;
    *length = (int32_t)(to - begin);
    return to;
}

static int64_t list_lanes(const uint64_t *words, int64_t inputs, uint16_t *list, int32_t *lengths) {
    enum { SQUARES = HOL_LIST_ROWS / LANES };
    uint64_t square[SQUARES][LANES]; /* bit k of square[q][l]: input 64 q + k of lane l */
    const int64_t squares = (inputs + LANES - 1) / LANES;
    for (int64_t q = 0; q < squares; q++) {
        for (int64_t k = 0; k < LANES; k++) square[q][k] = q * LANES + k < inputs ? words[q * LANES + k] : 0;
        hol_bits_transpose(square[q]);
    }
    uint16_t *to = list;
    for (int l = 0; l < LANES; l++) {
        const uint16_t *begin = to;
        for (int64_t q = 0; q < squares; q++) to = append_bits(square[q][l], (int)q * LANES, to);
        to = fill_up(to, begin, &lengths[l]);
    }
    return to - list;
}

static int64_t list_units(const uint64_t *words, int64_t stride, int64_t units, int64_t blocks, uint16_t *list,
                          int32_t *lengths) {
    uint16_t *to = list;
    for (int64_t i = 0; i < units; i++) {
        const uint16_t *begin = to;
        for (int64_t b = 0; b < blocks; b++) to = append_bits(words[b * stride + i], (int)b * LANES, to);
        to = fill_up(to, begin, &lengths[i]);
    }
    return to - list;
}

/* by vectors of the lines' numbers */
#define ADD_ROWS(name, number, vector)                                                                                 \
    static const uint16_t *name(const number *strip, const uint16_t *list, const int32_t *lengths, int64_t count,      \
                                number *sums) {                                                                        \
        const char *rows = (const char *)strip;                                                                        \
        vector *sum = (vector *)(void *)sums;                                                                          \
        for (int64_t r = 0; r < count; r++, sum += PARTS) {                                                            \
            vector x[PARTS], y[PARTS] = {{0}};                                                                         \
            for (int part = 0; part < PARTS; part++) x[part] = sum[part];                                              \
            for (const uint16_t *end = list + lengths[r]; list < end; list += HOL_LIST_PAD) {                          \
                uint64_t a;                                                                                            \
                memcpy(&a, list, sizeof a);                                                                            \
                HOL_ADD_LINE(x, rows, a & 0xffff);                                                                     \
                HOL_ADD_LINE(y, rows, a >> 16 & 0xffff);                                                               \
                HOL_ADD_LINE(x, rows, a >> 32 & 0xffff);                                                               \
                HOL_ADD_LINE(y, rows, a >> 48);                                                                        \
            }                                                                                                          \
            for (int part = 0; part < PARTS; part++) sum[part] = x[part] + y[part];                                    \
        }                                                                                                              \
        return list;                                                                                                   \
    }
ADD_ROWS(add_rows, int32_t, vni)
ADD_ROWS(add_level_rows, uint16_t, vnh)
