/* report_likelihood: a likelihood of the page's own, where the run has none: exactly where that is quick, else from
 * both sides of annealing, with as many temperatures as a few seconds suffice for. */
#include <math.h>
#include <string.h>

#include "cli/likelihood.h"
#include "report.h"

enum {
    WALKS = 128,
    TEMPERATURES_LEAST = 100,
    TEMPERATURES_MOST = 5000,
    SIDES = 3,   /* and the ladder, and settling */
    ROWS = 1000, /* that the path begins at: the page has free energies of more */
};

/* Temperatures of each side; 0: what is too few would take too long. */
static int64_t choose_temperatures(const hol_report *self) {
    const double most = HOL_REPORT_WORK / 2 / (hol_report_sweep_work(self) * WALKS * SIDES);
    if (most < TEMPERATURES_LEAST) return 0;
    return most > TEMPERATURES_MOST ? TEMPERATURES_MOST : (int64_t)most;
}

/* Whether it can be found, and quickly; else `why` not. Not collective, and the same on all ranks. */
static hol_status choose_way(hol_report *self, bool *ret_quick) {
    hol_report_measured *m = &self->measured;
    const hol_model_ops *ops = self->source.model->ops;
    double work = INFINITY;
    const hol_status status = hol_exact_cost(self->source.model, self->source.theta, &work);
    const char *why = "";
    m->is_exact = work <= HOL_LIKELIHOOD_EXACT_WORK;
    m->temperatures = choose_temperatures(self);
    if (!self->data.there) why = "there are no data";
    else if (strlen(self->data.name) >= HOL_RUNS_TEXT_MAX - 1) why = "the name of the data is too long";
    else if (self->arguments.sweeps == 0) why = "--sweeps 0 asked for a page without sampling";
    else if (!ops->exact_free_energy) why = "the model has no free energies of rows";
    else if (!m->is_exact && !ops->independent) why = "it would have to be exact, and that takes long";
    else if (!m->is_exact && m->temperatures == 0) why = "from both sides it takes longer than a page may";
    (void)snprintf(m->why, sizeof m->why, "%s", why);
    *ret_quick = *why == '\0';
    return status;
}

/* By the greater ln Z, and free energies of all of the page's rows; by those of a few where these are none. */
static void take(hol_report *self, const hol_likelihood *found) {
    hol_report_measured *m = &self->measured;
    const hol_gain *all = &self->data.gain;
    m->gain = found->gain;
    m->low = found->low;
    if (isfinite(all->mean)) {
        m->gain = (hol_gain){all->independent, all->mean - found->log_partition_high,
                             sqrt(all->error * all->error + found->error * found->error)};
        m->low = m->gain.independent + m->gain.mean;
    }
    m->there = !isnan(m->low);
    m->error = found->error;
    if (found->temperatures > 0) m->temperatures = found->temperatures;
    m->verdict = found->is_exact ? HOL_VERDICT_UNKNOWN : found->verdict;
    m->walks = WALKS;
    (void)snprintf(m->reason, sizeof m->reason, "%s", found->reason);
    if (!m->there) (void)snprintf(m->why, sizeof m->why, "the model has no free energies of some rows");
}

hol_status hol_report_measure_likelihood(hol_report *self) {
    hol_status status = HOL_OK;
    hol_report_measured *m = &self->measured;
    hol_likelihood found;
    bool quick = false;
    int64_t is_known = !isnan(hol_report_find_likelihood(self).value); /* each rank has read the run's files itself */
    HOL_TRY(hol_comm_broadcast(self->comm, &is_known, sizeof is_known));
    if (is_known) return HOL_OK;
    HOL_TRY(hol_comm_agree(self->comm, choose_way(self, &quick)));
    if (!quick) return HOL_OK;
    const bool is_dear = self->source.model->ops->pairs != NULL; /* then as many as it takes, where these are fewer */
    const hol_likelihood_options options = {.walks = WALKS,
                                            .temperatures = is_dear ? 0 : m->temperatures,
                                            .most = m->temperatures,
                                            .settle_sweeps = m->temperatures / 2,
                                            .exact_work = HOL_LIKELIHOOD_EXACT_WORK,
                                            .seed = (uint64_t)self->arguments.seed};
    const hol_subject_data data = {.reference = self->data.name, .weights = hol_report_weights(self), .most = ROWS};
    status = hol_likelihood_measure(self->comm, self->source.info.path, data, &options, &found);
    if (hol_error_code(status) == HOL_BAD_INPUT || hol_error_code(status) == HOL_USAGE) { /* gone since, at work */
        (void)snprintf(m->why, sizeof m->why, "%s", hol_error_message(status));
        (void)hol_error_drop(status);
        status = HOL_OK;
    } else if (status == HOL_OK) take(self, &found);
    hol_likelihood_clear(&found);
cleanup:
    return status;
}
