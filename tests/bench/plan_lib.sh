# plan_lib.sh, sourced: runs that holode plan is held against. For tests/cli/plan.sh and tests/bench/plan.sh.
plan_names=(levels walks adam edges cd mrf ising boltzmann missing)

# plan_prepare SOURCE DIR: pss.c, what looks at memory
plan_prepare() { plan_watcher=$2/pss.so && ${CC:-cc} -O2 -fPIC -shared "$1" -o "$plan_watcher" -lpthread; }

# plan_data NAME ROWS COLUMNS BYTES [OPTIONS]: a data set of bytes that stand for the digits 0 to 9, imported with OPTIONS
plan_data() {
    [ ! -s "$1.h5" ] || return 0
    {
        printf '\223NUMPY\1\0\166\0%-117s\n' "{'descr': '|u1', 'fortran_order': False, 'shape': ($2, $3), }"
        seq 1000000 99999999 | tr -d '\n' | tr '0-9' "$4" | head -c $(($2 * $3))
    } >"$1.npy"
    "$HOLODE" data import "$1.npy" -o "$1.h5" "${@:5}" >/dev/null
}

plan_bits() { plan_data "$1" "$2" "$3" '\0\0\0\0\0\1\1\1\1\1'; }

# a field of UAI: variables of 3 states, each with several others
plan_field() {
    awk -v n=2000 -v links=6 'BEGIN {
        print "MARKOV"; print n
        for (i = 0; i < n; i++) printf "3 "
        print ""; print n * links
        for (d = 1; d <= links; d++) for (i = 0; i < n; i++) print 2, i, (i + d * d * 7) % n
        for (c = 0; c < n * links; c++) print "9\n1 1 1 1 1 1 1 1 1" }'
}

# plan_config NAME: NAME.yaml, and what it reads
plan_config() {
    local data model train evaluate="samples: 1024"
    case $1 in
    levels) plan_bits narrow 3000 144 && data=narrow.h5 model="kind: rbm, hidden: 3000"
        train="chains: 128, batch_size: 128, levels: 20" ;;
    walks) plan_bits narrow 3000 144 && data=narrow.h5 model="kind: rbm, hidden: 3000"
        train="chains: 128, batch_size: 128" evaluate="walks: 256" ;;
    adam) plan_data grey 20000 784 '\0\30\60\110\140\170\220\250\310\377' && data="grey.h5, binarize: sample"
        model="kind: rbm, hidden: 1000" train="chains: 512, batch_size: 512, optimiser: adam, average_steps: 10" ;;
    edges) plan_bits wide 4000 900 && data=wide.h5 model="kind: boltzmann, hidden: 2100, edges: edges.txt, positive_sweeps: 2"
        awk 'BEGIN {for (d = 1; d <= 50; d++) for (i = 0; i < 3000; i++) print i, (i + d * d) % 3000}' >edges.txt
        train="chains: 512, batch_size: 512" ;;
    cd) plan_data grey 20000 784 '\0\30\60\110\140\170\220\250\310\377' && data=grey.h5 model="kind: rbm, hidden: 1500"
        train="method: cd, batch_size: 1000" evaluate="samples: 20000" ;;
    mrf) plan_data states 3000 2000 '\0\1\2\0\1\2\0\1\2\0' && plan_field >field.uai && data=states.h5
        model="kind: mrf, file: field.uai" train="chains: 2048, batch_size: 1024" ;;
    ising) plan_bits spins 500 65536 && data=spins.h5 model="kind: ising, lattice: 256x256, couplings: per_edge"
        train="chains: 512, batch_size: 256" ;;
    boltzmann) plan_bits wide 4000 900 && data=wide.h5 model="kind: boltzmann, hidden: 1000, positive_sweeps: 2"
        train="chains: 256, batch_size: 256, cosine_gain: 0.001" ;;
    missing) plan_data gaps 30000 784 '\0\0\0\0\0\1\1\1\2\2' --missing 2 && data="gaps.h5, valid: 'gaps.h5:train'"
        model="kind: rbm, hidden: 500" train="chains: 512, batch_size: 512" evaluate="samples: 30000" ;;
    small) plan_bits narrow 3000 144 && data=narrow.h5 model="kind: rbm, hidden: 2500"
        train="chains: 128, batch_size: 128, levels: 6, optimiser: adam, learning_rate: 0.001, average_steps: 10"
        evaluate="walks: 256" ;;
    esac
    cat >"$1.yaml" <<YAML
data: {train: $data}
model: {$model}
train: {steps: 3, $train}
evaluate: {$evaluate}
checkpoint: {minutes: 0}
YAML
}

# plan_compare NAME RANKS: planned, measured (the most of any rank), file_planned and file_size, in bytes; whether they
# agree: within 5 % or 2 MB, and 1 % or 4 kB
plan_compare() {
    local name=$1 ranks=$2 launcher=(mpirun -q --oversubscribe --bind-to none -np "$2")
    [ "$ranks" != 1 ] || launcher=()
    plan_config "$name" || return 1
    OMP_NUM_THREADS=1 "$HOLODE" plan "$name.yaml" --ranks "$ranks" --node-ranks "$ranks" --json >planned.json || return 1
    rm -rf pss.[0-9]* "out-$name"
    OMP_NUM_THREADS=1 "${launcher[@]}" env LD_PRELOAD="$plan_watcher" PSS_OUT="$PWD/pss" "$HOLODE" train "$name.yaml" -q \
        -o "out-$name" >train.txt 2>&1 || { cat train.txt; return 1; }
    plan_value() { sed -n "s/.*\"$1\": \\([0-9][0-9]*\\).*/\\1/p" planned.json; }
    planned=$(($(plan_value rank_bytes) - $(plan_value "program, libraries and MPI") - $(plan_value "libraries in use")))
    measured=$(awk '$2 - $1 > most {most = $2 - $1} END {print most + 0}' pss.[0-9]*)
    file_planned=$(plan_value checkpoint_bytes) file_size=$(stat -c %s "out-$name"/checkpoint-*3.h5)
    awk -v p="$planned" -v m="$measured" -v f="$file_planned" -v s="$file_size" 'function off(a, b) {return a > b ? a - b : b - a}
        BEGIN {exit !((off(p, m) < 0.05 * m || off(p, m) < 2e6) && (off(f, s) < 0.01 * s || off(f, s) < 4096))}'
}
