/* levels: the generic body. */
#include "backend.h"

#include "../generic/levels.h"
