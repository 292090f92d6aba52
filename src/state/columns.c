/* columns: states to units and back. */
#include "state/columns.h"

void hol_columns_to_units(const hol_columns *columns, int64_t rows, const uint8_t *states, uint8_t *units) {
    const int64_t *first = columns->first_units, width = first[columns->count];
    for (int64_t r = 0; r < rows; r++)
        for (int64_t c = 0; c < columns->count; c++)
            for (int64_t u = first[c]; u < first[c + 1]; u++)
                units[r * width + u] = hol_columns_unit(columns, c, states[r * columns->count + c], u - first[c]);
}

void hol_columns_from_units(const hol_columns *columns, int64_t rows, const uint8_t *units, uint8_t *states) {
    const int64_t width = columns->first_units[columns->count];
    for (int64_t r = 0; r < rows; r++)
        for (int64_t c = 0; c < columns->count; c++)
            states[r * columns->count + c] = (uint8_t)hol_columns_state(columns, c, units + r * width);
}
