/* pairwise: their description, and sweeps. pairwise_tables.c: rounding; pairwise_tiles.c: rows to look up;
 * pairwise_counts.c: counts. */
#include "num/pairwise.h"

#include <omp.h>
#include <string.h>

#include "base/alloc.h"
#include "pairwise_parts.h"

/* ---- making ------------------------------------------------------------------------------------------------------ */

static hol_status list_neighbours(hol_pairwise *self, const hol_pairwise_graph *graph) {
    hol_status status = HOL_OK;
    int64_t *next = NULL;
    HOL_TRY(HOL_ALLOCATE(self->starts, self->sites + 1, "pairs"));
    HOL_TRY(HOL_ALLOCATE(self->neighbours, HOL_PRODUCT(2, self->pairs), "pairs"));
    HOL_TRY(HOL_ALLOCATE(next, self->sites, "pairs"));
    for (int64_t e = 0; e < 2 * self->pairs; e++) self->starts[graph->ends[e] + 1]++;
    for (int64_t i = 0; i < self->sites; i++) self->starts[i + 1] += self->starts[i];
    memcpy(next, self->starts, (size_t)self->sites * sizeof *next);
    for (int64_t e = 0; e < self->pairs; e++)
        for (int64_t end = 0; end < 2; end++) {
            const int32_t i = graph->ends[2 * e + end], j = graph->ends[2 * e + 1 - end];
            int64_t at = next[i]++; /* pairs come in order, mostly */
            for (; at > self->starts[i] && self->neighbours[at - 1].site > j; at--)
                self->neighbours[at] = self->neighbours[at - 1];
            self->neighbours[at] = (neighbour){.at = graph->couplings[e], .site = j, .by_rows = end == 0};
        }
cleanup:
    hol_free(next);
    return status;
}

/* Sites one after the other, in groups while their states have few combinations; alone where few pairs are coupled. */
static hol_status make_groups(hol_pairwise *self) {
    hol_status status = HOL_OK;
    const bool dense = self->pairs > self->sites * (self->sites - 1) / 4;
    HOL_TRY(HOL_ALLOCATE(self->group_of, self->sites, "sites"));
    HOL_TRY(HOL_ALLOCATE(self->places, self->sites, "sites"));
    HOL_TRY(HOL_ALLOCATE(self->group_sites, self->sites + 1, "sites"));
    HOL_TRY(HOL_ALLOCATE(self->group_rows, self->sites, "sites"));
    for (int64_t i = 0; i < self->sites; i++) {
        const int64_t last = self->groups - 1;
        const bool join =
            dense && i % RANGE != 0 && (int64_t)self->group_rows[last] * self->states[i] <= HOL_PAIRWISE_GROUP_ROWS;
        const int64_t g = join ? last : self->groups++;
        if (!join) self->group_sites[g] = (int32_t)i;
        self->places[i] = join ? self->group_rows[g] : 1;
        self->group_rows[g] = self->places[i] * self->states[i];
        self->group_of[i] = (int32_t)g;
        self->joined = self->joined || join;
    }
    self->group_sites[self->groups] = (int32_t)self->sites;
cleanup:
    return status;
}

static hol_status lay_out_tables(hol_pairwise *self) {
    hol_status status = HOL_OK;
    for (int64_t i = 0; i < self->sites; i++)
        if (self->states[i] > self->most_states) self->most_states = self->states[i];
    self->widest = padded(self->most_states);
    self->has_lanes = self->kernels->add_pair_lanes && self->most_states <= HOL_PAIRWISE_LANE_STATES;
    HOL_TRY(HOL_ALLOCATE(self->table_rows, self->sites, "sites"));
    HOL_TRY(HOL_ALLOCATE(self->table_starts, self->sites + 1, "sites"));
    HOL_TRY(HOL_ALLOCATE(self->bias_starts, self->sites + 1, "sites"));
    HOL_TRY(HOL_ALLOCATE(self->unit_starts, self->sites + 1, "sites"));
    for (int64_t i = 0; i < self->sites; i++) {
        const int64_t states = self->states[i], width = padded(states);
        for (int64_t k = self->starts[i]; k < self->starts[i + 1]; k++) {
            const int64_t others = self->states[self->neighbours[k].site];
            self->table_rows[i] += self->has_lanes ? padded(others) : others;
        }
        self->table_starts[i + 1] = self->table_starts[i] + self->table_rows[i] * (self->has_lanes ? states : width);
        self->bias_starts[i + 1] = self->bias_starts[i] + width;
        self->unit_starts[i + 1] = self->unit_starts[i] + states;
    }
    const int64_t beyond = self->has_lanes ? HOL_PAIRWISE_LANE_STATES : 0; /* which is read of the last row */
    const int64_t narrow = (self->table_starts[self->sites] + beyond) * 2, wide = self->parameters * 4;
    HOL_TRY(HOL_TEAM_ALLOCATE(self->team, self->memory, narrow > wide ? narrow : wide, "couplings"));
    HOL_TRY(HOL_TEAM_ALLOCATE(self->team, self->bias, self->bias_starts[self->sites], "biases"));
cleanup:
    return status;
}

hol_status hol_pairwise_create(const hol_pairwise_graph *graph, const hol_kernels *kernels, hol_team *team,
                               hol_pairwise **ret_pairwise) {
    hol_status status = HOL_OK;
    hol_pairwise *self = NULL;
    *ret_pairwise = NULL;
    HOL_TRY(HOL_ALLOCATE(self, 1, "pairs"));
    self->kernels = kernels;
    self->team = team;
    self->sites = graph->sites;
    self->pairs = graph->pairs;
    self->parameters = graph->parameters;
    self->stride = graph->stride;
    self->single = graph->single;
    HOL_TRY(HOL_ALLOCATE(self->states, self->sites, "sites"));
    HOL_TRY(HOL_ALLOCATE(self->fields, self->sites, "sites"));
    memcpy(self->states, graph->states, (size_t)self->sites * sizeof *self->states);
    for (int64_t i = 0; i < self->sites; i++) self->fields[i] = graph->fields ? graph->fields[i] : -1;
    HOL_TRY(list_neighbours(self, graph));
    HOL_TRY(make_groups(self));
    HOL_TRY(lay_out_tables(self));
    *ret_pairwise = self;
    return HOL_OK;
cleanup:
    hol_pairwise_destroy(self);
    return status;
}

void hol_pairwise_destroy(hol_pairwise *self) {
    if (!self) return;
    void *const arrays[] = {self->states,     self->fields,       self->starts,      self->neighbours,
                            self->table_rows, self->table_starts, self->bias_starts, self->unit_starts,
                            self->group_of,   self->places,       self->group_sites, self->group_rows};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) hol_free(arrays[i]);
    hol_team_free(self->team, self->memory);
    hol_team_free(self->team, self->bias);
    hol_free(self);
}

/* ---- sweeps ------------------------------------------------------------------------------------------------------ */

int64_t hol_pairwise_scratch_bytes(const hol_pairwise *self, int64_t blocks) {
    const int64_t index = self->joined ? self->groups : 0, counts = hol_pairwise_count_bytes(self);
    const int64_t sweep = HOL_LANES * (self->widest * (int64_t)sizeof(int32_t) + index);
    return blocks * (sweep > counts ? sweep : counts);
}

/* A thread's blocks. */
typedef struct work {
    const hol_pairwise *pairs;
    const hol_pairwise_states *x;
    uint8_t *index; /* (blocks, groups, 64), of a group's states together; where sites go by themselves their states */
    int32_t *sums;  /* (blocks, strips, 64, width) */
    int64_t first, end;
    pairwise_room *room;
} work;

static uint8_t *index_of(const work *w, int64_t b) {
    return w->index + b * (by_groups(w->pairs) ? w->pairs->groups : w->pairs->sites) * HOL_LANES;
}
static int32_t *sums_of(const work *w, int64_t b) { return w->sums + b * w->pairs->widest * HOL_LANES; }
static uint64_t held_of(const work *w, int64_t b, int64_t i) {
    const hol_pairwise_states *x = w->x;
    return x->held ? x->held[b * x->held_stride + x->held_places[i]] : 0;
}

static void add_weighted(const uint8_t *states, int32_t place, uint8_t *index) {
    for (int l = 0; l < HOL_LANES; l++) index[l] = (uint8_t)(index[l] + states[l] * place);
}

static void join_states(const work *w, int64_t b) {
    const hol_pairwise *self = w->pairs;
    uint8_t *index = index_of(w, b);
    memset(index, 0, (size_t)(self->groups * HOL_LANES));
    for (int64_t i = 0; i < self->sites; i++)
        add_weighted(w->x->states + (b * self->sites + i) * HOL_LANES, self->places[i],
                     index + (int64_t)self->group_of[i] * HOL_LANES);
}

/* each lane's sums, (64, width), to the bias; or those of lanes, (width, 64) */
static void begin_bias(const hol_pairwise *self, const int32_t *bias, int64_t width, int32_t *sums) {
    if (by_lanes(self))
        for (int64_t s = 0; s < width; s++)
            for (int l = 0; l < HOL_LANES; l++) sums[s * HOL_LANES + l] = bias[s];
    else
        for (int l = 0; l < HOL_LANES; l++)
            for (int64_t s = 0; s < width; s += PART) memcpy(sums + l * width + s, bias + s, PART * sizeof *sums);
}

/* or to what the caller's fields of block b begin with */
static void begin_sums(const work *w, int64_t b, int64_t i, int64_t first, int64_t width) {
    const hol_pairwise *self = w->pairs;
    const hol_pairwise_states *x = w->x;
    int32_t *sums = sums_of(w, b) + first * HOL_LANES;
    if (!x->base) {
        begin_bias(self, self->bias + self->bias_starts[i] + first, width, sums);
        return;
    }
    const int64_t skipped = is_single(self, i), left = self->states[i] - skipped - first;
    const int64_t count = left < width ? left : width;
    const int32_t *base = x->base + b * HOL_LANES * x->base_stride + x->held_places[i] + first;
    memset(sums, 0, (size_t)(HOL_LANES * width) * sizeof *sums);
    for (int64_t l = 0; l < HOL_LANES; l++)
        memcpy(sums + l * width + skipped, base + l * x->base_stride, (size_t)count * sizeof *sums);
}

/* The fields of site i's states from `first` on, in all blocks where it is drawn. */
static void sum_strip(const work *w, int64_t i, int64_t first) {
    const hol_pairwise *self = w->pairs;
    const int64_t width = strip_width(self->states[i], first);
    hol_add_pair_rows_kernel *add = by_lanes(self) ? self->kernels->add_pair_lanes : self->kernels->add_pair_rows;
    struct hol_pairwise_tile tile;
    pairwise_walk walk = {0};
    for (int64_t b = w->first; b < w->end; b++)
        if (held_of(w, b, i) != ~UINT64_C(0)) begin_sums(w, b, i, first, width);
    while (hol_pairwise_next_tile(self, i, first, &walk, w->room, &tile))
        for (int64_t b = w->first; b < w->end; b++)
            if (held_of(w, b, i) != ~UINT64_C(0)) add(&tile, index_of(w, b), sums_of(w, b) + first * HOL_LANES);
}

/* new states of site i in block b */
static void set_states(const work *w, int64_t b, int64_t i, uint64_t held, uint8_t *drawn) {
    const hol_pairwise *self = w->pairs;
    uint8_t *states = w->x->states + (b * self->sites + i) * HOL_LANES;
    for (; held; held &= held - 1) drawn[__builtin_ctzll(held)] = states[__builtin_ctzll(held)];
    if (by_groups(self)) {
        uint8_t *index = index_of(w, b) + (int64_t)self->group_of[i] * HOL_LANES;
        const int32_t place = self->places[i];
        for (int l = 0; l < HOL_LANES; l++) index[l] = (uint8_t)(index[l] + (drawn[l] - states[l]) * place);
    }
    memcpy(states, drawn, HOL_LANES);
}

/* Of two states that are a bit's the second one by a bit's rule: sums of the first are 0. */
static void draw_bit(const work *w, int64_t b, int64_t unit, const hol_draw *draw, uint8_t *drawn) {
    static const int32_t none[HOL_STRIP] = {0};
    _Alignas(64) int32_t fields[HOL_LANES * HOL_STRIP] = {0};
    uint64_t word = 0;
    for (int l = 0; l < HOL_LANES; l++) fields[l * HOL_STRIP] = sums_of(w, b)[l * PART + 1];
    w->pairs->kernels->scan(fields, w->pairs->scale, none, HOL_STRIP, 1, NULL, draw, unit, w->x->first_block + b,
                            &word);
    for (int l = 0; l < HOL_LANES; l++) drawn[l] = word >> l & 1;
}

static void draw_site(const work *w, int64_t i, const hol_draw *draw) {
    const hol_pairwise *self = w->pairs;
    hol_draw_site_kernel *draw_states = by_lanes(self) ? self->kernels->draw_lanes : self->kernels->draw_site;
    bool all_held = true;
    for (int64_t b = w->first; b < w->end; b++) all_held = all_held && held_of(w, b, i) == ~UINT64_C(0);
    if (self->states[i] == 1 || all_held) return;
    for (int64_t first = 0; first < self->states[i]; first += STRIP) sum_strip(w, i, first);
    for (int64_t b = w->first; b < w->end; b++) {
        uint8_t drawn[HOL_LANES];
        const uint64_t held = held_of(w, b, i);
        if (held == ~UINT64_C(0)) continue;
        const int64_t unit = w->x->base ? w->x->held_places[i] : i;
        if (is_single(self, i)) draw_bit(w, b, unit, draw, drawn);
        else draw_states(sums_of(w, b), self->states[i], self->scale, draw, unit, w->x->first_block + b, drawn);
        set_states(w, b, i, held, drawn);
    }
}

/* This thread's share of the blocks. */
static work share_blocks(const hol_pairwise *self, const hol_pairwise_states *x, void *scratch, pairwise_room *room) {
    int32_t *sums = scratch;
    const bool joined = by_groups(self);
    uint8_t *index = joined ? (uint8_t *)(sums + x->blocks * self->widest * HOL_LANES) : x->states;
    const int64_t thread = omp_get_thread_num(), threads = omp_get_num_threads();
    const work w = {self, x, index, sums, x->blocks * thread / threads, x->blocks * (thread + 1) / threads, room};
    for (int64_t b = w.first; joined && b < w.end; b++) join_states(&w, b);
    return w;
}

void hol_pairwise_sweep(const hol_pairwise *self, const hol_pairwise_states *x, const hol_draw *draw, int64_t sweeps,
                        void *scratch) {
#pragma omp parallel default(none) shared(self, x, draw, sweeps, scratch) if (x->blocks > 1)
    {
        pairwise_room room;
        const work w = share_blocks(self, x, scratch, &room);
        for (int64_t s = 0; s < sweeps; s++) {
            hol_draw d = *draw;
            d.sweep += 2 * (uint32_t)s;
            for (int64_t i = 0; i < self->sites; i++) draw_site(&w, i, &d);
        }
    }
}

/* ---- fields ------------------------------------------------------------------------------------------------------ */

/* a block's sums of site i to fields (states, 64) */
static void scale_sums(const hol_pairwise *self, int64_t i, const int32_t *sums, double *fields) {
    for (int64_t k = 0; by_lanes(self) && k < self->states[i] * HOL_LANES; k++)
        fields[k] = (double)sums[k / HOL_LANES * HOL_LANES + k % 4 * 16 + k % HOL_LANES / 4] * (double)self->scale;
    if (by_lanes(self)) return;
    for (int64_t first = 0; first < self->states[i]; first += STRIP) {
        const int64_t width = strip_width(self->states[i], first);
        for (int64_t s = first; s < first + width && s < self->states[i]; s++)
            for (int64_t l = 0; l < HOL_LANES; l++)
                fields[s * HOL_LANES + l] =
                    (double)sums[first * HOL_LANES + l * width + s - first] * (double)self->scale;
    }
}

void hol_pairwise_visit(const hol_pairwise *self, const hol_pairwise_states *x, hol_pairwise_visitor *visit,
                        void *context, void *scratch) {
#pragma omp parallel default(none) shared(self, x, visit, context, scratch) if (x->blocks > 1)
    {
        pairwise_room room;
        double fields[HOL_SITE_STATES_MAX * HOL_LANES];
        const work w = share_blocks(self, x, scratch, &room);
        for (int64_t i = 0; i < self->sites; i++) {
            for (int64_t first = 0; first < self->states[i]; first += STRIP) sum_strip(&w, i, first);
            for (int64_t b = w.first; b < w.end; b++) {
                scale_sums(self, i, sums_of(&w, b), fields);
                visit(context, i, b, fields);
            }
        }
    }
}
