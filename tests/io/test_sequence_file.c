/* sequence_file: records under names of any bytes. */
#define HOL_TEST_COLLECTIVE ""
#include "support.h"

#include "io/sequence_file.h"
#include "io/text_file.h"

static void test_names_stay_on_their_line(void **state) {
    (void)state;
    static const char *const names[] = {"a b", "c\n>d", "\x1b[31m\t\xff", "\xc3\xa9"};
    static const uint8_t states[] = {0, 1, 1, 0, 2, 9, 1, 1};
    const hol_sequences sequences = {.alphabet = {.letters = {'-', 'A', 'C'}, .count = 3},
                                     .rows = 4,
                                     .columns = 2,
                                     .states = states,
                                     .names = names};
    const char *path = test_path("names.fasta");
    char *text = NULL;
    int64_t length = 0;
    assert_int_equal(hol_sequence_file_write(path, &sequences), HOL_OK);
    assert_int_equal(hol_text_file_load(path, &text, &length), HOL_OK);
    assert_string_equal(text, ">a b\n-A\n>c\\x0a>d\nA-\n>\\x1b[31m\\x09\\xff\nC?\n>\xc3\xa9\nAA\n");
    hol_free(text);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_names_stay_on_their_line)};
    return hol_test_main(argc, argv, "sequence_file", tests, HOL_TEST_COUNT(tests));
}
