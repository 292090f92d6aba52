/* skeleton: a training step as the network sees it, for SimGrid's SMPI: its sums over ranks, and between them computing
 * of a given length. No overlap: SMPI's non-blocking all-reduces progress by themselves, which those of real MPIs do
 * not.
 *
 *     smpicc -O2 -o skeleton skeleton.c                      (tests/bench/simulate.sh does it all)
 *     smpirun -np 256 -platform cluster.xml ./skeleton BYTES PIECES SAMPLING STATISTICS UPDATE ADDING
 *
 * BYTES of one phase's sum; the negative phase's is cut in PIECES; seconds of computing in a step, and of adding up in
 * a sum. Prints the simulated seconds of a step, and of its sums. The platform's hosts have HOST_SPEED. */
#include <mpi.h>
#include <smpi/smpi.h>
#include <stdio.h>
#include <stdlib.h>

#define HOST_SPEED 1e10

enum { STEPS = 3, ARGUMENTS = 6 };

static int *values, *sums;
static long whole; /* numbers in a phase's sum */
static double adding;

static void compute(double seconds) { smpi_execute_flops(seconds * HOST_SPEED); }

/* returns its seconds */
static double add_up(long count) {
    const double start = MPI_Wtime();
    compute(adding * (double)count / (double)whole);
    (void)MPI_Allreduce(values, sums, (int)count, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
    return MPI_Wtime() - start;
}

int main(int argc, char **argv) {
    int rank = 0;
    (void)MPI_Init(&argc, &argv);
    (void)MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    if (argc != 1 + ARGUMENTS) return 2;
    const long pieces = atol(argv[2]);
    whole = atol(argv[1]) / (long)sizeof *values;
    adding = atof(argv[6]);
    const double sampling = atof(argv[3]), statistics = atof(argv[4]), update = atof(argv[5]);
    /* one memory for all simulated ranks: what is in it does not matter */
    values = SMPI_SHARED_MALLOC((size_t)whole * sizeof *values);
    sums = SMPI_SHARED_MALLOC((size_t)whole * sizeof *sums);
    (void)MPI_Barrier(MPI_COMM_WORLD);
    const double start = MPI_Wtime();
    double summing = 0;
    for (int s = 0; s < STEPS; s++) {
        compute(statistics / 2);
        summing += add_up(whole);
        compute(sampling);
        for (long p = 0; p < pieces; p++) {
            compute(statistics / 2 / (double)pieces);
            summing += add_up(whole / pieces);
        }
        compute(update);
    }
    if (rank == 0) (void)printf("%.6g %.6g\n", (MPI_Wtime() - start) / STEPS, summing / STEPS);
    SMPI_SHARED_FREE(values);
    SMPI_SHARED_FREE(sums);
    (void)MPI_Finalize();
    return 0;
}
