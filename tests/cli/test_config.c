/* The config: defaults, what keys need, the dump's round trip, resume, the shipped files. Expected values and messages
 * are written out here, not taken from the table. HOLODE_WRITE_REFERENCE=1 in the environment rewrites
 * configs/reference.yaml. */
#include "support.h"

#include <math.h>

#include "base/alloc.h"
#include "cli/config_table.h"
#include "config_support.h"

static void test_parse_defaults(void **state) {
    (void)state;
    hol_config *c = NULL;
    assert_ok(parse(MINIMAL, &c));
    assert_int_equal(c->seed, 1);
    assert_string_equal(c->data.train, "d.h5");
    assert_string_equal(c->data.valid, "");
    assert_int_equal(c->data.binarize, HOL_CONFIG_BINARIZE_THRESHOLD);
    assert_true(c->data.threshold == 0.5);
    assert_string_equal(hol_config_get_choice(c, "model.kind"), "rbm");
    assert_int_equal(c->model.hidden, 64);
    assert_true(c->model.biases && c->model.weights && c->model.visible_couplings && c->model.hidden_couplings);
    assert_int_equal(c->model.positive_sweeps, 10);
    assert_true(c->model.temperature == 1);
    assert_int_equal(c->train.method, HOL_METHOD_PCD);
    assert_true(c->train.sweeps == HOL_AUTO_INTEGER && c->train.chains == HOL_AUTO_INTEGER);
    assert_true(c->train.batch_size == HOL_AUTO_INTEGER && c->train.schedule.steps == HOL_AUTO_INTEGER);
    assert_true(c->train.schedule.rate == HOL_AUTO_NUMBER);
    assert_true(c->epochs == 0);
    assert_int_equal(c->train.schedule.kind, HOL_SCHEDULE_LINEAR);
    assert_true(c->train.schedule.final_rate == 0);
    assert_int_equal(c->train.schedule.decay_steps, 1000);
    assert_int_equal(c->train.schedule.warmup_steps, 0);
    assert_true(c->train.optimiser.momentum == 0.5);
    assert_true(c->train.optimiser.penalty.l2 == 0);
    assert_true(c->train.optimiser.centered);
    assert_true(c->train.optimiser.centering_rate == 0.01);
    assert_true(c->train.initial_weights == 0.01);
    assert_int_equal(c->train.evaluate_every, 0);
    assert_int_equal(c->evaluate.samples, 1024);
    assert_int_equal(c->train.exact_units, -1);
    assert_int_equal(c->train.checkpoint_every, 0);
    assert_true(c->checkpoint.minutes == 10);
    assert_int_equal(c->checkpoint.keep, 2);
    assert_string_equal(c->output, "");
    assert_string_equal(hol_config_get_choice(c, "train.schedule"), "linear");
    assert_null(hol_config_get_choice(c, "train.sweeps"));
    assert_null(hol_config_get_choice(c, "nothing"));
    hol_config_destroy(c);
    hol_config_destroy(NULL);
}

static void test_parse_takes_values(void **state) {
    (void)state;
    hol_config *c = NULL;
    assert_ok(
        parse("--- # one document\n"
              "seed: 9223372036854775807\r\n"
              "data:\n  train: \"a b.h5:x\"\n  valid:\n  binarize: sample\n"
              "model: {kind: 'rbm', hidden: +500, temperature: 2.}\n"
              "train:\n  learning_rate: 1e-3\n  momentum: -0\n  centered: False\n  steps: 7\t# a tab here is fine\n"
              "evaluate: # nothing below\n"
              "output: 2024\n...\n",
              &c));
    assert_true(c->seed == INT64_MAX);
    assert_string_equal(c->data.train, "a b.h5:x");
    assert_string_equal(c->data.valid, "");
    assert_int_equal(c->data.binarize, HOL_CONFIG_BINARIZE_SAMPLE);
    assert_int_equal(c->model.hidden, 500);
    assert_true(c->model.temperature == 2);
    assert_true(c->train.schedule.rate == 0.001);
    assert_true(c->train.optimiser.momentum == 0 && !signbit(c->train.optimiser.momentum));
    assert_false(c->train.optimiser.centered);
    assert_int_equal(c->train.schedule.steps, 7);
    assert_true(c->epochs == 0); /* steps took its place */
    assert_string_equal(c->output, "2024");
    hol_config_destroy(c);
}

static const hol_config_row *row_of(const char *key) {
    for (size_t i = 0; i < hol_config_row_count; i++)
        if (strcmp(hol_config_rows[i].value.name, key) == 0) return &hol_config_rows[i];
    fail_msg("no key %s", key);
    return NULL;
}

/* every condition names a key that can be asked: a choice or a switch for words it has, a number for > */
static void test_needs_name_keys(void **state) {
    (void)state;
    int terms = 0;
    for (size_t i = 0; i < hol_config_row_count; i++) {
        char text[HOL_VALUE_TEXT_MAX], all[HOL_VALUE_TEXT_MAX];
        const char *needs = hol_config_write_needs(&hol_config_rows[i], all);
        if (!needs) continue;
        (void)snprintf(text, sizeof text, "%s", needs);
        for (char *term = strtok(text, " ,"); term; term = strtok(NULL, " ,"), terms++) {
            char *value = strpbrk(term, "=>");
            assert_non_null(value);
            const bool larger = *value == '>';
            *value++ = '\0';
            const hol_config_row *row = row_of(term);
            const bool number = row->value.type == HOL_VALUE_INTEGER || row->value.type == HOL_VALUE_NUMBER;
            assert_true(larger ? number : row->value.type == HOL_VALUE_CHOICE || row->value.type == HOL_VALUE_BOOLEAN);
            for (char *end; !larger && *value; value = end) {
                size_t length = strcspn(value, "|"), known = 0;
                for (size_t c = 0; row->value.choices && row->value.choices[c]; c++)
                    known +=
                        strlen(row->value.choices[c]) == length && strncmp(row->value.choices[c], value, length) == 0;
                if (row->value.type == HOL_VALUE_BOOLEAN) known = strncmp(value, "true", length) == 0 && length == 4;
                assert_int_equal(known, 1);
                end = value + length + (value[length] == '|');
            }
        }
    }
    assert_true(terms > 20);
}

static void test_effects_follow_the_needs(void **state) {
    (void)state;
    static const struct {
        const char *key, *text;
        bool effect;
    } cases[] = {
        {"train.chains", "", true},
        {"train.chains", "train: {method: cd}", false},
        {"train.lowest_beta", "train: {levels: 2}", true},
        {"train.lowest_beta", "train: {levels: 1}", false},
        {"train.lowest_beta", "train: {method: cd}", false},
        {"train.centering_rate", "train: {centered: false}", false},
        {"train.centering_rate", "train: {centered: false, sparsity_cost: 0.1}", true},
        {"train.centering_rate", "", true},
        {"train.final_learning_rate", "train: {schedule: linear}", true},
        {"train.final_learning_rate", "train: {schedule: constant}", false},
        {"model.positive_sweeps", "", false},
        {"seed", "", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[256];
        hol_config *c = NULL;
        (void)snprintf(text, sizeof text, "%s%s", MINIMAL, cases[i].text);
        assert_ok(parse(text, &c));
        assert_int_equal(hol_config_counts(row_of(cases[i].key), c), cases[i].effect);
        hol_config_destroy(c);
    }
    char words[256], all[HOL_VALUE_TEXT_MAX];
    hol_value_describe_needs(hol_config_write_needs(row_of("train.lowest_beta"), all), "", words, sizeof words);
    assert_string_equal(words, "train.method pcd and train.levels above 1");
    hol_value_describe_needs(hol_config_write_needs(row_of("model.biases"), all), "", words, sizeof words);
    assert_string_equal(words, "model.kind rbm, boltzmann, ising or network");
    hol_value_describe_needs(hol_config_write_needs(row_of("train.centering_rate"), all), "", words, sizeof words);
    assert_string_equal(words, "train.centered true or train.sparsity_cost above 0");
    hol_value_describe_needs(hol_config_write_needs(row_of("seed"), all), "", words, sizeof words);
    assert_string_equal(words, "");
}

/* numbers that 15 digits do not hold, strings that YAML would take for something else */
static void test_dump_round_trips(void **state) {
    (void)state;
    static const char *const strings[] = {"null",  "~",           "a: b",      "# x", "7",    "true", " two spaces ",
                                          "q\"\\", "tr\xC3\xA8s", "a.h5:/b/c", "[x]", "--- ", "a:",   "'"};
    for (size_t i = 0; i < sizeof strings / sizeof *strings; i++) {
        hol_config *c = NULL, *again = NULL;
        char *text = NULL, *second = NULL;
        assert_ok(parse(MINIMAL "seed: 9223372036854775807\ntrain: {steps: 9, centered: false}\n", &c));
        hol_free(c->output);
        assert_non_null(c->output = hol_allocate(64, 1));
        strcpy(c->output, strings[i]);
        c->train.schedule.rate = nextafter(0.1, 1);
        c->model.temperature = 1.0 / 3.0;
        c->train.optimiser.penalty.l2 = 5e-324;
        c->checkpoint.minutes = 1.7976931348623157e308;
        assert_ok(hol_config_dump(c, &text));
        assert_ok(parse(text, &again));
        assert_string_equal(again->output, strings[i]);
        assert_true(again->seed == INT64_MAX && again->train.schedule.steps == 9 && again->epochs == 0);
        assert_true(again->train.schedule.rate == c->train.schedule.rate);
        assert_true(again->model.temperature == c->model.temperature);
        assert_true(again->train.optimiser.penalty.l2 == 5e-324);
        assert_true(again->checkpoint.minutes == c->checkpoint.minutes);
        assert_false(again->train.optimiser.centered);
        assert_ok(hol_config_dump(again, &second));
        assert_string_equal(text, second);
        hol_free(text);
        hol_free(second);
        hol_config_destroy(c);
        hol_config_destroy(again);
    }
}

static void test_dump_shows_every_key(void **state) {
    (void)state;
    hol_config *c = NULL;
    char *text = NULL;
    assert_ok(parse(MINIMAL, &c));
    assert_ok(hol_config_dump(c, &text));
    assert_non_null(strstr(text, "seed: 1\ndata:\n  train: d.h5\n  valid: \"\"\n  weights: \"\"\n"));
    assert_non_null(strstr(text, "  valid_weights: \"\"\n  labels: false\n  binarize: threshold\n"));
    assert_non_null(strstr(text, "  batch_size: auto\n  steps: auto\n  epochs: 0\n  learning_rate: auto\n"));
    assert_non_null(strstr(text, "checkpoint:\n  every: 0\n  minutes: 10\n  keep: 2\n  best: false\noutput: \"\"\n"));
    hol_free(text);
    hol_config_destroy(c);
}

static void check_resume(const char *before, const char *after, const char *message) {
    hol_config *old_run = NULL, *new_run = NULL;
    assert_ok(parse(before, &old_run));
    assert_ok(parse(after, &new_run));
    if (message) assert_message(hol_config_check_resume(old_run, new_run, "out/step.h5"), message);
    else assert_ok(hol_config_check_resume(old_run, new_run, "out/step.h5"));
    hol_config_destroy(old_run);
    hol_config_destroy(new_run);
}

static void test_check_resume_names_fixed_keys(void **state) {
    (void)state;
    check_resume(
        "data: {train: d.h5}\nmodel: {kind: rbm, hidden: 128}\n", MINIMAL,
        "out/step.h5: model.hidden: found 64 in the config, expected 128 as in the checkpoint (it would change "
        "the run; start another with -o)");
    check_resume(
        MINIMAL "seed: 2\ntrain: {method: cd}\n", "data: {train: e.h5}\nmodel: {kind: rbm}\n",
        "out/step.h5: seed: found 1 in the config, expected 2 as in the checkpoint; train.method: found pcd in the "
        "config, expected cd as in the checkpoint (it would change the run; start another with -o)");
    check_resume(
        MINIMAL "train: {chains: 512}\n", MINIMAL "train: {chains: 64}\n",
        "out/step.h5: train.chains: found 64 in the config, expected 512 as in the checkpoint (it would change "
        "the run; start another with -o)");
}

static void test_check_resume_takes_free_keys(void **state) {
    (void)state;
    check_resume(MINIMAL, MINIMAL, NULL);
    check_resume(MINIMAL,
                 MINIMAL "train: {steps: 9, learning_rate: 1, schedule: inverse_time, final_learning_rate: 2,\n"
                         "  decay_steps: 3, warmup_steps: 4, cooldown_steps: 5, weight_decay: 6}\n"
                         "evaluate: {every: 6, exact_units: 7}\ncheckpoint: {every: 8, minutes: 9, keep: 10}\n"
                         "output: x\n",
                 NULL);
    check_resume(MINIMAL "train: {method: cd, centered: false}\n",
                 MINIMAL "train: {method: cd, centered: false, chains: 64, centering_rate: 0.5}\n", NULL);
}

/* a message has 1,023 bytes; the advice at its end must not be cut off */
static void test_check_resume_counts_the_rest(void **state) {
    (void)state;
    hol_config *old_run = NULL, *new_run = NULL;
    assert_ok(parse("seed: 7\ndata: {train: a-rather-long-name-of-a-file.h5, binarize: sample}\n"
                    "model: {kind: rbm, hidden: 7, temperature: 7}\n"
                    "train: {method: cd, sweeps: 7, chains: 7, batch_size: 7, momentum: 0.7, centered: false,\n"
                    "  centering_rate: 0.7, initial_weights: 7}\nevaluate: {samples: 700}\n",
                    &old_run));
    assert_ok(parse(MINIMAL, &new_run));
    assert_refused(hol_config_check_resume(old_run, new_run, "c.h5"), HOL_USAGE,
                   " more (it would change the run; start another with -o)");
    hol_config_destroy(old_run);
    hol_config_destroy(new_run);
}

/* rank 0 writes, all read */
static const char *write_file(const char *name, const char *text, size_t length) {
    const char *path = test_path(name);
    bool good = true;
    if (hol_comm_rank(test_comm) == 0) {
        FILE *file = fopen(path, "wb");
        good = file && fwrite(text, 1, length, file) == length;
        good = file && fclose(file) == 0 && good;
    }
    assert_all(good);
    return path;
}

static void test_read_names_the_output(void **state) {
    (void)state;
    static const struct {
        const char *file, *output;
    } cases[] = {{"run-7.yaml", "run-7"}, {"run.yml", "run"}, {"run", "run.run"}, {".yaml", ".yaml.run"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        hol_config *c = NULL;
        assert_ok(hol_config_read(test_comm, write_file(cases[i].file, MINIMAL, strlen(MINIMAL)), NULL, 0, &c));
        assert_string_equal(c->output, cases[i].output);
        hol_config_destroy(c);
    }
    hol_config *c = NULL;
    assert_ok(hol_config_read(test_comm, test_path("run.yml"), (char *const[]){(char[]){"output=elsewhere"}}, 1, &c));
    assert_string_equal(c->output, "elsewhere");
    hol_config_destroy(c);
}

/* a file as editors on Windows write it; a name that is no text; paths as a shell would make them */
static void test_read_takes_what_people_have(void **state) {
    (void)state;
    hol_config *c = NULL;
    assert_ok(
        hol_config_read(test_comm, write_file("mark.yaml", "\xEF\xBB\xBF" MINIMAL, strlen(MINIMAL) + 3), NULL, 0, &c));
    assert_string_equal(c->data.train, "d.h5");
    hol_config_destroy(c);
    assert_ok(hol_config_read(test_comm, write_file("caf\xE9 \xC3\xA9.yaml", MINIMAL, strlen(MINIMAL)), NULL, 0, &c));
    assert_string_equal(c->output, "caf%E9 \xC3\xA9");
    hol_config_destroy(c);
    assert_int_equal(setenv("HOME", "/home/ada", 1) | setenv("HOL_TEST_PLACE", "/scratch", 1), 0);
    static const char text[] =
        "data: {train: ~/d.h5:train, valid: $HOL_TEST_PLACE/d.h5}\nmodel: {kind: rbm}\noutput: ~/x\n";
    assert_ok(hol_config_read(test_comm, write_file("paths.yaml", text, strlen(text)), NULL, 0, &c));
    assert_string_equal(c->data.train, "/home/ada/d.h5:train");
    assert_string_equal(c->data.valid, "/scratch/d.h5");
    assert_string_equal(c->output, "/home/ada/x");
    hol_config_destroy(c);
    assert_ok(parse("data: {train: ~/d.h5}\nmodel: {kind: rbm}\n", &c)); /* of a checkpoint: as it was */
    assert_string_equal(c->data.train, "~/d.h5");
    hol_config_destroy(c);
    static const char unknown[] = MINIMAL "output: $HOL_TEST_NONE/x\n";
    assert_refused(hol_config_read(test_comm, write_file("none.yaml", unknown, strlen(unknown)), NULL, 0, &c),
                   HOL_USAGE,
                   "none.yaml:3:9: output: found \"$HOL_TEST_NONE/x\", but the environment has no HOL_TEST_NONE");
}

static void test_read_refuses_files(void **state) {
    (void)state;
    hol_config *c = NULL;
    char expected[1200];
    (void)snprintf(expected, sizeof expected,
                   "%s: found no readable file (No such file or directory), expected a config",
                   test_path("absent.yaml"));
    assert_message(hol_config_read(test_comm, test_path("absent.yaml"), NULL, 0, &c), expected);
    (void)snprintf(expected, sizeof expected,
                   "%s: found a directory, expected a config (sample, evaluate and inspect take a run's directory)",
                   test_directory());
    assert_message(hol_config_read(test_comm, test_directory(), NULL, 0, &c), expected);
    const char *path = write_file("wrong.yaml", "train:\n  sweeps: 0\n", 19);
    (void)snprintf(expected, sizeof expected,
                   "%s:2:11: train.sweeps: found 0, expected auto or a whole number from 1 to 1000000", path);
    assert_message(hol_config_read(test_comm, path, NULL, 0, &c), expected);
    static char big[(1 << 22) + 1];
    memset(big, '\n', sizeof big);
    path = write_file("big.yaml", big, sizeof big);
    (void)snprintf(expected, sizeof expected, "%s: found more than 4194304 bytes, expected a config", path);
    assert_message(hol_config_read(test_comm, path, NULL, 0, &c), expected);
    assert_null(c);
}

static void test_read_takes_the_shipped_configs(void **state) {
    (void)state;
    static const char *const names[] = {"reference", "bars-and-stripes", "mnist-rbm", "nltcs-rbm", "ising-2d"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[128];
        hol_config *c = NULL;
        (void)snprintf(path, sizeof path, "configs/%s.yaml", names[i]);
        assert_ok(hol_config_read(test_comm, path, NULL, 0, &c));
        assert_string_equal(c->output, names[i]);
        hol_config_destroy(c);
    }
}

static void test_print_reference_is_the_shipped_file(void **state) {
    (void)state;
    static const char *const path = "configs/reference.yaml";
    char *text = NULL, shipped[32768];
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    assert_non_null(stream);
    assert_ok(hol_config_print_reference(stream));
    assert_int_equal(fclose(stream), 0);
    if (getenv("HOLODE_WRITE_REFERENCE") && hol_comm_rank(test_comm) == 0) {
        FILE *file = fopen(path, "wb");
        assert_non_null(file);
        assert_int_equal(fwrite(text, 1, size, file), size);
        assert_int_equal(fclose(file), 0);
    }
    assert_ok(hol_comm_barrier(test_comm));
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    const size_t length = fread(shipped, 1, sizeof shipped - 1, file);
    (void)fclose(file);
    shipped[length] = '\0';
    assert_string_equal(shipped, text);
    free(text);
}

/* the reference shows the defaults: but for the required keys, it says what an all but empty config says */
static void test_reference_has_the_defaults(void **state) {
    (void)state;
    hol_config *reference = NULL, *plain = NULL;
    char *left = NULL, *right = NULL;
    assert_ok(hol_config_read(test_comm, "configs/reference.yaml", (char *const[]){(char[]){"data.train=d.h5"}}, 1,
                              &reference));
    reference->output[0] = '\0';
    assert_ok(parse(MINIMAL, &plain));
    assert_ok(hol_config_dump(reference, &left));
    assert_ok(hol_config_dump(plain, &right));
    assert_string_equal(left, right);
    hol_free(left);
    hol_free(right);
    hol_config_destroy(reference);
    hol_config_destroy(plain);
}

/* what the program does: rank 0 reads, all parse the resolved text */
static void test_dump_broadcasts(void **state) {
    (void)state;
    hol_config *c = NULL, *mine = NULL;
    char *text = NULL;
    int64_t length = 0;
    if (hol_comm_rank(test_comm) == 0) {
        assert_ok(parse(MINIMAL "train: {sweeps: 77}\n", &mine));
        assert_ok(hol_config_dump(mine, &text));
        length = (int64_t)strlen(text);
    }
    assert_ok(hol_comm_broadcast(test_comm, &length, sizeof length));
    if (!text) assert_non_null(text = hol_allocate(length, 1));
    assert_ok(hol_comm_broadcast(test_comm, text, length));
    assert_ok(hol_config_parse("broadcast", text, (size_t)length, NULL, 0, &c));
    assert_int_equal(c->train.sweeps, 77);
    hol_free(text);
    hol_config_destroy(c);
    hol_config_destroy(mine);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_parse_defaults),
    cmocka_unit_test(test_parse_takes_values),
    cmocka_unit_test(test_needs_name_keys),
    cmocka_unit_test(test_effects_follow_the_needs),
    cmocka_unit_test(test_dump_round_trips),
    cmocka_unit_test(test_dump_shows_every_key),
    cmocka_unit_test(test_dump_broadcasts),
    cmocka_unit_test(test_check_resume_names_fixed_keys),
    cmocka_unit_test(test_check_resume_takes_free_keys),
    cmocka_unit_test(test_check_resume_counts_the_rest),
    cmocka_unit_test(test_read_names_the_output),
    cmocka_unit_test(test_read_takes_what_people_have),
    cmocka_unit_test(test_read_refuses_files),
    cmocka_unit_test(test_read_takes_the_shipped_configs),
    cmocka_unit_test(test_print_reference_is_the_shipped_file),
    cmocka_unit_test(test_reference_has_the_defaults),
};

int main(int argc, char **argv) { return hol_test_main(argc, argv, "config", tests, HOL_TEST_COUNT(tests)); }
