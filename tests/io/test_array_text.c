/* test_array_text: tables as people have them; and archives, and files that are no data. Not collective. */
#include "support.h"

#include <math.h>

#include "array_support.h"

/* What the file's description says, "" for nothing. */
static void check_described(const char *path, const char *expected) {
    char text[256];
    hol_array_file *file = NULL;
    assert_ok(hol_array_file_open(path, false, &file));
    hol_array_file_describe(file, text, sizeof text);
    assert_string_equal(text, expected);
    hol_array_file_close(file);
}

static void check_name(const char *path, int64_t column, const char *expected) {
    hol_array_file *file = NULL;
    assert_ok(hol_array_file_open(path, false, &file));
    const char *const *names = hol_array_file_get_names(file);
    assert_true((names != NULL) == (expected != NULL));
    if (names) assert_string_equal(names[column], expected);
    hol_array_file_close(file);
}

static const float square[] = {0, 1, 1, 0};

/* ------------------------------------------------------------------ separators */

static void test_separators(void **state) {
    (void)state;
    static const char *const tables[] = {"0,1\n1,0\n",
                                         "0;1\n1;0\n",
                                         "0\t1\n1\t0\n",
                                         "0 1\n1 0\n",
                                         "0, 1\n1 ,\t0\n",
                                         "0 ; 1\n1;0\n",
                                         "0,1,\n1,0,\n",
                                         "0;1;\r\n1;0;\r\n",
                                         "0\t1\t\n1\t0\t\n",
                                         "  0   1 \n1\t0\n",
                                         "0,1\r\n1,0",
                                         "\"0\",\"1\"\n\"1\",\"0\"",
                                         "\"0\" \"1\"\n\"1\" \"0\"\n",
                                         "false,TRUE\nT,F\n",
                                         "no;yes\nYes;No\n",
                                         "0.0,1.\n1,0.",
                                         "#c\n0;1 # x\n1;0",
                                         "\xEF\xBB\xBF"
                                         "0;1\n1;0\n",
                                         "0,1,\r\n1,0,\r\n",
                                         "sep=;\r\n0;1\r\n1;0\r\n",
                                         "\xEF\xBB\xBF"
                                         "sep=,\na,b\n0,1\n1,0\n",
                                         "\"0\"\t\"1\"\n\"1\"\t\"0\"\n"};
    for (size_t t = 0; t < sizeof tables / sizeof *tables; t++) check_values(write_text("t", tables[t]), 2, 2, square);
}

static void test_decimal_commas(void **state) {
    (void)state;
    const float expected[] = {0.5F, 0.25F, 1, 0.125F};
    check_values(write_text("t", "0,5;0,25\n1,0;0,125\n"), 2, 2, expected);
    check_values(write_text("t", "0,5\t0,25\n1\t0,125\n"), 2, 2, expected);
    check_values(write_text("t", "0,5 0,25\n1,0 0,125\n"), 2, 2, expected);
    check_values(write_text("t", "\"0,5\",\"0,25\"\n\"1\",\"0,125\"\n"), 2, 2, expected);
    check_described(write_text("t", "a;b\n0,5;0,25\n"), "names in line 1, decimal commas");
    refused(write_text("t", "0,1 1,0\n1,1 0,0\n"),
            ":2:4: found commas and blanks, of which either may separate numbers, expected one separator");
    refused(write_text("t", "0,1,1 0\n1,1,0 0\n"), ":2:6: found a blank between numbers in a line with commas");
    refused(write_text("t", "0,5;1\n0.5;1\n"), ":2:1: found decimal points and decimal commas, expected one of them");
    refused(write_text("t", "1.234,5;1\n"), ":1:1: found decimal points and decimal commas");
    refused(write_text("t", "0;1\n1;1,2,3\n"), ":2:3: found \"1,2,3\", expected a number");
    refused(write_text("t", "1 000,2 000\n1 000,3 000\n"), ":2:2: found a blank between numbers in a line with commas");
    const float three[] = {1, 0.25F, 0.125F, 1};
    check_values(write_text("t", "1,000;0,250\n0,125;1\n"), 2, 2, three);
    check_values(write_text("t", "\"1\",\"0,250\"\n\"0,125\",\"1\"\n"), 2, 2, three);
    refused(write_text("t", "0,\"1,000\"\n1,0\n"),
            ":1:4: found a comma before three digits, expected a number without");
    refused(write_text("t", "a,b\n\"-12,345\",1\n"),
            ":2:2: found a comma before three digits in column 0 (from 0) \"a\"");
}

/* ------------------------------------------------------------------ names */

static void test_names_are_recognised(void **state) {
    (void)state;
    static const char *const tables[] = {"a,b\n0,1\n1,0\n",
                                         "a;b\n0;1\n1;0\n",
                                         "a b\n0 1\n1 0",
                                         "a\tb\n0\t1\n1\t0\n",
                                         "\"a\",\"b\"\n0,1\n1,0\n",
                                         "a,b,\n0,1,\n1,0,\n",
                                         "a,b\n0,1,\n1,0,\n",
                                         "# x\na , b\n\n0,1\n1,0\n",
                                         "\xEF\xBB\xBF"
                                         "a,b\n0,1\n1,0\n",
                                         ",a,b\n0,0,1\n1,1,0\n",
                                         "\"\",\"a\",\"b\"\n\"x\",0,1\n\"y\",1,0\n",
                                         "a b\nr1 0 1\nr2 1 0\n",
                                         "Unnamed: 0,a,b\n7,0,1\n9,1,0\n",
                                         ";a;b\nTuesday, the 3rd;0;1\n;1;0\n"};
    for (size_t t = 0; t < sizeof tables / sizeof *tables; t++) {
        check_values(write_text("t", tables[t]), 2, 2, square);
        check_name(write_text("t", tables[t]), 1, "b");
    }
    check_values(write_text("t", ",0,1\n0,0,1\n1,1,0\n"), 2, 2, square); /* a data frame's own names */
    check_values(write_text("t", "\"0\",\"1\"\n0,1\n1,0\n"), 2, 2, square);
    check_values(write_text("t", "0,1,2,3\n0,1,1,0\n1,1,0,0\n"), 2, 4, (const float[]){0, 1, 1, 0, 1, 1, 0, 0});
    check_name(write_text("t", "\"say \"\"x\"\"\",\"p;q, r\"\n0,1\n"), 0, "say \"x\"");
    check_name(write_text("t", "\"say \"\"x\"\"\",\"p;q, r\"\n0,1\n"), 1, "p;q, r");
    check_described(write_text("t", ",a\n0,1\n"),
                    "names in line 1, column 0 (from 0), without a name, left out: row names");
}

static void test_names_are_not_made_up(void **state) {
    (void)state;
    check_values(write_text("t", "0,1,2\n0,1,2\n"), 2, 3, (const float[]){0, 1, 2, 0, 1, 2});
    check_values(write_text("t", "0,1,2,3\n3,1,2,0\n"), 2, 4, (const float[]){0, 1, 2, 3, 3, 1, 2, 0});
    check_name(write_text("t", "true,false\n0,1\n"), 0, NULL);
    check_name(write_text("t", "label,0,1,2\n0,1,1,0\n"), 0, "label");
    check_name(write_text("t", "m/z,0.5,1.5,7\n0,1,1,0\n"), 2, "1.5");
    refused(write_text("t", "O,1\n0,1\n"), ":1:1: found \"O\", expected a number"); /* a slip in the first row */
    refused(write_text("t", "0,1,0,1x\n0,1,1,0\n"), ":1:7: found \"1x\", expected a number");
    refused(write_text("t", "0,0.1.2,1\n0,1,1\n"), ":1:3: found \"0.1.2\", expected a number");
    refused(write_text("t", "a,b\nc,d\n"), ":1:1: found \"a\", expected a number");
    refused(write_text("t", "setosa,1\nvirginica,0\n"),
            ":1:1: found \"setosa\", expected a number (words can be states, labels");
    refused(write_text("t", "a,b\n"), ":1:1: found words alone, expected rows of numbers");
    refused(write_text("t", "\"0,1\n1,0\n"), ":1:1: found a quote without its end in this line");
    refused(write_text("t", "a,\"b\nc\"\n0,1\n"), ":1:3: found a quote without its end in this line");
    refused(write_text("t", "a,b\n0,1\ncm,1\n"), ":3:1: found \"cm\" in column 0 (from 0) \"a\", expected a number");
}

/* ------------------------------------------------------------------ what is wrong is named */

static void test_wrong_fields_are_named(void **state) {
    (void)state;
    static const char *const missing[] = {"NA", "nan", "?", "NULL", "#N/A", "None"};
    for (size_t m = 0; m < sizeof missing / sizeof *missing; m++) {
        char table[64], found[96];
        (void)snprintf(table, sizeof table, "age,sex\n1,0\n0,%s\n", missing[m]);
        (void)snprintf(found, sizeof found,
                       ":3:3: found \"%s\", a missing value in column 1 (from 0) \"sex\", expected", missing[m]);
        refused(write_text("t", table), found);
    }
    refused(write_text("t", "age,sex\n1,0\n,1\n"), ":3:1: found an empty field in column 0 (from 0) \"age\"");
    refused(write_text("t", "a,b,c\n1,0,\n0,1,\n"), ":2:5: found an empty field in column 2 (from 0) \"c\"");
    refused(write_text("t", "a,b\n1,0\n1,0,1,1\n"), ":3:5: found 4 number(s), expected 2 as in line 1");
    refused(write_text("t", "1\t0\n1\t0\t1\n"), ":2:5: found 3 number(s), expected 2 as in line 1");
    refused(write_text("t", "1 3:1 5:1\n0 2:1 4:1\n"), "expected a number (rows of index:value pairs are not read)");
    refused(write_text("t", "010101\n110011\n"), ":1:1: found \"010101\", expected commas, semicolons, tabs or blanks");
    refused(write_text("t", "0|1|1\n1|0|0\n"), ":1:1: found \"0|1|1\", expected commas, semicolons, tabs or blanks");
    refused(write_text("t", "0,1\r1,0\r"), "found a carriage return inside a line");
    refused(write_text("t", "0,\"1\n1,0\n"), ":1:3: found a quote without its end in this line");
    refused(write_text("t", "0,\"1\"x\n"), ":1:3: found \"\"1\"x\", expected a number");
}

static void test_no_data_is_named(void **state) {
    (void)state;
    static const struct {
        const char *bytes;
        size_t count;
        const char *found;
    } files[] = {{"BZh91AY&SY\x01\x02", 12, "found a bzip2 file, expected IDX, npy or text (unpack it first: bunzip2)"},
                 {"\xFD"
                  "7zXZ\0\0",
                  7, "found an xz file"},
                 {"\x28\xB5\x2F\xFD\x04", 5, "found a zstd file"},
                 {"\xFF\xFE"
                  "0\0,\0",
                  6, "found text in UTF-16"},
                 {"\xFE\xFF\0"
                  "0\0,",
                  6, "found text in UTF-16"},
                 {"0\0,\0001\0\n\0", 8, "found text in UTF-16, expected IDX, npy or text (save it as UTF-8"},
                 {"\xFF\xFE\0\0"
                  "0\0\0\0",
                  8, "found text in UTF-32, expected IDX, npy or text (save it as UTF-8: iconv -f UTF-32 -t UTF-8)"},
                 {"BM\x36\0\0\0\0\0\x01", 9, "found binary data of an unknown kind, expected IDX, npy or text"},
                 {"0,1\n1,\0\n", 8, ":2:3: found \"?\", expected a number"},
                 {"\n <!doctype html>", 17, "found an HTML page"},
                 {"%PDF-1.4", 8, "found a PDF document"},
                 {"PAR1\x15\x04", 6, "found a Parquet file"},
                 {"MATLAB 5.0 MAT-file, Platform", 29, "found a MATLAB .mat file"},
                 {"MATLAB 7.3 MAT-file, Platform", 29, "found a MATLAB 7.3 .mat file (HDF5)"},
                 {"\x80\x04\x95\x10\0\0", 6, "found a Python pickle"},
                 {"[[0, 1], [1, 0]]", 16, "found JSON"},
                 {"@RELATION iris", 14, "found an ARFF file"},
                 {"%%MatrixMarket matrix", 21, "found a Matrix Market file"}};
    for (size_t f = 0; f < sizeof files / sizeof *files; f++)
        refused(write_file("f.csv", files[f].bytes, files[f].count), files[f].found);
    refused(write_file("f.csv.gz", "%PDF-1.4", 8), "found a PDF document");
}

/* ------------------------------------------------------------------ columns */

static void check_selected(const char *path, const char *columns, const char *label, int64_t count,
                           const float *expected) {
    hol_array_file *file = NULL;
    float values[16];
    int64_t rows = 0;
    assert_ok(hol_array_file_open(path, false, &file));
    assert_ok(hol_array_file_select(file, &(hol_array_selection){.columns = columns, .label = label}));
    assert_int_equal(hol_array_file_get_columns(file), count);
    assert_ok(hol_array_file_read(file, 1, values, NULL, &rows));
    assert_int_equal(rows, 1);
    for (int64_t c = 0; c < count; c++) {
        assert_true(values[c] == expected[c]);
        assert_int_equal(hol_array_file_get_numbers(file)[c], (int64_t)values[c]); /* values are made so */
    }
    hol_array_file_close(file);
}

/* All values of a text, with these codes; NAN means missing. */
static void check_missing(const char *text, const char *codes, int64_t columns, int64_t count, const float *expected) {
    hol_array_file *file = NULL;
    float values[16];
    int64_t rows = 0;
    assert_ok(hol_array_file_open(write_text("t", text), false, &file));
    assert_ok(hol_array_file_select(file, &(hol_array_selection){.missing = codes}));
    assert_int_equal(hol_array_file_get_columns(file), columns);
    assert_ok(hol_array_file_read(file, 16 / columns, values, NULL, &rows));
    assert_int_equal(rows * columns, count);
    for (int64_t i = 0; i < count; i++) assert_true(isnan(expected[i]) ? isnan(values[i]) : values[i] == expected[i]);
    hol_array_file_close(file);
}

static void refuse_missing(const char *text, const char *codes, const char *part) {
    hol_array_file *file = NULL;
    float values[16];
    int64_t rows = 0;
    assert_ok(hol_array_file_open(write_text("t", text), false, &file));
    assert_ok(hol_array_file_select(file, &(hol_array_selection){.missing = codes}));
    assert_refused(hol_array_file_read(file, 4, values, NULL, &rows), HOL_BAD_INPUT, part);
    hol_array_file_close(file);
}

/* Fields as they are written, numbers whatever they are written as, the usual words in any case. */
static void test_codes_of_missing_values(void **state) {
    (void)state;
    check_missing("a,b\n1,?\n?,0\n", "?", 2, 4, (const float[]){1, NAN, NAN, 0});
    check_missing("a,b\n1,\n,0\n", "", 2, 4, (const float[]){1, NAN, NAN, 0});
    check_missing("a,b\n1,\n?,0\n", "?,", 2, 4, (const float[]){1, NAN, NAN, 0});
    check_missing("a,b\n1,\n?,0\n", ",?", 2, 4, (const float[]){1, NAN, NAN, 0});
    check_missing("1 -1.0\n-1 9e1\n0 90\n", "-1,90", 2, 6, (const float[]){1, NAN, NAN, NAN, 0, NAN});
    check_missing("1 NaN\nna 0\n", "nan,NA", 2, 4, (const float[]){1, NAN, NAN, 0});
    check_missing("1 unknown\n\"un known\" 0\n1 1\n", "unknown,un known", 2, 6, (const float[]){1, NAN, NAN, 0, 1, 1});
    check_missing("0,5;-9\n1;0,25\n", "-9", 2, 4, (const float[]){0.5F, NAN, 1, 0.25F});
    check_missing("0 1\n1 0\n", "0", 2, 4, (const float[]){NAN, 1, 1, NAN});
    refuse_missing("a,b\n1,?\nNA,0\n", "?,-1",
                   ":3:1: found \"NA\", a missing value in column 0 (from 0) \"a\", expected a number (--missing "
                   "'?,-1,NA' of holode data import or fit takes it for missing)");
    refuse_missing("1 1\n1 Unknown\n", "unknown", ":2:3: found \"Unknown\", expected a number");
    refuse_missing("1 1\n1 nan\n", "-1", "found \"nan\", a missing value");
}

static void refuse_selection(const char *path, const char *columns, const char *label, const char *part) {
    hol_array_file *file = NULL;
    assert_ok(hol_array_file_open(path, false, &file));
    const hol_array_selection selection = {.columns = columns, .label = label};
    assert_refused(hol_array_file_select(file, &selection), HOL_USAGE, part);
    hol_array_file_close(file);
}

static void test_select_takes_numbers_ranges_names(void **state) {
    (void)state;
    char path[600], bare[600];
    (void)snprintf(path, sizeof path, "%s", write_text("t.csv", "a,b,c,d,e\n0,1,2,3,4\n"));
    (void)snprintf(bare, sizeof bare, "%s", write_text("u.csv", "0,1,2,3,9\n"));
    check_selected(path, NULL, NULL, 5, (const float[]){0, 1, 2, 3, 4});
    check_selected(path, "1-2,4", NULL, 3, (const float[]){1, 2, 4});
    check_selected(path, "e,b", NULL, 2, (const float[]){1, 4});
    check_selected(path, "!a,3-4", NULL, 2, (const float[]){1, 2});
    check_selected(path, NULL, "c", 4, (const float[]){0, 1, 3, 4});
    check_selected(path, "b,c", "c", 1, (const float[]){1});
    check_selected(bare, "0-1", "4", 2, (const float[]){0, 1});
    check_selected(write_text("v.csv", ",b,c\n0,1,2\n"), NULL, NULL, 2, (const float[]){1, 2});
    check_selected(write_text("v.csv", ",b,c\n0,1,2\n"), "0-2", NULL, 3, (const float[]){0, 1, 2});
    check_selected(write_text("v.csv", ",b,c\nx,1,2\n"), "!c", NULL, 1, (const float[]){1});
    refuse_selection(path, "f", NULL,
                     "--columns: found \"f\", expected a number or range from 0 to 4 or one of a, b, c");
    refuse_selection(path, "5", NULL, "--columns: found \"5\"");
    refuse_selection(write_text("w.csv", "a,b,a\n0,1,1\n"), "a", NULL,
                     "found \"a\", the name of columns 0 and 2 (from 0), expected a number");
    refuse_selection(path, "3-1", NULL, "--columns: found \"3-1\"");
    refuse_selection(path, "0,", NULL, "--columns: found \"\"");
    refuse_selection(path, "!0-4", NULL, "--columns: found none that is left");
    refuse_selection(path, "c", "c", "--columns: found none that is left");
    refuse_selection(path, NULL, "0-1", "--label-column: found \"0-1\"");
    refuse_selection(write_text("w.csv", "label,0,1,2\n3,1,0,0\n"), NULL, "0",
                     "the name of column 1 (from 0) and the number of another");
}

/* Labels of both kinds; rows as (label, bit). */
static void test_labels_are_numbers_or_words(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int32_t labels[3];
        int64_t names;
    } tables[] = {{"7,0\n-2,1\n7,1\n", {7, -2, 7}, 0},
                  {"oak,0\nash,1\n\"oak\",1\n", {1, 0, 1}, 2},
                  {"2,0\nx,1\n10,1\n", {1, 2, 0}, 3}};
    for (size_t t = 0; t < sizeof tables / sizeof *tables; t++) {
        hol_classes *classes = NULL;
        assert_ok(hol_classes_create(&classes));
        float values[3];
        int32_t labels[3] = {0};
        const char *const *names = NULL;
        for (int pass = 0; pass < 2; pass++) {
            hol_array_file *file = NULL;
            int64_t rows = 0;
            const hol_array_selection selection = {.label = "0", .classes = classes};
            assert_ok(hol_array_file_open(write_text("l", tables[t].text), false, &file));
            assert_ok(hol_array_file_select(file, &selection));
            assert_ok(hol_array_file_read(file, 3, values, labels, &rows));
            assert_true(rows == 3 && values[0] == 0 && values[1] == 1 && values[2] == 1);
            hol_classes_close(classes);
            hol_array_file_close(file);
        }
        for (int r = 0; r < 3; r++) assert_int_equal(labels[r], tables[t].labels[r]);
        assert_int_equal(hol_classes_get_names(classes, &names), tables[t].names);
        if (t == 1) assert_string_equal(names[0], "ash");
        hol_classes_destroy(classes);
    }
}

/* ------------------------------------------------------------------ archives */

static size_t put(unsigned char *to, uint64_t value, int bytes) {
    for (int b = 0; b < bytes; b++) to[b] = (unsigned char)(value >> 8 * b);
    return (size_t)bytes;
}

typedef struct member {
    unsigned char data[512]; /* stored */
    size_t stored, size, start;
    uint32_t sum;
    const char *name;
    bool deflated;
} member;

/* an array of bytes, (2, 2), as a file of NumPy's */
static member make_member(const char *name, const unsigned char *data, bool deflated, bool wrong_sum) {
    static const char header[] = "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 2), }\n";
    member e = {.name = name, .deflated = deflated};
    unsigned char npy[256];
    memcpy(npy, "\x93NUMPY\1\0", 8);
    e.size = 8 + put(npy + 8, sizeof header - 1, 2);
    memcpy(npy + e.size, header, sizeof header - 1);
    e.size += sizeof header - 1;
    memcpy(npy + e.size, data, 4);
    e.size += 4;
    z_stream z = {.next_in = npy, .avail_in = (unsigned)e.size, .next_out = e.data, .avail_out = sizeof e.data};
    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY), Z_OK);
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    e.stored = deflated ? z.total_out : e.size;
    assert_int_equal(deflateEnd(&z), Z_OK);
    if (!deflated) memcpy(e.data, npy, e.size);
    e.sum = (uint32_t)crc32(0, npy, (unsigned)e.size) ^ (uint32_t)wrong_sum;
    return e;
}

/* with its local header, which has zip64 fields */
static size_t put_member(unsigned char *file, const member *e) {
    const size_t length = strlen(e->name);
    memcpy(file, "PK\3\4\x2d\0\0\0", 8);
    size_t used = 8 + put(file + 8, e->deflated ? 8 : 0, 2);
    used += put(file + used, 0, 4) + put(file + used + 4, e->sum, 4);
    used += put(file + used, UINT32_MAX, 4) + put(file + used + 4, UINT32_MAX, 4);
    used += put(file + used, length, 2) + put(file + used + 2, 20, 2);
    memcpy(file + used, e->name, length);
    used += length + put(file + used + length, 1, 2);
    used += put(file + used, 16, 2) + put(file + used + 2, e->size, 8) + put(file + used + 10, e->stored, 8);
    memcpy(file + used, e->data, e->stored);
    return used + e->stored;
}

static size_t put_listing(unsigned char *directory, const member *e) {
    const size_t length = strlen(e->name);
    memcpy(directory, "PK\1\2\x2d\0\x2d\0\0\0", 10);
    size_t listed = 10 + put(directory + 10, e->deflated ? 8 : 0, 2);
    listed += put(directory + listed, 0, 4) + put(directory + listed + 4, e->sum, 4);
    listed += put(directory + listed, e->stored, 4) + put(directory + listed + 4, e->size, 4);
    listed += put(directory + listed, length, 2);
    listed += put(directory + listed, 0, 6) + put(directory + listed + 6, 0, 6);
    listed += put(directory + listed, e->start, 4);
    memcpy(directory + listed, e->name, length);
    return listed + length;
}

/* A zip archive of these arrays as NumPy writes it. damage: 1 a wrong checksum, 2 a place beyond the file, 3 cut. */
static const char *write_npz(const char *name, int count, const char *const *names, const unsigned char (*data)[4],
                             bool deflated, int damage) {
    unsigned char file[4096], directory[1024];
    size_t used = 0, listed = 0;
    for (int k = 0; k < count; k++) {
        member e = make_member(names[k], data[k], deflated, damage == 1);
        e.start = used + (damage == 2 ? 5000 : 0);
        used += put_member(file + used, &e);
        listed += put_listing(directory + listed, &e);
    }
    const size_t start = used;
    memcpy(file + used, directory, listed);
    used += listed;
    memcpy(file + used, "PK\5\6\0\0\0\0", 8);
    used += 8 + put(file + used + 8, (uint64_t)count, 2);
    used += put(file + used, (uint64_t)count, 2) + put(file + used + 2, listed, 4);
    used += put(file + used, start, 4) + put(file + used + 4, 0, 2);
    return write_file(name, file, damage == 3 ? used - 30 : used);
}

static const char *entry_of(const char *path, const char *entry) {
    static char reference[700];
    (void)snprintf(reference, sizeof reference, "%s:%s", path, entry);
    return reference;
}

static void test_npz_is_read_by_name(void **state) {
    (void)state;
    static const char *const names[] = {"train.npy", "test.npy"};
    static const unsigned char data[][4] = {{0, 1, 1, 0}, {1, 0, 0, 7}};
    for (int deflated = 0; deflated < 2; deflated++) {
        check_values(write_npz("one.npz", 1, names, data, deflated, 0), 2, 2, square);
        char path[600];
        (void)snprintf(path, sizeof path, "%s", write_npz("two.npz", 2, names, data, deflated, 0));
        check_values(entry_of(path, "train"), 2, 2, square);
        check_values(entry_of(path, "test.npy"), 2, 2, (const float[]){1, 0, 0, 7});
        refused(path, "found 2 arrays: train, test, expected the name of one");
        assert_refused(read_all(entry_of(path, "valid"), (float[4]){0}, 4), HOL_BAD_INPUT,
                       "found no array \"valid\", expected one of: train, test");
        refused(write_npz("bad.npz", 1, names, data, deflated, 1), "(its checksum is another)");
        refused(write_npz("bad.npz", 1, names, data, deflated, 2), "found a damaged zip archive");
        refused(write_npz("bad.npz", 1, names, data, deflated, 3), "found a damaged zip archive");
    }
    refused(write_npz("x.xlsx", 2, (const char *const[]){"[Content_Types].xml", "xl/workbook.xml"}, data, true, 0),
            "found a workbook (Excel or OpenDocument), expected IDX, npy or text (save the sheet as CSV)");
    refused(write_npz("x.zip", 1, (const char *const[]){"data.csv"}, data, true, 0),
            "found a zip archive without NumPy arrays, expected IDX, npy or text (unpack it: unzip)");
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_separators),
                                       cmocka_unit_test(test_decimal_commas),
                                       cmocka_unit_test(test_names_are_recognised),
                                       cmocka_unit_test(test_names_are_not_made_up),
                                       cmocka_unit_test(test_wrong_fields_are_named),
                                       cmocka_unit_test(test_no_data_is_named),
                                       cmocka_unit_test(test_codes_of_missing_values),
                                       cmocka_unit_test(test_select_takes_numbers_ranges_names),
                                       cmocka_unit_test(test_labels_are_numbers_or_words),
                                       cmocka_unit_test(test_npz_is_read_by_name)};
    return hol_test_main(argc, argv, "array_text", tests, HOL_TEST_COUNT(tests));
}
