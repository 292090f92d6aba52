/* array_parts: what the modules of array_file share.
 *
 *   array_bytes.c    bytes of a file, gzip'd or not, or of an entry of a zip archive
 *   array_zip.c      the directory of a zip archive
 *   array_binary.c   IDX and npy
 *   array_text.c     lines, dialect, names, rows
 *   array_dataset.c  data sets of HDF5 files
 *   array_select.c   which columns are read
 *   array_missing.c  which values are missing
 *   array_file.c     the formats, and the public functions */
#ifndef HOL_IO_ARRAY_PARTS_H
#define HOL_IO_ARRAY_PARTS_H

#include <stdbool.h>
#include <stdint.h>

#include "io/array_file.h"

/* ---- bytes */

typedef struct hol_array_bytes hol_array_bytes; /* opaque */

/* deflate makes no more than so many bytes of one */
enum { HOL_DEFLATE_RATIO = 1032 };

/* Opens a regular file, or with `entry` (not NULL) the entry of that name of a zip archive; "" means its only one. The
 * name in messages is path. */
hol_status hol_array_bytes_open(const char *path, const char *file, const char *entry,
                                hol_array_bytes **ret_bytes) HOL_MUST_USE;
void hol_array_bytes_close(hol_array_bytes *bytes);

const char *hol_array_bytes_path(const hol_array_bytes *bytes);
/* How many were read, after decompression. */
int64_t hol_array_bytes_place(const hol_array_bytes *bytes);
/* How many there can be, after decompression; whether it is exact: nothing is compressed. */
int64_t hol_array_bytes_most(const hol_array_bytes *bytes);
bool hol_array_bytes_is_plain(const hol_array_bytes *bytes);

/* Up to count bytes; fewer only at the end. */
hol_status hol_array_bytes_read_some(hol_array_bytes *bytes, void *to, int64_t count, int64_t *ret_read) HOL_MUST_USE;
/* Exactly count bytes of `what`. */
hol_status hol_array_bytes_read(hol_array_bytes *bytes, void *to, int64_t count, const char *what) HOL_MUST_USE;
/* Exactly count bytes from this place on, which must be plain; leaves the place of reading where it is. */
hol_status hol_array_bytes_read_at(hol_array_bytes *bytes, int64_t place, void *to, int64_t count) HOL_MUST_USE;
hol_status hol_array_bytes_rewind(hol_array_bytes *bytes) HOL_MUST_USE;

/* ---- zip */

typedef struct hol_zip_entry {
    int64_t start;        /* of its bytes in the file */
    int64_t packed, size; /* bytes before and after decompression */
    bool deflated;
    uint32_t checksum; /* CRC-32 */
} hol_zip_entry;

/* The entry called `name`, or name.npy, of an open archive of `size` bytes, `path` in messages; "" means its only one.
 * HOL_BAD_INPUT names what is there. */
hol_status hol_zip_find(int descriptor, int64_t size, const char *path, const char *name,
                        hol_zip_entry *ret_entry) HOL_MUST_USE;

/* ---- columns: what is read of a row's fields */

enum { HOL_FIELD_SKIPPED = -1, HOL_FIELD_LABEL = -2 };

/* ---- missing values, which are read as NaN */

typedef struct hol_array_missing {
    bool takes_usual;   /* all that hol_dialect_is_missing knows, and NaN */
    bool takes_nan;     /* NaN */
    bool takes_own;     /* those of a data set of ours */
    const char **words; /* (count), owned, one block: fields of a text */
    int64_t count;
    float *numbers; /* (number_count), owned: those of the words that are numbers */
    int64_t number_count;
} hol_array_missing;

/* From a list such as "-1,?,"; NULL: none. */
hol_status hol_array_missing_set(hol_array_missing *missing, const char *list) HOL_MUST_USE;
void hol_array_missing_clear(hol_array_missing *missing);

/* Whether text[0, length) is one. */
bool hol_array_missing_has(const hol_array_missing *missing, const char *text, int64_t length);

/* Whether a number is one; NaN is none here. */
bool hol_array_missing_is(const hol_array_missing *missing, float number);

/* Makes NaN of the numbers that are. */
void hol_array_missing_mark(const hol_array_missing *missing, int64_t count, float *values);

static inline bool hol_array_missing_has_nan(const hol_array_missing *missing) {
    return missing->takes_usual || missing->takes_nan;
}

/* ---- the file */

typedef struct hol_array_text hol_array_text;       /* opaque */
typedef struct hol_array_binary hol_array_binary;   /* opaque */
typedef struct hol_array_dataset hol_array_dataset; /* opaque */

struct hol_array_file {
    char *path;                     /* owned: for messages */
    hol_array_bytes *bytes;         /* owned; NULL for a data set */
    hol_array_text *text;           /* owned; one of these four is not NULL */
    hol_array_binary *binary;       /* owned */
    hol_array_dataset *dataset;     /* owned */
    const hol_alignment *alignment; /* borrowed, or `loaded` */
    hol_alignment *loaded;          /* owned; NULL where it is borrowed */
    hol_array_missing missing;      /* what becomes NaN */
    int64_t rows;
    int64_t fields; /* columns of the file */
    int64_t row;    /* the next to be read */
    int dimensions;
    int64_t shape[HOL_ARRAY_FILE_DIMENSIONS]; /* of an item */

    char **names;            /* (fields), owned, one block; NULL without a line of names */
    bool has_index;          /* field 0 holds row names, and is left out unless asked for */
    int64_t columns;         /* fields that are read as values */
    int64_t *map;            /* (fields), owned: its column, or HOL_FIELD_...; NULL: each field is a column */
    int64_t *numbers;        /* (columns), owned: its field; NULL as map */
    const char **chosen;     /* (columns), owned block of names borrowed from `names`; NULL as those */
    int64_t label;           /* the label's field, or -1 */
    bool is_labels;          /* no field is read as a value */
    hol_classes *classes;    /* borrowed */
    hol_column_words *words; /* borrowed */
};

/* Sets map, numbers and chosen for all fields but an index. */
hol_status hol_array_select_all(hol_array_file *self) HOL_MUST_USE;

/* Whether a number, or NaN, says that a row has no label. */
bool hol_array_lacks_label(const hol_array_file *self, double value);

/* What the number of a label is among the classes, as a text's would be; label may be NULL. False, with why. */
bool hol_array_take_number(const hol_array_file *self, int32_t number, int32_t *label, const char **ret_why);

/* Where `map` sends a field. */
static inline int64_t hol_array_column_of(const hol_array_file *self, int64_t field) {
    return self->map ? self->map[field] : field;
}

/* ---- formats; each fills rows, fields, and shape or names of `self` */

hol_status hol_array_idx_open(hol_array_file *self) HOL_MUST_USE;
hol_status hol_array_npy_open(hol_array_file *self) HOL_MUST_USE;
void hol_array_binary_close(hol_array_binary *binary);
/* values is (rows, columns), labels (rows) or NULL */
hol_status hol_array_binary_read(hol_array_file *self, int64_t rows, float *values, int32_t *labels) HOL_MUST_USE;

hol_status hol_array_text_open(hol_array_file *self) HOL_MUST_USE;
void hol_array_text_close(hol_array_text *text);
hol_status hol_array_text_read(hol_array_file *self, int64_t rows, float *values, int32_t *labels) HOL_MUST_USE;
/* What there is to say of how it is read; "" for nothing. */
void hol_array_text_describe(const hol_array_file *self, char *text, size_t size);
int hol_array_text_find_words(const hol_array_file *self, int most, hol_array_words *words);

hol_status hol_array_dataset_open(hol_comm *comm, hol_array_file *self, const char *reference,
                                  const char *default_split) HOL_MUST_USE;
void hol_array_dataset_close(hol_array_dataset *dataset);
hol_status hol_array_dataset_read(hol_array_file *self, int64_t rows, float *values, int32_t *labels) HOL_MUST_USE;
hol_dataset_kind hol_array_dataset_kind(const hol_array_dataset *dataset);
/* What state `value` of a field is called; NULL: it has no name. */
const char *hol_array_dataset_get_word(const hol_array_file *self, int64_t field, float value);
bool hol_array_dataset_has_words(const hol_array_file *self);
bool hol_array_dataset_has_labels(const hol_array_file *self);
bool hol_array_dataset_has_weights(const hol_array_file *self);
hol_status hol_array_dataset_read_weights(const hol_array_file *self, double *weights) HOL_MUST_USE;

#endif
