#!/bin/bash
# What the user gets wrong: one line that names the place, the right exit code, nothing lost; also when only rank 0 can see it.
. "$(dirname "$0")/../shell.sh"

"$H" data generate bars-and-stripes --size 4 -o data.h5 >/dev/null
cat >good.yaml <<'END'
data: {train: data.h5}
model: {kind: rbm, hidden: 16}
train: {steps: 20, batch_size: 30, chains: 64, sweeps: 1, learning_rate: 0.05}
END
with() { sed "$1" good.yaml >bad.yaml; }

# usage: 2
refused 2 'found command "trian", expected a known one; did you mean train?' "$H" trian
refused 2 'found command "qwertyuiop", expected one of fit, train, sample' "$H" qwertyuiop
refused 2 'found "--output=~/run", expected the whole path' "$H" train good.yaml --output=~/run
refused 2 'found no CONFIG' "$H" train
refused 2 'unrecognized option' "$H" train --frobnicate good.yaml
refused 2 'good.yaml: ' "$H" train ./missing/good.yaml
refused 2 '--max-time: found "soon"' "$H" train good.yaml --max-time soon
refused 2 '-o: found with -s output=b, expected one of the two' "$H" train good.yaml -o a -s output=b
refused 2 '-T: found with --set model.temperature=3, expected one of the two' "$H" sample "$project/configs/ising-2d.yaml" -T 2 --set model.temperature=3
refused 2 '--seed: found with --set  seed =3, expected one of the two' "$H" sample "$project/configs/ising-2d.yaml" --seed 2 --set ' seed =3'
refused 2 'did you mean train.steps' "$H" train good.yaml --set steps=3
refused 2 'HOLODE_ISA: found "neon"' env HOLODE_ISA=neon "$H" data describe data.h5
refused 2 '-n: found "0"' "$H" sample data.h5 -n 0

# config: 2, with line and column
with 's/hidden/hiden/'; refused 2 'bad.yaml:2:' "$H" train bad.yaml
with 's/hidden: 16/hidden: 0/'; refused 2 'found 0, expected' "$H" train bad.yaml
with 's/hidden: 16/hidden: 16, biases: false/'; refused 2 'train.centered' "$H" train bad.yaml --set model.kind=boltzmann
refused 2 'train.positive: found exact, expected batches for a model with hidden units' "$H" train good.yaml --set train.positive=exact
refused 2 'expected one of them on' "$H" train good.yaml --set model.kind=boltzmann --set model.hidden=0 --set train.centered=false \
    --set model.biases=false --set model.visible_couplings=false
with 's/steps: 20/steps: 0.1x/'; refused 2 'bad.yaml:3:' "$H" train bad.yaml
refused 2 'train.learning_rate' "$H" train good.yaml --set train.learning_rate=fast
refused 2 'data.train: missing' "$H" train "$project/configs/ising-2d.yaml"
refused 2 'only training gives it parameters' "$H" sample good.yaml
refused 2 '--set: found run.h5, expected a config' "$H" sample run.h5 --set seed=2
refused 2 'found a length of 2, expected at least 3' "$H" sample "$project/configs/ising-2d.yaml" --set model.lattice=2x5

# edges: 3, with the line
edges() { printf '%s\n' "$@" >edges.txt; echo "model: {kind: ising, edges: edges.txt}" >edges.yaml; }
edges "0 1" "# a comment" "1 1"; refused 3 'edges.txt:3: found unit 1 joined to itself' "$H" sample edges.yaml
edges "0 1" "1 2" "0 1"; refused 3 'edges.txt:3: found the edge of units 0 and 1 a second time' "$H" sample edges.yaml
edges "0 1 0.5" "1 0 0.7"; refused 3 'edges.txt:2: found 0.7 for units 0 and 1, expected 0.5 as in line 1' "$H" sample edges.yaml
edges "0 1" "1 2 3"; refused 3 'edges.txt:2: found 3 fields, expected two units' "$H" sample edges.yaml
edges "0 1" "1 x"; refused 3 'edges.txt:2:3: found "x", expected a unit' "$H" sample edges.yaml
edges "0 1" "1 16"; echo "data: {train: data.h5}" >>edges.yaml; refused 3 'edges.txt:2: found "16", expected a unit from 0 to 15' "$H" train edges.yaml

# couplings and fields of units: 2, where the model has no room for them
edges "0 1 0.5" "1 2 -0.5"; refused 2 'model.couplings: found shared, but edges.txt has couplings that differ (0.5 and -0.5), expected per_edge' "$H" sample edges.yaml
edges "0 1 0.5" "1 1 0.25"; refused 2 'model.couplings: found shared, with one field for all units, but edges.txt has fields' "$H" sample edges.yaml
echo "model: {kind: ising, edges: edges.txt, couplings: per_edge}" >edges.yaml; echo "1 2 3" >fields.txt
refused 2 'model.biases: found false, but edges.txt has fields of units, expected true' "$H" sample edges.yaml --set model.biases=false
refused 2 'model.fields: found fields.txt, but edges.txt has fields, too' "$H" sample edges.yaml --set model.fields=fields.txt
edges "0 1 0.5" "1 2 0.5"; echo "1 2" >fields.txt
refused 3 'fields.txt: found 1 x 2 numbers, expected 3, a field for each unit' "$H" sample edges.yaml --set model.fields=fields.txt --set model.couplings=per_edge
refused 2 'model.fields=fields.txt: found one, expected none: it is for model.kind boltzmann or ising' "$H" train good.yaml --set model.fields=fields.txt
edges "0 1" "1 2"; check "no couplings" "$H" sample edges.yaml -n 1 >/dev/null 2>err
check "no couplings: told" grep -q 'warning: edges.yaml: all couplings are 0, and spins independent' err

# data: 3
with 's/data.h5/nothing.h5/'; refused 3 'nothing.h5' "$H" train bad.yaml
with 's/data.h5/"data.h5:wrong"/'; refused 3 'data.h5' "$H" train bad.yaml
echo "no HDF5" >text.h5
with 's/data.h5/text.h5/'; refused 3 'text.h5' "$H" train bad.yaml
refused 3 'text.h5' "$H" inspect text.h5
refused 3 'text.h5' "$H" sample text.h5
refused 3 'data.h5' "$H" evaluate data.h5
# what another command takes is told with its name
printf '0 1\n' >bits.csv; mkdir -p empty
import='(holode data import makes a data set of it)'
refused 2 "bits.csv: found a text file, expected a config $import" "$H" train bits.csv
refused 3 "bits.csv: found a text file, expected an HDF5 file $import" "$H" inspect bits.csv
refused 3 "bits.csv: found a text file, expected an HDF5 file $import" "$H" train good.yaml --set data.train=bits.csv
refused 2 'data.h5: found a data set of train, expected a config (a config names a data set as data.train)' "$H" train data.h5
refused 3 'expected a holode checkpoint (a config names a data set as data.train)' "$H" sample data.h5
refused 2 'empty: found a directory, expected a config (sample, evaluate and inspect take' "$H" train empty
refused 3 'good.yaml: found a text file, expected an HDF5 file (holode train takes configs)' "$H" inspect good.yaml
mkdir a:b; refused 3 'a:b/missing.h5: No such file' "$H" data describe a:b/missing.h5
cp data.h5 a:b/c:d.h5; check "a file with colons in its name" "$H" data describe a:b/c:d.h5:train >/dev/null
printf '0,1,0\n1,2,0\n' >slip.csv
"$H" data import -o slip.h5 slip.csv >/dev/null 2>err
check "binary data with a slip are asked about" grep -q 'warning: slip.csv: row 1, column 1 (from 0): found 2,' err
with 's/batch_size: 30/batch_size: 3000/'; refused 2 'bad.yaml: train.batch_size: found 3000, expected at most 1920: 64 for each of the 30 rows of data.train, data.h5' "$H" train bad.yaml
touch file; refused 2 '-o: found the file file, expected a directory' "$H" train good.yaml -o file
refused 2 'ising.yaml: data.train: found 16 columns, expected 9 as model.lattice' \
    bash -c 'echo "{data: {train: data.h5}, model: {kind: ising, lattice: 3x3}}" >ising.yaml; exec "$0" train ising.yaml -o no' "$H"

# what the kind or the method has no use for
refused 2 'model.hidden=3: found 3, expected none: it is for model.kind rbm or boltzmann' "$H" train ising.yaml -o no --set model.hidden=3
refused 2 'train.levels=3: found 3, expected none: it is for train.method pcd' "$H" train good.yaml -o no --set train.method=cd --set train.levels=3
check "cd with chains" "$H" train good.yaml -q -o cd --set train.method=cd --set train.chains=128 2>err
check "cd with chains: told" grep -q 'warning: good.yaml: train.chains: found 128, which has no effect: it is for train.method pcd' err
check "few chains" "$H" train good.yaml -q -o few --set train.chains=20 2>err
check "few chains: told" grep -q 'warning: good.yaml: train.chains: found 20: 64 take no longer' err
check "no hidden units where there are none" "$H" sample "$project/configs/ising-2d.yaml" --set model.hidden=0 -n 1 --sweeps 1 -o none.h5
check "a key of another optimiser" "$H" train good.yaml -q -o other --set train.square_decay=0.9 2>err
check "told" grep -q 'warning: good.yaml: train.square_decay: found a number, which has no effect: it is for train.optimiser adam' err
refused 2 '--data: found none, expected a data set for --method moments' "$H" evaluate cd --method moments

# resume: 2, by name
run 2 1 train good.yaml -o run
refused 2 'found the checkpoint of an earlier run' "$H" train good.yaml -o run
refused 2 'model.hidden: found 17' "$H" train good.yaml -o run --resume --set model.hidden=17
refused 2 'seed: found 3' "$H" train good.yaml -o run --resume --set seed=3
"$H" data generate bars-and-stripes --size 4 -o other.h5 >/dev/null
check "the same data elsewhere are taken" run 1 1 train good.yaml -o run --resume --set data.train=other.h5
mv data.h5 kept.h5; "$H" data generate bars-and-stripes --size 3 -o data.h5 >/dev/null
refused 2 'found other data' "$H" train good.yaml -o run --resume
mv kept.h5 data.h5
refused 2 'a checkpoint, expected another name' "$H" sample run -n 4 --sweeps 1 -o "$(newest run)"
before=$(cksum <"$(newest run)")
check "harmless changes are taken" run 2 1 train good.yaml -o run --resume --set train.steps=25 --set evaluate.every=5
check "refusals touched nothing" [ "$before" = "$(cksum <run/checkpoint-000000020.h5)" ]

# options of evaluate that the method would not take as they are: 2
refused 2 '--sweeps: found 1, expected at least 2 for --method bar' "$H" evaluate run --method bar --sweeps 1
refused 2 '--temperatures: found 1, expected at least 2 for' "$H" evaluate run --method bar --temperatures 1
refused 2 '--walks: found "1", expected a whole number from 2 to' "$H" evaluate run --walks 1
refused 2 '--walks: found --method pseudo, expected --method ' "$H" evaluate run --method pseudo --walks=8
refused 2 '--sweeps: found 3, expected at least 4 for --method mixing' "$H" evaluate run --method mixing --sweeps 3
refused 2 '-o: found --method bar, expected' "$H" evaluate run --method bar -o moments.h5
refused 2 '-o: found no --method, expected --method moments' "$H" evaluate run -o moments.h5
refused 2 '--temperatures: found --method exact, expected' "$H" evaluate run --method exact --temperatures 100
refused 2 '--ladder: found --method mixing, expected' "$H" evaluate run --method mixing --ladder adaptive
refused 2 '--start: found --method ais, expected' "$H" evaluate run --method ais --start random
refused 2 '--marginals: found --method ais, expected' "$H" evaluate run --method ais --marginals
refused 2 '--marginals: found with options of walks' "$H" evaluate run --marginals --temperatures 100
check "options of walks ask for walks" [ "$("$H" evaluate run --temperatures 100 --seed 1)" = "$("$H" evaluate run --method both --temperatures 100 --seed 1)" ]
refused 2 '--json: found with --history, expected one of the two' "$H" inspect run --history --json
refused 2 '--config: found with --history, expected one of the two' "$H" inspect run --history --config
refused 2 'only training gives it parameters' "$H" evaluate good.yaml

# numerical breakdown: 4, and the last good checkpoint named
refused 4 'last good checkpoint: diverged/checkpoint-' "$H" train good.yaml -q -o diverged --set train.steps=400 \
    --set train.learning_rate=1000000 --set train.schedule=constant --set checkpoint.every=1 --set train.momentum=0.99
check "the last good checkpoint is good" "$H" inspect diverged >/dev/null

# one rank's trouble is everyone's end: no hang, one message
cp good.yaml run.yaml
first='[ $OMPI_COMM_WORLD_RANK != 1 ] || cd /' start "$PWD/one-rank" 2
ended 3 "a file missing on rank 1"
check "said once, with the rank" [ "$(grep -c 'holode: rank 1 on' out)" = 1 ]

# a full standard output is a failure
exits 1 "full stdout" bash -c '"$0" data describe data.h5 >/dev/full' "$H"
