/* What auto becomes: values worked out by hand, bounds over all sizes, and what is taken from an earlier run. */
#define HOL_TEST_COLLECTIVE ""
#include "support.h"

#include <math.h>

#include "base/alloc.h"
#include "cli/auto.h"
#include "cli/config_table.h"
#include "config_support.h"

static hol_config *resolved(const char *keys, int64_t rows, int64_t units, int64_t parameters) {
    hol_config *c = NULL;
    char text[256];
    (void)snprintf(text, sizeof text, "%strain: {%s}\n", MINIMAL, keys);
    assert_ok(parse(text, &c));
    hol_config_resolve(c, &(hol_config_sizes){.rows = rows, .units = units, .parameters = parameters});
    return c;
}

/* p^(1/4) is 2, 4, 4.79, 5.76, 8, 10, 25 or 100 */
static void test_resolve_chooses_by_size(void **state) {
    (void)state;
    static const struct {
        const char *keys;
        int64_t rows, units, parameters, batch, chains, sweeps, steps;
        double rate;
    } cases[] = {
        {"", 2, 5, 16, 64, 512, 5, 1000, 0.5 * 0.7071},
        {"", 60, 36, 256, 64, 512, 5, 1000, 0.3125 * 0.7071},
        {"", 500, 46, 526, 64, 512, 5, 2000, 0.2610 * 0.7071},
        {"", 2000, 176, 10000, 128, 512, 3, 8000, 0.125},
        {"", 9000, 164, 4096, 512, 512, 4, 16000, 0.15625},
        {"", 16181, 80, 1104, 1024, 1024, 5, 16000, 0.2169},
        /* 4e13 / ((390625 + 500 * 1284) * (2 * 1024 + 3 * 1024)) = 7565.7 */
        {"", 60000, 1284, 390625, 1024, 1024, 1, 7566, 0.05},
        {"", INT64_C(1000000000), 20000, 100000000, 1024, 1024, 1, 1000, 0.0125},
        {"method: cd", 2000, 176, 10000, 128, HOL_AUTO_INTEGER, 3, 8000, 0.125},
        {"levels: 4", 2000, 176, 10000, 128, 128, 3, 8000, 0.125},
        {"levels: 3", 16181, 176, 10000, 1024, 384, 3, 16000, 0.125},
        {"optimiser: adam", 60000, 1284, 390625, 1024, 1024, 1, 7566, 0.00125},
        {"batch_size: 100", 2000, 176, 10000, 100, 512, 3, 8000, 0.125 * 0.8839},
        {"batch_size: 8192, chains: 64, sweeps: 9, learning_rate: 7, steps: 3", 10, 9, 9, 8192, 64, 9, 3, 7},
    };
    for (size_t i = 0; i < HOL_TEST_COUNT(cases); i++) {
        hol_config *c = resolved(cases[i].keys, cases[i].rows, cases[i].units, cases[i].parameters);
        assert_int_equal(c->train.batch_size, cases[i].batch);
        assert_int_equal(c->train.chains, cases[i].chains);
        assert_int_equal(c->train.sweeps, cases[i].sweeps);
        assert_int_equal(c->train.schedule.steps, cases[i].steps);
        /* one of 1, 2, 5 times a power of ten: less than the root of 2.5 off */
        assert_true(fabs(log(c->train.schedule.rate / cases[i].rate)) <= 0.5 * log(2.5));
        assert_true(c->epochs == 0);
        assert_false(hol_config_has_auto(c));
        hol_config_destroy(c);
    }
}

/* exact where it can be; then a small batch makes no noise that a rate would have to allow for */
static void test_resolve_chooses_the_positive_phase(void **state) {
    (void)state;
    static const struct {
        const char *keys;
        bool can;
        int positive;
        double rate;
    } cases[] = {{"", true, HOL_POSITIVE_EXACT, 0.1},
                 {"", false, HOL_POSITIVE_BATCHES, 0.05},
                 {"positive: batches", true, HOL_POSITIVE_BATCHES, 0.05},
                 {"positive: exact", false, HOL_POSITIVE_EXACT, 0.1}, /* refused when there is a model */
                 {"method: cd", true, HOL_AUTO_CHOICE, 0.05}};
    for (size_t i = 0; i < HOL_TEST_COUNT(cases); i++) {
        hol_config *c = NULL;
        char text[256];
        (void)snprintf(text, sizeof text, "%strain: {%s}\n", MINIMAL, cases[i].keys);
        assert_ok(parse(text, &c));
        const hol_config_sizes sizes = {.rows = 100, .units = 256, .parameters = 65792, .exact = cases[i].can};
        hol_config_resolve(c, &sizes);
        assert_int_equal((int)c->train.positive, cases[i].positive);
        assert_true(c->train.schedule.rate == cases[i].rate);
        hol_config_destroy(c);
    }
}

/* A run before there was the key went by batches; an imported model, whose config has nothing settled, is no run. */
static void test_complete_takes_older_runs_for_batches(void **state) {
    (void)state;
    hol_config *old = resolved("sweeps: 7", 9000, 164, 4096), *now = NULL;
    old->train.positive = (hol_positive)HOL_AUTO_CHOICE;
    hol_config_complete(old);
    assert_int_equal(old->train.positive, HOL_POSITIVE_BATCHES);
    assert_ok(parse(MINIMAL, &now));
    hol_config_inherit(now, old);
    assert_int_equal(now->train.positive, HOL_POSITIVE_BATCHES);
    hol_config_destroy(now);
    assert_ok(parse(MINIMAL "train: {positive: exact}\n", &now));
    assert_refused(hol_config_check_resume(old, now, "c.h5"), HOL_USAGE,
                   "train.positive: found exact in the config, expected batches as in the checkpoint");
    hol_config_destroy(now);
    assert_ok(parse(MINIMAL, &now));
    hol_config_complete(now);
    assert_int_equal((int)now->train.positive, HOL_AUTO_CHOICE);
    hol_config_destroy(now);
    hol_config_destroy(old);
}

static void test_rates_are_round(void **state) {
    (void)state;
    static const struct {
        int64_t parameters;
        double rate;
    } cases[] = {{1, 0.5}, {16, 0.5}, {256, 0.2}, {4096, 0.2}, {10000, 0.1}, {390625, 0.05}, {100000000, 0.01}};
    for (size_t i = 0; i < HOL_TEST_COUNT(cases); i++) {
        hol_config *c = resolved("", 100000, 100, cases[i].parameters);
        assert_true(c->train.schedule.rate == cases[i].rate); /* the double that the text reads as */
        hol_config_destroy(c);
    }
}

static void check_range(const hol_config *c, const char *key) {
    const hol_value *value = hol_value_find(&hol_config_table, key);
    const void *at = (const char *)c + value->at;
    if (value->type == HOL_VALUE_INTEGER) assert_in_range(*(const int64_t *)at, value->min, value->max);
    else assert_true(*(const double *)at > value->low && *(const double *)at < value->high);
}

/* all sizes that there can be, and those that are given beside them, stay in the keys' ranges; with a larger model
 * rate, sweeps and steps do not grow, with more rows the batch does not shrink */
static void test_resolve_stays_in_range(void **state) {
    (void)state;
    static const char *const keys[] = {"", "method: cd", "levels: 64", "optimiser: adam, batch_size: 1",
                                       "sweeps: 1000000, chains: 1000000000, batch_size: 1000000000, levels: 64"};
    static const char *const names[] = {"train.batch_size", "train.sweeps", "train.learning_rate", "train.steps"};
    for (size_t k = 0; k < HOL_TEST_COUNT(keys); k++)
        for (int64_t rows = 1, batch = 0; rows < INT64_C(1) << 60; rows *= 7) {
            int64_t sweeps = INT64_MAX, steps = INT64_MAX;
            double rate = INFINITY;
            for (int64_t parameters = 1; parameters < INT64_C(1) << 60; parameters *= 3) {
                hol_config *c = resolved(keys[k], rows, 1 + parameters / 7, parameters);
                for (size_t n = 0; n < HOL_TEST_COUNT(names); n++) check_range(c, names[n]);
                if (c->train.method == HOL_METHOD_PCD) check_range(c, "train.chains");
                assert_true(c->train.sweeps <= sweeps && c->train.schedule.rate <= rate);
                assert_true(c->train.sweeps < sweeps || c->train.schedule.steps <= steps);
                assert_true(c->train.batch_size >= batch);
                sweeps = c->train.sweeps, steps = c->train.schedule.steps, rate = c->train.schedule.rate;
                if (parameters > INT64_C(1) << 58) batch = c->train.batch_size;
                hol_config_destroy(c);
            }
        }
}

/* a length in epochs leaves nothing to choose; what has no effect stays */
static void test_length_has_one_auto(void **state) {
    (void)state;
    static const struct {
        const char *keys, *override;
        int64_t steps;
        double epochs;
    } cases[] = {{"", NULL, HOL_AUTO_INTEGER, 0},
                 {"epochs: 3", NULL, 0, 3},
                 {"steps: auto, epochs: 3", NULL, 0, 3},
                 {"steps: 'auto'", NULL, HOL_AUTO_INTEGER, 0},
                 {"steps: 9", "train.steps=auto", HOL_AUTO_INTEGER, 0},
                 {"epochs: 3", "train.steps=auto", HOL_AUTO_INTEGER, 0},
                 {"epochs: 3", "train.steps=9", 9, 0},
                 {"steps: auto", "train.epochs=3", 0, 3}};
    for (size_t i = 0; i < HOL_TEST_COUNT(cases); i++) {
        hol_config *c = NULL;
        char text[256], override[64];
        (void)snprintf(text, sizeof text, "%strain: {%s}\n", MINIMAL, cases[i].keys);
        (void)snprintf(override, sizeof override, "%s", cases[i].override ? cases[i].override : "seed=1");
        assert_ok(hol_config_parse("run.yaml", text, strlen(text), (char *const[]){override}, 1, &c));
        assert_int_equal(c->train.schedule.steps, cases[i].steps);
        assert_true(c->epochs == cases[i].epochs);
        hol_config_destroy(c);
    }
    hol_config *c = NULL;
    assert_message(parse(MINIMAL "train: {epochs: auto}\n", &c),
                   "run.yaml:3:17: train.epochs: found \"auto\", expected a number from 0 to 1e+09");
    assert_message(parse(MINIMAL "train: {steps: Auto}\n", &c),
                   "run.yaml:3:16: train.steps: found \"Auto\", expected auto or a whole number from 0 to 4294967295");
}

static void test_inherit_takes_what_was_chosen(void **state) {
    (void)state;
    hol_config *old = resolved("sweeps: 7", 9000, 164, 4096), *now = NULL, *epochs = NULL;
    char text[256], *dump = NULL;
    assert_ok(parse(MINIMAL "train: {batch_size: 96}\n", &now));
    const hol_config before = *now;
    hol_config_inherit(now, old);
    assert_int_equal(now->train.batch_size, 96);
    assert_int_equal(now->train.sweeps, 7);
    assert_int_equal(now->train.chains, 512);
    assert_int_equal(now->train.schedule.steps, 16000);
    hol_config_describe_choice(&before, now, text, sizeof text);
    assert_string_equal(text, "sweeps 7, chains 512, steps 16000, learning_rate 0.2");
    assert_ok(parse(MINIMAL "train: {epochs: 2.5}\n", &epochs));
    hol_config_destroy(now);
    assert_ok(parse(MINIMAL, &now));
    hol_config_inherit(now, epochs); /* its other keys are still auto */
    assert_true(now->train.schedule.steps == 0 && now->epochs == 2.5 && now->train.sweeps == HOL_AUTO_INTEGER);
    hol_config_describe_choice(&before, now, text, sizeof text);
    assert_string_equal(text, "epochs 2.5");
    assert_ok(hol_config_dump(now, &dump));
    assert_non_null(strstr(dump, "  sweeps: auto\n  missing_sweeps: 5\n  chains: auto\n"));
    hol_free(dump);
    hol_config_destroy(old);
    hol_config_destroy(now);
    hol_config_destroy(epochs);
}

int main(int argc, char **argv) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_resolve_chooses_by_size),
        cmocka_unit_test(test_rates_are_round),
        cmocka_unit_test(test_resolve_stays_in_range),
        cmocka_unit_test(test_length_has_one_auto),
        cmocka_unit_test(test_inherit_takes_what_was_chosen),
        cmocka_unit_test(test_resolve_chooses_the_positive_phase),
        cmocka_unit_test(test_complete_takes_older_runs_for_batches),
    };
    return hol_test_main(argc, argv, "auto", tests, HOL_TEST_COUNT(tests));
}
