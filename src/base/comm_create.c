/* comm_create: MPI's start and end, and who shares memory with whom. */
#if defined(__GLIBC__) || defined(__linux__)
#include <malloc.h>
#endif
#include <dirent.h>
#include <fcntl.h>
#include <omp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
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
    comm->began_at = hol_clock_now();
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

/* Whether a thread of this process would run if it were let in. */
static bool is_running(int tasks, const char *thread) {
    char name[64], text[256];
    (void)snprintf(name, sizeof name, "%.32s/stat", thread);
    const int file = openat(tasks, name, O_RDONLY | O_CLOEXEC);
    const ssize_t length = file >= 0 ? read(file, text, sizeof text - 1) : -1;
    if (file >= 0) (void)close(file);
    text[length > 0 ? length : 0] = '\0';
    const char *state = strrchr(text, ')'); /* behind the program's name, which may hold anything */
    return state && strncmp(state, ") R", 3) == 0;
}

/* The first thread asks, and doesn't count: its number is the process's. */
static bool others_run(void) {
    bool any = false;
    DIR *tasks = opendir("/proc/self/task");
    if (!tasks) return false;
    for (const struct dirent *entry; !any && (entry = readdir(tasks)) != NULL;)
        if (entry->d_name[0] != '.' && atoll(entry->d_name) != (long long)getpid())
            any = is_running(dirfd(tasks), entry->d_name);
    (void)closedir(tasks);
    return any;
}

/* At its start Open MPI 4.1 leaves work to a thread of its own. Where that was not let in before MPI_Finalize, after a
 * short command on a busy machine, it then calls code that was unloaded, and the process dies of it at its very end.
 * So such a process waits until its other threads have nothing to do: twice, as one may just have given another work.
 */
static void let_threads_finish(const hol_comm *comm) {
    static const double enough = 2; /* seconds, after which they have all been let in */
    static const struct timespec pause = {.tv_nsec = 1000000};
    for (int still = 0; still < 2 && hol_clock_now() - comm->began_at < enough; still++)
        if (others_run()) {
            still = -1;
            (void)nanosleep(&pause, NULL);
        }
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
    let_threads_finish(comm);
    (void)MPI_Finalize();
    hol_free(comm);
}
