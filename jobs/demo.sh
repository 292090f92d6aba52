#!/bin/bash
# demo: from nothing to a trained model in a minute or two: bars and stripes on 2 ranks. `make demo` runs it.
# Environment: HOLODE (the program; default: holode on PATH), DEMO_DIR (default: a fresh temporary directory).
set -euo pipefail
holode=$(command -v "${HOLODE:-holode}") || { echo "demo: no program \"${HOLODE:-holode}\"; make builds it" >&2; exit 1; }
holode=$(cd "$(dirname "$holode")" && pwd)/$(basename "$holode")
configs=$(realpath "$(dirname "$0")/../configs")
directory=${DEMO_DIR:-$(mktemp -d "${TMPDIR:-/tmp}/holode-demo-XXXXXX")}
mkdir -p "$directory"
cd "$directory"
# two ranks on this machine, one thread each, whatever its number of cores; single copies need rights that containers
# don't give
export OMP_NUM_THREADS=1 OMPI_MCA_btl_vader_single_copy_mechanism=none
# mpirun refuses to run as root unless told
as_root=""
if [ "$(id -u)" = 0 ]; then
    as_root="OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1"
    export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
fi
bold='\n%s\n'
[ -t 1 ] && bold='\n\033[1m%s\033[0m\n'
say() { printf "$bold" "$*"; }

say "1. Data: the 30 different 4 x 4 pictures of bars or stripes"
"$holode" data generate bars-and-stripes --size 4 -o bars-and-stripes.h5

say "2. Training on 2 ranks. No model can do better than -ln 30 = -3.4012 nats"
rm -rf run
mpirun -n 2 --oversubscribe --bind-to none "$holode" train "$configs/bars-and-stripes.yaml" -o run 2>&1 | cat

say "3. Samples from the trained model"
"$holode" sample run -n 14 --shape 4x4

say "4. Next: real data. In a directory with MNIST's two files of images:"
cat <<END
  PATH=\$PATH:$(dirname "$holode"); export OMP_NUM_THREADS=1 $as_root
  holode data import -o mnist.h5 --split train=train-images-idx3-ubyte.gz test=t10k-images-idx3-ubyte.gz
  holode train $configs/mnist-rbm.yaml           # on 2 ranks: mpirun -n 2 --bind-to none holode train ...
  holode sample mnist-rbm -n 100 -o digits.png
  holode evaluate mnist-rbm --data mnist.h5:test

This demo's files are in $directory
END
