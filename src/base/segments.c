/* segments: nameless files, mapped by all ranks of a node. */
#include "base/segments.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* where a rank's piece is to be found, and which file that must be: where each rank is in a container of its own, the
 * same name may lead to another one */
typedef struct place {
    long long process;
    int file; /* -1: it has none */
    unsigned long long device, number;
} place;

/* A page that isn't there would end the program in the middle of a step. */
static bool reserve_pages(int file, int64_t bytes) {
    int code = EINTR;
    while (code == EINTR) code = posix_fallocate(file, 0, (off_t)bytes);
    return code == 0;
}

static int make_file(int64_t bytes, bool reserve) {
#if defined(__linux__)
    const int file = memfd_create("holode", MFD_CLOEXEC);
#else
    const int file = -1;
#endif
    if (file < 0) return -1;
    if (reserve ? reserve_pages(file, bytes) : ftruncate(file, (off_t)bytes) == 0) return file;
    (void)close(file);
    return -1;
}

static char *map_file(int file, int64_t bytes) {
    if (file < 0) return NULL;
    void *at = mmap(NULL, (size_t)bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    return at == MAP_FAILED ? NULL : at;
}

static place place_of(int file) {
    struct stat s;
    if (file < 0 || fstat(file, &s) != 0) return (place){.file = -1};
    return (place){.process = (long long)getpid(), .file = file, .device = s.st_dev, .number = s.st_ino};
}

/* another rank's */
static char *map_other(const place *other, int64_t bytes) {
    char name[64], *at = NULL;
    if (other->file < 0) return NULL;
    (void)snprintf(name, sizeof name, "/proc/%lld/fd/%d", other->process, other->file);
    const int file = open(name, O_RDWR | O_CLOEXEC);
    const place found = place_of(file);
    if (found.file >= 0 && found.device == other->device && found.number == other->number) at = map_file(file, bytes);
    if (file >= 0) (void)close(file);
    return at;
}

bool hol_segments_map(MPI_Comm node, const int64_t *bytes, bool reserve, char **segments) {
    int rank = 0, ranks = 0;
    if (MPI_Comm_rank(node, &rank) != MPI_SUCCESS || MPI_Comm_size(node, &ranks) != MPI_SUCCESS) return false;
    const place mine = place_of(bytes[rank] > 0 ? make_file(bytes[rank], reserve) : -1);
    bool good = true;
    for (int r = 0; r < ranks; r++) {
        place its = mine;
        if (MPI_Bcast(&its, sizeof its, MPI_BYTE, r, node) != MPI_SUCCESS) good = false;
        if (bytes[r] == 0 || !good) continue;
        segments[r] = r == rank ? map_file(mine.file, bytes[r]) : map_other(&its, bytes[r]);
        good = segments[r] != NULL;
    }
    /* its name leads to the file for as long as it is open */
    if (MPI_Barrier(node) != MPI_SUCCESS) good = false;
    if (mine.file >= 0) (void)close(mine.file);
    return good;
}

void hol_segments_unmap(const int64_t *bytes, int ranks, char **segments) {
    for (int r = 0; r < ranks; r++) {
        if (segments[r]) (void)munmap(segments[r], (size_t)bytes[r]);
        segments[r] = NULL;
    }
}
