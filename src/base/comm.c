/* comm: MPI, wrapped once. Counts beyond MPI's int are sent in pieces. */
#include "base/comm.h"

#if defined(__GLIBC__) || defined(__linux__)
#include <malloc.h>
#endif
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/comm_mpi.h"

enum { PIECE = 1 << 28, LANES = 8 };

/* duplicates of a communicator; each has one user at a time */
typedef struct lanes {
    MPI_Comm handles[LANES]; /* owned */
    bool taken[LANES];
    int count;
} lanes;

struct hol_comm {
    MPI_Comm handle; /* owned: a duplicate of the world */
    int rank;
    int size;
    MPI_Comm node;    /* owned: the ranks that share this one's memory */
    MPI_Comm leaders; /* owned: each node's first rank; MPI_COMM_NULL on the others */
    int nodes;
    lanes lanes[2]; /* of leaders, of all ranks */
};

static bool is_broken; /* by an operation that failed: one rank's knowledge */

hol_status hol_comm_check(int code, const char *operation) {
    if (code == MPI_SUCCESS) return HOL_OK;
    is_broken = true;
    char text[MPI_MAX_ERROR_STRING] = "unknown error";
    int length = 0;
    (void)MPI_Error_string(code, text, &length);
    return hol_error(HOL_FAILURE, "MPI: %s failed: %s", operation, text);
}

/* Which ranks share memory, and who speaks for them. HOLODE_NODE_RANKS limits how many are taken together. */
static hol_status find_nodes(hol_comm *self) {
    hol_status status = HOL_OK;
    MPI_Comm whole = MPI_COMM_NULL;
    int place = 0;
    const char *wish = getenv("HOLODE_NODE_RANKS");
    const int limit = wish ? atoi(wish) : 0;
    HOL_TRY(hol_comm_check(MPI_Comm_split_type(self->handle, MPI_COMM_TYPE_SHARED, self->rank, MPI_INFO_NULL, &whole),
                           "MPI_Comm_split_type"));
    HOL_TRY(hol_comm_check(MPI_Comm_rank(whole, &place), "MPI_Comm_rank"));
    HOL_TRY(hol_comm_check(MPI_Comm_split(whole, limit > 0 ? place / limit : 0, place, &self->node), "MPI_Comm_split"));
    HOL_TRY(hol_comm_check(MPI_Comm_rank(self->node, &place), "MPI_Comm_rank"));
    HOL_TRY(hol_comm_check(MPI_Comm_split(self->handle, place == 0 ? 0 : MPI_UNDEFINED, self->rank, &self->leaders),
                           "MPI_Comm_split"));
    int leads = place == 0;
    HOL_TRY(hol_comm_check(MPI_Allreduce(&leads, &self->nodes, 1, MPI_INT, MPI_SUM, self->handle), "MPI_Allreduce"));
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
    HOL_TRY(hol_comm_check(MPI_Init_thread(argc, argv, MPI_THREAD_FUNNELED, &granted), "MPI_Init_thread"));
    HOL_TRY(hol_comm_check(MPI_Comm_dup(MPI_COMM_WORLD, &comm->handle), "MPI_Comm_dup"));
    HOL_TRY(hol_comm_check(MPI_Comm_set_errhandler(comm->handle, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler"));
    HOL_TRY(hol_comm_check(MPI_Comm_rank(comm->handle, &comm->rank), "MPI_Comm_rank"));
    HOL_TRY(hol_comm_check(MPI_Comm_size(comm->handle, &comm->size), "MPI_Comm_size"));
    if (granted < MPI_THREAD_FUNNELED)
        HOL_TRY(hol_error(HOL_FAILURE, "MPI: found thread level %d, expected at least FUNNELED", granted));
    comm->node = comm->leaders = MPI_COMM_NULL;
    HOL_TRY(find_nodes(comm));
    *ret_comm = comm;
    return HOL_OK;
cleanup:
    hol_free(comm);
    return status;
}

void hol_comm_destroy(hol_comm *comm) {
    if (!comm) return;
    for (int kind = 0; kind < 2; kind++)
        for (int i = 0; i < comm->lanes[kind].count; i++)
            if (comm->lanes[kind].handles[i] != MPI_COMM_NULL) (void)MPI_Comm_free(&comm->lanes[kind].handles[i]);
    (void)MPI_Comm_free(&comm->node);
    if (comm->leaders != MPI_COMM_NULL) (void)MPI_Comm_free(&comm->leaders);
    (void)MPI_Comm_free(&comm->handle);
    (void)MPI_Finalize();
    hol_free(comm);
}

void hol_comm_abort(hol_comm *comm, int exit_code) {
    if (comm) (void)MPI_Abort(comm->handle, exit_code);
    _Exit(exit_code);
}

bool hol_comm_is_broken(void) { return is_broken; }

int hol_comm_rank(const hol_comm *comm) { return comm->rank; }
int hol_comm_size(const hol_comm *comm) { return comm->size; }
int hol_comm_nodes(const hol_comm *comm) { return comm->nodes; }
MPI_Comm hol_comm_mpi(const hol_comm *comm) { return comm->handle; }
MPI_Comm hol_comm_mpi_node(const hol_comm *comm) { return comm->node; }

hol_status hol_comm_take_lane(hol_comm *comm, bool each_rank, int *ret_number, MPI_Comm *ret_lane) {
    hol_status status = HOL_OK;
    lanes *l = &comm->lanes[each_rank];
    const MPI_Comm from = each_rank ? comm->handle : comm->leaders;
    int number = 0;
    while (number < l->count && l->taken[number]) number++;
    if (number == LANES) return hol_error(HOL_FAILURE, "MPI: found more than %d sums, expected fewer", LANES);
    if (number == l->count) {
        l->handles[number] = MPI_COMM_NULL;
        if (from != MPI_COMM_NULL) {
            HOL_TRY(hol_comm_check(MPI_Comm_dup(from, &l->handles[number]), "MPI_Comm_dup"));
            HOL_TRY(hol_comm_check(MPI_Comm_set_errhandler(l->handles[number], MPI_ERRORS_RETURN),
                                   "MPI_Comm_set_errhandler"));
        }
        l->count++;
    }
    l->taken[number] = true;
    *ret_number = number;
    *ret_lane = l->handles[number];
cleanup:
    return status;
}

void hol_comm_give_back_lane(hol_comm *comm, bool each_rank, int number) {
    comm->lanes[each_rank].taken[number] = false;
}

hol_status hol_comm_agree(hol_comm *comm, hol_status local_status) {
    /* the lowest failing rank speaks for all: its number wins a minimum, then it broadcasts status and text */
    int failing = local_status == HOL_OK ? comm->size : comm->rank;
    hol_status status =
        hol_comm_check(MPI_Allreduce(MPI_IN_PLACE, &failing, 1, MPI_INT, MPI_MIN, comm->handle), "MPI_Allreduce");
    if (status != HOL_OK || failing == comm->size) return status;
    struct {
        int status;
        char text[1400];
    } verdict = {.status = (int)local_status};
    if (comm->rank == failing && failing != 0) {
        char host[MPI_MAX_PROCESSOR_NAME] = "?";
        int length = 0;
        (void)MPI_Get_processor_name(host, &length);
        (void)snprintf(verdict.text, sizeof verdict.text, "rank %d on %.100s: %s", failing, host, hol_error_message());
    } else if (comm->rank == failing) {
        (void)snprintf(verdict.text, sizeof verdict.text, "%s", hol_error_message());
    }
    status = hol_comm_check(MPI_Bcast(&verdict, (int)sizeof verdict, MPI_BYTE, failing, comm->handle), "MPI_Bcast");
    if (status != HOL_OK) return status;
    return hol_error((hol_status)verdict.status, "%s", verdict.text);
}

static hol_status reduce(hol_comm *comm, void *values, int64_t count, size_t width, MPI_Datatype type, MPI_Op op) {
    if (comm->size == 1) return HOL_OK;
    for (int64_t done = 0; done < count; done += PIECE) {
        const int piece = (int)(count - done < PIECE ? count - done : PIECE);
        char *at = (char *)values + (size_t)done * width;
        const hol_status status =
            hol_comm_check(MPI_Allreduce(MPI_IN_PLACE, at, piece, type, op, comm->handle), "MPI_Allreduce");
        if (status != HOL_OK) return status;
    }
    return HOL_OK;
}

hol_status hol_comm_sum_i64(hol_comm *comm, int64_t *values, int64_t count) {
    return reduce(comm, values, count, sizeof *values, MPI_INT64_T, MPI_SUM);
}

hol_status hol_comm_max_i64(hol_comm *comm, int64_t *values, int64_t count) {
    return reduce(comm, values, count, sizeof *values, MPI_INT64_T, MPI_MAX);
}

hol_status hol_comm_max_f64(hol_comm *comm, double *values, int64_t count) {
    return reduce(comm, values, count, sizeof *values, MPI_DOUBLE, MPI_MAX);
}

hol_status hol_comm_broadcast(hol_comm *comm, void *bytes, int64_t count) {
    for (int64_t done = 0; done < count; done += PIECE) {
        const int piece = (int)(count - done < PIECE ? count - done : PIECE);
        const hol_status status =
            hol_comm_check(MPI_Bcast((char *)bytes + done, piece, MPI_BYTE, 0, comm->handle), "MPI_Bcast");
        if (status != HOL_OK) return status;
    }
    return HOL_OK;
}

hol_status hol_comm_gather(hol_comm *comm, const void *local, int64_t local_count, void **ret_all, int64_t *ret_count) {
    hol_status status = HOL_OK;
    int64_t *counts = NULL;
    char *all = NULL;
    int64_t total = 0;
    *ret_all = NULL;
    *ret_count = 0;
    HOL_TRY(hol_comm_agree(comm, HOL_ALLOCATE(counts, comm->size, "gathered counts")));
    HOL_TRY(hol_comm_check(MPI_Gather(&local_count, 1, MPI_INT64_T, counts, 1, MPI_INT64_T, 0, comm->handle),
                           "MPI_Gather"));
    for (int r = 0; r < comm->size; r++) total += counts[r];
    HOL_TRY(hol_comm_agree(comm, comm->rank == 0 ? HOL_ALLOCATE(all, total, "gathered bytes") : HOL_OK));
    if (comm->rank != 0) {
        for (int64_t done = 0; done < local_count; done += PIECE) {
            const int piece = (int)(local_count - done < PIECE ? local_count - done : PIECE);
            HOL_TRY(
                hol_comm_check(MPI_Send((const char *)local + done, piece, MPI_BYTE, 0, 0, comm->handle), "MPI_Send"));
        }
    } else {
        if (local_count > 0) memcpy(all, local, (size_t)local_count);
        int64_t at = counts[0];
        for (int r = 1; r < comm->size; r++)
            for (int64_t done = 0; done < counts[r]; done += PIECE) {
                const int piece = (int)(counts[r] - done < PIECE ? counts[r] - done : PIECE);
                HOL_TRY(hol_comm_check(MPI_Recv(all + at, piece, MPI_BYTE, r, 0, comm->handle, MPI_STATUS_IGNORE),
                                       "MPI_Recv"));
                at += piece;
            }
        *ret_all = all;
        *ret_count = total;
        all = NULL;
    }
cleanup:
    hol_free(counts);
    hol_free(all);
    return status;
}

hol_status hol_comm_barrier(hol_comm *comm) { return hol_comm_check(MPI_Barrier(comm->handle), "MPI_Barrier"); }

hol_status hol_comm_echo(hol_comm *comm, int other, void *bytes, int64_t count) {
    hol_status status = HOL_OK;
    const int peer = comm->rank == 0 ? other : 0;
    const MPI_Comm c = comm->handle;
    if (comm->rank != 0 && comm->rank != other) return HOL_OK;
    if (comm->rank == 0) HOL_TRY(hol_comm_check(MPI_Send(bytes, (int)count, MPI_BYTE, peer, 1, c), "MPI_Send"));
    HOL_TRY(hol_comm_check(MPI_Recv(bytes, (int)count, MPI_BYTE, peer, 1, c, MPI_STATUS_IGNORE), "MPI_Recv"));
    if (comm->rank != 0) HOL_TRY(hol_comm_check(MPI_Send(bytes, (int)count, MPI_BYTE, peer, 1, c), "MPI_Send"));
cleanup:
    return status;
}

void hol_comm_share(int64_t count, int rank, int size, int64_t *ret_first, int64_t *ret_owned) {
    const int64_t base = count / size, rest = count % size;
    *ret_first = base * rank + (rank < rest ? rank : rest);
    *ret_owned = base + (rank < rest ? 1 : 0);
}
