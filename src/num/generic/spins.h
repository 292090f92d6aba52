/* spins: the inner loop of num/spins.h. A vector holds the words of WIDTH units, 64 chains each; two vectors at a time
 * keep the multipliers busy. The random words are what costs: ending when all chains are decided saves two thirds of
 * them. How many units share a vector changes when that is, never a result. For a backend that has multiply, mix, any,
 * gather and numbers_of. */
#include "num/spins.h"

enum { PAIR = 2, GROUP = PAIR * WIDTH };

static inline words low_halves(words low, words high) { return (low & 0xffffffffu) | high << 32; }

/* Philox4x32-10 on the counters (units, c1, step, sweep): two random words for each of GROUP units. Of the 64-bit lanes
 * only the lower halves count, so that products need no unpacking. */
static inline void philox(const hol_draw *draw, const words units[PAIR], uint32_t c1, words first[PAIR],
                          words second[PAIR]) {
    uint32_t k0 = draw->key.word[0], k1 = draw->key.word[1];
    words x0[PAIR], x1[PAIR], x2[PAIR], x3[PAIR];
    for (int p = 0; p < PAIR; p++) {
        x0[p] = units[p];
        x1[p] = (words){0} + c1;
        x2[p] = (words){0} + draw->step;
        x3[p] = (words){0} + draw->sweep;
    }
#pragma GCC unroll 10
    for (int round = 0; round < 10; round++, k0 += 0x9E3779B9u, k1 += 0xBB67AE85u)
        for (int p = 0; p < PAIR; p++) {
            const words p0 = multiply(x0[p], 0xD2511F53u), p1 = multiply(x2[p], 0xCD9E8D57u);
            x0[p] = mix(p1 >> 32, x1[p], k0);
            x2[p] = mix(p0 >> 32, x3[p], k1);
            x1[p] = p1;
            x3[p] = p0;
        }
    for (int p = 0; p < PAIR; p++) {
        first[p] = low_halves(x0[p], x1[p]);
        second[p] = low_halves(x2[p], x3[p]);
    }
}

/* ---- counting and drawing ---------------------------------------------------------------------------------------- */

/* three binary digits of the number of neighbours that are on */
typedef struct digits {
    words d[3];
} digits;

static inline void add(digits *n, words x) {
    for (int i = 0; i < 2; i++) {
        const words carry = n->d[i] & x;
        n->d[i] ^= x;
        x = carry;
    }
    n->d[2] |= x & ~n->d[2]; /* at most 7 */
}

/* the lanes whose count is n */
static inline words lanes_with(const digits *count, int64_t n) {
    words is = n & 1 ? count->d[0] : ~count->d[0];
    is &= n & 2 ? count->d[1] : ~count->d[1];
    return is & (n & 4 ? count->d[2] : ~count->d[2]);
}

/* GROUP units at once; degree is a constant where it is inlined */
static inline void draw_group(const digits count[PAIR], int64_t degree, const hol_spin_rule *rule, const hol_draw *draw,
                              const words units[PAIR], uint32_t block, words on[PAIR]) {
    words with[HOL_SPIN_DEGREE_MAX + 1][PAIR], open[PAIR];
    for (int64_t n = 0; n <= degree; n++)
        for (int p = 0; p < PAIR; p++) with[n][p] = lanes_with(&count[p], n);
    for (int p = 0; p < PAIR; p++) {
        on[p] = (words){0};
        open[p] = ~(words){0};
    }
    for (uint32_t k = 0; k < HOL_SPIN_DIGITS; k += 2) {
        words random[2][PAIR];
        philox(draw, units, block + (k / 2 << 28), random[0], random[1]);
        for (uint32_t half = 0; half < 2; half++)
            for (int p = 0; p < PAIR; p++) {
                words digit = {0};
                for (int64_t n = 0; n <= degree; n++) digit |= with[n][p] & rule->digits[k + half][n];
                on[p] |= open[p] & digit & ~random[half][p]; /* below the threshold */
                open[p] &= ~(digit ^ random[half][p]);
            }
        if (!any(open[0] | open[1])) break;
    }
}

static inline void draw_units(uint64_t *x, const int32_t *units, const int32_t *neighbours, int64_t stride,
                              int64_t degree, const hol_spin_rule *rule, const hol_draw *draw, uint32_t block) {
    digits count[PAIR] = {0};
    words numbers[PAIR], on[PAIR];
    for (int p = 0; p < PAIR; p++) {
        numbers[p] = numbers_of(units + p * WIDTH);
        for (int64_t m = 0; m < degree; m++) add(&count[p], gather(x, neighbours + m * stride + p * WIDTH));
    }
    draw_group(count, degree, rule, draw, numbers, block, on);
    for (int p = 0; p < PAIR; p++)
        for (int l = 0; l < WIDTH; l++) x[units[p * WIDTH + l]] = on[p][l];
}

/* The last units of a list, filled up with repetitions of the first of them: drawn twice, a unit gets the same
 * state. */
static void draw_rest(uint64_t *x, const int32_t *units, const int32_t *neighbours, int64_t stride, int64_t count,
                      const hol_spin_rule *rule, const hol_draw *draw, uint32_t block) {
    int32_t all_units[GROUP], all_neighbours[HOL_SPIN_DEGREE_MAX * GROUP];
    if (count == 0) return;
    for (int64_t k = 0; k < GROUP; k++) {
        const int64_t from = k < count ? k : 0;
        all_units[k] = units[from];
        for (int64_t m = 0; m < rule->degree; m++) all_neighbours[m * GROUP + k] = neighbours[m * stride + from];
    }
    draw_units(x, all_units, all_neighbours, GROUP, rule->degree, rule, draw, block);
}

/* every degree has a loop of its own, in which it is a constant */
#define DRAW(z)                                                                                                        \
    case z:                                                                                                            \
        for (int64_t k = 0; k < whole; k += GROUP)                                                                     \
            draw_units(x, units + k, neighbours + k, count, z, rule, draw, (uint32_t)block);                           \
        break

void HOL_BACKEND(spins)(uint64_t *x, const int32_t *units, const int32_t *neighbours, int64_t count,
                        const hol_spin_rule *rule, const hol_draw *draw, int64_t block) {
    const int64_t whole = count / GROUP * GROUP;
    switch (rule->degree) {
        DRAW(0);
        DRAW(1);
        DRAW(2);
        DRAW(3);
        DRAW(4);
        DRAW(5);
        DRAW(6);
        DRAW(7);
    }
    draw_rest(x, units + whole, neighbours + whole, count, count - whole, rule, draw, (uint32_t)block);
}
