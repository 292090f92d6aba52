/* bench_setup: a model and random bits as dense as MNIST's, for the kernels and the steps. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "bench.h"
#include "num/narrow.h"
#include "num/row_tiles.h"

enum { EVALUATED = 64, LINES_BYTES = 4 << 20, MNIST_SAMPLES = 60000, SAMPLE_BITS = MNIST_SAMPLES * 784 };

/* the share of pixels of MNIST's training images that are on, at threshold 1/2 */
static const double density = 0.1325;

int hol_bench_compare(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double hol_bench_median(double *values, int64_t count) {
    qsort(values, (size_t)count, sizeof *values, hol_bench_compare);
    return values[count / 2];
}

int64_t hol_bench_samples(const bench_arguments *a) {
    const int64_t fit = SAMPLE_BITS / a->visible, wish = fit < MNIST_SAMPLES ? fit : MNIST_SAMPLES;
    return wish > a->chains ? wish : a->chains;
}

static void draw_row(hol_rng_key key, int64_t row, int64_t units, uint16_t *row_levels) {
    const uint32_t limit = (uint32_t)(density * 0x1p16);
    for (int64_t i = 0; i < units; i += 8) {
        const hol_rng_words r = hol_rng_draw(key, (uint32_t)i, (uint32_t)row, 0, 0);
        for (int k = 0; k < 8 && i + k < units; k++)
            row_levels[i + k] = (r.word[k / 2] >> (16 * (k % 2)) & 0xffff) < limit;
    }
}

static hol_status make_batches(bench *self) {
    hol_status status = HOL_OK;
    const bench_arguments *a = &self->arguments;
    uint16_t *row_levels = NULL;
    int64_t first = 0, rows = 0;
    hol_batches_options o = {
        .samples = hol_bench_samples(a), .units = a->visible, .batch_size = a->chains, .seed = 1, .threshold = 1};
    hol_comm_share(hol_bits_blocks(a->chains), hol_comm_rank(self->comm), hol_comm_size(self->comm), &o.first_block,
                   &o.blocks);
    HOL_TRY(hol_batches_create(&o, &self->batches));
    HOL_TRY(HOL_ALLOCATE(row_levels, a->visible, "data set"));
    hol_batches_get_owned(self->batches, &first, &rows);
    const hol_rng_key key = hol_rng_key_make(1, HOL_STREAM_DATA_BITS);
    for (int64_t r = first; r < first + rows; r++) {
        draw_row(key, r, a->visible, row_levels);
        hol_batches_set_rows(self->batches, r, 1, row_levels, NULL);
    }
cleanup:
    hol_free(row_levels);
    return status;
}

/* The weights in 16 bits, as training has them, and what else the layers take from them. */
static hol_status make_tables(bench *self, const float *weights, int *ret_bits) {
    hol_status status = HOL_OK;
    const int64_t visible = self->arguments.visible, hidden = self->arguments.hidden;
    const int64_t grains = (visible + HOL_ROW_TILE_GRAIN - 1) / HOL_ROW_TILE_GRAIN;
    const int64_t of_visible = hol_narrow_range_count(visible), of_hidden = hol_narrow_range_count(hidden);
    float *records = NULL, *zeros = NULL;
    hol_narrow_bounds bounds = {0};
    HOL_TRY(HOL_ALLOCATE(records, HOL_PRODUCT(grains, hol_narrow_record_size(hidden)), "bounds"));
    HOL_TRY(HOL_ALLOCATE(zeros, visible + hidden, "biases"));
    HOL_TRY(HOL_ALLOCATE(bounds.to_columns, of_visible, "bounds"));
    HOL_TRY(HOL_ALLOCATE(bounds.to_rows, of_hidden, "bounds"));
    HOL_TRY(HOL_ALLOCATE(self->weights, hol_narrow_table_size(visible, hidden), "weights"));
    HOL_TRY(HOL_ALLOCATE(self->transposed, hol_narrow_table_size(hidden, visible), "weights"));
    HOL_TRY(HOL_ALLOCATE(self->reach, of_visible + of_hidden, "bounds"));
    hol_narrow_measure(weights, zeros, visible, hidden, records);
    hol_narrow_bound(records, zeros, visible, hidden, &bounds);
    const int bits = *ret_bits = hol_narrow_choose_bits(&bounds, 1);
    const float factor = (float)(1 << bits);
    hol_narrow_round(weights, visible, hidden, 0, visible, factor, self->weights, self->transposed);
    hol_narrow_reach(bounds.to_columns, of_visible, factor, self->reach);
    hol_narrow_reach(bounds.to_rows, of_hidden, factor, self->reach + of_visible);
cleanup:
    hol_free(records);
    hol_free(zeros);
    hol_free(bounds.to_columns);
    hol_free(bounds.to_rows);
    return status;
}

static hol_status make_layers(bench *self) {
    hol_status status = HOL_OK;
    const int64_t visible = self->arguments.visible, hidden = self->arguments.hidden;
    const int64_t visible_stride = hol_round_up(visible, HOL_STRIP), hidden_stride = hol_round_up(hidden, HOL_STRIP);
    const hol_parameter_group *group = hol_model_find_group(self->model, "weights");
    int bits = 0;
    HOL_TRY(make_tables(self, self->theta + group->offset, &bits));
    /* biases stay 0: half of the units are then on, the hardest case for any kernel */
    HOL_TRY(HOL_ALLOCATE(self->visible_bias, visible_stride, "visible biases"));
    HOL_TRY(HOL_ALLOCATE(self->hidden_bias, hidden_stride, "hidden biases"));
    self->to_hidden = (hol_layer){.kernels = self->model->options.kernels,
                                  .narrow = self->weights,
                                  .reach = self->reach,
                                  .bias = self->hidden_bias,
                                  .inputs = visible,
                                  .outputs = hidden,
                                  .stride = hidden_stride,
                                  .scale = 1.0f / (float)(1 << bits)};
    self->to_visible = (hol_layer){.kernels = self->model->options.kernels,
                                   .narrow = self->transposed,
                                   .reach = self->reach + hol_narrow_range_count(visible),
                                   .bias = self->visible_bias,
                                   .inputs = hidden,
                                   .outputs = visible,
                                   .stride = visible_stride,
                                   .scale = self->to_hidden.scale};
cleanup:
    return status;
}

static hol_status make_arrays(bench *self) {
    hol_status status = HOL_OK;
    const bench_arguments *a = &self->arguments;
    const int rank = hol_comm_rank(self->comm), ranks = hol_comm_size(self->comm);
    const hol_model_options o = {
        .kind = hol_model_kinds[0], .visible = a->visible, .hidden = a->hidden, .temperature = 1};
    HOL_TRY(hol_model_create(&o, &self->model));
    const int64_t count = self->model->info.parameters;
    const int64_t widest = a->visible > a->hidden ? a->visible : a->hidden;
    const hol_optimiser_options optimiser = {.centering_rate = 0.01};
    HOL_TRY(hol_population_create(self->model, a->chains, rank, ranks, &self->chains));
    HOL_TRY(hol_population_add_levels(self->model, self->chains));
    HOL_TRY(hol_population_create(self->model, EVALUATED, rank, ranks, &self->evaluated));
    HOL_TRY(hol_statistics_create(NULL, self->model, a->chains, false, &self->positive));
    HOL_TRY(hol_statistics_create(NULL, self->model, a->chains, false, &self->negative));
    HOL_TRY(hol_optimiser_create(self->model, &optimiser, &self->optimiser));
    HOL_TRY(HOL_ALLOCATE(self->theta, count, "parameters"));
    HOL_TRY(HOL_ALLOCATE(self->fields, HOL_PRODUCT(2, lanes(self), hol_round_up(widest, HOL_STRIP)), "fields"));
    HOL_TRY(HOL_ALLOCATE(self->sums, count, "statistics"));
    HOL_TRY(HOL_ALLOCATE(self->no_states, HOL_PRODUCT(self->chains->states.blocks, a->hidden), "states"));
    HOL_TRY(HOL_ALLOCATE(self->reals, a->hidden, "fields"));
    HOL_TRY(HOL_ALLOCATE(self->lines, LINES_BYTES, "lines"));
cleanup:
    return status;
}

hol_status hol_bench_make(bench *self) {
    hol_status status = HOL_OK;
    double *means = NULL;
    HOL_TRY(make_arrays(self));
    HOL_TRY(make_batches(self));
    HOL_TRY(HOL_ALLOCATE(means, self->arguments.visible, "means"));
    for (int64_t i = 0; i < self->arguments.visible; i++) means[i] = density;
    self->model->ops->initialize(self->model, means, 0.01, 1, self->theta);
    HOL_TRY(hol_model_prepare_training(self->model, self->theta));
    HOL_TRY(make_layers(self));
    for (int64_t j = 0; j < self->arguments.hidden; j++) self->reals[j] = 4 * (double)(j % 17) / 17 - 2;
    hol_batches_fill(self->batches, 0, self->chains->states.words, self->chains->states.stride);
    const hol_draw draw = new_draw(self);
    self->model->ops->infer(self->model, self->chains, &draw, true);
    hol_statistics_collect(self->positive, self->chains);
    hol_statistics_collect(self->negative, self->chains);
    /* levels of 0 from here on: sums that are added to a million times must not overflow */
    memset(self->chains->levels, 0, (size_t)(lanes(self) * self->to_hidden.stride));
cleanup:
    hol_free(means);
    return status;
}

void hol_bench_release(bench *self) {
    hol_model_destroy(self->model);
    hol_batches_destroy(self->batches);
    hol_population_destroy(self->chains);
    hol_population_destroy(self->evaluated);
    hol_statistics_destroy(self->positive);
    hol_statistics_destroy(self->negative);
    hol_optimiser_destroy(self->optimiser);
    hol_free(self->theta);
    hol_free(self->weights);
    hol_free(self->transposed);
    hol_free(self->reach);
    hol_free(self->visible_bias);
    hol_free(self->hidden_bias);
    hol_free(self->fields);
    hol_free(self->sums);
    hol_free(self->no_states);
    hol_free(self->reals);
    hol_free(self->lines);
}
