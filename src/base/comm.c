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

enum { PIECE = 1 << 28, REQUEST_PIECES = 64, REQUESTS = 4 };

struct hol_request {
    MPI_Request pieces[REQUEST_PIECES];
    int count; /* 0: free */
};

struct hol_comm {
    MPI_Comm handle; /* owned: a duplicate of the world */
    int rank;
    int size;
    hol_request requests[REQUESTS]; /* made once: nothing inside a training step may fail on one rank alone */
};

static bool is_broken; /* by an operation that failed: one rank's knowledge */

static hol_status check(int code, const char *operation) {
    if (code == MPI_SUCCESS) return HOL_OK;
    is_broken = true;
    char text[MPI_MAX_ERROR_STRING] = "unknown error";
    int length = 0;
    (void)MPI_Error_string(code, text, &length);
    return hol_error(HOL_FAILURE, "MPI: %s failed: %s", operation, text);
}

hol_status hol_comm_create(int *argc, char ***argv, hol_comm **ret_comm) {
    *ret_comm = NULL;
    hol_comm *comm = NULL;
    hol_status status = HOL_ALLOCATE(comm, 1, "communicator");
    if (status != HOL_OK) return status;
    int granted = 0;
#if defined(__GLIBC__)
    /* Open MPI makes and frees megabytes in every reduction; given back to the system, they would be faulted in anew each time */
    (void)mallopt(M_MMAP_THRESHOLD, 1 << 28);
    (void)mallopt(M_TRIM_THRESHOLD, 1 << 29);
    (void)mallopt(M_TOP_PAD, 1 << 24);
#endif
    HOL_TRY(check(MPI_Init_thread(argc, argv, MPI_THREAD_FUNNELED, &granted), "MPI_Init_thread"));
    HOL_TRY(check(MPI_Comm_dup(MPI_COMM_WORLD, &comm->handle), "MPI_Comm_dup"));
    HOL_TRY(check(MPI_Comm_set_errhandler(comm->handle, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler"));
    HOL_TRY(check(MPI_Comm_rank(comm->handle, &comm->rank), "MPI_Comm_rank"));
    HOL_TRY(check(MPI_Comm_size(comm->handle, &comm->size), "MPI_Comm_size"));
    if (granted < MPI_THREAD_FUNNELED)
        HOL_TRY(hol_error(HOL_FAILURE, "MPI: found thread level %d, expected at least FUNNELED", granted));
    *ret_comm = comm;
    return HOL_OK;
cleanup:
    hol_free(comm);
    return status;
}

void hol_comm_destroy(hol_comm *comm) {
    if (!comm) return;
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
MPI_Comm hol_comm_mpi(const hol_comm *comm) { return comm->handle; }

hol_status hol_comm_agree(hol_comm *comm, hol_status local_status) {
    /* the lowest failing rank speaks for all: its number wins a minimum, then it broadcasts status and text */
    int failing = local_status == HOL_OK ? comm->size : comm->rank;
    hol_status status = check(MPI_Allreduce(MPI_IN_PLACE, &failing, 1, MPI_INT, MPI_MIN, comm->handle), "MPI_Allreduce");
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
    status = check(MPI_Bcast(&verdict, (int)sizeof verdict, MPI_BYTE, failing, comm->handle), "MPI_Bcast");
    if (status != HOL_OK) return status;
    return hol_error((hol_status)verdict.status, "%s", verdict.text);
}

static hol_status reduce(hol_comm *comm, void *values, int64_t count, size_t width, MPI_Datatype type, MPI_Op op) {
    if (comm->size == 1) return HOL_OK;
    for (int64_t done = 0; done < count; done += PIECE) {
        const int piece = (int)(count - done < PIECE ? count - done : PIECE);
        char *at = (char *)values + (size_t)done * width;
        const hol_status status = check(MPI_Allreduce(MPI_IN_PLACE, at, piece, type, op, comm->handle), "MPI_Allreduce");
        if (status != HOL_OK) return status;
    }
    return HOL_OK;
}

hol_status hol_comm_sum_i32(hol_comm *comm, int32_t *values, int64_t count) {
    return reduce(comm, values, count, sizeof *values, MPI_INT32_T, MPI_SUM);
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
            check(MPI_Bcast((char *)bytes + done, piece, MPI_BYTE, 0, comm->handle), "MPI_Bcast");
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
    HOL_TRY(check(MPI_Gather(&local_count, 1, MPI_INT64_T, counts, 1, MPI_INT64_T, 0, comm->handle), "MPI_Gather"));
    for (int r = 0; r < comm->size; r++) total += counts[r];
    HOL_TRY(hol_comm_agree(comm, comm->rank == 0 ? HOL_ALLOCATE(all, total, "gathered bytes") : HOL_OK));
    if (comm->rank != 0) {
        for (int64_t done = 0; done < local_count; done += PIECE) {
            const int piece = (int)(local_count - done < PIECE ? local_count - done : PIECE);
            HOL_TRY(check(MPI_Send((const char *)local + done, piece, MPI_BYTE, 0, 0, comm->handle), "MPI_Send"));
        }
    } else {
        if (local_count > 0) memcpy(all, local, (size_t)local_count);
        int64_t at = counts[0];
        for (int r = 1; r < comm->size; r++)
            for (int64_t done = 0; done < counts[r]; done += PIECE) {
                const int piece = (int)(counts[r] - done < PIECE ? counts[r] - done : PIECE);
                HOL_TRY(check(MPI_Recv(all + at, piece, MPI_BYTE, r, 0, comm->handle, MPI_STATUS_IGNORE), "MPI_Recv"));
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

hol_status hol_comm_barrier(hol_comm *comm) { return check(MPI_Barrier(comm->handle), "MPI_Barrier"); }

hol_status hol_comm_sum_start(hol_comm *comm, void *values, int64_t count, int width, hol_request **ret_request) {
    *ret_request = NULL;
    if (comm->size == 1 || count == 0) return HOL_OK;
    hol_status status = HOL_OK;
    hol_request *request = comm->requests;
    while (request < comm->requests + REQUESTS && request->count > 0) request++;
    if (request == comm->requests + REQUESTS)
        return hol_error(HOL_FAILURE, "MPI: more than %d sums in flight", REQUESTS);
    const MPI_Datatype type = width == 8 ? MPI_INT64_T : MPI_INT32_T;
    int64_t piece = (count + REQUEST_PIECES - 1) / REQUEST_PIECES;
    if (piece < PIECE) piece = PIECE;
    for (int64_t done = 0; done < count; done += piece) {
        const int64_t now = count - done < piece ? count - done : piece;
        HOL_TRY(check(MPI_Iallreduce(MPI_IN_PLACE, (char *)values + done * width, (int)now, type, MPI_SUM, comm->handle,
                                     &request->pieces[request->count]),
                      "MPI_Iallreduce"));
        request->count++;
    }
    *ret_request = request;
cleanup:
    return status;
}

void hol_comm_poll(hol_request *request) {
    int done = 0;
    if (request) (void)MPI_Testall(request->count, request->pieces, &done, MPI_STATUSES_IGNORE);
}

hol_status hol_comm_wait(hol_request **request) {
    if (!*request) return HOL_OK;
    const int code = MPI_Waitall((*request)->count, (*request)->pieces, MPI_STATUSES_IGNORE);
    (*request)->count = 0;
    *request = NULL;
    return check(code, "MPI_Waitall");
}

void hol_comm_share(int64_t count, int rank, int size, int64_t *ret_first, int64_t *ret_owned) {
    const int64_t base = count / size, rest = count % size;
    *ret_first = base * rank + (rank < rest ? rank : rest);
    *ret_owned = base + (rank < rest ? 1 : 0);
}
