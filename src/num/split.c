/* split: popcounts, and two lists in one array. */
#include "num/split.h"

#include "base/alloc.h"
#include "num/bits.h"
#include "num/clones.h"

HOL_CLONES int64_t hol_split_count_on(const uint64_t *words, int64_t stride, int64_t blocks) {
    int64_t on = 0;
    for (int64_t b = 0; b < blocks; b++) on += __builtin_popcountll(words[b * stride]);
    return on;
}

static void reverse(int32_t *numbers, int64_t count) {
    for (int64_t i = 0; i < count / 2; i++) {
        const int32_t swap = numbers[i];
        numbers[i] = numbers[count - 1 - i];
        numbers[count - 1 - i] = swap;
    }
}

int64_t hol_split_cut(hol_split *split, int64_t units, int64_t blocks, int64_t index_tiles, int64_t starts,
                      int64_t lists, char *scratch) {
    const int64_t sizes[] = {units * 4,
                             units * blocks * 8,
                             index_tiles * HOL_INDEX_TILE,
                             (units * blocks * HOL_LANES / HOL_SPLIT_SHARE + starts * HOL_LIST_SLACK) * 2,
                             starts * 8,
                             lists * 4};
    char *parts[6];
    const int64_t used = hol_cut(scratch, sizes, 6, parts);
    *split = (hol_split){.dense = (int32_t *)(void *)parts[0],
                         .packed = (uint64_t *)(void *)parts[1],
                         .index_tiles = (uint8_t *)parts[2],
                         .lists = (uint16_t *)(void *)parts[3],
                         .starts = (int64_t *)(void *)parts[4],
                         .lengths = (int32_t *)(void *)parts[5]};
    return used;
}

void hol_split_units_by(hol_split *split, const hol_states *x, int64_t units, int64_t share) {
    int32_t *room = split->dense;
    split->dense_count = split->sparse_count = split->sparse_ones = 0;
    for (int64_t i = 0; i < units; i++) {
        const int64_t on = hol_split_count_on(x->words + i, x->stride, x->blocks);
        if (on == 0) continue;
        if (on * share >= x->blocks * HOL_LANES) {
            room[split->dense_count++] = (int32_t)i;
        } else {
            room[units - ++split->sparse_count] = (int32_t)i; /* from the far end, backwards */
            split->sparse_ones += on;
        }
    }
    split->sparse = room + units - split->sparse_count;
    reverse(split->sparse, split->sparse_count);
}

void hol_split_leave_out(hol_split *split, const hol_states *x, const hol_sites *sites) {
    int32_t *const lists[] = {split->dense, split->sparse};
    int64_t *const counts[] = {&split->dense_count, &split->sparse_count};
    split->sparse_ones = 0;
    for (int which = 0; which < 2; which++) {
        int64_t kept = 0;
        for (int64_t k = 0; k < *counts[which]; k++) {
            const int32_t unit = lists[which][k];
            if (hol_sites_columns(sites, unit) >> unit % HOL_STRIP & 1) continue;
            if (which == 1) split->sparse_ones += hol_split_count_on(x->words + unit, x->stride, x->blocks);
            lists[which][kept++] = unit;
        }
        *counts[which] = kept;
    }
}

void hol_split_merge_unless_worth(hol_split *split, int64_t lists, int64_t blocks) {
    if (split->sparse_ones + lists * HOL_LIST_COST <= split->sparse_count * blocks * HOL_LANES / HOL_SPLIT_SHARE)
        return;
    /* a merge of two ascending lists is not needed: a product takes its rows in any order */
    for (int64_t k = 0; k < split->sparse_count; k++) split->dense[split->dense_count + k] = split->sparse[k];
    split->dense_count += split->sparse_count;
    split->sparse_count = split->sparse_ones = 0;
}
