/* config_table: the rows behind cli/config.h (config_rows.c), for those that walk them.
 *
 * A new key is one row and one member of hol_config. A new type (nested lists, say) is one constant and its cases in
 * cli/value.h and value.c, one in print_value (config.c) and one in read_node (config_yaml.c), which has the yaml node
 * itself in its hands. */
#ifndef HOL_CLI_CONFIG_TABLE_H
#define HOL_CLI_CONFIG_TABLE_H

#include "cli/config.h"
#include "cli/value.h"

typedef enum hol_config_resume {
    HOL_CONFIG_FIXED,  /* another value makes another run: refused on resume */
    HOL_CONFIG_SHAPES, /* taken on resume, with a warning: it shapes what is learned from then on */
    HOL_CONFIG_DATA,   /* names data: where they are is taken on resume, other data are refused by what they hold */
    HOL_CONFIG_FREE    /* taken on resume */
} hol_config_resume;

typedef struct hol_config_row {
    hol_value
        value; /* by its name "section.name" or "name"; the rows of a section stand together. Of a required one the
                      * default is only the reference config's example */
    hol_config_resume on_resume;
    bool refused;       /* what is given and does not count is refused; else warned of */
    const char *others; /* what the field and other programs call it, blanks between; NULL: nothing else */
    bool is_path;       /* TEXT: the name of a file or directory, in which ~ and $NAME are replaced */
    bool is_list;       /* TEXT: a list of YAML's, kept on one line */
} hol_config_row;

extern const hol_config_row hol_config_rows[];
extern const size_t hol_config_row_count;
extern const hol_value_table hol_config_table; /* the same */
enum { HOL_CONFIG_MAX_ROWS = 128 };

/* When the key counts, in the words of cli/value.h: model.kind=... where not every kind takes it, and its row's needs.
 * Returns needs, or NULL for always. */
const char *hol_config_write_needs(const hol_config_row *row, char needs[HOL_VALUE_TEXT_MAX]);
bool hol_config_counts(const hol_config_row *row, const hol_config *config);

/* What the row's help says; of model.kind with what each kind is. Returns help. */
const char *hol_config_write_help(const hol_config_row *row, char help[HOL_VALUE_TEXT_MAX]);

/* A config with all defaults; a required text is "". The caller owns it. */
hol_status hol_config_create(hol_config **ret_config) HOL_MUST_USE;

/* Puts a copy of `text` in the place of the row's TEXT. */
hol_status hol_config_set_text(hol_config *config, const hol_config_row *row, const char *text) HOL_MUST_USE;

/* A key that may be meant by the unknown `name` in `section` ("" or "train."): what other programs call by that name, a
 * similar name of the section, the same or a similar one elsewhere. False where there is none. */
bool hol_config_suggest(const char *section, const char *name, char *meant, size_t size);

/* The keys and sections directly in `section`, with commas, into names (cut at size). */
void hol_config_list_names(const char *section, char *names, size_t size);

#endif
