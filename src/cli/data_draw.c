/* data_draw: rows of one file for several splits, drawn at random without putting any back.
 *
 * Row by row, each goes to a split with the probability that its share of the rows left says (selection sampling; Fan,
 * Muller & Rezucha 1962, Knuth's algorithm S): counts are exact, each set of rows is as likely as any other, and the
 * same seed gives the same rows. Where equal rows are kept together, groups of them come in a random order, and a group
 * goes to the first split that still lacks as many rows. So it is with clusters of similar rows.
 *
 * Where common rows are divided, a pattern that is common is drawn row by row, as if all its rows were different: one
 * that each split, drawn row by row, may be expected to have (of 10 % of the rows, one of ten rows or more), and that
 * is more than twice as common as the mean pattern, so that copies of a whole data set stay together. Kept in one
 * split, such patterns (a silent frame, an empty basket) would make the splits unlike each other, and errors of means
 * larger than their rows say. Where there are fewer than DIFFERENT_LEAST patterns, all are drawn so; and where each is
 * there REPEATED times in the mean, some very much more often: rows of few bits are equal by chance, and splits with no
 * pattern in common would be of different distributions. Copies are equally many of all. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/rng.h"
#include "data_parts.h"

enum { DIFFERENT_LEAST = 20, TIMES_THE_MEAN = 2, REPEATED = 8 };

static hol_rng_key key_of(const hol_data_import *self) {
    return hol_rng_key_make((uint64_t)self->seed, HOL_STREAM_DATA_SPLIT);
}

static bool is_drawn_from(const hol_data_import *self, int split, int source) {
    return split != source && self->inputs[split].source == source;
}

/* How many rows each split gets: wanted is (count). */
static hol_status set_counts(hol_data_import *self, int source, int64_t *wanted) {
    const hol_data_input *from = &self->inputs[source];
    wanted[source] = from->file_rows;
    for (int i = 0; i < self->count; i++) {
        if (!is_drawn_from(self, i, source)) continue;
        const hol_data_input *input = &self->inputs[i];
        wanted[i] = input->share > 0 ? llround(input->share * (double)from->file_rows) : input->rows;
        if (wanted[i] < 1)
            return hol_error(HOL_USAGE, "--split: found %s=%g%% of %lld rows, expected a share of one row at least",
                             input->name, 100 * input->share, (long long)from->file_rows);
        if (wanted[i] >= wanted[source])
            return hol_error(HOL_USAGE,
                             "--split: found shares that leave %s none of the %lld rows of %s, expected less",
                             from->name, (long long)from->file_rows, from->path);
        wanted[source] -= wanted[i];
    }
    return HOL_OK;
}

static void draw_single(hol_data_import *self, int source, int64_t *left) {
    hol_data_input *from = &self->inputs[source];
    const hol_rng_key key = key_of(self);
    for (int64_t r = 0; r < from->file_rows; r++) {
        const double u = hol_rng_uniform(key, (uint32_t)r, (uint32_t)((uint64_t)r >> 32), (uint32_t)source, 0);
        double place = u * (double)(from->file_rows - r);
        int split = source;
        for (int i = 0; i < self->count; i++) {
            if (!is_drawn_from(self, i, source)) continue;
            if (place < (double)left[i]) {
                split = i;
                break;
            }
            place -= (double)left[i];
        }
        /* rounding of the product may point past the last row that is left */
        for (int i = 0; left[split] == 0; i++) split = i;
        left[split]--;
        from->assigned[r] = (uint8_t)split;
    }
}

/* ------------------------------------------------------------------ groups of equal rows, or of similar ones */

typedef struct member {
    uint64_t order, hash; /* of the group: its place in the random order, and what its rows have in common */
    int64_t row;
} member;

static int compare_members(const void *left, const void *right) {
    const member *a = left, *b = right;
    if (a->order != b->order) return a->order < b->order ? -1 : 1;
    if (a->hash != b->hash) return a->hash < b->hash ? -1 : 1;
    return a->row < b->row ? -1 : a->row > b->row;
}

static void assign_group(hol_data_import *self, int source, const member *members, int64_t count, int64_t *left) {
    int split = source;
    for (int i = 0; i < self->count && split == source; i++)
        if (is_drawn_from(self, i, source) && left[i] >= count) split = i;
    left[split] -= count;
    for (int64_t m = 0; m < count; m++) self->inputs[source].assigned[members[m].row] = (uint8_t)split;
}

static int64_t end_of_group(const member *members, int64_t count, int64_t first) {
    int64_t end = first + 1;
    while (end < count && members[end].order == members[first].order && members[end].hash == members[first].hash) end++;
    return end;
}

/* The most rows of a pattern that go to one split. */
static int64_t most_together(const hol_data_import *self, int source, const member *members, const int64_t *left) {
    const int64_t count = self->inputs[source].file_rows;
    int64_t patterns = 0, smallest = count, commonest = 0;
    for (int64_t first = 0, end = 0; first < count; first = end, patterns++) {
        end = end_of_group(members, count, first);
        if (end - first > commonest) commonest = end - first;
    }
    for (int i = 0; i < self->count; i++)
        if (is_drawn_from(self, i, source) && left[i] < smallest) smallest = left[i];
    const int64_t repeats = count / patterns;
    if (patterns < DIFFERENT_LEAST || (repeats >= REPEATED && commonest >= REPEATED * repeats)) return 1;
    const int64_t expected = count / smallest, mean = TIMES_THE_MEAN * count / patterns;
    const int64_t most = expected > mean ? expected : mean;
    return most < smallest / 2 ? most : smallest / 2;
}

/* Gives the rows of common patterns places of their own in the random order. */
static void divide_common(hol_data_import *self, int source, member *members, const int64_t *left) {
    const hol_rng_key key = key_of(self);
    const int64_t count = self->inputs[source].file_rows, most = most_together(self, source, members, left);
    for (int64_t first = 0, end = 0; first < count; first = end) {
        end = end_of_group(members, count, first);
        if (end - first <= most) continue;
        self->common_patterns++;
        self->common_rows += end - first;
        for (int64_t m = first; m < end; m++) {
            const uint64_t row = (uint64_t)members[m].row;
            const hol_rng_words words = hol_rng_draw(key, (uint32_t)row, (uint32_t)(row >> 32), (uint32_t)source, 2);
            members[m].order = (uint64_t)words.word[1] << 32 | words.word[0];
            members[m].hash = row;
        }
    }
    if (self->common_rows > 0) qsort(members, (size_t)count, sizeof *members, compare_members);
}

static hol_status draw_groups(hol_data_import *self, int source, int64_t *left) {
    hol_data_input *from = &self->inputs[source];
    const hol_rng_key key = key_of(self);
    member *members = NULL;
    const hol_status status = HOL_ALLOCATE(members, from->file_rows, "equal rows");
    if (status != HOL_OK) return status;
    for (int64_t r = 0; r < from->file_rows; r++) {
        const uint64_t hash = from->hashes[r];
        const hol_rng_words words = hol_rng_draw(key, (uint32_t)hash, (uint32_t)(hash >> 32), (uint32_t)source, 1);
        members[r] = (member){(uint64_t)words.word[1] << 32 | words.word[0], hash, r};
    }
    qsort(members, (size_t)from->file_rows, sizeof *members, compare_members);
    if (self->divides_common) divide_common(self, source, members, left);
    for (int64_t first = 0, end = 0; first < from->file_rows; first = end) {
        end = end_of_group(members, from->file_rows, first);
        assign_group(self, source, members + first, end - first, left);
    }
    hol_free(members);
    return HOL_OK;
}

/* ------------------------------------------------------------------ all sources */

static hol_status draw_from(hol_data_import *self, int source) {
    int64_t left[HOL_DATA_INPUTS_MOST] = {0};
    hol_data_input *from = &self->inputs[source];
    hol_status status = set_counts(self, source, left);
    if (status == HOL_OK) status = HOL_ALLOCATE(from->assigned, from->file_rows, "rows of splits");
    if (status != HOL_OK) return status;
    if (self->keep_equal || self->cluster > 0) status = draw_groups(self, source, left);
    else draw_single(self, source, left);
    for (int i = 0; i < self->count; i++)
        if (self->inputs[i].source == source) self->inputs[i].rows = 0;
    for (int64_t r = 0; r < from->file_rows; r++) self->inputs[from->assigned[r]].rows++;
    for (int i = 0; i < self->count && status == HOL_OK; i++)
        if (self->inputs[i].source == source && self->inputs[i].rows == 0)
            status = hol_error(HOL_BAD_INPUT,
                               "%s: found too many %s rows to keep them together: none is left for %s, expected "
                               "other shares, or %s",
                               from->path, self->cluster > 0 ? "similar" : "equal", self->inputs[i].name,
                               self->cluster > 0 ? "a larger --cluster-split" : "no --keep-equal");
    return status;
}

hol_status hol_data_draw_rows(hol_data_import *self) {
    for (int i = 0; i < self->count; i++) {
        if (self->inputs[i].source != i) continue;
        bool has_drawn = false;
        for (int k = 0; k < self->count; k++) has_drawn = has_drawn || is_drawn_from(self, k, i);
        self->inputs[i].rows = self->inputs[i].file_rows;
        if (!has_drawn) continue;
        const hol_status status = draw_from(self, i);
        if (status != HOL_OK) return status;
    }
    return HOL_OK;
}
