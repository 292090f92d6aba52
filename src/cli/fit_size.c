/* fit_size: whether the model of an alignment has room in this machine, before it is made, and how long it may take. */
#include <omp.h>
#include <stdio.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "cli/auto.h"
#include "cli/footprint.h"
#include "cli/model.h"
#include "fit.h"
#include "io/sample_weights.h"

/* Of a parameter, its statistics' sums and its target: what is known without making anything. */
#define BYTES_LEAST 16.0
/* Multiply-adds a second of a core: of the budget, of ten minutes of two. */
#define SPEED 6.7e10
#define GIGA 1e-9

/* Bytes of training on this node, by making all of it without memory behind it. Collective. */
static hol_status measure(const hol_fit *self, const hol_config *config, double *ret) {
    hol_status status = HOL_OK;
    hol_comm *comm = self->comm;
    hol_dataset *train = NULL;
    hol_memory *memory = NULL;
    hol_config *settled = NULL;
    hol_cli_parts parts = {0};
    hol_footprint footprint = {0};
    char *text = NULL, said[HOL_AUTO_SAID_SIZE];
    const int64_t *rows = self->data.rows;
    const hol_sample_weights weights = {.rows = rows[HOL_FIT_TRAIN], .sum = rows[HOL_FIT_TRAIN]};
    const hol_training_data data = {
        .samples = rows[HOL_FIT_TRAIN], .valid_samples = rows[HOL_FIT_VALID], .weights = &weights};
    hol_model_options model = hol_cli_model_options(config, self->data.columns);
    HOL_TRY(hol_dataset_open(comm, self->data.reference[HOL_FIT_TRAIN], "train", &train));
    HOL_TRY(hol_cli_add_columns(comm, train, &model, &parts));
    HOL_TRY(hol_cli_settle_config(comm, config, NULL, NULL, &model, &data, &settled, &text, said));
    const hol_config *c = settled ? settled : config;
    const hol_checkpoint_facts facts = hol_training_facts(c, text ? text : "", train, &parts, self->data.columns);
    status = hol_memory_create(&memory);
    if (status == HOL_OK)
        status = hol_footprint_measure(comm, memory, c, "the fit's config", &model, &data, &facts, hol_comm_size(comm),
                                       hol_comm_node_ranks(comm), &footprint);
    HOL_TRY(hol_comm_agree(comm, status));
    *ret = (double)footprint.rank_bytes * hol_comm_node_ranks(comm);
cleanup:
    hol_footprint_clear(&footprint);
    hol_memory_destroy(memory);
    hol_cli_parts_clear(&parts);
    hol_config_destroy(settled);
    hol_free(text);
    hol_dataset_close(train);
    return status;
}

hol_status hol_fit_check_size(const hol_fit *self, const hol_config *config, const hol_fit_size *size) {
    hol_status status = HOL_OK;
    char duration[32];
    const double parameters = (double)size->parameters, cores = hol_comm_size(self->comm) * omp_get_max_threads();
    double bytes = BYTES_LEAST * parameters;
    const bool is_certain = bytes > self->memory;
    if (!is_certain) HOL_TRY(measure(self, config, &bytes));
    hol_clock_describe((double)self->steps * size->step_work / (SPEED * cores), duration, sizeof duration);
    if (bytes > self->memory)
        HOL_TRY(hol_error(
            HOL_FAILURE,
            "%s: found %lld sites of %lld states, whose %.3g parameters take %s%.3g GB, expected at most "
            "the %.3g GB of this machine (and about %s for %lld steps): fewer columns (holode data import "
            "--query), or fewer pairs (model.edges), for holode train",
            self->arguments.data.data, (long long)self->data.columns, (long long)size->states, parameters,
            is_certain ? "more than " : "", GIGA * bytes, GIGA * self->memory, duration, (long long)self->steps));
    hol_log(self->comm, "%.3g parameters, %.2g GB; at most %lld steps, about %s", parameters, GIGA * bytes,
            (long long)self->steps, duration);
cleanup:
    return status;
}
