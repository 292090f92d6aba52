/* statistics: one phase's whole-number statistics of a step, summed over all ranks.
 *
 * Entry i holds the sum over the population of T_i in units of 1 / unit of hol_model_info. Sums are as narrow as
 * provably holds every one of them, of at most `largest` a chain: 16, 32 or 64 bits. Where hidden units enter by
 * levels, those are 16 up to 2,184 chains of the whole population, and 32 up to 143,165,576; where states are counted,
 * 16 up to 32,767. Between nodes, sums of few chains travel narrower yet (base/sum.h). A few extra entries ride along
 * for what ranks must agree on.
 *
 * The vector is cut into pieces, so that the sum of one is in flight while the next one's statistics are computed.
 * Neither the pieces nor the width changes a bit of the result. */
#ifndef HOL_TRAIN_STATISTICS_H
#define HOL_TRAIN_STATISTICS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/comm.h"
#include "base/status.h"
#include "base/sum.h"
#include "model/model.h"

typedef enum hol_extra {
    HOL_EXTRA_STOP,       /* ranks that were asked to end */
    HOL_EXTRA_CHECKPOINT, /* ranks that were asked for a checkpoint */
    HOL_EXTRAS
} hol_extra;

typedef struct hol_statistics hol_statistics; /* opaque */

/* For a population of `count` chains in all; cut: into pieces, where there is a network between ranks, the model can do
 * pieces, and they are long enough. With comm NULL they are this process's alone, and are collected only, never started
 * or finished. The model is borrowed; the caller owns *ret. Collective, unless comm is NULL. */
hol_status hol_statistics_create(hol_comm *comm, const hol_model *model, int64_t count, bool cut,
                                 hol_statistics **ret) HOL_MUST_USE;

/* A step's two. */
typedef struct hol_phases {
    int64_t batch, chains; /* samples of the positive phase, chains of the negative one, over all ranks; batch 0: the
                            * positive phase is a constant */
    bool means;            /* whether means of the positive phase's first_order entries will be asked for */
} hol_phases;

/* Both, of which the negative one may be cut. A positive phase that is a constant is nowhere collected or summed: its
 * expectations are what hol_statistics_get_constant says where to put (train/expectation.h), and starting, polling and
 * finishing do nothing. Where they have as many chains one sum stands for both (joint): the
 * positive phase is collected, to be subtracted from the negative one in the ranks, and what travels is the difference,
 * with the positive phase's first_order entries behind it where they are asked for. It has half of the bytes, and is as
 * narrow. Of a joint positive phase starting, polling and finishing do nothing; of a joint negative one there are no
 * means. Both outlive the last call of either. Collective. */
hol_status hol_statistics_create_both(hol_comm *comm, const hol_model *model, const hol_phases *phases, bool cut,
                                      hol_statistics **ret_positive, hol_statistics **ret_negative) HOL_MUST_USE;
bool hol_statistics_are_joint(const hol_model *model, const hol_phases *phases);

/* E[T] of a positive phase that is a constant: (parameters), 0 at first, the team's memory. */
double *hol_statistics_get_constant(hol_statistics *statistics);
void hol_statistics_destroy(hol_statistics *statistics);

/* How many pieces there are, at least 1. */
int hol_statistics_pieces(const hol_statistics *statistics);

/* Replaces the content of a piece by this rank's part; the last piece has the extras, which become 0. Not
 * collective. */
void hol_statistics_collect_piece(hol_statistics *statistics, hol_population *population, int piece);
/* All pieces. */
void hol_statistics_collect(hol_statistics *statistics, hol_population *population);

/* Sets an extra entry of this rank, between collecting the last piece and starting it; reads the sum over ranks, after
 * finish. 16 bits must hold the sum. */
void hol_statistics_set_extra(hol_statistics *statistics, hol_extra extra, int value);
int64_t hol_statistics_get_extra(const hol_statistics *statistics, hol_extra extra);

/* The sum over ranks: each piece started, all polled now and then, finished. Collective, in the same order on all
 * ranks. */
hol_status hol_statistics_start_piece(hol_statistics *statistics, int piece) HOL_MUST_USE;
hol_status hol_statistics_start(hol_statistics *statistics) HOL_MUST_USE; /* all pieces */
void hol_statistics_poll(hol_statistics *statistics);
hol_status hol_statistics_finish(hol_statistics *statistics) HOL_MUST_USE;

/* gradient[i] = (E_positive[T_i] - E_negative[T_i]) / temperature of the entries i in `range`; gradient is
 * (parameters). The difference is exact, of whole numbers, and only then divided: joint or not; of a constant in double
 * precision. */
void hol_statistics_difference(const hol_statistics *positive, const hol_statistics *negative, double temperature,
                               hol_range range, float *gradient);

/* E[T_i] of entries [first, first + count). */
void hol_statistics_means(const hol_statistics *statistics, int64_t first, int64_t count, double *means);

/* Bytes of one phase's sums (0 of a joint positive one's, or of a constant), pieces of the negative one between several
 * nodes, and what summing a phase takes between so many, each with as many chains. */
int64_t hol_statistics_message_bytes(const hol_model *model, const hol_phases *phases, bool negative);
int hol_statistics_pieces_of(const hol_model *model, const hol_phases *phases);
hol_sum_traffic hol_statistics_predict_traffic(const hol_model *model, const hol_phases *phases, bool negative,
                                               int64_t nodes);

#endif
