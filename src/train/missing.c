/* missing: where sweeps begin, and the sweeps. */
#include "train/missing.h"

#include "base/alloc.h"
#include "num/bits.h"

struct hol_missing {
    int64_t visible, sweeps;
    uint16_t *levels; /* owned: (visible), the columns' means in 1/65535 */
};

/* Numbers of sweeps in a step's draw. infer takes one of the lowest for each of its own, and the last of all. */
enum { FIRST_SWEEP = 1 << 24, START = 1 << 30 };

hol_status hol_missing_create(const hol_model *model, const double *means, int64_t sweeps, hol_missing **ret) {
    hol_status status = HOL_OK;
    hol_missing *self = NULL;
    *ret = NULL;
    HOL_TRY(HOL_ALLOCATE(self, 1, "missing values"));
    *self = (hol_missing){.visible = model->info.visible, .sweeps = sweeps};
    HOL_TRY(HOL_MEMORY_ALLOCATE(hol_team_memory(model->team), self->levels, self->visible, "missing values"));
    for (int64_t i = 0; i < self->visible && !hol_team_memory(model->team); i++)
        self->levels[i] = (uint16_t)(means[i] * 65535 + 0.5);
    *ret = self;
    return HOL_OK;
cleanup:
    hol_missing_destroy(self);
    return status;
}

void hol_missing_destroy(hol_missing *missing) {
    if (!missing) return;
    hol_free(missing->levels);
    hol_free(missing);
}

/* 64 chains' bits of a unit. The number for a chain is half a word of Philox(key; unit, chain / 8, step, START). */
static uint64_t draw_word(const hol_draw *draw, uint16_t level, int64_t unit, int64_t block) {
    uint64_t word = 0;
    for (int64_t g = 0; g < HOL_LANES / 8; g++) {
        const uint32_t eight = (uint32_t)(block * (HOL_LANES / 8) + g);
        const hol_rng_words r = hol_rng_draw(draw->key, (uint32_t)unit, eight, draw->step, START);
        for (int l = 0; l < 8; l++) {
            const uint32_t random = r.word[l / 2] >> (l % 2 ? 16 : 0) & 0xffff;
            word |= (uint64_t)((random * 65535u >> 16) < level) << (8 * g + l);
        }
    }
    return word;
}

static void begin(const hol_missing *self, const hol_model *model, hol_population *population, const hol_draw *draw) {
    const hol_states *x = &population->states;
    const uint64_t *held = population->held;
    if (model->ops->randomize) {
        const hol_rng_words r = hol_rng_draw(draw->key, 0, 0, draw->step, START);
        model->ops->randomize(model, population, (hol_rng_key){{r.word[0], r.word[1]}});
        return;
    }
#pragma omp parallel for default(none) shared(self, x, held, draw)
    for (int64_t b = 0; b < x->blocks; b++)
        for (int64_t i = 0; i < self->visible; i++) {
            const int64_t at = b * x->stride + i;
            if (held[at] == ~UINT64_C(0)) continue;
            x->words[at] =
                hol_bits_hold(draw_word(draw, self->levels[i], i, x->first_block + b), x->words[at], held[at]);
        }
}

void hol_missing_draw(const hol_missing *missing, const hol_model *model, hol_population *population,
                      const hol_draw *draw) {
    hol_draw now = *draw;
    begin(missing, model, population, draw);
    model->ops->infer(model, population, &now, true);
    now.sweep += FIRST_SWEEP;
    model->ops->sweep(model, population, &now, missing->sweeps);
}
