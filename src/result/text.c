/* text: records as lines for readers. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "records.h"

/* ---- lines ------------------------------------------------------------------------------------------------------- */

static void write_label(FILE *stream, const hol_record *r) {
    const int width = r->label_width - r->indent;
    if (!r->label) return;
    const bool is_long = (int)strlen(r->label) >= width && width > 0;
    fprintf(stream, "%*s%-*s%s", r->indent, "", width, r->label, is_long ? " " : "");
}

/* as many as show two digits of the error, once it is rounded: 0.0996 is 0.10 */
static int find_decimals(double error) {
    char text[32];
    (void)snprintf(text, sizeof text, "%.1e", error);
    const int decimals = 1 - atoi(strchr(text, 'e') + 1);
    return decimals > 0 ? decimals : 0;
}

static void write_quantity(FILE *stream, const hol_record *r) {
    const double value = r->value * r->scale, error = r->error * r->scale;
    const bool by_error = r->decimals == HOL_DECIMALS_OF_ERROR;
    if (!r->label || isnan(value)) return;
    write_label(stream, r);
    if (by_error && !(isfinite(error) && error > 0)) {
        fprintf(stream, "%*.8g +- %g", r->value_width, value, error);
    } else {
        const int decimals = by_error ? find_decimals(error) : r->decimals;
        fprintf(stream, "%*.*f", r->value_width, decimals, value);
        if (!isnan(error)) fprintf(stream, " +- %.*f", decimals, error);
    }
    fprintf(stream, "%s%s%s\n", r->unit ? " " : "", r->unit ? r->unit : "", r->text ? r->text : "");
}

static void write_series(FILE *stream, const hol_record *r) {
    if (!r->label) return;
    write_label(stream, r);
    for (int64_t i = 0; i < r->count; i++) fprintf(stream, "%s%.*f", i ? " " : "", r->decimals, r->numbers[i]);
    fputs("\n", stream);
}

/* ---- tables ------------------------------------------------------------------------------------------------------ */

enum { CELL_SIZE = 64 };

/* what a row has in a column, its number in `space`; of no row the head */
static const char *find_text(const hol_column *column, const hol_cell *cell, char space[CELL_SIZE]) {
    if (!cell) return column->head;
    if (cell->text) return cell->text;
    if (isnan(cell->number)) return "-";
    (void)snprintf(space, CELL_SIZE, "%.*f%s", column->decimals, cell->number * (column->scale > 0 ? column->scale : 1),
                   column->unit ? column->unit : "");
    return space;
}

static int find_width(const hol_record *table, int64_t c) {
    char space[CELL_SIZE];
    size_t width = strlen(table->columns[c].head);
    if (table->columns[c].width != 0) return abs(table->columns[c].width);
    for (const hol_row *row = table->rows; row; row = row->next) {
        const size_t length = strlen(find_text(&table->columns[c], &row->cells[c], space));
        if (length > width) width = length;
    }
    return (int)width;
}

/* nothing is padded at the end of a line */
static void write_row(FILE *stream, const hol_record *table, const int *widths, const hol_row *row) {
    char space[CELL_SIZE];
    int64_t last = table->count - 1;
    bool is_first = true;
    while (last >= 0 && !table->columns[last].head) last--;
    for (int64_t c = 0; c <= last; c++) {
        const hol_column *column = &table->columns[c];
        if (!column->head) continue;
        const bool is_left = column->width < 0 || (column->width == 0 && is_first);
        const int width = is_left && c == last ? 0 : is_left ? -widths[c] : widths[c];
        fprintf(stream, "%*s%*s",
                is_first            ? 0
                : column->width > 0 ? 1
                                    : 2,
                "", width, find_text(column, row ? &row->cells[c] : NULL, space));
        is_first = false;
    }
    if (!is_first) fputs("\n", stream);
}

static void write_table(FILE *stream, const hol_record *table) {
    int *widths = calloc((size_t)table->count, sizeof *widths);
    bool has_heads = false;
    for (int64_t c = 0; widths && c < table->count; c++) {
        if (!table->columns[c].head) continue;
        has_heads |= table->columns[c].head[0] != '\0';
        widths[c] = find_width(table, c);
    }
    if (has_heads) write_row(stream, table, widths, NULL);
    for (const hol_row *row = table->rows; widths && row; row = row->next) write_row(stream, table, widths, row);
    free(widths);
}

/* ------------------------------------------------------------------------------------------------------------------ */

void hol_record_write(FILE *stream, const hol_record *r) {
    switch (r->kind) {
    case HOL_RECORD_TEXT:
        if (r->name || !r->text) return;
        write_label(stream, r);
        fprintf(stream, "%s\n", r->text);
        return;
    case HOL_RECORD_PRINTED: fputs(r->text ? r->text : "", stream); return;
    case HOL_RECORD_QUANTITY: write_quantity(stream, r); return;
    case HOL_RECORD_SERIES: write_series(stream, r); return;
    case HOL_RECORD_TABLE: write_table(stream, r); return;
    case HOL_RECORD_NUMBER:
    case HOL_RECORD_TEXTS:
    case HOL_RECORD_OPEN:
    case HOL_RECORD_OPEN_LIST:
    case HOL_RECORD_CLOSE: return;
    }
}
