#!/bin/bash
# demo: from nothing to a trained model in less than a minute: bars and stripes on 2 ranks. `make demo` runs it.
# Environment: HOLODE (the program; default: holode on PATH), DEMO_DIR (default: a fresh temporary directory).
set -eu
holode=$(command -v "${HOLODE:-holode}") || { echo "demo: no program \"${HOLODE:-holode}\"; make builds it" >&2; exit 1; }
holode=$(realpath "$holode")
configs=$(realpath "$(dirname "$0")/../configs")
directory=${DEMO_DIR:-$(mktemp -d "${TMPDIR:-/tmp}/holode-demo-XXXXXX")}
mkdir -p "$directory"
cd "$directory"
# two ranks on this machine, one thread each; mpirun refuses to run as root unless told
export OMP_NUM_THREADS=1
if [ "$(id -u)" = 0 ]; then export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1; fi
say() { printf '\n\033[1m%s\033[0m\n' "$*"; }

say "1. Data: the 30 different 4 x 4 pictures of bars or stripes"
"$holode" data generate bars-and-stripes --size 4 -o bars-and-stripes.h5

say "2. Training on 2 ranks. No model can do better than -ln 30 = -3.4012 nats"
mpirun -n 2 --oversubscribe "$holode" train "$configs/bars-and-stripes.yaml" -o run 2>&1 | cat

say "3. Samples from the trained model"
"$holode" sample run -n 14 --shape 4x4

say "4. Next: real data (MNIST's four files, from where you keep them)"
cat <<END
  holode data import -o mnist.h5 --split train=train-images-idx3-ubyte.gz test=t10k-images-idx3-ubyte.gz
  mpirun -n 2 holode train $configs/mnist-rbm.yaml -o mnist
  holode sample mnist -n 100 -o digits.png

This demo's files are in $directory
END
