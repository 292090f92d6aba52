/* turn: fields to (unit, chain), by loads and stores; and flips that are added by masks of whole lanes. */
static inline void turn_fields(const int32_t *fields, v16i turned[HOL_STRIP][QUARTERS]) {
    int32_t *to = (int32_t *)turned;
    for (int p = 0; p < LANES; p++)
        for (int l = 0; l < HOL_STRIP; l++) to[l * LANES + p] = fields[place_chain(p) * HOL_STRIP + l];
}
