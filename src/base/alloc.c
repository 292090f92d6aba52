/* alloc: zeros on cache lines, with checked products.
 *
 * Linux hands out more memory than there is and kills who then uses it, so a large request is compared with what is
 * there: one line and an exit code are worth more than a SIGKILL. */
#include "base/alloc.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { LARGE = 1 << 28 }; /* bytes, from which on it is asked whether they are there */
#if defined(__SANITIZE_ADDRESS__)
static const size_t MAPPED = SIZE_MAX; /* malloc's are watched */
#else
static const size_t MAPPED = 1 << 20;
#endif

/* The number that `format` finds in one of a file's lines; `otherwise` when there is none. */
static size_t number_in(const char *path, const char *format, size_t otherwise) {
    char line[512];
    unsigned long long number = 0;
    bool found = false;
    FILE *file = fopen(path, "r");
    while (file && !found && fgets(line, sizeof line, file)) found = sscanf(line, format, &number) == 1;
    if (file) (void)fclose(file); /* read only: nothing can be lost */
    return found ? (size_t)number : otherwise;
}

/* What the control group may have (a job's memory under Slurm); SIZE_MAX without a limit. */
static size_t group_limit(void) {
    char line[512], path[640] = "";
    FILE *file = fopen("/proc/self/cgroup", "r");
    while (file && !path[0] && fgets(line, sizeof line, file))
        if (strncmp(line, "0::", 3) == 0)
            (void)snprintf(path, sizeof path, "/sys/fs/cgroup%.*s/memory.max", (int)strcspn(line + 3, "\n"), line + 3);
    if (file) (void)fclose(file); /* read only: nothing can be lost */
    return number_in(path, "%llu", SIZE_MAX);
}

/* Bytes that could be had now: free memory, caches that give way (ZFS's, too) and swap. SIZE_MAX: not known. */
static size_t available(void) {
    const size_t free_kb = number_in("/proc/meminfo", "MemAvailable: %llu kB", 0), limit = group_limit();
    const size_t swap_kb = number_in("/proc/meminfo", "SwapFree: %llu kB", 0);
    const size_t all = 1024 * (free_kb + swap_kb) + number_in("/proc/spl/kstat/zfs/arcstats", "size %*u %llu", 0);
    return free_kb > 0 && all < limit ? all : limit;
}

/* What is asked for, whole cache lines; false where that can't be counted. */
static bool count_bytes(int64_t count, size_t size, size_t *ret_bytes) {
    if (count < 0 || count == INT64_MAX || __builtin_mul_overflow((size_t)count, size, ret_bytes) ||
        *ret_bytes > SIZE_MAX - 2 * HOL_ALIGNMENT)
        return false;
    *ret_bytes = (*ret_bytes + HOL_ALIGNMENT - 1) / HOL_ALIGNMENT * HOL_ALIGNMENT;
    if (*ret_bytes == 0) *ret_bytes = HOL_ALIGNMENT;
    return true;
}

static bool is_there(size_t bytes) { return bytes < LARGE || bytes <= available(); }

hol_status hol_allocate_check(int64_t bytes, const char *what) {
    size_t counted = 0;
    return count_bytes(bytes, 1, &counted) && is_there(counted) ? HOL_OK : hol_allocate_error(bytes, 1, what);
}

/* What goes in front of the memory that is given out. */
typedef struct head {
    _Alignas(HOL_ALIGNMENT) size_t mapped; /* bytes of the mapping; 0: malloc's */
    int64_t *account;                      /* from which `counted` is taken when it is freed; NULL: none */
    int64_t counted;
} head;

static head *map(size_t bytes, int flags) {
    const size_t mapped = bytes + sizeof(head);
    head *at = mmap(NULL, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
    if (at == MAP_FAILED) return NULL;
    at->mapped = mapped;
    return at;
}

/* Zeros. What is large is mapped, and back at the system when it is freed: malloc keeps it, and finds no place in it
 * for as much on a cache line again. */
static void *take(size_t bytes) {
    head *at = bytes >= MAPPED ? map(bytes, MAP_POPULATE) : aligned_alloc(HOL_ALIGNMENT, bytes + sizeof *at);
    if (at && bytes < MAPPED) memset(at, 0, bytes + sizeof *at);
    return at ? at + 1 : NULL;
}

void *hol_allocate(int64_t count, size_t size) {
    size_t bytes = 0;
    if (!count_bytes(count, size, &bytes) || !is_there(bytes)) return NULL;
    return take(bytes);
}

hol_status hol_allocate_error(int64_t count, size_t size, const char *what) {
    size_t bytes = 0;
    if (count == INT64_MAX)
        return hol_error(HOL_FAILURE, "out of memory: %s needs more bytes than can be counted", what);
    if (!count_bytes(count, size, &bytes))
        return hol_error(HOL_FAILURE, "out of memory: %s needs %lld elements of %zu bytes", what, (long long)count,
                         size);
    const size_t there = bytes < LARGE ? SIZE_MAX : available();
    if (bytes > there)
        return hol_error(HOL_FAILURE, "out of memory: %s needs %zu bytes, %zu are there", what, bytes, there);
    return hol_error(HOL_FAILURE, "out of memory: %s needs %zu bytes", what, bytes);
}

void *hol_allocate_counted(int64_t bytes, int64_t counted, int64_t *account) {
    head *at = bytes < INT64_MAX / 2 ? map((size_t)bytes, MAP_NORESERVE) : NULL;
    if (!at) return NULL;
    at->account = account;
    at->counted = counted;
    *account += counted;
    return at + 1;
}

void hol_free(void *pointer) {
    if (!pointer) return;
    head *at = (head *)pointer - 1;
    if (at->account) *at->account -= at->counted;
    if (at->mapped > 0) (void)munmap(at, at->mapped);
    else free(at);
}

hol_status hol_grow(void *array_address, int64_t used, int64_t needed, int64_t *room, size_t size, const char *what) {
    enum { LEAST = 64 };
    void *array = NULL;
    if (needed <= *room) return HOL_OK;
    const int64_t larger = needed < LEAST / 2 ? LEAST : HOL_PRODUCT(2, needed);
    void *grown = hol_allocate(larger, size);
    if (!grown) return hol_allocate_error(larger, size, what);
    memcpy(&array, array_address, sizeof array); /* a pointer of any type */
    if (used > 0) memcpy(grown, array, (size_t)used * size);
    hol_free(array);
    memcpy(array_address, &grown, sizeof grown);
    *room = larger;
    return HOL_OK;
}

hol_status hol_format_text(char **ret_text, const char *what, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    const hol_status status = HOL_ALLOCATE(*ret_text, (int64_t)length + 1, what);
    if (status != HOL_OK) return status;
    va_start(arguments, format);
    (void)vsnprintf(*ret_text, (size_t)length + 1, format, arguments);
    va_end(arguments);
    return HOL_OK;
}

int64_t hol_cut(char *memory, const int64_t *bytes, int count, char **parts) {
    int64_t used = 0;
    for (int i = 0; i < count; i++) {
        parts[i] = memory ? memory + used : NULL;
        used += hol_round_up(bytes[i], HOL_ALIGNMENT);
    }
    return used;
}
