/* options: argp with its exits and duplicate output taken away, and a table in place of a parser for each command. */
#include "cli/options.h"

#include <argp.h>
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/words.h"
#include "io/guard.h"

/* argp's keys: a row's letter, or its number from ROW on */
enum { OPTION_HELP = '?', OPTION_USAGE = -3, OPTION_UNCHECKED = -4, ROW = 256, LABEL_SIZE = 40 };

typedef enum typed { ABSENT, SHORT, LONG, ALIAS } typed;

typedef struct parser {
    hol_comm *comm; /* borrowed, as all below but words */
    const hol_options *options;
    hol_result *result;         /* for --help */
    void *values;
    bool *done;
    typed typed[HOL_OPTIONS_MAX];
    char **words; /* owned: (argc) what was given of rows of WORDS, and in word_rows whose each is */
    size_t *word_rows, word_count;
    hol_status refused; /* owned: what argp is not told */
} parser;

/* ---- errors ------------------------------------------------------------------------------------------------------ */

/* the row's name as it was typed; "--sweeps", "-o", "FILE" */
static const char *label_of(const parser *self, size_t row, char label[LABEL_SIZE]) {
    const hol_option *o = &self->options->rows[row];
    const typed how = self->typed[row];
    if (o->is_argument) (void)snprintf(label, LABEL_SIZE, "%s", o->value.name);
    else if (how == SHORT || (how == ABSENT && o->letter)) (void)snprintf(label, LABEL_SIZE, "-%c", o->letter);
    else (void)snprintf(label, LABEL_SIZE, "--%s", how == ALIAS ? o->alias : o->value.name);
    return label;
}

static hol_status refuse_text(const parser *self, size_t row, const char *text) {
    char label[LABEL_SIZE], expected[HOL_VALUE_TEXT_MAX];
    const bool bare = self->options->rows[row].is_argument;
    hol_value_describe(&self->options->rows[row].value, expected, sizeof expected);
    return hol_error(HOL_USAGE, "%s%sfound \"%s\", expected %s", bare ? "" : label_of(self, row, label),
                     bare ? "" : ": ", text, expected);
}

/* ---- rows -------------------------------------------------------------------------------------------------------- */

static hol_status take(parser *self, size_t row, char *text) {
    const hol_option *o = &self->options->rows[row];
    if (o->value.type == HOL_VALUE_WORDS) {
        self->words[self->word_count] = text;
        self->word_rows[self->word_count++] = row;
        return HOL_OK;
    }
    return hol_value_take(&o->value, text, self->values) ? HOL_OK : refuse_text(self, row, text);
}

/* "--sweeps 3", "--sweeps=3", "-s 3" or "-s3"; alias is NULL for none */
static typed how_typed(const struct argp_state *state, const char *text, const char *alias) {
    int at = state->next - 1;
    if (text && at > 1 && state->argv[at] == text) at--;
    const char *word = state->argv[at];
    if (word[0] != '-' || word[1] != '-') return word[0] != '-' ? ABSENT : SHORT;
    return alias && strncmp(word + 2, alias, strcspn(word + 2, "=")) == 0 ? ALIAS : LONG;
}

static hol_status take_argument(parser *self, char *text) {
    for (size_t row = 0; row < self->options->count; row++) {
        const hol_value *value = &self->options->rows[row].value;
        if (!self->options->rows[row].is_argument) continue;
        if (self->typed[row] != ABSENT && value->type != HOL_VALUE_WORDS)
            return hol_error(HOL_USAGE, "found a second argument \"%s\", expected one %s", text, value->name);
        self->typed[row] = LONG;
        return take(self, row, text);
    }
    return hol_error(HOL_USAGE, "found an argument \"%s\", expected options only", text);
}

/* The rows' part of argp's work. */
static error_t parse_row(int key, char *text, struct argp_state *state) {
    parser *self = state->input;
    size_t row = 0;
    if (key == ARGP_KEY_ARG) {
        self->refused = take_argument(self, text);
        return self->refused == HOL_OK ? 0 : EINVAL;
    }
    while (row < self->options->count && key != self->options->rows[row].letter && key != ROW + (int)row) row++;
    if (row == self->options->count || key == 0) return ARGP_ERR_UNKNOWN;
    self->typed[row] = how_typed(state, text, self->options->rows[row].alias);
    self->refused = take(self, row, text);
    return self->refused == HOL_OK ? 0 : EINVAL;
}

/* ---- all together ------------------------------------------------------------------------------------------------ */

static hol_status check_needs(const parser *self, size_t row) {
    const hol_value_table table = {self->options->rows, self->options->count, sizeof *self->options->rows};
    const hol_value *value = &self->options->rows[row].value;
    char label[LABEL_SIZE], expected[HOL_VALUE_TEXT_MAX], name[LABEL_SIZE];
    if (!value->needs || hol_value_counts(&table, value->needs, self->values)) return HOL_OK;
    hol_value_describe_needs(value->needs, "--", expected, sizeof expected);
    (void)snprintf(name, sizeof name, "%.*s", (int)strcspn(value->needs, "=>, "), value->needs);
    const hol_value *other = hol_value_find(&table, name);
    (void)label_of(self, row, label);
    if (strchr(value->needs, ',') && !strchr(value->needs, '='))
        return hol_error(HOL_USAGE, "%s: found neither, expected %s", label, expected);
    if (!other || hol_value_is_default(other, self->values))
        return hol_error(HOL_USAGE, "%s: found no --%s, expected %s", label, name,
                         strchr(value->needs, '=') ? expected : "one");
    return hol_error(HOL_USAGE, "%s: found --%s %s, expected %s", label, name, hol_value_word(other, self->values),
                     expected);
}

static hol_status check_excludes(const parser *self, size_t row) {
    const char *at = self->options->rows[row].excludes;
    char label[LABEL_SIZE], other[LABEL_SIZE];
    for (size_t k = 0; at && k < self->options->count; k++)
        if (self->typed[k] != ABSENT && hol_words_contain(at, self->options->rows[k].value.name))
            return hol_error(HOL_USAGE, "%s: found with %s, expected one of the two", label_of(self, row, label),
                             label_of(self, k, other));
    return HOL_OK;
}

/* Which of the two was to win is not for the program to say. */
static hol_status check_sets(const parser *self, size_t row) {
    const char *key = self->options->rows[row].sets;
    const size_t length = key ? strlen(key) : 0;
    char label[LABEL_SIZE], other[LABEL_SIZE];
    for (size_t w = 0; key && w < self->word_count; w++) {
        if (strcmp(self->options->rows[self->word_rows[w]].value.name, "set") != 0) continue;
        const char *word = self->words[w] + strspn(self->words[w], " \t");
        if (strncmp(word, key, length) == 0 && word[length + strspn(word + length, " \t")] == '=')
            return hol_error(HOL_USAGE, "%s: found with %s %s, expected one of the two", label_of(self, row, label),
                             label_of(self, self->word_rows[w], other), self->words[w]);
    }
    return HOL_OK;
}

static hol_status check_required(const parser *self) {
    char label[LABEL_SIZE];
    for (size_t row = 0; row < self->options->count; row++) {
        const hol_option *o = &self->options->rows[row];
        if (!o->value.required || self->typed[row] != ABSENT) continue;
        return hol_error(HOL_USAGE, "found no %s, expected %s", label_of(self, row, label),
                         o->value.expects ? o->value.expects : o->argument);
    }
    return HOL_OK;
}

/* Words of one row stand together at the front of argv, which nobody reads any more. */
static void settle_words(const parser *self, char **argv) {
    char **at = argv + 1;
    for (size_t row = 0; row < self->options->count; row++) {
        const hol_value *value = &self->options->rows[row].value;
        if (value->type != HOL_VALUE_WORDS) continue;
        hol_word_list *list = (void *)((char *)self->values + value->at);
        list->items = at;
        for (size_t w = 0; w < self->word_count; w++)
            if (self->word_rows[w] == row) *at++ = self->words[w];
        list->count = (size_t)(at - list->items);
    }
}

static hol_status check(const parser *self) {
    hol_status status = HOL_OK;
    HOL_TRY(check_required(self));
    if (self->options->settle) HOL_TRY(self->options->settle(self->values));
    for (size_t row = 0; row < self->options->count; row++) {
        if (self->typed[row] == ABSENT) continue;
        HOL_TRY(check_excludes(self, row));
        HOL_TRY(check_sets(self, row));
        HOL_TRY(check_needs(self, row));
    }
cleanup:
    return status;
}

/* ---- argp -------------------------------------------------------------------------------------------------------- */

static void show(const parser *self, const struct argp_state *state, unsigned flags) {
    char *text = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&text, &size);
    if (!memory) return;
    argp_state_help(state, memory, flags);
    (void)fclose(memory);
    hol_result_print(self->result, "%s", text);
    free(text);
}

/* --help, --usage and --unchecked, once for all commands; everything else goes to the rows (the only child) */
static error_t parse_common(int key, char *argument, struct argp_state *state) {
    (void)argument;
    parser *self = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = self; return 0;
    case OPTION_HELP: show(self, state, ARGP_HELP_STD_HELP & ~(unsigned)(ARGP_HELP_EXIT_OK)); break;
    case OPTION_USAGE: show(self, state, ARGP_HELP_USAGE); break;
    case OPTION_UNCHECKED: hol_guard_set_unchecked(self->comm, true); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
    *self->done = true;
    state->next = state->argc; /* nothing after --help matters */
    return ECANCELED;
}

/* argp's error, which begins with the command's name, as ours */
static hol_status refuse_caught(const char *command, const char *caught) {
    const size_t length = strcspn(caught, "\n");
    const char *colon = strstr(caught, ": ");
    const char *text = colon && colon < caught + length ? colon + 2 : caught;
    const int rest = (int)(caught + length - text);
    return rest > 0 ? hol_error(HOL_USAGE, "%s: %.*s", command, rest, text)
                    : hol_error(HOL_USAGE, "%s: wrong arguments", command);
}

/* getopt's own message goes to stderr from every rank: it is caught, and comes back as ours */
static hol_status run_argp(const struct argp *argp, int argc, char **argv, parser *self) {
    char *caught = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&caught, &size), *terminal = stderr;
    if (!memory) return hol_error(HOL_FAILURE, "out of memory: command line");
    stderr = memory;
    const error_t code = argp_parse(argp, argc, argv, ARGP_NO_EXIT | ARGP_NO_HELP, NULL, self);
    stderr = terminal;
    (void)fclose(memory);
    hol_status status = self->refused;
    if (status == HOL_OK && code != 0 && !*self->done) status = refuse_caught(argv[0], caught);
    free(caught);
    return status;
}

static hol_status parse(int argc, char **argv, parser *self) {
    static const struct argp_option common[] = {
        {"help", OPTION_HELP, NULL, 0, "Give this help list", -1},
        {"usage", OPTION_USAGE, NULL, 0, "Give a short usage message", 0},
        {"unchecked", OPTION_UNCHECKED, NULL, 0,
         "Read files without trailer, or that do not agree with their checksums: only those that you trust", -1},
        {0},
    };
    const hol_options *o = self->options;
    struct argp_option options[2 * HOL_OPTIONS_MAX + 1] = {{0}};
    int count = 0;
    for (size_t row = 0; row < o->count; row++) {
        const hol_option *option = &o->rows[row];
        if (option->is_argument) continue;
        options[count++] = (struct argp_option){.name = option->value.name,
                                                .key = option->letter ? option->letter : ROW + (int)row,
                                                .arg = option->argument,
                                                .flags = option->may_be_bare ? OPTION_ARG_OPTIONAL : 0,
                                                .doc = option->value.help,
                                                .group = option->group};
        if (option->alias) options[count++] = (struct argp_option){.name = option->alias, .flags = OPTION_ALIAS};
    }
    const struct argp rows = {.options = options, .parser = parse_row};
    const struct argp_child children[] = {{&rows, 0, NULL, 0}, {0}};
    const struct argp argp = {
        .options = common, .parser = parse_common, .args_doc = o->usage, .doc = o->help, .children = children};
    return run_argp(&argp, argc, argv, self);
}

/* A shell replaces ~ only where a word begins, so "--output=~/run" arrives as it is, and would make a directory "~".
 * A config's own values know what it means. */
static hol_status check_tilde(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        const bool option = strncmp(argv[i], "--", 2) == 0;
        const char *equals = option ? strchr(argv[i], '=') : NULL, *value = equals ? equals + 1 : argv[i];
        if (value[0] != '~' || (value[1] != '/' && value[1] != '\0')) continue;
        return hol_error(HOL_USAGE,
                         "found \"%s\", expected the whole path: a shell replaces ~ only where a word begins", argv[i]);
    }
    return HOL_OK;
}

hol_status hol_options_parse(hol_comm *comm, const hol_options *options, hol_result *result, int argc, char **argv,
                             void *values, bool *ret_done) {
    hol_status status = HOL_OK;
    parser self = {.comm = comm, .options = options, .result = result, .values = values, .done = ret_done};
    assert(options->count <= HOL_OPTIONS_MAX);
    *ret_done = false;
    for (size_t row = 0; row < options->count; row++) hol_value_set_default(&options->rows[row].value, values);
    HOL_TRY(check_tilde(argc, argv));
    HOL_TRY(HOL_ALLOCATE(self.words, argc, "command line"));
    HOL_TRY(HOL_ALLOCATE(self.word_rows, argc, "command line"));
    status = parse(argc, argv, &self);
    if (status == HOL_OK && !*ret_done) {
        settle_words(&self, argv);
        status = check(&self);
    }
    if (hol_error_code(status) == HOL_USAGE)
        status =
            hol_error_replace(status, HOL_USAGE, "%s (%s --help shows the usage)", hol_error_message(status), argv[0]);
cleanup:
    hol_free(self.words);
    hol_free(self.word_rows);
    return status;
}

hol_status hol_options_number(const char *label, const char *text, double low, double high, double *ret) {
    const hol_value value = {.type = HOL_VALUE_NUMBER, .low = low, .high = high};
    char expected[HOL_VALUE_TEXT_MAX];
    if (hol_value_take(&value, text, ret)) return HOL_OK;
    hol_value_describe(&value, expected, sizeof expected);
    return hol_error(HOL_USAGE, "%s: found \"%s\", expected %s", label, text, expected);
}
