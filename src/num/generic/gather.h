/* gather: the words of WIDTH units, by loads. */
/* words[at[0]], words[at[1]] ... of WIDTH units */
static inline words gather(const uint64_t *x, const int32_t *at) {
    words w;
    for (int l = 0; l < WIDTH; l++) w[l] = x[at[l]];
    return w;
}

static inline words numbers_of(const int32_t *units) {
    words w;
    for (int l = 0; l < WIDTH; l++) w[l] = (uint64_t)units[l];
    return w;
}
