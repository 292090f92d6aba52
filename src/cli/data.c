/* data: `holode data import | generate | describe`.
 *
 * Rank 0 does the work, since all of it is reading foreign files in sequence and writing one; the ranks then agree on
 * the outcome. Import reads each file twice: once to see what its values are, because all splits shall be of one kind,
 * and once to write them. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "cli/commands.h"
#include "cli/model.h"
#include "cli/options.h"
#include "io/array_file.h"
#include "io/dataset.h"
#include "io/generate.h"
#include "io/output.h"
#include "io/recognize.h"

enum { INPUTS_MOST = 16, NAME_SIZE = 64, PIECE_BYTES = 4 << 20 };

/* ------------------------------------------------------------------ import: options */

struct input {
    char name[NAME_SIZE];
    const char *path; /* borrowed from argv */
    int64_t columns;
    int64_t rows;   /* written */
    double density; /* of what was written */
};

struct import {
    const char *output; /* borrowed from argv, like the rest */
    bool binarize;
    double threshold;
    int64_t height, width; /* 0, 0: the first file's own */
    struct input inputs[INPUTS_MOST];
    int count;
    const char *arguments[INPUTS_MOST];
    int argument_count;
    bool has_split;
    bool states;           /* whole numbers are states, not grey levels */
    int64_t maximum;       /* of states */
    hol_dataset_kind kind; /* what the values are, before thresholding */
};

static hol_status add_split(struct import *self, const char *text) {
    const char *equals = strchr(text, '=');
    if (!equals || equals == text || equals[1] == '\0' || equals - text >= NAME_SIZE)
        return hol_error(HOL_USAGE, "--split: found \"%s\", expected NAME=FILE, such as train=images.gz", text);
    if (self->count == INPUTS_MOST) return hol_error(HOL_USAGE, "--split: expected at most %d splits", INPUTS_MOST);
    struct input *input = &self->inputs[self->count++];
    (void)snprintf(input->name, sizeof input->name, "%.*s", (int)(equals - text), text);
    input->path = equals + 1;
    for (int i = 0; i < self->count - 1; i++)
        if (strcmp(self->inputs[i].name, input->name) == 0)
            return hol_error(HOL_USAGE, "--split: found two splits named \"%s\", expected one", input->name);
    return HOL_OK;
}

static hol_status parse_shape(const char *text, int64_t *height, int64_t *width) {
    char *end = NULL;
    *height = strtoll(text, &end, 10);
    if (end != text && *end == 'x') {
        const char *second = end + 1;
        *width = strtoll(second, &end, 10);
        if (end != second && *end == '\0' && *height > 0 && *width > 0 && *height < 1 << 20 && *width < 1 << 20)
            return HOL_OK;
    }
    return hol_error(HOL_USAGE, "--shape: found \"%s\", expected HEIGHTxWIDTH, such as 28x28", text);
}

static hol_status parse_binarize(struct import *self, const char *text) {
    static const char prefix[] = "threshold:";
    self->binarize = strcmp(text, "none") != 0;
    if (!self->binarize) return HOL_OK;
    if (strncmp(text, prefix, sizeof prefix - 1) == 0)
        return hol_options_number("--binarize threshold", text + sizeof prefix - 1, 0, 1, &self->threshold);
    return hol_error(HOL_USAGE, "--binarize: found \"%s\", expected none or threshold:T with T from 0 to 1", text);
}

/* One FILE is the split train; several arguments belong to --split. */
static hol_status finish_arguments(struct import *self) {
    if (!self->output) return hol_error(HOL_USAGE, "expected -o OUT.h5");
    if (self->states && self->binarize)
        return hol_error(HOL_USAGE, "found --states and --binarize, expected one of them");
    if (self->argument_count + self->count == 0) return hol_error(HOL_USAGE, "expected a FILE to import");
    if (!self->has_split && self->argument_count == 1) {
        struct input *input = &self->inputs[self->count++];
        (void)snprintf(input->name, sizeof input->name, "train");
        input->path = self->arguments[0];
        return HOL_OK;
    }
    if (!self->has_split)
        return hol_error(HOL_USAGE, "found %d files, expected one, or --split train=%s valid=%s", self->argument_count,
                         self->arguments[0], self->arguments[1]);
    for (int i = 0; i < self->argument_count; i++) {
        const hol_status status = add_split(self, self->arguments[i]);
        if (status != HOL_OK) return status;
    }
    return HOL_OK;
}

static error_t parse_import(int key, char *argument, struct argp_state *state) {
    struct import *self = state->input;
    hol_status status = HOL_OK;
    switch (key) {
    case 'o': self->output = argument; break;
    case 'b': status = parse_binarize(self, argument); break;
    case 'r': status = parse_shape(argument, &self->height, &self->width); break;
    case 't': self->states = true; break;
    case 's':
        self->has_split = true;
        status = add_split(self, argument);
        break;
    case ARGP_KEY_ARG:
        if (self->argument_count == INPUTS_MOST)
            status = hol_error(HOL_USAGE, "expected at most %d files", INPUTS_MOST);
        else self->arguments[self->argument_count++] = argument;
        break;
    case ARGP_KEY_END: status = finish_arguments(self); break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return status == HOL_OK ? 0 : EINVAL;
}

static const struct argp_option import_options[] = {
    {"output", 'o', "OUT.h5", 0, "The HDF5 file to write; replaces only a data set of no other splits", 0},
    {"split", 's', "NAME=FILE", 0, "Make FILE the split NAME; more NAME=FILE may follow", 0},
    {"binarize", 'b', "HOW", 0,
     "none (default): keep grey levels; threshold:T: a unit is on from T up, on the scale 0 to 1", 0},
    {"states", 't', NULL, 0,
     "Whole numbers are states of variables that have several (model.kind mrf), not grey levels", 0},
    {"shape", 'r', "HxW", 0, "Rows are images of this size (default: what the file says)", 0},
    {0},
};

static const struct argp import_argp = {
    import_options,
    parse_import,
    "-o OUT.h5 FILE\n-o OUT.h5 --split train=FILE valid=FILE test=FILE",
    "Turns files of numbers into an HDF5 data set: IDX (MNIST's), text (commas or blanks between numbers), .npy; each "
    "also as .gz.\vA single FILE becomes the split train. Values 0 and 1 make a binary data set, whole numbers to 255 "
    "grey bytes, fractions from 0 to 1 floats; with --states they are states 0 to 254. All splits are of the same "
    "kind.\n\n"
    "  holode data import -o mnist.h5 --binarize threshold:0.5 \\\n"
    "      --split train=train-images-idx3-ubyte.gz test=t10k-images-idx3-ubyte.gz",
    NULL,
    NULL,
    NULL};

/* ------------------------------------------------------------------ import: the first reading */

/* Where a value of some sort was first seen. */
struct place {
    const char *path; /* NULL: not seen */
    int64_t row, column;
    double value;
};

struct survey {
    struct place fraction; /* strictly between 0 and 1 */
    struct place above_one;
    double largest;
};

/* Grey levels reach 255; where none of them exceeds this, they are hardly meant as such. */
enum { DIM_LEVEL = 15 };

static int64_t rows_per_piece(int64_t columns, size_t size) {
    const int64_t row_bytes = columns * (int64_t)size;
    return row_bytes < PIECE_BYTES ? PIECE_BYTES / row_bytes : 1;
}

static hol_status survey_values(struct survey *survey, const char *path, const float *values, int64_t first_row,
                                int64_t rows, int64_t columns) {
    for (int64_t i = 0; i < rows * columns; i++) {
        const double value = (double)values[i];
        if (value == 0 || value == 1) continue;
        const struct place here = {path, first_row + i / columns, i % columns, value};
        if (value < 0 || value > 255 || (value > 1 && value != floor(value)))
            return hol_error(HOL_BAD_INPUT,
                             "%s: row %lld, column %lld (from 0): found %.9g, expected 0 or 1, a whole number to 255, "
                             "or a number from 0 to 1",
                             path, (long long)here.row, (long long)here.column, value);
        if (value > survey->largest) survey->largest = value;
        struct place *place = value > 1 ? &survey->above_one : &survey->fraction;
        if (!place->path) *place = here;
    }
    return HOL_OK;
}

static hol_status survey_input(struct import *self, struct input *input, struct survey *survey) {
    hol_array_file *file = NULL;
    float *values = NULL;
    hol_status status = HOL_OK;
    const int64_t *shape = NULL;
    HOL_TRY(hol_array_file_open(input->path, &file));
    input->columns = hol_array_file_get_columns(file);
    if (input->columns != self->inputs[0].columns)
        HOL_TRY(hol_error(HOL_BAD_INPUT, "%s: found %lld columns, expected %lld as in %s", input->path,
                          (long long)input->columns, (long long)self->inputs[0].columns, self->inputs[0].path));
    if (self->height == 0 && hol_array_file_get_shape(file, &shape) == 2) {
        self->height = shape[0];
        self->width = shape[1];
    }
    if (self->height > 0 && self->height * self->width != input->columns)
        HOL_TRY(hol_error(HOL_USAGE, "--shape: found %lldx%lld, expected a product of %lld, the columns of %s",
                          (long long)self->height, (long long)self->width, (long long)input->columns, input->path));
    const int64_t most = rows_per_piece(input->columns, sizeof *values);
    HOL_TRY(HOL_ALLOCATE(values, most * input->columns, "rows of a file"));
    for (int64_t row = 0, rows = 0;; row += rows) {
        HOL_TRY(hol_array_file_read(file, most, values, &rows));
        if (rows == 0) break;
        HOL_TRY(survey_values(survey, input->path, values, row, rows, input->columns));
    }
cleanup:
    hol_free(values);
    hol_array_file_close(file);
    return status;
}

static hol_status take_for_states(struct import *self, const struct survey *survey) {
    const struct place *fraction = &survey->fraction;
    if (fraction->path)
        return hol_error(HOL_BAD_INPUT,
                         "%s: row %lld, column %lld (from 0): found %.9g, expected a state, a whole number",
                         fraction->path, (long long)fraction->row, (long long)fraction->column, fraction->value);
    if (survey->largest > 254)
        return hol_error(HOL_BAD_INPUT, "%s: found 255, expected states from 0 to 254", survey->above_one.path);
    self->maximum = (int64_t)survey->largest;
    self->kind = self->maximum > 1 ? HOL_DATASET_STATES : HOL_DATASET_BINARY;
    return HOL_OK;
}

/* Reads all files and decides what their values are. */
static hol_status survey_inputs(struct import *self) {
    struct survey survey = {0};
    for (int i = 0; i < self->count; i++) {
        const hol_status status = survey_input(self, &self->inputs[i], &survey);
        if (status != HOL_OK) return status;
    }
    if (survey.fraction.path && survey.above_one.path)
        return hol_error(HOL_BAD_INPUT,
                         "%s: row %lld, column %lld (from 0): found %.9g, expected a number from 0 to 1 as %.9g in row "
                         "%lld, column %lld of %s",
                         survey.above_one.path, (long long)survey.above_one.row, (long long)survey.above_one.column,
                         survey.above_one.value, survey.fraction.value, (long long)survey.fraction.row,
                         (long long)survey.fraction.column, survey.fraction.path);
    self->kind = survey.fraction.path    ? HOL_DATASET_FLOATS
                 : survey.above_one.path ? HOL_DATASET_BYTES
                                         : HOL_DATASET_BINARY;
    if (self->states) return take_for_states(self, &survey);
    if (survey.above_one.path && survey.largest <= DIM_LEVEL)
        hol_log_warning("%s: row %lld, column %lld (from 0): found %.9g, so all values count as grey levels from 0 to "
                        "255, but none exceeds %.9g: is it binary data with a slip, or are they --states?",
                        survey.above_one.path, (long long)survey.above_one.row, (long long)survey.above_one.column,
                        survey.above_one.value, survey.largest);
    return HOL_OK;
}

/* ------------------------------------------------------------------ import: the second reading */

static hol_status write_rows(hol_dataset_writer *writer, hol_dataset_kind kind, const float *values, uint8_t *bytes,
                             int64_t rows, int64_t columns) {
    if (kind == HOL_DATASET_FLOATS) return hol_dataset_writer_append_floats(writer, rows, values);
    for (int64_t i = 0; i < rows * columns; i++) bytes[i] = (uint8_t)values[i];
    return hol_dataset_writer_append_bytes(writer, rows, bytes);
}

static void print_split(const char *output, const hol_dataset_split *split, int64_t rows, double density) {
    char shape[64] = "";
    if (split->height > 0)
        (void)snprintf(shape, sizeof shape, " (%lldx%lld)", (long long)split->height, (long long)split->width);
    hol_print("%s: %s: %lld rows, %lld columns%s, ", output, split->name, (long long)rows, (long long)split->columns,
              shape);
    if (split->kind == HOL_DATASET_STATES) hol_print("states 0 to %lld\n", (long long)split->maximum);
    else hol_print("%s, density %.4f\n", hol_dataset_kind_name(split->kind), density);
}

static hol_dataset_split split_of(const struct import *self, const struct input *input) {
    return (hol_dataset_split){.name = input->name,
                               .columns = input->columns,
                               .height = self->height,
                               .width = self->width,
                               .kind = self->binarize ? HOL_DATASET_BINARY : self->kind,
                               .maximum = self->maximum};
}

static hol_status write_input(const struct import *self, struct input *input, hol_dataset_writer *writer) {
    hol_array_file *file = NULL;
    float *values = NULL;
    uint8_t *bytes = NULL;
    hol_status status = HOL_OK;
    double sum = 0; /* of at most 255 * 2^45 whole numbers before it is inexact, and only for printing */
    const double maximum = self->kind == HOL_DATASET_BYTES ? 255 : 1;
    const hol_dataset_split split = split_of(self, input);
    const int64_t columns = input->columns, most = rows_per_piece(columns, sizeof *values);
    HOL_TRY(hol_array_file_open(input->path, &file));
    if (hol_array_file_get_columns(file) != columns)
        HOL_TRY(hol_error(HOL_BAD_INPUT, "%s: found other columns than before, expected a file that does not change",
                          input->path));
    HOL_TRY(hol_dataset_writer_begin(writer, &split));
    HOL_TRY(HOL_ALLOCATE(values, most * columns, "rows of a file"));
    HOL_TRY(HOL_ALLOCATE(bytes, most * columns, "rows of a file"));
    for (int64_t rows = 0;;) {
        HOL_TRY(hol_array_file_read(file, most, values, &rows));
        if (rows == 0) break;
        if (self->binarize)
            for (int64_t i = 0; i < rows * columns; i++)
                values[i] = (double)values[i] / maximum >= self->threshold ? 1.0F : 0.0F;
        for (int64_t i = 0; i < rows * columns; i++) sum += (double)values[i];
        HOL_TRY(write_rows(writer, split.kind, values, bytes, rows, columns));
    }
    input->rows = hol_array_file_get_rows(file);
    input->density = sum / (self->binarize ? 1 : maximum) / (double)input->rows / (double)columns;
cleanup:
    hol_free(values);
    hol_free(bytes);
    hol_array_file_close(file);
    return status;
}

static hol_status import_here(struct import *self) {
    hol_dataset_writer *writer = NULL;
    hol_status status = HOL_OK;
    /* before the files are read: an output that can't be written should not take minutes to be refused */
    HOL_TRY(hol_dataset_writer_create(self->output, &writer));
    HOL_TRY(survey_inputs(self));
    for (int i = 0; i < self->count; i++) HOL_TRY(write_input(self, &self->inputs[i], writer));
    HOL_TRY(hol_dataset_writer_finish(writer));
    for (int i = 0; i < self->count; i++) {
        const hol_dataset_split split = split_of(self, &self->inputs[i]);
        print_split(self->output, &split, self->inputs[i].rows, self->inputs[i].density);
    }
cleanup:
    hol_dataset_writer_destroy(writer);
    return status;
}

static hol_status check_import_output(hol_comm *comm, const struct import *self) {
    hol_output_kind kind = {.ending = ".h5", .format = "holode data set"};
    const char *inputs[INPUTS_MOST];
    for (int i = 0; i < self->count; i++) {
        kind.members[i] = self->inputs[i].name;
        inputs[i] = self->inputs[i].path;
    }
    return hol_output_check(comm, self->output, &kind, 1, inputs, self->count);
}

static hol_status command_import(hol_comm *comm, int argc, char **argv) {
    struct import self = {0};
    bool done = false;
    hol_status status = hol_options_parse(&import_argp, argc, argv, &self, &done);
    if (status == HOL_OK && !done) status = check_import_output(comm, &self);
    if (status != HOL_OK || done) return status;
    if (hol_comm_rank(comm) == 0) status = import_here(&self);
    return hol_comm_agree(comm, status);
}

/* ------------------------------------------------------------------ generate */

struct generate {
    const char *output;
    const char *what;
    int64_t size;
};

static error_t parse_generate(int key, char *argument, struct argp_state *state) {
    struct generate *self = state->input;
    hol_status status = HOL_OK;
    switch (key) {
    case 'o': self->output = argument; break;
    case 'n':
        status = hol_options_integer("--size", argument, HOL_BARS_SIZE_LEAST, HOL_BARS_SIZE_MOST, &self->size);
        break;
    case ARGP_KEY_ARG:
        if (self->what || strcmp(argument, "bars-and-stripes") != 0)
            status = hol_error(HOL_USAGE, "found \"%s\", expected %s", argument,
                               self->what ? "one data set" : "bars-and-stripes");
        self->what = argument;
        break;
    case ARGP_KEY_END:
        if (!self->what) status = hol_error(HOL_USAGE, "expected the name of a data set: bars-and-stripes");
        else if (!self->output) status = hol_error(HOL_USAGE, "expected -o OUT.h5");
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return status == HOL_OK ? 0 : EINVAL;
}

static const struct argp_option generate_options[] = {
    {"output", 'o', "OUT.h5", 0, "The HDF5 file to write; replaces only a data set of no other splits", 0},
    {"size", 'n', "N", 0, "The side of an image, 2 to 16 (default 4)", 0},
    {0},
};

static const struct argp generate_argp = {
    generate_options,
    parse_generate,
    "bars-and-stripes -o OUT.h5",
    "Writes a built-in data set as the split train.\vbars-and-stripes: the 2^(N+1) - 2 distinct images of N x N pixels "
    "in which either whole rows or whole columns are on. The best mean log-likelihood is -ln(2^(N+1) - 2).",
    NULL,
    NULL,
    NULL};

static hol_status generate_here(const struct generate *self) {
    uint8_t *states = NULL;
    hol_dataset_writer *writer = NULL;
    int64_t rows = 0, ones = 0;
    hol_status status = HOL_OK;
    const hol_dataset_split split = {.name = "train",
                                     .columns = self->size * self->size,
                                     .height = self->size,
                                     .width = self->size,
                                     .kind = HOL_DATASET_BINARY};
    HOL_TRY(hol_generate_bars_and_stripes(self->size, &states, &rows));
    HOL_TRY(hol_dataset_writer_create(self->output, &writer));
    HOL_TRY(hol_dataset_writer_begin(writer, &split));
    HOL_TRY(hol_dataset_writer_append_bytes(writer, rows, states));
    HOL_TRY(hol_dataset_writer_finish(writer));
    for (int64_t i = 0; i < rows * split.columns; i++) ones += states[i];
    print_split(self->output, &split, rows, (double)ones / (double)(rows * split.columns));
cleanup:
    hol_dataset_writer_destroy(writer);
    hol_free(states);
    return status;
}

static hol_status command_generate(hol_comm *comm, int argc, char **argv) {
    struct generate self = {.size = 4};
    bool done = false;
    hol_status status = hol_options_parse(&generate_argp, argc, argv, &self, &done);
    static const hol_output_kind kind = {.ending = ".h5", .format = "holode data set", .members = {"train"}};
    if (status == HOL_OK && !done) status = hol_output_check(comm, self.output, &kind, 1, NULL, 0);
    if (status != HOL_OK || done) return status;
    if (hol_comm_rank(comm) == 0) status = generate_here(&self);
    return hol_comm_agree(comm, status);
}

/* ------------------------------------------------------------------ describe */

struct describe {
    const char *reference;
    bool json;
    int shown; /* data sets so far */
};

static error_t parse_describe(int key, char *argument, struct argp_state *state) {
    struct describe *self = state->input;
    hol_status status = HOL_OK;
    switch (key) {
    case 'j': self->json = true; break;
    case ARGP_KEY_ARG:
        if (self->reference) status = hol_error(HOL_USAGE, "found \"%s\", expected one FILE[:SPLIT]", argument);
        self->reference = argument;
        break;
    case ARGP_KEY_END:
        if (!self->reference) status = hol_error(HOL_USAGE, "expected FILE[:SPLIT]");
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return status == HOL_OK ? 0 : EINVAL;
}

static const struct argp_option describe_options[] = {
    {"json", 'j', NULL, 0, "Print JSON instead of a table", 0},
    {0},
};

static const struct argp describe_argp = {
    describe_options,
    parse_describe,
    "FILE[:SPLIT]",
    "Shows the data sets of an HDF5 file, ours or another program's.\vdensity is the mean level of a unit, from 0 to "
    "1, or the mean state; constant is the number of units that have the same level in every row.",
    NULL,
    NULL,
    NULL};

/* Adds rows of levels (rows, columns) up: least and most are (columns). */
static uint64_t add_levels(const uint16_t *levels, int64_t rows, int64_t columns, uint16_t *least, uint16_t *most) {
    uint64_t sum = 0;
    for (int64_t r = 0; r < rows; r++)
        for (int64_t c = 0; c < columns; c++) {
            const uint16_t level = levels[r * columns + c];
            sum += level;
            if (level < least[c]) least[c] = level;
            if (level > most[c]) most[c] = level;
        }
    return sum;
}

static hol_status measure(hol_dataset *dataset, double *ret_density, int64_t *ret_constant) {
    const int64_t rows = hol_dataset_get_rows(dataset), columns = hol_dataset_get_columns(dataset);
    uint16_t *levels = NULL, *least = NULL, *most = NULL;
    uint64_t sum = 0;
    hol_status status = HOL_OK;
    const int64_t piece = rows_per_piece(columns, sizeof *levels);
    HOL_TRY(HOL_ALLOCATE(levels, piece * columns, "rows of a data set"));
    HOL_TRY(HOL_ALLOCATE(least, columns, "units"));
    HOL_TRY(HOL_ALLOCATE(most, columns, "units"));
    memset(least, 255, (size_t)columns * sizeof *least);
    hol_dataset_begin_check(dataset);
    for (int64_t row = 0; row < rows; row += piece) {
        const int64_t now = rows - row < piece ? rows - row : piece;
        HOL_TRY(hol_dataset_read(dataset, row, now, levels));
        sum += add_levels(levels, now, columns, least, most);
    }
    HOL_TRY(hol_dataset_check(NULL, dataset));
    const double one = hol_dataset_get_kind(dataset) == HOL_DATASET_STATES ? 1 : 65535;
    *ret_density = (double)sum / one / (double)rows / (double)columns;
    *ret_constant = 0;
    for (int64_t c = 0; c < columns; c++) *ret_constant += least[c] == most[c];
cleanup:
    hol_free(levels);
    hol_free(least);
    hol_free(most);
    return status;
}

static hol_status describe_dataset(struct describe *self, const char *file, const char *path) {
    hol_dataset *dataset = NULL;
    char *reference = NULL;
    double density = 0;
    int64_t constant = 0, height = 0, width = 0;
    hol_status status = HOL_OK;
    const size_t size = strlen(file) + strlen(path) + 2;
    HOL_TRY(HOL_ALLOCATE(reference, (int64_t)size, "reference"));
    (void)snprintf(reference, size, "%s:%s", file, path);
    HOL_TRY(hol_dataset_open(NULL, reference, "train", &dataset));
    HOL_TRY(measure(dataset, &density, &constant));
    const bool is_image = hol_dataset_get_shape(dataset, &height, &width);
    const long long rows = hol_dataset_get_rows(dataset), columns = hol_dataset_get_columns(dataset);
    const char *kind = hol_dataset_kind_name(hol_dataset_get_kind(dataset));
    char shape[64] = "-";
    if (self->json) {
        if (!self->shown) {
            hol_print("{\"file\": ");
            hol_print_json_text(file);
            hol_print(", \"splits\": [");
        }
        hol_print("%s\n    {\"name\": ", self->shown ? "," : "");
        hol_print_json_text(path + 1);
        if (is_image) (void)snprintf(shape, sizeof shape, "[%lld, %lld]", (long long)height, (long long)width);
        hol_print(", \"rows\": %lld, \"columns\": %lld, \"shape\": %s, \"kind\": \"%s\", \"density\": %.17g, "
                  "\"constant\": %lld}",
                  rows, columns, is_image ? shape : "null", kind, density, (long long)constant);
    } else {
        if (!self->shown)
            hol_print("%-12s %10s %8s %9s  %-6s  %7s %9s\n", "split", "rows", "columns", "shape", "kind", "density",
                      "constant");
        if (is_image) (void)snprintf(shape, sizeof shape, "%lldx%lld", (long long)height, (long long)width);
        hol_print("%-12s %10lld %8lld %9s  %-6s  %7.4f %9lld\n", path + 1, rows, columns, shape, kind, density,
                  (long long)constant);
    }
    self->shown++;
cleanup:
    hol_free(reference);
    hol_dataset_close(dataset);
    return status;
}

/* Every data set of a file that is one of ours; the others are noted on stderr. */
static hol_status describe_all(struct describe *self, const char *file) {
    char **paths = NULL;
    int64_t count = 0;
    hol_status status = HOL_OK;
    HOL_TRY(hol_dataset_list(file, &paths, &count));
    for (int64_t i = 0; i < count; i++) {
        const hol_status one = describe_dataset(self, file, paths[i]);
        if (one == HOL_BAD_INPUT && count > 1) hol_log("left out: %s", hol_error_message());
        else HOL_TRY(one);
    }
    if (self->shown == 0)
        HOL_TRY(hol_error(HOL_BAD_INPUT,
                          "%s: found no data set of samples, expected at least one with rows and columns", file));
cleanup:
    hol_free(paths);
    return status;
}

static hol_status describe_here(struct describe *self) {
    char *file = NULL, *path = NULL;
    hol_status status = HOL_OK;
    HOL_TRY(hol_dataset_parse_reference(self->reference, NULL, &file, &path));
    HOL_TRY(path ? describe_dataset(self, file, path) : describe_all(self, file));
    if (self->json) hol_print("\n]}\n");
cleanup:
    hol_free(file);
    hol_free(path);
    return status;
}

/* What `holode inspect` would refuse is not described either. */
static hol_status check_checkpoint(hol_comm *comm, const char *reference) {
    char *file = NULL, *path = NULL;
    hol_file_kind kind = HOL_FILE_HDF5;
    hol_status status = hol_comm_agree(comm, hol_dataset_parse_reference(reference, NULL, &file, &path));
    if (status == HOL_OK) status = hol_file_recognize(comm, file, &kind);
    if (status == HOL_OK && kind == HOL_FILE_CHECKPOINT) status = hol_cli_check_checkpoint(comm, file);
    hol_free(file);
    hol_free(path);
    return status;
}

static hol_status command_describe(hol_comm *comm, int argc, char **argv) {
    struct describe self = {0};
    bool done = false;
    hol_status status = hol_options_parse(&describe_argp, argc, argv, &self, &done);
    if (status != HOL_OK || done) return status;
    status = check_checkpoint(comm, self.reference);
    if (status != HOL_OK) return status;
    if (hol_comm_rank(comm) == 0) status = describe_here(&self);
    return hol_comm_agree(comm, status);
}

/* ------------------------------------------------------------------ data */

static const struct {
    const char *name;
    hol_status (*run)(hol_comm *, int, char **);
} commands[] = {{"import", command_import}, {"generate", command_generate}, {"describe", command_describe}};

static error_t parse_data(int key, char *argument, struct argp_state *state) {
    (void)argument;
    (void)state;
    return key == ARGP_KEY_END ? (hol_error(HOL_USAGE, "expected one of import, generate, describe"), EINVAL)
                               : ARGP_ERR_UNKNOWN;
}

static const struct argp data_argp = {NULL,
                                      parse_data,
                                      "import ...\ngenerate ...\ndescribe ...",
                                      "Makes and describes data sets in HDF5 files.\v"
                                      "  import     from IDX, text and .npy files, each also .gz\n"
                                      "  generate   a built-in data set\n"
                                      "  describe   sizes, kind, density, constant units\n\n"
                                      "`holode data import --help` tells more.",
                                      NULL,
                                      NULL,
                                      NULL};

hol_status hol_command_data(hol_comm *comm, int argc, char **argv) {
    bool done = false;
    if (argc < 2 || argv[1][0] == '-') return hol_options_parse(&data_argp, argc, argv, NULL, &done);
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        if (strcmp(argv[1], commands[i].name) != 0) continue;
        char name[64];
        (void)snprintf(name, sizeof name, "%s %s", argv[0], argv[1]);
        argv[1] = name;
        return commands[i].run(comm, argc - 1, argv + 1);
    }
    return hol_error(HOL_USAGE, "%s: found \"%s\", expected import, generate or describe (%s --help tells more)",
                     argv[0], argv[1], argv[0]);
}
