/* optimiser: stochastic gradient ascent on the (centred, penalised) likelihood.
 *
 * Parameters are long and what is done with each is little: all of it is done to one tile of rows after the other,
 * while the tile is in the cache; ranks of a team and threads have tiles of their own. */
#include "train/optimiser.h"

#include <math.h>

#include "base/alloc.h"
#include "num/clones.h"
#include "num/elementary.h"
#include "num/threads.h"
#include "train/step_size.h"

hol_status hol_optimiser_create(const hol_model *model, const hol_optimiser_options *options,
                                hol_optimiser **ret_optimiser) {
    hol_status status = HOL_OK;
    hol_optimiser *self = NULL;
    *ret_optimiser = NULL;
    if (options->centered && model->info.first_order == 0)
        return hol_error(HOL_USAGE,
                         "train.centered: found true, expected false: a model without biases has no centred gradient");
    if (options->centered && !model->ops->center)
        return hol_error(HOL_USAGE, "train.centered: found true, expected false: model %s has no centred gradient",
                         model->ops->kind);
    if (options->penalty.sparsity_cost > 0 && model->info.first_order == 0)
        return hol_error(HOL_USAGE,
                         "train.sparsity_cost: found %g, expected 0: a model without biases has none to make sparse",
                         options->penalty.sparsity_cost);
    HOL_TRY(HOL_ALLOCATE(self, 1, "optimiser"));
    self->options = *options;
    self->step_factor = 1;
    self->team = model->team;
    const int64_t parameters = model->info.parameters;
    HOL_TRY(HOL_TEAM_ALLOCATE(self->team, self->velocity, parameters, "velocity"));
    if (options->kind == HOL_OPTIMISER_ADAM)
        HOL_TRY(HOL_TEAM_ALLOCATE(self->team, self->square, parameters, "squares"));
    if (options->cosine_gain > 0)
        HOL_TRY(HOL_MEMORY_ALLOCATE(hol_team_memory(self->team), self->previous, parameters, "gradient"));
    HOL_TRY(HOL_TEAM_ALLOCATE(self->team, self->gradient, parameters, "gradient"));
    HOL_TRY(HOL_ALLOCATE(self->means, model->info.first_order, "means"));
    HOL_TRY(HOL_ALLOCATE(self->offsets, model->info.first_order, "offsets"));
    HOL_TRY(HOL_ALLOCATE(self->plain, model->info.first_order, "gradient of biases"));
    *ret_optimiser = self;
    return HOL_OK;
cleanup:
    hol_optimiser_destroy(self);
    return status;
}

void hol_optimiser_destroy(hol_optimiser *optimiser) {
    if (!optimiser) return;
    hol_team_free(optimiser->team, optimiser->velocity);
    hol_team_free(optimiser->team, optimiser->square);
    hol_free(optimiser->previous);
    hol_team_free(optimiser->team, optimiser->gradient);
    hol_free(optimiser->means);
    hol_free(optimiser->offsets);
    hol_free(optimiser->plain);
    hol_free(optimiser);
}

void hol_optimiser_list_fields(hol_optimiser *optimiser, const hol_model_info *info, hol_field_list *list) {
    const hol_optimiser none = {0}, *o = optimiser ? optimiser : &none;
    hol_model_list_parameters(info, "/optimiser/velocity", "the momentum's velocity; Adam's first moment", o->velocity,
                              HOL_FIELD_ALWAYS, list);
    hol_model_list_parameters(info, "/optimiser/square", "Adam's second moment", o->square, HOL_FIELD_OPTIONAL, list);
    hol_model_list_parameters(info, "/optimiser/previous_gradient", "with train.cosine_gain: the newest gradient",
                              o->previous, HOL_FIELD_OPTIONAL, list);
    hol_field factor =
        hol_field_vector("/optimiser", "step_factor", HOL_FIELD_F64, 1, o->previous ? &optimiser->step_factor : NULL);
    hol_field_set_presence(&factor, HOL_FIELD_OPTIONAL, "/optimiser/previous_gradient");
    hol_field_describe(&factor, NULL, NULL,
                       "with train.cosine_gain: the factor on the rate that the angles between gradients have led to");
    hol_field_list_add(list, &factor);
    if (info->first_order == 0) return;
    hol_field means = hol_field_vector("/optimiser", "means", HOL_FIELD_F64, info->first_order, o->means);
    hol_field_describe(&means, "visible + hidden", NULL, "running means of the units, for centring");
    hol_field_list_add(list, &means);
}

void hol_optimiser_start(hol_optimiser *optimiser, const hol_model *model, const double *visible_means) {
    for (int64_t i = 0; i < model->info.first_order; i++)
        optimiser->means[i] = i < model->info.visible ? visible_means[i] : 0.5;
}

bool hol_optimiser_needs_means(const hol_optimiser_options *options) {
    return options->centered || options->penalty.sparsity_cost > 0;
}

static void follow_means(hol_optimiser *self, const hol_model *model, const hol_statistics *positive) {
    const double rate = self->options.centering_rate;
    double newest[256];
    for (int64_t first = 0; first < model->info.first_order; first += 256) {
        const int64_t left = model->info.first_order - first, count = left < 256 ? left : 256;
        hol_statistics_means(positive, first, count, newest);
        for (int64_t i = 0; i < count; i++) self->means[first + i] += rate * (newest[i] - self->means[first + i]);
    }
}

HOL_CLONES static void follow_momentum(const float *gradient, float momentum, float rate, int64_t count,
                                       float *restrict velocity, float *restrict theta) {
    for (int64_t i = 0; i < count; i++) {
        velocity[i] = momentum * velocity[i] + rate * gradient[i];
        theta[i] += velocity[i];
    }
}

/* The numbers of one step. */
typedef struct moments {
    float first, second;               /* beta_1 and beta_2 */
    float first_weight, second_weight; /* 1 - beta_1 and 1 - beta_2 */
    float rate;                        /* Adam: with the first moment's bias corrected */
    float square_correction;           /* 1 / (1 - beta_2^t) */
    float epsilon;
} moments;

HOL_CLONES static void follow_adam(const float *gradient, moments m, int64_t count, float *restrict velocity,
                                   float *restrict square, float *restrict theta) {
    for (int64_t i = 0; i < count; i++) {
        velocity[i] = m.first * velocity[i] + m.first_weight * gradient[i];
        square[i] = m.second * square[i] + m.second_weight * (gradient[i] * gradient[i]);
        theta[i] += m.rate * velocity[i] / (sqrtf(square[i] * m.square_correction) + m.epsilon);
    }
}

/* 1 - decay^t */
static double known_share(double decay, int64_t t) { return decay > 0 ? 1 - hol_exp((double)t * hol_ln(decay)) : 1; }

static moments moments_at(const hol_optimiser_options *o, int64_t step, double rate) {
    return (moments){.first = (float)o->momentum,
                     .second = (float)o->square_decay,
                     .first_weight = (float)(1 - o->momentum),
                     .second_weight = (float)(1 - o->square_decay),
                     .rate = (float)(o->kind == HOL_OPTIMISER_ADAM ? rate / known_share(o->momentum, step + 1) : rate),
                     .square_correction = (float)(1 / known_share(o->square_decay, step + 1)),
                     .epsilon = (float)o->epsilon};
}

HOL_CLONES static void scale(float factor, int64_t count, float *restrict values) {
    for (int64_t i = 0; i < count; i++) values[i] *= factor;
}

/* ---- tiles of rows ----------------------------------------------------------------------------------------------- */

/* One update, as the tiles see it. */
typedef struct update {
    hol_optimiser *self;
    const hol_model *model;
    const hol_statistics *positive, *negative;
    const hol_centering *centering; /* NULL: not centred */
    bool whole;                     /* whether the gradient is looked at as a whole before anything moves */
    moments moments;
    float *theta;
    double norm; /* of the gradient before it is clipped */
} update;

static void move(const update *u, int group, hol_range rows) {
    const hol_range range = hol_model_span(u->model, group, rows);
    const moments *m = &u->moments;
    const int64_t at = range.first;
    float *velocity = u->self->velocity + at, *theta = u->theta + at;
    const float *gradient = u->self->gradient + at;
    if (u->self->options.kind == HOL_OPTIMISER_ADAM)
        follow_adam(gradient, *m, range.count, velocity, u->self->square + at, theta);
    else follow_momentum(gradient, m->first, m->rate, range.count, velocity, theta);
}

static void find_plain(const update *u, int group, hol_range rows) {
    hol_statistics_difference(u->positive, u->negative, u->model->temperature, hol_model_span(u->model, group, rows),
                              u->self->gradient);
}

/* what is left to do when the plain gradient is there, and centred */
static void finish(const update *u, int group, hol_range rows) {
    const hol_range range = hol_model_span(u->model, group, rows);
    hol_penalty_subtract(&u->self->options.penalty, u->model, u->self->means, u->theta, range, u->self->gradient);
    if (!u->whole) move(u, group, rows);
}

/* all of it, while the tile is in the cache */
static void do_all(const update *u, int group, hol_range rows) {
    find_plain(u, group, rows);
    if (u->centering) u->model->ops->center(u->model, group, rows, u->centering, u->self->gradient);
    finish(u, group, rows);
}

static void shorten(const update *u, int group, hol_range rows) {
    const hol_range range = hol_model_span(u->model, group, rows);
    const double longest = u->self->options.clip_norm;
    if (u->norm > longest) scale((float)(longest / u->norm), range.count, u->self->gradient + range.first);
}

/* this rank's tiles of a group, shared out over threads */
static void for_tiles(const update *u, int group, void (*work)(const update *, int, hol_range)) {
    const int64_t rows = hol_model_group_rows(u->model, group), tile = hol_row_tile_rows(rows);
    const hol_range mine = hol_model_rows(u->model, rows);
    const int64_t end = mine.first + mine.count;
    const bool worth = hol_worth_threads(hol_model_span(u->model, group, mine).count, 4);
#pragma omp parallel for default(none) shared(u, group, work, tile, mine, end) schedule(static) if (worth)
    for (int64_t first = mine.first; first < end; first += tile)
        work(u, group, (hol_range){.first = first, .count = end - first < tile ? end - first : tile});
}

static void for_groups(const update *u, void (*work)(const update *, int, hol_range)) {
    for (int g = 0; g < u->model->info.group_count; g++) for_tiles(u, g, work);
}

/* ---- the update -------------------------------------------------------------------------------------------------- */

static bool is_bias(const hol_model *model, int group) {
    return model->info.groups[group].offset < model->info.first_order;
}

/* What the centred gradient needs of all units, on every rank. */
static hol_centering prepare_centering(const update *u) {
    hol_optimiser *self = u->self;
    const int64_t units = u->model->info.first_order;
    for (int64_t i = 0; i < units; i++) self->offsets[i] = (float)self->means[i];
    hol_statistics_difference(u->positive, u->negative, u->model->temperature, (hol_range){.count = units},
                              self->plain);
    return (hol_centering){.offsets = self->offsets, .plain = self->plain};
}

/* biases are complete when all couplings are, of all ranks */
static void do_groups(const update *u) {
    const int count = u->model->info.group_count;
    for (int g = 0; g < count; g++)
        if (is_bias(u->model, g)) for_tiles(u, g, find_plain);
    for (int g = 0; g < count; g++)
        if (!is_bias(u->model, g)) for_tiles(u, g, do_all);
    if (u->centering) {
        hol_team_meet(u->self->team);
        u->model->ops->center_biases(u->model, u->self->gradient);
    }
    for (int g = 0; g < count; g++)
        if (is_bias(u->model, g)) for_tiles(u, g, finish);
}

/* Clipping and the angle look at the gradient as a whole, on every rank. */
static void look_at_whole(update *u) {
    hol_optimiser *self = u->self;
    const hol_optimiser_options *o = &self->options;
    const int64_t count = u->model->info.parameters;
    hol_team_meet(self->team);
    if (o->clip_norm > 0) {
        u->norm = hol_optimiser_norm(self->gradient, count);
        hol_team_meet(self->team); /* all have read it */
        for_groups(u, shorten);
        hol_team_meet(self->team);
    }
    if (o->cosine_gain > 0)
        self->step_factor =
            hol_step_size_follow(self->step_factor, o->cosine_gain, self->gradient, self->previous, count);
}

void hol_optimiser_update(hol_optimiser *optimiser, const hol_model *model, const hol_statistics *positive,
                          const hol_statistics *negative, int64_t step, double rate, float *theta) {
    const hol_optimiser_options *o = &optimiser->options;
    update u = {.self = optimiser, .model = model, .positive = positive, .negative = negative, .theta = theta};
    if (hol_optimiser_needs_means(o)) follow_means(optimiser, model, positive);
    const hol_centering centering = o->centered ? prepare_centering(&u) : (hol_centering){0};
    if (o->centered) u.centering = &centering;
    u.whole = o->clip_norm > 0 || o->cosine_gain > 0;
    if (!u.whole) u.moments = moments_at(o, step, rate);
    do_groups(&u);
    if (!u.whole) return;
    look_at_whole(&u);
    u.moments = moments_at(o, step, rate * optimiser->step_factor);
    for_groups(&u, move);
}

double hol_optimiser_norm(const float *values, int64_t count) {
    double sums[8] = {0}, sum = 0;
    for (int64_t i = 0; i < count; i++) sums[i % 8] += (double)values[i] * (double)values[i];
    for (int k = 0; k < 8; k++) sum += sums[k];
    return sqrt(sum);
}
