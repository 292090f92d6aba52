/* sparse: pieces of a colour to threads. */
#include "num/sparse.h"

#include <omp.h>
#include <string.h>

#include "num/bits.h"
#include "num/clones.h"
#include "num/threads.h"

/* of which a thread takes at a time: a piece of a colour's units, of a tile of blocks */
enum { PIECE = 256, TILE_BLOCKS = 8 };

/* What a kernel makes once for all blocks is made anew for each tile; but no thread should have none. */
static int64_t choose_tile(const hol_sparse *s, int64_t blocks, int64_t threads) {
    const int64_t pieces = s->units / (PIECE * s->colours + 1) + 1, tiles = (threads + pieces - 1) / pieces;
    const int64_t size = (blocks + tiles - 1) / tiles;
    return size < TILE_BLOCKS ? size : TILE_BLOCKS;
}

/* A piece of a colour, order[first .. end), and a tile of blocks of it; held as x's words, or NULL. */
typedef struct piece {
    int64_t first, end;
    hol_states x;
    const uint64_t *held;
} piece;

static bool is_held_everywhere(const piece *p, int32_t unit) {
    uint64_t all = p->held ? ~UINT64_C(0) : 0;
    for (int64_t b = 0; all && b < p->x.blocks; b++) all &= p->held[b * p->x.stride + unit];
    return all == ~UINT64_C(0);
}

/* its units that are drawn and have from `least` to `most` neighbours; returns how many */
static int64_t choose_units(const hol_sparse *s, const piece *p, int64_t least, int64_t most, int32_t *units) {
    int64_t count = 0;
    for (int64_t k = p->first; k < p->end; k++) {
        const int32_t i = s->order[k];
        const int64_t degree = s->starts[i + 1] - s->starts[i];
        if (degree >= least && degree <= most && !is_held_everywhere(p, i)) units[count++] = i;
    }
    return count;
}

static void draw_units(const hol_sparse *s, const piece *p, const hol_draw *draw) {
    const hol_kernels *k = s->kernels;
    int32_t units[PIECE];
    int64_t count = choose_units(s, p, 0, k->few, units);
    if (count) k->sparse_few(s, units, count, draw, p->x.words, p->x.stride, p->x.blocks, p->x.first_block);
    if (count == p->end - p->first) return;
    count = choose_units(s, p, k->few + 1, INT64_MAX, units);
    if (count) k->sparse(s, units, count, draw, p->x.words, p->x.stride, p->x.blocks, p->x.first_block);
}

/* Units of a colour are not coupled with each other: one that was drawn in vain has changed nothing else. */
static void draw_others(const hol_sparse *s, const piece *p, const hol_draw *draw) {
    uint64_t stood[TILE_BLOCKS][PIECE];
    for (int64_t b = 0; b < p->x.blocks; b++)
        for (int64_t k = p->first; k < p->end; k++) stood[b][k - p->first] = p->x.words[b * p->x.stride + s->order[k]];
    draw_units(s, p, draw);
    for (int64_t b = 0; b < p->x.blocks; b++)
        for (int64_t k = p->first; k < p->end; k++) {
            const int64_t at = b * p->x.stride + s->order[k];
            p->x.words[at] = hol_bits_hold(p->x.words[at], stood[b][k - p->first], p->held[at]);
        }
}

static void draw_piece(const hol_sparse *s, const hol_states *x, int64_t first, int64_t end, int64_t block,
                       int64_t blocks, const uint64_t *held, const hol_draw *draw) {
    const int64_t left = x->blocks - block;
    piece p = {.first = first, .end = end > first + PIECE ? first + PIECE : end, .x = *x};
    p.x.words += block * x->stride;
    p.x.blocks = left < blocks ? left : blocks;
    p.x.first_block += block;
    if (held) p.held = held + block * x->stride;
    if (held) draw_others(s, &p, draw);
    else draw_units(s, &p, draw);
}

void hol_sparse_sample(const hol_sparse *sparse, const hol_states *x, const uint64_t *held, const hol_draw *draw) {
    const bool threaded = hol_worth_threads(sparse->units * x->blocks, 32);
    const int64_t size = choose_tile(sparse, x->blocks, threaded ? omp_get_max_threads() : 1);
    if (x->blocks == 0) return;
#pragma omp parallel default(none) shared(sparse, x, held, draw, size) if (threaded)
    for (int64_t c = 0; c < sparse->colours; c++) {
        const int64_t start = sparse->colour_starts[c], end = sparse->colour_starts[c + 1];
#pragma omp for collapse(2) schedule(static)
        for (int64_t b = 0; b < x->blocks; b += size)
            for (int64_t first = start; first < end; first += PIECE)
                draw_piece(sparse, x, first, end, b, size, held, draw);
    }
}

static int32_t field_of(const hol_sparse *s, int32_t unit, const uint64_t *words, int lane) {
    int32_t field = s->bias[unit];
    for (int64_t k = s->starts[unit]; k < s->starts[unit + 1]; k++)
        if (hol_bits_get(words, s->neighbours[k], lane)) field += s->couplings[k];
    return field;
}

void hol_sparse_sample_ref(const hol_sparse *sparse, const hol_states *x, const uint64_t *held, const hol_draw *draw) {
    for (int64_t r = 0; r < x->blocks * HOL_LANES; r++) {
        uint64_t *words = x->words + r / HOL_LANES * x->stride;
        const int lane = (int)(r % HOL_LANES);
        for (int64_t k = 0; k < sparse->colour_starts[sparse->colours]; k++) {
            const int32_t i = sparse->order[k];
            if (held && hol_bits_get(held + r / HOL_LANES * x->stride, i, lane)) continue;
            const uint32_t p = hol_kernels_probability_ref(field_of(sparse, i, words, lane), sparse->scale);
            hol_bits_set(words, i, lane, hol_kernels_sample_ref(p, draw, i, x->first_block * HOL_LANES + r));
        }
    }
}

/* sums[l] += value where mask has bit l */
static inline void add_where(uint64_t mask, int64_t value, int64_t sums[HOL_LANES]) {
    for (int l = 0; l < HOL_LANES; l++) sums[l] += value & -(int64_t)(mask >> l & 1);
}

HOL_CLONES static void sum_block(const hol_sparse *s, const uint64_t *words, int64_t sums[HOL_LANES]) {
    for (int32_t i = 0; i < (int32_t)s->units; i++) {
        add_where(words[i], s->bias[i], sums);
        for (int64_t k = s->starts[i]; k < s->starts[i + 1]; k++)
            if (s->neighbours[k] < i) add_where(words[i] & words[s->neighbours[k]], s->couplings[k], sums);
    }
}

void hol_sparse_sum(const hol_sparse *sparse, const hol_states *x, int64_t *sums) {
#pragma omp parallel for default(none) shared(sparse, x, sums) if (hol_worth_threads(sparse->units * x->blocks, 128))
    for (int64_t b = 0; b < x->blocks; b++) {
        memset(sums + b * HOL_LANES, 0, HOL_LANES * sizeof *sums);
        sum_block(sparse, x->words + b * x->stride, sums + b * HOL_LANES);
    }
}
