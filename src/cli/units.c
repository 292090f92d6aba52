/* units: what a survey says of the data, and how many columns they have. */
#include "cli/units.h"

#include <stdio.h>

#include "base/log.h"
#include "io/survey.h"

enum { FINDINGS = 3, LINE_SIZE = 512 };

static bool has_states(const hol_binarizer *binarizer) { return binarizer->columns && binarizer->columns->count > 0; }

static void warn_of_constant(hol_comm *comm, const char *what, const hol_binarizer *binarizer, int64_t count) {
    int64_t first = 0;
    char by[64] = "";
    const hol_survey *survey = binarizer->survey;
    const double threshold = binarizer->threshold / 65535.0;
    const hol_survey_bits bits = hol_binarize_survey_bits(binarizer);
    (void)hol_survey_count_constant(survey, bits, threshold, &first);
    if (bits == HOL_SURVEY_THRESHOLD && survey->scale > 1)
        (void)snprintf(by, sizeof by, " (data.threshold %.3g)", threshold);
    hol_log_warning(comm, "%s: %lld of %lld %s never change%s, the first is column %lld (from 0)", what,
                    (long long)count, (long long)survey->columns, has_states(binarizer) ? "columns" : "units", by,
                    (long long)first);
}

static void warn_of_columns(hol_comm *comm, const char *what, const hol_survey *survey) {
    hol_survey_finding findings[FINDINGS];
    char text[LINE_SIZE];
    const int count = hol_survey_find(survey, FINDINGS, findings);
    for (int k = 0; k < count; k++) {
        hol_survey_describe(survey, &findings[k], NULL, text, sizeof text);
        hol_log_warning(comm, "%s: %s", what, text);
    }
}

/* Columns of which no row has a value. */
static void warn_of_unknown(hol_comm *comm, const char *what, const hol_binarizer *binarizer) {
    const hol_survey *survey = binarizer->survey;
    int64_t never = 0, first = -1;
    for (int64_t c = 0; c < survey->columns - binarizer->lacks_label; c++) {
        if (survey->known[c] > 0) continue;
        if (never++ == 0) first = c;
    }
    if (never > 0)
        hol_log_warning(
            comm,
            "%s: %lld of %lld columns are never known, the first is column %lld (from 0): what a model says "
            "of them is not learned",
            what, (long long)never, (long long)survey->columns, (long long)first);
}

hol_status hol_cli_check_units(hol_comm *comm, const char *what, const hol_binarizer *binarizer, bool refuse) {
    hol_status status = HOL_OK;
    int64_t constant = 0;
    HOL_TRY(hol_survey_join(comm, binarizer->survey));
    status = hol_binarize_check_survey(binarizer, what, &constant);
    if (refuse && status != HOL_OK) goto cleanup;
    (void)hol_error_drop(status);
    status = HOL_OK;
    if (binarizer->survey->rows < 2) return HOL_OK; /* one row is the same as itself */
    warn_of_unknown(comm, what, binarizer);
    constant -= binarizer->lacks_label;
    if (constant > 0) warn_of_constant(comm, what, binarizer, constant);
    if (!has_states(binarizer)) warn_of_columns(comm, what, binarizer->survey);
cleanup:
    return status;
}

hol_status hol_cli_check_columns(const char *what, int64_t found, const hol_model *model, const char *of) {
    if (found == hol_model_columns(model)) return HOL_OK;
    return hol_error(HOL_BAD_INPUT, "%s: found %lld columns, expected %lld, the visible %s of %s", what,
                     (long long)found, (long long)hol_model_columns(model),
                     model->info.columns.count > 0 ? "variables" : "units", of);
}
