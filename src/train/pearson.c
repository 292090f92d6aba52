/* pearson: pairs of indicators in strips of rows, so many at a time as one sum over ranks holds.
 *
 * A strip is all indicators of a run of columns, about 64, paired with all from its first one on: of a row only what
 * follows its own column counts. Pieces are runs of strips; strips and pieces follow from the model alone. They are
 * counted by bits, or where columns have many states by bytes (num/counts.h): 1 + the indicator that is on, or 0. */
#include "train/pearson.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "base/sum.h"
#include "indicators.h"
#include "num/bits.h"
#include "num/connected.h"
#include "num/counts.h"
#include "num/kernels.h"
#include "sample/population.h"

enum { STRIP_UNITS = 64, PIECE_ENTRIES = 1 << 22, DATA_BLOCKS = 64, BYTES_STATES = 32, GROUPS = HOL_PEARSON_GROUPS };
#define FIRST_GROUP UINT64_C(0x0001000100010001)

typedef struct strip {
    int64_t first, end; /* indicators that are its rows; columns are those from `first` on */
    int64_t at;         /* its first entry among all */
    int64_t column;     /* its first column */
} strip;

struct hol_pearson {
    hol_comm *comm;
    const hol_model *model;
    const hol_statistics *data; /* NULL: pairs are counted here, with all from the next but one on */
    double *of_data, *means;    /* single states' frequencies: (fields), or of chains alone (indicators) */
    hol_indicators indicators;
    strip *strips;
    int64_t strip_count, entries, room; /* room: entries of the largest piece, and at least the indicators */
    int64_t *begins;                    /* (indicators): where in its strip a row begins */
    float *target;                      /* (entries): the data's correlations */
    hol_connected_sums *sums;           /* (indicators): of each row; or (sites) */
    hol_states bits;                    /* of chains, or of the data's rows, some blocks at a time */
    uint8_t *bytes;                     /* the same as bytes, (blocks, columns, 64); NULL: pairs are counted by bits */
    int64_t bit_blocks;                 /* that there is room for */
    int64_t bound;                      /* chains of this rank, at most */
    hol_sum *sum;                       /* (room) */
};

/* A run of strips whose entries are counted at a time. */
typedef struct piece {
    int64_t first, end; /* strips */
    int64_t at, entries;
} piece;

/* ---- strips and pieces ------------------------------------------------------------------------------------------- */

static int64_t strip_entries(const hol_pearson *self, const strip *s) {
    return (s->end - s->first) * (self->indicators.count - s->first);
}

static hol_status cut_strips(hol_pearson *self) {
    hol_status status = HOL_OK;
    const hol_indicators *all = &self->indicators;
    HOL_TRY(HOL_ALLOCATE(self->strips, all->columns, "strips"));
    HOL_TRY(HOL_ALLOCATE(self->begins, all->count, "strips"));
    for (int64_t c = 0; c < all->columns; c++) {
        strip *last = self->strip_count > 0 ? &self->strips[self->strip_count - 1] : NULL;
        const int64_t first = all->firsts[c], end = all->firsts[c + 1];
        if (last && end - last->first <= STRIP_UNITS) last->end = end;
        else self->strips[self->strip_count++] = (strip){.first = first, .end = end, .column = c};
        for (int64_t i = first; i < end; i++) self->begins[i] = end - self->strips[self->strip_count - 1].first;
    }
    for (int64_t s = 0; s < self->strip_count; s++) {
        self->strips[s].at = self->entries;
        const int64_t more = strip_entries(self, &self->strips[s]);
        if (__builtin_add_overflow(self->entries, more, &self->entries)) self->entries = INT64_MAX;
    }
cleanup:
    return status;
}

/* The piece that begins at a strip. */
static piece get_piece(const hol_pearson *self, int64_t first) {
    piece p = {.first = first, .end = first, .at = self->strips[first].at};
    do p.entries += strip_entries(self, &self->strips[p.end++]);
    while (p.end < self->strip_count && p.entries + strip_entries(self, &self->strips[p.end]) <= PIECE_ENTRIES);
    return p;
}

static int64_t find_room(const hol_pearson *self) {
    int64_t room = self->indicators.count > 0 ? self->indicators.count : 1;
    for (int64_t s = 0; s < self->strip_count;) {
        const piece p = get_piece(self, s);
        if (p.entries > room) room = p.entries;
        s = p.end;
    }
    return room;
}

/* ---- counts ------------------------------------------------------------------------------------------------------ */

/* Of `count` samples those in `lanes`. */
static void take_states(hol_pearson *self, const hol_states *from, int64_t count, uint64_t lanes) {
    assert(from->blocks <= self->bit_blocks);
    self->bits.blocks = from->blocks;
    self->bits.first_block = from->first_block;
    hol_indicators_fill(&self->indicators, from, count, lanes, &self->bits);
    if (self->bytes) hol_indicators_to_bytes(&self->indicators, &self->bits, self->bytes);
}

static hol_states indicators_from(const hol_pearson *self, int64_t first) {
    hol_states x = self->bits;
    x.words += first;
    return x;
}

/* Adds the samples in bits to counts, of indicators, or of pairs of them. */
static void count_single(const hol_pearson *self, int32_t *counts) {
    hol_counts_units(&self->bits, self->indicators.count, INT64_MAX, 1, (hol_sums){.wide = counts});
}

/* Of column `other`'s indicators with those of the strip's columns before it; counts is the strip's. */
static void count_bytes(const hol_pearson *self, const strip *t, int64_t other, int32_t *counts) {
    const hol_indicators *all = &self->indicators;
    const int64_t width = all->count - t->first, stride = all->columns * HOL_LANES, first = all->firsts[other];
    const int64_t columns = all->firsts[other + 1] - first + 1;
    for (int64_t c = t->column; c < other && all->firsts[c] < t->end; c++) {
        int32_t table[BYTES_STATES * BYTES_STATES];
        const int64_t rows = all->firsts[c + 1] - all->firsts[c] + 1;
        memset(table, 0, (size_t)(rows * columns) * sizeof *table);
        hol_pairs_add_bytes(self->bytes + c * HOL_LANES, rows, self->bytes + other * HOL_LANES, columns, stride,
                            self->bits.blocks * HOL_LANES, NULL, (hol_sums){.wide = table});
        for (int64_t a = 1; a < rows; a++)
            for (int64_t b = 1; b < columns; b++)
                counts[(all->firsts[c] + a - 1 - t->first) * width + first + b - 1 - t->first] +=
                    table[a * columns + b];
    }
}

static void count_strip(const hol_pearson *self, const strip *t, int32_t *counts) {
    if (!self->bytes) {
        const int64_t width = self->indicators.count - t->first;
        const hol_states x = indicators_from(self, t->first);
        hol_pairs_add(self->model->options.kernels, &x, t->end - t->first, &x, width, 1, counts);
        return;
    }
#pragma omp parallel for schedule(dynamic) default(none) shared(self, t, counts)
    for (int64_t c = t->column + 1; c < self->indicators.columns; c++) count_bytes(self, t, c, counts);
}

static void count_pairs(const hol_pearson *self, const piece *p, int32_t *counts) {
    for (const strip *t = self->strips + p->first; t < self->strips + p->end; t++)
        count_strip(self, t, counts + (t->at - p->at));
}

/* p NULL: of single indicators */
static void count(const hol_pearson *self, const piece *p, int32_t *counts) {
    if (p) count_pairs(self, p, counts);
    else count_single(self, counts);
}

/* ---- the data ---------------------------------------------------------------------------------------------------- */

typedef struct data_count {
    hol_pearson *self;
    const hol_rows *rows;
    const piece *piece;       /* NULL: single indicators */
    hol_rows_counter counter; /* whose words and sums are owned */
    int64_t total;            /* of all rows' weights */
} data_count;

static void count_rows(void *context, int64_t lanes, int32_t *counts) {
    const data_count *d = context;
    const hol_states rows = {.words = d->counter.words, .blocks = hol_bits_blocks(lanes), .stride = d->counter.stride};
    take_states(d->self, &rows, lanes, ~UINT64_C(0));
    count(d->self, d->piece, counts);
}

static hol_status sum_data(data_count *d, const piece *p) {
    hol_rows_counter *c = &d->counter;
    d->piece = p;
    c->entries = p ? p->entries : d->self->indicators.count;
    memset(c->sums, 0, (size_t)c->entries * sizeof *c->sums);
    hol_rows_count(d->rows, c);
    return hol_comm_sum_i64(d->self->comm, c->sums, c->entries);
}

/* means: of the data, with the pseudo-count, as the correlations become */
static void correlate(const data_count *d, const piece *p, const double *means, double pseudo) {
    const hol_pearson *self = d->self;
    const hol_indicators *all = &self->indicators;
    const double scale = (1 - pseudo) / (double)d->total;
    for (int64_t s = p->first; s < p->end; s++)
        for (int64_t i = self->strips[s].first; i < self->strips[s].end; i++) {
            const strip *t = &self->strips[s];
            const int64_t row = t->at + (i - t->first) * (all->count - t->first) - t->first;
            for (int64_t j = all->nexts[i]; j < all->count; j++) {
                const double both = scale * (double)d->counter.sums[row + j - p->at];
                self->target[row + j] =
                    (float)(both + pseudo * all->inverses[i] * all->inverses[j] - means[i] * means[j]);
            }
        }
}

static hol_status find_target(data_count *d, double pseudo) {
    hol_status status = HOL_OK;
    hol_pearson *self = d->self;
    const hol_indicators *all = &self->indicators;
    const double scale = (1 - pseudo) / (double)d->total;
    HOL_TRY(sum_data(d, NULL));
    for (int64_t i = 0; i < all->count; i++)
        self->means[i] = scale * (double)d->counter.sums[i] + pseudo * all->inverses[i];
    for (int64_t s = 0; s < self->strip_count;) {
        const piece p = get_piece(self, s);
        HOL_TRY(sum_data(d, &p));
        correlate(d, &p, self->means, pseudo);
        s = p.end;
    }
cleanup:
    return status;
}

static hol_status take_data(hol_pearson *self, const hol_rows *rows, double pseudo) {
    hol_status status = HOL_OK;
    hol_memory *memory = hol_comm_memory(self->comm);
    const int64_t stride = self->model->info.visible + self->model->info.hidden; /* as a population's */
    data_count d = {.self = self, .rows = rows};
    d.counter = (hol_rows_counter){.context = &d,
                                   .count = count_rows,
                                   .blocks = DATA_BLOCKS,
                                   .stride = stride,
                                   .copies = 1,
                                   .largest = 1,
                                   .part = hol_sum_get_part(self->sum)};
    status = HOL_MEMORY_ALLOCATE(memory, d.counter.words, HOL_PRODUCT(DATA_BLOCKS, stride), "data's rows");
    if (status == HOL_OK) status = HOL_MEMORY_ALLOCATE(memory, d.counter.sums, self->room, "data's pairs");
    HOL_TRY(hol_comm_agree(self->comm, status));
    if (memory) goto cleanup; /* there are no rows */
    d.total = hol_rows_total(rows);
    HOL_TRY(hol_comm_sum_i64(self->comm, &d.total, 1));
    status = find_target(&d, pseudo);
cleanup:
    hol_free(d.counter.words);
    hol_free(d.counter.sums);
    return status;
}

/* ---- making one -------------------------------------------------------------------------------------------------- */

static hol_status allocate_frequencies(hol_pearson *self) {
    hol_status status = HOL_OK;
    const hol_model_pairs pairs = self->model->ops->pairs(self->model);
    HOL_TRY(HOL_ALLOCATE(self->of_data, HOL_PRODUCT(pairs.sites, pairs.states), "correlations"));
    HOL_TRY(HOL_ALLOCATE(self->means, HOL_PRODUCT(pairs.sites, pairs.states), "correlations"));
    HOL_TRY(HOL_ALLOCATE(self->sums, pairs.sites, "correlations"));
cleanup:
    return status;
}

static hol_status allocate(hol_pearson *self, int64_t chains) {
    hol_status status = HOL_OK;
    hol_memory *memory = hol_comm_memory(self->comm);
    int64_t first = 0, blocks = 0;
    HOL_TRY(hol_indicators_create(self->model, &self->indicators));
    HOL_TRY(cut_strips(self));
    if (self->entries == INT64_MAX) self->strip_count = 0; /* then the next is refused */
    const int64_t count = self->indicators.count;
    HOL_TRY(HOL_MEMORY_ALLOCATE(memory, self->target, self->entries, "correlations"));
    HOL_TRY(HOL_ALLOCATE(self->means, count, "correlations"));
    HOL_TRY(HOL_ALLOCATE(self->sums, count, "correlations"));
    hol_comm_share(hol_bits_blocks(chains), hol_comm_rank(self->comm), hol_comm_size(self->comm), &first, &blocks);
    self->bound = blocks * HOL_LANES;
    self->bit_blocks = blocks > DATA_BLOCKS ? blocks : DATA_BLOCKS;
    self->bits.stride = count;
    HOL_TRY(HOL_MEMORY_ALLOCATE(memory, self->bits.words, HOL_PRODUCT(self->bit_blocks, count), "states as bits"));
    if (self->indicators.most > HOL_PAIRS_BITS_STATES && self->indicators.most < BYTES_STATES)
        HOL_TRY(HOL_MEMORY_ALLOCATE(memory, self->bytes,
                                    HOL_PRODUCT(self->bit_blocks, self->indicators.columns, HOL_LANES),
                                    "states as bytes"));
    self->room = find_room(self);
cleanup:
    return status;
}

hol_status hol_pearson_create(hol_comm *comm, const hol_model *model, const hol_rows *rows, int64_t chains,
                              double pseudo_count, const hol_statistics *data, hol_pearson **ret) {
    hol_status status = HOL_OK;
    hol_pearson *self = NULL;
    *ret = NULL;
    hol_memory_enter(hol_comm_memory(comm), "correlations");
    status = HOL_ALLOCATE(self, 1, "correlations");
    if (status == HOL_OK) {
        self->comm = comm;
        self->model = model;
        self->data = data;
        status = data ? allocate_frequencies(self) : allocate(self, chains);
    }
    HOL_TRY(hol_comm_agree(comm, status));
    *ret = self;
    if (data) return HOL_OK;
    HOL_TRY(hol_sum_create(comm, self->room, sizeof(int32_t), self->bound, 0, &self->sum));
    HOL_TRY(take_data(self, rows, pseudo_count));
    return HOL_OK;
cleanup:
    hol_pearson_destroy(self);
    *ret = NULL;
    return status;
}

void hol_pearson_destroy(hol_pearson *pearson) {
    if (!pearson) return;
    hol_sum_destroy(pearson->sum);
    hol_indicators_clear(&pearson->indicators);
    hol_free(pearson->strips);
    hol_free(pearson->begins);
    hol_free(pearson->target);
    hol_free(pearson->of_data);
    hol_free(pearson->means);
    hol_free(pearson->sums);
    hol_free(pearson->bits.words);
    hol_free(pearson->bytes);
    hol_free(pearson);
}

/* ---- the chains -------------------------------------------------------------------------------------------------- */

/* Over ranks, of a piece or of single indicators. */
static hol_status sum_chains(const hol_pearson *self, const piece *p, const int32_t **ret_total) {
    hol_status status = HOL_OK;
    const int64_t entries = p ? p->entries : self->indicators.count;
    int32_t *counts = hol_sum_get_part(self->sum);
    memset(counts, 0, (size_t)entries * sizeof *counts);
    count(self, p, counts);
    HOL_TRY(hol_sum_start(self->sum, 0, entries));
    HOL_TRY(hol_sum_finish(self->sum));
    *ret_total = hol_sum_get_total(self->sum);
cleanup:
    return status;
}

static void add_up(const hol_pearson *self, const piece *p, const int32_t *counts, int64_t chains) {
    const hol_indicators *all = &self->indicators;
    for (int64_t s = p->first; s < p->end; s++) {
        const strip *t = &self->strips[s];
        const hol_connected_pairs pairs = {.rows = t->end - t->first,
                                           .columns = all->count - t->first,
                                           .begins = self->begins + t->first,
                                           .counts = counts + (t->at - p->at),
                                           .total = (double)chains,
                                           .row_means = self->means + t->first,
                                           .column_means = self->means + t->first,
                                           .row_factors = all->factors + t->first,
                                           .column_factors = all->factors + t->first,
                                           .target = self->target + t->at};
        hol_connected_add_up(&pairs, self->sums + t->first);
    }
}

static double divide(const hol_pearson *self, int64_t rows) {
    hol_connected_sums all = {0};
    for (int64_t i = 0; i < rows; i++) {
        all.xy += self->sums[i].xy;
        all.xx += self->sums[i].xx;
        all.yy += self->sums[i].yy;
    }
    return all.xx > 0 && all.yy > 0 ? all.xy / sqrt(all.xx * all.yy) : (double)NAN;
}

/* Of `chains` of the population, those in `lanes`. */
static hol_status count_all(hol_pearson *self, const hol_population *population, uint64_t lanes, int64_t chains,
                            double *ret) {
    hol_status status = HOL_OK;
    const int32_t *counts = NULL;
    take_states(self, &population->states, population->count, lanes);
    HOL_TRY(sum_chains(self, NULL, &counts));
    for (int64_t i = 0; i < self->indicators.count; i++) self->means[i] = (double)counts[i] / (double)chains;
    for (int64_t s = 0; s < self->strip_count;) {
        const piece p = get_piece(self, s);
        HOL_TRY(sum_chains(self, &p, &counts));
        add_up(self, &p, counts, chains);
        s = p.end;
    }
    *ret = divide(self, self->indicators.count);
cleanup:
    return status;
}

/* Groups are of lanes, whatever the blocks. */
hol_status hol_pearson_add(hol_pearson *pearson, const hol_population *population, hol_pearson_sums *sums) {
    hol_status status = HOL_OK;
    double value = 0;
    const int64_t count = population->count;
    assert(!pearson->data);
    HOL_TRY(count_all(pearson, population, ~UINT64_C(0), count, &value));
    sums->times++;
    sums->all += value;
    sums->groups = count < 2 ? 0 : count < GROUPS ? (int)count : GROUPS;
    for (int g = 0; g < sums->groups; g++) {
        const int64_t left = count - (count - g + GROUPS - 1) / GROUPS;
        HOL_TRY(count_all(pearson, population, ~(FIRST_GROUP << g), left, &value));
        sums->without[g] += value;
    }
cleanup:
    return status;
}

double hol_pearson_mean(const hol_pearson_sums *sums, double *ret_error) {
    double mean = 0, squares = 0;
    const int groups = sums->groups;
    const double times = (double)sums->times;
    for (int g = 0; g < groups; g++) mean += sums->without[g] / groups;
    for (int g = 0; g < groups; g++) squares += (sums->without[g] - mean) * (sums->without[g] - mean);
    *ret_error = groups > 1 ? sqrt(squares * (groups - 1) / groups) / times : (double)NAN;
    return sums->all / times;
}

/* ---- by the model's statistics ----------------------------------------------------------------------------------- */

bool hol_pearson_is_in_statistics(const hol_model *model) {
    if (!model->ops->pairs) return false;
    const hol_model_pairs pairs = model->ops->pairs(model);
    return pairs.count == pairs.sites * (pairs.sites - 1) / 2;
}

/* Of as many pairs as a site has with later ones, one after the other: in the order of all pairs those are the site's;
 * a list of edges may have another. */
static hol_connected_sums compare_run(const hol_pearson *self, const hol_model_pairs *pairs,
                                      const hol_statistics *chains, int64_t site) {
    double x[HOL_STATES_MAX], y[HOL_STATES_MAX];
    const int64_t q = pairs->states, first = site * (2 * pairs->sites - site - 1) / 2;
    int64_t at = pairs->couplings + first * q * q;
    hol_connected_sums sums = {0};
    for (int64_t k = first; k < first + pairs->sites - 1 - site; k++) {
        const int64_t i = pairs->ends[2 * k], j = pairs->ends[2 * k + 1];
        for (int64_t a = i * q; a < (i + 1) * q; a++, at += q) {
            const double *mx = self->means + j * q, *my = self->of_data + j * q;
            hol_statistics_means(chains, at, q, x);
            hol_statistics_means(self->data, at, q, y);
            for (int64_t b = 0; b < q; b++) {
                const double cx = x[b] - self->means[a] * mx[b], cy = y[b] - self->of_data[a] * my[b];
                sums.xy += cx * cy;
                sums.xx += cx * cx;
                sums.yy += cy * cy;
            }
        }
    }
    return sums;
}

static double compare_statistics(hol_pearson *self, const hol_statistics *chains) {
    const hol_model_pairs pairs = self->model->ops->pairs(self->model);
    hol_statistics_means(chains, pairs.fields, pairs.sites * pairs.states, self->means);
    hol_statistics_means(self->data, pairs.fields, pairs.sites * pairs.states, self->of_data);
#pragma omp parallel for schedule(dynamic) default(none) shared(self, pairs, chains)
    for (int64_t i = 0; i < pairs.sites; i++) self->sums[i] = compare_run(self, &pairs, chains, i);
    return divide(self, pairs.sites);
}

hol_status hol_pearson_measure(hol_pearson *pearson, const hol_population *population, const hol_statistics *sums,
                               double *ret) {
    if (!pearson->data) return count_all(pearson, population, ~UINT64_C(0), population->count, ret);
    *ret = compare_statistics(pearson, sums);
    return HOL_OK;
}
