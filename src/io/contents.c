/* contents: a table of signatures. */
#include "io/contents.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/regular.h"
#include "io/text_file.h"

typedef struct signature {
    size_t at, count;
    const char *bytes;
    hol_contents contents; /* OTHER: by what follows, text or not */
} signature;

/* behind blanks, in any case of letters */
#define TEXT_AT SIZE_MAX
#define SIGNATURE(kind, at, literal, ...)                                                                              \
    {                                                                                                                  \
        at, sizeof(literal) - 1, literal, { kind, __VA_ARGS__ }                                                        \
    }
#define FOREIGN(...) SIGNATURE(HOL_CONTENTS_OTHER, __VA_ARGS__)
#define UNPACK(by) "unpack it first: " by
#define TO_CSV "export it as CSV"
#define TO_NPY(part) "numpy.save(\"data.npy\", ...) of its " part
#define AS_PIXELS "the pixels of all pictures in one .npy: a row a picture"
#define AS_UTF8(from) "save it as UTF-8: iconv -f " from " -t UTF-8"
#define IMPORT_DATA "holode data import makes a data set of it"
#define SEQUENCES "aligned sequences", "holode data import --alphabet makes a data set of them"
#define IMPORT_GRAPH "holode import FILE -o DIR makes a checkpoint of it"

static const hol_contents unknown = {HOL_CONTENTS_OTHER, "a file of other bytes", NULL};

static const signature signatures[] = {
    SIGNATURE(HOL_CONTENTS_HDF5, 0, "\x89HDF\r\n\x1A\n", "an HDF5 file",
              "holode reads the 2-D data sets of an HDF5 file as they are: FILE:/path"),
    SIGNATURE(HOL_CONTENTS_NPY, 0, "\x93NUMPY", "a NumPy array", NULL),
    SIGNATURE(HOL_CONTENTS_ZIP, 0, "PK\3\4", "a zip archive", UNPACK("unzip")),
    SIGNATURE(HOL_CONTENTS_ZIP, 0, "PK\5\6", "a zip archive", UNPACK("unzip")),
    SIGNATURE(HOL_CONTENTS_GZIP, 0, "\x1F\x8B", "a gzip file", UNPACK("gunzip")),
    FOREIGN(4, "1AY&SY", "a bzip2 file", UNPACK("bunzip2")),
    FOREIGN(0, "BZh9", "a bzip2 file", UNPACK("bunzip2")),
    FOREIGN(0, "\3757zXZ", "an xz file", UNPACK("unxz")),
    FOREIGN(0, "\x28\xB5\x2F\xFD", "a zstd file", UNPACK("unzstd")),
    FOREIGN(0, "\x04\x22\x4D\x18", "an lz4 file", UNPACK("unlz4")),
    FOREIGN(0, "\x1F\x9D", "a compress (.Z) file", UNPACK("uncompress")),
    FOREIGN(0, "7z\xBC\xAF\x27\x1C", "a 7z archive", UNPACK("7z x")),
    FOREIGN(0, "Rar!", "a rar archive", UNPACK("unrar x")),
    FOREIGN(257, "ustar", "a tar archive", UNPACK("tar -xf")),
    FOREIGN(0, "PAR1\x15", "a Parquet file", "pandas.read_parquet(...).to_csv(\"data.csv\", index=False)"),
    FOREIGN(0, "ARROW1\0\0", "a Feather (Arrow) file", "pandas.read_feather(...).to_csv(\"data.csv\", index=False)"),
    FOREIGN(0, "MATLAB 7.3", "a MATLAB 7.3 .mat file (HDF5)",
            "numpy.save(\"data.npy\", h5py.File(...)[\"NAME\"][:].T)"),
    FOREIGN(0, "MATLAB 5.0", "a MATLAB .mat file", "numpy.save(\"data.npy\", scipy.io.loadmat(...)[\"NAME\"])"),
    FOREIGN(0, "SQLite format 3\0", "an SQLite database", TO_CSV),
    FOREIGN(0, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "an old Excel or Office file", "save the sheet as CSV"),
    FOREIGN(0, "RDX2\n", "an R data file", "write.csv(..., row.names = FALSE)"),
    FOREIGN(0, "RDX3\n", "an R data file", "write.csv(..., row.names = FALSE)"),
    FOREIGN(0, "CDF\1", "a netCDF file", TO_NPY("variable")),
    FOREIGN(0, "CDF\2", "a netCDF file", TO_NPY("variable")),
    FOREIGN(0, "SIMPLE  =", "a FITS file", "numpy.save(\"data.npy\", astropy.io.fits.getdata(...))"),
    FOREIGN(0, "\177ELF", "a program", "another file"),
    FOREIGN(0, "%PDF", "a PDF document", "the numbers as CSV"),
    SIGNATURE(HOL_CONTENTS_PNG, 0, "\x89PNG\r\n\x1A\n", "a PNG picture", AS_PIXELS),
    FOREIGN(0, "\xFF\xD8\xFF", "a JPEG picture", AS_PIXELS),
    FOREIGN(0, "GIF8", "a GIF picture", AS_PIXELS),
    FOREIGN(0, "II*\0", "a TIFF picture", AS_PIXELS),
    FOREIGN(0, "MM\0*", "a TIFF picture", AS_PIXELS),
    FOREIGN(0, "%%MatrixMarket", "a Matrix Market file", "numpy.save(\"data.npy\", scipy.io.mmread(...).toarray())"),
    FOREIGN(0, "{\\rtf", "an RTF document", "save it as plain text"),
    FOREIGN(0, "\xFF\xFE\0\0", "text in UTF-32", AS_UTF8("UTF-32")),
    FOREIGN(0, "\0\0\xFE\xFF", "text in UTF-32", AS_UTF8("UTF-32")),
    FOREIGN(0, "\xFF\xFE", "text in UTF-16", AS_UTF8("UTF-16")),
    FOREIGN(0, "\xFE\xFF", "text in UTF-16", AS_UTF8("UTF-16")),
    FOREIGN(TEXT_AT, "<!DOCTYPE", "an HTML page", "download the file itself"),
    FOREIGN(TEXT_AT, "<html", "an HTML page", "download the file itself"),
    FOREIGN(TEXT_AT, "<?xml", "an XML file", TO_CSV),
    FOREIGN(TEXT_AT, "@relation", "an ARFF file", "keep the lines behind @data, as CSV"),
    FOREIGN(TEXT_AT, "[[", "JSON", "numpy.savetxt(\"data.csv\", array, delimiter=\",\")"),
    FOREIGN(TEXT_AT, "{\"", "JSON", "pandas.read_json(...).to_csv(\"data.csv\", index=False)"),
    FOREIGN(TEXT_AT, "[{", "JSON", "pandas.read_json(...).to_csv(\"data.csv\", index=False)"),
    FOREIGN(TEXT_AT, "version https://git", "a pointer of Git LFS", "git lfs pull brings the file itself"),
};

/* Text of two bytes a character: every second byte is 0. */
static bool is_wide(const char *bytes, size_t count) {
    const size_t most = count < 64 ? count & ~(size_t)1 : 64;
    for (size_t zero = 0; zero < 2 && most >= 8; zero++) {
        size_t i = 0;
        while (i < most && bytes[i + zero] == 0 &&
               (isprint((unsigned char)bytes[i + 1 - zero]) || isspace((unsigned char)bytes[i + 1 - zero])))
            i += 2;
        if (i == most) return true;
    }
    return false;
}

/* Python's pickle, protocols 2 to 5: a frame or an opcode that begins an object follows. */
static bool is_pickle(const char *bytes, size_t count) {
    return count > 4 && bytes[0] == '\x80' && bytes[1] >= 2 && bytes[1] <= 5;
}

static bool is_text(const char *bytes, size_t count) {
    for (size_t i = 0; i < count; i++)
        if ((unsigned char)bytes[i] < ' ' && !(bytes[i] >= '\t' && bytes[i] <= '\r')) return false;
    return true;
}

static bool is_signed(const char *bytes, size_t count, size_t start, const signature *s) {
    if (s->at == TEXT_AT) return count - start >= s->count && strncasecmp(bytes + start, s->bytes, s->count) == 0;
    return count >= s->at + s->count && memcmp(bytes + s->at, s->bytes, s->count) == 0;
}

hol_contents hol_contents_of(const char *bytes, size_t count) {
    const hol_contents text = {HOL_CONTENTS_TEXT, "a text file", NULL};
    hol_contents found = {.name = NULL};
    size_t start = count >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    while (start < count && isspace((unsigned char)bytes[start])) start++;
    for (size_t k = 0; k < sizeof signatures / sizeof *signatures && !found.name; k++)
        if (is_signed(bytes, count, start, &signatures[k])) found = signatures[k].contents;
    if (found.name && found.kind != HOL_CONTENTS_OTHER) return found;
    if (is_text(bytes, count)) return found.name ? (hol_contents){text.kind, found.name, found.remedy} : text;
    if (found.name) return found;
    if (is_wide(bytes, count)) return (hol_contents){HOL_CONTENTS_OTHER, "text in UTF-16", AS_UTF8("UTF-16")};
    if (is_pickle(bytes, count)) return (hol_contents){HOL_CONTENTS_OTHER, "a Python pickle", TO_NPY("array")};
    return unknown;
}

/* ---- files ------------------------------------------------------------------------------------------------------- */

hol_contents hol_contents_look(const char *path, char *head) {
    mode_t mode = 0;
    struct stat about;
    char first[HOL_FILE_HEAD + 1] = "";
    const int descriptor = hol_regular_try(path, true, &mode);
    if (descriptor < 0 && S_ISDIR(mode))
        return (hol_contents){HOL_CONTENTS_DIRECTORY, "a directory",
                              "sample, evaluate and inspect take a run's directory"};
    if (descriptor < 0) return unknown;
    int64_t count = fstat(descriptor, &about) == 0 ? (int64_t)about.st_size : -1;
    if (count > HOL_FILE_HEAD) count = HOL_FILE_HEAD;
    const bool is_read = count >= 0 && hol_regular_read(descriptor, first, count, 0);
    (void)close(descriptor);
    if (!is_read) return unknown;
    if (head) memcpy(head, first, sizeof first);
    if (count == 0) return (hol_contents){HOL_CONTENTS_EMPTY, "an empty file", NULL};
    return hol_contents_of(first, (size_t)count);
}

hol_status hol_contents_refuse(hol_code code, const char *path, const char *expected) {
    static const struct {
        const char *ending, *name, *remedy;
    } named[] = {{".uai", "a factor graph", IMPORT_GRAPH},
                 {".fg", "a factor graph", IMPORT_GRAPH},
                 {".yaml", NULL, "holode train takes configs"},
                 {".yml", NULL, "holode train takes configs"},
                 {".fasta", SEQUENCES},
                 {".fa", SEQUENCES},
                 {".afa", SEQUENCES},
                 {".a2m", SEQUENCES},
                 {".a3m", SEQUENCES},
                 {".sto", SEQUENCES},
                 {".npz", NULL, IMPORT_DATA},
                 {"-ubyte", NULL, IMPORT_DATA}};
    hol_contents found = hol_contents_look(path, NULL);
    const hol_contents_kind kind = found.kind;
    const bool is_told = found.remedy && kind != HOL_CONTENTS_GZIP; /* by the bytes, whatever the name */
    if (kind == HOL_CONTENTS_NPY || kind == HOL_CONTENTS_GZIP || (kind == HOL_CONTENTS_TEXT && !found.remedy))
        found.remedy = IMPORT_DATA;
    const bool is_full = kind != HOL_CONTENTS_EMPTY && kind != HOL_CONTENTS_DIRECTORY;
    for (size_t k = 0; k < sizeof named / sizeof *named && is_full; k++) {
        if (!hol_text_file_is_named(path, named[k].ending) || (is_told && named[k].name)) continue;
        if (named[k].name) found.name = named[k].name;
        found.remedy = named[k].remedy;
    }
    return hol_error(code, "%s: found %s, expected %s%s%s%s", path, found.name, expected, found.remedy ? " (" : "",
                     found.remedy ? found.remedy : "", found.remedy ? ")" : "");
}
