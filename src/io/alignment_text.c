/* alignment_text: records of FASTA, one after the other, and of Stockholm, all at once.
 *
 * Contents: lines; FASTA; Stockholm; both. */
#include <stdio.h>
#include <string.h>

#include "alignment_parts.h"
#include "array_parts.h"
#include "base/alloc.h"
#include "base/escape.h"
#include "io/dataset_notes.h"

enum { BUFFER_SIZE = 1 << 16, LENGTH_MOST = 1 << 26 };

/* One of Stockholm's, put together of blocks. */
struct row {
    char *text; /* owned */
    int64_t length, room, line;
    int64_t block; /* the one that its newest letters are of */
    int64_t name;  /* where it begins among the names */
};

struct hol_records {
    hol_array_bytes *bytes; /* owned */
    char *buffer;           /* owned: BUFFER_SIZE bytes as they come from the file */
    int64_t buffered, used;
    char *line; /* owned: the newest, a NUL behind it */
    int64_t length, line_room;
    int64_t number; /* of the newest line, from 1 */
    bool is_held;   /* the newest line is yet to be taken */
    bool after_return, is_stockholm;

    char name[HOL_DATASET_NAME_MOST + 1]; /* of the newest record: UTF-8, and no byte that a terminal obeys */
    char *text;                           /* owned: its letters */
    int64_t text_room;

    struct row *rows; /* owned: (count) of Stockholm */
    int64_t count, rows_room, next;
    int64_t block; /* of lines without a blank one between, from 1 */
    char *names;   /* owned */
    int64_t names_used, names_room;
    int64_t *table; /* owned: (table_size) by the hashes of names a row's number and 1; 0: none */
    int64_t table_size;
};

/* ------------------------------------------------------------------ lines */

static hol_status refuse(const hol_records *self, int64_t line, const char *found, const char *expected) {
    return hol_error(HOL_BAD_INPUT, "%s:%lld: found %s, expected %s", hol_array_bytes_path(self->bytes),
                     (long long)line, found, expected);
}

static hol_status add_to_line(hol_records *self, const char *from, int64_t count) {
    if (self->length + count > LENGTH_MOST)
        return refuse(self, self->number + 1, "a line of more than 67108864 bytes", "at most that");
    const hol_status status =
        HOL_GROW(self->line, self->length, self->length + count + 1, &self->line_room, "a line of text");
    if (status != HOL_OK) return status;
    if (count > 0) memcpy(self->line + self->length, from, (size_t)count);
    self->length += count;
    self->line[self->length] = '\0';
    return HOL_OK;
}

static int64_t find_end(const char *from, int64_t count) {
    int64_t i = 0;
    while (i < count && from[i] != '\n' && from[i] != '\r') i++;
    return i;
}

/* The next line, whose end is \n, \r\n or \r; *ret_has is false at the end of the file. */
static hol_status read_line(hol_records *self, bool *ret_has) {
    hol_status status = HOL_OK;
    *ret_has = self->is_held;
    if (self->is_held) {
        self->is_held = false;
        return HOL_OK;
    }
    self->length = 0;
    for (bool ended = false; !ended;) {
        if (self->used == self->buffered) {
            self->used = 0;
            HOL_TRY(hol_array_bytes_read_some(self->bytes, self->buffer, BUFFER_SIZE, &self->buffered));
            if (self->buffered == 0) break;
        }
        if (self->after_return && self->buffer[self->used] == '\n') self->used++;
        self->after_return = false;
        if (self->used == self->buffered) continue;
        *ret_has = true;
        const char *from = self->buffer + self->used;
        const int64_t count = find_end(from, self->buffered - self->used);
        HOL_TRY(add_to_line(self, from, count));
        ended = self->used + count < self->buffered;
        self->after_return = ended && from[count] == '\r';
        self->used += count + ended;
    }
    if (!*ret_has) return HOL_OK;
    self->number++;
    if (self->number == 1 && strncmp(self->line, "\xEF\xBB\xBF", 3) == 0)
        memmove(self->line, self->line + 3, (size_t)(self->length -= 3) + 1);
    if (memchr(self->line, 0, (size_t)self->length)) return refuse(self, self->number, "a zero byte", "text");
cleanup:
    return status;
}

/* Appends a line's letters from `from` on, without blanks. */
static hol_status add_letters(hol_records *self, const char *from, char **text, int64_t *length, int64_t *room) {
    char found[32];
    const int64_t most = self->length - (from - self->line);
    if (*length + most > LENGTH_MOST)
        return refuse(self, self->number, "a sequence of more than 67108864 letters", "at most that");
    hol_status status = HOL_GROW(*text, *length, *length + most + 1, room, "a sequence");
    if (status != HOL_OK) return status;
    for (const char *at = from; *at; at++) {
        if (*at == ' ' || *at == '\t') continue;
        if (*at < ' ' || *at > '~') {
            (void)snprintf(found, sizeof found, "the byte 0x%02X", (unsigned char)*at);
            return refuse(self, self->number, found, "letters of a sequence");
        }
        (*text)[(*length)++] = *at;
    }
    return HOL_OK;
}

static bool is_blank(const char *line) { return line[strspn(line, " \t\f\v")] == '\0'; }

/* ------------------------------------------------------------------ FASTA */

/* The first word behind the mark, which the line loses. */
static void take_name(hol_records *self) {
    char *from = self->line + 1 + strspn(self->line + 1, " \t");
    from[strcspn(from, " \t")] = '\0';
    (void)hol_escape(from, false, self->name, sizeof self->name);
}

/* Comments are older than FASTA's marks: ';', and '#' before the first. */
static hol_status next_of_fasta(hol_records *self, hol_record *ret) {
    hol_status status = HOL_OK;
    bool has = false, is_named = false;
    int64_t length = 0, begin = 0;
    *ret = (hol_record){0};
    for (;;) {
        HOL_TRY(read_line(self, &has));
        if (!has || (is_named && self->line[0] == '>')) break;
        const bool is_comment = self->line[0] == ';' || (self->line[0] == '#' && !is_named);
        if (is_comment || is_blank(self->line)) continue;
        if (self->line[0] == '>') {
            is_named = true;
            begin = self->number;
            take_name(self);
        } else if (!is_named) return refuse(self, self->number, "no '>'", "the name of a sequence: '>NAME'");
        else HOL_TRY(add_letters(self, self->line, &self->text, &length, &self->text_room));
    }
    self->is_held = has;
    if (is_named && length == 0) return refuse(self, begin, "a name without a sequence", "its letters behind it");
    if (is_named) *ret = (hol_record){.name = self->name, .line = begin, .text = self->text, .length = length};
cleanup:
    return status;
}

/* ------------------------------------------------------------------ Stockholm */

static uint64_t hash_of(const char *text, size_t length) {
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < length; i++) hash = (hash ^ (unsigned char)text[i]) * UINT64_C(0x100000001b3);
    return hash ^ hash >> 29;
}

/* Where a name is in the table, or would be. */
static int64_t *find_slot(const hol_records *self, const char *name, size_t length) {
    uint64_t at = hash_of(name, length);
    for (;; at++) {
        int64_t *slot = &self->table[at & (uint64_t)(self->table_size - 1)];
        if (*slot == 0) return slot;
        const char *other = self->names + self->rows[*slot - 1].name;
        if (strlen(other) == length && memcmp(other, name, length) == 0) return slot;
    }
}

static hol_status grow_table(hol_records *self) {
    hol_status status = HOL_OK;
    if (2 * (self->count + 1) <= self->table_size) return HOL_OK;
    hol_free(self->table);
    self->table_size = self->table_size > 0 ? 4 * self->table_size : 1 << 10;
    HOL_TRY(HOL_ALLOCATE(self->table, self->table_size, "names of sequences"));
    for (int64_t r = 0; r < self->count; r++) {
        const char *name = self->names + self->rows[r].name;
        *find_slot(self, name, strlen(name)) = r + 1;
    }
cleanup:
    return status;
}

/* The row of this name, a new one where there is none. */
static hol_status find_row(hol_records *self, const char *name, size_t length, struct row **ret) {
    hol_status status = HOL_OK;
    HOL_TRY(grow_table(self));
    int64_t *slot = find_slot(self, name, length);
    if (*slot == 0) {
        HOL_TRY(HOL_GROW(self->rows, self->count, self->count + 1, &self->rows_room, "sequences"));
        HOL_TRY(HOL_GROW(self->names, self->names_used, self->names_used + (int64_t)length + 1, &self->names_room,
                         "names of sequences"));
        memcpy(self->names + self->names_used, name, length);
        self->names[self->names_used + (int64_t)length] = '\0';
        self->rows[self->count] = (struct row){.name = self->names_used, .line = self->number};
        self->names_used += (int64_t)length + 1;
        *slot = ++self->count;
    }
    *ret = &self->rows[*slot - 1];
cleanup:
    return status;
}

static hol_status take_stockholm_line(hol_records *self) {
    const char *name = self->line + strspn(self->line, " \t");
    const size_t length = strcspn(name, " \t");
    const char *letters = name + length;
    struct row *row = NULL;
    if (is_blank(letters)) return refuse(self, self->number, "a name without a sequence", "its letters behind it");
    const hol_status status = find_row(self, name, length, &row);
    if (status != HOL_OK) return status;
    if (row->block == self->block)
        return refuse(self, self->number, "a name a second time in one block", "each name once in a block");
    row->block = self->block;
    return add_letters(self, letters, &row->text, &row->length, &row->room);
}

static hol_status read_stockholm(hol_records *self) {
    hol_status status = HOL_OK;
    bool has = false, has_ended = false;
    self->block = 1;
    for (;;) {
        HOL_TRY(read_line(self, &has));
        if (!has) break;
        self->block += is_blank(self->line);
        if (has_ended && !is_blank(self->line))
            return refuse(self, self->number, "more behind the '//' of an alignment", "a file for each");
        if (is_blank(self->line) || self->line[0] == '#') continue;
        if (strncmp(self->line, "//", 2) == 0) has_ended = true;
        else HOL_TRY(take_stockholm_line(self));
    }
    if (!has_ended) return refuse(self, self->number, "the end of the file", "'//' before it: is it cut off?");
cleanup:
    return status;
}

/* ------------------------------------------------------------------ both */

static hol_status recognize(hol_records *self, const char *path) {
    hol_status status = HOL_OK;
    bool has = true;
    do HOL_TRY(read_line(self, &has));
    while (has && is_blank(self->line));
    if (!has) return hol_error(HOL_BAD_INPUT, "%s: found an empty file, expected sequences", path);
    self->is_stockholm = strncmp(self->line, "# STOCKHOLM", 11) == 0;
    self->is_held = !self->is_stockholm;
    if (self->is_stockholm) status = read_stockholm(self);
    else if (!strchr(">;#", self->line[0]))
        status = refuse(self, self->number, "neither '>' nor '# STOCKHOLM'",
                        "aligned sequences: FASTA (a2m, a3m) or Stockholm");
cleanup:
    return status;
}

hol_status hol_records_open(const char *path, hol_records **ret) {
    hol_status status = HOL_OK;
    hol_records *self = NULL;
    *ret = NULL;
    HOL_TRY(HOL_ALLOCATE(self, 1, "sequences"));
    HOL_TRY(hol_array_bytes_open(path, path, NULL, &self->bytes));
    HOL_TRY(HOL_ALLOCATE(self->buffer, BUFFER_SIZE, "a file's buffer"));
    HOL_TRY(recognize(self, path));
    *ret = self;
    return HOL_OK;
cleanup:
    if (hol_error_code(status) == HOL_BAD_INPUT && self->buffer)
        status = hol_error_first(hol_records_check(self), status);
    hol_records_close(self);
    return status;
}

void hol_records_close(hol_records *self) {
    if (!self) return;
    for (int64_t r = 0; r < self->count; r++) hol_free(self->rows[r].text);
    hol_free(self->rows);
    hol_free(self->names);
    hol_free(self->table);
    hol_free(self->text);
    hol_free(self->line);
    hol_free(self->buffer);
    hol_array_bytes_close(self->bytes);
    hol_free(self);
}

hol_status hol_records_next(hol_records *self, hol_record *ret) {
    if (!self->is_stockholm) return next_of_fasta(self, ret);
    *ret = (hol_record){0};
    if (self->next == self->count) return HOL_OK;
    const struct row *row = &self->rows[self->next++];
    (void)hol_escape(self->names + row->name, false, self->name, sizeof self->name);
    *ret = (hol_record){self->name, row->line, row->text, row->length};
    return HOL_OK;
}

hol_status hol_records_check(hol_records *self) {
    hol_status status = HOL_OK;
    for (int64_t got = 1; got > 0 && status == HOL_OK;)
        status = hol_array_bytes_read_some(self->bytes, self->buffer, BUFFER_SIZE, &got);
    return status;
}

hol_status hol_records_rewind(hol_records *self) {
    self->next = 0;
    if (self->is_stockholm) return HOL_OK;
    self->buffered = self->used = self->number = self->length = 0;
    self->is_held = self->after_return = false;
    return hol_array_bytes_rewind(self->bytes);
}
