/* ising: what src/model/ising*.c share; not for others. */
#ifndef HOL_SRC_MODEL_ISING_H
#define HOL_SRC_MODEL_ISING_H

#include "common.h"
#include "num/spins.h"

typedef struct ising {
    hol_model base;
    hol_graph *graph;   /* owned */
    int32_t *lattice;   /* owned: (2, dimensions): lengths, then 1 where periodic; or NULL */
    int64_t dimensions; /* of the lattice */
    int32_t form[2];    /* signed, shared: kept with the structures, so that a checkpoint says them itself */
    bool signed_spins;  /* s = -1, 1 */
    bool shared;        /* one coupling, one field */
    bool fields;        /* whether there are any */
    bool multi_spin;    /* shared, and few neighbours: num/spins.h does the sampling */
    double coupling, field;
    float *initial;        /* owned: (edges), or NULL */
    float *initial_fields; /* owned: (units), or NULL */
    int64_t at_couplings;  /* offset in theta */

    /* tables of couplings that differ, and of those that have too many neighbours: num/sparse.h */
    hol_sparse sparse;
    int32_t *bias;            /* owned: (units) */
    int32_t *couplings;       /* owned: (2 edges), by neighbour */
    int64_t doubled_constant; /* 2 E = (doubled_constant - 2 sum of biases and couplings of units that are on) scale */

    /* tables of equal couplings */
    double shared_coupling, shared_field; /* over tau */
    hol_spins spins;
    hol_spin_rule *rules;   /* owned: (HOL_SPIN_DEGREE_MAX + 1) */
    hol_spin_list *lists;   /* owned */
    int32_t *neighbours;    /* owned: (2 edges): by list, place in a unit's neighbours, unit */
    int64_t *colour_starts; /* owned: (colours + 1) into lists */
    int32_t *units;         /* owned: (units): by colour, then degree */
} ising;

static inline const ising *as_ising(const hol_model *model) { return (const ising *)model; }

/* ising_tables.c: the lists of units that multi-spin coding works on; making and rounding of the tables. */
hol_status hol_ising_make_tables(ising *self, const hol_kernels *kernels) HOL_MUST_USE;
hol_status hol_ising_prepare(hol_model *model, const float *theta) HOL_MUST_USE;

/* ln (p / (1 - p)) of unit i, given its neighbours in one lane. */
double hol_ising_log_odds(const ising *self, const uint64_t *words, int64_t i, int lane);

/* ising_values.c */
void hol_ising_energy(const hol_model *model, hol_population *population, double *values);
void hol_ising_pseudo_likelihood(const hol_model *model, hol_population *population, hol_rng_key key, double *values);
void hol_ising_reconstruction(const hol_model *model, hol_population *population, hol_rng_key key, double *values);

/* ising_exact.c */
double hol_ising_exact_free_energy(const hol_model *model, const float *theta, const uint8_t *visible);
int64_t hol_ising_exact_units(const hol_model *model);
hol_status hol_ising_factors(const hol_model *model, const float *theta, hol_factors **ret_factors) HOL_MUST_USE;
double hol_ising_exact_chunk(const hol_model *model, const float *theta, int64_t chunk, int chunk_bits,
                             double *scratch);

extern const hol_model_ops hol_model_ising;

#endif
