/* contact_map: scores above the diagonal, the first pairs below it. */
#include "cli/contact_map.h"

#include <math.h>
#include <stdio.h>

#include "base/alloc.h"

/* What is told apart at a glance: the score of the pair at L / 5 and above is full colour. */
static double fill(const hol_contacts *c, int64_t separation, float *values) {
    const int64_t sites = c->sites, rank = sites / 5 > 0 ? sites / 5 : 1;
    double largest = 0;
    int64_t n = 0;
    for (int64_t k = 0; k < c->count && n < sites; k++) {
        const int64_t pair = c->order[k], i = c->ends[2 * pair], j = c->ends[2 * pair + 1];
        if (j - i < separation) continue;
        values[j * sites + i] = -1;
        if (n++ < rank) largest = c->scores[pair];
    }
    largest = largest > 0 ? largest : 1;
    for (int64_t k = 0; k < c->count; k++) {
        const int64_t i = c->ends[2 * k], j = c->ends[2 * k + 1];
        if (j - i >= separation) values[i * sites + j] = (float)fmax(c->scores[k] / largest, 0);
    }
    return largest;
}

void hol_contact_map_resize(hol_contact_map *map, int64_t side) {
    const int64_t sites = map->picture.width, cell = side > sites ? side / sites : 1;
    map->axes.cell_height = map->axes.cell_width = cell;
}

hol_status hol_contact_map_make(const hol_contacts *c, int64_t separation, int64_t side, hol_contact_map *ret) {
    const int64_t sites = c->sites;
    const hol_status status = HOL_ALLOCATE(ret->values, HOL_PRODUCT(sites, sites), "contact map");
    if (status != HOL_OK) return status;
    const double largest = fill(c, separation, ret->values);
    ret->axes = (hol_picture_axes){.x_label = "SITE j", .y_label = "SITE i", .first_row = 1, .legend_count = 3};
    ret->axes.legend[0].value = 1;
    (void)snprintf(ret->axes.legend[0].text, sizeof ret->axes.legend[0].text, "SCORE %.3g AND MORE", largest);
    ret->axes.legend[1].value = -1;
    (void)snprintf(ret->axes.legend[1].text, sizeof ret->axes.legend[1].text, "FIRST %lld PAIRS", (long long)sites);
    (void)snprintf(ret->axes.legend[2].text, sizeof ret->axes.legend[2].text,
                   separation > 1 ? "SCORE 0, OR SITES LESS THAN %lld APART" : "SCORE 0", (long long)separation);
    ret->picture = (hol_picture){.title = "contact map: scores above the diagonal, the first pairs below it",
                                 .count = 1,
                                 .height = sites,
                                 .width = sites,
                                 .columns = 1,
                                 .values = ret->values,
                                 .largest = 1,
                                 .colors = HOL_PICTURE_SIGNED,
                                 .side = side,
                                 .axes = &ret->axes};
    hol_contact_map_resize(ret, side);
    return HOL_OK;
}

void hol_contact_map_clear(hol_contact_map *map) { hol_free(map->values); }
