/* indexing: index tiles of all lanes. For a backend that has index_range, which knows what its product wants. */
void HOL_BACKEND(index_lanes)(const uint64_t *words, int64_t inputs, int64_t ranges, int64_t range_stride,
                              uint8_t *index_tiles) {
    for (int64_t s = 0; s < ranges; s++)
        index_range(words + s * HOL_RANGE_ROWS, inputs - s * HOL_RANGE_ROWS, index_tiles + s * range_stride);
}
