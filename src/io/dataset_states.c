/* dataset_states: how many states columns have, and what these are called: as our files say (/states, /alphabet), else
 * from a look at all values. */
#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "dataset_parts.h"
#include "io/dataset_notes.h"

enum { LEVELS = 1 << 22 };

/* ------------------------------------------------------------------ notes */

void hol_dataset_states_clear(hol_dataset_states *states) {
    hol_free(states->cardinalities);
    hol_free(states->first_names);
    hol_free(states->names);
    *states = (hol_dataset_states){0};
}

static hol_status check(const char *file, const hol_dataset_states *states, const int32_t *counts, int64_t names) {
    int64_t sum = 0;
    for (int64_t c = 0; c < states->columns; c++) {
        const int32_t cardinality = states->cardinalities[c];
        if (cardinality < 2 || cardinality > HOL_DATASET_STATES_MAX)
            return hol_error(HOL_BAD_INPUT,
                             "%s:/states/cardinalities: column %lld (from 0): found %d, expected 2 to %d", file,
                             (long long)c, cardinality, HOL_DATASET_STATES_MAX);
        if (counts[c] < 0 || counts[c] > cardinality)
            return hol_error(HOL_BAD_INPUT, "%s:/states/counts: column %lld (from 0): found %d, expected 0 to %d", file,
                             (long long)c, counts[c], cardinality);
        sum += counts[c];
    }
    if (sum == names) return HOL_OK;
    return hol_error(HOL_BAD_INPUT, "%s:/states/names: found %lld, expected %lld, the sum of /states/counts", file,
                     (long long)names, (long long)sum);
}

hol_status hol_dataset_read_states(hol_comm *comm, const char *file, hol_dataset_states *ret) {
    hol_status status = HOL_OK;
    int32_t *counts = NULL;
    int64_t names = 0, columns = 0;
    *ret = (hol_dataset_states){0};
    if (!hol_dataset_has_note(comm, file, "/states/cardinalities")) return HOL_OK;
    HOL_TRY(hol_dataset_read_integers(comm, file, "/states/cardinalities", &columns, &ret->cardinalities));
    HOL_TRY(hol_dataset_read_integers(comm, file, "/states/counts", &ret->columns, &counts));
    if (columns != ret->columns)
        HOL_TRY(hol_error(HOL_BAD_INPUT, "%s:/states/counts: found %lld, expected %lld, as many as cardinalities", file,
                          (long long)ret->columns, (long long)columns));
    if (hol_dataset_has_note(comm, file, "/states/names"))
        HOL_TRY(hol_dataset_read_texts(comm, file, "/states/names", &ret->names, &names));
    HOL_TRY(check(file, ret, counts, names));
    HOL_TRY(HOL_ALLOCATE(ret->first_names, columns + 1, "names of states"));
    for (int64_t c = 0; c < columns; c++) ret->first_names[c + 1] = ret->first_names[c] + counts[c];
cleanup:
    hol_free(counts);
    if (status != HOL_OK) hol_dataset_states_clear(ret);
    return status;
}

/* ------------------------------------------------------------------ letters */

/* Letters are those of each column's states. */
static hol_status check_alphabet(hol_comm *comm, const char *file, const hol_alphabet *alphabet) {
    hol_dataset_states states;
    hol_status status = hol_dataset_read_states(comm, file, &states);
    for (int64_t c = 0; c < states.columns && status == HOL_OK; c++)
        if (states.cardinalities[c] != alphabet->count)
            status = hol_error(HOL_BAD_INPUT,
                               "%s:/alphabet: found %d letters, expected %d, the states of column %lld (from 0)",
                               file, alphabet->count, states.cardinalities[c], (long long)c);
    hol_dataset_states_clear(&states);
    return status;
}

hol_status hol_dataset_read_alphabet(hol_comm *comm, const char *file, hol_alphabet *ret) {
    hol_status status = HOL_OK;
    char **letters = NULL, *named = NULL;
    int32_t codes[HOL_ALPHABET_MOST] = {0};
    int64_t count = 0;
    *ret = (hol_alphabet){0};
    if (!hol_dataset_has_note(comm, file, "/alphabet")) return HOL_OK;
    HOL_TRY(hol_dataset_read_texts(comm, file, "/alphabet", &letters, &count));
    HOL_TRY(hol_format_text(&named, "name of an alphabet", "%s:/alphabet", file));
    for (int64_t i = 0; i < count && i < HOL_ALPHABET_MOST; i++)
        codes[i] = letters[i][0] && !letters[i][1] ? letters[i][0] : 0;
    HOL_TRY(hol_alphabet_of_codes(named, count, codes, ret));
    HOL_TRY(check_alphabet(comm, file, ret));
cleanup:
    hol_free(letters);
    hol_free(named);
    if (status != HOL_OK) *ret = (hol_alphabet){0};
    return status;
}

/* ------------------------------------------------------------------ a look at all values */

/* Of this rank's share of the rows the largest state of each column. */
static hol_status look(hol_comm *comm, hol_dataset *self, int64_t *largest) {
    hol_status status = HOL_OK;
    uint16_t *levels = NULL;
    const int64_t columns = hol_dataset_get_columns(self);
    const int one = hol_dataset_get_kind(self) == HOL_DATASET_BYTES ? 257 : 1;
    int64_t first = 0, rows = 0, piece = LEVELS / columns + 1;
    hol_comm_share(self->rows, hol_comm_rank(comm), hol_comm_size(comm), &first, &rows);
    if (piece > rows) piece = rows;
    HOL_TRY(HOL_ALLOCATE(levels, HOL_PRODUCT(piece + 1, columns), "rows of a data set"));
    for (int64_t row = first, end = first + rows; row < end; row += piece) {
        const int64_t now = end - row < piece ? end - row : piece;
        HOL_TRY(hol_dataset_read(self, row, now, levels));
        for (int64_t i = 0; i < now * columns; i++)
            if (levels[i] / one > largest[i % columns]) largest[i % columns] = levels[i] / one;
    }
cleanup:
    hol_free(levels);
    return status;
}

static hol_status find_by_values(hol_comm *comm, hol_dataset *self, int32_t *cardinalities) {
    hol_status status = HOL_OK;
    const int64_t columns = hol_dataset_get_columns(self);
    int64_t *largest = NULL;
    HOL_TRY(hol_comm_agree(comm, HOL_ALLOCATE(largest, columns, "states")));
    for (int64_t c = 0; c < columns; c++) largest[c] = 1;
    if (self->kind != HOL_DATASET_BINARY) {
        HOL_TRY(hol_comm_agree(comm, look(comm, self, largest)));
        HOL_TRY(hol_comm_max_i64(comm, largest, columns));
    }
    for (int64_t c = 0; c < self->columns; c++) cardinalities[c] = (int32_t)largest[c] + 1;
cleanup:
    hol_free(largest);
    return status;
}

hol_status hol_dataset_find_cardinalities(hol_comm *comm, hol_dataset *self, int32_t *cardinalities) {
    hol_status status = HOL_OK;
    hol_dataset_states states = {0};
    for (int64_t c = 0; c < self->columns; c++) cardinalities[c] = 2;
    if (self->has_label) cardinalities[self->columns] = self->classes;
    if (hol_dataset_is_labelled_grey(self)) return HOL_OK;
    if (self->kind == HOL_DATASET_FLOATS)
        return hol_error(HOL_BAD_INPUT, "%s: found fractions, expected states: whole numbers", self->named);
    if (hol_comm_rank(comm) == 0) status = hol_dataset_read_states(self->comm, self->file, &states);
    if (status == HOL_OK && states.columns > 0 && states.columns != self->columns)
        status = hol_error(HOL_BAD_INPUT, "%s:/states/cardinalities: found %lld, expected %lld, one a column",
                           self->file, (long long)states.columns, (long long)self->columns);
    HOL_TRY(hol_comm_agree(comm, status));
    if (states.columns > 0) memcpy(cardinalities, states.cardinalities, (size_t)self->columns * sizeof *cardinalities);
    HOL_TRY(hol_comm_broadcast(comm, &states.columns, sizeof states.columns));
    if (states.columns > 0)
        HOL_TRY(hol_comm_broadcast(comm, cardinalities, self->columns * (int64_t)sizeof *cardinalities));
    else HOL_TRY(find_by_values(comm, self, cardinalities));
cleanup:
    hol_dataset_states_clear(&states);
    return status;
}
