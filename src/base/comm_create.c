/* comm_create: MPI's start and end, and who shares memory with whom. */
#if defined(__GLIBC__) || defined(__linux__)
#include <malloc.h>
#endif
#include <omp.h>
#include <sched.h>
#include <stdlib.h>

#include "comm_parts.h"

/* Whether the processors that these ranks may run on are too few for their threads: those that wait must then make room
 * at once. */
static hol_status look_for_crowds(hol_comm *self, MPI_Comm whole) {
    hol_status status = HOL_OK;
    int threads = omp_get_max_threads(), processors = omp_get_num_procs();
    HOL_TRY(hol_comm_check(self, MPI_Allreduce(MPI_IN_PLACE, &threads, 1, MPI_INT, MPI_SUM, whole), "MPI_Allreduce"));
#if defined(__linux__)
    cpu_set_t allowed;
    CPU_ZERO(&allowed);
    /* more processors than the set has room for: it stays empty, and what OpenMP found counts */
    (void)sched_getaffinity(0, sizeof allowed, &allowed);
    HOL_TRY(hol_comm_check(self, MPI_Allreduce(MPI_IN_PLACE, &allowed, (int)sizeof allowed, MPI_BYTE, MPI_BOR, whole),
                           "MPI_Allreduce"));
    if (CPU_COUNT(&allowed) > 0) processors = CPU_COUNT(&allowed);
#endif
    self->spin = threads > processors ? HOL_WAIT_SPIN_CROWDED : HOL_WAIT_SPIN;
cleanup:
    return status;
}

/* Which ranks share memory, and who speaks for them. HOLODE_NODE_RANKS limits how many are taken together. */
static hol_status find_nodes(hol_comm *self) {
    hol_status status = HOL_OK;
    MPI_Comm whole = MPI_COMM_NULL;
    int place = 0;
    const char *wish = getenv("HOLODE_NODE_RANKS");
    const int limit = wish ? atoi(wish) : 0;
    HOL_TRY(hol_comm_check(self,
                           MPI_Comm_split_type(self->handle, MPI_COMM_TYPE_SHARED, self->rank, MPI_INFO_NULL, &whole),
                           "MPI_Comm_split_type"));
    HOL_TRY(look_for_crowds(self, whole));
    HOL_TRY(hol_comm_check(self, MPI_Comm_rank(whole, &place), "MPI_Comm_rank"));
    HOL_TRY(hol_comm_check(self, MPI_Comm_split(whole, limit > 0 ? place / limit : 0, place, &self->node),
                           "MPI_Comm_split"));
    HOL_TRY(hol_comm_check(self, MPI_Comm_rank(self->node, &self->node_rank), "MPI_Comm_rank"));
    HOL_TRY(hol_comm_check(self, MPI_Comm_size(self->node, &self->node_ranks), "MPI_Comm_size"));
    int leads = self->node_rank == 0;
    HOL_TRY(hol_comm_check(self, MPI_Comm_split(self->handle, leads ? 0 : MPI_UNDEFINED, self->rank, &self->leaders),
                           "MPI_Comm_split"));
    HOL_TRY(
        hol_comm_check(self, MPI_Allreduce(&leads, &self->nodes, 1, MPI_INT, MPI_SUM, self->handle), "MPI_Allreduce"));
cleanup:
    if (whole != MPI_COMM_NULL) (void)MPI_Comm_free(&whole);
    return status;
}

hol_status hol_comm_create(int *argc, char ***argv, hol_comm **ret_comm) {
    *ret_comm = NULL;
    hol_comm *comm = NULL;
    hol_status status = HOL_ALLOCATE(comm, 1, "communicator");
    if (status != HOL_OK) return status;
    int granted = 0;
#if defined(__GLIBC__)
    /* Open MPI makes and frees megabytes in every reduction; given back to the system, they would be faulted in anew */
    (void)mallopt(M_MMAP_THRESHOLD, 1 << 28);
    (void)mallopt(M_TRIM_THRESHOLD, 1 << 29);
    (void)mallopt(M_TOP_PAD, 1 << 24);
#endif
    /* Left alone, Open MPI's non-blocking all-reduce in place passes the whole vector log2 n times over a link between
     * n nodes; Rabenseifner's algorithm less than twice. Other MPIs do not look at this. */
    (void)setenv("OMPI_MCA_coll_libnbc_iallreduce_algorithm", "3", 0);
    HOL_TRY(hol_comm_check(comm, MPI_Init_thread(argc, argv, MPI_THREAD_FUNNELED, &granted), "MPI_Init_thread"));
    HOL_TRY(hol_comm_check(comm, MPI_Comm_dup(MPI_COMM_WORLD, &comm->handle), "MPI_Comm_dup"));
    HOL_TRY(hol_comm_check(comm, MPI_Comm_set_errhandler(comm->handle, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler"));
    HOL_TRY(hol_comm_check(comm, MPI_Comm_rank(comm->handle, &comm->rank), "MPI_Comm_rank"));
    HOL_TRY(hol_comm_check(comm, MPI_Comm_size(comm->handle, &comm->size), "MPI_Comm_size"));
    if (granted < MPI_THREAD_FUNNELED)
        HOL_TRY(hol_error(HOL_FAILURE, "MPI: found thread level %d, expected at least FUNNELED", granted));
    comm->node = comm->leaders = MPI_COMM_NULL;
    HOL_TRY(find_nodes(comm));
    if (comm->size > 1 && comm->nodes == 1)
        HOL_TRY(hol_segments_create(comm, sizeof(page), sizeof(page), true, true, &comm->pages));
    *ret_comm = comm;
    return HOL_OK;
cleanup:
    hol_free(comm);
    return status;
}

hol_status hol_comm_create_measuring(hol_comm *real, hol_memory *memory, int rank, int size, int node_ranks,
                                     hol_comm **ret_comm) {
    const hol_status status = HOL_ALLOCATE(*ret_comm, 1, "communicator");
    if (status != HOL_OK) return status;
    const int here = size - rank / node_ranks * node_ranks;
    **ret_comm = (hol_comm){.handle = MPI_COMM_NULL,
                            .node = MPI_COMM_NULL,
                            .leaders = MPI_COMM_NULL,
                            .rank = rank,
                            .size = size,
                            .nodes = (size + node_ranks - 1) / node_ranks,
                            .node_rank = rank % node_ranks,
                            .node_ranks = here < node_ranks ? here : node_ranks,
                            .memory = memory,
                            .real = real};
    return HOL_OK;
}

void hol_comm_destroy(hol_comm *comm) {
    if (!comm) return;
    if (comm->memory) {
        hol_free(comm);
        return;
    }
    for (int kind = 0; kind < 2; kind++)
        for (int i = 0; i < comm->channels[kind].count; i++)
            if (comm->channels[kind].handles[i] != MPI_COMM_NULL) (void)MPI_Comm_free(&comm->channels[kind].handles[i]);
    hol_segments_clear(&comm->pages);
    (void)MPI_Comm_free(&comm->node);
    if (comm->leaders != MPI_COMM_NULL) (void)MPI_Comm_free(&comm->leaders);
    (void)MPI_Comm_free(&comm->handle);
    (void)MPI_Finalize();
    hol_free(comm);
}
