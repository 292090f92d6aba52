/* folder: what -o names of a command that writes several files: one of them, by the name's ending, or a directory. */
#ifndef HOL_CLI_FOLDER_H
#define HOL_CLI_FOLDER_H

#include <stdbool.h>

#include "base/status.h"
#include "io/output.h"

enum { HOL_FOLDER_PATH_SIZE = 4096 };

typedef struct hol_folder {
    const char *output;           /* -o; borrowed, as all here */
    int count;                    /* of files that the command can write */
    const char *const *names;     /* (count) of a directory's files */
    const hol_output_kind *kinds; /* (count) */
} hol_folder;

/* Whether -o is none of the files, going by their endings. Not collective, as the others. */
bool hol_folder_is_directory(const hol_folder *folder);

/* Where file k goes: into the directory, or it is -o itself. HOL_USAGE when that is too long. */
hol_status hol_folder_name(const hol_folder *folder, int k, char path[HOL_FOLDER_PATH_SIZE]) HOL_MUST_USE;

/* Makes the directory where it is not there. HOL_USAGE when it can't be one. */
hol_status hol_folder_make(const hol_folder *folder) HOL_MUST_USE;

#endif
