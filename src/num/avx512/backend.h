/* backend: this folder's names, and the width of its vectors. */
#ifndef HOL_SRC_NUM_AVX512_BACKEND_H
#define HOL_SRC_NUM_AVX512_BACKEND_H

#include <immintrin.h>

#define HOL_BACKEND(name) hol_avx512_##name
#define HOL_BACKEND_NAME "avx512"
enum { NATIVE = 64 };

#include "../backend.h"

#endif
