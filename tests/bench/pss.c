/* pss: preloaded (LD_PRELOAD), it notes what memory a process takes while MPI is up, private plus its proportion of
 * what is shared (Linux's Pss), a line in PSS_OUT.PID: bytes when MPI has started, and the most they came to. Pages of
 * files, which are programs' and libraries', are left out: what of them counts changes with who else has them. Memory
 * that ranks share stays mapped to the end: a rank's proportion would grow when another one is done with it first. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

int PMPI_Init_thread(int *argc, char ***argv, int wanted, int *granted);
int PMPI_Finalize(void);
int MPI_Init_thread(int *argc, char ***argv, int wanted, int *granted);
int MPI_Finalize(void);

static long first, most; /* kB */
static atomic_bool over;
static pthread_t thread;

enum { SHARED = 256 };
static void *_Atomic shared[SHARED]; /* where they begin */
static atomic_int shared_count;

void *mmap(void *at, size_t bytes, int protection, int flags, int file, off_t offset) {
    void *found = (void *)syscall(SYS_mmap, at, bytes, protection, flags, file, offset);
    if (found != MAP_FAILED && (flags & MAP_SHARED) && shared_count < SHARED) shared[shared_count++] = found;
    return found;
}

int munmap(void *at, size_t bytes) {
    for (int k = 0; k < shared_count; k++)
        if (shared[k] == at) return 0;
    return (int)syscall(SYS_munmap, at, bytes);
}

static long take(void) {
    char line[256];
    long kb = 0, sum = 0;
    FILE *file = fopen("/proc/self/smaps_rollup", "r");
    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "Pss_Anon: %ld", &kb) == 1 || sscanf(line, "Pss_Shmem: %ld", &kb) == 1) sum += kb;
    if (file) (void)fclose(file);
    return sum;
}

static void *watch(void *unused) {
    (void)unused;
    while (!over) {
        const long now = take();
        if (now > most) most = now;
        (void)usleep(1000);
    }
    return NULL;
}

int MPI_Init_thread(int *argc, char ***argv, int wanted, int *granted) {
    const int code = PMPI_Init_thread(argc, argv, wanted, granted);
    first = most = take();
    if (getenv("PSS_OUT")) (void)pthread_create(&thread, NULL, watch, NULL);
    return code;
}

int MPI_Finalize(void) {
    char path[4096];
    if (getenv("PSS_OUT")) {
        over = 1;
        (void)pthread_join(thread, NULL);
        (void)snprintf(path, sizeof path, "%s.%ld", getenv("PSS_OUT"), (long)getpid());
        FILE *file = fopen(path, "w");
        if (file) (void)fprintf(file, "%ld %ld\n", 1024 * first, 1024 * most);
        if (file) (void)fclose(file);
    }
    return PMPI_Finalize();
}
