/* reduction: sums over nodes (each rank stands for one) against formulas of the node, with stages of few and of many
 * nodes, numbers at the very bounds of each width of messages, ranges of all lengths, begun and moved on in any order;
 * and conversions of numbers against themselves. */
#include "support.h"

#include "../src/base/narrow.h"
#include "../src/base/reduction.h"
#include "base/alloc.h"
#include "base/comm_mpi.h"

enum { COUNT = 3011, RANGES = 6 };

/* What a reduction is made of. */
typedef struct setting {
    int width;
    int64_t bound; /* of a node's number; 0: as large as the width's sum allows */
} setting;

static int64_t largest(int width) { return width == 2 ? INT16_MAX : width == 4 ? INT32_MAX : INT64_C(1) << 61; }

static int64_t bound_of(const setting *s) {
    const int64_t most = largest(s->width) / hol_comm_size(test_comm);
    return s->bound == 0 || s->bound > most ? most : s->bound;
}

/* Node r's number i in cycle c: the bounds of all nodes, and anything between them. */
static int64_t number(const setting *s, int64_t i, int r, int c) {
    const int64_t bound = bound_of(s);
    const uint64_t some = (uint64_t)(i * 31 + r * 17 + c * 7 + 1) * 0x9E3779B97F4A7C15u;
    if (i % 3 == 0) return bound;
    if (i % 3 == 1) return -bound;
    return (int64_t)((some >> 1) % (uint64_t)(2 * bound + 1)) - bound;
}

static void put(char *values, int width, int64_t i, int64_t value) {
    if (width == 2) ((int16_t *)(void *)values)[i] = (int16_t)value;
    else if (width == 4) ((int32_t *)(void *)values)[i] = (int32_t)value;
    else ((int64_t *)(void *)values)[i] = value;
}

static int64_t get(const char *values, int width, int64_t i) {
    if (width == 2) return ((const int16_t *)(const void *)values)[i];
    return width == 4 ? ((const int32_t *)(const void *)values)[i] : ((const int64_t *)(const void *)values)[i];
}

/* begins ranges from the last on, and moves them on until all are done; false where MPI fails */
static bool run(hol_reduction *reduction, const int64_t *ends, int ranges) {
    bool good = true, done[RANGES] = {false};
    int left = ranges;
    for (int k = ranges - 1; k >= 0; k--) {
        const int64_t first = k > 0 ? ends[k - 1] : 0;
        good = hol_reduction_start(reduction, k, first, ends[k] - first) == MPI_SUCCESS && good;
    }
    while (left > 0 && good) {
        for (int k = 0; k < ranges && good; k++) {
            if (!done[k]) good = hol_reduction_poll(reduction, k, &done[k]) == MPI_SUCCESS;
            if (done[k] && good) done[k] = true;
        }
        left = 0;
        for (int k = 0; k < ranges; k++) left += !done[k];
        if (left > 0) (void)usleep(20);
    }
    return good;
}

static void check(MPI_Comm channel, const setting *s, int radix, int64_t count, int ranges) {
    const int node = hol_comm_rank(test_comm), nodes = hol_comm_size(test_comm);
    hol_reduction *reduction = NULL;
    char *values = hol_allocate(count, (size_t)s->width);
    int64_t ends[RANGES];
    assert_all(values != NULL);
    const hol_reduction_options options = {.channel = channel,
                                           .node = node,
                                           .nodes = nodes,
                                           .count = count,
                                           .width = s->width,
                                           .bound = bound_of(s),
                                           .whole = bound_of(s) * nodes,
                                           .values = values,
                                           .ranges = RANGES,
                                           .radix = radix};
    assert_ok(hol_reduction_create(&options, &reduction));
    for (int k = 0; k < ranges; k++) ends[k] = count * (k + 1) / ranges;
    bool good = true;
    for (int c = 0; c < 2; c++) {
        for (int64_t i = 0; i < count; i++) put(values, s->width, i, number(s, i, node, c));
        good = run(reduction, ends, ranges) && good;
        for (int64_t i = 0; i < count; i++) {
            int64_t sum = 0;
            for (int r = 0; r < nodes; r++) sum += number(s, i, r, c);
            good = good && get(values, s->width, i) == sum;
        }
    }
    if (ranges == 1 && radix == 0 && node == 0) /* who has most */
        good = good && hol_reduction_get_sent(reduction) ==
                           2 * hol_sum_predict(nodes, count, s->width, options.bound, options.whole).bytes;
    assert_all(good);
    hol_reduction_destroy(reduction);
    hol_free(values);
}

static void test_reduction_adds_over_nodes(void **state) {
    (void)state;
    /* messages of 2 bytes; of 2 in all stages though numbers have 4; from 2 on to 3; from 3 on to 4; of 4; of 8 */
    const setting settings[] = {{2, 0}, {4, 1000}, {4, INT16_MAX}, {4, (1 << 23) - 1}, {4, 0}, {8, 0}};
    const int64_t counts[] = {1, 63, 64, 65, 500, COUNT};
    int taken = 0;
    MPI_Comm channel;
    assert_ok(hol_comm_take_channel(test_comm, true, &taken, &channel));
    for (int s = 0; s < 6; s++)
        for (int radix = 0; radix <= 3; radix += radix ? 1 : 2)
            for (int n = 0; n < 6; n++) check(channel, &settings[s], radix, counts[n], n % 2 ? 1 : RANGES);
    hol_comm_give_back_channel(test_comm, true, taken);
}

/* by hand: 2 nodes, 256 numbers; 4 nodes in one stage, sums wider than a node's numbers; 32 nodes in two stages */
static void test_predict_counts_messages(void **state) {
    (void)state;
    hol_sum_traffic t = hol_sum_predict(2, 256, 4, INT32_MAX / 2, INT32_MAX);
    assert_true(t.turns == 2 && t.messages == 2 && t.bytes == 2 * 128 * 4 && t.handled == 128);
    t = hol_sum_predict(4, 256, 4, 10000, 40000);
    assert_true(t.turns == 2 && t.messages == 6 && t.bytes == 3 * 64 * 2 + 3 * 64 * 3 && t.handled == 3 * 3 * 64);
    t = hol_sum_predict(32, 65536, 4, 10000, 320000); /* 16 groups, then 2: of 4096 numbers 2048 */
    assert_true(t.turns == 4 && t.messages == 32 && t.handled == 3 * (15 * 4096 + 2048));
    assert_true(t.bytes == 15 * 4096 * 2 + 2048 * 3 + (2048 + 15 * 4096) * 3);
    t = hol_sum_predict(1, 256, 4, 1, 1);
    assert_true(t.turns == 0 && t.messages == 0 && t.bytes == 0 && t.handled == 0);
    assert_int_equal(hol_sum_predict(23, 6700, 2, 1, 23).messages, 2 * 22);
}

static void test_narrow_width_holds_the_bound(void **state) {
    (void)state;
    assert_int_equal(hol_narrow_width(INT16_MAX, 4), 2);
    assert_int_equal(hol_narrow_width(INT16_MAX + 1, 4), 3);
    assert_int_equal(hol_narrow_width((1 << 23) - 1, 4), 3);
    assert_int_equal(hol_narrow_width(1 << 23, 4), 4);
    assert_int_equal(hol_narrow_width(1, 2), 2);
    assert_int_equal(hol_narrow_width(1, 8), 8);
}

/* there and back, in place, and added; every length up to two runs and more */
static void test_narrow_keeps_numbers(void **state) {
    (void)state;
    enum { MOST = 2 * HOL_NARROW_RUN + 3 };
    const int64_t bounds[] = {INT16_MAX, (1 << 23) - 1, INT32_MAX};
    for (int wire = 2; wire <= 4; wire++)
        for (int count = 0; count <= MOST; count++) {
            int32_t values[MOST + 1], back[MOST + 1], message[MOST + 1];
            for (int i = 0; i <= count; i++) {
                const int64_t b = bounds[wire - 2];
                values[i] = (int32_t)(i % 4 == 0 ? b : i % 4 == 1 ? -b : i % 4 == 2 ? -b - 1 : (i * 77773 - 99) % b);
                message[i] = values[i];
                back[i] = 7;
            }
            assert_true(hol_narrow_bytes(count, wire) <= 4 * count);
            hol_narrow_pack(message, count, 4, wire, message);
            hol_narrow_unpack(message, count, 4, wire, back);
            assert_memory_equal(back, values, (size_t)count * 4);
            assert_int_equal(back[count], 7);
            for (int i = 0; i < count; i++) back[i] = -values[i] / 2;
            hol_narrow_add(message, count, 4, wire, back);
            for (int i = 0; i < count; i++) assert_int_equal(back[i], -values[i] / 2 + values[i]);
            assert_int_equal(back[count], 7);
        }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reduction_adds_over_nodes),
        cmocka_unit_test(test_predict_counts_messages),
        cmocka_unit_test(test_narrow_width_holds_the_bound),
        cmocka_unit_test(test_narrow_keeps_numbers),
    };
    return hol_test_main(argc, argv, "reduction", tests, HOL_TEST_COUNT(tests));
}
