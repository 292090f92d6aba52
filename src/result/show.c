/* show: a result in the form that was asked for; text.c, json.c and csv.c have these. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/log.h"
#include "base/words.h"
#include "records.h"

enum { INDENT = 4 }; /* of what has no label */

/* A line for a reader whose terminal is narrower goes on behind the label. Tables stay as they are. */
static int columns_for(const hol_result *self, const hol_record *record) {
    const bool is_line =
        record->kind == HOL_RECORD_TEXT || record->kind == HOL_RECORD_QUANTITY || record->kind == HOL_RECORD_SERIES;
    return is_line && self->form == HOL_FORM_TEXT ? hol_log_get_columns(self->to) : 0;
}

/* JSON, which is no record, has its own escapes */
static void put(hol_result *self, const char *text, const hol_record *record) {
    const size_t size = record ? HOL_ESCAPE_GROWTH * strlen(text) + 1 : 1;
    char *printed = malloc(size);
    if (!printed) {
        self->is_lost = true;
        return;
    }
    if (record) {
        (void)hol_escape(text, true, printed, size);
        hol_words_fold(self->to, printed, columns_for(self, record), 0, record->label ? record->label_width : INDENT);
    } else (void)fputs(text, self->to);
    if (ferror(self->to) && errno == EPIPE) self->reader_left = true;
    free(printed);
}

/* a record, or NULL: all as JSON */
static void show(hol_result *self, const hol_record *record) {
    char *text = NULL;
    size_t size = 0;
    bool is_good = true;
    FILE *stream = open_memstream(&text, &size);
    if (stream && !record) is_good = hol_result_write_json(stream, self);
    else if (stream && self->form == HOL_FORM_TEXT) hol_record_write(stream, record);
    else if (stream && record->kind == HOL_RECORD_TABLE) hol_result_write_table(stream, record);
    if (!stream || fclose(stream) != 0 || !is_good) self->is_lost = true;
    else put(self, text, record);
    free(text);
}

void hol_result_flush(hol_result *self) {
    if (!self->to || self->form == HOL_FORM_JSON) return;
    for (const hol_record *r = self->last_shown ? self->last_shown->next : self->first; r; r = r->next) show(self, r);
    self->last_shown = self->last;
    if (fflush(self->to) != 0 && errno == EPIPE) self->reader_left = true;
}

hol_status hol_result_finish(hol_result *self, hol_status status) {
    if (status == HOL_OK) hol_result_flush(self);
    if (status == HOL_OK && self->to && self->form == HOL_FORM_JSON) show(self, NULL);
    self->is_lost |= self->to && ferror(self->to) != 0;
    /* only closing tells of all that a file system can refuse */
    const bool failed = self->to && fclose(self->to) != 0;
    self->to = NULL;
    if (failed && errno == EPIPE) self->reader_left = true;
    if (status == HOL_OK && (failed || self->is_lost) && !self->reader_left)
        return hol_error(HOL_FAILURE, "standard output could not be written");
    return status;
}
