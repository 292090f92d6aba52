/* bench_categorical: a layer of categorical units and a layer of binary ones, against OpenBLAS's sgemm of the same
 * states as floats of 0 and 1 (one-hot), on one core, in one run.
 *
 * 100 sites of 21 states, 200 hidden units, 512 chains: the size of a protein family's. Rounds go in turn; times are
 * the least of them, of this thread's processor time. `step` is what a step of persistent contrastive divergence
 * with one sweep takes of it: the sums and draws of both phases and the sums of their statistics, but no update. */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if __has_include(<openblas/cblas.h>)
#include <openblas/cblas.h>
#else
#include <cblas.h>
#endif

#include "base/rng.h"
#include "bench.h"
#include "num/bits.h"
#include "num/counts.h"
#include "num/layer.h"
#include "num/narrow.h"
#include "num/row_tiles.h"

enum { STATES = 21, SITES = 100, VISIBLE = STATES * SITES, HIDDEN = 200, CHAINS = 512, ROUNDS = 25 };
enum {
    BLOCKS = CHAINS / HOL_LANES,
    VISIBLE_STRIDE = (VISIBLE + 15) / 16 * 16,
    HIDDEN_STRIDE = (HIDDEN + 15) / 16 * 16
};

/* All owned, and used to the end of the program. */
typedef struct operands {
    hol_sites *sites;
    hol_layer to_hidden, to_visible;
    hol_states visible, hidden;
    float *one_hot, *float_hidden, *float_weights, *float_result; /* (chains, visible), (chains, hidden) ... */
    int32_t *fields;
    uint8_t *levels;
    int16_t *sums;
    void *scratch;
    hol_draw draw;
} operands;

static uint32_t number(int64_t i, int64_t j, uint32_t what) {
    return hol_rng_draw((hol_rng_key){{7, 8}}, (uint32_t)i, (uint32_t)j, what, 0).word[0];
}

static void fill(operands *o) {
    o->one_hot = get(CHAINS * VISIBLE, 4);
    o->float_hidden = get(CHAINS * HIDDEN, 4);
    o->float_weights = get(VISIBLE * HIDDEN, 4);
    o->float_result = get(CHAINS * VISIBLE, 4);
    for (int64_t i = 0; i < VISIBLE * HIDDEN; i++) /* mostly small, some large: as what training makes */
        o->float_weights[i] = powf((float)number(i, 0, 1) * 0x1p-31f - 1, 5);
    for (int64_t c = 0; c < CHAINS; c++) {
        uint64_t *words = o->visible.words + c / HOL_LANES * VISIBLE;
        for (int64_t k = 0; k < SITES; k++) {
            const int64_t unit = k * STATES + number(c, k, 2) % STATES;
            hol_bits_set(words, unit, (int)(c % HOL_LANES), true);
            o->one_hot[c * VISIBLE + unit] = 1;
        }
        for (int64_t j = 0; j < HIDDEN; j++) {
            const bool on = number(c, j, 3) % 2;
            hol_bits_set(o->hidden.words + c / HOL_LANES * HIDDEN, j, (int)(c % HOL_LANES), on);
            o->float_hidden[c * HIDDEN + j] = on;
            o->levels[(c / HOL_LANES * HIDDEN_STRIDE + j) * HOL_LANES + c % HOL_LANES] = number(c, j, 4) % 16;
        }
    }
}

static void round_weights(operands *o) {
    const int64_t grains = (VISIBLE + HOL_ROW_TILE_GRAIN - 1) / HOL_ROW_TILE_GRAIN;
    const int64_t rows = hol_narrow_range_count(VISIBLE), columns = hol_narrow_range_count(HIDDEN);
    float *records = get(grains * hol_narrow_record_size(HIDDEN), 4), *bias = get(VISIBLE, 4);
    hol_narrow_bounds bounds = {.to_rows = get(columns, 4), .to_columns = get(rows, 4)};
    hol_narrow_measure(o->float_weights, bias, VISIBLE, HIDDEN, records);
    hol_narrow_bound(records, bias, VISIBLE, HIDDEN, &bounds);
    const int bits = hol_narrow_choose_bits(&bounds, 1);
    if (bits < 0) {
        (void)fprintf(stderr, "bench_categorical: found weights too large for 16 bits\n");
        exit(1);
    }
    const float factor = (float)(1 << bits);
    int16_t *to_hidden = get(hol_narrow_table_size(VISIBLE, HIDDEN), 2);
    int16_t *to_visible = get(hol_narrow_table_size(HIDDEN, VISIBLE), 2);
    int32_t *reach[2] = {get(rows, 4), get(columns, 4)}, *site_reach = get(SITES, 4);
    hol_narrow_round(o->float_weights, VISIBLE, HIDDEN, 0, VISIBLE, factor, to_hidden, to_visible);
    hol_narrow_reach(bounds.to_columns, rows, factor, reach[0]);
    hol_narrow_reach(bounds.to_rows, columns, factor, reach[1]);
    hol_sites_reach(o->sites, to_hidden, VISIBLE, HIDDEN, site_reach);
    o->to_hidden = (hol_layer){.narrow = to_hidden, .reach = reach[0], .bias = get(HIDDEN_STRIDE, 4)};
    o->to_hidden.inputs = VISIBLE;
    o->to_hidden.outputs = HIDDEN;
    o->to_hidden.stride = HIDDEN_STRIDE;
    o->to_hidden.input_sites = o->sites;
    o->to_hidden.site_reach = site_reach;
    o->to_visible = (hol_layer){.narrow = to_visible, .reach = reach[1], .bias = get(VISIBLE_STRIDE, 4)};
    o->to_visible.inputs = HIDDEN;
    o->to_visible.outputs = VISIBLE;
    o->to_visible.stride = VISIBLE_STRIDE;
    o->to_visible.sites = o->sites;
    o->to_visible.site_fields = get(CHAINS * VISIBLE_STRIDE, 4);
    o->to_hidden.scale = o->to_visible.scale = 1 / factor;
    (void)printf("%d fraction bits\n", bits);
    hol_free(records);
    hol_free(bias);
}

static void create(operands *o) {
    int32_t first[SITES], states[SITES];
    for (int32_t k = 0; k < SITES; k++) {
        first[k] = k * STATES;
        states[k] = STATES;
    }
    if (hol_sites_create(SITES, first, states, VISIBLE, &o->sites) != HOL_OK) exit(1);
    o->visible = (hol_states){.words = get(BLOCKS * VISIBLE, 8), .stride = VISIBLE, .blocks = BLOCKS};
    o->hidden = (hol_states){.words = get(BLOCKS * HIDDEN, 8), .stride = HIDDEN, .blocks = BLOCKS};
    o->levels = get(CHAINS * HIDDEN_STRIDE, 1);
    o->fields = get(CHAINS * VISIBLE_STRIDE, 4);
    o->sums = get(VISIBLE * HIDDEN, 2);
    const int64_t layer = hol_layer_scratch_bytes_with(VISIBLE, SITES, BLOCKS);
    const int64_t levels = hol_levels_scratch_bytes(VISIBLE, BLOCKS);
    o->scratch = get(layer > levels ? layer : levels, 1);
    o->draw = (hol_draw){.key = hol_rng_key_make(3, HOL_STREAM_SAMPLE)};
    fill(o);
    round_weights(o);
}

/* ---- ours, and sgemm's ------------------------------------------------------------------------------------------- */

static void to_hidden(operands *o) { hol_layer_fields(&o->to_hidden, &o->visible, o->fields, o->scratch); }
static void to_hidden_by_units(operands *o) {
    hol_layer layer = o->to_hidden;
    layer.input_sites = NULL;
    hol_layer_fields(&layer, &o->visible, o->fields, o->scratch);
}
static void to_visible(operands *o) { hol_layer_fields(&o->to_visible, &o->hidden, o->fields, o->scratch); }
static void both(operands *o) {
    to_hidden(o);
    to_visible(o);
}

static void draw_visible(operands *o) {
    o->draw.sweep++;
    hol_layer_sample(&o->to_visible, &o->hidden, &o->draw, &o->visible, NULL, o->scratch);
}
static void draw_hidden(operands *o) {
    o->draw.sweep++;
    hol_layer_sample(&o->to_hidden, &o->visible, &o->draw, &o->hidden, o->levels, o->scratch);
}
static void infer_hidden(operands *o) {
    hol_layer_sample(&o->to_hidden, &o->visible, &o->draw, NULL, o->levels, o->scratch);
}
static void add_statistics(operands *o) {
    memset(o->sums, 0, sizeof(int16_t) * VISIBLE * HIDDEN);
    hol_levels_product(o->to_hidden.kernels, &o->visible, VISIBLE, o->levels, HIDDEN_STRIDE, HIDDEN,
                       (hol_sums){.narrow = o->sums}, o->scratch);
}
static void step(operands *o) {
    infer_hidden(o);
    add_statistics(o);
    draw_visible(o);
    draw_hidden(o);
    add_statistics(o);
}

static void to_hidden_sgemm(operands *o) {
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, CHAINS, HIDDEN, VISIBLE, 1, o->one_hot, VISIBLE,
                o->float_weights, HIDDEN, 0, o->float_result, HIDDEN);
}
static void to_visible_sgemm(operands *o) {
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, CHAINS, VISIBLE, HIDDEN, 1, o->float_hidden, HIDDEN,
                o->float_weights, HIDDEN, 0, o->float_result, VISIBLE);
}
static void both_sgemm(operands *o) {
    to_hidden_sgemm(o);
    to_visible_sgemm(o);
}
static void statistics_sgemm(operands *o) {
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, VISIBLE, HIDDEN, CHAINS, 1, o->one_hot, VISIBLE,
                o->float_hidden, HIDDEN, 0, o->float_result, HIDDEN);
}
static void step_sgemm(operands *o) {
    for (int k = 0; k < 2; k++) {
        to_hidden_sgemm(o);
        statistics_sgemm(o);
    }
    to_visible_sgemm(o);
}

static const struct {
    const char *name;
    void (*ours)(operands *), (*sgemm)(operands *);
} rows[] = {
    {"fields, v to h", to_hidden, to_hidden_sgemm},
    {"  by lists of units", to_hidden_by_units, to_hidden_sgemm},
    {"fields, h to v", to_visible, to_visible_sgemm},
    {"fields, both", both, both_sgemm},
    {"v drawn (fields too)", draw_visible, to_visible_sgemm},
    {"h drawn (fields too)", draw_hidden, to_hidden_sgemm},
    {"statistics", add_statistics, statistics_sgemm},
    {"step, of one sweep", step, step_sgemm},
};
enum { ROWS = sizeof rows / sizeof *rows };

static double time_of(void (*what)(operands *), operands *o) {
    const double start = now();
    what(o);
    return now() - start;
}

static void measure(operands *o, const char *isa) {
    o->to_hidden.kernels = o->to_visible.kernels = hol_kernels_find(isa);
    if (!o->to_hidden.kernels) return;
    (void)printf("%-8s %-22s %9s %9s %9s\n", isa, "", "sgemm ms", "ours ms", "ratio");
    for (int r = 0; r < ROWS; r++) {
        double ours = HUGE_VAL, sgemm = HUGE_VAL;
        rows[r].ours(o);
        for (int k = 0; k < ROUNDS; k++) {
            sgemm = fmin(sgemm, time_of(rows[r].sgemm, o));
            ours = fmin(ours, time_of(rows[r].ours, o));
        }
        (void)printf("%-8s %-22s %9.3f %9.3f %9.1f\n", "", rows[r].name, 1e3 * sgemm, 1e3 * ours, sgemm / ours);
    }
}

/* bench_categorical [ISA]... */
int main(int argc, char **argv) {
    static const char *const all[] = {"avx512", "avx2", "generic"};
    static operands o;
    create(&o);
    for (int i = 0; argc < 2 && i < 3; i++) measure(&o, all[i]);
    for (int i = 1; i < argc; i++) measure(&o, argv[i]);
    return 0;
}
