/* bench --network: what the network between the ranks does: messages between two of them, and the trainer's sums over
 * all.
 *
 * The link's figures for `holode plan --network` follow from the sums, which are what a run waits for: with n nodes a
 * sum of M bytes takes so many turns of a latency (base/sum.h), and 2 (1 - 1/n) M / bandwidth, so the smallest gives
 * the latency, the longest the bandwidth. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/sum.h"
#include "bench.h"
#include "cli/commands.h"
#include "cli/options.h"

/* Each time is the median over PASSES of a pass's median, whose first round is left out: neither a lone slow round nor
 * a slow stretch is what is printed. */
enum { SIZES = 5, PASSES = 5, ROUNDS_MAX = 400, ROUNDS_MIN = 4, LARGE = 4 << 20 };
static const int64_t sizes[SIZES] = {64, 4 << 10, 64 << 10, 1 << 20, 16 << 20}; /* bytes */

typedef struct arguments {
    bool network, json;
    double seconds;
} arguments;

typedef struct measured {
    double latency, worst_latency; /* half a round trip of 1 byte with rank 0: median and largest over the others */
    double bandwidth;              /* of LARGE bytes, the slowest of the others */
    double sums[SIZES];            /* seconds, medians */
} measured;

#define AT(member) HOL_AT(arguments, member)
static const hol_option option_rows[] = {
    {HOL_OPTION("network", 0, NULL, 1, "Measure the network between the ranks"), AT(network), HOL_GIVEN},
    {HOL_OPTION("json", 0, NULL, 1, "Print one JSON object"), AT(json), HOL_GIVEN},
    {HOL_OPTION("seconds", 0, "S", 1, "Time for each measurement (default: 0.5)"), AT(seconds),
     HOL_NUMBER(0.5, 1e-3, 3600)},
};

static const hol_options options = {
    HOL_ROWS(option_rows),
    .usage = "",
    .help = "Measures the network between the ranks that it is started on: one on each node, for the link's figures.",
};

/* rank 0's decision, so that all ranks do as many rounds */
static hol_status ask_all(hol_comm *comm, bool *go) {
    int64_t more = *go;
    const hol_status status = hol_comm_broadcast(comm, &more, sizeof more);
    *go = more != 0;
    return status;
}

/* Seconds of half a round trip of `bytes` bytes between rank 0 and `other`; rank 0's value counts. */
static hol_status time_echo(hol_comm *comm, int other, void *buffer, int64_t bytes, double limit, double *ret) {
    hol_status status = HOL_OK;
    double rounds[ROUNDS_MAX];
    int count = 0;
    const double begin = hol_clock_now();
    for (bool go = true; go && count < ROUNDS_MAX;) {
        const double start = hol_clock_now();
        HOL_TRY(hol_comm_echo(comm, other, buffer, bytes));
        rounds[count++] = (hol_clock_now() - start) / 2;
        go = count < ROUNDS_MIN || hol_clock_now() - begin < limit;
        HOL_TRY(ask_all(comm, &go));
    }
    *ret = hol_bench_median(rounds + 1, count - 1);
cleanup:
    return status;
}

static hol_status time_echoes(hol_comm *comm, int other, void *buffer, int64_t bytes, double limit, double *ret) {
    double passes[PASSES] = {0};
    hol_status status = HOL_OK;
    for (int p = 0; p < PASSES; p++) HOL_TRY(time_echo(comm, other, buffer, bytes, limit / PASSES, &passes[p]));
    *ret = hol_bench_median(passes, PASSES);
cleanup:
    return status;
}

static hol_status measure_links(hol_comm *comm, double seconds, measured *ret) {
    hol_status status = HOL_OK;
    const int ranks = hol_comm_size(comm);
    char *buffer = NULL;
    double *latencies = NULL, time = 0;
    status = HOL_ALLOCATE(buffer, LARGE, "message");
    if (status == HOL_OK) status = HOL_ALLOCATE(latencies, ranks, "latencies");
    HOL_TRY(hol_comm_agree(comm, status));
    ret->bandwidth = INFINITY;
    for (int other = 1; other < ranks; other++) {
        HOL_TRY(time_echoes(comm, other, buffer, 1, seconds / ranks, &latencies[other - 1]));
        HOL_TRY(time_echoes(comm, other, buffer, LARGE, seconds / ranks, &time));
        ret->bandwidth = fmin(ret->bandwidth, LARGE / time);
    }
    ret->latency = hol_bench_median(latencies, ranks - 1);
    ret->worst_latency = latencies[ranks - 2]; /* sorted by now */
cleanup:
    hol_free(buffer);
    hol_free(latencies);
    return status;
}

static hol_status time_sum(hol_comm *comm, int64_t bytes, double limit, double *ret) {
    hol_status status = HOL_OK;
    hol_sum *sum = NULL;
    double rounds[ROUNDS_MAX];
    int count = 0;
    /* of a bound that leaves no message narrower: bytes are then bytes */
    HOL_TRY(hol_sum_create(comm, bytes / 4, 4, INT32_MAX, 0, &sum));
    const double begin = hol_clock_now();
    for (bool go = true; go && count < ROUNDS_MAX;) {
        HOL_TRY(hol_comm_barrier(comm));
        const double start = hol_clock_now();
        HOL_TRY(hol_sum_start(sum, 0, bytes / 4));
        HOL_TRY(hol_sum_finish(sum));
        rounds[count] = hol_clock_now() - start;
        /* of few numbers all may be one rank's share, which has the sum sooner than the others */
        HOL_TRY(hol_comm_max_f64(comm, &rounds[count++], 1));
        go = count < ROUNDS_MIN || hol_clock_now() - begin < limit;
        HOL_TRY(ask_all(comm, &go));
    }
    *ret = hol_bench_median(rounds + 1, count - 1);
cleanup:
    hol_sum_destroy(sum);
    return status;
}

/* all sizes, pass by pass */
static hol_status measure_sums(hol_comm *comm, double seconds, measured *ret) {
    double passes[SIZES][PASSES] = {{0}};
    hol_status status = HOL_OK;
    for (int p = 0; p < PASSES; p++)
        for (int s = 0; s < SIZES; s++) HOL_TRY(time_sum(comm, sizes[s], seconds / PASSES, &passes[s][p]));
    for (int s = 0; s < SIZES; s++) ret->sums[s] = hol_bench_median(passes[s], PASSES);
cleanup:
    return status;
}

/* bytes that pass a node's link in each direction, over the time */
static double rate_of(int nodes, int64_t bytes, double seconds) {
    const double share = nodes > 1 ? 2 * (1 - 1.0 / nodes) : 1;
    return share * (double)bytes / seconds;
}

static void add_sums(hol_result *to, const measured *r, int nodes) {
    static const hol_column columns[] = {{NULL, "", -6, 0, NULL, 1},
                                         {"bytes", "", 12, 0, " B", 1},
                                         {"seconds", "", 14, 1, " us", 1e6},
                                         {"bytes_per_second", "", 15, 0, " MB/s", 1e-6}};
    hol_record *table = hol_result_table(to, "sums", columns, sizeof columns / sizeof *columns);
    for (int s = 0; s < SIZES; s++)
        hol_result_row(to, table,
                       (hol_cell[]){HOL_CELL_TEXT("sum of"), HOL_CELL(sizes[s]), HOL_CELL(r->sums[s]),
                                    HOL_CELL(rate_of(nodes, sizes[s], r->sums[s]))});
}

static void add_results(hol_result *to, const hol_comm *comm, const measured *r) {
    const int ranks = hol_comm_size(comm), nodes = hol_comm_nodes(comm);
    const double latency = r->sums[0] / hol_sum_predict(nodes > 1 ? nodes : 2, sizes[0] / 4, 4, 1, 1).turns;
    const double bandwidth = rate_of(nodes, sizes[SIZES - 1], r->sums[SIZES - 1]);
    hol_result_set_digits(to, 4);
    hol_result_set_layout(to, 0, 21, 10);
    hol_result_number(to, "ranks", ranks);
    hol_result_number(to, "nodes", nodes);
    hol_result_line(to, NULL, "%d ranks on %d node%s", ranks, nodes, nodes == 1 ? "" : "s");
    hol_result_quantity(to, &(hol_quantity){"latency", NULL, "message of 1 byte", r->latency, 0, 2, "us", 1e6},
                        ", half a round trip with rank 0 (at most %.2f)", 1e6 * r->worst_latency);
    hol_result_number(to, "worst_latency", r->worst_latency);
    hol_result_quantity(to, &(hol_quantity){"bandwidth", NULL, "message of 4 MB", r->bandwidth, 0, 0, "MB/s", 1e-6},
                        NULL);
    add_sums(to, r, nodes);
    hol_result_number(to, "plan_latency", latency);
    hol_result_number(to, "plan_bandwidth", bandwidth);
    if (nodes == 1) hol_result_line(to, NULL, "All ranks share a node: this is its memory, not a link between nodes.");
    hol_result_line(to, NULL, "holode plan --network %.4gus,%.4gMB", 1e6 * latency, 1e-6 * bandwidth);
}

hol_status hol_bench_network(hol_comm *comm, hol_result *result, int argc, char **argv) {
    hol_status status = HOL_OK;
    arguments a;
    measured r = {0};
    bool done = false;
    HOL_TRY(hol_options_parse(comm, &options, result, argc, argv, &a, &done));
    if (done) return HOL_OK;
    if (hol_comm_size(comm) == 1)
        return hol_error(HOL_USAGE,
                         "--network: found 1 rank, expected at least 2 (mpirun -n 2 holode bench --network)");
    HOL_TRY(measure_links(comm, a.seconds, &r));
    HOL_TRY(measure_sums(comm, a.seconds, &r));
    if (a.json) hol_result_set_form(result, HOL_FORM_JSON);
    add_results(result, comm, &r);
cleanup:
    return status;
}
