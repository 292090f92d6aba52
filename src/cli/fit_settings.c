/* fit_settings: a candidate's settings as a config, in words, and as counted work. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "cli/value.h"
#include "fit.h"

/* What is no multiply-add counts as so many as take as long: sampling a unit, and a visible one that waits for those
 * coupled to it; the same in walks, which keep energies; updating a parameter; a step, however small. Measured with one
 * thread of an EPYC with AVX2, on 16 to 784 columns, where a core does about 7.6e10 multiply-adds a second. */
#define UNIT_WORK 400.0
#define COUPLED_WORK 1100.0
#define WALK_UNIT_WORK 1000.0
#define WALK_COUPLED_WORK 2500.0
#define PARAMETER_WORK 100.0
#define STEP_WORK 2e6
enum { EVALUATIONS = 4, AVERAGE_STEPS = 100, KEEP = 1000 };

/* whichever kinds have such parts */
const char *hol_fit_kind(const hol_fit_settings *s) {
    return hol_config_find_kind(s->visible_couplings ? "model.visible_couplings" : "model.hidden");
}

void hol_fit_describe(const hol_fit_settings *s, char text[HOL_FIT_TEXT]) {
    char levels[32] = "";
    const char *parts = s->hidden == 0 ? "V alone" : s->visible_couplings ? "W + V" : "W alone";
    if (s->levels > 1) (void)snprintf(levels, sizeof levels, ", %lld levels", (long long)s->levels);
    if (s->hidden > 0)
        (void)snprintf(text, HOL_FIT_TEXT, "%s, %lld hidden from %g, rate %g, decay %g, %lld sweep%s%s", parts,
                       (long long)s->hidden, s->initial_weights, s->rate, s->weight_decay, (long long)s->sweeps,
                       s->sweeps == 1 ? "" : "s", levels);
    else
        (void)snprintf(text, HOL_FIT_TEXT, "%s, rate %g, decay %g, %lld sweep%s%s", parts, s->rate, s->weight_decay,
                       (long long)s->sweeps, s->sweeps == 1 ? "" : "s", levels);
}

int64_t hol_fit_parameters(const hol_fit_settings *s, int64_t visible) {
    const int64_t pairs = s->visible_couplings ? visible * (visible - 1) / 2 : 0;
    return visible + s->hidden + visible * s->hidden + pairs;
}

/* By a model of two columns. */
bool hol_fit_is_possible(const hol_fit *self, const hol_fit_settings *s) {
    const int32_t cardinalities[] = {3, 3};
    hol_model *model = NULL;
    if (self->data.states <= 2 || !s->visible_couplings) return true;
    const hol_model_options options = {
        .kind = hol_fit_kind(s),
        .visible = 2,
        .hidden = s->hidden,
        .temperature = 1,
        .without = HOL_MODEL_HIDDEN_COUPLINGS | (s->hidden > 0 ? 0 : HOL_MODEL_WEIGHTS),
        .structure_count = 1,
        .structures = {{.name = "cardinalities", .rows = 1, .columns = 2, .values = cardinalities}}};
    const bool is_possible = !hol_error_drop(hol_model_create(&options, &model));
    if (is_possible) hol_model_destroy(model);
    return is_possible;
}

static double sweep_work(const hol_fit_settings *s, int64_t visible, double unit, double coupled) {
    const double n = (double)visible, h = (double)s->hidden;
    return 2 * n * h + unit * h + (s->visible_couplings ? n * n + coupled * n : unit * n);
}

double hol_fit_sweep_work(const hol_fit_settings *s, int64_t visible) {
    return sweep_work(s, visible, UNIT_WORK, COUPLED_WORK);
}

double hol_fit_walk_work(const hol_fit_settings *s, int64_t visible) {
    return sweep_work(s, visible, WALK_UNIT_WORK, WALK_COUPLED_WORK);
}

double hol_fit_step_work(const hol_fit_settings *s, int64_t visible) {
    const double batch = (double)s->batch_size, chains = (double)s->chains;
    const double parameters = (double)hol_fit_parameters(s, visible);
    const double positive = batch * ((double)visible + UNIT_WORK) * (double)s->hidden;
    const double negative = chains * (double)(s->levels * s->sweeps) * hol_fit_sweep_work(s, visible);
    return positive + negative + (batch + chains + PARAMETER_WORK) * parameters + STEP_WORK;
}

static void print_config(const hol_fit *self, const hol_fit_candidate *c, int64_t steps, int64_t cooldown, FILE *to) {
    const hol_fit_settings *s = &c->settings;
    char again[HOL_FIT_PATH + 16];
    (void)snprintf(again, sizeof again, "%s/again", self->directory);
    (void)fprintf(to, "seed: %lld\ndata:\n  train: ", (long long)self->arguments.seed);
    hol_value_print_yaml(to, self->data.reference[HOL_FIT_TRAIN]);
    (void)fprintf(to, "\n  valid: ");
    hol_value_print_yaml(to, self->data.reference[HOL_FIT_VALID]);
    (void)fprintf(to, "\n  binarize: %s\nmodel:\n  kind: %s\n  hidden: %lld\n",
                  self->data.sampled ? "sample" : "threshold", hol_fit_kind(s), (long long)s->hidden);
    if (s->visible_couplings)
        (void)fprintf(to, "  weights: %s\n  visible_couplings: true\n  hidden_couplings: false\n",
                      s->hidden > 0 ? "true" : "false");
    (void)fprintf(to, "train:\n  method: pcd\n  sweeps: %lld\n  chains: %lld\n  levels: %lld\n  batch_size: %lld\n",
                  (long long)s->sweeps, (long long)s->chains, (long long)s->levels, (long long)s->batch_size);
    (void)fprintf(to, "  steps: %lld\n  cooldown_steps: %lld\n  learning_rate: %.17g\n  schedule: constant\n",
                  (long long)(steps + cooldown), (long long)cooldown, s->rate);
    (void)fprintf(to, "  momentum: 0.5\n  weight_decay: %.17g\n  average_steps: %d\n  initial_weights: %.17g\n",
                  s->weight_decay, (int)AVERAGE_STEPS, s->initial_weights);
    (void)fprintf(to, "evaluate:\n  every: %lld\ncheckpoint:\n  keep: %d\noutput: ", (long long)(c->unit / EVALUATIONS),
                  (int)KEEP);
    hol_value_print_yaml(to, again);
    (void)fputc('\n', to);
}

hol_status hol_fit_make_config(const hol_fit *self, const hol_fit_candidate *candidate, int64_t steps, int64_t cooldown,
                               hol_config **ret_config, char **ret_text) {
    hol_status status = HOL_OK;
    char *text = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&text, &size);
    *ret_config = NULL, *ret_text = NULL;
    if (!to) return hol_error(HOL_FAILURE, "out of memory: a config");
    print_config(self, candidate, steps, cooldown, to);
    if (fclose(to) != 0) status = hol_error(HOL_FAILURE, "out of memory: a config");
    if (status == HOL_OK) status = hol_config_parse("the fit's config", text, size, NULL, 0, ret_config);
    if (status == HOL_OK) status = hol_config_dump(*ret_config, ret_text);
    free(text);
    return status;
}
