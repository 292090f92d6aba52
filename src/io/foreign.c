/* foreign: a table of signatures. */
#include "io/foreign.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

typedef struct signature {
    size_t at, count;
    const char *bytes, *name, *remedy;
} signature;

#define UNPACK(by) "unpack it first: " by
#define TO_CSV "export it as CSV"

static const signature signatures[] = {
    {4, 6, "1AY&SY", "a bzip2 file", UNPACK("bunzip2")},
    {0, 4, "BZh9", "a bzip2 file", UNPACK("bunzip2")},
    {0, 6,
     "\xFD"
     "7zXZ",
     "an xz file", UNPACK("unxz")},
    {0, 4, "\x28\xB5\x2F\xFD", "a zstd file", UNPACK("unzstd")},
    {0, 4, "\x04\x22\x4D\x18", "an lz4 file", UNPACK("unlz4")},
    {0, 2, "\x1F\x9D", "a compress (.Z) file", UNPACK("uncompress")},
    {0, 6, "7z\xBC\xAF\x27\x1C", "a 7z archive", UNPACK("7z x")},
    {0, 4, "Rar!", "a rar archive", UNPACK("unrar x")},
    {257, 5, "ustar", "a tar archive", UNPACK("tar -xf")},
    {0, 5, "PAR1\x15", "a Parquet file", "pandas.read_parquet(...).to_csv(\"data.csv\", index=False)"},
    {0, 8, "ARROW1\0\0", "a Feather (Arrow) file", "pandas.read_feather(...).to_csv(\"data.csv\", index=False)"},
    {0, 10, "MATLAB 7.3", "a MATLAB 7.3 .mat file (HDF5)", "numpy.save(\"data.npy\", h5py.File(...)[\"NAME\"][:].T)"},
    {0, 10, "MATLAB 5.0", "a MATLAB .mat file", "numpy.save(\"data.npy\", scipy.io.loadmat(...)[\"NAME\"])"},
    {0, 16, "SQLite format 3\0", "an SQLite database", TO_CSV},
    {0, 8, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "an old Excel or Office file", "save the sheet as CSV"},
    {0, 5, "RDX2\n", "an R data file", "write.csv(..., row.names = FALSE)"},
    {0, 5, "RDX3\n", "an R data file", "write.csv(..., row.names = FALSE)"},
    {0, 4, "CDF\1", "a netCDF file", "numpy.save(\"data.npy\", ...) of its variable"},
    {0, 4, "CDF\2", "a netCDF file", "numpy.save(\"data.npy\", ...) of its variable"},
    {0, 9, "SIMPLE  =", "a FITS file", "numpy.save(\"data.npy\", astropy.io.fits.getdata(...))"},
    {0, 4,
     "\x7F"
     "ELF",
     "a program", "another file"},
    {0, 4, "%PDF", "a PDF document", "the numbers as CSV"},
    {0, 8, "\x89PNG\r\n\x1A\n", "a PNG picture", "the pixels of all pictures in one .npy: a row a picture"},
    {0, 3, "\xFF\xD8\xFF", "a JPEG picture", "the pixels of all pictures in one .npy: a row a picture"},
    {0, 4, "GIF8", "a GIF picture", "the pixels of all pictures in one .npy: a row a picture"},
    {0, 4, "II*\0", "a TIFF picture", "the pixels of all pictures in one .npy: a row a picture"},
    {0, 4, "MM\0*", "a TIFF picture", "the pixels of all pictures in one .npy: a row a picture"},
    {0, 14, "%%MatrixMarket", "a Matrix Market file", "numpy.save(\"data.npy\", scipy.io.mmread(...).toarray())"},
    {0, 5, "{\\rtf", "an RTF document", "save it as plain text"},
};

/* Beginnings of text, in any case of letters, behind blanks. */
static const signature texts[] = {
    {0, 9, "<!DOCTYPE", "an HTML page", "download the file itself"},
    {0, 5, "<html", "an HTML page", "download the file itself"},
    {0, 5, "<?xml", "an XML file", TO_CSV},
    {0, 9, "@relation", "an ARFF file", "keep the lines behind @data, as CSV"},
    {0, 2, "[[", "JSON", "numpy.savetxt(\"data.csv\", array, delimiter=\",\")"},
    {0, 2, "{\"", "JSON", "pandas.read_json(...).to_csv(\"data.csv\", index=False)"},
    {0, 2, "[{", "JSON", "pandas.read_json(...).to_csv(\"data.csv\", index=False)"},
    {0, 19, "version https://git", "a pointer of Git LFS", "git lfs pull brings the file itself"},
};

/* Text of two or four bytes a character: by its mark, or by every second byte being 0. */
static const char *wide_text(const unsigned char *bytes, size_t count) {
    static const unsigned char marks[4][4] = {{0xFF, 0xFE, 0, 0}, {0, 0, 0xFE, 0xFF}};
    for (int m = 0; m < 2; m++)
        if (count >= 4 && memcmp(bytes, marks[m], 4) == 0) return "text in UTF-32";
    if (count >= 2 && ((bytes[0] == 0xFF && bytes[1] == 0xFE) || (bytes[0] == 0xFE && bytes[1] == 0xFF)))
        return "text in UTF-16";
    const size_t most = count < 64 ? count & ~(size_t)1 : 64;
    for (size_t zero = 0; zero < 2 && most >= 8; zero++) {
        bool is_wide = true;
        for (size_t i = 0; i < most; i += 2)
            is_wide = is_wide && bytes[i + zero] == 0 && (isprint(bytes[i + 1 - zero]) || isspace(bytes[i + 1 - zero]));
        if (is_wide) return "text in UTF-16";
    }
    return NULL;
}

/* Python's pickle, protocols 2 to 5: a frame or an opcode that begins an object follows. */
static bool is_pickle(const unsigned char *bytes, size_t count) {
    return count > 4 && bytes[0] == 0x80 && bytes[1] >= 2 && bytes[1] <= 5;
}

const char *hol_foreign_name(const unsigned char *bytes, size_t count, const char **ret_remedy) {
    for (size_t k = 0; k < sizeof signatures / sizeof *signatures; k++) {
        const signature *s = &signatures[k];
        *ret_remedy = s->remedy;
        if (count >= s->at + s->count && memcmp(bytes + s->at, s->bytes, s->count) == 0) return s->name;
    }
    const char *wide = wide_text(bytes, count);
    *ret_remedy = wide && strstr(wide, "32") ? "save it as UTF-8: iconv -f UTF-32 -t UTF-8"
                                             : "save it as UTF-8: iconv -f UTF-16 -t UTF-8";
    if (wide) return wide;
    *ret_remedy = "numpy.save(\"data.npy\", ...) of its array";
    if (is_pickle(bytes, count)) return "a Python pickle";
    size_t start = count >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    while (start < count && isspace(bytes[start])) start++;
    for (size_t k = 0; k < sizeof texts / sizeof *texts; k++) {
        *ret_remedy = texts[k].remedy;
        if (count - start >= texts[k].count &&
            strncasecmp((const char *)bytes + start, texts[k].bytes, texts[k].count) == 0)
            return texts[k].name;
    }
    return NULL;
}
