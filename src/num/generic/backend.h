/* backend: this folder's names, and the width of its vectors. */
#ifndef HOL_SRC_NUM_GENERIC_BACKEND_H
#define HOL_SRC_NUM_GENERIC_BACKEND_H

#define HOL_BACKEND(name) hol_generic_##name
#define HOL_BACKEND_NAME "generic"
enum { NATIVE = 16 };

#include "../backend.h"

#endif
