/* config: what follows from the table of keys (config_rows.c) alone: defaults, dump, reference and the check on resume.
 * Reading is in config_read.c. */
#include "cli/config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/words.h"
#include "cli/config_table.h"

/* ---- making one ---- */

hol_status hol_config_set_text(hol_config *config, const hol_config_row *row, const char *value) {
    char *copy = NULL;
    const hol_status status = HOL_ALLOCATE(copy, (int64_t)strlen(value) + 1, "config");
    if (status != HOL_OK) return status;
    strcpy(copy, value);
    char **place = (void *)((char *)config + row->value.at);
    hol_free(*place);
    *place = copy;
    return HOL_OK;
}

hol_status hol_config_create(hol_config **ret_config) {
    hol_config *config = NULL;
    hol_status status = HOL_OK;
    HOL_TRY(HOL_ALLOCATE(config, 1, "config"));
    for (size_t i = 0; i < hol_config_row_count; i++) {
        const hol_config_row *row = &hol_config_rows[i];
        if (row->value.type != HOL_VALUE_TEXT) hol_value_set_default(&row->value, config);
        else HOL_TRY(hol_config_set_text(config, row, row->value.required ? "" : row->value.text));
    }
cleanup:
    if (status != HOL_OK) {
        hol_config_destroy(config);
        config = NULL;
    }
    *ret_config = config;
    return status;
}

void hol_config_destroy(hol_config *config) {
    if (!config) return;
    for (size_t i = 0; i < hol_config_row_count; i++) {
        const hol_value *value = &hol_config_rows[i].value;
        if (value->type == HOL_VALUE_TEXT) hol_free(*(char **)(void *)((char *)config + value->at));
    }
    hol_config_variables_destroy(config->model.variables);
    hol_config_cliques_destroy(config->model.cliques);
    hol_free(config);
}

/* ---- values out ---- */

/* Plain where no YAML reader can take it for anything but this string, else in double quotes. Strings have no control
 * characters: reading refuses them. */
static void print_string(FILE *stream, const char *text) {
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    static const char inside[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:";
    const size_t length = strlen(text);
    const bool path = strcspn(text, "./:") < length; /* words like "no" and "null" have no such character */
    if (path && strchr(letters, text[0]) && strspn(text, inside) == length && text[length - 1] != ':')
        (void)fputs(text, stream);
    else hol_value_print_yaml(stream, text);
}

static void print_value(FILE *stream, const hol_config_row *row, const hol_config *config) {
    const void *place = (const char *)config + row->value.at;
    char digits[HOL_VALUE_DIGITS_MAX];
    if (hol_value_is_auto(&row->value, config)) {
        (void)fputs("auto", stream);
        return;
    }
    switch (row->value.type) {
    case HOL_VALUE_INTEGER: (void)fprintf(stream, "%" PRId64, *(const int64_t *)place); break;
    case HOL_VALUE_NUMBER: (void)fputs(hol_value_write_number(*(const double *)place, digits), stream); break;
    case HOL_VALUE_TEXT:
        if (row->is_list) (void)fputs(**(char *const *)place ? *(char *const *)place : "[]", stream);
        else print_string(stream, *(char *const *)place);
        break;
    case HOL_VALUE_VARIABLES: hol_config_variables_print(stream, *(hol_config_variables *const *)place); break;
    case HOL_VALUE_CLIQUES: hol_config_cliques_print(stream, *(hol_config_cliques *const *)place); break;
    default: (void)fputs(hol_value_word(&row->value, config), stream); break;
    }
}

/* "  name: " after the section's line where a new section begins; returns the name's indentation */
static int print_section(FILE *stream, size_t i, bool spaced) {
    const char *key = hol_config_rows[i].value.name;
    const char *dot = strchr(key, '.');
    if (!dot) {
        if (spaced && i > 0) (void)fputc('\n', stream);
        return 0;
    }
    const size_t section = (size_t)(dot + 1 - key);
    if (i == 0 || strncmp(hol_config_rows[i - 1].value.name, key, section) != 0)
        (void)fprintf(stream, "%s%.*s:\n", spaced ? "\n" : "", (int)(dot - key), key);
    return 2;
}

static void print_key(FILE *stream, const hol_config_row *row, int indent) {
    const char *dot = strchr(row->value.name, '.');
    (void)fprintf(stream, "%*s%s: ", indent, "", dot ? dot + 1 : row->value.name);
}

hol_status hol_config_dump(const hol_config *config, char **ret_text) {
    char *written = NULL;
    size_t size = 0;
    *ret_text = NULL;
    FILE *stream = open_memstream(&written, &size);
    if (!stream) return hol_error(HOL_FAILURE, "out of memory: config");
    for (size_t i = 0; i < hol_config_row_count; i++) {
        const hol_config_row *row = &hol_config_rows[i];
        const int indent = print_section(stream, i, false);
        /* "" is what a required string can't be, only lack */
        if (row->value.required && row->value.type == HOL_VALUE_TEXT &&
            !**(char *const *)((const char *)config + row->value.at))
            continue;
        print_key(stream, row, indent);
        print_value(stream, row, config);
        (void)fputc('\n', stream);
    }
    return hol_words_take(stream, &written, "config", ret_text);
}

const char *hol_config_get_choice(const hol_config *config, const char *key) {
    const hol_value *value = hol_value_find(&hol_config_table, key);
    return value && value->type == HOL_VALUE_CHOICE ? hol_value_word(value, config) : NULL;
}

/* ---- the reference config ---- */

/* a comment, broken between words at 100 columns */
static void print_comment(FILE *stream, const char *text, int indent) {
    enum { WIDTH = 100 };
    int column = 0;
    while (*text) {
        const int word = (int)strcspn(text, " ");
        if (column == 0 || column + 1 + word > WIDTH)
            column = fprintf(stream, "%s%*s#", column == 0 ? "" : "\n", indent, "") - (column != 0);
        column += fprintf(stream, " %.*s", word, text);
        text += word;
        text += strspn(text, " ");
    }
    (void)fputc('\n', stream);
}

static void print_reference_row(FILE *stream, const hol_config_row *row, int indent, const hol_config *example) {
    char takes[HOL_VALUE_TEXT_MAX], all[HOL_VALUE_TEXT_MAX], needs[HOL_VALUE_TEXT_MAX],
        text[2 * HOL_VALUE_TEXT_MAX + 32];
    hol_value_describe(&row->value, takes, sizeof takes);
    hol_value_describe_needs(hol_config_write_needs(row, all), "", needs, sizeof needs);
    (void)snprintf(text, sizeof text, "[%s%s%s%s%s]", takes, row->value.required ? "; required" : "",
                   row->on_resume == HOL_CONFIG_FIXED ? "; fixed" : "", *needs ? "; for " : "", needs);
    print_comment(stream, hol_config_write_help(row, all), indent);
    print_comment(stream, text, indent);
    print_key(stream, row, indent);
    print_value(stream, row, example);
    (void)fputc('\n', stream);
}

hol_status hol_config_print_reference(FILE *stream) {
    hol_config *example = NULL;
    hol_status status = HOL_OK;
    HOL_TRY(hol_config_create(&example));
    (void)fputs(
        "# Every key of a run's config with its default; in [ ] what it takes. A config needs only the required\n"
        "# keys and those that differ from the default. --set train.sweeps=5 on the command line outdoes the file.\n"
        "# --resume takes new values of all keys but the fixed ones, which would make it another run.\n\n",
        stream);
    for (size_t i = 0; i < hol_config_row_count; i++) {
        const hol_config_row *row = &hol_config_rows[i];
        if (row->value.required && row->value.type == HOL_VALUE_TEXT)
            HOL_TRY(hol_config_set_text(example, row, row->value.text));
        print_reference_row(stream, row, print_section(stream, i, true), example);
    }
    if (fflush(stream) != 0 || ferror(stream)) status = hol_error(HOL_FAILURE, "reference config: writing failed");
cleanup:
    hol_config_destroy(example);
    return status;
}

/* ---- resume ---- */

/* Values are the same when they are written the same. */
static bool same(const hol_config_row *row, const hol_config *a, const hol_config *b) {
    char *texts[2] = {NULL, NULL};
    const hol_config *const configs[2] = {a, b};
    bool good = true;
    for (int i = 0; i < 2; i++) {
        size_t size = 0;
        FILE *stream = open_memstream(&texts[i], &size);
        if (stream) print_value(stream, row, configs[i]);
        good &= stream && fclose(stream) == 0 && texts[i];
    }
    good = good && strcmp(texts[0], texts[1]) == 0;
    free(texts[0]);
    free(texts[1]);
    return good;
}

/* Whether a key of this sort differs, and counts in one of the two. */
static bool differs(const hol_config_row *row, hol_config_resume on_resume, const hol_config *a, const hol_config *b) {
    if (hol_value_is_auto(&row->value, a)) return false; /* of a model that was never trained */
    return row->on_resume == on_resume && !same(row, a, b) && (hol_config_counts(row, a) || hol_config_counts(row, b));
}

void hol_config_warn_of_changes(hol_comm *comm, const hol_config *old_run, const hol_config *new_run) {
    for (size_t i = 0; i < hol_config_row_count; i++)
        if (differs(&hol_config_rows[i], HOL_CONFIG_SHAPES, old_run, new_run))
            hol_log_warning(comm, "%s changes from here on: a run with one value throughout would end elsewhere",
                            hol_config_rows[i].value.name);
}

/* Every difference, as long as a message has room, into the stream; returns how many did not fit. */
static int print_differences(FILE *stream, const hol_config *old_run, const hol_config *new_run) {
    enum { ROOM = 640 };
    int found = 0, left_out = 0;
    for (size_t i = 0; i < hol_config_row_count; i++) {
        const hol_config_row *row = &hol_config_rows[i];
        if (!differs(row, HOL_CONFIG_FIXED, old_run, new_run)) continue;
        if (ftell(stream) > ROOM) {
            left_out++;
            continue;
        }
        (void)fprintf(stream, "%s%s: found ", found++ ? "; " : "", row->value.name);
        print_value(stream, row, new_run);
        (void)fputs(" in the config, expected ", stream);
        print_value(stream, row, old_run);
        (void)fputs(" as in the checkpoint", stream);
    }
    return left_out;
}

hol_status hol_config_check_resume(const hol_config *old_run, const hol_config *new_run, const char *checkpoint_path) {
    char *text = NULL, more[64] = "";
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    if (!stream) return hol_error(HOL_FAILURE, "out of memory: config");
    const int left_out = print_differences(stream, old_run, new_run);
    hol_status status = HOL_OK;
    if (fclose(stream) != 0 || !text) status = hol_error(HOL_FAILURE, "out of memory: config");
    else if (size > 0) {
        if (left_out > 0) (void)snprintf(more, sizeof more, "; and %d more", left_out);
        status = hol_error(HOL_USAGE, "%s: %s%s (it would change the run; start another with -o)", checkpoint_path,
                           text, more);
    }
    free(text);
    return status;
}
