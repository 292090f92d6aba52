/* expectation: the data's expectations against sums in long double, one row after the other, of statistics written out
 * here; weights, ranks, and sums that need 128 bits. */
#include "support.h"

#include <math.h>

#include "base/alloc.h"
#include "num/bits.h"
#include "train/expectation.h"
#include "train/unseen.h"

enum { UNITS = 70, PARAMETERS_MOST = UNITS + UNITS * UNITS, ROWS_MOST = 9000 };

/* A kind of model, and T_i of a row. */
typedef struct kind {
    const char *name;
    int64_t units;
    double tolerance; /* quotients are rounded thrice; means of each row to 2^-21 */
    hol_model *(*make)(void);
    double (*statistic)(const uint8_t *x, int64_t i);
} kind;

static hol_model *make(hol_model_options options) {
    hol_model *model = NULL;
    options.temperature = 0.7; /* of no consequence */
    assert_ok(hol_model_create(&options, &model));
    return model;
}

static hol_model *make_boltzmann(void) { return make((hol_model_options){.kind = "boltzmann", .visible = UNITS}); }

static double of_boltzmann(const uint8_t *x, int64_t i) {
    if (i < UNITS) return x[i];
    const int64_t a = (i - UNITS) / UNITS, b = (i - UNITS) % UNITS;
    return a == b ? 0 : x[a] * x[b];
}

static const int32_t ends[] = {0, 1, 2, 1, 3, 0, 0, 4, 5, 4, 6, 7, 8, 6, 7, 8, 2, 8, 0, 8};
enum { EDGES = 10, SITES = 9 };

static hol_model *make_ising(bool is_signed, bool shared) {
    hol_model_options o = {.kind = "ising", .visible = SITES, .structure_count = 1};
    o.structures[0] = (hol_structure){.name = "edges", .rows = EDGES, .columns = 2, .values = ends};
    hol_model_set(&o, "spins", is_signed ? HOL_MODEL_SPINS_SIGNED : HOL_MODEL_SPINS_BINARY);
    hol_model_set(&o, "couplings", shared ? HOL_MODEL_COUPLINGS_SHARED : HOL_MODEL_COUPLINGS_PER_EDGE);
    return make(o);
}

static hol_model *make_shared(void) { return make_ising(true, true); }
static hol_model *make_each(void) { return make_ising(false, false); }

/* of spins -1 and 1: means over sites and over edges */
static double of_shared(const uint8_t *x, int64_t i) {
    double sum = 0;
    for (int k = 0; i == 0 && k < SITES; k++) sum += 2 * x[k] - 1;
    for (int e = 0; i == 1 && e < EDGES; e++) sum += (2 * x[ends[2 * e]] - 1) * (2 * x[ends[2 * e + 1]] - 1);
    return sum / (i == 0 ? SITES : EDGES);
}

static double of_each(const uint8_t *x, int64_t i) {
    if (i < SITES) return x[i];
    return x[ends[2 * (i - SITES)]] * x[ends[2 * (i - SITES) + 1]];
}

/* A with 2 states is unit 0, B with 3 is units 1 and 2; tables over A, B and over B */
static hol_model *make_mrf(void) {
    static const int32_t cardinalities[] = {2, 3}, cliques[] = {0, 1, 1, -1};
    hol_model_options o = {.kind = "mrf", .structure_count = 2};
    o.structures[0] = (hol_structure){.name = "cardinalities", .rows = 1, .columns = 2, .values = cardinalities};
    o.structures[1] = (hol_structure){.name = "cliques", .rows = 2, .columns = 2, .values = cliques};
    return make(o);
}

static double of_mrf(const uint8_t *x, int64_t i) {
    const int a = x[0], b = x[1] + 2 * x[2];
    return i < 6 ? i == 3 * a + b : i - 6 == b;
}

/* Layers of binary units and of spins, all visible: a matrix between them, one among the spins, and one coupling for
 * three edges of the binary ones, which makes every statistic a mean. */
enum { BITS = 4, SPINS = 3, LAYER_COLUMNS = 3 + HOL_LAYER_NAME_SIZE };
static const int32_t ring[] = {0, 1, 1, 2, 2, 3};

static hol_model *make_mixed(void) {
    static const int32_t layers[2][LAYER_COLUMNS] = {{0, 0, BITS, 'a'}, {0, 1, SPINS, 'b'}};
    static const int32_t blocks[3][4] = {
        {0, 1, HOL_BLOCK_MATRIX}, {1, 1, HOL_BLOCK_MATRIX}, {0, 0, HOL_BLOCK_SHARED, 3}};
    hol_model_options o = {.kind = "network", .visible = BITS + SPINS, .structure_count = 3};
    o.structures[0] = (hol_structure){.name = "layers", .rows = 2, .columns = LAYER_COLUMNS, .values = layers[0]};
    o.structures[1] = (hol_structure){.name = "blocks", .rows = 3, .columns = 4, .values = blocks[0]};
    o.structures[2] = (hol_structure){.name = "edges", .rows = 3, .columns = 2, .values = ring};
    return make(o);
}

static double of_mixed(const uint8_t *x, int64_t i) {
    double v[BITS + SPINS], sum = 0;
    for (int k = 0; k < BITS + SPINS; k++) v[k] = k < BITS ? x[k] : 2 * x[k] - 1;
    if (i < BITS + SPINS) return v[i];
    i -= BITS + SPINS;
    if (i < BITS * SPINS) return v[i / SPINS] * v[BITS + i % SPINS];
    i -= BITS * SPINS;
    if (i < SPINS * SPINS) return i / SPINS == i % SPINS ? 0 : v[BITS + i / SPINS] * v[BITS + i % SPINS];
    for (int e = 0; e < 3; e++) sum += v[ring[2 * e]] * v[ring[2 * e + 1]];
    return sum / 3;
}

static hol_model *make_spins(void) {
    static const int32_t layer[LAYER_COLUMNS] = {0, 1, SPINS, 'a'}, block[4] = {0, 0, HOL_BLOCK_MATRIX};
    hol_model_options o = {.kind = "network", .visible = SPINS, .structure_count = 2};
    o.structures[0] = (hol_structure){.name = "layers", .rows = 1, .columns = LAYER_COLUMNS, .values = layer};
    o.structures[1] = (hol_structure){.name = "blocks", .rows = 1, .columns = 4, .values = block};
    return make(o);
}

static double of_spins(const uint8_t *x, int64_t i) {
    if (i < SPINS) return 2 * x[i] - 1;
    const int64_t a = (i - SPINS) / SPINS, b = (i - SPINS) % SPINS;
    return a == b ? 0 : (2 * x[a] - 1) * (2 * x[b] - 1);
}

static const kind kinds[] = {{"boltzmann", UNITS, 1e-14, make_boltzmann, of_boltzmann},
                             {"ising, shared", SITES, 0x1p-22, make_shared, of_shared},
                             {"ising, each", SITES, 1e-14, make_each, of_each},
                             {"mrf", 3, 1e-14, make_mrf, of_mrf},
                             {"spins", SPINS, 1e-14, make_spins, of_spins},
                             {"mixed", BITS + SPINS, 0x1p-22, make_mixed, of_mixed}};

/* ---- data -------------------------------------------------------------------------------------------------------- */

/* A row's bits; of the last two units of an mrf never both. */
static void draw_row(int64_t row, int64_t units, uint8_t *x) {
    for (int64_t i = 0; i < units; i++)
        x[i] = hol_rng_draw((hol_rng_key){{5, 5}}, (uint32_t)row, (uint32_t)i, 0, 0).word[0] % 3 == 0;
    if (units == 3) x[2] = x[2] && !x[1];
}

/* Row r of the data set is the drawn row from[r]; NULL: r itself. */
static hol_batches *make_batches(int64_t units, int64_t rows, const int64_t *from, const hol_sample_weights *weights) {
    hol_batches *batches = NULL;
    hol_batches_options o = {
        .samples = rows, .units = units, .batch_size = rows, .threshold = 32768, .whole = true, .weights = weights};
    hol_comm_share(hol_bits_blocks(rows), hol_comm_rank(test_comm), hol_comm_size(test_comm), &o.first_block,
                   &o.blocks);
    assert_ok(hol_batches_create(&o, &batches));
    int64_t first = 0, owned = 0;
    hol_batches_get_owned(batches, &first, &owned);
    for (int64_t r = first; r < first + owned; r++) {
        uint8_t x[UNITS];
        uint16_t levels[UNITS];
        draw_row(from ? from[r] : r, units, x);
        for (int64_t i = 0; i < units; i++) levels[i] = x[i] ? 65535 : 0;
        hol_batches_set_rows(batches, r, 1, levels, NULL);
    }
    return batches;
}

static double expected[PARAMETERS_MOST], found[PARAMETERS_MOST], other[PARAMETERS_MOST];

static void find(hol_model *model, const hol_batches *batches, double *to) {
    for (int64_t i = 0; i < model->info.parameters; i++) to[i] = (double)NAN;
    assert_ok(hol_expectation_find(test_comm, model, batches, to));
}

/* Every weight is 1 with NULL. Of many entries a few. */
static int64_t stride_of(const kind *k) { return k->units == UNITS ? 37 : 1; }

static void enumerate(const kind *k, int64_t parameters, int64_t rows, const hol_sample_weights *weights) {
    static long double sums[PARAMETERS_MOST];
    long double all = 0;
    memset(sums, 0, sizeof sums);
    for (int64_t r = 0; r < rows; r++) {
        uint8_t x[UNITS];
        const long double weight = weights ? weights->values[r] : 1;
        draw_row(r, k->units, x);
        all += weight;
        for (int64_t i = 0; i < parameters; i += stride_of(k)) sums[i] += weight * (long double)k->statistic(x, i);
    }
    for (int64_t i = 0; i < parameters; i++) expected[i] = (double)(sums[i] / all);
}

static bool near(const kind *k, int64_t parameters) {
    double most = 0;
    for (int64_t i = 0; i < parameters; i += stride_of(k)) most = fmax(most, fabs(found[i] - expected[i]));
    return most <= k->tolerance;
}

/* ---- tests ------------------------------------------------------------------------------------------------------- */

static void check_kind(const kind *k, int64_t rows, hol_sample_weights *weights, int32_t largest) {
    hol_model *model = k->make();
    assert_true(model->info.parameters <= PARAMETERS_MOST);
    if (largest > 0) model->info.largest = largest;
    hol_batches *batches = make_batches(k->units, rows, NULL, weights);
    find(model, batches, found);
    enumerate(k, model->info.parameters, rows, weights);
    const bool good = near(k, model->info.parameters);
    if (!good) print_error("%s, %lld rows\n", k->name, (long long)rows);
    assert_all(good);
    hol_batches_destroy(batches);
    hol_model_destroy(model);
}

static hol_sample_weights *draw_weights(int64_t rows) {
    static double numbers[ROWS_MOST];
    hol_sample_weights *weights = NULL;
    for (int64_t r = 0; r < rows; r++) {
        const uint32_t random = hol_rng_draw((hol_rng_key){{3, 8}}, (uint32_t)r, 0, 0, 0).word[0];
        numbers[r] = random % 7 == 0 ? 0 : random % 11 == 0 ? 40 : 0.1 + (random >> 8) * 0x1p-24;
    }
    assert_ok(hol_sample_weights_create("w", rows, numbers, &weights));
    return weights;
}

/* fewer rows than ranks have blocks, whole blocks, more than are counted at a time */
static void test_expectation_equals_sums_over_rows(void **state) {
    (void)state;
    const int64_t counts[] = {1, 64, 200, ROWS_MOST};
    for (size_t k = 0; k < HOL_TEST_COUNT(kinds); k++)
        for (size_t c = 0; c < HOL_TEST_COUNT(counts); c++) {
            hol_sample_weights *weights = counts[c] > 1 ? draw_weights(counts[c]) : NULL;
            check_kind(&kinds[k], counts[c], NULL, 0);
            check_kind(&kinds[k], counts[c], weights, 0);
            hol_sample_weights_destroy(weights);
        }
}

/* A model that says that a statistic of a row may be so large: 32 bits hold 3 rows, and sums need 128 bits. */
static void test_expectation_adds_up_in_128_bits(void **state) {
    (void)state;
    hol_sample_weights *weights = draw_weights(200);
    assert_true(weights->sum > INT64_MAX / (INT32_MAX / 3));
    for (size_t k = 0; k < HOL_TEST_COUNT(kinds); k++) check_kind(&kinds[k], 200, weights, INT32_MAX / 3);
    hol_sample_weights_destroy(weights);
}

/* Rows of weight 2, 3 and 0 are rows twice, thrice and not there, to the last bit; all weights may be scaled. */
static void test_expectation_takes_a_weight_for_so_many_rows(void **state) {
    (void)state;
    enum { ROWS = 300 };
    double numbers[ROWS];
    int64_t from[3 * ROWS], all = 0;
    for (int64_t r = 0; r < ROWS; r++) {
        numbers[r] = (double)(r * r % 4);
        for (int64_t n = 0; n < r * r % 4 + (r % 5 == 0 ? 2 : 0); n++) from[all++] = r;
        numbers[r] += r % 5 == 0 ? 2 : 0;
    }
    for (size_t k = 0; k < HOL_TEST_COUNT(kinds); k++) {
        hol_sample_weights *weights = NULL;
        hol_model *model = kinds[k].make();
        hol_batches *often = make_batches(kinds[k].units, all, from, NULL);
        find(model, often, found);
        for (int scaled = 0; scaled < 2; scaled++) {
            for (int64_t r = 0; r < ROWS; r++) numbers[r] *= scaled ? 0.125 : 1;
            assert_ok(hol_sample_weights_create("w", ROWS, numbers, &weights));
            hol_batches *once = make_batches(kinds[k].units, ROWS, NULL, weights);
            find(model, once, other);
            assert_all(memcmp(found, other, (size_t)model->info.parameters * sizeof *found) == 0);
            hol_batches_destroy(once);
            hol_sample_weights_destroy(weights);
        }
        for (int64_t r = 0; r < ROWS; r++) numbers[r] *= 8;
        hol_batches_destroy(often);
        hol_model_destroy(model);
    }
}

/* More parameters than are counted at a time: each pair of states of each pair of columns, by a loop over rows. */
static void test_expectation_of_many_parameters(void **state) {
    (void)state;
    enum { COLUMNS = 73, STATES = 40, DIGITS = 6, ROWS = 90, PAIR = STATES * STATES };
    int32_t cardinalities[COLUMNS];
    hol_model_options o = {.kind = "potts", .structure_count = 1};
    o.structures[0] = (hol_structure){.name = "cardinalities", .rows = 1, .columns = COLUMNS, .values = cardinalities};
    for (int c = 0; c < COLUMNS; c++) cardinalities[c] = STATES;
    hol_model *model = make(o);
    const int64_t parameters = model->info.parameters;
    assert_true(parameters > 1 << 22 && model->info.visible == COLUMNS * DIGITS);
    hol_sample_weights *weights = draw_weights(ROWS);
    hol_batches_options b = {.samples = ROWS, .batch_size = ROWS, .threshold = 1, .whole = true, .weights = weights};
    hol_batches *batches = NULL;
    b.units = model->info.visible;
    hol_comm_share(hol_bits_blocks(ROWS), hol_comm_rank(test_comm), hol_comm_size(test_comm), &b.first_block,
                   &b.blocks);
    assert_ok(hol_batches_create(&b, &batches));
    double *all = hol_allocate(parameters, sizeof *all), *sums = hol_allocate(parameters, sizeof *sums);
    int64_t first = 0, owned = 0;
    hol_batches_get_owned(batches, &first, &owned);
    assert_true(all && sums);
    for (int64_t r = 0; r < ROWS; r++) {
        uint8_t x[COLUMNS], units[COLUMNS * DIGITS];
        uint16_t levels[COLUMNS * DIGITS];
        for (uint32_t c = 0; c < COLUMNS; c++)
            x[c] = (uint8_t)(hol_rng_draw((hol_rng_key){{4, 4}}, (uint32_t)r, c, 0, 0).word[0] % STATES);
        hol_columns_to_units(&model->info.columns, 1, x, units);
        for (int u = 0; u < COLUMNS * DIGITS; u++) levels[u] = units[u] ? 65535 : 0;
        if (r >= first && r < first + owned) hol_batches_set_rows(batches, r, 1, levels, NULL);
        double *pair = sums + COLUMNS * STATES;
        for (int i = 0; i < COLUMNS; i++) {
            sums[i * STATES + x[i]] += weights->values[r];
            for (int j = i + 1; j < COLUMNS; j++, pair += PAIR) pair[x[i] * STATES + x[j]] += weights->values[r];
        }
    }
    find(model, batches, all);
    bool good = true;
    for (int64_t i = 0; i < parameters; i++) good = good && all[i] == sums[i] / (double)weights->sum;
    assert_all(good);
    hol_free(all);
    hol_free(sums);
    hol_batches_destroy(batches);
    hol_sample_weights_destroy(weights);
    hol_model_destroy(model);
}

static hol_unseen find_unseen(hol_model *model, const char *rows, int64_t count) {
    const int64_t units = model->info.visible;
    hol_batches *batches = NULL;
    hol_batches_options o = {.samples = count, .units = units, .batch_size = count, .threshold = 1, .whole = true};
    hol_comm_share(hol_bits_blocks(count), hol_comm_rank(test_comm), hol_comm_size(test_comm), &o.first_block,
                   &o.blocks);
    assert_ok(hol_batches_create(&o, &batches));
    int64_t first = 0, owned = 0;
    hol_batches_get_owned(batches, &first, &owned);
    for (int64_t r = first; r < first + owned; r++) {
        uint16_t levels[UNITS];
        for (int64_t i = 0; i < units; i++) levels[i] = rows[r * units + i] == '1' ? 65535 : 0;
        hol_batches_set_rows(batches, r, 1, levels, NULL);
    }
    find(model, batches, found);
    hol_batches_destroy(batches);
    const hol_unseen unseen = hol_unseen_find(model, model->info.group_count - 1, found);
    hol_model_destroy(model);
    return unseen;
}

static void expect_unseen(hol_unseen u, int64_t count, int64_t all, int64_t row, int64_t column) {
    assert_true(u.count == count && u.all == all && u.row == row && u.column == column);
}

/* Units 3 and 4 never change; of 0 and 1 (1, 1) is missing, of 0 and 2 (1, 0), of 1 and 2 nothing. Of 1 and 2 then each
 * of the four. */
static void test_unseen_finds_pairs_that_lack_a_state(void **state) {
    (void)state;
    static const char rows[] = "1011001110010100011000010";
    hol_model_options o = {.kind = "boltzmann", .visible = 5};
    expect_unseen(find_unseen(make(o), rows, 5), 2, 3, 0, 1);
    o.without = HOL_MODEL_BIASES; /* without means (1, 1) alone can be missing, and is of all pairs with unit 4 */
    expect_unseen(find_unseen(make(o), rows, 5), 5, 10, 0, 1);
    o = (hol_model_options){.kind = "boltzmann", .visible = 5, .structure_count = 1};
    o.structures[0] = (hol_structure){"edges", 3, 2, (const int32_t[]){0, 2, 3, 4, 1, 2}, {NULL}, NULL};
    expect_unseen(find_unseen(make(o), rows, 5), 1, 2, 0, 2);
    static const char *const three[] = {"000110", "000111", "001011", "011011"};
    o = (hol_model_options){.kind = "boltzmann", .visible = 2};
    for (int m = 0; m < 4; m++) expect_unseen(find_unseen(make(o), three[m], 3), 1, 1, 0, 1);
    expect_unseen(find_unseen(make(o), "00011011", 4), 0, 1, 0, 0);
}

static void test_unseen_finds_entries_of_tables_and_lists(void **state) {
    (void)state;
    /* B = 2 never, but for A = 1 */
    expect_unseen(find_unseen(make_mrf(),
                              "000"
                              "010"
                              "100"
                              "110"
                              "101",
                              5),
                  1, 9, 0, 2);
    /* all equal: binary couplings have both ends on, or not, and shared ones are sums of many */
    expect_unseen(find_unseen(make_each(),
                              "000000000"
                              "111111111",
                              2),
                  0, EDGES, 0, 0);
    expect_unseen(find_unseen(make_each(),
                              "000000000"
                              "000000001",
                              2),
                  EDGES, EDGES, 0, 0);
    expect_unseen(find_unseen(make_ising(true, false),
                              "000000000"
                              "110000001",
                              2),
                  4, EDGES, 0, 0);
    expect_unseen(find_unseen(make_shared(),
                              "000000000"
                              "111111111",
                              2),
                  0, 0, 0, 0);
    /* spins, of which units 0 and 1 are never both up; a layer beside others is left */
    expect_unseen(find_unseen(make_spins(), "001010100000011101", 6), 1, 3, 0, 1);
    expect_unseen(find_unseen(make_mixed(), "00000001111111", 2), 0, 0, 0, 0);
}

/* Rows are shared out by their number, whatever they weigh: each is one rank's, and ranks have as many. */
static void test_whole_batches_share_rows_evenly(void **state) {
    (void)state;
    hol_sample_weights *weights = draw_weights(ROWS_MOST);
    hol_batches *batches = make_batches(3, ROWS_MOST, NULL, weights);
    int64_t first = 0, rows = 0, begin = 0, counted = 0;
    hol_batches_get_owned(batches, &first, &rows);
    hol_batches_get_counted(batches, &begin, &counted);
    assert_true(begin == first && counted == rows);
    assert_true(llabs(rows - ROWS_MOST / hol_comm_size(test_comm)) <= 2 * HOL_LANES);
    int64_t all = rows;
    assert_ok(hol_comm_sum_i64(test_comm, &all, 1));
    assert_int_equal(all, ROWS_MOST);
    for (int64_t r = first; r < first + rows; r++)
        assert_int_equal(hol_batches_get_weight(batches, r), weights->values[r]);
    hol_batches_destroy(batches);
    hol_sample_weights_destroy(weights);
}

/* ---- fair states ------------------------------------------------------------------------------------------------- */

static bool is_any(const uint8_t *x) { return x != NULL; }
static bool is_state_of_mrf(const uint8_t *x) { return !(x[1] && x[2]); }

/* A part of 0.3 of the mean over all states, however expectations stood before. */
static void test_add_fair_equals_the_mean_over_states(void **state) {
    (void)state;
    static const struct {
        kind kind;
        bool (*is_state)(const uint8_t *x);
    } all[] = {{{"ising, shared", SITES, 0, make_shared, of_shared}, is_any},
               {{"ising, each", SITES, 0, make_each, of_each}, is_any},
               {{"mrf", 3, 0, make_mrf, of_mrf}, is_state_of_mrf},
               {{"spins", SPINS, 0, make_spins, of_spins}, is_any},
               {{"mixed", BITS + SPINS, 0, make_mixed, of_mixed}, is_any}};
    for (size_t k = 0; k < sizeof all / sizeof *all; k++) {
        hol_model *model = all[k].kind.make();
        const int64_t parameters = model->info.parameters, units = all[k].kind.units;
        double *e = hol_allocate(parameters, sizeof *e);
        assert_int_equal(model->info.visible, units);
        for (int64_t i = 0; i < parameters; i++) e[i] = 0.01 * (double)i;
        model->ops->add_fair(model, 0.3, e);
        for (int64_t i = 0; i < parameters; i++) {
            double sum = 0, count = 0;
            for (int64_t n = 0; n < INT64_C(1) << units; n++) {
                uint8_t x[16];
                for (int64_t u = 0; u < units; u++) x[u] = n >> u & 1;
                if (!all[k].is_state(x)) continue;
                sum += all[k].kind.statistic(x, i);
                count++;
            }
            assert_true(fabs(e[i] - (0.7 * 0.01 * (double)i + 0.3 * sum / count)) < 1e-12);
        }
        hol_free(e);
        hol_model_destroy(model);
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_expectation_equals_sums_over_rows),
        cmocka_unit_test(test_expectation_adds_up_in_128_bits),
        cmocka_unit_test(test_expectation_takes_a_weight_for_so_many_rows),
        cmocka_unit_test(test_expectation_of_many_parameters),
        cmocka_unit_test(test_whole_batches_share_rows_evenly),
        cmocka_unit_test(test_unseen_finds_pairs_that_lack_a_state),
        cmocka_unit_test(test_unseen_finds_entries_of_tables_and_lists),
        cmocka_unit_test(test_add_fair_equals_the_mean_over_states),
    };
    return hol_test_main(argc, argv, "expectation", tests, HOL_TEST_COUNT(tests));
}
