#!/bin/bash
# What the documents show is what the program prints. In README.md, */README.md and the manual's pages, a comment
# "<!-- run -->" stands before a block whose commands ("    $ ...") are run in order, those of a document in one directory
# that has configs/*.yaml, and their output compared with the lines below them: speeds and times aside, "..." for any
# lines, and a line that ends in " \" going on in the next. "<!-- run FILE... -->" needs files of other people's data,
# looked for below HOLODE_DATA. The output of `cat FILE`, of a file that is not there, is the file.
# ONLY_DOCUMENTS="README.md ..." takes these alone.
. "$(dirname "$0")/../shell.sh"
data=${HOLODE_DATA:-$project/../shared/data}
export OMP_NUM_THREADS=1 OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
mkdir bin && ln -s "$HOLODE" bin/holode
PATH=$scratch/bin:$PATH

joined() { sed -E ':a; / \\$/ {N; s/ \\\n */ /; ta}'; }
# what is said while something takes long depends on the machine, as times do
masked() { sed -E '/  [0-9.]+ %  [0-9:.]+( s)? left$/d; s/  [0-9]+\/s$//; s/time ([0-9.]+ s|[0-9:]+)$/time N s/; s/ +$//'; }
# alike SHOWN PRINTED: equal lines; a line "..." of the shown ones stands for any
alike() {
    awk 'NR == FNR {shown[++n] = $0; next} {printed[++m] = $0}
         END {for (i = 1; i <= n && shown[i] != "..."; i++) if (shown[i] != printed[i]) exit 1
              if (i > n) exit n != m
              for (k = 0; shown[n - k] != "..."; k++) if (m - k < i || shown[n - k] != printed[m - k]) exit 1}' "$1" "$2"
}

run_command() {
    local code
    [ -n "$command" ] || return
    ran=$((ran + 1))
    if [[ $command =~ ^cat\ ([^ ]+)$ ]] && [ ! -e "${BASH_REMATCH[1]}" ]; then cp ../shown "${BASH_REMATCH[1]}"; command=""; return; fi
    timeout 120 bash -c "$command" >../all 2>&1 </dev/null; code=$?
    masked <../all >../printed; joined <../shown | masked >../wanted
    if alike ../wanted ../printed; then pass
    else
        fail "$document:$at: \$ $command   (exit code $code; shown <, printed >)"
        diff ../wanted ../printed | sed 's/^/    /' | head -n 20
    fi
    command=""
}
# whole: whether the command is one, or goes on in the next line
whole() { [[ $command != *\\ ]] && bash -n <<<"$command" 2>/dev/null; }

present() {     # present FILES...: they are linked here
    local name found
    for name in "$@"; do
        [ -e "$name" ] && continue
        found=$(find -L "$data" -name "$name" 2>/dev/null | head -n 1)
        [ -n "$found" ] && ln -s "$found" "$name" || { skip "documents: $document:$number: $name is not below $data"; return 1; }
    done
}

read_document() {
    local line text opened=0 block=0
    number=0 command=""
    while IFS= read -r line; do
        number=$((number + 1))
        if [[ $line =~ ^\<!--\ run\ ?(.*)--\>$ ]]; then
            block=1 opened=0
            present ${BASH_REMATCH[1]} || block=0
        elif [ $block = 1 ] && [[ $line == "    "* ]]; then
            opened=1
            text=${line#    }
            if [ -n "$command" ] && ! whole; then command+=$'\n'$text
            elif [[ $text == "\$ "* ]]; then run_command; command=${text#\$ } at=$number; : >../shown
            else echo "$text" >>../shown; fi
        elif [ $block = 1 ] && [ $opened = 1 ]; then
            run_command
            block=0
        fi
    done <"$project/$document"
    run_command
}

ran=0
for document in ${ONLY_DOCUMENTS:-$(cd "$project" && ls README.md */README.md src/cli/manual/*.txt)}; do
    grep -q '^<!-- run' "$project/$document" || continue
    place=$scratch/$(tr / - <<<"$document")
    mkdir -p "$place/work" && cp "$project"/configs/*.yaml "$place/work" && cd "$place/work" || exit 1
    read_document
done
check "the documents have commands to run: $ran" [ -n "${ONLY_DOCUMENTS:-}" -o "$ran" -ge 40 ]
