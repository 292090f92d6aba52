/* sample: draws states from a checkpoint's model and shows or stores them. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "cli/commands.h"
#include "cli/model.h"
#include "cli/options.h"
#include "cli/shape.h"
#include "io/checkpoint.h"
#include "io/dataset.h"
#include "io/png.h"
#include "io/recognize.h"
#include "num/bits.h"
#include "num/counts.h"
#include "sample/population.h"

enum { SAMPLES_MAX = 100000000, SWEEPS_DEFAULT = 1000, OVERRIDES_MAX = 64 };
enum { OPTION_SHAPE = 256, OPTION_START, OPTION_BINARY, OPTION_SEED, OPTION_SET };

typedef struct arguments {
    const char *file;
    const char *output;
    const char *shape;
    int64_t samples;
    int64_t sweeps;
    int64_t seed;       /* -1: the checkpoint's */
    double temperature; /* 0: the checkpoint's */
    char *overrides[OVERRIDES_MAX];
    size_t override_count;
    bool random_start;
    bool binary;
} arguments;

static error_t refuse(hol_status status) { return status == HOL_OK ? 0 : EINVAL; }

static error_t parse(int key, char *argument, struct argp_state *state) {
    arguments *a = state->input;
    switch (key) {
    case 'n': return refuse(hol_options_integer("-n", argument, 1, SAMPLES_MAX, &a->samples));
    case 's': return refuse(hol_options_integer("--sweeps", argument, 0, INT32_MAX / 2, &a->sweeps));
    case 'T': return refuse(hol_options_number("--temperature", argument, 1e-6, 1e6, &a->temperature));
    case 'o': a->output = argument; return 0;
    case OPTION_SHAPE: a->shape = argument; return 0;
    case OPTION_BINARY: a->binary = true; return 0;
    case OPTION_SET:
        if (a->override_count == OVERRIDES_MAX) {
            (void)hol_error(HOL_USAGE, "--set: found more than %d, expected fewer", OVERRIDES_MAX);
            return EINVAL;
        }
        a->overrides[a->override_count++] = argument;
        return 0;
    case OPTION_SEED: return refuse(hol_options_integer("--seed", argument, 0, INT64_MAX, &a->seed));
    case OPTION_START:
        a->random_start = strcmp(argument, "random") == 0;
        if (a->random_start || strcmp(argument, "chains") == 0) return 0;
        (void)hol_error(HOL_USAGE, "--start: found \"%s\", expected chains or random", argument);
        return EINVAL;
    case ARGP_KEY_ARG:
        if (a->file) {
            (void)hol_error(HOL_USAGE, "found a second argument \"%s\", expected one FILE", argument);
            return EINVAL;
        }
        a->file = argument;
        return 0;
    case ARGP_KEY_END:
        if (a->file) return 0;
        (void)hol_error(HOL_USAGE, "found no FILE, expected a checkpoint, a run's directory or a config");
        return EINVAL;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    {"number", 'n', "N", 0, "How many samples (default 16)", 1},
    {"sweeps", 's', "T", 0, "Gibbs sweeps before each sample is taken (default 1000)", 1},
    {"temperature", 'T', "TAU", 0, "Sample at this temperature (default: the model's own)", 1},
    {"start", OPTION_START, "WHERE", 0, "chains: go on from the checkpoint's persistent chains (default where it has some); "
                                        "random: from fair coins", 1},
    {"seed", OPTION_SEED, "SEED", 0, "Another seed than the run's", 1},
    {"set", OPTION_SET, "KEY=VALUE", 0, "Of a config: replace a value; may be repeated", 1},
    {"output", 'o', "FILE", 0, "FILE.h5: data set /samples of 0 and 1, or of states. FILE.png: a grid of images. Without: to the terminal", 2},
    {"shape", OPTION_SHAPE, "HxW", 0, "Shape of an image (default: the data set's)", 2},
    {"binary", OPTION_BINARY, NULL, 0, "In a PNG, show states rather than the units' probabilities", 2},
    {0},
};

static const struct argp argp = {
    options, parse, "FILE",
    "Draws samples from the model in FILE: a checkpoint, a run's directory, or the config of a model that needs no training to "
    "have parameters.\v"
    "The same samples come out on any number of ranks and threads. More samples than chains are taken in "
    "rounds, T sweeps apart.", NULL, NULL, NULL,
};

/* What a sampling needs; all owned. */
typedef struct session {
    hol_comm *comm; /* borrowed */
    arguments arguments;
    hol_cli_model source;
    hol_model *model; /* borrowed: the source's */
    hol_population *chains;
    int64_t width;                /* bytes of a sample: visible units, or columns of states */
    uint8_t *local;               /* (owned chains, width): this rank's part of a round */
    hol_dataset_writer *writer;   /* rank 0, for .h5 */
    uint8_t *levels;              /* rank 0: (samples, width), for pictures and text */
    int64_t taken;
} session;

static bool ends_with(const char *text, const char *end) {
    return text && strlen(text) >= strlen(end) && strcmp(text + strlen(text) - strlen(end), end) == 0;
}

static hol_status check_arguments(session *self) {
    arguments *a = &self->arguments;
    if (a->output && !ends_with(a->output, ".h5") && !ends_with(a->output, ".png"))
        return hol_error(HOL_USAGE, "-o: found \"%s\", expected a name that ends in .h5 or .png", a->output);
    int64_t *shape = self->source.info.item_shape;
    if (a->shape) return hol_shape_parse(a->shape, self->source.info.visible, &shape[0], &shape[1]);
    if (shape[0] * shape[1] != self->source.info.visible) {
        if (ends_with(a->output, ".png"))
            return hol_error(HOL_USAGE, "--shape: found none here or in the data set, expected HEIGHTxWIDTH for a PNG");
        shape[0] = 1; /* a line of units */
        shape[1] = self->source.info.visible;
    }
    return HOL_OK;
}

/* An output may replace an earlier output, but no run's checkpoint: that would be the end of the model. */
static hol_status spare_checkpoints(session *self) {
    hol_file_kind kind = HOL_FILE_HDF5;
    if (!self->arguments.output) return HOL_OK;
    if (hol_file_recognize(self->comm, self->arguments.output, &kind) != HOL_OK) hol_error_clear(); /* not there, or no HDF5 */
    if (kind == HOL_FILE_CHECKPOINT)
        return hol_error(HOL_USAGE, "-o: found %s, a checkpoint or a directory, expected another name", self->arguments.output);
    return HOL_OK;
}

static hol_status prepare_chains(session *self) {
    hol_status status = HOL_OK;
    const arguments *a = &self->arguments;
    const bool persistent = self->source.info.chains > 0 && !a->random_start;
    const int64_t count = persistent ? self->source.info.chains : a->samples;
    HOL_TRY(hol_comm_agree(self->comm, hol_population_create(self->model, count, hol_comm_rank(self->comm),
                                                             hol_comm_size(self->comm), &self->chains)));
    if (persistent) HOL_TRY(hol_checkpoint_read_chains(self->comm, self->source.info.path, self->model, self->chains));
    else hol_population_randomize(self->model, self->chains, hol_rng_key_make((uint64_t)a->seed, HOL_STREAM_INITIAL_CHAINS));
    HOL_TRY(self->model->ops->prepare(self->model, self->source.theta));
cleanup:
    return status;
}

/* Samples are states where the model has such columns; in a picture, units. */
static bool gives_states(const session *self) {
    return self->model->info.columns.count > 0 && !ends_with(self->arguments.output, ".png");
}

/* The largest state; 1 where there are only bits. */
static int64_t largest_state(const session *self) {
    const hol_columns *columns = &self->model->info.columns;
    int64_t largest = 1;
    for (int64_t c = 0; c < columns->count; c++)
        if (columns->cardinalities[c] - 1 > largest) largest = columns->cardinalities[c] - 1;
    return largest;
}

static hol_status prepare_output(session *self) {
    hol_status status = HOL_OK;
    const arguments *a = &self->arguments;
    int64_t first = 0, owned = 0;
    hol_population_get_owned(self->chains, &first, &owned);
    self->width = gives_states(self) ? hol_model_columns(self->model) : self->source.info.visible;
    HOL_TRY(HOL_ALLOCATE(self->local, owned * self->width, "samples"));
    if (hol_comm_rank(self->comm) != 0) return HOL_OK;
    if (!ends_with(a->output, ".h5")) {
        HOL_TRY(HOL_ALLOCATE(self->levels, a->samples * self->width, "samples"));
        return HOL_OK;
    }
    const bool image = self->source.info.item_shape[0] > 1;
    const int64_t maximum = largest_state(self);
    const hol_dataset_split split = {.name = "samples", .columns = self->width, .maximum = maximum,
                                     .kind = maximum > 1 ? HOL_DATASET_STATES : HOL_DATASET_BINARY,
                                     .height = image ? self->source.info.item_shape[0] : 0,
                                     .width = image ? self->source.info.item_shape[1] : 0};
    HOL_TRY(hol_dataset_writer_create(a->output, &self->writer));
    HOL_TRY(hol_dataset_writer_begin(self->writer, &split));
cleanup:
    return status;
}

/* this rank's chains as states of variables */
static hol_status read_states(session *self) {
    hol_status status = HOL_OK;
    uint8_t *units = NULL;
    int64_t first = 0, owned = 0;
    hol_population_get_owned(self->chains, &first, &owned);
    HOL_TRY(HOL_ALLOCATE(units, owned * self->source.info.visible, "samples"));
    hol_population_get_bytes(self->chains, 0, self->source.info.visible, first, owned, units);
    hol_columns_from_units(&self->model->info.columns, owned, units, self->local);
cleanup:
    hol_free(units);
    return status;
}

/* this rank's chains as bytes: states, or for a picture the visible units' probabilities */
static hol_status read_out(session *self) {
    const arguments *a = &self->arguments;
    const int64_t visible = self->source.info.visible, stride = hol_round_up(visible, HOL_STRIP);
    int64_t first = 0, owned = 0;
    if (gives_states(self)) return read_states(self);
    hol_population_get_owned(self->chains, &first, &owned);
    const bool grey = ends_with(a->output, ".png") && !a->binary && self->model->ops->project;
    if (grey) {
        self->model->ops->project(self->model, self->chains);
        for (int64_t c = 0; c < owned; c++)
            for (int64_t i = 0; i < visible; i++)
                self->local[c * visible + i] = (uint8_t)((self->chains->expected[c * stride + i] * 255 + (1 << 14)) >> 15);
        return HOL_OK;
    }
    hol_population_get_bytes(self->chains, 0, visible, first, owned, self->local);
    if (self->arguments.output && ends_with(a->output, ".h5")) return HOL_OK;
    for (int64_t k = 0; k < owned * visible; k++) self->local[k] = self->local[k] ? 255 : 0;
    return HOL_OK;
}

/* One round: every chain gives one sample, until there are enough. */
static hol_status take_round(session *self, int64_t round) {
    hol_status status = HOL_OK;
    const arguments *a = &self->arguments;
    const int64_t left = a->samples - self->taken;
    void *all = NULL;
    int64_t bytes = 0, first = 0, owned = 0;
    const hol_draw draw = {.key = hol_rng_key_make((uint64_t)a->seed, HOL_STREAM_SAMPLE), .step = (uint32_t)round};
    if (a->sweeps > 0) self->model->ops->sweep(self->model, self->chains, &draw, a->sweeps);
    HOL_TRY(hol_comm_agree(self->comm, read_out(self)));
    hol_population_get_owned(self->chains, &first, &owned);
    HOL_TRY(hol_comm_gather(self->comm, self->local, owned * self->width, &all, &bytes));
    const int64_t now = left < self->chains->count ? left : self->chains->count;
    if (self->writer) status = hol_dataset_writer_append_bytes(self->writer, now, all);
    else if (self->levels) memcpy(self->levels + self->taken * self->width, all, (size_t)(now * self->width));
    self->taken += now;
    HOL_TRY(hol_comm_agree(self->comm, status));
cleanup:
    hol_free(all);
    return status;
}

static hol_status deliver(session *self) {
    const arguments *a = &self->arguments;
    if (self->writer) return hol_dataset_writer_finish(self->writer);
    if (!self->levels) return HOL_OK;
    const int64_t *shape = self->source.info.item_shape;
    if (ends_with(a->output, ".png"))
        return hol_png_write_grid(a->output, self->levels, a->samples, shape[0], shape[1], 0, 0);
    if (gives_states(self)) {
        for (int64_t k = 0; k < a->samples * self->width; k++)
            hol_print("%d%c", self->levels[k], (k + 1) % self->width ? ' ' : '\n');
        return HOL_OK;
    }
    hol_shape_print(self->levels, a->samples, shape[0], shape[1]);
    return HOL_OK;
}

static hol_status draw_samples(session *self) {
    hol_status status = HOL_OK;
    const arguments *a = &self->arguments;
    HOL_TRY(hol_cli_open_model(self->comm, a->file, a->temperature, a->overrides, a->override_count, &self->source));
    self->model = self->source.model;
    if (self->arguments.seed < 0) self->arguments.seed = (int64_t)self->source.info.seed;
    HOL_TRY(check_arguments(self));
    HOL_TRY(spare_checkpoints(self));
    HOL_TRY(prepare_chains(self));
    HOL_TRY(hol_comm_agree(self->comm, prepare_output(self)));
    for (int64_t round = 0; self->taken < self->arguments.samples; round++) HOL_TRY(take_round(self, round));
    HOL_TRY(hol_comm_agree(self->comm, deliver(self)));
    if (self->arguments.output)
        hol_log("%s: %lld samples, %lld sweeps each", self->arguments.output, (long long)self->taken,
                (long long)self->arguments.sweeps);
cleanup:
    return status;
}

hol_status hol_command_sample(hol_comm *comm, int argc, char **argv) {
    session self = {.comm = comm, .arguments = {.samples = 16, .sweeps = SWEEPS_DEFAULT, .seed = -1}};
    bool done = false;
    hol_status status = hol_options_parse(&argp, argc, argv, &self.arguments, &done);
    if (status != HOL_OK || done) return status;
    status = draw_samples(&self);
    hol_dataset_writer_destroy(self.writer);
    hol_free(self.local);
    hol_free(self.levels);
    hol_population_destroy(self.chains);
    hol_cli_close_model(&self.source);
    return status;
}
