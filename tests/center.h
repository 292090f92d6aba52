/* center: all stages of a model's centring, band after band, as the optimiser takes them. */
#ifndef HOL_TESTS_CENTER_H
#define HOL_TESTS_CENTER_H

#include "base/alloc.h"
#include "model/model.h"

/* means is (first_order), gradient (parameters), in place. */
static inline void center_all(const hol_model *model, const double *means, float *gradient) {
    const int64_t units = model->info.first_order;
    float *offsets = NULL, *plain = NULL;
    assert_ok(HOL_ALLOCATE(offsets, units, "offsets"));
    assert_ok(HOL_ALLOCATE(plain, units, "gradient"));
    for (int64_t i = 0; i < units; i++) offsets[i] = (float)means[i];
    memcpy(plain, gradient, (size_t)units * sizeof *plain);
    const hol_centering about = {.offsets = offsets, .plain = plain};
    for (int g = 0; g < model->info.group_count; g++) {
        if (!model->info.groups[g].matrix) continue;
        const int64_t rows = hol_model_group_rows(model, g), band = hol_row_tile_rows(rows);
        for (int64_t first = 0; first < rows; first += band)
            model->ops->center(model, g, (hol_range){first, rows - first < band ? rows - first : band}, &about,
                               gradient);
    }
    model->ops->center_biases(model, gradient);
    hol_free(offsets);
    hol_free(plain);
}

#endif
