/* sparse_run: units with few neighbours, by tables.
 *
 * Neighbours are taken in groups, and what each state of a group adds to a unit's field is looked up. A unit of one
 * group has a table of its probabilities' upper 16 bits instead, and is drawn by comparing them with 16 random bits.
 * Parts of several groups are 16-bit numbers, as fine as the largest field allows; their sum is turned to an estimate
 * of the probability (estimate.h). Where a comparison leaves a chain open, in one group 1 in 65,536, it is drawn by the
 * plain way, from fields in 32 bits. Tables are made once for a run of units and all blocks.
 *
 * For a backend that has GROUP (neighbours; 4 or 5), FEW (a multiple), QUAD (units drawn at a time), table, set_table
 * and probability; it defines draw_run. */
#include "estimate.h"
#include "num/bits.h"
#include "num/sparse.h"
#include "philox_start.h"

enum { RUN = 64, GROUPS = FEW / GROUP, TABLES = QUAD * GROUPS, LINES = 1 << (GROUP - 4) };

/* What a unit brings along, whatever the block. */
typedef struct drawn {
    int32_t unit, groups;
    int32_t first;      /* the first of its tables */
    int32_t shift;      /* of parts of fields: estimate.h */
    uint16_t tolerance; /* estimate.h; 1 of probabilities */
    uint32_t philox[4]; /* what philox_start_a leaves */
} drawn;

typedef struct run {
    const hol_sparse *sparse;
    const hol_draw *draw;
    int64_t count, tables;
    drawn units[RUN];
    table table[TABLES];
    v16i sums[RUN][LINES]; /* of units of one group */
} run;

static inline int64_t degree_of(const hol_sparse *s, int32_t unit) { return s->starts[unit + 1] - s->starts[unit]; }
static inline int64_t groups_of(const hol_sparse *s, int32_t unit) {
    const int64_t degree = degree_of(s, unit);
    return degree > GROUP ? (degree + GROUP - 1) / GROUP : 1;
}

/* The neighbours of one group; behind the last stands the unit itself, of which the table takes no note. */
static inline void find_group(const hol_sparse *s, int32_t unit, int64_t group, int32_t at[GROUP]) {
    const int64_t first = s->starts[unit] + group * GROUP, left = s->starts[unit + 1] - first;
    for (int64_t k = 0; k < GROUP; k++) at[k] = k < left ? s->neighbours[first + k] : unit;
}

/* entry 16 q + m of sums = start + the couplings of those of the group's neighbours k with bit k of 16 q + m */
static inline void sum_group(const hol_sparse *s, int32_t unit, int64_t group, int32_t start, v16i sums[LINES]) {
    static const v16i has[4] = {{0, -1, 0, -1, 0, -1, 0, -1, 0, -1, 0, -1, 0, -1, 0, -1},
                                {0, 0, -1, -1, 0, 0, -1, -1, 0, 0, -1, -1, 0, 0, -1, -1},
                                {0, 0, 0, 0, -1, -1, -1, -1, 0, 0, 0, 0, -1, -1, -1, -1},
                                {0, 0, 0, 0, 0, 0, 0, 0, -1, -1, -1, -1, -1, -1, -1, -1}};
    const int64_t first = s->starts[unit] + group * GROUP, left = s->starts[unit + 1] - first;
    int32_t c[GROUP];
    for (int64_t k = 0; k < GROUP; k++) c[k] = k < left ? s->couplings[first + k] : 0;
    sums[0] = (v16i){0} + start;
    for (int k = 0; k < 4; k++) sums[0] += has[k] & c[k];
    for (int q = 1; q < LINES; q++) sums[q] = sums[0] + c[GROUP - 1];
}

/* The tables of units of one group, from the sums; in a loop of its own, for each unit's is a long chain of waits. */
static void set_probabilities(run *r) {
    for (int64_t k = 0; k < r->count; k++) {
        v16i p[LINES];
        if (r->units[k].groups > 1) continue;
        for (int q = 0; q < LINES; q++) p[q] = (v16i)(probability(r->sums[k][q], r->sparse->scale) >> 16) - 0x8000;
        set_table(&r->table[r->units[k].first], p);
    }
}

/* the tables of one of several */
static inline void set_parts(run *r, drawn *d) {
    const hol_sparse *s = r->sparse;
    float reach = fabsf((float)s->bias[d->unit]);
    for (int64_t k = s->starts[d->unit]; k < s->starts[d->unit + 1]; k++) reach += fabsf((float)s->couplings[k]);
    d->shift = choose_shift(reach * s->scale, d->groups);
    d->tolerance = tolerance_of(d->groups, d->shift);
    const float factor = ldexpf(s->scale * UNITS_PER_NAT, -d->shift);
    const float to_integer = 0x1.8p23f; /* adding it leaves the nearest whole number in the low bits */
    for (int64_t g = 0; g < d->groups; g++) {
        v16i sums[LINES];
        sum_group(s, d->unit, g, g ? 0 : s->bias[d->unit], sums);
        for (int q = 0; q < LINES; q++)
            sums[q] = (v16i)(__builtin_convertvector(sums[q], v16f) * factor + to_integer) - 0x4b400000;
        set_table(&r->table[d->first + g], sums);
    }
}

static void add_unit(run *r, int32_t unit) {
    drawn *d = &r->units[r->count++];
    d->unit = unit;
    d->groups = (int32_t)groups_of(r->sparse, unit);
    d->first = (int32_t)r->tables;
    r->tables += d->groups;
    d->shift = 0;
    d->tolerance = 1;
    philox_start_a(r->draw, (uint32_t)unit, d->philox);
    if (d->groups > 1) set_parts(r, d);
    else sum_group(r->sparse, unit, 0, r->sparse->bias[unit], r->sums[r->count - 1]);
}

/* the chains of `open` by the plain way */
static __attribute__((noinline)) uint64_t draw_exactly(const run *r, const drawn *d, const uint64_t *words,
                                                       uint64_t open, uint64_t on, int64_t block) {
    const hol_sparse *s = r->sparse;
    for (; open; open &= open - 1) {
        const int lane = __builtin_ctzll(open);
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
        r.count = r.tables = 0;
        for (; k < count && r.count < RUN && r.tables + groups_of(sparse, units[k]) <= TABLES; k++)
            add_unit(&r, units[k]);
        set_probabilities(&r);
        /* drawn twice, a unit gets the same states */
        for (; r.count % QUAD; r.count++) r.units[r.count] = r.units[r.count - 1];
        for (int64_t b = 0; b < blocks; b++) draw_run(&r, words + b * stride, first_block + b);
    }
}
