#!/bin/bash
# Columns of words are states: their numbers are the words' places, their names are kept, also over several files and for
# further imports; what is no column of words stays one of numbers; what is refused.
. "$(dirname "$0")/../shell.sh"

awk 'BEGIN {srand(3); split("red green blue", colour); split("2 10 huge", size); print "colour,n,size,ok,\"a, b\""
    for (r = 0; r < 200; r++) print colour[1 + int(rand() * 3)] "," int(rand() * 5) "," size[1 + int(rand() * 3)] "," (rand() < 0.5 ? "yes" : "no") ",\"x" int(rand() * 12) ", y\""}' >words.csv
# the words of each column, in order of their bytes, and each row's places in these
tail -n +2 words.csv | sed 's/"//g; s/, y/! y/' >plain
places() { # places FILE: the places of its fields among all words
    awk -F, 'NR == FNR {at[$1, $2] = $3; next} {line = ""; for (c = 1; c <= NF; c++) line = line (c > 1 ? "," : "") (c == 2 ? $c : at[c, $c]); print line}' order "$1"
}
order() { for c in 1 3 4 5; do cut -d, -f$c "$@" | LC_ALL=C sort -u | awk -v c=$c '{print c "," $0 "," NR - 1}'; done >order; }
order plain
exits 0 "import" "$H" data import -o words.h5 words.csv --states
check "what is said" grep -qF "words.h5: train: 200 rows, 5 columns, states 0 to 11" out
check "words are said" grep -qxF 'words.h5: words: in column 0 (from 0) "colour" (blue, green, red), and in 3 more' out
check "places" cmp <(rows words.h5 train) <(places plain)
check "names" cmp <(h5dump -d /states/names -y -w 0 words.h5 | grep -o '"[^"]*"' | sed 's/\\000//g; s/"//g' | tail -n 20) <(cut -d, -f2 order | sed 's/!/,/')
check "counts" [ "$(numbers words.h5 states/counts | paste -sd' ')" = "3 0 3 2 12" ]
check "cardinalities" [ "$(numbers words.h5 states/cardinalities | paste -sd' ')" = "3 5 3 2 12" ]
exits 0 "a data set" "$H" data import -o again.h5 words.h5
check "comes with its words" cmp words.h5 again.h5
exits 0 "some columns" "$H" data import -o some.h5 words.h5 --columns ok,n,colour
exits 0 "as of the text" "$H" data import -o text.h5 words.csv --columns n,ok,colour --states
check "are as of the text" cmp some.h5 text.h5

# ---- several files: one order of all words
printf 'colour,n,size,ok,"a, b"\namber,7,huge,maybe,"x3, y"\n' >more.csv
cat plain <(echo 'amber,7,huge,maybe,x3! y') >all; order all
exits 0 "two files" "$H" data import -o two.h5 --split train=words.csv test=more.csv --states
check "two files: places" cmp <(rows two.h5 train; rows two.h5 test) <(places all)
check "two files: cardinalities" [ "$(numbers two.h5 states/cardinalities | paste -sd' ')" = "4 8 3 3 12" ]
exits 0 "a data set and a text" "$H" data import -o mixed.h5 --split train=words.h5 test=more.csv
check "are as two texts" cmp mixed.h5 two.h5

# ---- describe
exits 0 "describe" "$H" data describe two.h5
check "describe: states" grep -qx "states *3 to 12 of a column" out
check "describe: words" grep -qx "words *in 4 columns, the first is column 0 (from 0): amber, blue, green, red" out
exits 0 "describe --json" "$H" data describe two.h5 --json
check "describe's JSON" grep -qF '"states": [{"states": 4, "words": ["amber", "blue", "green", "red"]}, {"states": 8},' out

# ---- a text of words alone; gaps; what is no word
cut -d, -f1,4 plain | { echo colour,ok; cat; } >alone.csv
exits 0 "words alone" "$H" data import -o alone.h5 alone.csv --states
check "names are no row" grep -qF "alone.h5: train: 200 rows, 2 columns, states 0 to 2" out
check "names are told" grep -qxF "alone.csv: names in line 1" err
sed '5s/^[a-z]*/?/' alone.csv >gap.csv
refused 3 'gap.csv:5:1: found "?", a missing value in column 0 (from 0) "colour"' "$H" data import -o no.h5 gap.csv --states
exits 0 "a gap among words" "$H" data import -o gap.h5 gap.csv --states --missing '?'
check "is kept" [ "$(numbers gap.h5 missing/train | sort -n | uniq -c | awk '{printf "%s:%s ", $2, $1}')" = "0:199 1:1 " ]
printf 'a,b\n1,-\n2,0\n0,1\n' >dash.csv
refused 3 'dash.csv:2:3: found "-", a missing value' "$H" data import -o no.h5 dash.csv --states
printf 'site,b\nA,0\nC,1\n-,1\n-,0\nG,1\n' >gaps.csv
exits 0 "gaps of an alignment" "$H" data import -o gaps.h5 gaps.csv --states
check "are states" [ "$(numbers gaps.h5 train | paste -sd' ')" = "1 0 2 1 0 1 0 0 3 1" ]
printf 'A,C,G\nA,?,T\nG,C,T\n' >headless.csv
exits 0 "a row of words above a gap" "$H" data import -o headless.h5 headless.csv --states --missing '?'
check "is a row" [ "$(rows headless.h5 train | paste -sd:)" = "0,0,0:0,0,1:1,0,1" ] # T is no truth there
printf 'big,huge\n2,small\nbig,huge\n' >headless.csv
refused 3 'headless.csv: found names in the first line that are values, too ("big" in column 0, from 0)' "$H" data import -o no.h5 headless.csv --states
awk 'BEGIN {print "id,b"; for (i = 0; i < 300; i++) print "x" i "," i % 2}' >many.csv
refused 3 'many.csv:258:1: found more than 256 different words in column 0 (from 0) "id", expected fewer' "$H" data import -o no.h5 many.csv --states
awk 'BEGIN {print "id,b"; for (i = 0; i < 300; i++) print i "," i % 2}' >many.csv
refused 3 'found 256, expected' "$H" data import -o no.h5 many.csv --states
refused 3 'words.csv:2:1: found "' "$H" data import -o no.h5 words.csv
check "with what may be done" grep -qF "(words can be states, labels or left out: holode data import --states, --label-column, --columns)" err

# ---- samples have the words of the training data, and a label's
exits 0 "words and labels" make_pets
check "labels are learned" run 1 1 train pets.yaml -o pets
check "on other layouts, too" run 2 1 train pets.yaml -o pets-2x1
check "with the same bits" same pets pets-2x1
check "samples" run 1 1 sample pets -n 600 --sweeps 5 -o pets-samples.csv
check "have the columns' names" [ "$(head -1 pets-samples.csv)" = "size,ok,kind" ]
check "and words" [ -z "$(tail -n +2 pets-samples.csv | grep -vE '^(big|huge|small),(no|yes),(cat|dog|pig)$')" ]
# labels go with sizes: 0.8 of the data's rows; of 600 samples 0.5 is 15 standard errors away, independent ones have 1 / 3
check "labels go with what they are learned with" awk -F, '{n += ($1 == "big" && $3 == "cat") || ($1 == "huge" && $3 == "dog") || ($1 == "small" && $3 == "pig")}
    END {exit !(n > 0.5 * NR)}' pets-samples.csv
check "samples as a data set" run 1 1 sample pets -n 600 --sweeps 5 -o pets-samples.h5
check "have them, too" grep -qF '"words": ["cat", "dog", "pig"]' <("$H" data describe pets-samples.h5 --json)
check "evaluate with labels" run 2 1 evaluate pets --data pets.h5:test --json
check "the model beats independent columns" awk -v gain="$(value gain)" 'BEGIN {exit !(gain > 0)}' </dev/null
refused 3 'data.labels: words.h5:/train: found no labels, expected some (holode data import --label-column)' "$H" train pets.yaml -o no --set data.train=words.h5
awk 'BEGIN {for (r = 0; r < 9; r++) print r / 10 ",1," r % 3}' >grey.csv; "$H" data import -o grey.h5 grey.csv --label-column 2 >/dev/null
refused 3 'grey.h5:/train: found grey levels, expected states, as column 0 (from 0) has 3' "$H" train pets.yaml -o no --set data.train=grey.h5
# ---- words are held as their states are
printf '?,yes,pig\nbig,-1,?\nsmall,NA,cat\n' >held.csv
printf -- '-1,1,2\n0,-1,-1\n2,-1,0\n' >numbers.csv
check "words are clamped" run 1 1 sample pets -n 60 --sweeps 2 --clamp held.csv -o held.h5
check "as their numbers are" run 2 1 sample pets -n 60 --sweeps 2 --clamp numbers.csv -o numbers.h5
check "the same samples" cmp held.h5 numbers.h5
check "have what is held" [ "$(rows held.h5 samples | awk -F, 'NR % 3 == 1 {print $2, $3} NR % 3 == 2 {print $1} NR % 3 == 0 {print $1, $3}' | sort -u | paste -sd:)" = "0:1 2:2 0" ]
echo 'tiny,yes,pig' >held.csv
refused 3 'held.csv:1:1: found "tiny", expected one of "big", "huge", "small"' "$H" sample pets -n 3 --clamp held.csv
echo '3,yes,pig' >held.csv
refused 3 'held.csv: row 0, column 0 (from 0): found 3, expected 0 to 2' "$H" sample pets -n 3 --clamp held.csv
# ---- the same columns in another order
printf 'a,b,c\n' >abc.csv; printf 'b,a,c\n' >bac.csv; printf 'x,b,c\n' >xbc.csv
for row in 0,1,0 1,0,1 0,0,0 1,0,1 0,1,0 1,1,1; do echo "$row" | tee -a abc.csv bac.csv >>xbc.csv; done
for name in abc bac xbc; do "$H" data import -o $name.h5 $name.csv >/dev/null 2>&1; done
printf 'data: {train: abc.h5}\nmodel: {kind: rbm, hidden: 2}\ntrain: {steps: 3, batch_size: 4}\n' >abc.yaml
"$H" train abc.yaml -q >/dev/null 2>&1
refused 3 'bac.h5:train: found "b" as column 0 (from 0), expected "a" as in abc.h5' "$H" evaluate abc --data bac.h5:train
refused 3 'bac.h5:train: found "b" as column 0 (from 0), expected "a" as in abc.h5' "$H" train abc.yaml --set data.valid=bac.h5:train -o valid
exits 0 "a column of another name" "$H" evaluate abc --data xbc.h5:train

# ---- other data with other words
sed 's/dog/horse/' pets.csv >other.csv
"$H" data import -o other.h5 other.csv --states --label-column kind >/dev/null 2>&1
refused 3 'other.h5:train: column 2 (from 0), the label: found "horse" for state 1, expected "dog" as in pets.h5 (holode data import --states-of pets.h5 takes its words)' "$H" evaluate pets --data other.h5:train
printf 'big,?,dog\n?,yes,?\n' >held.csv
refused 3 'held.csv: found names in the first line that are states, too ("big" in column 0, from 0), expected others: a line of names' "$H" sample pets -n 3 --clamp held.csv

# ---- rows that come later, some words not among them: states as of the data of the model
printf 'kind,ok,id,size\ndog,yes,1,small\npig,yes,2,?\n' >later.csv
exits 0 "later rows by themselves" "$H" data import -o own.h5 later.csv --states --missing '?' --columns '!id' --label-column kind
exits 0 "as the model's data" "$H" data import -o later.h5 later.csv --states-of pets.h5 --missing '?' --label-column kind
check "columns by their names" grep -qF '"columns": ["size", "ok"]' <("$H" data describe later.h5 --json)
check "states of pets.h5" [ "$(numbers later.h5 train | paste -sd' '),$(numbers later.h5 labels/train | paste -sd' ')" = "2 1 0 1,1 2" ]
check "notes of pets.h5" cmp <(h5dump -g /states pets.h5 | tail -n +2) <(h5dump -g /states later.h5 | tail -n +2)
exits 0 "a data set" "$H" data import -o again.h5 own.h5 --states-of pets.h5
check "the same states" cmp <(numbers later.h5 train) <(numbers again.h5 train)
check "predict" run 2 1 predict pets --data later.h5:train -t size -o later-p.csv
check "what is missing, too" run 1 1 predict pets --data later.h5:train -o filled.csv
check "in words" [ -z "$(tail -n +2 filled.csv | cut -d, -f5-6 | grep -vxE '(big|huge|small),yes')" ]
refused 3 'expected "size" as in pets.h5' "$H" predict pets --data own.h5:train
sed 's/small/tiny/' later.csv >tiny.csv
refused 3 'tiny.csv:2:11: found "tiny" in column 3 (from 0) "size", expected one of "big", "huge", "small" (--missing' \
    "$H" data import -o no.h5 tiny.csv --states-of pets.h5 --missing '?'
exits 0 "or not known" "$H" data import -o tiny.h5 tiny.csv --states-of pets.h5 --missing '?,tiny'
check "no size is" grep -qF '"missing": {"share": 0.5, "unknown_rows": 0, "unknown_columns": 1' <("$H" data describe tiny.h5 --json)
sed 's/small/1/' later.csv >tiny.csv
refused 3 'found "1" in column 3' "$H" data import -o no.h5 tiny.csv --states-of pets.h5 --missing '?'
sed 's/dog/cow/' later.csv >cow.csv
refused 3 'cow.csv:2:1: found "cow" in column 0 (from 0) "kind", expected one of "cat", "dog", "pig"' \
    "$H" data import -o no.h5 cow.csv --states-of pets.h5 --missing '?' --label-column kind
sed 's/size/sise/' later.csv >sise.csv
refused 3 'sise.csv: found no column "size" to take, expected it as in pets.h5' "$H" data import -o no.h5 sise.csv --states-of pets.h5
printf '0,0\n1,1\n1,0\n' >bits.csv
refused 3 'found "0", expected one of "big"' "$H" data import -o no.h5 bits.csv --states-of pets.h5
printf '0,0,1\n1,1,0\n1,0,1\n' >bits.csv
refused 3 'bits.csv: found 3 columns, expected 2 as in pets.h5' "$H" data import -o no.h5 bits.csv --states-of pets.h5
refused 3 'found no columns of several states' "$H" data import -o no.h5 bits.csv --states-of abc.h5
sed 's/,[0-4],/,5,/' words.csv >five.csv
refused 3 'five.csv: row 0, column 1 (from 0) "n": found 5, expected a state from 0 to 4 as in words.h5' "$H" data import -o no.h5 five.csv --states-of words.h5
refused 2 'found --states-of and --alphabet' "$H" data import -o no.h5 words.csv --states-of words.h5 --alphabet rna
refused 2 'pets.h5, which this command reads' "$H" data import -o pets.h5 later.csv --states-of pets.h5

# ---- imputed values of two states are words, too
printf 'kind,ok,size\ndog,?,small\ncat,no,?\n' >both.csv
exits 0 "both" "$H" data import -o both.h5 both.csv --states-of pets.h5 --missing '?' --label-column kind
check "predict both" run 1 1 predict pets --data both.h5:train -o both-p.csv
check "words in each row" [ -z "$(tail -n +2 both-p.csv | cut -d, -f5-6 | grep -vxE '(big|huge|small),(no|yes)')" ]
