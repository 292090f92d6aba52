/* exchange: `holode import` and `holode export`: factor graphs, and couplings of pairs of sites, from and for other
 * programs. */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "cli/commands.h"
#include "cli/config.h"
#include "cli/model.h"
#include "cli/options.h"
#include "io/checkpoint.h"
#include "io/couplings_file.h"
#include "io/factor_file.h"
#include "io/output.h"
#include "io/owner.h"
#include "train/optimiser.h"
#include "train/state.h"

typedef struct arguments {
    const char *file, *output;
    const char *letters;   /* as --alphabet takes them; NULL: none */
    hol_alphabet alphabet; /* count 0: none */
} arguments;

#define AT(member) HOL_AT(arguments, member)

/* ---- import ------------------------------------------------------------------------------------------------------ */

static const hol_option import_rows[] = {
    {HOL_ARGUMENT("FILE"), AT(file), HOL_TEXT(NULL, "FILE and -o")},
    {HOL_OPTION("output", 'o', "DIR", 0, "Directory for the checkpoint"), AT(output), HOL_TEXT(NULL, "FILE and -o"),
     .value.required = true},
    {HOL_OPTION("alphabet", 0, "LETTERS", 0,
                "Of a text: protein, rna, dna, or the letters of the states themselves (default: what its letters "
                "tell)"),
     AT(letters), HOL_TEXT(NULL, "an alphabet")},
};

static hol_status settle_import(void *values) {
    arguments *a = values;
    if (!a->letters) return HOL_OK;
    if (!hol_couplings_file_is_named(a->file))
        return hol_error(HOL_USAGE, "--alphabet: found with %s, expected a text of couplings, .txt or .dat", a->file);
    return hol_alphabet_parse("--alphabet", a->letters, &a->alphabet);
}

static const hol_options import_options = {
    HOL_ROWS(import_rows),
    .usage = "FILE -o DIR",
    .help =
        "Makes a checkpoint of model kind mrf from a factor graph: FILE.uai (the UAI format) or FILE.fg (libDAI's), "
        "or of kind potts from a text of couplings and fields, FILE.txt or FILE.dat (adabmDCA's), sites from 0; also "
        "as .gz.\v"
        "The checkpoint can be sampled, evaluated and exported. To train from a graph's tables, name the file in a "
        "config: model: {kind: mrf, file: FILE}.",
    .settle = settle_import,
};

/* "model.file=..." as an override of a config */
static hol_status name_file(const char *file, char *override, size_t size) {
    FILE *to = fmemopen(override, size, "w");
    if (!to) return hol_error(HOL_FAILURE, "out of memory: the path of a file");
    (void)fputs("model.file=", to);
    hol_value_print_yaml(to, file);
    const bool cut = ftell(to) >= (long)size;
    if (fclose(to) == 0 && !cut) return HOL_OK;
    return hol_error(HOL_USAGE, "found a path of more than %zu bytes, expected fewer", size);
}

static hol_status make_config(const char *file, hol_config **ret_config, char **ret_text) {
    char text[64], override[HOL_CHECKPOINT_PATH_MAX];
    char *const overrides[] = {override};
    (void)snprintf(text, sizeof text, "model: {kind: %s}\n", hol_config_find_kind("model.file"));
    hol_status status = name_file(file, override, sizeof override);
    if (status == HOL_OK) status = hol_config_parse(file, text, strlen(text), overrides, 1, ret_config);
    if (status == HOL_OK) status = hol_config_dump(*ret_config, ret_text);
    return status;
}

/* The model's parameters as they begin, or `from`. Collective. */
static hol_status write_first(hol_comm *comm, const char *directory, const hol_model *model, const float *from,
                              const char *config_text, char *path) {
    hol_status status = HOL_OK;
    hol_state state = {0};
    bool found = false;
    const hol_optimiser_options options = {0};
    const int64_t parameters = model->info.parameters;
    hol_checkpoint_facts facts = {.config = config_text, .seed = 1};
    HOL_TRY(hol_comm_agree(comm, hol_comm_rank(comm) == 0 ? hol_owner_take(comm, directory, &facts.owner) : HOL_OK));
    HOL_TRY(hol_checkpoint_find(comm, hol_state_outline, directory, path, &found));
    if (!found) HOL_TRY(hol_checkpoint_find_best(comm, directory, path, &found));
    if (found) HOL_TRY(hol_error(HOL_USAGE, "-o: found %s, a run's checkpoint, expected another directory", path));
    status = HOL_ALLOCATE(state.theta, parameters, "parameters");
    if (status == HOL_OK) status = hol_optimiser_create(model, &options, &state.optimiser);
    HOL_TRY(hol_comm_agree(comm, status));
    if (from) memcpy(state.theta, from, (size_t)parameters * sizeof *from);
    else model->ops->initialize(model, NULL, 0, 1, state.theta);
    HOL_TRY(hol_state_write(comm, directory, model, &state, &facts, 0, path));
cleanup:
    hol_free(state.theta);
    hol_optimiser_destroy(state.optimiser);
    hol_owner_release(facts.owner);
    return status;
}

static hol_status import_graph(hol_comm *comm, hol_result *result, const arguments *a) {
    hol_cli_parts parts = {0};
    hol_config *config = NULL;
    hol_model *model = NULL;
    char *text = NULL, path[HOL_CHECKPOINT_PATH_MAX];
    hol_status status = HOL_OK;
    HOL_TRY(hol_comm_agree(comm, make_config(a->file, &config, &text)));
    hol_model_options o = hol_cli_model_options(config, 0);
    HOL_TRY(hol_cli_add_parts(comm, config, &o, &parts));
    status = hol_model_create(&o, &model);
    if (hol_error_code(status) == HOL_USAGE)
        status = hol_error_replace(status, HOL_BAD_INPUT, "%s: %s", a->file, hol_error_message(status));
    HOL_TRY(hol_comm_agree(comm, status));
    HOL_TRY(write_first(comm, a->output, model, NULL, text, path));
    hol_result_line(result, NULL, "%s: %lld variables, %lld cliques, %lld potentials", path,
                    (long long)hol_model_columns(model), (long long)model->info.structures[1].rows,
                    (long long)model->info.parameters);
cleanup:
    hol_cli_parts_clear(&parts);
    hol_model_destroy(model);
    hol_config_destroy(config);
    hol_free(text);
    return status;
}

/* A text's sites and pairs, on all ranks. */
typedef struct sites {
    hol_couplings_shape shape;
    int32_t *ends; /* owned; NULL: all pairs */
} sites;

/* Rank 0 reads. Collective. */
static hol_status find_sites(hol_comm *comm, const arguments *a, sites *ret) {
    hol_status status = HOL_OK;
    const bool reads = hol_comm_rank(comm) == 0;
    HOL_TRY(hol_comm_agree(comm,
                           reads ? hol_couplings_file_survey(a->file, &a->alphabet, &ret->shape, &ret->ends) : HOL_OK));
    int64_t has_ends = ret->ends != NULL;
    HOL_TRY(hol_comm_broadcast(comm, &ret->shape, sizeof ret->shape));
    HOL_TRY(hol_comm_broadcast(comm, &has_ends, sizeof has_ends));
    if (!has_ends) return HOL_OK;
    const int64_t count = HOL_PRODUCT(2, ret->shape.pairs);
    if (!reads) status = HOL_ALLOCATE(ret->ends, count, "pairs of sites");
    HOL_TRY(hol_comm_agree(comm, status));
    HOL_TRY(hol_comm_broadcast(comm, ret->ends, count * (int64_t)sizeof *ret->ends));
cleanup:
    return status;
}

/* A model of so many sites and these pairs, with a config that names no data. */
static hol_status make_sites(const char *file, const sites *of, hol_model **ret_model, char **ret_text) {
    static const char text[] = "data: {train: none}\nmodel: {kind: potts}\n";
    hol_status status = HOL_OK;
    hol_config *config = NULL;
    int32_t *cardinalities = NULL, letters[HOL_ALPHABET_MOST];
    const hol_couplings_shape *shape = &of->shape;
    HOL_TRY(hol_config_parse(file, text, strlen(text), NULL, 0, &config));
    HOL_TRY(hol_config_dump(config, ret_text));
    HOL_TRY(HOL_ALLOCATE(cardinalities, shape->sites, "sites"));
    for (int64_t i = 0; i < shape->sites; i++) cardinalities[i] = (int32_t)shape->states;
    for (int32_t s = 0; s < shape->alphabet.count; s++) letters[s] = shape->alphabet.letters[s];
    hol_model_options o = hol_cli_model_options(config, shape->sites);
    hol_structure *to = o.structures;
    *to++ = (hol_structure){.name = "cardinalities", .rows = 1, .columns = shape->sites, .values = cardinalities};
    if (of->ends) *to++ = (hol_structure){.name = "edges", .rows = shape->pairs, .columns = 2, .values = of->ends};
    if (shape->alphabet.count > 0)
        *to++ = (hol_structure){.name = "alphabet", .rows = 1, .columns = shape->alphabet.count, .values = letters};
    o.structure_count = (int)(to - o.structures);
    HOL_TRY(hol_model_create(&o, ret_model));
cleanup:
    hol_config_destroy(config);
    hol_free(cardinalities);
    return status;
}

static void say_imported(hol_comm *comm, hol_result *result, const char *path, const arguments *a, const sites *of,
                         const int64_t absent[2]) {
    const hol_couplings_shape *shape = &of->shape;
    char all[32] = "";
    if (absent[0] > 0)
        hol_log(comm, "%s: %lld of %lld fields are not there: they are 0", a->file, (long long)absent[0],
                (long long)(shape->sites * shape->states));
    if (absent[1] > 0)
        hol_log(comm, "%s: %lld of %lld couplings of its pairs are not there: they are 0", a->file,
                (long long)absent[1], (long long)(shape->pairs * shape->states * shape->states));
    if (of->ends) (void)snprintf(all, sizeof all, " of %lld", (long long)(shape->sites * (shape->sites - 1) / 2));
    hol_result_line(result, NULL, "%s: %lld sites of %lld states%s%s, %lld%s pairs", path, (long long)shape->sites,
                    (long long)shape->states, shape->alphabet.count > 0 ? ", " : "",
                    shape->alphabet.count > 0 ? hol_alphabet_name(&shape->alphabet) : "", (long long)shape->pairs, all);
}

static hol_status import_couplings(hol_comm *comm, hol_result *result, const arguments *a) {
    hol_status status = HOL_OK;
    sites of = {0};
    hol_model *model = NULL;
    float *theta = NULL;
    char *text = NULL, path[HOL_CHECKPOINT_PATH_MAX];
    int64_t absent[2] = {0, 0};
    HOL_TRY(find_sites(comm, a, &of));
    status = make_sites(a->file, &of, &model, &text);
    if (status == HOL_OK) status = HOL_ALLOCATE(theta, model->info.parameters, "parameters");
    HOL_TRY(hol_comm_agree(comm, status));
    const hol_model_pairs pairs = model->ops->pairs(model);
    if (hol_comm_rank(comm) == 0)
        status = hol_couplings_file_read(a->file, &of.shape, of.ends, theta + pairs.fields, theta + pairs.couplings,
                                         absent);
    HOL_TRY(hol_comm_agree(comm, status));
    HOL_TRY(hol_comm_broadcast(comm, theta, model->info.parameters * (int64_t)sizeof *theta));
    HOL_TRY(write_first(comm, a->output, model, theta, text, path));
    say_imported(comm, result, path, a, &of, absent);
cleanup:
    hol_model_destroy(model);
    hol_free(of.ends);
    hol_free(theta);
    hol_free(text);
    return status;
}

hol_status hol_command_import(hol_comm *comm, hol_result *result, int argc, char **argv) {
    arguments a = {0};
    bool done = false;
    const hol_status status = hol_options_parse(comm, &import_options, result, argc, argv, &a, &done);
    if (status != HOL_OK || done) return status;
    if (hol_couplings_file_is_named(a.file)) return import_couplings(comm, result, &a);
    if (hol_factor_file_is_named(a.file)) return import_graph(comm, result, &a);
    return hol_error(HOL_USAGE,
                     "%s: found another name, expected one that ends in .uai, .fg, .txt or .dat, or in .gz after it",
                     a.file);
}

/* ---- export ------------------------------------------------------------------------------------------------------ */

static const hol_option export_rows[] = {
    {HOL_ARGUMENT("FILE"), AT(file), HOL_TEXT(NULL, "FILE and -o")},
    {HOL_OPTION(
         "output", 'o', "OUT", 0,
         "OUT.uai (the UAI format) or OUT.fg (libDAI's); of pairs of sites OUT.txt or OUT.dat (adabmDCA's), also as "
         ".gz; replaces only its like"),
     AT(output), HOL_TEXT(NULL, "FILE and -o"), .value.required = true},
};

static const hol_options export_options = {
    HOL_ROWS(export_rows),
    .usage = "FILE -o OUT",
    .help =
        "Writes the model in FILE (a checkpoint, a run's directory, or the config of a model that needs no training) "
        "as a factor graph with the same distribution: the temperature is taken into the tables. Variables are the "
        "columns of the model's data, or its units, visible before hidden. Or writes the couplings and fields of a "
        "model of pairs of sites (potts) as lines \"J i j a b value\" and \"h i a value\", sites from 0, "
        "E = -sum h - sum J, as trained, in no particular gauge.",
};

/* A config may name a graph's file that it reads. */
static hol_status check_export_output(hol_comm *comm, const arguments *a) {
    static const hol_output_kind kinds[] = {
        {.ending = ".uai", .begins = "MARKOV"}, {.ending = ".fg"},
        {.ending = ".txt", .begins = "J "},     {.ending = ".dat", .begins = "J "},
        {.ending = ".txt.gz", .begins = "J "},  {.ending = ".dat.gz", .begins = "J "}};
    hol_status status = HOL_OK;
    char *text = NULL;
    hol_config *config = NULL;
    if (hol_cli_is_config(a->file)) HOL_TRY(hol_cli_share_config(comm, a->file, NULL, 0, &text, &config));
    const char *const inputs[] = {a->file, config ? config->model.file : NULL, config ? config->model.edges : NULL};
    HOL_TRY(hol_output_check(comm, a->output, kinds, 6, inputs, 3));
cleanup:
    hol_config_destroy(config);
    hol_free(text);
    return status;
}

static hol_status export_graph(const hol_cli_model *source, const char *output) {
    hol_factors *factors = NULL;
    hol_status status = source->model->ops->factors(source->model, source->theta, &factors);
    if (status == HOL_OK) status = hol_factor_file_write(output, factors);
    hol_factors_destroy(factors);
    return status;
}

static hol_status export_couplings(const hol_cli_model *source, const char *output) {
    const hol_model_pairs pairs = source->model->ops->pairs(source->model);
    hol_couplings couplings = {.shape = {.sites = pairs.sites, .states = pairs.states, .pairs = pairs.count},
                               .ends = pairs.ends,
                               .fields = source->theta + pairs.fields,
                               .couplings = source->theta + pairs.couplings,
                               .temperature = source->model->temperature};
    const hol_status status = pairs.alphabet ? hol_alphabet_of_codes(source->info.path, pairs.states, pairs.alphabet,
                                                                     &couplings.shape.alphabet)
                                             : HOL_OK;
    return status == HOL_OK ? hol_couplings_file_write(output, &couplings) : status;
}

hol_status hol_command_export(hol_comm *comm, hol_result *result, int argc, char **argv) {
    arguments a;
    hol_cli_model source = {0};
    bool done = false;
    hol_status status = hol_options_parse(comm, &export_options, result, argc, argv, &a, &done);
    if (status != HOL_OK || done) return status;
    HOL_TRY(check_export_output(comm, &a));
    HOL_TRY(hol_cli_open_model(comm, a.file, 0, NULL, 0, &source));
    const bool by_pairs = hol_couplings_file_is_named(a.output);
    if (by_pairs && !source.model->ops->pairs)
        HOL_TRY(hol_error(HOL_USAGE, "-o: found %s, expected a name that ends in .uai or .fg for a model %s", a.output,
                          source.model->ops->kind));
    if (!by_pairs && !source.model->ops->factors)
        HOL_TRY(hol_error(HOL_USAGE, "%s: found a model %s, expected one that is a product of tables", a.file,
                          source.model->ops->kind));
    if (hol_comm_rank(comm) == 0)
        status = by_pairs ? export_couplings(&source, a.output) : export_graph(&source, a.output);
    HOL_TRY(hol_comm_agree(comm, status));
    hol_log(comm, "%s: written", a.output);
cleanup:
    hol_cli_close_model(&source);
    return status;
}
