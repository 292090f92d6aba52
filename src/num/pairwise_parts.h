/* pairwise_parts: what src/num/pairwise*.c share; not for others. */
#ifndef HOL_SRC_NUM_PAIRWISE_PARTS_H
#define HOL_SRC_NUM_PAIRWISE_PARTS_H

#include "num/bits.h"
#include "num/pairwise.h"
#include "num/sites.h"

enum { STRIP = HOL_PAIRWISE_STRIP, RANGE = HOL_PAIRWISE_RANGE, PART = 8 };

/* A site that another one is coupled with. */
typedef struct neighbour {
    int64_t at;   /* where in theta their numbers begin */
    int32_t site; /* the neighbour */
    bool by_rows; /* whether rows are the other one's states, columns the neighbour's */
} neighbour;

struct hol_pairwise {
    const hol_kernels *kernels;
    hol_team *team;
    int64_t sites, pairs, parameters;
    int64_t stride;        /* of a pair's rows in theta, or 0 */
    bool single;           /* as the graph's */
    int64_t widest;        /* the most columns of a table */
    int32_t *states;       /* owned, as all arrays: (sites) */
    int64_t *fields;       /* (sites): into theta, or -1 */
    int64_t *starts;       /* (sites + 1): into neighbours */
    neighbour *neighbours; /* ascending for each site */
    int64_t *table_rows;   /* (sites); of tables for lanes all rows' numbers for one of the site's states */
    int64_t *table_starts; /* (sites + 1): into the tables, strip after strip, numbers */
    int64_t *bias_starts;  /* (sites + 1): into bias */
    int64_t *unit_starts;  /* (sites + 1): the sum of states of those before */
    int64_t most_states;
    bool has_lanes; /* whether tables of 16 bits are for lanes */
    int64_t groups;
    bool joined;          /* whether any group has several sites */
    int32_t *group_of;    /* (sites) */
    int32_t *places;      /* (sites): what a site's state counts in its group's number */
    int32_t *group_sites; /* (groups + 1): the first site of each */
    int32_t *group_rows;  /* (groups) */

    /* prepared */
    char *memory;    /* the tables of 16 bits, or theta: only one kind is ever in use; the team's */
    int16_t *narrow; /* memory, or NULL */
    float *theta;    /* the same */
    int32_t *bias;   /* the team's */
    int bits;
    float factor, scale;
    double tau;
};

/* whether the tables as they are prepared are for lanes: then sites go one by one, whatever groups there are */
static inline bool by_lanes(const hol_pairwise *self) { return self->has_lanes && self->narrow; }
static inline bool by_groups(const hol_pairwise *self) { return self->joined && !by_lanes(self); }

static inline int64_t padded(int64_t states) { return (states + PART - 1) / PART * PART; }
/* the columns of the strip that begins with state `first` */
static inline int64_t strip_width(int64_t states, int64_t first) {
    const int64_t left = padded(states - first);
    return left < STRIP ? left : STRIP;
}

/* Whether site i's second state alone has numbers. */
static inline bool is_single(const hol_pairwise *self, int64_t i) { return self->single && self->states[i] == 2; }

/* One of neighbours' numbers, to (states of the neighbour, width), filled up with 0: how much each of its states adds
 * to the fields of site i's states from `first` on. */
void hol_pairwise_load(const hol_pairwise *self, int64_t i, const neighbour *n, const float *theta, int64_t first,
                       int64_t width, float *rows);
/* rows of so many numbers to whole ones; in 16 bits for numbers that certainly fit */
void hol_pairwise_round(const float *rows, int64_t count, float factor, int32_t *to);

/* ---- pairwise_counts.c: bytes of scratch that counting needs for one block */
int64_t hol_pairwise_count_bytes(const hol_pairwise *self);

/* ---- pairwise_tiles.c: the rows of a site's table, a tile after the other */
typedef struct pairwise_room { /* a thread's */
    _Alignas(64) int32_t rows[HOL_PAIRWISE_TILE];
    _Alignas(64) int32_t compact[HOL_SITE_STATES_MAX * HOL_PAIRWISE_STRIP];
    float loaded[HOL_SITE_STATES_MAX * HOL_PAIRWISE_STRIP];
} pairwise_room;

/* Over the neighbours of a site: where the next tile begins; zeros at first. */
typedef struct pairwise_walk {
    int64_t neighbour, row;
} pairwise_walk;

/* The next tile of the strip of site i that begins with state `first`; false where there is none left. It lies in the
 * room, or in the table. */
bool hol_pairwise_next_tile(const hol_pairwise *self, int64_t i, int64_t first, pairwise_walk *walk,
                            pairwise_room *room, struct hol_pairwise_tile *tile);

#endif
