#!/usr/bin/env python3
"""Training steps of the peers, scikit-learn's BernoulliRBM and PyTorch, at the settings of holode's benchmark.

784 visible and 500 hidden units, batch = chains = 500, persistent contrastive divergence with k sweeps (scikit-learn
has only k = 1), on thresholded MNIST from an IDX file, or on random bits as dense. Each peer at its best: float32, its
inner loop without its checks of arguments, updates in place, and for PyTorch both usual ways to draw bits. Samples
per second are the median of several rounds, and the best one. Prints one JSON object a line; a peer that isn't there
is a line on stderr.

    peers.py --threads 1 [--images train-images-idx3-ubyte.gz] [--seconds 2] [--only sklearn|torch]
"""
import argparse
import gzip
import json
import os
import statistics
import struct
import sys
import time

VISIBLE, HIDDEN, BATCH, ROUNDS = 784, 500, 500, 5
DENSITY = 0.1325  # of thresholded MNIST


def parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--images", default="")
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--only", choices=["sklearn", "torch"])
    return parser.parse_args()


def absent(peer, error):
    print(f"peers.py: SKIPPED {peer}: it is not installed ({error})", file=sys.stderr)


def load(numpy, path):
    """(samples, 784) float32 of 0 and 1."""
    if not path:
        return (numpy.random.default_rng(1).random((10000, VISIBLE)) < DENSITY).astype(numpy.float32)
    with gzip.open(path) as stream:
        _, count, height, width = struct.unpack(">4i", stream.read(16))
        pixels = numpy.frombuffer(stream.read(count * height * width), dtype=numpy.uint8)
    return (pixels.reshape(count, height * width) >= 128).astype(numpy.float32)


def rate(step, batches, seconds):
    """Samples per second of step(batch): median and best of ROUNDS rounds of a part of `seconds` each."""
    at = 0
    for _ in range(3):
        step(batches[at % len(batches)])
        at += 1
    rounds = []
    for _ in range(ROUNDS):
        steps, start = 0, time.perf_counter()
        while steps < 2 or time.perf_counter() - start < seconds / ROUNDS:
            step(batches[at % len(batches)])
            at += 1
            steps += 1
        rounds.append(steps * BATCH / (time.perf_counter() - start))
    return {"samples_per_second": round(statistics.median(rounds), 1), "best": round(max(rounds), 1)}


def libraries():
    """Which linear algebra is at work, and for which CPU: a benchmark against a crippled library is none."""
    try:
        import threadpoolctl
        return ", ".join(f"{p['prefix']} {p.get('architecture', '')} {p['num_threads']} threads".replace("  ", " ")
                         for p in threadpoolctl.threadpool_info() if p["user_api"] == "blas")
    except ImportError:
        return "unknown (no threadpoolctl)"


def report(peer, version, way, sweeps, threads, rates):
    print(json.dumps({"peer": peer, "version": version, "way": way, "sweeps": sweeps, "threads": threads, **rates,
                      "libraries": libraries()}), flush=True)


def measure_sklearn(a):
    try:
        import numpy
        import sklearn
        from sklearn.neural_network import BernoulliRBM
    except ImportError as error:
        return absent("scikit-learn", error)
    data = load(numpy, a.images)
    batches = [data[i:i + BATCH] for i in range(0, len(data) - BATCH + 1, BATCH)]
    rbm = BernoulliRBM(n_components=HIDDEN, batch_size=BATCH, learning_rate=0.01, random_state=1)
    rbm.partial_fit(batches[0])
    if hasattr(rbm, "_fit"):  # what fit() calls for each batch, without partial_fit's checks
        rng = numpy.random.RandomState(1)
        report("scikit-learn", sklearn.__version__, "_fit", 1, a.threads,
               rate(lambda batch: rbm._fit(batch, rng), batches, a.seconds))
    else:
        report("scikit-learn", sklearn.__version__, "partial_fit", 1, a.threads,
               rate(rbm.partial_fit, batches, a.seconds))


def measure_torch(a):
    try:
        import numpy
        import torch
    except ImportError as error:
        return absent("PyTorch", error)
    torch.set_num_threads(a.threads)
    torch.manual_seed(1)
    data = torch.from_numpy(load(numpy, a.images))
    batches = list(data.split(BATCH))
    if len(batches[-1]) < BATCH:
        batches.pop()

    ways = {"bernoulli": torch.bernoulli, "rand < p": lambda p: torch.rand_like(p).lt_(p)}
    settings = torch.__config__.show().split("\n")
    capability = [line.split(":")[1].strip() for line in settings if "CPU capability" in line]
    for way, draw in ways.items():
        for sweeps in (1, 10):
            weights = torch.randn(VISIBLE, HIDDEN) * 0.01
            a_bias, b_bias = torch.zeros(VISIBLE), torch.zeros(HIDDEN)
            chains = torch.bernoulli(torch.full((BATCH, HIDDEN), 0.5))

            def step(v):
                nonlocal chains
                scale = 0.01 / BATCH
                positive = torch.addmm(b_bias, v, weights).sigmoid_()
                h = chains
                for _ in range(sweeps):
                    x = draw(torch.addmm(a_bias, h, weights.t()).sigmoid_())
                    negative = torch.addmm(b_bias, x, weights).sigmoid_()
                    h = draw(negative)
                chains = h
                weights.addmm_(v.t(), positive, alpha=scale).addmm_(x.t(), negative, alpha=-scale)
                a_bias.add_((v.sum(0) - x.sum(0)), alpha=scale)
                b_bias.add_((positive.sum(0) - negative.sum(0)), alpha=scale)

            with torch.inference_mode():
                report("PyTorch", f"{torch.__version__} {' '.join(capability)}", way, sweeps, a.threads,
                       rate(step, batches, a.seconds))


def main():
    a = parse()
    if os.environ.get("OMP_NUM_THREADS") != str(a.threads):  # the libraries read it when they are loaded
        os.environ["OMP_NUM_THREADS"] = str(a.threads)
        os.execv(sys.executable, [sys.executable] + sys.argv)
    if a.only != "torch":
        measure_sklearn(a)
    if a.only != "sklearn":
        measure_torch(a)


if __name__ == "__main__":
    main()
