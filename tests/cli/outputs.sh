#!/bin/bash
# What may be written over: an earlier output of the same kind, and nothing else.
. "$(dirname "$0")/../shell.sh"

"$H" data generate bars-and-stripes --size 3 -o data.h5 >/dev/null
printf '0,1,0\n1,1,0\n' >rows.csv
echo 'data: {train: data.h5}
model: {kind: rbm, hidden: 4}
train: {steps: 4, batch_size: 14, chains: 64, sweeps: 1, learning_rate: 0.05}' >run.yaml
"$H" data import -o splits.h5 --split train=rows.csv test=rows.csv >/dev/null
printf '%s\n' MARKOV 2 "2 2" 1 "2 0 1" "" 4 "1 2 3 4" >small.uai
printf '{model: {kind: mrf, file: small.uai}}\n' >small.yaml
printf 'P5 1 1 255 x' >grey.png
printf '\0\1\2' >bytes.h5
: >empty.h5
check "train" run 1 1 train run.yaml -o one
moments() { "$H" evaluate one --data data.h5:train --method moments --sweeps 1 --chains 64 "$@"; }
export -f moments; export H

kept() { cksum data.h5 rows.csv run.yaml splits.h5 small.uai small.yaml grey.png bytes.h5 one/checkpoint-*; }
before=$(kept)

# the name
refused 2 '-o: found "run.yaml", expected a name that ends in .h5' bash -c 'moments -o run.yaml'
refused 2 '-o: found "rows.txt", expected a name that ends in .h5, .png, .csv or .npy' "$H" sample one -o rows.txt
refused 2 '-o: found "run.yaml", expected a name that ends in .csv' "$H" collect one -o run.yaml
refused 2 '-o: found "rows.csv", expected a name that ends in .h5' "$H" data import rows.csv -o rows.csv
refused 2 '-o: found "run.yaml", expected a name that ends in .h5' "$H" data generate bars-and-stripes -o run.yaml

# what is read
refused 2 '-o: found data.h5, which this command reads' bash -c 'moments -o data.h5'
refused 2 '-o: found splits.h5, which this command reads' "$H" sample one --clamp splits.h5 -o splits.h5
refused 2 '-o: found small.uai, which this command reads' "$H" export small.yaml -o small.uai

# what is there
checkpoint=$(newest one)
refused 2 "-o: found $checkpoint, a checkpoint, expected another name" bash -c "moments -o $checkpoint"
refused 2 "-o: found $checkpoint, a checkpoint, expected" "$H" data generate bars-and-stripes -o "$checkpoint"
refused 2 '-o: found splits.h5, a data set of test, train, expected another name' bash -c 'moments -o splits.h5'
refused 2 '-o: found splits.h5, a data set of test, train, expected' "$H" sample one -o splits.h5
refused 2 '-o: found splits.h5, a data set of test, train, expected' "$H" data import rows.csv -o splits.h5
refused 2 '-o: found splits.h5, a data set of test, train, expected' "$H" data generate bars-and-stripes -o splits.h5
refused 2 '-o: found bytes.h5, a file of other bytes, expected' bash -c 'moments -o bytes.h5'
refused 2 '-o: found grey.png, a text file, expected' "$H" sample one -o grey.png
refused 2 '-o: found rows.csv, a text file, expected' "$H" collect one -o rows.csv
cp rows.csv table.csv; cp rows.csv not.uai; mkdir folder.h5
refused 2 '-o: found table.csv, a text file, expected' "$H" scaling one -o table
refused 2 '-o: found not.uai, a text file, expected' "$H" export small.yaml -o not.uai
refused 2 '-o: found folder.h5, a directory, expected' "$H" sample one -o folder.h5
check "refusals touched nothing" [ "$before" = "$(kept)" ]

# the same command again
for again in first second; do
    check "moments, $again" bash -c 'moments -o moments.h5 >/dev/null 2>err && grep -q "^moments.h5: means and correlations of 9 units" err'
    check "samples, $again" "$H" sample one --sweeps 1 --hidden -o samples.h5 2>/dev/null
    check "picture, $again" "$H" sample one --sweeps 1 -o samples.png 2>/dev/null
    check "import, $again" "$H" data import -o splits.h5 --split train=rows.csv test=rows.csv >/dev/null
    check "generate, $again" "$H" data generate bars-and-stripes --size 3 -o data.h5 >/dev/null
    check "collect, $again" "$H" collect one -o collected.csv >/dev/null
    check "scaling, $again" "$H" scaling one -o scaling >/dev/null
    check "export, $again" "$H" export small.yaml -o out.uai 2>/dev/null
    check "export, $again" "$H" export small.yaml -o out.fg 2>/dev/null
done
check "an empty file has nothing to lose" "$H" sample one --sweeps 1 -o empty.h5 2>/dev/null

# what a file is that is none of HDF5
: >nothing.h5
refused 3 'rows.csv: found a text file, expected an HDF5 file' "$H" inspect rows.csv
refused 3 'nothing.h5: found an empty file, expected an HDF5 file' "$H" inspect nothing.h5
refused 3 'bytes.h5: found a file of other bytes, expected an HDF5 file' "$H" data describe bytes.h5
