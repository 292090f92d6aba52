/* config: the table of keys, and what follows from it alone: defaults, dump, reference and the check on resume.
 * Reading is in config_yaml.c. */
#include "cli/config.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "cli/config_table.h"
#include "train/trainer.h"

/* ---- the table ---- */

#define CHOICES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define AT(member) .at = offsetof(hol_config, member)
#define FIXED .on_resume = HOL_CONFIG_FIXED
#define FREE .on_resume = HOL_CONFIG_FREE
#define INTEGER(value, from, to) .type = HOL_CONFIG_INTEGER, .integer = (value), .min = (from), .max = (to)
#define NUMBER(value, from, to) .type = HOL_CONFIG_NUMBER, .number = (value), .low = (from), .high = (to)
#define BOOLEAN(value) .type = HOL_CONFIG_BOOLEAN, .integer = (value)
#define CHOICE(value, ...) .type = HOL_CONFIG_CHOICE, .integer = (value), .choices = CHOICES(__VA_ARGS__)
#define STRING(value, words) .type = HOL_CONFIG_STRING, .string = (value), .expects = (words)

#define STEPS_MAX INT64_C(4294967295) /* a random number's counter holds 32 bits of the step */
#define COUNT_MAX INT64_C(1000000000) /* fits 32 bits; times the units of a model, 64 */

/* clang-format off */
const hol_config_row hol_config_rows[] = {
    {"seed", AT(seed), FIXED, INTEGER(1, 0, INT64_MAX),
     .help = "Seed of every random number; another seed is another, independent run",
     .others = "random_seed random_state rng_seed random_seeds"},

    {"data.train", AT(data.train), FREE, STRING("data.h5:train", "a data set as FILE or FILE:SPLIT"), .required = true,
     .is_path = true,
     .help = "Training data, HDF5; a relative path starts at the current directory. A resumed run may find the same "
             "data elsewhere; other data are refused by their fingerprint",
     .others = "dataset train_data training_data train_file data_file input train_set"},
    {"data.valid", AT(data.valid), FREE, STRING("", "a data set as FILE or FILE:SPLIT, or nothing"),
     .is_path = true,
     .help = "Data that only the evaluations see, with the units of data.train; empty for none",
     .others = "validation valid_data validation_data val val_data validation_set"},
    {"data.binarize", AT(data.binarize), FIXED, CHOICE(HOL_CONFIG_BINARIZE_THRESHOLD, "threshold", "sample"),
     .help = "How grey levels become bits: by data.threshold once, or drawn anew in each epoch with the level as the "
             "probability. Binary data stay as they are in both",
     .others = "binarise binarization binary"},
    {"data.threshold", AT(data.threshold), FIXED, NUMBER(0.5, 0, 1),
     .needs = "data.binarize=threshold",
     .help = "A level from here on is a one; without effect when levels are sampled",
     .others = "binarize_threshold cutoff"},

    {"model.kind", AT(model.kind), FIXED, CHOICE(HOL_CONFIG_MODEL_RBM, "rbm", "boltzmann", "ising", "mrf"),
     .required = true,
     .help = "The energy, units 0 or 1: rbm is the restricted Boltzmann machine, E(v, h) = -a.v - b.h - v W h; "
             "boltzmann has couplings among visible and among hidden units too, - v V v / 2 - h U h / 2; ising has "
             "spins on a lattice or graph, - sum J s s' over its edges - sum h s; mrf has variables of any numbers of "
             "states, and a table for each clique of them",
     .others = "type model_type architecture"},
    {"model.hidden", AT(model.hidden), FIXED, INTEGER(64, 0, 10000000),
     .needs = "model.kind=rbm|boltzmann", .refused = true,
     .help = "Hidden units; boltzmann may have 0: fully visible, V alone. ising and mrf have none",
     .others = "n_hidden nhidden num_hidden hidden_units n_hid num_hid n_components hidden_size hidden_dim latent "
               "n_latent"},
    {"model.biases", AT(model.biases), FIXED, BOOLEAN(true),
     .needs = "model.kind=rbm|boltzmann|ising",
     .help = "a and b, or h; without them train.centered must be false",
     .others = "bias use_bias"},
    {"model.weights", AT(model.weights), FIXED, BOOLEAN(true),
     .needs = "model.kind=rbm|boltzmann",
     .help = "W, visible to hidden; boltzmann can go without"},
    {"model.visible_couplings", AT(model.visible_couplings), FIXED, BOOLEAN(true),
     .needs = "model.kind=boltzmann",
     .help = "V, among visible units; boltzmann only"},
    {"model.hidden_couplings", AT(model.hidden_couplings), FIXED, BOOLEAN(true),
     .needs = "model.kind=boltzmann",
     .help = "U, among hidden units; boltzmann only. Without U the positive phase is exact"},
    {"model.positive_sweeps", AT(model.positive_sweeps), FIXED, INTEGER(10, 1, 1000000),
     .needs = "model.kind=boltzmann model.hidden_couplings=true",
     .help = "With U: Gibbs sweeps over the hidden units, from fair coins and with the data clamped, in each positive "
             "phase"},
    {"model.positive_persistent", AT(model.positive_persistent), FIXED, BOOLEAN(false),
     .needs = "model.kind=boltzmann model.hidden_couplings=true",
     .help = "With U: these sweeps begin, in place of fair coins, at the hidden states that each place of the batch "
             "had in the step before"},
    {"model.lattice", AT(model.lattice), FIXED, STRING("", "one to three lengths as 64 or 64x64, or nothing"),
     .needs = "model.kind=ising", .refused = true,
     .help = "ising: a lattice of these lengths; units are numbered row by row"},
    {"model.periodic", AT(model.periodic), FIXED, BOOLEAN(true),
     .needs = "model.kind=ising",
     .help = "ising: whether the lattice's last sites are the first ones' neighbours"},
    {"model.edges", AT(model.edges), FREE, STRING("", "the name of a file of edges, or nothing"),
     .is_path = true,
     .needs = "model.kind=ising|boltzmann", .refused = true,
     .help = "ising, in place of a lattice, and boltzmann, where only these units are to be coupled: a text file of "
             "edges, two numbers of units (from 0; hidden after visible) a line; a third number is where the edge's "
             "coupling begins, or with one unit twice its field. Also Gset, Matrix Market and DIMACS, from 1"},
    {"model.fields", AT(model.fields), FREE, STRING("", "the name of a file of numbers, or nothing"),
     .is_path = true,
     .needs = "model.kind=ising|boltzmann", .refused = true,
     .help = "ising with couplings per_edge, and boltzmann: where each unit's field h or bias begins, a text or npy "
             "file of as many numbers as there are units"},
    {"model.spins", AT(model.spins), FIXED, CHOICE(HOL_CONFIG_SPINS_SIGNED, "signed", "binary"),
     .needs = "model.kind=ising",
     .help = "ising: s is -1 or 1 (signed), or 0 or 1 (binary)"},
    {"model.couplings", AT(model.couplings), FIXED, CHOICE(HOL_CONFIG_COUPLINGS_SHARED, "shared", "per_edge"),
     .needs = "model.kind=ising",
     .help = "ising: one coupling J for all edges and one field h for all units, or one of each for each"},
    {"model.coupling", AT(model.coupling), FIXED, NUMBER(0, -1e6, 1e6),
     .needs = "model.kind=ising",
     .help = "ising: where J begins, unless model.edges says"},
    {"model.field", AT(model.field), FIXED, NUMBER(0, -1e6, 1e6),
     .needs = "model.kind=ising",
     .help = "ising: h of a model that is sampled without training; training takes it from the data"},
    {"model.variables", AT(model.variables), FIXED, .type = HOL_CONFIG_VARIABLES,
     .needs = "model.kind=mrf", .refused = true,
     .help = "mrf: the variables, columns of the data, with their numbers of states, as {A: 2, B: 3}; or [A, B] where "
             "each has 2"},
    {"model.cliques", AT(model.cliques), FIXED, .type = HOL_CONFIG_CLIQUES,
     .needs = "model.kind=mrf", .refused = true,
     .help = "mrf: the cliques with the tables that training begins at, as {variables: [A, B], potentials: [1, 2, 3, "
             "0, 5, 6]}, the last variable fastest; or energies, the negative logarithms; without a table all "
             "potentials are 1. A potential of 0 (an energy of .inf) forbids and is not learned"},
    {"model.file", AT(model.file), FREE, STRING("", "the name of a .uai or .fg file, or nothing"),
     .is_path = true,
     .needs = "model.kind=mrf", .refused = true,
     .help = "mrf: in place of variables and cliques, a factor graph in the UAI or the libDAI format"},
    {"model.temperature", AT(model.temperature), FIXED, NUMBER(1, 0, INFINITY), .low_open = true,
     .help = "tau in p(x) = exp(-E(x) / tau) / Z",
     .others = "T temp tau"},

    {"train.method", AT(train.method), FIXED, CHOICE(HOL_CONFIG_METHOD_PCD, "pcd", "cd"),
     .help = "Where the negative phase's chains start: where the last step left them (pcd, persistent contrastive "
             "divergence), or at the batch (cd)",
     .others = "algorithm algo"},
    {"train.sweeps", AT(train.sweeps), FIXED, INTEGER(1, 1, 1000000),
     .help = "Gibbs sweeps per step, the k of PCD-k and CD-k",
     .others = "k n_gibbs gibbs_steps gibbs n_sweeps cd_k pcd_k mcmc_steps n_gibbs_steps nsweeps"},
    {"train.chains", AT(train.chains), FIXED, INTEGER(512, 1, COUNT_MAX),
     .needs = "train.method=pcd",
     .help = "Persistent chains over all ranks; cd has as many as the batch has samples and ignores this",
     .others = "n_chains num_chains nchains particles n_particles num_particles fantasy_particles"},
    {"train.levels", AT(train.levels), FIXED, INTEGER(1, 1, HOL_TRAINER_LEVELS_MAX),
     .needs = "train.method=pcd", .refused = true,
     .help = "Levels of parallel tempering, each with train.chains chains; 1 for none, cd has none. The highest is the"
             " model, the others are between it and independent units, at equally spaced inverse temperatures",
     .others = "replicas n_replicas temperatures n_temperatures tempering parallel_tempering"},
    {"train.lowest_beta", AT(train.lowest_beta), FIXED, NUMBER(0, 0, 1), .high_open = true,
     .needs = "train.method=pcd train.levels>1",
     .help = "Inverse temperature of the lowest level: 0 is independent units with the data's means"},
    {"train.batch_size", AT(train.batch_size), FIXED, INTEGER(512, 1, COUNT_MAX),
     .help = "Samples per step over all ranks; multiples of 64 waste no work",
     .others = "batch batchsize minibatch minibatch_size mini_batch_size bs n_batch batch_len"},
    {"train.steps", AT(train.steps), FREE, INTEGER(0, 0, STEPS_MAX),
     .help = "Length of the run in steps; 0 when train.epochs gives it. Only one of the two may be above 0",
     .others = "iterations n_iterations iters max_iter max_steps n_steps num_steps updates n_updates"},
    {"train.epochs", AT(train.epochs), FREE, NUMBER(10, 0, 1e9),
     .help = "Length of the run in passes over the training data, fractions allowed. Giving train.steps makes it 0",
     .others = "n_epochs num_epochs max_epochs n_iter nepochs passes"},
    {"train.learning_rate", AT(train.learning_rate), FREE, NUMBER(0.05, 0, INFINITY), .low_open = true,
     .help = "Learning rate r after the warm-up",
     .others = "lr eta alpha rate step_size stepsize epsilon_w"},
    {"train.schedule", AT(train.schedule), FREE,
     CHOICE(HOL_CONFIG_SCHEDULE_LINEAR, "constant", "linear", "exponential", "inverse_time"),
     .help = "How the rate goes on: constant r; linear or exponential from r to train.final_learning_rate at the last "
             "step; inverse_time r / (1 + step / train.decay_steps)",
     .others = "lr_schedule scheduler decay lr_decay"},
    {"train.final_learning_rate", AT(train.final_learning_rate), FREE, NUMBER(0, 0, INFINITY),
     .needs = "train.schedule=linear|exponential",
     .help = "Rate at the last step of linear and exponential, which needs it above 0",
     .others = "final_lr lr_min min_lr min_learning_rate"},
    {"train.decay_steps", AT(train.decay_steps), FREE, INTEGER(1000, 1, STEPS_MAX),
     .needs = "train.schedule=inverse_time",
     .help = "Steps after which inverse_time has halved the rate"},
    {"train.warmup_steps", AT(train.warmup_steps), FREE, INTEGER(0, 0, STEPS_MAX),
     .help = "Steps in which the rate first rises from 0 in proportion",
     .others = "warmup warm_up"},
    {"train.optimiser", AT(train.optimiser), FIXED, CHOICE(HOL_CONFIG_OPTIMISER_MOMENTUM, "momentum", "adam"),
     .help = "Gradient ascent with momentum, or Adam, which wants rates near 0.001",
     .others = "optimizer optim solver"},
    {"train.momentum", AT(train.momentum), FIXED, NUMBER(0.5, 0, 1), .high_open = true,
     .help = "Share of the last update that is added to the next; 0 is plain gradient ascent. Adam's beta_1, for which"
             " 0.9 is usual",
     .others = "beta1 beta_1 mu"},
    {"train.square_decay", AT(train.square_decay), FIXED, NUMBER(0.999, 0, 1), .high_open = true,
     .needs = "train.optimiser=adam",
     .help = "Adam's beta_2: the memory of the mean squares of the gradient",
     .others = "beta2 beta_2 rmsprop_decay"},
    {"train.epsilon", AT(train.epsilon), FIXED, NUMBER(1e-8, 0, INFINITY), .low_open = true,
     .needs = "train.optimiser=adam",
     .help = "Adam's epsilon, added to the root of the mean squares"},
    {"train.cosine_gain", AT(train.cosine_gain), FIXED, NUMBER(0, 0, 1), .high_open = true,
     .help = "The rate is multiplied, at each step, by 1 + this times the cosine similarity of the last two gradients,"
             " for good; 0 for never, 0.01 to 0.1 when wanted"},
    {"train.clip_norm", AT(train.clip_norm), FREE, NUMBER(0, 0, INFINITY),
     .help = "A gradient of a larger Euclidean norm is scaled down to this; 0 for never",
     .others = "grad_clip gradient_clipping max_norm clip"},
    {"train.weight_decay", AT(train.weight_decay), FREE, NUMBER(0, 0, INFINITY),
     .help = "L2 penalty on the weights, not on biases: this times W is taken from the gradient",
     .others = "wd l2 lambda weightdecay l2_penalty weight_penalty weight_cost weightcost regularization"},
    {"train.l1", AT(train.l1), FREE, NUMBER(0, 0, INFINITY),
     .help = "L1 penalty on the weights: this times the sign of W is taken from the gradient",
     .others = "lasso l1_penalty"},
    {"train.sparsity_target", AT(train.sparsity_target), FREE, NUMBER(0.1, 0, 1), .low_open = true, .high_open = true,
     .needs = "train.sparsity_cost>0",
     .help = "Wished mean activity of hidden units; without effect when train.sparsity_cost is 0"},
    {"train.sparsity_cost", AT(train.sparsity_cost), FREE, NUMBER(0, 0, INFINITY),
     .help = "Hidden biases go by this times the target minus the running mean activity; 0 for not"},
    {"train.average_steps", AT(train.average_steps), FIXED, INTEGER(0, 0, STEPS_MAX),
     .help = "Horizon, in steps, of the average of the iterates that metrics, evaluate and sample use instead of the "
             "last one; 0 for none",
     .others = "ema swa polyak averaging"},
    {"train.centered", AT(train.centered), FIXED, BOOLEAN(true),
     .help = "Centred gradient: running means are taken from the units' states before they are multiplied",
     .others = "centering centring centred centred_gradient center"},
    {"train.centering_rate", AT(train.centering_rate), FIXED, NUMBER(0.01, 0, 1), .low_open = true,
     .needs = "train.centered=true,train.sparsity_cost>0",
     .help = "Weight of the newest batch in these means"},
    {"train.initial_weights", AT(train.initial_weights), FIXED, NUMBER(0.01, 0, INFINITY), .low_open = true,
     .needs = "model.kind=rbm|boltzmann",
     .help = "Standard deviation of the normal distribution of the first weights; visible biases come from the data",
     .others = "init_std weight_std w_init init_scale sigma"},
    {"train.overlap", AT(train.overlap), FREE, BOOLEAN(true),
     .help = "Sums over ranks travel while the ranks compute; false waits for each, to measure what that saves. The "
             "result is the same"},
    {"train.watchdog", AT(train.watchdog), FREE, STRING("auto", "auto, off, or a time from 1 s: seconds, M:SS or "
                                                                "H:MM:SS"),
     .help = "A rank that makes no progress for so long says where it stands and ends the run with exit code 76, to be "
             "submitted again; auto is 15 minutes, or ten times the longest step, evaluation or checkpoint so far "
             "where that is more; off for never"},

    {"evaluate.every", AT(evaluate.every), FREE, INTEGER(0, 0, STEPS_MAX),
     .help = "Steps between evaluations; 0: once per epoch, but at most every 250 steps",
     .others = "eval_every log_every log_interval eval_interval"},
    {"evaluate.samples", AT(evaluate.samples), FIXED, INTEGER(1024, 64, COUNT_MAX),
     .help = "Samples of each split that an evaluation looks at, or all when there are fewer"},
    {"evaluate.exact_units", AT(evaluate.exact_units), FREE, INTEGER(-1, -1, 24),
     .help = "The exact log-likelihood is computed, in time 2^n, when n is at most this; 0 for never, -1 for where it "
             "costs next to nothing. n is the smaller of visible and hidden; boltzmann sums out a side only if it has "
             "no couplings of its own"},
    {"evaluate.walks", AT(evaluate.walks), FIXED, INTEGER(0, 0, 1 << 20),
     .help = "Where ln Z is not exact so many walks carry it along the run, from evaluation to evaluation, for "
             "likelihoods; 0 for none, otherwise a multiple of 64, at least 256"},
    {"evaluate.patience", AT(evaluate.patience), FREE, INTEGER(0, 0, COUNT_MAX),
     .help = "Ends the run after so many evaluations without a better log-likelihood of the validation set; 0 for "
             "never",
     .others = "early_stopping"},

    {"checkpoint.every", AT(checkpoint.every), FREE, INTEGER(0, 0, STEPS_MAX),
     .help = "Steps between checkpoints; 0 for only by time and at the end",
     .others = "save_every save_interval save_freq checkpoint_every"},
    {"checkpoint.minutes", AT(checkpoint.minutes), FREE, NUMBER(10, 0, INFINITY),
     .help = "Minutes between checkpoints; 0 for never by time"},
    {"checkpoint.keep", AT(checkpoint.keep), FREE, INTEGER(2, 1, 1000),
     .help = "Checkpoints kept, the newest ones"},
    {"checkpoint.best", AT(checkpoint.best), FREE, BOOLEAN(false),
     .help = "Keeps the checkpoint of the best log-likelihood of the validation set, too, as checkpoint-best.h5"},

    {"output", AT(output), FREE, STRING("", "the name of a directory"),
     .is_path = true,
     .help = "Directory of checkpoints and results; empty for the config's own name without .yaml",
     .others = "outdir out_dir output_dir out outputdir save_dir logdir log_dir directory results_dir"},
};
/* clang-format on */
const size_t hol_config_row_count = sizeof hol_config_rows / sizeof *hol_config_rows;
_Static_assert(sizeof hol_config_rows / sizeof *hol_config_rows <= HOL_CONFIG_MAX_ROWS, "raise HOL_CONFIG_MAX_ROWS");

/* ---- making one ---- */

hol_status hol_config_set_string(hol_config *config, const hol_config_row *row, const char *value) {
    char *copy = NULL;
    const hol_status status = HOL_ALLOCATE(copy, (int64_t)strlen(value) + 1, "config");
    if (status != HOL_OK) return status;
    strcpy(copy, value);
    char **place = hol_config_at(config, row);
    hol_free(*place);
    *place = copy;
    return HOL_OK;
}

static hol_status set_default(hol_config *config, const hol_config_row *row) {
    void *place = hol_config_at(config, row);
    switch (row->type) {
    case HOL_CONFIG_INTEGER: *(int64_t *)place = row->integer; break;
    case HOL_CONFIG_NUMBER: *(double *)place = row->number; break;
    case HOL_CONFIG_BOOLEAN: *(bool *)place = row->integer != 0; break;
    case HOL_CONFIG_CHOICE: *(int *)place = (int)row->integer; break;
    case HOL_CONFIG_STRING: return hol_config_set_string(config, row, row->required ? "" : row->string);
    case HOL_CONFIG_VARIABLES:
    case HOL_CONFIG_CLIQUES: break; /* NULL already */
    }
    return HOL_OK;
}

hol_status hol_config_create(hol_config **ret_config) {
    hol_config *config = NULL;
    hol_status status = HOL_OK;
    HOL_TRY(HOL_ALLOCATE(config, 1, "config"));
    for (size_t i = 0; i < hol_config_row_count; i++) HOL_TRY(set_default(config, &hol_config_rows[i]));
cleanup:
    if (status != HOL_OK) {
        hol_config_destroy(config);
        config = NULL;
    }
    *ret_config = config;
    return status;
}

void hol_config_destroy(hol_config *config) {
    if (!config) return;
    for (size_t i = 0; i < hol_config_row_count; i++)
        if (hol_config_rows[i].type == HOL_CONFIG_STRING)
            hol_free(*(char **)hol_config_at(config, &hol_config_rows[i]));
    hol_config_variables_destroy(config->model.variables);
    hol_config_cliques_destroy(config->model.cliques);
    hol_free(config);
}

/* ---- words ---- */

static void describe_number(const hol_config_row *row, char *buffer, size_t size) {
    if (isinf(row->high))
        (void)snprintf(buffer, size, row->low_open ? "a number above %g" : "a number from %g", row->low);
    else if (row->low_open)
        (void)snprintf(buffer, size, "a number above %g and %s %g", row->low, row->high_open ? "below" : "at most",
                       row->high);
    else (void)snprintf(buffer, size, "a number from %g to%s %g", row->low, row->high_open ? " below" : "", row->high);
}

static void describe_choice(const hol_config_row *row, char *buffer, size_t size) {
    size_t used = 0;
    for (size_t i = 0; row->choices[i] && used < size; i++) {
        const char *between = i == 0 ? "" : row->choices[i + 1] ? ", " : " or ";
        used += (size_t)snprintf(buffer + used, size - used, "%s%s", between, row->choices[i]);
    }
}

void hol_config_describe(const hol_config_row *row, char *buffer, size_t size) {
    switch (row->type) {
    case HOL_CONFIG_INTEGER:
        (void)snprintf(buffer, size, "a whole number from %" PRId64 " to %" PRId64, row->min, row->max);
        break;
    case HOL_CONFIG_NUMBER: describe_number(row, buffer, size); break;
    case HOL_CONFIG_BOOLEAN: (void)snprintf(buffer, size, "true or false"); break;
    case HOL_CONFIG_CHOICE: describe_choice(row, buffer, size); break;
    case HOL_CONFIG_STRING: (void)snprintf(buffer, size, "%s", row->expects); break;
    case HOL_CONFIG_VARIABLES: (void)snprintf(buffer, size, "names with numbers of states, or a list of names"); break;
    case HOL_CONFIG_CLIQUES: (void)snprintf(buffer, size, "a list of cliques"); break;
    }
}

void hol_config_quote(const char *text, size_t length, char *buffer, size_t size) {
    enum { SHOWN = 60, TAIL = 8 }; /* room for one escape, dots, quote and end */
    size_t used = 0, i = 0;
    if (size < TAIL + 2) return;
    buffer[used++] = '"';
    /* past SHOWN, a UTF-8 character that was begun is still finished */
    for (; i < length && used + TAIL < size && (i < SHOWN || ((unsigned char)text[i] & 0xC0) == 0x80); i++) {
        const unsigned char byte = (unsigned char)text[i];
        if (byte < 0x20 || byte == 0x7F) used += (size_t)snprintf(buffer + used, size - used, "\\x%02X", byte);
        else buffer[used++] = (char)byte;
    }
    (void)snprintf(buffer + used, size - used, "%s\"", i < length ? "..." : "");
}

/* ---- values out ---- */

void hol_config_print_number(FILE *stream, double value) {
    char text[40];
    for (int digits = 15; digits <= 17; digits++) {
        (void)snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value) break;
    }
    (void)fputs(text, stream);
}

/* Plain where no YAML reader can take it for anything but this string, else in double quotes. Strings have no control
 * characters: reading refuses them. */
static void print_string(FILE *stream, const char *text) {
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    static const char inside[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:";
    const size_t length = strlen(text);
    const bool path = strcspn(text, "./:") < length; /* words like "no" and "null" have no such character */
    if (path && strchr(letters, text[0]) && strspn(text, inside) == length && text[length - 1] != ':') {
        (void)fputs(text, stream);
        return;
    }
    (void)fputc('"', stream);
    for (const char *c = text; *c; c++) {
        if (*c == '"' || *c == '\\') (void)fputc('\\', stream);
        (void)fputc(*c, stream);
    }
    (void)fputc('"', stream);
}

static void print_value(FILE *stream, const hol_config_row *row, const hol_config *config) {
    const void *place = (const char *)config + row->at;
    switch (row->type) {
    case HOL_CONFIG_INTEGER: (void)fprintf(stream, "%" PRId64, *(const int64_t *)place); break;
    case HOL_CONFIG_NUMBER: hol_config_print_number(stream, *(const double *)place); break;
    case HOL_CONFIG_BOOLEAN: (void)fputs(*(const bool *)place ? "true" : "false", stream); break;
    case HOL_CONFIG_CHOICE: (void)fputs(row->choices[*(const int *)place], stream); break;
    case HOL_CONFIG_STRING: print_string(stream, *(char *const *)place); break;
    case HOL_CONFIG_VARIABLES: hol_config_variables_print(stream, *(hol_config_variables *const *)place); break;
    case HOL_CONFIG_CLIQUES: hol_config_cliques_print(stream, *(hol_config_cliques *const *)place); break;
    }
}

/* "  name: " after the section's line where a new section begins; returns the name's indentation */
static int print_section(FILE *stream, size_t i, bool spaced) {
    const char *key = hol_config_rows[i].key;
    const char *dot = strchr(key, '.');
    if (!dot) {
        if (spaced && i > 0) (void)fputc('\n', stream);
        return 0;
    }
    const size_t section = (size_t)(dot + 1 - key);
    if (i == 0 || strncmp(hol_config_rows[i - 1].key, key, section) != 0)
        (void)fprintf(stream, "%s%.*s:\n", spaced ? "\n" : "", (int)(dot - key), key);
    return 2;
}

static void print_key(FILE *stream, const hol_config_row *row, int indent) {
    const char *dot = strchr(row->key, '.');
    (void)fprintf(stream, "%*s%s: ", indent, "", dot ? dot + 1 : row->key);
}

/* fclose says whether everything was written */
hol_status hol_config_dump(const hol_config *config, char **ret_text) {
    size_t size = 0;
    *ret_text = NULL;
    FILE *stream = open_memstream(ret_text, &size);
    if (!stream) return hol_error(HOL_FAILURE, "out of memory: config");
    for (size_t i = 0; i < hol_config_row_count; i++) {
        const hol_config_row *row = &hol_config_rows[i];
        const int indent = print_section(stream, i, false);
        /* "" is what a required string can't be, only lack */
        if (row->required && row->type == HOL_CONFIG_STRING && !**(char *const *)((const char *)config + row->at))
            continue;
        print_key(stream, row, indent);
        print_value(stream, row, config);
        (void)fputc('\n', stream);
    }
    if (fclose(stream) == 0 && *ret_text) return HOL_OK; /* malloc's memory, as is that of hol_free */
    free(*ret_text);
    *ret_text = NULL;
    return hol_error(HOL_FAILURE, "out of memory: config");
}

const char *hol_config_get_choice(const hol_config *config, const char *key) {
    for (size_t i = 0; i < hol_config_row_count; i++) {
        const hol_config_row *row = &hol_config_rows[i];
        if (row->type == HOL_CONFIG_CHOICE && strcmp(row->key, key) == 0)
            return row->choices[*(const int *)((const char *)config + row->at)];
    }
    return NULL;
}

/* ---- the reference config ---- */

/* a comment, broken between words at 100 columns */
static void print_comment(FILE *stream, const char *text, int indent) {
    enum { WIDTH = 100 };
    int column = 0;
    while (*text) {
        const int word = (int)strcspn(text, " ");
        if (column == 0 || column + 1 + word > WIDTH)
            column = fprintf(stream, "%s%*s#", column == 0 ? "" : "\n", indent, "") - (column != 0);
        column += fprintf(stream, " %.*s", word, text);
        text += word;
        text += strspn(text, " ");
    }
    (void)fputc('\n', stream);
}

static void print_reference_row(FILE *stream, const hol_config_row *row, int indent, const hol_config *example) {
    char takes[HOL_CONFIG_MAX_TEXT], needs[HOL_CONFIG_MAX_TEXT], text[2 * HOL_CONFIG_MAX_TEXT + 32];
    hol_config_describe(row, takes, sizeof takes);
    hol_config_describe_needs(row, needs, sizeof needs);
    (void)snprintf(text, sizeof text, "[%s%s%s%s%s]", takes, row->required ? "; required" : "",
                   row->on_resume == HOL_CONFIG_FIXED ? "; fixed" : "", *needs ? "; for " : "", needs);
    print_comment(stream, row->help, indent);
    print_comment(stream, text, indent);
    print_key(stream, row, indent);
    print_value(stream, row, example);
    (void)fputc('\n', stream);
}

hol_status hol_config_print_reference(FILE *stream) {
    hol_config *example = NULL;
    hol_status status = HOL_OK;
    HOL_TRY(hol_config_create(&example));
    (void)fputs(
        "# Every key of a run's config with its default; in [ ] what it takes. A config needs only the required\n"
        "# keys and those that differ from the default. --set train.sweeps=5 on the command line outdoes the file.\n"
        "# --resume takes new values of all keys but the fixed ones, which would make it another run.\n\n",
        stream);
    for (size_t i = 0; i < hol_config_row_count; i++) {
        const hol_config_row *row = &hol_config_rows[i];
        if (row->required && row->type == HOL_CONFIG_STRING) HOL_TRY(hol_config_set_string(example, row, row->string));
        print_reference_row(stream, row, print_section(stream, i, true), example);
    }
    if (fflush(stream) != 0 || ferror(stream)) status = hol_error(HOL_FAILURE, "reference config: writing failed");
cleanup:
    hol_config_destroy(example);
    return status;
}

/* ---- resume ---- */

/* Values with parts are the same when they are written the same. */
static bool written_same(const hol_config_row *row, const hol_config *a, const hol_config *b) {
    char *texts[2] = {NULL, NULL};
    const hol_config *const configs[2] = {a, b};
    bool good = true;
    for (int i = 0; i < 2; i++) {
        size_t size = 0;
        FILE *stream = open_memstream(&texts[i], &size);
        if (stream) print_value(stream, row, configs[i]);
        good &= stream && fclose(stream) == 0 && texts[i];
    }
    good = good && strcmp(texts[0], texts[1]) == 0;
    free(texts[0]);
    free(texts[1]);
    return good;
}

static bool same(const hol_config_row *row, const hol_config *a, const hol_config *b) {
    const void *left = (const char *)a + row->at, *right = (const char *)b + row->at;
    switch (row->type) {
    case HOL_CONFIG_INTEGER: return *(const int64_t *)left == *(const int64_t *)right;
    case HOL_CONFIG_NUMBER: return *(const double *)left == *(const double *)right;
    case HOL_CONFIG_BOOLEAN: return *(const bool *)left == *(const bool *)right;
    case HOL_CONFIG_CHOICE: return *(const int *)left == *(const int *)right;
    case HOL_CONFIG_STRING: return strcmp(*(char *const *)left, *(char *const *)right) == 0;
    case HOL_CONFIG_VARIABLES:
    case HOL_CONFIG_CLIQUES: return written_same(row, a, b);
    }
    return false;
}

bool hol_config_is_default(const hol_config_row *row, const hol_config *config) {
    const void *at = (const char *)config + row->at;
    switch (row->type) {
    case HOL_CONFIG_INTEGER: return *(const int64_t *)at == row->integer;
    case HOL_CONFIG_NUMBER: return *(const double *)at == row->number;
    case HOL_CONFIG_BOOLEAN: return *(const bool *)at == (row->integer != 0);
    case HOL_CONFIG_CHOICE: return *(const int *)at == (int)row->integer;
    case HOL_CONFIG_STRING: return strcmp(*(char *const *)at, row->required ? "" : row->string) == 0;
    case HOL_CONFIG_VARIABLES:
    case HOL_CONFIG_CLIQUES: return *(const void *const *)at == NULL;
    }
    return true;
}

/* Every difference, as long as a message has room, into the stream; returns how many did not fit. */
static int print_differences(FILE *stream, const hol_config *old_run, const hol_config *new_run) {
    enum { ROOM = 640 };
    int found = 0, left_out = 0;
    for (size_t i = 0; i < hol_config_row_count; i++) {
        const hol_config_row *row = &hol_config_rows[i];
        if (row->on_resume == HOL_CONFIG_FREE || same(row, old_run, new_run)) continue;
        if (!hol_config_has_effect(row, old_run) && !hol_config_has_effect(row, new_run)) continue;
        if (ftell(stream) > ROOM) {
            left_out++;
            continue;
        }
        (void)fprintf(stream, "%s%s: found ", found++ ? "; " : "", row->key);
        print_value(stream, row, new_run);
        (void)fputs(" in the config, expected ", stream);
        print_value(stream, row, old_run);
        (void)fputs(" as in the checkpoint", stream);
    }
    return left_out;
}

hol_status hol_config_check_resume(const hol_config *old_run, const hol_config *new_run, const char *checkpoint_path) {
    char *text = NULL, more[64] = "";
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    if (!stream) return hol_error(HOL_FAILURE, "out of memory: config");
    const int left_out = print_differences(stream, old_run, new_run);
    hol_status status = HOL_OK;
    if (fclose(stream) != 0 || !text) status = hol_error(HOL_FAILURE, "out of memory: config");
    else if (size > 0) {
        if (left_out > 0) (void)snprintf(more, sizeof more, "; and %d more", left_out);
        status = hol_error(HOL_USAGE, "%s: %s%s (it would change the run; start another with -o)", checkpoint_path,
                           text, more);
    }
    free(text);
    return status;
}
