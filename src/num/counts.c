/* counts: popcounts and the probability-weighted product. Threads own units or columns: no sum is shared. */
#include "num/counts.h"

#include <string.h>

#include "base/alloc.h"
#include "num/bits.h"

enum { TILE_UNITS = 512, WORTH_THREADS = 1 << 17 };

void hol_counts_units(const hol_states *x, int64_t units, int64_t count, int32_t *counts) {
#pragma omp parallel for default(none) shared(x, units, count, counts) if (units * x->blocks > WORTH_THREADS)
    for (int64_t i = 0; i < units; i++) {
        int32_t on = 0;
        for (int64_t b = 0; b < x->blocks; b++)
            on += __builtin_popcountll(x->words[b * x->stride + i] & hol_bits_lane_mask(count, x->first_block + b));
        counts[i] += on << HOL_PROBABILITY_BITS;
    }
}

void hol_counts_mask(const hol_states *x, int64_t count, int32_t *probabilities, int64_t stride) {
    for (int64_t b = 0; b < x->blocks; b++) {
        const uint64_t mask = hol_bits_lane_mask(count, x->first_block + b);
        if (mask == ~UINT64_C(0)) continue;
        for (int64_t lane = 0; lane < HOL_LANES; lane++)
            if (!(mask >> lane & 1))
                memset(probabilities + (b * HOL_LANES + lane) * stride, 0, (size_t)stride * sizeof *probabilities);
    }
}

void hol_counts_probabilities(const int32_t *probabilities, int64_t blocks, int64_t stride, int64_t outputs,
                              int32_t *sums) {
#pragma omp parallel for default(none) shared(probabilities, blocks, stride, outputs, sums)                            \
    if (blocks * HOL_LANES * outputs > WORTH_THREADS)
    for (int64_t first = 0; first < outputs; first += 64) {
        const int64_t width = outputs - first < 64 ? outputs - first : 64;
        for (int64_t r = 0; r < blocks * HOL_LANES; r++)
            for (int64_t j = 0; j < width; j++) sums[first + j] += probabilities[r * stride + first + j];
    }
}

void hol_counts_pairs(const hol_states *x, int64_t rows, const hol_states *y, int64_t columns, int32_t *counts) {
    enum { PIECE = 64 };
    const hol_kernels *kernels = hol_kernels_get();
#pragma omp parallel for schedule(static) default(none) shared(kernels, x, rows, y, columns, counts)                   \
    if (rows * columns * x->blocks > WORTH_THREADS)
    for (int64_t i = 0; i < rows; i += PIECE)
        kernels->pairs(x->words + i, x->stride, y->words, y->stride, x->blocks, rows - i < PIECE ? rows - i : PIECE, columns,
                       counts + i * columns, columns);
}

static int64_t set_count(int64_t blocks) { return (blocks * HOL_LANES + HOL_SET_ROWS - 1) / HOL_SET_ROWS; }

static int64_t rows_bytes(int64_t units) { return hol_round_up(units * (int64_t)sizeof(int32_t), HOL_ALIGNMENT); }

static int64_t packed_bytes(int64_t units, int64_t blocks) {
    return hol_round_up(units * blocks * (int64_t)sizeof(uint64_t), HOL_ALIGNMENT);
}

int64_t hol_counts_scratch_bytes(int64_t units, int64_t blocks) {
    return rows_bytes(units) + packed_bytes(units, blocks) +
           set_count(blocks) * HOL_SET * units * (int64_t)sizeof(uint16_t);
}

/* The scratch of one call, cut up: the units that are on in any lane, their words, their offsets. */
typedef struct plan {
    int32_t *rows;     /* (units) */
    uint64_t *packed;  /* (blocks, active) */
    uint16_t *offsets; /* (sets, active, HOL_SET) */
    int64_t active;
} plan;

static plan make_plan(const hol_states *x, int64_t units, void *scratch) {
    char *at = scratch;
    plan p = {.rows = scratch};
    p.packed = (uint64_t *)(void *)(at + rows_bytes(units));
    p.offsets = (uint16_t *)(void *)(at + rows_bytes(units) + packed_bytes(units, x->blocks));
    for (int64_t i = 0; i < units; i++) {
        uint64_t any = 0;
        for (int64_t b = 0; b < x->blocks; b++) any |= x->words[b * x->stride + i];
        p.rows[p.active] = (int32_t)i;
        p.active += any != 0;
    }
    return p;
}

static void index_all(const hol_kernels *kernels, const plan *p, const hol_states *x) {
    enum { PIECE = 64 };
#pragma omp for schedule(static)
    for (int64_t first = 0; first < p->active; first += PIECE) {
        const int64_t width = p->active - first < PIECE ? p->active - first : PIECE;
        for (int64_t b = 0; b < x->blocks; b++)
            for (int64_t k = first; k < first + width; k++)
                p->packed[b * p->active + k] = x->words[b * x->stride + p->rows[k]];
        kernels->index_units(p->packed + first, p->active, width, x->blocks, set_count(x->blocks), p->active * HOL_SET,
                             p->offsets + first * HOL_SET);
    }
}

/* products rows[i] += sums i, over the columns [0, width) */
static void add_tile(const int32_t *sums, const int32_t *rows, int64_t units, int64_t width, int32_t *products,
                     int64_t outputs) {
    for (int64_t i = 0; i < units; i++) {
        int32_t *to = products + rows[i] * outputs;
        for (int64_t j = 0; j < width; j++) to[j] += sums[i * HOL_STRIP + j];
    }
}

void hol_counts_weighted(const hol_states *x, int64_t units, const int32_t *probabilities, int64_t stride,
                         int64_t outputs, int32_t *products, void *scratch) {
    if (x->blocks == 0) return;
    const hol_kernels *kernels = hol_kernels_get();
    const plan p = make_plan(x, units, scratch);
    const int64_t sets = set_count(x->blocks), set_stride = p.active * HOL_SET;
    const int64_t tiles = (p.active + TILE_UNITS - 1) / TILE_UNITS, strips = (outputs + HOL_STRIP - 1) / HOL_STRIP;
    const int64_t work = sets * HOL_SET * p.active * stride;
#pragma omp parallel default(none) shared(kernels, x, probabilities, stride, outputs, products, p, sets, set_stride,   \
                                              tiles, strips, work) if (work > WORTH_THREADS)
    {
        index_all(kernels, &p, x);
        _Alignas(64) int32_t sums[TILE_UNITS * HOL_STRIP];
#pragma omp for schedule(static)
        for (int64_t item = 0; item < strips * tiles; item++) {
            const int64_t column = item / tiles * HOL_STRIP, first = item % tiles * TILE_UNITS;
            const int64_t count = p.active - first < TILE_UNITS ? p.active - first : TILE_UNITS;
            const int64_t width = outputs - column < HOL_STRIP ? outputs - column : HOL_STRIP;
            memset(sums, 0, (size_t)count * HOL_STRIP * sizeof *sums);
            kernels->product(probabilities + column, stride, NULL, x->blocks * HOL_LANES, p.offsets + first * HOL_SET,
                             sets, set_stride, count, sums);
            add_tile(sums, p.rows + first, count, width, products + column, outputs);
        }
    }
}

void hol_counts_weighted_ref(const hol_states *x, int64_t units, const int32_t *probabilities, int64_t stride,
                             int64_t outputs, int32_t *products) {
    for (int64_t r = 0; r < x->blocks * HOL_LANES; r++)
        for (int64_t i = 0; i < units; i++)
            if (hol_bits_get(x->words + r / HOL_LANES * x->stride, i, (int)(r % HOL_LANES)))
                for (int64_t j = 0; j < outputs; j++) products[i * outputs + j] += probabilities[r * stride + j];
}
