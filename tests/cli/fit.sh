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
# the truth: what the distribution that the rows are from gives these very rows; 480 rows leave some of it unknown
truth=$(rows votes/data.h5 /test | tr -d '[](){}:' | awk -F, '{
    ln = 0
    for (g = 0; g < 2; g++) {
        on = g ? 0.3 : 0.5; k = 0
        for (i = 5 * g + 1; i <= 5 * g + 5; i++) k += $i
        ln += log(on * 0.9 ^ k * 0.1 ^ (5 - k) + (1 - on) * 0.1 ^ k * 0.9 ^ (5 - k))
    }
    sum += ln; n++} END {print sum / n}')
check "near the truth, $truth" near "$(value log_likelihood votes/evaluation.json)" "$truth" 0.35

# independent columns as they are in the training rows, with a row of each state more
columns=$( (rows votes/data.h5 /train; echo; rows votes/data.h5 /test) | awk -F, '!NF {test = 1; next}
    !test {n++; for (i = 1; i <= NF; i++) on[i] += $i; next}
    {m++; for (i = 1; i <= NF; i++) sum += log(($i ? on[i] + 1 : n - on[i] + 1) / (n + 2))} END {print sum / m}')
check "independent columns, $columns" near "$(value independent_log_likelihood votes/evaluation.json)" "$columns" 1e-3

# a table of what was tried
check "search.csv" grep -q '^stage,candidate,kind,hidden,' votes/search.csv
check "all three kinds were tried" [ "$(cut -d, -f3 votes/search.csv | sort -u | xargs)" = "V W W+V kind" ]
check "more is spent from line to line" awk -F, 'NR > 2 && $NF + 0 < last {bad = 1} {last = $NF + 0} END {exit bad}' votes/search.csv

# its config makes the same model, from step 0
check "its config trains" run 1 1 train votes/config.yaml -q
check "the same bits from step 0" same votes votes/again
column pseudo_log_likelihood votes >history.txt
check "and the same history" cmp -s history.txt <(column pseudo_log_likelihood votes/again)
check "of five evaluations at the least" [ "$(wc -l <history.txt)" -ge 5 ]

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
refused 2 "--resume: found in other the fit of votes.csv --work 200000000000 --seed 1, expected to be asked for the same, not votes.csv --work 300000000000 --seed 1" \
    "$H" fit votes.csv -q --work 3e11 -o other --resume
refused 2 "--resume: found no fit in othre, expected one that was stopped" "$H" fit votes.csv -q -o othre --resume
check "resumed" run 2 1 fit votes.csv --work $work -o other --resume
check "resumed: the same bits" same votes other
check "resumed: the same search" cmp -s votes/search.csv other/search.csv
grep -E '^(data|model|likelihood|time|next) ' out >first.txt
check "five lines" [ "$(wc -l <first.txt)" = 5 ]
check "complete: says so at once" run 1 1 fit votes.csv --work $work -o other --resume
check "complete: in the same five lines" cmp -s first.txt <(grep -E '^(data|model|likelihood|time|next) ' out)
check "complete: the same bits" same votes other
check "complete: the search's runs are gone" [ ! -e other/search ]
rm -rf other

# cut by the clock: an end before all is done, that is said, and a model that is judged; and on from there, without a cut
check "cut" run 1 1 fit votes.csv --work 4e12 -o cut --time 0:04
check "cut: said" grep -q 'CUT by --time' out
check "cut: judged" [ -s cut/evaluation.json ]
check "cut: in the config" grep -q 'cut by --time' cut/config.yaml
check "cut: its config trains" run 1 1 train cut/config.yaml -q
check "cut: the same bits from step 0" same cut cut/again
rm -rf cut/summary.txt cut/again
check "not cut any more" run 1 1 fit votes.csv --work 1e11 -o cut --resume
check "not cut any more: another run takes its place" grep -qv 'cut by --time' cut/config.yaml
check "not cut any more: its config trains" run 1 1 train cut/config.yaml -q
check "not cut any more: the same bits from step 0" same cut cut/again

# too many units for an exact likelihood, grey levels, and rows that are given
awk 'BEGIN {srand(5); for (r = 0; r < 300; r++) {g = int(3 * rand()); line = ""
    for (i = 0; i < 32; i++) line = line (i ? "," : "") ((i % 3 == g) == (rand() < 0.9) ? 255 - int(40 * rand()) : int(40 * rand())); print line}}' >grey.csv
head -n 100 grey.csv >some.csv; tail -n 200 grey.csv >most.csv
check "grey levels, from both sides" run 1 1 fit most.csv --test some.csv --work 3e11 -o wide
check "grey levels: said" grep -q 'grey levels from 0 to 255, drawn as bits' out
check "grey levels: drawn anew" grep -q 'binarize: sample' wide/config.yaml
check "judged on the rows that were given" [ "$(value samples wide/evaluation.json)" = 100 ]
check "some scores are from both sides" grep -q ',agreed,' wide/search.csv
check "on 2 ranks" run 2 1 fit most.csv --test some.csv --work 3e11 -o other
check "on 2 ranks: the same search" cmp -s wide/search.csv other/search.csv
check "on 2 ranks: the same likelihood" [ "$(value log_likelihood wide/evaluation.json)" = "$(value log_likelihood other/evaluation.json)" ]
check "on 2 ranks: the same bits" same wide other

# one kind alone
check "rbm" run 1 1 fit votes.csv --work 1e11 --kind rbm -o rbm
check "rbm alone" [ "$(cut -d, -f3 rbm/search.csv | sort -u | xargs)" = "W kind" ]

# few rows, and columns that know nothing of each other: said, not hidden
awk 'BEGIN {srand(3); for (r = 0; r < 60; r++) {line = ""; for (i = 0; i < 20; i++) line = line (i ? "," : "") (rand() < 0.5); print line}}' >few.csv
check "60 rows" run 1 1 fit few.csv --work 1e11
check "60 rows: no better than independent columns, and says so" grep -qE 'warning: the model is (hardly better|worse) than independent columns' out

# rows of which nothing is known tell nothing of a model; a hint that is right for a fit
awk 'BEGIN {srand(4); for (r = 0; r < 60; r++) {line = ""; for (i = 0; i < 5; i++) line = line (i ? "," : "") (rand() < 0.2 ? "?" : int(2 * rand())); print line}}' >part.csv
sed 's/[01]/?/g' part.csv | head -n 5 >nothing.csv
for split in valid test; do
    "$H" fit part.csv -q --missing '?' --$split nothing.csv -o nothing >out 2>&1; code=$?
    check "nothing known of $split" eval '[ $code = 3 ] && grep -qF "nothing.csv: found no value that is known in the 5 rows of $split, expected some" out && [ ! -e nothing ]'
done
refused 3 "expected a number (--missing '?' of holode data import or fit takes it for missing)" "$H" fit part.csv -q
# shares, and columns of a given file in the order of DATA's
check "shares" run 1 1 fit votes.csv --valid 25% --test 10% --work 1e11 --kind rbm -o shares
check "shares: said" grep -q '^data .* 390 to train on, 150 valid, 60 test (by the seed 1)' out
refused 2 '--valid: found "101%", expected a share between 0% and 100%, as 20%, or a file' "$H" fit votes.csv -q --valid 101%
refused 2 '--test: found "0%", expected a share between 0% and 100%, as 20%, or a file' "$H" fit votes.csv -q --test 0%
awk -F, -v OFS=, 'NR < 100 {print $2, $1, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12}' votes.csv >turned.csv
refused 3 'turned.csv' "$H" fit votes.csv -q --valid turned.csv -o turned
check "columns in another order: nothing is left behind" [ ! -e turned ]

# refused in words
printf 'a,b\n0.5,1.7\n-3.2,0.1\n%.0s' $(seq 40) >real.csv
refused 3 "real.csv" "$H" fit real.csv -q
check "real columns: nothing is left behind" [ ! -e real ]
refused 2 "--kind: found \"potts\", expected rbm or boltzmann" "$H" fit votes.csv --kind potts
refused 2 "expected more (" "$H" fit votes.csv -q --work 1e9 -o small
refused 3 "nowhere.csv" "$H" fit nowhere.csv -q
check "too little work: nothing is left behind" [ ! -e small ]
mkdir taken && cp votes/checkpoint-*.h5 taken
refused 2 "expected none" "$H" fit votes.csv -q -o taken
