#!/bin/bash
# Log-likelihoods along a run by carried walks, patience and the best checkpoint: against enumeration, on any ranks, resumed.
. "$(dirname "$0")/../shell.sh"

"$H" data generate bars-and-stripes --size 5 -o data.h5 >/dev/null
cat >run.yaml <<'END'
data: {train: data.h5, valid: "data.h5:train"}
model: {kind: rbm, hidden: 12}
train: {sweeps: 1, chains: 100, batch_size: 62, steps: 400, learning_rate: 0.2, schedule: constant, average_steps: 30}
evaluate: {every: 40, samples: 64, exact_units: 0, walks: 512}
checkpoint: {every: 1000, keep: 1}
END
metrics() { for m in step valid_log_likelihood log_partition log_partition_error effective_walks; do column $m "$1"; done; }

check "1 rank" run 1 1 train run.yaml -o once
for layout in "1 2" "2 1" "3 1"; do
    check "$layout" run $layout train run.yaml -o "again $layout"
    check "$layout: the same walks" same once "again $layout"
    check "$layout: the same curve" [ "$(metrics once)" = "$(metrics "again $layout")" ]
done
# ended between two evaluations, then longer
check "170 steps" run 2 1 train run.yaml -o longer --set train.steps=170
check "an evaluation at the end" [ "$(column step longer | tail -n 1)" = 170 ]
check "then 400" run 3 1 train run.yaml -o longer --resume
check "170 + 230: the same walks" same once longer
check "170 + 230: the same curve" [ "$(metrics once)" = "$(metrics longer)" ]

# the same run with ln Z by enumeration: rows within 5 standard errors (8 islands: Student's t with 7 degrees of freedom, 1 in
# 600 a row, 1 in 60 for the run; the seed is fixed)
check "exact" run 1 2 train run.yaml -o exact --set evaluate.exact_units=12
check "the same parameters" cmp <(h5dump -d /parameters/weights "$(newest once)" | tail -n +2) \
    <(h5dump -d /parameters/weights "$(newest exact)" | tail -n +2)
pasted() { local f=0; while [ $# -gt 0 ]; do column "$1" "$2" >"column.$((f++))"; shift 2; done; paste column.?; rm column.?; }  # pasted NAME RUN ...
pasted log_partition once log_partition exact log_partition_error once >rows
check "11 rows" [ "$(wc -l <rows)" = 11 ]
check "carried ln Z as exact" awk '{d = $1 - $2; if (d < 0) d = -d; if (!(d < 5 * $3 + 0.02)) exit 1}' rows

# patience: where the history of the run without it says; a resumed run goes on only when told
like() { run 1 2 train run.yaml --set train.learning_rate=0.6 --set evaluate.exact_units=12 --set evaluate.walks=0 "$@"; }
like -o patient
expected=$(pasted step patient valid_log_likelihood patient |
    awk 'NR == 1 || $2 > best {best = $2; at = NR} NR - at >= 2 {print $1; exit}')
check "the run has a place for patience (step $expected)" [ "${expected:-400}" -lt 400 ]
like -o stopped --set evaluate.patience=2 --set checkpoint.best=true
check "ended where it should" [ "$(column step stopped | tail -n 1)" = "$expected" ]
check "and says so" grep -q "ended at step $expected of 400: no better log-likelihood of data.h5:train in 2 evaluations" out
like -o stopped --set evaluate.patience=2 --resume
check "a resumed one does not go on" [ "$(column step stopped | tail -n 1)" = "$expected" ]
check "and says so again" grep -q "ended at step $expected of 400" out
check "a best one that stays is told" grep -q "warning: stopped/checkpoint-best.h5 stays as it is" out

# the best: a file for all commands, none for --resume
best=$(pasted step stopped valid_log_likelihood stopped | sort -k2,2g | tail -n 1)
check "best checkpoint" [ "$(column step stopped/checkpoint-best.h5 | tail -n 1)" = "${best%%	*}" ]
"$H" evaluate stopped/checkpoint-best.h5 --data data.h5:train --method exact >out 2>&1
check "its log-likelihood" near "$(awk '/^log-likelihood/ {print $2; exit}' out)" "${best##*	}" 1e-4
cp out by-file
# and for the run's directory, with a word on it; but where it is looked at as a run, up to its newest one
step=${best%%	*} word="stopped/checkpoint-best.h5: the best checkpoint of the run, of step ${best%%	*}"
exits 0 "of the directory" "$H" evaluate stopped --data data.h5:train --method exact
check "of the directory: the same" cmp out by-file
check "of the directory: the word" [ "$(cat err)" = "$word" ]
check "a run past its best climbs no more" [ "$(grep -c climbs out)" = 0 ]
exits 0 "samples of it" "$H" sample stopped -n 3 -o three.h5
check "samples: the word" grep -qxF "$word" err
exits 0 "export" "$H" export stopped -o best.uai
check "export: the word" grep -qxF "$word" err
exits 0 "inspect" "$H" inspect stopped
check "inspect: the file" [ "$(head -n 1 out)" = "stopped/checkpoint-best.h5 (the best of the run)" ]
check "inspect: its step" grep -q "written by .* step $step," out
check "the history is the run's" [ "$(column step stopped | tail -n 1)" = "$expected" ]
"$H" evaluate stopped --data data.h5:train --method exact --json >stopped/evaluation.json 2>/dev/null
"$H" collect stopped -o table.csv >out 2>&1
cell() { awk -F, -v name="$1" 'NR == 1 {for (i = 1; i <= NF; i++) if ($i == name) at = i} NR == 2 {print $at}' table.csv; }
check "collect: the run's step" [ "$(cell step)" = "$expected" ]
check "collect: the evaluation of the best" near "$(cell held_out_log_likelihood)" "${best##*	}" 1e-4
rm stopped/evaluation.json
exits 0 "report" "$H" report stopped --sweeps 0
check "report: the word" grep -qxF "$word" err
check "report: the likelihood of the best" grep -q "$(printf '%.2f' "${best##*	}" | sed 's/-/[-−]/')[0-9]* nats per sample" \
    stopped/report.html
check "report: it is not past its best" grep -q "The page is on the best checkpoint" stopped/report.html
refused 2 "old/checkpoint-best.h5: found the best checkpoint of an earlier run, and no other, expected none (-o DIR starts" \
    env -C . bash -c 'mkdir old; cp stopped/checkpoint-best.h5 old; exec "$0" train run.yaml -o old' "$H"
refused 2 "old/checkpoint-best.h5: found the best checkpoint" "$H" train run.yaml -o old --resume
check "one numbered checkpoint beside it" [ "$(ls stopped | grep -c '^checkpoint-0')" = 1 ]
like -o stopped --set evaluate.patience=0 --resume
check "on to the end without patience" [ "$(column step stopped | tail -n 1)" = 400 ]
check "resumed from the newest one" grep -q "resuming from stopped/checkpoint-0*$expected.h5" out
check "as the run without it" [ "$(metrics patient)" = "$(metrics stopped)" ]

# the reconstruction error of 30 samples, 18 draws each, against its expectation by enumeration of 3 hidden units. A draw
# of a sample's error has a standard deviation below 0.1: beyond 5 standard errors, 0.1 / sqrt(540), for one seed in a million
"$H" data generate bars-and-stripes --size 4 -o small.h5 >/dev/null
cat >few.yaml <<'END'
data: {train: small.h5}
model: {kind: rbm, hidden: 3}
train: {steps: 300, batch_size: 30, chains: 64, learning_rate: 0.2, initial_weights: 0.5, sweeps: 1}
END
check "a small set" run 2 1 train few.yaml -o few
for part in visible_bias hidden_bias weights; do numbers "$(newest few)" /parameters/$part; done >theta
numbers small.h5 /train >rows
expected=$(awk 'NR == FNR {t[n++] = $1; next} {v[m++] = $1}
    END {for (r = 0; r < m / 16; r++) for (h = 0; h < 8; h++) {
            p = 1
            for (j = 0; j < 3; j++) {
                f = t[16 + j]; for (i = 0; i < 16; i++) f += v[16 * r + i] * t[19 + 3 * i + j]
                p *= 1 / (1 + exp(int(h / 2 ^ j) % 2 ? -f : f))
            }
            for (i = 0; i < 16; i++) {
                f = t[i]; for (j = 0; j < 3; j++) if (int(h / 2 ^ j) % 2) f += t[19 + 3 * i + j]
                sum += p * (v[16 * r + i] - 1 / (1 + exp(-f))) ^ 2
            }
        }
        print sum / m}' theta rows)
check "its reconstruction error, expected $expected" awk -v a="$(column reconstruction_error few | tail -n 1)" -v b="$expected" \
    'BEGIN {d = a - b; exit !(b > 0.05 && d * d < 0.0215 ^ 2)}'

# refused where there is no likelihood to go by, and walks that can't be
refused 2 'run.yaml: evaluate.patience: found 3, but no log-likelihood to go by' "$H" train run.yaml -o r --set evaluate.walks=0 --set evaluate.patience=3
refused 2 'run.yaml: checkpoint.best: found true, but no log-likelihood to go by' "$H" train run.yaml -o r --set data.valid= --set checkpoint.best=true
refused 2 'evaluate.walks: found 100, expected 0 or a multiple of 64' "$H" train run.yaml -o r --set evaluate.walks=100
refused 2 'evaluate.walks: found 512 in the config, expected 0 as in the checkpoint' "$H" train run.yaml -o patient --resume \
    --set train.learning_rate=0.6 --set evaluate.exact_units=12
