#!/bin/bash
# Golden runs: every shipped config, shortened, and a small run of each kind of model and of training, against what the
# program of an earlier commit made of them: parameters, chains and optimiser's state at the end, bit for bit, on several
# numbers of ranks and threads; and its checkpoints at half way, read and resumed to the same bits. tests/golden/format-1
# has checkpoints of the first format.
#
# tests/golden/NAME.txt has the digests of the last checkpoint (tests/tools/digest.c), tests/golden/NAME.h5.gz the
# checkpoint at half way. HOLODE_WRITE_GOLDEN=1 writes those that are missing, with the program HOLODE: for a new run, or,
# once the old files are deleted, where a change of bits is meant. That is a change for all users, and says so.
. "$(dirname "$0")/../shell.sh"
golden=$project/tests/golden
writes=${HOLODE_WRITE_GOLDEN:-}

# ---- data: rows near one of five prototypes, by a generator of its own (Lehmer's, exact in any awk), so that neither a
# change of the program's random numbers nor of awk's is a change of data
rows() {    # rows COLUMNS ROWS LEVELS SEED: lines of numbers from 0 to LEVELS - 1
    awk -v columns="$1" -v rows="$2" -v levels="$3" -v x="$4" '
        function random(n) {x = x * 16807 % 2147483647; return int(x / 2147483647 * n)}
        BEGIN {
            for (p = 0; p < 5; p++) for (i = 0; i < columns; i++) prototype[p, i] = random(levels)
            for (r = 0; r < rows; r++) {
                p = random(5)
                line = ""
                for (i = 0; i < columns; i++) line = line (i ? "," : "") (random(4) ? prototype[p, i] : random(levels))
                print line
            }
        }'
}
data() {    # data FILE COLUMNS TRAIN_ROWS VALID_ROWS LEVELS OPTION...
    local file=$1 columns=$2 train=$3 valid=$4 levels=$5; shift 5
    rows "$columns" $((train + valid)) "$levels" $((columns + levels)) >all.csv
    head -n "$train" all.csv >train.csv
    tail -n "$valid" all.csv >valid.csv
    "$HOLODE" data import "$@" -o "$file.h5" --split train=train.csv valid=valid.csv test=valid.csv >out 2>&1 || fail "data: $file"
}
data bars-and-stripes 16 30 8 2
data four 4 100 10 2 --states
data ising 4096 16 1 2
data jester 100 80 30 2
data mnist 784 100 20 256
data mushrooms 112 70 20 2
data nltcs 16 200 60 2
data plants 69 80 30 2
data spikes 15 90 20 2
data bits 12 40 20 2
data grey 12 40 20 256
data states 3 60 20 2 --states
data letters 12 40 20 4 --states
data rf00379 40 60 20 5 --states
data pf13354 30 60 20 21 --states
data several 5 60 20 4 --states

# ---- what is run
names=()
declare -A arguments
golden() { names+=("$1"); arguments[$1]=${*:2}; }     # golden NAME ARGUMENTS OF TRAIN...
last=12 half=6
# shipped NAME SET...: a shipped config, with steps few and evaluations often
shipped() { golden "$1" "$project/configs/$1.yaml" --set train.steps=$last --set evaluate.every=$half "${@:2}"; }
shipped bars-and-stripes
shipped four-variables --set data.train=four.h5
shipped ising-2d --set data.train=ising.h5
shipped jester
shipped mnist-16
shipped mnist-500
shipped mnist-rbm
shipped mushrooms-16
shipped mushrooms
shipped nltcs-boltzmann
shipped nltcs-latent
shipped nltcs-rbm
shipped pf13354 --set train.chains=128 --set train.sweeps=1
shipped plants
shipped rf00379 --set train.chains=130
shipped spikes --set data.train=spikes.h5 --set train.chains=512

# small runs, with batches and chains that are no multiples of 64; a later --set outdoes an earlier one
cat >small.yaml <<'END'
seed: 5
data: {train: "bits.h5:train", valid: "bits.h5:valid", binarize: sample, threshold: 0.5}
model: {kind: rbm, hidden: 9, temperature: 1}
train:
  {method: pcd, sweeps: 2, chains: 130, levels: 1, batch_size: 100, learning_rate: 0.1, schedule: linear, warmup_steps: 3,
   final_learning_rate: 0, optimiser: momentum, momentum: 0.5, square_decay: 0.999, epsilon: 1.0e-8, weight_decay: 0.001,
   average_steps: 0, initial_weights: 0.1}
evaluate: {samples: 64, exact_units: 0, walks: 0}
END
small() {   # small NAME KEY=VALUE...
    local name=$1 setting all=""; shift
    for setting in "$@"; do all+=" --set $setting"; done
    golden "$name" small.yaml --set train.steps=$last --set evaluate.every=$half $all
}
printf '%s\n' "0 1 0.5" "1 2 -0.5" "0 2 0.1" "3 4 1" "9 8 0.2" "5 9 0" "7 5 -1" "10 11 0.3" >graph.txt
printf '%s\n' "0 1" "1 2" "3 12" "4 10" "10 11" "11 12" "9 8" "12 0" "13 14" "14 2" >masked.txt
printf '%s\n' "0 1" "7 2" "3 4" "11 8" >pairs.txt
printf '%s\n' MARKOV 3 "2 2 2" 2 "2 0 1" "2 2 1" "" 4 "1 2 0.5 4" 4 "1 1 2 0.25" >chain.uai
printf '%s\n' MARKOV 3 "2 3 2" 3 "2 0 1" "2 2 1" "1 0" "" 6 "1 2 0 4 5 0.5" 6 "1 1 2 3 0.25 1" 2 "1 2" >wide.uai
all="train.optimiser=adam train.learning_rate=0.01 train.cosine_gain=0.1 train.clip_norm=0.5 train.l1=0.001 train.sparsity_cost=0.1"
uncentred="train.centered=false"
latent="model.kind=boltzmann model.hidden=5 model.positive_sweeps=3"
small rbm
small rbm-cd train.method=cd train.sweeps=3
small rbm-grey data.train=grey.h5:train data.valid=grey.h5:valid model.temperature=1.5
small rbm-adam $all
small rbm-average train.average_steps=5 train.schedule=inverse_time train.decay_steps=4
small rbm-levels train.levels=3 train.lowest_beta=0.1 train.average_steps=5 train.schedule=exponential train.final_learning_rate=0.01
small rbm-walks evaluate.walks=256 train.schedule=constant
small rbm-all $all train.levels=2 train.average_steps=4 evaluate.walks=256
small rbm-no-biases model.biases=false $uncentred
small visible model.kind=boltzmann model.hidden=0 train.optimiser=adam train.learning_rate=0.01
small visible-batches model.kind=boltzmann model.hidden=0 train.optimiser=adam train.learning_rate=0.01 train.positive=batches
small latent $latent
small latent-persistent $latent model.positive_persistent=true train.average_steps=5
small latent-cd $latent train.method=cd
small latent-levels $latent train.levels=3 train.lowest_beta=0.2
small latent-edges model.kind=boltzmann model.hidden=3 model.edges=masked.txt data.train=grey.h5:train data.valid=grey.h5:valid
small latent-no-visible $latent model.visible_couplings=false $uncentred
small ising-lattice model.kind=ising model.hidden=0 model.lattice=3x4 model.coupling=0.2 model.periodic=true
small ising-levels model.kind=ising model.hidden=0 model.lattice=12 model.periodic=false model.couplings=per_edge train.levels=3 train.optimiser=adam
small ising-edges model.kind=ising model.hidden=0 model.edges=graph.txt model.couplings=per_edge model.spins=binary
small ising-cd model.kind=ising model.hidden=0 model.lattice=2x2x3 model.periodic=false model.biases=false train.method=cd
states="model.kind=mrf model.hidden=0 data.train=states.h5:train data.valid=states.h5:valid"
small mrf $states model.file=chain.uai
small mrf-cd $states model.file=wide.uai train.method=cd train.optimiser=adam
small mrf-levels $states model.file=chain.uai train.levels=3 train.average_steps=5
letters="model.kind=potts model.hidden=0 data.train=letters.h5:train data.valid=letters.h5:valid"
small potts $letters
small potts-edges $letters model.edges=pairs.txt train.positive=batches train.optimiser=adam train.average_steps=5
small potts-levels $letters train.levels=3 train.pseudo_count=0.1 evaluate.walks=256
several="data.train=several.h5:train data.valid=several.h5:valid"
small rbm-states $several
small boltzmann-states $several model.kind=boltzmann model.hidden=5 model.positive_sweeps=3
cat <(grep -v '^model:' small.yaml) - >network.yaml <<'END'
model:
  kind: network
  positive_sweeps: 2
  layers:
    - {name: c, type: categorical, units: 2}
    - {name: d, type: categorical}
    - {name: s, units: 4, hidden: true, type: spin}
    - {name: k, units: 2, hidden: true, type: categorical, states: 3}
  blocks: [{layers: [c, d]}, {layers: [d]}, {layers: [c, s]}, {layers: [d, k]}, {layers: [s, k]}]
END
golden network network.yaml --set train.steps=$last --set evaluate.every=$half --set data.train=several.h5:train \
    --set data.valid=several.h5:valid

# ---- runs and comparisons
checkpoint() { printf '%s/checkpoint-%09d.h5' "$1" "$2"; }
trained() {     # trained LAYOUT NAME DIR OPTION...
    local layout=$1 name=$2 dir=$3; shift 3
    run "${layout%x*}" "${layout#*x}" train ${arguments[$name]} -q -o "$dir" --set checkpoint.every=$half --set checkpoint.minutes=0 "$@"
}
equals_golden() {   # equals_golden NAME DIR
    digest "$(checkpoint "$2" $last)" >sets && cmp -s sets "$golden/$1.txt" && return
    echo "    these differ: $(diff "$golden/$1.txt" sets | awk '/^[<>]/ {print $2}' | sort -u | xargs)"
    return 1
}
write() {       # write NAME: from a run on 1 rank and 1 thread
    [ ! -e "$golden/$1.txt" ] || return
    trained 1x1 "$1" written || { fail "$1 is not written"; return; }
    digest "$(checkpoint written $last)" >"$golden/$1.txt"
    [ -e "$project/configs/$1.yaml" ] || gzip -9 -n -c "$(checkpoint written $half)" >"$golden/$1.h5.gz"
    rm -rf written
}
for it in "${names[@]}"; do
    [ -z "$writes" ] || write "$it"
    for layout in 1x1 1x2 2x1 3x1; do
        check "$it on $layout" trained $layout "$it" run
        check "$it on $layout: golden" equals_golden "$it" run
        rm -rf run
    done
    [ -e "$golden/$it.h5.gz" ] || continue
    mkdir run && gzip -d -c "$golden/$it.h5.gz" >"$(checkpoint run $half)"
    check "$it: inspect" "$HOLODE" inspect run >/dev/null 2>&1
    check "$it: half, resumed" trained 2x1 "$it" run --resume
    check "$it: half, resumed: golden" equals_golden "$it" run
    rm -rf run
done
# a run of a version before train.positive went by batches, and goes on by them
mkdir run && gzip -d -c "$golden/visible-batches.h5.gz" >"$(checkpoint run $half)"
trained 1x1 visible run --resume --set train.positive=exact
check "batches, then exact: refused" [ $? -eq 2 ]
check "by name" grep -q 'train.positive: found exact in the config, expected batches as in the checkpoint' out
check "by batches, resumed" trained 2x1 visible run --resume
check "by batches, resumed: golden" equals_golden visible-batches run
rm -rf run
# files of format 1 are read, to what the version that wrote them made of them; their runs go on only when they are told
# to, and are of the newest format then
quietly() { "$@" >out 2>&1; }
while read -r it z; do
    mkdir run && gzip -d -c "$golden/format-1/$it.h5.gz" >"$(checkpoint run $half)"
    check "$it of format 1: inspect" eval "'$H' inspect run 2>&1 | grep -q 'in an older format'"
    check "$it of format 1: evaluate" eval "'$H' evaluate run 2>&1 | grep -q 'ln Z  *$z'"
    check "$it of format 1: sample" quietly "$H" sample run -n 4 -o samples.h5
    check "$it of format 1: export" quietly "$H" export run -o model.uai
    check "$it of format 1: report" quietly "$H" report run
    for layout in 1x1 2x1; do
        trained $layout "$it" run --resume
        check "$it of format 1 on $layout: resume is refused" [ $? -eq 2 ]
        check "$it of format 1 on $layout: by name" grep -q "$half.h5: found format 1, expected 2: .*--resume-older" out
    done
    check "$it of format 1: resumed all the same" trained 2x1 "$it" run --resume-older
    check "$it of format 1: under a warning" grep -q "warning: .*found format 1" out
    check "$it of format 1: of format 2 then" eval "'$H' inspect run --json | grep -q '\"format_version\": 2'"
    check "$it of format 1: which goes on by itself" trained 1x1 "$it" run --resume --set train.steps=$((last + 2))
    rm -rf run
done <<'END'
rbm-all 16.110571807
latent 13.302437568
ising-lattice 8.376800290
mrf 2.422889973
END
# each file is of a run
extra=$(comm -13 <(printf '%s\n' "${names[@]}" | sort) <(cd "$golden" && ls | grep -v format-1 | sed 's/\..*//' | sort -u))
check "files of no run: $extra" [ -z "$extra" ]
