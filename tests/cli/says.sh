#!/bin/bash
# What a run says of itself: few steps, a line that fits the terminal.
. "$(dirname "$0")/../shell.sh"
H=$HOLODE

"$H" data generate bars-and-stripes --size 4 -o bars.h5 >/dev/null
cat >bars.yaml <<'YAML'
data: {train: bars.h5}
model: {kind: rbm, hidden: 16}
train: {batch_size: 30, chains: 64}
YAML

# a length in epochs that is hardly a run
check "10 epochs of one step" run 1 1 train bars.yaml -o few
check "few steps are said" grep -q 'warning: 10 epochs of 30 samples are only 10 steps of 30' out
check "200 steps" run 1 1 train bars.yaml -o enough --set train.epochs=200
check "200 steps are no few" [ "$(grep -c 'hardly move' out)" = 0 ]
check "a number of steps" run 1 1 train bars.yaml -o asked --set train.steps=10
check "steps that were asked for are no few" [ "$(grep -c 'hardly move' out)" = 0 ]

# The line that is drawn over itself: below the terminal's width, whole fields. script makes a terminal.
# on_terminal COLUMNS ARGUMENTS...: output with control codes to `screen`
on_terminal() {
    local columns=$1; shift
    script -q -c "stty cols $columns rows 24; OMP_NUM_THREADS=1 $(printf '%q ' "$H" "$@")" screen </dev/null >/dev/null 2>&1
}
drawn() { tr '\r' '\n' <screen | sed -n 's/^\x1b\[K\(..*\)/\1/p'; }      # the lines that were drawn
if command -v script >/dev/null && on_terminal 80 --version; then
    export TERM=xterm
    for columns in 40 60 80 120; do
        on_terminal $columns train bars.yaml -o "wide-$columns" --set train.steps=3000
        drawn >lines
        check "$columns columns: lines are drawn" [ "$(wc -l <lines)" -gt 1 ]
        check "$columns columns: none is wider" awk -v most=$((columns - 1)) 'length > most {exit 1}' lines
        check "$columns columns: whole fields" [ "$(sed -E 's/^step [0-9]+\/3000//; s/  ([0-9.:]+( s)? left|log-likelihood -[0-9]+\.[0-9]{4}|pseudo -[0-9]\.[0-9]{4}|reconstruction [0-9]\.[0-9]{4}|[0-9]+ samples\/s|epoch [0-9]+\.[0-9])//g' lines | tr -d '\n')" = "" ]
    done
    check "a wide terminal shows more" [ "$(tail -n 1 lines | wc -c)" -gt 60 ]
    TERM=dumb on_terminal 80 train bars.yaml -o dumb --set train.steps=600
    check "no codes on a dumb terminal" [ "$(grep -c $'\x1b' screen)" = 0 ]
    check "plain lines on a dumb terminal" grep -q '^step 250/600  epoch 250.0' screen
else
    skip "the terminal's line: script is missing"
fi
