/* status: how a function of holode says that it failed.
 *
 * Everything that can fail returns a hol_status: HOL_OK, which is NULL, or a failure with its code and its message,
 * which whoever gets it owns: it is returned on, or handed to one of the functions below that take it over. Nothing is
 * allocated where nothing fails. A code is the program's exit code. A message is one line that names the file, the
 * place in it, what was found and what was expected: "run.yaml:12:3: train.sweeps: found 0, expected a whole number
 * from 1". None of these functions is collective. */
#ifndef HOL_BASE_STATUS_H
#define HOL_BASE_STATUS_H

#include <stdbool.h>

typedef struct hol_failure *hol_status;

#define HOL_OK ((hol_status)0)

typedef enum hol_code {
    HOL_FAILURE = 1,   /* the machine's fault: memory, disk, MPI, HDF5 */
    HOL_USAGE = 2,     /* the command line or the config is wrong */
    HOL_BAD_INPUT = 3, /* a data set, model or checkpoint is wrong */
    HOL_NUMERICAL = 4, /* parameters are not finite or have diverged */
    HOL_STOPPED = 75,  /* stopped early with a checkpoint: submit again */
    HOL_STALLED = 76   /* no progress, ended by base/watchdog.h: submit again */
} hol_code;

#define HOL_MUST_USE __attribute__((warn_unused_result))
#define HOL_FORMAT(format_at, arguments_at) __attribute__((format(printf, format_at, arguments_at)))

/* Jump to the function's `cleanup:` label when a call fails; `status` must be a local hol_status, and HOL_OK before. */
#define HOL_TRY(call)                                                                                                  \
    do {                                                                                                               \
        status = (call);                                                                                               \
        if (status != HOL_OK) goto cleanup;                                                                            \
    } while (0)

/* A failure with this message, cut at 1,023 bytes. Not for use inside parallel regions. */
hol_status hol_error(hol_code code, const char *format, ...) HOL_FORMAT(2, 3) HOL_MUST_USE;

/* The same in place of `old`, which is taken over; its message may be among the arguments. */
hol_status hol_error_replace(hol_status old, hol_code code, const char *format, ...) HOL_FORMAT(3, 4) HOL_MUST_USE;

/* 0 for HOL_OK. */
hol_code hol_error_code(hol_status status);

/* "" for HOL_OK. Borrowed: it lives as long as the failure. */
const char *hol_error_message(hol_status status);

/* The first of two outcomes that is a failure: what went wrong when closing is told only where nothing had before. Both
 * are taken over. */
hol_status hol_error_first(hol_status first, hol_status second) HOL_MUST_USE;

/* Forgets a failure that the caller deals with; HOL_OK is fine. Returns whether it was one. */
bool hol_error_drop(hol_status status);

#endif
