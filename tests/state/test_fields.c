/* Tests of state/fields: rows that lie apart in memory, own functions, lists that grow, what is kept. */
#include "support.h"

#include "state/fields.h"

static void test_rows_lie_apart_by_their_stride(void **unused) {
    (void)unused;
    double table[4][3] = {{0, 1, 2}, {10, 11, 12}, {20, 21, 22}, {30, 31, 32}}, out[2] = {0};
    hol_field column = hol_field_vector("/history", "middle", HOL_FIELD_F64, 4, &table[0][1]);
    column.stride = 3;
    hol_field_get_rows(&column, 2, 2, out);
    assert_true(out[0] == 21 && out[1] == 31);
    hol_field_set_rows(&column, 0, 2, (const double[]){-1, -2});
    assert_true(table[0][1] == -1 && table[1][1] == -2 && table[2][1] == 21);
    assert_true(table[0][0] == 0 && table[0][2] == 2 && table[1][0] == 10 && table[1][2] == 12);
}

static void test_sizes_follow_from_type_and_shape(void **unused) {
    (void)unused;
    const struct {
        hol_field_type type;
        int64_t bytes;
    } cases[] = {{HOL_FIELD_F32, 4}, {HOL_FIELD_F64, 8}, {HOL_FIELD_I32, 4}, {HOL_FIELD_U8, 1}, {HOL_FIELD_TEXT, 1}};
    for (size_t i = 0; i < HOL_TEST_COUNT(cases); i++) {
        const hol_field matrix = hol_field_matrix("/a/b", "c", cases[i].type, 5, 7, NULL);
        assert_string_equal(matrix.path, "/a/b/c");
        assert_int_equal(hol_field_row_bytes(&matrix), 7 * cases[i].bytes);
        assert_int_equal(hol_field_bytes(&matrix), 35 * cases[i].bytes);
    }
}

static void get_squares(const hol_field *field, int64_t first, int64_t rows, void *buffer) {
    for (int64_t r = 0; r < rows; r++) ((int32_t *)buffer)[r] = (int32_t)((first + r) * (first + r) + field->offset);
}

static void test_own_functions_stand_for_memory(void **unused) {
    (void)unused;
    int32_t out[3] = {0};
    hol_field field = hol_field_vector("", "squares", HOL_FIELD_I32, 10, out);
    field.get = get_squares;
    field.offset = 100;
    hol_field_get_rows(&field, 7, 3, out);
    assert_true(out[0] == 149 && out[1] == 164 && out[2] == 181);
}

static void test_a_list_holds_any_number(void **unused) {
    (void)unused;
    enum { COUNT = 1000 };
    hol_field_list list = {0};
    for (int i = 0; i < COUNT; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "%d", i);
        const hol_field field = hol_field_vector("/all", name, HOL_FIELD_F32, i, NULL);
        hol_field_list_add(&list, &field);
    }
    assert_ok(hol_field_list_check(&list));
    assert_int_equal(list.count, COUNT);
    assert_string_equal(list.fields[0].path, "/all/0");
    assert_string_equal(list.fields[999].path, "/all/999");
    assert_int_equal(list.fields[999].rows, 999);
    hol_field_list_clear(&list);
    assert_int_equal(list.count, 0);
}

static void test_optional_fields_are_kept_with_memory_only(void **unused) {
    (void)unused;
    float value = 0;
    hol_field field = hol_field_vector("/average", "w", HOL_FIELD_F32, 1, NULL);
    assert_true(hol_field_is_kept(&field));
    hol_field_set_presence(&field, HOL_FIELD_OPTIONAL, "/average");
    assert_false(hol_field_is_kept(&field));
    assert_string_equal(field.group, "/average");
    field.memory = &value;
    assert_true(hol_field_is_kept(&field));
    field.memory = NULL;
    hol_field_set_presence(&field, HOL_FIELD_LATER, NULL);
    assert_true(hol_field_is_kept(&field));
    assert_string_equal(field.group, "/average/w");
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_lie_apart_by_their_stride),
        cmocka_unit_test(test_sizes_follow_from_type_and_shape),
        cmocka_unit_test(test_own_functions_stand_for_memory),
        cmocka_unit_test(test_a_list_holds_any_number),
        cmocka_unit_test(test_optional_fields_are_kept_with_memory_only),
    };
    return hol_test_main(argc, argv, "fields", tests, HOL_TEST_COUNT(tests));
}
