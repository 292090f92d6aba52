/* means: counted column by column. */
#include "model/means.h"

#include "model/variable.h"

/* whether each state has a mean, in place of each unit */
static bool has_states(const hol_variable *column) { return !column->is_site && column->states > 2; }

static int64_t count_of(const hol_variable *column) { return has_states(column) ? column->states : column->units; }

int64_t hol_means_count(const hol_model *model) {
    int64_t count = 0;
    for (int64_t c = 0; c < hol_model_columns(model); c++) {
        const hol_variable column = hol_variable_get(model, c);
        count += count_of(&column);
    }
    return count;
}

void hol_means_add(const hol_model *model, const uint8_t *bytes, const uint8_t *known, int64_t weight, hol_wide *counts,
                   hol_wide *all) {
    for (int64_t c = 0; c < hol_model_columns(model); c++) {
        const hol_variable column = hol_variable_get(model, c);
        const int64_t count = count_of(&column), state = hol_variable_state(&column, bytes);
        for (int64_t k = 0; k < count; k++) {
            const bool on = has_states(&column) ? k == state : bytes[column.first + k];
            const int64_t unit = column.first + (has_states(&column) ? 0 : k);
            if (known && !known[unit]) continue;
            if (on) counts[k] += (hol_wide)weight << 16;
            all[k] += weight;
        }
        counts += count;
        all += count;
    }
}

void hol_means_get(const hol_model *model, const hol_wide *counts, const hol_wide *all, double share, double *means) {
    for (int64_t c = 0; c < hol_model_columns(model); c++) {
        const hol_variable column = hol_variable_get(model, c);
        const int64_t count = count_of(&column);
        const double fair = has_states(&column) || column.is_site ? 1 / (double)column.states : 0.5;
        for (int64_t k = 0; k < count; k++, counts++, all++) {
            const double mean = *all > 0 ? (double)*counts * 0x1p-16 / (double)*all : has_states(&column) ? fair : 0.5;
            *means++ = share > 0 ? (1 - share) * mean + share * fair : mean;
        }
    }
}

hol_status hol_means_find(hol_comm *comm, const hol_model *model, hol_wide *counts, hol_wide *all, double share,
                          double *means) {
    hol_status status = HOL_OK;
    const int64_t count = hol_means_count(model);
    HOL_TRY(hol_comm_sum_wide(comm, counts, count));
    HOL_TRY(hol_comm_sum_wide(comm, all, count));
    hol_means_get(model, counts, all, share, means);
cleanup:
    return status;
}
