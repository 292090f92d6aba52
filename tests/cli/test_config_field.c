/* config_field: variables and cliques of a config: what they mean, that they come back from a dump, and every mistake
 * by its place. */
#define HOL_TEST_COLLECTIVE ""
#include "support.h"

#include <math.h>

#include "base/alloc.h"
#include "cli/config.h"

static hol_status parse(const char *text, hol_config **ret_config) {
    return hol_config_parse("x.yaml", text, strlen(text), NULL, 0, ret_config);
}

static hol_factors *factors_of(const hol_config *config) {
    hol_factors *factors = NULL;
    int64_t clique = 0;
    assert_ok(hol_config_field_factors(config->model.variables, config->model.cliques, &factors, &clique));
    assert_int_equal(clique, -1);
    return factors;
}

static const char good[] = "model:\n"
                           "  kind: mrf\n"
                           "  cliques:\n"
                           "    - {variables: [B, A], potentials: [[1, 2], [0, 4], [5, 0.6]]}\n"
                           "    - variables: [\"x y\"]\n"
                           "      energies: [0.25, .inf, -1e-3]\n"
                           "    - {variables: [A]}\n"
                           "  variables: {A: 2, B: 3, \"x y\": 3}\n";

static void check_good(const hol_config *config) {
    hol_factors *factors = factors_of(config);
    const double expected[] = {0, log(2), -INFINITY, log(4), log(5), log(0.6), -0.25, -INFINITY, 1e-3, 0, 0};
    assert_int_equal(factors->variables, 3);
    assert_int_equal(factors->cardinalities[1], 3);
    assert_int_equal(factors->count, 3);
    assert_int_equal(factors->scopes[0], 1);
    assert_int_equal(factors->scopes[1], 0);
    assert_int_equal(factors->table_starts[3], 11);
    for (int i = 0; i < 11; i++)
        assert_true(factors->tables[i] == expected[i] || fabs(factors->tables[i] - expected[i]) < 1e-15);
    hol_factors_destroy(factors);
}

static void test_parse_reads_variables_and_cliques(void **state) {
    (void)state;
    hol_config *config = NULL;
    /* names may hold visible characters only, so the quoted one is another here */
    char text[512];
    (void)snprintf(text, sizeof text, "%s", good);
    for (char *c = strstr(text, "x y"); c; c = strstr(c, "x y")) c[1] = ':';
    assert_ok(parse(text, &config));
    check_good(config);
    assert_false(config->train.optimiser.centered); /* there is nothing to centre */
    hol_config_destroy(config);
    assert_refused(parse(good, &config), HOL_USAGE,
                   "x.yaml:5:19: model.cliques: found \"x y\", expected a variable's name");
}

static void test_dump_reads_back(void **state) {
    (void)state;
    hol_config *config = NULL, *again = NULL;
    char *dump = NULL, *second = NULL, text[512];
    (void)snprintf(text, sizeof text, "%s", good);
    for (char *c = strstr(text, "x y"); c; c = strstr(c, "x y")) c[1] = '\'';
    assert_ok(parse(text, &config));
    assert_ok(hol_config_dump(config, &dump));
    assert_ok(parse(dump, &again));
    check_good(again);
    assert_ok(hol_config_dump(again, &second));
    assert_string_equal(dump, second);
    assert_ok(hol_config_check_resume(config, again, "checkpoint"));
    again->model.cliques->cliques[0].values[3] = 3;
    assert_refused(hol_config_check_resume(config, again, "checkpoint"), HOL_USAGE, "model.cliques: found [");
    hol_config_destroy(config);
    hol_config_destroy(again);
    hol_free(dump);
    hol_free(second);
}

static void test_a_list_of_names_has_two_states_each(void **state) {
    (void)state;
    hol_config *config = NULL;
    assert_ok(parse("model: {kind: mrf, variables: [A, B], cliques: [{variables: [A, B]}]}", &config));
    hol_factors *factors = factors_of(config);
    assert_int_equal(factors->table_starts[1], 4);
    hol_factors_destroy(factors);
    hol_config_destroy(config);
}

static void test_an_override_replaces_cliques(void **state) {
    (void)state;
    hol_config *config = NULL;
    const char *text =
        "model: {kind: mrf, variables: [A, B], cliques: [{variables: [A, B], potentials: [1, 2, 3, 4]}]}";
    char *overrides[] = {(char[]){"model.cliques=[{variables: [A], potentials: [1, 3]}]"}};
    assert_ok(hol_config_parse("x.yaml", text, strlen(text), overrides, 1, &config));
    assert_int_equal(config->model.cliques->count, 1);
    assert_int_equal(config->model.cliques->cliques[0].entries, 2);
    hol_config_destroy(config);
}

#define MRF "model:\n  kind: mrf\n  variables: {A: 2, B: 3}\n  cliques:\n"

static const struct {
    const char *text, *message;
} bad[] = {
    {"model:\n  kind: mrf\n  variables: {A: 2, A: 3}\n  cliques: []\n",
     "x.yaml:3:21: model.variables: found \"A\", expected each variable once"},
    {"model:\n  kind: mrf\n  variables: [A, B, A]\n",
     "x.yaml:3:21: model.variables: found \"A\", expected each variable once"},
    {"model:\n  kind: mrf\n  variables: {A: 0}\n",
     "x.yaml:3:18: model.variables: found \"0\", expected a number of states from 1 to 256"},
    {"model:\n  kind: mrf\n  variables: {A: 2x}\n", "x.yaml:3:18: model.variables: found \"2x\""},
    {"model:\n  kind: mrf\n  variables: A\n",
     "x.yaml:3:14: model.variables: found \"A\", expected names with numbers of states"},
    {MRF "    - {variables: [A, B], potentials: [1, 2, 3, 4, 5]}\n",
     "x.yaml:5:7: model.cliques: found a table of 5 entries, expected 6"},
    {MRF "    - {variables: [A], potentials: [1, 2]}\n    - {variables: [A, C]}\n",
     "x.yaml:6:7: model.cliques: found a clique of \"C\", expected variables of model.variables"},
    {MRF "    - {variables: [A, A]}\n",
     "x.yaml:5:23: model.cliques: found \"A\", expected each variable of a clique once"},
    {MRF "    - {variables: [A], potentials: [1, -2]}\n",
     "x.yaml:5:40: model.cliques: found \"-2\", expected a potential: a number from 0"},
    {MRF "    - {variables: [A], potentials: [1, 2x]}\n",
     "x.yaml:5:40: model.cliques: found \"2x\", expected a potential"},
    {MRF "    - {variables: [A], potentials: [1, .inf]}\n",
     "x.yaml:5:40: model.cliques: found \".inf\", expected a potential"},
    {MRF "    - {variables: [A], energies: [1, nan]}\n",
     "x.yaml:5:38: model.cliques: found \"nan\", expected an energy"},
    {MRF "    - {variables: [A], energies: [1, 2], potentials: [1, 2]}\n",
     "x.yaml:5:54: model.cliques: found a list, expected one table"},
    {MRF "    - {variables: [A, B], potentials: [[1, 2, 3], [4, 5]]}\n",
     "x.yaml:5:51: model.cliques: found a list, expected one of 3, as the first at its depth, not 2"},
    {MRF "    - {variables: [A, B], potentials: [[1, 2, 3], 4, 5, 6]}\n",
     "x.yaml:5:51: model.cliques: found \"4\", expected a list as long"},
    {MRF "    - {variables: [A, B], potentials: [[1, 2], [3, 4], [5, 6]]}\n",
     "x.yaml:5:7: model.cliques: found lists of 3 for \"A\" in a table, expected 2, one for each of its states"},
    {MRF "    - {variables: [A, B], potentials: [[[1, 2, 3], [4, 5, 6]]]}\n",
     "x.yaml:5:7: model.cliques: found a table of lists 3 deep, expected one list, or 2 deep"},
    {MRF "    - {variables: [A, B], potentials: [[1, 2, 3], [4, [5], 6]]}\n",
     "x.yaml:5:55: model.cliques: found a list, expected a number"},
    {MRF "    - {variables: [A, B], potentials: [[], []]}\n",
     "x.yaml:5:40: model.cliques: found a list, expected a list of numbers"},
    {MRF "    - {variables: [A], potential: [1, 2]}\n",
     "x.yaml:5:24: model.cliques: found \"potential\", expected variables, and potentials or energies"},
    {MRF "    - {potentials: [1, 2]}\n",
     "x.yaml:5:7: model.cliques: found a mapping, expected a clique, as {variables"},
    {MRF "    - [A, B]\n", "x.yaml:5:7: model.cliques: found a list, expected a clique"},
    {"model:\n  kind: mrf\n  file: x.uai\n  variables: [A]\n",
     "x.yaml:3:9: model.file: found one beside variables or cliques"},
    {"data: {train: x.h5}\nmodel:\n  kind: rbm\n  file: x.uai\n",
     "x.yaml:4:9: model.file: found one, expected none: it is for model.kind mrf"},
    {MRF "    - {variables: [A]}\ntrain: {centered: true}\n",
     "train.centered: found true, expected false for model.kind mrf"},
};

static void test_every_mistake_is_named_with_its_place(void **state) {
    (void)state;
    hol_config *config = NULL;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_refused(parse(bad[i].text, &config), HOL_USAGE, bad[i].message);
}

int main(int argc, char **argv) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse_reads_variables_and_cliques),
        cmocka_unit_test(test_dump_reads_back),
        cmocka_unit_test(test_a_list_of_names_has_two_states_each),
        cmocka_unit_test(test_an_override_replaces_cliques),
        cmocka_unit_test(test_every_mistake_is_named_with_its_place),
    };
    return hol_test_main(argc, argv, "config_field", tests, HOL_TEST_COUNT(tests));
}
