/* test_survey: columns made by hand, whose looks are known; each rank sees its share of the rows. */
#include "support.h"

#include "io/survey.h"

enum { ROWS = 40 };

/* A joined survey of (ROWS, columns) values, each rank adding its share. */
static hol_survey *survey_of(int64_t columns, const float *values) {
    hol_survey *survey = NULL;
    int64_t first = 0, owned = 0;
    assert_ok(hol_survey_create(columns, &survey));
    hol_comm_share(ROWS, hol_comm_rank(test_comm), hol_comm_size(test_comm), &first, &owned);
    hol_survey_add(survey, first, owned, values + first * columns);
    assert_ok(hol_survey_join(test_comm, survey));
    assert_int_equal(survey->rows, ROWS);
    return survey;
}

static int bit(int row, int column) { return row >> column % 5 & 1; }

/* Three columns of bits, scaled, and one more at place `at`. */
static void fill(float *values, float one, int at, float (*value)(int row)) {
    for (int r = 0; r < ROWS; r++)
        for (int c = 0, k = 0; c < 4; c++) values[r * 4 + c] = c == at ? value(r) : one * (float)bit(r, k++);
}

static float number(int row) { return (float)row; }
static float number_from_1(int row) { return (float)row + 1; }
static float digit(int row) { return (float)(row * 7 % 10); }
static float identifier(int row) { return (float)(1000 + row * 37 % 100); }
static float slip(int row) { return row == 17 ? 2 : (float)(row & 1); }
static float grey(int row) { return (float)(row * 6); }
static float half(int row) { return (float)(row & 1) / 2; }
static float third_state(int row) { return (float)(row % 3); }

/* The one finding, in words; "" for none. */
static const char *found(int64_t columns, const float *values, const char *const *names) {
    static char text[256];
    hol_survey_finding findings[4];
    hol_survey *survey = survey_of(columns, values);
    const int count = hol_survey_find(survey, 4, findings);
    text[0] = '\0';
    if (count > 0) hol_survey_describe(survey, findings, names, text, sizeof text);
    hol_survey_destroy(survey);
    assert_true(count < 2);
    return text;
}

static void test_find_names_the_column(void **state) {
    (void)state;
    static const char *const names[] = {"a", "b", "c", "class"};
    float values[ROWS * 4];
    fill(values, 1, 0, number);
    assert_string_equal(found(4, values, NULL),
                        "column 0 (from 0) holds 0, 1, 2, ..., the others at most 1: row numbers?");
    fill(values, 255, 2, number_from_1);
    assert_string_equal(found(4, values, NULL), "column 2 (from 0) holds 1, 2, 3, ...: row numbers?");
    fill(values, 1, 3, digit);
    assert_string_equal(found(4, values, names),
                        "column 3 (from 0) \"class\" holds whole numbers from 0 to 9, the others at most 1: a label?");
    fill(values, 255, 0, digit);
    assert_string_equal(found(4, values, NULL), "column 0 (from 0) holds whole numbers from 0 to 9: a label?");
    fill(values, 255, 1, identifier);
    assert_string_equal(found(4, values, NULL),
                        "column 1 (from 0) holds whole numbers from 1000 to 1099: an identifier?");
    fill(values, 0.5F, 3, digit);
    assert_string_equal(found(4, values, NULL),
                        "column 3 (from 0) holds whole numbers from 0 to 9, the others at most 1: a label?");
}

static void test_advise_names_the_column(void **state) {
    (void)state;
    static const char *const names[] = {"a", "b", "c", "tree species"}, *const odd[] = {"a", "b", "c", "say 'x'"};
    const int64_t numbers[] = {1, 2, 3, 8};
    float values[ROWS * 4];
    char text[256];
    hol_survey_finding finding;
    fill(values, 1, 3, digit);
    hol_survey *survey = survey_of(4, values);
    assert_int_equal(hol_survey_find(survey, 1, &finding), 1);
    hol_survey_advise(survey, &finding, names, text, sizeof text);
    assert_string_equal(text, "--label-column 'tree species' keeps it apart, --columns '!tree species' leaves it out");
    survey->numbers = numbers;
    hol_survey_advise(survey, &finding, odd, text, sizeof text);
    assert_string_equal(text, "--label-column 8 keeps it apart, --columns '!8' leaves it out");
    hol_survey_destroy(survey);
}

static void test_find_lets_data_be(void **state) {
    (void)state;
    float values[ROWS * 4];
    fill(values, 1, 2, slip);
    assert_string_equal(found(4, values, NULL), "");
    fill(values, 255, 1, digit); /* a dark pixel inside */
    assert_string_equal(found(4, values, NULL), "");
    fill(values, 255, 0, grey);
    assert_string_equal(found(4, values, NULL), "");
    fill(values, 2, 0, third_state);
    assert_string_equal(found(4, values, NULL), "");
    fill(values, 1, 0, half);
    assert_string_equal(found(4, values, NULL), "");
}

static void test_constant_counts_after_binarising(void **state) {
    (void)state;
    float values[ROWS * 4];
    int64_t first = 0;
    fill(values, 1, 2, half); /* units 0, 1, 3 are bits; 2 reaches one half */
    hol_survey *survey = survey_of(4, values);
    assert_int_equal(hol_survey_count_constant(survey, HOL_SURVEY_THRESHOLD, 0.5, &first), 0);
    assert_int_equal(first, -1);
    assert_int_equal(hol_survey_count_constant(survey, HOL_SURVEY_THRESHOLD, 0.6, &first), 1);
    assert_int_equal(first, 2);
    assert_int_equal(hol_survey_count_constant(survey, HOL_SURVEY_DRAWN, 0, NULL), 0);
    survey->scale = 255;
    assert_int_equal(hol_survey_count_constant(survey, HOL_SURVEY_THRESHOLD, 0.5, &first), 4);
    assert_int_equal(hol_survey_count_constant(survey, HOL_SURVEY_STATES, 0, NULL), 0);
    assert_refused(hol_survey_check(survey, "d.h5:/train", HOL_SURVEY_THRESHOLD, 0.5, NULL), HOL_BAD_INPUT,
                   "d.h5:/train: found none of 4 units is ever on, as no value reaches 127.5 (the largest is 1), "
                   "expected units that differ");
    assert_ok(hol_survey_check(survey, "d.h5:/train", HOL_SURVEY_STATES, 0, NULL));
    hol_survey_destroy(survey);
}

/* Every threshold and every byte: what the survey counts is what level >= threshold gives. */
static void test_constant_agrees_with_levels(void **state) {
    (void)state;
    for (int t = 0; t <= 65535; t += 257 / 2)
        for (int byte = 1; byte < 256; byte += 5) {
            hol_survey *survey = NULL;
            assert_ok(hol_survey_create(2, &survey));
            const uint16_t rows[] = {0, 0, (uint16_t)(257 * byte), (uint16_t)(257 * byte)};
            hol_survey_add_levels(survey, byte % 2 ? HOL_DATASET_BYTES : HOL_DATASET_FLOATS, 0, 2, rows, NULL);
            const int64_t expected = t > 0 && 257 * byte >= t ? 0 : 2;
            assert_int_equal(hol_survey_count_constant(survey, HOL_SURVEY_THRESHOLD, t / 65535.0, NULL), expected);
            hol_survey_destroy(survey);
        }
}

static void test_check_names_the_label(void **state) {
    (void)state;
    float values[ROWS * 4];
    fill(values, 1, 3, digit);
    hol_survey *survey = survey_of(4, values);
    survey->scale = 255;
    assert_refused(hol_survey_check(survey, "d.h5:/x", HOL_SURVEY_THRESHOLD, 0.5, NULL), HOL_BAD_INPUT,
                   "(the largest is 9), expected units that differ between rows; column 3 (from 0) holds whole numbers "
                   "from 0 to 9, the others at most 1: a label? (holode data import takes --label-column and "
                   "--columns)");
    hol_survey_destroy(survey);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find_names_the_column),       cmocka_unit_test(test_find_lets_data_be),
        cmocka_unit_test(test_advise_names_the_column),     cmocka_unit_test(test_constant_counts_after_binarising),
        cmocka_unit_test(test_constant_agrees_with_levels), cmocka_unit_test(test_check_names_the_label)};
    return hol_test_main(argc, argv, "survey", tests, HOL_TEST_COUNT(tests));
}
