/* sparse_run: units with few neighbours, by tables. Neighbours of a unit are taken as a group; all sums of their
 * couplings are turned to probabilities once for a run of units and all blocks. A chain looks up the upper 16 bits of
 * its probability and compares them with its random number; where they are equal, 1 in 65,536, it is drawn again by the
 * plain way.
 *
 * For a backend that has FEW (neighbours at most), QUAD (units drawn at a time), table, set_table and probability; it
 * defines draw_run. */
#include "num/bits.h"
#include "num/sparse.h"
#include "philox_start.h"

enum { RUN = 64, LINES = 1 << (FEW - 4) };

/* What a unit brings along, whatever the block. */
typedef struct drawn {
    int32_t unit;
    uint32_t philox[4]; /* what philox_start_a leaves */
    table table;        /* of 2^16 (p - 1/2), by the states of its neighbours */
} drawn;

typedef struct run {
    const hol_sparse *sparse;
    const hol_draw *draw;
    int64_t count;
    drawn units[RUN];
} run;

static inline int64_t degree_of(const hol_sparse *s, int32_t unit) { return s->starts[unit + 1] - s->starts[unit]; }

/* The numbers of the neighbours; behind the last stands the unit's own, of which the table takes no note. */
static inline void find_neighbours(const hol_sparse *s, int32_t unit, int32_t at[FEW]) {
    const int64_t first = s->starts[unit], degree = degree_of(s, unit);
    for (int64_t k = 0; k < FEW; k++) at[k] = k < degree ? s->neighbours[first + k] : unit;
}

/* entry 16 q + m of sums = start + the couplings of the neighbours k with bit k of 16 q + m */
static inline void sum_couplings(const int32_t *couplings, int64_t count, int32_t start, v16i sums[LINES]) {
    static const v16i has[4] = {{0, -1, 0, -1, 0, -1, 0, -1, 0, -1, 0, -1, 0, -1, 0, -1},
                                {0, 0, -1, -1, 0, 0, -1, -1, 0, 0, -1, -1, 0, 0, -1, -1},
                                {0, 0, 0, 0, -1, -1, -1, -1, 0, 0, 0, 0, -1, -1, -1, -1},
                                {0, 0, 0, 0, 0, 0, 0, 0, -1, -1, -1, -1, -1, -1, -1, -1}};
    int32_t c[FEW];
    for (int64_t k = 0; k < FEW; k++) c[k] = k < count ? couplings[k] : 0;
    sums[0] = (v16i){0} + start;
    for (int k = 0; k < 4; k++) sums[0] += has[k] & c[k];
    for (int q = 1; q < LINES; q++) sums[q] = sums[0] + c[FEW - 1];
}

static void add_unit(run *r, int32_t unit) {
    const hol_sparse *s = r->sparse;
    drawn *d = &r->units[r->count++];
    d->unit = unit;
    philox_start_a(r->draw, (uint32_t)unit, d->philox);
    v16i sums[LINES];
    sum_couplings(s->couplings + s->starts[unit], degree_of(s, unit), s->bias[unit], sums);
    for (int q = 0; q < LINES; q++) sums[q] = (v16i)(probability(sums[q], s->scale) >> 16) - 0x8000;
    set_table(&d->table, sums);
}

/* the chains of `again` by the plain way */
static uint64_t draw_again(const run *r, const drawn *d, const uint64_t *words, uint64_t again, uint64_t on,
                           int64_t block) {
    const hol_sparse *s = r->sparse;
    for (; again; again &= again - 1) {
        const int lane = __builtin_ctzll(again);
        int32_t field = s->bias[d->unit];
        for (int64_t k = s->starts[d->unit]; k < s->starts[d->unit + 1]; k++)
            if (hol_bits_get(words, s->neighbours[k], lane)) field += s->couplings[k];
        const uint32_t p = hol_kernels_probability_ref(field, s->scale);
        const uint64_t x = (uint64_t)hol_kernels_sample_ref(p, r->draw, d->unit, block * LANES + lane);
        on = (on & ~(UINT64_C(1) << lane)) | x << lane;
    }
    return on;
}

/* the units of a run, count of them a multiple of QUAD, in one block */
static void draw_run(const run *r, uint64_t *words, int64_t block);

void HOL_BACKEND(sparse_few)(const hol_sparse *sparse, const int32_t *units, int64_t count, const hol_draw *draw,
                             uint64_t *words, int64_t stride, int64_t blocks, int64_t first_block) {
    run r;
    r.sparse = sparse;
    r.draw = draw;
    for (int64_t k = 0; k < count;) {
        for (r.count = 0; k < count && r.count < RUN; k++) add_unit(&r, units[k]);
        /* drawn twice, a unit gets the same states */
        for (; r.count % QUAD; r.count++) r.units[r.count] = r.units[r.count - 1];
        for (int64_t b = 0; b < blocks; b++) draw_run(&r, words + b * stride, first_block + b);
    }
}
