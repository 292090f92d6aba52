/* pairwise_tiles: the rows that are looked up in, a tile after the other: as the table of 16 bits has them, or rounded
 * from the parameters; and of groups of sites, all sums of a row of each. */
#include <string.h>

#include "pairwise_parts.h"

typedef int16_t eight_narrow __attribute__((vector_size(16), aligned(16)));
typedef int32_t four_wide __attribute__((vector_size(16), aligned(16)));

/* Rows of sums, `count` of them so far, of which all are added to each of a site's `states` rows: count x states then.
 * From the last state on, since they are written over by the first. */
static void join_narrow(int16_t *sums, int64_t count, const int16_t *rows, int64_t states, int64_t width) {
    for (int64_t b = states - 1; b >= 0; b--)
        for (int64_t s = 0; s < width; s += 8) {
            const eight_narrow row = *(const eight_narrow *)(const void *)(rows + b * width + s);
            for (int64_t x = 0; x < count; x++)
                *(eight_narrow *)(void *)(sums + (b * count + x) * width + s) =
                    *(const eight_narrow *)(const void *)(sums + x * width + s) + row;
        }
}

static void join_wide(int32_t *sums, int64_t count, const int32_t *rows, int64_t states, int64_t width) {
    for (int64_t b = states - 1; b >= 0; b--)
        for (int64_t s = 0; s < width; s += 4) {
            const four_wide row = *(const four_wide *)(const void *)(rows + b * width + s);
            for (int64_t x = 0; x < count; x++)
                *(four_wide *)(void *)(sums + (b * count + x) * width + s) =
                    *(const four_wide *)(const void *)(sums + x * width + s) + row;
        }
}

/* a site's rows in 24 bits */
static const int32_t *round_rows(const hol_pairwise *self, int64_t i, const neighbour *n, int64_t first, int64_t width,
                                 pairwise_room *room) {
    hol_pairwise_load(self, i, n, self->theta, first, width, room->loaded);
    hol_pairwise_round(room->loaded, self->states[n->site] * width, self->factor, room->compact);
    return room->compact;
}

/* The group's rows, from its sites' that are neighbours, n to end; row is the first one's in the table. */
static void make_rows(const hol_pairwise *self, int64_t i, int64_t first, const neighbour *n, const neighbour *end,
                      int64_t row, pairwise_room *room, struct hol_pairwise_tile *tile, int64_t at) {
    static const int32_t none[HOL_PAIRWISE_GROUP_ROWS * STRIP] = {0};
    const int64_t g = self->group_of[n->site], width = tile->width;
    const int16_t *table =
        self->narrow ? self->narrow + self->table_starts[i] + self->table_rows[i] * first + row * width : NULL;
    int16_t *narrow = (int16_t *)room->rows + at * width;
    int32_t *wide = room->rows + at * width;
    int64_t count = 1;
    if (self->narrow) memset(narrow, 0, (size_t)width * sizeof *narrow);
    else memset(wide, 0, (size_t)width * sizeof *wide);
    for (int64_t j = self->group_sites[g]; j < self->group_sites[g + 1]; j++) {
        const bool coupled = n < end && n->site == j;
        const int64_t states = self->states[j];
        if (self->narrow) join_narrow(narrow, count, coupled ? table : (const int16_t *)none, states, width);
        else join_wide(wide, count, coupled ? round_rows(self, i, n, first, width, room) : none, states, width);
        count *= states;
        if (coupled) table += self->narrow ? states * width : 0, n++;
    }
}

/* Rows are selected in no order that a processor could foresee: in order they come from memory faster. */
static void fetch(const int16_t *rows, int64_t count) {
    enum { LINE = 64 / sizeof *rows };
    for (int64_t k = 0; k < count; k += LINE) __builtin_prefetch(rows + k);
}

/* the same of a table for lanes, which is read in order */
static bool next_tile_of_lanes(const hol_pairwise *self, int64_t i, pairwise_walk *walk,
                               struct hol_pairwise_tile *tile) {
    const neighbour *n = self->neighbours + self->starts[i] + walk->neighbour;
    const neighbour *end = self->neighbours + self->starts[i + 1], *first = n;
    const int64_t states = self->states[i];
    *tile = (struct hol_pairwise_tile){.narrow = self->narrow + self->table_starts[i] + walk->row * states,
                                       .width = states};
    for (int64_t rows = 0; n < end && n->site / RANGE == first->site / RANGE; n++) {
        rows += padded(self->states[n->site]);
        if (rows * states > HOL_PAIRWISE_TILE) break;
        tile->group[tile->groups++] = n->site;
        tile->row[tile->groups] = (int32_t)rows;
    }
    walk->neighbour += tile->groups;
    walk->row += tile->row[tile->groups];
    return tile->groups > 0;
}

bool hol_pairwise_next_tile(const hol_pairwise *self, int64_t i, int64_t first, pairwise_walk *walk,
                            pairwise_room *room, struct hol_pairwise_tile *tile) {
    if (by_lanes(self)) return next_tile_of_lanes(self, i, walk, tile);
    const neighbour *all = self->neighbours + self->starts[i];
    const int64_t count = self->starts[i + 1] - self->starts[i], width = strip_width(self->states[i], first);
    const bool in_table = self->narrow && !self->joined;
    const int64_t range = walk->neighbour < count ? all[walk->neighbour].site / RANGE : 0;
    int64_t rows = 0;
    *tile = (struct hol_pairwise_tile){.width = width};
    if (self->narrow) tile->narrow = (const int16_t *)room->rows;
    else tile->wide = room->rows;
    if (in_table) tile->narrow = self->narrow + self->table_starts[i] + self->table_rows[i] * first + walk->row * width;
    while (walk->neighbour < count && all[walk->neighbour].site / RANGE == range) {
        const int32_t g = self->group_of[all[walk->neighbour].site];
        int64_t end = walk->neighbour, of_table = 0;
        if ((rows + self->group_rows[g]) * width > HOL_PAIRWISE_TILE) break;
        for (; end < count && self->group_of[all[end].site] == g; end++) of_table += self->states[all[end].site];
        tile->group[tile->groups] = g;
        tile->row[tile->groups++] = (int32_t)rows;
        if (!in_table) make_rows(self, i, first, all + walk->neighbour, all + end, walk->row, room, tile, rows);
        rows += self->group_rows[g];
        walk->row += of_table;
        walk->neighbour = end;
    }
    if (in_table) fetch(tile->narrow, rows * width);
    return tile->groups > 0;
}
