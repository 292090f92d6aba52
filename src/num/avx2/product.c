/* product: look-ups of lines in memory. */
#include "backend.h"

#include "num/bits.h"

typedef vni part;

#include "../generic/product.h"
