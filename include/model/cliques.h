/* cliques: what a model of tables over cliques is made from, as the options of hol_model_create.
 *
 *     E(x) = -sum_q theta_q(x_q)      x_q: the states of the variables in clique q
 *
 * theta holds the tables one after the other, each with the clique's last variable fastest. Its entries are
 * log-potentials (negative energies). The structures are
 *
 *     cardinalities  (1, variables)      states of each variable, 1 to HOL_STATES_MAX
 *     cliques        (cliques, width)    the variables of each, filled up with -1
 *     zeros          (number, 1)         places in theta whose potential is 0: hard constraints. Absent where there are
 * none
 *
 * An entry in `zeros` is not learned: theta holds 0 there, and the model reads it as -infinity. So every number of
 * theta is finite, and a norm, a decay or an optimiser's memory of theta is what it is for any other model. */
#ifndef HOL_MODEL_CLIQUES_H
#define HOL_MODEL_CLIQUES_H

#include "model/model.h"
#include "state/factors.h"

typedef struct hol_cliques {
    int structure_count;
    hol_structure structures[3];              /* views of the arrays below */
    int32_t *cardinalities, *cliques, *zeros; /* owned */
    float *start;                             /* owned: theta, the factors' tables */
} hol_cliques;

/* From factors; entries of -infinity become zeros. HOL_USAGE, naming the variable or clique by its number, when there
 * are no cliques, a variable has more than HOL_STATES_MAX states, or an entry is neither finite nor -infinity. *ret is
 * the caller's to clear, also after an error. Not collective. */
hol_status hol_cliques_from_factors(const hol_factors *factors, hol_cliques *ret) HOL_MUST_USE;
void hol_cliques_clear(hol_cliques *description);

/* Puts the description's views into options, whose kind and temperature are the caller's. */
void hol_cliques_apply(const hol_cliques *description, hol_model_options *options);

#endif
