/* pairwise_counts: how often each state, and each pair of states of coupled sites, is there. Threads own sites, or
 * squares of sites: no sum is shared.
 *
 * Of few states popcounts of ANDed words are the least work: a site has a word for each of its states, a pair q^2 of
 * them for 64 chains. Of more states it is less to add 1 for each chain where its pair of states is counted. */
#include <string.h>

#include "num/counts.h"
#include "pairwise_parts.h"

enum { SQUARE = 64 }; /* units, by as many others */

static bool by_words(const hol_pairwise *self) { return self->joined && self->most_states <= HOL_PAIRS_BITS_STATES; }

int64_t hol_pairwise_count_bytes(const hol_pairwise *self) {
    return by_words(self) ? self->unit_starts[self->sites] * (int64_t)sizeof(uint64_t) : 0;
}

typedef struct counter {
    const hol_pairwise *pairs;
    const hol_pairwise_states *x;
    int64_t count; /* of chains */
    int64_t first, end;
    hol_sums to;
} counter;

static bool wants(const counter *c, int64_t at) { return at >= c->first && at < c->end; }

static void add(const counter *c, int64_t at, int32_t number) { hol_sums_add(c->to, at - c->first, number); }

static uint64_t lanes_of(const counter *c, int64_t b) { return hol_bits_lane_mask(c->count, c->x->first_block + b); }
static const uint8_t *states_of(const counter *c, int64_t b, int64_t i) {
    return c->x->states + (b * c->pairs->sites + i) * HOL_LANES;
}

static void count_site(const counter *c, int64_t i) {
    int32_t counts[HOL_SITE_STATES_MAX] = {0};
    for (int64_t b = 0; b < c->x->blocks; b++) {
        const uint8_t *states = states_of(c, b, i);
        for (uint64_t lanes = lanes_of(c, b); lanes; lanes &= lanes - 1) counts[states[__builtin_ctzll(lanes)]]++;
    }
    for (int64_t s = 0; s < c->pairs->states[i]; s++) add(c, c->pairs->fields[i] + s, counts[s]);
}

/* ---- by entries -------------------------------------------------------------------------------------------------- */

static void count_entries(const counter *c) {
    const hol_pairwise *self = c->pairs;
    const int64_t here = c->x->blocks * HOL_LANES, left = c->count - c->x->first_block * HOL_LANES;
#pragma omp for schedule(dynamic)
    for (int64_t i = 0; i < self->sites; i++)
        for (const neighbour *n = self->neighbours + self->starts[i]; n < self->neighbours + self->starts[i + 1]; n++)
            if (n->by_rows && wants(c, n->at))
                hol_pairs_add_bytes(states_of(c, 0, i), self->states[i], states_of(c, 0, n->site),
                                    self->states[n->site], self->sites * HOL_LANES, left < here ? left : here, NULL,
                                    hol_sums_from(c->to, n->at - c->first));
}

/* ---- by words ---------------------------------------------------------------------------------------------------- */

/* words (units): in which lanes of a block each site has each state */
static void make_words(const counter *c, int64_t b, uint64_t *words) {
    const uint64_t lanes = lanes_of(c, b);
    for (int64_t i = 0; i < c->pairs->sites; i++) {
        const uint8_t *states = states_of(c, b, i);
        for (int32_t s = 0; s < c->pairs->states[i]; s++) {
            uint64_t word = 0;
            for (int l = 0; l < HOL_LANES; l++) word |= (uint64_t)(states[l] == s) << l;
            *words++ = word & lanes;
        }
    }
}

/* the first of the neighbours of site i that are behind it and not before `first`, of whom *ret_last is the end */
static const neighbour *find_neighbours(const hol_pairwise *self, int64_t i, int64_t first,
                                        const neighbour **ret_last) {
    const neighbour *low = self->neighbours + self->starts[i], *high = self->neighbours + self->starts[i + 1];
    *ret_last = high;
    while (low < high) {
        const neighbour *middle = low + (high - low) / 2;
        if (middle->site < first || middle->site < i) low = middle + 1;
        else high = middle;
    }
    return low;
}

/* whether any pair of sites [first, end) with sites [other, other_end) is */
static bool wants_square(const counter *c, int64_t first, int64_t end, int64_t other, int64_t other_end) {
    const neighbour *last;
    for (int64_t i = first; i < end; i++)
        for (const neighbour *n = find_neighbours(c->pairs, i, other, &last); n < last && n->site < other_end; n++)
            if (wants(c, n->at)) return true;
    return false;
}

/* the pairs of site i with sites [first, end), whose counts with all of their units are rows of square, of which column
 * 0 is site `first`'s first unit */
static void add_square(const counter *c, int64_t i, int64_t first, int64_t end, const int32_t *square) {
    const hol_pairwise *self = c->pairs;
    const neighbour *last;
    for (const neighbour *n = find_neighbours(self, i, first, &last); n < last && n->site < end; n++) {
        const int64_t rows = self->states[i], columns = self->states[n->site];
        const int32_t *from = square + self->unit_starts[n->site] - self->unit_starts[first];
        if (!wants(c, n->at)) continue;
        for (int64_t a = 0; a < rows; a++)
            for (int64_t b = 0; b < columns; b++)
                add(c, n->at + (n->by_rows ? a * columns + b : b * rows + a), from[a * SQUARE + b]);
    }
}

static void count_words(const counter *c, uint64_t *words) {
    const hol_pairwise *self = c->pairs;
    const int64_t units = self->unit_starts[self->sites], side = SQUARE / self->most_states, sites = self->sites;
#pragma omp for
    for (int64_t b = 0; b < c->x->blocks; b++) make_words(c, b, words + b * units);
#pragma omp for schedule(dynamic)
    for (int64_t first = 0; first < sites; first += side)
        for (int64_t other = first; other < sites; other += side) {
            int32_t square[SQUARE * SQUARE];
            const int64_t end = first + side < sites ? first + side : sites;
            const int64_t other_end = other + side < sites ? other + side : sites;
            const int64_t row = self->unit_starts[first], column = self->unit_starts[other];
            if (!wants_square(c, first, end, other, other_end)) continue;
            self->kernels->pairs(words + row, units, words + column, units, c->x->blocks, self->unit_starts[end] - row,
                                 self->unit_starts[other_end] - column, square, SQUARE);
            for (int64_t i = first; i < end; i++)
                add_square(c, i, other, other_end, square + (self->unit_starts[i] - row) * SQUARE);
        }
}

void hol_pairwise_count(const hol_pairwise *self, const hol_pairwise_states *x, int64_t count, int64_t first,
                        int64_t end, hol_sums counts, void *scratch) {
    const counter c = {self, x, count, first, end, counts};
#pragma omp parallel default(none) shared(self, c, scratch)
    {
#pragma omp for
        for (int64_t i = 0; i < self->sites; i++)
            if (self->fields[i] >= 0 && wants(&c, self->fields[i])) count_site(&c, i);
        if (by_words(self)) count_words(&c, scratch);
        else count_entries(&c);
    }
}
