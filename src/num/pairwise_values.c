/* pairwise_values: what states are worth, in double, each lane's sums in the order of sites. */
#include "pairwise_parts.h"

static double parameter(const hol_pairwise *self, int64_t at) { return (double)self->theta[at]; }

/* the fields of site i in the lane that states, (sites, 64), begins with, from theta */
static void sum_theta(const hol_pairwise *self, int64_t i, const uint8_t *states, double *fields) {
    const int64_t own = self->states[i];
    for (int64_t a = 0; a < own; a++) fields[a] = self->fields[i] < 0 ? 0 : parameter(self, self->fields[i] + a);
    for (const neighbour *n = self->neighbours + self->starts[i]; n < self->neighbours + self->starts[i + 1]; n++) {
        const int64_t others = self->states[n->site], state = states[(int64_t)n->site * HOL_LANES];
        const int64_t first = n->at + (n->by_rows ? state : state * own), step = n->by_rows ? others : 1;
        for (int64_t a = 0; a < own; a++) fields[a] += parameter(self, first + a * step);
    }
    for (int64_t a = 0; a < own; a++) fields[a] /= self->tau;
}

/* the same from the tables of 16 bits */
static void sum_table(const hol_pairwise *self, int64_t i, const uint8_t *states, double *fields) {
    for (int64_t a = 0; a < self->states[i]; a++) {
        const int64_t own = self->states[i], first = a / STRIP * STRIP, width = strip_width(own, first);
        const int16_t *rows = self->narrow + self->table_starts[i] + self->table_rows[i] * first;
        int64_t sum = self->bias[self->bias_starts[i] + a];
        for (int64_t k = self->starts[i]; k < self->starts[i + 1]; k++) {
            const int32_t j = self->neighbours[k].site;
            const int64_t state = states[(int64_t)j * HOL_LANES], others = self->states[j];
            sum += by_lanes(self) ? rows[a * padded(others) + state] : rows[state * width + a - first];
            rows += by_lanes(self) ? own * padded(others) : others * width;
        }
        fields[a] = (double)sum * (double)self->scale;
    }
}

void hol_pairwise_fields(const hol_pairwise *self, int64_t i, const uint8_t *states, double *fields) {
    if (self->narrow) sum_table(self, i, states, fields);
    else sum_theta(self, i, states, fields);
}

void hol_pairwise_energies(const hol_pairwise *self, const uint8_t *states, double *energies) {
    for (int l = 0; l < HOL_LANES; l++) energies[l] = 0;
    for (int64_t i = 0; i < self->sites; i++) {
        const uint8_t *own = states + i * HOL_LANES;
        for (int l = 0; self->fields[i] >= 0 && l < HOL_LANES; l++)
            energies[l] -= parameter(self, self->fields[i] + own[l]);
        for (int64_t k = self->starts[i]; k < self->starts[i + 1]; k++) {
            const neighbour *n = &self->neighbours[k];
            const uint8_t *other = states + (int64_t)n->site * HOL_LANES;
            for (int l = 0; n->by_rows && l < HOL_LANES; l++)
                energies[l] -= parameter(self, n->at + (int64_t)own[l] * self->states[n->site] + other[l]);
        }
    }
    for (int l = 0; l < HOL_LANES; l++) energies[l] /= self->tau;
}
