/* schedule: the exchanges of all nodes, carried out in one process, for every number of nodes up to 40 and some beyond:
 * each number ends up with every node's addend once, on the node that sends it out again; and who is said to send is
 * who sends. */
#include "support.h"

#include "../src/base/schedule.h"
#include "base/alloc.h"
#include "base/sum.h"

enum { GRAIN = HOL_SCHEDULE_GRAIN, MOST_NODES = 1021, REST = 5 };

/* What a node holds of a grain of numbers: a random addend of each node stands for them, so that a sum tells whose are
 * in it (a false sum goes unseen with probability 2^-64); and how many nodes' are. */
typedef struct held {
    uint64_t sum;
    int nodes;
} held;

typedef struct world {
    int nodes, stages; /* stages: of the node with most */
    int64_t count, grains;
    int counts[MOST_NODES];
    hol_stage (*at)[HOL_SCHEDULE_STAGES];        /* (nodes) owned, as is all below */
    hol_range (*range)[HOL_SCHEDULE_STAGES + 1]; /* (nodes), before each stage */
    held *now, *next;                            /* (nodes, grains) */
} world;

static uint64_t addend(int node, int64_t grain) {
    uint64_t x = (uint64_t)node * 0x9E3779B97F4A7C15u + (uint64_t)grain * 0xD1B54A32D192ED03u + 1;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    return x ^ (x >> 31);
}

static world make(int nodes, int most) {
    world w = {.nodes = nodes, .count = (int64_t)2 * nodes * GRAIN + REST};
    w.grains = (w.count + GRAIN - 1) / GRAIN;
    w.at = hol_allocate(nodes, sizeof *w.at);
    w.range = hol_allocate(nodes, sizeof *w.range);
    w.now = hol_allocate(nodes * w.grains, sizeof *w.now);
    w.next = hol_allocate(nodes * w.grains, sizeof *w.next);
    assert_true(w.at && w.range && w.now && w.next);
    for (int n = 0; n < nodes; n++) {
        w.counts[n] = hol_schedule_make(n, nodes, most, w.at[n]);
        if (w.counts[n] > w.stages) w.stages = w.counts[n];
        w.range[n][0] = (hol_range){.count = w.count};
        for (int s = 0; s < w.counts[n]; s++)
            w.range[n][s + 1] = hol_stage_share(&w.at[n][s], w.range[n][s], w.at[n][s].digit);
        for (int64_t g = 0; g < w.grains; g++) w.now[n * w.grains + g] = (held){.sum = addend(n, g), .nodes = 1};
    }
    return w;
}

static void clear(world *w) {
    hol_free(w->at);
    hol_free(w->range);
    hol_free(w->now);
    hol_free(w->next);
}

static bool is_sender(const hol_stage *stage, int node) {
    int nodes[2 * MOST_NODES];
    const int count = hol_stage_senders(stage, nodes);
    for (int k = 0; k < count; k++)
        if (nodes[k] == node) return true;
    return false;
}

static bool same(hol_range a, hol_range b) { return a.first == b.first && a.count == b.count; }

/* Sends node n's numbers of all shares but its own; the shares tile its range, with its own. */
static void send_all(world *w, int n, int s) {
    const hol_stage *stage = &w->at[n][s];
    int64_t end = w->range[n][s].first;
    for (int digit = 0; digit < stage->radix; digit++) {
        const hol_range share = hol_stage_share(stage, w->range[n][s], digit);
        assert_int_equal(share.first, end);
        assert_true(share.count > 0);
        end += share.count;
        if (digit == stage->digit) continue;
        const int to = hol_stage_partner(stage, digit);
        assert_true(to >= 0 && to < w->nodes && s < w->counts[to]);
        assert_true(same(share, w->range[to][s + 1]));
        assert_true(w->at[to][s].merged == stage->merged && w->at[to][s].nodes == stage->nodes);
        assert_true(is_sender(&w->at[to][s], n));
        for (int64_t g = share.first / GRAIN; g * GRAIN < share.first + share.count; g++) {
            w->next[to * w->grains + g].sum += w->now[n * w->grains + g].sum;
            w->next[to * w->grains + g].nodes += w->now[n * w->grains + g].nodes;
        }
    }
    assert_int_equal(end, w->range[n][s].first + w->range[n][s].count);
}

/* no more arrives than the memory for it holds, and no more nodes' numbers are merged than is said */
static void check_bounds(const world *w, int n, int s) {
    const hol_stage *stage = &w->at[n][s];
    const int senders = hol_stage_senders(stage, NULL), widest = senders > stage->radix ? senders : stage->radix;
    assert_true(senders < 2 * stage->radix);
    assert_true(senders * w->range[n][s + 1].count <= w->range[n][s].count + (int64_t)widest * GRAIN);
    for (int64_t g = w->range[n][s].first / GRAIN; g * GRAIN < w->range[n][s].first + w->range[n][s].count; g++)
        assert_true(w->now[n * w->grains + g].nodes <= stage->merged);
}

static void scatter(world *w) {
    const size_t bytes = (size_t)(w->nodes * w->grains) * sizeof *w->now;
    for (int s = 0; s < w->stages; s++) {
        memcpy(w->next, w->now, bytes);
        for (int n = 0; n < w->nodes; n++) {
            if (s >= w->counts[n]) continue;
            check_bounds(w, n, s);
            send_all(w, n, s);
        }
        memcpy(w->now, w->next, bytes);
    }
}

/* What each node then holds is the sum of all. The all-gather's messages are the same the other way round, and shares
 * tile ranges, so this goes to all. */
static void check_sums(const world *w) {
    int64_t count = 0;
    for (int n = 0; n < w->nodes; n++) {
        const hol_range own = w->range[n][w->counts[n]];
        count += own.count;
        for (int64_t g = own.first / GRAIN; g * GRAIN < own.first + own.count; g++) {
            uint64_t sum = 0;
            for (int m = 0; m < w->nodes; m++) sum += addend(m, g);
            assert_true(w->now[n * w->grains + g].sum == sum);
            assert_int_equal(w->now[n * w->grains + g].nodes, w->nodes);
        }
    }
    assert_int_equal(count, w->count);
}

static void test_schedule_adds_everything_once(void **state) {
    (void)state;
    const int more[] = {67, 97, 127, 211, MOST_NODES}, radices[] = {2, 3, 16};
    for (int k = 0; k < 3; k++)
        for (int n = 1; n <= 40 + 5; n++) {
            world w = make(n <= 40 ? n : more[n - 41], radices[k]);
            scatter(&w);
            check_sums(&w);
            clear(&w);
        }
}

/* Large prime numbers of nodes: about as many messages as powers of two nearby, and hardly more bytes. */
static void test_predict_of_primes(void **state) {
    (void)state;
    enum { COUNT = 1 << 20 };
    const int primes[] = {37, 67, 127, 257, MOST_NODES}, messages[] = {38, 42, 50, 66, 74}, turns[] = {4, 4, 4, 4, 6};
    for (int k = 0; k < 5; k++) {
        const hol_sum_traffic t = hol_sum_predict(primes[k], COUNT, 2, 1, primes[k]);
        assert_true(t.messages <= messages[k]);
        assert_true(t.turns <= turns[k]);
        assert_true((double)t.bytes < 2.15 * 2 * COUNT);
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_schedule_adds_everything_once),
        cmocka_unit_test(test_predict_of_primes),
    };
    return hol_test_main(argc, argv, "schedule", tests, HOL_TEST_COUNT(tests));
}
