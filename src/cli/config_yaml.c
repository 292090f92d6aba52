/* config_yaml: a config from YAML text, checked against the table.
 *
 * libyaml is used directly: its nodes carry line and column, and the table says the rest. The subset taken is what a
 * config needs: one document of mappings and scalars. Anchors, aliases and tags are refused: they make a value stand
 * elsewhere than where it is read. Numbers are checked here, letter by letter: "0.1x", "nan", "010" and "0x10" are not
 * numbers to a reader who does not know C.
 *
 * Contents: errors; unknown keys; YAML; values; keys; overrides. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <yaml.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/words.h"
#include "cli/deadline.h"
#include "cli/shape.h"
#include "config_reader.h"
#include "io/output.h"
#include "io/recognize.h"
#include "num/bits.h"

enum { DEPTH_MAX = 64 };

/* ---- errors ---- */

/* "FILE:LINE:COLUMN: KEY: ..." or "--set KEY=VALUE: ..."; key may be NULL */
hol_status hol_config_refuse(const reader *self, place at, const char *key, const char *format, ...) {
    char text[HOL_VALUE_TEXT_MAX], quoted[HOL_VALUE_TEXT_MAX];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (at.override) {
        hol_value_quote(at.override, strlen(at.override), quoted, sizeof quoted);
        quoted[strlen(quoted) - 1] = '\0';
        return hol_error(HOL_USAGE, "--set %s: %s", quoted + 1, text);
    }
    const char *colon = key ? ": " : "";
    if (!key) key = "";
    if (at.line == 0) return hol_error(HOL_USAGE, "%s: %s%s%s", self->name, key, colon, text);
    return hol_error(HOL_USAGE, "%s:%zu:%zu: %s%s%s", self->name, at.line, at.column, key, colon, text);
}

hol_status hol_config_locate(const reader *self, place at, const char *key, hol_status why) {
    const hol_status status = refuse(self, at, key, "%s", hol_error_message(why));
    (void)hol_error_drop(why);
    return status;
}

/* ---- unknown keys ---- */

static hol_status refuse_unknown(const reader *self, place at, const char *section, const char *name) {
    char key[HOL_VALUE_TEXT_MAX], quoted[HOL_VALUE_TEXT_MAX], meant[HOL_VALUE_TEXT_MAX];
    (void)snprintf(key, sizeof key, "%s%s", section, name);
    hol_value_quote(key, strlen(key), quoted, sizeof quoted);
    (void)snprintf(key, sizeof key, "%.*s", (int)strlen(quoted) - 2, quoted + 1);
    if (hol_config_suggest(section, name, meant, sizeof meant)) {
        const char *how = strchr(name, '.') && !at.override ? ", written as a line of its own below the section" : "";
        return refuse(self, at, key, "found an unknown key, expected a known one; did you mean %s%s?", meant, how);
    }
    hol_config_list_names(section, meant, sizeof meant);
    return refuse(self, at, key, "found an unknown key, expected one of %s", meant);
}

/* ---- YAML ---- */

/* a piece of the text at a line and column (from 1, in characters), up to the line's end, in quotes */
static void quote_at(const char *text, size_t length, size_t line, size_t column, char *buffer, size_t size) {
    const char *at = text, *end = text + length;
    for (size_t i = 1; i < line && at < end; at++) i += *at == '\n';
    for (size_t i = 1; i < column && at < end && *at != '\n'; i++)
        for (at++; at < end && ((unsigned char)*at & 0xC0) == 0x80;) at++;
    size_t rest = 0;
    while (at + rest < end && at[rest] != '\n' && at[rest] != '\r') rest++;
    if (at < end && *at == '\t') (void)snprintf(buffer, size, "a tab");
    else if (rest == 0) (void)snprintf(buffer, size, at < end ? "the line's end" : "the end");
    else hol_value_quote(at, rest, buffer, size);
}

static hol_status refuse_syntax(const reader *self, const yaml_parser_t *parser, const char *text, size_t length,
                                const char *override) {
    char found[HOL_VALUE_TEXT_MAX];
    place at = {.line = parser->problem_mark.line + 1, .column = parser->problem_mark.column + 1, .override = override};
    if (parser->error == YAML_MEMORY_ERROR) return hol_error(HOL_FAILURE, "out of memory: config");
    if (parser->error == YAML_READER_ERROR) { /* it has an offset only */
        at.line = at.column = 1;
        for (size_t i = 0; i < parser->problem_offset && i < length; i++) {
            if (((unsigned char)text[i] & 0xC0) != 0x80) at.column++;
            if (text[i] == '\n') at.line++, at.column = 1;
        }
        return refuse(self, at, NULL, "found a byte that is no text (%s), expected YAML in UTF-8", parser->problem);
    }
    quote_at(text, length, at.line, at.column, found, sizeof found);
    if (strcmp(found, "a tab") == 0) return refuse(self, at, NULL, "found a tab, expected spaces for indentation");
    return refuse(self, at, NULL, "found %s, expected YAML (%s%s%s)", found, parser->context ? parser->context : "",
                  parser->context ? ": " : "", parser->problem ? parser->problem : "unknown error");
}

static place place_of(yaml_mark_t mark, const char *override) {
    return (place){.line = mark.line + 1, .column = mark.column + 1, .override = override};
}

/* what has been seen of the events so far */
typedef struct event_counts {
    int documents, depth;
} event_counts;

/* anchors, aliases and tags are gone or resolved in the document: they are seen in its events only. The depth is
 * bounded here, because libyaml's work grows with its square. */
static hol_status check_event(const reader *self, const yaml_event_t *event, const char *override,
                              event_counts *so_far) {
    const yaml_char_t *anchor = NULL, *tag = NULL;
    const place at = place_of(event->start_mark, override);
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        if (++so_far->documents > 1) return refuse(self, at, NULL, "found a second document, expected one");
        break;
    case YAML_ALIAS_EVENT: return refuse(self, at, NULL, "found an alias (*), expected the value itself");
    case YAML_SCALAR_EVENT: anchor = event->data.scalar.anchor, tag = event->data.scalar.tag; break;
    case YAML_SEQUENCE_START_EVENT:
        anchor = event->data.sequence_start.anchor, tag = event->data.sequence_start.tag;
        break;
    case YAML_MAPPING_START_EVENT:
        anchor = event->data.mapping_start.anchor, tag = event->data.mapping_start.tag;
        break;
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT: so_far->depth--; break;
    default: break;
    }
    if (event->type == YAML_SEQUENCE_START_EVENT || event->type == YAML_MAPPING_START_EVENT) so_far->depth++;
    if (so_far->depth > DEPTH_MAX)
        return refuse(self, at, NULL, "found lists and mappings more than %d deep, expected a config", DEPTH_MAX);
    if (anchor) return refuse(self, at, NULL, "found an anchor (&), expected a value without one");
    if (tag) return refuse(self, at, NULL, "found a tag (!), expected a value without one");
    return HOL_OK;
}

static hol_status check_events(const reader *self, const char *text, size_t length, const char *override) {
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser)) return hol_error(HOL_FAILURE, "out of memory: config");
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, length);
    hol_status status = HOL_OK;
    event_counts so_far = {0};
    for (bool more = true; more && status == HOL_OK;) {
        yaml_event_t event;
        if (!yaml_parser_parse(&parser, &event)) {
            status = refuse_syntax(self, &parser, text, length, override);
            break;
        }
        more = event.type != YAML_STREAM_END_EVENT;
        status = check_event(self, &event, override, &so_far);
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    return status;
}

/* The one document of the text; the caller deletes it when HOL_OK came back. */
static hol_status load(const reader *self, const char *text, size_t length, const char *override,
                       yaml_document_t *document) {
    hol_status status = check_events(self, text, length, override);
    if (status != HOL_OK) return status;
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser)) return hol_error(HOL_FAILURE, "out of memory: config");
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, length);
    if (!yaml_parser_load(&parser, document)) status = refuse_syntax(self, &parser, text, length, override);
    yaml_parser_delete(&parser);
    return status;
}

/* ---- values ---- */

typedef struct scalar {
    const char *text; /* borrowed; ends with a zero byte, may have others inside */
    size_t length;
    bool plain; /* not in quotes */
} scalar;

static bool is_null(scalar value) {
    static const char *const nulls[] = {"", "~", "null", "Null", "NULL"};
    for (size_t i = 0; value.plain && i < sizeof nulls / sizeof *nulls; i++)
        if (strcmp(value.text, nulls[i]) == 0) return value.length == strlen(nulls[i]);
    return false;
}

/* [+-] digits [. digits] [e [+-] digits], with a digit before or after the point; a whole number without the last
 * two */
static bool is_number(scalar value, bool *ret_whole) {
    const char *at = value.text + (*value.text == '+' || *value.text == '-'), *digits = "0123456789";
    const size_t before = strspn(at, digits);
    *ret_whole = at[before] == '\0' && (before == 1 || *at != '0');
    at += before;
    size_t after = 0;
    if (*at == '.') at += 1 + (after = strspn(at + 1, digits));
    if (before + after == 0) return false;
    if (*at == 'e' || *at == 'E') {
        at += 1 + (at[1] == '+' || at[1] == '-');
        const size_t exponent = strspn(at, digits);
        if (exponent == 0) return false;
        at += exponent;
    }
    return value.plain && (size_t)(at - value.text) == value.length;
}

/* Strings are names of files: no zero bytes, control characters or Unicode's line breaks and byte-order marks, so that
 * every string can be printed on one line, in messages and in the dump. */
static bool is_printable(scalar value) {
    for (const unsigned char *c = (const unsigned char *)value.text, *end = c + value.length; c < end; c++) {
        if (*c < 0x20 || *c == 0x7F) return false;
        if (*c == 0xC2 && c[1] < 0xA0) return false;
        if (*c == 0xE2 && c[1] == 0x80 && (c[2] == 0xA8 || c[2] == 0xA9)) return false;
        if (*c == 0xEF && ((c[1] == 0xBB && c[2] == 0xBF) || (c[1] == 0xBF && c[2] >= 0xBE))) return false;
    }
    return true;
}

/* "found ..., expected ..." for a value of the wrong type or out of range */
static hol_status refuse_value(const reader *self, place at, const hol_config_row *row, scalar value) {
    char found[HOL_VALUE_TEXT_MAX], expected[HOL_VALUE_TEXT_MAX];
    bool whole = false;
    if (is_null(value)) (void)snprintf(found, sizeof found, "nothing");
    else if (is_number(value, &whole) && value.length < 60) (void)snprintf(found, sizeof found, "%s", value.text);
    else hol_value_quote(value.text, value.length, found, sizeof found);
    hol_value_describe(&row->value, expected, sizeof expected);
    const bool numeric = row->value.type == HOL_VALUE_INTEGER || row->value.type == HOL_VALUE_NUMBER;
    const bool quotes = !value.plain && (numeric || row->value.type == HOL_VALUE_BOOLEAN);
    return refuse(self, at, row->value.name, "found %s, expected %s%s", found, expected,
                  quotes ? " without quotes" : "");
}

/* What a shell would have replaced is replaced once, where a user writes it: a dump has the path as it then is. */
static hol_status set_path(reader *self, place at, const hol_config_row *row, scalar value) {
    char *path = NULL;
    hol_status status = hol_words_expand_path(value.text, &path);
    if (hol_error_code(status) == HOL_USAGE) return hol_config_locate(self, at, row->value.name, status);
    const scalar expanded = {.text = path, .length = path ? strlen(path) : 0};
    if (status == HOL_OK && !is_printable(expanded)) status = refuse_value(self, at, row, expanded);
    if (status == HOL_OK) status = hol_config_set_text(self->config, row, path);
    hol_free(path);
    return status;
}

static hol_status read_scalar(reader *self, place at, const hol_config_row *row, scalar value) {
    bool whole = false, good = value.plain;
    const bool is_auto = row->value.takes_auto && strcmp(value.text, "auto") == 0;
    if (is_auto && hol_value_take(&row->value, value.text, self->config)) return HOL_OK;
    switch (row->value.type) {
    case HOL_VALUE_INTEGER: good = is_number(value, &whole) && whole; break;
    case HOL_VALUE_NUMBER: good = is_number(value, &whole); break;
    case HOL_VALUE_CHOICE: good = strlen(value.text) == value.length; break;
    case HOL_VALUE_TEXT:
        if (is_null(value)) value = (scalar){.text = "", .length = 0, .plain = true};
        if (!is_printable(value) || (value.length == 0 && row->value.required)) break;
        if (row->is_path && self->is_new) return set_path(self, at, row, value);
        return hol_config_set_text(self->config, row, value.text);
    case HOL_VALUE_VARIABLES:
    case HOL_VALUE_CLIQUES:
        if (is_null(value)) return HOL_OK;
        break;
    case HOL_VALUE_BOOLEAN:
    case HOL_VALUE_WORDS: break;
    }
    good = good && row->value.type != HOL_VALUE_TEXT && hol_value_take(&row->value, value.text, self->config);
    return good ? HOL_OK : refuse_value(self, at, row, value);
}

hol_status hol_config_take_text(reader *self, const hol_config_row *row, const char *text) {
    return read_scalar(self, (place){0}, row, (scalar){.text = text, .length = strlen(text)});
}

static const char *node_word(const yaml_node_t *node) {
    return node->type == YAML_SEQUENCE_NODE ? "a list" : "a mapping";
}

static scalar scalar_of(const yaml_node_t *node) {
    return (scalar){.text = (const char *)node->data.scalar.value,
                    .length = node->data.scalar.length,
                    .plain = node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE};
}

/* A list or mapping as a value with parts; what an earlier one left is given back. */
static hol_status read_field(reader *self, place at, const hol_config_row *row, yaml_document_t *document,
                             const yaml_node_t *node) {
    hol_status status = HOL_OK;
    place mistake = at;
    if (row->value.type == HOL_VALUE_VARIABLES) {
        hol_config_variables_destroy(self->config->model.variables);
        status =
            hol_config_variables_read(document, node, &self->config->model.variables, &mistake.line, &mistake.column);
    } else {
        hol_config_cliques_destroy(self->config->model.cliques);
        status = hol_config_cliques_read(document, node, &self->config->model.cliques, &mistake.line, &mistake.column);
    }
    return hol_error_code(status) == HOL_USAGE ? hol_config_locate(self, mistake, row->value.name, status) : status;
}

/* As a list on one line that reads back to the same; false where it is nested further than any that means something. */
static bool write_flow(FILE *to, yaml_document_t *document, const yaml_node_t *node, int depth) {
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./";
    bool good = depth < 4;
    if (node->type == YAML_SCALAR_NODE) {
        const scalar s = scalar_of(node);
        good = is_printable(s) && strlen(s.text) == s.length;
        if (good && s.length > 0 && strspn(s.text, plain) == s.length) (void)fputs(s.text, to);
        else if (good) hol_value_print_yaml(to, s.text);
        return good;
    }
    const bool list = node->type == YAML_SEQUENCE_NODE;
    const int64_t count = list ? node->data.sequence.items.top - node->data.sequence.items.start
                               : node->data.mapping.pairs.top - node->data.mapping.pairs.start;
    (void)fputc(list ? '[' : '{', to);
    for (int64_t i = 0; good && i < count; i++) {
        if (i > 0) (void)fputs(", ", to);
        const int value = list ? node->data.sequence.items.start[i] : node->data.mapping.pairs.start[i].value;
        if (!list) {
            const int key = node->data.mapping.pairs.start[i].key;
            good = write_flow(to, document, yaml_document_get_node(document, key), 4);
            (void)fputs(": ", to);
        }
        good = good && write_flow(to, document, yaml_document_get_node(document, value), depth + 1);
    }
    (void)fputc(list ? ']' : '}', to);
    return good;
}

static hol_status read_list(reader *self, place at, const hol_config_row *row, yaml_document_t *document,
                            const yaml_node_t *node) {
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    if (!stream) return hol_error(HOL_FAILURE, "out of memory: config");
    const bool good = write_flow(stream, document, node, 0);
    hol_status status = fclose(stream) == 0 ? HOL_OK : hol_error(HOL_FAILURE, "out of memory: config");
    if (status == HOL_OK && !good)
        status = refuse(self, at, row->value.name, "found lists in lists, expected %s", row->value.expects);
    if (status == HOL_OK) status = hol_config_set_text(self->config, row, strcmp(text, "[]") == 0 ? "" : text);
    free(text);
    return status;
}

/* node NULL is an empty override */
static hol_status read_node(reader *self, place at, const hol_config_row *row, yaml_document_t *document,
                            const yaml_node_t *node) {
    char expected[HOL_VALUE_TEXT_MAX];
    const bool field = row->value.type == HOL_VALUE_VARIABLES || row->value.type == HOL_VALUE_CLIQUES;
    if (field && node && node->type != YAML_SCALAR_NODE) return read_field(self, at, row, document, node);
    if (row->is_list && node && node->type == YAML_SEQUENCE_NODE) return read_list(self, at, row, document, node);
    if (!node) return read_scalar(self, at, row, (scalar){.text = "", .length = 0, .plain = true});
    if (row->is_list && node->type == YAML_SCALAR_NODE && !is_null(scalar_of(node)))
        return refuse_value(self, at, row, scalar_of(node));
    if (node->type == YAML_SCALAR_NODE) return read_scalar(self, at, row, scalar_of(node));
    hol_value_describe(&row->value, expected, sizeof expected);
    return refuse(self, at, row->value.name, "found %s, expected %s", node_word(node), expected);
}

/* ---- keys ---- */

/* the row with this key, or the first row of the section with this name; hol_config_row_count when neither */
static size_t find_row(const char *key, bool *ret_section) {
    const size_t length = strlen(key);
    for (size_t i = 0; i < hol_config_row_count; i++) {
        if (strncmp(hol_config_rows[i].value.name, key, length) != 0) continue;
        const char after = hol_config_rows[i].value.name[length];
        *ret_section = after == '.';
        if (after == '.' || after == '\0') return i;
    }
    *ret_section = false;
    return hol_config_row_count;
}

static hol_status read_mapping(reader *self, yaml_document_t *document, const yaml_node_t *mapping,
                               const char *section);

/* an empty section ("train:" with all its lines commented out) is one with no keys */
static hol_status read_section(reader *self, yaml_document_t *document, const yaml_node_t *node, const char *key) {
    char section[HOL_VALUE_TEXT_MAX + 1], found[HOL_VALUE_TEXT_MAX];
    if (node->type == YAML_SCALAR_NODE && is_null(scalar_of(node))) return HOL_OK;
    (void)snprintf(section, sizeof section, "%s.", key);
    if (node->type == YAML_MAPPING_NODE) return read_mapping(self, document, node, section);
    if (node->type == YAML_SCALAR_NODE)
        hol_value_quote(scalar_of(node).text, scalar_of(node).length, found, sizeof found);
    else (void)snprintf(found, sizeof found, "%s", node_word(node));
    return refuse(self, place_of(node->start_mark, NULL), key,
                  "found %s, expected a section: lines \"name: value\" below it, further in", found);
}

static hol_status read_pair(reader *self, yaml_document_t *document, const char *section, const yaml_node_t *key_node,
                            const yaml_node_t *node) {
    const place at = place_of(key_node->start_mark, NULL);
    if (key_node->type != YAML_SCALAR_NODE)
        return refuse(self, at, NULL, "found %s, expected a key", node_word(key_node));
    const scalar name = scalar_of(key_node);
    char key[HOL_VALUE_TEXT_MAX];
    (void)snprintf(key, sizeof key, "%s%s", section, name.text);
    bool is_section = false;
    const size_t row = find_row(key, &is_section);
    if (row == hol_config_row_count || strlen(name.text) != name.length || strchr(name.text, '.') || !*name.text)
        return refuse_unknown(self, at, section, name.text);
    place *seen = is_section ? &self->sections[row] : &self->places[row];
    if (given(*seen))
        return refuse(self, at, key, "found a second time, expected once (the first is in line %zu)", seen->line);
    *seen = is_section ? at : place_of(node->start_mark, NULL);
    if (is_section) return read_section(self, document, node, key);
    return read_node(self, *seen, &hol_config_rows[row], document, node);
}

static hol_status read_mapping(reader *self, yaml_document_t *document, const yaml_node_t *mapping,
                               const char *section) {
    hol_status status = HOL_OK;
    for (const yaml_node_pair_t *pair = mapping->data.mapping.pairs.start;
         pair < mapping->data.mapping.pairs.top && status == HOL_OK; pair++)
        status = read_pair(self, document, section, yaml_document_get_node(document, pair->key),
                           yaml_document_get_node(document, pair->value));
    return status;
}

hol_status hol_config_take_file(reader *self, const char *text, size_t length) {
    yaml_document_t document;
    hol_status status = load(self, text, length, NULL, &document);
    if (status != HOL_OK) return status;
    const yaml_node_t *root = yaml_document_get_root_node(&document);
    const place none = {0};
    if (!root || (root->type == YAML_SCALAR_NODE && is_null(scalar_of(root))))
        status = refuse(self, none, NULL, "found no keys, expected a config (configs/reference.yaml shows all keys)");
    else if (root->type != YAML_MAPPING_NODE)
        status = refuse(self, place_of(root->start_mark, NULL), NULL, "found %s, expected lines \"name: value\"",
                        root->type == YAML_SCALAR_NODE ? "a single value" : node_word(root));
    else status = read_mapping(self, &document, root, "");
    yaml_document_delete(&document);
    return status;
}

/* ---- overrides ---- */

hol_status hol_config_take_override(reader *self, const char *override) {
    const place at = {.override = override};
    const char *equals = strchr(override, '='), *begin = override + strspn(override, " \t");
    if (!equals || equals <= begin) return refuse(self, at, NULL, "found no \"key=\", expected KEY=VALUE");
    char key[HOL_VALUE_TEXT_MAX], section[HOL_VALUE_TEXT_MAX];
    size_t length = (size_t)(equals - begin);
    while (begin[length - 1] == ' ' || begin[length - 1] == '\t') length--;
    (void)snprintf(key, sizeof key, "%.*s", (int)length, begin);
    bool is_section = false;
    const size_t row = find_row(key, &is_section);
    if (is_section)
        return refuse(self, at, NULL, "found a section's name, expected a key, %s for one",
                      hol_config_rows[row].value.name);
    if (row == hol_config_row_count) {
        const size_t name = strcspn(key, ".");
        (void)snprintf(section, sizeof section, "%.*s", (int)name, key);
        (void)find_row(section, &is_section);
        if (!is_section || key[name] == '\0') return refuse_unknown(self, at, "", key);
        return refuse_unknown(self, at, strcat(section, "."), key + name + 1);
    }
    yaml_document_t document;
    const hol_status loaded = load(self, equals + 1, strlen(equals + 1), override, &document);
    if (loaded != HOL_OK) return loaded;
    self->places[row] = at;
    const hol_status status =
        read_node(self, at, &hol_config_rows[row], &document, yaml_document_get_root_node(&document));
    yaml_document_delete(&document);
    return status;
}
