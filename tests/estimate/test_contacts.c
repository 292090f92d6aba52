/* contacts: the gauge, norms and corrections against matrix products and sums written out, whatever gauge a model has;
 * precision by hand. */
#define HOL_TEST_COLLECTIVE ""
#include "support.h"

#include <math.h>

#include "base/alloc.h"
#include "estimate/contacts.h"
#include "model/cliques.h"

enum { SITES = 7, STATES = 4, PAIRS = SITES * (SITES - 1) / 2, ENTRIES = STATES * STATES };

/* numbers from -1 to 1, the same everywhere */
static double draw(uint64_t *state) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (double)(int64_t)(*state >> 11) / (double)(INT64_C(1) << 52) - 1;
}

/* P J P with P = 1 - 11'/q, by products; then the root of the sum of squares from state `from` on */
static double norm_by_projection(const double *couplings, int rows, int columns, int from) {
    double left[ENTRIES] = {0}, both[ENTRIES] = {0}, sum = 0;
    for (int a = 0; a < rows; a++)
        for (int b = 0; b < columns; b++)
            for (int k = 0; k < rows; k++)
                left[a * columns + b] += ((a == k) - 1.0 / rows) * couplings[k * columns + b];
    for (int a = 0; a < rows; a++)
        for (int b = 0; b < columns; b++)
            for (int k = 0; k < columns; k++)
                both[a * columns + b] += left[a * columns + k] * ((k == b) - 1.0 / columns);
    for (int a = from; a < rows; a++)
        for (int b = from; b < columns; b++) sum += both[a * columns + b] * both[a * columns + b];
    return sqrt(sum);
}

static void test_norm_is_that_of_the_projection(void **state) {
    (void)state;
    uint64_t seed = 1;
    double couplings[ENTRIES];
    for (int trial = 0; trial < 20; trial++) {
        const int rows = 2 + trial % 3, columns = 2 + trial % 2;
        for (int k = 0; k < rows * columns; k++) couplings[k] = draw(&seed);
        assert_true(fabs(hol_contacts_norm(couplings, rows, columns, -1, -1) -
                         norm_by_projection(couplings, rows, columns, 0)) < 1e-14);
        assert_true(fabs(hol_contacts_norm(couplings, rows, columns, 0, 0) -
                         norm_by_projection(couplings, rows, columns, 1)) < 1e-14);
    }
}

static void test_norm_does_not_depend_on_the_gauge(void **state) {
    (void)state;
    uint64_t seed = 2;
    double couplings[ENTRIES], other[ENTRIES], by_row[STATES], by_column[STATES];
    for (int k = 0; k < ENTRIES; k++) couplings[k] = draw(&seed);
    for (int a = 0; a < STATES; a++) by_row[a] = 10 * draw(&seed), by_column[a] = 10 * draw(&seed);
    for (int k = 0; k < ENTRIES; k++) other[k] = couplings[k] + by_row[k / STATES] + by_column[k % STATES];
    for (int gap = -1; gap < STATES; gap++)
        assert_true(fabs(hol_contacts_norm(couplings, STATES, STATES, gap, gap) -
                         hol_contacts_norm(other, STATES, STATES, gap, gap)) < 1e-12);
    /* and by hand: J' of (1 0; 0 0) is (1 -1; -1 1) / 4 */
    assert_true(fabs(hol_contacts_norm((const double[]){1, 0, 0, 0}, 2, 2, -1, -1) - 0.5) < 1e-15);
    assert_true(fabs(hol_contacts_norm((const double[]){1, 0, 0, 0}, 2, 2, 0, 0) - 0.25) < 1e-15);
}

/* F_ij - F_i F_j / F, with means over all others, in a full matrix */
static void correct_in_full(int sites, double norms[SITES][SITES], double scores[SITES][SITES]) {
    double means[SITES] = {0}, all = 0;
    for (int i = 0; i < sites; i++)
        for (int j = 0; j < sites; j++)
            if (i != j) means[i] += norms[i][j] / (sites - 1), all += norms[i][j] / (sites * (sites - 1));
    for (int i = 0; i < sites; i++)
        for (int j = 0; j < sites; j++) scores[i][j] = norms[i][j] - means[i] * means[j] / all;
}

/* of all pairs, and of every second one, where the others count as 0 */
static void test_correction_takes_absent_pairs_as_zero(void **state) {
    (void)state;
    for (int step = 1; step <= 2; step++) {
        uint64_t seed = 3;
        int64_t count = 0;
        int32_t ends[2 * PAIRS];
        double norms[PAIRS], scores[PAIRS], full[SITES][SITES] = {{0}}, expected[SITES][SITES];
        for (int i = 0, n = 0; i < SITES; i++)
            for (int j = i + 1; j < SITES; j++, n++) {
                if (n % step) continue;
                norms[count] = full[i][j] = full[j][i] = 1 + draw(&seed);
                ends[2 * count] = i, ends[2 * count + 1] = j;
                count++;
            }
        correct_in_full(SITES, full, expected);
        assert_ok(hol_contacts_correct(SITES, count, ends, norms, scores));
        for (int64_t k = 0; k < count; k++)
            assert_true(fabs(scores[k] - expected[ends[2 * k]][ends[2 * k + 1]]) < 1e-14);
    }
}

/* ---- of models --------------------------------------------------------------------------------------------------- */

/* fields and couplings of all pairs, in a gauge of their own; `sites` of STATES states */
static void make_parameters(int sites, double *fields, double *couplings) {
    uint64_t seed = 4;
    for (int k = 0; k < sites * STATES; k++) fields[k] = draw(&seed);
    for (int k = 0; k < sites * (sites - 1) / 2 * ENTRIES; k++) couplings[k] = (float)draw(&seed);
}

static void check_found(const hol_contacts *found, const double *couplings, double temperature) {
    double norms[SITES][SITES] = {{0}}, scores[SITES][SITES], table[ENTRIES];
    for (int i = 0, n = 0; i < SITES; i++)
        for (int j = i + 1; j < SITES; j++, n++) {
            for (int k = 0; k < ENTRIES; k++) table[k] = couplings[n * ENTRIES + k] / temperature;
            norms[i][j] = norms[j][i] = norm_by_projection(table, STATES, STATES, 1);
        }
    correct_in_full(SITES, norms, scores);
    assert_int_equal(found->sites, SITES);
    assert_int_equal(found->count, PAIRS);
    for (int64_t k = 0; k < PAIRS; k++) {
        const int32_t *ends = found->ends + 2 * k;
        assert_true(ends[0] < ends[1]);
        assert_true(fabs(found->norms[k] - norms[ends[0]][ends[1]]) < 1e-6);
        assert_true(fabs(found->scores[k] - scores[ends[0]][ends[1]]) < 1e-6);
        if (k > 0) assert_true(found->scores[found->order[k - 1]] >= found->scores[found->order[k]]);
    }
}

static void test_find_reads_potts(void **state) {
    (void)state;
    double fields[SITES * STATES], couplings[PAIRS * ENTRIES];
    float theta[SITES * STATES + PAIRS * ENTRIES];
    int32_t cardinalities[SITES];
    hol_model *model = NULL;
    hol_contacts found;
    make_parameters(SITES, fields, couplings);
    for (int i = 0; i < SITES; i++) cardinalities[i] = STATES;
    for (int k = 0; k < SITES * STATES; k++) theta[k] = (float)fields[k];
    for (int k = 0; k < PAIRS * ENTRIES; k++) theta[SITES * STATES + k] = (float)couplings[k];
    const hol_model_options options = {
        .kind = "potts",
        .visible = 2 * SITES,
        .temperature = 2,
        .structure_count = 1,
        .structures = {{.name = "cardinalities", .rows = 1, .columns = SITES, .values = cardinalities}}};
    assert_ok(hol_model_create(&options, &model));
    assert_int_equal(model->info.parameters, SITES * STATES + PAIRS * ENTRIES);
    assert_ok(hol_contacts_find(model, theta, 0, &found));
    check_found(&found, couplings, 2);
    hol_contacts_clear(&found);
    hol_model_destroy(model);
}

/* tables the other way round, and two of one pair, which add up */
static void test_find_reads_tables_of_any_order(void **state) {
    (void)state;
    double fields[SITES * STATES], couplings[PAIRS * ENTRIES], *table = NULL;
    int32_t cardinalities[SITES];
    hol_factors *factors = NULL;
    hol_cliques cliques;
    hol_model *model = NULL;
    hol_contacts found;
    make_parameters(SITES, fields, couplings);
    for (int i = 0; i < SITES; i++) cardinalities[i] = STATES;
    assert_ok(hol_factors_create(SITES, cardinalities, &factors));
    for (int32_t i = 0, n = 0; i < SITES; i++)
        for (int32_t j = i + 1; j < SITES; j++, n++) {
            const bool is_turned = n % 2, is_split = n % 3 == 0;
            const double *from = couplings + n * ENTRIES;
            assert_ok(
                hol_factors_add(factors, 2, is_turned ? (const int32_t[]){j, i} : (const int32_t[]){i, j}, &table));
            for (int k = 0; k < ENTRIES; k++)
                table[is_turned ? k % STATES * STATES + k / STATES : k] = from[k] / (is_split ? 4 : 1);
            if (!is_split) continue;
            assert_ok(hol_factors_add(factors, 2, (const int32_t[]){i, j}, &table));
            for (int k = 0; k < ENTRIES; k++) table[k] = from[k] * 0.75;
        }
    assert_ok(hol_cliques_from_factors(factors, &cliques));
    hol_model_options options = {.kind = "mrf", .visible = 2 * SITES, .temperature = 1};
    hol_cliques_apply(&cliques, &options);
    assert_ok(hol_model_create(&options, &model));
    assert_ok(hol_contacts_find(model, cliques.start, 0, &found));
    check_found(&found, couplings, 1);
    hol_contacts_clear(&found);
    hol_model_destroy(model);
    hol_cliques_clear(&cliques);
    hol_factors_destroy(factors);
}

static void test_find_refuses_what_has_no_pairs(void **state) {
    (void)state;
    hol_model *model = NULL;
    hol_contacts found;
    const hol_model_options options = {.kind = "rbm", .visible = 3, .hidden = 2, .temperature = 1};
    float theta[3 * 2 + 5] = {0};
    assert_ok(hol_model_create(&options, &model));
    assert_refused(hol_contacts_find(model, theta, -1, &found), HOL_USAGE, "found a model of 2 hidden units");
    hol_contacts_clear(&found);
    hol_model_destroy(model);
}

/* ---- against a structure ----------------------------------------------------------------------------------------- */

static void test_judge_by_hand(void **state) {
    (void)state;
    enum { COUNT = 6, ALL = 5 };
    int32_t ends[] = {0, 1, 0, 2, 0, 3, 1, 3, 1, 4, 2, 4};
    double scores[] = {9, 5, 4, 3, 2, 1}, norms[COUNT] = {0};
    int64_t order[] = {0, 1, 2, 3, 4, 5};
    const hol_contacts contacts = {
        .sites = ALL, .count = COUNT, .ends = ends, .norms = norms, .scores = scores, .order = order};
    hol_distance entries[] = {{1, 2, 3}, {1, 3, 4}, {4, 1, 9}, {2, 5, 7.9}, {3, 5, 8}, {1, 5, 2}, {1, 1, 0}, {9, 1, 1}};
    const hol_distance_table table = {.count = 8, .entries = entries};
    hol_distances distances;
    hol_contacts_verdict verdict;
    assert_ok(hol_distances_of_table(&table, 0, ALL, &distances));
    assert_int_equal(distances.known, 6);
    assert_int_equal(distances.outside, 1);
    assert_ok(hol_contacts_judge(&contacts, 2, &distances, 8, &verdict));
    /* (0, 1) is too near in the sequence, (1, 3) has no distance; 8 is no contact; (0, 4) has no score */
    const double expected[] = {1, 1 / 2.0, 2 / 3.0, 2 / 4.0};
    assert_int_equal(verdict.count, 4);
    assert_int_equal(verdict.unknown, 1);
    assert_int_equal(verdict.all, 5);
    assert_int_equal(verdict.close, 3);
    for (int k = 0; k < 4; k++) assert_true(fabs(verdict.precision[k] - expected[k]) < 1e-15);
    hol_contacts_verdict_clear(&verdict);
    hol_distances_clear(&distances);
    /* site 1 is number 2 */
    assert_ok(hol_distances_of_table(&table, 1, ALL, &distances));
    assert_true(hol_distances_get(&distances, 0, 3) > 7 && hol_distances_get(&distances, 0, 3) < 7.95);
    assert_int_equal(distances.known, 2);
    hol_distances_clear(&distances);
    assert_refused(hol_distances_of_table(&table, 100, ALL, &distances), HOL_USAGE,
                   "sites 1 to 5 are 101 to 105, expected some of the table's sites: they are numbered 1 to 9");
    hol_distances_clear(&distances);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_norm_is_that_of_the_projection),
        cmocka_unit_test(test_norm_does_not_depend_on_the_gauge),
        cmocka_unit_test(test_correction_takes_absent_pairs_as_zero),
        cmocka_unit_test(test_find_reads_potts),
        cmocka_unit_test(test_find_reads_tables_of_any_order),
        cmocka_unit_test(test_find_refuses_what_has_no_pairs),
        cmocka_unit_test(test_judge_by_hand),
    };
    return hol_test_main(argc, argv, "contacts", tests, HOL_TEST_COUNT(tests));
}
