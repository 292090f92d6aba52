#!/bin/bash
# The manual: a page for every command and topic, with every option; what it says of keys; man pages; completion.
. "$(dirname "$0")/../shell.sh"

"$HOLODE" --help >usage 2>&1; "$HOLODE" help >list 2>&1
commands=$(sed -n 's/^  \([a-z]*\)  .*/\1/p' usage)
topics=$(ls "$project"/src/cli/manual/*.txt | sed 's|.*/||; s|\.txt$||')
check "commands are listed" [ "$(wc -w <<<"$commands")" -ge 12 ]
narrow() { ! LC_ALL=C.UTF-8 grep -hE '^.{81,}' "$@"; }
options() { grep -o -- '--[a-z][a-z-]*' "$1" | sort -u; }
for name in $commands; do
    "$HOLODE" help "$name" >page 2>err || fail "help $name"
    "$HOLODE" $name --help >asked 2>&1
    for part in $([ $name != data ] || echo import describe generate); do "$HOLODE" data $part --help >>asked; done
    [ $name != bench ] || "$HOLODE" bench --network --help >>asked
    check "$name: a page" grep -q "^$name - " page
    check "$name: all options" [ -z "$(comm -23 <(options asked) <(options page))" ]
    check "$name: has some" [ "$(options page | wc -l)" -ge 3 ]
done
for name in $topics; do
    check "$name: printed" "$HOLODE" help "$name" >page
    check "$name: narrow" narrow page
    check "$name: no marks left" [ "$(grep -c '^<!--\|^## ' page)" = 0 ]
    check "$name: more than its title" [ "$(wc -l <page)" -ge 5 ]
    grep -qw "$name" <<<"$commands" || check "$name: listed" grep -q "^  $name  *[^ ]" list
done
check "the usage is narrow" narrow usage list

# keys: each by its whole name and by its last word, with what reference.yaml says
"$HOLODE" help config >config
keys=$(awk '/^[a-z_]+:/ {section = $1; sub(/:.*/, "", section); if ($2 != "") print section}
            /^  [a-z_]+:/ {key = $1; sub(/:.*/, "", key); print section "." key}' "$project/configs/reference.yaml")
check "keys: as many as there are" [ "$(wc -w <<<"$keys")" -ge 60 ]
for key in $keys; do
    "$HOLODE" help "$key" >page 2>&1 && grep -qx "$key" page && grep -q "^  takes  " page && grep -q "^  default  " page &&
        narrow page && grep -q "^  $key: " config || fail "help $key"
    "$HOLODE" help "${key##*.}" >page 2>&1 || fail "help ${key##*.}"
done
pass
"$HOLODE" help lr >page
check "a key by another name" grep -qx train.learning_rate page
"$HOLODE" help every >page
check "a name of two keys" [ "$(grep -cx 'evaluate.every\|checkpoint.every' page)" = 2 ]
"$HOLODE" help train.sweeps >page
check "fixed or not" grep -q "on resume  fixed" page
"$HOLODE" help evaluate.every >page
check "or not" grep -q "on resume  a new value is taken" page

check "help --help" grep -q "^Topics: " <("$HOLODE" help --help)
check "data: aligned sequences" grep -q "aligned sequences" <("$HOLODE" data --help)
"$HOLODE" data import --help >page
check "data import: aligned sequences" grep -q "^Turns files of numbers, or of aligned sequences" page
check "export: sites" grep -q "sites from 0" <("$HOLODE" export --help)
refused 2 'did you mean quick-start?' "$HOLODE" help quikstart
refused 2 'did you mean evaluate?' "$HOLODE" help evalute
refused 2 'did you mean train.sweeps?' "$HOLODE" help train.sweps
refused 2 'found "xyzzyxyzzy", expected a command, topic or key' "$HOLODE" help xyzzyxyzzy
refused 2 'found a second argument' "$HOLODE" help train sample
"$HOLODE" help train >/dev/full 2>err; code=$?
check "full stdout: exit $code" [ $code = 1 ]

# files: every data set of checkpoints stands there, with a text; what is named as a parameter as FOLDER/NAME
seq 1 40 | awk '{ print $1 % 2 "," int($1 / 2) % 2 "," int($1 / 4) % 2 }' >bits.csv
"$HOLODE" data import -o bits.h5 --split train=bits.csv >out 2>&1 || fail "data for files"
"$HOLODE" help files >page
files_have() {   # files_have WHAT ARGUMENTS OF TRAIN...: all that such a run keeps
    local what=$1 set known; shift
    rm -rf kept; "$HOLODE" train kept.yaml -o kept "$@" >out 2>&1 || { fail "$what: train"; return; }
    h5dump -n kept/checkpoint-*.h5 | awk '$1 == "dataset" {print $2}' >sets
    check "$what: data sets" [ "$(wc -l <sets)" -ge 35 ]
    for set in $(sed 's|^/replicas/[0-9]*/|/replicas/0/|' sets); do
        known=$set
        grep -qx "  $set" page || ! grep -qx "  /parameters/${set##*/}" page || known=${set%/*}/NAME
        check "$what: $set" [ "$(grep -A 2 -x "  $known" page | grep -c '^      [^ ]')" = 2 ]
    done
}
cat >kept.yaml <<'END'
model: {kind: rbm, hidden: 3}
data: {train: bits.h5:train}
train: {steps: 2, batch_size: 20, chains: 64, sweeps: 1, learning_rate: 0.05}
checkpoint: {keep: 1}
END
if command -v h5dump >/dev/null; then
    files_have rbm --set train.optimiser=adam --set train.average_steps=2 --set train.levels=3 \
        --set train.cosine_gain=0.1 --set evaluate.walks=256
    check "files: replicas were among them" grep -qx /replicas/1/hidden sets
    files_have ising --set model.kind=ising --set model.hidden=0 --set model.lattice=3 --set train.optimiser=adam
    check "files: what a model is made from" grep -qx /structure/lattice sets
else skip "help: no h5dump to list a checkpoint's data sets"
fi
check "files: fixed" grep -qx "      int32 (edges, 2); equal on all ranks; always; fixed; boltzmann, ising," page
check "files: each rank's rows" grep -qx "      uint8 (chains, hidden); rows of each rank; optional; rbm, boltzmann," page

# man pages
mkdir build && cp "$HOLODE" build/holode
make -s -C "$project" --no-print-directory -o all BUILD="$scratch/build" man >out 2>&1 || fail "make man"
check "man: all pages" [ "$(ls build/man/man? | grep -c '^holode-')" = "$(wc -w <<<"$topics")" ]
if command -v groff >/dev/null; then
    for page in build/man/man?/*; do
        groff -man -Tutf8 -ww -z "$page" >out 2>&1; code=$?
        check "${page##*/}: no warnings" [ $code = 0 -a ! -s out ]
        groff -man -Tutf8 -P-c -P-b -P-u "$page" >shown 2>/dev/null
        check "${page##*/}: narrow" narrow shown
    done
else skip "help: no groff to render the man pages"
fi

# completion
mkdir bin && ln -s "$HOLODE" bin/holode
complete_line() {   # complete_line WORDS...: what is offered for the last one
    PATH=$scratch/bin:$PATH bash -c '. "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); compopt() { :; }; _holode; printf "%s\n" "${COMPREPLY[@]}"' \
        "$project/src/cli/manual/completion.bash" "$@" 2>err
}
check "completion: commands" grep -qx train <(complete_line holode tr)
check "completion: options" grep -qx -- --resume <(complete_line holode train --re)
check "completion: keys" grep -qx train.learning_rate= <(complete_line holode train x.yaml --set train.lea)
check "completion: topics" grep -qx likelihoods <(complete_line holode help like)
check "completion: kinds of data" grep -qx import <(complete_line holode data im)
check "completion: an option of import" grep -qx -- --label-column <(complete_line holode data import --lab)
