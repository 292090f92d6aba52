/* clamp: for generic/probability.h. */
/* min(t, limit) of 16 numbers that are not NaN */
static inline v16f clamp(v16f t, float limit) { return (v16f)_mm512_min_ps((__m512)t, _mm512_set1_ps(limit)); }
