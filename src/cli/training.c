/* training: the options of everything, from a config. */
#include "cli/training.h"

#include <math.h>

#include "model/means.h"
#include "num/bits.h"
#include "sample/population.h"

enum { EVALUATE_STEPS_MIN = 250 };

hol_trainer_options hol_training_options(const hol_config *c, int64_t samples) {
    hol_trainer_options o = c->train;
    const int64_t epoch = samples / o.batch_size;
    o.samples = samples;
    o.seed = (uint64_t)c->seed;
    if (o.schedule.steps == 0) o.schedule.steps = (int64_t)ceil(c->epochs * (double)samples / (double)o.batch_size);
    if (o.evaluate_every == 0) o.evaluate_every = epoch < EVALUATE_STEPS_MIN ? EVALUATE_STEPS_MIN : epoch;
    o.checkpoint_seconds = 60 * c->checkpoint.minutes;
    return o;
}

hol_checkpoint_facts hol_training_facts(const hol_config *config, const char *config_text, const hol_dataset *data,
                                        const hol_cli_parts *parts, int64_t visible) {
    hol_checkpoint_facts facts = {.config = config_text, .seed = (uint64_t)config->seed};
    if (!data || !hol_dataset_get_shape(data, &facts.item_shape[0], &facts.item_shape[1]))
        hol_cli_lattice_shape(parts, visible, facts.item_shape);
    return facts;
}

hol_binarizer hol_training_binarizer(const hol_training *self) {
    hol_binarizer binarizer = hol_cli_binarizer(self->config, self->model);
    binarizer.memory = hol_comm_memory(self->comm);
    binarizer.position = hol_comm_position(self->comm);
    return binarizer;
}

/* What the model and the data can't do. */
static hol_status check_exact(const hol_training *self, const hol_training_data *data, const hol_batches_options *o) {
    const double pseudo_count = self->config->train.pseudo_count;
    if (!o->whole && pseudo_count > 0 && self->config->train.method == HOL_METHOD_PCD)
        return hol_error(HOL_USAGE, "train.pseudo_count: found %g beside train.positive batches, expected 0 or exact",
                         pseudo_count);
    if (!o->whole) return HOL_OK;
    if (pseudo_count > 0 && !self->model->ops->add_fair)
        return hol_error(HOL_USAGE, "train.pseudo_count: found %g, expected 0 for a model with zero potentials",
                         pseudo_count);
    if (self->model->info.hidden > 0)
        return hol_error(HOL_USAGE, "train.positive: found exact, expected batches for a model with hidden units");
    if (data->missing)
        return hol_error(HOL_USAGE, "train.positive: found exact, expected batches for data with missing values");
    if (o->resample)
        return hol_error(HOL_USAGE, "train.positive: found exact, expected batches where grey levels are drawn anew "
                                    "(data.binarize sample)");
    return HOL_OK;
}

/* Levels are of single units. */
static hol_status check_levels(const hol_training *self, const hol_batches_options *o) {
    if (!o->resample || hol_means_count(self->model) == self->model->info.visible) return HOL_OK;
    return hol_error(HOL_USAGE, "data.binarize: found sample for grey levels beside labels, expected threshold for a "
                                "model whose labels are no layer of states (rbm, boltzmann and network have one)");
}

/* Correlations are of bits that stay. */
static hol_status check_pearson(const hol_training *self, const hol_training_data *data, const hol_batches_options *o) {
    const double wish = self->config->train.until_pearson;
    if (wish <= 0 || (!data->missing && !o->resample)) return HOL_OK;
    return hol_error(HOL_USAGE, "train.until_pearson: found %g, expected 0 for %s", wish,
                     data->missing ? "data with missing values"
                                   : "grey levels that are drawn anew (data.binarize sample)");
}

static hol_status create_batches(hol_training *self, const hol_training_data *data) {
    const hol_binarizer binarizer = hol_training_binarizer(self);
    const bool whole = hol_trainer_is_exact(&self->config->train);
    const int64_t batch_size = whole ? data->samples : self->config->train.batch_size;
    hol_batches_options o = {
        .memory = binarizer.memory,
        .samples = data->samples,
        .units = binarizer.units,
        .batch_size = batch_size,
        .seed = binarizer.seed,
        /* binary data and states have nothing to draw */
        .resample = binarizer.resample && (binarizer.columns->count == 0 ? !data->binary : data->labelled_grey),
        .threshold = binarizer.columns->count > 0 ? 1 : binarizer.threshold,
        .whole = whole,
        .missing = data->missing,
        .weights = data->weights,
    };
    hol_comm_share(hol_bits_blocks(batch_size), hol_comm_rank(self->comm), hol_comm_size(self->comm), &o.first_block,
                   &o.blocks);
    hol_status status = check_exact(self, data, &o);
    if (status == HOL_OK) status = check_pearson(self, data, &o);
    if (status == HOL_OK) status = check_levels(self, &o);
    if (status != HOL_OK) return status;
    status = hol_batches_create(&o, &self->batches);
    if (hol_error_code(status) != HOL_USAGE) return status;
    return hol_error_replace(status, HOL_USAGE, "%s, %s", hol_error_message(status), self->config->data.train);
}

static hol_status create_set(const hol_training *self, int64_t rows, hol_population **ret_set) {
    const int64_t wish = self->config->evaluate.samples;
    if (rows == 0) return HOL_OK;
    return hol_population_create(self->model, rows < wish ? rows : wish, hol_comm_rank(self->comm),
                                 hol_comm_size(self->comm), ret_set);
}

/* A length in epochs is known only now. */
static hol_status check_length(const hol_training *self, int64_t samples) {
    const hol_schedule schedule = hol_training_options(self->config, samples).schedule;
    if (schedule.cooldown_steps <= schedule.steps) return HOL_OK;
    return hol_error(HOL_USAGE, "train.cooldown_steps: found %lld, expected at most %lld, the steps of the run",
                     (long long)schedule.cooldown_steps, (long long)schedule.steps);
}

static hol_status create_parts(hol_training *self, const hol_training_data *data, const hol_model_options *options) {
    hol_status status = HOL_OK;
    hol_memory *memory = hol_comm_memory(self->comm);
    hol_model_options o = *options;
    o.team = self->team;
    HOL_TRY(check_length(self, data->samples));
    hol_memory_enter(memory, "model's tables");
    HOL_TRY(hol_model_create(&o, &self->model));
    hol_memory_enter(memory, "data set");
    HOL_TRY(create_batches(self, data));
    hol_memory_enter(memory, "evaluated samples");
    HOL_TRY(create_set(self, data->samples, &self->train_set));
    HOL_TRY(create_set(self, data->valid_samples, &self->valid_set));
cleanup:
    if (hol_error_code(status) != HOL_USAGE) return status;
    return hol_error_replace(status, HOL_USAGE, "%s: %s", self->config_path, hol_error_message(status));
}

hol_status hol_training_create(hol_comm *comm, const hol_config *config, const char *config_path,
                               const hol_model_options *options, const hol_training_data *data, hol_training *self) {
    *self = (hol_training){.comm = comm, .config = config, .config_path = config_path};
    const hol_status status = hol_team_create(comm, &self->team);
    return status == HOL_OK ? hol_comm_agree(comm, create_parts(self, data, options)) : status;
}

hol_status hol_training_create_trainer(hol_training *self, int64_t samples, const hol_hooks *hooks) {
    const hol_trainer_options o = hol_training_options(self->config, samples);
    return hol_trainer_create(self->comm, self->model, &o, self->batches, self->train_set, self->valid_set, hooks,
                              &self->trainer);
}

void hol_training_clear(hol_training *self) {
    hol_trainer_destroy(self->trainer);
    hol_population_destroy(self->train_set);
    hol_population_destroy(self->valid_set);
    hol_batches_destroy(self->batches);
    hol_model_destroy(self->model);
    hol_team_destroy(self->team);
    *self = (hol_training){0};
}
