/* mutants: by the couplings of pairs, where the model has such; else by as many energies. */
#include "estimate/mutants.h"

#include <math.h>

#include "base/alloc.h"
#include "model/variable.h"

int64_t hol_mutants_states(const hol_model *model) {
    int64_t most = 2;
    for (int64_t c = 0; c < hol_model_columns(model); c++) {
        const int64_t states = hol_variable_get(model, c).states;
        if (states > most) most = states;
    }
    return most;
}

double hol_mutants_energy(const hol_model *model, const float *theta, const uint8_t *states, uint8_t *units) {
    for (int64_t c = 0; c < hol_model_columns(model); c++) {
        const hol_variable variable = hol_variable_get(model, c);
        hol_variable_set(&variable, states[c], units);
    }
    return model->ops->exact_free_energy(model, theta, units);
}

/* ---- of rows ----------------------------------------------------------------------------------------------------- */

enum { BLOCK = 512 }; /* rows that look at a pair's couplings while these are in the cache */

/* states is (rows, columns), turned into columns; each row's terms are added in the order of theta */
static void add_pairs(const hol_model *model, const float *theta, const uint8_t *states, int64_t rows, uint8_t *turned,
                      double *energies) {
    const hol_model_pairs pairs = model->ops->pairs(model);
    const int64_t q = pairs.states;
    for (int64_t i = 0; i < pairs.sites; i++)
        for (int64_t r = 0; r < rows; r++) turned[i * BLOCK + r] = states[r * pairs.sites + i];
    for (int64_t r = 0; r < rows; r++) energies[r] = 0;
    for (int64_t i = 0; i < pairs.sites; i++)
        for (int64_t r = 0; r < rows; r++) energies[r] += (double)theta[pairs.fields + i * q + turned[i * BLOCK + r]];
    for (int64_t k = 0; k < pairs.count; k++) {
        const float *couplings = theta + pairs.couplings + k * q * q;
        const uint8_t *a = turned + pairs.ends[2 * k] * BLOCK, *b = turned + pairs.ends[2 * k + 1] * BLOCK;
        for (int64_t r = 0; r < rows; r++) energies[r] += (double)couplings[a[r] * q + b[r]];
    }
    for (int64_t r = 0; r < rows; r++) energies[r] = -energies[r] / model->temperature;
}

hol_status hol_mutants_energies(const hol_model *model, const float *theta, const uint8_t *states, int64_t rows,
                                double *energies) {
    hol_status status = HOL_OK;
    const int64_t columns = hol_model_columns(model);
    uint8_t *scratch = NULL;
    HOL_TRY(HOL_ALLOCATE(scratch, model->ops->pairs ? HOL_PRODUCT(columns, BLOCK) : model->info.visible, "rows"));
    for (int64_t r = 0; r < rows && model->ops->pairs; r += BLOCK)
        add_pairs(model, theta, states + r * columns, rows - r < BLOCK ? rows - r : BLOCK, scratch, energies + r);
    for (int64_t r = 0; r < rows && !model->ops->pairs; r++)
        energies[r] = hol_mutants_energy(model, theta, states + r * columns, scratch);
cleanup:
    hol_free(scratch);
    return status;
}

/* ---- of mutants -------------------------------------------------------------------------------------------------- */

/* fields and couplings of each column in each state, all others as they stand, less those of its own state */
static void find_by_pairs(const hol_model *model, const float *theta, const uint8_t *states, double *changes) {
    const hol_model_pairs pairs = model->ops->pairs(model);
    const int64_t q = pairs.states;
    for (int64_t k = 0; k < pairs.sites * q; k++) changes[k] = -(double)theta[pairs.fields + k];
    for (int64_t k = 0; k < pairs.count; k++) {
        const int64_t i = pairs.ends[2 * k], j = pairs.ends[2 * k + 1];
        const float *couplings = theta + pairs.couplings + k * q * q;
        for (int64_t a = 0; a < q; a++) {
            changes[i * q + a] -= (double)couplings[a * q + states[j]];
            changes[j * q + a] -= (double)couplings[states[i] * q + a];
        }
    }
    for (int64_t i = 0; i < pairs.sites; i++) {
        const double own = changes[i * q + states[i]];
        for (int64_t a = 0; a < q; a++) changes[i * q + a] = (changes[i * q + a] - own) / model->temperature;
    }
}

static hol_status find_by_energies(const hol_model *model, const float *theta, const uint8_t *states, double *changes) {
    hol_status status = HOL_OK;
    const int64_t columns = hol_model_columns(model), most = hol_mutants_states(model);
    uint8_t *units = NULL;
    HOL_TRY(HOL_ALLOCATE(units, model->info.visible, "sequence"));
    const double energy = hol_mutants_energy(model, theta, states, units);
    for (int64_t c = 0; c < columns; c++) {
        const hol_variable variable = hol_variable_get(model, c);
        for (int64_t a = 0; a < most; a++) {
            changes[c * most + a] = a < variable.states ? 0 : (double)NAN;
            if (a >= variable.states || a == states[c]) continue;
            hol_variable_set(&variable, a, units);
            changes[c * most + a] = model->ops->exact_free_energy(model, theta, units) - energy;
        }
        hol_variable_set(&variable, states[c], units);
    }
cleanup:
    hol_free(units);
    return status;
}

hol_status hol_mutants_find(const hol_model *model, const float *theta, const uint8_t *states, double *changes) {
    if (model->ops->pairs) {
        find_by_pairs(model, theta, states, changes);
        return HOL_OK;
    }
    if (model->ops->exact_free_energy) return find_by_energies(model, theta, states, changes);
    return hol_error(HOL_USAGE, "found a model %s, expected one that has free energies of rows", model->ops->kind);
}
