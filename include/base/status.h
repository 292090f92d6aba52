/* status: how a function of holode says that it failed.
 *
 * Everything that can fail returns a hol_status; the text of the newest failure lies in one buffer per process.
 * The value of a status is the program's exit code. A message is one line that names the file, the place in it,
 * what was found and what was expected: "run.yaml:12:3: train.sweeps: found 0, expected a whole number from 1". */
#ifndef HOL_BASE_STATUS_H
#define HOL_BASE_STATUS_H

typedef enum hol_status {
    HOL_OK = 0,
    HOL_FAILURE = 1,   /* the machine's fault: memory, disk, MPI, HDF5 */
    HOL_USAGE = 2,     /* the command line or the config is wrong */
    HOL_BAD_INPUT = 3, /* a data set, model or checkpoint is wrong */
    HOL_NUMERICAL = 4, /* parameters are not finite or have diverged */
    HOL_STOPPED = 75,  /* stopped early with a checkpoint: submit again */
    HOL_STALLED = 76   /* no progress, ended by base/watchdog.h: submit again */
} hol_status;

#define HOL_MUST_USE __attribute__((warn_unused_result))
#define HOL_FORMAT(format_at, arguments_at) __attribute__((format(printf, format_at, arguments_at)))

/* Jump to the function's `cleanup:` label when a call fails; `status` must be a local hol_status. */
#define HOL_TRY(call)                                                                                                  \
    do {                                                                                                               \
        status = (call);                                                                                               \
        if (status != HOL_OK) goto cleanup;                                                                            \
    } while (0)

/* Records the message (cut at 1,023 bytes) and returns code. Not collective. Not for use inside parallel regions. */
hol_status hol_error(hol_status code, const char *format, ...) HOL_FORMAT(2, 3);

/* The newest message; "" when nothing failed yet. Owned by the module, overwritten by the next hol_error. */
const char *hol_error_message(void);

/* Forgets the message, after a failure that the caller has dealt with. */
void hol_error_clear(void);

#endif
