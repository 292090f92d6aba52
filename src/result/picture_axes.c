/* picture_axes: one tile whose cells are many pixels each, with numbers or letters along it and a legend below. */
#include <stdio.h>
#include <string.h>

#include "picture_parts.h"

enum {
    SCALE = 2, /* pixels of a glyph's pixel */
    LETTER = SCALE * (HOL_GLYPH_WIDTH + 1),
    LINE = SCALE * HOL_GLYPH_HEIGHT,
    GAP = 6,
    TICK = 6,
    SHORT_TICK = 3,
    RIGHT = 30, /* of the tile: a number may stand out */
    EVERY = 10, /* cells of a tick */
    APART = 48, /* pixels between numbers, at least */
    SWATCH = 28,
};

typedef struct canvas {
    uint8_t *pixels;
    int64_t height, width, left, top; /* the tile's first pixel */
    const hol_picture *picture;
} canvas;

static void fill(const canvas *c, int64_t x, int64_t y, int64_t width, int64_t height, const uint8_t ink[HOL_PIXEL]) {
    for (int64_t v = y < 0 ? 0 : y; v < y + height && v < c->height; v++)
        for (int64_t u = x < 0 ? 0 : x; u < x + width && u < c->width; u++)
            memcpy(c->pixels + HOL_PIXEL * (v * c->width + u), ink, HOL_PIXEL);
}

static const uint8_t ink[HOL_PIXEL] = {40, 40, 40, 255}, frame[HOL_PIXEL] = {150, 150, 150, 255};

static int64_t width_of(const char *text) { return LETTER * (int64_t)strlen(text); }

static void print(const canvas *c, int64_t x, int64_t y, const char *text) {
    for (const char *at = text; *at; at++, x += LETTER)
        for (int v = 0; v < HOL_GLYPH_HEIGHT; v++)
            for (int u = 0; u < HOL_GLYPH_WIDTH; u++)
                if (hol_glyph_has(*at, u, v)) fill(c, x + SCALE * u, y + SCALE * v, SCALE, SCALE, ink);
}

/* ---- sizes ------------------------------------------------------------------------------------------------------- */

/* 1, 2, 5, 10 ... cells, by which numbers do not touch */
static int64_t choose_step(int64_t cell) {
    static const int64_t factors[] = {1, 2, 5};
    for (int64_t power = 1;; power *= 10)
        for (int k = 0; k < 3; k++)
            if (factors[k] * power * cell >= APART) return factors[k] * power;
}

static int64_t left_of(const hol_picture_axes *axes, int64_t rows) {
    char number[24];
    (void)snprintf(number, sizeof number, "%lld", (long long)(rows + axes->first_row));
    return GAP + (axes->letters ? LETTER : width_of(number)) + TICK + GAP;
}

void hol_picture_axes_size(const hol_picture *picture, int64_t *ret_height, int64_t *ret_width) {
    const hol_picture_axes *axes = picture->axes;
    const int64_t left = left_of(axes, picture->height);
    *ret_width = left + picture->width * axes->cell_width + RIGHT;
    for (int k = 0; k < axes->legend_count; k++) {
        const int64_t width = left + SWATCH + GAP + width_of(axes->legend[k].text) + GAP;
        if (width > *ret_width) *ret_width = width;
    }
    *ret_height = GAP + LINE + GAP + picture->height * axes->cell_height + TICK + 2 * (GAP + LINE) + 2 * GAP +
                  axes->legend_count * (LINE + GAP);
}

/* ---- drawing ----------------------------------------------------------------------------------------------------- */

static void draw_cells(const canvas *c) {
    const hol_picture *p = c->picture;
    const int64_t h = p->axes->cell_height, w = p->axes->cell_width;
    fill(c, c->left - 1, c->top - 1, p->width * w + 2, p->height * h + 2, frame);
    for (int64_t y = 0; y < p->height; y++)
        for (int64_t x = 0; x < p->width; x++) {
            uint8_t pixel[HOL_PIXEL];
            hol_picture_paint((double)p->values[y * p->width + x] / p->largest, p->colors, pixel);
            fill(c, c->left + x * w, c->top + y * h, w, h, pixel);
        }
}

/* of sites, from 1 on: a tick every ten of them */
static void draw_columns(const canvas *c) {
    const hol_picture *p = c->picture;
    const int64_t w = p->axes->cell_width, bottom = c->top + p->height * p->axes->cell_height, step = choose_step(w);
    char number[24];
    for (int64_t x = 0; x < p->width; x++) {
        const int64_t at = c->left + x * w + w / 2;
        const bool is_numbered = (x + 1) % step == 0;
        if (!is_numbered && (x + 1) % EVERY != 0) continue;
        fill(c, at, bottom + 1, 1, is_numbered ? TICK : SHORT_TICK, ink);
        (void)snprintf(number, sizeof number, "%lld", (long long)x + 1);
        if (is_numbered) print(c, at - width_of(number) / 2 + 1, bottom + TICK + GAP, number);
    }
    print(c, c->left + (p->width * w - width_of(p->axes->x_label)) / 2, bottom + TICK + GAP + LINE + GAP,
          p->axes->x_label);
}

static void draw_rows(const canvas *c) {
    const hol_picture *p = c->picture;
    const hol_picture_axes *axes = p->axes;
    const int64_t h = axes->cell_height, step = axes->letters ? 1 : choose_step(h);
    char name[24];
    for (int64_t y = 0; y < p->height; y++) {
        const int64_t at = c->top + y * h + h / 2, row = y + axes->first_row;
        const bool is_named = row % step == 0;
        if (!is_named && row % EVERY != 0) continue;
        const int64_t tick = is_named ? TICK : SHORT_TICK;
        fill(c, c->left - 1 - tick, at, tick, 1, ink);
        if (axes->letters) (void)snprintf(name, sizeof name, "%c", axes->letters[y]);
        else (void)snprintf(name, sizeof name, "%lld", (long long)row);
        if (is_named) print(c, c->left - TICK - GAP - width_of(name), at - LINE / 2, name);
    }
    print(c, GAP, GAP, axes->y_label);
}

static void draw_legend(const canvas *c) {
    const hol_picture_axes *axes = c->picture->axes;
    int64_t y = c->height - GAP - axes->legend_count * (LINE + GAP);
    for (int k = 0; k < axes->legend_count; k++, y += LINE + GAP) {
        uint8_t pixel[HOL_PIXEL];
        hol_picture_paint(axes->legend[k].value, c->picture->colors, pixel);
        fill(c, c->left, y, SWATCH, LINE, frame);
        fill(c, c->left + 1, y + 1, SWATCH - 2, LINE - 2, pixel);
        print(c, c->left + SWATCH + GAP, y, axes->legend[k].text);
    }
}

void hol_picture_axes_draw(const hol_picture *picture, int64_t height, int64_t width, uint8_t *pixels) {
    const canvas c = {.pixels = pixels,
                      .height = height,
                      .width = width,
                      .left = left_of(picture->axes, picture->height),
                      .top = GAP + LINE + GAP,
                      .picture = picture};
    memset(pixels, 255, (size_t)(height * width * HOL_PIXEL));
    draw_cells(&c);
    draw_columns(&c);
    draw_rows(&c);
    draw_legend(&c);
}
