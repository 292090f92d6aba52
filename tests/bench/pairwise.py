#!/usr/bin/env python3
"""Sweeps of a Potts model's sites in NumPy and in PyTorch, at the sizes of bench_pairwise: 96 sites of 21 states, and
136 of 5, 2,000 chains.

Two ways, each with float32: `one-hot`, as it is usually written, a site's fields as a matrix product of all sites'
states of 0 and 1 with its couplings; and `rows`, which adds the rows of couplings that states select (embedding_bag).
States are drawn by where a number lies among the cumulative sums of the softmax; with `multinomial` one-hot states are
drawn by PyTorch's function of that name, which is the update of adabmDCA 2.0 (Rosset et al. 2025) on a processor. That
program itself is in no Debian package. Prints one JSON object a line: nanoseconds an update of a site in a chain,
median and best of several rounds.

    pairwise.py --threads 1 [--seconds 2]
"""
import argparse
import json
import statistics
import sys

import peer

SIZES, CHAINS, ROUNDS = ((96, 21), (136, 5)), 2000, 5


def parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=2.0)
    return parser.parse_args()


def in_numpy(sites, states):
    import numpy as np
    random = np.random.default_rng(1)
    couplings = random.standard_normal((sites, sites * states, states), dtype=np.float32) * 0.05
    x = np.zeros((CHAINS, sites, states), dtype=np.float32)
    x[:, :, 0] = 1
    rows = np.arange(CHAINS)

    def update(i):
        fields = x.reshape(CHAINS, sites * states) @ couplings[i]
        weights = np.exp(fields - fields.max(axis=1, keepdims=True))
        ends = weights.cumsum(axis=1)
        place = random.random(CHAINS, dtype=np.float32) * ends[:, -1]
        x[:, i, :] = 0
        x[rows, i, np.minimum((ends <= place[:, None]).sum(axis=1), states - 1)] = 1
    return update


def in_torch(sites, states, way, threads):
    import torch
    torch.set_num_threads(threads)
    torch.manual_seed(1)
    couplings = torch.randn(sites, sites * states, states) * 0.05
    chains, first = torch.arange(CHAINS), torch.arange(sites) * states
    selected = first.repeat(CHAINS, 1)  # of each site the number of its state's row
    one_hot = torch.zeros(CHAINS, sites * states).scatter_(1, selected, 1)

    def update(i):
        fields = (torch.nn.functional.embedding_bag(selected, couplings[i], mode="sum") if way == "rows" else
                  torch.mm(one_hot, couplings[i]))
        if way == "multinomial":
            drawn = torch.multinomial(torch.softmax(fields, dim=1), 1).squeeze(1)
            one_hot[:, i * states:(i + 1) * states] = torch.nn.functional.one_hot(drawn, states)
            return
        ends = torch.softmax(fields, dim=1).cumsum(1)
        chosen = (ends <= torch.rand(CHAINS, 1) * ends[:, -1:]).sum(1).clamp_(max=states - 1) + first[i]
        if way == "rows":
            selected[:, i] = chosen
        else:
            one_hot[:, i * states:(i + 1) * states] = 0
            one_hot[chains, chosen] = 1
    return update


def time_of(update, sites, seconds, clock):
    rounds = []
    for i in range(4):
        update(i)
    for _ in range(ROUNDS):
        updates, start = 0, clock()
        while updates < 4 or clock() - start < seconds / ROUNDS:
            update(updates % sites)
            updates += 1
        rounds.append(1e9 * (clock() - start) / updates / CHAINS)
    return {"nanoseconds": round(statistics.median(rounds), 1), "best": round(min(rounds), 1)}


def main():
    a = parse()
    clock = peer.settle(a.threads)
    peers = (("NumPy", "one-hot"), ("PyTorch", "multinomial"), ("PyTorch", "one-hot"), ("PyTorch", "rows"))
    for name, way in peers:
        for sites, states in SIZES:
            try:
                update = in_numpy(sites, states) if name == "NumPy" else in_torch(sites, states, way, a.threads)
            except ImportError as error:
                print(f"pairwise.py: SKIPPED {name}: it is not installed ({error})", file=sys.stderr)
                break
            print(json.dumps({"peer": name, "way": way, "sites": sites, "states": states, "chains": CHAINS,
                              "threads": a.threads, **time_of(update, sites, a.seconds, clock)}), flush=True)


if __name__ == "__main__":
    main()
