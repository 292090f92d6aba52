/* backend: the names of one instruction set's kernels, which lie in several files of its folder. HOL_BACKEND(name) puts
 * the folder's prefix before a name, so that the same body gives each folder a function of its own. */
#ifndef HOL_SRC_NUM_BACKEND_H
#define HOL_SRC_NUM_BACKEND_H

#include <stdbool.h>

#include "vectors.h"

hol_index_lanes_kernel HOL_BACKEND(index_lanes);
hol_product_kernel HOL_BACKEND(product);
hol_index_levels_kernel HOL_BACKEND(index_levels);
hol_level_product_kernel HOL_BACKEND(level_product);
hol_index_narrow_kernel HOL_BACKEND(index_narrow);
hol_product_narrow_kernel HOL_BACKEND(product_narrow);
hol_add_rows_narrow_kernel HOL_BACKEND(add_rows_narrow);
hol_add_sites_kernel HOL_BACKEND(add_sites);
hol_pairs_kernel HOL_BACKEND(pairs);
hol_scan_kernel HOL_BACKEND(scan);
hol_spin_kernel HOL_BACKEND(spins);
hol_sparse_kernel HOL_BACKEND(sparse_few);
hol_sample_kernel HOL_BACKEND(sample);
hol_estimate_kernel HOL_BACKEND(estimate);
extern const hol_kernels HOL_BACKEND(kernels);

/* what AMX has of its own (num/amx), beside AVX-512's */
extern const hol_kernels hol_amx_kernels;
bool hol_amx_has_tiles(void);
hol_index_levels_kernel hol_amx_index_levels;
hol_level_product_kernel hol_amx_level_product;
hol_product_narrow_kernel hol_amx_product_narrow;

#endif
