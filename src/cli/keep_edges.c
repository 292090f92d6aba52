/* keep_edges: by the scores of holode contacts. */
#include "cli/keep_edges.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"
#include "cli/letters.h"
#include "cli/model.h"
#include "estimate/contacts.h"
#include "io/owner.h"
#include "io/replace.h"

typedef struct kept {
    const hol_contacts *contacts;
    int64_t count;
    const char *run;
} kept;

static void print(FILE *stream, const void *context) {
    const kept *self = context;
    const hol_contacts *c = self->contacts;
    (void)fprintf(stream, "# the %lld strongest pairs of %s: columns, from 0\n", (long long)self->count, self->run);
    for (int64_t k = 0; k < self->count; k++) {
        const int32_t *ends = c->ends + 2 * c->order[k];
        (void)fprintf(stream, "%d %d\n", ends[0], ends[1]);
    }
}

/* Rank 0's. */
static hol_status write_edges(hol_comm *comm, const hol_cli_model *source, const kept *wish, const char *directory,
                              const char *path) {
    hol_status status = HOL_OK;
    hol_contacts contacts = {0};
    hol_alphabet alphabet;
    kept self = *wish;
    HOL_TRY(hol_cli_find_alphabet(comm, &source->info, source->model, &alphabet));
    status = hol_contacts_find(source->model, source->theta, hol_cli_find_gap(&alphabet), &contacts);
    if (hol_error_code(status) == HOL_USAGE)
        status = hol_error_replace(status, HOL_USAGE, "--edges-from: %s: %s", self.run, hol_error_message(status));
    HOL_TRY(status);
    if (self.count > contacts.count)
        HOL_TRY(hol_error(HOL_USAGE, "--keep-edges: found %lld, expected at most %lld, the pairs of %s",
                          (long long)self.count, (long long)contacts.count, self.run));
    self.contacts = &contacts;
    HOL_TRY(hol_owner_make_directory(directory));
    HOL_TRY(hol_replace_with_text(path, print, &self));
    hol_log(comm, "%s: the %lld strongest of %lld pairs of %s", path, (long long)self.count, (long long)contacts.count,
            self.run);
cleanup:
    hol_contacts_clear(&contacts);
    return status;
}

hol_status hol_cli_keep_edges(hol_comm *comm, const char *run, int64_t count, const char *directory, bool resume,
                              char **ret_setting) {
    static const char key[] = "model.edges=";
    hol_status status = HOL_OK;
    hol_cli_model source = {0};
    const kept wish = {.count = count, .run = run};
    int64_t there = 0;
    HOL_TRY(hol_comm_agree(comm, hol_format_text(ret_setting, "name", "%s%s/edges.txt", key, directory)));
    const char *path = *ret_setting + sizeof key - 1;
    if (hol_comm_rank(comm) == 0) there = access(path, F_OK) == 0;
    HOL_TRY(hol_comm_max_i64(comm, &there, 1));
    if (there && resume) return HOL_OK;
    if (there)
        HOL_TRY(hol_error(HOL_USAGE,
                          "%s: found the edges of an earlier run, expected none (--resume takes them, -o DIR starts "
                          "elsewhere)",
                          path));
    HOL_TRY(hol_cli_open_model(comm, run, 0, NULL, 0, &source));
    HOL_TRY(
        hol_comm_agree(comm, hol_comm_rank(comm) == 0 ? write_edges(comm, &source, &wish, directory, path) : HOL_OK));
cleanup:
    hol_cli_close_model(&source);
    return status;
}
