/* model: the one interface of all energy-based models.
 *
 * A model is an exponential family over complete states x = (v, h) of binary units:
 *
 *     p(x) = exp(-E(x; theta) / tau) / Z(theta, tau)        E(x; theta) = -theta . T(x)
 *
 * The gradient of the log-likelihood is (E_data[T] - E_model[T]) / tau. The trainer knows only theta, as one flat
 * vector, and T, as whole-number statistics in the same order; the model knows what they mean, how to sample, and what
 * a state is worth.
 *
 * Most kinds are presets of one network of layers of units and blocks of couplings (src/model/network.h,
 * src/model/presets.c); mrf stands alone. To add a kind: write `const hol_model_ops hol_model_<kind>` there or in
 * src/model/<kind>.c, add its name to the list in src/model/registry.c, and write tests/model/test_<kind>.c (its
 * oracle: enumeration). An operation that the model can't do is NULL, and the caller says so. What the program must
 * know of a kind, as the keys of a config that it takes, stands there, too: no other room tells kinds apart. */
#ifndef HOL_MODEL_MODEL_H
#define HOL_MODEL_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/rng.h"
#include "base/status.h"
#include "base/team.h"
#include "num/layer.h"
#include "num/row_tiles.h"
#include "state/columns.h"
#include "state/factors.h"
#include "state/fields.h"
#include "state/structure.h"

typedef struct hol_model hol_model;

/* Parts that an energy can do without. */
enum {
    HOL_MODEL_BIASES = 1,
    HOL_MODEL_WEIGHTS = 2,           /* between visible and hidden units */
    HOL_MODEL_VISIBLE_COUPLINGS = 4, /* among visible units */
    HOL_MODEL_HIDDEN_COUPLINGS = 8,  /* among hidden units */
};

#define HOL_ANNEAL_BETA_MIN 0.03125

enum { HOL_MODEL_POSITIVE_SWEEPS = 10 };

/* What a kind's own key of a config, model.NAME, says: a number; 1 for true; the number of a choice; of a text, a list
 * or a mapping 1 where there is one. The name lives as long as the model. */
typedef struct hol_model_setting {
    const char *name;
    double value;
} hol_model_setting;

enum { HOL_MODEL_SETTINGS_MAX = 24 };
/* of settings that are choices */
enum { HOL_MODEL_SPINS_SIGNED, HOL_MODEL_SPINS_BINARY };
enum { HOL_MODEL_COUPLINGS_SHARED, HOL_MODEL_COUPLINGS_PER_EDGE };

typedef struct hol_model_options {
    const char *kind;                                   /* one of hol_model_kinds */
    int64_t visible;                                    /* units that the data set gives */
    int64_t hidden;                                     /* latent units */
    double temperature;                                 /* tau > 0 */
    unsigned without;                                   /* parts that are off, of those that the kind has */
    hol_model_setting settings[HOL_MODEL_SETTINGS_MAX]; /* ended by a NULL name */
    const hol_kernels *kernels;                         /* NULL: hol_kernels_get's */
    double *fields_seconds; /* hol_layer's; borrowed, as long as the model lives; NULL: the model's own */
    hol_team *team; /* borrowed, as long as the model lives: whose ranks all make this model, and share what they can;
                     * NULL: this rank alone */
    int structure_count; /* of the kinds that need any; borrowed during the call */
    hol_structure structures[HOL_MODEL_STRUCTURES_MAX];
    /* theta before the first step; NULL: none. Borrowed during the call: a clone has none */
    const float *initial;        /* of couplings: (edges), or of tables: (parameters) */
    const float *initial_fields; /* of units: (units) */
} hol_model_options;

/* A named part of theta: rows x columns numbers, row by row, from `offset`. Vectors have rows = 1. */
typedef struct hol_parameter_group {
    const char *name;           /* the data set's name in a checkpoint: "weights", "visible_bias" ... */
    const char *axes[2], *text; /* of the data set, as hol_field_describe takes them */
    int64_t rows;
    int64_t columns;
    int64_t offset;
    bool decays; /* whether weight decay applies */
    bool matrix; /* whether its rows and columns are units; others are one long vector */
} hol_parameter_group;

/* of a network of layers of units and blocks of couplings */
enum { HOL_LAYERS_MAX = 8, HOL_BLOCKS_MAX = 16, HOL_LAYER_NAME_SIZE = 16 };
enum { HOL_BLOCK_MATRIX, HOL_BLOCK_EDGES, HOL_BLOCK_SHARED };
/* the type of its units; of categorical ones of as many states as their columns have, or, from 2 on, that number */
enum { HOL_LAYER_COLUMNS = -1, HOL_LAYER_BINARY, HOL_LAYER_SPIN };

enum { HOL_MODEL_GROUPS_MAX = HOL_LAYERS_MAX + HOL_BLOCKS_MAX };

typedef struct hol_model_info {
    int64_t visible;     /* units 0 .. visible - 1 of a state */
    int64_t hidden;      /* units visible .. visible + hidden - 1 */
    int64_t parameters;  /* length of theta */
    int64_t first_order; /* the first this many entries of T are single units' states, in the order of the units;
                          * all units, or 0 in a model without biases, which has no centred gradient */
    hol_columns columns; /* what data sets have, where a column is not simply a unit */
    /* the same of columns, or visible units, and behind them hidden variables, where one of these is not simply a unit
     * (model/variable.h) */
    hol_columns variables;
    bool signed_spins;   /* whether all visible units are spins, -1 and 1; bits are 0 and 1 all the same */
    bool infer_draws;    /* whether h given v can only be sampled: infer then needs a draw */
    int32_t unit;        /* T is added up in units of 1 / unit: HOL_LEVELS where hidden units enter by levels, 1 where
                          * states are counted; of means, which are rounded to it once per block, 2^15 */
    int32_t largest;     /* |T_i| of a chain in these units, at most: how wide its sums must be */
    bool is_signed;      /* whether T_i of a chain may be negative */
    int group_count;
    hol_parameter_group groups[HOL_MODEL_GROUPS_MAX];
    int structure_count; /* what a checkpoint needs to keep so that the model can be made again; the model's own */
    hol_structure structures[HOL_MODEL_STRUCTURES_MAX];
} hol_model_info;

/* A run of blocks of complete states: what chains and mini-batches are made of (sample/population.h makes one).
 * states.words holds visible + hidden words per block. */
typedef struct hol_population {
    hol_states states; /* owned */
    int64_t count;     /* chains of the whole population, over all ranks */
    int32_t *expected; /* owned: probabilities, as expect and project leave them; scratch of others */
    uint8_t *levels;   /* owned: of hidden units (num/kernels.h), as infer and sweep leave them: (blocks, hidden_stride,
                        * 64); NULL where nobody asks for statistics (hol_population_add_levels), or units are drawn */
    int64_t hidden_stride; /* hidden units, rounded up to 16 */
    uint64_t *held;        /* owned: laid out as states.words, a bit for each unit of each chain that infer, sweep and
                            * randomize leave as it stands (conditioning; a variable's units are held together); NULL:
                            * all are drawn (hol_population_add_held) */
    bool continues;        /* where infer samples by sweeps: from the hidden states as they stand, not from fair bits */
    void *scratch;         /* owned; for the kernels */
    uint32_t *weights;     /* owned: (blocks * 64), how much each chain counts in means, where it is a row of data with
                            * a weight (io/sample_weights.h); NULL: all alike. Models don't look at it */
} hol_population;

/* What centring goes by; both (first_order), borrowed. */
typedef struct hol_centering {
    const float *offsets; /* that are taken from the units' states */
    const float *plain;   /* the gradient of single units before centring */
} hol_centering;

/* Where the parameters of a model of pairs of sites, each of `states` states, stand in theta (src/model/potts.c):
 *
 *     E(x) = -sum_i h_i(x_i) - sum_(pairs k of sites i < j) J_k(x_i, x_j)
 */
typedef struct hol_model_pairs {
    int64_t sites, states, count; /* count: of pairs */
    int64_t fields;               /* theta from here: h, (sites, states) */
    int64_t couplings;            /* theta from here: J, (count, states of i, states of j) */
    const int32_t *ends;          /* (count, 2): i, j. Borrowed from the model, as the next */
    const int32_t *alphabet;      /* (states): the letters' codes; NULL: states have none */
} hol_model_pairs;

typedef struct hol_model_ops {
    const char *kind;
    const char *summary; /* what it is, behind its name: "is the restricted Boltzmann machine, ..." */
    const char *keys;    /* of a config, that it takes and not every kind does, blanks between: "model.hidden" */
    bool self_contained; /* its keys say its units and where its parameters begin: there is something to sample without
                          * data or training */
    bool centers;        /* whether it has a centred gradient */
    bool wants_pseudo_count; /* whether training has one of itself */
    bool takes_columns;  /* whether a structure "cardinalities", (1, columns of the data), makes columns of states of
                          * its visible units */
    const hol_model_options *example; /* a small model with all parts and structures that the kind can have */

    /* What its keys say together, as settings, is_new of a user's config, not a checkpoint's: NULL, or the mistake,
     * "found X, expected Y", and the key that it is of. NULL: nothing can be wrong. */
    const char *(*check)(const hol_model_options *options, bool is_new, const char **ret_key);

    /* Checks the options' sizes (HOL_USAGE) and allocates; *ret_model is the caller's. Not collective. */
    hol_status (*create)(const hol_model_options *options, hol_model **ret_model);
    void (*destroy)(hol_model *model);

    /* theta before the first step: biases from the data's means (model/means.h; each in [0, 1]; NULL where there are no
     * data and the kind can do without), couplings from a normal of standard deviation `spread`. */
    void (*initialize)(const hol_model *model, const double *visible_means, double spread, uint64_t seed, float *theta);

    /* Rounds theta / tau to the whole-number tables that all sampling uses until the next call. HOL_NUMERICAL when a
     * parameter is not finite or a field could exceed HOL_FIXED_LIMIT. Collective over the model's team, whose theta is
     * one; equal on all ranks. */
    hol_status (*prepare)(hol_model *model, const float *theta);

    /* The same in fewer bits, for training: until the next call of either infer, sweep, project and what follows from
     * them alone may be called, and nothing that gives a value of a state. NULL: prepare is used. */
    hol_status (*prepare_training)(hol_model *model, const float *theta);

    /* States to begin at, of every lane, a function of the chain's number and the key; held units stay as they stand.
     * NULL: independent fair bits. */
    void (*randomize)(const hol_model *model, hol_population *population, hol_rng_key key);

    /* Bytes of a population's scratch for `blocks` blocks; NULL: none. */
    int64_t (*scratch_bytes)(const hol_model *model, int64_t blocks);

    /* Positive phase: hidden given the visible states that stand in the population. Leaves the hidden units' levels
     * where the population has room for them, and with `samples`, or where info.infer_draws, draws their states, by
     * numbers of a sweep or more then. */
    void (*infer)(const hol_model *model, hol_population *population, const hol_draw *draw, bool samples);

    /* p(h_j = 1 | v), 15 fractional bits, into expected: (blocks * 64, hidden_stride). NULL where h can only be
     * sampled, or nothing is hidden. */
    void (*expect)(const hol_model *model, hol_population *population);

    /* Negative phase: `sweeps` Gibbs sweeps (v given h, then h given v), from draw->sweep on, two numbers a sweep.
     * Leaves the levels of the last state as infer does. */
    void (*sweep)(const hol_model *model, hol_population *population, const hol_draw *draw, int64_t sweeps);

    /* p(v_i = 1 | all other units as they stand), 15 fractional bits, into expected: (blocks * 64, visible units
     * rounded up to 16). */
    void (*project)(const hol_model *model, hol_population *population);

    /* Adds the population's statistics T, hidden units replaced by their levels unless info.infer_draws, in units of
     * 1 / info.unit, to statistics (parameters). At most INT32_MAX / info.largest local chains at a time. Lanes beyond
     * the population's count do not count, and may be set to 0. */
    void (*accumulate)(const hol_model *model, hol_population *population, int32_t *statistics);
    /* The same of entries [first, end) alone, each at the beginning or end of a row of a parameter group, to as many
     * statistics: so that their sum over ranks is in flight while the next ones are added up. NULL where that isn't
     * worth it. */
    void (*accumulate_part)(const hol_model *model, hol_population *population, int64_t first, int64_t end,
                            int32_t *statistics);
    /* The same to 16 bits, which hold the sums of at most INT16_MAX / info.largest chains; NULL: they are copied. */
    void (*accumulate_narrow)(const hol_model *model, hol_population *population, int64_t first, int64_t end,
                              int16_t *statistics);

    /* Where nothing is hidden: E[T], (parameters), becomes (1 - share) E[T] + share times its value where all states
     * are as likely, 0 <= share < 1: a pseudo-count. NULL where hard constraints leave some states out. */
    void (*add_fair)(const hol_model *model, double share, double *expectation);

    /* The gradient for T turned into that for centred statistics, mapped back to theta (Montavon & Mueller 2012;
     * Melchior, Fischer & Wiskott 2016), in place, in two stages. center: the couplings of one matrix in a tile of
     * rows, and those rows' biases; tiles of one matrix may go at the same time, matrices one after the other.
     * center_biases, when all couplings of all ranks are done: the biases of columns in this rank's shares. gradient is
     * (parameters), the team's. */
    void (*center)(const hol_model *model, int group, hol_range rows, const hol_centering *centering, float *gradient);
    void (*center_biases)(const hol_model *model, float *gradient);

    /* Per lane of the local blocks, from the prepared tables; uses expected as scratch. values is (blocks * 64):
     * the free energy -ln sum_h exp(-E(v, h) / tau);
     * ln p(v_i | rest) for one unit i per lane, drawn with the key (pseudo-log-likelihood, stochastically);
     * the mean over visible units of (v_i - p(v_i = 1 | all other units))^2, h drawn given v with the key. */
    void (*free_energy)(const hol_model *model, hol_population *population, double *values);
    void (*pseudo_likelihood)(const hol_model *model, hol_population *population, hol_rng_key key, double *values);
    void (*reconstruction)(const hol_model *model, hol_population *population, hol_rng_key key, double *values);
    /* The mean over all variables of ln p(x_v | all others), -infinity where x breaks a constraint; NULL: it follows
     * from free_energy with one unit flipped after the other, where there is that. values is (blocks * 64). */
    void (*pseudo_likelihood_all)(const hol_model *model, hol_population *population, double *values);

    /* E(x) / tau of the complete states, per lane of the local blocks, from the prepared tables; +infinity where x
     * breaks a hard constraint. values is (blocks * 64). */
    void (*energy)(const hol_model *model, hol_population *population, double *values);

    /* theta of independent units of the given means (model/means.h; each in [0, 1], kept off the ends; NULL: fair),
     * hidden units fair: where annealing begins. Returns its ln Z at the model's temperature. With its tables prepared,
     * one sweep from any state leaves an exact sample. theta is (parameters). NULL where hard constraints leave
     * nothing independent. */
    double (*independent)(const hol_model *model, const double *visible_means, float *theta);

    /* Annealing by one product each way, for kinds whose sweep, free_energy and prepare would take five (NULL: those
     * are taken). anneal_begin sets tables for the path from independent units, `start` as `independent` left it, to
     * `end` (parameters each), until the next prepare. anneal leaves F(v) at `from` minus F(v) at `to`, 0 <= from, to
     * <= 1, per lane in gains (blocks * 64), and, when draw is given, draws h given v and v given h at `to`, which is
     * then at least HOL_ANNEAL_BETA_MIN; two numbers of the sweep. */
    hol_status (*anneal_begin)(hol_model *model, const float *start, const float *end);
    void (*anneal)(const hol_model *model, hol_population *population, const hol_draw *draw, double from, double to,
                   double *gains);

    /* The whole model as a product of tables over its variables (state/factors.h), theta / tau: variables are the data
     * set's columns, or the units, visible before hidden, where a column is a unit. The caller owns *ret_factors. */
    hol_status (*factors)(const hol_model *model, const float *theta, hol_factors **ret_factors);

    /* Where fields and couplings of pairs stand. NULL: the model is none of such. */
    hol_model_pairs (*pairs)(const hol_model *model);

    /* Exact evaluation in double. The free energy of one state, visible is (visible) bytes of 0 and 1. */
    double (*exact_free_energy)(const hol_model *model, const float *theta, const uint8_t *visible);
    /* How many binary units an exact ln Z enumerates. */
    int64_t (*exact_units)(const hol_model *model);
    /* ln of the part of Z in which the upper bits of the enumerated units' Gray code are those of `chunk`: there are
     * 2^(exact_units - chunk_bits) chunks of 2^chunk_bits states each. scratch is (visible + hidden) doubles. */
    double (*exact_chunk)(const hol_model *model, const float *theta, int64_t chunk, int chunk_bits, double *scratch);
    /* The same, and in means (visible + hidden) those of all units over the chunk's states. */
    double (*exact_means)(const hol_model *model, const float *theta, int64_t chunk, int chunk_bits, double *scratch,
                          double *means);
} hol_model_ops;

/* The head of every model; a kind's own struct starts with it. */
struct hol_model {
    const hol_model_ops *ops;
    hol_model_info info;
    double temperature;
    hol_team *team;            /* borrowed; NULL: alone */
    hol_model_options options; /* what it was made with, kernels and fields_seconds, too: hol_model_create's to fill in;
                                * structures are info's */
    double fields_seconds;     /* of the model and its clones */
};

/* All kinds' names, then NULL; and the operations of one, NULL where there is no such kind. */
extern const char *const hol_model_kinds[];
const hol_model_ops *hol_model_find(const char *kind);

/* Sets an option by its key's name without "model.": it is a setting, a size and parts as such, too. */
void hol_model_set(hol_model_options *options, const char *name, double value);

/* A setting; `otherwise` where it was not set. */
double hol_model_get(const hol_model_options *options, const char *name, double otherwise);

/* Makes a model of options->kind; HOL_USAGE with the known kinds when there is none. The caller owns *ret_model. */
hol_status hol_model_create(const hol_model_options *options, hol_model **ret_model) HOL_MUST_USE;
void hol_model_destroy(hol_model *model);

/* Another model of the same kind, sizes, parts and structures, at the same temperature: this rank's alone, with tables
 * of its own, which are still to be prepared (other parameters at the same time: tempering). The caller owns
 * *ret_clone. Not collective. */
hol_status hol_model_clone(const hol_model *model, hol_model **ret_clone) HOL_MUST_USE;

/* prepare_training, or where there is none prepare. */
hol_status hol_model_prepare_training(hol_model *model, const float *theta) HOL_MUST_USE;

/* Columns of a data set for the model. */
int64_t hol_model_columns(const hol_model *model);

/* What a complete state has: units, visible and hidden, or where there are columns of states, those. */
int64_t hol_model_variables(const hol_model *model);

/* A model's size in words, into text of `size` bytes: "3 variables" where there are columns of states, so many, "3
 * variables of 9 units and 2 hidden units" with hidden ones; else, with variables 0, "784 visible and 500 hidden
 * units". */
void hol_model_describe_size(int64_t variables, int64_t visible, int64_t hidden, char *text, size_t size);

/* Theta is cut for the update by tiles of rows (num/row_tiles.h); a group that is no matrix counts as one column. How
 * many rows the group has so; those of them, whole tiles, that this rank of the model's team computes; and the run of
 * theta that rows are. */
int64_t hol_model_group_rows(const hol_model *model, int group);
hol_range hol_model_rows(const hol_model *model, int64_t rows);
hol_range hol_model_span(const hol_model *model, int group, hol_range rows);

/* The run of theta that this rank of the team computes of a group. */
hol_range hol_model_group_share(const hol_model *model, int group);

/* The first end of a row of a parameter group from entry `wish` of theta on. */
int64_t hol_model_next_row(const hol_model *model, int64_t wish);

/* The structure of that name; NULL where there is none. Borrowed. */
const hol_structure *hol_model_find_structure(const hol_model_options *options, const char *name);
/* Whether shapes and values are the same. */
bool hol_structure_is_equal(const hol_structure *a, const hol_structure *b);

/* The group of that name; NULL when the model has none. Borrowed. */
const hol_parameter_group *hol_model_find_group(const hol_model *model, const char *name);

/* The bias of a binary unit that is on with probability `mean`, kept 1/1000 off 0 and 1: as sure as a start needs to
 * be. */
float hol_model_bias_of_mean(double mean, double temperature);

/* ---- what a checkpoint has of a model, and of vectors shaped as its parameters */

/* FOLDER/NAME of each group of parameters; values is (parameters), or NULL. text says what all of them are; NULL: they
 * are the parameters, each with its own text. With HOL_FIELD_OPTIONAL the folder is there as a whole or not at all. */
void hol_model_list_parameters(const hol_model_info *info, const char *folder, const char *text, float *values,
                               hol_field_presence presence, hol_field_list *list);

/* /structure/NAME of what the model is made from. */
void hol_model_list_structures(const hol_model_info *info, hol_field_list *list);

#endif
