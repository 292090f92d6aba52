/* fit_directory: DIR: its name, whose it is, what it was asked for, and what is left of the search. */
#include <ftw.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "fit.h"
#include "io/dataset.h"
#include "io/replace.h"

/* "votes" of "data/votes.csv.gz" or "data/votes.h5:train". */
hol_status hol_fit_name_directory(hol_fit *self) {
    const hol_fit_arguments *a = &self->arguments;
    char *file = NULL, *inside = NULL;
    const hol_status status = hol_dataset_parse_reference(a->data.data, NULL, &file, &inside);
    if (status != HOL_OK) return status;
    const char *slash = strrchr(file, '/'), *name = slash ? slash + 1 : file;
    const size_t length = strcspn(name, ".");
    int used = 0;
    if (a->output) used = snprintf(self->directory, sizeof self->directory, "%s", a->output);
    else if (length == 0 || name[length] == '\0')
        used = snprintf(self->directory, sizeof self->directory, "%s-fit", name);
    else used = snprintf(self->directory, sizeof self->directory, "%.*s", (int)length, name);
    hol_free(file);
    hol_free(inside);
    for (size_t l = strlen(self->directory); l > 1 && self->directory[l - 1] == '/'; l--) self->directory[l - 1] = '\0';
    if (used < (int)sizeof self->directory) return HOL_OK;
    return hol_error(HOL_USAGE, "-o: found a path of %d bytes, expected fewer", used);
}

/* ---- what was asked for ----------------------------------------------------------------------------------------- */

/* in a shell's single quotes, where they are needed */
static void print_word(FILE *to, const char *text) {
    if (*text &&
        strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./:,@%") == strlen(text)) {
        (void)fputs(text, to);
        return;
    }
    (void)fputc('\'', to);
    for (const char *c = text; *c; c++) (void)fputs(*c == '\'' ? "'\\''" : (const char[]){*c, 0}, to);
    (void)fputc('\'', to);
}

hol_status hol_fit_describe_request(const hol_fit *self, char **ret_text) {
    const hol_fit_arguments *a = &self->arguments;
    const char *const options[][2] = {{"--valid", a->data.valid},     {"--test", a->data.test},
                                      {"--columns", a->data.columns}, {"--label-column", a->data.label},
                                      {"--missing", a->data.missing}, {"--kind", a->kind}};
    char *text = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&text, &size);
    *ret_text = NULL;
    if (!to) return hol_error(HOL_FAILURE, "out of memory: a command");
    print_word(to, a->data.data);
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        if (!options[i][1]) continue;
        (void)fprintf(to, " %s ", options[i][0]);
        print_word(to, options[i][1]);
    }
    if (a->data.states) (void)fprintf(to, " --states");
    (void)fprintf(to, " --work %.15g --seed %lld", a->work, (long long)a->seed);
    hol_status status = fclose(to) == 0 ? HOL_OK : hol_error(HOL_FAILURE, "out of memory: a command");
    if (status == HOL_OK) status = hol_format_text(ret_text, "a command", "%s", text);
    free(text);
    return status;
}

/* A search is gone on with by what was asked for at its start: another budget has other lengths. */
static hol_status check_request(const hol_fit *self) {
    char path[HOL_FIT_PATH], *asked = NULL, *found = NULL;
    size_t room = 0;
    hol_status status = HOL_OK;
    (void)snprintf(path, sizeof path, "%s/search/request", self->directory);
    HOL_TRY(hol_fit_describe_request(self, &asked));
    FILE *from = fopen(path, "r");
    if (!from) {
        status = hol_replace_text(path, asked);
        goto cleanup;
    }
    const bool is_read = getdelim(&found, &room, '\0', from) > 0;
    (void)fclose(from);
    if (!is_read || strcmp(found, asked) != 0)
        status = hol_error(
            HOL_USAGE,
            "--resume: found in %s the fit of %s, expected to be asked for the same, not %s (or -o DIR for another)",
            self->directory, is_read ? found : "nothing", asked);
cleanup:
    hol_free(asked);
    free(found);
    return status;
}

/* ---- whose it is ------------------------------------------------------------------------------------------------- */

static hol_status check_empty(const hol_fit *self) {
    static const char *const signs[] = {"config.yaml", "search.csv", "search", "data.h5", "checkpoint-*.h5"};
    char path[HOL_FIT_PATH];
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        glob_t found = {0};
        (void)snprintf(path, sizeof path, "%s/%s", self->directory, signs[i]);
        const bool is_there = glob(path, 0, NULL, &found) == 0;
        if (is_there) (void)snprintf(path, sizeof path, "%s", found.gl_pathv[0]);
        globfree(&found);
        if (is_there)
            return hol_error(
                HOL_USAGE,
                "%s: found an earlier fit or run, expected none (--resume goes on with a fit, -o DIR makes "
                "another)",
                path);
    }
    return HOL_OK;
}

/* a name that is mistyped is no reason to begin anew */
static hol_status check_there(const hol_fit *self) {
    char path[HOL_FIT_PATH];
    (void)snprintf(path, sizeof path, "%s/search/request", self->directory);
    if (access(path, F_OK) == 0) return HOL_OK;
    (void)snprintf(path, sizeof path, "%s/config.yaml", self->directory);
    if (access(path, F_OK) == 0) return HOL_OK;
    return hol_error(HOL_USAGE, "--resume: found no fit in %s, expected one that was stopped", self->directory);
}

/* An earlier fit's, or any other run's, is not written to unasked. */
hol_status hol_fit_take_directory(hol_fit *self) {
    char path[HOL_FIT_PATH];
    hol_status status = self->arguments.resume ? check_there(self) : check_empty(self);
    (void)snprintf(path, sizeof path, "%s/search", self->directory);
    if (status == HOL_OK) status = hol_owner_take(self->comm, path, &self->owner);
    return status == HOL_OK ? check_request(self) : status;
}

void hol_fit_leave_directory(const hol_fit *self) {
    static const char *const files[] = {"search/owner", "search/request", "data.h5"};
    char path[HOL_FIT_PATH];
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", self->directory, files[i]);
        (void)unlink(path);
    }
    (void)snprintf(path, sizeof path, "%s/search", self->directory);
    if (rmdir(path) == 0) (void)rmdir(self->directory); /* both only where they are empty */
}

static int remove_entry(const char *path, const struct stat *found, int type, struct FTW *place) {
    (void)found, (void)type, (void)place;
    return remove(path);
}

void hol_fit_remove_search(hol_fit *self) {
    char path[HOL_FIT_PATH];
    (void)snprintf(path, sizeof path, "%s/search", self->directory);
    hol_owner_release(self->owner);
    self->owner = NULL;
    (void)nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

hol_status hol_fit_head_config(const hol_fit *self, const char *config, char **ret_text) {
    char *request = NULL;
    hol_status status = HOL_OK;
    HOL_TRY(hol_fit_describe_request(self, &request));
    for (char *c = request; *c; c++)
        if (*c == '\n' || *c == '\r') *c = ' '; /* it is a comment */
    status =
        hol_format_text(ret_text, "a config",
                        "# What holode fit %s chose%s.\n# holode train on this file, from the same directory, makes "
                        "the same model to the last bit.\n\n%s",
                        request, self->is_cut ? ", cut by --time" : "", config);
cleanup:
    hol_free(request);
    return status;
}

hol_status hol_fit_begin_run(const hol_fit *self, const char *config) {
    char path[HOL_FIT_PATH], *found = NULL;
    size_t room = 0;
    glob_t checkpoints = {0};
    (void)snprintf(path, sizeof path, "%s/config.yaml", self->directory);
    FILE *from = fopen(path, "r");
    const bool is_same = from && getdelim(&found, &room, '\0', from) > 0 && strcmp(found, config) == 0;
    if (from) (void)fclose(from);
    free(found);
    if (is_same) return HOL_OK;
    /* a run of another choice, which --time had cut before */
    (void)snprintf(path, sizeof path, "%s/checkpoint-*.h5", self->directory);
    if (glob(path, 0, NULL, &checkpoints) == 0)
        for (size_t i = 0; i < checkpoints.gl_pathc; i++) (void)unlink(checkpoints.gl_pathv[i]);
    globfree(&checkpoints);
    (void)snprintf(path, sizeof path, "%s/config.yaml", self->directory);
    return hol_replace_text(path, config);
}
