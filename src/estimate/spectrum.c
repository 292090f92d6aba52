/* spectrum: the Gram matrix of the smaller side, its tridiagonal form, its eigenvalues. */
#include "estimate/spectrum.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/alloc.h"

enum { ITERATIONS_MOST = 60 };

int64_t hol_spectrum_count(int64_t rows, int64_t columns) {
    const int64_t side = rows < columns ? rows : columns;
    const bool is_small =
        side <= HOL_SPECTRUM_SIDE_MAX && (double)rows * (double)columns * (double)side <= HOL_SPECTRUM_WORK_MAX;
    return is_small ? side : 0;
}

/* gram (side, side): of rows where they are fewer, else of columns */
static void multiply(const float *matrix, int64_t rows, int64_t columns, double *gram) {
    const int64_t side = rows < columns ? rows : columns;
    for (int64_t r = 0; r < rows && rows >= columns; r++) /* a row at a time: both factors lie side by side */
        for (int64_t i = 0; i < side; i++)
            for (int64_t j = 0; j <= i; j++)
                gram[i * side + j] += (double)matrix[r * columns + i] * (double)matrix[r * columns + j];
    for (int64_t i = 0; i < side && rows < columns; i++)
        for (int64_t j = 0; j <= i; j++) {
            double sum = 0;
            for (int64_t c = 0; c < columns; c++)
                sum += (double)matrix[i * columns + c] * (double)matrix[j * columns + c];
            gram[i * side + j] = sum;
        }
}

/* One reflection: row i of the lower triangle becomes its last entry alone; v is (i) of room. */
static void reflect(double *a, int64_t n, int64_t i, double *v, double *p, double *ret_off) {
    double norm = 0, dot = 0;
    for (int64_t k = 0; k < i; k++) norm += a[i * n + k] * a[i * n + k];
    norm = sqrt(norm);
    const double last = a[i * n + i - 1], off = last > 0 ? -norm : norm;
    *ret_off = off;
    if (!(norm > 0)) return;
    for (int64_t k = 0; k < i; k++) v[k] = a[i * n + k];
    v[i - 1] -= off;
    const double half = norm * norm - last * off; /* |v|^2 / 2 */
    if (!(half > 0)) return;
    for (int64_t r = 0; r < i; r++) {
        p[r] = 0;
        for (int64_t c = 0; c < i; c++) p[r] += (c <= r ? a[r * n + c] : a[c * n + r]) * v[c];
        p[r] /= half;
    }
    for (int64_t k = 0; k < i; k++) dot += p[k] * v[k];
    for (int64_t k = 0; k < i; k++) p[k] -= dot / (2 * half) * v[k];
    for (int64_t r = 0; r < i; r++)
        for (int64_t c = 0; c <= r; c++) a[r * n + c] -= v[r] * p[c] + p[r] * v[c];
}

/* QL with implicit shifts on diagonal d (n) and e, e[i] between i and i + 1; false when it does not converge. */
static bool find_eigenvalues(double *d, double *e, int64_t n) {
    for (int64_t l = 0; l < n; l++) {
        for (int iteration = 0;; iteration++) {
            int64_t m = l;
            while (m + 1 < n && fabs(e[m]) > 1e-16 * (fabs(d[m]) + fabs(d[m + 1]))) m++;
            if (m == l) break;
            if (iteration == ITERATIONS_MOST) return false;
            double g = (d[l + 1] - d[l]) / (2 * e[l]), s = 1, c = 1, p = 0;
            g = d[m] - d[l] + e[l] / (g + copysign(hypot(g, 1), g));
            int64_t i = m - 1;
            for (; i >= l; i--) {
                const double f = s * e[i], b = c * e[i], r = hypot(f, g);
                e[i + 1] = r;
                if (!(r > 0)) {
                    d[i + 1] -= p;
                    e[m] = 0;
                    break;
                }
                s = f / r;
                c = g / r;
                g = d[i + 1] - p;
                const double t = (d[i] - g) * s + 2 * c * b;
                p = s * t;
                d[i + 1] = g + p;
                g = c * t - b;
            }
            if (i >= l) continue;
            d[l] -= p;
            e[l] = g;
            e[m] = 0;
        }
    }
    return true;
}

static int compare(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x < y) - (x > y);
}

hol_status hol_spectrum_find(const float *matrix, int64_t rows, int64_t columns, double *values) {
    hol_status status = HOL_OK;
    double *gram = NULL, *off = NULL, *room = NULL;
    const int64_t n = rows < columns ? rows : columns;
    for (int64_t k = 0; k < rows * columns; k++)
        if (!isfinite(matrix[k])) return hol_error(HOL_FAILURE, "spectrum: found an entry that is not finite");
    HOL_TRY(HOL_ALLOCATE(gram, HOL_PRODUCT(n, n), "spectrum"));
    HOL_TRY(HOL_ALLOCATE(off, n + 1, "spectrum"));
    HOL_TRY(HOL_ALLOCATE(room, 2 * n, "spectrum"));
    multiply(matrix, rows, columns, gram);
    for (int64_t i = n - 1; i > 0; i--) reflect(gram, n, i, room, room + n, &off[i - 1]);
    for (int64_t i = 0; i < n; i++) values[i] = gram[i * n + i];
    if (!find_eigenvalues(values, off, n)) HOL_TRY(hol_error(HOL_FAILURE, "spectrum: it does not converge"));
    for (int64_t i = 0; i < n; i++) values[i] = values[i] > 0 ? sqrt(values[i]) : 0;
    qsort(values, (size_t)n, sizeof *values, compare);
cleanup:
    hol_free(gram);
    hol_free(off);
    hol_free(room);
    return status;
}
