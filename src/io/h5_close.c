/* h5_close: how what is open in HDF5 is closed, whatever failed before, and how a file is kept in memory meanwhile. */
#include <errno.h>
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "io/h5.h"

static int refuse_deletion(MPI_Comm comm, int key, void *value, void *context) {
    (void)comm, (void)key, (void)value, (void)context;
    return MPI_ERR_OTHER;
}

static void leave(int code, void *context) {
    (void)context;
    (void)fflush(NULL);
    _exit(code);
}

/* HDF5 1.10 keeps the number of a file that it could not close, but frees what it stands for, and dies of that when it
 * ends itself: in MPI_Finalize, by an attribute of MPI_COMM_SELF, or at the process's exit. So it is not to: attributes
 * are deleted last set first, up to the first that refuses, and so are functions for the exit called. */
static void leave_without_ending(void) {
    int started = 0, key = MPI_KEYVAL_INVALID;
    (void)on_exit(leave, NULL);
    if (MPI_Initialized(&started) == MPI_SUCCESS && started &&
        MPI_Comm_create_keyval(MPI_COMM_NULL_COPY_FN, refuse_deletion, &key, NULL) == MPI_SUCCESS)
        (void)MPI_Comm_set_attr(MPI_COMM_SELF, key, NULL);
}

herr_t hol_h5_close_file(hid_t *file) {
    const herr_t closed = H5Fclose(*file);
    *file = -1;
    if (closed < 0) leave_without_ending();
    return closed;
}

void hol_h5_close(hid_t *id) {
    hid_t closing = *id;
    *id = -1;
    if (closing < 0) return;
    switch (H5Iget_type(closing)) {
    case H5I_FILE: (void)hol_h5_close_file(&closing); break;
    case H5I_GROUP: (void)H5Gclose(closing); break;
    case H5I_DATASET: (void)H5Dclose(closing); break;
    case H5I_DATATYPE: (void)H5Tclose(closing); break;
    case H5I_DATASPACE: (void)H5Sclose(closing); break;
    case H5I_ATTR: (void)H5Aclose(closing); break;
    case H5I_GENPROP_LST: (void)H5Pclose(closing); break;
    default: (void)H5Idec_ref(closing);
    }
}

/* The descriptor that HDF5 uses for a file of the POSIX driver, or -1. */
static int descriptor_of(hid_t file) {
    void *handle = NULL;
    hid_t access_list = H5Fget_access_plist(file);
    const bool is_posix = access_list >= 0 && H5Pget_driver(access_list) == H5FD_SEC2;
    hol_h5_close(&access_list);
    if (!is_posix || H5Fget_vfd_handle(file, H5P_DEFAULT, &handle) < 0 || !handle) return -1;
    return *(const int *)handle;
}

void hol_h5_abandon(hid_t object) {
    hid_t file = object >= 0 ? H5Iget_file_id(object) : -1;
    const int descriptor = file >= 0 ? descriptor_of(file) : -1;
    hol_h5_close(&file);
    const int memory = descriptor >= 0 ? memfd_create("abandoned", MFD_CLOEXEC) : -1;
    if (memory < 0) return;
    (void)dup2(memory, descriptor);
    (void)close(memory);
}

/* Copies what HDF5 has written so far: at most a superblock. */
static bool copy_head(int from, int to) {
    char head[4096];
    const ssize_t bytes = pread(from, head, sizeof head, 0);
    return bytes >= 0 && bytes < (ssize_t)sizeof head && pwrite(to, head, (size_t)bytes, 0) == bytes;
}

hol_status hol_h5_divert(hid_t file, int64_t most, const char *named, int *ret_memory) {
    const int descriptor = descriptor_of(file), memory = memfd_create("diverted", MFD_CLOEXEC);
    /* a limit on the sizes of files holds for memory too: it must not be met in the midst of HDF5's work */
    const bool done = descriptor >= 0 && memory >= 0 && ftruncate(memory, (off_t)most) == 0 &&
                      ftruncate(memory, 0) == 0 && copy_head(descriptor, memory) && dup2(memory, descriptor) >= 0;
    const int code = errno;
    *ret_memory = done ? memory : -1;
    if (done) return HOL_OK;
    if (memory >= 0) (void)close(memory);
    return hol_error(HOL_FAILURE, "%s: no memory for %lld bytes: %s", named, (long long)most, strerror(code));
}
