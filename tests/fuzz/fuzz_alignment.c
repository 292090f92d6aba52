/* fuzz_alignment: aligned sequences, FASTA, a2m and Stockholm, plain or compressed, by each way to take them. */
#include "fuzz.h"

#include "io/alignment.h"

/* Each row, and its name, is there. */
static void look(const hol_alignment *a) {
    char text[64];
    size_t sum = 0;
    hol_alignment_list_others(a, text, sizeof text);
    for (int64_t r = 0; r < a->rows; r++) {
        sum += strlen(hol_alignment_name(a, r)) + strlen(text);
        for (int64_t c = 0; c < a->columns; c++) {
            const uint8_t state = a->states[r * a->columns + c];
            if (state >= a->alphabet.count && state != HOL_ALIGNMENT_MISSING) abort();
            sum += state;
        }
    }
    if (a->rows > 0 && sum == SIZE_MAX) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    static const struct {
        const char *letters, *query;
        bool duplicates, gaps, missing;
    } ways[] = {{"protein", NULL, false, false, false},
                {"rna", "first", true, true, false},
                {"dna", "q", false, false, true},
                {"aA.-", NULL, true, false, false}};
    const char *path = fuzz_file("x.fasta", bytes, size), *name = NULL;
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        hol_alignment *alignment = NULL;
        hol_alignment_how how = {.keeps_duplicates = ways[i].duplicates,
                                 .others_are_gaps = ways[i].gaps,
                                 .others_are_missing = ways[i].missing,
                                 .query = ways[i].query};
        if (hol_error_drop(hol_alphabet_parse("", ways[i].letters, &how.alphabet))) abort();
        if (!hol_error_drop(hol_alignment_load(path, &how, &alignment))) look(alignment);
        hol_alignment_destroy(alignment);
    }
    if (hol_alignment_is(path)) (void)hol_error_drop(hol_alignment_guess(path, &name));
    (void)unlink(path);
    return 0;
}
