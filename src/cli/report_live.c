/* report_live: the page of a run in this process, from its state in memory: as little work as a page can be. */
#include <math.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "cli/report.h"
#include "io/owner.h"
#include "report.h"

enum { SHARE = 50 }; /* the page takes one part in so many of the run's time at most */

struct hol_report_live {
    hol_report report; /* owns its data but for the rows, and its chains' samples; borrows the rest */
    hol_run_record record;
    char *name; /* borrowed */
    hol_owner *owner;
    char path[HOL_CHECKPOINT_PATH_MAX + 32];
    double written_at, seconds; /* rank 0: when, and how long it took */
    bool warned;
};

/* ---- what stays -------------------------------------------------------------------------------------------------- */

static void describe_run(hol_report_live *self, const hol_training *training, const hol_checkpoint_facts *facts) {
    hol_report *r = &self->report;
    const hol_model_info *model = &training->model->info;
    hol_checkpoint_info *info = &r->source.info;
    info->config = (char *)facts->config; /* neither is written to, nor given back */
    info->version = (char *)HOL_VERSION;
    (void)snprintf(info->model, sizeof info->model, "%s", training->model->ops->kind);
    info->visible = model->visible;
    info->hidden = model->hidden;
    info->seed = facts->seed;
    info->item_shape[0] = facts->item_shape[0];
    info->item_shape[1] = facts->item_shape[1];
    r->source.model = training->model;
    r->config = (hol_config *)training->config;
    r->units = info->visible < HOL_REPORT_UNITS_MAX ? info->visible : HOL_REPORT_UNITS_MAX;
    r->of_pairs.pearson = (double)NAN;
    self->record = (hol_run_record){.name = self->name, .config = r->config, .log_likelihood = (double)NAN};
    r->runs = &self->record;
    r->run_count = 1;
}

hol_status hol_report_live_create(const hol_training *training, const hol_checkpoint_facts *facts,
                                  const char *directory, int64_t steps, hol_report_live **ret_live) {
    hol_status status = HOL_OK;
    hol_report_live *self = NULL;
    const char *split = NULL, *data = hol_report_run_data(training->config, &split);
    *ret_live = NULL;
    HOL_TRY(hol_comm_agree(training->comm, HOL_ALLOCATE(self, 1, "page")));
    self->name = (char *)directory;
    self->owner = facts->owner;
    (void)snprintf(self->path, sizeof self->path, "%s/report.html", directory);
    hol_report *r = &self->report;
    *r = (hol_report){.comm = training->comm,
                      .arguments = {.runs = {.items = &self->name, .count = 1}},
                      .spectra = {.group = -1},
                      .stage = {.is_live = true, .steps = steps}};
    describe_run(self, training, facts);
    (void)snprintf(r->mixing.why, sizeof r->mixing.why, "it takes long, and this page is to cost the run no time");
    r->data.set = training->valid_set ? training->valid_set : training->train_set;
    r->data.used = r->data.rows = r->data.set->count;
    r->data.there = true;
    hol_report_name_data(r, data, split);
    HOL_TRY(hol_report_describe_data(r, false));
    *ret_live = self;
    self = NULL;
cleanup:
    hol_report_live_destroy(self);
    return status;
}

void hol_report_live_destroy(hol_report_live *live) {
    if (!live) return;
    live->report.data.set = NULL;
    hol_report_clear_data(&live->report.data);
    hol_report_clear_chains(&live->report.mixing);
    hol_free(live);
}

/* ---- what changes ------------------------------------------------------------------------------------------------ */

/* Rank 0's clock counts. */
static hol_status is_due(const hol_report_live *self, bool *ret_due) {
    int64_t due = hol_clock_now() - self->written_at >= SHARE * self->seconds;
    const hol_status status = hol_comm_broadcast(self->report.comm, &due, sizeof due);
    *ret_due = due != 0;
    return status;
}

/* The chains' states as they are. */
static hol_status take_samples(hol_report *r, const hol_state *state) {
    hol_free(r->mixing.tiles);
    r->mixing.tiles = NULL;
    r->mixing.tile_count = 0;
    if (!state->chains) return HOL_OK;
    return hol_report_take_tiles(r, state->chains, false, HOL_REPORT_TILES, &r->mixing.tiles, &r->mixing.tile_count);
}

static hol_status write(hol_report_live *self, const hol_state *state, const char *checkpoint, const char *end) {
    hol_status status = HOL_OK;
    hol_report *r = &self->report;
    HOL_TRY(take_samples(r, state));
    HOL_TRY(hol_comm_agree(r->comm, hol_comm_rank(r->comm) == 0 ? hol_owner_check(self->owner) : HOL_OK));
    HOL_TRY(hol_output_check(r->comm, self->path, &hol_report_kind, 1, NULL, 0));
    r->source.theta = state->average ? state->average : state->theta;
    r->source.info.step = self->record.step = state->step;
    r->source.info.data_fingerprint = self->record.data_fingerprint = state->data_fingerprint;
    (void)snprintf(r->source.info.path, sizeof r->source.info.path, "%s", *checkpoint ? checkpoint : "none yet");
    self->record.history = state->history;
    r->run_count = state->history.rows > 0;
    r->stage.is_running = !end;
    hol_report_date(&r->stage);
    (void)snprintf(r->stage.end, sizeof r->stage.end, "%s", end ? end : "");
    hol_report_judge(r);
    if (hol_comm_rank(r->comm) == 0) status = hol_report_save(r, self->path, false);
    status = hol_comm_agree(r->comm, status);
cleanup:
    return status;
}

void hol_report_live_refresh(hol_report_live *live, const hol_state *state, const char *checkpoint, const char *end) {
    if (!live) return;
    bool due = true;
    const double start = hol_clock_now();
    hol_status status = end ? HOL_OK : is_due(live, &due);
    if (status == HOL_OK && due) status = write(live, state, checkpoint, end);
    if (status != HOL_OK && !live->warned) {
        hol_log_warning(live->report.comm, "no page, and the run goes on without: %s", hol_error_message(status));
        live->warned = true;
    }
    (void)hol_error_drop(status);
    if (!due) return;
    live->written_at = hol_clock_now();
    live->seconds = live->written_at - start;
}
