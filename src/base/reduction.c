/* reduction: stages of messages between nodes.
 *
 * Numbers that a message takes narrower than they are stand where it begins: in the reduce-scatter on the numbers
 * themselves, of which the node has no further need, in the all-gather in the range's place of `scratch`. That is where
 * the reduce-scatter receives, too.
 *
 * Contents: stages, creation, messages, public functions. */
#include "reduction.h"

#include "base/alloc.h"
#include "base/team.h"
#include "narrow.h"

enum { STAGES_MAX = 32, RADIX_MAX = 16, GRAIN = HOL_NARROW_RUN };

typedef struct stage {
    int radix, digit, stride; /* nodes of the group; this one's place in it; between the numbers of two */
    int wire;                 /* bytes of a number in messages of the reduce-scatter */
} stage;

/* A range under way. */
typedef struct transfer {
    hol_range held[STAGES_MAX + 1]; /* before each stage of the reduce-scatter; after all, this node's share */
    int turn;                       /* stages begun, of both */
    int open;                       /* messages of the newest one under way */
    MPI_Request *requests;          /* (2 widest): receives from the group's next one, ..., sends to them */
    char *scratch;
} transfer;

struct hol_reduction {
    hol_reduction_options options;
    stage stages[STAGES_MAX];
    int count;             /* of stages */
    int widest;            /* the largest radix */
    int wire;              /* bytes of a number in messages of the all-gather */
    transfer *transfers;   /* owned, (ranges), as is all below */
    MPI_Request *requests; /* (ranges, 2 widest) */
    int *indices;          /* (2 widest) */
    char *scratch;
    int64_t sent;
};

/* ---- stages ------------------------------------------------------------------------------------------------------ */

/* the largest divisor up to `most`, or else the smallest */
static int find_radix(int nodes, int most) {
    int radix = most;
    while (radix > 1 && nodes % radix > 0) radix--;
    if (radix > 1) return radix;
    radix = most + 1;
    while (nodes % radix > 0) radix++;
    return radix;
}

static void make_stages(hol_reduction *self) {
    const hol_reduction_options *o = &self->options;
    self->widest = 1;
    for (int stride = 1; stride < o->nodes;) {
        const int radix = find_radix(o->nodes / stride, o->radix > 0 ? o->radix : RADIX_MAX);
        const int64_t bound = o->bound > o->whole / stride ? o->whole : o->bound * stride;
        self->stages[self->count++] = (stage){.radix = radix,
                                              .digit = o->node / stride % radix,
                                              .stride = stride,
                                              .wire = hol_narrow_width(bound, o->width)};
        if (radix > self->widest) self->widest = radix;
        stride *= radix;
    }
    self->wire = hol_narrow_width(o->whole, o->width);
}

/* what the group's member `digit` takes of what is held; all but the last end between runs of a message */
static hol_range share_of(hol_range held, const stage *s, int digit) {
    int64_t first = 0, grains = 0;
    hol_comm_share((held.count + GRAIN - 1) / GRAIN, digit, s->radix, &first, &grains);
    const int64_t begin = first * GRAIN < held.count ? first * GRAIN : held.count;
    const int64_t end = (first + grains) * GRAIN < held.count ? (first + grains) * GRAIN : held.count;
    return (hol_range){.first = held.first + begin, .count = end - begin};
}

static void find_shares(const hol_reduction *self, transfer *t, int64_t first, int64_t count) {
    t->held[0] = (hol_range){.first = first, .count = count};
    for (int s = 0; s < self->count; s++)
        t->held[s + 1] = share_of(t->held[s], &self->stages[s], self->stages[s].digit);
}

hol_sum_traffic hol_sum_predict(int nodes, int64_t count, int width, int64_t bound, int64_t whole) {
    hol_reduction self = {.options = {.nodes = nodes, .width = width, .bound = bound, .whole = whole}};
    hol_sum_traffic traffic = {0};
    transfer t;
    make_stages(&self);
    find_shares(&self, &t, 0, count);
    for (int s = 0; s < self.count; s++) {
        const int wire = self.stages[s].wire, others = self.stages[s].radix - 1;
        const int64_t own = t.held[s + 1].count, rest = t.held[s].count - own;
        traffic.turns += 2;
        traffic.messages += 2 * others;
        traffic.bytes += hol_narrow_bytes(rest, wire) + others * hol_narrow_bytes(own, self.wire);
        traffic.handled += others * own + (wire < width ? rest : 0) + (self.wire < width ? rest : 0);
    }
    return traffic;
}

/* ---- creation ---------------------------------------------------------------------------------------------------- */

/* numbers that a range's receives may take beyond its own: shares of a group differ by a grain */
static int64_t margin_of(const hol_reduction *self) { return (int64_t)self->widest * GRAIN; }

static hol_status allocate(hol_reduction *self) {
    hol_status status = HOL_OK;
    const hol_reduction_options *o = &self->options;
    const int64_t requests = 2 * (int64_t)self->widest;
    HOL_TRY(HOL_ALLOCATE(self->transfers, o->ranges, "messages"));
    HOL_TRY(HOL_ALLOCATE(self->requests, o->ranges * requests, "messages"));
    HOL_TRY(HOL_ALLOCATE(self->indices, requests, "messages"));
    HOL_TRY(HOL_MEMORY_ALLOCATE(o->memory, self->scratch, HOL_PRODUCT(o->count + o->ranges * margin_of(self), o->width),
                                "messages"));
    for (int64_t i = 0; i < o->ranges * requests; i++) self->requests[i] = MPI_REQUEST_NULL;
    for (int k = 0; k < o->ranges; k++) self->transfers[k].requests = self->requests + k * requests;
cleanup:
    return status;
}

hol_status hol_reduction_create(const hol_reduction_options *options, hol_reduction **ret_reduction) {
    hol_status status = HOL_OK;
    hol_reduction *self = NULL;
    *ret_reduction = NULL;
    HOL_TRY(HOL_ALLOCATE(self, 1, "messages"));
    self->options = *options;
    make_stages(self);
    HOL_TRY(allocate(self));
    *ret_reduction = self;
    return HOL_OK;
cleanup:
    hol_reduction_destroy(self);
    return status;
}

void hol_reduction_destroy(hol_reduction *reduction) {
    if (!reduction) return;
    hol_free(reduction->transfers);
    hol_free(reduction->requests);
    hol_free(reduction->indices);
    hol_free(reduction->scratch);
    hol_free(reduction);
}

int64_t hol_reduction_get_sent(const hol_reduction *reduction) { return reduction->sent; }

/* ---- messages ---------------------------------------------------------------------------------------------------- */

static bool is_gathering(const hol_reduction *self, const transfer *t) { return t->turn > self->count; }

static int stage_of(const hol_reduction *self, const transfer *t) {
    return is_gathering(self, t) ? 2 * self->count - t->turn : t->turn - 1;
}

static char *values_at(const hol_reduction *self, int64_t i) { return self->options.values + i * self->options.width; }

/* Where numbers from i on stand in a message of the all-gather. */
static char *gathered_at(const hol_reduction *self, const transfer *t, int64_t i) {
    if (self->wire == self->options.width) return values_at(self, i);
    return t->scratch + hol_narrow_bytes(i - t->held[0].first, self->wire);
}

/* The group's member `step` places on, in a ring: so that not all send to the same one first. */
static int digit_at(const stage *s, int step) { return (s->digit + step) % s->radix; }
static int node_at(const hol_reduction *self, const stage *s, int digit) {
    return self->options.node + (digit - s->digit) * s->stride;
}

static int receive(hol_reduction *self, transfer *t, int step, const stage *s, int tag, char *to, int64_t bytes) {
    if (bytes == 0) return MPI_SUCCESS;
    t->open++;
    return MPI_Irecv(to, (int)bytes, MPI_BYTE, node_at(self, s, digit_at(s, step)), tag, self->options.channel,
                     &t->requests[step - 1]);
}

static int send(hol_reduction *self, transfer *t, int step, const stage *s, int tag, const char *from, int64_t bytes) {
    if (bytes == 0) return MPI_SUCCESS;
    t->open++;
    self->sent += bytes;
    return MPI_Isend(from, (int)bytes, MPI_BYTE, node_at(self, s, digit_at(s, step)), tag, self->options.channel,
                     &t->requests[self->widest + step - 1]);
}

/* where the numbers of this node's share from the member `step` places on are received */
static char *slot_of(const transfer *t, const stage *s, int64_t count, int step) {
    return t->scratch + (step - 1) * hol_narrow_bytes(count, s->wire);
}

/* In either half sends come before receives. A receive that finds its message waiting (a long one's announcement) is
 * answered at once: were that ahead of this node's own announcement, then the other one would begin its long message
 * before it answers, the answer would wait behind it, and the two nodes would send by turns. */
static int scatter(hol_reduction *self, transfer *t, int tag) {
    const int number = stage_of(self, t);
    const stage *s = &self->stages[number];
    const int64_t own = t->held[number + 1].count;
    int code = MPI_SUCCESS;
    for (int step = 1; step < s->radix && code == MPI_SUCCESS; step++) {
        const hol_range share = share_of(t->held[number], s, digit_at(s, step));
        char *values = values_at(self, share.first);
        hol_narrow_pack(values, share.count, self->options.width, s->wire, values);
        code = send(self, t, step, s, tag, values, hol_narrow_bytes(share.count, s->wire));
    }
    for (int step = 1; step < s->radix && code == MPI_SUCCESS; step++)
        code = receive(self, t, step, s, tag, slot_of(t, s, own, step), hol_narrow_bytes(own, s->wire));
    return code;
}

static int gather(hol_reduction *self, transfer *t, int tag) {
    const int number = stage_of(self, t);
    const stage *s = &self->stages[number];
    const hol_range own = t->held[number + 1];
    int code = MPI_SUCCESS;
    char *message = gathered_at(self, t, own.first);
    if (number == self->count - 1)
        hol_narrow_pack(values_at(self, own.first), own.count, self->options.width, self->wire, message);
    for (int step = 1; step < s->radix && code == MPI_SUCCESS; step++)
        code = send(self, t, step, s, tag, message, hol_narrow_bytes(own.count, self->wire));
    for (int step = 1; step < s->radix && code == MPI_SUCCESS; step++) {
        const hol_range share = share_of(t->held[number], s, digit_at(s, step));
        code = receive(self, t, step, s, tag, gathered_at(self, t, share.first),
                       hol_narrow_bytes(share.count, self->wire));
    }
    return code;
}

/* A message has come. */
static void take(hol_reduction *self, transfer *t, int step) {
    const int number = stage_of(self, t), width = self->options.width;
    const stage *s = &self->stages[number];
    if (is_gathering(self, t)) {
        const hol_range share = share_of(t->held[number], s, digit_at(s, step));
        if (self->wire < width)
            hol_narrow_unpack(gathered_at(self, t, share.first), share.count, width, self->wire,
                              values_at(self, share.first));
    } else {
        const hol_range own = t->held[number + 1];
        hol_narrow_add(slot_of(t, s, own.count, step), own.count, width, s->wire, values_at(self, own.first));
    }
}

/* The next stage; *ret_done when there is none. */
static int begin_stage(hol_reduction *self, int k, bool *ret_done) {
    transfer *t = &self->transfers[k];
    *ret_done = t->turn == 2 * self->count;
    if (*ret_done) return MPI_SUCCESS;
    const int tag = k * 2 * STAGES_MAX + t->turn++;
    return is_gathering(self, t) ? gather(self, t, tag) : scatter(self, t, tag);
}

/* ---- public functions -------------------------------------------------------------------------------------------- */

int hol_reduction_start(hol_reduction *reduction, int k, int64_t first, int64_t count) {
    transfer *t = &reduction->transfers[k];
    bool done = false;
    find_shares(reduction, t, first, count);
    t->turn = t->open = 0;
    t->scratch = reduction->scratch + (first + k * margin_of(reduction)) * reduction->options.width;
    return begin_stage(reduction, k, &done);
}

int hol_reduction_poll(hol_reduction *reduction, int k, bool *ret_done) {
    hol_reduction *self = reduction;
    transfer *t = &self->transfers[k];
    *ret_done = false;
    while (!*ret_done) {
        int count = 0, code = MPI_SUCCESS;
        if (t->open > 0) code = MPI_Testsome(2 * self->widest, t->requests, &count, self->indices, MPI_STATUSES_IGNORE);
        if (code != MPI_SUCCESS || (t->open > 0 && count == 0)) return code;
        for (int i = 0; i < count; i++)
            if (self->indices[i] < self->widest) take(self, t, self->indices[i] + 1);
        t->open -= count;
        if (t->open == 0) code = begin_stage(self, k, ret_done);
        if (code != MPI_SUCCESS) return code;
    }
    return MPI_SUCCESS;
}
