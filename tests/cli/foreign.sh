#!/bin/bash
# Files that another program changed, that are not what their name says, or whose text would speak to the terminal.
. "$(dirname "$0")/../shell.sh"
export OMP_NUM_THREADS=1

"$H" data generate bars-and-stripes --size 4 -o data.h5 >/dev/null
cat >run.yaml <<'END'
data: {train: data.h5}
model: {kind: rbm, hidden: 8}
train: {steps: 20, batch_size: 30, chains: 64, sweeps: 1, learning_rate: 0.05}
END
"$H" train run.yaml -q >out 2>&1 || fail "train"
good=run/checkpoint-000000020.h5

# without its trailer: cut where HDF5's part ends, which is the first of the file's last four words
part_of() { od -An -t d8 -j $(($(stat -c %s "$1") - 32)) -N 8 "$1" | tr -d ' '; }
cut_off() { cp "$1" "$2" && truncate -s "$(part_of "$1")" "$2"; }
cut_off $good cut.h5
for command in "inspect cut.h5" "sample cut.h5 -n 1" "evaluate cut.h5" "data describe cut.h5" "export cut.h5 -o cut.uai"; do
    refused 3 'cut.h5: found a checkpoint without its trailer, expected one (holode seal FILE' "$H" $command
done
mkdir older && cp cut.h5 older/checkpoint-000000020.h5
refused 2 'found the checkpoint of an earlier run' "$H" train run.yaml -o older --unchecked
check "resumed unchecked" "$H" train run.yaml -o older --resume --unchecked --set train.steps=30 -q >out 2>&1
check "read unchecked" "$H" inspect cut.h5 --unchecked >out 2>&1
"$H" inspect $good | tail -n +2 >expected
check "sealed" "$H" seal cut.h5 >out 2>&1
check "told" grep -qx 'cut.h5: sealed, [0-9]* data sets' out
check "the same afterwards" cmp -s expected <("$H" inspect cut.h5 | tail -n +2)
check "nothing beside it" [ "$(ls | grep -c '^cut\.h5')" = 1 ]
cut_off data.h5 plain.h5
check "a data set without trailer is one of HDF5" "$H" data describe plain.h5 >out 2>&1
check "and may get one" "$H" seal plain.h5 >out 2>&1
check "told" grep -qx 'plain.h5: sealed, 1 data set' out
contents() { h5dump "$1" | tail -n +2; }       # values, attributes and checksums; not where they lie
check "as it was written" cmp -s <(contents plain.h5) <(contents data.h5)
check "with all that a trailer guards" "$H" data describe plain.h5 >out 2>&1

# a trailer that does not agree, and is looked past where one rank reads alone, too
cp data.h5 torn.h5; printf '\252\125' | dd of=torn.h5 bs=1 seek=$(($(stat -c %s data.h5) - 16)) conv=notrunc status=none
for command in "data describe torn.h5" "sample $good -n 2 --clamp torn.h5:train" "evaluate $good --data torn.h5:train"; do
    refused 3 'torn.h5: structure: checksum found' "$H" $command
    check "unchecked: $command" "$H" $command --unchecked >out 2>&1
done

# damaged as well: never handed to HDF5
bytes=$(part_of $good) wrong=0
for i in 1 2 3 4 5 6 7 8; do
    cut_off $good damaged.h5
    printf '\377\376\375' | dd of=damaged.h5 bs=1 seek=$((bytes * i / 97 + 700)) conv=notrunc status=none
    "$H" inspect damaged.h5 >out 2>err; [ $? = 3 ] && [ "$(wc -l <err)" = 1 ] || wrong=$((wrong + 1))
done
check "damaged without trailer: refused" [ $wrong = 0 ]
truncate -s 9000 damaged.h5; refused 3 'the file was cut short' "$H" inspect damaged.h5
cp $good flipped.h5; printf '\001\002' | dd of=flipped.h5 bs=1 seek=1000 conv=notrunc status=none
refused 3 'structure: checksum found' "$H" seal flipped.h5                  # damage is no change
refused 3 'found a text file' "$H" seal run.yaml
refused 3 'found a folder, expected a regular file' "$H" seal run
refused 2 'found no FILE' "$H" seal

# names that are no files: nothing waits
mkdir way && mkfifo way/owner pipe.h5 pipe.csv
refused 2 'way/owner: found a pipe, expected a regular file or none' "$H" train run.yaml -q -o way
rm way/owner; ln -s /dev/zero way/owner
refused 2 'way/owner: found a symbolic link' "$H" train run.yaml -q -o way
refused 3 'pipe.h5: found a pipe' "$H" inspect pipe.h5
refused 3 'pipe.h5: found a pipe' "$H" train run.yaml -q -o way2 --set data.train=pipe.h5
refused 3 'pipe.h5: found a pipe' "$H" seal pipe.h5
refused 3 'pipe.csv: found a pipe' "$H" sample $good -n 1 --clamp pipe.csv
mkfifo run/checkpoint-000000099.h5 run/evaluation.json
check "pipes among the checkpoints are passed over" timeout 20 "$H" collect run >out 2>err
check "by name" grep -q 'checkpoint-000000099.h5: found a pipe' err
check "a config through a pipe" timeout 20 "$H" train <(cat run.yaml) -q -o piped >out 2>&1

# a start that watches another host's owner ends on the first signal
mkdir watched
printf 'holode: the start of the run that this directory belongs to\ntoken 00000000000000ab\nhost elsewhere\nspace pid:[1]\npid 1\nborn 7\njob -\nrestart 0\nsince 2026-01-31T12:00:00\nstate running\n' >watched/owner
"$H" train run.yaml -o watched >out 2>err & pid=$!
for i in $(seq 100); do grep -q 'waiting' err && break; sleep 0.1; done
kill -TERM $pid; began=$SECONDS; wait $pid
check "stopped while it waited" [ $? = 75 ]
check "at once" [ $((SECONDS - began)) -lt 8 ]
check "said" grep -q 'watched/owner: stopped (SIGTERM) before the first step' err

# what a name says to the terminal is spelt out
evil=$'evil\e]0;title\a.h5'
refused 3 'evil\x1b]0;title\x07.h5' "$H" inspect "$evil"
cp data.h5 "$evil"; "$H" inspect "$evil" --json >out 2>err
check "in JSON too" [ "$(tr -d '[:print:]\n\t' <out | wc -c)" = 0 ]
cp data.h5 "größe.h5"; "$H" data describe größe.h5:nichts >out 2>err
check "letters stay" grep -q 'größe.h5: found no data set /nichts' err

# file systems without locks
if echo 'int flock(int a, int b) { (void)a; (void)b; *__errno_location() = 37; return -1; }' |
        ${CC:-cc} -include errno.h -shared -fPIC -x c -o nolock.so - 2>/dev/null; then
    check "no locks" env LD_PRELOAD="$PWD/nolock.so" "$H" train run.yaml -q -o nolock >out 2>&1
else skip "no C compiler for a library without locks"; fi

# HDF5 from elsewhere, by HDF5's own tools
if command -v h5import >/dev/null; then
    echo "1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 0" >free.txt
    printf '%s\n' 'PATH test' 'RANK 2' 'DIMENSION-SIZES 1 16' 'INPUT-CLASS TEXTIN' 'INPUT-SIZE 8' 'OUTPUT-CLASS IN' 'OUTPUT-SIZE 8' >free.conf
    h5import free.txt -c free.conf -o free.h5 >/dev/null 2>&1
    "$H" sample $good -n 5 --clamp free.h5 -o a.h5 >out 2>&1; "$H" sample $good -n 5 --clamp free.txt -o b.h5 >>out 2>&1
    check "-1 is free in HDF5 as it is in text" cmp -s a.h5 b.h5
else skip "no h5import (hdf5-tools)"; fi
if command -v h5repack >/dev/null; then
    h5repack -f NONE data.h5 repacked.h5
    "$H" data describe data.h5 >expected 2>&1
    check "repacked without compression" cmp -s expected <("$H" data describe repacked.h5 2>&1)
else skip "no h5repack (hdf5-tools)"; fi
