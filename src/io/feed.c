/* feed: reads in pieces, thresholds or draws, packs. */
#include "io/feed.h"

#include "base/alloc.h"
#include "num/bits.h"
#include "sample/population.h"

enum { PIECE_LEVELS = 1 << 22 };

uint16_t hol_feed_threshold(double threshold) {
    const double scaled = threshold * 65535.0;
    const uint16_t floor = (uint16_t)scaled;
    return (double)floor < scaled ? (uint16_t)(floor + 1) : floor;
}

hol_status hol_feed_batches(hol_dataset *dataset, hol_batches *batches) {
    hol_status status = HOL_OK;
    const int64_t columns = hol_dataset_get_columns(dataset);
    int64_t first = 0, rows = 0, piece = PIECE_LEVELS / columns + 1;
    uint16_t *levels = NULL;
    hol_batches_get_owned(batches, &first, &rows);
    if (piece > rows) piece = rows;
    HOL_TRY(HOL_ALLOCATE(levels, piece * columns, "data set"));
    for (int64_t done = 0; done < rows; done += piece) {
        const int64_t now = rows - done < piece ? rows - done : piece;
        HOL_TRY(hol_dataset_read(dataset, first + done, now, levels));
        hol_batches_set_rows(batches, first + done, now, levels);
    }
cleanup:
    hol_free(levels);
    return status;
}

hol_status hol_feed_bytes(hol_dataset *dataset, const hol_feed *feed, int64_t first, int64_t rows, uint8_t *bytes) {
    hol_status status = HOL_OK;
    const int64_t columns = hol_dataset_get_columns(dataset);
    const hol_rng_key key = hol_rng_key_make(feed->seed, HOL_STREAM_EVALUATION);
    uint16_t *levels = NULL;
    HOL_TRY(HOL_ALLOCATE(levels, rows * columns, "data set"));
    HOL_TRY(hol_dataset_read(dataset, first, rows, levels));
    for (int64_t r = 0; r < rows; r++)
        for (int64_t i = 0; i < columns; i++) {
            const uint16_t level = levels[r * columns + i];
            bytes[r * columns + i] = (uint8_t)(feed->resample ? hol_batches_draw_bit(key, level, first + r, i, 0)
                                                              : level >= feed->threshold);
        }
cleanup:
    hol_free(levels);
    return status;
}

hol_status hol_feed_population(hol_dataset *dataset, const hol_feed *feed, hol_population *population) {
    hol_status status = HOL_OK;
    const int64_t columns = hol_dataset_get_columns(dataset), all = hol_dataset_get_rows(dataset);
    const int64_t blocks = hol_bits_blocks(population->count), spare = all - population->count;
    int64_t first = 0, chains = 0;
    uint8_t *bytes = NULL;
    HOL_TRY(HOL_ALLOCATE(bytes, HOL_LANES * columns, "data set"));
    hol_population_get_owned(population, &first, &chains);
    for (int64_t done = 0; done < chains; done += HOL_LANES) {
        const int64_t block = (first + done) / HOL_LANES;
        const int64_t lanes = chains - done < HOL_LANES ? chains - done : HOL_LANES;
        const int64_t row = first + done + (blocks > 1 ? (int64_t)((__int128)block * spare / (blocks - 1)) : 0);
        HOL_TRY(hol_feed_bytes(dataset, feed, row, lanes, bytes));
        hol_population_set_bytes(population, 0, columns, first + done, lanes, bytes);
    }
cleanup:
    hol_free(bytes);
    return status;
}
