/* name_table: open addressing (FNV-1a), at most half full. */
#include "name_table.h"

#include <string.h>

#include "base/alloc.h"

hol_status hol_name_table_create(char *const *list, int64_t most, hol_name_table *ret) {
    *ret = (hol_name_table){.list = list, .size = 64};
    while (ret->size < 2 * (uint64_t)most) ret->size *= 2;
    return HOL_ALLOCATE(ret->slots, (int64_t)ret->size, "names");
}

void hol_name_table_clear(hol_name_table *names) {
    hol_free(names->slots);
    *names = (hol_name_table){0};
}

static int64_t *find_slot(const hol_name_table *names, const char *name) {
    uint64_t hash = UINT64_C(0xCBF29CE484222325);
    for (const char *c = name; *c; c++) hash = (hash ^ (unsigned char)*c) * UINT64_C(0x100000001B3);
    hash ^= hash >> 32;
    while (names->slots[hash & (names->size - 1)] > 0 &&
           strcmp(names->list[names->slots[hash & (names->size - 1)] - 1], name) != 0)
        hash++;
    return &names->slots[hash & (names->size - 1)];
}

int64_t hol_name_table_find(const hol_name_table *names, const char *name) { return *find_slot(names, name) - 1; }

void hol_name_table_add(hol_name_table *names, int64_t i) { *find_slot(names, names->list[i]) = i + 1; }
