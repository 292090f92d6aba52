/* contact_map: pairs of sites by their scores as a picture with axes. Not collective. */
#ifndef HOL_CLI_CONTACT_MAP_H
#define HOL_CLI_CONTACT_MAP_H

#include <stdint.h>

#include "estimate/contacts.h"
#include "result/picture.h"

typedef struct hol_contact_map {
    hol_picture picture; /* borrows `values` and `axes`: the map stays where it is */
    hol_picture_axes axes;
    float *values; /* owned: (sites, sites), of signed colours */
} hol_contact_map;

/* Above the diagonal scores, in parts of the L/5-th; below it -1 at the first L = c->sites pairs. Pairs with |i - j|
 * below `separation` are left out of both. About `side` pixels wide. HOL_FAILURE when memory is short. */
hol_status hol_contact_map_make(const hol_contacts *c, int64_t separation, int64_t side,
                                hol_contact_map *ret) HOL_MUST_USE;
/* The cells' size for another side. */
void hol_contact_map_resize(hol_contact_map *map, int64_t side);
void hol_contact_map_clear(hol_contact_map *map);

#endif
