/* ladder: spacing of betas. */
#include "estimate/ladder.h"

void hol_ladder_classic(int64_t intervals, double *betas) {
    static const double ends[] = {0.5, 0.9, 1}, shares[] = {500 / 14500.0, 4500 / 14500.0, 1};
    for (int64_t k = 0; k <= intervals; k++) {
        const double place = (double)k / (double)intervals;
        int part = 0;
        while (part < 2 && place > shares[part]) part++;
        const double begin = part ? ends[part - 1] : 0, before = part ? shares[part - 1] : 0;
        betas[k] = begin + (ends[part] - begin) * (place - before) / (shares[part] - before);
    }
    betas[intervals] = 1;
}

void hol_ladder_from_spread(const double *from, const double *spread, int64_t count, int64_t intervals, double *betas) {
    double total = 0, floor = 0, below = 0;
    for (int64_t k = 0; k < count; k++) floor += 0.1 * spread[k] * (from[k + 1] - from[k]);
    if (!(floor > 0)) floor = 1; /* nothing spreads: equal steps */
    for (int64_t k = 0; k < count; k++) total += (spread[k] > floor ? spread[k] : floor) * (from[k + 1] - from[k]);
    int64_t part = 0;
    for (int64_t k = 0; k <= intervals; k++) {
        const double wanted = total * (double)k / (double)intervals;
        double density = 0, area = 0;
        for (;; part++) {
            density = spread[part] > floor ? spread[part] : floor;
            area = density * (from[part + 1] - from[part]);
            if (part == count - 1 || below + area >= wanted) break;
            below += area;
        }
        betas[k] = from[part] + (wanted - below) / density;
    }
    betas[0] = 0;
    betas[intervals] = 1;
}
