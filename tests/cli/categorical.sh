#!/bin/bash
# Data sets of states give rbm and boltzmann categorical visible units: likelihoods by three ways, samples that are
# states, what is held of them, marginals, and what is refused.
. "$(dirname "$0")/../shell.sh"

# three variables of 5, 2 and 3 states: the third one is the first one's, mostly; state 3 of the first never occurs
awk 'BEGIN {srand(4); print "a,b,c"; for (r = 0; r < 600; r++) {a = int(rand() * 4); if (a == 3) a = 4; print a "," int(rand() * 2) "," (rand() < 0.8 ? a % 3 : int(rand() * 3))}}' >states.csv
exits 0 "import" "$H" data import -o states.h5 --states states.csv
cat >config.yaml <<'END'
seed: 3
data: {train: states.h5}
model: {kind: rbm, hidden: 4}
train: {method: pcd, chains: 128, batch_size: 100, steps: 3000, learning_rate: 0.5, schedule: linear}
evaluate: {every: 1000, exact_units: 8}
END
exits 0 "plan" "$H" plan config.yaml
check "the plan has its size" grep -qF "rbm, 3 variables of 9 units and 4 hidden units, 49 parameters" out
exits 0 "train" "$H" train config.yaml -o run
check "the size in words" grep -qF "rbm: 3 variables of 9 units and 4 hidden units, 49 parameters" out err
check "what never occurs is told" grep -qF "data.train: states.h5: 1 states occur in no row (the first one in column 0, from 0)" err

# ---- likelihoods: independent columns have ln 4 + ln 2 + the third one's; what they know of each other is learned
exits 0 "exact" "$H" evaluate run --data states.h5:train --json
exact=$(value log_partition) likelihood=$(value log_likelihood)
truth=$(awk -F, 'NR > 1 {n[$0]++; all++} END {for (x in n) sum += n[x] * log(n[x] / all); print sum / all}' states.csv)
check "the data are learned" near "$likelihood" "$truth" 0.05
exits 0 "annealing" "$H" evaluate run --data states.h5:train --method ais --json
check "annealing's ln Z" near "$(value ais_log_partition)" "$exact" 0.1
exits 0 "pseudo-likelihood" "$H" evaluate run --data states.h5:train --method pseudo
exits 0 "marginals" "$H" evaluate run --marginals --json
check "probabilities add up to the variables and hidden units" \
    [ "$(grep -oE '"(a|b|c|h[0-3])": \[[^]]*\]' out | sed 's/.*\[//; s/\]//' | tr ',' '\n' | awk '{sum += $1} END {printf "%.3f", sum}')" = 7.000 ]

# ---- samples
exits 0 "sample" "$H" sample run -n 4000 --sweeps 50 -o samples.csv
check "are states" [ "$(tail -n +2 samples.csv | awk -F, '$1 > 4 || $2 > 1 || $3 > 2 || NF != 3' | wc -l)" = 0 ]
check "have names" [ "$(head -n 1 samples.csv)" = a,b,c ]
check "go together as the data do" near "$(awk -F, 'NR > 1 {same += $1 % 3 == $3} END {print same / (NR - 1)}' samples.csv)" \
    "$(awk -F, 'NR > 1 {same += $1 % 3 == $3} END {print same / (NR - 1)}' states.csv)" 0.05
printf 'a,b,c\n-1,-1,2\n' >clamp.csv
exits 0 "sample what is not known" "$H" sample run -n 400 --sweeps 50 --clamp clamp.csv -o held.csv
check "what is known stays" [ "$(tail -n +2 held.csv | cut -d, -f3 | sort -u)" = 2 ]
check "the rest follows" near "$(awk -F, 'NR > 1 {n += $1 == 2} END {print n / (NR - 1)}' held.csv)" \
    "$(awk -F, 'NR > 1 && $3 == 2 {all++; n += $1 == 2} END {print n / all}' states.csv)" 0.12

# ---- boltzmann, and what is refused
exits 0 "hidden units that are coupled" "$H" train config.yaml -o latent --set model.kind=boltzmann --set model.visible_couplings=false --set train.steps=20
exits 0 "and visible ones, too" "$H" train config.yaml -o all --set model.kind=boltzmann --set train.steps=20
exits 0 "and these alone" "$H" train config.yaml -o pairs --set model.kind=boltzmann --set model.hidden=0 --set train.steps=200
exits 0 "their likelihood" "$H" evaluate pairs --data states.h5:train --json
check "pairs are learned" near "$(value log_likelihood)" "$truth" 0.1
check "no state is coupled with its own variable's" \
    [ "$(h5dump -d /parameters/visible_couplings -s 0,0 -c 5,5 "$(newest pairs)" | grep '^ *([0-9],0)' | sed 's/.*://' | tr -d ' \n')" = "$(printf '0,0,0,0,0,%.0s' 1 2 3 4)0,0,0,0,0" ]
printf '0 1\n' >edges.txt
refused 2 "found edges and columns of states, expected one of the two" \
    "$H" train config.yaml -o no --set model.kind=boltzmann --set model.edges=edges.txt
exits 0 "go on" "$H" train config.yaml -o run --resume --set train.steps=3020
finish
