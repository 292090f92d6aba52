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

# the first column's name as CSV quotes it
printf '%s\n' '"a ""b"", c",d' 0,1 1,1 1,0 >named.csv
printf '%s\n' '"a ""b, c",d' 0,1 >others.csv
"$H" data import -o named.h5 named.csv >/dev/null
check "train on named columns" run 1 1 train run.yaml -o named --set data.train=named.h5
for again in first second; do
    check "samples of named columns, $again" "$H" sample named -n 2 --sweeps 1 -o drawn.csv
done
check "under their names" [ "$(head -n 1 drawn.csv)" = '"a ""b"", c",d' ]
refused 2 '-o: found others.csv, a text file, expected' "$H" sample named -n 2 --sweeps 1 -o others.csv

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

# What can't be written whole is not there, and what was there before is: files may have 1,024 bytes, less than any of
# these. 
awk 'BEGIN {srand(5); for (r = 0; r < 60; r++) {l = ""; for (i = 0; i < 14; i++) l = l substr("-ACGU", 1 + int(5 * rand()), 1); print ">s" r; print l}}' >family.fasta
"$H" data import --alphabet rna -o family.h5 family.fasta >/dev/null 2>&1
printf 'data: {train: family.h5}\nmodel: {kind: potts}\ntrain: {steps: 4, batch_size: 64, chains: 64}\n' >family.yaml
check "a family" run 1 1 train family.yaml -q
check "a text of it" "$H" export family -o given.txt 2>/dev/null
awk 'BEGIN {srand(1); for (r = 0; r < 900; r++) {l = ""; for (i = 0; i < 9; i++) l = l (i ? "," : "") int(2 * rand()); print l}}' >long.csv
"$H" data import long.csv -o long.h5 >/dev/null 2>&1
limited() { (ulimit -f $kilobytes; exec timeout 60 "$H" "$@") >out 2>err </dev/null; }
unlimited() { "$H" "$@" >out 2>&1 </dev/null && cp "$file" former; }
one_line() { [ "$(grep -vc 'warning:' err)" = 1 ] && grep -q "^holode: $file: .*File too large" err; }
left_over() { find . -name '*partial*' | grep .; }
# cut FILE ARGUMENTS...: where FILE is not there, and where an earlier one is
cut() {
    local file=$1 code; shift
    rm -f "$file"
    limited "$@"; code=$?
    check "$*: exit code $code" [ $code = 1 ]
    check "$*, in one line: $(cat err)" one_line
    check "$*: no file" [ ! -e "$file" ]
    check "$*, without a limit" unlimited "$@"
    limited "$@"; code=$?
    check "$*: once more, exit code $code" [ $code = 1 ]
    check "$*: the former file" cmp "$file" former
    check "$*: nothing is left over" eval '! left_over'
}
kilobytes=1
for ending in h5 csv npy png; do cut big.$ending sample one -n 2000 --sweeps 1 -o big.$ending; done
for ending in fasta fa.gz csv; do cut seq.$ending sample family -n 2000 --sweeps 1 -o seq.$ending; done
for ending in h5 csv npy; do cut full.$ending predict one --data long.h5:train --hide 0.2 --sweeps 10 -o full.$ending; done
cut full.fasta predict family --data family.fasta -t 3 -o full.fasta
cut all.draws.csv predict one --data long.h5:train -t 3 --draws 9 -o all.draws.csv
cut pairs.csv contacts family -o pairs.csv
cut pairs.png contacts family -o pairs.png
cut pairs/contacts.csv contacts family -o pairs
cut scores.csv energies family --data family.fasta -o scores.csv
cut mutants.png energies family --mutants s0 -o mutants.png
for ending in uai fg txt dat.gz; do cut out.$ending export family -o out.$ending; done
cut moments.h5 evaluate one --data data.h5:train --method moments --sweeps 1 --chains 64 -o moments.h5
cut long.h5 data import -o long.h5 long.csv
cut bars.h5 data generate bars-and-stripes --size 8 -o bars.h5
cut page.html report one --sweeps 8 -o page.html
cut scaled.html scaling one -o scaled
limited import given.txt -o given; code=$?
check "import of couplings: exit code $code, nothing there" [ $code = 1 -a ! -e given/checkpoint-000000000.h5 ]
cp seq.fa.gz stranger.dat.gz
refused 2 '-o: found stranger.dat.gz' "$H" export family -o stranger.dat.gz
# HDF5 in the midst of it
kilobytes=100
cut most.h5 sample one -n 60000 --sweeps 1 --hidden -o most.h5
