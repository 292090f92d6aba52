/* statistics: a 32-bit buffer that the kernels add into, and a 64-bit one behind it for large populations. */
#include "train/statistics.h"

#include <string.h>

#include "base/alloc.h"
#include "num/bits.h"
#include "num/clones.h"
#include "num/counts.h"

struct hol_statistics {
    int64_t parameters;
    int64_t count;    /* chains over all ranks */
    int32_t *narrow;  /* owned: (parameters + HOL_EXTRAS) */
    int64_t *wide;    /* owned: the same, or NULL when 32 bits hold every sum */
    hol_request *request;
};

hol_status hol_statistics_create(int64_t parameters, int64_t count, hol_statistics **ret) {
    hol_status status = HOL_OK;
    hol_statistics *self = NULL;
    *ret = NULL;
    HOL_TRY(HOL_ALLOCATE(self, 1, "statistics"));
    self->parameters = parameters;
    self->count = count;
    HOL_TRY(HOL_ALLOCATE(self->narrow, parameters + HOL_EXTRAS, "statistics"));
    if (count > HOL_COUNT_CHAINS_MAX) HOL_TRY(HOL_ALLOCATE(self->wide, parameters + HOL_EXTRAS, "statistics"));
    *ret = self;
    return HOL_OK;
cleanup:
    hol_statistics_destroy(self);
    return status;
}

void hol_statistics_destroy(hol_statistics *statistics) {
    if (!statistics) return;
    hol_free(statistics->narrow);
    hol_free(statistics->wide);
    hol_free(statistics);
}

static void clear_narrow(hol_statistics *self) {
    memset(self->narrow, 0, (size_t)(self->parameters + HOL_EXTRAS) * sizeof *self->narrow);
}

static void spill(hol_statistics *self) {
    for (int64_t i = 0; i < self->parameters; i++) self->wide[i] += self->narrow[i];
    clear_narrow(self);
}

void hol_statistics_collect(hol_statistics *statistics, const hol_model *model, hol_population *population) {
    hol_statistics *self = statistics;
    enum { PIECE_BLOCKS = HOL_COUNT_CHAINS_MAX / HOL_LANES };
    clear_narrow(self);
    if (self->wide) memset(self->wide, 0, (size_t)(self->parameters + HOL_EXTRAS) * sizeof *self->wide);
    for (int64_t first = 0; first < population->states.blocks; first += PIECE_BLOCKS) {
        hol_population piece = *population;
        piece.states.words += first * piece.states.stride;
        piece.states.first_block += first;
        piece.states.blocks -= first;
        if (piece.states.blocks > PIECE_BLOCKS) piece.states.blocks = PIECE_BLOCKS;
        piece.expected += first * HOL_LANES * piece.expected_stride;
        model->ops->accumulate(model, &piece, self->narrow);
        if (self->wide) spill(self);
    }
}

void hol_statistics_set_extra(hol_statistics *statistics, hol_extra extra, int32_t value) {
    const int64_t at = statistics->parameters + extra;
    if (statistics->wide) statistics->wide[at] = value;
    else statistics->narrow[at] = value;
}

int64_t hol_statistics_get_extra(const hol_statistics *statistics, hol_extra extra) {
    const int64_t at = statistics->parameters + extra;
    return statistics->wide ? statistics->wide[at] : statistics->narrow[at];
}

hol_status hol_statistics_start(hol_statistics *statistics, hol_comm *comm) {
    void *values = statistics->wide ? (void *)statistics->wide : (void *)statistics->narrow;
    return hol_comm_sum_start(comm, values, statistics->parameters + HOL_EXTRAS, statistics->wide ? 8 : 4,
                              &statistics->request);
}

void hol_statistics_poll(hol_statistics *statistics) { hol_comm_poll(statistics->request); }

hol_status hol_statistics_finish(hol_statistics *statistics) { return hol_comm_wait(&statistics->request); }

static double unit_of(const hol_statistics *self) {
    return 1.0 / ((double)(1 << HOL_PROBABILITY_BITS) * (double)self->count);
}

static inline double sum_at(const hol_statistics *self, int64_t i) {
    return self->wide ? (double)self->wide[i] : (double)self->narrow[i];
}

HOL_CLONES static void subtract_chunk(const int32_t *p, const int32_t *n, double plus, double minus, int64_t count,
                                      float *gradient) {
    for (int64_t i = 0; i < count; i++) gradient[i] = (float)((double)p[i] * plus - (double)n[i] * minus);
}

void hol_statistics_difference(const hol_statistics *positive, const hol_statistics *negative, double temperature,
                               float *gradient) {
    const double plus = unit_of(positive) / temperature, minus = unit_of(negative) / temperature;
    const int64_t count = positive->parameters;
    if (positive->wide || negative->wide) {
        for (int64_t i = 0; i < count; i++)
            gradient[i] = (float)(sum_at(positive, i) * plus - sum_at(negative, i) * minus);
        return;
    }
    const int32_t *p = positive->narrow, *n = negative->narrow;
#pragma omp parallel for default(none) shared(p, n, plus, minus, count, gradient) schedule(static) if (count > 1 << 15)
    for (int64_t i = 0; i < count; i += HOL_CHUNK)
        subtract_chunk(p + i, n + i, plus, minus, count - i < HOL_CHUNK ? count - i : HOL_CHUNK, gradient + i);
}

void hol_statistics_means(const hol_statistics *statistics, int64_t first, int64_t count, double *means) {
    for (int64_t i = 0; i < count; i++) means[i] = sum_at(statistics, first + i) * unit_of(statistics);
}

int64_t hol_statistics_bytes(const hol_statistics *statistics) {
    return (statistics->parameters + HOL_EXTRAS) * (statistics->wide ? 8 : 4);
}
