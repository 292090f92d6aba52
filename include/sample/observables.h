/* observables: what chains in equilibrium say of their model, with standard errors.
 *
 * After each of `measurements` sweeps, of each chain: its energy E (not over tau), and its magnetisation M, the sum of
 * the visible units' spins (-1 and 1 where the model's are signed, else 0 and 1). With N units and V visible ones (of a
 * model with columns of states: variables; and no magnetisation, NaN, where some has more than two states),
 *
 *     C = (<E^2> - <E>^2) / (tau^2 N)          chi = (<M^2> - <|M|>^2) / (tau V)
 *
 * are the specific heat and the susceptibility per unit. Errors are a jackknife's over blocks: chains, or equal pieces
 * of each chain's time where chains are few. What happens inside a block may be correlated as it likes: an error is
 * right when blocks are much longer than the autocorrelation time. That is estimated, too, as t = 1 + 2 sum_k rho(k),
 * as in estimate/mixing.h: 1 for independent measurements. With L measurements to a block, a block's mean has t / L
 * times the variance of a single one. Sums are taken per chain, gathered, and reduced in the order of the chains: the
 * same digits on any number of ranks and threads. */
#ifndef HOL_SAMPLE_OBSERVABLES_H
#define HOL_SAMPLE_OBSERVABLES_H

#include <stdint.h>

#include "base/comm.h"
#include "base/status.h"
#include "model/model.h"

/* Chains from which on each is one block, and blocks that fewer ones are cut into, at least. */
enum { HOL_OBSERVABLES_BLOCKS = 32 };

typedef struct hol_estimate {
    double value, error; /* error: one standard deviation; NaN with a single block */
} hol_estimate;

typedef struct hol_observables {
    int64_t chains, measurements, blocks;
    hol_estimate energy;        /* <E> / N */
    hol_estimate magnetisation; /* <M> / V */
    hol_estimate absolute;      /* <|M|> / V */
    hol_estimate specific_heat;
    hol_estimate susceptibility;
    double energy_time, magnetisation_time; /* integrated autocorrelation times of E and |M|, in sweeps */
    int64_t block_length;                   /* measurements to a block */
} hol_observables;

/* Goes on from the population's states, one sweep to a measurement, numbered from draw->sweep on, two numbers a sweep.
 * The model is prepared, at its temperature, and has an energy operation (HOL_USAGE). The number of measurements is cut
 * to a multiple of the blocks of a chain. ret is equal on all ranks. Collective. */
hol_status hol_observables_measure(hol_comm *comm, const hol_model *model, hol_population *population,
                                   const hol_draw *draw, int64_t measurements, hol_observables *ret) HOL_MUST_USE;

#endif
