/* logo: stacks of letters, drawn as text that is stretched. */
#include "result/logo.h"

#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "result/html.h"

enum {
    LEFT = 48,
    SITE = 10, /* pixels of a site's width */
    STACK = 56,
    GAP = 4,
    NUMBERS = 18, /* the height of a line's site numbers */
    NUMBERED = 10,
    FONT = 14,
    ORDERED_MOST = 256,
};
#define CAPITAL 10.2 /* the height of a capital letter of that size, about */
#define LEAST 0.02

double hol_logo_weigh(int64_t sites, int64_t states, int64_t gap, const double *frequencies, double *heights) {
    const double most = log2((double)(states - (gap >= 0)));
    for (int64_t i = 0; i < sites; i++) {
        const double *f = frequencies + i * states;
        const double all = gap >= 0 ? 1 - f[gap] : 1;
        double entropy = 0;
        for (int64_t a = 0; a < states; a++)
            if (a != gap && f[a] > 0 && all > 0) entropy -= f[a] / all * log2(f[a] / all);
        for (int64_t a = 0; a < states; a++) heights[i * states + a] = a == gap ? 0 : f[a] * fmax(most - entropy, 0);
    }
    return most;
}

/* Of nucleotides, A, C, G, U; of amino acids by their chemistry: small and polar, basic, acidic, hydrophobic. */
static int color_of(char letter, bool is_nucleic) {
    static const char *const classes[] = {"KRH", "DE", "GSTYCQN", "", "P", "", "AVLIFMW"};
    static const char nucleotides[] = "CUAG", thymine = 'T';
    static const int of_nucleotides[] = {0, 1, 2, 4};
    const char upper = (char)toupper((unsigned char)letter);
    const char *at = is_nucleic ? strchr(nucleotides, upper == thymine ? 'U' : upper) : NULL;
    if (at && *at) return of_nucleotides[at - nucleotides];
    for (int k = 0; k < (int)(sizeof classes / sizeof *classes) && !is_nucleic && upper; k++)
        if (strchr(classes[k], upper)) return k;
    return 6;
}

static bool is_nucleic(const hol_logo *logo) {
    for (int64_t a = 0; a < logo->states; a++)
        if (!strchr("-.NACGTUnacgtu", logo->letters[a])) return false;
    return true;
}

/* The states of a site that are high enough, the lowest first; at most ORDERED_MOST. */
static int order(const double *heights, int64_t states, double least, int *states_of) {
    int count = 0;
    for (int64_t a = 0; a < states && count < ORDERED_MOST; a++) {
        if (!(heights[a] > least)) continue;
        int at = count++;
        for (; at > 0 && heights[states_of[at - 1]] > heights[a]; at--) states_of[at] = states_of[at - 1];
        states_of[at] = (int)a;
    }
    return count;
}

static void print_stack(FILE *to, const hol_logo *logo, const double *heights, double x, double bottom) {
    int states_of[ORDERED_MOST];
    const int count = order(heights, logo->states, LEAST * logo->most, states_of);
    const bool nucleic = is_nucleic(logo);
    for (int k = 0; k < count; k++) {
        const int a = states_of[k];
        const double high = STACK * heights[a] / logo->most;
        const char text[] = {logo->letters[a], '\0'};
        (void)fprintf(to,
                      "<text class=\"k%d\" textLength=\"%d\" lengthAdjust=\"spacingAndGlyphs\" "
                      "transform=\"translate(%.1f %.1f) scale(1 %.3f)\">",
                      color_of(logo->letters[a], nucleic), SITE - 1, x, bottom, high / CAPITAL);
        hol_html_text(to, text);
        (void)fputs("</text>", to);
        bottom -= high;
    }
}

/* Sites [first, end), of all stacks, from `top` on. */
static void print_line(FILE *to, const hol_logo *logo, int64_t first, int64_t end, double top) {
    for (int s = 0; s < logo->stack_count; s++) {
        const double bottom = top + STACK + s * (STACK + GAP);
        (void)fprintf(to, "<text class=\"n\" x=\"0\" y=\"%.1f\">", bottom - STACK / 2.0 + 4);
        hol_html_text(to, logo->names[s]);
        (void)fprintf(to, "</text><path class=\"a\" d=\"M%d %.1fh%lld\"/>\n", LEFT, bottom,
                      (long long)((end - first) * SITE));
        for (int64_t i = first; i < end; i++)
            print_stack(to, logo, logo->heights[s] + i * logo->states, (double)(LEFT + (i - first) * SITE), bottom);
        (void)fputc('\n', to);
    }
    const double below = top + logo->stack_count * (STACK + GAP) + 10;
    for (int64_t i = first; i < end; i++)
        if ((i + 1) % NUMBERED == 0 || i == first)
            (void)fprintf(to, "<text class=\"n\" text-anchor=\"middle\" x=\"%lld\" y=\"%.1f\">%lld</text>",
                          (long long)(LEFT + (i - first) * SITE + SITE / 2), below, (long long)i + 1);
    (void)fputc('\n', to);
}

void hol_logo_print(FILE *to, const hol_logo *logo) {
    const int64_t lines = (logo->sites + logo->line - 1) / logo->line;
    const int64_t across = logo->sites < logo->line ? logo->sites : logo->line;
    const int64_t line = logo->stack_count * (STACK + GAP) + NUMBERS;
    (void)fprintf(to,
                  "<div class=\"scroll\"><svg class=\"logo\" width=\"%lld\" viewBox=\"0 0 %lld %lld\" role=\"img\" "
                  "aria-label=\"",
                  (long long)(LEFT + across * SITE + SITE), (long long)(LEFT + across * SITE + SITE),
                  (long long)(lines * line));
    hol_html_text(to, logo->title);
    (void)fprintf(to, "\" font-size=\"%d\">\n", FONT);
    for (int64_t l = 0; l < lines; l++) {
        const int64_t first = l * logo->line, end = first + logo->line;
        print_line(to, logo, first, end < logo->sites ? end : logo->sites, (double)(l * line));
    }
    (void)fputs("</svg></div>\n", to);
}
