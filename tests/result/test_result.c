/* results: what is written, as text, as comma-separated values, and as JSON that jansson reads back. */
#define HOL_TEST_COLLECTIVE ""
#include "support.h"

#include <fcntl.h>
#include <jansson.h>
#include <math.h>
#include <signal.h>

#include "result/result.h"

/* A result that is shown in memory. */
static char *shown;
static size_t shown_size;

static hol_result *begin(hol_form form) {
    hol_result *result = NULL;
    FILE *stream = open_memstream(&shown, &shown_size);
    assert_non_null(stream);
    assert_ok(hol_result_create(stream, &result));
    hol_result_set_form(result, form);
    return result;
}

static void assert_shown(hol_result *result, const char *expected) {
    assert_ok(hol_result_finish(result, HOL_OK));
    hol_result_destroy(result);
    assert_string_equal(shown, expected);
    free(shown);
}

/* the caller gives the object back */
static json_t *read_shown(hol_result *result) {
    json_error_t error;
    assert_ok(hol_result_finish(result, HOL_OK));
    hol_result_destroy(result);
    json_t *object = json_loads(shown, JSON_REJECT_DUPLICATES, &error);
    if (!object) fail_msg("%s: %s", shown, error.text);
    free(shown);
    return object;
}

static void fill(hol_result *r) {
    static const char *const texts[] = {"one", "two"};
    const double series[] = {0.25, (double)NAN, -3};
    hol_result_text(r, "file", "run/a.h5");
    hol_result_number(r, "step", 500);
    hol_result_quantity(
        r, &(hol_quantity){"log_partition", "standard_error", "ln Z", -84.123456789012345, 0.5, 4, "nats", 0},
        ", of %d walks", 64);
    hol_result_quantity(
        r, &(hol_quantity){.name = "gap", .error_name = "gap_error", .label = "gap", .value = (double)NAN}, NULL);
    hol_result_line(r, "", "%lld of them", 3LL);
    hol_result_line(r, NULL, "plain");
    hol_result_texts(r, "warnings", texts, 2);
    hol_result_texts(r, "none", NULL, 0);
    hol_result_series(r, "series", "series", series, 3, 2);
    hol_result_open(r, "inner");
    hol_result_number(r, "infinite", (double)INFINITY);
    hol_result_open_list(r, "list");
    hol_result_open(r, NULL);
    hol_result_number(r, "deep", 1e300);
    hol_result_close(r);
    hol_result_close(r);
    hol_result_close(r);
    hol_result_number(r, "last", 0.1);
}

static void test_text_lines(void **state) {
    (void)state;
    hol_result *r = begin(HOL_FORM_TEXT);
    fill(r);
    assert_shown(r, "ln Z            -84.1235 +- 0.5000 nats, of 64 walks\n"
                    "                3 of them\n"
                    "plain\n"
                    "series          0.25 nan -3.00\n");
}

static void test_text_layout_and_decimals(void **state) {
    (void)state;
    hol_result *r = begin(HOL_FORM_TEXT);
    hol_result_set_layout(r, 2, 12, 10);
    hol_result_quantity(
        r, &(hol_quantity){.label = "bytes", .value = 2500000, .decimals = 1, .unit = "MB", .scale = 1e-6}, NULL);
    hol_result_quantity(r, &(hol_quantity){.label = "a long label", .value = 1, .decimals = 0}, "!");
    hol_result_quantity(
        r, &(hol_quantity){.label = "e", .value = 1.23456, .error = 0.0996, .decimals = HOL_DECIMALS_OF_ERROR}, NULL);
    hol_result_quantity(
        r, &(hol_quantity){.label = "e", .value = 1234.56, .error = 42, .decimals = HOL_DECIMALS_OF_ERROR}, NULL);
    hol_result_quantity(
        r,
        &(hol_quantity){.label = "e", .error_name = "x", .value = 0.5, .error = 0, .decimals = HOL_DECIMALS_OF_ERROR},
        NULL);
    assert_shown(r, "  bytes            2.5 MB\n"
                    "  a long label          1!\n"
                    "  e               1.23 +- 0.10\n"
                    "  e               1235 +- 42\n"
                    "  e                0.5 +- 0\n");
}

static void test_json_members(void **state) {
    (void)state;
    hol_result *r = begin(HOL_FORM_JSON);
    fill(r);
    json_t *object = read_shown(r), *inner = json_object_get(object, "inner"),
           *list = json_object_get(object, "series");
    assert_string_equal(json_string_value(json_object_get(object, "file")), "run/a.h5");
    assert_true(json_is_integer(json_object_get(object, "step")));
    assert_int_equal(json_integer_value(json_object_get(object, "step")), 500);
    /* 12 digits, and equal to what they say */
    assert_true(json_real_value(json_object_get(object, "log_partition")) == -84.1234567890);
    assert_true(json_real_value(json_object_get(object, "standard_error")) == 0.5);
    assert_true(json_is_null(json_object_get(object, "gap")) && json_is_integer(json_object_get(object, "gap_error")));
    assert_int_equal(json_array_size(json_object_get(object, "warnings")), 2);
    assert_string_equal(json_string_value(json_array_get(json_object_get(object, "warnings"), 1)), "two");
    assert_true(json_is_array(json_object_get(object, "none")) &&
                json_array_size(json_object_get(object, "none")) == 0);
    assert_true(json_number_value(json_array_get(list, 0)) == 0.25 && json_is_null(json_array_get(list, 1)));
    assert_true(json_is_null(json_object_get(inner, "infinite")));
    assert_true(json_real_value(json_object_get(json_array_get(json_object_get(inner, "list"), 0), "deep")) == 1e300);
    assert_true(json_real_value(json_object_get(object, "last")) == 0.1);
    assert_int_equal(json_object_size(object), 11);
    json_decref(object);
}

static void test_json_form(void **state) {
    (void)state;
    hol_result *r = begin(HOL_FORM_JSON);
    hol_result_number(r, "b", 0.1);
    hol_result_number(r, "a", -0.5);
    hol_result_set_digits(r, 4);
    hol_result_number(r, "few", 1234567.25);
    hol_result_number(r, "whole", 1234567);
    hol_result_number(r, "small", 1.23456e-7);
    hol_result_flush(r); /* nothing of one object alone */
    assert_shown(r, "{\"b\": 0.1, \"a\": -0.5, \"few\": 1235000, \"whole\": 1234567, \"small\": 1.235e-7}\n");
}

static void test_json_all_digits(void **state) {
    (void)state;
    hol_result *r = begin(HOL_FORM_JSON);
    hol_result_set_digits(r, 17);
    hol_result_number(r, "third", 1.0 / 3);
    json_t *object = read_shown(r);
    assert_true(json_real_value(json_object_get(object, "third")) == 1.0 / 3);
    json_decref(object);
}

/* Names from files may hold anything: no control character comes through, and JSON stays JSON. */
static void test_control_characters(void **state) {
    (void)state;
    static const char evil[] = "a\x1b]0;\a\"\\\x7f\xc2\x9b\xc3\xa9";
    hol_result *r = begin(HOL_FORM_JSON);
    hol_result_text(r, "evil", evil);
    hol_result_text(r, "latin", "caf\xe9");
    assert_ok(hol_result_finish(r, HOL_OK));
    hol_result_destroy(r);
    for (const char *at = shown; *at; at++) assert_true((unsigned char)*at >= ' ' || at[1] == '\0');
    assert_null(strchr(shown, 0x7f));
    assert_null(strstr(shown, "\xc2\x9b"));
    json_t *object = json_loads(shown, 0, NULL);
    assert_string_equal(json_string_value(json_object_get(object, "evil")), evil);
    assert_string_equal(json_string_value(json_object_get(object, "latin")), "caf\\xe9");
    json_decref(object);
    free(shown);
    r = begin(HOL_FORM_TEXT);
    hol_result_line(r, "evil", "%s", evil);
    assert_shown(r, "evil            a\\x1b]0;\\x07\"\\\\x7f\\xc2\\x9b\xc3\xa9\n");
}

static const hol_column columns[] = {{"name", "split", -7, 0, NULL, 0},
                                     {"seconds", "time", 9, 1, " ms", 1e3},
                                     {"hidden", NULL, 0, 0, NULL, 0},
                                     {NULL, "note", 0, 0, NULL, 0},
                                     {"kind", "kind", -5, 0, NULL, 0}};

static void fill_table(hol_result *r) {
    hol_record *table = hol_result_table(r, "rows", columns, 5);
    hol_result_row(r, table,
                   (hol_cell[]){HOL_CELL_TEXT("a"), HOL_CELL(0.0125), HOL_CELL(7), HOL_CELL_TEXT("long words"),
                                HOL_CELL_TEXT("x, \"y\"")});
    hol_result_row(r, table,
                   (hol_cell[]){HOL_CELL_TEXT("b"), HOL_CELL(NAN), HOL_CELL(1.5), HOL_CELL(3), HOL_CELL_TEXT("z")});
}

static void test_table_text(void **state) {
    (void)state;
    hol_result *r = begin(HOL_FORM_TEXT);
    fill_table(r);
    assert_shown(r, "split        time        note  kind\n"
                    "a         12.5 ms  long words  x, \"y\"\n"
                    "b               -           3  z\n");
}

static void test_table_csv(void **state) {
    (void)state;
    hol_result *r = begin(HOL_FORM_CSV);
    hol_result_line(r, "not", "shown");
    fill_table(r);
    assert_shown(r, "name,seconds,hidden,kind\na,0.0125,7,\"x, \"\"y\"\"\"\nb,,1.5,z\n");
}

static void test_table_json(void **state) {
    (void)state;
    hol_result *r = begin(HOL_FORM_JSON);
    fill_table(r);
    (void)hol_result_table(r, NULL, columns, 5);
    (void)hol_result_table(r, "empty", columns, 5);
    assert_shown(r, "{\"rows\": [{\"name\": \"a\", \"seconds\": 0.0125, \"hidden\": 7, \"kind\": \"x, \\\"y\\\"\"}, "
                    "{\"name\": \"b\", \"seconds\": null, \"hidden\": 1.5, \"kind\": \"z\"}], \"empty\": []}\n");
}

/* What was flushed is not shown again; a failure shows nothing more, and stays what it was. */
static void test_flush_and_failure(void **state) {
    (void)state;
    hol_result *r = begin(HOL_FORM_TEXT);
    hol_result_print(r, "%s", "first ");
    hol_result_flush(r);
    assert_string_equal(shown, "first ");
    hol_result_print(r, "second\n");
    hol_result_flush(r);
    hol_result_print(r, "never");
    assert_refused(hol_result_finish(r, hol_error(HOL_BAD_INPUT, "mine")), HOL_BAD_INPUT, "mine");
    assert_string_equal(shown, "first second\n");
    hol_result_destroy(r);
    free(shown);
}

static void test_lost_output(void **state) {
    (void)state;
    hol_result *r = NULL;
    int ends[2];
    FILE *full = fopen("/dev/full", "w");
    assert_non_null(full);
    assert_ok(hol_result_create(full, &r));
    hol_result_line(r, NULL, "lost");
    assert_refused(hol_result_finish(r, HOL_OK), HOL_FAILURE, "standard output could not be written");
    hol_result_destroy(r);
    /* a reader who has left */
    (void)signal(SIGPIPE, SIG_IGN);
    assert_int_equal(pipe(ends), 0);
    (void)close(ends[0]);
    assert_ok(hol_result_create(fdopen(ends[1], "w"), &r));
    hol_result_line(r, NULL, "not wanted");
    assert_ok(hol_result_finish(r, HOL_OK));
    hol_result_destroy(r);
    /* shown nowhere */
    assert_ok(hol_result_create(NULL, &r));
    hol_result_line(r, NULL, "nowhere");
    assert_ok(hol_result_finish(r, HOL_OK));
    hol_result_destroy(r);
    hol_result_destroy(NULL);
}

static hol_status read_text(const char *text, hol_result **ret) {
    FILE *file = tmpfile();
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0 && fflush(file) == 0);
    rewind(file);
    const hol_status status = hol_result_read(file, "evaluation.json", ret);
    (void)fclose(file);
    return status;
}

static void test_read_members(void **state) {
    (void)state;
    hol_result *r = NULL;
    assert_ok(read_text(
        "\n {\"step\": 200, \"in\": {\"step\": 3}, \"data\": \"a \\\"b\\\" \\u00e9\", \"log_likelihood\": -4.25, "
        "\"gap\": null, \"text\": \"\"}\n",
        &r));
    assert_true(hol_result_get_number(r, "step") == 200 && hol_result_get_number(r, "log_likelihood") == -4.25);
    assert_string_equal(hol_result_get_text(r, "data"), "a \"b\" \xc3\xa9");
    assert_true(isnan(hol_result_get_number(r, "gap")) && isnan(hol_result_get_number(r, "absent")));
    assert_true(isnan(hol_result_get_number(r, "data")) && hol_result_get_text(r, "step")[0] == '\0');
    hol_result_destroy(r);
}

static void test_read_refuses(void **state) {
    (void)state;
    static const char *const bad[] = {
        "", "Killed\n", "{\"step\": 200, \"log_likel", "{\"step\": 1} {}", "{step: 1}", "[1, 2]", "{\"a\": \"\xff\"}"};
    hol_result *r = NULL;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_refused(read_text(bad[i], &r), HOL_BAD_INPUT, "found no whole JSON object: ");
    assert_refused(read_text("{\"a\": 1,\n \"b\": }", &r), HOL_BAD_INPUT, "evaluation.json:2:7: ");
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_lines),      cmocka_unit_test(test_text_layout_and_decimals),
        cmocka_unit_test(test_json_members),    cmocka_unit_test(test_json_form),
        cmocka_unit_test(test_json_all_digits), cmocka_unit_test(test_control_characters),
        cmocka_unit_test(test_table_text),      cmocka_unit_test(test_table_csv),
        cmocka_unit_test(test_table_json),      cmocka_unit_test(test_flush_and_failure),
        cmocka_unit_test(test_lost_output),     cmocka_unit_test(test_read_members),
        cmocka_unit_test(test_read_refuses),
    };
    return hol_test_main(argc, argv, "result", tests, HOL_TEST_COUNT(tests));
}
