/* skeleton: a training step as the network sees it, for SimGrid's SMPI: the program's own sum over nodes
 * (src/base/reduction.c), and before it computing of a given length. No overlap.
 *
 *     smpicc -O2 -Iinclude -o skeleton skeleton.c ../../src/base/{reduction,schedule,narrow}.c    (simulate.sh does it)
 *     smpirun -np 256 -platform cluster.xml ./skeleton COUNT WIDTH BOUND COMPUTING HANDLING
 *
 * COUNT integers of WIDTH bytes, on a node at most BOUND; seconds of computing in a step, and of adding and converting
 * in a sum. Prints the simulated seconds of a step, and of its sum. The platform's hosts have HOST_SPEED. */
#include <mpi.h>
#include <smpi/smpi.h>
#include <stdio.h>
#include <stdlib.h>

#include "../../src/base/reduction.h"

#define HOST_SPEED 1e10

enum { STEPS = 3, ARGUMENTS = 5 };

static void compute(double seconds) { smpi_execute_flops(seconds * HOST_SPEED); }

/* ---- what the reduction needs of base; large memory is one for all simulated ranks: what is in it does not matter */

void *hol_allocate(int64_t count, size_t size) { return calloc(count > 0 ? (size_t)count : 1, size); }
hol_status hol_allocate_error(int64_t count, size_t size, const char *what) {
    (void)fprintf(stderr, "no memory for %lld of %zu bytes: %s\n", (long long)count, size, what);
    exit(1);
}
void hol_free(void *pointer) { (void)pointer; /* the end of the program comes next */ }
void *hol_memory_allocate(hol_memory *memory, int ranks, int64_t count, size_t size) {
    (void)memory, (void)ranks;
    return SMPI_SHARED_MALLOC((size_t)count * size);
}
void hol_comm_share(int64_t count, int rank, int size, int64_t *ret_first, int64_t *ret_owned) {
    const int64_t base = count / size, rest = count % size;
    *ret_first = base * rank + (rank < rest ? rank : rest);
    *ret_owned = base + (rank < rest ? 1 : 0);
}

/* ---- steps */

/* returns its seconds */
static double add_up(hol_reduction *reduction, int64_t count, double handling) {
    const double start = MPI_Wtime();
    bool done = false;
    compute(handling);
    if (hol_reduction_start(reduction, 0, 0, count) != MPI_SUCCESS) exit(1);
    while (!done)
        if (hol_reduction_poll(reduction, 0, &done) != MPI_SUCCESS) exit(1);
    return MPI_Wtime() - start;
}

int main(int argc, char **argv) {
    hol_reduction *reduction = NULL;
    (void)MPI_Init(&argc, &argv);
    if (argc != 1 + ARGUMENTS) return 2;
    hol_reduction_options options = {.channel = MPI_COMM_WORLD,
                                     .count = atoll(argv[1]),
                                     .width = atoi(argv[2]),
                                     .bound = atoll(argv[3]),
                                     .ranges = 1};
    const double computing = atof(argv[4]), handling = atof(argv[5]);
    (void)MPI_Comm_rank(MPI_COMM_WORLD, &options.node);
    (void)MPI_Comm_size(MPI_COMM_WORLD, &options.nodes);
    options.whole = options.bound * options.nodes;
    options.values = SMPI_SHARED_MALLOC((size_t)(options.count * options.width));
    if (hol_reduction_create(&options, &reduction) != HOL_OK) return 1;
    (void)MPI_Barrier(MPI_COMM_WORLD);
    const double start = MPI_Wtime();
    double summing = 0;
    for (int s = 0; s < STEPS; s++) {
        compute(computing);
        summing += add_up(reduction, options.count, handling);
    }
    if (options.node == 0) (void)printf("%.6g %.6g\n", (MPI_Wtime() - start) / STEPS, summing / STEPS);
    (void)MPI_Finalize();
    return 0;
}
