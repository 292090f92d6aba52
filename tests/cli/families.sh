#!/bin/bash
# Families of sequences: holode fit of an alignment, and jobs/families.sbatch over a folder of them, without a Slurm.
. "$(dirname "$0")/../shell.sh"

hairpin 500 1 >pin.fasta

# from an alignment to a judged model and its page
check "a fit" run 1 2 fit pin.fasta --work 4e10
cp out said.txt
for file in config.yaml data.h5 evaluation.json report.html contacts.csv contacts.png contacts.html; do
    check "pin/$file" [ -s pin/$file ]
done
check "the alphabet is said" grep -q '^pin.fasta: the letters are of rna' said.txt
for line in data model Pearson likelihood contacts time next; do check "line $line" grep -q "^$line  " said.txt; done
check "no search is left" [ ! -e pin/search ]
check "nearer to the data than at the start" awk '/^Pearson  / {exit !($2 > 0.3 && $2 <= 1)}' said.txt
check "the budget is spent, and says so" grep -q 'the budget is spent' said.txt
check "whose means independent sites have" grep -qE '^likelihood .*; independent sites -[0-9.]+ by training means$' said.txt
check "the page, too" grep -qE "each other reach −[0-9.]+ by these rows&#39; own means" pin/report.html
check "the page says that it is short of its aim" grep -qE 'short of its aim.*Pearson 0\.[0-9]{4} of 0\.95 asked for' \
    <(tr -d '\n' <pin/report.html)
check "better than independent sites" awk '/^likelihood/ {
    for (i = 1; i < NF; i++) if ($i == "sites") other = $(i + 1)
    exit !($2 > other + 0.3)}' said.txt
check "the pairs of the hairpin are first" [ "$(sed -n 2,5p pin/contacts.csv | cut -d, -f1,2 | sort | xargs)" = "1,12 2,11 3,10 4,9" ]
"$H" evaluate pin --data pin/data.h5:valid --json >again.json 2>err
check "the judged value is evaluate's" near "$(value log_likelihood pin/evaluation.json)" "$(value log_likelihood again.json)" 0.1
check "whole clusters are held out" [ "$(grep -c 'clusters' said.txt)" -ge 1 ]
check "its config trains" run 2 1 train pin/config.yaml -q
check "the same bits from step 0" same pin pin/again
refused 2 "--columns: found with aligned sequences" "$H" fit pin.fasta -q -o other --columns 0-3
check "nothing is left behind" [ ! -e other ]
refused 2 '--kind: found "rbm", expected potts for sequences' "$H" fit pin.fasta -q -o other --kind rbm
refused 2 "--missing: found with aligned sequences" "$H" fit pin.fasta -q -o other --missing -

# sequences to judge by: a file of them, a share; what does not fit
hairpin 60 9 >held.fasta
check "a file beside it" run 1 1 fit pin.fasta --valid held.fasta --work 1e10 -o given
held=$(grep -v '>' held.fasta | sort -u | wc -l)
check "is what is held out" grep -q "^data .*, $held held out (given), M_eff" out
check "and what it is judged by" [ "$(value samples given/evaluation.json)" = "$held" ]
check "of all others it learns" [ "$(rows given/data.h5 train | wc -l)" = "$(grep -v '>' pin.fasta | sort -u | wc -l)" ]
check "both have weights" [ "$(numbers given/data.h5 weights/valid | wc -l)" = "$held" ]
"$H" evaluate given --data given/data.h5:valid --json >again.json 2>err
check "by the value of evaluate" near "$(value log_likelihood given/evaluation.json)" "$(value log_likelihood again.json)" 0.1
check "a share of it" run 1 1 fit pin.fasta --valid 40% --work 1e10 -o share
check "is whole clusters" grep -q '^data .* held out, whole clusters at 0.8' out
check "is about that" near "$(rows share/data.h5 valid | wc -l)" "$(grep -v '>' pin.fasta | sort -u | wc -l | awk '{print 0.4 * $1}')" 15
no_fit() { refused "$1" "$2" "$H" fit -q -o no "${@:3}"; check "nothing is left behind" [ ! -e no ]; }
awk 'BEGIN {for (r = 0; r < 20; r++) print ">s" r "\nACTGACTTAC" (r % 2 ? "AA" : "AC")}' >dna.fasta
no_fit 3 'dna.fasta: found letters that rna lacks in all' pin.fasta --valid dna.fasta
sed '/>/!s/$/A/' held.fasta >longer.fasta
no_fit 3 'longer.fasta: found 13 columns, expected 12 as in pin.fasta' pin.fasta --valid longer.fasta
head -n 2 held.fasta >one.fasta
no_fit 3 'one.fasta: found 1 sequence to judge by, expected 2 at least' pin.fasta --valid one.fasta
printf '0,1\n1,0\n' >bits.csv
no_fit 3 'bits.csv' pin.fasta --valid bits.csv
no_fit 3 'nowhere.fasta' pin.fasta --valid nowhere.fasta
# a family whose model no machine has room for
awk 'BEGIN {srand(3); split("A C D E F G H I K L M N P Q R S T V W Y", letter)
    for (r = 0; r < 12; r++) {print ">s" r; for (i = 0; i < 60000; i++) printf "%s", letter[1 + int(20 * rand())]; print ""}}' >wide.fasta
no_fit 1 'wide.fasta: found 60000 sites of 21 states, whose 7.94e+11 parameters take more than 1.27e+04 GB' wide.fasta

printf '>a\n!!\n>b\n!?\n' >odd.fasta
refused 3 "odd.fasta" "$H" fit odd.fasta -q
check "nothing is left behind of it" [ ! -e odd ]

# stopped in the middle, and gone on with
"$H" fit pin.fasta --work 4e10 -o other >out 2>&1 </dev/null &
job=$!
check "at work" await 'grep -q "^step [1-9]" out'
kill -TERM $job
wait $job
check "a stop: exit code 75" [ $? = 75 ]
check "resumed" run 2 1 fit pin.fasta --work 4e10 -o other --resume
check "the same bits" same pin other
check "the same likelihood" [ "$(value log_likelihood pin/evaluation.json)" = "$(value log_likelihood other/evaluation.json)" ]
check "the same contacts" cmp -s pin/contacts.csv other/contacts.csv

# an array over a folder
mkdir folder bin && hairpin 120 2 >folder/one.fasta && hairpin 90 3 | gzip >folder/two.fa.gz && echo notes >folder/notes.txt
make_family
printf '#!/bin/sh\n' >bin/squeue
printf '#!/bin/sh\necho "JobId=1 Restarts=0 Command=%s/jobs/families.sbatch "\n' "$project" >bin/scontrol
chmod +x bin/*
# family N: the job's script as Slurm starts it, on one rank
family() {
    SLURM_JOB_ID=1 SLURM_ARRAY_JOB_ID=1 SLURM_ARRAY_TASK_ID=$1 SLURM_NTASKS=1 SLURM_CPUS_PER_TASK=1 SLURM_JOB_NODELIST=n1 \
        HOLODE=$H HOLODE_LAUNCHER=mpirun HOLODE_BINDING=none HOLODE_ALPHABET=rna PATH=$PWD/bin:$PATH \
        timeout -k 5 240 bash "$project/jobs/families.sbatch" family.yaml folder --set evaluate.samples=64 >out 2>&1 </dev/null
}
for n in 1 2; do
    check "family $n" family $n
    check "family $n is complete" grep -q '\] complete$' out
done
for name in one two; do
    for file in data.h5 evaluation.json contacts.csv contacts.txt; do check "families/$name/$file" [ -s families/$name/$file ]; done
done
check "a job beyond the last file" family 3
check "it says so" grep -q 'nothing to do: folder has 2 alignments' out
cp families/one/checkpoint-*.h5 before.h5
check "a family once more" family 1
check "it was complete" cmp -s before.h5 families/one/checkpoint-*.h5
"$H" collect families/* >out 2>err
check "one table" grep -qE '^run .* rows +columns +total_weight +step ' out
check "of both" [ "$(grep -cE '^families/(one|two) .* 12 ' out)" = 2 ]
check "with their correlations" grep -q pearson <(head -n 1 out)
gzip -c folder/one.fasta >folder/one.a2m.gz
family 1
check "two files of one name" [ $? = 2 ]
check "are refused" grep -q 'found one name of two files' out
