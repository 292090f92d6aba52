/* sites: one site of all 64 chains, a vector of chains at a time (num/sites.h). For a backend that has philox, and
 * largest and smallest of vectors of signed, and of unsigned numbers. */
#include "num/sites.h"

typedef float vnf __attribute__((vector_size(NATIVE)));
typedef uint32_t vnu __attribute__((vector_size(NATIVE)));
enum { CHAINS = NATIVE / 4 }; /* of a vector */

/* ---- which row each lane selects --------------------------------------------------------------------------------- */

enum { SOME = NATIVE >= 32 ? 16 : 8 /* lanes at a time */, SITE_DIGITS = 8 };
typedef uint16_t some_lanes __attribute__((vector_size(2 * SOME)));

/* a state's binary digits of all lanes are words, those of its units that have the digit joined */
static void list_site(const uint64_t *words, int64_t states, int64_t row, uint16_t *list) {
    static const uint16_t bits[] = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768};
    uint64_t digits[SITE_DIGITS] = {0}, any = 0;
    some_lanes bit;
    memcpy(&bit, bits, sizeof bit);
    for (int64_t s = 0; s < states; s++) {
        any |= words[s];
        for (int k = 0; s >> k; k++) digits[k] |= words[s] & -(uint64_t)(s >> k & 1);
    }
    for (int l = 0; l < LANES; l += SOME) {
        some_lanes place = (some_lanes){0} + (uint16_t)(64 * row);
        for (int k = 0; (states - 1) >> k; k++) {
            const some_lanes on = ((some_lanes){0} + (uint16_t)(digits[k] >> l)) & bit;
            place += (some_lanes)(on == bit) & (uint16_t)(64 << k);
        }
        const some_lanes has = (some_lanes)((((some_lanes){0} + (uint16_t)(any >> l)) & bit) == bit);
        place = (place & has) | (~has & (uint16_t)(64 * HOL_LIST_ROWS));
        memcpy(list + l, &place, sizeof place);
    }
}

/* ---- weights and draws ------------------------------------------------------------------------------------------- */

/* what a weight is computed by: nats below the largest field to powers of 2, which 2^-60 ends */
typedef struct softmax {
    float factor;
    uint32_t limit;
} softmax;

static inline softmax make_softmax(float scale) {
    const float factor = scale * 1.44269504f, limit = 60.0f / factor;
    return (softmax){factor, limit < 0x1p31f ? (uint32_t)limit : INT32_MAX};
}

static inline vni load_chains(const void *from) { return *(const vni *)from; }

/* fields points at a vector of chains of (states, 64); weights is (states, CHAINS). Returns their sums. A weight is a
 * long chain of operations that wait for each other: taken in three passes over the states, many are under way. */
static inline vnu weigh_chains(const softmax *by, const int32_t *fields, int64_t states, vnu *weights) {
    vnf rest[HOL_SITE_STATES_MAX], upper[HOL_SITE_STATES_MAX];
    vni most = load_chains(fields);
    vnu total = {0};
    for (int64_t s = 1; s < states; s++) most = largest(most, load_chains(fields + s * LANES));
    for (int64_t s = 0; s < states; s++) {
        const vnu below = smallest((vnu)most - (vnu)load_chains(fields + s * LANES), (vnu){0} + by->limit);
        const vnf t = __builtin_convertvector((vni)below, vnf) * by->factor;
        const vni whole = __builtin_convertvector(t, vni);
        rest[s] = t - __builtin_convertvector(whole, vnf);
        weights[s] = (vnu)whole << 23;
    }
    for (int64_t s = 0; s < states; s++) upper[s] = EXP2_UPPER(rest[s]);
    for (int64_t s = 0; s < states; s++) {
        const vnf power = (vnf)((vni)EXP2_LOWER(upper[s], rest[s]) - (vni)weights[s]);
        weights[s] = (vnu) __builtin_convertvector(power * (float)(1 << HOL_SITE_BITS) + 0.5f, vni);
        total += weights[s];
    }
    return total;
}

static void weigh_site(const int32_t *fields, int64_t states, float scale, uint32_t *weights, uint32_t *totals) {
    const softmax by = make_softmax(scale);
    for (int c = 0; c < LANES; c += CHAINS) {
        vnu of_chains[HOL_SITE_STATES_MAX];
        *(vnu *)(void *)(totals + c) = weigh_chains(&by, fields + c, states, of_chains);
        for (int64_t s = 0; s < states; s++) *(vnu *)(void *)(weights + s * LANES + c) = of_chains[s];
    }
}

/* the numbers of one site and 64 chains */
static inline void draw_site_numbers(const hol_draw *draw, int64_t unit, int64_t block, uint32_t numbers[LANES]) {
    const v16u lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    v16u words[4];
    philox(draw, (v16u){0} + (uint32_t)unit, lane + (uint32_t)(block * 16), words);
    memcpy(numbers, words, sizeof words);
}

/* the state that each number draws, of fields (states, 64) */
static inline void choose_states(const int32_t *fields, int64_t states, float scale, const uint32_t numbers[LANES],
                                 uint32_t chosen[LANES]) {
    const softmax by = make_softmax(scale);
    for (int c = 0; c < LANES; c += CHAINS) {
        vnu weights[HOL_SITE_STATES_MAX];
        _Alignas(64) uint32_t totals[CHAINS], at[CHAINS];
        *(vnu *)(void *)totals = weigh_chains(&by, fields + c, states, weights);
        for (int k = 0; k < CHAINS; k++) at[k] = (uint32_t)((uint64_t)numbers[c + k] * totals[k] >> 32);
        const vni place = load_chains(at);
        /* the states whose end is not beyond the place; the last one's always is */
        vni sum = {0}, state = (vni){0} + (int32_t)(states - 1);
        for (int64_t s = 0; s + 1 < states; s++) {
            sum += (vni)weights[s];
            state += sum > place;
        }
        *(vni *)(void *)(chosen + c) = state;
    }
}

static void sample_site(const int32_t *fields, int64_t states, float scale, const hol_draw *draw, int64_t unit,
                        int64_t block, uint64_t *samples) {
    _Alignas(64) uint32_t numbers[LANES], chosen[LANES];
    draw_site_numbers(draw, unit, block, numbers);
    choose_states(fields, states, scale, numbers, chosen);
    memset(samples, 0, (size_t)states * sizeof *samples);
    for (int l = 0; l < LANES; l++) samples[chosen[l]] |= UINT64_C(1) << l;
}
