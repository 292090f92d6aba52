/* narrow: conversions run by run, each through a buffer of its own: compilers then make vectors of them, and a message
 * may lie on the very numbers that it is made of. */
#include "narrow.h"

#include <string.h>

enum { RUN = HOL_NARROW_RUN };

int hol_narrow_width(int64_t bound, int width) {
    if (width != 4) return width;
    if (bound <= INT16_MAX) return 2;
    return bound <= (1 << 23) - 1 ? 3 : 4;
}

int64_t hol_narrow_bytes(int64_t count, int wire) {
    return wire == 3 ? count / RUN * RUN * 3 + count % RUN * 4 : count * wire;
}

/* ---- 4 bytes and 2 ----------------------------------------------------------------------------------------------- */

/* whole runs apart: loops of a length that is known are 2.6 times as fast */
static void pack_halves(const int32_t *values, int64_t count, char *message) {
    int16_t halves[RUN];
    int64_t i = 0;
    for (; i + RUN <= count; i += RUN) {
        for (int k = 0; k < RUN; k++) halves[k] = (int16_t)values[i + k];
        memcpy(message + 2 * i, halves, sizeof halves);
    }
    for (int k = 0; i + k < count; k++) halves[k] = (int16_t)values[i + k];
    memcpy(message + 2 * i, halves, (size_t)(count - i) * sizeof *halves);
}

static void unpack_halves(const int16_t *restrict message, int64_t count, int32_t *restrict values) {
    for (int64_t i = 0; i < count; i++) values[i] = message[i];
}

static void add_halves(const int16_t *restrict message, int64_t count, int32_t *restrict values) {
    for (int64_t i = 0; i < count; i++) values[i] += message[i];
}

/* ---- 4 bytes and 3 ----------------------------------------------------------------------------------------------- */

/* what a run of a message is */
typedef struct thirds {
    uint16_t low[RUN];
    int8_t high[RUN];
} thirds;

static void pack_thirds(const int32_t *values, int64_t count, char *message) {
    thirds run;
    int32_t rest[RUN];
    int64_t i = 0;
    for (; i + RUN <= count; i += RUN) {
        for (int k = 0; k < RUN; k++) run.low[k] = (uint16_t)values[i + k];
        for (int k = 0; k < RUN; k++) run.high[k] = (int8_t)(values[i + k] >> 16);
        memcpy(message + 3 * i, &run, sizeof run);
    }
    memcpy(rest, values + i, (size_t)(count - i) * sizeof *rest);
    memcpy(message + 3 * i, rest, (size_t)(count - i) * sizeof *rest);
}

static void unpack_thirds(const char *message, int64_t count, int32_t *restrict values) {
    int64_t i = 0;
    for (; i + RUN <= count; i += RUN) {
        const thirds *run = (const thirds *)(const void *)(message + 3 * i);
        for (int k = 0; k < RUN; k++) values[i + k] = run->high[k] * (1 << 16) + run->low[k];
    }
    memcpy(values + i, message + 3 * i, (size_t)(count - i) * sizeof *values);
}

static void add_thirds(const char *message, int64_t count, int32_t *restrict values) {
    int32_t rest[RUN];
    int64_t i = 0;
    for (; i + RUN <= count; i += RUN) {
        const thirds *run = (const thirds *)(const void *)(message + 3 * i);
        for (int k = 0; k < RUN; k++) values[i + k] += run->high[k] * (1 << 16) + run->low[k];
    }
    memcpy(rest, message + 3 * i, (size_t)(count - i) * sizeof *rest);
    for (int k = 0; i + k < count; k++) values[i + k] += rest[k];
}

/* ---- as they are ------------------------------------------------------------------------------------------------- */

static void add_i16(const int16_t *restrict from, int64_t count, int16_t *restrict to) {
    for (int64_t i = 0; i < count; i++) to[i] = (int16_t)(to[i] + from[i]);
}

static void add_i32(const int32_t *restrict from, int64_t count, int32_t *restrict to) {
    for (int64_t i = 0; i < count; i++) to[i] += from[i];
}

static void add_i64(const int64_t *restrict from, int64_t count, int64_t *restrict to) {
    for (int64_t i = 0; i < count; i++) to[i] += from[i];
}

static void sum_i16(const int16_t *restrict a, const int16_t *restrict b, int64_t count, int16_t *restrict to) {
    for (int64_t i = 0; i < count; i++) to[i] = (int16_t)(a[i] + b[i]);
}

static void sum_i32(const int32_t *restrict a, const int32_t *restrict b, int64_t count, int32_t *restrict to) {
    for (int64_t i = 0; i < count; i++) to[i] = a[i] + b[i];
}

static void sum_i64(const int64_t *restrict a, const int64_t *restrict b, int64_t count, int64_t *restrict to) {
    for (int64_t i = 0; i < count; i++) to[i] = a[i] + b[i];
}

/* ---- public functions -------------------------------------------------------------------------------------------- */

void hol_narrow_pack(const void *values, int64_t count, int width, int wire, void *message) {
    if (wire == width && message != values) memcpy(message, values, (size_t)(count * width));
    else if (wire == 3) pack_thirds(values, count, message);
    else if (wire < width) pack_halves(values, count, message);
}

void hol_narrow_unpack(const void *message, int64_t count, int width, int wire, void *values) {
    if (wire == width) memcpy(values, message, (size_t)(count * width));
    else if (wire == 3) unpack_thirds(message, count, values);
    else unpack_halves(message, count, values);
}

void hol_narrow_add(const void *message, int64_t count, int width, int wire, void *values) {
    if (wire == 3) add_thirds(message, count, values);
    else if (wire < width) add_halves(message, count, values);
    else if (width == 2) add_i16(message, count, values);
    else if (width == 4) add_i32(message, count, values);
    else add_i64(message, count, values);
}

void hol_narrow_sum(const void *one, const void *other, int64_t count, int width, void *sums) {
    if (width == 2) sum_i16(one, other, count, sums);
    else if (width == 4) sum_i32(one, other, count, sums);
    else sum_i64(one, other, count, sums);
}
