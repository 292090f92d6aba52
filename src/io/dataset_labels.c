/* dataset_labels: the labels of rows as a column of states behind the others. */
#include <string.h>

#include "base/alloc.h"
#include "dataset_parts.h"
#include "io/dataset_notes.h"
#include "origin.h"

enum { PIECE = 4096 };

static hol_status refuse_labels(const char *file, const char *path, const hol_dataset_labels *labels) {
    return hol_error(HOL_BAD_INPUT, "%s:%s: found labels from %d to %d, expected 0 to %d for a column of states", file,
                     path, labels->least, labels->most, HOL_DATASET_STATES_MAX - 1);
}

/* Over all splits of the file. */
static hol_status count_classes(hol_dataset *self, const char *own) {
    hol_status status = HOL_OK;
    char **paths = NULL;
    int64_t count = 0;
    self->classes = 2;
    HOL_TRY(hol_dataset_list(self->comm, self->file, &paths, &count));
    for (int64_t i = 0; i < count; i++) {
        hol_dataset_labels found;
        if (strncmp(paths[i], "/labels/", 8) != 0) continue;
        HOL_TRY(hol_dataset_read_labels(self->comm, self->file, paths[i], &found));
        const int64_t most = found.classes > 0 ? found.classes - 1 : found.most;
        hol_free(found.names);
        if (strcmp(paths[i], own) == 0 && found.rows != self->rows)
            HOL_TRY(hol_error(HOL_BAD_INPUT, "%s:%s: found %lld labels, expected %lld, one a row", self->file, own,
                              (long long)found.rows, (long long)self->rows));
        if (found.least < 0 || found.most >= HOL_DATASET_STATES_MAX || most >= HOL_DATASET_STATES_MAX)
            HOL_TRY(refuse_labels(self->file, paths[i], &found));
        if (most >= self->classes) self->classes = (int32_t)most + 1;
        if (strcmp(paths[i], own) == 0) self->lacks_some = found.missing > 0;
    }
cleanup:
    hol_free(paths);
    return status;
}

hol_status hol_dataset_add_labels_alone(hol_dataset *self, bool may_lack) {
    hol_status status = HOL_OK;
    char *path = NULL;
    const bool lacks = !self->is_ours || !hol_dataset_has_labels(self->comm, self->file, self->path);
    if (lacks && !may_lack)
        return hol_error(HOL_BAD_INPUT, "%s: found no labels, expected some (holode data import --label-column)",
                         self->named);
    self->has_label = true;
    self->classes = 2;
    if (lacks) return HOL_OK;
    HOL_TRY(hol_format_text(&path, "name of labels", "/labels%s", self->path));
    HOL_TRY(count_classes(self, path));
    HOL_TRY(hol_origin_open_set(self->comm, self->handle, self->file, path, &self->labels));
cleanup:
    hol_free(path);
    return status;
}

hol_status hol_dataset_add_labels(hol_comm *comm, hol_dataset *self, bool may_lack) {
    return hol_comm_agree(comm, hol_dataset_add_labels_alone(self, may_lack));
}

/* HOL_LABEL_MISSING of a data set that has none. */
static hol_status read_labels(const hol_dataset *self, int64_t first, int64_t rows, int32_t *labels) {
    for (int64_t r = 0; r < rows; r++) labels[r] = HOL_LABEL_MISSING;
    if (self->labels < 0) return HOL_OK;
    return hol_h5_read_rows(self->labels, self->named, H5T_NATIVE_INT32, first, rows, labels);
}

hol_status hol_dataset_mark_labels(const hol_dataset *self, int64_t first, int64_t rows, uint8_t *bits) {
    const int64_t bytes = hol_dataset_missing_bytes(hol_dataset_all_columns(self)), last = self->columns;
    int32_t labels[PIECE];
    for (int64_t begin = 0; begin < rows; begin += PIECE) {
        const int64_t now = rows - begin < PIECE ? rows - begin : PIECE;
        const hol_status status = read_labels(self, first + begin, now, labels);
        if (status != HOL_OK) return status;
        for (int64_t r = 0; r < now; r++)
            if (labels[r] == HOL_LABEL_MISSING) bits[(begin + r) * bytes + last / 8] |= (uint8_t)(1 << last % 8);
    }
    return HOL_OK;
}

/* From the last row on, so that none is moved onto one that is still to be. */
hol_status hol_dataset_take_labels(const hol_dataset *self, int64_t first, int64_t rows, uint16_t *levels) {
    const int64_t columns = self->columns;
    const int one = self->kind == HOL_DATASET_BINARY ? UINT16_MAX : 1;
    int32_t labels[PIECE];
    for (int64_t end = rows; end > 0;) {
        const int64_t begin = end > PIECE ? end - PIECE : 0;
        const hol_status status = read_labels(self, first + begin, end - begin, labels);
        if (status != HOL_OK) return status;
        for (int64_t r = end - 1; r >= begin; r--) {
            uint16_t *to = levels + r * (columns + 1);
            memmove(to, levels + r * columns, (size_t)columns * sizeof *levels);
            for (int64_t c = 0; c < columns && one > 1; c++) to[c] = to[c] > 0;
            to[columns] = labels[r - begin] == HOL_LABEL_MISSING ? 0 : (uint16_t)labels[r - begin];
        }
        end = begin;
    }
    return HOL_OK;
}
