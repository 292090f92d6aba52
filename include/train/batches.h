/* batches: the data set in memory, and the order in which a run sees it.
 *
 * The batch of `batch_size` lanes lies in blocks of 64; the data set of N samples is cut into one contiguous shard per
 * block, in proportion to the block's lanes: shard b is the samples [N*64b/B, N*min(64b+64, B)/B). In step t, lane l of
 * block b holds the sample at position p = t * lanes(b) + l of its shard's stream: an endless sequence of permutations
 * of the shard, number p / n_b being the shard's epoch, p % n_b the place in it. So each pass sees every sample exactly
 * once, no batch is ever short (the remainder of one pass is filled up from the next), and the sample of a lane is a
 * function of (seed, step, lane) alone. A rank owns a run of blocks, and needs only their shards.
 *
 * With weights (io/sample_weights.h: whole numbers q, W their sum; a row has the q places from the sum of those before
 * it on) shards are cut by weight: shard b is the interval [W*64b/B, W*min(64b+64, B)/B) of places, L of them; a row
 * across a border is in both. An epoch of a shard has as many visits K as it would have samples without weights, so
 * that an epoch of all is N visits. Visit k shows the row that holds the place
 *
 *     floor((k L + t) / K),   t drawn for each epoch of the shard from 0 to L - 1
 *
 * of the shard's interval: systematic resampling (Madow 1949). A row of q places in a shard appears q K / L times in an
 * epoch on average over t, exactly, and each time that number rounded down or up; one of weight 0 never. The visits
 * come in the order of the permutation. Resampled bits are drawn anew for each visit.
 *
 * Rows may lack values: a mask beside them says which ones are known. */
#ifndef HOL_TRAIN_BATCHES_H
#define HOL_TRAIN_BATCHES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/comm.h"
#include "base/memory.h"
#include "base/rng.h"
#include "base/status.h"
#include "io/sample_weights.h"
#include "sample/rows.h"

typedef struct hol_batches hol_batches; /* opaque */

/* Sizes are global; seed keys the order and, with resample, the bits. first_block and blocks are this rank's run
 * (hol_comm_share of the batch's blocks; blocks may be 0). resample false: a level is turned into a bit once (level >=
 * threshold). true: levels are kept and give fresh Bernoulli bits in each epoch. HOL_USAGE when a shard would be empty
 * (fewer samples than blocks). Not collective. */
typedef struct hol_batches_options {
    hol_memory *memory; /* borrowed; or NULL (base/memory.h) */
    int64_t samples;    /* N */
    int64_t units;      /* columns */
    int64_t batch_size; /* B */
    uint64_t seed;
    bool resample;
    uint16_t threshold; /* in 1/65535 */
    int64_t first_block;
    int64_t blocks;
    bool whole; /* rows are not drawn, only read as a whole: those of a rank are its blocks' in the order of the data
                 * set, weights or not, and there is no hol_batches_fill. batch_size is the number of samples then */
    bool missing;                      /* rows may lack values */
    const hol_sample_weights *weights; /* borrowed for the call; NULL: all samples alike */
} hol_batches_options;

hol_status hol_batches_create(const hol_batches_options *options, hol_batches **ret_batches) HOL_MUST_USE;
void hol_batches_destroy(hol_batches *batches);

/* The rows of the data set that this rank must supply, contiguous: [first, first + rows). With weights, the first of
 * them may be the last of the rank before, too. */
void hol_batches_get_owned(const hol_batches *batches, int64_t *ret_first, int64_t *ret_rows);

/* Those of them that are counted here: each row of the data set by one rank. */
void hol_batches_get_counted(const hol_batches *batches, int64_t *ret_first, int64_t *ret_rows);

/* An owned row's weight, 1 without weights; and the sum over the data set. */
uint32_t hol_batches_get_weight(const hol_batches *batches, int64_t row);
int64_t hol_batches_get_total(const hol_batches *batches);

/* Hands over owned rows [first, first + rows), numbered as in the data set: levels is (rows, units), 0 to 65535; known
 * (rows, units) of 1, and 0 where there is no value, whatever its level; NULL: all are known. */
void hol_batches_set_rows(hol_batches *batches, int64_t first, int64_t rows, const uint16_t *levels,
                          const uint8_t *known);

/* An owned row's bits, (units) bytes of 0 and 1, and which of them are known; not with resample. */
void hol_batches_get_bytes(const hol_batches *batches, int64_t row, uint8_t *bytes, uint8_t *known);

/* Fills words (blocks, stride), unit-major bits of the owned blocks, for one step; words[b * stride + i] is unit i of
 * the 64 lanes; lanes beyond the batch are 0. stride >= units. */
void hol_batches_fill(const hol_batches *batches, int64_t step, uint64_t *words, int64_t stride);

/* The counted rows, with their weights, of `units` words a block; not with resample. */
hol_rows hol_batches_get_rows(const hol_batches *batches);

/* Whether rows may lack values; and where they do the mask of a step's, as hol_batches_fill: bits of what is known, 0
 * in lanes beyond the batch. A value that is not known fills as 0. */
bool hol_batches_have_missing(const hol_batches *batches);
void hol_batches_fill_known(const hol_batches *batches, int64_t step, uint64_t *words, int64_t stride);

/* How many counted samples have unit i on, each times its weight, added to counts[i] (resample: levels / 65535 rounded
 * to 1/65536, so counts are in units of 1/65536 in both cases); and to known[i] the weight of those in which it is
 * known, unless it is NULL. Both are (units). */
void hol_batches_add_counts(const hol_batches *batches, hol_wide *counts, hol_wide *known);

/* A number that differs when the data, or their weights, differ: the sum, modulo 2^64, of a hash of each counted row
 * with its place. The sum of all ranks' numbers does not depend on how many they are. */
uint64_t hol_batches_fingerprint(const hol_batches *batches);

/* The place that visit k of K shows in an interval of so many places, 0 <= offset < places < 2^62, K <= 2^31:
 * floor((k * places + offset) / K). */
int64_t hol_batches_find_place(int64_t visit, int64_t visits, int64_t places, int64_t offset);

/* The bit that a level (0 to 65535) of unit `unit` shows in pass `epoch` to sample `sample`, with weights to visit
 * number `sample` of all N: a Bernoulli draw of
 * probability level / 65535, to 2^-16; 0 and 65535 are sure. */
int hol_batches_draw_bit(hol_rng_key key, uint16_t level, int64_t sample, int64_t unit, int64_t epoch);

#endif
