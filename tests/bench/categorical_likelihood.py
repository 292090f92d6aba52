#!/usr/bin/env python3
"""The held-out likelihood that PyTorch and holode reach at equal settings, and the time that they take: a restricted
Boltzmann machine with categorical visible units and few hidden ones, so that ln Z is exact (all hidden states).

Both train by persistent contrastive divergence with one sweep, as many chains as rows of a batch, plain gradient steps
that shrink to nothing, biases from the training set's weighted frequencies, rows drawn by their weights. PyTorch goes
the way that is faster for it: one-hot products, or rows of couplings (categorical.py has both); float32. The likelihood
of either's parameters is found here, in double. Prints one JSON object for each seed and program.

    categorical_likelihood.py DATA.h5 --holode build/holode [--seeds 4] [--hidden 16] [--steps 20000] [--threads 1]

DATA.h5 has splits train and valid of states, with weights (holode data import --states, or --alphabet).
"""
import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time

import peer

CONFIG = """
data: {{train: "{data}:train"}}
model: {{kind: rbm, hidden: {hidden}}}
train: {{steps: {steps}, batch_size: {batch}, chains: {batch}, sweeps: 1, learning_rate: {rate}, schedule: linear,
        final_learning_rate: 0, momentum: 0, centered: false, initial_weights: {spread}, weight_decay: 0,
        average_steps: 0}}
seed: {seed}
"""


def parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("data")
    parser.add_argument("--holode", required=True)
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--hidden", type=int, default=16)
    parser.add_argument("--steps", type=int, default=20000)
    parser.add_argument("--batch", type=int, default=512)
    parser.add_argument("--rate", type=float, default=0.05)
    parser.add_argument("--spread", type=float, default=0.01)
    parser.add_argument("--threads", type=int, default=1)
    return parser.parse_args()


def log_likelihoods(rows, states, visible_bias, hidden_bias, weights):
    """ln p of each row, hidden units summed out; ln Z by enumeration of them."""
    import numpy as np
    from scipy.special import logsumexp
    sites, hidden = rows.shape[1], len(hidden_bias)
    bias, couplings = visible_bias.reshape(sites, states), weights.reshape(sites, states, hidden)
    parts = []
    for first in range(0, 1 << hidden, 4096):
        h = (np.arange(first, min(first + 4096, 1 << hidden))[:, None] >> np.arange(hidden) & 1).astype(float)
        value = h @ hidden_bias
        for i in range(sites):
            value += logsumexp(bias[i] + h @ couplings[i].T, axis=1)
        parts.append(logsumexp(value))
    fields = hidden_bias + sum(couplings[i][rows[:, i]] for i in range(sites))
    value = sum(bias[i][rows[:, i]] for i in range(sites)) + np.logaddexp(0, fields).sum(1)
    return value - logsumexp(parts)


def train_torch(a, clock, rows, weights_of_rows, states, seed, way):
    """Visible biases, hidden biases, couplings; seconds of processor time or, with threads, of the clock."""
    import numpy as np
    import torch
    torch.set_num_threads(a.threads)
    torch.manual_seed(seed)
    sites, units = rows.shape[1], rows.shape[1] * states
    first = torch.arange(sites) * states
    data = torch.from_numpy(rows.astype(np.int64)) + first
    chances = torch.from_numpy(weights_of_rows / weights_of_rows.sum())
    means = torch.zeros(units, dtype=torch.float64)
    means.index_add_(0, data.reshape(-1), chances.repeat_interleave(sites))
    biases = torch.log(means.clamp_(min=1e-3)).view(sites, states)
    a_ = (biases - biases.mean(1, keepdim=True)).reshape(-1).float()
    b, w = torch.zeros(a.hidden), torch.randn(units, a.hidden) * a.spread
    chains = torch.bernoulli(torch.full((a.batch, a.hidden), 0.5))
    bag = torch.nn.functional.embedding_bag

    def draw(h):
        fields = torch.addmm(a_, h, w.t()).view(a.batch, sites, states)
        return peer.draw_states(fields) + first

    def positive_of(x):
        if way == "rows":
            return bag(x, w, mode="sum").add_(b).sigmoid_(), None
        one_hot = torch.zeros(a.batch, units).scatter_(1, x, 1)
        return torch.addmm(b, one_hot, w).sigmoid_(), one_hot

    def add(x, one_hot, p, scale):
        if way == "rows":
            w.index_add_(0, x.reshape(-1), p.repeat_interleave(sites, 0), alpha=scale)
            a_.add_(torch.bincount(x.reshape(-1), minlength=units), alpha=scale)
        else:
            w.addmm_(one_hot.t(), p, alpha=scale)
            a_.add_(one_hot.sum(0), alpha=scale)
        b.add_(p.sum(0), alpha=scale)

    start = clock()
    with torch.inference_mode():
        for step in range(a.steps):
            if step % 256 == 0:
                order = torch.multinomial(chances, 256 * a.batch, replacement=True).view(256, a.batch)
            scale = a.rate * (1 - step / a.steps) / a.batch
            x = data[order[step % 256]]
            p, hot = positive_of(x)
            y = draw(chains)
            q, cold = positive_of(y)
            chains = torch.bernoulli(q)
            add(x, hot, p, scale)
            add(y, cold, q, -scale)
    return [t.double().numpy() for t in (a_, b, w)], clock() - start


def train_holode(a, states, seed):
    import h5py
    import numpy as np
    with tempfile.TemporaryDirectory() as folder:
        config = os.path.join(folder, "run.yaml")
        with open(config, "w") as f:
            f.write(CONFIG.format(**{**vars(a), "data": os.path.abspath(a.data), "seed": seed}))
        run = os.path.join(folder, "run")
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        subprocess.run([a.holode, "train", config, "-o", run], check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, env={**os.environ, "OMP_NUM_THREADS": str(a.threads)})
        wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime if a.threads == 1 else wall
        last = sorted(n for n in os.listdir(run) if n.startswith("checkpoint"))[-1]
        with h5py.File(os.path.join(run, last)) as f:
            theta = {name: np.array(f["parameters"][name], dtype=float).squeeze() for name in
                     ("visible_bias", "hidden_bias", "weights")}
            counts = np.array(f["structure/cardinalities"]).ravel()
    place = np.concatenate([c * states + np.arange(n) for c, n in enumerate(counts)])  # states beyond a column's: never
    visible_bias, weights = np.full(len(counts) * states, -np.inf), np.zeros((len(counts) * states, a.hidden))
    visible_bias[place], weights[place] = theta["visible_bias"], theta["weights"]
    return [visible_bias, theta["hidden_bias"], weights], seconds


def main():
    a = parse()
    clock = peer.settle(a.threads)
    import h5py
    import numpy as np
    with h5py.File(a.data) as f:
        rows, weights = np.array(f["train"]), np.array(f["weights/train"])
        held_out, held_out_weights = np.array(f["valid"]), np.array(f["weights/valid"])
    states = int(rows.max()) + 1
    found = {}
    for seed in range(1, a.seeds + 1):
        ways = ("one-hot", "rows") if seed == 1 else (fastest,)
        for way in ways:
            theta, seconds = train_torch(a, clock, rows, weights, states, seed, way)
            found.setdefault("PyTorch, " + way, []).append((theta, seconds))
        fastest = min(ways, key=lambda w: found["PyTorch, " + w][0][1])
        found.setdefault("holode", []).append(train_holode(a, states, seed))
        for program, results in found.items():
            if len(results) < seed:
                continue
            theta, seconds = results[-1]
            value = float(np.average(log_likelihoods(held_out, states, *theta), weights=held_out_weights))
            print(json.dumps({"program": program, "seed": seed, "threads": a.threads, "seconds": round(seconds, 2),
                              "log_likelihood": round(value, 4)}), flush=True)


if __name__ == "__main__":
    try:
        import torch  # noqa: F401
    except ImportError as error:
        sys.exit(f"categorical_likelihood.py: SKIPPED: PyTorch is not installed ({error})")
    main()
