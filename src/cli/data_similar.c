/* data_similar: what an import makes of rows that are similar: weights, by which many of a kind count less, and
 * clusters, which are kept together. Rank 0 has the rows, and shares them with the others. */
#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "data_parts.h"
#include "state/neighbours.h"

/* ------------------------------------------------------------------ rows */

/* Of a source's rows those that are the split's, all with split -1. *ret_states is the caller's to hol_free. */
static hol_status read_rows(const hol_data_import *self, const hol_data_input *from, int split, int64_t rows,
                            uint8_t **ret_states) {
    hol_status status = HOL_OK;
    hol_array_file *file = NULL;
    float *values = NULL;
    const int64_t columns = self->columns, most = hol_data_rows_per_read(columns, sizeof *values);
    int64_t row = 0, kept = 0, now = 0;
    HOL_TRY(HOL_ALLOCATE(*ret_states, HOL_PRODUCT(rows, columns), "rows of a file"));
    HOL_TRY(HOL_ALLOCATE(values, HOL_PRODUCT(most, columns), "rows of a file"));
    HOL_TRY(hol_data_open_input(self, from, &file));
    for (;; row += now) {
        HOL_TRY(hol_array_file_read(file, most, values, NULL, &now));
        if (now == 0) break;
        for (int64_t r = 0; r < now && kept < rows; r++) {
            if (split >= 0 && from->assigned && from->assigned[row + r] != split) continue;
            for (int64_t c = 0; c < columns; c++) {
                const float value = values[r * columns + c];
                if (isnan(value))
                    HOL_TRY(hol_error(HOL_BAD_INPUT,
                                      "%s: row %lld (from 0): found a missing value, expected none to "
                                      "tell how similar rows are",
                                      from->path, (long long)(row + r)));
                (*ret_states)[kept * columns + c] = (uint8_t)(value > 0 ? value : 0);
            }
            kept++;
        }
    }
cleanup:
    hol_free(values);
    hol_array_file_close(file);
    return status;
}

/* The same with all ranks: *ret_states is every rank's to hol_free. Collective. */
static hol_status share_rows(const hol_data_import *self, int source, int split, double share, uint8_t **ret_states,
                             hol_similar *ret) {
    hol_status status = HOL_OK;
    const hol_data_input *from = &self->inputs[source];
    const bool is_first = hol_comm_rank(self->comm) == 0;
    int64_t sizes[3] = {split < 0 ? from->file_rows : self->inputs[split].rows, self->columns, self->maximum + 1};
    if (is_first && self->kind != HOL_DATASET_STATES && self->kind != HOL_DATASET_BINARY)
        status = hol_error(HOL_USAGE, "%s: found no states, expected them, or bits, to tell how similar rows are",
                           from->path);
    if (is_first && status == HOL_OK) status = read_rows(self, from, split, sizes[0], ret_states);
    HOL_TRY(hol_comm_agree(self->comm, status));
    HOL_TRY(hol_comm_broadcast(self->comm, sizes, sizeof sizes));
    if (!is_first) status = HOL_ALLOCATE(*ret_states, HOL_PRODUCT(sizes[0], sizes[1]), "rows of a file");
    HOL_TRY(hol_comm_agree(self->comm, status));
    HOL_TRY(hol_comm_broadcast(self->comm, *ret_states, sizes[0] * sizes[1]));
    *ret = (hol_similar){.states = *ret_states,
                         .rows = sizes[0],
                         .columns = sizes[1],
                         .cardinality = sizes[2] > 2 ? sizes[2] : 2,
                         .least = hol_similar_least(share, sizes[1])};
cleanup:
    return status;
}

/* ------------------------------------------------------------------ weights */

/* Rank 0's: the weights of a split's rows to their places among those of its source. */
static hol_status take_weights(hol_data_import *self, int split, const double *weights) {
    hol_data_input *input = &self->inputs[split], *from = &self->inputs[input->source];
    int64_t kept = 0;
    if (!from->weights) {
        const hol_status status = HOL_ALLOCATE(from->weights, from->file_rows, "weights");
        if (status != HOL_OK) return status;
    }
    for (int64_t r = 0; r < from->file_rows; r++)
        if (!from->assigned || from->assigned[r] == split) {
            input->weight += weights[kept];
            from->weights[r] = weights[kept++];
        }
    return HOL_OK;
}

static hol_status reweigh(hol_data_import *self, int split) {
    hol_status status = HOL_OK;
    uint8_t *states = NULL;
    double *weights = NULL;
    hol_similar similar = {0};
    HOL_TRY(share_rows(self, self->inputs[split].source, split, self->reweight, &states, &similar));
    HOL_TRY(hol_comm_agree(self->comm, HOL_ALLOCATE(weights, similar.rows, "weights")));
    HOL_TRY(hol_neighbours_weigh(self->comm, &similar, weights));
    if (hol_comm_rank(self->comm) == 0) status = take_weights(self, split, weights);
    status = hol_comm_agree(self->comm, status);
cleanup:
    hol_free(states);
    hol_free(weights);
    return status;
}

hol_status hol_data_reweigh(hol_data_import *self) {
    hol_status status = HOL_OK;
    for (int i = 0; i < self->count && self->reweight > 0; i++) HOL_TRY(reweigh(self, i));
cleanup:
    return status;
}

/* ------------------------------------------------------------------ clusters */

/* Rank 0's: how many there are, and how large. */
static hol_status take_clusters(hol_data_import *self, hol_data_input *from, const int64_t *clusters) {
    hol_status status = HOL_OK;
    int64_t *sizes = NULL;
    HOL_TRY(HOL_ALLOCATE(from->hashes, from->file_rows, "clusters of rows"));
    HOL_TRY(HOL_ALLOCATE(sizes, from->file_rows, "clusters of rows"));
    for (int64_t r = 0; r < from->file_rows; r++) {
        from->hashes[r] = (uint64_t)clusters[r];
        self->clusters += clusters[r] == r;
        if (++sizes[clusters[r]] > self->largest_cluster) self->largest_cluster = sizes[clusters[r]];
    }
cleanup:
    hol_free(sizes);
    return status;
}

static hol_status find_clusters(hol_data_import *self, int source) {
    hol_status status = HOL_OK;
    uint8_t *states = NULL;
    int64_t *clusters = NULL;
    hol_similar similar = {0};
    HOL_TRY(share_rows(self, source, -1, self->cluster, &states, &similar));
    HOL_TRY(hol_comm_agree(self->comm, HOL_ALLOCATE(clusters, similar.rows, "clusters of rows")));
    HOL_TRY(hol_neighbours_cluster(self->comm, &similar, clusters));
    if (hol_comm_rank(self->comm) == 0) status = take_clusters(self, &self->inputs[source], clusters);
    status = hol_comm_agree(self->comm, status);
cleanup:
    hol_free(states);
    hol_free(clusters);
    return status;
}

hol_status hol_data_find_clusters(hol_data_import *self) {
    hol_status status = HOL_OK;
    for (int i = 0; i < self->count && self->cluster > 0; i++) {
        bool has_drawn = false;
        for (int k = 0; k < self->count; k++) has_drawn = has_drawn || (k != i && self->inputs[k].source == i);
        if (has_drawn) HOL_TRY(find_clusters(self, i));
    }
cleanup:
    return status;
}

void hol_data_add_clusters(const hol_data_import *self, hol_result *result) {
    if (self->cluster > 0)
        hol_result_line(result, NULL, "%s: %lld clusters (identity %g), the largest of %lld rows", self->output,
                        (long long)self->clusters, self->cluster, (long long)self->largest_cluster);
}
