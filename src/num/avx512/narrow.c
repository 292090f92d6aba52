/* narrow: the generic one, in this instruction set. */
#include "backend.h"

#include "num/bits.h"

#include "../generic/narrow.h"
