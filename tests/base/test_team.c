/* team: ranges that cover, memory that all see, meetings that order, on the ranks that there are. With
 * HOLODE_NODE_RANKS in the environment the teams are smaller (tests/cli/nodes.sh). */
#include "support.h"

#include "few_files.h"

#include "base/alloc.h"
#include "base/team.h"

static int rank_(void) { return hol_comm_rank(test_comm); }

static void test_create_takes_a_node_together(void **state) {
    (void)state;
    hol_team *team = NULL;
    assert_ok(hol_team_create(test_comm, &team));
    /* each team has one leader, so that leaders are as many as nodes */
    int64_t leaders = hol_team_leads(team);
    assert_ok(hol_comm_sum_i64(test_comm, &leaders, 1));
    assert_int_equal(leaders, hol_comm_nodes(test_comm));
    if (leaders == 1) assert_int_equal(hol_team_size(team), hol_comm_size(test_comm));
    hol_team_destroy(team);
}

/* every element in one range of each team, ranges cut at multiples of the grain */
static void test_slices_cover_once(void **state) {
    (void)state;
    enum { MOST = 300 };
    const int64_t counts[] = {0, 1, 15, 16, 17, 299, 300}, grains[] = {1, 16, 64, 1000};
    hol_team *team = NULL;
    assert_ok(hol_team_create(test_comm, &team));
    for (int c = 0; c < 7; c++)
        for (int g = 0; g < 4; g++) {
            int64_t seen[MOST] = {0};
            const hol_range s = hol_team_share(team, counts[c], grains[g]);
            bool good = s.first >= 0 && s.count >= 0 && s.first + s.count <= counts[c];
            good = good && (s.count == 0 || s.first % grains[g] == 0);
            for (int64_t i = 0; good && i < s.count; i++) seen[s.first + i]++;
            assert_all(good);
            assert_ok(hol_comm_sum_i64(test_comm, seen, MOST));
            for (int i = 0; i < MOST; i++) good = good && seen[i] == (i < counts[c] ? hol_comm_nodes(test_comm) : 0);
            assert_all(good);
        }
    hol_team_destroy(team);
}

/* each rank writes its share in turn n, meets, and reads all of turn n: 2,000 times, so that a meeting that lets one
 * pass too early would be seen */
static void test_meet_shows_what_others_wrote(void **state) {
    (void)state;
    enum { COUNT = 1000, TURNS = 2000 };
    hol_team *team = NULL;
    int32_t *values = NULL;
    assert_ok(hol_team_create(test_comm, &team));
    assert_all(HOL_TEAM_ALLOCATE(team, values, COUNT, "values") == HOL_OK);
    const hol_range s = hol_team_share(team, COUNT, 16);
    int64_t wrong = 0;
    for (int i = 0; i < COUNT; i++) wrong += values[i] != 0;
    hol_team_meet(team);
    for (int32_t turn = 1; turn <= TURNS; turn++) {
        for (int64_t i = s.first; i < s.first + s.count; i++) values[i] = turn * 7 + (int32_t)i;
        hol_team_meet(team);
        for (int i = 0; i < COUNT; i++) wrong += values[i] != turn * 7 + i;
        hol_team_meet(team);
    }
    assert_all(wrong == 0);
    hol_team_free(team, values);
    hol_team_destroy(team);
}

/* one after the other without a meeting between them: a value must not be overwritten before all have read it */
static void test_max_is_that_of_the_team(void **state) {
    (void)state;
    hol_team *team = NULL;
    int *seat = NULL;
    assert_ok(hol_team_create(test_comm, &team));
    assert_all(HOL_TEAM_ALLOCATE(team, seat, 1, "seat") == HOL_OK);
    /* the leader tells its rank in the communicator: a team has consecutive ones */
    if (hol_team_leads(team)) *seat = rank_();
    hol_team_meet(team);
    const int first = *seat, place = rank_() - first, size = hol_team_size(team);
    int wrong = 0;
    for (int turn = 0; turn < 3000; turn++) {
        const int lucky = turn % size; /* whose value is the largest */
        const double found = hol_team_max(team, place == lucky ? turn + 0.5 : -turn);
        wrong += found != turn + 0.5;
        if (turn % 7 == 0) hol_team_meet(team);
    }
    assert_all(wrong == 0);
    hol_team_free(team, seat);
    hol_team_destroy(team);
}

static void test_allocate_gives_lines_of_their_own(void **state) {
    (void)state;
    hol_team *team = NULL;
    char *a = NULL, *b = NULL;
    double *c = NULL;
    assert_ok(hol_team_create(test_comm, &team));
    const hol_status status = HOL_TEAM_ALLOCATE(team, a, 3, "a");
    assert_all(status == HOL_OK && HOL_TEAM_ALLOCATE(team, b, 0, "b") == HOL_OK);
    assert_all(HOL_TEAM_ALLOCATE(team, c, 5, "c") == HOL_OK);
    assert_all((uintptr_t)a % HOL_ALIGNMENT == 0 && (uintptr_t)c % HOL_ALIGNMENT == 0);
    assert_all((char *)c - a >= 3 || a - (char *)c >= (ptrdiff_t)(5 * sizeof *c));
    /* more than any machine has, and more than can be counted */
    char *d = NULL;
    assert_refused(HOL_TEAM_ALLOCATE(team, d, INT64_C(1) << 50, "too much"), HOL_FAILURE, "out of memory: too much");
    assert_true(!d && !hol_team_allocate(team, INT64_MAX, 8) && !hol_team_allocate(team, -1, 8));
    hol_team_free(team, a);
    hol_team_free(team, b);
    hol_team_free(team, c);
    hol_team_free(team, NULL);
    hol_team_destroy(team);
}

static void test_no_team_is_a_rank_alone(void **state) {
    (void)state;
    char *memory = NULL;
    assert_int_equal(hol_team_size(NULL), 1);
    assert_true(hol_team_leads(NULL));
    assert_true(hol_team_max(NULL, -3) == -3);
    hol_team_meet(NULL);
    const hol_range s = hol_team_share(NULL, 10, 16);
    assert_true(s.first == 0 && s.count == 10);
    assert_ok(HOL_TEAM_ALLOCATE(NULL, memory, 10, "memory"));
    hol_team_free(NULL, memory);
    hol_team_destroy(NULL);
}

/* one rank that may open no more files can share nothing: then nobody does */
static void test_ranks_that_cannot_share_are_alone(void **state) {
    (void)state;
    hol_team *team = NULL;
    const struct rlimit before = forbid_files();
    const hol_status status = hol_team_create(test_comm, &team);
    allow_files(before);
    assert_all(status == HOL_OK);
    assert_all(hol_team_size(team) == 1 && hol_team_leads(team));
    hol_team_destroy(team);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_create_takes_a_node_together),      cmocka_unit_test(test_slices_cover_once),
        cmocka_unit_test(test_meet_shows_what_others_wrote),      cmocka_unit_test(test_max_is_that_of_the_team),
        cmocka_unit_test(test_allocate_gives_lines_of_their_own), cmocka_unit_test(test_no_team_is_a_rank_alone),
        cmocka_unit_test(test_ranks_that_cannot_share_are_alone),
    };
    return hol_test_main(argc, argv, "team", tests, HOL_TEST_COUNT(tests));
}
