/* scan: coupled units drawn one after the other, each from its conditional given all the others (sequential-scan
 * Gibbs).
 *
 * In blocks of 16 units: the fields of a strip come from all units by the table product (num/kernels), then the strip's
 * units are drawn in turn, each flip moving the fields of the later ones. The same Markov chain as unit by unit, at
 * product speed. Layers with sites (num/sites.h) are num/pairwise's. */
#ifndef HOL_NUM_SCAN_H
#define HOL_NUM_SCAN_H

#include <stdint.h>

#include "num/layer.h"

/* Bytes of scratch for `blocks` blocks of `inputs` units; 64-byte aligned, the caller's. */
int64_t hol_scan_scratch_bytes(int64_t inputs, int64_t blocks);

/* One sweep over the outputs of `layer`, in place: output j is input own + j of x, and its coupling to itself is 0.
 * x->words points at the layer's first input. Fields begin with `base` (blocks * 64, layer->stride), or with the bias
 * when it is NULL: what units that stay as they are contribute to all sweeps needs to be summed only once. The number
 * of output j in the draw is j. Threaded over blocks; the result does not depend on the threads. */
void hol_scan_sample(const hol_layer *layer, const hol_states *x, int64_t own, const int32_t *base,
                     const hol_draw *draw, void *scratch);
/* The plain reference: a full sum for every unit of every chain. Not threaded. */
void hol_scan_sample_ref(const hol_layer *layer, const hol_states *x, int64_t own, const int32_t *base,
                         const hol_draw *draw);

#endif
