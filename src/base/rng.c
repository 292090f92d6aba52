/* rng: Philox through Random123, and the keyed permutation of the data order. */
#include "base/rng.h"

#include <Random123/philox.h>

hol_rng_words hol_rng_draw(hol_rng_key key, uint32_t c0, uint32_t c1, uint32_t c2, uint32_t c3) {
    const philox4x32_ctr_t counter = {{c0, c1, c2, c3}};
    const philox4x32_key_t k = {{key.word[0], key.word[1]}};
    const philox4x32_ctr_t out = philox4x32_R(10, counter, k);
    return (hol_rng_words){{out.v[0], out.v[1], out.v[2], out.v[3]}};
}

hol_rng_key hol_rng_key_make(uint64_t seed, hol_stream stream) {
    /* the stream's key is itself a draw keyed by the seed, so that keys of neighbouring seeds share nothing */
    const hol_rng_key root = {{(uint32_t)seed, (uint32_t)(seed >> 32)}};
    const hol_rng_words words = hol_rng_draw(root, (uint32_t)stream, 0x686f6c6fu, 0x64650000u, 0);
    return (hol_rng_key){{words.word[0], words.word[1]}};
}

double hol_rng_uniform(hol_rng_key key, uint32_t c0, uint32_t c1, uint32_t c2, uint32_t c3) {
    const hol_rng_words words = hol_rng_draw(key, c0, c1, c2, c3);
    const uint64_t bits = ((uint64_t)words.word[0] << 20) | (words.word[1] >> 12);
    return ((double)bits + 0.5) * 0x1p-52;
}

hol_permutation hol_rng_permutation(hol_rng_key key, uint64_t number, uint32_t part, int64_t count) {
    /* 8 bits at least: six rounds on halves of 1 or 2 bits would prefer some pairs of images to others by a percent */
    hol_permutation p = {.count = (uint64_t)count, .half_bits = 4};
    while (p.half_bits < 31 && (UINT64_C(1) << (2 * p.half_bits)) < p.count) p.half_bits++;
    for (uint32_t half = 0; half < 2; half++) {
        const hol_rng_words words = hol_rng_draw(key, (uint32_t)number, (uint32_t)(number >> 32), part, half);
        for (uint32_t i = 0; i < 3; i++) p.round_keys[3 * half + i] = words.word[i];
    }
    return p;
}

/* a bijective mixer's output is enough for a round: its quality comes from the keys being Philox draws */
static uint32_t mix(uint32_t x, uint32_t key) {
    x = (x ^ key) * 0x9E3779B1u;
    x = (x ^ (x >> 15)) * 0x85EBCA77u;
    x = (x ^ (x >> 13) ^ key) * 0xC2B2AE3Du;
    return x ^ (x >> 16);
}

int64_t hol_rng_permute(const hol_permutation *permutation, int64_t place) {
    const uint32_t bits = permutation->half_bits;
    const uint32_t mask = (uint32_t)((UINT64_C(1) << bits) - 1);
    uint64_t x = (uint64_t)place;
    do {
        uint32_t left = (uint32_t)(x >> bits), right = (uint32_t)x & mask;
        for (int round = 0; round < 6; round++) {
            const uint32_t next = left ^ (mix(right, permutation->round_keys[round]) >> (32 - bits));
            left = right;
            right = next;
        }
        x = ((uint64_t)left << bits) | right;
    } while (x >= permutation->count);
    return (int64_t)x;
}
