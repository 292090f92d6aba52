/* config_reader: what reading a config (config_read.c), its text (config_yaml.c) and checking it across keys
 * (config_checks.c) share; not for others. */
#ifndef HOL_SRC_CLI_CONFIG_READER_H
#define HOL_SRC_CLI_CONFIG_READER_H

#include "cli/config_table.h"

/* Where something was found: a line and column of the file, from 1, or an override. Neither: a default. */
typedef struct place {
    size_t line, column;
    const char *override; /* borrowed; "key=value" */
} place;

typedef struct reader {
    hol_comm *comm;                      /* borrowed: for warnings; NULL unless is_new */
    const char *name;                    /* borrowed; of the file */
    bool is_new;                         /* a user's, not a checkpoint's or a dump */
    hol_config *config;                  /* borrowed */
    place places[HOL_CONFIG_MAX_ROWS];   /* of each row's value */
    place sections[HOL_CONFIG_MAX_ROWS]; /* of the section whose first row this is */
} reader;

static inline bool given(place at) { return at.line > 0 || at.override; }

/* "FILE:LINE:COLUMN: KEY: ..." or "--set KEY=VALUE: ..."; key may be NULL. HOL_USAGE. */
hol_status hol_config_refuse(const reader *self, place at, const char *key, const char *format, ...)
    HOL_FORMAT(4, 5) HOL_MUST_USE;
#define refuse hol_config_refuse

/* The same with the message of `why`, which is taken over. */
hol_status hol_config_locate(const reader *self, place at, const char *key, hol_status why) HOL_MUST_USE;

/* The keys of a file's text, those of "key=value", and one TEXT in the place of the row's. */
hol_status hol_config_take_file(reader *self, const char *text, size_t length) HOL_MUST_USE;
hol_status hol_config_take_override(reader *self, const char *override) HOL_MUST_USE;
hol_status hol_config_take_text(reader *self, const hol_config_row *row, const char *text) HOL_MUST_USE;

/* What one key's own type and range don't tell. Settles train.steps against train.epochs, and train.centered where the
 * kind leaves no choice. */
hol_status hol_config_check(const reader *self) HOL_MUST_USE;

#endif
