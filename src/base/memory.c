/* memory: items, and the most that they came to. */
#include "base/memory.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { ITEMS_MAX = 24 };

struct hol_memory {
    hol_memory_item items[ITEMS_MAX], peak[ITEMS_MAX];
    int count, current;
    int64_t most;  /* bytes of all items at the peak */
    int64_t taken; /* as it was when the current item was entered */
};

/* What of this process's own memory has pages. */
static int64_t taken(void) {
    long long resident = 0, files = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file && fscanf(file, "%*d %lld %lld", &resident, &files) != 2) resident = files = 0;
    if (file) (void)fclose(file); /* read only: nothing can be lost */
    return (int64_t)(resident - files) * sysconf(_SC_PAGESIZE);
}

hol_status hol_memory_create(hol_memory **ret_memory) {
    const hol_status status = HOL_ALLOCATE(*ret_memory, 1, "plan");
    if (status == HOL_OK) hol_memory_enter(*ret_memory, "other");
    return status;
}

void hol_memory_destroy(hol_memory *memory) { hol_free(memory); }

static void note_peak(hol_memory *self) {
    int64_t bytes = 0;
    for (int i = 0; i < self->count; i++) bytes += self->items[i].bytes;
    if (bytes <= self->most) return;
    self->most = bytes;
    memcpy(self->peak, self->items, sizeof self->peak);
}

void hol_memory_settle(hol_memory *memory) {
    if (!memory) return;
    const int64_t now = taken();
    if (memory->count > 0) memory->items[memory->current].bytes += now - memory->taken;
    memory->taken = now;
    note_peak(memory);
}

void hol_memory_enter(hol_memory *memory, const char *item) {
    int i = 0;
    if (!memory) return;
    hol_memory_settle(memory);
    while (i < memory->count && strcmp(memory->items[i].name, item) != 0) i++;
    assert(i < ITEMS_MAX);
    if (i == memory->count) memory->items[memory->count++].name = item;
    memory->current = i;
}

void *hol_memory_allocate(hol_memory *memory, int ranks, int64_t count, size_t size) {
    int64_t bytes = 0;
    void *pointer = NULL;
    if (!memory) return hol_allocate(count, size);
    if (count >= 0 && !__builtin_mul_overflow(count, (int64_t)size, &bytes))
        pointer = hol_allocate_counted(bytes, bytes / ranks, &memory->items[memory->current].bytes);
    note_peak(memory);
    return pointer;
}

const hol_memory_item *hol_memory_get_peak(hol_memory *memory, int *ret_count) {
    hol_memory_settle(memory);
    /* what was entered after the peak is there with nothing */
    for (int i = 0; i < memory->count; i++) memory->peak[i].name = memory->items[i].name;
    *ret_count = memory->count;
    return memory->peak;
}
