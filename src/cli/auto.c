/* auto: arithmetic for the keys that are left to it.
 *
 * How the rules were found: the benchmarks of configs/README.md with nothing but data and kind given. The rate that
 * chains can follow falls with the parameters, and so do the sweeps that are cheap enough to be worth it. */
#include "cli/auto.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli/config_table.h"
#include "num/bits.h"

enum { BATCH_MIN = 64, BATCH_MAX = 1024, BATCHES_OF_ROWS = 20, CHAINS_MIN = 512, SWEEPS_MAX = 5, BATCH_QUIET = 128 };
enum { STEPS_OF_ROW = 4, STEPS_MIN = 1000, STEPS_MAX = 16000 };
static const double RATE = 1.25, RATE_MAX = 0.5, RATE_OF_ADAM = 0.025, SWEEPS = 32;
/* Of a whole run, in multiply-adds of couplings; a unit that is sampled takes as long as so many of them. */
static const double WORK = 4e13, WORK_OF_UNIT = 500;

bool hol_config_has_auto(const hol_config *config) {
    for (size_t i = 0; i < hol_config_row_count; i++)
        if (hol_value_is_auto(&hol_config_rows[i].value, config) && hol_config_counts(&hol_config_rows[i], config))
            return true;
    return false;
}

/* ---- from an earlier run ----------------------------------------------------------------------------------------- */

/* Of a run nothing else that takes the word is auto: an imported model is of no run. */
void hol_config_complete(hol_config *earlier) {
    if (earlier->train.batch_size != HOL_AUTO_INTEGER && (int)earlier->train.positive == HOL_AUTO_CHOICE)
        earlier->train.positive = HOL_POSITIVE_BATCHES;
    if (earlier->train.batch_size != HOL_AUTO_INTEGER && earlier->train.pseudo_count <= HOL_AUTO_NUMBER)
        earlier->train.pseudo_count = 0;
}

void hol_config_inherit(hol_config *config, const hol_config *earlier) {
    if (config->train.schedule.steps == HOL_AUTO_INTEGER) config->epochs = earlier->epochs;
    for (size_t i = 0; i < hol_config_row_count; i++) {
        const hol_value *value = &hol_config_rows[i].value;
        const size_t size = value->type == HOL_VALUE_INTEGER  ? sizeof(int64_t)
                            : value->type == HOL_VALUE_NUMBER ? sizeof(double)
                                                              : sizeof(int);
        if (hol_value_is_auto(value, config))
            memcpy((char *)config + value->at, (const char *)earlier + value->at, size);
    }
}

/* ---- from the sizes ---------------------------------------------------------------------------------------------- */

static double fourth_root(double x) { return sqrt(sqrt(x)); }

/* The power of two that is next to rows / 20, by their ratio. */
static int64_t choose_batch(const hol_config_sizes *sizes) {
    int64_t batch = BATCH_MIN;
    while (batch < BATCH_MAX && (double)sizes->rows > BATCHES_OF_ROWS * sqrt(2) * (double)batch) batch *= 2;
    return batch;
}

/* More than a small batch: it is they that hold a model's modes in their proportions. */
static int64_t choose_chains(const hol_config *config) {
    const int64_t levels = config->train.levels, batch = config->train.batch_size;
    const int64_t chains = batch > CHAINS_MIN ? batch : CHAINS_MIN;
    return HOL_LANES * hol_bits_blocks((chains + levels - 1) / levels);
}

static int64_t choose_sweeps(const hol_config_sizes *sizes) {
    const double sweeps = floor(SWEEPS / fourth_root((double)sizes->parameters) + 0.5);
    return sweeps < 1 ? 1 : sweeps > SWEEPS_MAX ? SWEEPS_MAX : (int64_t)sweeps;
}

/* The nearest of 1, 2 and 5 times a power of ten, by ratio; 1e-6 < x < 1. */
static double round_rate(double x) {
    static const double marks[] = {1, 2, 5, 10};
    double tens = 1;
    int k = 0;
    while (x * tens < 1) tens *= 10;
    while (k < 3 && x * tens > sqrt(marks[k] * marks[k + 1])) k++;
    return marks[k] / tens;
}

static double choose_rate(const hol_config *config, const hol_config_sizes *sizes) {
    const double batch = (double)config->train.batch_size;
    double rate = fmin(RATE / fourth_root((double)sizes->parameters), RATE_MAX);
    if (batch < BATCH_QUIET && !hol_trainer_is_exact(&config->train)) rate *= sqrt(batch / BATCH_QUIET);
    if (config->train.optimiser.kind == HOL_OPTIMISER_ADAM) rate *= RATE_OF_ADAM;
    return round_rate(rate);
}

/* Of a step, in multiply-adds: a pass over all couplings and units for each half of a sweep, and for the statistics. */
static double work_of_step(const hol_config *config, const hol_config_sizes *sizes) {
    const double pass = (double)sizes->parameters + WORK_OF_UNIT * (double)sizes->units;
    const double levels = config->train.method == HOL_METHOD_PCD ? (double)config->train.levels : 1;
    const double chains = (double)hol_trainer_chains(&config->train), sweeps = (double)config->train.sweeps;
    const double batch = hol_trainer_is_exact(&config->train) ? 0 : (double)config->train.batch_size;
    return pass * (2 * batch + chains * (2 * sweeps * levels + 1));
}

/* Few rows are known by heart, and their modes lost to the chains, after as many steps as many rows need. */
static int64_t choose_steps(const hol_config *config, const hol_config_sizes *sizes) {
    const double wished = STEPS_OF_ROW * (double)sizes->rows;
    const double steps = fmin(fmin(wished, WORK / work_of_step(config, sizes)), STEPS_MAX);
    return steps < STEPS_MIN ? STEPS_MIN : (int64_t)ceil(steps);
}

void hol_config_resolve(hol_config *config, const hol_config_sizes *sizes) {
    hol_trainer_options *t = &config->train;
    if ((int)t->positive == HOL_AUTO_CHOICE && t->method == HOL_METHOD_PCD)
        t->positive = sizes->exact ? HOL_POSITIVE_EXACT : HOL_POSITIVE_BATCHES;
    if (t->pseudo_count <= HOL_AUTO_NUMBER)
        t->pseudo_count = hol_config_get_kind(config)->wants_pseudo_count && hol_trainer_is_exact(t)
                              ? 1 / fmax(sizes->effective, 2)
                              : 0;
    if (t->batch_size == HOL_AUTO_INTEGER) t->batch_size = choose_batch(sizes);
    if (t->chains == HOL_AUTO_INTEGER && t->method == HOL_METHOD_PCD) t->chains = choose_chains(config);
    if (t->sweeps == HOL_AUTO_INTEGER) t->sweeps = choose_sweeps(sizes);
    if (t->schedule.rate <= HOL_AUTO_NUMBER) t->schedule.rate = choose_rate(config, sizes);
    if (t->schedule.steps == HOL_AUTO_INTEGER) t->schedule.steps = choose_steps(config, sizes);
}

/* ---- in words ---------------------------------------------------------------------------------------------------- */

static void append(char *text, size_t size, const char *format, ...) HOL_FORMAT(3, 4);
static void append(char *text, size_t size, const char *format, ...) {
    const size_t used = strlen(text);
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text + used, size - used, format, arguments);
    va_end(arguments);
}

void hol_config_describe_choice(const hol_config *before, const hol_config *config, char *text, size_t size) {
    text[0] = '\0';
    for (size_t i = 0; i < hol_config_row_count; i++) {
        const hol_value *value = &hol_config_rows[i].value;
        const void *place = (const char *)config + value->at;
        const char *dot = strchr(value->name, '.'), *name = dot ? dot + 1 : value->name;
        if (!hol_value_is_auto(value, before) || hol_value_is_auto(value, config)) continue;
        if (value->type == HOL_VALUE_CHOICE) continue; /* the line on what the run is says it */
        if (value->type == HOL_VALUE_NUMBER && !(*(const double *)place > 0)) continue; /* nothing to tell */
        append(text, size, "%s", *text ? ", " : "");
        if (place == &config->train.schedule.steps && config->epochs > 0)
            append(text, size, "epochs %g", config->epochs);
        else if (value->type == HOL_VALUE_INTEGER) append(text, size, "%s %" PRId64, name, *(const int64_t *)place);
        else append(text, size, "%s %g", name, *(const double *)place);
    }
}
