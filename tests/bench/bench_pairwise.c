/* bench_pairwise: sweeps of sites that are coupled in pairs, as a Potts model's, against fields by OpenBLAS's sgemm of
 * the same states as floats of 0 and 1 (one-hot), on one core, in one run.
 *
 * Sizes of a protein's family, 96 sites of 21 states, and of an RNA's, 136 of 5; 2,000 chains. A site's update is its
 * fields, its softmax and its random number, in one chain; sgemm's has the fields alone, by all sites' states. Rounds
 * go in turn; times are the least of them, of this thread's processor time. `few` is with 64 chains, `wide` with the
 * tables of up to 24 bits that values take. */
#include <math.h>
#include <string.h>

#if __has_include(<openblas/cblas.h>)
#include <openblas/cblas.h>
#else
#include <cblas.h>
#endif

#include "base/rng.h"
#include "bench.h"
#include "num/bits.h"
#include "num/pairwise.h"

enum { CHAINS = 2000, BLOCKS = (CHAINS + HOL_LANES - 1) / HOL_LANES, ROUNDS = 9 };

/* All owned, and used to the end of the program. */
typedef struct operands {
    int32_t sites, states;
    hol_pairwise *pairs;
    hol_pairwise_states x;
    int32_t *counts;
    float *theta, *one_hot, *couplings, *fields; /* (chains, units), (units, states of a site), (chains, states) */
    int64_t parameters;
    hol_draw draw;
    void *scratch;
} operands;

static float number(uint32_t i, uint32_t what) {
    return (float)hol_rng_draw((hol_rng_key){{7, 8}}, i, what, 0, 0).word[0] * 0x1p-31f - 1;
}

static void create(operands *o, int32_t sites, int32_t states, const hol_kernels *kernels) {
    const int64_t units = (int64_t)sites * states, pairs = (int64_t)sites * (sites - 1) / 2;
    int32_t *each = get(sites, 4), *ends = get(2 * pairs, 4);
    int64_t *couplings = get(pairs, 8), *fields = get(sites, 8), k = 0;
    *o = (operands){.sites = sites, .states = states, .parameters = units + pairs * states * states};
    for (int32_t i = 0; i < sites; i++) {
        each[i] = states;
        fields[i] = (int64_t)i * states;
        for (int32_t j = i + 1; j < sites; j++, k++) {
            ends[2 * k] = i;
            ends[2 * k + 1] = j;
            couplings[k] = units + k * states * states;
        }
    }
    const hol_pairwise_graph graph = {sites, pairs, o->parameters, each, ends, couplings, fields, 0, false};
    o->theta = get(o->parameters, 4);
    for (int64_t i = 0; i < o->parameters; i++) /* mostly small, some large: as what training makes */
        o->theta[i] = 0.3f * powf(number((uint32_t)i, 1), 5);
    if (hol_pairwise_create(&graph, kernels, NULL, &o->pairs) != HOL_OK) exit(1);
    o->x = (hol_pairwise_states){.states = get(BLOCKS * sites * HOL_LANES, 1), .blocks = BLOCKS};
    o->counts = get(o->parameters, 4);
    o->scratch = get(hol_pairwise_scratch_bytes(o->pairs, BLOCKS), 1);
    o->one_hot = get(CHAINS * units, 4);
    o->couplings = get(units * states, 4);
    o->fields = get((int64_t)CHAINS * states, 4);
    for (int64_t c = 0; c < CHAINS; c++)
        for (int64_t i = 0; i < sites; i++) o->one_hot[c * units + i * states + (c + i) % states] = 1;
    for (int64_t i = 0; i < units * states; i++) o->couplings[i] = number((uint32_t)i, 2);
    o->draw = (hol_draw){.key = hol_rng_key_make(3, HOL_STREAM_SAMPLE)};
}

/* ---- seconds a call ---------------------------------------------------------------------------------------------- */

static double sweep(operands *o, int64_t blocks) {
    o->x.blocks = blocks;
    const double start = now();
    hol_pairwise_sweep(o->pairs, &o->x, &o->draw, 1, o->scratch);
    o->draw.sweep += 2;
    o->x.blocks = BLOCKS;
    return now() - start;
}
static double all(operands *o) { return sweep(o, BLOCKS); }
static double few(operands *o) { return sweep(o, 1); }

static double prepare(operands *o, bool training) {
    const double start = now();
    if ((training ? hol_pairwise_prepare_training : hol_pairwise_prepare)(o->pairs, o->theta, 1) != HOL_OK) exit(1);
    return now() - start;
}
static double training(operands *o) { return prepare(o, true); }
static double wide(operands *o) {
    (void)prepare(o, false);
    const double seconds = sweep(o, BLOCKS);
    (void)prepare(o, true);
    return seconds;
}

static double count(operands *o) {
    const double start = now();
    hol_pairwise_count(o->pairs, &o->x, CHAINS, 0, o->parameters, (hol_sums){.wide = o->counts}, o->scratch);
    return now() - start;
}

/* the fields of one site */
static double sgemm(operands *o) {
    const double start = now();
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, CHAINS, o->states, o->sites * o->states, 1, o->one_hot,
                o->sites * o->states, o->couplings, o->states, 0, o->fields, o->states);
    return now() - start;
}

static const struct {
    const char *name, *unit;
    double (*run)(operands *);
} rows[] = {{"fields by sgemm", "ns a site and chain", sgemm},
            {"site update", "ns", all},
            {"site update, few", "ns", few},
            {"site update, wide", "ns", wide},
            {"counts", "ms", count},
            {"tables of 16 bits", "ms", training}};
enum { ROWS = sizeof rows / sizeof *rows };

static void measure(const char *isa, int32_t sites, int32_t states) {
    operands o;
    double best[ROWS];
    const hol_kernels *kernels = hol_kernels_find(isa);
    if (!kernels) return;
    create(&o, sites, states, kernels);
    (void)prepare(&o, true);
    for (int s = 0; s < 10; s++) (void)all(&o);
    for (int r = 0; r < ROWS; r++) best[r] = HUGE_VAL;
    for (int k = 0; k < ROUNDS; k++)
        for (int r = 0; r < ROWS; r++) best[r] = fmin(best[r], rows[r].run(&o));
    const double updates = (double)CHAINS * sites;
    const double factors[ROWS] = {1e9 / CHAINS, 1e9 / updates, 1e9 / HOL_LANES / sites, 1e9 / updates, 1e3, 1e3};
    (void)printf("%s, %d sites of %d states, %d chains\n", isa, sites, states, CHAINS);
    for (int r = 0; r < ROWS; r++) (void)printf("  %-18s %9.3f %s\n", rows[r].name, best[r] * factors[r], rows[r].unit);
}

/* bench_pairwise [ISA]... */
int main(int argc, char **argv) {
    static const char *const isas[] = {"avx512", "avx2", "generic"};
    for (int i = 0; i < (argc < 2 ? 3 : argc - 1); i++) {
        measure(argc < 2 ? isas[i] : argv[i + 1], 96, 21);
        measure(argc < 2 ? isas[i] : argv[i + 1], 136, 5);
    }
    return 0;
}
