#!/bin/bash
# holode plan and holode bench --network: sizes that follow from the config, memory and files against runs', warnings,
# refusals. Predicted times are no matter of tests.
. "$(dirname "$0")/../shell.sh"
. "$project/tests/bench/plan_lib.sh"

"$HOLODE" data generate bars-and-stripes --size 16 -o data.h5 >/dev/null
cat >run.yaml <<END
data: {train: data.h5}
model: {kind: rbm, hidden: 3000}
train: {chains: 640, batch_size: 320, steps: 40, sweeps: 1, learning_rate: 0.05}
checkpoint: {minutes: 0}
END

check "plan" run 1 1 plan run.yaml --json
parameters=$((256 + 3000 + 256 * 3000))
check "parameters" [ "$(value parameters)" = $parameters ]
check "two sums of 16 bits, each with two requests" [ "$(value message_bytes)" = $((2 * 2 * (parameters + 2))) ]
check "no messages on one node" [ "$(value sent_bytes)" = 0 ]
joint="--set train.batch_size=640 --set train.centered=false --json"
check "as many samples as chains" run 1 1 plan run.yaml $joint --ranks 2
check "have one sum" [ "$(value message_bytes)" = $((2 * (parameters + 2))) ]
check "of which two nodes send each other half, and half of the result" [ "$(value sent_bytes)" = "$(value message_bytes)" ]
check "centred" run 1 1 plan run.yaml $joint --set train.centered=true
check "with the means of the data" [ "$(value message_bytes)" = $((2 * (parameters + 2 + 256 + 3000))) ]
check "more chains" run 1 1 plan run.yaml $joint --set train.batch_size=2240 --set train.chains=2240
check "take 32 bits" [ "$(value message_bytes)" = $((4 * (parameters + 2))) ]
check "parts of the sum" grep -q '"sums over ranks": ' out

# what runs take, and their files; tests/bench/plan.sh has more of them
plan_prepare "$project/tests/bench/pss.c" "$scratch"
for ranks in 1 2; do
    for name in small cd; do
        plan_compare $name $ranks
        status=$?
        check "$name on $ranks: planned $planned, measured $measured; file $file_planned, on the disk $file_size" [ $status = 0 ]
    done
done
check "a run that no machine has memory for" run 1 1 plan run.yaml --visible 200000 --samples 10000000 --ranks 4 \
    --set model.hidden=100000 --json
check "is planned" [ "$(value rank_bytes)" -gt 500000000000 ]

small="--set model.hidden=64"
check "five blocks on 8 ranks" run 1 1 plan run.yaml $small --ranks 8 --json
check "warned of" grep -q "found 5 blocks of 64 for 8 ranks" out
check "memory of a node" run 1 1 plan run.yaml $small --memory 0.001
check "is warned of" grep -q "of a node's memory" out
check "counts of states" run 1 1 plan run.yaml --set model.kind=boltzmann --set model.hidden=0 --json
check "travel as 16 bits, the chains' alone" [ "$(value message_bytes)" = $((2 * (256 + 256 * 256 + 2))) ]
check "on 2 ranks of a node" run 1 1 plan run.yaml --set model.kind=boltzmann --set model.hidden=0 --ranks 2 --json
check "by batches" run 1 1 plan run.yaml --set model.kind=boltzmann --set model.hidden=0 --set train.positive=batches --json
check "both phases' do" [ "$(value message_bytes)" = $((2 * 2 * (256 + 256 * 256 + 2))) ]
check "sizes without the file" run 1 1 plan run.yaml $small --set data.train=none.h5 --visible 100 --samples 5000 --json
check "are taken" [ "$(value parameters)" = $((100 + 64 + 100 * 64)) ]
# libraries' pages are counted in, some more or fewer each time: the rows are many
check "many rows" run 1 1 plan run.yaml $small --set data.train=none.h5 --visible 100 --samples 500000 --json
whole=$(value "data set")
check "rows that lack values" run 1 1 plan run.yaml $small --set data.train=none.h5 --visible 100 --samples 500000 --missing --json
check "take masks, a word for every 64 units, and what is read at a time a byte more a value" \
    near $(($(value "data set") - whole)) $((500000 * 2 * 8 + (1 << 22))) 200000
check "pairs of 300 columns of 5 states" run 1 1 plan run.yaml --visible 300 --states 5 --samples 5000 --set model.kind=potts \
    --set model.hidden=0 --set data.train=none.h5 --set train.sweeps=1 --set train.chains=64 --json
check "as many parameters" [ "$(value parameters)" = $((300 * 5 + 300 * 299 / 2 * 25)) ]
refused 2 "--states: found 5 beside a data set that is here" "$HOLODE" plan run.yaml --states 5 --set model.kind=potts --set model.hidden=0
check "a large model, measured smaller" run 1 1 plan run.yaml --visible 9000 --samples 5000 --set model.hidden=1000 --curve --json
check "a row for each power of two" [ "$(grep -o '"ranks"' out | wc -l)" = 13 ]
check "weak scaling" run 1 1 plan run.yaml $small --curve=weak
check "table for 1 to 4096 ranks" [ "$(awk '$1 == 4096 {print $2}' out)" = 5 ]

# a measurement on a loaded machine may be several times off, not a hundred
check "cores as they are" run 1 1 plan run.yaml $small --json
here=$(value step)
check "slower cores" run 1 1 plan run.yaml $small --speed 0.001 --json
check "a step of theirs" awk -v here="$here" -v there="$(value step)" 'BEGIN {exit !(there > 50 * here)}'
refused 2 "--speed" "$HOLODE" plan run.yaml --speed 0

refused 2 "expected LATENCY,BANDWIDTH" "$HOLODE" plan run.yaml --network 3
refused 2 "expected LATENCY,BANDWIDTH" "$HOLODE" plan run.yaml --network 3us,4
refused 3 "--visible and --samples stand for a file" "$HOLODE" plan run.yaml --set data.train=none.h5
refused 2 "expected strong or weak" "$HOLODE" plan run.yaml --curve=sideways
refused 2 "expected at least 2" "$HOLODE" bench --network

HOLODE_NODE_RANKS=1 run 3 1 bench --network --json --seconds 0.02
check "bench --network on 3 nodes" grep -q '"ranks": 3, "nodes": 3' out
check "positive" awk -v b="$(value plan_bandwidth)" -v l="$(value plan_latency)" 'BEGIN {exit !(b > 0 && l > 0)}'
run 2 1 bench --network --seconds 0.02
check "on one node" grep -q "2 ranks on 1 node" out
check "said to be memory" grep -q "All ranks share a node: this is its memory" out
link=$(sed -n 's/^holode plan --network //p' out)
check "the last line is plan's" [ "$(tail -n 1 out)" = "holode plan --network $link" ]
check "which takes it" run 1 1 plan run.yaml $small --ranks 2 --node-ranks 1 --network "$link"
check "one of a thing" grep -q '; 2 ranks of 1 thread on 2 nodes$' out
check "on one rank" run 1 1 plan run.yaml $small
check "is one rank" grep -q '; 1 rank of 1 thread on 1 node$' out
check "many more ranks than work" run 1 1 plan run.yaml $small --ranks 64
check "what takes the time is named" grep -qE 'efficiency [0-9]+%: of a step [0-9]+% are sums over ranks, [0-9]+% the update, .* [0-9]+% whole blocks' out
refused 2 'ising-2d.yaml: data.train: missing' "$HOLODE" plan "$project/configs/ising-2d.yaml"
printf 'data: {train: none.h5}\nmodel: {kind: potts}\ntrain: {steps: 10, chains: 128}\n' >potts.yaml
check "an exact positive phase, ranks of a node" run 1 1 plan potts.yaml --visible 20 --states 3 --samples 100 --ranks 2 --node-ranks 2
check "is planned" grep -q 'exact positive phase, 128 chains' out
