/* clones: plain loops compiled for several instruction sets, chosen by the loader. For loops without table look-ups,
 * where the compiler's vectors are as good as ours; with -ffp-contract=off all clones give the same bits, as long as
 * each sum has one written order. */
#ifndef HOL_NUM_CLONES_H
#define HOL_NUM_CLONES_H

#if defined(__x86_64__) && defined(__gnu_linux__) && defined(__GNUC__) && !defined(__clang__) &&                       \
    !defined(__SANITIZE_ADDRESS__)
#define HOL_CLONES __attribute__((target_clones("avx512f", "avx2", "default"), noinline))
#else
#define HOL_CLONES
#endif

/* Elements that a thread takes at a time from a long vector: 16 KB of floats. */
enum { HOL_CHUNK = 4096 };

#endif
