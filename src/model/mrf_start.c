/* mrf_start: states to begin at. Without constraints any state will do. With zero potentials it must be one that none
 * of them forbids, or the chains would begin outside of the distribution and might not find into it.
 *
 * A depth-first search assigns the variables in a fixed order, neighbours of assigned ones first, each beginning with a
 * random state, and steps back from a state that leaves some clique without an allowed completion. What a clique allows
 * given its first variables in that order is tabulated once. */
#include <string.h>

#include "base/alloc.h"
#include "mrf.h"
#include "num/bits.h"

enum { FIRST_TRIES = 10000000, TRIES_PER_VARIABLE = 64 };

/* A clique that forbids something: prefix m is the states of its first m + 1 variables in the search's order. */
typedef struct pruner {
    int64_t size;
    int32_t *variables; /* owned: in the search's order */
    int64_t *starts;    /* owned: (size) of each prefix's table in allowed */
    uint8_t *allowed;   /* owned */
} pruner;

typedef struct search {
    int32_t *order;    /* owned, as all arrays: (variables) */
    pruner *pruners;   /* (cliques); size 0 for those that forbid nothing */
    uint8_t *feasible; /* (variables): a state that is allowed */
} search;

/* ---- order ------------------------------------------------------------------------------------------------------- */

/* A heap of the variables without a place: most assigned neighbours first, ties by the lower number. */
typedef struct heap {
    int64_t count;
    int32_t *variables; /* owned, as all: the heap */
    int32_t *places;    /* of a variable in it; -1: taken out */
    int32_t *assigned;  /* neighbours of a variable that have a place in the order */
} heap;

static bool is_before(const heap *h, int32_t a, int32_t b) {
    return h->assigned[a] != h->assigned[b] ? h->assigned[a] > h->assigned[b] : a < b;
}

static void put(heap *h, int64_t at, int32_t v) {
    h->variables[at] = v;
    h->places[v] = (int32_t)at;
}

static void raise(heap *h, int32_t v) {
    int64_t at = h->places[v];
    for (; at > 0 && is_before(h, v, h->variables[(at - 1) / 2]); at = (at - 1) / 2)
        put(h, at, h->variables[(at - 1) / 2]);
    put(h, at, v);
}

static int32_t take_first(heap *h) {
    const int32_t first = h->variables[0], last = h->variables[--h->count];
    int64_t at = 0;
    for (int64_t below; (below = 2 * at + 1) < h->count; at = below) {
        if (below + 1 < h->count && is_before(h, h->variables[below + 1], h->variables[below])) below++;
        if (!is_before(h, h->variables[below], last)) break;
        put(h, at, h->variables[below]);
    }
    put(h, at, last);
    h->places[first] = -1;
    return first;
}

/* Always the variable with most assigned neighbours next; ties go to the lower number. rank is (variables). */
static hol_status choose_order(const mrf *self, int32_t *order, int32_t *rank) {
    hol_status status = HOL_OK;
    heap h = {.count = self->variables};
    HOL_TRY(HOL_ALLOCATE(h.variables, self->variables, "search"));
    HOL_TRY(HOL_ALLOCATE(h.places, self->variables, "search"));
    HOL_TRY(HOL_ALLOCATE(h.assigned, self->variables, "search"));
    for (int32_t v = 0; v < self->variables; v++) put(&h, v, v);
    for (int64_t n = 0; n < self->variables; n++) {
        const int32_t best = take_first(&h);
        order[n] = best;
        rank[best] = (int32_t)n;
        for (int64_t k = self->neighbour_starts[best]; k < self->neighbour_starts[best + 1]; k++) {
            const int32_t v = self->neighbours[k];
            if (h.places[v] < 0) continue;
            h.assigned[v]++;
            raise(&h, v);
        }
    }
cleanup:
    hol_free(h.variables);
    hol_free(h.places);
    hol_free(h.assigned);
    return status;
}

/* ---- what a clique allows ---------------------------------------------------------------------------------------- */

static bool forbids(const mrf *self, int64_t q) {
    for (int64_t i = self->table_starts[q]; i < self->table_starts[q + 1]; i++)
        if (self->forbidden[i]) return true;
    return false;
}

static void sort_scope(const mrf *self, int64_t q, const int32_t *rank, pruner *p, int64_t *strides) {
    for (int64_t k = 0; k < p->size; k++) {
        const int64_t from = self->scope_starts[q] + k;
        int64_t at = k;
        for (; at > 0 && rank[p->variables[at - 1]] > rank[self->scopes[from]]; at--) {
            p->variables[at] = p->variables[at - 1];
            strides[at] = strides[at - 1];
        }
        p->variables[at] = self->scopes[from];
        strides[at] = self->strides[from];
    }
}

/* The full table in the search's order, then each shorter prefix: allowed where one of its continuations is. */
static void tabulate(const mrf *self, int64_t q, const int64_t *strides, pruner *p) {
    const int64_t entries = self->table_starts[q + 1] - self->table_starts[q];
    uint8_t *last = p->allowed + p->starts[p->size - 1];
    for (int64_t n = 0; n < entries; n++) {
        int64_t rest = n, entry = self->table_starts[q];
        for (int64_t k = p->size - 1; k >= 0; k--) {
            entry += rest % self->cardinalities[p->variables[k]] * strides[k];
            rest /= self->cardinalities[p->variables[k]];
        }
        last[n] = !self->forbidden[entry];
    }
    for (int64_t k = p->size - 1, size = entries; k > 0; k--) {
        const int64_t states = self->cardinalities[p->variables[k]];
        for (int64_t n = 0; n < size; n++) p->allowed[p->starts[k - 1] + n / states] |= p->allowed[p->starts[k] + n];
        size /= states;
    }
}

static hol_status make_pruner(const mrf *self, int64_t q, const int32_t *rank, pruner *p) {
    hol_status status = HOL_OK;
    int64_t *strides = NULL, size = 1, all = 0;
    if (!forbids(self, q)) return HOL_OK;
    p->size = scope_size(self, q);
    if (p->size == 0)
        return hol_error(HOL_USAGE, "model mrf: clique %lld: found the constant 0, expected another", (long long)q);
    HOL_TRY(HOL_ALLOCATE(strides, p->size, "search"));
    HOL_TRY(HOL_ALLOCATE(p->variables, p->size, "search"));
    HOL_TRY(HOL_ALLOCATE(p->starts, p->size, "search"));
    sort_scope(self, q, rank, p, strides);
    for (int64_t k = 0; k < p->size; k++) {
        p->starts[k] = all;
        size *= self->cardinalities[p->variables[k]];
        all += size;
    }
    HOL_TRY(HOL_ALLOCATE(p->allowed, all, "search"));
    tabulate(self, q, strides, p);
cleanup:
    hol_free(strides);
    return status;
}

/* Whether clique p allows the states of its variables up to v, which are all assigned. */
static bool allows(const mrf *self, const pruner *p, int64_t v, const uint8_t *states, int64_t stride) {
    int64_t prefix = 0;
    for (int64_t k = 0; k < p->size; k++) {
        const int32_t u = p->variables[k];
        prefix = prefix * self->cardinalities[u] + states[u * stride];
        if (u == v) return p->allowed[p->starts[k] + prefix];
    }
    return true; /* it forbids nothing */
}

/* ---- searching --------------------------------------------------------------------------------------------------- */

typedef enum outcome { FOUND, NONE, GIVEN_UP } outcome;

static bool fits(const mrf *self, int64_t v, const uint8_t *states, int64_t stride) {
    for (int64_t i = self->incidence_starts[v]; i < self->incidence_starts[v + 1]; i++)
        if (!allows(self, &self->search->pruners[self->incidences[i].clique], v, states, stride)) return false;
    return true;
}

/* A chain's held variables; words NULL: none. */
typedef struct holding {
    const uint64_t *words; /* borrowed: its block's, (units) */
    int lane;
} holding;

static bool is_held(const mrf *self, holding held, int64_t v) {
    return held.words && self->cardinalities[v] > 1 && hol_bits_get(held.words, self->first_units[v], held.lane);
}

/* States of variable v are tried from first[v] on, around; of a held one that alone. tried is (variables) scratch. */
static outcome find(const mrf *self, const uint8_t *first, holding held, int64_t tries, uint16_t *tried,
                    uint8_t *states, int64_t stride) {
    const int32_t *order = self->search->order;
    int64_t n = 0;
    tried[0] = 0;
    while (n >= 0 && n < self->variables) {
        const int64_t v = order[n];
        if (tried[n] == (is_held(self, held, v) ? 1 : self->cardinalities[v])) {
            n--; /* all states fail: another one for the variable before */
            continue;
        }
        if (tries-- == 0) return GIVEN_UP;
        states[v * stride] = (uint8_t)((first[v] + tried[n]++) % self->cardinalities[v]);
        if (!fits(self, v, states, stride)) continue;
        if (++n < self->variables) tried[n] = 0;
    }
    return n < 0 ? NONE : FOUND;
}

static hol_status find_feasible(mrf *self) {
    hol_status status = HOL_OK;
    uint8_t *first = NULL;
    uint16_t *tried = NULL;
    HOL_TRY(HOL_ALLOCATE(first, self->variables, "search"));
    HOL_TRY(HOL_ALLOCATE(tried, self->variables, "search"));
    const outcome result = find(self, first, (holding){0}, FIRST_TRIES, tried, self->search->feasible, 1);
    if (result == NONE)
        HOL_TRY(hol_error(HOL_USAGE,
                          "model mrf: found zero potentials that forbid every state, expected some state allowed"));
    if (result == GIVEN_UP)
        HOL_TRY(
            hol_error(HOL_USAGE, "model mrf: found no state that the zero potentials allow in %d tries", FIRST_TRIES));
cleanup:
    hol_free(first);
    hol_free(tried);
    return status;
}

hol_status hol_mrf_search_create(mrf *self) {
    hol_status status = HOL_OK;
    int32_t *rank = NULL;
    HOL_TRY(HOL_ALLOCATE(self->search, 1, "search"));
    HOL_TRY(HOL_ALLOCATE(rank, self->variables, "search"));
    HOL_TRY(HOL_ALLOCATE(self->search->order, self->variables, "search"));
    HOL_TRY(HOL_ALLOCATE(self->search->feasible, self->variables, "search"));
    HOL_TRY(HOL_ALLOCATE(self->search->pruners, self->cliques, "search"));
    HOL_TRY(choose_order(self, self->search->order, rank));
    for (int64_t q = 0; q < self->cliques; q++) HOL_TRY(make_pruner(self, q, rank, &self->search->pruners[q]));
    HOL_TRY(find_feasible(self));
cleanup:
    hol_free(rank);
    return status;
}

void hol_mrf_search_destroy(mrf *self) {
    search *s = self->search;
    if (!s) return;
    for (int64_t q = 0; s->pruners && q < self->cliques; q++) {
        hol_free(s->pruners[q].variables);
        hol_free(s->pruners[q].starts);
        hol_free(s->pruners[q].allowed);
    }
    hol_free(s->pruners);
    hol_free(s->order);
    hol_free(s->feasible);
    hol_free(s);
}

/* ---- chains ------------------------------------------------------------------------------------------------------ */

/* One chain: random states, or those that a search that begins at random states finds; where it takes too long, the
 * state that the first search found. Held variables stay: with them a search may fail for good, and the chain is at a
 * forbidden state then. scratch is (4, variables), at an even address. */
static void randomize_chain(const mrf *self, holding held, hol_rng_key key, int64_t chain, uint8_t *scratch,
                            uint8_t *states) {
    uint16_t *tried = (uint16_t *)(void *)scratch;
    uint8_t *first = scratch + 2 * self->variables;
    bool holds = false;
    const int64_t tries = held.words ? FIRST_TRIES : TRIES_PER_VARIABLE * self->variables;
    for (int64_t v = 0; v < self->variables; v++) {
        const hol_rng_words r = hol_rng_draw(key, (uint32_t)v, (uint32_t)chain, (uint32_t)((uint64_t)chain >> 32), 1);
        const uint8_t drawn = (uint8_t)((uint64_t)r.word[0] * (uint64_t)self->cardinalities[v] >> 32);
        holds = holds || is_held(self, held, v);
        first[v] = is_held(self, held, v) ? states[v * HOL_LANES] : drawn;
        states[v * HOL_LANES] = first[v];
    }
    if (!self->search || find(self, first, held, tries, tried, states, HOL_LANES) == FOUND) return;
    for (int64_t v = 0; v < self->variables; v++) states[v * HOL_LANES] = holds ? first[v] : self->search->feasible[v];
}

/* A lane beyond the last chain: any state that is allowed. */
static void rest_lane(const mrf *self, uint8_t *states) {
    for (int64_t v = 0; v < self->variables; v++) states[v * HOL_LANES] = self->search ? self->search->feasible[v] : 0;
}

void hol_mrf_randomize(const hol_model *model, hol_population *population, hol_rng_key key) {
    const mrf *self = as_mrf(model);
    const hol_states *x = &population->states;
    const uint64_t *held = population->held;
    uint8_t *scratch = population->scratch;
    const int64_t count = population->count;
#pragma omp parallel for default(none) shared(self, x, held, scratch, key, count)
    for (int64_t b = 0; b < x->blocks; b++) {
        uint8_t *states = scratch + b * block_scratch(self), *room = states + unpacked_bytes(self);
        const uint64_t *block_held = held ? held + b * x->stride : NULL;
        if (held) hol_mrf_unpack(self, x->words + b * x->stride, states);
        for (int lane = 0; lane < HOL_LANES; lane++) {
            const int64_t chain = (x->first_block + b) * HOL_LANES + lane;
            if (chain < count) randomize_chain(self, (holding){block_held, lane}, key, chain, room, states + lane);
            else rest_lane(self, states + lane);
        }
        hol_mrf_pack(self, states, x->words + b * x->stride);
    }
}
