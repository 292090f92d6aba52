/* add_lines: the loads of a look-up, and nothing else. */
enum { STREAMS = 8 };

static int32_t add_lines(const char *lines, int64_t bytes, int64_t repeats) {
    vni sums[STREAMS] = {{0}};
    for (int64_t repeat = 0; repeat < repeats; repeat++) {
        const vni *at = (const vni *)(const void *)lines;
        for (int64_t i = 0; i < bytes / NATIVE; i += STREAMS)
            for (int k = 0; k < STREAMS; k++) sums[k] += at[i + k];
        __asm__ volatile("" ::: "memory"); /* or the compiler would load once for all repeats */
    }
    for (int k = 1; k < STREAMS; k++) sums[0] += sums[k];
    return sums[0][0];
}
