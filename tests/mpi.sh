# mpi.sh, sourced: mpi N COMMAND... runs a command on N ranks on this machine, quietly and without binding.
if [ "$(id -u)" = 0 ]; then export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1; fi
export OMPI_MCA_mpi_yield_when_idle=1 OMPI_MCA_btl_vader_single_copy_mechanism=none OMPI_MCA_rmaps_base_oversubscribe=1
# Open MPI asks for networks for 0.2 s at each start, and a process without mpirun starts a daemon: ranks of one machine need
# neither. HOLODE_TEST_MPI=plain leaves all to it.
if [ "${HOLODE_TEST_MPI:-}" != plain ]; then
    export OMPI_MCA_pml=${OMPI_MCA_pml:-ob1} OMPI_MCA_btl=${OMPI_MCA_btl:-self,vader} OMPI_MCA_ess_singleton_isolated=1
fi
export OMP_WAIT_POLICY=${OMP_WAIT_POLICY:-passive}
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-2}
mpi() { local n=$1; shift; mpirun -q --oversubscribe --bind-to none -np "$n" "$@"; }
