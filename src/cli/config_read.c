/* config_read: a config from its file: the file, then the text (config_yaml.c), then what keys say together
 * (config_checks.c). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "config_reader.h"
#include "io/output.h"
#include "io/recognize.h"

enum { CONFIG_BYTES_MAX = 1 << 22 };

/* `is_new`: a user's, not a checkpoint's; comm is for its warnings */
static hol_status parse(hol_comm *comm, const char *name, const char *text, size_t length, char *const *overrides,
                        size_t override_count, bool is_new, hol_config **ret_config) {
    hol_status status = HOL_OK;
    reader *self = NULL;
    hol_config *config = NULL;
    *ret_config = NULL;
    HOL_TRY(hol_config_create(&config));
    HOL_TRY(HOL_ALLOCATE(self, 1, "config"));
    self->comm = comm;
    self->name = name;
    self->is_new = is_new;
    self->config = config;
    HOL_TRY(hol_config_take_file(self, text, length));
    for (size_t i = 0; i < override_count; i++) HOL_TRY(hol_config_take_override(self, overrides[i]));
    HOL_TRY(hol_config_check(self));
cleanup:
    hol_free(self);
    if (status == HOL_OK) *ret_config = config;
    else hol_config_destroy(config);
    return status;
}

hol_status hol_config_parse(const char *name, const char *text, size_t length, char *const *overrides,
                            size_t override_count, hol_config **ret_config) {
    return parse(NULL, name, text, length, overrides, override_count, false, ret_config);
}

/* What is plainly something else is named before it is read as YAML: by its first bytes, or a text by its name. */
static hol_status check_contents(hol_comm *comm, const char *path) {
    static const char *const others[] = {".csv", ".tsv", ".uai", ".fg", ".npy", ".npz"};
    const hol_contents_kind contents = hol_contents_look(path, NULL).kind;
    bool is_other = contents != HOL_CONTENTS_TEXT && contents != HOL_CONTENTS_OTHER && contents != HOL_CONTENTS_EMPTY;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        is_other |= contents != HOL_CONTENTS_EMPTY && access(path, F_OK) == 0 && hol_output_ends_with(path, others[i]);
    if (!is_other) return HOL_OK;
    return hol_file_refuse(comm, HOL_USAGE, path, "a config");
}

/* the whole file; *ret_text is the caller's to hol_free. A pipe is fine: the size is not asked for. */
static hol_status read_file(const char *path, char **ret_text, size_t *ret_length) {
    hol_status status = HOL_OK;
    char *text = NULL;
    *ret_text = NULL;
    FILE *file = fopen(path, "rb");
    if (!file) return hol_error(HOL_USAGE, "%s: found no readable file (%s), expected a config", path, strerror(errno));
    HOL_TRY(HOL_ALLOCATE(text, CONFIG_BYTES_MAX + 1, "config"));
    errno = 0;
    *ret_length = fread(text, 1, CONFIG_BYTES_MAX + 1, file);
    if (ferror(file))
        HOL_TRY(hol_error(HOL_USAGE, "%s: found no readable file (%s), expected a config", path, strerror(errno)));
    if (*ret_length > CONFIG_BYTES_MAX)
        HOL_TRY(hol_error(HOL_USAGE, "%s: found more than %d bytes, expected a config", path, CONFIG_BYTES_MAX));
    if (*ret_length >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) { /* a byte-order mark is no part of the text */
        *ret_length -= 3;
        memmove(text, text + 3, *ret_length);
    }
    *ret_text = text;
    text = NULL;
cleanup:
    hol_free(text);
    (void)fclose(file); /* read only: nothing can be lost */
    return status;
}

/* The bytes of the UTF-8 character at `at`; 0 where there is none. */
static size_t character_bytes(const char *at) {
    static const unsigned char leads[][2] = {{0x80, 0x00}, {0xE0, 0xC0}, {0xF0, 0xE0}, {0xF8, 0xF0}}; /* mask, bits */
    for (size_t more = 0; more < 4; more++) {
        if (((unsigned char)at[0] & leads[more][0]) != leads[more][1]) continue;
        size_t k = 1;
        while (k <= more && ((unsigned char)at[k] & 0xC0) == 0x80) k++;
        return k > more && (unsigned char)at[0] != 0xC0 && (unsigned char)at[0] != 0xC1 ? more + 1 : 0;
    }
    return 0;
}

/* A name on the disk may have any bytes, a config only characters: what is none becomes %E9. */
static void encode_strays(const char *name, char *encoded, size_t size) {
    size_t used = 0;
    while (*name && used + 5 < size) {
        const size_t bytes = character_bytes(name);
        memcpy(encoded + used, name, bytes);
        used += bytes ? bytes : (size_t)snprintf(encoded + used, size - used, "%%%02X", (unsigned char)*name);
        name += bytes ? bytes : 1;
    }
    encoded[used] = '\0';
}

/* "configs/run.yaml" becomes "run", "run" becomes "run.run": never the name of the config itself */
static hol_status set_output(hol_config *config, const char *path) {
    static const char *const suffixes[] = {".yaml", ".yml"};
    char name[HOL_VALUE_TEXT_MAX], encoded[3 * HOL_VALUE_TEXT_MAX];
    const char *slash = strrchr(path, '/');
    const char *base = slash ? slash + 1 : path;
    (void)snprintf(name, sizeof name, "%s.run", base);
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        const size_t length = strlen(base), suffix = strlen(suffixes[i]);
        if (length > suffix && strcmp(base + length - suffix, suffixes[i]) == 0)
            (void)snprintf(name, sizeof name, "%.*s", (int)(length - suffix), base);
    }
    encode_strays(name, encoded, sizeof encoded);
    reader self = {.name = path, .config = config};
    return hol_config_take_text(&self, (const void *)hol_value_find(&hol_config_table, "output"), encoded);
}

hol_status hol_config_read(hol_comm *comm, const char *path, char *const *overrides, size_t override_count,
                           hol_config **ret_config) {
    char *text = NULL;
    size_t length = 0;
    hol_config *config = NULL;
    *ret_config = NULL;
    hol_status status = HOL_OK;
    HOL_TRY(check_contents(comm, path));
    HOL_TRY(read_file(path, &text, &length));
    HOL_TRY(parse(comm, path, text, length, overrides, override_count, true, &config));
    if (config->output[0] == '\0') HOL_TRY(set_output(config, path));
    *ret_config = config;
    config = NULL;
cleanup:
    hol_config_destroy(config);
    hol_free(text);
    return status;
}
