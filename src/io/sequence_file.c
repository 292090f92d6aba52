/* sequence_file: FASTA. */
#include "io/sequence_file.h"

#include "base/alloc.h"
#include "base/escape.h"
#include "io/text_file.h"
#include "io/text_output.h"

const hol_output_kind hol_sequence_kinds[HOL_SEQUENCE_KINDS] = {{.ending = ".fasta", .begins = ">"},
                                                                {.ending = ".fa", .begins = ">"},
                                                                {.ending = ".fasta.gz", .begins = ">"},
                                                                {.ending = ".fa.gz", .begins = ">"}};

bool hol_sequence_file_is_named(const char *path) {
    return path && (hol_text_file_is_named(path, ".fasta") || hol_text_file_is_named(path, ".fa"));
}

void hol_sequences_spell(const hol_sequences *sequences, int64_t row, char *text) {
    const int64_t columns = sequences->columns;
    const hol_alphabet *alphabet = &sequences->alphabet;
    for (int64_t c = 0; c < columns; c++) {
        const uint8_t state = sequences->states[row * columns + c];
        text[c] = (char)(state < alphabet->count ? alphabet->letters[state] : '?');
    }
}

/* Names may be another program's: none begins a line of its own, or is longer than a name and what stands behind it. */
static void write_name(hol_text_output *to, const char *name) {
    char text[HOL_ESCAPE_GROWTH * 512];
    const size_t length = hol_escape(name, false, text, sizeof text);
    hol_text_output_write(to, ">", 1);
    hol_text_output_write(to, text, (int64_t)length);
}

hol_status hol_sequence_file_write(const char *path, const hol_sequences *sequences) {
    hol_status status = HOL_OK;
    hol_text_output *to = NULL;
    char *text = NULL;
    HOL_TRY(HOL_ALLOCATE(text, sequences->columns + 1, "a sequence"));
    HOL_TRY(hol_text_output_begin(path, &to));
    for (int64_t r = 0; r < sequences->rows; r++) {
        if (!sequences->names) hol_text_output_print(to, ">sample-%lld", (long long)r);
        else write_name(to, sequences->names[r]);
        if (sequences->energies) hol_text_output_print(to, " energy=%.6g", sequences->energies[r]);
        hol_text_output_print(to, "\n");
        hol_sequences_spell(sequences, r, text);
        text[sequences->columns] = '\n';
        hol_text_output_write(to, text, sequences->columns + 1);
    }
    status = hol_text_output_end(to);
cleanup:
    hol_free(text);
    return status;
}
