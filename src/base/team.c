/* team: one sparse piece of memory of the first rank's, cut off from the front; a counter for each rank to meet by. */
#include "base/team.h"

#include <stdio.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/segments.h"

/* A rank's place at a meeting. A value's place is free again two meetings later: by then all have read it. */
typedef struct member {
    _Alignas(HOL_ALIGNMENT) hol_flag meetings;
    double values[2];
} member;

struct hol_team {
    hol_memory *memory;    /* borrowed; NULL in a run, as the next */
    hol_team *alone;       /* owned */
    hol_segments segments; /* owned; the first rank's is the team's memory */
    member *members;       /* (ranks): where the memory begins */
    int64_t used;
    unsigned meetings;
};

/* As much as the machine has: pages are there when they are written to, and not before. */
static int64_t most_bytes(void) { return (int64_t)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE); }

/* Where no memory is promised that isn't there, a lack of it would end the program at the first write: it shall be
 * allocated, and refused, at once. */
static bool promises_are_kept(void) {
    FILE *file = fopen("/proc/sys/vm/overcommit_memory", "r");
    const bool strict = file && fgetc(file) == '2';
    if (file) (void)fclose(file);
    return strict;
}

/* Without the other ranks, and without memory to share with them. */
static hol_status create_measuring(const hol_comm *comm, hol_team *self) {
    self->memory = hol_comm_memory(comm);
    self->segments.rank = hol_comm_node_rank(comm);
    self->segments.ranks = hol_comm_node_ranks(comm);
    const hol_status status = HOL_ALLOCATE(self->alone, 1, "ranks of a node");
    if (status == HOL_OK) *self->alone = (hol_team){.memory = self->memory, .segments.ranks = 1};
    return status;
}

hol_status hol_team_create(hol_comm *comm, hol_team **ret_team) {
    hol_status status = HOL_OK;
    hol_team *self = NULL;
    *ret_team = NULL;
    HOL_TRY(hol_comm_agree(comm, HOL_ALLOCATE(self, 1, "ranks of a node")));
    if (hol_comm_memory(comm)) {
        HOL_TRY(create_measuring(comm, self));
        *ret_team = self;
        return HOL_OK;
    }
    HOL_TRY(hol_segments_create(comm, most_bytes(), 0, false, !promises_are_kept(), &self->segments));
    if (self->segments.apart)
        hol_log_warning(comm,
                        "the ranks of a node can share no memory: each keeps parameters and optimiser for itself");
    if (self->segments.ranks > 1) {
        self->members = (member *)(void *)self->segments.at[0];
        self->used = self->segments.ranks * (int64_t)sizeof(member);
    }
    *ret_team = self;
    return HOL_OK;
cleanup:
    hol_team_destroy(self);
    return status;
}

void hol_team_destroy(hol_team *team) {
    if (!team) return;
    if (!team->memory) hol_segments_clear(&team->segments);
    hol_free(team->alone);
    hol_free(team);
}

hol_memory *hol_team_memory(const hol_team *team) { return team ? team->memory : NULL; }
hol_team *hol_team_alone(hol_team *team) {
    if (!hol_team_memory(team)) return NULL;
    return team->alone ? team->alone : team;
}

int hol_team_size(const hol_team *team) { return team ? team->segments.ranks : 1; }
bool hol_team_leads(const hol_team *team) { return !team || team->segments.rank == 0; }

hol_range hol_team_share(const hol_team *team, int64_t count, int64_t grain) {
    int64_t first = 0, grains = 0;
    hol_comm_share((count + grain - 1) / grain, team ? team->segments.rank : 0, hol_team_size(team), &first, &grains);
    const int64_t begin = first * grain < count ? first * grain : count;
    const int64_t end = (first + grains) * grain < count ? (first + grains) * grain : count;
    return (hol_range){.first = begin, .count = end - begin};
}

/* Where memory is counted there is nobody to meet. */
static bool is_alone(const hol_team *team) { return hol_team_size(team) == 1 || team->memory; }

void hol_team_meet(hol_team *team) {
    if (is_alone(team)) return;
    const unsigned now = ++team->meetings;
    hol_flag_raise(&team->members[team->segments.rank].meetings, now);
    for (int r = 0; r < team->segments.ranks; r++) hol_comm_wait(team->segments.comm, &team->members[r].meetings, now);
}

double hol_team_max(hol_team *team, double value) {
    if (is_alone(team)) return value;
    const unsigned place = team->meetings % 2;
    team->members[team->segments.rank].values[place] = value;
    hol_team_meet(team);
    for (int r = 0; r < team->segments.ranks; r++)
        if (team->members[r].values[place] > value) value = team->members[r].values[place];
    return value;
}

void *hol_team_allocate(hol_team *team, int64_t count, size_t size) {
    if (hol_team_memory(team)) return hol_memory_allocate(team->memory, team->segments.ranks, count, size);
    if (hol_team_size(team) == 1) return hol_allocate(count, size);
    int64_t bytes = 0;
    if (count < 0 || __builtin_mul_overflow(count, (int64_t)size, &bytes) ||
        bytes > team->segments.bytes[0] - team->used)
        return NULL;
    void *pointer = team->segments.at[0] + team->used;
    team->used = hol_round_up(team->used + bytes, HOL_ALIGNMENT);
    return pointer;
}

void hol_team_free(hol_team *team, void *pointer) {
    if (hol_team_memory(team) || hol_team_size(team) == 1) hol_free(pointer);
}
