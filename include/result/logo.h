/* logo: which letters stand at each site of sequences, as stacks of letters as high as they say something (Schneider &
 * Stephens 1990), as SVG to stand in an HTML page. Colours are the page's custom properties (result/chart.h). Not
 * collective. */
#ifndef HOL_RESULT_LOGO_H
#define HOL_RESULT_LOGO_H

#include <stdint.h>
#include <stdio.h>

enum { HOL_LOGO_STACKS_MAX = 2 };

/* All borrowed. */
typedef struct hol_logo {
    const char *title; /* for readers who can't see it */
    int64_t sites, states;
    const char *letters; /* (states) */
    int stack_count;     /* drawn above each other, line by line */
    const char *names[HOL_LOGO_STACKS_MAX];
    const double *heights[HOL_LOGO_STACKS_MAX]; /* (sites, states); what is below 1 in 50 of `most` isn't drawn */
    double most;                                /* the sum of a site's heights that fills its stack, above 0 */
    int64_t line;                               /* sites of a line */
} hol_logo;

/* How much the letters of each site say: f log2(q' / exp H) of letters that are no gap, which is state `gap` (-1:
 * none), with H that of the q' others among themselves. frequencies and heights are (sites, states), a site's
 * frequencies with the sum 1; heights of gaps are 0. Returns log2 q', the most that a site's heights sum up to. */
double hol_logo_weigh(int64_t sites, int64_t states, int64_t gap, const double *frequencies, double *heights);

/* <svg> ... </svg>. A failure to write shows in the stream. */
void hol_logo_print(FILE *to, const hol_logo *logo);

#endif
