/* log: what the program says on stderr. Only rank 0 speaks. */
#ifndef HOL_BASE_LOG_H
#define HOL_BASE_LOG_H

#include <stdbool.h>
#include <stdio.h>

#include "base/comm.h"
#include "base/status.h"

/* In all of these comm says which rank this is; NULL: a process that speaks for itself.
 *
 * --quiet: only warnings and errors remain; mute: only errors. Both return what was set before. */
bool hol_log_set_quiet(hol_comm *comm, bool quiet);
bool hol_log_set_mute(hol_comm *comm, bool mute);

/* A line of information; a warning ("holode: warning: ..."); an error ("holode: ..."). The newline is added; a terminal
 * that tells its width gets several lines where one is too long, each behind blanks. */
void hol_log(hol_comm *comm, const char *format, ...) HOL_FORMAT(2, 3);
void hol_log_warning(hol_comm *comm, const char *format, ...) HOL_FORMAT(2, 3);
void hol_log_error(hol_comm *comm, const char *format, ...) HOL_FORMAT(2, 3);

/* "holode: rank 3 on HOST: " and the message, from the rank that calls it: an error that the ranks can't agree on. */
void hol_log_own_error(hol_comm *comm, const char *format, ...) HOL_FORMAT(2, 3);

/* The one line of a terminal that is drawn over itself: `text` replaces what the last call drew; NULL erases it, so
 * that a lasting line may follow. No-op unless hol_log_is_terminal(). */
void hol_log_transient(hol_comm *comm, const char *text);

/* Whether stderr of rank 0 is a terminal on which a line can be drawn over: not where TERM is "dumb" or missing (and
 * false on the other ranks). */
bool hol_log_is_terminal(hol_comm *comm);

/* How many columns stderr's terminal has now; 80 where that is unknown. */
int hol_log_get_width(void);

/* The same of any stream; 0 where it is no terminal, or one that does not tell, as that of a program under mpirun. */
int hol_log_get_columns(FILE *stream);

#endif
