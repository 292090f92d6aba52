/* html: pieces of an HTML page that stands alone: head, sections, tables, verdicts, pictures within the text.
 *
 * All texts are escaped here, whatever they hold. A failure to write shows in the stream. Not collective. */
#ifndef HOL_RESULT_HTML_H
#define HOL_RESULT_HTML_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/status.h"
#include "estimate/verdict.h"

/* Text made safe as by hol_escape (base/escape.h), newlines and tabs kept, and & < > " ' replaced. And the same of text
 * made as by printf, cut at 4,095 bytes, where `what stands so` becomes code. */
void hol_html_text(FILE *to, const char *text);
void hol_html_printf(FILE *to, const char *format, ...) HOL_FORMAT(2, 3);

/* Characters of a text in UTF-8. */
int hol_html_width(const char *text);

/* What every page of ours begins with. */
#define HOL_HTML_BEGINS                                                                                                \
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"                                         \
    "<meta name=\"generator\" content=\"holode\"/>\n"

/* Begins and ends a page. Its style takes its colours from the custom properties of hol_chart_style (result/chart.h),
 * which `style` has to have in it. */
void hol_html_begin(FILE *to, const char *title, const char *style);
void hol_html_end(FILE *to);

/* The page's own heading. */
void hol_html_heading(FILE *to, const char *format, ...) HOL_FORMAT(2, 3);

/* A section with its heading; paragraphs as printf makes them. */
void hol_html_section(FILE *to, const char *id, const char *heading);
void hol_html_section_end(FILE *to);
void hol_html_paragraph(FILE *to, const char *format, ...) HOL_FORMAT(2, 3);

/* What leaves something out, and why: a line in italics. */
void hol_html_missing(FILE *to, const char *format, ...) HOL_FORMAT(2, 3);

/* A row of figures, as many side by side as there is room for; each with a caption above, and whatever is printed
 * between: a chart, a picture, a paragraph of notes. A wide one has a row of its own. */
void hol_html_figures(FILE *to);
void hol_html_figures_end(FILE *to);
void hol_html_figure(FILE *to, const char *caption);
void hol_html_wide_figure(FILE *to, const char *caption);
void hol_html_figure_end(FILE *to);

/* Verdicts, each in a box: a sign, a word, what it is on, and why in a sentence or two. */
void hol_html_verdicts(FILE *to);
void hol_html_verdicts_end(FILE *to);
void hol_html_verdict(FILE *to, hol_verdict verdict, const char *subject, const char *word, const char *format, ...)
    HOL_FORMAT(5, 6);

/* The sign by itself, where there is room for no box. */
const char *hol_html_sign(hol_verdict verdict);

/* A sentence that sums verdicts up, marked by the worst of them. */
void hol_html_lead(FILE *to, hol_verdict worst, const char *format, ...) HOL_FORMAT(3, 4);

/* A table: a row of headings (NULL: none), then rows; columns of numbers stand to the right from `first_number` on. */
void hol_html_table(FILE *to, const char *const *headings, int columns, int first_number);
void hol_html_row(FILE *to, const char *const *cells, int columns, int first_number);
void hol_html_table_end(FILE *to);

/* Text as it stands, in lines; `summary` (NULL: none) folds it away on a screen. */
void hol_html_lines(FILE *to, const char *summary, const char *text);

#endif
