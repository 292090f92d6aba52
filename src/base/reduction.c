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
#include "schedule.h"

enum { STAGES_MAX = HOL_SCHEDULE_STAGES };

typedef struct stage {
    hol_stage at;
    int wire;         /* bytes of a number in messages of the reduce-scatter */
    int sender_count; /* nodes whose numbers of this one's share come here */
    int *senders;     /* borrowed */
} stage;

/* A range under way. */
typedef struct transfer {
    hol_range held[STAGES_MAX + 1]; /* before each stage of the reduce-scatter; after all, this node's share */
    int turn;                       /* stages begun, of both */
    int open;                       /* messages of the newest one under way */
    MPI_Request *requests;          /* (2 widest): receives, sends */
    char *scratch;
} transfer;

struct hol_reduction {
    hol_reduction_options options;
    stage stages[STAGES_MAX];
    int count;             /* of stages */
    int widest;            /* messages of a stage, at most, each way */
    int wire;              /* bytes of a number in messages of the all-gather */
    transfer *transfers;   /* owned, (ranges), as is all below */
    MPI_Request *requests; /* (ranges, 2 widest) */
    int *indices;          /* (2 widest) */
    int *senders;          /* (stages, 2 radix) */
    char *scratch;
    int64_t sent;
};

/* ---- stages ------------------------------------------------------------------------------------------------------ */

static int wire_of(const hol_reduction_options *o, int merged) {
    return hol_narrow_width(o->bound > o->whole / merged ? o->whole : o->bound * merged, o->width);
}

static void make_stages(hol_reduction *self) {
    const hol_reduction_options *o = &self->options;
    hol_stage stages[STAGES_MAX];
    self->count = hol_schedule_make(o->node, o->nodes, o->radix > 0 ? o->radix : HOL_SCHEDULE_RADIX, stages);
    for (int s = 0; s < self->count; s++) {
        stage *made = &self->stages[s];
        *made = (stage){.at = stages[s], .wire = wire_of(o, stages[s].merged)};
        made->sender_count = hol_stage_senders(&made->at, NULL);
        if (made->at.radix > self->widest) self->widest = made->at.radix;
        if (made->sender_count > self->widest) self->widest = made->sender_count;
    }
    self->wire = hol_narrow_width(o->whole, o->width);
}

static void find_shares(const hol_reduction *self, transfer *t, int64_t first, int64_t count) {
    t->held[0] = (hol_range){.first = first, .count = count};
    for (int s = 0; s < self->count; s++)
        t->held[s + 1] = hol_stage_share(&self->stages[s].at, t->held[s], self->stages[s].at.digit);
}

hol_sum_traffic hol_sum_predict(int nodes, int64_t count, int width, int64_t bound, int64_t whole) {
    hol_reduction self = {.options = {.nodes = nodes, .width = width, .bound = bound, .whole = whole}};
    hol_sum_traffic traffic = {0};
    transfer t;
    make_stages(&self);
    find_shares(&self, &t, 0, count);
    for (int s = 0; s < self.count; s++) {
        const stage *now = &self.stages[s];
        const int wire = now->wire;
        const int64_t own = t.held[s + 1].count, rest = t.held[s].count - own;
        traffic.turns += 2;
        traffic.messages += now->at.radix - 1 + now->sender_count;
        traffic.bytes += hol_narrow_bytes(rest, wire) + now->sender_count * hol_narrow_bytes(own, self.wire);
        traffic.handled += now->sender_count * own + (wire < width ? rest : 0) + (self.wire < width ? rest : 0);
    }
    return traffic;
}

/* ---- creation ---------------------------------------------------------------------------------------------------- */

/* numbers that a range's receives may take beyond its own: shares end at grains */
static int64_t margin_of(const hol_reduction *self) { return (int64_t)self->widest * HOL_SCHEDULE_GRAIN; }

static void find_senders(hol_reduction *self) {
    int *senders = self->senders;
    for (int s = 0; s < self->count; s++) {
        self->stages[s].senders = senders;
        senders += hol_stage_senders(&self->stages[s].at, senders);
    }
}

static hol_status allocate(hol_reduction *self) {
    hol_status status = HOL_OK;
    const hol_reduction_options *o = &self->options;
    const int64_t requests = 2 * (int64_t)self->widest;
    HOL_TRY(HOL_ALLOCATE(self->transfers, o->ranges, "messages"));
    HOL_TRY(HOL_ALLOCATE(self->requests, o->ranges * requests, "messages"));
    HOL_TRY(HOL_ALLOCATE(self->indices, requests, "messages"));
    HOL_TRY(HOL_ALLOCATE(self->senders, self->count * (int64_t)self->widest, "messages"));
    find_senders(self);
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
    hol_free(reduction->senders);
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

/* The digit `step` places on, in a ring: so that not all send to the same node first. */
static int digit_at(const stage *s, int step) { return (s->at.digit + step) % s->at.radix; }

static int receive(hol_reduction *self, transfer *t, int k, int node, int tag, char *to, int64_t bytes) {
    if (bytes == 0) return MPI_SUCCESS;
    t->open++;
    return MPI_Irecv(to, (int)bytes, MPI_BYTE, node, tag, self->options.channel, &t->requests[k]);
}

static int send(hol_reduction *self, transfer *t, int k, int node, int tag, const char *from, int64_t bytes) {
    if (bytes == 0) return MPI_SUCCESS;
    t->open++;
    self->sent += bytes;
    return MPI_Isend(from, (int)bytes, MPI_BYTE, node, tag, self->options.channel, &t->requests[self->widest + k]);
}

/* where a sender's numbers of this node's share are received */
static char *slot_of(const transfer *t, const stage *s, int64_t count, int k) {
    return t->scratch + k * hol_narrow_bytes(count, s->wire);
}

/* In either half sends come before receives. A receive that finds its message waiting (a long one's announcement) is
 * answered at once: were that ahead of this node's own announcement, then the other one would begin its long message
 * before it answers, the answer would wait behind it, and the two nodes would send by turns. */
static int scatter(hol_reduction *self, transfer *t, int tag) {
    const int number = stage_of(self, t);
    const stage *s = &self->stages[number];
    const int64_t own = t->held[number + 1].count;
    int code = MPI_SUCCESS;
    for (int step = 1; step < s->at.radix && code == MPI_SUCCESS; step++) {
        const int digit = digit_at(s, step);
        const hol_range share = hol_stage_share(&s->at, t->held[number], digit);
        char *values = values_at(self, share.first);
        hol_narrow_pack(values, share.count, self->options.width, s->wire, values);
        code = send(self, t, step - 1, hol_stage_partner(&s->at, digit), tag, values,
                    hol_narrow_bytes(share.count, s->wire));
    }
    for (int k = 0; k < s->sender_count && code == MPI_SUCCESS; k++)
        code = receive(self, t, k, s->senders[k], tag, slot_of(t, s, own, k), hol_narrow_bytes(own, s->wire));
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
    for (int k = 0; k < s->sender_count && code == MPI_SUCCESS; k++)
        code = send(self, t, k, s->senders[k], tag, message, hol_narrow_bytes(own.count, self->wire));
    for (int step = 1; step < s->at.radix && code == MPI_SUCCESS; step++) {
        const int digit = digit_at(s, step);
        const hol_range share = hol_stage_share(&s->at, t->held[number], digit);
        code = receive(self, t, step - 1, hol_stage_partner(&s->at, digit), tag, gathered_at(self, t, share.first),
                       hol_narrow_bytes(share.count, self->wire));
    }
    return code;
}

/* Message k of the stage has come. */
static void take(hol_reduction *self, transfer *t, int k) {
    const int number = stage_of(self, t), width = self->options.width;
    const stage *s = &self->stages[number];
    if (is_gathering(self, t)) {
        const hol_range share = hol_stage_share(&s->at, t->held[number], digit_at(s, k + 1));
        if (self->wire < width)
            hol_narrow_unpack(gathered_at(self, t, share.first), share.count, width, self->wire,
                              values_at(self, share.first));
    } else {
        const hol_range own = t->held[number + 1];
        hol_narrow_add(slot_of(t, s, own.count, k), own.count, width, s->wire, values_at(self, own.first));
    }
}

/* The next stage; *ret_done when there is none. */
static int begin_stage(hol_reduction *self, int k, bool *ret_done) {
    transfer *t = &self->transfers[k];
    *ret_done = t->turn == 2 * self->count;
    if (*ret_done) return MPI_SUCCESS;
    t->turn++;
    /* by the stage: not all nodes take as many turns */
    const int tag = 2 * (k * STAGES_MAX + stage_of(self, t));
    return is_gathering(self, t) ? gather(self, t, tag + 1) : scatter(self, t, tag);
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
            if (self->indices[i] < self->widest) take(self, t, self->indices[i]);
        t->open -= count;
        if (t->open == 0) code = begin_stage(self, k, ret_done);
        if (code != MPI_SUCCESS) return code;
    }
    return MPI_SUCCESS;
}
