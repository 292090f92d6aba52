/* classes: the labels of rows, as numbers. Nothing here is collective.
 *
 * Labels that are all whole numbers are kept as they are. Words (species, colours) are collected first, over all files;
 * a class's number is then its place among the words in order of their bytes, from 0. A row may have no label. */
#ifndef HOL_IO_CLASSES_H
#define HOL_IO_CLASSES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

typedef struct hol_classes hol_classes; /* opaque */

enum { HOL_CLASSES_MOST = 4096, HOL_CLASSES_NAME_MOST = 255 };

/* In place of the label of a row that has none; the least of numbers that are labels is one more. */
#define HOL_LABEL_MISSING INT32_MIN

/* Collecting; the caller owns *ret_classes. */
hol_status hol_classes_create(hol_classes **ret_classes) HOL_MUST_USE;

/* NULL is fine. */
void hol_classes_destroy(hol_classes *classes);

/* Ends the collection: from now on labels are looked up. */
void hol_classes_close(hol_classes *classes);

/* The label in text[0, length): collected (*ret_label is of no use then), or looked up. False, with why in words ("more
 * than 4096 different words"), when it is empty, too long, one too many, or was not collected. */
bool hol_classes_take(hol_classes *classes, const char *text, int64_t length, int32_t *ret_label, const char **ret_why);

/* The names of all classes, in order: their number, 0 when labels are numbers; borrowed. */
int64_t hol_classes_get_names(const hol_classes *classes, const char *const **ret_names);

/* ---- texts as they are, numbers or not (io/column_words.h) */

/* Collects one of at most `most`; *ret_full is true when it would be one more. False, with why, when it can't be kept.
 */
bool hol_classes_add(hol_classes *classes, const char *text, int64_t length, int64_t most, bool *ret_full,
                     const char **ret_why);

/* Its place among all; false when it was not collected. */
bool hol_classes_find(const hol_classes *classes, const char *text, int64_t length, int64_t *ret_place);

/* All texts in order: their number; borrowed. */
int64_t hol_classes_get_all(const hol_classes *classes, const char *const **ret_texts);

/* "\"blue\", \"green\"": what is looked up once they are closed, as far as `size` bytes have room; "" before. */
void hol_classes_list(const hol_classes *classes, char *text, size_t size);

#endif
