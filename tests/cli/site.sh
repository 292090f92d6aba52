#!/bin/bash
# What lies in jobs/site: as far as it can be tried without Spack, Apptainer and Modules.
. "$(dirname "$0")/../shell.sh"
site=$project/jobs/site

if command -v python3 >/dev/null; then
    cp "$site/spack/package.py" . && check "the recipe is Python" python3 -m py_compile package.py
else skip "site: no python3 to read the recipe"; fi
version=$(sed -n 's/^VERSION *:= *//p' "$project/Makefile")
for file in spack/package.py holode.tcl README.md; do check "$file: version $version" grep -q "\b$version\b" "$site/$file"; done

cat >modules.tcl <<'END'
proc module-whatis {text} { puts "whatis $text" }
proc conflict {name} { puts "conflict $name" }
proc module {what name} { puts "module $what $name" }
proc prepend-path {name value} { puts "prepend $name $value" }
proc setenv {name value} { puts "set $name $value" }
source [lindex $argv 0]
ModulesHelp
END
if command -v tclsh >/dev/null; then
    check "the modulefile is Tcl" tclsh modules.tcl "$site/holode.tcl" >said 2>err
    check "modulefile: the program" grep -q "^prepend PATH /opt/holode/$version/bin" said
    check "modulefile: the man pages" grep -q "^prepend MANPATH /opt/holode/$version/share/man" said
    check "modulefile: help" grep -q "holode help" err
else skip "site: no tclsh to read the modulefile"; fi

# the container's packages are those that .ci/setup names for Debian, without those of the tests
wanted=$(sed -n 's/.* \(lib[a-z0-9-]*-dev\) .*/\1/p' "$project/.ci/setup" | sort -u | grep -v 'cmocka\|openblas\|pmix\|simde')
check "the container has packages" [ -n "$wanted" ]
for package in $wanted; do check "the container: $package" grep -qw "$package" "$site/holode.def"; done
