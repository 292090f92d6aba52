/* html: the page around the charts. */
#include "result/html.h"

#include <stdarg.h>
#include <string.h>

#include "base/escape.h"

enum { TEXT_MAX = 4096, PIECE_MAX = 1024 };

/* ---- text -------------------------------------------------------------------------------------------------------- */

/* The longest piece of text of at most `most` bytes that ends with a character. */
static size_t piece_of(const char *text, size_t most) {
    size_t length = strnlen(text, most);
    while (text[length] && length > 1 && (text[length] & 0xc0) == 0x80) length--;
    return length;
}

void hol_html_text(FILE *to, const char *text) {
    static const char *const names[128] = {
        ['&'] = "&amp;", ['<'] = "&lt;", ['>'] = "&gt;", ['"'] = "&quot;", ['\''] = "&#39;"};
    char piece[PIECE_MAX + 1], safe[HOL_ESCAPE_GROWTH * PIECE_MAX + 1];
    while (*text) {
        const size_t length = piece_of(text, PIECE_MAX);
        memcpy(piece, text, length);
        piece[length] = '\0';
        (void)hol_escape(piece, true, safe, sizeof safe);
        for (const char *at = safe; *at; at++) {
            if (*at > 0 && names[(unsigned char)*at]) (void)fputs(names[(unsigned char)*at], to);
            else (void)fputc(*at, to);
        }
        text += length;
    }
}

static void print_formatted(FILE *to, const char *format, va_list arguments) HOL_FORMAT(2, 0);
static void print_formatted(FILE *to, const char *format, va_list arguments) {
    char text[TEXT_MAX];
    (void)vsnprintf(text, sizeof text, format, arguments);
    bool is_code = false;
    for (char *part = text, *mark = NULL; part; part = mark ? mark + 1 : NULL) {
        mark = strchr(part, '`');
        if (mark && !is_code && !strchr(mark + 1, '`')) mark = NULL; /* alone, it is itself */
        if (mark) *mark = '\0';
        hol_html_text(to, part);
        if (mark) (void)fputs(is_code ? "</code>" : "<code>", to);
        is_code ^= mark != NULL;
    }
}

void hol_html_printf(FILE *to, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    print_formatted(to, format, arguments);
    va_end(arguments);
}

int hol_html_width(const char *text) {
    int count = 0;
    for (; *text; text++) count += (*text & 0xc0) != 0x80;
    return count;
}

/* ---- the page ---------------------------------------------------------------------------------------------------- */

static const char style[] =
    "*{box-sizing:border-box}"
    "html{background:var(--page);color:var(--ink);font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans',"
    "'DejaVu Sans',sans-serif;-webkit-text-size-adjust:100%}"
    "body{margin:0 auto;max-width:1340px;padding:20px 16px 48px}"
    "h1{font-size:1.6rem;line-height:1.2;margin:0 0 4px;overflow-wrap:anywhere}"
    "h2{font-size:1.2rem;margin:36px 0 4px;padding-top:10px;border-top:1px solid var(--line)}"
    "p{margin:4px 0 12px;max-width:80ch;overflow-wrap:anywhere}"
    ".missing{color:var(--faint);font-style:italic}"
    ".figures{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,390px),1fr));gap:14px;margin:12px 0}"
    "figure{margin:0;background:var(--paper);border:1px solid var(--line);border-radius:8px;padding:12px;min-width:0;"
    "break-inside:avoid}"
    "figure.wide{grid-column:1/-1}"
    "figcaption{font-weight:600;margin-bottom:6px;overflow-wrap:anywhere}"
    "figure p{font-size:.85rem;color:var(--faint);margin:6px 0 0;line-height:1.4}"
    "svg.chart{display:block;width:100%;height:auto;max-width:560px;margin:auto}"
    ".logo{display:block;max-width:none}.logo text{fill:var(--c);font-family:'DejaVu Sans Mono',monospace;"
    "font-weight:700}.logo .n{fill:var(--faint);font:11px system-ui,sans-serif}.logo .a{stroke:var(--line)}"
    "img.pixels{display:block;max-width:100%;height:auto;margin:auto;image-rendering:pixelated}"
    ".verdicts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,390px),1fr));gap:12px;margin:16px 0}"
    ".verdict{background:var(--paper);border:1px solid var(--line);border-left:6px solid var(--v);border-radius:8px;"
    "padding:10px 12px;break-inside:avoid;min-width:0;overflow-wrap:anywhere}"
    ".verdict b{display:block;font-size:1.05rem}.verdict b i{font-style:normal;color:var(--v);font-weight:800;"
    "margin-right:.35em}.verdict small{color:var(--faint);text-transform:uppercase;letter-spacing:.04em;"
    "font-size:.72rem}.verdict span{display:block;font-size:.9rem;line-height:1.4;margin-top:2px}"
    ".lead{border-left:6px solid var(--v);padding:6px 12px;font-weight:600;max-width:none;background:var(--paper);"
    "border-radius:8px}"
    ".v0{--v:var(--good)}.v1{--v:var(--caution)}.v2{--v:var(--bad)}.v3{--v:var(--faint)}"
    ".scroll{overflow-x:auto;max-width:100%;margin:8px 0}"
    "table{border-collapse:collapse;font-size:.9rem}th,td{text-align:left;padding:3px 14px 3px 0;vertical-align:top;"
    "border-bottom:1px solid var(--line)}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;"
    "white-space:nowrap}td{overflow-wrap:anywhere;min-width:6ch}"
    "td:nth-child(2){min-width:12ch}td:first-child{white-space:nowrap}"
    "pre{background:var(--paper);border:1px solid var(--line);border-radius:8px;padding:10px 12px;font-size:.82rem;"
    "line-height:1.45;white-space:pre-wrap;overflow-wrap:anywhere;margin:8px 0}"
    "code{font-size:.92em;overflow-wrap:anywhere}summary{cursor:pointer}"
    "@media print{html{font-size:11px}body{max-width:none;padding:0}h2{break-after:avoid}"
    ".figures{grid-template-columns:repeat(2,1fr)}.verdicts{grid-template-columns:repeat(2,1fr)}}";

void hol_html_begin(FILE *to, const char *title, const char *more_style) {
    (void)fputs(HOL_HTML_BEGINS "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"/>\n"
                                "<meta name=\"color-scheme\" content=\"light dark\"/>\n"
                                "<link rel=\"icon\" href=\"data:,\"/>\n<title>",
                to);
    hol_html_text(to, title);
    (void)fprintf(to, "</title>\n<style>%s%s</style>\n</head>\n<body>\n", more_style, style);
}

void hol_html_end(FILE *to) { (void)fputs("</body>\n</html>\n", to); }

void hol_html_section(FILE *to, const char *id, const char *heading) {
    (void)fprintf(to, "<section id=\"%s\">\n<h2>", id);
    hol_html_text(to, heading);
    (void)fputs("</h2>\n", to);
}

void hol_html_section_end(FILE *to) { (void)fputs("</section>\n", to); }

#define PRINT_BETWEEN(to, before, after)                                                                               \
    do {                                                                                                               \
        va_list arguments;                                                                                             \
        va_start(arguments, format);                                                                                   \
        (void)fputs(before, to);                                                                                       \
        print_formatted(to, format, arguments);                                                                        \
        (void)fputs(after, to);                                                                                        \
        va_end(arguments);                                                                                             \
    } while (0)

void hol_html_paragraph(FILE *to, const char *format, ...) { PRINT_BETWEEN(to, "<p>", "</p>\n"); }

void hol_html_heading(FILE *to, const char *format, ...) { PRINT_BETWEEN(to, "<h1>", "</h1>\n"); }

void hol_html_missing(FILE *to, const char *format, ...) { PRINT_BETWEEN(to, "<p class=\"missing\">", "</p>\n"); }

/* ---- figures ----------------------------------------------------------------------------------------------------- */

void hol_html_figures(FILE *to) { (void)fputs("<div class=\"figures\">\n", to); }

void hol_html_figures_end(FILE *to) { (void)fputs("</div>\n", to); }

void hol_html_figure(FILE *to, const char *caption) {
    (void)fputs("<figure><figcaption>", to);
    hol_html_text(to, caption);
    (void)fputs("</figcaption>\n", to);
}

void hol_html_wide_figure(FILE *to, const char *caption) {
    (void)fputs("<figure class=\"wide\"><figcaption>", to);
    hol_html_text(to, caption);
    (void)fputs("</figcaption>\n", to);
}

void hol_html_figure_end(FILE *to) { (void)fputs("</figure>\n", to); }

/* ---- verdicts ---------------------------------------------------------------------------------------------------- */

void hol_html_verdicts(FILE *to) { (void)fputs("<div class=\"verdicts\">\n", to); }

void hol_html_verdicts_end(FILE *to) { (void)fputs("</div>\n", to); }

void hol_html_lead(FILE *to, hol_verdict worst, const char *format, ...) {
    (void)fprintf(to, "<p class=\"lead v%d\">", (int)worst);
    PRINT_BETWEEN(to, "", "</p>\n");
}

const char *hol_html_sign(hol_verdict verdict) {
    static const char *const signs[] = {"\xe2\x9c\x93", "!", "\xe2\x9c\x95", "?"};
    return signs[verdict];
}

void hol_html_verdict(FILE *to, hol_verdict verdict, const char *subject, const char *word, const char *format, ...) {
    (void)fprintf(to, "<div class=\"verdict v%d\"><small>", (int)verdict);
    hol_html_text(to, subject);
    (void)fprintf(to, "</small><b><i>%s</i>", hol_html_sign(verdict));
    hol_html_text(to, word);
    PRINT_BETWEEN(to, "</b><span>", "</span></div>\n");
}

/* ---- tables and lines -------------------------------------------------------------------------------------------- */

static void print_cells(FILE *to, const char *tag, const char *const *cells, int columns, int first_number) {
    (void)fputs("<tr>", to);
    for (int k = 0; k < columns; k++) {
        (void)fprintf(to, "<%s%s>", tag, k >= first_number ? " class=\"n\"" : "");
        hol_html_text(to, cells[k]);
        (void)fprintf(to, "</%s>", tag);
    }
    (void)fputs("</tr>\n", to);
}

void hol_html_table(FILE *to, const char *const *headings, int columns, int first_number) {
    (void)fputs("<div class=\"scroll\"><table>\n", to);
    if (headings) print_cells(to, "th", headings, columns, first_number);
}

void hol_html_row(FILE *to, const char *const *cells, int columns, int first_number) {
    print_cells(to, "td", cells, columns, first_number);
}

void hol_html_table_end(FILE *to) { (void)fputs("</table></div>\n", to); }

void hol_html_lines(FILE *to, const char *summary, const char *text) {
    if (summary) {
        (void)fputs("<details><summary>", to);
        hol_html_text(to, summary);
        (void)fputs("</summary>", to);
    }
    (void)fputs("<pre>", to);
    hol_html_text(to, text);
    (void)fprintf(to, "</pre>%s\n", summary ? "</details>" : "");
}
