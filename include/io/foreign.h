/* foreign: files that are no data, named for what they are. Not collective. */
#ifndef HOL_IO_FOREIGN_H
#define HOL_IO_FOREIGN_H

#include <stddef.h>

enum { HOL_FOREIGN_BYTES = 512 };

/* What bytes[0, count), the first of a file (HOL_FOREIGN_BYTES of them will do), are the beginning of: "a bzip2 file";
 * *ret_remedy is what to do: "bunzip2 it". NULL when nothing is recognised. Both are static. */
const char *hol_foreign_name(const unsigned char *bytes, size_t count, const char **ret_remedy);

#endif
