/* h5: what every HDF5 file of holode needs: opening, attributes, and HDF5's errors as one line of ours.
 *
 * Only modules of io/ include this header, because it brings in hdf5.h and, through it, MPI. */
#ifndef HOL_IO_H5_H
#define HOL_IO_H5_H

/* HDF5 1.12 and later give some functions of 1.10 other arguments unless asked for the former ones */
#ifndef H5_USE_110_API
#define H5_USE_110_API
#endif
#include <hdf5.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/comm.h"
#include "base/status.h"

/* Starts HDF5, silent and without plug-ins, or makes sure that it is. Opening and creating do so themselves.
 * HOL_FAILURE when its first start found no memory: that is comm's to remember, for HDF5 must not be called again. With
 * comm NULL, for a process without one, nothing is remembered. Not collective. */
hol_status hol_h5_start(hol_comm *comm) HOL_MUST_USE;

/* HOL_OK when result >= 0. Otherwise records "FORMATTED TEXT: HDF5's innermost reason" and returns code: the system's
 * words ("No space left on device") where the stack holds them. Call it at once after the failing HDF5 function: the
 * next one forgets the reason. A use:
 *     HOL_TRY(hol_h5_check(space = H5Screate_simple(2, dims, NULL), HOL_FAILURE, "%s", path));
 * Not collective. */
hol_status hol_h5_check(int64_t result, hol_code code, const char *format, ...) HOL_FORMAT(3, 4) HOL_MUST_USE;

/* Opens a file for the calling rank alone (POSIX driver; MPI-IO, where one rank's error hangs the others, is nowhere
 * used). The caller closes *ret_file with hol_h5_close_file, and checks it. Not collective: ranks that open the same
 * file agree afterwards. HOL_BAD_INPUT: missing, unreadable, no regular or no HDF5 file, one of ours whose structure is
 * damaged (io/guard.h), a checkpoint without trailer (unless writable: it is to get one), or open in a program that
 * writes to it. A file system without locks is fine. */
hol_status hol_h5_open(hol_comm *comm, const char *path, bool writable, hid_t *ret_file) HOL_MUST_USE;

/* Makes the open file an empty HDF5 file; the descriptor remains the caller's, and may be closed before *ret_file,
 * which is the caller's to close. Messages call the file `named`. HOL_FAILURE when it cannot be. Libraries from
 * HDF5 1.10 on can read it. Not collective. */
hol_status hol_h5_create(hol_comm *comm, int descriptor, const char *named, hid_t *ret_file) HOL_MUST_USE;

/* The same for a file that is to take the place of `path`: hol_replace_begin (io/replace.h) with an HDF5 file. */
hol_status hol_h5_begin(hol_comm *comm, const char *path, char **ret_temporary, hid_t *ret_file) HOL_MUST_USE;

/* Closes what an identifier stands for, of any kind (file, group, data set, type, space, attribute, property list);
 * negative is fine. For cleanup, where nothing is lost by ignoring the outcome: a file that was written to is closed by
 * hol_h5_close_file and hol_h5_check. Sets *id to -1. */
void hol_h5_close(hid_t *id);

/* H5Fclose; sets *file to -1. After a failure this process will leave without ending HDF5, which would die of it. Not
 * collective. */
herr_t hol_h5_close_file(hid_t *file);

/* Gives up the serially written file of an object after a failure (a full disk): from now on, what HDF5 still holds
 * back for it goes to memory instead of the disk, so that its objects and then the file itself can be closed without an
 * error, but where memory can't take it either. So flush objects and file before closing them (H5Dflush,
 * hol_h5_finish), and call this when anything failed. The file on disk is worthless afterwards. No-op for negative
 * identifiers. Not collective. */
void hol_h5_abandon(hid_t object);

/* What HDF5 writes to a file that was just created goes to memory from now on, of which only what is written takes any
 * room; *ret_memory is its descriptor, the caller's to close. After hol_h5_close_file the caller copies it to the disk,
 * where errors do no harm: HDF5 1.10 can't close a file any more once a flush has failed. `most` is the size that the
 * file may get. HOL_FAILURE, in one line about `named`, when it may not, or there is no memory. Not collective. */
hol_status hol_h5_divert(hid_t file, int64_t most, const char *named, int *ret_memory) HOL_MUST_USE;

/* Whether `path` ("/train", "model/weights"), from `location`, leads to an object; false too for a dangling link. */
bool hol_h5_exists(hid_t location, const char *path);

/* ---- data sets
 *
 * Messages call them `named`. Nothing here is collective. HOL_FAILURE, and HOL_BAD_INPUT of what can't be read. */

/* What an open set says of itself. */
typedef struct hol_h5_shape {
    int dimensions; /* 0: one value, or none */
    hsize_t sizes[H5S_MAX_RANK];
    int64_t values; /* INT64_MAX: more than that */
    H5T_class_t type;
    int64_t width; /* bytes of a value in the file */
    H5D_layout_t layout;
    hsize_t chunk[H5S_MAX_RANK]; /* 0 where it is in none */
    bool is_filtered;
} hol_h5_shape;

hol_status hol_h5_get_shape(hid_t set, const char *named, hol_h5_shape *ret_shape) HOL_MUST_USE;

/* Of a set in chunks, how many were ever written. HDF5 walks over an index of as many as there should be. */
hol_status hol_h5_count_chunks(hid_t set, const char *named, int64_t *ret_count) HOL_MUST_USE;

/* Reads or writes rows [first, first + rows) of an open set of any number of dimensions (its one value, where it has
 * none), as values of memory_type. */
hol_status hol_h5_read_rows(hid_t set, const char *named, hid_t memory_type, int64_t first, int64_t rows,
                            void *values) HOL_MUST_USE;
hol_status hol_h5_write_rows(hid_t set, const char *named, hid_t memory_type, int64_t first, int64_t rows,
                             const void *values) HOL_MUST_USE;

/* How a new set lies in its file, without times, so that equal contents give equal files: contiguous (dimensions 0), or
 * in chunks, compressed if this HDF5 can. The caller closes *ret_layout. */
hol_status hol_h5_create_layout(const char *named, int dimensions, const hsize_t *chunk,
                                hid_t *ret_layout) HOL_MUST_USE;

/* The type of UTF-8 texts of `size` bytes, shorter ones filled up with NULs. The caller closes *ret_type. */
hol_status hol_h5_create_text_type(const char *named, int64_t size, hid_t *ret_type) HOL_MUST_USE;

/* Creates a set of (sizes) values of file_type, writes all of it and flushes it. *ret_set, unless NULL, is the caller's
 * to close, also after an error. */
hol_status hol_h5_write_set(hid_t location, const char *name, const char *named, hid_t file_type, hid_t memory_type,
                            int dimensions, const hsize_t *sizes, hid_t layout, const void *values,
                            hid_t *ret_set) HOL_MUST_USE;

/* Flushes and closes what was written: *file is -1 afterwards, or, after an error of the flush, still open. */
hol_status hol_h5_finish(hid_t *file, const char *named) HOL_MUST_USE;

/* ---- attributes of an object (a file's identifier stands for its root group)
 *
 * Nothing here is collective. Writing creates the attribute, or replaces it; HOL_FAILURE is its error. Reading:
 * HOL_BAD_INPUT, naming file, object and attribute, when it is missing, of another class or of another length. Integers
 * of any width are read as int64. */
bool hol_h5_has_attribute(hid_t object, const char *name);
/* Whether the root's attribute "format" is this; false, with a message that may be cleared, where it can't be read. */
bool hol_h5_has_format(hid_t file, const char *format);

/* Text as one fixed-length UTF-8 string (numpy.bytes_ in h5py), at most 64 KB as all attributes. */
hol_status hol_h5_write_string(hid_t object, const char *name, const char *text) HOL_MUST_USE;

/* (count) texts of `size` bytes each, as hol_h5_create_text_type's, in one dimension. */
hol_status hol_h5_write_texts(hid_t object, const char *name, int64_t count, int64_t size,
                              const char *texts) HOL_MUST_USE;

/* Fixed or variable length (h5py's str); *ret_text is the caller's to hol_free. */
hol_status hol_h5_read_string(hid_t object, const char *name, char **ret_text) HOL_MUST_USE;

/* The reverse: (*ret_count) texts of *ret_size bytes each, the caller's to hol_free, also after an error. */
hol_status hol_h5_read_texts(hid_t object, const char *name, int64_t *ret_count, int64_t *ret_size,
                             char **ret_texts) HOL_MUST_USE;

/* values is (count); count 1 makes a scalar, more a 1-D attribute. Reading takes a scalar or (1) for count 1. */
hol_status hol_h5_write_i64(hid_t object, const char *name, const int64_t *values, int64_t count) HOL_MUST_USE;
hol_status hol_h5_read_i64(hid_t object, const char *name, int64_t *values, int64_t count) HOL_MUST_USE;
hol_status hol_h5_write_u64(hid_t object, const char *name, const uint64_t *values, int64_t count) HOL_MUST_USE;
hol_status hol_h5_read_u64(hid_t object, const char *name, uint64_t *values, int64_t count) HOL_MUST_USE;
hol_status hol_h5_write_f64(hid_t object, const char *name, const double *values, int64_t count) HOL_MUST_USE;
hol_status hol_h5_read_f64(hid_t object, const char *name, double *values, int64_t count) HOL_MUST_USE;

#endif
