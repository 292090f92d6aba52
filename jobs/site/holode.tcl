#%Module1.0
# A modulefile for Environment Modules and Lmod: put it into MODULEPATH as holode/0.1.0, and set the two values below.
set version 0.1.0
set prefix  /opt/holode/$version                ;# PREFIX of make install
set parts   {}                                  ;# modules that holode was built with, as {openmpi/4.1.4 hdf5/1.10.8}

proc ModulesHelp {} {
    puts stderr "holode trains energy-based models on clusters. `holode help` lists its manual."
}
module-whatis "holode: energy-based models on clusters, the same bits on any number of ranks"
conflict holode

foreach part $parts { module load $part }
prepend-path PATH    $prefix/bin
prepend-path MANPATH $prefix/share/man
setenv HOLODE_HOME   $prefix/share/holode       ;# configs and scripts for Slurm
