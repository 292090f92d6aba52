/* The config: every mistake's message, defaults, overrides, the dump's round trip, resume, the shipped files. Expected
 * values and messages are written out here, not taken from the table. HOLODE_WRITE_REFERENCE=1 in the environment
 * rewrites configs/reference.yaml. */
#include "support.h"

#include <math.h>

#include "base/alloc.h"
#include "cli/config_table.h"

#define MINIMAL "data: {train: d.h5}\nmodel: {kind: rbm}\n"

static hol_status parse(const char *text, hol_config **ret) {
    return hol_config_parse("run.yaml", text, strlen(text), NULL, 0, ret);
}

/* the whole message, not a part of it */
#define assert_message(call, expected)                                                                                 \
    do {                                                                                                               \
        assert_int_equal(test_take(call), HOL_USAGE);                                                                  \
        assert_string_equal(test_message, (expected));                                                                 \
    } while (0)

/* every row: a config, and the message that refuses it */
typedef struct wrong {
    const char *text, *message;
} wrong;

static void refuse_all(const wrong *cases, size_t count) {
    for (size_t i = 0; i < count; i++) {
        hol_config *config = (hol_config *)&test_comm; /* must become NULL */
        assert_message(parse(cases[i].text, &config), cases[i].message);
        assert_null(config);
    }
}

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
    assert_int_equal(c->train.sweeps, 1);
    assert_int_equal(c->train.chains, 512);
    assert_int_equal(c->train.batch_size, 512);
    assert_int_equal(c->train.schedule.steps, 0);
    assert_true(c->epochs == 10);
    assert_true(c->train.schedule.rate == 0.05);
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

static void test_parse_refuses_wrong_keys(void **state) {
    (void)state;
    static const wrong cases[] = {
        {"train:\n  sweps: 3\n",
         "run.yaml:2:3: train.sweps: found an unknown key, expected a known one; did you mean train.sweeps?"},
        {"train:\n  Batch-Size: 3\n",
         "run.yaml:2:3: train.Batch-Size: found an unknown key, expected a known one; did you mean train.batch_size?"},
        {"trian: {}\n", "run.yaml:1:1: trian: found an unknown key, expected a known one; did you mean train?"},
        {"model:\n  kind: rbm\n  sweeps: 3\n",
         "run.yaml:3:3: model.sweeps: found an unknown key, expected a known one; did you mean train.sweeps?"},
        {"model.hidden: 3\n", "run.yaml:1:1: model.hidden: found an unknown key, expected a known one; did you mean "
                              "model.hidden, written as a line of its own below the section?"},
        {"model:\n  colour: red\n",
         "run.yaml:2:3: model.colour: found an unknown key, expected one of kind, hidden, biases, weights, "
         "visible_couplings, hidden_couplings, positive_sweeps, positive_persistent, lattice, periodic, edges, fields, "
         "spins, "
         "couplings, coupling, field, variables, cliques, file, temperature"},
        {"qwertyuiop: 3\n", "run.yaml:1:1: qwertyuiop: found an unknown key, expected one of seed, data, model, train, "
                            "evaluate, checkpoint, output"},
        {"\"a\\nb\\e[31m\": 3\n", "run.yaml:1:1: a\\x0Ab\\x1B[31m: found an unknown key, expected one of seed, data, "
                                  "model, train, evaluate, checkpoint, output"},
        {"seed: 1\nmodel:\n  hidden: 3\n  hidden: 3\n",
         "run.yaml:4:3: model.hidden: found a second time, expected once (the first is in line 3)"},
        {"seed: 1\nmodel:\n  hidden: 3\nseed: 2\nmodel:\n",
         "run.yaml:4:1: seed: found a second time, expected once (the first is in line 1)"},
        {"model:\n  hidden: 3\nmodel:\n  kind: rbm\n",
         "run.yaml:3:1: model: found a second time, expected once (the first is in line 1)"},
        {"? [a]\n: 3\n", "run.yaml:1:3: found a list, expected a key"},
        {"model: {kind: rbm}\n", "run.yaml: data.train: missing, expected a data set as FILE or FILE:SPLIT"},
        {"data: {train: d.h5}\n", "run.yaml: model.kind: missing, expected rbm, boltzmann, ising or mrf"},
    };
    refuse_all(cases, sizeof cases / sizeof *cases);
}

static void test_parse_refuses_wrong_types(void **state) {
    (void)state;
    static const wrong cases[] = {
        {"seed: x\n", "run.yaml:1:7: seed: found \"x\", expected a whole number from 0 to 9223372036854775807"},
        {"seed: \"5\"\n",
         "run.yaml:1:7: seed: found \"5\", expected a whole number from 0 to 9223372036854775807 without quotes"},
        {"train:\n  sweeps: 1.5\n",
         "run.yaml:2:11: train.sweeps: found 1.5, expected a whole number from 1 to 1000000"},
        {"train: {sweeps: 1e3}\n", "run.yaml:1:17: train.sweeps: found 1e3, expected a whole number from 1 to 1000000"},
        {"train: {sweeps: 010}\n", "run.yaml:1:17: train.sweeps: found 010, expected a whole number from 1 to 1000000"},
        {"train: {sweeps: 0x10}\n",
         "run.yaml:1:17: train.sweeps: found \"0x10\", expected a whole number from 1 to 1000000"},
        {"train: {sweeps: }\n",
         "run.yaml:1:17: train.sweeps: found nothing, expected a whole number from 1 to 1000000"},
        {"train: {learning_rate: 0.1x}\n",
         "run.yaml:1:24: train.learning_rate: found \"0.1x\", expected a number above 0"},
        {"train: {learning_rate: 0,1}\n", "run.yaml:1:24: train.learning_rate: found 0, expected a number above 0"},
        {"train:\n  learning_rate: 0,1\n",
         "run.yaml:2:18: train.learning_rate: found \"0,1\", expected a number above 0"},
        {"train: {learning_rate: nan}\n",
         "run.yaml:1:24: train.learning_rate: found \"nan\", expected a number above 0"},
        {"train: {learning_rate: .inf}\n",
         "run.yaml:1:24: train.learning_rate: found \".inf\", expected a number above 0"},
        {"train: {learning_rate: inf}\n",
         "run.yaml:1:24: train.learning_rate: found \"inf\", expected a number above 0"},
        {"train: {learning_rate: .}\n", "run.yaml:1:24: train.learning_rate: found \".\", expected a number above 0"},
        {"train: {learning_rate: 1e}\n", "run.yaml:1:24: train.learning_rate: found \"1e\", expected a number above 0"},
        {"train: {learning_rate: ~}\n", "run.yaml:1:24: train.learning_rate: found nothing, expected a number above 0"},
        {"train: {centered: yes}\n", "run.yaml:1:19: train.centered: found \"yes\", expected true or false"},
        {"train: {centered: 'true'}\n",
         "run.yaml:1:19: train.centered: found \"true\", expected true or false without quotes"},
        {"train: {method: PCD}\n", "run.yaml:1:17: train.method: found \"PCD\", expected pcd or cd"},
        {"train: {schedule: cosine}\n", "run.yaml:1:19: train.schedule: found \"cosine\", expected constant, linear, "
                                        "exponential or inverse_time"},
        {"train: {sweeps: [1]}\n",
         "run.yaml:1:17: train.sweeps: found a list, expected a whole number from 1 to 1000000"},
        {"train:\n  method:\n    k: 3\n", "run.yaml:3:5: train.method: found a mapping, expected pcd or cd"},
        {"train: pcd\n",
         "run.yaml:1:8: train: found \"pcd\", expected a section: lines \"name: value\" below it, further in"},
        {"train:\n- pcd\n",
         "run.yaml:2:1: train: found a list, expected a section: lines \"name: value\" below it, further in"},
        {"data: {train: ''}\n", "run.yaml:1:15: data.train: found \"\", expected a data set as FILE or FILE:SPLIT"},
        {"data:\n  train:\n", "run.yaml:2:9: data.train: found nothing, expected a data set as FILE or FILE:SPLIT"},
        {"output: \"a\\nb\"\n", "run.yaml:1:9: output: found \"a\\x0Ab\", expected the name of a directory"},
        {"output: \"a\\0b\"\n", "run.yaml:1:9: output: found \"a\\x00b\", expected the name of a directory"},
    };
    refuse_all(cases, sizeof cases / sizeof *cases);
}

static void test_ising_needs_a_graph_and_no_data(void **state) {
    (void)state;
    static const wrong cases[] = {
        {"model:\n  kind: ising\n", "run.yaml:2:9: model.kind: found ising with neither a lattice nor edges, expected "
                                    "model.lattice or model.edges"},
        {"model: {kind: ising, lattice: 4x4, edges: e.txt}\n",
         "run.yaml:1:15: model.kind: found ising with both a lattice and edges, expected model.lattice or model.edges"},
        {"model: {kind: ising, lattice: 4x4x}\n",
         "run.yaml:1:31: model.lattice: found \"4x4x\", expected one to three lengths as 64 or 64x64"},
        {"model: {kind: ising, lattice: 0x4}\n",
         "run.yaml:1:31: model.lattice: found \"0x4\", expected one to three lengths as 64 or 64x64"},
        {"model: {kind: ising, lattice: 2x2x2x2}\n",
         "run.yaml:1:31: model.lattice: found \"2x2x2x2\", expected one to three lengths as 64 or 64x64"},
        {"model: {kind: ising, lattice: 4x4}\ntrain: {centered: true}\n",
         "run.yaml:2:19: train.centered: found true, expected false for model.kind ising"},
        {"data: {train: d.h5}\nmodel: {kind: rbm, lattice: 4x4}\n",
         "run.yaml:2:29: model.lattice: found one, expected none: it is for model.kind ising"},
        {"data: {train: d.h5}\nmodel: {kind: boltzmann, lattice: 4x4}\n",
         "run.yaml:2:35: model.lattice: found one, expected none: it is for model.kind ising"},
        {"data: {train: d.h5}\nmodel: {kind: rbm, edges: e.txt}\n",
         "run.yaml:2:27: model.edges: found one, expected none: it is for model.kind boltzmann or ising"},
    };
    refuse_all(cases, sizeof cases / sizeof *cases);
    hol_config *c = NULL, *again = NULL;
    char *text = NULL;
    assert_ok(parse("model: {kind: ising, lattice: 16x8, coupling: -1.5}\n", &c));
    assert_string_equal(c->data.train, "");
    assert_false(c->train.optimiser.centered);
    assert_ok(hol_config_dump(c, &text)); /* without a data.train, which could not be read back */
    assert_ok(parse(text, &again));
    assert_string_equal(again->model.lattice, "16x8");
    assert_true(fabs(again->model.coupling + 1.5) < 1e-15);
    hol_free(text);
    hol_config_destroy(c);
    hol_config_destroy(again);
}

static void test_parse_refuses_out_of_range(void **state) {
    (void)state;
    static const wrong cases[] = {
        {"seed: -1\n", "run.yaml:1:7: seed: found -1, expected a whole number from 0 to 9223372036854775807"},
        {"seed: 9223372036854775808\n",
         "run.yaml:1:7: seed: found 9223372036854775808, expected a whole number from 0 to 9223372036854775807"},
        {"train: {sweeps: 0}\n", "run.yaml:1:17: train.sweeps: found 0, expected a whole number from 1 to 1000000"},
        {"train: {momentum: 1}\n", "run.yaml:1:19: train.momentum: found 1, expected a number from 0 to below 1"},
        {"train: {momentum: -0.1}\n", "run.yaml:1:19: train.momentum: found -0.1, expected a number from 0 to below 1"},
        {"train: {centering_rate: 0}\n",
         "run.yaml:1:25: train.centering_rate: found 0, expected a number above 0 and at most 1"},
        {"train: {centering_rate: 1.01}\n",
         "run.yaml:1:25: train.centering_rate: found 1.01, expected a number above 0 and at most 1"},
        {"train: {weight_decay: -1}\n", "run.yaml:1:23: train.weight_decay: found -1, expected a number from 0"},
        {"data: {threshold: 1.5}\n", "run.yaml:1:19: data.threshold: found 1.5, expected a number from 0 to 1"},
        {"train: {learning_rate: 1e999}\n",
         "run.yaml:1:24: train.learning_rate: found 1e999, expected a number above 0"},
        {"train: {learning_rate: 1e-999}\n",
         "run.yaml:1:24: train.learning_rate: found 1e-999, expected a number above 0"},
        {"data: {train: d.h5}\nmodel: {kind: rbm, hidden: 0}\n",
         "run.yaml:2:28: model.hidden: found 0, expected at least 1 for model.kind rbm (boltzmann may have none)"},
        {"data: {train: d.h5}\nmodel: {kind: rbm, weights: false}\n",
         "run.yaml:2:29: model.weights: found false, expected true for model.kind rbm"},
        {"data: {train: d.h5}\nmodel: {kind: boltzmann, biases: false}\n",
         "run.yaml:2:34: train.centered: found true, expected false where model.biases is false: centring moves the "
         "biases"},
        {"evaluate: {samples: 63}\n",
         "run.yaml:1:21: evaluate.samples: found 63, expected a whole number from 64 to 1000000000"},
        {"evaluate: {exact_units: 25}\n",
         "run.yaml:1:25: evaluate.exact_units: found 25, expected a whole number from -1 to 24"},
        {MINIMAL "train:\n  steps: 5\n  epochs: 2.5\n",
         "run.yaml:5:11: train.epochs: found 2.5 beside train.steps 5, expected only one of the two above 0"},
        {MINIMAL "train:\n  watchdog: 0.5\n", "run.yaml:4:13: train.watchdog: found \"0.5\", expected auto, off, or a "
                                              "time from 1 s: seconds, M:SS or H:MM:SS"},
        {MINIMAL "train:\n  schedule: exponential\n", "run.yaml:4:13: train.final_learning_rate: found 0, expected a "
                                                      "number above 0 for train.schedule exponential"},
        {MINIMAL "train:\n  schedule: exponential\n  final_learning_rate: 0\n",
         "run.yaml:5:24: train.final_learning_rate: found 0, expected a number above 0 for train.schedule exponential"},
    };
    refuse_all(cases, sizeof cases / sizeof *cases);
}

static void test_parse_refuses_other_yaml(void **state) {
    (void)state;
    static const wrong cases[] = {
        {"", "run.yaml: found no keys, expected a config (configs/reference.yaml shows all keys)"},
        {"# nothing\n", "run.yaml: found no keys, expected a config (configs/reference.yaml shows all keys)"},
        {"---\n", "run.yaml: found no keys, expected a config (configs/reference.yaml shows all keys)"},
        {"hello\n", "run.yaml:1:1: found a single value, expected lines \"name: value\""},
        {"- a\n- b\n", "run.yaml:1:1: found a list, expected lines \"name: value\""},
        {"train:\n\tsweeps: 1\n", "run.yaml:2:1: found a tab, expected spaces for indentation"},
        {"train:\n  sweeps: 1\n\tchains: 1\n", "run.yaml:3:1: found a tab, expected spaces for indentation"},
        {"train:\n  \tsweeps: 1\n", "run.yaml:2:3: found a tab, expected spaces for indentation"},
        {"seed: 1\n---\nseed: 2\n", "run.yaml:2:1: found a second document, expected one"},
        {"data: &d\n  train: x\n", "run.yaml:1:7: found an anchor (&), expected a value without one"},
        {"seed: 1\noutput: *x\n", "run.yaml:2:9: found an alias (*), expected the value itself"},
        {"seed: !!int 1\n", "run.yaml:1:7: found a tag (!), expected a value without one"},
        {"seed: a: b\n", "run.yaml:1:8: found \": b\", expected YAML (mapping values are not allowed in this context)"},
        {"seed: 1\ntrain: {sweeps: 1\nmodel: {kind: rbm}\n", "run.yaml:3:6: found \": {kind: rbm}\", expected YAML "
                                                             "(while parsing a flow mapping: did not find expected ',' "
                                                             "or '}')"},
        {"seed: \"1\n",
         "run.yaml:2:1: found the end, expected YAML (while scanning a quoted scalar: found unexpected end of stream)"},
        {"seed: 1\n\x89HDF\r\n", "run.yaml:2:1: found a byte that is no text (invalid leading UTF-8 octet), expected "
                                 "YAML in UTF-8"},
        {"seed: 1\n  a\x01"
         "b\n",
         "run.yaml:2:4: found a byte that is no text (control characters are not allowed), expected YAML in UTF-8"},
    };
    refuse_all(cases, sizeof cases / sizeof *cases);
}

static hol_status parse_with(const char *text, char *first, char *second, hol_config **ret) {
    char *const overrides[] = {first, second};
    return hol_config_parse("run.yaml", text, strlen(text), overrides, second ? 2 : 1, ret);
}

#define SET(first) parse_with(MINIMAL, (char[]){first}, NULL, &c)

static void test_parse_takes_overrides(void **state) {
    (void)state;
    hol_config *c = NULL;
    assert_ok(parse_with(MINIMAL "train: {sweeps: 2}\n", (char[]){"train.sweeps=3"}, (char[]){"train.sweeps=4"}, &c));
    assert_int_equal(c->train.sweeps, 4); /* the last one counts */
    hol_config_destroy(c);
    assert_ok(parse_with("model: {kind: rbm}\n", (char[]){"data.train=x.h5:/a=b"}, (char[]){"data.valid="}, &c));
    assert_string_equal(c->data.train, "x.h5:/a=b"); /* a required key may come from the command line alone */
    hol_config_destroy(c);
    assert_ok(parse_with(MINIMAL "train: {steps: 30}\n", (char[]){"train.epochs=0.5"}, NULL, &c));
    assert_true(c->train.schedule.steps == 0 && c->epochs == 0.5); /* in the place of the file's steps */
    hol_config_destroy(c);
    assert_ok(parse_with(MINIMAL "train: {epochs: 30}\n", (char[]){"train.steps=9"}, NULL, &c));
    assert_true(c->train.schedule.steps == 9 && c->epochs == 0);
    hol_config_destroy(c);
    assert_ok(parse_with(MINIMAL, (char[]){" train.steps = 30 "}, (char[]){"train.sweeps\t=4"}, &c));
    assert_true(c->train.schedule.steps == 30 && c->train.sweeps == 4); /* blanks are no part of a key */
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
    assert_string_equal(words, "model.kind rbm, boltzmann or ising");
    hol_value_describe_needs(hol_config_write_needs(row_of("train.centering_rate"), all), "", words, sizeof words);
    assert_string_equal(words, "train.centered true or train.sparsity_cost above 0");
    hol_value_describe_needs(hol_config_write_needs(row_of("seed"), all), "", words, sizeof words);
    assert_string_equal(words, "");
}

/* what other programs and the field's papers call the keys */
static void test_parse_suggests_by_other_names(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"train: {lr: 1}", "train.learning_rate"},
        {"lr: 1", "train.learning_rate"},
        {"train: {batch: 1}", "train.batch_size"},
        {"model: {n_hidden: 1}", "model.hidden"},
        {"model: {n_components: 1}", "model.hidden"},
        {"train: {k: 1}", "train.sweeps"},
        {"train: {n-epochs: 1}", "train.epochs"},
        {"train: {wd: 1}", "train.weight_decay"},
        {"train: {optimizer: adam}", "train.optimiser"},
        {"train: {centering: true}", "train.centered"},
        {"random_state: 1", "seed"},
        {"lerning_rate: 1", "train.learning_rate"},
        {"data: {learning_rate: 1}", "train.learning_rate"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char expected[128];
        hol_config *c = NULL;
        (void)snprintf(expected, sizeof expected, "did you mean %s?", cases[i][1]);
        assert_refused(parse(cases[i][0], &c), HOL_USAGE, expected);
    }
}

static void test_parse_refuses_overrides(void **state) {
    (void)state;
    hol_config *c = NULL;
    assert_message(SET("train.sweeps=0"), "--set train.sweeps=0: found 0, expected a whole number from 1 to 1000000");
    assert_message(SET("train.sweeps="),
                   "--set train.sweeps=: found nothing, expected a whole number from 1 to 1000000");
    assert_message(SET("train.sweeps=[1]"),
                   "--set train.sweeps=[1]: found a list, expected a whole number from 1 to 1000000");
    assert_message(SET("train.sweps=1"),
                   "--set train.sweps=1: found an unknown key, expected a known one; did you mean train.sweeps?");
    assert_message(SET("sweeps=1"),
                   "--set sweeps=1: found an unknown key, expected a known one; did you mean train.sweeps?");
    assert_message(SET("trian.sweeps=1"),
                   "--set trian.sweeps=1: found an unknown key, expected a known one; did you mean train.sweeps?");
    assert_message(SET("qwertyuiop.x=1"),
                   "--set qwertyuiop.x=1: found an unknown key, expected one of seed, data, model, train, evaluate, "
                   "checkpoint, output");
    assert_message(SET(" = 1"), "--set  = 1: found no \"key=\", expected KEY=VALUE");
    assert_message(
        SET("model.=1"),
        "--set model.=1: found an unknown key, expected one of kind, hidden, biases, weights, visible_couplings, "
        "hidden_couplings, positive_sweeps, positive_persistent, lattice, periodic, edges, fields, spins, couplings, "
        "coupling, "
        "field, "
        "variables, cliques, file, temperature");
    assert_message(SET("train=1"), "--set train=1: found a section's name, expected a key, train.method for one");
    assert_message(SET("train.sweeps"), "--set train.sweeps: found no \"key=\", expected KEY=VALUE");
    assert_message(SET("=1"), "--set =1: found no \"key=\", expected KEY=VALUE");
    assert_message(SET("train.sweeps=*a"), "--set train.sweeps=*a: found an alias (*), expected the value itself");
    assert_message(SET("output=\"a"), "--set output=\"a: found the end, expected YAML (while scanning a quoted scalar: "
                                      "found unexpected end of stream)");
    assert_message(parse_with(MINIMAL, (char[]){"train.steps=9"}, (char[]){"train.epochs=2"}, &c),
                   "--set train.epochs=2: found 2 beside train.steps 9, expected only one of the two above 0");
    assert_message(SET("train.schedule=exponential"), "--set train.schedule=exponential: found 0, expected a number "
                                                      "above 0 for train.schedule exponential");
    assert_null(c);
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
    assert_non_null(strstr(text, "seed: 1\ndata:\n  train: d.h5\n  valid: \"\"\n  binarize: threshold\n"));
    assert_non_null(strstr(text, "  steps: 0\n  epochs: 10\n  learning_rate: 0.05\n  schedule: linear\n"));
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
        MINIMAL, MINIMAL "train: {chains: 64}\n",
        "out/step.h5: train.chains: found 64 in the config, expected 512 as in the checkpoint (it would change "
        "the run; start another with -o)");
}

static void test_check_resume_takes_free_keys(void **state) {
    (void)state;
    check_resume(MINIMAL, MINIMAL, NULL);
    check_resume(MINIMAL,
                 MINIMAL "train: {steps: 9, learning_rate: 1, schedule: inverse_time, final_learning_rate: 2,\n"
                         "  decay_steps: 3, warmup_steps: 4, weight_decay: 5}\n"
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
        assert_ok(hol_config_read(write_file(cases[i].file, MINIMAL, strlen(MINIMAL)), NULL, 0, &c));
        assert_string_equal(c->output, cases[i].output);
        hol_config_destroy(c);
    }
    hol_config *c = NULL;
    assert_ok(hol_config_read(test_path("run.yml"), (char *const[]){(char[]){"output=elsewhere"}}, 1, &c));
    assert_string_equal(c->output, "elsewhere");
    hol_config_destroy(c);
}

/* a file as editors on Windows write it; a name that is no text; paths as a shell would make them */
static void test_read_takes_what_people_have(void **state) {
    (void)state;
    hol_config *c = NULL;
    assert_ok(hol_config_read(write_file("mark.yaml", "\xEF\xBB\xBF" MINIMAL, strlen(MINIMAL) + 3), NULL, 0, &c));
    assert_string_equal(c->data.train, "d.h5");
    hol_config_destroy(c);
    assert_ok(hol_config_read(write_file("caf\xE9 \xC3\xA9.yaml", MINIMAL, strlen(MINIMAL)), NULL, 0, &c));
    assert_string_equal(c->output, "caf%E9 \xC3\xA9");
    hol_config_destroy(c);
    assert_int_equal(setenv("HOME", "/home/ada", 1) | setenv("HOL_TEST_PLACE", "/scratch", 1), 0);
    static const char text[] =
        "data: {train: ~/d.h5:train, valid: $HOL_TEST_PLACE/d.h5}\nmodel: {kind: rbm}\noutput: ~/x\n";
    assert_ok(hol_config_read(write_file("paths.yaml", text, strlen(text)), NULL, 0, &c));
    assert_string_equal(c->data.train, "/home/ada/d.h5:train");
    assert_string_equal(c->data.valid, "/scratch/d.h5");
    assert_string_equal(c->output, "/home/ada/x");
    hol_config_destroy(c);
    assert_ok(parse("data: {train: ~/d.h5}\nmodel: {kind: rbm}\n", &c)); /* of a checkpoint: as it was */
    assert_string_equal(c->data.train, "~/d.h5");
    hol_config_destroy(c);
    static const char unknown[] = MINIMAL "output: $HOL_TEST_NONE/x\n";
    assert_refused(hol_config_read(write_file("none.yaml", unknown, strlen(unknown)), NULL, 0, &c), HOL_USAGE,
                   "none.yaml:3:9: output: found \"$HOL_TEST_NONE/x\", but the environment has no HOL_TEST_NONE");
}

static void test_read_refuses_files(void **state) {
    (void)state;
    hol_config *c = NULL;
    char expected[1200];
    (void)snprintf(expected, sizeof expected,
                   "%s: found no readable file (No such file or directory), expected a config",
                   test_path("absent.yaml"));
    assert_message(hol_config_read(test_path("absent.yaml"), NULL, 0, &c), expected);
    (void)snprintf(expected, sizeof expected,
                   "%s: found a directory, expected a config (sample, evaluate and inspect take a run's directory)",
                   test_directory());
    assert_message(hol_config_read(test_directory(), NULL, 0, &c), expected);
    const char *path = write_file("wrong.yaml", "train:\n  sweeps: 0\n", 19);
    (void)snprintf(expected, sizeof expected,
                   "%s:2:11: train.sweeps: found 0, expected a whole number from 1 to 1000000", path);
    assert_message(hol_config_read(path, NULL, 0, &c), expected);
    static char big[(1 << 22) + 1];
    memset(big, '\n', sizeof big);
    path = write_file("big.yaml", big, sizeof big);
    (void)snprintf(expected, sizeof expected, "%s: found more than 4194304 bytes, expected a config", path);
    assert_message(hol_config_read(path, NULL, 0, &c), expected);
    assert_null(c);
}

static void test_read_takes_the_shipped_configs(void **state) {
    (void)state;
    static const char *const names[] = {"reference", "bars-and-stripes", "mnist-rbm", "nltcs-rbm", "ising-2d"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[128];
        hol_config *c = NULL;
        (void)snprintf(path, sizeof path, "configs/%s.yaml", names[i]);
        assert_ok(hol_config_read(path, NULL, 0, &c));
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
    assert_ok(hol_config_read("configs/reference.yaml", (char *const[]){(char[]){"data.train=d.h5"}}, 1, &reference));
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
    cmocka_unit_test(test_parse_refuses_wrong_keys),
    cmocka_unit_test(test_parse_refuses_wrong_types),
    cmocka_unit_test(test_ising_needs_a_graph_and_no_data),
    cmocka_unit_test(test_parse_refuses_out_of_range),
    cmocka_unit_test(test_parse_refuses_other_yaml),
    cmocka_unit_test(test_parse_takes_overrides),
    cmocka_unit_test(test_parse_refuses_overrides),
    cmocka_unit_test(test_parse_suggests_by_other_names),
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
