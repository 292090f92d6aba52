/* counts: popcounts and the probability-weighted product. Threads own units or columns: no sum is shared. */
#include "num/counts.h"

#include <string.h>

#include "base/alloc.h"
#include "num/bits.h"
#include "num/split.h"

enum {
    TILE_UNITS = 512,
    PIECE_UNITS = 64, /* a page of numbers */
    CHAPTER_BLOCKS = HOL_LIST_ROWS / HOL_LANES,
    WORTH_THREADS = 1 << 17,
    LIST_SLACK = (HOL_LIST_PAD - 1) * PIECE_UNITS + 16, /* padding of a piece's lists, and what the kernel overwrites */
    LIST_COST = 14,                                     /* lines: what a list costs beside its rows */
};

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
#pragma omp parallel for default(none)                                                                                 \
    shared(probabilities, blocks, stride, outputs, sums) if (blocks * HOL_LANES * outputs > WORTH_THREADS)
    for (int64_t first = 0; first < outputs; first += 64) {
        const int64_t width = outputs - first < 64 ? outputs - first : 64;
        for (int64_t r = 0; r < blocks * HOL_LANES; r++)
            for (int64_t j = 0; j < width; j++) sums[first + j] += probabilities[r * stride + first + j];
    }
}

void hol_counts_pairs(const hol_states *x, int64_t rows, const hol_states *y, int64_t columns, int32_t *counts) {
    enum { PIECE = 64 };
    const hol_kernels *kernels = hol_kernels_get();
#pragma omp parallel for schedule(static) default(none)                                                                \
    shared(kernels, x, rows, y, columns, counts) if (rows * columns * x->blocks > WORTH_THREADS)
    for (int64_t i = 0; i < rows; i += PIECE)
        kernels->pairs(x->words + i, x->stride, y->words, y->stride, x->blocks, rows - i < PIECE ? rows - i : PIECE,
                       columns, counts + i * columns, columns);
}

static int64_t set_count(int64_t blocks) { return (blocks * HOL_LANES + HOL_SET_ROWS - 1) / HOL_SET_ROWS; }
static int64_t piece_count(int64_t units) { return (units + PIECE_UNITS - 1) / PIECE_UNITS; }
static int64_t chapter_count(int64_t blocks) { return (blocks + CHAPTER_BLOCKS - 1) / CHAPTER_BLOCKS; }

/* The scratch of one call, cut up. Sparse units' lanes are listed in chapters of 8 blocks. */
typedef struct plan {
    hol_split split;
    uint64_t *packed; /* (blocks, units): words of dense, then of sparse units */
    uint8_t *pages;   /* (sets, pages of 64 dense units) of HOL_PAGE bytes */
    uint16_t *lists;  /* one after the other: (chapters, sparse) lists */
    int64_t *starts;  /* (chapters, pieces of PIECE_UNITS sparse units) into lists */
    int32_t *lengths; /* (chapters, sparse) */
    int64_t pieces;
} plan;

/* Cuts scratch into the parts of a plan, or with scratch NULL only measures: the bytes taken. */
static int64_t cut(plan *p, int64_t units, int64_t blocks, char *scratch, int32_t **ret_room) {
    const int64_t chapters = chapter_count(blocks), pieces = piece_count(units);
    const int64_t sizes[] = {units * 4,
                             units * blocks * 8,
                             set_count(blocks) * pieces * HOL_PAGE,
                             (units * blocks * HOL_LANES / HOL_SPLIT_SHARE + chapters * pieces * LIST_SLACK) * 2,
                             chapters * pieces * 8,
                             chapters * units * 4};
    char *parts[6];
    const int64_t used = hol_cut(scratch, sizes, 6, parts);
    *ret_room = (int32_t *)(void *)parts[0];
    p->packed = (uint64_t *)(void *)parts[1];
    p->pages = (uint8_t *)parts[2];
    p->lists = (uint16_t *)(void *)parts[3];
    p->starts = (int64_t *)(void *)parts[4];
    p->lengths = (int32_t *)(void *)parts[5];
    return used;
}

static int64_t set_stride(const plan *p) { return piece_count(p->split.dense_count) * HOL_PAGE; }

int64_t hol_counts_scratch_bytes(int64_t units, int64_t blocks) {
    plan p;
    int32_t *room;
    return cut(&p, units, blocks, NULL, &room);
}

static int64_t clip(int64_t left, int64_t most) { return left < most ? left : most; }

/* where each piece's lists of each chapter begin: as far apart as its ones and the slack ask for */
static void place_lists(plan *p, const hol_states *x) {
    int64_t at = 0;
    for (int64_t first = 0; first < x->blocks; first += CHAPTER_BLOCKS)
        for (int64_t piece = 0; piece < p->pieces; piece++) {
            p->starts[first / CHAPTER_BLOCKS * p->pieces + piece] = at;
            at += LIST_SLACK;
            const int64_t begin = piece * PIECE_UNITS, count = clip(p->split.sparse_count - begin, PIECE_UNITS);
            for (int64_t k = begin; k < begin + count; k++)
                for (int64_t b = first; b < first + clip(x->blocks - first, CHAPTER_BLOCKS); b++)
                    at += __builtin_popcountll(x->words[b * x->stride + p->split.sparse[k]]);
        }
}

static plan make_plan(const hol_states *x, int64_t units, void *scratch) {
    plan p;
    int32_t *room;
    (void)cut(&p, units, x->blocks, scratch, &room);
    p.split = hol_split_units(x, units, room);
    const int64_t lists = p.split.sparse_ones + p.split.sparse_count * LIST_COST * chapter_count(x->blocks);
    if (lists > p.split.sparse_count * x->blocks * HOL_LANES / HOL_SPLIT_SHARE) hol_split_merge(&p.split);
    p.pieces = piece_count(p.split.sparse_count);
    place_lists(&p, x);
    return p;
}

static void pack(const hol_states *x, const int32_t *rows, int64_t first, int64_t count, uint64_t *packed,
                 int64_t stride) {
    for (int64_t b = 0; b < x->blocks; b++)
        for (int64_t k = first; k < first + count; k++) packed[b * stride + k] = x->words[b * x->stride + rows[k]];
}

static void index_all(const hol_kernels *kernels, const plan *p, const hol_states *x) {
    const hol_split *s = &p->split;
#pragma omp for schedule(static) nowait
    for (int64_t first = 0; first < s->dense_count; first += PIECE_UNITS) {
        const int64_t count = clip(s->dense_count - first, PIECE_UNITS);
        pack(x, s->dense, first, count, p->packed, s->dense_count);
        kernels->index_units(p->packed + first, s->dense_count, count, x->blocks, set_count(x->blocks), set_stride(p),
                             p->pages + first / PIECE_UNITS * HOL_PAGE);
    }
    uint64_t *packed = p->packed + s->dense_count * x->blocks;
#pragma omp for schedule(static)
    for (int64_t piece = 0; piece < p->pieces; piece++) {
        const int64_t first = piece * PIECE_UNITS, count = clip(s->sparse_count - first, PIECE_UNITS);
        pack(x, s->sparse, first, count, packed, s->sparse_count);
        for (int64_t b = 0; b < x->blocks; b += CHAPTER_BLOCKS) {
            const int64_t chapter = b / CHAPTER_BLOCKS;
            (void)kernels->list_units(
                packed + b * s->sparse_count + first, s->sparse_count, count, clip(x->blocks - b, CHAPTER_BLOCKS),
                p->lists + p->starts[chapter * p->pieces + piece], p->lengths + chapter * s->sparse_count + first);
        }
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

/* the dense units' sums of one strip, a tile at a time; products points at the strip's first column */
static void add_dense(const hol_kernels *kernels, const plan *p, int64_t blocks, const int32_t *probabilities,
                      int64_t stride, int64_t width, int32_t *products, int64_t outputs) {
    _Alignas(64) int32_t sums[TILE_UNITS * HOL_STRIP];
    for (int64_t first = 0; first < p->split.dense_count; first += TILE_UNITS) {
        const int64_t count = clip(p->split.dense_count - first, TILE_UNITS);
        memset(sums, 0, (size_t)(piece_count(count) * PIECE_UNITS * HOL_STRIP) * sizeof *sums);
        kernels->product(probabilities, stride, NULL, blocks * HOL_LANES, p->pages + first / PIECE_UNITS * HOL_PAGE,
                         set_stride(p), piece_count(count), sums);
        add_tile(sums, p->split.dense + first, count, width, products, outputs);
    }
}

static void add_sparse(const hol_kernels *kernels, const plan *p, int64_t blocks, const int32_t *probabilities,
                       int64_t stride, int64_t width, int32_t *products, int64_t outputs) {
    _Alignas(64) int32_t strip[(HOL_LIST_ROWS + 1) * HOL_STRIP], sums[PIECE_UNITS * HOL_STRIP];
    memset(strip + HOL_LIST_ROWS * HOL_STRIP, 0, HOL_STRIP * sizeof *strip);
    for (int64_t b = 0; b < blocks; b += CHAPTER_BLOCKS) {
        const int64_t lanes = clip(blocks - b, CHAPTER_BLOCKS) * HOL_LANES, chapter = b / CHAPTER_BLOCKS;
        for (int64_t r = 0; r < lanes; r++)
            memcpy(strip + r * HOL_STRIP, probabilities + (b * HOL_LANES + r) * stride, HOL_STRIP * sizeof *strip);
        for (int64_t piece = 0; piece < p->pieces; piece++) {
            const int64_t first = piece * PIECE_UNITS, count = clip(p->split.sparse_count - first, PIECE_UNITS);
            memset(sums, 0, sizeof sums);
            (void)kernels->add_rows(strip, p->lists + p->starts[chapter * p->pieces + piece],
                                    p->lengths + chapter * p->split.sparse_count + first, count, sums);
            add_tile(sums, p->split.sparse + first, count, width, products, outputs);
        }
    }
}

void hol_counts_weighted(const hol_states *x, int64_t units, const int32_t *probabilities, int64_t stride,
                         int64_t outputs, int32_t *products, void *scratch) {
    if (x->blocks == 0) return;
    const hol_kernels *kernels = hol_kernels_get();
    const plan p = make_plan(x, units, scratch);
    const int64_t work = set_count(x->blocks) * HOL_SET * units * stride;
#pragma omp parallel default(none)                                                                                     \
    shared(kernels, x, probabilities, stride, outputs, products, p, work) if (work > WORTH_THREADS)
    {
        index_all(kernels, &p, x);
#pragma omp for schedule(static)
        for (int64_t column = 0; column < outputs; column += HOL_STRIP) {
            const int64_t width = clip(outputs - column, HOL_STRIP);
            add_dense(kernels, &p, x->blocks, probabilities + column, stride, width, products + column, outputs);
            add_sparse(kernels, &p, x->blocks, probabilities + column, stride, width, products + column, outputs);
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
