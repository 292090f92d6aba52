/* spins: lists of units to threads, colour after colour. */
#include "num/spins.h"

#include <string.h>

#include "num/bits.h"
#include "num/threads.h"

void hol_spin_rule_spread(hol_spin_rule *rule) {
    for (int64_t n = 0; n <= rule->degree; n++)
        for (int k = 0; k < HOL_SPIN_DIGITS; k++)
            rule->digits[k][n] = rule->thresholds[n] >> (HOL_SPIN_DIGITS - 1 - k) & 1 ? ~UINT64_C(0) : 0;
}

static void draw_list(const hol_spins *spins, const hol_spin_list *list, uint64_t *words, const uint64_t *held,
                      const hol_draw *draw, int64_t block) {
    const int32_t *units = spins->units + list->first;
    uint64_t stood[HOL_SPIN_PIECE];
    for (int64_t k = 0; held && k < list->count; k++) stood[k] = words[units[k]];
    spins->kernels->spins(words, units, spins->neighbours + list->at, list->count, &spins->rules[list->degree], draw,
                          block);
    /* units of a list are not coupled with each other: one that was drawn in vain has changed nothing else */
    for (int64_t k = 0; held && k < list->count; k++)
        words[units[k]] = hol_bits_hold(words[units[k]], stood[k], held[units[k]]);
}

void hol_spins_sample(const hol_spins *spins, const hol_states *x, const uint64_t *held, const hol_draw *draw) {
    const int64_t lists = spins->colour_starts[spins->colours];
#pragma omp parallel default(none)                                                                                     \
    shared(spins, x, held, draw, lists) if (hol_worth_threads(lists * x->blocks * HOL_SPIN_PIECE, 32))
    for (int64_t c = 0; c < spins->colours; c++) {
        const int64_t first = spins->colour_starts[c], end = spins->colour_starts[c + 1];
#pragma omp for collapse(2) schedule(static)
        for (int64_t b = 0; b < x->blocks; b++)
            for (int64_t l = first; l < end; l++)
                draw_list(spins, &spins->lists[l], x->words + b * x->stride, held ? held + b * x->stride : NULL, draw,
                          x->first_block + b);
    }
}

/* the number of one chain's draw: a digit of each of the 32 words */
static uint32_t number_of(const hol_draw *draw, int64_t unit, int64_t block, int lane) {
    uint32_t number = 0;
    for (uint32_t m = 0; m < HOL_SPIN_DIGITS / 2; m++) {
        const hol_rng_words r =
            hol_rng_draw(draw->key, (uint32_t)unit, (uint32_t)block + (m << 28), draw->step, draw->sweep);
        for (int half = 0; half < 2; half++) {
            const uint64_t word = (uint64_t)r.word[2 * half + 1] << 32 | r.word[2 * half];
            number = number << 1 | (uint32_t)(word >> lane & 1);
        }
    }
    return number;
}

static uint64_t draw_unit_ref(const uint64_t *words, int32_t unit, const int32_t *neighbours, int64_t stride,
                              const hol_spin_rule *rule, const hol_draw *draw, int64_t block) {
    uint64_t all = 0;
    for (int lane = 0; lane < HOL_LANES; lane++) {
        int n = 0;
        for (int64_t m = 0; m < rule->degree; m++) n += hol_bits_get(words, neighbours[m * stride], lane);
        all |= (uint64_t)(number_of(draw, unit, block, lane) < rule->thresholds[n]) << lane;
    }
    return all;
}

void hol_spins_sample_ref(const hol_spins *spins, const hol_states *x, const uint64_t *held, const hol_draw *draw) {
    for (int64_t b = 0; b < x->blocks; b++)
        for (int64_t l = 0; l < spins->colour_starts[spins->colours]; l++) {
            const hol_spin_list *list = &spins->lists[l];
            uint64_t *words = x->words + b * x->stride;
            for (int64_t k = 0; k < list->count; k++) {
                const int32_t unit = spins->units[list->first + k];
                const uint64_t drawn = draw_unit_ref(words, unit, spins->neighbours + list->at + k, list->count,
                                                     &spins->rules[list->degree], draw, x->first_block + b);
                words[unit] = hol_bits_hold(drawn, words[unit], held ? held[b * x->stride + unit] : 0);
            }
        }
}
