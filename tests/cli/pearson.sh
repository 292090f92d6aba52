#!/bin/bash
# Pearson's coefficient of the chains' correlations with the data's: against awk, from the chains and the rows written
# out; the step at which it ends a run, on any layout and after a stop; what is refused.
. "$(dirname "$0")/../shell.sh"

# coefficient ROWS CHAINS STATES [PSEUDO]: of two csv files of states with a line of names, rows of the first with a
# weight in the last column; STATES: each column's number of states, with commas; by the definition, means taken off
coefficient() {
    awk -F, -v states="$3" -v lambda="${4:-0}" '
        BEGIN {columns = split(states, q, ",")}
        FNR == 1 {file++; next}
        {w = file == 1 ? $(columns + 1) : 1; all[file] += w
         for (i = 1; i <= columns; i++) {f[file, i, $i + 0] += w; for (j = i + 1; j <= columns; j++) g[file, i, j, $i + 0, $j + 0] += w}}
        function connected(file, i, j, a, b,   l) {
            l = file == 1 ? lambda : 0
            return (1 - l) * g[file, i, j, a, b] / all[file] + l / q[i] / q[j] \
                - ((1 - l) * f[file, i, a] / all[file] + l / q[i]) * ((1 - l) * f[file, j, b] / all[file] + l / q[j])}
        END {for (i = 1; i <= columns; i++) for (j = i + 1; j <= columns; j++)
                 for (a = 0; a < q[i]; a++) for (b = 0; b < q[j]; b++) {
                     x = connected(2, i, j, a, b); y = connected(1, i, j, a, b); n++
                     mx += x; my += y; xx += x * x; xy += x * y; yy += y * y}
             printf "%.12g\n", (xy - mx * my / n) / sqrt((xx - mx * mx / n) * (yy - my * my / n))}' "$1" "$2"
}
# last RUN: the coefficient of its last evaluation
last() { "$H" inspect "$1" --json | grep -oE '"pearson": [^,}]*' | cut -d' ' -f2; }
# steps RUN
steps() { "$H" inspect "$1" --json | grep -oE '"step": [0-9]+' | head -n 1 | cut -d' ' -f2; }
same_run() { [ "$(last "$1")" = "$(last "$2")" ] && [ "$(steps "$1")" = "$(steps "$2")" ]; }
# chains RUN: as states, to chains.csv
chains() { rm -f chains.csv; exits 0 "chains of $1" "$H" sample "$1" -n 300 --sweeps 0 -o chains.csv; }

# columns of 2, 3, 5, 1 and 2 states that follow each other, and a weight of each row
awk 'BEGIN {srand(5); print "a,b,c,d,e,w"; for (r = 0; r < 700; r++) {a = int(rand() * 2); b = rand() < 0.6 ? a : int(rand() * 3)
    c = rand() < 0.5 ? b + 2 * a : int(rand() * 5); print a "," b "," c ",0," (rand() < 0.7 ? c % 2 : int(rand() * 2)) "," 1 + r % 3 / 2}}' >rows.csv
exits 0 "import" "$H" data import -o rows.h5 --states rows.csv --weight-column w
cat >mrf.yaml <<'END'
data: {train: rows.h5}
model:
  kind: mrf
  variables: {a: 2, b: 3, c: 5, d: 1, e: 2}
  cliques: [{variables: [a, b]}, {variables: [b, c]}, {variables: [a, c]}, {variables: [c, e]}, {variables: [a, d]}]
train: {chains: 300, batch_size: 64, steps: 400, learning_rate: 0.02, momentum: 0, sweeps: 1, schedule: constant, until_pearson: 0.97}
evaluate: {every: 40}
END
check "train an mrf" run 1 1 train mrf.yaml -o mrf
check "what it says at the end" grep -qE "ended at step [0-9]+0 of 400: Pearson 0\.9[0-9]+ of the chains' correlations with the data's \(train.until_pearson 0.97\)" out
check "what it says on the way" grep -qE "Pearson 0\.[0-9]{4}" out
check "it ends early" [ "$(steps mrf)" -lt 400 ]
check "between two evaluations" [ $(($(steps mrf) % 40)) != 0 ]
check "by the coefficient" awk -v x="$(last mrf)" 'BEGIN {exit !(x >= 0.97)}'
chains mrf
check "as awk has it" near "$(last mrf)" "$(coefficient rows.csv chains.csv 2,3,5,1,2)" 1e-7
for layout in 1x2 2x1 3x1; do
    check "the run on $layout" run ${layout%x*} ${layout#*x} train mrf.yaml -o mrf-$layout
    check "$layout ends where 1x1 does" same_run mrf mrf-$layout
done
check "no more where it has ended" run 1 1 train mrf.yaml -o mrf --resume
check "and says so" grep -q "ended at step $(steps mrf-1x2) of 400: Pearson" out
check "is what it was" same_run mrf mrf-1x2
check "a part of the run" run 2 1 train mrf.yaml -o part --set train.steps=17
check "the rest of it" run 1 1 train mrf.yaml -o part --resume
check "ends there, too" same_run mrf part
check "farther" run 1 1 train mrf.yaml -o mrf --resume --set train.until_pearson=0
check "the whole at once" run 1 1 train mrf.yaml -o whole --set train.until_pearson=0
check "is the run without" same_parameters mrf whole

# ---- columns of many states, of which pairs are counted by bytes, beside a column of two
awk 'BEGIN {srand(7); print "a,b,c,w"; for (r = 0; r < 700; r++) {a = int(rand() * 12); b = rand() < 0.6 ? a : int(rand() * 12)
    print a "," b "," (rand() < 0.7 ? a % 2 : int(rand() * 2)) "," 1 + r % 3 / 2}}' >many.csv
exits 0 "import" "$H" data import -o many.h5 --states many.csv --weight-column w
sed 's/variables: .*/variables: {a: 12, b: 12, c: 2}/; s/cliques: .*/cliques: [{variables: [a, b]}, {variables: [b, c]}]/
    s/rows.h5/many.h5/; s/steps: 400/steps: 40/' mrf.yaml >many.yaml
check "train on many states" run 1 1 train many.yaml -o many
chains many
check "as awk has it" near "$(last many)" "$(coefficient many.csv chains.csv 12,12,2)" 1e-7
check "many on 3x2" run 3 2 train many.yaml -o many-3x2
check "3x2 ends where 1x1 does" same_run many many-3x2

# ---- a potts model, whose statistics have all pairs; columns of as many states as any; and one on edges, of which all
# pairs are counted
cat >potts.yaml <<'END'
data: {train: rows.h5}
model: {kind: potts}
train: {chains: 300, batch_size: 64, steps: 400, learning_rate: 0.05, sweeps: 1, schedule: constant, until_pearson: 0.75, pseudo_count: 0.3}
evaluate: {every: 40}
END
printf '0 1\n1 2\n2 4\n' >edges.txt
printf '3 4\n2 0\n1 2\n4 0\n0 1\n2 4\n3 0\n4 1\n2 3\n1 3\n' >shuffled.txt # all pairs
for more in "" "--set model.edges=edges.txt" "--set model.edges=shuffled.txt"; do
    rm -rf potts*/
    check "train potts $more" run 1 1 train potts.yaml -o potts $more
    check "it ends by it" grep -qE "ended at step [0-9]+0 of 400: Pearson 0\.[0-9]+ of" out
    chains potts
    check "as awk has it" near "$(last potts)" "$(coefficient rows.csv chains.csv 5,5,5,5,5 0.3)" 1e-7
    check "potts on 3 ranks" run 3 1 train potts.yaml -o potts-3x1 $more
    check "potts on 2 threads" run 1 2 train potts.yaml -o potts-1x2 $more
    check "end where 1 does" same_run potts potts-3x1
    check "end where 1 does" same_run potts potts-1x2
done
check "potts shows it unasked" run 1 1 train potts.yaml -o unasked --set train.until_pearson=0 --set train.steps=40
check "and says it" grep -qE "^step 40 .*Pearson 0\.[0-9]{4}" out

# ---- bits; weights of 1; hidden units, of which the visible ones are compared
awk 'BEGIN {srand(6); line = "x0"; for (i = 1; i < 70; i++) line = line ",x" i; print line ",w"
    for (r = 0; r < 300; r++) {line = ""; x = rand() < 0.5; for (i = 0; i < 70; i++) {if (rand() < 0.3) x = rand() < 0.5; line = line x ","}; print line 1}}' >bits.csv
cut -d, -f1-70 bits.csv >only.csv
exits 0 "import" "$H" data import -o bits.h5 only.csv
cat >bits.yaml <<'END'
data: {train: bits.h5}
model: {kind: boltzmann, hidden: 0, weights: false, hidden_couplings: false}
train: {chains: 300, batch_size: 64, steps: 60, learning_rate: 0.05, until_pearson: 1}
END
two=$(printf ',2%.0s' $(seq 70))
check "train on bits" run 2 1 train bits.yaml -o bits
chains bits
check "as awk has it" near "$(last bits)" "$(coefficient bits.csv chains.csv "${two#,}")" 1e-7
check "train an rbm" run 1 1 train bits.yaml -o rbm --set model.kind=rbm --set model.hidden=20 --set model.weights=true --set model.hidden_couplings=true
chains rbm
check "as awk has it" near "$(last rbm)" "$(coefficient bits.csv chains.csv "${two#,}")" 1e-7

# ---- judged: chains that learn with a model which none of them leaves, and chains that mix
awk 'BEGIN {srand(5); for (r = 0; r < 600; r++) {line = ""; s = int(rand() * 4)
    for (i = 0; i < 16; i++) line = line (i ? "," : "") (rand() < 0.85 ? s : int(rand() * 4)); print line}}' >copies.csv
exits 0 "import" "$H" data import -o copies.h5 --states copies.csv
cat >copies.yaml <<'END'
data: {train: copies.h5}
model: {kind: potts}
train: {chains: 512, batch_size: 64, steps: 300, learning_rate: 1, momentum: 0, sweeps: 1, schedule: constant}
evaluate: {every: 100}
END
check "train what does not mix" run 1 1 train copies.yaml -o stuck
exits 0 "judge it" "$H" evaluate stuck --data copies.h5:train --method pearson --sweeps 128 --json
check "not to be trusted" grep -qE '"verdict": "do not trust", "reason": "Pearson falls from 0\.99[0-9]* to 0\.[0-9]* in (more sweeps|fresh chains): use more train.sweeps or train.chains"' out
check "the run's chains are those of the run" near "$(value own_pearson)" "$(last stuck)" 1e-6
check "on 2 ranks of 2 threads" run 2 2 evaluate stuck --data copies.h5:train --method pearson --sweeps 128 --json
check "the same" cmp <(tail -n 1 out) <("$H" evaluate stuck --data copies.h5:train --method pearson --sweeps 128 --json)
check "for readers" run 1 1 evaluate stuck --data copies.h5:train --method pearson --sweeps 128
check "told" grep -qE '^verdict +do not trust: Pearson falls from' out
check "in lines of 80 columns" [ "$(awk '/^verdict/ {on = 1} on && length($0) > 80' out | wc -l)" = 0 ]
check "to its end" grep -qE '^                .*train\.chains$' out
exits 0 "a page on it" "$H" report stuck --data copies.h5:train --sweeps 64 -o stuck.html
check "the page says it in the same words" grep -qE "do not trust.*Pearson falls from 0\.99[0-9]* to 0\.[0-9]* in (more sweeps|fresh chains): use" <(tr -d '\n' <stuck.html)
awk 'BEGIN {srand(6); for (r = 0; r < 600; r++) {line = ""; s = int(rand() * 4)
    for (i = 0; i < 16; i++) line = line (i ? "," : "") (rand() < 0.6 ? s : int(rand() * 4)); print line}}' >noisy.csv
exits 0 "import" "$H" data import -o noisy.h5 --states noisy.csv
check "train what mixes" run 1 1 train copies.yaml -o mixes --set data.train=noisy.h5 --set train.learning_rate=0.05 --set train.steps=100 --set train.chains=4096 \
    --set data.valid=copies.h5:train --set train.until_pearson=0.99
exits 0 "judge it" "$H" evaluate mixes --data noisy.h5:train --method pearson --sweeps 64
check "agreed, and how near to the data" grep -qE "^verdict +agreed: fresh chains show what the run's do, a model at Pearson 0\.9[0-9]* with the data, of 0\.99 asked for$" <(tr '\n' ' ' <out | sed 's/  */ /g; s/verdict/\n&/; s/ $/\n/')
cp out named
own=$(sed -n 's/^Pearson  *\([0-9.]*\).*/\1/p' out)
fresh=$(sed -n 's/^  *\(0[0-9.]*\) .*begun at random.*/\1/p' out)
exits 0 "fewer chains than the run's" "$H" evaluate mixes --data noisy.h5:train --method pearson --sweeps 64 --chains 200
check "tell nothing of it" grep -qF "caution: Pearson's coefficients of fewer and of more chains can't be compared: leave out --chains" <(tr '\n' ' ' <out | sed 's/  */ /g')
exits 0 "a page on it" "$H" report mixes --sweeps 64 -o mixes.html
check "the same coefficients, with the training data" grep -qF "with noisy.h5:train, of the correlations of all pairs of states: $own of the run&#39;s chains as they stand" mixes.html
check "in the same words" grep -qF "Fresh chains show what the run&#39;s do, a model at Pearson $fresh with the data, of 0.99 asked for" mixes.html
check "it came to its aim" grep -qF "came to its aim" mixes.html
check "and ended there" grep -qF "near to the data&#39;s correlations (train.until_pearson)" mixes.html
short='Pearson 0\.[0-9]{4} of 0\.99 asked for'
{ cat copies.yaml; echo 'output: elsewhere'; } >few.yaml
few=(train few.yaml --set data.train=noisy.h5 --set train.learning_rate=0.01 --set train.steps=30 --set train.chains=2048)
check "train too few steps" run 1 1 "${few[@]}" -o short --set train.until_pearson=0.99
check "one warning of that" [ "$(grep -cE "warning: $short: --resume with more train.steps$" out)" = 1 ]
check "and none without an aim that can be reached" run 1 1 "${few[@]}" -o shown --set train.until_pearson=1
check "none" [ "$(grep -c 'asked for' out)" = 0 ]
exits 0 "a page on it" "$H" report short --sweeps 64
check "says what speaks against it" grep -q 'Pair correlations: \(roughly\|not\) as in the data' err out
tr -d '\n' <short/report.html >short.txt
check "the page says it" grep -qE "short of its aim.*$short" short.txt
check "and where the run is" grep -q '<td>output</td><td>short</td>' short.txt
exits 0 "few sweeps" "$H" evaluate mixes --data noisy.h5:train --method pearson --sweeps 4
check "are no reason not to trust it" grep -qE "^verdict +(agreed|caution): " out
exits 0 "the run's data are meant" "$H" evaluate mixes --method pearson --sweeps 64
check "the same" cmp out named

# ---- what is refused
refused 2 "train.until_pearson: found a number, expected none: it is for train.method pcd" "$H" train mrf.yaml -o no --set train.method=cd
refused 2 "found 1.5, expected a number from 0 to 1" "$H" train mrf.yaml -o no --set train.until_pearson=1.5
printf '1,?,0\n0,1,1\n1,0,1\n' >missing.csv
exits 0 "import" "$H" data import -o missing.h5 missing.csv --missing '?'
refused 2 "train.until_pearson: found 0.9, expected 0 for data with missing values" "$H" train bits.yaml -o no \
    --set model.kind=rbm --set model.hidden=2 --set model.weights=true --set model.hidden_couplings=true --set data.train=missing.h5 --set train.until_pearson=0.9 --set train.batch_size=3
finish
