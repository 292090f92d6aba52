/* kernels of AMX: whether there are tiles here. */
#include <sys/syscall.h>
#include <unistd.h>

#include "backend.h"

/* Linux gives a process the room for tiles when it asks for it (Documentation/arch/x86/xstate.rst). */
enum { ASK_FOR_STATE = 0x1023 /* ARCH_REQ_XCOMP_PERM */, TILE_DATA = 18 /* XFEATURE_XTILEDATA */ };

bool HOL_BACKEND(has_tiles)(void) {
    __builtin_cpu_init();
    return __builtin_cpu_supports("amx-tile") && __builtin_cpu_supports("amx-int8") &&
           syscall(SYS_arch_prctl, ASK_FOR_STATE, TILE_DATA) == 0;
}
