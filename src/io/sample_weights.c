/* sample_weights: read by one rank, made whole numbers, and given to all. */
#include "io/sample_weights.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "io/array_file.h"
#include "io/dataset_notes.h"

enum { BITS = 31 };                  /* of the largest q */
#define ROWS_MOST (INT64_C(1) << 31) /* so that sums of q fit 63 bits */

void hol_sample_weights_release(hol_sample_weights *weights) {
    if (!weights) return;
    hol_free(weights->values);
    weights->values = NULL;
}

void hol_sample_weights_destroy(hol_sample_weights *weights) {
    hol_sample_weights_release(weights);
    hol_free(weights);
}

double hol_sample_weights_effective(hol_wide sum, hol_wide squares) {
    return squares > 0 ? (double)sum * (double)sum / (double)squares : 0;
}

/* ------------------------------------------------------------------ whole numbers */

static hol_status check_numbers(const char *name, int64_t rows, const double *numbers, double *ret_largest) {
    *ret_largest = 0;
    if (rows > ROWS_MOST)
        return hol_error(HOL_BAD_INPUT, "%s: found weights of %lld rows, expected at most %lld", name, (long long)rows,
                         (long long)ROWS_MOST);
    for (int64_t r = 0; r < rows; r++) {
        if (!(numbers[r] >= 0) || isinf(numbers[r]))
            return hol_error(HOL_BAD_INPUT,
                             "%s: row %lld (from 0): found %.9g, expected a weight: a finite number from "
                             "0 up",
                             name, (long long)r, isnan(numbers[r]) ? (double)NAN : numbers[r]);
        if (numbers[r] > *ret_largest) *ret_largest = numbers[r];
    }
    if (*ret_largest > 0) return HOL_OK;
    return hol_error(HOL_BAD_INPUT, "%s: found weights that are all 0, expected one above 0", name);
}

/* values and what is summed of them */
static void set_values(hol_sample_weights *self, const double *numbers) {
    int exponent = 0;
    hol_wide squares = 0;
    (void)frexp(self->largest, &exponent);
    for (int64_t r = 0; r < self->rows; r++) {
        const uint32_t q = (uint32_t)(ldexp(numbers[r], BITS - exponent) + 0.5);
        self->values[r] = q;
        self->sum += q;
        squares += (hol_wide)q * q;
        self->zeros += q == 0;
        self->total += numbers[r];
    }
    self->effective = hol_sample_weights_effective(self->sum, squares);
}

/* That nothing is known of so many rows, which have the weight 0. */
static void set_unknown(hol_sample_weights *self, int64_t unknown) {
    uint32_t most = 0;
    for (int64_t r = 0; r < self->rows; r++)
        if (self->values[r] > most) most = self->values[r];
    self->unknown = unknown;
    self->are_alike = self->zeros == unknown && self->sum == (self->rows - unknown) * (int64_t)most;
}

hol_status hol_sample_weights_create(const char *name, int64_t rows, const double *numbers, hol_sample_weights **ret) {
    hol_status status = HOL_OK;
    hol_sample_weights *self = NULL;
    *ret = NULL;
    HOL_TRY(HOL_ALLOCATE(self, 1, "weights"));
    self->rows = rows;
    HOL_TRY(check_numbers(name, rows, numbers, &self->largest));
    HOL_TRY(HOL_ALLOCATE(self->values, rows, "weights"));
    set_values(self, numbers);
    set_unknown(self, 0);
    *ret = self;
    return HOL_OK;
cleanup:
    hol_sample_weights_destroy(self);
    return status;
}

/* ------------------------------------------------------------------ reading */

static hol_status check_rows(const char *name, int64_t found, const hol_dataset *dataset) {
    const int64_t rows = hol_dataset_get_rows(dataset);
    if (found == rows) return HOL_OK;
    return hol_error(HOL_BAD_INPUT, "%s: found %lld weights, expected %lld, one for each row of %s:%s", name,
                     (long long)found, (long long)rows, hol_dataset_get_file(dataset), hol_dataset_get_path(dataset));
}

static hol_status read_list(hol_comm *comm, const char *file, const char *path, const hol_dataset *dataset,
                            char **ret_name, double **ret_numbers) {
    hol_status status = HOL_OK;
    int64_t rows = 0;
    HOL_TRY(hol_format_text(ret_name, "name of weights", "%s:%s", file, path));
    HOL_TRY(hol_dataset_read_length(comm, file, path, &rows));
    HOL_TRY(check_rows(*ret_name, rows, dataset));
    HOL_TRY(HOL_ALLOCATE(*ret_numbers, rows, "weights"));
    HOL_TRY(hol_dataset_read_list(comm, file, path, rows, *ret_numbers));
cleanup:
    return status;
}

/* FILE alone is its /weights, in a file of ours those of the data set's split. */
static hol_status read_h5(hol_comm *comm, const char *reference, const hol_dataset *dataset, char **ret_name,
                          double **ret_numbers) {
    hol_status status = HOL_OK;
    char *file = NULL, *path = NULL;
    HOL_TRY(hol_dataset_parse_reference(reference, NULL, &file, &path));
    if (!path)
        HOL_TRY(hol_format_text(&path, "name of weights", "/weights%s",
                                hol_dataset_is_ours(comm, file) ? hol_dataset_get_path(dataset) : ""));
    HOL_TRY(read_list(comm, file, path, dataset, ret_name, ret_numbers));
cleanup:
    hol_free(file);
    hol_free(path);
    return status;
}

static hol_status read_array(const char *reference, const hol_dataset *dataset, char **ret_name, double **ret_numbers) {
    hol_status status = HOL_OK;
    hol_array_file *file = NULL;
    float *values = NULL;
    int64_t got = 0;
    HOL_TRY(hol_format_text(ret_name, "name of weights", "%s", reference));
    HOL_TRY(hol_array_file_open(reference, false, &file));
    const int64_t rows = hol_array_file_get_rows(file), columns = hol_array_file_get_columns(file);
    if (columns != 1)
        HOL_TRY(hol_error(HOL_BAD_INPUT, "%s: found %lld columns, expected one: the rows' weights", reference,
                          (long long)columns));
    HOL_TRY(check_rows(*ret_name, rows, dataset));
    HOL_TRY(HOL_ALLOCATE(values, rows, "weights"));
    HOL_TRY(HOL_ALLOCATE(*ret_numbers, rows, "weights"));
    HOL_TRY(hol_array_file_read(file, rows, values, NULL, &got));
    for (int64_t r = 0; r < rows; r++) (*ret_numbers)[r] = (double)values[r];
cleanup:
    hol_free(values);
    hol_array_file_close(file);
    return status;
}

/* numbers NULL: there are none. Both are the caller's to free, also after an error. */
static hol_status read_numbers(hol_comm *comm, const char *reference, const hol_dataset *dataset, char **ret_name,
                               double **ret_numbers) {
    hol_status status = HOL_OK;
    char *path = NULL;
    const char *file = hol_dataset_get_file(dataset), *split = hol_dataset_get_path(dataset);
    if (strcmp(reference, HOL_SAMPLE_WEIGHTS_NONE) == 0) return HOL_OK;
    if (reference[0] && hol_array_file_is_dataset(reference))
        return read_h5(comm, reference, dataset, ret_name, ret_numbers);
    if (reference[0]) return read_array(reference, dataset, ret_name, ret_numbers);
    if (!hol_dataset_has_weights(comm, file, split)) return HOL_OK;
    HOL_TRY(hol_format_text(&path, "name of weights", "/weights%s", split));
    HOL_TRY(read_list(comm, file, path, dataset, ret_name, ret_numbers));
cleanup:
    hol_free(path);
    return status;
}

/* Puts 0 in place of the weights of rows of which nothing is known, unless that are all; *numbers NULL: there are no
 * weights yet. */
static hol_status leave_out_unknown(hol_dataset *dataset, double **numbers, int64_t *ret_unknown) {
    enum { PIECE_BYTES = 1 << 20 };
    hol_status status = HOL_OK;
    const int64_t rows = hol_dataset_get_rows(dataset), columns = hol_dataset_get_columns(dataset);
    const int64_t bytes = hol_dataset_missing_bytes(columns);
    uint8_t *bits = NULL, *is_unknown = NULL;
    int64_t unknown = 0, piece = PIECE_BYTES / bytes + 1;
    *ret_unknown = 0;
    if (!hol_dataset_has_missing(dataset)) return HOL_OK;
    if (piece > rows) piece = rows;
    HOL_TRY(HOL_ALLOCATE(bits, HOL_PRODUCT(piece, bytes), "missing values"));
    HOL_TRY(HOL_ALLOCATE(is_unknown, rows, "missing values"));
    for (int64_t first = 0; first < rows; first += piece) {
        const int64_t now = rows - first < piece ? rows - first : piece;
        HOL_TRY(hol_dataset_read_missing(dataset, first, now, bits));
        for (int64_t r = 0; r < now; r++) {
            is_unknown[first + r] = hol_dataset_is_unknown(bits + r * bytes, columns);
            unknown += is_unknown[first + r];
        }
    }
    if (unknown == 0 || unknown == rows) goto cleanup;
    if (!*numbers) {
        HOL_TRY(HOL_ALLOCATE(*numbers, rows, "weights"));
        for (int64_t r = 0; r < rows; r++) (*numbers)[r] = 1;
    }
    for (int64_t r = 0; r < rows; r++)
        if (is_unknown[r]) (*numbers)[r] = 0;
    *ret_unknown = unknown;
cleanup:
    hol_free(bits);
    hol_free(is_unknown);
    return status;
}

/* What there is to say of weights that were read. */
typedef struct findings {
    char *name;      /* owned; where there are none, the data set's */
    int64_t lost;    /* rows whose weight is above 0 and became 0 */
    int64_t unknown; /* rows of which nothing is known */
    bool were_equal; /* all that were there */
} findings;

static hol_status read_here(hol_comm *comm, const char *reference, hol_dataset *dataset, findings *found,
                            hol_sample_weights **ret) {
    hol_status status = HOL_OK;
    double *numbers = NULL;
    *ret = NULL;
    HOL_TRY(read_numbers(comm, reference, dataset, &found->name, &numbers));
    const bool had_some = numbers != NULL;
    HOL_TRY(leave_out_unknown(dataset, &numbers, &found->unknown));
    if (!numbers) return HOL_OK;
    if (!had_some)
        HOL_TRY(hol_format_text(&found->name, "name of weights", "%s:%s", hol_dataset_get_file(dataset),
                                hol_dataset_get_path(dataset)));
    HOL_TRY(hol_sample_weights_create(found->name, hol_dataset_get_rows(dataset), numbers, ret));
    set_unknown(*ret, found->unknown);
    for (int64_t r = 0; r < (*ret)->rows; r++) found->lost += (*ret)->values[r] == 0 && numbers[r] > 0;
    found->were_equal = had_some && (*ret)->are_alike;
    if ((*ret)->are_alike && found->unknown == 0) {
        hol_sample_weights_destroy(*ret);
        *ret = NULL;
    }
cleanup:
    hol_free(numbers);
    return status;
}

hol_status hol_sample_weights_read_alone(hol_comm *comm, const char *reference, hol_dataset *dataset,
                                         hol_sample_weights **ret) {
    findings found = {0};
    const hol_status status = read_here(comm, reference, dataset, &found, ret);
    hol_free(found.name);
    return status;
}

/* From rank 0 to the others. */
static hol_status share(hol_comm *comm, hol_sample_weights **weights) {
    hol_status status = HOL_OK;
    hol_sample_weights head = {0};
    if (*weights) head = **weights;
    head.values = NULL;
    HOL_TRY(hol_comm_broadcast(comm, &head, sizeof head));
    if (head.rows == 0) return HOL_OK;
    if (!*weights) {
        status = HOL_ALLOCATE(*weights, 1, "weights");
        if (status == HOL_OK) {
            **weights = head;
            status = HOL_ALLOCATE((*weights)->values, head.rows, "weights");
        }
    }
    HOL_TRY(hol_comm_agree(comm, status));
    HOL_TRY(hol_comm_broadcast(comm, (*weights)->values, head.rows * (int64_t)sizeof *head.values));
cleanup:
    return status;
}

hol_status hol_sample_weights_read(hol_comm *comm, const char *reference, hol_dataset *dataset,
                                   hol_sample_weights **ret) {
    hol_status status = HOL_OK;
    findings found = {0}; /* rank 0's, which alone speaks */
    *ret = NULL;
    if (hol_comm_rank(comm) == 0) status = read_here(comm, reference, dataset, &found, ret);
    HOL_TRY(hol_comm_agree(comm, status));
    if (found.lost > 0)
        hol_log_warning(comm, "%s: %lld weights above 0 are less than 2^-31 of the largest, and count as 0", found.name,
                        (long long)found.lost);
    if (found.unknown > 0)
        hol_log_warning(comm, "%s:%s: nothing is known of %lld of %lld rows, which do not count",
                        hol_dataset_get_file(dataset), hol_dataset_get_path(dataset), (long long)found.unknown,
                        (long long)hol_dataset_get_rows(dataset));
    if (found.were_equal) hol_log(comm, "%s: all weights are equal, which is as without", found.name);
    HOL_TRY(share(comm, ret));
cleanup:
    hol_free(found.name);
    if (status != HOL_OK) {
        hol_sample_weights_destroy(*ret);
        *ret = NULL;
    }
    return status;
}
