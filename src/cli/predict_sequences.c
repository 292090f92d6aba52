/* predict_sequences: completed rows as sequences of letters, under their names. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "io/sequence_file.h"
#include "predict.h"

/* " predicted=A p=0.931", or "" without a target and in an impossible row; of a draw " draw=3". */
enum { NOTE_SIZE = 64, NAME_SIZE = 32 };

/* target is the predicted state and the probabilities of all states; NULL: no target */
static void note(const hol_prediction *self, const float *target, int64_t draw, char text[NOTE_SIZE]) {
    text[0] = '\0';
    if (draw >= 0) (void)snprintf(text, NOTE_SIZE, " draw=%lld", (long long)draw);
    else if (target && !isnan(target[0]))
        (void)snprintf(text, NOTE_SIZE, " predicted=%c p=%.4g", self->alphabet.letters[(int)target[0]],
                       (double)target[1 + (int)target[0]]);
}

/* A name for each sequence, with its note: one block. */
static hol_status make_names(const hol_prediction *self, int64_t draws, const float *target, char ***ret_names) {
    const int64_t rows = self->subject.rows, each = draws > 0 ? draws : 1, count = HOL_PRODUCT(rows, each);
    const int64_t width = 1 + (target ? self->alphabet.count : 0);
    char *const *given = self->subject.names, number[NAME_SIZE], *block = NULL;
    int64_t bytes = HOL_PRODUCT(count, (int64_t)sizeof(char *) + NOTE_SIZE + NAME_SIZE);
    for (int64_t r = 0; r < rows && given; r++) bytes += each * (int64_t)strlen(given[r]);
    const hol_status status = HOL_ALLOCATE(block, bytes, "names");
    if (status != HOL_OK) return status;
    char **names = (char **)(void *)block, *at = (char *)(names + count);
    for (int64_t k = 0; k < count; k++) {
        const int64_t r = k / each;
        (void)snprintf(number, sizeof number, "row-%lld", (long long)r);
        names[k] = at;
        at = stpcpy(at, given && *given[r] ? given[r] : number);
        note(self, target ? target + r * width : NULL, draws > 0 ? k % each : -1, at);
        at += strlen(at) + 1;
    }
    *ret_names = names;
    return HOL_OK;
}

hol_status hol_predict_write_sequences(const hol_prediction *self, const char *path, int64_t draws,
                                       const uint8_t *states, const float *target) {
    char **names = NULL;
    hol_status status = make_names(self, draws, target, &names);
    const hol_sequences sequences = {.alphabet = self->alphabet,
                                     .rows = self->subject.rows * (draws > 0 ? draws : 1),
                                     .columns = self->columns,
                                     .states = states,
                                     .names = (const char *const *)names};
    if (status == HOL_OK) status = hol_sequence_file_write(path, &sequences);
    hol_free(names);
    return status;
}
