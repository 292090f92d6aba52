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
#include "bench.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "num/counts.h"
#include "train/trainer.h"

enum { ROUNDS = 7, BANDWIDTH_ROUNDS = 32 };

/* ---- options ---------------------------------------------------------------------------------------------------- */

#define AT(member) HOL_AT(bench_arguments, member)
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
    bench_arguments *a = values;
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
            "HOLODE_ISA=amx, avx512, avx2 or generic forces an instruction set; OMP_NUM_THREADS sets the threads of a "
            "rank. "
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

/* ---- what is measured -------------------------------------------------------------------------------------------- */

static hol_states hidden_states(const bench *self) {
    hol_states states = self->chains->states;
    states.words += self->arguments.visible;
    return states;
}

static void run_fields_up(bench *self) {
    hol_layer_fields(&self->to_hidden, &self->chains->states, self->fields, self->chains->scratch);
}

static void run_fields_down(bench *self) {
    const hol_states hidden = hidden_states(self);
    hol_layer_fields(&self->to_visible, &hidden, self->fields, self->chains->scratch);
}

/* A layer without inputs: its fields are its biases, and what remains is sampling. The results go nowhere. */
static void run_sample(bench *self, const hol_layer *layer, bool samples, bool with_levels) {
    hol_layer alone = *layer;
    alone.inputs = 0;
    hol_draw draw = new_draw(self);
    hol_states none = self->chains->states;
    hol_states to = {.words = (uint64_t *)(void *)self->fields,
                     .stride = layer->stride,
                     .blocks = none.blocks,
                     .first_block = none.first_block};
    /* levels and samples share the buffer's two halves: it holds two layers' fields */
    uint8_t *leveled = (uint8_t *)(void *)(self->fields + lanes(self) * layer->stride);
    hol_layer_sample(&alone, &none, &draw, samples ? &to : NULL, with_levels ? leveled : NULL, self->chains->scratch);
}

static void run_sample_down(bench *self) { run_sample(self, &self->to_visible, true, false); }
static void run_sample_up(bench *self) { run_sample(self, &self->to_hidden, true, true); }
static void run_sample_states(bench *self) { run_sample(self, &self->to_hidden, true, false); }
static void run_levels(bench *self) { run_sample(self, &self->to_hidden, false, true); }

static void run_weighted(bench *self) {
    hol_levels_product(self->to_hidden.kernels, &self->chains->states, self->arguments.visible, self->chains->levels,
                       self->to_hidden.stride, self->arguments.hidden, (hol_sums){.wide = self->sums},
                       self->chains->scratch);
}

static void run_pairs(bench *self) {
    /* no state of these is on: the same work, and counts that stay 0 */
    const hol_states none = {
        .words = self->no_states, .stride = self->arguments.hidden, .blocks = self->chains->states.blocks};
    hol_pairs_add(self->to_hidden.kernels, &self->chains->states, self->arguments.visible, &none,
                  self->arguments.hidden, 1, self->sums);
}

static void run_unit_counts(bench *self) {
    /* a population of no chains: the same work, and sums that stay 0 however often they are added to */
    hol_counts_units(&self->chains->states, self->arguments.visible, 0, 1, (hol_sums){.wide = self->sums});
}

static void run_level_sums(bench *self) {
    hol_levels_add(self->chains->levels, self->chains->states.blocks, self->to_hidden.stride, self->arguments.hidden,
                   (hol_sums){.wide = self->sums});
}

static void run_softplus(bench *self) {
    for (int64_t r = 0; r < lanes(self); r++)
        self->sink += self->to_hidden.kernels->softplus_sum(self->reals, self->arguments.hidden);
}

static void run_prepare(bench *self) {
    self->sink += hol_error_drop(hol_model_prepare_training(self->model, self->theta));
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
    return groups(b->arguments.visible) * (double)lanes(b) * (double)b->to_hidden.stride * 2;
}
static double bytes_fields_down(const bench *b) {
    return groups(b->arguments.hidden) * (double)lanes(b) * (double)b->to_visible.stride * 2;
}
static double bytes_hidden(const bench *b) { return (double)lanes(b) * (double)b->to_hidden.stride * 4; }
static double bytes_levels(const bench *b) { return (double)lanes(b) * (double)b->to_hidden.stride; }
static double bytes_visible(const bench *b) { return (double)lanes(b) * (double)b->to_visible.stride * 4; }
static double bytes_units(const bench *b) { return (double)lanes(b) / 8 * (double)b->arguments.visible; }
static double bytes_softplus(const bench *b) { return (double)lanes(b) * (double)b->arguments.hidden * 8; }
static double bytes_pairs(const bench *b) { return (double)b->arguments.visible * (double)b->arguments.hidden * 4; }
static double bytes_weighted(const bench *b) { return bytes_pairs(b) + bytes_levels(b) + bytes_units(b); }
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

enum { FIELDS_UP, FIELDS_DOWN, SAMPLE_DOWN, SAMPLE_UP, SAMPLE_STATES, LEVELS_ALONE, WEIGHTED };

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
    [SAMPLE_UP] = {"sample_hidden", "sampling and levels, hidden", run_sample_up, bytes_hidden, hidden_values, "unit",
                   false},
    [SAMPLE_STATES] = {"sample_hidden_states", "sampling, hidden", run_sample_states, bytes_hidden, hidden_values,
                       "unit", false},
    [LEVELS_ALONE] = {"levels", "levels, hidden", run_levels, bytes_hidden, hidden_values, "unit", false},
    [WEIGHTED] = {"weighted_statistics", "weighted statistics", run_weighted, bytes_weighted, macs, "MAC", false},
    {"pair_counts", "counts of pairs", run_pairs, bytes_pairs, macs, "MAC", false},
    {"unit_counts", "unit counts", run_unit_counts, bytes_units, visible_values, "unit", false},
    {"level_sums", "level sums", run_level_sums, bytes_levels, hidden_values, "unit", false},
    {"softplus_sum", "softplus sums (1 thread)", run_softplus, bytes_softplus, hidden_values, "unit", false},
    {"prepare", "tables of whole numbers", run_prepare, bytes_prepare, parameters, "weight", false},
    {"update", "optimiser's update", run_update, bytes_update, parameters, "weight", false},
    {"batch", "batch's bits (1 thread)", run_fill, bytes_units, visible_values, "unit", false},
};
enum { KERNELS = sizeof kernels / sizeof *kernels };
_Static_assert((int)KERNELS <= (int)KERNELS_MAX, "a result for each kernel");

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
    const double middle = hol_bench_median(rounds, ROUNDS);
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
    const bench_arguments *a = &self->arguments;
    const hol_trainer_options o = {
        .method = HOL_METHOD_PCD,
        .sweeps = sweeps,
        .chains = a->chains,
        .batch_size = a->chains,
        .samples = hol_bench_samples(a),
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
    HOL_TRY(hol_trainer_start(trainer, NULL));
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
    return hol_bench_compare((const double *)a + HOL_METRIC_SAMPLES_PER_SECOND,
                             (const double *)b + HOL_METRIC_SAMPLES_PER_SECOND);
}

/* The trainer's clock sees fields and sampling as one. Sampling's part of it follows from what the layers without
 * inputs and the fields alone take, each at its best: what disturbs one of them must not shift the parts. */
static double sampling_part(const bench *self, int64_t sweeps) {
    const kernel_result *k = self->kernels;
    const double n = (double)sweeps;
    const double sampling =
        k[LEVELS_ALONE].best + k[SAMPLE_UP].best + (n - 1) * k[SAMPLE_STATES].best + n * k[SAMPLE_DOWN].best;
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
    const double sampling = both * sampling_part(self, sweeps);
    *ret = (step_result){.sweeps = sweeps,
                         .samples_per_second = row[HOL_METRIC_SAMPLES_PER_SECOND],
                         .seconds = batch / row[HOL_METRIC_SAMPLES_PER_SECOND],
                         .parts = {[PART_FIELDS] = both - sampling,
                                   [PART_SAMPLING] = sampling,
                                   [PART_STATISTICS] = row[HOL_METRIC_SECONDS_STATISTICS] / steps,
                                   [PART_REDUCTION] = row[HOL_METRIC_SECONDS_COMMUNICATION] / steps,
                                   [PART_UPDATE] = row[HOL_METRIC_SECONDS_UPDATE] / steps,
                                   [PART_INPUT] = row[HOL_METRIC_SECONDS_INPUT] / steps}};
    double rest = ret->seconds;
    for (int p = 0; p < PART_OTHER; p++) rest -= ret->parts[p];
    ret->parts[PART_OTHER] = fmax(0, rest);
cleanup:
    return status;
}

/* ---- results ---------------------------------------------------------------------------------------------------- */

static double peak_bytes(void) {
    struct rusage usage;
    return getrusage(RUSAGE_SELF, &usage) == 0 ? (double)usage.ru_maxrss * 1024 : (double)NAN;
}

static double ns_per_lookup(const bench *self, int k) {
    return self->kernels[k].seconds * 1e9 / (kernels[k].bytes(self) / 64) * self->threads;
}

static const char *plural(int count) { return count == 1 ? "" : "s"; }

static void add_machine(hol_result *to, const bench *self) {
    const bench_arguments *a = &self->arguments;
    const int ranks = hol_comm_size(self->comm);
    const char *isa = self->to_hidden.kernels->isa;
    hol_result_text(to, "isa", isa);
    hol_result_number(to, "ranks", ranks);
    hol_result_number(to, "threads", self->threads);
    hol_result_number(to, "visible", (double)a->visible);
    hol_result_number(to, "hidden", (double)a->hidden);
    hol_result_number(to, "chains", (double)a->chains);
    hol_result_line(to, NULL, "rbm, %lld visible and %lld hidden units, %lld chains; %s; %d rank%s of %d thread%s",
                    (long long)a->visible, (long long)a->hidden, (long long)a->chains, isa, ranks, plural(ranks),
                    self->threads, plural(self->threads));
    hol_result_set_digits(to, 6);
    hol_result_open(to, "bytes_per_second");
    for (int l = 0; l < LEVELS; l++) hol_result_number(to, levels[l].name, self->bandwidth[l]);
    hol_result_close(to);
    hol_result_line(to, NULL,
                    "ceiling, loads with an add each: %.0f GB/s from L1, %.0f from L2, %.0f from L3 (a rank)\n",
                    self->bandwidth[0] * 1e-9, self->bandwidth[1] * 1e-9, self->bandwidth[2] * 1e-9);
}

/* In JSON an object of its own for each kernel. */
static void add_kernels(hol_result *to, const bench *self) {
    static const hol_column columns[] = {{NULL, "kernel", -36, 0, NULL, 1},
                                         {NULL, "a call", 12, 1, " us", 1e6},
                                         {NULL, "work", 20, 0, NULL, 1},
                                         {NULL, "a look-up", 12, 0, NULL, 1},
                                         {NULL, "of ceiling", 10, 1, "%", 100}};
    hol_record *table = hol_result_table(to, NULL, columns, sizeof columns / sizeof *columns);
    hol_result_open(to, "kernels");
    for (int k = 0; k < KERNELS; k++) {
        const kernel_result *r = &self->kernels[k];
        const double rate = kernels[k].work(self) / r->seconds;
        char lookup[32] = "", work[48], per_second[48];
        (void)snprintf(work, sizeof work, "%.2f G%ss/s", rate * 1e-9, kernels[k].unit);
        (void)snprintf(per_second, sizeof per_second, "%ss_per_second", kernels[k].unit);
        if (kernels[k].lookups) (void)snprintf(lookup, sizeof lookup, "%.3f ns", ns_per_lookup(self, k));
        hol_result_open(to, kernels[k].name);
        hol_result_number(to, "seconds", r->seconds);
        hol_result_number(to, per_second, rate);
        hol_result_number(to, "share", r->share);
        if (kernels[k].lookups) hol_result_number(to, "ns_per_lookup", ns_per_lookup(self, k));
        hol_result_close(to);
        hol_result_row(to, table,
                       (hol_cell[]){HOL_CELL_TEXT(kernels[k].text), HOL_CELL(r->seconds), HOL_CELL_TEXT(work),
                                    HOL_CELL_TEXT(lookup), HOL_CELL(r->share)});
    }
    hol_result_close(to);
}

/* Programs get the parts' seconds, readers their shares. */
static void add_steps(hol_result *to, const bench *self) {
    enum { FIRST = 4 };
    static const hol_column columns[FIRST + 2 * PARTS] = {{"sweeps", NULL, 0, 0, NULL, 1},
                                                          {NULL, "step", -10, 0, NULL, 1},
                                                          {"samples_per_second", "samples/s", 11, 0, NULL, 1},
                                                          {"seconds", "time", 9, 3, " ms", 1e3},
                                                          {"fields", NULL, 0, 0, NULL, 1},
                                                          {"sampling", NULL, 0, 0, NULL, 1},
                                                          {"statistics", NULL, 0, 0, NULL, 1},
                                                          {"reduction", NULL, 0, 0, NULL, 1},
                                                          {"update", NULL, 0, 0, NULL, 1},
                                                          {"input", NULL, 0, 0, NULL, 1},
                                                          {"other", NULL, 0, 0, NULL, 1},
                                                          {NULL, "fields", 8, 1, "%", 100},
                                                          {NULL, "sampling", 8, 1, "%", 100},
                                                          {NULL, "statistics", 10, 1, "%", 100},
                                                          {NULL, "reduction", 9, 1, "%", 100},
                                                          {NULL, "update", 6, 1, "%", 100},
                                                          {NULL, "batch", 5, 1, "%", 100},
                                                          {NULL, "other", 5, 1, "%", 100}};
    hol_result_line(to, NULL, "%s", "");
    hol_record *table = hol_result_table(to, "steps", columns, FIRST + 2 * PARTS);
    for (int s = 0; s < STEP_KINDS; s++) {
        const step_result *r = &self->steps[s];
        char name[32];
        (void)snprintf(name, sizeof name, "PCD-%lld", (long long)r->sweeps);
        hol_cell cells[FIRST + 2 * PARTS] = {HOL_CELL(r->sweeps), HOL_CELL_TEXT(name), HOL_CELL(r->samples_per_second),
                                             HOL_CELL(r->seconds)};
        for (int p = 0; p < PARTS; p++) {
            cells[FIRST + p].number = r->parts[p];
            cells[FIRST + PARTS + p].number = r->parts[p] / r->seconds;
        }
        hol_result_row(to, table, cells);
    }
}

static hol_status measure(bench *self, hol_result *to) {
    hol_status status = HOL_OK;
    static const int64_t sweeps[STEP_KINDS] = {1, 10};
    HOL_TRY(hol_comm_agree(self->comm, hol_bench_make(self)));
    HOL_TRY(measure_kernels(self));
    for (int s = 0; s < STEP_KINDS; s++) HOL_TRY(measure_step(self, sweeps[s], &self->steps[s]));
    if (self->arguments.json) hol_result_set_form(to, HOL_FORM_JSON);
    add_machine(to, self);
    add_kernels(to, self);
    add_steps(to, self);
    hol_result_number(to, "peak_bytes", peak_bytes());
    hol_result_line(to, NULL, "\npeak memory of rank 0: %.1f MB", peak_bytes() * 1e-6);
cleanup:
    return status;
}

hol_status hol_command_bench(hol_comm *comm, hol_result *result, int argc, char **argv) {
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--network") == 0) return hol_bench_network(comm, result, argc, argv);
    bench self = {.comm = comm, .threads = omp_get_max_threads()};
    bool done = false;
    hol_status status = hol_options_parse(comm, &options, result, argc, argv, &self.arguments, &done);
    if (status != HOL_OK || done) return status;
    status = measure(&self, result);
    hol_bench_release(&self);
    return status;
}
