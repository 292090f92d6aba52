#!/bin/bash
# Faults, put in by hand: a rank killed at every stage of a run, a full disk, a file missing on one rank, a second run in
# the same directory. Whatever happens: over within 30 s, not zero, and the last checkpoint is good.
. "$(dirname "$0")/../shell.sh"

make_run 400 100 "every: 20"
check "the whole run" run 1 2 train run.yaml -o whole
long="--set train.steps=100000000"

# over WHAT: the run is over within 30 s of now, and not with 0
over() {
    local i code
    for i in $(seq 300); do kill -0 $job 2>/dev/null || break; sleep 0.1; done
    check "$1: over within 30 s" [ "$i" -lt 300 ]
    kill -9 "$(rank_of 0)" "$(rank_of 1)" "$(rank_of 2)" 2>/dev/null
    wait $job; code=$?
    cp said out
    check "$1: exit code $code" [ $code != 0 ]
}
# still_good WHAT: what the run left goes on to the same bits
still_good() {
    check "$1: the rest" run 2 1 train run.yaml -o "$OUT" --resume
    check "$1: same bits" same whole "$OUT"
}

# at the start, while the others wait for it in MPI_Init
first='[ $OMPI_COMM_WORLD_RANK != 1 ] || sleep 60' start start 3
check "the rank starts" await '[ -s start.1 ] && [ -s start.0 ]'
kill -9 "$(rank_of 1)"; over "killed at the start"
still_good "killed at the start"

# while it samples: sweeps are most of such a step
start sampling 3 $long --set train.sweeps=300 --set checkpoint.every=1
check "the first checkpoint" await '[ -n "$(newest sampling)" ]'
kill -9 "$(rank_of 1)"; over "killed while sampling"
check "killed while sampling: a good checkpoint" "$HOLODE" inspect sampling

# in the reduction: stopped first, so that the others are in it, waiting
start reduction 3 $long
check "a checkpoint" await '[ -n "$(newest reduction)" ]'
kill -STOP "$(rank_of 2)"; sleep 0.5; kill -9 "$(rank_of 2)"; over "killed in the reduction"
check "killed in the reduction: a good checkpoint" "$HOLODE" inspect reduction

# in a checkpoint: rank 0, when its temporary file is there
start writing 3 $long --set checkpoint.every=1
check "a checkpoint" await '[ -n "$(newest writing)" ]'
check "one in the making" await 'ls writing/.checkpoint-*.tmp && kill -STOP "$(rank_of 0)" && ls writing/.checkpoint-*.tmp || ! kill -CONT "$(rank_of 0)"'
kill -9 "$(rank_of 0)"; over "killed in a checkpoint"
check "killed in a checkpoint: it is not half there" [ "$(ls writing/.checkpoint-*.tmp | wc -l)" = 1 ]
check "killed in a checkpoint: a good checkpoint" "$HOLODE" inspect writing

# one rank's own error
first='[ $OMPI_COMM_WORLD_RANK != 1 ] || cd /' start "$PWD/elsewhere" 3
ended 3 "a file missing on rank 1"
check "a file missing on rank 1: it says so, and where" grep -q "^holode: rank 1 on $(hostname): data.h5" out

# a full disk under rank 0's checkpoints
if mkdir -p small && mount -t tmpfs -o size=300k none small 2>/dev/null; then
    run 1 1 train run.yaml -o small/run --set train.steps=40 --set checkpoint.every=0
    before=$(cksum <"$(newest small/run)")
    head -c 300000 /dev/zero >small/fill 2>/dev/null
    start small/run 3 --resume
    ended 1 "disk full"
    check "disk full: said once" [ "$(grep -c '^holode: .*No space left' out)" = 1 ]
    check "disk full: the former checkpoint is what it was" [ "$before" = "$(cksum <"$(newest small/run)")" ]
    rm -f small/fill
    still_good "disk full"
    umount small
else
    skip "disk full: a small file system cannot be mounted here"
fi

# two runs in one directory: the second is refused while the first lives
start shared 3 $long --set checkpoint.every=1 --set checkpoint.keep=3
check "the first run" await '[ -n "$(newest shared)" ]'
refused 2 'found a run at work there (process' "$HOLODE" train run.yaml -o shared --resume
check "the first run does not care" kill -0 "$(rank_of 0)"
# a run whose directory has been taken over ends by itself, and touches nothing any more
sed 's/^token .*/token 00000000000000ab/; s/^host .*/host elsewhere/' shared/owner >theirs && mv theirs shared/owner
mark=$(ls shared)
over "replaced"
check "replaced: it says by whom" grep -q "^holode: shared/owner: the directory belongs to process .* on elsewhere" out
check "replaced: its successor's file is left alone" grep -q "^state running" shared/owner
left=$(comm -13 <(echo "$mark") <(ls shared) | wc -l)
check "replaced: at most the checkpoint that was in the making: $left" [ "$left" -le 1 ]
