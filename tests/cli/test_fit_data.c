/* The data of a fit: what tables are taken for, how their rows are split, what is refused, and that all of it is the
 * same a second time. Tables are written here, and what is made of them is read back as levels. */
#include "support.h"

#include <hdf5.h>
#include <math.h>

#include "../src/cli/fit_data.h"
#include "base/alloc.h"
#include "io/dataset.h"
#include "io/dataset_notes.h"

enum { BITS = 8, ON = 65535 };

/* ------------------------------------------------------------------ tables */

/* A fixed bit of a row: different rows up to 2^BITS, in an order that looks like none. */
static int bit(int64_t row, int column) { return (int)((uint64_t)(row + 1) * 2654435761U % 65537 >> column & 1); }

typedef int (*value)(int64_t row, int column);

/* rows x columns whole numbers as text, below a line `head` unless it is NULL; by rank 0. */
static void write_table(const char *name, const char *head, int64_t rows, int columns, value of) {
    if (hol_comm_rank(test_comm) != 0) return;
    FILE *file = fopen(test_path(name), "w");
    assert_non_null(file);
    if (head) (void)fprintf(file, "%s\n", head);
    for (int64_t r = 0; r < rows; r++)
        for (int c = 0; c < columns; c++) (void)fprintf(file, "%d%s", of(r, c), c < columns - 1 ? "," : "\n");
    assert_int_equal(fclose(file), 0);
}

static void write_text(const char *name, const char *text) {
    if (hol_comm_rank(test_comm) != 0) return;
    FILE *file = fopen(test_path(name), "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static hol_fit_data got;

static hol_status prepare(const char *data, const char *output, const hol_fit_data_request *more) {
    hol_fit_data_request request = more ? *more : (hol_fit_data_request){.seed = 1};
    char paths[2][512];
    const char **files[] = {&request.valid, &request.test};
    for (int i = 0; i < 2; i++) {
        if (!*files[i] || hol_fit_is_share(*files[i])) continue;
        (void)snprintf(paths[i], sizeof paths[i], "%s", test_path(*files[i]));
        *files[i] = paths[i];
    }
    request.data = test_path(data);
    request.output = test_path(output);
    return hol_fit_data_prepare(test_comm, &request, &got);
}

/* All rows of a split, (rows, columns), the caller's to hol_free. */
static uint16_t *read_split(int split) {
    hol_dataset *dataset = NULL;
    uint16_t *levels = NULL;
    assert_ok(hol_dataset_open_alone(NULL, got.reference[split], "none", &dataset));
    assert_int_equal(hol_dataset_get_rows(dataset), got.rows[split]);
    assert_int_equal(hol_dataset_get_columns(dataset), got.columns);
    assert_int_equal(hol_dataset_get_kind(dataset), got.kind);
    assert_ok(HOL_ALLOCATE(levels, got.rows[split] * got.columns, "levels"));
    assert_ok(hol_dataset_read(dataset, 0, got.rows[split], levels));
    hol_dataset_close(dataset);
    return levels;
}

/* Of rows of BITS bits, how often each pattern is there. */
static void count_patterns(int split, int64_t counts[1 << BITS]) {
    uint16_t *levels = read_split(split);
    assert_int_equal(got.columns, BITS);
    for (int64_t r = 0; r < got.rows[split]; r++) {
        int pattern = 0;
        for (int c = 0; c < BITS; c++) {
            const uint16_t level = levels[r * BITS + c];
            assert_true(level == 0 || level == ON);
            pattern |= (level == ON) << c;
        }
        counts[pattern]++;
    }
    hol_free(levels);
}

static int pattern_of(int64_t row, value of) {
    int pattern = 0;
    for (int c = 0; c < BITS; c++) pattern |= of(row, c) << c;
    return pattern;
}

/* Each row of the table is in one split, and no pattern on two sides but `on_all` of them. */
static void check_patterns(int64_t rows, value of, int on_all) {
    int64_t counts[HOL_FIT_SPLITS][1 << BITS] = {{0}}, left[1 << BITS] = {0};
    int on_more = 0;
    for (int s = 0; s < HOL_FIT_SPLITS; s++) count_patterns(s, counts[s]);
    for (int64_t r = 0; r < rows; r++) left[pattern_of(r, of)]++;
    for (int p = 0; p < 1 << BITS; p++) {
        assert_int_equal(counts[0][p] + counts[1][p] + counts[2][p], left[p]);
        on_more += (counts[0][p] > 0) + (counts[1][p] > 0) + (counts[2][p] > 0) > 1;
    }
    assert_int_equal(on_more, on_all);
}

/* ------------------------------------------------------------------ splits */

static void test_bits_are_split_by_the_seed(void **state) {
    (void)state;
    write_table("bits.csv", NULL, 250, BITS, bit);
    assert_ok(prepare("bits.csv", "bits.h5", NULL));
    assert_int_equal(got.rows[0], 200);
    assert_int_equal(got.rows[1], 25);
    assert_int_equal(got.rows[2], 25);
    assert_int_equal(got.kind, HOL_DATASET_BINARY);
    assert_false(got.sampled || got.given_valid || got.given_test || got.found);
    assert_int_equal(got.constant, 0);
    assert_string_equal(got.text, "bits.csv: 250 rows x 8 columns, bits; 200 to train on, 25 valid, 25 test (by the "
                                  "seed 1)");
    check_patterns(250, bit, 0);
}

static void test_few_rows_give_a_fifth(void **state) {
    (void)state;
    write_table("sixty.csv", NULL, 60, BITS, bit);
    assert_ok(prepare("sixty.csv", "sixty.h5", NULL));
    assert_int_equal(got.rows[0], 36);
    assert_int_equal(got.rows[1], 12);
    assert_int_equal(got.rows[2], 12);
    write_table("twenty.csv", NULL, 20, BITS, bit);
    assert_ok(prepare("twenty.csv", "twenty.h5", NULL));
    assert_int_equal(got.rows[0], 12);
    write_table("nineteen.csv", NULL, 19, BITS, bit);
    assert_refused(prepare("nineteen.csv", "nineteen.h5", NULL), HOL_BAD_INPUT,
                   "nineteen.csv: found 19 rows, expected at least 20 to draw valid and test from, or --valid FILE and "
                   "--test FILE");
    assert_int_equal(access(test_path("nineteen.h5"), F_OK), -1);
}

static void test_given_files_are_taken(void **state) {
    (void)state;
    write_table("a.csv", NULL, 100, BITS, bit);
    write_table("b.csv", NULL, 7, BITS, bit);
    assert_ok(prepare("a.csv", "one.h5", &(hol_fit_data_request){.test = "b.csv", .seed = 5}));
    assert_true(got.given_test && !got.given_valid);
    assert_int_equal(got.rows[0], 80);
    assert_int_equal(got.rows[1], 20);
    assert_int_equal(got.rows[2], 7);
    assert_non_null(strstr(got.text, "; 80 to train on, 20 valid (by the seed 5), 7 test (given)"));
    assert_ok(prepare("a.csv", "both.h5", &(hol_fit_data_request){.test = "b.csv", .valid = "b.csv"}));
    assert_int_equal(got.rows[0], 100);
    assert_true(got.shared[HOL_FIT_VALID] == 7 && got.shared[HOL_FIT_TEST] == 7);
    assert_non_null(strstr(got.text, "a.csv: 114 rows x 8 columns, bits; 100 to train on, 7 valid, 7 test (given)"));
    assert_ok(prepare("a.csv", "share.h5", &(hol_fit_data_request){.valid = "30%", .test = "12.5%"}));
    assert_true(got.rows[0] == 58 && got.rows[1] == 30 && got.rows[2] == 12 && !got.given_test && !got.given_valid);
    assert_refused(prepare("a.csv", "no.h5", &(hol_fit_data_request){.valid = "60%", .test = "40%"}), HOL_USAGE,
                   "--valid: found 60% beside --test 40%, expected some rows to train on");
}

/* 100 rows of train, 7 of valid */
static void write_two(const char *name) {
    static const struct {
        const char *name;
        int rows;
    } splits[] = {{"train", 100}, {"valid", 7}};
    hol_dataset_writer *writer = NULL;
    if (hol_comm_rank(test_comm) != 0) return;
    assert_ok(hol_dataset_writer_create(test_comm, test_path(name), &writer));
    for (int s = 0; s < 2; s++) {
        const hol_dataset_split split = {.name = splits[s].name, .columns = BITS, .kind = HOL_DATASET_BINARY};
        assert_ok(hol_dataset_writer_begin(writer, &split));
        for (int r = 0; r < splits[s].rows; r++) {
            uint8_t row[BITS];
            for (int c = 0; c < BITS; c++) row[c] = (uint8_t)bit(r, c);
            assert_ok(hol_dataset_writer_append_bytes(writer, 1, row));
        }
    }
    assert_ok(hol_dataset_writer_finish(writer));
    hol_dataset_writer_destroy(writer);
}

/* our own file as DATA: its splits are taken, and only what is missing is drawn */
static void test_splits_of_a_data_set_are_taken(void **state) {
    (void)state;
    write_table("c.csv", "a,b,c,d,e,f,g,h", 100, BITS, bit);
    assert_ok(prepare("c.csv", "whole.h5", NULL));
    assert_ok(prepare("whole.h5", "copy.h5", NULL));
    assert_string_equal(got.text, "whole.h5: 100 rows x 8 columns, bits; 60 to train on, 20 valid, 20 test (given)");
    assert_true(got.given_valid && got.given_test);
    assert_int_equal(got.rows[0], 60);
    assert_int_equal(got.rows[1], 20);
    check_patterns(100, bit, 0);
    write_two("two-splits.h5");
    assert_ok(prepare("two-splits.h5", "three-splits.h5", NULL));
    assert_true(got.given_valid && !got.given_test);
    assert_int_equal(got.rows[0], 80);
    assert_int_equal(got.rows[1], 7);
    assert_int_equal(got.rows[2], 20);
    assert_non_null(strstr(got.text, "; 80 to train on, 7 valid (given), 20 test (by the seed 1)"));
    assert_ok(prepare("whole.h5:valid", "drawn.h5", NULL));
    assert_false(got.given_valid || got.given_test);
    assert_int_equal(got.rows[0], 12);
    assert_refused(prepare("whole.h5:tets", "no.h5", NULL), HOL_BAD_INPUT,
                   "found no data set /tets, expected test, train or valid; did you mean test?");
    assert_refused(prepare("drawn.h5", "drawn.h5", &(hol_fit_data_request){.columns = "0-3"}), HOL_USAGE,
                   "drawn.h5: found the file that is to be written, expected another directory, or all of its columns");
    /* the file itself, where it lies */
    assert_ok(prepare("copy.h5", "copy.h5", NULL));
    assert_true(got.found);
    assert_int_equal(got.rows[0], 60);
}

/* ------------------------------------------------------------------ equal rows */

/* every pattern ten times */
static int repeated(int64_t row, int column) { return bit(row / 10, column); }
/* one pattern nine times of ten */
static int mostly_silent(int64_t row, int column) { return row % 10 == 0 ? bit(row / 10, column) : 0; }
/* of two different rows */
static int two_rows(int64_t row, int column) { return column < 2 ? (int)(row % 2) : column % 2; }

static void test_equal_rows_stay_together(void **state) {
    (void)state;
    write_table("repeated.csv", NULL, 1000, BITS, repeated);
    assert_ok(prepare("repeated.csv", "repeated.h5", NULL));
    check_patterns(1000, repeated, 0);
    assert_int_equal(got.rows[1], 100);
    assert_int_equal(got.distinct, 80);
}

/* 179 patterns once, one 12 times, one 9 times: of 200 rows in splits of 20, from more than 10 on they are common */
static int few_common(int64_t row, int column) { return (int)(row < 179 ? row : row < 191 ? 200 : 201) >> column & 1; }

static void test_common_rows_are_divided(void **state) {
    (void)state;
    write_table("common.csv", NULL, 200, BITS, few_common);
    assert_ok(prepare("common.csv", "common.h5", NULL));
    check_patterns(200, few_common, 1);
    int64_t of_train[1 << BITS] = {0};
    count_patterns(HOL_FIT_TRAIN, of_train);
    assert_in_range(of_train[200], 1, 11);
    assert_true(of_train[201] == 0 || of_train[201] == 9);
    int64_t counts[1 << BITS] = {0};
    write_table("silent.csv", NULL, 1000, BITS, mostly_silent);
    assert_ok(prepare("silent.csv", "silent.h5", NULL));
    check_patterns(1000, mostly_silent, 1);
    assert_int_equal(got.rows[1], 100);
    /* 100 of 1,000 rows without putting back, 900 of which are silent: 90 +- 2.85; five deviations fail once in 10^6 */
    count_patterns(HOL_FIT_VALID, counts);
    assert_in_range(counts[0], 75, 99);
    write_table("two.csv", NULL, 1000, BITS, two_rows);
    assert_ok(prepare("two.csv", "two.h5", NULL));
    check_patterns(1000, two_rows, 2);
    assert_int_equal(got.constant, 6);
    assert_non_null(strstr(got.text, "; 6 columns constant"));
}

/* patterns of 500, 250, 125 ... 15 rows, and others of 8: by chance, as of few bits */
static int by_chance(int64_t row, int column) {
    int64_t pattern = 0;
    for (int64_t left = row, many = 500; pattern < 31 && left >= many; pattern++, many = many > 16 ? many / 2 : 8)
        left -= many;
    return (int)pattern >> column & 1;
}

static void test_rows_of_few_bits_are_divided(void **state) {
    (void)state;
    int64_t of_train[1 << BITS] = {0}, of_test[1 << BITS] = {0}, both = 0;
    write_table("chance.csv", NULL, 1200, BITS, by_chance);
    assert_ok(prepare("chance.csv", "chance.h5", NULL));
    count_patterns(HOL_FIT_TRAIN, of_train);
    count_patterns(HOL_FIT_TEST, of_test);
    /* of 26 patterns of 8 rows or more, 57 % are expected in a test of 10 %: 14.8 +- 2.5; and the 6 of more rows */
    for (int p = 0; p < 1 << BITS; p++) both += of_train[p] > 0 && of_test[p] > 0;
    assert_in_range(both, 9, 32);
}

/* ------------------------------------------------------------------ columns */

static int labelled(int64_t row, int column) { return column < BITS ? bit(row, column) : (int)(row * 7 % 10); }
static int numbered(int64_t row, int column) { return column == 0 ? (int)row : labelled(row, column - 1); }
static int identified(int64_t row, int column) {
    return column == 3 ? (int)(100000 + row * 37) : bit(row, column - (column > 3));
}

static void test_labels_and_row_numbers_are_left_out(void **state) {
    (void)state;
    write_table("labelled.csv", "a,b,c,d,e,f,g,h,digit", 200, BITS + 1, labelled);
    assert_ok(prepare("labelled.csv", "labelled.h5", NULL));
    assert_non_null(strstr(got.text, "200 rows x 8 columns, bits; "));
    assert_non_null(strstr(got.text, "; label column \"digit\" left out"));
    check_patterns(200, labelled, 0);
    hol_dataset *labels = NULL;
    if (hol_comm_rank(test_comm) == 0) {
        char reference[600];
        (void)snprintf(reference, sizeof reference, "%s:/labels/train", test_path("labelled.h5"));
        assert_int_equal(test_take(hol_dataset_open_numbers(test_comm, reference, "train", &labels)), HOL_BAD_INPUT);
        assert_non_null(strstr(test_message, "1 dimension"));
    }
    write_table("numbered.csv", NULL, 200, BITS + 2, numbered);
    assert_ok(prepare("numbered.csv", "numbered.h5", NULL));
    assert_non_null(strstr(got.text, "; row numbers 0 left out; label column 9 left out"));
    check_patterns(200, labelled, 0);
    write_table("identified.csv", NULL, 200, BITS + 1, identified);
    assert_ok(prepare("identified.csv", "identified.h5", NULL));
    assert_non_null(strstr(got.text, "; identifier 3 left out"));
    check_patterns(200, bit, 0);
    assert_ok(prepare("labelled.csv", "three.h5", &(hol_fit_data_request){.columns = "a,0-2,d", .label = "digit"}));
    assert_int_equal(got.columns, 4);
    assert_non_null(strstr(got.text, "; label column \"digit\" left out"));
    assert_refused(prepare("labelled.csv", "all.h5", &(hol_fit_data_request){.columns = "0-8"}), HOL_BAD_INPUT,
                   "found whole numbers from 0 to 9 in column 8 (from 0) \"digit\", expected bits");
}

static void check_labels(const char *path, int64_t rows, int64_t classes) {
    hol_dataset_labels labels;
    char file[512], set[32];
    const char *colon = strrchr(got.reference[0], ':');
    (void)snprintf(file, sizeof file, "%.*s", (int)(colon - got.reference[0]), got.reference[0]);
    (void)snprintf(set, sizeof set, "/labels/%s", path);
    assert_ok(hol_dataset_read_labels(test_comm, file, set, &labels));
    assert_int_equal(labels.rows, rows);
    assert_int_equal(labels.classes, classes);
    if (classes > 0) assert_string_equal(labels.names[classes - 1], "oak");
    hol_free(labels.names);
}

static void write_trees(const char *name, const char *head, bool with_second) {
    static const char *const species[] = {"oak", "ash", "elm"};
    if (hol_comm_rank(test_comm) != 0) return;
    FILE *file = fopen(test_path(name), "w");
    assert_non_null(file);
    (void)fprintf(file, "%s\n", head);
    for (int64_t r = 0; r < 90; r++) {
        (void)fprintf(file, "2024-03-%d", (int)r);
        for (int c = 0; c < BITS; c++) (void)fprintf(file, ",%d", bit(r, c));
        (void)fprintf(file, ",%s%s\n", species[r % 3], with_second ? r % 2 ? ",wet" : ",dry" : "");
    }
    assert_int_equal(fclose(file), 0);
}

static void test_a_column_of_words_is_a_label(void **state) {
    (void)state;
    write_trees("trees.csv", "day,a,b,c,d,e,f,g,h,species", false);
    assert_ok(prepare("trees.csv", "trees.h5", NULL));
    assert_non_null(strstr(got.text, "; identifier \"day\" left out; label column \"species\" left out"));
    check_patterns(90, bit, 0);
    check_labels("train", 54, 3);
    /* and on, from our own file */
    assert_ok(prepare("trees.h5", "again.h5", NULL));
    check_labels("test", 18, 3);
    assert_refused(prepare("trees.h5:valid", "third.h5", NULL), HOL_BAD_INPUT,
                   "trees.h5:valid: found 18 rows, expected at least 20");
    write_trees("wet.csv", "day,a,b,c,d,e,f,g,h,species,soil", true);
    assert_ok(prepare("wet.csv", "dry.h5", &(hol_fit_data_request){.label = "species", .columns = "!day,soil"}));
    check_patterns(90, bit, 0);
    check_labels("train", 54, 3);
}

static int grey(int64_t row, int column) { return (int)((uint64_t)(row + 1) * 2654435761U % 65537 >> column & 255); }
static int black_and_white(int64_t row, int column) { return 255 * bit(row, column); }
static int spin(int64_t row, int column) { return 2 * bit(row, column) - 1; }

static void test_levels_are_told_from_bits(void **state) {
    (void)state;
    write_table("grey.csv", NULL, 60, 9, grey);
    assert_ok(prepare("grey.csv", "grey.h5", NULL));
    assert_int_equal(got.kind, HOL_DATASET_BYTES);
    assert_true(got.sampled);
    assert_non_null(strstr(got.text, "60 rows x 9 columns, grey levels from 0 to 255, drawn as bits; "));
    write_table("white.csv", NULL, 60, BITS, black_and_white);
    assert_ok(prepare("white.csv", "white.h5", NULL));
    assert_int_equal(got.kind, HOL_DATASET_BINARY);
    check_patterns(60, bit, 0);
    write_table("spin.csv", NULL, 60, BITS, spin);
    assert_ok(prepare("spin.csv", "spin.h5", NULL));
    assert_non_null(strstr(got.text, "bits (from -1 and 1)"));
    check_patterns(60, bit, 0);
}

static void write_foreign(const char *name, const char *path, int rows, const double *values) {
    const hsize_t sizes[3] = {(hsize_t)rows, 2, BITS / 2};
    if (hol_comm_rank(test_comm) != 0) return;
    const hid_t file = H5Fcreate(test_path(name), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    const hid_t space = H5Screate_simple(3, sizes, NULL);
    const hid_t set = H5Dcreate2(file, path, H5T_IEEE_F64LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(H5Dwrite(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    assert_true(H5Dclose(set) >= 0 && H5Sclose(space) >= 0 && H5Fclose(file) >= 0);
}

/* several columns of words are variables of several states; an identifier is left out all the same */
static void test_columns_of_words_are_states(void **state) {
    (void)state;
    write_trees("soils.csv", "day,a,b,c,d,e,f,g,h,species,soil", true);
    assert_ok(prepare("soils.csv", "soils.h5", NULL));
    assert_non_null(strstr(got.text, "90 rows x 10 columns, variables of up to 3 states;"));
    assert_non_null(strstr(got.text, "; identifier \"day\" left out"));
    assert_int_equal(got.kind, HOL_DATASET_STATES);
    assert_int_equal(got.units, 12); /* nine of two states, one of three */
    assert_false(got.sampled);
    hol_dataset_states states = {0};
    assert_ok(hol_dataset_read_states(NULL, test_path("soils.h5"), &states));
    assert_int_equal(states.columns, 10);
    assert_int_equal(states.cardinalities[8], 3);
    assert_string_equal(states.names[states.first_names[8] + 1], "elm");
    hol_dataset_states_clear(&states);
    assert_ok(prepare("soils.csv", "by-species.h5", &(hol_fit_data_request){.label = "species"}));
    check_labels("train", 54, 3);
}

static int of_four(int64_t row, int column) { return (int)((row * 7 + column * 3 + row / 5) % 4); }

static void test_whole_numbers_are_states_when_said(void **state) {
    (void)state;
    write_table("four.csv", NULL, 60, 6, of_four);
    assert_refused(prepare("four.csv", "four.h5", NULL), HOL_BAD_INPUT, "--states takes them as such");
    assert_ok(prepare("four.csv", "four.h5", &(hol_fit_data_request){.states = true}));
    assert_int_equal(got.units, 24);
    assert_ok(prepare("four.h5", "four-again.h5", NULL)); /* states, as our own file says */
    assert_int_equal(got.kind, HOL_DATASET_STATES);
}

/* Missing values are kept where it is said what stands for them, and where a data set of ours has them. */
static int with_holes(int64_t row, int column) { return (row + column) % 5 == 0 ? -1 : bit(row, column); }

static void test_missing_values_are_kept(void **state) {
    (void)state;
    write_table("holes.csv", NULL, 60, BITS, with_holes);
    assert_refused(prepare("holes.csv", "no.h5", NULL), HOL_BAD_INPUT, "-1 is no missing value");
    assert_ok(prepare("holes.csv", "holes.h5", &(hol_fit_data_request){.missing = "-1"}));
    assert_non_null(strstr(got.text, " % missing;"));
    assert_true(fabs(got.missing - 0.2) < 0.03);
    assert_ok(prepare("holes.h5", "holes-again.h5", NULL));
    assert_true(fabs(got.missing - 0.2) < 0.03);
    hol_dataset *dataset = NULL;
    assert_ok(hol_dataset_open_alone(NULL, got.reference[HOL_FIT_TRAIN], "none", &dataset));
    assert_true(hol_dataset_has_missing(dataset));
    hol_dataset_close(dataset);
}

/* what another program left: float64 (rows, 2, 4) under a name of its own, rounding errors and all */
static void test_hdf5_of_others_is_taken(void **state) {
    (void)state;
    enum { ROWS = 40 };
    double values[ROWS][BITS];
    for (int r = 0; r < ROWS; r++)
        for (int c = 0; c < BITS; c++) values[r][c] = bit(r, c) ? 1 + 1e-7 : (r + c) / 100.0;
    write_foreign("foreign.h5", "images", ROWS, &values[0][0]);
    assert_ok(prepare("foreign.h5", "levels.h5", NULL));
    assert_int_equal(got.kind, HOL_DATASET_FLOATS);
    assert_true(got.sampled);
    assert_int_equal(got.height, 2);
    assert_int_equal(got.width, 4);
    uint16_t *levels = read_split(HOL_FIT_TRAIN);
    int64_t ones = 0;
    for (int64_t i = 0; i < got.rows[0] * got.columns; i++) ones += levels[i] == ON;
    assert_true(ones > 0);
    hol_free(levels);
    assert_refused(prepare("foreign.h5", "no.h5", &(hol_fit_data_request){.label = "7"}), HOL_BAD_INPUT,
                   "column 7 (from 0): found 0.07 as a label, expected a whole number");
    values[3][5] = (double)NAN;
    write_foreign("gaps.h5", "images", ROWS, &values[0][0]);
    assert_refused(prepare("gaps.h5", "no.h5", NULL), HOL_BAD_INPUT,
                   "gaps.h5:/images: row 3, column 5 (from 0): found nan, expected a finite number (`holode data "
                   "import --missing nan`");
    /* a file that has a test, but no train, is no test of itself */
    values[3][5] = 1;
    write_foreign("alone.h5", "test", ROWS, &values[0][0]);
    assert_ok(prepare("alone.h5", "alone-out.h5", NULL));
    assert_false(got.given_test);
    assert_int_equal(got.rows[0] + got.rows[1] + got.rows[2], ROWS);
}

/* ------------------------------------------------------------------ refusals */

/* columns 0 and 3 are 0 */
static int of_three(int64_t row, int column) { return (int)((row + 1) * (column + 3) % 3); }
/* row numbers, then two columns of states beside bits */
static int mixed(int64_t row, int column) {
    return column == 0 ? (int)row : column == 1 || column == 9 ? (int)(row / 2 % 3) : bit(row, column % BITS);
}
static int counts_of(int64_t row, int column) { return (int)((row + 1) * (column + 3) % 1009); }
static int slipped(int64_t row, int column) { return row == 17 && column == 4 ? 2 : bit(row, column); }
static int equal(int64_t row, int column) { return row >= 0 && column % 2; }

static void test_other_values_are_refused(void **state) {
    (void)state;
    write_table("three.csv", NULL, 60, 6, of_three);
    assert_refused(
        prepare("three.csv", "no.h5", NULL), HOL_BAD_INPUT,
        "three.csv: found whole numbers from 0 to 2 in column 1 (from 0), and in 3 more of 6, expected bits, "
        "or grey levels from 0 to 255 or 0 to 1: are they states of variables? --states takes them as such");
    write_table("counts.csv", NULL, 60, 6, counts_of);
    assert_refused(prepare("counts.csv", "no.h5", NULL), HOL_BAD_INPUT, "there are no units for counts yet");
    write_table("slipped.csv", NULL, 60, BITS, slipped);
    assert_refused(prepare("slipped.csv", "no.h5", NULL), HOL_BAD_INPUT,
                   "slipped.csv: row 17, column 4 (from 0): found 2, expected 0 or 1, as all other values are");
    write_table("equal.csv", NULL, 60, BITS, equal);
    assert_refused(prepare("equal.csv", "no.h5", NULL), HOL_BAD_INPUT, "equal.csv: found all 8 units constant");
    write_text("real.csv", "length,width,on\n5.1,0.2,1\n-0.3,0.4,0\n4,0.1,1\n");
    assert_refused(prepare("real.csv", "no.h5", NULL), HOL_BAD_INPUT,
                   "real.csv: found real numbers from -0.3 to 5.1 in column 0 (from 0) \"length\", expected bits, or "
                   "grey levels from 0 to 255 or 0 to 1: there are no units for reals yet (--columns '!0' leaves it");
    write_table("mixed.csv", NULL, 60, BITS + 2, mixed);
    assert_refused(
        prepare("mixed.csv", "no.h5", NULL), HOL_BAD_INPUT,
        "mixed.csv: found whole numbers from 0 to 2 in column 1 (from 0), and in 1 more of 9, expected bits, "
        "or grey levels from 0 to 255 or 0 to 1: are they states of variables? --states takes them as such "
        "(--columns '!0-0,1,9' leaves them out)");
    assert_ok(prepare("mixed.csv", "mixed.h5", &(hol_fit_data_request){.columns = "!0-0,1,9"}));
    assert_int_equal(got.columns, 7);
    write_text("gap.csv", "a,b\n1,0\n,1\n");
    assert_refused(prepare("gap.csv", "no.h5", NULL), HOL_BAD_INPUT,
                   "gap.csv:3:1: found an empty field in column 0 (from 0) \"a\"");
    write_text("minus.csv", "1,0\n-1,1\n");
    assert_refused(prepare("minus.csv", "no.h5", NULL), HOL_BAD_INPUT, "-1 is no missing value");
    write_text("run.yaml", "model:\n  kind: rbm\n");
    assert_refused(prepare("run.yaml", "no.h5", NULL), HOL_BAD_INPUT, "holode train takes configs");
    write_text("empty.csv", "");
    assert_refused(prepare("empty.csv", "no.h5", NULL), HOL_BAD_INPUT, "found an empty file, expected a file of data");
    assert_refused(prepare("missing.yaml", "no.h5", NULL), HOL_BAD_INPUT, "missing.yaml: No such file");
    assert_refused(prepare(".", "no.h5", NULL), HOL_BAD_INPUT, "found a directory, expected a file of data");
    assert_refused(prepare("missing.csv", "no.h5", NULL), HOL_BAD_INPUT, "missing.csv: No such file");
    assert_refused(prepare("missing.h5:train", "no.h5", NULL), HOL_BAD_INPUT, "missing.h5:train: No such file");
    assert_int_equal(access(test_path("no.h5"), F_OK), -1);
    assert_int_equal(test_count_names(test_directory(), "no.h5"), 0);
}

/* ------------------------------------------------------------------ a second time */

/* The bytes of a file, the caller's to hol_free. */
static char *read_bytes(const char *name, int64_t *ret_size) {
    struct stat about;
    char *bytes = NULL;
    assert_int_equal(stat(test_path(name), &about), 0);
    *ret_size = (int64_t)about.st_size;
    assert_ok(HOL_ALLOCATE(bytes, *ret_size, "bytes"));
    FILE *file = fopen(test_path(name), "rb");
    assert_non_null(file);
    assert_int_equal(fread(bytes, 1, (size_t)*ret_size, file), (size_t)*ret_size);
    (void)fclose(file);
    return bytes;
}

static void test_twice_gives_the_same_bytes(void **state) {
    (void)state;
    int64_t first_size = 0, second_size = 0;
    write_table("d.csv", "a,b,c,d,e,f,g,h,digit", 300, BITS + 1, labelled);
    assert_ok(prepare("d.csv", "first.h5", NULL));
    char text[512];
    (void)snprintf(text, sizeof text, "%s", got.text);
    char *first = read_bytes("first.h5", &first_size);
    assert_ok(prepare("d.csv", "second.h5", NULL));
    char *second = read_bytes("second.h5", &second_size);
    assert_int_equal(first_size, second_size);
    assert_memory_equal(first, second, (size_t)first_size);
    hol_free(second);
    assert_ok(prepare("d.csv", "first.h5", NULL));
    assert_true(got.found);
    assert_string_equal(got.text, text);
    second = read_bytes("first.h5", &second_size);
    assert_memory_equal(first, second, (size_t)first_size);
    hol_free(first);
    hol_free(second);
    assert_refused(prepare("d.csv", "first.h5", &(hol_fit_data_request){.seed = 2}), HOL_USAGE,
                   "first.h5: found splits made with another seed or other columns or files");
    assert_ok(hol_comm_barrier(test_comm));
    write_table("d.csv", "a,b,c,d,e,f,g,h,digit", 301, BITS + 1, labelled);
    assert_refused(prepare("d.csv", "first.h5", NULL), HOL_BAD_INPUT, "d.csv: found other values than ");
    assert_refused(prepare("gone.csv", "first.h5", NULL), HOL_BAD_INPUT,
                   "gone.csv: found no such file, expected one (");
    assert_ok(prepare("first.h5", "first.h5", NULL));
    assert_int_equal(got.rows[0], 240);
    write_text("other.h5", "not ours");
    assert_refused(prepare("d.csv", "other.h5", NULL), HOL_USAGE, "other.h5: found a file that was not made by fit");
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bits_are_split_by_the_seed),
        cmocka_unit_test(test_few_rows_give_a_fifth),
        cmocka_unit_test(test_given_files_are_taken),

        cmocka_unit_test(test_splits_of_a_data_set_are_taken),
        cmocka_unit_test(test_equal_rows_stay_together),
        cmocka_unit_test(test_common_rows_are_divided),
        cmocka_unit_test(test_rows_of_few_bits_are_divided),
        cmocka_unit_test(test_labels_and_row_numbers_are_left_out),
        cmocka_unit_test(test_levels_are_told_from_bits),
        cmocka_unit_test(test_a_column_of_words_is_a_label),
        cmocka_unit_test(test_hdf5_of_others_is_taken),
        cmocka_unit_test(test_columns_of_words_are_states),
        cmocka_unit_test(test_whole_numbers_are_states_when_said),
        cmocka_unit_test(test_missing_values_are_kept),
        cmocka_unit_test(test_other_values_are_refused),
        cmocka_unit_test(test_twice_gives_the_same_bytes),
    };
    return hol_test_main(argc, argv, "fit_data", tests, HOL_TEST_COUNT(tests));
}
