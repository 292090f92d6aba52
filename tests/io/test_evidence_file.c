/* evidence_file: both forms and what tells them apart, from files written by hand; every mistake by its place. */
#define HOL_TEST_COLLECTIVE ""
#include "support.h"

#include <math.h>
#include <zlib.h>

#include "base/alloc.h"
#include "io/evidence_file.h"
#include "io/text_file.h"

static const char *write_file(const char *name, const char *text) {
    const char *path = test_path(name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0 && fclose(file) == 0);
    return path;
}

/* rows, one after the other, of four variables; '?' where one is not observed */
static void check_rows(const char *text, const char *expected) {
    int64_t rows = 0;
    float *values = NULL;
    assert_ok(hol_evidence_file_read(write_file("x.uai.evid", text), 4, &rows, &values));
    assert_int_equal(rows, (int64_t)strlen(expected) / 4);
    for (int64_t k = 0; k < rows * 4; k++)
        if (expected[k] == '?') assert_true(isnan(values[k]));
        else assert_true(values[k] == (float)(expected[k] - '0'));
    hol_free(values);
}

static void test_read_takes_both_forms(void **state) {
    (void)state;
    if (hol_comm_rank(test_comm) != 0) return;
    check_rows("2 1 0 3 1\n", "?0?1");
    check_rows("2\n1 0\n3 1\n", "?0?1");
    check_rows("\xEF\xBB\xBF# observed\r\n1\r\nc variable, state\r\n2 7 // the last\r\n", "??7?");
    check_rows("0\n", "????");
    check_rows("1\n1 0 1\n", "1???"); /* one sample; as one list there is a number too many */
    check_rows("1\n0\n", "????");
    check_rows("2\n1 2 1\n2 0 0 1 1\n", "??1?01??");
    /* five numbers that are both: two samples where each has a line */
    check_rows("2\n1 3 1\n0\n", "???1????");
    check_rows("2 1 3 0 0\n", "03??");
}

static void test_read_takes_compressed_files(void **state) {
    (void)state;
    if (hol_comm_rank(test_comm) != 0) return;
    int64_t rows = 0;
    float *values = NULL;
    const char *path = test_path("x.evid.gz");
    gzFile file = gzopen(path, "wb");
    assert_non_null(file);
    assert_true(gzputs(file, "1 2 1") == 5 && gzclose(file) == Z_OK);
    assert_true(hol_text_file_is_named(path, ".evid") && hol_text_file_is_named("A.EVID", ".evid"));
    assert_false(hol_text_file_is_named("x.gz", ".evid"));
    assert_ok(hol_evidence_file_read(path, 3, &rows, &values));
    assert_true(rows == 1 && isnan(values[0]) && isnan(values[1]) && values[2] == 1.0f);
    hol_free(values);
}

static void test_read_names_the_place_of_every_mistake(void **state) {
    (void)state;
    if (hol_comm_rank(test_comm) != 0) return;
    static const struct {
        const char *text, *message;
    } bad[] = {
        {"", ":1:1: found the end of the file, expected the number of observed variables"},
        {"# none\n", ":2:1: found the end of the file, expected the number of observed variables"},
        {"2 1 0", ":1:6: found the end of the file, expected as many pairs"},
        {"1 1 0 1 1", ":1:10: found the end of the file, expected as many pairs"},
        {"1 4 0", ":1:3: found \"4\", expected a variable from 0 to 3, each once"},
        {"2 1 0\n1 1", ":2:1: found \"1\", expected a variable from 0 to 3, each once"},
        {"1 1 x", ":1:5: found \"x\", expected a number of variables, a variable or a state"},
        {"1 1 -1", ":1:5: found \"-1\", expected"},
        {"4000000000 1 1", ":1:1: found \"4000000000\", expected"},
        {"2000000000 1 1", ":1:15: found the end of the file, expected as many pairs"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int64_t rows = 0;
        float *values = NULL;
        assert_refused(hol_evidence_file_read(write_file("x.evid", bad[i].text), 4, &rows, &values), HOL_BAD_INPUT,
                       bad[i].message);
        assert_null(values);
    }
}

static void test_load_refuses_what_is_no_text(void **state) {
    (void)state;
    if (hol_comm_rank(test_comm) != 0) return;
    char *text = NULL;
    int64_t length = 0;
    const char *path = test_path("zero.fg");
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite("1\0", 1, 2, file), 2);
    assert_int_equal(fclose(file), 0);
    assert_refused(hol_text_file_load(path, &text, &length), HOL_BAD_INPUT, "found a zero byte, expected text");
    assert_refused(hol_text_file_load(test_path("missing.fg"), &text, &length), HOL_BAD_INPUT,
                   "missing.fg: No such file");
    assert_refused(hol_text_file_load("/dev/null", &text, &length), HOL_BAD_INPUT,
                   "found a device, expected a regular file");
    assert_refused(hol_text_file_load("/", &text, &length), HOL_BAD_INPUT, "found a folder");
    path = write_file("cut.gz", "\x1f\x8b\x08");
    assert_refused(hol_text_file_load(path, &text, &length), HOL_BAD_INPUT, "found damaged data");
}

/* longer than the first buffer holds, from a small compressed file */
static void test_load_gives_all_of_a_long_text(void **state) {
    (void)state;
    if (hol_comm_rank(test_comm) != 0) return;
    enum { LINES = 50000 };
    char *text = NULL;
    int64_t length = 0;
    const char *path = test_path("long.gz");
    gzFile file = gzopen(path, "wb");
    assert_non_null(file);
    for (int line = 0; line < LINES; line++) assert_int_equal(gzprintf(file, "%05d\n", line), 6);
    assert_int_equal(gzclose(file), Z_OK);
    assert_ok(hol_text_file_load(path, &text, &length));
    assert_int_equal(length, 6 * LINES);
    for (int line = 0; line < LINES; line++) assert_int_equal(strtol(text + 6 * line, NULL, 10), line);
    hol_free(text);
}

int main(int argc, char **argv) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read_takes_both_forms),
        cmocka_unit_test(test_read_takes_compressed_files),
        cmocka_unit_test(test_read_names_the_place_of_every_mistake),
        cmocka_unit_test(test_load_refuses_what_is_no_text),
        cmocka_unit_test(test_load_gives_all_of_a_long_text),
    };
    return hol_test_main(argc, argv, "evidence_file", tests, HOL_TEST_COUNT(tests));
}
