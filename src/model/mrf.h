/* mrf: what src/model/mrf*.c share; not for others. */
#ifndef HOL_SRC_MODEL_MRF_H
#define HOL_SRC_MODEL_MRF_H

#include <math.h>

#include "common.h"

/* A conditional is tabulated where it has at most this many entries. */
enum { HOL_MRF_ENTRIES_MAX = 4096 };

/* A variable's part in a clique. */
typedef struct incidence {
    int64_t clique;
    int64_t stride; /* of the variable's state in the clique's table */
} incidence;

/* How a variable hangs on its neighbours. Where these have few states together, its conditional is tabulated. */
typedef struct conditional {
    int64_t configurations; /* of the neighbours */
    int64_t thresholds;     /* into mrf.thresholds: (configurations, states), or -1: not tabulated */
} conditional;

typedef struct mrf {
    hol_model base;
    hol_model_ops ops; /* the kind's, less what this field can't do */
    int64_t variables, cliques;
    int32_t *cardinalities;    /* owned, as all arrays: (variables) */
    int64_t *first_units;      /* (variables + 1) */
    int32_t *clique_rows;      /* (cliques, width): the structure, filled up with -1; NULL where the kind keeps none */
    int32_t *zeros;            /* (number): the structure; NULL: nothing is forbidden */
    int32_t *alphabet;         /* (states): the structure; NULL: none */
    int64_t *scope_starts;     /* (cliques + 1) */
    int32_t *scopes;           /* variables, clique after clique */
    int64_t *strides;          /* of each of them in the clique's table */
    int64_t *table_starts;     /* (cliques + 1): into theta */
    int64_t *incidence_starts; /* (variables + 1) */
    incidence *incidences;     /* of each variable, in the order of the cliques */
    uint8_t *forbidden;        /* (parameters); NULL: nothing is */
    float *start;              /* (parameters); NULL: zeros */
    double *tables;            /* (parameters): theta / tau, -infinity where forbidden */
    int32_t *order;            /* (variables): colour after colour, ascending in each */
    int64_t *colour_starts;    /* (colours + 1) into order */
    int64_t colours;
    conditional *conditionals; /* (variables) */
    int64_t *neighbour_starts; /* (variables + 1): into neighbours and weights */
    int32_t *neighbours;       /* ascending for each variable */
    int64_t *weights;          /* of a neighbour's state in the configurations' number */
    uint64_t *thresholds;
    struct hol_pairwise *pairs; /* where no clique has more than two variables and not all conditionals are tabulated:
                                 * then there are neither tables nor neighbours, colours and thresholds */
    const hol_kernels *kernels; /* borrowed */
    struct search *search; /* for states that no constraint forbids; NULL: nothing is forbidden */
} mrf;

static inline const mrf *as_mrf(const hol_model *model) { return (const mrf *)model; }

static inline int64_t scope_size(const mrf *self, int64_t q) {
    return self->scope_starts[q + 1] - self->scope_starts[q];
}

static inline bool is_forbidden(const mrf *self, int64_t entry) { return self->forbidden && self->forbidden[entry]; }

/* ---- mrf.c: making, a function after the other; after an error the model is the caller's to destroy. Of a kind of its
 * own, which describes info between the cliques and the end. */
hol_status hol_mrf_begin(const hol_model_ops *ops, const hol_model_options *options, mrf **ret_self) HOL_MUST_USE;
hol_status hol_mrf_add_variables(mrf *self, int64_t variables, const int32_t *cardinalities) HOL_MUST_USE;
/* Room for so many cliques, whose scopes have so many variables in all; and the next one of them, of `size` variables,
 * which are different and there. */
hol_status hol_mrf_make_cliques(mrf *self, int64_t cliques, int64_t scopes) HOL_MUST_USE;
void hol_mrf_add_clique(mrf *self, int64_t size, const int32_t *scope);
hol_status hol_mrf_finish(mrf *self) HOL_MUST_USE;

void hol_mrf_destroy(hol_model *model);
hol_status hol_mrf_prepare(hol_model *model, const float *theta) HOL_MUST_USE;
int64_t hol_mrf_scratch_bytes(const hol_model *model, int64_t blocks);

/* ---- mrf_states.c: states, unpacked: byte (variable, lane) is the state of a variable in a lane of a block; digits
 * that are no state (lanes beyond a population may hold anything) count as the last one */

static inline int64_t unpacked_bytes(const mrf *self) { return self->variables * HOL_LANES; }
/* What a block has of a population's scratch: its unpacked states, and two bytes a variable for a search. */
static inline int64_t block_scratch(const mrf *self) { return unpacked_bytes(self) + 4 * self->variables; }
void hol_mrf_unpack(const mrf *self, const uint64_t *words, uint8_t *states);
void hol_mrf_pack(const mrf *self, const uint8_t *states, uint64_t *words);

/* The place in clique q's table; the state of variable v is states[v * stride]. */
int64_t hol_mrf_entry(const mrf *self, int64_t q, const uint8_t *states, int64_t stride);

/* logits[s] = sum over the cliques of variable v of the table's entry with v in state s: ln p(v = s | all others) but
 * for a constant. logits is (HOL_STATES_MAX). */
void hol_mrf_logits(const mrf *self, int64_t v, const uint8_t *states, int64_t stride, double *logits);

/* ---- mrf_graph.c: neighbours, colours and what is tabulated; once, in create */
hol_status hol_mrf_connect(mrf *self) HOL_MUST_USE;

/* ---- mrf_sample.c */
void hol_mrf_tabulate(mrf *self);
void hol_mrf_sweep(const hol_model *model, hol_population *population, const hol_draw *draw, int64_t sweeps);
void hol_mrf_add_fair(const hol_model *model, double share, double *expectation);
void hol_mrf_accumulate(const hol_model *model, hol_population *population, int32_t *statistics);

/* ---- mrf_pairs.c: fields whose cliques have one or two variables, by num/pairwise. create leaves pairs NULL where the
 * field is none of such, or all conditionals are small enough for tables */
hol_status hol_mrf_pairs_create(mrf *self) HOL_MUST_USE;

/* ---- mrf_start.c */
hol_status hol_mrf_search_create(mrf *self) HOL_MUST_USE;
void hol_mrf_search_destroy(mrf *self);
void hol_mrf_randomize(const hol_model *model, hol_population *population, hol_rng_key key);

/* ---- mrf_values.c: what a state is worth */
void hol_mrf_energy(const hol_model *model, hol_population *population, double *values);
void hol_mrf_pseudo_likelihood(const hol_model *model, hol_population *population, hol_rng_key key, double *values);
void hol_mrf_pseudo_likelihood_all(const hol_model *model, hol_population *population, double *values);
void hol_mrf_reconstruction(const hol_model *model, hol_population *population, hol_rng_key key, double *values);
void hol_mrf_project(const hol_model *model, hol_population *population);
/* p(v = s) by the means of the data (model/means.h), kept off 0; uniform where means is NULL. *ret_next, unless NULL,
 * is where the next variable's begin. */
void hol_mrf_frequencies(const mrf *self, int64_t v, const double *means, double *p, const double **ret_next);
double hol_mrf_independent(const hol_model *model, const double *visible_means, float *theta);
double hol_mrf_exact_free_energy(const hol_model *model, const float *theta, const uint8_t *visible);
int64_t hol_mrf_exact_units(const hol_model *model);
double hol_mrf_exact_chunk(const hol_model *model, const float *theta, int64_t chunk, int chunk_bits, double *scratch);
hol_status hol_mrf_factors(const hol_model *model, const float *theta, hol_factors **ret_factors) HOL_MUST_USE;

/* The operations of every field, in its hol_model_ops. Nothing is hidden: a free energy is the energy. */
/* clang-format off */
#define HOL_MRF_OPERATIONS \
    .destroy = hol_mrf_destroy, \
    .prepare = hol_mrf_prepare, \
    .randomize = hol_mrf_randomize, \
    .scratch_bytes = hol_mrf_scratch_bytes, \
    .infer = hol_infer_nothing, \
    .sweep = hol_mrf_sweep, \
    .project = hol_mrf_project, \
    .accumulate = hol_mrf_accumulate, \
    .add_fair = hol_mrf_add_fair, \
    .free_energy = hol_mrf_energy, \
    .pseudo_likelihood = hol_mrf_pseudo_likelihood, \
    .reconstruction = hol_mrf_reconstruction, \
    .pseudo_likelihood_all = hol_mrf_pseudo_likelihood_all, \
    .energy = hol_mrf_energy, \
    .independent = hol_mrf_independent, \
    .factors = hol_mrf_factors, \
    .exact_free_energy = hol_mrf_exact_free_energy, \
    .exact_units = hol_mrf_exact_units, \
    .exact_chunk = hol_mrf_exact_chunk
/* clang-format on */

extern const hol_model_ops hol_model_mrf, hol_model_potts;

#endif
