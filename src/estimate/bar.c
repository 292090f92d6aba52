/* bar: a tempering run that keeps D, and the equations solved on it. */
#include "estimate/bar.h"

#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "base/task.h"
#include "num/bits.h"
#include "num/elementary.h"
#include "sample/population.h"

/* one solution of all samples, and one of each half of the rounds of each group */
enum { GROUPS = HOL_BAR_GROUPS, SOLUTIONS = 1 + 2 * GROUPS, ITERATIONS_MAX = 100 };

typedef struct record {
    int64_t levels, rounds, lanes; /* lanes: owned chains, */
    int64_t first;                 /* from this number on */
    double *differences;           /* owned: (levels, lanes, rounds) */
} record;

/* What a solution's equation needs: sums over samples of s = 1 / (1 + exp(...)) and of its square, in units of 2^-30,
 * of the lower and of the higher level. */
typedef struct sides {
    int64_t low, low_squares, high, high_squares;
} sides;
enum { SIDES = sizeof(sides) / sizeof(int64_t) };

/* ---- the run ----------------------------------------------------------------------------------------------------- */

static void keep(const hol_tempering *tempering, int64_t round, record *r) {
    for (int64_t l = 0; l < r->levels; l++) {
        const double *differences = hol_tempering_get_differences(tempering, l);
        for (int64_t c = 0; c < r->lanes; c++) r->differences[(l * r->lanes + c) * r->rounds + round] = differences[c];
    }
}

static void run(hol_comm *comm, hol_tempering *tempering, const hol_bar_options *o, record *r) {
    hol_task task;
    const int64_t rounds = o->settle + r->rounds;
    hol_task_begin(&task, comm, rounds, "%lld rounds at %lld temperatures", (long long)rounds, (long long)o->levels);
    for (int64_t round = -o->settle; round < r->rounds; round++) {
        const uint32_t step = (uint32_t)(round + o->settle);
        hol_tempering_swap(tempering, step);
        if (round >= 0) keep(tempering, round, r);
        hol_tempering_sweep(tempering, step, 0, 1);
        hol_task_move(&task, 1);
    }
    hol_task_end(&task);
}

/* The chains of even groups to the caller's states: groups alternate, so they are the even lanes of every block. */
static void start(const hol_bar_options *o, hol_tempering *tempering) {
    const uint64_t even = UINT64_C(0x5555555555555555);
    hol_tempering_randomize(tempering);
    for (int64_t l = 0; o->starts && l < o->levels; l++) {
        const hol_states *from = &o->starts->states, *to = &hol_tempering_get(tempering, l)->states;
        for (int64_t w = 0; w < to->blocks * to->stride; w++)
            to->words[w] = (from->words[w] & even) | (to->words[w] & ~even);
    }
}

/* ---- the equations ----------------------------------------------------------------------------------------------- */

static void add(double s, int64_t *sum, int64_t *squares) {
    *sum += (int64_t)(0x1p30 * s);
    *squares += (int64_t)(0x1p30 * (s * s));
}

/* Adds `count` rounds of a chain at both levels, with w = gap * D. */
static void add_rounds(const double *below, const double *above, int64_t count, double gap, double delta, sides *to) {
    sides sum = {0};
    for (int64_t i = 0; i < count; i++) {
        add(hol_logistic(-(gap * below[i] + delta)), &sum.low, &sum.low_squares);
        add(hol_logistic(gap * above[i] + delta), &sum.high, &sum.high_squares);
    }
    const int64_t *from = (const int64_t *)&sum;
    int64_t *totals = (int64_t *)to;
    for (int i = 0; i < SIDES; i++) {
#pragma omp atomic
        totals[i] += from[i];
    }
}

/* all is (pairs, SOLUTIONS): this rank's samples at deltas, (pairs, SOLUTIONS) */
static void add_sides(const record *r, const double *betas, const double *deltas, sides *all) {
    const int64_t pairs = r->levels - 1;
#pragma omp parallel for default(none) shared(r, betas, deltas, all, pairs) schedule(static)
    for (int64_t i = 0; i < pairs * r->lanes; i++) {
        const int64_t l = i / r->lanes, middle = r->rounds / 2;
        const double *below = r->differences + i * r->rounds, *above = below + r->lanes * r->rounds;
        const double gap = betas[l + 1] - betas[l], *delta = deltas + l * SOLUTIONS;
        const int64_t group = (r->first + i % r->lanes) % GROUPS, solution = 1 + 2 * group;
        sides *to = all + l * SOLUTIONS;
        add_rounds(below, above, r->rounds, gap, delta[0], to);
        add_rounds(below, above, middle, gap, delta[solution], to + solution);
        add_rounds(below + middle, above + middle, r->rounds - middle, gap, delta[solution + 1], to + solution + 1);
    }
}

/* Newton's step on the logarithm of the sides' ratio, which falls with delta; its slope is between -2 and 0, and where
 * it is almost flat the step stays bounded. A side of 0, which is no overlap at all, counts as a little more. */
static double find_step(const sides *s) {
    const double low = (double)s->low + 1, high = (double)s->high + 1;
    const double slope = 2 - (double)s->low_squares / low - (double)s->high_squares / high;
    return (hol_ln(low) - hol_ln(high)) / fmax(slope, 0.25);
}

/* deltas is (pairs, SOLUTIONS) */
static hol_status solve(hol_comm *comm, const record *r, const double *betas, double *deltas) {
    hol_status status = HOL_OK;
    const int64_t count = (r->levels - 1) * SOLUTIONS;
    sides *all = NULL;
    double moved = 1;
    HOL_TRY(hol_comm_agree(comm, HOL_ALLOCATE(all, count, "acceptance ratios")));
    for (int iteration = 0; iteration < ITERATIONS_MAX && moved > 1e-9; iteration++) {
        memset(all, 0, (size_t)count * sizeof *all);
        add_sides(r, betas, deltas, all);
        HOL_TRY(hol_comm_sum_i64(comm, (int64_t *)all, count * SIDES));
        moved = 0;
        for (int64_t i = 0; i < count; i++) {
            const double step = find_step(&all[i]);
            deltas[i] += step;
            moved = fmax(moved, fabs(step));
        }
    }
cleanup:
    hol_free(all);
    return status;
}

/* ---- what the solutions say -------------------------------------------------------------------------------------- */

static double sum_of(const double *deltas, int64_t pairs, int64_t solution) {
    double sum = 0;
    for (int64_t l = 0; l < pairs; l++) sum += deltas[l * SOLUTIONS + solution];
    return sum;
}

/* the mean of count values, `apart` from each other, and the square of its standard error */
static double mean_of(const double *values, int count, int apart, double *ret_variance) {
    double mean = 0, squares = 0;
    for (int k = 0; k < count; k++) mean += values[k * apart] / count;
    for (int k = 0; k < count; k++) squares += (values[k * apart] - mean) * (values[k * apart] - mean);
    *ret_variance = squares / (count - 1) / count;
    return mean;
}

static void judge(const double *deltas, int64_t pairs, hol_bar_result *result) {
    double totals[GROUPS], trends[GROUPS], variance = 0, others = 0;
    for (int g = 0; g < GROUPS; g++) {
        const double first = sum_of(deltas, pairs, 1 + 2 * g), last = sum_of(deltas, pairs, 2 + 2 * g);
        totals[g] = (first + last) / 2;
        trends[g] = last - first;
    }
    (void)mean_of(totals, GROUPS, 1, &variance);
    result->standard_error = sqrt(variance);
    result->drift = mean_of(trends, GROUPS, 1, &variance);
    result->drift_error = sqrt(variance);
    result->starts_gap = mean_of(totals, GROUPS / 2, 2, &variance) - mean_of(totals + 1, GROUPS / 2, 2, &others);
    result->starts_gap_error = sqrt(variance + others);
}

/* ---- all of it --------------------------------------------------------------------------------------------------- */

static hol_status check(const hol_bar_options *o) {
    if (o->chains < GROUPS)
        return hol_error(HOL_USAGE, "acceptance ratios: found %lld chains, expected at least %d", (long long)o->chains,
                         GROUPS);
    if (o->levels < 2 || o->rounds < 2)
        return hol_error(HOL_USAGE, "acceptance ratios: found %lld levels and %lld rounds, expected at least 2",
                         (long long)o->levels, (long long)o->rounds);
    return HOL_OK;
}

hol_status hol_bar_estimate(hol_comm *comm, hol_model *model, const float *theta, const hol_bar_options *options,
                            hol_bar_result *ret_result) {
    hol_status status = HOL_OK;
    const hol_bar_options *o = options;
    const hol_tempering_options t = {.chains = o->chains, .levels = o->levels, .betas = o->betas, .seed = o->seed};
    const int64_t pairs = o->levels - 1;
    hol_tempering *tempering = NULL;
    record r = {.levels = o->levels, .rounds = o->rounds};
    double *deltas = NULL, *rates = NULL;
    HOL_TRY(check(o));
    status = hol_tempering_create(model, &t, hol_comm_rank(comm), hol_comm_size(comm), &tempering);
    if (status == HOL_OK) hol_population_get_owned(hol_tempering_get(tempering, 0), &r.first, &r.lanes);
    if (status == HOL_OK)
        status = HOL_ALLOCATE(r.differences, HOL_PRODUCT(r.levels, r.rounds, r.lanes), "tempering's energies");
    if (status == HOL_OK) status = HOL_ALLOCATE(deltas, HOL_PRODUCT(SOLUTIONS, pairs), "acceptance ratios");
    if (status == HOL_OK) status = HOL_ALLOCATE(rates, o->levels, "acceptance ratios");
    HOL_TRY(hol_comm_agree(comm, status));
    HOL_TRY(hol_tempering_prepare(tempering, theta, o->visible_means));
    start(o, tempering);
    run(comm, tempering, o, &r);
    HOL_TRY(solve(comm, &r, o->betas, deltas));
    HOL_TRY(hol_tempering_take_rates(tempering, comm, rates));
    *ret_result = (hol_bar_result){
        .log_partition = hol_tempering_get_start_log_partition(tempering) + sum_of(deltas, pairs, 0), .least_rate = 1};
    for (int64_t l = 0; l < pairs; l++) ret_result->least_rate = fmin(ret_result->least_rate, rates[l]);
    judge(deltas, pairs, ret_result);
cleanup:
    hol_tempering_destroy(tempering);
    hol_free(r.differences);
    hol_free(deltas);
    hol_free(rates);
    return status;
}
