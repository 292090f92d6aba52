/* narrow: whole numbers in messages, in as few bytes as hold them.
 *
 * In memory numbers have `width` bytes: 2, 4 or 8. In a message they have as many, or, where they have 4, it may be 2
 * or 3. With 3, whole runs of HOL_NARROW_RUN numbers have their low halves first and the bytes above behind them, so
 * that either is a conversion of vectors; what is left at the end keeps its 4 bytes. */
#ifndef HOL_SRC_BASE_NARROW_H
#define HOL_SRC_BASE_NARROW_H

#include <stdint.h>

enum { HOL_NARROW_RUN = 64 };

/* The fewest bytes, at most `width`, that a message has for a number within [-bound, bound]. */
int hol_narrow_width(int64_t bound, int width);

/* Of `count` numbers in a message of `wire` bytes each. */
int64_t hol_narrow_bytes(int64_t count, int wire);

/* values (count, of width bytes) into a message, which may begin where they do: then they are lost. */
void hol_narrow_pack(const void *values, int64_t count, int width, int wire, void *message);
/* And back; and added to what is there. */
void hol_narrow_unpack(const void *message, int64_t count, int width, int wire, void *values);
void hol_narrow_add(const void *message, int64_t count, int width, int wire, void *values);

/* The sums (count, of width bytes) of two vectors, into a third one. */
void hol_narrow_sum(const void *one, const void *other, int64_t count, int width, void *sums);

#endif
