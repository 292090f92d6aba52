/* config_support: texts of configs, parsed, and what is said of them. */
#ifndef HOL_TESTS_CONFIG_SUPPORT_H
#define HOL_TESTS_CONFIG_SUPPORT_H

#include "cli/config.h"

#define MINIMAL "data: {train: d.h5}\nmodel: {kind: rbm}\n"

static inline hol_status parse(const char *text, hol_config **ret) {
    return hol_config_parse("run.yaml", text, strlen(text), NULL, 0, ret);
}

/* the whole message, not a part of it */
#define assert_message(call, expected)                                                                                 \
    do {                                                                                                               \
        assert_int_equal(test_take(call), HOL_USAGE);                                                                  \
        assert_string_equal(test_message, (expected));                                                                 \
    } while (0)

#endif
