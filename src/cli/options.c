/* options: argp with its exits and duplicate output taken away. */
#include "cli/options.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "io/guard.h"

enum { OPTION_HELP = '?', OPTION_USAGE = -3, OPTION_UNCHECKED = -4 };

struct wrapped {
    const struct argp *argp; /* borrowed: the command's own */
    void *input;             /* borrowed */
    bool *done;
};

static void show(const struct argp_state *state, unsigned flags) {
    char *text = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&text, &size);
    if (!memory) return;
    argp_state_help(state, memory, flags);
    (void)fclose(memory);
    hol_print("%s", text);
    free(text);
}

/* --help, --usage and --unchecked, once for all commands; everything else goes to the command's parser (the only child)
 */
static error_t parse_wrapped(int key, char *argument, struct argp_state *state) {
    (void)argument;
    struct wrapped *self = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = self->input; return 0;
    case OPTION_HELP: show(state, ARGP_HELP_STD_HELP & ~(unsigned)(ARGP_HELP_EXIT_OK)); break;
    case OPTION_USAGE: show(state, ARGP_HELP_USAGE); break;
    case OPTION_UNCHECKED: hol_guard_set_unchecked(true); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
    *self->done = true;
    state->next = state->argc; /* nothing after --help matters */
    return ECANCELED;
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

hol_status hol_options_parse(const struct argp *argp, int argc, char **argv, void *input, bool *ret_done) {
    static const struct argp_option options[] = {
        {"help", OPTION_HELP, NULL, 0, "Give this help list", -1},
        {"usage", OPTION_USAGE, NULL, 0, "Give a short usage message", 0},
        {"unchecked", OPTION_UNCHECKED, NULL, 0,
         "Read files without trailer, or that do not agree with their checksums: only those that you trust", -1},
        {0},
    };
    *ret_done = false;
    const hol_status tilde = check_tilde(argc, argv);
    if (tilde != HOL_OK) return tilde;
    struct wrapped wrapped = {.argp = argp, .input = input, .done = ret_done};
    struct argp inner = *argp; /* its documentation is the outer one's: argp would print it twice */
    inner.doc = inner.args_doc = NULL;
    struct argp_child children[] = {{&inner, 0, NULL, 0}, {0}};
    const struct argp outer = {options, parse_wrapped, argp->args_doc, argp->doc, children, NULL, NULL};
    /* getopt's own message goes to stderr from every rank: it is caught, and comes back as ours */
    char *caught = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&caught, &size);
    if (!memory) return hol_error(HOL_FAILURE, "out of memory: command line");
    FILE *terminal = stderr;
    hol_error_clear();
    stderr = memory;
    const error_t code = argp_parse(&outer, argc, argv, ARGP_NO_EXIT | ARGP_NO_HELP, NULL, &wrapped);
    stderr = terminal;
    (void)fclose(memory);
    hol_status status = HOL_OK;
    if (code != 0 && !*ret_done) {
        if (hol_error_message()[0] == '\0') {
            char *end = caught;
            while (*end && *end != '\n') end++;
            *end = '\0';
            const char *colon = caught;
            for (const char *c = caught; *c; c++)
                if (c[0] == ':' && c[1] == ' ') {
                    colon = c + 2;
                    break;
                }
            (void)hol_error(HOL_USAGE, "%s: %s", argv[0], *colon ? colon : "wrong arguments");
        }
        status = hol_error(HOL_USAGE, "%s (%s --help shows the usage)", hol_error_message(), argv[0]);
    }
    free(caught);
    return status;
}

error_t hol_options_place(const char *argument, const char *name, const char **place) {
    if (*place) {
        (void)hol_error(HOL_USAGE, "found a second argument \"%s\", expected one %s", argument, name);
        return EINVAL;
    }
    *place = argument;
    return 0;
}

hol_status hol_options_integer(const char *name, const char *text, int64_t min, int64_t max, int64_t *ret) {
    char *end = NULL;
    errno = 0;
    const long long value = strtoll(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || value < min || value > max)
        return hol_error(HOL_USAGE, "%s: found \"%s\", expected a whole number from %lld to %lld", name, text,
                         (long long)min, (long long)max);
    *ret = value;
    return HOL_OK;
}

hol_status hol_options_number(const char *name, const char *text, double min, double max, double *ret) {
    char *end = NULL;
    errno = 0;
    const double value = strtod(text, &end);
    if (errno != 0 || end == text || *end != '\0' || !isfinite(value) || value < min || value > max)
        return hol_error(HOL_USAGE, "%s: found \"%s\", expected a number from %g to %g", name, text, min, max);
    *ret = value;
    return HOL_OK;
}
