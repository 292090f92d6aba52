#!/bin/bash
# make install and uninstall, with blanks and quotes in the names; what --version says; what .ci/setup finds missing.
. "$(dirname "$0")/../shell.sh"

# the program that is there, so that nothing is built: a folder for BUILD with no objects would be
made() { make -s -C "$project" --no-print-directory -o all BUILD="$scratch/build" "$@" >out 2>&1; }
mkdir build && cp "$HOLODE" build/holode
files() { (cd "$1" && find . -type f | sort); }
for prefix in /usr/local "/a b" "/it's here"; do
    check "install, $prefix" made install PREFIX="$prefix" DESTDIR="$scratch/stage of"
    root="stage of$prefix"
    check "$prefix: runs" "$root/bin/holode" --version >out
    check "$prefix: a config" cmp "$project/configs/reference.yaml" "$root/share/holode/configs/reference.yaml"
    check "$prefix: all of them" [ "$(ls "$project/configs" "$project/jobs")" = "$(cd "$root/share/holode" && ls "$project/configs" "$project/jobs")" ]
    check "$prefix: man pages" [ -s "$root/share/man/man1/holode-train.1" -a -s "$root/share/man/man7/holode-quick-start.7" ]
    check "$prefix: completion" bash -n "$root/share/bash-completion/completions/holode"
    check "$prefix: nothing elsewhere" [ "$(files "stage of" | grep -cvF ".$prefix/")" = 0 ]
    check "uninstall, $prefix" made uninstall PREFIX="$prefix" DESTDIR="$scratch/stage of"
    check "$prefix: nothing left" [ -z "$(files "stage of")" ]
    check "$prefix: nor a folder of ours" [ ! -e "$root/share/holode" ]
done
check "install without DESTDIR" made install PREFIX="$scratch/own place"
echo mine >"own place/share/holode/configs/mine.yaml"
check "uninstall leaves other files" made uninstall PREFIX="$scratch/own place"
check "and says so" grep -q "left in $scratch/own place/share/holode/configs: what install has not put there" out
check "one is left" [ "$(files "own place")" = ./share/holode/configs/mine.yaml ]
check "uninstall where there is nothing" made uninstall PREFIX="$scratch/nowhere"

"$HOLODE" --version >out
check "version: in the first line" grep -qE '^holode [0-9]+\.[0-9]+\.[0-9]+$' <(head -n 1 out)
for what in commit compiler MPI HDF5 kernels; do check "version: $what" grep -qE "^  $what +[^ ]" out; done
for isa in generic avx2 avx512 amx; do
    HOLODE_ISA=$isa "$HOLODE" data generate bars-and-stripes -o x.h5 >/dev/null 2>&1 || continue
    check "version: $isa when chosen" grep -qE "^  kernels +$isa here; .*$isa" <(HOLODE_ISA=$isa "$HOLODE" --version)
done
"$HOLODE" --version >/dev/full 2>err; code=$?
check "version: full stdout: exit $code" [ $code = 1 ]

# a header without its library is as missing as both: a compiler whose linker does not find it
cat >cc <<'END'
#!/bin/bash
shopt -s extglob
for word in "$@"; do [[ $word != -l@($HIDDEN) ]] || { echo "ld: cannot find $word" >&2; exit 1; }; done
exec ${REAL_CC:-cc} "$@"
END
chmod +x cc
real=${CC:-cc}
setup() { env -u PART_LIBS -u PART_CFLAGS CC="$scratch/cc" HIDDEN="$1" REAL_CC="$real" CFLAGS= LDFLAGS= timeout 60 "$project/.ci/setup" "${@:2}" >out 2>&1; }
check "setup: all is there" setup nothing --report
check "setup: and says so" grep -q "^holode: nothing is missing" out
setup 'yaml|jansson|png*|z|cmocka|mpi|hdf5*|openblas' --bench --report; code=$?
check "setup: libraries missing: exit code $code" [ $code = 1 ]
check "setup: each without its library" [ "$(sed -n 's/^holode: missing: //p' out)" = \
    "Open-MPI parallel-HDF5 libyaml jansson libpng zlib CMocka OpenBLAS " ]
