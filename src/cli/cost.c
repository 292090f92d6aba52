/* cost: measurements on random states, and the arithmetic of cli/cost.h. */
#include "cli/cost.h"

#include <malloc.h>
#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "cli/model.h"
#include "io/checkpoint.h"
#include "num/bits.h"
#include "num/counts.h"
#include "sample/population.h"
#include "train/optimiser.h"
#include "train/state.h"
#include "train/statistics.h"

enum { MEASURED_UNITS = 5000, ROUNDS = 5, SPEED_BYTES = 64 << 20, MESSAGE_PIECE = 1 << 20, PIECES_MAX = 16 };
static const int64_t points[HOL_COST_POINTS] = {1, 4, 16};
static const double measure_seconds = 0.05; /* at least, for each */

/* ---- memory ------------------------------------------------------------------------------------------------------ */

static int64_t allocated(void) {
#if defined(__GLIBC__)
    const struct mallinfo2 m = mallinfo2();
    return (int64_t)(m.uordblks + m.hblkhd);
#else
    return 0;
#endif
}

/* resident memory of this process as it stands */
static int64_t resident(void) {
    long long pages = 0, total = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file) return 0;
    if (fscanf(file, "%lld %lld", &total, &pages) != 2) pages = 0;
    (void)fclose(file);
    return (int64_t)pages * sysconf(_SC_PAGESIZE);
}

/* ---- measuring --------------------------------------------------------------------------------------------------- */

typedef struct bench {
    hol_model *model; /* owned, as is all below */
    hol_population *population;
    hol_statistics *statistics;
    hol_optimiser *optimiser;
    float *theta;
    uint32_t step;
} bench;

typedef void (*work)(bench *);

static hol_draw draw_of(bench *self) {
    return (hol_draw){.key = hol_rng_key_make(1, HOL_STREAM_NEGATIVE), .step = self->step++};
}

static void run_infer(bench *self) {
    const hol_draw draw = draw_of(self);
    self->model->ops->infer(self->model, self->population, self->model->info.infer_draws ? &draw : NULL);
}

static void run_sweep(bench *self) {
    const hol_draw draw = draw_of(self);
    self->model->ops->sweep(self->model, self->population, &draw, 1);
}

static void run_statistics(bench *self) { hol_statistics_collect(self->statistics, self->population); }

static void run_prepare(bench *self) { (void)self->model->ops->prepare(self->model, self->theta); }

/* equal statistics: parameters stay as they are, but for what the optimiser does by itself */
static void run_update(bench *self) {
    hol_optimiser_update(self->optimiser, self->model, self->statistics, self->statistics, self->step++, 1e-9,
                         self->theta);
    run_prepare(self);
}

static double time_of(bench *self, work run) {
    double best = INFINITY;
    run(self);
    const double begin = hol_clock_now();
    for (int round = 0; round < ROUNDS || hol_clock_now() - begin < measure_seconds; round++) {
        const double start = hol_clock_now();
        run(self);
        const double seconds = hol_clock_now() - start;
        if (seconds < best) best = seconds;
        if (hol_clock_now() - begin > 40 * measure_seconds) break; /* a large one: once or twice will do */
    }
    return best;
}

static hol_status measure_point(bench *self, int64_t blocks, hol_cost_times *ret) {
    hol_status status = HOL_OK;
    HOL_TRY(hol_population_create(self->model, blocks * HOL_LANES, 0, 1, &self->population));
    HOL_TRY(hol_statistics_create(NULL, self->model, blocks * HOL_LANES, false, &self->statistics));
    hol_population_randomize(self->model, self->population, hol_rng_key_make(1, HOL_STREAM_INITIAL_CHAINS));
    *ret = (hol_cost_times){.blocks = blocks};
    for (int k = 0; k < 3; k++) run_sweep(self); /* to states as common as the model has them */
    ret->sweep = time_of(self, run_sweep);
    ret->infer = time_of(self, run_infer);
    ret->statistics = time_of(self, run_statistics);
cleanup:
    return status;
}

static void clear_point(bench *self) {
    hol_population_destroy(self->population);
    hol_statistics_destroy(self->statistics);
    self->population = NULL;
    self->statistics = NULL;
}

/* how fast one thread adds a vector to another one, both out of its caches */
static hol_status measure_memory(double *ret_speed) {
    hol_status status = HOL_OK;
    int32_t *a = NULL, *b = NULL;
    const int64_t count = SPEED_BYTES / 4;
    double best = INFINITY;
    HOL_TRY(HOL_ALLOCATE(a, count, "measurement"));
    HOL_TRY(HOL_ALLOCATE(b, count, "measurement"));
    for (int round = 0; round < ROUNDS; round++) {
        const double start = hol_clock_now();
        for (int64_t i = 0; i < count; i++) a[i] += b[i] + round;
        best = fmin(best, hol_clock_now() - start);
    }
    *ret_speed = a[count / 2] < 0 ? 0 : (double)SPEED_BYTES / best;
cleanup:
    hol_free(a);
    hol_free(b);
    return status;
}

/* A dense model of at most MEASURED_UNITS units has the time of a large one per parameter. */
static double shrink(hol_model_options *options) {
    const int64_t units = options->visible + options->hidden;
    if (options->structure_count > 0 || units <= MEASURED_UNITS) return 1;
    const double scale = (double)units / MEASURED_UNITS;
    options->visible = (int64_t)ceil((double)options->visible / scale);
    options->hidden = (int64_t)ceil((double)options->hidden / scale);
    return scale;
}

/* The model with parameters, and what of memory is in proportion to parameters. */
static hol_status make(bench *self, const hol_config *config, const hol_model_options *options,
                       const double *data_means, hol_cost *cost) {
    hol_status status = HOL_OK;
    double *means = NULL;
    const double by_parameter = cost->scale * cost->scale;
    int64_t before = allocated();
    HOL_TRY(hol_model_create(options, &self->model));
    cost->model_bytes = (int64_t)((double)(allocated() - before) * by_parameter);
    before = allocated();
    const hol_optimiser_options o = config->train.optimiser;
    HOL_TRY(hol_optimiser_create(self->model, &o, &self->optimiser));
    cost->optimiser_bytes = (int64_t)((double)(allocated() - before) * by_parameter);
    if (o.cosine_gain > 0) cost->private_bytes = (int64_t)(4 * (double)self->model->info.parameters * by_parameter);
    const int64_t visible = self->model->info.visible;
    HOL_TRY(HOL_ALLOCATE(self->theta, self->model->info.parameters, "parameters"));
    HOL_TRY(HOL_ALLOCATE(means, visible, "means"));
    const bool known = data_means && visible == options->visible;
    for (int64_t i = 0; i < visible; i++)
        means[i] = known ? data_means[(int64_t)((double)i * cost->scale)] : 0.15 + 0.1 * (double)(i % 3 - 1);
    self->model->ops->initialize(self->model, means, config->train.initial_weights, 1, self->theta);
    hol_optimiser_start(self->optimiser, self->model, means);
    HOL_TRY(self->model->ops->prepare(self->model, self->theta));
cleanup:
    hol_free(means);
    return status;
}

static void release(bench *self) {
    clear_point(self);
    hol_optimiser_destroy(self->optimiser);
    hol_model_destroy(self->model);
    hol_free(self->theta);
}

/* A checkpoint's bytes: parameters and what is as many, then the chains of all levels. */
static int64_t checkpoint_bytes(const hol_config *c, const bench *self, const hol_cost *cost) {
    const hol_state state = {
        .theta = self->theta, .average = c->train.average_steps > 0 ? self->theta : NULL, .optimiser = self->optimiser};
    const int64_t empty = hol_state_bytes_of(self->model, 0, 0);
    const bool persistent = c->train.method == HOL_METHOD_PCD;
    const int64_t chains = persistent ? hol_state_bytes_of(self->model, cost->chains * cost->levels, 0) - empty : 0;
    const double parameters = (double)hol_state_bytes(self->model, &state) * cost->scale * cost->scale;
    const bool kept = c->train.positive_persistent && self->model->info.infer_draws;
    const double batch = kept ? (double)cost->batch_size * (double)self->model->info.hidden : 0;
    return (int64_t)(parameters + ((double)chains + batch) * cost->scale);
}

static void fill_sizes(const hol_config *c, const bench *self, bool binary, hol_cost *cost) {
    const hol_model *model = self->model;
    const double scale = cost->scale, by_parameter = scale * scale;
    const bool persistent = c->train.method == HOL_METHOD_PCD;
    const double steps = c->epochs * (double)cost->samples / (double)c->train.batch_size;
    (void)snprintf(cost->kind, sizeof cost->kind, "%s", model->ops->kind);
    cost->parameters = (int64_t)((double)model->info.parameters * by_parameter);
    cost->sweeps = c->train.sweeps;
    cost->shared_tables = self->model->info.structure_count == 0;
    cost->levels = persistent ? c->train.levels : 1;
    cost->steps = c->train.schedule.steps > 0 ? c->train.schedule.steps : (int64_t)ceil(steps);
    cost->batch_size = c->train.batch_size;
    cost->chains = persistent ? c->train.chains : c->train.batch_size;
    cost->parameter_bytes = cost->parameters * 4 * (c->train.average_steps > 0 ? 2 : 1);
    const int64_t largest = cost->batch_size > cost->chains ? cost->batch_size : cost->chains;
    cost->width = hol_statistics_message_bytes(model, largest) / (model->info.parameters + HOL_EXTRAS);
    const int64_t pieces = cost->parameters * cost->width / MESSAGE_PIECE + 1;
    cost->pieces = !model->ops->accumulate_part ? 1 : pieces < PIECES_MAX ? pieces : PIECES_MAX;
    const int64_t two = hol_population_bytes(model, 2 * HOL_LANES, 0, 1),
                  one = hol_population_bytes(model, HOL_LANES, 0, 1);
    cost->block_bytes = (double)(two - one) * scale;
    const bool drawn = c->data.binarize == HOL_CONFIG_BINARIZE_SAMPLE && !binary;
    cost->row_bytes = drawn ? 2.0 * (double)cost->visible : (double)((cost->visible + 63) / 64 * 8);
    const int64_t wish = c->evaluate.samples, all = cost->samples;
    cost->evaluated = (wish < all ? wish : all) * (c->data.valid[0] ? 2 : 1);
    cost->checkpoint_bytes = checkpoint_bytes(c, self, cost);
}

hol_status hol_cost_measure(hol_comm *comm, const hol_config *config, int64_t visible, int64_t samples,
                            const double *means, bool binary, int threads, hol_cost *ret_cost) {
    hol_status status = HOL_OK;
    bench self = {0};
    hol_cli_parts parts = {0};
    const int here = omp_get_num_procs();
    *ret_cost = (hol_cost){.samples = samples, .threads = threads < here ? threads : here, .base_bytes = resident()};
    hol_model_options options = hol_cli_model_options(config, visible);
    HOL_TRY(hol_cli_add_parts(comm, config, &options, &parts));
    omp_set_num_threads(ret_cost->threads);
    const int64_t hidden = options.hidden;
    ret_cost->scale = shrink(&options);
    status = make(&self, config, &options, means, ret_cost);
    for (int p = 0; p < HOL_COST_POINTS && status == HOL_OK; p++) {
        clear_point(&self);
        status = measure_point(&self, points[p], &ret_cost->times[p]);
    }
    if (status == HOL_OK) status = measure_memory(&ret_cost->memory_speed);
    HOL_TRY(hol_comm_agree(comm, status));
    ret_cost->update = time_of(&self, run_update);
    ret_cost->prepare = time_of(&self, run_prepare);
    ret_cost->visible = visible > 0 ? visible : self.model->info.visible;
    ret_cost->variables = self.model->info.columns.count;
    ret_cost->hidden = hidden;
    fill_sizes(config, &self, binary, ret_cost);
cleanup:
    release(&self);
    hol_cli_parts_clear(&parts);
    return status;
}

/* ---- predicting -------------------------------------------------------------------------------------------------- */

static double between(double x, double x0, double y0, double x1, double y1) {
    return y0 + (y1 - y0) * (x - x0) / (x1 - x0);
}

/* straight lines through the measured points, beyond the last one in its proportion; fewer blocks never take longer,
 * whatever a loaded machine measured */
static double time_for(const hol_cost *cost, int64_t blocks, size_t member) {
    double y[HOL_COST_POINTS];
    for (int p = HOL_COST_POINTS - 1; p >= 0; p--) {
        memcpy(&y[p], (const char *)&cost->times[p] + member, sizeof y[p]);
        if (p < HOL_COST_POINTS - 1) y[p] = fmin(y[p], y[p + 1]);
    }
    const hol_cost_times *last = &cost->times[HOL_COST_POINTS - 1];
    if (blocks <= 0) return 0;
    if (blocks >= last->blocks) return y[HOL_COST_POINTS - 1] * (double)blocks / (double)last->blocks;
    int p = 1;
    while (blocks > cost->times[p].blocks) p++;
    return between((double)blocks, (double)cost->times[p - 1].blocks, y[p - 1], (double)cost->times[p].blocks, y[p]);
}

static int64_t busiest(int64_t count, int64_t ranks) { return (hol_bits_blocks(count) + ranks - 1) / ranks; }

/* on a node */
static double ranks_here(const hol_cost_layout *l) {
    return (double)(l->node_ranks < l->ranks ? l->node_ranks : l->ranks);
}

/* as the measured run's sums, or wider where a curve's layout has more chains than those hold */
static int64_t width_for(const hol_cost *cost, const hol_cost_layout *l) {
    const int64_t largest = l->batch_size > l->chains ? l->batch_size : l->chains;
    if (largest > HOL_COUNT_CHAINS_MAX) return 8;
    return cost->width == 2 && largest > INT16_MAX ? 4 : cost->width;
}

static double sum_seconds(const hol_cost *cost, const hol_cost_layout *l, int64_t nodes, double bytes) {
    double seconds = 0;
    const double n = (double)nodes, here = ranks_here(l);
    if (here > 1) seconds += bytes * (here + 1) / here / cost->memory_speed;
    if (nodes == 1) return seconds;
    return seconds + 2 * ceil(log2(n)) * l->latency +
           2 * (1 - 1 / n) * bytes * (1 / l->bandwidth + 0.5 / cost->memory_speed);
}

static void add_item(hol_cost_prediction *p, const char *name, double bytes) {
    p->items[p->item_count++] = (hol_cost_item){.name = name, .bytes = (int64_t)bytes};
    p->rank_bytes += (int64_t)bytes;
}

static void fill_memory(const hol_cost *cost, const hol_cost_layout *l, hol_cost_prediction *p) {
    const double here = ranks_here(l);
    const double message = (double)p->message_bytes, ranks = (double)l->ranks;
    const int64_t chains = busiest(l->chains, l->ranks), evaluated = busiest(cost->evaluated, l->ranks);
    add_item(p, "program, libraries and MPI", (double)cost->base_bytes);
    add_item(p, "parameters", (double)cost->parameter_bytes / here);
    /* tempering has parameters of its own: where its levels begin, and those of one level */
    add_item(p, "model's tables",
             (double)cost->model_bytes / (cost->shared_tables ? here : 1) +
                 (cost->levels > 1 ? 12 * (double)cost->parameters : 0));
    add_item(p, "optimiser",
             (double)(cost->optimiser_bytes - cost->private_bytes) / here + (double)cost->private_bytes);
    const double added = p->message_bytes == 4 * cost->parameters ? 0 : 4 * (double)cost->parameters;
    add_item(p, "sums over ranks", 2 * (message * (here > 1 ? 1 + 1 / here : 1) + added));
    if (p->nodes > 1) add_item(p, "messages in flight", 2 * message);
    add_item(p, "batch", cost->block_bytes * (double)p->blocks);
    const double lanes = cost->levels > 1 ? HOL_LANES * (double)sizeof(double) : 0; /* energies */
    add_item(p, "chains", (cost->block_bytes + lanes) * (double)(cost->levels * chains));
    add_item(p, "evaluated samples", cost->block_bytes * (double)evaluated);
    add_item(p, "data set", cost->row_bytes * ceil((double)cost->samples / ranks));
}

/* The update of parameters, which a node's ranks share out, and tables: of tempering each rank makes all levels'
 * alone. */
static double update_seconds(const hol_cost *cost, const hol_cost_layout *l) {
    const double here = ranks_here(l);
    const double part = HOL_COST_TOGETHER + (1 - HOL_COST_TOGETHER) / here;
    const bool tables = cost->shared_tables && cost->levels == 1;
    return (cost->update - cost->prepare) * part + (double)cost->levels * cost->prepare * (tables ? part : 1);
}

#define TIME(member, blocks) (time_for(cost, (blocks), offsetof(hol_cost_times, member)) * grow)

hol_cost_prediction hol_cost_predict(const hol_cost *cost, const hol_cost_layout *layout) {
    hol_cost_prediction p = {.nodes = (layout->ranks + layout->node_ranks - 1) / layout->node_ranks};
    const int64_t chains = busiest(layout->chains, layout->ranks);
    /* a smaller model's times grow with the parameters, and shrink with threads that this machine lacks */
    const double grow = cost->scale * cost->scale * (double)cost->threads / ((double)layout->threads * layout->speed);
    p.blocks = busiest(layout->batch_size, layout->ranks);
    p.message_bytes = cost->parameters * width_for(cost, layout);
    const double levels = (double)cost->levels, negative = TIME(statistics, chains);
    /* before exchanges each level's energies are taken, which is what fields are */
    const double sweeps =
        levels * ((double)cost->sweeps * TIME(sweep, chains) + (levels > 1 ? TIME(infer, chains) : 0));
    p.sampling = TIME(infer, p.blocks) + sweeps;
    p.statistics = TIME(statistics, p.blocks) + negative;
    p.update = update_seconds(cost, layout) * grow;
    if (layout->ranks > 1) {
        const double last = 1 / (double)cost->pieces, hidden = p.nodes > 1 ? HOL_COST_HIDDEN : 0;
        p.sum = sum_seconds(cost, layout, p.nodes, (double)p.message_bytes);
        p.exposed = fmax(0, p.sum - hidden * sweeps) + fmax(last * p.sum, p.sum - hidden * (1 - last) * negative);
    }
    p.step = p.sampling + p.statistics + p.update + p.exposed;
    fill_memory(cost, layout, &p);
    return p;
}

int64_t hol_cost_find_limit(const hol_cost *cost, const hol_cost_layout *layout, int64_t most) {
    for (int64_t ranks = 2; ranks <= most; ranks *= 2) {
        hol_cost_layout l = *layout;
        l.ranks = ranks;
        const hol_cost_prediction p = hol_cost_predict(cost, &l);
        if (2 * p.exposed > p.step) return ranks;
    }
    return 0;
}
