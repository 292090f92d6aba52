/* config_rows: the table of keys. */
#include <math.h>

#include "cli/config_table.h"
#include "model/model.h"
#include "train/trainer.h"

#define KEY(name_) .value.name = (name_)
#define AT(member) HOL_AT(hol_config, member)
#define INTEGER HOL_INTEGER
#define NUMBER HOL_NUMBER
#define INTEGER_OR_AUTO HOL_INTEGER_OR_AUTO
#define NUMBER_OR_AUTO HOL_NUMBER_OR_AUTO
#define BOOLEAN HOL_BOOLEAN
#define CHOICE HOL_CHOICE
#define CHOICE_OR_AUTO HOL_CHOICE_OR_AUTO
#define TEXT HOL_TEXT
#define LOW_OPEN .value.low_open = true
#define HIGH_OPEN .value.high_open = true
#define REQUIRED .value.required = true
#define NEEDS .value.needs
#define HELP .value.help
#define FIXED .on_resume = HOL_CONFIG_FIXED
#define SHAPES .on_resume = HOL_CONFIG_SHAPES
#define DATA .on_resume = HOL_CONFIG_DATA
#define FREE .on_resume = HOL_CONFIG_FREE

#define STEPS_MAX INT64_C(4294967295) /* a random number's counter holds 32 bits of the step */
#define COUNT_MAX INT64_C(1000000000) /* fits 32 bits; times the units of a model, 64 */

/* clang-format off */
const hol_config_row hol_config_rows[] = {
    {KEY("seed"), AT(seed), FIXED, INTEGER(1, 0, INT64_MAX),
     HELP = "Seed of every random number; another seed is another, independent run",
     .others = "random_seed random_state rng_seed random_seeds"},

    {KEY("data.train"), AT(data.train), DATA,
     TEXT("data.h5:train", "a data set as FILE or FILE:SPLIT"), REQUIRED,
     .is_path = true,
     HELP = "Training data, HDF5; a relative path starts at the current directory. A resumed run may find the same "
             "data elsewhere; other data are refused by their fingerprint",
     .others = "dataset train_data training_data train_file data_file input train_set"},
    {KEY("data.valid"), AT(data.valid), FREE, TEXT("", "a data set as FILE or FILE:SPLIT, or nothing"),
     .is_path = true,
     HELP = "Data that only the evaluations see, with the units of data.train; empty for none",
     .others = "validation valid_data validation_data val val_data validation_set"},
    {KEY("data.weights"), AT(data.weights), DATA,
     TEXT("", "a file of numbers, FILE:/PATH in HDF5, none, or nothing"),
     .is_path = true,
     HELP = "How much each row of data.train counts: a column of numbers from 0 up in a text or npy file, a list of "
             "them in HDF5. Empty: the weights that the data set has itself (holode data import --weight-column), if "
             "any; none: rows are all alike. Rows are shown in proportion, an epoch has as many samples as without, "
             "and means and likelihoods are weighted",
     .others = "sample_weight sample_weights weight weight_column"},
    {KEY("data.valid_weights"), AT(data.valid_weights), FREE,
     TEXT("", "a file of numbers, FILE:/PATH in HDF5, none, or nothing"),
     .is_path = true,
     HELP = "The same for data.valid"},
    {KEY("data.labels"), AT(data.labels), FIXED, BOOLEAN(false),
     HELP = "Whether the rows' labels (holode data import --label-column, --labels) are one more column of states, "
             "the last, in every data set of the run: the model learns them with the others. Rows may have none "
             "(holode data import --missing)",
     .others = "label labels use_labels target targets y"},
    {KEY("data.binarize"), AT(data.binarize), FIXED, CHOICE(HOL_CONFIG_BINARIZE_THRESHOLD, "threshold", "sample"),
     HELP = "How grey levels become bits: by data.threshold once, or drawn anew in each epoch with the level as the "
             "probability. Binary data stay as they are in both",
     .others = "binarise binarization binary"},
    {KEY("data.threshold"), AT(data.threshold), FIXED, NUMBER(0.5, 0, 1),
     NEEDS = "data.binarize=threshold",
     HELP = "A level from here on is a one; without effect when levels are sampled",
     .others = "binarize_threshold cutoff"},

    {KEY("model.kind"), AT(model.kind), FIXED, .value.type = HOL_VALUE_CHOICE, .value.choices = hol_model_kinds,
     REQUIRED,
     HELP = "The energy, units 0 or 1", /* each kind has its summary */
     .others = "type model_type architecture"},
    {KEY("model.hidden"), AT(model.hidden), FIXED, INTEGER(64, 0, 10000000),
     .refused = true,
     HELP = "Hidden units; boltzmann may have 0: fully visible, V alone. ising, mrf and potts have none",
     .others = "n_hidden nhidden num_hidden hidden_units n_hid num_hid n_components hidden_size hidden_dim latent "
               "n_latent"},
    {KEY("model.biases"), AT(model.biases), FIXED, BOOLEAN(true),
     HELP = "a and b, or h; without them train.centered must be false",
     .others = "bias use_bias"},
    {KEY("model.weights"), AT(model.weights), FIXED, BOOLEAN(true),
     HELP = "W, visible to hidden; boltzmann can go without"},
    {KEY("model.visible_couplings"), AT(model.visible_couplings), FIXED, BOOLEAN(true),
     HELP = "V, among visible units; boltzmann only"},
    {KEY("model.hidden_couplings"), AT(model.hidden_couplings), FIXED, BOOLEAN(true),
     HELP = "U, among hidden units; boltzmann only. Without U the positive phase is exact"},
    {KEY("model.positive_sweeps"), AT(model.positive_sweeps), FIXED, INTEGER(10, 1, 1000000),
     NEEDS = "model.hidden_couplings=true",
     HELP = "With U: Gibbs sweeps over the hidden units, from fair coins and with the data clamped, in each positive "
             "phase"},
    {KEY("model.positive_persistent"), AT(train.positive_persistent), FIXED, BOOLEAN(false),
     NEEDS = "model.hidden_couplings=true",
     HELP = "With U: these sweeps begin, in place of fair coins, at the hidden states that each place of the batch "
             "had in the step before"},
    {KEY("model.lattice"), AT(model.lattice), FIXED, TEXT("", "one to three lengths as 64 or 64x64, or nothing"),
     .refused = true,
     HELP = "ising: a lattice of these lengths; units are numbered row by row"},
    {KEY("model.periodic"), AT(model.periodic), FIXED, BOOLEAN(true),
     HELP = "ising: whether the lattice's last sites are the first ones' neighbours"},
    {KEY("model.edges"), AT(model.edges), FREE, TEXT("", "the name of a file of edges, or nothing"),
     .is_path = true,
     .refused = true,
     HELP = "ising, in place of a lattice, and boltzmann and potts, where only these units (potts: columns) are to be "
             "coupled: a text file of edges, two numbers of units (from 0; hidden after visible) a line; a third "
             "number is where the edge's coupling begins, or with one unit twice its field (not potts). Also Gset, "
             "Matrix Market and DIMACS, from 1"},
    {KEY("model.fields"), AT(model.fields), FREE, TEXT("", "the name of a file of numbers, or nothing"),
     .is_path = true,
     .refused = true,
     HELP = "ising with couplings per_edge, and boltzmann: where each unit's field h or bias begins, a text or npy "
             "file of as many numbers as there are units"},
    {KEY("model.spins"), AT(model.spins), FIXED, CHOICE(HOL_MODEL_SPINS_SIGNED, "signed", "binary"),
     HELP = "ising: s is -1 or 1 (signed), or 0 or 1 (binary)"},
    {KEY("model.couplings"), AT(model.couplings), FIXED, CHOICE(HOL_MODEL_COUPLINGS_SHARED, "shared", "per_edge"),
     HELP = "ising: one coupling J for all edges and one field h for all units, or one of each for each"},
    {KEY("model.coupling"), AT(model.coupling), FIXED, NUMBER(0, -1e6, 1e6),
     HELP = "ising: where J begins, unless model.edges says"},
    {KEY("model.field"), AT(model.field), FIXED, NUMBER(0, -1e6, 1e6),
     HELP = "ising: h of a model that is sampled without training; training takes it from the data"},
    {KEY("model.layers"), AT(model.layers), FIXED, TEXT("", "a list of layers"),
     .is_list = true,
     .refused = true,
     HELP = "network: the layers, visible ones first, as {name: top, units: 64, hidden: true, type: binary}, or type: "
            "spin, or type: categorical, hidden ones with states: 2 to 256. Visible ones are the data's columns in "
            "their order; one of them may leave its units to these"},
    {KEY("model.blocks"), AT(model.blocks), FIXED, TEXT("", "a list of blocks"),
     .is_list = true,
     .refused = true,
     HELP = "network: couplings between two layers or within one, as {layers: [low, top]}; of edges, {layers: [low], "
            "edges: FILE}, two numbers of units a line, from 0, a later layer's after an earlier one's; or of a "
            "lattice, {layers: [low], lattice: 8x8, periodic: false}; with shared: true one for all of them"},
    {KEY("model.variables"), AT(model.variables), FIXED, .value.type = HOL_VALUE_VARIABLES,
     .refused = true,
     HELP = "mrf: the variables, columns of the data, with their numbers of states, as {A: 2, B: 3}; or [A, B] where "
             "each has 2"},
    {KEY("model.cliques"), AT(model.cliques), FIXED, .value.type = HOL_VALUE_CLIQUES,
     .refused = true,
     HELP = "mrf: the cliques with the tables that training begins at, as {variables: [A, B], potentials: [1, 2, 3, "
             "0, 5, 6]}, the last variable fastest; or energies, the negative logarithms; without a table all "
             "potentials are 1. A potential of 0 (an energy of .inf) forbids and is not learned"},
    {KEY("model.file"), AT(model.file), FREE, TEXT("", "the name of a .uai or .fg file, or nothing"),
     .is_path = true,
     .refused = true,
     HELP = "mrf: in place of variables and cliques, a factor graph in the UAI or the libDAI format"},
    {KEY("model.temperature"), AT(model.temperature), FIXED, NUMBER(1, 0, INFINITY), LOW_OPEN,
     HELP = "tau in p(x) = exp(-E(x) / tau) / Z",
     .others = "T temp tau"},

    {KEY("train.method"), AT(train.method), FIXED, CHOICE(HOL_METHOD_PCD, "pcd", "cd"),
     HELP = "Where the negative phase's chains start: where the last step left them (pcd, persistent contrastive "
             "divergence), or at the batch (cd)",
     .others = "algorithm algo"},
    {KEY("train.sweeps"), AT(train.sweeps), FIXED, INTEGER_OR_AUTO(1, 1000000),
     HELP = "Gibbs sweeps per step, the k of PCD-k and CD-k. auto: 1 for large models, up to 5 for small ones",
     .others = "k n_gibbs gibbs_steps gibbs n_sweeps cd_k pcd_k mcmc_steps n_gibbs_steps nsweeps"},
    {KEY("train.missing_sweeps"), AT(train.missing_sweeps), FIXED, INTEGER(5, 1, 1000000),
     HELP = "Where data.train has missing values: Gibbs sweeps over those and the hidden units in each positive phase, "
             "known values held, from random values by the columns' means"},
    {KEY("train.chains"), AT(train.chains), FIXED, INTEGER_OR_AUTO(1, COUNT_MAX),
     NEEDS = "train.method=pcd",
     HELP = "Persistent chains over all ranks; cd has as many as the batch has samples and ignores this. auto: as many "
             "as the batch has, but 512 at least, shared out among the levels in whole blocks of 64",
     .others = "n_chains num_chains nchains particles n_particles num_particles fantasy_particles"},
    {KEY("train.levels"), AT(train.levels), FIXED, INTEGER(1, 1, HOL_TRAINER_LEVELS_MAX),
     NEEDS = "train.method=pcd", .refused = true,
     HELP = "Levels of parallel tempering, each with train.chains chains; 1 for none, cd has none. The highest is the"
             " model, the others are between it and independent units, at equally spaced inverse temperatures",
     .others = "replicas n_replicas temperatures n_temperatures tempering parallel_tempering"},
    {KEY("train.lowest_beta"), AT(train.lowest_beta), FIXED, NUMBER(0, 0, 1), HIGH_OPEN,
     NEEDS = "train.method=pcd train.levels>1",
     HELP = "Inverse temperature of the lowest level: 0 is independent units with the data's means"},
    {KEY("train.positive"), AT(train.positive), FIXED, CHOICE_OR_AUTO("batches", "exact"),
     NEEDS = "train.method=pcd",
     HELP = "What the data's expectations are over: each step's batch, or exactly the whole weighted data set, once "
             "(exact), which only models without hidden units can. auto: exact where it can be, but for grey levels "
             "that are drawn anew and missing values",
     .others = "positive_phase exact_positive full_batch"},
    {KEY("train.pseudo_count"), AT(train.pseudo_count), FIXED, NUMBER_OR_AUTO(0, 1), HIGH_OPEN,
     NEEDS = "train.method=pcd",
     HELP = "With train.positive exact: the data's expectations are 1 - this times those of the rows plus this times "
             "those of states that are all as likely, so that what no row shows has no infinite energy. auto: for "
             "potts 1 over the sum of the rows' weights, of which the largest counts 1 (without weights, over the "
             "rows), else 0",
     .others = "pseudocount pc alpha_pseudo pseudo_counts regularization_pseudocount"},
    {KEY("train.batch_size"), AT(train.batch_size), FIXED, INTEGER_OR_AUTO(1, COUNT_MAX),
     HELP = "Samples per step over all ranks; multiples of 64 waste no work; with train.positive exact it only says "
             "that a step is so much of an epoch. auto: the power of two next to a twentieth of the training data, "
             "from 64 to 1024",
     .others = "batch batchsize minibatch minibatch_size mini_batch_size bs n_batch batch_len"},
    {KEY("train.steps"), AT(train.schedule.steps), FREE, INTEGER_OR_AUTO(0, STEPS_MAX),
     HELP = "Length of the run in steps; 0 when train.epochs gives it. Only one of the two may be above 0. auto: 4 "
             "for each row of the training data, but from 1000 to 16000, and fewer of these where a step is much work",
     .others = "iterations n_iterations iters max_iter max_steps n_steps num_steps updates n_updates"},
    {KEY("train.epochs"), AT(epochs), FREE, NUMBER(0, 0, 1e9),
     HELP = "Length of the run in passes over the training data, fractions allowed; above 0 it takes the place of "
             "train.steps auto",
     .others = "n_epochs num_epochs max_epochs n_iter nepochs passes"},
    {KEY("train.learning_rate"), AT(train.schedule.rate), SHAPES, NUMBER_OR_AUTO(0, INFINITY), LOW_OPEN,
     HELP = "Learning rate r after the warm-up. auto: the smaller the more parameters there are, from 0.5 for small "
             "models to 0.05 at 400000 parameters; for adam a fortieth of that",
     .others = "lr eta alpha rate step_size stepsize epsilon_w"},
    {KEY("train.schedule"), AT(train.schedule.kind), SHAPES,
     CHOICE(HOL_SCHEDULE_LINEAR, "constant", "linear", "exponential", "inverse_time"),
     HELP = "How the rate goes on: constant r; linear or exponential from r to train.final_learning_rate at the last "
             "step; inverse_time r / (1 + step / train.decay_steps)",
     .others = "lr_schedule scheduler decay lr_decay"},
    {KEY("train.final_learning_rate"), AT(train.schedule.final_rate), SHAPES, NUMBER(0, 0, INFINITY),
     NEEDS = "train.schedule=linear|exponential",
     HELP = "Rate at the last step of linear and exponential, which needs it above 0",
     .others = "final_lr lr_min min_lr min_learning_rate"},
    {KEY("train.decay_steps"), AT(train.schedule.decay_steps), SHAPES, INTEGER(1000, 1, STEPS_MAX),
     NEEDS = "train.schedule=inverse_time",
     HELP = "Steps after which inverse_time has halved the rate"},
    {KEY("train.warmup_steps"), AT(train.schedule.warmup_steps), SHAPES, INTEGER(0, 0, STEPS_MAX),
     HELP = "Steps in which the rate first rises from 0 in proportion",
     .others = "warmup warm_up"},
    {KEY("train.cooldown_steps"), AT(train.schedule.cooldown_steps), FREE, INTEGER(0, 0, STEPS_MAX),
     HELP = "Steps at the end in which the rate falls to 0 in proportion, from what train.schedule makes of it. At a "
             "constant rate a complete run, resumed with so many steps more, is the run that had them from the start",
     .others = "cooldown cool_down anneal_steps"},
    {KEY("train.until_pearson"), AT(train.until_pearson), FREE, NUMBER(0, 0, 1),
     NEEDS = "train.method=pcd", .refused = true,
     HELP = "Ends the run when the persistent chains' correlations have come so near to the training data's: Pearson's "
             "coefficient of c_ij(a, b) = f_ij(a, b) - f_i(a) f_j(b) over all pairs of columns, or of visible units, "
             "and all their states. It is taken at evaluations, too, and shown; 1 only shows it. 0 for never. Data "
             "are bits or states without missing values then",
     .others = "target_pearson target pearson target_cc stop_at_pearson"},
    {KEY("train.pearson_every"), AT(train.pearson_every), FREE, INTEGER(10, 1, STEPS_MAX),
     NEEDS = "train.until_pearson>0",
     HELP = "Steps after which it is looked at again, beside evaluations"},
    {KEY("train.optimiser"), AT(train.optimiser.kind), FIXED, CHOICE(HOL_OPTIMISER_MOMENTUM, "momentum", "adam"),
     HELP = "Gradient ascent with momentum, or Adam, which wants rates near 0.001",
     .others = "optimizer optim solver"},
    {KEY("train.momentum"), AT(train.optimiser.momentum), FIXED, NUMBER(0.5, 0, 1), HIGH_OPEN,
     HELP = "Share of the last update that is added to the next; 0 is plain gradient ascent. Adam's beta_1, for which"
             " 0.9 is usual",
     .others = "beta1 beta_1 mu"},
    {KEY("train.square_decay"), AT(train.optimiser.square_decay), FIXED, NUMBER(0.999, 0, 1), HIGH_OPEN,
     NEEDS = "train.optimiser=adam",
     HELP = "Adam's beta_2: the memory of the mean squares of the gradient",
     .others = "beta2 beta_2 rmsprop_decay"},
    {KEY("train.epsilon"), AT(train.optimiser.epsilon), FIXED, NUMBER(1e-8, 0, INFINITY), LOW_OPEN,
     NEEDS = "train.optimiser=adam",
     HELP = "Adam's epsilon, added to the root of the mean squares"},
    {KEY("train.cosine_gain"), AT(train.optimiser.cosine_gain), FIXED, NUMBER(0, 0, 1), HIGH_OPEN,
     HELP = "The rate is multiplied, at each step, by 1 + this times the cosine similarity of the last two gradients,"
             " for good; 0 for never, 0.01 to 0.1 when wanted"},
    {KEY("train.clip_norm"), AT(train.optimiser.clip_norm), SHAPES, NUMBER(0, 0, INFINITY),
     HELP = "A gradient of a larger Euclidean norm is scaled down to this; 0 for never",
     .others = "grad_clip gradient_clipping max_norm clip"},
    {KEY("train.weight_decay"), AT(train.optimiser.penalty.l2), SHAPES, NUMBER(0, 0, INFINITY),
     HELP = "L2 penalty on the weights, not on biases: this times W is taken from the gradient",
     .others = "wd l2 lambda weightdecay l2_penalty weight_penalty weight_cost weightcost regularization"},
    {KEY("train.l1"), AT(train.optimiser.penalty.l1), SHAPES, NUMBER(0, 0, INFINITY),
     HELP = "L1 penalty on the weights: this times the sign of W is taken from the gradient, so that weak ones swing "
            "about 0 and none is 0; fewer couplings of pairs by --keep-edges",
     .others = "lasso l1_penalty"},
    {KEY("train.sparsity_target"), AT(train.optimiser.penalty.sparsity_target), SHAPES,
     NUMBER(0.1, 0, 1), LOW_OPEN, HIGH_OPEN,
     NEEDS = "train.sparsity_cost>0",
     HELP = "Wished mean activity of hidden units; without effect when train.sparsity_cost is 0"},
    {KEY("train.sparsity_cost"), AT(train.optimiser.penalty.sparsity_cost), SHAPES, NUMBER(0, 0, INFINITY),
     HELP = "Hidden biases go by this times the target minus the running mean activity; 0 for not"},
    {KEY("train.average_steps"), AT(train.average_steps), FIXED, INTEGER(0, 0, STEPS_MAX),
     HELP = "Horizon, in steps, of the average of the iterates that metrics, evaluate and sample use instead of the "
             "last one; 0 for none",
     .others = "ema swa polyak averaging"},
    {KEY("train.centered"), AT(train.optimiser.centered), FIXED, BOOLEAN(true),
     HELP = "Centred gradient: running means are taken from the units' states before they are multiplied",
     .others = "centering centring centred centred_gradient center"},
    {KEY("train.centering_rate"), AT(train.optimiser.centering_rate), FIXED, NUMBER(0.01, 0, 1), LOW_OPEN,
     NEEDS = "train.centered=true,train.sparsity_cost>0",
     HELP = "Weight of the newest batch in these means"},
    {KEY("train.initial_weights"), AT(train.initial_weights), FIXED, NUMBER(0.01, 0, INFINITY), LOW_OPEN,
     HELP = "Standard deviation of the normal distribution of the first weights; visible biases come from the data",
     .others = "init_std weight_std w_init init_scale sigma"},
    {KEY("train.start"), AT(start), FIXED, TEXT("", "a checkpoint or a run's directory, or nothing"),
     .is_path = true,
     HELP = "In place of these first parameters those of a checkpoint, of another run or an import, whose model has "
             "the same kind, columns and structure (potts: other pairs begin at 0); chains are new, the data's "
             "expectations those of data.train",
     .others = "init init_from start_from warm_start pretrained initial_model params from_checkpoint"},
    {KEY("train.overlap"), AT(train.overlap), FREE, BOOLEAN(true),
     HELP = "Sums over ranks travel while the ranks compute; false waits for each, to measure what that saves. The "
             "result is the same"},
    {KEY("train.watchdog"), AT(watchdog), FREE, TEXT("auto", "auto, off, or a time from 1 s: seconds, M:SS or "
                                                                "H:MM:SS"),
     HELP = "A rank that makes no progress for so long says where it stands and ends the run with exit code 76, to be "
             "submitted again; auto is 15 minutes, or ten times the longest step, evaluation or checkpoint so far "
             "where that is more; off for never"},

    {KEY("evaluate.every"), AT(train.evaluate_every), FREE, INTEGER(0, 0, STEPS_MAX),
     HELP = "Steps between evaluations; 0: once per epoch, but at most every 250 steps",
     .others = "eval_every log_every log_interval eval_interval"},
    {KEY("evaluate.samples"), AT(evaluate.samples), FIXED, INTEGER(1024, 64, COUNT_MAX),
     HELP = "Samples of each split that an evaluation looks at, or all when there are fewer"},
    {KEY("evaluate.exact_units"), AT(train.exact_units), FREE, INTEGER(-1, -1, 24),
     HELP = "The exact log-likelihood is computed, in time 2^n, when n is at most this; 0 for never, -1 for where it "
             "costs next to nothing. n is the smaller of visible and hidden; boltzmann sums out a side only if it has "
             "no couplings of its own"},
    {KEY("evaluate.walks"), AT(train.walks), FIXED, INTEGER(0, 0, 1 << 20),
     HELP = "Where ln Z is not exact so many walks carry it along the run, from evaluation to evaluation, for "
             "likelihoods; 0 for none, otherwise a multiple of 64, at least 256"},
    {KEY("evaluate.patience"), AT(train.patience), FREE, INTEGER(0, 0, COUNT_MAX),
     HELP = "Ends the run after so many evaluations without a better log-likelihood of the validation set; 0 for "
             "never",
     .others = "early_stopping"},

    {KEY("checkpoint.every"), AT(train.checkpoint_every), FREE, INTEGER(0, 0, STEPS_MAX),
     HELP = "Steps between checkpoints; 0 for only by time and at the end",
     .others = "save_every save_interval save_freq checkpoint_every"},
    {KEY("checkpoint.minutes"), AT(checkpoint.minutes), FREE, NUMBER(10, 0, INFINITY),
     HELP = "Minutes between checkpoints; 0 for never by time"},
    {KEY("checkpoint.keep"), AT(checkpoint.keep), FREE, INTEGER(2, 1, 1000),
     HELP = "Checkpoints kept, the newest ones"},
    {KEY("checkpoint.best"), AT(checkpoint.best), FREE, BOOLEAN(false),
     HELP = "Keeps the checkpoint of the best log-likelihood of the validation set, too, as checkpoint-best.h5, which "
             "commands then take of the run's directory"},

    {KEY("output"), AT(output), FREE, TEXT("", "the name of a directory"),
     .is_path = true,
     HELP = "Directory of checkpoints and results; empty for the config's own name without .yaml",
     .others = "outdir out_dir output_dir out outputdir save_dir logdir log_dir directory results_dir"},
};
/* clang-format on */
const size_t hol_config_row_count = sizeof hol_config_rows / sizeof *hol_config_rows;
const hol_value_table hol_config_table = {hol_config_rows, sizeof hol_config_rows / sizeof *hol_config_rows,
                                          sizeof *hol_config_rows};
_Static_assert(sizeof hol_config_rows / sizeof *hol_config_rows <= HOL_CONFIG_MAX_ROWS, "raise HOL_CONFIG_MAX_ROWS");
