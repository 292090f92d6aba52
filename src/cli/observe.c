/* observe: observables and the lowest energy, as lines or as one JSON object. */
#include "cli/observe.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "sample/observables.h"

/* JSON has no NaN */
static void print_number(double value) {
    if (isfinite(value)) hol_print("%.12g", value);
    else hol_print("null");
}

/* Digits as the error has them: it with two, the value to the same place. */
static void print_with_error(const char *name, hol_estimate estimate) {
    char error[32];
    int places = 0;
    (void)snprintf(error, sizeof error, "%.1e", estimate.error); /* rounded first: 0.0996 is 0.10 */
    if (isfinite(estimate.error) && estimate.error > 0) places = 1 - atoi(strchr(error, 'e') + 1);
    if (places < 0) places = 0;
    if (isfinite(estimate.error) && estimate.error > 0)
        hol_print("%-20s %14.*f +- %.*f\n", name, places, estimate.value, places, estimate.error);
    else hol_print("%-20s %14.8g +- %g\n", name, estimate.value, estimate.error);
}

static void print_estimate(const char *name, hol_estimate estimate, bool json) {
    if (!json) {
        if (!isnan(estimate.value)) print_with_error(name, estimate);
        return;
    }
    hol_print(", \"%s\": ", name);
    print_number(estimate.value);
    hol_print(", \"%s_error\": ", name);
    print_number(estimate.error);
}

static void print_head(const hol_cli_model *source) {
    hol_print("{\"file\": ");
    hol_print_json_text(source->info.path);
    hol_print(", \"temperature\": %.12g", source->model->temperature);
}

static void print_observables(const hol_cli_model *source, int64_t settle, int64_t asked, const hol_observables *o,
                              bool json) {
    char of[32] = "";
    if (o->measurements < asked) (void)snprintf(of, sizeof of, "of %lld ", (long long)asked);
    if (json) {
        print_head(source);
        hol_print(", \"units\": %lld, \"chains\": %lld, \"settle\": %lld, \"measurements\": %lld, \"blocks\": %lld",
                  (long long)hol_model_variables(source->model), (long long)o->chains, (long long)settle,
                  (long long)o->measurements, (long long)o->blocks);
    } else {
        hol_print("%lld chain%s at temperature %g, %lld %ssweeps measured after %lld; errors from %lld blocks%s\n",
                  (long long)o->chains, o->chains == 1 ? "" : "s", source->model->temperature,
                  (long long)o->measurements, of, (long long)settle, (long long)o->blocks,
                  *of ? ", all of one length" : "");
    }
    print_estimate(json ? "energy" : "energy per unit", o->energy, json);
    print_estimate("magnetisation", o->magnetisation, json);
    print_estimate(json ? "absolute_magnetisation" : "|magnetisation|", o->absolute, json);
    print_estimate(json ? "specific_heat" : "specific heat", o->specific_heat, json);
    print_estimate("susceptibility", o->susceptibility, json);
    if (!json) {
        if (isnan(o->energy_time)) hol_print("%-20s %14s: the energy never changed", "autocorrelation", "none");
        else hol_print("%-20s %14.3g sweeps of the energy", "autocorrelation", o->energy_time);
        if (isnan(o->magnetisation_time)) hol_print("\n");
        else hol_print(", %.3g of |magnetisation|\n", o->magnetisation_time);
        return;
    }
    hol_print(", \"energy_time\": ");
    print_number(o->energy_time);
    hol_print(", \"magnetisation_time\": ");
    print_number(o->magnetisation_time);
    hol_print("}\n");
}

hol_status hol_cli_observe(hol_comm *comm, const hol_cli_model *source, hol_population *chains, uint64_t seed,
                           int64_t settle, int64_t measurements, bool json) {
    hol_status status = HOL_OK;
    hol_observables o;
    hol_draw draw = {.key = hol_rng_key_make(seed, HOL_STREAM_SAMPLE)};
    if (settle > 0) source->model->ops->sweep(source->model, chains, &draw, settle);
    draw.step = 1;
    HOL_TRY(hol_observables_measure(comm, source->model, chains, &draw, measurements, &o));
    print_observables(source, settle, measurements, &o, json);
    const double longest = o.energy_time > o.magnetisation_time ? o.energy_time : o.magnetisation_time;
    if (longest * 5 > (double)o.block_length && o.chains < HOL_OBSERVABLES_BLOCKS)
        hol_log_warning("blocks of %lld sweeps are not long beside an autocorrelation time of %.3g: errors may be too "
                        "small (more sweeps, or %d chains)",
                        (long long)o.block_length, longest, HOL_OBSERVABLES_BLOCKS);
cleanup:
    return status;
}

void hol_cli_print_cooling(const hol_cli_model *source, const hol_cooling *cooling, int64_t chains,
                           const hol_cooling_best *best, bool json) {
    const double units = (double)hol_model_variables(source->model);
    if (json) {
        print_head(source);
        hol_print(", \"from\": %.12g, \"to\": %.12g, \"sweeps\": %lld, \"chains\": %lld, \"energy\": ", cooling->from,
                  cooling->to, (long long)cooling->sweeps, (long long)chains);
        print_number(best->energy);
        hol_print(", \"chain\": %lld, \"sweep\": %lld, \"chains_there\": %lld}\n", (long long)best->chain,
                  (long long)best->sweep + 1, (long long)best->chains);
        return;
    }
    hol_print(
        "lowest energy %.10g, %.8g per unit: chain %lld (from 0), sweep %lld of %lld; %lld of %lld chains saw it\n",
        best->energy, best->energy / units, (long long)best->chain, (long long)best->sweep + 1,
        (long long)cooling->sweeps, (long long)best->chains, (long long)chains);
}
