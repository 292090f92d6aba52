/* plot: charts drawn pixel by pixel.
 *
 *   canvas     pixels, lines, text
 *   axes       where a value lies, ticks
 *   panels     lines, bars, legend
 *   the file */
#include "io/plot.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "io/png.h"

enum {
    PANEL_WIDTH = 560,
    PANEL_HEIGHT = 480,
    LEFT = 76, /* from the panel's edge to the axes */
    RIGHT = 20,
    TOP = 50,
    BOTTOM = 124, /* ticks, the axis's name, the legend */
    GLYPH_COLUMNS = 5,
    GLYPH_ROWS = 9, /* the last two for what hangs below the line */
    GLYPH_STEP = 12,
    GLYPH_SCALE = 2,
    POINT = 4,
    TICKS_MAX = 12,
};

typedef struct color {
    uint8_t red, green, blue;
} color;

static const color white = {255, 255, 255}, black = {30, 30, 30}, grey = {150, 150, 150}, pale = {225, 225, 225};

/* told apart by people with any colour vision (Okabe and Ito 2008) */
static const color palette[] = {{0, 114, 178},  {230, 159, 0},   {0, 158, 115},   {213, 94, 0},
                                {86, 180, 233}, {204, 121, 167}, {120, 120, 120}, {240, 228, 66}};

static color color_of(int series) { return palette[series % (int)(sizeof palette / sizeof *palette)]; }

typedef struct canvas {
    uint8_t *pixels; /* (height, width, 3) */
    int width, height;
    int left; /* of the panel that is being drawn */
} canvas;

/* ------------------------------------------------------------------ canvas */

static void fill(canvas *c, int x, int y, int width, int height, color ink) {
    x += c->left;
    for (int row = y < 0 ? 0 : y; row < y + height && row < c->height; row++)
        for (int column = x < 0 ? 0 : x; column < x + width && column < c->width; column++)
            memcpy(c->pixels + 3 * ((size_t)row * (size_t)c->width + (size_t)column), &ink, 3);
}

static void draw_line(canvas *c, int x0, int y0, int x1, int y1, int thickness, color ink) {
    const int dx = x1 - x0, dy = y1 - y0, steps = (int)fmax(fmax(abs(dx), abs(dy)), 1);
    for (int i = 0; i <= steps; i++)
        fill(c, x0 + dx * i / steps - thickness / 2, y0 + dy * i / steps - thickness / 2, thickness, thickness, ink);
}

/* Nine rows of five pixels, the upper left one in bit 44. What is not there is left blank. */
static const uint64_t glyphs[128] = {
    ['%'] = 0x19c88889cc00, ['('] = 0x022108420800, [')'] = 0x082108422000, ['+'] = 0x00011c400000,
    [','] = 0x000000061100, ['-'] = 0x00001c000000, ['.'] = 0x000000063000, ['/'] = 0x010888884000,
    ['0'] = 0x0e8ceb98b800, ['1'] = 0x046108423800, ['2'] = 0x0e884c887c00, ['3'] = 0x0e884c18b800,
    ['4'] = 0x0232a5f10800, ['5'] = 0x1f878218b800, ['6'] = 0x0e843d18b800, ['7'] = 0x1f0888442000,
    ['8'] = 0x0e8c5d18b800, ['9'] = 0x0e8c5e10b800, [':'] = 0x006300c60000, ['='] = 0x0007c1f00000,
    ['A'] = 0x0e8c7f18c400, ['B'] = 0x1e8c7d18f800, ['C'] = 0x0e8c2108b800, ['D'] = 0x1e8c6318f800,
    ['E'] = 0x1f843d087c00, ['F'] = 0x1f843d084000, ['G'] = 0x0e8c2718b800, ['H'] = 0x118c7f18c400,
    ['I'] = 0x0e2108423800, ['J'] = 0x01084218b800, ['K'] = 0x119531494400, ['L'] = 0x108421087c00,
    ['M'] = 0x11dd6b18c400, ['N'] = 0x11ce6b39c400, ['O'] = 0x0e8c6318b800, ['P'] = 0x1e8c7d084000,
    ['Q'] = 0x0e8c63593400, ['R'] = 0x1e8c7d494400, ['S'] = 0x0f841c10f800, ['T'] = 0x1f2108421000,
    ['U'] = 0x118c6318b800, ['V'] = 0x118c62a51000, ['W'] = 0x118c6b5dc400, ['X'] = 0x118a88a8c400,
    ['Y'] = 0x118a88421000, ['Z'] = 0x1f0888887c00, ['a'] = 0x000382f8bc00, ['b'] = 0x1087a318f800,
    ['c'] = 0x0003a1083800, ['d'] = 0x010be318bc00, ['e'] = 0x0003a3f83800, ['f'] = 0x064710842000,
    ['g'] = 0x0003e318bc2e, ['h'] = 0x1087a318c400, ['i'] = 0x040308423800, ['j'] = 0x02018421084c,
    ['k'] = 0x1084a98a4800, ['l'] = 0x0c2108423800, ['m'] = 0x0007ab5ad400, ['n'] = 0x0007a318c400,
    ['o'] = 0x0003a318b800, ['p'] = 0x0007a318fa10, ['q'] = 0x0003e318bc21, ['r'] = 0x0005b1084000,
    ['s'] = 0x0003e0e0f800, ['t'] = 0x084710841800, ['u'] = 0x00046318bc00, ['v'] = 0x000462a51000,
    ['w'] = 0x0004635aa800, ['x'] = 0x000454454400, ['y'] = 0x00046317842e, ['z'] = 0x0007c4447c00,
};

static int text_width(const char *text) { return (int)strlen(text) * GLYPH_STEP; }

static void draw_text(canvas *c, int x, int y, const char *text, color ink) {
    for (; *text; text++, x += GLYPH_STEP)
        for (int bit = 0; bit < GLYPH_ROWS * GLYPH_COLUMNS; bit++)
            if (glyphs[*text & 127] >> (GLYPH_ROWS * GLYPH_COLUMNS - 1 - bit) & 1)
                fill(c, x + bit % GLYPH_COLUMNS * GLYPH_SCALE, y + bit / GLYPH_COLUMNS * GLYPH_SCALE, GLYPH_SCALE,
                     GLYPH_SCALE, ink);
}

/* ------------------------------------------------------------------ axes */

typedef struct axis {
    double low, high; /* of values; of their logarithms to base 2 when doubling */
    bool doubling;
    double ticks[TICKS_MAX];
    int tick_count;
} axis;

static int place_x(const hol_plot_panel *panel, int64_t i) {
    const int width = PANEL_WIDTH - LEFT - RIGHT;
    return LEFT + (int)((double)width * ((double)i + 0.5) / (double)panel->points);
}

static int place_y(const axis *a, double value) {
    const double at = ((a->doubling ? log2(value) : value) - a->low) / (a->high - a->low);
    return PANEL_HEIGHT - BOTTOM - (int)(at * (PANEL_HEIGHT - TOP - BOTTOM));
}

/* The least and the greatest value; of bars, the greatest sum. */
static void find_range(const hol_plot_panel *panel, double *ret_low, double *ret_high) {
    *ret_low = INFINITY;
    *ret_high = -INFINITY;
    for (int64_t i = 0; i < panel->points; i++) {
        double sum = 0;
        for (int s = 0; s < panel->series_count; s++) {
            const double y = panel->series[s].y[i];
            if (isnan(y)) continue;
            sum += y;
            *ret_low = fmin(*ret_low, y);
            *ret_high = fmax(*ret_high, panel->bars ? sum : y);
        }
    }
    if (!(*ret_low <= *ret_high)) *ret_low = *ret_high = 1;
}

static void choose_doubling(axis *a, double low, double high) {
    a->low = floor(log2(low));
    a->high = fmax(ceil(log2(high)), a->low + 1);
    const double step = ceil((a->high - a->low) / (TICKS_MAX - 1));
    for (double t = a->low; t <= a->high && a->tick_count < TICKS_MAX; t += step) a->ticks[a->tick_count++] = exp2(t);
}

/* From 0; ticks at 1, 2 or 5 times a power of ten. */
static void choose_linear(axis *a, double high) {
    high = high > 0 ? high : 1;
    double step = pow(10, floor(log10(high / 4)));
    if (high / step > 20) step *= 5;
    else if (high / step > 8) step *= 2;
    a->high = step * ceil(1.05 * high / step);
    for (int t = 0; t < TICKS_MAX && t * step <= a->high * 1.0001; t++) a->ticks[a->tick_count++] = t * step;
}

static axis choose_axis(const hol_plot_panel *panel) {
    double low = 0, high = 0;
    axis a = {.doubling = panel->doubling};
    find_range(panel, &low, &high);
    if (a.doubling && low > 0) choose_doubling(&a, low, high);
    else choose_linear(&a, high);
    return a;
}

static void draw_axes(canvas *c, const hol_plot_panel *panel, const axis *a) {
    const int bottom = PANEL_HEIGHT - BOTTOM, right = PANEL_WIDTH - RIGHT;
    char text[32];
    for (int t = 0; t < a->tick_count; t++) {
        const int y = place_y(a, a->ticks[t]);
        (void)snprintf(text, sizeof text, "%.4g", a->ticks[t]);
        fill(c, LEFT, y, right - LEFT, 1, pale);
        draw_text(c, LEFT - 8 - text_width(text), y - 7, text, black);
    }
    for (int64_t i = 0; i < panel->points; i++) {
        (void)snprintf(text, sizeof text, "%.6g", panel->x[i]);
        fill(c, place_x(panel, i), bottom, 1, 6, black);
        draw_text(c, place_x(panel, i) - text_width(text) / 2, bottom + 10, text, black);
    }
    fill(c, LEFT, TOP, 1, bottom - TOP, black);
    fill(c, LEFT, bottom, right - LEFT, 1, black);
    draw_text(c, LEFT, 16, panel->title, black);
    draw_text(c, (LEFT + right - text_width(panel->x_label)) / 2, bottom + 34, panel->x_label, black);
}

/* ------------------------------------------------------------------ panels */

static void draw_series(canvas *c, const hol_plot_panel *panel, const axis *a, int s) {
    const hol_plot_series *series = &panel->series[s];
    const color ink = series->guide ? grey : color_of(s);
    int64_t last = -1;
    for (int64_t i = 0; i < panel->points; i++) {
        if (isnan(series->y[i])) continue;
        const int x = place_x(panel, i), y = place_y(a, series->y[i]);
        if (last >= 0)
            draw_line(c, place_x(panel, last), place_y(a, series->y[last]), x, y, series->guide ? 1 : 3, ink);
        if (!series->guide) fill(c, x - POINT, y - POINT, 2 * POINT + 1, 2 * POINT + 1, ink);
        last = i;
    }
}

static void draw_bars(canvas *c, const hol_plot_panel *panel, const axis *a) {
    const int width = (int)((PANEL_WIDTH - LEFT - RIGHT) / (panel->points * 2));
    for (int64_t i = 0; i < panel->points; i++) {
        double below = 0;
        for (int s = 0; s < panel->series_count; s++) {
            const double y = panel->series[s].y[i];
            if (isnan(y)) continue;
            const int top = place_y(a, below + y);
            fill(c, place_x(panel, i) - width / 2, top, width, place_y(a, below) - top, color_of(s));
            below += y;
        }
    }
}

static void draw_legend(canvas *c, const hol_plot_panel *panel) {
    int x = LEFT, y = PANEL_HEIGHT - BOTTOM + 64;
    for (int s = 0; s < panel->series_count; s++) {
        const hol_plot_series *series = &panel->series[s];
        const int width = 18 + text_width(series->name) + GLYPH_STEP;
        if (x + width > PANEL_WIDTH) {
            x = LEFT;
            y += 22;
        }
        fill(c, x, series->guide ? y + 6 : y + 1, 12, series->guide ? 1 : 12, series->guide ? grey : color_of(s));
        draw_text(c, x + 18, y, series->name, black);
        x += width;
    }
}

static void draw_panel(canvas *c, const hol_plot_panel *panel) {
    const axis a = choose_axis(panel);
    draw_axes(c, panel, &a);
    if (panel->bars) draw_bars(c, panel, &a);
    else
        for (int s = 0; s < panel->series_count; s++) draw_series(c, panel, &a, s);
    draw_legend(c, panel);
}

/* ------------------------------------------------------------------ the file */

hol_status hol_plot_write(const char *path, const hol_plot_panel *panels, int count) {
    hol_status status = HOL_OK;
    canvas c = {.width = count * PANEL_WIDTH, .height = PANEL_HEIGHT};
    HOL_TRY(HOL_ALLOCATE(c.pixels, HOL_PRODUCT(3, (int64_t)c.width, c.height), "picture"));
    fill(&c, 0, 0, c.width, c.height, white);
    for (int p = 0; p < count; p++) {
        c.left = p * PANEL_WIDTH;
        draw_panel(&c, &panels[p]);
    }
    HOL_TRY(hol_png_write_colors(path, c.pixels, c.height, c.width));
cleanup:
    hol_free(c.pixels);
    return status;
}
