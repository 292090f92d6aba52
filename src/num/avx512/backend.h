/* backend: this folder's names, the width of its vectors, and up to how many neighbours sparse_few takes. */
#ifndef HOL_SRC_NUM_AVX512_BACKEND_H
#define HOL_SRC_NUM_AVX512_BACKEND_H

#include <immintrin.h>

#define HOL_BACKEND(name) hol_avx512_##name
#define HOL_BACKEND_NAME "avx512"
enum { NATIVE = 64, FEW = 320 };

#include "../backend.h"

#endif
