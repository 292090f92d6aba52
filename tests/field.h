/* field: factors as a model, and chains of it shared out over the ranks, for tests with enumeration as their oracle. */
#ifndef HOL_TESTS_FIELD_H
#define HOL_TESTS_FIELD_H

#include "base/alloc.h"
#include "model/cliques.h"
#include "num/bits.h"
#include "random_factors.h"
#include "sample/population.h"

typedef struct field {
    hol_factors *factors;
    hol_model *model;
    float *theta;
    hol_population *chains;
} field;

static inline field make_field(hol_factors *factors, double temperature, int64_t chains) {
    field f = {.factors = factors};
    hol_cliques description;
    hol_model_options options = {.kind = "mrf", .temperature = temperature};
    assert_ok(hol_cliques_from_factors(factors, &description));
    hol_cliques_apply(&description, &options);
    assert_ok(hol_model_create(&options, &f.model));
    hol_cliques_clear(&description);
    f.theta = hol_allocate(f.model->info.parameters, sizeof *f.theta);
    assert_non_null(f.theta);
    f.model->ops->initialize(f.model, NULL, 0.01, 1, f.theta);
    assert_ok(f.model->ops->prepare(f.model, f.theta));
    assert_ok(hol_population_create(f.model, chains, hol_comm_rank(test_comm), hol_comm_size(test_comm), &f.chains));
    return f;
}

static inline void free_field(field *f) {
    hol_population_destroy(f->chains);
    hol_free(f->theta);
    hol_model_destroy(f->model);
    hol_factors_destroy(f->factors);
}

/* The states of an owned chain; the units of a chain are bytes on the way. */
static inline void get_states(const field *f, int64_t chain, uint8_t *states) {
    uint8_t units[1024];
    hol_population_get_bytes(f->chains, 0, f->model->info.visible, chain, 1, units);
    hol_columns_from_units(&f->model->info.columns, 1, units, states);
}

static inline void set_states(const field *f, int64_t chain, const uint8_t *states) {
    uint8_t units[1024];
    hol_columns_to_units(&f->model->info.columns, 1, states, units);
    hol_population_set_bytes(f->chains, 0, f->model->info.visible, chain, 1, units);
}

static inline int64_t states_of(const hol_factors *factors) {
    int64_t count = 1;
    for (int64_t v = 0; v < factors->variables; v++) count *= factors->cardinalities[v];
    return count;
}

static inline int64_t number_of(const hol_factors *factors, const uint8_t *states) {
    int64_t number = 0;
    for (int64_t v = 0; v < factors->variables; v++) number = number * factors->cardinalities[v] + states[v];
    return number;
}

#endif
