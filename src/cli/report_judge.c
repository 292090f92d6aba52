/* report_judge: whether a model is to be trusted, in words: one verdict for each way in which it might not be. */
#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "cli/learning.h"
#include "report.h"
#include "result/axis.h"

static void add(hol_report *self, hol_verdict verdict, const char *subject, const char *word, const char *format, ...)
    HOL_FORMAT(5, 6);
static void add(hol_report *self, hol_verdict verdict, const char *subject, const char *word, const char *format, ...) {
    va_list arguments;
    hol_report_verdict *to = &self->verdicts[self->verdict_count++];
    *to = (hol_report_verdict){.verdict = verdict, .subject = subject};
    (void)snprintf(to->word, sizeof to->word, "%s", word);
    va_start(arguments, format);
    (void)vsnprintf(to->text, sizeof to->text, format, arguments);
    va_end(arguments);
}

typedef char number[HOL_AXIS_LABEL_SIZE];

/* A number for a sentence. */
static const char *say(double value, int digits, number text) {
    hol_axis_number(value, digits, text, sizeof(number));
    return text;
}

/* Where a sentence begins. */
static int capital(char first) { return first >= 'a' && first <= 'z' ? first - 'a' + 'A' : first; }

static const hol_history *history_of(const hol_report *self) {
    return self->run_count > 0 ? &self->runs[0].history : NULL;
}

static double last_of(const hol_report *self, hol_metric metric) {
    return self->run_count > 0 ? hol_run_get_metric(&self->runs[0], metric) : (double)NAN;
}

/* ---- likelihood -------------------------------------------------------------------------------------------------- */

/* The evaluation of the page's parameters, which need not be the newest; without one the last. */
static const double *find_row(const hol_report *self, bool *ret_found) {
    const hol_history *h = history_of(self);
    int64_t r = h ? h->rows - 1 : 0;
    *ret_found = false;
    if (!h) return NULL;
    while (r > 0 && (int64_t)h->values[r * HOL_METRICS + HOL_METRIC_STEP] > self->source.info.step) r--;
    *ret_found = (int64_t)h->values[r * HOL_METRICS + HOL_METRIC_STEP] == self->source.info.step;
    return h->values + (*ret_found ? r : h->rows - 1) * HOL_METRICS;
}

/* By the ln Z of the evaluation, when it is of these parameters, on the report's data; else as the run has it. */
static hol_report_likelihood by_history(const hol_report *self) {
    bool is_here = false;
    const double *row = find_row(self, &is_here), none = (double)NAN;
    hol_report_likelihood l = {.value = row ? row[HOL_METRIC_VALID_LOG_LIKELIHOOD] : none,
                               .error = row ? row[HOL_METRIC_LOG_PARTITION_ERROR] : none,
                               .verdict = "",
                               .reason = ""};
    const double log_partition = row ? row[HOL_METRIC_LOG_PARTITION] : none;
    hol_runs_name_data(self->config->data.valid, "valid", l.data);
    if (isnan(l.value)) {
        l.value = row ? row[HOL_METRIC_TRAIN_LOG_LIKELIHOOD] : none;
        hol_runs_name_data(self->config->data.train, "train", l.data);
    }
    if (is_here && isfinite(log_partition) && self->data.there && isfinite(self->data.gain.mean)) {
        l.value = self->data.gain.independent + self->data.gain.mean - log_partition;
        (void)snprintf(l.data, sizeof l.data, "%s", self->data.name);
    }
    l.is_exact = !isnan(l.value) && isnan(l.error);
    (void)snprintf(l.source, sizeof l.source, "%s", l.is_exact ? "exact" : "by walks carried along");
    return l;
}

/* What the page found itself: the lower side. */
static hol_report_likelihood by_page(const hol_report *self) {
    const hol_report_measured *m = &self->measured;
    hol_report_likelihood l = {.value = m->low,
                               .error = m->is_exact ? (double)NAN : m->error,
                               .independent = m->gain.independent,
                               .gain = m->gain.mean,
                               .gain_error = isnan(m->gain.error) ? 0 : m->gain.error,
                               .is_exact = m->is_exact,
                               .verdict = hol_verdict_word(m->verdict),
                               .reason = m->reason};
    (void)snprintf(l.data, sizeof l.data, "%s", self->data.name);
    if (m->is_exact) (void)snprintf(l.source, sizeof l.source, "exact, found for this page");
    else
        (void)snprintf(l.source, sizeof l.source,
                       "found for this page by %lld walks from each side along %lld temperatures", (long long)m->walks,
                       (long long)m->temperatures);
    return l;
}

hol_report_likelihood hol_report_find_likelihood(const hol_report *self) {
    const hol_run_record *run = self->run_count > 0 ? self->runs : NULL;
    hol_report_likelihood l = by_history(self);
    if (self->measured.there) return by_page(self);
    if (run && !isnan(run->log_likelihood)) {
        l = (hol_report_likelihood){.value = run->log_likelihood,
                                    .error = (double)NAN,
                                    .source = "by `holode evaluate`",
                                    .verdict = run->verdict,
                                    .reason = run->reason};
        (void)snprintf(l.data, sizeof l.data, "%s", run->data);
    }
    l.independent = l.gain = l.gain_error = (double)NAN;
    if (self->data.there && strcmp(l.data, self->data.name) == 0) {
        l.independent = self->data.independent;
        l.gain = l.value - l.independent;
        l.gain_error = isnan(self->data.gain.error) ? 0 : self->data.gain.error; /* of one row, or not looked at */
        if (isfinite(l.error)) l.gain_error = sqrt(l.gain_error * l.gain_error + l.error * l.error);
    }
    return l;
}

static void judge_likelihood(hol_report *self) {
    static const char subject[] = "Likelihood";
    number value, gain, error, base;
    char word[96], beside[256] = "";
    const hol_report_likelihood l = hol_report_find_likelihood(self);
    const hol_gain measured = {.independent = l.independent, .mean = l.gain, .error = l.gain_error};
    hol_verdict_reason reason;
    const hol_verdict learned = hol_verdict_of_gain(&measured, reason);
    if (isnan(l.value)) {
        add(self, HOL_VERDICT_UNKNOWN, subject, "not known",
            "Nothing says so far how probable the model makes data%s%s. `holode evaluate %s --data DATA --json "
            ">%s/evaluation.json` finds it, from both sides where it cannot be exact.",
            *self->measured.why ? ", and this page does not find it: " : "", self->measured.why,
            self->arguments.runs.items[0], self->arguments.runs.items[0]);
        return;
    }
    (void)snprintf(word, sizeof word, "%s nats per sample", say(l.value, 5, value));
    if (!isnan(l.gain))
        (void)snprintf(
            beside, sizeof beside,
            " Columns that know nothing of each other reach %s by these rows' own means: the model gains %s%s%s.",
            say(l.independent, 5, base), say(l.gain, 4, gain), l.gain_error > 0 ? " ± " : "",
            l.gain_error > 0 ? say(l.gain_error, 2, error) : "");
    if (hol_verdict_from_word(l.verdict) == HOL_VERDICT_BAD)
        add(self, HOL_VERDICT_BAD, subject, "likelihood not to be trusted",
            "%s on %s, %s, is not to be trusted%s%s (`holode help likelihoods`).%s", word, l.data, l.source,
            *l.reason ? ": " : "", l.reason, beside);
    else if (isinf(l.value))
        add(self, HOL_VERDICT_BAD, subject, "impossible rows", "Some rows of %s have probability 0.", l.data);
    else if (isnan(l.gain)) add(self, HOL_VERDICT_GOOD, subject, word, "On %s, %s.", l.data, l.source);
    else if (learned != HOL_VERDICT_GOOD)
        add(self, learned, subject, hol_verdict_describe_gain(learned), "%s on %s: %s.%s", word, l.data, reason,
            beside);
    else
        add(self, HOL_VERDICT_GOOD, subject, word, "On %s, %s%s.%s", l.data, l.source,
            hol_verdict_from_word(l.verdict) == HOL_VERDICT_GOOD ? ", both sides agree" : "", beside);
}

/* ---- training ---------------------------------------------------------------------------------------------------- */

static void judge_training(hol_report *self) {
    static const char subject[] = "Training";
    char text[256];
    number reached, aim;
    const hol_history *history = history_of(self);
    const hol_trainer_options *options = &self->config->train;
    if (history && hol_cli_has_arrived(history, options)) {
        add(self, HOL_VERDICT_GOOD, subject, "came to its aim",
            "Pearson's coefficient of the chains' correlations with the data's, at which train.until_pearson was to "
            "end "
            "it: %s, of %s.",
            say(last_of(self, HOL_METRIC_PEARSON), 4, reached), say(options->until_pearson, 3, aim));
        return;
    }
    if (history && !self->stage.is_running && hol_cli_describe_aim(history, options, text, sizeof text)) {
        add(self, HOL_VERDICT_CAUTION, subject, "short of its aim",
            "%s (train.until_pearson), of the chains' correlations with the data's. A longer run (--resume) comes "
            "nearer.",
            text);
        return;
    }
    if (!history || history->rows < 3) {
        add(self, HOL_VERDICT_UNKNOWN, subject, "too few evaluations",
            "%lld so far: whether the run has ended its climb cannot be seen.",
            (long long)(history ? history->rows : 0));
        return;
    }
    if (self->stage.is_running && hol_cli_describe_climb(history, options, text, sizeof text))
        add(self, HOL_VERDICT_GOOD, subject, "climbing", "What the run is measured by still rises, as it should.");
    else if (hol_cli_describe_climb(history, options, text, sizeof text))
        add(self, HOL_VERDICT_CAUTION, subject, "still climbing", "%c%s.", capital(text[0]), text + 1);
    else
        add(self, HOL_VERDICT_GOOD, subject, "levelled off",
            "What the run is measured by rises no more in its last third: a longer run alone would hardly help.");
}

/* Whether rows may be held out by whole clusters of alike ones, as those with weights are, and families, of which the
 * run knows Pearson's coefficient: they lie farther from the training rows than such rows do of each other. */
static bool are_clustered(const hol_report *self) {
    const char *weights = self->config->data.weights;
    return (*weights && strcmp(weights, "none") != 0) || (self->data.set && self->data.set->weights) ||
           isfinite(last_of(self, HOL_METRIC_PEARSON));
}

/* Where no likelihood is known: the free energies of validation samples, off those of training samples. */
static void judge_gap(hol_report *self, const char *subject, double gap) {
    number apart, most;
    const bool lags = hol_verdict_is_lagging(gap);
    if (lags && are_clustered(self))
        add(self, HOL_VERDICT_UNKNOWN, subject, "not known",
            "Free energies of validation samples are %s nats higher than those of training samples, which is no sign "
            "of anything where whole clusters of rows are held out. `holode evaluate` of several checkpoints "
            "(checkpoint.keep) shows whether the likelihood of validation data falls.",
            say(gap, 3, apart));
    else
        add(self, lags ? HOL_VERDICT_CAUTION : HOL_VERDICT_GOOD, subject,
            lags ? "validation data lag behind" : "no sign of it",
            "Free energies of validation samples are %s nats %s than those of training samples; more than %s nats "
            "higher is taken for a sign of overfitting.",
            say(fabs(gap), 3, apart), gap > 0 ? "higher" : "lower", say(HOL_VERDICT_FREE_ENERGY_GAP, 1, most));
}

/* The validation likelihood's fall from its best, or the free energies that drift apart. */
static void judge_overfitting(hol_report *self) {
    static const char subject[] = "Overfitting";
    const hol_history *history = history_of(self);
    const hol_metric metric = HOL_METRIC_VALID_LOG_LIKELIHOOD;
    number fall, at, apart;
    const double last = last_of(self, metric), train = last_of(self, HOL_METRIC_TRAIN_LOG_LIKELIHOOD);
    const double gap = last_of(self, HOL_METRIC_FREE_ENERGY_GAP);
    if (isnan(last) && isnan(gap)) {
        add(self, HOL_VERDICT_UNKNOWN, subject, "not known",
            "The run has no validation data: data.valid names some that it does not learn from.");
        return;
    }
    if (isnan(last)) {
        judge_gap(self, subject, gap);
        return;
    }
    const int64_t best = hol_history_best(history, metric);
    const double most = history->values[best * HOL_METRICS + metric], begun = history->values[metric];
    const double errors =
        isnan(last_of(self, HOL_METRIC_LOG_PARTITION_ERROR)) ? 0 : last_of(self, HOL_METRIC_LOG_PARTITION_ERROR);
    const bool is_past = hol_verdict_is_past_best(most - last, most - begun, errors);
    if (is_past && (int64_t)history->values[best * HOL_METRICS + HOL_METRIC_STEP] == self->source.info.step)
        add(self, HOL_VERDICT_GOOD, subject, "the best is kept",
            "The page is on the best checkpoint; from there the run's validation likelihood fell by %s nats to its "
            "end.",
            say(most - last, 3, fall));
    else if (is_past)
        add(self, HOL_VERDICT_CAUTION, subject, "past its best",
            "The validation likelihood was %s nats higher at step %s. checkpoint.best keeps the best, "
            "evaluate.patience "
            "ends a run in time; weight decay, or fewer hidden units, may help.",
            say(most - last, 3, fall), say(history->values[best * HOL_METRICS + HOL_METRIC_STEP], 1, at));
    else
        add(self, HOL_VERDICT_GOOD, subject, "no sign of it",
            "The validation likelihood ends at its best, or near it; training samples have %s nats %s.",
            say(fabs(train - last), 3, apart), train > last ? "more" : "less");
}

/* ---- chains ------------------------------------------------------------------------------------------------------ */

static void judge_mixing(hol_report *self) {
    static const char subject[] = "Mixing";
    hol_verdict_reason warnings[HOL_MIXING_WARNINGS_MAX], reason;
    char all[HOL_REPORT_TEXT] = "";
    number rhat, time;
    const hol_report_chains *m = &self->mixing;
    const hol_mixing_traces *t = &m->traces;
    if (!m->there) {
        add(self, HOL_VERDICT_UNKNOWN, subject, "not looked at", "%s.", m->why);
        return;
    }
    /* whether chains meet is seen by all of them, and in all pairs, unless their energies say otherwise */
    const bool is_apart = hol_verdict_of_difference(t->difference, reason) == HOL_VERDICT_BAD;
    if (m->agreement.count > 0 && !(is_apart && m->agreement.is_stationary)) return;
    const bool is_exact = hol_report_find_likelihood(self).is_exact;
    const int count = hol_mixing_find_warnings(t, &m->approach, warnings);
    for (int k = 0; k < count; k++) {
        const size_t used = strlen(all);
        (void)snprintf(all + used, sizeof all - used, "%s%c%s.", k ? " " : "", capital(warnings[k][0]),
                       warnings[k] + 1);
    }
    const hol_verdict length = hol_verdict_of_times(t->times, reason);
    if (count > 0) /* an exact likelihood stands whatever chains do */
        add(self, is_apart && !is_exact ? HOL_VERDICT_BAD : HOL_VERDICT_CAUTION, subject, "chains mix badly", "%s%s",
            all, is_exact ? " The likelihood does not depend on it, samples do." : "");
    else if (isnan(t->time))
        add(self, HOL_VERDICT_UNKNOWN, subject, "nothing to tell it by", "No chain's %s ever changed.",
            hol_mixing_watched(self->source.model));
    else if (length != HOL_VERDICT_GOOD)
        add(self, length, subject, length == HOL_VERDICT_CAUTION ? "chains mix slowly" : reason,
            "Autocorrelation %s sweeps: %lld sweeps are %s of such times, and %d are needed to be sure. --sweeps asks "
            "for more.",
            say(t->whole, 2, rhat), (long long)m->length, say(t->times, 2, time), HOL_VERDICT_TIMES_ENOUGH);
    else
        add(self, HOL_VERDICT_GOOD, subject, "no sign of trouble",
            "Autocorrelation %s sweeps, R-hat %s; chains begun at random end where those of the run are.",
            say(t->time, 2, time), say(t->rhat, 4, rhat));
}

/* Chains that follow the data while they learn, whatever their model is. */
static void judge_agreement(hol_report *self) {
    static const char subject[] = "The run's chains";
    number own, on, fresh;
    char text[HOL_AGREEMENT_TEXT];
    const hol_agreement *a = &self->mixing.agreement;
    if (a->count == 0) return;
    const hol_verdict verdict = hol_agreement_judge(a, text);
    if (verdict == HOL_VERDICT_UNKNOWN) return;
    add(self, verdict, subject, hol_verdict_word(verdict),
        "%c%s. Pearson's coefficient with %s, of the correlations of all pairs of states: %s of the run's chains as "
        "they stand, %s of the same after %lld sweeps more, %s of as many begun at random.",
        capital(text[0]), text + 1, self->mixing.agreement_data, say(a->own, 4, own),
        say(hol_agreement_last_on(a), 4, on), (long long)a->sweeps[a->count - 1], say(hol_agreement_last(a), 4, fresh));
}

static void judge_pairs(hol_report *self) {
    static const char subject[] = "Pair correlations";
    number pearson, slope, rms, chance;
    hol_verdict_reason reason;
    const hol_comparison *c = &self->of_pairs;
    if (!self->data.there || !self->mixing.there || isnan(c->pearson)) {
        add(self, HOL_VERDICT_UNKNOWN, subject, "not compared",
            self->data.there && self->mixing.there ? "Those of the data, or of the model, are all equal."
                                                   : "There are no %s to compare.",
            self->data.there ? "samples" : "data");
        return;
    }
    /* a model of sites can have all correlations that its data have, however few these are */
    const hol_verdict verdict = hol_verdict_of_pairs(c, self->sites.there ? 0 : self->pairs_noise, reason);
    add(self, verdict, subject, verdict == HOL_VERDICT_GOOD ? "as in the data" : reason,
        "Model against data: Pearson %s, slope %s; they differ by %s, root mean square, where chance alone gives %s.",
        say(c->pearson, 3, pearson), say(c->slope, 3, slope), say(c->rms, 2, rms), say(self->pairs_noise, 2, chance));
}

/* Mean and variance. */
static void describe(const double *values, int64_t count, double *ret_mean, double *ret_variance) {
    *ret_mean = *ret_variance = 0;
    for (int64_t k = 0; k < count; k++) *ret_mean += values[k] / (double)count;
    for (int64_t k = 0; k < count; k++)
        *ret_variance += (values[k] - *ret_mean) * (values[k] - *ret_mean) / (double)count;
}

/* Whether the model's own samples are as probable to it as data are. */
static void judge_energies(hol_report *self) {
    static const char subject[] = "Samples' energies";
    const hol_report_chains *m = &self->mixing;
    double data = 0, of_data = 0, model = 0, of_model = 0;
    number off, spread;
    hol_verdict_reason reason;
    if (!self->data.there || !m->there || !self->data.free_energies) return;
    describe(self->data.free_energies, self->data.used, &data, &of_data);
    describe(m->kept, m->count * m->length, &model, &of_model);
    const double deviation = sqrt((of_data + of_model) / 2), apart = model - data;
    if (!(deviation > 0) || !isfinite(apart)) return;
    const hol_verdict verdict = hol_verdict_of_energies(apart, deviation, reason);
    add(self, verdict, subject, verdict == HOL_VERDICT_GOOD ? "as those of data" : reason,
        "Free energies of the model's samples lie %s nats %s those of the data on the average; they spread by %s.",
        say(fabs(apart), 2, off), apart > 0 ? "above" : "below", say(deviation, 2, spread));
}

void hol_report_judge_record(hol_report *self) {
    self->verdict_count = 0;
    judge_likelihood(self);
    judge_training(self);
    judge_overfitting(self);
}

void hol_report_judge(hol_report *self) {
    hol_report_judge_record(self);
    judge_mixing(self);
    judge_agreement(self);
    judge_pairs(self);
    judge_energies(self);
}

hol_verdict hol_report_find_worst(const hol_report *self) {
    hol_verdict worst = HOL_VERDICT_GOOD;
    for (int k = 0; k < self->verdict_count; k++)
        if (self->verdicts[k].verdict != HOL_VERDICT_UNKNOWN && self->verdicts[k].verdict > worst)
            worst = self->verdicts[k].verdict;
    return worst;
}
