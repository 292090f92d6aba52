/* neighbours: each rank compares its part of the pairs. */
#include "state/neighbours.h"

#include "base/alloc.h"

hol_status hol_neighbours_weigh(hol_comm *comm, const hol_similar *similar, double *weights) {
    hol_status status = HOL_OK;
    int64_t *counts = NULL;
    status = HOL_ALLOCATE(counts, similar->rows, "similar rows");
    if (status == HOL_OK) status = hol_similar_count(similar, hol_comm_rank(comm), hol_comm_size(comm), counts);
    HOL_TRY(hol_comm_agree(comm, status));
    HOL_TRY(hol_comm_sum_i64(comm, counts, similar->rows));
    for (int64_t r = 0; r < similar->rows; r++) weights[r] = 1.0 / (double)(1 + counts[r]);
cleanup:
    hol_free(counts);
    return status;
}

/* Every rank joins what another has joined, until no row has a root that is another elsewhere. Roots are the first rows
 * of their trees; least is (rows). */
static hol_status join_all(hol_comm *comm, int64_t rows, int64_t *roots, int64_t *least) {
    hol_status status = HOL_OK;
    for (int64_t differs = 1; differs;) {
        for (int64_t r = 0; r < rows; r++) least[r] = -hol_similar_root(roots, r);
        HOL_TRY(hol_comm_max_i64(comm, least, rows)); /* of what is negative, the smallest root */
        differs = 0;
        for (int64_t r = 0; r < rows; r++) differs |= -least[r] != hol_similar_root(roots, r);
        for (int64_t r = 0; r < rows; r++) hol_similar_unite(roots, r, -least[r]);
        HOL_TRY(hol_comm_max_i64(comm, &differs, 1));
    }
cleanup:
    return status;
}

hol_status hol_neighbours_cluster(hol_comm *comm, const hol_similar *similar, int64_t *clusters) {
    hol_status status = HOL_OK;
    int64_t *least = NULL;
    for (int64_t r = 0; r < similar->rows; r++) clusters[r] = r;
    status = HOL_ALLOCATE(least, similar->rows, "clusters of rows");
    if (status == HOL_OK) status = hol_similar_join(similar, hol_comm_rank(comm), hol_comm_size(comm), clusters);
    HOL_TRY(hol_comm_agree(comm, status));
    HOL_TRY(join_all(comm, similar->rows, clusters, least));
    for (int64_t r = 0; r < similar->rows; r++) clusters[r] = hol_similar_root(clusters, r);
cleanup:
    hol_free(least);
    return status;
}
