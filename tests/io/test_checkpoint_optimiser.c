/* Checkpoints of runs that remember more: Adam's squares, the last gradient, the average of the iterates, the levels of
 * tempering. */
#include "support.h"

#include "base/alloc.h"
#include "io/checkpoint.h"
#include "sample/population.h"
#include "train/state.h"

enum { V = 6, H = 4, P = V + H + V * H };

typedef struct fixture {
    hol_model *model;
    hol_state state;
} fixture;

static fixture make(const hol_optimiser_options *options, bool averaged) {
    fixture f = {0};
    const hol_model_options m = {.kind = "rbm", .visible = V, .hidden = H, .temperature = 1};
    assert_ok(hol_model_create(&m, &f.model));
    assert_ok(HOL_ALLOCATE(f.state.theta, P, "theta"));
    if (averaged) assert_ok(HOL_ALLOCATE(f.state.average, P, "average"));
    assert_ok(hol_optimiser_create(f.model, options, &f.state.optimiser));
    return f;
}

static void destroy(fixture *f) {
    hol_free(f->state.theta);
    hol_free(f->state.average);
    hol_optimiser_destroy(f->state.optimiser);
    hol_history_clear(&f->state.history);
    hol_model_destroy(f->model);
}

static void fill(fixture *f) {
    hol_optimiser *o = f->state.optimiser;
    for (int i = 0; i < P; i++) {
        f->state.theta[i] = (float)i;
        if (f->state.average) f->state.average[i] = (float)i + 0.25f;
        o->velocity[i] = (float)-i;
        if (o->square) o->square[i] = (float)(i * i);
        if (o->previous) o->previous[i] = (float)(3 * i);
    }
    o->step_factor = 1.75;
    f->state.step = 12;
}

static hol_status write_to(const fixture *f, char *path) {
    const hol_checkpoint_facts facts = {.config = "seed: 1\n", .seed = 1};
    return hol_state_write(test_comm, test_directory(), f->model, &f->state, &facts, 1, path);
}

static bool same(const float *a, const float *b) { return a && b && memcmp(a, b, P * sizeof *a) == 0; }

/* Counts what only some runs keep. */
static hol_status list_nothing(void *context, const hol_checkpoint_file *file, hol_field_list *list) {
    static const char *const paths[] = {"/average", "/optimiser/square", "/optimiser/previous_gradient",
                                        "/optimiser/step_factor", "/optimiser/none"};
    (void)list;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) *(int *)context += hol_checkpoint_has(file, paths[i]);
    return HOL_OK;
}

static void test_read_state_restores_all_that_the_optimiser_knows(void **state) {
    (void)state;
    const hol_optimiser_options options = {
        .kind = HOL_OPTIMISER_ADAM, .square_decay = 0.9, .epsilon = 1, .cosine_gain = 0.1};
    char path[HOL_CHECKPOINT_PATH_MAX];
    int optional = 0;
    fixture written = make(&options, true), read = make(&options, true);
    fill(&written);
    assert_ok(write_to(&written, path));
    assert_ok(hol_checkpoint_validate(test_comm, hol_state_outline, path));
    assert_ok(hol_checkpoint_read(test_comm, path, list_nothing, &optional));
    assert_all(optional == 4);
    assert_ok(hol_state_read(test_comm, path, read.model, &read.state));
    assert_all(same(read.state.theta, written.state.theta));
    assert_all(same(read.state.average, written.state.average));
    assert_all(same(read.state.optimiser->velocity, written.state.optimiser->velocity));
    assert_all(same(read.state.optimiser->square, written.state.optimiser->square));
    assert_all(same(read.state.optimiser->previous, written.state.optimiser->previous));
    assert_all(read.state.optimiser->step_factor == 1.75);
    destroy(&written);
    destroy(&read);
}

static void test_read_theta_gives_the_average_where_there_is_one(void **state) {
    (void)state;
    for (int averaged = 0; averaged < 2; averaged++) {
        char path[HOL_CHECKPOINT_PATH_MAX];
        float theta[P] = {0};
        fixture f = make(&(hol_optimiser_options){0}, averaged);
        fill(&f);
        assert_ok(write_to(&f, path));
        assert_ok(hol_state_read_theta(test_comm, path, f.model, theta));
        assert_all(same(theta, averaged ? f.state.average : f.state.theta));
        destroy(&f);
    }
}

static void test_read_state_refuses_another_optimisers(void **state) {
    (void)state;
    char path[HOL_CHECKPOINT_PATH_MAX];
    fixture plain = make(&(hol_optimiser_options){0}, false), averaged = make(&(hol_optimiser_options){0}, true);
    assert_ok(write_to(&plain, path));
    assert_refused(hol_state_read(test_comm, path, averaged.model, &averaged.state), HOL_BAD_INPUT,
                   "/average: found none, expected this run's");
    assert_ok(write_to(&averaged, path));
    assert_refused(hol_state_read(test_comm, path, plain.model, &plain.state), HOL_BAD_INPUT, "expected this run's");
    destroy(&plain);
    destroy(&averaged);
}

/* 2 levels below the highest; ranks own parts of the 200 chains of each */
static void test_read_state_restores_all_levels(void **state) {
    (void)state;
    const double betas[] = {0, 0.5, 1};
    char path[HOL_CHECKPOINT_PATH_MAX];
    fixture written = make(&(hol_optimiser_options){0}, false), read = make(&(hol_optimiser_options){0}, false);
    fixture *both[] = {&written, &read};
    for (uint64_t n = 0; n < 2; n++) {
        const hol_tempering_options o = {.chains = 200, .levels = 3, .betas = betas, .seed = n};
        hol_state *s = &both[n]->state;
        assert_ok(hol_tempering_create(both[n]->model, &o, hol_comm_rank(test_comm), hol_comm_size(test_comm),
                                       &s->tempering));
        s->chains = hol_tempering_get(s->tempering, 2);
        hol_tempering_randomize(s->tempering);
    }
    fill(&written);
    assert_ok(write_to(&written, path));
    assert_ok(hol_checkpoint_validate(test_comm, hol_state_outline, path));
    assert_ok(hol_state_read(test_comm, path, read.model, &read.state));
    for (int64_t l = 0; l < 3; l++) {
        const hol_population *a = hol_tempering_get(written.state.tempering, l),
                             *b = hol_tempering_get(read.state.tempering, l);
        uint8_t left[200 * (V + H)], right[200 * (V + H)];
        int64_t first = 0, chains = 0;
        hol_population_get_owned(a, &first, &chains);
        hol_population_get_bytes(a, 0, V + H, first, chains, left);
        hol_population_get_bytes(b, 0, V + H, first, chains, right);
        assert_all(memcmp(left, right, (size_t)(chains * (V + H))) == 0);
    }
    for (int n = 0; n < 2; n++) {
        hol_tempering_destroy(both[n]->state.tempering);
        both[n]->state.tempering = NULL;
    }
    read.state.chains = NULL; /* went with its levels */
    assert_refused(hol_state_read(test_comm, path, read.model, &read.state), HOL_BAD_INPUT, "found 200, expected 0");
    destroy(&written);
    destroy(&read);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read_state_restores_all_that_the_optimiser_knows),
        cmocka_unit_test(test_read_theta_gives_the_average_where_there_is_one),
        cmocka_unit_test(test_read_state_refuses_another_optimisers),
        cmocka_unit_test(test_read_state_restores_all_levels),
    };
    return hol_test_main(argc, argv, "checkpoint_optimiser", tests, HOL_TEST_COUNT(tests));
}
