/* keep_edges: by the scores of holode contacts. */
#include "cli/keep_edges.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/words.h"
#include "cli/letters.h"
#include "cli/model.h"
#include "estimate/contacts.h"

typedef struct kept {
    int64_t count;
    const char *run;
    char *title; /* owned: the first line of the file of edges */
} kept;

static hol_status format_title(const kept *self, char **ret_title) {
    return hol_format_text(ret_title, "title", "# the %lld strongest pairs of %s: columns, from 0\n",
                           (long long)self->count, self->run);
}

static hol_status print(const kept *self, const hol_contacts *c, char **ret_text) {
    char *text = NULL;
    size_t size = 0;
    *ret_text = NULL;
    FILE *to = open_memstream(&text, &size);
    if (!to) return hol_error(HOL_FAILURE, "out of memory: edges");
    (void)fputs(self->title, to);
    for (int64_t k = 0; k < self->count; k++) {
        const int32_t *ends = c->ends + 2 * c->order[k];
        (void)fprintf(to, "%d %d\n", ends[0], ends[1]);
    }
    return hol_words_take(to, &text, "edges", ret_text);
}

/* Rank 0's. */
static hol_status choose(hol_comm *comm, const hol_cli_model *source, const kept *self, char **ret_text) {
    hol_status status = HOL_OK;
    hol_contacts contacts = {0};
    hol_alphabet alphabet;
    HOL_TRY(hol_cli_find_alphabet(comm, &source->info, source->model, &alphabet));
    status = hol_contacts_find(source->model, source->theta, hol_cli_find_gap(&alphabet), &contacts);
    if (hol_error_code(status) == HOL_USAGE)
        status = hol_error_replace(status, HOL_USAGE, "--edges-from: %s: %s", self->run, hol_error_message(status));
    HOL_TRY(status);
    if (self->count > contacts.count)
        HOL_TRY(hol_error(HOL_USAGE, "--keep-edges: found %lld, expected at most %lld, the pairs of %s",
                          (long long)self->count, (long long)contacts.count, self->run));
    HOL_TRY(print(self, &contacts, ret_text));
cleanup:
    hol_contacts_clear(&contacts);
    return status;
}

/* Rank 0's: that the edges there are those that are asked for. */
static hol_status check_title(const kept *wish, const char *path) {
    hol_status status = HOL_OK;
    char *line = NULL;
    size_t size = 0;
    FILE *stream = fopen(path, "r");
    if (!stream) return hol_error(HOL_FAILURE, "%s: %s", path, strerror(errno));
    if (getline(&line, &size, stream) < 0 || strcmp(line, wish->title) != 0)
        status = hol_error(HOL_USAGE,
                           "%s: found \"%.*s\", expected the edges that the run began with: the same "
                           "--keep-edges and --edges-from, or another -o DIR",
                           path, line ? (int)strcspn(line, "\n") : 0, line ? line : "");
    free(line);
    (void)fclose(stream);
    return status;
}

hol_status hol_cli_keep_edges(hol_comm *comm, const char *run, int64_t count, const char *directory, bool resume,
                              char **ret_setting, char **ret_text) {
    static const char key[] = "model.edges=";
    hol_status status = HOL_OK;
    hol_cli_model source = {0};
    kept wish = {.count = count, .run = run};
    int64_t there = 0;
    *ret_text = NULL;
    HOL_TRY(hol_comm_agree(comm, hol_format_text(ret_setting, "name", "%s%s/edges.txt", key, directory)));
    const char *path = *ret_setting + sizeof key - 1;
    if (hol_comm_rank(comm) == 0) there = access(path, F_OK) == 0;
    HOL_TRY(hol_comm_max_i64(comm, &there, 1));
    HOL_TRY(hol_comm_agree(comm, format_title(&wish, &wish.title)));
    if (there && resume) {
        status = hol_comm_agree(comm, hol_comm_rank(comm) == 0 ? check_title(&wish, path) : HOL_OK);
        goto cleanup;
    }
    if (there)
        HOL_TRY(hol_error(HOL_USAGE,
                          "%s: found the edges of an earlier run, expected none (--resume takes them, -o DIR starts "
                          "elsewhere)",
                          path));
    HOL_TRY(hol_cli_open_model(comm, run, 0, NULL, 0, &source));
    HOL_TRY(hol_comm_agree(comm, hol_comm_rank(comm) == 0 ? choose(comm, &source, &wish, ret_text) : HOL_OK));
cleanup:
    hol_cli_close_model(&source);
    hol_free(wish.title);
    return status;
}
