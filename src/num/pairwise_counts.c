/* pairwise_counts: how often each state, and each pair of states of coupled sites, is there. Threads own sites, or
 * squares of sites: no sum is shared.
 *
 * Of few states popcounts of ANDed words are the least work: a site has a word for each of its states, a pair q^2 of
 * them for 64 chains. Of more states it is less to add 1 for each chain where its pair of states is counted. */
#include <string.h>

#include "num/counts.h"
#include "pairwise_parts.h"

enum {
    WORDS_STATES_MAX = 10, /* where their times cross on Zen 3 */
    SQUARE = 64,           /* units, by as many others */
    ENTRIES_MAX = 1024,    /* of which a pair's are counted apart, several times: a sum waits for itself */
    APART = 4,
};

static bool by_words(const hol_pairwise *self) { return self->joined && self->most_states <= WORDS_STATES_MAX; }

int64_t hol_pairwise_count_bytes(const hol_pairwise *self) {
    return by_words(self) ? self->unit_starts[self->sites] * (int64_t)sizeof(uint64_t) : 0;
}

static const uint8_t *states_of(const hol_pairwise *self, const hol_pairwise_states *x, int64_t b, int64_t i) {
    return x->states + (b * self->sites + i) * HOL_LANES;
}

static void count_site(const hol_pairwise *self, int64_t i, const hol_pairwise_states *x, int64_t count,
                       int32_t *counts) {
    for (int64_t b = 0; b < x->blocks; b++) {
        const uint8_t *states = states_of(self, x, b, i);
        for (uint64_t lanes = hol_bits_lane_mask(count, x->first_block + b); lanes; lanes &= lanes - 1)
            counts[states[__builtin_ctzll(lanes)]]++;
    }
}

/* ---- by entries -------------------------------------------------------------------------------------------------- */

static void find_entries(const uint8_t *rows, const uint8_t *columns, int32_t states, uint16_t *entries) {
    for (int l = 0; l < HOL_LANES; l++) entries[l] = (uint16_t)(rows[l] * states + columns[l]);
}

static void count_pair(const hol_pairwise *self, int64_t i, const neighbour *n, const hol_pairwise_states *x,
                       int64_t count, int32_t *counts) {
    const int64_t all = (int64_t)self->states[i] * self->states[n->site];
    const bool small = all <= ENTRIES_MAX;
    int32_t apart[APART * ENTRIES_MAX];
    if (small) memset(apart, 0, (size_t)(APART * all) * sizeof *apart);
    for (int64_t b = 0; b < x->blocks; b++) {
        uint16_t entries[HOL_LANES];
        uint64_t lanes = hol_bits_lane_mask(count, x->first_block + b);
        find_entries(states_of(self, x, b, i), states_of(self, x, b, n->site), self->states[n->site], entries);
        if (small && lanes == ~UINT64_C(0))
            for (int l = 0; l < HOL_LANES; l += APART)
                for (int k = 0; k < APART; k++) apart[k * all + entries[l + k]]++;
        else
            for (; lanes; lanes &= lanes - 1) counts[n->at + entries[__builtin_ctzll(lanes)]]++;
    }
    for (int64_t e = 0; small && e < all; e++)
        for (int64_t k = 0; k < APART; k++) counts[n->at + e] += apart[k * all + e];
}

static void count_entries(const hol_pairwise *self, const hol_pairwise_states *x, int64_t count, int32_t *counts) {
#pragma omp for schedule(dynamic)
    for (int64_t i = 0; i < self->sites; i++)
        for (const neighbour *n = self->neighbours + self->starts[i]; n < self->neighbours + self->starts[i + 1]; n++)
            if (n->by_rows) count_pair(self, i, n, x, count, counts);
}

/* ---- by words ---------------------------------------------------------------------------------------------------- */

/* words (units): in which of `lanes` each site has each state */
static void make_words(const hol_pairwise *self, const hol_pairwise_states *x, int64_t b, uint64_t lanes,
                       uint64_t *words) {
    for (int64_t i = 0; i < self->sites; i++) {
        const uint8_t *states = states_of(self, x, b, i);
        for (int32_t s = 0; s < self->states[i]; s++) {
            uint64_t word = 0;
            for (int l = 0; l < HOL_LANES; l++) word |= (uint64_t)(states[l] == s) << l;
            *words++ = word & lanes;
        }
    }
}

/* the pairs of site i with sites [first, end), whose counts with all of their units are rows of square, of which column
 * 0 is site `first`'s first unit */
static void add_square(const hol_pairwise *self, int64_t i, int64_t first, int64_t end, const int32_t *square,
                       int32_t *counts) {
    const neighbour *n = self->neighbours + self->starts[i], *last = self->neighbours + self->starts[i + 1];
    for (; n < last && n->site < end; n++) {
        const int64_t rows = self->states[i], columns = self->states[n->site];
        const int32_t *from = square + self->unit_starts[n->site] - self->unit_starts[first];
        if (n->site < first || n->site < i) continue;
        for (int64_t a = 0; a < rows; a++)
            for (int64_t b = 0; b < columns; b++)
                counts[n->at + (n->by_rows ? a * columns + b : b * rows + a)] += from[a * SQUARE + b];
    }
}

static void count_words(const hol_pairwise *self, const hol_pairwise_states *x, int64_t count, int32_t *counts,
                        uint64_t *words) {
    const int64_t units = self->unit_starts[self->sites], side = SQUARE / self->most_states, sites = self->sites;
#pragma omp for
    for (int64_t b = 0; b < x->blocks; b++)
        make_words(self, x, b, hol_bits_lane_mask(count, x->first_block + b), words + b * units);
#pragma omp for schedule(dynamic)
    for (int64_t first = 0; first < sites; first += side)
        for (int64_t other = first; other < sites; other += side) {
            int32_t square[SQUARE * SQUARE];
            const int64_t end = first + side < sites ? first + side : sites;
            const int64_t other_end = other + side < sites ? other + side : sites;
            const int64_t row = self->unit_starts[first], column = self->unit_starts[other];
            self->kernels->pairs(words + row, units, words + column, units, x->blocks, self->unit_starts[end] - row,
                                 self->unit_starts[other_end] - column, square, SQUARE);
            for (int64_t i = first; i < end; i++)
                add_square(self, i, other, other_end, square + (self->unit_starts[i] - row) * SQUARE, counts);
        }
}

void hol_pairwise_count(const hol_pairwise *self, const hol_pairwise_states *x, int64_t count, int32_t *counts,
                        void *scratch) {
#pragma omp parallel default(none) shared(self, x, count, counts, scratch)
    {
#pragma omp for
        for (int64_t i = 0; i < self->sites; i++)
            if (self->fields[i] >= 0) count_site(self, i, x, count, counts + self->fields[i]);
        if (by_words(self)) count_words(self, x, count, counts, scratch);
        else count_entries(self, x, count, counts);
    }
}
