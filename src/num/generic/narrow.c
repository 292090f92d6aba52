/* narrow: in plain C. */
#include "backend.h"

#include "num/bits.h"

#include "narrow.h"
