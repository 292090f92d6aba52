#!/bin/bash
# Texts of couplings and fields: a file written by hand against an enumeration in awk, round trips bit for bit, letters
# and numbers, compressed and on several ranks; sequences out of the model; what is refused.
. "$(dirname "$0")/../shell.sh"

# ln_z FILE SITES LETTERS: by enumeration of all states, from the text
ln_z() {
    awk -v sites="$2" -v letters="$3" '
        /^#/ || NF == 0 {next}
        $1 == "J" && $2 < $3 {J[$2, $3, $4, $5] = $6}
        $1 == "J" && $2 > $3 {J[$3, $2, $5, $4] = $6}
        $1 == "h" {h[$2, $3] = $4}
        END {q = length(letters); all = q ^ sites
            for (n = 0; n < all; n++) {m = n; e = 0
                for (i = 0; i < sites; i++) {x[i] = substr(letters, m % q + 1, 1); m = int(m / q); e += h[i, x[i]]
                    for (j = 0; j < i; j++) e += J[j, i, x[j], x[i]]}
                z += exp(e)}
            printf "%.9g\n", log(z)}' "$1"
}

printf '# by hand\nJ 0 1 A C 0.5\nJ 2 0 U G -1.25\n\nh 0 A 1\nJ 3 2 G - 2e-1\r\nh 3 - 0.1\nJ 0 1 A C 0.5\n' >hand.txt
exits 0 "import" "$H" import hand.txt -o hand
check "what it says" grep -qxF "hand/checkpoint-000000000.h5: 4 sites of 5 states, rna, 3 of 6 pairs" out
check "what is not there" grep -qF "hand.txt: 72 of 75 couplings of its pairs are not there: they are 0" err
check "nor of the fields" grep -qF "hand.txt: 18 of 20 fields are not there: they are 0" err
exits 0 "evaluate" "$H" evaluate hand --method exact --json
check "as an enumeration has it" near "$(value log_partition)" "$(ln_z hand.txt 4 -ACGU)" 1e-6
exits 0 "export" "$H" export hand -o hand-2.txt
check "all of J of its pairs, and of h" [ "$(grep -c ^J hand-2.txt),$(grep -c ^h hand-2.txt)" = 75,20 ]
check "which have the list as edges" [ "$(rows hand/checkpoint-000000000.h5 structure/edges | tr '\n' ' ')" = "0,1 0,2 2,3 " ]
check "the same model" [ "$(ln_z hand-2.txt 4 -ACGU)" = "$(ln_z hand.txt 4 -ACGU)" ]
check "an edge either way round" grep -qxF "J 0 2 G U -1.25" hand-2.txt

# ---- round trips: of a trained model, at a temperature of 1; numbers; edges
awk 'BEGIN {srand(3); for (r = 0; r < 300; r++) {a = int(rand() * 4); print ">s" r; line = ""
    for (i = 0; i < 9; i++) line = line substr("ACGT", (rand() < 0.7 ? a : int(rand() * 4)) + 1, 1); print line}}' >family.fasta
exits 0 "import sequences" "$H" data import --alphabet dna -o family.h5 family.fasta
cat >family.yaml <<'END'
data: {train: family.h5}
model: {kind: potts}
train: {chains: 128, batch_size: 64, steps: 50, learning_rate: 0.05, sweeps: 1}
END
check "train" run 1 1 train family.yaml -o family
exits 0 "export" "$H" export family -o family.dat.gz
check "on 3 ranks" run 3 1 import hand.txt -o hand-3
check "the same bits" same_parameters hand hand-3
{ printf '\xEF\xBB\xBF'; sed 's/$/\r/' hand.txt; } >mark.txt
exits 0 "a mark and lines of Windows" "$H" import mark.txt -o mark
check "the same" same_parameters hand mark
check "in letters" grep -q "^J 0 1 - - " <(zcat family.dat.gz)
check "import on 2 ranks" run 2 1 import family.dat.gz -o again --alphabet dna
check "the same bits" same_parameters family again
exits 0 "export again" "$H" export again -o again.txt
check "the same text" cmp again.txt <(zcat family.dat.gz)
awk '{for (k = 2; k < NF; k++) if ($k ~ /^[-ACGT]$/) $k = index("-ACGT", $k) - 1; print}' again.txt >numbers.txt
exits 0 "import numbers" "$H" import numbers.txt -o numbers
check "no alphabet" grep -qF "9 sites of 5 states, 36 pairs" out
check "the same bits" same_parameters family numbers
exits 0 "export numbers" "$H" export numbers -o numbers-2.txt
check "as numbers" cmp numbers.txt numbers-2.txt
exits 0 "numbers of letters" "$H" import numbers.txt -o named --alphabet dna
exits 0 "export" "$H" export named -o named.txt
check "as letters" cmp again.txt named.txt
printf '0 1\n4 2\n' >edges.txt
check "train on edges" run 1 1 train family.yaml -o edges --set model.edges=edges.txt
exits 0 "export" "$H" export edges -o edges.txt.gz
check "pairs of edges alone" [ "$(zcat edges.txt.gz | awk '$1 == "J" {print $2, $3}' | uniq | xargs)" = "0 1 2 4" ]
exits 0 "import" "$H" import edges.txt.gz -o sparse --alphabet dna
check "of edges alone" grep -qF "9 sites of 5 states, dna, 2 of 36 pairs" out
exits 0 "export" "$H" export sparse -o sparse.txt
check "the same text" cmp <(sort sparse.txt) <(zcat edges.txt.gz | sort)
grep -v "^J 0 " sparse.txt >later.txt # site 0 is in no pair
exits 0 "import" "$H" import later.txt -o later --alphabet dna
for name in later-2.txt later-2.dat.gz; do
    exits 0 "export" "$H" export later -o $name
    exits 0 "export in its place" "$H" export later -o $name
done
check "the same text" cmp <(sort later.txt) <(zcat later-2.dat.gz | sort)
{ zcat edges.txt.gz; awk 'BEGIN {for (i = 0; i < 9; i++) for (j = i + 1; j < 9; j++) print "J", i, j, "A A 0"}' | grep -vE "^J (0 1|2 4) "; } >dense.txt
exits 0 "zeros written" "$H" import dense.txt -o dense --alphabet dna
check "are couplings" grep -qF "9 sites of 5 states, dna, 36 pairs" out
for run in edges sparse dense; do
    exits 0 "evaluate $run" "$H" evaluate $run --data family.h5:train --method pseudo --json
    value pseudo_log_likelihood >>pseudo
done
check "one distribution" awk 'NR > 1 {d = $1 - first; bad = bad || d > 1e-6 || d < -1e-6} {first = $1} END {exit bad || NR != 3}' pseudo
# a decimated text: some entries of some pairs, in no order; all of h
awk '$1 == "h" || ($2 + 2 * $3) % 3 == 0 && ($4 != "-" && $5 != "-")' again.txt | sort -R --random-source=again.txt >decimated.txt
exits 0 "import" "$H" import decimated.txt -o decimated --alphabet dna
check "of its pairs" grep -qF "9 sites of 5 states, dna, $(awk '$1 == "J" {print $2, $3}' decimated.txt | sort -u | wc -l) of 36 pairs" out
exits 0 "export" "$H" export decimated -o decimated-2.txt
check "what was there" cmp <(sort decimated.txt) <(awk '$1 == "h" || ($4 != "-" && $5 != "-")' decimated-2.txt | sort)
check "and zeros" [ "$(awk '$1 == "J" && ($4 == "-" || $5 == "-") && $6 != 0' decimated-2.txt | wc -l)" = 0 ]

# ---- training from given couplings: a step at a rate of next to nothing leaves them as they are
still="--set train.steps=1 --set train.learning_rate=1e-30"
check "train from a text's" run 1 1 train family.yaml -o from --set train.start=again $still
check "which is said" grep -qF "beginning at the parameters of again/checkpoint-000000000.h5 (train.start); chains are new" out
check "the same bits" same_parameters from again
check "from a run's" run 2 1 train family.yaml -o from-2 --set train.start=family $still
check "the same bits on 2 ranks" same from from-2
check "from numbers'" run 1 1 train family.yaml -o from-3 --set train.start=numbers $still
check "letters or not" same from from-3
# pairs SET FILE: of a text, those of a file of edges, or all others
pairs() { awk -v others="$1" 'NR == FNR {e[$1, $2]; e[$2, $1]; next} $1 == "J" && (($2, $3) in e) != others' edges.txt "$2" | sort; }
check "from a sparse one's" run 3 1 train family.yaml -o from-4 --set train.start=edges $still
check "which is said" grep -qF "(train.start), its 2 pairs; 34 pairs begin at 0; chains are new" out
exits 0 "export" "$H" export from-4 -o from-4.txt
check "its pairs are as they were" cmp <(pairs 0 from-4.txt) <(pairs 0 sparse.txt)
check "the others are all but 0" [ "$(pairs 1 from-4.txt | awk '{print ($6 > -1e-20 && $6 < 1e-20)}' | sort | uniq -c | xargs)" = "850 1" ]
check "fields, too" cmp <(grep ^h from-4.txt) <(grep ^h sparse.txt)
check "fewer pairs from more" run 1 1 train family.yaml -o from-5 --set train.start=family --set model.edges=edges.txt $still
check "which is said" grep -qF "(train.start), 2 of its 36 pairs; chains are new" out
exits 0 "export" "$H" export from-5 -o from-5.txt
check "are those" cmp <(pairs 0 from-5.txt) <(pairs 0 again.txt)
check "the strongest of a run, from its own" run 1 1 train family.yaml -o from-6 --keep-edges 3 --edges-from family --set train.start=family $still
exits 0 "export" "$H" export from-6 -o from-6.txt
check "are as there" [ "$(grep -c ^J from-6.txt) $(comm -13 <(sort again.txt) <(sort from-6.txt) | wc -l)" = "75 0" ]

# ---- sequences of the model: letters on the terminal and in files, with the energies that the text gives them
exits 0 "sample to the terminal" "$H" sample family -n 150
check "letters alone" [ "$(grep -cE '^[-ACGT]{9}$' out)" = 150 ]
cp out letters
exits 0 "sample to a file" "$H" sample family -n 150 -o samples.fasta
check "the same" cmp letters <(grep -v '>' samples.fasta)
check "names and energies" cmp <(grep '>' samples.fasta) <(awk 'NR == FNR {if ($1 == "J") J[$2, $3, $4, $5] = $6; else h[$2, $3] = $4; next}
    {e = 0; for (i = 0; i < 9; i++) {a = substr($1, i + 1, 1); e -= h[i, a]; for (j = i + 1; j < 9; j++) e -= J[i, j, a, substr($1, j + 1, 1)]}
     printf ">sample-%d energy=%.6g\n", n++, e}' again.txt letters)
check "on 3 ranks, compressed" run 3 1 sample family -n 150 -o samples.fa.gz
check "the same" cmp samples.fasta <(zcat samples.fa.gz)
exits 0 "import them" "$H" data import --alphabet dna --keep-duplicates -o samples.h5 samples.fasta
check "all" grep -qF "150 rows, 9 columns" out
exits 0 "sample numbers" "$H" sample numbers -n 2
check "as numbers" grep -qE '^[0-4]( [0-4]){8}$' out
refused 2 "-o: found no.fasta, but the states of numbers/checkpoint-000000000.h5 have no letters, expected a name that ends in .h5, .png, .csv or .npy (" "$H" sample numbers -o no.fasta
refused 2 'expected a name that ends in .h5, .png, .csv, .npy, .fasta, .fa, .fasta.gz or .fa.gz' "$H" sample family -o new.fas
echo "a note" >note.fasta
refused 2 "note.fasta" "$H" sample family -o note.fasta

# ---- what is refused
says() {    # says TEXT LINE...: a file of lines after two good ones
    local text=$1; shift
    { printf 'J 0 1 A U 0.5\nJ 1 2 U U 1\n'; printf '%s\n' "$@"; } >bad.txt
    refused 3 "$text" "$H" import bad.txt -o no
}
says 'bad.txt:3: found "J" and 4 more words, expected J i j a b value or h i a value' 'J 0 1 A 1'
says 'bad.txt:3: found "K" and 3 more words' 'K 1 A 2'
says 'bad.txt:3: found "x", expected a number' 'J 0 2 A C x'
says 'bad.txt:3: found "nan", expected a number' 'h 0 A nan'
says 'bad.txt:3: found "-1", expected a site, a number from 0' 'h -1 A 1'
says 'bad.txt:3: found site 0 twice' 'J 0 0 A C 1'
says 'bad.txt:3: found the state 1, expected states that are all letters or all numbers' 'J 0 2 A 1 2'
says 'bad.txt:4: found 0.25 for what is 0.5 before, expected an entry once, or the same' 'J 1 0 U A 0.5' 'J 1 0 U A 0.25'
says 'bad.txt: found site 99 in 3 lines, expected as many lines as sites at least' 'h 99 A 1'
says 'that do not tell their alphabet, expected --alphabet' 'h 1 Z 1'
printf 'J 0 1 A U 0.5\nh 0 U 1\0 2\nh 1 A 1\n' >bad.txt
refused 3 'bad.txt:2: found a zero byte, expected text' "$H" import bad.txt -o no
printf 'J 1 2 A U 0.5\nh 1 U 1\nh 2 A 1\n' >bad.txt
refused 3 'bad.txt: found no entry of site 0, expected sites that are numbered from 0' "$H" import bad.txt -o no
fits() { refused 3 "train.start: $1" "$H" train family.yaml -o no --set "train.start=$2" "${@:3}"; }
sed 's/^J 8 7.*//; s/^\([Jh]\) /\1 /' again.txt | awk '$1 == "h" && $2 < 8 || $1 == "J" && $3 < 8' >eight.txt
exits 0 "a shorter one" "$H" import eight.txt -o eight --alphabet dna
fits 'eight/checkpoint-000000000.h5: found 8 columns, expected 9, as the model has' eight
tr T U <again.txt >rna.txt
exits 0 "one of rna" "$H" import rna.txt -o rna
fits 'rna/checkpoint-000000000.h5: found the alphabet rna, expected dna, as the data have' rna
exits 0 "one of six states" "$H" import again.txt -o six --alphabet=-ACGTN
fits 'six/checkpoint-000000000.h5: column 0 (from 0): found 6 states, expected 5, as the model has' six
fits 'again/checkpoint-000000000.h5: found the temperature 1, expected 2, as model.temperature' again --set model.temperature=2
fits 'nothing: ' nothing
check "nothing is left" [ -z "$(ls no | grep -v owner)" ]
rm -rf no
awk 'BEGIN {for (i = 0; i < 1000; i++) print "h", i, "U 1"}' >bad.txt # of 200 million couplings
refused 3 'bad.txt: found 1000 lines for 1000 sites of 21 states, whose pairs have 220279500 couplings' "$H" import bad.txt -o no --alphabet=-ACDEFGHIKLMNPQRSTVWU
check "nothing is left" [ ! -e no ]
printf 'J 0 1 A C 1\nh 0 G 1\n' >bad.txt
refused 3 'bad.txt: found letters, A the first, that do not tell their alphabet' "$H" import bad.txt -o no
refused 3 'bad.txt:1: found the state A, expected a letter of XYZ' "$H" import bad.txt -o no --alphabet XYZ
: >bad.txt
refused 3 'bad.txt: found no couplings or fields of two sites' "$H" import bad.txt -o no
zcat family.dat.gz | gzip -1 | head -c 400 >cut.txt.gz
refused 3 'found damaged data' "$H" import cut.txt.gz -o no
refused 2 "--alphabet: found with alarm.uai" "$H" import alarm.uai -o no --alphabet rna
refused 2 "expected one that ends in .uai, .fg, .txt or .dat" "$H" import family.h5 -o no
echo "a note" >note.txt
refused 2 "note.txt" "$H" export family -o note.txt
echo "model: {kind: ising, lattice: 4, coupling: 0.5}" >ising.yaml
refused 2 "-o: found ising.txt, expected a name that ends in .uai or .fg for a model ising" "$H" export ising.yaml -o ising.txt
finish
