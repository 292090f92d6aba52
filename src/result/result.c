/* result: records are added here; show.c shows them. */
#include "result/result.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/words.h"
#include "records.h"

enum { DIGITS = 12, LABEL_WIDTH = 16 };

/* ---- memory ------------------------------------------------------------------------------------------------------ */

typedef struct block {
    struct block *next;
    max_align_t memory[];
} block;

/* zeroed, until the result is destroyed; NULL when memory is short, which is noted */
static void *take(hol_result *self, size_t size) {
    block *taken = calloc(1, sizeof *taken + size);
    self->is_lost |= !taken;
    if (!taken) return NULL;
    taken->next = self->blocks;
    self->blocks = taken;
    return taken->memory;
}

/* NULL gives NULL, and is no loss */
static const char *copy(hol_result *self, const char *text) {
    char *made = text ? take(self, strlen(text) + 1) : NULL;
    return made ? strcpy(made, text) : NULL;
}

static const char *print(hol_result *self, const char *format, va_list arguments) {
    va_list again;
    va_copy(again, arguments);
    const int length = format ? vsnprintf(NULL, 0, format, arguments) : -1;
    char *made = length >= 0 ? take(self, (size_t)length + 1) : NULL;
    if (made) (void)vsnprintf(made, (size_t)length + 1, format, again);
    va_end(again);
    return made;
}

hol_status hol_result_create(FILE *to, hol_result **ret) {
    const hol_status status = HOL_ALLOCATE(*ret, 1, "results");
    if (status == HOL_OK) **ret = (hol_result){.to = to, .digits = DIGITS, .label_width = LABEL_WIDTH};
    return status;
}

void hol_result_destroy(hol_result *self) {
    while (self && self->blocks) {
        block *next = self->blocks->next;
        free(self->blocks);
        self->blocks = next;
    }
    hol_free(self);
}

void hol_result_set_form(hol_result *self, hol_form form) { self->form = form; }
void hol_result_set_digits(hol_result *self, int digits) { self->digits = digits; }

void hol_result_set_layout(hol_result *self, int indent, int label, int value) {
    self->indent = indent;
    self->label_width = label;
    self->value_width = value;
}

/* ---- adding ------------------------------------------------------------------------------------------------------ */

/* NULL when memory is short */
static hol_record *add(hol_result *self, hol_record_kind kind, const char *name, const char *label) {
    hol_record *record = take(self, sizeof *record);
    if (!record) return NULL;
    *record = (hol_record){.kind = kind,
                           .name = copy(self, name),
                           .label = copy(self, label),
                           .digits = self->digits,
                           .indent = self->indent,
                           .label_width = self->label_width,
                           .value_width = self->value_width};
    if (self->last) self->last->next = record;
    else self->first = record;
    return self->last = record;
}

void hol_result_number(hol_result *self, const char *name, double value) {
    hol_record *record = add(self, HOL_RECORD_NUMBER, name, NULL);
    if (record) record->value = value;
}

void hol_result_text(hol_result *self, const char *name, const char *text) {
    hol_record *record = add(self, HOL_RECORD_TEXT, name, NULL);
    if (record) record->text = copy(self, text);
}

void hol_result_texts(hol_result *self, const char *name, const char *const *texts, int64_t count) {
    hol_record *record = add(self, HOL_RECORD_TEXTS, name, NULL);
    if (record) record->texts = take(self, (size_t)count * sizeof *texts);
    if (!record || !record->texts) return;
    record->count = count;
    for (int64_t i = 0; i < count; i++) record->texts[i] = copy(self, texts[i]);
}

void hol_result_open(hol_result *self, const char *name) { (void)add(self, HOL_RECORD_OPEN, name, NULL); }
void hol_result_open_list(hol_result *self, const char *name) { (void)add(self, HOL_RECORD_OPEN_LIST, name, NULL); }
void hol_result_close(hol_result *self) { (void)add(self, HOL_RECORD_CLOSE, NULL, NULL); }

void hol_result_line(hol_result *self, const char *label, const char *format, ...) {
    hol_record *record = add(self, HOL_RECORD_TEXT, NULL, label);
    va_list arguments;
    va_start(arguments, format);
    if (record) record->text = print(self, format, arguments);
    va_end(arguments);
}

void hol_result_print(hol_result *self, const char *format, ...) {
    hol_record *record = add(self, HOL_RECORD_PRINTED, NULL, NULL);
    va_list arguments;
    va_start(arguments, format);
    if (record) record->text = print(self, format, arguments);
    va_end(arguments);
}

void hol_result_fill(hol_result *self, const char *text, int indent) {
    enum { WIDTH = 79 };
    char *folded = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&folded, &size);
    if (stream) hol_words_fold(stream, text, WIDTH, indent, indent);
    if (!stream || fclose(stream) != 0) self->is_lost = true;
    else hol_result_print(self, "%*s%s\n", indent, "", folded);
    free(folded);
}

void hol_result_quantity(hol_result *self, const hol_quantity *value, const char *note, ...) {
    hol_record *record = add(self, HOL_RECORD_QUANTITY, value->name, value->label);
    if (!record) return;
    record->error_name = copy(self, value->error_name);
    record->unit = copy(self, value->unit);
    record->value = value->value;
    record->error = value->error_name || value->error > 0 ? value->error : (double)NAN;
    record->scale = value->scale > 0 ? value->scale : 1;
    record->decimals = value->decimals;
    va_list arguments;
    va_start(arguments, note);
    record->text = print(self, note, arguments);
    va_end(arguments);
}

void hol_result_series(hol_result *self, const char *name, const char *label, const double *values, int64_t count,
                       int decimals) {
    hol_record *record = add(self, HOL_RECORD_SERIES, name, label);
    double *numbers = record ? take(self, (size_t)count * sizeof *values) : NULL;
    if (!numbers) return;
    record->numbers = memcpy(numbers, values, (size_t)count * sizeof *values);
    record->count = count;
    record->decimals = decimals;
}

hol_record *hol_result_table(hol_result *self, const char *name, const hol_column *columns, int count) {
    hol_record *record = add(self, HOL_RECORD_TABLE, name, NULL);
    hol_column *own = record ? take(self, (size_t)count * sizeof *own) : NULL;
    if (!own) return NULL;
    record->columns = memcpy(own, columns, (size_t)count * sizeof *own);
    record->count = count;
    return record;
}

void hol_result_row(hol_result *self, hol_record *table, const hol_cell *cells) {
    hol_row *row = table ? take(self, sizeof *row + (size_t)table->count * sizeof *cells) : NULL;
    if (!row) return;
    for (int64_t c = 0; c < table->count; c++) row->cells[c] = (hol_cell){copy(self, cells[c].text), cells[c].number};
    if (table->last_row) table->last_row->next = row;
    else table->rows = row;
    table->last_row = row;
}

bool hol_record_print_number(double value, int digits, char text[HOL_NUMBER_SIZE]) {
    const bool is_whole = fabs(value) < 0x1p53 && value == floor(value);
    (void)snprintf(text, HOL_NUMBER_SIZE, "%.*g", is_whole ? 17 : digits, value);
    return is_whole;
}
