/* levels: of every machine. */
#include "backend.h"

#include "levels.h"
