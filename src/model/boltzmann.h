/* boltzmann: what src/model/boltzmann*.c share; not for others. */
#ifndef HOL_SRC_MODEL_BOLTZMANN_H
#define HOL_SRC_MODEL_BOLTZMANN_H

#include "common.h"
#include "num/narrow.h"

/* The units of one half-sweep, and how they hang on the other units and on each other. */
typedef struct half {
    hol_layer layer; /* a view: inputs are units first_input .., outputs units first_unit .. */
    int64_t first_unit;
    int64_t first_input;    /* inputs are visible, then hidden units, as far as couplings to them are on */
    bool coupled;           /* the outputs are inputs too, and are drawn one after the other */
    int32_t *weights;       /* owned, and the team's: (inputs, stride) */
    int16_t *narrow;        /* in the same memory: (strips, inputs, 32); or NULL */
    int32_t *bias;          /* owned, and the team's: (stride) */
    int32_t *reach;         /* owned: of narrow ones (ranges of inputs); or NULL */
    hol_sparse sparse;      /* a view, of a machine with a graph: how its coupled units are drawn */
    int32_t *order;         /* owned: (outputs): its units, colour after colour; NULL without a graph */
    int64_t *colour_starts; /* owned */
} half;

typedef struct boltzmann {
    hol_model base;
    hol_team *team;    /* whose the tables are; borrowed. With a graph they are this rank's alone, with all rows */
    hol_model_ops ops; /* the kind's, less what this machine can't do */
    half visible, hidden;
    bool biases, weights, visible_couplings, hidden_couplings;
    /* offsets in theta, where on */
    int64_t at_visible_bias, at_hidden_bias, at_weights, at_visible_couplings, at_hidden_couplings;
    int64_t positive_sweeps;
    hol_graph *graph;         /* owned: which units are coupled; NULL: all of them */
    unsigned joined;          /* the parts of the energy that the graph, or all pairs, have couplings in */
    uint8_t *kept;            /* owned: (parameters) 1 for biases and the graph's edges; NULL without a graph */
    float *initial_fields;    /* owned: (units), where biases begin; NULL: by the data */
    float *initial;           /* owned: (edges), where couplings begin; NULL: as without a graph */
    int32_t *edge_couplings;  /* owned: (2 edges), by neighbour */
    int32_t *edge_bias;       /* owned: (all units) */
    float *zeros;             /* owned: (all units), in the place of biases that are off */
    float *sums;              /* owned, and the team's: (tiles of visible units, hidden): what is summed over them */
    float *records;           /* owned, and the team's: what is measured of W's rows (num/narrow.h); or NULL */
    hol_narrow_bounds bounds; /* its arrays owned */
    int narrow_bits;          /* fraction bits at the last training step; -1: too few */
    /* rbm.c: annealing's; owned: (visible stride), or NULL */
    int32_t *path_bias;  /* the biases over beta at one beta */
    int32_t *path_drift; /* the end's biases less the start's */
    double *path_start;  /* the start's biases over tau */
} boltzmann;

static inline const boltzmann *as_boltzmann(const hol_model *model) { return (const boltzmann *)model; }

/* The states as a half's inputs, and as its outputs. */
static inline hol_states half_inputs(const half *h, const hol_population *population) {
    hol_states states = population->states;
    states.words += h->first_input;
    return states;
}
static inline hol_states half_outputs(const half *h, const hol_population *population) {
    hol_states states = population->states;
    states.words += h->first_unit;
    return states;
}

/* boltzmann_tables.c. One half's memory, its layer a view of it; what 16-bit tables need, where they can be; and the
 * operations. */
hol_status hol_boltzmann_make_half(half *h, hol_team *team, int64_t inputs, int64_t outputs) HOL_MUST_USE;
hol_status hol_boltzmann_make_narrow(boltzmann *self) HOL_MUST_USE;
hol_status hol_boltzmann_prepare(hol_model *model, const float *theta) HOL_MUST_USE;
hol_status hol_boltzmann_prepare_training(hol_model *model, const float *theta) HOL_MUST_USE;
/* Tables for theta, as `prepare` makes them, with room for fields that reach `more` (times tau) further. */
hol_status hol_boltzmann_round_tables(boltzmann *self, const float *theta, double more) HOL_MUST_USE;

/* boltzmann_values.c */
void hol_boltzmann_free_energy(const hol_model *model, hol_population *population, double *values);
void hol_boltzmann_pseudo_likelihood(const hol_model *model, hol_population *population, hol_rng_key key,
                                     double *values);
void hol_boltzmann_reconstruction(const hol_model *model, hol_population *population, hol_rng_key key, double *values);
void hol_boltzmann_energy(const hol_model *model, hol_population *population, double *values);
double hol_boltzmann_independent(const hol_model *model, const double *visible_means, float *theta);

/* boltzmann_graph.c: all of it does nothing without a graph. From options first, for describing; then, once the
 * parameters have places, what is kept and drawn. */
hol_status hol_boltzmann_make_graph(boltzmann *self, const hol_model_options *options) HOL_MUST_USE;
hol_status hol_boltzmann_make_orders(boltzmann *self, const float *initial) HOL_MUST_USE;
/* Entries of no edge to 0, of sums, and of theta, which gets the first couplings. */
void hol_boltzmann_keep_sums(const boltzmann *self, int32_t *statistics);
void hol_boltzmann_begin_edges(const boltzmann *self, float *theta);
/* After the tables were rounded. */
void hol_boltzmann_prepare_graph(boltzmann *self);

/* boltzmann_exact.c */
double hol_boltzmann_exact_free_energy(const hol_model *model, const float *theta, const uint8_t *visible);
int64_t hol_boltzmann_exact_units(const hol_model *model);
double hol_boltzmann_exact_means(const hol_model *model, const float *theta, int64_t chunk, int chunk_bits,
                                 double *scratch, double *means);
hol_status hol_boltzmann_factors(const hol_model *model, const float *theta, hol_factors **ret_factors) HOL_MUST_USE;
double hol_boltzmann_exact_chunk(const hol_model *model, const float *theta, int64_t chunk, int chunk_bits,
                                 double *scratch);

extern const hol_model_ops hol_model_boltzmann;
extern const hol_model_ops hol_model_rbm; /* it with parts off */

#endif
