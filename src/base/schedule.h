/* schedule: which nodes exchange which of a vector's numbers, stage by stage, for its sum over all of them. Arithmetic
 * alone.
 *
 * A stage is of a set of n nodes that all hold a range of numbers, and has a radix r. Number i of the set has the digit
 * i % r and the place i / r. The range is cut into shares, one for each digit, in proportion to the nodes that have it.
 * In the reduce-scatter a node sends its numbers of each share to one node of the share's digit: its partner there. The
 * nodes of a digit, with their share, are then the next stage's set, until each is alone. The all-gather takes the same
 * ways back.
 *
 * Where r divides n partners have the same place. Else a digit has n / r nodes or one more, and partners' places are
 * turned by the sender's digit, so that no node has many more messages than the others. */
#ifndef HOL_SRC_BASE_SCHEDULE_H
#define HOL_SRC_BASE_SCHEDULE_H

#include "base/team.h"

enum { HOL_SCHEDULE_STAGES = 32, HOL_SCHEDULE_RADIX = 16, HOL_SCHEDULE_GRAIN = 64 };

typedef struct hol_stage {
    int first, stride, nodes; /* number i of the set is node first + i * stride */
    int radix, digit, place;  /* digit and place are this node's */
    int merged;               /* nodes, at most, whose numbers are in what one of the set holds before the stage */
} hol_stage;

/* The stages (HOL_SCHEDULE_STAGES) of a node's sum over `nodes` nodes, and how many there are; nodes may have one more
 * or less of them than others. A radix is the largest divisor up to `most`; without one, a set of less than twice
 * `most` nodes is summed in one stage, a larger one by an uneven stage of `most`. */
int hol_schedule_make(int node, int nodes, int most, hol_stage *stages);

/* The share of a digit in what the set holds; all shares but the last end at multiples of the grain from its start. */
hol_range hol_stage_share(const hol_stage *stage, hol_range held, int digit);

/* The node to which this one sends its numbers of another digit's share. */
int hol_stage_partner(const hol_stage *stage, int digit);

/* The nodes that send their numbers of its own share to this one, into `nodes` (2 radix) unless that is NULL, and how
 * many they are. */
int hol_stage_senders(const hol_stage *stage, int *nodes);

#endif
