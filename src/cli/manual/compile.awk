# compile.awk: the manual's pages as C. The first line of a page is "SUMMARY", its name the file's.
BEGIN {
    print "/* made from src/cli/manual/ by compile.awk */\n#include \"cli/help.h\"\n"
    print "const hol_manual_page hol_manual_pages[] = {"
}
function quoted(text) { gsub(/\\/, "\\134", text); gsub(/"/, "\\\"", text); return text }
FNR == 1 {
    name = FILENAME
    sub(/.*\//, "", name)
    sub(/\.txt$/, "", name)
    if (pages++) print "    },"
    printf "    {\"%s\", \"%s\",\n", name, quoted($0)
    next
}
{ printf "     \"%s\\n\"\n", quoted($0) }
END { print "    },\n};\nconst size_t hol_manual_page_count = sizeof hol_manual_pages / sizeof *hol_manual_pages;" }
