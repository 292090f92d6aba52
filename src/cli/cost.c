/* cost: kernels timed on random states, and the arithmetic of cli/cost.h. */
#include "cli/cost.h"

#include <math.h>
#include <omp.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "model/means.h"
#include "num/bits.h"
#include "sample/population.h"
#include "train/optimiser.h"
#include "train/statistics.h"

enum { MEASURED_UNITS = 5000, ROUNDS = 5, SPEED_BYTES_MIN = 1 << 16, SPEED_BYTES = 64 << 20, PARTS = 5 };
static const int64_t points[HOL_COST_POINTS] = {1, 4, 16};
static const double measure_seconds = 0.2; /* at least, for each */

/* ---- measuring --------------------------------------------------------------------------------------------------- */

typedef struct bench {
    hol_model *model; /* owned, as is all below */
    hol_population *population;
    hol_statistics *positive, *statistics; /* positive: where it is a constant; else NULL, and the same as the other */
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
    self->model->ops->infer(self->model, self->population, &draw, false);
}

static void run_sweep(bench *self) {
    const hol_draw draw = draw_of(self);
    self->model->ops->sweep(self->model, self->population, &draw, 1);
}

static void run_statistics(bench *self) { hol_statistics_collect(self->statistics, self->population); }

static void run_prepare(bench *self) { (void)hol_error_drop(hol_model_prepare_training(self->model, self->theta)); }

/* parameters hardly move, but for what the optimiser does by itself */
static void run_update(bench *self) {
    const hol_statistics *positive = self->positive ? self->positive : self->statistics;
    hol_optimiser_update(self->optimiser, self->model, positive, self->statistics, self->step++, 1e-9, self->theta);
}

/* The shortest times of a step's parts, one after the other as in a run: each finds in the caches what the others left
 * there. */
static void time_parts(bench *self, hol_cost_times *to) {
    static const work parts[] = {run_infer, run_sweep, run_statistics, run_update, run_prepare};
    double *const best[] = {&to->infer, &to->sweep, &to->statistics, &to->update, &to->prepare};
    const double begin = hol_clock_now();
    for (int p = 0; p < PARTS; p++) *best[p] = INFINITY;
    for (int round = 0; round < ROUNDS || hol_clock_now() - begin < measure_seconds; round++) {
        for (int p = 0; p < PARTS; p++) {
            const double start = hol_clock_now();
            parts[p](self);
            *best[p] = fmin(*best[p], hol_clock_now() - start);
        }
        if (hol_clock_now() - begin > 20 * measure_seconds) break; /* a large one: once or twice will do */
    }
}

static hol_status measure_point(bench *self, int64_t blocks, bool exact, hol_cost_times *ret) {
    hol_status status = HOL_OK;
    const hol_phases phases = {.chains = blocks * HOL_LANES};
    HOL_TRY(hol_population_create(self->model, blocks * HOL_LANES, 0, 1, &self->population));
    HOL_TRY(hol_population_add_levels(self->model, self->population));
    HOL_TRY(exact ? hol_statistics_create_both(NULL, self->model, &phases, false, &self->positive, &self->statistics)
                  : hol_statistics_create(NULL, self->model, phases.chains, false, &self->statistics));
    hol_population_randomize(self->model, self->population, hol_rng_key_make(1, HOL_STREAM_INITIAL_CHAINS));
    *ret = (hol_cost_times){.blocks = blocks};
    for (int k = 0; k < 3; k++) run_sweep(self); /* to states as common as the model has them */
    time_parts(self, ret);
cleanup:
    return status;
}

static void clear_point(bench *self) {
    hol_population_destroy(self->population);
    hol_statistics_destroy(self->positive);
    hol_statistics_destroy(self->statistics);
    self->population = NULL;
    self->positive = self->statistics = NULL;
}

/* how fast one thread adds a vector to another one, as long as a phase's sums, which may stay in its caches */
static hol_status measure_memory(int64_t bytes, double *ret_speed) {
    hol_status status = HOL_OK;
    int32_t *a = NULL, *b = NULL;
    const int64_t count = (bytes < SPEED_BYTES_MIN ? SPEED_BYTES_MIN : bytes > SPEED_BYTES ? SPEED_BYTES : bytes) / 4;
    double best = INFINITY;
    HOL_TRY(HOL_ALLOCATE(a, count, "measurement"));
    HOL_TRY(HOL_ALLOCATE(b, count, "measurement"));
    for (int round = 0; round < ROUNDS; round++) {
        const double start = hol_clock_now();
        for (int64_t i = 0; i < count; i++) a[i] += b[i] + round;
        best = fmin(best, hol_clock_now() - start);
    }
    *ret_speed = a[count / 2] < 0 ? 0 : 4 * (double)count / best;
cleanup:
    hol_free(a);
    hol_free(b);
    return status;
}

/* Of columns of states alone, which are coupled in pairs where nothing is hidden, the first ones. */
static double shrink_columns(hol_model_options *options) {
    int64_t units = 0, columns = 0;
    hol_structure *cardinalities = NULL;
    for (int s = 0; s < options->structure_count; s++) {
        if (strcmp(options->structures[s].name, "cardinalities") == 0) cardinalities = &options->structures[s];
        else if (strcmp(options->structures[s].name, "alphabet") != 0) return 1;
    }
    if (!cardinalities || options->hidden > 0) return 1;
    for (int64_t c = 0; c < cardinalities->columns; c++) units += cardinalities->values[c];
    if (units <= MEASURED_UNITS) return 1;
    columns = (int64_t)ceil((double)cardinalities->columns * MEASURED_UNITS / (double)units);
    const double scale = (double)cardinalities->columns / (double)columns;
    options->visible = cardinalities->columns = columns;
    return scale;
}

/* A dense model of at most MEASURED_UNITS units has the time of a large one per parameter. */
static double shrink(hol_model_options *options) {
    const int64_t units = options->visible + options->hidden;
    if (options->structure_count > 0) return shrink_columns(options);
    if (units <= MEASURED_UNITS) return 1;
    const double scale = (double)units / MEASURED_UNITS;
    options->visible = (int64_t)ceil((double)options->visible / scale);
    options->hidden = (int64_t)ceil((double)options->hidden / scale);
    return scale;
}

/* The model with parameters. */
static hol_status make(bench *self, const hol_trainer_options *o, const hol_model_options *options,
                       const double *data_means, const hol_cost *cost) {
    hol_status status = HOL_OK;
    double *means = NULL;
    HOL_TRY(hol_model_create(options, &self->model));
    HOL_TRY(hol_optimiser_create(self->model, &o->optimiser, &self->optimiser));
    const int64_t visible = self->model->info.visible;
    HOL_TRY(HOL_ALLOCATE(self->theta, self->model->info.parameters, "parameters"));
    const int64_t count = hol_means_count(self->model);
    HOL_TRY(HOL_ALLOCATE(means, count, "means"));
    const bool known = data_means && visible == options->visible;
    for (int64_t i = 0; i < count; i++)
        means[i] = known ? data_means[(int64_t)((double)i * cost->scale)] : 0.15 + 0.1 * (double)(i % 3 - 1);
    self->model->ops->initialize(self->model, means, o->initial_weights, 1, self->theta);
    hol_optimiser_start(self->optimiser, self->model, means);
    HOL_TRY(hol_model_prepare_training(self->model, self->theta));
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

hol_status hol_cost_measure(hol_comm *comm, const hol_model *model, const hol_model_options *options,
                            const hol_trainer_options *trainer, const double *means, bool missing, int threads,
                            hol_cost *ret_cost) {
    hol_status status = HOL_OK;
    bench self = {0};
    const int here = omp_get_num_procs();
    hol_model_options smaller = *options;
    *ret_cost = (hol_cost){.model = model,
                           .levels = trainer->method == HOL_METHOD_PCD && trainer->levels > 1 ? trainer->levels : 1,
                           .sweeps = trainer->sweeps,
                           .missing_sweeps = missing ? trainer->missing_sweeps : 0,
                           .threads = threads < here ? threads : here,
                           .scale = shrink(&smaller),
                           .shared_tables = model->info.structure_count == 0};
    const hol_phases phases = hol_trainer_phases(trainer);
    ret_cost->pieces = hol_statistics_pieces_of(model, &phases);
    ret_cost->means = phases.means;
    omp_set_num_threads(ret_cost->threads);
    status = make(&self, trainer, &smaller, means, ret_cost);
    for (int p = 0; p < HOL_COST_POINTS && status == HOL_OK; p++) {
        clear_point(&self);
        status = measure_point(&self, points[p], hol_trainer_is_exact(trainer), &ret_cost->times[p]);
    }
    if (status == HOL_OK)
        status = measure_memory(hol_statistics_message_bytes(model, &phases, true), &ret_cost->memory_speed);
    HOL_TRY(hol_comm_agree(comm, status));
cleanup:
    release(&self);
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

/* a sum of so many bytes */
static double sum_seconds(const hol_cost *cost, const hol_cost_layout *l, int64_t bytes, const hol_sum_traffic *t) {
    const double here = ranks_here(l);
    const double width = (double)bytes / (double)cost->model->info.parameters; /* of a number, and a little */
    double seconds = here > 1 ? (double)bytes * (here + 1) / here / cost->memory_speed : 0;
    seconds += t->turns * l->latency + t->messages * HOL_COST_MESSAGE + (double)t->bytes / l->bandwidth;
    return seconds + (double)t->handled * width / cost->memory_speed;
}

/* the positive phase's hides behind sweeps, the negative one's behind the statistics of all but the last piece */
static void predict_sums(const hol_cost *cost, const hol_cost_layout *l, double sweeps, double negative,
                         hol_cost_prediction *p) {
    const hol_phases phases = {.batch = l->exact ? 0 : l->batch_size, .chains = l->chains, .means = cost->means};
    double sums[2] = {0};
    for (int k = 0; k < 2; k++) {
        const int64_t bytes = hol_statistics_message_bytes(cost->model, &phases, k == 1);
        const hol_sum_traffic t = hol_statistics_predict_traffic(cost->model, &phases, k == 1, p->nodes);
        p->message_bytes += bytes;
        p->sent_bytes += t.bytes;
        p->turns += t.turns;
        p->messages += t.messages;
        if (l->ranks > 1) sums[k] = sum_seconds(cost, l, bytes, &t);
    }
    const double last = 1 / (double)cost->pieces, hidden = p->nodes > 1 ? HOL_COST_HIDDEN : 0;
    p->sum = sums[0] + sums[1];
    p->exposed = fmax(0, sums[0] - hidden * sweeps) + fmax(last * sums[1], sums[1] - hidden * (1 - last) * negative);
}

/* The update of parameters, which a node's ranks share out, and tables: of tempering each rank makes all levels'
 * alone. */
static double update_seconds(const hol_cost *cost, const hol_cost_layout *l) {
    const double here = ranks_here(l);
    const double part = HOL_COST_TOGETHER + (1 - HOL_COST_TOGETHER) / here;
    const bool tables = cost->shared_tables && cost->levels == 1;
    const hol_cost_times *last = &cost->times[HOL_COST_POINTS - 1];
    return last->update * part + (double)cost->levels * last->prepare * (tables ? part : 1);
}

#define TIME(member, blocks) (time_for(cost, (blocks), offsetof(hol_cost_times, member)) * grow)

hol_cost_prediction hol_cost_predict(const hol_cost *cost, const hol_cost_layout *layout) {
    hol_cost_prediction p = {.nodes = (layout->ranks + layout->node_ranks - 1) / layout->node_ranks};
    const int64_t chains = busiest(layout->chains, layout->ranks);
    /* a smaller model's times grow with the parameters, and shrink with threads that this machine lacks */
    const double grow = cost->scale * cost->scale * (double)cost->threads / ((double)layout->threads * layout->speed);
    const int64_t batch = layout->exact ? 0 : busiest(layout->batch_size, layout->ranks);
    p.blocks = layout->exact ? chains : batch;
    const double levels = (double)cost->levels, negative = TIME(statistics, chains);
    /* before exchanges each level's energies are taken, which is what fields are */
    const double sweeps =
        levels * ((double)cost->sweeps * TIME(sweep, chains) + (levels > 1 ? TIME(infer, chains) : 0));
    p.sampling = TIME(infer, batch) + (double)cost->missing_sweeps * TIME(sweep, batch) + sweeps;
    p.statistics = TIME(statistics, batch) + negative;
    p.update = update_seconds(cost, layout) * grow;
    predict_sums(cost, layout, sweeps, negative, &p);
    p.step = p.sampling + p.statistics + p.update + p.exposed;
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
