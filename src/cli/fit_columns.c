/* fit_columns: what the columns of a table are, where nobody says it.
 *
 * One column of row numbers, of an identifier or of a label is left out, and said. Several columns of words are
 * variables of several states. Reals and counts have no units yet: they are refused, rather than read as grey levels,
 * and so are whole numbers that may be states, unless it is said that they are. Whole numbers are grey levels where
 * they are an image's, or where most columns that exceed 1 reach the upper half of 0 to 255. */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/words.h"
#include "data_parts.h"
#include "fit_data.h"

enum {
    FINDINGS = 16,
    IDENTIFIERS_MOST = 2,
    GREY_LEAST = 128,
    DIM_LEVEL = 15,
    FEW_STATES = 7,
    FEW = 3,
    TEXT_SIZE = HOL_DATA_TEXT_SIZE
};

static const char NO_STATES[] = ": are they states of variables? --states takes them as such";

static const char *const *names_of(const hol_data_import *import) { return (const char *const *)import->names; }

/* ------------------------------------------------------------------ kinds of columns */

static bool has_fractions(const hol_survey *survey, int64_t c) { return survey->marks[c] & HOL_SURVEY_FRACTION; }

/* Numbers of which no grey level is made. -1 alone is told apart later: a spin, or a missing value. */
static bool is_real(const hol_survey *survey, int64_t c) {
    const float least = survey->least[c], most = survey->most[c];
    return least < -1 || (has_fractions(survey, c) && (least < 0 || most > 1));
}

static bool is_larger(const hol_survey *survey, int64_t c) { return survey->most[c] > 1; }
static bool is_beyond(const hol_survey *survey, int64_t c) { return survey->most[c] > 255; }

static int64_t count(const hol_survey *survey, bool (*is)(const hol_survey *, int64_t)) {
    int64_t found = 0;
    for (int64_t c = 0; c < survey->columns; c++) found += is(survey, c);
    return found;
}

/* ------------------------------------------------------------------ what is left out */

/* A column that is no unit. */
typedef struct odd_column {
    int64_t number;       /* in the file */
    const char *name;     /* borrowed; NULL without names */
    hol_survey_look look; /* what it is taken for */
    const char *what;     /* 'column 3 (from 0) "id" holds ...: an identifier?' */
} odd_column;

/* Adds a column to a list that says what is left out; a range, as a number may be the name of another column. */
static hol_status add_to_list(const hol_data_import *import, int64_t number, hol_fit_columns *chosen) {
    char *longer = NULL;
    const char *list = chosen->list ? chosen->list : import->columns_list;
    const hol_status status = hol_format_text(&longer, "columns", "%s%s%lld-%lld", list ? list : "!", list ? "," : "",
                                              (long long)number, (long long)number);
    if (status != HOL_OK) return status;
    hol_free(chosen->list);
    chosen->list = longer;
    return HOL_OK;
}

static hol_status leave_out(const hol_data_import *import, const odd_column *odd, hol_fit_columns *chosen) {
    static const char *const looks[] = {"row numbers", "label column", "identifier"};
    char name[64];
    const bool is_label = odd->look == HOL_SURVEY_LABEL;
    if (odd->name && odd->name[0]) (void)snprintf(name, sizeof name, "\"%.40s\"", odd->name);
    else (void)snprintf(name, sizeof name, "%lld", (long long)odd->number);
    hol_log(import->comm, "%s: %s %s (%s--columns says which columns are units)", import->inputs[0].path, odd->what,
            is_label ? "Kept apart" : "Left out", is_label ? "--label-column takes another, " : "");
    hol_words_append(chosen->text, sizeof chosen->text, "; %s %s left out", looks[odd->look], name);
    if (!is_label) return add_to_list(import, odd->number, chosen);
    (void)snprintf(chosen->label, sizeof chosen->label, "%lld-%lld", (long long)odd->number, (long long)odd->number);
    return HOL_OK;
}

/* ---- words */

/* More columns in which all words differ than are identifiers: the first is `first`, of `count`. */
static hol_status refuse_words(const hol_data_import *import, const hol_array_file *file, const hol_array_words *first,
                               int count) {
    char name[64] = "", others[48] = "";
    const int64_t *numbers = hol_array_file_get_numbers(file);
    const char *const *names = hol_array_file_get_names(file);
    int64_t c = 0;
    while (numbers[c] != first->number) c++;
    if (names) (void)snprintf(name, sizeof name, " \"%.40s\"", names[c]);
    if (count > 1) (void)snprintf(others, sizeof others, ", and in %d more", count - 1);
    return hol_error(HOL_BAD_INPUT,
                     "%s: found words that all differ in column %lld (from 0)%s%s, expected bits, grey levels from 0 "
                     "to 255 or 0 to 1, or words of which some are equal (--columns says which columns are units)",
                     import->inputs[0].path, (long long)first->number, name, others);
}

/* Leaves out a column of words. */
static hol_status leave_out_words(const hol_data_import *import, const hol_array_file *file,
                                  const hol_array_words *words, hol_fit_columns *chosen) {
    const int64_t *numbers = hol_array_file_get_numbers(file);
    const char *const *names = hol_array_file_get_names(file);
    char what[TEXT_SIZE], name[64] = "";
    int64_t c = 0;
    while (numbers[c] != words->number) c++;
    if (names) (void)snprintf(name, sizeof name, " \"%.40s\"", names[c]);
    (void)snprintf(what, sizeof what, "column %lld (from 0)%s holds words%s", (long long)numbers[c], name,
                   words->differ ? " that differ: an identifier?" : ": a label?");
    const odd_column odd = {.number = numbers[c],
                            .name = names ? names[c] : NULL,
                            .what = what,
                            .look = words->differ ? HOL_SURVEY_IDENTIFIER : HOL_SURVEY_LABEL};
    return leave_out(import, &odd, chosen);
}

static hol_status choose_words(const hol_data_import *import, const hol_array_file *file, hol_fit_columns *chosen,
                               bool *ret_any) {
    const int64_t columns = hol_array_file_get_columns(file);
    hol_array_words *words = NULL;
    int others = 0;
    hol_status status = HOL_OK;
    HOL_TRY(HOL_ALLOCATE(words, columns, "columns"));
    const int count = hol_array_file_find_words(file, (int)columns, words);
    for (int i = 0; i < count; i++) others += !words[i].differ;
    chosen->states = !import->states && others > (import->label || count == columns ? 0 : 1);
    *ret_any = chosen->states;
    int first = 0;
    while (first < count && !words[first].differ) first++;
    if (count - others > IDENTIFIERS_MOST || (count == columns && others == 0))
        HOL_TRY(refuse_words(import, file, &words[first], count - others));
    for (int i = 0; i < count; i++) {
        if (!words[i].differ && (chosen->states || import->states)) continue;
        HOL_TRY(leave_out_words(import, file, &words[i], chosen));
        *ret_any = true;
    }
cleanup:
    hol_free(words);
    return status;
}

hol_status hol_fit_columns_choose_words(const hol_data_import *import, hol_fit_columns *chosen, bool *ret_any) {
    hol_array_file *file = NULL;
    *ret_any = false;
    if (import->columns_list && import->columns_list[0] != '!') return HOL_OK;
    hol_status status = hol_data_open_input(import, &import->inputs[0], &file);
    if (status == HOL_OK) status = choose_words(import, file, chosen, ret_any);
    hol_array_file_close(file);
    return status;
}

/* ---- numbers */

/* Row numbers and identifiers first: a label is told by what the others are. */
hol_status hol_fit_columns_choose(const hol_data_import *import, hol_fit_columns *chosen, bool *ret_any) {
    hol_survey_finding findings[FINDINGS];
    int looks[] = {[HOL_SURVEY_ROW_NUMBERS] = 0, [HOL_SURVEY_LABEL] = 0, [HOL_SURVEY_IDENTIFIER] = 0};
    const hol_survey *survey = import->survey;
    char what[TEXT_SIZE];
    hol_status status = HOL_OK;
    *ret_any = false;
    if (import->columns_list && import->columns_list[0] != '!') return HOL_OK;
    if (import->told_states || count(survey, is_real) > 0) return HOL_OK;
    const int found = hol_survey_find(survey, FINDINGS, findings);
    for (int i = 0; i < found; i++) looks[findings[i].look]++;
    const bool takes_identifiers = looks[HOL_SURVEY_IDENTIFIER] <= IDENTIFIERS_MOST;
    const int others = looks[HOL_SURVEY_ROW_NUMBERS] + (takes_identifiers ? looks[HOL_SURVEY_IDENTIFIER] : 0);
    const bool takes_label = others == 0 && looks[HOL_SURVEY_LABEL] == 1 && !import->label;
    if (found == FINDINGS || found == survey->columns) return HOL_OK;
    for (int i = 0; i < found; i++) {
        const hol_survey_look look = findings[i].look;
        if (look == HOL_SURVEY_LABEL ? !takes_label : look == HOL_SURVEY_IDENTIFIER && !takes_identifiers) continue;
        if (look != HOL_SURVEY_ROW_NUMBERS && import->states) continue;
        const int64_t c = findings[i].column;
        hol_survey_describe(survey, &findings[i], names_of(import), what, sizeof what);
        const odd_column odd = {import->numbers[c], import->names ? import->names[c] : NULL, look, what};
        HOL_TRY(leave_out(import, &odd, chosen));
        *ret_any = true;
    }
cleanup:
    return status;
}

/* ------------------------------------------------------------------ what is refused */

/* Which columns are meant, "column 0 (from 0) "age", and in 3 more of 12", and how to leave them out where they are
 * few: " (--columns '!0,3' leaves them out)". */
static void describe_columns(const hol_data_import *import, bool (*is)(const hol_survey *, int64_t), char *which,
                             char *remedy) {
    const int64_t found = count(import->survey, is);
    const char *list = import->columns_list;
    int64_t first = -1;
    char name[64] = "";
    which[0] = '\0';
    (void)snprintf(remedy, TEXT_SIZE, " (--columns '%.400s", list ? list : "!");
    for (int64_t c = 0; c < import->columns; c++) {
        if (!is(import->survey, c)) continue;
        hol_words_append(remedy, TEXT_SIZE, "%s%lld", first < 0 && !list ? "" : ",", (long long)import->numbers[c]);
        if (first < 0) first = c;
    }
    hol_words_append(remedy, TEXT_SIZE, "' leaves %s out)", found > 1 ? "them" : "it");
    if (found > FEW || found == import->columns || (list && list[0] != '!')) remedy[0] = '\0';
    if (import->names) (void)snprintf(name, sizeof name, " \"%.40s\"", import->names[first]);
    hol_words_append(which, TEXT_SIZE, "column %lld (from 0)%s", (long long)import->numbers[first], name);
    if (found > 1)
        hol_words_append(which, TEXT_SIZE, ", and in %lld more of %lld", (long long)found - 1,
                         (long long)import->columns);
}

/* The least and the largest number in these columns. */
static void find_extremes(const hol_survey *survey, bool (*is)(const hol_survey *, int64_t), double *least,
                          double *most) {
    bool any = false;
    for (int64_t c = 0; c < survey->columns; c++) {
        if (!is(survey, c)) continue;
        if (!any || (double)survey->least[c] < *least) *least = (double)survey->least[c];
        if (!any || (double)survey->most[c] > *most) *most = (double)survey->most[c];
        any = true;
    }
}

static hol_status refuse_columns(const hol_data_import *import, const hol_data_place *first,
                                 bool (*is)(const hol_survey *, int64_t), const char *numbers, const char *why) {
    char which[TEXT_SIZE], remedy[TEXT_SIZE];
    double least = 0, most = 0;
    describe_columns(import, is, which, remedy);
    find_extremes(import->survey, is, &least, &most);
    return hol_error(HOL_BAD_INPUT,
                     "%s: found %s from %.6g to %.6g in %s, expected bits, or grey levels from 0 to 255 or 0 to 1%s%s",
                     first->path ? first->path : import->inputs[0].path, numbers, least, most, which, why, remedy);
}

static hol_status refuse_reals(const hol_data_import *import) {
    const hol_data_place *first = import->seen.wrong.path ? &import->seen.wrong : &import->seen.fraction;
    return refuse_columns(import, first, is_real, "real numbers", ": there are no units for reals yet");
}

/* Beyond 255, or not enough like grey levels. */
static hol_status refuse_whole_numbers(const hol_data_import *import) {
    char why[192];
    (void)snprintf(why, sizeof why, "%s", NO_STATES);
    const double largest = import->seen.largest;
    if (count(import->survey, is_beyond) > 0)
        return refuse_columns(import, &import->seen.wrong, is_beyond, "whole numbers",
                              ": there are no units for counts yet");
    if (largest > FEW_STATES && 4 * count(import->survey, is_larger) > 3 * import->columns)
        (void)snprintf(why, sizeof why, "%s; grey levels up to %.9g are to be divided by it", NO_STATES, largest);
    return refuse_columns(import, &import->seen.above_one, is_larger, "whole numbers", why);
}

/* One value among bits that is none. */
static hol_status refuse_slip(const hol_data_import *import) {
    char at[TEXT_SIZE];
    hol_data_describe_place(import, &import->seen.above_one, at);
    return hol_error(HOL_BAD_INPUT, "%s: found %.9g, expected 0 or 1, as all other values are", at,
                     import->seen.above_one.value);
}

/* ------------------------------------------------------------------ the verdict */

static bool are_grey(const hol_data_import *import) {
    const hol_survey *survey = import->survey;
    int64_t high = 0;
    if (import->told_bytes) return true;
    if (import->height > 0) return import->seen.largest > DIM_LEVEL;
    for (int64_t c = 0; c < survey->columns; c++) high += survey->most[c] >= GREY_LEAST;
    return 2 * high >= count(survey, is_larger);
}

/* Grey levels of one file and bits of another would be read on one scale. */
static hol_status check_scales(const hol_data_import *import) {
    const hol_data_input *bright = NULL, *dark = NULL;
    for (int i = 0; i < import->count; i++) {
        const hol_data_input *input = &import->inputs[i];
        if (input->source != i) continue;
        if (input->largest > 1) bright = input;
        else dark = input;
    }
    if (!bright || !dark) return HOL_OK;
    return hol_error(HOL_BAD_INPUT, "%s: found no value above 1, expected grey levels of 0 to 255 as in %s", dark->path,
                     bright->path);
}

static hol_status judge_levels(hol_data_import *import) {
    const hol_data_values *seen = &import->seen;
    hol_status status = HOL_OK;
    import->kind = seen->fraction.path                          ? HOL_DATASET_FLOATS
                   : seen->above_one.path || import->told_bytes ? HOL_DATASET_BYTES
                                                                : HOL_DATASET_BINARY;
    if (import->kind != HOL_DATASET_BYTES) return HOL_OK;
    import->survey->scale = 255;
    HOL_TRY(check_scales(import));
    /* black and white is bits */
    import->binarize = seen->above_one.path && !seen->has_one && !seen->has_dim;
    import->threshold = 0.5;
cleanup:
    return status;
}

/* What is called a label, and may be one though its values are like the others'. */
static void say_labels(const hol_data_import *import) {
    for (int64_t c = 0; import->names && c < import->columns; c++)
        if (hol_words_contain("label labels class target y", import->names[c]))
            hol_log(import->comm,
                    "%s: column %lld (from 0) \"%s\" is taken for a unit (--label-column %s keeps it apart)",
                    import->inputs[0].path, (long long)import->numbers[c], import->names[c], import->names[c]);
}

static hol_status judge_states(hol_data_import *import) {
    hol_status status = HOL_OK;
    if (import->words)
        hol_log(import->comm, "%s: %lld of %lld columns hold words: states of variables", import->inputs[0].path,
                (long long)hol_column_words_count(import->words), (long long)import->columns);
    HOL_TRY(hol_data_find_kind(import));
    HOL_TRY(hol_survey_check(import->survey, import->inputs[0].path, HOL_SURVEY_STATES, 0.5, names_of(import)));
    say_labels(import);
cleanup:
    return status;
}

hol_status hol_fit_columns_judge(hol_data_import *import) {
    hol_survey *survey = import->survey;
    hol_status status = HOL_OK;
    if (import->told_states || import->states) return judge_states(import);
    HOL_TRY(hol_data_check_missing(import));
    if (count(survey, is_real) > 0) return refuse_reals(import);
    HOL_TRY(hol_data_check_minus(import));
    if (!import->seen.wrong.path) HOL_TRY(hol_data_check_mixture(import));
    const int64_t larger = count(survey, is_larger);
    bool is_slip = larger == 1;
    for (int64_t c = 0; c < survey->columns; c++) is_slip = is_slip && !(survey->marks[c] & HOL_SURVEY_LARGER_TWO);
    if (is_slip && !import->seen.wrong.path) return refuse_slip(import);
    if (import->seen.wrong.path || (larger > 0 && !are_grey(import))) return refuse_whole_numbers(import);
    HOL_TRY(judge_levels(import));
    for (int64_t c = 0; c < survey->columns && import->spins; c++) survey->least[c] = survey->least[c] < 0 ? 0 : 1;
    HOL_TRY(hol_survey_check(survey, import->inputs[0].path, HOL_SURVEY_DRAWN, 0.5, names_of(import)));
    say_labels(import);
cleanup:
    return status;
}
