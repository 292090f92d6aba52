/* settle: a run's config without the word auto (cli/auto.h). */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/memory.h"
#include "base/words.h"
#include "cli/auto.h"
#include "io/checkpoint.h"

enum { TEXT_SIZE = 256 };

/* ---- from an earlier run ----------------------------------------------------------------------------------------- */

/* Nothing beside the config: who takes the run up reads all of a file, and tells of what is wrong with it. */
static hol_status list_nothing(void *context, const hol_checkpoint_file *file, hol_field_list *list) {
    (void)context;
    (void)file;
    (void)list;
    return HOL_OK;
}

static hol_status inherit(hol_comm *comm, const char *directory, const char *from, hol_config *config, char *said) {
    hol_status status = HOL_OK;
    hol_checkpoint_info info = {0};
    hol_config *earlier = NULL;
    const hol_config before = *config;
    char path[HOL_CHECKPOINT_PATH_MAX], text[TEXT_SIZE];
    bool found = false;
    if (directory) HOL_TRY(hol_checkpoint_find(comm, list_nothing, directory, path, &found));
    if (!found && from) (void)snprintf(path, sizeof path, "%s", from);
    if (!found && !from) return HOL_OK;
    HOL_TRY(hol_checkpoint_read_info(comm, path, &info));
    HOL_TRY(hol_comm_agree(comm, hol_config_parse(path, info.config, strlen(info.config), NULL, 0, &earlier)));
    hol_config_complete(earlier);
    hol_config_inherit(config, earlier);
    hol_config_describe_choice(&before, config, text, sizeof text);
    if (*text) (void)snprintf(said, HOL_AUTO_SAID_SIZE, "auto, as in %s: %s", path, text);
cleanup:
    hol_config_destroy(earlier);
    hol_checkpoint_info_clear(&info);
    return status;
}

/* ---- by arithmetic ----------------------------------------------------------------------------------------------- */

/* What the model is, by making it without its memory. What is wrong with the options is told where it is made for good.
 */
static bool measure(hol_comm *real, const hol_model_options *options, const hol_training_data *data, bool draws,
                    hol_config_sizes *sizes) {
    hol_status status = HOL_OK;
    hol_memory *memory = NULL;
    hol_comm *comm = NULL;
    hol_team *team = NULL;
    hol_model *model = NULL;
    hol_model_options o = *options;
    HOL_TRY(hol_memory_create(&memory));
    HOL_TRY(hol_comm_create_measuring(real, memory, 0, 1, 1, &comm));
    HOL_TRY(hol_team_create(comm, &team));
    hol_memory_enter(memory, "model's tables");
    o.team = team;
    HOL_TRY(hol_model_create(&o, &model));
    sizes->units = model->info.visible + model->info.hidden;
    sizes->parameters = model->info.parameters;
    const bool has_states = model->info.columns.count > 0 && !data->labelled_grey;
    sizes->exact = model->info.hidden == 0 && !data->missing && (!draws || has_states);
cleanup:
    hol_model_destroy(model);
    hol_team_destroy(team);
    hol_comm_destroy(comm);
    hol_memory_destroy(memory);
    return !hol_error_drop(status);
}

static void resolve(hol_comm *comm, const hol_model_options *options, const hol_training_data *data, hol_config *config,
                    char *said) {
    hol_config_sizes sizes = {.rows = data->samples > 0 ? data->samples : 1, .units = 1, .parameters = 1};
    if (data->weights && data->weights->total > 0 && data->weights->largest > 0)
        sizes.effective = data->weights->total / data->weights->largest;
    else sizes.effective = (double)sizes.rows;
    const bool draws = config->data.binarize == HOL_CONFIG_BINARIZE_SAMPLE && !data->binary;
    const hol_config before = *config;
    char text[TEXT_SIZE];
    const bool known = measure(comm, options, data, draws, &sizes);
    hol_config_resolve(config, &sizes);
    hol_config_describe_choice(&before, config, text, sizeof text);
    if (known && *text) hol_words_append(said, HOL_AUTO_SAID_SIZE, "%sauto: %s", *said ? "\n" : "", text);
}

/* ---- a run's ----------------------------------------------------------------------------------------------------- */

static hol_status copy(const hol_config *config, hol_config **ret_copy) {
    char *text = NULL;
    hol_status status = hol_config_dump(config, &text);
    if (status == HOL_OK) status = hol_config_parse("config", text, strlen(text), NULL, 0, ret_copy);
    hol_free(text);
    return status;
}

hol_status hol_cli_settle_config(hol_comm *comm, const hol_config *config, const char *directory, const char *from,
                                 const hol_model_options *options, const hol_training_data *data,
                                 hol_config **ret_config, char **ret_text, char said[HOL_AUTO_SAID_SIZE]) {
    hol_status status = HOL_OK;
    hol_config *settled = NULL;
    *ret_config = NULL;
    *ret_text = NULL;
    said[0] = '\0';
    if (!hol_config_has_auto(config)) return HOL_OK;
    HOL_TRY(hol_comm_agree(comm, copy(config, &settled)));
    HOL_TRY(inherit(comm, directory, from, settled, said));
    if (hol_config_has_auto(settled)) resolve(comm, options, data, settled, said);
    HOL_TRY(hol_comm_agree(comm, hol_config_dump(settled, ret_text)));
    *ret_config = settled;
    settled = NULL;
cleanup:
    hol_config_destroy(settled);
    return status;
}
