/* plan: what a run would take on so many ranks, before it is submitted. Memory: cli/footprint.h; time: cli/cost.h. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "cli/auto.h"
#include "cli/commands.h"
#include "cli/config.h"
#include "cli/cost.h"
#include "cli/footprint.h"
#include "cli/model.h"
#include "cli/options.h"
#include "io/dataset.h"
#include "io/sample_weights.h"
#include "num/bits.h"

enum { CURVE_MAX = 4096, COUNT_MAX = 1 << 20, WARNINGS_MAX = 8, MEANS_ROWS = 256, ITEMS_MAX = 32 };
enum { CURVE_NONE = -1, CURVE_STRONG, CURVE_WEAK };

typedef struct arguments {
    const char *config_path;
    hol_word_list overrides;
    int64_t ranks, threads, node_ranks, visible, states, samples;
    bool missing;
    const char *network;
    double latency, bandwidth; /* s, bytes/s of a node's link */
    double memory;             /* of a node: GB as it is read, bytes once settled */
    double speed;              /* of its cores over this machine's */
    int curve;                 /* of CURVE_ */
    bool json;
} arguments;

typedef struct warnings {
    char texts[WARNINGS_MAX][200];
    int count;
} warnings;

/* What is asked, what is found by making and timing, and what follows from it. */
typedef struct plan {
    arguments arguments;
    hol_config *config; /* owned, as all below */
    char *config_text;
    hol_dataset *train_data, *valid_data; /* NULL where they are not here */
    hol_sample_weights *weights;          /* of train; NULL: all rows alike */
    hol_sample_weights unread;            /* in their place, where they are not here */
    double *means;                        /* (visible), or NULL */
    hol_training_data data;
    hol_cli_parts parts;
    hol_model_options model;
    hol_trainer_options trainer;
    int64_t base_bytes, file_bytes; /* of this process at its start; of these, the program's and libraries' pages */
    hol_memory *memory;
    hol_footprint footprint;
    hol_cost cost;
    hol_cost_layout layout;
    hol_cost_prediction prediction, alone; /* alone: on one rank */
    int64_t limit;
    hol_memory_item items[ITEMS_MAX];
    int item_count;
    int64_t rank_bytes;
    warnings warnings;
} plan;

/* ---- command line ------------------------------------------------------------------------------------------------ */

/* a number and one of the units that stand with it; 0 when it is neither */
static double parse_unit(const char *text, size_t length, const char *const *names, const double *values) {
    char copy[64], *end = NULL;
    if (length >= sizeof copy) return 0;
    memcpy(copy, text, length);
    copy[length] = '\0';
    const double number = strtod(copy, &end);
    if (end == copy || !(number > 0) || !isfinite(number)) return 0;
    for (int i = 0; names[i]; i++)
        if (strcasecmp(end, names[i]) == 0) return number * values[i];
    return 0;
}

static hol_status parse_network(const char *text, arguments *a) {
    static const char *const times[] = {"s", "ms", "us", "ns", NULL};
    static const double seconds[] = {1, 1e-3, 1e-6, 1e-9};
    static const char *const rates[] = {"gbit", "mbit", "GB", "MB", NULL};
    static const double bytes[] = {1.25e8, 1.25e5, 1e9, 1e6};
    const size_t comma = strcspn(text, ",");
    if (text[comma] == ',') {
        a->latency = parse_unit(text, comma, times, seconds);
        a->bandwidth = parse_unit(text + comma + 1, strlen(text + comma + 1), rates, bytes);
        if (a->latency > 0 && a->bandwidth > 0) return HOL_OK;
    }
    return hol_error(HOL_USAGE,
                     "--network: found \"%s\", expected LATENCY,BANDWIDTH such as 2us,100gbit or 0.05ms,118MB", text);
}

#define AT(member) HOL_AT(arguments, member)
static const hol_option option_rows[] = {
    {HOL_ARGUMENT("CONFIG"), AT(config_path), HOL_TEXT(NULL, "the path of a YAML file")},
    {HOL_OPTION("ranks", 0, "R", 1, "Ranks in all (default: 1)"), AT(ranks), HOL_INTEGER(1, 1, COUNT_MAX)},
    {HOL_OPTION("threads", 0, "T", 1, "Threads of a rank (default: 1)"), AT(threads), HOL_INTEGER(1, 1, 4096)},
    {HOL_OPTION("node-ranks", 0, "N", 1, "Ranks on a node (default: 1)"), AT(node_ranks), HOL_INTEGER(1, 1, 4096)},
    {HOL_OPTION("network", 0, "L,B", 1,
                "Latency and bandwidth of a node's link, as holode bench --network measures them (default: "
                "2us,100gbit)"),
     AT(network), HOL_TEXT("2us,100gbit", "a link")},
    {HOL_OPTION("visible", 0, "N", 1, "Columns of the data, where the file is not here"), AT(visible),
     HOL_INTEGER(0, 1, INT32_MAX)},
    {HOL_OPTION("states", 0, "Q", 1, "States of each of these columns (default: bits)"), AT(states),
     HOL_INTEGER(0, 2, HOL_STATES_MAX)},
    {HOL_OPTION("samples", 0, "N", 1, "Rows of the data, where the file is not here"), AT(samples),
     HOL_INTEGER(0, 1, INT64_C(1) << 40)},
    {HOL_OPTION("missing", 0, NULL, 1, "Rows lack values, where the file is not here"), AT(missing), HOL_GIVEN},
    {HOL_OPTION("memory", 0, "GB", 1, "Memory of a node (default: this machine's)"), AT(memory),
     HOL_NUMBER(0, 1e-3, 1e6)},
    {HOL_OPTION("speed", 0, "X", 1, "How many times as fast as here the cores are there (default: 1)"), AT(speed),
     HOL_NUMBER(1, 1e-3, 1e3)},
    {HOL_OPTION("curve", 0, "strong|weak", 1,
                "A table for 1 to 4096 ranks: of the same batch and chains (strong), or of as many for each rank as "
                "--ranks 1 has (weak)"),
     AT(curve), HOL_CHOICE(CURVE_NONE, "strong", "weak"), .may_be_bare = true},
    {HOL_OPTION("set", 's', "KEY=VALUE", 1, "Override a key of the config; repeatable"), AT(overrides),
     HOL_WORDS("KEY=VALUE")},
    {HOL_OPTION("json", 0, NULL, 1, "Print one JSON object"), AT(json), HOL_GIVEN},
};

/* defaults that are no constants, and bytes */
static hol_status settle(void *values) {
    arguments *a = values;
    a->memory = a->memory > 0 ? 1e9 * a->memory : (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);
    return parse_network(a->network, a);
}

static const hol_options options = {
    HOL_ROWS(option_rows),
    .usage = "CONFIG",
    .help =
        "Predicts memory, network traffic and time of the run that CONFIG describes, from a few seconds of measuring "
        "on this machine.\vTimes are those of this machine's cores; more threads than it has count as many times "
        "faster.",
    .settle = settle,
};

/* ---- data -------------------------------------------------------------------------------------------------------- */

/* Means of the columns over the first rows: the kernels' time depends on how many ones there are, and where. NULL where
 * columns are not units. */
static hol_status read_means(hol_dataset *data, double **ret_means) {
    hol_status status = HOL_OK;
    const int64_t columns = hol_dataset_get_columns(data), all = hol_dataset_get_rows(data);
    const int64_t rows = all < MEANS_ROWS ? all : MEANS_ROWS;
    uint16_t *levels = NULL;
    double *means = NULL;
    if (hol_dataset_get_kind(data) == HOL_DATASET_STATES) return HOL_OK;
    HOL_TRY(HOL_ALLOCATE(levels, columns, "row"));
    HOL_TRY(HOL_ALLOCATE(means, columns, "means"));
    for (int64_t r = 0; r < rows; r++) {
        HOL_TRY(hol_dataset_read(data, r, 1, levels));
        for (int64_t i = 0; i < columns; i++) means[i] += levels[i] / (UINT16_MAX * (double)rows);
    }
    *ret_means = means;
    means = NULL;
cleanup:
    hol_free(levels);
    hol_free(means);
    return status;
}

/* One of the data sets; NULL without, when its sizes are given. */
static hol_status open_data(plan *self, hol_comm *comm, const char *key, const char *reference, hol_dataset **ret) {
    const arguments *a = &self->arguments;
    if (a->samples > 0 && (a->visible > 0 || hol_config_get_kind(self->config)->self_contained)) return HOL_OK;
    if (!reference[0])
        return hol_error(HOL_USAGE,
                         "%s: data.%s: missing, expected a data set as FILE or FILE:SPLIT (--visible and --samples "
                         "stand for one)",
                         a->config_path, key);
    const hol_status status = hol_cli_open_data(comm, self->config, reference, key, false, ret);
    if (status == HOL_OK) return HOL_OK;
    return hol_error_replace(status, hol_error_code(status),
                             "%s (--visible and --samples stand for a file that is not here)",
                             hol_error_message(status));
}

/* Sizes, and means of columns, from the files where they are, else sizes alone from the options. */
static hol_status find_sizes(plan *self, hol_comm *comm) {
    hol_status status = HOL_OK;
    arguments *a = &self->arguments;
    const char *valid = self->config->data.valid;
    HOL_TRY(open_data(self, comm, "train", self->config->data.train, &self->train_data));
    if (valid[0]) HOL_TRY(open_data(self, comm, "valid", valid, &self->valid_data));
    if (a->visible == 0 && self->train_data) a->visible = hol_dataset_get_columns(self->train_data);
    if (a->samples == 0) a->samples = hol_dataset_get_rows(self->train_data);
    const hol_dataset *data = self->train_data;
    self->data = (hol_training_data){.samples = a->samples,
                                     .valid_samples = valid[0] ? a->samples : 0,
                                     .binary = !data || hol_dataset_is_binary(data),
                                     .labelled_grey = data && hol_dataset_is_labelled_grey(data),
                                     .missing = data ? hol_dataset_has_missing(data) : a->missing};
    self->data.valid_missing = self->valid_data ? hol_dataset_has_missing(self->valid_data) : valid[0] && a->missing;
    if (self->valid_data) self->data.valid_samples = hol_dataset_get_rows(self->valid_data);
    if (self->train_data)
        HOL_TRY(hol_sample_weights_read(comm, self->config->data.weights, self->train_data, &self->weights));
    const char *weights = self->config->data.weights;
    if (!self->train_data && weights[0] && strcmp(weights, HOL_SAMPLE_WEIGHTS_NONE) != 0)
        self->data.weights = &self->unread;
    else self->data.weights = self->weights;
    self->unread = (hol_sample_weights){.rows = a->samples, .sum = a->samples};
    if (self->train_data && a->visible == hol_dataset_get_columns(self->train_data))
        HOL_TRY(hol_comm_agree(comm, read_means(self->train_data, &self->means)));
cleanup:
    return status;
}

/* Columns of so many states, where no data say it. */
static hol_status add_states(plan *self) {
    hol_status status = HOL_OK;
    const arguments *a = &self->arguments;
    if (a->states == 0) return HOL_OK;
    if (self->train_data || !hol_config_get_kind(self->config)->takes_columns)
        return hol_error(HOL_USAGE, "--states: found %lld %s, expected none%s", (long long)a->states,
                         self->train_data ? "beside a data set that is here" : "of a model without columns of states",
                         self->train_data ? " (--visible and --samples stand for the file)" : "");
    HOL_TRY(HOL_ALLOCATE(self->parts.cardinalities, a->visible, "columns"));
    for (int64_t c = 0; c < a->visible; c++) self->parts.cardinalities[c] = (int32_t)a->states;
    self->model.structures[self->model.structure_count++] = (hol_structure){
        .name = "cardinalities", .rows = 1, .columns = a->visible, .values = self->parts.cardinalities};
cleanup:
    return status;
}

/* Resident memory of this process as it stands; *ret_files: what of it belongs to files, such as libraries. */
static int64_t resident(int64_t *ret_files) {
    long long pages = 0, files = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file && fscanf(file, "%*d %lld %lld", &pages, &files) != 2) pages = files = 0;
    if (file) (void)fclose(file); /* read only: nothing can be lost */
    *ret_files = (int64_t)files * sysconf(_SC_PAGESIZE);
    return (int64_t)pages * sysconf(_SC_PAGESIZE);
}

/* ---- planning ---------------------------------------------------------------------------------------------------- */

/* ---- output ------------------------------------------------------------------------------------------------------ */

static void warn(warnings *w, const char *format, ...) HOL_FORMAT(2, 3);
static void warn(warnings *w, const char *format, ...) {
    va_list list;
    va_start(list, format);
    if (w->count < WARNINGS_MAX) (void)vsnprintf(w->texts[w->count++], sizeof w->texts[0], format, list);
    va_end(list);
}

/* What a step has beside the rank's part of one rank's work, where that is more than half of it. */
static void warn_of_losses(const arguments *a, const hol_cost_prediction *p, const hol_cost_prediction *one,
                           warnings *w) {
    const double part = 1 / (double)a->ranks, percent = 100 / p->step;
    if (a->ranks == 1 || 2 * one->step * part >= p->step) return;
    const double update = p->update - one->update * part;
    const double blocks = p->sampling + p->statistics - (one->sampling + one->statistics) * part;
    warn(w,
         "efficiency %.0f%%: of a step %.0f%% are sums over ranks, %.0f%% the update, which every rank makes, and "
         "%.0f%% whole blocks of 64 where a rank's share is less",
         percent * one->step * part, percent * p->exposed, percent * fmax(update, 0), percent * fmax(blocks, 0));
}

static void find_warnings(plan *self) {
    const arguments *a = &self->arguments;
    warnings *w = &self->warnings;
    const long long batch = hol_bits_blocks(self->layout.batch_size), chains = hol_bits_blocks(self->layout.chains),
                    ranks = a->ranks;
    const long long blocks = batch < chains && !self->layout.exact ? batch : chains;
    if (blocks < ranks)
        warn(w, "found %lld blocks of 64 for %lld ranks: %lld ranks would have nothing to do", blocks, ranks,
             ranks - blocks);
    else if (blocks % ranks > 0 && blocks < 8 * ranks)
        warn(w, "%lld blocks of 64 do not divide by %lld ranks: some have more work than others", blocks, ranks);
    if (blocks >= ranks && blocks < ranks * a->threads)
        warn(w, "found %lld blocks of 64 for %lld threads in all, expected one or more for each", blocks,
             ranks * (long long)a->threads);
    const long long here = a->node_ranks < a->ranks ? a->node_ranks : a->ranks;
    const double node = (double)here * (double)self->rank_bytes;
    if (node > a->memory)
        warn(w, "%lld ranks take %.1f GB of a node's memory, which has %.1f GB", here, node * 1e-9, a->memory * 1e-9);
    warn_of_losses(a, &self->prediction, &self->alone, w);
}

static void add_item(plan *self, const char *name, int64_t bytes) {
    if (bytes <= 0 || self->item_count == ITEMS_MAX) return;
    self->items[self->item_count++] = (hol_memory_item){.name = name, .bytes = bytes};
    self->rank_bytes += bytes;
}

static void add_up_memory(plan *self) {
    int64_t files = 0;
    (void)resident(&files);
    add_item(self, "program, libraries and MPI", self->base_bytes);
    /* a run uses what this process has used of them by now: HDF5, kernels */
    add_item(self, "libraries in use", files - self->file_bytes);
    for (int i = 0; i < self->footprint.count; i++)
        add_item(self, self->footprint.items[i].name, self->footprint.items[i].bytes);
    /* what MPI may keep of messages that came too early */
    if (self->prediction.nodes > 1) add_item(self, "messages in flight", self->prediction.message_bytes);
}

static void predict(plan *self) {
    const arguments *a = &self->arguments;
    self->layout = (hol_cost_layout){.ranks = a->ranks,
                                     .node_ranks = a->node_ranks,
                                     .threads = a->threads,
                                     .speed = a->speed,
                                     .latency = a->latency,
                                     .bandwidth = a->bandwidth,
                                     .batch_size = self->trainer.batch_size,
                                     .chains = hol_trainer_chains(&self->trainer),
                                     .exact = hol_trainer_is_exact(&self->trainer)};
    hol_cost_layout one = self->layout;
    one.ranks = 1;
    self->prediction = hol_cost_predict(&self->cost, &self->layout);
    self->alone = hol_cost_predict(&self->cost, &one);
    self->limit = hol_cost_find_limit(&self->cost, &self->layout, CURVE_MAX);
    add_up_memory(self);
    find_warnings(self);
}

/* ---- output ------------------------------------------------------------------------------------------------------ */

static void add_bytes(hol_result *to, const char *name, const char *label, int64_t bytes, double scale,
                      const char *unit) {
    hol_result_quantity(to, &(hol_quantity){name, NULL, label, (double)bytes, 0, 1, unit, scale}, NULL);
}

static const char *plural(int64_t count) { return count == 1 ? "" : "s"; }

/* columns of the data where they are known */
static int64_t visible_of(const plan *self) {
    const hol_model *model = self->footprint.training.model;
    const bool has_sites = model->ops->takes_columns && model->info.columns.count > 0;
    return self->arguments.visible > 0 && !has_sites ? self->arguments.visible : model->info.visible;
}

static void add_run(const plan *self, hol_result *to) {
    char size[64], batch[32] = "exact positive phase";
    const arguments *a = &self->arguments;
    const hol_model *model = self->footprint.training.model;
    const int64_t nodes = self->prediction.nodes;
    hol_result_text(to, "model", model->ops->kind);
    hol_result_number(to, "visible", (double)visible_of(self));
    hol_result_number(to, "hidden", (double)model->info.hidden);
    hol_result_number(to, "parameters", (double)model->info.parameters);
    hol_result_number(to, "ranks", (double)a->ranks);
    hol_result_number(to, "threads", (double)a->threads);
    hol_result_number(to, "nodes", (double)nodes);
    hol_model_describe_size(model->info.columns.count, visible_of(self), model->info.hidden, size, sizeof size);
    if (!self->layout.exact) (void)snprintf(batch, sizeof batch, "batch %lld", (long long)self->layout.batch_size);
    hol_result_line(to, NULL,
                    "%s, %s, %lld parameters; %s, %lld chains, k = %lld; %lld rank%s of %lld thread%s on %lld node%s",
                    model->ops->kind, size, (long long)model->info.parameters, batch, (long long)self->layout.chains,
                    (long long)self->trainer.sweeps, (long long)a->ranks, plural(a->ranks), (long long)a->threads,
                    plural(a->threads), (long long)nodes, plural(nodes));
}

/* Readers get what can be seen beside the whole. */
static void add_memory(const plan *self, hol_result *to) {
    enum { SHOWN_FROM = 50000 };
    hol_result_line(to, NULL, "\nmemory of a rank");
    hol_result_open(to, "memory");
    for (int i = 0; i < self->item_count; i++) {
        const hol_memory_item *item = &self->items[i];
        add_bytes(to, item->name, item->bytes >= SHOWN_FROM ? item->name : NULL, item->bytes, 1e-6, "MB");
    }
    hol_result_close(to);
    add_bytes(to, "rank_bytes", "in all", self->rank_bytes, 1e-6, "MB");
    hol_result_number(to, "message_bytes", (double)self->prediction.message_bytes);
    hol_result_number(to, "sent_bytes", (double)self->prediction.sent_bytes);
    hol_result_number(to, "messages", self->prediction.messages);
    hol_result_number(to, "turns", self->prediction.turns);
    hol_result_number(to, "checkpoint_bytes", (double)self->footprint.checkpoint_bytes);
}

static void add_times(const plan *self, hol_result *to) {
    const hol_cost_prediction *p = &self->prediction;
    const struct {
        const char *name, *label;
        double seconds;
    } rows[] = {{"sampling", "fields and sampling", p->sampling},
                {"statistics", "statistics", p->statistics},
                {"update", "update and tables", p->update},
                {"sum", NULL, p->sum},
                {"exposed", "sums over ranks, exposed", p->exposed}};
    hol_result_line(to, NULL, "\na step");
    hol_result_open(to, "seconds");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const hol_quantity row = {rows[i].name, NULL, rows[i].label, rows[i].seconds, 0, 3, "ms", 1e3};
        hol_result_quantity(to, &row, " %7.1f%%", 100 * rows[i].seconds / p->step);
    }
    hol_result_quantity(to, &(hol_quantity){"step", NULL, "in all", p->step, 0, 3, "ms", 1e3}, NULL);
    hol_result_number(to, "run", p->step * (double)self->trainer.schedule.steps);
    hol_result_close(to);
}

static void add_whole(const plan *self, hol_result *to) {
    char duration[32];
    const char *texts[WARNINGS_MAX];
    const hol_cost_prediction *p = &self->prediction;
    const long long steps = self->trainer.schedule.steps;
    const double speed_up = self->alone.step / p->step;
    hol_clock_describe(p->step * (double)steps, duration, sizeof duration);
    hol_result_line(to, NULL, "%s", "");
    add_bytes(to, NULL, "bytes summed over ranks", p->message_bytes, 1e-6, "MB a step and node");
    if (p->nodes > 1) add_bytes(to, NULL, "sent to other nodes", p->sent_bytes, 1e-6, "MB a step and node");
    add_bytes(to, NULL, "checkpoint", self->footprint.checkpoint_bytes, 1e-6, "MB");
    hol_result_line(to, "the run", "%10s for %lld steps, evaluations and checkpoints aside", duration, steps);
    hol_result_quantity(to,
                        &(hol_quantity){"speed_up", NULL, self->arguments.ranks > 1 ? "speed-up over one rank" : NULL,
                                        speed_up, 0, 2, NULL, 1},
                        ", efficiency %.0f%%", 100 * speed_up / (double)self->arguments.ranks);
    hol_result_number(to, "limit", (double)self->limit);
    if (self->limit > 0)
        hol_result_line(to, NULL, "  sums over ranks are more than half of a step from %lld ranks on",
                        (long long)self->limit);
    else hol_result_line(to, NULL, "  sums over ranks are nowhere more than half of a step, up to %d ranks", CURVE_MAX);
    for (int i = 0; i < self->warnings.count; i++) texts[i] = self->warnings.texts[i];
    hol_result_texts(to, "warnings", texts, self->warnings.count);
}

static void add_plan(hol_comm *comm, const plan *self, hol_result *to) {
    hol_result_set_digits(to, 6);
    hol_result_set_layout(to, 2, 31, 10);
    add_run(self, to);
    add_memory(self, to);
    add_times(self, to);
    add_whole(self, to);
    hol_result_flush(to); /* before the warnings */
    for (int i = 0; i < self->warnings.count && !self->arguments.json; i++)
        hol_log_warning(comm, "%s", self->warnings.texts[i]);
}

static void add_curve(const plan *self, hol_result *to) {
    static const hol_column columns[] = {{"ranks", "ranks", 6, 0, NULL, 1},
                                         {"blocks", "blocks", 7, 0, NULL, 1},
                                         {"step", "step (ms)", 12, 3, NULL, 1e3},
                                         {"exposed", "exposed (ms)", 12, 3, NULL, 1e3},
                                         {"samples_per_second", "samples/s", 14, 0, NULL, 1},
                                         {"speed_up", "speed-up", 10, 1, NULL, 1},
                                         {"efficiency", "efficiency", 10, 0, "%", 100}};
    hol_result_set_digits(to, 6);
    hol_record *table = hol_result_table(to, "curve", columns, sizeof columns / sizeof *columns);
    double one = 0, best = 0;
    for (int64_t ranks = 1; ranks <= CURVE_MAX; ranks *= 2) {
        hol_cost_layout l = self->layout;
        l.ranks = ranks;
        if (self->arguments.curve == CURVE_WEAK) l.batch_size *= ranks, l.chains *= ranks;
        const hol_cost_prediction p = hol_cost_predict(&self->cost, &l);
        const double rate = (double)l.batch_size / p.step;
        if (ranks == 1) one = rate;
        const double speed_up = rate / one, efficiency = speed_up / (double)ranks;
        best = fmax(best, efficiency);
        hol_result_row(to, table,
                       (hol_cell[]){HOL_CELL(ranks), HOL_CELL(p.blocks), HOL_CELL(p.step), HOL_CELL(p.exposed),
                                    HOL_CELL(rate), HOL_CELL(speed_up), HOL_CELL(efficiency)});
    }
    if (best > 1.005)
        hol_result_line(
            to, NULL,
            "\nAbove 100%%: a step is timed here with as many blocks as a rank has, and each takes less time where\n"
            "there are fewer and they stay in the caches, or where this machine had less else to do.");
}

/* ---- the command ------------------------------------------------------------------------------------------------- */

/* The config becomes one without auto, as the run's does. */
static hol_status settle_config(plan *self, hol_comm *comm) {
    hol_config *settled = NULL;
    char *text = NULL, said[HOL_AUTO_SAID_SIZE];
    const hol_status status =
        hol_cli_settle_config(comm, self->config, NULL, NULL, &self->model, &self->data, &settled, &text, said);
    if (!settled) return status;
    if (*said) hol_log(comm, "%s", said);
    hol_config_destroy(self->config);
    hol_free(self->config_text);
    self->config = settled;
    self->config_text = text;
    return HOL_OK;
}

static hol_status make_plan(plan *self, hol_comm *comm) {
    hol_status status = HOL_OK;
    const arguments *a = &self->arguments;
    self->base_bytes = resident(&self->file_bytes);
    HOL_TRY(hol_cli_share_config(comm, a->config_path, a->overrides.items, a->overrides.count, &self->config_text,
                                 &self->config));
    HOL_TRY(hol_comm_agree(comm, hol_memory_create(&self->memory)));
    hol_memory_enter(self->memory, "data set");
    HOL_TRY(find_sizes(self, comm));
    self->model = hol_cli_model_options(self->config, a->visible);
    if (self->train_data) HOL_TRY(hol_cli_add_columns(comm, self->train_data, &self->model, &self->parts));
    HOL_TRY(hol_comm_agree(comm, add_states(self)));
    HOL_TRY(hol_cli_add_parts(comm, self->config, &self->model, &self->parts));
    HOL_TRY(settle_config(self, comm));
    self->trainer = hol_training_options(self->config, a->samples);
    const hol_checkpoint_facts facts =
        hol_training_facts(self->config, self->config_text, self->train_data, &self->parts, a->visible);
    HOL_TRY(
        hol_comm_agree(comm, hol_footprint_measure(comm, self->memory, self->config, a->config_path, &self->model,
                                                   &self->data, &facts, a->ranks, a->node_ranks, &self->footprint)));
    HOL_TRY(hol_cost_measure(comm, self->footprint.training.model, &self->model, &self->trainer, self->means,
                             self->data.missing, (int)a->threads, &self->cost));
    predict(self);
cleanup:
    return status;
}

static void release(plan *self) {
    hol_footprint_clear(&self->footprint);
    hol_memory_destroy(self->memory);
    hol_cli_parts_clear(&self->parts);
    hol_dataset_close(self->train_data);
    hol_sample_weights_destroy(self->weights);
    hol_dataset_close(self->valid_data);
    hol_free(self->means);
    hol_free(self->config_text);
    hol_config_destroy(self->config);
}

hol_status hol_command_plan(hol_comm *comm, hol_result *result, int argc, char **argv) {
    plan self = {0};
    bool done = false;
    hol_status status = hol_options_parse(comm, &options, result, argc, argv, &self.arguments, &done);
    if (status != HOL_OK || done) return status;
    status = make_plan(&self, comm);
    if (self.arguments.json) hol_result_set_form(result, HOL_FORM_JSON);
    if (status == HOL_OK && self.arguments.curve != CURVE_NONE) add_curve(&self, result);
    else if (status == HOL_OK) add_plan(comm, &self, result);
    release(&self);
    return status;
}
