/* dataset_writer_parts: the file of a writer, for what is written beside the splits. */
#ifndef HOL_IO_DATASET_WRITER_PARTS_H
#define HOL_IO_DATASET_WRITER_PARTS_H

#include "io/dataset.h"
#include "io/h5.h"

/* The file, and the split that is being written. They stay the writer's. */
hid_t hol_dataset_writer_get_file(const hol_dataset_writer *writer);
hid_t hol_dataset_writer_get_set(const hol_dataset_writer *writer);

#endif
