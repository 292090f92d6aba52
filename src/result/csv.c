/* csv: tables as comma-separated values. */
#include <math.h>

#include "io/replace.h"
#include "records.h"

void hol_result_write_table(FILE *stream, const void *written) {
    const hol_record *table = written;
    for (const hol_row *row = NULL; table; row = row ? row->next : table->rows) { /* the names first */
        char text[HOL_NUMBER_SIZE];
        bool is_first = true;
        for (int64_t c = 0; c < table->count; c++) {
            const hol_cell cell = row ? row->cells[c] : (hol_cell){.text = table->columns[c].name};
            if (!table->columns[c].name) continue;
            if (!is_first) fputs(",", stream);
            if (cell.text) hol_replace_print_cell(stream, cell.text);
            else if (!isnan(cell.number)) {
                (void)hol_record_print_number(cell.number, table->digits, text);
                fputs(text, stream);
            }
            is_first = false;
        }
        fputs("\n", stream);
        if (row ? !row->next : !table->rows) return;
    }
}
