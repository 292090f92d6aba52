/* help: prints the manual's pages, and what the table of keys says of a key. */
#include "cli/help.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/words.h"
#include "cli/config_table.h"

/* ---- keys ---- */

static void print_default(hol_result *to, const hol_value *value) {
    char digits[HOL_VALUE_DIGITS_MAX];
    const char *text = NULL;
    if (value->required) text = "none, it must be given";
    else if (value->takes_auto) text = "auto";
    else if (value->type == HOL_VALUE_INTEGER) hol_result_print(to, "%" PRId64, value->integer);
    else if (value->type == HOL_VALUE_NUMBER) text = hol_value_write_number(value->number, digits);
    else if (value->type == HOL_VALUE_BOOLEAN) text = value->integer ? "true" : "false";
    else if (value->type == HOL_VALUE_CHOICE) text = value->choices[value->integer];
    else text = value->type == HOL_VALUE_TEXT && value->text[0] ? value->text : "nothing";
    if (text) hol_result_print(to, "%s", text);
}

/* "train.method=pcd train.levels>1" as "train.method=pcd and train.levels>1", in lines where it is long */
static void print_needs(hol_result *to, const char *needs) {
    enum { LONG = 50 };
    const char *and = strlen(needs) > LONG ? "\n             and " : " and ";
    hol_result_print(to, "  counts     where ");
    for (const char *c = needs; *c; c++) {
        if (*c == ' ') hol_result_print(to, "%s", and);
        else if (*c == ',' || *c == '|') hol_result_print(to, " or ");
        else hol_result_print(to, "%c", *c);
    }
    hol_result_print(to, "\n");
}

/* all that the table says of a key */
static void print_key(hol_result *to, const hol_config_row *row) {
    static const char *const on_resume[] = {[HOL_CONFIG_FIXED] = "fixed: another value would be another run",
                                            [HOL_CONFIG_SHAPES] =
                                                "a new value is taken, and shapes what is learned from then on",
                                            [HOL_CONFIG_DATA] = "the same data may be elsewhere; others are refused",
                                            [HOL_CONFIG_FREE] = "a new value is taken"};
    char takes[HOL_VALUE_TEXT_MAX], text[HOL_VALUE_TEXT_MAX], sentence[HOL_VALUE_TEXT_MAX + 2];
    hol_value_describe(&row->value, takes, sizeof takes);
    (void)snprintf(sentence, sizeof sentence, "%s.", hol_config_write_help(row, text));
    hol_result_print(to, "%s\n\n", row->value.name);
    hol_result_fill(to, sentence, 2);
    hol_result_print(to, "\n  takes      %s\n  default    ", takes);
    print_default(to, &row->value);
    hol_result_print(to, "\n  on resume  %s\n", on_resume[row->on_resume]);
    const char *needs = hol_config_write_needs(row, text);
    if (needs) print_needs(to, needs);
    if (row->others) hol_result_print(to, "  elsewhere  it is called\n");
    if (row->others) hol_result_fill(to, row->others, 13);
}

/* "  train.sweeps   1   a whole number from 1 to 1000000" */
static void print_keys(hol_result *to) {
    for (size_t i = 0; i < hol_config_row_count; i++) {
        const hol_config_row *row = &hol_config_rows[i];
        char takes[HOL_VALUE_TEXT_MAX];
        hol_value_describe(&row->value, takes, sizeof takes);
        hol_result_print(to, "  %s: ", row->value.name);
        print_default(to, &row->value);
        hol_result_print(to, "\n");
        hol_result_fill(to, takes, 6);
    }
}

static bool key_has_name(const hol_config_row *row, const char *name) {
    const char *dot = strchr(row->value.name, '.');
    return strcmp(row->value.name, name) == 0 || (dot && strcmp(dot + 1, name) == 0) ||
           hol_words_contain(row->others, name);
}

/* the number of keys of this name, which are printed */
static int print_keys_of_name(hol_result *to, const char *name) {
    int found = 0;
    for (size_t i = 0; i < hol_config_row_count; i++) {
        if (!key_has_name(&hol_config_rows[i], name)) continue;
        if (found++ > 0) hol_result_print(to, "\n");
        print_key(to, &hol_config_rows[i]);
    }
    return found;
}

/* ---- pages ---- */

typedef struct command_list {
    const hol_command *list; /* borrowed: (count) */
    size_t count;
    hol_result *result; /* borrowed */
} command_list;

/* what `holode WORDS --help` prints: a command's options stand with the command alone */
static hol_status print_usage_of(const command_list *commands, const char *words) {
    enum { ARGUMENTS_MAX = 4, LENGTH_MAX = 64 };
    char copy[LENGTH_MAX], name[LENGTH_MAX + 8], help[] = "--help", *rest = NULL,
                                                 *arguments[ARGUMENTS_MAX + 1] = {NULL};
    (void)snprintf(copy, sizeof copy, "%s", words);
    char *const command = strtok_r(copy, " ", &rest);
    int count = 0;
    (void)snprintf(name, sizeof name, "holode %s", command);
    arguments[count++] = name;
    for (char *word = strtok_r(NULL, " ", &rest); word && count < ARGUMENTS_MAX - 1; word = strtok_r(NULL, " ", &rest))
        arguments[count++] = word;
    arguments[count++] = help;
    for (size_t i = 0; i < commands->count; i++)
        if (strcmp(command, commands->list[i].name) == 0)
            return commands->list[i].run(NULL, commands->result, count, arguments);
    return hol_error(HOL_FAILURE, "the manual shows the options of \"%s\", which is no command", command);
}

static void print_heading(hol_result *to, const char *text, size_t length) {
    for (size_t i = 0; i < length; i++) hol_result_print(to, "%c", toupper((unsigned char)text[i]));
    hol_result_print(to, "\n");
}

/* a line "<!-- ... -->" */
static hol_status print_comment(const command_list *commands, const char *line, size_t length) {
    static const char usage[] = "<!-- usage: ", keys[] = "<!-- keys -->", fields[] = "<!-- fields -->", end[] = " -->";
    if (strncmp(line, keys, sizeof keys - 1) == 0) {
        print_keys(commands->result);
        return HOL_OK;
    }
    if (strncmp(line, fields, sizeof fields - 1) == 0) return hol_help_fields(commands->result);
    if (strncmp(line, usage, sizeof usage - 1) != 0 || length < sizeof usage + sizeof end) return HOL_OK;
    char words[64];
    const size_t begin = sizeof usage - 1;
    (void)snprintf(words, sizeof words, "%.*s", (int)(length - begin - (sizeof end - 1)), line + begin);
    return print_usage_of(commands, words);
}

static hol_status print_page(const command_list *commands, const hol_manual_page *page) {
    hol_status status = HOL_OK;
    hol_result *to = commands->result;
    hol_result_print(to, "%s - %s\n", page->name, page->summary);
    for (const char *line = page->text; *line;) {
        const size_t length = strcspn(line, "\n");
        if (strncmp(line, "## ", 3) == 0) print_heading(to, line + 3, length - 3);
        else if (strncmp(line, "<!-- ", 5) == 0) HOL_TRY(print_comment(commands, line, length));
        else hol_result_print(to, "%.*s\n", (int)length, line);
        line += length + (line[length] == '\n');
    }
cleanup:
    return status;
}

static bool is_command(const command_list *commands, const char *name) {
    for (size_t i = 0; i < commands->count; i++)
        if (strcmp(commands->list[i].name, name) == 0) return true;
    return false;
}

/* the commands are in the list of `holode --help` */
static void list_topics(const command_list *commands) {
    hol_result *to = commands->result;
    hol_result_print(to, "\nTopics: `holode help TOPIC` prints one, `holode help COMMAND` tells of a\n"
                         "command, `holode help KEY` of a key of the config, as train.sweeps.\n\n");
    for (size_t i = 0; i < hol_manual_page_count; i++)
        if (!is_command(commands, hol_manual_pages[i].name))
            hol_result_print(to, "  %-16s %s\n", hol_manual_pages[i].name, hol_manual_pages[i].summary);
}

static hol_status refuse(const char *name) {
    const char *meant = NULL;
    char key[HOL_VALUE_TEXT_MAX], section[64];
    size_t best = SIZE_MAX;
    for (size_t i = 0; i < hol_manual_page_count; i++)
        if (hol_words_are_near(name, hol_manual_pages[i].name, &best)) meant = hol_manual_pages[i].name;
    const char *dot = strchr(name, '.');
    (void)snprintf(section, sizeof section, "%.*s", dot ? (int)(dot + 1 - name) : 0, name);
    if (!meant && hol_config_suggest(section, dot ? dot + 1 : name, key, sizeof key)) meant = key;
    if (meant)
        return hol_error(HOL_USAGE,
                         "help: found \"%s\", expected a command, topic or key; did you mean %s? "
                         "(holode help lists them)",
                         name, meant);
    return hol_error(HOL_USAGE, "help: found \"%s\", expected a command, topic or key (holode help lists them)", name);
}

hol_status hol_help(const hol_command *commands, size_t count, hol_result *result, int argc, char **argv) {
    const command_list known = {commands, count, result};
    if (argc < 2 || strcmp(argv[1], "--help") == 0) {
        list_topics(&known);
        return HOL_OK;
    }
    if (argc > 2) return hol_error(HOL_USAGE, "help: found a second argument \"%s\", expected one", argv[2]);
    for (size_t i = 0; i < hol_manual_page_count; i++)
        if (strcmp(argv[1], hol_manual_pages[i].name) == 0) return print_page(&known, &hol_manual_pages[i]);
    return print_keys_of_name(result, argv[1]) > 0 ? HOL_OK : refuse(argv[1]);
}
