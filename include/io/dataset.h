/* dataset: samples in HDF5 files: our own, and any 2-D data set that another program (h5py) wrote.
 *
 * Reading. Whatever a file holds reaches the program as levels: uint16, 0 to 65535, the probability that a unit is on
 * in units of 1/65535:
 *
 *   binary   integers or bool 0 and 1, or floats that are all 0 or 1     level 0 or 65535
 *   bytes    integers 0 to 255                                           level 257 b
 *   floats   floating point in [0, 1], to within 1e-6                    level round(65535 p)
 *   states   integers 0 to the attribute `maximum`, 2 to 255             the state itself
 *
 * States are no levels: they are for models whose variables have more than two of them (train/binarizer.h).
 *
 * Integers of any width, float16 to float64, bool (h5py's enumeration), chunked or compressed. The first dimension is
 * the rows (samples); the others together, in C order, are the columns (units). An integer attribute `maximum` of the
 * data set says which kind integers are (1, 255, or what lies between); without one, all values are looked at when it
 * is opened. Every rank opens the file serially and reads on its own, so no rank waits for another inside HDF5.
 *
 * Layout of our own files: the root has the attribute `format` = "holode data set"; each split is a data set of the
 * root (/train, /valid, /test), uint8 or float32, (rows, columns), chunked by rows, gzip level 4, with the attributes
 * `maximum` (int64: 1, 255 for grey bytes, the largest state for states), `kind` ("binary", "bytes", "floats",
 * "states": it tells states up to 255 from grey bytes; older files have none), for images `shape` (int64 [2]: height,
 * width), and `checksum` (uint64): io/checkpoint.h's sum over the rows, of the values as they are read: uint8 of bytes
 * and bool, int64 of other integers, float64 of floating point. A trailer guards the rest (io/guard.h). A file without
 * trailer, of an older program or changed by another, is read as any other HDF5 file is; its checksums do not count. */
#ifndef HOL_IO_DATASET_H
#define HOL_IO_DATASET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/comm.h"
#include "base/status.h"
#include "io/alignment.h"

/* What to do about NaN, in messages. */
#define HOL_MISSING_REMEDY " (`holode data import --missing nan` takes it for missing)"

/* The most that a row may have, of whatever file: what is read is bounded before it is allocated. */
enum { HOL_COLUMNS_MAX = 1 << 24, HOL_DATASET_STATES_MAX = 256 };

typedef enum hol_dataset_kind {
    HOL_DATASET_BINARY,
    HOL_DATASET_BYTES,
    HOL_DATASET_FLOATS,
    HOL_DATASET_STATES
} hol_dataset_kind;

/* "binary", "bytes", "floats", "states". */
const char *hol_dataset_kind_name(hol_dataset_kind kind);

/* ---- references: "FILE:SPLIT", "FILE:/path/in/file", or "FILE" alone, which means the default split
 *
 * The path begins behind the last colon; a reference that is the name of an existing file, or of one in an existing
 * directory, is FILE alone, whatever its colons. *ret_path begins with a slash; it is NULL when neither the reference
 * nor default_split (which may be NULL) gives one. Both are the caller's to hol_free. HOL_USAGE when FILE or the path
 * is empty. Not collective. */
hol_status hol_dataset_parse_reference(const char *reference, const char *default_split, char **ret_file,
                                       char **ret_path) HOL_MUST_USE;

/* The paths of all data sets in a file, of whatever shape and type, in the order of their names: *ret_paths is
 * (*ret_count) strings, one block, the caller's to hol_free once. HOL_BAD_INPUT when the file cannot be read. Not
 * collective. */
hol_status hol_dataset_list(hol_comm *comm, const char *file, char ***ret_paths, int64_t *ret_count) HOL_MUST_USE;

/* ---- reading */

typedef struct hol_dataset hol_dataset; /* opaque */

/* Opens the data set that reference names; default_split ("train") as above, not NULL. Looks at all values, each rank
 * at its share, unless the attribute `maximum` tells the kind. Collective: every rank gets the same outcome, whichever
 * rank's file is missing or bad. The caller owns *ret_dataset. HOL_BAD_INPUT, naming file, path, row and column (from
 * 0), found and expected. */
hol_status hol_dataset_open(hol_comm *comm, const char *reference, const char *default_split,
                            hol_dataset **ret_dataset) HOL_MUST_USE;

/* The same for this process alone: not collective, and comm may be NULL (io/h5.h, io/guard.h). */
hol_status hol_dataset_open_alone(hol_comm *comm, const char *reference, const char *default_split,
                                  hol_dataset **ret_dataset) HOL_MUST_USE;

/* So, too, but without a look at the values, which may be any numbers, for hol_dataset_read_numbers only; the kind is
 * what the attributes tell, or binary. */
hol_status hol_dataset_open_numbers(hol_comm *comm, const char *reference, const char *default_split,
                                    hol_dataset **ret_dataset) HOL_MUST_USE;

/* Not collective. NULL is fine. */
void hol_dataset_close(hol_dataset *dataset);

/* The same of aligned sequences, whose states they are, or missing values: of the file `path`, which every rank has
 * loaded. Takes `alignment` over, also after an error. Collective. */
hol_status hol_dataset_of_alignment(hol_comm *comm, const char *path, hol_alignment *alignment,
                                    hol_dataset **ret_dataset) HOL_MUST_USE;

int64_t hol_dataset_get_rows(const hol_dataset *dataset);
int64_t hol_dataset_get_columns(const hol_dataset *dataset);
hol_dataset_kind hol_dataset_get_kind(const hol_dataset *dataset);
bool hol_dataset_is_binary(const hol_dataset *dataset);

/* The kind of its columns but the label (hol_dataset_add_labels); and whether there is one, beside grey levels. */
hol_dataset_kind hol_dataset_get_column_kind(const hol_dataset *dataset);
bool hol_dataset_is_labelled_grey(const hol_dataset *dataset);

/* Whether an item is an image: from the attribute `shape`, or the data set's own (rows, height, width). Sets both to 0
 * when not; height * width is the number of columns when so. */
bool hol_dataset_get_shape(const hol_dataset *dataset, int64_t *ret_height, int64_t *ret_width);

/* Borrowed; they live as long as the data set. The path begins with a slash. */
const char *hol_dataset_get_file(const hol_dataset *dataset);
const char *hol_dataset_get_path(const hol_dataset *dataset);

/* What its rows are called: (rows), one block, the caller's to hol_free; NULL: nothing is known. Not collective. */
hol_status hol_dataset_copy_names(const hol_dataset *dataset, char ***ret_names) HOL_MUST_USE;

/* Reads rows [first, first + rows), which must lie in the data set: levels is (rows, columns), out. Every value is
 * checked, so HOL_BAD_INPUT may come here for data sets whose attribute promised more than they keep. Memory beyond
 * levels is bounded by a few chunks. Not collective: each rank reads what it needs, when it needs it. */
hol_status hol_dataset_read(hol_dataset *dataset, int64_t first, int64_t rows, uint16_t *levels) HOL_MUST_USE;

/* Rows as the numbers that they are, NaN where missing: numbers is (rows, columns), out. Not collective. */
hol_status hol_dataset_read_numbers(hol_dataset *dataset, int64_t first, int64_t rows, float *numbers) HOL_MUST_USE;

/* ---- missing values: a bit a column, (rows, hol_dataset_missing_bytes(columns)) bytes
 *
 * Of a row's bytes, bit c % 8 (1 << c % 8) of byte c / 8 is 1 where column c is not known; bits behind the last column
 * are 0. Its level is 0 there, which means nothing. Who reads rows of a set that has missing values
 * reads these as well, or refuses it. */
static inline int64_t hol_dataset_missing_bytes(int64_t columns) { return (columns + 7) / 8; }
static inline bool hol_dataset_is_missing(const uint8_t *bits_of_row, int64_t column) {
    return bits_of_row[column / 8] >> column % 8 & 1;
}

/* Whether nothing is known of a row. */
static inline bool hol_dataset_is_unknown(const uint8_t *bits_of_row, int64_t columns) {
    int64_t c = 0;
    while (c < columns && hol_dataset_is_missing(bits_of_row, c)) c++;
    return c == columns;
}

/* Whether any may be. */
bool hol_dataset_has_missing(const hol_dataset *dataset);

/* Those of rows [first, first + rows): bits is as above, out, all 0 in a set without. Between begin_check and end_check
 * they are compared with their checksum, as the rows are. HOL_BAD_INPUT as hol_dataset_read. Not collective. */
hol_status hol_dataset_read_missing(hol_dataset *dataset, int64_t first, int64_t rows, uint8_t *bits) HOL_MUST_USE;

/* HOL_BAD_INPUT when any may be: `what` ("kind mrf", "holode fit") has no way to treat them. Not collective. */
hol_status hol_dataset_refuse_missing(const hol_dataset *dataset, const char *what) HOL_MUST_USE;

/* Whether its last column is a label that no row has (hol_dataset_add_labels). */
bool hol_dataset_lacks_labels(const hol_dataset *dataset);

/* Whether the type of the values has numbers below 0. */
bool hol_dataset_has_signs(const hol_dataset *dataset);

/* Compares a whole data set with its checksum while it is read anyway: between begin and end, every rank reads its part
 * of the rows (once each, over all ranks); check, which is collective (comm NULL: not), compares. HOL_BAD_INPUT: the
 * file is damaged. No checksum, rows left out or read twice: HOL_OK, and nothing is known. */
void hol_dataset_begin_check(hol_dataset *dataset);
void hol_dataset_end_check(hol_dataset *dataset);
hol_status hol_dataset_check(hol_comm *comm, const hol_dataset *dataset) HOL_MUST_USE;

/* The checksum of what the data set holds; each rank reads its share, and all values are checked. Collective. */
hol_status hol_dataset_find_checksum(hol_comm *comm, hol_dataset *dataset, uint64_t *ret_checksum) HOL_MUST_USE;

/* Makes the labels of the rows (/labels/SPLIT of our files) a column of states behind the others, in all that the
 * functions above say and read from now on but hol_dataset_read_numbers; labels that are words are their numbers. The
 * kind is then states, also where the other columns are grey levels, which stay levels, and the data set no image.
 * Where there are no labels, and it may_lack them, all values of that column are missing. HOL_BAD_INPUT when there are
 * none and it may not, or some are not in 0 to 255. Collective; the other is not, and comm may be NULL. */
hol_status hol_dataset_add_labels(hol_comm *comm, hol_dataset *dataset, bool may_lack) HOL_MUST_USE;
hol_status hol_dataset_add_labels_alone(hol_dataset *dataset, bool may_lack) HOL_MUST_USE;

/* How many states each column has, 2 to 256: as the file says where it is one of ours (/states, over all its splits;
 * io/dataset_notes.h), else one more than the largest that any row of this data set has: cardinalities is (columns),
 * out, the same on all ranks; 2 of grey levels beside a label. HOL_BAD_INPUT for other fractions. Collective. */
hol_status hol_dataset_find_cardinalities(hol_comm *comm, hol_dataset *dataset, int32_t *cardinalities) HOL_MUST_USE;

/* ---- writing our own files; serial, by one rank; nothing here is collective */

typedef struct hol_dataset_writer hol_dataset_writer; /* opaque */

typedef struct hol_dataset_split {
    const char *name; /* "train"; borrowed for the call; no slash, no colon */
    int64_t columns;
    int64_t height, width; /* of an image, height * width == columns; 0, 0 otherwise */
    hol_dataset_kind kind; /* floats are kept as float32, the others as uint8 */
    int64_t maximum;       /* of states: the largest, 2 to 255 */
} hol_dataset_split;

/* Begins a file. It lies under a temporary name beside `path` until it is finished; a former file stays until then. The
 * caller owns *ret_writer, which borrows comm. HOL_FAILURE when it cannot be created (io/replace.h says when). */
hol_status hol_dataset_writer_create(hol_comm *comm, const char *path, hol_dataset_writer **ret_writer) HOL_MUST_USE;

/* Begins a split; rows appended from now on are its. HOL_USAGE when the name is not good or was used before. */
hol_status hol_dataset_writer_begin(hol_dataset_writer *writer, const hol_dataset_split *split) HOL_MUST_USE;

/* Appends rows to the split: bytes is (rows, columns), 0 or 1 for binary, 0 to 255 for bytes, 0 to maximum for states;
 * floats is in [0, 1] and for a split of floats. HOL_FAILURE when the disk is full. */
hol_status hol_dataset_writer_append_bytes(hol_dataset_writer *writer, int64_t rows, const uint8_t *bytes) HOL_MUST_USE;
hol_status hol_dataset_writer_append_floats(hol_dataset_writer *writer, int64_t rows, const float *floats) HOL_MUST_USE;

/* Which values of the rows that were appended last are missing: bits is (rows, hol_dataset_missing_bytes(columns)), as
 * above; the values there are 0. To be called for such rows alone as have any, in order: `first` is the number of the
 * first of them in the split. Those between are known. */
hol_status hol_dataset_writer_add_missing(hol_dataset_writer *writer, int64_t first, int64_t rows,
                                          const uint8_t *bits) HOL_MUST_USE;

/* Flushes, closes, fsyncs and renames the file to its name. On failure nothing of it is left and a former file is
 * untouched. To be followed by hol_dataset_writer_destroy in either case. */
hol_status hol_dataset_writer_finish(hol_dataset_writer *writer) HOL_MUST_USE;

/* Without a finish before it: removes what was written, keeping the recorded error message. NULL is fine. */
void hol_dataset_writer_destroy(hol_dataset_writer *writer);

#endif
