/* reference: the sampling rule in scalars, which all kernels follow to the bit. */
#include <math.h>

#include "num/kernels.h"

float hol_kernels_power_ref(float t) {
    const int32_t whole = (int32_t)t;
    const float f = t - (float)whole;
    static const float coefficients[] = {0.00920579582452774f, -0.055297356098890305f, 0.2401801347732544f,
                                         -0.6931437253952026f, 1.0f};
    float power = -0.000944902712944895f;
    for (int i = 0; i < 5; i++) power = power * f + coefficients[i];
    return ldexpf(power, -whole);
}

uint32_t hol_kernels_probability_ref(int32_t field, float scale) {
    float t = fabsf((float)field) * (scale * 1.44269504f);
    if (t > 60.0f) t = 60.0f;
    const float e = hol_kernels_power_ref(t);
    const uint32_t q = (uint32_t)(int32_t)(e / (1.0f + e) * 0x1p31f) << 1;
    return field < 0 ? q : ~q;
}

uint8_t hol_kernels_level_ref(uint32_t probability, const hol_draw *draw, int64_t unit, int64_t chain) {
    const hol_rng_words offset = hol_rng_draw(draw->key, (uint32_t)unit, UINT32_MAX, draw->step, draw->sweep);
    return hol_kernels_level(probability, offset.word[0] >> 17, chain);
}

int hol_kernels_sample_ref(uint32_t probability, const hol_draw *draw, int64_t unit, int64_t chain) {
    const uint32_t c0 = (uint32_t)unit, c1 = (uint32_t)(chain / 8);
    const int word = (int)(chain % 8 / 2), shift = chain % 2 ? 16 : 0;
    const hol_rng_words first = hol_rng_draw(draw->key, c0, c1, draw->step, draw->sweep);
    const uint32_t r = first.word[word] >> shift & 0xffff, upper = probability >> 16;
    if (r != upper) return r < upper;
    const hol_rng_key second = {{draw->key.word[0] ^ 0x7469u, draw->key.word[1] ^ 0x6573u}};
    const hol_rng_words more = hol_rng_draw(second, c0, c1, draw->step, draw->sweep);
    return (more.word[word] >> shift & 0xffff) < (probability & 0xffff);
}
