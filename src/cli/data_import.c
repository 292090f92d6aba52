/* data_import: `holode data import`: options, and the order of the work.
 *
 * Each file is read once to see what its values are, because all splits shall be of one kind (data_survey.c), and once
 * more for each split that is made of it (data_write.c). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "cli/options.h"
#include "data_parts.h"
#include "io/output.h"

enum { INPUTS_MOST = HOL_DATA_INPUTS_MOST };

/* ------------------------------------------------------------------ options */

/* "10%" or "500": rows drawn from the file of the split before. False when it is neither. */
static bool parse_share(const char *text, hol_data_input *input) {
    char *end = NULL;
    if (text[0] < '0' || text[0] > '9') return false;
    const double number = strtod(text, &end);
    if (strcmp(end, "%") == 0) {
        input->share = number / 100;
        return number > 0 && number < 100;
    }
    input->rows = (int64_t)strtoll(text, &end, 10);
    return *end == '\0' && input->rows > 0;
}

/* A number that is no share of rows, as 0.1 or 100%, is hardly a file. */
static hol_status check_file(const char *text, const char *path) {
    char *end = NULL;
    (void)strtod(path, &end);
    if (end == path || (*end != '\0' && strcmp(end, "%") != 0) || access(path, F_OK) == 0) return HOL_OK;
    return hol_error(HOL_USAGE,
                     "--split: found \"%s\", expected NAME=FILE, or a share between 0%% and 100%%, as valid=10%%, or a "
                     "number of rows, as valid=500",
                     text);
}

static hol_status add_split(hol_data_import *self, const char *text) {
    const char *equals = strchr(text, '=');
    if (!equals || equals == text || equals[1] == '\0' || equals - text >= HOL_DATA_NAME_SIZE)
        return hol_error(HOL_USAGE, "--split: found \"%s\", expected NAME=FILE, such as train=images.gz", text);
    if (self->count == INPUTS_MOST) return hol_error(HOL_USAGE, "--split: expected at most %d splits", INPUTS_MOST);
    const int own = self->count++;
    hol_data_input *input = &self->inputs[own];
    (void)snprintf(input->name, sizeof input->name, "%.*s", (int)(equals - text), text);
    for (int i = 0; i < own; i++)
        if (strcmp(self->inputs[i].name, input->name) == 0)
            return hol_error(HOL_USAGE, "--split: found two splits named \"%s\", expected one%s", input->name,
                             self->label_files.count ? " (--labels comes before each file of labels)" : "");
    input->path = equals + 1;
    input->source = own;
    if (!parse_share(input->path, input)) return check_file(text, input->path);
    self->has_drawn = true;
    if (own == 0)
        return hol_error(HOL_USAGE, "--split: found \"%s\" first, expected a file before it, as train=data.csv %s",
                         text, text);
    input->source = self->inputs[own - 1].source;
    input->path = self->inputs[input->source].path;
    return HOL_OK;
}

static hol_status parse_shape(hol_data_import *self) {
    char *end = NULL;
    if (!self->shape) return HOL_OK;
    self->height = strtoll(self->shape, &end, 10);
    if (end != self->shape && *end == 'x') {
        const char *second = end + 1;
        self->width = strtoll(second, &end, 10);
        if (end != second && *end == '\0' && self->height > 0 && self->width > 0 && self->height < 1 << 20 &&
            self->width < 1 << 20)
            return HOL_OK;
    }
    return hol_error(HOL_USAGE, "--shape: found \"%s\", expected HEIGHTxWIDTH, such as 28x28", self->shape);
}

static hol_status parse_binarize(hol_data_import *self) {
    static const char prefix[] = "threshold:";
    const char *text = self->binarize_how;
    self->binarize = text && strcmp(text, "none") != 0;
    if (!self->binarize) return HOL_OK;
    if (strncmp(text, prefix, sizeof prefix - 1) == 0)
        return hol_options_number("--binarize threshold", text + sizeof prefix - 1, 0, 1, &self->threshold);
    return hol_error(HOL_USAGE, "--binarize: found \"%s\", expected none or threshold:T with T from 0 to 1", text);
}

/* Without --split: FILE is the split train, others behind it are NAME=... */
static hol_status take_words(hol_data_import *self) {
    hol_status status = HOL_OK;
    for (size_t i = 0; i < self->files.count; i++) {
        const char *word = self->files.items[i];
        const bool is_named = strchr(word, '=') && access(word, F_OK) != 0;
        if (is_named) HOL_TRY(add_split(self, word));
        else if (i > 0)
            return hol_error(HOL_USAGE, "found %zu files, expected one, or --split train=%s valid=%s",
                             self->files.count, self->files.items[0], word);
        else {
            hol_data_input *input = &self->inputs[self->count++];
            (void)snprintf(input->name, sizeof input->name, "train");
            input->path = word;
        }
    }
cleanup:
    return status;
}

static hol_status take_splits(hol_data_import *self) {
    hol_status status = HOL_OK;
    const hol_word_list *lists[] = {&self->splits, &self->files};
    if (self->splits.count + self->files.count == 0) return hol_error(HOL_USAGE, "expected a FILE to import");
    if (self->splits.count == 0) return take_words(self);
    for (int l = 0; l < 2; l++)
        for (size_t i = 0; i < lists[l]->count; i++) HOL_TRY(add_split(self, lists[l]->items[i]));
cleanup:
    return status;
}

static hol_status settle(void *values) {
    hol_status status = HOL_OK;
    hol_data_import *self = values;
    HOL_TRY(parse_shape(self));
    HOL_TRY(parse_binarize(self));
    if ((self->states || self->states_of) && self->binarize)
        return hol_error(HOL_USAGE, "found --states%s and --binarize, expected one of them",
                         self->states_of ? "-of" : "");
    if (self->states_of && self->letters)
        return hol_error(HOL_USAGE, "found --states-of and --alphabet, expected one of them");
    self->states = self->states || self->states_of;
    HOL_TRY(take_splits(self));
    HOL_TRY(hol_data_take_label_files(self));
    HOL_TRY(hol_data_settle_sequences(self));
    if ((self->keep_equal || self->cluster > 0) && !self->has_drawn)
        return hol_error(HOL_USAGE, "--%s: found no split drawn at random, expected one, as valid=10%%",
                         self->keep_equal ? "keep-equal" : "cluster-split");
    if (self->reweight > 0 && self->weight)
        return hol_error(HOL_USAGE, "found --reweight and --weight-column, expected one of them");
cleanup:
    return status;
}

#define AT(member) HOL_AT(hol_data_import, member)
static const hol_option option_rows[] = {
    {.value.name = "FILE", .is_argument = true, AT(files), HOL_WORDS("files")},
    {HOL_OPTION("output", 'o', "OUT.h5", 0, "The HDF5 file to write; replaces only a data set of no other splits"),
     AT(output), HOL_TEXT(NULL, "-o OUT.h5"), .value.required = true},
    {HOL_OPTION(
         "split", 's', "NAME=FILE", 0,
         "Make FILE the split NAME; more NAME=FILE may follow. NAME=10% or NAME=500 draws as many rows at random "
         "from the file before"),
     AT(splits), HOL_WORDS("NAME=FILE")},
    {HOL_OPTION("seed", 0, "N", 0, "Of the rows drawn at random (default 0); kept in the file"), AT(seed),
     HOL_INTEGER(0, 0, INT64_MAX)},
    {HOL_OPTION("keep-equal", 0, NULL, 0,
                "Rows that are equal come to the same split; counts are then as near as that allows"),
     AT(keep_equal), HOL_GIVEN},
    {HOL_OPTION(
         "alphabet", 'a', "ALPHABET", 0,
         "Files are aligned sequences, FASTA (a2m, a3m) or Stockholm, of these letters: protein, rna, dna, or the "
         "letters themselves, the states 0, 1, ..., as -ACGU. Letters in lower case and '.' are inserts, and left "
         "out"),
     AT(letters), HOL_TEXT(NULL, "an alphabet")},
    {HOL_OPTION("others", 0, "HOW", 0,
                "What becomes of sequences with letters that the alphabet lacks: drop (default) leaves them out, gap "
                "puts gaps there"),
     AT(others), HOL_CHOICE(HOL_DATA_OTHERS_DROP, "drop", "gap")},
    {HOL_OPTION("keep-duplicates", 0, NULL, 0, "Keep all equal sequences, of which otherwise the first is kept"),
     AT(keep_duplicates), HOL_GIVEN},
    {HOL_OPTION("query", 0, "NAME", 0,
                "Only the columns in which the sequence NAME, or the first one with `first`, has a letter and no gap"),
     AT(query), HOL_TEXT(NULL, "the name of a sequence")},
    {HOL_OPTION(
         "reweight", 0, "SHARE", 0,
         "Weights 1/n of rows of states, or bits: n rows of the same split, itself included, are equal in at least "
         "this share of the columns, as 0.8"),
     AT(reweight), HOL_NUMBER(0, 0, 1), .value.low_open = true},
    {HOL_OPTION(
         "cluster-split", 0, "SHARE", 0,
         "Of rows drawn at random, such as are equal in at least this share of the columns come to the same split, "
         "and so do all that are linked by them; counts are then as near as that allows"),
     AT(cluster), HOL_NUMBER(0, 0, 1), .value.low_open = true},
    {HOL_OPTION("columns", 0, "LIST", 0,
                "Only these columns: numbers and ranges from 0 (0-15,20) or names; '!LIST' all but these"),
     AT(columns_list), HOL_TEXT(NULL, "columns")},
    {HOL_OPTION("label-column", 0, "COLUMN", 0,
                "This column, a number from 0 or a name, holds the rows' labels, whole numbers or words: kept apart as "
                "/labels/SPLIT"),
     AT(label), HOL_TEXT(NULL, "a column")},
    {HOL_OPTION("labels", 0, "NAME=FILE", 0,
                "FILE holds the labels of the split NAME, one a row: IDX (MNIST's), text or .npy; --labels again for "
                "another split"),
     AT(label_files), HOL_WORDS("NAME=FILE")},
    {HOL_OPTION("weight-column", 0, "COLUMN", 0,
                "This column holds how much a row counts, numbers from 0 up: kept apart as /weights/SPLIT, which "
                "training and evaluations go by"),
     AT(weight), HOL_TEXT(NULL, "a column")},
    {HOL_OPTION(
         "missing", 0, "CODES", 0,
         "What stands for a value that is not known, or for no label: -1, nan, ?, '' (an empty field), or several, "
         "'-1,?'; kept apart as /missing/SPLIT"),
     AT(missing), HOL_TEXT(NULL, "what stands for a missing value")},
    {HOL_OPTION("binarize", 'b', "HOW", 0,
                "none (default): keep grey levels; threshold:T: a unit is on from T up, on the scale 0 to 1"),
     AT(binarize_how), HOL_TEXT(NULL, "none or threshold:T")},
    {HOL_OPTION(
         "states", 't', NULL, 0,
         "Whole numbers and words are states of variables that have several, not grey levels; a column of words (red, "
         "green) has its words' order for numbers"),
     AT(states), HOL_GIVEN},
    {HOL_OPTION(
         "states-of", 0, "DATA", 0,
         "Columns, states and words are those of the data set DATA, FILE.h5, as a model trained on it needs rows that "
         "come later; columns by their names, others are left out. Another word is refused, or with --missing not "
         "known"),
     AT(states_of), HOL_TEXT(NULL, "a data set")},
    {HOL_OPTION("shape", 'r', "HxW", 0, "Rows are images of this size (default: what the file says)"), AT(shape),
     HOL_TEXT(NULL, "HxW")},
};

static const hol_options options = {
    HOL_ROWS(option_rows),
    .usage = "-o OUT.h5 FILE\n-o OUT.h5 --split train=FILE valid=FILE test=FILE\n-o OUT.h5 FILE valid=10% test=10%\n"
             "-o OUT.h5 --alphabet ALPHABET FILE",
    .help = "Turns files of numbers, or of aligned sequences, into an HDF5 data set: IDX (MNIST's), text, .npy; with "
            "--alphabet FASTA, a2m, a3m or Stockholm; each also as .gz; arrays in .npz (FILE.npz:NAME), sets in HDF5 "
            "(FILE.h5:NAME).\vText has a row a line, separated by commas, semicolons, "
            "tabs or blanks; quotes, a first "
            "line of names, a data frame's index (which is left out), decimal commas, true and false are understood, "
            "and what can be read in two ways is refused.\n\n"
            "A single FILE becomes the split train. Values 0 and 1 make a binary data set, and so do the spins -1 and "
            "1; whole numbers to 255 make grey bytes, fractions from 0 to 1 floats; with --states they are states 0 to "
            "255. All splits are of the same kind.\n\n"
            "  holode data import -o mnist.h5 --binarize threshold:0.5 \\\n"
            "      --split train=train-images-idx3-ubyte.gz test=t10k-images-idx3-ubyte.gz\n"
            "  holode data import -o trees.h5 --split train=trees.csv valid=10% test=10% \\\n"
            "      --label-column species --columns '!id'\n"
            "  holode data import -o family.h5 --alphabet protein --reweight 0.8 \\\n"
            "      family.fasta.gz valid=20% --cluster-split 0.8\n"
            "  holode data import -o later.h5 later.csv --states-of trees.h5",
    .settle = settle,
};

/* ------------------------------------------------------------------ the command */

/* Rank 0's, as all of these but what concerns similar rows: what is in the files. */
static hol_status begin_import(hol_data_import *self, hol_dataset_writer **ret_writer) {
    hol_status status = HOL_OK;
    /* before the files are read: an output that can't be written should not take minutes to be refused */
    HOL_TRY(hol_dataset_writer_create(self->comm, self->output, ret_writer));
    HOL_TRY(hol_data_read_inputs(self));
    HOL_TRY(hol_data_find_kind(self));
cleanup:
    return status;
}

static hol_status finish_import(hol_data_import *self, hol_dataset_writer *writer, hol_result *result) {
    hol_status status = HOL_OK;
    HOL_TRY(hol_data_write_splits(self, writer));
    HOL_TRY(hol_dataset_writer_finish(writer));
    hol_data_say_how(self);
    for (int i = 0; i < self->count; i++) {
        const hol_dataset_split split = hol_data_split_of(self, i);
        hol_data_add_split(result, self->output, &split, self->inputs[i].rows, self->inputs[i].density,
                           self->inputs[i].missing);
        hol_data_add_weights(self, i, result);
    }
    hol_data_add_clusters(self, result);
    if (self->classes) hol_data_add_labels(self, result);
    hol_data_add_states(self, result);
cleanup:
    return status;
}

/* Collective. */
static hol_status import_all(hol_data_import *self, hol_result *result) {
    hol_dataset_writer *writer = NULL;
    hol_status status = HOL_OK;
    const bool is_first = hol_comm_rank(self->comm) == 0;
    HOL_TRY(hol_comm_agree(self->comm, is_first ? begin_import(self, &writer) : HOL_OK));
    HOL_TRY(hol_data_find_clusters(self));
    HOL_TRY(hol_comm_agree(self->comm, is_first ? hol_data_draw_rows(self) : HOL_OK));
    HOL_TRY(hol_data_reweigh(self));
    HOL_TRY(hol_comm_agree(self->comm, is_first ? finish_import(self, writer, result) : HOL_OK));
cleanup:
    hol_dataset_writer_destroy(writer);
    return status;
}

static hol_status check_import_output(hol_comm *comm, const hol_data_import *self) {
    hol_output_kind kind = {.ending = ".h5", .format = "holode data set"};
    const char *inputs[2 * INPUTS_MOST + 1];
    int count = 0;
    if (self->states_of) inputs[count++] = self->states_of;
    for (int i = 0; i < self->count; i++) {
        kind.members[i] = self->inputs[i].name;
        inputs[count++] = self->inputs[i].path;
        if (self->inputs[i].labels_path) inputs[count++] = self->inputs[i].labels_path;
    }
    for (int i = 0; (kind.members[self->count + i] = hol_dataset_get_note(i)); i++) continue;
    return hol_output_check(comm, self->output, &kind, 1, inputs, count);
}

hol_status hol_data_import_command(hol_comm *comm, hol_result *result, int argc, char **argv) {
    hol_data_import self = {.comm = comm, .takes_missing = true};
    bool done = false;
    hol_status status = hol_options_parse(comm, &options, result, argc, argv, &self, &done);
    if (status == HOL_OK && !done) status = check_import_output(comm, &self);
    if (status != HOL_OK || done) return status;
    status = import_all(&self, result);
    hol_data_clear(&self);
    return status;
}
