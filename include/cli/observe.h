/* observe: what `holode sample` can do with chains beside drawing samples. */
#ifndef HOL_CLI_OBSERVE_H
#define HOL_CLI_OBSERVE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/comm.h"
#include "base/status.h"
#include "cli/model.h"
#include "result/result.h"
#include "sample/cooling.h"

/* Lets the chains settle for `settle` sweeps, measures (sample/observables.h) and prints. The source's model is
 * prepared. Collective. */
hol_status hol_cli_observe(hol_comm *comm, const hol_cli_model *source, hol_population *chains, uint64_t seed,
                           int64_t settle, int64_t measurements, hol_result *result) HOL_MUST_USE;

/* Adds what cooling found. */
void hol_cli_add_cooling(const hol_cli_model *source, const hol_cooling *cooling, int64_t chains,
                         const hol_cooling_best *best, hol_result *to);

#endif
