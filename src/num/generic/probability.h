/* probability: the logistic of 16 fields: hol_kernels_probability_ref, to the bit. For a backend that has clamp. */
/* 2^-f for 0 <= f < 1, relative error 3e-7: a minimax polynomial, in Horner's order; in two parts */
#define EXP2_UPPER(f)                                                                                                  \
    (((-0.000944902712944895f * (f) + 0.00920579582452774f) * (f) + -0.055297356098890305f) * (f) + 0.2401801347732544f)
#define EXP2_LOWER(upper, f) (((upper) * (f) + -0.6931437253952026f) * (f) + 1.0f)
#define EXP2_POLYNOMIAL(f) EXP2_LOWER(EXP2_UPPER(f), f)

/* the logistic of field * scale in units of 2^-32: e = exp(-|x|), q = e / (1 + e), p = q or 1 - q by the sign */
static inline __attribute__((always_inline)) v16u probability(v16i field, float scale) {
    const v16i sign = field >> 31;
    const v16f magnitude = (v16f)((v16i)__builtin_convertvector(field, v16f) & INT32_MAX);
    const v16f t = clamp(magnitude * (scale * 1.44269504f), 60.0f);
    const v16i whole = __builtin_convertvector(t, v16i);
    const v16f f = t - __builtin_convertvector(whole, v16f);
    const v16f e = (v16f)((v16i)EXP2_POLYNOMIAL(f) - (whole << 23));
    const v16f q = e / (1.0f + e);
    const v16u q32 = (v16u) __builtin_convertvector(q * 0x1p31f, v16i) << 1;
    return q32 ^ ~(v16u)sign; /* 1 - q is ~q32 */
}
