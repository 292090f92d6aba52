/* footprint: a run's making, as cli/run.c has it, without data and without steps. */
#include "cli/footprint.h"

#include "base/alloc.h"
#include "sample/population.h"

/* What is read at a time, while there is no more yet than what the data go into. */
static hol_status measure_reading(const hol_training *training) {
    const hol_binarizer binarizer = hol_training_binarizer(training);
    hol_memory_enter(binarizer.memory, "data set");
    return hol_binarize_batches(NULL, &binarizer, training->batches);
}

/* What is known of the evaluated samples. */
static hol_status measure_known(const hol_training *training, const hol_training_data *data) {
    hol_status status = HOL_OK;
    hol_memory_enter(hol_comm_memory(training->comm), "evaluated samples");
    if (data->missing) HOL_TRY(hol_population_add_held(training->model, training->train_set));
    if (data->valid_missing) HOL_TRY(hol_population_add_held(training->model, training->valid_set));
cleanup:
    return status;
}

/* Of all rows: as numbers on the rank that reads them, then as *ret_weights, the caller's to hol_free. */
static hol_status measure_weights(hol_memory *memory, int64_t rows, uint32_t **ret_weights) {
    hol_status status = HOL_OK;
    double *numbers = NULL;
    hol_memory_enter(memory, "data set");
    HOL_TRY(HOL_MEMORY_ALLOCATE(memory, numbers, rows, "weights"));
    HOL_TRY(HOL_MEMORY_ALLOCATE(memory, *ret_weights, rows, "weights"));
cleanup:
    hol_free(numbers);
    return status;
}

/* As at the end of the run, with the last checkpoint being written. */
static hol_status measure_end(hol_memory *memory, const hol_training *training, const hol_checkpoint_facts *facts,
                              int64_t *ret_bytes) {
    const hol_status status = hol_trainer_measure(training->trainer);
    if (status != HOL_OK) return status;
    hol_memory_enter(memory, "writing checkpoints");
    return hol_state_measure(training->comm, training->model, hol_trainer_get_state(training->trainer), facts,
                             ret_bytes);
}

hol_status hol_footprint_measure(hol_comm *comm, hol_memory *memory, const hol_config *config, const char *config_path,
                                 const hol_model_options *options, const hol_training_data *data,
                                 const hol_checkpoint_facts *facts, int64_t ranks, int64_t node_ranks,
                                 hol_footprint *self) {
    hol_status status = HOL_OK;
    hol_training *training = &self->training;
    uint32_t *weights = NULL; /* of all rows, until the data are read */
    *self = (hol_footprint){.memory = memory};
    HOL_TRY(hol_comm_create_measuring(comm, memory, 0, (int)ranks, (int)node_ranks, &self->comm));
    if (data->weights) HOL_TRY(measure_weights(memory, data->weights->rows, &weights));
    HOL_TRY(hol_training_create(self->comm, config, config_path, options, data, training));
    HOL_TRY(measure_reading(training));
    HOL_TRY(measure_known(training, data));
    hol_free(weights);
    weights = NULL;
    HOL_TRY(hol_training_create_trainer(training, data->samples, NULL));
    HOL_TRY(measure_end(memory, training, facts, &self->checkpoint_bytes));
    self->items = hol_memory_get_peak(memory, &self->count);
    for (int i = 0; i < self->count; i++) self->rank_bytes += self->items[i].bytes;
cleanup:
    hol_free(weights);
    return status;
}

void hol_footprint_clear(hol_footprint *self) {
    hol_training_clear(&self->training);
    hol_comm_destroy(self->comm);
    *self = (hol_footprint){0};
}
