/* report: the page on a run, HTML that needs nothing else, for any command to write. */
#ifndef HOL_CLI_REPORT_H
#define HOL_CLI_REPORT_H

#include "base/comm.h"
#include "base/status.h"

/* What `holode report RUN [--data DATA] [-o FILE.html]` does: the page on a run, which is a directory, of which the
 * newest good checkpoint counts, or a checkpoint. `data`, FILE[:SPLIT] (test), is what the model is compared with;
 * NULL: what the run was evaluated on, or validates on, or learns from. `output` is the page's name; NULL: report.html
 * in the run's directory. The page appears whole or not at all, and takes the place of such a page and of nothing else;
 * a line on stderr names it and says in a sentence what it says. The run's files are read, and nothing but the page is
 * written, so that a run at work in this process or another is not touched. May be called any number of times; takes
 * some tens of seconds at most. Errors as the command's: HOL_BAD_INPUT for files, HOL_USAGE for names. Collective. */
hol_status hol_report_write(hol_comm *comm, const char *run, const char *data, const char *output) HOL_MUST_USE;

#endif
