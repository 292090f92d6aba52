/* levels: bits times levels, by lines of bytes: of each four lanes all 16 subset sums of a strip's 16 levels stand in a
 * table, 16 bytes each, and a unit looks up the one of its lanes that are on. A sum is 60 at most, so bytes hold those
 * of four groups; then they are added into 16 bits. */
enum { QUAD = 4, QUADS = LANES / QUAD, TILE_UNITS = 64 };

typedef uint8_t v16b __attribute__((vector_size(16)));
typedef uint16_t v16h __attribute__((vector_size(32)));

/* the words themselves, whose halves of bytes are the numbers: (64) for each block */
void HOL_BACKEND(index_levels)(const uint64_t *words, int64_t stride, int64_t units, int64_t blocks,
                               uint8_t *index_tiles) {
    for (int64_t b = 0; b < blocks; b++) {
        uint64_t *tile = (uint64_t *)(void *)(index_tiles + b * HOL_LEVEL_TILE);
        memcpy(tile, words + b * stride, (size_t)units * sizeof *tile);
        memset(tile + units, 0, (size_t)(TILE_UNITS - units) * sizeof *tile);
    }
}

/* levels is (16, 64), tables (16 groups, 16 subsets) */
static void build_tables(const uint8_t *levels, v16b tables[QUADS][1 << QUAD]) {
    v16b lines[LANES];
    uint8_t(*turned)[HOL_STRIP] = (uint8_t(*)[HOL_STRIP])lines;
    for (int l = 0; l < HOL_STRIP; l++)
        for (int lane = 0; lane < LANES; lane++) turned[lane][l] = levels[l * LANES + lane];
    for (int g = 0; g < QUADS; g++) {
        tables[g][0] = (v16b){0};
        for (int k = 0; k < QUAD; k++)
            for (int s = 0; s < 1 << k; s++) tables[g][1 << k | s] = tables[g][s] + lines[g * QUAD + k];
    }
}

static inline v16h sum_unit(uint64_t word, v16b tables[QUADS][1 << QUAD]) {
    v16h sum = {0};
    for (int g = 0; g < QUADS; g += 4) {
        v16b some = {0};
        for (int k = g; k < g + 4; k++) some += tables[k][word >> k * QUAD & 15];
        sum += __builtin_convertvector(some, v16h);
    }
    return sum;
}

void HOL_BACKEND(level_product)(const uint8_t *levels, int64_t level_stride, int64_t blocks, const uint8_t *index_tiles,
                                int64_t tile_stride, int64_t tiles, uint16_t *sums) {
    v16b tables[QUADS][1 << QUAD];
    for (int64_t b = 0; b < blocks; b++) {
        build_tables(levels + b * level_stride, tables);
        for (int64_t i = 0; i < tiles * TILE_UNITS; i++) {
            const uint8_t *tile = index_tiles + i / TILE_UNITS * tile_stride + b * HOL_LEVEL_TILE;
            *(v16h *)(void *)(sums + i * HOL_STRIP) +=
                sum_unit(((const uint64_t *)(const void *)tile)[i % TILE_UNITS], tables);
        }
    }
}
