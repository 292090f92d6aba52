/* folder: by endings. */
#include "cli/folder.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/words.h"

bool hol_folder_is_directory(const hol_folder *folder) {
    for (int k = 0; k < folder->count; k++)
        if (hol_output_ends_with(folder->output, folder->kinds[k].ending)) return false;
    return true;
}

hol_status hol_folder_name(const hol_folder *folder, int k, char path[HOL_FOLDER_PATH_SIZE]) {
    const int length = hol_folder_is_directory(folder)
                           ? snprintf(path, HOL_FOLDER_PATH_SIZE, "%s/%s", folder->output, folder->names[k])
                           : snprintf(path, HOL_FOLDER_PATH_SIZE, "%s", folder->output);
    if (length < HOL_FOLDER_PATH_SIZE) return HOL_OK;
    return hol_error(HOL_USAGE, "-o: found a path of %zu bytes, expected fewer", strlen(folder->output));
}

hol_status hol_folder_make(const hol_folder *folder) {
    struct stat found;
    char endings[128] = "";
    const char *path = folder->output;
    const int made = mkdir(path, 0777);
    const int code = errno;
    if (made == 0 || (code == EEXIST && stat(path, &found) == 0 && S_ISDIR(found.st_mode))) return HOL_OK;
    for (int k = 0; k < folder->count; k++)
        if (!strstr(endings, folder->kinds[k].ending))
            hol_words_append(endings, sizeof endings, " or %s", folder->kinds[k].ending);
    return hol_error(HOL_USAGE,
                     "-o: found \"%s\", which can't be made a directory (%s), expected one, or a name that "
                     "ends in %s",
                     path, strerror(code), endings + strlen(" or "));
}
