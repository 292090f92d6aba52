/* name_table: a hash table of strings, by their number in a list. Private to cli. */
#ifndef HOL_CLI_NAME_TABLE_H
#define HOL_CLI_NAME_TABLE_H

#include <stdint.h>

#include "base/status.h"

typedef struct hol_name_table {
    char *const *list; /* borrowed */
    uint64_t size;     /* a power of two */
    int64_t *slots;    /* owned: (size) 1 + the number of a name; 0: empty */
} hol_name_table;

/* No names yet, room for `most` of those in list, which may be filled in later. */
hol_status hol_name_table_create(char *const *list, int64_t most, hol_name_table *ret) HOL_MUST_USE;
void hol_name_table_clear(hol_name_table *names);

/* The number of this name, -1 when it is not there. */
int64_t hol_name_table_find(const hol_name_table *names, const char *name);

/* Adds list[i], which is not there yet. */
void hol_name_table_add(hol_name_table *names, int64_t i);

#endif
