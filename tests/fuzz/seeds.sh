#!/bin/bash
# seeds.sh DIRECTORY: good inputs for each harness of tests/fuzz, DIRECTORY/PARSER/*; HOLODE makes those in HDF5.
set -eu
mkdir -p "$1" && cd "$1"
mkdir -p alignment array config couplings edges evidence factors guard mutations owner strings structure
put() { cat >"$1"; }

printf '0,1,0.5\n-2,30,1e-3\n' >array/commas
printf '# head\n0 1\n1 0 # half\n' >array/blanks
printf 'name;a;b\nx;0,5;1\ny;1,5;0\n' >array/headings
printf '0 1\n? NA\n' >array/missing
printf '\0\0\10\3\0\0\0\2\0\0\0\2\0\0\0\1\0\1\200\377' >array/idx
npy() {     # npy DESCR SHAPE DATA
    local header="{'descr': '$1', 'fortran_order': $4, 'shape': ($2), }" size
    size=$(printf '%03o' ${#header})
    printf "\223NUMPY\1\0\\$size\0%s$3" "$header"
}
npy '|u1' '2, 3' '\0\1\0\1\1\0' False >array/u1.npy
npy '<f4' '2, 1' '\0\0\200\77\0\0\0\0' False >array/f4.npy
npy '>i2' '1, 2' '\0\1\0\2' True >array/i2.npy
gzip -nc array/commas >array/commas.gz
gzip -nc array/u1.npy >array/u1.npy.gz

printf '>a x\nACGU-A\nCC\n>q/3-9\nAC-U.gAC..C\n;c\n>b\nNCGUAACC\n' >alignment/fasta
printf '>q\nACD-kkEF.\n>b 1\nAC-\nXEF*\n' >alignment/a2m
printf '# STOCKHOLM 1.0\n#=GF ID x\nq/1-2  ACG.\nb AC\n#=GR b SS ..\n\nq/1-2  u-\nb GGUU\n//\n' >alignment/stockholm
printf '\xEF\xBB\xBF>a\r\naA.\r\n>a\raA-\r' >alignment/returns
gzip -nc alignment/fasta >alignment/fasta.gz
printf 'J 0 1 A C 0.5\nJ 2 0 U G -1.25e-3 # c\n\nh 0 A 1\r\nh 3 - 0.1\nJ 0 1 A C 0.5\n' >couplings/letters
printf 'J 0 1 0 20 0.5\nJ 1 2 3 4 1\nJ 0 2 1 1 1\nh 2 1 -inf\n' >couplings/numbers
gzip -nc couplings/letters >couplings/letters.gz
put config/rbm <<'END'
data: {train: data.h5, binarize: "threshold:0.5"}
model: {kind: rbm, hidden: 16, temperature: 1.5}
train: {steps: 20, batch_size: 30, chains: 64, learning_rate: 0.05, sweeps: 1}
END
put config/mrf <<'END'
model:
  kind: mrf
  variables: {A: 2, "B b": 3}
  cliques:
    - {variables: [A], potentials: [1, 2]}
END
put config/table <<'END'
model:
  kind: mrf
  variables: {A: 2, B: 3}
  cliques:
    - {variables: [A, B], energies: [[0, 1, .inf], [1, 0, -2.5]]}
output: somewhere
END
printf 'model: {kind: ising, lattice: 4x4}\n\0seed=7' >config/set

printf '0 1\n1 2 # c\n2 0\n' >edges/plain
printf '0,1,0.5\n1,0,0.5\n1,1,-2\n' >edges/couplings
printf '3 2\n1 2 1\n2 3 -1\n' >edges/rudy
printf '%%%%MatrixMarket matrix coordinate real symmetric\n3 3 2\n2 1 1.5\n3 2 -1\n' >edges/market
printf 'c graph\np edge 3 2\ne 1 2\ne 2 3\n' >edges/dimacs
printf 'p qubo 0 3 2 1\n0 0 1\n1 1 2\n0 1 -3\n' >edges/qubo
printf '1\n2 0 1 3 0\n' >evidence/one
printf '2 0 1 3 0\n' >evidence/plain
printf '2\n1 0 1\n2 1 0 2 1\n' >evidence/two
printf 'uMARKOV\n2\n2 3\n2\n2 0 1\n1 1\n\n6\n 1 2 3 11 12 13\n3\n 0.5 0 0.25\n' >factors/uai
printf 'f# by hand\n2\n\n2\n3 7\n2 3\n6\n0 1\n1 11\n2 2\n3 12\n4 3\n5 13\n\n1\n7\n3\n2\n0 0.5\n2 1e-400\n' >factors/fg
printf 'HEADER    X\nATOM      1  CA AALA A   5      -3.000   1.000  99.000  0.50 10.00           C\nHETATM    2 SE   MSE A   6A      6.0     1.0     0.0\nTER\nENDMDL\n' >structure/pdb
printf 'mutant,x,DMS_score\nA12G:C3D,"a,""b",0.5\np.Ala12Ter,,NA\nwt,,1\n' >mutations/headings
printf 'A;12;G;0.5\nC;-3;D;-2e-3\n' >mutations/plain
put structure/mmcif <<'END'
data_X
_a.text
;of
lines
;
loop_
_atom_site.group_PDB
_atom_site.label_atom_id
_atom_site.label_comp_id
_atom_site.label_asym_id
_atom_site.label_seq_id
_atom_site.Cartn_x
_atom_site.Cartn_y
_atom_site.Cartn_z
_atom_site.pdbx_PDB_model_num
ATOM CA GLY A 1 1 2e1 -3.5 1
ATOM "C1'" 'A B' A 2 ? . 3 1
#
END
printf 'i j x d\n4.2e+01 9 0.5 2.5 # near\n7,8;0,NA\n1 1 1 -1\n' >structure/table
put owner/running <<'END'
holode: the start of the run that this directory belongs to
token 0123456789abcdef
host nowhere
space pid:[1]
pid 4711
born 1234
job 12
restart 0
since 2026-01-31T12:00:00
state running
END
sed 's/running/ended  /' owner/running >owner/ended
n=0
for text in 90 0.5 1:30 01:02:03 1-02 1-02:03:04 28x28 4x4x4 data.h5 data.h5:valid d/a.h5:/g/x; do
    n=$((n + 1)); printf '%s' "$text" >"strings/$n"
done
"$HOLODE" data generate bars-and-stripes --size 3 -o guard/data.h5 >/dev/null
printf 'data: {train: guard/data.h5}\nmodel: {kind: rbm, hidden: 2}\ntrain: {steps: 2, batch_size: 14, chains: 64, sweeps: 1, learning_rate: 0.05}\n' >run.yaml
"$HOLODE" train run.yaml -q -o run >/dev/null 2>&1
cp run/checkpoint-*.h5 guard/
rm -r run run.yaml
