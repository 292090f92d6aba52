/* fuzz_owner: the owner file that a start finds in a run's directory. */
#include "fuzz.h"

#include <sys/stat.h>

#include "io/owner.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    static const hol_owner_times times = {.beat = 0.002, .watch = 0.004, .grace = 60};
    char directory[128], path[160];
    hol_owner *owner = NULL;
    (void)snprintf(directory, sizeof directory, "/dev/shm/holode-fuzz-%ld", (long)getpid());
    (void)snprintf(path, sizeof path, "%s/owner", directory);
    (void)mkdir(directory, 0700);
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(bytes, 1, size, file) != size || fclose(file) != 0) abort();
    (void)hol_error_drop(hol_owner_claim(NULL, directory, &times, &owner));
    hol_owner_release(owner);
    (void)unlink(path);
    (void)rmdir(directory);
    return 0;
}
