/* fit_search: which model, by measurement.
 *
 * Successive halving (Jamieson & Talwalkar 2016): all candidates are trained a little and scored, the better half goes
 * on to twice the length. Then the winner is changed in one setting at a time, and what is better by more than a
 * standard error, at the same length, is kept. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "fit.h"

enum {
    CANDIDATES = 16,
    REFERENCE = 4, /* changes are tried at so many units */
    REPEATS = 6,
    BATCH_LEAST = 64,
    BATCH_MOST = 512,
    ROWS_PER_SAMPLE = 64, /* rows of the data for each of a batch */
    HIDDEN_LEAST = 4,
    HIDDEN_MOST = 500, /* of the middle size */
    SWEEPS_FACTOR = 3,
    LEVELS = 6,         /* with half the chains each */
    CHAINS_LEAST = 256, /* fewer lose the model's modes */
};
#define ROUND_SHARE (HOL_FIT_SHARE_HALVING / HOL_FIT_ROUNDS)
#define SCORE_SHARE 0.25 /* of a round's, for walks */
#define DECAY 1e-4
#define DECAY_STRONG 3e-3
#define DECAY_FACTOR 5
#define RATE 0.2
enum { RATE_COLUMNS = 128 }; /* of four times as many columns, half of the rate: a hidden unit hears them all */
/* Where V has explained the pairs, small W stay near 0, a saddle: they begin larger. */
#define SMALL 0.01
#define LARGE 0.5
/* autocorrelation times, in sweeps, above which more sweeps, or levels, are tried */
#define TIME_SLOW 3
#define TIME_STUCK 30

/* ---- the first candidates ---------------------------------------------------------------------------------------- */

static int64_t at_least(int64_t value, int64_t least) { return value < least ? least : value; }

static int64_t choose_batch(int64_t rows) {
    int64_t batch = BATCH_LEAST;
    while (batch < BATCH_MOST && batch * ROWS_PER_SAMPLE * 3 < rows * 2) batch *= 2; /* the nearer power of two */
    return batch;
}

static double choose_rate(int64_t columns) {
    double rate = RATE;
    for (int64_t wide = 4 * RATE_COLUMNS; wide <= columns && rate > RATE / 64; wide *= 4) rate /= 2;
    return rate;
}

/* Whether it was taken. */
static bool add(hol_fit *self, bool visible_couplings, int64_t hidden, double rate, double decay, double initial) {
    const int64_t batch = choose_batch(self->data.rows[HOL_FIT_TRAIN]);
    const hol_fit_settings s = {.visible_couplings = visible_couplings,
                                .hidden = hidden,
                                .rate = rate,
                                .weight_decay = decay,
                                .initial_weights = initial,
                                .batch_size = batch,
                                .chains = at_least(batch, CHAINS_LEAST),
                                .sweeps = 1,
                                .levels = 1};
    const char *kind = self->arguments.kind;
    if ((kind && strcmp(kind, hol_fit_kind(&s)) != 0) || self->count >= CANDIDATES || hol_fit_has(self, &s))
        return false;
    if (!hol_fit_is_possible(self, &s)) return false;
    return hol_fit_add(self, &s, (1 - SCORE_SHARE) * ROUND_SHARE * self->arguments.work / CANDIDATES) != NULL;
}

/* Sizes go by the number of columns that vary: half of it, as many, twice and four times as many. */
static void add_first(hol_fit *self) {
    const int64_t varying = self->data.columns - self->data.constant;
    const int64_t middle = at_least(varying < HIDDEN_MOST ? varying : HIDDEN_MOST, HIDDEN_LEAST);
    const int64_t half = at_least(middle / 2, HIDDEN_LEAST);
    const double rate = choose_rate(varying), slow = rate / 2;
    (void)add(self, true, 0, slow, DECAY, SMALL);
    (void)add(self, true, 0, slow, DECAY_STRONG, SMALL);
    for (int64_t hidden = half; hidden <= 2 * middle; hidden *= 2) {
        (void)add(self, true, hidden, rate, DECAY, LARGE);
        (void)add(self, true, hidden, rate, DECAY, SMALL);
        (void)add(self, false, hidden, rate, DECAY, SMALL);
    }
    for (int64_t hidden = half; hidden <= middle; hidden *= 2) {
        (void)add(self, true, hidden, slow, DECAY_STRONG, LARGE);
        (void)add(self, false, 2 * hidden, slow, DECAY_STRONG, SMALL);
    }
    (void)add(self, false, 4 * middle, rate, DECAY, SMALL);
    /* the budget is too small for those: smaller ones */
    for (int64_t hidden = half / 2; hidden >= HIDDEN_LEAST && self->count < CANDIDATES / 2; hidden /= 2) {
        (void)add(self, true, hidden, rate, DECAY, LARGE);
        (void)add(self, false, hidden, rate, DECAY, SMALL);
        (void)add(self, false, hidden, slow, DECAY_STRONG, SMALL);
    }
}

/* ---- halving ----------------------------------------------------------------------------------------------------- */

static int by_value(const void *a, const void *b) {
    const hol_fit_candidate *const *x = a, *const *y = b;
    const double difference = hol_fit_value(*y) - hol_fit_value(*x);
    if (difference > 0 || difference < 0) return difference > 0 ? 1 : -1;
    return (*x)->number - (*y)->number;
}

static void say_round(const hol_fit *self, int round, int alive) {
    if (round == 0)
        hol_log(self->comm, "search: %d candidates; log-likelihood of validation rows, the lower side", alive);
    else hol_log(self->comm, "search: the better %d go on, to twice the length", alive);
}

/* `alive` are sorted, the best first, afterwards. */
static hol_status halve(hol_fit *self, hol_fit_candidate **alive, int *ret_count) {
    hol_status status = HOL_OK;
    int count = self->count;
    for (int i = 0; i < count; i++) alive[i] = &self->candidates[i];
    for (int round = 0; round < HOL_FIT_ROUNDS && !self->is_cut; round++) {
        const double work = SCORE_SHARE * ROUND_SHARE * self->arguments.work / (CANDIDATES >> round);
        if (round > 0 && self->spent > HOL_FIT_SHARE_SEARCH * self->arguments.work) break;
        if (round > 0) count = count > 3 ? (count + 1) / 2 : count < 2 ? count : 2;
        say_round(self, round, count);
        for (int i = 0; i < count && !self->is_cut; i++)
            if (!alive[i]->is_out) HOL_TRY(hol_fit_try(self, alive[i], alive[i]->unit << round, work));
        qsort(alive, (size_t)count, sizeof *alive, by_value);
    }
cleanup:
    *ret_count = count;
    return status;
}

/* The best, or the smaller one of the best two where they are within a standard error. */
static hol_status choose(hol_fit *self, hol_fit_candidate **alive, int count, hol_fit_candidate **ret) {
    double difference = 0, error = 0;
    *ret = alive[0];
    if (!hol_fit_best(alive[0]))
        return hol_error(HOL_NUMERICAL,
                         "%s: found no candidate with a likelihood that can be trusted, expected one "
                         "(more --work)",
                         self->directory);
    if (count < 2 || !hol_fit_best(alive[1]) || alive[1]->is_out) return HOL_OK;
    const int64_t columns = self->data.units;
    if (hol_fit_parameters(&alive[1]->settings, columns) >= hol_fit_parameters(&alive[0]->settings, columns))
        return HOL_OK;
    const hol_status status = hol_likelihood_compare(self->comm, &hol_fit_best(alive[0])->likelihood,
                                                     &hol_fit_best(alive[1])->likelihood, &difference, &error);
    if (status != HOL_OK || !(difference < error)) return status;
    hol_log(self->comm, "search: %d is better by %.4f +- %.4f, and larger: %d is as good", alive[0]->number, difference,
            error, alive[1]->number);
    *ret = alive[1];
    return HOL_OK;
}

/* ---- one change at a time ---------------------------------------------------------------------------------------- */

typedef struct hol_change {
    const char *what;
    double factor;
    bool is_effort;
} hol_change;

static hol_fit_settings apply(const hol_fit_settings *s, const hol_change *c) {
    hol_fit_settings to = *s;
    if (strcmp(c->what, "decay") == 0) to.weight_decay *= c->factor;
    else if (strcmp(c->what, "rate") == 0) to.rate *= c->factor;
    else if (strcmp(c->what, "hidden") == 0) to.hidden = (int64_t)((double)to.hidden * c->factor);
    else if (strcmp(c->what, "sweeps") == 0) to.sweeps = (int64_t)((double)to.sweeps * c->factor);
    else to.levels = (int64_t)c->factor, to.chains /= 2;
    return to;
}

static const hol_fit_score *score_at(const hol_fit_candidate *c, int64_t steps) {
    for (int i = 0; i < c->score_count; i++)
        if (c->scores[i].steps == steps) return &c->scores[i];
    return NULL;
}

/* The best score of a candidate within so much training. */
static const hol_fit_score *best_within(const hol_fit *self, const hol_fit_candidate *c, double work) {
    const hol_fit_score *best = NULL;
    const double step = hol_fit_step_work(&c->settings, self->data.units);
    for (int i = 0; i < c->score_count; i++)
        if ((double)c->scores[i].steps * step <= work && isfinite(c->scores[i].likelihood.low) &&
            (!best || c->scores[i].likelihood.low > best->likelihood.low))
            best = &c->scores[i];
    return best;
}

/* Tries a change of *base, which becomes the changed one where that is better at the same length; where the change is
 * one of effort, more sweeps or levels, than with the same work without it. */
static hol_status try_change(hol_fit *self, const hol_change *change, int64_t steps, double share,
                             hol_fit_candidate **base, bool *ret_better) {
    hol_status status = HOL_OK;
    double difference = 0, error = 0;
    const double work = SCORE_SHARE * ROUND_SHARE * self->arguments.work / REFERENCE;
    const hol_fit_settings settings = apply(&(*base)->settings, change);
    *ret_better = false;
    const double training = (double)steps * hol_fit_step_work(&settings, self->data.units);
    const hol_fit_score *before = change->is_effort ? best_within(self, *base, training) : score_at(*base, steps);
    if (self->is_cut || !before || hol_fit_has(self, &settings)) return HOL_OK;
    if (self->spent + (1 + 1.0 / HOL_FIT_COOLED) * training + work > share * self->arguments.work) return HOL_OK;
    hol_fit_candidate *c = hol_fit_add(self, &settings, (double)INFINITY);
    if (!c) return HOL_OK;
    c->unit = (*base)->unit;
    c->changed_from = *base;
    HOL_TRY(hol_fit_try(self, c, steps, work));
    if (self->is_cut || c->is_out || c->best < 0) return HOL_OK;
    HOL_TRY(hol_likelihood_compare(self->comm, &c->scores[0].likelihood, &before->likelihood, &difference, &error));
    /* sides that agree are worth a standard error */
    if (before->likelihood.verdict == HOL_VERDICT_BAD && c->scores[0].likelihood.verdict == HOL_VERDICT_GOOD)
        *ret_better = difference > -error;
    else *ret_better = difference > error;
    hol_log(self->comm, "      another %s: %+.4f +- %.4f, %s", change->what, difference, error,
            *ret_better ? "kept" : "left");
    if (*ret_better) *base = c;
cleanup:
    return status;
}

/* In one direction as long as that helps; else in the other. */
static hol_status try_both_ways(hol_fit *self, const char *what, double factor, hol_fit_candidate **base) {
    hol_status status = HOL_OK;
    bool better = false;
    for (int way = 0; way < 2 && !better; way++) {
        const hol_change c = {what, way == 0 ? factor : 1 / factor, false};
        for (int k = 0; k < REPEATS; k++) {
            bool again = false;
            HOL_TRY(try_change(self, &c, REFERENCE * (*base)->unit, HOL_FIT_SHARE_SEARCH, base, &again));
            better |= again;
            if (!again) break;
        }
    }
cleanup:
    return status;
}

hol_status hol_fit_help_mixing(hol_fit *self, int64_t steps, double share, hol_fit_candidate **base) {
    hol_status status = HOL_OK;
    const hol_change sweeps = {"sweeps", SWEEPS_FACTOR, true}, levels = {"levels", LEVELS, true};
    double time = 0;
    bool better = false;
    if (self->is_cut || !hol_fit_best(*base) || (*base)->settings.levels > 1) return HOL_OK;
    HOL_TRY(hol_fit_find_time(self, *base, &time));
    const hol_likelihood *l = &hol_fit_best(*base)->likelihood;
    const bool agreed = l->verdict != HOL_VERDICT_BAD;
    hol_log(self->comm, "mixing: the chains' autocorrelation time is %.1f sweeps%s", time,
            l->is_exact ? ""
            : agreed    ? ", both sides agree"
                        : ", the two sides do not agree");
    if ((time > TIME_SLOW || !agreed) && (*base)->settings.sweeps == 1)
        HOL_TRY(try_change(self, &sweeps, steps, share, base, &better));
    if (time > TIME_STUCK || !agreed) HOL_TRY(try_change(self, &levels, steps, share, base, &better));
cleanup:
    return status;
}

/* Of the smallest model. */
static hol_status refuse_work(const hol_fit *self) {
    if (self->arguments.kind && !hol_fit_is_possible(self, &(hol_fit_settings){.visible_couplings = true}) &&
        strcmp(self->arguments.kind, hol_fit_kind(&(hol_fit_settings){.visible_couplings = true})) == 0)
        return hol_error(HOL_USAGE, "--kind: found %s, expected %s for columns of several states", self->arguments.kind,
                         hol_fit_kind(&(hol_fit_settings){.hidden = 1}));
    const hol_fit_settings least = {.hidden = HIDDEN_LEAST,
                                    .batch_size = choose_batch(self->data.rows[HOL_FIT_TRAIN]),
                                    .chains = CHAINS_LEAST,
                                    .sweeps = 1,
                                    .levels = 1};
    const double steps = HOL_FIT_STEPS_LEAST * (1 + 1.0 / HOL_FIT_COOLED);
    return hol_error(HOL_USAGE,
                     "--work: found %g multiply-adds, expected more (%.1g is enough): too few to train %d candidates, "
                     "of %lld columns, for %d steps each",
                     self->arguments.work,
                     2 * steps * hol_fit_step_work(&least, self->data.units) * CANDIDATES /
                         ((1 - SCORE_SHARE) * ROUND_SHARE),
                     (int)CANDIDATES, (long long)self->data.columns, (int)HOL_FIT_STEPS_LEAST);
}

hol_status hol_fit_search(hol_fit *self, hol_fit_candidate **ret_winner) {
    hol_status status = HOL_OK;
    hol_fit_candidate *alive[HOL_FIT_CANDIDATES_MAX];
    int count = 0;
    self->stage = "halving";
    add_first(self);
    if (self->count == 0) return refuse_work(self);
    HOL_TRY(halve(self, alive, &count));
    HOL_TRY(choose(self, alive, count, ret_winner));
    self->stage = "changes";
    /* first what the chains need: without it other changes are judged by noise */
    HOL_TRY(hol_fit_help_mixing(self, REFERENCE * (*ret_winner)->unit, HOL_FIT_SHARE_SEARCH, ret_winner));
    HOL_TRY(try_both_ways(self, "decay", DECAY_FACTOR, ret_winner));
    HOL_TRY(try_both_ways(self, "rate", 2, ret_winner));
    if ((*ret_winner)->settings.hidden > 0) HOL_TRY(try_both_ways(self, "hidden", 2, ret_winner));
cleanup:
    return status;
}
