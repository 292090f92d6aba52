/* molecule_mmcif: the loop of _atom_site items of an mmCIF file.
 *
 * A file is words: between blanks, in quotes that end where a blank follows, or text between lines that begin with a
 * semicolon. `loop_`, the items' names, then their values row by row, until a name or another loop. Author's names of
 * chains and numbers are taken where there are some, as PDB files have them. */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "molecule_parts.h"

enum { ITEMS_MAX = 96 };

typedef struct cif_word {
    const char *text; /* borrowed */
    int64_t length;   /* 0 and no quote: the end */
    bool is_quoted;
    int64_t line;
} cif_word;

typedef struct cif_reader {
    const char *path, *text, *at; /* borrowed */
    int64_t line;
    cif_word word;
} cif_reader;

/* the items that are used, as columns of the loop; -1: it has none */
typedef enum item {
    GROUP,
    ELEMENT,
    ATOM,
    RESIDUE,
    CHAIN,
    NUMBER,
    LABEL_ATOM,
    LABEL_RESIDUE,
    LABEL_CHAIN,
    LABEL_NUMBER,
    INSERTION,
    X,
    Y,
    Z,
    OCCUPANCY,
    MODEL,
    ITEMS
} item;

static const char *const item_names[ITEMS] = {[GROUP] = "group_PDB",
                                              [ELEMENT] = "type_symbol",
                                              [ATOM] = "auth_atom_id",
                                              [RESIDUE] = "auth_comp_id",
                                              [CHAIN] = "auth_asym_id",
                                              [NUMBER] = "auth_seq_id",
                                              [LABEL_ATOM] = "label_atom_id",
                                              [LABEL_RESIDUE] = "label_comp_id",
                                              [LABEL_CHAIN] = "label_asym_id",
                                              [LABEL_NUMBER] = "label_seq_id",
                                              [INSERTION] = "pdbx_PDB_ins_code",
                                              [X] = "Cartn_x",
                                              [Y] = "Cartn_y",
                                              [Z] = "Cartn_z",
                                              [OCCUPANCY] = "occupancy",
                                              [MODEL] = "pdbx_PDB_model_num"};

/* ---- words ------------------------------------------------------------------------------------------------------- */

static bool is_blank(char c) { return !c || isspace((unsigned char)c); }

static void skip_blanks(cif_reader *self) {
    for (; *self->at && (is_blank(*self->at) || *self->at == '#'); self->at++) {
        if (*self->at == '#') self->at += strcspn(self->at, "\n");
        if (!*self->at) return;
        if (*self->at == '\n') self->line++;
    }
}

static void next(cif_reader *self) {
    skip_blanks(self);
    const char *at = self->at, *end = at;
    cif_word *word = &self->word;
    *word = (cif_word){.text = at, .line = self->line};
    if (*at == ';' && (at == self->text || at[-1] == '\n')) {
        end = strstr(at, "\n;");
        if (!end) end = at + strlen(at);
        *word = (cif_word){at + 1, end - at - 1, true, self->line};
        for (const char *c = at; c < end; c++) self->line += *c == '\n';
        if (*end) end += 2, self->line++;
    } else if (*at == '\'' || *at == '"') {
        for (end = at + 1; *end && *end != '\n' && !(*end == *at && is_blank(end[1]));) end++;
        *word = (cif_word){at + 1, end - at - 1, true, self->line};
        if (*end == *at) end++;
    } else {
        while (!is_blank(*end)) end++;
        word->length = end - at;
    }
    self->at = end;
}

static bool is_at_end(const cif_reader *self) { return self->word.length == 0 && !self->word.is_quoted; }

static bool begins(const cif_word *word, const char *text) {
    const size_t length = strlen(text);
    return !word->is_quoted && word->length >= (int64_t)length && strncasecmp(word->text, text, length) == 0;
}

static bool is_value(const cif_reader *self) {
    const cif_word *w = &self->word;
    return w->is_quoted ||
           (w->length > 0 && *w->text != '_' && !begins(w, "loop_") && !begins(w, "data_") && !begins(w, "save_"));
}

/* '.' and '?' stand for what there is not */
static bool is_given(const cif_word *words, const int *columns, item what) {
    if (columns[what] < 0) return false;
    const cif_word *w = &words[columns[what]];
    return w->is_quoted || (w->length > 0 && !(w->length == 1 && strchr(".?", *w->text)));
}

/* ---- the loop ---------------------------------------------------------------------------------------------------- */

static void name_column(const cif_word *word, int column, int *columns) {
    static const char prefix[] = "_atom_site.";
    const int64_t begin = sizeof prefix - 1;
    for (int k = 0; k < ITEMS; k++)
        if (word->length - begin == (int64_t)strlen(item_names[k]) &&
            strncasecmp(word->text + begin, item_names[k], strlen(item_names[k])) == 0)
            columns[k] = column;
}

static hol_status check_columns(const cif_reader *self, const int *columns) {
    static const item needed[] = {LABEL_ATOM, LABEL_RESIDUE, LABEL_CHAIN, LABEL_NUMBER, X, Y, Z};
    for (size_t k = 0; k < sizeof needed / sizeof *needed; k++) {
        const bool has_other =
            needed[k] >= LABEL_ATOM && needed[k] <= LABEL_NUMBER && columns[ATOM + (int)needed[k] - LABEL_ATOM] >= 0;
        if (columns[needed[k]] < 0 && !has_other)
            return hol_error(HOL_BAD_INPUT, "%s:%lld: found atoms without _atom_site.%s, expected that", self->path,
                             (long long)self->word.line, item_names[needed[k]]);
    }
    return HOL_OK;
}

/* Goes to the first value of the atoms' loop: columns is (ITEMS); *ret_count columns, 0 where there is no such loop. */
static hol_status find_loop(cif_reader *self, int *columns, int *ret_count) {
    *ret_count = 0;
    for (int k = 0; k < ITEMS; k++) columns[k] = -1;
    for (next(self); !is_at_end(self);) {
        const bool is_loop = begins(&self->word, "loop_");
        next(self);
        if (!is_loop || !begins(&self->word, "_atom_site.")) continue;
        for (; begins(&self->word, "_"); next(self)) {
            if (*ret_count == ITEMS_MAX)
                return hol_error(HOL_BAD_INPUT, "%s:%lld: found more than %d items of atoms, expected fewer",
                                 self->path, (long long)self->word.line, ITEMS_MAX);
            name_column(&self->word, (*ret_count)++, columns);
        }
        return check_columns(self, columns);
    }
    return HOL_OK;
}

static hol_status refuse(const cif_reader *self, const cif_word *word, item what, const char *expected) {
    return hol_error(HOL_BAD_INPUT, "%s:%lld: found \"%.*s\" as _atom_site.%s, expected %s", self->path,
                     (long long)word->line, (int)(word->length < 40 ? word->length : 40), word->text, item_names[what],
                     expected);
}

static void copy(const cif_word *words, const int *columns, item what, char *to, int64_t size) {
    const item label = what + (LABEL_ATOM - ATOM);
    const bool has_other = what >= ATOM && what <= NUMBER && !is_given(words, columns, what);
    const item from = has_other ? label : what;
    *to = '\0';
    if (is_given(words, columns, from))
        hol_molecule_copy(words[columns[from]].text, words[columns[from]].length, to, size);
}

static hol_status read_row(const cif_reader *self, const cif_word *words, const int *columns, hol_atom_line *ret) {
    char text[16], *end = NULL;
    *ret = (hol_atom_line){.insertion = ' ', .occupancy = 1};
    copy(words, columns, ATOM, ret->atom, sizeof ret->atom);
    copy(words, columns, RESIDUE, ret->residue, sizeof ret->residue);
    copy(words, columns, CHAIN, ret->chain, sizeof ret->chain);
    copy(words, columns, NUMBER, text, sizeof text);
    const long number = strtol(text, &end, 10);
    if (*end || number < INT32_MIN || number > INT32_MAX)
        return refuse(self, &words[columns[columns[NUMBER] >= 0 ? NUMBER : LABEL_NUMBER]], NUMBER, "a whole number");
    ret->number = (int32_t)number;
    copy(words, columns, INSERTION, text, sizeof text);
    if (*text) ret->insertion = *text;
    copy(words, columns, GROUP, text, sizeof text);
    ret->is_hetero = strcasecmp(text, "ATOM") != 0;
    ret->is_sure = is_given(words, columns, LABEL_NUMBER);
    ret->is_ligand = ret->is_hetero && columns[LABEL_NUMBER] >= 0 && !ret->is_sure;
    for (int d = 0; d < 3; d++) {
        const cif_word *w = &words[columns[X + d]];
        if (!hol_molecule_number(w->text, w->length, &ret->at[d]))
            return refuse(self, w, (item)(X + d), "a coordinate");
    }
    copy(words, columns, OCCUPANCY, text, sizeof text);
    if (!hol_molecule_number(text, (int64_t)strlen(text), &ret->occupancy)) ret->occupancy = 1;
    return HOL_OK;
}

hol_status hol_molecule_read_mmcif(const char *path, const char *text, hol_atom_lines *ret) {
    hol_status status = HOL_OK;
    cif_reader self = {.path = path, .text = text, .at = text, .line = 1};
    cif_word words[ITEMS_MAX];
    int columns[ITEMS], count = 0;
    char model[16], first[16] = "", element[8];
    HOL_TRY(find_loop(&self, columns, &count));
    for (int64_t row = 0; count > 0 && is_value(&self); row++) {
        int c = 0;
        for (; c < count && is_value(&self); next(&self)) words[c++] = self.word;
        if (c < count)
            HOL_TRY(hol_error(HOL_BAD_INPUT, "%s:%lld: found an atom of %d values, expected %d (is the file cut?)",
                              path, (long long)words[0].line, c, count));
        copy(words, columns, MODEL, model, sizeof model);
        if (row == 0) strcpy(first, model);
        if (strcmp(first, model) != 0) continue;
        hol_atom_line atom;
        HOL_TRY(read_row(&self, words, columns, &atom));
        copy(words, columns, ELEMENT, element, sizeof element);
        if (hol_molecule_is_hydrogen(element, atom.atom)) continue;
        HOL_TRY(HOL_GROW(ret->lines, ret->count, ret->count + 1, &ret->room, "atoms"));
        ret->lines[ret->count++] = atom;
    }
cleanup:
    return status;
}
