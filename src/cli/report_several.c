/* report_several: a page on several runs begins with a table of them, the best one first. */
#include <math.h>
#include <string.h>

#include "report.h"
#include "result/axis.h"

enum { CELL = HOL_RUNS_TEXT_MAX, KEYS_MOST = 16, RESULTS = 6, COLUMNS = 1 + RESULTS + KEYS_MOST };

typedef char number[HOL_AXIS_LABEL_SIZE];

/* A number with a sign that is a minus; "-" where there is none. */
static void say(double value, int digits, char text[CELL]) {
    if (isnan(value)) (void)snprintf(text, CELL, "-");
    else hol_axis_number(value, digits, text, CELL);
}

/* ---- what is said of a run --------------------------------------------------------------------------------------- */

/* By its record alone: what speaks most against it. */
static hol_verdict judge(const hol_report *self, hol_run_record *run, char text[CELL]) {
    char *name = (char *)run->name; /* read alone */
    hol_report one = {.comm = self->comm,
                      .arguments.runs = {.items = &name, .count = 1},
                      .runs = run,
                      .run_count = 1,
                      .config = run->config,
                      .source.info.step = run->step};
    hol_report_judge_record(&one);
    hol_verdict worst = hol_report_find_worst(&one);
    const bool is_known = one.verdicts[0].verdict != HOL_VERDICT_UNKNOWN; /* the likelihood */
    if (worst == HOL_VERDICT_GOOD && !is_known) worst = HOL_VERDICT_UNKNOWN;
    (void)snprintf(text, CELL, "%s", hol_html_sign(worst));
    if (worst == HOL_VERDICT_GOOD) (void)snprintf(text, CELL, "%s nothing against it", hol_html_sign(worst));
    for (int k = 0; k < one.verdict_count && worst != HOL_VERDICT_GOOD; k++) {
        const size_t used = strlen(text);
        if (one.verdicts[k].verdict != worst) continue;
        (void)snprintf(text + used, CELL - used, "%s %s", used > strlen(hol_html_sign(worst)) ? ";" : "",
                       worst == HOL_VERDICT_UNKNOWN && k == 0 ? "likelihood not known" : one.verdicts[k].word);
    }
    return worst;
}

static bool are_data_mixed(const hol_report *self) {
    char first[CELL] = "", text[CELL];
    for (int64_t i = 0; i < self->run_count; i++) {
        hol_run_name_held_out(&self->runs[i], text);
        if (!first[0]) (void)snprintf(first, sizeof first, "%s", text);
        else if (text[0] && strcmp(first, text) != 0) return true;
    }
    return false;
}

/* ---- the table --------------------------------------------------------------------------------------------------- */

/* The held-out likelihood, with its error where the run's walks have one. */
static void say_held_out(const hol_run_record *run, char text[CELL]) {
    const double error = hol_run_get_metric(run, HOL_METRIC_LOG_PARTITION_ERROR);
    number spread;
    say(hol_run_get_value(run, HOL_METRICS), 6, text);
    if (!isnan(run->log_likelihood) || isnan(error) || text[0] == '-') return;
    hol_axis_number(error, 2, spread, sizeof spread);
    const size_t used = strlen(text);
    (void)snprintf(text + used, CELL - used, " ± %s", spread);
}

static void print_row(const hol_report *self, FILE *to, int64_t i, bool mixed, const hol_config_row *const *keys,
                      int count) {
    hol_run_record *run = &self->runs[i];
    char texts[COLUMNS][CELL];
    const char *cells[COLUMNS];
    int c = 0;
    (void)snprintf(texts[c++], CELL, "%s", run->name);
    (void)judge(self, run, texts[c++]);
    say_held_out(run, texts[c++]);
    if (mixed) hol_run_name_held_out(run, texts[c++]);
    say(hol_run_get_metric(run, HOL_METRIC_TRAIN_LOG_LIKELIHOOD), 6, texts[c++]);
    say(hol_run_get_metric(run, HOL_METRIC_PSEUDO_LIKELIHOOD), 4, texts[c++]);
    say((double)run->step, 1, texts[c++]);
    for (int k = 0; k < count; k++) hol_run_get_setting(run, keys[k], texts[c++]);
    for (int k = 0; k < c; k++) cells[k] = texts[k];
    hol_html_row(to, cells, c, 2);
}

void hol_report_print_several(const hol_report *self, FILE *to) {
    const hol_config_row *keys[HOL_CONFIG_MAX_ROWS];
    const char *heads[COLUMNS] = {"run", "verdict", "held out"};
    const int differ = hol_runs_find_differing(self->runs, self->run_count, keys),
              count = differ < KEYS_MOST ? differ : KEYS_MOST;
    const bool mixed = are_data_mixed(self);
    char data[CELL];
    int c = 3;
    if (mixed) heads[c++] = "on";
    heads[c++] = "training";
    heads[c++] = "pseudo";
    heads[c++] = "step";
    for (int k = 0; k < count; k++) heads[c++] = keys[k]->value.name;
    hol_run_name_held_out(&self->runs[0], data);
    if (mixed) hol_html_paragraph(to, "The held-out likelihoods are of different data: their order is no ranking.");
    else if (data[0]) hol_html_paragraph(to, "The best one first, by the log-likelihood of %s, nats per sample.", data);
    else hol_html_paragraph(to, "No run has a held-out log-likelihood: by the pseudo-log-likelihood, nats per unit.");
    hol_html_section(to, "settings", "Runs, and the settings that differ");
    hol_html_table(to, heads, c, 2);
    for (int64_t i = 0; i < self->run_count; i++) print_row(self, to, i, mixed, keys, count);
    hol_html_table_end(to);
    hol_html_paragraph(to, "Verdicts are by each run's record alone; `holode report RUN` samples a run's model, too.");
    if (differ > count) hol_html_paragraph(to, "%d more settings differ.", differ - count);
    hol_html_section_end(to);
}
