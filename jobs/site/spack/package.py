# Spack: put this file into a repository of yours, as packages/holode/package.py:
#
#     spack repo create ~/site site && mkdir -p ~/site/packages/holode
#     cp package.py ~/site/packages/holode/ && spack repo add ~/site
#     cd WHERE/THE/SOURCES/ARE && spack dev-build holode@0.1.0
#
# There is no address to fetch from: give `url` or `git` and checksums where you keep archives of your own.
from spack.package import *


class Holode(MakefilePackage):
    """Trains energy-based models on clusters, to the same bits on any number of ranks."""

    license("MIT")

    version("0.1.0")

    variant("tests", default=False, description="with what the tests need")

    depends_on("c", type="build")
    depends_on("gmake@4:", type="build")
    depends_on("gawk", type="build")
    depends_on("pkgconfig", type="build")
    depends_on("mpi@3:")
    depends_on("hdf5@1.10:+mpi~cxx+shared")
    depends_on("libyaml")
    depends_on("jansson")
    depends_on("libpng")
    depends_on("zlib-api")
    depends_on("random123", type="build")
    depends_on("cmocka", type=("build", "link"), when="+tests")

    conflicts("platform=darwin", msg="shared memory between ranks needs Linux")

    def parts(self):
        """What `make` would ask pkg-config for: paths of Spack's, and the compiler of MPI."""
        names = ["hdf5", "libyaml", "jansson", "libpng", "zlib-api"]
        flags = ["-I" + self.spec[name].prefix.include for name in names + ["random123"]]
        libs = ["-L{0} -Wl,-rpath,{0}".format(self.spec[name].libs.directories[0]) for name in names]
        return [
            "CC=" + self.spec["mpi"].mpicc,
            "PART_CFLAGS=" + " ".join(flags),
            "PART_LIBS=" + " ".join(libs + ["-lhdf5", "-lyaml", "-ljansson", "-lpng", "-lz", "-lm"]),
        ]

    def build(self, spec, prefix):
        make("all", "man", *self.parts())

    def install(self, spec, prefix):
        make("install", "PREFIX=" + prefix, *self.parts())

    @run_after("install")
    @on_package_attributes(run_tests=True)
    def check_install(self):
        holode = Executable(self.prefix.bin.holode)
        holode("--version")
        holode("data", "generate", "bars-and-stripes", "-o", "bars-and-stripes.h5")
        holode("data", "describe", "bars-and-stripes.h5")
