/* clamp: for generic/probability.h. */
/* min(t, limit) of 16 numbers that are not NaN */
static inline v16f clamp(v16f t, float limit) {
    __m256 half[2];
    memcpy(half, &t, sizeof half);
    for (int h = 0; h < 2; h++) half[h] = _mm256_min_ps(half[h], _mm256_set1_ps(limit));
    memcpy(&t, half, sizeof t);
    return t;
}
