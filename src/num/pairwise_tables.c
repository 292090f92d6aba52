/* pairwise_tables: bounds of fields and of sums over a range, and tables of theta / tau in whole numbers. Sites are
 * shared out, in the team and to threads; of each one all is computed by one of them. */
#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "num/clones.h"
#include "num/fixed.h"
#include "num/narrow.h"
#include "num/threads.h"
#include "pairwise_parts.h"

/* The same where rows of a pair don't follow each other, or sites are a bit. */
static void load_units(const hol_pairwise *self, int64_t i, const neighbour *n, const float *from, int64_t first,
                       int64_t width, float *rows) {
    const int64_t skipped = is_single(self, i), above = is_single(self, n->site), end = first + width - skipped;
    const int64_t own = self->states[i] - skipped, others = self->states[n->site] - above; /* units */
    const int64_t stride = self->stride ? self->stride : n->by_rows ? others : own, columns = own < end ? own : end;
    memset(rows, 0, (size_t)((others + above) * width) * sizeof *rows);
    rows += above * width + skipped;
    for (int64_t b = 0; !n->by_rows && b < others; b++)
        memcpy(rows + b * width, from + b * stride + first, (size_t)(columns - first) * sizeof *rows);
    for (int64_t a = first; n->by_rows && a < columns; a++)
        for (int64_t b = 0; b < others; b++) rows[b * width + a - first] = from[a * stride + b];
}

void hol_pairwise_load(const hol_pairwise *self, int64_t i, const neighbour *n, const float *theta, int64_t first,
                       int64_t width, float *rows) {
    const int64_t own = self->states[i], others = self->states[n->site];
    const int64_t columns = own - first < width ? own - first : width;
    const float *from = theta + n->at;
    if (self->stride || self->single) {
        load_units(self, i, n, from, first, width, rows);
        return;
    }
    if (columns < width) memset(rows, 0, (size_t)(others * width) * sizeof *rows);
    for (int64_t b = 0; b < others; b++)
        if (!n->by_rows) memcpy(rows + b * width, from + b * own + first, (size_t)columns * sizeof *rows);
    for (int64_t a = 0; n->by_rows && a < columns; a++)
        for (int64_t b = 0; b < others; b++) rows[b * width + a] = from[(first + a) * others + b];
}

HOL_CLONES void hol_pairwise_round(const float *rows, int64_t count, float factor, int32_t *to) {
    for (int64_t k = 0; k < count; k++) { /* x + 1/2 would itself be rounded beyond 2^23: cut, and look at the rest */
        const float x = rows[k] * factor;
        const int32_t cut = (int32_t)x;
        const float rest = x - (float)cut;
        to[k] = cut + (rest >= 0.5f) - (rest <= -0.5f);
    }
}

/* ---- bounds ------------------------------------------------------------------------------------------------------ */

typedef struct bounds {
    double field; /* no field is larger; +infinity where something is not finite */
    double sum;   /* nor the sum over any of a range's sites */
} bounds;

/* the largest and the least of each column, and 0; whether any is not finite */
HOL_CLONES static int32_t find_ends(const float *rows, int64_t count, int64_t width, float *most, float *least) {
    int32_t bad = 0;
    for (int64_t a = 0; a < width; a++) most[a] = least[a] = 0;
    for (int64_t b = 0; b < count; b++, rows += width)
        for (int64_t a = 0; a < width; a++) {
            bad |= !(fabsf(rows[a]) <= 0x1.fffffep127f);
            most[a] = rows[a] > most[a] ? rows[a] : most[a];
            least[a] = rows[a] < least[a] ? rows[a] : least[a];
        }
    return bad;
}

/* of one site's states in a strip */
static bounds measure_strip(const hol_pairwise *self, int64_t i, int64_t first, const float *theta) {
    const int64_t width = strip_width(self->states[i], first);
    float rows[HOL_SITE_STATES_MAX * STRIP], most[STRIP], least[STRIP];
    double fields[STRIP] = {0}, up[STRIP] = {0}, down[STRIP] = {0}, sum = 0, field = 0;
    int32_t bad = 0;
    const neighbour *n = self->neighbours + self->starts[i], *end = self->neighbours + self->starts[i + 1];
    for (int64_t a = 0; self->fields[i] >= 0 && a < width && first + a < self->states[i]; a++)
        fields[a] = fabs((double)theta[self->fields[i] + first + a]);
    for (; n < end; n++) {
        hol_pairwise_load(self, i, n, theta, first, width, rows);
        bad |= find_ends(rows, self->states[n->site], width, most, least);
        for (int64_t a = 0; a < width; a++) {
            up[a] += (double)most[a];
            down[a] -= (double)least[a];
            fields[a] += (double)fmaxf(most[a], -least[a]);
        }
        if (n + 1 < end && n[1].site / RANGE == n->site / RANGE) continue;
        for (int64_t a = 0; a < width; a++) sum = fmax(sum, fmax(up[a], down[a]));
        memset(up, 0, sizeof up);
        memset(down, 0, sizeof down);
    }
    for (int64_t a = 0; a < width; a++) field = fields[a] <= 0x1p1000 && !bad ? fmax(field, fields[a]) : INFINITY;
    return (bounds){field, sum};
}

static bounds measure(const hol_pairwise *self, const float *theta) {
    const hol_range share = hol_team_share(self->team, self->sites, 1);
    double field = 0, sum = 0;
#pragma omp parallel for schedule(dynamic) default(none) shared(self, theta, share)                                    \
    reduction(max                                                                                                      \
              : field, sum) if (hol_worth_threads(self->parameters, 4))
    for (int64_t i = share.first; i < share.first + share.count; i++)
        for (int64_t first = 0; first < self->states[i]; first += STRIP) {
            const bounds of = measure_strip(self, i, first, theta);
            field = fmax(field, of.field);
            sum = fmax(sum, of.sum);
        }
    return (bounds){hol_team_max(self->team, field), hol_team_max(self->team, sum)};
}

/* Fraction bits of 16-bit tables, or -1. Numbers that are rounded err by a half each; and sums' own rounding. */
static int choose_narrow_bits(bounds of, double tau) {
    const double slack = 1 + 0x1p-14;
    int bits = hol_fixed_choose_bits(of.field / tau);
    while (bits >= HOL_NARROW_BITS_MIN && ldexp(of.sum / tau, bits) * slack + RANGE / 2 + 1 > INT16_MAX) bits--;
    return bits >= HOL_NARROW_BITS_MIN ? bits : -1;
}

/* ---- rounding ---------------------------------------------------------------------------------------------------- */

static void set_bits(hol_pairwise *self, int bits, double tau) {
    self->bits = bits;
    self->tau = tau;
    self->factor = (float)(ldexp(1, bits) / tau);
    self->scale = (float)ldexp(1, -bits);
}

static void round_bias(hol_pairwise *self, int64_t i, const float *theta) {
    if (self->fields[i] >= 0)
        hol_pairwise_round(theta + self->fields[i], self->states[i], self->factor, self->bias + self->bias_starts[i]);
}

/* how much each state of neighbour n adds to each one of site i: columns of i's strip are rows of a table for lanes */
static void round_lanes(hol_pairwise *self, int64_t i, const float *theta) {
    float rows[HOL_PAIRWISE_LANE_STATES * STRIP];
    int32_t rounded[HOL_PAIRWISE_LANE_STATES * STRIP];
    int16_t *to = self->narrow + self->table_starts[i];
    for (int64_t k = self->starts[i]; k < self->starts[i + 1]; k++) {
        const neighbour *n = &self->neighbours[k], back = {.at = n->at, .site = (int32_t)i, .by_rows = !n->by_rows};
        const int64_t width = padded(self->states[n->site]), count = self->states[i] * width;
        hol_pairwise_load(self, n->site, &back, theta, 0, width, rows);
        hol_pairwise_round(rows, count, self->factor, rounded);
        for (int64_t x = 0; x < count; x++) to[x] = (int16_t)rounded[x];
        to += count;
    }
}

static void round_table(hol_pairwise *self, int64_t i, const float *theta) {
    float rows[HOL_SITE_STATES_MAX * STRIP];
    int32_t rounded[HOL_SITE_STATES_MAX * STRIP];
    int16_t *to = self->narrow + self->table_starts[i];
    for (int64_t first = 0; first < self->states[i]; first += STRIP) {
        const int64_t width = strip_width(self->states[i], first);
        for (int64_t k = self->starts[i]; k < self->starts[i + 1]; k++) {
            const neighbour *n = &self->neighbours[k];
            const int64_t count = self->states[n->site] * width;
            hol_pairwise_load(self, i, n, theta, first, width, rows);
            hol_pairwise_round(rows, count, self->factor, rounded);
            for (int64_t x = 0; x < count; x++) to[x] = (int16_t)rounded[x];
            to += count;
        }
    }
}

/* this rank's share of all; then all have it */
static void set_tables(hol_pairwise *self, const float *theta) {
    const hol_range share = hol_team_share(self->team, self->sites, 1);
#pragma omp parallel for schedule(dynamic) default(none)                                                               \
    shared(self, theta, share) if (hol_worth_threads(self->parameters, 4))
    for (int64_t i = share.first; i < share.first + share.count; i++) {
        round_bias(self, i, theta);
        if (self->narrow) (self->has_lanes ? round_lanes : round_table)(self, i, theta);
    }
    if (self->theta) {
        const hol_range part = hol_team_share(self->team, self->parameters, HOL_CHUNK);
        memcpy(self->theta + part.first, theta + part.first, (size_t)part.count * sizeof *theta);
    }
    hol_team_meet(self->team);
}

static hol_status prepare(hol_pairwise *self, const float *theta, double tau, bool training) {
    const bounds of = measure(self, theta);
    const hol_status status = hol_fixed_check(of.field / tau);
    if (status != HOL_OK) return status;
    const int narrow = training ? choose_narrow_bits(of, tau) : -1;
    set_bits(self, narrow >= 0 ? narrow : hol_fixed_choose_bits(of.field / tau), tau);
    self->narrow = narrow >= 0 ? (int16_t *)(void *)self->memory : NULL;
    self->theta = narrow >= 0 ? NULL : (float *)(void *)self->memory;
    set_tables(self, theta);
    return HOL_OK;
}

hol_status hol_pairwise_prepare_training(hol_pairwise *self, const float *theta, double temperature) {
    return prepare(self, theta, temperature, true);
}

hol_status hol_pairwise_prepare(hol_pairwise *self, const float *theta, double temperature) {
    return prepare(self, theta, temperature, false);
}

void hol_pairwise_prepare_at(hol_pairwise *self, const float *theta, double temperature, int bits) {
    set_bits(self, bits, temperature);
    self->narrow = NULL;
    self->theta = (float *)(void *)self->memory;
    set_tables(self, theta);
}

int hol_pairwise_bits(const hol_pairwise *self, bool *ret_narrow) {
    *ret_narrow = self->narrow != NULL;
    return self->bits;
}
