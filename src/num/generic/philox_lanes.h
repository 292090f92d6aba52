/* philox_lanes: Philox4x32-10 on 16 counters that differ in their first two words, even and odd ones apart in 64-bit
 * lanes: only the lower 32 bits of a lane count, so products need no unpacking. For a backend that has lanes64,
 * set_lanes, multiply, upper_half, exclusive_or and join. */
static inline void philox(const hol_draw *draw, v16u units, v16u chain_groups, v16u out[4]) {
    const lanes64 m0 = set_lanes(0xD2511F53u), m1 = set_lanes(0xCD9E8D57u);
    lanes64 first[PARTS], second[PARTS];
    memcpy(first, &units, sizeof first);
    memcpy(second, &chain_groups, sizeof second);
    for (int part = 0; part < PARTS; part++) {
        lanes64 c0[2] = {first[part], upper_half(first[part])}, c1[2] = {second[part], upper_half(second[part])};
        lanes64 c2[2] = {set_lanes(draw->step), set_lanes(draw->step)};
        lanes64 c3[2] = {set_lanes(draw->sweep), set_lanes(draw->sweep)};
        uint32_t k0 = draw->key.word[0], k1 = draw->key.word[1];
        for (int round = 0; round < 10; round++, k0 += 0x9E3779B9u, k1 += 0xBB67AE85u)
            for (int odd = 0; odd < 2; odd++) {
                const lanes64 p0 = multiply(c0[odd], m0), p1 = multiply(c2[odd], m1);
                c0[odd] = exclusive_or(upper_half(p1), c1[odd], set_lanes(k0));
                c2[odd] = exclusive_or(upper_half(p0), c3[odd], set_lanes(k1));
                c1[odd] = p1;
                c3[odd] = p0;
            }
        const lanes64 joined[4] = {join(c0[0], c0[1]), join(c1[0], c1[1]), join(c2[0], c2[1]), join(c3[0], c3[1])};
        for (int w = 0; w < 4; w++) memcpy((char *)&out[w] + part * NATIVE, &joined[w], NATIVE);
    }
}
