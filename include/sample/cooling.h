/* cooling: simulated annealing (Kirkpatrick, Gelatt & Vecchi 1983), to find states of low energy.
 *
 * Sweep s of S is at temperature from (to / from)^(s / (S - 1)). After every sweep all chains' energies are looked at,
 * and the lowest ever seen is kept with its state; of equal ones that of the earliest sweep, and then of the chain with
 * the smallest number: the same on any number of ranks and threads. Energies are taken at temperature 1, whatever the
 * sweeps'. */
#ifndef HOL_SAMPLE_COOLING_H
#define HOL_SAMPLE_COOLING_H

#include <stdint.h>

#include "base/comm.h"
#include "base/status.h"
#include "model/model.h"

typedef struct hol_cooling {
    double from, to; /* temperatures above 0 */
    int64_t sweeps;  /* at least 1 */
    hol_rng_key key;
} hol_cooling;

typedef struct hol_cooling_best {
    double energy;  /* E, not over tau */
    int64_t sweep;  /* from 0: after which it was seen */
    int64_t chain;  /* global number */
    int64_t chains; /* how many of all chains have seen a state of this energy */
    uint8_t *state; /* owned, on rank 0: (visible + hidden) bytes of 0 and 1; NULL elsewhere */
} hol_cooling_best;

/* Cools the population from its states on; held units are left as they stand. The model's temperature and tables are
 * changed: they end at `to`. theta is (parameters). The caller frees ret_best->state (hol_free). HOL_USAGE when the
 * model has no energy operation, HOL_NUMERICAL when a temperature is too low for fixed point. Collective. */
hol_status hol_cooling_run(hol_comm *comm, hol_model *model, const float *theta, hol_population *population,
                           const hol_cooling *cooling, hol_cooling_best *ret_best) HOL_MUST_USE;

#endif
