#!/bin/bash
# One call of open, write, pwrite, fsync, rename, mmap or malloc fails on one of two ranks, sixty by chance; all of them
# by `make check-faults`.
exec "$(dirname "$0")/../faults/run.sh" 60
