/* elimination: buckets. Bucket n is the table over the n-th variable of the order and those of its neighbours that come
 * later; it takes in the factors whose first variable it is, and the messages of earlier buckets of which it is the
 * parent. Its own variable lies last in its scope, so that summing it out is a sum over neighbouring entries.
 *
 * Contents: order, buckets, ln Z, marginals. */
#include "estimate/elimination.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "links.h"
#include "num/elementary.h"

enum {
    THREADED = 4096,       /* entries from which on threads pay */
    VARIABLES_MAX = 16384, /* their graph takes 32 MB of bits; larger ones are not worth the search for an order */
};

typedef struct bucket {
    int64_t variable;
    int64_t size;    /* of the scope */
    int32_t *scope;  /* owned: the later neighbours in ascending order, then the variable itself */
    int64_t entries; /* of the table */
    int64_t parent;  /* the bucket that gets the message; -1: none, the message is a constant */
    double *table;   /* owned: the product of all that came in */
    double *message; /* owned: (entries / states): the variable summed out */
} bucket;

struct hol_elimination {
    const hol_factors *factors; /* borrowed */
    int64_t variables;
    int64_t *place;  /* owned: (variables): the number of each variable's bucket */
    bucket *buckets; /* owned: (variables), in the order */
    double entries;
};

/* ---- order ------------------------------------------------------------------------------------------------------- */

/* The graph while variables are taken out: links is (variables, words) bits. */
typedef struct graph {
    const hol_factors *factors;
    int64_t variables, words;
    uint64_t *links;  /* owned */
    uint64_t *left;   /* owned: (words): variables that are still there */
    double *log_size; /* owned: ln of the entries of a variable's bucket */
    int64_t *fill;    /* owned: links that would be missing; -1: to be counted */
} graph;

static inline uint64_t *links_of(const graph *g, int64_t v) { return g->links + v * g->words; }

static void graph_destroy(graph *g) {
    hol_free(g->links);
    hol_free(g->left);
    hol_free(g->log_size);
    hol_free(g->fill);
}

static hol_status graph_create(const hol_factors *factors, graph *g) {
    hol_status status = HOL_OK;
    const int64_t n = factors->variables, words = links_words(factors);
    *g = (graph){.factors = factors, .variables = n, .words = words};
    HOL_TRY(HOL_ALLOCATE(g->links, HOL_PRODUCT(n, words), "elimination"));
    HOL_TRY(HOL_ALLOCATE(g->left, words, "elimination"));
    HOL_TRY(HOL_ALLOCATE(g->log_size, n, "elimination"));
    HOL_TRY(HOL_ALLOCATE(g->fill, n, "elimination"));
    links_find(factors, g->links);
    for (int64_t v = 0; v < n; v++) put(g->left, v);
cleanup:
    return status;
}

/* What it would cost to take v out now. */
static void appraise(graph *g, int64_t v) {
    const uint64_t *own = links_of(g, v);
    int64_t missing = 0;
    g->log_size[v] = hol_ln((double)g->factors->cardinalities[v]);
    for (int64_t w = 0; w < g->words; w++)
        for (uint64_t rest = own[w]; rest; rest &= rest - 1)
            g->log_size[v] += hol_ln((double)g->factors->cardinalities[64 * w + __builtin_ctzll(rest)]);
    /* out of the question: then the links are not worth counting */
    g->fill[v] = INT64_MAX;
    if (g->log_size[v] > hol_ln(HOL_ELIMINATION_ENTRIES_MAX)) return;
    for (int64_t w = 0; w < g->words; w++)
        for (uint64_t rest = own[w]; rest; rest &= rest - 1) {
            const uint64_t *other = links_of(g, 64 * w + __builtin_ctzll(rest));
            for (int64_t k = 0; k < g->words; k++) missing += __builtin_popcountll(own[k] & ~other[k]);
            missing--; /* itself */
        }
    g->fill[v] = missing / 2;
}

static int64_t choose(graph *g) {
    int64_t best = -1;
    for (int64_t v = 0; v < g->variables; v++) {
        if (!has(g->left, v)) continue;
        if (g->fill[v] < 0) appraise(g, v);
        if (best < 0 || g->fill[v] < g->fill[best] ||
            (g->fill[v] == g->fill[best] && g->log_size[v] < g->log_size[best]))
            best = v;
    }
    return best;
}

/* Links v's neighbours with each other and takes it out. Whoever's neighbourhood changed is to be appraised anew. */
static void take_out(graph *g, int64_t v) {
    uint64_t *own = links_of(g, v);
    for (int64_t w = 0; w < g->words; w++)
        for (uint64_t rest = own[w]; rest; rest &= rest - 1) {
            const int64_t u = 64 * w + __builtin_ctzll(rest);
            uint64_t *other = links_of(g, u);
            for (int64_t k = 0; k < g->words; k++) other[k] |= own[k];
            take(other, u);
            take(other, v);
        }
    take(g->left, v);
    for (int64_t w = 0; w < g->words; w++)
        for (uint64_t rest = own[w]; rest; rest &= rest - 1) {
            const int64_t u = 64 * w + __builtin_ctzll(rest);
            g->fill[u] = -1;
            for (int64_t k = 0; k < g->words; k++) /* a new link may be one that a neighbour missed */
                for (uint64_t next = links_of(g, u)[k]; next; next &= next - 1)
                    g->fill[64 * k + __builtin_ctzll(next)] = -1;
        }
}

/* ---- buckets ----------------------------------------------------------------------------------------------------- */

static int64_t count_bits(const uint64_t *set, int64_t words) {
    int64_t count = 0;
    for (int64_t w = 0; w < words; w++) count += __builtin_popcountll(set[w]);
    return count;
}

static hol_status make_bucket(const graph *g, int64_t v, bucket *b) {
    const uint64_t *own = links_of(g, v);
    int64_t at = 0;
    b->variable = v;
    b->size = count_bits(own, g->words) + 1;
    const hol_status status = HOL_ALLOCATE(b->scope, b->size, "elimination");
    if (status != HOL_OK) return status;
    for (int64_t w = 0; w < g->words; w++)
        for (uint64_t rest = own[w]; rest; rest &= rest - 1) b->scope[at++] = (int32_t)(64 * w + __builtin_ctzll(rest));
    b->scope[at] = (int32_t)v;
    b->entries = 1;
    for (int64_t k = 0; k < b->size; k++) b->entries *= g->factors->cardinalities[b->scope[k]];
    return HOL_OK;
}

static void find_parents(hol_elimination *self) {
    for (int64_t n = 0; n < self->variables; n++) {
        bucket *b = &self->buckets[n];
        b->parent = -1;
        for (int64_t k = 0; k + 1 < b->size; k++)
            if (b->parent < 0 || self->place[b->scope[k]] < b->parent) b->parent = self->place[b->scope[k]];
    }
}

static hol_status choose_order(hol_elimination *self, graph *g) {
    for (int64_t v = 0; v < g->variables; v++) g->fill[v] = -1;
    for (int64_t n = 0; n < self->variables; n++) {
        const int64_t v = choose(g);
        if (g->fill[v] == INT64_MAX) {
            self->entries = (double)INFINITY;
            return HOL_OK;
        }
        self->place[v] = n;
        const hol_status status = make_bucket(g, v, &self->buckets[n]);
        if (status != HOL_OK) return status;
        self->entries += (double)self->buckets[n].entries;
        take_out(g, v);
    }
    if (self->entries > HOL_ELIMINATION_ENTRIES_MAX) self->entries = (double)INFINITY;
    find_parents(self);
    return HOL_OK;
}

hol_status hol_elimination_create(const hol_factors *factors, hol_elimination **ret_elimination) {
    hol_status status = HOL_OK;
    hol_elimination *self = NULL;
    graph g = {0};
    *ret_elimination = NULL;
    HOL_TRY(HOL_ALLOCATE(self, 1, "elimination"));
    self->factors = factors;
    self->variables = factors->variables;
    HOL_TRY(HOL_ALLOCATE(self->place, self->variables, "elimination"));
    HOL_TRY(HOL_ALLOCATE(self->buckets, self->variables, "elimination"));
    if (factors->variables > VARIABLES_MAX) {
        self->entries = (double)INFINITY;
    } else {
        HOL_TRY(graph_create(factors, &g));
        HOL_TRY(choose_order(self, &g));
    }
    *ret_elimination = self;
    self = NULL;
cleanup:
    graph_destroy(&g);
    hol_elimination_destroy(self);
    return status;
}

void hol_elimination_destroy(hol_elimination *elimination) {
    if (!elimination) return;
    for (int64_t n = 0; elimination->buckets && n < elimination->variables; n++) {
        hol_free(elimination->buckets[n].scope);
        hol_free(elimination->buckets[n].table);
        hol_free(elimination->buckets[n].message);
    }
    hol_free(elimination->buckets);
    hol_free(elimination->place);
    hol_free(elimination);
}

double hol_elimination_entries(const hol_elimination *elimination) { return elimination->entries; }

/* ---- tables ------------------------------------------------------------------------------------------------------ */

/* For each variable of b's scope: what one more of it means in a table over `size` variables of `scope`, of which the
 * last is fastest; 0 for those that are not in it. strides is (b->size). */
static void match(const hol_elimination *self, const bucket *b, int64_t size, const int32_t *scope, int64_t *strides) {
    for (int64_t k = 0; k < b->size; k++) {
        int64_t stride = 1, found = 0;
        for (int64_t m = size - 1; m >= 0; m--) {
            if (scope[m] == b->scope[k]) found = stride;
            stride *= self->factors->cardinalities[scope[m]];
        }
        strides[k] = found;
    }
}

/* Calls for each entry n of b's table with its place in the other table: one loop for products and sums. */
#define FOR_ENTRIES(self, b, strides, digits, n, at)                                                                   \
    for (int64_t n = (memset((digits), 0, (size_t)(b)->size * sizeof *(digits)), 0), at = 0; n < (b)->entries;         \
         n++, at += step((self), (b), (strides), (digits)))

/* Counts the digits of b's entry one on; returns by how much the place in the other table moves. */
static inline int64_t step(const hol_elimination *self, const bucket *b, const int64_t *strides, int64_t *digits) {
    int64_t moved = 0;
    for (int64_t k = b->size - 1; k >= 0; k--) {
        moved += strides[k];
        if (++digits[k] < self->factors->cardinalities[b->scope[k]]) break;
        moved -= digits[k] * strides[k];
        digits[k] = 0;
    }
    return moved;
}

/* b->table[x] += other[x restricted to scope] */
static hol_status multiply(const hol_elimination *self, bucket *b, int64_t size, const int32_t *scope,
                           const double *other) {
    hol_status status = HOL_OK;
    int64_t *strides = NULL, *digits = NULL;
    HOL_TRY(HOL_ALLOCATE(strides, b->size, "elimination"));
    HOL_TRY(HOL_ALLOCATE(digits, b->size, "elimination"));
    match(self, b, size, scope, strides);
    FOR_ENTRIES(self, b, strides, digits, n, at) b->table[n] += other[at];
cleanup:
    hol_free(strides);
    hol_free(digits);
    return status;
}

static double log_sum(const double *values, int64_t count) {
    double largest = -(double)INFINITY, sum = 0;
    for (int64_t s = 0; s < count; s++) largest = values[s] > largest ? values[s] : largest;
    if (largest == -(double)INFINITY) return largest;
    for (int64_t s = 0; s < count; s++) sum += hol_exp(values[s] - largest);
    return largest + hol_ln(sum);
}

/* The bucket's own variable, the last of its scope, summed out. */
static void sum_out(const hol_elimination *self, bucket *b) {
    const int64_t states = self->factors->cardinalities[b->variable], rows = b->entries / states;
#pragma omp parallel for default(none) shared(b, states, rows) if (rows > THREADED)
    for (int64_t r = 0; r < rows; r++) b->message[r] = log_sum(b->table + r * states, states);
}

/* ---- ln Z -------------------------------------------------------------------------------------------------------- */

static int64_t first_place(const hol_elimination *self, int64_t f) {
    const hol_factors *factors = self->factors;
    int64_t first = -1;
    for (int64_t i = factors->scope_starts[f]; i < factors->scope_starts[f + 1]; i++)
        if (first < 0 || self->place[factors->scopes[i]] < first) first = self->place[factors->scopes[i]];
    return first;
}

/* Each factor goes to the bucket of its first variable; a factor without variables into *constant. */
static hol_status take_in_factors(hol_elimination *self, double *constant) {
    const hol_factors *factors = self->factors;
    for (int64_t f = 0; f < factors->count; f++) {
        const double *table = factors->tables + factors->table_starts[f];
        const int64_t place = first_place(self, f);
        if (place < 0) {
            *constant += table[0];
            continue;
        }
        const hol_status status = multiply(self, &self->buckets[place], hol_factors_scope_size(factors, f),
                                           factors->scopes + factors->scope_starts[f], table);
        if (status != HOL_OK) return status;
    }
    return HOL_OK;
}

hol_status hol_elimination_log_partition(hol_elimination *elimination, double *ret_log_partition) {
    hol_status status = HOL_OK;
    hol_elimination *self = elimination;
    double sum = 0;
    *ret_log_partition = (double)NAN;
    if (!(self->entries <= HOL_ELIMINATION_ENTRIES_MAX))
        return hol_error(HOL_USAGE, "variable elimination: found tables of more than %.0f entries, expected fewer",
                         HOL_ELIMINATION_ENTRIES_MAX);
    for (int64_t n = 0; n < self->variables; n++) {
        bucket *b = &self->buckets[n];
        HOL_TRY(HOL_ALLOCATE(b->table, b->entries, "elimination"));
        HOL_TRY(HOL_ALLOCATE(b->message, b->entries / self->factors->cardinalities[b->variable], "elimination"));
    }
    HOL_TRY(take_in_factors(self, &sum));
    for (int64_t n = 0; n < self->variables; n++) {
        bucket *b = &self->buckets[n];
        sum_out(self, b);
        if (b->parent < 0) sum += b->message[0];
        else HOL_TRY(multiply(self, &self->buckets[b->parent], b->size - 1, b->scope, b->message));
    }
    *ret_log_partition = sum;
cleanup:
    return status;
}

/* ---- marginals --------------------------------------------------------------------------------------------------- */

/* sums[x restricted to b's later variables] = ln sum over the others of the parent's belief; two passes: largest, then
 * sum */
static hol_status sum_parent(const hol_elimination *self, const bucket *b, const bucket *parent, double *largest,
                             double *sums) {
    hol_status status = HOL_OK;
    const int64_t count = b->entries / self->factors->cardinalities[b->variable];
    int64_t *strides = NULL, *digits = NULL;
    HOL_TRY(HOL_ALLOCATE(strides, parent->size, "elimination"));
    HOL_TRY(HOL_ALLOCATE(digits, parent->size, "elimination"));
    match(self, parent, b->size - 1, b->scope, strides);
    for (int64_t i = 0; i < count; i++) largest[i] = -(double)INFINITY, sums[i] = 0;
    FOR_ENTRIES(self, parent, strides, digits, n, at) largest[at] = fmax(largest[at], parent->table[n]);
    FOR_ENTRIES(self, parent, strides, digits, n, at)
    if (parent->table[n] > -(double)INFINITY) sums[at] += hol_exp(parent->table[n] - largest[at]);
    for (int64_t i = 0; i < count; i++) sums[i] = largest[i] + hol_ln(sums[i]);
cleanup:
    hol_free(strides);
    hol_free(digits);
    return status;
}

/* The bucket's table becomes its belief: times what its parent knows beside the bucket's own message. */
static hol_status take_back(hol_elimination *self, bucket *b) {
    hol_status status = HOL_OK;
    const int64_t states = self->factors->cardinalities[b->variable], rows = b->entries / states;
    double *largest = NULL, *sums = NULL;
    if (b->parent < 0) return HOL_OK;
    HOL_TRY(HOL_ALLOCATE(largest, rows, "elimination"));
    HOL_TRY(HOL_ALLOCATE(sums, rows, "elimination"));
    HOL_TRY(sum_parent(self, b, &self->buckets[b->parent], largest, sums));
    for (int64_t r = 0; r < rows; r++)
        for (int64_t s = 0; s < states; s++)
            if (b->message[r] > -(double)INFINITY) b->table[r * states + s] += sums[r] - b->message[r];
cleanup:
    hol_free(largest);
    hol_free(sums);
    return status;
}

/* From the belief, the variable's marginal: (states) */
static void marginal_of(const hol_elimination *self, const bucket *b, double *marginal) {
    const int64_t states = self->factors->cardinalities[b->variable];
    double largest = -(double)INFINITY, total = 0;
    for (int64_t n = 0; n < b->entries; n++) largest = fmax(largest, b->table[n]);
    for (int64_t s = 0; s < states; s++) marginal[s] = 0;
    for (int64_t n = 0; n < b->entries; n++)
        if (b->table[n] > -(double)INFINITY) marginal[n % states] += hol_exp(b->table[n] - largest);
    for (int64_t s = 0; s < states; s++) total += marginal[s];
    for (int64_t s = 0; s < states; s++) marginal[s] /= total;
}

hol_status hol_elimination_marginals(hol_elimination *elimination, double *marginals) {
    hol_status status = HOL_OK;
    hol_elimination *self = elimination;
    int64_t *starts = NULL;
    HOL_TRY(HOL_ALLOCATE(starts, self->variables + 1, "elimination"));
    for (int64_t v = 0; v < self->variables; v++) starts[v + 1] = starts[v] + self->factors->cardinalities[v];
    for (int64_t n = self->variables - 1; n >= 0;
         n--) { /* parents come later in the order, so they have their beliefs */
        bucket *b = &self->buckets[n];
        HOL_TRY(take_back(self, b));
        marginal_of(self, b, marginals + starts[b->variable]);
    }
cleanup:
    hol_free(starts);
    return status;
}
