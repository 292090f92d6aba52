/* observe: observables and the lowest energy. */
#include "cli/observe.h"

#include <math.h>
#include <stdio.h>

#include "base/log.h"
#include "sample/observables.h"

static void add_head(hol_result *to, const hol_cli_model *source) {
    hol_result_text(to, "file", source->info.path);
    hol_result_number(to, "temperature", source->model->temperature);
    hol_result_set_layout(to, 0, 21, 14);
}

static void add_estimate(hol_result *to, const char *name, const char *label, hol_estimate estimate) {
    char error[64];
    (void)snprintf(error, sizeof error, "%s_error", name);
    hol_result_quantity(
        to, &(hol_quantity){name, error, label, estimate.value, estimate.error, HOL_DECIMALS_OF_ERROR, NULL, 1}, NULL);
}

static void add_times(hol_result *to, const hol_observables *o) {
    char energy[64], magnetisation[64] = "";
    if (isnan(o->energy_time)) (void)snprintf(energy, sizeof energy, "%14s: the energy never changed", "none");
    else (void)snprintf(energy, sizeof energy, "%14.3g sweeps of the energy", o->energy_time);
    if (!isnan(o->magnetisation_time))
        (void)snprintf(magnetisation, sizeof magnetisation, ", %.3g of |magnetisation|", o->magnetisation_time);
    hol_result_number(to, "energy_time", o->energy_time);
    hol_result_number(to, "magnetisation_time", o->magnetisation_time);
    hol_result_line(to, "autocorrelation", "%s%s", energy, magnetisation);
}

static void add_observables(hol_result *to, const hol_cli_model *source, int64_t settle, int64_t asked,
                            const hol_observables *o) {
    char of[32] = "";
    if (o->measurements < asked) (void)snprintf(of, sizeof of, "of %lld ", (long long)asked);
    add_head(to, source);
    hol_result_number(to, "units", (double)hol_model_variables(source->model));
    hol_result_number(to, "chains", (double)o->chains);
    hol_result_number(to, "settle", (double)settle);
    hol_result_number(to, "measurements", (double)o->measurements);
    hol_result_number(to, "blocks", (double)o->blocks);
    hol_result_line(
        to, NULL, "%lld chain%s at temperature %g, %lld %ssweeps measured after %lld; errors from %lld blocks%s",
        (long long)o->chains, o->chains == 1 ? "" : "s", source->model->temperature, (long long)o->measurements, of,
        (long long)settle, (long long)o->blocks, *of ? ", all of one length" : "");
    add_estimate(to, "energy", "energy per unit", o->energy);
    add_estimate(to, "magnetisation", "magnetisation", o->magnetisation);
    add_estimate(to, "absolute_magnetisation", "|magnetisation|", o->absolute);
    add_estimate(to, "specific_heat", "specific heat", o->specific_heat);
    add_estimate(to, "susceptibility", "susceptibility", o->susceptibility);
    add_times(to, o);
}

hol_status hol_cli_observe(hol_comm *comm, const hol_cli_model *source, hol_population *chains, uint64_t seed,
                           int64_t settle, int64_t measurements, hol_result *result) {
    hol_status status = HOL_OK;
    hol_observables o;
    hol_draw draw = {.key = hol_rng_key_make(seed, HOL_STREAM_SAMPLE)};
    hol_population_settle(comm, source->model, chains, &draw, settle);
    draw.step = 1;
    HOL_TRY(hol_observables_measure(comm, source->model, chains, &draw, measurements, &o));
    add_observables(result, source, settle, measurements, &o);
    const double longest = o.energy_time > o.magnetisation_time ? o.energy_time : o.magnetisation_time;
    if (longest * 5 > (double)o.block_length && o.chains < HOL_OBSERVABLES_BLOCKS)
        hol_log_warning(comm,
                        "blocks of %lld sweeps are not long beside an autocorrelation time of %.3g: errors may be too "
                        "small (more sweeps, or %d chains)",
                        (long long)o.block_length, longest, HOL_OBSERVABLES_BLOCKS);
cleanup:
    return status;
}

void hol_cli_add_cooling(const hol_cli_model *source, const hol_cooling *cooling, int64_t chains,
                         const hol_cooling_best *best, hol_result *to) {
    const double units = (double)hol_model_variables(source->model);
    add_head(to, source);
    hol_result_number(to, "from", cooling->from);
    hol_result_number(to, "to", cooling->to);
    hol_result_number(to, "sweeps", (double)cooling->sweeps);
    hol_result_number(to, "chains", (double)chains);
    hol_result_number(to, "energy", best->energy);
    hol_result_number(to, "chain", (double)best->chain);
    hol_result_number(to, "sweep", (double)best->sweep + 1);
    hol_result_number(to, "chains_there", (double)best->chains);
    hol_result_line(
        to, NULL,
        "lowest energy %.10g, %.8g per unit: chain %lld (from 0), sweep %lld of %lld; %lld of %lld chains saw it",
        best->energy, best->energy / units, (long long)best->chain, (long long)best->sweep + 1,
        (long long)cooling->sweeps, (long long)best->chains, (long long)chains);
}
