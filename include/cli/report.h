/* report: the page on a run, HTML that needs nothing else, for any command to write. */
#ifndef HOL_CLI_REPORT_H
#define HOL_CLI_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/comm.h"
#include "base/status.h"
#include "cli/agreement.h"
#include "cli/training.h"
#include "io/checkpoint.h"
#include "train/state.h"

/* What `holode report RUN [--data DATA] [-o FILE.html]` does: the page on a run, which is a directory, of which the
 * best checkpoint counts where it keeps one, else the newest good one, or a checkpoint. `data`, FILE[:SPLIT] (test), is
 * what the model is compared with; NULL: what the run was evaluated on, or validates on, or learns from. `output` is
 * the page's name; NULL: report.html in the run's directory. The page appears whole or not at all, and takes the place
 * of such a page and of nothing else; a line on stderr names it and says in a sentence what it says. The run's files
 * are read, and nothing but the page is written, so that a run at work in this process or another is not touched. May
 * be called any number of times; takes some tens of seconds at most. *ret_agreement, where it is not NULL, gets what
 * the page says of the run's chains, its count 0 where that is nothing. Errors as the command's: HOL_BAD_INPUT for
 * files, HOL_USAGE for names. Collective. */
hol_status hol_report_write(hol_comm *comm, const char *run, const char *data, const char *output,
                            hol_agreement *ret_agreement) HOL_MUST_USE;

/* ---- the page of a run in this process, while it goes on ---- */

typedef struct hol_report_live hol_report_live; /* opaque */

/* A page on the run as it stands, report.html in `directory`: curves, verdicts by them, the run's own chains beside
 * data, pictures of the parameters; nothing that has to be sampled. The training, its data read in, and the facts are
 * borrowed, and must outlive it; texts, too. The run is to have `steps`. The caller owns *ret_live. HOL_FAILURE: memory
 * is short. Collective. */
hol_status hol_report_live_create(const hol_training *training, const hol_checkpoint_facts *facts,
                                  const char *directory, int64_t steps, hol_report_live **ret_live) HOL_MUST_USE;
/* NULL is fine. Not collective. */
void hol_report_live_destroy(hol_report_live *live);

/* Writes it anew, unless the time that this takes would be more than a fiftieth of the run's since it was written last.
 * `checkpoint` is the newest one's name, or "". `end`: NULL while the run goes on; how it ended, and then it is written
 * in any case. Nothing of the run is changed. What fails is no failure of the run: the first time it is told in a
 * warning. Does nothing where another start of the run has taken the directory. NULL is fine. Collective. */
void hol_report_live_refresh(hol_report_live *live, const hol_state *state, const char *checkpoint, const char *end);

#endif
