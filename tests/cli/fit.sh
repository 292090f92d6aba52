#!/bin/bash
# holode fit: from a file of data to a judged model: the same on any layout, after a stop, and by its own config.
. "$(dirname "$0")/../shell.sh"

# 600 rows of 12 columns: two groups of five bits that mostly agree, a constant, and a label beside them
awk 'BEGIN {
    srand(7); print "a1,a2,a3,a4,a5,b1,b2,b3,b4,b5,never,class"
    for (r = 0; r < 600; r++) {
        a = rand() < 0.5; b = rand() < 0.3; line = ""
        for (i = 0; i < 10; i++) { x = i < 5 ? a : b; line = line (rand() < 0.1 ? 1 - x : x) "," }
        print line "0," 1 + 2 * a + b
    }
}' >votes.csv
work=2e11

# what there is afterwards, and what is said
check "a fit" run 1 1 fit votes.csv --work $work
cp out said.txt
for file in config.yaml data.h5 search.csv evaluation.json report.html; do check "votes/$file" [ -s votes/$file ]; done
check "the label is kept apart, and said" grep -qiE 'label.*class' said.txt
check "the constant column is said" grep -q '1 column constant' said.txt
check "the candidates are said" grep -q '^search: 16 candidates' said.txt
for line in data model likelihood time next; do check "line $line" grep -q "^$line  " said.txt; done
check "better than independent columns" awk '/^likelihood/ {
    for (i = 1; i < NF; i++) if ($i == "columns") other = $(i + 1)
    exit !($2 > other + 0.5)}' said.txt
# by another way: the checkpoint, evaluated
"$H" evaluate votes --data votes/data.h5:test --json >again.json 2>err
check "the judged value is evaluate's" near "$(value log_likelihood votes/evaluation.json)" "$(value log_likelihood again.json)" 1e-9
check "and on the rows of the test split" [ "$(value samples votes/evaluation.json)" = "$(value samples again.json)" ]
# the truth: the entropy of the distribution that the rows are from, of two groups, -sum p ln p, and 0 for the constant
truth=$(awk 'BEGIN {
    split("0.5 0.3", on, " ")
    for (g = 1; g <= 2; g++) for (k = 0; k <= 5; k++) {
        c = 1; for (i = 0; i < k; i++) c = c * (5 - i) / (i + 1)
        p = on[g] * 0.9 ^ k * 0.1 ^ (5 - k) + (1 - on[g]) * 0.1 ^ k * 0.9 ^ (5 - k)
        entropy -= c * p * log(p)
    }
    print -entropy}')
# 60 rows of test spread by 2.1 nats each: 0.27; five of these, and what 480 rows leave unknown of the model
check "near the truth, $truth" near "$(value log_likelihood votes/evaluation.json)" "$truth" 1.6

# a table of what was tried
check "search.csv" grep -q '^stage,candidate,kind,hidden,' votes/search.csv
check "all three kinds were tried" [ "$(cut -d, -f3 votes/search.csv | sort -u | xargs)" = "V W W+V kind" ]
check "more is spent from line to line" awk -F, 'NR > 2 && $NF + 0 < last {bad = 1} {last = $NF + 0} END {exit bad}' votes/search.csv

# its config makes the same model, from step 0
check "its config trains" run 1 1 train votes/config.yaml -q
check "the same bits from step 0" same votes votes/again
check "and the same history" cmp -s <(column pseudo_log_likelihood votes) <(column pseudo_log_likelihood votes/again)

# ranks and threads
for layout in "1 2" "2 1" "3 1"; do
    check "$layout" run $layout fit votes.csv --work $work -o other
    check "$layout: the same bits" same votes other
    check "$layout: the same search" cmp -s votes/search.csv other/search.csv
    check "$layout: the same likelihood" [ "$(value log_likelihood votes/evaluation.json)" = "$(value log_likelihood other/evaluation.json)" ]
    rm -rf other
done

# stopped in the middle, and gone on with
"$H" fit votes.csv --work $work -o other >out 2>&1 </dev/null &
job=$!
check "at work" await '[ "$(grep -c . other/search.csv)" -ge 6 ]'
kill -TERM $job
wait $job
check "a stop: exit code 75" [ $? = 75 ]
check "a stop: says how to go on" grep -q -- '--resume' out
refused 2 "found an earlier fit or run, expected none (--resume goes on with a fit, -o DIR makes another)" "$H" fit votes.csv --work $work -o other
refused 2 "--resume: found the fit of votes.csv --work 200000000000 --seed 1 in other, expected the same as now, votes.csv --work 300000000000 --seed 1" \
    "$H" fit votes.csv -q --work 3e11 -o other --resume
check "resumed" run 2 1 fit votes.csv --work $work -o other --resume
check "resumed: the same bits" same votes other
check "resumed: the same search" cmp -s votes/search.csv other/search.csv
cp out first.txt
check "complete: says so at once" run 1 1 fit votes.csv --work $work -o other --resume
check "complete: in the same five lines" cmp -s <(grep -E '^(data|model|likelihood|time|next) ' first.txt) <(grep -E '^(data|model|likelihood|time|next) ' out)
check "complete: the same bits" same votes other
check "complete: the search's runs are gone" [ ! -e other/search ]
rm -rf other

# cut by the clock: an end in time, that is said, and a model that is judged
check "cut" run 1 1 fit votes.csv -o cut --time 0:08
check "cut: said" grep -q 'CUT by --time' out
check "cut: judged" [ -s cut/evaluation.json ]
check "cut: in the config" grep -q 'cut by --time' cut/config.yaml

# one kind alone
check "rbm" run 1 1 fit votes.csv --work 1e11 --kind rbm -o rbm
check "rbm alone" [ "$(cut -d, -f3 rbm/search.csv | sort -u | xargs)" = "W kind" ]

# few rows, and columns that know nothing of each other: said, not hidden
awk 'BEGIN {srand(3); for (r = 0; r < 60; r++) {line = ""; for (i = 0; i < 20; i++) line = line (i ? "," : "") (rand() < 0.5); print line}}' >few.csv
check "60 rows" run 1 1 fit few.csv --work 1e11
check "60 rows: no better than independent columns, and says so" grep -qE 'warning: the model is (hardly better|worse) than independent columns' out

# refused in words
printf 'a,b\n0.5,1.7\n-3.2,0.1\n%.0s' $(seq 40) >real.csv
refused 3 "real.csv" "$H" fit real.csv -q
check "real columns: nothing is left behind" [ ! -e real ]
refused 2 "--kind: found \"potts\", expected rbm or boltzmann" "$H" fit votes.csv --kind potts
refused 2 "expected more, about " "$H" fit votes.csv -q --work 1e9 -o small
refused 3 "nowhere.csv" "$H" fit nowhere.csv -q
