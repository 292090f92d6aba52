/* evaluation: what the methods of `holode evaluate` take of the arguments, and records that several of them add. */
#include <stdio.h>
#include <string.h>

#include "evaluate.h"

uint64_t hol_evaluate_seed(const hol_evaluation *self) {
    return self->arguments.seed >= 0 ? (uint64_t)self->arguments.seed : self->subject.info.seed;
}

bool hol_evaluate_is_classic(const hol_evaluation *self) {
    return self->arguments.ladder && strcmp(self->arguments.ladder, "classic") == 0;
}

hol_likelihood_options hol_evaluate_options(const hol_evaluation *self) {
    const hol_evaluate_arguments *a = &self->arguments;
    return (hol_likelihood_options){.walks = a->chains,
                                    .temperatures = a->temperatures,
                                    .settle_sweeps = a->sweeps,
                                    .exact_work = HOL_LIKELIHOOD_EXACT_WORK,
                                    .seed = hol_evaluate_seed(self),
                                    .is_classic = hol_evaluate_is_classic(self),
                                    .start = a->start};
}

hol_status hol_evaluate_start(hol_evaluation *self, int64_t count, hol_population **ret, const char **ret_word) {
    return hol_subject_start(&self->subject, count, self->arguments.start, hol_evaluate_seed(self), ret, ret_word);
}

const char *hol_evaluate_name_weights(const hol_evaluation *self, hol_evaluate_text text) {
    text[0] = '\0';
    if (self->subject.is_weighted)
        (void)snprintf(text, sizeof(hol_evaluate_text), ", weighted (ESS %.1f)", self->subject.effective);
    return text;
}

const char *hol_evaluate_name_rows(const hol_evaluation *self, hol_evaluate_text text) {
    const hol_subject *s = &self->subject;
    char missing[128] = "", unknown[64] = "";
    if (s->unknown > 0) (void)snprintf(unknown, sizeof unknown, "; %lld unknown rows left out", (long long)s->unknown);
    if (s->known)
        (void)snprintf(missing, sizeof missing, ", of what is known (%.3g %% missing%s)", 100 * s->missing, unknown);
    if (s->is_weighted)
        (void)snprintf(text, sizeof(hol_evaluate_text), "weighted mean of %lld (ESS %.1f) in %s%s", (long long)s->rows,
                       s->effective, s->data, missing);
    else
        (void)snprintf(text, sizeof(hol_evaluate_text), "mean of %lld in %s%s", (long long)(s->rows - s->unknown),
                       s->data, missing);
    return text;
}

bool hol_evaluate_likelihood(hol_evaluation *self, const hol_likelihood *found) {
    hol_result *to = self->result;
    const hol_exact_score *score = &found->score;
    if (!self->subject.data) return false;
    hol_result_number(to, "log_likelihood", found->low);
    if (found->walked.rows > 0) {
        hol_result_number(to, "annealed_rows", (double)found->walked.rows);
        hol_result_number(to, "annealed_rows_error", found->walked.error);
        hol_result_number(to, "annealed_rows_effective", found->walked.effective);
        hol_result_line(
            to, "rows",
            "%lld of %lld annealed given what is known of them, %lld walks each, effective %.1f: +- %.4f "
            "of the mean, which is too low, if anything",
            (long long)found->walked.rows, (long long)found->rows,
            (long long)(self->arguments.row_walks > 0 ? self->arguments.row_walks : HOL_LIKELIHOOD_ROW_WALKS),
            found->walked.effective, found->walked.error);
    }
    if (score->impossible > 0) {
        hol_result_number(to, "impossible_rows", (double)score->impossible);
        hol_result_number(to, "first_impossible_row", (double)score->first_impossible);
    }
    if (score->unknown > 0)
        hol_result_line(to, "log-likelihood",
                        "not available: the free energies of %lld samples in %s are unknown (%s to sum out%s), or "
                        "too large to add up",
                        (long long)score->unknown, self->subject.data,
                        self->subject.known ? "too many missing values" : "more than 32 coupled hidden units",
                        self->arguments.row_walks == 0 && self->subject.model->ops->independent
                            ? "; --row-walks 16 anneals them, which takes long"
                            : "");
    else if (score->impossible > 0)
        hol_result_line(to, "log-likelihood",
                        "-inf: %lld of %lld samples in %s have probability 0, the first is row %lld (from 0)",
                        (long long)score->impossible, (long long)found->rows, self->subject.data,
                        (long long)score->first_impossible);
    return score->unknown == 0 && score->impossible == 0;
}

void hol_evaluate_verdict(hol_evaluation *self, hol_verdict verdict, const char *reason, const char *good) {
    enum { WIDTH = 64 }; /* beside labels, of 80 columns */
    char text[sizeof(hol_verdict_reason) + 32];
    const char *word = hol_verdict_word(verdict), *label = "verdict", *at = text;
    const char *more = verdict == HOL_VERDICT_GOOD ? good : reason;
    hol_result_text(self->result, "verdict", word);
    if (*reason) hol_result_text(self->result, "reason", reason);
    (void)snprintf(text, sizeof text, "%s%s%s", word, *more ? ": " : "", more);
    for (size_t length = strlen(at); *at; length = strlen(at), label = "") { /* a line each of whole words */
        size_t end = length > WIDTH ? WIDTH : length;
        while (end > 0 && at[end] && at[end] != ' ') end--;
        if (end == 0) end = length; /* one long word */
        hol_result_line(self->result, label, "%.*s", (int)end, at);
        at += end + strspn(at + end, " ");
    }
}
