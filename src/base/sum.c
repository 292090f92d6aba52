/* sum: parts in shared memory, shares added up by all ranks of a node, the node's sum exchanged by its first rank.
 *
 * A range that was started goes through these stages on each node; a stage of a cycle is done when its flag holds the
 * cycle's number. Flags only grow, and each has one writer.
 *
 *     arrived   rank r's part of the range is written                       each rank
 *     added     rank r's share of the range is added up in the total        each rank, when all have arrived
 *     ready     the total of the range is that of all nodes                 the first rank, when all have added
 *
 * A rank overwrites its part only after hol_sum_finish, when every share of it has been read; a share of the total is
 * overwritten only after all ranks arrived in the next cycle, when they are done with reading it. So there is one part
 * per rank and one total per node, and no other lock. The other nodes' numbers come by src/base/reduction.h.
 *
 * Contents: segments, making, the stages, public functions. */
#include "base/sum.h"

#include <stdatomic.h>

#include "base/alloc.h"
#include "base/comm_mpi.h"
#include "base/log.h"
#include "base/segments.h"
#include "base/wait.h"
#include "narrow.h"
#include "reduction.h"

enum { RANGES = HOL_SUM_RANGES_MAX, PAGE = 4096, LINE = 64 };

/* The head of a rank's segment. Of the last two only the first rank's count. */
typedef struct flags {
    _Alignas(LINE) hol_flag arrived[RANGES];
    _Alignas(LINE) hol_flag added[RANGES];
    _Alignas(LINE) hol_flag ready[RANGES];
    atomic_uint failed; /* MPI failed on the first rank */
} flags;

typedef struct range {
    int64_t first, count;
    bool added, sent, ready;
} range;

struct hol_sum {
    hol_comm *comm; /* borrowed; NULL: this process alone */
    int64_t count;
    int width;
    int64_t most;
    int nodes; /* that exchange; ranks without shared memory are nodes of their own */
    int channel_number;
    hol_reduction *reduction; /* owned: of the ranks that exchange; else NULL */
    hol_segments segments;    /* owned */
    char *alone;              /* owned: private memory in their place, of a rank that is alone; else NULL */
    char *part, *total;
    unsigned cycle;
    range ranges[RANGES];
    int range_count;
    hol_status status;
};

/* ---- segments ---------------------------------------------------------------------------------------------------- */

static int64_t vector_bytes(int64_t count, int width) { return hol_round_up(count * width, PAGE); }
static int64_t head_bytes(void) { return hol_round_up((int64_t)sizeof(flags), PAGE); }

/* the first rank's has the total behind its part */
static int64_t segment_bytes(const hol_sum *self, int vectors) {
    return head_bytes() + vectors * vector_bytes(self->count, self->width);
}

static char *segment_of(const hol_sum *self, int rank) { return self->alone ? self->alone : self->segments.at[rank]; }

/* ---- making ------------------------------------------------------------------------------------------------------ */

/* A rank that is alone has private memory, where part and total are one. */
static hol_status make_segments(hol_sum *self) {
    hol_status status = HOL_OK;
    const int64_t bytes = segment_bytes(self, 2);
    HOL_TRY(hol_segments_create(self->comm, bytes, segment_bytes(self, 1), true, true, &self->segments));
    if (self->segments.apart)
        hol_log_warning(self->comm,
                        "found no %lld MB a rank that the ranks of a node can share: they exchange messages instead",
                        (long long)(bytes >> 20));
    if (self->comm) self->nodes = self->segments.apart ? hol_comm_size(self->comm) : hol_comm_nodes(self->comm);
    if (self->segments.ranks == 1)
        status =
            HOL_MEMORY_ALLOCATE(hol_comm_memory(self->comm), self->alone, segment_bytes(self, 1), "sums over ranks");
    if (self->comm) status = hol_comm_agree(self->comm, status);
cleanup:
    return status;
}

/* The exchange with other nodes. The node's bound is at most that of its ranks with the largest. */
static hol_status make_reduction(hol_sum *self, int64_t bound) {
    hol_status status = HOL_OK;
    hol_reduction_options o = {.channel = MPI_COMM_NULL,
                               .nodes = self->nodes,
                               .count = self->count,
                               .width = self->width,
                               .whole = bound,
                               .values = self->total,
                               .ranges = RANGES,
                               .memory = hol_comm_memory(self->comm)};
    double most = (double)bound * self->segments.ranks;
    HOL_TRY(hol_comm_take_channel(self->comm, self->segments.apart, &self->channel_number, &o.channel));
    HOL_TRY(hol_comm_sum_i64(self->comm, &o.whole, 1));
    HOL_TRY(hol_comm_max_f64(self->comm, &most, 1));
    o.bound = (int64_t)most;
    if (o.channel != MPI_COMM_NULL)
        HOL_TRY(hol_comm_check(self->comm, MPI_Comm_rank(o.channel, &o.node), "MPI_Comm_rank"));
    if (self->segments.rank == 0) status = hol_reduction_create(&o, &self->reduction);
    status = hol_comm_agree(self->comm, status);
cleanup:
    return status;
}

hol_status hol_sum_create(hol_comm *comm, int64_t count, int width, int64_t bound, int64_t most, hol_sum **ret_sum) {
    hol_status status = HOL_OK;
    hol_sum *self = NULL;
    *ret_sum = NULL;
    status = HOL_ALLOCATE(self, 1, "sums over ranks");
    if (status == HOL_OK) {
        *self = (hol_sum){.comm = comm, .count = count, .width = width, .nodes = 1, .channel_number = -1, .most = most};
        if (most <= 0) self->most = HOL_SUM_RANGE_MAX;
    }
    if (comm) status = hol_comm_agree(comm, status);
    if (status != HOL_OK) goto cleanup;
    HOL_TRY(make_segments(self));
    self->part = segment_of(self, self->segments.rank) + head_bytes();
    self->total = segment_of(self, 0) + head_bytes() + (self->alone ? 0 : vector_bytes(count, width));
    if (self->nodes > 1) HOL_TRY(make_reduction(self, bound));
    *ret_sum = self;
    return HOL_OK;
cleanup:
    hol_sum_destroy(self);
    return status;
}

void hol_sum_destroy(hol_sum *sum) {
    if (!sum) return;
    if (sum->channel_number >= 0) hol_comm_give_back_channel(sum->comm, sum->segments.apart, sum->channel_number);
    (void)hol_error_drop(sum->status);
    hol_reduction_destroy(sum->reduction);
    hol_segments_clear(&sum->segments);
    hol_free(sum->alone);
    hol_free(sum);
}

void *hol_sum_get_part(hol_sum *sum) { return sum->part; }
const void *hol_sum_get_total(const hol_sum *sum) { return sum->total; }
int64_t hol_sum_get_sent(const hol_sum *sum) { return sum->reduction ? hol_reduction_get_sent(sum->reduction) : 0; }

/* ---- the stages -------------------------------------------------------------------------------------------------- */

static flags *flags_of(const hol_sum *self, int rank) { return (flags *)(void *)segment_of(self, rank); }

static void raise_flag(const hol_sum *self, hol_flag *flag) { hol_flag_raise(flag, self->cycle); }

/* a fast rank may be a cycle ahead */
static bool is_up(const hol_sum *self, const hol_flag *flag) { return hol_flag_is_up(flag, self->cycle); }

/* the first rank's flag that isn't up yet; NULL: all are */
static hol_flag *find_missing_part(const hol_sum *self, int k) {
    for (int r = 0; r < self->segments.ranks; r++)
        if (!is_up(self, &flags_of(self, r)->arrived[k])) return &flags_of(self, r)->arrived[k];
    return NULL;
}

static hol_flag *find_missing_slice(const hol_sum *self, int k) {
    for (int r = 0; r < self->segments.ranks; r++)
        if (!is_up(self, &flags_of(self, r)->added[k])) return &flags_of(self, r)->added[k];
    return NULL;
}

static bool all_arrived(const hol_sum *self, int k) { return !find_missing_part(self, k); }
static bool all_added(const hol_sum *self, int k) { return !find_missing_slice(self, k); }

/* this rank's share of a range, a cache's worth at a time */
static void add_share(const hol_sum *self, const range *now) {
    enum { CHUNK = 8192 };
    int64_t line = LINE / self->width, first = 0, lines = 0;
    hol_comm_share((now->count + line - 1) / line, self->segments.rank, self->segments.ranks, &first, &lines);
    const int64_t begin = now->first + first * line, wish = begin + lines * line, end = now->first + now->count;
    for (int64_t at = begin; at < wish && at < end; at += CHUNK) {
        int64_t count = (wish < end ? wish : end) - at;
        if (count > CHUNK) count = CHUNK;
        const int64_t offset = head_bytes() + at * self->width;
        char *total = self->total + at * self->width;
        hol_narrow_sum(segment_of(self, 0) + offset, segment_of(self, 1) + offset, count, self->width, total);
        for (int r = 2; r < self->segments.ranks; r++)
            hol_narrow_add(segment_of(self, r) + offset, count, self->width, self->width, total);
    }
}

static void note(hol_sum *self, int code, const char *operation) {
    self->status = hol_error_first(self->status, hol_comm_check(self->comm, code, operation));
    if (self->status != HOL_OK) atomic_store(&flags_of(self, 0)->failed, 1);
}

/* First rank only: sends what is added, and sees what has come. */
static void exchange(hol_sum *self, int k) {
    range *now = &self->ranges[k];
    bool done = false;
    if (!now->sent) note(self, hol_reduction_start(self->reduction, k, now->first, now->count), "MPI_Isend");
    now->sent = true;
    if (self->status == HOL_OK) note(self, hol_reduction_poll(self->reduction, k, &done), "MPI_Testsome");
    if (done) raise_flag(self, &flags_of(self, 0)->ready[k]);
}

static void advance(hol_sum *self, int k) {
    range *now = &self->ranges[k];
    if (!now->added && all_arrived(self, k)) {
        if (self->segments.ranks > 1) add_share(self, now);
        raise_flag(self, &flags_of(self, self->segments.rank)->added[k]);
        now->added = true;
    }
    if (!now->added) return;
    if (self->nodes == 1) now->ready = all_added(self, k);
    else if (self->segments.rank == 0 && (now->sent || all_added(self, k))) exchange(self, k);
    if (self->nodes > 1) now->ready = is_up(self, &flags_of(self, 0)->ready[k]);
}

/* ---- public functions -------------------------------------------------------------------------------------------- */

static hol_status open_range(hol_sum *self, int64_t first, int64_t count) {
    if (self->range_count == RANGES)
        return hol_error(HOL_FAILURE, "sums over ranks: found more than %d ranges in flight, expected fewer", RANGES);
    const int k = self->range_count++;
    self->ranges[k] = (range){.first = first, .count = count};
    raise_flag(self, &flags_of(self, self->segments.rank)->arrived[k]);
    return HOL_OK;
}

hol_status hol_sum_start(hol_sum *sum, int64_t first, int64_t count) {
    if (sum->range_count == 0) sum->cycle++;
    for (int64_t done = 0; done < count; done += sum->most) {
        const hol_status status = open_range(sum, first + done, count - done < sum->most ? count - done : sum->most);
        if (status != HOL_OK) return status;
    }
    hol_sum_poll(sum);
    return HOL_OK;
}

void hol_sum_poll(hol_sum *sum) {
    for (int k = 0; k < sum->range_count; k++)
        if (!sum->ranges[k].ready) advance(sum, k);
}

static int first_open(const hol_sum *self) {
    int k = 0;
    while (k < self->range_count && self->ranges[k].ready) k++;
    return k;
}

/* What range k, the first open one, goes on by: another rank's flag, or (NULL) a message */
static hol_flag *find_awaited(const hol_sum *self, int k) {
    if (!self->ranges[k].added) return find_missing_part(self, k);
    if (self->nodes > 1 && self->segments.rank > 0) return &flags_of(self, 0)->ready[k];
    return find_missing_slice(self, k);
}

/* One turn of waiting. On other nodes they go on by this one's messages, so its first rank looks after those. */
static void wait_for(const hol_sum *self, int k, hol_poll *poll) {
    const double spin = hol_comm_spin(self->comm);
    hol_flag *awaited = find_awaited(self, k);
    if (awaited) {
        (void)hol_flag_wait(awaited, self->cycle, spin);
        return;
    }
    poll->spin = spin > HOL_WAIT_SPIN_CROWDED ? HOL_POLL_SPIN : spin;
    if (self->ranges[k].sent) hol_poll_wait(poll);
}

hol_status hol_sum_finish(hol_sum *sum) {
    hol_poll poll = {0};
    while (sum->status == HOL_OK) {
        hol_sum_poll(sum);
        const int k = first_open(sum);
        if (k == sum->range_count) break;
        if (sum->segments.rank > 0 && atomic_load(&flags_of(sum, 0)->failed) != 0)
            sum->status = hol_error(HOL_FAILURE, "MPI failed on the node's first rank");
        else wait_for(sum, k, &poll);
    }
    const hol_status status = sum->status;
    sum->status = HOL_OK;
    sum->range_count = 0;
    return status;
}
