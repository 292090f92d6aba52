/* waiting: a window of steps, compared at its end. */
#include "train/waiting.h"

#include <stdint.h>
#include <string.h>

#include "base/alloc.h"

struct hol_waiting {
    hol_comm *comm; /* borrowed */
    int steps;
    double computing[HOL_WAITING_STEPS];
    double slowest[HOL_WAITING_STEPS];
    double waiting, communicating; /* this rank's, since the last settling */
};

hol_status hol_waiting_create(hol_comm *comm, hol_waiting **ret_waiting) {
    const hol_status status = HOL_ALLOCATE(*ret_waiting, 1, "waiting");
    if (status == HOL_OK) (*ret_waiting)->comm = comm;
    return status;
}

void hol_waiting_destroy(hol_waiting *waiting) { hol_free(waiting); }

static hol_status compare(hol_waiting *self) {
    memcpy(self->slowest, self->computing, sizeof self->slowest);
    const hol_status status = hol_comm_max_f64(self->comm, self->slowest, self->steps);
    for (int s = 0; s < self->steps; s++) self->waiting += self->slowest[s] - self->computing[s];
    self->steps = 0;
    return status;
}

hol_status hol_waiting_add(hol_waiting *waiting, double computing, double communicating) {
    waiting->computing[waiting->steps++] = computing;
    waiting->communicating += communicating;
    return waiting->steps == HOL_WAITING_STEPS ? compare(waiting) : HOL_OK;
}

hol_status hol_waiting_settle(hol_waiting *waiting, double *ret_waiting, double *ret_exposed) {
    hol_status status = HOL_OK;
    HOL_TRY(compare(waiting));
    int64_t sums[] = {(int64_t)(1e9 * waiting->waiting), (int64_t)(1e9 * waiting->communicating)};
    HOL_TRY(hol_comm_sum_i64(waiting->comm, sums, 2));
    const double unit = 1e-9 / hol_comm_size(waiting->comm);
    *ret_waiting = unit * (double)sums[0];
    /* a rank that is put off while it communicates counts as slow too: never below nothing */
    *ret_exposed = sums[1] > sums[0] ? unit * (double)(sums[1] - sums[0]) : 0;
    waiting->waiting = waiting->communicating = 0;
cleanup:
    return status;
}
