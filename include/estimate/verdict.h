/* verdict: whether what was found of a model, or of a run, is to be trusted: every threshold of it, in one table, and a
 * function for each fact that is judged. What commands say of a fact, they have from here. */
#ifndef HOL_ESTIMATE_VERDICT_H
#define HOL_ESTIMATE_VERDICT_H

#include <stdbool.h>
#include <stdint.h>

#include "estimate/independent.h"
#include "estimate/moments.h"

/* ---- thresholds -------------------------------------------------------------------------------------------------- */

/* So many standard errors off is no chance: 1 in 370 normal deviates lies farther out. */
#define HOL_VERDICT_ERRORS 3.0

/* ln Z. A gap of up to a tenth of a nat matters to no comparison of models, whatever its error; one of a nat does, even
 * if its error would excuse it. */
#define HOL_VERDICT_GAP_NEGLIGIBLE 0.1
#define HOL_VERDICT_GAP_MAX 1.0
/* Effective walks, (sum w)^2 / sum w^2 (Neal 2001): the delta method's standard error, and Jensen's gap of half the
 * weights' variance, mean nothing where a handful decides. */
#define HOL_VERDICT_WALKS_MIN 10.0
/* Walks that are carried along a run get no second chance: of them this share has to be effective. */
#define HOL_VERDICT_WALKS_SHARE 0.25
/* Exchanges between neighbours of a tempering ladder: where fewer succeed, it is as good as cut there. */
#define HOL_VERDICT_EXCHANGES_MIN 0.05

/* What a model gains over columns that know nothing of each other, as a share of what those leave to explain. */
#define HOL_VERDICT_GAIN_SHARE 0.01

/* Runs. A likelihood still climbs when its last third brings this share of all it gained (by a line through at least
 * HOL_VERDICT_CLIMB_ROWS rows, and more of it where there are fewer); it is past its best when it lost that share. */
#define HOL_VERDICT_CLIMB_SHARE 0.02
#define HOL_VERDICT_CLIMB_SHARE_OF_FEW 0.05
#define HOL_VERDICT_CLIMB_ROWS 4
#define HOL_VERDICT_FALL_SHARE 0.02
/* Nats by which free energies of validation samples lie above those of training samples: a rule of thumb. */
#define HOL_VERDICT_FREE_ENERGY_GAP 5.0

/* Chains. R-hat of chains that have met (Vehtari et al. 2021), unless runs of that length give more by chance. */
#define HOL_VERDICT_RHAT 1.01
/* Standard errors between chains begun at random and others: 1 in 16,000, as it condemns whatever comes of them. */
#define HOL_VERDICT_CHAINS_ERRORS 4.0
/* Chains that come nearer to the data than they stay: by this factor, beyond so many times what chance gives. */
#define HOL_VERDICT_LEAVES_FACTOR 1.5
#define HOL_VERDICT_LEAVES_CHANCE 4.0
/* Autocorrelation times that a trace has to have: of fewer, R-hat says little; of a handful, chains are slow. */
#define HOL_VERDICT_TIMES_ENOUGH 100
#define HOL_VERDICT_TIMES_SLOW 10

/* Pair correlations, model on data, where chance does not explain the difference. */
#define HOL_VERDICT_PEARSON_GOOD 0.95
#define HOL_VERDICT_PEARSON_FAIR 0.8
#define HOL_VERDICT_SLOPE_OFF 0.2 /* from 1 */
/* What the coefficient of a run's chains may lose when they go on, or others do, with the parameters fixed. */
#define HOL_VERDICT_PEARSON_FALL 0.005
#define HOL_VERDICT_PAIRS_CHANCE 1.5 /* root mean square differences of up to so many times what chance gives */

/* Free energies of samples off those of data: in standard deviations; a nat is as good as none. */
#define HOL_VERDICT_ENERGIES_GOOD 0.25
#define HOL_VERDICT_ENERGIES_FAIR 2.0
#define HOL_VERDICT_ENERGIES_NATS 1.0

/* ---- verdicts ---------------------------------------------------------------------------------------------------- */

/* From good to bad; unknown: there is nothing to judge by. */
typedef enum hol_verdict { HOL_VERDICT_GOOD, HOL_VERDICT_CAUTION, HOL_VERDICT_BAD, HOL_VERDICT_UNKNOWN } hol_verdict;

/* "agreed", "caution", "do not trust"; "" for unknown. And back: any other word is unknown. */
const char *hol_verdict_word(hol_verdict verdict);
hol_verdict hol_verdict_from_word(const char *word);

enum { HOL_VERDICT_REASON = 256 };
typedef char hol_verdict_reason[HOL_VERDICT_REASON];

/* All of these: `reason` gets why, and what may help, without capital and full stop; "" where the verdict is good. */

/* Two sides of annealing: `gap`, ln Z by reverse walks less ln Z by forward ones, with its standard error, and the
 * smaller of their effective numbers of walks. Good or bad. */
hol_verdict hol_verdict_of_sides(double gap, double error, double effective, hol_verdict_reason reason);

/* A tempering ladder's ln Z (estimate/bar.h): the least rate of exchanges; the difference by where chains began, and by
 * halves of the rounds, with standard errors. Good or bad. */
hol_verdict hol_verdict_of_tempering(double least_rate, double starts_gap, double starts_gap_error, double drift,
                                     double drift_error, hol_verdict_reason reason);

/* Whether walks that are carried along (train/partition.h) say anything of ln Z. */
bool hol_verdict_are_enough(double effective, int64_t walks);

/* The model's gain over independent columns: caution, it is within 3 of its standard errors or below 1 % of what they
 * leave; bad: the model is worse than they are, by more than that, which no model is that is trained well, as couplings
 * of 0 are within its reach. */
hol_verdict hol_verdict_of_gain(const hol_gain *gain, hol_verdict_reason reason);
/* "better than", "hardly better than", "worse than independent columns", by that verdict. */
const char *hol_verdict_describe_gain(hol_verdict verdict);

/* Whether a likelihood climbs on: `late`, the last third's part of `total` by so many rows, with its standard error.
 * Not when it has come no higher than it began: a run of noise, or one that has gone wrong. */
bool hol_verdict_is_climbing(double late, double error, double total, int64_t rows);
/* Whether one that once was `fall` higher, of `climb` since the start, has passed its best; `error` is ln Z's. */
bool hol_verdict_is_past_best(double fall, double climb, double error);
/* Whether validation samples lag behind training samples by so many nats of free energy. */
bool hol_verdict_is_lagging(double free_energy_gap);

/* Chains: an R-hat against the largest that is no sign of anything; the means of chains begun at random and of others,
 * `difference` standard errors apart (bad); a distance to the data at the end against the least on the way, after
 * `sweeps` sweeps, and what chance gives; the number of autocorrelation times watched (caution or unknown). */
hol_verdict hol_verdict_of_rhat(double rhat, double largest, hol_verdict_reason reason);
hol_verdict hol_verdict_of_difference(double difference, hol_verdict_reason reason);
hol_verdict hol_verdict_of_approach(double last, double least, int64_t sweeps, double chance,
                                    hol_verdict_reason reason);
hol_verdict hol_verdict_of_times(double times, hol_verdict_reason reason);

/* Pair correlations of the model on those of the data, where chance alone makes a root mean square difference of
 * `chance`, 0 where it excuses nothing; Pearson's coefficient is a number. What ends at HOL_VERDICT_PEARSON_GOOD is
 * good, though its chains have moved on a little. */
hol_verdict hol_verdict_of_pairs(const hol_comparison *pairs, double chance, hol_verdict_reason reason);

/* Pearson's coefficient of all pairs of states with the data's (train/pearson.h): of a run's own chains, and later, of
 * the same when they went on with the parameters fixed, or of fresh ones; the difference has a standard error of
 * `error`. Caution: the fall is within 3 of them. */
hol_verdict hol_verdict_of_fall(double own, double later, double error, bool are_fresh, hol_verdict_reason reason);
/* The same of fresh ones that still change after so many sweeps. Caution: they are below. */
hol_verdict hol_verdict_of_arrival(double own, double fresh, int64_t sweeps, hol_verdict_reason reason);

/* Mean free energies of the model's samples less those of data, which spread by `deviation`. */
hol_verdict hol_verdict_of_energies(double apart, double deviation, hol_verdict_reason reason);

#endif
