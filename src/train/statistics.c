/* statistics: what kernels add into 16 or 32 bits, as narrow or as wide as it travels, piece by piece. */
#include "train/statistics.h"

#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "base/sum.h"
#include "num/bits.h"
#include "num/clones.h"
#include "sample/population.h"

enum { PIECES_MAX = 16, PIECE_BYTES = 1 << 20 };

struct hol_statistics {
    const hol_model *model; /* borrowed */
    int64_t parameters;
    int64_t count;         /* chains over all ranks */
    bool joint;            /* the negative phase less the positive one, with what of the latter is kept */
    int64_t kept;          /* first entries of the positive phase behind the extras; 0 unless joint */
    hol_statistics *other; /* borrowed, of a joint positive phase: the negative one, which has all that is below */
    int width;             /* bytes of an entry that travels: 2, 4 or 8 */
    hol_sum *sum;          /* owned */
    void *part;            /* borrowed from sum: (parameters + HOL_EXTRAS + kept) of `width` */
    const void *total;
    int32_t *added; /* owned: (parameters), what the kernels add into; NULL when that is the part itself */
    double *constant; /* owned, and the team's: (parameters), in place of all of that: E[T]; NULL where it is summed */
    int pieces;
    int64_t ends[PIECES_MAX]; /* piece p is [ends[p - 1], ends[p]) */
};

/* The largest absolute value of an entry that so many of the chains add up to. */
static int64_t bound_of(const hol_statistics *self, int64_t chains) {
    const hol_model_info *info = &self->model->info;
    if (chains > self->count) chains = self->count;
    return chains * info->largest * (self->joint && info->is_signed ? 2 : 1);
}

/* Before anything is allocated. */
static hol_statistics outline(const hol_model *model, int64_t count, bool joint) {
    hol_statistics self = {.model = model, .parameters = model->info.parameters, .count = count, .joint = joint};
    const int64_t bound = bound_of(&self, count);
    self.width = bound <= INT16_MAX ? 2 : bound <= INT32_MAX ? 4 : 8;
    return self;
}

bool hol_statistics_are_joint(const hol_model *model, const hol_phases *phases) {
    return phases->batch == phases->chains && outline(model, phases->batch, true).width < 8;
}

static int64_t entries_of(const hol_statistics *self) { return self->parameters + HOL_EXTRAS + self->kept; }

/* chains of a rank, at most */
static int64_t chains_of(const hol_comm *comm, int64_t count) {
    int64_t first = 0, blocks = 0;
    hol_comm_share(hol_bits_blocks(count), comm ? hol_comm_rank(comm) : 0, comm ? hol_comm_size(comm) : 1, &first,
                   &blocks);
    return blocks * HOL_LANES;
}

static void cut_pieces(hol_statistics *self, bool cut) {
    int64_t wish = cut ? self->parameters * self->width / PIECE_BYTES + 1 : 1, end = 0;
    if (wish > PIECES_MAX) wish = PIECES_MAX;
    for (int64_t k = 1; k <= wish; k++) {
        const int64_t next = hol_model_next_row(self->model, self->parameters / wish * k);
        if (k < wish && next > end && next < self->parameters) self->ends[self->pieces++] = end = next;
    }
    self->ends[self->pieces++] = self->parameters;
}

static hol_status create(hol_comm *comm, const hol_statistics *outline, bool cut, hol_statistics **ret) {
    hol_status status = HOL_OK;
    hol_statistics *self = NULL;
    *ret = NULL;
    status = HOL_ALLOCATE(self, 1, "statistics");
    if (status == HOL_OK) {
        *self = *outline;
        cut_pieces(self, cut && comm && hol_comm_nodes(comm) > 1 && self->model->ops->accumulate_part);
        if (self->width == 8 || (self->width == 2 && !self->model->ops->accumulate_narrow))
            status =
                HOL_MEMORY_ALLOCATE(hol_team_memory(self->model->team), self->added, self->parameters, "statistics");
    }
    if (comm) status = hol_comm_agree(comm, status);
    if (status != HOL_OK) goto cleanup;
    HOL_TRY(hol_sum_create(comm, entries_of(self), self->width, bound_of(self, chains_of(comm, self->count)), 0,
                           &self->sum));
    self->part = hol_sum_get_part(self->sum);
    self->total = hol_sum_get_total(self->sum);
    *ret = self;
    return HOL_OK;
cleanup:
    hol_statistics_destroy(self);
    return status;
}

hol_status hol_statistics_create(hol_comm *comm, const hol_model *model, int64_t count, bool cut,
                                 hol_statistics **ret) {
    const hol_statistics self = outline(model, count, false);
    return create(comm, &self, cut, ret);
}

/* the one of the two, or both, that travel with the negative phase */
static hol_statistics outline_negative(const hol_model *model, const hol_phases *phases) {
    const bool joint = hol_statistics_are_joint(model, phases);
    hol_statistics self = outline(model, phases->chains, joint);
    if (joint && phases->means) self.kept = model->info.first_order;
    return self;
}

/* a positive phase without sums of its own */
static hol_status create_unsummed(hol_comm *comm, const hol_model *model, const hol_phases *phases,
                                  hol_statistics *negative, hol_statistics **ret) {
    hol_statistics *self = NULL;
    hol_status status = HOL_ALLOCATE(self, 1, "statistics");
    if (status == HOL_OK) *self = outline(model, phases->batch, false);
    if (status == HOL_OK && negative->joint) self->other = negative;
    else if (status == HOL_OK)
        status = HOL_TEAM_ALLOCATE(model->team, self->constant, model->info.parameters, "data's expectations");
    *ret = self;
    return comm ? hol_comm_agree(comm, status) : status;
}

hol_status hol_statistics_create_both(hol_comm *comm, const hol_model *model, const hol_phases *phases, bool cut,
                                      hol_statistics **ret_positive, hol_statistics **ret_negative) {
    hol_status status = HOL_OK;
    const hol_statistics negative = outline_negative(model, phases);
    *ret_positive = *ret_negative = NULL;
    const bool summed = !negative.joint && phases->batch > 0;
    if (summed) HOL_TRY(hol_statistics_create(comm, model, phases->batch, false, ret_positive));
    HOL_TRY(create(comm, &negative, cut, ret_negative));
    if (!summed) HOL_TRY(create_unsummed(comm, model, phases, *ret_negative, ret_positive));
cleanup:
    return status;
}

void hol_statistics_destroy(hol_statistics *statistics) {
    if (!statistics) return;
    hol_sum_destroy(statistics->sum);
    hol_free(statistics->added);
    hol_team_free(statistics->model->team, statistics->constant);
    hol_free(statistics);
}

double *hol_statistics_get_constant(hol_statistics *statistics) { return statistics->constant; }

int hol_statistics_pieces(const hol_statistics *statistics) { return statistics->pieces; }

/* ---- collecting -------------------------------------------------------------------------------------------------- */

static int64_t begin_of(const hol_statistics *self, int piece) { return piece == 0 ? 0 : self->ends[piece - 1]; }

/* Whether kernels add into 16 bits; else into these 32. */
static bool is_narrow(const hol_statistics *self) { return self->width == 2 && !self->added; }
static int32_t *sums_of(const hol_statistics *self) { return self->added ? self->added : self->part; }

static void clear(const hol_statistics *self, int64_t begin, int64_t end) {
    if (is_narrow(self)) memset((int16_t *)self->part + begin, 0, (size_t)(end - begin) * sizeof(int16_t));
    else memset(sums_of(self) + begin, 0, (size_t)(end - begin) * sizeof(int32_t));
}

static void add_up(const hol_statistics *self, hol_population *population, int64_t begin, int64_t end) {
    const hol_model_ops *ops = self->model->ops;
    if (is_narrow(self)) ops->accumulate_narrow(self->model, population, begin, end, (int16_t *)self->part + begin);
    else if (begin == 0 && end == self->parameters) ops->accumulate(self->model, population, sums_of(self));
    else ops->accumulate_part(self->model, population, begin, end, sums_of(self) + begin);
}

/* More chains than 32 bits hold the sums of: as many blocks at a time as they do. */
static void add_up_wide(const hol_statistics *self, hol_population *population, int64_t begin, int64_t end) {
    const int64_t blocks = INT32_MAX / self->model->info.largest / HOL_LANES;
    int64_t *wide = self->part;
    memset(wide + begin, 0, (size_t)(end - begin) * sizeof *wide);
    for (int64_t first = 0; first < population->states.blocks; first += blocks) {
        hol_population some = hol_population_get_part(population, first, blocks);
        clear(self, begin, end);
        add_up(self, &some, begin, end);
        for (int64_t i = begin; i < end; i++) wide[i] += self->added[i];
    }
}

HOL_CLONES static void narrow(const int32_t *sums, int64_t count, int16_t *to) {
    for (int64_t i = 0; i < count; i++) to[i] = (int16_t)sums[i];
}

/* A joint one's entries are added to the positive phase's, whose sign was turned. */
void hol_statistics_collect_piece(hol_statistics *statistics, hol_population *population, int piece) {
    hol_statistics *self = statistics;
    const int64_t begin = begin_of(self, piece), end = self->ends[piece];
    if (self->width == 8) {
        add_up_wide(self, population, begin, end);
    } else {
        if (!self->joint) clear(self, begin, end);
        add_up(self, population, begin, end);
        if (self->added) narrow(self->added + begin, end - begin, (int16_t *)self->part + begin);
    }
    for (int e = 0; piece + 1 == self->pieces && e < HOL_EXTRAS; e++) hol_statistics_set_extra(self, e, 0);
}

static void put(hol_statistics *self, int64_t i, int64_t value) {
    if (self->width == 8) ((int64_t *)self->part)[i] = value;
    else if (self->width == 4) ((int32_t *)self->part)[i] = (int32_t)value;
    else ((int16_t *)self->part)[i] = (int16_t)value;
}

HOL_CLONES static void negate_i32(int32_t *sums, int64_t count) {
    for (int64_t i = 0; i < count; i++) sums[i] = -sums[i];
}

HOL_CLONES static void negate_i16(int16_t *sums, int64_t count) {
    for (int64_t i = 0; i < count; i++) sums[i] = (int16_t)-sums[i];
}

/* The positive phase, into what the negative one will be added to. */
static void collect_first(hol_statistics *self, hol_population *population) {
    const bool narrow = is_narrow(self);
    clear(self, 0, self->parameters);
    add_up(self, population, 0, self->parameters);
    for (int64_t i = 0; i < self->kept; i++)
        put(self, self->parameters + HOL_EXTRAS + i, narrow ? ((int16_t *)self->part)[i] : sums_of(self)[i]);
    if (narrow) negate_i16(self->part, self->parameters);
    else negate_i32(sums_of(self), self->parameters);
}

void hol_statistics_collect(hol_statistics *statistics, hol_population *population) {
    if (statistics->other) collect_first(statistics->other, population);
    for (int p = 0; p < statistics->pieces; p++) hol_statistics_collect_piece(statistics, population, p);
}

void hol_statistics_set_extra(hol_statistics *statistics, hol_extra extra, int value) {
    put(statistics, statistics->parameters + extra, value);
}

/* ---- summing over ranks ------------------------------------------------------------------------------------------ */

hol_status hol_statistics_start_piece(hol_statistics *statistics, int piece) {
    const int64_t begin = begin_of(statistics, piece);
    const bool last = piece + 1 == statistics->pieces;
    const int64_t end = last ? entries_of(statistics) : statistics->ends[piece];
    return hol_sum_start(statistics->sum, begin, end - begin);
}

hol_status hol_statistics_start(hol_statistics *statistics) {
    hol_status status = HOL_OK;
    for (int p = 0; p < statistics->pieces; p++) HOL_TRY(hol_statistics_start_piece(statistics, p));
cleanup:
    return status;
}

void hol_statistics_poll(hol_statistics *statistics) {
    if (statistics->sum) hol_sum_poll(statistics->sum);
}

hol_status hol_statistics_finish(hol_statistics *statistics) {
    return statistics->sum ? hol_sum_finish(statistics->sum) : HOL_OK;
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

static int64_t total_at(const hol_statistics *self, int64_t i) {
    if (self->width == 8) return ((const int64_t *)self->total)[i];
    return self->width == 4 ? ((const int32_t *)self->total)[i] : ((const int16_t *)self->total)[i];
}

int64_t hol_statistics_get_extra(const hol_statistics *statistics, hol_extra extra) {
    return total_at(statistics, statistics->parameters + extra);
}

/* gradient[i] = (p[i] a - n[i] b) c, of which the difference is exact */
typedef struct factors {
    double a, b, c;
} factors;

static int64_t common_divisor(int64_t a, int64_t b) {
    while (b > 0) {
        const int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

static factors factors_of(const hol_statistics *positive, const hol_statistics *negative, double temperature) {
    const int64_t common = common_divisor(positive->count, negative->count), a = negative->count / common;
    const double all = (double)a * (double)positive->count * (double)positive->model->info.unit;
    return (factors){.a = (double)a, .b = (double)(positive->count / common), .c = 1 / (all * temperature)};
}

HOL_CLONES static void subtract_i32(const int32_t *p, const int32_t *n, factors f, int64_t count, float *gradient) {
    for (int64_t i = 0; i < count; i++) gradient[i] = (float)(((double)p[i] * f.a - (double)n[i] * f.b) * f.c);
}

HOL_CLONES static void subtract_i16(const int16_t *p, const int16_t *n, factors f, int64_t count, float *gradient) {
    for (int64_t i = 0; i < count; i++) gradient[i] = (float)(((double)p[i] * f.a - (double)n[i] * f.b) * f.c);
}

/* of negative phases less positive ones */
HOL_CLONES static void scale_i32(const int32_t *less, double c, int64_t count, float *gradient) {
    for (int64_t i = 0; i < count; i++) gradient[i] = (float)((double)-less[i] * c);
}

HOL_CLONES static void scale_i16(const int16_t *less, double c, int64_t count, float *gradient) {
    for (int64_t i = 0; i < count; i++) gradient[i] = (float)((double)-less[i] * c);
}

static void scale(const hol_statistics *joint, double c, hol_range range, float *gradient) {
    if (joint->width == 4) scale_i32((const int32_t *)joint->total + range.first, c, range.count, gradient);
    else scale_i16((const int16_t *)joint->total + range.first, c, range.count, gradient);
}

/* from expectations */
HOL_CLONES static void subtract_constant_i32(const double *p, const int32_t *n, factors f, int64_t count,
                                             float *gradient) {
    for (int64_t i = 0; i < count; i++) gradient[i] = (float)((p[i] - (double)n[i] * f.b) * f.c);
}

HOL_CLONES static void subtract_constant_i16(const double *p, const int16_t *n, factors f, int64_t count,
                                             float *gradient) {
    for (int64_t i = 0; i < count; i++) gradient[i] = (float)((p[i] - (double)n[i] * f.b) * f.c);
}

static void subtract_constant(const double *p, const hol_statistics *negative, double temperature, hol_range range,
                              float *gradient) {
    const int64_t first = range.first, count = range.count;
    const double chains = (double)negative->count * (double)negative->model->info.unit;
    const factors f = {.b = 1 / chains, .c = 1 / temperature};
    if (negative->width == 4)
        subtract_constant_i32(p + first, (const int32_t *)negative->total + first, f, count, gradient);
    else if (negative->width == 2)
        subtract_constant_i16(p + first, (const int16_t *)negative->total + first, f, count, gradient);
    else
        for (int64_t i = 0; i < count; i++)
            gradient[i] = (float)((p[first + i] - (double)total_at(negative, first + i) * f.b) * f.c);
}

static void subtract(const hol_statistics *positive, const hol_statistics *negative, factors f, hol_range range,
                     float *gradient) {
    const int64_t first = range.first, count = range.count;
    if (positive->width == 4 && negative->width == 4)
        subtract_i32((const int32_t *)positive->total + first, (const int32_t *)negative->total + first, f, count,
                     gradient);
    else if (positive->width == 2 && negative->width == 2)
        subtract_i16((const int16_t *)positive->total + first, (const int16_t *)negative->total + first, f, count,
                     gradient);
    else
        for (int64_t i = 0; i < count; i++)
            gradient[i] =
                (float)(((double)total_at(positive, first + i) * f.a - (double)total_at(negative, first + i) * f.b) *
                        f.c);
}

void hol_statistics_difference(const hol_statistics *positive, const hol_statistics *negative, double temperature,
                               hol_range range, float *gradient) {
    if (positive->constant) {
        subtract_constant(positive->constant, negative, temperature, range, gradient + range.first);
        return;
    }
    const factors f = factors_of(positive, negative, temperature);
    if (negative->joint) scale(negative, f.c, range, gradient + range.first);
    else subtract(positive, negative, f, range, gradient + range.first);
}

void hol_statistics_means(const hol_statistics *statistics, int64_t first, int64_t count, double *means) {
    const hol_statistics *self = statistics->other ? statistics->other : statistics;
    if (self->constant) {
        memcpy(means, self->constant + first, (size_t)count * sizeof *means);
        return;
    }
    const double unit = 1.0 / ((double)self->model->info.unit * (double)self->count);
    if (self->joint) first += self->parameters + HOL_EXTRAS;
    assert(!self->joint || (statistics->other && first + count <= entries_of(self)));
    for (int64_t i = 0; i < count; i++) means[i] = (double)total_at(self, first + i) * unit;
}

/* ---- what it takes ----------------------------------------------------------------------------------------------- */

static hol_statistics outline_phase(const hol_model *model, const hol_phases *phases, bool negative) {
    return negative ? outline_negative(model, phases) : outline(model, phases->batch, false);
}

static bool is_unsummed(const hol_model *model, const hol_phases *phases, bool negative) {
    return !negative && (phases->batch == 0 || hol_statistics_are_joint(model, phases));
}

int64_t hol_statistics_message_bytes(const hol_model *model, const hol_phases *phases, bool negative) {
    const hol_statistics self = outline_phase(model, phases, negative);
    return is_unsummed(model, phases, negative) ? 0 : entries_of(&self) * self.width;
}

int hol_statistics_pieces_of(const hol_model *model, const hol_phases *phases) {
    hol_statistics self = outline_negative(model, phases);
    cut_pieces(&self, model->ops->accumulate_part != NULL);
    return self.pieces;
}

hol_sum_traffic hol_statistics_predict_traffic(const hol_model *model, const hol_phases *phases, bool negative,
                                               int64_t nodes) {
    const hol_statistics self = outline_phase(model, phases, negative);
    const int64_t chains = (hol_bits_blocks(self.count) + nodes - 1) / nodes * HOL_LANES;
    if (is_unsummed(model, phases, negative)) return (hol_sum_traffic){0};
    return hol_sum_predict((int)nodes, entries_of(&self), self.width, bound_of(&self, chains),
                           bound_of(&self, self.count));
}
