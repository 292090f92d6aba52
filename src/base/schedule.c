/* schedule: sets of nodes, digit by digit. */
#include "schedule.h"

#include <stddef.h>

enum { GRAIN = HOL_SCHEDULE_GRAIN };

static int find_radix(int nodes, int most) {
    int radix = most;
    while (radix > 1 && nodes % radix > 0) radix--;
    if (radix > 1) return radix;
    return nodes < 2 * most ? nodes : most;
}

/* nodes of a digit, and of all digits below it */
static int nodes_of(const hol_stage *s, int digit) {
    return s->nodes / s->radix + (digit < s->nodes % s->radix ? 1 : 0);
}

static int nodes_below(const hol_stage *s, int digit) {
    const int more = s->nodes % s->radix;
    return digit * (s->nodes / s->radix) + (digit < more ? digit : more);
}

/* A node of a digit with fewer nodes is the partner of two of each digit with more, or of one. */
static int merged_by(const hol_stage *s) {
    const int least = s->nodes / s->radix, more = s->nodes % s->radix;
    return s->merged * (s->radix + (more + least - 1) / least);
}

int hol_schedule_make(int node, int nodes, int most, hol_stage *stages) {
    hol_stage s = {.stride = 1, .nodes = nodes, .merged = 1};
    int count = 0;
    while (s.nodes > 1) {
        const int number = (node - s.first) / s.stride;
        s.radix = find_radix(s.nodes, most);
        s.digit = number % s.radix;
        s.place = number / s.radix;
        stages[count++] = s;
        s = (hol_stage){.first = s.first + s.digit * s.stride,
                        .stride = s.stride * s.radix,
                        .nodes = nodes_of(&s, s.digit),
                        .merged = merged_by(&s)};
    }
    return count;
}

static int64_t begin_of(const hol_stage *s, hol_range held, int digit) {
    const int64_t grains = (held.count + GRAIN - 1) / GRAIN;
    const int64_t begin = (grains * nodes_below(s, digit) + s->nodes - 1) / s->nodes * GRAIN;
    return begin < held.count ? begin : held.count;
}

hol_range hol_stage_share(const hol_stage *stage, hol_range held, int digit) {
    const int64_t begin = begin_of(stage, held, digit), end = begin_of(stage, held, digit + 1);
    return (hol_range){.first = held.first + begin, .count = end - begin};
}

/* the place of the partner with digit `to`, of the node with this digit and place */
static int partner_place(const hol_stage *s, int digit, int place, int to) {
    if (nodes_of(s, digit) == nodes_of(s, to)) return place;
    return (place + digit) % nodes_of(s, to);
}

static int node_of(const hol_stage *s, int digit, int place) {
    return s->first + (place * s->radix + digit) * s->stride;
}

int hol_stage_partner(const hol_stage *stage, int digit) {
    return node_of(stage, digit, partner_place(stage, stage->digit, stage->place, digit));
}

int hol_stage_senders(const hol_stage *stage, int *nodes) {
    const hol_stage *s = stage;
    int count = 0;
    for (int step = 1; step < s->radix; step++) { /* in a ring: so that not all are sent to in the same order */
        const int digit = (s->digit + step) % s->radix;
        for (int place = 0; place < nodes_of(s, digit); place++) {
            if (partner_place(s, digit, place, s->digit) != s->place) continue;
            if (nodes) nodes[count] = node_of(s, digit, place);
            count++;
        }
    }
    return count;
}
