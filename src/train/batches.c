/* batches: packed rows of the owned shards, and the arithmetic of their order. */
#include "train/batches.h"

#include <string.h>

#include "base/alloc.h"
#include "num/bits.h"

typedef struct shard {
    int64_t first; /* global number of its first sample */
    int64_t count;
    int64_t lanes; /* of its block */
} shard;

struct hol_batches {
    hol_batches_options options;
    int64_t row_words; /* 64-bit words of a packed row */
    int64_t first_row; /* owned rows */
    int64_t rows;
    hol_rng_key order_key;
    hol_rng_key bits_key;
    shard *shards;    /* owned: one per owned block */
    uint64_t *packed; /* owned: (rows, row_words), when bits are fixed */
    uint16_t *levels; /* owned: (rows, units), when they are drawn anew */
};

static shard shard_of(const hol_batches_options *o, int64_t block) {
    const int64_t begin = block * HOL_LANES;
    const int64_t end = begin + HOL_LANES < o->batch_size ? begin + HOL_LANES : o->batch_size;
    /* 128 bits: samples times batch may pass 2^63 */
    const int64_t first = (int64_t)((__int128)o->samples * begin / o->batch_size);
    const int64_t last = (int64_t)((__int128)o->samples * end / o->batch_size);
    return (shard){.first = first, .count = last - first, .lanes = end - begin};
}

hol_status hol_batches_create(const hol_batches_options *options, hol_batches **ret_batches) {
    hol_status status = HOL_OK;
    hol_batches *self = NULL;
    *ret_batches = NULL;
    const int64_t blocks = hol_bits_blocks(options->batch_size);
    if (options->samples < blocks)
        return hol_error(
            HOL_USAGE,
            "train.batch_size: found %lld, expected at most %lld: 64 for each of the %lld rows of data.train",
            (long long)options->batch_size, (long long)options->samples * HOL_LANES, (long long)options->samples);
    HOL_TRY(HOL_ALLOCATE(self, 1, "batches"));
    self->options = *options;
    self->row_words = (options->units + 63) / 64;
    self->order_key = hol_rng_key_make(options->seed, HOL_STREAM_DATA_ORDER);
    self->bits_key = hol_rng_key_make(options->seed, HOL_STREAM_DATA_BITS);
    HOL_TRY(HOL_ALLOCATE(self->shards, options->blocks, "shards"));
    for (int64_t b = 0; b < options->blocks; b++) {
        self->shards[b] = shard_of(options, options->first_block + b);
        if (b == 0) self->first_row = self->shards[b].first;
        self->rows += self->shards[b].count;
    }
    if (options->resample)
        HOL_TRY(
            HOL_MEMORY_ALLOCATE(options->memory, self->levels, HOL_PRODUCT(self->rows, options->units), "data set"));
    else
        HOL_TRY(
            HOL_MEMORY_ALLOCATE(options->memory, self->packed, HOL_PRODUCT(self->rows, self->row_words), "data set"));
    *ret_batches = self;
    return HOL_OK;
cleanup:
    hol_batches_destroy(self);
    return status;
}

void hol_batches_destroy(hol_batches *batches) {
    if (!batches) return;
    hol_free(batches->shards);
    hol_free(batches->packed);
    hol_free(batches->levels);
    hol_free(batches);
}

void hol_batches_get_owned(const hol_batches *batches, int64_t *ret_first, int64_t *ret_rows) {
    *ret_first = batches->first_row;
    *ret_rows = batches->rows;
}

void hol_batches_set_rows(hol_batches *batches, int64_t first, int64_t rows, const uint16_t *levels) {
    const int64_t units = batches->options.units, at = first - batches->first_row;
    if (batches->levels) {
        memcpy(batches->levels + at * units, levels, (size_t)(rows * units) * sizeof *levels);
        return;
    }
    const uint16_t threshold = batches->options.threshold;
    for (int64_t r = 0; r < rows; r++) {
        uint64_t *row = batches->packed + (at + r) * batches->row_words;
        memset(row, 0, (size_t)batches->row_words * sizeof *row);
        for (int64_t i = 0; i < units; i++) row[i / 64] |= (uint64_t)(levels[r * units + i] >= threshold) << (i % 64);
    }
}

void hol_batches_get_bytes(const hol_batches *batches, int64_t row, uint8_t *bytes) {
    const uint64_t *words = batches->packed + (row - batches->first_row) * batches->row_words;
    for (int64_t i = 0; i < batches->options.units; i++) bytes[i] = words[i / 64] >> (i % 64) & 1;
}

/* eight units share a draw of 128 bits */
static int bit_of(const hol_rng_words *words, uint16_t level, int64_t unit) {
    const uint32_t random = words->word[unit % 8 / 2] >> (unit % 2 ? 16 : 0) & 0xffff;
    return (random * 65535u >> 16) < level;
}

static hol_rng_words draw_eight(hol_rng_key key, int64_t sample, int64_t unit, int64_t epoch) {
    const uint32_t upper = (uint32_t)((uint64_t)sample >> 32);
    return hol_rng_draw(key, (uint32_t)(unit / 8), (uint32_t)sample, (uint32_t)epoch, upper);
}

/* 64 units of a row as a word: stored, or drawn anew for the pass. Most grey levels of images are 0: groups of eight
 * such units need no random number. */
static uint64_t row_word(const hol_batches *self, int64_t row, int64_t epoch, int64_t w) {
    if (self->packed) return self->packed[row * self->row_words + w];
    const int64_t units = self->options.units, end = 64 * w + 64 < units ? 64 * w + 64 : units;
    const uint16_t *levels = self->levels + row * units;
    uint64_t word = 0;
    for (int64_t first = 64 * w; first < end; first += 8) {
        const int64_t stop = first + 8 < end ? first + 8 : end;
        uint32_t any = 0;
        for (int64_t i = first; i < stop; i++) any |= levels[i];
        if (!any) continue;
        const hol_rng_words words = draw_eight(self->bits_key, self->first_row + row, first, epoch);
        for (int64_t i = first; i < stop; i++) word |= (uint64_t)bit_of(&words, levels[i], i) << (i % 64);
    }
    return word;
}

/* Which owned row each lane of a block holds in a step, and in which pass over the shard. */
static void order_block(const hol_batches *self, int64_t b, int64_t step, int64_t rows[HOL_LANES],
                        int64_t epochs[HOL_LANES]) {
    const shard *s = &self->shards[b];
    hol_permutation permutation = {0};
    int64_t permuted = -1; /* the pass that `permutation` is for */
    for (int64_t lane = 0; lane < s->lanes; lane++) {
        const int64_t position = step * s->lanes + lane;
        epochs[lane] = position / s->count;
        if (epochs[lane] != permuted) {
            permuted = epochs[lane];
            const uint32_t part = (uint32_t)(self->options.first_block + b);
            permutation = hol_rng_permutation(self->order_key, (uint64_t)permuted, part, s->count);
        }
        rows[lane] = s->first - self->first_row + hol_rng_permute(&permutation, position % s->count);
    }
}

static void fill_block(const hol_batches *self, int64_t b, int64_t step, uint64_t *words) {
    const int64_t units = self->options.units, lanes = self->shards[b].lanes;
    int64_t rows[HOL_LANES], epochs[HOL_LANES];
    order_block(self, b, step, rows, epochs);
    for (int64_t w = 0; w < self->row_words; w++) {
        uint64_t square[HOL_LANES] = {0};
        for (int64_t lane = 0; lane < lanes; lane++) square[lane] = row_word(self, rows[lane], epochs[lane], w);
        hol_bits_transpose(square);
        const int64_t width = units - 64 * w < 64 ? units - 64 * w : 64;
        memcpy(words + 64 * w, square, (size_t)width * sizeof *words);
    }
}

void hol_batches_fill(const hol_batches *batches, int64_t step, uint64_t *words, int64_t stride) {
#pragma omp parallel for default(none) shared(batches, step, words, stride) if (batches->options.blocks > 1)
    for (int64_t b = 0; b < batches->options.blocks; b++) fill_block(batches, b, step, words + b * stride);
}

void hol_batches_add_counts(const hol_batches *batches, int64_t *counts) {
    const int64_t units = batches->options.units;
    for (int64_t r = 0; r < batches->rows; r++)
        for (int64_t i = 0; i < units; i++) {
            if (batches->levels) {
                const int64_t level = batches->levels[r * units + i];
                counts[i] += level + (level >> 15); /* 65,535 becomes 65,536 */
            } else {
                counts[i] += (int64_t)(batches->packed[r * batches->row_words + i / 64] >> (i % 64) & 1) << 16;
            }
        }
}

uint64_t hol_batches_fingerprint(const hol_batches *batches) {
    const bool bits = batches->packed != NULL;
    const int64_t words = bits ? batches->row_words : batches->options.units;
    uint64_t sum = 0;
    for (int64_t r = 0; r < batches->rows; r++) {
        /* the place is mixed before any data: x ^ place alone would only be reordered by a column that flips as a
         * whole */
        uint64_t hash = ((uint64_t)(batches->first_row + r) + 1) * UINT64_C(0xBF58476D1CE4E5B9);
        hash = (hash ^ (hash >> 31)) * UINT64_C(0x94D049BB133111EB);
        hash ^= hash >> 29;
        for (int64_t w = 0; w < words; w++) {
            hash ^= bits ? batches->packed[r * words + w] : batches->levels[r * words + w];
            hash *= UINT64_C(0x9E3779B97F4A7C15);
            hash ^= hash >> 29;
        }
        sum += hash;
    }
    return sum;
}

int hol_batches_draw_bit(hol_rng_key key, uint16_t level, int64_t sample, int64_t unit, int64_t epoch) {
    const hol_rng_words words = draw_eight(key, sample, unit, epoch);
    return bit_of(&words, level, unit);
}
