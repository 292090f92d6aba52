/* indexing: numbers of groups of all lanes or units. For a backend that has index_range and index_unit, which know the
 * order of bytes that its product wants. */
void HOL_BACKEND(index_lanes)(const uint64_t *words, int64_t inputs, int64_t ranges, int64_t range_stride,
                              uint8_t *index_tiles) {
    for (int64_t s = 0; s < ranges; s++)
        index_range(words + s * HOL_RANGE_ROWS, inputs - s * HOL_RANGE_ROWS, index_tiles + s * range_stride);
}

void HOL_BACKEND(index_units)(const uint64_t *words, int64_t stride, int64_t units, int64_t blocks, int64_t ranges,
                              int64_t range_stride, uint8_t *index_tiles) {
    for (int64_t s = 0; s < ranges; s++) {
        const int64_t block = s * HOL_RANGE_ROWS / LANES;
        const int shift = (int)(s * HOL_RANGE_ROWS % LANES);
        const uint64_t *low = words + block * stride;
        /* 40 lanes may straddle two blocks; lanes beyond the last block are 0 */
        const uint64_t *high = shift > LANES - HOL_RANGE_ROWS && block + 1 < blocks ? low + stride : NULL;
        uint8_t *index_tile = index_tiles + s * range_stride;
        for (int64_t i = 0; i < units; i++) {
            const uint64_t x = low[i] >> shift | (high ? high[i] << (LANES - shift) : 0);
            index_unit(x, (int)(i % LANES), index_tile + i / LANES * HOL_INDEX_TILE);
        }
        for (int64_t i = units; i % LANES; i++)
            index_unit(0, (int)(i % LANES), index_tile + i / LANES * HOL_INDEX_TILE);
    }
}
