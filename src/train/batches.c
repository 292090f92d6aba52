/* batches: packed rows of the owned shards, and the arithmetic of their order.
 *
 * With weights the row of a visit is looked for between two marks: marks[k] is the row that holds the place of visit k
 * at offset 0, so at any offset it lies between marks[k] and marks[k + 1], on average one row further on. */
#include "train/batches.h"

#include <string.h>

#include "base/alloc.h"
#include "num/bits.h"

typedef struct shard {
    int64_t first; /* global number of its first sample; with weights, of its first visit */
    int64_t count; /* samples, or visits, of a pass */
    int64_t lanes; /* of its block */
    /* with weights: */
    int64_t begin, places; /* its interval */
    int32_t *marks;        /* owned: (count + 1), of owned rows */
} shard;

struct hol_batches {
    hol_batches_options options; /* but its weights, which are gone */
    int64_t row_words;           /* 64-bit words of a packed row */
    int64_t first_row;           /* owned rows */
    int64_t rows;
    int64_t skipped; /* of them, at the front, that the rank before counts: 0 or 1 */
    int64_t total;   /* of all weights */
    hol_rng_key order_key;
    hol_rng_key bits_key;
    hol_rng_key offset_key;
    shard *shards;    /* owned: one per owned block */
    int64_t *sums;    /* owned: (rows + 1), the place at which each owned row begins; NULL without weights */
    uint64_t *packed; /* owned: (rows, row_words), when bits are fixed */
    uint16_t *levels; /* owned: (rows, units), when they are drawn anew */
    uint64_t *known;  /* owned: (rows, row_words), bits of values that are known; NULL: all are */
};

/* The first of so many samples, or places, that are a block's or a later one's; 128 bits: `all` times batch may pass
 * 2^63. */
static int64_t find_border(const hol_batches_options *o, int64_t all, int64_t block) {
    const int64_t lanes = block * HOL_LANES < o->batch_size ? block * HOL_LANES : o->batch_size;
    return (int64_t)((__int128)all * lanes / o->batch_size);
}

static shard shard_of(const hol_batches *self, int64_t block) {
    const hol_batches_options *o = &self->options;
    const int64_t left = o->batch_size - block * HOL_LANES;
    const int64_t first = find_border(o, o->samples, block), begin = find_border(o, self->total, block);
    return (shard){.first = first,
                   .count = find_border(o, o->samples, block + 1) - first,
                   .lanes = left < HOL_LANES ? left : HOL_LANES,
                   .begin = begin,
                   .places = find_border(o, self->total, block + 1) - begin};
}

/* ---- weights ----------------------------------------------------------------------------------------------------- */

/* Which rows are owned: the one that holds the first place of the rank's interval, and those that begin in it. Those
 * behind the last place begin in the last interval, too. Where memory is counted, about as many as without weights. */
static void own_rows(hol_batches *self, const hol_sample_weights *weights) {
    const hol_batches_options *o = &self->options;
    const int64_t begin = find_border(o, self->total, o->first_block),
                  end = find_border(o, self->total, o->first_block + o->blocks);
    int64_t sum = 0, row = 0;
    if (o->blocks == 0 || o->whole) return;
    if (!weights->values) {
        self->rows =
            find_border(o, o->samples, o->first_block + o->blocks) - find_border(o, o->samples, o->first_block);
        return;
    }
    while (sum < begin) sum += weights->values[row++];
    self->skipped = sum > begin;
    self->first_row = row - self->skipped;
    while (row < weights->rows && (sum < end || end == self->total)) sum += weights->values[row++];
    self->rows = row - self->first_row;
}

static void fill_sums(hol_batches *self, const hol_sample_weights *weights) {
    int64_t sum = 0;
    for (int64_t r = 0; r < self->first_row; r++) sum += weights->values[r];
    for (int64_t r = 0; r <= self->rows; r++) {
        self->sums[r] = sum;
        if (r < self->rows) sum += weights->values[self->first_row + r];
    }
}

/* The last row from `low` to `high` that begins at `place` or before. */
static int64_t find_row(const int64_t *sums, int64_t low, int64_t high, int64_t place) {
    while (low < high) {
        const int64_t middle = low + (high - low + 1) / 2;
        if (sums[middle] <= place) low = middle;
        else high = middle - 1;
    }
    return low;
}

static void fill_marks(const hol_batches *self, shard *s) {
    int64_t row = find_row(self->sums, 0, self->rows - 1, s->begin);
    for (int64_t k = 0; k <= s->count; k++) {
        const int64_t place = k < s->count ? hol_batches_find_place(k, s->count, s->places, 0) : s->places - 1;
        while (row + 1 < self->rows && self->sums[row + 1] <= s->begin + place) row++;
        s->marks[k] = (int32_t)row;
    }
}

static hol_status add_weights(hol_batches *self, const hol_sample_weights *weights) {
    hol_status status = HOL_OK;
    hol_memory *memory = self->options.memory;
    own_rows(self, weights);
    HOL_TRY(HOL_MEMORY_ALLOCATE(memory, self->sums, self->rows + 1, "weights"));
    if (!memory) fill_sums(self, weights);
    for (int64_t b = 0; b < self->options.blocks && !self->options.whole; b++) {
        shard *s = &self->shards[b];
        HOL_TRY(HOL_MEMORY_ALLOCATE(memory, s->marks, s->count + 1, "weights"));
        if (!memory) fill_marks(self, s);
    }
cleanup:
    return status;
}

/* k L + t over K without 128 bits: by quotients and remainders of L and t. */
int64_t hol_batches_find_place(int64_t visit, int64_t visits, int64_t places, int64_t offset) {
    return visit * (places / visits) + offset / visits + (visit * (places % visits) + offset % visits) / visits;
}

/* uniform from 0 to places - 1, to 2^-64 */
static int64_t draw_offset(const hol_batches *self, int64_t b, int64_t epoch) {
    const hol_rng_words r = hol_rng_draw(self->offset_key, (uint32_t)epoch, (uint32_t)((uint64_t)epoch >> 32),
                                         (uint32_t)(self->options.first_block + b), 0);
    const uint64_t uniform = (uint64_t)r.word[1] << 32 | r.word[0];
    return (int64_t)((unsigned __int128)uniform * (uint64_t)self->shards[b].places >> 64);
}

/* ---- making ------------------------------------------------------------------------------------------------------ */

static hol_status check_samples(const hol_batches_options *o) {
    if (o->samples >= hol_bits_blocks(o->batch_size)) return HOL_OK;
    return hol_error(HOL_USAGE,
                     "train.batch_size: found %lld, expected at most %lld: 64 for each of the %lld rows of data.train",
                     (long long)o->batch_size, (long long)o->samples * HOL_LANES, (long long)o->samples);
}

static hol_status allocate_rows(hol_batches *self) {
    hol_status status = HOL_OK;
    hol_memory *memory = self->options.memory;
    const int64_t words = HOL_PRODUCT(self->rows, self->row_words);
    if (self->options.missing) HOL_TRY(HOL_MEMORY_ALLOCATE(memory, self->known, words, "missing values"));
    if (self->options.resample)
        return HOL_MEMORY_ALLOCATE(memory, self->levels, HOL_PRODUCT(self->rows, self->options.units), "data set");
    status = HOL_MEMORY_ALLOCATE(memory, self->packed, words, "data set");
cleanup:
    return status;
}

hol_status hol_batches_create(const hol_batches_options *options, hol_batches **ret_batches) {
    hol_status status = HOL_OK;
    hol_batches *self = NULL;
    *ret_batches = NULL;
    HOL_TRY(check_samples(options));
    HOL_TRY(HOL_ALLOCATE(self, 1, "batches"));
    self->options = *options;
    self->options.weights = NULL;
    self->total = options->weights ? options->weights->sum : options->samples;
    self->row_words = (options->units + 63) / 64;
    self->order_key = hol_rng_key_make(options->seed, HOL_STREAM_DATA_ORDER);
    self->bits_key = hol_rng_key_make(options->seed, HOL_STREAM_DATA_BITS);
    self->offset_key = hol_rng_key_make(options->seed, HOL_STREAM_DATA_OFFSET);
    HOL_TRY(HOL_ALLOCATE(self->shards, options->blocks, "shards"));
    for (int64_t b = 0; b < options->blocks; b++) {
        self->shards[b] = shard_of(self, options->first_block + b);
        if (b == 0) self->first_row = self->shards[b].first;
        self->rows += self->shards[b].count;
    }
    if (options->weights) HOL_TRY(add_weights(self, options->weights));
    HOL_TRY(allocate_rows(self));
    *ret_batches = self;
    return HOL_OK;
cleanup:
    hol_batches_destroy(self);
    return status;
}

void hol_batches_destroy(hol_batches *batches) {
    if (!batches) return;
    for (int64_t b = 0; b < batches->options.blocks && batches->shards; b++) hol_free(batches->shards[b].marks);
    hol_free(batches->shards);
    hol_free(batches->sums);
    hol_free(batches->packed);
    hol_free(batches->levels);
    hol_free(batches->known);
    hol_free(batches);
}

void hol_batches_get_owned(const hol_batches *batches, int64_t *ret_first, int64_t *ret_rows) {
    *ret_first = batches->first_row;
    *ret_rows = batches->rows;
}

void hol_batches_get_counted(const hol_batches *batches, int64_t *ret_first, int64_t *ret_rows) {
    *ret_first = batches->first_row + batches->skipped;
    *ret_rows = batches->rows - batches->skipped;
}

static uint32_t weight_of(const hol_batches *self, int64_t r) {
    return self->sums ? (uint32_t)(self->sums[r + 1] - self->sums[r]) : 1;
}

uint32_t hol_batches_get_weight(const hol_batches *batches, int64_t row) {
    return weight_of(batches, row - batches->first_row);
}

int64_t hol_batches_get_total(const hol_batches *batches) { return batches->total; }

/* bits of a row of `units` bytes of 0 and 1 */
static void pack_row(const hol_batches *self, const uint8_t *bytes, uint64_t *row) {
    memset(row, 0, (size_t)self->row_words * sizeof *row);
    for (int64_t i = 0; i < self->options.units; i++) row[i / 64] |= (uint64_t)bytes[i] << (i % 64);
}

static void pack_levels(const hol_batches *self, const uint16_t *levels, uint64_t *row) {
    const uint16_t threshold = self->options.threshold;
    memset(row, 0, (size_t)self->row_words * sizeof *row);
    for (int64_t i = 0; i < self->options.units; i++) row[i / 64] |= (uint64_t)(levels[i] >= threshold) << (i % 64);
}

void hol_batches_set_rows(hol_batches *batches, int64_t first, int64_t rows, const uint16_t *levels,
                          const uint8_t *known) {
    const int64_t units = batches->options.units, words = batches->row_words, at = first - batches->first_row;
    if (batches->levels) memcpy(batches->levels + at * units, levels, (size_t)(rows * units) * sizeof *levels);
    for (int64_t r = 0; r < rows && batches->packed; r++)
        pack_levels(batches, levels + r * units, batches->packed + (at + r) * words);
    for (int64_t r = 0; r < rows && batches->known; r++) {
        uint64_t *row = batches->known + (at + r) * words;
        if (known) pack_row(batches, known + r * units, row);
        else memset(row, 0xff, (size_t)words * sizeof *row);
        for (int64_t w = 0; w < words && batches->packed; w++) batches->packed[(at + r) * words + w] &= row[w];
        for (int64_t i = 0; i < units && batches->levels; i++)
            if (!(row[i / 64] >> (i % 64) & 1)) batches->levels[(at + r) * units + i] = 0;
    }
}

static bool is_known(const hol_batches *self, int64_t r, int64_t unit) {
    return !self->known || self->known[r * self->row_words + unit / 64] >> (unit % 64) & 1;
}

void hol_batches_get_bytes(const hol_batches *batches, int64_t row, uint8_t *bytes, uint8_t *known) {
    const int64_t r = row - batches->first_row;
    const uint64_t *words = batches->packed + r * batches->row_words;
    for (int64_t i = 0; i < batches->options.units; i++) {
        bytes[i] = words[i / 64] >> (i % 64) & 1;
        known[i] = is_known(batches, r, i);
    }
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

/* What a lane shows in a step. */
typedef struct visit {
    int64_t row;    /* owned */
    int64_t number; /* of the sample or visit among all N of a pass */
    int64_t epoch;  /* the pass over the shard */
} visit;

/* 64 units of a row as a word: stored, or drawn anew for the pass. Most grey levels of images are 0: groups of eight
 * such units need no random number. */
static uint64_t row_word(const hol_batches *self, const visit *v, int64_t w) {
    if (self->packed) return self->packed[v->row * self->row_words + w];
    const int64_t units = self->options.units, end = 64 * w + 64 < units ? 64 * w + 64 : units;
    const uint16_t *levels = self->levels + v->row * units;
    uint64_t word = 0;
    for (int64_t first = 64 * w; first < end; first += 8) {
        const int64_t stop = first + 8 < end ? first + 8 : end;
        uint32_t any = 0;
        for (int64_t i = first; i < stop; i++) any |= levels[i];
        if (!any) continue;
        const hol_rng_words words = draw_eight(self->bits_key, v->number, first, v->epoch);
        for (int64_t i = first; i < stop; i++) word |= (uint64_t)bit_of(&words, levels[i], i) << (i % 64);
    }
    return word;
}

static int64_t row_of(const hol_batches *self, const shard *s, int64_t number, int64_t offset) {
    if (!self->sums) return s->first - self->first_row + number;
    const int64_t place = s->begin + hol_batches_find_place(number, s->count, s->places, offset);
    return find_row(self->sums, s->marks[number], s->marks[number + 1], place);
}

/* Which owned row each lane of a block shows in a step, and in which pass over the shard. */
static void order_block(const hol_batches *self, int64_t b, int64_t step, visit visits[HOL_LANES]) {
    const shard *s = &self->shards[b];
    hol_permutation permutation = {0};
    int64_t permuted = -1, offset = 0; /* the pass that `permutation` and `offset` are for */
    for (int64_t lane = 0; lane < s->lanes; lane++) {
        const int64_t position = step * s->lanes + lane, epoch = position / s->count;
        if (epoch != permuted) {
            permuted = epoch;
            const uint32_t part = (uint32_t)(self->options.first_block + b);
            permutation = hol_rng_permutation(self->order_key, (uint64_t)permuted, part, s->count);
            if (self->sums) offset = draw_offset(self, b, epoch);
        }
        const int64_t number = hol_rng_permute(&permutation, position % s->count);
        visits[lane] = (visit){row_of(self, s, number, offset), s->first + number, epoch};
    }
}

/* the rows' bits, or those of what is known of them */
static void show_block(const hol_batches *self, const visit *visits, int64_t lanes, bool known, uint64_t *words) {
    const int64_t units = self->options.units, row_words = self->row_words;
    for (int64_t w = 0; w < row_words; w++) {
        uint64_t square[HOL_LANES] = {0};
        for (int64_t lane = 0; lane < lanes; lane++) {
            const visit *v = &visits[lane];
            square[lane] = known ? self->known[v->row * row_words + w] : row_word(self, v, w);
        }
        hol_bits_transpose(square);
        const int64_t width = units - 64 * w < 64 ? units - 64 * w : 64;
        memcpy(words + 64 * w, square, (size_t)width * sizeof *words);
    }
}

static void fill_block(const hol_batches *self, int64_t b, int64_t step, bool known, uint64_t *words) {
    visit visits[HOL_LANES];
    order_block(self, b, step, visits);
    show_block(self, visits, self->shards[b].lanes, known, words);
}

static uint32_t weigh(const void *owner, int64_t row) { return hol_batches_get_weight(owner, row); }

static void gather(const void *owner, const int64_t *rows, int64_t count, uint64_t *words) {
    const hol_batches *batches = owner;
    visit visits[HOL_LANES];
    for (int64_t lane = 0; lane < count; lane++) visits[lane] = (visit){.row = rows[lane] - batches->first_row};
    show_block(batches, visits, count, false, words);
}

hol_rows hol_batches_get_rows(const hol_batches *batches) {
    hol_rows rows = {.owner = batches, .weigh = weigh, .gather = gather};
    hol_batches_get_counted(batches, &rows.first, &rows.count);
    return rows;
}

void hol_batches_fill(const hol_batches *batches, int64_t step, uint64_t *words, int64_t stride) {
#pragma omp parallel for default(none) shared(batches, step, words, stride) if (batches->options.blocks > 1)
    for (int64_t b = 0; b < batches->options.blocks; b++) fill_block(batches, b, step, false, words + b * stride);
}

bool hol_batches_have_missing(const hol_batches *batches) { return batches->known != NULL; }

void hol_batches_fill_known(const hol_batches *batches, int64_t step, uint64_t *words, int64_t stride) {
#pragma omp parallel for default(none) shared(batches, step, words, stride) if (batches->options.blocks > 1)
    for (int64_t b = 0; b < batches->options.blocks; b++) fill_block(batches, b, step, true, words + b * stride);
}

void hol_batches_add_counts(const hol_batches *batches, hol_wide *counts, hol_wide *known) {
    const int64_t units = batches->options.units;
    for (int64_t r = batches->skipped; r < batches->rows; r++) {
        const int64_t weight = weight_of(batches, r);
        for (int64_t i = 0; i < units; i++) {
            if (known && is_known(batches, r, i)) known[i] += weight;
            if (batches->levels) {
                const int64_t level = batches->levels[r * units + i];
                counts[i] += weight * (level + (level >> 15)); /* 65,535 becomes 65,536 */
            } else {
                const int64_t bit = (int64_t)(batches->packed[r * batches->row_words + i / 64] >> (i % 64) & 1);
                counts[i] += weight * (bit << 16);
            }
        }
    }
}

static uint64_t mix(uint64_t hash, uint64_t word) {
    hash = (hash ^ word) * UINT64_C(0x9E3779B97F4A7C15);
    return hash ^ hash >> 29;
}

uint64_t hol_batches_fingerprint(const hol_batches *batches) {
    const bool bits = batches->packed != NULL;
    const int64_t words = bits ? batches->row_words : batches->options.units;
    uint64_t sum = 0;
    for (int64_t r = batches->skipped; r < batches->rows; r++) {
        /* the place is mixed before any data: x ^ place alone would only be reordered by a column that flips as a
         * whole */
        uint64_t hash = ((uint64_t)(batches->first_row + r) + 1) * UINT64_C(0xBF58476D1CE4E5B9);
        hash = (hash ^ (hash >> 31)) * UINT64_C(0x94D049BB133111EB);
        hash ^= hash >> 29;
        for (int64_t w = 0; w < words; w++)
            hash = mix(hash, bits ? batches->packed[r * words + w] : batches->levels[r * words + w]);
        for (int64_t w = 0; w < batches->row_words && batches->known; w++)
            hash = mix(hash, batches->known[r * batches->row_words + w]);
        if (batches->sums) hash = mix(hash, weight_of(batches, r));
        sum += hash;
    }
    return sum;
}

int hol_batches_draw_bit(hol_rng_key key, uint16_t level, int64_t sample, int64_t unit, int64_t epoch) {
    const hol_rng_words words = draw_eight(key, sample, unit, epoch);
    return bit_of(&words, level, unit);
}
