/* pace: a window of steps, compared at its end. */
#include "train/pace.h"

#include <stdint.h>
#include <string.h>

#include "base/alloc.h"

struct hol_pace {
    hol_comm *comm; /* borrowed */
    int steps;
    double computing[HOL_PACE_STEPS];
    double slowest[HOL_PACE_STEPS];
    double waiting, communicating; /* this rank's, since the last settling */
};

hol_status hol_pace_create(hol_comm *comm, hol_pace **ret_pace) {
    const hol_status status = HOL_ALLOCATE(*ret_pace, 1, "pace");
    if (status == HOL_OK) (*ret_pace)->comm = comm;
    return status;
}

void hol_pace_destroy(hol_pace *pace) { hol_free(pace); }

static hol_status compare(hol_pace *self) {
    memcpy(self->slowest, self->computing, sizeof self->slowest);
    const hol_status status = hol_comm_max_f64(self->comm, self->slowest, self->steps);
    for (int s = 0; s < self->steps; s++) self->waiting += self->slowest[s] - self->computing[s];
    self->steps = 0;
    return status;
}

hol_status hol_pace_add(hol_pace *pace, double computing, double communicating) {
    pace->computing[pace->steps++] = computing;
    pace->communicating += communicating;
    return pace->steps == HOL_PACE_STEPS ? compare(pace) : HOL_OK;
}

hol_status hol_pace_settle(hol_pace *pace, double *ret_waiting, double *ret_exposed) {
    hol_status status = HOL_OK;
    HOL_TRY(compare(pace));
    int64_t sums[] = {(int64_t)(1e9 * pace->waiting), (int64_t)(1e9 * pace->communicating)};
    HOL_TRY(hol_comm_sum_i64(pace->comm, sums, 2));
    const double unit = 1e-9 / hol_comm_size(pace->comm);
    *ret_waiting = unit * (double)sums[0];
    /* a rank that is put off while it communicates counts as slow too: never below nothing */
    *ret_exposed = sums[1] > sums[0] ? unit * (double)(sums[1] - sums[0]) : 0;
    pace->waiting = pace->communicating = 0;
cleanup:
    return status;
}
