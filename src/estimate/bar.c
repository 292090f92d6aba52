/* bar: a tempering run that keeps D, and the equations solved on it. */
#include "estimate/bar.h"

#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "num/bits.h"
#include "num/elementary.h"
#include "sample/population.h"

enum { ITERATIONS_MAX = 200, SOLUTIONS = HOL_BAR_PIECES + 1 };

typedef struct record {
    int64_t levels, rounds, lanes; /* lanes: owned chains */
    double *differences;           /* owned: (levels, rounds, lanes) */
} record;

/* ---- the run ----------------------------------------------------------------------------------------------------- */

static void keep(const hol_tempering *tempering, int64_t round, record *r) {
    for (int64_t l = 0; l < r->levels; l++)
        memcpy(r->differences + (l * r->rounds + round) * r->lanes, hol_tempering_get_differences(tempering, l),
               (size_t)r->lanes * sizeof *r->differences);
}

static void run(hol_tempering *tempering, const hol_bar_options *o, record *r) {
    for (int64_t round = -o->settle; round < r->rounds; round++) {
        const uint32_t step = (uint32_t)(round + o->settle);
        hol_tempering_swap(tempering, step);
        if (round >= 0) keep(tempering, round, r);
        hol_tempering_sweep(tempering, step, 0, 1);
    }
}

/* ---- the equations ----------------------------------------------------------------------------------------------- */

/* Both sides of pair l's equation at `delta`, over rounds [first, first + count), added in units of 2^-30. */
static void add_sides(const record *r, int64_t l, double gap, double delta, int64_t first, int64_t count,
                      int64_t sides[2]) {
    int64_t low = 0, high = 0;
    const int64_t begin = first * r->lanes, end = (first + count) * r->lanes;
    const double *below = r->differences + l * r->rounds * r->lanes, *above = below + r->rounds * r->lanes;
#pragma omp parallel for default(none) shared(below, above, begin, end, gap, delta) reduction(+ : low, high)
    for (int64_t i = begin; i < end; i++) {
        low += (int64_t)(0x1p30 * hol_logistic(-(gap * below[i] + delta)));
        high += (int64_t)(0x1p30 * hol_logistic(gap * above[i] + delta));
    }
    sides[0] += low;
    sides[1] += high;
}

/* deltas is (SOLUTIONS, pairs): of all rounds, then of each piece. Bennett's own iteration: delta moves by the logarithm of
 * the sides' ratio, until it stands still in the whole numbers' resolution. */
static hol_status solve(hol_comm *comm, const record *r, const double *betas, double *deltas) {
    hol_status status = HOL_OK;
    const int64_t pairs = r->levels - 1, piece = r->rounds / HOL_BAR_PIECES;
    int64_t *sides = NULL;
    HOL_TRY(hol_comm_agree(comm, HOL_ALLOCATE(sides, SOLUTIONS * pairs * 2, "acceptance ratios")));
    for (int iteration = 0; iteration < ITERATIONS_MAX; iteration++) {
        double moved = 0;
        memset(sides, 0, (size_t)(SOLUTIONS * pairs * 2) * sizeof *sides);
        for (int64_t s = 0; s < SOLUTIONS; s++)
            for (int64_t l = 0; l < pairs; l++)
                add_sides(r, l, betas[l + 1] - betas[l], deltas[s * pairs + l], s ? (s - 1) * piece : 0,
                          s ? piece : r->rounds, sides + (s * pairs + l) * 2);
        HOL_TRY(hol_comm_sum_i64(comm, sides, SOLUTIONS * pairs * 2));
        for (int64_t i = 0; i < SOLUTIONS * pairs; i++) {
            /* a side of 0: no overlap at all; a bounded step all the same */
            const double step = hol_ln((double)sides[2 * i] + 1) - hol_ln((double)sides[2 * i + 1] + 1);
            deltas[i] += step;
            moved = fmax(moved, fabs(step));
        }
        if (moved < 1e-9) break;
    }
cleanup:
    hol_free(sides);
    return status;
}

static double sum_of(const double *values, int64_t count) {
    double sum = 0;
    for (int64_t i = 0; i < count; i++) sum += values[i];
    return sum;
}

/* the pieces' totals: their spread is the error, their trend the drift */
static void judge(const double *deltas, int64_t pairs, hol_bar_result *result) {
    double totals[HOL_BAR_PIECES], mean = 0, squares = 0, trend = 0;
    for (int p = 0; p < HOL_BAR_PIECES; p++) mean += (totals[p] = sum_of(deltas + (p + 1) * pairs, pairs)) / HOL_BAR_PIECES;
    for (int p = 0; p < HOL_BAR_PIECES; p++) {
        squares += (totals[p] - mean) * (totals[p] - mean);
        trend += (p < HOL_BAR_PIECES / 2 ? -totals[p] : totals[p]) / (HOL_BAR_PIECES / 2);
    }
    result->standard_error = sqrt(squares / (HOL_BAR_PIECES - 1) / HOL_BAR_PIECES);
    result->drift = result->standard_error > 0 ? trend / (2 * result->standard_error) : 0;
}

static void start(const hol_bar_options *o, hol_tempering *tempering) {
    hol_tempering_randomize(tempering);
    for (int64_t l = 0; o->starts && l < o->levels; l++) hol_population_copy(o->starts, hol_tempering_get(tempering, l));
}

hol_status hol_bar_estimate(hol_comm *comm, hol_model *model, const float *theta, const hol_bar_options *options,
                            hol_bar_result *ret_result) {
    hol_status status = HOL_OK;
    const hol_bar_options *o = options;
    const hol_tempering_options t = {.chains = o->chains, .levels = o->levels, .betas = o->betas, .seed = o->seed};
    const int64_t pairs = o->levels - 1;
    hol_tempering *tempering = NULL;
    record r = {.levels = o->levels, .rounds = hol_round_up(o->rounds, HOL_BAR_PIECES)};
    double *deltas = NULL, *rates = NULL;
    int64_t first = 0;
    status = hol_tempering_create(model, &t, hol_comm_rank(comm), hol_comm_size(comm), &tempering);
    if (status == HOL_OK) hol_population_get_owned(hol_tempering_get(tempering, 0), &first, &r.lanes);
    if (status == HOL_OK) status = HOL_ALLOCATE(r.differences, r.levels * r.rounds * r.lanes, "tempering's energies");
    if (status == HOL_OK) status = HOL_ALLOCATE(deltas, SOLUTIONS * pairs, "acceptance ratios");
    if (status == HOL_OK) status = HOL_ALLOCATE(rates, o->levels, "acceptance ratios");
    HOL_TRY(hol_comm_agree(comm, status));
    HOL_TRY(hol_tempering_prepare(tempering, theta, o->visible_means));
    start(o, tempering);
    run(tempering, o, &r);
    HOL_TRY(solve(comm, &r, o->betas, deltas));
    HOL_TRY(hol_tempering_take_rates(tempering, comm, rates));
    *ret_result = (hol_bar_result){.log_partition = hol_tempering_get_start_log_partition(tempering) + sum_of(deltas, pairs),
                                   .least_rate = 1, .rounds = r.rounds};
    for (int64_t l = 0; l < pairs; l++) ret_result->least_rate = fmin(ret_result->least_rate, rates[l]);
    judge(deltas, pairs, ret_result);
cleanup:
    hol_tempering_destroy(tempering);
    hol_free(r.differences);
    hol_free(deltas);
    hol_free(rates);
    return status;
}
