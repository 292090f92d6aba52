/* operations: the list of them, for the end of each backend's kernels.c, where every name stands for the
 * backend's own. */
const hol_kernels HOL_BACKEND(kernels) = {
    .isa = HOL_BACKEND_NAME,
    .runs_here = runs_here,
    .index_lanes = HOL_BACKEND(index_lanes),
    .index_units = HOL_BACKEND(index_units),
    .product = HOL_BACKEND(product),
    .list_lanes = list_lanes,
    .list_units = list_units,
    .add_rows = add_rows,
    .sample = sample,
    .probabilities = probabilities,
    .index_levels = HOL_BACKEND(index_levels),
    .level_product = HOL_BACKEND(level_product),
    .scan = scan,
    .sparse = sparse,
    .spins = HOL_BACKEND(spins),
    .pairs = HOL_BACKEND(pairs),
    .softplus_sum = softplus_sum,
    .add_lines = add_lines,
};
