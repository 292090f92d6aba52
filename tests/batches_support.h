/* batches_support: data whose rows are known by their bits, for tests of train/batches. */
#ifndef HOL_TESTS_BATCHES_SUPPORT_H
#define HOL_TESTS_BATCHES_SUPPORT_H

#include "support.h"

#include "base/alloc.h"
#include "num/bits.h"
#include "train/batches.h"

/* Units 0 .. ID_UNITS - 1 of a sample show its number plus one; the others are a pattern. */
enum { ID_UNITS = 20, UNITS = 70 };

static uint16_t level_of(int64_t sample, int64_t unit) {
    if (unit < ID_UNITS) return (sample + 1) >> unit & 1 ? 65535 : 0;
    const uint32_t r = hol_rng_draw((hol_rng_key){{1, 2}}, (uint32_t)sample, (uint32_t)unit, 0, 0).word[0];
    return unit % 5 == 0 ? (uint16_t)(r & 1 ? 65535 : 0) : (uint16_t)(r >> 16); /* sure ones among them */
}

static void load(hol_batches *batches, int64_t first, int64_t rows) {
    uint16_t *levels = hol_allocate(rows * UNITS, sizeof *levels);
    assert_non_null(levels);
    for (int64_t r = 0; r < rows; r++)
        for (int64_t i = 0; i < UNITS; i++) levels[r * UNITS + i] = level_of(first + r, i);
    hol_batches_set_rows(batches, first, rows, levels, NULL);
    hol_free(levels);
}

static hol_batches_options make_options(int64_t samples, int64_t batch_size, bool resample) {
    return (hol_batches_options){.samples = samples,
                                 .units = UNITS,
                                 .batch_size = batch_size,
                                 .seed = 9,
                                 .resample = resample,
                                 .threshold = 32768,
                                 .blocks = hol_bits_blocks(batch_size)};
}

/* the part of one rank, filled; rank 0 of 1: all */
static hol_batches *make_batches(hol_batches_options options, int rank, int ranks) {
    hol_batches *batches = NULL;
    hol_comm_share(hol_bits_blocks(options.batch_size), rank, ranks, &options.first_block, &options.blocks);
    assert_ok(hol_batches_create(&options, &batches));
    int64_t first = 0, rows = 0;
    hol_batches_get_owned(batches, &first, &rows);
    /* in pieces, the last first */
    load(batches, first + rows / 3, rows - rows / 3);
    load(batches, first, rows / 3);
    return batches;
}

/* the sample of a lane; -1 for none */
static int64_t sample_at(const uint64_t *words, int lane) {
    int64_t number = 0;
    for (int i = 0; i < ID_UNITS; i++) number |= (int64_t)(words[i] >> lane & 1) << i;
    return number - 1;
}

#endif
