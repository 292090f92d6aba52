#!/bin/bash
# collect and scaling: tables of several runs, and the check that equal configs gave equal bits.
. "$(dirname "$0")/../shell.sh"

"$H" data generate bars-and-stripes --size 4 -o data.h5 >/dev/null
cat >run.yaml <<'END'
data: {train: data.h5, valid: "data.h5:train"}
model: {kind: rbm, hidden: 12}
train: {steps: 200, batch_size: 128, chains: 128, learning_rate: 0.1, schedule: constant, sweeps: 1}
evaluate: {every: 50, samples: 64}
END
"$H" data generate bars-and-stripes --size 8 -o big.h5 >/dev/null      # 510 rows
sed -i 's/data.h5/big.h5/g; s/hidden: 12/hidden: 8/' run.yaml

# a sweep: the last run does not learn, the second is evaluated apart
check "run 1" run 1 1 train run.yaml -o sweep/1
check "run 2" run 1 1 train run.yaml -o sweep/2 --set seed=2 --set train.steps=400
check "run 3" run 1 1 train run.yaml -o sweep/3 --set train.learning_rate=0.0001
mkdir sweep/4
exits 0 collect "$H" collect sweep/* -o table.csv
check "collect: what can't be read is told" grep -q 'left out: sweep/4' err
check "collect: the keys that differ" grep -qE '^run +seed +train.steps +train.learning_rate +step +held_out_log_likelihood' out
check "collect: the best first" [ "$(awk '/^sweep/ {printf "%s ", $1}' out)" = "sweep/2 sweep/1 sweep/3 " ]
check "collect: likelihoods of the history" [ "$(awk '$1 == "sweep/1" {print $6}' out)" = "$(printf %.4f "$(column valid_log_likelihood sweep/1 | tail -n 1)")" ]
check "collect: CSV" [ "$(head -n 1 table.csv | cut -d, -f1-6)" = "run,seed,train.steps,train.learning_rate,step,held_out_log_likelihood" ]
echo '{"file": "x", "step": 200, "log_likelihood": -3.5}' >sweep/3/evaluation.json
echo '{"file": "x", "step": 199, "log_likelihood": -1.5}' >sweep/1/evaluation.json      # of another step: not taken
"$H" collect sweep/1 sweep/2 sweep/3 >out
check "collect: an evaluation counts" grep -qE '^sweep/3 .* -3.5000 ' <(sed -n 2p out)
# a likelihood from both sides: collect shows the lower of them, and the verdict; too few walks are not to be trusted
for r in 1 2; do
    run 1 1 evaluate sweep/$r --data big.h5:train --method both --json --chains $((r == 1 ? 64 : 4)) \
        --temperatures $((r == 1 ? 300 : 5))
    cp out sweep/$r/evaluation.json
done
check "evaluate: the sides agree" [ "$(value verdict sweep/1/evaluation.json)" = agreed ]
check "evaluate: no reason then" [ -z "$(value reason sweep/1/evaluation.json)" ]
check "evaluate: few walks are not trusted" [ "$(value verdict sweep/2/evaluation.json)" = "do not trust" ]
check "evaluate: with the reason" [ -n "$(value reason sweep/2/evaluation.json)" ]
lower=$(for s in ais reverse_ais; do value ${s}_log_likelihood sweep/1/evaluation.json; done | sort -g | head -n 1)
check "evaluate: the lower side counts" [ "$(value log_likelihood sweep/1/evaluation.json)" = "$lower" ]
"$H" collect sweep/1 sweep/2 sweep/3 -o both.csv >out
check "collect: the evaluation's likelihood and verdict" \
    grep -qE "^sweep/1 .* $(printf %.4f "$lower") .* agreed\$" <(sed -n 3p out)
check "collect: one without a verdict" grep -qE '^sweep/3 .* -3.5000 .* -$' <(sed -n 2p out)
# the greater likelihood, were it true
check "collect: what is not to be trusted comes last" grep -qE '^sweep/2 .* do not trust$' <(sed -n 4p out)
last=$(awk -F, '{print $NF}' both.csv | tr '\n' ';')
check "collect: the verdict in the CSV" [ "$last" = "verdict;;agreed;do not trust;" ]
rm sweep/1/evaluation.json sweep/2/evaluation.json
run 1 1 evaluate sweep/1 --method mixing --data big.h5:train --chains 8 --sweeps 8 --json
check "evaluate: no false alarm of eight sweeps" grep -q '"warnings": \[\]}$' out
# exact samples are where they belong: no warning at 4 and 5 standard deviations, whatever the length (false alarms 1 in 10,000)
for sweeps in 30 1000; do
    run 1 1 evaluate sweep/1 --method mixing --start exact --sweeps $sweeps
    check "evaluate: stationary chains, $sweeps sweeps" [ "$(grep -c '^warning' out)" = 0 ]
    [ $sweeps = 1000 ] || check "evaluate: too few to tell" grep -qE '^verdict +too few sweeps to tell: [0-9]+ autocorrelation times$' out
done
"$H" collect sweep/1 sweep/2 sweep/3 --by reconstruction_error >out
check "collect --by: the greatest first" grep -q '^sweep/3' <(sed -n 2p out)
"$H" collect sweep/1 sweep/2 sweep/3 --by -reconstruction_error >out
check "collect --by -METRIC: the least first" grep -q '^sweep/3' <(sed -n 4p out)
"$H" collect sweep/1 sweep/2 --by pseudo_log_likelihood -o by.csv >out
check "collect --by: a column once" [ "$(head -n 1 out | grep -o pseudo_log_likelihood | wc -l)" = 1 ]
check "collect --by: once in the CSV" [ -z "$(head -n 1 by.csv | tr , '\n' | sort | uniq -d)" ]
refused 2 '--by: found "beauty", expected one of step, epoch,' "$H" collect sweep/1 --by beauty
# likelihoods of different data sets are no ranking: a column and a line say so
echo '{"file": "x", "step": 200, "data": "big.h5:train", "log_likelihood": -4.5}' >sweep/1/evaluation.json
echo '{"file": "x", "step": 200, "data": "other.h5", "log_likelihood": -3.5}' >sweep/3/evaluation.json
"$H" collect sweep/1 sweep/2 >out 2>err
check "collect: one data set, no column" [ -z "$(grep held_out_data out; cat err)" ]
"$H" collect sweep/1 sweep/2 sweep/3 >out 2>err
check "collect: the data of each" [ "$(awk '/^sweep/ {print $1, $7}' out | sort | tr '\n' ';')" = \
    "sweep/1 big.h5:train;sweep/2 big.h5:train;sweep/3 other.h5:test;" ]
check "collect: in one warning" [ "$(grep -c 'found held-out likelihoods of different data sets' err)" = "$(wc -l <err)" ]
# an evaluation half-written, and one that is none
echo '{"file": "x", "step": 200, "log_likel' >sweep/1/evaluation.json
echo 'Killed' >sweep/3/evaluation.json
"$H" collect sweep/1 sweep/2 sweep/3 >out 2>err
check "collect: no whole evaluations are told" [ "$(grep -c 'left out: sweep/[13]/evaluation.json:1:[0-9]*: found no whole JSON object' err)" = "$(wc -l <err)" ]
rm sweep/[13]/evaluation.json
refused 2 'found no RUN' "$H" collect
exits 3 "collect: no run at all" "$H" collect sweep/4

"$H" data generate bars-and-stripes --size 4 -o data.h5 >/dev/null
check "a run on other data" run 1 1 train run.yaml -o small --set data.train=data.h5 --set data.valid=data.h5:train
"$H" collect sweep/1 small >out 2>err
check "collect: other training data are told" grep -q 'small: found other training data than in sweep/1\|sweep/1: found other training data than in small' err
check "collect: what the training data are" [ "$(awk 'NR == 1 || /^small|^sweep/ {print $2, $3, $4}' out | sort -r | tr '\n' ';')" = \
    "rows columns total_weight;510 64 510.0;30 16 30.0;" ]
check "collect: their names are for programs" [ -z "$(grep 'data\.' out)" ]
rm data.h5
"$H" collect sweep/1 small >out 2>err
check "collect: where they are gone" grep -qE '^small +- +- +- ' out
"$H" data generate bars-and-stripes --size 4 -o data.h5 >/dev/null

# scaling: one config on three layouts, one with twice the batch
check "1 rank" run 1 1 train run.yaml -o strong-1
check "2 ranks" run 2 1 train run.yaml -o strong-2
check "2 threads" run 1 2 train run.yaml -o threads-2
check "2 ranks, twice the batch" run 2 1 train run.yaml -o weak-2 --set train.batch_size=256 --set train.chains=256
exits 0 scaling "$H" scaling strong-* threads-2 weak-* -o scaling
check "scaling: the series" [ "$(awk '/^(base|strong|weak) / {print $1, $3, $4, $5}' out | sort | tr '\n' ';')" = \
    "base 1 1 128;strong 1 2 128;strong 2 1 128;weak 2 1 256;" ]
check "scaling: the same bits" grep -q '^Batch 128: the parameters at step 200 are identical, to the last bit, in all 3 runs' out
# what a step takes is by the clock, as in the history: of the last three of four evaluations, 150 steps
seconds=$(column samples_per_second strong-1 | awk 'NR > 2 {t += 50 * 128 / $1} END {print 1e3 * t / 150}')
check "scaling: time by the clock" near "$(awk '/^base / {print $6}' out)" "$seconds" 0.002
check "scaling: CSV" [ "$(wc -l <scaling.csv)" = 5 ]
check "scaling: a page with three charts" [ "$(grep -c '<svg class="chart"' scaling.html)" = 3 ]
check "scaling: its speed-ups" grep -qF "<td class=\"n\">$(awk '/^weak / {print $(NF - 2)}' out)</td>" scaling.html
check "scaling: its verdict" grep -q '<small>Same bits</small><b><i>✓</i>identical</b>' scaling.html
check "scaling: runs by name" [ "$(awk '/^(base|strong|weak) / {print $NF}' out | sort | tr '\n' ' ')" = "strong-1 strong-2 threads-2 weak-2 " ]
# two runs on as many cores are both drawn: three places, with a bar each
check "scaling: two runs on two cores are both drawn" "$H" scaling strong-* threads-2 -o cores
check "scaling: a place for each" [ "$(tr -d '\n' <cores.html | grep -o 'What a step is made of.*' | grep -o '<title>sampling:' | wc -l)" = 3 ]
# of a run on one rank nearly all of a step is one part or another, unless the machine was busy with something else
parts_of_a_step() {
    rm -rf parts
    run 1 1 train run.yaml -o parts && "$H" scaling parts >out && awk '/^base / {good = $14 >= -0.001 && $14 < 0.5 * $6} END {exit !good}' out
}
check "scaling: parts of a step" tries 5 parts_of_a_step
# another seed, more hidden units, other data: no series, no speed-up
"$H" scaling strong-1 strong-2 sweep/2 small -o others >out 2>err
check "scaling: other configs" [ "$(awk '/^other / {print $(NF - 2), $(NF - 1), $NF}' out | sort | tr '\n' ';')" = "- - small;- - sweep/2;" ]
check "scaling: said in one line" [ "$(grep -c '2 runs without speed-up (series other)' err)" = "$(wc -l <err)" ]
check "scaling: empty in the CSV" [ "$(grep -c ',other,.*,,,[0-9a-f]*$' others.csv)" = 2 ]
# fields of the same variables, but other cliques: other models, whose parameters differ
printf '0,1\n1,1\n0,0\n' >pairs.csv
"$H" data import --states -o pairs.h5 pairs.csv >/dev/null
cat >field.yaml <<'END'
data: {train: pairs.h5}
model: {kind: mrf, variables: [A, B], cliques: [{variables: [A, B]}]}
train: {steps: 5, batch_size: 3, chains: 64, sweeps: 1, learning_rate: 0.05}
END
check "a field" run 1 1 train field.yaml -o field-1
check "another field" run 1 1 train field.yaml -o field-2 --set 'model.cliques=[{variables: [B, A]}]'
exits 0 "scaling of fields" "$H" scaling field-1 field-2
check "scaling: other cliques, another config" grep -q '^No two runs have the same config' out
"$H" collect field-1 field-2 >out
check "collect: cliques differ" grep -qE '^run +model.cliques' out
# the same config in the end, but not all the way: it must be seen
check "another way" run 1 1 train run.yaml -o other --set train.steps=100 --set train.learning_rate=0.05
check "to the same config" run 1 1 train run.yaml -o other --resume
refused 1 'found other parameters at step 200' bash -c '"$0" scaling strong-1 other -o differ >/dev/null' "$H"
check "scaling: and the page says so" grep -q 'parameters differ' differ.html
