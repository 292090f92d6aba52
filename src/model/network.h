/* network: layers of units and the blocks of couplings within and between them; what src/model/network*.c and
 * presets.c share.
 *
 *     E(u) = -sum_i b_i u_i - sum_(i < j) J_ij u_i u_j          u = 0, 1 (binary) or -1, 1 (spin)
 *     p(u_i = 1 | all others) = logistic(m_i (b_i + sum_j J_ij u_j) / tau)          m = 1 (binary) or 2 (spin)
 *
 * A unit is a bit x of a state, u = m x - c with c = m - 1: what samples works on bits, with m_i m_j J_ij for a
 * coupling and m_i (b_i - sum_j c_j J_ij) for a bias; statistics are counted in bits and turned back.
 *
 * theta has a group of biases for each layer, then one of couplings for each block. T is their statistics: u_i, and
 * u_i u_j; where one number is shared, the mean over all units or pairs that share it. An edge of categorical units is
 * an edge for each pair of their states; where edges share couplings, these are a symmetric matrix, and the statistic
 * of two different states is that of either order. A sweep visits the layers one after the other, units of a layer that
 * are coupled among themselves one after the other, too. */
#ifndef HOL_SRC_MODEL_NETWORK_H
#define HOL_SRC_MODEL_NETWORK_H

#include "common.h"
#include "num/narrow.h"
#include "num/pairwise.h"
#include "num/sites.h"
#include "num/spins.h"
#include "state/columns.h"

typedef struct layer {
    hol_parameter_group bias; /* name, axes and text: the preset's */
    int64_t units;
    bool hidden, spin, has_bias;
    bool shares_bias; /* one for all units */
    hol_sites *sites; /* owned: its variables of more than two states; NULL: none (network_sites.c) */

    int64_t first;   /* its first unit in a state; visible layers come first */
    bool coupled;    /* its units among themselves */
    bool by_colours; /* which are drawn by lists of neighbours */
    hol_layer table; /* a view: inputs are units first_input .., as far as those it is coupled to reach */
    int64_t first_input;
    int32_t *weights;       /* owned, and the team's: (inputs, stride) */
    int16_t *narrow;        /* in the same memory: (strips, inputs, 32); or NULL */
    int32_t *biases;        /* owned, and the team's: (stride) */
    int32_t *reach;         /* owned: of narrow ones (ranges of inputs); or NULL */
    hol_sparse sparse;      /* a view: its units in lists of neighbours */
    int32_t *order;         /* owned: (units), colour after colour */
    int64_t *colour_starts; /* owned */

    /* network_pairs.c: of sites, coupled */
    hol_pairwise *pairs; /* owned: its variables; or NULL */
    int64_t variables;
    int32_t *states; /* owned: (variables) */
    int64_t *places; /* owned: where each begins among the layer's units */
} layer;

/* how theta has a block's couplings: a matrix, symmetric where it is within a layer; one for each edge; one for all */
typedef enum block_form { DENSE = HOL_BLOCK_MATRIX, EDGES = HOL_BLOCK_EDGES, SHARED = HOL_BLOCK_SHARED } block_form;

typedef struct block {
    hol_parameter_group couplings; /* name, axes and text: the preset's */
    layer *rows, *columns;         /* the same, or rows before columns */
    block_form form;
    uint32_t number;    /* keeps the first couplings apart from other blocks' */
    int64_t first_edge; /* unless dense: its edges are the graph's from here on, */
    int64_t edges;      /* so many; of two variables of more units one for each pair of these */
    int64_t states;     /* of shared couplings: units of each variable; there is a symmetric matrix of them */
    int64_t at;         /* offset in theta */
    float
        *sums; /* owned, and the team's: (tiles of rows, columns): what is summed over rows of one between two layers */
} block;

typedef struct network {
    hol_model base;
    hol_model_ops ops; /* the kind's, less what this network can't do */
    hol_team *team;    /* whose the tables are; borrowed. With a graph or spins they are this rank's alone, all rows */
    int layer_count, block_count;
    layer layers[HOL_LAYERS_MAX];
    block blocks[HOL_BLOCKS_MAX];
    bool masked;         /* the preset's: dense blocks have only the graph's pairs */
    bool listed;         /* there are lists of neighbours alone, and no tables: nothing is hidden, no block dense */
    bool hidden_coupled; /* hidden units among themselves */
    bool spins, sites;   /* some layer's */
    int64_t positive_sweeps;
    hol_graph *graph; /* owned: the pairs of all blocks that are not dense; or, with `kept`, of dense ones */
    uint8_t *kept;    /* owned: (parameters) 0 for couplings that are none: where masked, of dense blocks that are
                            * not in the graph, and those within a site; or NULL */
    int32_t *cardinalities, *site_reach; /* owned: of the data's columns, where they are states; and of sites (sites) */
    int64_t *first_units;                /* owned: (columns + 1) */
    int32_t *all_states;                 /* owned: those of info.variables, */
    int64_t *all_first;                  /* too; or NULL */
    double bias, coupling;               /* where biases without data and couplings on lists begin */
    int32_t *lattice, form[2];           /* owned: what ising's structures show, */
    int32_t *layer_rows, *block_rows, *edge_rows;                   /* and those of a network by name */
    char names[HOL_MODEL_GROUPS_MAX][2 * HOL_LAYER_NAME_SIZE + 16]; /* of its groups */
    float *initial_fields;    /* owned: (units), where biases begin; NULL: by the data */
    float *initial;           /* owned: (edges), where couplings begin; NULL: as without a graph */
    float *zeros;             /* owned: (units), in the place of biases that are off */
    int32_t *edge_couplings;  /* owned: (2 edges), by neighbour; of bits */
    int32_t *edge_bias;       /* owned: (units) */
    int64_t doubled_constant; /* 2 E = (doubled_constant - 2 sum of biases and couplings of bits that are on) scale */
    int32_t *projected;       /* owned: (64, widest visible layer's stride), where there are several; or NULL */
    double *scores;           /* owned: (lanes, most_states), network_values.c's */
    int64_t most_states;      /* of a visible variable */
    int32_t *ones, *counts;   /* owned: (units) and (parameters): statistics of bits; with spins in dense blocks */

    /* network_tables.c: of two layers and one dense block */
    float *records;           /* owned, and the team's: what is measured of its rows (num/narrow.h); or NULL */
    hol_narrow_bounds bounds; /* its arrays owned */
    int narrow_bits;          /* fraction bits at the last training step; -1: too few */

    /* network_anneal.c; owned: (visible stride), or NULL */
    int32_t *path_bias;  /* the biases over beta at one beta */
    int32_t *path_drift; /* the end's biases less the start's */
    double *path_start;  /* the start's biases over tau */

    /* network_spins.c: of one layer, whose few couplings are all equal */
    bool multi_spin;
    double shared_coupling, shared_bias; /* over tau */
    hol_spins lists;
    hol_spin_rule *rules;  /* owned: (HOL_SPIN_DEGREE_MAX + 1) */
    hol_spin_list *pieces; /* owned */
    int32_t *neighbours;   /* owned: (2 edges): by list, place in a unit's neighbours, unit */
    int64_t *piece_starts; /* owned: (colours + 1) into pieces */
    int32_t *piece_units;  /* owned: (units): by colour, then degree */
} network;

static inline const network *as_network(const hol_model *model) { return (const network *)model; }

/* network_parts.c. A preset begins one, adds its layers, visible ones first, and its blocks, at most one for a pair of
 * layers, sets what is the preset's, and finishes it (network.c), which destroys it when it fails. */
hol_status hol_network_begin(const hol_model_ops *kind, const hol_model_options *options, network **ret) HOL_MUST_USE;
layer *hol_network_add_layer(network *self, layer l);
void hol_network_add_block(network *self, layer *rows, layer *columns, block b);
hol_status hol_network_finish(network *self, const hol_model_options *options, hol_model **ret_model) HOL_MUST_USE;
void hol_network_destroy(hol_model *model);

/* Groups of parameters, and how T is counted. */
void hol_network_describe(network *self);
const layer *hol_network_layer_of(const network *self, int64_t unit);
/* Where the coupling of the graph's edge e is in theta; of a symmetric matrix one place, and in *ret_mirror the other
 * one, else the same; NULL: not wanted. */
int64_t hol_network_place(const network *self, int64_t e, int64_t *ret_mirror);

/* Each file's operations, as far as the network can do them, to self->ops, and what memory they need. */
hol_status hol_network_add_tables(network *self, const hol_model_options *options) HOL_MUST_USE;
hol_status hol_network_add_statistics(network *self) HOL_MUST_USE;
hol_status hol_network_add_values(network *self) HOL_MUST_USE;
void hol_network_add_exact(network *self);

/* network_tables.c. Tables for theta, as `prepare` makes them, with room for fields that reach `more` (times tau)
 * further. */
hol_status hol_network_round_tables(network *self, const float *theta, double more) HOL_MUST_USE;

/* network_sites.c. Columns of states, where the options have them: the states of each, borrowed, or NULL; and to
 * info.columns. */
hol_status hol_network_take_columns(network *self, const hol_model_options *options,
                                    const int32_t **ret_states) HOL_MUST_USE;
/* The layer's units are of `count` variables of so many states, or with states NULL all of `of_all`. */
hol_status hol_network_set_states(layer *l, int64_t count, const int32_t *states, int32_t of_all) HOL_MUST_USE;
/* The graph of these edges of variables, (edges, 2), by the first unit of each: of all pairs of their units, edge after
 * edge, those of the earlier variable's first unit first. */
hol_status hol_network_join(network *self, const hol_structure *edges) HOL_MUST_USE;
/* How many pairs of units an edge has. */
int64_t hol_network_pairs_of(const network *self, const int32_t ends[2]);
/* info.variables, where hidden layers have sites. */
hol_status hol_network_list_variables(network *self) HOL_MUST_USE;
/* All variables, or hidden ones, to fair states; held ones stay. */
void hol_network_randomize(const network *self, hol_population *population, const hol_draw *draw, bool only_hidden);
/* Biases of sites' units for means of units, which count as HOL_SITE_MEAN_MIN at least; their sum over a site is 0. */
#define HOL_SITE_MEAN_MIN 1e-3
void hol_network_set_site_biases(const network *self, const layer *l, const double *means, float *bias);

/* network_pairs.c. What sweeps of a layer of coupled sites need, the bytes of scratch, and such sweeps, of which each
 * has the number after the last one's. */
hol_status hol_network_make_pairs(network *self, layer *l, const hol_kernels *kernels) HOL_MUST_USE;
int64_t hol_network_pairs_bytes(const layer *l, int64_t blocks);
void hol_network_sweep_pairs(const network *self, const layer *l, hol_population *population, const hol_draw *draw,
                             int64_t sweeps);

/* network_spins.c, where multi_spin is set. Energies of 64 chains, and ln (p / (1 - p)) of a unit in a lane. */
hol_status hol_network_make_lists(network *self, const hol_kernels *kernels) HOL_MUST_USE;
void hol_network_make_rules(network *self, const float *theta);
void hol_network_shared_energy(const network *self, const uint64_t *words, double values[HOL_LANES]);
double hol_network_shared_log_odds(const network *self, const uint64_t *words, int64_t unit, int lane);

/* Two layers, visible and hidden, the hidden one of bits, and the matrix between them: what costs less for it. */
static inline bool hol_network_is_pair(const network *self) {
    return self->layer_count == 2 && self->block_count == 1 && !self->graph && !self->spins && self->layers[1].hidden &&
           !self->layers[0].hidden && self->blocks[0].rows != self->blocks[0].columns && !self->layers[1].sites;
}

/* The variable that the layer's unit i is of: a site, or the unit by itself. */
static inline hol_variable hol_network_variable(const layer *l, int64_t i) {
    const int64_t k = l->sites ? hol_sites_find(l->sites, i) : 0;
    if (!l->sites || k == l->sites->count || l->sites->first[k] > i)
        return (hol_variable){.first = l->first + i, .units = 1, .states = 2};
    const int64_t states = l->sites->states[k];
    return (hol_variable){.first = l->first + l->sites->first[k], .units = states, .states = states, .is_site = true};
}

/* How many couplings a block that is not dense has. */
static inline int64_t hol_network_listed(const block *b) {
    return b->form == SHARED ? b->states * b->states : b->edges;
}

static inline double hol_network_bias(const layer *l, const float *theta, int64_t i) {
    return l->has_bias ? (double)theta[l->bias.offset + (l->shares_bias ? 0 : i)] : 0;
}

/* u = m x - c: m, and u */
static inline int32_t step_of(const layer *l) { return l->spin ? 2 : 1; }
static inline int32_t value_of(const layer *l, bool on) { return step_of(l) * on - l->spin; }

/* The states as a layer's inputs, and as its outputs. */
static inline hol_states layer_inputs(const layer *l, const hol_population *population) {
    hol_states states = population->states;
    states.words += l->first_input;
    return states;
}
static inline hol_states layer_outputs(const layer *l, const hol_population *population) {
    hol_states states = population->states;
    states.words += l->first;
    return states;
}

#endif
