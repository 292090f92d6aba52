/* checkpoint_find: which of a directory's files is meant: the newest good one, or the best. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"
#include "checkpoint_stored.h"

/* ------------------------------------------------------------------ the newest */

/* The names of a directory are rank 0's: other nodes may still have an older view of it. Collective. */
static hol_status list_together(hol_comm *comm, const char *directory, int64_t **ret_steps, int64_t *ret_count) {
    hol_status status = HOL_OK;
    *ret_steps = NULL;
    *ret_count = 0;
    const bool first_rank = hol_comm_rank(comm) == 0;
    HOL_TRY(hol_comm_agree(comm, first_rank ? hol_checkpoint_list(directory, ret_steps, ret_count) : HOL_OK));
    HOL_TRY(hol_comm_broadcast(comm, ret_count, sizeof *ret_count));
    HOL_TRY(hol_comm_agree(comm, first_rank ? HOL_OK : HOL_ALLOCATE(*ret_steps, *ret_count, "names of checkpoints")));
    HOL_TRY(hol_comm_broadcast(comm, *ret_steps, *ret_count * (int64_t)sizeof **ret_steps));
cleanup:
    return status;
}

bool hol_checkpoint_is_gone(hol_comm *comm, const char *file, const char *path) {
    struct stat s;
    int8_t is_gone = hol_comm_rank(comm) == 0 && path[0] && stat(file, &s) == 0 && S_ISDIR(s.st_mode) &&
                     stat(path, &s) != 0 && errno == ENOENT;
    return !hol_error_drop(hol_comm_broadcast(comm, &is_gone, sizeof is_gone)) && is_gone;
}

/* One look at the directory. *ret_gone: a file that was listed has gone since, and the list is worth nothing. */
static hol_status look_for_newest(hol_comm *comm, hol_checkpoint_lister outline, const char *directory, char *path,
                                  bool *ret_found, bool *ret_gone) {
    hol_status status = HOL_OK;
    int64_t *steps = NULL, count = 0;
    *ret_found = *ret_gone = false;
    HOL_TRY(list_together(comm, directory, &steps, &count));
    for (int64_t i = 0; i < count; i++) {
        HOL_TRY(hol_comm_agree(comm, hol_checkpoint_name(directory, steps[i], path)));
        status = hol_checkpoint_validate(comm, outline, path);
        *ret_found = status == HOL_OK;
        if (status == HOL_OK) break;
        *ret_gone = hol_checkpoint_is_gone(comm, directory, path);
        /* or the machine's fault, which an older file won't mend */
        if (*ret_gone || hol_error_code(status) != HOL_BAD_INPUT) break;
        hol_log_warning(comm, "%s; passed over", hol_error_message(status));
        (void)hol_error_drop(status);
        status = HOL_OK;
    }
    if (status == HOL_OK && !*ret_found && count > 0)
        status = hol_error(HOL_BAD_INPUT,
                           "%s: found %lld checkpoint(s), none of them good, expected one that is; the warnings say "
                           "why (move them away to start anew)",
                           directory, (long long)count);
cleanup:
    hol_free(steps);
    return status;
}

hol_status hol_checkpoint_find(hol_comm *comm, hol_checkpoint_lister outline, const char *directory, char *path,
                               bool *ret_found) {
    hol_status status = HOL_OK;
    bool gone = true;
    for (int look = 0; gone && look < HOL_CHECKPOINT_LOOKS; look++) {
        (void)hol_error_drop(status);
        status = look_for_newest(comm, outline, directory, path, ret_found, &gone);
    }
    return status;
}

/* ------------------------------------------------------------------ the best */

hol_status hol_checkpoint_find_best(hol_comm *comm, const char *directory, char *path, bool *ret_found) {
    hol_status status = HOL_OK;
    int8_t found = 0;
    HOL_TRY(hol_comm_agree(comm, hol_checkpoint_name(directory, HOL_CHECKPOINT_BEST, path)));
    if (hol_comm_rank(comm) == 0) found = access(path, F_OK) == 0;
    HOL_TRY(hol_comm_broadcast(comm, &found, sizeof found));
    *ret_found = found;
cleanup:
    return status;
}

bool hol_checkpoint_is_best(const char *path) {
    char name[HOL_CHECKPOINT_PATH_MAX];
    const char *slash = strrchr(path, '/');
    (void)hol_error_drop(hol_checkpoint_name(".", HOL_CHECKPOINT_BEST, name)); /* so short a name fits */
    return strcmp(slash ? slash + 1 : path, strrchr(name, '/') + 1) == 0;
}

/* A run at work may put another in its place while ranks read parts of it: a second look tells. */
static hol_status look_for_best(hol_comm *comm, hol_checkpoint_lister outline, const char *directory, char *path,
                                bool *ret_found) {
    hol_status status = hol_checkpoint_find_best(comm, directory, path, ret_found);
    if (status != HOL_OK || !*ret_found) return status;
    for (int look = 0; look < 2; look++) {
        (void)hol_error_drop(status);
        status = hol_checkpoint_validate(comm, outline, path);
        if (hol_error_code(status) != HOL_BAD_INPUT) return status;
    }
    hol_log_warning(comm, "%s; passed over", hol_error_message(status));
    (void)hol_error_drop(status);
    *ret_found = false;
    return HOL_OK;
}

hol_status hol_checkpoint_is_same(hol_comm *comm, const hol_checkpoint_info *info, bool *ret_same) {
    hol_status status = HOL_OK;
    hol_checkpoint_info now = {0};
    /* of the others each is written once: what a look costs, a run at work may prune them in */
    *ret_same = true;
    if (!hol_checkpoint_is_best(info->path)) return HOL_OK;
    HOL_TRY(hol_checkpoint_read_info(comm, info->path, &now));
    int64_t most[] = {info->step, now.step}, least[] = {-info->step, -now.step};
    HOL_TRY(hol_comm_max_i64(comm, most, 2));
    HOL_TRY(hol_comm_max_i64(comm, least, 2));
    *ret_same = most[0] == most[1] && -least[0] == most[0] && -least[1] == most[1];
cleanup:
    hol_checkpoint_info_clear(&now);
    return status;
}

/* ------------------------------------------------------------------ what a command means */

static hol_status resolve(hol_comm *comm, hol_checkpoint_lister outline, const char *file, bool best, char *path) {
    hol_status status = HOL_OK;
    bool found = false;
    struct stat s;
    int8_t is_directory = hol_comm_rank(comm) == 0 && stat(file, &s) == 0 && S_ISDIR(s.st_mode);
    HOL_TRY(hol_comm_broadcast(comm, &is_directory, sizeof is_directory));
    if (is_directory) {
        if (best) HOL_TRY(look_for_best(comm, outline, file, path, &found));
        if (!found) HOL_TRY(hol_checkpoint_find(comm, outline, file, path, &found));
        if (!found) HOL_TRY(hol_error(HOL_BAD_INPUT, "%s: found no checkpoint in it, expected one", file));
        return HOL_OK;
    }
    if (snprintf(path, HOL_CHECKPOINT_PATH_MAX, "%s", file) >= HOL_CHECKPOINT_PATH_MAX)
        status = hol_error(HOL_BAD_INPUT, "%.100s...: found a path of %zu bytes, expected fewer", file, strlen(file));
    HOL_TRY(hol_comm_agree(comm, status));
cleanup:
    return status;
}

hol_status hol_checkpoint_resolve(hol_comm *comm, hol_checkpoint_lister outline, const char *file, char *path) {
    return resolve(comm, outline, file, true, path);
}

hol_status hol_checkpoint_resolve_newest(hol_comm *comm, hol_checkpoint_lister outline, const char *file, char *path) {
    return resolve(comm, outline, file, false, path);
}
