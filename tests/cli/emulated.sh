#!/bin/bash
# Kernels of instruction sets that this processor may lack, AVX-512 and AMX, emulated (tests/emulate): the programs of
# tests/num, and runs whose checkpoints must be those of plain C. Then once more with what all such processors have.
. "$(dirname "$0")/../shell.sh"
emulated=$(dirname "$TESTS_DIR")/emulated
[ -x "$emulated/holode" ] || { skip "AVX-512 and AMX: no SIMDe (Debian: libsimde-dev)"; exit; }

"$HOLODE" data generate bars-and-stripes --size 6 -o data.h5 >/dev/null
config() {      # config NAME MODEL TRAIN
    cat >"$1.yaml" <<END
seed: 7
data: {train: data.h5}
model: {$2}
train: {$3, batch_size: 100, chains: 130, steps: 20, learning_rate: 0.1}
END
    HOLODE_ISA=generic run 1 1 train "$1.yaml" -o "$1-generic" || fail "$1 with plain C"
}
config rbm "kind: rbm, hidden: 70" "method: pcd, sweeps: 2"
config boltzmann "kind: boltzmann, hidden: 21" "method: pcd"
config ising "kind: ising, lattice: 6x6" "method: pcd"
config potts "kind: potts" "method: pcd"

passes() {      # passes PROGRAM...: each tests all instruction sets that it finds
    local program
    for program in "$@"; do
        OMP_NUM_THREADS=2 timeout 300 mpirun -q --oversubscribe -np 1 "$program" >out 2>&1
        check "${program##*/} without $HOLODE_LACKS" [ $? = 0 ]
    done
}
trained() {     # trained RUN...: as with plain C
    local name=$HOLODE_ISA-without-${HOLODE_LACKS// /-} c
    check "$HOLODE_ISA is emulated" grep -q "kernels .*$HOLODE_ISA here" <("$emulated/holode" --version)
    for c in "$@"; do
        HOLODE=$emulated/holode run 1 1 train $c.yaml -o "$c-$name" || fail "$c on $name"
        check "$c on $name: as with plain C" same $c-generic "$c-$name"
    done
}
export HOLODE_LACKS=nothing
passes "$emulated"/test_*[!.]?
HOLODE_ISA=avx512 trained rbm boltzmann ising potts
HOLODE_ISA=amx trained rbm boltzmann
HOLODE_LACKS="avx512vbmi avx512vpopcntdq amx"
passes "$emulated"/test_{kernels,counts,pairs,pairwise}
HOLODE_ISA=avx512 trained rbm
