#!/bin/bash
# Kernels of instruction sets that this processor may lack, emulated (tests/emulate): the programs of tests/num, and runs
# whose checkpoints must be those of plain C. Once with all that such processors have, once with what all of them have.
. "$(dirname "$0")/../shell.sh"
emulated=$(dirname "$TESTS_DIR")/emulated
[ -x "$emulated/holode" ] || { skip "AVX-512 emulated: no SIMDe (Debian: libsimde-dev)"; exit; }

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

for lacks in none "avx512vbmi avx512vpopcntdq"; do
    export HOLODE_LACKS=$lacks HOLODE_ISA=avx512
    check "avx512 is emulated" grep -q "kernels .*avx512 here" <("$emulated/holode" --version)
    for program in "$emulated"/test_*[!.]?; do
        OMP_NUM_THREADS=2 timeout 300 mpirun -q --oversubscribe -np 1 "$program" >out 2>&1
        check "${program##*/} without $lacks" [ $? = 0 ]
    done
    for c in rbm boltzmann ising; do
        HOLODE=$emulated/holode run 1 1 train $c.yaml -o "$c-avx512 $lacks" || fail "$c without $lacks"
        check "$c without $lacks: as with plain C" same $c-generic "$c-avx512 $lacks"
    done
    unset HOLODE_ISA
done
