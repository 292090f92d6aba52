/* generate: bars and stripes. */
#include "io/generate.h"

#include "base/alloc.h"

hol_status hol_generate_bars_and_stripes(int64_t size, uint8_t **ret_states, int64_t *ret_rows) {
    *ret_states = NULL;
    *ret_rows = 0;
    if (size < HOL_BARS_SIZE_LEAST || size > HOL_BARS_SIZE_MOST)
        return hol_error(HOL_USAGE, "bars-and-stripes: found size %lld, expected %d to %d", (long long)size,
                         HOL_BARS_SIZE_LEAST, HOL_BARS_SIZE_MOST);
    const int64_t masks = (int64_t)1 << size, rows = 2 * masks - 2, columns = size * size;
    uint8_t *states = NULL;
    const hol_status status = HOL_ALLOCATE(states, HOL_PRODUCT(rows, columns), "bars and stripes");
    if (status != HOL_OK) return status;
    for (int64_t r = 0; r < rows; r++) {
        const int64_t mask = r < masks ? r : r - masks + 1;
        for (int64_t i = 0; i < columns; i++)
            states[r * columns + i] = (uint8_t)(mask >> (r < masks ? i / size : i % size) & 1);
    }
    *ret_states = states;
    *ret_rows = rows;
    return HOL_OK;
}
