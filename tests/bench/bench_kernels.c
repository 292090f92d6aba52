/* bench_kernels: the kernels against OpenBLAS's sgemm of the same shape, on one core, in one run.
 *
 * Rounds go in turn: sgemm, then each instruction set's kernel, then sgemm again ..., and a ratio is the median of the
 * rounds' ratios: what slows the machine for a while slows both sides. Times are of this thread's processor time, so
 * that other processes count as little as they can. sgemm multiplies the same bits as floats; its result and the
 * kernel's are compared once per shape.
 *
 *   bench_kernels           all shapes, every instruction set that the CPU has; OPENBLAS_CORETYPE chooses sgemm's code
 *   bench_kernels --json    the same, one JSON object a line
 *   bench_kernels --checkpoint FILE    the fields of a trained rbm's hidden units, from its chains, and what rounding
 *                                      its weights to 16 bits errs by
 *   bench_kernels --peak    only sgemm's GMAC/s at 784 x 500 with 512 chains: which core type suits this CPU best */
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
#undef I /* complex.h's, which cblas.h brings along */
#include <hdf5.h>

#include "base/rng.h"
#include "bench.h"
#include "num/bits.h"
#include "num/counts.h"
#include "num/layer.h"
#include "num/narrow.h"
#include "num/row_tiles.h"

enum { ROUNDS = 9, ISAS = 4, FRACTION_BITS = 20 };

static const char *const isas[ISAS] = {"amx", "avx512", "avx2", "generic"};

typedef struct shape {
    int64_t visible, hidden, chains;
} shape;

static const shape shapes[] = {{784, 500, 64},   {784, 500, 256},  {784, 500, 1024}, {128, 128, 256},
                               {128, 128, 1024}, {4096, 4096, 64}, {4096, 4096, 256}};
static const double densities[] = {0.5, 0.13};

/* One shape's operands: all owned. */
typedef struct operands {
    shape size;
    int64_t stride; /* of weights, fields and levels */
    hol_states states, hidden_states;
    hol_layer layer, narrow; /* couplings of up to 24 bits, and of 16 */
    int32_t *weights, *bias, *fields, *products, *reach;
    int16_t *narrow_weights, *transposed;
    uint8_t *levels; /* (blocks, stride, 64) */
    int16_t *sums;   /* (visible, hidden): of so few chains as fit */
    void *scratch;
    float *float_states;        /* (chains, visible) */
    float *float_hidden_states; /* (chains, hidden) */
    float *float_weights;       /* (visible, hidden) */
    float *float_levels;        /* (chains, hidden) */
    float *float_result;        /* the larger of (chains, hidden) and (visible, hidden) */
} operands;

static void destroy(operands *self) {
    void *const owned[] = {self->states.words,
                           self->hidden_states.words,
                           self->weights,
                           self->bias,
                           self->fields,
                           self->levels,
                           self->products,
                           self->sums,
                           self->scratch,
                           self->float_states,
                           self->float_hidden_states,
                           self->float_weights,
                           self->float_levels,
                           self->float_result,
                           self->reach,
                           self->narrow_weights,
                           self->transposed};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) hol_free(owned[i]);
}

static int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }

/* the same bits into states (blocks, units) and floats (chains, units) */
static void fill_states(hol_states *states, float *floats, int64_t chains, double density, hol_rng_key key) {
    for (int64_t c = 0; c < chains; c++)
        for (int64_t i = 0; i < states->stride; i++) {
            const bool on = hol_rng_uniform(key, (uint32_t)i, (uint32_t)c, 0, 0) < density;
            floats[c * states->stride + i] = on ? 1.0f : 0.0f;
            if (on) states->words[c / HOL_LANES * states->stride + i] |= UINT64_C(1) << (c % HOL_LANES);
        }
}

/* Weights are multiples of 2^-20 below 2^-4: exact as floats and as whole numbers, so that results must agree
 * closely */
static void fill_numbers(operands *self, hol_rng_key key) {
    const int64_t hidden = self->size.hidden;
    for (int64_t i = 0; i < self->size.visible; i++)
        for (int64_t j = 0; j < hidden; j++) {
            const int32_t w = (int32_t)(hol_rng_draw(key, (uint32_t)j, (uint32_t)i, 1, 0).word[0] >> 15) - (1 << 16);
            self->weights[i * self->stride + j] = w;
            self->float_weights[i * hidden + j] = (float)w / (float)(1 << FRACTION_BITS);
        }
    for (int64_t c = 0; c < self->size.chains; c++)
        for (int64_t j = 0; j < hidden; j++) {
            const uint8_t level = (uint8_t)(hol_rng_draw(key, (uint32_t)j, (uint32_t)c, 2, 0).word[0] % 16);
            self->levels[(c / HOL_LANES * self->stride + j) * HOL_LANES + c % HOL_LANES] = level;
            self->float_levels[c * hidden + j] = (float)level;
        }
}

/* the same weights in 16 bits, as they are for training */
static void make_narrow(operands *self) {
    const int64_t visible = self->size.visible, hidden = self->size.hidden, ranges = hol_narrow_range_count(visible);
    const int64_t grains = (visible + HOL_ROW_TILE_GRAIN - 1) / HOL_ROW_TILE_GRAIN;
    float *records = get(grains * hol_narrow_record_size(hidden), sizeof *records);
    float *bias = get(larger(visible, hidden), sizeof *bias);
    hol_narrow_bounds bounds = {.to_rows = get(hol_narrow_range_count(hidden), sizeof(float)),
                                .to_columns = get(ranges, sizeof(float))};
    hol_narrow_measure(self->float_weights, bias, visible, hidden, records);
    hol_narrow_bound(records, bias, visible, hidden, &bounds);
    const int bits = hol_narrow_choose_bits(&bounds, 1);
    if (bits < 0) {
        (void)fprintf(stderr, "bench_kernels: found weights too large for 16 bits\n");
        exit(1);
    }
    self->narrow_weights = get(hol_narrow_table_size(visible, hidden), sizeof *self->narrow_weights);
    self->transposed = get(hol_narrow_table_size(hidden, visible), sizeof *self->transposed);
    self->reach = get(ranges, sizeof *self->reach);
    hol_narrow_round(self->float_weights, visible, hidden, 0, visible, (float)(1 << bits), self->narrow_weights,
                     self->transposed);
    hol_narrow_reach(bounds.to_columns, ranges, (float)(1 << bits), self->reach);
    self->narrow = self->layer;
    self->narrow.weights = NULL;
    self->narrow.narrow = self->narrow_weights;
    self->narrow.reach = self->reach;
    self->narrow.scale = 1.0f / (float)(1 << bits);
    void *const done[] = {records, bias, bounds.to_rows, bounds.to_columns};
    for (int i = 0; i < 4; i++) hol_free(done[i]);
}

/* A trained rbm: weights (visible, hidden), and its chains' visible units (rows, visible) as bytes; owned. */
typedef struct trained {
    int64_t visible, hidden, rows;
    float *weights;
    uint8_t *chains;
} trained;

/* a data set of two axes, in full; the caller owns it */
static void *read_matrix(hid_t file, const char *name, hid_t type, size_t size, hsize_t axes[2]) {
    const hid_t set = H5Dopen2(file, name, H5P_DEFAULT), space = H5Dget_space(set);
    if (set < 0 || H5Sget_simple_extent_ndims(space) != 2) {
        (void)fprintf(stderr, "bench_kernels: no matrix %s in the checkpoint\n", name);
        exit(1);
    }
    (void)H5Sget_simple_extent_dims(space, axes, NULL);
    void *values = get((int64_t)(axes[0] * axes[1]), size);
    if (H5Dread(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0) exit(1);
    (void)H5Sclose(space);
    (void)H5Dclose(set);
    return values;
}

static trained read_trained(const char *path) {
    hsize_t weights[2], chains[2];
    trained t = {0};
    const hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    if (file < 0) exit(1);
    t.weights = read_matrix(file, "/parameters/weights", H5T_NATIVE_FLOAT, sizeof *t.weights, weights);
    t.chains = read_matrix(file, "/chains/visible", H5T_NATIVE_UINT8, sizeof *t.chains, chains);
    t.visible = (int64_t)weights[0];
    t.hidden = (int64_t)weights[1];
    t.rows = (int64_t)chains[0];
    (void)H5Fclose(file);
    return t;
}

/* its weights, and its chains again and again */
static double use_trained(operands *self, const trained *t) {
    int64_t on = 0;
    const int64_t visible = self->size.visible, hidden = self->size.hidden, chains = self->size.chains;
    memcpy(self->float_weights, t->weights, (size_t)(visible * hidden) * sizeof *t->weights);
    for (int64_t i = 0; i < visible; i++)
        for (int64_t j = 0; j < hidden; j++)
            self->weights[i * self->stride + j] = (int32_t)lrintf(t->weights[i * hidden + j] * (1 << FRACTION_BITS));
    memset(self->states.words, 0, (size_t)(self->states.blocks * visible) * sizeof *self->states.words);
    for (int64_t c = 0; c < chains; c++)
        for (int64_t i = 0; i < visible; i++) {
            const bool bit = t->chains[c % t->rows * visible + i];
            self->float_states[c * visible + i] = bit ? 1.0f : 0.0f;
            if (bit) self->states.words[c / HOL_LANES * visible + i] |= UINT64_C(1) << (c % HOL_LANES);
            on += bit;
        }
    return (double)on / (double)(chains * visible);
}

/* t NULL: random ones */
static operands create(shape size, double density, const trained *t, double *ret_density) {
    operands self = {.size = size, .stride = hol_round_up(size.hidden, HOL_STRIP)};
    const int64_t blocks = hol_bits_blocks(size.chains), lanes = blocks * HOL_LANES;
    const hol_rng_key key = hol_rng_key_make(7, HOL_STREAM_SAMPLE);
    self.states = (hol_states){.words = get(blocks * size.visible, 8), .stride = size.visible, .blocks = blocks};
    self.hidden_states = (hol_states){.words = get(blocks * size.hidden, 8), .stride = size.hidden, .blocks = blocks};
    self.weights = get(size.visible * self.stride, 4);
    self.bias = get(self.stride, 4);
    self.fields = get(lanes * self.stride, 4);
    self.levels = get(lanes * self.stride, 1);
    self.products = get(size.visible * size.hidden, 4);
    self.sums = get(size.visible * size.hidden, 2);
    self.scratch =
        get(larger(hol_layer_scratch_bytes(size.visible, blocks), hol_levels_scratch_bytes(size.visible, blocks)), 1);
    self.float_states = get(size.chains * size.visible, 4);
    self.float_hidden_states = get(size.chains * size.hidden, 4);
    self.float_weights = get(size.visible * size.hidden, 4);
    self.float_levels = get(size.chains * size.hidden, 4);
    self.float_result = get(larger(size.chains, size.visible) * size.hidden, 4);
    self.layer = (hol_layer){.weights = self.weights,
                             .bias = self.bias,
                             .inputs = size.visible,
                             .outputs = size.hidden,
                             .stride = self.stride,
                             .scale = 1.0f / (float)(1 << FRACTION_BITS)};
    fill_states(&self.states, self.float_states, size.chains, density, key);
    fill_states(&self.hidden_states, self.float_hidden_states, size.chains, 0.5,
                hol_rng_key_make(8, HOL_STREAM_SAMPLE));
    fill_numbers(&self, key);
    const double on = t ? use_trained(&self, t) : density;
    if (ret_density) *ret_density = on;
    make_narrow(&self);
    return self;
}

/* ---- the products, ours and sgemm's ------------------------------------------------------------------------------ */

static void fields_ours(operands *o) { hol_layer_fields(&o->layer, &o->states, o->fields, o->scratch); }

static void narrow_ours(operands *o) { hol_layer_fields(&o->narrow, &o->states, o->fields, o->scratch); }

static void fields_sgemm(operands *o) {
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (blasint)o->size.chains, (blasint)o->size.hidden,
                (blasint)o->size.visible, 1, o->float_states, (blasint)o->size.visible, o->float_weights,
                (blasint)o->size.hidden, 0, o->float_result, (blasint)o->size.hidden);
}

static void levels_ours(operands *o) {
    memset(o->sums, 0, (size_t)(o->size.visible * o->size.hidden) * sizeof *o->sums);
    hol_levels_product(o->layer.kernels, &o->states, o->size.visible, o->levels, o->stride, o->size.hidden,
                       (hol_sums){.narrow = o->sums}, o->scratch);
}

static void counts_ours(operands *o) {
    memset(o->products, 0, (size_t)(o->size.visible * o->size.hidden) * sizeof *o->products);
    hol_pairs_add(o->layer.kernels, &o->states, o->size.visible, &o->hidden_states, o->size.hidden, 1, o->products);
}

/* states' times hidden, which is (chains, hidden) */
static void transposed_sgemm(operands *o, const float *hidden) {
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (blasint)o->size.visible, (blasint)o->size.hidden,
                (blasint)o->size.chains, 1, o->float_states, (blasint)o->size.visible, hidden, (blasint)o->size.hidden,
                0, o->float_result, (blasint)o->size.hidden);
}

static void levels_sgemm(operands *o) { transposed_sgemm(o, o->float_levels); }
static void counts_sgemm(operands *o) { transposed_sgemm(o, o->float_hidden_states); }

/* the largest and, in *ret_rms, the root mean square difference of fields from sgemm's */
static double compare_fields(const operands *o, float scale, double *ret_rms) {
    double worst = 0, squares = 0;
    for (int64_t c = 0; c < o->size.chains; c++)
        for (int64_t j = 0; j < o->size.hidden; j++) {
            const double ours = (double)o->fields[c * o->stride + j] * (double)scale;
            const double difference = ours - (double)o->float_result[c * o->size.hidden + j];
            worst = fmax(worst, fabs(difference));
            squares += difference * difference;
        }
    if (ret_rms) *ret_rms = sqrt(squares / (double)(o->size.chains * o->size.hidden));
    return worst;
}

static double worst_fields(const operands *o) { return compare_fields(o, o->layer.scale, NULL); }
static double worst_narrow(const operands *o) { return compare_fields(o, o->narrow.scale, NULL); }

/* whole numbers below 2^24: sgemm's are exact */
static double worst_levels(const operands *o) {
    double worst = 0;
    for (int64_t i = 0; i < o->size.visible * o->size.hidden; i++)
        worst = fmax(worst, fabs((double)o->sums[i] - (double)o->float_result[i]));
    return worst;
}

static double worst_counts(const operands *o) {
    double worst = 0;
    for (int64_t i = 0; i < o->size.visible * o->size.hidden; i++)
        worst = fmax(worst, fabs((double)o->products[i] - (double)o->float_result[i]));
    return worst;
}

static double lookups_fields(const operands *o) {
    const int64_t groups = (o->size.visible + HOL_GROUP - 1) / HOL_GROUP;
    return (double)(groups * o->states.blocks * HOL_LANES) * (double)(o->stride / HOL_STRIP);
}

/* A new kernel is a row. */
static const struct {
    const char *name;
    void (*ours)(operands *);
    void (*sgemm)(operands *);
    double (*worst)(const operands *);   /* difference between the two results */
    double (*lookups)(const operands *); /* NULL when it is not by tables */
} products[] = {
    {"fields", fields_ours, fields_sgemm, worst_fields, lookups_fields},
    {"narrow", narrow_ours, fields_sgemm, worst_narrow, NULL},
    {"levels", levels_ours, levels_sgemm, worst_levels, NULL},
    {"counts", counts_ours, counts_sgemm, worst_counts, NULL},
};

/* ---- timing ------------------------------------------------------------------------------------------------------ */

static int compare(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(const double *values) {
    double sorted[ROUNDS];
    memcpy(sorted, values, sizeof sorted);
    qsort(sorted, ROUNDS, sizeof *sorted, compare);
    return sorted[ROUNDS / 2];
}

static double time_calls(void (*call)(operands *), operands *o, int64_t calls) {
    const double start = now();
    for (int64_t i = 0; i < calls; i++) call(o);
    return (now() - start) / (double)calls;
}

/* so many calls that a round takes about 8 ms */
static int64_t calls_for(void (*call)(operands *), operands *o) {
    const double once = time_calls(call, o, 1);
    return once > 8e-3 ? 1 : (int64_t)(8e-3 / fmax(once, 1e-7)) + 1;
}

typedef struct timing {
    bool measured;
    double seconds, ratio; /* medians; ratio: sgemm's time over ours */
    double error;
} timing;

static double measure(operands *o, size_t p, timing results[ISAS]) {
    double sgemm[ROUNDS], ours[ISAS][ROUNDS], ratios[ISAS][ROUNDS];
    int64_t calls[ISAS] = {0};
    products[p].sgemm(o);
    const int64_t sgemm_calls = calls_for(products[p].sgemm, o);
    for (int k = 0; k < ISAS; k++) {
        const hol_kernels *kernels = hol_kernels_find(isas[k]);
        results[k] = (timing){.measured = kernels != NULL};
        if (!kernels) continue;
        o->layer.kernels = o->narrow.kernels = kernels;
        products[p].ours(o);
        results[k].error = products[p].worst(o);
        calls[k] = calls_for(products[p].ours, o);
    }
    for (int round = 0; round < ROUNDS; round++) {
        sgemm[round] = time_calls(products[p].sgemm, o, sgemm_calls);
        for (int k = 0; k < ISAS; k++) {
            if (!results[k].measured) continue;
            o->layer.kernels = o->narrow.kernels = hol_kernels_find(isas[k]);
            ours[k][round] = time_calls(products[p].ours, o, calls[k]);
            /* sgemm before and after: the mean follows what the machine does meanwhile */
            const double after = time_calls(products[p].sgemm, o, sgemm_calls);
            ratios[k][round] = (sgemm[round] + after) / 2 / ours[k][round];
            sgemm[round] = after;
        }
    }
    for (int k = 0; k < ISAS; k++) {
        if (!results[k].measured) continue;
        results[k].seconds = median(ours[k]);
        results[k].ratio = median(ratios[k]);
    }
    return median(sgemm);
}

static void report(const operands *o, double density, size_t p, double sgemm, const timing *results, bool json) {
    const double macs = (double)o->size.visible * (double)o->size.hidden * (double)o->size.chains;
    char size[48];
    (void)snprintf(size, sizeof size, "%lld x %lld, %lld", (long long)o->size.visible, (long long)o->size.hidden,
                   (long long)o->size.chains);
    if (!json) (void)printf("%-9s %-19s %4.2f %7.1f", products[p].name, size, density, macs / sgemm * 1e-9);
    for (int k = 0; k < ISAS; k++) {
        if (!results[k].measured) continue;
        const double lookup = products[p].lookups ? results[k].seconds * 1e9 / products[p].lookups(o) : (double)NAN;
        if (json)
            (void)printf(
                "{\"kernel\": \"%s\", \"visible\": %lld, \"hidden\": %lld, \"chains\": %lld, \"density\": %g, "
                "\"core_type\": \"%s\", \"isa\": \"%s\", \"sgemm_gmacs\": %.5g, \"gmacs\": %.5g, \"ratio\": %.4g, "
                "\"ns_per_lookup\": %.4g}\n",
                products[p].name, (long long)o->size.visible, (long long)o->size.hidden, (long long)o->size.chains,
                density, openblas_get_corename(), isas[k], macs / sgemm * 1e-9, macs / results[k].seconds * 1e-9,
                results[k].ratio, isnan(lookup) ? 0.0 : lookup);
        else if (isnan(lookup))
            (void)printf("  %8.1f %6.2f %6s", macs / results[k].seconds * 1e-9, results[k].ratio, "");
        else (void)printf("  %8.1f %6.2f %6.3f", macs / results[k].seconds * 1e-9, results[k].ratio, lookup);
    }
    if (!json) (void)printf("\n");
}

static void print_head(void) {
    (void)printf("sgemm: OpenBLAS, core type %s, 1 thread (%s)\n", openblas_get_corename(), openblas_get_config());
    (void)printf("%-9s %-19s %4s %7s", "kernel", "units, chains", "on", "sgemm");
    for (int k = 0; k < ISAS; k++)
        if (hol_kernels_find(isas[k])) (void)printf("  %8s %6s %6s", isas[k], "ratio", "ns");
    (void)printf("\n%-34s %7s  GMAC/s, times sgemm, ns per look-up of a table's line\n", "", "GMAC/s");
}

static double peak(void) {
    operands o = create((shape){784, 500, 512}, 0.5, NULL, NULL);
    double rounds[ROUNDS];
    fields_sgemm(&o);
    for (int r = 0; r < ROUNDS; r++) rounds[r] = 784.0 * 500 * 512 / time_calls(fields_sgemm, &o, 8) * 1e-9;
    destroy(&o);
    return median(rounds);
}

/* the first `count` products of one shape; whether each agrees with sgemm */
static bool bench(operands *o, double density, size_t count, bool json) {
    bool good = true;
    for (size_t p = 0; p < count; p++) {
        timing results[ISAS];
        const double sgemm = measure(o, p, results);
        report(o, density, p, sgemm, results, json);
        for (int k = 0; k < ISAS; k++)
            if (results[k].measured && !(results[k].error < 2e-2)) {
                (void)fprintf(stderr, "bench_kernels: %s with %s differs from sgemm by %g\n", products[p].name, isas[k],
                              results[k].error);
                good = false;
            }
    }
    return good;
}

static bool bench_trained(const char *path) {
    enum { FIELDS = 2 };
    const trained t = read_trained(path);
    bool good = true;
    for (int64_t chains = 64; chains <= 1024; chains *= 4) {
        double density, rms;
        operands o = create((shape){t.visible, t.hidden, chains}, 0, &t, &density);
        good = bench(&o, density, FIELDS, false) && good;
        o.narrow.kernels = hol_kernels_get();
        fields_sgemm(&o);
        narrow_ours(&o);
        (void)compare_fields(&o, o.narrow.scale, &rms);
        if (chains == 1024)
            (void)printf("16 bits: a unit is %g nats, fields err by %.2g rms\n", (double)o.narrow.scale, rms);
        destroy(&o);
    }
    hol_free(t.weights);
    hol_free(t.chains);
    return good;
}

int main(int argc, char **argv) {
    const bool json = argc == 2 && strcmp(argv[1], "--json") == 0;
    const bool peak_only = argc == 2 && strcmp(argv[1], "--peak") == 0;
    const bool from_file = argc == 3 && strcmp(argv[1], "--checkpoint") == 0;
    bool good = true;
    if (argc > 1 && !json && !peak_only && !from_file) {
        (void)fprintf(stderr, "usage: bench_kernels [--json | --peak | --checkpoint FILE]\n");
        return 2;
    }
    openblas_set_num_threads(1);
    if (peak_only) {
        (void)printf("%.1f %s\n", peak(), openblas_get_corename());
        return 0;
    }
    if (!json) print_head();
    if (from_file) return bench_trained(argv[2]) ? 0 : 1;
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
        for (size_t d = 0; d < sizeof densities / sizeof *densities; d++) {
            operands o = create(shapes[s], densities[d], NULL, NULL);
            good = bench(&o, densities[d], sizeof products / sizeof *products, json) && good;
            destroy(&o);
        }
    return good ? 0 : 1;
}
