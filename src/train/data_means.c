/* data_means: counted by whole numbers, and so the same on any number of ranks. */
#include "train/data_means.h"

#include "base/alloc.h"
#include "model/means.h"

/* This rank's weights of what is on, in 1/65536, and of what is known; bytes is (2, visible) scratch. */
static void count(const hol_model *model, const hol_batches *batches, uint8_t *bytes, hol_wide *counts,
                  hol_wide *known) {
    int64_t first = 0, rows = 0;
    const int64_t visible = model->info.visible;
    if (hol_means_count(model) == visible) { /* a mean is a unit's; grey levels, too */
        hol_batches_add_counts(batches, counts, known);
        return;
    }
    hol_batches_get_counted(batches, &first, &rows);
    for (int64_t r = first; r < first + rows; r++) {
        hol_batches_get_bytes(batches, r, bytes, bytes + visible);
        hol_means_add(model, bytes, bytes + visible, hol_batches_get_weight(batches, r), counts, known);
    }
}

hol_status hol_data_means_find(hol_comm *comm, const hol_model *model, const hol_batches *batches, double share,
                               double **ret_means) {
    hol_status status = HOL_OK;
    const int64_t means = hol_means_count(model);
    hol_wide *counts = NULL, *known = NULL;
    uint8_t *bytes = NULL;
    status = HOL_ALLOCATE(counts, means, "data means");
    if (status == HOL_OK) status = HOL_ALLOCATE(known, means, "data means");
    if (status == HOL_OK) status = HOL_ALLOCATE(bytes, HOL_PRODUCT(2, model->info.visible), "data means");
    if (status == HOL_OK) status = HOL_ALLOCATE(*ret_means, means, "data means");
    HOL_TRY(hol_comm_agree(comm, status));
    if (!hol_comm_memory(comm)) count(model, batches, bytes, counts, known);
    HOL_TRY(hol_means_find(comm, model, counts, known, share, *ret_means));
cleanup:
    hol_free(counts);
    hol_free(known);
    hol_free(bytes);
    return status;
}
