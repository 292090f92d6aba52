/* config_names: which key may be meant by a name that none has. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/words.h"
#include "cli/config_table.h"

/* The name that row i adds to a section ("" or "train."): a key of it or a section inside it. False when it adds none,
 * because it lies elsewhere or the row before has given that name. */
static bool child_name(size_t i, const char *section, char *name, size_t size) {
    const size_t prefix = strlen(section);
    const char *key = hol_config_rows[i].value.name;
    if (strncmp(key, section, prefix) != 0) return false;
    const size_t length = strcspn(key + prefix, ".");
    (void)snprintf(name, size, "%.*s", (int)length, key + prefix);
    if (i == 0 || strncmp(hol_config_rows[i - 1].value.name, key, prefix + length) != 0) return true;
    const char after = hol_config_rows[i - 1].value.name[prefix + length];
    return after != '.' && after != '\0';
}

/* a key's own name, without its section */
static const char *name_of(size_t i) {
    const char *dot = strrchr(hol_config_rows[i].value.name, '.');
    return dot ? dot + 1 : hol_config_rows[i].value.name;
}

static const char *find_other_name(const char *name) {
    for (size_t i = 0; i < hol_config_row_count; i++)
        if (hol_words_contain(hol_config_rows[i].others, name)) return hol_config_rows[i].value.name;
    return NULL;
}

static const char *find_same_name(const char *name) {
    for (size_t i = 0; i < hol_config_row_count; i++)
        if (strcmp(name_of(i), name) == 0 || strcmp(hol_config_rows[i].value.name, name) == 0)
            return hol_config_rows[i].value.name;
    return NULL;
}

static const char *find_near_name(const char *name) {
    const char *found = NULL;
    size_t best = SIZE_MAX;
    for (size_t i = 0; i < hol_config_row_count; i++)
        if (hol_words_are_near(name, name_of(i), &best)) found = hol_config_rows[i].value.name;
    return found;
}

static bool find_near_child(const char *section, const char *name, char *meant, size_t size) {
    char child[HOL_VALUE_TEXT_MAX];
    size_t best = SIZE_MAX;
    for (size_t i = 0; i < hol_config_row_count; i++)
        if (child_name(i, section, child, sizeof child) && hol_words_are_near(name, child, &best))
            (void)snprintf(meant, size, "%s%s", section, child);
    return best < SIZE_MAX;
}

bool hol_config_suggest(const char *section, const char *name, char *meant, size_t size) {
    const char *dot = strrchr(name, '.'), *own = dot ? dot + 1 : name, *found = find_other_name(own);
    if (!found && find_near_child(section, name, meant, size)) return true;
    if (!found) found = find_same_name(name);
    if (!found) found = find_same_name(own);
    if (!found) found = find_near_name(own);
    if (found) (void)snprintf(meant, size, "%s", found);
    return found != NULL;
}

void hol_config_list_names(const char *section, char *names, size_t size) {
    char child[HOL_VALUE_TEXT_MAX];
    size_t used = 0;
    names[0] = '\0';
    for (size_t i = 0; i < hol_config_row_count && used < size; i++)
        if (child_name(i, section, child, sizeof child))
            used += (size_t)snprintf(names + used, size - used, "%s%s", used ? ", " : "", child);
}
