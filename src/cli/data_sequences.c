/* data_sequences: an import of aligned sequences: which of them are taken, the letters of their states, their names.
 *
 * The states of all columns are the letters of the alphabet, in its order, whether a column has them or not. */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/words.h"
#include "data_parts.h"
#include "io/dataset_notes.h"
#include "io/text_file.h"

enum { TEXT_SIZE = HOL_DATA_TEXT_SIZE };

/* ------------------------------------------------------------------ options */

/* What can't go with --alphabet, and what needs it. */
hol_status hol_data_settle_sequences(hol_data_import *self) {
    const struct {
        bool is_given;
        const char *name;
    } with[] = {{self->binarize_how != NULL, "binarize"}, {self->shape != NULL, "shape"},
                {self->label != NULL, "label-column"},    {self->label_files.count > 0, "labels"},
                {self->weight != NULL, "weight-column"},  {self->missing != NULL, "missing"}},
      without[] = {{self->query != NULL, "query"},
                   {self->keep_duplicates, "keep-duplicates"},
                   {self->others != HOL_DATA_OTHERS_DROP, "others"}};
    if (!self->letters) {
        for (size_t i = 0; i < sizeof without / sizeof *without; i++)
            if (without[i].is_given)
                return hol_error(HOL_USAGE, "--%s: found no --alphabet, expected it: it is for aligned sequences",
                                 without[i].name);
        return HOL_OK;
    }
    for (size_t i = 0; i < sizeof with / sizeof *with; i++)
        if (with[i].is_given)
            return hol_error(HOL_USAGE, "found --alphabet and --%s, expected one of them", with[i].name);
    const hol_status status = hol_alphabet_parse("--alphabet", self->letters, &self->alphabet);
    if (status != HOL_OK) return status;
    if (self->others == HOL_DATA_OTHERS_GAP && hol_alphabet_find(&self->alphabet, HOL_ALPHABET_GAP) < 0)
        return hol_error(HOL_USAGE, "--others gap: found no '-' in the alphabet %s, expected it there",
                         self->alphabet.letters);
    return HOL_OK;
}

/* ------------------------------------------------------------------ reading */

static hol_status load(hol_data_import *self, hol_data_input *input) {
    const hol_alignment_how how = {.alphabet = self->alphabet,
                                   .keeps_duplicates = self->keep_duplicates,
                                   .others_are_gaps = self->others == HOL_DATA_OTHERS_GAP,
                                   .query = self->query};
    return hol_alignment_load(input->path, &how, &input->alignment);
}

/* Of a data set of ours, once the alphabet is known to be that of all. */
static hol_status read_names(const hol_data_import *self, hol_data_input *input) {
    hol_status status = HOL_OK;
    hol_array_file *file = NULL;
    char *name = NULL, *path = NULL;
    HOL_TRY(hol_array_file_open_dataset(self->comm, input->path, input->name, &file));
    HOL_TRY(hol_dataset_parse_reference(hol_array_file_get_path(file), input->name, &name, &path));
    status = hol_dataset_read_names(self->comm, name, path, hol_array_file_get_rows(file), &input->names);
cleanup:
    hol_free(name);
    hol_free(path);
    hol_array_file_close(file);
    return status;
}

/* The alphabet that all data sets of ours have, where every file is one. */
static hol_status find_alphabet(hol_data_import *self) {
    hol_status status = HOL_OK;
    char *file = NULL, *path = NULL;
    for (int i = 0; i < self->count; i++) {
        hol_alphabet found = {0};
        if (self->inputs[i].source != i) continue;
        if (hol_array_file_is_dataset(self->inputs[i].path)) {
            HOL_TRY(hol_dataset_parse_reference(self->inputs[i].path, NULL, &file, &path));
            HOL_TRY(hol_dataset_read_alphabet(self->comm, file, &found));
            hol_free(file);
            hol_free(path);
            file = path = NULL;
        }
        if (i > 0 && !hol_alphabet_equal(&found, &self->alphabet))
            HOL_TRY(hol_error(HOL_BAD_INPUT, "%s: found %s%s, expected %s%s as in %s", self->inputs[i].path,
                              found.count ? "the alphabet " : "no alphabet", hol_alphabet_name(&found),
                              self->alphabet.count ? "the alphabet " : "none", hol_alphabet_name(&self->alphabet),
                              self->inputs[0].path));
        self->alphabet = found;
    }
cleanup:
    hol_free(file);
    hol_free(path);
    return status;
}

hol_status hol_data_load_sequences(hol_data_import *self) {
    hol_status status = HOL_OK;
    if (!self->letters) HOL_TRY(find_alphabet(self));
    for (int i = 0; i < self->count && self->alphabet.count > 0; i++)
        if (self->inputs[i].source == i)
            HOL_TRY(self->letters ? load(self, &self->inputs[i]) : read_names(self, &self->inputs[i]));
cleanup:
    return status;
}

const char *hol_data_name_of(const hol_data_input *source, int64_t row) {
    if (source->alignment) return hol_alignment_name(source->alignment, row);
    return source->names ? source->names[row] : NULL;
}

/* ------------------------------------------------------------------ writing */

hol_status hol_data_write_names(const hol_data_import *self, int split, hol_dataset_writer *writer) {
    hol_status status = HOL_OK;
    const hol_data_input *input = &self->inputs[split], *from = &self->inputs[input->source];
    const char **names = NULL;
    int64_t kept = 0;
    if (self->alphabet.count == 0 || !hol_data_name_of(from, 0)) return HOL_OK;
    HOL_TRY(HOL_ALLOCATE(names, input->rows, "names of sequences"));
    for (int64_t r = 0; r < from->file_rows && kept < input->rows; r++)
        if (!from->assigned || from->assigned[r] == split) names[kept++] = hol_data_name_of(from, r);
    HOL_TRY(hol_dataset_writer_add_names(writer, input->name, kept, names));
cleanup:
    hol_free(names);
    return status;
}

/* All columns have all letters for states. */
hol_status hol_data_write_alphabet(const hol_data_import *self, hol_dataset_writer *writer) {
    hol_status status = HOL_OK;
    char texts[HOL_ALPHABET_MOST][2] = {0};
    int32_t *counts = NULL;
    const char **names = NULL;
    const int32_t q = self->alphabet.count;
    for (int32_t s = 0; s < q; s++) texts[s][0] = self->alphabet.letters[s];
    HOL_TRY(HOL_ALLOCATE(counts, self->columns, "states"));
    HOL_TRY(HOL_ALLOCATE(names, HOL_PRODUCT(self->columns, q), "names of states"));
    for (int64_t c = 0; c < self->columns; c++) counts[c] = q;
    for (int64_t i = 0; i < self->columns * q; i++) names[i] = texts[i % q];
    HOL_TRY(hol_dataset_writer_add_states(writer, self->columns, counts, counts, names));
    HOL_TRY(hol_dataset_writer_add_alphabet(writer, &self->alphabet));
cleanup:
    hol_free(counts);
    hol_free(names);
    return status;
}

/* ------------------------------------------------------------------ in words */

void hol_data_say_sequences(const hol_data_import *self, const hol_data_input *source) {
    const hol_alignment *a = source->alignment;
    const char *name = hol_alphabet_name(&self->alphabet);
    char text[TEXT_SIZE], others[TEXT_SIZE];
    if (!a) return;
    (void)snprintf(text, sizeof text, "%lld sequence%s", (long long)a->records, a->records == 1 ? "" : "s");
    if (a->duplicates > 0) hol_words_append(text, sizeof text, ", %lld equal ones left out", (long long)a->duplicates);
    if (a->inserts > 0) hol_words_append(text, sizeof text, ", inserts left out");
    if (a->is_aligned)
        hol_words_append(text, sizeof text,
                         ", lower case counts as upper case and '.' as a gap: no rule of inserts fits");
    hol_log(self->comm, "%s: %s", source->path, text);
    hol_alignment_list_others(a, others, sizeof others);
    if (a->with_others > 0)
        hol_log_warning(self->comm, "%s: letters not of %s (%s): %lld sequences %s", source->path, name, others,
                        (long long)a->with_others,
                        self->others == HOL_DATA_OTHERS_GAP ? "with gaps in their places" : "left out");
    if (a->with_others > 0 && a->looks_like && strcmp(a->looks_like, name) != 0)
        hol_log_warning(self->comm, "%s: the letters look like %s: --alphabet %s?", source->path, a->looks_like,
                        a->looks_like);
    if (a->first_gaps > 0 && !self->query && hol_text_file_is_named(source->path, ".a2m"))
        hol_log(self->comm, "%s: %lld columns are gaps in the first sequence, %s (--query first leaves them out)",
                source->path, (long long)a->first_gaps, hol_alignment_name(a, 0));
}
