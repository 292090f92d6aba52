#!/bin/bash
# What the documents show is what the program prints. In README.md, a comment "<!-- run -->" stands before a block whose
# commands ("    $ ...") are run in order, in one directory that has configs/*.yaml, and their output compared with the
# lines below them: speeds and times aside, and "..." for any lines. "<!-- run FILE... -->" needs files of other people's
# data, looked for below HOLODE_DATA. The output of `cat FILE`, of a file that is not there, is the file.
. "$(dirname "$0")/../shell.sh"
data=${HOLODE_DATA:-$project/../shared/data}
export OMP_NUM_THREADS=1 OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
mkdir bin work && ln -s "$HOLODE" bin/holode && cp "$project"/configs/*.yaml work && cd work || exit 1
PATH=$scratch/bin:$PATH

masked() { sed -E 's/[0-9]+ samples\/s/N samples\/s/; s/time [0-9.]+ s$/time N s/; s/ +$//'; }
# alike SHOWN PRINTED: equal lines; a line "..." of the shown ones stands for any
alike() {
    awk 'NR == FNR {shown[++n] = $0; next} {printed[++m] = $0}
         END {for (i = 1; i <= n && shown[i] != "..."; i++) if (shown[i] != printed[i]) exit 1
              if (i > n) exit n != m
              for (k = 0; shown[n - k] != "..."; k++) if (m - k < i || shown[n - k] != printed[m - k]) exit 1}' "$1" "$2"
}

number=0 command="" block=0
run_command() {
    local code
    [ -n "$command" ] || return
    if [[ $command =~ ^cat\ ([^ ]+)$ ]] && [ ! -e "${BASH_REMATCH[1]}" ]; then cp ../shown "${BASH_REMATCH[1]}"; command=""; return; fi
    timeout 120 bash -c "$command" >../all 2>&1 </dev/null; code=$?
    masked <../all >../printed; masked <../shown >../wanted
    if alike ../wanted ../printed; then pass
    else
        fail "README.md:$at: \$ $command   (exit code $code; shown <, printed >)"
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
        [ -n "$found" ] && ln -s "$found" "$name" || { skip "documents: README.md:$number: $name is not below $data"; return 1; }
    done
}

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
done <"$project/README.md"
run_command
check "the documents have commands to run" [ $passed -ge 15 ]
