/* rng: counter-based random numbers, Philox4x32-10 (Salmon, Moraes, Dror & Shaw 2011; Random123).
 *
 * A random number is a function of a key, made of the run's seed and a named stream, and a counter made of global
 * things only: unit, chain or sample, step, sweep. There is no state: nothing to save, nothing that depends on ranks or
 * threads. */
#ifndef HOL_BASE_RNG_H
#define HOL_BASE_RNG_H

#include <stdint.h>

/* One stream per purpose: numbers of different streams are unrelated even at equal counters. New ones at the end. */
typedef enum hol_stream {
    HOL_STREAM_INITIAL_WEIGHTS,
    HOL_STREAM_INITIAL_CHAINS,
    HOL_STREAM_DATA_ORDER,
    HOL_STREAM_DATA_BITS,
    HOL_STREAM_POSITIVE,
    HOL_STREAM_NEGATIVE,
    HOL_STREAM_EVALUATION,
    HOL_STREAM_PSEUDO_LIKELIHOOD,
    HOL_STREAM_SAMPLE,
    HOL_STREAM_RECONSTRUCTION,
    HOL_STREAM_TEMPERING,
    HOL_STREAM_TEMPERING_SWAPS,
    HOL_STREAM_TEMPERING_START,
    HOL_STREAM_ANNEALING,
    HOL_STREAM_REVERSE_ANNEALING,
    HOL_STREAM_ANNEALING_PILOT,
    HOL_STREAM_EVALUATION_HIDDEN,
    HOL_STREAM_MIXING,
    HOL_STREAM_EXACT_SAMPLES,
    HOL_STREAM_PARTITION,
    HOL_STREAM_PARTITION_RENEWAL,
    HOL_STREAM_PARTITION_RESAMPLING,
    HOL_STREAM_DATA_SPLIT,
    HOL_STREAM_DATA_OFFSET,
    HOL_STREAM_CONDITIONAL,
    HOL_STREAM_COMPLETIONS,
    HOL_STREAM_VALUES_HIDDEN,
    HOL_STREAM_EVALUATION_MISSING,
} hol_stream;

typedef struct hol_rng_key {
    uint32_t word[2];
} hol_rng_key;

typedef struct hol_rng_words {
    uint32_t word[4];
} hol_rng_words;

hol_rng_key hol_rng_key_make(uint64_t seed, hol_stream stream);

/* 128 random bits for a counter. */
hol_rng_words hol_rng_draw(hol_rng_key key, uint32_t c0, uint32_t c1, uint32_t c2, uint32_t c3);

/* A double in the open interval (0, 1): 52 random bits, centred in their cell. */
double hol_rng_uniform(hol_rng_key key, uint32_t c0, uint32_t c1, uint32_t c2, uint32_t c3);

/* The place (0 <= result < count) to which a keyed permutation of [0, count) sends `place`; 1 <= count <= 2^62.
 * `number` and `part` name the permutation (an epoch and a shard). A balanced Feistel network of six rounds over the
 * smallest even number of bits, 8 or more, that holds count, walked along its cycle until it falls inside (Black &
 * Rogaway 2002). */
typedef struct hol_permutation {
    uint64_t count;
    uint32_t half_bits;
    uint32_t round_keys[6];
} hol_permutation;

hol_permutation hol_rng_permutation(hol_rng_key key, uint64_t number, uint32_t part, int64_t count);
int64_t hol_rng_permute(const hol_permutation *permutation, int64_t place);

#endif
