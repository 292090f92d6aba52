/* sites: their description, bounds, and the rule of drawing in scalars, which the kernels follow to the bit. */
#include "num/sites.h"

#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "num/bits.h"
#include "num/clones.h"
#include "num/elementary.h"
#include "num/threads.h"

hol_status hol_sites_create(int64_t count, const int32_t *first, const int32_t *states, int64_t units,
                            hol_sites **ret_sites) {
    hol_status status = HOL_OK;
    const int64_t sizes[] = {(int64_t)sizeof(hol_sites), count * 4, count * 4,
                             hol_round_up(units, HOL_STRIP) / HOL_STRIP * 2};
    char *parts[4], *memory = NULL;
    *ret_sites = NULL;
    HOL_TRY(HOL_ALLOCATE(memory, hol_cut(NULL, sizes, 4, parts), "sites"));
    (void)hol_cut(memory, sizes, 4, parts);
    memcpy(parts[1], first, (size_t)count * sizeof *first);
    memcpy(parts[2], states, (size_t)count * sizeof *states);
    uint16_t *columns = (uint16_t *)(void *)parts[3];
    for (int64_t k = 0; k < count; k++)
        for (int64_t i = first[k]; i < first[k] + states[k]; i++)
            columns[i / HOL_STRIP] = (uint16_t)(columns[i / HOL_STRIP] | 1u << i % HOL_STRIP);
    *ret_sites = (hol_sites *)(void *)memory;
    **ret_sites = (hol_sites){count, (int32_t *)(void *)parts[1], (int32_t *)(void *)parts[2], columns};
cleanup:
    return status;
}

void hol_sites_destroy(hol_sites *sites) { hol_free(sites); }

HOL_CLONES static int32_t largest_of(const int16_t *numbers, int64_t count) {
    int32_t most = 0;
    for (int64_t k = 0; k < count; k++) {
        const int32_t size = numbers[k] < 0 ? -numbers[k] : numbers[k];
        most = size > most ? size : most;
    }
    return most;
}

void hol_sites_reach(const hol_sites *sites, const int16_t *narrow, int64_t inputs, int64_t outputs, int32_t *reach) {
    const int64_t strip = inputs * HOL_NARROW_STRIP;
#pragma omp parallel for schedule(static) default(none)                                                                \
    shared(sites, narrow, inputs, outputs, strip, reach) if (hol_worth_threads(inputs * outputs, 1))
    for (int64_t k = 0; k < sites->count; k++) {
        reach[k] = 0;
        for (int64_t j = 0; j < outputs; j += HOL_NARROW_STRIP) {
            const int16_t *rows = narrow + j / HOL_NARROW_STRIP * strip + (int64_t)sites->first[k] * HOL_NARROW_STRIP;
            const int32_t most = largest_of(rows, (int64_t)sites->states[k] * HOL_NARROW_STRIP);
            if (most > reach[k]) reach[k] = most;
        }
    }
}

int64_t hol_sites_find_broken(const hol_sites *sites, const uint64_t *words, uint64_t lanes) {
    for (int64_t k = 0; k < sites->count; k++) {
        uint64_t any = 0, twice = 0;
        for (int64_t i = sites->first[k]; i < sites->first[k] + sites->states[k]; i++) {
            twice |= any & words[i];
            any |= words[i];
        }
        if (((~any | twice) & lanes) != 0) return k;
    }
    return -1;
}

double hol_sites_sum_states(const double *fields, int64_t states) {
    hol_log_sum sum = hol_log_sum_empty();
    for (int64_t s = 0; s < states; s++) hol_log_sum_add(&sum, fields[s]);
    return hol_log_sum_get(&sum);
}

double hol_sites_sum_units(const hol_sites *sites, const hol_kernels *kernels, const double *fields, int64_t first,
                           int64_t end) {
    double sum = 0;
    int64_t next = first; /* the first unit that is not summed yet */
    for (int64_t k = sites ? hol_sites_find(sites, first) : 0; sites && k < sites->count && sites->first[k] < end;
         k++) {
        const int64_t site = sites->first[k];
        if (site > next) sum += kernels->softplus_sum(fields + next - first, site - next);
        sum += hol_sites_sum_states(fields + site - first, sites->states[k]);
        next = site + sites->states[k];
    }
    return next < end ? sum + kernels->softplus_sum(fields + next - first, end - next) : sum;
}

uint32_t hol_sites_weight_ref(uint32_t below, float scale) {
    const float factor = scale * 1.44269504f, limit = 60.0f / factor;
    const uint32_t most = limit < 0x1p31f ? (uint32_t)limit : INT32_MAX;
    const float t = (float)(int32_t)(below < most ? below : most) * factor;
    return (uint32_t)(int32_t)(hol_kernels_power_ref(t) * (float)(1 << HOL_SITE_BITS) + 0.5f);
}

int32_t hol_sites_choose_ref(const uint32_t *weights, int64_t states, uint32_t u) {
    uint64_t total = 0, sum = 0;
    for (int64_t s = 0; s < states; s++) total += weights[s];
    const uint64_t place = u * total >> 32;
    for (int64_t s = 0; s < states; s++) {
        sum += weights[s];
        if (sum > place) return (int32_t)s;
    }
    return (int32_t)states - 1; /* not reached: the last sum is the total */
}

uint32_t hol_sites_number_ref(const hol_draw *draw, int64_t unit, int64_t chain) {
    const uint32_t counter = (uint32_t)(chain / HOL_LANES * 16 + chain % 16);
    return hol_rng_draw(draw->key, (uint32_t)unit, counter, draw->step, draw->sweep).word[chain % HOL_LANES / 16];
}
