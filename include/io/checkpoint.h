/* clang-format off: a list, an entry a line */
/* checkpoint: all that a run is, in one HDF5 file, whole or not at all.
 *
 * DIRECTORY/checkpoint-000001000.h5 (the step, at least nine digits) does not depend on the number of ranks that wrote
 * it, and can be read by any number. Its names are plain, for h5py, h5dump and HDFView:
 *
 *   /                            attributes: format "holode checkpoint", format_version 2, holode_version, model
 *                                (its kind: "rbm" ...), visible, hidden, temperature, step, seed,
 *                                data_fingerprint, chains (0: none), history_rows, item_shape (height, width; absent
 *                                when items are no images), walks and batch_size (absent without), checksum
 *
 * Version 1 has the same layout; the further steps of its run are not those that the holode that wrote it would have
 * made, to the last bit (hol_run_options.resume_older).
 *
 * The data sets are /config and the fields that their owners list (state/fields.h); `holode help files` prints them.
 *
 *     import h5py; f = h5py.File("checkpoint-000001000.h5"); w = f["parameters/weights"][:]; f.attrs["step"]
 *     text = f["config"][()].decode()
 *
 * Checksums. Every data set has the attribute `checksum` (uint64), so damage is noticed and an older checkpoint taken:
 * the sum modulo 2^64, over its rows, of a hash of the row's bytes and number, which can be taken by any number of
 * ranks in any order. A row is what one index of the first dimension selects (one element of a vector; all of the
 * config's text). With rotl a rotation to the left, for row r from 0:
 *
 *     h = (r + 1) * 0x9E3779B97F4A7C15;  for each 8 bytes w, little-endian, the last ones filled up with zeros:
 *     h = rotl((h ^ w) * 0x9FB21C651E98DF25, 29);  then  h ^= h >> 32; h *= 0xD6E8FEB86659FD93; h ^= h >> 32
 *
 * Every step is one to one, so a change inside one 8-byte word can't go unnoticed. The root's attribute is the same of
 * a text made of the other attributes' values. A data set changed by hand is refused as a damaged one is, until the
 * file is sealed anew (io/seal.h). HDF5's own structure is guarded by a trailer behind HDF5's end of the file, which
 * other programs do not see (io/guard.h); a file without it is refused.
 *
 * Writing. Under a temporary name (.checkpoint-STEP.TOKEN.RANDOM.h5.tmp) rank 0 creates the file's structure, and
 * reserves its space where the file system can; then all ranks open it, write their rows to the places where HDF5 has
 * put them, fsync and close it; then rank 0 appends the trailer, fsyncs the file, renames it, and fsyncs the directory.
 * The ranks agree after each of these steps: an error of any of them, whatever it is (a full disk, a quota, a limit on
 * file sizes or open files, an input/output error), ends the write on all. No MPI-IO is involved, where such an error
 * leaves the other ranks waiting for ever. The former checkpoints are touched only after the rename. The token differs
 * between runs: a run that lives on in a cut-off node can't get into the file that its successor is writing; and before
 * it writes or renames anything, it sees that the directory has another owner (io/owner.h). */
/* clang-format on */
#ifndef HOL_IO_CHECKPOINT_H
#define HOL_IO_CHECKPOINT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/comm.h"
#include "base/status.h"
#include "io/owner.h"
#include "state/fields.h"
#include "state/structure.h"

enum { HOL_CHECKPOINT_FORMAT_VERSION = 2, HOL_CHECKPOINT_PATH_MAX = 4096 };

/* What a checkpoint says of its run beside the state. */
typedef struct hol_checkpoint_facts {
    const char *config; /* borrowed: the resolved config, YAML; NULL counts as "" */
    uint64_t seed;
    int64_t item_shape[2]; /* height and width of an item; 0, 0 when it is no image */
    hol_owner *owner;      /* borrowed: rank 0's claim to the directory; NULL elsewhere, or when there is none */
} hol_checkpoint_facts;

/* What a file says of itself: enough to create the model and its population. */
typedef struct hol_checkpoint_info {
    char path[HOL_CHECKPOINT_PATH_MAX];
    char *config;   /* owned; never NULL once read */
    char *version;  /* owned: of the holode that wrote it */
    int64_t format; /* format_version, 1 to HOL_CHECKPOINT_FORMAT_VERSION; written files have the newest */
    char model[64];
    int64_t visible, hidden;
    double temperature;
    int64_t step;
    uint64_t seed;
    uint64_t data_fingerprint;
    int64_t chains; /* 0 with cd */
    int64_t history_rows;
    int64_t item_shape[2];                              /* 0, 0 when absent */
    int64_t walks;                                      /* that carry ln Z along; 0 without */
    int64_t batch_size;                                 /* samples whose hidden states are kept; 0 without */
    int64_t bytes_most;                                 /* what the file can hold of anything, going by its size */
    int structure_count;                                /* what the model is made from, in the order of the names */
    hol_structure structures[HOL_MODEL_STRUCTURES_MAX]; /* names and values owned */
} hol_checkpoint_info;

/* Gives back what info owns and empties it. NULL and empty ones are fine. Not collective. */
void hol_checkpoint_info_clear(hol_checkpoint_info *info);

/* ---- writing */

/* Writes the fields that are kept as DIRECTORY/checkpoint-STEP.h5; directory must exist. info has the model's kind and
 * sizes, step, data_fingerprint and the counts; what facts tell is taken from there. Afterwards the newest `keep`
 * checkpoints up to this step remain, this one among them (keep < 1: all). Those of later steps, which a run that had
 * to fall back left, are not touched. path (HOL_CHECKPOINT_PATH_MAX) gets the file's name; it may be NULL, and is not
 * changed on failure. HOL_FAILURE, the same on all ranks: no space, not writable, no longer ours, a list that memory
 * was short for ...; then the former checkpoints are what they were. Memory: at most 16 MB per rank beyond the fields.
 * Collective. */
hol_status hol_checkpoint_write(hol_comm *comm, const char *directory, const hol_checkpoint_info *info,
                                const hol_field_list *fields, const hol_checkpoint_facts *facts, int64_t keep,
                                char *path) HOL_MUST_USE;

/* The same as DIRECTORY/checkpoint-best.h5, in place of the one before: a copy beside the numbered ones, which neither
 * hol_checkpoint_find nor `keep` takes for one of them, and a run does not go on from. Collective. */
hol_status hol_checkpoint_write_best(hol_comm *comm, const char *directory, const hol_checkpoint_info *info,
                                     const hol_field_list *fields, const hol_checkpoint_facts *facts,
                                     char *path) HOL_MUST_USE;

/* How many bytes the file has that hol_checkpoint_write writes of these fields, whose contents do not matter: its
 * structure is made, and thrown away. comm's memory, if it measures, counts what a rank takes to write it; comm may be
 * NULL. Not collective. */
hol_status hol_checkpoint_measure(hol_comm *comm, const hol_checkpoint_info *info, const hol_field_list *fields,
                                  const hol_checkpoint_facts *facts, int64_t *ret_bytes) HOL_MUST_USE;

/* /config, which every file has beside the fields of a list; config_bytes without the NUL. */
hol_field hol_checkpoint_config_field(char *config, int64_t config_bytes);

/* ---- an open file, for those that list its fields */

typedef struct hol_checkpoint_file hol_checkpoint_file; /* opaque */

/* Borrowed. */
const hol_checkpoint_info *hol_checkpoint_get_info(const hol_checkpoint_file *file);

/* Whether there is a data set or a group of this path. Not collective. */
bool hol_checkpoint_has(const hol_checkpoint_file *file, const char *path);

/* Adds to list, which is empty, fields of a file: for checking it, all that it may hold, without memory; for reading
 * it, those that are wanted, with memory that fits. It may refuse the file: HOL_BAD_INPUT. Called on each rank; not
 * collective. hol_state_outline (train/state.h) lists what a run's file may hold. */
typedef hol_status (*hol_checkpoint_lister)(void *context, const hol_checkpoint_file *file, hol_field_list *list);

/* ---- finding
 *
 * path is (HOL_CHECKPOINT_PATH_MAX), out. outline, called with context NULL, lists what a good file holds. All are
 * collective. */

/* The newest good checkpoint of a directory: tries them from the newest on, reads them whole, and warns of each damaged
 * one that it passes over. *ret_found is false when the directory is missing or has none. HOL_BAD_INPUT when it has
 * some, but none of them is good: a run must not start anew over them without a person's word. */
hol_status hol_checkpoint_find(hol_comm *comm, hol_checkpoint_lister outline, const char *directory, char *path,
                               bool *ret_found) HOL_MUST_USE;

/* Whether a directory has a checkpoint-best.h5, good or not, and that name. */
hol_status hol_checkpoint_find_best(hol_comm *comm, const char *directory, char *path, bool *ret_found) HOL_MUST_USE;
/* Whether a path is of that name. Not collective. */
bool hol_checkpoint_is_best(const char *path);

/* What a command's FILE means to one that wants a model: a checkpoint itself, or a run's directory, of which it is
 * checkpoint-best.h5 where there is a good one (of a damaged one it warns), else the newest good one. And to one that
 * looks at a run: of a directory always the newest good one. HOL_BAD_INPUT when there is none. */
hol_status hol_checkpoint_resolve(hol_comm *comm, hol_checkpoint_lister outline, const char *file,
                                  char *path) HOL_MUST_USE;
hol_status hol_checkpoint_resolve_newest(hol_comm *comm, hol_checkpoint_lister outline, const char *file,
                                         char *path) HOL_MUST_USE;

/* Whether the file that was found in a directory ("": none was) has gone meanwhile: a run at work keeps its newest ones
 * only. What failed to read it then finds and reads again, HOL_CHECKPOINT_LOOKS times at most. */
enum { HOL_CHECKPOINT_LOOKS = 100 };
bool hol_checkpoint_is_gone(hol_comm *comm, const char *file, const char *path);

/* Whether what was read since info was is of one file, on all ranks: a run at work puts another one in the place of
 * checkpoint-best.h5. If it isn't, all is read again likewise. */
hol_status hol_checkpoint_is_same(hol_comm *comm, const hol_checkpoint_info *info, bool *ret_same) HOL_MUST_USE;

/* Reads all of a file and compares it with its checksums; each rank reads a part. HOL_BAD_INPUT when it is damaged. */
hol_status hol_checkpoint_validate(hol_comm *comm, hol_checkpoint_lister outline, const char *path) HOL_MUST_USE;

/* ---- reading
 *
 * All are collective, and end the same on all ranks, whichever rank can't read the file; each rank reads serially what
 * it needs, and checks it. Errors: HOL_BAD_INPUT, naming file, place, found and expected: no checkpoint, of a newer
 * format, damaged, of another model. After an error the outputs hold anything. */

/* *ret_info is the caller's to clear, also after an error. */
hol_status hol_checkpoint_read_info(hol_comm *comm, const char *path, hol_checkpoint_info *ret_info) HOL_MUST_USE;

/* The fields that lister(context, ...) lists, into their memory. HOL_BAD_INPUT, too, when the file has an optional
 * field that is listed without memory, or lacks one with. */
hol_status hol_checkpoint_read(hol_comm *comm, const char *path, hol_checkpoint_lister lister,
                               void *context) HOL_MUST_USE;

#endif
