/* threads: how OpenMP's threads wait for each other. */
#ifndef HOL_CLI_THREADS_H
#define HOL_CLI_THREADS_H

/* GNU's OpenMP lets a thread that has nothing to do spin for milliseconds before it sleeps, on busy cores at the cost
 * of the thread that it waits for: a run is then slower on two threads than on one. How long it spins, GOMP_SPINCOUNT
 * in the environment says, which is read before main. So where the environment says nothing about it (nor does
 * OMP_WAIT_POLICY), and there are threads, the program starts itself anew, as the same process, with some 50
 * microseconds. Comes back where there is nothing to do, or it can't be done. To be called before all else. */
void hol_threads_sleep_soon(char **argv);

#endif
