/* threads: an environment with one variable more. */
#include "cli/threads.h"

#include <limits.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void hol_threads_sleep_soon(char **argv) {
    char spin_count[] = "GOMP_SPINCOUNT=2000"; /* turns, of about 25 ns */
    char program[PATH_MAX];
    size_t count = 0;
    if (getenv("OMP_WAIT_POLICY") || getenv("GOMP_SPINCOUNT") || omp_get_max_threads() == 1) return;
    const ssize_t length = readlink("/proc/self/exe", program, sizeof program);
    if (length <= 0 || length == (ssize_t)sizeof program) return;
    program[length] = '\0';
    while (environ[count]) count++;
    char **more = malloc((count + 2) * sizeof *more);
    if (!more) return;
    memcpy(more, environ, count * sizeof *more);
    more[count] = spin_count;
    more[count + 1] = NULL;
    (void)execve(program, argv, more);
    free(more);
}
