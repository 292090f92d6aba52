/* backend: this folder's names, and the width of its vectors. */
#ifndef HOL_SRC_NUM_AVX2_BACKEND_H
#define HOL_SRC_NUM_AVX2_BACKEND_H

#include <immintrin.h>

#define HOL_BACKEND(name) hol_avx2_##name
#define HOL_BACKEND_NAME "avx2"
enum { NATIVE = 32 };

#include "../backend.h"

#endif
