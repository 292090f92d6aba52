/* series: the terms of the polynomials that hol_exp, hol_ln and the kernels sum alike, by Horner's rule: exp's (Taylor)
 * from the 13th power's down to the square's, and for ln those of 2 artanh s = 2 s + s (2/3 s^2 + 2/5 s^4 ..), from
 * s^22's down to s^2's. */
#ifndef HOL_SRC_NUM_SERIES_H
#define HOL_SRC_NUM_SERIES_H

enum { EXP_TERMS = 11, LN_TERMS = 10 };

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

static const double ln_last = 2.0 / 23;
static const double ln_terms[LN_TERMS] = {2.0 / 21, 2.0 / 19, 2.0 / 17, 2.0 / 15, 2.0 / 13,
                                          2.0 / 11, 2.0 / 9,  2.0 / 7,  2.0 / 5,  2.0 / 3};

/* ln 2 in two parts: the first has 32 significant bits, so that n * LN2_HIGH is exact */
static const double LN2_HIGH = 0x1.62e42feep-1, LN2_LOW = 0x1.a39ef35793c76p-33;
static const double LN_SPLIT = 1.4142135623730951; /* ln takes numbers from half of it to it */

#endif
