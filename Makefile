# holode: one GNU Makefile. `make help` lists the targets.
#   CC, CFLAGS, LDFLAGS, PREFIX, DESTDIR are honoured; V=1 shows the commands; W=1 turns warnings into errors.

MAKEFLAGS += --no-builtin-rules
CC      ?= cc
CFLAGS  ?= -O3 -g
PREFIX  ?= /usr/local
BUILD   ?= build
PYTHON  ?= /usr/bin/python3
PKG     ?= pkg-config
V       ?= 0
W       ?= $(if $(CI),1,0)

Q := $(if $(filter 1,$(V)),,@)
say = $(if $(filter 1,$(V)),,@printf '  %-5s %s\n' '$(1)' '$(2)')

# -ffp-contract=off: a fused multiply-add would give other bits on machines that have it
override STRICT := -std=c17 -D_GNU_SOURCE -ffp-contract=off -fno-fast-math -fopenmp -Iinclude \
  -Wall -Wextra -Wshadow -Wconversion -Wvla $(if $(filter 1,$(W)),-Werror)

# ---- parts: HDF5 and MPI by pkg-config; a cluster's modules may give them by hand (see jobs/README.md)
HDF5_PC     ?= $(firstword $(foreach p,hdf5-openmpi hdf5-mpi hdf5,$(shell $(PKG) --exists $(p) 2>/dev/null && echo $(p))))
MPI_PC      ?= $(firstword $(foreach p,ompi-c ompi mpich,$(shell $(PKG) --exists $(p) 2>/dev/null && echo $(p))))
PARTS       := $(HDF5_PC) $(MPI_PC) yaml-0.1 jansson libpng zlib
PART_CFLAGS ?= $(shell $(PKG) --cflags $(PARTS) 2>/dev/null)
PART_LIBS   ?= $(shell $(PKG) --libs $(PARTS) 2>/dev/null) -lm

MACHINE := $(shell uname -m)
# whether the compiler has a header
NUMBER_SIGN := \#
has_header = $(shell printf '$(NUMBER_SIGN)if !__has_include($(1))\n$(NUMBER_SIGN)error\n$(NUMBER_SIGN)endif\n' | $(CC) -E - >/dev/null 2>&1 && echo yes)
ISAS    := generic $(if $(filter x86_64,$(MACHINE)),avx2 avx512 $(if $(call has_header,<amxint8intrin.h>),amx))
ISA_FLAGS_generic :=
ISA_FLAGS_avx2    := -mavx2 -mpopcnt -mbmi2 -mprefer-vector-width=256
ISA_FLAGS_avx512  := -mavx512f -mavx512bw -mavx512vl -mavx512dq -mpopcnt -mbmi2 -mprefer-vector-width=512
ISA_FLAGS_amx     := $(ISA_FLAGS_avx512) -mamx-tile -mamx-int8
override STRICT   += $(if $(filter amx,$(ISAS)),-DHOL_AMX)

# ---- files; an instruction set's kernels lie in a folder of their own, src/num/ISA, compiled with its flags
KERNELS  := $(sort $(foreach i,$(ISAS),$(wildcard src/num/$(i)/*.c)))
SOURCES  := $(sort $(wildcard src/*/*.c)) $(KERNELS)
PROGRAM  := src/cli/main.c src/cli/version.c
LIBRARY  := $(filter-out $(PROGRAM),$(SOURCES))
TESTS    := $(sort $(wildcard tests/*/test_*.c))
BENCHES  := $(sort $(wildcard tests/bench/bench_*.c))
FUZZERS  := $(sort $(wildcard tests/fuzz/fuzz_*.c))
VERSION  := 0.1.0

HASH   := $(shell echo '$(CC) $(CFLAGS) $(LDFLAGS) $(STRICT) $(PART_CFLAGS) $(PART_LIBS)' | cksum | cut -d' ' -f1)
O      := $(BUILD)/$(HASH)
PAGES  := $(sort $(wildcard src/cli/manual/*.txt))
LIBOBJ := $(LIBRARY:src/%.c=$(O)/src/%.o) $(O)/src/cli/manual.o
# what the tests' scripts call, beside the test programs
TOOLS   := $(sort $(wildcard tests/tools/*.c))
TESTBIN := $(TESTS:tests/%.c=$(O)/tests/%)
TOOLBIN := $(TOOLS:tests/%.c=$(O)/tests/%)

.DEFAULT_GOAL := all
.PHONY: all setup demo check check-faults check-cluster check-page check-layers bench man format sanitize install \
  uninstall clean help tests
.SECONDARY:
.DELETE_ON_ERROR:

all: $(BUILD)/holode  ## build the program: build/holode

$(BUILD)/holode: $(O)/holode
	$(Q)ln -sf $(HASH)/holode $@

$(O)/holode: $(PROGRAM:src/%.c=$(O)/src/%.o) $(LIBOBJ)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) -fno-fast-math -fopenmp $^ $(LDFLAGS) $(PART_LIBS) -o $@

$(foreach i,$(ISAS),$(eval $(O)/src/num/$(i)/%.o: override STRICT += $(ISA_FLAGS_$(i)) -Wno-psabi))
$(O)/src/%.o: src/%.c | parts
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D) && $(CC) $(CFLAGS) $(STRICT) -DHOL_VERSION='"$(VERSION)"' $(PART_CFLAGS) -MMD -MP -c $< -o $@

# --version says the commit. Only its object is built anew when that changes, and is in no library; a tree that is no repository of its own, as
# one from an archive, has none.
COMMIT := $(shell [ "$$(git rev-parse --show-toplevel 2>/dev/null)" = '$(CURDIR)' ] && \
  git describe --always --dirty=' with changes' --abbrev=12 2>/dev/null || echo unknown)
.PHONY: FORCE
$(O)/commit: FORCE
	$(Q)mkdir -p $(@D) && { [ "$$(cat $@ 2>/dev/null)" = '$(COMMIT)' ] || echo '$(COMMIT)' >$@; }
$(O)/src/cli/version.o: $(O)/commit
$(O)/src/cli/version.o: override STRICT += -DHOL_COMMIT='"$(COMMIT)"'

# the manual's pages, as strings
$(O)/src/cli/manual.c: src/cli/manual/compile.awk $(PAGES)
	$(Q)mkdir -p $(@D) && LC_ALL=C awk -f $^ >$@
$(O)/src/cli/manual.o: $(O)/src/cli/manual.c | parts
	$(call say,CC,$<)
	$(Q)$(CC) $(CFLAGS) $(STRICT) -c $< -o $@

# tests and benchmarks take what they need of all objects: that links in a fraction of the time
$(O)/libholode.a: $(LIBOBJ)
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) qcs $@ $^

# tests/num and the program with kernels of instruction sets that this processor may lack, emulated (tests/emulate), where
# SIMDe is there
EMULATED_ISAS := $(filter avx512 amx,$(ISAS))
SIMDE := $(call has_header,<simde/x86/avx512.h>)
EMULATED := $(if $(and $(SIMDE),$(EMULATED_ISAS)),$(patsubst tests/num/%.c,$(O)/emulated/%,$(shell grep -l hol_kernels_ tests/num/test_*.c)) \
  $(O)/emulated/holode)
EMULATED_OBJECTS := $(patsubst src/num/%.c,$(O)/emulated/%.o,$(filter $(EMULATED_ISAS:%=src/num/%/%),$(KERNELS)))
$(O)/emulated/%.o: src/num/%.c | parts
	$(call say,CC,$< (emulated))
	$(Q)mkdir -p $(@D) && $(CC) $(CFLAGS) $(STRICT) -Itests/emulate $(ISA_FLAGS_avx2) -w -Wno-psabi -MMD -MP -c $< -o $@
# what is named before the library is not taken from it
EMULATED_LINK = $(Q)$(CC) $(CFLAGS) -fno-fast-math -fopenmp $(filter %.o,$^) $(filter %.a,$^) $(LDFLAGS) $(PART_LIBS)
$(O)/emulated/%: $(O)/tests/num/%.o $(EMULATED_OBJECTS) $(O)/libholode.a
	$(call say,LD,$@)
	$(EMULATED_LINK) -lcmocka -o $@
$(O)/emulated/holode: $(PROGRAM:src/%.c=$(O)/src/%.o) $(EMULATED_OBJECTS) $(O)/libholode.a
	$(call say,LD,$@)
	$(EMULATED_LINK) -o $@

# what makes calls fail on one rank, and what compares checkpoints: for tests/faults/run.sh
FAULTS := $(O)/tests/faults/fail.so $(O)/tests/faults/same
$(O)/tests/faults/fail.so: tests/faults/fail.c
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D) && $(CC) -O1 -g -std=gnu17 -D_GNU_SOURCE -Wall -Wextra -fPIC -shared $< -o $@ -ldl
$(O)/tests/faults/same: tests/faults/same.c | parts
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D) && $(CC) $(CFLAGS) $(STRICT) $(PART_CFLAGS) $< $(LDFLAGS) $(PART_LIBS) -o $@

tests: $(TESTBIN) $(TOOLBIN) $(FAULTS) $(EMULATED) $(O)/holode  ## build the tests
$(O)/tests/%.o: tests/%.c | parts
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D) && $(CC) $(CFLAGS) $(STRICT) -Itests $(PART_CFLAGS) -MMD -MP -c $< -o $@

$(O)/tests/%: $(O)/tests/%.o $(O)/libholode.a
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) -fno-fast-math -fopenmp $(filter %.o %.a,$^) $(LDFLAGS) $(PART_LIBS) -lcmocka -o $@

# One clear word when a part is missing, before the compiler's many. PART_LIBS by hand is taken as it is.
.PHONY: parts
parts:
ifeq ($(origin PART_LIBS),file)
	$(Q)[ -n '$(HDF5_PC)' ] && [ -n '$(MPI_PC)' ] && $(PKG) --exists $(PARTS) || { .ci/setup --report; \
	  echo 'holode: $(PKG) does not find all of it: give PART_CFLAGS and PART_LIBS (jobs/README.md)' >&2; exit 1; }
endif

setup:  ## install what is missing (Debian and its kin; elsewhere it says what to install)
	$(Q).ci/setup

demo:  ## a minute or two from nothing to a trained model: bars and stripes on 2 ranks
	$(Q).ci/setup
	$(Q)$(MAKE) --no-print-directory all
	$(Q)HOLODE='$(BUILD)/holode' jobs/demo.sh

check:  ## build and run all tests on 1, 2 and 3 ranks
	$(Q).ci/setup
	$(Q).ci/setup --emulate || true
	$(Q)$(MAKE) --no-print-directory check-layers
	$(Q)$(MAKE) --no-print-directory tests all
	$(Q)HOLODE='$(abspath $(BUILD))/holode' TESTS_DIR='$(abspath $(O))/tests' tests/run.sh

check-faults: all $(FAULTS)  ## every open, write, fsync ..., and 300 allocations, made to fail on one of two ranks
	$(Q)HOLODE='$(abspath $(BUILD))/holode' TESTS_DIR='$(abspath $(O))/tests' tests/faults/run.sh all

check-cluster: all $(TOOLBIN)  ## the scripts of jobs/ on a real Slurm of four nodes, started for it; needs root, a few minutes
	$(Q)[ "$$(id -u)" != 0 ] || .ci/setup --cluster
	$(Q)HOLODE='$(abspath $(BUILD))/holode' tests/cluster/run.sh

check-page: all  ## the pages of `holode report` in Chromium, where there is one
	$(Q)HOLODE='$(abspath $(BUILD))/holode' tests/page/run.sh

check-layers: all  ## the house's rules: layers, no state, no circles, short functions and files (tests/README.md)
	$(Q)OBJECTS='$(LIBOBJ) $(PROGRAM:src/%.c=$(O)/src/%.o)' tests/check-layers.sh

bench: all  ## kernels and steps against OpenBLAS, scikit-learn and PyTorch where present
	$(Q).ci/setup --bench
	$(Q)$(MAKE) --no-print-directory $(BENCHES:tests/%.c=$(O)/tests/%)
	$(Q)HOLODE='$(abspath $(BUILD))/holode' BENCH_DIR='$(abspath $(O))/tests/bench' PYTHON='$(PYTHON)' tests/bench/run.sh

# OpenBLAS is what the benchmark compares with: nothing else links it
$(O)/tests/bench/%: tests/bench/%.c $(O)/libholode.a | parts
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D) && $(CC) $(CFLAGS) $(STRICT) $(PART_CFLAGS) $$($(PKG) --cflags openblas 2>/dev/null) -MMD -MP \
	  $< $(O)/libholode.a $(LDFLAGS) $(PART_LIBS) $$($(PKG) --libs openblas 2>/dev/null || echo -lopenblas) -o $@

format:  ## clang-format everything
	$(Q)clang-format -i $$(find src include tests -name '*.[ch]')

sanitize:  ## the tests under address and undefined-behaviour sanitizers
	$(Q)$(MAKE) --no-print-directory check CFLAGS='-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined' \
	  LDFLAGS='-fsanitize=address,undefined' BUILD=$(BUILD)/sanitize

# a man page of each page of the manual, commands in section 1, topics in 7; holode.1 lists them
COMMANDS  := $(notdir $(basename $(filter $(PAGES),$(wildcard $(patsubst %,src/cli/manual/%.txt,$(shell \
  sed -n 's/^    COMMAND.\([a-z]*\),.*/\1/p' include/cli/commands.h))))))
TOPICS    := $(filter-out $(COMMANDS),$(notdir $(basename $(PAGES))))
MAN_PAGES := man1/holode.1 $(COMMANDS:%=man1/holode-%.1) $(TOPICS:%=man7/holode-%.7)
man: all  ## the manual as man pages, in build/man
	$(call say,MAN,$(BUILD)/man)
	$(Q)rm -rf $(BUILD)/man && mkdir -p $(BUILD)/man/man1 $(BUILD)/man/man7
	$(Q)for page in $(MAN_PAGES); do name=$${page#*/holode}; name=$${name%.*}; name=$${name#-}; \
	  $(BUILD)/holode help $$name >$(BUILD)/man/page || exit 1; \
	  LC_ALL=C awk -v section="$${page##*.}" -v version='$(VERSION)' -f src/cli/manual/man.awk $(BUILD)/man/page \
	    >$(BUILD)/man/$$page || exit 1; done
	$(Q)rm $(BUILD)/man/page

# whatever is in the names: quoted for the shell
quote     = '$(subst ','\'',$(1))'
BIN_DIR   = $(call quote,$(DESTDIR)$(PREFIX)/bin)
MAN_DIR   = $(call quote,$(DESTDIR)$(PREFIX)/share/man)
BASH_DIR  = $(call quote,$(DESTDIR)$(PREFIX)/share/bash-completion/completions)
SHARE_DIR = $(call quote,$(DESTDIR)$(PREFIX)/share/holode)
# ---- fuzzing: a harness a parser, linked with libFuzzer or with a main that reads files. Only what they need of the
# library is compiled with sanitizers.
FUZZ_SECONDS ?= 60
FUZZ_SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=undefined
FUZZ_SOURCES := $(wildcard src/base/*.c src/num/*.c src/state/*.c src/model/*.c) $(KERNELS) \
  $(filter-out src/io/checkpoint% src/io/seal.c,$(wildcard src/io/*.c)) \
  src/cli/deadline.c src/cli/shape.c src/cli/name_table.c $(wildcard src/cli/config*.c src/cli/value*.c)
FUZZ_OBJECTS := $(FUZZ_SOURCES:src/%.c=$(O)/src/%.o)
FUZZ_MAIN ?= tests/fuzz/main.c

$(O)/libparsers.a: $(FUZZ_OBJECTS)
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(O)/fuzz/%: tests/fuzz/%.c tests/fuzz/fuzz.h $(O)/libparsers.a $(FUZZ_MAIN) | parts
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D) && $(CC) $(CFLAGS) $(STRICT) $(PART_CFLAGS) $< $(FUZZ_MAIN) $(O)/libparsers.a $(FUZZ_LINK) \
	  $(LDFLAGS) $(PART_LIBS) -o $@

.PHONY: fuzz fuzzers fuzz-once
fuzzers: $(FUZZERS:tests/fuzz/%.c=$(O)/fuzz/%)
	$(Q)ln -sfn $(notdir $(O))/fuzz $(BUILD)/fuzzers

fuzz-once:  ## the parsers with sanitizers, each with all inputs of tests/fuzz once: build/fuzz/fuzzers
	$(Q)$(MAKE) --no-print-directory fuzzers BUILD=$(BUILD)/fuzz CFLAGS='-O1 -g $(FUZZ_SANITIZE)'

fuzz:  ## fuzz each parser with libFuzzer (clang), FUZZ_SECONDS (60) for all together
	$(Q)command -v clang >/dev/null || { echo 'holode: make fuzz needs clang, for libFuzzer (Debian: apt install clang)' >&2; exit 1; }
	$(Q)$(MAKE) --no-print-directory fuzzers BUILD=$(BUILD)/libfuzzer CC=clang FUZZ_MAIN= FUZZ_LINK=-fsanitize=fuzzer W=0 \
	  CFLAGS='-O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined -Wno-unknown-warning-option'
	$(Q)FUZZERS='$(BUILD)/libfuzzer/fuzzers' SECONDS_IN_ALL='$(FUZZ_SECONDS)' tests/fuzz/run.sh

# what SHARE_DIR has of this tree
SHARED_DIRS := configs jobs jobs/site jobs/site/spack
SHARED := $(filter-out $(SHARED_DIRS),$(wildcard $(SHARED_DIRS:%=%/*))) README.md LICENSE
install: all man  ## PREFIX/bin/holode, man pages, bash completion, and configs, jobs, README in PREFIX/share/holode
	$(Q)install -d $(BIN_DIR) $(MAN_DIR)/man1 $(MAN_DIR)/man7 $(BASH_DIR) $(foreach d,$(SHARED_DIRS),$(SHARE_DIR)/$(d))
	$(Q)install -m 755 $(BUILD)/holode $(BIN_DIR)/holode
	$(Q)for f in $(SHARED); do case $$f in jobs/*.s*) mode=755 ;; *) mode=644 ;; esac; \
	  install -m $$mode $$f $(SHARE_DIR)/$$f || exit 1; done
	$(Q)for page in $(MAN_PAGES); do install -m 644 $(BUILD)/man/$$page $(MAN_DIR)/$$page || exit 1; done
	$(Q)install -m 644 src/cli/manual/completion.bash $(BASH_DIR)/holode

uninstall:  ## removes what install has put there, and nothing else
	$(Q)rm -f $(BIN_DIR)/holode $(foreach f,$(SHARED),$(SHARE_DIR)/$(f)) $(MAN_PAGES:%=$(MAN_DIR)/%) $(BASH_DIR)/holode
	$(Q)for d in $(foreach d,jobs/site/spack jobs/site jobs configs,$(SHARE_DIR)/$(d)) $(SHARE_DIR); do \
	  [ ! -d "$$d" ] || rmdir "$$d" 2>/dev/null || echo "holode: left in $$d: what install has not put there" >&2; done

clean:  ## remove the build directory
	$(Q)rm -rf $(BUILD)

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*##  *\(.*\)/  make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 22

-include $(LIBOBJ:.o=.d) $(EMULATED_OBJECTS:.o=.d) $(TESTBIN:=.d) $(TOOLBIN:=.d) $(PROGRAM:src/%.c=$(O)/src/%.d)
