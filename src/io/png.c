/* png: a grid of tiles through libpng's simplified interface, which needs no setjmp of ours. */
#include "io/png.h"

#include <errno.h>
#include <png.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "io/replace.h"

enum { GAP_LEVEL = 128, TILE_SIDE = 56, PICTURE_SIDE = 2000, SIDE_MOST = 1000000 };

struct grid {
    int64_t count, height, width; /* of tiles, and of a tile in pixels before scaling */
    int64_t columns, rows;        /* in tiles */
    int64_t scale;
    int64_t picture_height, picture_width; /* in pixels after scaling */
};

static int64_t min(int64_t a, int64_t b) { return a < b ? a : b; }
static int64_t max(int64_t a, int64_t b) { return a > b ? a : b; }

static hol_status plan(struct grid *grid, int64_t columns, int64_t scale) {
    if (grid->count < 1 || grid->height < 1 || grid->width < 1 || columns < 0 || scale < 0 ||
        grid->height > SIDE_MOST || grid->width > SIDE_MOST || grid->count > (int64_t)SIDE_MOST * SIDE_MOST)
        return hol_error(HOL_USAGE, "picture: found %lld tiles of %lld x %lld pixels, expected 1 to %d in each",
                         (long long)grid->count, (long long)grid->height, (long long)grid->width, SIDE_MOST);
    grid->columns = columns;
    /* the fewest columns by which the picture is at least as wide as high */
    if (columns == 0)
        for (grid->columns = 1; grid->columns * (grid->width + 1) <
                                (grid->count + grid->columns - 1) / grid->columns * (grid->height + 1);)
            grid->columns++;
    grid->columns = min(grid->columns, grid->count);
    grid->rows = (grid->count + grid->columns - 1) / grid->columns;
    const int64_t wide = grid->columns * (grid->width + 1) - 1, high = grid->rows * (grid->height + 1) - 1;
    grid->scale = scale;
    if (scale == 0)
        grid->scale = max(1, min(TILE_SIDE / max(grid->height, grid->width), PICTURE_SIDE / max(wide, high)));
    if (max(wide, high) > SIDE_MOST / grid->scale)
        return hol_error(HOL_USAGE, "picture: found %lld x %lld pixels times %lld, expected at most %d on a side",
                         (long long)wide, (long long)high, (long long)grid->scale, SIDE_MOST);
    grid->picture_width = wide * grid->scale;
    grid->picture_height = high * grid->scale;
    return HOL_OK;
}

/* levels is (count, height, width); picture is (picture_height, picture_width). */
static void draw(const struct grid *grid, const uint8_t *levels, uint8_t *picture) {
    memset(picture, GAP_LEVEL, (size_t)(grid->picture_height * grid->picture_width));
    for (int64_t t = 0; t < grid->count; t++) {
        const int64_t top = t / grid->columns * (grid->height + 1), left = t % grid->columns * (grid->width + 1);
        for (int64_t y = 0; y < grid->height * grid->scale; y++) {
            uint8_t *to = picture + (top * grid->scale + y) * grid->picture_width + left * grid->scale;
            const uint8_t *from = levels + (t * grid->height + y / grid->scale) * grid->width;
            for (int64_t x = 0; x < grid->width * grid->scale; x++) to[x] = from[x / grid->scale];
        }
    }
}

/* picture is (height, width). Closes the file. */
static hol_status write_to(FILE *file, const char *path, const uint8_t *picture, int64_t height, int64_t width) {
    png_image image = {.version = PNG_IMAGE_VERSION,
                       .width = (png_uint_32)width,
                       .height = (png_uint_32)height,
                       .format = PNG_FORMAT_GRAY};
    hol_status status = HOL_OK;
    errno = 0;
    if (!png_image_write_to_stdio(&image, file, 0, picture, 0, NULL))
        status = hol_error(HOL_FAILURE, "%s: cannot be written: %s", path, errno ? strerror(errno) : image.message);
    png_image_free(&image);
    if (fclose(file) != 0 && status == HOL_OK)
        status = hol_error(HOL_FAILURE, "%s: cannot be written: %s", path, strerror(errno));
    return status;
}

static hol_status write_picture(const char *path, const uint8_t *picture, int64_t height, int64_t width) {
    char *temporary = NULL;
    FILE *file = NULL;
    hol_status status = HOL_OK;
    HOL_TRY(hol_replace_begin_stream(path, &temporary, &file));
    HOL_TRY(write_to(file, path, picture, height, width));
    HOL_TRY(hol_replace_commit(temporary, path));
cleanup:
    if (status != HOL_OK) hol_replace_abandon(temporary);
    hol_free(temporary);
    return status;
}

hol_status hol_png_write_grid(const char *path, const uint8_t *levels, int64_t count, int64_t height, int64_t width,
                              int64_t columns, int64_t scale) {
    struct grid grid = {.count = count, .height = height, .width = width};
    uint8_t *picture = NULL;
    hol_status status = HOL_OK;
    HOL_TRY(plan(&grid, columns, scale));
    HOL_TRY(HOL_ALLOCATE(picture, HOL_PRODUCT(grid.picture_height, grid.picture_width), "picture"));
    draw(&grid, levels, picture);
    HOL_TRY(write_picture(path, picture, grid.picture_height, grid.picture_width));
cleanup:
    hol_free(picture);
    return status;
}

hol_status hol_png_encode(const uint8_t *pixels, int64_t height, int64_t width, uint8_t **ret_bytes,
                          int64_t *ret_size) {
    png_image image = {.version = PNG_IMAGE_VERSION,
                       .width = (png_uint_32)width,
                       .height = (png_uint_32)height,
                       .format = PNG_FORMAT_RGBA};
    png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
    hol_status status = HOL_OK;
    HOL_TRY(HOL_ALLOCATE(*ret_bytes, (int64_t)size, "picture"));
    if (!png_image_write_to_memory(&image, *ret_bytes, &size, 0, pixels, 0, NULL))
        HOL_TRY(hol_error(HOL_FAILURE, "picture: cannot be written: %s", image.message));
    *ret_size = (int64_t)size;
cleanup:
    png_image_free(&image);
    return status;
}
