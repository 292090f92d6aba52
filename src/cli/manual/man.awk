# man.awk: a page as `holode help TOPIC` prints it, as the source of a man page holode-TOPIC(SECTION); of
# `holode help` alone, as holode(SECTION).
#   holode help TOPIC | awk -v section=1 -v version=0.1.0 -v commands="train ..." -f man.awk
# Text at the margin is filled; "- " begins a point of a list, whose lines go on after two blanks; what is indented
# otherwise is printed as it stands.
function escaped(text) { gsub(/\\/, "\\e", text); gsub(/-/, "\\-", text); gsub(/'/, "\\(aq", text); gsub(/`/, "\\(ga", text)
    gsub(/\342\226\210/, "\\[u2588]", text); gsub(/\302\267/, "\\[pc]", text); return text }
function put(text) { text = escaped(text); if (text ~ /^[.]/) text = "\\&" text; print text }
function leave() { if (inside == "as it stands") print ".fi\n.in"; inside = "" }
NR == 1 && /^Usage: / {
    printf ".TH HOLODE \"%s\" \"\" \"holode %s\" \"holode\"\n.nh\n.ad l\n", section, version
    print ".SH NAME\nholode \\- trains energy-based models on clusters\n.SH SYNOPSIS"
    put(substr($0, 8))
    print ".SH DESCRIPTION"
    next
}
NR == 1 {
    name = $1
    summary = $0
    sub(/^[^ ]* - /, "", summary)
    printf ".TH \"HOLODE\\-%s\" \"%s\" \"\" \"holode %s\" \"holode\"\n.nh\n.ad l\n", toupper(escaped(name)), section, version
    printf ".SH NAME\nholode\\-%s \\- %s\n", escaped(name), escaped(summary)
    next
}
/^$/ { empty = 1; next }
name && !begun {
    begun = 1
    if (!/^[A-Z][A-Z0-9, '-]*$/) print ".SH DESCRIPTION"
}
{
    if (empty && inside == "as it stands" && /^  /) print ""
    else if (empty) leave()
}
/^[A-Z][A-Z0-9, '-]*$/ && empty { leave(); print ".SH " escaped($0); empty = 0; next }
/^- / { leave(); print ".IP \\(bu 2"; put(substr($0, 3)); inside = "point"; empty = 0; next }
/^  [^ ]/ && inside == "point" && !empty { put(substr($0, 3)); next }
/^  / {
    if (inside != "as it stands") { leave(); print ".PP\n.in -7n\n.nf"; inside = "as it stands" }
    put($0)
    empty = 0
    next
}
{
    if (inside == "as it stands") leave()
    if (empty || inside != "text") print ".PP"
    if (/^Usage: /) { print ".in -0n\n.nf"; put($0); inside = "as it stands"; empty = 0; next }
    put($0)
    inside = "text"
    empty = 0
}
END {
    leave()
    print ".SH SEE ALSO"
    print name == "" ? "\\fBholode\\-quick\\-start\\fR(7)" : name == "quick-start" ? "\\fBholode\\fR(1)" : "\\fBholode\\fR(1), \\fBholode\\-quick\\-start\\fR(7)"
}
