/* chart: where known values lie in the SVG, what is written at the ticks, gaps, cells, escaped texts. */
#define HOL_TEST_COLLECTIVE ""
#include "support.h"

#include <math.h>

#include "result/axis.h"
#include "result/chart.h"
#include "result/html.h"

/* ---- axes -------------------------------------------------------------------------------------------------------- */

static void assert_labels(const hol_axis *axis, const char *const *labels, int count) {
    char label[HOL_AXIS_LABEL_SIZE];
    assert_int_equal(axis->tick_count, count);
    for (int t = 0; t < count; t++) {
        hol_axis_label(axis, axis->ticks[t], label);
        assert_string_equal(label, labels[t]);
    }
}

static void test_ticks_are_round_numbers(void **state) {
    (void)state;
    const hol_axis a = hol_axis_make(-79.4, -78.2, false, 5, false);
    assert_labels(&a, (const char *const[]){"−79.0", "−78.5"}, 2);
    const hol_axis b = hol_axis_make(0, 23440, false, 5, false);
    assert_labels(&b, (const char *const[]){"0", "5,000", "10,000", "15,000", "20,000"}, 5);
    const hol_axis c = hol_axis_make(-0.013, 0.027, false, 5, true);
    assert_labels(&c, (const char *const[]){"−0.02", "−0.01", "0", "0.01", "0.02", "0.03"}, 6);
    assert_true(fabs(c.low + 0.02) < 1e-12 && fabs(c.high - 0.03) < 1e-12);
    const hol_axis d = hol_axis_make(0, 3e7, false, 3, false);
    assert_labels(&d, (const char *const[]){"0", "1×10⁷", "2×10⁷", "3×10⁷"}, 4);
    const hol_axis e = hol_axis_make(0.7, 2.1, false, 3, false);
    assert_labels(&e, (const char *const[]){"1.0", "1.5", "2.0"}, 3);
}

static void test_logarithms_have_powers_of_ten(void **state) {
    (void)state;
    const hol_axis a = hol_axis_make(0.001, 1e6, true, 5, true);
    assert_labels(&a, (const char *const[]){"0.001", "0.1", "10", "1,000", "100,000"}, 5);
    const hol_axis b = hol_axis_make(30, 500, true, 5, false);
    assert_labels(&b, (const char *const[]){"50", "100", "200", "500"}, 4);
    assert_true(fabs(hol_axis_place(&b, sqrt(30.0 * 500)) - 0.5) < 1e-12);
    assert_true(hol_axis_place(&b, 0) < 0);
    const hol_axis c = hol_axis_make(0, 1e8, true, 10, false); /* from six powers below */
    assert_labels(&c, (const char *const[]){"100", "1,000", "10,000", "100,000", "10⁶", "10⁷", "10⁸"}, 7);
}

static void test_ranges_of_nothing_are_ranges(void **state) {
    (void)state;
    const double lows[] = {0, 5, -3, 1, (double)NAN, -(double)INFINITY}, highs[] = {0, 5, -3, -1, 1, 1};
    for (size_t k = 0; k < HOL_TEST_COUNT(lows); k++)
        for (int is_log = 0; is_log < 2; is_log++) {
            const hol_axis a = hol_axis_make(lows[k], highs[k], is_log, 5, true);
            assert_true(a.low < a.high && isfinite(a.low) && isfinite(a.high) && a.tick_count >= 2);
        }
}

static void test_numbers_are_written_as_people_do(void **state) {
    (void)state;
    static const struct {
        double value;
        int digits;
        const char *text;
    } cases[] = {{-79.21684, 4, "−79.22"},     {0, 3, "0.00"},
                 {393284, 3, "393,284"},       {1234, 3, "1,234"},
                 {0.00001234, 3, "1.23×10⁻⁵"}, {-2.5e12, 2, "−2.5×10¹²"},
                 {0.0123456, 3, "0.0123"},     {-1e-12, 1, "−1×10⁻¹²"}};
    char text[HOL_AXIS_LABEL_SIZE];
    for (size_t k = 0; k < HOL_TEST_COUNT(cases); k++) {
        hol_axis_number(cases[k].value, cases[k].digits, text, sizeof text);
        assert_string_equal(text, cases[k].text);
    }
    hol_axis_number((double)NAN, 3, text, sizeof text);
    assert_string_equal(text, "not known");
    hol_axis_number(-(double)INFINITY, 3, text, sizeof text);
    assert_string_equal(text, "−∞");
}

/* ---- charts ------------------------------------------------------------------------------------------------------ */

static char *drawn; /* malloc'd */

static const char *draw(const hol_chart *chart) {
    size_t size = 0;
    free(drawn);
    FILE *to = open_memstream(&drawn, &size);
    assert_non_null(to);
    hol_chart_print(to, chart);
    assert_int_equal(fclose(to), 0);
    return drawn;
}

/* The area within the axes. */
static void find_area(const char *svg, double area[4]) {
    const char *at = strstr(svg, "<svg x=");
    assert_non_null(at);
    assert_int_equal(
        sscanf(at, "<svg x=\"%lf\" y=\"%lf\" width=\"%lf\" height=\"%lf\"", &area[0], &area[1], &area[2], &area[3]), 4);
}

static int count_of(const char *text, const char *part) {
    int count = 0;
    for (const char *at = strstr(text, part); at; at = strstr(at + 1, part)) count++;
    return count;
}

static void test_lines_go_through_their_points(void **state) {
    (void)state;
    const double x[] = {0, 25, 50, 75, 100}, y[] = {0, 10, (double)NAN, 30, 40};
    const hol_chart chart = {.series_count = 1,
                             .series = {{.name = "a", .mark = HOL_CHART_LINE, .points = 5, .x = x, .y = y}}};
    double area[4], at[4][2];
    const char *svg = draw(&chart);
    find_area(svg, area);
    const char *line = strstr(strstr(svg, "<svg x="), "class=\"l\" d=\"");
    assert_non_null(line);
    assert_int_equal(sscanf(line, "class=\"l\" d=\"M%lf %lfL%lf %lfM%lf %lfL%lf %lf\"", &at[0][0], &at[0][1], &at[1][0],
                            &at[1][1], &at[2][0], &at[2][1], &at[3][0], &at[3][1]),
                     8); /* two pieces: the NaN is a gap */
    const double of[] = {0, 0.25, 0.75, 1};
    for (int k = 0; k < 4; k++) {
        assert_true(fabs(at[k][0] - of[k] * area[2]) < 0.11);
        assert_true(fabs(at[k][1] - (1 - of[k]) * area[3]) < 0.11);
    }
    assert_int_equal(count_of(svg, "<title>"), 4); /* a mark each, that says its values */
    assert_non_null(strstr(svg, "<title>25.0000, 10.0000</title>"));
}

static void test_diagonals_have_equal_axes(void **state) {
    (void)state;
    const double x[] = {0.1, 0.2}, y[] = {-0.1, 0.55};
    const hol_chart chart = {
        .diagonal = true, .series_count = 1, .series = {{.mark = HOL_CHART_POINTS, .points = 2, .x = x, .y = y}}};
    double area[4], at[2];
    const char *svg = draw(&chart);
    find_area(svg, area);
    const char *mark = strstr(svg, "class=\"m\" d=\"");
    assert_non_null(mark);
    assert_int_equal(sscanf(mark, "class=\"m\" d=\"M%lf %lf", &at[0], &at[1]), 2);
    assert_int_equal(count_of(svg, ">−0.2<"), 2); /* both from -0.2 to 0.6 */
    assert_int_equal(count_of(svg, ">0.6<"), 2);
    assert_true(fabs(at[0] - (0.1 + 0.2) / 0.8 * area[2]) < 0.11);
    assert_true(fabs(at[1] - (0.6 + 0.1) / 0.8 * area[3]) < 0.11);
}

static void test_many_series_leave_room_and_can_be_told_apart(void **state) {
    (void)state;
    const double x[] = {0, 1}, y[] = {0, 1};
    hol_chart chart = {.height = 290, .series_count = HOL_CHART_SERIES_MAX};
    double area[4];
    for (int s = 0; s < HOL_CHART_SERIES_MAX; s++)
        chart.series[s] = (hol_chart_series){"a name of about thirty letters", HOL_CHART_LINE, s, 2, x, y, NULL};
    const char *svg = draw(&chart);
    find_area(svg, area);
    assert_true(area[3] >= 145); /* half of the height that was asked for */
    assert_true(area[1] >= 17 * HOL_CHART_SERIES_MAX);
    /* once in the legend, once as the line: the first 8 by colour alone */
    assert_int_equal(count_of(svg, "class=\"l\" d="), 2 * HOL_CHART_COLORS);
    assert_int_equal(count_of(svg, "class=\"l\" stroke-dasharray=\"8 4\" d="), 2 * HOL_CHART_COLORS);
    assert_int_equal(count_of(svg, "class=\"l\" stroke-dasharray=\"2 3\" d="), 2 * HOL_CHART_COLORS);
}

static void test_bars_stand_on_each_other(void **state) {
    (void)state;
    const double low[] = {1, 3}, high[] = {2, (double)NAN};
    const char *const names[] = {"one", "two"};
    const hol_chart chart = {.categories = names,
                             .category_count = 2,
                             .series_count = 2,
                             .series = {{.name = "a", .mark = HOL_CHART_BARS, .points = 2, .y = low},
                                        {.name = "b", .mark = HOL_CHART_BARS, .color = 1, .points = 2, .y = high}}};
    double area[4], x = 0, y = 0, width = 0, top = 0;
    const char *svg = draw(&chart);
    find_area(svg, area);
    const char *bar = strstr(strstr(svg, "<svg x="), "<g class=\"k1\">");
    assert_non_null(bar);
    assert_int_equal(sscanf(strstr(bar, "d=\""), "d=\"M%lf %lfh%lfV%lf", &x, &y, &width, &top), 4);
    assert_true(fabs(y - (1 - 1 / 3.0) * area[3]) < 0.11 && fabs(top) < 0.11); /* from 1 to 3, of 3 */
    assert_true(fabs(x + width / 2 - area[2] / 4) < 0.21 && fabs(width - 0.3 * area[2]) < 0.21);
    assert_int_equal(count_of(svg, "<title>"), 3);
    assert_non_null(strstr(svg, ">two<"));
}

static void test_many_points_become_cells(void **state) {
    (void)state;
    enum { COUNT = 200000 };
    double *x = malloc(COUNT * sizeof *x), *y = malloc(COUNT * sizeof *y);
    assert_true(x && y);
    for (int k = 0; k < COUNT; k++) {
        x[k] = k % 447;
        y[k] = k % 449;
    }
    const hol_chart chart = {.series_count = 1,
                             .series = {{.mark = HOL_CHART_POINTS, .points = COUNT, .x = x, .y = y}}};
    const char *svg = draw(&chart);
    assert_true(strlen(svg) < 300000);
    assert_int_equal(count_of(svg, "fill-opacity="), 5);
    assert_true(count_of(svg, "h3v3h-3z") > 5000);
    free(x);
    free(y);
}

static void test_texts_are_escaped(void **state) {
    (void)state;
    const double one = 1;
    const char *const bad = "<script>alert(\"&'\")\x1b[0m\xff</script>";
    const hol_chart chart = {.title = bad,
                             .x_label = bad,
                             .y_label = bad,
                             .categories = &bad,
                             .category_count = 1,
                             .series_count = 1,
                             .series = {{.name = bad, .mark = HOL_CHART_BARS, .points = 1, .y = &one}}};
    const char *svg = draw(&chart);
    assert_null(strstr(svg, "<script"));
    assert_null(strchr(svg, '\x1b'));
    assert_null(strchr(svg, '\xff'));
    assert_int_equal(count_of(svg, "&lt;script&gt;alert(&quot;&amp;&#39;&quot;)\\x1b[0m\\xff&lt;/script&gt;"), 6);
}

static void test_long_texts_are_cut_nowhere(void **state) {
    (void)state;
    size_t size = 0;
    char text[6001] = "", *got = NULL;
    for (int k = 0; k < 2000; k++) memcpy(text + 3 * k, "\xe2\x82\xac", 4); /* three bytes each */
    FILE *to = open_memstream(&got, &size);
    assert_non_null(to);
    hol_html_text(to, text);
    assert_int_equal(fclose(to), 0);
    assert_string_equal(got, text);
    assert_int_equal(hol_html_width(text), 2000);
    free(got);
}

static void test_counts_are_shares(void **state) {
    (void)state;
    const double values[] = {0, 0.1, 0.5, 0.99, 1, 7, -3, (double)NAN, (double)INFINITY};
    double counts[2];
    hol_chart_count(values, 9, 0, 1, 2, counts);
    assert_true(fabs(counts[0] - 3 / 7.0) < 1e-12 && fabs(counts[1] - 4 / 7.0) < 1e-12);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ticks_are_round_numbers),
        cmocka_unit_test(test_logarithms_have_powers_of_ten),
        cmocka_unit_test(test_ranges_of_nothing_are_ranges),
        cmocka_unit_test(test_numbers_are_written_as_people_do),
        cmocka_unit_test(test_lines_go_through_their_points),
        cmocka_unit_test(test_diagonals_have_equal_axes),
        cmocka_unit_test(test_many_series_leave_room_and_can_be_told_apart),
        cmocka_unit_test(test_bars_stand_on_each_other),
        cmocka_unit_test(test_many_points_become_cells),
        cmocka_unit_test(test_texts_are_escaped),
        cmocka_unit_test(test_long_texts_are_cut_nowhere),
        cmocka_unit_test(test_counts_are_shares),
    };
    return hol_test_main(argc, argv, "chart", tests, HOL_TEST_COUNT(tests));
}
