/* sample: draws states from a checkpoint's model and shows or stores them. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "cli/clamp.h"
#include "cli/commands.h"
#include "cli/letters.h"
#include "cli/model.h"
#include "cli/names.h"
#include "cli/observe.h"
#include "cli/options.h"
#include "cli/samples.h"
#include "cli/shape.h"
#include "io/checkpoint.h"
#include "io/dataset.h"
#include "io/output.h"
#include "io/png.h"
#include "io/sequence_file.h"
#include "num/bits.h"
#include "num/counts.h"
#include "sample/observables.h"
#include "sample/population.h"
#include "train/state.h"

enum { SAMPLES_MAX = 100000000, SAMPLES_DEFAULT = 16, CHAINS_DEFAULT = 64, SWEEPS_DEFAULT = 1000 };
/* unsaid: chains where there are some to go on from, else random */
enum { START_UNSAID = -1, START_CHAINS, START_RANDOM, START_ONES };

typedef struct arguments {
    const char *file;
    const char *output;
    const char *shape;
    const char *clamp;
    const char *clamp_units;
    int64_t samples; /* 0: as many as the task suggests */
    int64_t sweeps;
    int64_t measurements; /* above 0: observables */
    const char *cooling;
    double anneal[2];   /* from, to; above 0: annealing */
    int64_t seed;       /* -1: the checkpoint's */
    double temperature; /* 0: the checkpoint's */
    hol_word_list overrides;
    int start; /* of START_ */
    bool binary;
    bool hidden;
    bool json;
} arguments;

static hol_status settle(void *values) {
    arguments *a = values;
    char from[32];
    const char *colon = a->cooling ? strchr(a->cooling, ':') : NULL;
    if (!a->cooling) return HOL_OK;
    if (!colon || colon - a->cooling >= (ptrdiff_t)sizeof from)
        return hol_error(HOL_USAGE, "--anneal: found \"%s\", expected two temperatures as 5:0.1", a->cooling);
    (void)snprintf(from, sizeof from, "%.*s", (int)(colon - a->cooling), a->cooling);
    const hol_status status = hol_options_number("--anneal", from, 1e-6, 1e6, &a->anneal[0]);
    return status == HOL_OK ? hol_options_number("--anneal", colon + 1, 1e-6, 1e6, &a->anneal[1]) : status;
}

#define AT(member) HOL_AT(arguments, member)
static const hol_option option_rows[] = {
    {HOL_ARGUMENT("FILE"), AT(file), HOL_TEXT(NULL, "a checkpoint, a run's directory or a config")},
    {HOL_OPTION("number", 'n', "N", 1,
                "How many samples (default 16; with --clamp one for each row; chains of --observables and --anneal: "
                "64)"),
     AT(samples), HOL_INTEGER(0, 1, SAMPLES_MAX)},
    {HOL_OPTION("sweeps", 's', "T", 1,
                "Gibbs sweeps before each sample is taken, or before observables are measured, or of --anneal (default "
                "1000)"),
     AT(sweeps), HOL_INTEGER(SWEEPS_DEFAULT, 0, INT32_MAX / 2)},
    {HOL_OPTION("temperature", 'T', "TAU", 1, "Sample at this temperature (default: the model's own)"), AT(temperature),
     HOL_NUMBER(0, 1e-6, 1e6), .sets = "model.temperature"},
    {HOL_OPTION("start", 0, "WHERE", 1,
                "chains: go on from the checkpoint's persistent chains (default where it has some); random: from fair "
                "coins; ones: every unit on, every spin up"),
     AT(start), HOL_CHOICE(START_UNSAID, "chains", "random", "ones")},
    {HOL_OPTION("seed", 0, "SEED", 1, "Another seed than the run's"), AT(seed), HOL_INTEGER(-1, 0, INT64_MAX),
     .sets = "seed"},
    {HOL_OPTION("set", 0, "KEY=VALUE", 1, "Of a config: replace a value; may be repeated"), AT(overrides),
     HOL_WORDS("KEY=VALUE")},
    {HOL_OPTION("clamp", 0, "FILE", 2,
                "Hold visible units at the values in FILE's rows, in new chains, a row each: text, IDX or npy of "
                "states, 0 or 1 (-1 or 1 with model.spins signed), and ? or NaN for a free unit, or -1 except with "
                "signed spins; an .evid file; or an HDF5 data set"),
     AT(clamp), HOL_TEXT(NULL, "a file")},
    {HOL_OPTION("clamp-units", 0, "LIST", 2, "Hold only these units, numbers and ranges from 0, as 0-391,400"),
     AT(clamp_units), HOL_TEXT(NULL, "numbers"), .value.needs = "clamp"},
    {HOL_OPTION("anneal", 0, "FROM:TO", 2,
                "Cool N chains from one temperature to the other in T sweeps; report the lowest energy seen, and draw "
                "its state"),
     AT(cooling), HOL_TEXT(NULL, "two temperatures"), .excludes = "observables"},
    {HOL_OPTION("observables", 0, "M", 2,
                "Measure energy, magnetisation and what follows from them in M sweeps of N chains (M at least 32)"),
     AT(measurements), HOL_INTEGER(0, HOL_OBSERVABLES_BLOCKS, INT32_MAX / 2)},
    {HOL_OPTION("json", 0, NULL, 2, "Print what --observables or --anneal find as a JSON object"), AT(json), HOL_GIVEN,
     .value.needs = "anneal,observables"},
    {HOL_OPTION(
         "output", 'o', "FILE", 3,
         "FILE.h5: data set /samples of 0 and 1, or of states. FILE.csv, FILE.npy: the same, a row each. "
         "FILE.fasta, FILE.fa, also as .gz: sequences, of states that have letters. FILE.png: a grid of images, or a "
         "row of pixels each where they have no shape. An existing file is replaced only by its like. Without: to the "
         "terminal"),
     AT(output), HOL_TEXT(NULL, "a file"), .excludes = "observables"},
    {HOL_OPTION(
         "hidden", 0, NULL, 3,
         "Also a data set /hidden, or FILE.hidden.csv or .npy: the hidden units' probabilities given the visible "
         "ones; their states where they are coupled"),
     AT(hidden), HOL_GIVEN, .excludes = "anneal observables"},
    {HOL_OPTION("shape", 0, "HxW", 3, "Shape of an image (default: the data set's)"), AT(shape), HOL_TEXT(NULL, "HxW")},
    {HOL_OPTION("binary", 0, NULL, 3, "In a PNG, show states rather than the units' probabilities"), AT(binary),
     HOL_GIVEN},
};

static const hol_options options = {
    HOL_ROWS(option_rows),
    .usage = "FILE",
    .help =
        "Draws samples from the model in FILE: a checkpoint, a run's directory, or the config of a model that needs "
        "no training to have parameters.\v"
        "The same samples come out on any number of ranks and threads. More samples than chains are taken in "
        "rounds, T sweeps apart.",
    .settle = settle,
};

/* What a sampling needs; all owned. */
typedef struct session {
    hol_comm *comm;     /* borrowed */
    hol_result *result; /* borrowed */
    arguments arguments;
    hol_cli_model source;
    hol_model *model; /* borrowed: the source's */
    hol_population *chains;
    hol_task task; /* the samples' sweeps */
    int64_t width; /* bytes of a sample: visible units, or columns of states */
    hol_clamp clamp;
    uint8_t *local;             /* (owned chains, width): this rank's part of a round */
    float *hidden;              /* rank 0: (samples, hidden), for /hidden */
    float *local_hidden;        /* (owned chains, hidden) */
    hol_dataset_writer *writer; /* rank 0, for .h5 */
    uint8_t *levels;            /* rank 0: (samples, width), for pictures, arrays and text */
    hol_dataset_states words;   /* for states of columns, as far as they are known; for .csv and .h5 */
    char **names;               /* of all columns or units (cli/names.h), for .csv */
    hol_alphabet alphabet;      /* count 0: states have no letters */
    double *energies;           /* rank 0: (samples), for sequences */
    int64_t taken;
} session;

/* --anneal or --observables, which begin new chains and take no samples */
static bool is_task(const arguments *a) { return a->anneal[0] > 0 || a->measurements > 0; }

/* --start chains: only samples as such go on from the checkpoint's chains */
static hol_status check_chains(const session *self) {
    const arguments *a = &self->arguments;
    const char *other = a->anneal[0] > 0 ? "--anneal" : a->measurements > 0 ? "--observables" : NULL;
    if (!other && a->clamp) other = "--clamp";
    if (a->start != START_CHAINS) return HOL_OK;
    if (other) return hol_error(HOL_USAGE, "--start: found chains with %s, expected random or ones", other);
    if (self->source.info.chains > 0) return HOL_OK;
    return hol_error(HOL_USAGE, "--start: found chains, but %s has none, expected random or ones",
                     self->source.info.path);
}

static hol_status check_task(const session *self) {
    const arguments *a = &self->arguments;
    if (a->anneal[0] > 0 && a->sweeps == 0)
        return hol_error(HOL_USAGE, "--sweeps: found 0, expected at least 1 for --anneal");
    if (a->start == START_ONES && self->model->info.columns.count > 0)
        return hol_error(HOL_USAGE, "--start: found ones for a model %s, expected chains or random",
                         self->model->ops->kind);
    if (a->hidden && (!a->output || hol_output_ends_with(a->output, ".png")))
        return hol_error(HOL_USAGE, "--hidden: found no output FILE.h5, FILE.csv or FILE.npy, expected one");
    if (a->hidden && self->model->info.hidden == 0)
        return hol_error(HOL_USAGE, "--hidden: found a model without hidden units, expected some");
    return check_chains(self);
}

static hol_status check_arguments(session *self) {
    arguments *a = &self->arguments;
    const hol_status status = check_task(self);
    if (status != HOL_OK) return status;
    int64_t *shape = self->source.info.item_shape;
    if (a->shape) return hol_shape_parse(a->shape, self->source.info.visible, &shape[0], &shape[1]);
    if (shape[0] * shape[1] != self->source.info.visible) {
        shape[0] = 1; /* a line of units; in a picture, a raster of them */
        shape[1] = self->source.info.visible;
    }
    return HOL_OK;
}

static hol_status check_output(session *self) {
    const arguments *a = &self->arguments;
    hol_status status = HOL_OK;
    const char *const inputs[] = {a->file, a->clamp};
    if (!a->output) return HOL_OK;
    HOL_TRY(hol_comm_agree(self->comm, hol_cli_make_names(self->comm, &self->source.info, self->model, &self->names)));
    status = hol_samples_check_output(self->comm, a->output, self->source.info.path, self->names[0], &self->alphabet,
                                      inputs);
    if (status == HOL_OK && a->hidden && hol_samples_is_array(a->output))
        status = hol_samples_check_hidden(self->comm, a->output, inputs);
cleanup:
    return status;
}

/* by the run's threshold, as levels became bits in training */
static hol_status read_clamp(session *self) {
    hol_config *config = NULL;
    char **names = NULL;
    const arguments *a = &self->arguments;
    const char *text = self->source.info.config;
    hol_status status = HOL_OK;
    if (!a->clamp) return HOL_OK;
    HOL_TRY(hol_comm_agree(self->comm, hol_config_parse(self->source.info.path, text, strlen(text), NULL, 0, &config)));
    HOL_TRY(hol_comm_agree(self->comm, hol_cli_make_names(self->comm, &self->source.info, self->model, &names)));
    HOL_TRY(hol_clamp_read(self->comm, a->clamp, a->clamp_units, config->data.threshold, self->model, names,
                           &self->words, &self->clamp));
cleanup:
    hol_free(names);
    hol_config_destroy(config);
    return status;
}

/* Whether each chain of this rank found a state that has a probability beside what is held. */
static hol_status check_possible(const session *self) {
    hol_status status = HOL_OK;
    int64_t first = 0, owned = 0;
    double *energies = NULL;
    hol_population_get_owned(self->chains, &first, &owned);
    HOL_TRY(HOL_ALLOCATE(energies, HOL_PRODUCT(self->chains->states.blocks, HOL_LANES), "energies"));
    self->model->ops->energy(self->model, self->chains, energies);
    for (int64_t c = 0; c < owned; c++)
        if (isinf(energies[c]))
            HOL_TRY(hol_error(HOL_BAD_INPUT,
                              "%s: row %lld (from 0): found values that leave no possible state, as far as the search "
                              "went, expected possible ones",
                              self->arguments.clamp, (long long)((first + c) % self->clamp.rows)));
cleanup:
    hol_free(energies);
    return status;
}

static hol_status prepare_chains(session *self) {
    hol_status status = HOL_OK;
    arguments *a = &self->arguments;
    const hol_rng_key key = hol_rng_key_make((uint64_t)a->seed, HOL_STREAM_INITIAL_CHAINS);
    const bool persistent = self->source.info.chains > 0 && a->start <= START_CHAINS && !a->clamp && !is_task(a);
    if (a->samples == 0) a->samples = a->clamp ? self->clamp.rows : is_task(a) ? CHAINS_DEFAULT : SAMPLES_DEFAULT;
    const int64_t count = persistent ? self->source.info.chains : a->samples;
    HOL_TRY(hol_comm_agree(self->comm, hol_population_create(self->model, count, hol_comm_rank(self->comm),
                                                             hol_comm_size(self->comm), &self->chains)));
    if (persistent) HOL_TRY(hol_state_read_chains(self->comm, self->source.info.path, self->model, self->chains));
    else if (a->start == START_ONES) hol_population_fill(self->chains);
    if (a->clamp) HOL_TRY(hol_comm_agree(self->comm, hol_clamp_apply(&self->clamp, self->model, self->chains)));
    if (!persistent && a->start != START_ONES) hol_population_randomize(self->model, self->chains, key);
    HOL_TRY(self->model->ops->prepare(self->model, self->source.theta));
    if (a->clamp) HOL_TRY(hol_comm_agree(self->comm, check_possible(self)));
cleanup:
    return status;
}

/* Samples are states where the model has such columns; in a picture, units. */
static bool gives_states(const session *self) {
    return self->model->info.columns.count > 0 && !hol_output_ends_with(self->arguments.output, ".png");
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
    HOL_TRY(HOL_ALLOCATE(self->local, HOL_PRODUCT(owned, self->width), "samples"));
    if (a->hidden) HOL_TRY(HOL_ALLOCATE(self->local_hidden, HOL_PRODUCT(owned, self->source.info.hidden), "samples"));
    if (hol_comm_rank(self->comm) != 0) return HOL_OK;
    if (a->hidden) HOL_TRY(HOL_ALLOCATE(self->hidden, HOL_PRODUCT(a->samples, self->source.info.hidden), "samples"));
    if (hol_sequence_file_is_named(a->output) && !is_task(a))
        HOL_TRY(HOL_ALLOCATE(self->energies, a->samples, "energies"));
    if (!hol_output_ends_with(a->output, ".h5")) {
        HOL_TRY(HOL_ALLOCATE(self->levels, HOL_PRODUCT(a->samples, self->width), "samples"));
        return HOL_OK;
    }
    const bool image = self->source.info.item_shape[0] > 1;
    const int64_t maximum = largest_state(self);
    const hol_dataset_split split = {.name = "samples",
                                     .columns = self->width,
                                     .maximum = maximum,
                                     .kind = maximum > 1 ? HOL_DATASET_STATES : HOL_DATASET_BINARY,
                                     .height = image ? self->source.info.item_shape[0] : 0,
                                     .width = image ? self->source.info.item_shape[1] : 0};
    HOL_TRY(hol_dataset_writer_create(self->comm, a->output, &self->writer));
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
    HOL_TRY(HOL_ALLOCATE(units, HOL_PRODUCT(owned, self->source.info.visible), "samples"));
    hol_population_get_bytes(self->chains, 0, self->source.info.visible, first, owned, units);
    hol_columns_from_units(&self->model->info.columns, owned, units, self->local);
cleanup:
    hol_free(units);
    return status;
}

/* A picture's levels: the visible units' probabilities, of units that are held the states. */
static void read_levels(session *self, int64_t first, int64_t owned) {
    hol_population *x = self->chains;
    const int64_t visible = self->source.info.visible, stride = hol_round_up(visible, HOL_STRIP);
    self->model->ops->project(self->model, x);
    for (int64_t c = 0; c < owned; c++)
        for (int64_t i = 0; i < visible; i++) {
            uint8_t *level = &self->local[c * visible + i];
            if (x->held && hol_bits_get(x->held + c / HOL_LANES * x->states.stride, i, (int)(c % HOL_LANES))) {
                hol_population_get_bytes(x, i, 1, first + c, 1, level);
                *level = *level ? 255 : 0;
            } else *level = (uint8_t)((x->expected[c * stride + i] * 255 + (1 << 14)) >> 15);
        }
}

/* this rank's chains as bytes: states, or for a picture the visible units' probabilities */
static hol_status read_out(session *self) {
    const arguments *a = &self->arguments;
    const int64_t visible = self->source.info.visible;
    int64_t first = 0, owned = 0;
    if (gives_states(self)) return read_states(self);
    hol_population_get_owned(self->chains, &first, &owned);
    if (hol_output_ends_with(a->output, ".png") && !a->binary && self->model->ops->project) {
        read_levels(self, first, owned);
        return HOL_OK;
    }
    hol_population_get_bytes(self->chains, 0, visible, first, owned, self->local);
    if (hol_output_ends_with(a->output, ".h5") || hol_samples_is_array(a->output)) return HOL_OK;
    for (int64_t k = 0; k < owned * visible; k++) self->local[k] = self->local[k] ? 255 : 0;
    return HOL_OK;
}

/* p(h | v), or where it can't be had the states */
static void read_hidden(session *self) {
    const hol_model_info *info = &self->model->info;
    hol_population *x = self->chains;
    int64_t first = 0, owned = 0;
    uint8_t byte = 0;
    hol_population_get_owned(x, &first, &owned);
    if (self->model->ops->expect) self->model->ops->expect(self->model, x);
    for (int64_t c = 0; c < owned; c++)
        for (int64_t j = 0; j < info->hidden; j++) {
            float *to = &self->local_hidden[c * info->hidden + j];
            if (info->infer_draws) hol_population_get_bytes(x, info->visible + j, 1, first + c, 1, &byte);
            *to = info->infer_draws ? (float)byte : (float)x->expected[c * x->hidden_stride + j] * 0x1p-15f;
        }
}

static hol_status gather_hidden(session *self, int64_t now) {
    hol_status status = HOL_OK;
    void *all = NULL;
    int64_t bytes = 0, first = 0, owned = 0;
    const int64_t hidden = self->model->info.hidden;
    hol_population_get_owned(self->chains, &first, &owned);
    read_hidden(self);
    HOL_TRY(
        hol_comm_gather(self->comm, self->local_hidden, owned * hidden * (int64_t)sizeof *self->hidden, &all, &bytes));
    if (self->hidden) memcpy(self->hidden + self->taken * hidden, all, (size_t)(now * hidden) * sizeof *self->hidden);
cleanup:
    hol_free(all);
    return status;
}

/* One round: every chain gives one sample, until there are enough. */
static hol_status take_round(session *self, int64_t round) {
    hol_status status = HOL_OK;
    const arguments *a = &self->arguments;
    const int64_t left = a->samples - self->taken;
    void *all = NULL;
    int64_t bytes = 0, first = 0, owned = 0;
    const hol_draw draw = {.key = hol_rng_key_make((uint64_t)a->seed, HOL_STREAM_SAMPLE), .step = (uint32_t)round};
    hol_population_sweep(self->model, self->chains, &draw, a->sweeps, &self->task);
    HOL_TRY(hol_comm_agree(self->comm, read_out(self)));
    hol_population_get_owned(self->chains, &first, &owned);
    HOL_TRY(hol_comm_gather(self->comm, self->local, owned * self->width, &all, &bytes));
    const int64_t now = left < self->chains->count ? left : self->chains->count;
    if (self->writer) status = hol_dataset_writer_append_bytes(self->writer, now, all);
    else if (self->levels) memcpy(self->levels + self->taken * self->width, all, (size_t)(now * self->width));
    HOL_TRY(hol_comm_agree(self->comm, status));
    if (a->hidden) HOL_TRY(gather_hidden(self, now));
    if (hol_sequence_file_is_named(a->output))
        HOL_TRY(hol_samples_gather_energies(self->comm, self->model, self->chains, now, self->energies, self->taken));
    self->taken += now;
cleanup:
    hol_free(all);
    return status;
}

/* As an import of such words has them. */
static hol_status write_words(session *self) {
    hol_status status = HOL_OK;
    const hol_dataset_states *words = &self->words;
    int32_t *counts = NULL;
    bool are_letters = self->alphabet.count > 0;
    HOL_TRY(HOL_ALLOCATE(counts, words->columns, "words"));
    for (int64_t c = 0; c < words->columns; c++) {
        counts[c] = (int32_t)(words->first_names[c + 1] - words->first_names[c]);
        are_letters = are_letters && words->cardinalities[c] == self->alphabet.count;
    }
    HOL_TRY(hol_dataset_writer_add_states(self->writer, words->columns, words->cardinalities, counts,
                                          (const char *const *)words->names));
    if (are_letters) HOL_TRY(hol_dataset_writer_add_alphabet(self->writer, &self->alphabet));
cleanup:
    hol_free(counts);
    return status;
}

static hol_status deliver_set(session *self) {
    hol_status status = HOL_OK;
    const hol_dataset_split split = {.name = "hidden", .columns = self->source.info.hidden, .kind = HOL_DATASET_FLOATS};
    if (self->hidden) {
        HOL_TRY(hol_dataset_writer_begin(self->writer, &split));
        HOL_TRY(hol_dataset_writer_append_floats(self->writer, self->arguments.samples, self->hidden));
    }
    if (self->words.names) HOL_TRY(write_words(self));
    HOL_TRY(hol_dataset_writer_finish(self->writer));
cleanup:
    return status;
}

/* A row of pixels a sample, as large as can be seen and still is one page. */
static hol_status write_raster(const session *self) {
    enum { SIDE = 800 };
    const int64_t rows = self->arguments.samples, columns = self->width, longer = rows > columns ? rows : columns;
    return hol_png_write_grid(self->arguments.output, self->levels, 1, rows, columns, 1,
                              longer < SIDE ? SIDE / longer : 1);
}

/* rows of states, or pictures */
static hol_status show(const session *self) {
    const int64_t count = self->arguments.samples, *shape = self->source.info.item_shape;
    char *text = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&text, &size);
    if (memory && gives_states(self) && self->alphabet.count > 0)
        for (int64_t k = 0; k < count * self->width; k++)
            fprintf(memory, "%c%s", self->alphabet.letters[self->levels[k]], (k + 1) % self->width ? "" : "\n");
    else if (memory && gives_states(self))
        for (int64_t k = 0; k < count * self->width; k++)
            fprintf(memory, "%d%c", self->levels[k], (k + 1) % self->width ? ' ' : '\n');
    else if (memory) hol_shape_write(memory, self->levels, count, shape[0], shape[1]);
    const bool is_good = memory && fclose(memory) == 0;
    if (is_good) hol_result_print(self->result, "%s", text);
    free(text);
    return is_good ? HOL_OK : hol_error(HOL_FAILURE, "out of memory: samples");
}

static hol_status deliver(session *self) {
    const arguments *a = &self->arguments;
    const int64_t *shape = self->source.info.item_shape;
    if (self->writer) return deliver_set(self);
    if (!self->levels) return HOL_OK;
    if (hol_sequence_file_is_named(a->output)) {
        const hol_sequences sequences = {self->alphabet, a->samples, self->width, self->levels, self->energies, NULL};
        return hol_sequence_file_write(a->output, &sequences);
    }
    if (hol_samples_is_array(a->output)) {
        const hol_samples samples = {.rows = a->samples,
                                     .columns = self->width,
                                     .states = self->levels,
                                     .hidden = self->source.info.hidden,
                                     .features = self->hidden,
                                     .names = (const char *const *)self->names,
                                     .words = &self->words};
        return hol_samples_write(self->comm, a->output, &samples);
    }
    if (hol_output_ends_with(a->output, ".png") && shape[0] == 1) return write_raster(self);
    if (hol_output_ends_with(a->output, ".png"))
        return hol_png_write_grid(a->output, self->levels, a->samples, shape[0], shape[1], 0, 0);
    return show(self);
}

static hol_status draw_samples(session *self) {
    hol_status status = HOL_OK;
    const int64_t sweeps =
        (self->arguments.samples + self->chains->count - 1) / self->chains->count * self->arguments.sweeps;
    hol_task_begin(&self->task, self->comm, sweeps, "%lld sweeps of %lld chains", (long long)sweeps,
                   (long long)self->chains->count);
    HOL_TRY(hol_comm_agree(self->comm, prepare_output(self)));
    for (int64_t round = 0; self->taken < self->arguments.samples; round++) HOL_TRY(take_round(self, round));
    HOL_TRY(hol_comm_agree(self->comm, deliver(self)));
    if (self->arguments.output)
        hol_log(self->comm, "%s: %lld samples, %lld sweeps each", self->arguments.output, (long long)self->taken,
                (long long)self->arguments.sweeps);
cleanup:
    hol_task_end(&self->task);
    return status;
}

/* the state of lowest energy as the one sample */
static hol_status deliver_state(session *self, const uint8_t *state) {
    hol_status status = HOL_OK;
    self->arguments.samples = 1;
    HOL_TRY(prepare_output(self));
    if (gives_states(self)) hol_columns_from_units(&self->model->info.columns, 1, state, self->local);
    else memcpy(self->local, state, (size_t)self->width);
    if (self->writer) HOL_TRY(hol_dataset_writer_append_bytes(self->writer, 1, self->local));
    for (int64_t i = 0; self->levels && i < self->width; i++)
        self->levels[i] = gives_states(self) || hol_samples_is_array(self->arguments.output) ? self->local[i]
                          : self->local[i]                                                   ? 255
                                                                                             : 0;
    HOL_TRY(deliver(self));
cleanup:
    return status;
}

static hol_status anneal(session *self) {
    hol_status status = HOL_OK;
    const arguments *a = &self->arguments;
    hol_cooling_best best = {0};
    const hol_cooling cooling = {.from = a->anneal[0],
                                 .to = a->anneal[1],
                                 .sweeps = a->sweeps,
                                 .key = hol_rng_key_make((uint64_t)a->seed, HOL_STREAM_SAMPLE)};
    HOL_TRY(hol_cooling_run(self->comm, self->model, self->source.theta, self->chains, &cooling, &best));
    hol_cli_add_cooling(&self->source, &cooling, self->chains->count, &best, self->result);
    if ((a->output || !a->json) && hol_comm_rank(self->comm) == 0) status = deliver_state(self, best.state);
    HOL_TRY(hol_comm_agree(self->comm, status));
cleanup:
    hol_free(best.state);
    return status;
}

static hol_status sample(session *self) {
    hol_status status = HOL_OK;
    const arguments *a = &self->arguments;
    HOL_TRY(
        hol_cli_open_model(self->comm, a->file, a->temperature, a->overrides.items, a->overrides.count, &self->source));
    self->model = self->source.model;
    if (a->seed < 0) self->arguments.seed = (int64_t)self->source.info.seed;
    HOL_TRY(check_arguments(self));
    HOL_TRY(hol_comm_agree(self->comm,
                           hol_cli_find_alphabet(self->comm, &self->source.info, self->model, &self->alphabet)));
    HOL_TRY(check_output(self));
    if (a->output || a->clamp)
        HOL_TRY(
            hol_comm_agree(self->comm, hol_cli_find_states(self->comm, &self->source.info, self->model, &self->words)));
    HOL_TRY(read_clamp(self));
    HOL_TRY(prepare_chains(self));
    if (a->anneal[0] > 0) HOL_TRY(anneal(self));
    else if (a->measurements > 0)
        HOL_TRY(hol_cli_observe(self->comm, &self->source, self->chains, (uint64_t)a->seed, a->sweeps, a->measurements,
                                self->result));
    else HOL_TRY(draw_samples(self));
cleanup:
    return status;
}

hol_status hol_command_sample(hol_comm *comm, hol_result *result, int argc, char **argv) {
    session self = {.comm = comm, .result = result};
    bool done = false;
    hol_status status = hol_options_parse(comm, &options, result, argc, argv, &self.arguments, &done);
    if (status != HOL_OK || done) return status;
    if (self.arguments.json) hol_result_set_form(result, HOL_FORM_JSON);
    status = sample(&self);
    hol_dataset_writer_destroy(self.writer);
    hol_free(self.local);
    hol_free(self.hidden);
    hol_free(self.local_hidden);
    hol_clamp_clear(&self.clamp);
    hol_free(self.levels);
    hol_free(self.names);
    hol_free(self.energies);
    hol_dataset_states_clear(&self.words);
    hol_population_destroy(self.chains);
    hol_cli_close_model(&self.source);
    return status;
}
