/* footprint: what a run takes of memory and of the disk, found by making all that it is made of (base/memory.h). */
#ifndef HOL_CLI_FOOTPRINT_H
#define HOL_CLI_FOOTPRINT_H

#include <stdint.h>

#include "base/memory.h"
#include "base/status.h"
#include "cli/config.h"
#include "cli/training.h"
#include "io/checkpoint.h"
#include "model/model.h"

typedef struct hol_footprint {
    hol_memory *memory;           /* borrowed */
    hol_comm *comm;               /* owned: rank 0 of the run, which has the most of all */
    hol_training training;        /* owned: what it is made of, without memory behind it */
    const hol_memory_item *items; /* borrowed from the memory */
    int count;
    int64_t rank_bytes; /* of all items */
    int64_t checkpoint_bytes;
} hol_footprint;

/* comm (borrowed until the clear) is the process's own. `memory` is the one in which the data sets were opened, if they
 * are there; all else is made in it. A node has node_ranks of the ranks. hol_footprint_clear gives back what self owns,
 * after an error, too. Not collective. */
hol_status hol_footprint_measure(hol_comm *comm, hol_memory *memory, const hol_config *config, const char *config_path,
                                 const hol_model_options *options, const hol_training_data *data,
                                 const hol_checkpoint_facts *facts, int64_t ranks, int64_t node_ranks,
                                 hol_footprint *self) HOL_MUST_USE;
/* One of zeros is fine. */
void hol_footprint_clear(hol_footprint *self);

#endif
