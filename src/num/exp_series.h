/* exp_series: the terms of exp's Taylor polynomial that hol_exp and the kernels sum alike, by Horner's rule from the
 * 13th power's down to the square's. */
#ifndef HOL_SRC_NUM_EXP_SERIES_H
#define HOL_SRC_NUM_EXP_SERIES_H

enum { EXP_TERMS = 11 };

static const double exp_last = 1.0 / 6227020800.0; /* 1 / 13! */
static const double exp_terms[EXP_TERMS] = {1.0 / 479001600.0,
                                            1.0 / 39916800.0,
                                            1.0 / 3628800.0,
                                            1.0 / 362880.0,
                                            1.0 / 40320.0,
                                            1.0 / 5040.0,
                                            1.0 / 720.0,
                                            1.0 / 120.0,
                                            1.0 / 24.0,
                                            1.0 / 6.0,
                                            0.5};

#endif
