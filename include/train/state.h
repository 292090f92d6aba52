/* state: all that a run is, and its way to checkpoints and back (io/checkpoint.h).
 *
 * Whatever is added here is listed by its owner, whose list function hol_state's calls (state/fields.h). */
#ifndef HOL_TRAIN_STATE_H
#define HOL_TRAIN_STATE_H

#include <stdint.h>

#include "base/comm.h"
#include "base/status.h"
#include "io/checkpoint.h"
#include "model/model.h"
#include "sample/tempering.h"
#include "train/history.h"
#include "train/optimiser.h"
#include "train/partition.h"

enum { HOL_TRAINER_LEVELS_MAX = 64 }; /* of tempering */

/* All that a run is. Pointers are owned by the trainer. */
typedef struct hol_state {
    int64_t step; /* steps done */
    uint64_t data_fingerprint;
    float *theta;             /* (model->info.parameters), equal on all ranks */
    float *average;           /* (parameters), the iterates' average (train/average.h), equal on all ranks; or NULL */
    hol_optimiser *optimiser; /* velocity, means, ..., equal on all ranks */
    hol_population *chains;   /* each rank its own blocks; NULL with cd */
    hol_population *batch;    /* whose hidden states are kept, likewise; NULL where they are not */
    hol_tempering *tempering; /* whose highest level the chains are; its other levels are state, too. NULL without */
    hol_partition *partition; /* ln Z as it is carried along; NULL without */
    hol_history history;      /* equal on all ranks, but for the times (rank 0's count) */
} hol_state;

/* What a checkpoint of a run may hold, without memory (hol_checkpoint_lister; context is not used). */
hol_status hol_state_outline(void *context, const hol_checkpoint_file *file, hol_field_list *list) HOL_MUST_USE;

/* The same of a model, info saying how many chains, walks, samples and rows of the history there are, and replicas how
 * many levels below the highest. */
void hol_state_list(const hol_model *model, const hol_checkpoint_info *info, int64_t replicas, hol_field_list *list);

/* As hol_checkpoint_measure. Not collective. */
hol_status hol_state_measure(hol_comm *comm, const hol_model *model, const hol_state *state,
                             const hol_checkpoint_facts *facts, int64_t *ret_bytes) HOL_MUST_USE;

/* As hol_checkpoint_write and hol_checkpoint_write_best. state is equal on all ranks but for the chains, of which each
 * rank has its blocks (all from hol_population_create on comm's ranks), and the history, of which rank 0's counts.
 * Collective. */
hol_status hol_state_write(hol_comm *comm, const char *directory, const hol_model *model, const hol_state *state,
                           const hol_checkpoint_facts *facts, int64_t keep, char *path) HOL_MUST_USE;
hol_status hol_state_write_best(hol_comm *comm, const char *directory, const hol_model *model, const hol_state *state,
                                const hol_checkpoint_facts *facts, char *path) HOL_MUST_USE;

/* HOL_BAD_INPUT when the file can't hold so many parameters as a model made from it has: asked before memory for them
 * is taken. Not collective. */
hol_status hol_state_check_parameters(const hol_checkpoint_info *info, const hol_model *model) HOL_MUST_USE;

/* ---- reading: errors as hol_checkpoint_read's. Collective. */

/* Everything into a state of `model` whose memory exists: theta, optimiser, chains (created for comm's ranks and the
 * file's number of chains; NULL when it has none). The history is replaced. A state that knows its data
 * (data_fingerprint not 0) refuses the checkpoint of a run on others. */
hol_status hol_state_read(hol_comm *comm, const char *path, const hol_model *model, hol_state *state) HOL_MUST_USE;

/* The parameters that a run was for: the average of its iterates where it has one, else the last iterate. theta is
 * (model->info.parameters), on all ranks. */
hol_status hol_state_read_theta(hol_comm *comm, const char *path, const hol_model *model, float *theta) HOL_MUST_USE;

/* chains was created for comm's ranks and the file's number of chains. */
hol_status hol_state_read_chains(hol_comm *comm, const char *path, const hol_model *model,
                                 hol_population *chains) HOL_MUST_USE;

/* Replaces history, on all ranks. Metrics that the file does not have are NaN. */
hol_status hol_state_read_history(hol_comm *comm, const char *path, const hol_model *model,
                                  hol_history *history) HOL_MUST_USE;

#endif
