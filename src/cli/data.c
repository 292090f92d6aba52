/* data: `holode data import | generate | describe`; the first and the last are in data_import.c and data_describe.c.
 *
 * Rank 0 does the work, since all of it is reading foreign files in sequence and writing one; the ranks then agree on
 * the outcome. */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "data_parts.h"
#include "io/dataset.h"
#include "io/generate.h"
#include "io/output.h"

/* ------------------------------------------------------------------ generate */

struct generate {
    const char *output;
    const char *what;
    int64_t size;
};

#define AT(member) HOL_AT(struct generate, member)
static const hol_option generate_rows[] = {
    {HOL_ARGUMENT("data set"), AT(what), HOL_TEXT(NULL, "bars-and-stripes"),
     .value.choices = HOL_WORD_LIST("bars-and-stripes")},
    {HOL_OPTION("output", 'o', "OUT.h5", 0, "The HDF5 file to write; replaces only a data set of no other splits"),
     AT(output), HOL_TEXT(NULL, "-o OUT.h5"), .value.required = true},
    {HOL_OPTION("size", 'n', "N", 0, "The side of an image, 2 to 16 (default 4)"), AT(size),
     HOL_INTEGER(4, HOL_BARS_SIZE_LEAST, HOL_BARS_SIZE_MOST)},
};

static const hol_options generate_options = {
    HOL_ROWS(generate_rows),
    .usage = "bars-and-stripes -o OUT.h5",
    .help =
        "Writes a built-in data set as the split train.\vbars-and-stripes: the 2^(N+1) - 2 distinct images of N x N "
        "pixels in which either whole rows or whole columns are on. The best mean log-likelihood is -ln(2^(N+1) - "
        "2).",
};

static hol_status generate_here(hol_comm *comm, const struct generate *self, hol_result *result) {
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
    HOL_TRY(hol_dataset_writer_create(comm, self->output, &writer));
    HOL_TRY(hol_dataset_writer_begin(writer, &split));
    HOL_TRY(hol_dataset_writer_append_bytes(writer, rows, states));
    HOL_TRY(hol_dataset_writer_finish(writer));
    for (int64_t i = 0; i < rows * split.columns; i++) ones += states[i];
    hol_data_add_split(result, self->output, &split, rows, (double)ones / (double)(rows * split.columns), 0);
cleanup:
    hol_dataset_writer_destroy(writer);
    hol_free(states);
    return status;
}

static hol_status command_generate(hol_comm *comm, hol_result *result, int argc, char **argv) {
    struct generate self;
    bool done = false;
    hol_status status = hol_options_parse(comm, &generate_options, result, argc, argv, &self, &done);
    static const hol_output_kind kind = {.ending = ".h5", .format = "holode data set", .members = {"train"}};
    if (status == HOL_OK && !done) status = hol_output_check(comm, self.output, &kind, 1, NULL, 0);
    if (status != HOL_OK || done) return status;
    if (hol_comm_rank(comm) == 0) status = generate_here(comm, &self, result);
    return hol_comm_agree(comm, status);
}

/* ------------------------------------------------------------------ data */

static const struct {
    const char *name;
    hol_status (*run)(hol_comm *, hol_result *, int, char **);
} commands[] = {
    {"import", hol_data_import_command}, {"generate", command_generate}, {"describe", hol_data_describe_command}};

struct command {
    const char *name;
};

static const hol_option option_rows[] = {
    {HOL_ARGUMENT("command"), HOL_AT(struct command, name), HOL_TEXT(NULL, "import, generate or describe"),
     .value.choices = HOL_WORD_LIST("import", "generate", "describe")},
};

static const hol_options options = {
    HOL_ROWS(option_rows),
    .usage = "import ...\ngenerate ...\ndescribe ...",
    .help = "Makes and describes data sets in HDF5 files.\v"
            "  import     from IDX, text, .npy, .npz and HDF5, or aligned sequences\n"
            "  generate   a built-in data set\n"
            "  describe   sizes, kind, density, constant units\n\n"
            "`holode data import --help` tells more.",
};

hol_status hol_command_data(hol_comm *comm, hol_result *result, int argc, char **argv) {
    struct command command;
    bool done = false;
    for (size_t i = 0; argc > 1 && i < sizeof commands / sizeof *commands; i++) {
        if (strcmp(argv[1], commands[i].name) != 0) continue;
        char name[64];
        (void)snprintf(name, sizeof name, "%s %s", argv[0], argv[1]);
        argv[1] = name;
        return commands[i].run(comm, result, argc - 1, argv + 1);
    }
    return hol_options_parse(comm, &options, result, argc, argv, &command, &done);
}
