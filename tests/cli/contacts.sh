#!/bin/bash
# contacts: pairs whose couplings are known, in order of their scores; against a table of distances, a PDB and an mmCIF
# file of the same molecule, with precision counted by hand; files; wrong inputs; ranks.
. "$(dirname "$0")/../shell.sh"

# ---- twelve sites of three states, letters -AC; couplings of strength s between equal states but the gap
# pairs (from 1) and strengths: 1-7 3, 2-9 2.5, 3-12 2, 8-11 9, 5-10 1.5, 4-11 1; the gap's own coupling of 6-12 is 8
awk 'BEGIN {n = split("1-7:3 2-9:2.5 3-12:2 8-11:9 5-10:1.5 4-11:1", p, " ")
    printf "MARKOV\n12\n"; for (i = 0; i < 12; i++) printf "3 "; printf "\n%d\n", n + 1
    for (k = 1; k <= n; k++) {split(p[k], f, /[-:]/); print "2", f[1] - 1, f[2] - 1}
    print "2 5 11"
    for (k = 1; k <= n; k++) {split(p[k], f, /[-:]/); print 9; for (a = 0; a < 3; a++) for (b = 0; b < 3; b++) print exp(a == b && a > 0 ? f[3] : 0)}
    print 9; for (a = 0; a < 3; a++) for (b = 0; b < 3; b++) print exp(a + b == 0 ? 8 : 0)}' >field.uai
awk 'BEGIN {srand(1); split("- A C", w, " "); for (r = 0; r < 60; r++) {l = ""; for (i = 0; i < 12; i++) l = l (i ? "," : "") w[1 + int(3 * rand())]; print l}}' >rows.csv
"$H" data import -o rows.h5 --states rows.csv >/dev/null 2>&1
printf 'data: {train: rows.h5:train}\nmodel: {kind: mrf, file: field.uai}\ntrain: {steps: 1, batch_size: 60, chains: 64, sweeps: 1, learning_rate: 1e-9}\n' >run.yaml
check "train" run 1 1 train run.yaml -o one

order() { awk -F, 'NR > 1 {printf "%s%d-%d", s, $1, $2; s = " "}' "$1"; }
check "contacts" run 1 1 contacts one --csv
cp out pairs.csv
# the gauge spreads the coupling of the gap to itself over the other states: a norm of 8 * 2 / 9, in place of 8 * 2 / 3
check "order" [ "$(order pairs.csv | cut -d' ' -f1-4)" = "1-7 2-9 3-12 6-12" ]
check "near pairs are left out" eval "! grep -q '^8,11,' pairs.csv"
check "heads" [ "$(head -1 pairs.csv)" = i,j,score,norm ]
check "all pairs" run 1 1 contacts one --csv --min-separation 1
check "the near one first" [ "$(sed -n 2p out | cut -d, -f1,2)" = 8,11 ]
check "the gap is known" run 1 1 contacts one
check "and told" grep -q "^model  *12 sites (from 1), 7 pairs with couplings; norms without the gap$" out
check "with the gap" run 1 1 contacts one --csv --with-gap
check "its pair comes first" [ "$(sed -n 2p out | cut -d, -f1,2)" = 6,12 ]
check "top" run 1 1 contacts one --csv --top 2
check "of two" [ "$(wc -l <out)" = 3 ]

# norms and scores by an independent program
cat >scores.py <<'END'
import numpy, sys
words = open("field.uai").read().split()
sites, q = int(words[1]), 3
count = int(words[2 + sites]); at = 3 + sites
pairs = [(int(words[at + 3 * k + 1]), int(words[at + 3 * k + 2])) for k in range(count)]
at += 3 * count
center = numpy.eye(q) - 1 / q
f = numpy.zeros((sites, sites))
for k, (i, j) in enumerate(pairs):
    table = numpy.log(numpy.array(words[at + 10 * k + 1:at + 10 * k + 10], float)).reshape(q, q)
    f[i, j] = f[j, i] = numpy.linalg.norm((center @ table @ center)[1:, 1:])
scores = f - numpy.outer(f.sum(0), f.sum(0)) / f.sum() * sites / (sites - 1)
for line in open("pairs.csv").read().split()[1:]:
    i, j, score, norm = line.split(",")
    assert abs(scores[int(i) - 1, int(j) - 1] - float(score)) < 1e-5, line
    assert abs(f[int(i) - 1, int(j) - 1] - float(norm)) < 1e-5, line
END
numpy=
for program in /usr/bin/python3 python3; do $program -c 'import numpy' 2>/dev/null && numpy=$program && break; done
if [ -n "$numpy" ]; then check "norms and scores by numpy" "$numpy" scores.py
else skip "contacts: no numpy to compute scores with"; fi

# ---- a table of distances: 1-7 and 2-9 are contacts, 3-12 is none, 5-10 is not known; 4-11 is one
printf '%s\n' "# i j x d" "1 7 0 7.9" "9,2,0,3" "3 12 0 8" "5 10 0 nan" "4 11 0 4" "1 12 0 5" "6 12 0 20" "20 30 0 1" >map.dat
check "a table" run 1 1 contacts one --structure map.dat --json
check "tells its columns" grep -q "map.dat: a table: sites in columns 1 and 2, distances in column 4 of 4" out
check "and lines of no site" grep -q "1 of 8 lines are at none of sites 1 to 12" out
sed -n '/^{/,$p' out >one.json
check "known" [ "$(value known_distances one.json)" = 6 ]
check "contacts" [ "$(value contacts_of_structure one.json)" = 4 ]
check "not known" [ "$(value unknown_pairs one.json)" = 1 ]
# the first L/5 = 2 pairs are both right; the first five, without 5-10, are 1-7 2-9 3-12, then 6-12 and 4-11
check "precision" run 1 1 contacts one -s map.dat -o report
check "L/5" grep -q "^L/5  *2  *1.000$" out
check "L/2, too many" grep -q "^L/2  *6  *-$" out
ppv=$(awk -F, 'NR > 1 {printf "%s%.3f", s, $5; s = " "}' report/precision.csv)
check "curve: $ppv" [ "$ppv" = "1.000 1.000 0.667 0.500 0.600" ]
check "files" [ "$(ls report | tr '\n' ' ')" = "contacts.csv contacts.html contacts.png precision.csv " ]
check "a picture" [ "$(head -c 4 report/contacts.png | tail -c 3)" = PNG ]
check "the page" grep -q "Contacts of one" report/contacts.html
check "once more" run 1 1 contacts one -s map.dat -o report
check "on two ranks" run 2 1 contacts one -s map.dat -o report2
for f in contacts.csv contacts.png precision.csv; do check "the same $f" cmp -s report/$f report2/$f; done
gzip -kc map.dat >map.dat.gz
check "compressed" run 1 1 contacts one -s map.dat.gz -o only.png
check "the picture alone" cmp -s only.png report/contacts.png
check "cutoff" run 1 1 contacts one -s map.dat --cutoff 3.5 --json
check "of one" [ "$(value contacts_of_structure)" = 1 ]
# ---- the same on the page of a potts model
printf 'data: {train: rows.h5:train}\nmodel: {kind: potts}\ntrain: {steps: 20, batch_size: 60, chains: 64, learning_rate: 0.05}\n' >sites.yaml
check "sites" run 1 1 train sites.yaml -q
check "a page" run 1 1 report sites --sweeps 20
check "without a structure" eval "grep -q 'holode report sites --structure FILE' sites/report.html && ! grep -q PPV sites/report.html"
check "with one" run 2 1 report sites --sweeps 20 --structure map.dat -o page.html
check "is compared" grep -q 'Compared with map.dat: 4 of 6 pairs with a known distance are contacts, 66.7 %' page.html
check "its map, too" grep -q 'below it contacts of the structure' page.html
check "the curve" grep -q 'share in contact (PPV)' page.html
check "contacts of its own" run 1 1 contacts sites -s map.dat --csv --top 20
close=$(awk -F, '$NF == 1' out | wc -l)
check "$close contacts among the first 20" [ "$(grep -o '>contact<' page.html | wc -l)" = "$close" ]
check "their precision" run 1 1 contacts sites -s map.dat
ppv=$(awk '$1 == "L/5" {print $3}' out)
check "is that of the page, $ppv" eval "tr -d '\n' <page.html | grep -q 'L/5</td><td[^>]*>2</td><td[^>]*>$ppv<'"
refused 2 '--offset: found 90, by which sites 1 to 12 are 91 to 102' "$H" report sites --sweeps 20 --structure map.dat --offset 90 -o no.html
refused 2 '--chain: found no --structure' "$H" report sites --chain A
refused 2 '--structure: found 2 runs, expected one' "$H" report sites one -o no.html --structure map.dat
refused 2 'a model without pairs of sites' "$H" report one -o no.html --structure map.dat
check "no page of these" [ ! -e no.html ]

exits 3 "a column of zeros" "$H" contacts one -s map.dat --distance-column 3
check "has no distance" grep -q "map.dat: found no distance of two sites at least 5 apart" err

# another family's: the first pairs are apart, others close; and most lines outside of the model
printf '%s\n' "1 7 0 30" "2 9 0 30" "3 12 0 30" "6 12 0 30" "1 12 0 5" "2 12 0 5" >other.dat
check "another structure" run 1 1 contacts one -s other.dat
check "is told" grep -q "other.dat: precision is that of chance; is it this family's structure" out
check "the right one" run 1 1 contacts one -s map.dat
check "is not" eval "! grep -q \"this family's\" out"
check "by a wrong offset" run 1 1 contacts one -s map.dat --offset 4
check "is told" grep -q "more than half of the lines are at no site of the model; is it this family" out

# ---- a molecule: residues 101 to 112 in a row, 4 angstrom apart along x, but 107 beside 101, 109 beside 102; 105 is
# missing, 103 has letter Y, 104 another location far away
atom() { printf '%-6s%5d  %-3s%1s%3s %1s%4d%1s   %8.3f%8.3f%8.3f%6.2f%6.2f          %2s\n' "$@"; }
{
    echo "HEADER    A TEST"
    for k in 1 2 3 4 6 7 8 9 10 11 12; do
        x=$((4 * k)) y=0
        [ $k != 7 ] || { x=4; y=5; }
        [ $k != 9 ] || { x=8; y=7; }
        name=ALA; [ $k != 3 ] || name=TYR
        atom ATOM $k CA " " $name A $((100 + k)) " " $x $y 0 1 10 C
        [ $k != 4 ] || atom ATOM 99 CA B ALA A 104 " " 4 0 0 0.4 10 C
        atom ATOM $k CB " " $name A $((100 + k)) " " $x $y 2 1 10 C
    done
    atom ATOM 98 CA " " ALA A 104 A 4 0 0 1 10 C
    echo TER
    atom ATOM 50 CA " " GLY B 1 " " 0 0 0 1 10 C
} >fold.pdb
awk 'BEGIN {print "data_fold\nloop_"; split("group_PDB id label_atom_id label_alt_id label_comp_id auth_asym_id auth_seq_id pdbx_PDB_ins_code Cartn_x Cartn_y Cartn_z occupancy type_symbol", t, " "); for (k = 1; k <= 13; k++) print "_atom_site." t[k]}
    /^ATOM/ {alt = substr($0, 17, 1); ins = substr($0, 27, 1)
        print "ATOM", substr($0, 7, 5), substr($0, 13, 4), alt == " " ? "." : alt, substr($0, 18, 3), substr($0, 22, 1), substr($0, 23, 4), ins == " " ? "?" : ins, substr($0, 31, 8), substr($0, 39, 8), substr($0, 47, 8), substr($0, 55, 6), substr($0, 77, 2)}
    END {print "#"}' fold.pdb >fold.cif
for file in fold.pdb fold.cif; do
    check "$file" run 1 1 contacts one -s $file --offset 100 -o out-$file
    check "$file: chains" grep -q "$file: chain A of A (12 residues), B (1) (--chain takes another)" out
    check "$file: inserted" grep -q "1 of 12 residues have insertion codes" out
    # 1-7: 5; 2-9: 7; 3-12: 36; 5-10: unknown; 6-12: 24; 4-11: 28
    check "$file: precision" [ "$(awk -F, 'NR > 1 {printf "%d-%d:%g ", $2, $3, $4}' out-$file/precision.csv)" = "1-7:5 2-9:7 3-12:36 6-12:24 4-11:28 " ]
    check "$file: letters" [ "$(sed -n 4p out-$file/contacts.csv | cut -d, -f1,2,5,6)" = 3,12,Y,A ]
done
check "the same from both" cmp -s out-fold.pdb/contacts.csv out-fold.cif/contacts.csv
# CB of 107 moves away: 5, 0, 8.5 from that of 101
awk 'substr($0, 14, 2) == "CB" && substr($0, 23, 4) + 0 == 107 {$0 = substr($0, 1, 48) "10.500" substr($0, 55)} {print}' fold.pdb >far.pdb
check "heavy atoms" run 1 1 contacts one -s far.pdb --offset 100 --csv
check "are 5 apart" grep -q '^1,7,.*,5,1$' out
check "CB" run 1 1 contacts one -s far.pdb --offset 100 --csv --atoms cb
check "are 9.86 apart" grep -q '^1,7,.*,9.86[0-9]*,0$' out
check "a reference" run 1 1 contacts one -s fold.pdb --offset 101 --reference "AACAAA-AAAA-"
check "and another offset" grep -q "chain A: .* residues differ from the reference by --offset 101; by --offset 100 [0-9]* agree" out

# ---- a table of a real structure: pairs at least 5 apart below 8 and 6 angstrom, counted by awk
structure=${HOLODE_DATA:-$project/../shared/data}/protein/PF13354_struct.dat.gz
if [ -e "$structure" ]; then
    { printf 'MARKOV\n202\n'; for i in $(seq 202); do printf '2 '; done; printf '\n1\n2 0 9\n4\n2 1 1 2\n'; } >long.uai
    run 1 1 import long.uai -o long
    for cutoff in 6 8; do
        check "a real structure" run 1 1 contacts long -s "$structure" --cutoff $cutoff --json
        check "contacts below $cutoff" [ "$(value contacts_of_structure)" = "$(zcat "$structure" | awk -v most=$cutoff '$2 - $1 > 4 && $4 < most {n++} END {print n}')" ]
    done
else skip "contacts: no $structure"; fi

# ---- wrong inputs
echo 1 2 >two.dat
refused 2 '--chain: found "Q", expected a chain of fold.pdb: A (12 residues), B (1)' "$H" contacts one -s fold.pdb --chain Q
refused 2 '--offset: found 500, by which sites 1 to 12 are 501 to 512, expected some of the residues: they are numbered 101 to 112' "$H" contacts one -s fold.cif --chain A --offset 500
refused 2 '--chain: found a table of distances' "$H" contacts one -s map.dat --chain A
refused 2 '--distance-column: found a PDB or mmCIF file' "$H" contacts one -s fold.pdb --distance-column 4
refused 2 '--distance-column: found 9, expected 3 to 4' "$H" contacts one -s map.dat --distance-column 9
refused 2 '--min-separation: found 12, expected less than the 12 sites' "$H" contacts one --min-separation 12
refused 2 '--reference: found "AAC", 3 letters, expected 12' "$H" contacts one --reference AAC
refused 2 "--reference: found 'X' as letter 2, expected one of -AC" "$H" contacts one --reference AXCAAACAAAAA
refused 3 'two.dat: found lines of 2 columns' "$H" contacts one -s two.dat
printf 'i,j,score,norm\n1,7,0.5,0.6\n' >scores.csv # what contacts writes
refused 3 'scores.csv:1:1: found "i", expected a heading distance, dist or d (or --distance-column N)' "$H" contacts one -s scores.csv
printf '1 2 0 5\n2 3 0 5\n' >near.dat # no two sites far enough apart
exits 3 "near sites alone" "$H" contacts one -s near.dat
check "are no use" grep -qF "near.dat: found no distance of two sites at least 5 apart, expected some (--offset 0, --min-separation?)" err
refused 3 'absent.pdb' "$H" contacts one -s absent.pdb
head -c 700 fold.pdb >cut.pdb
refused 3 'cut.pdb:10: found an atom in' "$H" contacts one -s cut.pdb
refused 2 '-o: found rows.csv, a text file, expected another name' "$H" contacts one -o rows.csv
printf 'i,j,distance\n1,7,3\n' >pairs-of-mine.csv
refused 2 '-o: found pairs-of-mine.csv, a text file, expected another name' "$H" contacts one -o pairs-of-mine.csv
refused 2 '-o: found "map.dat", which can' "$H" contacts one -o map.dat
printf 'data: {train: rows.h5:train}\nmodel: {kind: rbm, hidden: 2}\ntrain: {steps: 1, batch_size: 60, chains: 64, sweeps: 1, learning_rate: 0.1}\n' >rbm.yaml
awk 'BEGIN {srand(2); for (r = 0; r < 60; r++) print int(2 * rand()) "," int(2 * rand()) "," int(2 * rand())}' >bits.csv
"$H" data import -o bits.h5 bits.csv >/dev/null 2>&1
sed 's/rows.h5/bits.h5/' rbm.yaml >rbm2.yaml
check "train an rbm" run 1 1 train rbm2.yaml -o rbm
refused 2 'rbm: found a model of 2 hidden units, expected one whose columns are coupled' "$H" contacts rbm
