# holode: completion of commands, options, keys after --set, topics after help, and files. The program itself says what
# there is.
_holode() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} program=${COMP_WORDS[0]} words=""
    command -v "$program" >/dev/null 2>&1 || return
    if [ "$COMP_CWORD" = 1 ]; then
        words="help --help --version $("$program" --help | sed -n 's/^  \([a-z-]*\)  .*/\1/p')"
    elif [ "${COMP_WORDS[1]}" = help ]; then
        words="$("$program" help | sed -n 's/^  \([a-z-]*\)  .*/\1/p') $(_holode_keys "$program")"
    elif [[ $before == --set || $before == -s ]]; then
        words=$(_holode_keys "$program" | sed 's/$/=/')
        compopt -o nospace
    elif [ "${COMP_WORDS[1]}" = data ] && [ "$COMP_CWORD" = 2 ]; then
        words="import generate describe"
    elif [[ $word == -* ]]; then
        words=$("$program" help "${COMP_WORDS[1]}" 2>/dev/null | sed -n 's/^ *\(-., \)\{0,1\}\(--[a-z-]*\)[^a-z-].*/\2/p')
    fi
    COMPREPLY=($(compgen -W "$words" -- "$word"))
}
_holode_keys() { "$1" help config | sed -n 's/^  \([a-z_]*\.*[a-z_]*\): .*/\1/p'; }
complete -o default -F _holode holode
