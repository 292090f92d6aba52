/* config_table: the rows behind cli/config.h, shared by config.c (table, dump, resume) and config_yaml.c (reading).
 *
 * A new key is one row in config.c and one member of hol_config. A new type (nested lists, say) is one constant here,
 * one case in hol_config_describe and print_value (config.c) and one in read_node (config_yaml.c), which has the yaml
 * node itself in its hands. */
#ifndef HOL_CLI_CONFIG_TABLE_H
#define HOL_CLI_CONFIG_TABLE_H

#include "cli/config.h"

typedef enum hol_config_type {
    HOL_CONFIG_INTEGER,   /* int64_t */
    HOL_CONFIG_NUMBER,    /* double, finite */
    HOL_CONFIG_BOOLEAN,   /* bool */
    HOL_CONFIG_CHOICE,    /* int, the index in choices */
    HOL_CONFIG_STRING,    /* char *, owned by the config */
    HOL_CONFIG_VARIABLES, /* hol_config_variables *, owned by the config; NULL: none (cli/config_field.h) */
    HOL_CONFIG_CLIQUES,   /* hol_config_cliques *, likewise */
} hol_config_type;

typedef enum hol_config_resume {
    HOL_CONFIG_FIXED, /* another value makes another run: refused on resume */
    HOL_CONFIG_FREE   /* taken on resume */
} hol_config_resume;

typedef struct hol_config_row {
    const char *key; /* "section.name" or "name"; the rows of a section stand together */
    hol_config_type type;
    hol_config_resume on_resume;
    size_t at;     /* offset in hol_config */
    bool required; /* the default is then only the reference config's example */
    int64_t integer, min,
        max;                  /* INTEGER: default and range, inclusive; `integer` also BOOLEAN's and CHOICE's default */
    double number, low, high; /* NUMBER: default and range; an infinite end is no bound */
    bool low_open, high_open; /* the end itself is out of range */
    const char *string;       /* STRING: default */
    const char *expects;      /* STRING: what is expected, in words */
    const char *const *choices; /* CHOICE: NULL-terminated */
    const char *help;           /* one sentence, without a full stop */
    const char *needs;          /* when the key has an effect (config_uses.c has the grammar); NULL: always */
    bool refused;               /* what is given without effect is refused; else warned of */
    const char *others;         /* what the field and other programs call it, blanks between; NULL: nothing else */
    bool is_path;               /* STRING: the name of a file or directory, in which ~ and $NAME are replaced */
} hol_config_row;

extern const hol_config_row hol_config_rows[];
extern const size_t hol_config_row_count;
enum { HOL_CONFIG_MAX_ROWS = 128, HOL_CONFIG_MAX_TEXT = 1024 };

/* What a row's value lies in; the cast to the type's pointer is the caller's. */
static inline void *hol_config_at(hol_config *config, const hol_config_row *row) { return (char *)config + row->at; }

/* A config with all defaults; a required string is "". The caller owns it. */
hol_status hol_config_create(hol_config **ret_config) HOL_MUST_USE;

/* Whether the key has its default in this config; never for lists and mappings that are there. */
bool hol_config_is_default(const hol_config_row *row, const hol_config *config);

/* Puts a copy of `value` in the place of the row's string. */
hol_status hol_config_set_string(hol_config *config, const hol_config_row *row, const char *value) HOL_MUST_USE;

/* "a whole number from 1 to 1000000", "pcd or cd": what the row takes, into buffer (cut at size). */
void hol_config_describe(const hol_config_row *row, char *buffer, size_t size);

/* Whether the key has an effect on a run of this config, as far as its row's needs say. */
bool hol_config_has_effect(const hol_config_row *row, const hol_config *config);

/* These needs in words, "train.method pcd and train.levels above 1", into buffer (cut at size); "" for none. */
void hol_config_describe_needs(const hol_config_row *row, char *buffer, size_t size);

/* A key that may be meant by the unknown `name` in `section` ("" or "train."): what other programs call by that name, a
 * similar name of the section, the same or a similar one elsewhere. False where there is none. */
bool hol_config_suggest(const char *section, const char *name, char *meant, size_t size);

/* The keys and sections directly in `section`, with commas, into names (cut at size). */
void hol_config_list_names(const char *section, char *names, size_t size);

/* The fewest digits that read back to the same double. */
void hol_config_print_number(FILE *stream, double value);

/* "text" in quotes for a message: one line, not printable bytes as \xNN, cut after about 60 bytes. */
void hol_config_quote(const char *text, size_t length, char *buffer, size_t size);

#endif
