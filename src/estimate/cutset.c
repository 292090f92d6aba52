/* cutset: which variables are enumerated, and the walk through their states.
 *
 * Of every state y of a variable r that is summed out the walk keeps the field f_r(y): r's own table and those with the
 * cutset's variables as they stand. ln of the sum over r is f_r(0) + softplus(f_r(1) - f_r(0)) where there are two
 * states. Fields lie in one vector: the sum of all such f_r(0); their differences; then the others' f_r(y). Each state
 * of a variable of the cutset has a row, which is what it adds to the vector. */
#include "estimate/cutset.h"

#include <math.h>
#include <stdbool.h>

#include "links.h"
#include "num/elementary.h"

struct hol_cutset {
    const hol_factors *factors; /* borrowed */
    const hol_kernels *kernels;
    int64_t variables, words;
    uint64_t *links;     /* owned: (variables, words) bits */
    bool *is_enumerated; /* owned: (variables) */
    int64_t *place;      /* owned: (variables): its number among the enumerated, or where its fields begin */
    int64_t count;       /* enumerated variables */
    int64_t most;        /* states of one of them */
    int64_t binary;      /* summed variables of two states */
    int64_t width;       /* of the vector of fields */
    double work;
};

/* The walk: rows is (count, most, width); own (count, most) has the enumerated variables' own tables, pairs (count,
 * count, most, most) those that two of them share. All owned. */
typedef struct walk {
    const hol_cutset *of;
    double *rows, *own, *pairs;
    double *fields;         /* (width) */
    int32_t *state, *step;  /* (count): how they stand, and which way each goes next, 1 or -1 */
    int32_t *cardinalities; /* (count) */
    double linear;          /* of the enumerated variables' tables, and constants */
} walk;

/* ---- the cutset -------------------------------------------------------------------------------------------------- */

static uint64_t *links_of(const hol_cutset *self, int64_t v) { return self->links + v * self->words; }

void hol_cutset_destroy(hol_cutset *cutset) {
    if (!cutset) return;
    hol_free(cutset->links);
    hol_free(cutset->is_enumerated);
    hol_free(cutset->place);
    hol_free(cutset);
}

/* Whether tables are all of two variables at most, without a probability of 0. */
static bool is_of_pairs(const hol_factors *factors) {
    for (int64_t i = 0; i < factors->table_starts[factors->count]; i++)
        if (!isfinite(factors->tables[i])) return false;
    for (int64_t f = 0; f < factors->count; f++)
        if (hol_factors_scope_size(factors, f) > 2) return false;
    return true;
}

/* Of those that are left the one with the fewest neighbours among them; -1: none are. */
static int64_t choose(const hol_cutset *self, const uint64_t *left) {
    const int32_t *states = self->factors->cardinalities;
    int64_t best = -1, fewest = INT64_MAX;
    for (int64_t v = 0; v < self->variables; v++) {
        int64_t degree = 0;
        if (!has(left, v)) continue;
        for (int64_t w = 0; w < self->words; w++) degree += __builtin_popcountll(links_of(self, v)[w] & left[w]);
        if (degree < fewest || (degree == fewest && states[v] > states[best])) {
            best = v;
            fewest = degree;
        }
    }
    return best;
}

static hol_status choose_all(hol_cutset *self) {
    hol_status status = HOL_OK;
    uint64_t *left = NULL;
    HOL_TRY(HOL_ALLOCATE(left, self->words, "cutset"));
    for (int64_t v = 0; v < self->variables; v++) put(left, v);
    for (int64_t v = choose(self, left); v >= 0; v = choose(self, left)) {
        take(left, v);
        for (int64_t u = 0; u < self->variables; u++)
            self->is_enumerated[u] = self->is_enumerated[u] || (has(left, u) && has(links_of(self, v), u));
        for (int64_t w = 0; w < self->words; w++) left[w] &= ~links_of(self, v)[w];
    }
cleanup:
    hol_free(left);
    return status;
}

/* Where each variable lies, and what the walk costs. */
static void place_all(hol_cutset *self) {
    const int32_t *cardinalities = self->factors->cardinalities;
    double states = 1;
    for (int64_t v = 0; v < self->variables; v++) {
        if (!self->is_enumerated[v] && cardinalities[v] == 2) self->place[v] = 1 + self->binary++;
        if (!self->is_enumerated[v]) continue;
        self->place[v] = self->count++;
        states *= (double)cardinalities[v];
        if (cardinalities[v] > self->most) self->most = cardinalities[v];
    }
    self->width = 1 + self->binary;
    for (int64_t v = 0; v < self->variables; v++) {
        if (self->is_enumerated[v] || cardinalities[v] == 2) continue;
        self->place[v] = self->width;
        self->width += cardinalities[v];
    }
    self->work = states * (double)(self->width + self->count);
}

hol_status hol_cutset_create(const hol_factors *factors, const hol_kernels *kernels, hol_cutset **ret_cutset) {
    hol_status status = HOL_OK;
    hol_cutset *self = NULL;
    *ret_cutset = NULL;
    HOL_TRY(HOL_ALLOCATE(self, 1, "cutset"));
    *self = (hol_cutset){.factors = factors,
                         .kernels = kernels,
                         .variables = factors->variables,
                         .words = links_words(factors),
                         .work = (double)INFINITY};
    HOL_TRY(HOL_ALLOCATE(self->is_enumerated, self->variables, "cutset"));
    HOL_TRY(HOL_ALLOCATE(self->place, self->variables, "cutset"));
    HOL_TRY(HOL_ALLOCATE(self->links, HOL_PRODUCT(self->variables, self->words), "cutset"));
    if (is_of_pairs(factors)) {
        links_find(factors, self->links);
        HOL_TRY(choose_all(self));
        place_all(self);
    }
    *ret_cutset = self;
    self = NULL;
cleanup:
    hol_cutset_destroy(self);
    return status;
}

double hol_cutset_work(const hol_cutset *cutset) { return cutset->work; }

/* ---- tables of the walk ------------------------------------------------------------------------------------------ */

static double *row_of(const walk *w, int64_t n, int64_t state) {
    return w->rows + (n * w->of->most + state) * w->of->width;
}

static double *pair_of(const walk *w, int64_t a, int64_t b) {
    return w->pairs + (a * w->of->count + b) * w->of->most * w->of->most;
}

/* The entries of a summed variable's states, so far apart, to a vector of fields. */
static void add_to_fields(const hol_cutset *self, int64_t v, const double *table, int64_t stride, double *fields) {
    const int32_t states = self->factors->cardinalities[v];
    if (states == 2) {
        fields[0] += table[0];
        fields[self->place[v]] += table[stride] - table[0];
    }
    for (int32_t s = 0; s < states && states != 2; s++) fields[self->place[v] + s] += table[s * stride];
}

static void add_pair(walk *w, const int32_t *scope, const double *table) {
    const hol_cutset *self = w->of;
    const int32_t *states = self->factors->cardinalities;
    const int64_t most = self->most;
    for (int k = 0; k < 2; k++) {
        const int64_t v = scope[k], u = scope[1 - k];
        const int64_t of_v = k == 0 ? states[u] : 1, of_u = k == 0 ? 1 : states[v]; /* strides */
        for (int32_t s = 0; self->is_enumerated[v] && s < states[v]; s++) {
            if (!self->is_enumerated[u])
                add_to_fields(self, u, table + s * of_v, of_u, row_of(w, self->place[v], s));
            for (int32_t t = 0; self->is_enumerated[u] && t < states[u]; t++)
                pair_of(w, self->place[v], self->place[u])[s * most + t] += table[s * of_v + t * of_u];
        }
    }
}

static void add_factors(walk *w) {
    const hol_cutset *self = w->of;
    const hol_factors *factors = self->factors;
    for (int64_t f = 0; f < factors->count; f++) {
        const int32_t *scope = factors->scopes + factors->scope_starts[f];
        const double *table = factors->tables + factors->table_starts[f];
        const int64_t size = hol_factors_scope_size(factors, f);
        if (size == 0) w->linear += table[0];
        else if (size == 2) add_pair(w, scope, table);
        else if (!self->is_enumerated[*scope]) add_to_fields(self, *scope, table, 1, w->fields);
        for (int32_t s = 0; size == 1 && self->is_enumerated[*scope] && s < factors->cardinalities[*scope]; s++)
            w->own[self->place[*scope] * self->most + s] += table[s];
    }
}

/* All enumerated variables in state 0. */
static void begin(walk *w) {
    const hol_cutset *self = w->of;
    for (int64_t v = 0; v < self->variables; v++)
        if (self->is_enumerated[v]) w->cardinalities[self->place[v]] = self->factors->cardinalities[v];
    add_factors(w);
    for (int64_t n = 0; n < self->count; n++) {
        w->step[n] = 1;
        w->linear += w->own[n * self->most];
        for (int64_t m = 0; m < n; m++) w->linear += *pair_of(w, n, m);
        for (int64_t k = 0; k < self->width; k++) w->fields[k] += row_of(w, n, 0)[k];
    }
}

static void clear(walk *w) {
    hol_free(w->rows);
    hol_free(w->own);
    hol_free(w->pairs);
    hol_free(w->fields);
    hol_free(w->state);
    hol_free(w->step);
    hol_free(w->cardinalities);
}

static hol_status make(const hol_cutset *self, walk *w) {
    hol_status status = HOL_OK;
    const int64_t count = self->count, most = self->most;
    *w = (walk){.of = self};
    HOL_TRY(HOL_ALLOCATE(w->rows, HOL_PRODUCT(count, most, self->width), "cutset"));
    HOL_TRY(HOL_ALLOCATE(w->own, HOL_PRODUCT(count, most), "cutset"));
    HOL_TRY(HOL_ALLOCATE(w->pairs, HOL_PRODUCT(count, count, most, most), "cutset"));
    HOL_TRY(HOL_ALLOCATE(w->fields, self->width, "cutset"));
    HOL_TRY(HOL_ALLOCATE(w->state, count, "cutset"));
    HOL_TRY(HOL_ALLOCATE(w->step, count, "cutset"));
    HOL_TRY(HOL_ALLOCATE(w->cardinalities, count, "cutset"));
    begin(w);
cleanup:
    return status;
}

/* ---- ln Z -------------------------------------------------------------------------------------------------------- */

static void move(walk *w, int64_t n, int32_t to) {
    const hol_cutset *self = w->of;
    const int32_t from = w->state[n];
    const int64_t most = self->most;
    const double *added = row_of(w, n, to), *taken = row_of(w, n, from);
    w->linear += w->own[n * most + to] - w->own[n * most + from];
    for (int64_t m = 0; m < self->count; m++) {
        const double *pair = pair_of(w, n, m) + w->state[m]; /* 0 with itself */
        w->linear += pair[to * most] - pair[from * most];
    }
    for (int64_t k = 0; k < self->width; k++) w->fields[k] += added[k] - taken[k];
    w->state[n] = to;
}

/* One variable by one state: the first that has not come to its end, from which those before it turn back. */
static bool advance(walk *w) {
    for (int64_t n = 0; n < w->of->count; n++) {
        const int32_t to = w->state[n] + w->step[n];
        if (to >= 0 && to < w->cardinalities[n]) {
            move(w, n, to);
            return true;
        }
        w->step[n] = -w->step[n];
    }
    return false;
}

/* of the states as they stand, all others summed out */
static double log_weight(const walk *w) {
    const hol_cutset *self = w->of;
    const int32_t *cardinalities = self->factors->cardinalities;
    double sum = w->linear + w->fields[0] + self->kernels->softplus_sum(w->fields + 1, self->binary);
    for (int64_t v = 0; v < self->variables && 1 + self->binary < self->width; v++) {
        hol_log_sum states = hol_log_sum_empty();
        if (self->is_enumerated[v] || cardinalities[v] == 2) continue;
        for (int32_t s = 0; s < cardinalities[v]; s++) hol_log_sum_add(&states, w->fields[self->place[v] + s]);
        sum += hol_log_sum_get(&states);
    }
    return sum;
}

hol_status hol_cutset_log_partition(hol_cutset *cutset, double *ret_log_partition) {
    hol_status status = HOL_OK;
    walk w = {0};
    hol_log_sum sum = hol_log_sum_empty();
    *ret_log_partition = (double)NAN;
    if (isinf(cutset->work))
        return hol_error(HOL_USAGE, "cutset: found tables of more than two variables, or zeros, expected neither");
    HOL_TRY(make(cutset, &w));
    do hol_log_sum_add(&sum, log_weight(&w));
    while (advance(&w));
    *ret_log_partition = hol_log_sum_get(&sum);
cleanup:
    clear(&w);
    return status;
}
