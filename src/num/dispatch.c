/* dispatch: which kernels this CPU gets. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "num/kernels.h"

/* Best first. A new instruction set is a folder beside this file, its compiler flags in the Makefile and a line here.
 */
extern const hol_kernels hol_generic_kernels;
#if defined(__x86_64__)
extern const hol_kernels hol_avx2_kernels, hol_avx512_kernels, hol_amx_kernels;
static const hol_kernels *const backends[] = {
#ifdef HOL_AMX
    &hol_amx_kernels,
#endif
    &hol_avx512_kernels, &hol_avx2_kernels, &hol_generic_kernels};
#else
static const hol_kernels *const backends[] = {&hol_generic_kernels};
#endif
enum { BACKENDS = sizeof backends / sizeof *backends };

const hol_kernels *hol_kernels_find(const char *isa) {
    for (int i = 0; i < BACKENDS; i++)
        if (strcmp(backends[i]->isa, isa) == 0 && backends[i]->runs_here()) return backends[i];
    return NULL;
}

void hol_kernels_list(bool built, char *text, size_t size) {
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; i < BACKENDS && used < size; i++)
        if (built || backends[i]->runs_here())
            used += (size_t)snprintf(text + used, size - used, "%s%s", used ? ", " : "", backends[i]->isa);
}

const hol_kernels *hol_kernels_get(void) {
    const char *wish = getenv("HOLODE_ISA");
    const hol_kernels *found = wish ? hol_kernels_find(wish) : NULL;
    for (int i = 0; !found; i++) found = backends[i]->runs_here() ? backends[i] : NULL;
    return found;
}
