/* columns: states to units and back. */
#include "state/columns.h"

void hol_columns_to_units(const hol_columns *columns, int64_t rows, const uint8_t *states, uint8_t *units) {
    const int64_t width = columns->first_units[columns->count];
    for (int64_t r = 0; r < rows; r++)
        for (int64_t c = 0; c < columns->count; c++) {
            const hol_variable variable = hol_columns_get(columns, c);
            hol_variable_set(&variable, states[r * columns->count + c], units + r * width);
        }
}

void hol_columns_from_units(const hol_columns *columns, int64_t rows, const uint8_t *units, uint8_t *states) {
    const int64_t width = columns->first_units[columns->count];
    for (int64_t r = 0; r < rows; r++)
        for (int64_t c = 0; c < columns->count; c++) {
            const hol_variable variable = hol_columns_get(columns, c);
            states[r * columns->count + c] = (uint8_t)hol_variable_state(&variable, units + r * width);
        }
}
