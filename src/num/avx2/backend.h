/* backend: this folder's names, the width of its vectors, and up to how many neighbours sparse_few takes. */
#ifndef HOL_SRC_NUM_AVX2_BACKEND_H
#define HOL_SRC_NUM_AVX2_BACKEND_H

#include <immintrin.h>

#define HOL_BACKEND(name) hol_avx2_##name
#define HOL_BACKEND_NAME "avx2"
enum { NATIVE = 32, FEW = 256 };

#include "../backend.h"

#endif
