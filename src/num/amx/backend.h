/* backend: this folder's names. What it has not of its own is AVX-512's (avx512/kernels.c has the list). */
#ifndef HOL_SRC_NUM_AMX_BACKEND_H
#define HOL_SRC_NUM_AMX_BACKEND_H

#include <immintrin.h>

#define HOL_BACKEND(name) hol_amx_##name
enum { NATIVE = 64 };

#include "../backend.h"

#endif
