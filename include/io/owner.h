/* owner: which start of a run a directory belongs to.
 *
 * A scheduler that loses sight of a node starts the job again elsewhere. The lost node may only have been cut off: its
 * ranks live on, and still see the file system. So a directory belongs to one start of a run, the newest, and every
 * writer makes sure that it still is that one before it touches anything.
 *
 * DIRECTORY/owner is a text file of the newest start: a random token, its host and process, its Slurm job and how often
 * that had been restarted, when it began, and whether it has ended. It is replaced whole (fsync, rename). A start that
 * finds one judges the former owner:
 *
 *     it has ended                                          take the directory
 *     an earlier start of the same Slurm job                take it: the scheduler has given that one up
 *     a later start of the same Slurm job                   refuse: it is we who are left over
 *     a process of this host that is no more                take it
 *     a process of this host that lives                     refuse
 *     anything else: on another host, of another job        watch it
 *
 * An owner touches its file every few seconds. A start that watches compares the file's time with itself, not with a
 * clock, so hosts whose clocks differ do no harm: when it moves, the owner lives, and the start is refused; when it
 * stands still for several beats, the owner is dead, and the directory is taken.
 *
 * An owner that finds another token in the file has been replaced. It ends at the next step; where it can't (its other
 * ranks are gone), its process is ended after a grace time. It does not write, rename or remove anything from then on:
 * what it says of its own end goes to its own file, which has no name any more. Only a writer that was stopped for long
 * between its last look and its rename could still put a checkpoint in place, and that would be a good one: the same
 * config, data and seed give the same bits at the same step, whoever computes them.
 *
 * Nothing here is collective: rank 0 does it. */
#ifndef HOL_IO_OWNER_H
#define HOL_IO_OWNER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/comm.h"
#include "base/status.h"

typedef struct hol_owner hol_owner; /* opaque */

/* Seconds; all above 0. */
typedef struct hol_owner_times {
    double beat;  /* between two touches of the file */
    double watch; /* how long an unknown owner is watched; several beats */
    double grace; /* from the discovery of having been replaced to the process's end */
} hol_owner_times;

/* Makes this process the owner of an existing directory, and starts the thread that touches the file. `times` NULL is
 * 5, 15 and 20 s. The caller owns *ret_owner. HOL_USAGE: another start is at work in it, or its owner file is a
 * pipe, a link or anything else that is no regular file. HOL_STOPPED: asked to end (base/stop.h) while it watched.
 * HOL_FAILURE: cannot be written, out of memory. May take times->watch. */
hol_status hol_owner_claim(hol_comm *comm, const char *directory, const hol_owner_times *times,
                           hol_owner **ret_owner) HOL_MUST_USE;

/* Makes the directory, and those above it, where they are not there. HOL_USAGE: a path that is too long, or a file.
 * HOL_FAILURE: it can't be made or written to. */
hol_status hol_owner_make_directory(const char *path) HOL_MUST_USE;

/* hol_owner_claim with the usual times, in a directory that is made where it is not there. */
hol_status hol_owner_take(hol_comm *comm, const char *directory, hol_owner **ret_owner) HOL_MUST_USE;

/* HOL_OK while the directory is ours. HOL_FAILURE, naming the present owner, when it has been taken over. A file that
 * is missing is put back: nobody has taken over then. NULL is HOL_OK. */
hol_status hol_owner_check(hol_owner *owner) HOL_MUST_USE;

/* Whether a run is at work in a directory, for those that only read there: its owner has not ended, and is a process of
 * this host that lives, or has touched its file in the last minute by this host's clock. Not for those that write. */
bool hol_owner_is_at_work(const char *directory);

/* The second in which this start claimed the directory, and in the lowest 20 bits its process: those of former starts
 * are smaller. NULL: of now. */
uint64_t hol_owner_stamp(const hol_owner *owner);

/* Ends the thread, notes in our file that we have ended, frees. NULL is fine. */
void hol_owner_release(hol_owner *owner);

#endif
