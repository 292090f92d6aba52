/* operations: the list of them, for the end of each backend's kernels.c, where every name stands for the
 * backend's own. */
const hol_kernels HOL_BACKEND(kernels) = {
    .isa = HOL_BACKEND_NAME,
    .runs_here = runs_here,
    .index_lanes = HOL_BACKEND(index_lanes),
    .index_units = HOL_BACKEND(index_units),
    .product = HOL_BACKEND(product),
    .index_narrow = HOL_BACKEND(index_narrow),
    .product_narrow = HOL_BACKEND(product_narrow),
    .add_rows_narrow = HOL_BACKEND(add_rows_narrow),
    .list_lanes = list_lanes,
    .list_units = list_units,
    .add_rows = add_rows,
    .sample = sample,
    .scan = scan,
    .sparse = sparse,
    .sparse_few = SPARSE_FEW,
    .few = FEW,
    .spins = HOL_BACKEND(spins),
    .pairs = HOL_BACKEND(pairs),
    .softplus_sum = softplus_sum,
    .add_lines = add_lines,
};
