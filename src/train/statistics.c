/* statistics: what kernels add into 32 bits, made as narrow or as wide as travels, piece by piece. */
#include "train/statistics.h"

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
    int64_t count; /* chains over all ranks */
    int width;     /* bytes of an entry that travels: 2, 4 or 8 */
    hol_sum *sum;  /* owned */
    void *part;    /* borrowed from sum: (parameters + HOL_EXTRAS) of `width` */
    const void *total;
    int32_t *added; /* owned: (parameters), what the kernels add into; NULL when that is the part itself */
    int pieces;
    int64_t ends[PIECES_MAX]; /* piece p is [ends[p - 1], ends[p]) */
};

static int width_of(const hol_model *model, int64_t count) {
    if (count <= INT16_MAX / model->info.largest) return 2;
    return count <= INT32_MAX / model->info.largest ? 4 : 8;
}

/* The largest absolute value of an entry that so many of the chains add up to. */
static int64_t bound_of(const hol_statistics *self, int64_t chains) {
    if (chains > self->count) chains = self->count;
    return chains * self->model->info.largest;
}

/* chains of a rank, at most */
static int64_t chains_of(const hol_comm *comm, int64_t count) {
    int64_t first = 0, blocks = 0;
    hol_comm_share(hol_bits_blocks(count), comm ? hol_comm_rank(comm) : 0, comm ? hol_comm_size(comm) : 1, &first,
                   &blocks);
    return blocks * HOL_LANES;
}

/* The next end of a row of a parameter group from `wish` on. */
static int64_t next_row(const hol_model *model, int64_t wish) {
    for (int g = 0; g < model->info.group_count; g++) {
        const hol_parameter_group *group = &model->info.groups[g];
        const int64_t inside = wish - group->offset;
        if (inside > 0 && inside < group->rows * group->columns)
            return group->offset + hol_round_up(inside, group->columns);
    }
    return wish;
}

static void cut_pieces(hol_statistics *self, bool cut) {
    int64_t wish = cut ? self->parameters * self->width / PIECE_BYTES + 1 : 1, end = 0;
    if (wish > PIECES_MAX) wish = PIECES_MAX;
    for (int64_t k = 1; k <= wish; k++) {
        const int64_t next = next_row(self->model, self->parameters / wish * k);
        if (k < wish && next > end && next < self->parameters) self->ends[self->pieces++] = end = next;
    }
    self->ends[self->pieces++] = self->parameters;
}

int hol_statistics_pieces_of(const hol_model *model, int64_t count) {
    hol_statistics self = {.model = model, .parameters = model->info.parameters, .width = width_of(model, count)};
    cut_pieces(&self, model->ops->accumulate_part != NULL);
    return self.pieces;
}

hol_status hol_statistics_create(hol_comm *comm, const hol_model *model, int64_t count, bool cut,
                                 hol_statistics **ret) {
    hol_status status = HOL_OK;
    hol_statistics *self = NULL;
    *ret = NULL;
    status = HOL_ALLOCATE(self, 1, "statistics");
    if (status == HOL_OK) {
        self->model = model;
        self->parameters = model->info.parameters;
        self->count = count;
        self->width = width_of(model, count);
        cut_pieces(self, cut && comm && hol_comm_nodes(comm) > 1 && model->ops->accumulate_part);
        if (self->width == 8 || (self->width == 2 && !model->ops->accumulate_narrow))
            status = HOL_MEMORY_ALLOCATE(hol_team_memory(model->team), self->added, self->parameters, "statistics");
    }
    if (comm) status = hol_comm_agree(comm, status);
    if (status != HOL_OK) goto cleanup;
    HOL_TRY(hol_sum_create(comm, self->parameters + HOL_EXTRAS, self->width, bound_of(self, chains_of(comm, count)), 0,
                           &self->sum));
    self->part = hol_sum_get_part(self->sum);
    self->total = hol_sum_get_total(self->sum);
    *ret = self;
    return HOL_OK;
cleanup:
    hol_statistics_destroy(self);
    return status;
}

void hol_statistics_destroy(hol_statistics *statistics) {
    if (!statistics) return;
    hol_sum_destroy(statistics->sum);
    hol_free(statistics->added);
    hol_free(statistics);
}

int hol_statistics_pieces(const hol_statistics *statistics) { return statistics->pieces; }

/* ---- collecting -------------------------------------------------------------------------------------------------- */

static int64_t begin_of(const hol_statistics *self, int piece) { return piece == 0 ? 0 : self->ends[piece - 1]; }

static void add_up(const hol_statistics *self, hol_population *population, int64_t begin, int64_t end, int32_t *sums) {
    memset(sums + begin, 0, (size_t)(end - begin) * sizeof *sums);
    if (self->pieces == 1) self->model->ops->accumulate(self->model, population, sums);
    else self->model->ops->accumulate_part(self->model, population, begin, end, sums);
}

/* More chains than 32 bits hold the sums of: as many blocks at a time as they do. */
static void add_up_wide(const hol_statistics *self, hol_population *population, int64_t begin, int64_t end) {
    const int64_t blocks = INT32_MAX / self->model->info.largest / HOL_LANES;
    int64_t *wide = self->part;
    memset(wide + begin, 0, (size_t)(end - begin) * sizeof *wide);
    for (int64_t first = 0; first < population->states.blocks; first += blocks) {
        hol_population some = hol_population_get_part(population, first, blocks);
        add_up(self, &some, begin, end, self->added);
        for (int64_t i = begin; i < end; i++) wide[i] += self->added[i];
    }
}

HOL_CLONES static void narrow(const int32_t *sums, int64_t count, int16_t *to) {
    for (int64_t i = 0; i < count; i++) to[i] = (int16_t)sums[i];
}

void hol_statistics_collect_piece(hol_statistics *statistics, hol_population *population, int piece) {
    hol_statistics *self = statistics;
    const int64_t begin = begin_of(self, piece), end = self->ends[piece];
    if (self->width == 8) {
        add_up_wide(self, population, begin, end);
    } else if (self->width == 4) {
        add_up(self, population, begin, end, self->part);
    } else if (!self->added) {
        memset((int16_t *)self->part + begin, 0, (size_t)(end - begin) * sizeof(int16_t));
        self->model->ops->accumulate_narrow(self->model, population, begin, end, self->part);
    } else {
        add_up(self, population, begin, end, self->added);
        narrow(self->added + begin, end - begin, (int16_t *)self->part + begin);
    }
    for (int e = 0; piece + 1 == self->pieces && e < HOL_EXTRAS; e++) hol_statistics_set_extra(self, e, 0);
}

void hol_statistics_collect(hol_statistics *statistics, hol_population *population) {
    for (int p = 0; p < statistics->pieces; p++) hol_statistics_collect_piece(statistics, population, p);
}

void hol_statistics_set_extra(hol_statistics *statistics, hol_extra extra, int value) {
    const int64_t at = statistics->parameters + extra;
    if (statistics->width == 8) ((int64_t *)statistics->part)[at] = value;
    else if (statistics->width == 4) ((int32_t *)statistics->part)[at] = value;
    else ((int16_t *)statistics->part)[at] = (int16_t)value;
}

/* ---- summing over ranks ------------------------------------------------------------------------------------------ */

hol_status hol_statistics_start_piece(hol_statistics *statistics, int piece) {
    const int64_t begin = begin_of(statistics, piece);
    const int64_t end = statistics->ends[piece] + (piece + 1 == statistics->pieces ? HOL_EXTRAS : 0);
    return hol_sum_start(statistics->sum, begin, end - begin);
}

hol_status hol_statistics_start(hol_statistics *statistics) {
    hol_status status = HOL_OK;
    for (int p = 0; p < statistics->pieces; p++) HOL_TRY(hol_statistics_start_piece(statistics, p));
cleanup:
    return status;
}

void hol_statistics_poll(hol_statistics *statistics) { hol_sum_poll(statistics->sum); }
hol_status hol_statistics_finish(hol_statistics *statistics) { return hol_sum_finish(statistics->sum); }

/* ---- reading ----------------------------------------------------------------------------------------------------- */

static int64_t total_at(const hol_statistics *self, int64_t i) {
    if (self->width == 8) return ((const int64_t *)self->total)[i];
    return self->width == 4 ? ((const int32_t *)self->total)[i] : ((const int16_t *)self->total)[i];
}

int64_t hol_statistics_get_extra(const hol_statistics *statistics, hol_extra extra) {
    return total_at(statistics, statistics->parameters + extra);
}

/* what 1 in a total means for E[T] */
static double unit_of(const hol_statistics *self) {
    return 1.0 / ((double)self->model->info.unit * (double)self->count);
}

HOL_CLONES static void subtract_sums(const int32_t *p, const int32_t *n, double plus, double minus, int64_t count,
                                     float *gradient) {
    for (int64_t i = 0; i < count; i++) gradient[i] = (float)((double)p[i] * plus - (double)n[i] * minus);
}

HOL_CLONES static void subtract_counts(const int16_t *p, const int16_t *n, double plus, double minus, int64_t count,
                                       float *gradient) {
    for (int64_t i = 0; i < count; i++) gradient[i] = (float)((double)p[i] * plus - (double)n[i] * minus);
}

static void subtract(const hol_statistics *positive, const hol_statistics *negative, double plus, double minus,
                     int64_t first, int64_t count, float *gradient) {
    if (positive->width == 4 && negative->width == 4)
        subtract_sums((const int32_t *)positive->total + first, (const int32_t *)negative->total + first, plus, minus,
                      count, gradient);
    else if (positive->width == 2 && negative->width == 2)
        subtract_counts((const int16_t *)positive->total + first, (const int16_t *)negative->total + first, plus, minus,
                        count, gradient);
    else
        for (int64_t i = 0; i < count; i++)
            gradient[i] =
                (float)((double)total_at(positive, first + i) * plus - (double)total_at(negative, first + i) * minus);
}

void hol_statistics_difference(const hol_statistics *positive, const hol_statistics *negative, double temperature,
                               hol_range range, float *gradient) {
    const double plus = unit_of(positive) / temperature, minus = unit_of(negative) / temperature;
    subtract(positive, negative, plus, minus, range.first, range.count, gradient + range.first);
}

void hol_statistics_means(const hol_statistics *statistics, int64_t first, int64_t count, double *means) {
    for (int64_t i = 0; i < count; i++) means[i] = (double)total_at(statistics, first + i) * unit_of(statistics);
}

int64_t hol_statistics_message_bytes(const hol_model *model, int64_t count) {
    return (model->info.parameters + HOL_EXTRAS) * width_of(model, count);
}

hol_sum_traffic hol_statistics_predict_traffic(const hol_model *model, int64_t count, int64_t nodes) {
    const hol_statistics self = {.model = model, .count = count, .width = width_of(model, count)};
    const int64_t chains = (hol_bits_blocks(count) + nodes - 1) / nodes * HOL_LANES;
    return hol_sum_predict((int)nodes, model->info.parameters + HOL_EXTRAS, self.width, bound_of(&self, chains),
                           bound_of(&self, count));
}
