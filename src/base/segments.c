/* segments: nameless files, mapped by all ranks of a node. */
#include "base/segments.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/comm_mpi.h"

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

/* Whether this rank has all pieces. Collective over the node. */
static bool map_all(const hol_segments *self, MPI_Comm node, bool reserve) {
    const int64_t *bytes = self->bytes;
    const place mine = place_of(bytes[self->rank] > 0 ? make_file(bytes[self->rank], reserve) : -1);
    bool good = true;
    for (int r = 0; r < self->ranks; r++) {
        place its = mine;
        if (MPI_Bcast(&its, sizeof its, MPI_BYTE, r, node) != MPI_SUCCESS) good = false;
        if (bytes[r] == 0 || !good) continue;
        self->at[r] = r == self->rank ? map_file(mine.file, bytes[r]) : map_other(&its, bytes[r]);
        good = self->at[r] != NULL;
    }
    /* its name leads to the file for as long as it is open */
    if (MPI_Barrier(node) != MPI_SUCCESS) good = false;
    if (mine.file >= 0) (void)close(mine.file);
    return good;
}

/* Without the other ranks: each piece is as many addresses. */
static bool count_all(hol_segments *self, hol_memory *memory) {
    bool good = true;
    for (int r = 0; r < self->ranks && good; r++)
        if (self->bytes[r] > 0) good = (self->at[r] = hol_memory_allocate(memory, self->ranks, self->bytes[r], 1));
    return good;
}

static void unmap_all(hol_segments *self) {
    for (int r = 0; r < self->ranks && self->at; r++) {
        if (hol_comm_memory(self->comm)) hol_free(self->at[r]);
        else if (self->at[r]) (void)munmap(self->at[r], (size_t)self->bytes[r]);
        self->at[r] = NULL;
    }
}

static hol_status find_place(hol_segments *self, hol_comm *comm) {
    hol_status status = HOL_OK;
    if (comm) {
        self->rank = hol_comm_node_rank(comm);
        self->ranks = hol_comm_node_ranks(comm);
    }
    HOL_TRY(HOL_ALLOCATE(self->at, self->ranks, "ranks of a node"));
    HOL_TRY(HOL_ALLOCATE(self->bytes, self->ranks, "ranks of a node"));
cleanup:
    return status;
}

hol_status hol_segments_create(hol_comm *comm, int64_t first, int64_t other, bool reserve, bool allowed,
                               hol_segments *ret) {
    hol_segments self = {.comm = comm, .ranks = 1};
    int64_t failures = 0;
    hol_status status = find_place(&self, comm);
    if (comm) status = hol_comm_agree(comm, status);
    if (status != HOL_OK) goto cleanup;
    for (int r = 0; r < self.ranks; r++) self.bytes[r] = r == 0 ? first : other;
    hol_memory *memory = hol_comm_memory(comm);
    if (self.ranks > 1)
        failures = !(memory ? count_all(&self, memory) : map_all(&self, hol_comm_mpi_node(comm), reserve)) || !allowed;
    /* on all ranks or on none: who exchanges with whom must not differ */
    if (comm) HOL_TRY(hol_comm_sum_i64(comm, &failures, 1));
    if (failures > 0) {
        unmap_all(&self);
        self.apart = true;
        self.rank = 0;
        self.ranks = 1;
    }
    *ret = self;
    return HOL_OK;
cleanup:
    hol_segments_clear(&self);
    return status;
}

void hol_segments_clear(hol_segments *segments) {
    unmap_all(segments);
    hol_free(segments->at);
    hol_free(segments->bytes);
    *segments = (hol_segments){0};
}
