/* bench_ising: spin updates per nanosecond on one core, by instruction set: a lattice with one coupling (multi-spin
 * coding), and the same lattice with a coupling per edge. Median and best of ROUNDS rounds, all variants in turn. Times
 * are of this thread's processor time.
 *
 *     bench_ising [LENGTH [CHAINS]]       a square lattice; default 1024 and 64 */
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/status.h"
#include "bench.h"
#include "model/model.h"
#include "num/kernels.h"
#include "sample/population.h"

enum { ROUNDS = 5, ISAS = 4, FORMS = 2 };
static const char *const isas[] = {"amx", "avx512", "avx2", "generic"};
static const char *const forms[] = {"one coupling", "coupling per edge"};

typedef struct bench {
    hol_model *models[ISAS];
    hol_model *model; /* one of them */
    hol_population *chains;
} bench;

static void need(hol_status status) {
    if (status == HOL_OK) return;
    (void)fprintf(stderr, "bench_ising: %s\n", hol_error_message(status));
    exit(1);
}

/* J = 1 at the critical temperature; per edge, signs at random */
static bench make(int32_t length, int64_t count, int shared) {
    bench self = {0};
    const int32_t lattice[] = {length, length, 1, 1};
    hol_model_options options = {.kind = "ising",
                                 .temperature = 2.269,
                                 .without = HOL_MODEL_BIASES,
                                 .settings = {{"spins", HOL_MODEL_SPINS_SIGNED}, {"coupling", 1}},
                                 .structure_count = 1,
                                 .structures = {{.name = "lattice", .rows = 2, .columns = 2, .values = lattice}}};
    hol_model_set(&options, "couplings", shared ? HOL_MODEL_COUPLINGS_SHARED : HOL_MODEL_COUPLINGS_PER_EDGE);
    for (int i = 0; i < ISAS; i++) {
        options.kernels = hol_kernels_find(isas[i]);
        need(hol_model_create(&options, &self.models[i]));
    }
    self.model = self.models[0];
    float *theta = calloc((size_t)self.model->info.parameters, sizeof *theta);
    if (!theta) exit(1);
    self.model->ops->initialize(self.model, NULL, 0, 0, theta);
    for (int64_t e = 0; !shared && e < self.model->info.parameters; e++)
        if (hol_rng_draw((hol_rng_key){{1, 1}}, (uint32_t)e, 0, 0, 0).word[0] & 1) theta[e] = -theta[e];
    for (int i = 0; i < ISAS; i++) need(self.models[i]->ops->prepare(self.models[i], theta));
    need(hol_population_create(self.model, count, 0, 1, &self.chains));
    hol_population_randomize(self.model, self.chains, (hol_rng_key){{2, 3}});
    free(theta);
    return self;
}

static double seconds_of(bench *self, int64_t sweeps, uint32_t step) {
    const hol_draw draw = {.key = {{4, 5}}, .step = step};
    const double begin = now();
    self->model->ops->sweep(self->model, self->chains, &draw, sweeps);
    return now() - begin;
}

static int ascending(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void measure(bench self[FORMS], double spins, int64_t sweeps, double speed[FORMS][ISAS][ROUNDS]) {
    for (int r = 0; r < ROUNDS; r++)
        for (int f = 0; f < FORMS; f++)
            for (int i = 0; i < ISAS; i++) {
                if (!hol_kernels_find(isas[i])) continue;
                self[f].model = self[f].models[i];
                speed[f][i][r] = spins * (double)sweeps * 1e-9 / seconds_of(&self[f], sweeps, (uint32_t)r);
            }
}

int main(int argc, char **argv) {
    const int32_t length = argc > 1 ? atoi(argv[1]) : 1024;
    const int64_t count = argc > 2 ? atoll(argv[2]) : 64;
    if (length < 3 || count < 1) {
        (void)fprintf(stderr, "usage: bench_ising [LENGTH [CHAINS]]\n");
        return 2;
    }
    omp_set_num_threads(1);
    const double spins = (double)length * (double)length * (double)count;
    bench self[FORMS] = {make(length, count, 1), make(length, count, 0)};
    double speed[FORMS][ISAS][ROUNDS];
    measure(self, spins, spins > 1e8 ? 1 : (int64_t)(1e8 / spins), speed);
    printf("ising %d x %d, %lld chains, 1 core: spin updates per nanosecond, median and best of %d\n", length, length,
           (long long)count, ROUNDS);
    for (int f = 0; f < FORMS; f++) {
        for (int i = 0; i < ISAS; i++) {
            if (!hol_kernels_find(isas[i])) continue;
            qsort(speed[f][i], ROUNDS, sizeof **speed[f], ascending);
            printf("  %-18s %-8s %7.2f %7.2f\n", forms[f], isas[i], speed[f][i][ROUNDS / 2], speed[f][i][ROUNDS - 1]);
        }
        hol_population_destroy(self[f].chains);
        for (int i = 0; i < ISAS; i++) hol_model_destroy(self[f].models[i]);
    }
    return 0;
}
