#!/bin/bash
# The page of `holode report`: whole, safe and small; its numbers; a run at work, several runs, what is missing.
. "$(dirname "$0")/../shell.sh"
H=$HOLODE

# 8 columns with names that would be markup: four bits, and each once more, now and then the other way round
{
    echo '"<script>alert(1)</script>",b&amp;,"c ""d""",d,<img src=x>,f,g,h'
    for r in $(seq 0 239); do
        a=$((r % 2)) b=$((r / 2 % 2)) c=$((r / 4 % 2)) d=$((r / 8 % 2)) n=$((r * 7 % 11 == 0))
        echo "$a,$b,$c,$d,$((a ^ n)),$b,$c,$((d ^ n))"
    done
} >named.csv
"$H" data import -o named.h5 --split train=named.csv valid=named.csv >out 2>&1 || fail "the data set"
cat >named.yaml <<'YAML'
data: {train: "named.h5:train", valid: "named.h5:valid"}
model: {kind: rbm, hidden: 6}
train: {chains: 64, batch_size: 64, steps: 600, learning_rate: 0.2, sweeps: 2}
evaluate: {every: 100}
checkpoint: {every: 200, keep: 3}
YAML
check "a run" run 1 1 train named.yaml -q -o 'r<u>n'
page='r<u>n/report.html'

# whole: a browser takes anything, XML does not. Nothing is fetched, nothing runs
well_formed() { xmllint --noout "$1"; }
alone() { ! sed 's/&[a-z#0-9]*;//g' "$1" | grep -oE '(src|href|action)="[^"]*"|url\([^)]*\)|@import|<(script|iframe|object|embed|img src=x)' | grep -v '="data:'; }
small() { [ "$(stat -c %s "$1")" -lt 5242880 ]; }
good() { alone "$1" && small "$1" && grep -q '</html>' "$1"; }
check "a page" run 1 1 report 'r<u>n' --sweeps 200
check "its name is said, and what the page says" grep -q '^r<u>n/report.html: [A-Z]' out
check "alone and small" good "$page"
if command -v xmllint >/dev/null; then check "well-formed" well_formed "$page"; else skip "report: no xmllint"; fi
check "texts are escaped" grep -q '&lt;script&gt;alert(1)&lt;/script&gt;' "$page"
check "a name of a run, too" grep -q '<h1>r&lt;u&gt;n</h1>' "$page"
for section in curves samples moments mixing weights time settings repeat; do
    check "section $section" grep -q "<section id=\"$section\">" "$page"
done

# its numbers are those of other commands
number() { sed -n "s/.*$1 *\\(-[0-9.]*\\).*/\\1/p" out | head -n 1; }
run 1 1 evaluate 'r<u>n' --data named.h5:valid
likelihood=$(number log-likelihood)
check "the likelihood" grep -qF "−$(printf %.4f "${likelihood#-}") nats per sample" "$page"
check "independent columns" grep -qE 'each other reach −5\.5[0-9]+ by these rows&#39; own means: the model gains' "$page"
check "each pair" grep -q 'Correlations of pairs of units' "$page"

# the same page on several ranks and threads, but for nothing
cp "$page" one.html
check "on 2 ranks" run 2 1 report 'r<u>n' --sweeps 200
check "the same page" cmp -s one.html "$page"
check "on 3 threads" run 1 3 report 'r<u>n' --sweeps 200
check "the same page again" cmp -s one.html "$page"

# the spectrum of each checkpoint that is there
check "spectra" [ "$(grep -c '>step [246]00</text>' "$page")" = 3 ]

# an earlier checkpoint by its name is no run that ended early; the best one by its directory is
check "an earlier checkpoint" run 1 1 report 'r<u>n/checkpoint-000000200.h5' --sweeps 0 -o early.html
check "its step" grep -q 'at step 200; trained on' early.html
check "no word of an end" [ "$(grep -c 'The run \(goes on\|ended\)' early.html)" = 0 ]
check "a run that ends by patience" run 1 1 train named.yaml -q -o patient --set train.steps=100000 --set train.learning_rate=0.5 \
    --set train.schedule=constant --set evaluate.patience=3 --set checkpoint.best=true
check "its page" run 1 1 report patient --sweeps 0
check "the best step" grep -q 'at step [0-9]*, the best so far; trained on' patient/report.html
check "how it ended" grep -q 'The run ended at step [0-9]* of 100000: no better likelihood for long' patient/report.html

# what is missing is said, with a reason
mv named.h5 away.h5
check "without data" run 1 1 report 'r<u>n' --sweeps 0
check "it is said why" grep -q 'class="missing">Data are left out: named.h5.*--data names' "$page"
check "and of the chains" grep -q 'class="missing">Samples are left out: --sweeps 0' "$page"
check "alone and small, too" good "$page"
check "data by name" run 1 1 report 'r<u>n' --sweeps 50 --data away.h5:train -o named.html
check "data are there" grep -q 'rows of away.h5:train' named.html
refused 3 'nothing.h5' "$H" report 'r<u>n' --data nothing.h5 -o other.html
mv away.h5 named.h5

# a page replaces a page, and nothing else
echo 'notes' >notes.html
refused 2 'notes.html, a text file, expected another name' "$H" report 'r<u>n' --sweeps 0 -o notes.html
refused 2 'expected a name that ends in .html' "$H" report 'r<u>n' --sweeps 0 -o page.txt
refused 2 'expected FILE.html for a page on several runs' "$H" report 'r<u>n' 'r<u>n'
refused 2 'named.yaml: found a config' "$H" report named.yaml
mkdir empty
refused 3 'empty: found no checkpoint' "$H" report empty
refused 2 '--sweeps: found 3' "$H" report 'r<u>n' --sweeps 3

# validation rows that lie far from the training rows: a sign, with its threshold, but not where rows have weights
awk 'BEGIN {srand(4); for (r = 0; r < 100; r++) {line = ""; a = rand() < 0.5
    for (i = 0; i < 40; i++) line = line a ","; print line 1 + r % 2 >"alike.csv"; line = ""
    for (i = 0; i < 40; i++) line = line int(2 * rand()) ","; print line 1 + r % 2 >"other.csv"}}'
exits 0 "import" "$H" data import -o far.h5 --split train=alike.csv valid=other.csv --weight-column 40
for weights in none ''; do
    check "a run" run 1 1 train named.yaml -q -o far$weights --set data.train=far.h5:train --set data.valid=far.h5:valid \
        --set train.steps=60 --set data.weights=$weights --set data.valid_weights=$weights --set evaluate.every=20 --set evaluate.exact_units=0
    check "its page" run 1 1 report far$weights --sweeps 0
    tr -d '\n' <far$weights/report.html >far$weights.txt
done
check "how far they may lie" grep -q 'validation data lag behind.*more than 5 nats higher is taken for a sign' farnone.txt
check "clusters may lie farther" grep -q 'nats higher than .* no sign of anything where whole clusters of rows' far.txt
check "which is no sign" [ "$(grep -c 'lag behind' far.txt)" = 0 ]

# several runs: curves in one chart, what differs in a table
for rate in 0.02 0.1; do run 1 1 train named.yaml -q -o rate-$rate --set train.learning_rate=$rate --set train.steps=300; done
check "several runs" run 1 1 report rate-0.02 rate-0.1 -o several.html
check "they are alone and small" good several.html
check "the key that differs" grep -q '<th class="n">train.learning_rate</th>' several.html
check "no other" [ "$(grep -c '<th class="n">[a-z]*\.[a-z_]*</th>.*<th class="n">[a-z]*\.' several.html)" = 0 ]
check "a curve of each" [ "$(grep -c '>rate-0.02</text>\|>rate-0.1</text>' several.html)" -ge 8 ]
rows() { tr -d '\n' <"$1" | sed 's/<tr>/\n/g' | { cat; echo; } | sed -n 's/^<td>\([^<]*\)<.td><td>\([^<]*\)<.*/\1: \2/p'; }
best=$("$H" collect rate-0.02 rate-0.1 2>/dev/null | awk 'NR == 2 {print $1}')
check "the best run first" [ "$(rows several.html | head -n 1 | cut -d: -f1)" = "$best" ]
check "a verdict on each" [ "$(rows several.html | grep -c ': [!✓] ')" = 2 ]
"$H" evaluate $best --data named.h5:valid --json 2>/dev/null | sed 's/"verdict": *"[^"]*",*//; s/{/{"verdict": "do not trust",/' >$best/evaluation.json
check "with a likelihood that is not to be trusted" run 1 1 report rate-0.02 rate-0.1 -o several.html
check "that run comes last, and says so" [ "$(rows several.html | tail -n 1)" = "$best: ✕ likelihood not to be trusted" ]
sed -i 's/{/{"reason": "a few walks carry it",/' $best/evaluation.json
check "a page on it" run 1 1 report $best -o doubtful.html
check "says why" grep -q 'is not to be trusted: a few walks carry it' doubtful.html
check "a run that is not there" run 1 1 report rate-0.02 nowhere -o several.html
check "is left out" [ "$(rows several.html | wc -l)" = 1 ]
check "more runs than a chart has lines" run 1 1 report $(for k in $(seq 33); do echo rate-0.1; done) -o many.html
check "it is said" grep -q 'The charts show the first 31 runs' many.html
check "all have a row" [ "$(rows many.html | wc -l)" = 33 ]

# the log of a search for settings: each candidate at its best, the run's own marked; what isn't there isn't shown
searched() { # rows of the table, a cell each separated by |
    tr -d '\n' <"$1" | sed 's/<section id="search">/\n&/; s/<section id="samples">/\n&/' | grep '^<section id="search">' |
        sed 's/<tr>/\n/g; s/<.t[dh]><t[dh][^>]*>/|/g' | { cat; echo; } | sed -n 's/^<t[dh]>\(.*\)<.t[dh]><.tr>.*/\1/p'
}
{
    echo stage,candidate,kind,hidden,learning_rate,weight_decay,sweeps,levels,step,low,high,error,verdict,work
    for k in $(seq 12); do echo "first,$k,rbm,$k,0.1,0,2,1,64,-6.${k}01,-6.1,0.01,agreed,${k}e9"; done
    echo 'second,6,rbm,6,0.2,0,2,1,128,-5.75,-5.7,0.02,exact,2e10'
    echo 'second,"<b>, 13",V,0,0.2,0,2,1,128,-5.5,-5.4,0.02,do not trust,3e10'
    echo 'second,14,W+V,6,0.2,0,2,1,128,-5.8,-5.7,0.02,exact,4e10'
    echo 'second,2,rbm,2'
} >'r<u>n/search.csv'
check "a page with a search" run 1 1 report 'r<u>n' --sweeps 0
check "it is good" good "$page"
check "eleven rows" [ "$(searched "$page" | wc -l)" = 11 ]
check "the best first, which is the run's" [ "$(searched "$page" | sed -n 2p)" = "6|rbm|6|0.2|0|2|1|second|128|−5.75000|−5.70000|0.020|exact|the run&#39;s" ]
check "then the second" [ "$(searched "$page" | sed -n 3p | cut -d'|' -f 1,2)" = "14|W+V" ]
check "how many there are" grep -q 'The best 10 of 14 candidates' "$page"
check "a chart" grep -q '<figcaption>The search</figcaption>' "$page"
cut -d, -f 2,4,10 'r<u>n/search.csv' | grep -v '"' >short.csv && cp short.csv 'r<u>n/search.csv'
check "fewer columns" run 1 1 report 'r<u>n' --sweeps 0
check "they are shown" [ "$(searched "$page" | head -n 1)" = "candidate|hidden units|lower side|" ]
check "without work, no chart" [ "$(grep -c '<figcaption>The search' "$page")" = 0 ]
for wrong in 'nonsense' 'candidate,low' ''; do
    echo "$wrong" >'r<u>n/search.csv'
    check "a log of \"$wrong\"" run 1 1 report 'r<u>n' --sweeps 0
    check "is left out" grep -q 'class="missing">The search is left out: ' "$page"
done
rm 'r<u>n/search.csv'

# a run at work, whose own page follows it
"$H" train named.yaml -q -o busy --report --set train.steps=1000000 --set evaluate.every=500 --set checkpoint.every=500 >/dev/null 2>&1 &
worker=$!
await '[ -n "$(newest busy)" ]'
check "its own page" await 'grep -q "The run goes on: step [0-9]* of 1000000, as of 20[0-9-]* [0-9:]* [+-][0-9]*\." busy/report.html' 10
check "it is whole" good busy/report.html
check "it says what is left out" grep -q 'hardly any time: what takes long is left out. <code>holode report busy</code>' busy/report.html
for round in 1 2 3; do
    check "a page of a run at work" run 1 1 report busy --sweeps 20 -o "busy-$round.html"
    check "it is whole" good "busy-$round.html"
    check "it says so" grep -q 'The run goes on: step [0-9]* of 1000000, as of' "busy-$round.html"
done
kill -TERM $worker; wait $worker
check "stopped, it says so" grep -q 'The run ended at step \([0-9]*\) of 1000000: stopped after step \1 of 1000000' busy/report.html
check "a page of it, stopped" run 1 1 report busy --sweeps 20
check "it says that, too" grep -q 'The run ended at step [0-9]* of 1000000: <code>holode train --resume</code>' busy/report.html

# whole at the end; the same bits; a page that can't be is no failure, and told once
check "with its page" run 2 1 train named.yaml -q -o paged --report
check "the whole page" grep -q '<figcaption>Singular values' paged/report.html
check "no word of a run that goes on" [ "$(grep -c 'The run \(goes on\|ended\)' paged/report.html)" = 0 ]
check "the same bits" bash -c '"$0" scaling "$1" "$2" | grep -q "identical, to the last bit, in all 2 runs"' "$H" 'r<u>n' paged
mkdir foreign && echo '<p>mine' >foreign/report.html
check "a page of someone else's in its place" run 1 1 train named.yaml -q -o foreign --report
check "a warning on the way, a warning at the end" [ "$(grep -c 'warning: no page.*foreign/report.html, a text file, expected' out)" = 2 ]
check "it is left alone" grep -qx '<p>mine' foreign/report.html

# where a run has no likelihood the page finds one: exactly where that is quick, else from both sides
on_page() { sed -n 's/.*<small>Likelihood<.small><b><i>.<.i>−\([0-9.]*\) nats per sample<.b><span>On [^,]*, \([^.]*\)\. .*/\1 \2/p' "$1"; }
near() { awk "BEGIN {d = $1 - $2; exit !(d < $3 && d > -$3)}"; }
check "a run without a likelihood" run 1 1 train named.yaml -q -o without --set evaluate.exact_units=0
check "its page" run 1 1 report without --sweeps 20
read -r value how < <(on_page without/report.html)
check "the likelihood, exact" [ "$how" = "exact, found for this page" ]
run 1 1 evaluate without --data named.h5:valid
likelihood=$(number log-likelihood)
check "the same as by evaluate" near "-$value" "$likelihood" 0.0001
check "a page without sampling" run 1 1 report without --sweeps 0
check "it says why it has none" grep -q 'this page does not find it: --sweeps 0 asked' without/report.html
"$H" data generate bars-and-stripes --size 6 -o bars6.h5 >/dev/null
printf 'data: {train: bars6.h5}\nmodel: {kind: rbm, hidden: 40}\ntrain: {batch_size: 64, chains: 64, steps: 300}\n' >bars6.yaml
check "a model too large for an exact one" run 1 1 train bars6.yaml -q
check "its page" run 2 1 report bars6 --sweeps 20
read -r value how < <(on_page bars6/report.html)
check "the likelihood, from both sides" [ "$how" = "found for this page by 128 walks from each side along 5000 temperatures, both sides agree" ]
run 1 2 evaluate bars6 --data bars6.h5:train --chains 128
check "near that by evaluate" near "-$value" "$(number log-likelihood)" 0.2

# images, and states of variables
"$H" data generate bars-and-stripes --size 4 -o bars.h5 >/dev/null
printf 'data: {train: bars.h5}\nmodel: {kind: rbm, hidden: 8}\ntrain: {method: cd, batch_size: 30, steps: 200, sweeps: 1, learning_rate: 0.05}\n' >bars.yaml
check "images" run 1 1 train bars.yaml -q
check "their page" run 1 1 report bars --sweeps 50
check "pictures of weights" [ "$(grep -c '<img class="pixels"' bars/report.html)" = 4 ]
check "chains that begin at rows" grep -q 'they began at rows of the data' bars/report.html
cp "$project/configs/four-variables.yaml" four.yaml
run 1 1 sample four.yaml -n 200 -s 20 -o four.h5
check "variables" run 1 1 train four.yaml -q --set data.train=four.h5:samples --set train.steps=20 --set train.chains=64 \
    --set train.batch_size=64
check "a page of states of variables" run 1 1 report four --sweeps 50
check "it is whole" good four/report.html

# a model of pairs of sites: letters, frequencies, components
awk 'BEGIN {srand(4); print "a,b,c,d,e"; for (r = 0; r < 400; r++) {x = int(3 * rand()); y = int(3 * rand())
    print x "," y "," (rand() < 0.8 ? x : y) "," int(3 * rand()) "," (rand() < 0.9 ? 2 - y : x)}}' >sites.csv
"$H" data import --states -o sites.h5 --split train=sites.csv valid=100 >out 2>&1 || fail "sites"
printf 'data: {train: sites.h5:train, valid: sites.h5:valid}\nmodel: {kind: potts}\ntrain: {batch_size: 64, chains: 256, steps: 200, learning_rate: 0.1}\n' >sites.yaml
check "a run over sites" run 1 1 train sites.yaml -q
check "its page" run 1 1 report sites --sweeps 50
check "it is whole" good sites/report.html
for caption in 'Contact map' 'Rows of sites.h5:train' 'Samples of the model' 'Profile: letters' 'Frequencies f_i(a)' 'Correlations f_ij(a, b)' 'Samples, on the data'; do
    check "figure $caption" grep -q "<figcaption>$caption" sites/report.html
done
check "every row of the training data" grep -q 'against 300 of 300 rows of sites.h5:train, which the run learns from' sites/report.html
shares=$(sed -n 's/.*they hold \([0-9.]*\) % and \([0-9.]*\) % of the.*/\1 \2/p' sites/report.html)
check "components, by their share of the variance ($shares)" awk '{exit !($1 >= $2 && $2 > 10 && $1 + $2 < 100)}' <<<"$shares"
cp sites/report.html one.html
check "on 2 ranks" run 2 1 report sites --sweeps 50
check "the same page of sites" cmp -s one.html sites/report.html
