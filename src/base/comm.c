/* comm: what the ranks say to each other, by MPI, wrapped once. Counts beyond MPI's int are sent in pieces.
 *
 * Ranks that are all on one node speak through memory that they share, where a rank that waits can sleep. Between nodes
 * every call is a non-blocking one that is looked after with growing pauses: MPI's own waiting takes a whole core.
 *
 * Contents: handles, one node's pages, messages between nodes, public functions. comm_create.c: making. */
#include "base/comm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "comm_parts.h"

enum { PIECE = 1 << 28 };

hol_status hol_comm_check(hol_comm *comm, int code, const char *operation) {
    if (code == MPI_SUCCESS) return HOL_OK;
    comm->is_broken = true;
    char text[MPI_MAX_ERROR_STRING] = "unknown error";
    int length = 0;
    (void)MPI_Error_string(code, text, &length);
    return hol_error(HOL_FAILURE, "MPI: %s failed: %s", operation, text);
}

void hol_comm_abort(hol_comm *comm, int exit_code) {
    if (comm) (void)MPI_Abort(comm->handle, exit_code);
    _Exit(exit_code);
}

bool hol_comm_is_broken(const hol_comm *comm) { return comm->is_broken; }

hol_screen *hol_comm_screen(hol_comm *comm) { return &comm->screen; }

hol_files *hol_comm_files(hol_comm *comm) {
    if (!comm) return NULL;
    return comm->real ? &comm->real->files : &comm->files;
}

hol_position *hol_comm_position(hol_comm *comm) { return comm ? &comm->position : NULL; }

void hol_comm_library(char *ret_text, size_t size) {
    char text[MPI_MAX_LIBRARY_VERSION_STRING] = "";
    int length = 0;
    if (MPI_Get_library_version(text, &length) != MPI_SUCCESS) text[0] = '\0';
    text[strcspn(text, ",\n")] = '\0'; /* what follows is of its package */
    (void)snprintf(ret_text, size, "%s", text[0] ? text : "unknown");
}

int hol_comm_rank(const hol_comm *comm) { return comm->rank; }
int hol_comm_size(const hol_comm *comm) { return comm->size; }
int hol_comm_nodes(const hol_comm *comm) { return comm->nodes; }
MPI_Comm hol_comm_mpi(const hol_comm *comm) { return comm->handle; }
MPI_Comm hol_comm_mpi_node(const hol_comm *comm) { return comm->node; }
int hol_comm_node_rank(const hol_comm *comm) { return comm->node_rank; }
int hol_comm_node_ranks(const hol_comm *comm) { return comm->node_ranks; }
hol_memory *hol_comm_memory(const hol_comm *comm) { return comm ? comm->memory : NULL; }
double hol_comm_spin(const hol_comm *comm) { return comm->spin; }

/* What other nodes still have to get from this rank doesn't wait for the flag: MPI moves messages in its calls only. */
void hol_comm_wait(const hol_comm *comm, hol_flag *flag, unsigned value) {
    int found = 0;
    while (!hol_flag_wait(flag, value, comm->spin))
        (void)MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, comm->handle, &found, MPI_STATUS_IGNORE);
}

hol_status hol_comm_take_channel(hol_comm *comm, bool each_rank, int *ret_number, MPI_Comm *ret_channel) {
    hol_status status = HOL_OK;
    channels *l = &comm->channels[each_rank];
    const MPI_Comm from = each_rank ? comm->handle : comm->leaders;
    int number = 0;
    while (number < l->count && l->taken[number]) number++;
    if (number == CHANNELS) return hol_error(HOL_FAILURE, "MPI: found more than %d sums, expected fewer", CHANNELS);
    if (number == l->count) {
        l->handles[number] = MPI_COMM_NULL;
        if (from != MPI_COMM_NULL) {
            HOL_TRY(hol_comm_check(comm, MPI_Comm_dup(from, &l->handles[number]), "MPI_Comm_dup"));
            HOL_TRY(hol_comm_check(comm, MPI_Comm_set_errhandler(l->handles[number], MPI_ERRORS_RETURN),
                                   "MPI_Comm_set_errhandler"));
        }
        l->count++;
    }
    l->taken[number] = true;
    *ret_number = number;
    *ret_channel = l->handles[number];
cleanup:
    return status;
}

void hol_comm_give_back_channel(hol_comm *comm, bool each_rank, int number) {
    comm->channels[each_rank].taken[number] = false;
}

/* ---- one node's pages -------------------------------------------------------------------------------------------- */

static bool has_pages(const hol_comm *self) { return self->pages.ranks > 1; }

static page *page_of(const hol_comm *self, int rank) { return (page *)(void *)self->pages.at[rank]; }

/* Says at most PAGE_BYTES to all, and waits until all have spoken. */
static void speak(hol_comm *self, const void *bytes, int64_t count) {
    page *mine = page_of(self, self->rank);
    const unsigned now = ++self->turn;
    if (count > 0) memcpy(mine->bytes[now % 2], bytes, (size_t)count);
    hol_flag_raise(&mine->turn, now);
    for (int r = 0; r < self->size; r++) hol_comm_wait(self, &page_of(self, r)->turn, now);
    hol_position_move(&self->position);
}

/* what a rank has said in this turn */
static const void *words_of(const hol_comm *self, int rank) { return page_of(self, rank)->bytes[self->turn % 2]; }

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

/* How to combine two vectors, by MPI and by hand. */
typedef struct reduction {
    MPI_Datatype type;
    MPI_Op op;
    int width;
    void (*combine)(void *to, const void *from, int64_t count);
} reduction;

static void add_i64(void *to, const void *from, int64_t count) {
    int64_t *a = to;
    const int64_t *b = from;
    for (int64_t i = 0; i < count; i++) a[i] = (int64_t)((uint64_t)a[i] + (uint64_t)b[i]);
}

static void larger_i64(void *to, const void *from, int64_t count) {
    int64_t *a = to;
    const int64_t *b = from;
    for (int64_t i = 0; i < count; i++)
        if (b[i] > a[i]) a[i] = b[i];
}

static void larger_f64(void *to, const void *from, int64_t count) {
    double *a = to;
    const double *b = from;
    for (int64_t i = 0; i < count; i++)
        if (b[i] > a[i]) a[i] = b[i];
}

static void reduce_on_node(hol_comm *self, char *values, int64_t count, const reduction *o) {
    for (int64_t done = 0; done < count;) {
        const int64_t piece = least(count - done, PAGE_BYTES / o->width);
        char *at = values + done * o->width;
        speak(self, at, piece * o->width);
        memcpy(at, words_of(self, 0), (size_t)(piece * o->width));
        for (int r = 1; r < self->size; r++) o->combine(at, words_of(self, r), piece);
        done += piece;
    }
}

static void broadcast_on_node(hol_comm *self, int root, char *bytes, int64_t count) {
    for (int64_t done = 0; done < count;) {
        const int64_t piece = least(count - done, PAGE_BYTES);
        speak(self, bytes + done, self->rank == root ? piece : 0);
        if (self->rank != root) memcpy(bytes + done, words_of(self, root), (size_t)piece);
        done += piece;
    }
}

/* all: on rank 0, where counts[r] bytes of rank r go one behind the other */
static void gather_on_node(hol_comm *self, const char *local, int64_t local_count, const int64_t *counts, char *all) {
    int64_t longest = 0;
    for (int r = 0; r < self->size; r++) longest = counts[r] > longest ? counts[r] : longest;
    for (int64_t done = 0; done < longest; done += PAGE_BYTES) {
        const int64_t mine = least(local_count - done, PAGE_BYTES);
        speak(self, mine > 0 ? local + done : NULL, mine);
        char *at = all;
        for (int r = 0; r < self->size && self->rank == 0; at += counts[r], r++) {
            const int64_t piece = least(counts[r] - done, PAGE_BYTES);
            if (piece > 0) memcpy(at + done, words_of(self, r), (size_t)piece);
        }
    }
}

/* ---- messages between nodes -------------------------------------------------------------------------------------- */

/* Waits for what a non-blocking call, which returned `code`, has begun. */
static hol_status await(hol_comm *self, int code, MPI_Request *request, const char *operation) {
    hol_status status = HOL_OK;
    hol_poll poll = {.spin = self->spin > HOL_WAIT_SPIN_CROWDED ? HOL_POLL_SPIN : self->spin};
    int done = 0;
    HOL_TRY(hol_comm_check(self, code, operation));
    for (;;) {
        HOL_TRY(hol_comm_check(self, MPI_Test(request, &done, MPI_STATUS_IGNORE), operation));
        if (done) break;
        hol_poll_wait(&poll);
    }
    hol_position_move(&self->position);
cleanup:
    return status;
}

/* To or from another rank. */
static hol_status transfer(hol_comm *self, bool sends, char *bytes, int64_t count, int other) {
    hol_status status = HOL_OK;
    for (int64_t done = 0; done < count; done += PIECE) {
        MPI_Request request = MPI_REQUEST_NULL;
        const int piece = (int)least(count - done, PIECE);
        const int code = sends ? MPI_Isend(bytes + done, piece, MPI_BYTE, other, 0, self->handle, &request)
                               : MPI_Irecv(bytes + done, piece, MPI_BYTE, other, 0, self->handle, &request);
        HOL_TRY(await(self, code, &request, sends ? "MPI_Isend" : "MPI_Irecv"));
    }
cleanup:
    return status;
}

/* ---- public functions -------------------------------------------------------------------------------------------- */

/* or as good as that: the others are not there */
static bool is_alone(const hol_comm *self) { return self->size == 1 || self->memory; }

static hol_status reduce(hol_comm *comm, void *values, int64_t count, const reduction *o) {
    hol_status status = HOL_OK;
    if (is_alone(comm)) return HOL_OK;
    if (has_pages(comm)) {
        reduce_on_node(comm, values, count, o);
        return HOL_OK;
    }
    for (int64_t done = 0; done < count; done += PIECE) {
        MPI_Request request = MPI_REQUEST_NULL;
        const int piece = (int)least(count - done, PIECE);
        char *at = (char *)values + done * o->width;
        HOL_TRY(await(comm, MPI_Iallreduce(MPI_IN_PLACE, at, piece, o->type, o->op, comm->handle, &request), &request,
                      "MPI_Iallreduce"));
    }
cleanup:
    return status;
}

static hol_status broadcast(hol_comm *comm, int root, void *bytes, int64_t count) {
    hol_status status = HOL_OK;
    if (is_alone(comm)) return HOL_OK;
    if (has_pages(comm)) {
        broadcast_on_node(comm, root, bytes, count);
        return HOL_OK;
    }
    for (int64_t done = 0; done < count; done += PIECE) {
        MPI_Request request = MPI_REQUEST_NULL;
        const int piece = (int)least(count - done, PIECE);
        HOL_TRY(await(comm, MPI_Ibcast((char *)bytes + done, piece, MPI_BYTE, root, comm->handle, &request), &request,
                      "MPI_Ibcast"));
    }
cleanup:
    return status;
}

hol_status hol_comm_sum_i64(hol_comm *comm, int64_t *values, int64_t count) {
    const reduction o = {MPI_INT64_T, MPI_SUM, sizeof *values, add_i64};
    return reduce(comm, values, count, &o);
}

/* In limbs of so many bits, whose sums over 2^20 ranks fit 64. */
enum { LIMB_BITS = 43, LIMBS = 3, WIDE_PIECE = 64 };

hol_status hol_comm_sum_wide(hol_comm *comm, hol_wide *values, int64_t count) {
    const hol_wide one = (hol_wide)1 << LIMB_BITS;
    int64_t limbs[WIDE_PIECE * LIMBS];
    for (int64_t first = 0; first < count; first += WIDE_PIECE) {
        const int64_t piece = count - first < WIDE_PIECE ? count - first : WIDE_PIECE;
        for (int64_t i = 0; i < piece; i++) {
            hol_wide value = values[first + i];
            for (int l = 0; l < LIMBS - 1; l++, value >>= LIMB_BITS)
                limbs[i * LIMBS + l] = (int64_t)(value & (one - 1));
            limbs[i * LIMBS + LIMBS - 1] = (int64_t)value;
        }
        const hol_status status = hol_comm_sum_i64(comm, limbs, piece * LIMBS);
        if (status != HOL_OK) return status;
        for (int64_t i = 0; i < piece; i++) {
            hol_wide sum = 0;
            for (int l = LIMBS - 1; l >= 0; l--) sum = sum * one + limbs[i * LIMBS + l];
            values[first + i] = sum;
        }
    }
    return HOL_OK;
}

hol_status hol_comm_max_i64(hol_comm *comm, int64_t *values, int64_t count) {
    const reduction o = {MPI_INT64_T, MPI_MAX, sizeof *values, larger_i64};
    return reduce(comm, values, count, &o);
}

hol_status hol_comm_max_f64(hol_comm *comm, double *values, int64_t count) {
    const reduction o = {MPI_DOUBLE, MPI_MAX, sizeof *values, larger_f64};
    return reduce(comm, values, count, &o);
}

hol_status hol_comm_agree(hol_comm *comm, hol_status local_status) {
    /* the lowest failing rank speaks for all: its number wins, then it broadcasts status and text */
    int64_t distance = local_status == HOL_OK ? 0 : comm->size - comm->rank;
    hol_status status = hol_comm_max_i64(comm, &distance, 1);
    if (status != HOL_OK || distance == 0) {
        (void)hol_error_drop(local_status);
        return status;
    }
    const int failing = comm->size - (int)distance;
    struct {
        hol_code code;
        char text[1400];
    } verdict = {.code = hol_error_code(local_status)};
    if (comm->rank == failing && failing != 0) {
        char host[MPI_MAX_PROCESSOR_NAME] = "?";
        int length = 0;
        (void)MPI_Get_processor_name(host, &length);
        (void)snprintf(verdict.text, sizeof verdict.text, "rank %d on %.100s: %s", failing, host,
                       hol_error_message(local_status));
    } else if (comm->rank == failing) {
        (void)snprintf(verdict.text, sizeof verdict.text, "%s", hol_error_message(local_status));
    }
    (void)hol_error_drop(local_status);
    status = broadcast(comm, failing, &verdict, sizeof verdict);
    return status == HOL_OK ? hol_error(verdict.code, "%s", verdict.text) : status;
}

hol_status hol_comm_broadcast(hol_comm *comm, void *bytes, int64_t count) { return broadcast(comm, 0, bytes, count); }

hol_status hol_comm_gather(hol_comm *comm, const void *local, int64_t local_count, void **ret_all, int64_t *ret_count) {
    hol_status status = HOL_OK;
    int64_t *counts = NULL;
    char *all = NULL;
    int64_t total = 0;
    *ret_all = NULL;
    *ret_count = 0;
    HOL_TRY(hol_comm_agree(comm, HOL_ALLOCATE(counts, comm->size, "gathered counts")));
    counts[comm->rank] = local_count;
    HOL_TRY(hol_comm_sum_i64(comm, counts, comm->size));
    for (int r = 0; r < comm->size; r++) total += counts[r];
    HOL_TRY(hol_comm_agree(comm, comm->rank == 0 ? HOL_ALLOCATE(all, total, "gathered bytes") : HOL_OK));
    if (has_pages(comm)) {
        gather_on_node(comm, local, local_count, counts, all);
    } else if (comm->rank != 0) {
        HOL_TRY(transfer(comm, true, (char *)(uintptr_t)local, local_count, 0));
    } else {
        if (local_count > 0) memcpy(all, local, (size_t)local_count);
        int64_t at = counts[0];
        for (int r = 1; r < comm->size && !comm->memory; at += counts[r], r++)
            HOL_TRY(transfer(comm, false, all + at, counts[r], r));
    }
    if (comm->rank == 0) {
        *ret_all = all;
        *ret_count = total;
        all = NULL;
    }
cleanup:
    hol_free(counts);
    hol_free(all);
    return status;
}

hol_status hol_comm_barrier(hol_comm *comm) {
    MPI_Request request = MPI_REQUEST_NULL;
    if (is_alone(comm)) return HOL_OK;
    if (has_pages(comm)) {
        speak(comm, NULL, 0);
        return HOL_OK;
    }
    return await(comm, MPI_Ibarrier(comm->handle, &request), &request, "MPI_Ibarrier");
}

hol_status hol_comm_echo(hol_comm *comm, int other, void *bytes, int64_t count) {
    hol_status status = HOL_OK;
    const int peer = comm->rank == 0 ? other : 0;
    const MPI_Comm c = comm->handle;
    if (comm->rank != 0 && comm->rank != other) return HOL_OK;
    if (comm->rank == 0) HOL_TRY(hol_comm_check(comm, MPI_Send(bytes, (int)count, MPI_BYTE, peer, 1, c), "MPI_Send"));
    HOL_TRY(hol_comm_check(comm, MPI_Recv(bytes, (int)count, MPI_BYTE, peer, 1, c, MPI_STATUS_IGNORE), "MPI_Recv"));
    if (comm->rank != 0) HOL_TRY(hol_comm_check(comm, MPI_Send(bytes, (int)count, MPI_BYTE, peer, 1, c), "MPI_Send"));
cleanup:
    return status;
}

void hol_comm_share(int64_t count, int rank, int size, int64_t *ret_first, int64_t *ret_owned) {
    const int64_t base = count / size, rest = count % size;
    *ret_first = base * rank + (rank < rest ? rank : rest);
    *ret_owned = base + (rank < rest ? 1 : 0);
}
