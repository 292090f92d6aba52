/* Configs that are refused: every mistake's message, in a file and in an override, written out. */
#define HOL_TEST_COLLECTIVE ""
#include "support.h"

#include <math.h>

#include "base/alloc.h"
#include "config_support.h"

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
         "couplings, coupling, field, layers, blocks, variables, cliques, file, temperature"},
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
        {"data: {train: d.h5}\n",
         "run.yaml: model.kind: missing, expected rbm, boltzmann, ising, network, mrf or potts"},
    };
    refuse_all(cases, sizeof cases / sizeof *cases);
}

static const wrong wrong_types[] = {
    {"seed: x\n", "run.yaml:1:7: seed: found \"x\", expected a whole number from 0 to 9223372036854775807"},
    {"seed: \"5\"\n",
     "run.yaml:1:7: seed: found \"5\", expected a whole number from 0 to 9223372036854775807 without quotes"},
    {"train:\n  sweeps: 1.5\n",
     "run.yaml:2:11: train.sweeps: found 1.5, expected auto or a whole number from 1 to 1000000"},
    {"train: {sweeps: 1e3}\n",
     "run.yaml:1:17: train.sweeps: found 1e3, expected auto or a whole number from 1 to 1000000"},
    {"train: {sweeps: 010}\n",
     "run.yaml:1:17: train.sweeps: found 010, expected auto or a whole number from 1 to 1000000"},
    {"train: {sweeps: 0x10}\n",
     "run.yaml:1:17: train.sweeps: found \"0x10\", expected auto or a whole number from 1 to 1000000"},
    {"train: {sweeps: }\n",
     "run.yaml:1:17: train.sweeps: found nothing, expected auto or a whole number from 1 to 1000000"},
    {"train: {learning_rate: 0.1x}\n",
     "run.yaml:1:24: train.learning_rate: found \"0.1x\", expected auto or a number above 0"},
    {"train: {learning_rate: 0,1}\n", "run.yaml:1:24: train.learning_rate: found 0, expected auto or a number above 0"},
    {"train:\n  learning_rate: 0,1\n",
     "run.yaml:2:18: train.learning_rate: found \"0,1\", expected auto or a number above 0"},
    {"train: {learning_rate: nan}\n",
     "run.yaml:1:24: train.learning_rate: found \"nan\", expected auto or a number above 0"},
    {"train: {learning_rate: .inf}\n",
     "run.yaml:1:24: train.learning_rate: found \".inf\", expected auto or a number above 0"},
    {"train: {learning_rate: inf}\n",
     "run.yaml:1:24: train.learning_rate: found \"inf\", expected auto or a number above 0"},
    {"train: {learning_rate: .}\n",
     "run.yaml:1:24: train.learning_rate: found \".\", expected auto or a number above 0"},
    {"train: {learning_rate: 1e}\n",
     "run.yaml:1:24: train.learning_rate: found \"1e\", expected auto or a number above 0"},
    {"train: {learning_rate: ~}\n",
     "run.yaml:1:24: train.learning_rate: found nothing, expected auto or a number above 0"},
    {"train: {centered: yes}\n", "run.yaml:1:19: train.centered: found \"yes\", expected true or false"},
    {"train: {centered: 'true'}\n",
     "run.yaml:1:19: train.centered: found \"true\", expected true or false without quotes"},
    {"train: {method: PCD}\n", "run.yaml:1:17: train.method: found \"PCD\", expected pcd or cd"},
    {"train: {schedule: cosine}\n", "run.yaml:1:19: train.schedule: found \"cosine\", expected constant, linear, "
                                    "exponential or inverse_time"},
    {"train: {sweeps: [1]}\n",
     "run.yaml:1:17: train.sweeps: found a list, expected auto or a whole number from 1 to 1000000"},
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

static void test_parse_refuses_wrong_types(void **state) {
    (void)state;
    refuse_all(wrong_types, HOL_TEST_COUNT(wrong_types));
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
         "run.yaml:2:27: model.edges: found one, expected none: it is for model.kind boltzmann, ising or potts"},
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
        {"train: {sweeps: 0}\n",
         "run.yaml:1:17: train.sweeps: found 0, expected auto or a whole number from 1 to 1000000"},
        {"train: {momentum: 1}\n", "run.yaml:1:19: train.momentum: found 1, expected a number from 0 to below 1"},
        {"train: {momentum: -0.1}\n", "run.yaml:1:19: train.momentum: found -0.1, expected a number from 0 to below 1"},
        {"train: {centering_rate: 0}\n",
         "run.yaml:1:25: train.centering_rate: found 0, expected a number above 0 and at most 1"},
        {"train: {centering_rate: 1.01}\n",
         "run.yaml:1:25: train.centering_rate: found 1.01, expected a number above 0 and at most 1"},
        {"train: {weight_decay: -1}\n", "run.yaml:1:23: train.weight_decay: found -1, expected a number from 0"},
        {"data: {threshold: 1.5}\n", "run.yaml:1:19: data.threshold: found 1.5, expected a number from 0 to 1"},
        {"train: {learning_rate: 1e999}\n",
         "run.yaml:1:24: train.learning_rate: found 1e999, expected auto or a number above 0"},
        {"train: {learning_rate: 1e-999}\n",
         "run.yaml:1:24: train.learning_rate: found 1e-999, expected auto or a number above 0"},
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
    assert_message(SET("train.sweeps=0"),
                   "--set train.sweeps=0: found 0, expected auto or a whole number from 1 to 1000000");
    assert_message(SET("train.sweeps="),
                   "--set train.sweeps=: found nothing, expected auto or a whole number from 1 to 1000000");
    assert_message(SET("train.sweeps=[1]"),
                   "--set train.sweeps=[1]: found a list, expected auto or a whole number from 1 to 1000000");
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
        "coupling, field, layers, blocks, variables, cliques, file, temperature");
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

int main(int argc, char **argv) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse_refuses_wrong_keys),        cmocka_unit_test(test_parse_refuses_wrong_types),
        cmocka_unit_test(test_ising_needs_a_graph_and_no_data), cmocka_unit_test(test_parse_refuses_out_of_range),
        cmocka_unit_test(test_parse_refuses_other_yaml),        cmocka_unit_test(test_parse_takes_overrides),
        cmocka_unit_test(test_parse_refuses_overrides),         cmocka_unit_test(test_parse_suggests_by_other_names),
    };
    return hol_test_main(argc, argv, "config_refuses", tests, HOL_TEST_COUNT(tests));
}
