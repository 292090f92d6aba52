/* fit_data: which splits there are, which are drawn, and whether what is to be written is there already.
 *
 * The files are read until nothing more is to be left out of their columns, rows are drawn by the hashes of their
 * values, and the splits are written by the import's own second reading. What the file is made of, its values and what
 * was asked for, is kept in it as two numbers, by which a later call knows it. */
#include "fit_data.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/words.h"
#include "data_parts.h"
#include "io/contents.h"
#include "io/dataset_notes.h"
#include "io/output.h"
#include "io/recognize.h"

enum { SMALL_SHARE = 5, SHARE = 10, MANY_SHARED = 10, ROUNDS_MOST = 4 };

static const char *const split_names[HOL_FIT_SPLITS] = {"train", "valid", "test"};

typedef struct work {
    const hol_fit_data_request *request; /* borrowed */
    hol_data_import import;
    hol_fit_columns chosen;
    char *found[HOL_FIT_SPLITS]; /* owned: references to splits of DATA itself */
    bool is_own;                 /* DATA is the output */
    uint64_t made_of[2];         /* of values; of what was asked for */
    uint64_t there[2];           /* the same of the output that is there */
    bool is_found;               /* it is */
    hol_dataset_writer *writer;  /* owned: of one that is not */
} work;

/* ------------------------------------------------------------------ which splits there are */

static bool is_same_file(const char *a, const char *b) {
    struct stat first, second;
    return stat(a, &first) == 0 && stat(b, &second) == 0 && first.st_dev == second.st_dev &&
           first.st_ino == second.st_ino;
}

/* "20%" -> 0.2; 0 where it is no share, or NULL. */
static double find_share(const char *text) {
    char *end = NULL;
    const double number = text ? strtod(text, &end) : 0;
    return text && end != text && strcmp(end, "%") == 0 && number > 0 && number < 100 ? number / 100 : 0;
}

bool hol_fit_is_share(const char *text) { return find_share(text) > 0; }

/* What is no file of data at all, in words. */
static hol_status check_file(hol_comm *comm, const char *path) {
    static const char *const others[] = {".yaml", ".yml", ".uai", ".fg"};
    char *file = NULL, *inside = NULL;
    hol_file_kind kind = HOL_FILE_HDF5;
    hol_status status = HOL_OK;
    HOL_TRY(hol_dataset_parse_reference(path, NULL, &file, &inside));
    const hol_contents_kind contents = hol_contents_look(file, NULL).kind;
    if (contents == HOL_CONTENTS_HDF5) HOL_TRY(hol_file_recognize_alone(comm, file, &kind));
    bool is_other = kind == HOL_FILE_CHECKPOINT || contents == HOL_CONTENTS_DIRECTORY || contents == HOL_CONTENTS_EMPTY;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        is_other = is_other || hol_output_ends_with(file, others[i]);
    if (is_other && access(file, F_OK) == 0)
        status = hol_file_refuse(comm, HOL_BAD_INPUT, file, "a file of data: CSV, npy, npz, IDX or HDF5");
cleanup:
    hol_free(file);
    hol_free(inside);
    return status;
}

/* A source that is gone is not needed any more once its data set is made. */
static hol_status check_is_there(const hol_fit_data_request *request) {
    char *file = NULL, *inside = NULL;
    hol_status status = HOL_OK;
    HOL_TRY(hol_dataset_parse_reference(request->data, NULL, &file, &inside));
    if (access(file, F_OK) != 0 && access(request->output, F_OK) == 0)
        status = hol_error(HOL_BAD_INPUT, "%s: found no such file, expected one (%s can be given in its place)", file,
                           request->output);
cleanup:
    hol_free(file);
    hol_free(inside);
    return status;
}

/* Finds the splits of DATA itself where it is HDF5 and its training rows are asked for. */
static hol_status find_splits(work *self) {
    char *file = NULL, *path = NULL, **paths = NULL;
    int64_t count = 0;
    bool has_train = false;
    hol_status status = HOL_OK;
    if (!hol_array_file_is_dataset(self->request->data)) return HOL_OK;
    HOL_TRY(hol_dataset_parse_reference(self->request->data, NULL, &file, &path));
    self->is_own = is_same_file(file, self->request->output);
    if (path && strcmp(path, "/train") != 0) goto cleanup;
    HOL_TRY(hol_dataset_list(self->import.comm, file, &paths, &count));
    for (int64_t i = 0; i < count; i++) has_train = has_train || strcmp(paths[i], "/train") == 0;
    for (int64_t i = 0; i < count && has_train; i++)
        for (int s = HOL_FIT_VALID; s < HOL_FIT_SPLITS; s++)
            if (strcmp(paths[i] + 1, split_names[s]) == 0)
                HOL_TRY(hol_format_text(&self->found[s], "name of a split", "%s:%s", file, split_names[s]));
cleanup:
    hol_free(file);
    hol_free(path);
    hol_free(paths);
    return status;
}

/* Train, then valid and test: of a file, or to be drawn from train's. */
static hol_status set_inputs(work *self) {
    const hol_fit_data_request *request = self->request;
    const char *files[HOL_FIT_SPLITS] = {request->data, request->valid, request->test};
    hol_data_import *import = &self->import;
    hol_status status = HOL_OK;
    HOL_TRY(check_is_there(request));
    HOL_TRY(check_file(self->import.comm, request->data));
    HOL_TRY(find_splits(self));
    for (int s = 0; s < HOL_FIT_SPLITS; s++) {
        hol_data_input *input = &import->inputs[s];
        const bool is_file = files[s] && (s == HOL_FIT_TRAIN || !hol_fit_is_share(files[s]));
        const char *file = is_file ? files[s] : files[s] ? NULL : self->found[s];
        if (file && s > 0) HOL_TRY(check_file(self->import.comm, file));
        (void)snprintf(input->name, sizeof input->name, "%s", split_names[s]);
        input->path = file ? file : request->data;
        input->source = file ? s : HOL_FIT_TRAIN;
        import->has_drawn = import->has_drawn || !file;
    }
    import->count = HOL_FIT_SPLITS;
    import->output = request->output;
    import->label = request->label;
    import->columns_list = request->columns;
    import->seed = (int64_t)request->seed;
    import->keep_equal = import->has_drawn;
    import->divides_common = import->keep_hashes = import->takes_missing = true;
    import->missing = request->missing;
    import->states = request->states;
cleanup:
    return status;
}

/* A search, its splits and its judgement know nothing of weights. */
static hol_status check_weights(const work *self) {
    for (int s = 0; s < HOL_FIT_SPLITS; s++)
        if (self->import.inputs[s].weights)
            return hol_error(
                HOL_USAGE,
                "%s: found weights of its rows, expected none for a fit: holode train goes by them, from a "
                "config",
                self->import.inputs[s].path);
    return HOL_OK;
}

static bool is_drawn(const work *self, int split) { return self->import.inputs[split].source != split; }

/* ------------------------------------------------------------------ reading */

/* What is left out is left out of the next reading. */
static void take_chosen(work *self) {
    hol_data_clear(&self->import);
    self->import.height = self->import.width = 0;
    if (self->chosen.list) self->import.columns_list = self->chosen.list;
    if (self->chosen.label[0]) self->import.label = self->chosen.label;
    self->import.states = self->import.states || self->chosen.states;
}

/* Reads until no column is left out any more. */
static hol_status read_columns(work *self) {
    hol_data_import *import = &self->import;
    bool any = false;
    hol_status status = HOL_OK;
    HOL_TRY(hol_fit_columns_choose_words(import, &self->chosen, &any));
    if (any) take_chosen(self);
    for (int round = 0;; round++) {
        HOL_TRY(hol_data_read_inputs(import));
        any = false;
        if (round < ROUNDS_MOST) HOL_TRY(hol_fit_columns_choose(import, &self->chosen, &any));
        if (!any) break;
        take_chosen(self);
    }
    HOL_TRY(hol_fit_columns_judge(import));
    hol_data_say_how(import);
cleanup:
    return status;
}

/* A tenth, of few rows up to a fifth. */
static int64_t share_of(int64_t rows) {
    const int64_t small = rows / SMALL_SHARE < HOL_FIT_ROWS_LEAST ? rows / SMALL_SHARE : HOL_FIT_ROWS_LEAST;
    const int64_t share = rows / SHARE > small ? rows / SHARE : small;
    return share < HOL_FIT_DRAWN_MOST ? share : HOL_FIT_DRAWN_MOST;
}

static hol_status draw(work *self) {
    hol_data_import *import = &self->import;
    const int64_t rows = import->inputs[HOL_FIT_TRAIN].file_rows;
    const bool draws_valid = is_drawn(self, HOL_FIT_VALID), draws_test = is_drawn(self, HOL_FIT_TEST);
    if (rows < HOL_FIT_ROWS_LEAST && import->has_drawn)
        return hol_error(HOL_BAD_INPUT, "%s: found %lld rows, expected at least %d to draw %s%s%s from, or %s%s%s",
                         import->inputs[HOL_FIT_TRAIN].path, (long long)rows, HOL_FIT_ROWS_LEAST,
                         draws_valid ? "valid" : "", draws_valid && draws_test ? " and " : "", draws_test ? "test" : "",
                         draws_valid ? "--valid FILE" : "", draws_valid && draws_test ? " and " : "",
                         draws_test ? "--test FILE" : "");
    if (rows < 2)
        return hol_error(HOL_BAD_INPUT, "%s: found one row, expected at least 2 to train on",
                         import->inputs[HOL_FIT_TRAIN].path);
    const double shares[] = {
        [HOL_FIT_VALID] = find_share(self->request->valid), [HOL_FIT_TEST] = find_share(self->request->test)};
    if (shares[HOL_FIT_VALID] + shares[HOL_FIT_TEST] >= 1)
        return hol_error(HOL_USAGE, "--valid: found %s beside --test %s, expected some rows to train on",
                         self->request->valid, self->request->test);
    for (int s = HOL_FIT_VALID; s < HOL_FIT_SPLITS; s++) {
        const int64_t wish = (int64_t)(shares[s] * (double)rows);
        if (is_drawn(self, s)) import->inputs[s].rows = shares[s] <= 0 ? share_of(rows) : wish > 1 ? wish : 1;
    }
    return hol_data_draw_rows(import);
}

/* ------------------------------------------------------------------ what it is made of */

static uint64_t mix(uint64_t hash, uint64_t value) {
    hash = (hash ^ value) * UINT64_C(0xff51afd7ed558ccd);
    return hash ^ hash >> 32;
}

static uint64_t mix_text(uint64_t hash, const char *text) {
    for (; text && *text; text++) hash = mix(hash, (uint64_t)(unsigned char)*text);
    return mix(hash, 256);
}

/* The values of all files, and the columns' names. */
static uint64_t hash_values(const hol_data_import *import) {
    uint64_t hash = (uint64_t)import->columns;
    for (int64_t c = 0; c < import->columns && import->names; c++) hash = mix_text(hash, import->names[c]);
    for (int i = 0; i < import->count; i++) {
        const hol_data_input *input = &import->inputs[i];
        if (input->source != i) continue;
        hash = mix(mix(hash, (uint64_t)i), (uint64_t)input->file_rows);
        for (int64_t r = 0; r < input->file_rows; r++) hash = mix(hash, input->hashes[r]);
    }
    return hash;
}

static uint64_t hash_request(const work *self) {
    const hol_data_import *import = &self->import;
    uint64_t hash = mix_text(mix_text((uint64_t)import->kind, import->label), import->columns_list);
    for (int s = 0; s < HOL_FIT_SPLITS; s++)
        hash = mix(mix(hash, (uint64_t)import->inputs[s].source), (uint64_t)import->inputs[s].rows);
    if (import->missing) hash = mix_text(hash, import->missing);
    for (int64_t c = 0; c < import->columns && import->words; c++) {
        const char *const *words = NULL;
        const int64_t count = hol_column_words_get(import->words, c, &words);
        for (int64_t k = 0; k < count; k++) hash = mix_text(hash, words[k]);
    }
    return import->has_drawn ? mix(hash, self->request->seed) : hash;
}

/* ------------------------------------------------------------------ the output */

static hol_status write_output(work *self) {
    hol_status status = HOL_OK;
    HOL_TRY(hol_dataset_writer_add_made_of(self->writer, self->made_of));
    HOL_TRY(hol_data_write_splits(&self->import, self->writer));
    HOL_TRY(hol_dataset_writer_finish(self->writer));
cleanup:
    return status;
}

/* Before anything is read, as that may take minutes: what is there is fit's own, or in the way; what is not there can
 * be written. */
static hol_status open_output(work *self) {
    const char *output = self->request->output;
    bool has = false;
    hol_status status = HOL_OK;
    self->is_found = access(output, F_OK) == 0;
    if (!self->is_found) return hol_dataset_writer_create(self->import.comm, output, &self->writer);
    if (self->is_own) return HOL_OK;
    if (hol_contents_look(output, NULL).kind == HOL_CONTENTS_HDF5)
        status = hol_dataset_read_made_of(self->import.comm, output, &has, self->there);
    if (status != HOL_OK || has) return status;
    return hol_error(HOL_USAGE, "%s: found a file that was not made by fit, expected another directory", output);
}

static hol_status compare_output(const work *self) {
    const char *output = self->request->output;
    if (!self->is_found || self->is_own) return HOL_OK;
    if (self->there[0] != self->made_of[0])
        return hol_error(HOL_BAD_INPUT,
                         "%s: found other values than %s was made of, expected the same, or another "
                         "directory for these",
                         self->request->data, output);
    if (self->there[1] != self->made_of[1])
        return hol_error(HOL_USAGE,
                         "%s: found splits made with another seed or other columns or files, expected the "
                         "same, or another directory for these",
                         output);
    return HOL_OK;
}

/* DATA is the output: there is nothing to make, and nothing may be missing. */
static hol_status check_own(const work *self) {
    if (!self->is_own) return HOL_OK;
    bool is_whole = self->chosen.text[0] == '\0' && !self->request->label && !self->request->columns;
    for (int s = HOL_FIT_VALID; s < HOL_FIT_SPLITS; s++)
        is_whole = is_whole && self->found[s] && self->import.inputs[s].path == self->found[s];
    if (is_whole) return HOL_OK;
    return hol_error(HOL_USAGE,
                     "%s: found the file that is to be written, expected another directory, or all of its "
                     "columns and its splits train, valid and test",
                     self->request->data);
}

/* ------------------------------------------------------------------ what there is to say */

static int compare_hashes(const void *left, const void *right) {
    const uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return a < b ? -1 : a > b;
}

/* The hashes of a split's rows, in order: *ret_hashes is the caller's to hol_free. */
static hol_status sort_hashes(const hol_data_import *import, int split, uint64_t **ret_hashes) {
    const hol_data_input *from = &import->inputs[import->inputs[split].source];
    const int64_t rows = import->inputs[split].rows;
    const hol_status status = HOL_ALLOCATE(*ret_hashes, rows, "equal rows");
    if (status != HOL_OK) return status;
    for (int64_t r = 0, own = 0; r < from->file_rows; r++)
        if (!from->assigned || from->assigned[r] == split) (*ret_hashes)[own++] = from->hashes[r];
    qsort(*ret_hashes, (size_t)rows, sizeof **ret_hashes, compare_hashes);
    return HOL_OK;
}

/* Different rows of train, and rows of a given valid or test that train has, too. */
static hol_status count_equal(const work *self, hol_fit_data *ret) {
    const hol_data_import *import = &self->import;
    uint64_t *hashes = NULL;
    const hol_status status = sort_hashes(import, HOL_FIT_TRAIN, &hashes);
    if (status != HOL_OK) return status;
    const int64_t rows = import->inputs[HOL_FIT_TRAIN].rows;
    for (int64_t r = 0; r < rows; r++) ret->distinct += r == 0 || hashes[r] != hashes[r - 1];
    for (int s = HOL_FIT_VALID; s < HOL_FIT_SPLITS; s++) {
        const hol_data_input *given = &import->inputs[s];
        for (int64_t r = 0; r < given->file_rows && !is_drawn(self, s); r++)
            ret->shared[s] += bsearch(&given->hashes[r], hashes, (size_t)rows, sizeof *hashes, compare_hashes) != NULL;
    }
    hol_free(hashes);
    return HOL_OK;
}

/* As models have them. */
static hol_status count_units(hol_comm *comm, const hol_dataset *dataset, hol_fit_data *ret) {
    hol_dataset_states states = {0};
    ret->units = ret->columns;
    if (ret->kind != HOL_DATASET_STATES) return HOL_OK;
    const hol_status status = hol_dataset_read_states(comm, hol_dataset_get_file(dataset), &states);
    for (int64_t c = 0; c < states.columns; c++)
        if (states.cardinalities[c] > 2) ret->units += states.cardinalities[c] - 1;
    for (int64_t c = 0; c < states.columns; c++)
        if (states.cardinalities[c] > ret->states) ret->states = states.cardinalities[c];
    hol_dataset_states_clear(&states);
    return status;
}

/* Of train, as it is written. */
static hol_status look_at_train(hol_comm *comm, hol_fit_data *ret) {
    hol_dataset *dataset = NULL;
    hol_survey *survey = NULL;
    double density = 0;
    int64_t known = 0;
    hol_status status = HOL_OK;
    HOL_TRY(hol_dataset_open_alone(comm, ret->reference[HOL_FIT_TRAIN], "train", &dataset));
    HOL_TRY(hol_survey_create(ret->columns, &survey));
    HOL_TRY(hol_data_measure(dataset, survey, &density));
    ret->kind = hol_dataset_get_kind(dataset);
    const bool has_states = ret->kind == HOL_DATASET_STATES;
    ret->sampled = ret->kind != HOL_DATASET_BINARY && !has_states;
    ret->constant = hol_survey_count_constant(survey, has_states ? HOL_SURVEY_STATES : HOL_SURVEY_DRAWN, 0.5, NULL);
    for (int64_t c = 0; c < ret->columns; c++) known += survey->known[c];
    ret->missing = 1 - (double)known / (double)HOL_PRODUCT(ret->rows[HOL_FIT_TRAIN], ret->columns);
    HOL_TRY(count_units(comm, dataset, ret));
cleanup:
    hol_survey_destroy(survey);
    hol_dataset_close(dataset);
    return status;
}

/* Nothing can be chosen by, or judged on, rows of which nothing is known: all models are as likely. */
static hol_status check_known(const work *self, const hol_fit_data *ret, int split) {
    hol_dataset *dataset = NULL;
    hol_survey *survey = NULL;
    double density = 0;
    bool any = false;
    hol_status status = HOL_OK;
    HOL_TRY(hol_dataset_open_alone(self->import.comm, ret->reference[split], split_names[split], &dataset));
    if (!hol_dataset_has_missing(dataset)) goto cleanup;
    HOL_TRY(hol_survey_create(ret->columns, &survey));
    HOL_TRY(hol_data_measure(dataset, survey, &density));
    for (int64_t c = 0; c < ret->columns; c++) any = any || survey->known[c] > 0;
    if (!any)
        status = hol_error(HOL_BAD_INPUT, "%s: found no value that is known in the %lld rows of %s, expected some",
                           self->import.inputs[split].path, (long long)ret->rows[split], split_names[split]);
cleanup:
    hol_survey_destroy(survey);
    hol_dataset_close(dataset);
    return status;
}

/* "5,000" */
static const char *group(int64_t number, char text[32]) {
    char digits[24];
    const int length = snprintf(digits, sizeof digits, "%lld", (long long)number);
    int used = 0;
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0) text[used++] = ',';
        text[used++] = digits[i];
    }
    text[used] = '\0';
    return text;
}

static void describe_splits(const work *self, hol_fit_data *ret) {
    char train[32], valid[32], test[32], seed[48];
    const bool draws_valid = is_drawn(self, HOL_FIT_VALID), draws_test = is_drawn(self, HOL_FIT_TEST);
    const long long number = (long long)self->request->seed;
    (void)snprintf(seed, sizeof seed, " (by the seed %lld)", number);
    hol_words_append(ret->text, sizeof ret->text, "; %s to train on, %s valid%s, %s test%s",
                     group(ret->rows[HOL_FIT_TRAIN], train), group(ret->rows[HOL_FIT_VALID], valid),
                     draws_valid == draws_test ? ""
                     : draws_valid             ? seed
                                               : " (given)",
                     group(ret->rows[HOL_FIT_TEST], test), draws_test ? seed : " (given)");
}

/* What DATA is called without its folders: "mine.h5:/raw/train" of "data/mine.h5:/raw/train". */
static const char *name_of(const char *data) {
    const char *inside = strstr(data, ":/"), *name = data;
    for (const char *at = data; *at && at != inside; at++)
        if (*at == '/') name = at + 1;
    return name;
}

static void describe(const work *self, hol_fit_data *ret) {
    const hol_data_import *import = &self->import;
    const char *name = name_of(self->request->data);
    char rows[32], columns[32], shape[64] = "", states[64];
    (void)snprintf(states, sizeof states, "variables of up to %lld states", (long long)ret->states);
    const size_t size = sizeof ret->text;
    if (ret->height > 0)
        (void)snprintf(shape, sizeof shape, " (%lldx%lld)", (long long)ret->height, (long long)ret->width);
    hol_words_append(ret->text, size, "%.80s: %s rows x %s columns%s, %s", name,
                     group(ret->rows[0] + ret->rows[1] + ret->rows[2], rows), group(ret->columns, columns), shape,
                     ret->kind == HOL_DATASET_STATES   ? states
                     : ret->kind == HOL_DATASET_BYTES  ? "grey levels from 0 to 255, drawn as bits"
                     : ret->kind == HOL_DATASET_FLOATS ? "grey levels from 0 to 1, drawn as bits"
                     : import->spins                   ? "bits (from -1 and 1)"
                                                       : "bits");
    if (ret->missing > 0) hol_words_append(ret->text, size, ", %.3g %% missing", 100 * ret->missing);
    describe_splits(self, ret);
    if (self->request->label)
        hol_words_append(ret->text, size, "; label column \"%.40s\" left out", self->request->label);
    hol_words_append(ret->text, size, "%s", self->chosen.text);
    if (ret->constant > 0)
        hol_words_append(ret->text, size, "; %s column%s constant", group(ret->constant, columns),
                         ret->constant > 1 ? "s" : "");
}

/* What is to be known of equal rows, on stderr. */
static void say_equal(const work *self, const hol_fit_data *ret) {
    const hol_data_import *import = &self->import;
    const int64_t rows = import->inputs[HOL_FIT_TRAIN].file_rows;
    const char *data = self->request->data;
    char common[32], all[32];
    if (import->common_rows == rows)
        hol_log(self->import.comm,
                "%s: only %lld different rows: they are drawn one by one, and each may be in several splits", data,
                (long long)import->common_patterns);
    else if (import->common_rows > 0)
        hol_log(self->import.comm,
                "%s: equal rows are kept in one split, but for the %lld commonest, which make up %s of %s rows", data,
                (long long)import->common_patterns, group(import->common_rows, common), group(rows, all));
    for (int s = HOL_FIT_VALID; s < HOL_FIT_SPLITS; s++)
        if (ret->shared[s] * MANY_SHARED >= ret->rows[s] && ret->shared[s] > 0)
            hol_log(self->import.comm, "%s: %s of %s rows are in the training data, too", import->inputs[s].path,
                    group(ret->shared[s], common), group(ret->rows[s], all));
}

/* ------------------------------------------------------------------ public */

static hol_status fill(const work *self, hol_fit_data *ret) {
    const hol_data_import *import = &self->import;
    hol_status status = HOL_OK;
    for (int s = 0; s < HOL_FIT_SPLITS; s++) {
        ret->rows[s] = import->inputs[s].rows;
        if (snprintf(ret->reference[s], HOL_FIT_REFERENCE, "%s:%s", self->request->output, split_names[s]) >=
            HOL_FIT_REFERENCE)
            HOL_TRY(hol_error(HOL_USAGE, "%.80s...: found a name of more than 4,096 bytes, expected a shorter one",
                              self->request->output));
    }
    ret->columns = import->columns;
    ret->height = import->height;
    ret->width = import->width;
    ret->found = self->is_found;
    ret->given_valid = !is_drawn(self, HOL_FIT_VALID);
    ret->given_test = !is_drawn(self, HOL_FIT_TEST);
    HOL_TRY(count_equal(self, ret));
    HOL_TRY(look_at_train(self->import.comm, ret));
    for (int s = HOL_FIT_VALID; s < HOL_FIT_SPLITS; s++) HOL_TRY(check_known(self, ret, s));
    describe(self, ret);
    say_equal(self, ret);
cleanup:
    return status;
}

static hol_status prepare_here(hol_comm *comm, const hol_fit_data_request *request, hol_fit_data *ret) {
    work self = {.request = request, .import = {.comm = comm}};
    hol_status status = HOL_OK;
    HOL_TRY(set_inputs(&self));
    HOL_TRY(open_output(&self));
    HOL_TRY(read_columns(&self));
    HOL_TRY(check_weights(&self));
    HOL_TRY(check_own(&self));
    HOL_TRY(draw(&self));
    self.made_of[0] = hash_values(&self.import);
    self.made_of[1] = hash_request(&self);
    HOL_TRY(compare_output(&self));
    if (!self.is_found) HOL_TRY(write_output(&self));
    HOL_TRY(fill(&self, ret));
cleanup:
    hol_dataset_writer_destroy(self.writer);
    hol_data_clear(&self.import);
    hol_free(self.chosen.list);
    for (int s = 0; s < HOL_FIT_SPLITS; s++) hol_free(self.found[s]);
    return status;
}

hol_status hol_fit_data_prepare(hol_comm *comm, const hol_fit_data_request *request, hol_fit_data *ret) {
    hol_status status = HOL_OK;
    *ret = (hol_fit_data){0};
    if (hol_comm_rank(comm) == 0) status = prepare_here(comm, request, ret);
    status = hol_comm_agree(comm, status);
    return status == HOL_OK ? hol_comm_broadcast(comm, ret, sizeof *ret) : status;
}
