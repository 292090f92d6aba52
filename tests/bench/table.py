#!/usr/bin/env python3
"""The tables of `make bench`, from the JSON lines that run.sh collects.

    table.py --kernels DIR                       the kernels against sgemm
    table.py --history RANKS THREADS SWEEPS      a history on stdin to one JSON line of samples per second
    table.py DIR                                 the final table: steps, peers, and what was asked for
"""
import csv
import json
import os
import statistics
import sys


def read(directory, name):
    path = os.path.join(directory, name)
    if not os.path.exists(path):
        return []
    with open(path) as stream:
        return [json.loads(line) for line in stream if line.strip()]


def history(ranks, threads, sweeps):
    """The first row is the start, the second interval warms up."""
    rates = [float(row["samples_per_second"]) for row in csv.DictReader(sys.stdin)][2:]
    print(json.dumps({"ranks": int(ranks), "threads": int(threads), "sweeps": int(sweeps),
                      "samples_per_second": statistics.median(rates), "best": max(rates)}))


def kernel_table(directory):
    for name, title in (("kernels.json", "sgemm at its best"), ("kernels-avx2.json", "sgemm limited to AVX2")):
        rows = read(directory, name)
        if not rows:
            continue
        isas = list(dict.fromkeys(row["isa"] for row in rows))
        print(f"\n{title}: core type {rows[0]['core_type']}, 1 thread; GMAC/s, times sgemm, ns per look-up")
        print(f"{'kernel':10}{'units':>12}{'chains':>8}{'on':>6}{'sgemm':>8}" +
              "".join(f"  {isa:>8}{'x':>6}{'ns':>7}" for isa in isas))
        cases = dict.fromkeys((r["kernel"], r["visible"], r["hidden"], r["chains"], r["density"]) for r in rows)
        for case in cases:
            mine = [r for r in rows if (r["kernel"], r["visible"], r["hidden"], r["chains"], r["density"]) == case]
            print(f"{case[0]:10}{f'{case[1]}x{case[2]}':>12}{case[3]:>8}{case[4]:>6}{mine[0]['sgemm_gmacs']:>8.1f}" +
                  "".join(f"  {r['gmacs']:>8.1f}{r['ratio']:>6.2f}" +
                          (f"{r['ns_per_lookup']:>7.3f}" if r["ns_per_lookup"] else f"{'':7}") for r in mine))


def median_of(rows, key="samples_per_second", **wanted):
    values = [row[key] for row in rows if all(row[k] == v for k, v in wanted.items())]
    return statistics.median(values) if values else None


def best_of(rows, **wanted):
    return max((row["best"] for row in rows if all(row[k] == v for k, v in wanted.items())), default=None)


def best_peer(peers, threads, sweeps, names=("scikit-learn", "PyTorch"), ways=None, measure=median_of):
    """The fastest way of the fastest peer: (samples per second, its name)."""
    known = {(p["peer"], p["version"], p["way"]) for p in peers
             if p["peer"] in names and (not ways or p["way"] in ways)}
    found = [(measure(peers, peer=w[0], version=w[1], way=w[2], threads=threads, sweeps=sweeps), w) for w in known]
    found = [(rate, f"{way[0]} {way[1]}, {way[2]}") for rate, way in found if rate]
    return max(found, default=(None, "none installed"))


def steps_of(bench, **wanted):
    """All steps of the same kind, flattened."""
    rows = [dict(step, ranks=b["ranks"], threads=b["threads"]) for b in bench for step in b["steps"]]
    return [row for row in rows if all(row[k] == v for k, v in wanted.items())]


def ratio(a, b):
    return a / b if a and b else None


def number(value, pattern="{:.2f}"):
    return pattern.format(value) if value is not None else "-"


class Bars:
    """The rows of what was asked for: the median and the best round beside the bar."""

    def __init__(self):
        print(f"\n{'asked for':66}{'bar':>10}{'median':>10}{'best':>10}")

    def row(self, what, bar, value, best, pattern, reached):
        verdict = "" if value is None or reached is None else ("  reached" if reached else "  MISSED")
        beside = number(best, pattern) if best is not None else ""
        print(f"{what:66}{bar:>10}{number(value, pattern):>10}{beside:>10}{verdict}")

    def at_least(self, what, bar, value, best=None, pattern="{:.2f} x"):
        self.row(what, pattern.format(bar), value, best, pattern, value is not None and value >= bar)

    def at_most(self, what, bar, value, pattern):
        self.row(what, "<= " + pattern.format(bar), value, None, pattern, value is not None and value <= bar)


def lowest(kernels, **wanted):
    """The worst median ratio among the cases: both densities, all chains asked for."""
    chains = wanted.pop("chains")
    values = [r["ratio"] for r in kernels if r["chains"] in chains and all(r[k] == v for k, v in wanted.items())]
    return min(values, default=None)


def step_table(ours, peers):
    print(f"\n784 x 500, batch = chains = 500; samples/s: median (best round), the peers at as many threads in all\n"
          f"{'step':8}{'ranks':>6}{'threads':>8}{'holode':>18}{'scikit-learn':>18}{'PyTorch':>18}"
          f"{'ratio':>7}{'best':>7}  the better peer")

    def pair(median, best):
        return f"{median:.0f} ({best:.0f})" if median else "-"

    for sweeps in (1, 10):
        for ranks, threads in ((1, 1), (1, 2), (2, 1)):
            cells, better = [], []
            for measure in (median_of, best_of):
                mine = measure(ours, ranks=ranks, threads=threads, sweeps=sweeps)
                each = [best_peer(peers, ranks * threads, sweeps, (name,), None, measure)[0]
                        for name in ("scikit-learn", "PyTorch")]
                better.append(best_peer(peers, ranks * threads, sweeps, measure=measure))
                cells.append([mine, *each, ratio(mine, better[-1][0])])
            print(f"PCD-{sweeps:<4}{ranks:>6}{threads:>8}" +
                  "".join(f"{pair(m, b):>18}" for m, b in list(zip(*cells))[:3]) +
                  f"{number(cells[0][3]):>7}{number(cells[1][3]):>7}  {better[0][1]}")


PARTS = ("fields", "sampling", "statistics", "reduction", "update", "input", "other")


def split_table(bench):
    print(f"\ntime of a step (random bits)\n{'step':8}{'ranks':>6}{'threads':>8}{'ms':>9}" +
          "".join(f"{p:>12}" for p in PARTS))
    for sweeps in (1, 10):
        for ranks, threads in ((1, 1), (1, 2), (2, 1)):
            rows = steps_of(bench, sweeps=sweeps, ranks=ranks, threads=threads)
            if not rows:
                continue
            row = sorted(rows, key=lambda r: r["seconds"])[len(rows) // 2]
            print(f"PCD-{sweeps:<4}{ranks:>6}{threads:>8}{1e3 * row['seconds']:>9.3f}" +
                  "".join(f"{100 * row[p] / row['seconds']:>11.1f}%" for p in PARTS))


def overhead(bench, sweeps):
    shares = [1 - (r["fields"] + r["statistics"]) / r["seconds"]
              for r in steps_of(bench, sweeps=sweeps, ranks=1, threads=1)]
    return 100 * statistics.median(shares) if shares else None


def final_table(directory):
    kernels, limited = read(directory, "kernels.json"), read(directory, "kernels-avx2.json")
    bench, peers, memory = read(directory, "bench.json"), read(directory, "peers.json"), read(directory, "memory.json")
    ours = read(directory, "train.json")
    for library in sorted({f"{p['peer']} {p['version']}: {p['libraries']}" for p in peers}):
        print(library)
    split_table(bench)
    step_table(ours, peers)
    bars = Bars()
    size = {"visible": 784, "hidden": 500}
    isa = kernels[0]["isa"] if kernels else ""
    bars.at_least("fields vs sgemm, 1 core, 784 x 500, 256 and 1024 chains, worst", 2.8,
                  lowest(kernels, kernel="fields", isa=isa, chains=(256, 1024), **size))
    bars.at_least("the same with 64 chains", 2.0, lowest(kernels, kernel="fields", isa=isa, chains=(64,), **size))
    bars.at_least("avx2 fields vs sgemm limited to AVX2, 256 and 1024 chains", 2.0,
                  lowest(limited, kernel="fields", isa="avx2", chains=(256, 1024), **size))
    bars.at_least("statistics of levels vs sgemm, 256 and 1024 chains", 5.0,
                  lowest(kernels, kernel="levels", isa=isa, chains=(256, 1024), **size))
    bars.at_least("counts vs sgemm, 256 and 1024 chains", 12.0,
                  lowest(kernels, kernel="counts", isa=isa, chains=(256, 1024), **size))
    # PyTorch draws bits by torch.bernoulli, which is what people write, or faster by comparing torch.rand
    for ways, note in ((("_fit", "partial_fit", "bernoulli"), "bits by torch.bernoulli"), (None, "its fastest way")):
        for what, bar, threads, sweeps, names in (
                ("PCD-1, 1 thread, vs the better peer", 5.0, 1, 1, ("scikit-learn", "PyTorch")),
                ("PCD-10, 2 threads, vs PyTorch", 8.0, 2, 10, ("PyTorch",))):
            pairs = [ratio(measure(ours, ranks=1, threads=threads, sweeps=sweeps),
                           best_peer(peers, threads, sweeps, names, ways, measure)[0])
                     for measure in (median_of, best_of)]
            bars.at_least(f"{what}, {note}", bar, *pairs)
    for what, ranks, threads in (("PCD-1, 2 threads vs 1", 1, 2), ("PCD-1, 2 ranks vs 1", 2, 1)):
        bars.at_least(what, 1.8, *[ratio(measure(ours, ranks=ranks, threads=threads, sweeps=1),
                                         measure(ours, ranks=1, threads=1, sweeps=1))
                                   for measure in (median_of, best_of)])
    for sweeps in (1, 10):
        bars.at_most(f"neither fields nor statistics, PCD-{sweeps}, 1 thread", 25, overhead(bench, sweeps), "{:.0f} %")
    peaks = {m["steps"]: m["peak_kilobytes"] / 1024 for m in memory}
    if 1000 in peaks and 10000 in peaks:
        growth = peaks[10000] - peaks[1000]
        bars.at_most("growth of the peak resident set, 1,000 to 10,000 steps", 1, growth, "{:.1f} MB")
        bars.row("peak resident set, 60,000 x 784 samples (5.6 MB as bits)", "", peaks[10000], None, "{:.1f} MB", None)


def main():
    arguments = sys.argv[1:]
    if len(arguments) == 4 and arguments[0] == "--history":
        history(*arguments[1:])
    elif len(arguments) == 2 and arguments[0] == "--kernels":
        kernel_table(arguments[1])
    elif len(arguments) == 1 and not arguments[0].startswith("-"):
        final_table(arguments[0])
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
