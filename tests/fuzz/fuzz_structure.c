/* fuzz_structure: what `holode contacts --structure` takes: PDB, mmCIF and tables of distances. */
#include "fuzz.h"

#include "base/alloc.h"
#include "io/distance_file.h"
#include "io/molecule.h"
#include "io/text_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    const char *path = fuzz_file("x.pdb", bytes, size);
    char *text = NULL;
    int64_t length = 0;
    if (!hol_error_drop(hol_text_file_load(path, &text, &length))) {
        hol_molecule molecule = {0};
        hol_distance_table table = {0};
        const bool is_molecule = hol_molecule_recognize(text) != HOL_MOLECULE_NONE;
        if (is_molecule) (void)hol_error_drop(hol_molecule_read(path, text, NULL, &molecule));
        else (void)hol_error_drop(hol_distance_table_read(path, text, 0, &table));
        hol_molecule_clear(&molecule);
        hol_distance_table_clear(&table);
    }
    hol_free(text);
    (void)unlink(path);
    return 0;
}
