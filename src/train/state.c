/* state: the list of what a run keeps, and the checks of a checkpoint that is to become a run's state. */
#include "train/state.h"

#include <stdio.h>

#include "sample/population.h"
#include "state_model.h"

/* ------------------------------------------------------------------ the list */

static const hol_population_folder chains_folder = {
    "/chains", "chains", "the persistent chains, 0 and 1; with train.levels the highest level's; absent with cd"};
static const hol_population_folder batch_folder = {
    "/batch", "batch",
    "with model.positive_persistent: the hidden states that the positive phase goes on from, 0 and 1"};

/* Of a state, or without memory with NULL; info says how many chains, walks ... there are. */
static void list_all(const hol_model *model, const hol_checkpoint_info *info, int64_t replicas, const hol_state *state,
                     hol_field_list *list) {
    static const hol_state none;
    const hol_model_info *m = &model->info;
    const hol_state *s = state ? state : &none;
    hol_model_list_structures(m, list);
    hol_model_list_parameters(m, "/parameters", NULL, s->theta, HOL_FIELD_ALWAYS, list);
    hol_model_list_parameters(m, "/average", "with train.average_steps: the average of the iterates", s->average,
                              HOL_FIELD_OPTIONAL, list);
    hol_optimiser_list_fields(s->optimiser, m, list);
    hol_population_list_fields(s->chains, m, chains_folder, info->chains, list);
    hol_population_list_units(s->batch, batch_folder, "hidden", info->batch_size, m->visible, m->hidden, list);
    hol_tempering_list_fields(s->tempering, m, replicas, info->chains, list);
    hol_partition_list_fields(s->partition, m, info->walks, list);
    hol_history_list_fields(&s->history, info->history_rows, list);
}

static int64_t replicas_of(const hol_state *state) {
    return state->tempering ? hol_tempering_get_levels(state->tempering) - 1 : 0;
}

/* What the file of a state says of itself. */
static void describe(const hol_model *model, const hol_state *state, hol_checkpoint_info *info) {
    *info = (hol_checkpoint_info){.visible = model->info.visible,
                                  .hidden = model->info.hidden,
                                  .temperature = model->temperature,
                                  .step = state->step,
                                  .data_fingerprint = state->data_fingerprint,
                                  .chains = state->chains ? state->chains->count : 0,
                                  .history_rows = state->history.rows,
                                  .walks = state->partition ? state->partition->count : 0,
                                  .batch_size = state->batch ? state->batch->count : 0};
    (void)snprintf(info->model, sizeof info->model, "%s", model->ops->kind);
}

void hol_state_list(const hol_model *model, const hol_checkpoint_info *info, int64_t replicas, hol_field_list *list) {
    list_all(model, info, replicas, NULL, list);
}

/* As many as the file has. */
static int64_t count_replicas(const hol_checkpoint_file *file) {
    char path[32];
    for (int64_t l = 0; l < HOL_TRAINER_LEVELS_MAX; l++) {
        (void)snprintf(path, sizeof path, "/replicas/%lld", (long long)l);
        if (!hol_checkpoint_has(file, path)) return l;
    }
    return HOL_TRAINER_LEVELS_MAX;
}

hol_status hol_state_outline(void *context, const hol_checkpoint_file *file, hol_field_list *list) {
    hol_model *model = NULL;
    (void)context;
    const hol_status status = hol_state_create_model(file, &model);
    if (status == HOL_OK) hol_state_list(model, hol_checkpoint_get_info(file), count_replicas(file), list);
    hol_model_destroy(model);
    return status;
}

/* ------------------------------------------------------------------ sizes and writing */

hol_status hol_state_measure(hol_comm *comm, const hol_model *model, const hol_state *state,
                             const hol_checkpoint_facts *facts, int64_t *ret_bytes) {
    hol_checkpoint_info info;
    hol_field_list list = {0};
    describe(model, state, &info);
    list_all(model, &info, replicas_of(state), state, &list);
    const hol_status status = hol_checkpoint_measure(comm, &info, &list, facts, ret_bytes);
    hol_field_list_clear(&list);
    return status;
}

static hol_status write(hol_comm *comm, const char *directory, const hol_model *model, const hol_state *state,
                        const hol_checkpoint_facts *facts, bool best, int64_t keep, char *path) {
    hol_checkpoint_info info;
    hol_field_list list = {0};
    describe(model, state, &info);
    list_all(model, &info, replicas_of(state), state, &list);
    const hol_status status = best ? hol_checkpoint_write_best(comm, directory, &info, &list, facts, path)
                                   : hol_checkpoint_write(comm, directory, &info, &list, facts, keep, path);
    hol_field_list_clear(&list);
    return status;
}

hol_status hol_state_write(hol_comm *comm, const char *directory, const hol_model *model, const hol_state *state,
                           const hol_checkpoint_facts *facts, int64_t keep, char *path) {
    return write(comm, directory, model, state, facts, false, keep, path);
}

hol_status hol_state_write_best(hol_comm *comm, const char *directory, const hol_model *model, const hol_state *state,
                                const hol_checkpoint_facts *facts, char *path) {
    return write(comm, directory, model, state, facts, true, 0, path);
}

/* ------------------------------------------------------------------ reading */

static hol_status compare(const hol_checkpoint_info *info, const char *place, int64_t found, int64_t expected) {
    if (found == expected) return HOL_OK;
    return hol_error(HOL_BAD_INPUT, "%s: %s: found %lld, expected %lld", info->path, place, (long long)found,
                     (long long)expected);
}

static hol_status check_data(const hol_checkpoint_info *info, uint64_t expected) {
    const uint64_t found = info->data_fingerprint;
    if (expected == 0 || found == expected) return HOL_OK;
    return hol_error(HOL_BAD_INPUT, "%s: data_fingerprint: found %016llx, expected %016llx; its run has other data",
                     info->path, (unsigned long long)found, (unsigned long long)expected);
}

/* What is wanted of a file. */
typedef struct wanted {
    const hol_model *model;
    void *to; /* what the lister says */
} wanted;

/* Of all: to is a hol_state. */
static hol_status list_state(void *context, const hol_checkpoint_file *file, hol_field_list *list) {
    hol_status status = HOL_OK;
    const wanted *self = context;
    hol_state *state = self->to;
    const hol_checkpoint_info *info = hol_checkpoint_get_info(file);
    hol_checkpoint_info own;
    describe(self->model, state, &own);
    HOL_TRY(compare(info, "chains", info->chains, own.chains));
    HOL_TRY(compare(info, "/replicas", count_replicas(file), replicas_of(state)));
    HOL_TRY(compare(info, "walks", info->walks, own.walks));
    HOL_TRY(compare(info, "batch_size", info->batch_size, own.batch_size));
    HOL_TRY(check_data(info, state->data_fingerprint));
    HOL_TRY(hol_state_check_model(info, self->model));
    HOL_TRY(hol_history_reset(&state->history, info->history_rows));
    list_all(self->model, info, replicas_of(state), state, list);
    state->step = info->step;
    state->data_fingerprint = info->data_fingerprint;
cleanup:
    return status;
}

/* to is (parameters). */
static hol_status list_theta(void *context, const hol_checkpoint_file *file, hol_field_list *list) {
    const wanted *self = context;
    const char *folder = hol_checkpoint_has(file, "/average") ? "/average" : "/parameters";
    hol_model_list_parameters(&self->model->info, folder, NULL, self->to, HOL_FIELD_ALWAYS, list);
    return hol_state_check_model(hol_checkpoint_get_info(file), self->model);
}

/* to is a hol_population. */
static hol_status list_chains(void *context, const hol_checkpoint_file *file, hol_field_list *list) {
    const wanted *self = context;
    hol_population *chains = self->to;
    const hol_checkpoint_info *info = hol_checkpoint_get_info(file);
    const hol_status status = compare(info, "chains", info->chains, chains ? chains->count : 0);
    hol_population_list_fields(chains, &self->model->info, chains_folder, info->chains, list);
    return status == HOL_OK ? hol_state_check_model(info, self->model) : status;
}

/* to is a hol_history. */
static hol_status list_history(void *context, const hol_checkpoint_file *file, hol_field_list *list) {
    const wanted *self = context;
    const hol_checkpoint_info *info = hol_checkpoint_get_info(file);
    hol_status status = hol_history_reset(self->to, info->history_rows);
    if (status == HOL_OK) status = hol_state_check_model(info, self->model);
    if (status == HOL_OK) hol_history_list_fields(self->to, info->history_rows, list);
    return status;
}

hol_status hol_state_read(hol_comm *comm, const char *path, const hol_model *model, hol_state *state) {
    return hol_checkpoint_read(comm, path, list_state, &(wanted){model, state});
}

hol_status hol_state_read_theta(hol_comm *comm, const char *path, const hol_model *model, float *theta) {
    return hol_checkpoint_read(comm, path, list_theta, &(wanted){model, theta});
}

hol_status hol_state_read_chains(hol_comm *comm, const char *path, const hol_model *model, hol_population *chains) {
    return hol_checkpoint_read(comm, path, list_chains, &(wanted){model, chains});
}

hol_status hol_state_read_history(hol_comm *comm, const char *path, const hol_model *model, hol_history *history) {
    return hol_checkpoint_read(comm, path, list_history, &(wanted){model, history});
}
