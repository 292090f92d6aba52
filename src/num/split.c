/* split: popcounts, and two lists in one array. */
#include "num/split.h"

#include "num/bits.h"
#include "num/clones.h"

HOL_CLONES static int64_t count_on(const uint64_t *words, int64_t stride, int64_t blocks) {
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

hol_split hol_split_units(const hol_states *x, int64_t units, int32_t *room) {
    hol_split split = {.dense = room};
    for (int64_t i = 0; i < units; i++) {
        const int64_t on = count_on(x->words + i, x->stride, x->blocks);
        if (on == 0) continue;
        if (on * HOL_SPLIT_SHARE >= x->blocks * HOL_LANES) {
            room[split.dense_count++] = (int32_t)i;
        } else {
            room[units - ++split.sparse_count] = (int32_t)i; /* from the far end, backwards */
            split.sparse_ones += on;
        }
    }
    split.sparse = room + units - split.sparse_count;
    reverse(split.sparse, split.sparse_count);
    return split;
}

void hol_split_merge(hol_split *split) {
    /* a merge of two ascending lists is not needed: a product takes its rows in any order */
    for (int64_t k = 0; k < split->sparse_count; k++) split->dense[split->dense_count + k] = split->sparse[k];
    split->dense_count += split->sparse_count;
    split->sparse_count = split->sparse_ones = 0;
}
