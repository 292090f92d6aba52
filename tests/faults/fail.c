/* fail: a library, preloaded by tests/faults/run.sh, that makes one call of the program fail on one rank.
 *
 * Calls count from the return of MPI_Init on, and only those that the program itself or HDF5 makes, told by the return
 * address: what MPI's libraries and the C library do for themselves is theirs. Functions are counted in kinds: open
 * (with openat and fopen), write, pwrite, fsync (with fdatasync), rename, mmap, malloc (with its relatives).
 *
 *     HOLODE_FAULT=RANK:KIND:N[+]       the Nth call of the kind, from 1, fails on that rank; with + all later ones too
 *     HOLODE_FAULT_LOG=PREFIX           at the end, PREFIX.RANK has the kinds and their counts; when a call is made to
 *                                       fail, PREFIX.RANK.fired has its place: a module, and an offset for addr2line */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum kind { OPEN, WRITE, PWRITE, FSYNC, RENAME, MMAP, MALLOC, KINDS, NONE = KINDS };

static const char *const names[KINDS] = {"open", "write", "pwrite", "fsync", "rename", "mmap", "malloc"};
static const int codes[KINDS] = {EMFILE, ENOSPC, EIO, EIO, EIO, ENOMEM, ENOMEM};

static atomic_long counts[KINDS];
static atomic_bool active;
static enum kind chosen = NONE;
static long chosen_call;
static bool and_later;
static int own_rank = -1;
static char log_prefix[512];

/* ------------------------------------------------------------------ whose call it is */

enum { RANGES = 16 };
static struct range {
    uintptr_t first, end, base;
    const char *name;
} ranges[RANGES];
static int range_count;

static int add_module(struct dl_phdr_info *info, size_t size, void *context) {
    (void)size;
    int *number = context;
    const bool is_program = (*number)++ == 0;
    if (!is_program && !strstr(info->dlpi_name, "/libhdf5")) return 0;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];
        if (part->p_type != PT_LOAD || !(part->p_flags & PF_X) || range_count == RANGES) continue;
        const uintptr_t first = info->dlpi_addr + part->p_vaddr;
        ranges[range_count++] =
            (struct range){first, first + part->p_memsz, info->dlpi_addr, is_program ? "program" : info->dlpi_name};
    }
    return 0;
}

static const struct range *find_range(const void *address) {
    for (int i = 0; i < range_count; i++)
        if ((uintptr_t)address >= ranges[i].first && (uintptr_t)address < ranges[i].end) return &ranges[i];
    return NULL;
}

/* ------------------------------------------------------------------ files of our own, past all wrappers */

static void write_file(const char *suffix, const char *text) {
    char path[600];
    if (!log_prefix[0]) return;
    (void)snprintf(path, sizeof path, "%s.%d%s", log_prefix, own_rank, suffix);
    const long descriptor = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (descriptor < 0) return;
    (void)!syscall(SYS_write, descriptor, text, strlen(text));
    (void)syscall(SYS_close, descriptor);
}

/* Whether this call is to fail. */
static bool fails(enum kind kind, const void *address) {
    if (!atomic_load_explicit(&active, memory_order_acquire)) return false;
    const struct range *range = find_range(address);
    if (!range) return false;
    const long call = atomic_fetch_add(&counts[kind], 1) + 1;
    if (kind != chosen || call < chosen_call || (call > chosen_call && !and_later)) return false;
    char text[400];
    (void)snprintf(text, sizeof text, "%s 0x%lx\n", range->name, (unsigned long)((uintptr_t)address - range->base) - 1);
    write_file(".fired", text);
    errno = codes[kind];
    return true;
}

#define FAILS(kind) fails(kind, __builtin_return_address(0))
#define NEXT(function) ((__typeof__(&function))next(#function))

static void *next(const char *name) { return dlsym(RTLD_NEXT, name); }

/* ------------------------------------------------------------------ beginning and end */

static void choose(const char *fault) {
    char kind[16];
    int rank = -1;
    char later = 0;
    long call = 0;
    if (!fault || sscanf(fault, "%d:%15[a-z]:%ld%c", &rank, kind, &call, &later) < 3 || rank != own_rank) return;
    chosen_call = call;
    and_later = later == '+';
    for (int k = 0; k < KINDS; k++)
        if (strcmp(kind, names[k]) == 0) chosen = (enum kind)k;
}

static void begin(void) {
    static const char *const variables[] = {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "SLURM_PROCID"};
    int number = 0;
    for (size_t i = 0; own_rank < 0 && i < sizeof variables / sizeof *variables; i++)
        if (getenv(variables[i])) own_rank = atoi(getenv(variables[i]));
    const char *prefix = getenv("HOLODE_FAULT_LOG");
    if (prefix) (void)snprintf(log_prefix, sizeof log_prefix, "%s", prefix);
    choose(getenv("HOLODE_FAULT"));
    (void)dl_iterate_phdr(add_module, &number);
    atomic_store_explicit(&active, true, memory_order_release);
}

__attribute__((destructor)) static void finish(void) {
    char text[400] = "";
    if (!atomic_load(&active)) return;
    atomic_store(&active, false);
    for (int k = 0; k < KINDS; k++) {
        const size_t used = strlen(text);
        (void)snprintf(text + used, sizeof text - used, "%s %ld\n", names[k], atomic_load(&counts[k]));
    }
    write_file("", text);
}

int MPI_Init_thread(int *argc, char ***argv, int required, int *provided);
int MPI_Init_thread(int *argc, char ***argv, int required, int *provided) {
    const int code = NEXT(MPI_Init_thread)(argc, argv, required, provided);
    begin();
    return code;
}

/* ------------------------------------------------------------------ the functions */

#define MODE(flags)                                                                                                    \
    mode_t mode = 0;                                                                                                   \
    if ((flags) & (O_CREAT | __O_TMPFILE)) {                                                                           \
        va_list arguments;                                                                                             \
        va_start(arguments, flags);                                                                                    \
        mode = va_arg(arguments, mode_t);                                                                              \
        va_end(arguments);                                                                                             \
    }

int open(const char *path, int flags, ...) {
    MODE(flags)
    return FAILS(OPEN) ? -1 : (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}
int open64(const char *path, int flags, ...) {
    MODE(flags)
    return FAILS(OPEN) ? -1 : (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}
int openat(int directory, const char *path, int flags, ...) {
    MODE(flags)
    return FAILS(OPEN) ? -1 : (int)syscall(SYS_openat, directory, path, flags, mode);
}
int openat64(int directory, const char *path, int flags, ...) {
    MODE(flags)
    return FAILS(OPEN) ? -1 : (int)syscall(SYS_openat, directory, path, flags, mode);
}
FILE *fopen(const char *path, const char *mode) { return FAILS(OPEN) ? NULL : NEXT(fopen)(path, mode); }
FILE *fopen64(const char *path, const char *mode) { return FAILS(OPEN) ? NULL : NEXT(fopen64)(path, mode); }

ssize_t write(int descriptor, const void *bytes, size_t count) {
    return FAILS(WRITE) ? -1 : (ssize_t)syscall(SYS_write, descriptor, bytes, count);
}
ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t offset) {
    return FAILS(PWRITE) ? -1 : (ssize_t)syscall(SYS_pwrite64, descriptor, bytes, count, offset);
}
ssize_t pwrite64(int descriptor, const void *bytes, size_t count, off64_t offset) {
    return FAILS(PWRITE) ? -1 : (ssize_t)syscall(SYS_pwrite64, descriptor, bytes, count, offset);
}
int fsync(int descriptor) { return FAILS(FSYNC) ? -1 : (int)syscall(SYS_fsync, descriptor); }
int fdatasync(int descriptor) { return FAILS(FSYNC) ? -1 : (int)syscall(SYS_fdatasync, descriptor); }
int rename(const char *from, const char *to) { return FAILS(RENAME) ? -1 : NEXT(rename)(from, to); }
void *mmap(void *address, size_t bytes, int protection, int flags, int descriptor, off_t offset) {
    return FAILS(MMAP) ? MAP_FAILED : NEXT(mmap)(address, bytes, protection, flags, descriptor, offset);
}
void *mmap64(void *address, size_t bytes, int protection, int flags, int descriptor, off64_t offset) {
    return FAILS(MMAP) ? MAP_FAILED : NEXT(mmap64)(address, bytes, protection, flags, descriptor, offset);
}

/* glibc's own names, for dlsym allocates */
void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t count, size_t bytes);
void *__libc_realloc(void *former, size_t bytes);
void *__libc_memalign(size_t alignment, size_t bytes);

void *malloc(size_t bytes) { return FAILS(MALLOC) ? NULL : __libc_malloc(bytes); }
void *calloc(size_t count, size_t bytes) { return FAILS(MALLOC) ? NULL : __libc_calloc(count, bytes); }
void *realloc(void *former, size_t bytes) { return FAILS(MALLOC) ? NULL : __libc_realloc(former, bytes); }
void *aligned_alloc(size_t alignment, size_t bytes) { return FAILS(MALLOC) ? NULL : __libc_memalign(alignment, bytes); }
int posix_memalign(void **ret, size_t alignment, size_t bytes) {
    void *memory = FAILS(MALLOC) ? NULL : __libc_memalign(alignment, bytes);
    if (!memory) return ENOMEM;
    *ret = memory;
    return 0;
}
