/* fit_log: files of results: what was tried, a line for each score, as a table for other programs and for the report;
 * and any other. */
#include <stdio.h>

#include "base/alloc.h"
#include "fit.h"
#include "io/replace.h"

static const hol_column columns[] = {{"stage", NULL, 0, 0, NULL, 1},
                                     {"candidate", NULL, 0, 0, NULL, 1},
                                     {"kind", NULL, 0, 0, NULL, 1},
                                     {"hidden", NULL, 0, 0, NULL, 1},
                                     {"initial_weights", NULL, 0, 0, NULL, 1},
                                     {"learning_rate", NULL, 0, 0, NULL, 1},
                                     {"weight_decay", NULL, 0, 0, NULL, 1},
                                     {"sweeps", NULL, 0, 0, NULL, 1},
                                     {"levels", NULL, 0, 0, NULL, 1},
                                     {"step", NULL, 0, 0, NULL, 1},
                                     {"low", NULL, 0, 0, NULL, 1},
                                     {"high", NULL, 0, 0, NULL, 1},
                                     {"error", NULL, 0, 0, NULL, 1},
                                     {"verdict", NULL, 0, 0, NULL, 1},
                                     {"work", NULL, 0, 0, NULL, 1}};
enum { COLUMNS = sizeof columns / sizeof *columns };

hol_status hol_fit_log_create(hol_fit *self) {
    const hol_status status = hol_result_create(NULL, &self->log_result);
    if (status != HOL_OK) return status;
    self->log = hol_result_table(self->log_result, "search", columns, COLUMNS);
    return HOL_OK;
}

static const char *verdict_of(const hol_likelihood *l) { return l->is_exact ? "exact" : hol_verdict_word(l->verdict); }

hol_status hol_fit_log_add(hol_fit *self, const hol_fit_candidate *candidate) {
    char path[HOL_FIT_PATH + 16];
    hol_status status = HOL_OK;
    const hol_fit_settings *s = &candidate->settings;
    const hol_fit_score *score = &candidate->scores[candidate->score_count - 1];
    const hol_cell cells[COLUMNS] = {HOL_CELL_TEXT(self->stage),
                                     HOL_CELL(candidate->number),
                                     HOL_CELL_TEXT(s->hidden == 0         ? "V"
                                                   : s->visible_couplings ? "W+V"
                                                                          : "W"),
                                     HOL_CELL(s->hidden),
                                     HOL_CELL(s->initial_weights),
                                     HOL_CELL(s->rate),
                                     HOL_CELL(s->weight_decay),
                                     HOL_CELL(s->sweeps),
                                     HOL_CELL(s->levels),
                                     HOL_CELL(score->steps + score->steps / HOL_FIT_COOLED),
                                     HOL_CELL(score->likelihood.low),
                                     HOL_CELL(score->likelihood.high),
                                     HOL_CELL(score->likelihood.error),
                                     HOL_CELL_TEXT(verdict_of(&score->likelihood)),
                                     HOL_CELL(self->spent)};
    hol_result_row(self->log_result, self->log, cells);
    (void)snprintf(path, sizeof path, "%s/search.csv", self->directory);
    if (hol_comm_rank(self->comm) == 0) status = hol_replace_with_text(path, hol_result_write_table, self->log);
    return hol_comm_agree(self->comm, status);
}

hol_status hol_fit_write_result(const hol_fit *self, const char *name, hol_form form,
                                void (*add)(const hol_fit *self, hol_result *to)) {
    char path[HOL_FIT_PATH], *temporary = NULL;
    FILE *to = NULL;
    hol_result *result = NULL;
    hol_status status = HOL_OK;
    (void)snprintf(path, sizeof path, "%s/%s", self->directory, name);
    HOL_TRY(hol_replace_begin_stream(path, &temporary, &to));
    status = hol_result_create(to, &result);
    if (status != HOL_OK) (void)fclose(to);
    HOL_TRY(status);
    hol_result_set_form(result, form);
    add(self, result);
    status = hol_result_finish(result, HOL_OK);
    if (status != HOL_OK) status = hol_error_replace(status, HOL_FAILURE, "%s: cannot be written", path);
    HOL_TRY(status);
    HOL_TRY(hol_replace_commit(temporary, path));
cleanup:
    if (status != HOL_OK) hol_replace_abandon(temporary);
    hol_result_destroy(result);
    hol_free(temporary);
    return status;
}
