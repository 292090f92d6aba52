/* bench: what this machine does with a model's step, kernel by kernel and as a whole.
 *
 * The ceiling is measured, not looked up: a loop that loads lines of 64 bytes and adds each to a register, as the table
 * look-ups do, over 16 KB (L1), 256 KB (L2) and 4 MB (L3). A kernel's share of the ceiling is the time which the fewest
 * loads that it can do with would take at L1's speed, over the time it takes: 100% is out of reach, since tables must
 * be built and results stored. Kernels run on the rank's own share of the chains, on the threads of the run, all ranks
 * at a time. A whole step is the trainer's, on random bits as dense as MNIST's. Times are medians of several rounds,
 * rank 0's. */
#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "num/bits.h"
#include "num/counts.h"
#include "num/fixed.h"
#include "sample/population.h"
#include "train/batches.h"
#include "train/statistics.h"
#include "train/trainer.h"

enum {
    ROUNDS = 7,
    BANDWIDTH_ROUNDS = 32,
    EVALUATED = 64,
    LEVELS = 3,
    MNIST_SAMPLES = 60000,
    SAMPLE_BITS = MNIST_SAMPLES * 784
};

/* the share of pixels of MNIST's training images that are on, at threshold 1/2 */
static const double density = 0.1325;

typedef struct arguments {
    bool json, network;
    const char *units;
    int64_t visible, hidden, chains;
    double seconds; /* per measurement */
} arguments;

typedef struct kernel_result {
    double seconds; /* per call */
    double best;    /* the fastest round's */
    double share;   /* of the L1 ceiling */
} kernel_result;

typedef struct step_result {
    int64_t sweeps;
    double samples_per_second, seconds;                                   /* per step */
    double fields, sampling, statistics, reduction, update, input, other; /* seconds per step */
} step_result;

enum { KERNELS_MAX = 16, STEP_KINDS = 2 };

typedef struct bench {
    hol_comm *comm; /* borrowed */
    arguments arguments;
    int threads;
    hol_model *model; /* owned, as is all that follows */
    hol_batches *batches;
    hol_population *chains;    /* visible and hidden units filled */
    hol_population *evaluated; /* what the trainer wants to evaluate on */
    hol_statistics *positive, *negative;
    hol_optimiser *optimiser;
    float *theta;
    int32_t *weights, *transposed, *visible_bias, *hidden_bias;
    hol_layer to_hidden, to_visible; /* views of the four above */
    int32_t *fields;                 /* (lanes, the wider layer) */
    int32_t *sums;                   /* (parameters) */
    uint64_t *no_states;             /* (blocks, hidden), all 0 */
    double *reals;                   /* (hidden) */
    char *lines;                     /* what the ceiling's loops read */
    int64_t step;
    double sink;              /* so that no work is left out as unused */
    double bandwidth[LEVELS]; /* bytes per second, all threads */
    kernel_result kernels[KERNELS_MAX];
    step_result steps[STEP_KINDS];
} bench;

/* ---- options ---------------------------------------------------------------------------------------------------- */

#define AT(member) HOL_AT(arguments, member)
static const hol_option option_rows[] = {
    {HOL_OPTION("json", 0, NULL, 1, "Print one JSON object"), AT(json), HOL_GIVEN},
    {HOL_OPTION("units", 0, "VxH", 1, "Visible and hidden units (default: 784x500)"), AT(units),
     HOL_TEXT("784x500", "VISIBLExHIDDEN")},
    {HOL_OPTION("chains", 0, "N", 1, "Chains and batch size, over all ranks (default: 500)"), AT(chains),
     HOL_INTEGER(500, 1, 1 << 24)},
    {HOL_OPTION("network", 0, NULL, 1, "Measure the network between the ranks instead (--network --help)"), AT(network),
     HOL_GIVEN},
    {HOL_OPTION("seconds", 0, "S", 1, "Time for each measurement (default: 0.5)"), AT(seconds),
     HOL_NUMBER(0.5, 1e-3, 3600)},
};

static hol_status settle(void *values) {
    arguments *a = values;
    long long visible = 0, hidden = 0;
    int end = 0;
    const int found = sscanf(a->units, "%9lldx%9lld%n", &visible, &hidden, &end);
    if (found != 2 || a->units[end] != '\0' || visible < 1 || hidden < 1)
        return hol_error(HOL_USAGE, "--units: found \"%s\", expected VISIBLExHIDDEN such as 784x500", a->units);
    a->visible = visible;
    a->hidden = hidden;
    return HOL_OK;
}

static const hol_options options = {
    HOL_ROWS(option_rows),
    .usage = "",
    .help = "Measures this machine's throughput: each kernel and a whole training step of an RBM, on random bits as "
            "dense as MNIST's, with the ranks and threads it is started with.\v"
            "HOLODE_ISA=avx512, avx2 or generic forces an instruction set; OMP_NUM_THREADS sets the threads of a rank. "
            "Shares are of the measured speed at which this machine loads from its first-level cache and adds.",
    .settle = settle,
};

/* ---- the ceiling: loads of cache lines, each added to a register ------------------------------------------------- */

static const struct {
    const char *name;
    int64_t bytes;
} levels[LEVELS] = {{"l1", 16 << 10}, {"l2", 256 << 10}, {"l3", 4 << 20}};

/* Bytes per second of all threads together: the best round counts, for a ceiling is what can be reached. The only
 * threads that this room starts: they do nothing but measure. */
static double measure_bandwidth(bench *self, int64_t bytes) {
    const hol_kernels *kernels = self->to_hidden.kernels;
    const char *lines = self->lines;
    double best = 0;
    int64_t repeats = 1;
    const double begin = hol_clock_now();
    double now = begin;
    for (int round = 0; round < BANDWIDTH_ROUNDS || now - begin < self->arguments.seconds; round++) {
        int32_t sink = 0;
        const double start = now;
#pragma omp parallel default(none) shared(kernels, lines, bytes, repeats) reduction(+ : sink)
        sink += kernels->add_lines(lines, bytes, repeats) & 1;
        now = hol_clock_now();
        self->sink += (double)sink;
        const double rate = (double)bytes * (double)repeats * (double)self->threads / (now - start);
        if (rate > best) best = rate;
        if (now - start < self->arguments.seconds / BANDWIDTH_ROUNDS) repeats *= 2;
    }
    return best;
}

/* As many samples as MNIST has, or as fit in the bits that it takes: a batch is then spread over more than the L2
 * cache */
static int64_t sample_count(const arguments *a) {
    const int64_t fit = SAMPLE_BITS / a->visible, wish = fit < MNIST_SAMPLES ? fit : MNIST_SAMPLES;
    return wish > a->chains ? wish : a->chains;
}

/* ---- what is measured -------------------------------------------------------------------------------------------- */

static int64_t lanes(const bench *self) { return self->chains->states.blocks * HOL_LANES; }

static hol_states hidden_states(const bench *self) {
    hol_states states = self->chains->states;
    states.words += self->arguments.visible;
    return states;
}

static hol_draw new_draw(bench *self) {
    return (hol_draw){.key = hol_rng_key_make(1, HOL_STREAM_NEGATIVE), .step = (uint32_t)self->step++};
}

static void run_fields_up(bench *self) {
    hol_layer_fields(&self->to_hidden, &self->chains->states, self->fields, self->chains->scratch);
}

static void run_fields_down(bench *self) {
    const hol_states hidden = hidden_states(self);
    hol_layer_fields(&self->to_visible, &hidden, self->fields, self->chains->scratch);
}

/* A layer without inputs: its fields are its biases, and what remains is sampling. The results go nowhere. */
static void run_sample(bench *self, const hol_layer *layer, bool samples, bool probabilities) {
    hol_layer alone = *layer;
    alone.inputs = 0;
    hol_draw draw = new_draw(self);
    hol_states none = self->chains->states;
    hol_states to = {.words = (uint64_t *)(void *)self->fields,
                     .stride = layer->stride,
                     .blocks = none.blocks,
                     .first_block = none.first_block};
    /* probabilities and samples share the buffer's two halves: it holds two layers' fields */
    int32_t *expected = self->fields + lanes(self) * layer->stride;
    hol_layer_sample(&alone, &none, samples ? &draw : NULL, samples ? &to : NULL, probabilities ? expected : NULL,
                     self->chains->scratch);
}

static void run_sample_down(bench *self) { run_sample(self, &self->to_visible, true, false); }
static void run_sample_up(bench *self) { run_sample(self, &self->to_hidden, true, true); }
static void run_sample_states(bench *self) { run_sample(self, &self->to_hidden, true, false); }
static void run_probabilities(bench *self) { run_sample(self, &self->to_hidden, false, true); }

static void run_weighted(bench *self) {
    hol_counts_weighted(self->to_hidden.kernels, &self->chains->states, self->arguments.visible, self->chains->expected,
                        self->to_hidden.stride, self->arguments.hidden, self->sums, self->chains->scratch);
}

static void run_pairs(bench *self) {
    /* no state of these is on: the same work, and counts that stay 0 */
    const hol_states none = {
        .words = self->no_states, .stride = self->arguments.hidden, .blocks = self->chains->states.blocks};
    hol_pairs_add(self->to_hidden.kernels, &self->chains->states, self->arguments.visible, &none,
                  self->arguments.hidden, self->sums);
}

static void run_unit_counts(bench *self) {
    /* a population of no chains: the same work, and sums that stay 0 however often they are added to */
    hol_counts_units(&self->chains->states, self->arguments.visible, 0, self->sums);
}

static void run_probability_sums(bench *self) {
    hol_counts_probabilities(self->chains->expected, self->chains->states.blocks, self->to_hidden.stride,
                             self->arguments.hidden, self->sums);
}

static void run_softplus(bench *self) {
    for (int64_t r = 0; r < lanes(self); r++)
        self->sink += self->to_hidden.kernels->softplus_sum(self->reals, self->arguments.hidden);
}

static void run_prepare(bench *self) {
    self->sink += hol_error_drop(self->model->ops->prepare(self->model, self->theta));
}

static void run_update(bench *self) {
    hol_optimiser_update(self->optimiser, self->model, self->positive, self->negative, 0, 1e-6, self->theta);
}

static void run_fill(bench *self) {
    hol_batches_fill(self->batches, self->step++, self->chains->states.words, self->chains->states.stride);
}

/* The fewest bytes a kernel must load. Table look-ups: a line per group of rows, chain and strip, as if all units were
 * on often enough for tables. Elsewhere each array once per call. */
static double groups(int64_t rows) { return (double)((rows + HOL_GROUP - 1) / HOL_GROUP); }

static double bytes_fields_up(const bench *b) {
    return groups(b->arguments.visible) * (double)lanes(b) * (double)b->to_hidden.stride * 4;
}
static double bytes_fields_down(const bench *b) {
    return groups(b->arguments.hidden) * (double)lanes(b) * (double)b->to_visible.stride * 4;
}
static double bytes_weighted(const bench *b) {
    return groups(lanes(b)) * (double)b->arguments.visible * (double)b->to_hidden.stride * 4;
}
static double bytes_hidden(const bench *b) { return (double)lanes(b) * (double)b->to_hidden.stride * 4; }
static double bytes_visible(const bench *b) { return (double)lanes(b) * (double)b->to_visible.stride * 4; }
static double bytes_units(const bench *b) { return (double)lanes(b) / 8 * (double)b->arguments.visible; }
static double bytes_softplus(const bench *b) { return (double)lanes(b) * (double)b->arguments.hidden * 8; }
static double bytes_pairs(const bench *b) { return (double)b->arguments.visible * (double)b->arguments.hidden * 4; }
/* the parameters once; the update: two statistics, velocity, parameters */
static double bytes_prepare(const bench *b) { return (double)b->model->info.parameters * 4; }
static double bytes_update(const bench *b) { return (double)b->model->info.parameters * 16; }

/* What one call gets done, in the row's unit */
static double macs(const bench *b) {
    return (double)b->arguments.visible * (double)b->arguments.hidden * (double)lanes(b);
}
static double hidden_values(const bench *b) { return (double)lanes(b) * (double)b->arguments.hidden; }
static double visible_values(const bench *b) { return (double)lanes(b) * (double)b->arguments.visible; }
static double parameters(const bench *b) { return (double)b->model->info.parameters; }

enum { FIELDS_UP, FIELDS_DOWN, SAMPLE_DOWN, SAMPLE_UP, SAMPLE_STATES, PROBABILITIES, WEIGHTED };

static const struct {
    const char *name, *text;
    void (*run)(bench *);
    double (*bytes)(const bench *);
    double (*work)(const bench *);
    const char *unit;
    bool lookups; /* its bytes are table look-ups */
} kernels[] = {
    [FIELDS_UP] = {"fields_hidden", "fields of the hidden units", run_fields_up, bytes_fields_up, macs, "MAC", true},
    [FIELDS_DOWN] = {"fields_visible", "fields of the visible units", run_fields_down, bytes_fields_down, macs, "MAC",
                     true},
    [SAMPLE_DOWN] = {"sample_visible", "sampling, visible", run_sample_down, bytes_visible, visible_values, "unit",
                     false},
    [SAMPLE_UP] = {"sample_hidden", "sampling and probabilities, hidden", run_sample_up, bytes_hidden, hidden_values,
                   "unit", false},
    [SAMPLE_STATES] = {"sample_hidden_states", "sampling, hidden", run_sample_states, bytes_hidden, hidden_values,
                       "unit", false},
    [PROBABILITIES] = {"probabilities", "probabilities, hidden", run_probabilities, bytes_hidden, hidden_values, "unit",
                       false},
    [WEIGHTED] = {"weighted_statistics", "weighted statistics", run_weighted, bytes_weighted, macs, "MAC", true},
    {"pair_counts", "counts of pairs", run_pairs, bytes_pairs, macs, "MAC", false},
    {"unit_counts", "unit counts", run_unit_counts, bytes_units, visible_values, "unit", false},
    {"probability_sums", "probability sums", run_probability_sums, bytes_hidden, hidden_values, "unit", false},
    {"softplus_sum", "softplus sums (1 thread)", run_softplus, bytes_softplus, hidden_values, "unit", false},
    {"prepare", "tables of whole numbers", run_prepare, bytes_prepare, parameters, "weight", false},
    {"update", "optimiser's update", run_update, bytes_update, parameters, "weight", false},
    {"batch", "batch's bits (1 thread)", run_fill, bytes_units, visible_values, "unit", false},
};
enum { KERNELS = sizeof kernels / sizeof *kernels };
_Static_assert((int)KERNELS <= (int)KERNELS_MAX, "a result for each kernel");

static int compare(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, int64_t count) {
    qsort(values, (size_t)count, sizeof *values, compare);
    return values[count / 2];
}

/* Rounds as long as their part of the time for a measurement */
static kernel_result time_kernel(bench *self, void (*run)(bench *)) {
    double rounds[ROUNDS];
    int64_t calls = 1;
    run(self);
    for (int round = 0; round < ROUNDS;) {
        const double start = hol_clock_now();
        for (int64_t i = 0; i < calls; i++) run(self);
        const double seconds = hol_clock_now() - start;
        if (round == 0 && seconds < self->arguments.seconds / ROUNDS / 2 && calls < 1 << 24) calls *= 2;
        else rounds[round++] = seconds / (double)calls;
    }
    const double middle = median(rounds, ROUNDS);
    return (kernel_result){.seconds = middle, .best = rounds[0]};
}

static hol_status measure_kernels(bench *self) {
    hol_status status = HOL_OK;
    HOL_TRY(hol_comm_barrier(self->comm));
    for (int l = 0; l < LEVELS; l++) self->bandwidth[l] = measure_bandwidth(self, levels[l].bytes);
    for (int k = 0; k < KERNELS; k++) {
        HOL_TRY(hol_comm_barrier(self->comm)); /* all ranks at the same kernel */
        self->kernels[k] = time_kernel(self, kernels[k].run);
        self->kernels[k].share = kernels[k].bytes(self) / self->bandwidth[0] / self->kernels[k].seconds;
    }
cleanup:
    return status;
}

/* ---- whole steps ------------------------------------------------------------------------------------------------ */

/* Trains `intervals` times `every` steps with an evaluation after each; the last `intervals` rows of the history into
 * rows */
static hol_status train(bench *self, int64_t sweeps, int64_t intervals, int64_t every, double *rows) {
    hol_status status = HOL_OK;
    hol_team *team = NULL;
    hol_model *model = NULL;
    hol_trainer *trainer = NULL;
    const arguments *a = &self->arguments;
    const hol_trainer_options o = {
        .method = HOL_METHOD_PCD,
        .sweeps = sweeps,
        .chains = a->chains,
        .batch_size = a->chains,
        .samples = sample_count(a),
        .seed = 1,
        .initial_weights = 0.01,
        .schedule = {.kind = HOL_SCHEDULE_CONSTANT, .rate = 0.01, .steps = intervals * every},
        .overlap = true,
        .evaluate_every = every,
    };
    /* kernels are measured by each rank for itself; steps are a team's, as in training */
    HOL_TRY(hol_team_create(self->comm, &team));
    hol_model_options shared = self->model->options;
    shared.team = team;
    HOL_TRY(hol_comm_agree(self->comm, hol_model_create(&shared, &model)));
    HOL_TRY(hol_trainer_create(self->comm, model, &o, self->batches, self->evaluated, NULL, NULL, &trainer));
    HOL_TRY(hol_trainer_start(trainer));
    HOL_TRY(hol_trainer_run(trainer));
    const hol_history *history = &hol_trainer_get_state(trainer)->history;
    memcpy(rows, history->values + (history->rows - intervals) * HOL_METRICS,
           (size_t)(intervals * HOL_METRICS) * sizeof *rows);
cleanup:
    hol_trainer_destroy(trainer);
    hol_model_destroy(model);
    hol_team_destroy(team);
    return status;
}

static int compare_rows(const void *a, const void *b) {
    return compare((const double *)a + HOL_METRIC_SAMPLES_PER_SECOND,
                   (const double *)b + HOL_METRIC_SAMPLES_PER_SECOND);
}

/* The trainer's clock sees fields and sampling as one. Sampling's part of it follows from what the layers without
 * inputs and the fields alone take, each at its best: what disturbs one of them must not shift the parts. */
static double sampling_part(const bench *self, int64_t sweeps) {
    const kernel_result *k = self->kernels;
    const double n = (double)sweeps;
    const double sampling =
        k[PROBABILITIES].best + k[SAMPLE_UP].best + (n - 1) * k[SAMPLE_STATES].best + n * k[SAMPLE_DOWN].best;
    const double fields = (n + 1) * k[FIELDS_UP].best + n * k[FIELDS_DOWN].best;
    return sampling / (sampling + fields);
}

static hol_status measure_step(bench *self, int64_t sweeps, step_result *ret) {
    hol_status status = HOL_OK;
    /* one interval more than counts: the first warms up */
    double rows[ROUNDS + 1][HOL_METRICS];
    const double batch = (double)self->arguments.chains;
    HOL_TRY(train(self, sweeps, 2, 3, rows[0]));
    /* rows are rank 0's on all ranks, so that all agree on the number of steps */
    const double guess = batch / rows[1][HOL_METRIC_SAMPLES_PER_SECOND];
    const int64_t every = (int64_t)fmax(3, ceil(2 * self->arguments.seconds / ROUNDS / guess));
    HOL_TRY(train(self, sweeps, ROUNDS + 1, every, rows[0]));
    qsort(rows[1], ROUNDS, sizeof rows[1], compare_rows);
    const double *row = rows[1 + ROUNDS / 2], steps = (double)every;
    const double both = row[HOL_METRIC_SECONDS_SAMPLING] / steps;
    *ret = (step_result){
        .sweeps = sweeps,
        .samples_per_second = row[HOL_METRIC_SAMPLES_PER_SECOND],
        .seconds = batch / row[HOL_METRIC_SAMPLES_PER_SECOND],
        .sampling = both * sampling_part(self, sweeps),
        .statistics = row[HOL_METRIC_SECONDS_STATISTICS] / steps,
        .reduction = row[HOL_METRIC_SECONDS_COMMUNICATION] / steps,
        .update = row[HOL_METRIC_SECONDS_UPDATE] / steps,
        .input = row[HOL_METRIC_SECONDS_INPUT] / steps,
    };
    ret->fields = both - ret->sampling;
    ret->other = fmax(0, ret->seconds - both - ret->statistics - ret->reduction - ret->update - ret->input);
cleanup:
    return status;
}

/* ---- set up ------------------------------------------------------------------------------------------------------ */

static void draw_row(hol_rng_key key, int64_t row, int64_t units, uint16_t *row_levels) {
    const uint32_t limit = (uint32_t)(density * 0x1p16);
    for (int64_t i = 0; i < units; i += 8) {
        const hol_rng_words r = hol_rng_draw(key, (uint32_t)i, (uint32_t)row, 0, 0);
        for (int k = 0; k < 8 && i + k < units; k++)
            row_levels[i + k] = (r.word[k / 2] >> (16 * (k % 2)) & 0xffff) < limit;
    }
}

static hol_status make_batches(bench *self) {
    hol_status status = HOL_OK;
    const arguments *a = &self->arguments;
    uint16_t *row_levels = NULL;
    int64_t first = 0, rows = 0;
    hol_batches_options o = {
        .samples = sample_count(a), .units = a->visible, .batch_size = a->chains, .seed = 1, .threshold = 1};
    hol_comm_share(hol_bits_blocks(a->chains), hol_comm_rank(self->comm), hol_comm_size(self->comm), &o.first_block,
                   &o.blocks);
    HOL_TRY(hol_batches_create(&o, &self->batches));
    HOL_TRY(HOL_ALLOCATE(row_levels, a->visible, "data set"));
    hol_batches_get_owned(self->batches, &first, &rows);
    const hol_rng_key key = hol_rng_key_make(1, HOL_STREAM_DATA_BITS);
    for (int64_t r = first; r < first + rows; r++) {
        draw_row(key, r, a->visible, row_levels);
        hol_batches_set_rows(self->batches, r, 1, row_levels);
    }
cleanup:
    hol_free(row_levels);
    return status;
}

static hol_status make_layers(bench *self) {
    hol_status status = HOL_OK;
    const int64_t visible = self->arguments.visible, hidden = self->arguments.hidden;
    const int64_t visible_stride = hol_round_up(visible, HOL_STRIP), hidden_stride = hol_round_up(hidden, HOL_STRIP);
    const hol_parameter_group *group = hol_model_find_group(self->model, "weights");
    HOL_TRY(HOL_ALLOCATE(self->weights, HOL_PRODUCT(visible, hidden_stride), "weights"));
    HOL_TRY(HOL_ALLOCATE(self->transposed, HOL_PRODUCT(hidden, visible_stride), "weights"));
    HOL_TRY(HOL_ALLOCATE(self->visible_bias, visible_stride, "visible biases"));
    HOL_TRY(HOL_ALLOCATE(self->hidden_bias, hidden_stride, "hidden biases"));
    const int bits = 20; /* biases stay 0: half of the units are then on, the hardest case for any kernel */
    hol_fixed_round_both(self->theta + group->offset, visible, hidden, 0x1p20f, self->weights, hidden_stride,
                         self->transposed, visible_stride);
    self->to_hidden = (hol_layer){.kernels = self->model->options.kernels,
                                  .weights = self->weights,
                                  .bias = self->hidden_bias,
                                  .inputs = visible,
                                  .outputs = hidden,
                                  .stride = hidden_stride,
                                  .scale = 1.0f / (float)(1 << bits)};
    self->to_visible = (hol_layer){.kernels = self->model->options.kernels,
                                   .weights = self->transposed,
                                   .bias = self->visible_bias,
                                   .inputs = hidden,
                                   .outputs = visible,
                                   .stride = visible_stride,
                                   .scale = self->to_hidden.scale};
cleanup:
    return status;
}

static hol_status make_arrays(bench *self) {
    hol_status status = HOL_OK;
    const arguments *a = &self->arguments;
    const int rank = hol_comm_rank(self->comm), ranks = hol_comm_size(self->comm);
    const hol_model_options o = {
        .kind = hol_model_kinds[0], .visible = a->visible, .hidden = a->hidden, .temperature = 1};
    HOL_TRY(hol_model_create(&o, &self->model));
    const int64_t count = self->model->info.parameters;
    const int64_t widest = a->visible > a->hidden ? a->visible : a->hidden;
    const hol_optimiser_options optimiser = {.centering_rate = 0.01};
    HOL_TRY(hol_population_create(self->model, a->chains, rank, ranks, &self->chains));
    HOL_TRY(hol_population_create(self->model, EVALUATED, rank, ranks, &self->evaluated));
    HOL_TRY(hol_statistics_create(NULL, self->model, a->chains, false, &self->positive));
    HOL_TRY(hol_statistics_create(NULL, self->model, a->chains, false, &self->negative));
    HOL_TRY(hol_optimiser_create(self->model, &optimiser, &self->optimiser));
    HOL_TRY(HOL_ALLOCATE(self->theta, count, "parameters"));
    HOL_TRY(HOL_ALLOCATE(self->fields, HOL_PRODUCT(2, lanes(self), hol_round_up(widest, HOL_STRIP)), "fields"));
    HOL_TRY(HOL_ALLOCATE(self->sums, count, "statistics"));
    HOL_TRY(HOL_ALLOCATE(self->no_states, HOL_PRODUCT(self->chains->states.blocks, a->hidden), "states"));
    HOL_TRY(HOL_ALLOCATE(self->reals, a->hidden, "fields"));
    HOL_TRY(HOL_ALLOCATE(self->lines, levels[LEVELS - 1].bytes, "lines"));
cleanup:
    return status;
}

static hol_status make(bench *self) {
    hol_status status = HOL_OK;
    double *means = NULL;
    HOL_TRY(make_arrays(self));
    HOL_TRY(make_batches(self));
    HOL_TRY(HOL_ALLOCATE(means, self->arguments.visible, "means"));
    for (int64_t i = 0; i < self->arguments.visible; i++) means[i] = density;
    self->model->ops->initialize(self->model, means, 0.01, 1, self->theta);
    HOL_TRY(self->model->ops->prepare(self->model, self->theta));
    HOL_TRY(make_layers(self));
    for (int64_t j = 0; j < self->arguments.hidden; j++) self->reals[j] = 4 * (double)(j % 17) / 17 - 2;
    hol_batches_fill(self->batches, 0, self->chains->states.words, self->chains->states.stride);
    const hol_draw draw = new_draw(self);
    self->model->ops->infer(self->model, self->chains, &draw);
    hol_statistics_collect(self->positive, self->chains);
    hol_statistics_collect(self->negative, self->chains);
    /* probabilities of 0 from here on: sums that are added to a million times must not overflow */
    memset(self->chains->expected, 0, (size_t)(lanes(self) * self->to_hidden.stride) * sizeof(int32_t));
cleanup:
    hol_free(means);
    return status;
}

static void release(bench *self) {
    hol_model_destroy(self->model);
    hol_batches_destroy(self->batches);
    hol_population_destroy(self->chains);
    hol_population_destroy(self->evaluated);
    hol_statistics_destroy(self->positive);
    hol_statistics_destroy(self->negative);
    hol_optimiser_destroy(self->optimiser);
    hol_free(self->theta);
    hol_free(self->weights);
    hol_free(self->transposed);
    hol_free(self->visible_bias);
    hol_free(self->hidden_bias);
    hol_free(self->fields);
    hol_free(self->sums);
    hol_free(self->no_states);
    hol_free(self->reals);
    hol_free(self->lines);
}

/* ---- results ---------------------------------------------------------------------------------------------------- */

static double peak_bytes(void) {
    struct rusage usage;
    return getrusage(RUSAGE_SELF, &usage) == 0 ? (double)usage.ru_maxrss * 1024 : (double)NAN;
}

static double ns_per_lookup(const bench *self, int k) {
    return self->kernels[k].seconds * 1e9 / (kernels[k].bytes(self) / 64) * self->threads;
}

static void print_json(const bench *self) {
    const arguments *a = &self->arguments;
    hol_print("{\"isa\": \"%s\", \"ranks\": %d, \"threads\": %d, \"visible\": %lld, \"hidden\": %lld, \"chains\": "
              "%lld, \"bytes_per_second\": {",
              self->to_hidden.kernels->isa, hol_comm_size(self->comm), self->threads, (long long)a->visible,
              (long long)a->hidden, (long long)a->chains);
    for (int l = 0; l < LEVELS; l++) hol_print("%s\"%s\": %.6g", l ? ", " : "", levels[l].name, self->bandwidth[l]);
    hol_print("}, \"kernels\": {");
    for (int k = 0; k < KERNELS; k++) {
        hol_print("%s\"%s\": {\"seconds\": %.6g, \"%ss_per_second\": %.6g, \"share\": %.4g", k ? ", " : "",
                  kernels[k].name, self->kernels[k].seconds, kernels[k].unit,
                  kernels[k].work(self) / self->kernels[k].seconds, self->kernels[k].share);
        hol_print(kernels[k].lookups ? ", \"ns_per_lookup\": %.4g}" : "}", ns_per_lookup(self, k));
    }
    hol_print("}, \"steps\": [");
    for (int s = 0; s < STEP_KINDS; s++) {
        const step_result *r = &self->steps[s];
        hol_print(
            "%s{\"sweeps\": %lld, \"samples_per_second\": %.6g, \"seconds\": %.6g, \"fields\": %.6g, \"sampling\": "
            "%.6g, \"statistics\": %.6g, \"reduction\": %.6g, \"update\": %.6g, \"input\": %.6g, \"other\": %.6g}",
            s ? ", " : "", (long long)r->sweeps, r->samples_per_second, r->seconds, r->fields, r->sampling,
            r->statistics, r->reduction, r->update, r->input, r->other);
    }
    hol_print("], \"peak_bytes\": %.0f}\n", peak_bytes());
}

static void print_steps(const bench *self) {
    hol_print("\n%-10s %11s %9s   %6s %8s %10s %9s %6s %5s %5s\n", "step", "samples/s", "time", "fields", "sampling",
              "statistics", "reduction", "update", "batch", "other");
    for (int s = 0; s < STEP_KINDS; s++) {
        const step_result *r = &self->steps[s];
        const double percent = 100 / r->seconds;
        hol_print("PCD-%-6lld %11.0f %6.3f ms   %5.1f%% %7.1f%% %9.1f%% %8.1f%% %5.1f%% %4.1f%% %4.1f%%\n",
                  (long long)r->sweeps, r->samples_per_second, 1e3 * r->seconds, percent * r->fields,
                  percent * r->sampling, percent * r->statistics, percent * r->reduction, percent * r->update,
                  percent * r->input, percent * r->other);
    }
}

static void print_text(const bench *self) {
    const arguments *a = &self->arguments;
    const int ranks = hol_comm_size(self->comm);
    hol_print("rbm, %lld visible and %lld hidden units, %lld chains; %s; %d rank%s of %d thread%s\n",
              (long long)a->visible, (long long)a->hidden, (long long)a->chains, self->to_hidden.kernels->isa, ranks,
              ranks == 1 ? "" : "s", self->threads, self->threads == 1 ? "" : "s");
    hol_print("ceiling, loads with an add each: %.0f GB/s from L1, %.0f from L2, %.0f from L3 (a rank)\n\n",
              self->bandwidth[0] * 1e-9, self->bandwidth[1] * 1e-9, self->bandwidth[2] * 1e-9);
    hol_print("%-36s %12s %20s %12s %10s\n", "kernel", "a call", "work", "a look-up", "of ceiling");
    for (int k = 0; k < KERNELS; k++) {
        const double seconds = self->kernels[k].seconds;
        char lookup[32] = "", work[48];
        (void)snprintf(work, sizeof work, "%.2f G%ss/s", kernels[k].work(self) / seconds * 1e-9, kernels[k].unit);
        if (kernels[k].lookups) (void)snprintf(lookup, sizeof lookup, "%.3f ns", ns_per_lookup(self, k));
        hol_print("%-36s %9.1f us %20s %12s %9.1f%%\n", kernels[k].text, 1e6 * seconds, work, lookup,
                  100 * self->kernels[k].share);
    }
    print_steps(self);
    hol_print("\npeak memory of rank 0: %.1f MB\n", peak_bytes() * 1e-6);
}

static hol_status measure(bench *self) {
    hol_status status = HOL_OK;
    static const int64_t sweeps[STEP_KINDS] = {1, 10};
    HOL_TRY(hol_comm_agree(self->comm, make(self)));
    HOL_TRY(measure_kernels(self));
    for (int s = 0; s < STEP_KINDS; s++) HOL_TRY(measure_step(self, sweeps[s], &self->steps[s]));
    if (self->arguments.json) print_json(self);
    else print_text(self);
cleanup:
    return status;
}

hol_status hol_command_bench(hol_comm *comm, hol_result *result, int argc, char **argv) {
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--network") == 0) return hol_bench_network(comm, result, argc, argv);
    bench self = {.comm = comm, .threads = omp_get_max_threads()};
    bool done = false;
    hol_status status = hol_options_parse(&options, result, argc, argv, &self.arguments, &done);
    if (status != HOL_OK || done) return status;
    status = measure(&self);
    release(&self);
    return status;
}
