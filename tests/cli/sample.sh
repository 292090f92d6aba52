#!/bin/bash
# sample: held units come out as they went in, the hidden units' probabilities, observables and the lowest state: and all
# of it with the same digits on any number of ranks.
. "$(dirname "$0")/../shell.sh"

"$HOLODE" data generate bars-and-stripes --size 4 -o data.h5 >/dev/null
cat >run.yaml <<'YAML'
data: {train: data.h5}
model: {kind: rbm, hidden: 12}
train: {steps: 300, batch_size: 30, chains: 64, learning_rate: 0.3, sweeps: 1}
YAML
cat >latent.yaml <<'YAML'
data: {train: data.h5}
model: {kind: boltzmann, hidden: 5, positive_sweeps: 3}
train: {steps: 50, batch_size: 30, chains: 64, sweeps: 1, learning_rate: 0.05}
YAML
check "train" run 1 1 train run.yaml -o rbm
check "train, coupled" run 1 1 train latent.yaml -o latent
ising=$project/configs/ising-2d.yaml

columns() { cut -d, -f"$1"; }

# the upper half of a picture is given, by -1s and by a list; the lower half is drawn
printf '%s\n' "1,1,1,1,0,0,0,0,-1,-1,-1,-1,-1,-1,-1,-1" "1,0,1,0,1,0,1,0,-1,-1,-1,-1,-1,-1,-1,-1" >half.txt
check "clamp" run 1 1 sample rbm --clamp half.txt --sweeps 200 -o half.h5
check "a sample for each row" [ "$(rows half.h5 /samples | wc -l)" = 2 ]
check "held units as given" [ "$(rows half.h5 /samples | columns 1-8)" = "$(columns 1-8 <half.txt)" ]
check "clamp, many" run 2 1 sample rbm --clamp half.txt --sweeps 50 -n 200 -o many.h5
check "rows in turn" [ "$(rows many.h5 /samples | columns 1-8 | sort | uniq -c | tr -s ' ')" = "$(columns 1-8 <half.txt | sort | sed 's/^/ 100 /')" ]
check "the other units move" [ "$(rows many.h5 /samples | columns 9-16 | sort -u | wc -l)" -gt 2 ]
# rows with gaps of their own: each is completed as it is where all rows have its gaps; one of gaps alone is told
printf '%s\n' "1,?,1,1,?,?,?,?,-1,-1,-1,0,-1,0,0,-1" "?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?" "1,0,1,0,1,0,-1,0,1,0,1,0,nan,0,1,0" >gaps.txt
for model in rbm latent; do
    check "clamp rows of different gaps, $model" run 2 1 sample $model --clamp gaps.txt -n 150 --sweeps 20 -o gaps.h5
    check "told of the row without values" grep -q "gaps.txt: 1 of 3 rows, row 1 (from 0) first, have no value: nothing is held in them" out
    for row in 1 2 3; do
        sed -n "${row}p" gaps.txt >row.txt
        check "row $row alone, $model" run 1 2 sample $model --clamp row.txt -n 150 --sweeps 20 -o row.h5
        check "the same" [ "$(rows gaps.h5 /samples | awk -v r=$row 'NR % 3 == r % 3')" = "$(rows row.h5 /samples | awk -v r=$row 'NR % 3 == r % 3')" ]
    done
done
check "values as given" [ "$(rows gaps.h5 /samples | awk 'NR % 3 == 0' | columns 1-6,8-12,14-16 | sort -u)" = 1,0,1,0,1,0,0,1,0,1,0,0,1,0 ]
check "a lattice's, too" run 1 1 sample "$ising" --set model.lattice=4x4 --set model.spins=binary --clamp gaps.txt --sweeps 5 -o spins.h5
check "as given" [ "$(rows spins.h5 /samples | tail -1 | columns 1-6,8-12,14-16)" = 1,0,1,0,1,0,0,1,0,1,0,0,1,0 ]
check "clamp a data set" run 1 1 sample latent --clamp data.h5:train --clamp-units 0-3,7 -n 30 --sweeps 5 -o part.h5
check "its units as given" [ "$(rows part.h5 /samples | columns 1-4,8)" = "$(rows data.h5 /train | columns 1-4,8)" ]
# signed spins: -1 is a value, and a free unit is ?, nan ...; 0 and 1 may stand for -1 and 1
sed 's/-1/?/g' half.txt >states.txt; sed 's/-1/NaN/g; s/0/-1/g' half.txt >spins.txt
check "clamp a lattice" run 2 1 sample "$ising" --set model.lattice=4x4 --clamp states.txt --sweeps 5 -o states.h5
check "its spins as given" [ "$(rows states.h5 /samples | columns 1-8)" = "$(columns 1-8 <half.txt)" ]
check "clamp a lattice by spins" run 1 1 sample "$ising" --set model.lattice=4x4 --clamp spins.txt --sweeps 5 -o spins.h5
check "which are the same" h5diff states.h5 spins.h5 /samples /samples
refused 3 'half.txt: found both 0 (row 0, column 4, from 0) and -1 (row 0, column 8), expected spins of -1 and 1' \
    "$HOLODE" sample "$ising" --set model.lattice=4x4 --clamp half.txt
echo "1 -1 -1 -1 -1 1 1 1 1 1 1 1 1 1 1 -1" >whole.txt
check "clamp all spins" run 1 1 sample "$ising" --set model.lattice=4x4 --clamp whole.txt -o spins.h5
check "told that none is free" grep -q "whole.txt: -1 is a spin's value, as model.spins is signed: all units are held" out
check "all as given" [ "$(rows spins.h5 /samples)" = 1,0,0,0,0,1,1,1,1,1,1,1,1,1,1,0 ]
check "-1 is free where spins are not signed" run 1 1 sample "$ising" --set model.lattice=4x4 --set model.spins=binary --clamp half.txt --sweeps 5
refused 3 'row 0, column 1 (from 0): found 2, expected -1 or 1, a spin, or ? for a free unit' \
    bash -c 'echo 1 2 1 1 1 1 1 1 1 1 1 1 1 1 1 1 >two.txt; exec "$0" sample "$1" --set model.lattice=4x4 --clamp two.txt' "$HOLODE" "$ising"

# a spin glass with fields, in three files; ln Z and marginals by enumeration
printf '%s\n' "0 1 1" "1 2 -0.5" "2 0 0.75" "2 3 1.25" "0 0 0.5" "3 3 -1" >glass.txt
printf '%s\n' "%%MatrixMarket matrix coordinate real symmetric" "4 4 6" "2 1 1" "3 2 -0.5" "3 1 0.75" "4 3 1.25" "1 1 0.5" "4 4 -1" | gzip >glass.mtx.gz
sed '/^0 0\|^3 3/d' glass.txt >bare.txt; printf '0.5 0\n0 -1\n' >fields.txt
sums=$(awk 'BEGIN {for (n = 0; n < 16; n++) {
        for (i = 0; i < 4; i++) s[i] = int(n / 2 ^ i) % 2 * 2 - 1
        w = exp(s[0] * s[1] - 0.5 * s[1] * s[2] + 0.75 * s[2] * s[0] + 1.25 * s[2] * s[3] + 0.5 * s[0] - s[3])
        z += w; if (s[3] > 0) up += w}
    printf "%.9f %.9f", log(z), up / z}')
agrees() { awk -v truth="$sums" 'BEGIN {split(truth, t)} /^ln Z/ {a = $3 - t[1]} $1 == "v3" {b = $2 - t[2]; found = 1} END {exit !(found && a * a + b * b < 1e-12)}' out; }
for edges in glass.txt glass.mtx.gz "bare.txt, fields: fields.txt"; do
    echo "model: {kind: ising, couplings: per_edge, edges: $edges}" >glass.yaml
    check "fields of units, $edges" run 2 1 evaluate glass.yaml --marginals
    check "by enumeration, $edges" agrees
done
awk 'BEGIN {for (i = 0; i < 16; i++) print i % 3 ? 40 : -40}' >far.txt
check "a field for each site of a lattice" run 1 1 sample "$ising" --set model.lattice=4x4 --set model.couplings=per_edge --set model.coupling=0 \
    --set model.fields=far.txt --set model.biases=true -n 1 -o far.h5
check "draws it" [ "$(rows far.h5 /samples)" = 0,1,1,0,1,1,0,1,1,0,1,1,0,1,1,0 ]
check "a picture" run 1 1 sample rbm --clamp data.h5:train --sweeps 3 -o levels.png
check "a picture of states" run 1 1 sample rbm --clamp data.h5:train --sweeps 3 --binary -o states.png
check "held units are drawn as given" cmp levels.png states.png
check "all spins up" run 2 1 sample "$ising" --set model.lattice=4x4 --start ones --sweeps 0 -n 70 -o up.h5
check "are ones" [ "$(rows up.h5 /samples | sort | uniq -c | tr -s ' ')" = " 70 1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1" ]

# p(h | v) of all data, from the parameters in the checkpoint
check "hidden" run 2 1 sample rbm --clamp data.h5:train --sweeps 1 --hidden -o hidden.h5
check "all visible units as given" [ "$(rows hidden.h5 /samples)" = "$(rows data.h5 /train)" ]
numbers "$(newest rbm)" /parameters/weights >w; numbers "$(newest rbm)" /parameters/hidden_bias >b
numbers data.h5 /train >v; numbers hidden.h5 /hidden >h
check "probabilities by the formula" awk 'BEGIN {
    while ((getline x <"w") > 0) w[nw++] = x; while ((getline x <"b") > 0) b[nb++] = x
    while ((getline x <"v") > 0) v[nv++] = x; while ((getline x <"h") > 0) h[nh++] = x
    if (nh != nv / 16 * 12) exit 1
    for (r = 0; r < nv / 16; r++) for (j = 0; j < 12; j++) {
        f = b[j]; for (i = 0; i < 16; i++) f += v[r * 16 + i] * w[i * 12 + j]
        d = h[r * 12 + j] - 1 / (1 + exp(-f)); if (d > 5e-5 || d < -5e-5) exit 1 } }'
check "states of coupled hidden units" run 1 1 sample latent -n 70 --sweeps 3 --hidden -o coupled.h5
check "are 0 and 1" [ "$(numbers coupled.h5 /hidden | sort -u | tr '\n' ' ')" = "0 1 " ]

# the same states and probabilities as arrays, on any number of ranks
for n in 1 2; do
    check "arrays on $n" run $n 1 sample rbm --clamp data.h5:train --sweeps 1 --hidden -o array-$n.csv
    check "npy on $n" run $n 1 sample rbm --clamp data.h5:train --sweeps 1 --hidden -o array-$n.npy
done
for file in array-%d.csv array-%d.hidden.csv array-%d.npy array-%d.hidden.npy; do
    check "$file: 2 ranks as 1" cmp "$(printf "$file" 1)" "$(printf "$file" 2)"
done
check "headings" [ "$(head -n 1 array-1.csv) $(head -n 1 array-1.hidden.csv)" = "v0,v1,v2,v3,v4,v5,v6,v7,v8,v9,v10,v11,v12,v13,v14,v15 h0,h1,h2,h3,h4,h5,h6,h7,h8,h9,h10,h11" ]
check "states as in a data set" [ "$(tail -n +2 array-1.csv)" = "$(rows hidden.h5 /samples)" ]
check "states in npy" [ "$(tail -c +129 array-1.npy | od -An -v -w16 -t u1 | tr -s ' ' , | sed 's/^,//')" = "$(rows hidden.h5 /samples)" ]
tail -n +2 array-1.hidden.csv | tr ',' '\n' >as-text; tail -c +129 array-1.hidden.npy | od -An -v -w4 -t f4 | tr -d ' ' >as-npy
paste h as-text as-npy >three
check "probabilities as in a data set" awk '{d = $1 - $2; e = $1 - $3; if (d > 1e-6 || d < -1e-6 || e > 1e-6 || e < -1e-6) exit 1} END {exit NR != 360}' three
check "an array is replaced" run 1 1 sample rbm -n 2 --sweeps 1 -o array-1.csv
echo "name,age" >table.csv; refused 2 '-o: found table.csv, a text file, expected another name' "$HOLODE" sample rbm -o table.csv
check "names of variables" run 1 1 sample "$project/configs/four-variables.yaml" -n 3 --sweeps 1 -o named.csv
check "are the config's" [ "$(head -n 1 named.csv)" = "A,B,C,D" ]
check "marginals" run 1 1 evaluate "$project/configs/four-variables.yaml" --marginals -o marginals.csv
run 1 1 evaluate "$project/configs/four-variables.yaml" --marginals
check "are what is printed" [ "$(awk -F, 'NR > 1 {printf "%s %.9f %.9f\n", $1, $2, $3}' marginals.csv)" = "$(awk '/^[A-D] / {print $1, $2, $3}' out)" ]
# a table's samples have its headings, as long as the table is there
printf '%s\n' 'red,"of two, one",x' 0,1,1 1,1,0 0,0,1 1,0,0 >headed.csv; "$HOLODE" data import -o headed.h5 headed.csv 2>/dev/null >&2
check "train a table with headings" run 1 1 train run.yaml -o headed --set data.train=headed.h5 --set train.batch_size=4 --set train.steps=5
check "sample it" run 2 1 sample headed -n 3 --sweeps 1 --hidden -o headed-samples.csv
check "its headings" [ "$(head -n 1 headed-samples.csv)" = 'red,"of two, one",x' ]
check "hidden units have none" [ "$(head -n 1 headed-samples.hidden.csv | cut -c 1-8)" = "h0,h1,h2" ]
mv headed.h5 away.h5; check "sample it again" run 1 1 sample headed -n 3 --sweeps 1 -o moved.csv
check "numbers in their place" [ "$(head -n 1 moved.csv)" = "v0,v1,v2" ]
# a table's samples as a picture: a row of pixels each
printf '%s\n' 0,1,1 1,1,0 0,0,1 1,0,0 >bits.csv; "$HOLODE" data import -o bits.h5 bits.csv 2>/dev/null >&2
check "train a table" run 1 1 train run.yaml -o table --set data.train=bits.h5 --set train.batch_size=4 --set train.steps=5
check "a raster" run 1 1 sample table -n 50 --sweeps 1 -o raster.png
size() { tail -c +17 "$1" | head -c 8 | od -An -v -t u1 | awk '{print ($3 * 256 + $4), ($7 * 256 + $8)}'; }
check "of 50 rows and 3 columns: $(size raster.png)" [ "$(size raster.png | awk '{print $2 / $1 * 3}')" = 50 ]

# the same digits on any layout
for n in 1 2 3; do
    check "observables on $n" run $n $n sample "$ising" --set model.lattice=8x6 -n 150 --sweeps 20 --observables 40 --json
    grep energy out >observables-$n
    check "observables of an rbm on $n" run $n 1 sample rbm -n 100 --sweeps 5 --observables 32 --json
    grep energy out >machine-$n
    check "annealing on $n" run $n 2 sample "$ising" --set model.lattice=8x6 -n 150 --anneal 4:0.5 --sweeps 30
    cp out anneal-$n
    check "annealing, clamped, on $n" run $n 1 sample latent --clamp half.txt -n 140 --anneal 3:0.3 --sweeps 20 -o low-$n.h5
    rows low-$n.h5 /samples >low-$n
done
for what in observables machine anneal low; do
    check "$what: 2 ranks as 1" cmp $what-1 $what-2
    check "$what: 3 ranks as 1" cmp $what-1 $what-3
done
check "the lattice's ground state" grep -q '^lowest energy -96, -2 per unit' anneal-1

refused 2 '--anneal: found with --observables, expected one of the two' "$HOLODE" sample rbm --anneal 5:1 --observables 40
refused 2 '--start: found ones for a model mrf' "$HOLODE" sample "$project/configs/four-variables.yaml" --start ones
refused 2 '--start: found chains with --observables' "$HOLODE" sample rbm --start chains --observables 40
refused 2 '--start: found chains with --anneal' "$HOLODE" sample rbm --start chains --anneal 5:1
refused 2 '--start: found chains with --clamp' "$HOLODE" sample rbm --start chains --clamp half.txt
refused 2 'has none, expected random or ones' "$HOLODE" sample "$ising" --start chains
refused 2 '-o: found with --observables' "$HOLODE" sample rbm --observables 40 -o no.h5
refused 2 '--hidden: found with --anneal' "$HOLODE" sample rbm --anneal 5:1 --hidden -o no.h5
refused 2 '--start: found "up"' "$HOLODE" sample rbm --start up
refused 2 '--anneal: found "5"' "$HOLODE" sample rbm --anneal 5
refused 2 '--clamp-units: found "3-20"' "$HOLODE" sample rbm --clamp half.txt --clamp-units 3-20
refused 2 '--clamp-units: found no --clamp' "$HOLODE" sample rbm --clamp-units 3
refused 2 '--hidden: found no output' "$HOLODE" sample rbm --hidden
refused 2 '--json: found neither' "$HOLODE" sample rbm --json
refused 3 'missing.txt' "$HOLODE" sample rbm --clamp missing.txt
echo "1,0,1" >short.txt; refused 3 'found 3 columns, expected 16' "$HOLODE" sample rbm --clamp short.txt
sed '2s/^1/0.5/' half.txt >grey.txt; refused 3 'row 1, column 0 (from 0): found 0.5' "$HOLODE" sample rbm --clamp grey.txt
refused 3 'for a unit of --clamp-units' "$HOLODE" sample rbm --clamp half.txt --clamp-units 7-8

# observables: digits by the error, whole blocks, enough of them; the sweep of the lowest energy, counted from 1
check "observables" run 1 1 sample "$ising" --set model.lattice=8x6 -n 150 --sweeps 20 --observables 40
check "a value to the place of its error" awk '$(NF - 1) == "+-" {n++; v = $(NF - 2); e = $NF
    if (index(v, ".") ? length(v) - index(v, ".") != length(e) - index(e, ".") : index(e, ".")) exit 1
    gsub(/[.]/, "", e); sub(/^0+/, "", e); if (length(e) != 2) exit 1} END {exit n != 5}' out
check "one chain" run 1 1 sample "$ising" --set model.lattice=8x6 -n 1 --sweeps 20 --observables 200
check "what was measured of it" grep -q '^1 chain at temperature .*, 192 of 200 sweeps measured after 20; errors from 32 blocks' out
refused 2 '--observables: found "31", expected a whole number from 32' "$HOLODE" sample rbm --observables 31
check "annealing, as JSON" run 1 1 sample "$ising" --set model.lattice=8x6 -n 150 --anneal 4:0.5 --sweeps 30 --json
check "its sweep is the text's" [ "$(grep -o '"sweep": [0-9]*' out | tr -dc 0-9)" = "$(sed -n 's/.*sweep \([0-9]*\) of.*/\1/p' anneal-1)" ]

# a reader that has seen enough
"$HOLODE" sample rbm -n 20000 --sweeps 1 2>err | head -n 1 >out; code=${PIPESTATUS[0]}
check "a closed pipe: exit $code" [ $code = 0 ]
check "ends without a word" [ ! -s err ]
