/* layer: the work of a layer cut into (tile of blocks) x (strip of columns), given to threads.
 *
 * First the inputs are split by how often they are on (num/split.h). All chains' bits are turned into index tiles and
 * lists, once; then each strip builds its tables and adds. A tile holds 8 blocks: its sums, 32 KB, stay near
 * the tables while a strip is worked on.
 *
 * 16-bit couplings go by strips of 32 columns, whose sums are two strips of 16 to all else, and by ranges of inputs:
 * rarely active ones may leave their range for lists, and ranges that have few left go together where their sums
 * certainly fit 16 bits (num/narrow.h). Their tiles hold up to 16 blocks, for tables cost as much as many look-ups. */
#include "num/layer.h"

#include <assert.h>
#include <omp.h>
#include <stdbool.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "num/bits.h"
#include "num/clones.h"
#include "num/narrow.h"
#include "num/split.h"
#include "num/threads.h"

enum {
    TILE_BLOCKS = 8,
    NARROW_TILE_BLOCKS = 16,
    HALVES = HOL_NARROW_STRIP / HOL_STRIP, /* of a strip of 16-bit couplings */
    BLOCK_SUMS = HOL_LANES * HOL_STRIP,
    SITE_ROWS = HOL_LIST_ROWS,
};

/* How sites go that are among the inputs: as the rows that they select, in ranges whose rows are added in 16 bits. */
typedef struct site_plan {
    int64_t ranges;
    int32_t *ends;   /* (ranges) */
    uint16_t *lists; /* (blocks, sites, 64): places of rows in their range's, as add_rows_narrow takes them */
} site_plan;

/* How the inputs go. Sparse ones are listed in ranges of HOL_LIST_ROWS: index_tiles are (ranges, blocks), lists
 * (list_ranges, blocks, 64). */
typedef struct plan {
    hol_split split;
    int64_t ranges; /* of dense inputs */
    int32_t *ends;  /* (ranges): where each ends among the dense inputs; for 16-bit couplings alone */
    site_plan sites;
} plan;

static int64_t cut(plan *p, int64_t inputs, int64_t sites, int64_t blocks, char *scratch) {
    const int64_t list_ranges = hol_list_range_count(inputs);
    const int64_t sizes[] = {hol_narrow_range_count(inputs) * 4, sites * 4, blocks * sites * HOL_LANES * 2};
    char *parts[3];
    const int64_t used = hol_cut(scratch, sizes, 3, parts);
    p->ends = (int32_t *)(void *)parts[0];
    p->sites = (site_plan){.ends = (int32_t *)(void *)parts[1], .lists = (uint16_t *)(void *)parts[2]};
    return used + hol_split_cut(&p->split, inputs, blocks, hol_index_range_count(inputs) * blocks, list_ranges * blocks,
                                list_ranges * blocks * HOL_LANES, scratch ? scratch + used : NULL);
}

int64_t hol_layer_scratch_bytes_with(int64_t inputs, int64_t sites, int64_t blocks) {
    plan p;
    return cut(&p, inputs, sites, blocks, NULL);
}

/* where each block's lists of each list_range begin: as far apart as its ones and the slack ask for */
static void place_lists(hol_split *p, const hol_states *x) {
    int64_t at = 0;
    for (int64_t first = 0; first < p->sparse_count; first += HOL_LIST_ROWS) {
        const int64_t left = p->sparse_count - first, rows = left < HOL_LIST_ROWS ? left : HOL_LIST_ROWS;
        for (int64_t b = 0; b < x->blocks; b++) {
            p->starts[first / HOL_LIST_ROWS * x->blocks + b] = at;
            at += HOL_LIST_SLACK;
            for (int64_t k = first; k < first + rows; k++)
                at += __builtin_popcountll(x->words[b * x->stride + p->sparse[k]]);
        }
    }
}

/* ranges of sites whose rows certainly fit 16 bits together, and a first-level cache */
static void join_sites(site_plan *p, const hol_layer *layer) {
    const hol_sites *sites = layer->input_sites;
    int64_t reach = INT16_MAX, rows = 0;
    for (int32_t k = 0; k < sites->count; k++) {
        reach += layer->site_reach[k];
        rows += sites->states[k];
        if (reach > INT16_MAX || rows > SITE_ROWS) {
            p->ranges++;
            reach = layer->site_reach[k];
            rows = sites->states[k];
        }
        p->ends[p->ranges - 1] = k + 1;
    }
}

/* Fewer sparse inputs than lists pay for are dense, too. */
static void split_narrow(hol_split *split, const hol_layer *layer, const hol_states *x) {
    const int64_t lanes = x->blocks * HOL_LANES;
    hol_split_units(split, x, layer->inputs);
    if (layer->input_sites) hol_split_leave_out(split, x, layer->input_sites);
    const int64_t lists = lanes * hol_list_range_count(split->sparse_count);
    if (split->sparse_ones + lists * HOL_LIST_COST > split->sparse_count * lanes / HOL_SPLIT_SHARE)
        hol_split_units_by(split, x, layer->inputs, lanes);
    if (layer->input_sites) hol_split_leave_out(split, x, layer->input_sites);
}

/* Dense inputs of one range after the other together, as long as they are few and their sums fit. */
static void join_ranges(plan *p, const hol_layer *layer) {
    int32_t end = 0, first = 0;
    int64_t reach = 0;
    p->ranges = 0;
    for (int64_t r = 0; r < hol_narrow_range_count(layer->inputs); r++) {
        const int32_t begin = end;
        while (end < p->split.dense_count && p->split.dense[end] < (r + 1) * HOL_NARROW_ROWS) end++;
        if (end == begin) continue;
        if (p->ranges == 0 || end - first > HOL_NARROW_ROWS || reach + layer->reach[r] > INT16_MAX) {
            p->ranges++;
            first = begin;
            reach = 0;
        }
        p->ends[p->ranges - 1] = end;
        reach += layer->reach[r];
    }
}

static plan make_plan(const hol_layer *layer, const hol_states *x, void *scratch) {
    plan p;
    hol_split *split = &p.split;
    (void)cut(&p, layer->inputs, layer->input_sites ? layer->input_sites->count : 0, x->blocks, scratch);
    if (layer->narrow) {
        split_narrow(split, layer, x);
        join_ranges(&p, layer);
        if (layer->input_sites) join_sites(&p.sites, layer);
    } else {
        hol_split_units(split, x, layer->inputs);
        hol_split_merge_unless_worth(split, x->blocks * HOL_LANES * hol_list_range_count(split->sparse_count),
                                     x->blocks);
        p.ranges = hol_index_range_count(split->dense_count);
    }
    place_lists(split, x);
    return p;
}

static void index_dense(const hol_kernels *kernels, const plan *p, const void *narrow, const uint64_t *packed,
                        int64_t range_stride, uint8_t *index_tile) {
    if (!narrow) kernels->index_lanes(packed, p->split.dense_count, p->ranges, range_stride, index_tile);
    for (int64_t r = 0; narrow && r < p->ranges; r++) {
        const int32_t first = r > 0 ? p->ends[r - 1] : 0;
        kernels->index_narrow(packed + first, p->ends[r] - first, index_tile + r * range_stride);
    }
}

/* one block's rows of sites */
static void list_sites(const hol_kernels *kernels, const hol_sites *sites, const site_plan *p, const uint64_t *words,
                       uint16_t *lists) {
    for (int64_t r = 0, k = 0; r < p->ranges; r++)
        for (int64_t row = 0; k < p->ends[r]; row += sites->states[k++], lists += HOL_LANES)
            kernels->list_site(words + sites->first[k], sites->states[k], row, lists);
}

static void index_all(const hol_layer *layer, const plan *inputs, const hol_states *x) {
    const hol_kernels *kernels = layer->kernels;
    const hol_split *p = &inputs->split;
#pragma omp for schedule(static)
    for (int64_t b = 0; b < x->blocks; b++) {
        uint64_t *packed = p->packed + b * (p->dense_count + p->sparse_count);
        const uint64_t *words = x->words + b * x->stride;
        for (int64_t k = 0; k < p->dense_count; k++) packed[k] = words[p->dense[k]];
        index_dense(kernels, inputs, layer->narrow, packed, x->blocks * HOL_INDEX_TILE,
                    p->index_tiles + b * HOL_INDEX_TILE);
        if (inputs->sites.ranges > 0)
            list_sites(kernels, layer->input_sites, &inputs->sites, words,
                       inputs->sites.lists + b * layer->input_sites->count * HOL_LANES);
        packed += p->dense_count;
        for (int64_t k = 0; k < p->sparse_count; k++) packed[k] = words[p->sparse[k]];
        for (int64_t first = 0; first < p->sparse_count; first += HOL_LIST_ROWS) {
            const int64_t left = p->sparse_count - first, at = first / HOL_LIST_ROWS * x->blocks + b;
            (void)kernels->list_lanes(packed + first, left < HOL_LIST_ROWS ? left : HOL_LIST_ROWS,
                                      p->lists + p->starts[at], p->lengths + at * HOL_LANES);
        }
    }
}

/* A strip's work on a tile of blocks: sums are (blocks, 64, 16), or (blocks, 2, 64, 16) of a narrow strip. */
typedef struct tile {
    int64_t first, blocks, all_blocks;
    int64_t column; /* the strip's first */
    int64_t shift;  /* fields of sites stand so many columns before their own place */
} tile;

static void add_lists(const hol_kernels *kernels, const hol_layer *layer, const hol_split *p, const tile *t,
                      int32_t *sums) {
    _Alignas(64) int32_t lines[(HOL_LIST_ROWS + 1) * HOL_STRIP]; /* of 32 columns in 16 bits, or 16 in 32 */
    enum { LINE = HOL_STRIP * sizeof *lines };
    memset(lines + HOL_LIST_ROWS * HOL_STRIP, 0, LINE);
    for (int64_t first = 0; first < p->sparse_count; first += HOL_LIST_ROWS) {
        const int64_t left = p->sparse_count - first, rows = left < HOL_LIST_ROWS ? left : HOL_LIST_ROWS;
        for (int64_t k = 0; k < rows; k++) {
            const int64_t row = p->sparse[first + k];
            const void *line = layer->narrow
                                   ? (const void *)(layer->narrow + t->column * layer->inputs + row * HOL_NARROW_STRIP)
                                   : layer->weights + row * layer->stride + t->column;
            memcpy(lines + k * HOL_STRIP, line, LINE);
            if (!layer->narrow) __builtin_prefetch((const char *)line + LINE); /* the next strip's, far from others */
        }
        for (int64_t b = 0; b < t->blocks; b++) {
            const int64_t at = first / HOL_LIST_ROWS * t->all_blocks + t->first + b;
            const uint16_t *list = p->lists + p->starts[at];
            const int32_t *lengths = p->lengths + at * HOL_LANES;
            if (layer->narrow)
                (void)kernels->add_rows_narrow((const int16_t *)lines, list, lengths, sums + b * HALVES * BLOCK_SUMS);
            else (void)kernels->add_rows(lines, list, lengths, HOL_LANES, sums + b * BLOCK_SUMS);
        }
    }
}

static void add_sites(const hol_kernels *kernels, const hol_layer *layer, const site_plan *p, const tile *t,
                      int32_t *sums) {
    _Alignas(64) int16_t lines[(HOL_LIST_ROWS + 1) * HOL_NARROW_STRIP];
    const hol_sites *sites = layer->input_sites;
    const int16_t *strip = layer->narrow + t->column * layer->inputs;
    memset(lines + HOL_LIST_ROWS * HOL_NARROW_STRIP, 0, HOL_NARROW_STRIP * sizeof *lines);
    for (int32_t r = 0, k = 0; r < p->ranges; r++) {
        const int32_t first = k;
        for (int16_t *to = lines; k < p->ends[r]; to += sites->states[k++] * HOL_NARROW_STRIP)
            memcpy(to, strip + (int64_t)sites->first[k] * HOL_NARROW_STRIP,
                   (size_t)sites->states[k] * HOL_NARROW_STRIP * sizeof *to);
        for (int64_t b = 0; b < t->blocks; b++)
            kernels->add_sites(lines, p->lists + ((t->first + b) * sites->count + first) * HOL_LANES, k - first,
                               sums + b * HALVES * BLOCK_SUMS);
    }
}

HOL_CLONES static void fill_block(const int32_t *bias, int32_t *restrict sums) {
    for (int64_t l = 0; l < HOL_LANES; l++)
        for (int64_t j = 0; j < HOL_STRIP; j++) sums[l * HOL_STRIP + j] = bias[j];
}

static void sum_strip(const hol_kernels *kernels, const hol_layer *layer, const plan *p, const tile *t, int32_t *sums) {
    const int64_t halves = layer->narrow ? HALVES : 1, range_stride = t->all_blocks * HOL_INDEX_TILE;
    const uint8_t *index_tiles = p->split.index_tiles + t->first * HOL_INDEX_TILE;
    for (int64_t k = 0; k < t->blocks * halves; k++) {
        const int64_t column = t->column + k % halves * HOL_STRIP;
        if (column < layer->stride) fill_block(layer->bias + column, sums + k * BLOCK_SUMS);
        else memset(sums + k * BLOCK_SUMS, 0, BLOCK_SUMS * sizeof *sums);
    }
    if (layer->narrow)
        kernels->product_narrow(layer->narrow + t->column * layer->inputs, p->split.dense, p->ends, p->ranges,
                                index_tiles, range_stride, t->blocks, sums);
    else
        kernels->product(layer->weights + t->column, layer->stride, p->split.dense, p->split.dense_count, index_tiles,
                         range_stride, t->blocks, sums);
    if (p->split.sparse_count > 0) add_lists(kernels, layer, &p->split, t, sums);
    if (p->sites.ranges > 0) add_sites(kernels, layer, &p->sites, t, sums);
}

/* What becomes of sums: one of the four, or samples and levels; NULL otherwise. */
typedef struct outputs {
    const hol_draw *draw;
    const hol_states *samples;
    uint8_t *levels;
    int32_t *probabilities, *fields;
    int64_t global_block; /* the number of block 0 */
} outputs;

/* one block's 16 columns, of which `sums` is (64, 16); the fields of sites are kept `shift` columns before them */
static void sample_block(const hol_layer *layer, const int32_t *sums, int64_t block, int64_t column, int64_t shift,
                         const outputs *to) {
    const int64_t width = layer->outputs - column < HOL_STRIP ? layer->outputs - column : HOL_STRIP;
    const uint16_t of_sites = hol_sites_columns(layer->sites, column);
    uint64_t words[HOL_STRIP];
    if (of_sites && to->samples)
        layer->kernels->turn_strip(sums, layer->site_fields + (block * layer->stride + column - shift) * HOL_LANES);
    if (of_sites == UINT16_MAX && !to->levels) return;
    layer->kernels->sample(sums, layer->scale, to->draw, column, to->global_block + block, to->samples ? words : NULL,
                           to->levels ? to->levels + (block * layer->stride + column) * HOL_LANES : NULL);
    if (!to->samples) return;
    uint64_t *samples = to->samples->words + block * to->samples->stride + column;
    const uint64_t *held = layer->held ? layer->held + block * to->samples->stride + column : NULL;
    if (!held && !of_sites) memcpy(samples, words, (size_t)width * sizeof *words);
    for (int64_t l = 0; (held || of_sites) && l < width; l++)
        if (!(of_sites >> l & 1)) samples[l] = hol_bits_hold(words[l], samples[l], held ? held[l] : 0);
}

/* one block's site k, whose fields sample_block has turned */
static void sample_site(const hol_layer *layer, int64_t block, int64_t k, int64_t shift, const outputs *to) {
    const int64_t first = layer->sites->first[k], states = layer->sites->states[k];
    const int64_t at = block * to->samples->stride + first;
    uint64_t drawn[HOL_SITE_STATES_MAX], *samples = to->samples->words + at;
    layer->kernels->sample_site(layer->site_fields + (block * layer->stride + first - shift) * HOL_LANES, states,
                                layer->scale, to->draw, first, to->global_block + block, layer->held ? drawn : samples);
    for (int64_t s = 0; layer->held && s < states; s++)
        samples[s] = hol_bits_hold(drawn[s], samples[s], layer->held[at + s]);
}

/* Each state's probability in the place of its field: probabilities is (64, stride). */
static void weigh_site(const hol_layer *layer, int64_t k, int32_t *probabilities) {
    enum { MOST = HOL_SITE_STATES_MAX * HOL_LANES };
    _Alignas(64) int32_t fields[MOST];
    _Alignas(64) uint32_t weights[MOST], totals[HOL_LANES];
    const int64_t states = layer->sites->states[k];
    assert(states >= 2);
    probabilities += layer->sites->first[k];
    for (int64_t l = 0; l < HOL_LANES; l++)
        for (int64_t s = 0; s < states; s++) fields[s * HOL_LANES + l] = probabilities[l * layer->stride + s];
    layer->kernels->weigh_site(fields, states, layer->scale, weights, totals);
    for (int64_t l = 0; l < HOL_LANES; l++)
        for (int64_t s = 0; s < states; s++)
            probabilities[l * layer->stride + s] = hol_sites_round(weights[s * HOL_LANES + l], totals[l]);
}

/* A thread's strips are consecutive ones of some tiles: a site of which it has all columns is drawn at its last one,
 * while the fields are near, the others when all threads are done. */
typedef struct site_turn {
    int64_t tiles, first_item; /* the first of this thread's items, strip * tiles + tile */
    int64_t width;             /* of strips */
} site_turn;

/* The sites that end in tile t's strip, of its blocks: those whose columns are all among the thread's items, or those
 * for which that isn't so. */
static void finish_sites(const hol_layer *layer, const tile *t, const site_turn *turn, int64_t item, bool own,
                         const outputs *to) {
    const hol_sites *sites = layer->sites;
    for (int64_t k = hol_sites_find(sites, t->column); k < sites->count; k++) {
        const int64_t first = sites->first[k], end = first + sites->states[k];
        if (end > t->column + turn->width) break;
        const bool is_own = first / turn->width * turn->tiles + item % turn->tiles >= turn->first_item;
        for (int64_t b = t->first; is_own == own && b < t->first + t->blocks; b++) {
            if (to->samples) sample_site(layer, b, k, t->shift, to);
            if (to->probabilities) weigh_site(layer, k, to->probabilities + b * HOL_LANES * layer->stride);
        }
    }
}

/* Fields of all a thread's sites, one strip's after the other's, would go through the caches to memory and back: those
 * that are drawn here stand, as long as they are needed, where the thread's first site of the tile has its own. */

/* the first column, from that of the strip on, that is of no site that is drawn already */
static int64_t first_open(const hol_layer *layer, int64_t column) {
    const int64_t k = hol_sites_find(layer->sites, column);
    const int64_t first = k < layer->sites->count ? layer->sites->first[k] : column;
    return first < column ? first : column;
}

/* How many columns before their own place the fields of the strip at `column` stand, and those of sites that go on. */
static int64_t shift_of(const hol_layer *layer, const site_turn *turn, int64_t tile_number, int64_t column) {
    const int64_t strip = (turn->first_item - tile_number + turn->tiles - 1) / turn->tiles;
    const int64_t begin = strip * turn->width, open = first_open(layer, column);
    int64_t own = begin;
    if (first_open(layer, begin) < begin) {
        const int64_t k = hol_sites_find(layer->sites, begin);
        own = layer->sites->first[k] + layer->sites->states[k];
    }
    return open > own ? open - own : 0;
}

/* what is left of a tile's strip, from where it stands to where the next strip's fields do */
static void move_open(const hol_layer *layer, const tile *t, int64_t end, int64_t shift) {
    const int64_t first = first_open(layer, end);
    for (int64_t b = t->first; shift != t->shift && b < t->first + t->blocks; b++) {
        int32_t *fields = layer->site_fields + (b * layer->stride + first) * HOL_LANES;
        memmove(fields - shift * HOL_LANES, fields - t->shift * HOL_LANES,
                (size_t)((end - first) * HOL_LANES) * sizeof *fields);
    }
}

/* one block's 16 columns: probabilities (64, stride), but of sites the fields, until all of a site's are there */
static void probabilities_of(const hol_layer *layer, const int32_t *sums, int64_t column, int32_t *probabilities) {
    const uint16_t of_sites = hol_sites_columns(layer->sites, column);
    layer->kernels->probabilities(sums, layer->scale, probabilities, layer->stride);
    for (int64_t l = 0; of_sites && l < HOL_LANES; l++)
        for (int64_t c = 0; c < HOL_STRIP; c++)
            if (of_sites >> c & 1) probabilities[l * layer->stride + c] = sums[l * HOL_STRIP + c];
}

static void finish_tile(const hol_layer *layer, const tile *t, const int32_t *sums, const outputs *to) {
    const int64_t halves = layer->narrow ? HALVES : 1;
    for (int64_t k = 0; k < t->blocks * halves; k++, sums += BLOCK_SUMS) {
        const int64_t block = t->first + k / halves, column = t->column + k % halves * HOL_STRIP;
        if (column >= layer->outputs) continue;
        const int64_t at = block * HOL_LANES * layer->stride + column;
        if (to->samples || to->levels) sample_block(layer, sums, block, column, t->shift, to);
        if (to->probabilities) probabilities_of(layer, sums, column, to->probabilities + at);
        for (int64_t l = 0; to->fields && l < HOL_LANES; l++)
            memcpy(to->fields + at + l * layer->stride, sums + l * HOL_STRIP, HOL_STRIP * sizeof *sums);
    }
}

/* The first thread's time on fields: the time of the whole, shared out as every TIMED-th of its items is. Timing each
 * would cost as much as a small item does; a share can't exceed the whole, whatever interrupts an item that is
 * timed. */
enum { TIMED = 8 };

/* Blocks of a tile: the most whose sums stay near, but fewer where threads would have none. */
static int64_t choose_size(int64_t most, int64_t strips, int64_t blocks) {
    int64_t size = most;
    while (size > 1 && strips * ((blocks + size - 1) / size) < omp_get_max_threads()) size /= 2;
    return size;
}

/* Asks for the lines that fields will be written to: they lie a row apart, and are waited for one by one otherwise. */
static void expect_fields(const hol_layer *layer, const tile *t, int64_t width, const int32_t *fields) {
    fields += t->first * HOL_LANES * layer->stride + t->column;
    for (int64_t r = 0; r < t->blocks * HOL_LANES; r++, fields += layer->stride)
        for (int64_t c = 0; c < width && t->column + c < layer->stride; c += HOL_STRIP)
            __builtin_prefetch(fields + c, 1);
}

static tile tile_of(const hol_states *x, int64_t item, int64_t tiles, int64_t size, int64_t width) {
    const int64_t first = item % tiles * size;
    return (tile){.first = first,
                  .blocks = x->blocks - first < size ? x->blocks - first : size,
                  .all_blocks = x->blocks,
                  .column = item / tiles * width};
}

static bool draws_sites(const hol_layer *layer, const outputs *to) {
    return layer->sites && (to->samples || to->probabilities);
}

/* What a thread does with an item's sums: and with the sites that end there, of which it has all columns. */
static void finish_item(const hol_layer *layer, tile *t, const site_turn *turn, int64_t item, const int32_t *sums,
                        const outputs *to) {
    const bool keeps = layer->sites && to->samples;
    const int64_t number = item % turn->tiles, end = t->column + turn->width;
    if (keeps) t->shift = shift_of(layer, turn, number, t->column);
    finish_tile(layer, t, sums, to);
    if (draws_sites(layer, to)) finish_sites(layer, t, turn, item, true, to);
    if (keeps) move_open(layer, t, end, shift_of(layer, turn, number, end));
}

/* The fields of sites that another thread has columns of, too, to their own place. */
static void leave_open(const hol_layer *layer, tile *t, const site_turn *turn, int64_t item) {
    const int64_t end = t->column + turn->width;
    t->shift = shift_of(layer, turn, item % turn->tiles, end);
    move_open(layer, t, end, 0);
}

static void apply(const hol_layer *layer, const hol_states *x, const outputs *to, void *scratch) {
    const hol_kernels *kernels = layer->kernels;
    const plan p = make_plan(layer, x, scratch);
    const int64_t width = layer->narrow ? HOL_NARROW_STRIP : HOL_STRIP;
    const int64_t strips = (layer->outputs + width - 1) / width;
    const int64_t size = choose_size(layer->narrow ? NARROW_TILE_BLOCKS : TILE_BLOCKS, strips, x->blocks);
    const int64_t tiles = (x->blocks + size - 1) / size;
    const bool worth = hol_worth_threads(x->blocks * HOL_LANES * layer->stride, layer->inputs / HOL_GROUP + 1);
    const int64_t items = strips * tiles;
#pragma omp parallel default(none) shared(kernels, layer, x, to, p, tiles, items, width, size, worth) if (worth)
    {
        const bool keeps_time = omp_get_thread_num() == 0;
        const double start = keeps_time ? hol_clock_now() : 0;
        double on_fields = 0, on_items = 0;
        int64_t done = 0;
        site_turn turn = {.tiles = tiles, .first_item = items, .width = width};
        index_all(layer, &p, x);
        _Alignas(64) int32_t sums[NARROW_TILE_BLOCKS * HALVES * BLOCK_SUMS];
#pragma omp for schedule(static) nowait
        for (int64_t item = 0; item < items; item++) {
            tile t = tile_of(x, item, tiles, size, width);
            const bool timed = keeps_time && done % TIMED == 0;
            const double begun = timed ? hol_clock_now() : 0;
            if (done++ == 0) turn.first_item = item;
            if (to->fields) expect_fields(layer, &t, width, to->fields);
            sum_strip(kernels, layer, &p, &t, sums);
            if (timed) on_fields += hol_clock_now() - begun;
            finish_item(layer, &t, &turn, item, sums, to);
            if (timed) on_items += hol_clock_now() - begun;
        }
        const int64_t end = turn.first_item + done;
        for (int64_t item = end - (done < tiles ? done : tiles); layer->sites && to->samples && item < end; item++) {
            tile t = tile_of(x, item, tiles, size, width);
            leave_open(layer, &t, &turn, item);
        }
#pragma omp barrier
        for (int64_t item = turn.first_item; draws_sites(layer, to) && item < end; item++) {
            const tile t = tile_of(x, item, tiles, size, width);
            finish_sites(layer, &t, &turn, item, false, to);
        }
        if (on_items > 0 && layer->fields_seconds)
            *layer->fields_seconds += (hol_clock_now() - start) * on_fields / on_items;
    }
}

void hol_layer_fields(const hol_layer *layer, const hol_states *x, int32_t *fields, void *scratch) {
    const outputs to = {.fields = fields};
    if (x->blocks > 0) apply(layer, x, &to, scratch);
}

void hol_layer_probabilities(const hol_layer *layer, const hol_states *x, int32_t *probabilities, void *scratch) {
    const outputs to = {.probabilities = probabilities};
    if (x->blocks > 0) apply(layer, x, &to, scratch);
}

void hol_layer_sample(const hol_layer *layer, const hol_states *x, const hol_draw *draw, const hol_states *samples,
                      uint8_t *levels, void *scratch) {
    const outputs to = {.draw = draw, .samples = samples, .levels = levels, .global_block = x->first_block};
    if (x->blocks > 0) apply(layer, x, &to, scratch);
}

void hol_layer_sample_fields(const hol_layer *layer, const int32_t *fields, float scale, const hol_draw *draw,
                             const hol_states *samples) {
    const int64_t strips = (layer->outputs + HOL_STRIP - 1) / HOL_STRIP;
    const outputs to = {.draw = draw, .samples = samples, .global_block = samples->first_block};
    hol_layer scaled = *layer;
    scaled.scale = scale;
#pragma omp parallel for collapse(2) default(none) shared(scaled, fields, to, samples, strips)
    for (int64_t b = 0; b < samples->blocks; b++)
        for (int64_t s = 0; s < strips; s++) {
            _Alignas(64) int32_t strip[HOL_LANES * HOL_STRIP];
            const int64_t column = s * HOL_STRIP;
            for (int64_t l = 0; l < HOL_LANES; l++)
                memcpy(strip + l * HOL_STRIP, fields + (b * HOL_LANES + l) * scaled.stride + column,
                       HOL_STRIP * sizeof *strip);
            sample_block(&scaled, strip, b, column, 0, &to);
        }
}

typedef int64_t four __attribute__((vector_size(32), aligned(8), may_alias));

HOL_CLONES void hol_layer_sum_units(const uint64_t *words, const int32_t *values, int64_t units, int64_t *sums) {
    enum { SIDE = 8 }; /* vectors at a time, which stay in registers */
    for (int first = 0; first < HOL_LANES; first += 4 * SIDE) {
        four sum[SIDE] = {{0}};
        for (int64_t i = 0; i < units; i++) {
            const four value = (four){0} + values[i], word = (four){0} + (int64_t)(words[i] >> first);
#pragma GCC unroll 8
            for (int q = 0; q < SIDE; q++) {
                const four bit = (four){1, 2, 4, 8} << (4 * q);
                sum[q] += value & ((word & bit) == bit);
            }
        }
        for (int q = 0; q < SIDE; q++) *(four *)(sums + first + 4 * q) = sum[q];
    }
}

/* Where a run of at most `most` outputs from `first` on ends that cuts no site. */
static int64_t end_of_piece(const hol_layer *layer, int64_t first, int64_t most) {
    const hol_sites *sites = layer->sites;
    const int64_t end = first + most;
    if (end >= layer->outputs) return layer->outputs;
    const int64_t k = sites ? hol_sites_find(sites, end) : 0;
    return sites && k < sites->count && sites->first[k] < end ? sites->first[k] : end;
}

double hol_layer_log_sum(const hol_layer *layer, const int32_t *fields, const int32_t *less, const int32_t *more) {
    enum { PIECE = 1024 };
    const double scale = (double)layer->scale;
    double sum = 0, x[PIECE];
    for (int64_t first = 0, end = 0; first < layer->outputs; first = end) {
        end = end_of_piece(layer, first, PIECE);
        for (int64_t j = first; j < end; j++) x[j - first] = scale * (double)fields[j];
        for (int64_t j = first; less && j < end; j++) x[j - first] -= scale * (double)less[j];
        for (int64_t j = first; more && j < end; j++) x[j - first] += scale * (double)more[j];
        sum += hol_sites_sum_units(layer->sites, layer->kernels, x, first, end);
    }
    return sum;
}

double hol_layer_mean_square(const hol_layer *layer, const uint64_t *words, int lane, const int32_t *probabilities) {
    int64_t sum = 0;
    for (int64_t i = 0; i < layer->outputs; i++) {
        const int64_t on = hol_bits_get(words, i, lane);
        const int64_t difference = (on << HOL_PROBABILITY_BITS) - probabilities[i];
        sum += difference * difference;
    }
    return (double)sum * 0x1p-30 / (double)layer->outputs;
}
