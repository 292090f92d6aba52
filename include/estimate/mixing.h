/* mixing: whether chains have forgotten where they began. A series is (chains, length), one row per chain: a number
 * that each chain shows after each sweep, such as its free energy. */
#ifndef HOL_ESTIMATE_MIXING_H
#define HOL_ESTIMATE_MIXING_H

#include <stdint.h>

#include "base/comm.h"
#include "base/status.h"
#include "model/model.h"

/* The integrated autocorrelation time, 1 + 2 sum_t rho(t), in sweeps, as in sample/observables.h: 1 where sweeps are
 * independent; a chain of n sweeps is worth n / time independent samples. rho is averaged over the chains, around their
 * common mean; the sum ends at the first window W >= 5 time(W) (Sokal 1989), or at a third of the length: then the
 * truth may be longer. NaN when nothing varies. */
double hol_mixing_autocorrelation_time(const double *series, int64_t chains, int64_t length);

/* The same with all of a slow part, however small its share of the variance, which that window cuts off: the sum goes
 * on as long as rho of two lags together is above 0 (Geyer 1992), to a third of the length. Of many chains alone, as
 * of few rho is noise there. */
double hol_mixing_whole_time(const double *series, int64_t chains, int64_t length);

/* rho(t) of lags 0 to lags - 1, fewer than `length`; NaN when nothing varies. */
void hol_mixing_autocorrelation(const double *series, int64_t chains, int64_t length, int64_t lags, double *rho);

/* Rank-normalised split R-hat (Vehtari, Gelman, Simpson, Carpenter & Buerkner 2021): 1 when the halves of all chains
 * look alike; above 1.01 they do not. length >= 4. *ret is NaN when nothing varies, +infinity when each chain stands
 * still, but not all at one value. HOL_FAILURE when memory is
 * short. */
hol_status hol_mixing_split_rhat(const double *series, int64_t chains, int64_t length, double *ret) HOL_MUST_USE;

/* The largest R-hat that chains of this whole autocorrelation time show by chance though all of them are where they
 * belong: means of `length` / 2 sweeps vary by `time` / (`length` / 2) of a sweep's variance, in sum over 2 `chains` of
 * them as chi-squared; five of its standard deviations are allowed, and as many of the estimated time's (Sokal 1989).
 * NaN when time is. */
double hol_mixing_expected_rhat(double time, int64_t chains, int64_t length);

/* Runs the population of `model`, which is prepared, for `length` sweeps and notes after each the chains' free
 * energies, or their energies where hidden units can't be summed out. *ret_series on rank 0 (the caller's to hol_free;
 * NULL elsewhere) is (population->count, length), in the order of the chains. Collective. */
hol_status hol_mixing_trace(hol_comm *comm, const hol_model *model, hol_population *population, hol_rng_key key,
                            int64_t length, double **ret_series) HOL_MUST_USE;

#endif
